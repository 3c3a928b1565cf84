#include "client/tui/shift_screen.h"

#include <stdio.h>
#include <string.h>

#include "client/look/money.h"
#include "client/tui/app.h"
#include "client/tui/count.h"
#include "client/tui/dialog.h"
#include "client/tui/form_screen.h"
#include "client/tui/pane.h"
#include "client/tui/printing.h"
#include "client/tui/tender.h"
#include "client/tui/till.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define ASK_ARENA (4u << 20)
#define HEAD_HEIGHT 3

/* REPORT -> COUNT <-> EXPLAIN -> CLOSED; Esc goes back from COUNT to REPORT. */
enum shift_step { SHIFT_REPORT, SHIFT_COUNT, SHIFT_EXPLAIN, SHIFT_CLOSED };

struct shift_screen {
	struct screen s;
	char number[61];
	enum shift_step step;
	struct pane report;
	struct panes panes;
	struct source taken; /* the documents of the shift */
	struct count count;
	bool counting; /* 'count' is there */
	struct till till;
};

static struct shift_screen *of(const struct screen *s)
{
	return (struct shift_screen *)s;
}

/* Asking -------------------------------------------------------------------------------------- */

static ProtobufCMessage *shift_ask_report(void *arg, struct arena *mem)
{
	struct shift_screen *h = arg;

	return request_new(h->report.source.m, mem, "shift", h->number, NULL);
}

static ProtobufCMessage *shift_ask_taken(void *arg, struct arena *mem)
{
	struct shift_screen *h = arg;

	return request_new(h->taken.m, mem, "shift", h->number, "limit", "500", NULL);
}

static const char *shift_text(const struct shift_screen *h, const char *field, struct arena *mem)
{
	const char *path = arena_printf(mem, "shift.%s", field);

	return path != NULL ? reply_text(h->report.source.reply, path, mem) : "";
}

static const char *shift_money(const struct shift_screen *h, const char *field, struct arena *mem)
{
	const char *path = arena_printf(mem, "shift.%s", field);
	int digits = money_digits(shift_text(h, "currency", mem));
	char text[40];

	return path == NULL
		       ? ""
		       : arena_strdup(mem, money_format(reply_number(h->report.source.reply, path),
							digits, true, text));
}

static void shift_on_report(void *arg)
{
	struct shift_screen *h = arg;
	struct arena mem;

	arena_init(&mem, ASK_ARENA);
	if (h->step == SHIFT_REPORT && shift_text(h, "state", &mem)[0] != '\0' &&
	    strcmp(shift_text(h, "state", &mem), "open") != 0)
		h->step = SHIFT_CLOSED;
	arena_fini(&mem);
}

/* How many documents there are of a way to pay: the report tells that, and no amounts. */
static int shift_documents(const void *arg, const char *way)
{
	const struct shift_screen *h = arg;
	const struct view *v = &h->report.rows.view;
	struct arena mem;
	int n = 0;

	arena_init(&mem, ASK_ARENA);
	for (size_t i = 0; i < v->n_rows; i++)
		if (strcmp(reply_text(v->rows[i], "method", &mem), way) == 0)
			n = (int)reply_number(v->rows[i], "documents");
	arena_fini(&mem);
	return n;
}

/* Drawing ------------------------------------------------------------------------------------- */

static const char *shift_clock(const char *at, struct arena *mem)
{
	const char *clock = strlen(at) > 16 ? arena_strndup(mem, at + 11, 5) : NULL;

	return clock != NULL ? clock : at;
}

