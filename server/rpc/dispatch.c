#include "server/rpc/dispatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/turns.h"
#include "proto/envelope.pb-c.h"
#include "server/rpc/access.h"
#include "server/rpc/app.h"
#include "server/rpc/op.h"
#include "server/rpc/peer.h"

#define PROTOCOL_VERSION 1u
#define DEADLINE_MAX_MS 60000u
#define HELLO_ARENA 16384
/* What one request may take of the memory for all (app->max_memory), and what one of so many bytes
 * counts before it is unpacked. */
#define MEMORY_ONE_MAX (16u << 20)
#define MEMORY_ONE_MIN (16u << 10)
#define MEMORY_FACTOR 8u

void peer_set_caller(struct peer *p, struct caller *caller)
{
	if (p->caller != NULL)
		caller_unref(p->caller);
	p->caller = caller;
	if (caller != NULL)
		conn_set_open(p->conn);
	else
		conn_set_login(p->conn);
}

/* Connections of one device, found by its number. */
static struct list *dispatch_crowd(struct app *app, const char *device)
{
	struct uuid id = { 0 };

	(void)uuid_parse(device, strlen(device), &id);
	return &app->crowds[(id.b[14] << 8 | id.b[15]) % APP_CROWDS];
}

/* A desk needs a few. With thousands its certificate is in the wrong hands, or a program runs
 * wild. */
static enum st_code dispatch_crowd_check(struct app *app, const char *device, struct st_err *err)
{
	unsigned n = 0;

	list_each(node, dispatch_crowd(app, device))
	{
		struct peer *p = container_of(node, struct peer, crowd_link);

		if (strcmp(conn_info(p->conn)->device, device) == 0)
			n++;
	}
	if (n < app->max_connections_device)
		return ST_OK;
	return st_fail(err, ST_RESOURCE_EXHAUSTED, "TOO_MANY_CONNECTIONS", NULL,
		       "this device has %u connections, and no more are allowed", n);
}

static enum st_code dispatch_opened(void *arg, struct conn *c, struct st_err *err)
{
	struct app *app = arg;
	struct conn_info *info = conn_info(c);
	struct peer *p;

	if (info->device[0] != '\0') {
		ST_TRY(access_device_check(app->services.access, info->device, err));
		ST_TRY(dispatch_crowd_check(app, info->device, err));
	}
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			       "no memory for another connection");
	p->app = app;
	p->conn = c;
	list_init(&p->ops);
	list_init(&p->crowd_link);
	list_push(&app->peers, &p->link);
	if (info->device[0] != '\0')
		list_push(dispatch_crowd(app, info->device), &p->crowd_link);
	info->user = p;
	return ST_OK;
}

static enum st_code dispatch_welcome(struct app *app, struct arena *mem, struct slice *ret,
				     struct st_err *err)
{
	Steward__Welcome w = STEWARD__WELCOME__INIT;

	w.has_version = w.has_epoch = w.has_server_time_us = w.has_max_frame = w.has_max_message =
		true;
	w.has_max_streams = w.has_stream_bytes = w.has_stream_messages = w.has_connection_bytes =
		true;
	w.version = PROTOCOL_VERSION;
	w.epoch.data = app->epoch.b;
	w.epoch.len = sizeof(app->epoch.b);
	w.server_time_us = clock_wall_us(app->services.clock);
	w.max_frame = frame_cap(PHASE_OPEN);
	w.max_message = SESSION_MESSAGE_MAX;
	w.max_streams = SESSION_STREAMS_MAX;
	w.stream_bytes = SESSION_STREAM_BYTES;
	w.stream_messages = SESSION_STREAM_MESSAGES;
	w.connection_bytes = SESSION_CONNECTION_BYTES;
	w.server = (char *)"stewardd " STEWARD_VERSION;
	return wire_pack(&w.base, mem, ret, err);
}

static enum st_code dispatch_hello(void *arg, struct conn *c, struct slice hello, struct slice *ret,
				   struct st_err *err)
{
	struct app *app = arg;
	ProtobufCMessage *msg;
	const Steward__Hello *h;

