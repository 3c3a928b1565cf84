/* Return visits: when one is owed, how it may go, and what follows. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* A department ENG to which technician and building_steward belong; a visit owed at LAK. */
static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_ok(*state, "manager", "department.Join", "{'department': 'ENG', 'user': 'technician'}");
	rig_ok(*state, "manager", "department.Join",
	       "{'department': 'ENG', 'user': 'building_steward'}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Wang', 'phones': ['13800138000']}");
	rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': '3-1-1202'}");
	rig_elsewhere(*state, "case.Open",
		      "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Far away'}");
	rig_elsewhere(*state, "case.Close", "{'case': 'C-1001', 'result': 'x'}");
	return 0;
}

/* A case whose work 'who' has done; gives its number. */
static const char *done_by(struct rig *rig, const char *who)
{
	const char *n = rig_text(rig_ok(rig, "clerk", "case.Open",
					"{'kind': 'repair', 'summary': 'Tap drips', 'party': "
					"'P-1001', 'place': '3-1-1202'}"),
				 "number");
	const char *w = rig_text(
		rig_ok(rig, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", n),
		"order.number");

	rig_ok(rig, who, "order.Accept", "{'order': '%s'}", w);
	rig_ok(rig, who, "order.Complete",
	       "{'order': '%s', 'result': 'Mended', 'reply': 'It is mended'}", w);
	return n;
}

static const json_t *record(struct rig *rig, const char *number, const char *more)
{
	return rig_ok(rig, "clerk", "visit.Record", "{'case': '%s', %s}", number, more);
}

static const json_t *case_shown(struct rig *rig, const char *number)
{
	return rig_ok(rig, "clerk", "case.Show", "{'case': '%s'}", number);
}

/* The visit of this case in a list, or NULL. */
static const json_t *listed(struct rig *rig, const char *request, const char *number)
{
	return rig_find(rig_ok(rig, "clerk", "visit.List", "{%s}", request), "visits", "case",
			number);
}

static void visit_is_owed_when_the_work_is_done(void **state)
{
	const char *n = done_by(*state, "technician");
	const json_t *v = listed(*state, "'limit': 500", n);

	assert_string_equal(rig_text(v, "state"), "open");
	assert_string_equal(rig_text(v, "kind"), "repair");
	assert_string_equal(rig_text(v, "summary"), "Tap drips");
	assert_string_equal(rig_text(v, "party"), "Wang");
	assert_string_equal(rig_text(v, "phone"), "13800138000");
	assert_string_equal(rig_text(v, "place"), "3-1-1202");
	assert_string_equal(rig_text(v, "result"), "It is mended");
	assert_int_equal(rig_int(v, "attempts"), 0);
	assert_true(strcmp(rig_text(v, "due_from"), rig_text(v, "due_by")) < 0);
	assert_false(rig_has(v, "outcome"));
}

static void visit_record_of_a_satisfied_customer_follows_up(void **state)
{
	const char *n = done_by(*state, "technician");
	const json_t *r;

	rig_dry(*state, "clerk", "visit.Record", "{'case': '%s', 'outcome': 'reached', 'score': 1}",
		n);
	assert_string_equal(rig_text(case_shown(*state, n), "case.state"), "done");
	r = rig_twice(*state, "clerk", "visit.Record",
		      "{'case': '%s', 'outcome': 'reached', 'score': 3, 'remark': 'Well done'}", n);
	assert_string_equal(rig_text(r, "case.state"), "followed_up");
	assert_string_equal(rig_text(r, "visit.state"), "kept");
	assert_int_equal(rig_int(r, "visit.attempts"), 1);
	assert_int_equal(rig_int(r, "visit.score"), 3);
	assert_string_equal(rig_text(r, "visit.outcome"), "reached");
	assert_string_equal(rig_text(r, "visit.remark"), "Well done");
	assert_string_equal(rig_text(r, "visit.visited_by"), "clerk");
	r = case_shown(*state, n);
	assert_int_equal(rig_int(r, "case.score"), 3);
	assert_string_equal(rig_text(rig_find(r, "timeline", "verb", "follow_up"), "text"),
			    "reached, score 3: Well done");
	assert_null(listed(*state, "'limit': 500", n));
	assert_non_null(listed(*state, "'state': 'kept', 'limit': 500", n));
}

static void visit_record_of_a_low_score_reopens(void **state)
{
	for (int score = 1; score <= 2; score++) {
		const char *n = done_by(*state, "technician");
		char more[60];
		const json_t *r;

		(void)snprintf(more, sizeof(more), "'outcome': 'reached', 'score': %d", score);
		r = record(*state, n, more);
		assert_string_equal(rig_text(r, "case.state"), "reopened");
		assert_string_equal(rig_text(r, "visit.state"), "kept");
		assert_int_equal(rig_int(case_shown(*state, n), "case.score"), score);
		/* The next work owes the next visit. */
		r = rig_ok(*state, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", n);
		rig_ok(*state, "technician", "order.Accept", "{'order': '%s'}",
		       rig_text(r, "order.number"));
		rig_ok(*state, "technician", "order.Complete", "{'order': '%s', 'result': 'Again'}",
		       rig_text(r, "order.number"));
		assert_int_equal(rig_count(case_shown(*state, n), "visits"), 2);
	}
}

static void visit_record_of_what_is_not_solved_reopens(void **state)
{
	const char *n = done_by(*state, "technician");
	const json_t *r = record(*state, n, "'outcome': 'not_solved', 'remark': 'Still drips'");

	assert_string_equal(rig_text(r, "case.state"), "reopened");
	assert_string_equal(rig_text(r, "visit.state"), "kept");
	assert_false(rig_has(case_shown(*state, n), "case.score"));
	n = done_by(*state, "technician");
	r = record(*state, n, "'outcome': 'not_solved', 'score': 4");
	assert_string_equal(rig_text(r, "case.state"), "reopened");
}

static void visit_record_gives_up_after_three_without_an_answer(void **state)
{
	const char *n = done_by(*state, "technician");
	const json_t *r;

	for (int i = 1; i <= 2; i++) {
		r = record(*state, n, "'outcome': 'no_answer'");
		assert_string_equal(rig_text(r, "visit.state"), "open");
		assert_string_equal(rig_text(r, "case.state"), "done");
		assert_int_equal(rig_int(r, "visit.attempts"), i);
	}
	/* Somebody answered, but had no time: that is none of the three. */
	r = record(*state, n, "'outcome': 'call_later'");
	assert_string_equal(rig_text(r, "visit.state"), "open");
	r = record(*state, n, "'outcome': 'no_answer'");
	assert_string_equal(rig_text(r, "visit.state"), "missed");
	assert_string_equal(rig_text(r, "case.state"), "followed_up");
	assert_int_equal(rig_int(r, "visit.attempts"), 4);
	assert_non_null(listed(*state, "'state': 'missed', 'limit': 500", n));
	rig_refused(*state, "clerk", "visit.Record", ST_FAILED_PRECONDITION, "case",
		    "{'case': '%s', 'outcome': 'no_answer'}", n);
}

static void visit_record_tries_again_when_asked(void **state)
{
	const char *n = done_by(*state, "technician");
	const json_t *r = record(
		*state, n,
		"'outcome': 'call_later', 'again': '2099-05-01 18:30', 'remark': 'in May'");

	assert_string_equal(rig_text(r, "visit.state"), "open");
	assert_string_equal(rig_text(r, "visit.due_from"), "2099-05-01T18:30:00+08:00");
	assert_string_equal(rig_text(r, "visit.due_by"), "2099-05-01T18:30:00+08:00");
	assert_string_equal(rig_text(r, "case.state"), "done");
	assert_null(listed(*state, "'due': '2099-04-30', 'limit': 500", n));
	assert_non_null(listed(*state, "'due': '2099-05-01', 'limit': 500", n));
	record(*state, n, "'outcome': 'reached', 'score': 5");
}

static void visit_record_of_who_will_not_be_asked_ends_it(void **state)
{
	const char *n = done_by(*state, "technician");
	const json_t *r = record(*state, n, "'outcome': 'refused'");

	assert_string_equal(rig_text(r, "visit.state"), "missed");
	assert_string_equal(rig_text(r, "case.state"), "followed_up");
}

static void visit_record_is_not_for_who_did_the_work(void **state)
{
	const char *n = done_by(*state, "building_steward");
	struct rig_result r = rig_refused(*state, "building_steward", "visit.Record",
					  ST_PERMISSION_DENIED, "case",
					  "{'case': '%s', 'outcome': 'reached', 'score': 5}", n);

	assert_string_equal(r.err.reason, "OWN_WORK");
	rig_ok(*state, "quality", "visit.Record",
	       "{'case': '%s', 'outcome': 'reached', 'score': 4}", n);
	/* Work of another is not his own. */
	n = done_by(*state, "technician");
	rig_ok(*state, "building_steward", "visit.Record",
	       "{'case': '%s', 'outcome': 'reached', 'score': 4}", n);
}

/* Where the desk itself gave the answer, the answer is the work. */
static void visit_record_is_not_for_who_answered(void **state)
{
	const json_t *c = rig_ok(
		*state, "clerk", "case.Open",
		"{'kind': 'complaint', 'caller': 'Wang', 'summary': 'Rude guard'}");
	const char *n = rig_text(c, "number");
	struct rig_result r;

	rig_ok(*state, "supervisor", "case.Close", "{'case': '%s', 'result': 'Apologised'}", n);
	r = rig_refused(*state, "supervisor", "visit.Record", ST_PERMISSION_DENIED, "case",
			"{'case': '%s', 'outcome': 'reached', 'score': 5}", n);
	assert_string_equal(r.err.reason, "OWN_WORK");
	assert_string_equal(
		rig_text(record(*state, n, "'outcome': 'reached', 'score': 5"), "case.state"),
		"closed");
}

/* A desk that records the work of a firm or of a colleague did not do it. */
static void visit_record_is_for_who_only_recorded_the_work(void **state)
{
	const json_t *c = rig_ok(*state, "clerk", "case.Open",
				 "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Lift'}");
	const char *n = rig_text(c, "number"), *w;

	w = rig_text(rig_ok(*state, "dispatcher", "case.Dispatch",
			    "{'case': '%s', 'contractor': 'Otis'}", n),
		     "order.number");
	rig_ok(*state, "clerk", "order.Accept", "{'order': '%s'}", w);
	rig_ok(*state, "clerk", "order.Complete", "{'order': '%s', 'result': 'They came'}", w);
	record(*state, n, "'outcome': 'reached', 'score': 5");
	/* Of an order that is nobody's in particular, it is who completed it. */
	c = rig_ok(*state, "clerk", "case.Open",
		   "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Lamp'}");
	n = rig_text(c, "number");
	w = rig_text(
		rig_ok(*state, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", n),
		"order.number");
	rig_ok(*state, "clerk", "order.Accept", "{'order': '%s'}", w);
	rig_ok(*state, "clerk", "order.Complete", "{'order': '%s', 'result': 'New bulb'}", w);
	rig_refused(*state, "clerk", "visit.Record", ST_PERMISSION_DENIED, "case",
		    "{'case': '%s', 'outcome': 'reached', 'score': 5}", n);
}

static void visit_record_after_the_case_was_closed(void **state)
{
	const char *n = done_by(*state, "technician");

	rig_ok(*state, "supervisor", "case.Close", "{'case': '%s'}", n);
	assert_string_equal(rig_text(record(*state, n, "'outcome': 'no_answer'"), "case.state"),
			    "closed");
	assert_string_equal(
		rig_text(record(*state, n, "'outcome': 'reached', 'score': 2"), "case.state"),
		"reopened");
	assert_false(rig_has(case_shown(*state, n), "case.closed_at"));
}

static void visit_record_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "outcome", "'score': 5" },
		{ "outcome", "'outcome': 'asleep', 'score': 5" },
		{ "score", "'outcome': 'reached'" },
		{ "score", "'outcome': 'reached', 'score': 0" },
		{ "score", "'outcome': 'reached', 'score': 6" },
		{ "score", "'outcome': 'reached', 'score': -1" },
		{ "score", "'outcome': 'no_answer', 'score': 3" },
		{ "again", "'outcome': 'reached', 'score': 5, 'again': '2099-01-01'" },
		{ "again", "'outcome': 'call_later', 'again': 'tomorrow'" },
		{ "again", "'outcome': 'call_later', 'again': '2026-02-30'" },
	};
	const char *n = done_by(*state, "technician");

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "visit.Record", ST_INVALID_ARGUMENT, bad[i][0],
			    "{'case': '%s', %s}", n, bad[i][1]);
	assert_int_equal(rig_int(case_shown(*state, n), "visits.0.attempts"), 0);
}

