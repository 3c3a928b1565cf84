#include "client/tui/sheet.h"

#include <stdio.h>
#include <string.h>

#include "client/look/method.h"
#include "client/tui/app.h"
#include "client/tui/draft.h"
#include "client/tui/entry.h"
#include "client/tui/outgoing.h"
#include "client/tui/source.h"
#include "client/tui/things.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define LABEL_WIDEST 46
#define SCRIPT_LINES 5
#define WIDE_FROM 100

/* As they are answered most: who does not lift the receiver comes before who is not satisfied. */
#define VISIT_OUTCOMES "reached|no_answer|call_later|not_solved|refused"
#define BACK_OUTCOMES "reached|no_answer|call_later|refused|not_needed"

struct sheet {
	struct screen s;
	struct entry form;
	struct draft draft;
	struct source ask; /* visit.Form */
	bool asks, questions, sent;
	const char *ref, *who, *phone, *place, *about, *told;
};

/* The text in the language of whoever reads it out, else the other one. */
static const char *sheet_spoken(const ProtobufCMessage *msg, const char *english,
				const char *chinese, struct arena *mem)
{
	const char *text = reply_text(msg, words_in("zh") ? chinese : english, mem);

	return text[0] != '\0' ? text : reply_text(msg, english, mem);
}

static ProtobufCMessage *sheet_request(void *arg, struct arena *mem)
{
	const struct sheet *sh = arg;

	return request_new(sh->ask.m, mem, "case", sh->ref, NULL);
}

static void sheet_add_question(struct sheet *sh, const ProtobufCMessage *q, struct arena *mem)
{
	const char *kind = reply_text(q, "kind", mem);
	const char *choices = strcmp(kind, "score") == 0    ? "1|2|3|4|5"
			      : strcmp(kind, "yes_no") == 0 ? "yes|no"
			      : strcmp(kind, "choice") == 0 ? reply_text(q, "choices", mem)
							    : NULL;

	(void)entry_add_pair(&sh->form, "answer", reply_text(q, "question", mem),
			     sheet_spoken(q, "text", "text_zh", mem), choices,
			     strcmp(reply_text(q, "required", mem), "true") == 0);
}

static void sheet_keep(struct sheet *sh, const char **text, const ProtobufCMessage *msg,
		       const char *prefix, const char *field)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s%s", prefix, field);
	if ((*text)[0] == '\0')
		*text = arena_strdup(&sh->s.mem, reply_text(msg, path, &sh->s.mem));
	if (*text == NULL)
		*text = "";
}

/* Whom to dial and about what, as far as the message tells and it is not known yet. */
static void sheet_about(struct sheet *sh, const ProtobufCMessage *msg, const char *prefix)
{
	sheet_keep(sh, &sh->who, msg, prefix, "party");
	sheet_keep(sh, &sh->phone, msg, prefix, "phone");
	sheet_keep(sh, &sh->place, msg, prefix, "place");
	sheet_keep(sh, &sh->about, msg, prefix, sh->asks ? "summary" : "about");
	sheet_keep(sh, &sh->told, msg, prefix, "result");
}

/* The questions come once; what was typed meanwhile stays. */
static void sheet_on_form(void *arg)
{
	struct sheet *sh = arg;
	struct arena mem;
	size_t n;
	const ProtobufCMessage *const *rows;

	if (sh->questions || sh->ask.reply == NULL)
		return;
	arena_init(&mem, 4u << 20);
	sheet_about(sh, sh->ask.reply, "visit.");
	rows = reply_rows(sh->ask.reply, "questions", &mem, &n);
	for (size_t i = 0; i < n; i++)
		sheet_add_question(sh, rows[i], &mem);
	sh->questions = true;
	if (draft_is_kept(&sh->draft))
		(void)draft_load(&sh->draft, &sh->form);
	arena_fini(&mem);
}

