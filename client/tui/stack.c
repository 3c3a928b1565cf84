/* The stack of screens: who is shown, who hears the keys, what is drawn. */
#include <stdlib.h>
#include <string.h>

#include "client/tui/app.h"
#include "client/tui/dialog.h"
#include "client/tui/places.h"
#include "client/tui/status.h"
#include "client/tui/words.h"

#define PICTURE_ARENA (64u << 20)
#define LINES_AROUND 3 /* status, message, keys */

static void stack_shown(struct app *app)
{
	app->moved = true;
	if (app->top != NULL && app->top->ops->shown != NULL)
		app->top->ops->shown(app->top);
	app_redraw(app);
}

void app_push(struct app *app, void *screen)
{
	struct screen *s = screen;

	if (s == NULL) {
		app_alarm(app, "%s", _("There is no memory left for this."));
		return;
	}
	s->below = app->top;
	app->top = s;
	stack_shown(app);
}

void app_pop(struct app *app, struct screen *s)
{
	struct screen **at = &app->top;

	while (*at != NULL && *at != s)
		at = &(*at)->below;
	if (*at == NULL)
		return;
	*at = s->below;
	app->n_ahead = 0;
	screen_free(s);
	stack_shown(app);
}

void app_home(struct app *app, void *screen)
{
	size_t n = app->top == NULL ? app->n_ahead : 0;

	while (app->top != NULL) {
		struct screen *s = app->top;

		app->top = s->below;
		screen_free(s);
	}
	app_push(app, screen);
	/* What was typed before there was a screen. */
	app->n_ahead = n;
	app_go_on(app, true);
}

void app_go(struct app *app, void *screen)
{
	struct screen *s = app->top;

	while (s != NULL && s->below != NULL) {
		struct screen *below = s->below;

		if (s->ops->unsaved == NULL || s->ops->unsaved(s) == NULL)
			app_pop(app, s);
		s = below;
	}
	if (screen != NULL)
		app_push(app, screen);
	else
		stack_shown(app);
}

static void back_confirmed(void *arg)
{
	struct screen *s = arg;

	app_pop(s->app, s);
}

void app_back(struct app *app)
{
	struct screen *s = app->top;
	const char *lost;

	if (s == NULL || s->below == NULL)
		return;
	lost = s->ops->unsaved != NULL ? s->ops->unsaved(s) : NULL;
	if (lost == NULL) {
		app_pop(app, s);
		return;
	}
	app_push(app, dialog_new(app, &(struct dialog_ask){ .title = s->title,
							    .text = lost,
							    .yes = _("Close it"),
							    .no = _("Go on with it"),
							    .done = back_confirmed,
							    .arg = s }));
}

/* The topmost that fills the screen: overlays lie on it. */
static struct screen *stack_base(const struct app *app)
{
	struct screen *s = app->top;

	while (s != NULL && s->overlay)
		s = s->below;
	return s;
}

static bool layer_of(struct app *app, struct screen *s, struct layer *ret)
{
	int height = s->height < app->height ? s->height : app->height;
	int width = s->width < app->width ? s->width : app->width;
	struct canvas *c = arena_new(&app->picture, struct canvas);
	struct area all, inner;

	if (c == NULL || !canvas_init(c, height, width, &app->picture))
		return false;
	all = canvas_area(c);
	inner = area_frame(&all, STYLE_FOCUS, s->title);
	s->ops->draw(s, &inner);
	*ret = (struct layer){ c, (app->height - height) / 2, (app->width - width) / 2 };
	return true;
}

/* Overlays from the lowest to the topmost. */
static size_t stack_overlays(struct app *app, struct screen *s, struct layer *layers, size_t n)
{
	if (s == NULL || !s->overlay || n >= TTY_LAYERS)
		return n;
	n = stack_overlays(app, s->below, layers, n);
	return n < TTY_LAYERS && layer_of(app, s, &layers[n]) ? n + 1 : n;
}

