#pragma once
/*
 * Who may do what, while it lasts: the logins in use at this daemon, what their users hold, and the
 * properties there are. Requests are judged from memory; the database's access_epoch tells when
 * memory is out of date.
 *
 *   auth.Login/Resume -> access_take() -> caller -> peer_set_caller() -> access_scope() per request
 *
 * The epoch is read each second, and at once after a change made here (access_poke()). Has it
 * moved, properties and shut-out devices are read and every live login is judged again in one unit;
 * who may no more is cut off.
 *
 * A caller is one login (session), shared by all connections that use it, counted by reference.
 * What its user holds is replaced in place when it changes, so texts given out are copies or live
 * as long as the caller.
 */
#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>
#include <uv.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/pki.h"
#include "common/rules.h"
#include "server/db/unit.h"

struct access;
struct caller;
struct services;

#define ACCESS_PROOF_MS 300000u /* how long a proof of identity lasts */

/* Called from the loop when somebody is shut out: end his connections with this reason. */
struct access_hooks {
	void *arg;
	void (*cut)(void *arg, struct caller *caller, const struct st_err *why);
	void (*cut_device)(void *arg, const char *device, const struct st_err *why);
	/* What is remembered of logins and properties was replaced: judge anew what goes on. May be
	 * NULL. */
	void (*changed)(void *arg);
};

/* Uses the services' pool and clock, which may be set later but before the loop runs. 'hooks' is
 * copied. */
enum st_code access_new(uv_loop_t *loop, struct services *services,
			const struct access_hooks *hooks, struct access **ret,
			struct st_err *err) ST_MUSTCHECK;
/* Properties and shut-out devices were read at least once: requests can be judged. */
bool access_ready(const struct access *a);
/* Something about access was committed by this daemon: look at once. */
void access_poke(struct access *a);
/* The same, and fn(arg) from the loop, once, when what was committed before this call is in force
 * here (or the database could not be asked: then it will be as soon as it can). */
struct access_waiter {
	struct list link;
	void (*fn)(void *arg);
	void *arg;
};
void access_sync(struct access *a, struct access_waiter *w, void (*fn)(void *arg), void *arg);
/* Stops looking, waits for a look under way; then cb, from the loop. No op may be running any more:
 * a login that is still being judged ends in access_take(). Callers may outlive it, but must not be
 * used except for caller_unref(). */
void access_close(struct access *a, void (*cb)(void *arg), void *arg);

/* PERMISSION_DENIED: this device was shut out. */
enum st_code access_device_check(const struct access *a, const char *device,
				 struct st_err *err) ST_MUSTCHECK;

/* The caller of a row of access_facts; a new reference. */
enum st_code access_take(struct access *a, const struct db_call *facts, int row,
			 struct caller **ret, struct st_err *err) ST_MUSTCHECK;
struct caller *caller_ref(struct caller *c);
void caller_unref(struct caller *c);
const char *caller_user(const struct caller *c);    /* uuid */
const char *caller_session(const struct caller *c); /* uuid */
const char *caller_login(const struct caller *c);
const char *caller_name(const struct caller *c);
bool caller_has_totp(const struct caller *c);
/* The user has just proved his identity with a code, or set a password of his own: known here at
 * once. */
void access_proved(struct access *a, struct caller *c);
void access_password_set(struct caller *c);
/* Names and codes of all properties, NULL-terminated, in 'mem'; for the rules of passwords. NULL:
 * no memory. */
const char *const *access_property_words(const struct access *a, struct arena *mem);

/* Where a call may go. Everything lives in the arena given. */
struct access_scope {
	const char *csv;      /* "1,2" for row-level security */
	const char *array;    /* "{1,2}" for :ctx_scope */
	const char *property; /* "2" for :ctx_property: the one the call names, or the only one
				 there is; NULL otherwise */
};
/*
 * May this caller call this method, and where? 'property' is the code the call named, or NULL.
 * Counts as use of the login.
 *   UNAUTHENTICATED      the login is over
 *   FAILED_PRECONDITION  PASSWORD_CHANGE_REQUIRED; STEP_UP_REQUIRED; NO_PROPERTY
 *   PERMISSION_DENIED    none of the roles, or not at this property
 *   NOT_FOUND            no such property, or none that is his concern
 *   INVALID_ARGUMENT     the method needs one property and several are possible
 */
enum st_code access_scope(struct access *a, struct caller *c, const struct rpc_method *m,
			  const char *property, struct arena *mem, struct access_scope *ret,
			  struct st_err *err) ST_MUSTCHECK;
/* The same for a call that goes on by itself: that is no use of the login. */
enum st_code access_scope_again(struct access *a, struct caller *c, const struct rpc_method *m,
				const char *property, struct arena *mem, struct access_scope *ret,
				struct st_err *err) ST_MUSTCHECK;
/* FAILED_PRECONDITION, STEP_UP_REQUIRED: identity was not proved within the last five minutes. */
enum st_code access_step_up_check(const struct access *a, const struct caller *c,
				  struct st_err *err) ST_MUSTCHECK;

/*
 * The embedded default's first people and machine: an administrator, whose password is left in
 * 'dir'/admin-password, and a desk on the daemon's own host (profile in 'dir'/desk) that works
 * without a question. To be called at each start: what is broken or nears its end is made anew.
 * What a person decided stays: a local device or an administrator who was shut out is not let in.
 */
struct access_local {
	const char *dir;    /* absolute */
	const char *server; /* address of the work port, as the server's certificate has it */
	int port, enrol_port;
	const struct pki_pair *root;
};
/* Synchronous, after the migrations and before the loop runs; as steward_app. */
enum st_code access_bootstrap(PGconn *pg, const struct access_local *local,
			      struct st_err *err) ST_MUSTCHECK;
