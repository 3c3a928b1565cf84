/* Deposits: taken, held, deducted from and given back; never income, and never a bill's money by
 * themselves. */
#include <stdio.h>
#include <string.h>

#include "tests/support/hold.h"
#include "tests/support/wire.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'unit', 'number': '1-101'}");
	for (int i = 0; i < 8; i++)
		rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': '1-101', 'party': 'P-1001', 'role': 'owner', 'from': '2020-01-01'}");
	rig_ok(*state, "finance", "bill.Limit",
	       "{'kind': 'deposit_deduction', 'amount_minor': 50000}");
	rig_ok(*state, "finance", "bill.Limit",
	       "{'kind': 'deposit_refund', 'amount_minor': 100000}");
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'payment_void', 'amount_minor': 900000}");
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'deposit_undo', 'amount_minor': 50000}");
	rig_refused(*state, "cashier", "deposit.Take", ST_FAILED_PRECONDITION, "shift",
		    "{'party': 'P-1001', 'purpose': 'keys', 'paid': ['cash=1']}");
	rig_ok(*state, "cashier", "shift.Open", "{'drawer': 'D1', 'float_minor': 500000}");
	return 0;
}

static int64_t stands(struct rig *rig, const char *code)
{
	const json_t *b = rig_find(rig_ok(rig, "finance", "ledger.Balance", "{}"), "balances",
				   "code", code);

	return b != NULL ? rig_int(b, "closing_minor") : 0;
}

/* Every account and its documents agree, and what is held of each deposit is what the pots hold. */
static void controls_agree(struct rig *rig)
{
	const json_t *r = rig_ok(rig, "finance", "ledger.Control", "{}");
	char path[60];

	for (size_t i = 0; i < rig_count(r, "controls"); i++) {
		(void)snprintf(path, sizeof(path), "controls.%zu.difference_minor", i);
		assert_int_equal(rig_int(r, path), 0);
	}
	assert_string_equal(
		rig_sql(rig,
			"select (select coalesce(sum(held), 0) from steward.deposit) - (select "
			"coalesce(sum(amount), 0) from steward.pot where kind = 'deposit')"),
		"0");
}

static const char *take(struct rig *rig, const char *party, const char *paid, char number[20])
{
	(void)snprintf(number, 20, "%s",
		       rig_text(rig_ok(rig, "cashier", "deposit.Take",
				       "{'party': '%s', 'purpose': 'fit_out', 'paid': ['%s']}",
				       party, paid),
				"number"));
	return number;
}

static int64_t held(struct rig *rig, const char *number)
{
	return rig_int(rig_ok(rig, "clerk", "deposit.Show", "{'deposit': '%s'}", number),
		       "deposit.held_minor");
}

static void deposit_is_held_and_no_income(void **state)
{
	int64_t cash = stands(*state, "1001"), owed;
	const json_t *d, *r;

	rig_ok(*state, "cashier", "bill.Add",
	       "{'item': 'OTHER', 'party': 'P-1001', 'amount_minor': 5000}");
	owed = stands(*state, "1122");
	rig_dry(*state, "cashier", "deposit.Take",
		"{'place': '1-101', 'purpose': 'fit_out', 'paid': ['cash=2000']}");
	d = rig_twice(*state, "cashier", "deposit.Take",
		      "{'place': '1-101', 'purpose': 'fit_out', 'paid': ['cash=1500', 'card=500'], "
		      "'tendered_minor': 150000, 'note': 'Kitchen'}");
	assert_string_equal(rig_text(d, "number"), "DP-1001");
	assert_string_equal(rig_text(d, "party"), "P-1001");
	assert_string_equal(rig_text(d, "state"), "held");
	assert_int_equal(rig_int(d, "held_minor"), 200000);
	assert_non_null(strstr(rig_text(d, "receipt"), "SUN-"));
	assert_int_equal(stands(*state, "1001"), cash + 150000);
	assert_int_equal(stands(*state, "2241"), -200000);
	/* What is due is due as before, and no income account has moved by it. */
	assert_int_equal(stands(*state, "1122"), owed);
	r = rig_ok(*state, "cashier", "payment.Due", "{'party': 'P-1001'}");
	assert_int_equal(rig_int(r, "due.0.open_minor"), 5000);
	assert_int_equal(rig_int(r, "payer.advance_minor"), 0);
	assert_string_equal(
		rig_sql(*state, "select count(*) from steward.posting p join steward.account a on "
				"a.id = p.account_id join steward.journal j on j.id = p.journal_id "
				"where a.kind = 'income' and j.kind = 'payment'"),
		"0");
	/* The advance is another pot: it cannot be given away or used up as one. */
	rig_refused(*state, "cashier", "payment.Refund", ST_FAILED_PRECONDITION, "amount_minor",
		    "{'party': 'P-1001', 'amount_minor': 1, 'method': 'cash', 'why': 'x'}");
	rig_refused(*state, "cashier", "payment.Apply", ST_FAILED_PRECONDITION, "party",
		    "{'party': 'P-1001'}");
	r = rig_ok(*state, "cashier", "shift.Show", "{'shift': 'SH-1001'}");
	assert_int_equal(rig_int(rig_find(r, "methods", "method", "cash"), "documents"), 1);
	controls_agree(*state);
}

