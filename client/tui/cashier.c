#include "client/tui/cashier.h"

#include <stdio.h>
#include <string.h>

#include "client/look/method.h"
#include "client/look/money.h"
#include "client/look/text.h"
#include "client/tui/app.h"
#include "client/tui/cashier_parts.h"
#include "client/tui/choose.h"
#include "client/tui/dialog.h"
#include "client/tui/shift_screen.h"
#include "client/tui/things.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define WIDE_FROM 100 /* columns, and lines of the lists: from here on both are there */
#define TALL_FROM 18
#define BOX_HEIGHT 3
#define ASK_ARENA (4u << 20)

/* Asking -------------------------------------------------------------------------------------- */

static ProtobufCMessage *cashier_ask_shift(void *arg, struct arena *mem)
{
	struct cashier *c = arg;

	return request_new(c->shift.m, mem, "state", "open", "cashier", c->s.app->person.login,
			   "limit", "1", NULL);
}

const ProtobufCMessage *cashier_shift(const struct cashier *c)
{
	const ProtobufCFieldDescriptor *f =
		c->shift.reply != NULL ? message_field(c->shift.reply->descriptor, "shifts") : NULL;

	return f != NULL && field_count(c->shift.reply, f) > 0 ? field_message(c->shift.reply, f, 0)
							       : NULL;
}

void cashier_reckon(struct cashier *c)
{
	struct arena mem;

	arena_init(&mem, ASK_ARENA);
	c->open = dues_open(&c->dues, &c->marked);
	tender_due(&c->tender, c->purpose == FOR_DUES ? c->open : TENDER_ANY,
		   dues_currency(&c->dues, &mem));
	arena_fini(&mem);
}

void cashier_go(struct cashier *c, enum cashier_part part)
{
	c->at = part;
	payer_focus(&c->payer, part == PART_BOX);
	tender_focus(&c->tender, part == PART_TENDER);
}

/* Another customer: nothing of what was typed for the one before may be taken from him. */
static void cashier_on_payer(void *arg)
{
	struct cashier *c = arg;

	if (c->till.state == TILL_READY)
		tender_clear(&c->tender);
	cashier_set_purpose(c, FOR_DUES, "");
	dues_ask(&c->dues);
	cashier_go(c, payer_known(&c->payer) ? PART_DUE : PART_BOX);
}

static void cashier_on_missed(void *arg)
{
	cashier_go(arg, PART_BOX);
}

static void cashier_on_dues(void *arg)
{
	struct cashier *c = arg;

	if (c->payer.bill[0] != '\0' && !dues_is_asked(&c->dues)) {
		dues_mark_bill(&c->dues, c->payer.bill);
		c->payer.bill[0] = '\0';
	}
	cashier_reckon(c);
	if (dues_is_asked(&c->dues))
		return;
	app_go_on(c->s.app, c->dues.due.source.err.code == ST_OK);
}

/* Drawing ------------------------------------------------------------------------------------- */

/* "SH-1001  drawer D1  opened 07:58  float 500.00" */
static const char *cashier_shift_text(const struct cashier *c, struct arena *mem)
{
	const ProtobufCMessage *shift = cashier_shift(c);
	const char *opened;
	char text[40];

	if (!app_may(c->s.app, c->shift.m) || !app_may(c->s.app, rpc_find("payment.Take")))
		return _("you can look; taking money is not in your roles");
	if (shift == NULL)
		return c->shift.reply == NULL ? _("asking ...")
					      : _("NO SHIFT IS OPEN: ^O opens one");
	opened = reply_text(shift, "opened_at", mem);
	return arena_printf(mem, _("shift %s  drawer %s  opened %.5s  float %s"),
			    reply_text(shift, "number", mem), reply_text(shift, "drawer", mem),
			    strlen(opened) > 16 ? opened + 11 : opened,
			    money_format(reply_number(shift, "float_minor"),
					 money_digits(reply_text(shift, "currency", mem)), true,
					 text));
}

