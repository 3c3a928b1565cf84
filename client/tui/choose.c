#include "client/tui/choose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/look/fuzzy.h"
#include "client/look/text.h"
#include "client/look/view.h"
#include "client/tui/app.h"
#include "client/tui/edit.h"
#include "client/tui/source.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define CHOOSE_WIDTH 74
#define CHOOSE_HEIGHT 20
#define LIST_LIMIT "500"
#define TYPED_BYTES 1024 /* also the path of a file */

struct choose {
	struct screen s;
	struct choose_ask ask;
	struct choice *items;
	size_t n;
	size_t *shown, n_shown, at, first;
	int page;
	struct edit *edit;
	char typed[TYPED_BYTES];
	struct source source; /* of a pick list */
	bool from_list;
};

static bool choose_keep(struct choose *c, const struct choice *items, size_t n)
{
	c->items = arena_array(&c->s.mem, struct choice, n + 1);
	c->shown = arena_array(&c->s.mem, size_t, n + 1);
	if (c->items == NULL || c->shown == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		c->items[i] = items[i];
		c->items[i].text = arena_strdup(&c->s.mem, items[i].text);
		if (items[i].detail != NULL)
			c->items[i].detail = arena_strdup(&c->s.mem, items[i].detail);
		if (items[i].key != NULL)
			c->items[i].key = arena_strdup(&c->s.mem, items[i].key);
		if (items[i].also != NULL)
			c->items[i].also = arena_strdup(&c->s.mem, items[i].also);
		if (items[i].why_not != NULL)
			c->items[i].why_not = arena_strdup(&c->s.mem, items[i].why_not);
		if (c->items[i].text == NULL)
			return false;
	}
	c->n = n;
	return true;
}

struct scored {
	size_t index;
	int score;
};

static int scored_order(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;

	if (x->score != y->score)
		return y->score - x->score;
	return (x->index > y->index) - (x->index < y->index);
}

static int choose_score(const struct choose *c, const struct choice *item)
{
	int text = 4 * fuzzy_score(c->typed, item->text);
	int also = item->also != NULL ? 4 * fuzzy_score(c->typed, item->also) : 0;
	int detail = item->detail != NULL ? fuzzy_score(c->typed, item->detail) : 0;

	text = text > also ? text : also;
	return text > detail ? text : detail;
}

static void choose_narrow(struct choose *c)
{
	struct scored *all = calloc(c->n + 1, sizeof(*all));

	c->n_shown = 0;
	c->at = c->first = 0;
	if (all == NULL)
		return;
	for (size_t i = 0; i < c->n; i++) {
		int score = c->typed[0] == '\0' ? 1 : choose_score(c, &c->items[i]);

		if (score > 0)
			all[c->n_shown++] = (struct scored){ i, score };
	}
	if (c->typed[0] != '\0')
		qsort(all, c->n_shown, sizeof(*all), scored_order);
	for (size_t i = 0; i < c->n_shown; i++)
		c->shown[i] = all[i].index;
	/* What cannot be taken is not what Enter takes. */
	while (c->typed[0] == '\0' && c->at + 1 < c->n_shown &&
	       c->items[c->shown[c->at]].why_not != NULL)
		c->at++;
	free(all);
}

static void choose_draw_item(const struct choose *c, const struct area *a, int y, size_t i)
{
	const struct choice *item = &c->items[c->shown[i]];
	bool here = i == c->at;
	enum style style = here ? STYLE_SELECTED : item->why_not != NULL ? STYLE_DIM : STYLE_PLAIN;
	enum style dim = here ? STYLE_SELECTED : STYLE_DIM;
	int key = item->key != NULL ? (int)text_width(item->key) + 1 : 0, x;

	if (here)
		area_fill(a, y, 0, a->width, STYLE_SELECTED);
	if (i - c->first < 9)
		area_printf(a, y, 0, dim, "%zu", i - c->first + 1);
	x = 2 + area_put(a, y, 2, a->width - 2 - key, style, item->text) + 2;
	if (item->why_not != NULL)
		x += area_printf(a, y, x, dim, "(%s)", item->why_not);
	else if (item->detail != NULL && x < a->width - key)
		area_put(a, y, x, a->width - key - x, dim, item->detail);
	if (item->key != NULL)
		area_put_right(a, y, a->width, key, dim, item->key);
}

