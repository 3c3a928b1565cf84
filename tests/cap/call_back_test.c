/* Calls that go out, those in vain and those promised: whom to call back, how it went, what settles
 * it. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "party.Add", "{'name': 'Wang', 'phones': ['13800138000']}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Liu Fang'}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Zhao', 'phones': ['13900138000']}");
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

/* What is owed for this call or to this customer, in a list, or NULL. */
static const json_t *owed(struct rig *rig, const char *request, const char *subject)
{
	return rig_find(rig_ok(rig, "clerk", "call.Backlog", "{%s}", request), "entries", "subject",
			subject);
}

static void call_missed_is_owed_once_per_number(void **state)
{
	const char *first = missed(*state, "13400000001"), *again;
	const json_t *e = owed(*state, "'limit': 500", first);
	struct rig_result r;

	assert_string_equal(rig_text(e, "phone"), "13400000001");
	assert_string_equal(rig_text(e, "about"), "called in vain");
	assert_string_equal(rig_text(e, "state"), "open");
	assert_true(strcmp(rig_text(e, "due_from"), rig_text(e, "due_by")) < 0);
	again = missed(*state, "+86 134 0000 0001");
	assert_null(owed(*state, "'limit': 500", again));
	assert_string_equal(rig_text(owed(*state, "'limit': 500", first), "about"),
			    "called in vain 2 times");
	/* It stands in everybody's agenda, which names the command. */
	e = rig_find(rig_ok(*state, "clerk", "agenda.List", "{'kind': 'callback', 'limit': 500}"),
		     "entries", "subject", first);
	assert_non_null(strstr(rig_text(e, "command"), "call back HL-"));
	r = rig_refused(*state, "clerk", "agenda.Settle", ST_FAILED_PRECONDITION, "entry",
			"{'entry': '%s'}", rig_text(e, "number"));
	assert_string_equal(r.err.reason, "OWN_COMMAND");
	/* Either call is a way to name it. */
	rig_ok(*state, "clerk", "call.Back", "{'entry': '%s', 'outcome': 'reached'}", again);
	assert_null(owed(*state, "'limit': 500", first));
	/* The next one in vain is owed anew. */
	again = missed(*state, "13400000001");
	assert_non_null(owed(*state, "'limit': 500", again));
	rig_ok(*state, "clerk", "call.Back", "{'entry': '%s', 'outcome': 'refused'}", again);
}

static void call_back_records_the_attempt_and_logs_a_call(void **state)
{
	const char *n = missed(*state, "13400000002");
	const json_t *r;

	rig_dry(*state, "clerk", "call.Back", "{'entry': '%s', 'outcome': 'reached'}", n);
	r = rig_twice(*state, "clerk", "call.Back",
		      "{'entry': '%s', 'outcome': 'no_answer', 'remark': 'Busy'}", n);
	assert_int_equal(rig_int(r, "entry.attempts"), 1);
	assert_string_equal(rig_text(r, "entry.state"), "open");
	assert_string_equal(rig_text(r, "entry.remark"), "Busy");
	r = rig_ok(*state, "clerk", "call.Show", "{'call': '%s'}", rig_text(r, "call"));
	assert_string_equal(rig_text(r, "call.direction"), "out");
	assert_string_equal(rig_text(r, "call.state"), "unanswered");
	assert_string_equal(rig_text(r, "call.phone"), "13400000002");
	assert_string_equal(rig_text(r, "call.person"), "clerk");
	r = rig_ok(*state, "operator", "call.Back",
		   "{'entry': '%s', 'outcome': 'call_later', 'again': '2099-05-01 18:30'}",
		   rig_text(r, "owed.0.number"));
	assert_string_equal(rig_text(r, "entry.due_by"), "2099-05-01T18:30:00+08:00");
	assert_string_equal(rig_text(r, "entry.state"), "open");
	rig_ok(*state, "clerk", "call.Back", "{'entry': '%s', 'outcome': 'no_answer'}", n);
	r = rig_ok(*state, "clerk", "call.Back", "{'entry': '%s', 'outcome': 'no_answer'}", n);
	assert_string_equal(rig_text(r, "entry.state"), "missed");
	rig_refused(*state, "clerk", "call.Back", ST_FAILED_PRECONDITION, "entry",
		    "{'entry': '%s', 'outcome': 'reached'}", n);
	n = missed(*state, "13400000003");
	rig_refused(*state, "clerk", "call.Back", ST_INVALID_ARGUMENT, "again",
		    "{'entry': '%s', 'outcome': 'reached', 'again': '2099-01-01'}", n);
	rig_refused(*state, "clerk", "call.Back", ST_INVALID_ARGUMENT, "outcome",
		    "{'entry': '%s', 'outcome': 'done'}", n);
	r = rig_ok(*state, "clerk", "call.Back", "{'entry': '%s', 'outcome': 'not_needed'}", n);
	assert_string_equal(rig_text(r, "entry.state"), "cancelled");
	assert_false(rig_has(r, "call"));
}

