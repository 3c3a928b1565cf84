/* Parties: who they are, how to reach them, who lives with whom. */
#include <stdio.h>
#include <stdlib.h>
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

static size_t listed(struct rig *rig, const char *request)
{
	return rig_count(rig_ok(rig, "clerk", "party.List", "%s", request), "parties");
}

static void today(struct rig *rig, char day[11])
{
	(void)snprintf(day, 11, "%s",
		       rig_sql(rig, "select (now() at time zone 'Asia/Shanghai')::date"));
}

static void party_kinds_are_listed(void **state)
{
	const json_t *kinds = rig_ok(*state, "technician", "party.Kinds", "{}");

	assert_non_null(rig_find(kinds, "kinds", "kind", "merchant"));
	assert_string_equal(rig_text(rig_find(kinds, "kinds", "kind", "customer"), "name"),
			    "customer");
}

static void party_add_gives_a_number(void **state)
{
	const json_t *p = rig_ok(
		*state, "operator", "party.Add",
		"{'name': ' Wang Xiaoming ', 'alias': '王小明', 'kinds': ['customer', "
		"'visitor'], 'phones': ['138-0013-8000=mobile', '0571 8888 1202=home'], "
		"'plates': ['zj a12345'], 'email': 'wang@example.org', 'language': 'zh', "
		"'document_kind': 'passport', 'document': 'E12345678', 'born_on': "
		"'1980-02-29', 'ref': 'OLD-7', 'note': 'Ring first'}");
	const json_t *full;
	char day[11];

	today(*state, day);
	assert_int_equal(strncmp(rig_text(p, "number"), "P-", 2), 0);
	assert_string_equal(rig_text(p, "property"), "SUN");
	assert_string_equal(rig_text(p, "name"), "Wang Xiaoming");
	assert_string_equal(rig_text(p, "form"), "person");
	assert_string_equal(rig_text(p, "kinds.1"), "visitor");
	assert_string_equal(rig_text(p, "phone"), "138-0013-8000");
	assert_string_equal(rig_text(p, "document"), "*****5678");
	assert_int_equal(rig_int(p, "version"), 1);
	full = shown(*state, rig_text(p, "number"));
	assert_string_equal(rig_text(full, "party.id"), rig_text(p, "id"));
	assert_string_equal(rig_text(full, "party.alias"), "王小明");
	assert_string_equal(rig_text(full, "party.email"), "wang@example.org");
	assert_string_equal(rig_text(full, "party.born_on"), "1980-02-29");
	assert_int_equal(rig_count(full, "phones"), 2);
	assert_string_equal(rig_text(full, "phones.0.e164"), "+8613800138000");
	assert_string_equal(rig_text(full, "phones.0.label"), "mobile");
	assert_string_equal(rig_text(full, "phones.0.from"), day);
	assert_string_equal(rig_text(full, "phones.1.e164"), "+8657188881202");
	assert_string_equal(rig_text(full, "plates.0.plate"), "ZJ A12345");
	assert_string_equal(rig_text(shown(*state, "OLD-7"), "party.number"),
			    rig_text(p, "number"));
}

static void party_add_presumes_a_person_and_customer(void **state)
{
	const json_t *p = rig_ok(*state, "clerk", "party.Add", "{'name': 'Plain'}");

	assert_string_equal(rig_text(p, "form"), "person");
	assert_int_equal(rig_count(p, "kinds"), 1);
	assert_string_equal(rig_text(p, "kinds.0"), "customer");
	assert_false(rig_has(p, "phone") || rig_has(p, "ref") || rig_has(p, "document"));
}

static void party_add_counts_without_gaps(void **state)
{
	int first = atoi(party(*state, "Gap one", "") + 2);

	rig_refused(*state, "clerk", "party.Add", ST_INVALID_ARGUMENT, "kinds",
		    "{'name': 'Gap two', 'kinds': ['alien']}");
	rig_dry(*state, "clerk", "party.Add", "{'name': 'Gap three'}");
	assert_int_equal(atoi(party(*state, "Gap four", "") + 2), first + 1);
}

