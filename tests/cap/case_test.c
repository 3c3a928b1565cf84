/* Cases: opening them, what they tell, notes and edits, and the steps at the desk. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/uuid.h"
#include "tests/support/rig.h"

/* A unit 3-1-1202, a party P-1001, a department ENG to which the technician belongs; the unit and a
 * party at LAK. */
static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "place.Add",
	       "{'kind': 'unit', 'number': '3-1-1202', 'building': '3'}");
	rig_ok(*state, "manager", "party.Add",
	       "{'name': 'Wang Xiaoming', 'phones': ['13800138000']}");
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_ok(*state, "manager", "department.Join", "{'department': 'ENG', 'user': 'technician'}");
	rig_elsewhere(*state, "place.Add", "{'kind': 'unit', 'number': 'FAR-1'}");
	rig_elsewhere(*state, "party.Add", "{'name': 'Far', 'ref': 'FARREF'}");
	rig_elsewhere(*state, "case.Open",
		      "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Far away'}");
	return 0;
}

/* Opens a case at SUN; gives its number. */
static const char *opened(struct rig *rig, const char *kind, const char *more)
{
	/* What its kind needs, where the caller says nothing of it. */
	bool placed = strstr(more, "'spot'") != NULL || strstr(more, "'place'") != NULL;

	return rig_text(rig_ok(rig, "clerk", "case.Open",
			       "{'kind': '%s', 'summary': 'Tap drips'%s%s%s}", kind,
			       placed ? "" : ", 'spot': 'lobby'", *more != '\0' ? ", " : "", more),
			"number");
}

static const json_t *shown(struct rig *rig, const char *number)
{
	return rig_ok(rig, "clerk", "case.Show", "{'case': '%s'}", number);
}

static const char *state_of(struct rig *rig, const char *number)
{
	return rig_text(shown(rig, number), "case.state");
}

/* What happened last. */
static const json_t *last_event(const json_t *shown)
{
	const json_t *timeline = json_object_get(shown, "timeline");

	return json_array_get(timeline, json_array_size(timeline) - 1);
}

static void case_kinds_tell_channels_and_priorities(void **state)
{
	const json_t *k = rig_ok(*state, "technician", "case.Kinds", "{}");

	assert_string_equal(rig_text(rig_find(k, "kinds", "kind", "complaint"), "priority"),
			    "high");
	assert_true(json_is_true(json_object_get(rig_find(k, "kinds", "kind", "repair"), "visit")));
	assert_false(
		json_is_true(json_object_get(rig_find(k, "kinds", "kind", "inquiry"), "visit")));
	assert_non_null(rig_find(k, "channels", "channel", "letter"));
	assert_int_equal(rig_int(rig_find(k, "priorities", "priority", "urgent"), "hours"), 4);
}

static void case_categories_are_found_by_text(void **state)
{
	const json_t *c = rig_ok(*state, "technician", "case.Categories", "{'text': 'BURST'}"),
		     *next;

	assert_int_equal(rig_count(c, "categories"), 1);
	assert_string_equal(rig_text(c, "categories.0.category"), "water / burst pipe");
	c = rig_ok(*state, "technician", "case.Categories", "{'limit': 2}");
	assert_int_equal(rig_count(c, "categories"), 2);
	next = rig_ok(*state, "technician", "case.Categories", "{'limit': 1, 'after': '%s'}",
		      rig_text(c, "categories.0.category"));
	assert_string_equal(rig_text(next, "categories.0.category"),
			    rig_text(c, "categories.1.category"));
	rig_refused(*state, "technician", "case.Categories", ST_INVALID_ARGUMENT, "limit",
		    "{'limit': 0}");
	/* No text is as good as none. */
	assert_int_equal(rig_count(rig_ok(*state, "clerk", "case.Categories", "{'text': '%%'}"),
				   "categories"),
			 0);
}

