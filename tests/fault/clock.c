/*
 * Clocks that jump, under the daemon alone, under the daemon and its PostgreSQL, and the clock that
 * should never jump. Run by clock.sh, which says in CLOCK_PRELOAD where libfaketime is: that
 * library reads from a file how far the clock is off, so that it can be set while everything runs.
 * This program's own clock is the right one.
 *
 * The wall clock alone jumps when somebody sets it, or when a machine wakes up: Linux stops the
 * monotonic clock while it sleeps. Both jump ahead when a virtual machine was frozen and its host
 * makes up for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/hold.h"
#include "tests/support/people.h"
#include "tests/support/seat.h"
#include "tests/support/wire.h"

#define ALLOWED_MS 100.0
#define TIMEOUT_MS 1000u
#define TIMED_CALLS 5

/* Nothing else asks for departments. */
static const char hold_departments[] = "lock table department in access exclusive mode";
static const char *const jumps[] = { "+30d", "-30d", "+0", "-30d", "+30d" };
#define JUMPS (sizeof(jumps) / sizeof(jumps[0]))

static char clock_file[100], clock_bin[100];

/* From now on the clock is off by that much. */
static void jump(const char *offset)
{
	char aside[120];
	FILE *f;

	(void)snprintf(aside, sizeof(aside), "%s.new", clock_file);
	f = fopen(aside, "w");
	assert_non_null(f);
	(void)fprintf(f, "%s\n", offset);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(aside, 0644), 0);
	assert_int_equal(rename(aside, clock_file), 0);
}

static void preload(char *out, size_t size, bool monotonic)
{
	(void)snprintf(out, size,
		       "LD_PRELOAD=%s FAKETIME_TIMESTAMP_FILE=%s FAKETIME_NO_CACHE=1 "
		       "FAKETIME_DONT_FAKE_MONOTONIC=%d",
		       getenv("CLOCK_PRELOAD"), clock_file, !monotonic);
}

static int prepare(void **state, bool monotonic)
{
	char env[400];

	(void)snprintf(clock_file, sizeof(clock_file), "/tmp/steward-clock-%d", (int)getpid());
	jump("+0");
	preload(env, sizeof(env), monotonic);
	return setenv("DAEMON_ENV", env, 1) == 0 ? rig_up(state) : -1;
}

static int prepare_daemon(void **state)
{
	return prepare(state, false);
}

static int prepare_frozen(void **state)
{
	return prepare(state, true);
}

static bool write_program(const char *bindir, const char *name)
{
	char path[160], env[400];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", clock_bin, name);
	preload(env, sizeof(env), false);
	f = fopen(path, "w");
	if (f == NULL)
		return false;
	(void)fprintf(f, "#!/bin/sh\nexec env %s %s/%s \"$@\"\n", env, bindir, name);
	return fclose(f) == 0 && chmod(path, 0755) == 0;
}

/* PostgreSQL is started with an environment of its own, so its programs are wrapped. */
static int prepare_both(void **state)
{
	const char *bindir = getenv("CLOCK_BINDIR");

	(void)snprintf(clock_bin, sizeof(clock_bin), "/tmp/steward-clock-bin-%d", (int)getpid());
	(void)snprintf(clock_file, sizeof(clock_file), "/tmp/steward-clock-%d", (int)getpid());
	if (bindir == NULL || mkdir(clock_bin, 0755) != 0 || !write_program(bindir, "postgres") ||
	    !write_program(bindir, "initdb") ||
	    setenv("STEWARDD_CLUSTER_BINDIR", clock_bin, 1) != 0)
		return -1;
	return prepare(state, false);
}

static int finish(void **state)
{
	char path[160];
	int code;

	jump("+0");
	code = rig_down(state); /* checks the books */
	(void)unlink(clock_file);
	(void)unsetenv("STEWARDD_CLUSTER_BINDIR");
	(void)snprintf(path, sizeof(path), "%s/postgres", clock_bin);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/initdb", clock_bin);
	(void)unlink(path);
	(void)rmdir(clock_bin);
	return code;
}

