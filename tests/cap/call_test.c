/* The hotline: who rings, what becomes of the call, who is called back, what is counted. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* Wang (P-1001) owns a unit and rents another and shares his number with Liu (P-1002); a number of
 * Zhao (P-1003) differs from it before the last eight digits only; a call has come in at LAK. */
static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': '3-1-1202'}");
	rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': '3-1-1203'}");
	rig_ok(*state, "manager", "party.Add",
	       "{'name': 'Wang Xiaoming', 'phones': ['138-0013-8000']}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Liu Fang', 'phones': ['13800138000']}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Zhao', 'phones': ['13900138000']}");
	rig_ok(*state, "manager", "occupancy.Start",
	       "{'place': '3-1-1202', 'party': 'P-1001', 'role': 'owner', 'from': '2019-05-01'}");
	rig_ok(*state, "manager", "occupancy.Start",
	       "{'place': '3-1-1203', 'party': 'P-1001', 'role': 'tenant', 'from': '2022-05-01'}");
	rig_elsewhere(*state, "call.Ring", "{'from': '13800138000', 'call_id': 'lak-1'}");
	rig_elsewhere(*state, "call.End", "{'call': 'lak-1', 'missed': true}");
	return 0;
}

/* A call from this number; gives its number. */
static const char *ring(struct rig *rig, const char *from)
{
	return rig_text(rig_ok(rig, "operator", "call.Ring", "{'from': '%s', 'to': '8000'}", from),
			"call.number");
}

static const char *missed(struct rig *rig, const char *from)
{
	const char *n = ring(rig, from);

	rig_ok(rig, "operator", "call.End", "{'call': '%s', 'missed': true}", n);
	return n;
}

static const json_t *shown(struct rig *rig, const char *call)
{
	return rig_ok(rig, "clerk", "call.Show", "{'call': '%s'}", call);
}

/* What is owed for this call or to this customer, in a list, or NULL. */
static const json_t *owed(struct rig *rig, const char *request, const char *subject)
{
	return rig_find(rig_ok(rig, "clerk", "call.Backlog", "{%s}", request), "entries", "subject",
			subject);
}

static void call_ring_tells_known_and_maybe_apart(void **state)
{
	const json_t *r = rig_ok(*state, "clerk", "call.Ring",
				 "{'from': '138/0013 8000', 'to': '8000'}");

	assert_string_equal(rig_text(r, "call.state"), "ringing");
	assert_string_equal(rig_text(r, "call.direction"), "in");
	assert_string_equal(rig_text(r, "call.phone"), "138/0013 8000");
	assert_string_equal(rig_text(r, "call.line"), "8000");
	/* Two people have the number, so nobody is taken for the caller. */
	assert_false(rig_has(r, "call.party"));
	assert_int_equal(rig_count(r, "known"), 3);
	assert_string_equal(rig_text(r, "known.0.name"), "Wang Xiaoming");
	assert_string_equal(rig_text(r, "known.0.number"), "P-1001");
	assert_string_equal(rig_text(r, "known.0.role"), "owner");
	assert_string_equal(rig_text(r, "known.0.place"), "3-1-1202");
	assert_string_equal(rig_text(r, "known.0.phone"), "138-0013-8000");
	assert_string_equal(rig_text(r, "known.1.place"), "3-1-1203");
	assert_string_equal(rig_text(r, "known.1.role"), "tenant");
	assert_string_equal(rig_text(r, "known.2.name"), "Liu Fang");
	assert_int_equal(rig_count(r, "maybe"), 1);
	assert_string_equal(rig_text(r, "maybe.0.name"), "Zhao");
	assert_string_equal(rig_text(r, "maybe.0.why"), "same last digits");
}

