/* The one search box: what is found by what, and how sure it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/rig.h"

/*
 * At SUN: Wang Xiaoming (王小明), who owns 3-1-1202 and rents parking space B12; Zhang Wei, who
 * shares his telephone; the merchant Lucky Noodles; a case. At LAK: a Wang Xiaoming with the same
 * telephone.
 */
static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "clerk", "place.Add",
	       "{'kind': 'unit', 'number': '3-1-1202', 'building': '3', 'entrance': '1', 'name': "
	       "'Corner flat'}");
	rig_ok(*state, "clerk", "place.Add",
	       "{'kind': 'unit', 'number': '3-1-1203', 'building': '3'}");
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'parking', 'number': 'B12'}");
	rig_ok(*state, "clerk", "party.Add",
	       "{'name': 'Wang Xiaoming', 'alias': '王小明', 'phones': ['138-0013-8000'], "
	       "'plates': ['浙A·12345'], "
	       "'document': '330106198001011234', 'ref': 'OLD-77'}");
	rig_ok(*state, "clerk", "party.Add",
	       "{'name': 'Zhang Wei', 'phones': ['+86 138 0013 8000']}");
	rig_ok(*state, "clerk", "party.Add",
	       "{'name': 'Lucky Noodles', 'alias': '好运面馆', 'form': 'organisation'}");
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': '3-1-1202', 'party': 'P-1001', 'role': 'owner', 'from': '2019-05-01'}");
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': 'B12', 'party': 'P-1001', 'role': 'tenant', 'from': '2019-05-01'}");
	rig_ok(*state, "clerk", "case.Open",
	       "{'kind': 'repair', 'summary': 'Kitchen tap drips', 'place': '3-1-1202', 'party': "
	       "'P-1001'}");
	rig_elsewhere(*state, "party.Add",
		      "{'name': 'Wang Xiaoming', 'phones': ['13800138000'], 'plates': ['FAR 1']}");
	rig_elsewhere(*state, "place.Add", "{'kind': 'unit', 'number': '3-1-1202'}");
	rig_elsewhere(*state, "case.Open",
		      "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Far away'}");
	return 0;
}

static const json_t *find(struct rig *rig, const char *text)
{
	return rig_ok(rig, "operator", "find.Find", "{'text': '%s'}", text);
}

/* The first row of what is found by 'text': must be of this kind and number, and this sure. */
static const json_t *first(struct rig *rig, const char *text, const char *match, const char *kind,
			   const char *number)
{
	const json_t *found = find(rig, text), *row;

	if (rig_count(found, "rows") == 0)
		fail_msg("nothing is found by %s", text);
	row = json_array_get(json_object_get(found, "rows"), 0);
	if (strcmp(rig_text(row, "match"), match) != 0 ||
	    strcmp(rig_text(row, "kind"), kind) != 0 ||
	    strcmp(rig_text(row, "number"), number) != 0)
		fail_msg("by %s is found %s %s %s", text, rig_text(row, "match"),
			 rig_text(row, "kind"), rig_text(row, "number"));
	return row;
}

static void nothing(struct rig *rig, const char *text)
{
	const json_t *found = find(rig, text);

	if (rig_count(found, "rows") != 0)
		fail_msg("by %s is found %s", text, rig_text(found, "rows.0.number"));
}

static void find_knows_a_whole_telephone_number(void **state)
{
	static const char *const ways[] = { "13800138000", "138 0013 8000", "+86 138-0013-8000",
					    "86 138 0013 8000", "0086 13800138000" };

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		const json_t *found = find(*state, ways[i]);

		first(*state, ways[i], "exact", "phone", "P-1001");
		assert_non_null(rig_find(found, "rows", "number", "P-1002"));
		assert_string_equal(rig_text(rig_find(found, "rows", "number", "P-1002"), "match"),
				    "exact");
		assert_string_equal(rig_text(found, "rows.0.phone"), "138-0013-8000");
		assert_string_equal(rig_text(found, "rows.0.party"), "Wang Xiaoming");
		assert_string_equal(rig_text(found, "rows.0.place"), "3-1-1202");
		assert_string_equal(rig_text(found, "rows.0.role"), "owner");
		assert_string_equal(rig_text(found, "rows.0.property"), "SUN");
		assert_string_equal(rig_text(found, "rows.1.place"), "B12");
	}
}

static void find_suggests_by_the_ends_of_a_telephone_number(void **state)
{
	first(*state, "8000", "suggested", "phone", "P-1001");
	first(*state, "0013-8000", "suggested", "phone", "P-1001");
	first(*state, "13800", "suggested", "phone", "P-1001");
	nothing(*state, "3800138");
}

