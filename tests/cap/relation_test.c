/* How cases hang together: links, merging and taking apart, what looks alike. */
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': '3-1-1202'}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Wang', 'phones': ['138 0013 8000']}");
	rig_elsewhere(*state, "case.Open", "{'kind': 'inquiry', 'summary': 'Far away'}");
	return 0;
}

static const char *opened(struct rig *rig, const char *more)
{
	return rig_text(rig_ok(rig, "clerk", "case.Open",
			       "{'kind': 'repair', 'summary': 'Tap drips'%s}",
			       *more != '\0' ? more : ", 'spot': 'lobby'"),
			"number");
}

static const json_t *shown(struct rig *rig, const char *number)
{
	return rig_ok(rig, "clerk", "case.Show", "{'case': '%s'}", number);
}

static void relation_link_is_read_from_both_sides(void **state)
{
	const char *a = opened(*state, ""), *b = opened(*state, "");
	const json_t *c;

	rig_twice(*state, "clerk", "relation.Link",
		  "{'case': '%s', 'other': '%s', 'kind': 'caused_by', 'text': 'same pipe'}", a, b);
	c = shown(*state, a);
	assert_string_equal(rig_text(c, "links.0.case"), b);
	assert_string_equal(rig_text(c, "links.0.how"), "is caused by");
	c = shown(*state, b);
	assert_string_equal(rig_text(c, "links.0.case"), a);
	assert_string_equal(rig_text(c, "links.0.how"), "has caused");
	assert_non_null(rig_find(c, "timeline", "verb", "link"));
	rig_refused(*state, "clerk", "relation.Link", ST_ALREADY_EXISTS, "other",
		    "{'case': '%s', 'other': '%s'}", b, a);
	rig_twice(*state, "clerk", "relation.Unlink", "{'case': '%s', 'other': '%s'}", b, a);
	assert_int_equal(rig_count(shown(*state, a), "links"), 0);
	rig_refused(*state, "clerk", "relation.Unlink", ST_NOT_FOUND, "other",
		    "{'case': '%s', 'other': '%s'}", b, a);
	rig_refused(*state, "clerk", "relation.Link", ST_INVALID_ARGUMENT, "other",
		    "{'case': '%s', 'other': '%s'}", a, a);
	rig_refused(*state, "clerk", "relation.Link", ST_INVALID_ARGUMENT, "kind",
		    "{'case': '%s', 'other': '%s', 'kind': 'like'}", a, b);
	rig_refused(*state, "clerk", "relation.Link", ST_NOT_FOUND, NULL,
		    "{'case': '%s', 'other': 'LAK/C-1001'}", a);
	rig_refused(*state, "technician", "relation.Link", ST_PERMISSION_DENIED, NULL,
		    "{'case': '%s', 'other': '%s'}", a, b);
	rig_refused(*state, "technician", "relation.Unlink", ST_PERMISSION_DENIED, NULL,
		    "{'case': '%s', 'other': '%s'}", a, b);
}

