/* Meters: what is taken, what is refused, what is said to be doubtful; devices that go over the
 * top and are replaced; rounds, losses and files. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'building', 'number': '1'}");
	for (int i = 1; i <= 9; i++)
		rig_ok(*state, "clerk", "place.Add",
		       "{'kind': 'unit', 'number': '1-10%d', 'parent': '1'}", i);
	rig_elsewhere(*state, "place.Add", "{'kind': 'unit', 'number': '9-901'}");
	rig_elsewhere(*state, "meter.Add",
		      "{'place': '9-901', 'utility': 'water', 'first': '1', 'number': 'FAR'}");
	return 0;
}

/* A water meter of a unit, installed on the first day of 2026. */
static void add(struct rig *rig, const char *number, int unit, const char *more)
{
	rig_ok(rig, "manager", "meter.Add",
	       "{'number': '%s', 'place': '1-10%d', 'utility': 'water', 'on': '2026-01-01'%s}",
	       number, unit, more);
}

static const json_t *take(struct rig *rig, const char *meter, const char *on, const char *value,
			  const char *more)
{
	return rig_ok(rig, "clerk", "meter.Read", "{'meter': '%s', 'on': '%s', 'value': '%s'%s}",
		      meter, on, value, more);
}

static const char *used(struct rig *rig, const char *meter, const char *from, const char *to)
{
	return rig_text(rig_ok(rig, "clerk", "meter.Usage",
			       "{'meter': '%s', 'from': '%s', 'to': '%s'}", meter, from, to),
			"usage");
}

static void meter_is_added_and_found(void **state)
{
	const json_t *m;

	rig_dry(*state, "manager", "meter.Add",
		"{'place': '1-101', 'utility': 'water', 'first': '0', 'number': 'A'}");
	m = rig_twice(*state, "manager", "meter.Add",
		      "{'place': '1-101', 'utility': 'water', 'first': '12.5', 'number': 'a', "
		      "'serial': 'W-77', 'on': '2026-01-01'}");
	assert_string_equal(rig_text(m, "number"), "A");
	assert_string_equal(rig_text(m, "unit"), "m3");
	assert_string_equal(rig_text(m, "last_value"), "12.5");
	/* By its serial number, and by the place that has no other. */
	m = rig_ok(*state, "clerk", "meter.Show", "{'meter': 'w-77'}");
	assert_string_equal(rig_text(m, "meter.number"), "A");
	assert_int_equal(rig_count(m, "devices"), 1);
	m = rig_ok(*state, "clerk", "meter.Show", "{'meter': '1-101'}");
	assert_string_equal(rig_text(m, "meter.number"), "A");
	m = rig_ok(*state, "manager", "meter.Add",
		   "{'place': '1-101', 'utility': 'electricity', 'first': '0'}");
	assert_string_equal(rig_text(m, "number"), "M-1001");
	rig_refused(*state, "clerk", "meter.Show", ST_INVALID_ARGUMENT, "meter",
		    "{'meter': '1-101'}");
	rig_refused(*state, "clerk", "meter.Show", ST_NOT_FOUND, "meter", "{'meter': 'FAR'}");
	m = rig_ok(*state, "clerk", "meter.List", "{'place': '1', 'utility': 'water'}");
	assert_int_equal(rig_count(m, "meters"), 1);
	m = rig_ok(*state, "clerk", "meter.Utilities", "{}");
	assert_non_null(rig_find(m, "utilities", "utility", "gas"));
	m = rig_ok(*state, "manager", "meter.Edit", "{'meter': 'A', 'note': 'Behind the panel'}");
	assert_string_equal(rig_text(m, "note"), "Behind the panel");
	m = rig_ok(*state, "manager", "meter.Edit", "{'meter': 'A', 'clear': ['note']}");
	assert_false(rig_has(m, "note"));
	rig_refused(*state, "manager", "meter.Edit", ST_ABORTED, NULL,
		    "{'meter': 'A', 'note': 'x', 'version': 1}");
}

