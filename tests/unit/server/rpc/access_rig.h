#pragma once
/*
 * Access without a database: a few arrays stand for it, and the rig answers the units that access
 * submits from what these arrays say at that moment. The clock is the test's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <uv.h>

#include "server/rpc/access_state.h"

#define ALICE "01900000-0000-7000-8000-00000000000a"
#define BOB "01900000-0000-7000-8000-00000000000b"
#define DEVICE "01900000-0000-7000-8000-0000000000d1"
#define OTHER "01900000-0000-7000-8000-0000000000d2"

struct fake_session {
	const char *id, *grants;
	long left_ms, idle_limit_ms, idle_ms, proved_ms; /* -1: null */
	bool must_change, totp, over;
};

struct fake {
	uv_loop_t loop;
	struct clock clock;
	uint64_t now_ms;
	struct services services;
	struct access *access;
	struct arena mem;
	/* What the database holds. */
	long epoch;
	int n_properties;
	const char *shut_out; /* a device, or NULL */
	struct fake_session sessions[2];
	bool away;            /* it takes no units */
	bool broken;          /* it answers with an error */
	struct db_unit *unit; /* waiting for its answer */
	unsigned units;
	char touched[200]; /* sessions and ages of the last access_touch */
	/* What was cut. */
	struct caller *cut;
	struct st_err why;
	char cut_device[UUID_TEXT];
	unsigned cuts, told, changes;
};

extern struct fake *fake; /* the one of the running test: pool_submit() has no other way to it */

int fake_up(void **state);
int fake_down(void **state);
/* Answers the unit that waits; answers until access is content. */
void fake_answer(void);
void fake_settle(void);
/* An access_waiter's call: counts. */
void fake_told(void *arg);
/* What access is told to call. */
struct access_hooks fake_hooks(void);
/* Rows of session_facts() for these ids, for the caller to clear. */
PGresult *fake_facts(const char *ids);
/* A login, as auth.Login and auth.Resume take it. */
struct caller *fake_login(const char *id);
/* access_scope() of the test's access. */
enum st_code scope(struct caller *c, const struct rpc_method *m, const char *property,
		   struct access_scope *ret, struct st_err *err);

#define ROLE(name) (1u << STEWARD__ROLE__##name)
extern const struct rpc_method by_clerk, at_one, by_manager, by_anybody, by_admin;
