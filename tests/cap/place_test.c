/* Places: the tree and what it refuses, what a place tells, how it is found and changed. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* Adds a place at SUN. */
static const json_t *place(struct rig *rig, const char *kind, const char *number, const char *more)
{
	return rig_ok(rig, "clerk", "place.Add", "{'kind': '%s', 'number': '%s'%s%s}", kind, number,
		      *more != '\0' ? ", " : "", more);
}

static const json_t *shown(struct rig *rig, const char *ref)
{
	return rig_ok(rig, "clerk", "place.Show", "{'place': '%s'}", ref);
}

static void refuse_place(struct rig *rig, const char *field, const char *request)
{
	struct rig_result r = rig_refused(rig, "clerk", "place.Add", ST_INVALID_ARGUMENT, field,
					  "{'number': 'BAD', %s}", request);

	assert_true(r.err.reason[0] != '\0');
}

static void place_kinds_tell_what_lies_within_what(void **state)
{
	const json_t *kinds = rig_ok(*state, "technician", "place.Kinds", "{}");
	const json_t *unit = rig_find(kinds, "kinds", "kind", "unit");
	const json_t *building = rig_find(kinds, "kinds", "kind", "building");

	assert_string_equal(rig_text(unit, "within"), "property, building, entrance, floor");
	assert_true(json_is_true(json_object_get(unit, "holdable")));
	assert_false(json_is_true(json_object_get(building, "holdable")));
	assert_true(rig_count(kinds, "kinds") >= 10);
}

static void place_add_makes_what_lies_above(void **state)
{
	const json_t *p = place(*state, "unit", "3-1-1202",
				"'building': '3', 'entrance': '1', 'floor': '12', 'gross_area': "
				"'96.4', 'usable_area': '80.25 m2', 'use': 'flat', 'layout': '3 "
				"rooms', 'structure': 'brick', 'pipes': 'old', 'name': 'Corner', "
				"'note': 'Dog!'");

	assert_string_equal(rig_text(p, "property"), "SUN");
	assert_string_equal(rig_text(p, "parent"), "3-1-12");
	assert_string_equal(rig_text(p, "building"), "3");
	assert_string_equal(rig_text(p, "gross_area"), "96.40");
	assert_string_equal(rig_text(p, "usable_area"), "80.25");
	assert_string_equal(rig_text(p, "layout"), "3 rooms");
	assert_int_equal(rig_int(p, "version"), 1);
	p = shown(*state, "3-1-1202");
	assert_string_equal(rig_text(p, "place.structure"), "brick");
	assert_string_equal(rig_text(p, "place.pipes"), "old");
	assert_string_equal(rig_text(p, "place.note"), "Dog!");
	assert_string_equal(rig_text(shown(*state, "3-1-12"), "place.parent"), "3-1");
	assert_string_equal(rig_text(shown(*state, "3-1"), "place.kind"), "entrance");
	assert_string_equal(rig_text(shown(*state, "building:3"), "children.0.number"), "3-1");
	/* The second unit finds them there. */
	p = place(*state, "unit", "3-1-1201",
		  "'building': '3', 'entrance': '3-1', 'floor': '3-1-12'");
	assert_string_equal(rig_text(p, "parent"), "3-1-12");
	assert_int_equal(rig_count(shown(*state, "3-1-12"), "children"), 2);
}

static void place_add_reads_square_feet(void **state)
{
	const json_t *p = place(*state, "unit", "SQ-1",
				"'gross_area': '1,038 sqft', 'usable_area': '0'");

	assert_string_equal(rig_text(p, "gross_area"), "96.43");
	assert_string_equal(rig_text(p, "usable_area"), "0.00");
}

