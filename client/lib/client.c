#include "client/lib/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/internal.h"
#include "common/log.h"
#include "common/pki.h"
#include "proto/envelope.pb-c.h"

#define CLIENT_ARENA (1u << 20)
#define OUT_MAX (16u << 20) /* a window of import batches */
#define HELLO_MS 10000u
#define PING_IDLE_MS 25000u
#define DEAD_MS 75000u

static void client_pump(struct client *c);
static void client_arm(struct client *c);
static void client_send_waiting(struct client *c);

static struct call *client_call_of(struct client *c, uint32_t stream)
{
	list_each(node, &c->calls)
	{
		struct call *call = container_of(node, struct call, link);

		if (call->m != NULL && call->state == CALL_SENT && call->stream == stream)
			return call;
	}
	return NULL;
}

/* Hands ended calls to their owners. The only place that calls back. */
static void client_settle(struct client *c)
{
	struct list *node;

	while ((node = list_pop(&c->ended)) != NULL) {
		struct call *call = container_of(node, struct call, link);

		call->done(call->arg, &call->result);
	}
}

static void client_flush(struct client *c)
{
	struct slice out = buf_peek(&c->session.out);

	if (out.len == 0 || c->line.closing)
		return;
	if (line_send(&c->line, out) == ST_OK)
		buf_consume(&c->session.out, out.len);
}

void client_drop(struct client *c, const struct st_err *why)
{
	if (c->state == CLIENT_IDLE || c->state == CLIENT_CLOSING)
		return;
	if (c->session_open && c->line.ready)
		client_flush(c);
	c->state = CLIENT_CLOSING;
	line_close(&c->line, why);
}

static void client_on_welcome(struct session *s, struct slice message)
{
	struct client *c = s->owner;
	struct st_err err = { 0 };
	ProtobufCMessage *msg;
	const Steward__Welcome *w;
	struct arena mem;

	arena_init(&mem, 16 << 10);
	if (wire_unpack(&rules_steward__welcome, message, &mem, &msg, &err) != ST_OK) {
		client_drop(c, &err);
		arena_fini(&mem);
		return;
	}
	w = (const Steward__Welcome *)msg;
	(void)snprintf(c->server.name, sizeof(c->server.name), "%s",
		       w->server != NULL ? w->server : "");
	c->server.version = w->version;
	c->server.clock_ahead_us = w->server_time_us - clock_wall_us(&clock_system);
	if (w->epoch.len == sizeof(c->server.epoch))
		memcpy(c->server.epoch, w->epoch.data, w->epoch.len);
	arena_fini(&mem);
	c->server.hello_ms = (double)(uv_hrtime() / 1000 - c->greeted_us) / 1000.0;
	c->greeted = c->known = true;
	c->leaving = false;
	c->state = renew_is_due(c) && renew_start(c) ? CLIENT_RENEWING : CLIENT_OPEN;
}

static void client_on_response(struct session *s, uint32_t stream, struct slice message, bool end)
{
	struct client *c = s->owner;
	struct call *call = client_call_of(c, stream);

	if (call == NULL)
		return; /* given up meanwhile */
	call_on_response(call, message, end);
	if (!end && call->state == CALL_ENDED)
		(void)session_send_cancel(s, stream);
}

static void client_on_message(struct session *s, uint32_t stream, struct slice message)
{
	struct client *c = s->owner;
	struct call *call = client_call_of(c, stream);

	if (call != NULL)
		call_on_message(call, message);
	else
		(void)session_grant(s, stream, 1);
}

static void client_on_status(struct session *s, uint32_t stream, struct slice message)
{
	struct client *c = s->owner;
	struct call *call = client_call_of(c, stream);

	if (call != NULL)
		call_on_status(call, message);
}

static void client_on_pong(struct session *s, const uint8_t payload[8])
{
	struct client *c = s->owner;

	list_each(node, &c->calls)
	{
		struct call *call = container_of(node, struct call, link);

		if (call->m == NULL && call->state == CALL_SENT)
			call_end(call, NULL);
	}
}

