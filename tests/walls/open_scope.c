/*
 * The daemon's own check, switched off: linked around access_scope() and its like in the daemon of
 * tests/walls alone. Everyone may do everything, and statements are told that they may go
 * everywhere; only row-level security is told the truth. What comes back, or changes, all the same
 * got past the database's own wall.
 */
#include <strings.h>

#include <sodium.h>

#include "server/rpc/access_state.h"

/* The linker's names (--wrap): what calls reach, and what they would have reached. */
enum st_code __wrap_access_step_up_check(const struct access *a, const struct caller *c,
					 struct st_err *err);
enum st_code __wrap_access_scope(struct access *a, struct caller *c, const struct rpc_method *m,
				 const char *property, struct arena *mem, struct access_scope *ret,
				 struct st_err *err);
enum st_code __wrap_access_scope_again(struct access *a, struct caller *c,
				       const struct rpc_method *m, const char *property,
				       struct arena *mem, struct access_scope *ret,
				       struct st_err *err);
enum st_code __real_access_scope(struct access *a, struct caller *c, const struct rpc_method *m,
				 const char *property, struct arena *mem, struct access_scope *ret,
				 struct st_err *err);
int __wrap_crypto_pwhash_str_alg(char out[crypto_pwhash_STRBYTES], const char *password,
				 unsigned long long len, unsigned long long passes, size_t memory,
				 int alg);
int __real_crypto_pwhash_str_alg(char out[crypto_pwhash_STRBYTES], const char *password,
				 unsigned long long len, unsigned long long passes, size_t memory,
				 int alg);

/* Passwords are no part of this: those set here cost next to nothing. */
int __wrap_crypto_pwhash_str_alg(char out[crypto_pwhash_STRBYTES], const char *password,
				 unsigned long long len, unsigned long long passes, size_t memory,
				 int alg)
{
	return __real_crypto_pwhash_str_alg(out, password, len, crypto_pwhash_OPSLIMIT_MIN,
					    crypto_pwhash_MEMLIMIT_MIN, alg);
}

enum st_code __wrap_access_step_up_check(const struct access *a, const struct caller *c,
					 struct st_err *err)
{
	return ST_OK;
}

/* {1,2,3}: all there are; where the call named a property, it alone, whosever it is. */
static enum st_code scope_claimed(const struct access *a, const char *code, struct arena *mem,
				  struct access_scope *ret)
{
	const char *all = "";

	for (size_t i = 0; i < a->n_properties; i++) {
		const struct access_property *p = &a->properties[i];

		all = arena_printf(mem, "%s%s%d", all, i > 0 ? "," : "", p->id);
		if (code != NULL && strcasecmp(p->code, code) == 0) {
			ret->property = arena_printf(mem, "%d", p->id);
			ret->array = arena_printf(mem, "{%d}", p->id);
			return ST_OK;
		}
	}
	ret->array = arena_printf(mem, "{%s}", all);
	return ST_OK;
}

enum st_code __wrap_access_scope(struct access *a, struct caller *c, const struct rpc_method *m,
				 const char *property, struct arena *mem, struct access_scope *ret,
				 struct st_err *err)
{
	/* A call that needs no role: its scope is where the caller holds any. */
	static const struct rpc_method anything = { .cap = "auth",
						    .access = STEWARD__ACCESS__LOGGED_IN };

	ST_TRY(__real_access_scope(a, c, &anything, NULL, mem, ret, err));
	return scope_claimed(a, property, mem, ret);
}

enum st_code __wrap_access_scope_again(struct access *a, struct caller *c,
				       const struct rpc_method *m, const char *property,
				       struct arena *mem, struct access_scope *ret,
				       struct st_err *err)
{
	return __wrap_access_scope(a, c, m, property, mem, ret, err);
}
