/* What is collected for others is handed on: what came in, no more and no less, once. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static char month[8];

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	for (int i = 0; i < 6; i++)
		rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'payment_void', 'amount_minor': 900000}");
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'credit_note', 'amount_minor': 900000}");
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'write_off', 'amount_minor': 900000}");
	rig_ok(*state, "cashier", "shift.Open", "{'drawer': 'D1', 'float_minor': 500000}");
	(void)snprintf(month, sizeof(month), "%s",
		       rig_sql(*state, "select to_char(steward_code.today(zone), 'YYYY-MM') from "
				       "steward.property where code = 'SUN'"));
	return 0;
}

static void bill(struct rig *rig, const char *party, const char *item, int minor, char number[20])
{
	(void)snprintf(number, 20, "%s",
		       rig_text(rig_ok(rig, "cashier", "bill.Add",
				       "{'item': '%s', 'party': '%s', 'amount_minor': %d}", item,
				       party, minor),
				"number"));
}

static void pay(struct rig *rig, const char *number, const char *paid, char receipt[40])
{
	(void)snprintf(receipt, 40, "%s",
		       rig_text(rig_ok(rig, "cashier", "payment.Take",
				       "{'bill': ['%s'], 'paid': ['%s']}", number, paid),
				"number"));
}

static int64_t stands(struct rig *rig, const char *code)
{
	const json_t *b = rig_find(rig_ok(rig, "finance", "ledger.Balance", "{}"), "balances",
				   "code", code);

	return b != NULL ? rig_int(b, "closing_minor") : 0;
}

/* The ledger and its documents agree, and of each payee all that was billed is explained. */
static void controls_agree(struct rig *rig)
{
	const json_t *r = rig_ok(rig, "finance", "ledger.Control", "{}");
	char path[60];

	for (size_t i = 0; i < rig_count(r, "controls"); i++) {
		(void)snprintf(path, sizeof(path), "controls.%zu.difference_minor", i);
		assert_int_equal(rig_int(r, path), 0);
	}
	r = rig_ok(rig, "finance", "remittance.Balance", "{}");
	for (size_t i = 0; i < rig_count(r, "balances"); i++) {
		(void)snprintf(path, sizeof(path), "balances.%zu.difference_minor", i);
		assert_int_equal(rig_int(r, path), 0);
	}
}

static int64_t waits(struct rig *rig, const char *payee)
{
	const json_t *r = rig_find(
		rig_ok(rig, "finance", "remittance.Due", "{'payee': '%s', 'all': true}", payee),
		"due", "payee", payee);

	return r != NULL ? rig_int(r, "waits_minor") : 0;
}

static const char *remitted(struct rig *rig, const char *payee, char number[40])
{
	const json_t *a = rig_ok(rig, "finance", "remittance.Ask", "{'payee': '%s', 'month': '%s'}",
				 payee, month);

	rig_ok(rig, "manager", "approval.Approve", "{'approval': '%s'}", rig_text(a, "approval"));
	a = rig_ok(rig, "finance", "remittance.List", "{'payee': '%s'}", payee);
	(void)snprintf(number, 40, "%s", rig_text(a, "remittances.0.number"));
	return number;
}

static void payee_has_its_items(void **state)
{
	const json_t *u, *r;

	rig_refused(*state, "finance", "remittance.SetPayee", ST_INVALID_ARGUMENT, "name",
		    "{'code': 'WATERCO', 'item': ['WATER']}");
	rig_refused(*state, "finance", "remittance.SetPayee", ST_INVALID_ARGUMENT, "item",
		    "{'code': 'WATERCO', 'name': 'Water works', 'item': ['MANAGEMENT']}");
	rig_refused(*state, "cashier", "remittance.SetPayee", ST_PERMISSION_DENIED, NULL,
		    "{'code': 'WATERCO', 'name': 'Water works'}");
	u = rig_twice(*state, "finance", "remittance.SetPayee",
		      "{'code': 'WATERCO', 'name': 'Water works', 'item': ['WATER']}");
	assert_string_equal(rig_text(u, "items"), "WATER");
	u = rig_ok(*state, "finance", "remittance.SetPayee",
		   "{'code': 'WATERCO', 'contract': '2026/7', 'bank_account': '6222'}");
	assert_string_equal(rig_text(u, "name"), "Water works");
	rig_ok(*state, "finance", "remittance.SetPayee",
	       "{'code': 'POWERCO', 'name': 'Power', 'item': ['ELECTRICITY'], 'commission_bp': "
	       "150}");
	r = rig_ok(*state, "cashier", "remittance.Payees", "{}");
	assert_int_equal(rig_count(r, "payees"), 2);
}