static void shift_draw_head(const struct shift_screen *h, const struct area *a, struct arena *mem)
{
	static const char *const steps[] = { N_("1 count"), N_("2 explain"),
					     N_("3 report, signature") };
	const char *closed = shift_text(h, "closed_at", mem);
	const char *title = arena_printf(mem, _("Shift %s  %s  drawer %s  %s -> %s"), h->number,
					 shift_text(h, "cashier", mem),
					 shift_text(h, "drawer", mem),
					 shift_clock(shift_text(h, "opened_at", mem), mem),
					 closed[0] != '\0' ? shift_clock(closed, mem) : _("open"));
	struct area inner = area_frame(a, STYLE_FRAME, title);
	int now = h->step - SHIFT_COUNT, x = 1;

	if (h->step == SHIFT_REPORT) {
		area_put(&inner, 0, 1, -1, STYLE_DIM,
			 _("X-report: documents, no amounts, because you are to count what you "
			   "have."));
		return;
	}
	for (int i = 0; i < 3; i++)
		x += area_printf(&inner, 0, x, i == now ? STYLE_MARKED : STYLE_DIM,
				 i == now ? "[%s]" : " %s ", _(steps[i])) +
		     2;
}

/* "receipts SUN-26-000098 .. SUN-26-000122", the latest of the list is the first. */
static int shift_draw_documents(const struct shift_screen *h, const struct area *a, int y,
				struct arena *mem)
{
	static const char *const kinds[] = { "payment", "void", "refund" };
	static const char *const names[] = { N_("receipts"), N_("voids"), N_("refunds") };
	const ProtobufCMessage *const *rows;
	size_t n;

	rows = reply_rows(h->taken.reply, "payments", mem, &n);
	for (size_t k = 0; k < 3; k++) {
		const char *first = "", *last = "";
		size_t count = 0;

		for (size_t i = 0; i < n; i++) {
			if (strcmp(reply_text(rows[i], "kind", mem), kinds[k]) != 0)
				continue;
			first = reply_text(rows[i], "number", mem);
			if (count++ == 0)
				last = first;
		}
		area_put(a, y, 1, 10, STYLE_LABEL, _(names[k]));
		last = strrchr(last, '-') != NULL ? strrchr(last, '-') + 1 : last;
		area_printf(a, y++, 12, STYLE_PLAIN, count > 1 ? "%zu  %s .. %s" : "%zu  %s", count,
			    first, last);
	}
	return y;
}

static void shift_draw_counting(struct shift_screen *h, const struct area *a, struct arena *mem)
{
	int left = a->width / 2;
	struct area drawer = area_part(a, 0, 0, a->height, left);
	struct area ways = area_part(a, 0, left, a->height, a->width - left), rest;
	int y;

	drawer = area_frame(&drawer, STYLE_FOCUS, _("Count the drawer (blind)"));
	count_draw_drawer(&h->count, &drawer,
			  reply_number(h->report.source.reply, "shift.float_minor"));
	ways = area_frame(&ways, STYLE_FRAME, _("Declared by way to pay"));
	y = count_draw_ways(&h->count, &ways, shift_documents, h) + 1;
	if (!h->count.reason) {
		y = shift_draw_documents(h, &ways, y, mem) + 1;
		rest = area_part(&ways, y, 1, ways.height - y, ways.width - 2);
		(void)area_wrap(&rest, 0, STYLE_DIM,
				_("What there should be is shown only after this was handed in. A "
				  "difference asks for a reason."));
	}
}

static void shift_draw_report(struct shift_screen *h, const struct area *a, struct arena *mem)
{
	int lower = h->step == SHIFT_CLOSED ? 8 : 5;
	struct area list = area_part(a, 0, 0, a->height - lower, a->width);
	struct area facts = area_part(a, a->height - lower, 0, lower, a->width);
	const char *signer = shift_text(h, "signed_by", mem);
	int y;

	pane_draw(&h->report, &list, true);
	facts = area_frame(&facts, STYLE_FRAME, _("Documents"));
	y = shift_draw_documents(h, &facts, 0, mem);
	if (h->step != SHIFT_CLOSED)
		return;
	area_printf(&facts, y++, 1, STYLE_TITLE, _("Report %s   taken %s   difference %s"),
		    shift_text(h, "z_number", mem), shift_money(h, "taken_minor", mem),
		    shift_money(h, "difference_minor", mem));
	area_put(&facts, y, 1, 10, STYLE_LABEL, _("Reason"));
	area_put(&facts, y++, 12, -1, STYLE_PLAIN, shift_text(h, "reason", mem));
	if (signer[0] != '\0')
		area_printf(&facts, y, 1, STYLE_GOOD, _("Signed by %s."), signer);
	else
		area_put(&facts, y, 1, -1, STYLE_SOON,
			 _("To be signed by somebody else than the cashier."));
}

