#include "client/tui/dispatch.h"

#include <stdio.h>
#include <string.h>

#include "client/look/method.h"
#include "client/tui/app.h"
#include "client/tui/deadline.h"
#include "client/tui/dialog.h"
#include "client/tui/hands.h"
#include "client/tui/load.h"
#include "client/tui/outgoing.h"
#include "client/tui/pane.h"
#include "client/tui/things.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define WIDE_FROM 100

enum { WAITING, ORDERS, HANDS, PANES };

static const char waiting_narrow[] = "next_due number place summary priority";
static const char waiting_wide[] = "next_due number place summary priority kind";

struct dispatch {
	struct screen s;
	struct pane pane[PANES];
	struct panes panes;
	bool gives;   /* whoever sits here gives out work; else he sees to what he was given */
	size_t about; /* the pane whose row is worked on: the last of the first two that heard keys
		       */
	char ref[64]; /* of the case whose hands are shown */
	struct hand hand; /* the order is handed on to, while the reason is asked for */
	char order[64];
	int64_t drawn_minute;
};

static ProtobufCMessage *dispatch_ask_waiting(void *arg, struct arena *mem)
{
	(void)arg;
	return request_new(rpc_find("board.Show"), mem, "limit", "500", NULL);
}

static ProtobufCMessage *dispatch_ask_orders(void *arg, struct arena *mem)
{
	(void)arg;
	return request_new(rpc_find("order.List"), mem, "open", "true", "limit", "500", NULL);
}

static ProtobufCMessage *dispatch_ask_hands(void *arg, struct arena *mem)
{
	const struct dispatch *d = arg;

	return d->ref[0] != '\0' ? request_new(rpc_find("order.Propose"), mem, "case", d->ref, NULL)
				 : NULL;
}

/* Nobody works on it: it is new, or has come back. */
static bool dispatch_waits(void *arg, const ProtobufCMessage *row)
{
	struct arena mem;
	const char *state;
	bool waits;

	(void)arg;
	arena_init(&mem, 1u << 20);
	state = reply_text(row, "state", &mem);
	waits = strcmp(state, "new") == 0 || strcmp(state, "reopened") == 0;
	arena_fini(&mem);
	return waits;
}

static const ProtobufCMessage *dispatch_row(const struct dispatch *d)
{
	return pane_row(&d->pane[d->about]);
}

/* The case of the row under the cursor, or with 'itself' the row's own thing, as calls take it; in
 * 'mem', "" where there is none. */
static const char *dispatch_ref(const struct dispatch *d, bool itself, struct arena *mem)
{
	const ProtobufCMessage *row = dispatch_row(d);
	const char *number = reply_text(row, d->about == ORDERS && !itself ? "case" : "number",
					mem);
	const char *ref = number;

	if (number[0] != '\0' && app_property(d->s.app) == NULL)
		ref = arena_printf(mem, "%s/%s", reply_text(row, "property", mem), number);
	return ref != NULL ? ref : "";
}

/* What is shown of hands follows the cursor. */
static void dispatch_follow(struct dispatch *d)
{
	struct arena mem;
	const char *ref;

	if (d->panes.at != HANDS)
		d->about = d->panes.at;
	if (!d->gives)
		return;
	arena_init(&mem, 1u << 20);
	ref = dispatch_ref(d, false, &mem);
	if (strcmp(ref, d->ref) != 0) {
		(void)snprintf(d->ref, sizeof(d->ref), "%s", ref);
		pane_ask(&d->pane[HANDS]);
	}
	d->pane[HANDS].none = ref[0] != '\0' ? hands_none : N_("There is no work to give out.");
	arena_fini(&mem);
}

static void dispatch_on_rows(void *arg)
{
	dispatch_follow(arg);
}

