#include "client/tui/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/look/method.h"
#include "client/tui/app.h"
#include "client/tui/call_strip.h"
#include "client/tui/case_form.h"
#include "client/tui/choose.h"
#include "client/tui/cashier.h"
#include "client/tui/deadline.h"
#include "client/tui/edit.h"
#include "client/tui/outgoing.h"
#include "client/tui/pane.h"
#include "client/tui/things.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define WIDE_FROM 100
#define FIND_LEAST 2 /* characters before anything is sought */
#define SETTLE_MS 150

enum { MATCHES, CARD, DUE, CASES, CONTACTS, PANES };

struct desk {
	struct screen s;
	struct edit *find;
	int find_width;
	char text[100];
	bool in_box; /* the box hears the keys, else a pane */
	bool fresh;  /* nobody has typed what stands in it: the next letter begins anew */
	uv_timer_t *settle;
	struct pane pane[PANES];
	struct panes panes;
	/* Who and where the card is of. */
	char party[40], place[60], name[201], phone[61];
	/* The call that is about it, "" none; its number, and whether the register knows it. */
	char call[60], call_phone[61];
	bool call_known;
};

static ProtobufCMessage *desk_ask_find(void *arg, struct arena *mem)
{
	struct desk *d = arg;

	return strlen(d->text) >= FIND_LEAST ? request_new(rpc_find("find.Find"), mem, "text",
							   d->text, "limit", "50", NULL)
					     : NULL;
}

static ProtobufCMessage *desk_ask_card(void *arg, struct arena *mem)
{
	struct desk *d = arg;

	return d->party[0] != '\0'
		       ? request_new(rpc_find("party.Show"), mem, "party", d->party, NULL)
		       : NULL;
}

static ProtobufCMessage *desk_ask_due(void *arg, struct arena *mem)
{
	struct desk *d = arg;

	return d->party[0] != '\0' || d->place[0] != '\0'
		       ? request_new(rpc_find("payment.Due"), mem, "party", d->party, "place",
				     d->party[0] == '\0' ? d->place : "", NULL)
		       : NULL;
}

static ProtobufCMessage *desk_ask_cases(void *arg, struct arena *mem)
{
	struct desk *d = arg;

	return d->party[0] != '\0' || d->place[0] != '\0'
		       ? request_new(rpc_find("case.List"), mem, "open", "true", "party",
				     d->place[0] == '\0' ? d->party : "", "place", d->place,
				     "limit", "50", NULL)
		       : NULL;
}

static ProtobufCMessage *desk_ask_contacts(void *arg, struct arena *mem)
{
	struct desk *d = arg;

	return d->party[0] != '\0' ? request_new(rpc_find("contact.List"), mem, "party", d->party,
						 "limit", "50", NULL)
				   : NULL;
}

/* The card is of what the cursor stands on among the matches. */
static void desk_follow(struct desk *d)
{
	const ProtobufCMessage *row = pane_row(&d->pane[MATCHES]);
	char party[40] = "", place[60] = "";
	struct arena mem;

	arena_init(&mem, 1u << 20);
	(void)snprintf(d->name, sizeof(d->name), "%s", reply_text(row, "party", &mem));
	(void)snprintf(d->phone, sizeof(d->phone), "%s", reply_text(row, "phone", &mem));
	if (row != NULL) {
		const char *entity = reply_text(row, "entity", &mem);

		(void)snprintf(party, sizeof(party), "%s",
			       strcmp(entity, "party") == 0 ? reply_text(row, "number", &mem)
							    : reply_text(row, "party_id", &mem));
		(void)snprintf(place, sizeof(place), "%s", reply_text(row, "place", &mem));
	}
	arena_fini(&mem);
	if (strcmp(party, d->party) == 0 && strcmp(place, d->place) == 0)
		return;
	(void)snprintf(d->party, sizeof(d->party), "%s", party);
	(void)snprintf(d->place, sizeof(d->place), "%s", place);
	for (int i = CARD; i < PANES; i++)
		pane_ask(&d->pane[i]);
}

static void desk_on_matches(void *arg)
{
	struct desk *d = arg;

	d->pane[MATCHES].none = strlen(d->text) < FIND_LEAST
					? N_("Type two characters or more.")
					: N_("Nobody and nothing is known by this.");
	desk_follow(d);
}

