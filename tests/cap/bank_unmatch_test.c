/* Matches of the bank that are taken back where that takes two. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/support/rig.h"

static char day[11]; /* at the property, when the tests began */

static int prepare(void **state)
{
	time_t now = time(NULL) + 8 * 3600;
	struct tm tm;

	if (rig_up(state) != 0)
		return -1;
	(void)gmtime_r(&now, &tm);
	(void)strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	for (int i = 0; i < 2; i++)
		rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'bank_unmatch', 'amount_minor': 50000}");
	rig_ok(*state, "finance", "bank.Set",
	       "{'code': 'MAIN', 'name': 'Main', 'number': '62220001', 'account': '1002'}");
	return 0;
}

/* An entry of the bank; its number goes to 'number'. */
static void entry(struct rig *rig, const char *on, const char *sum, char number[40])
{
	const json_t *r = rig_ok(rig, "finance", "bank.Import",
				 "{'rows': [{'line': 1, 'date': '%s', 'sum': '%s', 'text': "
				 "'transfer'}]}",
				 on, sum);

	(void)snprintf(number, 40, "%s", rig_text(rig_row(r, 1, "taken", NULL), "number"));
}

static int64_t stands(struct rig *rig, const char *code)
{
	const json_t *b = rig_find(rig_ok(rig, "finance", "ledger.Balance", "{}"), "balances",
				   "code", code);

	return b != NULL ? rig_int(b, "closing_minor") : 0;
}

/* Above the limit somebody else decides, in the name of who asked. */
static void a_large_match_takes_two(void **state)
{
	char e[40];
	const json_t *m, *r;

	entry(*state, day, "500.01", e);
	rig_ok(*state, "finance", "bank.Assign", "{'entry': '%s', 'party': 'P-1001'}", e);
	m = rig_ok(*state, "finance", "bank.Unmatch", "{'entry': '%s', 'why': 'Not his'}", e);
	assert_string_equal(rig_text(m, "kind"), "payment");
	assert_int_equal(stands(*state, "1002"), 50001);
	rig_refused(*state, "finance", "bank.Unmatch", ST_ALREADY_EXISTS, "approval",
		    "{'entry': '%s', 'why': 'Not his'}", e);
	rig_refused(*state, "finance", "approval.Approve", ST_PERMISSION_DENIED, "approval",
		    "{'approval': '%s'}", rig_text(m, "approval"));
	rig_ok(*state, "manager", "approval.Approve", "{'approval': '%s'}",
	       rig_text(m, "approval"));
	assert_int_equal(stands(*state, "1002"), 0);
	r = rig_ok(*state, "finance", "bank.Entry", "{'entry': '%s'}", e);
	assert_string_equal(rig_text(r, "entry.state"), "open");
	assert_string_equal(rig_text(r, "matches.1.why"), "Not his");
	assert_string_equal(rig_text(r, "matches.1.by"), "finance");
}

/* What was asked about is gone by the time it is decided. */
static void the_match_that_was_asked_about_is_taken_back(void **state)
{
	char e[40], asked[40];

	entry(*state, day, "500.02", e);
	rig_ok(*state, "finance", "bank.Assign", "{'entry': '%s', 'party': 'P-1001'}", e);
	(void)snprintf(asked, sizeof(asked), "%s",
		       rig_text(rig_ok(*state, "finance", "bank.Unmatch",
				       "{'entry': '%s', 'why': 'x'}", e),
				"approval"));
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'bank_unmatch', 'amount_minor': 50002}");
	rig_ok(*state, "finance", "bank.Unmatch", "{'entry': '%s', 'why': 'x'}", e);
	rig_ok(*state, "finance", "bank.Assign", "{'entry': '%s', 'party': 'P-1002'}", e);
	rig_refused(*state, "manager", "approval.Approve", ST_FAILED_PRECONDITION, "approval",
		    "{'approval': '%s'}", asked);
	assert_int_equal(stands(*state, "1002"), 50002);
}

/* A small one of a month that is being closed; what is posted for it is of a later one. */
static void a_month_that_is_closed_takes_two(void **state)
{
	char e[40];
	const json_t *m, *r;

	entry(*state, "2025-12-09", "3.00", e);
	rig_ok(*state, "finance", "bank.Book", "{'entry': '%s', 'account': '6713'}", e);
	rig_ok(*state, "finance", "period.Begin", "{'month': '2025-12'}");
	m = rig_ok(*state, "finance", "bank.Unmatch", "{'entry': '%s', 'why': 'Interest'}", e);
	assert_int_equal(stands(*state, "1002"), 50302);
	rig_ok(*state, "manager", "approval.Approve", "{'approval': '%s'}",
	       rig_text(m, "approval"));
	assert_int_equal(stands(*state, "1002"), 50002);
	r = rig_ok(*state, "finance", "bank.Entry", "{'entry': '%s'}", e);
	assert_string_equal(rig_text(r, "entry.state"), "open");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_large_match_takes_two),
		cmocka_unit_test(the_match_that_was_asked_about_is_taken_back),
		cmocka_unit_test(a_month_that_is_closed_takes_two),
	};

	return cmocka_run_group_tests_name("bank_unmatch", tests, prepare, rig_down);
}