static void call_ring_reads_numbers_as_systems_write_them(void **state)
{
	static const char *const same[] = { "+86 139 0013 8000",
					    "013900138000",
					    "8613900138000",
					    "tel:+8613900138000",
					    "\\\"Zhao\\\" <sip:13900138000@pbx>",
					    "13900138000转8" };

	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
		const json_t *r = rig_ok(*state, "clerk", "call.Ring", "{'from': '%s'}", same[i]);

		assert_string_equal(rig_text(r, "known.0.name"), "Zhao");
		/* His alone, so it is him. */
		assert_string_equal(rig_text(r, "call.party_number"), "P-1003");
		assert_null(rig_find(r, "maybe", "name", "Zhao"));
		assert_non_null(rig_find(r, "maybe", "name", "Liu Fang"));
	}
}

static void call_ring_of_a_withheld_number_is_a_call(void **state)
{
	static const char *const none[] = { "", "anonymous", "sip:anonymous@anonymous.invalid" };
	const json_t *r = rig_ok(*state, "clerk", "call.Ring", "{}");

	assert_false(rig_has(r, "call.phone"));
	assert_int_equal(rig_count(r, "known") + rig_count(r, "maybe"), 0);
	for (size_t i = 0; i < 3; i++)
		assert_false(
			rig_has(rig_ok(*state, "clerk", "call.Ring", "{'from': '%s'}", none[i]),
				"call.phone"));
	/* It cannot be called back, but what it left to the voicemail is heard. */
	rig_ok(*state, "clerk", "call.End", "{'call': '%s'}", rig_text(r, "call.number"));
	assert_null(owed(*state, "'limit': 500", rig_text(r, "call.number")));
	r = rig_ok(*state, "clerk", "call.Ring", "{'from': 'anonymous'}");
	rig_ok(*state, "clerk", "call.End", "{'call': '%s', 'voicemail': true}",
	       rig_text(r, "call.number"));
	r = owed(*state, "'limit': 500", rig_text(r, "call.number"));
	assert_string_equal(rig_text(r, "about"), "left a message without a number");
	rig_ok(*state, "clerk", "call.Back", "{'entry': '%s', 'outcome': 'not_needed'}",
	       rig_text(r, "number"));
}

static void call_ring_keeps_short_extensions(void **state)
{
	const json_t *r;

	rig_ok(*state, "manager", "party.Add", "{'name': 'Guard house', 'phones': ['8012']}");
	r = rig_ok(*state, "clerk", "call.Ring", "{'from': '8012'}");
	assert_string_equal(rig_text(r, "known.0.name"), "Guard house");
	/* Four digits are the end of many numbers and say nothing of them. */
	r = rig_ok(*state, "clerk", "call.Ring", "{'from': '8000'}");
	assert_string_equal(rig_text(r, "call.phone"), "8000");
	assert_int_equal(rig_count(r, "known") + rig_count(r, "maybe"), 0);
}

static void call_ring_remembers_what_a_number_was(void **state)
{
	const json_t *r;

	rig_ok(*state, "manager", "party.Add", "{'name': 'Moved', 'phones': ['13711110000']}");
	rig_ok(*state, "manager", "party.RemovePhone", "{'party': '%s', 'phone': '13711110000'}",
	       rig_text(rig_ok(*state, "clerk", "party.List", "{'text': 'Moved'}"),
			"parties.0.number"));
	rig_ok(*state, "clerk", "case.Open",
	       "{'kind': 'inquiry', 'summary': 'Pool?', 'caller': 'A courier', 'phone': "
	       "'137-1111-0000'}");
	rig_ok(*state, "clerk", "case.Open",
	       "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Tap', 'party': 'P-1003', 'phone': "
	       "'137-1111-0000'}");
	r = rig_ok(*state, "clerk", "call.Ring", "{'from': '13711110000'}");
	assert_int_equal(rig_count(r, "known"), 0);
	assert_int_equal(rig_count(r, "maybe"), 3);
	assert_non_null(strstr(rig_text(rig_find(r, "maybe", "name", "Moved"), "why"), "until"));
	assert_non_null(strstr(rig_text(rig_find(r, "maybe", "name", "Zhao"), "why"), "case C-"));
	assert_int_equal(rig_int(rig_find(r, "maybe", "name", "Zhao"), "open_cases"), 1);
	assert_true(rig_has(rig_find(r, "maybe", "name", "Zhao"), "last_contact"));
	assert_false(rig_has(rig_find(r, "maybe", "name", "A courier"), "number"));
}

