/* Prepaid balances: topped up, drawn down by what a meter counts, told of when low, owed when below
 * nothing; nothing of it is ever lost. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/rig.h"

#define TRIES 200
#define PAUSE_US 50000

/* Meters that stood at 100 on the 1st of January 2026; 0.50 a kWh up to 200 in a year, then 0.60.
 */
static int prepare(void **state)
{
	char unit[8];

	if (rig_up(state) != 0)
		return -1;
	for (int i = 1; i <= 6; i++) {
		(void)snprintf(unit, sizeof(unit), "1-10%d", i);
		rig_ok(*state, "clerk", "place.Add", "{'kind': 'unit', 'number': '%s'}", unit);
		rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
		rig_ok(*state, "clerk", "occupancy.Start",
		       "{'place': '%s', 'party': 'P-100%d', 'role': 'owner', 'from': '2020-01-01'}",
		       unit, i);
		rig_ok(*state, "manager", "meter.Add",
		       "{'place': '%s', 'utility': 'electricity', 'first': '100', 'on': "
		       "'2026-01-01'}",
		       unit);
	}
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'payment_void', 'amount_minor': 900000}");
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'credit_note', 'amount_minor': 900000}");
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'prepaid_refund', 'amount_minor': 5000}");
	rig_ok(*state, "cashier", "shift.Open", "{'drawer': 'D1', 'float_minor': 500000}");
	rig_ok(*state, "manager", "standard.Set",
	       "{'code': 'POWER', 'name': 'Power', 'item': 'ELECTRICITY', 'basis': 'tiered', "
	       "'utility': 'electricity', 'block': ['0=0.50', '200=0.60'], 'per': 'year', 'from': "
	       "'2026-01-01'}");
	return 0;
}

static const json_t *account(struct rig *rig, const char *number)
{
	return json_object_get(rig_ok(rig, "clerk", "prepaid.Show", "{'account': '%s'}", number),
			       "account");
}

static int64_t balance(struct rig *rig, const char *number)
{
	return rig_int(account(rig, number), "balance_minor");
}

/* A balance for unit i, drawn from the 1st of January on. */
static const char *opened(struct rig *rig, int i, int threshold, char number[20])
{
	(void)snprintf(number, 20, "%s",
		       rig_text(rig_ok(rig, "cashier", "prepaid.Open",
				       "{'place': '1-10%d', 'standard': 'POWER', 'meter': "
				       "'M-100%d', 'threshold_minor': %d, 'from': '2026-01-01'}",
				       i, i, threshold),
				"number"));
	return number;
}

/* A reading, and what the daemon makes of it by itself: drawn up to its day. */
static void reads(struct rig *rig, const char *number, int i, const char *value, const char *on)
{
	const char *drawn = "";

	rig_ok(rig, "technician", "meter.Read",
	       "{'meter': 'M-100%d', 'value': '%s', 'on': '%s', 'confirm': true}", i, value, on);
	for (int n = 0; n < TRIES && strcmp(drawn, on) != 0; n++) {
		(void)usleep(PAUSE_US);
		drawn = rig_text(account(rig, number), "drawn_to");
	}
	assert_string_equal(drawn, on);
}

static int64_t stands(struct rig *rig, const char *code)
{
	const json_t *b = rig_find(rig_ok(rig, "finance", "ledger.Balance", "{}"), "balances",
				   "code", code);

	return b != NULL ? rig_int(b, "closing_minor") : 0;
}

static void controls_agree(struct rig *rig)
{
	const json_t *r = rig_ok(rig, "finance", "ledger.Control", "{}");
	char path[60];

	for (size_t i = 0; i < rig_count(r, "controls"); i++) {
		(void)snprintf(path, sizeof(path), "controls.%zu.difference_minor", i);
		assert_int_equal(rig_int(r, path), 0);
	}
}