static void choose_draw(struct screen *s, const struct area *a)
{
	struct choose *c = (struct choose *)s;

	if (c->edit == NULL)
		c->edit = edit_open(c->typed, 1, a->width - 3, TYPED_BYTES / 4, false);
	area_put(a, 0, 0, 2, STYLE_LABEL, "> ");
	if (c->edit != NULL)
		edit_draw(c->edit, a, 0, 2, STYLE_EDIT);
	c->page = a->height - 2;
	if (c->at < c->first)
		c->first = c->at;
	if (c->page > 0 && c->at >= c->first + (size_t)c->page)
		c->first = c->at - (size_t)c->page + 1;
	for (int y = 0; y < c->page && c->first + (size_t)y < c->n_shown; y++)
		choose_draw_item(c, a, y + 1, c->first + (size_t)y);
	if (c->from_list && c->source.asking != NULL && c->n == 0)
		area_put(a, 1, 2, -1, STYLE_DIM, _("asking ..."));
	else if (c->from_list && c->source.err.code != ST_OK)
		area_put(a, 1, 2, -1, STYLE_ERROR, c->source.err.message);
	else if (c->n_shown == 0 && (c->n > 0 || c->from_list))
		area_put(a, 1, 2, -1, STYLE_DIM,
			 c->ask.free_text ? _("nothing is called so; Enter takes it as typed")
					  : _("nothing is called so"));
	if (c->n == 0 && !c->from_list)
		area_put(a, a->height - 1, 0, -1, STYLE_DIM, _("Enter take   Esc close"));
	else
		area_printf(a, a->height - 1, 0, STYLE_DIM,
			    _("%zu of %zu   Enter take   Esc close"), c->n_shown, c->n);
}

static void choose_take(struct choose *c)
{
	const struct choose_ask ask = c->ask;
	struct app *app = c->s.app;
	struct choice item = { 0 };
	struct arena mem;

	if (c->at < c->n_shown)
		item = c->items[c->shown[c->at]];
	else if (ask.free_text && c->typed[0] != '\0')
		item.text = c->typed;
	else
		return;
	if (item.why_not != NULL) {
		app_alarm(app, "%s: %s", item.text, item.why_not);
		return;
	}
	/* The texts die with the box, which has to go before something else is put in its place. */
	arena_init(&mem, 1u << 20);
	if (item.data == item.text)
		item.data = NULL;
	item.text = arena_strdup(&mem, item.text);
	if (item.data == NULL)
		item.data = item.text;
	if (item.also != NULL)
		item.also = arena_strdup(&mem, item.also);
	item.detail = item.key = NULL;
	app_pop(app, &c->s);
	if (item.text != NULL)
		ask.chosen(ask.arg, &item);
	arena_fini(&mem);
}

static void choose_typed(struct choose *c)
{
	const char *text = c->edit != NULL ? edit_text(c->edit, &c->s.mem) : NULL;

	if (text == NULL || strcmp(text, c->typed) == 0)
		return;
	(void)snprintf(c->typed, sizeof(c->typed), "%s", text);
	choose_narrow(c);
}

static void choose_go(struct choose *c, long to)
{
	if (to >= (long)c->n_shown)
		to = (long)c->n_shown - 1;
	c->at = to < 0 ? 0 : (size_t)to;
}

static bool choose_key(struct screen *s, const struct key *k)
{
	struct choose *c = (struct choose *)s;
	long page = c->page > 1 ? c->page - 1 : 1;

	if (k->code == K_ENTER)
		choose_take(c);
	else if (key_is(k, "Up|Shift-Tab") || k->code == K_WHEEL_UP)
		choose_go(c, (long)c->at - 1);
	else if (key_is(k, "Down|Tab") || k->code == K_WHEEL_DOWN)
		choose_go(c, (long)c->at + 1);
	else if (key_is(k, "PgUp"))
		choose_go(c, (long)c->at - page);
	else if (key_is(k, "PgDn"))
		choose_go(c, (long)c->at + page);
	else if (k->code == K_TEXT && k->wc >= L'1' && k->wc <= L'9' && c->typed[0] == '\0' &&
		 !c->from_list) {
		choose_go(c, (long)c->first + (k->wc - L'1'));
		choose_take(c);
	} else if (c->edit != NULL && edit_key(c->edit, k))
		choose_typed(c);
	else
		return false;
	return true;
}

