/* Taking parties over from a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/rig.h"

static const json_t *import(struct rig *rig, const char *rows)
{
	return rig_ok(rig, "manager", "party.Import", "{'rows': [%s]}", rows);
}

static const json_t *shown(struct rig *rig, const char *ref)
{
	return rig_ok(rig, "manager", "party.Show", "{'party': '%s'}", ref);
}

#define GOOD                                                                                        \
	"{'line': 2, 'property': 'sun', 'ref': 'A-1', 'name': '王小明', 'phones': '13800138000=" \
	"mobile; 0571-88881202', 'plates': 'A 1；B 2', 'kinds': 'merchant; visitor', 'born_on': "  \
	"'1980/2/9', 'email': 'w@x.org', 'document': 'E1234567'},"                                  \
	"{'line': 3, 'ref': 'A-2', 'name': 'Noodles', 'form': 'organisation'},"                     \
	"{'line': 4, 'ref': 'A-3', 'name': 'Zhang'}"

static void party_import_takes_lists_in_one_field(void **state)
{
	const json_t *done = import(*state, GOOD), *p = shown(*state, "A-1");

	assert_int_equal(rig_count(done, "rows"), 3);
	assert_string_equal(rig_text(rig_row(done, 2, "taken", NULL), "property"), "SUN");
	assert_string_equal(rig_text(rig_row(done, 2, "taken", NULL), "number"),
			    rig_text(p, "party.number"));
	assert_string_equal(rig_text(rig_row(done, 2, "taken", NULL), "id"),
			    rig_text(p, "party.id"));
	assert_string_equal(rig_text(p, "party.name"), "王小明");
	assert_string_equal(rig_text(p, "party.kinds.1"), "visitor");
	assert_string_equal(rig_text(p, "party.born_on"), "1980-02-09");
	assert_int_equal(rig_count(p, "phones"), 2);
	assert_string_equal(rig_text(p, "phones.0.label"), "mobile");
	assert_int_equal(rig_count(p, "plates"), 2);
	assert_string_equal(rig_text(shown(*state, "A-2"), "party.form"), "organisation");
	assert_string_equal(rig_text(shown(*state, "A-3"), "party.kinds.0"), "customer");
}

static void party_import_again_changes_nothing(void **state)
{
	const json_t *done = import(*state, GOOD);

	for (int line = 2; line <= 4; line++)
		rig_row(done, line, "unchanged", NULL);
	assert_int_equal(rig_int(shown(*state, "A-1"), "party.version"), 1);
	assert_int_equal(rig_count(shown(*state, "A-1"), "phones"), 2);
}

static void party_import_changes_what_the_file_says(void **state)
{
	const char *number = rig_text(shown(*state, "A-3"), "party.number");
	char rows[400];
	const json_t *done, *p;

	(void)snprintf(rows, sizeof(rows),
		       "{'line': 2, 'ref': 'A-1', 'phones': '+86 138 0013 8000; 13900139000', "
		       "'email': ''},"
		       "{'line': 3, 'number': '%s', 'name': 'Zhang San', 'ref': 'A-33'}",
		       number);
	done = import(*state, rows);
	rig_row(done, 2, "changed", NULL);
	assert_string_equal(rig_text(rig_row(done, 3, "changed", NULL), "number"), number);
	p = shown(*state, "A-1");
	assert_int_equal(rig_count(p, "phones"), 3);
	assert_string_equal(rig_text(p, "party.email"), "w@x.org");
	assert_string_equal(rig_text(p, "party.name"), "王小明");
	assert_string_equal(rig_text(shown(*state, "A-33"), "party.name"), "Zhang San");
}

static void party_import_rejects_rows_one_by_one(void **state)
{
	static const char *const blames[] = { "property", "ref",   "number",  "name",
					      "kinds",    "email", "born_on", "phones",
					      "plates",   "form",  "ref",     "born_on" };
	const json_t *done;
	char rows[2000];

	(void)snprintf(rows, sizeof(rows),
		       "{'line': 2, 'property': 'LAK', 'ref': 'R-1', 'name': 'x'}, {'line': 3, "
		       "'name': 'x'},"
		       "{'line': 4, 'number': 'P-999999', 'name': 'x'}, {'line': 5, 'ref': 'R-1'},"
		       "{'line': 6, 'ref': 'R-1', 'name': 'x', 'kinds': 'customer;alien'},"
		       "{'line': 7, 'ref': 'R-1', 'name': 'x', 'email': 'x'},"
		       "{'line': 8, 'ref': 'R-1', 'name': 'x', 'born_on': '1980-02-30'},"
		       "{'line': 9, 'ref': 'R-1', 'name': 'x', 'phones': '13811111111; none'},"
		       "{'line': 10, 'ref': 'R-1', 'name': 'x', 'plates': 'a1'},"
		       "{'line': 11, 'ref': 'R-1', 'name': 'x', 'form': 'ghost'},"
		       "{'line': 12, 'number': '%s', 'ref': 'A-1'},"
		       "{'line': 13, 'ref': 'R-1', 'name': 'x', 'form': 'organisation', 'born_on': "
		       "'1980-02-03'},"
		       "{'line': 14, 'ref': 'R-2', 'name': 'x'}",
		       rig_text(shown(*state, "A-2"), "party.number"));
	done = import(*state, rows);
	for (int line = 2; line <= 13; line++)
		assert_false(rig_has(rig_row(done, line, "rejected", blames[line - 2]), "id"));
	rig_row(done, 14, "taken", NULL);
	rig_refused(*state, "manager", "party.Show", ST_NOT_FOUND, "party", "{'party': 'R-1'}");
	assert_int_equal(
		rig_count(rig_ok(*state, "manager", "find.Find", "{'text': '13811111111'}"),
			  "rows"),
		0);
}

/* Numbers have no gaps, whatever was rejected. */
static void party_import_counts_without_gaps(void **state)
{
	const json_t *done = import(*state, "{'line': 2, 'ref': 'N-1', 'name': 'x'},"
					    "{'line': 3, 'ref': 'N-2', 'name': 'x', 'email': 'x'},"
					    "{'line': 4, 'ref': 'N-3', 'name': 'x'},"
					    "{'line': 5, 'ref': 'N-4', 'name': 'x', 'email': 'x'}");
	int first = atoi(rig_text(rig_row(done, 2, "taken", NULL), "number") + 2);

	assert_int_equal(atoi(rig_text(rig_row(done, 4, "taken", NULL), "number") + 2), first + 1);
	done = rig_ok(*state, "clerk", "party.Add", "{'name': 'After'}");
	assert_int_equal(atoi(rig_text(done, "number") + 2), first + 2);
}