static void party_add_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "name", "'name': '\\t '" },
		{ "name", "'name': 'two\\nlines'" },
		{ "form", "'name': 'x', 'form': 'ghost'" },
		{ "kinds", "'name': 'x', 'kinds': ['customer', 'alien']" },
		{ "phones", "'name': 'x', 'phones': ['13800138000', 'none']" },
		{ "plates", "'name': 'x', 'plates': ['--']" },
		{ "email", "'name': 'x', 'email': 'not an address'" },
		{ "born_on", "'name': 'x', 'born_on': '1990-02-30'" },
		{ "born_on", "'name': 'x', 'form': 'organisation', 'born_on': '1990-02-01'" },
		{ "phones[0]", "'name': 'x', 'phones': ['1234567890123456789012345678901234567890"
			       "1234567890123456789012345678901234567890']" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "party.Add", ST_INVALID_ARGUMENT, bad[i][0], "{%s}",
			    bad[i][1]);
	party(*state, "Ref one", "'ref': 'REF-1'");
	rig_refused(*state, "clerk", "party.Add", ST_ALREADY_EXISTS, "ref",
		    "{'name': 'Ref two', 'ref': 'REF-1'}");
	party(*state, "Car one", "'plates': ['A 11111']");
	rig_refused(*state, "clerk", "party.Add", ST_ALREADY_EXISTS, "plates",
		    "{'name': 'Car two', 'plates': ['a-111.11']}");
}

static void party_add_keeps_a_number_said_twice_once(void **state)
{
	const char *p = party(
		*state, "Echo",
		"'phones': ['13811112222', '+86 138 1111 2222', '138-1111-2222=work']");

	assert_int_equal(rig_count(shown(*state, p), "phones"), 1);
}

static void party_add_twice_under_one_key_adds_one(void **state)
{
	rig_twice(*state, "clerk", "party.Add", "{'name': 'Onlyonce', 'phones': ['13812121212']}");
	assert_int_equal(listed(*state, "{'text': 'onlyonce'}"), 1);
	rig_dry(*state, "clerk", "party.Add", "{'name': 'Neveradded'}");
	assert_int_equal(listed(*state, "{'text': 'neveradded'}"), 0);
}

static void party_text_left_empty_is_none(void **state)
{
	const char *p = party(*state, "Empty one",
			      "'ref': '', 'alias': '', 'email': '', 'phones': ['']");
	const json_t *edited;

	party(*state, "Empty two", "'ref': '', 'document': ''");
	assert_false(rig_has(shown(*state, p), "party.ref"));
	rig_ok(*state, "clerk", "party.Edit", "{'party': '%s', 'note': 'x', 'email': 'a@b.org'}",
	       p);
	edited = rig_ok(*state, "clerk", "party.Edit", "{'party': '%s', 'note': '', 'email': ''}",
			p);
	assert_false(rig_has(edited, "note") || rig_has(edited, "email"));
}

static void party_show_tells_what_it_holds(void **state)
{
	const char *p = party(*state, "Holder", "");
	const json_t *full;

	rig_ok(*state, "clerk", "place.Add", "{'kind': 'unit', 'number': 'H-1'}");
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'parking', 'number': 'H-P'}");
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': 'H-1', 'party': '%s', 'role': 'owner', 'from': '2019-05-01'}", p);
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': 'H-P', 'party': '%s', 'role': 'tenant', 'from': '2010-01-01', 'to': "
	       "'2011-01-01'}",
	       p);
	full = shown(*state, p);
	assert_string_equal(rig_text(full, "party.places"), "H-1 owner");
	assert_int_equal(rig_count(full, "holdings"), 2);
	assert_string_equal(rig_text(full, "holdings.0.place"), "H-1");
	assert_string_equal(rig_text(full, "holdings.0.state"), "current");
	assert_string_equal(rig_text(full, "holdings.1.kind"), "parking");
	assert_string_equal(rig_text(full, "holdings.1.state"), "past");
}

