/* Passwords given by somebody else: judged or made, and hashed off the loop. */
#include <string.h>

#include "proto/user.pb-c.h"
#include "server/rpc/access.h"
#include "server/rpc/app.h"
#include "server/rpc/op.h"
#include "server/rpc/secret.h"

struct user_password {
	char *text; /* wiped when hashed, unless it was made here */
	char made[PASSWORD_RANDOM_TEXT];
	char hash[PASSWORD_HASH_TEXT];
	struct st_err err;
};

/* On a hash thread. */
static void user_hash(void *arg)
{
	struct user_password *p = arg;

	(void)password_hash(p->text, p->hash, &p->err);
	if (p->text != p->made)
		secret_wipe(p->text);
}

static void user_on_hash(struct op *op)
{
	struct user_password *p = op->hook;

	st_keep_first(&op->err, &p->err);
	op_set(op, CTX_hash, p->hash);
	op_resume(op);
}

/* 'given' NULL: one is made. */
static enum op_next user_begin_hash(struct op *op, char *given)
{
	struct user_password *p = arena_new(&op->mem, struct user_password);

	op->hook = p;
	if (p == NULL) {
		op_fail(op, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			"the server has no memory for this now");
		return OP_GO;
	}
	if (given == NULL)
		password_random(p->made);
	p->text = given != NULL ? given : p->made;
	op_work(op, user_hash, p, user_on_hash);
	return OP_WAIT;
}

/* A password that was made is told, once: what is stored under the key lacks it. */
static void user_tell(struct op *op)
{
	struct user_password *p = op->hook;

	if (p->made[0] != '\0')
		op_out(op, Steward__User__UserReply)->password = p->made;
}

static bool user_check(struct op *op, const Steward__User__AddRequest *in)
{
	const char *const *places = access_property_words(op_services(op)->access, &op->mem);
	const char **words;
	size_t n = 0;

	while (places != NULL && places[n] != NULL)
		n++;
	words = arena_array(&op->mem, const char *, n + 3);
	if (places == NULL || words == NULL) {
		op_fail(op, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			"the server has no memory for this now");
		return false;
	}
	memcpy(words, places, n * sizeof(*words));
	words[n] = in->login;
	words[n + 1] = in->full_name;
	return password_check(in->password, false, words, "password", &op->err) == ST_OK;
}

static enum op_next user_add_before(struct op *op)
{
	Steward__User__AddRequest *in = op_in(op, Steward__User__AddRequest);

	if (in->password != NULL && !user_check(op, in))
		return OP_GO;
	return user_begin_hash(op, in->password);
}

const struct op_hooks user_add_hooks = {
	.before = user_add_before,
	.committed = user_tell,
};

static enum op_next user_reset_password_before(struct op *op)
{
	return user_begin_hash(op, NULL);
}

const struct op_hooks user_reset_password_hooks = {
	.before = user_reset_password_before,
	.committed = user_tell,
};