static void place_add_gives_each_kind_its_own_fields(void **state)
{
	const json_t *p = place(*state, "building", "K1",
				"'address': 'Lake 5', 'floors': '18.5', 'built_year': '2009'");

	assert_string_equal(rig_text(p, "address"), "Lake 5");
	assert_string_equal(rig_text(p, "floors"), "18.5");
	assert_int_equal(rig_int(p, "built_year"), 2009);
	p = place(*state, "parking", "K-P1", "'charger': 'yes', 'building': 'K1'");
	assert_true(json_is_true(json_object_get(p, "charger")));
	assert_string_equal(rig_text(p, "parent"), "K1");
	p = place(*state, "facility", "K-L1",
		  "'parent': 'building:K1', 'location': 'hall', 'maker': 'Otis', 'model': 'G2', "
		  "'serial': '77', 'installed_on': '2010-02-28'");
	assert_string_equal(rig_text(p, "status"), "working");
	assert_string_equal(rig_text(p, "maker"), "Otis");
	assert_string_equal(rig_text(p, "installed_on"), "2010-02-28");
	p = place(*state, "facility", "K-L2", "'status': 'out_of_order'");
	assert_string_equal(rig_text(p, "status"), "out_of_order");
}

static void place_add_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "kind", "'kind': 'castle'" },
		{ "number", "'kind': 'unit', 'number': '  '" },
		{ "gross_area", "'kind': 'unit', 'gross_area': 'big'" },
		{ "gross_area", "'kind': 'unit', 'gross_area': '-5'" },
		{ "usable_area", "'kind': 'unit', 'usable_area': '1,03 sqft'" },
		{ "usable_area", "'kind': 'unit', 'usable_area': '999999999999'" },
		{ "installed_on", "'kind': 'facility', 'installed_on': '2026-02-30'" },
		{ "built_year", "'kind': 'building', 'built_year': 'old'" },
		{ "built_year", "'kind': 'building', 'built_year': '2999'" },
		{ "floors", "'kind': 'building', 'floors': '-1'" },
		{ "floors", "'kind': 'building', 'floors': '301'" },
		{ "charger", "'kind': 'parking', 'charger': 'maybe'" },
		{ "status", "'kind': 'facility', 'status': 'broken'" },
		{ "layout", "'kind': 'parking', 'layout': '3 rooms'" },
		{ "charger", "'kind': 'unit', 'charger': 'yes'" },
		{ "maker", "'kind': 'building', 'maker': 'Otis'" },
		{ "building", "'kind': 'unit', 'entrance': '1'" },
		{ "building", "'kind': 'building', 'building': '3'" },
		{ "parent", "'kind': 'entrance'" },
		{ "parent", "'kind': 'building', 'parent': 'unit:BADHOME'" },
	};

	place(*state, "unit", "BADHOME", "");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (strstr(bad[i][1], "'number'") != NULL)
			rig_refused(*state, "clerk", "place.Add", ST_INVALID_ARGUMENT, bad[i][0],
				    "{%s}", bad[i][1]);
		else
			refuse_place(*state, bad[i][0], bad[i][1]);
	rig_refused(*state, "clerk", "place.Add", ST_NOT_FOUND, "parent",
		    "{'kind': 'unit', 'number': 'BAD', 'parent': 'nowhere'}");
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "place.List", "{'text': 'BAD'}"), "places"), 1);
}

static void place_add_refuses_a_number_taken_by_its_kind(void **state)
{
	place(*state, "unit", "TWIN", "");
	rig_refused(*state, "clerk", "place.Add", ST_ALREADY_EXISTS, "number",
		    "{'kind': 'unit', 'number': ' twin'}");
	place(*state, "parking", "TWIN", "");
	/* The unit is meant when nobody says more. */
	assert_string_equal(rig_text(shown(*state, "twin"), "place.kind"), "unit");
	assert_string_equal(rig_text(shown(*state, "parking:twin"), "place.kind"), "parking");
}

static void place_add_dry_run_leaves_nothing(void **state)
{
	rig_dry(*state, "clerk", "place.Add",
		"{'kind': 'unit', 'number': 'DRY-1', 'building': 'DRYBUILDING'}");
	rig_refused(*state, "clerk", "place.Show", ST_NOT_FOUND, "place", "{'place': 'DRY-1'}");
	rig_refused(*state, "clerk", "place.Show", ST_NOT_FOUND, "place",
		    "{'place': 'DRYBUILDING'}");
}

/* What a watching desk is told of: the place and all that was made above it. */
static void place_add_tells_the_feed_of_all_it_made(void **state)
{
	place(*state, "unit", "FED-1-101", "'building': 'FED', 'entrance': '1'");
	assert_string_equal(
		rig_sql(*state,
			"select string_agg(number, ' ' order by number) from steward.feed where "
			"entity = 'place' and number like 'FED%'"),
		"FED FED-1 FED-1-101");
}

