/* The customer work account: contacts, what is known of a customer, who is silent, who is met when.
 */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* The customer of unit 1-10N, N from 1 to 6, is P-100N; the unit of P-1006 is in building 2. P-1007
 * is the wife of P-1001, P-1008 a landlord nobody knows of. At LAK there is one customer with one
 * contact. */
static int prepare(void **state)
{
	static const char *const names[] = { "Wang", "Li", "Zhang", "Zhao", "Chen", "Yang" };

	if (rig_up(state) != 0)
		return -1;
	for (int i = 1; i <= 6; i++) {
		rig_ok(*state, "manager", "place.Add",
		       "{'kind': 'unit', 'number': '1-10%d', 'building': '%d'}", i, i < 6 ? 1 : 2);
		rig_ok(*state, "manager", "party.Add", "{'name': '%s', 'phones': ['1380013800%d']}",
		       names[i - 1], i);
		rig_ok(*state, "manager", "occupancy.Start",
		       "{'place': '1-10%d', 'party': 'P-100%d', 'role': 'owner', 'from': "
		       "'2019-05-01'}",
		       i, i);
	}
	rig_ok(*state, "manager", "party.Add", "{'name': 'Wang Li'}");
	rig_ok(*state, "manager", "occupancy.Start",
	       "{'place': '1-101', 'party': 'P-1007', 'role': 'family'}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Landlord'}");
	rig_elsewhere(*state, "party.Add", "{'name': 'Far'}");
	rig_elsewhere(*state, "place.Add", "{'kind': 'unit', 'number': '9-901', 'building': '9'}");
	rig_elsewhere(*state, "occupancy.Start",
		      "{'place': '9-901', 'party': 'P-1001', 'role': 'owner'}");
	rig_elsewhere(*state, "contact.Add", "{'party': 'P-1001', 'summary': 'Far away'}");
	return 0;
}

static const json_t *account_of(struct rig *rig, const char *party)
{
	return rig_ok(rig, "clerk", "contact.Account", "{'party': '%s'}", party);
}

/* Makes it look as if this customer had been heard last so many days ago; 0: never. */
static void heard_before(struct rig *rig, const char *party, int days)
{
	char sql[400];

	(void)snprintf(sql, sizeof(sql),
		       "update steward.party_contact c set last_at = case when %d = 0 then "
		       "'-infinity' else now() - interval '%d days' end from steward.party p "
		       "where p.property_id = c.property_id and p.id = c.party_id and p.number = "
		       "'%s' and p.property_id = (select id from steward.property where code = "
		       "'SUN')",
		       days, days, party);
	(void)rig_sql(rig, sql);
}

/* A request must show so many rows of this list. */
static void shows(struct rig *rig, const char *who, const char *method, const char *request,
		  const char *list, size_t n)
{
	assert_int_equal(rig_count(rig_ok(rig, who, method, "{%s}", request), list), n);
}

static void contact_add_writes_a_contact_down(void **state)
{
	const json_t *c;

	rig_dry(*state, "clerk", "contact.Add", "{'party': 'P-1001', 'summary': 'Dry'}");
	c = rig_twice(*state, "clerk", "contact.Add",
		      "{'party': 'P-1001', 'place': '1-101', 'summary': 'Asked about the lift', "
		      "'mood': 'content', 'channel': 'visit', 'direction': 'out', 'needs': 'A "
		      "second key', 'note': 'At the gate'}");
	assert_string_equal(rig_text(c, "party"), "Wang");
	assert_string_equal(rig_text(c, "party_number"), "P-1001");
	assert_string_equal(rig_text(c, "place"), "1-101");
	assert_string_equal(rig_text(c, "channel"), "visit");
	assert_string_equal(rig_text(c, "direction"), "out");
	assert_string_equal(rig_text(c, "outcome"), "reached");
	assert_int_equal(rig_int(c, "mood"), 4);
	assert_string_equal(rig_text(c, "feeling"), "content");
	assert_string_equal(rig_text(c, "needs"), "A second key");
	assert_string_equal(rig_text(c, "by"), "clerk");
	assert_false(rig_has(c, "struck"));
	c = account_of(*state, "P-1001");
	assert_int_equal(rig_int(c, "account.contacts"), 1);
	assert_int_equal(rig_int(c, "account.days"), 0);
	assert_string_equal(rig_text(c, "account.last_kind"), "contact");
	assert_string_equal(rig_text(c, "account.feeling"), "content");
	assert_int_equal(rig_count(c, "contacts"), 1);
	assert_int_equal(rig_count(c, "moods"), 1);
}

