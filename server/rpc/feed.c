#include "server/rpc/feed.h"

#include <stdlib.h>

#include "common/arena.h"
#include "common/clock.h"
#include "server/db/pool.h"
#include "server/db/sql_stmts.h"
#include "server/rpc/app.h"

#define FEED_LOOK_MS 1000
#define FEED_ARENA (1u << 20)
#define FEED_POKED_MAX 64 /* properties told apart in one turn of the loop */

struct feed_place {
	int64_t property, pos;
};

struct feed_hub {
	struct app *app;
	struct list watchers;
	uv_async_t poke;
	uv_timer_t timer;
	int64_t poked[FEED_POKED_MAX];
	size_t n_poked; /* beyond the maximum: more than could be noted, so all are meant */
	bool rights;    /* they have changed: told with the next look */
	bool leaving;
	struct feed_place *heads; /* of the latest look, by property */
	size_t n_heads;
	unsigned open_handles;
	bool looking; /* a look at the heads is under way */
	bool closing;
	struct arena mem; /* of the look */
	struct db_unit unit;
	void (*closed)(void *);
	void *closed_arg;
};

/* ---- waking ---- */

static bool feed_concerns(const struct feed_hub *hub, const struct feed_watcher *w)
{
	if (hub->n_poked > FEED_POKED_MAX)
		return true;
	for (size_t i = 0; i < hub->n_poked; i++)
		if (w->concerns(w, hub->poked[i]))
			return true;
	return false;
}

static void feed_on_poke(uv_async_t *async)
{
	struct feed_hub *hub = async->data;

	list_each(node, &hub->watchers)
	{
		struct feed_watcher *w = container_of(node, struct feed_watcher, link);

		if (hub->leaving)
			w->wake(w, FEED_LEAVING);
		else if (feed_concerns(hub, w))
			w->wake(w, FEED_CHANGED);
	}
	hub->n_poked = 0;
}

void feed_poke(struct feed_hub *hub, int64_t property)
{
	for (size_t i = 0; i < hub->n_poked && i < FEED_POKED_MAX; i++)
		if (hub->poked[i] == property)
			return;
	if (hub->n_poked < FEED_POKED_MAX)
		hub->poked[hub->n_poked] = property;
	if (hub->n_poked <= FEED_POKED_MAX)
		hub->n_poked++;
	(void)uv_async_send(&hub->poke);
}

void feed_rights(struct feed_hub *hub)
{
	hub->rights = true;
}

/* Once a second at most: when a shift ends, logins end by the hundred. */
static void feed_tell_rights(struct feed_hub *hub)
{
	hub->rights = false;
	list_each(node, &hub->watchers)
	{
		struct feed_watcher *w = container_of(node, struct feed_watcher, link);

		w->wake(w, FEED_RIGHTS);
	}
}

void feed_leave(struct feed_hub *hub)
{
	hub->leaving = true;
	(void)uv_async_send(&hub->poke);
}

/* ---- what other daemons commit ---- */

static int feed_compare(const void *a, const void *b)
{
	const struct feed_place *x = a, *y = b;

	return (x->property > y->property) - (x->property < y->property);
}

int64_t feed_head(const struct feed_hub *hub, int64_t property)
{
	const struct feed_place key = { property, 0 }, *known = NULL;

	if (hub->n_heads > 0)
		known = bsearch(&key, hub->heads, hub->n_heads, sizeof(key), feed_compare);
	return known != NULL ? known->pos : 0;
}

static void feed_take_heads(struct feed_hub *hub, const struct db_call *call)
{
	size_t n = (size_t)db_rows(call);
	struct feed_place *heads = calloc(n + 1, sizeof(*heads));

	if (heads == NULL)
		return; /* the next look may find room */
	for (size_t i = 0; i < n; i++) {
		heads[i].property = db_int(call, (int)i, "property_id");
		heads[i].pos = db_int(call, (int)i, "pos");
		if (heads[i].pos != feed_head(hub, heads[i].property))
			feed_poke(hub, heads[i].property);
	}
	qsort(heads, n, sizeof(*heads), feed_compare);
	free(hub->heads);
	hub->heads = heads;
	hub->n_heads = n;
}

static void feed_maybe_closed(struct feed_hub *hub)
{
	if (hub->open_handles > 0 || hub->looking)
		return;
	hub->closed(hub->closed_arg);
	free(hub->heads);
	free(hub);
}

static void feed_on_heads(struct db_unit *u)
{
	struct feed_hub *hub = u->owner;

	hub->looking = false;
	if (u->err.code == ST_OK && !hub->closing)
		feed_take_heads(hub, u->first);
	arena_fini(&hub->mem);
	if (hub->closing)
		feed_maybe_closed(hub);
}

static void feed_on_timer(uv_timer_t *timer)
{
	struct feed_hub *hub = timer->data;

	if (hub->rights)
		feed_tell_rights(hub);
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

/* ---- its life ---- */

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

bool feed_watch(struct feed_hub *hub, struct feed_watcher *w)
{
	if (hub->leaving)
		return false;
	list_push(&hub->watchers, &w->link);
	return true;
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
	must(!hub->closing && list_empty(&hub->watchers));
	hub->closing = true;
	hub->closed = cb;
	hub->closed_arg = arg;
	uv_close((uv_handle_t *)&hub->poke, feed_on_close);
	uv_close((uv_handle_t *)&hub->timer, feed_on_close);
}
