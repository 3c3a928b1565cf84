#include "client/tui/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/tui/app.h"
#include "client/tui/source.h"
#include "common/wire.h"

#define SETTLE_MS 150 /* what belongs together comes within this */
#define RETRY_MS 3000
#define ENTITIES_MAX 32
#define WATCH_ARENA (16u << 20)

struct watch {
	struct app *app;
	struct arena mem;
	struct call *call; /* NULL: not listening */
	uv_timer_t settle, retry;
	char changed[ENTITIES_MAX][40];
	size_t n;
	bool all, open, ending;
};

struct watch *watch_new(struct app *app)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->app = app;
	must(uv_timer_init(&app->loop, &w->settle) == 0);
	must(uv_timer_init(&app->loop, &w->retry) == 0);
	w->settle.data = w->retry.data = w;
	return w;
}

static void watch_on_settled(uv_timer_t *timer)
{
	struct watch *w = timer->data;
	size_t n = w->n;

	w->n = 0;
	if (w->all)
		app_changed(w->app, "");
	for (size_t i = 0; i < n && !w->all; i++)
		app_changed(w->app, w->changed[i]);
	w->all = false;
}

static void watch_note(struct watch *w, const char *entity)
{
	size_t i = 0;

	while (i < w->n && strcmp(w->changed[i], entity) != 0)
		i++;
	if (i == ENTITIES_MAX)
		w->all = true;
	else if (i == w->n)
		(void)snprintf(w->changed[w->n++], sizeof(w->changed[0]), "%s", entity);
	if (!uv_is_active((uv_handle_t *)&w->settle))
		(void)uv_timer_start(&w->settle, watch_on_settled, SETTLE_MS, 0);
}

static bool watch_on_message(void *arg, const ProtobufCMessage *msg)
{
	struct watch *w = arg;
	struct arena mem;
	const char *entity;

	arena_init(&mem, 1u << 20);
	entity = reply_text(msg, "entity", &mem);
	/* The first one holds nothing but where it begins. */
	if (entity[0] != '\0')
		watch_note(w, entity);
	arena_fini(&mem);
	app_line(w->app, &(struct st_err){ 0 });
	return !w->ending;
}

static void watch_on_retry(uv_timer_t *timer)
{
	watch_start(timer->data);
}

static void watch_on_done(void *arg, struct call_result *r)
{
	struct watch *w = arg;

	w->call = NULL;
	if (w->ending)
		return;
	app_line(w->app, &r->err);
	app_redraw(w->app);
	/* Whatever happened meanwhile is not known. */
	w->all = true;
	(void)uv_timer_start(&w->retry, watch_on_retry, RETRY_MS, 0);
}

void watch_start(struct watch *w)
{
	const struct call_options o = { .property = app_property(w->app) };
	const struct rpc_method *m = rpc_find("event.Watch");
	ProtobufCMessage *rq;
	struct st_err err = { 0 };

	if (w->call != NULL || m == NULL)
		return;
	if (w->open)
		arena_fini(&w->mem);
	arena_init(&w->mem, WATCH_ARENA);
	w->open = true;
	rq = message_new(m->in->desc, &w->mem);
	if (rq == NULL || client_start_stream(w->app->client, m, rq, &o, &w->mem, watch_on_message,
					      watch_on_done, w, &w->call, &err) != ST_OK)
		(void)uv_timer_start(&w->retry, watch_on_retry, RETRY_MS, 0);
	if (w->all)
		(void)uv_timer_start(&w->settle, watch_on_settled, SETTLE_MS, 0);
}

static void watch_on_closed(uv_handle_t *handle)
{
	handle->data = NULL;
}

void watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	w->ending = true;
	if (w->call != NULL)
		client_cancel(w->call);
	uv_close((uv_handle_t *)&w->settle, watch_on_closed);
	uv_close((uv_handle_t *)&w->retry, watch_on_closed);
	while (w->call != NULL || w->settle.data != NULL || w->retry.data != NULL)
		(void)uv_run(&w->app->loop, UV_RUN_ONCE);
	if (w->open)
		arena_fini(&w->mem);
	free(w);
}
