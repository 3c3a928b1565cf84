/* What becomes of units when connections, sessions and the whole server go away, and that the pool
 * heals. */
#include "server/db/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/server/db/rig.h"

SQL(add, 0, 2, "insert into thing (id, name) values ($1::int, $2) returning id, name");
SQL(count, 1, 0, "select count(*) as n from thing");
SQL(wait_lock, 2, 1, "select pg_advisory_xact_lock($1::bigint) is null as n");
SQL(forget, 4, 0, "deallocate all");
SQL(leave, 8, 0, "select pg_terminate_backend(pg_backend_pid())");

static void hold(struct rig *r)
{
	test_pg_exec(r->super, "select pg_advisory_lock(42)");
}

static void let_go(struct rig *r)
{
	test_pg_exec(r->super, "select pg_advisory_unlock(42)");
}

/* Ends all sessions of steward_app. */
static void kill_all(struct rig *r)
{
	(void)rig_int(r, "select count(pg_terminate_backend(pid)) from pg_stat_activity where "
			 "usename = 'steward_app'");
}

static void rows_never(struct trial *t)
{
	(void)t;
	fail();
}

/* Six units on one connection, the first of them waiting for a lock, when its backend is killed. */
static void pool_does_not_know_what_it_was_committing(void **state)
{
	struct rig *r = *state;
	struct trial *t[4];
	struct st_err err;

	rig_open(r, 1, 1, 1, 10);
	hold(r);
	for (int i = 0; i < 4; i++) {
		t[i] = trial_new(r);
		if (i == 0)
			trial_add(t[i], &wait_lock, "42");
	}
	trial_add(t[1], &add, "1", "x");
	trial_add(t[2], &count);
	t[2]->unit.read_only = true;
	trial_add(t[3], &count);
	t[3]->unit.rollback = true;
	err = rig_run(r, POOL_WRITE, &count); /* prepared: the two that use it go out together */
	assert_st(&err, ST_OK, NULL);
	for (int i = 0; i < 4; i++)
		trial_submit(t[i], POOL_WRITE);
	rig_wait_blocked(r, 1);
	kill_all(r);
	rig_wait_all(r);
	let_go(r);
	for (int i = 0; i < 2; i++) {
		assert_st(&t[i]->unit.err, ST_DEADLINE_EXCEEDED, ST_REASON_OUTCOME_UNKNOWN);
		assert_true(t[i]->unit.unknown);
	}
	for (int i = 2; i < 4; i++) {
		assert_st(&t[i]->unit.err, ST_UNAVAILABLE, "DATABASE_LOST");
		assert_false(t[i]->unit.unknown);
	}
	for (int i = 0; i < 4; i++)
		trial_free(t[i]);
	err = rig_run(r, POOL_WRITE, &count);
	assert_st(&err, ST_OK, NULL);
	assert_int_equal(rig_reconnects(r, POOL_WRITE), 1);
	rig_close(r);
}

static void pool_knows_what_it_had_not_begun_to_commit(void **state)
{
	struct rig *r = *state;
	struct trial *open, *read, *failed;

	rig_open(r, 1, 1, 1, 10);
	hold(r);
	open = trial_new(r); /* no Sync before on_rows */
	trial_add(open, &wait_lock, "42");
	trial_ask(open, rows_never);
	trial_submit(open, POOL_WRITE);
	read = trial_new(r);
	trial_add(read, &wait_lock, "42");
	trial_submit(read, POOL_READ);
	rig_wait_blocked(r, 2);
	kill_all(r);
	rig_wait_all(r);
	let_go(r);
	assert_st(&open->unit.err, ST_UNAVAILABLE, "DATABASE_LOST");
	assert_false(open->unit.unknown);
	assert_st(&read->unit.err, ST_UNAVAILABLE, "DATABASE_LOST");
	assert_false(read->unit.unknown);
	failed = trial_new(r); /* a unit that is its own death: all is lost while its Sync is out */
	trial_add(failed, &leave);
	trial_submit(failed, POOL_SLOW);
	trial_wait(failed);
	assert_st(&failed->unit.err, ST_DEADLINE_EXCEEDED, ST_REASON_OUTCOME_UNKNOWN);
	trial_free(open);
	trial_free(read);
	trial_free(failed);
	rig_close(r);
}

static void rows_kill(struct trial *t)
{
	kill_all(t->rig);
	trial_add(t, &add, "2", "y");
}