static void contact_add_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "party", "'summary': 'x'" },
		{ "summary", "'party': 'P-1002'" },
		{ "summary", "'party': 'P-1002', 'summary': ' '" },
		{ "mood", "'party': 'P-1002', 'summary': 'x', 'mood': 'glad'" },
		{ "mood", "'party': 'P-1002', 'summary': 'x', 'mood': '6'" },
		{ "mood", "'party': 'P-1002', 'outcome': 'no_answer', 'mood': '3'" },
		{ "channel", "'party': 'P-1002', 'summary': 'x', 'channel': 'drum'" },
		{ "direction", "'party': 'P-1002', 'summary': 'x', 'direction': 'up'" },
		{ "outcome", "'party': 'P-1002', 'summary': 'x', 'outcome': 'lost'" },
		{ "at", "'party': 'P-1002', 'summary': 'x', 'at': '2099-01-01'" },
		{ "at", "'party': 'P-1002', 'summary': 'x', 'at': 'soon'" },
		{ "again", "'party': 'P-1002', 'summary': 'x', 'again': '2099-01-01'" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "contact.Add", ST_INVALID_ARGUMENT, bad[i][0], "{%s}",
			    bad[i][1]);
	rig_refused(*state, "clerk", "contact.Add", ST_FAILED_PRECONDITION, "outcome",
		    "{'party': 'P-1002', 'outcome': 'not_needed'}");
	rig_refused(*state, "clerk", "contact.Add", ST_NOT_FOUND, "party",
		    "{'party': 'LAK/P-1001', 'summary': 'x'}");
	rig_refused(*state, "clerk", "contact.Add", ST_NOT_FOUND, "place",
		    "{'place': '9-901', 'summary': 'x'}");
	shows(*state, "clerk", "contact.List", "'party': 'P-1002'", "contacts", 0);
}

static void contact_add_takes_customer_and_place_of_the_case(void **state)
{
	const json_t *c = rig_ok(
		*state, "clerk", "case.Open",
		"{'kind': 'repair', 'summary': 'Tap', 'party': 'P-1002', 'place': '1-102'}");

	c = rig_ok(*state, "clerk", "contact.Add",
		   "{'case': '%s', 'summary': 'They come at nine', 'direction': 'out'}",
		   rig_text(c, "number"));
	assert_string_equal(rig_text(c, "party"), "Li");
	assert_string_equal(rig_text(c, "place"), "1-102");
	assert_true(rig_has(c, "case"));
	c = account_of(*state, "P-1002");
	assert_int_equal(rig_int(c, "account.contacts"), 2);
	assert_int_equal(rig_count(c, "cases"), 1);
}

/* Opening a case and being reached by a return visit are contacts as well. */
static void contact_account_counts_cases_and_return_visits(void **state)
{
	const json_t *c;
	const char *n;

	assert_false(rig_has(account_of(*state, "P-1003"), "account.last_at"));
	c = rig_ok(*state, "clerk", "case.Open",
		   "{'kind': 'complaint', 'summary': 'Noise', 'party': 'P-1003'}");
	n = rig_text(c, "number");
	c = account_of(*state, "P-1003");
	assert_string_equal(rig_text(c, "account.last_kind"), "case");
	assert_int_equal(rig_int(c, "account.contacts"), 1);
	rig_ok(*state, "supervisor", "case.Close", "{'case': '%s', 'result': 'Told them'}", n);
	c = account_of(*state, "P-1003");
	assert_non_null(rig_find(c, "owed", "kind", "return_visit"));
	rig_ok(*state, "clerk", "visit.Record", "{'case': '%s', 'outcome': 'no_answer'}", n);
	assert_int_equal(rig_int(account_of(*state, "P-1003"), "account.contacts"), 1);
	rig_ok(*state, "clerk", "visit.Record", "{'case': '%s', 'outcome': 'reached', 'score': 5}",
	       n);
	c = account_of(*state, "P-1003");
	assert_string_equal(rig_text(c, "account.last_kind"), "return_visit");
	assert_int_equal(rig_int(c, "account.contacts"), 2);
	assert_int_equal(rig_count(c, "contacts"), 0);
}