static void deposit_that_cannot_be(void **state)
{
	rig_refused(*state, "cashier", "deposit.Take", ST_INVALID_ARGUMENT, "purpose",
		    "{'party': 'P-1001', 'purpose': 'luck', 'paid': ['cash=1']}");
	rig_refused(*state, "cashier", "deposit.Take", ST_INVALID_ARGUMENT, "party",
		    "{'purpose': 'keys', 'paid': ['cash=1']}");
	rig_refused(*state, "cashier", "deposit.Take", ST_INVALID_ARGUMENT, "until",
		    "{'party': 'P-1001', 'purpose': 'keys', 'paid': ['cash=1'], 'until': "
		    "'2020-01-01'}");
	rig_refused(*state, "cashier", "deposit.Take", ST_INVALID_ARGUMENT, "paid",
		    "{'party': 'P-1001', 'purpose': 'keys', 'paid': ['cash=0']}");
	rig_refused(*state, "clerk", "deposit.Take", ST_PERMISSION_DENIED, NULL,
		    "{'party': 'P-1001', 'purpose': 'keys', 'paid': ['cash=1']}");
	rig_refused(*state, "cashier", "deposit.Show", ST_NOT_FOUND, "deposit",
		    "{'deposit': 'DP-9999'}");
}

/* What is kept is charged by a bill of its own, with its tax. */
static void deduction_is_income_with_its_document(void **state)
{
	char n[20];
	const json_t *d, *r;
	int64_t receivable = stands(*state, "1122");

	rig_ok(*state, "finance", "bill.ItemSet", "{'code': 'DEDUCTION', 'tax_bp': 600}");
	take(*state, "P-1002", "cash=1000", n);
	rig_refused(*state, "cashier", "deposit.Deduct", ST_INVALID_ARGUMENT, "document",
		    "{'deposit': '%s', 'amount_minor': 21200, 'why': 'Tiles'}", n);
	rig_refused(*state, "cashier", "deposit.Deduct", ST_INVALID_ARGUMENT, "amount_minor",
		    "{'deposit': '%s', 'document': 'Report 12', 'why': 'Tiles'}", n);
	rig_refused(
		*state, "cashier", "deposit.Deduct", ST_INVALID_ARGUMENT, "item",
		"{'deposit': '%s', 'amount_minor': 100, 'item': 'WATER', 'document': 'x', 'why': "
		"'Water'}",
		n);
	rig_refused(*state, "cashier", "deposit.Deduct", ST_FAILED_PRECONDITION, "amount_minor",
		    "{'deposit': '%s', 'amount_minor': 100001, 'document': 'x', 'why': 'x'}", n);
	rig_dry(*state, "cashier", "deposit.Deduct",
		"{'deposit': '%s', 'amount_minor': 21200, 'document': 'Report 12', 'why': 'Tiles'}",
		n);
	d = rig_twice(*state, "cashier", "deposit.Deduct",
		      "{'deposit': '%s', 'amount_minor': 21200, 'document': 'Report 12', 'why': "
		      "'Tiles'}",
		      n);
	assert_int_equal(rig_int(d, "held_minor"), 78800);
	assert_int_equal(stands(*state, "6052"), -20000);
	assert_int_equal(stands(*state, "2221"), -1200);
	assert_int_equal(stands(*state, "1122"), receivable);
	r = rig_ok(*state, "clerk", "deposit.Show", "{'deposit': '%s'}", n);
	assert_int_equal(rig_count(r, "entries"), 2);
	assert_string_equal(rig_text(r, "entries.1.paper"), "Report 12");
	assert_non_null(strstr(rig_text(r, "entries.1.document"), "-D"));
	assert_int_equal(rig_int(r, "entries.1.held_minor"), 78800);
	r = rig_ok(*state, "clerk", "bill.Show", "{'bill': '%s'}", rig_text(r, "entries.1.bill"));
	assert_int_equal(rig_int(r, "bill.open_minor"), 0);
	assert_string_equal(rig_text(r, "settlements.0.kind"), "deposit");
	controls_agree(*state);
}

