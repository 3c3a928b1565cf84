/* Occupancies: who holds which place, as what, from when to when. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* Adds a unit at SUN and gives its number. */
static const char *unit(struct rig *rig, const char *number)
{
	rig_ok(rig, "clerk", "place.Add", "{'kind': 'unit', 'number': '%s'}", number);
	return number;
}

static const char *party(struct rig *rig, const char *name)
{
	return rig_text(rig_ok(rig, "clerk", "party.Add",
			       "{'name': '%s', 'phones': ['13800138000']}", name),
			"number");
}

/* 'more': further fields. */
static const json_t *start(struct rig *rig, const char *place, const char *who, const char *role,
			   const char *more)
{
	return rig_ok(rig, "clerk", "occupancy.Start",
		      "{'place': '%s', 'party': '%s', 'role': '%s'%s%s}", place, who, role,
		      *more != '\0' ? ", " : "", more);
}

/* A day of SUN, so many days from today. */
static const char *day(struct rig *rig, int from_today)
{
	char sql[100];

	(void)snprintf(sql, sizeof(sql), "select (now() at time zone 'Asia/Shanghai')::date + %d",
		       from_today);
	return rig_sql(rig, sql);
}

static const json_t *of_place(struct rig *rig, const char *place)
{
	return rig_ok(rig, "clerk", "occupancy.List", "{'place': '%s', 'history': true}", place);
}

static void occupancy_roles_tell_which_exclude_each_other(void **state)
{
	const json_t *roles = rig_ok(*state, "technician", "occupancy.Roles", "{}");

	assert_string_equal(rig_text(rig_find(roles, "roles", "role", "tenant"), "slot"), "lease");
	assert_string_equal(rig_text(rig_find(roles, "roles", "role", "merchant"), "slot"),
			    "lease");
	assert_string_equal(rig_text(rig_find(roles, "roles", "role", "owner"), "slot"), "title");
	assert_false(rig_has(rig_find(roles, "roles", "role", "occupant"), "slot"));
}

static void occupancy_start_gives_a_number(void **state)
{
	const char *p = party(*state, "Starter");
	const json_t *o = start(
		*state, unit(*state, "S-1"), p, "owner",
		"'from': '2019-05-01', 'to': '2999-01-01', 'contract': 'D-7', 'note': 'x'");

	assert_int_equal(strncmp(rig_text(o, "number"), "T-", 2), 0);
	assert_string_equal(rig_text(o, "property"), "SUN");
	assert_string_equal(rig_text(o, "place"), "S-1");
	assert_string_equal(rig_text(o, "place_kind"), "unit");
	assert_string_equal(rig_text(o, "party"), p);
	assert_string_equal(rig_text(o, "name"), "Starter");
	assert_string_equal(rig_text(o, "phone"), "13800138000");
	assert_string_equal(rig_text(o, "from"), "2019-05-01");
	assert_string_equal(rig_text(o, "to"), "2999-01-01");
	assert_string_equal(rig_text(o, "state"), "current");
	assert_string_equal(rig_text(o, "contract"), "D-7");
	assert_string_equal(rig_text(o, "note"), "x");
	assert_int_equal(rig_int(o, "version"), 1);
	o = of_place(*state, "S-1");
	assert_int_equal(rig_count(o, "occupancies"), 1);
	assert_string_equal(rig_text(o, "occupancies.0.contract"), "D-7");
}

static void occupancy_start_begins_today_unless_said(void **state)
{
	const char *p = party(*state, "Todayer");
	const json_t *o = start(*state, unit(*state, "S-2"), p, "tenant", "");

	assert_string_equal(rig_text(o, "from"), day(*state, 0));
	assert_false(rig_has(o, "to"));
	assert_string_equal(rig_text(o, "state"), "current");
	o = start(*state, "S-2", p, "occupant", "'from': '2998-01-01'");
	assert_string_equal(rig_text(o, "state"), "future");
	o = start(*state, "S-2", p, "occupant", "'from': '2001-01-01', 'to': '2002-01-01'");
	assert_string_equal(rig_text(o, "state"), "past");
}

