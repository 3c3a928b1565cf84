#pragma once
/*
 * A private PostgreSQL for a test program: made in /tmp by the code under server/db that makes the
 * embedded one, without fsync. Whatever way the test ends, killed included, the server is stopped
 * and the directory removed: a small process watches for the test's end.
 *
 *   struct test_pg pg;
 *   test_pg_start(&pg);  ...  PGconn *c = test_pg_connect(&pg, "steward_app");  ...
 * test_pg_stop(&pg);
 *
 * What goes wrong here ends the program with a message: there is nothing to test then.
 */
#include <libpq-fe.h>
#include <sys/types.h>

#include "server/db/cluster.h"

struct test_pg {
	char dir[64];
	char conninfo[200]; /* of steward_app in database steward */
	struct cluster cluster;
	pid_t watcher;
	int alive; /* the watcher notices when this is closed */
};

void test_pg_start(struct test_pg *t);
void test_pg_stop(struct test_pg *t);
/* A libpq string for this role in database "steward"; valid until the next call. */
const char *test_pg_conninfo(struct test_pg *t, const char *role);
/* An open connection; the caller finishes it. */
PGconn *test_pg_connect(const struct test_pg *t, const char *role);
/* Runs text of one or more statements. */
void test_pg_exec(PGconn *pg, const char *sql);
/* First column of the first row as text in a buffer of the caller; "" for null or no row. */
const char *test_pg_value(PGconn *pg, const char *sql, char *out, size_t size);
/* Applies the embedded migrations. In pg_migrate.c, so that only its users link them. */
void test_pg_migrate(const struct test_pg *t);