static void call_back_wants_a_call_that_is_owed(void **state)
{
	const json_t *e = rig_ok(*state, "clerk", "agenda.Add",
				 "{'label': 'Ring the lift maker', 'due': '2099-01-01'}");
	struct rig_result r = rig_refused(*state, "clerk", "call.Back", ST_FAILED_PRECONDITION,
					  "entry", "{'entry': '%s', 'outcome': 'reached'}",
					  rig_text(e, "number"));

	assert_string_equal(r.err.reason, "NO_CALLBACK");
	rig_refused(*state, "clerk", "call.Back", ST_NOT_FOUND, "entry",
		    "{'entry': 'O-4711', 'outcome': 'reached'}");
	rig_refused(*state, "clerk", "call.Back", ST_NOT_FOUND, "entry",
		    "{'entry': 'HL-4711', 'outcome': 'reached'}");
	rig_refused(*state, "clerk", "call.Back", ST_NOT_FOUND, "entry",
		    "{'entry': 'P-4711', 'outcome': 'reached'}");
}

static void call_that_is_answered_settles_the_callback(void **state)
{
	const char *n = missed(*state, "13400000004"), *later;
	const json_t *r;

	rig_ok(*state, "clerk", "call.Back",
	       "{'entry': '%s', 'outcome': 'call_later', 'again': '2099-05-01'}", n);
	later = ring(*state, "134 0000 0004");
	assert_non_null(owed(*state, "'limit': 500", n));
	rig_ok(*state, "clerk", "call.Answer", "{'call': '%s'}", later);
	assert_null(owed(*state, "'limit': 500", n));
	r = owed(*state, "'state': 'kept', 'limit': 500", n);
	assert_string_equal(rig_text(r, "outcome"), "reached");
	assert_non_null(strstr(rig_text(r, "remark"), later));
	/* So does a call of ours that is answered. */
	n = missed(*state, "13400000004");
	later = rig_text(rig_ok(*state, "clerk", "call.Place", "{'to': '13400000004'}"), "number");
	rig_ok(*state, "clerk", "call.End", "{'call': '%s'}", later);
	assert_non_null(owed(*state, "'limit': 500", n));
	later = rig_text(rig_ok(*state, "clerk", "call.Place", "{'to': '13400000004'}"), "number");
	rig_ok(*state, "clerk", "call.Answer", "{'call': '%s'}", later);
	assert_null(owed(*state, "'limit': 500", n));
}

static void call_promise_is_kept_by_calling(void **state)
{
	const char *n = ring(*state, "13400000005");
	const json_t *r;
	const char *o;

	rig_ok(*state, "clerk", "call.Answer", "{'call': '%s'}", n);
	rig_dry(*state, "clerk", "call.Promise",
		"{'call': '%s', 'about': 'The lift', 'due': '2099-01-01'}", n);
	r = rig_twice(*state, "clerk", "call.Promise",
		      "{'call': '%s', 'about': 'The lift', 'due': '2099-01-01 10:00'}", n);
	o = rig_text(r, "number");
	assert_string_equal(rig_text(r, "due_by"), "2099-01-01T10:00:00+08:00");
	assert_string_equal(rig_text(r, "subject"), n);
	assert_string_equal(rig_text(r, "to"), "clerk");
	assert_string_equal(rig_text(r, "phone"), "13400000005");
	/* A customer may have several; an answered call is about something else. */
	r = rig_ok(*state, "clerk", "call.Promise",
		   "{'call': '%s', 'about': 'The bill', 'due': '2099-01-02', 'to': 'operator'}", n);
	assert_string_equal(rig_text(r, "to"), "operator");
	rig_ok(*state, "clerk", "call.Answer", "{'call': '%s'}", ring(*state, "13400000005"));
	assert_non_null(rig_find(rig_ok(*state, "clerk", "call.Backlog", "{'limit': 500}"),
				 "entries", "number", o));
	assert_non_null(owed(*state, "'limit': 500, 'mine': true", n));
	r = rig_ok(*state, "clerk", "call.Back",
		   "{'entry': '%s', 'outcome': 'reached', 'remark': 'Told'}", o);
	assert_string_equal(rig_text(r, "entry.state"), "kept");
	/* To a customer, at the number that is stored. */
	r = rig_ok(*state, "clerk", "call.Promise",
		   "{'call': 'P-1003', 'about': 'His key', 'due': '2099-01-01'}");
	assert_string_equal(rig_text(r, "party"), "Zhao");
	assert_string_equal(rig_text(r, "phone"), "13900138000");
	r = rig_ok(*state, "clerk", "call.Back", "{'entry': 'P-1003', 'outcome': 'reached'}");
	assert_string_equal(rig_text(r, "entry.party_number"), "P-1003");
	assert_string_equal(rig_text(rig_ok(*state, "clerk", "call.Show", "{'call': '%s'}",
					    rig_text(r, "call")),
				     "call.party_number"),
			    "P-1003");
}