static void meter_that_cannot_be(void **state)
{
	static const struct {
		const char *more, *field;
		enum st_code code;
	} rows[] = {
		{ "'place': '1-101', 'utility': 'beer', 'first': '0'", "utility",
		  ST_INVALID_ARGUMENT },
		{ "'place': '1-199', 'utility': 'water', 'first': '0'", "place", ST_NOT_FOUND },
		{ "'place': '1-101', 'utility': 'water', 'first': '-1'", "first",
		  ST_INVALID_ARGUMENT },
		{ "'place': '1-101', 'utility': 'water', 'first': '1.2345'", "first",
		  ST_INVALID_ARGUMENT },
		{ "'place': '1-101', 'utility': 'water', 'first': '1000', 'digits': 3", "first",
		  ST_INVALID_ARGUMENT },
		{ "'place': '1-101', 'utility': 'water', 'first': '0', 'factor': 'x'", "factor",
		  ST_INVALID_ARGUMENT },
		{ "'place': '1-101', 'utility': 'water', 'first': '0', 'factor': '0'", "factor",
		  ST_INVALID_ARGUMENT },
		{ "'place': '1-101', 'utility': 'water', 'first': '0', 'on': '2999-01-01'", "on",
		  ST_INVALID_ARGUMENT },
		{ "'place': '1-101', 'utility': 'water', 'first': '0', 'number': 'A'", "number",
		  ST_ALREADY_EXISTS },
		{ "'place': '1-101', 'utility': 'water', 'first': '0', 'master': 'M-1001'",
		  "master", ST_INVALID_ARGUMENT },
		{ "'place': '1-101', 'utility': 'water', 'first': '0', 'master': 'FAR'", "master",
		  ST_NOT_FOUND },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rig_refused(*state, "manager", "meter.Add", rows[i].code, rows[i].field, "{%s}",
			    rows[i].more);
	rig_refused(*state, "clerk", "meter.Add", ST_PERMISSION_DENIED, NULL,
		    "{'place': '1-101', 'utility': 'water', 'first': '0'}");
	/* A meter is not behind one that is behind it. */
	add(*state, "UP", 9, ", 'first': '0'");
	add(*state, "DOWN", 9, ", 'first': '0', 'master': 'UP'");
	rig_refused(*state, "manager", "meter.Edit", ST_INVALID_ARGUMENT, "master",
		    "{'meter': 'UP', 'master': 'DOWN'}");
}

static void reading_is_taken_once(void **state)
{
	const json_t *r;

	add(*state, "B", 2, ", 'first': '100', 'digits': 4");
	rig_dry(*state, "clerk", "meter.Read",
		"{'meter': 'B', 'value': '110', 'on': '2026-01-31'}");
	r = rig_twice(*state, "clerk", "meter.Read",
		      "{'meter': 'B', 'value': '110', 'on': '2026-01-31'}");
	assert_string_equal(rig_text(r, "usage"), "10");
	/* The same again, under another key, is the same reading. */
	assert_string_equal(rig_text(take(*state, "B", "2026-01-31", "110", ""), "id"),
			    rig_text(r, "id"));
	rig_refused(*state, "clerk", "meter.Read", ST_ALREADY_EXISTS, "on",
		    "{'meter': 'B', 'value': '111', 'on': '2026-01-31'}");
	rig_refused(*state, "clerk", "meter.Read", ST_INVALID_ARGUMENT, "value",
		    "{'meter': 'B', 'value': '109.9', 'on': '2026-02-28'}");
	rig_refused(*state, "clerk", "meter.Read", ST_INVALID_ARGUMENT, "value",
		    "{'meter': 'B', 'value': '111', 'on': '2026-01-20'}");
	rig_refused(*state, "clerk", "meter.Read", ST_INVALID_ARGUMENT, "value",
		    "{'meter': 'B', 'value': '10000', 'on': '2026-02-28'}");
	rig_refused(*state, "clerk", "meter.Read", ST_FAILED_PRECONDITION, "on",
		    "{'meter': 'B', 'value': '90', 'on': '2025-12-31'}");
	rig_refused(*state, "clerk", "meter.Read", ST_INVALID_ARGUMENT, "rollover",
		    "{'meter': 'B', 'value': '120', 'on': '2026-02-28', 'rollover': true}");
	rig_refused(*state, "analyst", "meter.Read", ST_PERMISSION_DENIED, NULL,
		    "{'meter': 'B', 'value': '120'}");
}

static void doubtful_reading_needs_a_word(void **state)
{
	const json_t *r;

	add(*state, "C", 3, ", 'first': '0', 'digits': 3");
	take(*state, "C", "2026-01-31", "10", "");
	/* 10 in 30 days until then: 60 in 30 days are too many, and 0 in 60 too few. */
	rig_refused(*state, "clerk", "meter.Read", ST_FAILED_PRECONDITION, "value",
		    "{'meter': 'C', 'value': '70', 'on': '2026-03-02'}");
	rig_refused(*state, "clerk", "meter.Read", ST_FAILED_PRECONDITION, "value",
		    "{'meter': 'C', 'value': '10', 'on': '2026-04-01'}");
	/* What is not far off in units is not doubted. */
	take(*state, "C", "2026-02-05", "15", "");
	r = take(*state, "C", "2026-03-02", "70", ", 'confirm': true, 'note': 'A pipe burst'");
	assert_true(json_is_true(json_object_get(r, "doubtful")));
	r = rig_ok(*state, "clerk", "meter.Readings", "{'doubtful': true}");
	assert_int_equal(rig_count(r, "readings"), 1);
	assert_string_equal(rig_text(r, "readings.0.note"), "A pipe burst");
	/* Over the top by more than half a turn is doubtful whatever the use was. */
	add(*state, "C2", 3, ", 'first': '500', 'digits': 3");
	rig_refused(*state, "clerk", "meter.Read", ST_FAILED_PRECONDITION, "value",
		    "{'meter': 'C2', 'value': '499', 'on': '2026-02-01', 'rollover': true}");
}

static void device_goes_over_the_top_and_is_replaced(void **state)
{
	const json_t *m;

	add(*state, "D", 4, ", 'first': '9990', 'digits': 4, 'serial': 'OLD'");
	take(*state, "D", "2026-02-01", "10", ", 'rollover': true");
	assert_string_equal(used(*state, "D", "2026-01-01", "2026-01-31"), "20");
	rig_refused(*state, "clerk", "meter.Replace", ST_PERMISSION_DENIED, NULL,
		    "{'meter': 'D', 'final': '20', 'first': '3'}");
	rig_refused(*state, "technician", "meter.Replace", ST_FAILED_PRECONDITION, "on",
		    "{'meter': 'D', 'final': '20', 'first': '3', 'on': '2026-01-15'}");
	m = rig_twice(*state, "technician", "meter.Replace",
		      "{'meter': 'D', 'final': '20', 'first': '3', 'serial': 'NEW', 'on': "
		      "'2026-02-15'}");
	assert_string_equal(rig_text(m, "serial"), "NEW");
	assert_int_equal(rig_int(m, "digits"), 4);
	take(*state, "D", "2026-03-01", "15", "");
	assert_string_equal(used(*state, "D", "2026-02-01", "2026-02-28"), "22");
	m = rig_ok(*state, "clerk", "meter.Show", "{'meter': 'D'}");
	assert_int_equal(rig_count(m, "devices"), 2);
	assert_string_equal(rig_text(m, "devices.0.last"), "20");
	/* Nobody can say what it showed last: it is reckoned, and said. */
	rig_ok(*state, "technician", "meter.Replace",
	       "{'meter': 'D', 'first': '0', 'on': '2026-03-15'}");
	m = rig_ok(*state, "clerk", "meter.Show", "{'meter': 'D'}");
	assert_true(json_is_true(
		json_object_get(json_array_get(json_object_get(m, "devices"), 1), "estimated")));
	rig_ok(*state, "technician", "meter.Remove",
	       "{'meter': 'D', 'final': '8', 'on': '2026-04-15'}");
	rig_refused(*state, "technician", "meter.Remove", ST_FAILED_PRECONDITION, "meter",
		    "{'meter': 'D', 'final': '8'}");
	rig_refused(*state, "clerk", "meter.Read", ST_FAILED_PRECONDITION, "on",
		    "{'meter': 'D', 'value': '9', 'on': '2026-05-01'}");
}

static void estimate_gives_way_to_what_is_read(void **state)
{
	const json_t *r;

	add(*state, "E", 5, ", 'first': '0'");
	rig_refused(*state, "clerk", "meter.Estimate", ST_FAILED_PRECONDITION, "value",
		    "{'meter': 'E', 'on': '2026-02-01'}");
	take(*state, "E", "2026-02-01", "31", "");
	rig_dry(*state, "clerk", "meter.Estimate", "{'meter': 'E', 'on': '2026-03-01'}");
	r = rig_ok(*state, "clerk", "meter.Estimate", "{'meter': 'E', 'on': '2026-03-01'}");
	assert_string_equal(rig_text(r, "value"), "59");
	assert_string_equal(rig_text(r, "kind"), "estimate");
	/* What is read afterwards is held against what was read before, not against the estimate.
	 */
	take(*state, "E", "2026-04-01", "55", "");
	assert_string_equal(used(*state, "E", "2026-02-01", "2026-03-31"), "24");
	r = take(*state, "E", "2026-03-01", "43", "");
	assert_string_equal(used(*state, "E", "2026-03-01", "2026-03-31"), "12");
	r = rig_ok(*state, "clerk", "meter.Readings", "{'meter': 'E', 'struck': true}");
	assert_int_equal(rig_count(r, "readings"), 5);
	r = rig_find(r, "readings", "kind", "estimate");
	assert_true(rig_has(r, "struck_at"));
	rig_refused(*state, "clerk", "meter.Estimate", ST_FAILED_PRECONDITION, "on",
		    "{'meter': 'E', 'on': '2026-03-15'}");
}

static void wrong_reading_is_struck_never_changed(void **state)
{
	const json_t *r;

	add(*state, "F", 6, ", 'first': '0'");
	take(*state, "F", "2026-02-01", "13", "");
	rig_refused(*state, "clerk", "meter.Correct", ST_PERMISSION_DENIED, NULL,
		    "{'meter': 'F', 'on': '2026-02-01', 'value': '31', 'why': 'x'}");
	rig_refused(*state, "supervisor", "meter.Correct", ST_INVALID_ARGUMENT, "why",
		    "{'meter': 'F', 'on': '2026-02-01', 'value': '31'}");
	rig_refused(*state, "supervisor", "meter.Correct", ST_NOT_FOUND, "on",
		    "{'meter': 'F', 'on': '2026-02-02', 'value': '31', 'why': 'x'}");
	r = rig_ok(*state, "supervisor", "meter.Correct",
		   "{'meter': 'F', 'on': '2026-02-01', 'value': '31', 'why': 'Digits swapped'}");
	assert_string_equal(rig_text(r, "value"), "31");
	r = rig_ok(*state, "clerk", "meter.Readings", "{'meter': 'F', 'struck': true}");
	assert_int_equal(rig_count(r, "readings"), 3);
	r = rig_find(r, "readings", "value", "13");
	assert_string_equal(rig_text(r, "struck_why"), "Digits swapped");
	assert_string_equal(rig_text(r, "struck_by"), "supervisor");
	/* Without a value nothing stands in its place; the first one is never without. */
	rig_ok(*state, "supervisor", "meter.Correct",
	       "{'meter': 'F', 'on': '2026-02-01', 'why': 'Another meter'}");
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "meter.Readings", "{'meter': 'F'}"), "readings"),
		1);
	rig_refused(*state, "supervisor", "meter.Correct", ST_INVALID_ARGUMENT, "value",
		    "{'meter': 'F', 'on': '2026-01-01', 'why': 'x'}");
	r = rig_ok(*state, "clerk", "meter.Usage",
		   "{'meter': 'F', 'from': '2026-02-01', 'to': '2026-02-28'}");
	assert_false(rig_has(r, "usage"));
	assert_true(strlen(rig_text(r, "sentence")) > 0);
}

