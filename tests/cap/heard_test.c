/* By what a customer is heard and answered beside contacts and replies: calls, visits, asking
 * again. */
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "party.Add", "{'name': 'Wang', 'phones': ['13800138000']}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Liu', 'phones': ['13900138000']}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Zhao', 'phones': ['13700138000']}");
	rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': '3-1-1202'}");
	return 0;
}

static const char *ring(struct rig *rig, const char *from)
{
	return rig_text(rig_ok(rig, "operator", "call.Ring", "{'from': '%s'}", from),
			"call.number");
}

static const json_t *account(struct rig *rig, const char *party)
{
	return rig_ok(rig, "clerk", "contact.Account", "{'party': '%s'}", party);
}

/* Written in by mail, so that nobody has answered yet; gives its number. */
static const char *written(struct rig *rig, const char *party)
{
	return rig_text(rig_ok(rig, "clerk", "case.Open",
			       "{'kind': 'inquiry', 'channel': 'email', 'summary': 'When is the "
			       "pool open', 'party': '%s'}",
			       party),
			"number");
}

static const json_t *shown(struct rig *rig, const char *number)
{
	return rig_ok(rig, "clerk", "case.Show", "{'case': '%s'}", number);
}

static void heard_by_a_call_that_was_answered(void **state)
{
	const char *n = ring(*state, "13800138000");
	const json_t *a;

	assert_false(rig_has(account(*state, "P-1001"), "account.last_at"));
	rig_ok(*state, "operator", "call.Answer", "{'call': '%s'}", n);
	a = account(*state, "P-1001");
	assert_string_equal(rig_text(a, "account.last_kind"), "call");
	assert_int_equal(rig_int(a, "account.contacts"), 1);
	assert_string_equal(rig_text(a, "calls.0.number"), n);
	rig_ok(*state, "operator", "call.End", "{'call': '%s'}", n);
	assert_int_equal(rig_int(account(*state, "P-1001"), "account.contacts"), 1);
	/* It was somebody else on that telephone. */
	rig_ok(*state, "operator", "call.Attach", "{'call': '%s', 'party': 'P-1003'}", n);
	assert_false(rig_has(account(*state, "P-1001"), "account.last_at"));
	assert_string_equal(rig_text(account(*state, "P-1003"), "account.last_kind"), "call");
	/* In vain is not heard; and the card of the next call says the same as the account. */
	n = ring(*state, "13800138000");
	assert_false(rig_has(rig_ok(*state, "operator", "call.Show", "{'call': '%s'}", n),
			     "known.0.last_contact"));
	rig_ok(*state, "operator", "call.End", "{'call': '%s', 'missed': true}", n);
	assert_false(rig_has(account(*state, "P-1001"), "account.last_at"));
}

static void heard_when_asking_again(void **state)
{
	const char *n = written(*state, "P-1002");

	assert_string_equal(rig_text(account(*state, "P-1002"), "account.last_kind"), "case");
	rig_ok(*state, "clerk", "reply.Chase", "{'case': '%s'}", n);
	assert_string_equal(rig_text(account(*state, "P-1002"), "account.last_kind"), "chase");
	/* The case turns out to be another customer's: so was the asking. */
	rig_ok(*state, "clerk", "case.Edit", "{'case': '%s', 'party': 'P-1001'}", n);
	assert_false(rig_has(account(*state, "P-1002"), "account.last_at"));
	assert_int_equal(rig_int(account(*state, "P-1001"), "account.contacts"), 2);
}

static void heard_at_home_settles_a_planned_contact(void **state)
{
	const json_t *v = rig_ok(*state, "manager", "visit.Plan",
				 "{'party': 'P-1002', 'why': 'New here', 'due': '2099-01-15'}");

	rig_ok(*state, "clerk", "contact.Add",
	       "{'party': 'P-1002', 'outcome': 'no_answer', 'again': '2099-01-10'}");
	assert_non_null(rig_find(account(*state, "P-1002"), "owed", "kind", "contact"));
	rig_ok(*state, "clerk", "visit.Household", "{'entry': '%s', 'outcome': 'reached'}",
	       rig_text(v, "number"));
	assert_null(rig_find(account(*state, "P-1002"), "owed", "kind", "contact"));
	assert_string_equal(rig_text(account(*state, "P-1002"), "account.last_kind"),
			    "household_visit");
}

