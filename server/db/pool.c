#include "server/db/pool.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/turns.h"
#include "server/db/pgconn.h"

#define POOL_DOWN_FAILURES \
	3 /* attempts of every connection, in a row, until the database counts as away */
#define POOL_NO_DEADLINE UINT64_MAX

/* From being sent to its end, milliseconds: who is sent has had its turn, and whoever comes then
 * waits for all of them. Where it takes a unit longer, fewer are sent ahead. */
#define POOL_AHEAD_MS 10u

/* Units in flight on one connection. */
static const struct pool_depth {
	unsigned least, most;
} pool_depths[POOL_KINDS] = {
	[POOL_WRITE] = { 4, 4 }, [POOL_READ] = { 2, 16 }, [POOL_SLOW] = { 1, 1 }
};

/* One of the pools. */
struct pool_lane {
	struct pool *pool;
	struct pglink_target target;
	struct pgconn **conns;
	unsigned n_conns;
	struct pool_depth bounds;
	unsigned depth;     /* as of now, between them */
	unsigned in_time;   /* units since it last changed that did not take too long */
	struct turns queue; /* units that wait */
	unsigned queued;
	uint64_t units, errors;
};

struct pool {
	uv_loop_t *loop;
	struct arena mem;
	struct clock *clock;
	struct pool_lane lanes[POOL_KINDS];
	unsigned queue_max;
	/* Units are sent after the loop has dealt with what came in, all that came in together:
	 * 'check' does it, 'idle' only keeps the loop from sleeping before. Both run only while
	 * there is something to do. */
	uv_check_t check;
	uv_idle_t idle;
	uv_timer_t timer;     /* the earliest deadline of all that wait */
	uint64_t timer_ms;    /* when that is, or POOL_NO_DEADLINE */
	bool late;            /* the timer came: look through the queues */
	unsigned n_conns;     /* not closed yet */
	unsigned n_handles;   /* of the loop's, not closed yet */
	bool closing, closed; /* asked for; connections told */
	void (*on_closed)(void *);
	void *closed_arg;
};

static void pool_dispatch(struct pool *p);

static void pool_on_idle(uv_idle_t *idle)
{
	(void)idle;
}

static void pool_on_check(uv_check_t *check)
{
	struct pool *p = check->data;

	(void)uv_check_stop(&p->check);
	(void)uv_idle_stop(&p->idle);
	pool_dispatch(p);
}

/* Something may be sent soon. */
static void pool_kick(struct pool *p)
{
	(void)uv_check_start(&p->check, pool_on_check);
	(void)uv_idle_start(&p->idle, pool_on_idle);
}

static void pool_end_unit(struct pool_lane *lane, struct db_unit *u)
{
	lane->units++;
	lane->errors += u->err.code != ST_OK;
	u->on_done(u);
}

static struct db_unit *pool_head(struct pool_lane *lane)
{
	struct list *node = turns_peek(&lane->queue);

	return node != NULL ? container_of(node, struct db_unit, link) : NULL;
}

static void pool_fail_queued(struct pool_lane *lane, const char *reason, const char *message)
{
	struct list waiting;
	struct list *node;

	/* What the callbacks submit meanwhile is not part of it. */
	list_init(&waiting);
	while ((node = turns_pop(&lane->queue)) != NULL)
		list_push(&waiting, node);
	lane->queued = 0;
	while ((node = list_pop(&waiting)) != NULL) {
		struct db_unit *u = container_of(node, struct db_unit, link);

		(void)st_fail(&u->err, ST_UNAVAILABLE, reason, NULL, "%s", message);
		pool_end_unit(lane, u);
	}
}

/* ---- deadlines ---- */

static bool pool_is_late(const struct db_unit *u, uint64_t now)
{
	return u->deadline_ms != 0 && u->deadline_ms <= now;
}

static void pool_on_timer(uv_timer_t *timer)
{
	struct pool *p = timer->data;

	p->timer_ms = POOL_NO_DEADLINE;
	p->late = true;
	pool_kick(p);
}

static void pool_watch_deadline(struct pool *p, const struct db_unit *u)
{
	uint64_t now;

	if (u->deadline_ms == 0 || u->deadline_ms >= p->timer_ms)
		return;
	now = clock_mono_ms(p->clock);
	p->timer_ms = u->deadline_ms;
	(void)uv_timer_start(&p->timer, pool_on_timer,
			     u->deadline_ms > now ? u->deadline_ms - now : 0, 0);
}

static void pool_end_late(struct pool_lane *lane, struct db_unit *u)
{
	(void)st_fail(
		&u->err, ST_DEADLINE_EXCEEDED, "QUEUE_TIMEOUT", NULL,
		"the server had too much to do and could not begin in time; nothing was changed");
	pool_end_unit(lane, u);
}

/* Is it late? For what is not, the timer is set. */
static bool pool_match_late(struct list *item, void *arg)
{
	struct pool_lane *lane = arg;
	struct db_unit *u = container_of(item, struct db_unit, link);

	if (pool_is_late(u, clock_mono_ms(lane->pool->clock)))
		return true;
	pool_watch_deadline(lane->pool, u);
	return false;
}

