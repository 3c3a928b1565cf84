/* Who may send how much: bytes of a stream and of the connection, messages of a stream. */
#include "common/session.h"

#include <string.h>

#include "tests/unit/common/check.h"
#include "tests/unit/common/session_rig.h"

#define STREAM 65536
#define CONNECTION (1 << 20)

static void short_messages_cost_nothing_but_their_frame(void **state)
{
	uint32_t stream;
	struct rig r;

	rig_open(&r);
	assert_int_equal(session_send_request(&r.client.s, rig_bytes(16384, 0), &stream), ST_OK);
	assert_string_equal(end_frames(&r.client), "REQUEST 1 16384; ");
	assert_int_equal(r.client.s.send_bytes, CONNECTION);
	rig_close(&r);
}

static void long_messages_go_in_parts_and_wait(void **state)
{
	uint32_t stream;
	struct rig r;

	rig_open(&r);
	assert_int_equal(session_send_request(&r.client.s, rig_bytes(100000, 0), &stream), ST_OK);
	assert_string_equal(end_frames(&r.client),
			    "REQUEST+MORE 1 16384; DATA+MORE 1 16384; DATA+MORE 1 16384; "
			    "DATA+MORE 1 16384; DATA+MORE 1 16384; ");
	assert_int_equal(r.client.s.send_bytes, CONNECTION - STREAM);
	assert_int_equal(r.client.s.pending, 100000 - 5 * 16384);
	assert_int_equal(end_credit(&r.client, 1, 1000, 0), ST_OK);
	assert_string_equal(end_frames(&r.client), "DATA+MORE 1 1000; ");
	assert_int_equal(end_credit(&r.client, 1, 100000, 0), ST_OK);
	assert_string_equal(end_frames(&r.client), "DATA+MORE 1 16384; DATA 1 696; ");
	assert_int_equal(r.client.s.pending, 0);
	rig_close(&r);
}

static void the_last_part_of_an_answer_ends_the_stream(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "ask");
	assert_int_equal(session_send_response(&r.server.s, 1, rig_bytes(90000, 0), true), ST_OK);
	assert_string_equal(end_frames(&r.server),
			    "RESPONSE+MORE 1 16384; DATA+MORE 1 16384; DATA+MORE 1 16384; "
			    "DATA+MORE 1 16384; DATA+MORE 1 16384; ");
	assert_int_equal(r.server.s.n_streams, 1);
	assert_int_equal(end_credit(&r.server, 1, 50000, 0), ST_OK);
	assert_string_equal(end_frames(&r.server), "DATA+END 1 8080; ");
	assert_int_equal(r.server.s.n_streams, 0);
	assert_string_equal(end_events(&r.server),
			    ""); /* no credit event for a stream that ended */
	rig_close(&r);
}

static void a_status_waits_behind_its_message(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "watch");
	assert_int_equal(session_send_response(&r.server.s, 1, rig_bytes(90000, 0), false), ST_OK);
	assert_false(session_may_send(&r.server.s, 1));
	assert_int_equal(session_send_message(&r.server.s, 1, slice_str("x")),
			 ST_FAILED_PRECONDITION);
	end_frames(&r.server);
	assert_int_equal(session_send_status(&r.server.s, 1, slice_str("bye")), ST_OK);
	assert_string_equal(end_frames(&r.server), "");
	assert_int_equal(end_credit(&r.server, 1, 50000, 0), ST_OK);
	assert_string_equal(end_frames(&r.server), "DATA 1 8080; STATUS+END 1 3; ");
	rig_close(&r);
}

static void messages_run_out_and_come_back(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "watch");
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), false), ST_OK);
	for (int i = 0; i < 32; i++) {
		assert_true(session_may_send(&r.server.s, 1));
		assert_int_equal(session_send_message(&r.server.s, 1, slice_str("m")), ST_OK);
	}
	assert_false(session_may_send(&r.server.s, 1));
	assert_int_equal(session_send_message(&r.server.s, 1, slice_str("m")),
			 ST_FAILED_PRECONDITION);
	assert_int_equal(end_credit(&r.server, 1, 0, 2), ST_OK);
	assert_string_equal(end_events(&r.server), "credit 1; ");
	assert_int_equal(session_send_message(&r.server.s, 1, slice_of(NULL, 0)), ST_OK);
	assert_int_equal(session_send_message(&r.server.s, 1, slice_str("m")), ST_OK);
	assert_false(session_may_send(&r.server.s, 1));
	rig_close(&r);
}