/* What the statement ends with is what the balance is. */
static void statement_agrees(struct rig *rig, const char *number)
{
	const json_t *r = rig_ok(rig, "cashier", "prepaid.Statement", "{'account': '%s'}", number);
	char path[60];

	(void)snprintf(path, sizeof(path), "entries.%zu.balance_minor",
		       rig_count(r, "entries") - 1);
	assert_int_equal(rig_int(r, path), balance(rig, number));
}

static void reading_draws_down_by_the_tariff(void **state)
{
	char n[20];
	const json_t *a, *r;

	opened(*state, 1, 2000, n);
	rig_dry(*state, "cashier", "prepaid.TopUp", "{'account': '%s', 'paid': ['cash=150']}", n);
	a = rig_twice(*state, "cashier", "prepaid.TopUp",
		      "{'account': '%s', 'paid': ['cash=100', 'card=50']}", n);
	assert_int_equal(rig_int(a, "balance_minor"), 15000);
	assert_non_null(strstr(rig_text(a, "receipt"), "SUN-"));
	assert_int_equal(stands(*state, "2204"), -15000);
	/* 180 kWh at 0.50. */
	reads(*state, n, 1, "280", "2026-02-01");
	assert_int_equal(balance(*state, n), 6000);
	/* 20 more at 0.50 and 30 at 0.60. */
	reads(*state, n, 1, "330", "2026-03-01");
	assert_int_equal(balance(*state, n), 6000 - 1000 - 1800);
	r = rig_ok(*state, "clerk", "prepaid.Show", "{'account': '%s'}", n);
	assert_int_equal(rig_count(r, "draws"), 2);
	assert_string_equal(rig_text(r, "draws.0.usage"), "50");
	assert_string_equal(rig_text(r, "draws.0.from"), "2026-02-01");
	assert_string_equal(rig_text(r, "draws.0.to"), "2026-02-28");
	assert_int_equal(rig_int(r, "draws.0.amount_minor"), 2800);
	r = rig_ok(*state, "clerk", "bill.Show", "{'bill': '%s'}", rig_text(r, "draws.0.bill"));
	assert_string_equal(rig_text(r, "parts.0.quantity"), "20");
	assert_string_equal(rig_text(r, "parts.0.rate"), "0.50");
	assert_string_equal(rig_text(r, "parts.1.quantity"), "30");
	assert_string_equal(rig_text(r, "parts.1.rate"), "0.60");
	assert_string_equal(rig_text(r, "parts.2.previous"), "280");
	assert_string_equal(rig_text(r, "parts.2.present"), "330");
	r = rig_ok(*state, "cashier", "prepaid.Statement", "{'account': '%s'}", n);
	assert_string_equal(rig_text(r, "entries.0.kind"), "brought_forward");
	assert_string_equal(rig_text(r, "entries.1.kind"), "top_up");
	assert_string_equal(rig_text(r, "entries.2.kind"), "use");
	assert_string_equal(rig_text(r, "entries.3.to"), "2026-02-28");
	/* It is collected for others: no income of ours. */
	assert_int_equal(stands(*state, "2242"), -11800);
	statement_agrees(*state, n);
	controls_agree(*state);
}

