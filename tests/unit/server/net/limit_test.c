/* Limits of time and of what may wait. The clock is the test's: nothing here sleeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/frame.h"
#include "tests/unit/server/net/rig.h"

#define S 1000u
#define PING (FRAME_HEADER + 8)

/* A PING as the client's session makes it: the PONG shows that the port has seen all up to here. */
static void put_ping(struct client *c, uint8_t out[PING])
{
	static const uint8_t payload[8] = "limits";

	assert_int_equal(session_send_ping(&c->session, payload), ST_OK);
	assert_int_equal(c->session.out.len, PING);
	memcpy(out, buf_peek(&c->session.out).data, PING);
	buf_consume(&c->session.out, PING);
}

/* Lets second after second pass until the connection is given up. Returns how many it took. */
static unsigned seconds_until_gone(struct rig *r)
{
	unsigned n = 0;

	while (r->gone == 0 && n < 100) {
		rig_pass(r, 1 * S);
		n++;
	}
	return n;
}

static void slow_handshake_is_closed_after_5_s(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_open_raw(&c, &r, NULL);
	rig_until(&r, listener_conns(r.listener) == 1);
	rig_pass(&r, 5 * S - 1);
	client_write_raw(&c, "\x16", 1); /* a byte now and then does not help */
	rig_rest(&r);
	assert_false(client_ended(&c));
	rig_pass(&r, 1);
	rig_until(&r, client_ended(&c));
	assert_int_equal(listener_conns(r.listener), 0);
	client_close(&c);
	rig_close(&r);
}

static void silence_before_hello_is_closed_after_10_s(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_open(&c, &r, work_client(r.keys, &r.keys->device));
	rig_until(&r, r.opened == 1);
	rig_pass(&r, 10 * S - 1);
	assert_false(client_ended(&c));
	rig_pass(&r, 1);
	rig_until(&r, client_ended(&c));
	assert_int_equal(c.errors, 1);
	assert_int_equal(c.code, ST_DEADLINE_EXCEEDED);
	client_close(&c);
	rig_close(&r);
}

static void frame_that_drips_in_is_closed_after_30_s(void **state)
{
	struct rig r;
	struct client c;
	uint8_t bytes[PING + FRAME_HEADER];

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	put_ping(&c, bytes);
	frame_header(bytes + PING, FRAME_REQUEST, 0, 1000, 1);
	client_write(&c, bytes, sizeof(bytes));
	rig_until(&r, c.pongs == 1);  /* then it has seen the header, too */
	for (int i = 0; i < 5; i++) { /* each byte is heard, and does not help */
		rig_pass(&r, 5 * S);
		client_write(&c, "x", 1);
		assert_false(client_ended(&c));
	}
	rig_pass(&r, 5 * S);
	rig_until(&r, client_ended(&c));
	assert_int_equal(c.code, ST_DEADLINE_EXCEEDED);
	client_close(&c);
	rig_close(&r);
}

/* Part of a TLS record is a frame that drips in, too. */
static void record_that_drips_in_is_closed_after_30_s(void **state)
{
	struct rig r;
	struct client c;
	uint8_t ping[PING];
	size_t n;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	put_ping(&c, ping);
	assert_int_equal(tls_write(&c.tls, slice_of(ping, PING)), ST_OK);
	n = c.tls.out.len;
	assert_int_equal(tls_write(&c.tls, slice_str("a record of some length")), ST_OK);
	client_write_raw(&c, buf_peek(&c.tls.out).data, n + 12);
	buf_consume(&c.tls.out, c.tls.out.len);
	rig_until(&r, c.pongs == 1);
	rig_pass(&r, 30 * S - 1);
	assert_false(client_ended(&c));
	rig_pass(&r, 1);
	rig_until(&r, client_ended(&c));
	assert_int_equal(c.code, ST_DEADLINE_EXCEEDED);
	client_close(&c);
	rig_close(&r);
}

