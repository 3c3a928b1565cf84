/* What takes two: asking, deciding, who may, and that nothing happens twice. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* A bill of 100 at SUN whose credit waits for a decision. */
static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'unit', 'number': '1-101'}");
	rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
	return 0;
}

static const char *asked(struct rig *rig, char number[20])
{
	const json_t *b = rig_ok(rig, "cashier", "bill.Add",
				 "{'item': 'OTHER', 'party': 'P-1001', 'amount_minor': 10000}");

	b = rig_ok(rig, "cashier", "bill.Credit", "{'bill': '%s', 'why': 'Not wanted'}",
		   rig_text(b, "number"));
	(void)snprintf(number, 20, "%s", rig_text(b, "approval"));
	return number;
}

static void approval_waits_for_somebody_else(void **state)
{
	char number[20];
	const json_t *a;

	asked(*state, number);
	a = rig_find(rig_ok(*state, "manager", "approval.List", "{}"), "approvals", "number",
		     number);
	assert_string_equal(rig_text(a, "asked_by"), "cashier");
	assert_int_equal(rig_int(a, "amount_minor"), 10000);
	rig_refused(*state, "cashier", "approval.Approve", ST_PERMISSION_DENIED, NULL,
		    "{'approval': '%s'}", number);
	a = rig_twice(*state, "supervisor", "approval.Approve", "{'approval': '%s'}", number);
	assert_string_equal(rig_text(a, "state"), "approved");
	a = rig_ok(*state, "cashier", "bill.Show", "{'bill': '%.*s'}",
		   (int)strcspn(rig_text(a, "subject"), " "), rig_text(a, "subject"));
	assert_string_equal(rig_text(a, "bill.state"), "cancelled");
}

/* What changed since it was asked for is not done as it was asked. */
static void approval_of_what_has_changed(void **state)
{
	char number[20];
	const json_t *a;

	asked(*state, number);
	a = rig_find(rig_ok(*state, "manager", "approval.List", "{}"), "approvals", "number",
		     number);
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'credit_note', 'amount_minor': 1000}");
	rig_ok(*state, "finance", "bill.Credit",
	       "{'bill': '%s', 'amount_minor': 1, 'why': 'A cent'}", rig_text(a, "subject"));
	rig_refused(*state, "manager", "approval.Approve", ST_FAILED_PRECONDITION, "approval",
		    "{'approval': '%s'}", number);
	rig_ok(*state, "manager", "approval.Decline", "{'approval': '%s', 'note': 'Ask anew'}",
	       number);
}

static void approval_is_declined_with_a_reason(void **state)
{
	char number[20];
	const json_t *a;

	asked(*state, number);
	rig_refused(*state, "manager", "approval.Decline", ST_INVALID_ARGUMENT, "note",
		    "{'approval': '%s'}", number);
	a = rig_ok(*state, "manager", "approval.Decline", "{'approval': '%s', 'note': 'Owed'}",
		   number);
	assert_string_equal(rig_text(a, "state"), "declined");
	rig_refused(*state, "supervisor", "approval.Approve", ST_FAILED_PRECONDITION, "approval",
		    "{'approval': '%s'}", number);
	a = rig_find(rig_ok(*state, "manager", "approval.List", "{'state': 'declined'}"),
		     "approvals", "number", number);
	assert_string_equal(rig_text(a, "note"), "Owed");
}

static void approval_is_withdrawn_by_who_asked(void **state)
{
	char number[20];

	asked(*state, number);
	rig_refused(*state, "manager", "approval.Withdraw", ST_PERMISSION_DENIED, "approval",
		    "{'approval': '%s'}", number);
	assert_string_equal(rig_text(rig_ok(*state, "cashier", "approval.Withdraw",
					    "{'approval': '%s'}", number),
				     "state"),
			    "withdrawn");
	rig_refused(*state, "manager", "approval.Approve", ST_FAILED_PRECONDITION, "approval",
		    "{'approval': '%s'}", number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(approval_waits_for_somebody_else),
		cmocka_unit_test(approval_of_what_has_changed),
		cmocka_unit_test(approval_is_declined_with_a_reason),
		cmocka_unit_test(approval_is_withdrawn_by_who_asked),
	};

	return cmocka_run_group_tests_name("approval", tests, prepare, rig_down);
}