/* The server leaves: what it never ran goes to the next connection, the rest may finish. */
static void client_on_goaway(struct session *s, struct slice message)
{
	struct client *c = s->owner;
	struct st_err err = { 0 };
	ProtobufCMessage *msg;
	uint32_t last = FRAME_STREAM_MAX;
	struct arena mem;

	arena_init(&mem, 16 << 10);
	if (wire_unpack(&rules_steward__goaway, message, &mem, &msg, &err) == ST_OK) {
		const Steward__Goaway *g = (const Steward__Goaway *)msg;

		last = g->has_last_stream ? g->last_stream : last;
	}
	arena_fini(&mem);
	c->draining = c->leaving = true;
	list_each(node, &c->calls)
	{
		struct call *call = container_of(node, struct call, link);

		if (call->state == CALL_SENT && call->m != NULL && call->stream > last) {
			call->state = CALL_WAITING;
			call->sent--;
		}
	}
}

static void client_on_fatal(struct session *s, struct slice message)
{
	struct client *c = s->owner;
	struct st_err err = { 0 };
	ProtobufCMessage *msg;
	struct arena mem;

	arena_init(&mem, 16 << 10);
	if (wire_unpack(&rules_steward__fatal, message, &mem, &msg, &err) == ST_OK) {
		const Steward__Fatal *f = (const Steward__Fatal *)msg;

		(void)st_fail(&err, st_code_from_wire(f->code), f->reason, NULL, "%s",
			      f->message != NULL ? f->message : "the server ended the connection");
	}
	arena_fini(&mem);
	client_drop(c, &err);
}

static const struct session_ops client_session_ops = {
	.on_hello = client_on_welcome,
	.on_response = client_on_response,
	.on_message = client_on_message,
	.on_status = client_on_status,
	.on_pong = client_on_pong,
	.on_goaway = client_on_goaway,
	.on_error = client_on_fatal,
};

static void client_on_ready(struct line *l)
{
	struct client *c = l->owner;
	Steward__Hello h = STEWARD__HELLO__INIT;
	struct st_err err = { 0 };
	struct slice hello;
	struct arena mem;

	c->greeted_us = uv_hrtime() / 1000;
	c->server.connect_ms = (double)(c->greeted_us - c->opened_us) / 1000.0;
	h.has_min_version = h.has_max_version = h.has_device_time_us = true;
	h.min_version = h.max_version = 1;
	h.client = (char *)"steward " STEWARD_VERSION;
	h.device_time_us = clock_wall_us(&clock_system);
	arena_init(&mem, 16 << 10);
	c->state = CLIENT_GREETING;
	if (wire_pack(&h.base, &mem, &hello, &err) != ST_OK)
		client_drop(c, &err);
	else if (session_send_hello(&c->session, hello) != ST_OK)
		client_drop(c, &c->session.err);
	arena_fini(&mem);
	if (c->state == CLIENT_GREETING && !renew_is_due(c))
		client_send_waiting(c);
	client_flush(c);
}

static void client_on_bytes(struct line *l, struct slice plain)
{
	struct client *c = l->owner;

	if (session_feed(&c->session, plain) != ST_OK)
		client_drop(c, &c->session.err);
	if (c->state == CLIENT_CLOSING)
		return;
	client_pump(c);
	client_flush(c);
	client_arm(c);
	client_settle(c);
}

/* Before the greeting the reason is often ours: say what is most likely. */
static void client_explain_loss(struct client *c, struct st_err *why)
{
	if (why->code == ST_OK)
		(void)st_fail(why, ST_UNAVAILABLE, "LINE_CLOSED", NULL,
			      "the connection was closed");
	else if (!c->greeted && c->line.ready && strcmp(why->reason, "LINE_CLOSED") == 0)
		(void)st_fail(why, ST_UNAVAILABLE, "TURNED_AWAY", NULL,
			      "the server %s:%d ended the connection before it said hello; this "
			      "device may be "
			      "disabled, or its certificate may have expired",
			      c->target.host, c->target.port);
}

static void client_on_closed(struct line *l, const struct st_err *reason)
{
	struct client *c = l->owner;
	struct st_err why = *reason;
	bool drained = c->draining;

	client_explain_loss(c, &why);
	log_debug("line=%s:%d event=closed reason=%s", c->target.host, c->target.port, why.reason);
	if (c->session_open)
		session_fini(&c->session);
	c->session_open = c->logged_in = c->resuming = c->draining = false;
	c->state = CLIENT_IDLE;
	c->why = why;
	list_each(node, &c->calls)
	{
		struct call *call = container_of(node, struct call, link);

		if (call->internal)
			call_end(call, &why);
		else if (call->state == CALL_SENT ||
			 (!drained && call->retry_at_ms <= uv_now(c->loop)))
			call_attempt_failed(call, &why, false);
	}
	client_settle(c);
	client_wake(c);
}

