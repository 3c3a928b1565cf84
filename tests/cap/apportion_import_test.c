/* Weights of pools from files: row by row, each with its outcome, and the same file again changes
 * nothing. */
#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'building', 'number': '1'}");
	for (int i = 1; i <= 3; i++)
		rig_ok(*state, "clerk", "place.Add",
		       "{'kind': 'unit', 'number': '1-10%d', 'parent': 'building:1', 'gross_area': "
		       "'%d0'}",
		       i, i);
	rig_ok(*state, "manager", "apportion.SetPool",
	       "{'code': 'LIFT', 'name': 'Lift', 'item': 'COMMON', 'basis': 'key', 'place': "
	       "'building:1'}");
	rig_ok(*state, "manager", "apportion.SetPool",
	       "{'code': 'LIGHT', 'name': 'Light', 'item': 'COMMON', 'basis': 'gross_area', "
	       "'place': 'building:1'}");
	return 0;
}

static void weights_are_taken_row_by_row(void **state)
{
	static const char file[] =
		"{'line': 2, 'pool': 'lift', 'place': '1-101', 'weight': '0', 'why': 'Ground "
		"floor'},"
		"{'line': 3, 'pool': 'LIFT', 'place': '1-102', 'weight': '1.5'},"
		"{'line': 4, 'pool': 'LIFT', 'place': '1-103', 'weight': '0'},"
		"{'line': 5, 'pool': 'LIFT', 'place': '1-103', 'weight': 'much'},"
		"{'line': 6, 'pool': 'LIFT', 'place': '1-103'},"
		"{'line': 7, 'pool': 'LIFT', 'place': '9-999', 'weight': '1'},"
		"{'line': 8, 'pool': 'NONE', 'place': '1-103', 'weight': '1'},"
		"{'line': 9, 'place': '1-103', 'weight': '1'},"
		"{'line': 10, 'pool': 'LIGHT', 'place': '1-103', 'weight': '2'},"
		"{'line': 11, 'pool': 'LIGHT', 'place': '1-103', 'weight': '0', 'why': 'A lamp of "
		"its own'},"
		"{'line': 12, 'property': 'LAK', 'pool': 'LIFT', 'place': '1-103', 'weight': '1'}";
	const json_t *r;

	rig_dry(*state, "manager", "apportion.ImportWeights", "{'rows': [%s]}", file);
	r = rig_ok(*state, "manager", "apportion.ImportWeights", "{'rows': [%s]}", file);
	rig_row(r, 2, "taken", NULL);
	rig_row(r, 3, "taken", NULL);
	rig_row(r, 4, "rejected", "why");
	rig_row(r, 5, "rejected", "weight");
	rig_row(r, 6, "rejected", "weight");
	rig_row(r, 7, "rejected", "place");
	rig_row(r, 8, "rejected", "pool");
	rig_row(r, 9, "rejected", "pool");
	rig_row(r, 10, "rejected", "weight");
	rig_row(r, 11, "taken", NULL);
	rig_row(r, 12, "rejected", "property");
	r = rig_find(rig_ok(*state, "clerk", "apportion.ShowPool", "{'code': 'LIFT'}"), "places",
		     "place", "1-102");
	assert_string_equal(rig_text(r, "measure"), "1.5");
	r = rig_ok(*state, "finance", "apportion.ImportWeights", "{'rows': [%s]}", file);
	rig_row(r, 2, "unchanged", NULL);
	rig_row(r, 3, "unchanged", NULL);
	rig_row(r, 11, "unchanged", NULL);
	/* Another weight; and a place that was taken out comes back. */
	r = rig_ok(*state, "manager", "apportion.ImportWeights",
		   "{'rows': [{'line': 2, 'pool': 'LIFT', 'place': '1-102', 'weight': '2'}]}");
	rig_row(r, 2, "changed", NULL);
	rig_ok(*state, "manager", "apportion.Weigh",
	       "{'code': 'LIFT', 'place': ['1-102'], 'out': true}");
	r = rig_ok(*state, "manager", "apportion.ImportWeights",
		   "{'rows': [{'line': 2, 'pool': 'LIFT', 'place': '1-102', 'weight': '2'}]}");
	rig_row(r, 2, "taken", NULL);
	rig_refused(*state, "cashier", "apportion.ImportWeights", ST_PERMISSION_DENIED, NULL,
		    "{'rows': []}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights_are_taken_row_by_row),
	};

	return cmocka_run_group_tests_name("apportion_import", tests, prepare, rig_down);
}
