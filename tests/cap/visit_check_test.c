/* Checks of return visits by sample, and visits to households. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

#define ALWAYS "'from': '2020-01-01', 'to': '2099-12-31'"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_ok(*state, "manager", "department.Join", "{'department': 'ENG', 'user': 'technician'}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Wang', 'phones': ['13800138000']}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Li'}");
	rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': '3-1-1202'}");
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': '3-1-1202', 'party': 'P-1001', 'role': 'owner', 'from': '2020-01-01'}");
	return 0;
}

/* A case visited by 'who' with this result; gives its number. */
static const char *visited(struct rig *rig, const char *who, const char *result)
{
	const char *n = rig_text(rig_ok(rig, "clerk", "case.Open",
					"{'kind': 'repair', 'summary': 'Tap drips', 'party': "
					"'P-1001', 'place': '3-1-1202'}"),
				 "number");
	const char *w = rig_text(
		rig_ok(rig, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", n),
		"order.number");

	rig_ok(rig, "technician", "order.Accept", "{'order': '%s'}", w);
	rig_ok(rig, "technician", "order.Complete", "{'order': '%s', 'result': 'Mended'}", w);
	rig_ok(rig, who, "visit.Record", "{'case': '%s', %s}", n, result);
	return n;
}

static const char *reached(struct rig *rig)
{
	return visited(rig, "clerk", "'outcome': 'reached', 'score': 5, 'remark': 'Fine'");
}

static const json_t *all_drawn(struct rig *rig)
{
	return rig_ok(rig, "manager", "visit.Sample", "{" ALWAYS ", 'share': 100}");
}

static void sample_draws_settled_visits_of_others(void **state)
{
	const char *n = reached(*state), *own, *closed, *refused;
	const json_t *s, *k;

	own = visited(*state, "manager", "'outcome': 'reached', 'score': 4");
	closed = reached(*state);
	rig_ok(*state, "manager", "case.Close", "{'case': '%s'}", closed);
	refused = visited(*state, "clerk", "'outcome': 'refused'");
	rig_dry(*state, "manager", "visit.Sample", "{" ALWAYS ", 'share': 100}");
	s = rig_twice(*state, "manager", "visit.Sample", "{" ALWAYS ", 'share': 100}");
	assert_int_equal(rig_int(s, "settled"), 1);
	assert_int_equal(rig_int(s, "drawn"), 1);
	k = rig_find(s, "checks", "case", n);
	assert_string_equal(rig_text(k, "recorded"), "reached");
	assert_int_equal(rig_int(k, "recorded_score"), 5);
	assert_string_equal(rig_text(k, "recorded_remark"), "Fine");
	assert_string_equal(rig_text(k, "visited_by"), "clerk");
	assert_string_equal(rig_text(k, "phone"), "13800138000");
	assert_null(rig_find(s, "checks", "case", own));
	assert_null(rig_find(s, "checks", "case", closed));
	assert_null(rig_find(s, "checks", "case", refused));
	k = rig_find(rig_ok(*state, "director", "agenda.List", "{'kind': 'visit_check'}"),
		     "entries", "subject", n);
	assert_string_equal(rig_text(k, "command"), rig_text(k, "command"));
	assert_non_null(strstr(rig_text(k, "command"), "visit check C-"));
	/* Nothing is drawn twice; what was the manager's own is another's to draw. */
	assert_int_equal(rig_int(all_drawn(*state), "settled"), 0);
	s = rig_ok(*state, "quality", "visit.Sample", "{" ALWAYS ", 'share': 1}");
	assert_int_equal(rig_int(s, "settled"), 2);
	assert_int_equal(rig_int(s, "drawn"), 1);
	s = rig_ok(*state, "quality", "visit.Sample", "{" ALWAYS ", 'size': 9}");
	assert_int_equal(rig_int(s, "drawn"), 1);
	s = rig_ok(*state, "quality", "visit.Sample", "{'from': '2019-01-01', 'to': '2019-12-31'}");
	assert_int_equal(rig_int(s, "drawn"), 0);
}

static void check_confirms_or_differs(void **state)
{
	const char *n = reached(*state);
	const json_t *r;
	struct rig_result bad;

	rig_refused(*state, "manager", "visit.Check", ST_FAILED_PRECONDITION, "case",
		    "{'case': '%s', 'outcome': 'confirmed'}", n);
	all_drawn(*state);
	rig_dry(*state, "manager", "visit.Check", "{'case': '%s', 'outcome': 'differs'}", n);
	r = rig_ok(*state, "manager", "visit.Check", "{'case': '%s', 'outcome': 'no_answer'}", n);
	assert_string_equal(rig_text(r, "check.state"), "open");
	r = rig_twice(*state, "manager", "visit.Check",
		      "{'case': '%s', 'outcome': 'differs', 'score': 2, 'remark': 'Drips again'}",
		      n);
	assert_string_equal(rig_text(r, "check.state"), "kept");
	assert_string_equal(rig_text(r, "check.outcome"), "differs");
	assert_int_equal(rig_int(r, "check.score"), 2);
	assert_string_equal(rig_text(r, "check.checked_by"), "manager");
	/* It is told in the case, which stays as it is. */
	assert_string_equal(rig_text(r, "case.state"), "followed_up");
	r = rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", n);
	assert_non_null(rig_find(r, "timeline", "text",
				 "tells it differently, score 2 (recorded 5): Drips again"));
	assert_int_equal(rig_int(r, "case.score"), 5);
	r = rig_ok(*state, "clerk", "visit.Show", "{'case': '%s'}", n);
	assert_int_equal(rig_count(r, "attempts"), 3);
	assert_string_equal(rig_text(r, "attempts.2.what"), "check of a return visit");
	rig_refused(*state, "manager", "visit.Check", ST_FAILED_PRECONDITION, "case",
		    "{'case': '%s', 'outcome': 'confirmed'}", n);
	n = reached(*state);
	r = rig_find(all_drawn(*state), "checks", "case", n);
	bad = rig_refused(*state, "manager", "visit.Check", ST_INVALID_ARGUMENT, "score",
			  "{'case': '%s', 'outcome': 'no_answer', 'score': 2}", n);
	assert_string_equal(bad.err.reason, "SCORE_WITHOUT_CUSTOMER");
	/* By the number of the check itself. */
	r = rig_ok(*state, "director", "visit.Check",
		   "{'case': '%s', 'outcome': 'confirmed', 'score': 5}", rig_text(r, "number"));
	assert_string_equal(rig_text(r, "case.number"), n);
}

static void check_is_not_for_who_had_a_part_in_it(void **state)
{
	const char *n = visited(*state, "quality", "'outcome': 'reached', 'score': 4");
	struct rig_result r;

	all_drawn(*state);
	r = rig_refused(*state, "quality", "visit.Check", ST_PERMISSION_DENIED, "case",
			"{'case': '%s', 'outcome': 'confirmed'}", n);
	assert_string_equal(r.err.reason, "OWN_WORK");
	rig_ok(*state, "manager", "case.Close", "{'case': '%s'}", n);
	rig_refused(*state, "manager", "visit.Check", ST_PERMISSION_DENIED, "case",
		    "{'case': '%s', 'outcome': 'confirmed'}", n);
	rig_refused(*state, "clerk", "visit.Check", ST_PERMISSION_DENIED, NULL,
		    "{'case': '%s', 'outcome': 'confirmed'}", n);
	rig_ok(*state, "director", "visit.Check", "{'case': '%s', 'outcome': 'confirmed'}", n);
}

static void sample_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "share", "'share': 0" },
		{ "share", "'share': 101" },
		{ "size", "'size': 201" },
		{ "size", "'size': 2, 'share': 2" },
		{ "from", "'from': '2026-02-30'" },
		{ "to", "'from': '2026-02-02', 'to': '2026-02-01'" },
		{ "due", "'due': '2020-01-01'" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "manager", "visit.Sample", ST_INVALID_ARGUMENT, bad[i][0],
			    "{%s}", bad[i][1]);
	rig_refused(*state, "manager", "visit.Check", ST_NOT_FOUND, "case",
		    "{'case': 'LAK/C-1001', 'outcome': 'confirmed'}");
}

