#include "client/tui/calls.h"

#include <string.h>

#include "client/tui/app.h"
#include "client/tui/call_strip.h"
#include "client/tui/desk.h"
#include "client/tui/pane.h"
#include "client/tui/things.h"
#include "client/tui/words.h"

enum { NOW, MISSED, PANES };

struct calls {
	struct screen s;
	struct pane pane[PANES];
	struct panes panes;
};

static ProtobufCMessage *calls_ask_now(void *arg, struct arena *mem)
{
	(void)arg;
	return request_new(rpc_find("call.Log"), mem, "open", "true", "limit", "50", NULL);
}

static ProtobufCMessage *calls_ask_missed(void *arg, struct arena *mem)
{
	(void)arg;
	return request_new(rpc_find("call.Log"), mem, "missed", "true", "limit", "50", NULL);
}

static void calls_draw(struct screen *s, const struct area *a)
{
	struct calls *c = (struct calls *)s;
	int rest = a->height - 1;
	struct area upper = area_part(a, 0, 0, rest / 2, a->width);
	struct area lower = area_part(a, rest / 2, 0, rest - rest / 2, a->width);

	pane_draw(&c->pane[NOW], &upper, panes_hears(&c->panes, &c->pane[NOW]));
	pane_draw(&c->pane[MISSED], &lower, panes_hears(&c->panes, &c->pane[MISSED]));
	area_put(a, a->height - 1, 1, -1, STYLE_DIM,
		 _("Enter answer the one that rings, else open  d at the desk  m menu  Tab next"));
}

static const ProtobufCMessage *calls_row(const struct screen *s)
{
	const struct calls *c = (const struct calls *)s;

	return pane_row(c->panes.of[c->panes.at]);
}

static const char *calls_no_row(const struct screen *s)
{
	return calls_row(s) == NULL ? _("there is no row under the cursor") : NULL;
}

static void calls_enter(struct screen *s)
{
	const ProtobufCMessage *row = calls_row(s);
	struct app *app = s->app;
	struct arena mem;
	bool rings;

	arena_init(&mem, 1u << 20);
	rings = strcmp(reply_text(row, "state", &mem), "ringing") == 0;
	arena_fini(&mem);
	if (rings && app_may(app, rpc_find("call.Answer")))
		call_strip_take(app, row);
	else
		things_open(app, rpc_find("call.Log"), row);
}

static void calls_desk(struct screen *s)
{
	desk_answer(s->app, calls_row(s));
}

static void calls_menu(struct screen *s)
{
	struct calls *c = (struct calls *)s;

	things_menu(s->app, rpc_find("call.Log"), &c->panes.of[c->panes.at]->rows);
}

static bool calls_key(struct screen *s, const struct key *k)
{
	return panes_key(&((struct calls *)s)->panes, k);
}

static void calls_changed(struct screen *s, const char *entity)
{
	panes_changed(&((struct calls *)s)->panes, entity);
}

static void calls_free(struct screen *s)
{
	panes_free(&((struct calls *)s)->panes);
}

static const struct action calls_actions[] = {
	{ "Enter", N_("Answer"), N_("Answers the call that rings; opens one that does not."),
	  calls_no_row, calls_enter },
	{ "d", N_("At the desk"), N_("The desk with the caller in its box."), calls_no_row,
	  calls_desk },
	{ "m|Ins", N_("Menu"), N_("What can be done with the call."), calls_no_row, calls_menu },
	{ 0 },
};

static const struct screen_ops calls_ops = {
	.name = N_("Calls"),
	.actions = calls_actions,
	.draw = calls_draw,
	.key = calls_key,
	.changed = calls_changed,
	.free = calls_free,
};

void *calls_new(struct app *app)
{
	struct calls *c = screen_new(app, &calls_ops, sizeof(*c), "");

	if (c == NULL)
		return NULL;
	pane_list(&c->pane[NOW], app, "call.Log",
		  "number state rang_at phone party case person direction", calls_ask_now, c);
	c->pane[NOW].title = N_("Calls now");
	c->pane[NOW].none = N_("No call rings, and none is being spoken.");
	pane_list(&c->pane[MISSED], app, "call.Log", "number rang_at phone party waited",
		  calls_ask_missed, c);
	c->pane[MISSED].title = N_("Rang in vain");
	c->pane[MISSED].none = N_("None. F7 has those to be called back.");
	for (int i = 0; i < PANES; i++)
		c->panes.of[c->panes.n++] = &c->pane[i];
	panes_ask(&c->panes);
	return c;
}
