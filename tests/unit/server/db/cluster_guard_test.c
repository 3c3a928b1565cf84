/* The private PostgreSQL is kept up: started again when it dies, also when that takes many tries.
 */
#include "server/db/cluster_guard.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/log.h"
#include "tests/support/pg.h"

#define PATIENCE_MS 20000u

struct guarded {
	struct test_pg pg;
	struct cluster_options options;
	struct cluster_guard guard;
	uv_loop_t loop;
	uv_timer_t patience;
	pid_t before;
	bool over;
};

static void on_patience(uv_timer_t *timer)
{
	struct guarded *t = timer->data;

	t->over = true;
}

static int setup(void **state)
{
	struct guarded *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -1;
	log_set_level(LOG_LEVEL_ERROR - 1); /* what is told is not looked at here */
	test_pg_start(&t->pg);
	t->options = (struct cluster_options){ .dir = t->pg.dir };
	assert_int_equal(uv_loop_init(&t->loop), 0);
	assert_int_equal(uv_timer_init(&t->loop, &t->patience), 0);
	t->patience.data = t;
	cluster_guard_init(&t->guard, &t->loop, &t->options, &t->pg.cluster);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct guarded *t = *state;

	cluster_guard_close(&t->guard);
	uv_close((uv_handle_t *)&t->patience, NULL);
	(void)uv_run(&t->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&t->loop), 0);
	test_pg_stop(&t->pg);
	free(t);
	return 0;
}

/* Runs the loop until 'done' holds. */
static void await(struct guarded *t, bool (*done)(struct guarded *t))
{
	t->over = false;
	uv_update_time(&t->loop);
	assert_int_equal(uv_timer_start(&t->patience, on_patience, PATIENCE_MS, 0), 0);
	while (!done(t) && !t->over)
		(void)uv_run(&t->loop, UV_RUN_ONCE);
	(void)uv_timer_stop(&t->patience);
	assert_false(t->over);
}

static bool answers(struct guarded *t)
{
	PGconn *pg = PQconnectdb(test_pg_conninfo(&t->pg, "steward_app"));
	bool ok = PQstatus(pg) == CONNECTION_OK;

	PQfinish(pg);
	return ok;
}

static bool is_another(struct guarded *t)
{
	return t->pg.cluster.pid != 0 && t->pg.cluster.pid != t->before;
}

static bool is_tried(struct guarded *t)
{
	return t->guard.tries >= 3;
}

static void move(const struct guarded *t, const char *from, const char *to)
{
	char a[100], b[100];

	(void)snprintf(a, sizeof(a), "%s/%s", t->pg.dir, from);
	(void)snprintf(b, sizeof(b), "%s/%s", t->pg.dir, to);
	assert_int_equal(rename(a, b), 0);
}

static void cluster_is_started_when_killed(void **state)
{
	struct guarded *t = *state;

	t->before = t->pg.cluster.pid;
	assert_int_equal(kill(t->before, SIGKILL), 0);
	await(t, is_another);
	await(t, answers);
	assert_true(t->pg.cluster.started_here);
}

static void cluster_is_tried_until_it_can_start(void **state)
{
	struct guarded *t = *state;

	move(t, "pg/global/pg_control", "pg/global/pg_control.away");
	t->guard.tries = 0; /* as if the last failure were long ago */
	assert_int_equal(kill(t->pg.cluster.pid, SIGQUIT), 0);
	await(t, is_tried);
	assert_false(answers(t));
	move(t, "pg/global/pg_control.away", "pg/global/pg_control");
	await(t, answers);
}

static void cluster_is_not_made_anew_when_its_volume_is_gone(void **state)
{
	struct guarded *t = *state;
	char path[100];

	move(t, "pg", "pg.away");
	t->guard.tries = 0; /* as if the last failure were long ago */
	assert_int_equal(kill(t->pg.cluster.pid, SIGQUIT), 0);
	await(t, is_tried);
	(void)snprintf(path, sizeof(path), "%s/pg", t->pg.dir);
	assert_int_not_equal(access(path, F_OK), 0);
	move(t, "pg.away", "pg");
	await(t, answers);
}

/* As after `pg_ctl restart` by hand: no second one is started, and the new one is looked after. */
static void cluster_started_by_somebody_else_is_taken_over(void **state)
{
	struct guarded *t = *state;
	struct cluster other = t->pg.cluster;
	struct st_err err = { 0 };
	pid_t theirs;

	t->guard.tries = 0;
	cluster_stop(&other);
	if (cluster_start(&t->options, &other, &err) != ST_OK)
		fail_msg("%s", err.message);
	theirs = other.pid;
	t->before = t->pg.cluster.pid; /* the guard still has the old one's number */
	await(t, is_another);
	await(t, answers);
	assert_int_equal(t->pg.cluster.pid, theirs);
	assert_false(t->pg.cluster.started_here);
	assert_int_equal(kill(theirs, SIGKILL), 0);
	assert_int_equal(waitpid(theirs, NULL, 0), theirs);
	t->before = theirs;
	await(t, is_another);
	await(t, answers);
	assert_true(t->pg.cluster.started_here);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cluster_is_started_when_killed),
		cmocka_unit_test(cluster_is_tried_until_it_can_start),
		cmocka_unit_test(cluster_is_not_made_anew_when_its_volume_is_gone),
		cmocka_unit_test(cluster_started_by_somebody_else_is_taken_over),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
