/* The way of a case: from which state who may take it where, and what follows. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* A department ENG to which the technician belongs. */
static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_ok(*state, "manager", "department.Join", "{'department': 'ENG', 'user': 'technician'}");
	return 0;
}

static const json_t *shown(struct rig *rig, const char *number)
{
	return rig_ok(rig, "clerk", "case.Show", "{'case': '%s'}", number);
}

static const char *state_of(struct rig *rig, const char *number)
{
	return rig_text(shown(rig, number), "case.state");
}

static const char *dispatch(struct rig *rig, const char *number)
{
	return rig_text(
		rig_ok(rig, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", number),
		"order.number");
}

/* A case of this kind in this state; gives its number. */
static const char *in_state(struct rig *rig, const char *kind, const char *wanted)
{
	const char *n = rig_text(rig_ok(rig, "clerk", "case.Open",
					"{'kind': '%s', 'summary': 'On its way', 'spot': 'lobby', "
					"'caller': 'Wang'}",
					kind),
				 "number");
	const char *w;

	if (strcmp(wanted, "new") == 0)
		return n;
	if (strcmp(wanted, "cancelled") == 0) {
		rig_ok(rig, "clerk", "case.Cancel", "{'case': '%s', 'why': 'twice'}", n);
		return n;
	}
	w = dispatch(rig, n);
	if (strcmp(wanted, "dispatched") == 0)
		return n;
	rig_ok(rig, "technician", "order.Accept", "{'order': '%s'}", w);
	if (strcmp(wanted, "accepted") == 0)
		return n;
	rig_ok(rig, "technician", "order.Start", "{'order': '%s'}", w);
	if (strcmp(wanted, "on_site") == 0)
		return n;
	rig_ok(rig, "technician", "order.Complete", "{'order': '%s', 'result': 'Mended'}", w);
	if (strcmp(wanted, "done") == 0)
		return n;
	if (strcmp(wanted, "reopened") == 0) {
		rig_ok(rig, "clerk", "case.Reopen", "{'case': '%s', 'why': 'drips'}", n);
		return n;
	}
	if (strcmp(wanted, "followed_up") == 0)
		rig_ok(rig, "clerk", "visit.Record",
		       "{'case': '%s', 'outcome': 'reached', 'score': 5}", n);
	else
		rig_ok(rig, "supervisor", "case.Close", "{'case': '%s'}", n);
	return n;
}

static const char *const states[] = { "new",         "dispatched", "accepted", "on_site",  "done",
				      "followed_up", "reopened",   "closed",   "cancelled" };

static void way_reaches_every_state(void **state)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		assert_string_equal(state_of(*state, in_state(*state, "repair", states[i])),
				    states[i]);
}

/* What a manager, who holds every right of the desk, may do in which state ('.': the state forbids
 * it). */
static void way_allows_what_the_state_allows(void **state)
{
	static const struct {
		const char *method, *more, *allowed; /* in the order of 'states' */
	} steps[] = {
		{ "case.Note", ", 'text': 'x'", "yyyyyyyyy" },
		{ "case.Edit", ", 'spot': 'x'", "yyyyyyy.." },
		{ "case.Dispatch", ", 'to': 'ENG'", "yyyyy.y.." },
		{ "case.Close", ", 'result': 'x'", "y...yyy.." },
		{ "case.Reopen", ", 'why': 'x'", "....yy.yy" },
		{ "case.Cancel", ", 'why': 'x'", "yyyy..y.." },
	};

	for (size_t k = 0; k < sizeof(states) / sizeof(*states); k++) {
		const char *n = in_state(*state, "repair", states[k]);
		char request[100];

		for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
			bool allowed = steps[i].allowed[k] == 'y';
			struct call_options dry = { .dry_run = true };
			struct rig_result r;

			(void)snprintf(request, sizeof(request), "{'case': '%s'%s}", n,
				       steps[i].more);
			r = rig_call(*state, "manager", "SUN", steps[i].method, request, &dry);
			if (r.err.code != (allowed ? ST_OK : ST_FAILED_PRECONDITION))
				fail_msg("%s of a case that is %s: %s %s", steps[i].method,
					 states[k], st_code_name(r.err.code), r.err.message);
			if (!allowed)
				assert_string_equal(r.err.reason, "CASE_STATE");
		}
	}
}

