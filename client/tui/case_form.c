#include "client/tui/case_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/look/value.h"
#include "client/tui/app.h"
#include "client/tui/case_form_part.h"
#include "client/tui/outgoing.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define SETTLE_MS 150
#define FIND_LEAST 2

static const char *case_field(const struct case_form *f)
{
	const struct entry_field *field = entry_current(&f->form);

	return field != NULL ? field->desc->name : "";
}

static bool case_field_is(const struct case_form *f, const char *name)
{
	return strcmp(case_field(f), name) == 0;
}

/* Who calls and where it is are found as the desk's box finds them. */
static bool case_field_is_found(const struct case_form *f)
{
	return case_field_is(f, "caller") || case_field_is(f, "place");
}

static ProtobufCMessage *case_find_request(void *arg, struct arena *mem)
{
	const struct case_form *f = arg;

	return strlen(f->sought) >= FIND_LEAST
		       ? request_new(f->find.m, mem, "text", f->sought, "limit", "20", NULL)
		       : NULL;
}

static void pick_add_found(struct case_form *f, struct arena *mem)
{
	bool caller = case_field_is(f, "caller");
	size_t n;
	const ProtobufCMessage *const *rows = reply_rows(f->find.reply, "rows", mem, &n);

	for (size_t i = 0; i < n && f->sought[0] != '\0'; i++) {
		const char *who = reply_text(rows[i], "party", mem);
		const char *where = reply_text(rows[i], "place", mem);

		if ((caller ? who : where)[0] == '\0')
			continue;
		pick_add(&f->pick, caller ? who : where,
			 arena_printf(mem, "%s  %s  %s", caller ? where : who,
				      words_code(reply_text(rows[i], "role", mem)),
				      reply_text(rows[i], "phone", mem)),
			 rows[i]);
	}
}

/* A code with what it means in their language. */
static void pick_add_code(struct case_form *f, const char *code, const char *shown,
			  const char *detail, const void *data)
{
	char text[160];

	(void)snprintf(text, sizeof(text), "%s%s%s", strcmp(code, shown) != 0 ? shown : "",
		       strcmp(code, shown) != 0 && detail[0] != '\0' ? "  " : "", detail);
	pick_add(&f->pick, code, text, data);
}

static void pick_add_kinds(struct case_form *f, const char *list, const char *value,
			   struct arena *mem)
{
	size_t n;
	const ProtobufCMessage *const *rows = reply_rows(f->advice.kinds.reply, list, mem, &n);

	for (size_t i = 0; i < n; i++) {
		const char *code = reply_text(rows[i], value, mem);

		pick_add_code(f, code, words_code(code), "", rows[i]);
	}
}

static void pick_add_categories(struct case_form *f, struct arena *mem)
{
	size_t n;
	const ProtobufCMessage *const *rows = reply_rows(f->advice.categories.reply, "categories",
							 mem, &n);

	for (size_t i = 0; i < n; i++) {
		const char *body = reply_text(rows[i], "body", mem);
		const char *code = reply_text(rows[i], "category", mem);

		pick_add_code(f, code, words_code(code),
			      strcmp(body, "property") == 0 ? "" : words_code(body), rows[i]);
	}
}

static void pick_add_choices(struct case_form *f)
{
	const struct entry_field *field = entry_current(&f->form);
	char choice[64];

	for (size_t i = 0; field != NULL && entry_choice(field, i, choice); i++)
		pick_add_code(f, choice, entry_shown(field, choice), "", NULL);
}

/* By what is typed; where that is one of them already, all that there are. */
static void case_form_narrow(struct case_form *f)
{
	const char *typed = entry_text(&f->form, f->pick_of);

	for (size_t i = 0; i < f->pick.n; i++)
		if (strcmp(f->pick.items[i].value, typed) == 0)
			typed = "";
	pick_narrow(&f->pick, case_field_is_found(f) ? "" : typed);
}

/* Makes the list of the field anew: it is another field, or an answer has come. */
static void case_form_list(struct case_form *f)
{
	struct arena mem;

	arena_init(&mem, 16u << 20);
	(void)snprintf(f->pick_of, sizeof(f->pick_of), "%s", case_field(f));
	pick_begin(&f->pick);
	if (case_field_is_found(f))
		pick_add_found(f, &mem);
	else if (case_field_is(f, "kind"))
		pick_add_kinds(f, "kinds", "kind", &mem);
	else if (case_field_is(f, "channel"))
		pick_add_kinds(f, "channels", "channel", &mem);
	else if (case_field_is(f, "category"))
		pick_add_categories(f, &mem);
	else
		pick_add_choices(f);
	case_form_narrow(f);
	arena_fini(&mem);
}

static void case_form_on_answer(void *arg)
{
	struct case_form *f = arg;

	if (f->pick.at < 0)
		case_form_list(f);
	app_redraw(f->s.app);
}