static void find_knows_a_whole_unit(void **state)
{
	const json_t *row = first(*state, "3-1-1202", "exact", "unit", "3-1-1202");

	assert_string_equal(rig_text(row, "label"), "Corner flat");
	assert_string_equal(rig_text(row, "place"), "3-1-1202");
	assert_string_equal(rig_text(row, "party"), "Wang Xiaoming");
	assert_string_equal(rig_text(row, "role"), "owner");
	assert_string_equal(rig_text(row, "phone"), "138-0013-8000");
	assert_string_equal(rig_text(row, "entity"), "place");
	assert_true(rig_has(row, "id") && rig_has(row, "party_id"));
	first(*state, " 3-1-1202 ", "exact", "unit", "3-1-1202");
	first(*state, "sun/3-1-1202", "exact", "unit", "3-1-1202");
	first(*state, "３-１-１２０２", "exact", "unit", "3-1-1202");
	first(*state, "b12", "exact", "parking", "B12");
	/* Nobody holds it: the place alone. */
	row = first(*state, "3-1-1203", "exact", "unit", "3-1-1203");
	assert_false(rig_has(row, "party"));
}

static void find_suggests_by_the_end_of_a_unit(void **state)
{
	first(*state, "1202", "suggested", "unit", "3-1-1202");
	first(*state, "311202", "suggested", "unit", "3-1-1202");
	first(*state, "3-1-12", "suggested", "unit", "3-1-1202");
}

static void find_knows_a_whole_name(void **state)
{
	first(*state, "Wang Xiaoming", "exact", "name", "P-1001");
	first(*state, "wang  XIAOMING", "exact", "name", "P-1001");
	first(*state, "Ｗａｎｇ Ｘｉａｏｍｉｎｇ", "exact", "name", "P-1001");
	first(*state, "王小明", "exact", "name", "P-1001");
	first(*state, "lucky noodles", "exact", "name", "P-1003");
	first(*state, "corner flat", "exact", "name", "3-1-1202");
}

static void find_suggests_by_parts_of_a_name(void **state)
{
	first(*state, "wang", "suggested", "name", "P-1001");
	first(*state, "xiaom", "suggested", "name", "P-1001");
	first(*state, "wx", "suggested", "name", "P-1001");
	first(*state, "王", "suggested", "name", "P-1001");
	first(*state, "小明", "suggested", "name", "P-1001");
	first(*state, "面馆", "suggested", "name", "P-1003");
	nothing(*state, "kynoo");
	nothing(*state, "w"); /* one letter says too little */
}

static void find_suggests_names_that_are_misspelt(void **state)
{
	first(*state, "Lucky Nodles", "suggested", "name", "P-1003");
	first(*state, "Wang Xiaomng", "suggested", "name", "P-1001");
}

static void find_knows_a_plate(void **state)
{
	first(*state, "浙A·12345", "exact", "plate", "P-1001");
	first(*state, "浙a 123-45", "exact", "plate", "P-1001");
	first(*state, "12345", "suggested", "plate", "P-1001");
	first(*state, "浙A1", "suggested", "plate", "P-1001");
}

static void find_knows_numbers_of_cases_and_parties(void **state)
{
	const json_t *row = first(*state, "c-1001", "exact", "case", "C-1001");

	assert_string_equal(rig_text(row, "label"), "Kitchen tap drips");
	assert_string_equal(rig_text(row, "entity"), "case");
	assert_string_equal(rig_text(row, "property"), "SUN");
	first(*state, "SUN/C-1001", "exact", "case", "C-1001");
	first(*state, "p-1003", "exact", "party", "P-1003");
	first(*state, "OLD-77", "exact", "party", "P-1001");
	assert_non_null(rig_find(find(*state, "1001"), "rows", "kind", "case"));
	assert_string_equal(
		rig_text(rig_find(find(*state, "1001"), "rows", "kind", "case"), "match"),
		"suggested");
	/* What it is about now. */
	rig_ok(*state, "clerk", "case.Edit", "{'case': 'C-1001', 'summary': 'Kitchen tap broke'}");
	row = first(*state, "C-1001", "exact", "case", "C-1001");
	assert_string_equal(rig_text(row, "label"), "Kitchen tap broke");
}

/* Whoever types part of a document's number is told nothing. */
static void find_knows_documents_by_the_whole_number_only(void **state)
{
	const json_t *row = first(*state, "330106198001011234", "exact", "document", "P-1001");

	assert_string_equal(rig_text(row, "label"), "Wang Xiaoming");
	nothing(*state, "33010619");
	nothing(*state, "1011234");
}

static void find_puts_sure_hits_first(void **state)
{
	const json_t *rows;
	bool suggested = false;

	rig_ok(*state, "clerk", "place.Add", "{'kind': 'facility', 'number': '1202'}");
	rows = json_object_get(find(*state, "1202"), "rows");
	assert_string_equal(rig_text(json_array_get(rows, 0), "kind"), "facility");
	for (size_t i = 0; i < json_array_size(rows); i++) {
		bool exact = strcmp(rig_text(json_array_get(rows, i), "match"), "exact") == 0;

		assert_false(exact && suggested);
		suggested = suggested || !exact;
	}
	assert_true(suggested);
}

