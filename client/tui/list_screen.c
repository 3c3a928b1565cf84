#include "client/tui/list_screen.h"

#include <string.h>

#include "client/look/equal.h"
#include "client/look/method.h"
#include "client/tui/app.h"
#include "client/tui/edit.h"
#include "client/tui/form_screen.h"
#include "client/tui/rows.h"
#include "client/tui/source.h"
#include "client/tui/things.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define LIST_LIMIT "200"

struct list_screen {
	struct screen s;
	struct source source;
	struct rows rows;
	const ProtobufCMessage *given; /* in s.mem */
	struct edit *filter;           /* while one is typed */
};

static ProtobufCMessage *list_request(void *arg, struct arena *mem)
{
	struct list_screen *l = arg;
	const struct rpc_method *m = l->source.m;
	ProtobufCMessage *rq = l->given != NULL ? request_copy(m, l->given, mem)
						: message_new(m->in->desc, mem);

	for (unsigned i = 0; rq != NULL && i < m->in->desc->n_fields; i++)
		if (method_is_paging(m, i) && !field_is_set(rq, &m->in->desc->fields[i]))
			(void)request_set(rq, m->in->desc->fields[i].name, LIST_LIMIT, mem);
	return rq;
}

static void list_on_answer(void *arg)
{
	struct list_screen *l = arg;

	rows_set_reply(&l->rows, l->source.reply);
}

static void list_draw_foot(struct list_screen *l, const struct area *a)
{
	int y = a->height - 1, x = 1;

	if (l->filter != NULL) {
		area_put(a, y, 0, 1, STYLE_LABEL, "/");
		edit_draw(l->filter, a, y, 1, STYLE_EDIT);
		return;
	}
	if (l->source.err.code != ST_OK) {
		area_put(a, y, x, -1, STYLE_ERROR, l->source.err.message);
		return;
	}
	if (l->source.reply == NULL) {
		area_put(a, y, x, -1, STYLE_DIM, _("asking ..."));
		return;
	}
	x += area_printf(a, y, x, STYLE_DIM, ngettext("%zu row", "%zu rows", l->rows.n_shown),
			 l->rows.n_shown);
	if (l->rows.filter[0] != '\0')
		x += 2 + area_printf(a, y, x + 2, STYLE_SOON, _("only with '%s'"), l->rows.filter);
	if (l->rows.n_marked > 0)
		x += 2 + area_printf(a, y, x + 2, STYLE_MARKED,
				     ngettext("%zu marked", "%zu marked", l->rows.n_marked),
				     l->rows.n_marked);
	area_put(a, y, x + 2, -1, STYLE_DIM,
		 _("Enter open  m menu  / filter  f narrow  Space mark  y copy  \\ command"));
}

static void list_draw(struct screen *s, const struct area *a)
{
	struct list_screen *l = (struct list_screen *)s;
	struct area inner = area_frame(a, STYLE_FOCUS, s->title);
	struct area rows = area_part(&inner, 0, 0, inner.height - 1, inner.width);

	rows_draw(&l->rows, &rows, true);
	if (l->source.reply != NULL && l->rows.n_shown == 0)
		area_put(&inner, 1, 2, -1, STYLE_DIM, _("There are none."));
	list_draw_foot(l, &inner);
}

static void list_open(struct screen *s)
{
	struct list_screen *l = (struct list_screen *)s;

	things_open(s->app, l->source.m, rows_current(&l->rows));
}

static void list_menu(struct screen *s)
{
	struct list_screen *l = (struct list_screen *)s;

	things_menu(s->app, l->source.m, &l->rows);
}

static void list_narrowed(void *arg, const ProtobufCMessage *request)
{
	struct list_screen *l = arg;

	l->given = request_copy(l->source.m, request, &l->s.mem);
	source_ask(&l->source);
}

static void list_narrow(struct screen *s)
{
	struct list_screen *l = (struct list_screen *)s;

	app_push(s->app, form_screen_ask(s->app, l->source.m, l->given, list_narrowed, l));
}

static void list_filter(struct screen *s)
{
	struct list_screen *l = (struct list_screen *)s;

	l->filter = edit_open(l->rows.filter, 1, 60, 90, false);
}

