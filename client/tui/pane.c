#include "client/tui/pane.h"

#include <stdio.h>
#include <string.h>

#include "client/tui/app.h"
#include "client/tui/words.h"
#include "common/wire.h"

static void pane_show(struct pane *p)
{
	const ProtobufCMessage *reply = p->source.reply;
	const struct message_rules *rules = p->source.m->out;
	const ProtobufCFieldDescriptor *f = NULL;

	if (p->part != NULL && reply != NULL) {
		f = message_field(reply->descriptor, p->part);
		must(f != NULL);
		rules = rules->fields[f - reply->descriptor->fields].sub;
	}
	if (p->list && f != NULL)
		rows_set(&p->rows, rules, reply, f);
	else if (p->list)
		rows_set_reply(&p->rows, reply);
	else
		record_set(&p->record, rules,
			   f == NULL                ? reply
			   : field_is_set(reply, f) ? field_message(reply, f, 0)
						    : NULL);
}

static void pane_on_answer(void *arg)
{
	struct pane *p = arg;

	pane_show(p);
	if (p->answered != NULL)
		p->answered(p->arg);
}

static void pane_init(struct pane *p, struct app *app, const char *method,
		      ProtobufCMessage *(*request)(void *arg, struct arena *mem), void *arg)
{
	*p = (struct pane){ .app = app, .title = "", .none = "", .arg = arg };
	source_init(&p->source, app, rpc_find(method));
	p->source.request = request;
	p->source.request_arg = arg;
	p->source.changed = pane_on_answer;
	p->source.arg = p;
}

void pane_list(struct pane *p, struct app *app, const char *method, const char *columns,
	       ProtobufCMessage *(*request)(void *arg, struct arena *mem), void *arg)
{
	pane_init(p, app, method, request, arg);
	p->list = true;
	rows_init(&p->rows, p->source.m, columns);
}

void pane_record(struct pane *p, struct app *app, const char *method,
		 ProtobufCMessage *(*request)(void *arg, struct arena *mem), void *arg)
{
	pane_init(p, app, method, request, arg);
	record_init(&p->record, false);
}

void pane_columns(struct pane *p, const char *columns)
{
	if (p->rows.columns == columns)
		return;
	p->rows.columns = columns;
	pane_show(p);
}

void pane_ask(struct pane *p)
{
	if (app_may(p->app, p->source.m))
		source_ask(&p->source);
}

static const char *pane_heading(const struct pane *p, char out[120])
{
	if (p->list && p->source.reply != NULL)
		(void)snprintf(out, 120, "%s %zu", _(p->title), p->rows.n_shown);
	else
		(void)snprintf(out, 120, "%s", _(p->title));
	return out;
}

/* In place of rows, and of the headings of rows that are all left out. */
static void pane_draw_none(const struct pane *p, const struct area *inner)
{
	struct area text = area_part(inner, 0, 1, inner->height, inner->width - 2);

	area_fill(inner, 0, 0, inner->width, STYLE_PLAIN);
	(void)area_wrap(&text, 0, STYLE_DIM, _(p->none));
}

void pane_draw(struct pane *p, const struct area *a, bool focused)
{
	char heading[120];
	struct area inner = area_frame(a, focused ? STYLE_FOCUS : STYLE_FRAME,
				       pane_heading(p, heading));

	p->inside = inner;
	if (!app_may(p->app, p->source.m)) {
		area_put(&inner, 0, 1, -1, STYLE_DIM, _("not in your roles"));
		return;
	}
	if (p->list) {
		rows_draw(&p->rows, &inner, focused);
	} else {
		struct area body = area_part(&inner, 0, 1, inner.height, inner.width - 2);

		record_draw(&p->record, &body, focused);
	}
	if (p->source.err.code != ST_OK)
		area_put(&inner, inner.height - 1, 1, -1, STYLE_ERROR, p->source.err.message);
	else if (p->source.reply == NULL && p->source.asking != NULL)
		area_put(&inner, 0, 1, -1, STYLE_DIM, _("asking ..."));
	else if (p->source.reply == NULL || (p->list && p->rows.n_shown == 0))
		pane_draw_none(p, &inner);
}

bool pane_key(struct pane *p, const struct key *k)
{
	return p->list ? rows_key(&p->rows, k) : record_key(&p->record, k);
}

const ProtobufCMessage *pane_row(const struct pane *p)
{
	return p->list ? rows_current(&p->rows) : NULL;
}

void pane_free(struct pane *p)
{
	source_free(&p->source);
	rows_free(&p->rows);
	record_free(&p->record);
}

bool panes_hears(const struct panes *ps, const struct pane *p)
{
	return ps->at < ps->n && ps->of[ps->at] == p;
}

static bool panes_click(struct panes *ps, const struct key *k)
{
	for (size_t i = 0; i < ps->n; i++) {
		const struct area *a = &ps->of[i]->inside;

		if (k->y < a->y || k->y >= a->y + a->height || k->x < a->x ||
		    k->x >= a->x + a->width)
			continue;
		ps->at = i;
		if (ps->of[i]->list && k->y > a->y)
			(void)rows_jump(&ps->of[i]->rows, (size_t)(k->y - a->y - 1));
		return true;
	}
	return false;
}

bool panes_key(struct panes *ps, const struct key *k)
{
	if (ps->n == 0)
		return false;
	if (key_is(k, "Tab"))
		ps->at = (ps->at + 1) % ps->n;
	else if (key_is(k, "Shift-Tab"))
		ps->at = (ps->at + ps->n - 1) % ps->n;
	else if (k->code == K_CLICK)
		return panes_click(ps, k);
	else
		return pane_key(ps->of[ps->at], k);
	return true;
}

void panes_changed(struct panes *ps, const char *entity)
{
	for (size_t i = 0; i < ps->n; i++)
		if (app_may(ps->of[i]->app, ps->of[i]->source.m))
			source_changed(&ps->of[i]->source, entity);
}

void panes_ask(struct panes *ps)
{
	for (size_t i = 0; i < ps->n; i++)
		pane_ask(ps->of[i]);
}

void panes_free(struct panes *ps)
{
	for (size_t i = 0; i < ps->n; i++)
		pane_free(ps->of[i]);
}
