/* Work orders that wait and go on, and that pass from hand to hand. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* Departments ENG, to which the technician belongs, and SEC, to which nobody belongs. */
static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_ok(*state, "manager", "department.Join", "{'department': 'ENG', 'user': 'technician'}");
	rig_ok(*state, "manager", "department.Add", "{'code': 'SEC', 'name': 'Security'}");
	return 0;
}

static const char *opened(struct rig *rig)
{
	return rig_text(rig_ok(rig, "clerk", "case.Open",
			       "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Tap drips'}"),
			"number");
}

/* Gives the work of a case to ENG, the technician accepts and starts; gives the order's number. */
static const char *started(struct rig *rig, const char *number)
{
	const char *w = rig_text(rig_ok(rig, "dispatcher", "case.Dispatch",
					"{'case': '%s', 'to': 'ENG', 'task': 'New valve'}", number),
				 "order.number");

	rig_ok(rig, "technician", "order.Accept", "{'order': '%s'}", w);
	rig_ok(rig, "technician", "order.Start", "{'order': '%s'}", w);
	return w;
}

static const json_t *case_shown(struct rig *rig, const char *number)
{
	return rig_ok(rig, "clerk", "case.Show", "{'case': '%s'}", number);
}

/* What is owed for this order, in this state; NULL if nothing is. */
static const json_t *owed(struct rig *rig, const char *order, const char *state)
{
	return rig_find(rig_ok(rig, "manager", "agenda.List",
			       "{'kind': 'paused_order', 'state': '%s', 'limit': 500}", state),
			"entries", "subject", order);
}

static void order_pause_leaves_the_case_as_it_is(void **state)
{
	const char *n = opened(*state), *w = started(*state, n);
	const json_t *r;

	rig_dry(*state, "technician", "order.Pause", "{'order': '%s', 'why': 'dry'}", w);
	r = rig_twice(*state, "technician", "order.Pause", "{'order': '%s', 'why': 'No valve'}", w);
	assert_string_equal(rig_text(r, "order.state"), "paused");
	assert_string_equal(rig_text(r, "order.reason"), "No valve");
	assert_string_equal(rig_text(r, "case.state"), "on_site");
	assert_false(rig_has(r, "order.paused_until"));
	assert_null(owed(*state, w, "open"));
	r = rig_ok(*state, "clerk", "order.List", "{'state': 'paused', 'limit': 500}");
	assert_non_null(rig_find(r, "orders", "number", w));
	r = rig_ok(*state, "clerk", "order.List", "{'open': true, 'limit': 500}");
	assert_non_null(rig_find(r, "orders", "number", w));
	rig_dry(*state, "technician", "order.Resume", "{'order': '%s'}", w);
	r = rig_twice(*state, "technician", "order.Resume", "{'order': '%s'}", w);
	assert_string_equal(rig_text(r, "order.state"), "started");
	assert_false(rig_has(r, "order.reason"));
	r = case_shown(*state, n);
	assert_string_equal(rig_text(r, "case.state"), "on_site");
	assert_string_equal(rig_text(r, "timeline.4.verb"), "pause");
	assert_non_null(strstr(rig_text(r, "timeline.4.text"), ": No valve"));
	assert_string_equal(rig_text(r, "timeline.5.verb"), "resume");
}

static void order_pause_until_owes_to_go_on(void **state)
{
	const char *n = opened(*state), *w = started(*state, n);
	const json_t *r = rig_ok(*state, "technician", "order.Pause",
				 "{'order': '%s', 'why': 'No valve', 'until': '2099-01-02 08:00'}",
				 w);

	assert_string_equal(rig_text(r, "order.paused_until"), "2099-01-02T08:00:00+08:00");
	r = owed(*state, w, "open");
	assert_string_equal(rig_text(r, "due_by"), "2099-01-02T08:00:00+08:00");
	assert_non_null(strstr(rig_text(r, "to"), "technician"));
	assert_non_null(strstr(rig_text(r, "command"), "order resume W-"));
	rig_ok(*state, "technician", "order.Resume", "{'order': '%s'}", w);
	assert_null(owed(*state, w, "open"));
	assert_non_null(owed(*state, w, "kept"));
	rig_ok(*state, "technician", "order.Pause",
	       "{'order': '%s', 'why': 'Again', 'until': '2099-01-02'}", w);
	assert_non_null(owed(*state, w, "open"));
	rig_ok(*state, "dispatcher", "case.Cancel", "{'case': '%s', 'why': 'x'}", n);
	assert_null(owed(*state, w, "open"));
	assert_non_null(owed(*state, w, "cancelled"));
	assert_false(rig_has(rig_ok(*state, "clerk", "order.Show", "{'order': '%s'}", w),
			     "paused_until"));
}