static bool choose_typing(const struct screen *s)
{
	(void)s;
	return true;
}

static void choose_free(struct screen *s)
{
	struct choose *c = (struct choose *)s;

	edit_close(c->edit);
	if (c->from_list)
		source_free(&c->source);
}

static const struct screen_ops choose_ops = {
	.name = N_("Choice"),
	.draw = choose_draw,
	.key = choose_key,
	.typing = choose_typing,
	.free = choose_free,
};

void *choose_new(struct app *app, const struct choose_ask *ask)
{
	struct choose *c = screen_new(app, &choose_ops, sizeof(*c), ask->title);

	if (c == NULL)
		return NULL;
	c->ask = *ask;
	c->s.overlay = true;
	c->s.width = CHOOSE_WIDTH;
	/* No higher than what there is to choose from: what lies below is still to be read. */
	c->s.height = ask->n + 4 < CHOOSE_HEIGHT ? (int)ask->n + 4 : CHOOSE_HEIGHT;
	if (ask->typed != NULL)
		(void)snprintf(c->typed, sizeof(c->typed), "%s", ask->typed);
	if (!choose_keep(c, ask->items, ask->n)) {
		screen_free(&c->s);
		return NULL;
	}
	choose_narrow(c);
	return c;
}

static const char *list_detail(const struct view *v, const ProtobufCMessage *row, const char *name,
			       struct arena *mem)
{
	const char *all = "";

	for (size_t i = 0; i < v->n_columns && all != NULL; i++) {
		const char *text = words_cell(v, i, row, mem);

		if (text != NULL && text[0] != '\0' && strcmp(text, name) != 0)
			all = arena_printf(mem, "%s%s%s", all, all[0] != '\0' ? "  " : "", text);
	}
	return all;
}

static void choose_on_list(void *arg)
{
	struct choose *c = arg;
	const struct rpc_method *m = c->source.m;
	int field = view_rows_field(m->out);
	const ProtobufCMessage *const *rows;
	struct choice *items;
	struct st_err err;
	struct view v;
	size_t n;

	if (c->source.reply == NULL)
		return;
	for (unsigned i = 0; field < 0 && i < m->out->desc->n_fields; i++)
		if (m->out->desc->fields[i].label == PROTOBUF_C_LABEL_REPEATED)
			field = (int)i;
	if (field < 0)
		return;
	rows = view_rows(c->source.reply, &m->out->desc->fields[field], &c->s.mem, &n);
	items = arena_array(&c->s.mem, struct choice, n + 1);
	if (items == NULL ||
	    view_make(m->out->fields[field].sub, rows, n, m->columns, &c->s.mem, &v, &err) != ST_OK)
		return;
	for (size_t i = 0; i < n; i++) {
		items[i].text = view_name(rows[i], &c->s.mem);
		if (items[i].text == NULL)
			items[i].text = "";
		items[i].detail = list_detail(&v, rows[i], items[i].text, &c->s.mem);
	}
	if (choose_keep(c, items, n))
		choose_narrow(c);
}

static ProtobufCMessage *choose_request(void *arg, struct arena *mem)
{
	struct choose *c = arg;
	const struct rpc_method *m = c->source.m;

	return request_new(m, mem, message_field(m->in->desc, "limit") != NULL ? "limit" : NULL,
			   LIST_LIMIT, NULL);
}

void *choose_from_list(struct app *app, const struct rpc_method *list, const struct choose_ask *ask)
{
	struct choose *c = choose_new(app, ask);

	if (c == NULL)
		return NULL;
	source_init(&c->source, app, list);
	c->s.height = CHOOSE_HEIGHT;
	c->from_list = true;
	c->source.request = choose_request;
	c->source.changed = choose_on_list;
	c->source.arg = c;
	c->source.request_arg = c;
	source_ask(&c->source);
	return c;
}