static void plan_puts_a_household_on_the_agenda(void **state)
{
	const json_t *e;
	const char *o;

	rig_dry(*state, "manager", "visit.Plan",
		"{'party': 'P-1001', 'why': 'Yearly visit', 'due': '2099-03-31'}");
	e = rig_twice(*state, "manager", "visit.Plan",
		      "{'party': 'P-1001', 'why': 'Yearly visit', 'due': '2099-03-31'}");
	o = rig_text(e, "number");
	assert_string_equal(rig_text(e, "subject"), "P-1001");
	assert_string_equal(rig_text(e, "label"), "Yearly visit");
	assert_string_equal(rig_text(e, "place"), "3-1-1202");
	assert_string_equal(rig_text(e, "due_by"), "2099-03-31T23:59:59+08:00");
	assert_string_equal(rig_text(e, "command"), "visit household P-1001");
	rig_refused(*state, "manager", "visit.Plan", ST_ALREADY_EXISTS, "party",
		    "{'party': 'P-1001', 'why': 'Again', 'due': '2099-03-31'}");
	assert_non_null(rig_find(rig_ok(*state, "building_steward", "agenda.List",
					"{'kind': 'household_visit', 'mine': true}"),
				 "entries", "number", o));
	e = rig_ok(*state, "building_steward", "visit.Household",
		   "{'entry': '%s', 'outcome': 'no_answer', 'again': '2099-04-02'}", o);
	assert_string_equal(rig_text(e, "entry.state"), "open");
	rig_refused(*state, "building_steward", "visit.Household", ST_INVALID_ARGUMENT, "need",
		    "{'entry': '%s', 'outcome': 'no_answer', 'need': ['A ramp']}", o);
	rig_refused(*state, "building_steward", "visit.Household", ST_INVALID_ARGUMENT, "need_kind",
		    "{'entry': '%s', 'outcome': 'reached', 'need': ['A ramp'], 'need_kind': "
		    "'dragons'}",
		    o);
	rig_refused(*state, "technician", "visit.Household", ST_PERMISSION_DENIED, NULL,
		    "{'entry': '%s', 'outcome': 'reached'}", o);
}