static void call_ring_told_twice_is_one_call(void **state)
{
	const json_t *r = rig_twice(*state, "clerk", "call.Ring",
				    "{'from': '13911112222', 'call_id': '1764201600.17', 'at': "
				    "'2026-01-02 03:04:05'}");
	const char *n = rig_text(r, "call.number");

	assert_string_equal(rig_text(r, "call.rang_at"), "2026-01-02T03:04:05+08:00");
	/* Another key, another user, another way to write it. */
	r = rig_ok(*state, "operator", "call.Ring",
		   "{'from': '+8613911112222', 'call_id': '1764201600.17'}");
	assert_string_equal(rig_text(r, "call.number"), n);
	assert_int_equal(rig_int(r, "call.version"), 1);
	/* The same id at another property is another call. */
	r = rig_elsewhere(*state, "call.Ring", "{'call_id': '1764201600.17'}");
	assert_string_equal(rig_text(r, "call.property"), "LAK");
	/* The system's own id is as good as our number. */
	r = rig_ok(*state, "clerk", "call.Answer", "{'call': '1764201600.17'}");
	assert_string_equal(rig_text(r, "number"), n);
}

static void call_ring_never_overwrites_another(void **state)
{
	const char *a = ring(*state, "13100000001"), *b = ring(*state, "13100000001"),
		   *c = ring(*state, "13100000002");
	const json_t *list = rig_ok(*state, "clerk", "call.Log", "{'open': true, 'limit': 500}");
	const char *all[] = { a, b, c };

	for (size_t i = 0; i < 3; i++)
		assert_string_equal(rig_text(rig_find(list, "calls", "number", all[i]), "state"),
				    "ringing");
	assert_string_equal(rig_text(list, "calls.0.number"), c);
}

static void call_ring_as_a_dry_run_leaves_nothing(void **state)
{
	const json_t *r = rig_dry(*state, "clerk", "call.Ring",
				  "{'from': '13100000003', 'call_id': 'dry'}");

	assert_true(rig_has(r, "call.number"));
	rig_refused(*state, "clerk", "call.Show", ST_NOT_FOUND, "call", "{'call': 'dry'}");
}

static void call_answer_and_end_tell_the_times(void **state)
{
	const json_t *r = rig_ok(*state, "operator", "call.Ring",
				 "{'from': '13100000004', 'at': '2026-01-02 03:04:05'}");
	const char *n = rig_text(r, "call.number");

	r = rig_twice(*state, "clerk", "call.Answer", "{'call': '%s'}", n);
	assert_string_equal(rig_text(r, "state"), "answered");
	assert_string_equal(rig_text(r, "person"), "clerk");
	assert_true(rig_int(r, "waited") > 0);
	rig_dry(*state, "clerk", "call.End", "{'call': '%s'}", n);
	r = rig_twice(*state, "clerk", "call.End", "{'call': '%s', 'duration': 0}", n);
	assert_string_equal(rig_text(r, "state"), "ended");
	assert_int_equal(rig_int(r, "spoke"), 0);
	/* The telephone system may say who answered, and tell of the end only. */
	n = ring(*state, "13100000004");
	r = rig_ok(*state, "operator", "call.Answer", "{'call': '%s', 'by': 'clerk'}", n);
	assert_string_equal(rig_text(r, "person"), "clerk");
	r = rig_ok(*state, "operator", "call.Ring",
		   "{'from': '13100000004', 'at': '2026-01-02 03:04:05'}");
	r = rig_ok(*state, "operator", "call.End", "{'call': '%s', 'duration': 95}",
		   rig_text(r, "call.number"));
	assert_string_equal(rig_text(r, "state"), "ended");
	assert_int_equal(rig_int(r, "spoke"), 95);
}

