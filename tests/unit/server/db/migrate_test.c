/* The runner of migrations, with three small ones of its own instead of the embedded ones. */
#include "server/db/migrate.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/db/sql.h"
#include "tests/support/pg.h"

/* The last one fails, at its third line, where public.switch has no column 'broken'. */
const struct migration migrations[] = {
	{ "0001_first", "create table first (id int primary key);", "aa01" },
	{ "0002_second",
	  "create extension if not exists btree_gist;\n"
	  "create function two() returns int language sql as $$ select 2; $$;\n"
	  "create table second (id int references first);\n",
	  "aa02" },
	{ "0003_third",
	  "-- Gebäude 东门\n"
	  "create table third (id int);\n"
	  "select broken from public.switch;\n",
	  "aa03" },
};
const uint16_t migration_count = 3;

/* The first names what the second makes, and a table of a migration. */
const struct routine_file routine_files[] = {
	{ "server/db/a.fn.sql", "create function four() returns bigint language sql as\n"
				"$$ select pair() + (select count(*) from first) $$;" },
	{ "server/db/b.fn.sql", "create view pairs as select two() * 2 as n;\n"
				"create function pair() returns int language sql as\n"
				"$$ select n from pairs $$;" },
};
const uint16_t routine_file_count = 2;
const char routine_sha256[] = "aa99";

struct migrate_rig {
	struct test_pg pg;
	PGconn *super, *conn;
	struct st_err err;
	unsigned applied;
	char text[100];
};

static int setup(void **state)
{
	struct migrate_rig *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -1;
	test_pg_start(&r->pg);
	r->super = test_pg_connect(&r->pg, "postgres");
	r->conn = test_pg_connect(&r->pg, "steward_migrate");
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct migrate_rig *r = *state;

	PQfinish(r->conn);
	PQfinish(r->super);
	test_pg_stop(&r->pg);
	free(r);
	return 0;
}

/* An empty database. */
static int begin(void **state)
{
	struct migrate_rig *r = *state;

	test_pg_exec(
		r->super,
		"set client_min_messages = error;"
		"drop schema if exists steward cascade; drop schema if exists steward_code "
		"cascade; "
		"drop table if exists public.switch;"
		"create table public.switch (broken int); grant select on public.switch to public");
	memset(&r->err, 0, sizeof(r->err));
	r->applied = 99;
	return 0;
}

static const char *value(struct migrate_rig *r, const char *sql)
{
	return test_pg_value(r->super, sql, r->text, sizeof(r->text));
}

static enum st_code migrate(struct migrate_rig *r)
{
	return migrate_run(r->conn, &r->applied, &r->err);
}

static void migrate_applies_all_once(void **state)
{
	struct migrate_rig *r = *state;

	assert_int_equal(migrate(r), ST_OK);
	assert_int_equal(r->applied, 3);
	assert_string_equal(value(r, "select string_agg(name || ' ' || sha256, ',' order by name) "
				     "from steward.migration"),
			    "0001_first aa01,0002_second aa02,0003_third aa03");
	assert_string_equal(value(r, "select steward.two()"), "2");
	/* Everything belongs to the owner, who cannot log in. */
	assert_string_equal(
		value(r,
		      "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace"
		      " where nspname = 'steward' and relowner <> 'steward_owner'::regrole"),
		"0");
	assert_int_equal(migrate(r), ST_OK);
	assert_int_equal(r->applied, 0);
}

static void migrate_leaves_the_session_as_it_was(void **state)
{
	struct migrate_rig *r = *state;

	assert_int_equal(migrate(r), ST_OK);
	assert_int_equal(PQtransactionStatus(r->conn), PQTRANS_IDLE);
	assert_string_equal(
		test_pg_value(r->conn,
			      "select current_user || ' ' || current_setting('lock_timeout')",
			      r->text, sizeof(r->text)),
		"steward_migrate 0");
	assert_string_equal(value(r, "select count(*) from pg_locks where locktype = 'advisory'"),
			    "0");
}

static void migrate_says_where_it_failed(void **state)
{
	struct migrate_rig *r = *state;

	test_pg_exec(r->super, "alter table public.switch rename broken to whole");
	assert_int_equal(migrate(r), ST_FAILED_PRECONDITION);
	assert_string_equal(r->err.reason, "MIGRATION_FAILED");
	if (strstr(r->err.message, "0003_third.sql:3: ") == NULL ||
	    strstr(r->err.message, "broken") == NULL)
		fail_msg("%s", r->err.message);
	assert_int_equal(r->applied, 99); /* only written on success */
	/* Those before it stay, nothing of it does. */
	assert_string_equal(value(r, "select count(*) from steward.migration"), "2");
	assert_string_equal(value(r, "select coalesce(to_regclass('steward.third')::text, 'none')"),
			    "none");
	test_pg_exec(r->super, "alter table public.switch rename whole to broken");
	assert_int_equal(migrate(r), ST_OK);
	assert_int_equal(r->applied, 1);
}