static void occupancy_start_never_lets_twice(void **state)
{
	const char *p = party(*state, "First holder"), *q = party(*state, "Second holder");
	struct rig_result r;

	unit(*state, "D-1");
	start(*state, "D-1", p, "owner", "'from': '2019-05-01'");
	r = rig_refused(*state, "clerk", "occupancy.Start", ST_FAILED_PRECONDITION, "place",
			"{'place': 'D-1', 'party': '%s', 'role': 'owner'}", q);
	assert_string_equal(r.err.reason, "PLACE_TAKEN");
	assert_non_null(strstr(r.err.message, "First holder"));
	start(*state, "D-1", p, "tenant", "'from': '2020-01-01', 'to': '2999-01-01'");
	rig_refused(*state, "clerk", "occupancy.Start", ST_FAILED_PRECONDITION, "place",
		    "{'place': 'D-1', 'party': '%s', 'role': 'merchant'}", q);
	rig_refused(*state, "clerk", "occupancy.Start", ST_FAILED_PRECONDITION, "place",
		    "{'place': 'D-1', 'party': '%s', 'role': 'tenant', 'from': '2019-12-31', 'to': "
		    "'2020-01-02'}",
		    q);
	/* Before it and after it there is room. */
	start(*state, "D-1", q, "merchant", "'from': '2019-01-01', 'to': '2020-01-01'");
	start(*state, "D-1", q, "tenant", "'from': '2999-01-01'");
	/* Occupants and co-owners may be several. */
	start(*state, "D-1", p, "occupant", "");
	start(*state, "D-1", q, "occupant", "");
	start(*state, "D-1", q, "co_owner", "");
	rig_refused(*state, "clerk", "occupancy.Start", ST_FAILED_PRECONDITION, "party",
		    "{'place': 'D-1', 'party': '%s', 'role': 'occupant'}", q);
	assert_int_equal(rig_count(of_place(*state, "D-1"), "occupancies"), 7);
}

static void occupancy_start_refuses_what_cannot_be_held(void **state)
{
	const char *p = party(*state, "Holds all");

	rig_ok(*state, "clerk", "place.Add", "{'kind': 'building', 'number': 'NOHOLD'}");
	rig_refused(*state, "clerk", "occupancy.Start", ST_INVALID_ARGUMENT, "place",
		    "{'place': 'NOHOLD', 'party': '%s', 'role': 'owner'}", p);
	unit(*state, "SHUT");
	rig_ok(*state, "clerk", "place.Edit", "{'place': 'SHUT', 'closed_on': '2020-01-01'}");
	rig_refused(*state, "clerk", "occupancy.Start", ST_FAILED_PRECONDITION, "place",
		    "{'place': 'SHUT', 'party': '%s', 'role': 'owner'}", p);
	start(*state, "SHUT", p, "owner", "'from': '2010-01-01', 'to': '2020-01-01'");
}

static void occupancy_start_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "role", "'role': 'king'" },
		{ "from", "'role': 'owner', 'from': '2026-02-29'" },
		{ "from", "'role': 'owner', 'from': 'today'" },
		{ "to", "'role': 'owner', 'to': '2026-2-1'" },
		{ "to", "'role': 'owner', 'from': '2026-01-02', 'to': '2026-01-02'" },
		{ "to", "'role': 'owner', 'from': '2026-01-02', 'to': '2026-01-01'" },
	};
	const char *p = party(*state, "Bad");

	unit(*state, "BAD");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "occupancy.Start", ST_INVALID_ARGUMENT, bad[i][0],
			    "{'place': 'BAD', 'party': '%s', %s}", p, bad[i][1]);
	rig_refused(*state, "clerk", "occupancy.Start", ST_NOT_FOUND, "place",
		    "{'place': 'NOWHERE', 'party': '%s', 'role': 'owner'}", p);
	rig_refused(*state, "clerk", "occupancy.Start", ST_NOT_FOUND, "party",
		    "{'place': 'BAD', 'party': 'P-99999', 'role': 'owner'}");
	assert_int_equal(rig_count(of_place(*state, "BAD"), "occupancies"), 0);
}