/* Who may not do in a state what others may: the role, then '.' where it is refused. */
static void way_asks_for_the_role(void **state)
{
	static const struct {
		const char *who, *method, *more, *state;
	} denied[] = {
		{ "clerk", "case.Close", ", 'result': 'x'", "new" },
		{ "clerk", "case.Close", "", "done" },
		{ "dispatcher", "case.Close", "", "done" },
		{ "quality", "case.Close", ", 'result': 'x'", "reopened" },
		{ "clerk", "case.Reopen", ", 'why': 'x'", "closed" },
		{ "quality", "case.Reopen", ", 'why': 'x'", "cancelled" },
		{ "clerk", "case.Cancel", ", 'why': 'x'", "dispatched" },
		{ "building_steward", "case.Cancel", ", 'why': 'x'", "reopened" },
		{ "operator", "case.Cancel", ", 'why': 'x'", "on_site" },
	};

	for (size_t i = 0; i < sizeof(denied) / sizeof(*denied); i++) {
		const char *n = in_state(*state, "repair", denied[i].state);
		struct rig_result r = rig_refused(*state, denied[i].who, denied[i].method,
						  ST_PERMISSION_DENIED, "case", "{'case': '%s'%s}",
						  n, denied[i].more);

		assert_string_equal(r.err.reason, "CASE_ROLE");
		assert_string_equal(state_of(*state, n), denied[i].state);
		rig_ok(*state, "supervisor", denied[i].method, "{'case': '%s'%s}", n,
		       denied[i].more);
	}
}

static void way_of_a_kind_without_visit_is_shorter(void **state)
{
	const char *n = in_state(*state, "inquiry", "new");
	const json_t *c = rig_ok(*state, "clerk", "case.Close", "{'case': '%s', 'result': 'Told'}",
				 n);

	assert_string_equal(rig_text(c, "state"), "closed");
	assert_int_equal(rig_count(shown(*state, n), "visits"), 0);
	n = in_state(*state, "inquiry", "done");
	assert_int_equal(rig_count(shown(*state, n), "visits"), 0);
	rig_ok(*state, "clerk", "case.Close", "{'case': '%s'}", n);
}

static void close_tells_result_and_time(void **state)
{
	const char *n = in_state(*state, "repair", "followed_up");
	const json_t *c;

	rig_dry(*state, "clerk", "case.Close", "{'case': '%s'}", n);
	assert_string_equal(state_of(*state, n), "followed_up");
	c = rig_twice(*state, "clerk", "case.Close", "{'case': '%s', 'result': 'All well'}", n);
	assert_string_equal(rig_text(c, "state"), "closed");
	assert_string_equal(rig_text(c, "result"), "All well");
	assert_int_equal(rig_int(c, "score"), 5);
	assert_true(rig_has(c, "closed_at"));
	c = shown(*state, n);
	assert_non_null(rig_find(c, "timeline", "verb", "close"));
	assert_string_equal(rig_text(rig_find(c, "timeline", "verb", "close"), "from_state"),
			    "followed_up");
}

static void close_needs_a_result(void **state)
{
	const char *n = in_state(*state, "repair", "new");

	rig_refused(*state, "supervisor", "case.Close", ST_INVALID_ARGUMENT, "result",
		    "{'case': '%s'}", n);
	rig_refused(*state, "supervisor", "case.Close", ST_INVALID_ARGUMENT, "result",
		    "{'case': '%s', 'result': ' '}", n);
	assert_string_equal(state_of(*state, n), "new");
	/* A work order left one. */
	n = in_state(*state, "repair", "done");
	assert_string_equal(rig_text(rig_ok(*state, "supervisor", "case.Close",
					    "{'case': '%s', 'result': ''}", n),
				     "result"),
			    "Mended");
}

/* Answered at the desk: the customer is asked all the same, where the kind wants that. */
static void close_at_the_desk_owes_a_visit(void **state)
{
	const char *n = in_state(*state, "complaint", "new");
	const json_t *c;

	rig_ok(*state, "supervisor", "case.Close", "{'case': '%s', 'result': 'Apologised'}", n);
	c = shown(*state, n);
	assert_int_equal(rig_count(c, "visits"), 1);
	assert_string_equal(rig_text(c, "visits.0.state"), "open");
}