static void party_document_is_shown_in_full_and_recorded(void **state)
{
	const char *p = party(*state, "Secretive",
			      "'document_kind': 'card', 'document': '330106197001011234'");
	const json_t *d = rig_ok(*state, "supervisor", "party.Document", "{'party': '%s'}", p);

	assert_string_equal(rig_text(shown(*state, p), "party.document"), "**************1234");
	assert_string_equal(rig_text(d, "document"), "330106197001011234");
	assert_string_equal(rig_text(d, "document_kind"), "card");
	assert_string_equal(rig_text(d, "number"), p);
	assert_string_equal(rig_sql(*state,
				    "select u.login from steward.audit a join steward.app_user u "
				    "on u.id = a.user_id where a.method = 'party.Document'"),
			    "supervisor");
	rig_ok(*state, "clerk", "party.Edit", "{'party': '%s', 'document': '990106197001019999'}",
	       p);
	assert_string_equal(rig_text(shown(*state, p), "history.0.before"), "**************1234");
	assert_string_equal(rig_sql(*state, "select count(*) from steward.registry_event e where "
					    "e::text like '%330106197001011234%'"),
			    "0");
}

static void party_list_narrows_down(void **state)
{
	const char *org = party(
		*state, "Lucky Noodles",
		"'form': 'organisation', 'kinds': ['merchant'], 'alias': '好运面馆'");
	const char *man = party(*state, "Quentin Marsh",
				"'phones': ['13955556666'], 'plates': ['QM 77']");
	char request[200];

	assert_int_equal(listed(*state, "{'text': 'noodles'}"), 1);
	assert_int_equal(listed(*state, "{'text': '面馆'}"), 1);
	assert_int_equal(listed(*state, "{'text': 'qm'}"), 1);
	assert_int_equal(listed(*state, "{'text': 'oodles'}"), 0);
	assert_int_equal(listed(*state, "{'text': '5556666'}"), 1);
	assert_int_equal(listed(*state, "{'text': 'qm77'}"), 1);
	(void)snprintf(request, sizeof(request), "{'text': '%s'}", org);
	assert_int_equal(listed(*state, request), 1);
	assert_int_equal(listed(*state, "{'text': 'quentin', 'form': 'organisation'}"), 0);
	assert_int_equal(listed(*state, "{'form': 'organisation', 'kind': 'merchant'}"), 1);
	assert_int_equal(listed(*state, "{'text': 'quentin', 'role': 'tenant'}"), 0);
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'unit', 'number': 'LISTED'}");
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': 'LISTED', 'party': '%s', 'role': 'tenant'}", man);
	assert_int_equal(listed(*state, "{'text': 'quentin', 'role': 'tenant'}"), 1);
	assert_string_equal(rig_text(rig_ok(*state, "clerk", "party.List", "{'text': 'quentin'}"),
				     "parties.0.places"),
			    "LISTED tenant");
}

static void party_list_goes_on_after_a_row(void **state)
{
	const json_t *list = rig_ok(*state, "clerk", "party.List", "{'limit': 2}"), *next;

	assert_int_equal(rig_count(list, "parties"), 2);
	next = rig_ok(*state, "clerk", "party.List", "{'limit': 1, 'after': '%s'}",
		      rig_text(list, "parties.0.cursor"));
	assert_string_equal(rig_text(next, "parties.0.number"), rig_text(list, "parties.1.number"));
}

static void party_list_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "kind", "'kind': 'alien'" }, { "role", "'role': 'king'" },
		{ "form", "'form': 'ghost'" }, { "after", "'after': 'x'" },
		{ "limit", "'limit': 0" },     { "limit", "'limit': 1001" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "party.List", ST_INVALID_ARGUMENT, bad[i][0], "{%s}",
			    bad[i][1]);
}

