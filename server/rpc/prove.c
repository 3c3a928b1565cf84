#include "server/rpc/prove.h"

#include <string.h>

#include "server/db/sql_stmts.h"
#include "server/rpc/access.h"
#include "server/rpc/app.h"

static struct prove *prove_of(struct op *op)
{
	return op->hook;
}

void prove_no_memory(struct op *op)
{
	op_fail(op, ST_RESOURCE_EXHAUSTED, NULL, NULL, "the server has no memory for this now");
}

const char *prove_new_id(struct op *op)
{
	struct uuid id = uuid_v7(clock_wall_us(op_services(op)->clock) / 1000);
	char text[UUID_TEXT];

	return arena_strdup(&op->mem, uuid_format(&id, text));
}

bool prove_audit(struct op *op, struct db_unit *u, const char *user, const char *session,
		 const char *number, const char *why, enum st_code code)
{
	struct db_call *call = db_add(u, &sql_core_audit);
	const char *id = prove_new_id(op);

	if (call == NULL || id == NULL)
		return false;
	db_bind(call, "audit_id", id);
	db_bind(call, "user", user);
	db_bind(call, "device", op->ctx.v[CTX_device]);
	db_bind(call, "session", session);
	db_bind(call, "method", op->method->name);
	db_bind(call, "number", number);
	db_bind(call, "reason", why);
	db_bind_int(u, call, "code", code);
	return true;
}

/* -- wrong -- */

static void prove_refuse(struct op *op)
{
	struct prove *p = prove_of(op);
	/* Without a login there is nobody to deny something to. */
	enum st_code code = p->login != NULL ? ST_UNAUTHENTICATED : ST_PERMISSION_DENIED;

	if (strcmp(p->why, "code") == 0)
		op_fail(op, code, "WRONG_CODE", "code", "the code is wrong");
	else if (strcmp(p->why, "disabled") == 0)
		op_fail(op, code, "USER_DISABLED", NULL, "this account is disabled");
	else if (p->login != NULL)
		op_fail(op, code, "LOGIN_FAILED", NULL, "login name or password is wrong");
	else
		op_fail(op, code, "WRONG_PASSWORD", "old", "the present password is wrong");
	op_resume(op);
}

static void prove_fail(struct op *op, const char *why)
{
	struct prove *p = prove_of(op);
	struct db_unit *u = op_side_unit(op, prove_refuse);
	struct db_call *call = u != NULL ? db_add(u, &sql_access_failed) : NULL;
	const char *id = prove_new_id(op);
	const char *login = p->login != NULL ? p->login : caller_login(op->caller);

	p->why = why;
	if (call == NULL || id == NULL ||
	    !prove_audit(op, u, p->user, op->ctx.v[CTX_session], login, why, ST_UNAUTHENTICATED)) {
		prove_no_memory(op);
		op_resume(op);
		return;
	}
	db_bind(call, "id", id);
	db_bind(call, "device", op->ctx.v[CTX_device]);
	db_bind(call, "user", p->user);
	db_bind(call, "login", login);
	db_bind(call, "why", why);
	op_side_submit(op, POOL_WRITE, u);
}

/* -- the code -- */

static void prove_ask_code(struct op *op)
{
	op_fail(op, ST_UNAUTHENTICATED, "TOTP_REQUIRED", "code",
		"the password is right; now the six digits of your authenticator");
	op_resume(op);
}

/* The password was right and the code is still to come: that is no failure. */
static void prove_undo(struct op *op)
{
	struct db_unit *u = op_side_unit(op, prove_ask_code);
	struct db_call *call = u != NULL ? db_add(u, &sql_access_attempt_undo) : NULL;

	if (call == NULL) {
		prove_no_memory(op);
		op_resume(op);
		return;
	}
	db_bind(call, "user", prove_of(op)->user);
	op_side_submit(op, POOL_WRITE, u);
}

static void prove_digits(struct op *op, struct slice sealed)
{
	struct prove *p = prove_of(op);
	struct services *s = op_services(op);
	int64_t last = p->confirming ? 0 : db_int(p->attempt, 0, "totp_last_step");
	int64_t now = clock_wall_us(s->clock) / 1000000;
	struct slice secret;
	bool used;

	if (secret_unseal(s->box, sealed, p->user, &op->mem, &secret, &op->err) != ST_OK) {
		op_resume(op);
	} else if (totp_verify(secret.data, secret.len, p->code, now, last, &p->step, &used)) {
		p->proved(op);
	} else if (used) {
		op_fail(op, p->login != NULL ? ST_UNAUTHENTICATED : ST_PERMISSION_DENIED,
			"CODE_USED", "code", "this code was used already; wait for the next one");
		op_resume(op);
	} else {
		prove_fail(op, "code");
	}
}

