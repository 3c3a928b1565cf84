#include <stdio.h>
#include <string.h>

#include "tests/unit/client/lib/rig.h"

struct watcher {
	struct rig *rig;
	struct rig_conn *conn;
	uint32_t stream;
	unsigned seen, stop_after;
	bool cancelled;
	char last[40];
};

static bool watcher_on_message(void *arg, const ProtobufCMessage *msg)
{
	struct watcher *w = arg;
	const char *number = field_text(msg, message_field(msg->descriptor, "number"), 0,
					&w->rig->mem);

	(void)snprintf(w->last, sizeof(w->last), "%s", number);
	return ++w->seen != w->stop_after;
}

static void send_change(struct rig *rig, struct rig_conn *conn, uint32_t stream, unsigned n)
{
	ProtobufCMessage *msg = message_new(rpc_find("event.Watch")->out->desc, &rig->mem);
	const char *number = arena_printf(&rig->mem, "C-%u", n);
	struct st_err err = { 0 };
	struct slice packed;

	assert_int_equal(field_set_text(msg, message_field(msg->descriptor, "number"), number,
					strlen(number), &rig->mem, &err),
			 ST_OK);
	assert_int_equal(wire_pack(msg, &rig->mem, &packed, &err), ST_OK);
	assert_int_equal(session_send_message(&conn->session, stream, packed), ST_OK);
}

static void send_status(struct rig_conn *conn, uint32_t stream, enum st_code code,
			const char *reason)
{
	Steward__Status s = STEWARD__STATUS__INIT;
	uint8_t packed[128];
	size_t n;

	s.has_code = true;
	s.code = code;
	s.reason = (char *)reason;
	s.message = (char *)"it is over";
	n = steward__status__pack(&s, packed);
	assert_int_equal(session_send_status(&conn->session, stream, slice_of(packed, n)), ST_OK);
}

static enum st_code watch_for(struct rig *rig, struct watcher *w, const struct call_options *o,
			      struct call_result *r)
{
	const struct rpc_method *m = rpc_find("event.Watch");
	ProtobufCMessage *rq = message_new(m->in->desc, &rig->mem);
	struct client *c;
	enum st_code code;

	w->rig = rig;
	rig->arg = w;
	rig_listen(rig, ALPN_WORK);
	c = rig_client(rig);
	code = client_stream(c, m, rq, o, &rig->mem, watcher_on_message, w, r);
	client_free(c);
	return code;
}

static enum st_code watch(struct rig *rig, struct watcher *w, struct call_result *r)
{
	return watch_for(rig, w, NULL, r);
}

static void three_and_the_end(struct rig *rig, struct rig_conn *conn, uint32_t stream,
			      const Steward__Request *rq)
{
	rig_answer(conn, stream, NULL, false);
	for (unsigned n = 1; n <= 3; n++)
		send_change(rig, conn, stream, n);
	send_status(conn, stream, ST_OK, NULL);
}

static void messages_come_in_order_until_the_end(void **state)
{
	struct watcher w = { 0 };
	struct call_result r;

	((struct rig *)*state)->on_request = three_and_the_end;
	assert_int_equal(watch(*state, &w, &r), ST_OK);
	assert_int_equal(w.seen, 3);
	assert_string_equal(w.last, "C-3");
}

static void lagging(struct rig *rig, struct rig_conn *conn, uint32_t stream,
		    const Steward__Request *rq)
{
	rig_answer(conn, stream, NULL, false);
	send_change(rig, conn, stream, 1);
	send_status(conn, stream, ST_RESOURCE_EXHAUSTED, "LAGGED");
}

static void the_status_tells_why_it_ended(void **state)
{
	struct watcher w = { 0 };
	struct call_result r;

	((struct rig *)*state)->on_request = lagging;
	assert_int_equal(watch(*state, &w, &r), ST_RESOURCE_EXHAUSTED);
	assert_string_equal(r.err.reason, "LAGGED");
	assert_int_equal(w.seen, 1);
}

