/* Lists of cases: what narrows them down, in which order they come, where they go on. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/*
 * Seven cases, opened in this order: C-1001 repair at 3-1-1202 of P-1001, with the technician;
 * C-1002 complaint at parking B12, cancelled; C-1003 inquiry, closed; C-1004 help in Chinese;
 * C-1005 repair at building 3; then, taken over, C-1006 late since 2020 and C-1007 closed in 2021.
 */
static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "place.Add",
	       "{'kind': 'unit', 'number': '3-1-1202', 'building': '3'}");
	rig_ok(*state, "manager", "place.Add", "{'kind': 'parking', 'number': 'B12'}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Wang'}");
	rig_ok(*state, "clerk", "case.Open",
	       "{'kind': 'repair', 'summary': 'Kitchen tap drips', 'place': '3-1-1202', 'party': "
	       "'P-1001', 'spot': 'pantry'}");
	rig_ok(*state, "dispatcher", "case.Dispatch", "{'case': 'C-1001', 'to': 'technician'}");
	rig_ok(*state, "clerk", "case.Open",
	       "{'kind': 'complaint', 'summary': 'Space taken again', 'place': 'B12', 'caller': "
	       "'Quentin'}");
	rig_ok(*state, "clerk", "case.Cancel", "{'case': 'C-1002', 'why': 'twice'}");
	rig_ok(*state, "clerk", "case.Open", "{'kind': 'inquiry', 'summary': 'Opening hours'}");
	rig_ok(*state, "clerk", "case.Close", "{'case': 'C-1003', 'result': 'told'}");
	rig_ok(*state, "clerk", "case.Open",
	       "{'kind': 'help', 'spot': 'lobby', 'summary': '水管漏水了', 'details': '厨房'}");
	rig_ok(*state, "clerk", "case.Open",
	       "{'kind': 'repair', 'summary': 'Roof', 'place': 'building:3', 'details': 'tapestry "
	       "wet'}");
	rig_ok(*state, "manager", "case.Import",
	       "{'rows': [{'line': 2, 'ref': '1', 'opened': '2020-01-01', 'summary': 'Old'},"
	       " {'line': 3, 'ref': '2', 'opened': '2021-01-01 08:00', 'closed': '2021-01-02', "
	       "'summary': 'Older'}]}");
	rig_elsewhere(*state, "place.Add", "{'kind': 'unit', 'number': 'FAR-1'}");
	rig_elsewhere(*state, "party.Add", "{'name': 'Far', 'ref': 'FARREF'}");
	rig_elsewhere(*state, "case.Open",
		      "{'kind': 'repair', 'summary': 'Far tap drips', 'place': 'FAR-1'}");
	return 0;
}

/* Checks that exactly these are listed, in this order: the last two digits of each, "05 01". */
static void listed(struct rig *rig, const char *who, const char *request, const char *expected)
{
	const json_t *list = rig_ok(rig, who, "case.List", "%s", request);
	char got[100] = "";
	size_t used = 0;

	for (size_t i = 0; i < rig_count(list, "cases"); i++) {
		char path[40];

		(void)snprintf(path, sizeof(path), "cases.%zu.number", i);
		used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%s", i > 0 ? " " : "",
					 rig_text(list, path) + 4);
	}
	if (strcmp(got, expected) != 0)
		fail_msg("%s lists %s", request, got);
}

static void list_is_newest_first(void **state)
{
	listed(*state, "analyst", "{}", "05 04 03 02 01 07 06");
	listed(*state, "analyst", "{'limit': 2}", "05 04");
}

static void list_narrows_down_to_states(void **state)
{
	listed(*state, "clerk", "{'state': 'new'}", "05 04 06");
	listed(*state, "clerk", "{'state': 'closed'}", "03 07");
	listed(*state, "clerk", "{'state': 'cancelled'}", "02");
	listed(*state, "clerk", "{'state': 'dispatched'}", "01");
	listed(*state, "clerk", "{'open': true}", "05 04 01 06");
	listed(*state, "clerk", "{'open': true, 'state': 'closed'}", "");
	listed(*state, "clerk", "{'late': true}", "06");
	listed(*state, "clerk", "{'state': 'new', 'open': true, 'kind': 'repair'}", "05");
}

static void list_narrows_down_to_kinds(void **state)
{
	listed(*state, "clerk", "{'kind': 'repair'}", "05 01");
	listed(*state, "clerk", "{'kind': 'help'}", "04 07 06");
	listed(*state, "clerk", "{'kind': 'praise'}", "");
}

