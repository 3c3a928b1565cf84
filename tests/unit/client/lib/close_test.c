#include <string.h>

#include "tests/unit/client/lib/rig.h"

static void never_answer(struct rig *rig, struct rig_conn *conn, uint32_t stream,
			 const Steward__Request *rq)
{
}

static void closing_ends_what_is_under_way(void **state)
{
	struct rig *rig = *state;
	struct rig_outcome sent = { .loop = &rig->loop }, fresh = { .loop = &rig->loop };
	struct st_err err = { 0 };
	struct client *c;
	struct call *call;

	rig->on_request = never_answer;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_start(c, rpc_find("case.Open"),
				      rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				      rig_done, &sent, &call, &err),
			 ST_OK);
	while (rig->requests == 0)
		(void)uv_run(&rig->loop, UV_RUN_ONCE);
	assert_int_equal(client_start(c, rpc_find("case.Open"),
				      rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				      rig_done, &fresh, &call, &err),
			 ST_OK);
	client_free(c);
	assert_true(sent.done && fresh.done);
	assert_int_equal(sent.r.err.code, ST_CANCELLED);
	assert_int_equal(fresh.r.err.code, ST_CANCELLED);
}

/* At every turn of the loop, also during lookup, connect and handshake. */
static void closing_is_safe_at_any_moment(void **state)
{
	struct rig *rig = *state;

	rig->on_request = rig_open_case;
	rig_listen(rig, ALPN_WORK);
	for (unsigned turns = 0; turns < 40; turns++) {
		struct rig_outcome o = { .loop = &rig->loop };
		struct st_err err = { 0 };
		struct call *call;
		struct client *c = rig_client(rig);

		assert_int_equal(client_start(c, rpc_find("case.Open"),
					      rig_request(rig, "case.Open", NULL, NULL), NULL,
					      &rig->mem, rig_done, &o, &call, &err),
				 ST_OK);
		for (unsigned i = 0; i < turns && !o.done; i++)
			(void)uv_run(&rig->loop, UV_RUN_ONCE);
		client_free(c);
		assert_true(o.done);
	}
}

/* The deadline has passed before the first turn of the loop: nothing was sent, so nothing was done.
 */
static void a_call_that_was_never_sent_was_never_done(void **state)
{
	struct rig *rig = *state;
	struct rig_outcome o = { .loop = &rig->loop };
	struct st_err err = { 0 };
	struct client *c;
	struct call *call;

	rig->on_request = rig_open_case;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_start(c, rpc_find("case.Open"),
				      rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				      rig_done, &o, &call, &err),
			 ST_OK);
	call->deadline_ms = 0;
	rig_run(rig, &o.done);
	assert_int_equal(o.r.err.code, ST_UNAVAILABLE);
	assert_string_equal(o.r.err.reason, "UNREACHABLE");
	client_free(c);
	assert_int_equal(rig->requests, 0);
}

static void a_write_without_an_answer_in_time_is_unknown(void **state)
{
	struct rig *rig = *state;
	struct rig_outcome o = { .loop = &rig->loop };
	struct st_err err = { 0 };
	struct client *c;
	struct call *call;

	rig->on_request = never_answer;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_start(c, rpc_find("case.Open"),
				      rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				      rig_done, &o, &call, &err),
			 ST_OK);
	while (rig->requests == 0)
		(void)uv_run(&rig->loop, UV_RUN_ONCE);
	call->deadline_ms = 0;
	assert_true(call_deadline(call) < uv_now(&rig->loop));
	client_wake(c);
	rig_run(rig, &o.done);
	assert_int_equal(o.r.err.code, ST_DEADLINE_EXCEEDED);
	assert_string_equal(o.r.err.reason, "OUTCOME_UNKNOWN");
	client_free(c);
}

static void a_cancelled_call_ends_once(void **state)
{
	struct rig *rig = *state;
	struct rig_outcome o = { .loop = &rig->loop };
	struct st_err err = { 0 };
	struct client *c;
	struct call *call;

	rig->on_request = never_answer;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_start(c, rpc_find("case.Open"),
				      rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				      rig_done, &o, &call, &err),
			 ST_OK);
	while (rig->requests == 0)
		(void)uv_run(&rig->loop, UV_RUN_ONCE);
	client_cancel(call);
	assert_false(o.done);
	rig_run(rig, &o.done);
	assert_int_equal(o.r.err.code, ST_CANCELLED);
	client_free(c);
}

static void a_ping_measures_the_way(void **state)
{
	struct rig *rig = *state;
	struct client_server server;
	struct st_err err = { 0 };
	struct client *c;

	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_true(client_ping(c, &err) >= 0);
	client_server(c, &server);
	assert_string_equal(server.name, "rig");
	assert_int_equal(server.version, 1);
	assert_int_equal(server.epoch[0], 1);
	assert_true(server.clock_ahead_us < 60000000 && server.clock_ahead_us > -60000000);
	client_free(c);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(closing_ends_what_is_under_way),
		TEST(closing_is_safe_at_any_moment),
		TEST(a_call_that_was_never_sent_was_never_done),
		TEST(a_write_without_an_answer_in_time_is_unknown),
		TEST(a_cancelled_call_ends_once),
		TEST(a_ping_measures_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