static void frames_that_keep_coming_are_not_dripping(void **state)
{
	struct rig r;
	struct client c;
	uint8_t pings[2 * PING];

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	put_ping(&c, pings);
	client_write(&c, pings, 5);
	for (unsigned i = 1; i <= 10;
	     i++) { /* never at a boundary, but each time one is completed */
		put_ping(&c, pings + PING);
		client_write(&c, pings + 5, PING);
		rig_until(&r, c.pongs == i);
		rig_pass(&r, 20 * S);
	}
	assert_false(client_ended(&c));
	client_close(&c);
	rig_close(&r);
}

static void silent_client_is_asked_and_lives_when_it_answers(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	for (int i = 0; i < 20; i++)
		rig_pass(&r, 60 * S); /* the client's session answers each PING */
	assert_false(client_ended(&c));
	assert_int_equal(r.gone, 0);
	client_request(&c, "still there");
	rig_until(&r, c.responses == 1);
	client_close(&c);
	rig_close(&r);
}

static void dead_client_is_given_up_after_three_intervals(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_listen(&c, false);
	rig_pass(&r, 60 * S);
	rig_pass(&r, 60 * S);
	assert_int_equal(r.gone, 0);
	rig_pass(&r, 60 * S);
	assert_int_equal(r.gone, 1);
	client_close(&c);
	rig_close(&r);
}

static void no_credit_for(struct keys *k, unsigned answers)
{
	struct rig r;
	struct client c;

	rig_open(&r, k, rig_work(k));
	client_enter(&c, &r);
	client_listen(&c, false);
	for (unsigned i = 0; i < answers; i++)
		client_request(&c, "big");
	rig_until(&r, r.requests == answers);
	rig_rest(&r);
	assert_in_range(seconds_until_gone(&r), 30, 40);
	client_close(&c);
	rig_close(&r);
}

/* Also where what waits is less than what is cut after 10 s. */
static void reader_that_gives_no_credit_is_cut_after_30_s(void **state)
{
	no_credit_for(*state, 3);
	no_credit_for(*state, 1);
}

/* Grants itself credit without end, asks for much, and reads nothing. */
static void open_the_floodgates(struct rig *r, struct client *c)
{
	static const uint8_t credit[8] = { 0x04, 0, 0, 0, 0, 0, 0, 0 }; /* 64 MiB */

	client_listen(c, false);
	client_frame(c, FRAME_CREDIT, 0, credit, sizeof(credit));
	for (int i = 0; i < 6; i++) {
		uint32_t stream = client_request(c, "hold");

		client_frame(c, FRAME_CREDIT, stream, credit, sizeof(credit));
	}
	rig_until(r, r->n_held == 6);
}

static void answer_all_big(struct rig *r)
{
	static char big[4 << 20];

	memset(big, 'x', sizeof(big) - 1);
	while (r->n_held > 0)
		rig_answer(r, big);
	rig_rest(r);
}

static void reading_stops_while_much_waits_to_be_written(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	open_the_floodgates(&r, &c);
	answer_all_big(&r);
	client_request(&c, "one more");
	rig_rest(&r);
	assert_int_equal(r.requests, 6);
	client_listen(&c, true);
	rig_until(&r, c.responses == 7);
	assert_int_equal(r.requests, 7);
	assert_string_equal(c.response, "one more");
	client_close(&c);
	rig_close(&r);
}

static void reader_that_stalls_is_cut_after_10_s(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	open_the_floodgates(&r, &c);
	answer_all_big(&r);
	assert_in_range(seconds_until_gone(&r), 10, 12);
	client_close(&c);
	rig_close(&r);
}

