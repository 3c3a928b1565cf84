#include <string.h>

#include "tests/unit/client/lib/rig.h"

struct outcome {
	uv_loop_t *loop;
	bool done;
	struct call_result r;
};

static void outcome_done(void *arg, struct call_result *r)
{
	struct outcome *o = arg;

	assert_false(o->done); /* once */
	o->done = true;
	o->r = *r;
	uv_stop(o->loop);
}

static ProtobufCMessage *request_of(struct rig *rig, const char *method, const char *field,
				    const char *text)
{
	ProtobufCMessage *rq = message_new(rpc_find(method)->in->desc, &rig->mem);
	struct st_err err = { 0 };

	if (field != NULL)
		assert_int_equal(field_set_text(rq, message_field(rq->descriptor, field), text,
						strlen(text), &rig->mem, &err),
				 ST_OK);
	return rq;
}

static const char *reply_text(struct rig *rig, const struct call_result *r, const char *field)
{
	return field_text(r->reply, message_field(r->reply->descriptor, field), 0, &rig->mem);
}

/* Answers case.Open with the request's own summary and the number of the connection. */
static void open_case(struct rig *rig, struct rig_conn *conn, uint32_t stream,
		      const Steward__Request *rq)
{
	const struct rpc_method *m = rpc_find(rq->method);
	ProtobufCMessage *reply = message_new(m->out->desc, &rig->mem), *in;
	struct st_err err = { 0 };
	const char *summary, *number = arena_printf(&rig->mem, "C-%u", conn->number);

	assert_int_equal(
		wire_unpack(m->in, slice_of(rq->body.data, rq->body.len), &rig->mem, &in, &err),
		ST_OK);
	summary = field_text(in, message_field(in->descriptor, "summary"), 0, &rig->mem);
	if (summary != NULL)
		assert_int_equal(field_set_text(reply, message_field(reply->descriptor, "summary"),
						summary, strlen(summary), &rig->mem, &err),
				 ST_OK);
	assert_int_equal(field_set_text(reply, message_field(reply->descriptor, "number"), number,
					strlen(number), &rig->mem, &err),
			 ST_OK);
	rig_answer(conn, stream, reply, true);
}

static void a_call_logs_in_and_is_answered(void **state)
{
	struct rig *rig = *state;
	struct client *c;
	struct call_result r;

	rig->on_request = open_case;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_call(c, rpc_find("case.Open"),
				     request_of(rig, "case.Open", "summary", "水管"), NULL,
				     &rig->mem, &r),
			 ST_OK);
	assert_string_equal(reply_text(rig, &r, "summary"), "水管");
	assert_false(uuid_is_zero(&r.key));
	assert_memory_equal(r.key.b, rig->keys[0].b, 16);
	assert_int_equal(rig->resumes, 1);
	/* the second call goes out on the same connection and login */
	assert_int_equal(client_call(c, rpc_find("case.Open"),
				     request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem, &r),
			 ST_OK);
	assert_int_equal(rig->connections, 1);
	assert_int_equal(rig->resumes, 1);
	assert_int_not_equal(memcmp(rig->keys[0].b, rig->keys[1].b, 16), 0);
	client_free(c);
}

static void look_at_envelope(struct rig *rig, struct rig_conn *conn, uint32_t stream,
			     const Steward__Request *rq)
{
	assert_string_equal(rq->method, "case.Open");
	assert_string_equal(rq->property, "SUN");
	assert_string_equal(rq->reason, "because");
	assert_string_equal(rq->confirm, "C-1");
	assert_true(rq->dry_run);
	assert_int_equal(rq->timeout_ms, 4000);
	assert_int_equal(rq->key.len, 16);
	assert_int_equal(rq->key.data[0], 7);
	assert_int_equal(rq->trace_id.len, 16);
	open_case(rig, conn, stream, rq);
}

static void options_travel_in_the_envelope(void **state)
{
	struct rig *rig = *state;
	const struct call_options o = { .timeout_ms = 4000,
					.property = "SUN",
					.reason = "because",
					.confirm = "C-1",
					.dry_run = true,
					.key = { { 7 } } };
	struct client *c;
	struct call_result r;

	rig->on_request = look_at_envelope;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_call(c, rpc_find("case.Open"),
				     request_of(rig, "case.Open", NULL, NULL), &o, &rig->mem, &r),
			 ST_OK);
	assert_int_equal(r.key.b[0], 7);
	client_free(c);
}

