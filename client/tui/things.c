#include "client/tui/things.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "client/look/equal.h"
#include "client/look/method.h"
#include "client/tui/app.h"
#include "client/tui/choose.h"
#include "client/tui/dialog.h"
#include "client/tui/form_screen.h"
#include "client/tui/list_screen.h"
#include "client/tui/places.h"
#include "client/tui/printing.h"
#include "client/tui/record_screen.h"
#include "client/tui/source.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define MENU_MAX 120

const char *things_title(const struct rpc_method *m)
{
	static char title[160];

	(void)snprintf(title, sizeof(title), "%s", words_command(m));
	title[0] = (char)toupper((unsigned char)title[0]);
	return title;
}

const char *things_title_of(const struct rpc_method *m, const ProtobufCMessage *request,
			    struct arena *mem)
{
	int field = method_field_of_place(m, 1);
	const char *what = field >= 0 && request != NULL
				   ? field_text(request, &m->in->desc->fields[field], 0, mem)
				   : NULL;

	return what != NULL ? arena_printf(mem, "%s %s", things_title(m), what) : things_title(m);
}

/* Is something needed that is not given? */
static bool things_lack(const struct rpc_method *m, const ProtobufCMessage *given)
{
	for (unsigned i = 0; i < m->in->desc->n_fields; i++)
		if (m->in->fields[i].required &&
		    (given == NULL || !field_is_set(given, &m->in->desc->fields[i])))
			return true;
	return false;
}

void things_call(struct app *app, const struct rpc_method *m, const ProtobufCMessage *given)
{
	struct arena mem;
	const ProtobufCMessage *request = given;

	if (places_by_hand(app, m, given))
		return;
	if (m->print && given != NULL && !things_lack(m, given)) {
		printing_ask(app, &(struct print_ask){ .m = m, .request = given });
		return;
	}
	if (m->rpc_class != STEWARD__CLASS__READ || things_lack(m, given)) {
		app_push(app, form_screen_new(app, m, given));
		return;
	}
	arena_init(&mem, 16u << 20);
	if (request == NULL)
		request = message_new(m->in->desc, &mem);
	if (request != NULL && method_rows(m) != NULL)
		app_push(app, list_screen_new(app, m, request));
	else if (request != NULL)
		app_push(app, record_screen_new(app, m, request));
	arena_fini(&mem);
}

ProtobufCMessage *things_request(struct app *app, const struct rpc_method *m,
				 const ProtobufCMessage *row, struct arena *mem)
{
	int field = method_field_of_place(m, 1);
	const char *ref = method_row_ref(m, row, app_property(app) == NULL, mem);

	if (field < 0 || ref == NULL)
		return NULL;
	return request_new(m, mem, m->in->desc->fields[field].name, ref, NULL);
}

/* The list whose rows are of this type. */
static const struct rpc_method *things_list_of(const ProtobufCMessage *row)
{
	for (size_t i = 0; i < rpc_method_count; i++) {
		const struct message_rules *rows = method_rows(&rpc_methods[i]);

		if (rows != NULL && rows->desc == row->descriptor &&
		    method_show_of(&rpc_methods[i]) != NULL)
			return &rpc_methods[i];
	}
	return NULL;
}

void things_open(struct app *app, const struct rpc_method *list, const ProtobufCMessage *row)
{
	const struct rpc_method *show;
	ProtobufCMessage *request;
	struct arena mem;

	if (row == NULL)
		return;
	if (list == NULL)
		list = things_list_of(row);
	show = list != NULL ? method_show_of(list) : NULL;
	if (show == NULL || !method_acts_on(show, list)) {
		app_say(app, "%s", _("There is no more to be shown of it."));
		return;
	}
	arena_init(&mem, 16u << 20);
	request = things_request(app, show, row, &mem);
	if (request != NULL)
		app_push(app, record_screen_new(app, show, request));
	arena_fini(&mem);
}

/* What a menu was opened for. */
struct menu {
	struct app *app;
	const struct rpc_method *list; /* rows are of it */
	char refs[200][48];            /* of the things; with one it may be asked for its fields */
	size_t n;
};
static struct menu menu; /* one menu is open at a time */

static void menu_chosen(void *arg, const struct choice *c)
{
	const struct rpc_method *m = c->data;
	const char *refs[200];
	struct arena mem;
	int field = method_field_of_place(m, 1);

	(void)arg;
	arena_init(&mem, 16u << 20);
	for (size_t i = 0; i < menu.n; i++)
		refs[i] = menu.refs[i];
	if (menu.n == 1)
		things_call(menu.app, m,
			    request_new(m, &mem, m->in->desc->fields[field].name, refs[0], NULL));
	else
		app_push(menu.app, form_screen_each(menu.app, m, refs, menu.n));
	arena_fini(&mem);
}

bool things_can(const struct rpc_method *m)
{
	return method_for_people(m) && m->rpc_class != STEWARD__CLASS__STREAM &&
	       m->import == NULL && m->upload_end == NULL && m->download == NULL;
}

static const char *menu_why_not(const struct rpc_method *m)
{
	if (!app_may(menu.app, m))
		return _("not in your roles");
	if (menu.n > 1 && (m->rpc_class != STEWARD__CLASS__WRITE || m->print))
		return _("one at a time");
	return NULL;
}