static void visit_record_needs_a_visit_due(void **state)
{
	const json_t *c = rig_ok(*state, "clerk", "case.Open",
				 "{'kind': 'repair', 'spot': 'lobby', 'summary': 'x'}");
	struct rig_result r = rig_refused(
		*state, "clerk", "visit.Record", ST_FAILED_PRECONDITION, "case",
		"{'case': '%s', 'outcome': 'reached', 'score': 5}", rig_text(c, "number"));

	assert_string_equal(r.err.reason, "NO_VISIT_DUE");
}

static void visit_record_knows_the_visit_itself(void **state)
{
	const char *n = done_by(*state, "technician");
	const json_t *r = record(*state, rig_text(listed(*state, "'limit': 500", n), "id"),
				 "'outcome': 'call_later'");

	assert_string_equal(rig_text(r, "case.number"), n);
	r = record(*state, rig_text(r, "visit.entry"), "'outcome': 'reached', 'score': 5");
	assert_string_equal(rig_text(r, "case.number"), n);
}

static void visit_of_others_is_not_found(void **state)
{
	const json_t *there = rig_elsewhere(*state, "visit.List", "{}");
	const char *names[] = { "LAK/C-1001", rig_text(there, "visits.0.id") };

	assert_int_equal(rig_count(there, "visits"), 1);
	for (size_t i = 0; i < 2; i++)
		rig_refused(*state, "clerk", "visit.Record", ST_NOT_FOUND, "case",
			    "{'case': '%s', 'outcome': 'reached', 'score': 5}", names[i]);
	assert_null(rig_find(rig_ok(*state, "clerk", "visit.List", "{'limit': 500}"), "visits",
			     "id", names[1]));
	assert_int_equal(rig_int(rig_elsewhere(*state, "visit.List", "{}"), "visits.0.attempts"),
			 0);
}