static void find_stays_within_the_property(void **state)
{
	static const char *const texts[] = { "FAR 1", "LAK/3-1-1202", "LAK/P-1001", "LAK/C-1001" };
	struct rig_result r;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		nothing(*state, texts[i]);
	assert_null(rig_find(find(*state, "13800138000"), "rows", "property", "LAK"));
	r = rig_call(*state, "admin", NULL, "find.Find", "{'text': '13800138000'}", NULL);
	assert_non_null(rig_find(r.reply, "rows", "property", "LAK"));
	assert_non_null(rig_find(r.reply, "rows", "property", "SUN"));
	r = rig_call(*state, "admin", NULL, "find.Find", "{'text': 'lak/3-1-1202'}", NULL);
	assert_int_equal(rig_count(r.reply, "rows"), 1);
	assert_string_equal(rig_text(r.reply, "rows.0.property"), "LAK");
}

static void find_narrows_down_to_kinds(void **state)
{
	const json_t *found = rig_ok(*state, "operator", "find.Find",
				     "{'text': '1202', 'kind': ['unit']}");

	assert_string_equal(rig_text(found, "rows.0.kind"), "unit");
	assert_null(rig_find(found, "rows", "kind", "facility"));
	found = rig_ok(*state, "operator", "find.Find",
		       "{'text': '1001', 'kind': ['case', 'unit']}");
	assert_int_equal(rig_count(found, "rows"), 1);
	found = rig_ok(*state, "operator", "find.Find", "{'text': '1001', 'kind': ['party']}");
	assert_string_equal(rig_text(found, "rows.0.entity"), "party");
	found = rig_ok(*state, "operator", "find.Find",
		       "{'text': '13800138000', 'kind': ['phone'], 'limit': 1}");
	assert_null(rig_find(found, "rows", "number", "P-1002"));
}

static void find_forgets_what_changed(void **state)
{
	rig_ok(*state, "clerk", "party.Add",
	       "{'name': 'Changing Name', 'phones': ['13711112222']}");
	rig_ok(*state, "clerk", "party.Edit", "{'party': 'P-1004', 'name': 'Lasting Name'}");
	nothing(*state, "changing");
	first(*state, "lasting name", "exact", "name", "P-1004");
	rig_ok(*state, "clerk", "party.RemovePhone", "{'party': 'P-1004', 'phone': '13711112222'}");
	nothing(*state, "13711112222");
	rig_ok(*state, "clerk", "place.Edit", "{'place': '3-1-1203', 'number': '3-1-1299'}");
	first(*state, "1299", "suggested", "unit", "3-1-1299");
	nothing(*state, "3-1-1203");
}

/* Who moved out is not shown with the place. */
static void find_shows_who_holds_it_today(void **state)
{
	const json_t *row;

	rig_ok(*state, "clerk", "place.Add", "{'kind': 'unit', 'number': '9-9'}");
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': '9-9', 'party': 'P-1003', 'role': 'merchant', 'from': '2010-01-01', "
	       "'to': '2011-01-01'}");
	assert_false(rig_has(first(*state, "9-9", "exact", "unit", "9-9"), "party"));
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': '9-9', 'party': 'P-1002', 'role': 'tenant'}");
	row = first(*state, "9-9", "exact", "unit", "9-9");
	assert_string_equal(rig_text(row, "party"), "Zhang Wei");
}

static void find_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "text", "'text': ' '" },
		{ "text", "'text': 'a\\nb'" },
		{ "limit", "'text': 'x', 'limit': 0" },
		{ "limit", "'text': 'x', 'limit': 201" },
		{ "kind[0]", "'text': 'x', 'kind': ['A phone']" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "operator", "find.Find", ST_INVALID_ARGUMENT, bad[i][0], "{%s}",
			    bad[i][1]);
}

static void find_takes_any_text(void **state)
{
	static const char *const texts[] = { "%", "_", "\\\\", "(", "a|b", "~",
					     "-", "*", "😀",    "/", "SUN/" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		find(*state, texts[i]);
}

static void find_is_recorded(void **state)
{
	find(*state, "13800138000");
	assert_true(atoi(rig_sql(*state,
				 "select count(*) from steward.audit where method = 'find.Find'")) >
		    0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(find_knows_a_whole_telephone_number),
		cmocka_unit_test(find_suggests_by_the_ends_of_a_telephone_number),
		cmocka_unit_test(find_knows_a_whole_unit),
		cmocka_unit_test(find_suggests_by_the_end_of_a_unit),
		cmocka_unit_test(find_knows_a_whole_name),
		cmocka_unit_test(find_suggests_by_parts_of_a_name),
		cmocka_unit_test(find_suggests_names_that_are_misspelt),
		cmocka_unit_test(find_knows_a_plate),
		cmocka_unit_test(find_knows_numbers_of_cases_and_parties),
		cmocka_unit_test(find_knows_documents_by_the_whole_number_only),
		cmocka_unit_test(find_puts_sure_hits_first),
		cmocka_unit_test(find_stays_within_the_property),
		cmocka_unit_test(find_narrows_down_to_kinds),
		cmocka_unit_test(find_forgets_what_changed),
		cmocka_unit_test(find_shows_who_holds_it_today),
		cmocka_unit_test(find_names_the_bad_field),
		cmocka_unit_test(find_takes_any_text),
		cmocka_unit_test(find_is_recorded),
	};

	return cmocka_run_group_tests_name("find", tests, prepare, rig_down);
}
