/* The directory of a property: who is there for what, how they are found, and that it is kept
 * right. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* The number of a new entry of SUN. */
static const char *added(struct rig *rig, const char *name, const char *more)
{
	return rig_text(
		rig_ok(rig, "supervisor", "directory.Add", "{'name': '%s', %s}", name, more),
		"number");
}

static const json_t *found(struct rig *rig, const char *text)
{
	return rig_ok(rig, "clerk", "directory.Find", "{'text': '%s'}", text);
}

static const json_t *shown(struct rig *rig, const char *number)
{
	return rig_ok(rig, "clerk", "directory.Show", "{'entry': '%s'}", number);
}

static const json_t *owed(struct rig *rig, const char *number, const char *stage)
{
	return rig_find(rig_ok(rig, "manager", "agenda.List", "{'about': '%s', 'state': '%s'}",
			       number, stage),
			"entries", "kind", "directory_review");
}

static void directory_add_keeps_what_was_said(void **state)
{
	const json_t *e;

	rig_dry(*state, "quality", "directory.Add",
		"{'name': 'Dry', 'kind': 'water', 'phones': ['110']}");
	e = rig_twice(
		*state, "quality", "directory.Add",
		"{'name': 'Waterworks', 'kind': 'water', 'responsible': 'utility', 'phones': "
		"['0571-8796 6390=hotline', '96390'], 'address': '1 Lake Road', 'hours': '24 "
		"hours', 'what_for': 'No water, burst main', 'categories': ['water', 'water'], "
		"'language': 'Chinese', 'review_by': '2099-03-01', 'ref': 'T-1'}");
	assert_string_equal(rig_text(e, "number"), "D-1001");
	assert_string_equal(rig_text(e, "phones.0"), "0571-8796 6390=hotline");
	assert_string_equal(rig_text(e, "dials.0"), "+8657187966390");
	assert_string_equal(rig_text(e, "dials.1"), "96390");
	assert_string_equal(rig_text(e, "responsible"), "utility");
	assert_int_equal(rig_count(e, "categories"), 1);
	assert_string_equal(rig_text(e, "state"), "active");
	assert_string_equal(rig_text(owed(*state, "D-1001", "open"), "due_by"),
			    "2099-03-01T23:59:59+08:00");
	assert_string_equal(rig_text(owed(*state, "D-1001", "open"), "command"),
			    "directory review D-1001");
	assert_string_equal(rig_text(shown(*state, "D-1001"), "history.0.verb"), "added");
	assert_int_equal(rig_count(rig_ok(*state, "clerk", "directory.Kinds", "{}"), "kinds"), 12);
}

static void directory_add_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "name", "'kind': 'water', 'phones': ['110']" },
		{ "name", "'name': ' ', 'kind': 'water', 'phones': ['110']" },
		{ "kind", "'name': 'x', 'phones': ['110']" },
		{ "kind", "'name': 'x', 'kind': 'circus', 'phones': ['110']" },
		{ "phones", "'name': 'x', 'kind': 'water'" },
		{ "phones", "'name': 'x', 'kind': 'water', 'phones': ['ring us']" },
		{ "responsible",
		  "'name': 'x', 'kind': 'water', 'phones': ['110'], 'responsible': 'nobody'" },
		{ "review_by",
		  "'name': 'x', 'kind': 'water', 'phones': ['110'], 'review_by': '2020-01-01'" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "quality", "directory.Add", ST_INVALID_ARGUMENT, bad[i][0],
			    "{%s}", bad[i][1]);
	rig_refused(*state, "quality", "directory.Add", ST_NOT_FOUND, "category",
		    "{'name': 'x', 'kind': 'water', 'phones': ['110'], 'categories': ['nowhere']}");
	rig_refused(*state, "clerk", "directory.Add", ST_PERMISSION_DENIED, NULL,
		    "{'name': 'x', 'kind': 'water', 'phones': ['110']}");
}