static void deduction_settles_a_bill(void **state)
{
	char n[20], bill[20];
	const json_t *d;

	take(*state, "P-1003", "cash=100", n);
	(void)snprintf(
		bill, sizeof(bill), "%s",
		rig_text(rig_ok(*state, "cashier", "bill.Add",
				"{'item': 'WATER', 'party': 'P-1003', 'amount_minor': 8000}"),
			 "number"));
	rig_refused(*state, "cashier", "deposit.Deduct", ST_FAILED_PRECONDITION, "bill",
		    "{'deposit': 'DP-1001', 'bill': '%s', 'why': 'x'}", bill);
	rig_refused(*state, "cashier", "deposit.Deduct", ST_FAILED_PRECONDITION, "amount_minor",
		    "{'deposit': '%s', 'bill': '%s', 'amount_minor': 8001, 'why': 'x'}", n, bill);
	rig_refused(*state, "cashier", "deposit.Deduct", ST_FAILED_PRECONDITION, "bill",
		    "{'deposit': '%s', 'bill': '%s', 'line': 7, 'why': 'x'}", n, bill);
	d = rig_ok(*state, "cashier", "deposit.Deduct",
		   "{'deposit': '%s', 'bill': '%s', 'amount_minor': 3000, 'why': 'Water left'}", n,
		   bill);
	assert_int_equal(rig_int(d, "held_minor"), 7000);
	/* The rest of the bill, as nothing else is said. */
	d = rig_ok(*state, "cashier", "deposit.Deduct",
		   "{'deposit': '%s', 'bill': '%s', 'line': 1, 'why': 'Water left'}", n, bill);
	assert_int_equal(rig_int(d, "held_minor"), 2000);
	assert_int_equal(rig_int(rig_ok(*state, "clerk", "bill.Show", "{'bill': '%s'}", bill),
				 "bill.open_minor"),
			 0);
	rig_refused(*state, "cashier", "deposit.Deduct", ST_FAILED_PRECONDITION, "bill",
		    "{'deposit': '%s', 'bill': '%s', 'why': 'x'}", n, bill);
	/* A bill larger than what is held: as far as the deposit reaches. */
	(void)snprintf(
		bill, sizeof(bill), "%s",
		rig_text(rig_ok(*state, "cashier", "bill.Add",
				"{'item': 'WATER', 'party': 'P-1003', 'amount_minor': 9000}"),
			 "number"));
	d = rig_ok(*state, "cashier", "deposit.Deduct",
		   "{'deposit': '%s', 'bill': '%s', 'why': 'Water left'}", n, bill);
	assert_int_equal(rig_int(d, "held_minor"), 0);
	assert_string_equal(rig_text(d, "state"), "settled");
	assert_int_equal(rig_int(rig_ok(*state, "clerk", "bill.Show", "{'bill': '%s'}", bill),
				 "bill.open_minor"),
			 7000);
	rig_refused(*state, "cashier", "deposit.Refund", ST_FAILED_PRECONDITION, "deposit",
		    "{'deposit': '%s', 'method': 'cash', 'why': 'x'}", n);
	controls_agree(*state);
}

