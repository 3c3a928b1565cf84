/* How a party is reached, its cars, and its household. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* Adds a party at SUN; gives its number. */
static const char *party(struct rig *rig, const char *name, const char *more)
{
	return rig_text(rig_ok(rig, "clerk", "party.Add", "{'name': '%s'%s%s}", name,
			       *more != '\0' ? ", " : "", more),
			"number");
}

static const json_t *shown(struct rig *rig, const char *number)
{
	return rig_ok(rig, "clerk", "party.Show", "{'party': '%s'}", number);
}

/* How sure the search box is of this text: "exact", "suggested", "" for nothing found. */
static const char *found(struct rig *rig, const char *text)
{
	const json_t *rows = rig_ok(rig, "clerk", "find.Find", "{'text': '%s'}", text);

	return rig_count(rows, "rows") > 0 ? rig_text(rows, "rows.0.match") : "";
}

/* A day of SUN, so many days from today. */
static const char *day(struct rig *rig, int from_today)
{
	char sql[100];

	(void)snprintf(sql, sizeof(sql), "select (now() at time zone 'Asia/Shanghai')::date + %d",
		       from_today);
	return rig_sql(rig, sql);
}

static void party_add_phone_adds_one(void **state)
{
	const char *n = party(*state, "Phoner", "'phones': ['13800000001']");
	const json_t *p = rig_twice(*state, "clerk", "party.AddPhone",
				    "{'party': '%s', 'phone': '0571-8888 1302', 'label': 'home'}",
				    n);

	assert_int_equal(rig_int(p, "version"), 2);
	assert_string_equal(rig_text(p, "phone"), "13800000001");
	p = shown(*state, n);
	assert_int_equal(rig_count(p, "phones"), 2);
	assert_string_equal(rig_text(p, "phones.1.phone"), "0571-8888 1302");
	assert_string_equal(rig_text(p, "phones.1.e164"), "+8657188881302");
	assert_string_equal(rig_text(p, "phones.1.label"), "home");
	assert_string_equal(rig_text(p, "history.0.field"), "phone");
	assert_string_equal(found(*state, "+86 571 88881302"), "exact");
	assert_string_equal(found(*state, "8888 1302"), "suggested");
}

static void party_add_phone_refuses_a_number_it_has(void **state)
{
	const char *p = party(*state, "Knower", "'phones': ['13800000002']");

	rig_refused(*state, "clerk", "party.AddPhone", ST_ALREADY_EXISTS, "phone",
		    "{'party': '%s', 'phone': '+86 138-0000-0002'}", p);
	rig_refused(*state, "clerk", "party.AddPhone", ST_INVALID_ARGUMENT, "phone",
		    "{'party': '%s', 'phone': 'call me'}", p);
	rig_refused(*state, "clerk", "party.AddPhone", ST_INVALID_ARGUMENT, "phone",
		    "{'party': '%s', 'phone': '12'}", p);
	/* Another party may share it. */
	rig_ok(*state, "clerk", "party.AddPhone", "{'party': '%s', 'phone': '13800000002'}",
	       party(*state, "Sharer", ""));
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "find.Find", "{'text': '13800000002'}"), "rows"),
		2);
}

static void party_add_phone_takes_an_extension(void **state)
{
	const char *n = party(*state, "Extended", "");
	const json_t *p;

	rig_ok(*state, "clerk", "party.AddPhone",
	       "{'party': '%s', 'phone': '0571 8888 1202 ext 5'}", n);
	rig_ok(*state, "clerk", "party.AddPhone", "{'party': '%s', 'phone': '0571 8888 1203转801'}",
	       n);
	p = shown(*state, n);
	assert_string_equal(rig_text(p, "phones.0.e164"), "+8657188881202");
	assert_string_equal(rig_text(p, "phones.1.e164"), "+8657188881203");
}

static void party_add_phone_dry_run_leaves_nothing(void **state)
{
	const char *p = party(*state, "Dry", "");

	rig_dry(*state, "clerk", "party.AddPhone", "{'party': '%s', 'phone': '13800000003'}", p);
	assert_int_equal(rig_count(shown(*state, p), "phones"), 0);
	assert_string_equal(found(*state, "13800000003"), "");
}

