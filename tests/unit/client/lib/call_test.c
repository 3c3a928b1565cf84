#include <string.h>

#include "tests/unit/client/lib/rig.h"

static const char *reply_text(struct rig *rig, const struct call_result *r, const char *field)
{
	return field_text(r->reply, message_field(r->reply->descriptor, field), 0, &rig->mem);
}

static void a_call_logs_in_and_is_answered(void **state)
{
	struct rig *rig = *state;
	struct client *c;
	struct call_result r;

	rig->on_request = rig_open_case;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_call(c, rpc_find("case.Open"),
				     rig_request(rig, "case.Open", "summary", "水管"), NULL,
				     &rig->mem, &r),
			 ST_OK);
	assert_string_equal(reply_text(rig, &r, "summary"), "水管");
	assert_false(uuid_is_zero(&r.key));
	assert_memory_equal(r.key.b, rig->keys[0].b, 16);
	assert_int_equal(rig->resumes, 1);
	/* the second call goes out on the same connection and login */
	assert_int_equal(client_call(c, rpc_find("case.Open"),
				     rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				     &r),
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
	rig_open_case(rig, conn, stream, rq);
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
				     rig_request(rig, "case.Open", NULL, NULL), &o, &rig->mem, &r),
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
				     rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				     &r),
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
				     rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				     &r),
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
				     rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				     &r),
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
		rig_open_case(rig, conn, stream, rq);
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
				     rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				     &r),
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
				     rig_request(rig, "case.Show", "case", "C-1"), NULL, &rig->mem,
				     &r),
			 ST_UNAVAILABLE);
	assert_int_equal(rig->requests, 2);
	client_free(c);
}

static void a_write_that_never_was_answered_is_unknown_and_tells_its_key(void **state)
{
	struct rig *rig = *state;
	struct rig_outcome o = { .loop = &rig->loop };
	struct st_err err = { 0 };
	struct call *call;
	struct client *c;
	char key[UUID_TEXT];

	rig->on_request = cut_always;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	assert_int_equal(client_start(c, rpc_find("case.Open"),
				      rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				      rig_done, &o, &call, &err),
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
				     rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				     &r),
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
		rig_open_case(rig, conn, stream, rq);
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
				     rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				     &r),
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
		rig_open_case(rig, conn, stream, rq);
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
				     rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				     &r),
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
				     rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				     &r),
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
				     rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
				     &r),
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
					 rig_request(rig, "case.Open", NULL, NULL), NULL, &rig->mem,
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
	ProtobufCMessage *rq = rig_request(rig, "case.Import", NULL, NULL);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
