/* Sessions that have lost their statements, hang in a transaction or have become another's: the
 * pool makes them anew, and whoever was met by it is none the wiser, once. */
#include "server/db/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/server/db/rig.h"

SQL(add, 0, 2, "insert into thing (id, name) values ($1::int, $2) returning id, name");
SQL(count, 1, 0, "select count(*) as n from thing");
SQL(all, 3, 0, "select * from thing");
SQL(forget, 4, 0, "deallocate all");
SQL(begin_text, 5, 0, "begin");
SQL(divide, 6, 1, "select 1 / $1::int as n");
SQL(unsupported, 7, 0, "select count(*) from thing for update");
SQL(forget_plan, 9, 0, "deallocate all");
SQL(cannot, 11, 0, "do $$ begin raise 'it cannot' using errcode = '0A000'; end $$");
SQL(read_only, 10, 0, "select set_config('transaction_read_only', 'on', true)");

static bool read_renewed_twice(struct rig *r)
{
	return rig_reconnects(r, POOL_READ) == 2;
}

/* Everything sent behind 'deallocate all' finds its statements gone. Nobody notices. */
static void pool_heals_lost_statements(void **state)
{
	struct rig *r = *state;
	struct trial *t[6];

	rig_open(r, 1, 1, 1, 10);
	for (int i = 0; i < 6; i++)
		t[i] = trial_new(r);
	trial_add(t[0], &count);
	trial_add(t[1], &forget);
	for (int i = 2; i < 6; i++)
		trial_add(t[i], i == 4 ? &add : &count, "1", "x");
	trial_ask(t[5], NULL);
	trial_submit(t[0], POOL_READ);
	rig_wait_all(r);
	for (int i = 1; i < 6; i++)
		trial_submit(t[i], POOL_READ);
	rig_wait_all(r);
	for (int i = 0; i < 6; i++) {
		assert_st(&t[i]->unit.err, ST_OK, NULL);
		assert_int_equal(t[i]->done, 1);
	}
	assert_int_equal(t[5]->asked, 1);
	assert_int_equal(db_int(t[5]->unit.first, 0, "n"), 1);
	assert_int_equal(rig_int(r, "select count(*) from steward.thing"), 1);
	assert_int_equal(rig_reconnects(r, POOL_READ), 1);
	for (int i = 0; i < 6; i++)
		trial_free(t[i]);
	rig_close(r);
}

static void pool_heals_plans_that_ddl_changed(void **state)
{
	struct rig *r = *state;
	struct trial *t;
	struct st_err err;

	rig_open(r, 1, 1, 1, 10);
	err = rig_run(r, POOL_READ, &all);
	assert_st(&err, ST_OK, NULL);
	test_pg_exec(r->super, "alter table steward.thing add column more text");
	t = trial_new(r);
	trial_add(t, &all);
	trial_submit(t, POOL_READ);
	trial_wait(t);
	assert_st(&t->unit.err, ST_OK, NULL);
	assert_int_equal(PQnfields(t->unit.first->rows), 4);
	assert_int_equal(rig_reconnects(r, POOL_READ), 1);
	test_pg_exec(r->super, "alter table steward.thing drop column more");
	trial_free(t);
	rig_close(r);
}

/* Added after on_rows, so it cannot be tried again: on_rows is called once. */
static void rows_use_lost(struct trial *t)
{
	trial_add(t, &forget_plan);
	trial_add(t, &count);
}

static void pool_does_not_ask_twice(void **state)
{
	struct rig *r = *state;
	struct trial *t;
	struct st_err err;

	rig_open(r, 1, 1, 1, 10);
	err = rig_run(r, POOL_WRITE, &count);
	assert_st(&err, ST_OK, NULL);
	t = trial_new(r);
	trial_add(t, &add, "1", "x");
	trial_ask(t, rows_use_lost);
	trial_submit(t, POOL_WRITE);
	trial_wait(t);
	assert_int_equal(t->asked, 1);
	assert_st(&t->unit.err, ST_UNAVAILABLE, "DATABASE_STATE");
	assert_string_equal(t->unit.sqlstate, "26000");
	assert_int_equal(rig_int(r, "select count(*) from steward.thing"), 0);
	trial_free(t);
	err = rig_run(r, POOL_WRITE, &count);
	assert_st(&err, ST_OK, NULL);
	rig_close(r);
}