static void a_message_of_parts_costs_one_message(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "watch");
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), false), ST_OK);
	end_frames(&r.server);
	assert_int_equal(session_send_message(&r.server.s, 1, rig_bytes(40000, 0)), ST_OK);
	assert_string_equal(end_frames(&r.server),
			    "DATA+MORE 1 16384; DATA+MORE 1 16384; DATA 1 7232; ");
	assert_true(session_may_send(&r.server.s, 1));
	for (int i = 0; i < 31; i++)
		assert_int_equal(session_send_message(&r.server.s, 1, slice_str("m")), ST_OK);
	assert_false(session_may_send(&r.server.s, 1));
	rig_close(&r);
}

static void without_bytes_no_message_is_begun(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "watch");
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), false), ST_OK);
	assert_int_equal(session_send_message(&r.server.s, 1, rig_bytes(STREAM, 0)), ST_OK);
	assert_int_equal(r.server.s.pending, 0);
	assert_false(session_may_send(&r.server.s, 1));
	assert_int_equal(end_credit(&r.server, 1, 1, 0), ST_OK);
	assert_true(session_may_send(&r.server.s, 1));
	rig_close(&r);
}

/* 17 streams of 64 KiB are more than the connection's 1 MiB. */
static void the_connection_has_its_own_limit(void **state)
{
	struct rig r;

	rig_open(&r);
	for (int i = 0; i < 17; i++)
		rig_request(&r, "export");
	for (uint32_t id = 1; id <= 33; id += 2)
		assert_int_equal(session_send_response(&r.server.s, id, rig_bytes(80000, 0), true),
				 ST_OK);
	assert_int_equal(r.server.s.send_bytes, 0);
	assert_int_equal(r.server.s.pending, 17 * (80000 - 16384) - CONNECTION);
	end_frames(&r.server);
	assert_int_equal(end_credit(&r.server, 0, 100, 0), ST_OK);
	assert_string_equal(end_frames(&r.server), "DATA+MORE 33 100; ");
	assert_int_equal(end_credit(&r.server, 0, 1 << 20, 0), ST_OK);
	assert_int_equal(r.server.s.pending, 0);
	assert_int_equal(r.server.s.n_streams, 0);
	assert_string_equal(end_events(&r.server), "credit 0; credit 0; ");
	rig_close(&r);
}

/* When the connection gets credit, every waiting stream gets a part in turn. */
static void waiting_streams_take_turns(void **state)
{
	struct rig r;

	rig_open(&r);
	for (int i = 0; i < 3; i++)
		rig_request(&r, "export");
	r.server.s.send_bytes = 0;
	for (uint32_t id = 1; id <= 5; id += 2)
		assert_int_equal(session_send_response(&r.server.s, id, rig_bytes(50000, 0), true),
				 ST_OK);
	assert_string_equal(
		end_frames(&r.server),
		"RESPONSE+MORE 1 16384; RESPONSE+MORE 3 16384; RESPONSE+MORE 5 16384; ");
	assert_int_equal(end_credit(&r.server, 0, 4 * 16384, 0), ST_OK);
	assert_string_equal(end_frames(&r.server), "DATA+MORE 1 16384; DATA+MORE 3 16384; "
						   "DATA+MORE 5 16384; DATA+MORE 1 16384; ");
	rig_close(&r);
}

static void the_receiver_gives_bytes_back_by_halves(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "upload");
	r.server.silent = true;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
			end_frame(&r.server, FRAME_DATA, FRAME_MORE, 1, rig_bytes(16384, 0)),
			ST_OK);
		assert_string_equal(end_frames(&r.server),
				    i == 1 ? "CREDIT 1 bytes=32768 messages=0; " : "");
	}
	/* the connection after half of its own */
	for (int i = 3; i < 32; i++)
		assert_int_equal(
			end_frame(&r.server, FRAME_DATA, FRAME_MORE, 1, rig_bytes(16384, 0)),
			ST_OK);
	assert_int_equal(r.server.s.recv_bytes, CONNECTION);
	assert_non_null(strstr(end_frames(&r.server), "CREDIT 0 bytes=524288 messages=0; "));
	rig_close(&r);
}

