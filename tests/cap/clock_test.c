/* The clocks of cases as people meet them: holds, what is overdue, how long a clock may run. What
 * each clock does in each state is in tests/pgtap/clock.sql. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_elsewhere(*state, "case.Open",
		      "{'kind': 'repair', 'spot': 'x', 'summary': 'Far away'}");
	return 0;
}

static const char *opened(struct rig *rig, const char *more)
{
	return rig_text(rig_ok(rig, "clerk", "case.Open",
			       "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Tap drips'%s%s}",
			       *more != '\0' ? ", " : "", more),
			"number");
}

static const json_t *clock_of(struct rig *rig, const char *number, const char *clock)
{
	return rig_find(rig_ok(rig, "clerk", "clock.Show", "{'case': '%s'}", number), "clocks",
			"clock", clock);
}

/* Waits for the daemon's timer: until the case has had an event of this verb. */
static const json_t *event_of(struct rig *rig, const char *number, const char *verb)
{
	const json_t *event = NULL;

	for (int i = 0; i < 50 && event == NULL; i++) {
		event = rig_find(rig_ok(rig, "clerk", "case.Show", "{'case': '%s'}", number),
				 "timeline", "verb", verb);
		if (event == NULL)
			(void)rig_sql(rig, "select pg_sleep(0.2)");
	}
	assert_non_null(event);
	return event;
}

static void set(struct rig *rig, const char *number, const char *what)
{
	char sql[300];

	(void)snprintf(sql, sizeof(sql),
		       "update steward.desk_case set %s where number = '%s' returning 1", what,
		       number);
	(void)rig_sql(rig, sql);
}

static void clock_begins_with_the_case(void **state)
{
	const char *n = opened(*state, "'caller': 'Li', 'channel': 'email'");
	const json_t *c = rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", n);

	assert_true(rig_has(c, "case.respond_due") && rig_has(c, "case.update_due") &&
		    rig_has(c, "case.due_at"));
	assert_false(rig_has(c, "case.responded_at"));
	assert_string_equal(rig_text(clock_of(*state, n, "first response"), "state"), "running");
	/* Who speaks with us has been answered. */
	n = opened(*state, "'channel': 'phone'");
	assert_string_equal(rig_text(clock_of(*state, n, "first response"), "state"), "met");
	assert_string_equal(rig_text(clock_of(*state, n, "resolution"), "target"), "3 d");
}

static void clock_hold_stops_two_clocks_until_it_ends(void **state)
{
	const char *n = opened(*state, "'caller': 'Li', 'channel': 'email'");
	const json_t *c = rig_twice(*state, "clerk", "clock.Hold",
				    "{'case': '%s', 'why': 'Spare part', 'until': '%s'}", n,
				    "2027-06-01");

	assert_string_equal(rig_text(c, "hold_reason"), "Spare part");
	assert_false(rig_has(c, "due_at") || rig_has(c, "update_due"));
	assert_true(rig_has(c, "respond_due"));
	assert_string_equal(rig_text(clock_of(*state, n, "resolution"), "state"), "on hold");
	assert_string_equal(rig_text(clock_of(*state, n, "first response"), "state"), "running");
	assert_true(strstr(rig_text(c, "clock"), "on hold until") != NULL);
	assert_string_equal(
		rig_text(rig_ok(*state, "clerk", "case.List", "{'held': true}"), "cases.0.number"),
		n);
	rig_refused(*state, "clerk", "clock.Hold", ST_FAILED_PRECONDITION, "case",
		    "{'case': '%s', 'why': 'again', 'until': '2027-06-01'}", n);
	c = rig_twice(*state, "technician", "clock.Resume", "{'case': '%s', 'text': 'It came'}", n);
	assert_false(rig_has(c, "held_until"));
	assert_true(rig_has(c, "due_at"));
	rig_refused(*state, "clerk", "clock.Resume", ST_FAILED_PRECONDITION, "case",
		    "{'case': '%s'}", n);
}