static const struct line_ops client_line_ops = {
	.on_ready = client_on_ready,
	.on_bytes = client_on_bytes,
	.on_closed = client_on_closed,
};

static void client_connect(struct client *c)
{
	struct st_err err = { 0 };

	c->session_open = true;
	c->greeted = false;
	session_init(&c->session, SESSION_CLIENT, &client_session_ops, c, &clock_system, OUT_MAX);
	c->state = CLIENT_OPENING;
	c->opened_us = uv_hrtime() / 1000;
	c->connect_at_ms = uv_now(c->loop) + HELLO_MS;
	if (line_open(&c->line, c->loop, c->target.host, c->target.port, c->ctx, &client_line_ops,
		      c, &err) != ST_OK)
		client_on_closed(&c->line, &err);
}

/* Sends what may be sent now: right behind HELLO only what does no harm when it is lost. */
static void client_send_waiting(struct client *c)
{
	bool early = c->state == CLIENT_GREETING;
	uint64_t now = uv_now(c->loop);

	list_each(node, &c->calls)
	{
		struct call *call = container_of(node, struct call, link);

		if (call->state != CALL_WAITING || call->retry_at_ms > now ||
		    (c->state != CLIENT_OPEN && !early))
			continue;
		if (call->needs_login && !c->logged_in) {
			if (!c->resuming)
				resume_start(c);
			if (!c->resuming)
				return; /* it failed at once and has ended calls of this list */
			continue;
		}
		if (!early || (call->m != NULL && !call->write))
			call_send(call);
	}
}

static bool client_has(const struct client *c, enum call_state state)
{
	uint64_t now = uv_now(c->loop);

	list_each(node, (struct list *)&c->calls)
	{
		const struct call *call = container_of(node, struct call, link);

		if (call->state == state && (state == CALL_SENT || call->retry_at_ms <= now))
			return true;
	}
	return false;
}

static void client_pump(struct client *c)
{
	resume_refuse_strangers(c);
	if (c->state == CLIENT_IDLE && client_has(c, CALL_WAITING))
		client_connect(c);
	if (c->state == CLIENT_OPEN && c->draining && !client_has(c, CALL_SENT))
		client_drop(c, NULL);
	else if (c->state == CLIENT_OPEN && !c->draining)
		client_send_waiting(c);
}

static void client_on_timer(uv_timer_t *timer);

/* Sets the timer to whatever comes first: a deadline, a next attempt, a ping. */
static void client_arm(struct client *c)
{
	uint64_t now = uv_now(c->loop), next = UINT64_MAX;

	if (!c->timer_open)
		return;
	list_each(node, &c->calls)
	{
		const struct call *call = container_of(node, struct call, link);
		bool later = call->state == CALL_WAITING && call->retry_at_ms > now;

		if (later && call->retry_at_ms < next)
			next = call->retry_at_ms;
		if (call_deadline(call) < next)
			next = call_deadline(call);
	}
	if (c->state == CLIENT_OPENING || c->state == CLIENT_GREETING)
		next = c->connect_at_ms < next ? c->connect_at_ms : next;
	if (c->state == CLIENT_OPEN && next > now + PING_IDLE_MS)
		next = now + PING_IDLE_MS;
	if (next == UINT64_MAX)
		(void)uv_timer_stop(&c->timer);
	else
		(void)uv_timer_start(&c->timer, client_on_timer, next > now ? next - now : 0, 0);
}

static void client_keep_alive(struct client *c)
{
	uint64_t now = clock_mono_ms(&clock_system);
	struct st_err err = { 0 };

	if (now - c->session.last_heard_ms >= DEAD_MS) {
		(void)st_fail(&err, ST_UNAVAILABLE, "LINE_LOST", NULL,
			      "the server has been silent for %u s", DEAD_MS / 1000);
		client_drop(c, &err);
	} else if (now - c->session.last_heard_ms >= PING_IDLE_MS) {
		(void)session_send_ping(&c->session, (const uint8_t *)"alive???");
	}
}