static void case_add_category_makes_the_levels_above(void **state)
{
	const json_t *c;

	rig_dry(*state, "quality", "case.AddCategory", "{'category': 'pool / slide'}");
	rig_refused(
		*state, "clerk", "case.Open", ST_NOT_FOUND, "category",
		"{'kind': 'repair', 'spot': 'lobby', 'summary': 'x', 'category': 'pool / slide'}");
	c = rig_twice(*state, "quality", "case.AddCategory", "{'category': ' pool / slide '}");
	assert_string_equal(rig_text(c, "category"), "pool / slide");
	c = rig_ok(*state, "clerk", "case.Categories", "{'text': 'pool'}");
	assert_int_equal(rig_count(c, "categories"), 2);
	rig_refused(*state, "quality", "case.AddCategory", ST_ALREADY_EXISTS, "category",
		    "{'category': 'POOL / Slide'}");
	rig_refused(*state, "quality", "case.AddCategory", ST_INVALID_ARGUMENT, "category",
		    "{'category': ' / '}");
	rig_refused(
		*state, "quality", "case.AddCategory", ST_INVALID_ARGUMENT, "category",
		"{'category': "
		"'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'}");
}

static void case_open_gives_a_number(void **state)
{
	const json_t *c = rig_ok(
		*state, "clerk", "case.Open",
		"{'kind': 'repair', 'channel': 'visit', 'summary': ' Kitchen tap drips ', "
		"'details': "
		"'Since Monday', 'place': '3-1-1202', 'party': 'P-1001', 'phone': '138 0013 8000', "
		"'category': 'Water / Leak', 'priority': 'high', 'caller': 'His son', 'spot': "
		"'kitchen'}");
	const json_t *full = shown(*state, rig_text(c, "number"));

	assert_int_equal(strncmp(rig_text(c, "number"), "C-", 2), 0);
	assert_string_equal(rig_text(c, "property"), "SUN");
	assert_string_equal(rig_text(c, "state"), "new");
	assert_string_equal(rig_text(c, "channel"), "visit");
	assert_string_equal(rig_text(c, "summary"), "Kitchen tap drips");
	assert_string_equal(rig_text(c, "details"), "Since Monday");
	assert_string_equal(rig_text(c, "place"), "3-1-1202");
	assert_string_equal(rig_text(c, "party"), "Wang Xiaoming");
	assert_string_equal(rig_text(c, "party_number"), "P-1001");
	assert_string_equal(rig_text(c, "phone"), "138 0013 8000");
	assert_string_equal(rig_text(c, "category"), "water / leak");
	assert_string_equal(rig_text(c, "priority"), "high");
	assert_string_equal(rig_text(c, "caller"), "His son");
	assert_string_equal(rig_text(c, "spot"), "kitchen");
	assert_string_equal(rig_text(c, "opened_by"), "clerk");
	assert_int_equal(rig_int(c, "version"), 1);
	assert_false(rig_has(c, "closed_at") || rig_has(c, "assignee") || rig_has(c, "result"));
	assert_string_equal(rig_text(full, "case.id"), rig_text(c, "id"));
	assert_int_equal(rig_count(full, "timeline"), 1);
	assert_string_equal(rig_text(full, "timeline.0.verb"), "open");
	assert_string_equal(rig_text(full, "timeline.0.actor"), "clerk");
	assert_string_equal(rig_text(full, "timeline.0.to_state"), "new");
	assert_string_equal(rig_text(full, "timeline.0.at"), rig_text(c, "opened_at"));
}

static void case_open_presumes_what_is_not_said(void **state)
{
	const json_t *c = rig_ok(*state, "operator", "case.Open",
				 "{'kind': 'complaint', 'caller': 'Wang', 'summary': 'Noise'}");

	assert_string_equal(rig_text(c, "channel"), "phone");
	assert_string_equal(rig_text(c, "priority"), "high");
	assert_false(rig_has(c, "category") || rig_has(c, "place") || rig_has(c, "party"));
}

