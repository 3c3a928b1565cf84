/* Late interest: billed once, after the principal was paid too, and taken back where it was too
 * much. What comes to how much is reckoned in tests/pgtap/interest.sql. */
#include "tests/support/rig.h"

/* 1000.00 due on the 1st of March 2026: at 0.5 per mille, 0.50 a day. */
static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	for (int i = 1; i <= 2; i++)
		rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
	rig_ok(*state, "cashier", "shift.Open", "{'drawer': 'D1', 'float_minor': 0}");
	for (int i = 1; i <= 2; i++)
		rig_ok(*state, "cashier", "bill.Add",
		       "{'item': 'RENT', 'party': 'P-100%d', 'amount_minor': 100000, 'date': "
		       "'2026-03-01', 'due': '2026-03-01'}",
		       i);
	return 0;
}

static void rate_is_set(void **state)
{
	const json_t *r;

	rig_refused(*state, "manager", "interest.Run", ST_FAILED_PRECONDITION, "through", "{}");
	rig_dry(*state, "manager", "interest.Set", "{'rate': '0.5', 'from': '2026-01-01'}");
	assert_int_equal(rig_count(rig_ok(*state, "cashier", "interest.Rates", "{}"), "rates"), 0);
	r = rig_twice(*state, "manager", "interest.Set", "{'rate': '0.5', 'from': '2026-01-01'}");
	assert_string_equal(rig_text(r, "rate"), "0.5");
	assert_int_equal(rig_int(r, "cap_bp"), 10000);
	r = rig_ok(*state, "manager", "interest.Set",
		   "{'rate': '1', 'item': 'WATER', 'grace': 5, 'from': '2026-01-01'}");
	assert_string_equal(rig_text(r, "item"), "WATER");
	r = rig_ok(*state, "cashier", "interest.Rates", "{}");
	assert_int_equal(rig_count(r, "rates"), 2);
	rig_refused(*state, "cashier", "interest.Set", ST_PERMISSION_DENIED, NULL, "{'rate': '1'}");
	rig_refused(*state, "manager", "interest.Set", ST_INVALID_ARGUMENT, "rate",
		    "{'rate': 'much'}");
	rig_refused(*state, "manager", "interest.Set", ST_INVALID_ARGUMENT, "item",
		    "{'rate': '1', 'item': 'INTEREST'}");
}

static void interest_is_billed_once(void **state)
{
	const json_t *r = rig_ok(*state, "cashier", "interest.Preview",
				 "{'through': '2026-03-31', 'party': 'P-1001'}");

	assert_int_equal(rig_count(r, "proposals"), 1);
	assert_int_equal(rig_int(r, "proposals.0.amount_minor"), 1500);
	rig_dry(*state, "manager", "interest.Run", "{'through': '2026-03-31'}");
	r = rig_twice(*state, "manager", "interest.Run",
		      "{'through': '2026-03-31', 'party': 'P-1001'}");
	assert_int_equal(rig_int(r, "amount_minor"), 1500);
	assert_int_equal(rig_int(r, "bills"), 1);
	assert_string_equal(rig_text(r, "state"), "done");
	assert_int_equal(rig_int(r, "customers_done"), 1);
	rig_refused(*state, "manager", "interest.Run", ST_FAILED_PRECONDITION, "through",
		    "{'through': '2026-03-31', 'party': 'P-1001'}");
	rig_refused(*state, "manager", "interest.Run", ST_FAILED_PRECONDITION, "through",
		    "{'through': '2026-03-30'}");
	rig_refused(*state, "cashier", "interest.Run", ST_PERMISSION_DENIED, NULL, "{}");
	rig_refused(*state, "manager", "interest.Run", ST_INVALID_ARGUMENT, "through",
		    "{'through': '2999-01-01'}");
	rig_refused(*state, "manager", "interest.Set", ST_FAILED_PRECONDITION, "from",
		    "{'rate': '1', 'from': '2026-03-31'}");
	r = rig_ok(*state, "manager", "interest.List", "{}");
	assert_int_equal(rig_count(r, "runs"), 1);
	r = rig_ok(*state, "cashier", "bill.List", "{'party': 'P-1001'}");
	assert_int_equal(rig_count(r, "bills"), 2);
	r = rig_ok(*state, "cashier", "bill.Show", "{'bill': '%s'}",
		   rig_text(rig_find(r, "bills", "number", "B-1003"), "number"));
	assert_string_equal(rig_text(r, "lines.0.item"), "INTEREST");
	assert_string_equal(rig_text(r, "lines.0.from"), "2026-03-02");
}

static void interest_outlives_the_principal(void **state)
{
	const json_t *r;

	/* The principal alone is paid; what it has borne until today is still billed, for both. */
	rig_ok(*state, "cashier", "payment.Take",
	       "{'paid': ['cash=1000'], 'party': 'P-1001', 'bill': ['B-1001']}");
	r = rig_ok(*state, "manager", "interest.Preview", "{'party': 'P-1001'}");
	assert_int_equal(rig_count(r, "proposals"), 1);
	r = rig_ok(*state, "cashier", "interest.Show", "{'bill': 'B-1001'}");
	assert_int_equal(rig_count(r, "parts"), 1);
	assert_int_equal(rig_int(r, "parts.0.principal_minor"), 100000);
	assert_int_equal(rig_int(r, "lines.0.billed_minor"), 1500);
	assert_int_equal(rig_int(r, "lines.0.interest_minor"), 50 * rig_int(r, "parts.0.days"));
	rig_refused(*state, "cashier", "interest.Show", ST_NOT_FOUND, "bill", "{'bill': 'B-9999'}");
	r = rig_ok(*state, "manager", "interest.Run", "{}");
	assert_int_equal(rig_int(r, "bills"), 2);
	r = rig_ok(*state, "manager", "interest.Show", "{'bill': 'B-1002', 'line': 1}");
	assert_int_equal(rig_int(r, "lines.0.billed_minor"), rig_int(r, "lines.0.interest_minor"));
}

/* A credit note has effect from the due day: what was billed too much is credited. */
static void credited_principal_takes_its_interest_along(void **state)
{
	const json_t *r = rig_ok(*state, "manager", "interest.Show", "{'bill': 'B-1002'}");
	int64_t borne = rig_int(r, "lines.0.interest_minor");

	rig_ok(*state, "admin", "bill.Limit", "{'kind': 'credit_note', 'amount_minor': 1000000}");
	rig_ok(*state, "manager", "bill.Credit",
	       "{'bill': 'B-1002', 'amount_minor': 50000, 'why': 'Half of it'}");
	r = rig_ok(*state, "manager", "interest.Run", "{}");
	assert_int_equal(rig_int(r, "amount_minor"), 0);
	assert_int_equal(rig_int(r, "credited_minor"), borne - borne / 2);
	r = rig_ok(*state, "finance", "ledger.Control", "{}");
	assert_int_equal(rig_int(rig_find(r, "controls", "code", "1122"), "difference_minor"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rate_is_set),
		cmocka_unit_test(interest_is_billed_once),
		cmocka_unit_test(interest_outlives_the_principal),
		cmocka_unit_test(credited_principal_takes_its_interest_along),
	};

	return cmocka_run_group_tests_name("interest", tests, prepare, rig_down);
}
