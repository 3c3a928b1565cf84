#include "server/rpc/run.h"

#include <stdlib.h>

#include "common/pki.h"
#include "server/db/sql_stmts.h"
#include "server/rpc/access.h"
#include "server/rpc/answer.h"
#include "server/rpc/app.h"
#include "server/rpc/feed.h"
#include "server/rpc/peer.h"
#include "server/rpc/secret.h"

#define RUN_TRIES 3 /* of a unit that lost a deadlock or a serialisation conflict */
/* What a told answer may have more than the stored one: secrets, trace id, "replayed". */
#define RUN_ANSWER_SPARE 8192u

static bool run_writes(const struct op *op)
{
	return op->method->rpc_class == STEWARD__CLASS__WRITE;
}

/* Changes nothing, not even the audit. */
static bool run_reads_only(const struct op *op)
{
	return !run_writes(op) && !op->method->personal;
}

/* Writes, and reads that leave an audit row, go to the primary's writers. */
static enum pool_kind run_pool(const struct op *op)
{
	if (op->method->slow)
		return POOL_SLOW;
	return run_reads_only(op) ? POOL_READ : POOL_WRITE;
}

static enum st_code run_no_memory(struct op *op)
{
	op_fail(op, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
		"the request is too large to be worked on");
	return op->err.code;
}

/* What is the same request: method, property and body. Keyed, because a body may hold a password.
 */
static void run_fingerprint(const struct op *op, uint8_t out[32])
{
	const char *property = op->envelope->property != NULL ? op->envelope->property : "";
	uint8_t hash[96];

	sha256(op->method->name, strlen(op->method->name), hash);
	sha256(property, strlen(property), hash + 32);
	sha256(op->body.data, op->body.len, hash + 64);
	secret_fingerprint(op->app->services.box, slice_of(hash, sizeof(hash)), out);
}

static void run_bind_key(struct op *op, struct db_call *call)
{
	db_bind(call, "device", op->ctx.v[CTX_device]);
	db_bind(call, "key", op->ctx.v[CTX_key]);
}

static enum st_code run_add_scope(struct op *op)
{
	bool read_only = run_reads_only(op);
	struct db_call *call = db_add(&op->unit,
				      read_only ? &sql_core_scope_read : &sql_core_scope);
	uint64_t now = clock_mono_ms(op->app->services.clock);
	char *timeout;

	if (op->deadline_ms <= now) {
		op_fail(op, ST_DEADLINE_EXCEEDED, NULL, NULL,
			"there was no time left to start; try again");
		return op->err.code;
	}
	timeout = arena_printf(&op->mem, "%llu", (unsigned long long)(op->deadline_ms - now));
	if (call == NULL || timeout == NULL)
		return run_no_memory(op);
	db_bind(call, "scope", op->scope_csv);
	db_bind(call, "timeout_ms", timeout);
	if (!read_only)
		db_bind(call, "user", op->ctx.v[CTX_user]);
	return ST_OK;
}

static enum st_code run_add_claim(struct op *op)
{
	struct db_call *call = db_add(&op->unit, &sql_core_claim);
	uint8_t *fingerprint = arena_alloc(&op->mem, 32);

	if (call == NULL || fingerprint == NULL)
		return run_no_memory(op);
	run_fingerprint(op, fingerprint);
	run_bind_key(op, call);
	db_bind(call, "method", op->method->name);
	db_bind_bytes(call, "fingerprint", fingerprint, 32);
	op->claim = call;
	return ST_OK;
}

/* The audit row's columns that are the same for all. */
static enum st_code run_bind_audit(struct op *op, struct db_unit *u, struct db_call *call,
				   const char *property)
{
	char id[UUID_TEXT];
	struct uuid audit_id = uuid_v7(clock_wall_us(op->app->services.clock) / 1000);
	char *text = arena_strdup(&op->mem, uuid_format(&audit_id, id));

	if (text == NULL)
		return run_no_memory(op);
	db_bind(call, "audit_id", text);
	db_bind(call, "property", property != NULL ? property : op->ctx.v[CTX_property]);
	db_bind(call, "user", op->ctx.v[CTX_user]);
	db_bind(call, "device", op->ctx.v[CTX_device]);
	db_bind(call, "session", op->ctx.v[CTX_session]);
	db_bind(call, "method", op->method->name);
	db_bind(call, "number", op_subject(op));
	db_bind(call, "fields", answer_fields(op));
	db_bind(call, "reason", op->ctx.v[CTX_reason]);
	return ST_OK;
}