/* The key of the call is the id of the case: a desk without a line knows it beforehand. */
static void case_open_twice_under_one_key_opens_one(void **state)
{
	struct rig_result r = rig_call(*state, "clerk", "SUN", "case.Open",
				       "{'kind': 'help', 'spot': 'lobby', 'summary': 'x'}", NULL);
	struct call_options again = { .key = r.key };
	struct rig_result other;
	char id[UUID_TEXT];

	assert_string_equal(rig_text(r.reply, "id"), uuid_format(&r.key, id));
	other = rig_call(*state, "clerk", "SUN", "case.Open",
			 "{'kind': 'help', 'spot': 'lobby', 'summary': 'x'}", &again);
	assert_true(other.replayed && json_equal(r.reply, other.reply));
	other = rig_call(*state, "clerk", "SUN", "case.Open",
			 "{'kind': 'help', 'spot': 'lobby', 'summary': 'y'}", &again);
	assert_string_equal(other.err.reason, ST_REASON_KEY_REUSED);
	assert_int_equal(rig_count(shown(*state, id), "timeline"), 1);
}

static void case_open_counts_without_gaps(void **state)
{
	int first = atoi(opened(*state, "help", "") + 2);

	rig_dry(*state, "clerk", "case.Open",
		"{'kind': 'help', 'spot': 'lobby', 'summary': 'dry'}");
	rig_refused(*state, "clerk", "case.Open", ST_INVALID_ARGUMENT, "channel",
		    "{'kind': 'help', 'spot': 'lobby', 'summary': 'x', 'channel': 'pigeon'}");
	assert_int_equal(atoi(opened(*state, "help", "") + 2), first + 1);
}

static void case_open_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "kind", "'kind': 'wish', 'summary': 'x'" },
		{ "summary", "'kind': 'help', 'summary': ' '" },
		{ "summary", "'kind': 'help', 'summary': 'two\\nlines'" },
		{ "channel", "'kind': 'inquiry', 'summary': 'x', 'channel': 'pigeon'" },
		{ "party", "'kind': 'complaint', 'summary': 'x'" },
		{ "place", "'kind': 'dispute', 'caller': 'Lin', 'summary': 'x'" },
		{ "severity", "'kind': 'inquiry', 'summary': 'x', 'severity': 'awful'" },
		{ "body", "'kind': 'inquiry', 'summary': 'x', 'body': 'nobody'" },
		{ "priority", "'kind': 'help', 'summary': 'x', 'priority': 'very'" },
		{ "phone", "'kind': 'help', 'summary': 'x', 'phone': 'call me'" },
		{ "place", "'kind': 'help', 'summary': 'x', 'place': ''" },
	};
	static const char *const unknown[][2] = {
		{ "category", "'category': 'nothing / such'" },
		{ "place", "'place': 'nowhere'" },
		{ "party", "'party': 'P-9999'" },
		{ "place", "'place': 'LAK/FAR-1'" },
		{ "place", "'place': 'FAR-1'" },
		{ "party", "'party': 'LAK/P-1001'" },
		{ "party", "'party': 'FARREF'" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "case.Open", ST_INVALID_ARGUMENT, bad[i][0], "{%s}",
			    bad[i][1]);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		rig_refused(*state, "clerk", "case.Open", ST_NOT_FOUND, unknown[i][0],
			    "{'kind': 'help', 'spot': 'lobby', 'summary': 'x', %s}", unknown[i][1]);
}

