/* Taking places over from a file. */
#include <string.h>

#include "tests/support/rig.h"

static const json_t *import(struct rig *rig, const char *rows)
{
	return rig_ok(rig, "manager", "place.Import", "{'rows': [%s]}", rows);
}

static const json_t *shown(struct rig *rig, const char *ref)
{
	return rig_ok(rig, "manager", "place.Show", "{'place': '%s'}", ref);
}

#define GOOD                                                                                       \
	"{'line': 2, 'property': 'sun', 'kind': 'Unit', 'number': '5-1-101', 'building': '5', "    \
	"'entrance': '1', 'floor': '1', 'gross_area': '90.5', 'use': 'flat', 'layout': '2'},"      \
	"{'line': 3, 'number': '5-1-102', 'building': '5', 'entrance': '1', 'floor': '1'},"        \
	"{'line': 4, 'kind': 'facility', 'number': '5-L1', 'building': '5', 'status': 'limited', " \
	"'installed_on': '2019/5/1'}, {'line': 5, 'kind': 'parking', 'number': 'P5', 'charger': "  \
	"'Y'}, {'line': 6, 'kind': 'building', 'number': '6', 'floors': '18', 'built_year': "      \
	"'2009', 'address': 'Lake 6'}"

static void place_import_takes_every_kind(void **state)
{
	const json_t *done = import(*state, GOOD), *p;

	assert_int_equal(rig_count(done, "rows"), 5);
	for (int line = 2; line <= 6; line++)
		assert_string_equal(rig_text(rig_row(done, line, "taken", NULL), "property"),
				    "SUN");
	p = shown(*state, "5-1-101");
	assert_string_equal(rig_text(p, "place.parent"), "5-1-1");
	assert_string_equal(rig_text(p, "place.gross_area"), "90.50");
	assert_string_equal(rig_text(p, "place.layout"), "2");
	assert_string_equal(rig_text(rig_row(done, 2, "taken", NULL), "id"),
			    rig_text(p, "place.id"));
	p = shown(*state, "5-L1");
	assert_string_equal(rig_text(p, "place.status"), "limited");
	assert_string_equal(rig_text(p, "place.installed_on"), "2019-05-01");
	assert_true(json_is_true(
		json_object_get(json_object_get(shown(*state, "P5"), "place"), "charger")));
	assert_int_equal(rig_int(shown(*state, "building:6"), "place.built_year"), 2009);
}

static void place_import_again_changes_nothing(void **state)
{
	const json_t *done = import(*state, GOOD);

	for (int line = 2; line <= 6; line++)
		rig_row(done, line, "unchanged", NULL);
	assert_int_equal(rig_int(shown(*state, "5-1-101"), "place.version"), 1);
	assert_int_equal(rig_count(shown(*state, "5-1-101"), "history"), 1);
}

static void place_import_changes_what_the_file_says(void **state)
{
	const json_t *done = import(
		*state, "{'line': 2, 'number': '5-1-101', 'use': 'shop', 'layout': ''},"
			"{'line': 3, 'kind': 'parking', 'number': 'P5', 'charger': 'no'},"
			"{'line': 4, 'number': '5-1-102', 'building': '6'}");
	const json_t *p = shown(*state, "5-1-101");

	for (int line = 2; line <= 4; line++)
		rig_row(done, line, "changed", NULL);
	assert_string_equal(rig_text(p, "place.use"), "shop");
	assert_string_equal(rig_text(p, "place.layout"), "2"); /* an empty cell says nothing */
	assert_string_equal(rig_text(p, "place.parent"), "5-1-1");
	assert_string_equal(rig_text(shown(*state, "5-1-102"), "place.building"), "6");
}

static void place_import_rejects_rows_one_by_one(void **state)
{
	static const char *const blames[] = { "property", "number",       "kind",   "gross_area",
					      "status",   "installed_on", "layout", "parent",
					      "building", "built_year",   "parent", "charger" };
	const json_t *done = import(
		*state,
		"{'line': 2, 'property': 'LAK', 'number': 'R-1'}, {'line': 3, 'number': ' '},"
		"{'line': 4, 'number': 'R-1', 'kind': 'castle'},"
		"{'line': 5, 'number': 'R-1', 'gross_area': '-4'},"
		"{'line': 6, 'number': 'R-1', 'kind': 'facility', 'status': 'broken'},"
		"{'line': 7, 'number': 'R-1', 'kind': 'facility', 'installed_on': '2019-02-29'},"
		"{'line': 8, 'number': 'R-1', 'kind': 'parking', 'layout': '3'},"
		"{'line': 9, 'number': 'R-1', 'parent': 'nowhere'},"
		"{'line': 10, 'number': 'R-1', 'floor': '3'},"
		"{'line': 11, 'number': 'R-1', 'kind': 'building', 'built_year': 'long ago'},"
		"{'line': 12, 'number': 'R-1', 'parent': '5-1-101', 'kind': 'building'},"
		"{'line': 13, 'number': 'R-1', 'kind': 'parking', 'charger': 'perhaps'},"
		"{'line': 14, 'number': 'R-2'}");

	for (int line = 2; line <= 13; line++)
		assert_false(rig_has(rig_row(done, line, "rejected", blames[line - 2]), "id"));
	rig_row(done, 14, "taken", NULL);
	rig_refused(*state, "manager", "place.Show", ST_NOT_FOUND, "place", "{'place': 'R-1'}");
	shown(*state, "R-2");
}

