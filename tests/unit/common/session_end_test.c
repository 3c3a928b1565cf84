/* How streams and sessions end early: cancelled, given up, full. */
#include "common/session.h"

#include <string.h>

#include "proto/envelope.pb-c.h"
#include "tests/unit/common/check.h"
#include "tests/unit/common/session_rig.h"

static void cancel_is_told_once_and_the_stream_still_counts(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "slow");
	assert_int_equal(session_send_cancel(&r.client.s, 1), ST_OK);
	assert_int_equal(session_send_cancel(&r.client.s, 1), ST_OK);
	end_carry(&r.client, &r.server, SIZE_MAX);
	assert_string_equal(end_events(&r.server), "cancel 1; ");
	assert_int_equal(r.client.s.n_streams, 1);
	assert_int_equal(r.server.s.n_streams, 1);
	assert_true(session_stream_open(&r.server.s, 1));
	assert_int_equal(end_frame(&r.server, FRAME_CANCEL, 0, 1, slice_of(NULL, 0)), ST_OK);
	assert_string_equal(end_events(&r.server), "");
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("stopped"), true), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.client), "response+end 1 7:stopped; ");
	assert_int_equal(r.client.s.n_streams, 0);
	rig_close(&r);
}

/* Response and Status have code, reason and message under the same numbers. */
static void assert_says_cancelled(struct rig *r)
{
	struct slice last = buf_peek(&r->received);
	Steward__Response *said = steward__response__unpack(NULL, last.len, last.data);

	assert_non_null(said);
	assert_int_equal(said->code, ST_CANCELLED);
	assert_string_equal(said->reason, "CANCELLED");
	assert_string_equal(said->message, "the call was cancelled");
	steward__response__free_unpacked(said, NULL);
}

static void cancelling_what_is_not_open_does_nothing(void **state)
{
	struct rig r;

	rig_open(&r);
	assert_int_equal(session_send_cancel(&r.client.s, 1), ST_OK);
	assert_int_equal(session_send_cancel(&r.client.s, 77), ST_OK);
	assert_int_equal(r.client.s.out.len, 0);
	rig_request(&r, "quick");
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), true), ST_OK);
	assert_int_equal(session_send_cancel(&r.client.s, 1), ST_OK); /* they cross */
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.server), "");
	assert_false(r.server.s.dead);
	rig_close(&r);
}

static void after_cancel_messages_stop(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "watch");
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), false), ST_OK);
	assert_int_equal(session_send_cancel(&r.client.s, 1), ST_OK);
	assert_false(session_may_send(&r.client.s, 1));
	rig_carry(&r, SIZE_MAX);
	assert_false(session_may_send(&r.server.s, 1));
	assert_int_equal(session_send_message(&r.server.s, 1, slice_str("x")),
			 ST_FAILED_PRECONDITION);
	assert_int_equal(session_send_status(&r.server.s, 1, slice_str("cancelled")), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.client), "response 1 2:ok; status 1 9:cancelled; ");
	rig_close(&r);
}

/* The server's owner never hears of a request that was cancelled before it was complete. */
static void a_half_request_is_cancelled_by_the_session(void **state)
{
	uint32_t stream;
	struct rig r;

	rig_open(&r);
	assert_int_equal(session_send_request(&r.client.s, rig_bytes(500000, 1), &stream), ST_OK);
	assert_int_equal(r.client.s.pending, 500000 - 16384 - 65536);
	end_carry(&r.client, &r.server, SIZE_MAX);
	assert_int_equal(r.server.s.parts, 16384 + 65536);
	assert_int_equal(session_send_cancel(&r.client.s, stream), ST_OK);
	assert_int_equal(r.client.s.pending, 0);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.server), "");
	assert_memory_equal(end_events(&r.client), "credit 1; credit 1; response+end 1 ", 35);
	assert_says_cancelled(&r);
	assert_int_equal(r.server.s.parts, 0);
	assert_int_equal(r.server.s.n_streams + r.client.s.n_streams, 0);
	rig_close(&r);
}

static void a_half_upload_is_dropped_on_cancel(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "upload");
	assert_int_equal(session_send_message(&r.client.s, 1, rig_bytes(300000, 1)), ST_OK);
	end_carry(&r.client, &r.server, SIZE_MAX);
	assert_int_equal(session_send_cancel(&r.client.s, 1), ST_OK);
	end_carry(&r.client, &r.server, SIZE_MAX);
	assert_string_equal(end_events(&r.server), "cancel 1; ");
	assert_int_equal(r.server.s.parts, 0);
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), true), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_int_equal(r.client.s.n_streams, 0);
	rig_close(&r);
}