static void clock_hold_names_the_bad_field(void **state)
{
	const char *n = opened(*state, "");

	rig_refused(*state, "clerk", "clock.Hold", ST_INVALID_ARGUMENT, "until",
		    "{'case': '%s', 'why': 'x', 'until': '2020-01-01'}", n);
	rig_refused(*state, "clerk", "clock.Hold", ST_INVALID_ARGUMENT, "until",
		    "{'case': '%s', 'why': 'x', 'until': '2099-01-01'}", n);
	rig_refused(*state, "clerk", "clock.Hold", ST_INVALID_ARGUMENT, "until",
		    "{'case': '%s', 'why': 'x', 'until': 'soon'}", n);
	rig_refused(*state, "clerk", "clock.Hold", ST_INVALID_ARGUMENT, "why",
		    "{'case': '%s', 'until': '2027-06-01'}", n);
	rig_refused(*state, "technician", "clock.Hold", ST_PERMISSION_DENIED, NULL,
		    "{'case': '%s', 'why': 'x', 'until': '2027-06-01'}", n);
	rig_refused(*state, "clerk", "clock.Hold", ST_NOT_FOUND, "case",
		    "{'case': 'LAK/C-1001', 'why': 'x', 'until': '2027-06-01'}");
	rig_dry(*state, "clerk", "clock.Hold", "{'case': '%s', 'why': 'x', 'until': '2027-06-01'}",
		n);
}