static void call_steps_that_are_not_possible_say_what_is(void **state)
{
	const char *n = ring(*state, "13100000005");
	struct rig_result r;

	rig_ok(*state, "clerk", "call.Answer", "{'call': '%s'}", n);
	r = rig_refused(*state, "clerk", "call.Answer", ST_FAILED_PRECONDITION, "call",
			"{'call': '%s'}", n);
	assert_string_equal(r.err.reason, "CALL_STATE");
	assert_non_null(strstr(r.err.message, "only: call end, call attach"));
	rig_refused(*state, "clerk", "call.End", ST_FAILED_PRECONDITION, "call",
		    "{'call': '%s', 'missed': true}", n);
	rig_ok(*state, "clerk", "call.End", "{'call': '%s'}", n);
	rig_refused(*state, "clerk", "call.End", ST_FAILED_PRECONDITION, "call", "{'call': '%s'}",
		    n);
	n = missed(*state, "13100000006");
	rig_refused(*state, "clerk", "call.Answer", ST_FAILED_PRECONDITION, "call",
		    "{'call': '%s'}", n);
}

static void call_steps_name_the_bad_field(void **state)
{
	const char *n = ring(*state, "13100000007");
	static const char *const bad[][3] = {
		{ "call.Answer", "by", "'by': 'nobody'" },
		{ "call.End", "voicemail", "'missed': true, 'voicemail': true" },
		{ "call.End", "duration", "'missed': true, 'duration': 5" },
		{ "call.End", "duration", "'duration': -1" },
		{ "call.Attach", "party", "'save_number': true" },
		{ "call.Attach", "party", "'party': 'P-4711'" },
		{ "call.Attach", "case", "'case': 'C-4711'" },
		{ "call.Promise", "due", "'about': 'x', 'due': '2020-01-01'" },
		{ "call.Promise", "due", "'about': 'x', 'due': 'soon'" },
		{ "call.Promise", "about", "'due': '2099-01-01'" },
		{ "call.Promise", "to", "'about': 'x', 'due': '2099-01-01', 'to': 'nobody'" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		enum st_code code = strstr(bad[i][2], "nobody") || strstr(bad[i][2], "4711")
					    ? ST_NOT_FOUND
					    : ST_INVALID_ARGUMENT;

		rig_refused(*state, "clerk", bad[i][0], code, bad[i][1], "{'call': '%s', %s}", n,
			    bad[i][2]);
	}
	rig_refused(*state, "clerk", "call.Ring", ST_INVALID_ARGUMENT, "at", "{'at': 'now'}");
	rig_refused(*state, "clerk", "call.Place", ST_INVALID_ARGUMENT, "to", "{}");
	rig_refused(*state, "clerk", "call.Log", ST_INVALID_ARGUMENT, "from", "{'from': 'me'}");
	rig_refused(*state, "clerk", "call.Log", ST_INVALID_ARGUMENT, "after", "{'after': 'x'}");
	rig_refused(*state, "quality", "call.Figures", ST_INVALID_ARGUMENT, "to",
		    "{'from': '2026-02-01', 'to': '2026-01-01'}");
	rig_refused(*state, "quality", "call.Figures", ST_INVALID_ARGUMENT, "from",
		    "{'from': '2020-01-01', 'to': '2026-01-01'}");
}

static void call_show_is_all_the_desk_needs(void **state)
{
	const char *earlier = ring(*state, "13800138000"), *n = ring(*state, "13800138000");
	const char *c = rig_text(rig_ok(*state, "clerk", "case.Open",
					"{'kind': 'repair', 'summary': 'Lamp', 'place': "
					"'3-1-1203'}"),
				 "number");
	const json_t *r;

	rig_ok(*state, "clerk", "agenda.Add",
	       "{'label': 'Send the form', 'due': '2099-01-01', 'party': 'P-1001'}");
	r = shown(*state, n);
	assert_string_equal(rig_text(r, "call.number"), n);
	assert_int_equal(rig_count(r, "known"), 3);
	assert_string_equal(rig_text(r, "maybe.0.name"), "Zhao");
	/* Of a place one of them holds. */
	assert_non_null(rig_find(r, "cases", "number", c));
	assert_non_null(rig_find(r, "calls", "number", earlier));
	assert_null(rig_find(r, "calls", "number", n));
	assert_true(rig_count(r, "calls") <= 5);
	assert_non_null(rig_find(r, "owed", "label", "Send the form"));
}

static void call_attach_confirms_a_maybe(void **state)
{
	const char *n = ring(*state, "13300000001");
	const json_t *r;

	assert_int_equal(rig_count(shown(*state, n), "known"), 0);
	rig_ok(*state, "clerk", "call.End", "{'call': '%s'}", n);
	assert_false(rig_has(owed(*state, "'limit': 500", n), "party"));
	rig_dry(*state, "clerk", "call.Attach", "{'call': '%s', 'party': 'P-1002'}", n);
	r = rig_twice(*state, "clerk", "call.Attach", "{'call': '%s', 'party': 'P-1002'}", n);
	assert_string_equal(rig_text(r, "party"), "Liu Fang");
	assert_string_equal(rig_text(r, "party_number"), "P-1002");
	assert_string_equal(rig_text(r, "state"), "missed");
	assert_string_equal(rig_text(owed(*state, "'limit': 500", n), "party"), "Liu Fang");
	/* Still a guess for the next call, until the number is stored. */
	r = rig_ok(*state, "clerk", "call.Ring", "{'from': '13300000001'}");
	assert_int_equal(rig_count(r, "known"), 0);
	assert_non_null(
		strstr(rig_text(rig_find(r, "maybe", "name", "Liu Fang"), "why"), "call HL-"));
	rig_ok(*state, "clerk", "call.Attach",
	       "{'call': '%s', 'party': 'P-1002', 'save_number': true}", n);
	/* Stored already: nothing to store. */
	rig_ok(*state, "clerk", "call.Attach", "{'call': '%s', 'save_number': true}", n);
	r = rig_ok(*state, "clerk", "call.Ring", "{'from': '133-0000-0001'}");
	assert_string_equal(rig_text(r, "known.0.name"), "Liu Fang");
	assert_string_equal(rig_text(r, "call.party"), "Liu Fang");
	assert_int_equal(rig_count(r, "maybe"), 0);
	rig_ok(*state, "clerk", "call.Back", "{'entry': '%s', 'outcome': 'not_needed'}", n);
}

static void call_attach_takes_the_customer_of_the_case(void **state)
{
	const char *n = ring(*state, "13300000002");
	const char *c = rig_text(
		rig_ok(*state, "clerk", "case.Open",
		       "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Tap', 'party': 'P-1003'}"),
		"number");
	const json_t *r = rig_ok(*state, "clerk", "call.Attach", "{'call': '%s', 'case': '%s'}", n,
				 c);
	struct rig_result refused;

	assert_string_equal(rig_text(r, "case"), c);
	assert_string_equal(rig_text(r, "party"), "Zhao");
	assert_non_null(rig_find(shown(*state, n), "cases", "number", c));
	/* A number that is withheld cannot be stored. */
	r = rig_ok(*state, "clerk", "call.Ring", "{}");
	refused = rig_refused(*state, "clerk", "call.Attach", ST_FAILED_PRECONDITION, "save_number",
			      "{'call': '%s', 'party': 'P-1003', 'save_number': true}",
			      rig_text(r, "call.number"));
	assert_string_equal(refused.err.reason, "NUMBER_WITHHELD");
}

static void call_log_is_narrowed_and_goes_on(void **state)
{
	const char *a = missed(*state, "13500000001"), *b = ring(*state, "13500000001"),
		   *first = NULL;
	const json_t *list;
	char after[200] = "";
	size_t n = 0;

	rig_ok(*state, "clerk", "call.Answer", "{'call': '%s'}", b);
	list = rig_ok(*state, "director", "call.Log", "{'from': '+86 135 0000 0001'}");
	assert_int_equal(rig_count(list, "calls"), 2);
	assert_string_equal(rig_text(list, "calls.0.number"), b);
	list = rig_ok(*state, "clerk", "call.Log", "{'from': '13500000001', 'missed': true}");
	assert_int_equal(rig_count(list, "calls"), 1);
	assert_string_equal(rig_text(list, "calls.0.number"), a);
	list = rig_ok(*state, "clerk", "call.Log", "{'missed': true, 'limit': 1}");
	assert_string_equal(rig_text(list, "calls.0.number"), a);
	list = rig_ok(*state, "clerk", "call.Log", "{'mine': true, 'open': true, 'limit': 500}");
	assert_string_equal(rig_text(list, "calls.0.number"), b);
	assert_null(rig_find(list, "calls", "number", a));
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "call.Log", "{'since': '2099-01-01'}"), "calls"),
		0);
	/* Page by page, nothing twice and nothing left out. */
	for (;;) {
		list = rig_ok(*state, "clerk", "call.Log", "{'limit': 7%s}", after);
		if (rig_count(list, "calls") == 0)
			break;
		if (first == NULL)
			first = rig_text(list, "calls.0.number");
		else
			assert_null(rig_find(list, "calls", "number", first));
		for (size_t i = 0; i < rig_count(list, "calls"); i++) {
			char path[40];

			(void)snprintf(path, sizeof(path), "calls.%zu.cursor", i);
			(void)snprintf(after, sizeof(after), ", 'after': '%s'",
				       rig_text(list, path));
		}
		n += rig_count(list, "calls");
	}
	assert_int_equal(n,
			 rig_count(rig_ok(*state, "clerk", "call.Log", "{'limit': 500}"), "calls"));
}

