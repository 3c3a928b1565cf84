/* What a peer must not do, and what it may do only so often. */
#include "common/session.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/common/check.h"
#include "tests/unit/common/session_rig.h"

#define NONE slice_of(NULL, 0)
#define EIGHT slice_str("12345678")

/* The end is dead, has said why and holds nothing more. */
static void assert_ended(struct end *e, const char *reason)
{
	char want[100];

	snprintf(want, sizeof want, "ERROR %s; ", reason);
	assert_true(e->s.dead);
	assert_string_equal(e->s.err.reason, reason);
	assert_string_equal(end_frames(e), want);
	assert_null(e->s.in.data);
}

static void assert_refuses(struct end *e, uint8_t type, uint8_t flags, uint32_t stream,
			   struct slice payload, const char *reason)
{
	end_frames(e);
	end_events(e);
	assert_int_not_equal(end_frame(e, type, flags, stream, payload), ST_OK);
	assert_ended(e, reason);
	assert_string_equal(end_events(e), "");
}

static void wrong_magic_ends_without_a_word(void **state)
{
	for (int b = 0; b < 256; b++) {
		uint8_t byte = (uint8_t)b;
		struct rig r;

		rig_init(&r, 1 << 20);
		assert_int_equal(session_feed(&r.server.s, slice_of(&byte, 1)),
				 b == FRAME_MAGIC ? ST_OK : ST_INVALID_ARGUMENT);
		assert_int_equal(r.server.s.dead, b != FRAME_MAGIC);
		assert_int_equal(r.server.s.out.len, 0);
		rig_close(&r);
	}
}

static void wrong_magic_between_frames_too(void **state)
{
	struct rig r;

	rig_open(&r);
	assert_int_equal(end_frame(&r.server, 0x90, 0, 0, NONE), ST_OK);
	assert_int_equal(session_feed(&r.server.s, slice_str("GET / HTTP/1.1")),
			 ST_INVALID_ARGUMENT);
	assert_int_equal(r.server.s.out.len, 0);
	rig_close(&r);
}

static void before_the_greeting_only_the_greeting(void **state)
{
	for (unsigned type = 1; type < 0x80; type++) {
		const struct frame_rule *rule = frame_rule((uint8_t)type);
		struct rig r;

		if (rule == NULL || type == FRAME_HELLO || type == FRAME_WELCOME ||
		    type == FRAME_ERROR)
			continue;
		rig_init(&r, 1 << 20);
		assert_refuses(&r.server, (uint8_t)type, rule->must,
			       (rule->who & FRAME_ON_CONNECTION) == 0,
			       rule->len == 8 ? EIGHT : NONE, "PROTOCOL_ERROR");
		rig_close(&r);
		rig_init(&r, 1 << 20);
		assert_int_equal(session_send_hello(&r.client.s, slice_str("hi")), ST_OK);
		assert_refuses(&r.client, (uint8_t)type, rule->must,
			       (rule->who & FRAME_ON_CONNECTION) == 0,
			       rule->len == 8 ? EIGHT : NONE, "PROTOCOL_ERROR");
		rig_close(&r);
	}
}

static void the_greeting_comes_once_and_to_the_right_end(void **state)
{
	struct rig r;

	rig_open(&r);
	assert_refuses(&r.server, FRAME_HELLO, 0, 0, slice_str("again"), "PROTOCOL_ERROR");
	assert_refuses(&r.client, FRAME_WELCOME, 0, 0, slice_str("again"), "PROTOCOL_ERROR");
	rig_close(&r);
	rig_init(&r, 1 << 20);
	assert_refuses(&r.server, FRAME_WELCOME, 0, 0, NONE, "PROTOCOL_ERROR");
	assert_refuses(&r.client, FRAME_HELLO, 0, 0, NONE, "PROTOCOL_ERROR");
	rig_close(&r);
	rig_init(&r, 1 << 20); /* the client has not asked */
	assert_refuses(&r.client, FRAME_WELCOME, 0, 0, NONE, "PROTOCOL_ERROR");
	rig_close(&r);
}