/* Found low, told, owing, told again, topped up: solved by itself; with who, how and when. */
static void low_balance_is_told_and_solved(void **state)
{
	char n[20];
	const json_t *r, *a;

	opened(*state, 2, 2000, n);
	rig_ok(*state, "cashier", "prepaid.TopUp", "{'account': '%s', 'paid': ['cash=100']}", n);
	rig_refused(*state, "clerk", "prepaid.Tell", ST_FAILED_PRECONDITION, "account",
		    "{'account': '%s', 'outcome': 'reached', 'channel': 'phone', 'told': 'x'}", n);
	reads(*state, n, 2, "270", "2026-02-01"); /* 170 kWh: 15.00 are left */
	a = account(*state, n);
	assert_int_equal(rig_int(a, "balance_minor"), 1500);
	assert_string_equal(rig_text(a, "state"), "low");
	r = rig_ok(*state, "cashier", "agenda.List", "{'about': '%s'}", n);
	assert_int_equal(rig_count(r, "entries"), 1);
	assert_non_null(strstr(rig_text(r, "entries.0.label"), "15.00 left"));
	assert_non_null(strstr(rig_text(r, "entries.0.command"), "prepaid tell PA-"));
	rig_refused(*state, "clerk", "prepaid.Tell", ST_INVALID_ARGUMENT, "told",
		    "{'account': '%s', 'outcome': 'reached', 'channel': 'phone'}", n);
	rig_refused(*state, "clerk", "prepaid.Tell", ST_INVALID_ARGUMENT, "remark",
		    "{'account': '%s', 'outcome': 'refused', 'channel': 'visit'}", n);
	rig_ok(*state, "clerk", "prepaid.Tell",
	       "{'account': '%s', 'outcome': 'no_answer', 'channel': 'phone'}", n);
	a = rig_twice(*state, "building_steward", "prepaid.Tell",
		      "{'account': '%s', 'outcome': 'reached', 'channel': 'visit', 'told': "
		      "'Ms Wang', 'remark': 'Comes tomorrow'}",
		      n);
	assert_true(rig_has(a, "told_at"));
	r = rig_ok(*state, "cashier", "agenda.List", "{'about': '%s'}", n);
	assert_int_equal(rig_count(r, "entries"), 0);
	/* Nothing is left: what it does not reach is owed, on a bill, and told again. */
	reads(*state, n, 2, "320", "2026-03-01"); /* 30 at 0.50, 20 at 0.60: 27.00 */
	a = account(*state, n);
	assert_int_equal(rig_int(a, "balance_minor"), -1200);
	assert_string_equal(rig_text(a, "state"), "owing");
	r = rig_ok(*state, "cashier", "payment.Due", "{'party': 'P-1002'}");
	assert_int_equal(rig_int(r, "due.0.open_minor"), 1200);
	r = rig_ok(*state, "cashier", "agenda.List", "{'about': '%s'}", n);
	assert_non_null(strstr(rig_text(r, "entries.0.label"), "owes 12.00"));
	r = rig_ok(*state, "clerk", "prepaid.List", "{'state': 'owing'}");
	assert_int_equal(rig_count(r, "accounts"), 1);
	statement_agrees(*state, n);
	/* Topped up: what is owed is paid first, and nobody needs to be told any more. */
	a = rig_ok(*state, "cashier", "prepaid.TopUp", "{'account': '%s', 'paid': ['cash=62']}", n);
	assert_int_equal(rig_int(a, "balance_minor"), 5000);
	assert_string_equal(rig_text(a, "state"), "ok");
	assert_false(rig_has(a, "low_since"));
	r = rig_ok(*state, "cashier", "agenda.List", "{'about': '%s'}", n);
	assert_int_equal(rig_count(r, "entries"), 0);
	r = rig_ok(*state, "clerk", "prepaid.Show", "{'account': '%s'}", n);
	assert_string_equal(rig_text(r, "notices.0.told"), "Ms Wang");
	assert_string_equal(rig_text(r, "notices.0.channel"), "visit");
	assert_string_equal(rig_text(r, "notices.0.by"), "building_steward");
	assert_int_equal(rig_int(r, "notices.0.balance_minor"), 1500);
	assert_string_equal(rig_text(r, "notices.1.outcome"), "no_answer");
	assert_true(rig_has(r, "notices.0.solved_at"));
	statement_agrees(*state, n);
	controls_agree(*state);
}