/* Four calls on a day of the past: one answered at once, one late, one missed, one to the
 * voicemail. */
static void call_figures_count_what_came_in(void **state)
{
	const json_t *f, *day;

	for (int i = 0; i < 4; i++)
		rig_ok(*state, "clerk", "call.Ring",
		       "{'from': '1370000000%d', 'call_id': 'f%d', 'at': '2025-03-05 23:30'}", i,
		       i);
	rig_ok(*state, "clerk", "call.End", "{'call': 'f2', 'missed': true}");
	rig_ok(*state, "clerk", "call.End", "{'call': 'f3', 'voicemail': true}");
	(void)rig_sql(*state,
		      "update steward.phone_call set state = 'answered', answered_at = rang_at + "
		      "case call_id when 'f0' then interval '20 s' else '40 s' end "
		      "where call_id in ('f0', 'f1')");
	f = rig_ok(*state, "analyst", "call.Figures", "{'from': '2025-03-01', 'to': '2025-03-31'}");
	assert_int_equal(rig_count(f, "figures"), 2);
	day = rig_find(f, "figures", "day", "2025-03-05");
	assert_int_equal(rig_int(day, "offered"), 4);
	assert_int_equal(rig_int(day, "answered"), 2);
	assert_int_equal(rig_int(day, "missed"), 1);
	assert_int_equal(rig_int(day, "voicemail"), 1);
	assert_int_equal(rig_int(day, "in_time"), 1);
	assert_string_equal(rig_text(day, "service_level"), "25 %");
	assert_string_equal(rig_text(day, "abandoned"), "50 %");
	assert_string_equal(rig_text(day, "mean_wait"), "30 s");
	assert_false(rig_has(f, "figures.1.day"));
	assert_int_equal(rig_int(f, "figures.1.offered"), 4);
	f = rig_ok(*state, "analyst", "call.Figures",
		   "{'from': '2025-03-01', 'to': '2025-03-31', 'within': 60}");
	assert_string_equal(rig_text(f, "figures.0.service_level"), "50 %");
	/* Of nothing there is no share. */
	f = rig_ok(*state, "analyst", "call.Figures", "{'from': '2025-04-01', 'to': '2025-04-30'}");
	assert_int_equal(rig_count(f, "figures"), 1);
	assert_int_equal(rig_int(f, "figures.0.offered"), 0);
	assert_string_equal(rig_text(f, "figures.0.service_level"), "n/a");
	assert_string_equal(rig_text(f, "figures.0.abandoned"), "n/a");
	assert_string_equal(rig_text(f, "figures.0.mean_wait"), "n/a");
	f = rig_ok(*state, "analyst", "call.Figures", "{}");
	assert_int_equal(rig_int(rig_find(f, "figures", "property", "SUN"), "in_time") >= 0, 1);
}

