/* What the cashier does with the bill or the receipt under the cursor. */
#include <string.h>

#include "client/tui/app.h"
#include "client/tui/cashier_parts.h"
#include "client/tui/printing.h"
#include "client/tui/things.h"
#include "client/tui/words.h"

#define ASK_ARENA (4u << 20)

const char *cashier_no_line(const struct screen *s)
{
	return cashier_of(s)->at != PART_DUE || pane_row(&cashier_of(s)->dues.due) == NULL
		       ? _("there is no bill under the cursor")
		       : NULL;
}

void cashier_before(struct screen *s)
{
	cashier_go(cashier_of(s), cashier_of(s)->at == PART_PAID ? PART_DUE : PART_PAID);
}

void cashier_mark(struct screen *s)
{
	dues_mark(&cashier_of(s)->dues);
	(void)pane_key(&cashier_of(s)->dues.due, &(struct key){ .code = K_DOWN });
	cashier_reckon(cashier_of(s));
}

void cashier_mark_all(struct screen *s)
{
	dues_mark_all(&cashier_of(s)->dues);
	cashier_reckon(cashier_of(s));
}

const char *cashier_no_row(const struct screen *s)
{
	if (cashier_of(s)->at == PART_PAID)
		return pane_row(&cashier_of(s)->dues.paid) == NULL
			       ? _("there is no receipt under the cursor")
			       : NULL;
	return cashier_no_line(s);
}

static void cashier_with(struct screen *s, const char *method, const char *field, const char *value,
			 const char *line)
{
	const struct rpc_method *m = rpc_find(method);
	struct arena mem;

	if (!app_may(s->app, m)) {
		app_alarm(s->app, _("%s: not in your roles"), words_command(m));
		return;
	}
	arena_init(&mem, ASK_ARENA);
	things_call(s->app, m,
		    request_new(m, &mem, field, value, line != NULL ? "line" : NULL, line, NULL));
	arena_fini(&mem);
}

void cashier_show(struct screen *s)
{
	if (cashier_of(s)->at == PART_PAID)
		cashier_with(s, "payment.Show", "payment",
			     rows_name(&cashier_of(s)->dues.paid.rows), NULL);
	else
		cashier_with(s, "bill.Show", "bill", rows_name(&cashier_of(s)->dues.due.rows),
			     NULL);
}

/* Of the bill's line under the cursor. */
static void cashier_with_line(struct screen *s, const char *method)
{
	struct arena mem;

	arena_init(&mem, ASK_ARENA);
	cashier_with(s, method, "bill", rows_name(&cashier_of(s)->dues.due.rows),
		     reply_text(pane_row(&cashier_of(s)->dues.due), "line", &mem));
	arena_fini(&mem);
}

void cashier_waive(struct screen *s)
{
	cashier_with_line(s, "bill.Credit");
}

void cashier_dispute(struct screen *s)
{
	cashier_with_line(s, "bill.Dispute");
}

void cashier_print_row(struct screen *s)
{
	const struct rpc_method *m = rpc_find("bill.Print");
	struct print_ask ask = { .m = m };
	struct arena mem;

	if (cashier_of(s)->at == PART_PAID) {
		cashier_print_last(s);
		return;
	}
	arena_init(&mem, ASK_ARENA);
	ask.request = request_new(m, &mem, "bill", rows_name(&cashier_of(s)->dues.due.rows), NULL);
	if (ask.request != NULL)
		printing_ask(s->app, &ask);
	arena_fini(&mem);
}

const char *cashier_no_print(const struct screen *s)
{
	const char *why = cashier_no_row(s);

	if (why == NULL &&
	    !app_may(s->app,
		     rpc_find(cashier_of(s)->at == PART_PAID ? "payment.Print" : "bill.Print")))
		why = _("not in your roles");
	return why;
}

const char *cashier_no_paid(const struct screen *s)
{
	return cashier_of(s)->at != PART_PAID || pane_row(&cashier_of(s)->dues.paid) == NULL
		       ? _("there is no receipt under the cursor; Tab goes to what was paid before")
		       : NULL;
}

void cashier_void(struct screen *s)
{
	cashier_with(s, "payment.VoidReceipt", "payment", rows_name(&cashier_of(s)->dues.paid.rows),
		     NULL);
}

void cashier_refund(struct screen *s)
{
	struct arena mem;

	arena_init(&mem, ASK_ARENA);
	cashier_with(s, "payment.Refund", "party", dues_payer(&cashier_of(s)->dues, "party", &mem),
		     NULL);
	arena_fini(&mem);
}
