#include "tests/unit/server/db/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Parameters of these tests' statements have numbers as names: "1", "2", ... */
const char *const rig_params[] = { "1", "2", "3", "4" };

static const char rig_tables[] =
	"create schema steward authorization steward_owner;"
	"grant usage on schema steward to steward_app;"
	"create table steward.thing (id int primary key, name text,"
	"  twin int constraint thing_twin unique deferrable initially deferred);"
	"grant all on steward.thing to steward_app;";

static uint64_t rig_mono_ms(struct clock *c)
{
	return container_of(c, struct rig, clock)->now_ms;
}

static int64_t rig_wall_us(struct clock *c)
{
	(void)c;
	return 0;
}

int rig_setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -1;
	test_pg_start(&r->pg);
	r->super = test_pg_connect(&r->pg, "postgres");
	test_pg_exec(r->super, rig_tables);
	r->clock = (struct clock){ rig_mono_ms, rig_wall_us };
	r->now_ms = 1000;
	*state = r;
	return uv_loop_init(&r->loop);
}

int rig_teardown(void **state)
{
	struct rig *r = *state;
	int left = uv_loop_close(&r->loop);

	PQfinish(r->super);
	test_pg_stop(&r->pg);
	free(r);
	return left;
}

static void rig_give_up(uv_timer_t *timer)
{
	(void)timer;
	(void)fprintf(stderr, "nothing happened for half a minute\n");
	abort();
}

void rig_wait_for(struct rig *r, bool (*reached)(struct rig *r))
{
	uv_timer_t patience;

	(void)uv_timer_init(&r->loop, &patience);
	(void)uv_timer_start(&patience, rig_give_up, 30000, 0);
	while (!reached(r))
		(void)uv_run(&r->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&patience, NULL);
	(void)uv_run(&r->loop, UV_RUN_NOWAIT); /* the loop forgets it before it goes out of scope */
}

static bool rig_is_closed(struct rig *r)
{
	return r->closed;
}

static bool rig_is_idle(struct rig *r)
{
	return r->pending == 0;
}

void rig_open_at(struct rig *r, const char *conninfo, unsigned queue_max)
{
	struct pool_options o = { .conninfo = { conninfo, conninfo, conninfo },
				  .size = { 1, 1, 1 },
				  .queue_max = queue_max,
				  .clock = &r->clock };
	struct st_err err = { 0 };

	r->closed = false;
	assert_int_equal(pool_new(&r->loop, &o, &r->pool, &err), ST_OK);
}

/* All connections, so that a test may count on where a unit goes. */
static bool rig_is_full(struct rig *r)
{
	struct pool_stats s;

	pool_stats(r->pool, POOL_WRITE, &s);
	return s.live == r->wanted && pool_ready(r->pool);
}

void rig_open(struct rig *r, unsigned write, unsigned read, unsigned slow, unsigned queue_max)
{
	const char *conninfo = r->pg.conninfo;
	struct pool_options o = { .conninfo = { conninfo, conninfo, conninfo },
				  .size = { write, read, slow },
				  .queue_max = queue_max,
				  .clock = &r->clock };
	struct st_err err = { 0 };

	test_pg_exec(r->super, "truncate steward.thing");
	r->closed = false;
	assert_int_equal(pool_new(&r->loop, &o, &r->pool, &err), ST_OK);
	r->wanted = write;
	rig_wait_for(r, rig_is_full);
}

static void rig_on_closed(void *arg)
{
	struct rig *r = arg;

	r->closed = true;
}

void rig_close(struct rig *r)
{
	pool_close(r->pool, rig_on_closed, r);
	rig_wait_for(r, rig_is_closed);
	assert_int_equal(uv_loop_alive(&r->loop), 0);
}

static void trial_on_done(struct db_unit *u)
{
	struct trial *t = u->owner;

	t->done++;
	t->rig->pending--;
	if (t->then != NULL)
		t->then(t);
}

static void trial_on_rows(struct db_unit *u)
{
	struct trial *t = u->owner;

	t->asked++;
	if (t->rows != NULL)
		t->rows(t);
}

struct trial *trial_new(struct rig *r)
{
	struct trial *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	arena_init(&t->mem, 1u << 20);
	t->rig = r;
	db_unit_init(&t->unit, &t->mem, trial_on_done, t);
	return t;
}

void trial_free(struct trial *t)
{
	arena_fini(&t->mem);
	free(t);
}

struct db_call *trial_add(struct trial *t, const struct sql_stmt *stmt, ...)
{
	struct db_call *call = db_add(&t->unit, stmt);
	va_list ap;

	assert_non_null(call);
	va_start(ap, stmt);
	for (unsigned i = 0; i < stmt->n_params; i++)
		db_bind(call, stmt->params[i], va_arg(ap, const char *));
	va_end(ap);
	return call;
}

void trial_ask(struct trial *t, void (*rows)(struct trial *t))
{
	t->rows = rows;
	t->unit.on_rows = trial_on_rows;
}

void trial_submit(struct trial *t, enum pool_kind kind)
{
	unsigned before = t->done;

	t->rig->pending++;
	assert_int_equal(pool_submit(t->rig->pool, kind, &t->unit), ST_OK);
	assert_int_equal(t->done, before); /* never from inside */
}

void trial_wait(struct trial *t)
{
	rig_wait_all(t->rig);
	assert_int_equal(t->done, 1);
}

void rig_wait_all(struct rig *r)
{
	rig_wait_for(r, rig_is_idle);
}

int rig_int(struct rig *r, const char *sql)
{
	char text[32];

	return (int)strtol(test_pg_value(r->super, sql, text, sizeof(text)), NULL, 10);
}

struct st_err rig_run(struct rig *r, enum pool_kind kind, const struct sql_stmt *stmt)
{
	struct trial *t = trial_new(r);
	struct st_err err;

	trial_add(t, stmt, "1", "x");
	trial_submit(t, kind);
	trial_wait(t);
	err = t->unit.err;
	trial_free(t);
	return err;
}

uint64_t rig_reconnects(struct rig *r, enum pool_kind kind)
{
	struct pool_stats stats;

	pool_stats(r->pool, kind, &stats);
	return stats.reconnects;
}

void rig_wait_blocked(struct rig *r, int n)
{
	while (rig_int(r, "select count(*) from pg_stat_activity where usename = 'steward_app' "
			  "and wait_event_type = 'Lock'") < n)
		(void)uv_run(&r->loop, UV_RUN_NOWAIT);
}

void assert_st(const struct st_err *err, enum st_code code, const char *reason)
{
	if (err->code != code)
		print_message("got %s %s: %s\n", st_code_name(err->code), err->reason,
			      err->message);
	assert_int_equal(err->code, code);
	if (reason != NULL)
		assert_string_equal(err->reason, reason);
}
