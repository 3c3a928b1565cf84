/* Logging in and out, resuming, proving it again, passwords and authenticators. */
#include <string.h>

#include "proto/auth.pb-c.h"
#include "server/db/bind.h"
#include "server/db/sql_stmts.h"
#include "server/rpc/access.h"
#include "server/rpc/app.h"
#include "server/rpc/op.h"
#include "server/rpc/peer.h"
#include "server/rpc/prove.h"
#include "server/rpc/secret.h"

#define RECOVERY_CODES 10

struct auth {
	struct prove prove;
	char token[TOKEN_TEXT]; /* of the new login */
	struct db_call *facts;  /* of the login opened or resumed */
	struct caller *caller;  /* likewise; ours until the connection has it */
	struct access_waiter waiter;
	uint8_t secret[TOTP_SECRET]; /* being set up */
	char *codes[RECOVERY_CODES];
};

static struct auth *auth_new(struct op *op)
{
	struct auth *t = arena_new(&op->mem, struct auth);

	op->hook = t;
	if (t == NULL)
		prove_no_memory(op);
	return t;
}

static struct auth *auth_of(struct op *op)
{
	return op->hook;
}

/* Sets a :ctx_ value of bytes. */
static void auth_set_bytes(struct op *op, enum ctx_var var, const uint8_t *bytes, size_t len)
{
	const char *text = secret_bytea(slice_of(bytes, len), &op->mem);

	if (text == NULL)
		prove_no_memory(op);
	op_set(op, var, text);
}

/* -- Login -- */

static void auth_fill_login(struct op *op, struct db_call *facts)
{
	Steward__Auth__LoginReply *out = op_out(op, Steward__Auth__LoginReply);
	const char *expires = db_text(facts, 0, "expires_at");

	out->login = (char *)db_text(facts, 0, "login");
	out->full_name = (char *)db_text(facts, 0, "full_name");
	out->expires_at = (char *)expires;
	out->has_idle_seconds = db_text(facts, 0, "idle_limit_ms") != NULL;
	out->idle_seconds = (int32_t)(db_int(facts, 0, "idle_limit_ms") / 1000);
	out->has_must_change = true;
	out->must_change = db_bool(facts, 0, "must_change");
	out->session_id = (char *)db_text(facts, 0, "session_id");
	out->user_id = (char *)db_text(facts, 0, "user_id");
}

/* The row of a login that is good: the caller, and the reply. */
static void auth_on_facts(struct op *op)
{
	struct auth *t = auth_of(op);

	if (op->err.code == ST_OK && db_rows(t->facts) != 1)
		op_fail(op, ST_UNAUTHENTICATED, "SESSION_ENDED", NULL,
			"this login has ended; log in again");
	if (op->err.code == ST_OK &&
	    access_take(op_services(op)->access, t->facts, 0, &t->caller, &op->err) == ST_OK)
		auth_fill_login(op, t->facts);
	op_resume(op);
}

static void auth_login_done(struct op *op)
{
	struct auth *t = auth_of(op);

	if (t->token[0] != '\0')
		op_out(op, Steward__Auth__LoginReply)->token = t->token;
	if (op->peer != NULL)
		peer_set_caller(op->peer, t->caller);
	else
		caller_unref(t->caller); /* the line broke meanwhile */
	t->caller = NULL;
}

static bool auth_add_open(struct op *op, struct auth *t, struct db_unit *u)
{
	struct db_call *open = db_add(u, &sql_access_open);
	const char *id = prove_new_id(op);
	const char *ids = id != NULL ? arena_printf(&op->mem, "{%s}", id) : NULL;
	uint8_t *hash = arena_alloc(&op->mem, 32);

	t->facts = db_add(u, &sql_access_facts);
	if (open == NULL || t->facts == NULL || ids == NULL || hash == NULL)
		return false;
	token_new(t->token);
	token_hash(t->token, hash);
	db_bind(open, "id", id);
	db_bind_bytes(open, "token", hash, 32);
	db_bind(open, "user", t->prove.user);
	db_bind(open, "device", op->ctx.v[CTX_device]);
	if (t->prove.step != 0)
		db_bind_int(u, open, "step", t->prove.step);
	if (t->prove.recovery != NULL)
		db_bind_bytes(open, "recovery", t->prove.recovery, 32);
	db_bind(t->facts, "sessions", ids);
	return prove_audit(op, u, t->prove.user, id, t->prove.login, NULL, ST_OK);
}