static void case_text_left_empty_is_none(void **state)
{
	const json_t *c = rig_ok(*state, "clerk", "case.Open",
				 "{'kind': 'inquiry', 'summary': 'x', 'details': '', 'caller': '', "
				 "'spot': '', 'phone': '', "
				 "'category': '', 'channel': ''}");

	assert_false(rig_has(c, "details") || rig_has(c, "caller") || rig_has(c, "spot") ||
		     rig_has(c, "phone"));
	assert_string_equal(rig_text(c, "channel"), "phone");
	rig_ok(*state, "clerk", "case.Edit", "{'case': '%s', 'spot': 'hall'}",
	       rig_text(c, "number"));
	c = rig_ok(*state, "clerk", "case.Edit", "{'case': '%s', 'spot': ''}",
		   rig_text(c, "number"));
	assert_false(rig_has(c, "spot"));
	/* But for what its kind or its channel needs. */
	c = rig_ok(*state, "clerk", "case.Open",
		   "{'kind': 'repair', 'summary': 'x', 'spot': 'hall', 'channel': 'patrol'}");
	rig_refused(*state, "clerk", "case.Edit", ST_INVALID_ARGUMENT, "place",
		    "{'case': '%s', 'spot': ''}", rig_text(c, "number"));
	rig_refused(*state, "clerk", "case.Open", ST_INVALID_ARGUMENT, "party",
		    "{'kind': 'inquiry', 'summary': 'x', 'channel': 'letter'}");
}

static void case_show_knows_every_way_to_name_it(void **state)
{
	const char *number = opened(*state, "help", ""),
		   *id = rig_text(shown(*state, number), "case.id");
	char way[60];

	assert_string_equal(rig_text(shown(*state, number + 2), "case.id"), id);
	assert_string_equal(rig_text(shown(*state, id), "case.number"), number);
	(void)snprintf(way, sizeof(way), "sun/c-%s", number + 2);
	assert_string_equal(rig_text(shown(*state, way), "case.id"), id);
	assert_int_equal(rig_count(shown(*state, number), "orders"), 0);
	assert_int_equal(rig_count(shown(*state, number), "visits"), 0);
}

static void case_of_others_is_not_found(void **state)
{
	static const char *const calls[][2] = {
		{ "case.Show", "" },
		{ "case.Note", ", 'text': 'x'" },
		{ "case.Edit", ", 'spot': 'x'" },
		{ "case.Dispatch", ", 'to': 'ENG'" },
		{ "case.Close", ", 'result': 'x'" },
		{ "case.Reopen", ", 'why': 'x'" },
		{ "case.Cancel", ", 'why': 'x'" },
	};
	const json_t *there = rig_elsewhere(*state, "case.Show", "{'case': 'C-1001'}");

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		rig_refused(*state, "manager", calls[i][0], ST_NOT_FOUND, "case",
			    "{'case': 'LAK/C-1001'%s}", calls[i][1]);
		rig_refused(*state, "manager", calls[i][0], ST_NOT_FOUND, "case",
			    "{'case': '%s'%s}", rig_text(there, "case.id"), calls[i][1]);
	}
	assert_int_equal(
		rig_int(rig_elsewhere(*state, "case.Show", "{'case': 'C-1001'}"), "case.version"),
		1);
	opened(*state, "help", "");
	assert_int_equal(
		rig_call(*state, "admin", NULL, "case.Show", "{'case': 'C-1001'}", NULL).err.code,
		ST_INVALID_ARGUMENT);
	assert_string_equal(
		rig_text(rig_call(*state, "admin", NULL, "case.Show", "{'case': 'lak/1001'}", NULL)
				 .reply,
			 "case.summary"),
		"Far away");
}

