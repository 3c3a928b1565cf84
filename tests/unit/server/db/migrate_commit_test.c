/* A migration that ends its transaction by itself is found out: apart, because it needs such a
 * migration. */
#include "server/db/migrate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "server/db/sql.h"
#include "tests/support/pg.h"

const struct migration migrations[] = {
	{ "0001_rogue", "create table half (id int);\ncommit;\ncreate table other_half (id int);",
	  "aa01" },
};
const uint16_t migration_count = 1;
const struct routine_file routine_files[] = { { NULL, NULL } };
const uint16_t routine_file_count = 0;
const char routine_sha256[] = "none";

static void migrate_finds_a_commit(void **state)
{
	struct test_pg pg;
	struct st_err err = { 0 };
	unsigned applied;
	char text[20];
	PGconn *conn;

	(void)state;
	test_pg_start(&pg);
	conn = test_pg_connect(&pg, "steward_migrate");
	assert_int_equal(migrate_run(conn, &applied, &err), ST_FAILED_PRECONDITION);
	assert_string_equal(err.reason, "MIGRATION_FAILED");
	assert_string_equal(
		test_pg_value(conn, "select count(*) from steward.migration", text, sizeof(text)),
		"0");
	PQfinish(conn);
	test_pg_stop(&pg);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(migrate_finds_a_commit) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