static void auth_login_proved(struct op *op)
{
	struct db_unit *u = op_side_unit(op, auth_on_facts);

	if (u == NULL || !auth_add_open(op, auth_of(op), u)) {
		prove_no_memory(op);
		op_resume(op);
		return;
	}
	op_side_submit(op, POOL_WRITE, u);
}

static enum op_next auth_login_before(struct op *op)
{
	Steward__Auth__LoginRequest *in = op_in(op, Steward__Auth__LoginRequest);
	struct auth *t = auth_new(op);

	if (t == NULL)
		return OP_GO;
	t->prove.login = in->login;
	t->prove.password = in->password;
	t->prove.code_text = in->code;
	t->prove.code_needed = true;
	t->prove.proved = auth_login_proved;
	return prove_begin(op, &t->prove);
}

const struct op_hooks auth_login_hooks = {
	.before = auth_login_before,
	.committed = auth_login_done,
};

/* -- Resume -- */

static void auth_resume_ask(void *arg)
{
	struct op *op = arg;
	struct auth *t = auth_of(op);
	char *token = op_in(op, Steward__Auth__ResumeRequest)->token;
	struct db_unit *u = op_side_unit(op, auth_on_facts);
	uint8_t *hash = arena_alloc(&op->mem, 32);

	t->facts = u != NULL ? db_add(u, &sql_access_resume) : NULL;
	if (t->facts == NULL || hash == NULL) {
		prove_no_memory(op);
		op_resume(op);
		return;
	}
	token_hash(token, hash);
	secret_wipe(token);
	db_bind_bytes(t->facts, "token", hash, 32);
	db_bind(t->facts, "device", op->ctx.v[CTX_device]);
	u->read_only = true;
	op_side_submit(op, POOL_WRITE, u); /* a replica may not know a login of this second */
}

static enum op_next auth_resume_before(struct op *op)
{
	struct auth *t = auth_new(op);

	if (t == NULL)
		return OP_GO;
	if (access_ready(op_services(op)->access))
		auth_resume_ask(op);
	else /* the daemon has only just started */
		access_sync(op_services(op)->access, &t->waiter, auth_resume_ask, op);
	return OP_WAIT;
}

const struct op_hooks auth_resume_hooks = {
	.before = auth_resume_before,
	.committed = auth_login_done,
};

/* -- Logout -- */

static void auth_logout_done(struct op *op)
{
	if (op->peer != NULL)
		peer_set_caller(op->peer, NULL);
}

const struct op_hooks auth_logout_hooks = {
	.committed = auth_logout_done,
};

/* -- StepUp -- */

static void auth_step_up_proved(struct op *op)
{
	struct auth *t = auth_of(op);

	if (t->prove.step != 0)
		op_set(op, CTX_number, arena_printf(&op->mem, "%lld", (long long)t->prove.step));
	else
		auth_set_bytes(op, CTX_token, t->prove.recovery, 32);
	op_resume(op);
}

static enum op_next auth_step_up_before(struct op *op)
{
	struct auth *t = auth_new(op);

	if (t == NULL)
		return OP_GO;
	t->prove.code_text = op_in(op, Steward__Auth__StepUpRequest)->code;
	t->prove.code_needed = true;
	t->prove.proved = auth_step_up_proved;
	return prove_begin(op, &t->prove);
}

static void auth_step_up_done(struct op *op)
{
	access_proved(op_services(op)->access, op->caller);
}

const struct op_hooks auth_step_up_hooks = {
	.before = auth_step_up_before,
	.committed = auth_step_up_done,
};

/* -- TotpStart -- */

static enum op_next auth_totp_start_before(struct op *op)
{
	struct services *s = op_services(op);
	struct auth *t = auth_new(op);
	struct slice sealed;

	if (t == NULL)
		return OP_GO;
	/* Who replaces an authenticator has the old one: a login left open is not enough. */
	if (caller_has_totp(op->caller) &&
	    access_step_up_check(s->access, op->caller, &op->err) != ST_OK)
		return OP_GO;
	totp_secret_new(t->secret);
	if (secret_seal(s->box, slice_of(t->secret, TOTP_SECRET), caller_user(op->caller), &op->mem,
			&sealed, &op->err) == ST_OK)
		auth_set_bytes(op, CTX_secret, sealed.data, sealed.len);
	return OP_GO;
}

static void auth_totp_start_done(struct op *op)
{
	Steward__Auth__TotpStartReply *out = op_out(op, Steward__Auth__TotpStartReply);
	struct auth *t = auth_of(op);

	out->login = arena_strdup(&op->mem, caller_login(op->caller));
	out->uri = (char *)totp_uri(t->secret, caller_login(op->caller), &op->mem);
	out->secret = arena_alloc(&op->mem, TOTP_SECRET_TEXT);
	if (out->secret != NULL)
		totp_secret_text(t->secret, out->secret);
}

