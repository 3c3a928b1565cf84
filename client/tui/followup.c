#include "client/tui/followup.h"

#include <stdio.h>
#include <string.h>

#include "client/look/method.h"
#include "client/tui/app.h"
#include "client/tui/deadline.h"
#include "client/tui/pane.h"
#include "client/tui/sheet.h"
#include "client/tui/things.h"
#include "client/tui/words.h"

#define WIDE_FROM 100

/* The case stands beside them where there is room, and hears no keys. */
enum { VISITS, BACKLOG, CASE, PANES };

struct followup {
	struct screen s;
	struct pane pane[PANES];
	struct panes panes;
	bool wide;
	char shown[64]; /* the case beside the lists */
	int64_t drawn_minute;
};

static ProtobufCMessage *followup_ask_visits(void *arg, struct arena *mem)
{
	(void)arg;
	return request_new(rpc_find("visit.List"), mem, "limit", "200", NULL);
}

static ProtobufCMessage *followup_ask_backlog(void *arg, struct arena *mem)
{
	(void)arg;
	return request_new(rpc_find("call.Backlog"), mem, "limit", "200", NULL);
}

static ProtobufCMessage *followup_ask_case(void *arg, struct arena *mem)
{
	const struct followup *f = arg;

	return f->shown[0] != '\0' ? request_new(rpc_find("case.Show"), mem, "case", f->shown, NULL)
				   : NULL;
}

/* The case beside the lists is that of the visit under the cursor. */
static void followup_follow(struct followup *f)
{
	struct arena mem;
	const ProtobufCMessage *row = pane_row(&f->pane[VISITS]);
	const char *ref = NULL;

	arena_init(&mem, 1u << 20);
	if (f->wide && row != NULL)
		ref = method_row_ref(rpc_find("case.Show"), row, app_property(f->s.app) == NULL,
				     &mem);
	ref = ref != NULL ? ref : "";
	if (strcmp(ref, f->shown) != 0) {
		(void)snprintf(f->shown, sizeof(f->shown), "%s", ref);
		pane_ask(&f->pane[CASE]);
	}
	arena_fini(&mem);
}

static void followup_on_rows(void *arg)
{
	followup_follow(arg);
}

/* By when, as a word. */
static const char *followup_cell(void *arg, const struct view_column *c,
				 const ProtobufCMessage *row, enum style *style, char out[80])
{
	const struct followup *f = arg;

	return strcmp(c->path, "due_by") == 0
		       ? deadline_cell(row, "due_by", app_now_us(f->s.app), style, out)
		       : NULL;
}

static void followup_draw(struct screen *s, const struct area *a)
{
	struct followup *f = (struct followup *)s;
	bool wide = a->width >= WIDE_FROM;
	int rest = a->height - 1, upper = rest - rest / 3,
	    left = wide ? a->width * 3 / 5 : a->width;
	struct area visits = area_part(a, 0, 0, upper, left);
	struct area backlog = area_part(a, upper, 0, rest - upper, left);
	struct area beside = area_part(a, 0, left, rest, a->width - left);

	if (wide != f->wide) {
		f->wide = wide;
		followup_follow(f);
	}
	if (wide)
		pane_draw(&f->pane[CASE], &beside, false);
	pane_draw(&f->pane[VISITS], &visits, panes_hears(&f->panes, &f->pane[VISITS]));
	pane_draw(&f->pane[BACKLOG], &backlog, panes_hears(&f->panes, &f->pane[BACKLOG]));
	area_put(a, a->height - 1, 1, -1, STYLE_DIM,
		 _("Enter dial: what to say, and what came of it  o the case  m menu  Tab next"));
}

static bool followup_on_visits(const struct followup *f)
{
	return f->panes.at == VISITS;
}

static const ProtobufCMessage *followup_row(const struct followup *f)
{
	return pane_row(f->panes.of[f->panes.at]);
}

static const char *followup_no_call(const struct screen *s)
{
	const struct followup *f = (const struct followup *)s;

	if (followup_row(f) == NULL)
		return _("there is no row under the cursor");
	return app_may(s->app, rpc_find(followup_on_visits(f) ? "visit.Record" : "call.Back"))
		       ? NULL
		       : _("not in your roles");
}

