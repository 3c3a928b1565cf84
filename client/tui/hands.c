#include "client/tui/hands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/look/method.h"
#include "client/tui/app.h"
#include "client/tui/outgoing.h"
#include "client/tui/things.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define HANDS_WIDTH 76
#define HANDS_HEIGHT 14
#define HANDS_COLUMNS "name skill on_duty open_orders to last_here"

const char *const hands_none = N_("Nobody here does such work; name a department or a firm.");

struct hands {
	struct screen s;
	struct hands_ask ask;
	char ref[64];
	struct pane pane;
};

static ProtobufCMessage *hands_request(void *arg, struct arena *mem)
{
	const struct hands *h = arg;

	return request_new(h->pane.source.m, mem, "case", h->ref, NULL);
}

void hand_of_row(const ProtobufCMessage *row, struct hand *ret)
{
	struct arena mem;

	arena_init(&mem, 1u << 20);
	(void)snprintf(ret->to, sizeof(ret->to), "%s", reply_text(row, "to", &mem));
	(void)snprintf(ret->name, sizeof(ret->name), "%s", reply_text(row, "name", &mem));
	ret->contractor = strcmp(reply_text(row, "kind", &mem), "contractor") == 0;
	arena_fini(&mem);
}

/* "plumbing 3, locks 2": codes with their levels. */
static void hands_skill(const char *text, char out[80])
{
	size_t at = 0;

	out[0] = '\0';
	while (*text != '\0' && at < 79) {
		size_t len = strcspn(text, " ,"), rest = strcspn(text, ",");
		char code[40];

		(void)snprintf(code, sizeof(code), "%.*s", (int)len, text);
		rest += strspn(text + rest, ", ");
		at += (size_t)snprintf(out + at, 80 - at, "%s%.*s", words_code(code),
				       (int)(rest - len), text + len);
		text += rest;
	}
}

/* Duty as a word, load as strokes that can be counted. */
static const char *hands_cell(void *arg, const struct view_column *c, const ProtobufCMessage *row,
			      enum style *style, char out[80])
{
	(void)arg;
	if (strcmp(c->path, "on_duty") == 0) {
		bool on = reply_number(row, "on_duty") != 0;

		*style = on ? STYLE_GOOD : STYLE_DIM;
		return on ? _("on duty") : _("-");
	}
	if (strcmp(c->path, "open_orders") == 0) {
		int64_t n = reply_number(row, "open_orders");
		int bar = n < 10 ? (int)n : 10;

		(void)snprintf(out, 80, "%lld %.*s", (long long)n, bar, "##########");
		return out;
	}
	if (strcmp(c->path, "skill") == 0 && words_translated()) {
		struct arena mem;

		arena_init(&mem, 1u << 20);
		hands_skill(reply_text(row, "skill", &mem), out);
		arena_fini(&mem);
		return out;
	}
	return NULL;
}

static bool hands_is_person(void *arg, const ProtobufCMessage *row)
{
	struct arena mem;
	bool person;

	(void)arg;
	arena_init(&mem, 1u << 20);
	person = strcmp(reply_text(row, "kind", &mem), "person") == 0;
	arena_fini(&mem);
	return person;
}

void hands_pane(struct pane *p, struct app *app,
		ProtobufCMessage *(*request)(void *arg, struct arena *mem), void *arg)
{
	pane_list(p, app, "order.Propose", HANDS_COLUMNS, request, arg);
	p->rows.cell = hands_cell;
	p->rows.numbered = true;
	p->none = hands_none;
}

static void hands_draw(struct screen *s, const struct area *a)
{
	struct hands *h = (struct hands *)s;
	struct area list = area_part(a, 0, 0, a->height - 2, a->width);
	const ProtobufCMessage *row = pane_row(&h->pane);
	struct arena mem;

	rows_draw(&h->pane.rows, &list, true);
	arena_init(&mem, 1u << 20);
	if (h->pane.source.err.code != ST_OK)
		area_put(a, 1, 1, -1, STYLE_ERROR, h->pane.source.err.message);
	else if (h->pane.source.reply == NULL)
		area_put(a, 1, 1, -1, STYLE_DIM, _("asking ..."));
	else if (row == NULL)
		area_put(a, 1, 1, -1, STYLE_DIM, _(h->pane.none));
	else
		area_put(a, a->height - 2, 1, -1, STYLE_DIM, reply_text(row, "reason", &mem));
	arena_fini(&mem);
	area_put(a, a->height - 1, 1, -1, STYLE_DIM,
		 h->ask.other != NULL ? _("1-9 or Enter takes  o somebody else  Esc nobody yet")
				      : _("1-9 or Enter takes  Esc nobody"));
}