/* A watching desk is told of what was taken and changed, of nothing else. */
static void party_import_tells_the_feed_what_changed(void **state)
{
	static const char *const told =
		"select count(*) || ' ' || max(pos) from steward.feed where entity = 'party'";
	const char *before = rig_sql(*state, told);

	import(*state,
	       "{'line': 2, 'ref': 'A-1'}, {'line': 3, 'ref': 'F-1', 'name': 'x', 'email': 'x'}");
	assert_string_equal(rig_sql(*state, told), before);
	import(*state,
	       "{'line': 2, 'ref': 'A-1', 'note': 'fed'}, {'line': 3, 'ref': 'F-1', 'name': 'x'}");
	assert_int_equal(atoi(rig_sql(*state, told)), atoi(before) + 1);
	assert_string_equal(
		rig_sql(*state,
			"select f.version from steward.feed f join steward.party p on p.id = f.id "
			"where p.ref = 'A-1'"),
		rig_sql(*state, "select version from steward.party where ref = 'A-1'"));
}

static void party_import_takes_the_same_row_once(void **state)
{
	const json_t *done = import(*state, "{'line': 2, 'ref': 'T-1', 'name': 'x'},"
					    "{'line': 3, 'ref': 'T-1', 'name': 'x'},"
					    "{'line': 4, 'ref': 'T-1', 'name': 'y'}");

	rig_row(done, 2, "taken", NULL);
	rig_row(done, 3, "unchanged", NULL);
	rig_row(done, 4, "changed", NULL);
}

static void party_import_of_several_properties_asks_which(void **state)
{
	struct rig_result r = rig_call(
		*state, "admin", NULL, "party.Import",
		"{'rows': [{'line': 2, 'ref': 'X-1', 'name': 'x'},"
		" {'line': 3, 'ref': 'X-1', 'name': 'x', 'property': 'LAK'},"
		" {'line': 4, 'ref': 'X-1', 'name': 'x', 'property': 'SUN'}]}",
		NULL);

	assert_int_equal(r.err.code, ST_OK);
	rig_row(r.reply, 2, "rejected", "property");
	assert_string_equal(rig_text(rig_row(r.reply, 3, "taken", NULL), "number"), "P-1001");
	rig_row(r.reply, 4, "taken", NULL);
}

static void party_import_happens_once_under_one_key(void **state)
{
	rig_dry(*state, "manager", "party.Import",
		"{'rows': [{'line': 2, 'ref': 'D-1', 'name': 'x'}]}");
	rig_refused(*state, "manager", "party.Show", ST_NOT_FOUND, "party", "{'party': 'D-1'}");
	rig_twice(*state, "manager", "party.Import",
		  "{'rows': [{'line': 2, 'ref': 'D-1', 'name': 'x'}]}");
	assert_int_equal(rig_int(shown(*state, "D-1"), "party.version"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(party_import_takes_lists_in_one_field),
		cmocka_unit_test(party_import_again_changes_nothing),
		cmocka_unit_test(party_import_changes_what_the_file_says),
		cmocka_unit_test(party_import_rejects_rows_one_by_one),
		cmocka_unit_test(party_import_counts_without_gaps),
		cmocka_unit_test(party_import_tells_the_feed_what_changed),
		cmocka_unit_test(party_import_takes_the_same_row_once),
		cmocka_unit_test(party_import_of_several_properties_asks_which),
		cmocka_unit_test(party_import_happens_once_under_one_key),
	};

	return cmocka_run_group_tests_name("party import", tests, rig_up, rig_down);
}