static void case_note_adds_to_the_timeline(void **state)
{
	const char *n = opened(*state, "inquiry", "");
	const json_t *c;

	rig_dry(*state, "technician", "case.Note", "{'case': '%s', 'text': 'dry'}", n);
	c = rig_twice(*state, "technician", "case.Note", "{'case': '%s', 'text': 'Home after six'}",
		      n);
	assert_int_equal(rig_int(c, "version"), 2);
	assert_string_equal(rig_text(c, "state"), "new");
	c = shown(*state, n);
	assert_int_equal(rig_count(c, "timeline"), 2);
	assert_string_equal(rig_text(last_event(c), "verb"), "note");
	assert_string_equal(rig_text(last_event(c), "text"), "Home after six");
	assert_string_equal(rig_text(last_event(c), "actor"), "technician");
	rig_refused(*state, "clerk", "case.Note", ST_INVALID_ARGUMENT, "text",
		    "{'case': '%s', 'text': ' '}", n);
	rig_ok(*state, "clerk", "case.Close", "{'case': '%s', 'result': 'Told'}", n);
	rig_ok(*state, "clerk", "case.Note", "{'case': '%s', 'text': 'Thanked us'}", n);
	assert_string_equal(state_of(*state, n), "closed");
}

static void case_edit_keeps_absent_fields(void **state)
{
	const char *n = opened(
		*state, "inquiry",
		"'details': 'D', 'place': '3-1-1202', 'party': 'P-1001', 'phone': '13800138000', "
		"'category': 'gas', 'caller': 'C', 'spot': 'S', 'priority': 'low'");
	const json_t *c = rig_ok(*state, "clerk", "case.Edit",
				 "{'case': '%s', 'summary': 'New words'}", n);

	assert_int_equal(rig_int(c, "version"), 2);
	assert_string_equal(rig_text(c, "summary"), "New words");
	assert_string_equal(rig_text(c, "kind"), "inquiry");
	assert_string_equal(rig_text(c, "priority"), "low");
	assert_string_equal(rig_text(c, "details"), "D");
	assert_string_equal(rig_text(c, "place"), "3-1-1202");
	assert_string_equal(rig_text(c, "party_number"), "P-1001");
	assert_string_equal(rig_text(c, "phone"), "13800138000");
	assert_string_equal(rig_text(c, "category"), "gas");
	assert_string_equal(rig_text(c, "caller"), "C");
	assert_string_equal(rig_text(c, "spot"), "S");
	c = rig_ok(*state, "clerk", "case.Edit",
		   "{'case': '%s', 'clear': ['category', 'details', 'place', 'spot', 'party', "
		   "'caller', 'phone']}",
		   n);
	assert_false(rig_has(c, "category") || rig_has(c, "details") || rig_has(c, "place") ||
		     rig_has(c, "spot") || rig_has(c, "party") || rig_has(c, "caller") ||
		     rig_has(c, "phone"));
	assert_string_equal(rig_text(c, "summary"), "New words");
	c = rig_ok(*state, "clerk", "case.Edit", "{'case': '%s', 'summary': 'New words'}", n);
	assert_int_equal(rig_int(c, "version"), 3); /* nothing changed */
	/* What its new kind needs must be there. */
	rig_refused(*state, "clerk", "case.Edit", ST_INVALID_ARGUMENT, "place",
		    "{'case': '%s', 'kind': 'repair'}", n);
}

/* Each kind names what it needs and how it may end. */
static void case_kinds_say_what_they_need(void **state)
{
	const json_t *r = rig_ok(*state, "clerk", "case.Kinds", "{}");
	const json_t *dispute = rig_find(r, "kinds", "kind", "dispute");

	assert_string_equal(rig_text(dispute, "needs.0"), "party|caller|phone");
	assert_string_equal(rig_text(dispute, "endings.0"), "settled");
	assert_int_equal(rig_count(r, "severities"), 4);
	assert_int_equal(rig_count(r, "bodies"), 4);
}

/* A category says who is responsible and what customers are told; where it says nothing, what
 * stands above it does. */