static void order_pause_names_the_bad_field(void **state)
{
	const char *w = started(*state, opened(*state));

	rig_refused(*state, "technician", "order.Pause", ST_INVALID_ARGUMENT, "why",
		    "{'order': '%s'}", w);
	rig_refused(*state, "technician", "order.Pause", ST_INVALID_ARGUMENT, "until",
		    "{'order': '%s', 'why': 'x', 'until': '2020-01-01'}", w);
	rig_refused(*state, "technician", "order.Pause", ST_INVALID_ARGUMENT, "until",
		    "{'order': '%s', 'why': 'x', 'until': 'tomorrow'}", w);
	rig_refused(*state, "building_steward", "order.Pause", ST_PERMISSION_DENIED, "order",
		    "{'order': '%s', 'why': 'x'}", w);
	rig_ok(*state, "clerk", "order.Pause", "{'order': '%s', 'why': 'Told by phone'}", w);
	rig_refused(*state, "building_steward", "order.Resume", ST_PERMISSION_DENIED, "order",
		    "{'order': '%s'}", w);
	rig_refused(*state, "technician", "order.Complete", ST_FAILED_PRECONDITION, "order",
		    "{'order': '%s', 'result': 'x'}", w);
}

/* Time is moved back behind the scenes. */
static void moved(struct rig *rig, const char *order, const char *verb, int minutes)
{
	char sql[600];

	(void)snprintf(
		sql, sizeof(sql),
		"alter table steward.case_event disable trigger append_only;"
		"update steward.case_event e set at = e.at - interval '%d minutes'"
		"  from steward.work_order o"
		" where o.property_id = e.property_id and o.id = e.order_id and e.verb = '%s'"
		"   and o.number = '%s';"
		"alter table steward.case_event enable always trigger append_only",
		minutes, verb, order);
	(void)rig_sql(rig, sql);
}

static void order_counts_the_minutes_worked(void **state)
{
	const char *n = opened(*state), *w = started(*state, n);
	const json_t *r = rig_ok(*state, "clerk", "order.Show", "{'order': '%s'}", w);

	assert_int_equal(rig_int(r, "worked_minutes"), 0);
	moved(*state, w, "start", 90);
	r = rig_ok(*state, "clerk", "order.Show", "{'order': '%s'}", w);
	assert_int_equal(rig_int(r, "worked_minutes"), 90);
	rig_ok(*state, "technician", "order.Pause", "{'order': '%s', 'why': 'x'}", w);
	moved(*state, w, "pause", 60);
	rig_ok(*state, "technician", "order.Resume", "{'order': '%s'}", w);
	moved(*state, w, "resume", 10);
	r = rig_ok(*state, "technician", "order.Complete", "{'order': '%s', 'result': 'x'}", w);
	assert_int_equal(rig_int(r, "order.worked_minutes"), 40);
	r = case_shown(*state, n);
	assert_int_equal(rig_int(r, "orders.0.worked_minutes"), 40);
}

