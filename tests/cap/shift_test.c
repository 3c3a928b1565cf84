/* A cashier's shift: opened once, counted blind, its difference posted, signed by somebody else. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
	rig_ok(*state, "administrator", "user.Grant",
	       "{'user': 'supervisor', 'role': 'cashier', 'at': 'SUN'}");
	return 0;
}

static const json_t *method(struct rig *rig, const char *who, const char *shift, const char *name)
{
	return rig_find(rig_ok(rig, who, "shift.Show", "{'shift': '%s'}", shift), "methods",
			"method", name);
}

static void shift_is_opened_once(void **state)
{
	const json_t *s = rig_twice(*state, "cashier", "shift.Open",
				    "{'drawer': 'D1', 'float_minor': 50000}");

	assert_string_equal(rig_text(s, "state"), "open");
	rig_refused(*state, "cashier", "shift.Open", ST_FAILED_PRECONDITION, "shift",
		    "{'drawer': 'D2'}");
	rig_refused(*state, "supervisor", "shift.Open", ST_FAILED_PRECONDITION, "drawer",
		    "{'drawer': 'D1'}");
	rig_refused(*state, "clerk", "shift.Open", ST_PERMISSION_DENIED, NULL, "{'drawer': 'D3'}");
}

static void shift_is_counted_blind(void **state)
{
	const json_t *s, *m;

	rig_ok(*state, "cashier", "payment.Take",
	       "{'party': 'P-1001', 'paid': ['cash=100', 'card=20']}");
	/* The cashier is told how many, somebody else also how much. */
	m = method(*state, "cashier", "SH-1001", "cash");
	assert_int_equal(rig_int(m, "documents"), 1);
	assert_false(rig_has(m, "expected_minor"));
	m = method(*state, "supervisor", "SH-1001", "cash");
	assert_int_equal(rig_int(m, "expected_minor"), 60000);
	rig_refused(*state, "cashier", "shift.Close", ST_INVALID_ARGUMENT, "count",
		    "{'count': ['cash']}");
	rig_refused(*state, "cashier", "shift.Close", ST_INVALID_ARGUMENT, "count",
		    "{'count': ['cash=1', 'cash=2']}");
	rig_refused(*state, "cashier", "shift.Close", ST_FAILED_PRECONDITION, "why",
		    "{'count': ['cash=599.50', 'card=20']}");
	s = rig_twice(*state, "cashier", "shift.Close",
		      "{'count': ['cash=599.50', 'card=20'], 'why': 'Coins missing'}");
	assert_string_equal(rig_text(s, "state"), "closed");
	assert_int_equal(rig_int(s, "difference_minor"), -50);
	assert_int_equal(rig_int(s, "taken_minor"), 12000);
	assert_non_null(strstr(rig_text(s, "z_number"), "-Z"));
	m = method(*state, "cashier", "SH-1001", "cash");
	assert_int_equal(rig_int(m, "difference_minor"), -50);
	/* What is missing is a loss, and the drawer's account is what was counted. */
	m = rig_find(rig_ok(*state, "finance", "ledger.Balance", "{}"), "balances", "code", "6711");
	assert_int_equal(rig_int(m, "closing_minor"), 50);
	m = rig_find(rig_ok(*state, "finance", "ledger.Balance", "{}"), "balances", "code", "1001");
	assert_int_equal(rig_int(m, "closing_minor"), 9950);
	rig_refused(*state, "cashier", "shift.Close", ST_FAILED_PRECONDITION, "shift",
		    "{'count': ['cash=1']}");
}

static void shift_is_signed_by_somebody_else(void **state)
{
	const json_t *s;

	rig_refused(*state, "cashier", "shift.Sign", ST_PERMISSION_DENIED, NULL,
		    "{'shift': 'SH-1001'}");
	s = rig_ok(*state, "supervisor", "shift.Sign", "{'shift': 'SH-1001'}");
	assert_string_equal(rig_text(s, "state"), "signed");
	rig_refused(*state, "manager", "shift.Sign", ST_FAILED_PRECONDITION, "shift",
		    "{'shift': 'SH-1001'}");
	rig_ok(*state, "supervisor", "shift.Open", "{'drawer': 'D1'}");
	rig_ok(*state, "supervisor", "shift.Close", "{'count': ['cash=0']}");
	rig_refused(*state, "supervisor", "shift.Sign", ST_PERMISSION_DENIED, "shift",
		    "{'shift': 'SH-1002'}");
	s = rig_ok(*state, "manager", "shift.List", "{'state': 'closed'}");
	assert_int_equal(rig_count(s, "shifts"), 1);
	assert_string_equal(rig_text(s, "shifts.0.number"), "SH-1002");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shift_is_opened_once),
		cmocka_unit_test(shift_is_counted_blind),
		cmocka_unit_test(shift_is_signed_by_somebody_else),
	};

	return cmocka_run_group_tests_name("shift", tests, prepare, rig_down);
}