	/* One for all: the WELCOME in it is sent before the next HELLO is read. */
	arena_fini(&app->hello_mem);
	arena_init(&app->hello_mem, HELLO_ARENA);
	ST_TRY(wire_unpack(&rules_steward__hello, hello, &app->hello_mem, &msg, err));
	h = (const Steward__Hello *)msg;
	if (h->min_version > PROTOCOL_VERSION || h->max_version < PROTOCOL_VERSION)
		return st_fail(
			err, ST_FAILED_PRECONDITION, "VERSION_UNSUPPORTED", NULL,
			"this server speaks version %u of steward; the client offers %u to %u",
			PROTOCOL_VERSION, h->min_version, h->max_version);
	return dispatch_welcome(app, &app->hello_mem, ret, err);
}

/* Which methods this kind of connection may call at all. */
static enum st_code dispatch_access(const struct op *op, struct st_err *err)
{
	const struct conn_info *info = conn_info(op->conn);
	bool enrolment = op->method->access == STEWARD__ACCESS__ENROLMENT;

	if (enrolment != (info->device[0] == '\0'))
		return st_fail(err, ST_PERMISSION_DENIED, "WRONG_PORT", NULL,
			       enrolment ? "%s is answered on the enrolment port only"
					 : "%s needs an enrolled device",
			       op->method->name);
	if (info->renew_only && strcmp(op->method->name, "device.Renew") != 0)
		return st_fail(err, ST_UNAUTHENTICATED, "CERTIFICATE_EXPIRED", NULL,
			       "this device's certificate has expired; it must be renewed first");
	if ((op->method->access == STEWARD__ACCESS__BY_ROLE ||
	     op->method->access == STEWARD__ACCESS__LOGGED_IN) &&
	    op->caller == NULL)
		return st_fail(err, ST_UNAUTHENTICATED, "LOGIN_REQUIRED", NULL,
			       "log in first: steward login");
	return ST_OK;
}

static const char *dispatch_uuid(struct op *op, const ProtobufCBinaryData *bytes)
{
	struct uuid u;
	char text[UUID_TEXT];

	memcpy(u.b, bytes->data, sizeof(u.b));
	return arena_strdup(&op->mem, uuid_format(&u, text));
}

/* Unix microseconds as RFC 3339, which PostgreSQL reads. */
static const char *dispatch_time(struct op *op, int64_t us)
{
	int64_t part = us % 1000000;
	time_t seconds = us / 1000000;
	struct tm tm;
	char day[40];

	if (part < 0) {
		part += 1000000;
		seconds--;
	}
	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return NULL;
	return arena_printf(&op->mem, "%s.%06lldZ", day, (long long)part);
}

static enum st_code dispatch_key(struct op *op, struct st_err *err)
{
	const Steward__Request *rq = op->envelope;

	if (rq->has_key && rq->key.len == sizeof(struct uuid))
		op->ctx.v[CTX_key] = dispatch_uuid(op, &rq->key);
	else if (rq->has_key || op->method->rpc_class == STEWARD__CLASS__WRITE)
		return st_fail(err, ST_INVALID_ARGUMENT, "REQUIRED", "key",
			       "a change needs an idempotency key of 16 bytes (UUIDv7)");
	return ST_OK;
}

/* Only a change can be tried without being made: what the hooks alone do is done, and a read that
 * was tried has been made. */
static enum st_code dispatch_dry_run(const struct op *op, struct st_err *err)
{
	if (!op->envelope->dry_run ||
	    (op->method->rpc_class == STEWARD__CLASS__WRITE && op->plan->n_steps > 0))
		return ST_OK;
	return st_fail(err, ST_INVALID_ARGUMENT, "NOT_A_CHANGE", "dry_run",
		       "only a change can be tried without being made; %s is none",
		       op->method->name);
}

/* SEVERE: a reason, the number typed again, and proof of identity not older than five minutes. */
static enum st_code dispatch_danger(struct op *op, struct st_err *err)
{
	const Steward__Request *rq = op->envelope;
	const char *subject;

	if (op->method->danger != STEWARD__DANGER__SEVERE)
		return ST_OK;
	if (rq->reason == NULL || rq->reason[0] == '\0')
		return st_fail(err, ST_INVALID_ARGUMENT, "REQUIRED", "reason",
			       "this needs a reason (--reason TEXT)");
	subject = op_subject(op);
	if (subject != NULL && (rq->confirm == NULL || strcmp(rq->confirm, subject) != 0))
		return st_fail(err, ST_INVALID_ARGUMENT, "NOT_CONFIRMED", "confirm",
			       "type the name again to confirm (--confirm %s)", subject);
	return access_step_up_check(op->app->services.access, op->caller, err);
}