static void followup_call(struct screen *s)
{
	struct followup *f = (struct followup *)s;
	struct arena mem;
	const char *ref;

	if (!followup_on_visits(f)) {
		app_push(s->app, sheet_back(s->app, followup_row(f)));
		return;
	}
	arena_init(&mem, 1u << 20);
	ref = method_row_ref(rpc_find("visit.Record"), followup_row(f),
			     app_property(s->app) == NULL, &mem);
	if (ref != NULL)
		app_push(s->app, sheet_visit(s->app, ref));
	arena_fini(&mem);
}

static const char *followup_no_row(const struct screen *s)
{
	return followup_row((const struct followup *)s) == NULL
		       ? _("there is no row under the cursor")
		       : NULL;
}

static const struct rpc_method *followup_list(const struct followup *f)
{
	return rpc_find(followup_on_visits(f) ? "visit.List" : "call.Backlog");
}

static void followup_open(struct screen *s)
{
	struct followup *f = (struct followup *)s;
	const struct rpc_method *show = rpc_find("case.Show");
	struct arena mem;

	if (!followup_on_visits(f)) {
		things_open(s->app, followup_list(f), followup_row(f));
		return;
	}
	arena_init(&mem, 4u << 20);
	things_call(s->app, show, things_request(s->app, show, followup_row(f), &mem));
	arena_fini(&mem);
}

static void followup_menu(struct screen *s)
{
	struct followup *f = (struct followup *)s;

	things_menu(s->app, followup_list(f), &f->panes.of[f->panes.at]->rows);
}

static bool followup_key(struct screen *s, const struct key *k)
{
	struct followup *f = (struct followup *)s;

	if (k->code == K_TEXT && k->wc >= L'1' && k->wc <= L'9') {
		if (rows_jump(&f->panes.of[f->panes.at]->rows, (size_t)(k->wc - L'1')) &&
		    followup_no_call(s) == NULL)
			followup_call(s);
		return true;
	}
	if (!panes_key(&f->panes, k))
		return false;
	followup_follow(f);
	return true;
}

static void followup_changed(struct screen *s, const char *entity)
{
	struct followup *f = (struct followup *)s;

	panes_changed(&f->panes, entity);
	source_changed(&f->pane[CASE].source, entity);
}

/* Words of clocks change once a minute. */
static bool followup_tick(struct screen *s)
{
	struct followup *f = (struct followup *)s;
	int64_t minute = app_now_us(s->app) / 60000000;
	bool changed = minute != f->drawn_minute;

	f->drawn_minute = minute;
	return changed;
}

static void followup_free(struct screen *s)
{
	struct followup *f = (struct followup *)s;

	panes_free(&f->panes);
	pane_free(&f->pane[CASE]);
}

static const struct action followup_actions[] = {
	{ "Enter", N_("Call"),
	  N_("Shows whom to dial and what to say, and takes down what came of it."),
	  followup_no_call, followup_call },
	{ "o", N_("Open"), N_("Shows the case, or what else it is about, in full."),
	  followup_no_row, followup_open },
	{ "m|Ins", N_("Menu"), N_("All that can be done with it."), followup_no_row,
	  followup_menu },
	{ 0 },
};

static const struct screen_ops followup_ops = {
	.name = N_("Follow-up"),
	.actions = followup_actions,
	.draw = followup_draw,
	.key = followup_key,
	.changed = followup_changed,
	.tick = followup_tick,
	.free = followup_free,
};

static void followup_pane(struct followup *f, int which, const char *method, const char *columns,
			  ProtobufCMessage *(*request)(void *arg, struct arena *mem),
			  const char *title, const char *none)
{
	struct pane *p = &f->pane[which];

	pane_list(p, f->s.app, method, columns, request, f);
	p->title = title;
	p->none = none;
	p->rows.cell = followup_cell;
	p->rows.arg = f;
	p->rows.numbered = true;
	p->answered = followup_on_rows;
	f->panes.of[f->panes.n++] = p;
	pane_ask(p);
}

void *followup_new(struct app *app)
{
	struct followup *f = screen_new(app, &followup_ops, sizeof(*f), "");

	if (f == NULL)
		return NULL;
	followup_pane(f, VISITS, "visit.List", "due_by case party phone attempts summary",
		      followup_ask_visits, N_("Ask whether it was solved"),
		      N_("Nobody is to be asked now."));
	followup_pane(f, BACKLOG, "call.Backlog", "due_by number phone party attempts about to",
		      followup_ask_backlog, N_("Call back"), N_("Nobody waits for a call."));
	pane_record(&f->pane[CASE], app, "case.Show", followup_ask_case, f);
	f->pane[CASE].title = N_("The case");
	return f;
}