static void menu_open(const char *title)
{
	struct choice items[MENU_MAX];
	struct arena mem;
	size_t n = 0;

	arena_init(&mem, 4u << 20);
	/* What can be done first, then what cannot and why. */
	for (int possible = 1; possible >= 0; possible--)
		for (size_t i = 0; i < rpc_method_count && n < MENU_MAX; i++) {
			const struct rpc_method *m = &rpc_methods[i];
			const char *why;

			if (!things_can(m) || !method_acts_on(m, menu.list))
				continue;
			why = menu_why_not(m);
			if ((why == NULL) != (possible == 1))
				continue;
			items[n++] = (struct choice){ .text = words_command(m),
						      .detail = words_summary(m, &mem),
						      .also = m->words,
						      .why_not = why,
						      .data = m };
		}
	if (n == 0)
		app_say(menu.app, "%s", _("Nothing can be done with it from here."));
	else
		app_push(menu.app,
			 choose_new(menu.app, &(struct choose_ask){ .title = title,
								    .items = items,
								    .n = n,
								    .chosen = menu_chosen }));
	arena_fini(&mem);
}

static void menu_add(const struct rpc_method *any, const ProtobufCMessage *row)
{
	struct arena mem;
	const char *ref;

	arena_init(&mem, 1u << 20);
	ref = method_row_ref(any, row, app_property(menu.app) == NULL, &mem);
	if (ref != NULL && menu.n < sizeof(menu.refs) / sizeof(menu.refs[0]))
		(void)snprintf(menu.refs[menu.n++], sizeof(menu.refs[0]), "%s", ref);
	arena_fini(&mem);
}

/* Any method that takes such rows: all take them by the same reference. */
static const struct rpc_method *menu_any(const struct rpc_method *list)
{
	for (size_t i = 0; i < rpc_method_count; i++)
		if (method_acts_on(&rpc_methods[i], list))
			return &rpc_methods[i];
	return NULL;
}

void things_menu(struct app *app, const struct rpc_method *list, struct rows *rows)
{
	const struct rpc_method *any = menu_any(list);

	menu = (struct menu){ .app = app, .list = list };
	for (size_t i = 0; any != NULL && i < rows->view.n_rows && rows->n_marked > 0; i++)
		if (rows_is_marked(rows, rows->view.rows[i]))
			menu_add(any, rows->view.rows[i]);
	if (any != NULL && menu.n == 0 && rows_current(rows) != NULL)
		menu_add(any, rows_current(rows));
	if (menu.n == 0)
		app_say(app, "%s", _("Nothing can be done with it from here."));
	else
		menu_open(menu.n == 1 ? menu.refs[0] : _("those that are marked"));
}

/* The list whose things 'show' shows. */
static const struct rpc_method *menu_list_of_show(const struct rpc_method *show)
{
	int field = method_field_of_place(show, 1);
	const char *complete = field >= 0 ? show->in->fields[field].complete : NULL;

	return complete != NULL ? method_of_words(complete) : NULL;
}

void things_menu_of(struct app *app, const struct rpc_method *show, const ProtobufCMessage *request)
{
	const struct rpc_method *list = menu_list_of_show(show);
	int field = method_field_of_place(show, 1);
	struct arena mem;
	const char *ref;

	arena_init(&mem, 1u << 20);
	ref = field >= 0 ? field_text(request, &show->in->desc->fields[field], 0, &mem) : NULL;
	menu = (struct menu){ .app = app, .list = list };
	if (ref != NULL)
		(void)snprintf(menu.refs[menu.n++], sizeof(menu.refs[0]), "%s", ref);
	if (list == NULL || menu.n == 0)
		app_say(app, "%s", _("Nothing can be done with it from here."));
	else
		menu_open(menu.refs[0]);
	arena_fini(&mem);
}

void things_new(struct app *app, const struct rpc_method *list)
{
	static const char *const verbs[] = { "open", "add", "new", "take", "make", "set" };
	size_t noun = strcspn(list->words, " ");

	for (size_t v = 0; v < sizeof(verbs) / sizeof(verbs[0]); v++)
		for (size_t i = 0; i < rpc_method_count; i++) {
			const struct rpc_method *m = &rpc_methods[i];

			if (strcmp(m->cap, list->cap) != 0 || !app_may(app, m) ||
			    strncmp(m->words, list->words, noun) != 0 || m->words[noun] != ' ' ||
			    strcmp(m->words + noun + 1, verbs[v]) != 0)
				continue;
			app_push(app, form_screen_new(app, m, NULL));
			return;
		}
	app_alarm(app, "%s", _("Nothing of this kind can be made by you."));
}

void things_copy(struct app *app, const struct rows *rows)
{
	struct arena mem;
	const char *line = "";

	if (rows_current(rows) == NULL)
		return;
	arena_init(&mem, 4u << 20);
	for (size_t c = 0; c < rows->view.n_columns && line != NULL; c++)
		line = arena_printf(&mem, "%s%s%s", line, c > 0 ? "\t" : "",
				    words_cell(&rows->view, c, rows_current(rows), &mem));
	if (line != NULL && app->terminal)
		tty_copy(line);
	app_say(app, _("Copied: %s"), rows_name(rows));
	arena_fini(&mem);
}

void things_command(struct app *app, const struct rpc_method *m, const ProtobufCMessage *request)
{
	struct arena mem;
	const ProtobufCMessage *rq = request;
	const char *line;

	arena_init(&mem, 4u << 20);
	if (rq == NULL)
		rq = message_new(m->in->desc, &mem);
	line = rq != NULL ? equal_command(m, rq, app_property(app), &mem) : NULL;
	if (line != NULL)
		app_push(app, dialog_new(app, &(struct dialog_ask){
						      .title = _("The same on the command line"),
						      .text = line }));
	arena_fini(&mem);
}