static void place_add_twice_under_one_key_adds_one(void **state)
{
	const json_t *p = rig_twice(*state, "clerk", "place.Add",
				    "{'kind': 'unit', 'number': 'ONCE-1'}");
	const json_t *list = rig_ok(*state, "clerk", "place.List", "{'text': 'ONCE-1'}");

	assert_int_equal(rig_count(list, "places"), 1);
	assert_string_equal(rig_text(list, "places.0.id"), rig_text(p, "id"));
}

static void place_show_tells_holders_children_and_history(void **state)
{
	const json_t *p;

	place(*state, "unit", "TOLD", "'use': 'flat'");
	place(*state, "room", "TOLD-R", "'parent': 'TOLD'");
	p = rig_ok(*state, "clerk", "party.Add",
		   "{'name': 'Tol Holder', 'phones': ['138 0000 1111']}");
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': 'TOLD', 'party': '%s', 'role': 'tenant', 'from': '2020-01-01'}",
	       rig_text(p, "number"));
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': 'TOLD', 'party': '%s', 'role': 'owner', 'from': '2010-01-01', 'to': "
	       "'2011-01-01'}",
	       rig_text(p, "number"));
	rig_ok(*state, "supervisor", "place.Edit", "{'place': 'TOLD', 'use': 'shop'}");
	p = shown(*state, "TOLD");
	assert_int_equal(rig_count(p, "holders"), 1);
	assert_string_equal(rig_text(p, "holders.0.role"), "tenant");
	assert_string_equal(rig_text(p, "holders.0.name"), "Tol Holder");
	assert_string_equal(rig_text(p, "holders.0.phone"), "138 0000 1111");
	assert_string_equal(rig_text(p, "holders.0.from"), "2020-01-01");
	assert_int_equal(rig_count(p, "children"), 1);
	assert_string_equal(rig_text(p, "children.0.number"), "TOLD-R");
	assert_int_equal(rig_count(p, "history"), 2);
	assert_string_equal(rig_text(p, "history.0.field"), "use");
	assert_string_equal(rig_text(p, "history.0.before"), "flat");
	assert_string_equal(rig_text(p, "history.0.after"), "shop");
	assert_string_equal(rig_text(p, "history.0.actor"), "supervisor");
	assert_string_equal(rig_text(p, "history.1.verb"), "added");
	assert_string_equal(rig_text(p, "history.1.actor"), "clerk");
}

static void place_show_tells_what_was_said_later(void **state)
{
	const json_t *p;

	place(*state, "unit", "LATER", "'building': 'LATER-B'");
	rig_ok(*state, "clerk", "place.Edit", "{'place': 'LATER', 'layout': '3 rooms'}");
	p = shown(*state, "LATER");
	assert_string_equal(rig_text(p, "history.0.field"), "layout");
	assert_string_equal(rig_text(p, "history.0.after"), "3 rooms");
	p = rig_ok(*state, "clerk", "place.Edit", "{'place': 'LATER-B', 'address': 'Lake 5'}");
	assert_int_equal(rig_int(p, "version"), 2);
	p = shown(*state, "LATER-B");
	assert_string_equal(rig_text(p, "history.0.field"), "address");
	assert_string_equal(rig_text(p, "history.0.after"), "Lake 5");
}

static void place_show_asks_which_of_several(void **state)
{
	struct rig_result r;

	place(*state, "parking", "WHICH", "");
	place(*state, "facility", "WHICH", "");
	r = rig_refused(*state, "clerk", "place.Show", ST_INVALID_ARGUMENT, "place",
			"{'place': 'WHICH'}");
	assert_string_equal(r.err.reason, "PLACE_AMBIGUOUS");
	place(*state, "unit", "BOTH", "");
	rig_elsewhere(*state, "place.Add", "{'kind': 'unit', 'number': 'BOTH'}");
	r = rig_call(*state, "admin", NULL, "place.Show", "{'place': 'BOTH'}", NULL);
	assert_int_equal(r.err.code, ST_INVALID_ARGUMENT);
	assert_string_equal(r.err.reason, "PLACE_AMBIGUOUS");
	r = rig_call(*state, "admin", NULL, "place.Show", "{'place': 'lak/both'}", NULL);
	assert_string_equal(rig_text(r.reply, "place.property"), "LAK");
}

