/* The cashier takes money: what it is for, the call, the receipt. */
#include <stdio.h>
#include <string.h>

#include "client/look/method.h"
#include "client/look/money.h"
#include "client/tui/app.h"
#include "client/tui/cashier_parts.h"
#include "client/tui/choose.h"
#include "client/tui/form_screen.h"
#include "client/tui/printing.h"
#include "client/tui/things.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define TAKE_ARENA (4u << 20)
#define PURPOSES_MAX 40

/* What stands behind an entry of the menu. */
static const char for_dues[] = "dues", for_advance[] = "advance", for_prepaid[] = "prepaid",
		  for_deposit[] = "deposit";

static const struct rpc_method *cashier_method(const struct cashier *c)
{
	static const char *const methods[] = { [FOR_DUES] = "payment.Take",
					       [FOR_PREPAID] = "prepaid.TopUp",
					       [FOR_DEPOSIT] = "deposit.Take" };

	return rpc_find(methods[c->purpose]);
}

/* Why nobody takes anything here now, whatever is typed. */
static const char *cashier_shut(const struct cashier *c)
{
	struct app *app = c->s.app;

	if (app->options.read_only)
		return _("this desk only reads (--read-only)");
	if (!app_may(app, rpc_find("payment.Take")))
		return _("not in your roles");
	if (app_property(app) == NULL)
		return _("money is taken at one property: start with -p CODE");
	if (cashier_shift(c) == NULL)
		return _("no shift is open; ^O opens one");
	if (!payer_known(&c->payer) || c->dues.due.source.reply == NULL)
		return _("nobody has been found yet");
	return NULL;
}

const char *cashier_no_take(const struct screen *s)
{
	struct cashier *c = cashier_of(s);
	const char *why;

	if (c->till.state == TILL_SENT)
		return _("it is on its way");
	if (c->till.state == TILL_UNKNOWN)
		return NULL;
	why = cashier_shut(c);
	if (why == NULL && (payer_is_sought(&c->payer) || dues_is_asked(&c->dues)))
		why = _("what is due is being asked for");
	return why != NULL ? why : tender_why_not(&c->tender);
}

/* The bills are named where it is not simply all that the customer owes there. */
static bool cashier_name_bills(struct cashier *c, ProtobufCMessage *rq, struct arena *mem)
{
	bool other = tender_payer(&c->tender)[0] != '\0', some = dues_some_marked(&c->dues);
	const char *bills[DUES_BILLS_MAX];
	size_t n = other || some ? dues_bills(&c->dues, !some, bills, mem) : 0;

	for (size_t i = 0; i < n; i++)
		if (!request_set(rq, "bill", bills[i], mem))
			return false;
	return true;
}

static bool cashier_name_payer(struct cashier *c, ProtobufCMessage *rq, struct arena *mem)
{
	const char *payer = tender_payer(&c->tender);
	const char *place = dues_payer(&c->dues, "place", mem);

	if (payer[0] == '\0')
		payer = dues_payer(&c->dues, "party", mem);
	return request_set(rq, "party", payer, mem) &&
	       (place[0] == '\0' || request_set(rq, "place", place, mem));
}

static ProtobufCMessage *cashier_request(struct cashier *c, const struct rpc_method *m,
					 struct arena *mem)
{
	const char *tendered = tender_tendered(&c->tender, mem), *paid;
	ProtobufCMessage *rq = request_new(m, mem, "tendered_minor", tendered, NULL);
	bool ok = rq != NULL;

	for (size_t i = 0; ok && (paid = tender_paid(&c->tender, i, mem)) != NULL; i++)
		ok = request_set(rq, "paid", paid, mem);
	if (ok && message_field(m->in->desc, "note") != NULL && tender_note(&c->tender)[0] != '\0')
		ok = request_set(rq, "note", tender_note(&c->tender), mem);
	if (c->purpose == FOR_PREPAID)
		return ok && request_set(rq, "account", c->purpose_of, mem) ? rq : NULL;
	if (c->purpose == FOR_DEPOSIT)
		ok = ok && request_set(rq, "purpose", c->purpose_of, mem);
	else
		ok = ok && cashier_name_bills(c, rq, mem);
	return ok && cashier_name_payer(c, rq, mem) ? rq : NULL;
}

