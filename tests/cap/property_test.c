/* Properties: who may add and change them, what they tell of themselves, taking them over from a
 * file. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* As admin at no property in particular; must succeed. */
static const json_t *anywhere(struct rig *rig, const char *method, const char *request)
{
	struct rig_result r = rig_call(rig, "admin", NULL, method, request, NULL);

	if (r.err.code != ST_OK)
		fail_msg("%s: %s [%s] %s", method, r.err.reason, r.err.field, r.err.message);
	return r.reply;
}

static bool is_listed(struct rig *rig, const char *code)
{
	return rig_find(anywhere(rig, "property.List", "{}"), "properties", "code", code) != NULL;
}

static void property_add_gives_what_was_said(void **state)
{
	const json_t *p = rig_ok(*state, "admin", "property.Add",
				 "{'code': 'HILL', 'name': ' Hill Side ', 'zone': 'Europe/Berlin', "
				 "'currency': 'EUR', 'country_code': '49', 'trunk_prefix': '0', "
				 "'address': 'Hill Road 7'}");
	const json_t *shown;

	assert_string_equal(rig_text(p, "code"), "HILL");
	assert_string_equal(rig_text(p, "number"), "HILL");
	assert_string_equal(rig_text(p, "name"), "Hill Side");
	assert_string_equal(rig_text(p, "zone"), "Europe/Berlin");
	assert_string_equal(rig_text(p, "currency"), "EUR");
	assert_string_equal(rig_text(p, "country_code"), "49");
	assert_string_equal(rig_text(p, "trunk_prefix"), "0");
	assert_string_equal(rig_text(p, "address"), "Hill Road 7");
	assert_int_equal(rig_int(p, "version"), 1);
	shown = anywhere(*state, "property.Show", "{'code': 'HILL'}");
	assert_string_equal(rig_text(shown, "id"), rig_text(p, "id"));
	assert_string_equal(rig_text(shown, "name"), "Hill Side");
	assert_int_equal(rig_int(shown, "units"), 0);
}

static void property_add_presumes_what_is_not_said(void **state)
{
	const json_t *p = rig_ok(*state, "admin", "property.Add",
				 "{'code': 'PLAIN', 'name': 'Plain'}");

	assert_string_equal(rig_text(p, "zone"), "Asia/Shanghai");
	assert_string_equal(rig_text(p, "currency"), "CNY");
	assert_string_equal(rig_text(p, "country_code"), "86");
	assert_string_equal(rig_text(p, "trunk_prefix"), "0");
	assert_false(rig_has(p, "address"));
}

static void property_add_takes_a_hyphen_for_no_trunk_prefix(void **state)
{
	const json_t *p = rig_ok(*state, "admin", "property.Add",
				 "{'code': 'HYPHEN', 'name': 'x', 'trunk_prefix': '-'}");

	assert_string_equal(rig_text(p, "trunk_prefix"), "");
}

static void property_add_refuses_a_known_code(void **state)
{
	rig_refused(*state, "admin", "property.Add", ST_ALREADY_EXISTS, "code",
		    "{'code': 'LAK', 'name': 'Another lake'}");
}