static void cashier_draw_box(struct cashier *c, const struct area *a, struct arena *mem)
{
	const char *shift = cashier_shift_text(c, mem);
	const char *title = shift != NULL ? arena_printf(mem, "%s  %s", _("Cashier"), shift) : NULL;
	struct area inner = area_frame(a, c->at == PART_BOX ? STYLE_FOCUS : STYLE_FRAME, title);
	const char *name = arena_printf(mem, "%s  %s", dues_payer(&c->dues, "party", mem),
					dues_payer(&c->dues, "party_name", mem));
	const char *held = dues_held(&c->dues, mem);
	int x = payer_draw(&c->payer, &inner, 0, 1) + 2;

	c->box_inside = inner;
	if (name == NULL || held == NULL || c->dues.due.source.reply == NULL)
		return;
	area_put(&inner, 0, x, -1, STYLE_TITLE, name);
	if (held[0] != '\0')
		area_put_right(a, BOX_HEIGHT - 1, a->width - 2, a->width - 4, STYLE_TITLE,
			       arena_printf(mem, "[%s  ]", held));
}

/* On the lower edge of the list: what is marked, what is due of it. */
static void cashier_draw_open(struct cashier *c, const struct area *a, struct arena *mem)
{
	char text[40];
	const char *sum = money_format(c->open, money_digits(dues_currency(&c->dues, mem)), true,
				       text);
	const char *line = c->marked > 0
				   ? arena_printf(mem, _("[ marked %zu   DUE %s ]"), c->marked, sum)
				   : arena_printf(mem, _("[ all   DUE %s ]"), sum);

	if (line != NULL && c->dues.due.rows.n_shown > 0)
		area_put_right(a, a->height - 1, a->width - 2, -1,
			       c->marked > 0 ? STYLE_MARKED : STYLE_TITLE, line);
}

/* One below the other, side by side, or, where there is room for neither, the one that hears the
 * keys. */
static void cashier_draw_lists(struct cashier *c, const struct area *a, struct arena *mem)
{
	struct area due = *a, paid = *a;

	c->both = true;
	if (a->height >= TALL_FROM) {
		due = area_part(a, 0, 0, a->height * 3 / 5, a->width);
		paid = area_part(a, due.height, 0, a->height - due.height, a->width);
	} else if (a->width >= WIDE_FROM) {
		due = area_part(a, 0, 0, a->height, a->width * 3 / 5);
		paid = area_part(a, 0, due.width, a->height, a->width - due.width);
	} else {
		c->both = false;
	}
	c->dues.due.none = payer_known(&c->payer) ? N_("Nothing is due.")
						  : N_("Find a unit or a person first.");
	if (c->both || c->at != PART_PAID) {
		pane_draw(&c->dues.due, &due, c->at == PART_DUE);
		cashier_draw_open(c, &due, mem);
	}
	if (c->both || c->at == PART_PAID)
		pane_draw(&c->dues.paid, &paid, c->at == PART_PAID);
}

static void cashier_draw_tender(struct cashier *c, const struct area *a, struct arena *mem)
{
	char key[16];
	const char *name = dues_payer(&c->dues, "party_name", mem);
	const char *state = c->till.state == TILL_SENT      ? _("on its way ...")
			    : c->till.state == TILL_UNKNOWN ? _("NOT KNOWN YET: ^S asks")
							    : _("retry-safe");
	const char *line = arena_printf(mem, _("[ key %s %s ]"), till_key(&c->till, key), state);
	struct area inner = area_frame(a, c->at == PART_TENDER ? STYLE_FOCUS : STYLE_FRAME,
				       cashier_purpose_text(c, mem));

	c->tender_inside = inner;
	tender_draw(&c->tender, &inner, name);
	if (line != NULL)
		area_put_right(a, a->height - 1, a->width - 2, -1,
			       c->till.state == TILL_READY ? STYLE_DIM : STYLE_SOON, line);
}

static const char *cashier_hint(const struct cashier *c)
{
	switch (c->at) {
	case PART_BOX:
		return _("Enter find  Tab next  F5 next customer  ^O shift  ^P last receipt");
	case PART_DUE:
		return _("Space mark  a all  1-5 way  b paid before  w waive  d dispute  p print");
	case PART_TENDER:
		return _("^S take the money  Enter next  ^L customers  ^T what for  Esc back to "
			 "the bills");
	default:
		return _("Enter open  p print again  v void  r refund  Esc back to the bills");
	}
}

