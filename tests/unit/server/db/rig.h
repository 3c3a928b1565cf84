#pragma once
/*
 * What the tests of pool and units share: a private cluster with a table, a loop, a pool, and
 * trials: units that note what became of them.
 */
#include <uv.h>

#include "server/db/pool.h"
#include "tests/support/pg.h"

struct rig {
	struct test_pg pg;
	PGconn *super; /* the superuser, to look and to meddle */
	uv_loop_t loop;
	struct pool *pool;
	struct clock clock; /* stands still at now_ms */
	uint64_t now_ms;
	unsigned pending; /* trials submitted and not done */
	unsigned wanted;  /* live connections for writing */
	bool closed;
};

/* One unit and what became of it. */
struct trial {
	struct arena mem;
	struct db_unit unit;
	struct rig *rig;
	unsigned done, asked;          /* how often on_done, on_rows came */
	void (*then)(struct trial *t); /* in on_done */
	void (*rows)(struct trial *t); /* in on_rows */
	struct trial *other;
	int value;
};

/* Group fixtures: state is the rig. */
int rig_setup(void **state);
int rig_teardown(void **state);

/* A pool with so many connections of each kind, connected. */
void rig_open(struct rig *r, unsigned write, unsigned read, unsigned slow, unsigned queue_max);
void rig_open_at(struct rig *r, const char *conninfo,
		 unsigned queue_max); /* one each, not waited for */
/* Closes it, runs the loop to its end, and checks that nothing is left in it. */
void rig_close(struct rig *r);

struct trial *trial_new(struct rig *r);
void trial_free(struct trial *t);
/* Adds a statement with its parameters as text, in $ order; n of them. */
struct db_call *trial_add(struct trial *t, const struct sql_stmt *stmt, ...);
/* Gives the unit an on_rows that counts and calls rows(). */
void trial_ask(struct trial *t, void (*rows)(struct trial *t));
void trial_submit(struct trial *t, enum pool_kind kind);
/* Runs the loop until it is done (or, after half a minute, fails the test). */
void trial_wait(struct trial *t);
void rig_wait_all(struct rig *r);
void rig_wait_for(struct rig *r, bool (*reached)(struct rig *r));
/* Runs the loop until so many sessions of steward_app wait for a lock. */
void rig_wait_blocked(struct rig *r, int n);
int rig_int(struct rig *r, const char *sql);
/* Runs a unit with one statement (parameters "1" and "x") and gives back how it went. */
struct st_err rig_run(struct rig *r, enum pool_kind kind, const struct sql_stmt *stmt);
uint64_t rig_reconnects(struct rig *r, enum pool_kind kind);
void assert_st(const struct st_err *err, enum st_code code, const char *reason);

#define SQL(var, number, nparams, ...)                                       \
	static const struct sql_stmt var = { #var,    __VA_ARGS__, SQL_CALL, \
					     nparams, rig_params,  number }
extern const char *const rig_params[];