/* Lost between the two halves of a unit: the Sync goes out into nothing. */
static void pool_survives_a_kill_in_the_middle(void **state)
{
	struct rig *r = *state;
	struct trial *t;
	struct st_err err;

	rig_open(r, 1, 1, 1, 10);
	t = trial_new(r);
	trial_add(t, &add, "1", "x");
	trial_ask(t, rows_kill);
	trial_submit(t, POOL_WRITE);
	trial_wait(t);
	assert_int_equal(t->asked, 1);
	assert_st(&t->unit.err, ST_DEADLINE_EXCEEDED, ST_REASON_OUTCOME_UNKNOWN);
	assert_int_equal(rig_int(r, "select count(*) from steward.thing"), 0);
	trial_free(t);
	err = rig_run(r, POOL_WRITE, &count);
	assert_st(&err, ST_OK, NULL);
	rig_close(r);
}

static bool all_renewed(struct rig *r)
{
	return rig_reconnects(r, POOL_WRITE) == 1 && rig_reconnects(r, POOL_READ) == 1 &&
	       rig_reconnects(r, POOL_SLOW) == 1;
}

static void pool_renews_idle_connections(void **state)
{
	struct rig *r = *state;
	struct st_err err;

	rig_open(r, 1, 1, 1, 10);
	err = rig_run(r, POOL_READ, &count);
	assert_st(&err, ST_OK, NULL);
	kill_all(r);
	rig_wait_for(r, all_renewed);
	for (int kind = 0; kind < POOL_KINDS; kind++) {
		err = rig_run(r, (enum pool_kind)kind, &count);
		assert_st(&err, ST_OK, NULL);
		assert_int_equal(rig_reconnects(r, (enum pool_kind)kind), 1);
	}
	rig_close(r);
}

static bool ready(struct rig *r)
{
	return pool_ready(r->pool);
}

static bool closed(struct rig *r)
{
	return r->closed;
}

static void on_closed(void *arg)
{
	((struct rig *)arg)->closed = true;
}

static void pool_drains_when_it_closes(void **state)
{
	struct rig *r = *state;
	struct trial *busy, *open, *waiting;
	struct st_err refused = { 0 };

	rig_open(r, 1, 1, 1, 10);
	hold(r);
	busy = trial_new(r);
	trial_add(busy, &wait_lock, "42");
	trial_submit(busy, POOL_SLOW);
	open = trial_new(r);
	trial_add(open, &wait_lock, "42");
	trial_ask(open, NULL);
	trial_submit(open, POOL_WRITE);
	rig_wait_blocked(r, 2);
	waiting = trial_new(r);
	trial_add(waiting, &add, "1", "x");
	trial_submit(waiting, POOL_SLOW);
	pool_close(r->pool, on_closed, r);
	refused.code = pool_submit(r->pool, POOL_READ, &waiting->unit);
	assert_int_equal(refused.code, ST_UNAVAILABLE);
	while (waiting->done == 0)
		(void)uv_run(&r->loop, UV_RUN_ONCE);
	assert_st(&waiting->unit.err, ST_UNAVAILABLE, "SHUTDOWN");
	assert_int_equal(busy->done, 0);
	assert_false(r->closed);
	let_go(r);
	rig_wait_for(r, closed);
	assert_st(&busy->unit.err, ST_OK, NULL);
	assert_st(&open->unit.err, ST_OK, NULL);
	assert_int_equal(open->asked, 1);
	assert_int_equal(uv_loop_alive(&r->loop), 0);
	trial_free(busy);
	trial_free(open);
	trial_free(waiting);
}

/* What would be tried once more has nowhere to go when the pool is closing. */
static void pool_ends_what_it_cannot_try_again(void **state)
{
	struct rig *r = *state;
	struct trial *t[3];
	struct st_err err;

	rig_open(r, 1, 1, 1, 10);
	err = rig_run(r, POOL_READ, &count);
	assert_st(&err, ST_OK, NULL);
	hold(r);
	for (int i = 0; i < 3; i++)
		t[i] = trial_new(r);
	trial_add(t[0], &wait_lock, "42");
	trial_add(t[1], &forget);
	trial_add(t[2], &count);
	for (int i = 0; i < 3; i++)
		trial_submit(t[i], POOL_READ);
	rig_wait_blocked(r, 1);
	pool_close(r->pool, on_closed, r);
	let_go(r);
	rig_wait_for(r, closed);
	for (int i = 0; i < 3; i++)
		assert_int_equal(t[i]->done, 1);
	assert_st(&t[1]->unit.err, ST_OK, NULL);
	assert_st(&t[2]->unit.err, ST_UNAVAILABLE, "DATABASE_STATE");
	for (int i = 0; i < 3; i++)
		trial_free(t[i]);
}

/* libpq gives up one socket and opens another while it connects: the first server takes no writes.
 */
