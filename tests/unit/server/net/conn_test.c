#include "server/net/conn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/frame.h"
#include "server/net/listener.h"
#include "tests/unit/server/net/rig.h"

static void request_is_answered(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	assert_string_equal(r.last.device, TLS_RIG_DEVICE);
	assert_false(r.last.renew_only);
	assert_non_null(strstr(r.last.peer, "127.0.0.1:"));
	client_request(&c, "what is the time");
	rig_until(&r, c.responses == 1);
	assert_string_equal(c.response, "what is the time");
	assert_int_equal(c.ends, 1);
	assert_int_equal(conn_running(r.conn), 0);
	client_close(&c);
	rig_until(&r, r.gone == 1);
	assert_int_equal(listener_conns(r.listener), 0);
	rig_close(&r);
}

static void hello_and_requests_may_come_in_one_flight(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_open(&c, &r, work_client(r.keys, &r.keys->device));
	rig_until(&r, c.tls.ready);
	assert_int_equal(session_send_hello(&c.session, slice_str("hello")), ST_OK);
	for (int i = 0; i < 20; i++)
		client_request(&c, "one of many");
	rig_until(&r, c.responses == 20);
	assert_int_equal(r.requests, 20);
	client_close(&c);
	rig_close(&r);
}

static void long_messages_go_both_ways(void **state)
{
	struct rig r;
	struct client c;
	char *text = calloc(1, 1000001);

	memset(text, 'x', 1000000);
	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_request(&c, "login");
	rig_until(&r, c.responses == 1);
	client_request(&c, text);
	rig_until(&r, c.responses == 2);
	assert_int_equal(r.request_len, 1000000);
	assert_int_equal(c.response_len, 1000000);
	client_request(&c, "big");
	rig_until(&r, c.responses == 3);
	assert_int_equal(c.response_len, 4 << 20);
	client_close(&c);
	rig_close(&r);
	free(text);
}

static void before_login_messages_are_small(void **state)
{
	struct rig r;
	struct client c;
	char *text = calloc(1, 20001);

	memset(text, 'x', 20000);
	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_request(&c, text);
	rig_until(&r, client_ended(&c));
	assert_int_equal(c.errors, 1);
	assert_int_equal(c.code, ST_RESOURCE_EXHAUSTED);
	assert_int_equal(r.requests, 0);
	client_close(&c);
	rig_close(&r);
	free(text);
}

static void answer_that_is_too_large_is_an_error_not_silence(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_request(&c, "huge");
	rig_until(&r, c.responses == 1);
	assert_int_equal(c.code, ST_RESOURCE_EXHAUSTED);
	client_request(&c, "still there");
	rig_until(&r, c.responses == 2);
	client_close(&c);
	rig_close(&r);
}

static void answers_to_streams_that_are_gone_are_dropped(void **state)
{
	struct rig r;
	struct client c;
	uint32_t stream;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	stream = client_request(&c, "hold");
	rig_until(&r, r.n_held == 1);
	assert_int_equal(conn_running(r.conn), 1);
	rig_answer(&r, "first");
	conn_respond(r.conn, stream, slice_str("second"), true);
	conn_respond(r.conn, 77, slice_str("nobody asked"), true);
	conn_end(r.conn, stream, slice_str(""));
	conn_grant(r.conn, stream, 1);
	assert_false(conn_send(r.conn, stream, slice_str("lost")));
	rig_until(&r, c.responses == 1);
	assert_string_equal(c.response, "first");
	client_request(&c, "still there");
	rig_until(&r, c.responses == 2);
	assert_int_equal(c.errors, 0);
	client_close(&c);
	rig_close(&r);
}

static void stream_sends_while_it_has_credit(void **state)
{
	struct rig r;
	struct client c;
	uint32_t stream;
	unsigned sent = 0;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	stream = client_request(&c, "stream");
	rig_until(&r, c.responses == 1);
	assert_int_equal(c.ends, 0);
	client_listen(&c, false);
	while (conn_send(r.conn, stream, slice_str("news")))
		sent++;
	assert_int_equal(sent, SESSION_STREAM_MESSAGES);
	assert_false(conn_may_send(r.conn, stream));
	client_listen(&c, true);
	rig_until(&r, c.messages == sent);
	assert_int_equal(session_grant(&c.session, stream, sent), ST_OK);
	client_flush(&c);
	rig_until(&r, conn_may_send(r.conn, stream));
	assert_true(r.credits > 0);
	assert_true(conn_send(r.conn, stream, slice_str("more")));
	conn_end(r.conn, stream, slice_str("status"));
	rig_until(&r, c.statuses == 1);
	assert_int_equal(c.messages, sent + 1);
	client_close(&c);
	rig_close(&r);
}