/* A case that turns out to be another customer's counts for that one. */
static void contact_account_follows_the_case(void **state)
{
	const json_t *c = rig_ok(*state, "clerk", "case.Open",
				 "{'kind': 'inquiry', 'summary': 'When', 'party': 'P-1008'}");

	assert_int_equal(rig_int(account_of(*state, "P-1008"), "account.contacts"), 1);
	rig_ok(*state, "clerk", "case.Edit", "{'case': '%s', 'party': 'P-1007'}",
	       rig_text(c, "number"));
	assert_int_equal(rig_int(account_of(*state, "P-1008"), "account.contacts"), 0);
	assert_false(rig_has(account_of(*state, "P-1008"), "account.last_at"));
	assert_int_equal(rig_int(account_of(*state, "P-1007"), "account.contacts"), 1);
}

static void contact_strike_takes_it_out_of_the_count(void **state)
{
	const json_t *c;
	const char *n;

	rig_ok(*state, "clerk", "contact.Add",
	       "{'party': 'P-1008', 'summary': 'First', 'mood': '2', 'at': '2026-01-05 10:00'}");
	c = rig_ok(*state, "clerk", "contact.Add",
		   "{'party': 'P-1008', 'summary': 'Second', 'mood': '5'}");
	n = rig_text(c, "number");
	rig_refused(*state, "operator", "contact.Strike", ST_PERMISSION_DENIED, "contact",
		    "{'contact': '%s', 'why': 'x'}", n);
	rig_dry(*state, "clerk", "contact.Strike", "{'contact': '%s', 'why': 'Dry'}", n);
	c = rig_twice(*state, "clerk", "contact.Strike",
		      "{'contact': '%s', 'why': 'Another customer'}", n);
	assert_string_equal(rig_text(c, "struck"), "Another customer");
	assert_string_equal(rig_text(c, "struck_by"), "clerk");
	c = account_of(*state, "P-1008");
	assert_int_equal(rig_int(c, "account.contacts"), 1);
	assert_string_equal(rig_text(c, "account.feeling"), "displeased");
	assert_int_equal(rig_count(c, "contacts"), 2);
	assert_int_equal(rig_count(c, "moods"), 1);
	assert_string_equal(rig_refused(*state, "manager", "contact.Strike", ST_FAILED_PRECONDITION,
					"contact", "{'contact': '%s', 'why': 'x'}", n)
				    .err.reason,
			    "STRUCK");
	/* Others' contacts are for those who answer for the desk. */
	c = rig_ok(*state, "clerk", "contact.Add", "{'party': 'P-1008', 'summary': 'Third'}");
	rig_ok(*state, "supervisor", "contact.Strike", "{'contact': '%s', 'why': 'Nonsense'}",
	       rig_text(c, "number"));
	rig_refused(*state, "clerk", "contact.Strike", ST_NOT_FOUND, "contact",
		    "{'contact': 'LAK/CT-1001', 'why': 'x'}");
}

static void contact_list_narrows(void **state)
{
	const json_t *list;
	char after[220];

	rig_ok(*state, "operator", "contact.Add",
	       "{'party': 'P-1004', 'place': '1-104', 'summary': 'One', 'mood': 'angry', 'at': "
	       "'2026-02-01 09:00'}");
	rig_ok(*state, "operator", "contact.Add",
	       "{'party': 'P-1004', 'summary': 'Two', 'needs': 'A key', 'at': '2026-02-02 09:00'}");
	rig_ok(*state, "clerk", "contact.Add",
	       "{'place': '1-104', 'summary': 'Three', 'at': '2026-02-03 09:00'}");
	list = rig_ok(*state, "manager", "contact.List", "{'party': 'P-1004'}");
	assert_int_equal(rig_count(list, "contacts"), 2);
	assert_string_equal(rig_text(list, "contacts.0.summary"), "Two");
	list = rig_ok(*state, "manager", "contact.List", "{'place': 'building:1'}");
	assert_non_null(rig_find(list, "contacts", "summary", "Three"));
	shows(*state, "manager", "contact.List", "'place': '1-104'", "contacts", 2);
	shows(*state, "operator", "contact.List", "'mine': true", "contacts", 2);
	shows(*state, "clerk", "contact.List", "'party': 'P-1004', 'since': '2026-02-02'",
	      "contacts", 1);
	shows(*state, "clerk", "contact.List", "'party': 'P-1004', 'mood': '1'", "contacts", 1);
	list = rig_ok(*state, "clerk", "contact.List", "{'party': 'P-1004', 'needs': true}");
	assert_int_equal(rig_count(list, "contacts"), 1);
	/* It goes on after a row, and shows nothing of other properties. */
	list = rig_ok(*state, "clerk", "contact.List", "{'limit': 1}");
	(void)snprintf(after, sizeof(after), "{'limit': 500, 'after': '%s'}",
		       rig_text(list, "contacts.0.cursor"));
	list = rig_ok(*state, "clerk", "contact.List", "%s", after);
	assert_null(rig_find(list, "contacts", "summary", "Far away"));
	assert_string_equal(rig_text(list, "contacts.0.property"), "SUN");
	rig_refused(*state, "clerk", "contact.List", ST_INVALID_ARGUMENT, "after",
		    "{'after': 'x'}");
	rig_refused(*state, "clerk", "contact.List", ST_INVALID_ARGUMENT, "since",
		    "{'since': 'x'}");
}

