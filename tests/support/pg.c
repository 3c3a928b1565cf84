#include "tests/support/pg.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_pg_die(const char *what, const char *why)
{
	(void)fprintf(stderr, "test cluster: %s: %s\n", what, why);
	exit(99); /* meson: a hard error */
}

static int test_pg_remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	(void)remove(path);
	return 0;
}

static void test_pg_remove(const char *dir)
{
	(void)nftw(dir, test_pg_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The number in the postmaster's own file: a test may have had it started again. */
static pid_t test_pg_pid(const struct test_pg *t)
{
	char path[100], text[32] = "";
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/pg/postmaster.pid", t->dir);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fgets(text, sizeof(text), f) == NULL)
		text[0] = 0;
	(void)fclose(f);
	return (pid_t)strtol(text, NULL, 10);
}

static void test_pg_watch(const struct test_pg *t, int fd)
{
	char byte;
	pid_t pid;

	(void)setsid();
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	for (int i = 3; i < 256; i++) /* not the test's pipes: its reader waits for their end */
		if (i != fd)
			(void)close(i);
	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	(void)close(STDERR_FILENO);
	while (read(fd, &byte, 1) < 0 && errno == EINTR)
		;
	pid = test_pg_pid(t);
	if (pid > 1 && kill(pid, SIGQUIT) == 0)
		for (int i = 0; i < 500 && test_pg_pid(t) == pid; i++)
			(void)usleep(10000);
	test_pg_remove(t->dir);
	_exit(0);
}

void test_pg_start(struct test_pg *t)
{
	struct cluster_options o = { .durable = false };
	struct st_err err = { 0 };
	int ends[2];

	memset(t, 0, sizeof(*t));
	(void)snprintf(t->dir, sizeof(t->dir), "/tmp/steward-test-XXXXXX");
	if (mkdtemp(t->dir) == NULL || chmod(t->dir, 0711) != 0 || pipe(ends) != 0)
		test_pg_die(t->dir, strerror(errno));
	t->watcher = fork();
	if (t->watcher < 0)
		test_pg_die("fork", strerror(errno));
	if (t->watcher == 0) {
		(void)close(ends[1]);
		test_pg_watch(t, ends[0]);
	}
	(void)close(ends[0]);
	t->alive = ends[1];
	(void)fcntl(t->alive, F_SETFD, FD_CLOEXEC);
	o.dir = t->dir;
	if (cluster_start(&o, &t->cluster, &err) != ST_OK)
		test_pg_die("start", err.message);
	(void)snprintf(t->conninfo, sizeof(t->conninfo), "%s", test_pg_conninfo(t, "steward_app"));
}

void test_pg_stop(struct test_pg *t)
{
	cluster_stop(&t->cluster);
	(void)close(t->alive);
	(void)waitpid(t->watcher, NULL, 0);
}

const char *test_pg_conninfo(struct test_pg *t, const char *role)
{
	static char text[sizeof(t->conninfo)];

	(void)snprintf(text, sizeof(text), "host=%s user=%s dbname=steward connect_timeout=10",
		       t->cluster.socket_dir, role);
	return text;
}

PGconn *test_pg_connect(const struct test_pg *t, const char *role)
{
	const char *const keys[] = { "host", "user", "dbname", "connect_timeout", NULL };
	const char *const values[] = { t->cluster.socket_dir, role, "steward", "10", NULL };
	PGconn *pg = PQconnectdbParams(keys, values, 0);

	if (PQstatus(pg) != CONNECTION_OK)
		test_pg_die("connect", PQerrorMessage(pg));
	return pg;
}

void test_pg_exec(PGconn *pg, const char *sql)
{
	PGresult *res = PQexec(pg, sql);
	ExecStatusType status = PQresultStatus(res);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		test_pg_die(sql, PQerrorMessage(pg));
	PQclear(res);
}

const char *test_pg_value(PGconn *pg, const char *sql, char *out, size_t size)
{
	PGresult *res = PQexec(pg, sql);

	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		test_pg_die(sql, PQerrorMessage(pg));
	(void)snprintf(out, size, "%s", PQntuples(res) > 0 ? PQgetvalue(res, 0, 0) : "");
	PQclear(res);
	return out;
}
