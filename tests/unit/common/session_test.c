#include "common/session.h"

#include <string.h>

#include "tests/unit/common/check.h"
#include "tests/unit/common/session_rig.h"

static void the_greeting_opens_the_way(void **state)
{
	struct rig r;

	rig_init(&r, 1 << 20);
	assert_int_equal(r.server.s.phase, PHASE_HELLO);
	assert_int_equal(session_send_hello(&r.server.s, slice_str("early")),
			 ST_FAILED_PRECONDITION);
	assert_int_equal(session_send_hello(&r.client.s, slice_str("hi")), ST_OK);
	assert_int_equal(session_send_hello(&r.client.s, slice_str("hi")), ST_FAILED_PRECONDITION);
	end_carry(&r.client, &r.server, SIZE_MAX);
	assert_string_equal(end_events(&r.server), "hello 0 2:hi; ");
	assert_int_equal(r.server.s.phase, PHASE_LOGIN);
	end_carry(&r.server, &r.client, SIZE_MAX);
	assert_string_equal(end_events(&r.client), "hello 0 7:welcome; ");
	assert_int_equal(r.client.s.phase, PHASE_OPEN);
	assert_int_equal(session_send_hello(&r.server.s, slice_str("x")), ST_FAILED_PRECONDITION);
	rig_close(&r);
}

static void nothing_is_said_before_the_greeting(void **state)
{
	static const uint8_t payload[8] = "12345678";
	uint32_t stream;
	struct rig r;

	rig_init(&r, 1 << 20);
	assert_int_equal(session_send_request(&r.client.s, slice_str("x"), &stream),
			 ST_FAILED_PRECONDITION);
	assert_int_equal(session_send_ping(&r.client.s, payload), ST_FAILED_PRECONDITION);
	assert_int_equal(session_send_cancel(&r.client.s, 1), ST_FAILED_PRECONDITION);
	assert_int_equal(session_send_ping(&r.server.s, payload), ST_FAILED_PRECONDITION);
	assert_int_equal(session_send_goaway(&r.server.s, slice_str("x")), ST_FAILED_PRECONDITION);
	assert_false(session_may_send(&r.client.s, 1));
	assert_int_equal(r.client.s.out.len + r.server.s.out.len, 0);
	rig_close(&r);
}

static void a_request_may_follow_hello_at_once(void **state)
{
	uint32_t stream = 0;
	struct rig r;

	rig_init(&r, 1 << 20);
	assert_int_equal(session_send_hello(&r.client.s, slice_str("hi")), ST_OK);
	assert_int_equal(session_send_request(&r.client.s, slice_str("login"), &stream), ST_OK);
	end_carry(&r.client, &r.server, SIZE_MAX);
	assert_string_equal(end_events(&r.server), "hello 0 2:hi; request 1 5:login; ");
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), true), ST_OK);
	assert_string_equal(end_frames(&r.server), "WELCOME 0 7; RESPONSE+END 1 2; ");
	rig_close(&r);
}

static void before_welcome_the_server_answers_nothing(void **state)
{
	uint32_t stream = 0;
	struct rig r;

	rig_init(&r, 1 << 20);
	r.server.no_welcome = true;
	assert_int_equal(session_send_hello(&r.client.s, slice_str("hi")), ST_OK);
	assert_int_equal(session_send_request(&r.client.s, slice_str("login"), &stream), ST_OK);
	end_carry(&r.client, &r.server, SIZE_MAX);
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), true),
			 ST_FAILED_PRECONDITION);
	assert_int_equal(session_send_hello(&r.server.s, slice_str("late")), ST_OK);
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), true), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.client), "hello 0 4:late; response+end 1 2:ok; ");
	rig_close(&r);
}

static void a_call_and_its_answer(void **state)
{
	uint32_t stream = 0;
	struct rig r;

	rig_open(&r);
	assert_int_equal(session_send_request(&r.client.s, slice_str("ask"), &stream), ST_OK);
	assert_int_equal(stream, 1);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.server), "request 1 3:ask; ");
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("reply"), true), ST_OK);
	assert_false(session_stream_open(&r.server.s, 1));
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.client), "response+end 1 5:reply; ");
	assert_int_equal(r.client.s.n_streams, 0);
	assert_int_equal(r.server.s.n_streams, 0);
	rig_close(&r);
}