/* A top-up that is void though it was used: what it settled is owed again, to the cent. */
static void void_of_a_used_top_up_is_owed(void **state)
{
	char n[20], receipt[40];
	const json_t *r;

	opened(*state, 3, 0, n);
	rig_ok(*state, "cashier", "prepaid.TopUp", "{'account': '%s', 'paid': ['cash=30']}", n);
	(void)snprintf(receipt, sizeof(receipt), "%s",
		       rig_text(rig_ok(*state, "cashier", "prepaid.TopUp",
				       "{'account': '%s', 'paid': ['cheque=80']}", n),
				"receipt"));
	reads(*state, n, 3, "200", "2026-02-01"); /* 50.00 */
	reads(*state, n, 3, "280", "2026-03-01"); /* 40.00: 20.00 are left */
	assert_int_equal(balance(*state, n), 2000);
	rig_ok(*state, "cashier", "payment.VoidReceipt",
	       "{'payment': '%s', 'why': 'Cheque returned'}", receipt);
	assert_int_equal(balance(*state, n), -6000);
	r = rig_ok(*state, "cashier", "payment.Due", "{'party': 'P-1003'}");
	assert_int_equal(rig_int(r, "due.1.total_minor"), 6000);
	statement_agrees(*state, n);
	controls_agree(*state);
	/* An ordinary payment settles it as well. */
	rig_ok(*state, "cashier", "payment.Take", "{'party': 'P-1003', 'paid': ['cash=60']}");
	assert_int_equal(balance(*state, n), 0);
	statement_agrees(*state, n);
	controls_agree(*state);
}

/* A wrong reading that was drawn: its bill is credited, the money goes back, and it is drawn anew
 * once the reading is right, no sooner. */
static void wrong_reading_is_drawn_anew(void **state)
{
	char n[20], bill[20];
	const json_t *r, *a;

	opened(*state, 4, 0, n);
	rig_ok(*state, "cashier", "prepaid.TopUp", "{'account': '%s', 'paid': ['cash=100']}", n);
	reads(*state, n, 4, "250", "2026-02-01"); /* 75.00; it was 210 */
	assert_int_equal(balance(*state, n), 2500);
	rig_refused(*state, "supervisor", "meter.Correct", ST_FAILED_PRECONDITION, "meter",
		    "{'meter': 'M-1004', 'on': '2026-02-01', 'why': 'Misread', 'value': '210', "
		    "'confirm': true}");
	r = rig_ok(*state, "clerk", "prepaid.Show", "{'account': '%s'}", n);
	(void)snprintf(bill, sizeof(bill), "%s", rig_text(r, "draws.0.bill"));
	rig_ok(*state, "cashier", "bill.Credit", "{'bill': '%s', 'why': 'Misread'}", bill);
	assert_int_equal(balance(*state, n), 10000);
	a = account(*state, n);
	for (int i = 0; i < TRIES && !rig_has(a, "problem"); i++) {
		(void)usleep(PAUSE_US);
		a = account(*state, n);
	}
	assert_non_null(strstr(rig_text(a, "problem"), "correct the reading"));
	assert_string_equal(rig_text(a, "drawn_to"), "2026-01-01");
	rig_ok(*state, "supervisor", "meter.Correct",
	       "{'meter': 'M-1004', 'on': '2026-02-01', 'why': 'Misread', 'value': '210', "
	       "'confirm': true}");
	for (int i = 0; i < TRIES && strcmp(rig_text(a, "drawn_to"), "2026-02-01") != 0; i++) {
		(void)usleep(PAUSE_US);
		a = account(*state, n);
	}
	assert_int_equal(rig_int(a, "balance_minor"), 10000 - 5500);
	assert_false(rig_has(a, "problem"));
	/* It went back to where it came from, not into the customer's advance. */
	assert_int_equal(rig_int(rig_ok(*state, "cashier", "payment.Due", "{'party': 'P-1004'}"),
				 "payer.advance_minor"),
			 0);
	statement_agrees(*state, n);
	controls_agree(*state);
}