static void case_category_tells_who_is_responsible(void **state)
{
	const json_t *c = rig_ok(
		*state, "clerk", "case.Open",
		"{'kind': 'inquiry', 'summary': 'Brown water', 'category': 'water / quality'}");

	assert_string_equal(rig_text(c, "body"), "utility");
	assert_true(strstr(rig_text(c, "answer"), "water company") != NULL);
	c = rig_ok(*state, "clerk", "case.Open",
		   "{'kind': 'inquiry', 'summary': 'Drip', 'category': 'water / leak', 'body': "
		   "'construction_unit'}");
	assert_string_equal(rig_text(c, "body"), "construction_unit");
	rig_ok(*state, "quality", "case.AddCategory", "{'category': 'water / quality / smell'}");
	c = rig_twice(*state, "quality", "case.SetCategory",
		      "{'category': 'water / quality / smell', 'answer': 'We flush the pipe.'}");
	assert_string_equal(rig_text(c, "body"), "utility");
	assert_string_equal(rig_text(c, "answer"), "We flush the pipe.");
	c = rig_ok(*state, "quality", "case.SetCategory",
		   "{'category': 'water / quality / smell', 'answer': ''}");
	assert_true(strstr(rig_text(c, "answer"), "water company") != NULL);
	rig_refused(*state, "quality", "case.AddCategory", ST_INVALID_ARGUMENT, "category",
		    "{'category': 'a / b / c / d'}");
	rig_refused(*state, "clerk", "case.SetCategory", ST_PERMISSION_DENIED, NULL,
		    "{'category': 'water', 'body': 'utility'}");
	rig_refused(*state, "quality", "case.SetCategory", ST_INVALID_ARGUMENT, "body",
		    "{'category': 'water', 'body': 'nobody'}");
}

static void case_list_knows_severity_and_category(void **state)
{
	const char *n = opened(*state, "repair",
			       "'severity': 'critical', 'category': 'lift / stuck'");
	const json_t *r = rig_ok(*state, "clerk", "case.List", "{'severity': 'critical'}");

	assert_string_equal(rig_text(r, "cases.0.number"), n);
	assert_string_equal(rig_text(r, "cases.0.priority"), "urgent");
	r = rig_ok(*state, "clerk", "case.List", "{'category': 'lift'}");
	assert_string_equal(rig_text(r, "cases.0.number"), n);
	assert_int_equal(rig_count(rig_ok(*state, "clerk", "case.List",
					  "{'category': 'gas', 'severity': 'critical'}"),
				   "cases"),
			 0);
}

static void case_edit_tells_what_changed(void **state)
{
	const char *n = opened(*state, "help", "");
	const json_t *c, *was = rig_ok(*state, "clerk", "case.Show", "{'case': '%s'}", n);

	rig_ok(*state, "supervisor", "case.Edit",
	       "{'case': '%s', 'priority': 'urgent', 'kind': 'repair', 'place': '3-1-1202', "
	       "'details': 'Long'}",
	       n);
	c = shown(*state, n);
	assert_string_equal(rig_text(last_event(c), "verb"), "edit");
	assert_string_equal(rig_text(last_event(c), "actor"), "supervisor");
	assert_string_equal(rig_text(last_event(c), "text"),
			    "kind: help -> repair; priority: normal -> urgent; details changed; "
			    "place: - -> 3-1-1202");
	assert_true(strcmp(rig_text(c, "case.due_at"), rig_text(was, "case.due_at")) < 0);
}

static void case_edit_refuses_what_somebody_changed_meanwhile(void **state)
{
	const char *n = opened(*state, "help", "");
	struct rig_result r;

	rig_ok(*state, "supervisor", "case.Note", "{'case': '%s', 'text': 'x'}", n);
	r = rig_refused(*state, "clerk", "case.Edit", ST_ABORTED, "version",
			"{'case': '%s', 'version': 1, 'spot': 'hall'}", n);
	assert_string_equal(r.err.reason, ST_REASON_VERSION_CONFLICT);
	assert_non_null(strstr(r.err.message, "supervisor"));
	rig_ok(*state, "clerk", "case.Edit", "{'case': '%s', 'version': 2, 'spot': 'hall'}", n);
}