static void contact_profile_keeps_what_is_known(void **state)
{
	const json_t *c;

	rig_ok(*state, "manager", "party.Join",
	       "{'party': 'P-1007', 'with': 'P-1001', 'role': 'spouse'}");
	rig_dry(*state, "clerk", "contact.Profile", "{'party': 'P-1001', 'channel': 'email'}");
	c = rig_twice(*state, "clerk", "contact.Profile",
		      "{'party': 'P-1001', 'channel': 'phone', 'best_time': 'evenings', "
		      "'matters': 'Quiet', 'interests': [' Chess', 'pets, gardening']}");
	assert_string_equal(rig_text(c, "channel"), "phone");
	assert_string_equal(rig_text(c, "interests.0"), "chess");
	assert_int_equal(rig_count(c, "interests"), 3);
	c = rig_ok(*state, "clerk", "contact.Profile",
		   "{'party': 'P-1001', 'interests': ['chess'], 'drop': ['Pets'], 'clear': "
		   "['matters']}");
	assert_int_equal(rig_count(c, "interests"), 2);
	assert_false(rig_has(c, "matters"));
	assert_string_equal(rig_text(c, "best_time"), "evenings");
	c = account_of(*state, "P-1001");
	assert_string_equal(rig_text(c, "account.household"), "Wang (head), Wang Li (spouse)");
	assert_string_equal(rig_text(c, "account.places"), "1-101 owner");
	assert_int_equal(rig_count(c, "holdings"), 1);
	/* What it was is kept with the party. */
	c = rig_ok(*state, "clerk", "party.Show", "{'party': 'P-1001'}");
	assert_non_null(rig_find(c, "history", "field", "interest"));
	assert_non_null(rig_find(c, "history", "field", "best_time"));
	rig_refused(*state, "clerk", "contact.Profile", ST_NOT_FOUND, "drop",
		    "{'party': 'P-1001', 'drop': ['fishing']}");
	rig_refused(*state, "clerk", "contact.Profile", ST_ABORTED, "version",
		    "{'party': 'P-1001', 'channel': 'email', 'version': 1}");
	rig_refused(*state, "clerk", "contact.Profile", ST_INVALID_ARGUMENT, "channel",
		    "{'party': 'P-1001', 'channel': 'drum'}");
	rig_refused(*state, "clerk", "contact.Profile", ST_NOT_FOUND, "party",
		    "{'party': 'LAK/P-1001', 'channel': 'email'}");
	rig_refused(*state, "clerk", "contact.Account", ST_NOT_FOUND, "party",
		    "{'party': 'P-9999'}");
}

static void contact_interests_tell_who_cares(void **state)
{
	const json_t *list;

	rig_ok(*state, "clerk", "contact.Profile", "{'party': 'P-1002', 'interests': ['chess']}");
	list = rig_ok(*state, "clerk", "contact.Interests", "{}");
	assert_string_equal(rig_text(list, "interests.0.interest"), "chess");
	assert_int_equal(rig_int(list, "interests.0.customers"), 2);
	shows(*state, "clerk", "contact.Interests", "'text': 'gard'", "interests", 1);
	list = rig_ok(*state, "clerk", "contact.Interested", "{'interest': 'Chess', 'limit': 1}");
	list = rig_ok(*state, "clerk", "contact.Interested", "{'interest': 'chess', 'after': '%s'}",
		      rig_text(list, "customers.0.cursor"));
	assert_int_equal(rig_count(list, "customers"), 1);
	rig_refused(*state, "clerk", "contact.Interested", ST_INVALID_ARGUMENT, "after",
		    "{'interest': 'chess', 'after': 'x'}");
}