/* On an open connection, where nothing else would ever happen. */
static void a_call_that_fails_at_once_does_not_wait(void **state)
{
	struct rig *rig = *state;
	struct st_err err = { 0 };
	struct client *c;
	struct call_result r;

	rig->profile.token = NULL;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_true(client_ping(c, &err) >= 0);
	assert_int_equal(client_call(c, rpc_find("case.Open"),
				     request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem, &r),
			 ST_UNAUTHENTICATED);
	client_free(c);
}

static void without_a_login_nothing_is_sent(void **state)
{
	struct rig *rig = *state;
	struct client *c;
	struct call_result r;

	rig->profile.token = NULL;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_call(c, rpc_find("case.Open"),
				     request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem, &r),
			 ST_UNAUTHENTICATED);
	assert_string_equal(r.err.reason, "LOGIN_REQUIRED");
	assert_int_equal(rig->connections, 0);
	client_free(c);
}

static void an_ended_login_fails_the_call_unsent(void **state)
{
	struct rig *rig = *state;
	struct client *c;
	struct call_result r;

	rig->refuse_resume = true;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_call(c, rpc_find("case.Open"),
				     request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem, &r),
			 ST_UNAUTHENTICATED);
	assert_string_equal(r.err.reason, "SESSION_ENDED");
	assert_int_equal(rig->requests, 0);
	client_free(c);
}

static void cut_first(struct rig *rig, struct rig_conn *conn, uint32_t stream,
		      const Steward__Request *rq)
{
	if (conn->number == 1)
		rig_cut(conn);
	else
		open_case(rig, conn, stream, rq);
}

static void a_write_whose_line_broke_is_repeated_under_its_key(void **state)
{
	struct rig *rig = *state;
	struct client *c;
	struct call_result r;

	rig->on_request = cut_first;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_call(c, rpc_find("case.Open"),
				     request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem, &r),
			 ST_OK);
	assert_string_equal(reply_text(rig, &r, "number"), "C-2");
	assert_int_equal(rig->connections, 2);
	assert_int_equal(rig->resumes, 2);
	assert_int_equal(rig->requests, 2);
	assert_memory_equal(rig->keys[0].b, rig->keys[1].b, 16);
	client_free(c);
}

static void cut_always(struct rig *rig, struct rig_conn *conn, uint32_t stream,
		       const Steward__Request *rq)
{
	rig_cut(conn);
}

static void a_read_is_repeated_once(void **state)
{
	struct rig *rig = *state;
	struct client *c;
	struct call_result r;

	rig->on_request = cut_always;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_call(c, rpc_find("case.Show"),
				     request_of(rig, "case.Show", "case", "C-1"), NULL, &rig->mem,
				     &r),
			 ST_UNAVAILABLE);
	assert_int_equal(rig->requests, 2);
	client_free(c);
}

static void a_write_that_never_was_answered_is_unknown_and_tells_its_key(void **state)
{
	struct rig *rig = *state;
	struct outcome o = { .loop = &rig->loop };
	struct st_err err = { 0 };
	struct call *call;
	struct client *c;
	char key[UUID_TEXT];

	rig->on_request = cut_always;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_start(c, rpc_find("case.Open"),
				      request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				      outcome_done, &o, &call, &err),
			 ST_OK);
	assert_false(o.done); /* never before it returned */
	call->sent = 4;       /* as if the line had broken four times before */
	rig_run(rig, &o.done);
	assert_int_equal(o.r.err.code, ST_DEADLINE_EXCEEDED);
	assert_string_equal(o.r.err.reason, "OUTCOME_UNKNOWN");
	assert_non_null(strstr(o.r.err.message, uuid_format(&o.r.key, key)));
	assert_memory_equal(o.r.key.b, rig->keys[0].b, 16);
	client_free(c);
}

static void refuse_with_fields(struct rig *rig, struct rig_conn *conn, uint32_t stream,
			       const Steward__Request *rq)
{
	Steward__Response r = STEWARD__RESPONSE__INIT;
	Steward__Violation v = STEWARD__VIOLATION__INIT, *list[1] = { &v };

	v.field = (char *)"summary";
	v.rule = (char *)"TOO_LONG";
	v.message = (char *)"it is too long";
	r.code = ST_INVALID_ARGUMENT;
	r.reason = (char *)"TOO_LONG";
	r.message = (char *)"summary is too long";
	r.n_violations = 1;
	r.violations = list;
	rig_send_response(conn, stream, &r, true);
}

static void a_refusal_is_final_and_names_its_fields(void **state)
{
	struct rig *rig = *state;
	struct client *c;
	struct call_result r;

	rig->on_request = refuse_with_fields;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_call(c, rpc_find("case.Open"),
				     request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem, &r),
			 ST_INVALID_ARGUMENT);
	assert_int_equal(rig->requests, 1);
	assert_null(r.reply);
	assert_string_equal(r.err.field, "summary");
	assert_int_equal(r.n_violations, 1);
	assert_string_equal(r.violations[0].rule, "TOO_LONG");
	client_free(c);
}