static void pool_finds_the_primary(void **state)
{
	struct rig *r = *state;
	struct cluster_options o = { .durable = false };
	struct cluster standby = { 0 };
	struct st_err err = { 0 };
	char dir[100], conninfo[400];

	(void)snprintf(dir, sizeof(dir), "%s/second", r->pg.dir);
	o.dir = dir;
	assert_int_equal(cluster_start(&o, &standby, &err), ST_OK);
	(void)snprintf(conninfo, sizeof(conninfo), "host=%s user=postgres dbname=postgres",
		       standby.socket_dir);
	{
		PGconn *pg = PQconnectdb(conninfo);

		test_pg_exec(pg, "alter role steward_app set default_transaction_read_only = on");
		PQfinish(pg);
	}
	(void)snprintf(conninfo, sizeof(conninfo),
		       "host=%s,%s user=steward_app dbname=steward target_session_attrs=read-write",
		       standby.socket_dir, r->pg.cluster.socket_dir);
	rig_open_at(r, conninfo, 10);
	rig_wait_for(r, ready);
	err = rig_run(r, POOL_WRITE, &count); /* the table is there only */
	assert_st(&err, ST_OK, NULL);
	rig_close(r);
	cluster_stop(&standby);
}

static void pool_closes_before_it_is_connected(void **state)
{
	struct rig *r = *state;

	rig_open_at(r, r->pg.conninfo, 10);
	rig_close(r);
	rig_open_at(r, r->pg.conninfo, 10);
	for (int i = 0; i < 3; i++) /* in the middle of it */
		(void)uv_run(&r->loop, UV_RUN_ONCE);
	rig_close(r);
}

static void pool_says_that_the_database_is_away(void **state)
{
	struct rig *r = *state;
	struct trial *t, *later;

	rig_open_at(r, "host=/tmp/steward-no-such-place dbname=steward", 10);
	assert_false(pool_ready(r->pool));
	t = trial_new(r);
	trial_add(t, &count);
	trial_submit(t, POOL_READ); /* waits for a connection, until three attempts have failed */
	trial_wait(t);
	assert_st(&t->unit.err, ST_UNAVAILABLE, "DATABASE_LOST");
	assert_null(t->unit.sent);
	later = trial_new(r);
	trial_add(later, &count);
	assert_int_equal(pool_submit(r->pool, POOL_READ, &later->unit), ST_UNAVAILABLE);
	trial_free(t);
	trial_free(later);
	rig_close(r);
}

static void pool_refuses_a_connection_string(void **state)
{
	struct rig *r = *state;
	struct pool_options o = { .conninfo = { "host=/tmp", "host=/tmp", "hosst=/tmp" },
				  .size = { 1, 1, 1 },
				  .queue_max = 1,
				  .clock = &r->clock };
	struct st_err err = { 0 };
	struct pool *p = NULL;

	assert_int_equal(pool_new(&r->loop, &o, &p, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.reason, "CONNINFO");
	assert_null(p);
	o.conninfo[2] = "host=/tmp";
	o.size[1] = 0;
	assert_int_equal(pool_new(&r->loop, &o, &p, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.reason, "POOL_SIZE");
	assert_int_equal(uv_loop_alive(&r->loop), 0);
}

static bool not_ready(struct rig *r)
{
	return !pool_ready(r->pool);
}

/* The server goes and comes back: what was in flight fails, the pool returns by itself. */
static void pool_outlives_the_server(void **state)
{
	struct rig *r = *state;
	struct cluster_options o = { .dir = r->pg.dir, .durable = false };
	struct trial *t;
	struct st_err err = { 0 };

	rig_open(r, 1, 1, 1, 10);
	hold(r);
	t = trial_new(r);
	trial_add(t, &wait_lock, "42");
	trial_submit(t, POOL_WRITE);
	rig_wait_blocked(r, 1);
	cluster_stop(&r->pg.cluster);
	rig_wait_all(r);
	assert_st(&t->unit.err, ST_DEADLINE_EXCEEDED, ST_REASON_OUTCOME_UNKNOWN);
	trial_free(t);
	rig_wait_for(r, not_ready);
	assert_int_equal(cluster_start(&o, &r->pg.cluster, &err), ST_OK);
	PQreset(r->super);
	rig_wait_for(r, ready);
	err = rig_run(r, POOL_WRITE, &count);
	assert_st(&err, ST_OK, NULL);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pool_does_not_know_what_it_was_committing),
		cmocka_unit_test(pool_knows_what_it_had_not_begun_to_commit),
		cmocka_unit_test(pool_survives_a_kill_in_the_middle),
		cmocka_unit_test(pool_renews_idle_connections),
		cmocka_unit_test(pool_drains_when_it_closes),
		cmocka_unit_test(pool_ends_what_it_cannot_try_again),
		cmocka_unit_test(pool_finds_the_primary),
		cmocka_unit_test(pool_closes_before_it_is_connected),
		cmocka_unit_test(pool_says_that_the_database_is_away),
		cmocka_unit_test(pool_refuses_a_connection_string),
		cmocka_unit_test(pool_outlives_the_server),
	};

	return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