static void round_lists_what_nobody_read(void **state)
{
	const json_t *r;

	add(*state, "G1", 7, ", 'first': '0'");
	add(*state, "G2", 7, ", 'first': '0'");
	take(*state, "G1", "2026-02-27", "9", "");
	r = rig_ok(*state, "clerk", "meter.Round",
		   "{'month': '2026-02', 'place': '1-107', 'utility': 'water'}");
	assert_int_equal(rig_count(r, "meters"), 1);
	assert_string_equal(rig_text(r, "meters.0.number"), "G2");
	/* An estimate is no reading. */
	rig_ok(*state, "clerk", "meter.Estimate",
	       "{'meter': 'G2', 'on': '2026-03-01', 'value': '9'}");
	r = rig_ok(*state, "clerk", "meter.Round", "{'month': '2026-02', 'place': '1-107'}");
	assert_int_equal(rig_count(r, "meters"), 1);
	take(*state, "G2", "2026-03-03", "8", "");
	r = rig_ok(*state, "clerk", "meter.Round", "{'month': '2026-02', 'place': '1-107'}");
	assert_int_equal(rig_count(r, "meters"), 0);
	rig_refused(*state, "clerk", "meter.Round", ST_INVALID_ARGUMENT, "month",
		    "{'month': 'February'}");
}