static void occupancy_start_twice_under_one_key_starts_one(void **state)
{
	const char *p = party(*state, "Once");

	unit(*state, "ONCE");
	rig_dry(*state, "clerk", "occupancy.Start",
		"{'place': 'ONCE', 'party': '%s', 'role': 'owner'}", p);
	assert_int_equal(rig_count(of_place(*state, "ONCE"), "occupancies"), 0);
	rig_twice(*state, "clerk", "occupancy.Start",
		  "{'place': 'ONCE', 'party': '%s', 'role': 'owner'}", p);
	assert_int_equal(rig_count(of_place(*state, "ONCE"), "occupancies"), 1);
}

static void occupancy_of_others_is_not_found(void **state)
{
	const char *p = party(*state, "Near");
	const json_t *there, *far;

	rig_elsewhere(*state, "place.Add", "{'kind': 'unit', 'number': 'FAR'}");
	far = rig_elsewhere(*state, "party.Add", "{'name': 'Far'}");
	there = rig_elsewhere(
		*state, "occupancy.Start",
		"{'place': 'FAR', 'party': 'P-1001', 'role': 'owner', 'from': '2020-01-01'}");
	unit(*state, "NEAR");
	for (int i = 0; i < 2; i++) {
		const char *o = i == 0 ? "LAK/T-1001" : rig_text(there, "id");
		const char *place = i == 0 ? "LAK/FAR" : rig_text(there, "place_id");
		const char *who = i == 0 ? "LAK/P-1001" : rig_text(far, "id");

		rig_refused(*state, "manager", "occupancy.End", ST_NOT_FOUND, "occupancy",
			    "{'occupancy': '%s'}", o);
		rig_refused(*state, "manager", "occupancy.Edit", ST_NOT_FOUND, "occupancy",
			    "{'occupancy': '%s', 'note': 'mine'}", o);
		rig_refused(*state, "manager", "occupancy.Transfer", ST_NOT_FOUND, "place",
			    "{'place': '%s', 'party': '%s'}", place, p);
		rig_refused(*state, "manager", "occupancy.Transfer", ST_NOT_FOUND, "party",
			    "{'place': 'NEAR', 'party': '%s'}", who);
		rig_refused(*state, "manager", "occupancy.Start", ST_NOT_FOUND, "place",
			    "{'place': '%s', 'party': '%s', 'role': 'owner'}", place, p);
		rig_refused(*state, "manager", "occupancy.Start", ST_NOT_FOUND, "party",
			    "{'place': 'NEAR', 'party': '%s', 'role': 'owner'}", who);
		rig_refused(*state, "manager", "occupancy.List", ST_NOT_FOUND, "place",
			    "{'place': '%s'}", place);
		rig_refused(*state, "manager", "occupancy.List", ST_NOT_FOUND, "party",
			    "{'party': '%s'}", who);
	}
	assert_null(rig_find(rig_ok(*state, "clerk", "occupancy.List", "{'limit': 1000}"),
			     "occupancies", "id", rig_text(there, "id")));
	there = rig_elsewhere(*state, "occupancy.List", "{'place': 'FAR'}");
	assert_int_equal(rig_int(there, "occupancies.0.version"), 1);
}

/* A place of one property and a party of another do not come together, even for who reaches both.
 */
static void occupancy_start_joins_one_property_only(void **state)
{
	struct rig_result r;

	unit(*state, "MIXED");
	r = rig_call(*state, "admin", NULL, "occupancy.Start",
		     "{'place': 'SUN/MIXED', 'party': 'LAK/P-1001', 'role': 'owner'}", NULL);
	assert_int_equal(r.err.code, ST_NOT_FOUND);
	assert_string_equal(r.err.field, "party");
}

