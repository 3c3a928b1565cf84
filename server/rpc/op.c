#include "server/rpc/op.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "server/rpc/access.h"
#include "server/rpc/answer.h"
#include "server/rpc/app.h"
#include "server/rpc/group.h"
#include "server/rpc/peer.h"
#include "server/rpc/run.h"

#define OP_ARENA_MAX (24u << 20) /* request, unpacked message, rows and reply of one call */

struct op *op_new(struct app *app, struct peer *peer, uint32_t stream)
{
	struct op *op = calloc(1, sizeof(*op));

	if (op == NULL)
		return NULL;
	arena_init(&op->mem, OP_ARENA_MAX);
	op->app = app;
	op->peer = peer;
	op->conn = peer->conn;
	op->stream = stream;
	op->started_ms = clock_mono_ms(app->services.clock);
	list_push(&peer->ops, &op->peer_link);
	peer->n_ops++;
	app->n_ops++;
	return op;
}

void op_fail(struct op *op, enum st_code code, const char *reason, const char *field,
	     const char *fmt, ...)
{
	struct st_err err = { 0 };
	char message[sizeof(err.message)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	(void)st_fail(&err, code, reason, field, "%s", message);
	st_keep_first(&op->err, &err);
}

void op_set(struct op *op, enum ctx_var var, const char *text)
{
	op->ctx.v[var] = text;
}

const char *op_subject(struct op *op)
{
	const struct message_rules *rules = op->method->in;

	for (unsigned i = 0; i < rules->desc->n_fields; i++) {
		const struct field_rule *rule = &rules->fields[i];
		bool names = rule->format == STEWARD__FORMAT__REF ||
			     rule->format == STEWARD__FORMAT__NAME ||
			     rule->format == STEWARD__FORMAT__CODE ||
			     rule->format == STEWARD__FORMAT__UUID;

		if (rule->arg == 1 && names && field_count(op->in, &rules->desc->fields[i]) == 1)
			return field_text(op->in, &rules->desc->fields[i], 0, &op->mem);
	}
	return NULL;
}

static void op_after_before(struct op *op)
{
	if (op->err.code != ST_OK)
		op_finish(op);
	else
		run_start(op);
}

/* It may rest for days: neither a place among the calls nor memory is kept for it. */
static void op_begin_stream(struct op *op)
{
	op->state = OP_STREAMING;
	op->app->n_streams++;
	op->app->reserved -= op->reserved;
	op->reserved = 0;
}

void op_begin(struct op *op)
{
	const struct op_hooks *hooks;

	if (op->err.code != ST_OK) { /* then there may be no plan */
		op_finish(op);
		return;
	}
	hooks = op->plan->hooks;
	if (op->method->rpc_class == STEWARD__CLASS__STREAM) {
		op_begin_stream(op);
		hooks->stream_start(op);
		return;
	}
	op->state = OP_PREPARING;
	if (hooks != NULL && hooks->before != NULL && hooks->before(op) == OP_WAIT)
		return;
	op_after_before(op);
}

void op_resume(struct op *op)
{
	must(op->state == OP_PREPARING);
	op_after_before(op);
}

static void op_on_side_unit(struct db_unit *u)
{
	struct op *op = u->owner;
	void (*then)(struct op *) = op->resume_fn;

	op->waiting = false;
	op->resume_fn = NULL;
	st_keep_first(&op->err, &u->err);
	then(op);
}

struct db_unit *op_side_unit(struct op *op, void (*then)(struct op *op))
{
	struct db_unit *u = arena_new(&op->mem, struct db_unit);

	if (u == NULL)
		return NULL;
	db_unit_init(u, &op->mem, op_on_side_unit, op);
	u->source = op->source;
	u->deadline_ms = op->deadline_ms;
	op->resume_fn = then;
	return u;
}

/* Refusals come back from the loop too, so that a hook meets one order of events only. */
static void op_on_refused(void *arg)
{
	struct op *op = arg;
	void (*then)(struct op *) = op->resume_fn;

	op->waiting = false;
	op->resume_fn = NULL;
	then(op);
}

void op_fail_submit(struct op *op, enum st_code code)
{
	if (code == ST_UNAVAILABLE)
		op_fail(op, code, "NO_DATABASE", NULL,
			"the database is away; try again in a moment");
	else
		op_fail(op, ST_RESOURCE_EXHAUSTED, "BUSY", NULL,
			"the server has too much to do; try again in a moment");
}

void op_side_submit(struct op *op, enum pool_kind kind, struct db_unit *u)
{
	enum st_code code;

	must(!op->waiting && op->resume_fn != NULL);
	op->waiting = true;
	code = pool_submit(op->app->services.pool, kind, u);
	if (code == ST_OK)
		return;
	op_fail_submit(op, code);
	hasher_later(op->app->services.hasher, op_on_refused, op);
}

struct op_job {
	struct op *op;
	void (*work)(void *arg);
	void *arg;
	void (*then)(struct op *op);
};

static void op_job_run(void *arg)
{
	struct op_job *job = arg;

	job->work(job->arg);
}

static void op_job_done(void *arg)
{
	struct op_job *job = arg;

	job->op->waiting = false;
	job->then(job->op);
}

void op_work(struct op *op, void (*work)(void *arg), void *arg, void (*then)(struct op *op))
{
	struct op_job *job = arena_new(&op->mem, struct op_job);
	struct hasher *h = op->app->services.hasher;

	must(!op->waiting);
	op->waiting = true;
	if (job != NULL)
		*job = (struct op_job){ op, work, arg, then };
	if (job != NULL && hasher_submit(h, op_job_run, op_job_done, job) == ST_OK)
		return;
	op_fail(op, ST_RESOURCE_EXHAUSTED, "BUSY", NULL,
		"the server has too much to do; try again in a moment");
	op->resume_fn = then;
	hasher_later(h, op_on_refused, op);
}

bool op_stream_send(struct op *op, const ProtobufCMessage *msg)
{
	struct arena mem;
	struct slice packed;
	bool sent;

	if (op->conn == NULL)
		return true; /* nobody listens; stream_cancel() is on its way */
	if (!conn_may_send(op->conn, op->stream))
		return false;
	arena_init(&mem, 1u << 20);
	sent = wire_pack(msg, &mem, &packed, &op->err) == ST_OK &&
	       conn_send(op->conn, op->stream, packed);
	arena_fini(&mem);
	return sent;
}

/* The id people quote when they ask what became of a call; "-" when the client gave none. */
static const char *op_trace(const struct op *op, char out[UUID_TEXT])
{
	struct uuid u;

	if (op->envelope == NULL || !op->envelope->has_trace_id ||
	    op->envelope->trace_id.len != sizeof(u.b))
		return "-";
	memcpy(u.b, op->envelope->trace_id.data, sizeof(u.b));
	return uuid_format(&u, out);
}

static void op_log(const struct op *op)
{
	char trace[UUID_TEXT];
	uint64_t ms = clock_mono_ms(op->app->services.clock) - op->started_ms;
	enum log_level level = op->err.code == ST_INTERNAL ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO;

	if (!log_wants(level))
		return;
	log_write(level, "op rpc=%s conn=%llu user=%s trace=%s code=%s ms=%llu%s%s%s%s%s",
		  op->method != NULL ? op->method->name : "-",
		  op->conn != NULL ? (unsigned long long)conn_info(op->conn)->number : 0ULL,
		  op->ctx.v[CTX_user] != NULL ? op->ctx.v[CTX_user] : "-", op_trace(op, trace),
		  st_code_name(op->err.code), (unsigned long long)ms,
		  op->replayed ? " replayed=1" : "", op->err.code != ST_OK ? " reason=" : "",
		  op->err.code != ST_OK ? op->err.reason : "",
		  op->err.code == ST_INTERNAL ? " message=" : "",
		  op->err.code == ST_INTERNAL ? LOGQ(op->err.message) : "");
}

void op_stream_open(struct op *op)
{
	struct slice ok;

	if (op->conn == NULL || answer_pack(op, false, &ok, &op->err) != ST_OK)
		return;
	conn_respond(op->conn, op->stream, ok, false);
	op->stream_open = true;
}

/* What is said when not even the error fits into the op's memory: Response { code:
 * RESOURCE_EXHAUSTED }. */
static const uint8_t op_last_words[] = { 0x08, ST_RESOURCE_EXHAUSTED };

static void op_reply(struct op *op)
{
	struct st_err err = { 0 };
	struct slice status;

	if (op->conn == NULL)
		return;
	if (op->stream_open) {
		if (answer_status(op, &status, &err) != ST_OK)
			status = slice_of(op_last_words, sizeof(op_last_words));
		conn_end(op->conn, op->stream, status);
		return;
	}
	if (op->reply.data == NULL && answer_pack(op, false, &op->reply, &err) != ST_OK)
		op->reply = slice_of(op_last_words, sizeof(op_last_words));
	conn_respond(op->conn, op->stream, op->reply, true);
}

void op_finish(struct op *op)
{
	struct app *app = op->app;
	bool streaming = op->state == OP_STREAMING;

	must(!op->waiting);
	op->state = OP_DONE;
	op_log(op);
	op_reply(op);
	if (op->peer != NULL) {
		list_remove(&op->peer_link);
		op->peer->n_ops--;
	}
	app->n_ops--;
	app->n_streams -= streaming;
	app->reserved -= op->reserved;
	app->served++;
	app->failed += op->err.code != ST_OK;
	group_leave(op);
	if (op->caller != NULL)
		caller_unref(op->caller);
	arena_fini(&op->mem);
	free(op);
}