static void case_edit_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "kind", "'kind': 'wish'" },           { "priority", "'priority': 'x'" },
		{ "summary", "'summary': ''" },         { "phone", "'phone': 'x'" },
		{ "version", "'version': 0" },          { "version", "'version': -1" },
		{ "clear[0]", "'clear': ['summary']" },
	};
	static const char *const unknown[][2] = {
		{ "category", "'category': 'x / y'" },
		{ "place", "'place': 'FAR-1'" },
		{ "party", "'party': 'FARREF'" },
	};
	const char *n = opened(*state, "help", "");

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "case.Edit", ST_INVALID_ARGUMENT, bad[i][0],
			    "{'case': '%s', %s}", n, bad[i][1]);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		rig_refused(*state, "clerk", "case.Edit", ST_NOT_FOUND, unknown[i][0],
			    "{'case': '%s', %s}", n, unknown[i][1]);
	assert_int_equal(rig_int(shown(*state, n), "case.version"), 1);
}

static void case_edit_twice_under_one_key_changes_once(void **state)
{
	const char *n = opened(*state, "help", "");

	rig_dry(*state, "clerk", "case.Edit", "{'case': '%s', 'spot': 'dry'}", n);
	rig_twice(*state, "clerk", "case.Edit", "{'case': '%s', 'spot': 'wet'}", n);
	assert_int_equal(rig_int(shown(*state, n), "case.version"), 2);
	assert_string_equal(rig_text(shown(*state, n), "case.spot"), "wet");
}