enum st_code run_add_read_audit(struct op *op, struct db_unit *u)
{
	struct db_call *call = db_add(u, &sql_core_audit);

	if (call == NULL)
		return run_no_memory(op);
	db_bind(call, "code", "0");
	return run_bind_audit(op, u, call, NULL);
}

static enum st_code run_add_steps(struct op *op)
{
	for (unsigned i = 0; i < op->plan->n_steps; i++) {
		enum st_code code = bind_step(&op->unit, &op->plan->steps[i], op->in, &op->ctx,
					      &op->step_calls[i], &op->err);

		if (code != ST_OK)
			return code;
	}
	return ST_OK;
}

/* Rows into the reply. */
static enum st_code run_take_rows(struct op *op)
{
	for (unsigned i = 0; i < op->plan->n_steps; i++) {
		enum st_code code = bind_rows(&op->plan->steps[i], op->step_calls[i], op->out,
					      &op->mem, &op->err);

		if (code != ST_OK)
			return code;
	}
	if (op->plan->hooks != NULL && op->plan->hooks->after != NULL)
		op->plan->hooks->after(op);
	return op->err.code;
}

/* Whom or what a change concerns: what the change feed is told of, else what the reply is about. */
static void run_bind_entity(struct op *op, struct db_call *call, const struct feed_rows *rows)
{
	const char *id = rows->n == 0 ? answer_id(op) : NULL;

	if (rows->n == 1) {
		db_bind(call, "entity", rows->entity[0]);
		db_bind(call, "entity_id", rows->id[0]);
		if (rows->number[0] != NULL)
			db_bind(call, "number", rows->number[0]);
	} else if (id != NULL) {
		db_bind(call, "entity", op->method->cap);
		db_bind(call, "entity_id", id);
	}
}

static enum st_code run_add_finish(struct op *op)
{
	struct db_call *call = db_add(&op->unit, &sql_core_finish);
	struct feed_rows rows;
	struct slice stored;

	if (call == NULL)
		return run_no_memory(op);
	ST_TRY(answer_feed(op, &rows, &op->err));
	ST_TRY(answer_pack(op, true, &stored, &op->err));
	if (stored.len > SESSION_MESSAGE_MAX - RUN_ANSWER_SPARE) {
		op_fail(op, ST_RESOURCE_EXHAUSTED, "ANSWER_TOO_LARGE", NULL,
			"the answer is larger than a message may be: ask for less at a time");
		return op->err.code;
	}
	ST_TRY(run_bind_audit(op, &op->unit, call, rows.n > 0 ? rows.property[0] : NULL));
	run_bind_entity(op, call, &rows);
	db_bind(call, "feed_property", bind_array(&op->mem, rows.property, rows.n));
	db_bind(call, "feed_entity", bind_array(&op->mem, rows.entity, rows.n));
	db_bind(call, "feed_id", bind_array(&op->mem, rows.id, rows.n));
	db_bind(call, "feed_version", bind_array(&op->mem, rows.version, rows.n));
	db_bind(call, "feed_dead", bind_array(&op->mem, rows.dead, rows.n));
	db_bind(call, "feed_number", bind_array(&op->mem, rows.number, rows.n));
	db_bind_bytes(call, "response", stored.data, stored.len);
	run_bind_key(op, call);
	op->fed = rows.property;
	op->n_fed = rows.n;
	return op->mem.refused ? run_no_memory(op) : ST_OK;
}

/* A write's rows are back and its transaction is open: make the answer and store it there. */
static void run_on_rows(struct db_unit *u)
{
	struct op *op = u->owner;

	/* The database keeps each statement's time only; all together are counted here. */
	if (clock_mono_ms(op->app->services.clock) >= op->deadline_ms)
		op_fail(op, ST_DEADLINE_EXCEEDED, NULL, NULL,
			"it took too long; nothing was changed");
	else if (run_take_rows(op) == ST_OK && !u->rollback)
		(void)run_add_finish(op);
	st_keep_first(&u->err, &op->err);
}

