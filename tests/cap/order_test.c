/* Work orders: who may take which step, what it does to the case, how they are listed. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* Departments ENG, to which the technician belongs, and SEC, to which nobody belongs; an order at
 * LAK. */
static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_ok(*state, "manager", "department.Join", "{'department': 'ENG', 'user': 'technician'}");
	rig_ok(*state, "manager", "department.Add", "{'code': 'SEC', 'name': 'Security'}");
	rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': '3-1-1202'}");
	rig_elsewhere(*state, "department.Add", "{'code': 'FARDEP', 'name': 'Far'}");
	rig_elsewhere(*state, "case.Open",
		      "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Far away'}");
	rig_elsewhere(*state, "case.Dispatch", "{'case': 'C-1001', 'to': 'FARDEP'}");
	return 0;
}

static const char *opened(struct rig *rig)
{
	return rig_text(rig_ok(rig, "clerk", "case.Open",
			       "{'kind': 'repair', 'summary': 'Tap drips', 'place': '3-1-1202', "
			       "'spot': 'kitchen'}"),
			"number");
}

/* Gives the work to 'to' ("'to': 'ENG'"); gives the order's number. */
static const char *given(struct rig *rig, const char *number, const char *to)
{
	return rig_text(
		rig_ok(rig, "dispatcher", "case.Dispatch", "{'case': '%s', %s}", number, to),
		"order.number");
}

static const json_t *step(struct rig *rig, const char *who, const char *method, const char *order,
			  const char *more)
{
	return rig_ok(rig, who, method, "{'order': '%s'%s%s}", order, *more != '\0' ? ", " : "",
		      more);
}

static const json_t *case_shown(struct rig *rig, const char *number)
{
	return rig_ok(rig, "clerk", "case.Show", "{'case': '%s'}", number);
}

static void order_goes_its_whole_way(void **state)
{
	const char *n = opened(*state), *w = given(*state, n, "'to': 'ENG', 'task': 'New valve'");
	const json_t *r = rig_twice(*state, "technician", "order.Accept", "{'order': '%s'}", w);

	assert_string_equal(rig_text(r, "order.state"), "accepted");
	assert_string_equal(rig_text(r, "order.person"), "technician");
	assert_string_equal(rig_text(r, "case.state"), "accepted");
	assert_string_equal(rig_text(case_shown(*state, n), "case.assignee"), "ENG technician");
	r = rig_twice(*state, "technician", "order.Start", "{'order': '%s'}", w);
	assert_string_equal(rig_text(r, "order.state"), "started");
	assert_string_equal(rig_text(r, "case.state"), "on_site");
	r = rig_twice(*state, "technician", "order.Complete",
		      "{'order': '%s', 'result': 'Valve changed', 'reply': 'The valve is new'}", w);
	assert_string_equal(rig_text(r, "order.state"), "done");
	assert_string_equal(rig_text(r, "order.result"), "Valve changed");
	assert_string_equal(rig_text(r, "order.reply"), "The valve is new");
	assert_string_equal(rig_text(r, "case.state"), "done");
	r = rig_ok(*state, "analyst", "order.Show", "{'order': '%s'}", w);
	assert_string_equal(rig_text(r, "task"), "New valve");
	assert_string_equal(rig_text(r, "case"), n);
	assert_string_equal(rig_text(r, "summary"), "Tap drips");
	assert_string_equal(rig_text(r, "place"), "3-1-1202 kitchen");
	assert_string_equal(rig_text(r, "priority"), "normal");
	assert_true(rig_has(r, "issued_at") && rig_has(r, "accepted_at") &&
		    rig_has(r, "started_at") && rig_has(r, "done_at"));
	assert_int_equal(rig_int(r, "version"), 4);
	r = case_shown(*state, n);
	assert_string_equal(rig_text(r, "case.result"), "The valve is new");
	assert_int_equal(rig_count(r, "visits"), 1);
	assert_string_equal(rig_text(r, "visits.0.state"), "open");
	assert_int_equal(rig_count(r, "timeline"), 5);
}

static void order_complete_may_skip_the_start(void **state)
{
	const char *n = opened(*state), *w = given(*state, n, "'to': 'ENG'");
	const json_t *r;

	step(*state, "technician", "order.Accept", w, "");
	r = step(*state, "technician", "order.Complete", w, "'result': 'Tightened'");
	assert_string_equal(rig_text(r, "case.state"), "done");
	assert_false(rig_has(r, "order.started_at"));
	/* Nobody told the customer anything else. */
	assert_string_equal(rig_text(case_shown(*state, n), "case.result"), "Tightened");
}

