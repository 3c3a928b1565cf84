/* The ladder: who is told, who takes it up, what happens when nobody does. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	return rig_up(state);
}

static const char *opened(struct rig *rig, const char *severity)
{
	return rig_text(
		rig_ok(rig, "clerk", "case.Open",
		       "{'kind': 'complaint', 'caller': 'Wang', 'summary': 'Water in the hall', "
		       "'severity': '%s'}",
		       severity),
		"number");
}

static const json_t *shown(struct rig *rig, const char *number)
{
	return rig_ok(rig, "clerk", "case.Show", "{'case': '%s'}", number);
}

static void escalation_of_a_major_complaint_reaches_the_manager_at_once(void **state)
{
	const char *n = opened(*state, "major");
	const json_t *c = shown(*state, n);

	assert_string_equal(rig_text(c, "case.escalated_to"), "manager");
	assert_string_equal(rig_text(c, "case.priority"), "high");
	assert_string_equal(rig_text(c, "timeline.1.verb"), "escalate");
	assert_non_null(
		rig_find(rig_ok(*state, "manager", "agenda.List", "{'mine': true, 'limit': 500}"),
			 "entries", "subject", n));
	/* Not everybody's business. */
	assert_null(rig_find(rig_ok(*state, "clerk", "agenda.List", "{'mine': true, 'limit': 500}"),
			     "entries", "subject", n));
	c = shown(*state, opened(*state, "moderate"));
	assert_false(rig_has(c, "case.escalated_to"));
}

static void escalation_take_ends_the_climb_and_asks_for_reports(void **state)
{
	const char *n = opened(*state, "critical");
	const json_t *c;

	rig_refused(*state, "supervisor", "escalation.Take", ST_PERMISSION_DENIED, "case",
		    "{'case': '%s'}", n);
	c = rig_twice(*state, "manager", "escalation.Take", "{'case': '%s', 'text': 'On my way'}",
		      n);
	assert_false(rig_has(c, "escalated_to"));
	rig_refused(*state, "manager", "escalation.Take", ST_FAILED_PRECONDITION, "case",
		    "{'case': '%s'}", n);
	assert_non_null(rig_find(rig_ok(*state, "manager", "agenda.List",
					"{'mine': true, 'kind': 'situation_report', 'limit': 500}"),
				 "entries", "subject", n));
	rig_twice(*state, "manager", "escalation.Report", "{'case': '%s', 'text': 'Pumps run'}", n);
	c = rig_ok(*state, "manager", "agenda.List",
		   "{'kind': 'situation_report', 'state': 'kept', 'limit': 500}");
	assert_non_null(rig_find(c, "entries", "subject", n));
	/* The next one is due, until the case is resolved. */
	c = rig_ok(*state, "manager", "agenda.List", "{'kind': 'situation_report', 'about': '%s'}",
		   n);
	assert_int_equal(rig_count(c, "entries"), 1);
	rig_ok(*state, "manager", "case.Close", "{'case': '%s', 'result': 'Dry again'}", n);
	c = rig_ok(*state, "manager", "agenda.List", "{'kind': 'situation_report', 'about': '%s'}",
		   n);
	assert_int_equal(rig_count(c, "entries"), 0);
	rig_refused(*state, "clerk", "escalation.Report", ST_PERMISSION_DENIED, NULL,
		    "{'case': '%s', 'text': 'x'}", n);
}

static void escalation_raise_climbs_step_by_step(void **state)
{
	const char *n = opened(*state, "moderate");
	const json_t *c = rig_twice(*state, "clerk", "escalation.Raise",
				    "{'case': '%s', 'why': 'He shouts'}", n);

	assert_string_equal(rig_text(c, "escalated_to"), "supervisor");
	c = rig_ok(*state, "clerk", "escalation.Raise", "{'case': '%s', 'why': 'Still'}", n);
	assert_string_equal(rig_text(c, "escalated_to"), "manager");
	c = rig_ok(*state, "clerk", "escalation.Raise", "{'case': '%s', 'why': 'Still'}", n);
	assert_string_equal(rig_text(c, "escalated_to"), "director");
	rig_refused(*state, "clerk", "escalation.Raise", ST_FAILED_PRECONDITION, "case",
		    "{'case': '%s', 'why': 'Still'}", n);
	rig_refused(*state, "analyst", "escalation.Raise", ST_PERMISSION_DENIED, NULL,
		    "{'case': '%s', 'why': 'x'}", n);
}

static const char *told(struct rig *rig, const char *n)
{
	return rig_text(shown(rig, n), "case.escalated_to");
}

/* It becomes grave: the manager is told at once, whoever was told before, and nobody is skipped. */
static void escalation_of_what_became_grave_begins_anew(void **state)
{
	const char *n = opened(*state, "moderate");

	rig_ok(*state, "clerk", "escalation.Raise", "{'case': '%s', 'why': 'He shouts'}", n);
	assert_string_equal(told(*state, n), "supervisor");
	rig_ok(*state, "clerk", "case.Edit", "{'case': '%s', 'severity': 'major'}", n);
	assert_string_equal(told(*state, n), "manager");
	rig_ok(*state, "clerk", "escalation.Raise", "{'case': '%s', 'why': 'Still'}", n);
	assert_string_equal(told(*state, n), "director");
	rig_refused(*state, "clerk", "escalation.Raise", ST_FAILED_PRECONDITION, "case",
		    "{'case': '%s', 'why': 'Still'}", n);
	/* Whoever stands higher already is not passed over for one below him. */
	n = opened(*state, "moderate");
	for (int i = 0; i < 3; i++)
		rig_ok(*state, "clerk", "escalation.Raise", "{'case': '%s', 'why': 'x'}", n);
	rig_ok(*state, "clerk", "case.Edit", "{'case': '%s', 'severity': 'critical'}", n);
	assert_string_equal(told(*state, n), "director");
	/* On the ladder of another severity the next one is who stands above, whatever its steps.
	 */
	n = opened(*state, "moderate");
	rig_ok(*state, "clerk", "escalation.Raise", "{'case': '%s', 'why': 'x'}", n);
	rig_ok(*state, "clerk", "escalation.Raise", "{'case': '%s', 'why': 'x'}", n);
	assert_string_equal(told(*state, n), "manager");
	rig_ok(*state, "clerk", "case.Edit", "{'case': '%s', 'severity': 'major'}", n);
	assert_string_equal(told(*state, n), "manager");
	rig_ok(*state, "clerk", "escalation.Raise", "{'case': '%s', 'why': 'x'}", n);
	assert_string_equal(told(*state, n), "director");
}