static void occupancy_end_says_the_first_day_without(void **state)
{
	const char *p = party(*state, "Ender");
	const json_t *o = start(*state, unit(*state, "E-1"), p, "tenant", "'from': '2020-01-01'"),
		     *list;

	rig_dry(*state, "clerk", "occupancy.End", "{'occupancy': '%s'}", rig_text(o, "number"));
	assert_false(rig_has(of_place(*state, "E-1"), "occupancies.0.to"));
	o = rig_twice(*state, "clerk", "occupancy.End", "{'occupancy': '%s', 'to': '2999-06-01'}",
		      rig_text(o, "number"));
	assert_string_equal(rig_text(o, "to"), "2999-06-01");
	assert_string_equal(rig_text(o, "state"), "current");
	assert_int_equal(rig_int(o, "version"), 2);
	o = rig_ok(*state, "clerk", "occupancy.End", "{'occupancy': '%s'}", rig_text(o, "number"));
	assert_string_equal(rig_text(o, "to"), day(*state, 0));
	assert_string_equal(rig_text(o, "state"), "past");
	list = rig_ok(*state, "clerk", "occupancy.List", "{'place': 'E-1'}");
	assert_int_equal(rig_count(list, "occupancies"), 0);
	assert_int_equal(rig_count(of_place(*state, "E-1"), "occupancies"), 1);
}

static void occupancy_end_refuses_days_that_cannot_be(void **state)
{
	const char *p = party(*state, "Impossible");
	const json_t *o = start(*state, unit(*state, "E-2"), p, "tenant",
				"'from': '2020-01-01', 'to': '2021-01-01'");
	const char *n = rig_text(o, "number");
	struct rig_result r;

	rig_refused(*state, "clerk", "occupancy.End", ST_FAILED_PRECONDITION, "to",
		    "{'occupancy': '%s'}", n);
	rig_refused(*state, "clerk", "occupancy.End", ST_INVALID_ARGUMENT, "to",
		    "{'occupancy': '%s', 'to': '2020-01-01'}", n);
	rig_refused(*state, "clerk", "occupancy.End", ST_INVALID_ARGUMENT, "to",
		    "{'occupancy': '%s', 'to': '2020-02-30'}", n);
	r = rig_refused(*state, "clerk", "occupancy.End", ST_ABORTED, "version",
			"{'occupancy': '%s', 'to': '2020-02-01', 'version': 7}", n);
	assert_string_equal(r.err.reason, ST_REASON_VERSION_CONFLICT);
	rig_ok(*state, "clerk", "occupancy.End",
	       "{'occupancy': '%s', 'to': '2020-02-01', 'version': 1}", n);
	rig_refused(*state, "clerk", "occupancy.End", ST_NOT_FOUND, "occupancy",
		    "{'occupancy': 'T-99999'}");
}

static void occupancy_transfer_ends_one_and_starts_the_other(void **state)
{
	const char *p = party(*state, "Seller"), *q = party(*state, "Buyer");
	const json_t *was = start(*state, unit(*state, "TR-1"), p, "owner", "'from': '2019-05-01'"),
		     *o;

	rig_dry(*state, "clerk", "occupancy.Transfer", "{'place': 'TR-1', 'party': '%s'}", q);
	assert_int_equal(rig_count(of_place(*state, "TR-1"), "occupancies"), 1);
	o = rig_twice(*state, "clerk", "occupancy.Transfer",
		      "{'place': 'TR-1', 'party': '%s', 'on': '2024-03-01', 'contract': 'D-8', "
		      "'note': 'n'}",
		      q);
	assert_string_equal(rig_text(o, "party"), q);
	assert_string_equal(rig_text(o, "role"), "owner");
	assert_string_equal(rig_text(o, "from"), "2024-03-01");
	assert_string_equal(rig_text(o, "previous"), rig_text(was, "number"));
	assert_string_equal(rig_text(o, "contract"), "D-8");
	o = of_place(*state, "TR-1");
	assert_int_equal(rig_count(o, "occupancies"), 2);
	assert_string_equal(rig_text(rig_find(o, "occupancies", "party", p), "to"), "2024-03-01");
	assert_string_equal(rig_text(rig_find(o, "occupancies", "party", p), "state"), "past");
}

/* A watching desk is told of the end of the one and the start of the other. */
static void occupancy_transfer_tells_the_feed_of_both(void **state)
{
	const char *p = party(*state, "Feeds"), *q = party(*state, "Fed");

	start(*state, unit(*state, "TR-F"), p, "owner", "'from': '2019-05-01'");
	rig_ok(*state, "clerk", "occupancy.Transfer", "{'place': 'TR-F', 'party': '%s'}", q);
	assert_string_equal(
		rig_sql(*state,
			"select string_agg(f.version::text, ' ' order by o.from_on) from "
			"steward.feed f "
			"join steward.occupancy o on o.id = f.id join steward.place l on l.id = "
			"o.place_id where l.number = 'TR-F'"),
		"2 1");
}