static void case_form_seek(uv_timer_t *timer)
{
	struct case_form *f = timer->data;

	source_ask(&f->find);
}

/* What the cursor stood on, or what the typed means, is what the field holds when it is left. */
static void case_form_fill(struct case_form *f, const struct pick_item *item)
{
	const ProtobufCMessage *row = item->data;
	struct arena mem;

	if (!case_field_is_found(f) || row == NULL) {
		entry_set(&f->form, case_field(f), item->value);
		return;
	}
	arena_init(&mem, 1u << 20);
	if (case_field_is(f, "caller")) {
		const char *party = strcmp(reply_text(row, "entity", &mem), "party") == 0
					    ? reply_text(row, "number", &mem)
					    : reply_text(row, "party_id", &mem);

		entry_set(&f->form, "party", party);
		entry_set(&f->form, "caller", reply_text(row, "party", &mem));
		if (entry_text(&f->form, "phone")[0] == '\0')
			entry_set(&f->form, "phone", reply_text(row, "phone", &mem));
	}
	if (reply_text(row, "place", &mem)[0] != '\0')
		entry_set(&f->form, "place", reply_text(row, "place", &mem));
	arena_fini(&mem);
	f->form.dirty = true;
}

/* Of what was found only a sure hit is taken without having been pointed at. */
static const struct pick_item *case_form_meant(const struct case_form *f)
{
	const struct pick_item *item = pick_current(&f->pick);
	const char *typed = entry_text(&f->form, case_field(f));
	struct arena mem;

	if (item != NULL || f->pick.n == 0)
		return item;
	if (!case_field_is_found(f))
		return pick_take(&f->pick, typed);
	if (f->pick.n != 1 || strcmp(f->sought, typed) != 0)
		return NULL;
	arena_init(&mem, 1u << 20);
	if (strcmp(reply_text(f->pick.items[0].data, "match", &mem), "exact") == 0)
		item = &f->pick.items[0];
	arena_fini(&mem);
	return item;
}

/* The cursor is in another field. */
static void case_form_entered(struct case_form *f)
{
	f->sought[0] = '\0';
	case_form_list(f);
	advice_touch(&f->advice, false);
}

/* To what has to be said by whoever speaks, once it is known who that is. */
static void case_form_go_on(struct case_form *f)
{
	entry_go(&f->form, entry_text(&f->form, "place")[0] != '\0' ? "kind" : "place");
	case_form_entered(f);
}

/* True: the cursor has gone on by itself. */
static bool case_form_leave(struct case_form *f)
{
	const struct pick_item *item;
	bool caller = case_field_is(f, "caller");

	entry_keep(&f->form);
	item = case_form_meant(f);
	if (item == NULL)
		return false;
	case_form_fill(f, item);
	if (caller)
		case_form_go_on(f);
	return caller;
}

/* Something was typed into the field under the cursor. */
static void case_form_typed(struct case_form *f)
{
	entry_keep(&f->form);
	if (case_field_is(f, "caller"))
		entry_set(&f->form, "party", "");
	if (!case_field_is_found(f)) {
		case_form_narrow(f);
		return;
	}
	(void)snprintf(f->sought, sizeof(f->sought), "%s", entry_text(&f->form, case_field(f)));
	(void)uv_timer_start(f->settle, case_form_seek, SETTLE_MS, 0);
}

static bool case_form_key(struct screen *s, const struct key *k)
{
	struct case_form *f = (struct case_form *)s;
	const struct entry_field *field = entry_current(&f->form);
	uint64_t before;

	if (f->sent || field == NULL)
		return false;
	if (pick_key(&f->pick, k))
		return true;
	if (f->pick.at >= 0 && k->code == K_ESCAPE) {
		f->pick.at = -1;
		return true;
	}
	if (key_is(k, "PgDn|PgUp") && f->pick.n == 0) {
		advice_turn(&f->advice, k->code == K_PAGE_DOWN ? 1 : -1);
		return true;
	}
	if ((key_is(k, "Tab|Shift-Tab|Down|Up") || (k->code == K_ENTER && field->lines == 1)) &&
	    case_form_leave(f))
		return true;
	before = f->form.changes;
	if (!entry_key(&f->form, k))
		return false;
	if (strcmp(f->pick_of, case_field(f)) != 0) {
		case_form_entered(f);
	} else if (f->form.changes != before) {
		case_form_typed(f);
		advice_touch(&f->advice, true);
	}
	return true;
}

static bool case_form_typing(const struct screen *s)
{
	(void)s;
	return true;
}

static bool case_form_tick(struct screen *s)
{
	struct case_form *f = (struct case_form *)s;

	return !f->sent && draft_tick(&f->draft, s->app, &f->form);
}