/* Each of them is within its limits, all together are not: then patience is short. */
static void many_readers_that_stall_are_cut_after_2_s(void **state)
{
	struct rig r;
	struct client c[3], honest;
	unsigned seconds = 0;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&honest, &r);
	for (int i = 0; i < 3; i++) {
		client_enter(&c[i], &r);
		open_the_floodgates(&r, &c[i]);
		answer_all_big(&r);
	}
	for (; r.gone < 3 && seconds < 100; seconds++)
		rig_pass(&r, 1 * S);
	assert_in_range(seconds, 2, 4);
	client_request(&honest, "still here");
	rig_until(&r, honest.responses == 1);
	rig_pass(&r, 5 * S);
	assert_int_equal(r.gone, 3);
	for (int i = 0; i < 3; i++)
		client_close(&c[i]);
	client_close(&honest);
	rig_close(&r);
}

/* While it is pressed the port reads nothing more from whom much waits for, and later goes on. */
static void pressed_port_reads_again(void **state)
{
	struct rig r;
	struct client c[3];

	rig_open(&r, *state, rig_work(*state));
	for (int i = 0; i < 3; i++) {
		client_enter(&c[i], &r);
		open_the_floodgates(&r, &c[i]);
		answer_all_big(&r);
	}
	rig_pass(&r, 1 * S);
	for (int i = 0; i < 3; i++)
		client_listen(&c[i], true);
	rig_until(&r, c[0].responses == 6 && c[1].responses == 6 && c[2].responses == 6);
	rig_pass(&r, 1 * S);
	rig_pass(&r, 10 * S);
	for (int i = 0; i < 3; i++) {
		client_request(&c[i], "and on");
		rig_until(&r, c[i].responses == 7);
		client_close(&c[i]);
	}
	rig_close(&r);
}

static void offend(struct rig *r, struct client *c, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		unsigned before = c->responses;

		client_request(c, "offend");
		rig_until(r, c->responses > before || client_ended(c));
	}
}

static void who_goes_on_asking_in_vain_is_sent_away(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	offend(&r, &c, 199);
	rig_pass(&r, 10 * S);
	offend(&r, &c, 199);
	assert_false(client_ended(&c));
	offend(&r, &c, 1);
	rig_until(&r, client_ended(&c));
	assert_non_null(strstr(c.error, "200 calls were refused"));
	client_close(&c);
	rig_close(&r);
}

/* Credit may be boundless, memory is not. */
static void service_waits_for_room_and_is_told_of_it(void **state)
{
	static char big[4 << 20];
	static const uint8_t credit[8] = { 0x10, 0, 0, 0, 0, 0, 0, 0 }; /* 256 MiB */
	struct rig r;
	struct client c;
	uint32_t stream;
	unsigned sent = 0, told;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	stream = client_request(&c, "stream");
	rig_until(&r, c.responses == 1);
	client_listen(&c, false);
	client_frame(&c, FRAME_CREDIT, 0, credit, sizeof(credit));
	client_frame(&c, FRAME_CREDIT, stream, credit, sizeof(credit));
	rig_until(&r, r.credits == 2);
	while (conn_send(r.conn, stream, slice_of(big, sizeof(big))))
		sent++;
	assert_in_range(sent, 2, SESSION_STREAM_MESSAGES - 1);
	assert_false(conn_may_send(r.conn, stream));
	told = r.credits;
	client_listen(&c, true);
	rig_until(&r, r.credits > told);
	assert_true(conn_send(r.conn, stream, slice_of(big, sizeof(big))));
	rig_until(&r, c.messages == sent + 1);
	client_close(&c);
	rig_close(&r);
}

/* Turned away, but it neither reads nor closes. */
static void closing_does_not_wait_for_ever(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_listen(&c, false);
	client_request(&c, "abort");
	rig_until(&r, r.requests == 1);
	rig_rest(&r);
	rig_pass(&r, 5 * S - 1);
	assert_int_equal(r.gone, 0);
	rig_pass(&r, 1);
	assert_int_equal(r.gone, 1);
	client_close(&c);
	rig_close(&r);
}

