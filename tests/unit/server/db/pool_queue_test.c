/* Units through a pool on a real server: what a unit promises when nothing breaks.
 * pool_fault_test.c breaks things. */
#include "server/db/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/server/db/rig.h"

SQL(add, 0, 2, "insert into thing (id, name) values ($1::int, $2) returning id, name");
SQL(count, 1, 0, "select count(*) as n from thing");
SQL(divide, 2, 1, "select 1 / $1::int as n");
SQL(wait_lock, 3, 1, "select pg_advisory_xact_lock($1::bigint) is null as n");

static void pool_queues_so_many_and_no_more(void **state)
{
	struct rig *r = *state;
	struct trial *t[3];

	rig_open(r, 1, 1, 1, 2);
	for (int i = 0; i < 3; i++) {
		t[i] = trial_new(r);
		trial_add(t[i], &count);
	}
	trial_submit(t[0], POOL_READ);
	trial_submit(t[1], POOL_READ);
	assert_int_equal(pool_submit(r->pool, POOL_READ, &t[2]->unit), ST_RESOURCE_EXHAUSTED);
	rig_wait_all(r);
	assert_int_equal(t[2]->done, 0);
	trial_submit(t[2], POOL_READ);
	rig_wait_all(r);
	for (int i = 0; i < 3; i++) {
		assert_st(&t[i]->unit.err, ST_OK, NULL);
		trial_free(t[i]);
	}
	rig_close(r);
}

/* Held by the superuser: whoever asks for it stays where he is. */
static void hold(struct rig *r)
{
	test_pg_exec(r->super, "select pg_advisory_lock(42)");
}

static void let_go(struct rig *r)
{
	test_pg_exec(r->super, "select pg_advisory_unlock(42)");
}

static void pool_ends_what_waits_too_long(void **state)
{
	struct rig *r = *state;
	struct trial *busy, *late, *patient;

	rig_open(r, 1, 1, 1, 10);
	hold(r);
	busy = trial_new(r);
	trial_add(busy, &wait_lock, "42");
	trial_submit(busy, POOL_SLOW);
	rig_wait_blocked(r, 1);
	late = trial_new(r);
	late->unit.deadline_ms = r->now_ms + 1;
	trial_add(late, &add, "1", "too late");
	patient = trial_new(r);
	patient->unit.deadline_ms = r->now_ms + 1000000;
	trial_add(patient, &add, "2", "in time");
	trial_submit(patient, POOL_SLOW); /* in front, and its time is over later */
	trial_submit(late, POOL_SLOW);
	r->now_ms += 2;
	while (late->done == 0)
		(void)uv_run(&r->loop, UV_RUN_ONCE);
	assert_st(&late->unit.err, ST_DEADLINE_EXCEEDED, "QUEUE_TIMEOUT");
	assert_false(late->unit.synced);
	assert_int_equal(busy->done, 0);
	let_go(r);
	rig_wait_all(r);
	assert_st(&busy->unit.err, ST_OK, NULL);
	assert_st(&patient->unit.err, ST_OK, NULL);
	assert_int_equal(rig_int(r, "select sum(id) from steward.thing"), 2);
	trial_free(busy);
	trial_free(late);
	trial_free(patient);
	rig_close(r);
}

/* Neither what came too late, nor what became so before the timer said it. */
static void pool_sends_nothing_past_its_deadline(void **state)
{
	struct rig *r = *state;

	rig_open(r, 1, 1, 1, 10);
	for (int i = 0; i < 2; i++) {
		struct trial *t = trial_new(r);

		t->unit.deadline_ms = r->now_ms + (i == 0 ? 0 : 1000000);
		trial_add(t, &add, "1", "too late");
		trial_submit(t, POOL_WRITE);
		r->now_ms += i == 0 ? 0 : 1000000;
		trial_wait(t);
		assert_st(&t->unit.err, ST_DEADLINE_EXCEEDED, "QUEUE_TIMEOUT");
		assert_null(t->unit.sent);
		trial_free(t);
	}
	assert_int_equal(rig_int(r, "select count(*) from steward.thing"), 0);
	rig_close(r);
}

/* How many of 20 units go out behind one that does not end for so long. */
static unsigned sent_behind_one_of(struct rig *r, enum pool_kind kind, unsigned ms)
{
	struct trial *t[20];
	struct pool_stats stats;

	hold(r);
	for (int i = 0; i < 20; i++) {
		t[i] = trial_new(r);
		if (i == 0)
			trial_add(t[i], &wait_lock, "42");
		else
			trial_add(t[i], &count);
	}
	trial_submit(t[19],
		     kind); /* prepares the statement, so that no other has to wait for that */
	rig_wait_all(r);
	for (int i = 0; i < 19; i++)
		trial_submit(t[i], kind);
	rig_wait_blocked(r, 1);
	pool_stats(r->pool, kind, &stats);
	assert_int_equal(stats.busy, 1);
	r->now_ms += ms;
	let_go(r);
	rig_wait_all(r);
	for (int i = 0; i < 20; i++) {
		assert_st(&t[i]->unit.err, ST_OK, NULL);
		trial_free(t[i]);
	}
	return 19 - stats.queued;
}