static void order_of_a_kind_without_visit_owes_none(void **state)
{
	const json_t *c = rig_ok(*state, "clerk", "case.Open",
				 "{'kind': 'suggestion', 'summary': 'Bench'}");
	const char *n = rig_text(c, "number"), *w = given(*state, n, "'to': 'ENG'");

	step(*state, "technician", "order.Accept", w, "");
	step(*state, "technician", "order.Complete", w, "'result': 'Bench set up'");
	assert_int_equal(rig_count(case_shown(*state, n), "visits"), 0);
}

static void order_give_back_returns_the_case_to_the_desk(void **state)
{
	const char *n = opened(*state), *w = given(*state, n, "'to': 'ENG'");
	const json_t *r;

	rig_dry(*state, "technician", "order.GiveBack", "{'order': '%s', 'why': 'dry'}", w);
	r = rig_twice(*state, "technician", "order.GiveBack", "{'order': '%s', 'why': 'Not ours'}",
		      w);
	assert_string_equal(rig_text(r, "order.state"), "returned");
	assert_string_equal(rig_text(r, "order.reason"), "Not ours");
	assert_true(rig_has(r, "order.returned_at"));
	assert_string_equal(rig_text(r, "case.state"), "new");
	w = given(*state, n, "'contractor': 'Otis'");
	assert_string_equal(rig_text(case_shown(*state, n), "case.state"), "dispatched");
}

/* Each step from each state; the steps in the order accept, start, complete, return, pause, resume,
 * hand on. */
static void order_steps_follow_each_other(void **state)
{
	static const struct {
		const char *method, *more;
	} steps[] = { { "order.Accept", "" },
		      { "order.Start", "" },
		      { "order.Complete", "'result': 'x'" },
		      { "order.GiveBack", "'why': 'x'" },
		      { "order.Pause", "'why': 'x'" },
		      { "order.Resume", "" },
		      { "order.HandOn", "'why': 'x', 'to': 'building_steward'" } };
	static const struct {
		const char *name, *way, *allowed;
	} states[] = { { "issued", "", "y..y..y" },      { "accepted", "0", ".yyyy.y" },
		       { "started", "01", "..yyy.y" },   { "paused", "014", "...y.yy" },
		       { "accepted", "045", ".yyyy.y" }, { "started", "0145", "..yyy.y" },
		       { "done", "02", "......." },      { "returned", "3", "......." },
		       { "handed_on", "6", "......." } };

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
		const char *w = given(*state, opened(*state), "'to': 'ENG'");

		for (const char *k = states[i].way; *k != '\0'; k++)
			step(*state, "technician", steps[*k - '0'].method, w, steps[*k - '0'].more);
		assert_string_equal(
			rig_text(rig_ok(*state, "clerk", "order.Show", "{'order': '%s'}", w),
				 "state"),
			states[i].name);
		for (size_t k = 0; k < 7; k++) {
			struct call_options dry = { .dry_run = true };
			char request[100];
			struct rig_result r;

			(void)snprintf(request, sizeof(request), "{'order': '%s'%s%s}", w,
				       *steps[k].more != '\0' ? ", " : "", steps[k].more);
			r = rig_call(*state, "technician", "SUN", steps[k].method, request, &dry);
			if (r.err.code !=
			    (states[i].allowed[k] == 'y' ? ST_OK : ST_FAILED_PRECONDITION))
				fail_msg("%s when %s: %s", steps[k].method, states[i].name,
					 r.err.message);
		}
	}
}

static void order_of_others_is_theirs(void **state)
{
	const char *w = given(*state, opened(*state), "'to': 'ENG'");
	struct rig_result r = rig_refused(*state, "building_steward", "order.Accept",
					  ST_PERMISSION_DENIED, "order", "{'order': '%s'}", w);

	assert_string_equal(r.err.reason, "NOT_YOUR_ORDER");
	assert_non_null(strstr(r.err.message, "ENG"));
	w = given(*state, opened(*state), "'to': 'building_steward'");
	rig_refused(*state, "technician", "order.Accept", ST_PERMISSION_DENIED, "order",
		    "{'order': '%s'}", w);
	rig_refused(*state, "technician", "order.GiveBack", ST_PERMISSION_DENIED, "order",
		    "{'order': '%s', 'why': 'x'}", w);
	step(*state, "building_steward", "order.Accept", w, "");
	w = given(*state, opened(*state), "'contractor': 'Otis'");
	rig_refused(*state, "technician", "order.Accept", ST_PERMISSION_DENIED, "order",
		    "{'order': '%s'}", w);
	/* A department to which nobody belongs is everybody's. */
	w = given(*state, opened(*state), "'to': 'SEC'");
	assert_string_equal(
		rig_text(step(*state, "building_steward", "order.Accept", w, ""), "order.person"),
		"building_steward");
}