/* Nobody wants the rest of a long answer: it does not take up the line any more. */
static void a_long_answer_is_cut_off_by_cancel(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "export");
	assert_int_equal(session_send_response(&r.server.s, 1, rig_bytes(1 << 20, 1), true), ST_OK);
	assert_false(session_stream_open(&r.server.s, 1));
	assert_int_equal(r.server.s.n_streams, 1);
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("x"), true),
			 ST_FAILED_PRECONDITION);
	assert_int_equal(session_send_cancel(&r.client.s, 1), ST_OK);
	end_carry(&r.client, &r.server, SIZE_MAX);
	assert_int_equal(r.server.s.n_streams, 0);
	assert_int_equal(r.server.s.pending, 0);
	rig_carry(&r, 999);
	assert_string_equal(end_events(&r.server), ""); /* its owner had given its last */
	assert_memory_equal(end_events(&r.client), "status 1 ", 9);
	assert_says_cancelled(&r);
	assert_int_equal(r.client.s.n_streams, 0);
	assert_false(r.client.s.dead);
	rig_close(&r);
}

static void a_long_message_is_cut_off_and_the_owner_ends_the_stream(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "watch");
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), false), ST_OK);
	assert_int_equal(session_send_message(&r.server.s, 1, rig_bytes(200000, 1)), ST_OK);
	assert_int_equal(session_send_cancel(&r.client.s, 1), ST_OK);
	end_carry(&r.client, &r.server, SIZE_MAX);
	assert_string_equal(end_events(&r.server), "cancel 1; ");
	assert_int_equal(session_send_status(&r.server.s, 1, slice_str("end")), ST_OK);
	rig_carry(&r, 7);
	assert_string_equal(end_events(&r.client), "response 1 2:ok; status 1 3:end; ");
	rig_close(&r);
}

static void a_waiting_status_goes_out_on_cancel(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "watch");
	assert_int_equal(session_send_response(&r.server.s, 1, rig_bytes(200000, 1), false), ST_OK);
	assert_int_equal(session_send_status(&r.server.s, 1, slice_str("mine")), ST_OK);
	assert_int_equal(session_send_status(&r.server.s, 1, slice_str("mine")),
			 ST_FAILED_PRECONDITION);
	assert_int_equal(session_send_cancel(&r.client.s, 1), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.client), "status 1 4:mine; ");
	assert_int_equal(r.server.s.n_streams + r.client.s.n_streams, 0);
	rig_close(&r);
}

static void abort_says_why_and_ends_both(void **state)
{
	struct st_err why = { 0 };
	uint32_t stream;
	struct rig r;

	rig_open(&r);
	rig_request(&r, "ask");
	(void)st_fail(&why, ST_UNAVAILABLE, "DEVICE_DISABLED", NULL, "this device was disabled");
	session_abort(&r.server.s, &why);
	assert_true(r.server.s.dead);
	session_abort(&r.server.s, &why); /* once is enough */
	rig_carry(&r, 1);
	assert_string_equal(end_events(&r.client), "error 14 15:DEVICE_DISABLED; ");
	assert_true(r.client.s.dead);
	assert_string_equal(r.client.s.err.reason, "PEER_ERROR");
	assert_int_equal(r.client.s.out.len, 0); /* an ERROR is not answered */
	assert_int_equal(session_send_request(&r.client.s, slice_str("x"), &stream),
			 ST_UNAVAILABLE);
	assert_int_equal(session_send_cancel(&r.client.s, 1), ST_UNAVAILABLE);
	assert_int_equal(session_feed(&r.server.s, slice_str("anything")), ST_UNAVAILABLE);
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("x"), true),
			 ST_UNAVAILABLE);
	assert_int_equal(session_grant(&r.server.s, 1, 1), ST_UNAVAILABLE);
	assert_false(session_may_send(&r.server.s, 1));
	assert_int_equal(r.server.s.out.len, 0);
	rig_close(&r);
}

static void the_longest_reason_fits(void **state)
{
	struct st_err why = { .code = ST_INTERNAL };
	struct rig r;

	rig_open(&r);
	memset(why.reason, 'R', sizeof why.reason - 1);
	memset(why.message, 'm', sizeof why.message - 1);
	session_abort(&r.server.s, &why);
	assert_memory_equal(end_frames(&r.server), "ERROR RRRRRR", 12);
	rig_close(&r);
}

static void abort_in(struct end *e, uint32_t stream, struct slice message)
{
	struct st_err why = { 0 };

	(void)st_fail(&why, ST_INTERNAL, "FED_UP", NULL, "no more of this");
	session_abort(&e->s, &why);
	assert_memory_equal(message.data, "poison", 6); /* still there */
}