static void case_dispatch_issues_an_order(void **state)
{
	const char *n = opened(*state, "repair", "'place': '3-1-1202', 'spot': 'kitchen'");
	const json_t *r;

	rig_dry(*state, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", n);
	assert_string_equal(state_of(*state, n), "new");
	r = rig_twice(*state, "dispatcher", "case.Dispatch",
		      "{'case': '%s', 'to': 'eng', 'task': 'New valve'}", n);
	assert_string_equal(rig_text(r, "case.number"), n);
	assert_string_equal(rig_text(r, "case.state"), "dispatched");
	assert_int_equal(strncmp(rig_text(r, "order.number"), "W-", 2), 0);
	assert_string_equal(rig_text(r, "order.case"), n);
	assert_string_equal(rig_text(r, "order.state"), "issued");
	assert_string_equal(rig_text(r, "order.to"), "ENG");
	assert_string_equal(rig_text(r, "order.task"), "New valve");
	assert_string_equal(rig_text(r, "order.place"), "3-1-1202 kitchen");
	assert_string_equal(rig_text(r, "order.issued_by"), "dispatcher");
	assert_false(rig_has(r, "order.person"));
	r = shown(*state, n);
	assert_int_equal(rig_count(r, "orders"), 1);
	assert_string_equal(rig_text(r, "case.assignee"), "ENG");
	/* A second one, to a person; a third, to a firm. */
	r = rig_ok(*state, "dispatcher", "case.Dispatch",
		   "{'case': '%s', 'to': 'building_steward'}", n);
	assert_string_equal(rig_text(r, "order.person"), "building_steward");
	assert_string_equal(rig_text(r, "order.task"), "Tap drips");
	r = rig_ok(*state, "dispatcher", "case.Dispatch", "{'case': '%s', 'contractor': 'Otis'}",
		   n);
	assert_string_equal(rig_text(r, "order.to"), "Otis");
	assert_string_equal(rig_text(shown(*state, n), "case.assignee"), "Otis");
	assert_int_equal(rig_count(shown(*state, n), "orders"), 3);
}

static void case_dispatch_names_the_bad_field(void **state)
{
	const char *n = opened(*state, "repair", "");

	rig_elsewhere(*state, "department.Add", "{'code': 'FARDEP', 'name': 'Far'}");
	rig_ok(*state, "manager", "department.Add", "{'code': 'GONE', 'name': 'Gone'}");
	rig_ok(*state, "manager", "department.Edit", "{'department': 'GONE', 'state': 'closed'}");
	rig_refused(*state, "dispatcher", "case.Dispatch", ST_INVALID_ARGUMENT, "to",
		    "{'case': '%s'}", n);
	rig_refused(*state, "dispatcher", "case.Dispatch", ST_INVALID_ARGUMENT, "to",
		    "{'case': '%s', 'to': 'ENG', 'contractor': 'Otis'}", n);
	rig_refused(*state, "dispatcher", "case.Dispatch", ST_INVALID_ARGUMENT, "to",
		    "{'case': '%s', 'contractor': ''}", n);
	rig_refused(*state, "dispatcher", "case.Dispatch", ST_NOT_FOUND, "to",
		    "{'case': '%s', 'to': 'nobody'}", n);
	rig_refused(*state, "dispatcher", "case.Dispatch", ST_NOT_FOUND, "to",
		    "{'case': '%s', 'to': 'foreign'}", n);
	rig_refused(*state, "dispatcher", "case.Dispatch", ST_NOT_FOUND, "to",
		    "{'case': '%s', 'to': 'FARDEP'}", n);
	rig_refused(*state, "dispatcher", "case.Dispatch", ST_FAILED_PRECONDITION, "to",
		    "{'case': '%s', 'to': 'GONE'}", n);
	assert_string_equal(state_of(*state, n), "new");
}

static void case_list_is_newest_first(void **state)
{
	const char *older = opened(*state, "praise", ""), *newer = opened(*state, "praise", "");
	const json_t *list = rig_ok(*state, "analyst", "case.List", "{'kind': 'praise'}");

	assert_string_equal(rig_text(list, "cases.0.number"), newer);
	assert_string_equal(rig_text(list, "cases.1.number"), older);
}

static void case_import_takes_a_row(void **state)
{
	const json_t *done = rig_ok(
		*state, "manager", "case.Import",
		"{'rows': [{'line': 2, 'ref': 'K-1', 'opened': '2020-01-01'}]}");
	const json_t *c = shown(*state, rig_text(rig_row(done, 2, "taken", NULL), "number"));

	assert_string_equal(rig_text(c, "case.origin_ref"), "K-1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_kinds_tell_channels_and_priorities),
		cmocka_unit_test(case_categories_are_found_by_text),
		cmocka_unit_test(case_add_category_makes_the_levels_above),
		cmocka_unit_test(case_open_gives_a_number),
		cmocka_unit_test(case_open_presumes_what_is_not_said),
		cmocka_unit_test(case_open_twice_under_one_key_opens_one),
		cmocka_unit_test(case_open_counts_without_gaps),
		cmocka_unit_test(case_open_names_the_bad_field),
		cmocka_unit_test(case_text_left_empty_is_none),
		cmocka_unit_test(case_show_knows_every_way_to_name_it),
		cmocka_unit_test(case_of_others_is_not_found),
		cmocka_unit_test(case_note_adds_to_the_timeline),
		cmocka_unit_test(case_kinds_say_what_they_need),
		cmocka_unit_test(case_category_tells_who_is_responsible),
		cmocka_unit_test(case_list_knows_severity_and_category),
		cmocka_unit_test(case_edit_keeps_absent_fields),
		cmocka_unit_test(case_edit_tells_what_changed),
		cmocka_unit_test(case_edit_refuses_what_somebody_changed_meanwhile),
		cmocka_unit_test(case_edit_names_the_bad_field),
		cmocka_unit_test(case_edit_twice_under_one_key_changes_once),
		cmocka_unit_test(case_dispatch_issues_an_order),
		cmocka_unit_test(case_dispatch_names_the_bad_field),
		cmocka_unit_test(case_list_is_newest_first),
		cmocka_unit_test(case_import_takes_a_row),
	};

	return cmocka_run_group_tests_name("case", tests, prepare, rig_down);
}
