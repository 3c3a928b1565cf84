/*
 * Stopping: whatever runs is answered, whoever watches is sent away, nothing is left behind. That
 * the daemon ends with code 0 is checked when the rig goes down.
 */
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/attach.h"
#include "tests/support/hold.h"
#include "tests/support/wire.h"

#define WAIT_TRIES 10000
#define WAIT_PAUSE_US 1000

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	(void)rig_ok(*state, "clerk", "case.Open",
		     "{'kind': 'repair', 'spot': 'lobby', 'summary': 'The first'}");
	/* The clusters of tests do not wait for the disk; what is killed below is to know of it. */
	(void)rig_sql(*state, "checkpoint");
	return 0;
}

/* The process of a pid file; 0: there is none. 'state', 10 bytes, or NULL: what a postmaster says
 * of itself in the eighth line of its own. */
static pid_t pid_in(struct rig *rig, const char *pid_file, char *state)
{
	char path[300], line[100] = "";
	pid_t pid;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/../%s", rig_desk(rig), pid_file);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	(void)!fgets(line, sizeof(line), f);
	pid = (pid_t)strtol(line, NULL, 10);
	for (int i = 0; state != NULL && i < 7; i++)
		if (fgets(line, sizeof(line), f) == NULL)
			line[0] = 0;
	(void)fclose(f);
	if (state != NULL)
		(void)snprintf(state, 10, "%.9s", line);
	return pid;
}

static void send_signal(struct rig *rig, const char *pid_file, int number)
{
	pid_t pid = pid_in(rig, pid_file, NULL);

	assert_int_not_equal(pid, 0);
	assert_int_equal(kill(pid, number), 0);
}

/* Until another postmaster than 'old' takes connections. */
static void wait_until_ready(struct rig *rig, pid_t old)
{
	char state[10];
	int tries = 0;
	pid_t pid;

	while (((pid = pid_in(rig, "pg/postmaster.pid", state)) == 0 || pid == old ||
		strncmp(state, "ready", 5) != 0) &&
	       tries++ < WAIT_TRIES)
		(void)usleep(WAIT_PAUSE_US);
	assert_true(tries < WAIT_TRIES);
}

/* Until a file is there, or gone. */
static void wait_until(const char *dir, const char *name, bool there)
{
	char path[300];
	struct stat st;
	int tries = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	while ((stat(path, &st) == 0) != there && tries++ < WAIT_TRIES)
		(void)usleep(WAIT_PAUSE_US);
	assert_true(tries < WAIT_TRIES);
}

static void stop_answers_what_runs(void **state)
{
	struct wire_call call = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'on the way'}" };
	struct wire *w = wire_desk(*state, "clerk"), *idle = wire_desk(*state, "clerk");
	struct hold h = hold_changes(*state);
	uint32_t id = wire_call(w, &call);

	wire_push(w);
	hold_until_waiting(*state, 1);
	send_signal(*state, "watched.pid", SIGTERM);
	(void)wire_lost(idle);
	send_signal(*state, "watched.pid", SIGTERM); /* impatience does not help */
	hold_end(&h);
	/* Or, on a slow machine, it waited longer for the lock than the database allows. */
	assert_true(wire_answer(w, id)->code == ST_OK ||
		    strcmp(wire_answer(w, id)->reason, "LOCKED") == 0);
	(void)wire_lost(w);
	wire_close(w);
	wire_close(idle);
}

static void stop_sends_watches_away(void **state)
{
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t asleep = wire_watch(w, "SUN", "{}"), other = wire_watch(w, NULL, "{'after': ''}");

	send_signal(*state, "watched.pid", SIGHUP);
	assert_int_equal(wire_status(w, asleep)->code, ST_UNAVAILABLE);
	assert_string_equal(wire_status(w, asleep)->reason, "GOING_AWAY");
	assert_string_equal(wire_status(w, other)->reason, "GOING_AWAY");
	(void)wire_lost(w);
	wire_close(w);
}