static void each_end_sends_its_own_frames_only(void **state)
{
	for (unsigned type = 1; type < 0x80; type++) {
		const struct frame_rule *rule = frame_rule((uint8_t)type);
		uint32_t stream;
		struct rig r;

		if (rule == NULL)
			continue;
		stream = (rule->who & FRAME_ON_CONNECTION) == 0;
		rig_open(&r);
		if ((rule->who & FRAME_BY_CLIENT) == 0)
			assert_refuses(&r.server, (uint8_t)type, rule->must, stream, NONE,
				       "PROTOCOL_ERROR");
		if ((rule->who & FRAME_BY_SERVER) == 0)
			assert_refuses(&r.client, (uint8_t)type, rule->must, stream, NONE,
				       "PROTOCOL_ERROR");
		rig_close(&r);
	}
}

static void unknown_types_below_0x80_end_the_session(void **state)
{
	for (unsigned type = 0; type < 0x80; type++) {
		struct rig r;

		if (frame_rule((uint8_t)type) != NULL)
			continue;
		rig_open(&r);
		assert_refuses(&r.server, (uint8_t)type, 0, 0, NONE, "PROTOCOL_ERROR");
		assert_refuses(&r.client, (uint8_t)type, 0, 0, NONE, "PROTOCOL_ERROR");
		rig_close(&r);
	}
}

/* The header alone is enough: nothing is kept for a payload that is too long. */
static void too_long_frames_are_refused_by_their_header(void **state)
{
	static const enum frame_phase phases[] = { PHASE_HELLO, PHASE_LOGIN, PHASE_OPEN };

	for (int i = 0; i < 3; i++) {
		uint8_t header[FRAME_HEADER];
		struct rig r;

		rig_open(&r);
		session_set_phase(&r.server.s, phases[i]);
		frame_header(header, FRAME_REQUEST, 0, frame_cap(phases[i]) + 1, 1);
		assert_int_equal(session_feed(&r.server.s, slice_of(header, 11)), ST_OK);
		assert_int_equal(session_feed(&r.server.s, slice_of(header + 11, 1)),
				 ST_RESOURCE_EXHAUSTED);
		assert_ended(&r.server, "FRAME_TOO_LARGE");
		rig_close(&r);
	}
}

static void a_header_alone_makes_nobody_hold_its_payload(void **state)
{
	uint8_t header[FRAME_HEADER];
	struct rig r;

	rig_open(&r);
	frame_header(header, FRAME_REQUEST, 0, 65536, 1);
	assert_int_equal(session_feed(&r.server.s, slice_of(header, FRAME_HEADER)), ST_OK);
	assert_true(r.server.s.in.cap <= 1024);
	rig_close(&r);
}

static void stream_numbers_rise(void **state)
{
	static const uint32_t bad[] = { 1, 3, 5 };

	for (int i = 0; i < 3; i++) {
		struct rig r;

		rig_open(&r);
		assert_int_equal(end_frame(&r.server, FRAME_REQUEST, 0, 1, NONE), ST_OK);
		assert_int_equal(session_send_response(&r.server.s, 1, NONE, true), ST_OK);
		assert_int_equal(end_frame(&r.server, FRAME_REQUEST, 0, 5, NONE),
				 ST_OK); /* a gap */
		assert_refuses(&r.server, FRAME_REQUEST, 0, bad[i], NONE, "PROTOCOL_ERROR");
		rig_close(&r);
	}
}

static void streams_are_odd_and_below_2_31(void **state)
{
	static const uint32_t bad[] = { 0, 2, 0x80000001, 0xffffffff };

	for (int i = 0; i < 4; i++) {
		struct rig r;

		rig_open(&r);
		assert_refuses(&r.server, FRAME_REQUEST, 0, bad[i], NONE, "PROTOCOL_ERROR");
		rig_close(&r);
	}
}

static void the_65th_stream_ends_the_session(void **state)
{
	uint32_t id = 1;
	struct rig r;

	rig_open(&r);
	for (; id < 2 * SESSION_STREAMS_MAX; id += 2)
		assert_int_equal(end_frame(&r.server, FRAME_REQUEST, 0, id, NONE), ST_OK);
	assert_int_equal(end_frame(&r.server, FRAME_CANCEL, 0, 1, NONE), ST_OK);
	assert_refuses(&r.server, FRAME_REQUEST, 0, id, NONE, "TOO_MANY_STREAMS");
	rig_close(&r);
}