static void client_may_send_messages_on_its_stream(void **state)
{
	struct rig r;
	struct client c;
	uint32_t stream;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	stream = client_request(&c, "stream");
	rig_until(&r, c.responses == 1);
	for (unsigned i = 1; i <= 100; i++) { /* more than its first credit */
		assert_int_equal(session_send_message(&c.session, stream, slice_str("row")), ST_OK);
		client_flush(&c);
		rig_until(&r, r.messages == i && session_may_send(&c.session, stream));
	}
	client_close(&c);
	rig_close(&r);
}

static void cancel_reaches_the_service(void **state)
{
	struct rig r;
	struct client c;
	uint32_t stream;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	stream = client_request(&c, "stream");
	rig_until(&r, c.responses == 1);
	assert_int_equal(session_send_cancel(&c.session, stream), ST_OK);
	client_flush(&c);
	rig_until(&r, c.statuses == 1);
	assert_int_equal(r.cancels, 1);
	client_close(&c);
	rig_close(&r);
}

static void abort_from_inside_a_request_tells_why(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_request(&c, "abort");
	client_request(&c, "this one is never run");
	rig_until(&r, client_ended(&c));
	assert_true(c.eof);
	assert_int_equal(c.errors, 1);
	assert_int_equal(c.code, ST_ABORTED);
	assert_string_equal(c.error, "enough of this");
	assert_int_equal(c.responses, 0);
	assert_int_equal(r.requests, 1);
	assert_int_equal(r.gone, 0); /* we have not closed our half yet */
	client_close(&c);
	rig_until(&r, r.gone == 1);
	rig_close(&r);
}

static void abort_while_answers_wait_sends_them_first(void **state)
{
	static const struct st_err why = { .code = ST_UNAUTHENTICATED, .message = "logged out" };
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_request(&c, "hold");
	rig_until(&r, r.n_held == 1);
	rig_answer(&r, "answer");
	conn_abort(r.conn, &why);
	conn_abort(r.conn, &why); /* once is enough */
	assert_int_equal(r.gone, 0);
	rig_until(&r, client_ended(&c));
	assert_string_equal(c.response, "answer");
	assert_string_equal(c.error, "logged out");
	client_close(&c);
	rig_close(&r);
}

static void goodbye_of_the_client_is_an_orderly_end(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_request(&c, "hold");
	rig_until(&r, r.n_held == 1);
	tls_shutdown(&c.tls);
	client_write_raw(&c, buf_peek(&c.tls.out).data, c.tls.out.len);
	rig_until(&r, client_ended(&c));
	assert_true(c.eof);
	assert_true(c.tls.closed);
	assert_int_equal(c.tls.err.code, ST_OK); /* it answered in kind */
	client_close(&c);
	rig_until(&r, r.gone == 1);
	assert_int_equal(r.n_held, 0);
	rig_close(&r);
}

static void error_frame_of_the_client_ends_the_connection(void **state)
{
	static const struct st_err why = { .code = ST_INTERNAL, .message = "confused" };
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	session_abort(&c.session, &why);
	client_flush(&c);
	rig_until(&r, client_ended(&c));
	client_close(&c);
	rig_until(&r, r.gone == 1);
	rig_close(&r);
}

static void logging_in_and_out_moves_the_limit(void **state)
{
	struct rig r;
	struct client c;
	char *text = calloc(1, 30001);

	memset(text, 'x', 30000);
	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	conn_set_login(r.conn); /* nothing to do yet */
	client_request(&c, "login");
	client_request(&c, text);
	rig_until(&r, c.responses == 2);
	conn_set_login(r.conn);
	client_request(&c, text);
	rig_until(&r, client_ended(&c));
	assert_int_equal(c.errors, 1);
	client_close(&c);
	rig_close(&r);
	free(text);
}

