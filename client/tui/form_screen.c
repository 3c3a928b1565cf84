#include "client/tui/form_screen.h"

#include <stdio.h>
#include <string.h>

#include "client/look/equal.h"
#include "client/look/method.h"
#include "client/look/value.h"
#include "client/tui/app.h"
#include "client/tui/choose.h"
#include "client/tui/dialog.h"
#include "client/tui/draft.h"
#include "client/tui/entry.h"
#include "client/tui/list_screen.h"
#include "client/tui/outgoing.h"
#include "client/tui/printing.h"
#include "client/tui/record_screen.h"
#include "client/tui/source.h"
#include "client/tui/things.h"
#include "client/tui/words.h"
#include "common/wire.h"

struct form_screen {
	struct screen s;
	const struct rpc_method *m;
	struct entry form;
	struct draft draft;
	bool drafts; /* it is kept */
	bool sent, failed;
	/* Narrowing a list. */
	void (*taken)(void *arg, const ProtobufCMessage *request);
	void *arg;
	/* Once for each of these; NULL: once. */
	const char **refs;
	size_t n_refs, next, refused;
	const char *refusal;             /* the first */
	const ProtobufCMessage *sending; /* while it is asked about */
};

static void form_screen_draw(struct screen *s, const struct area *a)
{
	struct form_screen *f = (struct form_screen *)s;
	struct area inner = area_frame(a, STYLE_FOCUS, s->title);
	struct area body = area_part(&inner, 1, 1, inner.height - 5, inner.width - 2);
	struct area help = area_part(&inner, inner.height - 3, 1, 2, inner.width - 2);
	const struct entry_field *field = entry_current(&f->form);
	int y = inner.height - 1, x = 1;

	entry_draw(&f->form, &body, true);
	if (field != NULL)
		(void)area_wrap(&help, 0, STYLE_DIM, words_help(field->rule));
	x += area_put(&inner, y, x, -1, STYLE_DIM,
		      f->taken != NULL ? _("Enter next  ^S show these  Esc close")
				       : _("Enter next  ^S send  ^L list  Esc close (asks first)"));
	if (f->sent)
		area_put(&inner, y, x + 3, -1, STYLE_SOON, _("sending ..."));
	else if (f->draft.kept_at[0] != '\0')
		area_printf(&inner, y, x + 3, STYLE_DIM, _("draft kept %s"), f->draft.kept_at);
}

static void form_screen_next(struct form_screen *f);

/* Of several: the next one; at the end it is said how many were refused. */
static void form_screen_one_done(struct form_screen *f, const struct call_result *r)
{
	struct app *app = f->s.app;

	if (r->err.code != ST_OK && f->refused++ == 0)
		f->refusal = arena_printf(&f->s.mem, "%s: %s", f->refs[f->next - 1],
					  r->err.message);
	if (f->next < f->n_refs) {
		form_screen_next(f);
		return;
	}
	if (f->refused == 0)
		app_say(app, ngettext("%s: %zu done.", "%s: %zu done.", f->n_refs),
			words_command(f->m), f->n_refs);
	else
		app_alarm(app,
			  ngettext("%s: %zu of %zu refused (%s)", "%s: %zu of %zu refused (%s)",
				   f->refused),
			  words_command(f->m), f->refused, f->n_refs,
			  f->refusal != NULL ? f->refusal : "");
	app_pop(app, &f->s);
}

static void form_screen_done(void *arg, const struct call_result *r)
{
	struct form_screen *f = arg;
	struct app *app = f->s.app;

	if (f->refs != NULL) {
		form_screen_one_done(f, r);
		return;
	}
	f->sent = false;
	if (r->err.code != ST_OK) {
		(void)entry_faults(&f->form, &r->err, r->violations, r->n_violations);
		draft_refused(&f->draft, app, &r->err);
		return;
	}
	draft_drop(&f->draft);
	f->form.dirty = false;
	outgoing_forget(app->outgoing, f);
	app_pop(app, &f->s);
}

