#include "tests/support/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/line.h"
#include "client/look/json.h"
#include "common/session.h"
#include "tests/support/people.h"

#define WIRE_ARENA (256u << 20)
#define WIRE_OUT (32u << 20)
#define WIRE_WAIT_MS 10000
#define WIRE_STREAMS 1024
#define WIRE_CHANGES 4096

struct wire_stream {
	uint32_t id;
	const Steward__Response *answer;
	const Steward__Status *status;
	const Steward__Event__Change **changes; /* of a watch */
	size_t n_changes;
};

struct wire {
	struct rig *rig;
	struct arena mem;
	struct profile profile;
	struct tls_context *ctx;
	struct line line;
	struct session session;
	uv_timer_t timer;
	struct wire_stream *streams;
	size_t n_streams;
	bool greeted, lost, late, timer_open;
	struct st_err why;
};

/* ---- what comes ---- */

static struct wire_stream *wire_find(const struct wire *w, uint32_t id)
{
	for (size_t i = 0; i < w->n_streams; i++)
		if (w->streams[i].id == id)
			return &w->streams[i];
	fail_msg("no stream %u", id);
	return NULL;
}

static ProtobufCMessage *wire_read(struct wire *w, const struct message_rules *rules,
				   struct slice message)
{
	struct st_err err = { 0 };
	ProtobufCMessage *msg;

	if (wire_unpack(rules, message, &w->mem, &msg, &err) != ST_OK)
		fail_msg("%s: %s", rules->desc->name, err.message);
	return msg;
}

static void wire_on_hello(struct session *s, struct slice message)
{
	struct wire *w = s->owner;

	w->greeted = true;
}

static void wire_on_response(struct session *s, uint32_t stream, struct slice message, bool end)
{
	struct wire *w = s->owner;

	wire_find(w, stream)->answer = (void *)wire_read(w, &rules_steward__response, message);
}

static void wire_on_message(struct session *s, uint32_t stream, struct slice message)
{
	struct wire *w = s->owner;
	struct wire_stream *st = wire_find(w, stream);

	if (st->changes == NULL) {
		st->n_changes++; /* nobody asked for them */
		return;
	}
	assert_true(st->n_changes < WIRE_CHANGES);
	st->changes[st->n_changes++] = (void *)wire_read(w, rpc_find("event.Watch")->out, message);
}

static void wire_on_status(struct session *s, uint32_t stream, struct slice message)
{
	struct wire *w = s->owner;

	wire_find(w, stream)->status = (void *)wire_read(w, &rules_steward__status, message);
}

static void wire_on_fatal(struct session *s, struct slice message)
{
	struct wire *w = s->owner;
	const Steward__Fatal *f = (void *)wire_read(w, &rules_steward__fatal, message);

	(void)st_fail(&w->why, st_code_from_wire(f->code), f->reason, NULL, "%s", f->message);
}

static const struct session_ops wire_session_ops = {
	.on_hello = wire_on_hello,
	.on_response = wire_on_response,
	.on_message = wire_on_message,
	.on_status = wire_on_status,
	.on_error = wire_on_fatal,
};

/* ---- the line ---- */

static void wire_flush(struct wire *w)
{
	struct slice out = buf_peek(&w->session.out);

	if (out.len == 0 || !w->line.ready || w->line.closing || w->lost)
		return;
	if (line_send(&w->line, out) == ST_OK)
		buf_consume(&w->session.out, out.len);
}

static void wire_on_ready(struct line *l)
{
	wire_flush(l->owner);
}

static void wire_on_bytes(struct line *l, struct slice plain)
{
	struct wire *w = l->owner;

	if (session_feed(&w->session, plain) != ST_OK) {
		st_keep_first(&w->why, &w->session.err);
		line_close(l, &w->session.err);
		return;
	}
	wire_flush(w);
}

static void wire_on_closed(struct line *l, const struct st_err *why)
{
	struct wire *w = l->owner;

	st_keep_first(&w->why, why);
	w->lost = true;
}

static const struct line_ops wire_line_ops = {
	.on_ready = wire_on_ready,
	.on_bytes = wire_on_bytes,
	.on_closed = wire_on_closed,
};

static void wire_on_timer(uv_timer_t *timer)
{
	struct wire *w = timer->data;

	w->late = true;
}

/* One turn of the loop for whoever waits; the test fails when it takes too long. */
static void wire_turn(struct wire *w, const char *what)
{
	wire_flush(w);
	if (w->late)
		fail_msg("%s did not come in time", what);
	(void)uv_run(rig_loop(w->rig), UV_RUN_ONCE);
}

static void wire_begin_wait(struct wire *w)
{
	w->late = false;
	uv_update_time(rig_loop(w->rig));
	assert_int_equal(uv_timer_start(&w->timer, wire_on_timer, WIRE_WAIT_MS, 0), 0);
}

static void wire_end_wait(struct wire *w)
{
	(void)uv_timer_stop(&w->timer);
}