static int sheet_draw_head(const struct sheet *sh, const struct area *a)
{
	struct arena mem;
	const char *script;
	int y = 0, x;

	arena_init(&mem, 4u << 20);
	x = area_printf(a, y, 0, STYLE_TITLE, _("Dial %s"),
			sh->phone[0] != '\0' ? sh->phone : _("(no number is known)"));
	area_printf(a, y++, x, STYLE_PLAIN, "   %s  %s", sh->who, sh->place);
	if (sh->about[0] != '\0')
		area_printf(a, y++, 0, STYLE_PLAIN, "%s: %s", _("About"), sh->about);
	script = sh->asks ? sheet_spoken(sh->ask.reply, "script", "script_zh", &mem) : "";
	if (script[0] == '\0' && sh->told[0] != '\0')
		area_printf(a, y++, 0, STYLE_PLAIN, "%s: %s", _("Was told"), sh->told);
	if (script[0] != '\0') {
		struct area say = area_part(a, y, 0, SCRIPT_LINES, a->width);
		int lines = area_wrap(&say, 0, STYLE_DIM, script);

		y += lines < SCRIPT_LINES ? lines : SCRIPT_LINES;
	}
	arena_fini(&mem);
	return y + 1;
}

/* What the field can hold with its digits, what is wrong with it, or what it is for. */
static void sheet_draw_hint(const struct sheet *sh, const struct area *a, int y)
{
	const struct entry_field *field = entry_current(&sh->form);

	if (sh->ask.err.code != ST_OK)
		area_put(a, y, 0, -1, STYLE_ERROR, sh->ask.err.message);
	else if (sh->asks && !sh->questions)
		area_put(a, y, 0, -1, STYLE_DIM, _("asking for the questions ..."));
	else if (field != NULL && field->rule->choices != NULL)
		(void)entry_draw_choices(field, a, y, 0, STYLE_PLAIN);
	else if (field != NULL)
		area_put(a, y, 0, -1, STYLE_DIM, words_help(field->rule));
}

static void sheet_draw(struct screen *s, const struct area *a)
{
	struct sheet *sh = (struct sheet *)s;
	struct area inner = area_frame(a, STYLE_FOCUS, s->title);
	struct area body = area_part(&inner, 0, 1, inner.height, inner.width - 2);
	int head = sheet_draw_head(sh, &body), last = body.height - 1, x;
	struct area form = area_part(&body, head, 0, last - head - 1, body.width);

	entry_draw(&sh->form, &form, true);
	sheet_draw_hint(sh, &body, last - 1);
	x = area_put(&body, last, 0, -1, STYLE_DIM,
		     _("digit chooses  Enter next  ^S record  Esc close (asks first)"));
	if (sh->sent)
		area_put(&body, last, x + 2, -1, STYLE_SOON, _("sending ..."));
	else if (sh->draft.kept_at[0] != '\0')
		area_put_right(
			&body, last, body.width, body.width - x - 2, STYLE_DIM,
			arena_printf(&s->app->picture, _("draft kept %s"), sh->draft.kept_at));
}

static void sheet_done(void *arg, const struct call_result *r)
{
	struct sheet *sh = arg;
	struct app *app = sh->s.app;

	sh->sent = false;
	if (r->err.code != ST_OK) {
		(void)entry_faults(&sh->form, &r->err, r->violations, r->n_violations);
		draft_refused(&sh->draft, app, &r->err);
		return;
	}
	outgoing_forget(app->outgoing, sh);
	app_pop(app, &sh->s);
}

/* The request with the thing it is about; NULL: a field is wrong, which is said. */
static ProtobufCMessage *sheet_filled(struct sheet *sh)
{
	struct app *app = sh->s.app;
	struct st_err err = { 0 };
	ProtobufCMessage *request;

	if (entry_request(&sh->form, &sh->s.mem, &request, &err) == ST_OK)
		return request;
	app_alarm(app, "%s%s%s", err.field, err.field[0] != '\0' ? ": " : "", err.message);
	return NULL;
}

static void sheet_record(struct screen *s)
{
	struct sheet *sh = (struct sheet *)s;
	ProtobufCMessage *request = sh->sent ? NULL : sheet_filled(sh);
	const struct change c = { .m = sh->form.m,
				  .request = request,
				  .key = sh->draft.key,
				  .at_once = true,
				  .done = sheet_done,
				  .draft = sh->draft.path,
				  .arg = sh };

	if (request == NULL)
		return;
	draft_keep(&sh->draft, &sh->form);
	sh->sent = true;
	(void)outgoing_send(s->app->outgoing, &c);
}