/* A deduction taken back: the deposit holds it, the bill is due, and all else stays; once. */
static void a_deduction_is_taken_back_alone(void **state)
{
	char n[20], bill[20], deduction[40], a[20];
	int64_t owed;
	const json_t *d, *r;

	take(*state, "P-1008", "cash=100", n);
	(void)snprintf(
		bill, sizeof(bill), "%s",
		rig_text(rig_ok(*state, "cashier", "bill.Add",
				"{'item': 'WATER', 'party': 'P-1008', 'amount_minor': 10000}"),
			 "number"));
	owed = stands(*state, "1122");
	rig_ok(*state, "clerk", "deposit.End", "{'deposit': '%s', 'why': 'Moved out'}", n);
	rig_ok(*state, "cashier", "deposit.Deduct",
	       "{'deposit': '%s', 'bill': '%s', 'why': 'Water left'}", n, bill);
	r = rig_ok(*state, "cashier", "deposit.Show", "{'deposit': '%s'}", n);
	(void)snprintf(deduction, sizeof(deduction), "%s", rig_text(r, "entries.1.document"));
	rig_refused(*state, "cashier", "deposit.Undo", ST_NOT_FOUND, "deduction",
		    "{'deduction': 'SUN-D99-000001', 'why': 'x'}");
	d = rig_twice(*state, "cashier", "deposit.Undo",
		      "{'deduction': '%s', 'why': 'Paid in cash'}", deduction);
	assert_int_equal(rig_int(d, "held_minor"), 10000);
	assert_int_equal(stands(*state, "1122"), owed);
	assert_int_equal(rig_int(rig_ok(*state, "clerk", "bill.Show", "{'bill': '%s'}", bill),
				 "bill.open_minor"),
			 10000);
	r = rig_ok(*state, "cashier", "deposit.Show", "{'deposit': '%s'}", n);
	assert_int_equal(rig_count(r, "entries"), 3);
	assert_int_equal(rig_int(r, "entries.2.amount_minor"), 10000);
	assert_string_equal(rig_text(r, "entries.2.bill"), bill);
	/* What has ended is to be settled again. */
	r = rig_ok(*state, "cashier", "agenda.List", "{'kind': 'deposit_return'}");
	assert_non_null(rig_find(r, "entries", "subject", n));
	r = rig_ok(*state, "cashier", "deposit.Show", "{'deposit': '%s'}", n);
	rig_refused(*state, "cashier", "deposit.Undo", ST_FAILED_PRECONDITION, "deduction",
		    "{'deduction': '%s', 'why': 'x'}", deduction);
	rig_refused(*state, "cashier", "deposit.Undo", ST_FAILED_PRECONDITION, "deduction",
		    "{'deduction': '%s', 'why': 'x'}", rig_text(r, "entries.2.document"));
	controls_agree(*state);
	/* Above the limit somebody else decides; what was credited meanwhile is refused then. */
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'deposit_undo', 'amount_minor': 9999}");
	rig_ok(*state, "cashier", "deposit.Deduct",
	       "{'deposit': '%s', 'bill': '%s', 'why': 'After all'}", n, bill);
	r = rig_ok(*state, "cashier", "deposit.Show", "{'deposit': '%s'}", n);
	d = rig_ok(*state, "cashier", "deposit.Undo", "{'deduction': '%s', 'why': 'x'}",
		   rig_text(r, "entries.3.document"));
	assert_int_equal(rig_int(d, "held_minor"), 0);
	(void)snprintf(a, sizeof(a), "%s", rig_text(d, "approval"));
	rig_refused(*state, "cashier", "approval.Approve", ST_PERMISSION_DENIED, NULL,
		    "{'approval': '%s'}", a);
	rig_ok(*state, "supervisor", "approval.Approve", "{'approval': '%s'}", a);
	assert_int_equal(held(*state, n), 10000);
	rig_ok(*state, "cashier", "deposit.Deduct",
	       "{'deposit': '%s', 'bill': '%s', 'why': 'Once more'}", n, bill);
	r = rig_ok(*state, "cashier", "deposit.Show", "{'deposit': '%s'}", n);
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'credit_note', 'amount_minor': 90000}");
	rig_ok(*state, "finance", "bill.Credit",
	       "{'bill': '%s', 'amount_minor': 100, 'why': 'Too much'}", bill);
	rig_refused(*state, "cashier", "deposit.Undo", ST_FAILED_PRECONDITION, "deduction",
		    "{'deduction': '%s', 'why': 'x'}", rig_text(r, "entries.5.document"));
	controls_agree(*state);
}

