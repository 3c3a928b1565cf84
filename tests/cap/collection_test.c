/* Collecting: tasks of who looks after the building, what came of a talk, and the promise it
 * brought. */
#include <unistd.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'building', 'number': '1'}");
	rig_ok(*state, "clerk", "place.Add",
	       "{'kind': 'unit', 'number': '1-101', 'parent': '1', 'gross_area': '80'}");
	rig_ok(*state, "manager", "contact.AddPatch",
	       "{'user': 'building_steward', 'building': 'building:1', 'from': '2026-01-01'}");
	for (int i = 1; i <= 3; i++)
		rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang', 'phones': ['1380013800%d']}",
		       i);
	for (int i = 1; i <= 3; i++)
		rig_ok(*state, "cashier", "bill.Add",
		       "{'item': 'RENT', 'party': 'P-100%d', 'place': '1-101', 'amount_minor': "
		       "%d0000, 'date': '2026-01-02', 'due': '2026-01-10'}",
		       i, i);
	return 0;
}

static void plan_makes_tasks_for_the_steward(void **state)
{
	const json_t *r;

	rig_refused(*state, "manager", "collection.Plan", ST_INVALID_ARGUMENT, "amount_minor",
		    "{}");
	rig_refused(*state, "building_steward", "collection.Plan", ST_PERMISSION_DENIED, NULL,
		    "{'amount_minor': 20000}");
	rig_refused(*state, "manager", "collection.Plan", ST_NOT_FOUND, "to",
		    "{'amount_minor': 20000, 'to': 'nobody'}");
	rig_dry(*state, "manager", "collection.Plan", "{'amount_minor': 20000}");
	r = rig_twice(*state, "manager", "collection.Plan",
		      "{'amount_minor': 20000, 'place': 'building:1'}");
	assert_int_equal(rig_int(r, "planned"), 2);
	assert_string_equal(rig_text(r, "tasks.0.party"), "P-1003");
	assert_string_equal(rig_text(r, "tasks.0.to"), "building_steward");
	assert_int_equal(rig_int(r, "tasks.0.overdue_minor"), 30000);
	r = rig_ok(*state, "manager", "collection.Plan", "{'amount_minor': 20000}");
	assert_int_equal(rig_int(r, "planned"), 0);
	r = rig_ok(*state, "building_steward", "collection.List", "{'mine': true}");
	assert_int_equal(rig_count(r, "tasks"), 2);
	r = rig_ok(*state, "cashier", "collection.List", "{'mine': true}");
	assert_int_equal(rig_count(r, "tasks"), 0);
	r = rig_ok(*state, "cashier", "collection.List", "{'party': 'P-1003'}");
	assert_int_equal(rig_count(r, "tasks"), 1);
}

static void talk_is_written_down(void **state)
{
	const json_t *r;

	r = rig_ok(*state, "building_steward", "collection.Record",
		   "{'task': 'P-1003', 'outcome': 'no_answer'}");
	assert_string_equal(rig_text(r, "state"), "open");
	assert_int_equal(rig_int(r, "attempts"), 1);
	assert_string_equal(rig_text(r, "contact"), "CT-1001");
	rig_refused(*state, "building_steward", "collection.Record", ST_INVALID_ARGUMENT, "summary",
		    "{'task': 'P-1003', 'outcome': 'done'}");
	rig_refused(*state, "building_steward", "collection.Record", ST_INVALID_ARGUMENT, "on",
		    "{'task': 'P-1003', 'outcome': 'promised', 'summary': 'Soon'}");
	rig_refused(*state, "building_steward", "collection.Record", ST_INVALID_ARGUMENT, "on",
		    "{'task': 'P-1003', 'outcome': 'refused', 'on': '2999-01-01', 'summary': 'x'}");
	rig_refused(*state, "building_steward", "collection.Record", ST_FAILED_PRECONDITION, "task",
		    "{'task': 'P-1001', 'outcome': 'no_answer'}");
	rig_refused(*state, "clerk", "collection.Record", ST_PERMISSION_DENIED, NULL,
		    "{'task': 'P-1003', 'outcome': 'no_answer'}");
	r = rig_twice(*state, "building_steward", "collection.Record",
		      "{'task': 'P-1003', 'outcome': 'promised', 'amount_minor': 15000, 'on': "
		      "'2999-01-01', 'summary': 'Half of it when he is paid'}");
	assert_string_equal(rig_text(r, "state"), "kept");
	assert_string_equal(rig_text(r, "promise"), "PM-1001");
	r = rig_ok(*state, "cashier", "promise.Show", "{'promise': 'PM-1001'}");
	assert_int_equal(rig_int(r, "amount_minor"), 15000);
	assert_string_equal(rig_text(r, "taken_by"), "building_steward");
	/* The customer's log has both; while the promise is open, nobody plans anew. */
	r = rig_ok(*state, "clerk", "contact.List", "{'party': 'P-1003'}");
	assert_int_equal(rig_count(r, "contacts"), 2);
	r = rig_ok(*state, "manager", "collection.Plan", "{'amount_minor': 20000}");
	assert_int_equal(rig_int(r, "planned"), 0);
	rig_refused(*state, "building_steward", "collection.Record", ST_FAILED_PRECONDITION, "task",
		    "{'task': 'P-1003', 'outcome': 'no_answer'}");
}

/* What the property has decided, the daemon does by itself: and takes off who has paid. */
static void daemon_makes_tasks(void **state)
{
	const json_t *r = NULL;

	rig_ok(*state, "manager", "arrears.Policy", "{'task_minor': 10000, 'task_days': 10}");
	for (int i = 0; i < 200; i++) {
		r = rig_ok(*state, "building_steward", "collection.List", "{'party': 'P-1001'}");
		if (rig_count(r, "tasks") > 0)
			break;
		(void)usleep(50000);
	}
	assert_int_equal(rig_count(r, "tasks"), 1);
	assert_string_equal(rig_text(r, "tasks.0.to"), "building_steward");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_makes_tasks_for_the_steward),
		cmocka_unit_test(talk_is_written_down),
		cmocka_unit_test(daemon_makes_tasks),
	};

	return cmocka_run_group_tests_name("collection", tests, prepare, rig_down);
}