static void contact_key_candidates_complain_often(void **state)
{
	const json_t *list, *c;

	for (int i = 0; i < 3; i++)
		rig_ok(*state, "clerk", "case.Open",
		       "{'kind': '%s', 'spot': 'lobby', 'summary': 'Again', 'party': 'P-1005'}",
		       i < 2 ? "complaint" : "repair");
	list = rig_ok(*state, "supervisor", "contact.KeyCandidates", "{}");
	c = rig_find(list, "customers", "number", "P-1005");
	assert_int_equal(rig_int(c, "cases"), 3);
	assert_int_equal(rig_int(c, "complaints"), 2);
	assert_null(rig_find(list, "customers", "number", "P-1002"));
	rig_dry(*state, "supervisor", "contact.Key", "{'party': 'P-1005', 'why': 'Dry'}");
	c = rig_twice(*state, "supervisor", "contact.Key",
		      "{'party': 'P-1005', 'why': 'complains often'}");
	assert_string_equal(rig_text(c, "key_reason"), "complains often");
	assert_string_equal(rig_text(c, "key_by"), "supervisor");
	rig_refused(*state, "supervisor", "contact.Key", ST_ALREADY_EXISTS, "party",
		    "{'party': 'P-1005', 'why': 'x'}");
	list = rig_ok(*state, "supervisor", "contact.KeyCandidates", "{'days': 30, 'least': 3}");
	assert_null(rig_find(list, "customers", "number", "P-1005"));
	list = rig_ok(*state, "clerk", "contact.Keys", "{}");
	assert_int_equal(rig_count(list, "customers"), 1);
	assert_string_equal(rig_text(list, "customers.0.places"), "1-105 owner");
	rig_dry(*state, "manager", "contact.Unkey", "{'party': 'P-1005'}");
	c = rig_twice(*state, "manager", "contact.Unkey",
		      "{'party': 'P-1005', 'why': 'quiet for a year'}");
	assert_false(rig_has(c, "key_reason"));
	rig_refused(*state, "manager", "contact.Unkey", ST_FAILED_PRECONDITION, "party",
		    "{'party': 'P-1005'}");
	/* When and why he was one is kept. */
	c = account_of(*state, "P-1005");
	assert_string_equal(rig_text(c, "keys.0.reason"), "complains often");
	assert_string_equal(rig_text(c, "keys.0.end_reason"), "quiet for a year");
	assert_string_equal(rig_text(c, "keys.0.ended_by"), "manager");
	rig_refused(*state, "manager", "contact.Key", ST_NOT_FOUND, "party",
		    "{'party': 'LAK/P-1001', 'why': 'x'}");
}

static void contact_patch_has_one_steward_at_a_time(void **state)
{
	const json_t *p;

	/* A steward may take over what nobody looks after, for himself. */
	rig_refused(*state, "building_steward", "contact.AddPatch", ST_PERMISSION_DENIED, "user",
		    "{'user': 'operator', 'building': 'building:2'}");
	p = rig_twice(*state, "building_steward", "contact.AddPatch",
		      "{'user': 'building_steward', 'building': 'building:2'}");
	assert_string_equal(rig_text(p, "building"), "2");
	assert_int_equal(rig_int(p, "units"), 1);
	rig_refused(*state, "building_steward", "contact.AddPatch", ST_FAILED_PRECONDITION,
		    "building", "{'user': 'building_steward', 'building': 'building:2'}");
	/* What was given on the same day is put right. */
	p = rig_ok(*state, "manager", "contact.AddPatch",
		   "{'user': 'operator', 'building': 'building:2'}");
	assert_string_equal(rig_text(p, "steward"), "operator");
	rig_refused(*state, "building_steward", "contact.EndPatch", ST_PERMISSION_DENIED,
		    "building", "{'building': 'building:2'}");
	rig_ok(*state, "manager", "contact.AddPatch",
	       "{'user': 'building_steward', 'building': 'building:1', 'from': '2026-01-01'}");
	p = rig_ok(*state, "clerk", "contact.Patches", "{}");
	assert_int_equal(rig_count(p, "patches"), 2);
	assert_string_equal(rig_text(p, "patches.0.building"), "1");
	p = rig_ok(*state, "building_steward", "contact.Patches", "{'mine': true}");
	assert_int_equal(rig_count(p, "patches"), 1);
	p = rig_ok(*state, "clerk", "contact.Patches", "{'user': 'operator'}");
	assert_int_equal(rig_count(p, "patches"), 1);
	rig_dry(*state, "manager", "contact.EndPatch", "{'building': 'building:1'}");
	p = rig_twice(*state, "manager", "contact.EndPatch",
		      "{'building': 'building:1', 'on': '2026-02-01'}");
	assert_string_equal(rig_text(p, "to"), "2026-02-01");
	rig_refused(*state, "manager", "contact.EndPatch", ST_FAILED_PRECONDITION, "building",
		    "{'building': 'building:1', 'on': '2026-02-01'}");
	p = rig_ok(*state, "clerk", "contact.Patches", "{'history': true}");
	assert_int_equal(rig_count(p, "patches"), 2);
	rig_ok(*state, "manager", "contact.AddPatch",
	       "{'user': 'building_steward', 'building': 'building:1', 'from': '2026-02-01'}");
	assert_string_equal(rig_text(account_of(*state, "P-1001"), "account.stewards"),
			    "building_steward");
	rig_refused(*state, "manager", "contact.AddPatch", ST_INVALID_ARGUMENT, "building",
		    "{'user': 'operator', 'building': '1-101'}");
	rig_refused(*state, "manager", "contact.AddPatch", ST_NOT_FOUND, "building",
		    "{'user': 'operator', 'building': 'building:9'}");
	rig_refused(*state, "manager", "contact.AddPatch", ST_NOT_FOUND, "user",
		    "{'user': 'foreign', 'building': 'building:1'}");
}