static void client_on_timer(uv_timer_t *timer)
{
	struct client *c = timer->data;
	uint64_t now = uv_now(c->loop);

	list_each(node, &c->calls)
	{
		struct call *call = container_of(node, struct call, link);

		if (call_deadline(call) <= now)
			call_timed_out(call);
	}
	if ((c->state == CLIENT_OPENING || c->state == CLIENT_GREETING) &&
	    c->connect_at_ms <= now) {
		struct st_err err = { 0 };

		(void)st_fail(&err, ST_UNAVAILABLE, "UNREACHABLE", NULL,
			      "the server %s:%d did not answer within %u s", c->target.host,
			      c->target.port, HELLO_MS / 1000);
		client_drop(c, &err);
	}
	if (c->state == CLIENT_OPEN)
		client_keep_alive(c);
	client_pump(c);
	if (c->state == CLIENT_OPEN || c->state == CLIENT_RENEWING)
		client_flush(c);
	client_arm(c);
	client_settle(c);
}

void client_wake(struct client *c)
{
	if (c->timer_open)
		(void)uv_timer_start(&c->timer, client_on_timer, 0, 0);
}

enum st_code client_make(uv_loop_t *loop, const struct client_target *target,
			 struct tls_context *ctx, struct client **ret, struct st_err *err)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for a connection");
	arena_init(&c->mem, CLIENT_ARENA);
	c->loop = loop;
	c->target = *target;
	c->ctx = ctx;
	list_init(&c->calls);
	list_init(&c->ended);
	must(uv_timer_init(loop, &c->timer) == 0);
	c->timer.data = c;
	c->timer_open = true;
	*ret = c;
	return ST_OK;
}

static enum st_code client_context(const struct profile *p, const char *cert_pem,
				   const char *key_pem, struct tls_context **ret,
				   struct st_err *err)
{
	struct tls_options o = {
		.cert_pem = cert_pem,
		.key_pem = key_pem,
		.root_pem = p->root_pem,
		.alpn = ALPN_WORK,
		.host = p->server,
		.peer = TLS_PEER_REQUIRED,
	};

	return tls_context_new(&o, ret, err);
}

enum st_code client_use_pair(struct client *c, const char *key_pem, const char *cert_pem,
			     struct st_err *err)
{
	struct tls_context *ctx;

	ST_TRY(client_context(c->profile, cert_pem, key_pem, &ctx, err));
	tls_context_free(c->ctx);
	c->ctx = ctx;
	c->cert_pem = cert_pem;
	c->key_pem = key_pem;
	return ST_OK;
}

enum st_code client_new(uv_loop_t *loop, const struct profile *p, struct client **ret,
			struct st_err *err)
{
	struct client_target target = { .host = p->server, .port = p->port };
	struct tls_context *ctx;
	struct client *c;
	enum st_code code;

	ST_TRY(client_context(p, p->cert_pem, p->key_pem, &ctx, err));
	code = client_make(loop, &target, ctx, &c, err);
	if (code != ST_OK) {
		tls_context_free(ctx);
		return code;
	}
	c->profile = p;
	c->cert_pem = p->cert_pem;
	c->key_pem = p->key_pem;
	c->token = p->token;
	*ret = c;
	return ST_OK;
}

static void client_on_timer_closed(uv_handle_t *handle)
{
	struct client *c = handle->data;

	c->timer.data = NULL;
}

void client_free(struct client *c)
{
	struct st_err err = { 0 };

	if (c == NULL)
		return;
	(void)st_fail(&err, ST_CANCELLED, NULL, NULL, "the client was closed");
	list_each(node, &c->calls) call_end(container_of(node, struct call, link), &err);
	client_settle(c);
	client_drop(c, NULL);
	c->timer_open = false;
	uv_close((uv_handle_t *)&c->timer, client_on_timer_closed);
	while (c->timer.data != NULL || c->state != CLIENT_IDLE)
		(void)uv_run(c->loop, UV_RUN_ONCE);
	tls_context_free(c->ctx);
	arena_fini(&c->mem);
	free(c);
}

void client_server(const struct client *c, struct client_server *ret)
{
	*ret = c->server;
	ret->certificate_days = 0;
	if (c->cert_pem != NULL &&
	    pki_days_left(c->cert_pem, &ret->certificate_days, NULL) != ST_OK)
		ret->certificate_days = -1;
}