static void enrolment_ends_after_two_minutes(void **state)
{
	struct keys *k = *state;
	struct rig r;
	struct client c;

	rig_open(&r, k, rig_enrol(k));
	client_open(&c, &r, enrol_client(k));
	client_greet(&c);
	rig_pass(&r, 60 * S);
	rig_pass(&r, 60 * S - 1);
	assert_false(client_ended(&c));
	rig_pass(&r, 1);
	rig_until(&r, client_ended(&c));
	assert_int_equal(c.code, ST_DEADLINE_EXCEEDED);
	client_close(&c);
	rig_close(&r);
}

/* PONGs that answer no PING, each a small offence. */
static void client_offends(struct client *c, int times)
{
	uint8_t frames[100][FRAME_HEADER + 8] = { 0 };

	for (int i = 0; i < times; i++)
		frame_header(frames[i], FRAME_PONG, 0, 8, 0);
	client_write(c, frames, (size_t)times * sizeof(frames[0]));
}

static void client_that_offends_too_often_is_asked_to_leave(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_request(&c, "hold");
	rig_until(&r, r.n_held == 1);
	client_offends(&c, SESSION_GLITCH_WARN - 1);
	client_request(&c, "still served");
	rig_until(&r, c.responses == 1);
	assert_int_equal(c.goaways, 0);
	client_offends(&c, 1);
	rig_until(&r, c.goaways == 2);
	assert_int_equal(c.goaway_code, ST_RESOURCE_EXHAUSTED);
	assert_int_equal(c.goaway_last[0], FRAME_STREAM_MAX);
	assert_int_equal(c.goaway_last[1], 3);
	c.session.going_away = false; /* a client that does not care */
	client_request(&c, "too late");
	rig_until(&r, c.responses == 2);
	assert_int_equal(c.code, ST_UNAVAILABLE);
	rig_answer(&r, "what ran is finished");
	rig_until(&r, client_ended(&c));
	assert_int_equal(c.responses, 3);
	assert_int_equal(c.errors, 0);
	client_close(&c);
	rig_close(&r);
}

static void client_that_does_not_stop_offending_is_thrown_out(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_request(&c, "hold");
	rig_until(&r, r.n_held == 1);
	client_offends(&c, SESSION_GLITCH_MAX);
	rig_until(&r, client_ended(&c));
	assert_in_range(c.goaways, 1, 2);
	assert_int_equal(c.errors, 1);
	assert_int_equal(c.code, ST_RESOURCE_EXHAUSTED);
	client_close(&c);
	rig_until(&r, r.gone == 1);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_handshake_is_closed_after_5_s),
		cmocka_unit_test(silence_before_hello_is_closed_after_10_s),
		cmocka_unit_test(frame_that_drips_in_is_closed_after_30_s),
		cmocka_unit_test(record_that_drips_in_is_closed_after_30_s),
		cmocka_unit_test(frames_that_keep_coming_are_not_dripping),
		cmocka_unit_test(silent_client_is_asked_and_lives_when_it_answers),
		cmocka_unit_test(dead_client_is_given_up_after_three_intervals),
		cmocka_unit_test(reader_that_gives_no_credit_is_cut_after_30_s),
		cmocka_unit_test(reading_stops_while_much_waits_to_be_written),
		cmocka_unit_test(reader_that_stalls_is_cut_after_10_s),
		cmocka_unit_test(many_readers_that_stall_are_cut_after_2_s),
		cmocka_unit_test(pressed_port_reads_again),
		cmocka_unit_test(who_goes_on_asking_in_vain_is_sent_away),
		cmocka_unit_test(service_waits_for_room_and_is_told_of_it),
		cmocka_unit_test(closing_does_not_wait_for_ever),
		cmocka_unit_test(enrolment_ends_after_two_minutes),
		cmocka_unit_test(client_that_offends_too_often_is_asked_to_leave),
		cmocka_unit_test(client_that_does_not_stop_offending_is_thrown_out),
	};

	return cmocka_run_group_tests(tests, keys_setup, keys_teardown);
}