/* A steward flags and plans in his own buildings only. */
static void contact_key_and_plan_are_for_the_own_patch(void **state)
{
	rig_ok(*state, "building_steward", "contact.Key", "{'party': 'P-1001', 'why': 'Old'}");
	rig_ok(*state, "building_steward", "contact.Unkey", "{'party': 'P-1001'}");
	rig_refused(*state, "building_steward", "contact.Key", ST_PERMISSION_DENIED, "party",
		    "{'party': 'P-1006', 'why': 'x'}");
	rig_refused(*state, "building_steward", "contact.Unkey", ST_PERMISSION_DENIED, "party",
		    "{'party': 'P-1006'}");
	rig_refused(*state, "building_steward", "contact.Plan", ST_PERMISSION_DENIED, "building",
		    "{'building': 'building:2', 'until': '2099-01-01'}");
	rig_refused(*state, "building_steward", "contact.Plan", ST_PERMISSION_DENIED, "building",
		    "{'building': 'building:1', 'until': '2099-01-01', 'to': 'operator'}");
}

static void contact_silent_shows_the_longest_silent_first(void **state)
{
	const json_t *list;

	for (int i = 1; i <= 6; i++) {
		char number[8];

		(void)snprintf(number, sizeof(number), "P-100%d", i);
		heard_before(*state, number, 1);
	}
	heard_before(*state, "P-1004", 0);
	heard_before(*state, "P-1002", 200);
	heard_before(*state, "P-1003", 300);
	heard_before(*state, "P-1005", 170);
	list = rig_ok(*state, "clerk", "contact.Silent", "{}");
	assert_int_equal(rig_count(list, "customers"), 3);
	assert_string_equal(rig_text(list, "customers.0.number"), "P-1004");
	assert_false(rig_has(list, "customers.0.last_at"));
	assert_string_equal(rig_text(list, "customers.1.number"), "P-1003");
	assert_int_equal(rig_int(list, "customers.1.days"), 300);
	assert_string_equal(rig_text(list, "customers.2.places"), "1-102 owner");
	/* It goes on after a row, also after one that was never heard. */
	list = rig_ok(*state, "clerk", "contact.Silent", "{'limit': 1}");
	list = rig_ok(*state, "clerk", "contact.Silent", "{'limit': 1, 'after': '%s'}",
		      rig_text(list, "customers.0.cursor"));
	assert_string_equal(rig_text(list, "customers.0.number"), "P-1003");
	list = rig_ok(*state, "clerk", "contact.Silent", "{'after': '%s'}",
		      rig_text(list, "customers.0.cursor"));
	assert_int_equal(rig_count(list, "customers"), 1);
	shows(*state, "clerk", "contact.Silent", "'days': 150", "customers", 4);
	shows(*state, "clerk", "contact.Silent", "'building': 'building:2'", "customers", 0);
	shows(*state, "building_steward", "contact.Silent", "'mine': true", "customers", 3);
	shows(*state, "clerk", "contact.Silent", "'key': true", "customers", 0);
	rig_refused(*state, "clerk", "contact.Silent", ST_INVALID_ARGUMENT, "days", "{'days': 0}");
	rig_refused(*state, "clerk", "contact.Silent", ST_INVALID_ARGUMENT, "after",
		    "{'after': 'x'}");
}

