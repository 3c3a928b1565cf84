/* Taking cases over from a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "place.Add",
	       "{'kind': 'unit', 'number': '3-1-1202', 'building': '3'}");
	return 0;
}

static const json_t *import(struct rig *rig, const char *rows)
{
	return rig_ok(rig, "manager", "case.Import", "{'rows': [%s], 'origin': 'old'}", rows);
}

/* The case made of the row with this line. */
static const json_t *made(struct rig *rig, const json_t *done, int line)
{
	return rig_ok(rig, "manager", "case.Show", "{'case': '%s'}",
		      rig_text(rig_row(done, line, "taken", NULL), "number"));
}

#define GOOD                                                                                    \
	"{'line': 2, 'property': 'sun', 'ref': 'A-1', 'opened': '2020-03-01 09:30', 'closed': " \
	"'2020-03-04', 'kind': 'Repair', 'channel': 'phone', 'category': 'water', 'topic': "    \
	"'leak', 'summary': ' Tap  drips ', 'details': 'Long', 'place': '3-1-1202', 'caller': " \
	"'Wang', 'phone': '138 0013 8000', 'priority': 'High'},"                                \
	"{'line': 3, 'ref': 'A-2', 'opened': '2020-03-02', 'category': 'Brand new', 'topic': "  \
	"'thing', 'place': 'Lobby B'},"                                                         \
	"{'line': 4, 'ref': 'A-3', 'opened': '2020-03-03T10:00:00Z', 'category': 'please choose'}"

static void case_import_takes_open_and_closed_ones(void **state)
{
	const json_t *done = import(*state, GOOD), *c;

	assert_int_equal(rig_count(done, "rows"), 3);
	assert_string_equal(rig_text(rig_row(done, 2, "taken", NULL), "ref"), "A-1");
	assert_string_equal(rig_text(rig_row(done, 2, "taken", NULL), "property"), "SUN");
	c = made(*state, done, 2);
	assert_string_equal(rig_text(c, "case.id"),
			    rig_text(rig_row(done, 2, "taken", NULL), "id"));
	assert_string_equal(rig_text(c, "case.state"), "closed");
	assert_string_equal(rig_text(c, "case.opened_at"), "2020-03-01T09:30:00+08:00");
	assert_string_equal(rig_text(c, "case.closed_at"), "2020-03-04T00:00:00+08:00");
	assert_string_equal(rig_text(c, "case.kind"), "repair");
	assert_string_equal(rig_text(c, "case.channel"), "phone");
	assert_string_equal(rig_text(c, "case.category"), "water / leak");
	assert_string_equal(rig_text(c, "case.summary"), "Tap drips");
	assert_string_equal(rig_text(c, "case.details"), "Long");
	assert_string_equal(rig_text(c, "case.place"), "3-1-1202");
	assert_string_equal(rig_text(c, "case.caller"), "Wang");
	assert_string_equal(rig_text(c, "case.phone"), "138 0013 8000");
	assert_string_equal(rig_text(c, "case.priority"), "high");
	assert_string_equal(rig_text(c, "case.origin"), "old");
	assert_string_equal(rig_text(c, "case.origin_ref"), "A-1");
	assert_int_equal(rig_count(c, "timeline"), 2);
	assert_string_equal(rig_text(c, "timeline.0.verb"), "open");
	assert_string_equal(rig_text(c, "timeline.0.text"), "taken over from old");
	assert_string_equal(rig_text(c, "timeline.1.verb"), "close");
	assert_int_equal(rig_count(c, "visits"), 0);
}

static void case_import_presumes_what_is_not_said(void **state)
{
	const json_t *done = import(
		*state,
		"{'line': 3, 'ref': 'P-2', 'opened': '2020-03-02', 'category': 'Brand new', "
		"'topic': 'thing', 'place': 'Lobby B'},"
		"{'line': 4, 'ref': 'P-3', 'opened': '2020-03-03T10:00:00Z', 'category': 'N/A'}");
	const json_t *c = made(*state, done, 3);

	assert_string_equal(rig_text(c, "case.state"), "new");
	assert_string_equal(rig_text(c, "case.kind"), "help");
	assert_string_equal(rig_text(c, "case.channel"), "import");
	assert_string_equal(rig_text(c, "case.priority"), "normal");
	assert_string_equal(rig_text(c, "case.category"), "Brand new / thing");
	assert_string_equal(rig_text(c, "case.summary"), "Brand new / thing");
	assert_string_equal(rig_text(c, "case.spot"), "Lobby B");
	assert_false(rig_has(c, "case.place"));
	assert_true(json_is_true(json_object_get(json_object_get(c, "case"), "late")));
	c = made(*state, done, 4);
	assert_string_equal(rig_text(c, "case.opened_at"), "2020-03-03T18:00:00+08:00");
	assert_string_equal(rig_text(c, "case.category"), "unsorted");
	/* The category is there from now on. */
	c = rig_ok(*state, "clerk", "case.Categories", "{'text': 'brand new'}");
	assert_int_equal(rig_count(c, "categories"), 2);
}