/* A row that is rejected takes back what it had made above it. */
static void place_import_of_a_bad_row_leaves_nothing(void **state)
{
	rig_row(import(*state, "{'line': 2, 'number': 'B-1', 'building': 'BADB', 'layout': 'x', "
			       "'kind': 'parking'}"),
		2, "rejected", "layout");
	rig_row(import(*state,
		       "{'line': 2, 'number': 'B-1', 'building': 'BADB', 'gross_area': 'x'}"),
		2, "rejected", "gross_area");
	rig_refused(*state, "manager", "place.Show", ST_NOT_FOUND, "place", "{'place': 'BADB'}");
}

/* A watching desk is told of what was taken and changed, and of what was made above it, of nothing
 * else. */
static void place_import_tells_the_feed_what_changed(void **state)
{
	const char *at;

	import(*state, "{'line': 2, 'number': 'Q-1', 'building': 'Q'}, {'line': 3, 'number': "
		       "'Q-2', 'gross_area': 'x'}");
	assert_string_equal(
		rig_sql(*state,
			"select string_agg(number, ' ' order by number) from steward.feed where "
			"entity = 'place' and number like 'Q%'"),
		"Q Q-1");
	at = rig_sql(*state, "select max(pos) from steward.feed where entity = 'place'");
	import(*state, "{'line': 2, 'number': 'Q-1', 'building': 'Q'}");
	assert_string_equal(
		rig_sql(*state, "select max(pos) from steward.feed where entity = 'place'"), at);
}

static void place_import_takes_the_same_row_once(void **state)
{
	const json_t *done = import(*state,
				    "{'line': 2, 'number': 'S-1'}, {'line': 3, 'number': 'S-1 '},"
				    "{'line': 4, 'number': 'S-1', 'use': 'shop'}");

	rig_row(done, 2, "taken", NULL);
	rig_row(done, 3, "unchanged", NULL);
	rig_row(done, 4, "changed", NULL);
}

static void place_import_of_several_properties_asks_which(void **state)
{
	struct rig_result r = rig_call(*state, "admin", NULL, "place.Import",
				       "{'rows': [{'line': 2, 'number': 'X-1'},"
				       " {'line': 3, 'number': 'X-1', 'property': 'LAK'},"
				       " {'line': 4, 'number': 'X-1', 'property': 'SUN'}]}",
				       NULL);

	assert_int_equal(r.err.code, ST_OK);
	rig_row(r.reply, 2, "rejected", "property");
	assert_string_equal(rig_text(rig_row(r.reply, 3, "taken", NULL), "property"), "LAK");
	assert_string_equal(rig_text(rig_row(r.reply, 4, "taken", NULL), "property"), "SUN");
}

static void place_import_happens_once_under_one_key(void **state)
{
	rig_dry(*state, "manager", "place.Import", "{'rows': [{'line': 2, 'number': 'D-1'}]}");
	rig_refused(*state, "manager", "place.Show", ST_NOT_FOUND, "place", "{'place': 'D-1'}");
	rig_row(rig_twice(*state, "manager", "place.Import",
			  "{'rows': [{'line': 2, 'number': 'D-1'}]}"),
		2, "taken", NULL);
	assert_int_equal(rig_int(shown(*state, "D-1"), "place.version"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(place_import_takes_every_kind),
		cmocka_unit_test(place_import_again_changes_nothing),
		cmocka_unit_test(place_import_changes_what_the_file_says),
		cmocka_unit_test(place_import_rejects_rows_one_by_one),
		cmocka_unit_test(place_import_of_a_bad_row_leaves_nothing),
		cmocka_unit_test(place_import_tells_the_feed_what_changed),
		cmocka_unit_test(place_import_takes_the_same_row_once),
		cmocka_unit_test(place_import_of_several_properties_asks_which),
		cmocka_unit_test(place_import_happens_once_under_one_key),
	};

	return cmocka_run_group_tests_name("place import", tests, rig_up, rig_down);
}