static const char *case_form_unsaved(const struct screen *s)
{
	struct case_form *f = (struct case_form *)s;

	if (!f->form.dirty)
		return NULL;
	draft_keep(&f->draft, &f->form);
	return _("The case has not been saved. What was typed is kept as a draft on this desk.");
}

static void case_form_changed(struct screen *s, const char *entity)
{
	source_changed(&((struct case_form *)s)->advice.similar, entity);
}

static void case_form_on_closed(uv_handle_t *timer)
{
	free(timer);
}

static void case_form_free(struct screen *s)
{
	struct case_form *f = (struct case_form *)s;

	outgoing_forget(s->app->outgoing, f);
	advice_free(&f->advice);
	source_free(&f->find);
	pick_free(&f->pick);
	entry_free(&f->form);
	if (f->settle != NULL)
		uv_close((uv_handle_t *)f->settle, case_form_on_closed);
}

static const struct action case_form_actions[] = {
	{ "Ctrl-S", N_("Save"), N_("Opens the case."), NULL, case_form_save },
	{ "Ctrl-D", N_("Save and dispatch"),
	  N_("Opens the case and gives the work to somebody: who can do it and is on duty comes "
	     "first."),
	  case_form_no_dispatch, case_form_save_and_dispatch },
	{ "Ctrl-L", N_("Similar"),
	  N_("Adds it to a case that is open already, or links it with one."), case_form_no_similar,
	  case_form_join },
	{ "Ctrl-\\", N_("Command"), N_("Shows the command that does the same."), NULL,
	  case_form_command },
	{ 0 },
};

static const struct screen_ops case_form_ops = {
	.name = N_("New case"),
	.actions = case_form_actions,
	.draw = case_form_draw,
	.key = case_form_key,
	.typing = case_form_typing,
	.changed = case_form_changed,
	.tick = case_form_tick,
	.unsaved = case_form_unsaved,
	.free = case_form_free,
};

#define CASE_FIELDS                                                                             \
	"caller phone channel place spot kind category priority severity body summary details " \
	"party call"

/* The first free name for a draft: "", "2", "3". */
static void case_form_draft_name(struct case_form *f, struct app *app)
{
	char what[12] = "";

	for (int n = 2; n < 100; n++) {
		draft_init(&f->draft, app, f->form.m, what);
		if (!draft_is_kept(&f->draft) && !case_form_draft_in_use(app, f->draft.path))
			return;
		(void)snprintf(what, sizeof(what), "%d", n);
	}
}

bool case_form_draft_in_use(const struct app *app, const char *path)
{
	for (struct screen *s = app->top; s != NULL; s = s->below)
		if (s->ops == &case_form_ops &&
		    strcmp(((struct case_form *)s)->draft.path, path) == 0)
			return true;
	return false;
}

static void case_form_give(struct case_form *f, const ProtobufCMessage *given)
{
	for (size_t i = 0; given != NULL && i < f->form.n_fields; i++) {
		const struct entry_field *field = &f->form.fields[i];
		const char *text = value_text(given, f->form.m->in, field->index, 0, &f->s.mem);

		if (text != NULL)
			entry_set(&f->form, field->desc->name, text);
	}
}

struct case_form *case_form_new(struct app *app, const ProtobufCMessage *given,
				const struct draft_found *draft)
{
	static const char *const coded[] = { "kind", "channel", "category" };
	struct case_form *f = screen_new(app, &case_form_ops, sizeof(*f), "");
	const struct rpc_method *m = rpc_find("case.Open");

	if (f == NULL)
		return NULL;
	pick_free(&f->pick);
	advice_init(&f->advice, app, &f->form, case_form_on_answer, f);
	source_init(&f->find, app, rpc_find("find.Find"));
	f->find.request = case_find_request;
	f->find.changed = case_form_on_answer;
	f->find.arg = f->find.request_arg = f;
	f->settle = calloc(1, sizeof(*f->settle));
	must(f->settle != NULL && uv_timer_init(&app->loop, f->settle) == 0);
	f->settle->data = f;
	if (!entry_init(&f->form, m, CASE_FIELDS)) {
		screen_free(&f->s);
		return NULL;
	}
	for (size_t i = 0; i < sizeof(coded) / sizeof(coded[0]); i++)
		entry_field(&f->form, coded[i])->coded = true;
	if (draft != NULL) {
		draft_init(&f->draft, app, m, draft->what);
		(void)draft_load(&f->draft, &f->form);
	} else {
		case_form_draft_name(f, app);
		case_form_give(f, given);
		if (entry_text(&f->form, "channel")[0] == '\0')
			entry_set(&f->form, "channel",
				  entry_text(&f->form, "call")[0] != '\0' ? "phone" : "");
	}
	if (entry_text(&f->form, "party")[0] != '\0')
		case_form_go_on(f);
	else
		case_form_entered(f);
	return f;
}
