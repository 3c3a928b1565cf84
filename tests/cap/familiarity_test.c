/* Familiarity checks: what is drawn, how answers are marked, who sees what is right. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* Three units in building 1, which building_steward looks after: of two the file knows much, of the
 * third only who holds it. Building 2 is nobody's. */
static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	for (int i = 1; i <= 3; i++) {
		rig_ok(*state, "manager", "place.Add",
		       "{'kind': 'unit', 'number': '1-%d01', 'building': '1', 'floor': '%d', "
		       "'layout': '2+1'}",
		       i, i);
		rig_ok(*state, "manager", "party.Add",
		       "{'name': 'Holder %d', 'phones': ['138-0013-800%d'], 'plates': ['A-B12%d'], "
		       "'language': 'English'}",
		       i, i, i);
		rig_ok(*state, "manager", "occupancy.Start",
		       "{'place': '1-%d01', 'party': 'P-100%d', 'role': 'owner', 'from': "
		       "'2019-05-01'}",
		       i, i);
	}
	rig_ok(*state, "manager", "place.Add",
	       "{'kind': 'unit', 'number': '2-101', 'building': '2'}");
	rig_ok(*state, "manager", "contact.AddPatch",
	       "{'user': 'building_steward', 'building': 'building:1'}");
	rig_elsewhere(*state, "place.Add", "{'kind': 'unit', 'number': '9-901', 'building': '9'}");
	rig_elsewhere(*state, "party.Add", "{'name': 'Far'}");
	rig_elsewhere(*state, "occupancy.Start",
		      "{'place': '9-901', 'party': 'P-1001', 'role': 'owner'}");
	rig_elsewhere(*state, "contact.AddPatch", "{'user': 'admin', 'building': 'building:9'}");
	rig_elsewhere(*state, "familiarity.Start", "{'user': 'admin'}");
	return 0;
}

/* Starts a check of building_steward; gives its number. */
static const char *started(struct rig *rig, int size)
{
	return rig_text(rig_ok(rig, "quality", "familiarity.Start",
			       "{'user': 'building_steward', 'size': %d}", size),
			"number");
}

static const json_t *sheet(struct rig *rig, const char *number)
{
	return json_object_get(
		rig_ok(rig, "quality", "familiarity.Sheet", "{'check': '%s'}", number),
		"questions");
}

/* What is right, as the units are made above. */
static const char *truth(const char *unit, const char *question)
{
	static char text[40];
	const char n = unit[2];

	if (strcmp(question, "holder") == 0)
		(void)snprintf(text, sizeof(text), " HOLDER  %c", n);
	else if (strcmp(question, "phone") == 0)
		(void)snprintf(text, sizeof(text), "138 0013 800%c", n);
	else if (strcmp(question, "plate") == 0)
		(void)snprintf(text, sizeof(text), "ab 12%c", n);
	else if (strcmp(question, "floor") == 0)
		(void)snprintf(text, sizeof(text), "%c", n);
	else
		return strcmp(question, "role") == 0       ? "Owner"
		       : strcmp(question, "language") == 0 ? "english"
		       : strcmp(question, "layout") == 0   ? "2+1"
							   : "2019";
	return text;
}

static void answer(struct rig *rig, const char *number, const json_t *q, const char *what)
{
	rig_ok(rig, "quality", "familiarity.Answer",
	       "{'check': '%s', 'unit': '%s', 'question': '%s', 'answer': '%s'}", number,
	       rig_text(q, "unit"), rig_text(q, "question"), what);
}

/* Answers all but the first 'wrong' questions right. */
static void answer_all(struct rig *rig, const char *number, size_t wrong)
{
	const json_t *list = sheet(rig, number);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *q = json_array_get(list, i);

		answer(rig, number, q,
		       i < wrong ? "nonsense"
				 : truth(rig_text(q, "unit"), rig_text(q, "question")));
	}
}