static void visit_list_shows_those_due_first_on_top(void **state)
{
	const char *soon = done_by(*state, "technician"), *late = done_by(*state, "technician");
	char sql[300], after[200];
	const json_t *list;

	(void)snprintf(sql, sizeof(sql),
		       "update steward.obligation set due_from = '2020-01-01', due_by = "
		       "'2020-01-02' where entity_id = "
		       "(select id from steward.desk_case where number = '%s' and property_id = "
		       "(select id from "
		       "steward.property where code = 'SUN'))",
		       late);
	(void)rig_sql(*state, sql);
	list = rig_ok(*state, "director", "visit.List", "{'limit': 500}");
	assert_string_equal(rig_text(list, "visits.0.case"), late);
	assert_true(json_is_true(
		json_object_get(json_array_get(json_object_get(list, "visits"), 0), "late")));
	list = rig_ok(*state, "director", "visit.List", "{'late': true}");
	assert_int_equal(rig_count(list, "visits"), 1);
	assert_int_equal(
		rig_count(rig_ok(*state, "director", "visit.List", "{'due': '2019-12-31'}"),
			  "visits"),
		0);
	assert_int_equal(
		rig_count(rig_ok(*state, "director", "visit.List", "{'due': '2020-01-02'}"),
			  "visits"),
		1);
	/* It goes on after it. */
	(void)snprintf(after, sizeof(after), "'limit': 500, 'after': '%s'",
		       rig_text(list, "visits.0.cursor"));
	assert_null(listed(*state, after, late));
	assert_non_null(listed(*state, after, soon));
	record(*state, late, "'outcome': 'reached', 'score': 5");
	assert_int_equal(
		rig_count(rig_ok(*state, "director", "visit.List", "{'late': true}"), "visits"), 0);
}