static void order_that_waits_before_its_start_is_not_worked_on(void **state)
{
	const char *n = opened(*state);
	const char *w = rig_text(
		rig_ok(*state, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", n),
		"order.number");
	const json_t *r;

	rig_ok(*state, "technician", "order.Accept", "{'order': '%s'}", w);
	rig_ok(*state, "technician", "order.Pause", "{'order': '%s', 'why': 'Nobody home'}", w);
	r = rig_ok(*state, "technician", "order.Resume", "{'order': '%s'}", w);
	assert_string_equal(rig_text(r, "order.state"), "accepted");
	moved(*state, w, "resume", 30);
	assert_false(rig_has(r, "order.worked_minutes"));
	r = rig_ok(*state, "technician", "order.Start", "{'order': '%s'}", w);
	assert_int_equal(rig_int(r, "order.worked_minutes"), 0);
}

static void order_hand_on_keeps_the_old_hand(void **state)
{
	const char *n = opened(*state), *w = started(*state, n), *next;
	const json_t *r;

	rig_dry(*state, "technician", "order.HandOn",
		"{'order': '%s', 'why': 'dry', 'to': 'building_steward'}", w);
	r = rig_twice(*state, "technician", "order.HandOn",
		      "{'order': '%s', 'why': 'Needs a lock', 'to': 'building_steward'}", w);
	next = rig_text(r, "order.number");
	assert_string_not_equal(next, w);
	assert_string_equal(rig_text(r, "order.state"), "issued");
	assert_string_equal(rig_text(r, "order.to"), "building_steward");
	assert_string_equal(rig_text(r, "order.task"), "New valve");
	assert_string_equal(rig_text(r, "order.handed_from"), w);
	assert_string_equal(rig_text(r, "case.state"), "on_site");
	r = rig_ok(*state, "clerk", "order.Show", "{'order': '%s'}", w);
	assert_string_equal(rig_text(r, "state"), "handed_on");
	assert_string_equal(rig_text(r, "person"), "technician");
	assert_string_equal(rig_text(r, "reason"), "Needs a lock");
	assert_string_equal(rig_text(r, "handed_to"), next);
	assert_int_equal(rig_int(r, "worked_minutes"), 0);
	r = case_shown(*state, n);
	assert_string_equal(rig_text(r, "case.assignee"), "building_steward");
	assert_string_equal(rig_text(r, "timeline.4.verb"), "hand_on");
	assert_non_null(strstr(rig_text(r, "timeline.4.text"), next));
	assert_int_equal(rig_count(r, "orders"), 2);
	rig_refused(*state, "technician", "order.Complete", ST_FAILED_PRECONDITION, "order",
		    "{'order': '%s', 'result': 'x'}", w);
	/* The case is done with the last hand. */
	rig_ok(*state, "building_steward", "order.Accept", "{'order': '%s'}", next);
	r = rig_ok(*state, "building_steward", "order.Complete", "{'order': '%s', 'result': 'x'}",
		   next);
	assert_string_equal(rig_text(r, "case.state"), "done");
}

static void order_hand_on_goes_from_hand_to_hand(void **state)
{
	const char *n = opened(*state), *w = started(*state, n), *second, *third;
	const json_t *r;

	rig_ok(*state, "technician", "order.Pause",
	       "{'order': '%s', 'why': 'x', 'until': '2099-01-02'}", w);
	second = rig_text(rig_ok(*state, "dispatcher", "order.HandOn",
				 "{'order': '%s', 'why': 'Ill', 'contractor': 'Otis'}", w),
			  "order.number");
	assert_null(owed(*state, w, "open"));
	third = rig_text(rig_ok(*state, "dispatcher", "order.HandOn",
				"{'order': '%s', 'why': 'No time', 'to': 'SEC'}", second),
			 "order.number");
	r = rig_ok(*state, "clerk", "order.Show", "{'order': '%s'}", second);
	assert_string_equal(rig_text(r, "handed_from"), w);
	assert_string_equal(rig_text(r, "handed_to"), third);
	assert_string_equal(rig_text(case_shown(*state, n), "case.assignee"), "SEC");
}

static void order_hand_on_of_an_older_one_leaves_the_case_with_the_latest(void **state)
{
	const char *n = opened(*state), *w = started(*state, n);

	rig_ok(*state, "dispatcher", "case.Dispatch", "{'case': '%s', 'contractor': 'Otis'}", n);
	rig_ok(*state, "dispatcher", "order.HandOn", "{'order': '%s', 'why': 'x', 'to': 'SEC'}", w);
	assert_string_equal(rig_text(case_shown(*state, n), "case.assignee"), "Otis");
}

static void order_hand_on_names_the_bad_field(void **state)
{
	const char *w = started(*state, opened(*state)), *firm;

	rig_refused(*state, "technician", "order.HandOn", ST_INVALID_ARGUMENT, "why",
		    "{'order': '%s', 'to': 'SEC'}", w);
	rig_refused(*state, "technician", "order.HandOn", ST_INVALID_ARGUMENT, "to",
		    "{'order': '%s', 'why': 'x'}", w);
	rig_refused(*state, "technician", "order.HandOn", ST_INVALID_ARGUMENT, "to",
		    "{'order': '%s', 'why': 'x', 'to': 'SEC', 'contractor': 'Otis'}", w);
	rig_refused(*state, "technician", "order.HandOn", ST_NOT_FOUND, "to",
		    "{'order': '%s', 'why': 'x', 'to': 'foreign'}", w);
	rig_refused(*state, "technician", "order.HandOn", ST_INVALID_ARGUMENT, "to",
		    "{'order': '%s', 'why': 'x', 'to': 'technician'}", w);
	/* Who does not dispatch hands on nothing but his own. */
	rig_refused(*state, "building_steward", "order.HandOn", ST_PERMISSION_DENIED, "order",
		    "{'order': '%s', 'why': 'x', 'to': 'SEC'}", w);
	rig_refused(*state, "clerk", "order.HandOn", ST_PERMISSION_DENIED, "order",
		    "{'order': '%s', 'why': 'x', 'to': 'SEC'}", w);
	firm = rig_text(rig_ok(*state, "supervisor", "order.HandOn",
			       "{'order': '%s', 'why': 'x', 'contractor': 'Otis'}", w),
			"order.number");
	rig_refused(*state, "supervisor", "order.HandOn", ST_INVALID_ARGUMENT, "to",
		    "{'order': '%s', 'why': 'x', 'contractor': 'Otis'}", firm);
	/* Back to the department, for a colleague. */
	w = started(*state, opened(*state));
	assert_false(rig_has(rig_ok(*state, "technician", "order.HandOn",
				    "{'order': '%s', 'why': 'End of duty', 'to': 'eng'}", w),
			     "order.person"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_pause_leaves_the_case_as_it_is),
		cmocka_unit_test(order_pause_until_owes_to_go_on),
		cmocka_unit_test(order_pause_names_the_bad_field),
		cmocka_unit_test(order_counts_the_minutes_worked),
		cmocka_unit_test(order_that_waits_before_its_start_is_not_worked_on),
		cmocka_unit_test(order_hand_on_keeps_the_old_hand),
		cmocka_unit_test(order_hand_on_goes_from_hand_to_hand),
		cmocka_unit_test(order_hand_on_of_an_older_one_leaves_the_case_with_the_latest),
		cmocka_unit_test(order_hand_on_names_the_bad_field),
	};

	return cmocka_run_group_tests_name("order_way", tests, prepare, rig_down);
}
