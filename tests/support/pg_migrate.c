/* Apart from pg.c, because it needs the embedded migrations. */
#include <stdio.h>
#include <stdlib.h>

#include "server/db/migrate.h"
#include "tests/support/pg.h"

void test_pg_migrate(const struct test_pg *t)
{
	struct st_err err = { 0 };
	unsigned applied;
	PGconn *pg = test_pg_connect(t, "steward_migrate");

	if (migrate_run(pg, &applied, &err) != ST_OK) {
		(void)fprintf(stderr, "test cluster: migrate: %s\n", err.message);
		exit(99);
	}
	PQfinish(pg);
}
