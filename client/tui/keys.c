#include "client/tui/keys.h"

#include <stdlib.h>
#include <unistd.h>

#include <uv.h>

#include "client/tui/app.h"

#define ESCAPE_MS 500

struct keys {
	struct app *app;
	uv_poll_t input;
	uv_timer_t escape;
	bool escaped, listening;
	unsigned open;
};

struct keys *keys_new(struct app *app)
{
	struct keys *keys = calloc(1, sizeof(*keys));

	if (keys == NULL)
		return NULL;
	keys->app = app;
	must(uv_timer_init(&app->loop, &keys->escape) == 0);
	keys->escape.data = keys;
	keys->open = 1;
	return keys;
}

static void keys_escape(struct keys *keys)
{
	keys->escaped = false;
	(void)uv_timer_stop(&keys->escape);
	app_key(keys->app, &(struct key){ .code = K_ESCAPE });
}

static void keys_on_escape(uv_timer_t *timer)
{
	keys_escape(timer->data);
}

void keys_take(struct keys *keys, const struct key *k)
{
	if (keys->escaped && k->code == K_TEXT && k->wc >= L'0' && k->wc <= L'9') {
		keys->escaped = false;
		(void)uv_timer_stop(&keys->escape);
		app_key(keys->app, &(struct key){ .code = K_FUNCTION,
						  .wc = k->wc == L'0' ? 10 : k->wc - L'0' });
		return;
	}
	if (keys->escaped)
		keys_escape(keys);
	if (k->code != K_ESCAPE) {
		app_key(keys->app, k);
		return;
	}
	keys->escaped = true;
	(void)uv_timer_start(&keys->escape, keys_on_escape, ESCAPE_MS, 0);
}

static void keys_on_input(uv_poll_t *poll, int status, int events)
{
	struct keys *keys = poll->data;
	struct key k;

	(void)events;
	if (status < 0) {
		app_stop(keys->app);
		return;
	}
	while (keys->app->running && tty_read(&k))
		if (k.code != K_NOTHING)
			keys_take(keys, &k);
}

void keys_start(struct keys *keys)
{
	must(uv_poll_init(&keys->app->loop, &keys->input, STDIN_FILENO) == 0);
	keys->input.data = keys;
	keys->listening = true;
	keys->open++;
	(void)uv_poll_start(&keys->input, UV_READABLE | UV_DISCONNECT, keys_on_input);
}

static void keys_on_closed(uv_handle_t *handle)
{
	((struct keys *)handle->data)->open--;
}

void keys_free(struct keys *keys)
{
	if (keys == NULL)
		return;
	uv_close((uv_handle_t *)&keys->escape, keys_on_closed);
	if (keys->listening)
		uv_close((uv_handle_t *)&keys->input, keys_on_closed);
	while (keys->open > 0)
		(void)uv_run(&keys->app->loop, UV_RUN_NOWAIT);
	free(keys);
}