static void property_add_names_the_bad_field(void **state)
{
	static const struct {
		const char *field, *rest;
	} bad[] = {
		{ "code", "'code': '-X', 'name': 'x'" },
		{ "code", "'code': 'sun2', 'name': 'x'" },
		{ "name", "'code': 'BAD', 'name': ' '" },
		{ "zone", "'code': 'BAD', 'name': 'x', 'zone': 'Nowhere/City'" },
		{ "zone", "'code': 'BAD', 'name': 'x', 'zone': 'CST6'" },
		{ "currency", "'code': 'BAD', 'name': 'x', 'currency': 'EU'" },
		{ "currency", "'code': 'BAD', 'name': 'x', 'currency': 'eur'" },
		{ "country_code", "'code': 'BAD', 'name': 'x', 'country_code': '0'" },
		{ "country_code", "'code': 'BAD', 'name': 'x', 'country_code': '+86'" },
		{ "trunk_prefix", "'code': 'BAD', 'name': 'x', 'trunk_prefix': 'x'" },
		{ "address", "'code': 'BAD', 'name': 'x', 'address': 'two\\nlines'" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "admin", "property.Add", ST_INVALID_ARGUMENT, bad[i].field,
			    "{%s}", bad[i].rest);
	assert_false(is_listed(*state, "BAD"));
}

static void property_add_is_for_administrators_of_all_properties(void **state)
{
	struct rig_result r = rig_refused(*state, "administrator", "property.Add",
					  ST_PERMISSION_DENIED, NULL,
					  "{'code': 'MINE', 'name': 'x'}");

	assert_string_equal(r.err.reason, "ALL_PROPERTIES");
	assert_false(is_listed(*state, "MINE"));
}

static void property_add_dry_run_leaves_nothing(void **state)
{
	const json_t *p = rig_dry(*state, "admin", "property.Add",
				  "{'code': 'DRY', 'name': 'Dry'}");

	assert_string_equal(rig_text(p, "name"), "Dry");
	assert_false(is_listed(*state, "DRY"));
}

static void property_add_twice_under_one_key_adds_one(void **state)
{
	const json_t *p = rig_twice(*state, "admin", "property.Add",
				    "{'code': 'ONCE', 'name': 'Once'}");

	assert_string_equal(rig_text(p, "code"), "ONCE");
	assert_string_equal(
		rig_sql(*state, "select count(*) from steward.property where code = 'ONCE'"), "1");
}

static void property_list_shows_what_is_in_reach(void **state)
{
	struct rig_result r = rig_call(*state, "clerk", NULL, "property.List", "{}", NULL);

	assert_int_equal(r.err.code, ST_OK);
	assert_int_equal(rig_count(r.reply, "properties"), 1);
	assert_string_equal(rig_text(r.reply, "properties.0.code"), "SUN");
	r = rig_call(*state, "foreign", NULL, "property.List", "{}", NULL);
	assert_int_equal(rig_count(r.reply, "properties"), 1);
	assert_string_equal(rig_text(r.reply, "properties.0.code"), "LAK");
	assert_true(is_listed(*state, "SUN") && is_listed(*state, "LAK"));
}

static void property_list_finds_beginnings_of_words(void **state)
{
	assert_int_equal(
		rig_count(anywhere(*state, "property.List", "{'text': 'VIEW'}"), "properties"), 1);
	assert_int_equal(
		rig_count(anywhere(*state, "property.List", "{'text': 'lak'}"), "properties"), 1);
	assert_int_equal(
		rig_count(anywhere(*state, "property.List", "{'text': 'iew'}"), "properties"), 0);
}

static void property_show_counts_what_it_has(void **state)
{
	static const struct {
		const char *method, *request;
	} calls[] = {
		{ "property.Add", "{'code': 'COUNT', 'name': 'Count'}" },
		{ "place.Add", "{'kind': 'unit', 'number': '1-101', 'building': '1'}" },
		{ "place.Add", "{'kind': 'unit', 'number': '1-102', 'building': '1'}" },
		{ "place.Add", "{'kind': 'unit', 'number': '1-103', 'building': '1'}" },
		{ "place.Edit", "{'place': '1-103', 'closed_on': '2020-01-01'}" },
		{ "place.Add", "{'kind': 'parking', 'number': 'B12'}" },
		{ "party.Add", "{'name': 'Holder'}" },
		{ "occupancy.Start", "{'place': '1-101', 'party': 'P-1001', 'role': 'owner'}" },
		{ "occupancy.Start", "{'place': '1-101', 'party': 'P-1001', 'role': 'occupant'}" },
		{ "occupancy.Start",
		  "{'place': '1-102', 'party': 'P-1001', 'role': 'owner', 'from': '2999-01-01'}" },
	};
	const json_t *p;

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		struct rig_result r = rig_call(*state, "admin", i > 0 ? "COUNT" : NULL,
					       calls[i].method, calls[i].request, NULL);

		if (r.err.code != ST_OK)
			fail_msg("%s: [%s] %s", calls[i].method, r.err.field, r.err.message);
	}
	p = anywhere(*state, "property.Show", "{'code': 'COUNT'}");
	assert_int_equal(rig_int(p, "buildings"), 1);
	assert_int_equal(rig_int(p, "units"), 2);
	assert_int_equal(rig_int(p, "held"), 1);
	assert_int_equal(rig_int(p, "parking"), 1);
	assert_int_equal(rig_int(p, "parties"), 1);
}