/* Taken back: the form comes again, with what was typed. */
static void form_screen_again(struct app *app, const struct rpc_method *m,
			      const ProtobufCMessage *request)
{
	app_push(app, form_screen_new(app, m, request));
}

static void form_screen_send(void *arg, const char *reason)
{
	struct form_screen *f = arg;
	struct app *app = f->s.app;
	int field = method_field_of_place(f->m, 1);
	const struct change c = {
		.m = f->m,
		.request = f->sending,
		.key = f->draft.key,
		.reason = reason,
		.confirm = f->m->danger == STEWARD__DANGER__SEVERE && field >= 0
				   ? field_text(f->sending, &f->m->in->desc->fields[field], 0,
						&f->s.mem)
				   : NULL,
		.done = form_screen_done,
		.taken_back = form_screen_again,
		.draft = f->draft.path,
		.arg = f,
	};

	draft_keep(&f->draft, &f->form);
	f->sent = true;
	if (outgoing_send(app->outgoing, &c))
		app_pop(app, &f->s);
	app_redraw(app);
}

/* One of several: the form's request with the next thing as its first word. */
static void form_screen_next(struct form_screen *f)
{
	ProtobufCMessage *request = request_copy(f->m, f->sending, &f->s.mem);
	int field = method_field_of_place(f->m, 1);
	const char *ref = f->refs[f->next++];
	const struct change c = {
		.m = f->m, .request = request, .at_once = true, .done = form_screen_done, .arg = f
	};

	if (request == NULL || field < 0)
		return;
	field_clear(request, &f->m->in->desc->fields[field]);
	if (request_set(request, f->m->in->desc->fields[field].name, ref, &f->s.mem))
		(void)outgoing_send(f->s.app->outgoing, &c);
}

static void form_screen_yes(void *arg)
{
	struct form_screen *f = arg;

	if (f->refs == NULL) {
		form_screen_send(f, NULL);
		return;
	}
	f->sent = true;
	f->next = f->refused = 0;
	form_screen_next(f);
}

static void form_screen_ask_first(struct form_screen *f)
{
	int field = method_field_of_place(f->m, 1);
	const char *what = field >= 0 ? field_text(f->sending, &f->m->in->desc->fields[field], 0,
						   &f->s.mem)
				      : NULL;
	bool severe = f->m->danger == STEWARD__DANGER__SEVERE;
	const struct dialog_ask ask = {
		.title = f->s.title,
		.text = words_summary(f->m, &f->s.mem),
		.yes = things_title(f->m),
		.no = _("Leave it as it is"),
		.confirm = severe ? what : NULL,
		.reason = severe,
		.done = form_screen_yes,
		.done_why = form_screen_send,
		.arg = f,
	};

	app_push(f->s.app, dialog_new(f->s.app, &ask));
}

static void form_screen_show(struct form_screen *f)
{
	struct app *app = f->s.app;
	const struct rpc_method *m = f->m;
	const ProtobufCMessage *request = f->sending;
	void *next = method_rows(m) != NULL ? list_screen_new(app, m, request)
					    : record_screen_new(app, m, request);

	draft_drop(&f->draft);
	app_pop(app, &f->s);
	app_push(app, next);
}