static enum st_code dispatch_decode(struct op *op, struct slice message, struct st_err *err)
{
	static uint8_t nothing[1];
	ProtobufCMessage *msg;
	uint32_t timeout;

	ST_TRY(wire_unpack(&rules_steward__request, message, &op->mem, &msg, err));
	op->envelope = (Steward__Request *)msg;
	op->body = op->envelope->has_body
			   ? slice_of(op->envelope->body.data, op->envelope->body.len)
			   : slice_of(nothing, 0);
	if (op->envelope->method == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "REQUIRED", "method",
			       "no method was named");
	op->method = rpc_find(op->envelope->method);
	if (op->method == NULL)
		return st_fail(err, ST_UNIMPLEMENTED, "UNKNOWN_METHOD", "method",
			       "this server does not know the call %s", op->envelope->method);
	op->plan = &rpc_plans[op->method->index];
	timeout = op->envelope->timeout_ms;
	if (timeout == 0)
		timeout = op->method->timeout_ms != 0 ? op->method->timeout_ms
						      : op->app->op_timeout_ms;
	op->deadline_ms = op->started_ms + (timeout < DEADLINE_MAX_MS ? timeout : DEADLINE_MAX_MS);
	return ST_OK;
}

static enum st_code dispatch_no_memory(struct st_err *err)
{
	return st_fail(err, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
		       "the request is too large to be worked on");
}

static enum st_code dispatch_body(struct op *op, struct st_err *err)
{
	if (op->body.len > (op->method->max_bytes != 0 ? op->method->max_bytes : 1u << 20))
		return st_fail(err, ST_INVALID_ARGUMENT, "TOO_LARGE", NULL,
			       "the request is too large for %s", op->method->name);
	ST_TRY(wire_unpack(op->method->in, op->body, &op->mem, &op->in, err));
	ST_TRY(message_validate(op->method->in, op->in, &op->mem, &op->violations, err));
	op->out = message_new(op->method->out->desc, &op->mem);
	return op->out != NULL ? ST_OK : dispatch_no_memory(err);
}

/* May this caller do this, and where: fixes the scope. */
static enum st_code dispatch_authorise(struct op *op, struct st_err *err)
{
	struct access_scope scope = { .csv = "", .array = "{}" };
	const char *property = op->envelope->property;

	if (op->caller != NULL) {
		ST_TRY(access_scope(op->app->services.access, op->caller, op->method, property,
				    &op->mem, &scope, err));
		op->ctx.v[CTX_user] = caller_user(op->caller);
		op->ctx.v[CTX_session] = caller_session(op->caller);
	}
	op->scope_csv = scope.csv;
	op->ctx.v[CTX_scope] = scope.array;
	op->ctx.v[CTX_property] = scope.property;
	if (conn_info(op->conn)->device[0] != '\0')
		op->ctx.v[CTX_device] = arena_strdup(&op->mem, conn_info(op->conn)->device);
	op->source = turns_source(conn_info(op->conn)->device);
	op->ctx.v[CTX_method] = op->method->name;
	op->ctx.v[CTX_reason] = op->envelope->reason;
	return ST_OK;
}

/* Books so much memory for the request in all. */
static bool dispatch_book(struct op *op, size_t want)
{
	if (want <= op->reserved)
		return true;
	if (op->app->reserved + (want - op->reserved) > op->app->max_memory)
		return false;
	op->app->reserved += want - op->reserved;
	op->reserved = want;
	return true;
}

/* Before anything of a request is copied. */
static bool dispatch_reserve(struct op *op, size_t len)
{
	size_t want = MEMORY_ONE_MIN + MEMORY_FACTOR * len; /* a message has 4 MiB at most */

	return dispatch_book(op, want < MEMORY_ONE_MAX ? want : MEMORY_ONE_MAX);
}

/* What it took in the end: parts that are empty on the line are whole structs in memory, up to 150
 * times as large. */