/* Ends what has waited too long; the timer is set for the next one. */
static void pool_expire(struct pool_lane *lane)
{
	struct list late;
	struct list *node;

	list_init(&late);
	turns_take(&lane->queue, pool_match_late, lane, &late);
	while ((node = list_pop(&late)) != NULL) {
		lane->queued--;
		pool_end_late(lane, container_of(node, struct db_unit, link));
	}
}

/* ---- sending ---- */

static struct pgconn *pool_choose(const struct pool_lane *lane, const struct db_unit *u)
{
	struct pgconn *best = NULL;

	for (unsigned i = 0; i < lane->n_conns; i++) {
		struct pgconn *pc = lane->conns[i];

		if (pgconn_accepts(pc, u, lane->depth) &&
		    (best == NULL || pgconn_inflight(pc) < pgconn_inflight(best)))
			best = pc;
	}
	return best;
}

static bool pool_is_down(const struct pool_lane *lane)
{
	for (unsigned i = 0; i < lane->n_conns; i++)
		if (pgconn_live(lane->conns[i]) ||
		    pgconn_failures(lane->conns[i]) < POOL_DOWN_FAILURES)
			return false;
	return true;
}

static void pool_send(struct pgconn *pc, struct db_unit *u, uint64_t now)
{
	u->sent_ms = now;
	pgconn_begin(pc, u);
}

static void pool_dispatch_lane(struct pool_lane *lane)
{
	uint64_t now = clock_mono_ms(lane->pool->clock);
	struct db_unit *u;
	struct pgconn *pc;

	while ((u = pool_head(lane)) != NULL && (pc = pool_choose(lane, u)) != NULL) {
		(void)turns_pop(&lane->queue);
		lane->queued--;
		if (pool_is_late(u, now))
			pool_end_late(lane, u);
		else
			pool_send(pc, u, now);
	}
	for (unsigned i = 0; i < lane->n_conns; i++)
		if (pgconn_inflight(lane->conns[i]) > 0)
			pgconn_pump(lane->conns[i]);
	if (lane->queued > 0 && pool_is_down(lane))
		pool_fail_queued(lane, "DATABASE_LOST",
				 "the database cannot be reached now; try again");
}

static void pool_leave(struct pool *p)
{
	p->closed = true;
	for (unsigned k = 0; k < POOL_KINDS; k++)
		pool_fail_queued(&p->lanes[k], "SHUTDOWN",
				 "the server is being stopped; try again");
	for (unsigned k = 0; k < POOL_KINDS; k++)
		for (unsigned i = 0; i < p->lanes[k].n_conns; i++)
			pgconn_close(p->lanes[k].conns[i]);
}

static void pool_dispatch(struct pool *p)
{
	bool late = p->late;

	p->late = false;
	for (unsigned k = 0; k < POOL_KINDS && !p->closing; k++) {
		if (late)
			pool_expire(&p->lanes[k]);
		pool_dispatch_lane(&p->lanes[k]);
	}
	if (p->closing && !p->closed)
		pool_leave(p);
}

/* ---- what connections tell ---- */

/* One fewer at once for each that took too long; one more when as many as are sent were in time. */
static void pool_adapt(struct pool_lane *lane, const struct db_unit *u)
{
	if (clock_mono_ms(lane->pool->clock) - u->sent_ms > POOL_AHEAD_MS) {
		lane->depth -= lane->depth > lane->bounds.least;
		lane->in_time = 0;
	} else if (++lane->in_time >= lane->depth) {
		lane->depth += lane->depth < lane->bounds.most;
		lane->in_time = 0;
	}
}

static void pool_on_unit(struct pgconn *pc, struct db_unit *u, bool again)
{
	struct pool_lane *lane = pgconn_owner(pc);

	pool_adapt(lane, u);
	if (!again || lane->pool->closing) {
		pool_end_unit(lane, u);
		return;
	}
	db_unit_rewind(u);
	turns_push_again(&lane->queue, &u->link, u->source); /* it was there before them */
	lane->queued++;
	pool_watch_deadline(lane->pool, u);
	pool_kick(lane->pool);
}

static void pool_on_change(struct pgconn *pc)
{
	struct pool_lane *lane = pgconn_owner(pc);

	if (lane->queued > 0)
		pool_kick(lane->pool);
}

/* Memory goes when the last handle is closed. */
static void pool_on_handle_closed(uv_handle_t *handle)
{
	struct pool *p = handle->data;
	void (*cb)(void *) = p->on_closed;
	void *arg = p->closed_arg;

	if (--p->n_handles > 0)
		return;
	for (unsigned k = 0; k < POOL_KINDS; k++)
		for (unsigned i = 0; i < p->lanes[k].n_conns; i++)
			pgconn_free(p->lanes[k].conns[i]);
	arena_fini(&p->mem);
	free(p);
	if (cb != NULL)
		cb(arg);
}

static void pool_close_handles(struct pool *p)
{
	uv_handle_t *handles[] = { (uv_handle_t *)&p->check, (uv_handle_t *)&p->idle,
				   (uv_handle_t *)&p->timer };

	p->n_handles = 3;
	for (unsigned i = 0; i < 3; i++)
		uv_close(handles[i], pool_on_handle_closed);
}