static void form_screen_submit(struct screen *s)
{
	struct form_screen *f = (struct form_screen *)s;
	struct st_err err = { 0 };
	ProtobufCMessage *request;

	if (f->sent)
		return;
	if (entry_request(&f->form, &s->mem, &request, &err) != ST_OK) {
		const struct entry_field *field = entry_field(&f->form, err.field);

		if (field != NULL && field->fault != NULL)
			app_alarm(s->app, "%s: %s", field->label, field->fault);
		else
			app_alarm(s->app, "%s", err.message);
		return;
	}
	f->sending = request;
	if (f->taken != NULL) {
		void (*taken)(void *, const ProtobufCMessage *) = f->taken;
		void *arg = f->arg;

		taken(arg, request);
		app_pop(s->app, s);
	} else if (f->m->print) {
		printing_ask(s->app, &(struct print_ask){ .m = f->m, .request = request });
		draft_drop(&f->draft);
		app_pop(s->app, s);
	} else if (f->m->rpc_class == STEWARD__CLASS__READ) {
		form_screen_show(f);
	} else if (s->app->options.read_only) {
		app_alarm(s->app, "%s", _("This desk only reads (--read-only)."));
	} else if (f->m->danger != STEWARD__DANGER__MILD) {
		form_screen_ask_first(f);
	} else {
		form_screen_yes(f);
	}
}

static void form_screen_picked(void *arg, const struct choice *c)
{
	struct form_screen *f = arg;
	const struct entry_field *field = entry_current(&f->form);

	entry_set(&f->form, field->desc->name, c->text);
	f->form.dirty = true;
	(void)entry_key(&f->form, &(struct key){ .code = K_TAB });
}

static const char *form_screen_no_list(const struct screen *s)
{
	struct form_screen *f = (struct form_screen *)s;
	const struct entry_field *field = entry_current(&f->form);

	return field == NULL || (field->rule->choices == NULL && field->rule->complete == NULL)
		       ? _("anything can be typed into this field")
		       : NULL;
}

static void form_screen_pick(struct screen *s)
{
	struct form_screen *f = (struct form_screen *)s;
	const struct entry_field *field = entry_current(&f->form);
	struct choose_ask ask = { .chosen = form_screen_picked, .arg = f, .free_text = true };
	const struct rpc_method *list;

	entry_keep(&f->form);
	ask.title = field->label;
	if (field->rule->choices != NULL) {
		struct choice items[60] = { 0 };
		const char *at = field->rule->choices;

		while (*at != '\0' && ask.n < 60) {
			size_t len = strcspn(at, "|");

			items[ask.n].text = arena_strndup(&s->mem, at, len);
			if (items[ask.n].text != NULL && words_translated())
				items[ask.n].detail = words_value(f->m->in, field->index,
								  items[ask.n].text, &s->mem);
			ask.n++;
			at += len + (at[len] == '|' ? 1 : 0);
		}
		ask.items = items;
		ask.free_text = false;
		app_push(s->app, choose_new(s->app, &ask));
		return;
	}
	list = method_of_words(field->rule->complete);
	ask.typed = field->text;
	if (list != NULL)
		app_push(s->app, choose_from_list(s->app, list, &ask));
}

static void form_screen_command(struct screen *s)
{
	struct form_screen *f = (struct form_screen *)s;
	struct st_err err = { 0 };
	ProtobufCMessage *request;

	if (entry_request(&f->form, &s->mem, &request, &err) != ST_OK)
		app_alarm(s->app, "%s", err.message);
	else
		things_command(s->app, f->m, request);
}

static bool form_screen_key(struct screen *s, const struct key *k)
{
	struct form_screen *f = (struct form_screen *)s;

	return !f->sent && entry_key(&f->form, k);
}

static bool form_screen_typing(const struct screen *s)
{
	(void)s;
	return true;
}

static bool form_screen_tick(struct screen *s)
{
	struct form_screen *f = (struct form_screen *)s;

	return f->drafts && !f->sent && draft_tick(&f->draft, s->app, &f->form);
}

static const char *form_screen_unsaved(const struct screen *s)
{
	struct form_screen *f = (struct form_screen *)s;

	if (!f->form.dirty || f->taken != NULL)
		return NULL;
	draft_keep(&f->draft, &f->form);
	return f->drafts
		       ? _("What was typed has not been sent. It is kept as a draft on this desk.")
		       : _("What was typed has not been sent.");
}

static void form_screen_free(struct screen *s)
{
	struct form_screen *f = (struct form_screen *)s;

	outgoing_forget(s->app->outgoing, f);
	entry_free(&f->form);
}

