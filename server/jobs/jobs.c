#include "server/jobs/jobs.h"

#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/log.h"
#include "server/db/pool.h"
#include "server/db/sql_stmts.h"
#include "server/rpc/app.h"
#include "server/rpc/feed.h"

#define JOBS_LOOK_MS 1000
#define JOBS_UNIT_MS 30000
#define JOBS_DAY_MS (24u * 60 * 60 * 1000)
#define JOBS_ARENA (1u << 20)
#define JOBS_BATCH 200 /* of what has come due, in one transaction, at most */

enum jobs_state { JOBS_RESTING, JOBS_ASKING, JOBS_TICKING, JOBS_DAILY };

/* Something has come due for a capability at a property. */
struct job {
	const struct sql_tick *tick;
	int64_t property;
};

struct jobs {
	struct app *app;
	uv_timer_t timer;
	enum jobs_state state;
	bool closing;
	uint64_t daily_ms; /* when the daily work is next due */
	struct job *list;  /* what is to be done, 'n' of it */
	size_t n, at;
	struct arena mem; /* of what runs */
	struct db_unit unit;
	void (*closed)(void *);
	void *closed_arg;
};

static void jobs_next(struct jobs *j);

static void jobs_end(struct jobs *j)
{
	free(j->list);
	free(j);
}

static void jobs_on_closed(uv_handle_t *handle)
{
	struct jobs *j = handle->data;

	j->closed(j->closed_arg);
	jobs_end(j);
}

/* After the last piece of work: the timer may go now. */
static void jobs_rest(struct jobs *j)
{
	j->state = JOBS_RESTING;
	if (j->closing)
		uv_close((uv_handle_t *)&j->timer, jobs_on_closed);
}

static void jobs_submit(struct jobs *j, enum jobs_state state, enum pool_kind kind)
{
	j->unit.deadline_ms = clock_mono_ms(j->app->services.clock) + JOBS_UNIT_MS;
	j->state = state;
	if (pool_submit(j->app->services.pool, kind, &j->unit) == ST_OK)
		return;
	arena_fini(&j->mem); /* busy or away: the next second comes */
	jobs_rest(j);
}

static void jobs_begin(struct jobs *j, void (*on_done)(struct db_unit *))
{
	arena_init(&j->mem, JOBS_ARENA);
	db_unit_init(&j->unit, &j->mem, on_done, j);
}

/* ---- one piece of work ---- */

/* Whatever has more takes its turn again behind the others. */
static void jobs_on_tick(struct db_unit *u)
{
	struct jobs *j = u->owner;
	struct job job = j->list[j->at++];
	int64_t done = 0, more = 0;

	if (u->err.code == ST_OK) {
		done = db_int(u->last, 0, "done");
		more = db_int(u->last, 0, "more");
	} else {
		log_warn("job=%s property=%lld code=%s message=\"%s\"", job.tick->name,
			 (long long)job.property, st_code_name(u->err.code), u->err.message);
	}
	arena_fini(&j->mem);
	if (done > 0)
		feed_poke(j->app->feed, job.property);
	if (more != 0) {
		memmove(j->list, j->list + j->at, (j->n - j->at) * sizeof(*j->list));
		j->n -= j->at;
		j->at = 0;
		j->list[j->n++] = job;
	}
	jobs_next(j);
}

static void jobs_bind_tick(struct jobs *j, struct db_call *tick, const char *property)
{
	for (unsigned i = 0; i < tick->stmt->n_params; i++)
		if (strcmp(tick->stmt->params[i], "property") == 0)
			db_bind(tick, "property", property);
		else
			db_bind_int(&j->unit, tick, "limit", JOBS_BATCH);
}

/* Adds the statements of one piece of work; false: no memory. */
static bool jobs_add_tick(struct jobs *j, const struct job *job)
{
	struct db_call *scope = db_add(&j->unit, &sql_core_scope), *tick;
	char *id = arena_printf(&j->mem, "%lld", (long long)job->property);

	if (scope == NULL || id == NULL)
		return false;
	db_bind(scope, "scope", id);
	db_bind(scope, "timeout_ms", "25000");
	tick = db_add(&j->unit, job->tick->tick);
	if (tick == NULL)
		return false;
	jobs_bind_tick(j, tick, id);
	return true;
}