static void reopen_takes_the_visit_back(void **state)
{
	const char *n = in_state(*state, "repair", "closed");
	const json_t *c;

	assert_string_equal(rig_text(shown(*state, n), "visits.0.state"), "open");
	rig_dry(*state, "supervisor", "case.Reopen", "{'case': '%s', 'why': 'dry'}", n);
	c = rig_twice(*state, "supervisor", "case.Reopen",
		      "{'case': '%s', 'why': 'It drips again'}", n);
	assert_string_equal(rig_text(c, "state"), "reopened");
	assert_false(rig_has(c, "closed_at"));
	c = shown(*state, n);
	assert_string_equal(rig_text(c, "visits.0.state"), "cancelled");
	assert_string_equal(rig_text(rig_find(c, "timeline", "verb", "reopen"), "text"),
			    "It drips again");
	rig_refused(*state, "supervisor", "case.Reopen", ST_INVALID_ARGUMENT, "why",
		    "{'case': '%s', 'why': ' '}", n);
}

static void cancel_takes_the_orders_back(void **state)
{
	const char *n = in_state(*state, "repair", "accepted");
	const json_t *c;

	rig_dry(*state, "dispatcher", "case.Cancel", "{'case': '%s', 'why': 'dry'}", n);
	assert_string_equal(rig_text(shown(*state, n), "orders.0.state"), "accepted");
	c = rig_twice(*state, "dispatcher", "case.Cancel", "{'case': '%s', 'why': 'Moved out'}", n);
	assert_string_equal(rig_text(c, "state"), "cancelled");
	assert_true(rig_has(c, "closed_at"));
	c = shown(*state, n);
	assert_string_equal(rig_text(c, "orders.0.state"), "cancelled");
	assert_string_equal(rig_text(rig_find(c, "timeline", "verb", "cancel"), "text"),
			    "Moved out");
	rig_refused(*state, "technician", "order.Start", ST_FAILED_PRECONDITION, "order",
		    "{'order': '%s'}", rig_text(c, "orders.0.number"));
}

static void dispatch_of_done_work_takes_the_visit_back(void **state)
{
	const char *n = in_state(*state, "repair", "done");

	dispatch(*state, n);
	assert_string_equal(state_of(*state, n), "dispatched");
	assert_string_equal(rig_text(shown(*state, n), "visits.0.state"), "cancelled");
}

/* The whole way and back, as the timeline tells it. */
static void timeline_tells_the_whole_way(void **state)
{
	static const char *const verbs[] = { "open",     "dispatch",  "accept", "start",
					     "complete", "follow_up", "close",  "reopen" };
	const char *n = in_state(*state, "repair", "followed_up");
	const json_t *c;

	rig_ok(*state, "clerk", "case.Close", "{'case': '%s'}", n);
	rig_ok(*state, "manager", "case.Reopen", "{'case': '%s', 'why': 'again'}", n);
	c = shown(*state, n);
	assert_int_equal(rig_count(c, "timeline"), 8);
	assert_int_equal(rig_int(c, "case.version"), 8);
	for (size_t i = 0; i < 8; i++) {
		char path[40];

		(void)snprintf(path, sizeof(path), "timeline.%zu.verb", i);
		assert_string_equal(rig_text(c, path), verbs[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(way_reaches_every_state),
		cmocka_unit_test(way_allows_what_the_state_allows),
		cmocka_unit_test(way_asks_for_the_role),
		cmocka_unit_test(way_of_a_kind_without_visit_is_shorter),
		cmocka_unit_test(close_tells_result_and_time),
		cmocka_unit_test(close_needs_a_result),
		cmocka_unit_test(close_at_the_desk_owes_a_visit),
		cmocka_unit_test(reopen_takes_the_visit_back),
		cmocka_unit_test(cancel_takes_the_orders_back),
		cmocka_unit_test(dispatch_of_done_work_takes_the_visit_back),
		cmocka_unit_test(timeline_tells_the_whole_way),
	};

	return cmocka_run_group_tests_name("case way", tests, prepare, rig_down);
}