static enum st_code dispatch_reserve_taken(struct op *op, struct st_err *err)
{
	if (dispatch_book(op, op->mem.used))
		return ST_OK;
	return st_fail(err, ST_RESOURCE_EXHAUSTED, "BUSY", NULL, "the server has too much to do");
}

static enum st_code dispatch_load(struct op *op, size_t len, struct st_err *err)
{
	if (op->peer->n_ops > op->app->max_ops_peer) {
		conn_offend(op->conn);
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "TOO_MANY_CALLS", NULL,
			       "this connection has too many calls running");
	}
	if (op->app->n_ops - op->app->n_streams > op->app->max_ops || !dispatch_reserve(op, len))
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "BUSY", NULL,
			       "the server has too much to do");
	return ST_OK;
}

static enum st_code dispatch_read(struct op *op, struct slice message, struct st_err *err)
{
	ST_TRY(dispatch_load(op, message.len, err));
	message = arena_slice(&op->mem, message); /* it is read now and the op lives on */
	if (message.data == NULL)
		return dispatch_no_memory(err);
	ST_TRY(dispatch_decode(op, message, err));
	ST_TRY(dispatch_access(op, err));
	ST_TRY(dispatch_key(op, err));
	ST_TRY(dispatch_dry_run(op, err));
	ST_TRY(dispatch_authorise(op, err)); /* who may not do it learns nothing of its fields */
	ST_TRY(dispatch_body(op, err));
	op->ctx.v[CTX_dry_run] = op->envelope->dry_run ? "t" : "f";
	if (op->envelope->has_occurred_at_us)
		op->ctx.v[CTX_occurred_at] = dispatch_time(op, op->envelope->occurred_at_us);
	ST_TRY(dispatch_danger(op, err));
	return op->mem.refused ? dispatch_no_memory(err) : dispatch_reserve_taken(op, err);
}

/* Until it is read and judged a request has less memory than with its rows and reply. */
static void dispatch_prepare(struct op *op, struct slice message)
{
	size_t limit = op->mem.limit;

	op->mem.limit = MEMORY_ONE_MAX;
	(void)dispatch_read(op, message, &op->err);
	op->mem.limit = limit;
}

static void dispatch_request(void *arg, struct conn *c, uint32_t stream, struct slice message)
{
	struct app *app = arg;
	struct peer *p = peer_of(c);
	struct op *op = op_new(app, p, stream);
	static const uint8_t busy[] = { 0x08, ST_RESOURCE_EXHAUSTED }; /* Response { code } */

	if (op == NULL) {
		conn_respond(c, stream, slice_of(busy, sizeof(busy)), true);
		return;
	}
	if (p->caller != NULL)
		op->caller = caller_ref(p->caller);
	dispatch_prepare(op, message);
	op_begin(op);
}

static void dispatch_cancel(void *arg, struct conn *c, uint32_t stream)
{
	list_each(node, &peer_of(c)->ops)
	{
		struct op *op = container_of(node, struct op, peer_link);

		if (op->stream == stream && op->state == OP_STREAMING) {
			op->plan->hooks->stream_cancel(op);
			return;
		}
	}
}

static void dispatch_credit(void *arg, struct conn *c, uint32_t stream)
{
	list_each(node, &peer_of(c)->ops)
	{
		struct op *op = container_of(node, struct op, peer_link);

		if ((stream == 0 || op->stream == stream) && op->state == OP_STREAMING)
			op->plan->hooks->stream_credit(op);
	}
}

static void dispatch_closed(void *arg, struct conn *c)
{
	struct peer *p = peer_of(c);

	if (p == NULL)
		return;
	list_each(node, &p->ops)
	{
		struct op *op = container_of(node, struct op, peer_link);

		list_remove(&op->peer_link);
		op->peer = NULL;
		op->conn = NULL;
		if (op->state == OP_STREAMING)
			op->plan->hooks->stream_cancel(op);
	}
	if (p->caller != NULL)
		caller_unref(p->caller);
	list_remove(&p->link);
	list_remove(&p->crowd_link);
	free(p);
}

void dispatch_service(struct app *app, struct conn_service *ret)
{
	*ret = (struct conn_service){
		.arg = app,
		.opened = dispatch_opened,
		.hello = dispatch_hello,
		.request = dispatch_request,
		.cancel = dispatch_cancel,
		.credit = dispatch_credit,
		.closed = dispatch_closed,
	};
}