static void data_needs_an_open_stream(void **state)
{
	struct rig r;

	rig_open(&r);
	assert_refuses(&r.server, FRAME_DATA, 0, 1, NONE, "PROTOCOL_ERROR");
	assert_refuses(&r.client, FRAME_DATA, 0, 1, NONE, "PROTOCOL_ERROR");
	rig_close(&r);
	rig_open(&r);
	rig_request(&r, "x");
	assert_int_equal(end_frame(&r.client, FRAME_RESPONSE, FRAME_END_STREAM, 1, NONE), ST_OK);
	assert_refuses(&r.client, FRAME_DATA, 0, 1, NONE, "PROTOCOL_ERROR");
	rig_close(&r);
}

static void the_client_sends_nothing_after_its_end(void **state)
{
	struct rig r;

	rig_open(&r);
	assert_int_equal(end_frame(&r.server, FRAME_REQUEST, FRAME_END_STREAM, 1, NONE), ST_OK);
	assert_refuses(&r.server, FRAME_DATA, 0, 1, NONE, "PROTOCOL_ERROR");
	rig_close(&r);
	rig_open(&r);
	assert_int_equal(end_frame(&r.server, FRAME_REQUEST, 0, 1, NONE), ST_OK);
	assert_int_equal(end_frame(&r.server, FRAME_DATA, FRAME_END_STREAM, 1, NONE), ST_OK);
	assert_refuses(&r.server, FRAME_DATA, 0, 1, NONE, "PROTOCOL_ERROR");
	rig_close(&r);
	rig_open(&r);
	assert_int_equal(end_frame(&r.server, FRAME_REQUEST, 0, 1, NONE), ST_OK);
	assert_int_equal(end_frame(&r.server, FRAME_CANCEL, 0, 1, NONE), ST_OK);
	assert_refuses(&r.server, FRAME_DATA, 0, 1, NONE, "PROTOCOL_ERROR");
	rig_close(&r);
}

static void after_its_end_the_client_may_still_cancel(void **state)
{
	struct rig r;

	rig_open(&r);
	assert_int_equal(end_frame(&r.server, FRAME_REQUEST, FRAME_END_STREAM, 1, NONE), ST_OK);
	end_events(&r.server);
	assert_int_equal(end_frame(&r.server, FRAME_CANCEL, 0, 1, NONE), ST_OK);
	assert_string_equal(end_events(&r.server), "cancel 1; ");
	rig_close(&r);
}

static void parts_are_not_empty(void **state)
{
	struct rig r;

	rig_open(&r);
	assert_int_equal(end_frame(&r.server, FRAME_REQUEST, FRAME_MORE, 1, NONE), ST_OK);
	assert_refuses(&r.server, FRAME_DATA, FRAME_MORE, 1, NONE, "PROTOCOL_ERROR");
	rig_close(&r);
	rig_open(&r);
	assert_int_equal(end_frame(&r.server, FRAME_REQUEST, FRAME_MORE, 1, NONE), ST_OK);
	assert_int_equal(end_frame(&r.server, FRAME_DATA, 0, 1, slice_str("all")), ST_OK);
	assert_string_equal(end_events(&r.server), "request 1 3:all; ");
	rig_close(&r);
}

static void answers_follow_their_order(void **state)
{
	static const struct {
		uint8_t before, before_flags, type, flags;
	} bad[] = {
		{ 0, 0, FRAME_DATA, 0 },
		{ 0, 0, FRAME_DATA, FRAME_END_STREAM },
		{ FRAME_RESPONSE, 0, FRAME_RESPONSE, 0 },
		{ FRAME_RESPONSE, 0, FRAME_RESPONSE, FRAME_END_STREAM },
		{ FRAME_RESPONSE, 0, FRAME_DATA, FRAME_END_STREAM },
		{ FRAME_RESPONSE, FRAME_MORE, FRAME_RESPONSE, 0 },
		{ FRAME_RESPONSE, FRAME_MORE, FRAME_STATUS, FRAME_END_STREAM },
		{ FRAME_RESPONSE, FRAME_END_STREAM, FRAME_RESPONSE, 0 },
		{ FRAME_RESPONSE, FRAME_END_STREAM, FRAME_STATUS, FRAME_END_STREAM },
		{ FRAME_STATUS, FRAME_END_STREAM, FRAME_STATUS, FRAME_END_STREAM },
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct rig r;

		rig_open(&r);
		rig_request(&r, "ask");
		if (bad[i].before != 0)
			assert_int_equal(end_frame(&r.client, bad[i].before, bad[i].before_flags, 1,
						   slice_str("x")),
					 ST_OK);
		assert_refuses(&r.client, bad[i].type, bad[i].flags, 1, slice_str("x"),
			       "PROTOCOL_ERROR");
		rig_close(&r);
	}
}