size_t app_draw(struct app *app, struct layer layers[TTY_LAYERS])
{
	struct screen *base = stack_base(app);
	struct canvas *c;
	struct area all, inner;

	arena_fini(&app->picture);
	arena_init(&app->picture, PICTURE_ARENA);
	c = arena_new(&app->picture, struct canvas);
	if (c == NULL || !canvas_init(c, app->height, app->width, &app->picture))
		return 0;
	all = canvas_area(c);
	layers[0] = (struct layer){ c, 0, 0 };
	if (app->height < 24 || app->width < 80) {
		(void)area_wrap(
			&all, 0, STYLE_PLAIN,
			_("This needs a terminal of at least 80 columns and 24 lines. Make it "
			  "larger; nothing is lost."));
		return 1;
	}
	inner = area_part(&all, 1, 0, app->height - LINES_AROUND, app->width);
	if (base != NULL)
		base->ops->draw(base, &inner);
	status_draw(app->status, &all);
	if (app->top != base)
		c->cursor_y = -1;
	return stack_overlays(app, app->top, layers, 1);
}

static bool stack_act(struct app *app, struct screen *s, const struct action *table,
		      const struct key *k, bool typing)
{
	const struct action *a = screen_action(table, k, typing);
	const char *why;

	if (a == NULL)
		return false;
	why = a->why_not != NULL ? a->why_not(s) : NULL;
	if (why != NULL)
		app_alarm(app, "%s: %s", _(a->label), why);
	else
		a->run(s);
	return true;
}

/* Kept for later? Whoever wants to leave is heard at once. */
static bool stack_keep(struct app *app, const struct screen *s, const struct key *k)
{
	if (s->ops->waits == NULL || !s->ops->waits(s) || key_is(k, "Esc|Ctrl-Q") ||
	    k->code == K_FUNCTION || app->n_ahead == sizeof(app->ahead) / sizeof(app->ahead[0]))
		return false;
	app->ahead[app->n_ahead++] = *k;
	return true;
}

void app_go_on(struct app *app, bool heard)
{
	struct key ahead[sizeof(app->ahead) / sizeof(app->ahead[0])];
	size_t n = heard ? app->n_ahead : 0;

	memcpy(ahead, app->ahead, n * sizeof(ahead[0]));
	app->n_ahead = 0;
	for (size_t i = 0; i < n; i++)
		app_key(app, &ahead[i]);
}

/* Editors open where they are drawn: keys that come in one burst find them all the same. */
static void stack_settle(struct app *app)
{
	struct layer layers[TTY_LAYERS];

	if (app->moved)
		(void)app_draw(app, layers);
	app->moved = false;
}

static void stack_key(struct app *app, struct screen *s, const struct key *k)
{
	bool typing = s->ops->typing != NULL && s->ops->typing(s);

	if (stack_act(app, s, s->ops->actions, k, typing))
		return;
	if (s->ops->key != NULL && s->ops->key(s, k))
		return;
	if (!s->overlay)
		(void)stack_act(app, s, places_actions, k, typing);
	else if (key_is(k, "Esc"))
		app_pop(app, s);
}

void app_key(struct app *app, const struct key *in)
{
	struct screen *s = app->top;
	struct key k = *in;

	if (s == NULL && app->n_ahead < sizeof(app->ahead) / sizeof(app->ahead[0]))
		app->ahead[app->n_ahead++] = *in;
	if (s == NULL || stack_keep(app, s, in))
		return;
	stack_settle(app);
	if (k.code == K_CLICK)
		(void)status_click(app->status, in, &k);
	app_redraw(app);
	stack_key(app, s, &k);
	app->moved = app->moved || k.code != K_TEXT;
}

void app_changed(struct app *app, const char *entity)
{
	for (struct screen *s = app->top; s != NULL; s = s->below)
		if (s->ops->changed != NULL)
			s->ops->changed(s, entity);
	status_changed(app->status, entity);
}
