/* What becomes of the form of a new case: a case, with its work given out, or a word at one that is
 * there already. */
#include <stdio.h>
#include <string.h>

#include "client/look/method.h"
#include "client/tui/app.h"
#include "client/tui/case_form_part.h"
#include "client/tui/choose.h"
#include "client/tui/hands.h"
#include "client/tui/outgoing.h"
#include "client/tui/things.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define SIMILAR_MOST 10

/* The request as it stands; NULL: a field is wrong, which is said. */
static ProtobufCMessage *case_form_request(struct case_form *f)
{
	struct app *app = f->s.app;
	ProtobufCMessage *request;
	struct st_err err = { 0 };

	if (entry_request(&f->form, &f->s.mem, &request, &err) != ST_OK) {
		app_alarm(app, "%s%s%s", err.field, err.field[0] != '\0' ? ": " : "", err.message);
		return NULL;
	}
	/* Who is in the register is named there. */
	if (entry_text(&f->form, "party")[0] != '\0')
		field_clear(request, message_field(request->descriptor, "caller"));
	return request;
}

static void case_form_send_more(struct app *app, const struct rpc_method *m,
				ProtobufCMessage *request)
{
	const struct change c = { .m = m, .request = request, .at_once = true };

	if (request != NULL)
		(void)outgoing_send(app->outgoing, &c);
}

/* The case is there: its links, then whoever is to do the work. */
static void case_form_opened(struct case_form *f, const ProtobufCMessage *opened)
{
	struct app *app = f->s.app;
	const struct rpc_method *link = rpc_find("relation.Link");
	bool dispatch = f->dispatch, urgent;
	struct arena mem;
	const char *ref;

	arena_init(&mem, 4u << 20);
	ref = method_row_ref(rpc_find("case.Dispatch"), opened, app_property(app) == NULL, &mem);
	urgent = strcmp(reply_text(opened, "priority", &mem), "urgent") == 0;
	for (size_t i = 0; i < f->n_links && ref != NULL; i++)
		case_form_send_more(app, link,
				    request_new(link, &mem, "case", ref, "other",
						f->links[i].number, "kind", f->links[i].kind,
						NULL));
	outgoing_forget(app->outgoing, f);
	app_pop(app, &f->s);
	if (dispatch && ref != NULL)
		hands_dispatch(app, ref, urgent);
	arena_fini(&mem);
}

static void case_form_done(void *arg, const struct call_result *r)
{
	struct case_form *f = arg;

	f->sent = false;
	if (r->err.code != ST_OK) {
		(void)entry_faults(&f->form, &r->err, r->violations, r->n_violations);
		draft_refused(&f->draft, f->s.app, &r->err);
		return;
	}
	draft_drop(&f->draft);
	f->form.dirty = false;
	case_form_opened(f, r->reply);
}

static void case_form_send(struct case_form *f, bool dispatch)
{
	ProtobufCMessage *request = f->sent ? NULL : case_form_request(f);
	const struct change c = { .m = f->form.m,
				  .request = request,
				  .key = f->draft.key,
				  .at_once = true,
				  .done = case_form_done,
				  .draft = f->draft.path,
				  .arg = f };

	if (request == NULL)
		return;
	f->form.dirty = true;
	f->form.changes++;
	draft_keep(&f->draft, &f->form);
	f->dispatch = dispatch;
	f->sent = true;
	(void)outgoing_send(f->s.app->outgoing, &c);
}

void case_form_save(struct screen *s)
{
	case_form_send((struct case_form *)s, false);
}

const char *case_form_no_dispatch(const struct screen *s)
{
	return app_may(s->app, rpc_find("case.Dispatch"))
		       ? NULL
		       : _("giving out work is not in your roles; ^S saves, and the dispatcher has "
			   "it");
}

void case_form_save_and_dispatch(struct screen *s)
{
	case_form_send((struct case_form *)s, true);
}

void case_form_command(struct screen *s)
{
	struct case_form *f = (struct case_form *)s;
	ProtobufCMessage *request = case_form_request(f);

	if (request != NULL)
		things_command(s->app, f->form.m, request);
}

const char *case_form_no_similar(const struct screen *s)
{
	const ProtobufCMessage *row;

	return advice_similar(&((const struct case_form *)s)->advice, &row, 1) == 0
		       ? _("no open case is like it")
		       : NULL;
}

/* The customer asked again about a case that is there: that is noted, the call belongs to it, and
 * no other case is opened. */