static void master_is_compared_with_what_is_behind_it(void **state)
{
	const json_t *r;

	add(*state, "H", 8, ", 'first': '0', 'kind': 'master'");
	add(*state, "H1", 8, ", 'first': '0', 'master': 'H'");
	add(*state, "H2", 8, ", 'first': '0', 'master': 'H'");
	take(*state, "H", "2026-02-01", "50", "");
	take(*state, "H1", "2026-02-01", "20", "");
	/* One is missing: no loss, but the reason. */
	r = rig_find(rig_ok(*state, "manager", "meter.Loss", "{'month': '2026-01'}"), "meters",
		     "number", "H");
	assert_false(rig_has(r, "lost"));
	assert_non_null(strstr(rig_text(r, "sentence"), "H2"));
	take(*state, "H2", "2026-02-01", "25.5", "");
	r = rig_ok(*state, "manager", "meter.Loss", "{'month': '2026-01', 'meter': 'H'}");
	assert_string_equal(rig_text(r, "meters.0.submeters"), "45.5");
	assert_string_equal(rig_text(r, "meters.0.lost"), "4.5");
	assert_string_equal(rig_text(r, "meters.0.percent"), "9.0");
	rig_refused(*state, "manager", "meter.Loss", ST_FAILED_PRECONDITION, "meter",
		    "{'month': '2026-01', 'meter': 'H1'}");
}