/* A grave case that comes back is a matter for the manager again. */
static void escalation_of_a_grave_case_that_comes_back(void **state)
{
	const char *n = opened(*state, "major");

	rig_ok(*state, "manager", "escalation.Take", "{'case': '%s'}", n);
	rig_ok(*state, "manager", "case.Close", "{'case': '%s', 'result': 'Dry'}", n);
	assert_false(rig_has(shown(*state, n), "case.escalated_to"));
	assert_true(rig_has(shown(*state, n), "case.ending"));
	rig_ok(*state, "clerk", "visit.Record", "{'case': '%s', 'outcome': 'not_solved'}", n);
	assert_string_equal(told(*state, n), "manager");
	/* What it had ended as is over with it. */
	assert_false(rig_has(shown(*state, n), "case.ending"));
	rig_ok(*state, "manager", "case.Close", "{'case': '%s', 'result': 'Dry now'}", n);
	rig_ok(*state, "supervisor", "case.Reopen", "{'case': '%s', 'why': 'Wet again'}", n);
	assert_string_equal(told(*state, n), "manager");
}

/* Nobody takes it up in time: the next one is told, by the daemon's own timer. */
static void escalation_climbs_when_nobody_takes_it_up(void **state)
{
	const char *n = opened(*state, "major");
	const json_t *c = NULL;
	char sql[300];

	(void)snprintf(sql, sizeof(sql),
		       "update steward.obligation set due_from = now() - interval '1 h', due_by = "
		       "now() where "
		       "subject = '%s' and kind = 'escalation' and state = 'open' returning 1",
		       n);
	(void)rig_sql(*state, sql);
	for (int i = 0; i < 50; i++) {
		c = shown(*state, n);
		if (strcmp(rig_text(c, "case.escalated_to"), "director") == 0)
			break;
		(void)rig_sql(*state, "select pg_sleep(0.2)");
	}
	assert_string_equal(rig_text(c, "case.escalated_to"), "director");
	/* The top of the ladder stays told. */
	(void)rig_sql(*state, sql);
	(void)rig_sql(*state, "select pg_sleep(2.5)");
	assert_string_equal(rig_text(shown(*state, n), "case.escalated_to"), "director");
	c = rig_ok(*state, "director", "agenda.List",
		   "{'kind': 'escalation', 'about': '%s', 'state': 'missed'}", n);
	assert_int_equal(rig_count(c, "entries"), 1);
}

static void escalation_ladder_is_the_property_s_own(void **state)
{
	const json_t *l = rig_twice(
		*state, "manager", "escalation.SetLadder",
		"{'severity': 'minor', 'steps': ['supervisor 15min', 'director 2h']}");
	const char *n;

	assert_int_equal(rig_count(l, "steps"), 2);
	assert_string_equal(rig_text(l, "steps.1.role"), "director");
	assert_string_equal(rig_text(l, "steps.1.wait"), "2 h");
	n = opened(*state, "minor");
	rig_ok(*state, "clerk", "escalation.Raise", "{'case': '%s', 'why': 'x'}", n);
	assert_string_equal(rig_text(rig_ok(*state, "clerk", "escalation.Raise",
					    "{'case': '%s', 'why': 'x'}", n),
				     "escalated_to"),
			    "director");
	l = rig_ok(*state, "manager", "escalation.SetLadder", "{'severity': 'minor'}");
	assert_string_equal(rig_text(l, "steps.1.role"), "manager");
	l = rig_ok(*state, "clerk", "escalation.Ladder", "{'severity': 'major'}");
	assert_string_equal(rig_text(l, "steps.0.role"), "manager");
	rig_refused(*state, "manager", "escalation.SetLadder", ST_INVALID_ARGUMENT, "steps",
		    "{'severity': 'minor', 'steps': ['whoever']}");
	rig_refused(*state, "manager", "escalation.SetLadder", ST_INVALID_ARGUMENT, "roles",
		    "{'severity': 'minor', 'steps': ['king 2h']}");
	rig_refused(*state, "supervisor", "escalation.SetLadder", ST_PERMISSION_DENIED, NULL,
		    "{'severity': 'minor'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escalation_of_a_major_complaint_reaches_the_manager_at_once),
		cmocka_unit_test(escalation_take_ends_the_climb_and_asks_for_reports),
		cmocka_unit_test(escalation_raise_climbs_step_by_step),
		cmocka_unit_test(escalation_of_what_became_grave_begins_anew),
		cmocka_unit_test(escalation_of_a_grave_case_that_comes_back),
		cmocka_unit_test(escalation_climbs_when_nobody_takes_it_up),
		cmocka_unit_test(escalation_ladder_is_the_property_s_own),
	};

	return cmocka_run_group_tests_name("escalation", tests, prepare, rig_down);
}