static void visit_list_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "state", "'state': 'lost'" }, { "due", "'due': '2026-02-30'" },
		{ "due", "'due': 'soon'" },     { "after", "'after': 'x'" },
		{ "limit", "'limit': 0" },      { "limit", "'limit': 501" }
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "visit.List", ST_INVALID_ARGUMENT, bad[i][0], "{%s}",
			    bad[i][1]);
}

/* What this customer is asked, and what is said first. */
static void visit_form_says_what_to_ask(void **state)
{
	const char *n = done_by(*state, "technician");
	const json_t *f = rig_ok(*state, "clerk", "visit.Form", "{'case': '%s'}", n);

	assert_string_equal(rig_text(f, "case.number"), n);
	assert_string_equal(rig_text(f, "visit.manner"), "phone");
	assert_string_equal(rig_text(f, "form"), "service_return_visit");
	assert_int_equal(rig_count(f, "questions"), 7);
	assert_non_null(strstr(rig_text(f, "script"), "Good day, Wang, "));
	assert_non_null(strstr(rig_text(f, "script"), "Tap drips. We were told: It is mended."));
	assert_null(strchr(rig_text(f, "script"), '{'));
	assert_non_null(strstr(rig_text(f, "script_zh"), "Wang"));
	record(*state, n, "'outcome': 'reached', 'score': 5");
	rig_refused(*state, "clerk", "visit.Form", ST_FAILED_PRECONDITION, "case", "{'case': '%s'}",
		    n);
	rig_refused(*state, "clerk", "visit.Form", ST_NOT_FOUND, "case", "{'case': 'LAK/C-1001'}");
}