static void empty_messages_are_messages(void **state)
{
	uint32_t stream = rig_bytes(0, 0).len;
	struct rig r;

	rig_open(&r);
	assert_int_equal(session_send_request(&r.client.s, slice_of(NULL, 0), &stream), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.server), "request 1 0:; ");
	assert_int_equal(session_send_response(&r.server.s, 1, slice_of(NULL, 0), false), ST_OK);
	assert_int_equal(session_send_message(&r.server.s, 1, slice_of(NULL, 0)), ST_OK);
	assert_int_equal(session_send_status(&r.server.s, 1, slice_of(NULL, 0)), ST_OK);
	rig_carry(&r, 1);
	assert_string_equal(end_events(&r.client), "response 1 0:; message 1 0:; status 1 0:; ");
	rig_close(&r);
}

static void a_stream_of_messages(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "watch");
	assert_false(session_may_send(&r.server.s, 1)); /* RESPONSE comes first */
	assert_int_equal(session_send_message(&r.server.s, 1, slice_str("x")),
			 ST_FAILED_PRECONDITION);
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), false), ST_OK);
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), false),
			 ST_FAILED_PRECONDITION);
	for (int i = 0; i < 3; i++) {
		assert_true(session_may_send(&r.server.s, 1));
		assert_int_equal(session_send_message(&r.server.s, 1, slice_str("event")), ST_OK);
	}
	assert_int_equal(session_send_status(&r.server.s, 1, slice_str("bye")), ST_OK);
	assert_int_equal(session_send_status(&r.server.s, 1, slice_str("bye")), ST_NOT_FOUND);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.client), "response 1 2:ok; message 1 5:event; message 1 "
						   "5:event; message 1 5:event; status 1 3:bye; ");
	assert_int_equal(r.client.s.n_streams, 0);
	rig_close(&r);
}

static void a_stream_may_end_before_it_began(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "watch");
	assert_int_equal(session_send_status(&r.server.s, 1, slice_str("no")), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.client), "status 1 2:no; ");
	rig_close(&r);
}

static void the_client_sends_messages_too(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "upload");
	assert_true(session_may_send(&r.client.s, 1));
	assert_int_equal(session_send_message(&r.client.s, 1, slice_str("a")), ST_OK);
	assert_int_equal(session_send_message(&r.client.s, 1, slice_str("b")), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.server), "message 1 1:a; message 1 1:b; ");
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), true), ST_OK);
	assert_int_equal(session_send_message(&r.client.s, 1, slice_str("crossing")), ST_OK);
	rig_carry(&r, SIZE_MAX); /* comes after the end: no fault of the client */
	assert_string_equal(end_events(&r.server), "");
	assert_string_equal(end_events(&r.client), "response+end 1 2:ok; ");
	assert_false(r.server.s.dead);
	assert_int_equal(session_send_message(&r.client.s, 1, slice_str("x")), ST_NOT_FOUND);
	rig_close(&r);
}

static void answers_come_in_any_order(void **state)
{
	struct rig r;

	rig_open(&r);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(rig_request(&r, "ask"), 2 * i + 1);
	assert_int_equal(session_send_response(&r.server.s, 5, slice_str("c"), true), ST_OK);
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("a"), true), ST_OK);
	assert_int_equal(session_send_response(&r.server.s, 3, slice_str("b"), true), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.client),
			    "response+end 5 1:c; response+end 1 1:a; response+end 3 1:b; ");
	rig_close(&r);
}

static void answers_to_what_is_not_open_are_told(void **state)
{
	struct rig r;

	rig_open(&r);
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("x"), true), ST_NOT_FOUND);
	assert_int_equal(session_send_message(&r.server.s, 1, slice_str("x")), ST_NOT_FOUND);
	assert_int_equal(session_send_status(&r.server.s, 1, slice_str("x")), ST_NOT_FOUND);
	assert_int_equal(session_grant(&r.server.s, 1, 1), ST_OK);
	assert_int_equal(r.server.s.out.len, 0);
	assert_false(r.server.s.dead);
	rig_close(&r);
}

