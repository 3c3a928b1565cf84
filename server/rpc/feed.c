#include "server/rpc/feed.h"

#include <stdlib.h>

#include "common/arena.h"
#include "common/clock.h"
#include "server/db/pool.h"
#include "server/db/sql_stmts.h"
#include "server/rpc/app.h"

#define FEED_LOOK_MS 1000
#define FEED_ARENA (1u << 20)

struct feed_hub {
	struct app *app;
	struct list watchers;
	uv_async_t poke;
	uv_timer_t timer;
	unsigned open_handles;
	bool looking; /* a look at the heads is under way */
	bool closing;
	int64_t heads_sum; /* sum of all heads: grows whenever one does */
	struct arena mem;  /* of the look */
	struct db_unit unit;
	void (*closed)(void *);
	void *closed_arg;
};

static void feed_wake_all(struct feed_hub *hub)
{
	list_each(node, &hub->watchers)
	{
		struct feed_watcher *w = container_of(node, struct feed_watcher, link);

		w->wake(w);
	}
}

static void feed_on_poke(uv_async_t *async)
{
	feed_wake_all(async->data);
}

static void feed_maybe_closed(struct feed_hub *hub)
{
	if (hub->open_handles > 0 || hub->looking)
		return;
	hub->closed(hub->closed_arg);
	free(hub);
}

static void feed_on_heads(struct db_unit *u)
{
	struct feed_hub *hub = u->owner;
	int64_t sum = 0;

	hub->looking = false;
	if (u->err.code == ST_OK)
		for (int i = 0; i < db_rows(u->first); i++)
			sum += db_int(u->first, i, "pos");
	arena_fini(&hub->mem);
	if (hub->closing) {
		feed_maybe_closed(hub);
		return;
	}
	if (sum > hub->heads_sum) {
		hub->heads_sum = sum;
		feed_wake_all(hub);
	}
}

static void feed_on_timer(uv_timer_t *timer)
{
	struct feed_hub *hub = timer->data;

	if (hub->looking || list_empty(&hub->watchers))
		return;
	arena_init(&hub->mem, FEED_ARENA);
	db_unit_init(&hub->unit, &hub->mem, feed_on_heads, hub);
	hub->unit.deadline_ms = clock_mono_ms(hub->app->services.clock) + FEED_LOOK_MS;
	if (db_add(&hub->unit, &sql_core_heads) == NULL ||
	    pool_submit(hub->app->services.pool, POOL_READ, &hub->unit) != ST_OK) {
		arena_fini(&hub->mem); /* busy: the next look is a second away */
		return;
	}
	hub->looking = true;
}

enum st_code feed_hub_new(struct app *app, struct feed_hub **ret, struct st_err *err)
{
	struct feed_hub *hub = calloc(1, sizeof(*hub));

	if (hub == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			       "no memory for the change feed");
	hub->app = app;
	list_init(&hub->watchers);
	must(uv_async_init(app->loop, &hub->poke, feed_on_poke) == 0);
	must(uv_timer_init(app->loop, &hub->timer) == 0);
	hub->poke.data = hub->timer.data = hub;
	hub->open_handles = 2;
	must(uv_timer_start(&hub->timer, feed_on_timer, FEED_LOOK_MS, FEED_LOOK_MS) == 0);
	*ret = hub;
	return ST_OK;
}

void feed_poke(struct feed_hub *hub)
{
	(void)uv_async_send(&hub->poke);
}

void feed_watch(struct feed_hub *hub, struct feed_watcher *w)
{
	list_push(&hub->watchers, &w->link);
	feed_poke(hub); /* what happened before it came */
}

void feed_unwatch(struct feed_watcher *w)
{
	list_remove(&w->link);
}

static void feed_on_close(uv_handle_t *handle)
{
	struct feed_hub *hub = handle->data;

	hub->open_handles--;
	feed_maybe_closed(hub);
}

void feed_hub_close(struct feed_hub *hub, void (*cb)(void *), void *arg)
{
	hub->closing = true;
	hub->closed = cb;
	hub->closed_arg = arg;
	uv_close((uv_handle_t *)&hub->poke, feed_on_close);
	uv_close((uv_handle_t *)&hub->timer, feed_on_close);
}