static void files_are_taken_row_by_row(void **state)
{
	static const char *const meters =
		"{'line': 2, 'property': 'sun', 'number': 'I1', 'utility': 'Water', 'place': "
		"'1-109', 'first': '5', 'on': '2026/1/1', 'serial': 'S1'},"
		"{'line': 3, 'serial': 'S2', 'utility': 'gas', 'place': '1-109', 'first': '0', "
		"'on': '2026-01-01'}, {'line': 4, 'utility': 'gas', 'place': '1-109', 'first': "
		"'0'}, {'line': 5, 'number': 'I5', 'utility': 'gas', 'place': 'nowhere', "
		"'first': '0'}, {'line': 6, 'number': 'I6', 'utility': 'gas', 'place': '1-109'}";
	static const char *const readings =
		"{'line': 2, 'meter': 'I1', 'on': '2026-02-01', 'value': '15'},"
		"{'line': 3, 'meter': 's2', 'on': '2026-02-01', 'value': '7.5'},"
		"{'line': 4, 'meter': 'I1', 'on': '2026-03-01', 'value': '14'},"
		"{'line': 5, 'meter': 'I1', 'on': '2026-03-01', 'value': '95'},"
		"{'line': 6, 'meter': 'I1', 'on': '2026-03-02', 'value': '95', 'confirm': 'yes'},"
		"{'line': 7, 'property': 'LAK', 'meter': 'FAR', 'on': '2026-02-01', 'value': "
		"'9'}, {'line': 8, 'meter': 'I1', 'value': '99'}";
	const json_t *r = rig_ok(*state, "manager", "meter.Import", "{'rows': [%s]}", meters);

	rig_row(r, 2, "taken", NULL);
	rig_row(r, 3, "taken", NULL);
	rig_row(r, 4, "rejected", "number");
	rig_row(r, 5, "rejected", "place");
	rig_row(r, 6, "rejected", "first");
	r = rig_ok(*state, "manager", "meter.Import", "{'rows': [%s]}", meters);
	rig_row(r, 2, "unchanged", NULL);
	rig_row(r, 3, "unchanged", NULL);
	r = rig_ok(*state, "manager", "meter.ImportReadings", "{'rows': [%s]}", readings);
	rig_row(r, 2, "taken", NULL);
	rig_row(r, 3, "taken", NULL);
	rig_row(r, 4, "rejected", "value");
	rig_row(r, 5, "rejected", "value");
	rig_row(r, 6, "taken", NULL);
	rig_row(r, 7, "rejected", "property");
	rig_row(r, 8, "rejected", "on");
	r = rig_ok(*state, "manager", "meter.ImportReadings", "{'rows': [%s]}", readings);
	rig_row(r, 2, "unchanged", NULL);
	rig_row(r, 6, "unchanged", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(meter_is_added_and_found),
		cmocka_unit_test(meter_that_cannot_be),
		cmocka_unit_test(reading_is_taken_once),
		cmocka_unit_test(doubtful_reading_needs_a_word),
		cmocka_unit_test(device_goes_over_the_top_and_is_replaced),
		cmocka_unit_test(estimate_gives_way_to_what_is_read),
		cmocka_unit_test(wrong_reading_is_struck_never_changed),
		cmocka_unit_test(round_lists_what_nobody_read),
		cmocka_unit_test(master_is_compared_with_what_is_behind_it),
		cmocka_unit_test(files_are_taken_row_by_row),
	};

	return cmocka_run_group_tests_name("meter", tests, prepare, rig_down);
}