static void cashier_draw(struct screen *s, const struct area *a)
{
	struct cashier *c = cashier_of(s);
	int tender = tender_lines(&c->tender) + 2, lists = a->height - BOX_HEIGHT - tender - 1;
	struct area box = area_part(a, 0, 0, BOX_HEIGHT, a->width);
	struct area middle = area_part(a, BOX_HEIGHT, 0, lists, a->width);
	struct area lower = area_part(a, BOX_HEIGHT + lists, 0, tender, a->width);
	struct arena mem;

	arena_init(&mem, ASK_ARENA);
	a->canvas->cursor_y = -1;
	cashier_draw_box(c, &box, &mem);
	cashier_draw_lists(c, &middle, &mem);
	cashier_draw_tender(c, &lower, &mem);
	area_put(a, a->height - 1, 1, -1, STYLE_DIM, cashier_hint(c));
	arena_fini(&mem);
}

/* Keys ---------------------------------------------------------------------------------------- */

static bool cashier_digit(struct cashier *c, const struct key *k)
{
	if (k->code != K_TEXT || k->wc < L'1' || k->wc > L'9' ||
	    !tender_pick(&c->tender, (size_t)(k->wc - L'1')))
		return false;
	c->at = PART_TENDER;
	return true;
}

static bool area_has(const struct area *a, const struct key *k)
{
	return k->y >= a->y && k->y < a->y + a->height && k->x >= a->x && k->x < a->x + a->width;
}

static bool cashier_click(struct cashier *c, const struct key *k)
{
	struct pane *panes[] = { &c->dues.due, &c->dues.paid };

	if (area_has(&c->box_inside, k)) {
		cashier_go(c, PART_BOX);
		return true;
	}
	if (area_has(&c->tender_inside, k)) {
		cashier_go(c, PART_TENDER);
		return true;
	}
	for (size_t i = 0; i < 2; i++) {
		if (!area_has(&panes[i]->inside, k) ||
		    (!c->both && (c->at == PART_PAID) != (i == 1)))
			continue;
		cashier_go(c, i == 0 ? PART_DUE : PART_PAID);
		if (k->y > panes[i]->inside.y)
			(void)rows_jump(&panes[i]->rows, (size_t)(k->y - panes[i]->inside.y - 1));
		return true;
	}
	return false;
}

static bool cashier_key_in_box(struct cashier *c, const struct key *k)
{
	if (key_is(k, "Tab|Down")) {
		cashier_go(c, PART_DUE);
		return true;
	}
	if (key_is(k, "Shift-Tab")) {
		cashier_go(c, PART_PAID);
		return true;
	}
	return payer_key(&c->payer, k);
}

static bool cashier_key_in_list(struct cashier *c, const struct key *k)
{
	struct pane *p = c->at == PART_DUE ? &c->dues.due : &c->dues.paid;

	if (key_is(k, "Tab"))
		cashier_go(c, c->at == PART_DUE ? PART_TENDER : PART_BOX);
	else if (key_is(k, "Shift-Tab"))
		cashier_go(c, c->at == PART_DUE ? PART_BOX : PART_TENDER);
	else if (key_is(k, "Esc") && (c->at == PART_PAID || payer_known(&c->payer)))
		cashier_go(c, c->at == PART_PAID ? PART_DUE : PART_BOX);
	else if (key_is(k, "Up") && c->at == PART_DUE && p->rows.cursor == 0)
		cashier_go(c, PART_BOX);
	else if (c->at == PART_DUE && cashier_digit(c, k))
		return true;
	else
		return pane_key(p, k);
	return true;
}