static void property_show_needs_no_code_where_one_is_in_reach(void **state)
{
	struct rig_result r = rig_call(*state, "clerk", NULL, "property.Show", "{}", NULL);

	assert_string_equal(rig_text(r.reply, "code"), "SUN");
	r = rig_call(*state, "admin", NULL, "property.Show", "{}", NULL);
	assert_int_equal(r.err.code, ST_INVALID_ARGUMENT);
	assert_string_equal(r.err.field, "code");
}

static void property_of_others_is_not_found(void **state)
{
	rig_refused(*state, "clerk", "property.Show", ST_NOT_FOUND, "code", "{'code': 'LAK'}");
	rig_refused(*state, "clerk", "property.Show", ST_NOT_FOUND, "code", "{'code': 'NONE'}");
	rig_refused(*state, "manager", "property.Edit", ST_NOT_FOUND, "code",
		    "{'code': 'LAK', 'name': 'Mine'}");
	assert_string_equal(rig_text(anywhere(*state, "property.Show", "{'code': 'LAK'}"), "name"),
			    "Lake View");
}

static void property_edit_keeps_absent_fields(void **state)
{
	const json_t *p, *was = anywhere(*state, "property.Add",
					 "{'code': 'KEEP', 'name': 'Keep', 'zone': 'Asia/Tokyo', "
					 "'currency': 'JPY', 'country_code': '81', "
					 "'trunk_prefix': '0', 'address': 'Somewhere'}");

	assert_int_equal(rig_int(was, "version"), 1);
	p = anywhere(*state, "property.Edit", "{'code': 'KEEP', 'name': 'Kept'}");
	assert_int_equal(rig_int(p, "version"), 2);
	assert_string_equal(rig_text(p, "name"), "Kept");
	assert_string_equal(rig_text(p, "zone"), "Asia/Tokyo");
	assert_string_equal(rig_text(p, "currency"), "JPY");
	assert_string_equal(rig_text(p, "country_code"), "81");
	assert_string_equal(rig_text(p, "trunk_prefix"), "0");
	assert_string_equal(rig_text(p, "address"), "Somewhere");
	p = anywhere(*state, "property.Edit", "{'code': 'KEEP', 'clear': ['address']}");
	assert_false(rig_has(p, "address"));
	assert_string_equal(rig_text(p, "name"), "Kept");
	p = anywhere(*state, "property.Edit", "{'code': 'KEEP', 'name': 'Kept'}");
	assert_int_equal(rig_int(p, "version"), 3); /* nothing changed */
}

static void property_edit_refuses_what_somebody_changed_meanwhile(void **state)
{
	const json_t *p = rig_ok(*state, "manager", "property.Edit",
				 "{'code': 'SUN', 'address': 'Lake Road 5'}");
	struct rig_result r = rig_refused(*state, "manager", "property.Edit", ST_ABORTED, "version",
					  "{'code': 'SUN', 'address': 'x', 'version': %lld}",
					  (long long)rig_int(p, "version") - 1);

	assert_string_equal(r.err.reason, ST_REASON_VERSION_CONFLICT);
	p = rig_ok(*state, "manager", "property.Edit",
		   "{'code': 'SUN', 'address': 'Lake Road 6', 'version': %lld}",
		   (long long)rig_int(p, "version"));
	assert_string_equal(rig_text(p, "address"), "Lake Road 6");
}