/* Money counts, not what was billed: part paid, credit used, a deposit kept. */
static void what_was_collected_is_handed_on(void **state)
{
	char a[20], b[20], receipt[40], deposit[20];
	int64_t bank = stands(*state, "1002");
	const json_t *r, *q;

	bill(*state, "P-1001", "WATER", 5000, a);
	pay(*state, a, "cash=20", receipt);
	bill(*state, "P-1002", "WATER", 3000, b);
	rig_ok(*state, "cashier", "payment.Take", "{'party': 'P-1002', 'paid': ['cash=30']}");
	bill(*state, "P-1003", "GAS", 700, b);
	pay(*state, b, "cash=7", receipt);
	(void)snprintf(deposit, sizeof(deposit), "%s",
		       rig_text(rig_ok(*state, "cashier", "deposit.Take",
				       "{'party': 'P-1001', 'purpose': 'tenancy', 'paid': "
				       "['cash=10']}"),
				"number"));
	rig_ok(*state, "finance", "bill.Limit",
	       "{'kind': 'deposit_deduction', 'amount_minor': 900000}");
	assert_int_equal(waits(*state, "WATERCO"), 5000);
	rig_ok(*state, "cashier", "deposit.Deduct",
	       "{'deposit': '%s', 'bill': '%s', 'why': 'Left'}", deposit, a);
	assert_int_equal(waits(*state, "WATERCO"), 6000);
	r = rig_ok(*state, "finance", "remittance.Preview", "{'payee': 'WATERCO', 'month': '%s'}",
		   month);
	assert_int_equal(rig_count(r, "lines"), 3);
	/* What is collected for nobody in particular is not hidden. */
	r = rig_ok(*state, "finance", "remittance.Due", "{}");
	q = rig_find(r, "due", "items", "GAS");
	assert_int_equal(rig_int(q, "waits_minor"), 700);
	assert_false(rig_has(q, "payee"));
	rig_dry(*state, "finance", "remittance.Ask", "{'payee': 'WATERCO', 'month': '%s'}", month);
	rig_refused(*state, "finance", "remittance.Ask", ST_INVALID_ARGUMENT, "month",
		    "{'payee': 'WATERCO', 'month': '2099-01'}");
	rig_refused(*state, "finance", "remittance.Ask", ST_NOT_FOUND, "payee",
		    "{'payee': 'NOBODY', 'month': '%s'}", month);
	rig_refused(*state, "finance", "remittance.Ask", ST_FAILED_PRECONDITION, "why",
		    "{'payee': 'WATERCO', 'month': '%s', 'claimed_minor': 8000}", month);
	r = rig_twice(*state, "finance", "remittance.Ask",
		      "{'payee': 'WATERCO', 'month': '%s', 'claimed_minor': 8000, 'why': "
		      "'They count what was billed', 'reference': 'W7'}",
		      month);
	assert_int_equal(rig_int(r, "amount_minor"), 6000);
	assert_int_equal(rig_int(r, "difference_minor"), 2000);
	rig_refused(*state, "finance", "approval.Approve", ST_PERMISSION_DENIED, NULL,
		    "{'approval': '%s'}", rig_text(r, "approval"));
	assert_int_equal(stands(*state, "1002"), bank);
	rig_ok(*state, "manager", "approval.Approve", "{'approval': '%s'}",
	       rig_text(r, "approval"));
	assert_int_equal(stands(*state, "1002"), bank - 6000);
	assert_int_equal(waits(*state, "WATERCO"), 0);
	r = rig_ok(*state, "finance", "remittance.List", "{'payee': 'WATERCO'}");
	assert_non_null(strstr(rig_text(r, "remittances.0.number"), "SUN-R"));
	assert_int_equal(rig_int(r, "remittances.0.claimed_minor"), 8000);
	assert_string_equal(rig_text(r, "remittances.0.by"), "manager");
	r = rig_ok(*state, "finance", "remittance.Show", "{'remittance': '%s'}",
		   rig_text(r, "remittances.0.number"));
	assert_int_equal(rig_count(r, "lines"), 3);
	rig_refused(*state, "finance", "remittance.Ask", ST_FAILED_PRECONDITION, "month",
		    "{'payee': 'WATERCO', 'month': '%s'}", month);
	controls_agree(*state);
}