static bool cashier_key(struct screen *s, const struct key *k)
{
	struct cashier *c = cashier_of(s);

	if (k->code == K_CLICK)
		return cashier_click(c, k);
	if (c->at == PART_BOX)
		return cashier_key_in_box(c, k);
	if (c->at != PART_TENDER)
		return cashier_key_in_list(c, k);
	/* What is on its way is what was typed. */
	if (c->till.state != TILL_READY && k->code != K_ESCAPE)
		return key_is_text(k);
	if (key_is(k, "Esc"))
		cashier_go(c, PART_DUE);
	else if (!tender_key(&c->tender, k)) {
		if (!key_is(k, "Tab|Shift-Tab|Up"))
			return false;
		cashier_go(c, key_is(k, "Tab") ? PART_PAID : PART_DUE);
	}
	return true;
}

static bool cashier_typing(const struct screen *s)
{
	return cashier_of(s)->at == PART_BOX || cashier_of(s)->at == PART_TENDER;
}

static bool cashier_waits(const struct screen *s)
{
	return payer_is_sought(&cashier_of(s)->payer) || dues_is_asked(&cashier_of(s)->dues);
}

/* Actions ------------------------------------------------------------------------------------- */

static void cashier_next(struct screen *s)
{
	payer_set(&cashier_of(s)->payer, "", "");
}

static const char *cashier_no_next(const struct screen *s)
{
	return cashier_of(s)->till.state != TILL_READY
		       ? _("it is not known yet what became of the last payment")
		       : NULL;
}

static void cashier_given_up(void *arg)
{
	till_give_up(&((struct cashier *)arg)->till);
}

static const char *cashier_no_give_up(const struct screen *s)
{
	return cashier_of(s)->till.state != TILL_UNKNOWN ? _("nothing is unknown") : NULL;
}

static void cashier_give_up(struct screen *s)
{
	app_push(s->app,
		 dialog_new(s->app, &(struct dialog_ask){
					    .title = _("Give up asking"),
					    .text = _("Nobody asks any more what became of the "
						      "payment. Look first whether it stands under "
						      "what was paid before: then it was taken."),
					    .yes = _("Give up asking"),
					    .no = _("Keep it"),
					    .done = cashier_given_up,
					    .arg = s }));
}

static void cashier_open_shift(struct screen *s)
{
	const ProtobufCMessage *shift = cashier_shift(cashier_of(s));
	bool own = app_may(s->app, rpc_find("shift.Open"));
	struct arena mem;

	if (shift == NULL || !own) {
		things_call(s->app, rpc_find(own ? "shift.Open" : "shift.List"), NULL);
		return;
	}
	arena_init(&mem, ASK_ARENA);
	app_push(s->app, shift_screen_new(s->app, reply_text(shift, "number", &mem)));
	arena_fini(&mem);
}

static const char *cashier_no_shift(const struct screen *s)
{
	if (cashier_of(s)->till.state != TILL_READY)
		return _("it is not known yet what became of the last payment");
	return app_may(s->app, cashier_of(s)->shift.m) ? NULL : _("not in your roles");
}

static void cashier_picked(void *arg, const struct choice *item)
{
	struct cashier *c = arg;

	tender_set_payer(&c->tender, item->text);
}

static const char *cashier_no_list(const struct screen *s)
{
	return cashier_of(s)->at != PART_TENDER || !tender_at_payer(&cashier_of(s)->tender)
		       ? _("it lists customers for the field Payer")
		       : NULL;
}

static void cashier_list(struct screen *s)
{
	app_push(s->app, choose_from_list(s->app, rpc_find("party.List"),
					  &(struct choose_ask){
						  .title = _("Payer"),
						  .typed = tender_payer(&cashier_of(s)->tender),
						  .chosen = cashier_picked,
						  .arg = cashier_of(s),
						  .free_text = true }));
}

