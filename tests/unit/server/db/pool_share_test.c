/* Reads that share a transaction and its Sync: nobody can tell but by the clock. */
#include "server/db/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/server/db/rig.h"

SQL(set_scope, 0, 1, "select set_config('steward.scope', $1, true)");
SQL(scope, 1, 0, "select current_setting('steward.scope', true) as scope, now() as began");
SQL(divide, 2, 1, "select 1 / $1::int as n");
SQL(wait_lock, 3, 1, "select pg_advisory_xact_lock($1::bigint) is null as n");
/* Counts in the transaction how often it was sent. */
SQL(set_counted, 4, 1,
    "select set_config('steward.scope', $1, true), set_config('steward.times', "
    "(coalesce(nullif(current_setting('steward.times', true), ''), '0')::int + 1)::text, true)");
SQL(counted, 5, 0,
    "select current_setting('steward.scope', true) as scope, current_setting('steward.times', "
    "true) as times");

#define UNITS 12 /* more than go together */

/* Twelve units that set their own scope, divide and look at the scope; all prepared before. */
static void make(struct rig *r, struct trial *t[UNITS], int wrong)
{
	static const char *const scopes[UNITS] = { "1", "2", "3", "4",  "5",  "6",
						   "7", "8", "9", "10", "11", "12" };

	for (int i = 0; i < UNITS; i++) {
		t[i] = trial_new(r);
		t[i]->unit.share = true;
		trial_add(t[i], &set_scope, scopes[i]);
		trial_add(t[i], &divide, i == wrong ? "0" : "1");
		trial_add(t[i], &scope);
	}
}

static void submit(struct trial *t[UNITS])
{
	for (int i = 0; i < UNITS; i++)
		trial_submit(t[i], POOL_READ);
}

static void prepare(struct rig *r)
{
	struct trial *t = trial_new(r);

	trial_add(t, &set_scope, "0");
	trial_add(t, &divide, "1");
	trial_add(t, &scope);
	trial_submit(t, POOL_READ);
	trial_wait(t);
	trial_free(t);
}

static const char *began(const struct trial *t)
{
	return db_text(t->unit.last, 0, "began");
}

static void assert_own_scope(struct trial *t[UNITS], int i)
{
	assert_st(&t[i]->unit.err, ST_OK, NULL);
	assert_int_equal(t[i]->done, 1);
	assert_int_equal(db_int(t[i]->unit.last, 0, "scope"), i + 1);
}

static void make_counted(struct rig *r, struct trial *t[UNITS], const char *const *scopes, int n)
{
	for (int i = 0; i < n; i++) {
		t[i] = trial_new(r);
		t[i]->unit.share = true;
		trial_add(t[i], &set_counted, scopes[i]);
		trial_add(t[i], &counted);
	}
}

/* What a neighbour has set holds: it is not sent again, unless it is something else. */
static void share_sets_the_same_once(void **state)
{
	static const char *const scopes[] = { "1", "1", "1", "2", "2", "1" };
	static const int times[] = { 1, 1, 1, 2, 2, 3 };
	struct rig *r = *state;
	struct trial *t[UNITS];

	rig_open(r, 1, 1, 1, 100);
	for (int round = 0; round < 2; round++) { /* the first one prepares the statements */
		make_counted(r, t, scopes, 6);
		for (int i = 0; i < 6; i++)
			trial_submit(t[i], POOL_READ);
		rig_wait_all(r);
		for (int i = 0; i < 6; i++) {
			assert_st(&t[i]->unit.err, ST_OK, NULL);
			assert_string_equal(db_text(t[i]->unit.last, 0, "scope"), scopes[i]);
			if (round == 1)
				assert_int_equal(db_int(t[i]->unit.last, 0, "times"), times[i]);
			trial_free(t[i]);
		}
	}
	rig_close(r);
}

static void share_puts_units_into_one_transaction(void **state)
{
	struct rig *r = *state;
	struct trial *t[UNITS];

	rig_open(r, 1, 1, 1, 100);
	prepare(r);
	make(r, t, -1);
	submit(t);
	rig_wait_all(r);
	for (int i = 0; i < UNITS; i++)
		assert_own_scope(t, i);
	for (int i = 1; i < 8; i++)
		assert_string_equal(began(t[i]), began(t[0]));
	assert_string_not_equal(began(t[8]), began(t[7]));
	assert_string_equal(began(t[11]), began(t[8]));
	for (int i = 0; i < UNITS; i++)
		trial_free(t[i]);
	rig_close(r);
}