static const char *desk_case_cell(void *arg, const struct view_column *c,
				  const ProtobufCMessage *row, enum style *style, char out[80])
{
	const struct desk *d = arg;

	return strcmp(c->path, "due_at") == 0
		       ? deadline_cell(row, "due_at", app_now_us(d->s.app), style, out)
		       : NULL;
}

/* Over the box: what it finds, or whose call it is about. */
static const char *desk_heading(const struct desk *d, char out[200])
{
	if (d->call[0] == '\0')
		return _("Find  phone | unit | name or initials | plate | number");
	(void)snprintf(out, 200,
		       d->call_known ? _("Call %s  %s")
				     : _("Call %s  %s  who is it? Type a name or a unit"),
		       d->call, d->call_phone[0] != '\0' ? d->call_phone : _("number withheld"));
	return out;
}

static void desk_draw_box(struct desk *d, const struct area *a)
{
	char heading[200];
	struct area inner = area_frame(a, d->in_box ? STYLE_FOCUS : STYLE_FRAME,
				       desk_heading(d, heading));
	int width = inner.width - 4;

	if (d->find == NULL || d->find_width != width) {
		edit_close(d->find);
		d->find = edit_open(d->text, 1, width, sizeof(d->text) / 4, false);
		d->find_width = width;
	}
	area_put(&inner, 0, 1, 2, STYLE_LABEL, ">");
	if (d->find == NULL)
		return;
	edit_draw(d->find, &inner, 0, 3, d->in_box ? STYLE_EDIT : STYLE_FIELD);
	if (!d->in_box)
		a->canvas->cursor_y = -1;
}

static void desk_pane(struct desk *d, int which, const struct area *a, int y, int x, int height,
		      int width)
{
	struct area part = area_part(a, y, x, height, width);

	pane_draw(&d->pane[which], &part, !d->in_box && panes_hears(&d->panes, &d->pane[which]));
}

static void desk_draw(struct screen *s, const struct area *a)
{
	struct desk *d = (struct desk *)s;
	struct area box = area_part(a, 0, 0, 3, a->width);
	int rest = a->height - 4, upper = rest / 2, half = a->width / 2, third = a->width / 3;

	desk_draw_box(d, &box);
	if (a->width >= WIDE_FROM) {
		int middle = a->width - third - third;

		desk_pane(d, MATCHES, a, 3, 0, rest / 2, third);
		desk_pane(d, CASES, a, 3 + rest / 2, 0, rest - rest / 2, third + middle);
		desk_pane(d, CARD, a, 3, third, rest / 2, middle);
		desk_pane(d, DUE, a, 3, third + middle, rest / 2, third);
		desk_pane(d, CONTACTS, a, 3 + rest / 2, third + middle, rest - rest / 2, third);
	} else {
		desk_pane(d, MATCHES, a, 3, 0, upper, half);
		desk_pane(d,
			  !d->in_box && panes_hears(&d->panes, &d->pane[DUE])        ? DUE
			  : !d->in_box && panes_hears(&d->panes, &d->pane[CONTACTS]) ? CONTACTS
										     : CARD,
			  a, 3, half, upper, a->width - half);
		desk_pane(d, CASES, a, 3 + upper, 0, rest - upper, a->width);
	}
	area_put(a, a->height - 1, 1, -1, STYLE_DIM,
		 d->in_box ? _("Enter or Down: into the matches  Tab next pane  F3 new case")
		 : d->call[0] != '\0' ? _("a attach the call  Enter open  n new case  b bills  m "
					  "menu  Tab next  F2 find")
				      : _("Enter open  n new case  b bills  c call back  m menu  "
					  "Tab next  F2 find"));
}

static void desk_sought(uv_timer_t *timer)
{
	struct desk *d = timer->data;

	pane_ask(&d->pane[MATCHES]);
}

static void desk_typed(struct desk *d)
{
	const char *text = edit_text(d->find, &d->s.mem);

	if (text == NULL || strcmp(text, d->text) == 0)
		return;
	(void)snprintf(d->text, sizeof(d->text), "%s", text);
	(void)uv_timer_start(d->settle, desk_sought, SETTLE_MS, 0);
}