/* Made at the first start, left alone where nothing changed, made anew where something did. */
static void migrate_makes_routines_when_they_change(void **state)
{
	static const char oid[] = "select 'steward_code.four'::regproc::oid";
	struct migrate_rig *r = *state;
	char before[20];

	assert_int_equal(migrate(r), ST_OK);
	test_pg_exec(r->super, "set search_path = steward_code, steward");
	assert_string_equal(value(r, "select four()"), "4");
	(void)test_pg_value(r->super, oid, before, sizeof(before));
	assert_int_equal(migrate(r), ST_OK);
	assert_string_equal(value(r, oid), before);
	test_pg_exec(r->super,
		     "insert into steward.first values (1);"
		     "create function steward_code.gone() returns int language sql as "
		     "'select 1'; update steward.routines set sha256 = 'of another text'");
	assert_int_equal(migrate(r), ST_OK);
	assert_int_equal(r->applied, 0);
	assert_string_equal(value(r, "select four()"), "5");
	assert_string_equal(value(r, "select coalesce(to_regproc('gone')::text, 'none')"), "none");
	assert_string_equal(value(r, "select sha256 from steward.routines"), "aa99");
}

/* Making them anew must never take something along that holds data. */
static void migrate_refuses_what_stands_on_routines(void **state)
{
	struct migrate_rig *r = *state;

	assert_int_equal(migrate(r), ST_OK);
	test_pg_exec(r->super, "create table steward.held (n bigint default steward_code.four());"
			       "update steward.routines set sha256 = 'of another text'");
	assert_int_equal(migrate(r), ST_FAILED_PRECONDITION);
	if (strstr(r->err.message, "held") == NULL)
		fail_msg("%s", r->err.message);
	assert_string_equal(value(r, "select count(*) from steward.held"), "0");
	assert_int_equal(PQtransactionStatus(r->conn), PQTRANS_IDLE);
}

static void migrate_refuses_a_changed_file(void **state)
{
	struct migrate_rig *r = *state;

	assert_int_equal(migrate(r), ST_OK);
	test_pg_exec(r->super,
		     "update steward.migration set sha256 = 'bb' where name = '0002_second'");
	assert_int_equal(migrate(r), ST_FAILED_PRECONDITION);
	assert_string_equal(r->err.reason, "MIGRATION_CHANGED");
	assert_non_null(strstr(r->err.message, "0002_second"));
}

static void migrate_refuses_a_newer_database(void **state)
{
	struct migrate_rig *r = *state;

	assert_int_equal(migrate(r), ST_OK);
	test_pg_exec(r->super,
		     "insert into steward.migration (name, sha256) values ('0004_future', 'cc')");
	assert_int_equal(migrate(r), ST_FAILED_PRECONDITION);
	assert_string_equal(r->err.reason, "DATABASE_NEWER");
	assert_non_null(strstr(r->err.message, "0004_future"));
}

static void migrate_refuses_a_gap(void **state)
{
	struct migrate_rig *r = *state;

	assert_int_equal(migrate(r), ST_OK);
	test_pg_exec(r->super, "delete from steward.migration where name = '0002_second'");
	assert_int_equal(migrate(r), ST_FAILED_PRECONDITION);
	assert_string_equal(r->err.reason, "MIGRATION_ORDER");
	assert_string_equal(value(r, "select count(*) from steward.migration"), "2");
}

static void migrate_needs_its_role(void **state)
{
	struct migrate_rig *r = *state;
	PGconn *app = test_pg_connect(&r->pg, "steward_app");

	assert_int_equal(migrate_run(app, &r->applied, &r->err), ST_FAILED_PRECONDITION);
	assert_non_null(strstr(r->err.message, "steward_owner"));
	PQfinish(app);
}

struct runner {
	PGconn *conn;
	enum st_code code;
	unsigned applied;
	struct st_err err;
};

static void *run(void *arg)
{
	struct runner *one = arg;

	one->code = migrate_run(one->conn, &one->applied, &one->err);
	return NULL;
}

/* Several daemons start at once: one migrates, the others wait and find it done. */
static void migrate_runs_once_for_many(void **state)
{
	struct migrate_rig *r = *state;
	struct runner runners[4] = { 0 };
	pthread_t threads[4];
	unsigned sum = 0;

	for (int i = 0; i < 4; i++)
		runners[i].conn = test_pg_connect(&r->pg, "steward_migrate");
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, &runners[i]), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		if (runners[i].code != ST_OK)
			fail_msg("%s", runners[i].err.message);
		sum += runners[i].applied;
		PQfinish(runners[i].conn);
	}
	assert_int_equal(sum, 3);
}

#define MIGRATE_TEST(f) cmocka_unit_test_setup(f, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MIGRATE_TEST(migrate_applies_all_once),
		MIGRATE_TEST(migrate_leaves_the_session_as_it_was),
		MIGRATE_TEST(migrate_says_where_it_failed),
		MIGRATE_TEST(migrate_makes_routines_when_they_change),
		MIGRATE_TEST(migrate_refuses_what_stands_on_routines),
		MIGRATE_TEST(migrate_refuses_a_changed_file),
		MIGRATE_TEST(migrate_refuses_a_newer_database),
		MIGRATE_TEST(migrate_refuses_a_gap),
		MIGRATE_TEST(migrate_needs_its_role),
		MIGRATE_TEST(migrate_runs_once_for_many),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
