#include "client/tui/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/look/text.h"
#include "client/tui/app.h"
#include "client/tui/call_strip.h"
#include "client/tui/outgoing.h"
#include "client/tui/places.h"
#include "client/tui/source.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define MESSAGE 500
#define MESSAGE_S 12 /* how long it stays */
#define KEYS_MAX 16

struct status {
	struct app *app;
	struct source board;
	bool started;
	char message[MESSAGE];
	bool alarm;
	int64_t message_until;
	bool online, was_online;
	char offline_since[6];
	int minute; /* shown last */
	/* Where the keys stand on the bar. */
	struct {
		int x, width;
		struct key key;
	} bar[KEYS_MAX];
	size_t n_bar;
};

static ProtobufCMessage *status_ask_board(void *arg, struct arena *mem)
{
	struct status *st = arg;

	return request_new(st->board.m, mem, "limit", "1", NULL);
}

struct status *status_new(struct app *app)
{
	struct status *st = calloc(1, sizeof(*st));

	if (st == NULL)
		return NULL;
	st->app = app;
	st->minute = -1;
	source_init(&st->board, app, rpc_find("board.Show"));
	st->board.request = status_ask_board;
	st->board.request_arg = st;
	return st;
}

void status_free(struct status *st)
{
	if (st == NULL)
		return;
	source_free(&st->board);
	free(st);
}

void status_start(struct status *st)
{
	st->started = true;
	if (app_may(st->app, st->board.m))
		source_ask(&st->board);
	call_strip_ask(st->app->calls);
}

void status_changed(struct status *st, const char *entity)
{
	if (!st->started)
		return;
	if (app_may(st->app, st->board.m))
		source_changed(&st->board, entity);
	call_strip_changed(st->app->calls, entity);
}

static void status_now(const struct status *st, struct tm *ret)
{
	time_t now = app_wall_s(st->app);

	(void)localtime_r(&now, ret);
}

void status_say(struct status *st, bool alarm, const char *text)
{
	(void)snprintf(st->message, sizeof(st->message), "%s", text);
	st->alarm = alarm;
	st->message_until = (int64_t)app_wall_s(st->app) + MESSAGE_S;
}

void status_line(struct status *st, const struct st_err *err)
{
	bool lost = err->code == ST_UNAVAILABLE;
	struct tm tm;

	if (lost && st->online) {
		status_now(st, &tm);
		(void)strftime(st->offline_since, sizeof(st->offline_since), "%H:%M", &tm);
	}
	st->was_online = st->was_online || !lost;
	st->online = !lost;
}

bool status_tick(struct status *st)
{
	struct tm tm;
	bool changed = false;

	status_now(st, &tm);
	if (st->message[0] != '\0' && (int64_t)app_wall_s(st->app) > st->message_until) {
		st->message[0] = '\0';
		changed = true;
	}
	if (tm.tm_min != st->minute) {
		st->minute = tm.tm_min;
		changed = true;
		if (st->started && !st->online)
			status_changed(st, "");
	}
	return changed || outgoing_waiting(st->app->outgoing) != NULL;
}

static int status_part(const struct area *all, int x, enum style style, const char *name, int64_t n)
{
	return x +
	       area_printf(all, 0, x, n > 0 ? style : STYLE_BAR, "%s %lld", name, (long long)n) + 2;
}

static void status_draw_top(struct status *st, const struct area *all)
{
	const struct app *app = st->app;
	char clock[32], line[80];
	struct tm tm;
	int x = 1;

	status_now(st, &tm);
	area_fill(all, 0, 0, all->width, STYLE_BAR);
	x += area_put(all, 0, x, 30, STYLE_BAR,
		      app->property[0] != '\0' ? app->property : _("all properties")) +
	     2;
	x += area_printf(all, 0, x, STYLE_BAR, "%s %s", app->person.device,
			 app->person.full_name[0] != '\0' ? app->person.full_name
							  : app->person.login) +
	     2;
	if (st->board.reply != NULL) {
		x = status_part(all, x, STYLE_BAR, _("open"),
				reply_number(st->board.reply, "open"));
		x = status_part(all, x, STYLE_LATE, _("LATE"),
				reply_number(st->board.reply, "late"));
		x = status_part(all, x, STYLE_SOON, _("SOON"),
				reply_number(st->board.reply, "soon"));
		(void)status_part(all, x, STYLE_BAR, _("hold"),
				  reply_number(st->board.reply, "held"));
	}
	(void)strftime(clock, sizeof(clock), all->width >= 100 ? "%Y-%m-%d %H:%M" : "%H:%M", &tm);
	if (st->online || !st->was_online)
		(void)snprintf(line, sizeof(line), "%s %s",
			       st->online ? _("ONLINE") : _("connecting"), clock);
	else
		(void)snprintf(line, sizeof(line), _("OFFLINE since %s"), st->offline_since);
	(void)area_put_right(all, 0, all->width - 1, 40,
			     st->online || !st->was_online ? STYLE_BAR : STYLE_ERROR, line);
}

static void status_draw_message(struct status *st, const struct area *all)
{
	int y = all->height - 2;
	const char *waiting = outgoing_waiting(st->app->outgoing);

	if (st->message[0] != '\0' && st->alarm)
		area_put(all, y, 1, -1, STYLE_ERROR, st->message);
	else if (call_strip_draw_ringing(st->app->calls, all, y))
		return;
	else if (waiting != NULL)
		area_put(all, y, 1, -1, STYLE_SOON, waiting);
	else if (st->message[0] != '\0')
		area_put(all, y, 1, -1, STYLE_PLAIN, st->message);
	else
		(void)call_strip_draw_speaking(st->app->calls, all, y);
}

static int status_bar_key(struct status *st, const struct area *all, int x, const struct action *a,
			  bool wide)
{
	char name[32], first[32];
	int y = all->height - 1, from = x;

	if (a->keys == NULL || st->n_bar == KEYS_MAX)
		return x;
	(void)snprintf(first, sizeof(first), "%.*s", (int)strcspn(a->keys, "|"), a->keys);
	(void)snprintf(name, sizeof(name), "%s",
		       !wide && first[0] == 'F' && first[1] != '\0' ? first + 1 : first);
	if (strncmp(first, "Ctrl-", 5) == 0)
		(void)snprintf(name, sizeof(name), "^%s", first + 5);
	if (x + (int)text_width(name) + (int)text_width(_(a->label)) + 2 > all->width)
		return x;
	x += area_put(all, y, x, -1, STYLE_KEY, name);
	x += area_printf(all, y, x, STYLE_BAR, wide ? " %s " : "%s ", _(a->label));
	st->bar[st->n_bar].x = from;
	st->bar[st->n_bar].width = x - from;
	st->bar[st->n_bar++].key = key_named(first);
	return x;
}

static void status_draw_bar(struct status *st, const struct area *all)
{
	bool wide = all->width >= 110;
	int x = 0;

	st->n_bar = 0;
	area_fill(all, all->height - 1, 0, all->width, STYLE_BAR);
	for (const struct action *a = places_actions; a->label != NULL; a++)
		x = status_bar_key(st, all, x, a, wide);
}

void status_draw(struct status *st, const struct area *all)
{
	status_draw_top(st, all);
	status_draw_message(st, all);
	status_draw_bar(st, all);
}

bool status_click(const struct status *st, const struct key *click, struct key *ret)
{
	if (click->y != st->app->height - 1)
		return false;
	for (size_t i = 0; i < st->n_bar; i++)
		if (click->x >= st->bar[i].x && click->x < st->bar[i].x + st->bar[i].width) {
			*ret = st->bar[i].key;
			return true;
		}
	return false;
}
