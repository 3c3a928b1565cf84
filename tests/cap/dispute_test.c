/* Disputes between neighbours: who takes part, sessions, outcome. */
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "party.Add", "{'name': 'Wang', 'phones': ['138 0013 8000']}");
	rig_elsewhere(*state, "case.Open",
		      "{'kind': 'dispute', 'caller': 'Lin', 'spot': 'x', 'summary': 'Far away'}");
	return 0;
}

static const char *opened(struct rig *rig)
{
	return rig_text(rig_ok(rig, "clerk", "case.Open",
			       "{'kind': 'dispute', 'party': 'P-1001', 'spot': '3-1', 'summary': "
			       "'Piano at night'}"),
			"number");
}

static void dispute_has_parties_sessions_and_an_outcome(void **state)
{
	const char *n = opened(*state);
	const json_t *r;

	rig_twice(*state, "clerk", "dispute.Join",
		  "{'case': '%s', 'role': 'complainant', 'party': 'P-1001', 'says': 'Every night'}",
		  n);
	rig_ok(*state, "clerk", "dispute.Join",
	       "{'case': '%s', 'role': 'respondent', 'name': 'Lin, upstairs', 'phone': '139 0000 "
	       "0000'}",
	       n);
	rig_refused(*state, "clerk", "dispute.Join", ST_ALREADY_EXISTS, "party",
		    "{'case': '%s', 'role': 'respondent', 'name': 'LIN, upstairs'}", n);
	r = rig_ok(*state, "clerk", "dispute.Show", "{'case': '%s'}", n);
	assert_string_equal(rig_text(r, "participants.0.name"), "Wang");
	assert_string_equal(rig_text(r, "participants.0.phone"), "138 0013 8000");
	assert_string_equal(rig_text(r, "participants.1.role"), "respondent");
	rig_twice(
		*state, "building_steward", "dispute.Session",
		"{'case': '%s', 'outcome': 'adjourned', 'present': 'both', 'minutes': 'They think "
		"about it', 'next': '2099-01-20'}",
		n);
	r = rig_ok(*state, "building_steward", "agenda.List", "{'about': '%s', 'mine': true}", n);
	assert_string_equal(rig_text(r, "entries.0.kind"), "mediation");
	rig_ok(*state, "building_steward", "dispute.Session",
	       "{'case': '%s', 'outcome': 'agreed', 'minutes': 'No piano after nine'}", n);
	r = rig_ok(*state, "building_steward", "agenda.List", "{'about': '%s', 'mine': true}", n);
	assert_int_equal(rig_count(r, "entries"), 0);
	rig_twice(*state, "clerk", "dispute.Leave", "{'case': '%s', 'who': 'Lin, upstairs'}", n);
	rig_refused(*state, "clerk", "dispute.Leave", ST_NOT_FOUND, "who",
		    "{'case': '%s', 'who': 'Lin, upstairs'}", n);
	r = rig_ok(*state, "director", "dispute.Show", "{'case': '%s'}", n);
	assert_int_equal(rig_count(r, "sessions"), 2);
	assert_string_equal(rig_text(r, "sessions.1.outcome"), "agreed");
	assert_true(rig_has(r, "participants.1.until"));
	r = rig_ok(*state, "manager", "case.Close",
		   "{'case': '%s', 'ending': 'partly_settled', 'result': 'No piano after nine'}",
		   n);
	assert_string_equal(rig_text(r, "ending"), "settled in part");
}

static void dispute_names_the_bad_field(void **state)
{
	const char *n = opened(*state), *other;

	other = rig_text(rig_ok(*state, "clerk", "case.Open",
				"{'kind': 'inquiry', 'summary': 'Not a dispute'}"),
			 "number");
	rig_refused(*state, "clerk", "dispute.Join", ST_FAILED_PRECONDITION, "case",
		    "{'case': '%s', 'role': 'witness', 'name': 'Zhao'}", other);
	rig_refused(*state, "clerk", "dispute.Join", ST_INVALID_ARGUMENT, "role",
		    "{'case': '%s', 'role': 'judge', 'name': 'Zhao'}", n);
	rig_refused(*state, "clerk", "dispute.Join", ST_INVALID_ARGUMENT, "party",
		    "{'case': '%s', 'role': 'witness'}", n);
	rig_refused(*state, "clerk", "dispute.Session", ST_INVALID_ARGUMENT, "held",
		    "{'case': '%s', 'outcome': 'agreed', 'held': '2099-01-01'}", n);
	rig_refused(*state, "clerk", "dispute.Session", ST_INVALID_ARGUMENT, "next",
		    "{'case': '%s', 'outcome': 'agreed', 'next': '2099-01-01'}", n);
	rig_refused(*state, "clerk", "dispute.Session", ST_INVALID_ARGUMENT, "outcome",
		    "{'case': '%s', 'outcome': 'won'}", n);
	rig_refused(*state, "clerk", "dispute.Join", ST_NOT_FOUND, "case",
		    "{'case': 'LAK/C-1001', 'role': 'witness', 'name': 'Zhao'}");
	rig_refused(*state, "clerk", "dispute.Show", ST_NOT_FOUND, "case",
		    "{'case': 'LAK/C-1001'}");
	rig_refused(*state, "technician", "dispute.Join", ST_PERMISSION_DENIED, NULL,
		    "{'case': '%s', 'role': 'witness', 'name': 'Zhao'}", n);
	rig_refused(*state, "technician", "dispute.Leave", ST_PERMISSION_DENIED, NULL,
		    "{'case': '%s', 'who': 'Zhao'}", n);
	rig_refused(*state, "technician", "dispute.Session", ST_PERMISSION_DENIED, NULL,
		    "{'case': '%s', 'outcome': 'agreed'}", n);
	rig_refused(*state, "clerk", "case.Close", ST_PERMISSION_DENIED, NULL,
		    "{'case': '%s', 'result': 'x'}", n);
	rig_refused(*state, "manager", "case.Close", ST_INVALID_ARGUMENT, "ending",
		    "{'case': '%s', 'ending': 'adopted', 'result': 'x'}", n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dispute_has_parties_sessions_and_an_outcome),
		cmocka_unit_test(dispute_names_the_bad_field),
	};

	return cmocka_run_group_tests_name("dispute", tests, prepare, rig_down);
}