static void jobs_next(struct jobs *j)
{
	if (j->at == j->n || j->closing) {
		jobs_rest(j);
		return;
	}
	jobs_begin(j, jobs_on_tick);
	if (jobs_add_tick(j, &j->list[j->at])) {
		jobs_submit(j, JOBS_TICKING, POOL_SLOW);
		return;
	}
	arena_fini(&j->mem);
	jobs_rest(j);
}

/* ---- where something has come due ---- */

static size_t jobs_count(const struct db_unit *u)
{
	size_t n = 0;

	for (const struct db_call *c = u->first; c != NULL; c = c->next)
		n += (size_t)db_rows(c);
	return n;
}

/* The answers stand in the order of sql_ticks. */
static void jobs_on_due(struct db_unit *u)
{
	struct jobs *j = u->owner;
	const struct sql_tick *tick = sql_ticks;
	struct job *list = u->err.code == ST_OK ? calloc(jobs_count(u) + 1, sizeof(*list)) : NULL;

	j->at = j->n = 0;
	if (u->err.code != ST_OK)
		log_warn("job=due code=%s message=\"%s\"", st_code_name(u->err.code),
			 u->err.message);
	if (list != NULL) {
		free(j->list);
		j->list = list;
		for (const struct db_call *c = u->first; c != NULL; c = c->next, tick++)
			for (int i = 0; i < db_rows(c); i++)
				list[j->n++] = (struct job){ tick, db_int(c, i, "property_id") };
	}
	arena_fini(&j->mem);
	jobs_next(j);
}

/* ---- once a day ---- */

static void jobs_on_daily(struct db_unit *u)
{
	struct jobs *j = u->owner;

	if (u->err.code == ST_OK)
		j->daily_ms = clock_mono_ms(j->app->services.clock) + JOBS_DAY_MS;
	else
		log_warn("job=daily code=%s message=\"%s\"", st_code_name(u->err.code),
			 u->err.message);
	arena_fini(&j->mem);
	jobs_rest(j);
}

/* What is asked or done at once for all properties; false: no memory. */
static bool jobs_add_all(struct jobs *j, bool daily)
{
	for (unsigned i = 0; i < (daily ? sql_daily_count : sql_tick_count); i++)
		if (db_add(&j->unit, daily ? sql_dailies[i] : sql_ticks[i].due) == NULL)
			return false;
	return true;
}

static void jobs_on_timer(uv_timer_t *timer)
{
	struct jobs *j = timer->data;
	bool daily = clock_mono_ms(j->app->services.clock) >= j->daily_ms;

	if (j->state != JOBS_RESTING || j->closing)
		return;
	jobs_begin(j, daily ? jobs_on_daily : jobs_on_due);
	if (!jobs_add_all(j, daily)) {
		arena_fini(&j->mem);
		return;
	}
	if (daily)
		jobs_submit(j, JOBS_DAILY, POOL_SLOW);
	else
		jobs_submit(j, JOBS_ASKING, POOL_READ);
}

/* ---- its life ---- */

enum st_code jobs_new(struct app *app, struct jobs **ret, struct st_err *err)
{
	struct jobs *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory for the jobs");
	j->app = app;
	must(uv_timer_init(app->loop, &j->timer) == 0);
	j->timer.data = j;
	must(uv_timer_start(&j->timer, jobs_on_timer, JOBS_LOOK_MS, JOBS_LOOK_MS) == 0);
	*ret = j;
	return ST_OK;
}

void jobs_close(struct jobs *j, void (*cb)(void *), void *arg)
{
	must(!j->closing);
	j->closing = true;
	j->closed = cb;
	j->closed_arg = arg;
	if (j->state == JOBS_RESTING)
		jobs_rest(j);
}