static void household_needs_become_cases(void **state)
{
	const json_t *e = rig_twice(
		*state, "building_steward", "visit.Household",
		"{'entry': 'P-1001', 'outcome': 'reached', 'remark': 'All well', 'need': ['A ramp "
		"at the entrance', ' ', 'More light'], 'need_kind': 'suggestion'}");
	const json_t *c;

	assert_string_equal(rig_text(e, "entry.state"), "kept");
	assert_string_equal(rig_text(e, "entry.remark"), "All well");
	assert_int_equal(rig_count(e, "cases"), 2);
	c = rig_ok(*state, "clerk", "visit.Show", "{'case': '%s'}", rig_text(e, "entry.number"));
	assert_string_equal(rig_text(c, "entry.party"), "Wang");
	assert_false(rig_has(c, "case"));
	assert_int_equal(rig_count(c, "cases"), 2);
	assert_int_equal(rig_count(c, "attempts"), 2);
	assert_string_equal(rig_text(c, "attempts.1.remark"), "All well");
	c = rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", rig_text(e, "cases.0.number"));
	assert_string_equal(rig_text(c, "case.kind"), "suggestion");
	assert_string_equal(rig_text(c, "case.summary"), "A ramp at the entrance");
	assert_string_equal(rig_text(c, "case.party"), "Wang");
	assert_string_equal(rig_text(c, "case.place"), "3-1-1202");
	assert_non_null(strstr(rig_text(c, "case.details"), rig_text(e, "entry.number")));
	assert_string_equal(rig_text(c, "timeline.0.actor"), "building_steward");
	rig_refused(*state, "building_steward", "visit.Household", ST_FAILED_PRECONDITION, "entry",
		    "{'entry': 'P-1001', 'outcome': 'reached'}");
	rig_refused(*state, "building_steward", "visit.Household", ST_FAILED_PRECONDITION, "entry",
		    "{'entry': '%s', 'outcome': 'reached'}", rig_text(e, "entry.number"));
	/* The next may be planned, for a person. */
	e = rig_ok(*state, "supervisor", "visit.Plan",
		   "{'party': 'P-1002', 'why': 'After the leak', 'due': '2099-03-31 18:00', 'to': "
		   "'clerk'}");
	assert_string_equal(rig_text(e, "to"), "clerk");
	assert_string_equal(rig_text(e, "due_by"), "2099-03-31T18:00:00+08:00");
	rig_ok(*state, "clerk", "visit.Household", "{'entry': 'P-1002', 'outcome': 'refused'}");
}

static void plan_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "due", "'party': 'P-1002', 'why': 'x', 'due': 'soon'" },
		{ "to", "'party': 'P-1002', 'why': 'x', 'due': '2099-01-01', 'to': 'nobody'" },
		{ "party", "'party': 'P-9999', 'why': 'x', 'due': '2099-01-01'" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "manager", "visit.Plan",
			    i == 0 ? ST_INVALID_ARGUMENT : ST_NOT_FOUND, bad[i][0], "{%s}",
			    bad[i][1]);
	rig_refused(*state, "clerk", "visit.Household", ST_NOT_FOUND, "entry",
		    "{'entry': 'O-99999', 'outcome': 'reached'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample_draws_settled_visits_of_others),
		cmocka_unit_test(check_confirms_or_differs),
		cmocka_unit_test(check_is_not_for_who_had_a_part_in_it),
		cmocka_unit_test(sample_names_the_bad_field),
		cmocka_unit_test(plan_puts_a_household_on_the_agenda),
		cmocka_unit_test(household_needs_become_cases),
		cmocka_unit_test(plan_names_the_bad_field),
	};

	return cmocka_run_group_tests_name("visit_check", tests, prepare, rig_down);
}
