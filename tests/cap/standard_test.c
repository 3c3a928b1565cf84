/* Charge standards: rates from a day on, assignments in batches. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'building', 'number': '1'}");
	for (int i = 1; i <= 3; i++)
		rig_ok(*state, "clerk", "place.Add",
		       "{'kind': 'unit', 'number': '1-10%d', 'parent': '1', 'gross_area': '%d'}", i,
		       80 + i);
	rig_elsewhere(*state, "standard.Set",
		      "{'code': 'FAR', 'name': 'Far', 'item': 'RENT', 'basis': 'unit', 'rate': "
		      "'5'}");
	return 0;
}

static const json_t *set(struct rig *rig, const char *code, const char *more)
{
	return rig_ok(rig, "manager", "standard.Set",
		      "{'code': '%s', 'name': 'Management fee', 'item': 'MANAGEMENT', 'basis': "
		      "'gross_area', 'rate': '2.80'%s}",
		      code, more);
}

static void standard_is_set(void **state)
{
	const json_t *s;

	rig_dry(*state, "manager", "standard.Set",
		"{'code': 'A', 'name': 'A', 'item': 'MANAGEMENT', 'basis': 'unit', 'rate': '1'}");
	rig_refused(*state, "clerk", "standard.Show", ST_NOT_FOUND, "code", "{'code': 'A'}");
	s = set(*state, "A", ", 'from': '2026-01-01'");
	assert_string_equal(rig_text(s, "rate"), "2.8");
	assert_string_equal(rig_text(s, "cycle"), "monthly");
	s = rig_twice(*state, "manager", "standard.Set",
		      "{'code': 'A', 'rate': '2.955', 'from': '2026-06-01'}");
	assert_string_equal(rig_text(s, "rate"), "2.955");
	s = rig_ok(*state, "clerk", "standard.Show", "{'code': 'A'}");
	assert_int_equal(rig_count(s, "rates"), 2);
	/* The same again is no change. */
	rig_ok(*state, "manager", "standard.Set", "{'code': 'A', 'rate': '2.955'}");
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "standard.Show", "{'code': 'A'}"), "rates"), 2);
	assert_string_equal(rig_text(s, "rates.0.to"), "2026-06-01");
	s = rig_ok(*state, "clerk", "standard.List", "{'item': 'MANAGEMENT'}");
	assert_non_null(rig_find(s, "standards", "code", "A"));
	assert_null(rig_find(s, "standards", "code", "FAR"));
}

static void standard_that_cannot_be(void **state)
{
	static const struct {
		const char *more, *field;
		enum st_code code;
	} rows[] = {
		{ "'name': 'x', 'item': 'MANAGEMENT', 'basis': 'unit'", "rate",
		  ST_INVALID_ARGUMENT },
		{ "'item': 'MANAGEMENT', 'basis': 'unit', 'rate': '1'", "name",
		  ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'GOLD', 'basis': 'unit', 'rate': '1'", "item",
		  ST_NOT_FOUND },
		{ "'name': 'x', 'item': 'RENT', 'basis': 'unit', 'rate': '-1'", "rate",
		  ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'RENT', 'basis': 'unit', 'rate': '1.0000001'", "rate",
		  ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'RENT', 'basis': 'formula', 'rate': '1'", "formula",
		  ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'RENT', 'basis': 'unit', 'formula': '1'", "rate",
		  ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'RENT', 'basis': 'formula', 'formula': '1 +'", "formula",
		  ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'RENT', 'basis': 'formula', 'formula': 'gold * 2'",
		  "formula", ST_INVALID_ARGUMENT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rig_refused(*state, "manager", "standard.Set", rows[i].code, rows[i].field,
			    "{'code': 'BAD', %s}", rows[i].more);
	rig_refused(*state, "clerk", "standard.Set", ST_PERMISSION_DENIED, NULL,
		    "{'code': 'A', 'rate': '1'}");
}

static void standard_is_assigned_to_all_below(void **state)
{
	const json_t *b;

	set(*state, "B", "");
	b = rig_ok(*state, "manager", "standard.Assign",
		   "{'code': 'B', 'place': '1-102', 'rate': '0', 'why': 'Show flat'}");
	assert_int_equal(rig_int(b, "places"), 1);
	b = rig_twice(*state, "manager", "standard.Assign",
		      "{'code': 'B', 'place': '1', 'note': 'Building 1'}");
	assert_int_equal(rig_int(b, "places"), 2);
	rig_refused(*state, "manager", "standard.Assign", ST_FAILED_PRECONDITION, "place",
		    "{'code': 'B', 'place': '1'}");
	rig_refused(*state, "manager", "standard.Assign", ST_INVALID_ARGUMENT, "why",
		    "{'code': 'A', 'place': '1', 'rate': '0'}");
	b = rig_ok(*state, "clerk", "standard.Assignments", "{'batch': '%s'}",
		   rig_text(b, "number"));
	assert_int_equal(rig_count(b, "assignments"), 2);
	b = rig_ok(*state, "clerk", "standard.Assignments", "{'place': '1-102'}");
	assert_string_equal(rig_text(b, "assignments.0.reason"), "Show flat");
	rig_refused(*state, "clerk", "standard.Assignments", ST_INVALID_ARGUMENT, "place", "{}");
}

static void batch_is_cancelled_as_one(void **state)
{
	const json_t *b;
	char number[20];

	set(*state, "C", "");
	b = rig_ok(*state, "manager", "standard.Assign", "{'code': 'C', 'place': '1'}");
	(void)snprintf(number, sizeof(number), "%s", rig_text(b, "number"));
	assert_int_equal(rig_int(b, "places"), 3);
	b = rig_ok(*state, "manager", "standard.Cancel", "{'batch': '%s'}", number);
	assert_string_equal(rig_text(b, "state"), "cancelled");
	rig_refused(*state, "manager", "standard.Cancel", ST_FAILED_PRECONDITION, "batch",
		    "{'batch': '%s'}", number);
	/* It can be done anew. */
	b = rig_ok(*state, "manager", "standard.Assign", "{'code': 'C', 'place': '1'}");
	assert_int_equal(rig_int(b, "places"), 3);
	rig_ok(*state, "manager", "standard.End", "{'code': 'C', 'place': '1-101'}");
	b = rig_ok(*state, "cashier", "standard.Batches", "{'limit': 1}");
	assert_int_equal(rig_count(b, "batches"), 1);
	rig_refused(*state, "manager", "standard.End", ST_NOT_FOUND, "place",
		    "{'code': 'C', 'place': '1-101', 'on': '2999-01-01'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standard_is_set),
		cmocka_unit_test(standard_that_cannot_be),
		cmocka_unit_test(standard_is_assigned_to_all_below),
		cmocka_unit_test(batch_is_cancelled_as_one),
	};

	return cmocka_run_group_tests_name("standard", tests, prepare, rig_down);
}