static void share_keeps_a_failure_to_its_unit(void **state)
{
	struct rig *r = *state;
	struct pool_stats stats;

	rig_open(r, 1, 1, 1, 100);
	prepare(r);
	for (int wrong = 0; wrong < 8; wrong++) {
		struct trial *t[UNITS];

		make(r, t, wrong);
		submit(t);
		rig_wait_all(r);
		for (int i = 0; i < UNITS; i++) {
			if (i == wrong)
				assert_string_equal(t[i]->unit.sqlstate, "22012");
			else
				assert_own_scope(t, i);
			assert_int_equal(t[i]->done, 1);
		}
		for (int i = wrong + 1; i + 1 < 8; i++) /* alone, this time */
			assert_string_not_equal(began(t[i]), began(t[i + 1]));
		for (int i = 0; i < UNITS; i++)
			trial_free(t[i]);
	}
	pool_stats(r->pool, POOL_READ, &stats);
	assert_int_equal(stats.reconnects, 0);
	rig_close(r);
}

/* Whoever did not ask for it has a transaction of his own, with nothing left in it from others. */
static void share_leaves_others_alone(void **state)
{
	struct rig *r = *state;
	struct trial *t[UNITS], *own, *dry, *asked;

	rig_open(r, 1, 1, 1, 100);
	prepare(r);
	make(r, t, -1);
	asked = trial_new(r);
	asked->unit.share = true;
	trial_add(asked, &scope);
	trial_ask(asked, NULL);
	own = trial_new(r);
	trial_add(own, &scope);
	dry = trial_new(r);
	dry->unit.share = dry->unit.rollback = true;
	trial_add(dry, &scope);
	trial_submit(t[0], POOL_READ);
	trial_submit(t[1], POOL_READ);
	trial_submit(own, POOL_READ);
	trial_submit(t[2], POOL_READ);
	trial_submit(dry, POOL_READ);
	trial_submit(asked, POOL_READ);
	rig_wait_all(r);
	assert_st(&own->unit.err, ST_OK, NULL);
	assert_string_equal(db_text(own->unit.first, 0, "scope"), "");
	assert_st(&dry->unit.err, ST_OK, NULL);
	assert_string_equal(db_text(dry->unit.first, 0, "scope"), "");
	assert_st(&asked->unit.err, ST_OK, NULL);
	assert_int_equal(asked->asked, 1);
	assert_string_equal(db_text(asked->unit.first, 0, "scope"), "");
	assert_string_equal(began(t[0]), began(t[1]));
	assert_string_not_equal(began(t[1]), began(t[2]));
	for (int i = 0; i < UNITS; i++)
		trial_free(t[i]);
	trial_free(own);
	trial_free(dry);
	trial_free(asked);
	rig_close(r);
}

/* Null is the same as null; of bytes only what lies at the same place, so none that are read later
 * by somebody else. */
static void share_knows_what_is_the_same(void **state)
{
	static const uint8_t bytes[] = { 0, 1 };
	struct trial *t = trial_new(*state);
	struct db_call *text = trial_add(t, &set_scope, "1"),
		       *equal = trial_add(t, &set_scope, "1"),
		       *none = trial_add(t, &set_scope, NULL),
		       *binary = trial_add(t, &set_scope, NULL),
		       *other = trial_add(t, &set_counted, "1");

	db_bind_bytes(binary, "1", bytes, sizeof(bytes));
	assert_true(db_call_same(text, equal));
	assert_true(db_call_same(none, none));
	assert_true(db_call_same(binary, binary));
	assert_false(db_call_same(text, none));
	assert_false(db_call_same(none, text));
	assert_false(db_call_same(text, binary));
	assert_false(db_call_same(binary, text));
	assert_false(db_call_same(text, other));
	trial_free(t);
}

static void share_is_lost_together(void **state)
{
	struct rig *r = *state;
	struct trial *t[UNITS], *blocked;

	rig_open(r, 1, 1, 1, 100);
	prepare(r);
	test_pg_exec(r->super, "select pg_advisory_lock(42)");
	blocked = trial_new(r);
	blocked->unit.share = true;
	trial_add(blocked, &wait_lock, "42");
	make(r, t, -1);
	trial_submit(t[0], POOL_READ);
	trial_submit(blocked, POOL_READ);
	trial_submit(t[1], POOL_READ);
	rig_wait_blocked(r, 1);
	(void)rig_int(r, "select count(pg_terminate_backend(pid)) from pg_stat_activity "
			 "where usename = 'steward_app'");
	rig_wait_all(r);
	test_pg_exec(r->super, "select pg_advisory_unlock(42)");
	assert_st(&blocked->unit.err, ST_UNAVAILABLE, "DATABASE_LOST");
	assert_st(&t[1]->unit.err, ST_UNAVAILABLE, "DATABASE_LOST");
	assert_false(t[1]->unit.unknown);
	for (int i = 0; i < UNITS; i++)
		trial_free(t[i]);
	trial_free(blocked);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(share_puts_units_into_one_transaction),
		cmocka_unit_test(share_sets_the_same_once),
		cmocka_unit_test(share_keeps_a_failure_to_its_unit),
		cmocka_unit_test(share_leaves_others_alone),
		cmocka_unit_test(share_knows_what_is_the_same),
		cmocka_unit_test(share_is_lost_together),
	};

	return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