static void occupancy_transfer_passes_a_lease(void **state)
{
	const char *p = party(*state, "Old shop"), *q = party(*state, "New shop");
	const json_t *o;

	start(*state, unit(*state, "TR-2"), p, "tenant", "'from': '2020-01-01'");
	start(*state, "TR-2", p, "owner", "'from': '2020-01-01'");
	o = rig_ok(*state, "clerk", "occupancy.Transfer",
		   "{'place': 'TR-2', 'party': '%s', 'role': 'merchant'}", q);
	assert_string_equal(rig_text(o, "role"), "merchant");
	assert_string_equal(rig_text(o, "from"), day(*state, 0));
	o = rig_ok(*state, "clerk", "occupancy.List", "{'place': 'TR-2'}");
	assert_int_equal(rig_count(o, "occupancies"), 2);
	assert_string_equal(rig_text(rig_find(o, "occupancies", "role", "owner"), "party"), p);
}

static void occupancy_transfer_refuses_what_cannot_be(void **state)
{
	const char *p = party(*state, "Stuck"), *q = party(*state, "Waiting");

	unit(*state, "TR-3");
	rig_refused(*state, "clerk", "occupancy.Transfer", ST_FAILED_PRECONDITION, "place",
		    "{'place': 'TR-3', 'party': '%s'}", q);
	start(*state, "TR-3", p, "owner", "'from': '2019-05-01'");
	start(*state, "TR-3", p, "occupant", "");
	rig_refused(*state, "clerk", "occupancy.Transfer", ST_INVALID_ARGUMENT, "party",
		    "{'place': 'TR-3', 'party': '%s'}", p);
	rig_refused(*state, "clerk", "occupancy.Transfer", ST_FAILED_PRECONDITION, "place",
		    "{'place': 'TR-3', 'party': '%s', 'role': 'occupant'}", q);
	rig_refused(*state, "clerk", "occupancy.Transfer", ST_INVALID_ARGUMENT, "role",
		    "{'place': 'TR-3', 'party': '%s', 'role': 'king'}", q);
	rig_refused(*state, "clerk", "occupancy.Transfer", ST_FAILED_PRECONDITION, "place",
		    "{'place': 'TR-3', 'party': '%s', 'on': '2019-04-30'}", q);
	rig_refused(*state, "clerk", "occupancy.Transfer", ST_INVALID_ARGUMENT, "on",
		    "{'place': 'TR-3', 'party': '%s', 'on': '2019-05-01'}", q);
	rig_refused(*state, "clerk", "occupancy.Transfer", ST_INVALID_ARGUMENT, "on",
		    "{'place': 'TR-3', 'party': '%s', 'on': '2019-05-32'}", q);
}

static void occupancy_edit_keeps_absent_fields(void **state)
{
	const char *p = party(*state, "Edited");
	const json_t *o = start(
		*state, unit(*state, "ED-1"), p, "tenant",
		"'from': '2020-01-01', 'to': '2030-01-01', 'contract': 'L-1', 'note': 'n'");
	const char *n = rig_text(o, "number");

	o = rig_ok(*state, "supervisor", "occupancy.Edit", "{'occupancy': '%s', 'contract': 'L-2'}",
		   n);
	assert_int_equal(rig_int(o, "version"), 2);
	assert_string_equal(rig_text(o, "from"), "2020-01-01");
	assert_string_equal(rig_text(o, "to"), "2030-01-01");
	assert_string_equal(rig_text(o, "contract"), "L-2");
	assert_string_equal(rig_text(o, "note"), "n");
	o = rig_ok(*state, "supervisor", "occupancy.Edit",
		   "{'occupancy': '%s', 'from': '2019-01-01', 'clear': ['to', 'note']}", n);
	assert_string_equal(rig_text(o, "from"), "2019-01-01");
	assert_false(rig_has(o, "to") || rig_has(o, "note"));
	assert_string_equal(rig_text(o, "contract"), "L-2");
	o = rig_ok(*state, "supervisor", "occupancy.Edit", "{'occupancy': '%s', 'contract': 'L-2'}",
		   n);
	assert_int_equal(rig_int(o, "version"), 3); /* nothing changed */
}