static void property_edit_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "name", "'name': ''" },
		{ "zone", "'zone': 'Nowhere/City'" },
		{ "currency", "'currency': 'E1R'" },
		{ "country_code", "'country_code': '1234'" },
		{ "trunk_prefix", "'trunk_prefix': 'a'" },
		{ "clear[0]", "'clear': ['name']" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "manager", "property.Edit", ST_INVALID_ARGUMENT, bad[i][0],
			    "{'code': 'SUN', %s}", bad[i][1]);
}

static void property_edit_twice_under_one_key_changes_once(void **state)
{
	const json_t *p = rig_twice(*state, "manager", "property.Edit",
				    "{'code': 'SUN', 'address': 'Once Road 1'}");
	const json_t *now = rig_ok(*state, "manager", "property.Show", "{'code': 'SUN'}");

	assert_int_equal(rig_int(now, "version"), rig_int(p, "version"));
	rig_dry(*state, "manager", "property.Edit", "{'code': 'SUN', 'address': 'Dry Road 1'}");
	now = rig_ok(*state, "manager", "property.Show", "{'code': 'SUN'}");
	assert_string_equal(rig_text(now, "address"), "Once Road 1");
}

static void property_edit_reads_telephone_numbers_anew(void **state)
{
	struct rig_result r;

	anywhere(*state, "property.Add", "{'code': 'DIAL', 'name': 'Dial'}");
	r = rig_call(*state, "admin", "DIAL", "party.Add",
		     "{'name': 'Caller', 'phones': ['030 901820 11']}", NULL);
	assert_int_equal(r.err.code, ST_OK);
	r = rig_call(*state, "admin", "DIAL", "party.Show", "{'party': 'P-1001'}", NULL);
	assert_string_equal(rig_text(r.reply, "phones.0.e164"), "+863090182011");
	anywhere(*state, "property.Edit", "{'code': 'DIAL', 'country_code': '49'}");
	r = rig_call(*state, "admin", "DIAL", "party.Show", "{'party': 'P-1001'}", NULL);
	assert_string_equal(rig_text(r.reply, "phones.0.e164"), "+493090182011");
	assert_string_equal(rig_text(r.reply, "phones.0.phone"), "030 901820 11");
	r = rig_call(*state, "admin", "DIAL", "find.Find", "{'text': '+49 30 90182011'}", NULL);
	assert_string_equal(rig_text(r.reply, "rows.0.match"), "exact");
}

#define FILE_OF_PROPERTIES                                                                  \
	"{'rows': [{'line': 2, 'code': 'one', 'name': 'One', 'zone': 'Asia/Tokyo'},"        \
	" {'line': 3, 'code': 'TWO', 'name': 'Two', 'zone': 'Mars/Crater'},"                \
	" {'line': 4, 'code': '', 'name': 'No code'}, {'line': 5, 'code': 'FOUR'},"         \
	" {'line': 6, 'code': 'LAK', 'name': 'Lake View', 'address': 'Shore 1'},"           \
	" {'line': 7, 'code': 'T W O', 'name': 'Blanks'},"                                  \
	" {'line': 8, 'code': 'ONE', 'name': 'One'}, {'line': 9, 'code': 'EIGHT', 'name': " \
	"'Eight', 'currency': 'EUR', 'trunk_prefix': '-'}]}"