void cashier_take(struct screen *s)
{
	struct cashier *c = cashier_of(s);
	const struct rpc_method *m = cashier_method(c);
	struct violations *wrong;
	ProtobufCMessage *rq;
	struct st_err err = { 0 };
	struct arena mem;

	if (c->till.state == TILL_UNKNOWN) {
		till_again(&c->till);
		return;
	}
	arena_init(&mem, TAKE_ARENA);
	rq = cashier_request(c, m, &mem);
	wrong = arena_new(&mem, struct violations);
	c->drawer = tender_has_cash(&c->tender);
	if (rq == NULL || wrong == NULL)
		app_alarm(s->app, "%s", _("There is no memory left for this."));
	else if (message_validate(m->in, rq, &mem, wrong, &err) != ST_OK)
		app_alarm(s->app, "%s", err.message);
	else
		till_send(&c->till, m, rq);
	arena_fini(&mem);
}

void cashier_command(struct screen *s)
{
	const struct rpc_method *m = cashier_method(cashier_of(s));
	struct arena mem;

	arena_init(&mem, TAKE_ARENA);
	things_command(s->app, m, cashier_request(cashier_of(s), m, &mem));
	arena_fini(&mem);
}

static void cashier_print(struct cashier *c, const char *receipt, const struct uuid *of)
{
	const struct rpc_method *m = rpc_find("payment.Print");
	struct print_ask ask = { .m = m, .drawer = !uuid_is_zero(of) && c->drawer, .of = *of };
	struct arena mem;

	arena_init(&mem, TAKE_ARENA);
	ask.request = request_new(m, &mem, "payment", receipt, NULL);
	if (ask.request != NULL)
		printing_ask(c->s.app, &ask);
	arena_fini(&mem);
}

const char *cashier_no_receipt(const struct screen *s)
{
	const struct cashier *c = cashier_of(s);

	if (!app_may(s->app, rpc_find("payment.Print")))
		return _("not in your roles");
	if (c->at == PART_PAID && pane_row(&c->dues.paid) != NULL)
		return NULL;
	return c->receipt[0] == '\0'
		       ? _("nothing has been taken here yet; Tab goes to what was paid before")
		       : NULL;
}

void cashier_print_last(struct screen *s)
{
	struct cashier *c = cashier_of(s);

	cashier_print(c,
		      c->at == PART_PAID && pane_row(&c->dues.paid) != NULL
			      ? rows_name(&c->dues.paid.rows)
			      : c->receipt,
		      &(struct uuid){ 0 });
}

/* "SUN-26-000123 taken: 1,280.50, change 19.50" */
static void cashier_tell(struct cashier *c, const struct call_result *r, struct arena *mem)
{
	int digits = money_digits(reply_text(r->reply, "currency", mem));
	int64_t change = message_field(r->reply->descriptor, "change_minor") != NULL
				 ? reply_number(r->reply, "change_minor")
				 : tender_change(&c->tender);
	char taken[40], text[40];

	(void)money_format(tender_sum(&c->tender), digits, true, taken);
	if (change > 0)
		app_say(c->s.app, _("%s: %s taken, change %s"), c->receipt, taken,
			money_format(change, digits, true, text));
	else if (tender_sum(&c->tender) > 0)
		app_say(c->s.app, _("%s: %s taken"), c->receipt, taken);
}

/* Also what was sent before this screen was opened: then nothing is typed here. */
void cashier_on_taken(void *arg, const struct call_result *r, const struct uuid *key)
{
	struct cashier *c = arg;
	struct arena mem;
	bool payment;

	if (r->err.code != ST_OK)
		return;
	arena_init(&mem, TAKE_ARENA);
	payment = r->reply->descriptor == rpc_find("payment.Take")->out->desc;
	(void)snprintf(c->receipt, sizeof(c->receipt), "%s",
		       reply_text(r->reply, payment ? "number" : "receipt", &mem));
	cashier_tell(c, r, &mem);
	tender_clear(&c->tender);
	cashier_set_purpose(c, FOR_DUES, "");
	dues_unmark(&c->dues);
	dues_changed(&c->dues, "");
	cashier_go(c, payer_known(&c->payer) ? PART_DUE : PART_BOX);
	if (cashier_no_receipt(&c->s) == NULL)
		cashier_print(c, c->receipt, key);
	arena_fini(&mem);
}

/* What the money is for ------------------------------------------------------------------------ */

void cashier_set_purpose(struct cashier *c, enum cashier_purpose purpose, const char *of)
{
	c->purpose = purpose;
	(void)snprintf(c->purpose_of, sizeof(c->purpose_of), "%s", of);
	cashier_reckon(c);
}

const char *cashier_purpose_text(const struct cashier *c, struct arena *mem)
{
	const char *text = c->purpose == FOR_PREPAID
				   ? arena_printf(mem, _("Top up %s"), c->purpose_of)
			   : c->purpose == FOR_DEPOSIT ? arena_printf(mem, _("Take a deposit: %s"),
								      words_code(c->purpose_of))
						       : _("Take payment");

	return text != NULL ? text : "";
}