static void list_finds_words(void **state)
{
	listed(*state, "clerk", "{'text': 'tap'}", "05 01"); /* tapestry, tap */
	listed(*state, "clerk", "{'text': 'tap drips'}", "01");
	listed(*state, "clerk", "{'text': 'drips TAP'}", "01");
	listed(*state, "clerk", "{'text': 'kitchen dri'}", "01");
	listed(*state, "clerk", "{'text': 'rips'}", "");
	listed(*state, "clerk", "{'text': 'pantry'}", "01");
	listed(*state, "clerk", "{'text': 'quentin'}", "02");
	listed(*state, "clerk", "{'text': '漏水'}", "04");
	listed(*state, "clerk", "{'text': '水'}", "04");
	listed(*state, "clerk", "{'text': '厨房'}", "04");
	listed(*state, "clerk", "{'text': '漏房'}", "");
	listed(*state, "clerk", "{'text': 'tap', 'kind': 'repair', 'place': '3-1-1202'}", "01");
	listed(*state, "clerk", "{'text': '%%'}", "");
	listed(*state, "clerk", "{'text': '\\\\ & | !'}", "");
}

static void list_shows_what_lies_within_a_place(void **state)
{
	listed(*state, "clerk", "{'place': '3-1-1202'}", "01");
	listed(*state, "clerk", "{'place': 'building:3'}", "05 01");
	listed(*state, "clerk", "{'place': 'building:3', 'kind': 'help'}", "");
	listed(*state, "clerk", "{'place': 'B12'}", "02");
	listed(*state, "clerk", "{'party': 'P-1001'}", "01");
	listed(*state, "clerk", "{'party': 'P-1001', 'place': 'B12'}", "");
}

static void list_knows_whose_it_is(void **state)
{
	listed(*state, "technician", "{'mine': true}", "01");
	listed(*state, "technician", "{'mine': true, 'state': 'closed'}", "");
	listed(*state, "clerk", "{'mine': true}", "");
}

static void list_begins_with_a_day(void **state)
{
	listed(*state, "clerk", "{'since': '2020-06-01', 'limit': 500}", "05 04 03 02 01 07");
	listed(*state, "clerk", "{'since': '2021-01-01 08:01'}", "05 04 03 02 01");
	listed(*state, "clerk", "{'since': '2021-01-01T08:00:00+08:00', 'state': 'closed'}",
	       "03 07");
	listed(*state, "clerk", "{'since': '2999-01-01'}", "");
}

static void list_goes_on_after_a_row(void **state)
{
	static const char *const filters[] = { "", "'open': true, ", "'place': 'building:3', ",
					       "'text': 'tap', " };

	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		const json_t *all = rig_ok(*state, "clerk", "case.List", "{%s'limit': 500}",
					   filters[i]);
		size_t n = rig_count(all, "cases");
		char after[200] = "";

		assert_true(n > 1);
		for (size_t k = 0; k < n; k++) {
			const json_t *page = rig_ok(*state, "clerk", "case.List",
						    "{%s'limit': 1%s}", filters[i], after);
			char path[40];

			(void)snprintf(path, sizeof(path), "cases.%zu.id", k);
			assert_string_equal(rig_text(page, "cases.0.id"), rig_text(all, path));
			(void)snprintf(after, sizeof(after), ", 'after': '%s'",
				       rig_text(page, "cases.0.cursor"));
		}
		assert_int_equal(rig_count(rig_ok(*state, "clerk", "case.List", "{%s'limit': 1%s}",
						  filters[i], after),
					   "cases"),
				 0);
	}
}

static void list_stays_within_the_property(void **state)
{
	struct rig_result r = rig_call(*state, "clerk", NULL, "case.List", "{'text': 'far'}", NULL);

	assert_int_equal(rig_count(r.reply, "cases"), 0);
	r = rig_call(*state, "admin", NULL, "case.List", "{'text': 'tap drips'}", NULL);
	assert_int_equal(rig_count(r.reply, "cases"), 2);
	assert_string_equal(rig_text(r.reply, "cases.0.property"), "LAK");
	rig_refused(*state, "clerk", "case.List", ST_NOT_FOUND, "place", "{'place': 'LAK/FAR-1'}");
	rig_refused(*state, "clerk", "case.List", ST_NOT_FOUND, "place", "{'place': 'FAR-1'}");
	rig_refused(*state, "clerk", "case.List", ST_NOT_FOUND, "party", "{'party': 'FARREF'}");
}

static void list_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "state", "'state': 'lost'" },      { "kind", "'kind': 'wish'" },
		{ "since", "'since': 'yesterday'" }, { "since", "'since': '2026-02-30'" },
		{ "after", "'after': 'x'" },         { "after", "'after': '1~x'" },
		{ "limit", "'limit': 0" },           { "limit", "'limit': 501" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "case.List", ST_INVALID_ARGUMENT, bad[i][0], "{%s}",
			    bad[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_is_newest_first),
		cmocka_unit_test(list_narrows_down_to_states),
		cmocka_unit_test(list_narrows_down_to_kinds),
		cmocka_unit_test(list_finds_words),
		cmocka_unit_test(list_shows_what_lies_within_a_place),
		cmocka_unit_test(list_knows_whose_it_is),
		cmocka_unit_test(list_begins_with_a_day),
		cmocka_unit_test(list_goes_on_after_a_row),
		cmocka_unit_test(list_stays_within_the_property),
		cmocka_unit_test(list_names_the_bad_field),
	};

	return cmocka_run_group_tests_name("case list", tests, prepare, rig_down);
}