static void a_stream_of_messages_ends_with_status(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "watch");
	assert_int_equal(end_frame(&r.client, FRAME_RESPONSE, 0, 1, NONE), ST_OK);
	assert_int_equal(end_frame(&r.client, FRAME_DATA, FRAME_MORE, 1, slice_str("a")), ST_OK);
	assert_refuses(&r.client, FRAME_DATA, FRAME_END_STREAM, 1, slice_str("b"),
		       "PROTOCOL_ERROR");
	rig_close(&r);
}

static void answers_need_a_stream_we_opened(void **state)
{
	struct rig r;

	rig_open(&r);
	assert_refuses(&r.client, FRAME_RESPONSE, 0, 1, NONE, "PROTOCOL_ERROR");
	rig_close(&r);
	rig_open(&r);
	assert_refuses(&r.client, FRAME_STATUS, FRAME_END_STREAM, 1, NONE, "PROTOCOL_ERROR");
	rig_close(&r);
}

static void credit_and_cancel_need_a_stream_that_was(void **state)
{
	struct rig r;

	rig_open(&r);
	assert_refuses(&r.server, FRAME_CREDIT, 0, 1, EIGHT, "PROTOCOL_ERROR");
	assert_refuses(&r.client, FRAME_CREDIT, 0, 1, EIGHT, "PROTOCOL_ERROR");
	rig_close(&r);
	rig_open(&r);
	assert_refuses(&r.server, FRAME_CANCEL, 0, 1, NONE, "PROTOCOL_ERROR");
	rig_close(&r);
	rig_open(&r);
	rig_request(&r, "x");
	assert_int_equal(session_send_response(&r.server.s, 1, NONE, true), ST_OK);
	rig_carry(&r, SIZE_MAX);
	assert_int_equal(end_credit(&r.server, 1, 1, 1), ST_OK);
	assert_int_equal(end_credit(&r.client, 1, 1, 1), ST_OK);
	assert_int_equal(end_frame(&r.server, FRAME_CANCEL, 0, 1, NONE), ST_OK);
	assert_string_equal(end_events(&r.server), "");
	rig_close(&r);
}

static void messages_have_a_maximum_that_follows_the_phase(void **state)
{
	struct rig r;

	rig_open(&r);
	session_set_phase(&r.server.s, PHASE_LOGIN);
	assert_int_equal(end_frame(&r.server, FRAME_REQUEST, FRAME_MORE, 1, rig_bytes(16384, 0)),
			 ST_OK);
	assert_refuses(&r.server, FRAME_DATA, 0, 1, slice_str("x"), "MESSAGE_TOO_LARGE");
	rig_close(&r);
	rig_open(&r);
	r.server.s.message_max = 100000;
	assert_int_equal(end_frame(&r.server, FRAME_REQUEST, FRAME_MORE, 1, rig_bytes(65536, 0)),
			 ST_OK);
	assert_int_equal(end_frame(&r.server, FRAME_DATA, FRAME_MORE, 1, rig_bytes(34464, 0)),
			 ST_OK);
	assert_refuses(&r.server, FRAME_DATA, 0, 1, slice_str("x"), "MESSAGE_TOO_LARGE");
	rig_close(&r);
}

