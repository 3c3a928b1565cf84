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
SQL(add_twin, 1, 2, "insert into thing (id, twin) values ($1::int, $2::int)");
SQL(count, 2, 0, "select count(*) as n from thing");
SQL(divide, 3, 1, "select 1 / $1::int as n");
SQL(echo, 5, 1, "select $1::text as x, length($1::text) as n");
SQL(rare, 6, 0, "select 7 as n");
SQL(echo_uuid, 7, 1, "select $1::uuid as x");
SQL(echo_bytes, 8, 1, "select $1::bytea as x, null::bytea as nothing");
SQL(typed, 9, 1, "select $1::bigint as i, true as t, false as f, null::text as nothing");

/* What the server tells about a value of a wrong form, and tells otherwise. */
static const char *const own_params[] = { "ctx_user" };
static const struct sql_stmt own_uuid = { "own_uuid", "select $1::uuid as x",
					  SQL_CALL,   1,
					  own_params, 10 };
SQL(own_words, 11, 0,
    "do $$ begin raise 'no' using errcode = 'STINV', constraint = 'STINV', column = 'twin'; "
    "end $$");
SQL(inside, 12, 0, "do $$ declare n int := 'x'; begin end $$");
SQL(no_such_parameter, 13, 0, "select \"costs $9\"() as n");
SQL(at_commit, 14, 0, "insert into thing (id) values (77)");
static const char refusing_sql[] =
	"create function steward.\"costs $9\"() returns int language plpgsql as "
	"$$begin return 'x'; end$$;"
	"create function steward.refuse() returns trigger language plpgsql as "
	"$$begin raise 'no' using errcode = '22P02'; end$$;"
	"create constraint trigger refuse after insert on steward.thing deferrable initially "
	"deferred for each row when (new.id = 77) execute function steward.refuse()";

static void pool_runs_a_unit(void **state)
{
	struct rig *r = *state;
	struct trial *t;
	struct db_call *call;

	rig_open(r, 1, 1, 1, 10);
	t = trial_new(r);
	call = trial_add(t, &add, "1", "Gate 3, 东门");
	trial_submit(t, POOL_WRITE);
	trial_wait(t);
	assert_st(&t->unit.err, ST_OK, NULL);
	assert_int_equal(db_rows(call), 1);
	assert_int_equal(db_int(call, 0, "id"), 1);
	assert_string_equal(db_text(call, 0, "name"), "Gate 3, 东门");
	assert_true(t->unit.synced);
	trial_free(t);
	assert_int_equal(rig_int(r, "select count(*) from steward.thing"), 1);
	rig_close(r);
}

static void pool_reads_values_by_column(void **state)
{
	struct rig *r = *state;
	struct trial *t;
	struct db_call *numbers, *bytes;
	struct slice out;
	static const uint8_t raw[] = { 0, 255, 10, '\\', 'x' };

	rig_open(r, 1, 1, 1, 10);
	t = trial_new(r);
	numbers = db_add(&t->unit, &typed);
	db_bind_int(&t->unit, numbers, "1", -9000000000);
	bytes = db_add(&t->unit, &echo_bytes);
	db_bind_bytes(bytes, "1", raw, sizeof(raw));
	trial_submit(t, POOL_READ);
	trial_wait(t);
	assert_st(&t->unit.err, ST_OK, NULL);
	assert_int_equal(db_int(numbers, 0, "i"), -9000000000);
	assert_true(db_bool(numbers, 0, "t"));
	assert_false(db_bool(numbers, 0, "f"));
	assert_null(db_text(numbers, 0, "nothing"));
	assert_int_equal(db_int(numbers, 0, "nothing"), 0);
	out = db_bytes(bytes, 0, "x", &t->mem);
	assert_int_equal(out.len, sizeof(raw));
	assert_memory_equal(out.data, raw, sizeof(raw));
	assert_null(db_bytes(bytes, 0, "nothing", &t->mem).data);
	assert_false(db_bool(numbers, 0, "nothing"));
	t->mem.limit = t->mem.used;
	assert_null(db_bytes(bytes, 0, "x", &t->mem).data); /* no memory, and not no value */
	assert_true(t->mem.refused);
	trial_free(t);
	rig_close(r);
}

