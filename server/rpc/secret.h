#pragma once
/*
 * Secrets: passwords, codes of authenticators, tokens, and the box that seals what must not lie
 * open in the database. Passwords are Argon2id (3 passes, 64 MiB): never on the loop, see hasher.h.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/slice.h"

/* Overwrites a text that is not needed any more. NULL is fine. */
void secret_wipe(char *text);

#define PASSWORD_HASH_TEXT 128
#define PASSWORD_MIN 15
#define PASSWORD_MIN_TOTP 8 /* where an authenticator is set up */
#define PASSWORD_MAX 128
/* RESOURCE_EXHAUSTED: no memory for the hash. */
enum st_code password_hash(const char *password, char out[PASSWORD_HASH_TEXT],
			   struct st_err *err) ST_MUSTCHECK;
/* 'hash' NULL: there is no such person; takes as long and is false. */
bool password_verify(const char *password, const char *hash);
/* INVALID_ARGUMENT with a sentence: too short, too long, or made of words anybody would try.
 * 'words': NULL-terminated, what is known of the person and the place besides the common ones. */
enum st_code password_check(const char *password, bool has_totp, const char *const *words,
			    const char *field, struct st_err *err) ST_MUSTCHECK;
/* A random one for people to type once: 100 bits, "k7m2q-...". */
#define PASSWORD_RANDOM_TEXT 24
void password_random(char out[PASSWORD_RANDOM_TEXT]);

#define TOTP_SECRET 20 /* bytes */
#define TOTP_STEP_S 30
#define TOTP_SECRET_TEXT 33
void totp_secret_new(uint8_t out[TOTP_SECRET]);
/* Base32, as people type it. */
void totp_secret_text(const uint8_t secret[TOTP_SECRET], char out[TOTP_SECRET_TEXT]);
/* otpauth:// address in 'mem'; NULL: no memory. */
const char *totp_uri(const uint8_t secret[TOTP_SECRET], const char *login, struct arena *mem);
/* The six digits of a step (RFC 6238, SHA-1). */
enum st_code totp_code(const uint8_t *secret, size_t len, uint64_t step, char out[7],
		       struct st_err *err) ST_MUSTCHECK;
/* Is 'code' the one of the present or the previous step, and its step later than 'last_step'?
 * *ret_step: which. *ret_used (may be NULL): it would have been right, but counted already. */
bool totp_verify(const uint8_t *secret, size_t len, const char *code, int64_t unix_s,
		 int64_t last_step, int64_t *ret_step, bool *ret_used);
/* Six digits, blanks left out? Otherwise it can only be a recovery code. */
bool totp_is_code(const char *text, char out[7]);

#define RECOVERY_TEXT 20 /* "abcd-efgh-jkmn-pqrs": 80 bits */
void recovery_code_new(char out[RECOVERY_TEXT]);
/* SHA-256 of the code, however it was typed (case, hyphens and blanks do not matter). False: it is
 * not one. */
bool recovery_code_hash(const char *text, uint8_t out[32]);

#define TOKEN_TEXT 44 /* 256 bits in base64url */
void token_new(char out[TOKEN_TEXT]);
void token_hash(const char *token, uint8_t out[32]);

/* Seals with AES-256-GCM under one key; 'bind' (such as a user's id) must be the same when opening,
 * so that a sealed text moved to another row is refused. */
struct secret_box;
enum st_code secret_box_new(const uint8_t key[32], struct secret_box **ret,
			    struct st_err *err) ST_MUSTCHECK;
void secret_box_free(struct secret_box *b); /* NULL is fine */
enum st_code secret_seal(const struct secret_box *b, struct slice plain, const char *bind,
			 struct arena *mem, struct slice *ret, struct st_err *err) ST_MUSTCHECK;
/* DATA_LOSS: not sealed by this key for this purpose, or altered. */
enum st_code secret_unseal(const struct secret_box *b, struct slice sealed, const char *bind,
			   struct arena *mem, struct slice *ret, struct st_err *err) ST_MUSTCHECK;
/* A fingerprint of a text that may hold secrets: keyed, so that who reads it in the database cannot
 * try passwords against it. */
void secret_fingerprint(const struct secret_box *b, struct slice text, uint8_t out[32]);

/* Bytes as PostgreSQL reads them (\x hex), for :ctx_token and its like. NULL: no memory. */
const char *secret_bytea(struct slice bytes, struct arena *mem);