static const struct action form_actions[] = {
	{ "Ctrl-S", N_("Send"), N_("Sends the form."), NULL, form_screen_submit },
	{ "Ctrl-L", N_("List"), N_("What this field can hold."), form_screen_no_list,
	  form_screen_pick },
	{ "Ctrl-\\", N_("Command"), N_("Shows the command that does the same."), NULL,
	  form_screen_command },
	{ 0 },
};

static const struct screen_ops form_screen_ops = {
	.name = N_("Form"),
	.actions = form_actions,
	.draw = form_screen_draw,
	.key = form_screen_key,
	.typing = form_screen_typing,
	.tick = form_screen_tick,
	.unsaved = form_screen_unsaved,
	.free = form_screen_free,
};

static void form_screen_give(struct form_screen *f, const ProtobufCMessage *given, bool fix)
{
	for (size_t i = 0; given != NULL && i < f->form.n_fields; i++) {
		struct entry_field *field = &f->form.fields[i];
		const char *text = value_text(given, f->m->in, field->index, 0, &f->s.mem);

		if (text == NULL)
			continue;
		entry_set(&f->form, field->desc->name, text);
		field->fixed = fix && field->rule->arg == 1;
	}
	while (f->form.at + 1 < f->form.n_fields && f->form.fields[f->form.at].fixed)
		f->form.at++;
}

static struct form_screen *form_screen_make(struct app *app, const struct rpc_method *m,
					    const ProtobufCMessage *given, bool fix)
{
	struct form_screen *f = screen_new(app, &form_screen_ops, sizeof(*f),
					   things_title_of(m, given, &app->picture));

	if (f == NULL)
		return NULL;
	f->m = m;
	if (!entry_init(&f->form, m, NULL)) {
		screen_free(&f->s);
		return NULL;
	}
	form_screen_give(f, given, fix);
	return f;
}

void *form_screen_new(struct app *app, const struct rpc_method *m, const ProtobufCMessage *given)
{
	struct form_screen *f = form_screen_make(app, m, given, true);
	int field = method_field_of_place(m, 1);
	const char *what = NULL;

	if (f == NULL)
		return NULL;
	if (field >= 0 && given != NULL)
		what = field_text(given, &m->in->desc->fields[field], 0, &f->s.mem);
	draft_init(&f->draft, app, m, what != NULL ? what : "");
	f->drafts = m->rpc_class == STEWARD__CLASS__WRITE;
	if (f->drafts && draft_load(&f->draft, &f->form))
		app_say(app, "%s", _("A draft was kept here; it goes on from there."));
	return f;
}

void *form_screen_each(struct app *app, const struct rpc_method *m, const char *const *refs,
		       size_t n)
{
	int field = method_field_of_place(m, 1);
	struct form_screen *f = form_screen_make(app, m, NULL, false);

	if (f == NULL)
		return NULL;
	f->refs = arena_array(&f->s.mem, const char *, n + 1);
	for (size_t i = 0; f->refs != NULL && i < n; i++)
		f->refs[i] = arena_strdup(&f->s.mem, refs[i]);
	f->n_refs = n;
	if (field >= 0) {
		entry_set(&f->form, m->in->desc->fields[field].name, refs[0]);
		f->form.fields[0].fixed = true;
		f->form.at = f->form.n_fields > 1 ? 1 : 0;
	}
	f->s.title = arena_printf(&f->s.mem, ngettext("%s: %zu marked", "%s: %zu marked", n),
				  things_title(m), n);
	return f;
}

void *form_screen_ask(struct app *app, const struct rpc_method *m, const ProtobufCMessage *given,
		      void (*taken)(void *arg, const ProtobufCMessage *request), void *arg)
{
	struct form_screen *f = form_screen_make(app, m, given, false);

	if (f == NULL)
		return NULL;
	f->taken = taken;
	f->arg = arg;
	return f;
}