static void property_import_answers_every_row(void **state)
{
	const json_t *done = anywhere(*state, "property.Import", FILE_OF_PROPERTIES), *p;

	assert_int_equal(rig_count(done, "rows"), 8);
	assert_string_equal(rig_text(rig_row(done, 2, "taken", NULL), "number"), "ONE");
	rig_row(done, 3, "rejected", "zone");
	rig_row(done, 4, "rejected", "code");
	rig_row(done, 5, "rejected", "name");
	rig_row(done, 6, "changed", NULL);
	rig_row(done, 7, "rejected", "code");
	rig_row(done, 8, "unchanged", NULL);
	rig_row(done, 9, "taken", NULL);
	assert_true(is_listed(*state, "ONE") && is_listed(*state, "EIGHT"));
	assert_false(is_listed(*state, "TWO"));
	p = anywhere(*state, "property.Show", "{'code': 'LAK'}");
	assert_string_equal(rig_text(p, "address"), "Shore 1");
	p = anywhere(*state, "property.Show", "{'code': 'EIGHT'}");
	assert_string_equal(rig_text(p, "currency"), "EUR");
	assert_string_equal(rig_text(p, "trunk_prefix"), "");

	done = anywhere(*state, "property.Import", FILE_OF_PROPERTIES);
	rig_row(done, 2, "unchanged", NULL);
	rig_row(done, 3, "rejected", "zone");
	rig_row(done, 6, "unchanged", NULL);
	rig_row(done, 9, "unchanged", NULL);
	assert_int_equal(rig_int(anywhere(*state, "property.Show", "{'code': 'EIGHT'}"), "version"),
			 1);
}

static void property_import_adds_only_for_administrators_of_all_properties(void **state)
{
	const json_t *done = rig_ok(*state, "administrator", "property.Import",
				    "{'rows': [{'line': 2, 'code': 'NOTMINE', 'name': 'x'},"
				    " {'line': 3, 'code': 'SUN', 'name': 'Sunshine Gardens'},"
				    " {'line': 4, 'code': 'LAK', 'name': 'Mine now'}]}");
	const json_t *row = rig_find(done, "rows", "number", "NOTMINE");

	assert_string_equal(rig_text(row, "outcome"), "rejected");
	assert_non_null(strstr(rig_text(row, "reason"), "administrator"));
	rig_row(done, 3, "changed", NULL);
	row = rig_find(done, "rows", "number", "LAK");
	assert_string_equal(rig_text(row, "outcome"), "rejected");
	assert_string_equal(rig_text(anywhere(*state, "property.Show", "{'code': 'LAK'}"), "name"),
			    "Lake View");
	assert_false(is_listed(*state, "NOTMINE"));
}

static void property_import_dry_run_leaves_nothing(void **state)
{
	rig_row(rig_dry(*state, "admin", "property.Import",
			"{'rows': [{'line': 2, 'code': 'DRYROW', 'name': 'Dry'}]}"),
		2, "taken", NULL);
	assert_false(is_listed(*state, "DRYROW"));
	rig_twice(*state, "admin", "property.Import",
		  "{'rows': [{'line': 2, 'code': 'WETROW', 'name': 'Wet'}]}");
	assert_true(is_listed(*state, "WETROW"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(property_add_gives_what_was_said),
		cmocka_unit_test(property_add_presumes_what_is_not_said),
		cmocka_unit_test(property_add_takes_a_hyphen_for_no_trunk_prefix),
		cmocka_unit_test(property_add_refuses_a_known_code),
		cmocka_unit_test(property_add_names_the_bad_field),
		cmocka_unit_test(property_add_is_for_administrators_of_all_properties),
		cmocka_unit_test(property_add_dry_run_leaves_nothing),
		cmocka_unit_test(property_add_twice_under_one_key_adds_one),
		cmocka_unit_test(property_list_shows_what_is_in_reach),
		cmocka_unit_test(property_list_finds_beginnings_of_words),
		cmocka_unit_test(property_show_counts_what_it_has),
		cmocka_unit_test(property_show_needs_no_code_where_one_is_in_reach),
		cmocka_unit_test(property_of_others_is_not_found),
		cmocka_unit_test(property_edit_keeps_absent_fields),
		cmocka_unit_test(property_edit_refuses_what_somebody_changed_meanwhile),
		cmocka_unit_test(property_edit_names_the_bad_field),
		cmocka_unit_test(property_edit_twice_under_one_key_changes_once),
		cmocka_unit_test(property_edit_reads_telephone_numbers_anew),
		cmocka_unit_test(property_import_answers_every_row),
		cmocka_unit_test(property_import_adds_only_for_administrators_of_all_properties),
		cmocka_unit_test(property_import_dry_run_leaves_nothing),
	};

	return cmocka_run_group_tests_name("property", tests, rig_up, rig_down);
}