/* To whom it is on its way, while that can still be taken back. */
static const char *dispatch_on_its_way(const struct dispatch *d, const char *method,
				       const ProtobufCMessage *row, char out[80])
{
	const struct rpc_method *m = rpc_find(method);
	const ProtobufCMessage *request;
	struct arena mem;
	const char *ref, *to = "";

	arena_init(&mem, 1u << 20);
	ref = method_row_ref(m, row, app_property(d->s.app) == NULL, &mem);
	request = ref != NULL ? outgoing_about(d->s.app->outgoing, m, ref) : NULL;
	if (request != NULL) {
		to = reply_text(request, "to", &mem);
		(void)snprintf(out, 80, "-> %s",
			       to[0] != '\0' ? to : reply_text(request, "contractor", &mem));
	}
	arena_fini(&mem);
	return request != NULL ? out : NULL;
}

static const char *dispatch_waiting_cell(void *arg, const struct view_column *c,
					 const ProtobufCMessage *row, enum style *style,
					 char out[80])
{
	const struct dispatch *d = arg;
	const char *text;

	if (strcmp(c->path, "next_due") != 0)
		return NULL;
	text = dispatch_on_its_way(d, "case.Dispatch", row, out);
	*style = text != NULL ? STYLE_SOON : *style;
	return text != NULL ? text
			    : deadline_cell(row, "next_due", app_now_us(d->s.app), style, out);
}

/* Steps that wait to go out, as states. */
static const char *dispatch_order_cell(void *arg, const struct view_column *c,
				       const ProtobufCMessage *row, enum style *style, char out[80])
{
	static const struct {
		const char *method, *name;
	} steps[] = {
		{ "order.Accept", N_("accepting") },
		{ "order.Start", N_("starting") },
		{ "order.Complete", N_("completing") },
		{ "order.GiveBack", N_("giving back") },
	};
	const struct dispatch *d = arg;
	const char *text = NULL;

	if (strcmp(c->path, "state") != 0)
		return NULL;
	text = dispatch_on_its_way(d, "order.HandOn", row, out);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && text == NULL; i++)
		if (dispatch_on_its_way(d, steps[i].method, row, out) != NULL)
			text = _(steps[i].name);
	*style = text != NULL ? STYLE_SOON : *style;
	return text;
}

static void dispatch_part(struct dispatch *d, int which, const struct area *a, int y, int x,
			  int height, int width)
{
	struct area part = area_part(a, y, x, height, width);

	pane_draw(&d->pane[which], &part, panes_hears(&d->panes, &d->pane[which]));
}

static void dispatch_draw_wide(struct dispatch *d, const struct area *a, int rest)
{
	int left = a->width * 3 / 5, right = a->width - left, half = rest / 2;
	struct area load = area_part(a, half, left, rest - half, right);

	dispatch_part(d, WAITING, a, 0, 0, half, left);
	dispatch_part(d, ORDERS, a, half, 0, rest - half, left);
	if (d->gives)
		dispatch_part(d, HANDS, a, 0, left, half, right);
	else
		load = area_part(a, 0, left, rest, right);
	load_draw(d->pane[ORDERS].source.reply, &load);
}

/* One below the other. How much each has to do stands with those who could do it. */
static void dispatch_draw_narrow(struct dispatch *d, const struct area *a, int rest)
{
	int third = (rest + 1) / 3;

	dispatch_part(d, WAITING, a, 0, 0, third, a->width);
	dispatch_part(d, ORDERS, a, third, 0, d->gives ? third : rest - third, a->width);
	if (d->gives)
		dispatch_part(d, HANDS, a, 2 * third, 0, rest - 2 * third, a->width);
}

static void dispatch_draw(struct screen *s, const struct area *a)
{
	struct dispatch *d = (struct dispatch *)s;
	bool wide = a->width >= WIDE_FROM;

	pane_columns(&d->pane[WAITING], wide ? waiting_wide : waiting_narrow);
	if (wide)
		dispatch_draw_wide(d, a, a->height - 1);
	else
		dispatch_draw_narrow(d, a, a->height - 1);
	area_put(a, a->height - 1, 1, -1, STYLE_DIM,
		 d->about == WAITING
			 ? _("1-9 gives it to that one  a somebody else  Enter open  m "
			     "menu  Tab next")
			 : _("p accepted  s started  c completed  h,1-9 hand on  t give "
			     "back  m menu"));
}