static void familiarity_start_draws_units_and_questions(void **state)
{
	const json_t *c, *list;
	const char *n;

	rig_dry(*state, "quality", "familiarity.Start", "{'user': 'building_steward'}");
	c = rig_twice(*state, "quality", "familiarity.Start",
		      "{'user': 'building_steward', 'size': 2}");
	n = rig_text(c, "number");
	assert_string_equal(rig_text(c, "steward"), "building_steward");
	assert_string_equal(rig_text(c, "examiner"), "quality");
	assert_string_equal(rig_text(c, "state"), "open");
	assert_int_equal(rig_int(c, "units"), 2);
	assert_int_equal(rig_int(c, "questions"), 10);
	list = sheet(*state, n);
	assert_int_equal(json_array_size(list), 10);
	assert_string_equal(rig_text(json_array_get(list, 0), "question"), "holder");
	assert_true(rig_has(json_array_get(list, 0), "asks"));
	assert_false(rig_has(json_array_get(list, 0), "expected"));
	assert_string_equal(rig_refused(*state, "manager", "familiarity.Start",
					ST_FAILED_PRECONDITION, "user",
					"{'user': 'building_steward'}")
				    .err.reason,
			    "CHECK_OPEN");
	rig_dry(*state, "manager", "familiarity.Cancel", "{'check': '%s', 'why': 'Dry'}", n);
	c = rig_twice(*state, "manager", "familiarity.Cancel", "{'check': '%s', 'why': 'Ill'}", n);
	assert_string_equal(rig_text(c, "state"), "cancelled");
	rig_refused(*state, "manager", "familiarity.Cancel", ST_FAILED_PRECONDITION, "check",
		    "{'check': '%s', 'why': 'x'}", n);
}

static void familiarity_start_names_the_bad_field(void **state)
{
	rig_refused(*state, "quality", "familiarity.Start", ST_PERMISSION_DENIED, "user",
		    "{'user': 'quality'}");
	rig_refused(*state, "quality", "familiarity.Start", ST_NOT_FOUND, "user",
		    "{'user': 'foreign'}");
	rig_refused(*state, "quality", "familiarity.Start", ST_FAILED_PRECONDITION, "user",
		    "{'user': 'clerk'}");
	rig_refused(*state, "quality", "familiarity.Start", ST_INVALID_ARGUMENT, "size",
		    "{'user': 'building_steward', 'size': 0}");
	/* Somebody whose buildings are empty. */
	rig_ok(*state, "manager", "contact.AddPatch",
	       "{'user': 'operator', 'building': 'building:2'}");
	rig_refused(*state, "quality", "familiarity.Start", ST_FAILED_PRECONDITION, "user",
		    "{'user': 'operator'}");
}

static void familiarity_finish_tells_what_was_known(void **state)
{
	const char *n = started(*state, 3);
	const json_t *c;

	assert_string_equal(rig_refused(*state, "quality", "familiarity.Finish",
					ST_FAILED_PRECONDITION, "check", "{'check': '%s'}", n)
				    .err.reason,
			    "NOTHING_ANSWERED");
	answer_all(*state, n, 1);
	c = rig_ok(*state, "manager", "familiarity.Show", "{'check': '%s'}", n);
	assert_int_equal(rig_int(c, "check.answered"), 15);
	/* Nobody sees how it stands while it goes on. */
	assert_false(rig_has(c, "check.familiarity"));
	assert_false(rig_has(c, "items.0.expected"));
	assert_false(rig_has(c, "items.0.correct"));
	rig_dry(*state, "quality", "familiarity.Finish", "{'check': '%s'}", n);
	c = rig_twice(*state, "quality", "familiarity.Finish",
		      "{'check': '%s', 'remark': 'Went well'}", n);
	assert_string_equal(rig_text(c, "state"), "finished");
	assert_int_equal(rig_int(c, "matched"), 2);
	assert_int_equal(rig_int(c, "correct"), 14);
	assert_string_equal(rig_text(c, "familiarity"), "66.7 %");
	c = rig_ok(*state, "manager", "familiarity.Show", "{'check': '%s'}", n);
	assert_string_equal(rig_text(c, "items.0.answer"), "nonsense");
	assert_true(rig_has(c, "items.0.expected"));
	/* What is right is not for everybody who may look. */
	c = rig_ok(*state, "director", "familiarity.Show", "{'check': '%s'}", n);
	assert_string_equal(rig_text(c, "check.familiarity"), "66.7 %");
	assert_false(rig_has(c, "items.0.expected"));
	rig_refused(*state, "quality", "familiarity.Answer", ST_FAILED_PRECONDITION, "check",
		    "{'check': '%s', 'unit': '1-101', 'question': 'holder', 'answer': 'x'}", n);
}