static void call_place_logs_a_call_that_goes_out(void **state)
{
	const char *c = rig_text(
		rig_ok(*state, "clerk", "case.Open",
		       "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Tap', 'party': 'P-1003'}"),
		"number");
	const json_t *r;
	const char *n;

	rig_dry(*state, "clerk", "call.Place", "{'to': '13400000006'}");
	r = rig_twice(*state, "clerk", "call.Place",
		      "{'to': '13400000006', 'party': 'P-1002', 'about': 'Water is back'}");
	assert_string_equal(rig_text(r, "direction"), "out");
	assert_string_equal(rig_text(r, "state"), "dialling");
	assert_string_equal(rig_text(r, "party"), "Liu Fang");
	assert_string_equal(rig_text(r, "person"), "clerk");
	n = rig_text(r, "number");
	assert_string_equal(
		rig_text(rig_ok(*state, "clerk", "call.End", "{'call': '%s'}", n), "state"),
		"unanswered");
	/* Who did not answer did not call in vain. */
	assert_null(owed(*state, "'limit': 500", n));
	r = rig_ok(*state, "clerk", "call.Place", "{'case': '%s'}", c);
	assert_string_equal(rig_text(r, "phone"), "13900138000");
	assert_string_equal(rig_text(r, "party"), "Zhao");
	assert_string_equal(rig_text(r, "case"), c);
	rig_refused(*state, "clerk", "call.End", ST_FAILED_PRECONDITION, "call",
		    "{'call': '%s', 'voicemail': true}", rig_text(r, "number"));
}

static void call_backlog_shows_what_is_due_first_on_top(void **state)
{
	const char *a = missed(*state, "13600000001"), *b = missed(*state, "13600000002");
	const json_t *list;

	(void)rig_sql(*state,
		      "update steward.obligation set due_from = '2020-01-01', due_by = "
		      "'2020-01-02' where kind = 'callback' and state = 'open' and entity_id "
		      "= (select steward_code.call_phone_id(c.property_id, c.outside_key) from "
		      "steward.phone_call c where c.outside = '13600000002')");
	list = rig_ok(*state, "clerk", "call.Backlog", "{'limit': 500}");
	assert_string_equal(rig_text(list, "entries.0.subject"), b);
	assert_non_null(rig_find(list, "entries", "subject", a));
	list = rig_ok(*state, "clerk", "call.Backlog", "{'late': true}");
	assert_int_equal(rig_count(list, "entries"), 1);
	list = rig_ok(*state, "clerk", "call.Backlog", "{'limit': 500, 'after': '%s'}",
		      rig_text(list, "entries.0.cursor"));
	assert_null(rig_find(list, "entries", "subject", b));
	assert_non_null(rig_find(list, "entries", "subject", a));
	rig_refused(*state, "clerk", "call.Backlog", ST_INVALID_ARGUMENT, "state",
		    "{'state': 'lost'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(call_missed_is_owed_once_per_number),
		cmocka_unit_test(call_back_records_the_attempt_and_logs_a_call),
		cmocka_unit_test(call_back_wants_a_call_that_is_owed),
		cmocka_unit_test(call_that_is_answered_settles_the_callback),
		cmocka_unit_test(call_promise_is_kept_by_calling),
		cmocka_unit_test(call_place_logs_a_call_that_goes_out),
		cmocka_unit_test(call_backlog_shows_what_is_due_first_on_top),
	};

	return cmocka_run_group_tests_name("call_back", tests, prepare, rig_down);
}
