#pragma once
/*
 * Who may do what, while it lasts: the logins in use at this daemon, what their users hold, and the
 * properties there are. All from memory; the database's access_epoch tells when memory is out of
 * date.
 *
 *   auth.Login/Resume -> access_take() -> caller -> peer_set_caller()
 *   each request      -> access_scope()
 *   each second, and at once after a change made here: the epoch is read; has it moved, every live
 * login is judged again in one unit. Who may no more is cut off: his connections end with
 * UNAUTHENTICATED.
 *
 * A caller is one login (session), shared by all connections that use it, counted by reference. Its
 * grants are replaced in place when they change, so nothing may keep pointers into them; texts
 * given out are copies or live as long as the caller.
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/rules.h"
#include "server/db/unit.h"

struct access;
struct app;
struct caller;

#define ACCESS_PROOF_MS 300000u /* how long a proof of identity lasts */

/* Uses app's loop, pool, clock and peers; begins to read at once. */
enum st_code access_new(struct app *app, struct access **ret, struct st_err *err) ST_MUSTCHECK;
/* Properties and disabled devices were read at least once: requests can be judged. */
bool access_ready(const struct access *a);
/* Something about access was committed by this daemon: look at once. */
void access_poke(struct access *a);
/* The same, and fn(arg) from the loop when what was committed before this call is in force here (or
 * could not be read: then it will be, within a second of the database's return). */
void access_sync(struct access *a, void (*fn)(void *arg), void *arg);
/* Stops looking, waits for a look under way; then cb, from the loop. All callers must be gone by
 * then. */
void access_close(struct access *a, void (*cb)(void *arg), void *arg);

/* PERMISSION_DENIED: this device was shut out. */
enum st_code access_device_check(const struct access *a, const char *device,
				 struct st_err *err) ST_MUSTCHECK;

/* The caller of a row of session_facts(); a new reference. */
enum st_code access_take(struct access *a, const struct db_call *facts, int row,
			 struct caller **ret, struct st_err *err) ST_MUSTCHECK;
struct caller *caller_ref(struct caller *c);
void caller_unref(struct caller *c);
const char *caller_user(const struct caller *c);    /* uuid */
const char *caller_session(const struct caller *c); /* uuid */
const char *caller_device(const struct caller *c);  /* uuid */
const char *caller_login(const struct caller *c);
bool caller_has_totp(const struct caller *c);
/* The user has just proved his identity with a code, or changed his password: known here at once.
 */
void access_proved(struct access *a, struct caller *c);
void access_password_changed(struct caller *c);
/* The names of all properties, NULL-terminated, in 'mem'; for the password rules. NULL: no memory.
 */
const char *const *access_property_names(const struct access *a, struct arena *mem);

/* Where a call may go. Texts live in the arena given, 'property' too. */
struct access_scope {
	const char *csv;      /* "1,2" for row-level security */
	const char *array;    /* "{1,2}" for :ctx_scope */
	const char *property; /* "2" for :ctx_property: the one the call names, or the only one
				 there is; NULL otherwise */
};
/*
 * May this caller call this method, and where? 'property' is the code the call named, or NULL.
 * Counts as use of the login. UNAUTHENTICATED      the login is over FAILED_PRECONDITION
 * PASSWORD_CHANGE_REQUIRED; STEP_UP_REQUIRED; NO_PROPERTY PERMISSION_DENIED    none of the roles,
 * or not at this property NOT_FOUND            no such property, or none that is his concern
 *   INVALID_ARGUMENT     the method needs one property and several are possible
 */
enum st_code access_scope(struct access *a, struct caller *c, const struct rpc_method *m,
			  const char *property, struct arena *mem, struct access_scope *ret,
			  struct st_err *err) ST_MUSTCHECK;
/* FAILED_PRECONDITION, STEP_UP_REQUIRED: identity was not proved within the last five minutes. */
enum st_code access_step_up_check(const struct access *a, const struct caller *c,
				  struct st_err *err) ST_MUSTCHECK;