static void busy_once(struct rig *rig, struct rig_conn *conn, uint32_t stream,
		      const Steward__Request *rq)
{
	if (rig->requests == 1)
		rig_refuse(conn, stream, ST_UNAVAILABLE, "BUSY", 1);
	else
		open_case(rig, conn, stream, rq);
}

static void a_passing_refusal_is_tried_again_under_the_same_key(void **state)
{
	struct rig *rig = *state;
	struct client *c;
	struct call_result r;

	rig->on_request = busy_once;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_call(c, rpc_find("case.Open"),
				     request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem, &r),
			 ST_OK);
	assert_int_equal(rig->connections, 1);
	assert_int_equal(rig->requests, 2);
	assert_memory_equal(rig->keys[0].b, rig->keys[1].b, 16);
	client_free(c);
}

static void leave_first(struct rig *rig, struct rig_conn *conn, uint32_t stream,
			const Steward__Request *rq)
{
	Steward__Goaway g = STEWARD__GOAWAY__INIT;
	uint8_t packed[32];
	size_t n;

	if (conn->number > 1) {
		open_case(rig, conn, stream, rq);
		return;
	}
	g.has_last_stream = true;
	g.last_stream = 1; /* the login was run, this was not */
	n = steward__goaway__pack(&g, packed);
	assert_int_equal(session_send_goaway(&conn->session, slice_of(packed, n)), ST_OK);
}

static void what_a_leaving_server_did_not_run_goes_to_the_next_one(void **state)
{
	struct rig *rig = *state;
	struct client *c;
	struct call_result r;

	rig->on_request = leave_first;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_call(c, rpc_find("case.Open"),
				     request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem, &r),
			 ST_OK);
	assert_string_equal(reply_text(rig, &r, "number"), "C-2");
	assert_memory_equal(rig->keys[0].b, rig->keys[1].b, 16);
	client_free(c);
}

static void an_unreachable_server_is_told_without_waiting(void **state)
{
	struct rig *rig = *state;
	struct client *c;
	struct call_result r;

	rig_listen(rig, ALPN_WORK);
	rig_stop_listening(rig);
	(void)uv_run(&rig->loop, UV_RUN_NOWAIT);
	c = rig_client(rig);
	assert_int_equal(client_call(c, rpc_find("case.Open"),
				     request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem, &r),
			 ST_UNAVAILABLE);
	assert_string_equal(r.err.reason, "UNREACHABLE");
	client_free(c);
}

static bool turn_away(struct rig *rig, struct rig_conn *conn)
{
	struct st_err err = { 0 };

	(void)st_fail(&err, ST_PERMISSION_DENIED, "DEVICE_DISABLED", NULL,
		      "this device may not be used");
	session_abort(&conn->session, &err);
	return false;
}

static void what_the_server_says_at_the_door_reaches_the_caller(void **state)
{
	struct rig *rig = *state;
	struct client *c;
	struct call_result r;

	rig->on_hello = turn_away;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_call(c, rpc_find("case.Open"),
				     request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem, &r),
			 ST_PERMISSION_DENIED);
	assert_string_equal(r.err.reason, "DEVICE_DISABLED");
	assert_int_equal(rig->connections, 1);
	client_free(c);
}

static void a_server_of_another_root_is_not_spoken_to(void **state)
{
	struct rig *rig = *state;
	struct pki_pair other;
	struct st_err err = { 0 };
	struct client *c;
	struct call_result r;

	assert_int_equal(pki_root_new("other", &rig->mem, &other, &err), ST_OK);
	rig_listen(rig, ALPN_WORK);
	rig->profile.root_pem = other.cert_pem;
	c = rig_client(rig);
	assert_int_not_equal(client_call(c, rpc_find("case.Open"),
					 request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
					 &r),
			     ST_OK);
	assert_int_equal(rig->resumes, 0);
	assert_int_equal(rig->requests, 0);
	client_free(c);
}

static void add_rows(struct rig *rig, ProtobufCMessage *msg, const char *field, size_t n,
		     size_t len)
{
	const ProtobufCFieldDescriptor *rows = message_field(msg->descriptor, "rows");
	char *text = arena_alloc(&rig->mem, len + 1);
	struct st_err err = { 0 };

	memset(text, 'x', len);
	for (size_t i = 0; i < n; i++) {
		ProtobufCMessage *row = field_add_message(msg, rows, &rig->mem);

		assert_int_equal(field_set_text(row, message_field(row->descriptor, field), text,
						len, &rig->mem, &err),
				 ST_OK);
	}
}