static void party_remove_phone_keeps_it_in_the_history(void **state)
{
	const char *n = party(*state, "Mover", "'phones': ['13800000004', '13800000005']");
	const json_t *p = rig_twice(*state, "clerk", "party.RemovePhone",
				    "{'party': '%s', 'phone': '+86 138 0000 0004'}", n);

	assert_string_equal(rig_text(p, "phone"), "13800000005");
	p = shown(*state, n);
	assert_int_equal(rig_count(p, "phones"), 2);
	assert_string_equal(rig_text(p, "phones.1.phone"), "13800000004");
	assert_string_equal(rig_text(p, "phones.1.until"), day(*state, 0));
	assert_string_equal(rig_text(p, "history.0.before"), "13800000004");
	assert_string_equal(found(*state, "13800000004"), "");
	rig_refused(*state, "clerk", "party.RemovePhone", ST_NOT_FOUND, "phone",
		    "{'party': '%s', 'phone': '13800000004'}", n);
	/* It may come back. */
	rig_ok(*state, "clerk", "party.AddPhone", "{'party': '%s', 'phone': '13800000004'}", n);
	assert_string_equal(found(*state, "13800000004"), "exact");
}

static void party_remove_phone_names_the_bad_field(void **state)
{
	const char *p = party(*state, "Keeper", "'phones': ['13800000006']");

	rig_refused(*state, "clerk", "party.RemovePhone", ST_INVALID_ARGUMENT, "on",
		    "{'party': '%s', 'phone': '13800000006', 'on': '2026-02-30'}", p);
	rig_refused(*state, "clerk", "party.RemovePhone", ST_INVALID_ARGUMENT, "on",
		    "{'party': '%s', 'phone': '13800000006', 'on': '%s'}", p, day(*state, -1));
	rig_dry(*state, "clerk", "party.RemovePhone", "{'party': '%s', 'phone': '13800000006'}", p);
	assert_false(rig_has(shown(*state, p), "phones.0.until"));
}

static void party_add_plate_adds_one(void **state)
{
	const char *n = party(*state, "Driver", "");
	const json_t *p;

	rig_ok(*state, "clerk", "place.Add", "{'kind': 'parking', 'number': 'PP-1'}");
	p = rig_twice(*state, "clerk", "party.AddPlate",
		      "{'party': '%s', 'plate': ' zj·b 1234 ', 'place': 'PP-1'}", n);
	assert_int_equal(rig_int(p, "version"), 2);
	p = shown(*state, n);
	assert_int_equal(rig_count(p, "plates"), 1);
	assert_string_equal(rig_text(p, "plates.0.plate"), "ZJ·B 1234");
	assert_string_equal(rig_text(p, "plates.0.place"), "PP-1");
	assert_string_equal(found(*state, "ZJB1234"), "exact");
	assert_string_equal(found(*state, "b1234"), "suggested");
}

static void party_add_plate_refuses_a_car_of_another(void **state)
{
	const char *p = party(*state, "First", "'plates': ['C 1']");
	const char *q = party(*state, "Second", "");
	struct rig_result r = rig_refused(*state, "clerk", "party.AddPlate", ST_ALREADY_EXISTS,
					  "plate", "{'party': '%s', 'plate': 'c1'}", q);

	assert_non_null(strstr(r.err.message, p));
	rig_refused(*state, "clerk", "party.AddPlate", ST_INVALID_ARGUMENT, "plate",
		    "{'party': '%s', 'plate': '--'}", q);
	rig_elsewhere(*state, "place.Add", "{'kind': 'parking', 'number': 'PFAR'}");
	rig_refused(*state, "clerk", "party.AddPlate", ST_NOT_FOUND, "place",
		    "{'party': '%s', 'plate': 'D 1', 'place': 'PFAR'}", q);
	rig_dry(*state, "clerk", "party.AddPlate", "{'party': '%s', 'plate': 'D 2'}", q);
	assert_int_equal(rig_count(shown(*state, q), "plates"), 0);
}

