#pragma once
/*
 * Proving who one is, before a call does what it is for: by password, by a code, or both.
 *
 *   attempt (a side unit: counted before it is judged, so that many at once gain nothing)
 *     -> the key was used before: to the main unit, which answers from memory
 *     -> password, where one is asked for, off the loop
 *     -> code, where one is asked for
 *     -> wrong: written down (a side unit that stays although the call fails), refused
 *     -> right: proved(op), which goes on
 */
#include <stdbool.h>
#include <stdint.h>

#include "server/rpc/op.h"
#include "server/rpc/secret.h"

/* First member of what the hooks keep in op->hook. */
struct prove {
	/* Asked: */
	const char *login;     /* NULL: whoever is logged in */
	char *password;        /* NULL: none is asked for. Wiped when judged */
	char *new_password;    /* hashed too if the password was right; or NULL. Wiped likewise */
	const char *code_text; /* as typed, or NULL */
	bool code_needed;      /* of whoever has an authenticator */
	bool confirming;       /* the code is of the authenticator being set up */
	void (*proved)(struct op *op); /* ends by op_resume() or by another wait */
	/* Found out, valid in proved(): */
	const char *user;        /* id */
	int64_t step;            /* of the code that was right; 0: no code was judged */
	const uint8_t *recovery; /* hash of the recovery code that was right, or NULL */
	char new_hash[PASSWORD_HASH_TEXT];
	struct db_call *attempt; /* its row: see credential_attempt() */
	/* On the way: */
	const char *hash, *why;
	char code[7];
	bool password_right;
	struct st_err hash_err;
};

/* From before(); 'p' lives in op->mem and becomes op->hook. */
enum op_next prove_begin(struct op *op, struct prove *p);
/* Notes that there is no memory for the call. */
void prove_no_memory(struct op *op);
/* A new id, in op->mem; NULL: no memory. */
const char *prove_new_id(struct op *op);
/* Adds a row of the audit log to a unit of the hook's own. False: no memory. */
bool prove_audit(struct op *op, struct db_unit *u, const char *user, const char *session,
		 const char *number, const char *why, enum st_code code);