static void pool_on_conn_closed(struct pgconn *pc)
{
	struct pool_lane *lane = pgconn_owner(pc);

	if (--lane->pool->n_conns == 0)
		pool_close_handles(lane->pool);
}

static const struct pgconn_ops pool_conn_ops = {
	.on_unit = pool_on_unit,
	.on_change = pool_on_change,
	.on_closed = pool_on_conn_closed,
};

/* ---- from outside ---- */

static enum st_code pool_lane_init(struct pool *p, const struct pool_options *o, unsigned kind,
				   struct st_err *err)
{
	struct pool_lane *lane = &p->lanes[kind];

	lane->pool = p;
	lane->bounds = pool_depths[kind];
	lane->depth = lane->bounds.most;
	turns_init(&lane->queue);
	if (o->size[kind] == 0)
		return st_fail(err, ST_INVALID_ARGUMENT, "POOL_SIZE", NULL,
			       "each pool of connections needs one at least");
	ST_TRY(pglink_target(o->conninfo[kind], &p->mem, &lane->target, err));
	lane->conns = arena_array(&p->mem, struct pgconn *, o->size[kind]);
	if (lane->conns == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory for connections");
	return ST_OK;
}

static struct pool *pool_alloc(uv_loop_t *loop, const struct pool_options *o)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	arena_init(&p->mem, 1u << 20);
	p->loop = loop;
	p->clock = o->clock;
	p->queue_max = o->queue_max;
	p->timer_ms = POOL_NO_DEADLINE;
	return p;
}

/* From here on the pool is closed with pool_close() only: the loop knows its handles. */
static enum st_code pool_connect(struct pool *p, const struct pool_options *o)
{
	(void)uv_check_init(p->loop, &p->check); /* these three cannot fail */
	(void)uv_idle_init(p->loop, &p->idle);
	(void)uv_timer_init(p->loop, &p->timer);
	p->check.data = p->idle.data = p->timer.data = p;
	for (unsigned k = 0; k < POOL_KINDS; k++) {
		struct pool_lane *lane = &p->lanes[k];

		for (unsigned i = 0; i < o->size[k]; i++) {
			lane->conns[i] = pgconn_new(p->loop, &lane->target, k != POOL_READ,
						    &pool_conn_ops, lane);
			if (lane->conns[i] == NULL)
				return ST_RESOURCE_EXHAUSTED;
			lane->n_conns++;
			p->n_conns++;
		}
	}
	return ST_OK;
}

enum st_code pool_new(uv_loop_t *loop, const struct pool_options *o, struct pool **ret,
		      struct st_err *err)
{
	struct pool *p = pool_alloc(loop, o);
	enum st_code code = ST_OK;

	if (p == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory for connections");
	for (unsigned k = 0; k < POOL_KINDS && code == ST_OK; k++)
		code = pool_lane_init(p, o, k, err);
	if (code != ST_OK) {
		arena_fini(&p->mem);
		free(p);
		return code;
	}
	if (pool_connect(p, o) != ST_OK) {
		if (p->n_conns == 0)
			pool_close_handles(p);
		else
			pool_close(p, NULL, NULL);
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory for connections");
	}
	*ret = p;
	return ST_OK;
}

enum st_code pool_submit(struct pool *p, enum pool_kind kind, struct db_unit *u)
{
	struct pool_lane *lane = &p->lanes[kind];

	if (u->err.code != ST_OK)
		return u->err.code;
	if (p->closing || pool_is_down(lane))
		return ST_UNAVAILABLE;
	if (lane->queued >= p->queue_max)
		return ST_RESOURCE_EXHAUSTED;
	must(list_empty(&u->link));
	turns_push(&lane->queue, &u->link, u->source);
	lane->queued++;
	pool_watch_deadline(p, u);
	pool_kick(p);
	return ST_OK;
}

bool pool_ready(const struct pool *p)
{
	struct pool_stats stats;

	for (unsigned k = 0; k < POOL_KINDS; k++) {
		pool_stats(p, k, &stats);
		if (stats.live == 0)
			return false;
	}
	return true;
}

void pool_close(struct pool *p, void (*cb)(void *), void *arg)
{
	must(!p->closing);
	p->closing = true;
	p->on_closed = cb;
	p->closed_arg = arg;
	pool_kick(p);
}

void pool_stats(const struct pool *p, enum pool_kind kind, struct pool_stats *ret)
{
	const struct pool_lane *lane = &p->lanes[kind];

	*ret = (struct pool_stats){ .queued = lane->queued,
				    .units = lane->units,
				    .errors = lane->errors };
	for (unsigned i = 0; i < lane->n_conns; i++) {
		uint64_t ups = pgconn_ups(lane->conns[i]);

		ret->live += pgconn_live(lane->conns[i]);
		ret->busy += pgconn_inflight(lane->conns[i]) > 0;
		ret->reconnects += ups > 1 ? ups - 1 : 0;
	}
}