static void order_is_recorded_for_others_at_the_desk(void **state)
{
	const char *w = given(*state, opened(*state), "'to': 'ENG'");
	const json_t *r = step(*state, "clerk", "order.Accept", w, "'person': 'technician'");

	assert_string_equal(rig_text(r, "order.person"), "technician");
	step(*state, "clerk", "order.Start", w, "");
	step(*state, "operator", "order.Complete", w, "'result': 'Told by phone'");
	/* Who only records it does not become the one who does it. */
	w = given(*state, opened(*state), "'to': 'ENG'");
	assert_false(rig_has(step(*state, "clerk", "order.Accept", w, ""), "order.person"));
	w = given(*state, opened(*state), "'contractor': 'Otis'");
	r = step(*state, "dispatcher", "order.Accept", w, "");
	assert_string_equal(rig_text(r, "order.to"), "Otis");
	assert_false(rig_has(r, "order.person"));
}

static void order_accept_names_the_bad_field(void **state)
{
	const char *w = given(*state, opened(*state), "'to': 'ENG'");

	rig_refused(*state, "clerk", "order.Accept", ST_NOT_FOUND, "person",
		    "{'order': '%s', 'person': 'nobody'}", w);
	rig_refused(*state, "clerk", "order.Accept", ST_NOT_FOUND, "person",
		    "{'order': '%s', 'person': 'foreign'}", w);
	rig_refused(*state, "clerk", "order.Accept", ST_INVALID_ARGUMENT, "person",
		    "{'order': '%s', 'person': 'eng'}", w);
	rig_refused(*state, "clerk", "order.Accept", ST_INVALID_ARGUMENT, "person",
		    "{'order': '%s', 'person': 'A B'}", w);
	rig_dry(*state, "technician", "order.Accept", "{'order': '%s'}", w);
	assert_string_equal(
		rig_text(rig_ok(*state, "clerk", "order.Show", "{'order': '%s'}", w), "state"),
		"issued");
}

static void order_complete_names_the_bad_field(void **state)
{
	const char *n = opened(*state), *w = given(*state, n, "'to': 'ENG'");

	step(*state, "technician", "order.Accept", w, "");
	rig_refused(*state, "technician", "order.Complete", ST_INVALID_ARGUMENT, "result",
		    "{'order': '%s'}", w);
	rig_refused(*state, "technician", "order.Complete", ST_INVALID_ARGUMENT, "result",
		    "{'order': '%s', 'result': ' \\n '}", w);
	rig_refused(*state, "technician", "order.GiveBack", ST_INVALID_ARGUMENT, "why",
		    "{'order': '%s', 'why': ''}", w);
	rig_dry(*state, "technician", "order.Start", "{'order': '%s'}", w);
	rig_dry(*state, "technician", "order.Complete", "{'order': '%s', 'result': 'dry'}", w);
	assert_string_equal(rig_text(case_shown(*state, n), "case.state"), "accepted");
	assert_int_equal(rig_count(case_shown(*state, n), "visits"), 0);
}

/* With several orders the case is done with the last of them. */
static void order_complete_waits_for_the_others(void **state)
{
	const char *n = opened(*state), *first = given(*state, n, "'to': 'ENG'"),
		   *second = given(*state, n, "'to': 'ENG'");
	const json_t *r;

	step(*state, "technician", "order.Accept", first, "");
	r = step(*state, "technician", "order.Complete", first, "'result': 'Half'");
	assert_string_equal(rig_text(r, "case.state"), "accepted");
	assert_int_equal(rig_count(case_shown(*state, n), "visits"), 0);
	step(*state, "technician", "order.Accept", second, "");
	r = step(*state, "technician", "order.Complete", second, "'result': 'Whole'");
	assert_string_equal(rig_text(r, "case.state"), "done");
	assert_int_equal(rig_count(case_shown(*state, n), "visits"), 1);
}