static void above_the_limit_takes_two(void **state)
{
	char n[20], a[20];
	const json_t *d;

	take(*state, "P-1004", "transfer=3000", n);
	d = rig_ok(*state, "cashier", "deposit.Deduct",
		   "{'deposit': '%s', 'amount_minor': 60000, 'document': 'Report 3', 'why': "
		   "'Lift scratched'}",
		   n);
	assert_int_equal(rig_int(d, "held_minor"), 300000);
	(void)snprintf(a, sizeof(a), "%s", rig_text(d, "approval"));
	rig_refused(*state, "cashier", "approval.Approve", ST_PERMISSION_DENIED, NULL,
		    "{'approval': '%s'}", a);
	rig_ok(*state, "supervisor", "approval.Approve", "{'approval': '%s'}", a);
	assert_int_equal(held(*state, n), 240000);
	/* What is asked is refused once it cannot be any more. */
	d = rig_ok(*state, "cashier", "deposit.Refund",
		   "{'deposit': '%s', 'method': 'transfer', 'why': 'Accepted'}", n);
	(void)snprintf(a, sizeof(a), "%s", rig_text(d, "approval"));
	rig_ok(*state, "cashier", "deposit.Refund",
	       "{'deposit': '%s', 'method': 'cash', 'amount_minor': 100, 'why': 'Part'}", n);
	rig_refused(*state, "supervisor", "approval.Approve", ST_FAILED_PRECONDITION,
		    "amount_minor", "{'approval': '%s'}", a);
	rig_ok(*state, "supervisor", "approval.Decline", "{'approval': '%s', 'note': 'Anew'}", a);
	d = rig_ok(*state, "finance", "deposit.Refund",
		   "{'deposit': '%s', 'method': 'transfer', 'why': 'Accepted'}", n);
	rig_ok(*state, "manager", "approval.Approve", "{'approval': '%s'}",
	       rig_text(d, "approval"));
	assert_int_equal(held(*state, n), 0);
	controls_agree(*state);
}

static void refund_is_cash_of_a_shift_or_a_transfer(void **state)
{
	char n[20];
	int64_t cash, bank;
	const json_t *d, *r;

	take(*state, "P-1005", "cash=900", n);
	cash = stands(*state, "1001");
	bank = stands(*state, "1002");
	rig_refused(*state, "finance", "deposit.Refund", ST_FAILED_PRECONDITION, "shift",
		    "{'deposit': '%s', 'amount_minor': 100, 'method': 'cash', 'why': 'x'}", n);
	rig_dry(*state, "cashier", "deposit.Refund",
		"{'deposit': '%s', 'amount_minor': 100, 'method': 'cash', 'why': 'x'}", n);
	d = rig_twice(*state, "cashier", "deposit.Refund",
		      "{'deposit': '%s', 'amount_minor': 30000, 'method': 'cash', 'why': "
		      "'Part accepted'}",
		      n);
	assert_int_equal(rig_int(d, "held_minor"), 60000);
	assert_int_equal(stands(*state, "1001"), cash - 30000);
	rig_ok(*state, "finance", "deposit.Refund",
	       "{'deposit': '%s', 'method': 'transfer', 'why': 'Accepted'}", n);
	assert_int_equal(stands(*state, "1002"), bank - 60000);
	assert_int_equal(held(*state, n), 0);
	r = rig_ok(*state, "cashier", "payment.List", "{'party': 'P-1005', 'kind': 'refund'}");
	assert_int_equal(rig_count(r, "payments"), 2);
	assert_false(rig_has(r, "payments.0.shift")); /* finance has none */
	assert_string_equal(rig_text(r, "payments.1.shift"), "SH-1001");
	controls_agree(*state);
}