static void wire_greet(struct wire *w)
{
	Steward__Hello h = STEWARD__HELLO__INIT;
	struct st_err err = { 0 };
	struct slice hello;

	h.has_min_version = h.has_max_version = true;
	h.min_version = h.max_version = 1;
	assert_int_equal(wire_pack(&h.base, &w->mem, &hello, &err), ST_OK);
	assert_int_equal(session_send_hello(&w->session, hello), ST_OK);
	wire_begin_wait(w);
	while (!w->greeted && !w->lost)
		wire_turn(w, "WELCOME");
	wire_end_wait(w);
}

struct wire *wire_open(struct rig *rig, const char *dir)
{
	struct wire *w = calloc(1, sizeof(*w));
	struct tls_options o = { .alpn = ALPN_WORK, .peer = TLS_PEER_REQUIRED };
	struct st_err err = { 0 };

	assert_non_null(w);
	w->rig = rig;
	arena_init(&w->mem, WIRE_ARENA);
	w->streams = arena_array(&w->mem, struct wire_stream, WIRE_STREAMS);
	if (profile_load(dir, &w->mem, &w->profile, &err) != ST_OK)
		fail_msg("profile %s: %s", dir, err.message);
	o.cert_pem = w->profile.cert_pem;
	o.key_pem = w->profile.key_pem;
	o.root_pem = w->profile.root_pem;
	o.host = w->profile.server;
	if (tls_context_new(&o, &w->ctx, &err) != ST_OK)
		fail_msg("TLS: %s", err.message);
	assert_int_equal(uv_timer_init(rig_loop(rig), &w->timer), 0);
	w->timer.data = w;
	w->timer_open = true;
	session_init(&w->session, SESSION_CLIENT, &wire_session_ops, w, &clock_system, WIRE_OUT);
	if (line_open(&w->line, rig_loop(rig), w->profile.server, w->profile.port, w->ctx,
		      &wire_line_ops, w, &err) != ST_OK)
		fail_msg("connecting: %s", err.message);
	wire_greet(w);
	return w;
}

static void wire_on_timer_closed(uv_handle_t *handle)
{
	struct wire *w = handle->data;

	w->timer_open = false;
}

void wire_close(struct wire *w)
{
	if (!w->lost)
		line_close(&w->line, NULL);
	uv_close((uv_handle_t *)&w->timer, wire_on_timer_closed);
	while (!w->lost || w->timer_open)
		(void)uv_run(rig_loop(w->rig), UV_RUN_ONCE);
	session_fini(&w->session);
	tls_context_free(w->ctx);
	arena_fini(&w->mem);
	free(w);
}

/* ---- calls ---- */

static struct slice wire_json(struct wire *w, const struct rpc_method *m, const char *request)
{
	char *text = arena_strdup(&w->mem, request != NULL ? request : "{}");
	ProtobufCMessage *msg = message_new(m->in->desc, &w->mem);
	struct st_err err = { 0 };
	struct slice body;

	for (char *p = text; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	if (json_read(slice_str(text), msg, &w->mem, &err) != ST_OK)
		fail_msg("%s: %s %s", m->name, err.field, err.message);
	assert_int_equal(wire_pack(msg, &w->mem, &body, &err), ST_OK);
	return body;
}

/* Field 1000, of bytes, which no message has. */
static struct slice wire_pad(struct wire *w, struct slice body, size_t padding)
{
	uint8_t *all = arena_alloc(&w->mem, body.len + padding + 16), *p = all + body.len;