/* Spoken with about a case: its customer has been answered, by whichever way of calling. */
static void told_by_telephone_is_answered(void **state)
{
	const char *n = written(*state, "P-1002"), *call;
	const json_t *c;
	int64_t version;

	assert_false(rig_has(shown(*state, n), "case.responded_at"));
	call = rig_text(rig_ok(*state, "clerk", "call.Place", "{'case': '%s'}", n), "number");
	rig_ok(*state, "clerk", "call.End", "{'call': '%s', 'missed': true}", call);
	assert_false(rig_has(shown(*state, n), "case.responded_at"));
	call = rig_text(rig_ok(*state, "clerk", "call.Place",
			       "{'case': '%s', 'about': 'From nine to nine'}", n),
			"number");
	rig_ok(*state, "clerk", "call.Answer", "{'call': '%s'}", call);
	rig_ok(*state, "clerk", "call.End", "{'call': '%s'}", call);
	c = shown(*state, n);
	assert_true(rig_has(c, "case.responded_at"));
	assert_string_equal(rig_text(rig_find(c, "timeline", "verb", "told"), "actor"), "clerk");
	/* The hotline's number comes in: said later what it was about. */
	n = written(*state, "P-1002");
	call = ring(*state, "13900138000");
	rig_ok(*state, "operator", "call.Answer", "{'call': '%s'}", call);
	rig_ok(*state, "operator", "call.End", "{'call': '%s'}", call);
	assert_false(rig_has(shown(*state, n), "case.responded_at"));
	rig_ok(*state, "operator", "call.Attach", "{'call': '%s', 'case': '%s'}", call, n);
	assert_true(rig_has(shown(*state, n), "case.responded_at"));
	/* Who it was, said later still, tells the customer nothing more. */
	version = rig_int(shown(*state, n), "case.version");
	rig_ok(*state, "operator", "call.Attach", "{'call': '%s', 'party': 'P-1003'}", call);
	assert_int_equal(rig_int(shown(*state, n), "case.version"), version);
	/* Called back as promised. */
	n = written(*state, "P-1002");
	call = ring(*state, "13900138000");
	rig_ok(*state, "operator", "call.Attach", "{'call': '%s', 'case': '%s'}", call, n);
	rig_ok(*state, "operator", "call.End", "{'call': '%s', 'missed': true}", call);
	rig_ok(*state, "clerk", "call.Back", "{'entry': '%s', 'outcome': 'no_answer'}", call);
	assert_false(rig_has(shown(*state, n), "case.responded_at"));
	rig_ok(*state, "clerk", "call.Back", "{'entry': '%s', 'outcome': 'reached'}", call);
	assert_true(rig_has(shown(*state, n), "case.responded_at"));
}

static void told_at_a_contact_is_answered(void **state)
{
	const char *n = written(*state, "P-1003");
	const json_t *c;

	/* He wrote again: that answers nobody. */
	rig_ok(*state, "clerk", "contact.Add",
	       "{'case': '%s', 'summary': 'Asks when', 'channel': 'email'}", n);
	assert_false(rig_has(shown(*state, n), "case.responded_at"));
	rig_ok(*state, "building_steward", "contact.Add",
	       "{'case': '%s', 'summary': 'From nine', 'channel': 'email', 'direction': 'out'}", n);
	c = shown(*state, n);
	assert_true(rig_has(c, "case.responded_at"));
	/* What was opened from a call has one event, not two. */
	n = ring(*state, "13700138000");
	rig_ok(*state, "operator", "call.Answer", "{'call': '%s'}", n);
	c = rig_ok(*state, "operator", "case.Open",
		   "{'kind': 'inquiry', 'summary': 'And on Sundays', 'call': '%s'}", n);
	rig_ok(*state, "operator", "call.End", "{'call': '%s'}", n);
	assert_int_equal(rig_count(shown(*state, rig_text(c, "number")), "timeline"), 1);
}

/* Whoever takes a call sees what to say. */
static void told_with_the_script_beside_it(void **state)
{
	const json_t *k = rig_ok(*state, "manager", "knowledge.Add",
				 "{'title': 'Pool hours', 'body': 'From nine to nine.', 'kind': "
				 "'script', 'case_kinds': ['inquiry']}");
	const char *n = written(*state, "P-1001"), *call = ring(*state, "13800138000");
	const json_t *c;

	rig_ok(*state, "manager", "knowledge.Publish", "{'article': '%s'}", rig_text(k, "number"));
	c = rig_ok(*state, "operator", "call.Show", "{'call': '%s'}", call);
	assert_string_equal(rig_text(c, "cases.0.number"), n);
	assert_string_equal(rig_text(c, "articles.0.title"), "Pool hours");
	rig_ok(*state, "operator", "call.End", "{'call': '%s'}", call);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heard_by_a_call_that_was_answered),
		cmocka_unit_test(heard_when_asking_again),
		cmocka_unit_test(heard_at_home_settles_a_planned_contact),
		cmocka_unit_test(told_by_telephone_is_answered),
		cmocka_unit_test(told_at_a_contact_is_answered),
		cmocka_unit_test(told_with_the_script_beside_it),
	};

	return cmocka_run_group_tests_name("heard", tests, prepare, rig_down);
}