static void prove_code(struct op *op)
{
	struct prove *p = prove_of(op);
	const char *column = p->confirming ? "totp_pending" : "totp_secret";
	struct slice sealed = db_bytes(p->attempt, 0, column, &op->mem);

	if (sealed.data == NULL && op->mem.refused) {
		prove_no_memory(op);
		op_resume(op);
	} else if (!p->code_needed || (sealed.data == NULL && p->password != NULL)) {
		p->recovery = NULL;
		p->proved(op);
	} else if (sealed.data == NULL) {
		op_fail(op, ST_FAILED_PRECONDITION, p->confirming ? "NOT_STARTED" : "NO_TOTP", NULL,
			p->confirming
				? "first put a secret into your authenticator: steward auth "
				  "totp-start"
				: "you have no authenticator yet: run `steward auth totp-start`");
		op_resume(op);
	} else if (p->code[0] != '\0') {
		prove_digits(op, sealed);
	} else if (p->recovery == NULL) {
		prove_undo(op);
	} else if (db_bool(p->attempt, 0, "recovery_fits")) {
		p->proved(op);
	} else {
		prove_fail(op, "code");
	}
}

/* -- the password -- */

/* On a hash thread. */
static void prove_hash(void *arg)
{
	struct prove *p = arg;

	p->password_right = password_verify(p->password, p->hash);
	if (p->password_right && p->new_password != NULL)
		(void)password_hash(p->new_password, p->new_hash, &p->hash_err);
	secret_wipe(p->password);
	secret_wipe(p->new_password);
}

static void prove_on_hash(struct op *op)
{
	struct prove *p = prove_of(op);

	st_keep_first(&op->err, &p->hash_err);
	if (op->err.code != ST_OK)
		op_resume(op);
	else if (!p->password_right)
		prove_fail(op, "password");
	else if (strcmp(db_text(p->attempt, 0, "state"), "active") != 0)
		prove_fail(op, "disabled");
	else
		prove_code(op);
}

/* -- the attempt -- */

/* Not RESOURCE_EXHAUSTED: clients repeat that by themselves, and this wait is meant for a person.
 */
static void prove_wait(struct op *op, int64_t seconds)
{
	if (seconds < 0)
		op_fail(op, ST_FAILED_PRECONDITION, "LOCKED", NULL,
			"this login is locked after a hundred wrong passwords in a row; an "
			"administrator must reset the password");
	else
		op_fail(op, ST_FAILED_PRECONDITION, "TOO_MANY_TRIES", NULL,
			"too many wrong tries; the next one is possible in %lld second%s",
			(long long)seconds, seconds == 1 ? "" : "s");
	op_resume(op);
}

static void prove_on_attempt(struct op *op)
{
	struct prove *p = prove_of(op);
	bool known = op->err.code == ST_OK && db_rows(p->attempt) == 1;

	if (op->err.code != ST_OK || (known && db_bool(p->attempt, 0, "seen"))) {
		op_resume(op);
		return;
	}
	if (known && db_int(p->attempt, 0, "wait_seconds") != 0) {
		prove_wait(op, db_int(p->attempt, 0, "wait_seconds"));
		return;
	}
	if (known) {
		p->user = db_text(p->attempt, 0, "id");
		p->hash = db_text(p->attempt, 0, "password_hash");
	}
	if (p->password != NULL)
		op_work(op, prove_hash, p, prove_on_hash);
	else if (known)
		prove_code(op);
	else
		prove_fail(op, "code");
}

static bool prove_read_code(struct op *op, struct prove *p)
{
	uint8_t *hash;

	if (p->code_text == NULL || p->code_text[0] == '\0' || totp_is_code(p->code_text, p->code))
		return true;
	p->code[0] = '\0';
	hash = arena_alloc(&op->mem, 32);
	p->recovery = hash;
	if (hash != NULL && !p->confirming && recovery_code_hash(p->code_text, hash))
		return true;
	op_fail(op, ST_INVALID_ARGUMENT, "FORMAT", "code",
		p->confirming ? "a code has six digits"
			      : "a code has six digits, a recovery code 16 letters and digits");
	return false;
}

enum op_next prove_begin(struct op *op, struct prove *p)
{
	struct db_unit *u;
	struct db_call *call;

	op->hook = p;
	if (!prove_read_code(op, p))
		return OP_GO;
	u = op_side_unit(op, prove_on_attempt);
	call = u != NULL ? db_add(u, &sql_access_attempt) : NULL;
	if (call == NULL) {
		prove_no_memory(op);
		return OP_GO;
	}
	db_bind(call, "login", p->login);
	db_bind(call, "user", p->login == NULL ? op->ctx.v[CTX_user] : NULL);
	db_bind(call, "device", op->ctx.v[CTX_device]);
	db_bind(call, "key", op->ctx.v[CTX_key]);
	db_bind(call, "password", p->password != NULL ? "t" : "f");
	db_bind(call, "code", p->code[0] != '\0' || p->recovery != NULL ? "t" : "f");
	if (p->recovery != NULL)
		db_bind_bytes(call, "recovery", p->recovery, 32);
	p->attempt = call;
	op_side_submit(op, POOL_WRITE, u);
	return OP_WAIT;
}