	memcpy(all, body.data, body.len);
	*p++ = 0xc2;
	*p++ = 0x3e;
	for (size_t n = padding; n > 0; n >>= 7)
		*p++ = (uint8_t)((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
	return slice_of(all, (size_t)(p - all) + padding);
}

static struct slice wire_envelope(struct wire *w, const struct wire_call *call)
{
	const struct rpc_method *m = call->method != NULL ? rpc_find(call->method) : NULL;
	struct uuid key = uuid_is_zero(&call->key) ? uuid_v7(clock_wall_us(&clock_system) / 1000)
						   : call->key;
	Steward__Request rq = STEWARD__REQUEST__INIT;
	struct st_err err = { 0 };
	struct slice body = { 0 }, packed;

	if (m != NULL)
		body = wire_json(w, m, call->request);
	if (call->padding > 0)
		body = wire_pad(w, body, call->padding);
	rq.method = (char *)call->method;
	rq.property = (char *)call->property;
	rq.has_body = true;
	rq.body.data = (uint8_t *)body.data;
	rq.body.len = body.len;
	rq.has_key = !call->no_key && (m == NULL || m->rpc_class == STEWARD__CLASS__WRITE);
	rq.key.data = key.b;
	rq.key.len = sizeof(key.b) - call->short_key;
	rq.has_dry_run = rq.dry_run = call->dry_run;
	rq.has_timeout_ms = call->timeout_ms != 0;
	rq.timeout_ms = call->timeout_ms;
	rq.reason = (char *)call->reason;
	rq.confirm = (char *)call->confirm;
	assert_int_equal(wire_pack(&rq.base, &w->mem, &packed, &err), ST_OK);
	return packed;
}

uint32_t wire_call(struct wire *w, const struct wire_call *call)
{
	struct wire_stream *st = &w->streams[w->n_streams];

	assert_true(w->n_streams < WIRE_STREAMS);
	assert_int_equal(session_send_request(&w->session, wire_envelope(w, call), &st->id), ST_OK);
	w->n_streams++;
	return st->id;
}

void wire_push(struct wire *w)
{
	while (w->session.out.len > 0 && !w->lost) {
		wire_flush(w);
		(void)uv_run(rig_loop(w->rig), UV_RUN_NOWAIT);
	}
}

const Steward__Response *wire_outcome(struct wire *w, uint32_t stream)
{
	struct wire_stream *st = wire_find(w, stream);

	wire_begin_wait(w);
	while (st->answer == NULL && !w->lost)
		wire_turn(w, "the answer");
	wire_end_wait(w);
	return st->answer;
}

const Steward__Response *wire_answer(struct wire *w, uint32_t stream)
{
	const Steward__Response *r = wire_outcome(w, stream);

	if (r == NULL)
		fail_msg("the connection was lost: %s %s", w->why.reason, w->why.message);
	return r;
}

bool wire_poll(struct wire *w)
{
	wire_flush(w);
	(void)uv_run(rig_loop(w->rig), UV_RUN_NOWAIT);
	return !w->lost;
}

const Steward__Response *wire_ask(struct wire *w, const struct wire_call *call)
{
	return wire_answer(w, wire_call(w, call));
}

bool wire_answered(const struct wire *w, uint32_t stream)
{
	return wire_find(w, stream)->answer != NULL;
}

static void wire_drop(void *json)
{
	json_decref(json);
}

const json_t *wire_body(struct wire *w, const char *method, const Steward__Response *r)
{
	const struct rpc_method *m = rpc_find(method);
	json_t *json = json_of_message(
		wire_read(w, m->out, slice_of(r->body.data, r->has_body ? r->body.len : 0)), m->out,
		&w->mem);

	assert_true(json != NULL && arena_defer(&w->mem, wire_drop, json));
	return json;
}

void wire_login(struct wire *w, const char *login)
{
	const Steward__Response *r;
	char request[200];

	(void)snprintf(request, sizeof(request), "{'login': '%s', 'password': '%s'}", login,
		       PEOPLE_PASSWORD);
	r = wire_ask(w, &(struct wire_call){ .method = "auth.Login", .request = request });
	if (r->code != ST_OK)
		fail_msg("login of %s: %s", login, r->message);
}

struct wire *wire_desk(struct rig *rig, const char *login)
{
	struct wire *w = wire_open(rig, rig_desk(rig));

	wire_login(w, login);
	return w;
}

/* ---- watches ---- */

uint32_t wire_watch(struct wire *w, const char *property, const char *request)
{
	struct wire_call call = { .method = "event.Watch",
				  .request = request,
				  .property = property };
	uint32_t id = wire_call(w, &call);
	const Steward__Response *r;

	wire_find(w, id)->changes = arena_array(&w->mem, const Steward__Event__Change *,
						WIRE_CHANGES);
	r = wire_answer(w, id);
	if (r->code != ST_OK)
		fail_msg("watch: %s %s", r->reason, r->message);
	return id;
}

size_t wire_changes(const struct wire *w, uint32_t stream)
{
	return wire_find(w, stream)->n_changes;
}

const Steward__Event__Change *wire_change_at(const struct wire *w, uint32_t stream, size_t i)
{
	const struct wire_stream *st = wire_find(w, stream);

	assert_true(i < st->n_changes);
	return st->changes[i];
}

const Steward__Event__Change *wire_change(struct wire *w, uint32_t stream, size_t count)
{
	struct wire_stream *st = wire_find(w, stream);

	wire_begin_wait(w);
	while (st->n_changes < count && st->status == NULL && !w->lost)
		wire_turn(w, "a message");
	wire_end_wait(w);
	if (st->n_changes < count)
		fail_msg("the stream ended with message %zu: %s %s", st->n_changes,
			 st->status != NULL ? st->status->reason : w->why.reason,
			 st->status != NULL ? st->status->message : w->why.message);
	return count > 0 ? st->changes[count - 1] : NULL;
}

void wire_grant(struct wire *w, uint32_t stream, uint32_t messages)
{
	assert_int_equal(session_grant(&w->session, stream, messages), ST_OK);
}

void wire_cancel(struct wire *w, uint32_t stream)
{
	assert_int_equal(session_send_cancel(&w->session, stream), ST_OK);
}

const Steward__Status *wire_status(struct wire *w, uint32_t stream)
{
	struct wire_stream *st = wire_find(w, stream);

	wire_begin_wait(w);
	while (st->status == NULL && !w->lost)
		wire_turn(w, "the stream's end");
	wire_end_wait(w);
	if (st->status == NULL)
		fail_msg("the connection was lost: %s %s", w->why.reason, w->why.message);
	return st->status;
}

const struct st_err *wire_lost(struct wire *w)
{
	wire_begin_wait(w);
	while (!w->lost)
		wire_turn(w, "the connection's end");
	wire_end_wait(w);
	return &w->why;
}