/* Work that goes on ends a hold by itself. */
static void clock_hold_ends_with_the_next_step(void **state)
{
	const char *n = opened(*state, "");
	const json_t *c;

	rig_ok(*state, "clerk", "clock.Hold", "{'case': '%s', 'why': 'x', 'until': '2027-06-01'}",
	       n);
	rig_ok(*state, "clerk", "case.Note", "{'case': '%s', 'text': 'still waiting'}", n);
	c = rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", n);
	assert_true(rig_has(c, "case.held_until"));
	rig_ok(*state, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", n);
	c = rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", n);
	assert_false(rig_has(c, "case.held_until"));
	assert_non_null(rig_find(c, "timeline", "verb", "release"));
}

static void clock_wakes_a_case_on_its_day(void **state)
{
	const char *n = opened(*state, "");
	const json_t *e;

	rig_ok(*state, "clerk", "clock.Hold",
	       "{'case': '%s', 'why': 'Part', 'until': '2027-06-01'}", n);
	set(*state, n, "held_until = now()");
	e = event_of(*state, n, "release");
	assert_true(strstr(rig_text(e, "text"), "Part") != NULL);
	assert_false(rig_has(e, "actor"));
	assert_false(rig_has(rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", n),
			     "case.held_until"));
}

/* How often a case, as shown, was found overdue. */
static size_t found_overdue(const json_t *c)
{
	size_t n = 0;

	for (size_t i = 0; i < rig_count(c, "timeline"); i++) {
		char path[40];

		(void)snprintf(path, sizeof(path), "timeline.%zu.verb", i);
		n += strcmp(rig_text(c, path), "overdue") == 0;
	}
	return n;
}

/* Found by the daemon's own timer, once for each clock; and somebody is told. */
static void clock_finds_what_is_overdue_once(void **state)
{
	const char *n = opened(*state, "'caller': 'Li', 'channel': 'email'"),
		   *both = opened(*state, "");
	const json_t *c;

	set(*state, both,
	    "update_due = now() - interval '1 minute', due_at = now() - interval '1 minute'");
	set(*state, n, "due_at = now() - interval '1 minute'");
	assert_true(strstr(rig_text(event_of(*state, n, "overdue"), "text"), "resolution") != NULL);
	(void)event_of(*state, both, "overdue");
	(void)rig_sql(*state, "select pg_sleep(2.5)");
	assert_int_equal(
		found_overdue(rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", both)), 2);
	c = rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", n);
	assert_int_equal(found_overdue(c), 1);
	assert_string_equal(rig_text(c, "case.escalated_to"), "supervisor");
	assert_non_null(rig_find(rig_ok(*state, "supervisor", "agenda.List",
					"{'mine': true, 'kind': 'escalation', 'limit': 500}"),
				 "entries", "subject", n));
	assert_non_null(
		rig_find(rig_ok(*state, "clerk", "case.List", "{'late': true, 'limit': 500}"),
			 "cases", "number", n));
}

/* A due time of an open case follows what it is reckoned by; a closed one's does not. */
static void clock_follows_a_changed_level_and_calendar(void **state)
{
	const char *n = opened(*state, "'priority': 'high', 'caller': 'Li', 'channel': 'email'");
	const char *before = rig_text(clock_of(*state, n, "resolution"), "due_at"), *due = before;
	const json_t *c = NULL;

	rig_ok(*state, "manager", "calendar.Set",
	       "{'calendar': 'odd', 'hours': 'mon-sun 00:00-24:00'}");
	rig_ok(*state, "manager", "clock.SetLevel",
	       "{'clock': 'resolution', 'priority': 'high', 'minutes': 300, 'calendar': 'odd'}");
	for (int i = 0; i < 50 && strcmp(due, before) == 0; i++) {
		(void)rig_sql(*state, "select pg_sleep(0.2)");
		c = rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", n);
		due = rig_text(c, "case.due_at");
	}
	assert_string_not_equal(due, before);
	before = due;
	/* Tomorrow is closed, and every day after: five hours may not fit into what is left of
	 * today. */
	rig_ok(*state, "manager", "calendar.Set",
	       "{'calendar': 'odd', 'hours': 'mon-sun 00:00-00:01'}");
	for (int i = 0; i < 50 && strcmp(due, before) == 0; i++) {
		(void)rig_sql(*state, "select pg_sleep(0.2)");
		c = rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", n);
		due = rig_text(c, "case.due_at");
	}
	assert_string_not_equal(due, before);
	/* It is no step of the case. */
	assert_int_equal(rig_int(c, "case.version"), 1);
	rig_ok(*state, "manager", "clock.ClearLevel",
	       "{'clock': 'resolution', 'priority': 'high'}");
}

/* What a closed case was judged by stays with it. */
static void clock_levels_are_kept_as_they_were(void **state)
{
	const char *n = opened(*state, "'priority': 'low'");
	const char *due = rig_text(clock_of(*state, n, "resolution"), "due_at");
	const json_t *c;

	rig_ok(*state, "manager", "case.Close", "{'case': '%s', 'result': 'Tight'}", n);
	rig_ok(*state, "manager", "clock.SetLevel",
	       "{'clock': 'resolution', 'priority': 'low', 'minutes': 1}");
	c = clock_of(*state, n, "resolution");
	assert_string_equal(rig_text(c, "due_at"), due);
	assert_string_equal(rig_text(c, "state"), "met");
	rig_ok(*state, "clerk", "reply.Send", "{'case': '%s', 'text': 'In writing'}", n);
	assert_string_equal(rig_text(clock_of(*state, n, "resolution"), "due_at"), due);
	rig_ok(*state, "manager", "clock.ClearLevel", "{'clock': 'resolution', 'priority': 'low'}");
}

static void clock_levels_are_the_property_s_own(void **state)
{
	const json_t *l;
	const char *n;

	l = rig_twice(
		*state, "manager", "clock.SetLevel",
		"{'clock': 'resolution', 'priority': 'low', 'kind': 'repair', 'minutes': 90}");
	assert_int_equal(rig_int(l, "minutes"), 90);
	n = opened(*state, "'priority': 'low'");
	assert_string_equal(rig_text(clock_of(*state, n, "resolution"), "target"), "1 h 30 min");
	l = rig_ok(*state, "analyst", "clock.Levels", "{'clock': 'resolution', 'priority': 'low'}");
	assert_non_null(rig_find(l, "levels", "kind", "repair"));
	assert_non_null(rig_find(l, "levels", "kind", "*"));
	l = rig_twice(*state, "manager", "clock.ClearLevel",
		      "{'clock': 'resolution', 'priority': 'low', 'kind': 'repair'}");
	assert_int_equal(rig_int(l, "minutes"), 14400);
	rig_refused(*state, "manager", "clock.ClearLevel", ST_NOT_FOUND, "clock",
		    "{'clock': 'resolution', 'priority': 'low', 'kind': 'repair'}");
	rig_refused(*state, "manager", "clock.SetLevel", ST_NOT_FOUND, "calendar",
		    "{'clock': 'update', 'priority': 'low', 'minutes': 5, 'calendar': 'none'}");
	rig_refused(*state, "manager", "clock.SetLevel", ST_INVALID_ARGUMENT, "kind",
		    "{'clock': 'update', 'priority': 'low', 'minutes': 5, 'kind': 'wish'}");
	rig_refused(*state, "clerk", "clock.SetLevel", ST_PERMISSION_DENIED, NULL,
		    "{'clock': 'update', 'priority': 'low', 'minutes': 5}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clock_begins_with_the_case),
		cmocka_unit_test(clock_hold_stops_two_clocks_until_it_ends),
		cmocka_unit_test(clock_hold_names_the_bad_field),
		cmocka_unit_test(clock_hold_ends_with_the_next_step),
		cmocka_unit_test(clock_wakes_a_case_on_its_day),
		cmocka_unit_test(clock_finds_what_is_overdue_once),
		cmocka_unit_test(clock_follows_a_changed_level_and_calendar),
		cmocka_unit_test(clock_levels_are_kept_as_they_were),
		cmocka_unit_test(clock_levels_are_the_property_s_own),
	};

	return cmocka_run_group_tests_name("clock", tests, prepare, rig_down);
}