static void a_server_holds_16_mib_of_unfinished_messages(void **state)
{
	struct rig r;

	rig_open(&r);
	for (uint32_t id = 1; id <= 9; id += 2)
		assert_int_equal(end_frame(&r.server, FRAME_REQUEST, FRAME_MORE, id, NONE), ST_OK);
	for (uint32_t id = 1; id <= 7; id += 2)
		for (int i = 0; i < 256; i++)
			assert_int_equal(end_frame(&r.server, FRAME_DATA, FRAME_MORE, id,
						   rig_bytes(16384, 0)),
					 ST_OK);
	assert_int_equal(r.server.s.parts, SESSION_PARTS_MAX);
	assert_refuses(&r.server, FRAME_DATA, FRAME_MORE, 9, slice_str("x"), "MESSAGE_TOO_LARGE");
	rig_close(&r);
}

static void pings_too_often_add_up(void **state)
{
	struct rig r;

	rig_open(&r);
	for (int i = 0; i < 500; i++) { /* decent ones never do */
		assert_int_equal(end_frame(&r.server, FRAME_PING, 0, 0, EIGHT), ST_OK);
		r.now_ms += 5000;
	}
	assert_int_equal(r.server.s.glitches, 0);
	end_frames(&r.server);
	assert_int_equal(end_frame(&r.server, FRAME_PING, 0, 0, EIGHT), ST_OK);
	for (int i = 0; i < 3; i++) {
		r.now_ms += 4999;
		assert_int_equal(end_frame(&r.server, FRAME_PING, 0, 0, EIGHT), ST_OK);
	}
	assert_int_equal(r.server.s.glitches, 3);
	for (int i = 0; i < 9; i++)
		assert_int_equal(end_frame(&r.server, FRAME_PING, 0, 0, EIGHT), ST_OK);
	assert_int_equal(r.server.s.glitches, 93);
	assert_refuses(&r.server, FRAME_PING, 0, 0, EIGHT, "TOO_MANY_GLITCHES");
	rig_close(&r);
}

static void a_pause_forgives_early_pings(void **state)
{
	struct rig r;

	rig_open(&r);
	for (int i = 0; i < 30; i++) { /* three early ones after each decent one */
		for (int j = 0; j < 4; j++)
			assert_int_equal(end_frame(&r.server, FRAME_PING, 0, 0, EIGHT), ST_OK);
		assert_int_equal(r.server.s.glitches, 3 * (i + 1));
		r.now_ms += 6000;
	}
	rig_close(&r);
}

static void cancels_too_often_add_up(void **state)
{
	uint32_t id = 1;
	struct rig r;

	rig_open(&r);
	r.server.silent = true;
	for (int round = 0; round < 5; round++, r.now_ms += 10000) {
		for (int i = 0; i < 100; i++, id += 2) {
			assert_int_equal(end_frame(&r.server, FRAME_REQUEST, 0, id, NONE), ST_OK);
			assert_int_equal(end_frame(&r.server, FRAME_CANCEL, 0, id, NONE), ST_OK);
			assert_int_equal(session_send_response(&r.server.s, id, NONE, true), ST_OK);
		}
		assert_int_equal(r.server.s.glitches, 0);
	}
	r.now_ms -= 1;
	for (int i = 0; i < 99; i++)
		assert_int_equal(end_frame(&r.server, FRAME_CANCEL, 0, 1, NONE), ST_OK);
	assert_int_equal(r.server.s.glitches, 99);
	r.server.silent = false;
	assert_refuses(&r.server, FRAME_CANCEL, 0, 1, NONE, "TOO_MANY_GLITCHES");
	rig_close(&r);
}

static void useless_frames_add_up(void **state)
{
	struct rig r;

	rig_open(&r);
	rig_request(&r, "x");
	assert_int_equal(end_credit(&r.server, 1, 0, 0), ST_OK);
	assert_int_equal(end_credit(&r.server, 0, 0, 7), ST_OK);
	assert_int_equal(end_credit(&r.server, 1, 1, 0), ST_OK);
	assert_int_equal(end_credit(&r.server, 1, 0, 1), ST_OK);
	assert_int_equal(r.server.s.glitches, 2);
	for (int i = 0; i < 97; i++)
		assert_int_equal(end_frame(&r.server, FRAME_PONG, 0, 0, EIGHT), ST_OK);
	assert_int_equal(r.server.s.glitches, 99);
	assert_refuses(&r.server, FRAME_PONG, 0, 0, EIGHT, "TOO_MANY_GLITCHES");
	rig_close(&r);
}