static void visit_record_keeps_the_answers(void **state)
{
	const char *n = done_by(*state, "technician");
	const json_t *v, *a;

	record(*state, n, "'outcome': 'no_answer', 'remark': 'rang twice'");
	rig_twice(*state, "clerk", "visit.Record",
		  "{'case': '%s', 'outcome': 'reached', 'score': 5, 'answer': ['attitude=5', "
		  "'punctuality=4', 'price=no', 'solved=yes', 'better=Ring = before']}",
		  n);
	v = rig_ok(*state, "dispatcher", "visit.Show", "{'case': '%s'}", n);
	assert_string_equal(rig_text(v, "case.number"), n);
	assert_int_equal(rig_count(v, "visits"), 1);
	assert_string_equal(rig_text(v, "visits.0.form"), "service_return_visit");
	assert_int_equal(rig_count(v, "attempts"), 2);
	assert_string_equal(rig_text(v, "attempts.0.outcome"), "no_answer");
	assert_string_equal(rig_text(v, "attempts.0.remark"), "rang twice");
	assert_string_equal(rig_text(v, "attempts.1.outcome"), "reached");
	assert_string_equal(rig_text(v, "attempts.1.by"), "clerk");
	assert_int_equal(rig_count(v, "answers"), 5);
	a = rig_find(v, "answers", "question", "better");
	assert_string_equal(rig_text(a, "answer"), "Ring = before");
	assert_string_equal(rig_text(rig_find(v, "answers", "question", "price"), "answer"), "no");
	rig_refused(*state, "clerk", "visit.Show", ST_NOT_FOUND, "case", "{'case': 'LAK/C-1001'}");
}

/* Whoever answers that it is not solved says so, whatever else was clicked. */
static void visit_record_of_an_answer_not_solved_reopens(void **state)
{
	const char *n = done_by(*state, "technician");
	const json_t *r = record(*state, n,
				 "'outcome': 'reached', 'score': 4, 'answer': ['solved=no']");

	assert_string_equal(rig_text(r, "case.state"), "reopened");
	assert_string_equal(rig_text(r, "visit.outcome"), "not_solved");
}

static void visit_record_names_each_bad_answer(void **state)
{
	static const char *const bad[][2] = {
		{ "'outcome': 'reached', 'score': 5, 'answer': ['attitude=6']",
		  "attitude: '6' is not a score from 1 to 5" },
		{ "'outcome': 'reached', 'score': 5, 'answer': ['price=maybe']",
		  "price: 'maybe' is neither yes nor no" },
		{ "'outcome': 'reached', 'score': 5, 'answer': ['smell=5']",
		  "smell: not asked: attitude, punctuality, quality, tidiness, price, solved, "
		  "better" },
		{ "'outcome': 'reached', 'score': 5, 'answer': ['attitude']",
		  "attitude: write it as question=answer" },
		{ "'outcome': 'reached', 'score': 5, 'answer': ['attitude=5', 'Attitude=4']",
		  "attitude: answered twice" },
		{ "'outcome': 'reached', 'score': 5, 'answer': ['quality=x', 'price=x']",
		  "quality: 'x' is not a score from 1 to 5; price: 'x' is neither yes nor no" },
		{ "'outcome': 'not_solved', 'answer': ['solved=yes']",
		  "solved: the customer cannot both say that it is solved and that it is not" },
		{ "'outcome': 'no_answer', 'answer': ['quality=5']",
		  "only a customer who was reached answers questions" },
	};
	const char *n = done_by(*state, "technician");

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct rig_result r = rig_refused(*state, "clerk", "visit.Record",
						  ST_INVALID_ARGUMENT, "answer",
						  "{'case': '%s', %s}", n, bad[i][0]);

		assert_string_equal(r.err.message, bad[i][1]);
	}
	assert_int_equal(rig_int(case_shown(*state, n), "visits.0.attempts"), 0);
}