static void sixty_four_streams_are_open_at_most(void **state)
{
	uint32_t stream = 0;
	struct rig r;

	rig_open(&r);
	for (int i = 0; i < SESSION_STREAMS_MAX; i++)
		rig_request(&r, "ask");
	assert_int_equal(session_send_request(&r.client.s, slice_str("x"), &stream),
			 ST_RESOURCE_EXHAUSTED);
	assert_false(r.client.s.dead);
	assert_int_equal(session_send_response(&r.server.s, 7, slice_str("ok"), true), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_int_equal(session_send_request(&r.client.s, slice_str("x"), &stream), ST_OK);
	assert_int_equal(stream, 2 * SESSION_STREAMS_MAX + 1);
	rig_carry(&r, SIZE_MAX);
	assert_int_equal(r.server.s.n_streams, SESSION_STREAMS_MAX);
	rig_close(&r);
}

static void numbers_are_used_up_at_the_end(void **state)
{
	uint32_t stream = 0;
	struct rig r;

	rig_open(&r);
	r.client.s.last_stream = FRAME_STREAM_MAX - 2;
	assert_int_equal(session_send_request(&r.client.s, slice_str("last"), &stream), ST_OK);
	assert_int_equal(stream, FRAME_STREAM_MAX);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.server), "request 2147483647 4:last; ");
	assert_int_equal(session_send_request(&r.client.s, slice_str("x"), &stream),
			 ST_UNAVAILABLE);
	rig_close(&r);
}

static void pings_come_back(void **state)
{
	static const uint8_t payload[8] = "tick 123";
	struct rig r;

	rig_open(&r);
	assert_int_equal(session_send_ping(&r.client.s, payload), ST_OK);
	rig_carry(&r, 1);
	assert_string_equal(end_events(&r.client), "pong 0 8:tick 123; ");
	assert_int_equal(session_send_ping(&r.server.s, payload), ST_OK);
	rig_carry(&r, 1);
	assert_string_equal(end_events(&r.server), "pong 0 8:tick 123; ");
	assert_int_equal(r.client.s.glitches + r.server.s.glitches, 0);
	rig_close(&r);
}

static void hearing_is_noted(void **state)
{
	struct rig r;

	rig_open(&r);
	r.now_ms = 50000;
	assert_int_equal(session_feed(&r.server.s, slice_of("\xd5", 1)), ST_OK);
	assert_int_equal(r.server.s.last_heard_ms, 50000);
	r.now_ms = 60000;
	assert_int_equal(r.server.s.last_heard_ms, 50000);
	rig_close(&r);
}

static void after_goaway_no_request_is_begun(void **state)
{
	uint32_t stream = 0;
	struct rig r;

	rig_open(&r);
	rig_request(&r, "ask");
	assert_int_equal(session_send_goaway(&r.server.s, slice_str("drain")), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.client), "goaway 0 5:drain; ");
	assert_int_equal(session_send_request(&r.client.s, slice_str("x"), &stream),
			 ST_UNAVAILABLE);
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), true), ST_OK);
	assert_int_equal(session_send_goaway(&r.server.s, slice_str("again")), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.client), "response+end 1 2:ok; goaway 0 5:again; ");
	rig_close(&r);
}

static void requests_crossing_goaway_are_heard(void **state)
{
	uint32_t stream = 0;
	struct rig r;

	rig_open(&r);
	assert_int_equal(session_send_request(&r.client.s, slice_str("ask"), &stream), ST_OK);
	assert_int_equal(session_send_goaway(&r.server.s, slice_str("drain")), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_string_equal(end_events(&r.server), "request 1 3:ask; ");
	rig_close(&r);
}

static void frames_of_later_versions_are_skipped(void **state)
{
	struct rig r;

	rig_open(&r);
	for (unsigned type = 0x80; type < 0x100; type++)
		assert_int_equal(
			end_frame(&r.server, (uint8_t)type, 0, type % 3, rig_bytes(type, type)),
			ST_OK);
	assert_string_equal(end_frames(&r.server), "");
	assert_string_equal(end_events(&r.server), "");
	assert_int_equal(rig_request(&r, "still alive"), 1);
	rig_close(&r);
}

/* The same talk cut into pieces of every size gives the same events. */
static void pieces_of_any_size_give_the_same(void **state)
{
	static const size_t steps[] = { 1, 2, 3, 5, 7, 11, 12, 13, 64, 1000, 16396, SIZE_MAX };

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		uint32_t stream = 0;
		struct rig r;

		rig_open(&r);
		assert_int_equal(session_send_request(&r.client.s, rig_bytes(40000, 1), &stream),
				 ST_OK);
		assert_int_equal(session_send_request(&r.client.s, slice_str("b"), &stream), ST_OK);
		rig_carry(&r, steps[i]);
		assert_string_equal(end_events(&r.server), "request 1 40000; request 3 1:b; ");
		assert_memory_equal(buf_peek(&r.received).data, rig_bytes(40000, 1).data, 40000);
		assert_int_equal(session_send_response(&r.server.s, 3, rig_bytes(20000, 2), false),
				 ST_OK);
		assert_int_equal(session_send_message(&r.server.s, 3, rig_bytes(30000, 3)), ST_OK);
		assert_int_equal(session_send_status(&r.server.s, 3, slice_str("s")), ST_OK);
		assert_int_equal(session_send_response(&r.server.s, 1, slice_str("a"), true),
				 ST_OK);
		rig_carry(&r, steps[i]);
		assert_string_equal(end_events(&r.client), "response 3 20000; message 3 30000; "
							   "status 3 1:s; response+end 1 1:a; ");
		assert_memory_equal(buf_peek(&r.received).data, rig_bytes(30000, 3).data, 30000);
		rig_close(&r);
	}
}