static void note_cancel(struct rig *rig, uint32_t stream)
{
	struct watcher *w = rig->arg;

	w->cancelled = true;
}

/* More than the first credit, so that what was dealt with must have been given back. */
static void endless(struct rig *rig, struct rig_conn *conn, uint32_t stream,
		    const Steward__Request *rq)
{
	unsigned n = 1;

	rig_answer(conn, stream, NULL, false);
	while (session_may_send(&conn->session, stream))
		send_change(rig, conn, stream, n++);
	assert_int_equal(n - 1, SESSION_STREAM_MESSAGES);
}

static void a_watcher_that_has_enough_cancels(void **state)
{
	struct rig *rig = *state;
	struct watcher w = { .stop_after = 5 };
	struct call_result r;

	rig->on_request = endless;
	rig->on_cancel = note_cancel;
	assert_int_equal(watch(rig, &w, &r), ST_OK);
	assert_int_equal(w.seen, 5);
}

static void after_a_quiet_time(uv_timer_t *timer)
{
	struct watcher *w = timer->data;

	send_change(w->rig, w->conn, w->stream, 1);
	rig_flush(w->conn);
	uv_close((uv_handle_t *)timer, NULL);
}

static void quiet(struct rig *rig, struct rig_conn *conn, uint32_t stream,
		  const Steward__Request *rq)
{
	struct watcher *w = rig->arg;
	static uv_timer_t timer;

	w->conn = conn;
	w->stream = stream;
	rig_answer(conn, stream, NULL, false);
	timer.data = w;
	assert_int_equal(uv_timer_init(&rig->loop, &timer), 0);
	assert_int_equal(uv_timer_start(&timer, after_a_quiet_time, 3500, 0), 0);
	/* Where the stream has ended already, nobody waits for it. */
	uv_unref((uv_handle_t *)&timer);
}

/* The time a call may take, and what is added to it, ends before anything happens. */
static void an_open_stream_may_be_quiet(void **state)
{
	struct rig *rig = *state;
	struct watcher w = { .stop_after = 1 };
	const struct call_options o = { .timeout_ms = 1000 };
	struct call_result r;

	rig->on_request = quiet;
	assert_int_equal(watch_for(rig, &w, &o, &r), ST_OK);
	assert_int_equal(w.seen, 1);
}

static void refused(struct rig *rig, struct rig_conn *conn, uint32_t stream,
		    const Steward__Request *rq)
{
	rig_refuse(conn, stream, ST_PERMISSION_DENIED, "ROLE_REQUIRED", 0);
}

static void a_stream_can_be_refused(void **state)
{
	struct watcher w = { 0 };
	struct call_result r;

	((struct rig *)*state)->on_request = refused;
	assert_int_equal(watch(*state, &w, &r), ST_PERMISSION_DENIED);
	assert_int_equal(w.seen, 0);
}

static void cut_after_one(struct rig *rig, struct rig_conn *conn, uint32_t stream,
			  const Steward__Request *rq)
{
	rig_answer(conn, stream, NULL, false);
	send_change(rig, conn, stream, 1);
	rig_flush(conn);
	rig_cut(conn);
}

static void a_broken_stream_is_not_repeated_by_itself(void **state)
{
	struct rig *rig = *state;
	struct watcher w = { 0 };
	struct call_result r;

	rig->on_request = cut_after_one;
	assert_int_equal(watch(rig, &w, &r), ST_UNAVAILABLE);
	assert_int_equal(w.seen, 1);
	assert_int_equal(rig->requests, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(messages_come_in_order_until_the_end),
		TEST(the_status_tells_why_it_ended),
		TEST(a_watcher_that_has_enough_cancels),
		TEST(an_open_stream_may_be_quiet),
		TEST(a_stream_can_be_refused),
		TEST(a_broken_stream_is_not_repeated_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