/* Three on one connection at once; the second fails. */
static void pool_keeps_a_failure_from_its_neighbours(void **state)
{
	struct rig *r = *state;
	struct trial *t[3];
	struct db_call *wrong;

	rig_open(r, 1, 1, 1, 10);
	for (int i = 0; i < 3; i++)
		t[i] = trial_new(r);
	trial_add(t[0], &add, "1", "first");
	trial_add(t[1], &add, "2", "kept by nobody");
	wrong = trial_add(t[1], &add, "1", "twice");
	trial_add(t[2], &add, "3", "third");
	for (int i = 0; i < 3; i++)
		trial_submit(t[i], POOL_WRITE);
	rig_wait_all(r);
	assert_st(&t[0]->unit.err, ST_OK, NULL);
	assert_st(&t[1]->unit.err, ST_ALREADY_EXISTS, "THING_PKEY");
	assert_string_equal(t[1]->unit.sqlstate, "23505");
	assert_string_equal(t[1]->unit.constraint, "thing_pkey");
	assert_ptr_equal(t[1]->unit.failed, wrong);
	assert_int_equal(db_rows(wrong), 0);
	assert_false(t[1]->unit.unknown);
	assert_st(&t[2]->unit.err, ST_OK, NULL);
	assert_int_equal(rig_int(r, "select sum(id) from steward.thing"), 4);
	for (int i = 0; i < 3; i++)
		trial_free(t[i]);
	rig_close(r);
}

/* Every statement has reported success, and then the commit fails. */
static void pool_sees_a_commit_fail(void **state)
{
	struct rig *r = *state;
	struct trial *t[2];

	rig_open(r, 1, 1, 1, 10);
	for (int i = 0; i < 2; i++)
		t[i] = trial_new(r);
	trial_add(t[0], &add_twin, "1", "5");
	trial_add(t[0], &add_twin, "2", "5");
	trial_add(t[1], &count);
	trial_submit(t[0], POOL_WRITE);
	trial_submit(t[1], POOL_WRITE);
	rig_wait_all(r);
	assert_st(&t[0]->unit.err, ST_ALREADY_EXISTS, "THING_TWIN");
	assert_null(t[0]->unit.failed);
	assert_st(&t[1]->unit.err, ST_OK, NULL);
	assert_int_equal(db_int(t[1]->unit.first, 0, "n"), 0);
	for (int i = 0; i < 2; i++)
		trial_free(t[i]);
	rig_close(r);
}

/* Adds a statement made of the rows that came; a unit submitted here must wait until this one is
 * over. */
static void rows_add_next(struct trial *t)
{
	const char *id = db_text(t->unit.first, 0, "id");

	assert_string_equal(id, "1");
	trial_add(t, &add, "2", "made of the first's rows");
	t->other = trial_new(t->rig);
	trial_add(t->other, &count);
	trial_submit(t->other, POOL_WRITE);
}

static void pool_asks_before_it_commits(void **state)
{
	struct rig *r = *state;
	struct trial *t;

	rig_open(r, 1, 1, 1, 10);
	t = trial_new(r);
	trial_add(t, &add, "1", "x");
	trial_ask(t, rows_add_next);
	trial_submit(t, POOL_WRITE);
	trial_wait(t);
	assert_int_equal(t->asked, 1);
	assert_st(&t->unit.err, ST_OK, NULL);
	assert_int_equal(db_rows(t->unit.last), 1);
	assert_int_equal(rig_int(r, "select count(*) from steward.thing"), 2);
	assert_st(&t->other->unit.err, ST_OK, NULL);
	assert_int_equal(db_int(t->other->unit.first, 0, "n"), 2);
	trial_free(t->other);
	trial_free(t);
	rig_close(r);
}

static void rows_fail(struct trial *t)
{
	(void)st_fail(&t->unit.err, ST_FAILED_PRECONDITION, "VETO", NULL, "no");
}

static void rows_veto(struct trial *t)
{
	trial_add(t, &add, "2", "must not run");
	rows_fail(t);
}

static void pool_rolls_back_on_a_veto(void **state)
{
	struct rig *r = *state;
	struct trial *t, *after;

	rig_open(r, 1, 1, 1, 10);
	t = trial_new(r);
	trial_add(t, &add, "1", "x");
	trial_ask(t, rows_veto);
	trial_submit(t, POOL_WRITE);
	trial_wait(t);
	assert_st(&t->unit.err, ST_FAILED_PRECONDITION, "VETO");
	assert_int_equal(rig_int(r, "select count(*) from steward.thing"), 0);
	after = trial_new(r); /* the connection is as good as before */
	trial_add(after, &add, "1", "x");
	trial_submit(after, POOL_WRITE);
	trial_wait(after);
	assert_st(&after->unit.err, ST_OK, NULL);
	trial_free(t);
	trial_free(after);
	rig_close(r);
}