static void three_quarters_of_the_glitches_are_told_once(void **state)
{
	struct rig r;

	rig_open(&r);
	for (int i = 0; i < SESSION_GLITCH_WARN - 1; i++)
		assert_int_equal(end_frame(&r.server, FRAME_PONG, 0, 0, EIGHT), ST_OK);
	assert_int_equal(r.server.warnings, 0);
	for (int i = SESSION_GLITCH_WARN; i < SESSION_GLITCH_MAX; i++)
		assert_int_equal(end_frame(&r.server, FRAME_PONG, 0, 0, EIGHT), ST_OK);
	assert_int_equal(r.server.warnings, 1);
	rig_close(&r);
}

/* Early pings weigh ten from the fourth on: the step over the mark counts, not the mark. */
static void heavy_glitches_do_not_step_over_the_warning(void **state)
{
	struct rig r;

	rig_open(&r);
	for (int i = 0; i < 12; i++)
		assert_int_equal(end_frame(&r.server, FRAME_PING, 0, 0, EIGHT), ST_OK);
	assert_int_equal(r.server.s.glitches, 83);
	assert_int_equal(r.server.warnings, 1);
	rig_close(&r);
}

static void glitches_are_counted_by_the_client_too(void **state)
{
	struct rig r;

	rig_open(&r);
	for (int i = 0; i < 99; i++)
		assert_int_equal(end_frame(&r.client, FRAME_PONG, 0, 0, EIGHT), ST_OK);
	assert_refuses(&r.client, FRAME_PONG, 0, 0, EIGHT, "TOO_MANY_GLITCHES");
	rig_close(&r);
}

static void bits_that_must_be_zero_are_looked_at(void **state)
{
	for (int bit = 0; bit < 16; bit++) {
		uint8_t header[FRAME_HEADER];
		struct rig r;

		if (bit < 2)
			continue; /* flags that exist */
		rig_open(&r);
		frame_header(header, FRAME_REQUEST, 0, 0, 1);
		header[2 + bit / 8] |= (uint8_t)(1u << bit % 8);
		assert_int_equal(session_feed(&r.server.s, slice_of(header, sizeof header)),
				 ST_INVALID_ARGUMENT);
		assert_ended(&r.server, "PROTOCOL_ERROR");
		rig_close(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_magic_ends_without_a_word),
		cmocka_unit_test(wrong_magic_between_frames_too),
		cmocka_unit_test(before_the_greeting_only_the_greeting),
		cmocka_unit_test(the_greeting_comes_once_and_to_the_right_end),
		cmocka_unit_test(each_end_sends_its_own_frames_only),
		cmocka_unit_test(unknown_types_below_0x80_end_the_session),
		cmocka_unit_test(too_long_frames_are_refused_by_their_header),
		cmocka_unit_test(a_header_alone_makes_nobody_hold_its_payload),
		cmocka_unit_test(stream_numbers_rise),
		cmocka_unit_test(streams_are_odd_and_below_2_31),
		cmocka_unit_test(the_65th_stream_ends_the_session),
		cmocka_unit_test(data_needs_an_open_stream),
		cmocka_unit_test(the_client_sends_nothing_after_its_end),
		cmocka_unit_test(after_its_end_the_client_may_still_cancel),
		cmocka_unit_test(parts_are_not_empty),
		cmocka_unit_test(answers_follow_their_order),
		cmocka_unit_test(a_stream_of_messages_ends_with_status),
		cmocka_unit_test(answers_need_a_stream_we_opened),
		cmocka_unit_test(credit_and_cancel_need_a_stream_that_was),
		cmocka_unit_test(messages_have_a_maximum_that_follows_the_phase),
		cmocka_unit_test(a_server_holds_16_mib_of_unfinished_messages),
		cmocka_unit_test(pings_too_often_add_up),
		cmocka_unit_test(a_pause_forgives_early_pings),
		cmocka_unit_test(cancels_too_often_add_up),
		cmocka_unit_test(useless_frames_add_up),
		cmocka_unit_test(three_quarters_of_the_glitches_are_told_once),
		cmocka_unit_test(heavy_glitches_do_not_step_over_the_warning),
		cmocka_unit_test(glitches_are_counted_by_the_client_too),
		cmocka_unit_test(bits_that_must_be_zero_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