/* What is stored under the key: is it the answer to this request? */
static void run_take_stored(struct op *op, const struct db_call *call)
{
	struct slice known = db_bytes(call, 0, "fingerprint", &op->mem);
	struct slice stored = db_bytes(call, 0, "response", &op->mem);
	uint8_t fingerprint[32];

	run_fingerprint(op, fingerprint);
	if (op->mem.refused) {
		(void)run_no_memory(op);
	} else if (known.len != 32 || memcmp(known.data, fingerprint, 32) != 0) {
		op_fail(op, ST_INVALID_ARGUMENT, ST_REASON_KEY_REUSED, "key",
			"this key was used for another request; make a new one");
	} else if (stored.data == NULL) {
		op_fail(op, ST_INTERNAL, "NO_ANSWER", NULL,
			"the key is claimed but holds no answer");
	} else {
		op->replayed = answer_replay(op, stored, &op->reply, &op->err) == ST_OK;
	}
}

static void run_on_replay(struct db_unit *u)
{
	struct op *op = u->owner;

	op->waiting = false;
	op->err = u->err;
	if (op->err.code == ST_OK && db_rows(u->first) == 1)
		run_take_stored(op, u->first);
	else if (op->err.code == ST_OK)
		/* The call that held the key was rolled back between our claim and this look. */
		op_fail(op, ST_ABORTED, "KEY_RACE", NULL,
			"the same call ran at the same time; try again");
	op_finish(op);
}

static void run_side(struct op *op, struct db_unit *u, enum op_state state)
{
	enum st_code code;

	op->state = state;
	op->waiting = true;
	code = pool_submit(op->app->services.pool, POOL_WRITE, u);
	if (code == ST_OK)
		return;
	op->waiting = false;
	op_fail_submit(op, code);
	op_finish(op);
}

/* The key was used before: fetch what was answered then. */
static void run_replay(struct op *op)
{
	struct db_unit *u = arena_new(&op->mem, struct db_unit);
	struct db_call *call = NULL;

	op->err = (struct st_err){ 0 };
	if (u != NULL) {
		db_unit_init(u, &op->mem, run_on_replay, op);
		u->deadline_ms = op->deadline_ms;
		call = db_add(u, &sql_core_replay);
	}
	if (call == NULL) {
		(void)run_no_memory(op);
		op_finish(op);
		return;
	}
	run_bind_key(op, call);
	run_side(op, u, OP_REPLAYING);
}

/* Whatever stands under the key is the answer for good: ours, or that of the same call which ran at
 * the same time and was judged otherwise. Where it could not be stored the refusal stands all the
 * same, and a retry is judged anew. */
static void run_on_refused(struct db_unit *u)
{
	struct op *op = u->owner;

	op->waiting = false;
	if (u->err.code == ST_OK && db_rows(u->first) == 0)
		run_replay(op);
	else
		op_finish(op);
}

static bool run_refusal_is_final(const struct op *op)
{
	switch (op->err.code) {
	case ST_INVALID_ARGUMENT:
	case ST_NOT_FOUND:
	case ST_ALREADY_EXISTS:
	case ST_PERMISSION_DENIED:
	case ST_FAILED_PRECONDITION:
		return run_writes(op) && !op->unit.rollback;
	default:
		return false;
	}
}

/* A refusal that is final is stored under the key: a retry that arrives late gets the same answer.
 */
