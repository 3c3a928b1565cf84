/* Taking occupancies over from a file. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* Places U-1 to U-3 and parties of the earlier system, M-1 and M-2. */
static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	for (int i = 1; i <= 3; i++)
		rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': 'U-%d'}", i);
	for (int i = 1; i <= 2; i++)
		rig_ok(*state, "manager", "party.Add", "{'name': 'Man %d', 'ref': 'M-%d'}", i, i);
	return 0;
}

static const json_t *import(struct rig *rig, const char *rows)
{
	return rig_ok(rig, "manager", "occupancy.Import", "{'rows': [%s]}", rows);
}

static const json_t *of_place(struct rig *rig, const char *place)
{
	return rig_ok(rig, "manager", "occupancy.List", "{'place': '%s', 'history': true}", place);
}

#define GOOD                                                                                   \
	"{'line': 2, 'property': 'Sun', 'place': 'u-1', 'party': 'M-1', 'from': '2019/5/1', "  \
	"'contract': 'D-1', 'note': 'n'},"                                                     \
	"{'line': 3, 'place': 'U-1', 'party': 'M-2', 'role': 'Tenant', 'from': '2020-01-01', " \
	"'to': '2021-01-01'},"                                                                 \
	"{'line': 4, 'place': 'U-1', 'party': 'M-1', 'role': 'merchant', 'from': '2021-01-01'}"

static void occupancy_import_takes_rows(void **state)
{
	const json_t *done = import(*state, GOOD), *o;

	assert_int_equal(rig_count(done, "rows"), 3);
	for (int line = 2; line <= 4; line++)
		assert_string_equal(rig_text(rig_row(done, line, "taken", NULL), "property"),
				    "SUN");
	o = of_place(*state, "U-1");
	assert_int_equal(rig_count(o, "occupancies"), 3);
	o = rig_find(o, "occupancies", "role", "owner");
	assert_string_equal(rig_text(o, "from"), "2019-05-01");
	assert_string_equal(rig_text(o, "contract"), "D-1");
	assert_string_equal(rig_text(o, "id"), rig_text(rig_row(done, 2, "taken", NULL), "id"));
	assert_string_equal(rig_text(o, "number"), "T-1001");
}

static void occupancy_import_again_changes_nothing(void **state)
{
	const json_t *done = import(*state, GOOD), *o;

	for (int line = 2; line <= 4; line++)
		rig_row(done, line, "unchanged", NULL);
	o = of_place(*state, "U-1");
	assert_int_equal(rig_count(o, "occupancies"), 3);
	for (size_t i = 0; i < 3; i++) {
		char path[40];

		(void)snprintf(path, sizeof(path), "occupancies.%zu.version", i);
		assert_int_equal(rig_int(o, path), 1);
	}
}

static void occupancy_import_changes_what_the_file_says(void **state)
{
	const json_t *done = import(
		*state, "{'line': 2, 'place': 'U-1', 'party': 'M-1', 'from': '2019-05-01', "
			"'to': '2030-01-01', 'contract': ''}");
	const json_t *o;

	rig_row(done, 2, "changed", NULL);
	o = rig_find(of_place(*state, "U-1"), "occupancies", "role", "owner");
	assert_string_equal(rig_text(o, "to"), "2030-01-01");
	assert_string_equal(rig_text(o, "contract"), "D-1");
	assert_int_equal(rig_int(o, "version"), 2);
}

static void occupancy_import_rejects_rows_one_by_one(void **state)
{
	static const char *const blames[] = { "property", "place", "party", "from", "place",
					      "party",    "role",  "from",  "to",   "to",
					      "place",    "to",    "place" };
	const json_t *done;

	rig_ok(*state, "manager", "place.Add", "{'kind': 'building', 'number': 'B'}");
	done = import(
		*state,
		"{'line': 2, 'property': 'LAK', 'place': 'U-2', 'party': 'M-1', 'from': "
		"'2020-01-01'},"
		"{'line': 3, 'party': 'M-1', 'from': '2020-01-01'}, {'line': 4, 'place': 'U-2', "
		"'from': '2020-01-01'},"
		"{'line': 5, 'place': 'U-2', 'party': 'M-1', 'from': ' '},"
		"{'line': 6, 'place': 'U-9', 'party': 'M-1', 'from': '2020-01-01'},"
		"{'line': 7, 'place': 'U-2', 'party': 'M-9', 'from': '2020-01-01'},"
		"{'line': 8, 'place': 'U-2', 'party': 'M-1', 'role': 'king', 'from': '2020-01-01'},"
		"{'line': 9, 'place': 'U-2', 'party': 'M-1', 'from': '2020-02-30'},"
		"{'line': 10, 'place': 'U-2', 'party': 'M-1', 'from': '2020-02-01', 'to': 'later'},"
		"{'line': 11, 'place': 'U-2', 'party': 'M-1', 'from': '2020-02-01', 'to': "
		"'2020-02-01'},"
		"{'line': 12, 'place': 'U-1', 'party': 'M-2', 'from': '2020-02-01'},"
		"{'line': 13, 'place': 'U-1', 'party': 'M-1', 'from': '2019-05-01', 'to': "
		"'2019-01-01'},"
		"{'line': 14, 'place': 'B', 'party': 'M-1', 'from': '2020-02-01'},"
		"{'line': 15, 'place': 'U-2', 'party': 'M-1', 'from': '2020-02-01'}");
	for (int line = 2; line <= 14; line++)
		assert_false(rig_has(rig_row(done, line, "rejected", blames[line - 2]), "id"));
	rig_row(done, 15, "taken", NULL);
	assert_int_equal(rig_count(of_place(*state, "U-2"), "occupancies"), 1);
	assert_int_equal(rig_count(of_place(*state, "U-1"), "occupancies"), 3);
	/* No number was lost on the way. */
	assert_string_equal(rig_text(of_place(*state, "U-2"), "occupancies.0.number"), "T-1004");
}