static void contact_coverage_counts_occupied_units(void **state)
{
	const json_t *list = rig_ok(*state, "director", "contact.Coverage", "{}"), *row;

	/* Of six units those of 1004, 1002 and 1003 were not heard; that of 1005 170 days ago. */
	assert_int_equal(rig_count(list, "rows"), 1);
	assert_int_equal(rig_int(list, "rows.0.units"), 6);
	assert_int_equal(rig_int(list, "rows.0.heard"), 2);
	assert_string_equal(rig_text(list, "rows.0.coverage"), "33.3 %");
	assert_int_equal(rig_int(list, "rows.0.silent"), 3);
	list = rig_ok(*state, "director", "contact.Coverage", "{'by': 'building'}");
	row = rig_find(list, "rows", "building", "1");
	assert_int_equal(rig_int(row, "units"), 5);
	assert_string_equal(rig_text(row, "coverage"), "20 %");
	list = rig_ok(*state, "director", "contact.Coverage", "{'by': 'steward', 'days': 175}");
	row = rig_find(list, "rows", "steward", "building_steward");
	assert_int_equal(rig_int(row, "heard"), 2);
	assert_string_equal(rig_text(rig_find(list, "rows", "steward", "operator"), "coverage"),
			    "100 %");
	/* A contact at the door, and one with the family, count for the unit. */
	rig_ok(*state, "clerk", "contact.Add", "{'place': '1-104', 'summary': 'At the door'}");
	heard_before(*state, "P-1001", 400);
	heard_before(*state, "P-1007", 3);
	list = rig_ok(*state, "director", "contact.Coverage", "{}");
	assert_int_equal(rig_int(list, "rows.0.heard"), 3);
	/* A building nobody lives in has no coverage. */
	rig_ok(*state, "manager", "place.Add",
	       "{'kind': 'unit', 'number': '3-301', 'building': '3'}");
	list = rig_ok(*state, "director", "contact.Coverage", "{'by': 'building'}");
	assert_string_equal(rig_text(rig_find(list, "rows", "building", "3"), "coverage"), "n/a");
	rig_refused(*state, "director", "contact.Coverage", ST_INVALID_ARGUMENT, "by",
		    "{'by': 'moon'}");
}

/* Units of building 1 without a contact in 90 days are by now those of 1002, 1003 and 1005. */
static void contact_plan_spreads_over_working_days(void **state)
{
	const json_t *p, *due;
	char until[12], request[200];

	(void)snprintf(until, sizeof(until), "%s",
		       rig_sql(*state, "select (now() + interval '14 days')::date::text"));
	(void)snprintf(request, sizeof(request),
		       "{'building': 'building:1', 'until': '%s', 'per_day': 1}", until);
	rig_dry(*state, "building_steward", "contact.Plan", "%s", request);
	p = rig_twice(*state, "building_steward", "contact.Plan", "%s", request);
	assert_int_equal(rig_int(p, "planned"), 3);
	assert_int_equal(rig_int(p, "left_over"), 0);
	assert_int_equal(rig_count(p, "entries"), 3);
	assert_string_equal(rig_text(p, "entries.0.subject"), "P-1003");
	assert_string_equal(rig_text(p, "entries.0.command"), "contact add P-1003");
	assert_string_equal(rig_text(p, "entries.0.to"), "building_steward");
	assert_string_not_equal(rig_text(p, "entries.0.due_by"), rig_text(p, "entries.1.due_by"));
	assert_string_equal(
		rig_sql(*state, "select bool_and(extract(isodow from due_by at time zone "
				"'Asia/Shanghai') < 6)::text from steward.obligation where kind "
				"= 'contact'"),
		"true");
	/* What is planned is not planned again. */
	p = rig_ok(*state, "manager", "contact.Plan", "{'building': 'building:1', 'until': '%s'}",
		   until);
	assert_int_equal(rig_int(p, "planned"), 0);
	due = rig_ok(*state, "building_steward", "contact.Due", "{'mine': true}");
	assert_int_equal(rig_count(due, "entries"), 3);
	assert_true(rig_has(due, "entries.0.last_at"));
	due = rig_ok(*state, "clerk", "contact.Due",
		     "{'building': 'building:1', 'limit': 1, 'until': '%s'}", until);
	assert_int_equal(rig_count(due, "entries"), 1);
	due = rig_ok(*state, "clerk", "contact.Due", "{'after': '%s'}",
		     rig_text(due, "entries.0.cursor"));
	assert_int_equal(rig_count(due, "entries"), 2);
	due = rig_ok(*state, "clerk", "contact.Due", "{'late': true}");
	assert_int_equal(rig_count(due, "entries"), 0);
	rig_refused(*state, "manager", "contact.Plan", ST_INVALID_ARGUMENT, "until",
		    "{'building': 'building:1', 'until': '2020-01-01'}");
	rig_refused(*state, "manager", "contact.Plan", ST_INVALID_ARGUMENT, "building",
		    "{'building': '1-101', 'until': '%s'}", until);
	rig_refused(*state, "manager", "contact.Plan", ST_NOT_FOUND, "building",
		    "{'building': 'building:9', 'until': '%s'}", until);
}