/* A company that wants more than a score publishes a form that says so. */
static void visit_record_needs_what_the_form_requires(void **state)
{
	const char *n = done_by(*state, "technician");
	struct rig_result r;

	rig_ok(*state, "quality", "form.Ask",
	       "{'form': 'service_return_visit', 'question': 'attitude', 'required': true}");
	record(*state, n, "'outcome': 'call_later'");
	rig_ok(*state, "quality", "form.Publish", "{'form': 'service_return_visit'}");
	r = rig_refused(*state, "clerk", "visit.Record", ST_INVALID_ARGUMENT, "answer",
			"{'case': '%s', 'outcome': 'reached', 'score': 5, 'answer': "
			"['quality=5']}",
			n);
	assert_string_equal(r.err.message, "attitude: must be answered");
	record(*state, n, "'outcome': 'no_answer'");
	record(*state, n, "'outcome': 'reached', 'score': 5, 'answer': ['attitude=3']");
	rig_ok(*state, "quality", "form.Ask",
	       "{'form': 'service_return_visit', 'question': 'attitude', 'required': false}");
	rig_ok(*state, "quality", "form.Publish", "{'form': 'service_return_visit'}");
}

/* From the rule to the figures; the steps have tests of their own (visit_policy, visit_check,
 * visit_report). */
static void visit_goes_its_whole_way(void **state)
{
	const json_t *r = rig_ok(*state, "manager", "visit.SetPolicy",
				 "{'kind': 'repair', 'within': '30d', 'rule': 'always'}");
	const char *n;

	assert_non_null(rig_find(rig_ok(*state, "clerk", "visit.Policies", "{'kind': 'repair'}"),
				 "policies", "within", rig_text(r, "within")));
	n = done_by(*state, "technician");
	record(*state, n, "'outcome': 'reached', 'score': 5, 'answer': ['attitude=5']");
	r = rig_ok(*state, "manager", "visit.Sample",
		   "{'from': '2020-01-01', 'to': '2099-12-31', 'share': 100}");
	assert_non_null(rig_find(r, "checks", "case", n));
	r = rig_ok(*state, "manager", "visit.Check",
		   "{'case': '%s', 'outcome': 'confirmed', 'score': 5}", n);
	assert_string_equal(rig_text(r, "check.state"), "kept");
	r = rig_ok(*state, "director", "visit.Report",
		   "{'from': '2020-01-01', 'to': '2099-12-31'}");
	assert_int_equal(rig_int(r, "figures.0.confirmed"), 1);
	assert_string_equal(rig_text(r, "figures.0.confirmed_share"), "100 %");
	r = rig_ok(*state, "manager", "visit.Plan",
		   "{'party': 'P-1001', 'why': 'Yearly', 'due': '2099-03-31'}");
	r = rig_ok(*state, "building_steward", "visit.Household",
		   "{'entry': '%s', 'outcome': 'reached', 'need': ['A ramp']}",
		   rig_text(r, "number"));
	assert_int_equal(rig_count(r, "cases"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(visit_is_owed_when_the_work_is_done),
		cmocka_unit_test(visit_record_of_a_satisfied_customer_follows_up),
		cmocka_unit_test(visit_record_of_a_low_score_reopens),
		cmocka_unit_test(visit_record_of_what_is_not_solved_reopens),
		cmocka_unit_test(visit_record_gives_up_after_three_without_an_answer),
		cmocka_unit_test(visit_record_tries_again_when_asked),
		cmocka_unit_test(visit_record_of_who_will_not_be_asked_ends_it),
		cmocka_unit_test(visit_record_is_not_for_who_did_the_work),
		cmocka_unit_test(visit_record_is_not_for_who_answered),
		cmocka_unit_test(visit_record_is_for_who_only_recorded_the_work),
		cmocka_unit_test(visit_record_after_the_case_was_closed),
		cmocka_unit_test(visit_record_names_the_bad_field),
		cmocka_unit_test(visit_record_needs_a_visit_due),
		cmocka_unit_test(visit_record_knows_the_visit_itself),
		cmocka_unit_test(visit_of_others_is_not_found),
		cmocka_unit_test(visit_form_says_what_to_ask),
		cmocka_unit_test(visit_record_keeps_the_answers),
		cmocka_unit_test(visit_record_of_an_answer_not_solved_reopens),
		cmocka_unit_test(visit_record_names_each_bad_answer),
		cmocka_unit_test(visit_record_needs_what_the_form_requires),
		cmocka_unit_test(visit_goes_its_whole_way),
		cmocka_unit_test(visit_list_shows_those_due_first_on_top),
		cmocka_unit_test(visit_list_names_the_bad_field),
	};

	return cmocka_run_group_tests_name("visit", tests, prepare, rig_down);
}