static void echo(struct end *e, uint32_t stream, struct slice message)
{
	assert_int_equal(session_send_response(&e->s, stream, message, true), ST_OK);
}

static void ask_again(struct end *e, uint32_t stream, struct slice message, bool end)
{
	uint32_t next;

	assert_true(end);
	if (stream < 9)
		assert_int_equal(session_send_request(&e->s, message, &next), ST_OK);
}

static void callbacks_may_send(void **state)
{
	uint32_t stream;
	struct rig r;

	rig_open(&r);
	r.server.on_request = echo;
	r.client.on_response = ask_again;
	assert_int_equal(session_send_request(&r.client.s, slice_str("round"), &stream), ST_OK);
	rig_carry(&r, 5);
	assert_string_equal(end_events(&r.client),
			    "response+end 1 5:round; response+end 3 5:round; response+end 5 "
			    "5:round; response+end 7 5:round; response+end 9 5:round; ");
	rig_close(&r);
}

/* A message that was put together lives until its callback returns, even if that ends the stream.
 */
static void an_answer_may_be_the_request_itself(void **state)
{
	uint32_t stream;
	struct rig r;

	rig_open(&r);
	r.server.on_request = echo;
	assert_int_equal(session_send_request(&r.client.s, rig_bytes(200000, 9), &stream), ST_OK);
	rig_carry(&r, 4096);
	assert_string_equal(end_events(&r.client),
			    "credit 1; credit 1; credit 1; credit 1; credit 1; "
			    "response+end 1 200000; ");
	assert_memory_equal(buf_peek(&r.received).data, rig_bytes(200000, 9).data, 200000);
	rig_close(&r);
}

static void an_idle_session_holds_no_buffers(void **state)
{
	uint32_t stream;
	struct rig r;

	rig_open(&r);
	r.server.on_request = echo;
	assert_int_equal(session_send_request(&r.client.s, rig_bytes(100000, 9), &stream), ST_OK);
	rig_carry(&r, 1000);
	assert_null(r.client.s.in.data);
	assert_null(r.client.s.out.data);
	assert_null(r.server.s.in.data);
	assert_null(r.server.s.out.data);
	assert_int_equal(r.server.s.parts + r.server.s.pending, 0);
	assert_int_equal(session_waiting(&r.server.s), 0);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_greeting_opens_the_way),
		cmocka_unit_test(nothing_is_said_before_the_greeting),
		cmocka_unit_test(a_request_may_follow_hello_at_once),
		cmocka_unit_test(before_welcome_the_server_answers_nothing),
		cmocka_unit_test(a_call_and_its_answer),
		cmocka_unit_test(empty_messages_are_messages),
		cmocka_unit_test(a_stream_of_messages),
		cmocka_unit_test(a_stream_may_end_before_it_began),
		cmocka_unit_test(the_client_sends_messages_too),
		cmocka_unit_test(answers_come_in_any_order),
		cmocka_unit_test(answers_to_what_is_not_open_are_told),
		cmocka_unit_test(sixty_four_streams_are_open_at_most),
		cmocka_unit_test(numbers_are_used_up_at_the_end),
		cmocka_unit_test(pings_come_back),
		cmocka_unit_test(hearing_is_noted),
		cmocka_unit_test(after_goaway_no_request_is_begun),
		cmocka_unit_test(requests_crossing_goaway_are_heard),
		cmocka_unit_test(frames_of_later_versions_are_skipped),
		cmocka_unit_test(pieces_of_any_size_give_the_same),
		cmocka_unit_test(callbacks_may_send),
		cmocka_unit_test(an_answer_may_be_the_request_itself),
		cmocka_unit_test(an_idle_session_holds_no_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