/* A file that is fetched slowly keeps nobody: what is missing of it is fetched afterwards. */
static void stop_sends_downloads_away(void **state)
{
	const struct attach_file *f = attach_photo(40 * ATTACH_PART, 1);
	const json_t *a = attach_whole(*state, "clerk", "C-1001", f, "a.jpg");
	char request[100];
	struct wire_call call = { .method = "attachment.Get", .request = request };
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t id;

	(void)snprintf(request, sizeof(request), "{'attachment': '%s'}", rig_text(a, "number"));
	id = wire_call(w, &call);
	for (int i = 0; i < WAIT_TRIES && wire_changes(w, id) < 32; i++)
		(void)wire_ask(w, &(struct wire_call){ .method = "auth.Whoami" });
	send_signal(*state, "watched.pid", SIGTERM);
	assert_int_equal(wire_status(w, id)->code, ST_UNAVAILABLE);
	assert_string_equal(wire_status(w, id)->reason, "GOING_AWAY");
	(void)wire_lost(w);
	wire_close(w);
	attach_free();
}

/* Some wait for a lock, some for their turn, some for a hash thread; their clients are gone. */
static void stop_waits_for_calls_without_clients(void **state)
{
	struct wire_call note = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'nobody waits'}",
				  .timeout_ms = 1000 };
	struct wire_call login = { .method = "auth.Login",
				   .request = "{'login': 'clerk', 'password': 'wrong'}" };
	struct wire_call grant = { .method = "user.Grant",
				   .request = "{'user': 'clerk', 'role': 'cashier', 'at': 'SUN'}" };
	struct hold h = hold_changes(*state);
	struct wire *w[3] = { wire_desk(*state, "clerk"), wire_desk(*state, "administrator"),
			      wire_open(*state, rig_desk(*state)) };

	for (int i = 0; i < 20; i++)
		(void)wire_call(w[0], &note);
	(void)wire_watch(w[0], "SUN", "{}");
	(void)wire_call(w[1], &grant);
	(void)wire_call(w[2], &login);
	for (int i = 0; i < 3; i++)
		wire_push(w[i]);
	send_signal(*state, "watched.pid", SIGINT);
	for (int i = 0; i < 3; i++)
		wire_close(w[i]);
	wait_until(rig_desk(*state), "../stewardd.pid", false);
	hold_end(&h);
}

static void rename_in(struct rig *rig, const char *from, const char *to)
{
	char a[300], b[300];

	(void)snprintf(a, sizeof(a), "%s/../%s", rig_desk(rig), from);
	(void)snprintf(b, sizeof(b), "%s/../%s", rig_desk(rig), to);
	assert_int_equal(rename(a, b), 0);
}

/* PostgreSQL dies and cannot be started again: whatever runs or comes is told so, and the daemon
 * still stops as it should. */
static void database_gone_is_told(void **state)
{
	struct wire_call note = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'lost'}",
				  .padding = 20000 }; /* so large, they run side by side */
	struct wire_call login = { .method = "auth.Login",
				   .request = "{'login': 'clerk', 'password': 'wrong'}" };
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t id[6], watch = wire_watch(w, "SUN", "{}"); /* it waits for better times */
	struct hold h = hold_changes(*state);

	for (size_t i = 0; i < 6; i++)
		id[i] = wire_call(w, &note);
	wire_push(w);
	hold_until_waiting(*state, 2);
	PQfinish(h.pg);
	rename_in(*state, "pg/global/pg_control", "pg/global/pg_control.away");
	send_signal(*state, "pg/postmaster.pid", SIGQUIT);
	for (size_t i = 0; i < 6; i++) {
		const Steward__Response *r = wire_answer(w, id[i]);

		assert_true(r->code == ST_OK || r->code == ST_UNAVAILABLE ||
			    (r->code == ST_DEADLINE_EXCEEDED &&
			     strcmp(r->reason, ST_REASON_OUTCOME_UNKNOWN) == 0));
	}
	assert_int_equal(wire_ask(w, &note)->code, ST_UNAVAILABLE);
	assert_int_equal(wire_ask(w, &(struct wire_call){ .method = "case.List" })->code,
			 ST_UNAVAILABLE);
	assert_int_equal(wire_ask(w, &(struct wire_call){ .method = "event.Watch" })->code,
			 ST_UNAVAILABLE);
	assert_int_equal(wire_ask(w, &login)->code, ST_UNAVAILABLE);
	assert_int_equal(wire_changes(w, watch), 0);
	wire_close(w);
	send_signal(*state, "watched.pid", SIGTERM);
	wait_until(rig_desk(*state), "../stewardd.pid", false);
}