/* What is checked at commit fails too while it is rolled back; but the veto came first. */
static void pool_keeps_the_first_reason(void **state)
{
	struct rig *r = *state;
	struct trial *t;

	rig_open(r, 1, 1, 1, 10);
	t = trial_new(r);
	trial_add(t, &add_twin, "1", "5");
	trial_add(t, &add_twin, "2", "5");
	trial_ask(t, rows_fail);
	trial_submit(t, POOL_WRITE);
	trial_wait(t);
	assert_st(&t->unit.err, ST_FAILED_PRECONDITION, "VETO");
	assert_string_equal(t->unit.sqlstate, "");
	assert_int_equal(rig_int(r, "select count(*) from steward.thing"), 0);
	trial_free(t);
	rig_close(r);
}

static void pool_does_not_ask_after_a_failure(void **state)
{
	struct rig *r = *state;
	struct trial *t;

	rig_open(r, 1, 1, 1, 10);
	t = trial_new(r);
	trial_add(t, &add, "1", "x");
	trial_add(t, &divide, "0");
	trial_add(t, &rare);
	trial_ask(t, rows_veto);
	trial_submit(t, POOL_WRITE);
	trial_wait(t);
	assert_int_equal(t->asked, 0);
	assert_st(&t->unit.err, ST_INTERNAL, NULL);
	assert_string_equal(t->unit.sqlstate, "22012");
	assert_int_equal(rig_int(r, "select count(*) from steward.thing"), 0);
	trial_free(t);
	rig_close(r);
}

static void rows_add_second(struct trial *t)
{
	trial_add(t, &add, "2", "y");
}

static void pool_keeps_nothing_of_a_dry_run(void **state)
{
	struct rig *r = *state;
	struct trial *plain, *asked, *refused;

	rig_open(r, 1, 1, 1, 10);
	plain = trial_new(r);
	plain->unit.rollback = true;
	trial_add(plain, &add, "1", "x");
	asked = trial_new(r);
	asked->unit.rollback = true;
	trial_add(asked, &add, "1", "x");
	trial_ask(asked, rows_add_second);
	refused = trial_new(r); /* what would fail at commit only, fails dry too */
	refused->unit.rollback = true;
	trial_add(refused, &add_twin, "1", "5");
	trial_add(refused, &add_twin, "2", "5");
	trial_submit(plain, POOL_WRITE);
	trial_submit(asked, POOL_WRITE);
	trial_submit(refused, POOL_WRITE);
	rig_wait_all(r);
	assert_st(&plain->unit.err, ST_OK, NULL);
	assert_string_equal(plain->unit.sqlstate, "");
	assert_string_equal(db_text(plain->unit.first, 0, "name"), "x");
	assert_st(&asked->unit.err, ST_OK, NULL);
	assert_int_equal(asked->asked, 1);
	assert_int_equal(db_rows(asked->unit.last), 1);
	assert_st(&refused->unit.err, ST_ALREADY_EXISTS, "THING_TWIN");
	assert_int_equal(rig_int(r, "select count(*) from steward.thing"), 0);
	trial_free(plain);
	trial_free(asked);
	trial_free(refused);
	rig_close(r);
}

static void then_again(struct trial *t)
{
	if (t->value == 0)
		return;
	t->other = trial_new(t->rig);
	t->other->value = t->value - 1;
	t->other->then = then_again;
	trial_add(t->other, &count);
	trial_submit(t->other, POOL_WRITE);
}

static void pool_takes_units_from_callbacks(void **state)
{
	struct rig *r = *state;
	struct trial *t;
	unsigned n = 0;

	rig_open(r, 2, 1, 1, 10);
	t = trial_new(r);
	t->value = 20;
	t->then = then_again;
	trial_add(t, &count);
	trial_submit(t, POOL_WRITE);
	rig_wait_all(r);
	while (t != NULL) {
		struct trial *next = t->other;

		assert_int_equal(t->done, 1);
		assert_st(&t->unit.err, ST_OK, NULL);
		trial_free(t);
		t = next;
		n++;
	}
	assert_int_equal(n, 21);
	rig_close(r);
}

/* A Parse skipped because its unit had failed before it leaves no prepared statement, neither for a
 * unit sent together with it nor for one that comes later. */
static void pool_prepares_again_what_was_skipped(void **state)
{
	struct rig *r = *state;
	struct trial *t[3];
	struct pool_stats stats;

	rig_open(r, 1, 1, 1, 10);
	for (int i = 0; i < 3; i++)
		t[i] = trial_new(r);
	trial_add(t[0], &divide, "0");
	trial_add(t[0], &rare);
	trial_add(t[1], &rare);
	trial_add(t[2], &rare);
	trial_submit(t[0], POOL_WRITE);
	trial_submit(t[1], POOL_WRITE);
	rig_wait_all(r);
	trial_submit(t[2], POOL_WRITE);
	rig_wait_all(r);
	assert_st(&t[0]->unit.err, ST_INTERNAL, NULL);
	for (int i = 1; i < 3; i++) {
		assert_st(&t[i]->unit.err, ST_OK, NULL);
		assert_int_equal(db_int(t[i]->unit.first, 0, "n"), 7);
	}
	pool_stats(r->pool, POOL_WRITE, &stats);
	assert_int_equal(stats.reconnects, 0); /* known beforehand, not healed afterwards */
	for (int i = 0; i < 3; i++)
		trial_free(t[i]);
	rig_close(r);
}