static void call_of_others_is_not_found(void **state)
{
	const json_t *there = rig_elsewhere(*state, "call.Log", "{'missed': true}");
	const char *names[] = { "LAK/HL-1001", "lak-1", rig_text(there, "calls.0.id") };
	const json_t *r;

	for (size_t i = 0; i < 3; i++) {
		rig_refused(*state, "clerk", "call.Show", ST_NOT_FOUND, "call", "{'call': '%s'}",
			    names[i]);
		rig_refused(*state, "clerk", "call.Answer", ST_NOT_FOUND, "call", "{'call': '%s'}",
			    names[i]);
		rig_refused(*state, "clerk", "call.End", ST_NOT_FOUND, "call", "{'call': '%s'}",
			    names[i]);
		rig_refused(*state, "clerk", "call.Attach", ST_NOT_FOUND, "call",
			    "{'call': '%s', 'party': 'P-1001'}", names[i]);
		rig_refused(*state, "clerk", "call.Promise", ST_NOT_FOUND, "call",
			    "{'call': '%s', 'about': 'x', 'due': '2099-01-01'}", names[i]);
		rig_refused(*state, "clerk", "call.Back", ST_NOT_FOUND, "entry",
			    "{'entry': '%s', 'outcome': 'reached'}", names[i]);
	}
	/* Nobody of SUN is known at LAK, and its calls are not counted here. */
	r = rig_elsewhere(*state, "call.Ring", "{'from': '13800138000'}");
	assert_int_equal(rig_count(r, "known"), 0);
	assert_null(rig_find(rig_ok(*state, "clerk", "call.Log", "{'limit': 500}"), "calls",
			     "property", "LAK"));
	assert_null(rig_find(rig_ok(*state, "quality", "call.Figures", "{}"), "figures", "property",
			     "LAK"));
}