static const char *shift_hint(const struct shift_screen *h)
{
	switch (h->step) {
	case SHIFT_REPORT:
		return _("c count and close  p print the X-report  Esc back");
	case SHIFT_COUNT:
		return h->till.state == TILL_READY
			       ? _("Enter next  ^S hand in  Esc later")
			       : _("on its way; if no answer comes ^S asks again");
	case SHIFT_EXPLAIN:
		return _("^S close with this reason  Esc count again");
	default:
		return _("p print the Z-report  g sign  Esc back");
	}
}

static void shift_draw(struct screen *s, const struct area *a)
{
	struct shift_screen *h = of(s);
	struct area head = area_part(a, 0, 0, HEAD_HEIGHT, a->width);
	struct area body = area_part(a, HEAD_HEIGHT, 0, a->height - HEAD_HEIGHT - 1, a->width);
	struct arena mem;

	arena_init(&mem, ASK_ARENA);
	shift_draw_head(h, &head, &mem);
	if (h->counting && (h->step == SHIFT_COUNT || h->step == SHIFT_EXPLAIN))
		shift_draw_counting(h, &body, &mem);
	else
		shift_draw_report(h, &body, &mem);
	area_put(a, a->height - 1, 1, -1, STYLE_DIM, shift_hint(h));
	arena_fini(&mem);
}

/* Closing ------------------------------------------------------------------------------------- */

static void shift_print(struct shift_screen *h, const struct uuid *closed)
{
	const struct rpc_method *m = rpc_find("shift.Print");
	struct print_ask ask = { .m = m, .of = *closed };
	struct arena mem;

	arena_init(&mem, ASK_ARENA);
	ask.request = request_new(m, &mem, "shift", h->number, NULL);
	if (ask.request != NULL)
		printing_ask(h->s.app, &ask);
	arena_fini(&mem);
}

static void shift_on_closed(void *arg, const struct call_result *r, const struct uuid *key)
{
	struct shift_screen *h = arg;

	if (r->err.code == ST_OK) {
		h->step = SHIFT_CLOSED;
		if (h->counting)
			count_focus(&h->count, false);
		pane_ask(&h->report);
		shift_print(h, key);
	} else if (strcmp(r->err.reason, "COUNT_DIFFERS") == 0 && h->counting) {
		h->step = SHIFT_EXPLAIN;
		count_ask_reason(&h->count, true);
		app_alarm(h->s.app, "%s",
			  _("The count is not what it should be. Count again, or say why."));
	}
}

static void shift_send(void *arg)
{
	struct shift_screen *h = arg;
	const struct rpc_method *m = rpc_find("shift.Close");
	const char *text;
	ProtobufCMessage *rq;
	struct arena mem;
	bool ok;

	arena_init(&mem, ASK_ARENA);
	rq = request_new(m, &mem, "why", h->count.reason ? count_reason(&h->count) : "", NULL);
	ok = rq != NULL;
	for (size_t i = 0; ok && (text = count_text(&h->count, i, &mem)) != NULL; i++)
		ok = request_set(rq, "count", text, &mem);
	if (ok)
		till_send(&h->till, m, rq);
	arena_fini(&mem);
}

/* "Counted: cash=1825.50, card=860.00. There are 2 documents of qr, and nothing is declared of it."
 */