static void answer_at_length(struct rig *rig, struct rig_conn *conn, uint32_t stream,
			     const Steward__Request *rq)
{
	ProtobufCMessage *reply = message_new(rpc_find(rq->method)->out->desc, &rig->mem);

	assert_true(rq->body.len > 1600000);
	add_rows(rig, reply, "reason", 500, 400);
	rig_answer(conn, stream, reply, true);
}

static void large_messages_pass_both_ways(void **state)
{
	struct rig *rig = *state;
	const struct rpc_method *m = rpc_find("case.Import");
	ProtobufCMessage *rq = request_of(rig, "case.Import", NULL, NULL);
	struct client *c;
	struct call_result r;

	add_rows(rig, rq, "details", 100, 16000);
	rig->on_request = answer_at_length;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_call(c, m, rq, NULL, &rig->mem, &r), ST_OK);
	assert_int_equal(field_count(r.reply, message_field(r.reply->descriptor, "rows")), 500);
	client_free(c);
}

static void never_answer(struct rig *rig, struct rig_conn *conn, uint32_t stream,
			 const Steward__Request *rq)
{
}

static void closing_ends_what_is_under_way(void **state)
{
	struct rig *rig = *state;
	struct outcome sent = { .loop = &rig->loop }, fresh = { .loop = &rig->loop };
	struct st_err err = { 0 };
	struct client *c;
	struct call *call;

	rig->on_request = never_answer;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_start(c, rpc_find("case.Open"),
				      request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				      outcome_done, &sent, &call, &err),
			 ST_OK);
	while (rig->requests == 0)
		(void)uv_run(&rig->loop, UV_RUN_ONCE);
	assert_int_equal(client_start(c, rpc_find("case.Open"),
				      request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				      outcome_done, &fresh, &call, &err),
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

	rig->on_request = open_case;
	rig_listen(rig, ALPN_WORK);
	for (unsigned turns = 0; turns < 40; turns++) {
		struct outcome o = { .loop = &rig->loop };
		struct st_err err = { 0 };
		struct call *call;
		struct client *c = rig_client(rig);

		assert_int_equal(client_start(c, rpc_find("case.Open"),
					      request_of(rig, "case.Open", NULL, NULL), NULL,
					      &rig->mem, outcome_done, &o, &call, &err),
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
	struct outcome o = { .loop = &rig->loop };
	struct st_err err = { 0 };
	struct client *c;
	struct call *call;

	rig->on_request = open_case;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_start(c, rpc_find("case.Open"),
				      request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				      outcome_done, &o, &call, &err),
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
	struct outcome o = { .loop = &rig->loop };
	struct st_err err = { 0 };
	struct client *c;
	struct call *call;

	rig->on_request = never_answer;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_start(c, rpc_find("case.Open"),
				      request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				      outcome_done, &o, &call, &err),
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
	struct outcome o = { .loop = &rig->loop };
	struct st_err err = { 0 };
	struct client *c;
	struct call *call;

	rig->on_request = never_answer;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_start(c, rpc_find("case.Open"),
				      request_of(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				      outcome_done, &o, &call, &err),
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
		TEST(a_call_logs_in_and_is_answered),
		TEST(options_travel_in_the_envelope),
		TEST(a_call_that_fails_at_once_does_not_wait),
		TEST(without_a_login_nothing_is_sent),
		TEST(an_ended_login_fails_the_call_unsent),
		TEST(a_write_whose_line_broke_is_repeated_under_its_key),
		TEST(a_read_is_repeated_once),
		TEST(a_write_that_never_was_answered_is_unknown_and_tells_its_key),
		TEST(a_refusal_is_final_and_names_its_fields),
		TEST(a_passing_refusal_is_tried_again_under_the_same_key),
		TEST(what_a_leaving_server_did_not_run_goes_to_the_next_one),
		TEST(an_unreachable_server_is_told_without_waiting),
		TEST(what_the_server_says_at_the_door_reaches_the_caller),
		TEST(a_server_of_another_root_is_not_spoken_to),
		TEST(large_messages_pass_both_ways),
		TEST(closing_ends_what_is_under_way),
		TEST(closing_is_safe_at_any_moment),
		TEST(a_call_that_was_never_sent_was_never_done),
		TEST(a_write_without_an_answer_in_time_is_unknown),
		TEST(a_cancelled_call_ends_once),
		TEST(a_ping_measures_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