static void occupancy_edit_refuses_what_cannot_be(void **state)
{
	const char *p = party(*state, "Long"), *q = party(*state, "Next");
	const json_t *o = start(*state, unit(*state, "ED-2"), p, "tenant",
				"'from': '2020-01-01', 'to': '2021-01-01'");
	const char *n = rig_text(o, "number");
	struct rig_result r;

	start(*state, "ED-2", q, "merchant", "'from': '2021-01-01'");
	rig_refused(*state, "supervisor", "occupancy.Edit", ST_FAILED_PRECONDITION, "place",
		    "{'occupancy': '%s', 'to': '2021-01-02'}", n);
	rig_refused(*state, "supervisor", "occupancy.Edit", ST_FAILED_PRECONDITION, "place",
		    "{'occupancy': '%s', 'clear': ['to']}", n);
	rig_refused(*state, "supervisor", "occupancy.Edit", ST_INVALID_ARGUMENT, "from",
		    "{'occupancy': '%s', 'from': '2021-01-01'}", n);
	rig_refused(*state, "supervisor", "occupancy.Edit", ST_INVALID_ARGUMENT, "to",
		    "{'occupancy': '%s', 'to': '2019-01-01'}", n);
	rig_refused(*state, "supervisor", "occupancy.Edit", ST_INVALID_ARGUMENT, "clear[0]",
		    "{'occupancy': '%s', 'clear': ['from']}", n);
	r = rig_refused(*state, "supervisor", "occupancy.Edit", ST_ABORTED, "version",
			"{'occupancy': '%s', 'note': 'x', 'version': 2}", n);
	assert_string_equal(r.err.reason, ST_REASON_VERSION_CONFLICT);
	assert_int_equal(
		rig_int(rig_find(of_place(*state, "ED-2"), "occupancies", "number", n), "version"),
		1);
}

static void occupancy_edit_twice_under_one_key_changes_once(void **state)
{
	const char *p = party(*state, "Twice");
	const char *n = rig_text(start(*state, unit(*state, "ED-3"), p, "tenant", ""), "number");

	rig_dry(*state, "supervisor", "occupancy.Edit", "{'occupancy': '%s', 'note': 'dry'}", n);
	assert_int_equal(rig_int(rig_twice(*state, "supervisor", "occupancy.Edit",
					   "{'occupancy': '%s', 'contract': 'C'}", n),
				 "version"),
			 2);
	assert_false(rig_has(of_place(*state, "ED-3"), "occupancies.0.note"));
	assert_int_equal(rig_int(of_place(*state, "ED-3"), "occupancies.0.version"), 2);
}

static size_t listed(struct rig *rig, const char *request)
{
	return rig_count(rig_ok(rig, "clerk", "occupancy.List", "%s", request), "occupancies");
}

static void occupancy_list_narrows_down(void **state)
{
	const char *p = party(*state, "Landlord"), *q = party(*state, "Lodger");
	char request[200];

	unit(*state, "L-1");
	unit(*state, "L-2");
	start(*state, "L-1", p, "owner", "'from': '2001-01-01'");
	start(*state, "L-2", p, "owner", "'from': '2001-01-01'");
	start(*state, "L-1", q, "tenant", "'from': '2002-01-01', 'to': '2003-01-01'");
	start(*state, "L-1", q, "tenant", "'from': '2003-01-01', 'to': '2990-01-01'");
	assert_int_equal(listed(*state, "{'place': 'L-1'}"), 2);
	assert_int_equal(listed(*state, "{'place': 'L-1', 'history': true}"), 3);
	assert_int_equal(listed(*state, "{'place': 'L-1', 'role': 'owner'}"), 1);
	assert_int_equal(
		listed(*state, "{'ends_before': '2990-01-02', 'role': 'tenant', 'place': 'L-1'}"),
		1);
	assert_int_equal(listed(*state, "{'ends_before': '2990-01-01', 'place': 'L-1'}"), 0);
	(void)snprintf(request, sizeof(request), "{'party': '%s'}", p);
	assert_int_equal(listed(*state, request), 2);
	(void)snprintf(request, sizeof(request), "{'party': '%s', 'place': 'L-2'}", q);
	assert_int_equal(listed(*state, request), 0);
	(void)snprintf(request, sizeof(request), "{'party': '%s', 'place': 'L-1', 'history': true}",
		       q);
	assert_int_equal(listed(*state, request), 2);
}