static void shift_ask_first(struct shift_screen *h)
{
	struct app *app = h->s.app;
	const char *all = "", *text, *nothing = "";
	struct arena mem;

	arena_init(&mem, ASK_ARENA);
	for (size_t i = 0; all != NULL && (text = count_text(&h->count, i, &mem)) != NULL; i++)
		all = arena_printf(&mem, "%s%s%s%s", all, i > 0 ? ", " : "",
				   words_code(arena_strndup(&mem, text, strcspn(text, "="))),
				   text + strcspn(text, "="));
	for (size_t i = 0; i < h->count.n_ways && nothing != NULL; i++)
		if (count_way(&h->count, i) == 0 && shift_documents(h, h->count.ways[i]) > 0)
			nothing = arena_printf(&mem,
					       _("%s  Nothing is declared of %s, but there are "
						 "documents."),
					       nothing, words_code(h->count.ways[i]));
	text = arena_printf(&mem, _("Counted: %s.%s  A shift that was closed is not opened again."),
			    all != NULL ? all : "", nothing != NULL ? nothing : "");
	if (text != NULL)
		app_push(app, dialog_new(app, &(struct dialog_ask){ .title = _("Close the shift"),
								    .text = text,
								    .yes = _("Close the shift"),
								    .no = _("Go on counting"),
								    .done = shift_send,
								    .arg = h }));
	arena_fini(&mem);
}

static const char *shift_no_send(const struct screen *s)
{
	struct shift_screen *h = of(s);

	if (h->till.state == TILL_SENT)
		return _("it is on its way");
	if (h->till.state == TILL_UNKNOWN)
		return NULL;
	if (h->step != SHIFT_COUNT && h->step != SHIFT_EXPLAIN)
		return _("nothing has been counted yet");
	if (s->app->options.read_only)
		return _("this desk only reads (--read-only)");
	return count_why_not(&h->count);
}

static void shift_submit(struct screen *s)
{
	struct shift_screen *h = of(s);

	if (h->till.state == TILL_UNKNOWN)
		till_again(&h->till);
	else if (h->step == SHIFT_COUNT)
		shift_ask_first(h);
	else
		shift_send(h);
}

/* Actions and keys ---------------------------------------------------------------------------- */

static const char *shift_no_count(const struct screen *s)
{
	struct shift_screen *h = of(s);
	const char *why = NULL;
	struct arena mem;

	arena_init(&mem, ASK_ARENA);
	if (h->report.source.reply == NULL)
		why = _("the report is being asked for");
	else if (h->step != SHIFT_REPORT)
		why = _("the shift is closed");
	else if (strcmp(shift_text(h, "cashier", &mem), s->app->person.login) != 0)
		why = _("it is somebody else's shift");
	else if (h->till.state != TILL_READY)
		why = _("it is not known yet whether it was closed; ^S asks");
	arena_fini(&mem);
	return why;
}

static void shift_count(struct screen *s)
{
	struct shift_screen *h = of(s);
	struct arena mem;

	arena_init(&mem, ASK_ARENA);
	if (!h->counting)
		count_init(&h->count, shift_text(h, "currency", &mem), tender_ways());
	h->counting = true;
	h->step = SHIFT_COUNT;
	count_focus(&h->count, true);
	arena_fini(&mem);
}

static const char *shift_no_print(const struct screen *s)
{
	return app_may(s->app, rpc_find("shift.Print")) ? NULL : _("not in your roles");
}

static void shift_print_now(struct screen *s)
{
	shift_print(of(s), &(struct uuid){ 0 });
}

static const char *shift_no_sign(const struct screen *s)
{
	struct shift_screen *h = of(s);
	const char *why = NULL;
	struct arena mem;

	arena_init(&mem, ASK_ARENA);
	if (h->step != SHIFT_CLOSED)
		why = _("it is not closed yet");
	else if (shift_text(h, "signed_by", &mem)[0] != '\0')
		why = _("it is signed already");
	else if (strcmp(shift_text(h, "cashier", &mem), s->app->person.login) == 0)
		why = _("somebody else than the cashier signs it");
	else if (!app_may(s->app, rpc_find("shift.Sign")))
		why = _("not in your roles");
	arena_fini(&mem);
	return why;
}

