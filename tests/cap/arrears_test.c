/* Arrears: ageing beside the ledger, as of today and of a past day; targets; what a property has
 * decided. */
#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'building', 'number': '1'}");
	rig_ok(*state, "clerk", "place.Add",
	       "{'kind': 'unit', 'number': '1-101', 'parent': '1', 'gross_area': '80'}");
	for (int i = 1; i <= 2; i++)
		rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
	rig_ok(*state, "cashier", "shift.Open", "{'drawer': 'D1', 'float_minor': 0}");
	/* 100.00 overdue since the 10th of January and 50.00 of the second customer, since
	 * March. */
	rig_ok(*state, "cashier", "bill.Add",
	       "{'item': 'RENT', 'party': 'P-1001', 'place': '1-101', 'amount_minor': 10000, "
	       "'date': "
	       "'2026-01-02', 'due': '2026-01-10'}");
	rig_ok(*state, "cashier", "bill.Add",
	       "{'item': 'RENT', 'party': 'P-1002', 'amount_minor': 5000, 'date': '2026-03-01', "
	       "'due': '2026-03-10'}");
	rig_elsewhere(*state, "arrears.Policy", "{'gap': 3}");
	return 0;
}

static const json_t *ages(struct rig *rig, const char *request)
{
	return rig_ok(rig, "building_steward", "arrears.Ageing", "%s", request);
}

static void ageing_as_of_a_day(void **state)
{
	const json_t *r = ages(*state, "{'on': '2026-02-08'}");

	assert_int_equal(rig_count(r, "ages"), 1);
	assert_int_equal(rig_int(r, "ages.0.to_30_minor"), 10000);
	assert_int_equal(rig_int(r, "ages.0.oldest_days"), 29);
	r = ages(*state, "{'by': 'property', 'on': '2026-03-10'}");
	assert_int_equal(rig_int(r, "ages.0.to_60_minor"), 10000);
	assert_int_equal(rig_int(r, "ages.0.not_due_minor"), 5000);
	assert_int_equal(rig_int(r, "ages.0.ledger_minor"), 15000);
	r = ages(*state, "{'by': 'unit', 'late': true}");
	assert_non_null(rig_find(r, "ages", "number", "1-101"));
	r = ages(*state, "{'by': 'building', 'place': 'building:1'}");
	assert_int_equal(rig_count(r, "ages"), 1);
	assert_int_equal(rig_int(r, "ages.0.total_minor"), 10000);
	rig_refused(*state, "clerk", "arrears.Ageing", ST_PERMISSION_DENIED, NULL, "{}");
	rig_refused(*state, "cashier", "arrears.Ageing", ST_NOT_FOUND, "party",
		    "{'party': 'P-9999'}");
	rig_refused(*state, "cashier", "arrears.Ageing", ST_INVALID_ARGUMENT, "by",
		    "{'by': 'street'}");
}

static void past_day_stays_as_it_was(void **state)
{
	rig_ok(*state, "cashier", "payment.Take", "{'paid': ['cash=100'], 'party': 'P-1001'}");
	assert_int_equal(rig_int(ages(*state, "{'on': '2026-02-08'}"), "ages.0.to_30_minor"),
			 10000);
	assert_int_equal(rig_count(ages(*state, "{'party': 'P-1001'}"), "ages"), 0);
}

static void target_and_actual(void **state)
{
	const json_t *r;

	rig_dry(*state, "manager", "arrears.Target",
		"{'month': '2026-03', 'current_bp': 9800, 'old_bp': 0}");
	r = rig_ok(*state, "director", "arrears.Figures", "{'from': '2026-03', 'to': '2026-03'}");
	assert_false(rig_has(r, "figures.0.current_met"));
	r = rig_ok(*state, "manager", "arrears.Target",
		   "{'month': '2026-03', 'current_bp': 9800, 'old_bp': 0}");
	assert_string_equal(rig_text(r, "month"), "2026-03");
	r = rig_ok(*state, "director", "arrears.Figures", "{'from': '2026-03', 'to': '2026-03'}");
	assert_int_equal(rig_count(r, "figures"), 1);
	assert_int_equal(rig_int(r, "figures.0.charged_minor"), 5000);
	assert_string_equal(rig_text(r, "figures.0.current_rate"), "0 %");
	assert_string_equal(rig_text(r, "figures.0.current_met"), "no");
	assert_int_equal(rig_int(r, "figures.0.opening_minor"), 10000);
	assert_string_equal(rig_text(r, "figures.0.old_met"), "yes");
	rig_refused(*state, "cashier", "arrears.Target", ST_PERMISSION_DENIED, NULL,
		    "{'month': '2026-03', 'current_bp': 1, 'old_bp': 1}");
	rig_refused(*state, "manager", "arrears.Target", ST_INVALID_ARGUMENT, "month",
		    "{'month': 'March', 'current_bp': 1, 'old_bp': 1}");
	rig_refused(*state, "manager", "arrears.Target", ST_INVALID_ARGUMENT, "current_bp",
		    "{'month': '2026-03', 'current_bp': 10001, 'old_bp': 1}");
}

static void policy_keeps_what_is_not_given(void **state)
{
	const json_t *r;

	rig_dry(*state, "manager", "arrears.Policy", "{'gap': 10}");
	r = rig_ok(*state, "cashier", "arrears.Policies", "{}");
	assert_int_equal(rig_count(r, "policies"), 0);
	r = rig_ok(*state, "manager", "arrears.Policy", "{'minimum_minor': 2000}");
	assert_int_equal(rig_int(r, "gap"), 7);
	r = rig_twice(*state, "finance", "arrears.Policy", "{'gap': 10, 'task_minor': 50000}");
	assert_int_equal(rig_int(r, "minimum_minor"), 2000);
	assert_int_equal(rig_int(r, "task_minor"), 50000);
	r = rig_ok(*state, "manager", "arrears.Policy", "{'task_minor': 0}");
	assert_false(rig_has(r, "task_minor"));
	rig_refused(*state, "cashier", "arrears.Policy", ST_PERMISSION_DENIED, NULL, "{'gap': 1}");
	rig_refused(*state, "manager", "arrears.Policy", ST_INVALID_ARGUMENT, "gap", "{'gap': 0}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ageing_as_of_a_day),
		cmocka_unit_test(past_day_stays_as_it_was),
		cmocka_unit_test(target_and_actual),
		cmocka_unit_test(policy_keeps_what_is_not_given),
	};

	return cmocka_run_group_tests_name("arrears", tests, prepare, rig_down);
}
