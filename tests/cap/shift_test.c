/* A cashier's shift: opened once, counted blind, its difference posted, signed by somebody else. */
#include <stdio.h>
#include <string.h>

#include "tests/support/prints.h"

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
	struct rig_result trial;

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
	/* What it should be is told nobody who has not counted yet, not even on trial: neither by
	 * the answer nor by whether a reason is wanted. */
	for (int i = 0; i < 2; i++) {
		trial = rig_call(*state, "cashier", "SUN", "shift.Close",
				 i == 0 ? "{'count': ['cash=1'], 'why': 'x'}"
					: "{'count': ['cash=600', 'card=20']}",
				 &(struct call_options){ .dry_run = true });
		assert_int_equal(trial.err.code, ST_FAILED_PRECONDITION);
		assert_string_equal(trial.err.reason, "BLIND_COUNT");
		assert_null(strstr(trial.err.message, "600"));
	}
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

/* X of an open shift as often as one likes, its cashier blind; Z once as the original. */
static void reports_are_printed(void **state)
{
	char shift[20];
	const json_t *p;

	p = rig_ok(*state, "cashier", "shift.Open", "{'drawer': 'D5', 'float_minor': 20000}");
	(void)snprintf(shift, sizeof(shift), "%s", rig_text(p, "number"));
	rig_ok(*state, "cashier", "payment.Take",
	       "{'party': 'P-1001', 'paid': ['cash=1000.50', 'card=20']}");
	p = rig_ok(*state, "cashier", "shift.Print", "{'shift': '%s'}", shift);
	assert_string_equal(rig_text(p, "prints.0.kind"), "x_report");
	assert_string_equal(prints_fact(p, "Number"), shift);
	assert_string_equal(prints_cell(p, 0, 0), ""); /* receipts: one, of how much is not said */
	assert_string_equal(rig_text(p, "prints.0.document.tables.0.rows.0.cells.1"), "1");
	assert_string_equal(rig_text(p, "prints.0.document.tables.1.rows.0.cells.2"), "");
	p = rig_ok(*state, "supervisor", "shift.Print", "{'shift': '%s'}", shift);
	assert_string_equal(prints_cell(p, 0, 0), "1,020.50");
	assert_string_equal(rig_text(p, "prints.0.document.tables.1.rows.0.cells.2"), "1,200.50");
	assert_false(rig_has(p, "prints.0.copy"));
	p = rig_ok(*state, "cashier", "shift.Close",
		   "{'count': ['cash=1200', 'card=20'], 'why': 'Coins missing'}");
	p = rig_twice(*state, "cashier", "shift.Print", "{'shift': '%s'}", shift);
	assert_string_equal(rig_text(p, "prints.0.kind"), "z_report");
	assert_int_equal(rig_int(p, "prints.0.copy"), 0);
	assert_non_null(strstr(prints_fact(p, "Number"), "-Z"));
	assert_string_equal(prints_fact(p, "Shift"), shift);
	assert_string_equal(prints_fact(p, "Float"), "200.00");
	assert_string_equal(prints_cell(p, 1, 0), "-0.50");
	assert_string_equal(rig_text(p, "prints.0.document.paragraphs.0"), "Reason: Coins missing");
	rig_ok(*state, "supervisor", "shift.Sign", "{'shift': '%s'}", shift);
	p = rig_ok(*state, "supervisor", "shift.Print", "{'shift': '%s'}", shift);
	assert_int_equal(rig_int(p, "prints.0.copy"), 1);
	assert_non_null(strstr(prints_fact(p, "Signed by"), "supervisor"));
	rig_refused(*state, "clerk", "shift.Print", ST_PERMISSION_DENIED, NULL, "{'shift': '%s'}",
		    shift);
	rig_refused(*state, "cashier", "shift.Print", ST_NOT_FOUND, "shift",
		    "{'shift': 'SH-9999'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shift_is_opened_once),
		cmocka_unit_test(shift_is_counted_blind),
		cmocka_unit_test(shift_is_signed_by_somebody_else),
		cmocka_unit_test(reports_are_printed),
	};

	return cmocka_run_group_tests_name("shift", tests, prepare, rig_down);
}