static void contact_add_settles_what_was_planned(void **state)
{
	const json_t *c, *owed;
	const char *n;

	/* Not reached: it stays owed. */
	c = rig_ok(*state, "clerk", "contact.Add",
		   "{'party': 'P-1003', 'outcome': 'call_later', 'again': '2099-05-01 18:30'}");
	assert_string_equal(rig_text(c, "summary"), "to be tried again later");
	owed = account_of(*state, "P-1003");
	assert_string_equal(rig_text(rig_find(owed, "owed", "kind", "contact"), "due_by"),
			    "2099-05-01T18:30:00+08:00");
	assert_int_equal(rig_int(owed, "account.days"), 300);
	c = rig_ok(*state, "clerk", "contact.Add",
		   "{'party': 'P-1003', 'summary': 'Long talk', 'mood': 'delighted'}");
	n = rig_text(c, "number");
	assert_true(rig_has(c, "owed"));
	owed = account_of(*state, "P-1003");
	assert_null(rig_find(owed, "owed", "kind", "contact"));
	assert_int_equal(rig_int(owed, "account.days"), 0);
	/* Struck out, it is owed again. */
	rig_ok(*state, "clerk", "contact.Strike", "{'contact': '%s', 'why': 'Wrong number'}", n);
	assert_non_null(rig_find(account_of(*state, "P-1003"), "owed", "kind", "contact"));
	/* At the place is as good. */
	rig_ok(*state, "clerk", "contact.Add", "{'place': '1-103', 'summary': 'At the door'}");
	assert_null(rig_find(account_of(*state, "P-1003"), "owed", "kind", "contact"));
	c = rig_ok(*state, "clerk", "contact.Add",
		   "{'party': 'P-1002', 'outcome': 'not_needed', 'note': 'Abroad'}");
	assert_true(rig_has(c, "owed"));
	assert_null(rig_find(account_of(*state, "P-1002"), "owed", "kind", "contact"));
	/* What lies far back settles nothing. */
	c = rig_ok(*state, "clerk", "contact.Add",
		   "{'party': 'P-1005', 'summary': 'Long ago', 'at': '2020-01-01'}");
	assert_false(rig_has(c, "owed"));
	assert_non_null(rig_find(account_of(*state, "P-1005"), "owed", "kind", "contact"));
}

/* A promise to call again is owed even where nothing was planned. */
static void contact_add_owes_the_call_it_promises(void **state)
{
	rig_ok(*state, "clerk", "contact.Add",
	       "{'party': 'P-1006', 'outcome': 'call_later', 'again': '2099-06-01 09:00'}");
	assert_string_equal(
		rig_text(rig_find(account_of(*state, "P-1006"), "owed", "kind", "contact"), "to"),
		"clerk");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contact_add_writes_a_contact_down),
		cmocka_unit_test(contact_add_names_the_bad_field),
		cmocka_unit_test(contact_add_takes_customer_and_place_of_the_case),
		cmocka_unit_test(contact_account_counts_cases_and_return_visits),
		cmocka_unit_test(contact_account_follows_the_case),
		cmocka_unit_test(contact_strike_takes_it_out_of_the_count),
		cmocka_unit_test(contact_list_narrows),
		cmocka_unit_test(contact_profile_keeps_what_is_known),
		cmocka_unit_test(contact_interests_tell_who_cares),
		cmocka_unit_test(contact_key_candidates_complain_often),
		cmocka_unit_test(contact_patch_has_one_steward_at_a_time),
		cmocka_unit_test(contact_key_and_plan_are_for_the_own_patch),
		cmocka_unit_test(contact_silent_shows_the_longest_silent_first),
		cmocka_unit_test(contact_coverage_counts_occupied_units),
		cmocka_unit_test(contact_plan_spreads_over_working_days),
		cmocka_unit_test(contact_add_settles_what_was_planned),
		cmocka_unit_test(contact_add_owes_the_call_it_promises),
	};

	return cmocka_run_group_tests_name("contact", tests, prepare, rig_down);
}