static void void_takes_the_deposit_back(void **state)
{
	char n[20];
	const json_t *d = rig_ok(*state, "cashier", "deposit.Take",
				 "{'party': 'P-1006', 'purpose': 'passes', 'paid': ['cash=50']}");
	char receipt[40];

	(void)snprintf(n, sizeof(n), "%s", rig_text(d, "number"));
	(void)snprintf(receipt, sizeof(receipt), "%s", rig_text(d, "receipt"));
	rig_ok(*state, "cashier", "payment.VoidReceipt", "{'payment': '%s', 'why': 'Typing error'}",
	       receipt);
	d = rig_ok(*state, "clerk", "deposit.Show", "{'deposit': '%s'}", n);
	assert_string_equal(rig_text(d, "deposit.state"), "void");
	assert_int_equal(rig_int(d, "deposit.held_minor"), 0);
	/* Not when something was kept of it, though another deposit lies in the same pot. */
	take(*state, "P-1006", "cash=70", n);
	d = rig_ok(*state, "cashier", "deposit.Take",
		   "{'party': 'P-1006', 'purpose': 'passes', 'paid': ['cash=50']}");
	(void)snprintf(receipt, sizeof(receipt), "%s", rig_text(d, "receipt"));
	rig_ok(*state, "cashier", "deposit.Deduct",
	       "{'deposit': '%s', 'amount_minor': 1000, 'document': 'Note', 'why': 'Pass lost'}",
	       rig_text(d, "number"));
	rig_refused(*state, "cashier", "payment.VoidReceipt", ST_INVALID_ARGUMENT, "deposit",
		    "{'payment': '%s', 'why': 'x'}", receipt);
	controls_agree(*state);
}