static void service_may_refuse_a_device(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	r.refuse_open = true;
	client_open(&c, &r, work_client(r.keys, &r.keys->device));
	rig_until(&r, client_ended(&c));
	assert_int_equal(c.errors, 1);
	assert_int_equal(c.code, ST_PERMISSION_DENIED);
	assert_string_equal(c.error, "this device is disabled");
	assert_int_equal(r.opened, 0);
	client_close(&c);
	rig_close(&r);
	assert_int_equal(r.gone, 0);
}

static void service_may_refuse_a_greeting(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	r.refuse_hello = true;
	client_open(&c, &r, work_client(r.keys, &r.keys->device));
	client_greet(&c);
	rig_until(&r, client_ended(&c));
	assert_int_equal(c.welcomes, 0);
	assert_int_equal(c.errors, 1);
	assert_string_equal(c.error, "this version is not spoken here");
	client_close(&c);
	rig_until(&r, r.gone == 1);
	rig_close(&r);
}

/* A frame at a time, a byte at a time: the same bytes mean the same. */
static void bytes_may_come_one_by_one(void **state)
{
	static const char text[] = "slow but sure";
	struct rig r;
	struct client c;
	uint8_t frame[FRAME_HEADER + sizeof(text)];

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	frame_header(frame, FRAME_REQUEST, 0, sizeof(text) - 1, 1);
	memcpy(frame + FRAME_HEADER, text, sizeof(text));
	for (size_t i = 0; i < FRAME_HEADER + sizeof(text) - 1; i++) {
		assert_int_equal(r.requests, 0);
		client_write(&c, frame + i, 1);
		rig_turn(&r);
	}
	rig_until(&r, r.requests == 1);
	assert_string_equal(r.request, text);
	client_close(&c);
	rig_close(&r);
}

static void abort_one(struct conn *c, void *arg)
{
	static const struct st_err why = { .code = ST_UNAUTHENTICATED, .message = "out with you" };
	unsigned *n = arg;

	(*n)++;
	conn_abort(c, &why);
}

static void each_visits_those_who_are_in(void **state)
{
	struct rig r;
	struct client c[3], raw;
	unsigned n = 0;

	rig_open(&r, *state, rig_work(*state));
	for (int i = 0; i < 3; i++)
		client_enter(&c[i], &r);
	client_open_raw(&raw, &r, NULL);
	rig_until(&r, listener_conns(r.listener) == 4);
	listener_each(r.listener, abort_one, &n);
	assert_int_equal(n, 3);
	listener_each(r.listener, abort_one, &n);
	assert_int_equal(n, 3); /* they are on their way out */
	for (int i = 0; i < 3; i++) {
		rig_until(&r, client_ended(&c[i]));
		assert_string_equal(c[i].error, "out with you");
		client_close(&c[i]);
	}
	client_close(&raw);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_is_answered),
		cmocka_unit_test(hello_and_requests_may_come_in_one_flight),
		cmocka_unit_test(long_messages_go_both_ways),
		cmocka_unit_test(before_login_messages_are_small),
		cmocka_unit_test(answer_that_is_too_large_is_an_error_not_silence),
		cmocka_unit_test(answers_to_streams_that_are_gone_are_dropped),
		cmocka_unit_test(stream_sends_while_it_has_credit),
		cmocka_unit_test(client_may_send_messages_on_its_stream),
		cmocka_unit_test(cancel_reaches_the_service),
		cmocka_unit_test(abort_from_inside_a_request_tells_why),
		cmocka_unit_test(abort_while_answers_wait_sends_them_first),
		cmocka_unit_test(goodbye_of_the_client_is_an_orderly_end),
		cmocka_unit_test(error_frame_of_the_client_ends_the_connection),
		cmocka_unit_test(logging_in_and_out_moves_the_limit),
		cmocka_unit_test(service_may_refuse_a_device),
		cmocka_unit_test(service_may_refuse_a_greeting),
		cmocka_unit_test(bytes_may_come_one_by_one),
		cmocka_unit_test(each_visits_those_who_are_in),
	};

	return cmocka_run_group_tests(tests, keys_setup, keys_teardown);
}
