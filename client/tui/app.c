/* The program: what it is made of, how it begins and ends. */
#include "client/tui/app.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/look/method.h"
#include "client/tui/call_strip.h"
#include "client/tui/dialog.h"
#include "client/tui/keys.h"
#include "client/tui/login.h"
#include "client/tui/outgoing.h"
#include "client/tui/places.h"
#include "client/tui/printing.h"
#include "client/tui/status.h"
#include "client/tui/watch.h"
#include "client/tui/words.h"
#include "common/clock.h"
#include "common/list.h"

#define APP_ARENA (64u << 20)
#define LINGER_MS 5000

static void app_paint(uv_idle_t *idle)
{
	struct app *app = idle->data;
	struct layer layers[TTY_LAYERS];
	size_t n;

	(void)uv_idle_stop(idle);
	if (!app->terminal)
		return;
	tty_size(&app->height, &app->width);
	n = app_draw(app, layers);
	tty_show(layers, n);
}

void app_redraw(struct app *app)
{
	if (app->running)
		(void)uv_idle_start(&app->paint, app_paint);
}

static void app_on_second(uv_timer_t *timer)
{
	struct app *app = timer->data;
	bool changed = status_tick(app->status);

	outgoing_tick(app->outgoing);
	for (struct screen *s = app->top; s != NULL; s = s->below)
		if (s->ops->tick != NULL)
			changed = s->ops->tick(s) || changed;
	if (changed)
		app_redraw(app);
}

enum st_code app_begin(struct app *app, const struct app_options *o, struct st_err *err)
{
	*app = (struct app){
		.options = *o, .clock = &clock_system, .height = 24, .width = 80, .running = true
	};
	arena_init(&app->mem, APP_ARENA);
	arena_init(&app->picture, APP_ARENA);
	must(uv_loop_init(&app->loop) == 0);
	must(uv_idle_init(&app->loop, &app->paint) == 0);
	must(uv_timer_init(&app->loop, &app->second) == 0);
	app->paint.data = app->second.data = app;
	app->keys = keys_new(app);
	app->status = status_new(app);
	app->outgoing = outgoing_new(app);
	app->calls = call_strip_new(app);
	app->printing = printing_new(app);
	app->watch = watch_new(app);
	if (app->keys == NULL || app->status == NULL || app->outgoing == NULL ||
	    app->calls == NULL || app->printing == NULL || app->watch == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "no memory");
	(void)uv_timer_start(&app->second, app_on_second, 1000, 1000);
	return ST_OK;
}

enum st_code app_connect(struct app *app, struct st_err *err)
{
	const struct app_options *o = &app->options;

	ST_TRY(profile_dir(o->profile, app->dir, sizeof(app->dir), err));
	ST_TRY(profile_load(app->dir, &app->mem, &app->profile, err));
	ST_TRY(client_new(&app->loop, &app->profile, &app->client, err));
	(void)snprintf(app->property, sizeof(app->property), "%s",
		       o->property != NULL ? o->property : app->profile.property);
	if (strcmp(app->property, "all") == 0)
		app->property[0] = '\0';
	return ST_OK;
}

void app_run(struct app *app)
{
	login_begin(app);
	app_redraw(app);
	while (app->running)
		(void)uv_run(&app->loop, UV_RUN_ONCE);
}

void app_stop(struct app *app)
{
	app->running = false;
}

static void app_on_closed(uv_handle_t *handle)
{
	handle->data = NULL;
}

static void app_on_lingered(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

void app_linger(struct app *app, const struct list *under_way)
{
	bool over = false;
	uv_timer_t timer;

	must(uv_timer_init(&app->loop, &timer) == 0);
	timer.data = &over;
	(void)uv_timer_start(&timer, app_on_lingered, LINGER_MS, 0);
	while (!list_empty(under_way) && !over)
		(void)uv_run(&app->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&timer, app_on_closed);
	while (timer.data != NULL)
		(void)uv_run(&app->loop, UV_RUN_NOWAIT);
}

void app_end(struct app *app)
{
	while (app->top != NULL) {
		struct screen *s = app->top;

		app->top = s->below;
		screen_free(s);
	}
	outgoing_free(app->outgoing);
	printing_free(app->printing);
	watch_free(app->watch);
	call_strip_free(app->calls);
	status_free(app->status);
	keys_free(app->keys);
	client_free(app->client);
	if (app->paint.data != NULL) {
		uv_close((uv_handle_t *)&app->paint, app_on_closed);
		uv_close((uv_handle_t *)&app->second, app_on_closed);
		while (app->paint.data != NULL || app->second.data != NULL)
			(void)uv_run(&app->loop, UV_RUN_NOWAIT);
	}
	(void)uv_loop_close(&app->loop);
	arena_fini(&app->picture);
	arena_fini(&app->mem);
}

static void app_quit_now(void *arg)
{
	app_stop(arg);
}

void app_quit(struct app *app)
{
	const char *lost = NULL;

	for (struct screen *s = app->top; s != NULL && lost == NULL; s = s->below)
		lost = s->ops->unsaved != NULL ? s->ops->unsaved(s) : NULL;
	if (lost == NULL) {
		app_stop(app);
		return;
	}
	app_push(app, dialog_new(app, &(struct dialog_ask){ .title = _("Quit"),
							    .text = lost,
							    .yes = _("Quit"),
							    .no = _("Stay"),
							    .done = app_quit_now,
							    .arg = app }));
}

static void app_tell(struct app *app, bool alarm, const char *fmt, va_list ap)
{
	char text[400];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	status_say(app->status, alarm, text);
	app_redraw(app);
}

void app_say(struct app *app, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	app_tell(app, false, fmt, ap);
	va_end(ap);
}

void app_alarm(struct app *app, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	app_tell(app, true, fmt, ap);
	va_end(ap);
}

void app_line(struct app *app, const struct st_err *err)
{
	status_line(app->status, err);
	if (err->code == ST_UNAUTHENTICATED && app->person.known)
		login_again(app);
}

const char *app_property(const struct app *app)
{
	return app->property[0] != '\0' ? app->property : NULL;
}

void app_set_property(struct app *app, const char *code)
{
	(void)snprintf(app->property, sizeof(app->property), "%s", code);
	app_changed(app, "");
}

uint32_t app_roles(const struct app *app)
{
	return person_roles(&app->person, app->property);
}

bool app_may(const struct app *app, const struct rpc_method *m)
{
	if (app->options.read_only && m->rpc_class == STEWARD__CLASS__WRITE)
		return false;
	return method_allowed(m, app_roles(app));
}

int64_t app_now_us(const struct app *app)
{
	struct client_server server = { 0 };

	if (app->client != NULL)
		client_server(app->client, &server);
	return clock_wall_us(app->clock) + server.clock_ahead_us;
}

time_t app_wall_s(const struct app *app)
{
	return (time_t)(clock_wall_us(app->clock) / 1000000);
}