static const char *dispatch_no_row(const struct screen *s)
{
	return dispatch_row((const struct dispatch *)s) == NULL
		       ? _("there is no row under the cursor")
		       : NULL;
}

static const char *dispatch_may(const struct screen *s, const char *method)
{
	const char *why = dispatch_no_row(s);

	return why == NULL && !app_may(s->app, rpc_find(method)) ? _("not in your roles") : why;
}

static const char *dispatch_no_assign(const struct screen *s)
{
	const struct dispatch *d = (const struct dispatch *)s;

	return dispatch_may(s, d->about == ORDERS ? "order.HandOn" : "case.Dispatch");
}

static void dispatch_hand_on(void *arg, const char *why)
{
	struct dispatch *d = arg;
	const struct rpc_method *m = rpc_find("order.HandOn");
	struct change c = { .m = m };
	struct arena mem;

	arena_init(&mem, 4u << 20);
	c.request = request_new(m, &mem, "order", d->order, "why", why,
				d->hand.contractor ? "contractor" : "to", d->hand.to, NULL);
	if (c.request != NULL)
		(void)outgoing_send(d->s.app->outgoing, &c);
	arena_fini(&mem);
}

/* Work that somebody has goes on to somebody else for a reason. */
static void dispatch_ask_why(struct dispatch *d)
{
	struct arena mem;
	struct dialog_ask ask = { .title = _("Hand on"),
				  .yes = _("Hand it on"),
				  .no = _("Leave it"),
				  .reason = true,
				  .done_why = dispatch_hand_on,
				  .arg = d };

	arena_init(&mem, 1u << 20);
	(void)snprintf(d->order, sizeof(d->order), "%s", dispatch_ref(d, true, &mem));
	ask.text = arena_printf(&mem, _("%s goes on to %s."), d->order, d->hand.name);
	app_push(d->s.app, dialog_new(d->s.app, &ask));
	arena_fini(&mem);
}

static void dispatch_give(struct dispatch *d, const struct hand *hand)
{
	struct arena mem;
	const char *ref, *why = dispatch_no_assign(&d->s);

	if (why != NULL) {
		app_alarm(d->s.app, "%s", why);
		return;
	}
	d->hand = *hand;
	if (d->about == ORDERS) {
		dispatch_ask_why(d);
		return;
	}
	arena_init(&mem, 1u << 20);
	ref = dispatch_ref(d, true, &mem);
	if (outgoing_about(d->s.app->outgoing, rpc_find("case.Dispatch"), ref) != NULL)
		app_alarm(d->s.app, _("%s is on its way already; ^Z takes it back"), ref);
	else
		hands_send(d->s.app, ref, hand, false);
	arena_fini(&mem);
}

/* The n-th of those proposed. */
static void dispatch_digit(struct dispatch *d, size_t n)
{
	struct hand hand;

	if (!rows_jump(&d->pane[HANDS].rows, n) || pane_row(&d->pane[HANDS]) == NULL)
		return;
	hand_of_row(pane_row(&d->pane[HANDS]), &hand);
	dispatch_give(d, &hand);
}

static void dispatch_call(struct screen *s, const char *method)
{
	struct dispatch *d = (struct dispatch *)s;
	const struct rpc_method *m = rpc_find(method);
	struct arena mem;

	arena_init(&mem, 4u << 20);
	things_call(s->app, m, things_request(s->app, m, dispatch_row(d), &mem));
	arena_fini(&mem);
}

static void dispatch_assign(struct screen *s)
{
	dispatch_call(s,
		      ((struct dispatch *)s)->about == ORDERS ? "order.HandOn" : "case.Dispatch");
}