/* PostgreSQL dies: the daemon starts it again, and what comes meanwhile is told to come again. */
static void database_killed_comes_back(void **state)
{
	struct wire_call note = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'and again'}",
				  .key = uuid_v7(1) };
	struct wire *w = wire_desk(*state, "clerk");
	const Steward__Response *r = wire_ask(w, &(struct wire_call){ .method = "case.List" });
	pid_t old = pid_in(*state, "pg/postmaster.pid", NULL);
	int tries = 0;

	assert_int_equal(r->code, ST_OK);
	send_signal(*state, "pg/postmaster.pid", SIGKILL);
	while ((r = wire_ask(w, &note))->code != ST_OK && tries++ < WAIT_TRIES) {
		if (!st_code_retry(r->code) && strcmp(r->reason, ST_REASON_OUTCOME_UNKNOWN) != 0)
			fail_msg("%s %s %s", st_code_name(r->code), r->reason, r->message);
		(void)usleep(10 * WAIT_PAUSE_US);
	}
	assert_int_equal(r->code, ST_OK);
	wait_until_ready(*state, old); /* a process of the old one may have written it, in time */
	wire_close(w);
}

/* The daemon on an empty directory, stopped while it makes its PostgreSQL. */
static pid_t started(const char *dir)
{
	char data[300], program[600];
	pid_t pid;

	(void)snprintf(data, sizeof(data), "--data=%s", dir);
	(void)snprintf(program, sizeof(program), "%s/server/stewardd", getenv("BUILD_DIR"));
	pid = fork();
	if (pid == 0) {
		(void)execl(program, "stewardd", data, "--port=0", "--enrol-port=0",
			    "--cluster-durable=false", "--log-level=error", (char *)NULL);
		_exit(127);
	}
	assert_true(pid > 0);
	return pid;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	return remove(path);
}

static void stop_in_the_midst_of_starting(void **state)
{
	static const char *const moments[] = { "pg.new", "pg/postmaster.pid", "state" };
	char dir[] = "/tmp/steward-stop-XXXXXX", path[300];
	struct stat st;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0711), 0);
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		pid_t pid = started(dir);
		int status = -1;

		wait_until(dir, moments[i], true);
		assert_int_equal(kill(pid, SIGTERM), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("stopped at %s: status %d", moments[i], status);
		(void)snprintf(path, sizeof(path), "%s/pg/postmaster.pid", dir);
		assert_int_not_equal(stat(path, &st), 0);
	}
	assert_int_equal(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

#define WITH_DAEMON(test) cmocka_unit_test_setup_teardown(test, prepare, rig_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DAEMON(stop_answers_what_runs),
		WITH_DAEMON(stop_sends_watches_away),
		WITH_DAEMON(stop_sends_downloads_away),
		WITH_DAEMON(stop_waits_for_calls_without_clients),
		WITH_DAEMON(database_gone_is_told),
		WITH_DAEMON(database_killed_comes_back),
		cmocka_unit_test(stop_in_the_midst_of_starting),
	};

	return cmocka_run_group_tests_name("stop", tests, NULL, NULL);
}