static const char *hands_nobody(const struct screen *s)
{
	return pane_row(&((const struct hands *)s)->pane) == NULL ? _("nobody is proposed") : NULL;
}

static void hands_take(struct screen *s)
{
	struct hands *h = (struct hands *)s;
	struct hands_ask ask = h->ask;
	struct hand hand;

	hand_of_row(pane_row(&h->pane), &hand);
	app_pop(s->app, s);
	ask.chosen(ask.arg, &hand);
}

static const char *hands_no_other(const struct screen *s)
{
	return ((const struct hands *)s)->ask.other == NULL ? _("only those here can be taken")
							    : NULL;
}

static void hands_other(struct screen *s)
{
	struct hands_ask ask = ((struct hands *)s)->ask;

	app_pop(s->app, s);
	ask.other(ask.arg);
}

static bool hands_key(struct screen *s, const struct key *k)
{
	struct hands *h = (struct hands *)s;

	if (k->code == K_TEXT && k->wc >= L'1' && k->wc <= L'9') {
		if (rows_jump(&h->pane.rows, (size_t)(k->wc - L'1')))
			hands_take(s);
		return true;
	}
	return pane_key(&h->pane, k);
}

static void hands_free(struct screen *s)
{
	pane_free(&((struct hands *)s)->pane);
}

static const struct action hands_actions[] = {
	{ "Enter", N_("Give"), N_("Gives the work to whoever is under the cursor."), hands_nobody,
	  hands_take },
	{ "o", N_("Other"), N_("A department, a person or a firm that is not proposed."),
	  hands_no_other, hands_other },
	{ 0 },
};

static const struct screen_ops hands_ops = {
	.name = N_("Who does it"),
	.actions = hands_actions,
	.draw = hands_draw,
	.key = hands_key,
	.free = hands_free,
};

void *hands_new(struct app *app, const struct hands_ask *ask)
{
	struct hands *h = screen_new(app, &hands_ops, sizeof(*h), ask->title);

	if (h == NULL)
		return NULL;
	h->ask = *ask;
	(void)snprintf(h->ref, sizeof(h->ref), "%s", ask->ref);
	h->s.overlay = true;
	h->s.width = HANDS_WIDTH;
	h->s.height = HANDS_HEIGHT;
	hands_pane(&h->pane, app, hands_request, h);
	h->pane.rows.keep = ask->persons ? hands_is_person : NULL;
	pane_ask(&h->pane);
	return h;
}

void hands_send(struct app *app, const char *ref, const struct hand *hand, bool at_once)
{
	const struct rpc_method *m = rpc_find("case.Dispatch");
	struct change c = { .m = m, .at_once = at_once };
	struct arena mem;

	arena_init(&mem, 4u << 20);
	c.request = request_new(m, &mem, "case", ref, hand->contractor ? "contractor" : "to",
				hand->to, NULL);
	if (c.request != NULL)
		(void)outgoing_send(app->outgoing, &c);
	arena_fini(&mem);
}

/* What hands_dispatch() was asked for; it goes with the box. */
struct dispatching {
	struct app *app;
	char ref[64];
	bool at_once;
};

static struct dispatching dispatching; /* one such box is open at a time */

static void dispatching_chosen(void *arg, const struct hand *hand)
{
	(void)arg;
	hands_send(dispatching.app, dispatching.ref, hand, dispatching.at_once);
}

static void dispatching_other(void *arg)
{
	const struct rpc_method *m = rpc_find("case.Dispatch");
	struct arena mem;

	(void)arg;
	arena_init(&mem, 4u << 20);
	things_call(dispatching.app, m, request_new(m, &mem, "case", dispatching.ref, NULL));
	arena_fini(&mem);
}

void hands_dispatch(struct app *app, const char *ref, bool at_once)
{
	char title[120];

	dispatching = (struct dispatching){ .app = app, .at_once = at_once };
	(void)snprintf(dispatching.ref, sizeof(dispatching.ref), "%s", ref);
	(void)snprintf(title, sizeof(title), _("Who does %s"), ref);
	app_push(app, hands_new(app, &(struct hands_ask){ .title = title,
							  .ref = ref,
							  .chosen = dispatching_chosen,
							  .other = dispatching_other }));
}