/* A watching desk is told of what was taken and changed, of nothing else. */
static void occupancy_import_tells_the_feed_what_changed(void **state)
{
	static const char *const told =
		"select count(*) || ' ' || max(pos) from steward.feed where entity = 'occupancy'";
	const char *before = rig_sql(*state, told);

	assert_int_equal(before[0], '4');
	import(*state, "{'line': 2, 'place': 'U-2', 'party': 'M-1', 'from': '2020-02-01'},"
		       "{'line': 3, 'place': 'U-2', 'party': 'M-2', 'from': '2020-02-01'}");
	assert_string_equal(rig_sql(*state, told), before);
	import(*state,
	       "{'line': 2, 'place': 'U-2', 'party': 'M-1', 'from': '2020-02-01', 'note': 'n'}");
	assert_string_not_equal(rig_sql(*state, told), before);
}

static void occupancy_import_lets_no_place_twice(void **state)
{
	const json_t *done = import(
		*state, "{'line': 2, 'place': 'U-3', 'party': 'M-1', 'from': '2020-01-01'},"
			"{'line': 3, 'place': 'U-3', 'party': 'M-2', 'from': '2021-01-01'},"
			"{'line': 4, 'place': 'U-3', 'party': 'M-1', 'from': '2020-01-01'}");

	rig_row(done, 2, "taken", NULL);
	assert_non_null(strstr(rig_text(rig_row(done, 3, "rejected", "place"), "reason"), "Man 1"));
	rig_row(done, 4, "unchanged", NULL);
}

static void occupancy_import_of_several_properties_asks_which(void **state)
{
	struct rig_result r;

	rig_elsewhere(*state, "place.Add", "{'kind': 'unit', 'number': 'U-1'}");
	rig_elsewhere(*state, "party.Add", "{'name': 'Far', 'ref': 'M-1'}");
	r = rig_call(*state, "admin", NULL, "occupancy.Import",
		     "{'rows': [{'line': 2, 'place': 'U-1', 'party': 'M-1', 'from': '2019-05-01'},"
		     " {'line': 3, 'property': 'LAK', 'place': 'U-1', 'party': 'M-1', 'from': "
		     "'2019-05-01'}]}",
		     NULL);
	assert_int_equal(r.err.code, ST_OK);
	rig_row(r.reply, 2, "rejected", "property");
	assert_string_equal(rig_text(rig_row(r.reply, 3, "taken", NULL), "property"), "LAK");
}

static void occupancy_import_happens_once_under_one_key(void **state)
{
	rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': 'K-1'}");
	rig_dry(*state, "manager", "occupancy.Import",
		"{'rows': [{'line': 2, 'place': 'K-1', 'party': 'M-1', 'from': '2020-01-01'}]}");
	assert_int_equal(rig_count(of_place(*state, "K-1"), "occupancies"), 0);
	rig_twice(*state, "manager", "occupancy.Import",
		  "{'rows': [{'line': 2, 'place': 'K-1', 'party': 'M-1', 'from': '2020-01-01'}]}");
	assert_int_equal(rig_count(of_place(*state, "K-1"), "occupancies"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(occupancy_import_takes_rows),
		cmocka_unit_test(occupancy_import_again_changes_nothing),
		cmocka_unit_test(occupancy_import_changes_what_the_file_says),
		cmocka_unit_test(occupancy_import_rejects_rows_one_by_one),
		cmocka_unit_test(occupancy_import_tells_the_feed_what_changed),
		cmocka_unit_test(occupancy_import_lets_no_place_twice),
		cmocka_unit_test(occupancy_import_of_several_properties_asks_which),
		cmocka_unit_test(occupancy_import_happens_once_under_one_key),
	};

	return cmocka_run_group_tests_name("occupancy import", tests, prepare, rig_down);
}