static void directory_edit_leaves_a_history(void **state)
{
	const char *n = added(*state, "Gas company",
			      "'kind': 'gas', 'phones': ['0571-85001000'], 'hours': '8-17'");
	const json_t *e;

	e = rig_twice(*state, "manager", "directory.Edit",
		      "{'entry': '%s', 'version': 1, 'hours': '24 hours', 'phones': ['96177'], "
		      "'categories': ['gas'], 'review_by': '2099-01-31'}",
		      n);
	assert_int_equal(rig_int(e, "version"), 2);
	assert_string_equal(rig_text(e, "phone"), "96177");
	assert_string_equal(rig_text(e, "name"), "Gas company");
	assert_string_equal(rig_text(owed(*state, n, "open"), "due_by"),
			    "2099-01-31T23:59:59+08:00");
	e = shown(*state, n);
	assert_string_equal(rig_text(rig_find(e, "history", "field", "hours"), "before"), "8-17");
	assert_string_equal(rig_text(rig_find(e, "history", "field", "categories"), "after"),
			    "gas");
	rig_refused(*state, "manager", "directory.Edit", ST_ABORTED, "version",
		    "{'entry': '%s', 'version': 1, 'hours': 'never'}", n);
	e = rig_ok(*state, "manager", "directory.Edit", "{'entry': '%s', 'hours': '24 hours'}", n);
	assert_int_equal(rig_int(e, "version"), 2);
	e = rig_ok(*state, "manager", "directory.Edit",
		   "{'entry': '%s', 'address': '3 Hill Road', 'clear': ['phones', 'hours', "
		   "'categories']}",
		   n);
	assert_int_equal(rig_count(e, "phones"), 0);
	assert_false(rig_has(e, "hours"));
	rig_refused(*state, "manager", "directory.Edit", ST_INVALID_ARGUMENT, "phones",
		    "{'entry': '%s', 'clear': ['address']}", n);
	/* The old number finds nothing any more. */
	assert_int_equal(rig_count(found(*state, "85001000"), "entries"), 0);
}

static void directory_find_by_words_and_digits(void **state)
{
	static const char *const ways[] = { "Hospital zhong", "first people",     "88201120",
					    "0571-88201120",  "stroke and he",    "1120",
					    "Elm Street",     "+86 571 8820 1120" };
	const char *n = added(*state, "First People Hospital Zhongshan",
			      "'kind': 'hospital', 'phones': ['0571-88201120'], 'address': '9 Elm "
			      "Street', 'what_for': 'Stroke and heart'");

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		assert_string_equal(rig_text(found(*state, ways[i]), "entries.0.number"), n);
	assert_string_equal(rig_text(found(*state, n), "entries.0.number"), n);
	assert_int_equal(rig_count(found(*state, "giraffe"), "entries"), 0);
	assert_int_equal(rig_count(rig_ok(*state, "clerk", "directory.Find",
					  "{'text': 'hospital', 'kind': 'gas'}"),
				   "entries"),
			 0);
	n = added(*state, "杭州市公安局", "'kind': 'police', 'phones': ['110']");
	assert_string_equal(rig_text(found(*state, "公安"), "entries.0.number"), n);
}

/* The one search box knows it by number, name and telephone number, and says how to reach it. */
static void directory_is_in_the_search_box(void **state)
{
	static const char *const ways[] = { "Quokka rescue", "rescue", "0571-86660001", "86660001",
					    "660001" };
	const char *n = added(*state, "Quokka Rescue",
			      "'kind': 'other', 'phones': ['0571-86660001=day']");
	const json_t *row;

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		row = rig_find(rig_ok(*state, "clerk", "find.Find", "{'text': '%s'}", ways[i]),
			       "rows", "entity", "directory");
		assert_string_equal(rig_text(row, "number"), n);
		assert_string_equal(rig_text(row, "kind"), "directory");
		assert_string_equal(rig_text(row, "label"), "Quokka Rescue: 0571-86660001 (day)");
	}
	row = rig_find(rig_ok(*state, "clerk", "find.Find", "{'text': '%s'}", n), "rows", "number",
		       n);
	assert_string_equal(rig_text(row, "match"), "exact");
	rig_ok(*state, "manager", "directory.Withdraw", "{'entry': '%s'}", n);
	assert_null(rig_find(rig_ok(*state, "clerk", "find.Find", "{'text': 'quokka rescue'}"),
			     "rows", "entity", "directory"));
}

static void directory_fit_knows_who_is_responsible(void **state)
{
	const char *near = added(
		*state, "Noise office",
		"'kind': 'government', 'phones': ['12369'], 'categories': ['noise / "
		"works']");
	const char *above = added(*state, "Noise police",
				  "'kind': 'police', 'phones': ['110'], 'categories': ['noise']");
	const char *c = rig_text(
		rig_ok(*state, "clerk", "case.Open",
		       "{'kind': 'complaint', 'caller': 'Wang', 'summary': 'Drilling', 'category': "
		       "'noise / works'}"),
		"number");
	const json_t *r = rig_ok(*state, "clerk", "directory.Fit", "{'case': '%s'}", c);

	assert_int_equal(rig_count(r, "entries"), 2);
	assert_string_equal(rig_text(r, "entries.0.number"), near);
	assert_string_equal(rig_text(r, "entries.1.number"), above);
	r = rig_ok(*state, "clerk", "directory.Fit", "{'category': 'noise / shop'}");
	assert_int_equal(rig_count(r, "entries"), 1);
	assert_string_equal(rig_text(r, "entries.0.number"), above);
	rig_refused(*state, "clerk", "directory.Fit", ST_INVALID_ARGUMENT, "case", "{}");
	rig_refused(*state, "clerk", "directory.Fit", ST_NOT_FOUND, "category",
		    "{'category': 'nowhere'}");
	c = rig_text(rig_ok(*state, "clerk", "case.Open",
			    "{'kind': 'help', 'spot': 'lobby', 'summary': 'x'}"),
		     "number");
	rig_refused(*state, "clerk", "directory.Fit", ST_FAILED_PRECONDITION, "case",
		    "{'case': '%s'}", c);
}