static void sheet_command(struct screen *s)
{
	struct sheet *sh = (struct sheet *)s;
	ProtobufCMessage *request = sheet_filled(sh);

	if (request != NULL)
		things_command(s->app, sh->form.m, request);
}

static bool sheet_key(struct screen *s, const struct key *k)
{
	struct sheet *sh = (struct sheet *)s;

	return !sh->sent && entry_key(&sh->form, k);
}

static bool sheet_typing(const struct screen *s)
{
	(void)s;
	return true;
}

static bool sheet_tick(struct screen *s)
{
	struct sheet *sh = (struct sheet *)s;

	return !sh->sent && draft_tick(&sh->draft, s->app, &sh->form);
}

static const char *sheet_unsaved(const struct screen *s)
{
	struct sheet *sh = (struct sheet *)s;

	if (!sh->form.dirty)
		return NULL;
	draft_keep(&sh->draft, &sh->form);
	return _(
		"What came of the call has not been recorded. It is kept as a draft on this desk.");
}

static void sheet_free(struct screen *s)
{
	struct sheet *sh = (struct sheet *)s;

	outgoing_forget(s->app->outgoing, sh);
	if (sh->asks)
		source_free(&sh->ask);
	entry_free(&sh->form);
}

static const struct action sheet_actions[] = {
	{ "Ctrl-S", N_("Record"), N_("Records what came of the call."), NULL, sheet_record },
	{ "Ctrl-\\", N_("Command"), N_("Shows the command that does the same."), NULL,
	  sheet_command },
	{ 0 },
};

static const struct screen_ops sheet_ops = {
	.name = N_("Call to a customer"),
	.actions = sheet_actions,
	.draw = sheet_draw,
	.key = sheet_key,
	.typing = sheet_typing,
	.tick = sheet_tick,
	.unsaved = sheet_unsaved,
	.free = sheet_free,
};

static struct sheet *sheet_new(struct app *app, const char *method, const char *order,
			       const char *outcomes, const char *title, const char *ref)
{
	struct sheet *sh = screen_new(app, &sheet_ops, sizeof(*sh), "");
	const struct rpc_method *m = rpc_find(method);

	if (sh == NULL)
		return NULL;
	sh->ref = arena_strdup(&sh->s.mem, ref);
	if (sh->ref == NULL || !entry_init(&sh->form, m, order)) {
		screen_free(&sh->s);
		return NULL;
	}
	sh->form.label_widest = LABEL_WIDEST;
	sh->form.no_hints = true;
	entry_choices(&sh->form, "outcome", outcomes);
	sh->who = sh->phone = sh->place = sh->about = sh->told = "";
	sh->s.title = arena_printf(&sh->s.mem, title, sh->ref);
	draft_init(&sh->draft, app, m, sh->ref);
	entry_set(&sh->form, sh->form.fields[0].desc->name, sh->ref);
	sh->form.fields[0].fixed = sh->form.fields[0].unseen = true;
	entry_field(&sh->form, "remark")->lines = 2;
	sh->form.at = 1;
	return sh;
}

void *sheet_visit(struct app *app, const char *ref)
{
	struct sheet *sh = sheet_new(app, "visit.Record", "case outcome score remark again",
				     VISIT_OUTCOMES, _("Return visit %s"), ref);

	if (sh == NULL)
		return NULL;
	entry_choices(&sh->form, "score", "1|2|3|4|5");
	sh->asks = true;
	source_init(&sh->ask, app, rpc_find("visit.Form"));
	sh->ask.request = sheet_request;
	sh->ask.changed = sheet_on_form;
	sh->ask.arg = sh->ask.request_arg = sh;
	source_ask(&sh->ask);
	return sh;
}

void *sheet_back(struct app *app, const ProtobufCMessage *row)
{
	struct sheet *sh;
	struct arena mem;
	const char *ref;

	arena_init(&mem, 1u << 20);
	ref = method_row_ref(rpc_find("call.Back"), row, app_property(app) == NULL, &mem);
	sh = sheet_new(app, "call.Back", "entry outcome remark again", BACK_OUTCOMES,
		       _("Call back %s"), ref != NULL ? ref : "");
	arena_fini(&mem);
	if (sh == NULL)
		return NULL;
	sheet_about(sh, row, "");
	if (draft_is_kept(&sh->draft))
		(void)draft_load(&sh->draft, &sh->form);
	return sh;
}
