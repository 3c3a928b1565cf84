/* Forms: how one is written, published and written anew; and how the answers are counted. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_ok(*state, "manager", "department.Join", "{'department': 'ENG', 'user': 'technician'}");
	return 0;
}

/* A new form with one question, published; gives its code. */
static const char *published(struct rig *rig, const char *code)
{
	rig_ok(rig, "quality", "form.Add", "{'code': '%s', 'name': 'Survey'}", code);
	rig_ok(rig, "quality", "form.Ask",
	       "{'form': '%s', 'question': 'overall', 'text': 'How are we?', 'kind': 'score'}",
	       code);
	rig_ok(rig, "quality", "form.Publish", "{'form': '%s'}", code);
	return code;
}

/* A case whose customer answered 'answers' by the service return-visit form at 'property'. */
static void answered(struct rig *rig, const char *answers)
{
	const char *n = rig_text(
		rig_ok(rig, "clerk", "case.Open",
		       "{'kind': 'repair', 'summary': 'Tap', 'spot': 'kitchen', 'caller': 'Wang'}"),
		"number");
	const char *w = rig_text(
		rig_ok(rig, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", n),
		"order.number");

	rig_ok(rig, "technician", "order.Accept", "{'order': '%s'}", w);
	rig_ok(rig, "technician", "order.Complete", "{'order': '%s', 'result': 'Mended'}", w);
	rig_ok(rig, "clerk", "visit.Record",
	       "{'case': '%s', 'outcome': 'reached', 'score': 5, 'answer': [%s]}", n, answers);
}

static const json_t *results(struct rig *rig, const char *question)
{
	return rig_find(rig_ok(rig, "analyst", "form.Results", "{'form': 'service_return_visit'}"),
			"results", "question", question);
}

static void form_list_has_the_return_visit_form(void **state)
{
	const json_t *list = rig_ok(*state, "technician", "form.List", "{}");
	const json_t *f = rig_find(list, "forms", "code", "service_return_visit");

	assert_string_equal(rig_text(f, "state"), "published");
	assert_int_equal(rig_int(f, "version"), 1);
	assert_int_equal(rig_int(f, "questions"), 7);
	f = rig_ok(*state, "technician", "form.Show", "{'form': 'service_return_visit'}");
	assert_string_equal(rig_text(f, "questions.0.question"), "attitude");
	assert_string_equal(rig_text(f, "questions.0.kind"), "score");
	assert_string_equal(rig_text(f, "questions.6.question"), "better");
	assert_true(rig_has(f, "questions.5.text_zh"));
	assert_true(rig_has(f, "form.intro_zh"));
}

static void form_results_count_each_question(void **state)
{
	const json_t *r = results(*state, "quality");

	/* Nobody answered yet: the questions are there, and nothing is made of nothing. */
	assert_int_equal(rig_int(r, "n"), 0);
	assert_string_equal(rig_text(r, "average"), "n/a");
	assert_string_equal(rig_text(results(*state, "price"), "average"), "n/a");
	answered(*state, "'quality=5', 'attitude=4', 'price=yes', 'better= Ring before '");
	answered(*state, "'quality=2', 'price=NO', 'solved=yes'");
	answered(*state, "'quality=5', 'price=no', 'tidiness='");
	answered(*state, "");
	r = results(*state, "quality");
	assert_int_equal(rig_int(r, "asked"), 3);
	assert_int_equal(rig_int(r, "n"), 3);
	assert_string_equal(rig_text(r, "average"), "4.00");
	assert_string_equal(rig_text(r, "distribution"), "5: 2, 2: 1");
	r = results(*state, "price");
	assert_string_equal(rig_text(r, "average"), "33.3 %");
	assert_string_equal(rig_text(r, "distribution"), "yes: 1, no: 2");
	assert_int_equal(rig_int(results(*state, "tidiness"), "n"), 0);
	r = results(*state, "better");
	assert_int_equal(rig_int(r, "n"), 1);
	assert_false(rig_has(r, "average"));
	assert_false(rig_has(r, "distribution"));
	r = rig_ok(*state, "analyst", "form.Results", "{'form': 'service_return_visit'}");
	assert_int_equal(rig_int(r, "sheets"), 3);
	/* (4.5 + 2 + 5) / 3 */
	assert_string_equal(rig_text(r, "average"), "3.83");
	r = rig_ok(*state, "analyst", "form.Results",
		   "{'form': 'service_return_visit', 'to': '2020-01-01', 'from': '2019-12-01'}");
	assert_int_equal(rig_int(r, "sheets"), 0);
	assert_string_equal(rig_text(r, "average"), "n/a");
}

static void form_results_stay_in_reach(void **state)
{
	const json_t *r = rig_elsewhere(*state, "form.Results", "{'form': 'service_return_visit'}");

	assert_int_equal(rig_int(r, "sheets"), 0);
}

static void form_versions_keep_what_was_asked(void **state)
{
	const json_t *f;
	struct rig_result r;

	rig_ok(*state, "quality", "form.Ask",
	       "{'form': 'service_return_visit', 'question': 'channel', 'text': 'How shall we "
	       "write?', 'kind': 'choice', 'choices': ['E-mail', 'Letter'], 'place': 1}");
	rig_ok(*state, "quality", "form.Drop",
	       "{'form': 'service_return_visit', 'question': 'tidiness'}");
	rig_ok(*state, "quality", "form.Ask",
	       "{'form': 'service_return_visit', 'question': 'quality', 'weight': 3, 'required': "
	       "true}");
	/* The draft asks nobody. */
	f = rig_ok(*state, "clerk", "form.Show", "{'form': 'service_return_visit'}");
	assert_int_equal(rig_int(f, "form.version"), 1);
	assert_int_equal(rig_int(f, "form.draft"), 2);
	assert_int_equal(rig_count(f, "questions"), 7);
	assert_null(rig_find(f, "questions", "question", "channel"));
	f = rig_ok(*state, "clerk", "form.Show", "{'form': 'service_return_visit', 'version': 2}");
	assert_string_equal(rig_text(f, "form.state"), "draft");
	assert_string_equal(rig_text(f, "questions.0.question"), "channel");
	assert_string_equal(rig_text(f, "questions.0.choices"), "E-mail, Letter");
	assert_null(rig_find(f, "questions", "question", "tidiness"));
	assert_true(rig_has(f, "form.intro_zh"));
	rig_dry(*state, "quality", "form.Publish", "{'form': 'service_return_visit'}");
	f = rig_twice(*state, "quality", "form.Publish", "{'form': 'service_return_visit'}");
	assert_int_equal(rig_int(f, "form.version"), 2);
	assert_string_equal(rig_text(f, "form.published_by"), "quality");
	answered(*state, "'quality=1', 'channel=LETTER'");
	f = results(*state, "quality");
	assert_int_equal(rig_int(f, "n"), 4);
	assert_string_equal(rig_text(f, "average"), "3.25");
	f = results(*state, "channel");
	assert_int_equal(rig_int(f, "asked"), 1);
	assert_string_equal(rig_text(f, "distribution"), "Letter: 1");
	/* What is not asked any more was asked then. */
	assert_int_equal(rig_int(results(*state, "tidiness"), "asked"), 3);
	f = rig_ok(*state, "analyst", "form.Results",
		   "{'form': 'service_return_visit', 'version': 2}");
	assert_int_equal(rig_int(f, "sheets"), 1);
	assert_null(rig_find(f, "results", "question", "tidiness"));
	r = rig_refused(*state, "quality", "form.Publish", ST_FAILED_PRECONDITION, "form",
			"{'form': 'service_return_visit'}");
	assert_string_equal(r.err.reason, "NO_DRAFT");
	(void)rig_sql(*state,
		      "do $$ begin update steward.form_question set text = 'x' where form = "
		      "'service_return_visit' and version = 1; raise 'it was changed'; exception "
		      "when sqlstate 'STPRE' then null; end $$");
}

static void form_add_and_edit_write_a_draft(void **state)
{
	const json_t *f;

	rig_dry(*state, "manager", "form.Add", "{'code': 'move_in', 'name': 'Dry'}");
	f = rig_twice(*state, "manager", "form.Add",
		      "{'code': 'move_in', 'name': 'After moving in', 'name_zh': '入住回访', "
		      "'intro': 'Good day, {customer}.'}");
	assert_string_equal(rig_text(f, "form.state"), "draft");
	assert_string_equal(rig_text(f, "form.intro"), "Good day, {customer}.");
	rig_refused(*state, "manager", "form.Publish", ST_FAILED_PRECONDITION, "form",
		    "{'form': 'move_in'}");
	rig_refused(*state, "manager", "form.Add", ST_ALREADY_EXISTS, "code",
		    "{'code': 'move_in', 'name': 'Again'}");
	f = rig_twice(*state, "manager", "form.Ask",
		      "{'form': 'move_in', 'question': 'keys', 'text': 'Keys?', 'kind': 'yes_no', "
		      "'required': true}");
	assert_true(json_is_true(
		json_object_get(rig_find(f, "questions", "question", "keys"), "required")));
	f = rig_ok(*state, "manager", "form.Ask",
		   "{'form': 'move_in', 'question': 'rooms', 'text': 'Rooms?', 'kind': 'number', "
		   "'place': 1}");
	assert_string_equal(rig_text(f, "questions.0.question"), "rooms");
	assert_string_equal(rig_text(f, "questions.1.question"), "keys");
	f = rig_twice(*state, "manager", "form.Edit",
		      "{'form': 'move_in', 'name': 'Moved in', 'intro': 'Hello.'}");
	assert_string_equal(rig_text(f, "form.name"), "Moved in");
	assert_string_equal(rig_text(f, "form.intro"), "Hello.");
	f = rig_twice(*state, "manager", "form.Drop", "{'form': 'move_in', 'question': 'rooms'}");
	assert_int_equal(rig_count(f, "questions"), 1);
	rig_ok(*state, "manager", "form.Publish", "{'form': 'move_in'}");
	rig_ok(*state, "manager", "form.Edit", "{'form': 'move_in', 'state': 'retired'}");
	assert_null(
		rig_find(rig_ok(*state, "clerk", "form.List", "{}"), "forms", "code", "move_in"));
	assert_non_null(rig_find(rig_ok(*state, "clerk", "form.List", "{'retired': true}"), "forms",
				 "code", "move_in"));
}

static void form_names_the_bad_field(void **state)
{
	static const char *const bad[][3] = {
		{ "form.Add", "code", "'code': '9x', 'name': 'x'" },
		{ "form.Add", "code", "'code': 'a-b', 'name': 'x'" },
		{ "form.Add", "name", "'code': 'blank', 'name': ' '" },
		{ "form.Ask", "kind", "'form': 'plain', 'question': 'q', 'text': 'x'" },
		{ "form.Ask", "kind",
		  "'form': 'plain', 'question': 'q', 'text': 'x', 'kind': 'smell'" },
		{ "form.Ask", "text", "'form': 'plain', 'question': 'q', 'kind': 'score'" },
		{ "form.Ask", "question",
		  "'form': 'plain', 'question': '9', 'text': 'x', 'kind': 'score'" },
		{ "form.Ask", "choices",
		  "'form': 'plain', 'question': 'q', 'text': 'x', 'kind': 'choice', 'choices': "
		  "['one']" },
		{ "form.Ask", "choices",
		  "'form': 'plain', 'question': 'q', 'text': 'x', 'kind': 'score', 'choices': "
		  "['a', 'b']" },
		{ "form.Ask", "weight",
		  "'form': 'plain', 'question': 'q', 'text': 'x', 'kind': 'score', 'weight': 101" },
		{ "form.Results", "from", "'form': 'plain', 'from': '2026-02-30'" },
		{ "form.Edit", "state", "'form': 'plain', 'state': 'lost'" },
	};

	published(*state, "plain");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "quality", bad[i][0], ST_INVALID_ARGUMENT, bad[i][1], "{%s}",
			    bad[i][2]);
	rig_refused(*state, "quality", "form.Ask", ST_NOT_FOUND, "form",
		    "{'form': 'nothing', 'question': 'q', 'text': 'x', 'kind': 'score'}");
	rig_refused(*state, "quality", "form.Drop", ST_NOT_FOUND, "question",
		    "{'form': 'plain', 'question': 'nothing'}");
	rig_refused(*state, "clerk", "form.Show", ST_NOT_FOUND, "version",
		    "{'form': 'plain', 'version': 7}");
	rig_refused(*state, "clerk", "form.Add", ST_PERMISSION_DENIED, NULL,
		    "{'code': 'mine', 'name': 'x'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(form_list_has_the_return_visit_form),
		cmocka_unit_test(form_results_count_each_question),
		cmocka_unit_test(form_results_stay_in_reach),
		cmocka_unit_test(form_versions_keep_what_was_asked),
		cmocka_unit_test(form_add_and_edit_write_a_draft),
		cmocka_unit_test(form_names_the_bad_field),
	};

	return cmocka_run_group_tests_name("form", tests, prepare, rig_down);
}