static void case_import_again_changes_nothing(void **state)
{
	const json_t *done = import(*state, GOOD), *list;

	for (int line = 2; line <= 4; line++)
		assert_true(rig_has(rig_row(done, line, "unchanged", NULL), "number"));
	list = rig_ok(*state, "clerk", "case.List", "{'text': 'Tap drips'}");
	assert_int_equal(rig_count(list, "cases"), 1);
	assert_int_equal(rig_int(list, "cases.0.version"), 2);
}

/* What was worked on since stays as it is: the file has no say any more. */
static void case_import_never_overwrites(void **state)
{
	const json_t *done = import(
		*state,
		"{'line': 2, 'ref': 'W-1', 'opened': '2020-03-01', 'summary': 'From the file'}");
	const char *n = rig_text(rig_row(done, 2, "taken", NULL), "number");

	rig_ok(*state, "clerk", "case.Edit", "{'case': '%s', 'summary': 'By hand'}", n);
	rig_row(import(*state, "{'line': 2, 'ref': 'W-1', 'opened': '2020-03-01', 'summary': 'From "
			       "the file'}"),
		2, "unchanged", NULL);
	done = import(*state, "{'line': 2, 'ref': 'W-1', 'opened': '2020-03-01', 'summary': "
			      "'Changed in the file'}");
	assert_non_null(strstr(rig_text(rig_row(done, 2, "rejected", "ref"), "reason"), n));
	assert_string_equal(
		rig_text(rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", n), "case.summary"),
		"By hand");
}

static void case_import_takes_a_key_once(void **state)
{
	const json_t *done = import(
		*state, "{'line': 2, 'ref': 'D-1', 'opened': '2020-03-01', 'summary': 'x'},"
			"{'line': 3, 'ref': 'D-1', 'opened': '2020-03-01', 'summary': 'x'},"
			"{'line': 4, 'ref': 'D-1', 'opened': '2020-03-01', 'summary': 'y'},"
			"{'line': 5, 'ref': 'D-2', 'opened': 'never', 'summary': 'x'},"
			"{'line': 6, 'ref': 'D-2', 'opened': '2020-03-01', 'summary': 'x'}");

	rig_row(done, 2, "taken", NULL);
	assert_string_equal(rig_text(rig_row(done, 3, "unchanged", NULL), "number"),
			    rig_text(rig_row(done, 2, "taken", NULL), "number"));
	rig_row(done, 4, "rejected", "ref");
	rig_row(done, 5, "rejected", "opened");
	rig_row(done, 6, "taken", NULL);
	/* The same key from elsewhere is another case. */
	done = rig_ok(
		*state, "manager", "case.Import",
		"{'rows': [{'line': 2, 'ref': 'D-1', 'opened': '2020-03-01'}], 'origin': 'other'}");
	rig_row(done, 2, "taken", NULL);
}

static void case_import_rejects_rows_one_by_one(void **state)
{
	static const struct {
		const char *blame, *rest;
	} bad[] = {
		{ "property", "'property': 'LAK', 'ref': 'R', 'opened': '2020-01-01'" },
		{ "ref", "'opened': '2020-01-01'" },
		{ "ref", "'ref': '  ', 'opened': '2020-01-01'" },
		{ "opened", "'ref': 'R'" },
		{ "opened", "'ref': 'R', 'opened': 'yesterday'" },
		{ "opened", "'ref': 'R', 'opened': '2020-02-30'" },
		{ "opened", "'ref': 'R', 'opened': '2999-01-01'" },
		{ "closed", "'ref': 'R', 'opened': '2020-01-02', 'closed': 'x'" },
		{ "closed", "'ref': 'R', 'opened': '2020-01-02', 'closed': '2020-01-01'" },
		{ "closed", "'ref': 'R', 'opened': '2020-01-02', 'closed': '2999-01-01'" },
		{ "kind", "'ref': 'R', 'opened': '2020-01-01', 'kind': 'wish'" },
		{ "channel", "'ref': 'R', 'opened': '2020-01-01', 'channel': 'pigeon'" },
		{ "priority", "'ref': 'R', 'opened': '2020-01-01', 'priority': 'very'" },
		{ "category",
		  "'ref': 'R', 'opened': '2020-01-01', 'category': 'a\\tb', 'topic': 'x\\ny'" },
	};
	char rows[4000] = "";
	size_t used = 0;
	const json_t *done;
	const size_t n = sizeof(bad) / sizeof(*bad);

	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(rows + used, sizeof(rows) - used, "{'line': %zu, %s},",
					 i + 2, bad[i].rest);
	(void)snprintf(rows + used, sizeof(rows) - used,
		       "{'line': 99, 'ref': 'R-GOOD', 'opened': '2020-01-01'}");
	done = import(*state, rows);
	for (size_t i = 0; i < n - 1; i++)
		assert_false(
			rig_has(rig_row(done, (int)i + 2, "rejected", bad[i].blame), "number"));
	rig_row(done, 99, "taken", NULL);
	assert_string_equal(
		rig_sql(*state, "select count(*) from steward.desk_case where origin_ref = 'R'"),
		"1");
}

static void case_import_rejects_what_is_too_long(void **state)
{
	static const struct {
		const char *field;
		size_t limit;
	} fields[] = { { "ref", 100 },      { "category", 100 }, { "summary", 200 },
		       { "details", 4000 }, { "place", 200 },    { "caller", 200 } };
	char text[4100], rows[5000];

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		memset(text, 'x', fields[i].limit + 1);
		text[fields[i].limit + 1] = '\0';
		(void)snprintf(rows, sizeof(rows),
			       "{'line': 2, %s'opened': '2020-01-01', '%s': '%s'}",
			       strcmp(fields[i].field, "ref") != 0 ? "'ref': 'LONG', " : "",
			       fields[i].field, text);
		rig_row(import(*state, rows), 2, "rejected", fields[i].field);
	}
}