/* Usage that has no price is not lost and not free: it is told, and drawn when there is one. */
static void nothing_is_drawn_without_a_price(void **state)
{
	char n[20];
	const json_t *a;

	rig_ok(*state, "manager", "standard.Set",
	       "{'code': 'WATER', 'name': 'Water', 'item': 'WATER', 'basis': 'metered', 'utility': "
	       "'water', 'rate': '2.005', 'from': '2026-02-01'}");
	rig_refused(*state, "cashier", "prepaid.Open", ST_INVALID_ARGUMENT, "meter",
		    "{'place': '1-105', 'standard': 'WATER', 'meter': 'M-1005', "
		    "'threshold_minor': 0}");
	(void)snprintf(n, sizeof(n), "%s",
		       rig_text(rig_ok(*state, "cashier", "prepaid.Open",
				       "{'place': '1-105', 'standard': 'WATER', "
				       "'threshold_minor': 0, 'from': '2026-01-01', "
				       "'balance_minor': 3520}"),
				"number"));
	assert_int_equal(balance(*state, n), 3520);
	controls_agree(*state);
	rig_refused(*state, "cashier", "prepaid.Draw", ST_FAILED_PRECONDITION, "account",
		    "{'account': '%s', 'usage': '10', 'to': '2026-03-01'}", n);
	rig_ok(*state, "manager", "standard.Set",
	       "{'code': 'WATER', 'rate': '1.995', 'from': '2026-01-01'}");
	rig_ok(*state, "manager", "standard.Set",
	       "{'code': 'WATER', 'rate': '2.005', 'from': '2026-02-01'}");
	rig_refused(*state, "cashier", "prepaid.Draw", ST_FAILED_PRECONDITION, "account",
		    "{'account': '%s', 'to': '2026-03-01'}", n);
	rig_refused(*state, "cashier", "prepaid.Draw", ST_INVALID_ARGUMENT, "usage",
		    "{'account': '%s', 'usage': 'ten', 'to': '2026-03-01'}", n);
	rig_refused(*state, "cashier", "prepaid.Draw", ST_INVALID_ARGUMENT, "to",
		    "{'account': '%s', 'usage': '1', 'to': '2099-02-01'}", n);
	/* 59 days: 3.1 x 1.995 + 2.8 x 2.005 = 11.7985, rounded once. */
	a = rig_twice(*state, "cashier", "prepaid.Draw",
		      "{'account': '%s', 'usage': '5.9', 'to': '2026-03-01'}", n);
	assert_int_equal(rig_int(a, "balance_minor"), 3520 - 1180);
	rig_refused(*state, "cashier", "prepaid.Draw", ST_FAILED_PRECONDITION, "to",
		    "{'account': '%s', 'usage': '1', 'to': '2026-03-01'}", n);
	/* Nothing used: no bill, and the days are drawn all the same. */
	a = rig_ok(*state, "cashier", "prepaid.Draw",
		   "{'account': '%s', 'usage': '0', 'to': '2026-04-01'}", n);
	assert_int_equal(rig_int(a, "balance_minor"), 2340);
	assert_string_equal(rig_text(a, "drawn_to"), "2026-04-01");
	statement_agrees(*state, n);
	controls_agree(*state);
}

/* What a run bills by a meter is not drawn from a balance as well. */
static void nothing_is_charged_twice(void **state)
{
	rig_ok(*state, "manager", "standard.Assign",
	       "{'code': 'POWER', 'place': '1-106', 'from': '2026-01-01'}");
	rig_refused(*state, "cashier", "prepaid.Open", ST_FAILED_PRECONDITION, "standard",
		    "{'place': '1-106', 'standard': 'POWER', 'meter': 'M-1006', "
		    "'threshold_minor': 0}");
	rig_ok(*state, "manager", "standard.Cancel", "{'batch': 'AB-1001'}");
	rig_refused(*state, "manager", "standard.Assign", ST_FAILED_PRECONDITION, "place",
		    "{'code': 'POWER', 'place': '1-101', 'from': '2026-01-01'}");
}

