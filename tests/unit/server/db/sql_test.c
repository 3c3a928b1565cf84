/* Every statement of the daemon on the migrated database: it runs, and it fits its messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/rules.h"
#include "server/db/check.h"
#include "server/db/sqlstate.h"
#include "tests/support/pg.h"

static int setup(void **state)
{
	struct test_pg *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -1;
	test_pg_start(t);
	test_pg_migrate(t);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct test_pg *t = *state;

	test_pg_stop(t);
	free(t);
	return 0;
}

static void show(void *arg, const char *fault)
{
	(void)arg;
	print_message("%s\n", fault);
}

static void sql_fits_its_messages(void **state)
{
	struct test_pg *t = *state;
	const struct sql_check_input in = { sql_stmts, sql_stmt_count, rpc_methods, rpc_plans,
					    rpc_method_count };
	PGconn *pg = test_pg_connect(t, "steward_app");
	struct st_err err = { 0 };
	unsigned faults = 0;

	assert_true(in.n_stmts > 0 && in.n_methods > 0);
	assert_int_equal(sql_check(pg, &in, show, NULL, &faults, &err), ST_OK);
	PQfinish(pg);
	assert_int_equal(faults, 0);
}

/* A connection knows statements by this number. */
static void sql_statements_know_their_place(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < sql_stmt_count; i++)
		assert_int_equal(sql_stmts[i].index, i);
}

/* PostgreSQL looks into a body only when it is run first; this looks into all of them. */
static void sql_routines_are_valid(void **state)
{
	struct test_pg *t = *state;
	PGconn *pg = test_pg_connect(t, "postgres");
	char text[1000];

	test_pg_exec(
		pg, "set search_path = steward_code, steward, public;"
		    "create temp table wrong (said text);"
		    "do $$ declare r record; begin"
		    "  for r in select p.oid, p.proname, l.lanname from pg_proc p"
		    "             join pg_language l on l.oid = p.prolang"
		    "            where l.lanname in ('sql', 'plpgsql') and p.pronamespace in"
		    "                  ('steward_code'::regnamespace, 'steward'::regnamespace) loop"
		    "    begin"
		    "      if r.lanname = 'sql' then perform fmgr_sql_validator(r.oid);"
		    "      else perform plpgsql_validator(r.oid); end if;"
		    "    exception when others then"
		    "      insert into wrong values (r.proname || ': ' || sqlerrm);"
		    "    end;"
		    "  end loop; end $$");
	assert_string_equal(test_pg_value(pg,
					  "select coalesce(string_agg(said, '; '), '') from wrong",
					  text, sizeof(text)),
			    "");
	assert_string_equal(test_pg_value(pg,
					  "select count(*) > 100 from pg_proc"
					  " where pronamespace = 'steward_code'::regnamespace",
					  text, sizeof(text)),
			    "t");
	PQfinish(pg);
}

/* What the daemon may read at its start. */
static void sql_constraints_have_sentences(void **state)
{
	struct test_pg *t = *state;
	PGconn *pg = test_pg_connect(t, "steward_app");
	struct constraint_texts *texts;
	struct st_err err = { 0 };

	assert_int_equal(constraint_texts_load(pg, &texts, &err), ST_OK);
	constraint_texts_free(texts);
	PQfinish(pg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sql_fits_its_messages),
		cmocka_unit_test(sql_statements_know_their_place),
		cmocka_unit_test(sql_routines_are_valid),
		cmocka_unit_test(sql_constraints_have_sentences),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