static void party_remove_plate_lets_another_have_it(void **state)
{
	const char *p = party(*state, "Seller", "'plates': ['E 1']");
	const char *q = party(*state, "Buyer", "");

	rig_refused(*state, "clerk", "party.RemovePlate", ST_NOT_FOUND, "plate",
		    "{'party': '%s', 'plate': 'E 1'}", q);
	rig_refused(*state, "clerk", "party.RemovePlate", ST_INVALID_ARGUMENT, "on",
		    "{'party': '%s', 'plate': 'E 1', 'on': '%s'}", p, day(*state, -1));
	rig_dry(*state, "clerk", "party.RemovePlate", "{'party': '%s', 'plate': 'E 1'}", p);
	assert_string_equal(found(*state, "e1"), "exact");
	rig_twice(*state, "clerk", "party.RemovePlate", "{'party': '%s', 'plate': 'e1'}", p);
	assert_string_equal(rig_text(shown(*state, p), "plates.0.until"), day(*state, 0));
	rig_ok(*state, "clerk", "party.AddPlate", "{'party': '%s', 'plate': 'E 1'}", q);
	assert_string_equal(
		rig_text(rig_ok(*state, "clerk", "find.Find", "{'text': 'E 1'}"), "rows.0.number"),
		q);
}

static void party_join_makes_a_household(void **state)
{
	const char *head = party(*state, "Head", "'phones': ['13800000007']");
	const char *wife = party(*state, "Wife", "");
	const char *child = party(*state, "Child", "");
	const json_t *p = rig_twice(*state, "clerk", "party.Join",
				    "{'party': '%s', 'with': '%s', 'role': 'spouse'}", wife, head);

	assert_string_equal(rig_text(p, "number"), wife);
	rig_ok(*state, "clerk", "party.Join", "{'party': '%s', 'with': '%s', 'role': 'child'}",
	       child, wife);
	p = shown(*state, child);
	assert_int_equal(rig_count(p, "household"), 3);
	assert_string_equal(rig_text(p, "household.0.role"), "head");
	assert_string_equal(rig_text(p, "household.0.party"), head);
	assert_string_equal(rig_text(p, "household.0.phone"), "13800000007");
	assert_string_equal(rig_text(rig_find(p, "household", "party", wife), "role"), "spouse");
	assert_string_equal(rig_text(rig_find(p, "household", "party", child), "role"), "child");
	assert_string_equal(rig_text(p, "household.0.from"), day(*state, 0));
	assert_string_equal(rig_text(p, "history.0.field"), "household");
}

/* A watching desk is told of both who now live together. */
static void party_join_tells_the_feed_of_both(void **state)
{
	const char *a = party(*state, "Fed spouse", ""), *b = party(*state, "Fed head", "");
	char sql[200];

	rig_ok(*state, "clerk", "party.Join", "{'party': '%s', 'with': '%s'}", a, b);
	(void)snprintf(sql, sizeof(sql),
		       "select sum(version) from steward.feed where entity = 'party' and number in "
		       "('%s', '%s')",
		       a, b);
	assert_string_equal(rig_sql(*state, sql), "4");
}

static void party_join_moves_from_one_household_to_another(void **state)
{
	const char *a = party(*state, "A", ""), *b = party(*state, "B", ""),
		   *c = party(*state, "C", "");
	const json_t *p;

	rig_ok(*state, "clerk", "party.Join", "{'party': '%s', 'with': '%s', 'on': '2020-01-01'}",
	       b, a);
	rig_ok(*state, "clerk", "party.Join", "{'party': '%s', 'with': '%s', 'on': '2021-01-01'}",
	       b, c);
	p = shown(*state, b);
	assert_int_equal(rig_count(p, "household"), 2);
	assert_non_null(rig_find(p, "household", "party", c));
	assert_int_equal(rig_count(shown(*state, a), "household"), 1);
	/* Back into a time in which it lived elsewhere. */
	rig_refused(*state, "clerk", "party.Join", ST_FAILED_PRECONDITION, "party",
		    "{'party': '%s', 'with': '%s', 'on': '2019-01-01'}", b, c);
}

static void party_join_puts_right_what_was_said_the_same_day(void **state)
{
	const char *a = party(*state, "Wrong role", ""), *b = party(*state, "Right head", "");
	const json_t *p;

	rig_ok(*state, "clerk", "party.Join", "{'party': '%s', 'with': '%s', 'role': 'child'}", a,
	       b);
	rig_ok(*state, "clerk", "party.Join", "{'party': '%s', 'with': '%s', 'role': 'sibling'}", a,
	       b);
	p = shown(*state, a);
	assert_int_equal(rig_count(p, "household"), 2);
	assert_string_equal(rig_text(rig_find(p, "household", "party", a), "role"), "sibling");
}