static void case_form_chased(void *arg, const struct call_result *r)
{
	struct case_form *f = arg;
	struct app *app = f->s.app;
	const struct rpc_method *attach = rpc_find("call.Attach");
	const char *call = entry_text(&f->form, "call");
	struct arena mem;

	f->sent = false;
	if (r->err.code != ST_OK) {
		draft_refused(&f->draft, app, &r->err);
		return;
	}
	arena_init(&mem, 4u << 20);
	if (call[0] != '\0')
		case_form_send_more(app, attach,
				    request_new(attach, &mem, "call", call, "case",
						reply_text(r->reply, "number", &mem), NULL));
	draft_drop(&f->draft);
	arena_fini(&mem);
	outgoing_forget(app->outgoing, f);
	app_pop(app, &f->s);
}

static void case_form_chase(struct case_form *f, const char *number)
{
	const struct rpc_method *m = rpc_find("reply.Chase");
	const char *summary = entry_text(&f->form, "summary");
	const char *details = entry_text(&f->form, "details");
	const char *text = arena_printf(&f->s.mem, "%s%s%s", summary,
					summary[0] != '\0' && details[0] != '\0' ? "\n" : "",
					details);
	const struct change c = { .m = m,
				  .request = request_new(m, &f->s.mem, "case", number, "text", text,
							 "channel", entry_text(&f->form, "channel"),
							 NULL),
				  .key = f->draft.key,
				  .at_once = true,
				  .done = case_form_chased,
				  .arg = f };

	if (c.request == NULL || f->sent)
		return;
	f->sent = true;
	(void)outgoing_send(f->s.app->outgoing, &c);
}

static void case_form_link(struct case_form *f, const char *number, const char *kind)
{
	size_t i = 0;

	while (i < f->n_links && strcmp(f->links[i].number, number) != 0)
		i++;
	if (i == CASE_LINKS)
		return;
	f->n_links += i == f->n_links ? 1 : 0;
	(void)snprintf(f->links[i].number, sizeof(f->links[i].number), "%s", number);
	f->links[i].kind = kind;
	app_say(f->s.app, _("It will be linked with %s (%s) when it is saved."), number,
		words_code(kind));
}

/* What can be done with each case that is like this one. */
static const struct {
	const char *kind; /* of the link; NULL: the customer asks again about that one */
	const char *text; /* %s: its number */
} joins[] = {
	{ NULL, N_("Asked again about %s: note it there, no new case") },
	{ "related", N_("Link it with %s as related") },
	{ "repeat_of", N_("Link it with %s: the same again, after it was done") },
	{ "caused_by", N_("Link it with %s as caused by it") },
};

static void case_form_joined(void *arg, const struct choice *c)
{
	const struct case_link *link = c->data;

	if (link->kind == NULL)
		case_form_chase(arg, link->number);
	else
		case_form_link(arg, link->number, link->kind);
}

/* Kept with the form: the box may outlive the list. */
static const struct case_link *case_form_way(struct case_form *f, const char *number,
					     const char *kind)
{
	struct case_link *link = arena_new(&f->s.mem, struct case_link);

	if (link == NULL)
		return NULL;
	(void)snprintf(link->number, sizeof(link->number), "%s", number);
	link->kind = kind;
	return link;
}

void case_form_join(struct screen *s)
{
	struct case_form *f = (struct case_form *)s;
	const ProtobufCMessage *rows[SIMILAR_MOST];
	size_t ways = sizeof(joins) / sizeof(joins[0]);
	size_t similar = advice_similar(&f->advice, rows, SIMILAR_MOST), n = 0;
	struct choice items[SIMILAR_MOST * 4];
	struct arena mem;

	if (f->sent)
		return;
	arena_init(&mem, 4u << 20);
	for (size_t i = 0; i < similar * ways; i++) {
		const ProtobufCMessage *row = rows[i / ways];
		const char *number = reply_text(row, "number", &mem);
		const struct case_link *way = case_form_way(f, number, joins[i % ways].kind);

		if (way != NULL)
			items[n++] = (struct choice){
				.text = arena_printf(&mem, _(joins[i % ways].text), number),
				.detail = i % ways == 0 ? reply_text(row, "summary", &mem) : "",
				.data = way,
			};
	}
	app_push(s->app, choose_new(s->app, &(struct choose_ask){ .title = _("Cases like this one"),
								  .items = items,
								  .n = n,
								  .chosen = case_form_joined,
								  .arg = f }));
	arena_fini(&mem);
}