static void dispatch_open(struct screen *s)
{
	struct dispatch *d = (struct dispatch *)s;
	struct hand hand;

	if (d->panes.at == HANDS && pane_row(&d->pane[HANDS]) != NULL) {
		hand_of_row(pane_row(&d->pane[HANDS]), &hand);
		dispatch_give(d, &hand);
	} else {
		things_open(s->app, rpc_find(d->about == ORDERS ? "order.List" : "case.List"),
			    dispatch_row(d));
	}
}

static void dispatch_menu(struct screen *s)
{
	struct dispatch *d = (struct dispatch *)s;

	things_menu(s->app, rpc_find(d->about == ORDERS ? "order.List" : "case.List"),
		    &d->pane[d->about].rows);
}

/* Why a step cannot be taken with the order under the cursor. 'states': in which it can. */
static const char *dispatch_no_step(const struct screen *s, const char *method, const char *states)
{
	const struct dispatch *d = (const struct dispatch *)s;
	const char *why = dispatch_may(s, method), *state;
	struct arena mem;

	if (why != NULL || d->about != ORDERS)
		return why != NULL ? why : _("that is a step of a work order");
	arena_init(&mem, 1u << 20);
	state = reply_text(dispatch_row(d), "state", &mem);
	if (strstr(states, state) == NULL)
		why = _("the order is not so far, or further");
	arena_fini(&mem);
	return why;
}

static const char *dispatch_no_accept(const struct screen *s)
{
	return dispatch_no_step(s, "order.Accept", "issued");
}

static void dispatch_accepted_by(struct dispatch *d, const char *person)
{
	const struct rpc_method *m = rpc_find("order.Accept");
	struct change c = { .m = m };
	struct arena mem;

	arena_init(&mem, 4u << 20);
	c.request = request_new(m, &mem, "order", d->order, "person", person, NULL);
	if (c.request != NULL)
		(void)outgoing_send(d->s.app->outgoing, &c);
	arena_fini(&mem);
}

static void dispatch_accept_chosen(void *arg, const struct hand *hand)
{
	dispatch_accepted_by(arg, hand->to);
}

/* Somebody says by phone that he has it. Of a department's order it is asked who. */
static void dispatch_accept(struct screen *s)
{
	struct dispatch *d = (struct dispatch *)s;
	struct arena mem;
	const char *person;

	arena_init(&mem, 1u << 20);
	(void)snprintf(d->order, sizeof(d->order), "%s", dispatch_ref(d, true, &mem));
	person = reply_text(dispatch_row(d), "person", &mem);
	if (person[0] != '\0')
		dispatch_accepted_by(d, person);
	else
		app_push(s->app,
			 hands_new(s->app,
				   &(struct hands_ask){
					   .title = arena_printf(&mem, _("Who took %s?"), d->order),
					   .ref = d->ref,
					   .persons = true,
					   .chosen = dispatch_accept_chosen,
					   .arg = d }));
	arena_fini(&mem);
}

static const char *dispatch_no_start(const struct screen *s)
{
	return dispatch_no_step(s, "order.Start", "accepted issued");
}

static void dispatch_start(struct screen *s)
{
	struct dispatch *d = (struct dispatch *)s;
	const struct rpc_method *m = rpc_find("order.Start");
	struct change c = { .m = m };
	struct arena mem;

	arena_init(&mem, 4u << 20);
	c.request = things_request(s->app, m, dispatch_row(d), &mem);
	if (c.request != NULL)
		(void)outgoing_send(s->app->outgoing, &c);
	arena_fini(&mem);
}

static const char *dispatch_no_complete(const struct screen *s)
{
	return dispatch_no_step(s, "order.Complete", "accepted started");
}

static void dispatch_complete(struct screen *s)
{
	dispatch_call(s, "order.Complete");
}

static const char *dispatch_no_return(const struct screen *s)
{
	return dispatch_no_step(s, "order.GiveBack", "issued accepted started paused");
}

static void dispatch_return(struct screen *s)
{
	dispatch_call(s, "order.GiveBack");
}