static void party_join_again_changes_the_role_only_where_one_is_said(void **state)
{
	const char *a = party(*state, "Spouse", ""), *b = party(*state, "Other half", "");
	const json_t *p;

	rig_ok(*state, "clerk", "party.Join",
	       "{'party': '%s', 'with': '%s', 'role': 'spouse', 'on': '2020-01-01'}", a, b);
	p = rig_ok(*state, "clerk", "party.Join", "{'party': '%s', 'with': '%s'}", a, b);
	assert_int_equal(rig_int(p, "version"), 2); /* nothing changed */
	p = rig_find(shown(*state, a), "household", "party", a);
	assert_string_equal(rig_text(p, "role"), "spouse");
	assert_string_equal(rig_text(p, "from"), "2020-01-01");
	rig_ok(*state, "clerk", "party.Join", "{'party': '%s', 'with': '%s', 'role': 'sibling'}", a,
	       b);
	p = rig_find(shown(*state, a), "household", "party", a);
	assert_string_equal(rig_text(p, "role"), "sibling");
	assert_string_equal(rig_text(p, "from"), day(*state, 0));
}

static void party_join_names_the_bad_field(void **state)
{
	const char *a = party(*state, "Alone", "");
	const char *b = party(*state, "Lonely", "");

	rig_refused(*state, "clerk", "party.Join", ST_INVALID_ARGUMENT, "with",
		    "{'party': '%s', 'with': '%s'}", a, a);
	rig_refused(*state, "clerk", "party.Join", ST_INVALID_ARGUMENT, "role",
		    "{'party': '%s', 'with': '%s', 'role': 'cat'}", a, b);
	rig_refused(*state, "clerk", "party.Join", ST_INVALID_ARGUMENT, "on",
		    "{'party': '%s', 'with': '%s', 'on': 'soon'}", a, b);
	rig_dry(*state, "clerk", "party.Join", "{'party': '%s', 'with': '%s'}", a, b);
	assert_int_equal(rig_count(shown(*state, a), "household"), 0);
}

static void party_leave_ends_the_membership(void **state)
{
	const char *a = party(*state, "Goes", ""), *b = party(*state, "Stays", "");

	rig_ok(*state, "clerk", "party.Join",
	       "{'party': '%s', 'with': '%s', 'role': 'child', 'on': '2020-01-01'}", a, b);
	rig_dry(*state, "clerk", "party.Leave", "{'party': '%s'}", a);
	assert_int_equal(rig_count(shown(*state, a), "household"), 2);
	rig_refused(*state, "clerk", "party.Leave", ST_INVALID_ARGUMENT, "on",
		    "{'party': '%s', 'on': '2020-13-01'}", a);
	rig_refused(*state, "clerk", "party.Leave", ST_FAILED_PRECONDITION, "party",
		    "{'party': '%s', 'on': '2019-06-01'}", a);
	rig_twice(*state, "clerk", "party.Leave", "{'party': '%s'}", a);
	assert_int_equal(rig_count(shown(*state, a), "household"), 0);
	assert_int_equal(rig_count(shown(*state, b), "household"), 1);
	rig_refused(*state, "clerk", "party.Leave", ST_FAILED_PRECONDITION, "party",
		    "{'party': '%s'}", a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(party_add_phone_adds_one),
		cmocka_unit_test(party_add_phone_refuses_a_number_it_has),
		cmocka_unit_test(party_add_phone_takes_an_extension),
		cmocka_unit_test(party_add_phone_dry_run_leaves_nothing),
		cmocka_unit_test(party_remove_phone_keeps_it_in_the_history),
		cmocka_unit_test(party_remove_phone_names_the_bad_field),
		cmocka_unit_test(party_add_plate_adds_one),
		cmocka_unit_test(party_add_plate_refuses_a_car_of_another),
		cmocka_unit_test(party_remove_plate_lets_another_have_it),
		cmocka_unit_test(party_join_makes_a_household),
		cmocka_unit_test(party_join_tells_the_feed_of_both),
		cmocka_unit_test(party_join_moves_from_one_household_to_another),
		cmocka_unit_test(party_join_puts_right_what_was_said_the_same_day),
		cmocka_unit_test(party_join_again_changes_the_role_only_where_one_is_said),
		cmocka_unit_test(party_join_names_the_bad_field),
		cmocka_unit_test(party_leave_ends_the_membership),
	};

	return cmocka_run_group_tests_name("party reach", tests, rig_up, rig_down);
}