static void balance_is_given_back_and_closed(void **state)
{
	char n[20], again[20];
	int64_t cash;
	const json_t *a;

	rig_refused(*state, "cashier", "prepaid.Open", ST_NOT_FOUND, "code",
		    "{'place': '1-106', 'standard': 'NONE', 'threshold_minor': 0}");
	rig_refused(
		*state, "cashier", "prepaid.Open", ST_NOT_FOUND, "meter",
		"{'place': '1-106', 'standard': 'POWER', 'meter': 'M-9999', 'threshold_minor': 0}");
	opened(*state, 6, 0, n);
	rig_refused(*state, "cashier", "prepaid.Open", ST_ALREADY_EXISTS, "place",
		    "{'place': '1-106', 'standard': 'POWER', 'threshold_minor': 0}");
	rig_ok(*state, "cashier", "prepaid.TopUp", "{'account': '%s', 'paid': ['cash=70']}", n);
	a = rig_ok(*state, "finance", "prepaid.Edit", "{'account': '%s', 'threshold_minor': 8000}",
		   n);
	assert_string_equal(rig_text(a, "state"), "low");
	rig_refused(*state, "finance", "prepaid.Close", ST_FAILED_PRECONDITION, "account",
		    "{'account': '%s'}", n);
	rig_refused(*state, "cashier", "prepaid.Refund", ST_FAILED_PRECONDITION, "amount_minor",
		    "{'account': '%s', 'amount_minor': 7001, 'method': 'cash', 'why': 'x'}", n);
	cash = stands(*state, "1001");
	a = rig_twice(*state, "cashier", "prepaid.Refund",
		      "{'account': '%s', 'amount_minor': 1000, 'method': 'cash', 'why': 'Part'}",
		      n);
	assert_int_equal(rig_int(a, "balance_minor"), 6000);
	assert_int_equal(stands(*state, "1001"), cash - 1000);
	a = rig_ok(*state, "finance", "prepaid.Refund",
		   "{'account': '%s', 'method': 'transfer', 'why': 'Moved out'}", n);
	assert_int_equal(rig_int(a, "balance_minor"), 6000);
	rig_ok(*state, "supervisor", "approval.Approve", "{'approval': '%s'}",
	       rig_text(a, "approval"));
	assert_int_equal(balance(*state, n), 0);
	a = rig_ok(*state, "finance", "prepaid.Close", "{'account': '%s'}", n);
	assert_string_equal(rig_text(a, "state"), "closed");
	rig_refused(*state, "cashier", "prepaid.TopUp", ST_FAILED_PRECONDITION, "account",
		    "{'account': '%s', 'paid': ['cash=1']}", n);
	/* A closed one is not looked at any more: nobody needs to be told. */
	assert_int_equal(rig_count(rig_ok(*state, "cashier", "agenda.List", "{'about': '%s'}", n),
				   "entries"),
			 0);
	statement_agrees(*state, n);
	/* The same customer begins anew: what was closed stays what it was. */
	opened(*state, 6, 0, again);
	rig_ok(*state, "cashier", "prepaid.TopUp", "{'account': '%s', 'paid': ['cash=10']}", again);
	assert_int_equal(balance(*state, n), 0);
	assert_int_equal(balance(*state, again), 1000);
	statement_agrees(*state, n);
	statement_agrees(*state, again);
	controls_agree(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_draws_down_by_the_tariff),
		cmocka_unit_test(low_balance_is_told_and_solved),
		cmocka_unit_test(void_of_a_used_top_up_is_owed),
		cmocka_unit_test(wrong_reading_is_drawn_anew),
		cmocka_unit_test(nothing_is_drawn_without_a_price),
		cmocka_unit_test(nothing_is_charged_twice),
		cmocka_unit_test(balance_is_given_back_and_closed),
	};

	return cmocka_run_group_tests_name("prepaid", tests, prepare, rig_down);
}