static void relation_merge_can_be_taken_apart(void **state)
{
	const char *a = opened(*state, ""), *b = opened(*state, "");
	const json_t *c;

	rig_ok(*state, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", b);
	c = rig_twice(*state, "dispatcher", "relation.Merge", "{'case': '%s', 'into': '%s'}", a, b);
	assert_string_equal(rig_text(c, "state"), "merged");
	assert_string_equal(rig_text(c, "merged_into"), b);
	assert_true(rig_has(c, "closed_at"));
	c = shown(*state, b);
	assert_string_equal(rig_text(c, "links.0.case"), a);
	assert_int_equal(rig_int(c, "case.chases"), 1);
	rig_refused(*state, "clerk", "case.Edit", ST_FAILED_PRECONDITION, "case",
		    "{'case': '%s', 'summary': 'x'}", a);
	/* Into one that has ended, or with work under way, or in a ring: not. */
	rig_refused(*state, "dispatcher", "relation.Merge", ST_FAILED_PRECONDITION, "into",
		    "{'case': '%s', 'into': '%s'}", b, a);
	c = rig_twice(*state, "dispatcher", "relation.Unmerge",
		      "{'case': '%s', 'text': 'Another tap'}", a);
	assert_string_equal(rig_text(c, "state"), "new");
	assert_false(rig_has(c, "merged_into") || rig_has(c, "closed_at"));
	assert_true(rig_has(c, "due_at"));
	assert_int_equal(rig_count(shown(*state, b), "links"), 0);
	rig_refused(*state, "dispatcher", "relation.Unmerge", ST_FAILED_PRECONDITION, "case",
		    "{'case': '%s'}", a);
	rig_refused(*state, "dispatcher", "relation.Merge", ST_FAILED_PRECONDITION, "case",
		    "{'case': '%s', 'into': '%s'}", b, a);
	rig_refused(*state, "dispatcher", "relation.Merge", ST_INVALID_ARGUMENT, "into",
		    "{'case': '%s', 'into': '%s'}", a, a);
	rig_refused(*state, "clerk", "relation.Merge", ST_PERMISSION_DENIED, NULL,
		    "{'case': '%s', 'into': '%s'}", a, b);
	rig_refused(*state, "clerk", "relation.Unmerge", ST_PERMISSION_DENIED, NULL,
		    "{'case': '%s'}", a);
}

static const json_t *owed(struct rig *rig, const char *number, const char *kind)
{
	return rig_find(
		rig_ok(rig, "manager", "agenda.List", "{'about': '%s', 'limit': 500}", number),
		"entries", "kind", kind);
}

/* What was owed for it is owed again: a return visit, whoever was told. */
static void relation_unmerge_owes_again(void **state)
{
	const char *a = opened(*state, ", 'spot': 'lobby', 'severity': 'major'"),
		   *b = opened(*state, ""), *due, *order;
	const json_t *c;

	assert_non_null(owed(*state, a, "escalation"));
	rig_ok(*state, "dispatcher", "relation.Merge", "{'case': '%s', 'into': '%s'}", a, b);
	assert_null(owed(*state, a, "escalation"));
	rig_ok(*state, "dispatcher", "relation.Unmerge", "{'case': '%s'}", a);
	assert_non_null(owed(*state, a, "escalation"));
	/* The work is done, the customer not asked yet. */
	c = rig_ok(*state, "manager", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", a);
	order = rig_text(c, "order.number");
	rig_ok(*state, "dispatcher", "order.Accept", "{'order': '%s'}", order);
	rig_ok(*state, "dispatcher", "order.Complete",
	       "{'order': '%s', 'result': 'Mended', 'reply': 'It is mended'}", order);
	due = rig_text(owed(*state, a, "return_visit"), "due_by");
	rig_ok(*state, "dispatcher", "relation.Merge", "{'case': '%s', 'into': '%s'}", a, b);
	assert_null(owed(*state, a, "return_visit"));
	rig_ok(*state, "dispatcher", "relation.Unmerge", "{'case': '%s'}", a);
	assert_string_equal(rig_text(shown(*state, a), "case.state"), "done");
	assert_string_equal(rig_text(owed(*state, a, "return_visit"), "due_by"), due);
}

static void relation_unmerge_leaves_the_hold(void **state)
{
	const char *a = opened(*state, ""), *b = opened(*state, "");

	rig_ok(*state, "clerk", "clock.Hold",
	       "{'case': '%s', 'why': 'Spare part', 'until': '2027-06-01'}", a);
	rig_ok(*state, "dispatcher", "relation.Merge", "{'case': '%s', 'into': '%s'}", a, b);
	rig_ok(*state, "dispatcher", "relation.Unmerge", "{'case': '%s'}", a);
	assert_string_equal(rig_text(shown(*state, a), "case.hold_reason"), "Spare part");
	assert_false(rig_has(shown(*state, a), "case.due_at"));
}

/* What hung at a case before hangs there afterwards. */
static void relation_merge_keeps_links(void **state)
{
	const char *a = opened(*state, ""), *b = opened(*state, ""), *other = opened(*state, "");
	const json_t *c;

	rig_ok(*state, "clerk", "relation.Link",
	       "{'case': '%s', 'other': '%s', 'kind': 'caused_by'}", a, other);
	rig_ok(*state, "dispatcher", "relation.Merge", "{'case': '%s', 'into': '%s'}", a, b);
	rig_ok(*state, "dispatcher", "relation.Unmerge", "{'case': '%s', 'text': 'Not it'}", a);
	c = shown(*state, a);
	assert_int_equal(rig_count(c, "links"), 1);
	assert_string_equal(rig_text(c, "links.0.case"), other);
	assert_string_equal(rig_text(c, "links.0.how"), "is caused by");
}

static void relation_similar_says_what_they_share(void **state)
{
	const char *a = opened(*state,
			       ", 'place': '3-1-1202', 'party': 'P-1001', 'category': 'gas'");
	const json_t *s = rig_ok(*state, "clerk", "relation.Similar",
				 "{'place': '3-1-1202', 'category': 'gas'}");

	assert_string_equal(rig_text(s, "cases.0.number"), a);
	assert_string_equal(rig_text(s, "cases.0.why"), "same place, same category");
	s = rig_ok(*state, "clerk", "relation.Similar", "{'phone': '13800138000'}");
	assert_string_equal(rig_text(s, "cases.0.number"), a);
	/* Somebody nobody knows, by his number. */
	s = rig_ok(*state, "clerk", "case.Open",
		   "{'kind': 'inquiry', 'summary': 'Bins', 'phone': '13512345678'}");
	s = rig_ok(*state, "clerk", "relation.Similar", "{'phone': '135 1234 5678'}");
	assert_string_equal(rig_text(s, "cases.0.why"), "same number");
	s = rig_ok(*state, "clerk", "relation.Similar", "{'case': '%s'}", a);
	assert_null(rig_find(s, "cases", "number", a));
	rig_refused(*state, "clerk", "relation.Similar", ST_INVALID_ARGUMENT, "case", "{}");
	rig_refused(*state, "clerk", "relation.Similar", ST_NOT_FOUND, "place",
		    "{'place': 'nowhere'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relation_link_is_read_from_both_sides),
		cmocka_unit_test(relation_merge_can_be_taken_apart),
		cmocka_unit_test(relation_unmerge_owes_again),
		cmocka_unit_test(relation_unmerge_leaves_the_hold),
		cmocka_unit_test(relation_merge_keeps_links),
		cmocka_unit_test(relation_similar_says_what_they_share),
	};

	return cmocka_run_group_tests_name("relation", tests, prepare, rig_down);
}