static void party_edit_keeps_absent_fields(void **state)
{
	const char *n = party(
		*state, "Keeper",
		"'alias': 'K', 'kinds': ['merchant', 'visitor'], 'phones': ['13900009999'], "
		"'email': 'k@k.org', 'language': 'en', 'document_kind': 'card', "
		"'document': 'D99999', 'born_on': '1970-01-01', 'ref': 'KEEP', 'note': 'N'");
	const json_t *p = rig_ok(*state, "clerk", "party.Edit", "{'party': '%s', 'name': 'Kept'}",
				 n);

	assert_int_equal(rig_int(p, "version"), 2);
	assert_string_equal(rig_text(p, "number"), n);
	assert_string_equal(rig_text(p, "name"), "Kept");
	assert_string_equal(rig_text(p, "alias"), "K");
	assert_int_equal(rig_count(p, "kinds"), 2);
	assert_string_equal(rig_text(p, "phone"), "13900009999");
	assert_string_equal(rig_text(p, "email"), "k@k.org");
	assert_string_equal(rig_text(p, "language"), "en");
	assert_string_equal(rig_text(p, "document_kind"), "card");
	assert_string_equal(rig_text(p, "document"), "**9999");
	assert_string_equal(rig_text(p, "born_on"), "1970-01-01");
	assert_string_equal(rig_text(p, "ref"), "KEEP");
	assert_string_equal(rig_text(p, "note"), "N");
	p = rig_ok(*state, "clerk", "party.Edit",
		   "{'party': '%s', 'kinds': ['other'], 'clear': ['alias', 'ref', 'document', "
		   "'born_on']}",
		   n);
	assert_false(rig_has(p, "alias") || rig_has(p, "ref") || rig_has(p, "document") ||
		     rig_has(p, "born_on"));
	assert_int_equal(rig_count(p, "kinds"), 1);
	assert_string_equal(rig_text(p, "email"), "k@k.org");
	p = shown(*state, n);
	assert_non_null(rig_find(p, "history", "field", "name"));
	assert_string_equal(rig_text(rig_find(p, "history", "field", "name"), "before"), "Keeper");
	rig_refused(*state, "clerk", "party.Show", ST_NOT_FOUND, "party", "{'party': 'KEEP'}");
}

static void party_edit_refuses_what_somebody_changed_meanwhile(void **state)
{
	const char *p = party(*state, "Stale", "");
	struct rig_result r;

	rig_ok(*state, "clerk", "party.AddPhone", "{'party': '%s', 'phone': '13911110000'}", p);
	r = rig_refused(*state, "clerk", "party.Edit", ST_ABORTED, "version",
			"{'party': '%s', 'name': 'b', 'version': 1}", p);
	assert_string_equal(r.err.reason, ST_REASON_VERSION_CONFLICT);
	rig_ok(*state, "clerk", "party.Edit", "{'party': '%s', 'name': 'c', 'version': 2}", p);
}

static void party_edit_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "name", "'name': ' '" },
		{ "form", "'form': 'x'" },
		{ "kinds", "'kinds': ['alien']" },
		{ "email", "'email': 'x'" },
		{ "born_on", "'born_on': '2000-1-1'" },
		{ "clear[0]", "'clear': ['name']" },
		{ "born_on", "'form': 'organisation'" },
	};
	const char *p = party(*state, "Wrong", "'born_on': '2000-01-01'");

	party(*state, "Other", "'ref': 'TAKEN'");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "party.Edit", ST_INVALID_ARGUMENT, bad[i][0],
			    "{'party': '%s', %s}", p, bad[i][1]);
	rig_refused(*state, "clerk", "party.Edit", ST_ALREADY_EXISTS, "ref",
		    "{'party': '%s', 'ref': 'TAKEN'}", p);
	assert_int_equal(rig_int(shown(*state, p), "party.version"), 1);
}

static void party_edit_twice_under_one_key_changes_once(void **state)
{
	const char *p = party(*state, "Again", "");

	assert_int_equal(rig_int(rig_twice(*state, "clerk", "party.Edit",
					   "{'party': '%s', 'name': 'Again2'}", p),
				 "version"),
			 2);
	rig_dry(*state, "clerk", "party.Edit", "{'party': '%s', 'name': 'Again3'}", p);
	assert_string_equal(rig_text(shown(*state, p), "party.name"), "Again2");
}

