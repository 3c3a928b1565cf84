/* Answers to the customer of a case, and the customer asking again. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_elsewhere(*state, "case.Open", "{'kind': 'inquiry', 'summary': 'Far away'}");
	return 0;
}

static const char *opened(struct rig *rig)
{
	return rig_text(rig_ok(rig, "clerk", "case.Open",
			       "{'kind': 'inquiry', 'caller': 'Li', 'channel': 'email', 'summary': "
			       "'When is the "
			       "pool open?'}"),
			"number");
}

static const json_t *shown(struct rig *rig, const char *number)
{
	return rig_ok(rig, "clerk", "case.Show", "{'case': '%s'}", number);
}

static void reply_send_ends_the_first_clock_and_begins_the_next(void **state)
{
	const char *n = opened(*state);
	const json_t *c;

	assert_false(rig_has(shown(*state, n), "case.responded_at"));
	c = rig_twice(*state, "clerk", "reply.Send",
		      "{'case': '%s', 'text': 'From nine to nine.', 'channel': 'phone'}", n);
	assert_true(rig_has(c, "responded_at") && rig_has(c, "update_due"));
	c = shown(*state, n);
	assert_string_equal(rig_text(c, "timeline.1.verb"), "reply");
	assert_string_equal(rig_text(c, "timeline.1.text"), "From nine to nine.");
	assert_string_equal(rig_text(c, "case.state"), "new");
	/* Also after the end. */
	rig_ok(*state, "clerk", "case.Close", "{'case': '%s', 'result': 'Told'}", n);
	c = rig_ok(*state, "clerk", "reply.Send", "{'case': '%s', 'text': 'In writing, too.'}", n);
	assert_string_equal(rig_text(c, "state"), "closed");
}

static void reply_send_names_the_bad_field(void **state)
{
	const char *n = opened(*state);

	rig_refused(*state, "clerk", "reply.Send", ST_INVALID_ARGUMENT, "text", "{'case': '%s'}",
		    n);
	rig_refused(*state, "clerk", "reply.Send", ST_INVALID_ARGUMENT, "text",
		    "{'case': '%s', 'text': 'x', 'template': 'K-1001'}", n);
	rig_refused(*state, "clerk", "reply.Send", ST_INVALID_ARGUMENT, "channel",
		    "{'case': '%s', 'text': 'x', 'channel': 'pigeon'}", n);
	rig_refused(*state, "clerk", "reply.Send", ST_NOT_FOUND, "case",
		    "{'case': 'LAK/C-1001', 'text': 'x'}");
	rig_refused(*state, "technician", "reply.Send", ST_PERMISSION_DENIED, NULL,
		    "{'case': '%s', 'text': 'x'}", n);
	rig_dry(*state, "clerk", "reply.Send", "{'case': '%s', 'text': 'dry'}", n);
	assert_int_equal(rig_count(shown(*state, n), "timeline"), 1);
}

static void reply_send_fills_a_template(void **state)
{
	const json_t *k = rig_ok(*state, "manager", "knowledge.Add",
				 "{'title': 'Thanks', 'kind': 'template', 'body': "
				 "'About {case.number}: thank you.'}");
	const char *n = opened(*state);
	char text[80];

	(void)snprintf(text, sizeof(text), "About %s: thank you.", n);
	rig_ok(*state, "manager", "knowledge.Publish", "{'article': '%s'}", rig_text(k, "number"));
	rig_ok(*state, "clerk", "reply.Send", "{'case': '%s', 'template': '%s'}", n,
	       rig_text(k, "number"));
	assert_string_equal(rig_text(shown(*state, n), "timeline.1.text"), text);
	/* Nobody is sent a gap. */
	k = rig_ok(*state, "manager", "knowledge.Add",
		   "{'title': 'Done', 'kind': 'template', 'body': 'Done: {result}.'}");
	rig_ok(*state, "manager", "knowledge.Publish", "{'article': '%s'}", rig_text(k, "number"));
	rig_refused(*state, "clerk", "reply.Send", ST_FAILED_PRECONDITION, "template",
		    "{'case': '%s', 'template': '%s'}", n, rig_text(k, "number"));
	rig_ok(*state, "clerk", "case.Close", "{'case': '%s', 'result': 'Lamp changed'}", n);
	rig_ok(*state, "clerk", "reply.Send", "{'case': '%s', 'template': '%s'}", n,
	       rig_text(k, "number"));
	assert_non_null(rig_find(shown(*state, n), "timeline", "text", "Done: Lamp changed."));
}

static void reply_chase_three_times_tells_the_next_one_up(void **state)
{
	const char *n = opened(*state);
	const json_t *c = rig_twice(*state, "operator", "reply.Chase",
				    "{'case': '%s', 'text': 'Asks again'}", n);

	assert_int_equal(rig_int(c, "chases"), 1);
	c = rig_ok(*state, "operator", "reply.Chase", "{'case': '%s'}", n);
	assert_false(rig_has(c, "escalated_to"));
	rig_ok(*state, "clerk", "reply.Send", "{'case': '%s', 'text': 'We ask.'}", n);
	/* An answer begins the count anew. */
	rig_ok(*state, "operator", "reply.Chase", "{'case': '%s'}", n);
	c = rig_ok(*state, "operator", "reply.Chase", "{'case': '%s'}", n);
	assert_false(rig_has(c, "escalated_to"));
	c = rig_ok(*state, "operator", "reply.Chase", "{'case': '%s'}", n);
	assert_string_equal(rig_text(c, "escalated_to"), "supervisor");
	assert_int_equal(rig_int(c, "chases"), 5);
	rig_ok(*state, "clerk", "case.Close", "{'case': '%s', 'result': 'Told'}", n);
	rig_refused(*state, "operator", "reply.Chase", ST_FAILED_PRECONDITION, "case",
		    "{'case': '%s'}", n);
	rig_refused(*state, "technician", "reply.Chase", ST_PERMISSION_DENIED, NULL,
		    "{'case': '%s'}", n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reply_send_ends_the_first_clock_and_begins_the_next),
		cmocka_unit_test(reply_send_names_the_bad_field),
		cmocka_unit_test(reply_send_fills_a_template),
		cmocka_unit_test(reply_chase_three_times_tells_the_next_one_up),
	};

	return cmocka_run_group_tests_name("reply", tests, prepare, rig_down);
}