static void a_callback_may_abort(void **state)
{
	uint32_t stream;
	struct rig r;

	rig_open(&r);
	r.server.on_request = abort_in;
	assert_int_equal(session_send_request(&r.client.s, slice_str("poison"), &stream), ST_OK);
	assert_int_equal(session_send_request(&r.client.s, slice_str("never"), &stream), ST_OK);
	rig_carry(&r, 1);
	assert_string_equal(end_events(&r.server), "request 1 6:poison; ");
	assert_string_equal(end_events(&r.client), "error 13 6:FED_UP; ");
	assert_null(r.server.s.in.data);
	rig_close(&r);
}

static void a_dead_session_may_still_hold_streams(void **state)
{
	uint32_t stream;
	struct st_err why = { .code = ST_INTERNAL };
	struct rig r;

	rig_open(&r);
	assert_int_equal(session_send_request(&r.client.s, rig_bytes(500000, 1), &stream), ST_OK);
	end_carry(&r.client, &r.server, 5000);
	session_abort(&r.server.s, &why);
	session_abort(&r.client.s, &why);
	rig_close(&r); /* the sanitizer looks for what is left */
}

static void a_full_queue_refuses_requests_without_harm(void **state)
{
	uint32_t stream;
	struct rig r;

	rig_init(&r, 10000);
	assert_int_equal(session_send_hello(&r.client.s, slice_str("hi")), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_int_equal(session_send_request(&r.client.s, rig_bytes(6000, 0), &stream), ST_OK);
	assert_int_equal(session_send_request(&r.client.s, rig_bytes(6000, 0), &stream),
			 ST_RESOURCE_EXHAUSTED);
	assert_false(r.client.s.dead);
	assert_int_equal(r.client.s.n_streams, 1);
	end_carry(&r.client, &r.server, SIZE_MAX);
	assert_int_equal(session_send_request(&r.client.s, rig_bytes(6000, 0), &stream), ST_OK);
	assert_int_equal(stream, 3);
	rig_close(&r);
}

static void a_full_queue_refuses_messages_without_harm(void **state)
{
	struct rig r;

	rig_init(&r, 10000);
	assert_int_equal(session_send_hello(&r.client.s, slice_str("hi")), ST_OK);
	rig_carry(&r, SIZE_MAX);
	rig_request(&r, "watch");
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), false), ST_OK);
	assert_int_equal(session_send_message(&r.server.s, 1, rig_bytes(9000, 0)), ST_OK);
	assert_int_equal(session_send_message(&r.server.s, 1, rig_bytes(2000, 0)),
			 ST_RESOURCE_EXHAUSTED);
	assert_false(r.server.s.dead);
	assert_true(session_waiting(&r.server.s) <= 10000);
	rig_close(&r);
}

/* An answer cannot be refused: a peer that does not read loses its connection, and is told so. */
static void a_full_queue_ends_a_server(void **state)
{
	struct rig r;

	rig_init(&r, 10000);
	assert_int_equal(session_send_hello(&r.client.s, slice_str("hi")), ST_OK);
	rig_carry(&r, SIZE_MAX);
	rig_request(&r, "a");
	rig_request(&r, "b");
	assert_int_equal(session_send_response(&r.server.s, 1, rig_bytes(9900, 0), true), ST_OK);
	assert_int_equal(session_send_response(&r.server.s, 3, rig_bytes(100, 0), true),
			 ST_RESOURCE_EXHAUSTED);
	assert_true(r.server.s.dead);
	assert_string_equal(end_frames(&r.server), "RESPONSE+END 1 9900; ERROR WRITE_QUEUE_FULL; ");
	rig_close(&r);
}

/* Neither can what the protocol itself has to say. */
static void a_peer_that_asks_and_never_listens_is_ended(void **state)
{
	static const uint8_t payload[8] = "12345678";
	enum st_code code = ST_OK;
	unsigned pongs = 0;
	struct rig r;

	rig_init(&r, 500);
	assert_int_equal(session_send_hello(&r.client.s, slice_str("hi")), ST_OK);
	rig_carry(&r, SIZE_MAX);
	for (; code == ST_OK; r.now_ms += 6000) {
		code = end_frame(&r.server, FRAME_PING, 0, 0, slice_of(payload, 8));
		pongs += code == ST_OK;
		assert_true(pongs <= 25);
	}
	assert_int_equal(code, ST_RESOURCE_EXHAUSTED);
	assert_int_equal(pongs, 25); /* 20 bytes each */
	assert_non_null(strstr(end_frames(&r.server), "PONG 0 8; ERROR WRITE_QUEUE_FULL; "));
	rig_close(&r);
}