static void place_of_others_is_not_found(void **state)
{
	const json_t *there = rig_elsewhere(*state, "place.Add",
					    "{'kind': 'unit', 'number': 'FAR-1', 'name': 'Far'}");
	const char *const names[] = { "FAR-1", "LAK/FAR-1", "unit:FAR-1", rig_text(there, "id") };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		rig_refused(*state, "clerk", "place.Show", ST_NOT_FOUND, "place", "{'place': '%s'}",
			    names[i]);
		rig_refused(*state, "clerk", "place.Edit", ST_NOT_FOUND, "place",
			    "{'place': '%s', 'name': 'Mine'}", names[i]);
		rig_refused(*state, "clerk", "place.List", ST_NOT_FOUND, "parent",
			    "{'parent': '%s'}", names[i]);
		rig_refused(*state, "clerk", "place.Add", ST_NOT_FOUND, "parent",
			    "{'kind': 'room', 'number': 'IN-FAR', 'parent': '%s'}", names[i]);
	}
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "place.List", "{'text': 'FAR'}"), "places"), 0);
	there = rig_elsewhere(*state, "place.Show", "{'place': 'FAR-1'}");
	assert_string_equal(rig_text(there, "place.name"), "Far");
}

static size_t listed(struct rig *rig, const char *request)
{
	return rig_count(rig_ok(rig, "analyst", "place.List", "%s", request), "places");
}

static void place_list_narrows_down(void **state)
{
	place(*state, "unit", "N-1-9911", "'building': 'N', 'entrance': '1', 'floor': '99'");
	place(*state, "unit", "N-1-9912", "'building': 'N', 'entrance': '1', 'floor': '99'");
	place(*state, "parking", "N-P1", "'building': 'N'");
	place(*state, "facility", "N-F1",
	      "'parent': 'building:N', 'status': 'limited', 'name': 'Green pump'");
	assert_int_equal(listed(*state, "{'parent': 'building:N'}"), 6);
	assert_int_equal(listed(*state, "{'parent': 'N', 'kind': 'unit'}"), 2);
	assert_int_equal(listed(*state, "{'text': '9912'}"), 1);
	assert_int_equal(listed(*state, "{'text': 'N-1-991'}"), 2);
	assert_int_equal(listed(*state, "{'text': 'pump'}"), 1);
	assert_int_equal(listed(*state, "{'text': 'ump'}"), 0);
	assert_int_equal(listed(*state, "{'text': '9912', 'kind': 'parking'}"), 0);
	assert_int_equal(listed(*state, "{'status': 'limited'}"), 1);
	assert_int_equal(listed(*state, "{'parent': 'N', 'status': 'limited'}"), 1);
	assert_int_equal(listed(*state, "{'parent': 'N', 'vacant': true}"), 3);
}

static void place_list_leaves_out_what_is_held_or_closed(void **state)
{
	const json_t *p = rig_ok(*state, "clerk", "party.Add", "{'name': 'Vacancy'}");

	place(*state, "unit", "V-1", "'building': 'V'");
	place(*state, "unit", "V-2", "'building': 'V'");
	place(*state, "unit", "V-3", "'building': 'V'");
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': 'V-1', 'party': '%s', 'role': 'owner'}", rig_text(p, "number"));
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': 'V-2', 'party': '%s', 'role': 'owner', 'from': '2999-01-01'}",
	       rig_text(p, "number"));
	rig_ok(*state, "clerk", "place.Edit", "{'place': 'V-3', 'closed_on': '2020-01-01'}");
	assert_int_equal(listed(*state, "{'parent': 'V'}"), 2);
	assert_int_equal(listed(*state, "{'parent': 'V', 'closed': true}"), 3);
	assert_int_equal(listed(*state, "{'parent': 'V', 'vacant': true}"), 1);
}