static double now_ms(void)
{
	return (double)uv_hrtime() / 1e6;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* ---- what must hold at whatever time ---- */

static const char *opened(struct rig *rig)
{
	return rig_text(rig_ok(rig, "clerk", "case.Open",
			       "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Tap drips', "
			       "'channel': 'email'}"),
			"number");
}

/* The daemon looks every second what has come due: a case put on hold is released. */
static void expect_ticks(struct rig *rig)
{
	const char *n = opened(rig);
	const json_t *event = NULL;
	double begin;
	char sql[200];

	rig_ok(rig, "clerk", "clock.Hold", "{'case': '%s', 'why': 'Part', 'until': '2027-06-01'}",
	       n);
	(void)snprintf(sql, sizeof(sql),
		       "update steward.desk_case set held_until = now() where number = '%s' "
		       "returning 1",
		       n);
	(void)rig_sql(rig, sql);
	begin = now_ms();
	while (event == NULL && now_ms() < begin + 10000) {
		event = rig_find(rig_ok(rig, "clerk", "case.Show", "{'case': '%s'}", n), "timeline",
				 "verb", "release");
		(void)usleep(100000);
	}
	assert_non_null(event);
}

/* Milliseconds by which a call that is held back ends after its time, the clock jumping meanwhile.
 */
static double lateness(struct rig *rig, struct wire *w, const char *offset)
{
	struct wire_call list = { .method = "department.List",
				  .property = "SUN",
				  .timeout_ms = TIMEOUT_MS };
	struct hold h = hold_begin(rig, hold_departments);
	const Steward__Response *r;
	double begin = now_ms(), took;
	uint32_t id = wire_call(w, &list);

	wire_push(w);
	hold_until_waiting(rig, 1);
	jump(offset);
	r = wire_answer(w, id);
	took = now_ms() - begin;
	assert_int_equal(r->code, ST_DEADLINE_EXCEEDED);
	hold_end(&h);
	return took - TIMEOUT_MS;
}

/* ---- the daemon's wall clock ---- */

/* Deadlines are counted by the monotonic clock, here and in PostgreSQL. The middle one of several
 * is taken for "late", because this machine has other things to do; none may be early. */
static void deadlines_hold(void **state)
{
	struct wire *w = wire_open(*state, rig_desk(*state));
	double late[TIMED_CALLS];

	wire_login(w, "clerk");
	for (size_t i = 0; i < TIMED_CALLS; i++) {
		late[i] = lateness(*state, w, jumps[i % JUMPS]);
		print_message("# %s: %.0f ms late\n", jumps[i % JUMPS], late[i]);
		assert_true(late[i] > -ALLOWED_MS);
	}
	jump("+0");
	wire_close(w);
	qsort(late, TIMED_CALLS, sizeof(late[0]), by_value);
	assert_true(late[TIMED_CALLS / 2] < ALLOWED_MS);
}

static void what_comes_due_is_found(void **state)
{
	for (size_t i = 0; i < JUMPS; i++) {
		jump(jumps[i]);
		expect_ticks(*state);
	}
	jump("+0");
}

/* The time in the audit, like every time that is stored, is PostgreSQL's. The ids begin with the
 * daemon's time and end with 74 random bits: they stay apart also when the same second comes twice.
 */
static void books_stay_in_order(void **state)
{
	for (int i = 0; i < 30; i++) {
		jump(jumps[(size_t)i % JUMPS]);
		(void)opened(*state);
	}
	jump("+0");
	assert_string_equal(
		rig_sql(*state, "select count(*) from (select at < lag(at) over (order by substr("
				"number, 3)::int) as back from steward.audit where method = "
				"'case.Open' and number ~ '^C-') x where back"),
		"0");
	assert_string_equal(rig_sql(*state, "select max(substr(number, 3)::int) - 1000 - count(*) "
					    "from steward.desk_case"),
			    "0");
}

/* Counted by the monotonic clock in the daemon and by PostgreSQL's own where it is stored: neither
 * has jumped. */
static void logins_go_on(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));

	(void)seat_login(s, "clerk");
	for (size_t i = 0; i < JUMPS; i++) {
		jump(jumps[i]);
		assert_string_equal(rig_text(seat_ok(s, "auth.Whoami", "{}"), "login"), "clerk");
	}
	jump("+0");
	seat_free(s);
}