static void directory_review_settles_and_owes_the_next(void **state)
{
	const char *n = added(*state, "Heating plant", "'kind': 'heating', 'phones': ['96099']");
	const json_t *e;

	assert_non_null(owed(*state, n, "open"));
	rig_dry(*state, "quality", "directory.Review", "{'entry': '%s'}", n);
	e = rig_twice(*state, "quality", "directory.Review",
		      "{'entry': '%s', 'next': '2099-06-01', 'remark': 'Rang them'}", n);
	assert_string_equal(rig_text(e, "review_by"), "2099-06-01");
	assert_string_equal(rig_text(e, "reviewed_by"), "quality");
	assert_string_equal(rig_text(owed(*state, n, "kept"), "remark"), "Rang them");
	assert_string_equal(rig_text(owed(*state, n, "open"), "due_by"),
			    "2099-06-01T23:59:59+08:00");
	rig_refused(*state, "quality", "directory.Review", ST_INVALID_ARGUMENT, "next",
		    "{'entry': '%s', 'next': '2020-01-01'}", n);
}

static void directory_withdraw_hides_it_until_the_next_review(void **state)
{
	const char *n = added(*state, "Otter office", "'kind': 'other', 'phones': ['12345']");

	rig_twice(*state, "manager", "directory.Withdraw", "{'entry': '%s', 'why': 'Closed'}", n);
	assert_int_equal(rig_count(found(*state, "otter"), "entries"), 0);
	assert_null(owed(*state, n, "open"));
	assert_string_equal(
		rig_text(rig_find(shown(*state, n), "history", "verb", "withdrawn"), "after"),
		"Closed");
	assert_non_null(
		rig_find(rig_ok(*state, "clerk", "directory.List", "{'state': 'withdrawn'}"),
			 "entries", "number", n));
	rig_refused(*state, "manager", "directory.Withdraw", ST_FAILED_PRECONDITION, "entry",
		    "{'entry': '%s'}", n);
	rig_ok(*state, "manager", "directory.Review", "{'entry': '%s'}", n);
	assert_int_equal(rig_count(found(*state, "otter"), "entries"), 1);
	assert_non_null(owed(*state, n, "open"));
}

static void directory_use_counts(void **state)
{
	const char *n = added(*state, "Badger bureau", "'kind': 'other', 'phones': ['12346']");
	const json_t *e = rig_twice(*state, "clerk", "directory.Use", "{'entry': '%s'}", n);

	assert_int_equal(rig_int(e, "used"), 1);
	e = rig_ok(*state, "technician", "directory.Use",
		   "{'entry': '%s', 'failed': true, 'remark': 'Nobody answers'}", n);
	assert_int_equal(rig_int(e, "used"), 2);
	assert_int_equal(rig_int(e, "failed"), 1);
	assert_int_equal(rig_int(e, "version"), 1);
	assert_string_equal(rig_text(shown(*state, n), "uses.0.remark"), "Nobody answers");
	rig_refused(*state, "clerk", "directory.Use", ST_NOT_FOUND, "case",
		    "{'entry': '%s', 'case': 'C-9999'}", n);
}