static void case_import_takes_kind_and_channel_for_all(void **state)
{
	const json_t *done = rig_ok(
		*state, "manager", "case.Import",
		"{'rows': [{'line': 2, 'ref': 'F-1', 'opened': '2020-01-01'},"
		" {'line': 3, 'ref': 'F-2', 'opened': '2020-01-01', 'kind': 'praise'}],"
		" 'kind': 'complaint', 'channel': 'letter'}");
	const json_t *c = made(*state, done, 2);

	assert_string_equal(rig_text(c, "case.kind"), "complaint");
	assert_string_equal(rig_text(c, "case.channel"), "letter");
	assert_string_equal(rig_text(c, "case.origin"), "import");
	assert_string_equal(rig_text(made(*state, done, 3), "case.kind"), "praise");
	done = rig_ok(
		*state, "manager", "case.Import",
		"{'rows': [{'line': 2, 'ref': 'F-3', 'opened': '2020-01-01'}], 'kind': 'wish'}");
	rig_row(done, 2, "rejected", "kind");
	rig_refused(*state, "manager", "case.Import", ST_INVALID_ARGUMENT, "origin",
		    "{'rows': [], 'origin': 'Not A Name'}");
}

static void case_import_counts_without_gaps(void **state)
{
	const json_t *done = import(*state, "{'line': 2, 'ref': 'G-1', 'opened': '2020-01-01'},"
					    "{'line': 3, 'ref': 'G-2', 'opened': 'x'},"
					    "{'line': 4, 'ref': 'G-3', 'opened': '2020-01-01'}");
	int first = atoi(rig_text(rig_row(done, 2, "taken", NULL), "number") + 2);

	assert_int_equal(atoi(rig_text(rig_row(done, 4, "taken", NULL), "number") + 2), first + 1);
	done = rig_ok(*state, "clerk", "case.Open",
		      "{'kind': 'help', 'spot': 'lobby', 'summary': 'x'}");
	assert_int_equal(atoi(rig_text(done, "number") + 2), first + 2);
}