/* The field that is blamed for what this unit is refused for. */
static void assert_blames(struct rig *r, const struct sql_stmt *stmt, const char *reason,
			  const char *field)
{
	struct trial *t = trial_new(r);

	trial_add(t, stmt, "not a uuid", "x");
	trial_submit(t, POOL_WRITE);
	trial_wait(t);
	assert_st(&t->unit.err, ST_INVALID_ARGUMENT, reason);
	assert_string_equal(t->unit.err.field, field);
	assert_null(strstr(t->unit.err.message, "not a uuid"));
	trial_free(t);
}

static void pool_names_the_parameter_at_fault(void **state)
{
	struct rig *r = *state;

	rig_open(r, 1, 1, 1, 10);
	test_pg_exec(r->super, refusing_sql);
	assert_blames(r, &echo_uuid, "FORMAT", "1");
	assert_blames(r, &own_uuid, "FORMAT", ""); /* no field of the request */
	assert_blames(r, &own_words, "STINV", "twin");
	assert_blames(r, &inside, "FORMAT", "");
	assert_blames(r, &no_such_parameter, "FORMAT", "");
	assert_blames(r, &at_commit, "FORMAT", "");
	test_pg_exec(r->super, "drop trigger refuse on steward.thing;"
			       "drop function steward.refuse(), steward.\"costs $9\"()");
	rig_close(r);
}

#define MUCH (8u << 20)

static char *much_text(void)
{
	char *text = test_malloc(MUCH + 1);

	memset(text, 'x', MUCH);
	text[MUCH] = 0;
	return text;
}

static void assert_much(struct trial *t, const struct db_call *call)
{
	assert_st(&t->unit.err, ST_OK, NULL);
	assert_int_equal(db_int(call, 0, "n"), MUCH);
	assert_int_equal(strlen(db_text(call, 0, "x")), MUCH);
}

static void rows_add_much(struct trial *t)
{
	trial_add(t, &echo, t->unit.first->values[0].data);
}

/* More than a socket takes at once, both ways, also from the middle of a unit. */
static void pool_sends_and_reads_much(void **state)
{
	struct rig *r = *state;
	char *text = much_text();
	struct trial *t[3];

	rig_open(r, 1, 1, 1, 10);
	for (int i = 0; i < 3; i++) {
		t[i] = trial_new(r);
		trial_add(t[i], &echo, text);
		if (i == 2)
			trial_ask(t[i], rows_add_much);
		trial_submit(t[i], POOL_READ);
	}
	rig_wait_all(r);
	for (int i = 0; i < 3; i++) {
		assert_much(t[i], t[i]->unit.first);
		assert_much(t[i], t[i]->unit.last);
		trial_free(t[i]);
	}
	test_free(text);
	rig_close(r);
}

static void pool_refuses_a_unit_that_ran_out_of_memory(void **state)
{
	struct rig *r = *state;
	struct trial *t;
	struct db_call *call;

	rig_open(r, 1, 1, 1, 10);
	t = trial_new(r);
	call = db_add(&t->unit, &typed);
	t->mem.limit = t->mem.used;
	assert_null(db_add(&t->unit, &typed));
	db_bind_int(&t->unit, call, "1", 1);
	db_bind_int(&t->unit, call, "1", 2);
	assert_int_equal(pool_submit(r->pool, POOL_READ, &t->unit), ST_RESOURCE_EXHAUSTED);
	trial_free(t);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pool_runs_a_unit),
		cmocka_unit_test(pool_reads_values_by_column),
		cmocka_unit_test(pool_keeps_a_failure_from_its_neighbours),
		cmocka_unit_test(pool_sees_a_commit_fail),
		cmocka_unit_test(pool_asks_before_it_commits),
		cmocka_unit_test(pool_rolls_back_on_a_veto),
		cmocka_unit_test(pool_keeps_the_first_reason),
		cmocka_unit_test(pool_does_not_ask_after_a_failure),
		cmocka_unit_test(pool_keeps_nothing_of_a_dry_run),
		cmocka_unit_test(pool_takes_units_from_callbacks),
		cmocka_unit_test(pool_prepares_again_what_was_skipped),
		cmocka_unit_test(pool_names_the_parameter_at_fault),
		cmocka_unit_test(pool_sends_and_reads_much),
		cmocka_unit_test(pool_refuses_a_unit_that_ran_out_of_memory),
	};

	return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