static bool dispatch_key(struct screen *s, const struct key *k)
{
	struct dispatch *d = (struct dispatch *)s;
	bool taken;

	if (k->code == K_TEXT && k->wc >= L'1' && k->wc <= L'9') {
		dispatch_digit(d, (size_t)(k->wc - L'1'));
		return true;
	}
	taken = panes_key(&d->panes, k);
	if (taken)
		dispatch_follow(d);
	return taken;
}

static void dispatch_changed(struct screen *s, const char *entity)
{
	panes_changed(&((struct dispatch *)s)->panes, entity);
}

/* Words of clocks change once a minute. */
static bool dispatch_tick(struct screen *s)
{
	struct dispatch *d = (struct dispatch *)s;
	int64_t minute = app_now_us(s->app) / 60000000;
	bool changed = minute != d->drawn_minute;

	d->drawn_minute = minute;
	return changed;
}

static void dispatch_free(struct screen *s)
{
	panes_free(&((struct dispatch *)s)->panes);
}

static const struct action dispatch_actions[] = {
	{ "Enter", N_("Open"),
	  N_("Shows the case or the order in full; gives the work to the one proposed."),
	  dispatch_no_row, dispatch_open },
	{ "a|h", N_("Assign"), N_("Gives the work to anybody, or hands an order on."),
	  dispatch_no_assign, dispatch_assign },
	{ "p", N_("Accepted"), N_("Somebody says by phone that he does it."), dispatch_no_accept,
	  dispatch_accept },
	{ "s", N_("Started"), N_("Somebody says by phone that he is there."), dispatch_no_start,
	  dispatch_start },
	{ "c", N_("Completed"), N_("Somebody says by phone what was done."), dispatch_no_complete,
	  dispatch_complete },
	{ "t", N_("Give back"), N_("It cannot be done by whoever has it; the desk has it again."),
	  dispatch_no_return, dispatch_return },
	{ "m|Ins", N_("Menu"), N_("All that can be done with it."), dispatch_no_row,
	  dispatch_menu },
	{ 0 },
};

static const struct screen_ops dispatch_ops = {
	.name = N_("Dispatch"),
	.actions = dispatch_actions,
	.draw = dispatch_draw,
	.key = dispatch_key,
	.changed = dispatch_changed,
	.tick = dispatch_tick,
	.free = dispatch_free,
};

static void dispatch_pane(struct dispatch *d, int which, const char *title, const char *none,
			  const char *(*cell)(void *arg, const struct view_column *c,
					      const ProtobufCMessage *row, enum style *style,
					      char out[80]))
{
	struct pane *p = &d->pane[which];

	p->title = title;
	p->none = none;
	p->answered = dispatch_on_rows;
	p->rows.cell = cell;
	p->rows.arg = d;
}

void *dispatch_new(struct app *app)
{
	struct dispatch *d = screen_new(app, &dispatch_ops, sizeof(*d), "");

	if (d == NULL)
		return NULL;
	pane_list(&d->pane[WAITING], app, "board.Show", waiting_narrow, dispatch_ask_waiting, d);
	dispatch_pane(d, WAITING, N_("Nobody has it yet"), N_("Everything is in somebody's hands."),
		      dispatch_waiting_cell);
	d->pane[WAITING].rows.keep = dispatch_waits;
	pane_list(&d->pane[ORDERS], app, "order.List", "number case state to place summary",
		  dispatch_ask_orders, d);
	dispatch_pane(d, ORDERS, N_("Work orders"), N_("No order is open."), dispatch_order_cell);
	hands_pane(&d->pane[HANDS], app, dispatch_ask_hands, d);
	d->pane[HANDS].title = N_("Who could do it");
	d->gives = app_may(app, rpc_find("order.Propose"));
	for (int i = 0; i < (d->gives ? PANES : HANDS); i++)
		d->panes.of[d->panes.n++] = &d->pane[i];
	if (!d->gives)
		d->panes.at = d->about = ORDERS;
	pane_ask(&d->pane[WAITING]);
	pane_ask(&d->pane[ORDERS]);
	return d;
}