static void cashier_use_advance(struct cashier *c)
{
	const struct rpc_method *m = rpc_find("payment.Apply");
	const char *bills[DUES_BILLS_MAX];
	ProtobufCMessage *rq;
	struct arena mem;
	size_t n;

	arena_init(&mem, TAKE_ARENA);
	n = dues_some_marked(&c->dues) ? dues_bills(&c->dues, false, bills, &mem) : 0;
	rq = request_new(m, &mem, "party", dues_payer(&c->dues, "party", &mem), NULL);
	for (size_t i = 0; rq != NULL && i < n; i++)
		(void)request_set(rq, "bill", bills[i], &mem);
	if (rq != NULL)
		app_push(c->s.app, form_screen_new(c->s.app, m, rq));
	arena_fini(&mem);
}

static void cashier_purpose_chosen(void *arg, const struct choice *item)
{
	struct cashier *c = arg;

	if (item->data == for_advance) {
		cashier_use_advance(c);
		return;
	}
	if (item->data == for_prepaid)
		cashier_set_purpose(c, FOR_PREPAID, item->text);
	else if (item->data == for_deposit)
		cashier_set_purpose(c, FOR_DEPOSIT, item->also);
	else
		cashier_set_purpose(c, FOR_DUES, "");
	cashier_go(c, PART_TENDER);
}

const char *cashier_no_purpose(const struct screen *s)
{
	const struct cashier *c = cashier_of(s);

	return c->till.state != TILL_READY ? _("it is on its way") : cashier_shut(c);
}

static const char *cashier_no_advance(const struct cashier *c)
{
	if (!app_may(c->s.app, rpc_find("payment.Apply")))
		return _("not in your roles");
	if (reply_number(c->dues.due.source.reply, "payer.advance_minor") == 0)
		return _("nothing was paid in advance");
	return c->open == 0 ? _("nothing is due") : NULL;
}

static size_t cashier_list_prepaid(const struct cashier *c, struct choice *items, size_t n,
				   struct arena *mem)
{
	const ProtobufCMessage *const *rows;
	int digits = money_digits(dues_currency(&c->dues, mem));
	size_t n_rows;

	rows = reply_rows(c->dues.prepaid.reply, "accounts", mem, &n_rows);
	for (size_t i = 0; i < n_rows && n < PURPOSES_MAX; i++) {
		int64_t balance = reply_number(rows[i], "balance_minor");
		char text[40];

		items[n++] = (struct choice){
			.text = reply_text(rows[i], "number", mem),
			.detail = arena_printf(mem, _("top up: %s %s, balance %s"),
					       reply_text(rows[i], "item", mem),
					       reply_text(rows[i], "place", mem),
					       money_format(balance, digits, true, text)),
			.why_not = app_may(c->s.app, rpc_find("prepaid.TopUp"))
					   ? NULL
					   : _("not in your roles"),
			.data = for_prepaid,
		};
	}
	return n;
}

/* Purposes as the declaration has them. */
static size_t cashier_list_deposits(const struct cashier *c, struct choice *items, size_t n,
				    struct arena *mem)
{
	const struct rpc_method *m = rpc_find("deposit.Take");
	const ProtobufCFieldDescriptor *f = message_field(m->in->desc, "purpose");
	const char *at = m->in->fields[f - m->in->desc->fields].choices;

	while (at != NULL && *at != '\0' && n < PURPOSES_MAX) {
		size_t len = strcspn(at, "|");

		const char *purpose = arena_strndup(mem, at, len);

		items[n++] = (struct choice){
			.text = purpose != NULL ? words_code(purpose) : "",
			.also = purpose,
			.detail = _("take a deposit for it"),
			.why_not = app_may(c->s.app, m) ? NULL : _("not in your roles"),
			.data = for_deposit,
		};
		at += len + (at[len] == '|' ? 1 : 0);
	}
	return n;
}

void cashier_ask_purpose(struct screen *s)
{
	struct cashier *c = cashier_of(s);
	struct choice items[PURPOSES_MAX] = {
		{ .text = _("what is due"), .data = for_dues },
		{ .text = _("use the advance"),
		  .detail = _("what was paid before anything was due settles what is due"),
		  .why_not = cashier_no_advance(c),
		  .data = for_advance },
	};
	struct arena mem;
	size_t n = 2;

	arena_init(&mem, TAKE_ARENA);
	n = cashier_list_prepaid(c, items, n, &mem);
	n = cashier_list_deposits(c, items, n, &mem);
	app_push(s->app, choose_new(s->app, &(struct choose_ask){ .title = _("What is it for"),
								  .items = items,
								  .n = n,
								  .chosen = cashier_purpose_chosen,
								  .arg = c }));
	arena_fini(&mem);
}