static void order_give_back_waits_for_the_others(void **state)
{
	const char *n = opened(*state), *first = given(*state, n, "'to': 'ENG'"),
		   *second = given(*state, n, "'to': 'ENG'");

	assert_string_equal(
		rig_text(step(*state, "technician", "order.GiveBack", first, "'why': 'x'"),
			 "case.state"),
		"dispatched");
	assert_string_equal(
		rig_text(step(*state, "technician", "order.GiveBack", second, "'why': 'x'"),
			 "case.state"),
		"new");
}

/* Who has the case is who has its latest order. */
static void order_accept_of_an_older_one_leaves_the_case_with_the_latest(void **state)
{
	const char *n = opened(*state), *older = given(*state, n, "'to': 'ENG'");

	given(*state, n, "'to': 'SEC'");
	step(*state, "technician", "order.Accept", older, "");
	assert_string_equal(rig_text(case_shown(*state, n), "case.assignee"), "SEC");
	assert_null(rig_find(rig_ok(*state, "technician", "case.List", "{'mine': true}"), "cases",
			     "number", n));
}

static void order_of_another_property_is_not_found(void **state)
{
	static const char *const calls[][2] = { { "order.Show", "" },
						{ "order.Accept", "" },
						{ "order.Start", "" },
						{ "order.Complete", ", 'result': 'x'" },
						{ "order.GiveBack", ", 'why': 'x'" },
						{ "order.Pause", ", 'why': 'x'" },
						{ "order.Resume", "" },
						{ "order.HandOn", ", 'why': 'x', 'to': 'ENG'" },
						{ "order.Items", "" },
						{ "order.AddItem",
						  ", 'code': 'A', 'quantity': '1'" },
						{ "order.RemoveItem", ", 'line': 1, 'why': 'x'" },
						{ "order.ProposeCharge", "" },
						{ "order.ApproveCharge", "" },
						{ "order.DeclineCharge", ", 'why': 'x'" } };
	const json_t *there = rig_elsewhere(*state, "order.Show", "{'order': 'W-1001'}");

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		rig_refused(*state, "manager", calls[i][0], ST_NOT_FOUND, "order",
			    "{'order': 'LAK/W-1001'%s}", calls[i][1]);
		rig_refused(*state, "manager", calls[i][0], ST_NOT_FOUND, "order",
			    "{'order': '%s'%s}", rig_text(there, "id"), calls[i][1]);
	}
	rig_refused(*state, "manager", "order.Show", ST_NOT_FOUND, "order", "{'order': 'W-9999'}");
	rig_refused(*state, "manager", "order.List", ST_NOT_FOUND, "case",
		    "{'case': 'LAK/C-1001'}");
	rig_refused(*state, "manager", "order.List", ST_NOT_FOUND, "to", "{'to': 'FARDEP'}");
	rig_refused(*state, "manager", "order.Charges", ST_NOT_FOUND, "order",
		    "{'order': 'LAK/W-1001'}");
	rig_refused(*state, "manager", "order.Propose", ST_NOT_FOUND, "case",
		    "{'case': 'LAK/C-1001'}");
	assert_null(rig_find(rig_ok(*state, "manager", "order.List", "{'limit': 500}"), "orders",
			     "id", rig_text(there, "id")));
	assert_int_equal(
		rig_int(rig_elsewhere(*state, "order.Show", "{'order': '1001'}"), "version"), 1);
}

static void order_show_knows_every_way_to_name_it(void **state)
{
	const char *w = given(*state, opened(*state), "'to': 'ENG'");
	const char *id = rig_text(rig_ok(*state, "clerk", "order.Show", "{'order': '%s'}", w),
				  "id");
	struct rig_result r;

	assert_string_equal(
		rig_text(rig_ok(*state, "clerk", "order.Show", "{'order': '%s'}", w + 2), "id"),
		id);
	assert_string_equal(
		rig_text(rig_ok(*state, "clerk", "order.Show", "{'order': 'sun/w-%s'}", w + 2),
			 "id"),
		id);
	assert_string_equal(
		rig_text(rig_ok(*state, "clerk", "order.Show", "{'order': '%s'}", id), "number"),
		w);
	r = rig_call(*state, "admin", NULL, "order.Show", "{'order': 'W-1001'}", NULL);
	assert_int_equal(r.err.code, ST_INVALID_ARGUMENT);
	assert_string_equal(r.err.reason, "ORDER_AMBIGUOUS");
}

/* How many of the three orders of a case of its own a list shows. */
static size_t listed(struct rig *rig, const char *who, const char *request, const char *number)
{
	const json_t *list = rig_ok(rig, who, "order.List", "{%s}", request), *order;
	size_t i, n = 0;

	json_array_foreach(json_object_get(list, "orders"), i, order)
		n += strcmp(rig_text(order, "case"), number) == 0;
	return n;
}

