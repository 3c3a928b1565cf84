/* The private cluster: made, found again, mended, refused. */
#include "server/db/cluster.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/pg.h"

static int setup(void **state)
{
	struct test_pg *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -1;
	test_pg_start(t);
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

static const char *ask(struct test_pg *t, const char *role, const char *sql)
{
	static char out[200];
	PGconn *pg = test_pg_connect(t, role);

	(void)test_pg_value(pg, sql, out, sizeof(out));
	PQfinish(pg);
	return out;
}

static void start(struct test_pg *t, bool durable)
{
	struct cluster_options o = { .dir = t->dir, .durable = durable };
	struct st_err err = { 0 };

	if (cluster_start(&o, &t->cluster, &err) != ST_OK)
		fail_msg("%s", err.message);
}

static const char *path(const struct test_pg *t, const char *name)
{
	static char out[200];

	(void)snprintf(out, sizeof(out), "%s/%s", t->dir, name);
	return out;
}

static void write_file(const char *name, const char *mode, const char *text)
{
	FILE *f = fopen(name, mode);

	assert_non_null(f);
	assert_true(fputs(text, f) != EOF);
	assert_int_equal(fclose(f), 0);
}

static void cluster_lets_each_role_in(void **state)
{
	static const char *const roles[] = { "steward_app", "steward_migrate", "steward_analyst",
					     "steward_sealer", "steward_backup" };
	struct test_pg *t = *state;

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		assert_string_equal(ask(t, roles[i], "select current_user"), roles[i]);
	assert_string_equal(ask(t, "steward_app", "show search_path"),
			    "steward_code, steward, public");
	assert_string_equal(ask(t, "steward_app", "show server_encoding"), "UTF8");
	assert_string_equal(ask(t, "steward_app",
				"select datcollate from pg_database where datname = 'steward'"),
			    "C.UTF-8");
	assert_string_equal(ask(t, "steward_analyst", "show default_transaction_read_only"), "on");
	assert_string_equal(ask(t, "steward_app",
				"select string_agg(rolname, ',' order by rolname) from pg_roles "
				"where rolname like 'steward%' and (rolsuper or rolbypassrls or "
				"rolcreaterole)"),
			    "steward_backup");
}

static void cluster_keeps_others_out(void **state)
{
	struct test_pg *t = *state;
	PGconn *owner = PQconnectdb(test_pg_conninfo(t, "steward_owner"));
	struct stat st;
	pid_t child;
	int status;

	assert_int_not_equal(PQstatus(owner), CONNECTION_OK); /* nobody logs in as the owner */
	PQfinish(owner);
	assert_string_equal(ask(t, "steward_app", "show listen_addresses"), "");
	assert_int_equal(stat(path(t, "run"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(path(t, "pg"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	if (geteuid() != 0)
		return;
	assert_int_not_equal(st.st_uid, 0);
	child = fork();
	if (child == 0) {
		PGconn *pg;

		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(2);
		pg = PQconnectdb(test_pg_conninfo(t, "steward_app"));
		_exit(PQstatus(pg) == CONNECTION_OK ? 1 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void cluster_uses_a_postmaster_again(void **state)
{
	struct test_pg *t = *state;
	struct cluster before = t->cluster;

	start(t, false);
	assert_int_equal(t->cluster.pid, before.pid);
	assert_false(t->cluster.started_here);
	assert_string_equal(t->cluster.socket_dir, before.socket_dir);
	t->cluster = before;
}

static void cluster_stops_and_starts(void **state)
{
	struct test_pg *t = *state;
	pid_t pid = t->cluster.pid;
	PGconn *pg = test_pg_connect(t, "postgres");

	test_pg_exec(pg, "create table public.kept (id int)");
	cluster_stop(&t->cluster); /* does not wait for sessions */
	assert_int_equal(t->cluster.pid, 0);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_not_equal(access(path(t, "pg/postmaster.pid"), F_OK), 0);
	cluster_stop(&t->cluster); /* nothing to do */
	PQfinish(pg);
	start(t, false);
	assert_true(t->cluster.started_here);
	assert_string_equal(ask(t, "postgres", "select count(*) from public.kept"), "0");
}

static void cluster_recovers_from_a_kill(void **state)
{
	struct test_pg *t = *state;

	assert_int_equal(kill(t->cluster.pid, SIGKILL), 0);
	assert_int_equal(waitpid(t->cluster.pid, NULL, 0), t->cluster.pid);
	assert_int_equal(access(path(t, "pg/postmaster.pid"), F_OK), 0);
	start(t, false);
	assert_string_equal(ask(t, "steward_app", "select 1"), "1");
}

/* Some other program of the account that PostgreSQL runs as: one of another account's it would not
 * mind by itself. */
static pid_t start_stranger(const struct test_pg *t)
{
	struct stat data;
	pid_t pid;

	assert_int_equal(stat(path(t, "pg"), &data), 0);
	pid = fork();
	assert_true(pid >= 0); /* -1 would be everybody to kill() */
	if (pid > 0)
		return pid;
	if (geteuid() == 0 && (setgid(data.st_gid) != 0 || setuid(data.st_uid) != 0))
		_exit(1);
	(void)pause();
	_exit(0);
}

/* The number in the pid file belongs to some other program by now. */
static void cluster_is_not_fooled_by_a_number(void **state)
{
	struct test_pg *t = *state;
	char text[300];
	pid_t stranger;

	cluster_stop(&t->cluster);
	stranger = start_stranger(t);
	(void)snprintf(text, sizeof(text), "%d\n%s/pg\n1700000000\n5432\n%s/run\n\n\n",
		       (int)stranger, t->dir, t->dir);
	write_file(path(t, "pg/postmaster.pid"), "w", text);
	start(t, false);
	assert_int_not_equal(t->cluster.pid, stranger);
	assert_string_equal(ask(t, "steward_app", "select 1"), "1");
	(void)kill(stranger, SIGKILL);
	(void)waitpid(stranger, NULL, 0);
}

static void cluster_keeps_own_settings(void **state)
{
	struct test_pg *t = *state;

	write_file(path(t, "pg/postgresql.conf"), "a", "work_mem = 7MB\nmax_connections = 33\n");
	cluster_stop(&t->cluster);
	start(t, true);
	assert_string_equal(ask(t, "steward_app", "show work_mem"), "7MB");
	assert_string_equal(ask(t, "steward_app", "show max_connections"), "33");
	assert_string_equal(ask(t, "steward_app", "show fsync"),
			    "on"); /* as we say, not as last time */
	assert_string_equal(ask(t, "steward_app", "show synchronous_commit"), "on");
	cluster_stop(&t->cluster);
	start(t, false);
	assert_string_equal(ask(t, "steward_app", "show fsync"), "off");
}

static void refused(struct cluster_options o, const char *reason, const char *says)
{
	struct cluster c = { .pid = 77 };
	struct st_err err = { 0 };

	assert_int_not_equal(cluster_start(&o, &c, &err), ST_OK);
	assert_string_equal(err.reason, reason);
	if (strstr(err.message, says) == NULL)
		fail_msg("'%s' does not say '%s'", err.message, says);
	assert_int_equal(c.pid, 77); /* only written on success */
}

static void cluster_refuses_what_cannot_work(void **state)
{
	struct test_pg *t = *state;
	char inside[100], broken[100], deep[200];

	(void)snprintf(inside, sizeof(inside), "%s/new", t->dir);
	(void)snprintf(broken, sizeof(broken), "%s/broken", t->dir);
	(void)snprintf(deep, sizeof(deep), "%s/%080d", t->dir, 1);
	refused((struct cluster_options){ .dir = "data" }, "CLUSTER_DIR", "absolute");
	refused((struct cluster_options){ .dir = deep }, "CLUSTER_DIR", "too long");
	refused((struct cluster_options){ .dir = "/proc/steward" }, "CLUSTER_DIR", "cannot make");
	refused((struct cluster_options){ .dir = inside, .bindir = "/nowhere" }, "NO_POSTGRESQL",
		"/nowhere");
	assert_int_equal(mkdir(broken, 0711), 0);
	(void)snprintf(deep, sizeof(deep), "%s/pg", broken);
	assert_int_equal(mkdir(deep, 0700), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(deep, 65534, 65534), 0);
	(void)snprintf(deep, sizeof(deep), "%s/pg/PG_VERSION", broken);
	write_file(deep, "w", "9\n");
	refused((struct cluster_options){ .dir = broken }, "NO_POSTGRESQL", "postgresql-9");
	write_file(deep, "w", "what\n");
	refused((struct cluster_options){ .dir = broken }, "CLUSTER_DIR", "version");
	if (geteuid() != 0)
		return;
	refused((struct cluster_options){ .dir = inside, .account = "root" }, "CLUSTER_ACCOUNT",
		"root");
	refused((struct cluster_options){ .dir = inside, .account = "no-such-one" },
		"CLUSTER_ACCOUNT", "no-such-one");
	assert_int_equal(mkdir(path(t, "closed"), 0700), 0);
	(void)snprintf(inside, sizeof(inside), "%s/closed/data", t->dir);
	refused((struct cluster_options){ .dir = inside }, "CLUSTER_DIR", "cannot reach");
}

/* A start cut short while the data were being made. */
static void cluster_removes_what_is_half_made(void **state)
{
	struct test_pg *t = *state;
	struct cluster_options o = { .durable = false };
	struct cluster c = { 0 };
	struct st_err err = { 0 };
	char dir[100], rest[150];

	(void)snprintf(dir, sizeof(dir), "%s/second", t->dir);
	(void)snprintf(rest, sizeof(rest), "%s/pg.new", dir);
	assert_int_equal(mkdir(dir, 0711), 0);
	assert_int_equal(mkdir(rest, 0700), 0);
	(void)snprintf(rest, sizeof(rest), "%s/pg.new/PG_VERSION", dir);
	write_file(rest, "w", "15\n");
	o.dir = dir;
	if (cluster_start(&o, &c, &err) != ST_OK)
		fail_msg("%s", err.message);
	cluster_stop(&c);
	(void)snprintf(rest, sizeof(rest), "%s/pg.new", dir);
	assert_int_not_equal(access(rest, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cluster_lets_each_role_in),
		cmocka_unit_test(cluster_keeps_others_out),
		cmocka_unit_test(cluster_uses_a_postmaster_again),
		cmocka_unit_test(cluster_stops_and_starts),
		cmocka_unit_test(cluster_recovers_from_a_kill),
		cmocka_unit_test(cluster_is_not_fooled_by_a_number),
		cmocka_unit_test(cluster_keeps_own_settings),
		cmocka_unit_test(cluster_refuses_what_cannot_work),
		cmocka_unit_test(cluster_removes_what_is_half_made),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