static void bytes_beyond_the_stream_end_the_session(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "upload");
	assert_int_equal(end_frame(&r.server, FRAME_DATA, 0, 1, rig_bytes(30000, 0)), ST_OK);
	assert_int_equal(end_frame(&r.server, FRAME_DATA, 0, 1, rig_bytes(35536, 0)), ST_OK);
	assert_string_equal(end_frames(&r.server), "CREDIT 1 bytes=65536 messages=0; ");
	rig_close(&r);

	rig_open(&r);
	rig_request(&r, "upload");
	assert_int_equal(end_frame(&r.server, FRAME_DATA, 0, 1, rig_bytes(32767, 0)), ST_OK);
	assert_string_equal(end_frames(&r.server), "");
	assert_int_equal(end_frame(&r.server, FRAME_DATA, 0, 1, rig_bytes(32770, 0)),
			 ST_RESOURCE_EXHAUSTED);
	assert_string_equal(end_frames(&r.server), "ERROR CREDIT_EXCEEDED; ");
	rig_close(&r);
}

static void bytes_beyond_the_connection_end_the_session(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "upload");
	r.server.s.recv_bytes = 100;
	assert_int_equal(end_frame(&r.server, FRAME_DATA, 0, 1, rig_bytes(101, 0)),
			 ST_RESOURCE_EXHAUSTED);
	assert_string_equal(end_frames(&r.server), "ERROR CREDIT_EXCEEDED; ");
	rig_close(&r);
}

static void messages_beyond_the_credit_end_the_session(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "upload");
	r.server.no_grant = true;
	for (int i = 0; i < 32; i++)
		assert_int_equal(end_frame(&r.server, FRAME_DATA, 0, 1, slice_of(NULL, 0)), ST_OK);
	assert_string_equal(end_frames(&r.server), "");
	assert_int_equal(end_frame(&r.server, FRAME_DATA, 0, 1, slice_of(NULL, 0)),
			 ST_RESOURCE_EXHAUSTED);
	assert_string_equal(end_frames(&r.server), "ERROR CREDIT_EXCEEDED; ");
	rig_close(&r);
}

static void grants_go_out_in_lots(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "upload");
	r.server.no_grant = true;
	for (int i = 0; i < 20; i++)
		assert_int_equal(end_frame(&r.server, FRAME_DATA, 0, 1, slice_str("m")), ST_OK);
	/* twelve are left to the peer: less than half, so what is due goes out at once */
	assert_int_equal(session_grant(&r.server.s, 1, 1), ST_OK);
	assert_string_equal(end_frames(&r.server), "CREDIT 1 bytes=0 messages=1; ");
	assert_int_equal(session_grant(&r.server.s, 1, 10), ST_OK);
	assert_string_equal(end_frames(&r.server), "CREDIT 1 bytes=0 messages=10; ");
	/* now 23 are left: it can wait */
	assert_int_equal(session_grant(&r.server.s, 1, 3), ST_OK);
	assert_string_equal(end_frames(&r.server), "");
	for (int i = 0; i < 7; i++)
		assert_int_equal(end_frame(&r.server, FRAME_DATA, 0, 1, slice_str("m")), ST_OK);
	assert_int_equal(session_grant(&r.server.s, 1, 1), ST_OK);
	assert_string_equal(end_frames(&r.server), "CREDIT 1 bytes=0 messages=4; ");
	rig_close(&r);
}

static void more_than_came_is_not_granted(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "upload");
	r.server.no_grant = true;
	assert_int_equal(session_grant(&r.server.s, 1, 1), ST_FAILED_PRECONDITION);
	assert_int_equal(end_frame(&r.server, FRAME_DATA, 0, 1, slice_str("m")), ST_OK);
	assert_int_equal(session_grant(&r.server.s, 1, 2), ST_FAILED_PRECONDITION);
	assert_int_equal(session_grant(&r.server.s, 1, UINT32_MAX), ST_FAILED_PRECONDITION);
	assert_int_equal(session_grant(&r.server.s, 1, 1), ST_OK);
	assert_int_equal(session_grant(&r.server.s, 1, 1), ST_FAILED_PRECONDITION);
	assert_int_equal(session_grant(&r.server.s, 1, 0), ST_OK);
	assert_false(r.server.s.dead);
	rig_close(&r);
}