const struct op_hooks auth_totp_start_hooks = {
	.before = auth_totp_start_before,
	.committed = auth_totp_start_done,
};

/* -- TotpConfirm -- */

/* Makes the recovery codes; their hashes as an array for the statement. */
static bool auth_recovery_codes(struct op *op, struct auth *t)
{
	const char *hashes[RECOVERY_CODES];
	uint8_t hash[32];

	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		t->codes[i] = arena_alloc(&op->mem, RECOVERY_TEXT);
		if (t->codes[i] == NULL)
			return false;
		recovery_code_new(t->codes[i]);
		must(recovery_code_hash(t->codes[i], hash));
		hashes[i] = secret_bytea(slice_of(hash, sizeof(hash)), &op->mem);
		if (hashes[i] == NULL)
			return false;
	}
	op_set(op, CTX_text, bind_array(&op->mem, hashes, RECOVERY_CODES));
	return op->ctx.v[CTX_text] != NULL;
}

static void auth_totp_confirm_proved(struct op *op)
{
	struct auth *t = auth_of(op);
	struct slice sealed = db_bytes(t->prove.attempt, 0, "totp_pending", &op->mem);

	if (sealed.data == NULL || !auth_recovery_codes(op, t))
		prove_no_memory(op);
	else
		auth_set_bytes(op, CTX_secret, sealed.data, sealed.len);
	op_set(op, CTX_number, arena_printf(&op->mem, "%lld", (long long)t->prove.step));
	op_resume(op);
}

static enum op_next auth_totp_confirm_before(struct op *op)
{
	struct auth *t = auth_new(op);

	if (t == NULL)
		return OP_GO;
	t->prove.code_text = op_in(op, Steward__Auth__TotpConfirmRequest)->code;
	t->prove.code_needed = true;
	t->prove.confirming = true;
	t->prove.proved = auth_totp_confirm_proved;
	return prove_begin(op, &t->prove);
}

static void auth_totp_confirm_done(struct op *op)
{
	Steward__Auth__TotpConfirmReply *out = op_out(op, Steward__Auth__TotpConfirmReply);

	out->recovery_codes = auth_of(op)->codes;
	out->n_recovery_codes = RECOVERY_CODES;
	access_proved(op_services(op)->access, op->caller);
}

const struct op_hooks auth_totp_confirm_hooks = {
	.before = auth_totp_confirm_before,
	.committed = auth_totp_confirm_done,
};

/* -- ChangePassword -- */

static void auth_change_password_proved(struct op *op)
{
	op_set(op, CTX_hash, auth_of(op)->prove.new_hash);
	op_resume(op);
}

/* Words of the person and the places, besides those of everybody. */
static const char *const *auth_words(struct op *op)
{
	const char *const *places = access_property_words(op_services(op)->access, &op->mem);
	const char **words;
	size_t n = 0;

	while (places != NULL && places[n] != NULL)
		n++;
	words = arena_array(&op->mem, const char *, n + 3);
	if (places == NULL || words == NULL)
		return NULL;
	memcpy(words, places, n * sizeof(*words));
	words[n] = caller_login(op->caller);
	words[n + 1] = caller_name(op->caller);
	return words;
}

static enum op_next auth_change_password_before(struct op *op)
{
	Steward__Auth__ChangePasswordRequest *in = op_in(op, Steward__Auth__ChangePasswordRequest);
	struct auth *t = auth_new(op);
	const char *const *words = auth_words(op);

	if (t == NULL || words == NULL) {
		prove_no_memory(op);
		return OP_GO;
	}
	if (password_check(in->new_, caller_has_totp(op->caller), words, "new", &op->err) != ST_OK)
		return OP_GO;
	if (strcmp(in->old, in->new_) == 0) {
		op_fail(op, ST_INVALID_ARGUMENT, "SAME", "new", "the new password is the old one");
		return OP_GO;
	}
	t->prove.password = in->old;
	t->prove.new_password = in->new_;
	t->prove.proved = auth_change_password_proved;
	return prove_begin(op, &t->prove);
}

static void auth_change_password_done(struct op *op)
{
	access_password_set(op->caller);
}

const struct op_hooks auth_change_password_hooks = {
	.before = auth_change_password_before,
	.committed = auth_change_password_done,
};