static const struct action cashier_actions[] = {
	{ "Ctrl-S", N_("Take"),
	  N_("Takes the money as it is typed. Once, however often it is asked for."),
	  cashier_no_take, cashier_take },
	{ "F5|Ctrl-N", N_("Next"), N_("Begins with another customer."), cashier_no_next,
	  cashier_next },
	{ "Ctrl-O", N_("Shift"),
	  N_("Opens a shift; of an open one the report, and its close. Those of others for who "
	     "signs them."),
	  cashier_no_shift, cashier_open_shift },
	{ "Ctrl-T", N_("What for"),
	  N_("What the money is for: what is due, a prepaid balance, a deposit."),
	  cashier_no_purpose, cashier_ask_purpose },
	{ "Ctrl-P", N_("Receipt"), N_("Prints the last receipt, or the one under the cursor."),
	  cashier_no_receipt, cashier_print_last },
	{ "Ctrl-\\", N_("Command"), N_("Shows the command that takes it."), cashier_no_take,
	  cashier_command },
	{ "Ctrl-X", N_("Give up"),
	  N_("Asks no more what became of a payment whose answer never came."), cashier_no_give_up,
	  cashier_give_up },
	{ "Ctrl-L", N_("List"), N_("Customers, where somebody else pays."), cashier_no_list,
	  cashier_list },
	{ "Space", N_("Mark"),
	  N_("Marks the bill; only those marked are paid. None: the oldest first."),
	  cashier_no_line, cashier_mark },
	{ "a", N_("All"), N_("Marks all bills, or none."), cashier_no_line, cashier_mark_all },
	{ "b", N_("Before"), N_("To what was paid before, and back."), NULL, cashier_before },
	{ "Enter|o", N_("Open"), N_("Shows the bill or receipt in full."), cashier_no_row,
	  cashier_show },
	{ "p", N_("Print"), N_("Prints the bill or receipt; a second print is marked as a copy."),
	  cashier_no_print, cashier_print_row },
	{ "w", N_("Waive"),
	  N_("Credits the line: late interest that is let off, what was billed wrongly."),
	  cashier_no_line, cashier_waive },
	{ "d", N_("Dispute"), N_("The customer does not accept the line."), cashier_no_line,
	  cashier_dispute },
	{ "v", N_("Void"), N_("Takes a payment back as if it had not been."), cashier_no_paid,
	  cashier_void },
	{ "r", N_("Refund"), N_("Gives back what the customer has in advance."), cashier_no_paid,
	  cashier_refund },
	{ 0 },
};

static void cashier_changed(struct screen *s, const char *entity)
{
	struct cashier *c = cashier_of(s);

	if (app_may(s->app, c->shift.m))
		source_changed(&c->shift, entity);
	if (payer_known(&c->payer))
		dues_changed(&c->dues, entity);
}

static const char *cashier_unsaved(const struct screen *s)
{
	struct cashier *c = cashier_of(s);

	if (c->till.state != TILL_READY)
		return _("It is not known what became of the payment that was sent. It is asked "
			 "for when the "
			 "cashier's screen is opened again.");
	return tender_dirty(&c->tender) ? _("What was typed has not been taken.") : NULL;
}

static void cashier_free(struct screen *s)
{
	struct cashier *c = cashier_of(s);

	payer_free(&c->payer);
	dues_free(&c->dues);
	source_free(&c->shift);
	tender_free(&c->tender);
	till_free(&c->till);
}

static const struct screen_ops cashier_ops = {
	.name = N_("Cashier"),
	.actions = cashier_actions,
	.draw = cashier_draw,
	.key = cashier_key,
	.typing = cashier_typing,
	.waits = cashier_waits,
	.changed = cashier_changed,
	.unsaved = cashier_unsaved,
	.free = cashier_free,
};

void *cashier_new(struct app *app, const char *place, const char *party)
{
	struct cashier *c = screen_new(app, &cashier_ops, sizeof(*c), _("Cashier"));

	if (c == NULL)
		return NULL;
	payer_init(&c->payer, app, cashier_on_payer, cashier_on_missed, c);
	dues_init(&c->dues, app, &c->payer, cashier_on_dues, c);
	tender_init(&c->tender, tender_ways());
	till_init(&c->till, app, "payment", cashier_on_taken, c);
	source_init(&c->shift, app, rpc_find("shift.List"));
	c->shift.request = cashier_ask_shift;
	c->shift.request_arg = c;
	if (app_may(app, c->shift.m))
		source_ask(&c->shift);
	cashier_go(c, PART_BOX);
	if (place[0] != '\0' || party[0] != '\0')
		payer_set(&c->payer, place, party);
	return c;
}

void *cashier_home(struct app *app)
{
	return cashier_new(app, "", "");
}