/* An explicit transaction that fails would poison whoever comes next. */
static void pool_heals_a_failed_transaction(void **state)
{
	struct rig *r = *state;
	struct st_err err;

	rig_open(r, 1, 1, 1, 10);
	err = rig_run(r, POOL_SLOW, &begin_text);
	assert_st(&err, ST_OK, NULL);
	{
		struct trial *t = trial_new(r);

		trial_add(t, &divide, "0");
		trial_submit(t, POOL_SLOW);
		trial_wait(t);
		assert_string_equal(t->unit.sqlstate, "22012");
		trial_free(t);
	}
	err = rig_run(r, POOL_SLOW, &count);
	assert_st(&err, ST_OK, NULL);
	assert_int_equal(rig_reconnects(r, POOL_SLOW), 1);
	rig_close(r);
}

static void pool_keeps_the_connection_for_what_it_cannot_heal(void **state)
{
	struct rig *r = *state;
	struct st_err err;

	rig_open(r, 1, 1, 1, 10);
	for (int i = 0; i < 2; i++) {
		err = rig_run(r, POOL_READ, &unsupported);
		assert_st(&err, ST_INTERNAL, NULL);
		assert_null(strstr(err.message, "UPDATE"));
	}
	assert_int_equal(rig_reconnects(r, POOL_READ), 0);
	rig_close(r);
}

/* A unit that makes its own statements go, wherever it runs, is tried twice and no more. */
static void pool_heals_once(void **state)
{
	struct rig *r = *state;
	struct trial *t;
	struct st_err err;

	rig_open(r, 1, 1, 1, 10);
	t = trial_new(r);
	trial_add(t, &count);
	trial_add(t, &forget);
	trial_add(t, &count);
	trial_submit(t, POOL_READ);
	trial_wait(t);
	assert_st(&t->unit.err, ST_UNAVAILABLE, "DATABASE_STATE");
	assert_string_equal(t->unit.sqlstate, "26000");
	trial_free(t);
	rig_wait_for(r, read_renewed_twice);
	err = rig_run(r, POOL_READ, &count);
	assert_st(&err, ST_OK, NULL);
	rig_close(r);
}

/* The state that a plan of another day gives, from a statement that means it: said of one that was
 * prepared long ago it costs a connection, and is true all the same. */
static void pool_believes_a_fresh_statement(void **state)
{
	struct rig *r = *state;
	struct st_err err;

	rig_open(r, 1, 1, 1, 10);
	for (unsigned i = 0; i < 2; i++) {
		err = rig_run(r, POOL_READ, &cannot);
		assert_st(&err, ST_INTERNAL, NULL);
		assert_int_equal(rig_reconnects(r, POOL_READ), i);
	}
	rig_close(r);
}

static bool write_renewed(struct rig *r)
{
	return rig_reconnects(r, POOL_WRITE) == 1;
}

/* A primary that became a standby refuses writes: the next connection may find the new primary. */
static void pool_leaves_a_server_that_takes_no_writes(void **state)
{
	struct rig *r = *state;
	struct trial *t;

	rig_open(r, 1, 1, 1, 10);
	t = trial_new(r);
	trial_add(t, &read_only);
	trial_add(t, &add, "1", "x");
	trial_submit(t, POOL_WRITE);
	trial_wait(t);
	assert_st(&t->unit.err, ST_UNAVAILABLE, "DATABASE_READ_ONLY");
	trial_free(t);
	rig_wait_for(r, write_renewed);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pool_heals_lost_statements),
		cmocka_unit_test(pool_heals_plans_that_ddl_changed),
		cmocka_unit_test(pool_does_not_ask_twice),
		cmocka_unit_test(pool_heals_a_failed_transaction),
		cmocka_unit_test(pool_keeps_the_connection_for_what_it_cannot_heal),
		cmocka_unit_test(pool_heals_once),
		cmocka_unit_test(pool_believes_a_fresh_statement),
		cmocka_unit_test(pool_leaves_a_server_that_takes_no_writes),
	};

	return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