/* Certificates are judged by the daemon's wall clock when a desk connects: within their 90 days
 * they are good, after them for renewal only, before their first day not at all. Whoever is
 * connected stays. */
static void certificates_are_judged_by_the_wall_clock(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state)), *t;

	(void)seat_login(s, "clerk");
	jump("+30d");
	t = seat_new(*state, rig_desk(*state));
	(void)seat_login(t, "clerk");
	seat_free(t);
	jump("+100d");
	t = seat_new(*state, rig_desk(*state));
	assert_int_not_equal(seat_call(t, "auth.Login", NULL,
				       "{'login': 'clerk', 'password': '" PEOPLE_PASSWORD "'}")
				     .err.code,
			     ST_OK);
	seat_free(t);
	jump("-30d");
	t = seat_new(*state, rig_desk(*state));
	(void)seat_refused(t, "auth.Login", ST_UNAVAILABLE, "TURNED_AWAY",
			   "{'login': 'clerk', 'password': '" PEOPLE_PASSWORD "'}");
	seat_free(t);
	(void)seat_ok(s, "auth.Whoami", "{}");
	jump("+0");
	t = seat_new(*state, rig_desk(*state));
	(void)seat_login(t, "clerk");
	seat_free(t);
	seat_free(s);
}

static void login_with(struct seat *s, const char *code, const char *reason)
{
	struct rig_result r = seat_call(
		s, "auth.Login", NULL,
		"{'login': 'qian', 'password': '" PEOPLE_PASSWORD "', 'code': '%s'}", code);

	if (strcmp(r.err.code == ST_OK ? "" : r.err.reason, reason) != 0)
		fail_msg("the code gave %s %s", r.err.reason, r.err.message);
}

/* The six digits of a clock that is off. */
static void code_at(const char *secret, const char *when, char out[8])
{
	char command[300];
	FILE *from;

	(void)snprintf(command, sizeof(command), "oathtool --totp -b -N '%s' %s", when, secret);
	from = popen(command, "r");
	assert_non_null(from);
	assert_non_null(fgets(out, 8, from));
	assert_int_equal(pclose(from), 0);
	out[strcspn(out, "\n")] = '\0';
}

/* Steps are counted and only ever rise: a clock that was ahead by a month makes codes useless for a
 * month (a recovery code or a reset helps), and never lets one count twice. */
static void no_code_counts_twice(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));
	char secret[64], code[8], later[8], earlier[8];

	(void)rig_ok(*state, "admin", "user.Add",
		     "{'login': 'qian', 'full_name': 'Somebody', 'password': '" PEOPLE_PASSWORD
		     "', 'must_change': false}");
	(void)seat_login(s, "qian");
	(void)snprintf(secret, sizeof(secret), "%s",
		       rig_text(seat_ok(s, "auth.TotpStart", "{}"), "secret"));
	seat_code(secret, code);
	(void)seat_ok(s, "auth.TotpConfirm", "{'code': '%s'}", code);
	login_with(s, code, "CODE_USED");
	jump("-30d"); /* its time lies ahead again, but it was used */
	login_with(s, code, "WRONG_CODE");
	code_at(secret, "-30 days", earlier);
	login_with(s, earlier, "CODE_USED"); /* a step before the last */
	jump("+30d");
	code_at(secret, "+30 days", later);
	login_with(s, later, "");
	login_with(s, later, "CODE_USED");
	jump("+0");
	seat_code(secret, code);
	login_with(s, code, "CODE_USED");
	jump("+30d");
	login_with(s, later, "CODE_USED");
	jump("+0");
	seat_free(s);
}

/* ---- daemon and PostgreSQL together: the machine's wall clock ---- */