static void place_list_goes_on_after_a_row(void **state)
{
	static const char *const order[] = { "G-2", "G-10", "G-11" };
	const json_t *list;
	char after[600] = "";

	for (size_t i = 0; i < 3; i++)
		place(*state, "unit", order[2 - i], "'building': 'G'");
	for (size_t i = 0; i < 3; i++) {
		list = rig_ok(*state, "clerk", "place.List", "{'parent': 'G', 'limit': 1%s}",
			      after);
		assert_int_equal(rig_count(list, "places"), 1);
		assert_string_equal(rig_text(list, "places.0.number"), order[i]);
		(void)snprintf(after, sizeof(after), ", 'after': '%s'",
			       rig_text(list, "places.0.cursor"));
	}
	list = rig_ok(*state, "clerk", "place.List", "{'parent': 'G', 'limit': 1%s}", after);
	assert_int_equal(rig_count(list, "places"), 0);
}

static void place_list_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "after", "'after': 'nonsense'" },
		{ "limit", "'limit': 0" },
		{ "limit", "'limit': 1001" },
		{ "limit", "'limit': -1" },
		{ "status", "'status': 'broken'" },
		{ "kind", "'kind': 'castle'" },
		{ "after", "'after': '1~------------------------------------~x'" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "place.List", ST_INVALID_ARGUMENT, bad[i][0], "{%s}",
			    bad[i][1]);
}

static void place_edit_keeps_absent_fields(void **state)
{
	const json_t *p;

	place(*state, "unit", "E-1",
	      "'building': 'E', 'gross_area': '50', 'usable_area': '40', 'use': 'flat', 'name': "
	      "'Nice', 'layout': '2 rooms', 'structure': 'brick', 'pipes': 'new', 'note': 'x'");
	p = rig_ok(*state, "clerk", "place.Edit", "{'place': 'E-1', 'use': 'office'}");
	assert_int_equal(rig_int(p, "version"), 2);
	p = rig_ok(*state, "clerk", "place.Edit", "{'place': 'E-1', 'pipes': 'newer'}");
	assert_int_equal(rig_int(p, "version"), 3);
	assert_string_equal(rig_text(p, "number"), "E-1");
	assert_string_equal(rig_text(p, "parent"), "E");
	assert_string_equal(rig_text(p, "name"), "Nice");
	assert_string_equal(rig_text(p, "gross_area"), "50.00");
	assert_string_equal(rig_text(p, "usable_area"), "40.00");
	assert_string_equal(rig_text(p, "use"), "office");
	assert_string_equal(rig_text(p, "layout"), "2 rooms");
	assert_string_equal(rig_text(p, "structure"), "brick");
	assert_string_equal(rig_text(p, "pipes"), "newer");
	assert_string_equal(rig_text(p, "note"), "x");
	p = rig_ok(*state, "clerk", "place.Edit",
		   "{'place': 'E-1', 'clear': ['name', 'pipes', 'usable_area']}");
	assert_false(rig_has(p, "name") || rig_has(p, "pipes") || rig_has(p, "usable_area"));
	assert_string_equal(rig_text(p, "layout"), "2 rooms");
	assert_string_equal(rig_text(p, "gross_area"), "50.00");
}

static void place_edit_keeps_absent_fields_of_other_kinds(void **state)
{
	const json_t *p;

	place(*state, "facility", "E-F",
	      "'status': 'limited', 'maker': 'Otis', 'serial': '1', 'installed_on': '2001-01-01'");
	p = rig_ok(*state, "clerk", "place.Edit", "{'place': 'E-F', 'serial': '2'}");
	assert_string_equal(rig_text(p, "status"), "limited");
	assert_string_equal(rig_text(p, "maker"), "Otis");
	assert_string_equal(rig_text(p, "serial"), "2");
	assert_string_equal(rig_text(p, "installed_on"), "2001-01-01");
	place(*state, "parking", "E-P", "'charger': 'yes'");
	p = rig_ok(*state, "clerk", "place.Edit", "{'place': 'E-P', 'name': 'wide'}");
	assert_true(json_is_true(json_object_get(p, "charger")));
	p = rig_ok(*state, "clerk", "place.Edit", "{'place': 'E-P', 'charger': 'no'}");
	assert_false(json_is_true(json_object_get(p, "charger")));
	place(*state, "building", "E-B",
	      "'address': 'Lake 5', 'floors': '6', 'built_year': '1999'");
	p = rig_ok(*state, "clerk", "place.Edit",
		   "{'place': 'E-B', 'structure': 'steel', 'clear': ['built_year']}");
	assert_string_equal(rig_text(p, "address"), "Lake 5");
	assert_string_equal(rig_text(p, "floors"), "6");
	assert_false(rig_has(p, "built_year"));
}