static void occupancy_list_goes_on_after_a_row(void **state)
{
	const json_t *all = rig_ok(*state, "clerk", "occupancy.List",
				   "{'place': 'L-1', 'history': true}");
	char after[300] = "";

	for (size_t i = 0; i < 3; i++) {
		const json_t *page = rig_ok(*state, "clerk", "occupancy.List",
					    "{'place': 'L-1', 'history': true, 'limit': 1%s}",
					    after);
		char path[40];

		(void)snprintf(path, sizeof(path), "occupancies.%zu.id", i);
		assert_string_equal(rig_text(page, "occupancies.0.id"), rig_text(all, path));
		(void)snprintf(after, sizeof(after), ", 'after': '%s'",
			       rig_text(page, "occupancies.0.cursor"));
	}
}

static void occupancy_list_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "role", "'role': 'king'" },
		{ "ends_before", "'ends_before': '2026-02-29'" },
		{ "after", "'after': 'x'" },
		{ "after", "'after': '1~00000000-0000-0000-0000-000000000000~never'" },
		{ "limit", "'limit': 0" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "occupancy.List", ST_INVALID_ARGUMENT, bad[i][0],
			    "{%s}", bad[i][1]);
}

static void occupancy_import_takes_a_row(void **state)
{
	const char *p = party(*state, "Filed");
	const json_t *done;

	unit(*state, "I-1");
	done = rig_ok(
		*state, "manager", "occupancy.Import",
		"{'rows': [{'line': 2, 'place': 'I-1', 'party': '%s', 'from': '2020-01-01'}]}", p);
	rig_row(done, 2, "taken", NULL);
	assert_string_equal(rig_text(of_place(*state, "I-1"), "occupancies.0.role"), "owner");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(occupancy_roles_tell_which_exclude_each_other),
		cmocka_unit_test(occupancy_start_gives_a_number),
		cmocka_unit_test(occupancy_start_begins_today_unless_said),
		cmocka_unit_test(occupancy_start_never_lets_twice),
		cmocka_unit_test(occupancy_start_refuses_what_cannot_be_held),
		cmocka_unit_test(occupancy_start_names_the_bad_field),
		cmocka_unit_test(occupancy_start_twice_under_one_key_starts_one),
		cmocka_unit_test(occupancy_of_others_is_not_found),
		cmocka_unit_test(occupancy_start_joins_one_property_only),
		cmocka_unit_test(occupancy_end_says_the_first_day_without),
		cmocka_unit_test(occupancy_end_refuses_days_that_cannot_be),
		cmocka_unit_test(occupancy_transfer_ends_one_and_starts_the_other),
		cmocka_unit_test(occupancy_transfer_tells_the_feed_of_both),
		cmocka_unit_test(occupancy_transfer_passes_a_lease),
		cmocka_unit_test(occupancy_transfer_refuses_what_cannot_be),
		cmocka_unit_test(occupancy_edit_keeps_absent_fields),
		cmocka_unit_test(occupancy_edit_refuses_what_cannot_be),
		cmocka_unit_test(occupancy_edit_twice_under_one_key_changes_once),
		cmocka_unit_test(occupancy_list_narrows_down),
		cmocka_unit_test(occupancy_list_goes_on_after_a_row),
		cmocka_unit_test(occupancy_list_names_the_bad_field),
		cmocka_unit_test(occupancy_import_takes_a_row),
	};

	return cmocka_run_group_tests_name("occupancy", tests, rig_up, rig_down);
}