static void order_list_narrows_down(void **state)
{
	const char *n = opened(*state), *done = given(*state, n, "'to': 'ENG'");
	char of_case[40];
	const json_t *list;

	given(*state, n, "'to': 'SEC'");
	given(*state, n, "'contractor': 'Otis'");
	step(*state, "technician", "order.Accept", done, "");
	step(*state, "technician", "order.Complete", done, "'result': 'x'");
	(void)snprintf(of_case, sizeof(of_case), "'case': '%s'", n);
	assert_int_equal(listed(*state, "clerk", of_case, n), 3);
	assert_int_equal(listed(*state, "clerk", "'limit': 500", n), 3);
	assert_int_equal(listed(*state, "clerk", "'open': true, 'limit': 500", n), 2);
	assert_int_equal(listed(*state, "clerk", "'state': 'done', 'limit': 500", n), 1);
	assert_int_equal(listed(*state, "clerk", "'to': 'sec', 'limit': 500", n), 1);
	assert_int_equal(listed(*state, "clerk", "'to': 'ENG', 'open': true, 'limit': 500", n), 0);
	assert_int_equal(listed(*state, "clerk", "'to': 'technician', 'limit': 500", n), 1);
	assert_int_equal(listed(*state, "technician", "'mine': true, 'limit': 500", n), 1);
	assert_int_equal(
		listed(*state, "technician", "'mine': true, 'open': true, 'limit': 500", n), 0);
	assert_int_equal(listed(*state, "clerk", "'mine': true, 'limit': 500", n), 0);
	list = rig_ok(*state, "clerk", "order.List", "{'case': '%s', 'open': true}", n);
	assert_string_equal(rig_text(list, "orders.0.to"), "Otis");
	assert_string_equal(rig_text(list, "orders.1.to"), "SEC");
}

static void order_list_goes_on_after_a_row(void **state)
{
	static const char *const filters[] = { "", "'open': true, ", "'to': 'ENG', ",
					       "'to': 'technician', " };

	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		const json_t *all = rig_ok(*state, "clerk", "order.List", "{%s'limit': 3}",
					   filters[i]);
		char after[200] = "";

		for (size_t k = 0; k < 3; k++) {
			const json_t *page = rig_ok(*state, "clerk", "order.List",
						    "{%s'limit': 1%s}", filters[i], after);
			char path[40];

			(void)snprintf(path, sizeof(path), "orders.%zu.id", k);
			assert_string_equal(rig_text(page, "orders.0.id"), rig_text(all, path));
			(void)snprintf(after, sizeof(after), ", 'after': '%s'",
				       rig_text(page, "orders.0.cursor"));
		}
	}
}

static void order_list_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = { { "state", "'state': 'lost'" },
					      { "after", "'after': 'x'" },
					      { "limit", "'limit': 0" },
					      { "limit", "'limit': 501" } };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "order.List", ST_INVALID_ARGUMENT, bad[i][0], "{%s}",
			    bad[i][1]);
	rig_refused(*state, "clerk", "order.List", ST_NOT_FOUND, "to", "{'to': 'nobody'}");
	rig_refused(*state, "clerk", "order.List", ST_NOT_FOUND, "case", "{'case': 'C-9999'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_goes_its_whole_way),
		cmocka_unit_test(order_complete_may_skip_the_start),
		cmocka_unit_test(order_of_a_kind_without_visit_owes_none),
		cmocka_unit_test(order_give_back_returns_the_case_to_the_desk),
		cmocka_unit_test(order_steps_follow_each_other),
		cmocka_unit_test(order_of_others_is_theirs),
		cmocka_unit_test(order_is_recorded_for_others_at_the_desk),
		cmocka_unit_test(order_accept_names_the_bad_field),
		cmocka_unit_test(order_complete_names_the_bad_field),
		cmocka_unit_test(order_complete_waits_for_the_others),
		cmocka_unit_test(order_give_back_waits_for_the_others),
		cmocka_unit_test(order_accept_of_an_older_one_leaves_the_case_with_the_latest),
		cmocka_unit_test(order_of_another_property_is_not_found),
		cmocka_unit_test(order_show_knows_every_way_to_name_it),
		cmocka_unit_test(order_list_narrows_down),
		cmocka_unit_test(order_list_goes_on_after_a_row),
		cmocka_unit_test(order_list_names_the_bad_field),
	};

	return cmocka_run_group_tests_name("order", tests, prepare, rig_down);
}