static void credit_beyond_31_bits_ends_the_session(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "watch");
	assert_int_equal(end_credit(&r.server, 1, INT32_MAX - STREAM, INT32_MAX - 32), ST_OK);
	assert_int_equal(end_credit(&r.server, 0, INT32_MAX - CONNECTION, 0), ST_OK);
	assert_int_equal(end_credit(&r.server, 0, 1, 0), ST_RESOURCE_EXHAUSTED);
	assert_string_equal(end_frames(&r.server), "ERROR CREDIT_EXCEEDED; ");
	rig_close(&r);

	rig_open(&r);
	rig_request(&r, "watch");
	assert_int_equal(end_credit(&r.server, 1, UINT32_MAX, 0), ST_RESOURCE_EXHAUSTED);
	rig_close(&r);

	rig_open(&r);
	rig_request(&r, "watch");
	assert_int_equal(end_credit(&r.server, 1, 0, INT32_MAX - 31), ST_RESOURCE_EXHAUSTED);
	rig_close(&r);
}

static void of_the_connections_credit_only_bytes_count(void **state)
{
	struct rig r;

	rig_open(&r);
	assert_int_equal(end_credit(&r.server, 0, 5, UINT32_MAX), ST_OK);
	assert_int_equal(r.server.s.send_bytes, CONNECTION + 5);
	assert_int_equal(r.server.s.glitches, 0);
	rig_close(&r);
}

static void data_after_the_end_gives_its_bytes_back(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "upload");
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("enough"), true), ST_OK);
	end_frames(&r.server);
	for (int i = 0; i < 31; i++)
		assert_int_equal(end_frame(&r.server, FRAME_DATA, 0, 1, rig_bytes(16384, 0)),
				 ST_OK);
	assert_string_equal(end_frames(&r.server), "");
	assert_int_equal(end_frame(&r.server, FRAME_DATA, 0, 1, rig_bytes(16384, 0)), ST_OK);
	assert_string_equal(end_frames(&r.server), "CREDIT 0 bytes=524288 messages=0; ");
	assert_string_equal(end_events(&r.server), "");
	rig_close(&r);
}

static void send_more(struct end *e, uint32_t stream)
{
	int *left = e->arg;

	while (*left > 0 && session_may_send(&e->s, 1)) {
		assert_int_equal(session_send_message(&e->s, 1, rig_bytes(5000, 0)), ST_OK);
		--*left;
	}
	if (*left == 0 && session_stream_open(&e->s, 1))
		assert_int_equal(session_send_status(&e->s, 1, slice_str("all")), ST_OK);
}

/* A sender that goes on whenever it is told so gets everything through, and never overruns. */
static void a_stream_driven_by_credit_gets_all_through(void **state)
{
	int left = 1000;
	struct rig r;

	rig_open(&r);
	rig_request(&r, "watch");
	r.client.silent = r.server.silent = true;
	r.server.on_credit = send_more;
	r.server.arg = &left;
	assert_int_equal(session_send_response(&r.server.s, 1, slice_str("ok"), false), ST_OK);
	send_more(&r.server, 1);
	assert_true(left > 900);
	rig_carry(&r, 4000);
	assert_int_equal(left, 0);
	assert_int_equal(r.client.s.n_streams, 0);
	assert_false(r.client.s.dead || r.server.s.dead);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_messages_cost_nothing_but_their_frame),
		cmocka_unit_test(long_messages_go_in_parts_and_wait),
		cmocka_unit_test(the_last_part_of_an_answer_ends_the_stream),
		cmocka_unit_test(a_status_waits_behind_its_message),
		cmocka_unit_test(messages_run_out_and_come_back),
		cmocka_unit_test(a_message_of_parts_costs_one_message),
		cmocka_unit_test(without_bytes_no_message_is_begun),
		cmocka_unit_test(the_connection_has_its_own_limit),
		cmocka_unit_test(waiting_streams_take_turns),
		cmocka_unit_test(the_receiver_gives_bytes_back_by_halves),
		cmocka_unit_test(bytes_beyond_the_stream_end_the_session),
		cmocka_unit_test(bytes_beyond_the_connection_end_the_session),
		cmocka_unit_test(messages_beyond_the_credit_end_the_session),
		cmocka_unit_test(grants_go_out_in_lots),
		cmocka_unit_test(more_than_came_is_not_granted),
		cmocka_unit_test(credit_beyond_31_bits_ends_the_session),
		cmocka_unit_test(of_the_connections_credit_only_bytes_count),
		cmocka_unit_test(data_after_the_end_gives_its_bytes_back),
		cmocka_unit_test(a_stream_driven_by_credit_gets_all_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