static void shift_sign(struct screen *s)
{
	const struct rpc_method *m = rpc_find("shift.Sign");
	struct arena mem;

	arena_init(&mem, ASK_ARENA);
	app_push(s->app,
		 form_screen_new(s->app, m, request_new(m, &mem, "shift", of(s)->number, NULL)));
	arena_fini(&mem);
}

static bool shift_key(struct screen *s, const struct key *k)
{
	struct shift_screen *h = of(s);

	if (h->step != SHIFT_COUNT && h->step != SHIFT_EXPLAIN)
		return panes_key(&h->panes, k);
	if (h->till.state != TILL_READY)
		return key_is_text(k);
	if (k->code == K_ESCAPE && h->step == SHIFT_EXPLAIN) {
		h->step = SHIFT_COUNT;
		count_ask_reason(&h->count, false);
		return true;
	}
	if (k->code == K_ESCAPE && !count_dirty(&h->count)) {
		h->step = SHIFT_REPORT;
		count_focus(&h->count, false);
		return true;
	}
	return count_key(&h->count, k);
}

static bool shift_typing(const struct screen *s)
{
	return of(s)->counting && count_typing(&of(s)->count);
}

static void shift_changed(struct screen *s, const char *entity)
{
	panes_changed(&of(s)->panes, entity);
	source_changed(&of(s)->taken, entity);
}

static const char *shift_unsaved(const struct screen *s)
{
	struct shift_screen *h = of(s);

	if (h->till.state != TILL_READY)
		return _("It is not known whether the shift was closed. It is asked for when this "
			 "screen is "
			 "opened again.");
	return h->counting && h->step != SHIFT_CLOSED && count_dirty(&h->count)
		       ? _("The count has not been handed in.")
		       : NULL;
}

static void shift_free(struct screen *s)
{
	struct shift_screen *h = of(s);

	panes_free(&h->panes);
	source_free(&h->taken);
	till_free(&h->till);
	if (h->counting)
		count_free(&h->count);
}

static const struct action shift_actions[] = {
	{ "Ctrl-S", N_("Hand in"), N_("Hands the count in, which closes the shift."), shift_no_send,
	  shift_submit },
	{ "c", N_("Close"), N_("Counts the drawer and closes the shift."), shift_no_count,
	  shift_count },
	{ "p|Ctrl-P", N_("Print"), N_("Prints the report: X of an open shift, Z of a closed one."),
	  shift_no_print, shift_print_now },
	{ "g", N_("Sign"), N_("Signs the report of somebody else's shift."), shift_no_sign,
	  shift_sign },
	{ 0 },
};

static const struct screen_ops shift_ops = {
	.name = N_("Shift"),
	.actions = shift_actions,
	.draw = shift_draw,
	.key = shift_key,
	.typing = shift_typing,
	.changed = shift_changed,
	.unsaved = shift_unsaved,
	.free = shift_free,
};

void *shift_screen_new(struct app *app, const char *number)
{
	struct shift_screen *h = screen_new(app, &shift_ops, sizeof(*h), _("Shift"));

	if (h == NULL)
		return NULL;
	(void)snprintf(h->number, sizeof(h->number), "%s", number);
	pane_list(&h->report, app, "shift.Show", NULL, shift_ask_report, h);
	h->report.title = N_("Report");
	h->report.none = N_("Nothing was taken.");
	h->report.answered = shift_on_report;
	h->panes = (struct panes){ { &h->report }, 1, 0 };
	source_init(&h->taken, app, rpc_find("payment.List"));
	h->taken.request = shift_ask_taken;
	h->taken.request_arg = h;
	till_init(&h->till, app, "shift", shift_on_closed, h);
	pane_ask(&h->report);
	if (app_may(app, h->taken.m))
		source_ask(&h->taken);
	return h;
}