static void place_text_left_empty_is_none(void **state)
{
	const json_t *p = place(*state, "unit", "EMPTY", "'name': '', 'use': '', 'layout': ''");

	assert_false(rig_has(p, "name") || rig_has(p, "use") || rig_has(p, "layout"));
	rig_ok(*state, "clerk", "place.Edit", "{'place': 'EMPTY', 'use': 'shop', 'layout': 'L'}");
	p = rig_ok(*state, "clerk", "place.Edit", "{'place': 'EMPTY', 'use': '', 'layout': ''}");
	assert_false(rig_has(p, "use") || rig_has(p, "layout"));
}

static void place_edit_changes_nothing_by_saying_the_same(void **state)
{
	const json_t *p;

	place(*state, "parking", "SAME", "'charger': 'yes', 'name': 'x'");
	p = rig_ok(*state, "clerk", "place.Edit",
		   "{'place': 'SAME', 'charger': 'yes', 'name': 'x'}");
	assert_int_equal(rig_int(p, "version"), 1);
}

static void place_edit_refuses_what_somebody_changed_meanwhile(void **state)
{
	struct rig_result r;

	place(*state, "unit", "STALE", "");
	rig_ok(*state, "clerk", "place.Edit", "{'place': 'STALE', 'name': 'a', 'version': 1}");
	r = rig_refused(*state, "clerk", "place.Edit", ST_ABORTED, "version",
			"{'place': 'STALE', 'name': 'b', 'version': 1}");
	assert_string_equal(r.err.reason, ST_REASON_VERSION_CONFLICT);
	assert_string_equal(rig_text(shown(*state, "STALE"), "place.name"), "a");
}

static void place_edit_moves_what_hangs_below_along(void **state)
{
	const json_t *p;

	place(*state, "area", "M-A", "");
	place(*state, "building", "M-B1", "'parent': 'M-A'");
	place(*state, "building", "M-B2", "");
	place(*state, "floor", "M-F", "'parent': 'M-B1'");
	place(*state, "unit", "M-U", "'parent': 'M-F'");
	assert_string_equal(rig_text(shown(*state, "M-U"), "place.building"), "M-B1");
	p = rig_ok(*state, "clerk", "place.Edit", "{'place': 'M-F', 'parent': 'M-B2'}");
	assert_string_equal(rig_text(p, "building"), "M-B2");
	assert_string_equal(rig_text(shown(*state, "M-U"), "place.building"), "M-B2");
	/* A watching desk is told of what moved along. */
	assert_string_equal(
		rig_sql(*state,
			"select string_agg(number || ':' || version, ' ' order by number) from "
			"steward.feed where entity = 'place' and number in ('M-F', 'M-U')"),
		"M-F:2 M-U:2");
	p = rig_ok(*state, "clerk", "place.Edit", "{'place': 'M-U', 'clear': ['parent']}");
	assert_false(rig_has(p, "building") || rig_has(p, "parent"));
}

static void place_edit_refuses_a_loop(void **state)
{
	place(*state, "area", "LOOP-1", "");
	place(*state, "area", "LOOP-2", "'parent': 'LOOP-1'");
	place(*state, "area", "LOOP-3", "'parent': 'LOOP-2'");
	rig_refused(*state, "clerk", "place.Edit", ST_INVALID_ARGUMENT, "parent",
		    "{'place': 'LOOP-1', 'parent': 'LOOP-3'}");
	rig_refused(*state, "clerk", "place.Edit", ST_INVALID_ARGUMENT, "parent",
		    "{'place': 'LOOP-1', 'parent': 'LOOP-1'}");
}