/* What the file says when it is answered is what counts. */
static void familiarity_answer_is_held_against_the_file(void **state)
{
	const char *n = started(*state, 1);
	const json_t *q = json_array_get(sheet(*state, n), 0), *c;
	const char *unit = rig_text(q, "unit");

	rig_dry(*state, "quality", "familiarity.Answer",
		"{'check': '%s', 'unit': '%s', 'question': 'holder', 'answer': 'x'}", n, unit);
	rig_twice(*state, "quality", "familiarity.Answer",
		  "{'check': '%s', 'unit': '%s', 'question': 'holder', 'answer': 'Holder'}", n,
		  unit);
	rig_refused(*state, "quality", "familiarity.Answer", ST_FAILED_PRECONDITION, "question",
		    "{'check': '%s', 'unit': '%s', 'question': 'holder', 'answer': 'y'}", n, unit);
	rig_refused(*state, "quality", "familiarity.Answer", ST_INVALID_ARGUMENT, "reason",
		    "{'check': '%s', 'unit': '%s', 'question': 'holder', 'mark': 'right'}", n,
		    unit);
	rig_ok(*state, "quality", "familiarity.Answer",
	       "{'check': '%s', 'unit': '%s', 'question': 'holder', 'mark': 'right', 'reason': "
	       "'He knows him'}",
	       n, unit);
	/* What was not answered is not known. */
	c = rig_ok(*state, "quality", "familiarity.Finish", "{'check': '%s'}", n);
	assert_int_equal(rig_int(c, "correct"), 1);
	assert_int_equal(rig_int(c, "matched"), 0);
	c = rig_ok(*state, "quality", "familiarity.Show", "{'check': '%s'}", n);
	assert_string_equal(rig_text(c, "items.0.answer"), "Holder");
	assert_string_equal(rig_text(c, "items.0.reason"), "He knows him");
}

static void familiarity_answer_names_the_bad_field(void **state)
{
	const char *n = started(*state, 1);
	const char *unit = rig_text(json_array_get(sheet(*state, n), 0), "unit");

	rig_refused(*state, "quality", "familiarity.Answer", ST_INVALID_ARGUMENT, "question",
		    "{'check': '%s', 'unit': '%s', 'question': 'shoe', 'answer': '9'}", n, unit);
	rig_refused(*state, "quality", "familiarity.Answer", ST_NOT_FOUND, "question",
		    "{'check': '%s', 'unit': '%s', 'question': 'pets', 'answer': 'no'}", n, unit);
	rig_refused(*state, "quality", "familiarity.Answer", ST_NOT_FOUND, "unit",
		    "{'check': '%s', 'unit': '9-901', 'question': 'holder', 'answer': 'x'}", n);
	rig_refused(*state, "quality", "familiarity.Answer", ST_INVALID_ARGUMENT, "answer",
		    "{'check': '%s', 'unit': '%s', 'question': 'holder'}", n, unit);
	rig_refused(*state, "quality", "familiarity.Answer", ST_INVALID_ARGUMENT, "mark",
		    "{'check': '%s', 'unit': '%s', 'question': 'holder', 'mark': 'maybe'}", n,
		    unit);
	rig_ok(*state, "quality", "familiarity.Cancel", "{'check': '%s', 'why': 'Enough'}", n);
}

/* Somebody who may examine is examined himself. */
static void familiarity_is_not_for_oneself(void **state)
{
	const char *n;

	rig_ok(*state, "manager", "contact.EndPatch", "{'building': 'building:1'}");
	(void)rig_sql(
		*state,
		"update steward.patch set user_id = (select id from steward.app_user where "
		"login = 'supervisor'), period = '[2019-01-01,)' where building_id in (select "
		"id from steward.place where number = '1' and kind = 'building')");
	n = rig_text(rig_ok(*state, "manager", "familiarity.Start", "{'user': 'supervisor'}"),
		     "number");
	assert_string_equal(rig_refused(*state, "supervisor", "familiarity.Sheet",
					ST_PERMISSION_DENIED, "check", "{'check': '%s'}", n)
				    .err.reason,
			    "OWN_CHECK");
	rig_refused(*state, "supervisor", "familiarity.Show", ST_PERMISSION_DENIED, "check",
		    "{'check': '%s'}", n);
	rig_refused(*state, "supervisor", "familiarity.Answer", ST_PERMISSION_DENIED, "check",
		    "{'check': '%s', 'unit': '1-101', 'question': 'holder', 'answer': 'x'}", n);
	rig_refused(*state, "supervisor", "familiarity.Finish", ST_PERMISSION_DENIED, "check",
		    "{'check': '%s'}", n);
	rig_refused(*state, "supervisor", "familiarity.Cancel", ST_PERMISSION_DENIED, "check",
		    "{'check': '%s', 'why': 'x'}", n);
	assert_null(rig_find(rig_ok(*state, "supervisor", "familiarity.List", "{}"), "checks",
			     "number", n));
	answer_all(*state, n, 0);
	rig_ok(*state, "manager", "familiarity.Finish", "{'check': '%s'}", n);
}