/* A payment that is void after it was handed on is taken off the next remittance. */
static void void_after_a_remittance_is_a_negative(void **state)
{
	char a[20], b[20], receipt[40], other[40], n[40];
	const json_t *r;

	bill(*state, "P-1004", "WATER", 4000, a);
	pay(*state, a, "card=40", receipt);
	remitted(*state, "WATERCO", n);
	rig_ok(*state, "cashier", "payment.VoidReceipt", "{'payment': '%s', 'why': 'Charged back'}",
	       receipt);
	assert_int_equal(waits(*state, "WATERCO"), -4000);
	rig_refused(*state, "finance", "remittance.Ask", ST_FAILED_PRECONDITION, "month",
		    "{'payee': 'WATERCO', 'month': '%s'}", month);
	bill(*state, "P-1005", "WATER", 9000, b);
	pay(*state, b, "cash=90", other);
	assert_int_equal(waits(*state, "WATERCO"), 5000);
	remitted(*state, "WATERCO", n);
	r = rig_ok(*state, "finance", "remittance.Show", "{'remittance': '%s'}", n);
	assert_int_equal(rig_int(r, "remittance.amount_minor"), 5000);
	assert_int_equal(rig_count(r, "lines"), 2);
	assert_int_equal(rig_int(rig_find(r, "lines", "bill", a), "amount_minor"), -4000);
	/* What was paid, handed on and credited since comes off as well. */
	rig_ok(*state, "cashier", "bill.Credit",
	       "{'bill': '%s', 'line': 1, 'amount_minor': 1500, 'why': 'Misread'}", b);
	assert_int_equal(waits(*state, "WATERCO"), -1500);
	/* What was never paid was never collected. */
	rig_ok(*state, "finance", "bill.WriteOff", "{'bill': '%s', 'why': 'Gone'}", a);
	assert_int_equal(waits(*state, "WATERCO"), -1500);
	r = rig_find(rig_ok(*state, "finance", "remittance.Balance", "{}"), "balances", "payee",
		     "WATERCO");
	assert_int_equal(rig_int(r, "written_off_minor"), 4000);
	controls_agree(*state);
}

static void commission_is_kept(void **state)
{
	char a[20], receipt[40], n[40];
	int64_t bank = stands(*state, "1002"), tax = stands(*state, "2221");
	const json_t *r;

	rig_ok(*state, "finance", "bill.ItemSet", "{'code': 'COMMISSION', 'tax_bp': 600}");
	bill(*state, "P-1006", "ELECTRICITY", 7070, a);
	pay(*state, a, "cash=70.70", receipt);
	remitted(*state, "POWERCO", n);
	r = rig_ok(*state, "finance", "remittance.Show", "{'remittance': '%s'}", n);
	/* 1.5 % of 70.70 is 1.0605; 6 % within 1.06 is 0.06 */
	assert_int_equal(rig_int(r, "remittance.commission_minor"), 106);
	assert_int_equal(rig_int(r, "remittance.paid_minor"), 6964);
	assert_int_equal(stands(*state, "1002"), bank - 6964);
	assert_int_equal(stands(*state, "6053"), -100);
	assert_int_equal(stands(*state, "2221"), tax - 6);
	/* Cancelled by two: all of it waits again, and can be handed on again. */
	r = rig_ok(*state, "finance", "remittance.Cancel",
		   "{'remittance': '%s', 'why': 'Returned by the bank'}", n);
	rig_ok(*state, "manager", "approval.Approve", "{'approval': '%s'}", rig_text(r, "number"));
	assert_int_equal(stands(*state, "1002"), bank);
	assert_int_equal(stands(*state, "6053"), 0);
	assert_int_equal(waits(*state, "POWERCO"), 7070);
	controls_agree(*state);
	rig_refused(*state, "finance", "remittance.Cancel", ST_FAILED_PRECONDITION, "remittance",
		    "{'remittance': '%s', 'why': 'Again'}", n);
	remitted(*state, "POWERCO", n);
	assert_int_equal(waits(*state, "POWERCO"), 0);
	controls_agree(*state);
}

/* What changes between asking and approving is not posted unseen. */
static void what_changed_meanwhile_is_asked_anew(void **state)
{
	char a[20], b[20], one[40], two[40];
	const json_t *r;

	bill(*state, "P-1006", "ELECTRICITY", 1000, a);
	pay(*state, a, "cash=10", one);
	r = rig_ok(*state, "finance", "remittance.Ask", "{'payee': 'POWERCO', 'month': '%s'}",
		   month);
	/* The sum stays the same, the lines do not. */
	rig_ok(*state, "cashier", "payment.VoidReceipt", "{'payment': '%s', 'why': 'x'}", one);
	bill(*state, "P-1005", "ELECTRICITY", 1000, b);
	pay(*state, b, "cash=10", two);
	rig_refused(*state, "manager", "approval.Approve", ST_FAILED_PRECONDITION, "approval",
		    "{'approval': '%s'}", rig_text(r, "approval"));
	/* An item that was collected for one is not given to another before that is handed on. */
	rig_refused(*state, "finance", "remittance.SetPayee", ST_FAILED_PRECONDITION, "item",
		    "{'code': 'WATERCO', 'item': ['ELECTRICITY']}");
	controls_agree(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payee_has_its_items),
		cmocka_unit_test(what_was_collected_is_handed_on),
		cmocka_unit_test(void_after_a_remittance_is_a_negative),
		cmocka_unit_test(commission_is_kept),
		cmocka_unit_test(what_changed_meanwhile_is_asked_anew),
	};

	return cmocka_run_group_tests_name("remittance", tests, prepare, rig_down);
}