/* A month later nobody is logged in any more (twelve hours are the longest); whoever logs in again
 * works. Set back, what was stored lies ahead, and logins go on. */
static void machine_jumps(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));

	(void)seat_login(s, "clerk");
	expect_ticks(*state);
	jump("+30d");
	seat_reconnect(s);
	(void)seat_refused(s, "auth.Whoami", ST_UNAUTHENTICATED, NULL, "{}");
	(void)seat_login(s, "clerk");
	assert_int_equal(seat_call(s, "case.Open", &(struct call_options){ .property = "SUN" },
				   "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Later'}")
				 .err.code,
			 ST_OK);
	jump("+0"); /* back by a month */
	seat_reconnect(s);
	(void)seat_login(s, "clerk");
	assert_int_equal(seat_call(s, "case.Open", &(struct call_options){ .property = "SUN" },
				   "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Earlier'}")
				 .err.code,
			 ST_OK);
	seat_free(s);
	expect_ticks(*state);
}

/* PostgreSQL counts the time of a statement by the wall clock: set ahead it is in time, set back it
 * is too late by as much. Then the desk gives up by itself, and everything else goes on. */
static void database_set_back_leaves_it_to_the_desk(void **state)
{
	struct call_options o = { .property = "SUN", .timeout_ms = TIMEOUT_MS };
	struct wire *w = wire_open(*state, rig_desk(*state));
	struct seat *s = seat_new(*state, rig_desk(*state));
	double late = TIMEOUT_MS, begin;
	struct hold h;
	pid_t later;

	wire_login(w, "clerk");
	for (int i = 0; i < TIMED_CALLS && late > ALLOWED_MS; i++) {
		jump("+0");
		late = lateness(*state, w, "+1h");
		assert_true(late > -ALLOWED_MS);
	}
	assert_true(late < ALLOWED_MS);
	wire_close(w);
	(void)seat_login(s, "clerk");
	h = hold_begin(*state, hold_departments);
	begin = now_ms();
	later = fork();
	if (later == 0) {
		hold_until_waiting(*state, 1);
		jump("+0");
		_exit(0);
	}
	assert_int_equal(seat_call(s, "department.List", &o, "{}").err.code, ST_DEADLINE_EXCEEDED);
	assert_int_equal(waitpid(later, NULL, 0), later);
	assert_true(now_ms() - begin >= TIMEOUT_MS && now_ms() - begin < 5000);
	(void)rig_ok(*state, "clerk", "property.List", "{}");
	hold_end(&h);
	(void)seat_ok(s, "auth.Whoami", "{}");
	seat_free(s);
}

/* ---- the monotonic clock ---- */

/* An hour went by in which nothing ran: what waited is over its time, desks that were silent too
 * long connect and log in again, and everything goes on. */
static void frozen_hour(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));
	struct rig_result r;

	(void)seat_login(s, "clerk");
	jump("+1h");
	r = seat_call(s, "auth.Whoami", NULL, "{}");
	if (r.err.code != ST_OK && r.err.code != ST_UNAUTHENTICATED)
		fail_msg("after the hour: %s %s", r.err.reason, r.err.message);
	seat_reconnect(s);
	(void)seat_login(s, "clerk");
	(void)seat_ok(s, "auth.Whoami", "{}");
	seat_free(s);
	s = seat_new(*state, rig_desk(*state));
	(void)seat_login(s, "clerk");
	seat_free(s);
}

#define WITH(test, up) cmocka_unit_test_setup_teardown(test, up, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(deadlines_hold, prepare_daemon),
		WITH(what_comes_due_is_found, prepare_daemon),
		WITH(books_stay_in_order, prepare_daemon),
		WITH(logins_go_on, prepare_daemon),
		WITH(certificates_are_judged_by_the_wall_clock, prepare_daemon),
		WITH(no_code_counts_twice, prepare_daemon),
		WITH(machine_jumps, prepare_both),
		WITH(database_set_back_leaves_it_to_the_desk, prepare_both),
		WITH(frozen_hour, prepare_frozen),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