static bool desk_key_in_box(struct desk *d, const struct key *k)
{
	if (key_is(k, "Enter|Down|Tab")) {
		d->in_box = false;
		d->panes.at = MATCHES;
		return true;
	}
	if (key_is(k, "Esc") && d->text[0] != '\0') {
		edit_close(d->find);
		d->find = NULL;
		d->text[0] = '\0';
		pane_ask(&d->pane[MATCHES]);
		return true;
	}
	if (d->find != NULL && d->fresh && key_is_text(k))
		(void)edit_key(d->find, &(struct key){ .code = K_CONTROL, .wc = L'U' });
	if (d->find == NULL || !edit_key(d->find, k))
		return false;
	d->fresh = false;
	desk_typed(d);
	return true;
}

static bool desk_key(struct screen *s, const struct key *k)
{
	struct desk *d = (struct desk *)s;
	bool taken;

	if (d->in_box && k->code != K_CLICK)
		return desk_key_in_box(d, k);
	if (key_is(k, "Esc") ||
	    (key_is(k, "Up") && d->panes.at == MATCHES && d->pane[MATCHES].rows.cursor == 0)) {
		d->in_box = true;
		return true;
	}
	if (k->code == K_TEXT && k->wc >= L'1' && k->wc <= L'9') {
		(void)rows_jump(&d->pane[MATCHES].rows, (size_t)(k->wc - L'1'));
		desk_follow(d);
		return true;
	}
	taken = panes_key(&d->panes, k);
	if (taken && k->code == K_CLICK)
		d->in_box = false;
	if (taken && d->panes.at == MATCHES)
		desk_follow(d);
	return taken;
}

static bool desk_typing(const struct screen *s)
{
	return ((const struct desk *)s)->in_box;
}

static void desk_again(struct screen *s)
{
	struct desk *d = (struct desk *)s;

	d->in_box = d->fresh = true;
}

static const struct rpc_method *desk_list_at(const struct desk *d)
{
	return d->panes.at == CASES      ? rpc_find("case.List")
	       : d->panes.at == CONTACTS ? rpc_find("contact.List")
					 : NULL;
}

/* What a match is decides how it is shown in full. */
static void desk_open_match(struct desk *d, const ProtobufCMessage *row)
{
	static const struct {
		const char *entity, *method;
	} shows[] = {
		{ "case", "case.Show" },
		{ "party", "party.Show" },
		{ "place", "place.Show" },
	};
	struct arena mem;
	const char *entity;

	arena_init(&mem, 4u << 20);
	entity = reply_text(row, "entity", &mem);
	for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]); i++)
		if (strcmp(entity, shows[i].entity) == 0)
			things_call(d->s.app, rpc_find(shows[i].method),
				    request_new(rpc_find(shows[i].method), &mem, entity,
						app_property(d->s.app) != NULL
							? reply_text(row, "number", &mem)
							: reply_text(row, "id", &mem),
						NULL));
	arena_fini(&mem);
}

static const char *desk_no_row(const struct screen *s)
{
	const struct desk *d = (const struct desk *)s;

	return d->in_box || pane_row(d->panes.of[d->panes.at]) == NULL
		       ? _("there is no row under the cursor")
		       : NULL;
}

static void desk_open(struct screen *s)
{
	struct desk *d = (struct desk *)s;
	const ProtobufCMessage *row = pane_row(d->panes.of[d->panes.at]);

	if (d->panes.at == MATCHES)
		desk_open_match(d, row);
	else if (desk_list_at(d) != NULL)
		things_open(s->app, desk_list_at(d), row);
}

/* As people call whom the card shows, once it is here; before that as the match names them. */
static const char *desk_party(const struct desk *d, struct arena *mem)
{
	const ProtobufCMessage *card = d->pane[CARD].source.reply;
	const char *number = card != NULL && app_property(d->s.app) != NULL
				     ? reply_text(card, "party.number", mem)
				     : "";

	return number[0] != '\0' ? number : d->party;
}