static void list_mark(struct screen *s)
{
	struct list_screen *l = (struct list_screen *)s;
	const ProtobufCMessage *row = rows_current(&l->rows);

	if (row != NULL)
		rows_mark(&l->rows, row);
	(void)rows_key(&l->rows, &(struct key){ .code = K_DOWN });
}

static void list_reload(struct screen *s)
{
	source_ask(&((struct list_screen *)s)->source);
}

static void list_copy(struct screen *s)
{
	things_copy(s->app, &((struct list_screen *)s)->rows);
}

static void list_command(struct screen *s)
{
	struct list_screen *l = (struct list_screen *)s;

	things_command(s->app, l->source.m, l->given);
}

static void list_new(struct screen *s)
{
	things_new(s->app, ((struct list_screen *)s)->source.m);
}

static const char *list_no_row(const struct screen *s)
{
	return rows_current(&((const struct list_screen *)s)->rows) == NULL
		       ? _("there is no row under the cursor")
		       : NULL;
}

static bool list_key(struct screen *s, const struct key *k)
{
	struct list_screen *l = (struct list_screen *)s;

	if (l->filter == NULL) {
		if (k->code == K_TEXT && k->wc >= L'1' && k->wc <= L'9') {
			if (rows_jump(&l->rows, (size_t)(k->wc - L'1')))
				list_open(s);
			return true;
		}
		if (k->code == K_CLICK)
			return rows_jump(&l->rows, (size_t)(k->y - 3));
		return rows_key(&l->rows, k);
	}
	if (k->code == K_ENTER || k->code == K_ESCAPE) {
		if (k->code == K_ESCAPE)
			rows_filter(&l->rows, "");
		edit_close(l->filter);
		l->filter = NULL;
		return true;
	}
	if (!edit_key(l->filter, k))
		return rows_key(&l->rows, k);
	{
		const char *text = edit_text(l->filter, &s->mem);

		rows_filter(&l->rows, text != NULL ? text : "");
	}
	return true;
}

static bool list_typing(const struct screen *s)
{
	return ((const struct list_screen *)s)->filter != NULL;
}

static void list_changed(struct screen *s, const char *entity)
{
	source_changed(&((struct list_screen *)s)->source, entity);
}

static void list_free(struct screen *s)
{
	struct list_screen *l = (struct list_screen *)s;

	edit_close(l->filter);
	source_free(&l->source);
	rows_free(&l->rows);
}

static const struct action list_actions[] = {
	{ "Enter", N_("Open"), N_("Shows all that is known of the row under the cursor."),
	  list_no_row, list_open },
	{ "m|Ins", N_("Menu"), N_("What can be done with the row, or with those that are marked."),
	  list_no_row, list_menu },
	{ "n", N_("New"), N_("Makes another thing of this kind."), NULL, list_new },
	{ "/", N_("Filter"), N_("Shows only rows that contain what is typed."), NULL, list_filter },
	{ "f", N_("Narrow"), N_("Asks the server for fewer, or other rows."), NULL, list_narrow },
	{ "Space", N_("Mark"), N_("Marks the row, for what is done with several."), list_no_row,
	  list_mark },
	{ "r", N_("Again"), N_("Asks the server anew."), NULL, list_reload },
	{ "y", N_("Copy"), N_("Copies the row to the terminal's clipboard."), list_no_row,
	  list_copy },
	{ "\\", N_("Command"), N_("Shows the command that does the same."), NULL, list_command },
	{ 0 },
};

static const struct screen_ops list_ops = {
	.name = N_("List of rows"),
	.actions = list_actions,
	.draw = list_draw,
	.key = list_key,
	.typing = list_typing,
	.changed = list_changed,
	.free = list_free,
};

void *list_screen_new(struct app *app, const struct rpc_method *m, const ProtobufCMessage *given)
{
	struct list_screen *l = screen_new(app, &list_ops, sizeof(*l), things_title(m));

	if (l == NULL)
		return NULL;
	source_init(&l->source, app, m);
	l->source.request = list_request;
	l->source.changed = list_on_answer;
	l->source.arg = l;
	l->source.request_arg = l;
	rows_init(&l->rows, m, NULL);
	if (given != NULL)
		l->given = request_copy(m, given, &l->s.mem);
	source_ask(&l->source);
	return l;
}