static void familiarity_list_narrows(void **state)
{
	const json_t *list = rig_ok(*state, "director", "familiarity.List",
				    "{'user': 'building_steward', 'state': 'finished'}");

	assert_int_equal(rig_count(list, "checks"), 2);
	assert_null(rig_find(rig_ok(*state, "director", "familiarity.List", "{}"), "checks",
			     "steward", "admin"));
	list = rig_ok(*state, "director", "familiarity.List", "{'limit': 1}");
	assert_string_equal(rig_text(list, "checks.0.steward"), "supervisor");
	list = rig_ok(*state, "director", "familiarity.List", "{'limit': 1, 'after': '%s'}",
		      rig_text(list, "checks.0.cursor"));
	assert_string_equal(rig_text(list, "checks.0.steward"), "building_steward");
	rig_refused(*state, "director", "familiarity.List", ST_INVALID_ARGUMENT, "after",
		    "{'after': 'x'}");
	rig_refused(*state, "director", "familiarity.List", ST_INVALID_ARGUMENT, "state",
		    "{'state': 'lost'}");
}

/* Four units were asked about building_steward's, two were known; all of the supervisor's; nothing
 * of operator's. */
static void familiarity_report_tells_who_meets_the_goal(void **state)
{
	const json_t *list = rig_ok(*state, "director", "familiarity.Report", "{}"), *r;

	r = rig_find(list, "results", "steward", "building_steward");
	assert_int_equal(rig_int(r, "checks"), 2);
	assert_int_equal(rig_int(r, "units"), 4);
	assert_int_equal(rig_int(r, "matched"), 2);
	assert_string_equal(rig_text(r, "familiarity"), "50 %");
	assert_string_equal(rig_text(r, "target"), "95 %");
	assert_string_equal(rig_text(r, "met"), "no");
	r = rig_find(list, "results", "steward", "supervisor");
	assert_string_equal(rig_text(r, "familiarity"), "100 %");
	assert_string_equal(rig_text(r, "met"), "yes");
	r = rig_find(list, "results", "steward", "operator");
	assert_int_equal(rig_int(r, "units"), 0);
	assert_string_equal(rig_text(r, "familiarity"), "n/a");
	list = rig_ok(*state, "director", "familiarity.Report",
		      "{'from': '2020-01-01', 'to': '2020-01-31'}");
	assert_string_equal(rig_text(list, "results.0.met"), "n/a");
	rig_refused(*state, "director", "familiarity.Report", ST_INVALID_ARGUMENT, "from",
		    "{'from': 'soon'}");
}

static void familiarity_of_others_is_not_found(void **state)
{
	rig_refused(*state, "quality", "familiarity.Sheet", ST_NOT_FOUND, "check",
		    "{'check': 'LAK/F-1001'}");
	rig_refused(*state, "quality", "familiarity.Show", ST_NOT_FOUND, "check",
		    "{'check': 'F-9999'}");
	rig_refused(*state, "quality", "familiarity.Answer", ST_NOT_FOUND, "check",
		    "{'check': 'LAK/F-1001', 'unit': '9-901', 'question': 'holder', 'answer': "
		    "'Far'}");
	rig_refused(*state, "quality", "familiarity.Finish", ST_NOT_FOUND, "check",
		    "{'check': 'LAK/F-1001'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(familiarity_start_draws_units_and_questions),
		cmocka_unit_test(familiarity_start_names_the_bad_field),
		cmocka_unit_test(familiarity_finish_tells_what_was_known),
		cmocka_unit_test(familiarity_answer_is_held_against_the_file),
		cmocka_unit_test(familiarity_answer_names_the_bad_field),
		cmocka_unit_test(familiarity_is_not_for_oneself),
		cmocka_unit_test(familiarity_list_narrows),
		cmocka_unit_test(familiarity_report_tells_who_meets_the_goal),
		cmocka_unit_test(familiarity_of_others_is_not_found),
	};

	return cmocka_run_group_tests_name("familiarity", tests, prepare, rig_down);
}