static void desk_menu(struct screen *s)
{
	struct desk *d = (struct desk *)s;
	struct arena mem;

	if (desk_list_at(d) != NULL) {
		things_menu(s->app, desk_list_at(d), &d->panes.of[d->panes.at]->rows);
		return;
	}
	arena_init(&mem, 1u << 20);
	things_menu_of(
		s->app, rpc_find("party.Show"),
		request_new(rpc_find("party.Show"), &mem, "party", desk_party(d, &mem), NULL));
	arena_fini(&mem);
}

static const char *desk_nobody(const struct screen *s)
{
	return ((const struct desk *)s)->party[0] == '\0' ? _("nobody has been found yet") : NULL;
}

static void desk_with_party(struct screen *s, const char *method)
{
	struct desk *d = (struct desk *)s;
	const struct rpc_method *m = rpc_find(method);
	struct arena mem;

	arena_init(&mem, 4u << 20);
	things_call(s->app, m, request_new(m, &mem, "party", desk_party(d, &mem), NULL));
	arena_fini(&mem);
}

static void desk_bills(struct screen *s)
{
	desk_with_party(s, "bill.Account");
}

static void desk_cash(struct screen *s)
{
	struct desk *d = (struct desk *)s;

	app_push(s->app, cashier_new(s->app, d->place, d->place[0] == '\0' ? d->party : ""));
}

static void desk_call(struct screen *s)
{
	desk_with_party(s, "call.Place");
}

static void desk_account(struct screen *s)
{
	desk_with_party(s, "contact.Account");
}

static void desk_new_case(struct screen *s)
{
	struct desk *d = (struct desk *)s;
	const struct rpc_method *m = rpc_find("case.Open");
	struct arena mem;

	arena_init(&mem, 4u << 20);
	if (d->party[0] == '\0' && d->place[0] == '\0' && d->call[0] == '\0')
		case_form_open(s->app, call_strip_case(s->app->calls, &mem));
	else
		case_form_open(s->app,
			       request_new(m, &mem, "party", desk_party(d, &mem), "caller", d->name,
					   "place", d->place, "phone",
					   d->call_phone[0] != '\0' ? d->call_phone : d->phone,
					   "call", d->call, NULL));
	arena_fini(&mem);
}

static const char *desk_no_call(const struct screen *s)
{
	const struct desk *d = (const struct desk *)s;

	return d->call[0] == '\0'    ? _("this is about no call")
	       : d->party[0] == '\0' ? _("nobody has been found yet")
				     : NULL;
}

static void desk_attach_chosen(void *arg, const struct choice *chosen)
{
	struct desk *d = arg;
	const struct rpc_method *m = rpc_find("call.Attach");
	struct change c = { .m = m, .at_once = true };
	struct arena mem;

	arena_init(&mem, 4u << 20);
	c.request = request_new(m, &mem, "call", d->call, "party", d->party, "save_number",
				chosen->data, NULL);
	if (c.request != NULL)
		(void)outgoing_send(d->s.app->outgoing, &c);
	d->call_known = true;
	arena_fini(&mem);
}

/* Who an unknown number belongs to is asked, not guessed. */
static void desk_attach(struct screen *s)
{
	struct desk *d = (struct desk *)s;
	const struct choice items[] = {
		{ .text = _("This is who calls: keep the number with them"),
		  .detail = d->call_phone,
		  .why_not = d->call_phone[0] == '\0' ? _("the number is withheld") : NULL,
		  .data = "true" },
		{ .text = _("This is who calls, from a number of somebody else"), .data = "" },
	};
	char title[360];

	(void)snprintf(title, sizeof(title), "%s: %s %s", d->call, d->name, d->place);
	app_push(s->app, choose_new(s->app, &(struct choose_ask){ .title = title,
								  .items = items,
								  .n = 2,
								  .chosen = desk_attach_chosen,
								  .arg = d }));
}

static void desk_changed(struct screen *s, const char *entity)
{
	panes_changed(&((struct desk *)s)->panes, entity);
}

static void desk_on_closed(uv_handle_t *timer)
{
	free(timer);
}

static void desk_free(struct screen *s)
{
	struct desk *d = (struct desk *)s;

	edit_close(d->find);
	uv_close((uv_handle_t *)d->settle, desk_on_closed);
	panes_free(&d->panes);
}