static void what_has_ended_is_told(void **state)
{
	char n[20];
	const json_t *r, *d;

	d = rig_ok(*state, "cashier", "deposit.Take",
		   "{'party': 'P-1007', 'place': '1-101', 'purpose': 'tenancy', 'paid': "
		   "['cash=500'], 'note': 'Lease'}");
	(void)snprintf(n, sizeof(n), "%s", rig_text(d, "number"));
	rig_refused(*state, "clerk", "deposit.End", ST_INVALID_ARGUMENT, "why", "{'deposit': '%s'}",
		    n);
	rig_refused(*state, "clerk", "deposit.End", ST_INVALID_ARGUMENT, "on",
		    "{'deposit': '%s', 'why': 'x', 'on': '2099-01-01'}", n);
	rig_refused(*state, "clerk", "deposit.End", ST_FAILED_PRECONDITION, "deposit",
		    "{'deposit': '%s', 'back': true}", n);
	d = rig_twice(*state, "clerk", "deposit.End", "{'deposit': '%s', 'why': 'Moved out'}", n);
	assert_string_equal(rig_text(d, "state"), "ended");
	r = rig_ok(*state, "cashier", "deposit.List", "{'state': 'ended'}");
	assert_int_equal(rig_count(r, "deposits"), 1);
	assert_string_equal(rig_text(r, "deposits.0.number"), n);
	assert_string_equal(rig_text(r, "deposits.0.ended_why"), "Moved out");
	r = rig_ok(*state, "cashier", "agenda.List", "{'kind': 'deposit_return'}");
	assert_string_equal(rig_text(r, "entries.0.subject"), n);
	/* It goes on after all; then it ends by itself when the customer has left the place. */
	rig_ok(*state, "clerk", "deposit.End", "{'deposit': '%s', 'back': true}", n);
	assert_int_equal(
		rig_count(rig_ok(*state, "cashier", "agenda.List", "{'kind': 'deposit_return'}"),
			  "entries"),
		0);
	rig_sql(*state,
		"insert into steward.occupancy (property_id, id, number, place_id, party_id, role, "
		"slot, period) select d.property_id, gen_random_uuid(), 'H-1', d.place_id, "
		"d.party_id, 'tenant', 'lease', '[2025-01-01,2025-07-01)' from steward.deposit d "
		"where d.purpose = 'tenancy' returning 1");
	r = rig_ok(*state, "cashier", "deposit.List", "{'state': 'ended', 'purpose': 'tenancy'}");
	assert_string_equal(rig_text(r, "deposits.0.ended"), "2025-07-01");
	assert_string_equal(rig_text(r, "deposits.0.ended_why"), "the customer has left the place");
	assert_true(rig_int(r, "deposits.0.days_ended") > 300);
	r = rig_ok(*state, "finance", "deposit.Totals", "{}");
	r = rig_find(r, "totals", "purpose", "tenancy");
	assert_int_equal(rig_int(r, "ended_minor"), 50000);
	rig_ok(*state, "clerk", "deposit.End", "{'deposit': '%s', 'why': 'Moved out'}", n);
	rig_ok(*state, "cashier", "deposit.Refund",
	       "{'deposit': '%s', 'method': 'cash', 'why': 'All in order'}", n);
	/* Nobody needs to settle it any more. */
	r = rig_ok(*state, "supervisor", "agenda.List",
		   "{'kind': 'deposit_return', 'state': 'kept'}");
	assert_int_equal(rig_count(r, "entries"), 1);
	r = rig_ok(*state, "cashier", "deposit.List", "{'place': '1-101', 'state': 'all'}");
	assert_int_equal(rig_count(r, "deposits"), 2);
	r = rig_ok(*state, "cashier", "deposit.List", "{'party': 'P-1007', 'state': 'settled'}");
	assert_int_equal(rig_count(r, "deposits"), 1);
}

/* Two desks give the same deposit back at the same moment: one does. */
static void deposit_is_given_back_once(void **state)
{
	char n[20], request[120];
	struct wire *w[2];
	uint32_t id[2];
	struct hold h;
	int ok = 0;

	take(*state, "P-1008", "cash=80", n);
	(void)snprintf(request, sizeof(request),
		       "{'deposit': '%s', 'method': 'transfer', 'why': 'Back'}", n);
	h = hold_begin(*state, "select from deposit where amount = 8000 for update");
	for (int i = 0; i < 2; i++) {
		w[i] = wire_desk(*state, i == 0 ? "cashier" : "finance");
		id[i] = wire_call(w[i], &(struct wire_call){ .method = "deposit.Refund",
							     .request = request,
							     .padding = 20000 });
		wire_push(w[i]);
	}
	hold_until_waiting(*state, 2);
	hold_end(&h);
	for (int i = 0; i < 2; i++) {
		const Steward__Response *r = wire_answer(w[i], id[i]);

		ok += r->code == ST_OK;
		assert_true(r->code == ST_OK || r->code == ST_FAILED_PRECONDITION);
		wire_close(w[i]);
	}
	assert_int_equal(ok, 1);
	assert_int_equal(held(*state, n), 0);
	controls_agree(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deposit_is_held_and_no_income),
		cmocka_unit_test(deposit_that_cannot_be),
		cmocka_unit_test(deduction_is_income_with_its_document),
		cmocka_unit_test(deduction_settles_a_bill),
		cmocka_unit_test(a_deduction_is_taken_back_alone),
		cmocka_unit_test(above_the_limit_takes_two),
		cmocka_unit_test(refund_is_cash_of_a_shift_or_a_transfer),
		cmocka_unit_test(void_takes_the_deposit_back),
		cmocka_unit_test(what_has_ended_is_told),
		cmocka_unit_test(deposit_is_given_back_once),
	};

	return cmocka_run_group_tests_name("deposit", tests, prepare, rig_down);
}