/* What a step changes beside the call is told to those who watch, too. */
static void call_steps_are_in_the_feed(void **state)
{
	const char *n = missed(*state, "13600000009");
	char sql[400];

	rig_ok(*state, "clerk", "call.Attach",
	       "{'call': '%s', 'party': 'P-1003', 'save_number': true}", n);
	(void)snprintf(
		sql, sizeof(sql),
		"select string_agg(entity || ' ' || method, ', ' order by entity) from "
		"steward.feed where property_id = (select id from steward.property where code "
		"= 'SUN') and number in ('%s', 'P-1003', (select number from "
		"steward.obligation where subject = '%s'))",
		n, n);
	assert_string_equal(rig_sql(*state, sql),
			    "call call.Attach, obligation call.Attach, party call.Attach");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(call_ring_tells_known_and_maybe_apart),
		cmocka_unit_test(call_ring_reads_numbers_as_systems_write_them),
		cmocka_unit_test(call_ring_of_a_withheld_number_is_a_call),
		cmocka_unit_test(call_ring_keeps_short_extensions),
		cmocka_unit_test(call_ring_remembers_what_a_number_was),
		cmocka_unit_test(call_ring_told_twice_is_one_call),
		cmocka_unit_test(call_ring_never_overwrites_another),
		cmocka_unit_test(call_ring_as_a_dry_run_leaves_nothing),
		cmocka_unit_test(call_answer_and_end_tell_the_times),
		cmocka_unit_test(call_steps_that_are_not_possible_say_what_is),
		cmocka_unit_test(call_steps_name_the_bad_field),
		cmocka_unit_test(call_show_is_all_the_desk_needs),
		cmocka_unit_test(call_attach_confirms_a_maybe),
		cmocka_unit_test(call_attach_takes_the_customer_of_the_case),
		cmocka_unit_test(call_log_is_narrowed_and_goes_on),
		cmocka_unit_test(call_figures_count_what_came_in),
		cmocka_unit_test(call_of_others_is_not_found),
		cmocka_unit_test(call_steps_are_in_the_feed),
	};

	return cmocka_run_group_tests_name("call", tests, prepare, rig_down);
}