static const struct action desk_actions[] = {
	{ "F2", N_("Find"), N_("Back to the box."), NULL, desk_again },
	{ "F3|n", N_("New case"), N_("A case of whom the card shows."), NULL, desk_new_case },
	{ "Enter", N_("Open"), N_("Shows the row in full."), desk_no_row, desk_open },
	{ "a", N_("Attach"), N_("Says that it is whom the card shows who calls."), desk_no_call,
	  desk_attach },
	{ "m|Ins", N_("Menu"), N_("What can be done with it."), desk_no_row, desk_menu },
	{ "b", N_("Bills"), N_("The account of whom the card shows."), desk_nobody, desk_bills },
	{ "F5", N_("Cash"), N_("Takes money of whom the card shows."), NULL, desk_cash },
	{ "c", N_("Call"), N_("Notes a call to whom the card shows."), desk_nobody, desk_call },
	{ "w", N_("Work account"), N_("All that is known of the customer."), desk_nobody,
	  desk_account },
	{ 0 },
};

static const struct screen_ops desk_ops = {
	.name = N_("Desk"),
	.actions = desk_actions,
	.draw = desk_draw,
	.key = desk_key,
	.typing = desk_typing,
	.changed = desk_changed,
	.free = desk_free,
};

void *desk_new(struct app *app)
{
	struct desk *d = screen_new(app, &desk_ops, sizeof(*d), "");

	if (d == NULL)
		return NULL;
	d->settle = calloc(1, sizeof(*d->settle));
	must(d->settle != NULL && uv_timer_init(&app->loop, d->settle) == 0);
	d->settle->data = d;
	d->in_box = true;
	pane_list(&d->pane[MATCHES], app, "find.Find", "place party role number label",
		  desk_ask_find, d);
	pane_record(&d->pane[CARD], app, "party.Show", desk_ask_card, d);
	pane_list(&d->pane[DUE], app, "payment.Due", NULL, desk_ask_due, d);
	pane_list(&d->pane[CASES], app, "case.List", "due_at number summary state assignee",
		  desk_ask_cases, d);
	pane_list(&d->pane[CONTACTS], app, "contact.List", NULL, desk_ask_contacts, d);
	d->pane[MATCHES].title = N_("Matches");
	d->pane[MATCHES].none = N_("Type two characters or more.");
	d->pane[MATCHES].answered = desk_on_matches;
	d->pane[CARD].title = N_("Card");
	d->pane[DUE].title = N_("Due");
	d->pane[DUE].none = N_("Nothing is due.");
	d->pane[CASES].title = N_("Open cases");
	d->pane[CASES].none = N_("None is open.");
	d->pane[CASES].rows.cell = desk_case_cell;
	d->pane[CASES].rows.arg = d;
	d->pane[CONTACTS].title = N_("Contacts");
	d->pane[CONTACTS].none = N_("None yet.");
	for (int i = 0; i < PANES; i++)
		d->panes.of[d->panes.n++] = &d->pane[i];
	return d;
}

void desk_find(struct app *app)
{
	app_go(app, NULL);
	if (app->top != NULL && app->top->ops == &desk_ops)
		desk_again(app->top);
	else
		app_push(app, desk_new(app));
}

void desk_answer(struct app *app, const ProtobufCMessage *call)
{
	struct desk *d = desk_new(app);
	struct arena mem;

	if (d != NULL) {
		const char *ref, *phone;

		arena_init(&mem, 1u << 20);
		ref = method_row_ref(rpc_find("call.Attach"), call, app_property(app) == NULL,
				     &mem);
		phone = reply_text(call, "phone", &mem);
		(void)snprintf(d->call, sizeof(d->call), "%s", ref != NULL ? ref : "");
		(void)snprintf(d->call_phone, sizeof(d->call_phone), "%s", phone);
		(void)snprintf(d->text, sizeof(d->text), "%s",
			       phone[0] != '\0' ? phone : reply_text(call, "party_number", &mem));
		d->call_known = reply_text(call, "party_number", &mem)[0] != '\0';
		arena_fini(&mem);
		d->fresh = true;
		d->in_box = !d->call_known;
		pane_ask(&d->pane[MATCHES]);
	}
	app_go(app, d);
}