static void greetings_have_a_length(void **state)
{
	struct rig r;

	rig_init(&r, 1 << 20);
	assert_int_equal(session_send_hello(&r.client.s, rig_bytes(4097, 0)), ST_INVALID_ARGUMENT);
	assert_int_equal(session_send_hello(&r.client.s, rig_bytes(4096, 0)), ST_OK);
	rig_carry(&r, 1000);
	assert_string_equal(end_events(&r.server), "hello 0 4096; ");
	assert_int_equal(session_send_goaway(&r.server.s, rig_bytes(4097, 0)), ST_INVALID_ARGUMENT);
	assert_int_equal(session_send_goaway(&r.server.s, rig_bytes(4096, 0)), ST_OK);
	rig_carry(&r, 1000);
	assert_string_equal(end_events(&r.client), "hello 0 7:welcome; goaway 0 4096; ");
	rig_close(&r);
}

static void what_waits_for_credit_counts_as_waiting(void **state)
{
	struct rig r;

	rig_init(&r, 2 << 20);
	assert_int_equal(session_send_hello(&r.client.s, slice_str("hi")), ST_OK);
	rig_carry(&r, SIZE_MAX);
	rig_request(&r, "a");
	rig_request(&r, "b");
	assert_int_equal(session_send_response(&r.server.s, 1, rig_bytes(1 << 20, 0), true), ST_OK);
	assert_in_range(session_waiting(&r.server.s), 1 << 20, (1 << 20) + 200);
	assert_int_equal(session_send_response(&r.server.s, 3, rig_bytes(1 << 20, 0), true),
			 ST_RESOURCE_EXHAUSTED);
	assert_true(r.server.s.dead);
	rig_close(&r);
}

static void messages_have_a_length(void **state)
{
	struct slice long_one = rig_bytes(SESSION_MESSAGE_MAX + 1, 0);
	uint32_t stream;
	struct rig r;

	rig_open(&r);
	assert_int_equal(session_send_request(&r.client.s, long_one, &stream), ST_INVALID_ARGUMENT);
	rig_request(&r, "x");
	assert_int_equal(session_send_response(&r.server.s, 1, long_one, true),
			 ST_INVALID_ARGUMENT);
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), false), ST_OK);
	assert_int_equal(session_send_message(&r.server.s, 1, long_one), ST_INVALID_ARGUMENT);
	assert_int_equal(session_send_status(&r.server.s, 1, rig_bytes(16385, 0)),
			 ST_INVALID_ARGUMENT);
	assert_int_equal(session_send_goaway(&r.server.s, rig_bytes(4097, 0)), ST_INVALID_ARGUMENT);
	assert_false(r.server.s.dead || r.client.s.dead);
	rig_close(&r);
}

static void the_longest_message_arrives_whole(void **state)
{
	uint32_t stream;
	struct rig r;

	rig_open(&r);
	assert_int_equal(
		session_send_request(&r.client.s, rig_bytes(SESSION_MESSAGE_MAX, 3), &stream),
		ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.server), "request 1 4194304; ");
	assert_memory_equal(buf_peek(&r.received).data, rig_bytes(1, 3).data, SESSION_MESSAGE_MAX);
	assert_int_equal(
		session_send_response(&r.server.s, 1, rig_bytes(SESSION_MESSAGE_MAX, 4), true),
		ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_memory_equal(buf_peek(&r.received).data, rig_bytes(1, 4).data, SESSION_MESSAGE_MAX);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cancel_is_told_once_and_the_stream_still_counts),
		cmocka_unit_test(cancelling_what_is_not_open_does_nothing),
		cmocka_unit_test(after_cancel_messages_stop),
		cmocka_unit_test(a_half_request_is_cancelled_by_the_session),
		cmocka_unit_test(a_half_upload_is_dropped_on_cancel),
		cmocka_unit_test(a_long_answer_is_cut_off_by_cancel),
		cmocka_unit_test(a_long_message_is_cut_off_and_the_owner_ends_the_stream),
		cmocka_unit_test(a_waiting_status_goes_out_on_cancel),
		cmocka_unit_test(abort_says_why_and_ends_both),
		cmocka_unit_test(the_longest_reason_fits),
		cmocka_unit_test(a_callback_may_abort),
		cmocka_unit_test(a_dead_session_may_still_hold_streams),
		cmocka_unit_test(a_full_queue_refuses_requests_without_harm),
		cmocka_unit_test(a_full_queue_refuses_messages_without_harm),
		cmocka_unit_test(a_full_queue_ends_a_server),
		cmocka_unit_test(a_peer_that_asks_and_never_listens_is_ended),
		cmocka_unit_test(greetings_have_a_length),
		cmocka_unit_test(what_waits_for_credit_counts_as_waiting),
		cmocka_unit_test(messages_have_a_length),
		cmocka_unit_test(the_longest_message_arrives_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