static void pool_pipelines_reads_and_holds_back_the_slow(void **state)
{
	struct rig *r = *state;

	rig_open(r, 1, 1, 1, 100);
	assert_int_equal(sent_behind_one_of(r, POOL_READ, 0), 16);
	assert_int_equal(sent_behind_one_of(r, POOL_SLOW, 0), 1);
	rig_close(r);
}

/* Who comes next does not wait for a dozen long ones. */
static void pool_sends_fewer_ahead_while_they_take_long(void **state)
{
	struct rig *r = *state;

	rig_open(r, 1, 1, 1, 100);
	assert_int_equal(sent_behind_one_of(r, POOL_READ, 10), 16);
	assert_int_equal(sent_behind_one_of(r, POOL_READ, 11), 16);
	assert_in_range(sent_behind_one_of(r, POOL_READ, 11), 2, 4);
	for (int i = 0; i < 12; i++)
		(void)sent_behind_one_of(r, POOL_READ, 0);
	assert_int_equal(sent_behind_one_of(r, POOL_READ, 0), 16);
	rig_close(r);
}

static void pool_prefers_the_connection_with_least_to_do(void **state)
{
	struct rig *r = *state;
	struct trial *blocked, *free_one;

	rig_open(r, 2, 1, 1, 100);
	hold(r);
	blocked = trial_new(r);
	trial_add(blocked, &wait_lock, "42");
	trial_submit(blocked, POOL_WRITE);
	rig_wait_blocked(r, 1);
	free_one = trial_new(r);
	trial_add(free_one, &count);
	trial_submit(free_one, POOL_WRITE);
	while (free_one->done == 0)
		(void)uv_run(&r->loop, UV_RUN_ONCE);
	assert_int_equal(blocked->done, 0);
	let_go(r);
	rig_wait_all(r);
	trial_free(blocked);
	trial_free(free_one);
	rig_close(r);
}

static void rows_nothing(struct trial *t)
{
	(void)t;
}

/* A unit that is asked in the middle holds its connection: what comes goes to the other, then
 * waits. */
static void pool_sends_nothing_behind_an_open_unit(void **state)
{
	struct rig *r = *state;
	struct trial *t[3];
	struct pool_stats stats;

	rig_open(r, 2, 1, 1, 100);
	hold(r);
	for (int i = 0; i < 3; i++) {
		t[i] = trial_new(r);
		trial_add(t[i], &wait_lock, "42");
		trial_ask(t[i], rows_nothing);
		trial_submit(t[i], POOL_WRITE);
	}
	rig_wait_blocked(r, 2);
	pool_stats(r->pool, POOL_WRITE, &stats);
	assert_int_equal(stats.busy, 2);
	assert_int_equal(stats.queued, 1);
	let_go(r);
	rig_wait_all(r);
	for (int i = 0; i < 3; i++) {
		assert_st(&t[i]->unit.err, ST_OK, NULL);
		assert_int_equal(t[i]->asked, 1);
		trial_free(t[i]);
	}
	rig_close(r);
}

/* While everybody waits the loop sleeps. */
static void pool_does_not_spin(void **state)
{
	struct rig *r = *state;
	struct trial *t[3];
	struct pool_stats stats;

	rig_open(r, 1, 1, 1, 100);
	hold(r);
	for (int i = 0; i < 3; i++) {
		t[i] = trial_new(r);
		trial_add(t[i], &wait_lock, "42");
		trial_submit(t[i], POOL_SLOW);
	}
	rig_wait_blocked(r, 1);
	for (int i = 0; i < 20; i++)
		(void)uv_run(&r->loop, UV_RUN_NOWAIT);
	pool_stats(r->pool, POOL_SLOW, &stats);
	assert_int_equal(stats.queued, 2);
	assert_int_not_equal(uv_backend_timeout(&r->loop), 0);
	let_go(r);
	rig_wait_all(r);
	for (int i = 0; i < 3; i++)
		trial_free(t[i]);
	rig_close(r);
}

static void pool_counts(void **state)
{
	struct rig *r = *state;
	struct trial *good, *bad;
	struct pool_stats stats;

	rig_open(r, 2, 3, 1, 10);
	good = trial_new(r);
	trial_add(good, &count);
	bad = trial_new(r);
	trial_add(bad, &divide, "0");
	trial_submit(good, POOL_READ);
	trial_submit(bad, POOL_READ);
	rig_wait_all(r);
	pool_stats(r->pool, POOL_READ, &stats);
	assert_int_equal(stats.units, 2);
	assert_int_equal(stats.errors, 1);
	assert_int_equal(stats.busy, 0);
	assert_int_equal(stats.queued, 0);
	assert_int_equal(stats.reconnects, 0);
	pool_stats(r->pool, POOL_WRITE, &stats);
	assert_int_equal(stats.live, 2);
	assert_int_equal(stats.units, 0);
	trial_free(good);
	trial_free(bad);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pool_queues_so_many_and_no_more),
		cmocka_unit_test(pool_ends_what_waits_too_long),
		cmocka_unit_test(pool_sends_nothing_past_its_deadline),
		cmocka_unit_test(pool_pipelines_reads_and_holds_back_the_slow),
		cmocka_unit_test(pool_sends_fewer_ahead_while_they_take_long),
		cmocka_unit_test(pool_prefers_the_connection_with_least_to_do),
		cmocka_unit_test(pool_sends_nothing_behind_an_open_unit),
		cmocka_unit_test(pool_does_not_spin),
		cmocka_unit_test(pool_counts),
	};

	return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