static void party_of_others_is_not_found(void **state)
{
	static const char *const calls[][2] = {
		{ "party.Show", "" },
		{ "party.Document", "" },
		{ "party.Edit", ", 'name': 'Mine'" },
		{ "party.AddPhone", ", 'phone': '13800000000'" },
		{ "party.RemovePhone", ", 'phone': '13900001234'" },
		{ "party.AddPlate", ", 'plate': 'X1'" },
		{ "party.RemovePlate", ", 'plate': 'FAR 1'" },
		{ "party.Leave", "" },
	};
	const json_t *there = rig_elsewhere(
		*state, "party.Add",
		"{'name': 'Faraway', 'phones': ['13900001234'], 'plates': "
		"['FAR 1'], 'ref': 'FARREF'}");
	const char *here = party(*state, "Here", "");
	const char *names[] = { "LAK/P-1001", "FARREF", rig_text(there, "id") };

	assert_string_equal(rig_text(there, "number"), "P-1001");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		for (size_t k = 0; k < sizeof(calls) / sizeof(*calls); k++)
			rig_refused(*state, "manager", calls[k][0], ST_NOT_FOUND, "party",
				    "{'party': '%s'%s}", names[i], calls[k][1]);
		rig_refused(*state, "manager", "party.Join", ST_NOT_FOUND, "party",
			    "{'party': '%s', 'with': '%s'}", names[i], here);
		rig_refused(*state, "manager", "party.Join", ST_NOT_FOUND, "with",
			    "{'party': '%s', 'with': '%s'}", here, names[i]);
	}
	assert_int_equal(listed(*state, "{'text': 'faraway'}"), 0);
	assert_int_equal(listed(*state, "{'text': '13900001234'}"), 0);
	assert_int_equal(rig_int(rig_elsewhere(*state, "party.Show", "{'party': 'P-1001'}"),
				 "party.version"),
			 1);
}

static void party_show_asks_which_of_several(void **state)
{
	struct rig_result r = rig_call(*state, "admin", NULL, "party.Show", "{'party': 'P-1001'}",
				       NULL);

	assert_int_equal(r.err.code, ST_INVALID_ARGUMENT);
	assert_string_equal(r.err.field, "party");
	r = rig_call(*state, "admin", NULL, "party.Show", "{'party': 'lak/p-1001'}", NULL);
	assert_string_equal(rig_text(r.reply, "party.name"), "Faraway");
}

static void party_import_takes_a_row(void **state)
{
	const json_t *done = rig_ok(*state, "manager", "party.Import",
				    "{'rows': [{'line': 2, 'ref': 'I-1', 'name': 'Imported'}]}");

	assert_string_equal(rig_text(shown(*state, "I-1"), "party.number"),
			    rig_text(rig_row(done, 2, "taken", NULL), "number"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(party_kinds_are_listed),
		cmocka_unit_test(party_add_gives_a_number),
		cmocka_unit_test(party_add_presumes_a_person_and_customer),
		cmocka_unit_test(party_add_counts_without_gaps),
		cmocka_unit_test(party_add_names_the_bad_field),
		cmocka_unit_test(party_add_keeps_a_number_said_twice_once),
		cmocka_unit_test(party_add_twice_under_one_key_adds_one),
		cmocka_unit_test(party_text_left_empty_is_none),
		cmocka_unit_test(party_show_tells_what_it_holds),
		cmocka_unit_test(party_document_is_shown_in_full_and_recorded),
		cmocka_unit_test(party_list_narrows_down),
		cmocka_unit_test(party_list_goes_on_after_a_row),
		cmocka_unit_test(party_list_names_the_bad_field),
		cmocka_unit_test(party_edit_keeps_absent_fields),
		cmocka_unit_test(party_edit_refuses_what_somebody_changed_meanwhile),
		cmocka_unit_test(party_edit_names_the_bad_field),
		cmocka_unit_test(party_edit_twice_under_one_key_changes_once),
		cmocka_unit_test(party_of_others_is_not_found),
		cmocka_unit_test(party_show_asks_which_of_several),
		cmocka_unit_test(party_import_takes_a_row),
	};

	return cmocka_run_group_tests_name("party", tests, rig_up, rig_down);
}
