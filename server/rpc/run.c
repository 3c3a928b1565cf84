#include "server/rpc/run.h"

#include <stdlib.h>

#include <sodium.h>

#include "common/pki.h"
#include "server/db/sql_stmts.h"
#include "server/rpc/access.h"
#include "server/rpc/answer.h"
#include "server/rpc/app.h"
#include "server/rpc/feed.h"
#include "server/rpc/group.h"
#include "server/rpc/peer.h"
#include "server/rpc/secret.h"

#define RUN_TIMEOUT_STEP_MS 50u
#define RUN_TRIES 3 /* of a unit that lost a deadlock or a serialisation conflict */

static bool run_writes(const struct op *op)
{
	return op->method->rpc_class == STEWARD__CLASS__WRITE;
}

/* Changes nothing, not even the audit. */
static bool run_reads_only(const struct op *op)
{
	return !run_writes(op) && !op->method->personal;
}

enum st_code run_no_memory(struct op *op)
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

const char *run_fingerprint_hex(const struct op *op, struct arena *mem)
{
	uint8_t print[32];
	char text[2 * sizeof(print) + 1];

	run_fingerprint(op, print);
	(void)sodium_bin2hex(text, sizeof(text), print, sizeof(print));
	return arena_printf(mem, "\\x%s", text);
}

static void run_bind_key(struct op *op, struct db_call *call)
{
	db_bind(call, "device", op->ctx.v[CTX_device]);
	db_bind(call, "key", op->ctx.v[CTX_key]);
}

/* So that neighbours ask for the same and one of them sets it for all (unit.h, 'share'). */
static uint64_t run_rounded(uint64_t ms)
{
	return (ms + RUN_TIMEOUT_STEP_MS - 1) / RUN_TIMEOUT_STEP_MS * RUN_TIMEOUT_STEP_MS;
}

static enum st_code run_add_scope(struct op *op, struct db_unit *u)
{
	bool read_only = run_reads_only(op);
	struct db_call *call = db_add(u, read_only ? &sql_core_scope_read : &sql_core_scope);
	uint64_t now = clock_mono_ms(op->app->services.clock);
	char *timeout;

	if (op->deadline_ms <= now) {
		op_fail(op, ST_DEADLINE_EXCEEDED, NULL, NULL,
			"there was no time left to start; try again");
		return op->err.code;
	}
	timeout = arena_printf(&op->mem, "%llu",
			       (unsigned long long)run_rounded(op->deadline_ms - now));
	if (call == NULL || timeout == NULL)
		return run_no_memory(op);
	db_bind(call, "scope", op->scope_csv);
	db_bind(call, "timeout_ms", timeout);
	if (!read_only)
		db_bind(call, "user", op->ctx.v[CTX_user]);
	return ST_OK;
}

enum st_code run_add(struct op *op, struct db_unit *u)
{
	op->step_calls = arena_array(&op->mem, struct db_call *, op->plan->n_steps);
	op->out = message_new(op->method->out->desc, &op->mem);
	op->n_fed = 0;
	if (op->step_calls == NULL || op->out == NULL)
		return run_no_memory(op);
	ST_TRY(run_add_scope(op, u));
	for (unsigned i = 0; i < op->plan->n_steps; i++)
		ST_TRY(bind_step(u, &op->plan->steps[i], op->in, &op->ctx, &op->step_calls[i],
				 &op->err));
	return op->mem.refused ? run_no_memory(op) : ST_OK;
}

/* Whoever draws a document refuses one that is beyond its limits: better that nothing was printed
 * than that an original is gone. */
static void run_check_print(struct op *op)
{
	struct st_err err = { 0 };

	if (message_validate(op->method->out, op->out, &op->mem, NULL, &err) != ST_OK)
		op_fail(op, ST_INTERNAL, "DOCUMENT", NULL, "the document cannot be printed: %s: %s",
			err.field, err.message);
}

enum st_code run_take_rows(struct op *op)
{
	for (unsigned i = 0; i < op->plan->n_steps; i++) {
		enum st_code code = bind_rows(&op->plan->steps[i], op->step_calls[i], op->out,
					      &op->mem, &op->err);

		if (code != ST_OK)
			return code;
	}
	if (op->plan->hooks != NULL && op->plan->hooks->after != NULL)
		op->plan->hooks->after(op);
	if (op->err.code == ST_OK && op->method->print)
		run_check_print(op);
	return op->err.code;
}

static void run_tell_stored(struct op *op, struct slice stored)
{
	struct st_err err = { 0 };

	op->replayed = answer_replay(op, stored, &op->reply, &err) == ST_OK;
	if (op->replayed)
		return;
	if (err.code == ST_INVALID_ARGUMENT) /* not the request's */
		(void)st_fail(&err, ST_DATA_LOSS, "STORED_ANSWER", NULL,
			      "the answer that is stored under this key cannot be read");
	op->err = err;
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
		run_tell_stored(op, stored);
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
		return run_writes(op) && !op->envelope->dry_run;
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
	if (op->plan->hooks != NULL && op->plan->hooks->committed != NULL && !op->envelope->dry_run)
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

/* Lost a deadlock or a serialisation conflict. */
static bool run_is_victim(const struct op *op, const struct db_unit *u)
{
	return op->err.code == ST_ABORTED &&
	       (strcmp(u->sqlstate, "40001") == 0 || strcmp(u->sqlstate, "40P01") == 0);
}

void run_judge(struct op *op, const struct db_unit *u)
{
	st_keep_first(&op->err, &u->err);
	if (op->err.code == ST_OK && !run_writes(op))
		(void)run_take_rows(op);
	if (op->err.code == ST_OK) {
		run_end(op);
	} else if (u->failed != NULL && u->failed->stmt == &sql_core_claim &&
		   strcmp(u->sqlstate, "23505") == 0) {
		run_replay(op);
	} else if (run_is_victim(op, u) && ++op->tries < RUN_TRIES) {
		op->err = (struct st_err){ 0 };
		run_unit(op);
	} else if (run_refusal_is_final(op)) {
		run_refuse(op);
	} else {
		op_finish(op);
	}
}

static void run_on_read(struct db_unit *u)
{
	struct op *op = u->owner;

	op->waiting = false;
	run_judge(op, u);
}

/* Changes nothing: it needs no group, neighbours share its Sync (unit.h). */
static void run_read(struct op *op)
{
	enum st_code code;

	db_unit_init(&op->unit, &op->mem, run_on_read, op);
	op->unit.source = op->source;
	op->unit.deadline_ms = op->deadline_ms;
	op->unit.read_only = true;
	op->unit.share = !op->method->slow;
	code = run_add(op, &op->unit);
	if (code == ST_OK) {
		op->waiting = true;
		code = pool_submit(op->app->services.pool, op->method->slow ? POOL_SLOW : POOL_READ,
				   &op->unit);
		if (code == ST_OK)
			return;
		op->waiting = false;
		op_fail_submit(op, code);
	}
	op_finish(op);
}

static void run_unit(struct op *op)
{
	if (run_reads_only(op)) {
		run_read(op);
		return;
	}
	group_leave(op);
	group_submit(op);
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