static void case_import_makes_cases_like_others(void **state)
{
	const json_t *done = import(
		*state, "{'line': 2, 'ref': 'L-1', 'opened': '2020-01-01', 'summary': 'Findable'}");
	const char *n = rig_text(rig_row(done, 2, "taken", NULL), "number");
	const json_t *c = rig_ok(*state, "clerk", "find.Find", "{'text': '%s'}", n);

	assert_string_equal(rig_text(c, "rows.0.match"), "exact");
	assert_string_equal(rig_text(c, "rows.0.label"), "Findable");
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "case.List", "{'text': 'findable'}"), "cases"),
		1);
	c = rig_ok(*state, "clerk", "case.Note", "{'case': '%s', 'text': 'x'}", n);
	/* The note is one change; the clock may have made others, as it has been late for years. */
	assert_true(rig_int(c, "version") >= 2);
	rig_ok(*state, "supervisor", "case.Close", "{'case': '%s', 'result': 'long ago'}", n);
}

/* A watching desk is told of the cases taken, of nothing else. (The daemon's own clock tells it
 * meanwhile of those of years ago that are overdue.) */
static void case_import_tells_the_feed_what_was_taken(void **state)
{
	/* The newest entry, not their number: the clock's tells of late cases take entries over. */
	static const char *const told = "select max(pos) from steward.feed "
					"where entity = 'case' and method = 'case.Import'";
	const char *before;

	import(*state,
	       "{'line': 2, 'ref': 'FEED-1', 'opened': '2020-01-01', 'closed': '2020-01-02'}");
	assert_string_equal(
		rig_sql(*state,
			"select f.number = c.number and f.version = 2 from steward.feed f "
			"join steward.desk_case c on c.id = f.id where c.origin_ref = 'FEED-1'"),
		"t");
	before = rig_sql(*state, told);
	import(*state,
	       "{'line': 2, 'ref': 'FEED-1', 'opened': '2020-01-01', 'closed': '2020-01-02'},"
	       "{'line': 3, 'ref': 'FEED-2', 'opened': 'x'}");
	assert_string_equal(rig_sql(*state, told), before);
}

static void case_import_of_several_properties_asks_which(void **state)
{
	struct rig_result r = rig_call(
		*state, "admin", NULL, "case.Import",
		"{'rows': [{'line': 2, 'ref': 'X-1', 'opened': '2020-01-01'},"
		" {'line': 3, 'ref': 'X-1', 'opened': '2020-01-01', 'property': 'LAK'},"
		" {'line': 4, 'ref': 'X-1', 'opened': '2020-01-01', 'property': 'SUN'}]}",
		NULL);

	assert_int_equal(r.err.code, ST_OK);
	rig_row(r.reply, 2, "rejected", "property");
	assert_string_equal(rig_text(rig_row(r.reply, 3, "taken", NULL), "number"), "C-1001");
	assert_string_equal(rig_text(rig_row(r.reply, 4, "taken", NULL), "property"), "SUN");
}

static void case_import_happens_once_under_one_key(void **state)
{
	rig_row(rig_dry(*state, "manager", "case.Import",
			"{'rows': [{'line': 2, 'ref': 'K-1', 'opened': '2020-01-01', 'category': "
			"'Dry one'}]}"),
		2, "taken", NULL);
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "case.Categories", "{'text': 'dry one'}"),
			  "categories"),
		0);
	rig_row(rig_twice(*state, "manager", "case.Import",
			  "{'rows': [{'line': 2, 'ref': 'K-1', 'opened': '2020-01-01', 'summary': "
			  "'Keyed'}]}"),
		2, "taken", NULL);
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "case.List", "{'text': 'keyed'}"), "cases"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_import_takes_open_and_closed_ones),
		cmocka_unit_test(case_import_presumes_what_is_not_said),
		cmocka_unit_test(case_import_again_changes_nothing),
		cmocka_unit_test(case_import_never_overwrites),
		cmocka_unit_test(case_import_takes_a_key_once),
		cmocka_unit_test(case_import_rejects_rows_one_by_one),
		cmocka_unit_test(case_import_rejects_what_is_too_long),
		cmocka_unit_test(case_import_takes_kind_and_channel_for_all),
		cmocka_unit_test(case_import_counts_without_gaps),
		cmocka_unit_test(case_import_makes_cases_like_others),
		cmocka_unit_test(case_import_tells_the_feed_what_was_taken),
		cmocka_unit_test(case_import_of_several_properties_asks_which),
		cmocka_unit_test(case_import_happens_once_under_one_key),
	};

	return cmocka_run_group_tests_name("case import", tests, prepare, rig_down);
}