static void place_edit_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "number", "'number': ''" },
		{ "gross_area", "'gross_area': '1.2.3'" },
		{ "layout", "'layout': 'x'" },
		{ "status", "'status': 'broken'" },
		{ "closed_on", "'closed_on': '2026-13-01'" },
		{ "installed_on", "'installed_on': '2026-02-29'" },
		{ "clear[0]", "'clear': ['kind']" },
		{ "parent", "'parent': 'TWINLESS'" },
	};

	place(*state, "facility", "WRONG", "");
	place(*state, "facility", "WRONG-2", "");
	place(*state, "unit", "TWINLESS", "");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "place.Edit", ST_INVALID_ARGUMENT, bad[i][0],
			    "{'place': 'WRONG', %s}", bad[i][1]);
	rig_refused(*state, "clerk", "place.Edit", ST_ALREADY_EXISTS, "number",
		    "{'place': 'WRONG', 'number': 'wrong-2'}");
	assert_int_equal(rig_int(shown(*state, "WRONG"), "place.version"), 1);
}

static void place_edit_finds_it_by_its_new_number_only(void **state)
{
	place(*state, "unit", "OLDNUMBER", "");
	rig_ok(*state, "clerk", "place.Edit", "{'place': 'OLDNUMBER', 'number': 'NEWNUMBER'}");
	rig_refused(*state, "clerk", "place.Show", ST_NOT_FOUND, "place", "{'place': 'OLDNUMBER'}");
	assert_int_equal(listed(*state, "{'text': 'OLDNUMBER'}"), 0);
	assert_int_equal(listed(*state, "{'text': 'newn'}"), 1);
}

static void place_edit_twice_under_one_key_changes_once(void **state)
{
	place(*state, "unit", "TWICE", "");
	assert_int_equal(
		rig_int(rig_twice(*state, "clerk", "place.Edit", "{'place': 'TWICE', 'name': 'a'}"),
			"version"),
		2);
	assert_int_equal(rig_int(shown(*state, "TWICE"), "place.version"), 2);
	rig_dry(*state, "clerk", "place.Edit", "{'place': 'TWICE', 'name': 'b'}");
	assert_string_equal(rig_text(shown(*state, "TWICE"), "place.name"), "a");
}

static void place_import_takes_a_row(void **state)
{
	const json_t *done = rig_ok(
		*state, "manager", "place.Import",
		"{'rows': [{'line': 2, 'number': 'IMP-1', 'building': 'IMP'}]}");

	assert_string_equal(rig_text(rig_row(done, 2, "taken", NULL), "property"), "SUN");
	assert_string_equal(rig_text(shown(*state, "IMP-1"), "place.parent"), "IMP");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(place_kinds_tell_what_lies_within_what),
		cmocka_unit_test(place_add_makes_what_lies_above),
		cmocka_unit_test(place_add_reads_square_feet),
		cmocka_unit_test(place_add_gives_each_kind_its_own_fields),
		cmocka_unit_test(place_add_names_the_bad_field),
		cmocka_unit_test(place_add_refuses_a_number_taken_by_its_kind),
		cmocka_unit_test(place_add_dry_run_leaves_nothing),
		cmocka_unit_test(place_add_tells_the_feed_of_all_it_made),
		cmocka_unit_test(place_add_twice_under_one_key_adds_one),
		cmocka_unit_test(place_show_tells_holders_children_and_history),
		cmocka_unit_test(place_show_tells_what_was_said_later),
		cmocka_unit_test(place_show_asks_which_of_several),
		cmocka_unit_test(place_of_others_is_not_found),
		cmocka_unit_test(place_list_narrows_down),
		cmocka_unit_test(place_list_leaves_out_what_is_held_or_closed),
		cmocka_unit_test(place_list_goes_on_after_a_row),
		cmocka_unit_test(place_list_names_the_bad_field),
		cmocka_unit_test(place_edit_keeps_absent_fields),
		cmocka_unit_test(place_edit_keeps_absent_fields_of_other_kinds),
		cmocka_unit_test(place_text_left_empty_is_none),
		cmocka_unit_test(place_edit_changes_nothing_by_saying_the_same),
		cmocka_unit_test(place_edit_refuses_what_somebody_changed_meanwhile),
		cmocka_unit_test(place_edit_moves_what_hangs_below_along),
		cmocka_unit_test(place_edit_refuses_a_loop),
		cmocka_unit_test(place_edit_names_the_bad_field),
		cmocka_unit_test(place_edit_finds_it_by_its_new_number_only),
		cmocka_unit_test(place_edit_twice_under_one_key_changes_once),
		cmocka_unit_test(place_import_takes_a_row),
	};

	return cmocka_run_group_tests_name("place", tests, rig_up, rig_down);
}