static void directory_list_narrows_and_goes_on(void **state)
{
	const char *n = added(
		*state, "Power grid",
		"'kind': 'electricity', 'phones': ['95598'], 'responsible': 'utility'");
	const json_t *r;
	char sql[300];

	r = rig_ok(*state, "clerk", "directory.List", "{'kind': 'electricity'}");
	assert_int_equal(rig_count(r, "entries"), 1);
	assert_non_null(
		rig_find(rig_ok(*state, "clerk", "directory.List", "{'responsible': 'utility'}"),
			 "entries", "number", n));
	r = rig_ok(*state, "clerk", "directory.List", "{'limit': 1}");
	assert_string_equal(rig_text(r, "entries.0.number"), "D-1001");
	r = rig_ok(*state, "clerk", "directory.List", "{'limit': 1, 'after': '%s'}",
		   rig_text(r, "entries.0.cursor"));
	assert_string_equal(rig_text(r, "entries.0.number"), "D-1002");
	(void)snprintf(sql, sizeof(sql),
		       "set search_path = steward_code, steward; update directory_entry set "
		       "review_by = '2020-01-01' where number = '%s'",
		       n);
	(void)rig_sql(*state, sql);
	r = rig_ok(*state, "clerk", "directory.List", "{'due': true}");
	assert_int_equal(rig_count(r, "entries"), 1);
	assert_true(json_is_true(
		json_object_get(json_array_get(json_object_get(r, "entries"), 0), "overdue")));
	rig_refused(*state, "clerk", "directory.List", ST_INVALID_ARGUMENT, "after",
		    "{'after': 'x'}");
}

static void directory_of_others_is_not_found(void **state)
{
	static const char *const calls[] = { "directory.Show", "directory.Use", "directory.Edit",
					     "directory.Review", "directory.Withdraw" };
	const char *id = rig_text(
		rig_elsewhere(*state, "directory.Add",
			      "{'name': 'Far narwhal', 'kind': 'other', 'phones': "
			      "['12347'], 'categories': ['greening']}"),
		"id");

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		rig_refused(*state, "manager", calls[i], ST_NOT_FOUND, "entry", "{'entry': '%s'}",
			    id);
		rig_refused(*state, "manager", calls[i], ST_NOT_FOUND, "entry",
			    "{'entry': 'LAK/D-1001'}");
	}
	assert_int_equal(rig_count(found(*state, "narwhal"), "entries"), 0);
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "directory.Fit", "{'category': 'greening'}"),
			  "entries"),
		0);
}

#define ROWS                                                                                \
	"{'line': 2, 'ref': 'A-1', 'name': 'Ibex', 'kind': 'other', 'phones': '12348=day; " \
	"12349', "                                                                          \
	"'categories': 'greening; merchant'},"                                              \
	"{'line': 3, 'ref': 'A-2', 'name': 'x', 'kind': 'circus', 'phones': '123'},"        \
	"{'line': 4, 'name': 'x', 'kind': 'other', 'phones': '123'},"                       \
	"{'line': 5, 'property': 'LAK', 'ref': 'A-4', 'name': 'x', 'kind': 'other'},"       \
	"{'line': 6, 'ref': 'A-5', 'name': 'x', 'kind': 'other'},"                          \
	"{'line': 7, 'number': 'D-9', 'name': 'x'}"

static void directory_import_takes_a_file(void **state)
{
	const json_t *r = rig_twice(*state, "manager", "directory.Import", "{'rows': [%s]}", ROWS);
	const char *n = rig_text(rig_row(r, 2, "taken", NULL), "number");

	rig_row(r, 3, "rejected", "kind");
	rig_row(r, 4, "rejected", "ref");
	rig_row(r, 5, "rejected", "property");
	rig_row(r, 6, "rejected", "phones");
	rig_row(r, 7, "rejected", "number");
	assert_int_equal(rig_count(shown(*state, n), "entry.phones"), 2);
	assert_int_equal(rig_count(shown(*state, n), "entry.categories"), 2);
	r = rig_ok(*state, "manager", "directory.Import", "{'rows': [%s]}", ROWS);
	rig_row(r, 2, "unchanged", NULL);
	r = rig_ok(*state, "manager", "directory.Import",
		   "{'rows': [{'line': 2, 'ref': 'A-1', 'hours': 'mornings'}]}");
	rig_row(r, 2, "changed", NULL);
	assert_string_equal(rig_text(shown(*state, n), "entry.hours"), "mornings");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directory_add_keeps_what_was_said),
		cmocka_unit_test(directory_add_names_the_bad_field),
		cmocka_unit_test(directory_edit_leaves_a_history),
		cmocka_unit_test(directory_find_by_words_and_digits),
		cmocka_unit_test(directory_is_in_the_search_box),
		cmocka_unit_test(directory_fit_knows_who_is_responsible),
		cmocka_unit_test(directory_review_settles_and_owes_the_next),
		cmocka_unit_test(directory_withdraw_hides_it_until_the_next_review),
		cmocka_unit_test(directory_use_counts),
		cmocka_unit_test(directory_list_narrows_and_goes_on),
		cmocka_unit_test(directory_of_others_is_not_found),
		cmocka_unit_test(directory_import_takes_a_file),
	};

	return cmocka_run_group_tests_name("directory", tests, rig_up, rig_down);
}