static void run_refuse(struct op *op)
{
	struct db_unit *u = arena_new(&op->mem, struct db_unit);
	struct db_call *call = NULL;
	uint8_t *fingerprint = arena_alloc(&op->mem, 32);
	struct st_err err = { 0 };
	struct slice stored;
	char *code;

	if (u != NULL) {
		db_unit_init(u, &op->mem, run_on_refused, op);
		u->deadline_ms = op->deadline_ms;
		call = db_add(u, &sql_core_refused);
	}
	code = arena_printf(&op->mem, "%d", op->err.code);
	if (call == NULL || fingerprint == NULL || code == NULL ||
	    answer_pack(op, true, &stored, &err) != ST_OK) {
		op_finish(op);
		return;
	}
	run_fingerprint(op, fingerprint);
	run_bind_key(op, call);
	db_bind(call, "method", op->method->name);
	db_bind_bytes(call, "fingerprint", fingerprint, 32);
	db_bind(call, "code", code);
	db_bind_bytes(call, "response", stored.data, stored.len);
	op->state = OP_REFUSING;
	op->waiting = true;
	if (pool_submit(op->app->services.pool, POOL_WRITE, u) == ST_OK)
		return;
	op->waiting = false;
	op_finish(op);
}

static void run_committed(struct op *op)
{
	if (op->plan->hooks != NULL && op->plan->hooks->committed != NULL && !op->unit.rollback)
		op->plan->hooks->committed(op);
	for (size_t i = 0; i < op->n_fed; i++)
		feed_poke(op->app->feed, strtoll(op->fed[i], NULL, 10));
}

static void run_on_in_force(void *arg)
{
	struct op *op = arg;

	op->waiting = false;
	op_finish(op);
}

/* A change of rights is answered when it is in force here, so that the next call meets it. */
static void run_end(struct op *op)
{
	struct access_waiter *waiter;

	run_committed(op);
	waiter = op->method->access_change ? arena_new(&op->mem, struct access_waiter) : NULL;
	if (waiter == NULL) {
		op_finish(op);
		return;
	}
	op->waiting = true;
	access_sync(op->app->services.access, waiter, run_on_in_force, op);
}

static void run_unit(struct op *op);

static void run_on_done(struct db_unit *u)
{
	struct op *op = u->owner;

	op->waiting = false;
	st_keep_first(&op->err, &u->err);
	if (op->err.code == ST_OK && !run_writes(op))
		(void)run_take_rows(op);
	if (op->err.code == ST_OK) {
		run_end(op);
		return;
	}
	if (u->failed != NULL && u->failed == op->claim && strcmp(u->sqlstate, "23505") == 0) {
		run_replay(op);
	} else if (op->err.code == ST_ABORTED && ++op->tries < RUN_TRIES &&
		   (strcmp(u->sqlstate, "40001") == 0 || strcmp(u->sqlstate, "40P01") == 0)) {
		op->err = (struct st_err){ 0 };
		run_unit(op);
	} else if (run_refusal_is_final(op)) {
		run_refuse(op);
	} else {
		op_finish(op);
	}
}

static enum st_code run_build(struct op *op)
{
	db_unit_init(&op->unit, &op->mem, run_on_done, op);
	op->unit.deadline_ms = op->deadline_ms;
	op->unit.rollback = op->envelope->dry_run;
	op->unit.read_only = !run_writes(op);
	op->unit.share = run_reads_only(op) && !op->method->slow;
	op->claim = NULL;
	op->n_fed = 0;
	op->step_calls = arena_array(&op->mem, struct db_call *, op->plan->n_steps);
	op->out = message_new(op->method->out->desc, &op->mem);
	if (op->step_calls == NULL || op->out == NULL)
		return run_no_memory(op);
	ST_TRY(run_add_scope(op));
	if (run_writes(op)) {
		op->unit.on_rows = run_on_rows;
		ST_TRY(run_add_claim(op));
	}
	ST_TRY(run_add_steps(op));
	if (op->method->personal && !run_writes(op))
		ST_TRY(run_add_read_audit(op, &op->unit));
	return op->mem.refused ? run_no_memory(op) : ST_OK;
}

static void run_unit(struct op *op)
{
	enum st_code code = run_build(op);

	if (code == ST_OK) {
		op->waiting = true;
		code = pool_submit(op->app->services.pool, run_pool(op), &op->unit);
		if (code == ST_OK)
			return;
		op->waiting = false;
		op_fail_submit(op, code);
	}
	op_finish(op);
}

void run_start(struct op *op)
{
	op->state = OP_RUNNING;
	if (op->plan->n_steps == 0) { /* its hooks did it all */
		run_end(op);
		return;
	}
	run_unit(op);
}
