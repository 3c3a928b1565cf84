/* Follow-up: who is to be asked whether it was solved, who is to be called back, and what came of
 * it. */
#include "tests/unit/client/tui/tui_rig.h"

#include "client/tui/followup.h"

#define VISITS                                                                                 \
	"{'visits': ["                                                                         \
	"{'case': 'C-1038', 'party': 'Lin Hua', 'phone': '13900139000', 'place': '3-1-1203', " \
	"'summary': 'Light in the stairs', 'attempts': 1, 'due_by': '2026-11-23T09:02:00Z', "  \
	"'late': true, 'state': 'open'},"                                                      \
	"{'case': 'C-1042', 'party': 'Wang Xiaoming', 'phone': '13800138000', "                \
	"'place': '3-1-1202', 'summary': 'Kitchen pipe burst', "                               \
	"'due_by': '2026-11-23T17:32:00+08:00', 'state': 'open'}]}"
#define BACKLOG                                                                              \
	"{'entries': ["                                                                      \
	"{'number': 'O-1005', 'subject': 'HL-1007', 'phone': '13700137000', 'attempts': 1, " \
	"'about': 'called in vain 2 times', 'to': 'clerk', 'state': 'open', "                \
	"'due_by': '2026-11-23T10:14:00Z'}]}"
#define CASE                                                                                \
	"{'case': {'number': 'C-1038', 'state': 'done', 'summary': 'Light in the stairs', " \
	"'place': '3-1-1203'}}"
#define FORM                                                                                 \
	"{'visit': {'case': 'C-1042', 'party': 'Wang Xiaoming', 'phone': '13800138000', "    \
	"'place': '3-1-1202', 'summary': 'Kitchen pipe burst', 'result': 'The tap works'}, " \
	"'script': 'Good day, this is the management of the estate. May I ask about the "    \
	"repair in your kitchen?', 'questions': ["                                           \
	"{'seq': 1, 'question': 'solved', 'kind': 'yes_no', 'text': 'Is it solved?', "       \
	"'required': true},"                                                                 \
	"{'seq': 2, 'question': 'quality', 'kind': 'score', 'text': 'How was the work?'}]}"

static void open_followup(struct tui_rig *r)
{
	app_push(tui_app(r), followup_new(tui_app(r)));
	tui_answer(r, "visit.List", VISITS);
	tui_answer(r, "call.Backlog", BACKLOG);
}

static void dial_the_second(struct tui_rig *r)
{
	open_followup(r);
	tui_keys(r, "2");
	assert_string_equal(tui_asked_text(r, "visit.Form", "case", 0), "C-1042");
	tui_answer(r, "visit.Form", FORM);
}

static void it_shows_whom_to_ask_and_whom_to_call_back(void **state)
{
	open_followup(*state);
	tui_expect(*state, "followup_80");
	tui_size(*state, 40, 120);
	/* With room there is the case of the visit under the cursor. */
	assert_string_equal(tui_asked_text(*state, "case.Show", "case", 0), "C-1038");
	tui_answer(*state, "case.Show", CASE);
	tui_expect(*state, "followup_120");
	tui_keys(*state, "Down");
	assert_string_equal(tui_asked_text(*state, "case.Show", "case", 0), "C-1042");
}

static void a_digit_dials_with_what_to_say_and_to_ask(void **state)
{
	dial_the_second(*state);
	tui_expect(*state, "visit_80");
	tui_size(*state, 40, 120);
	tui_expect(*state, "visit_120");
}

static void what_the_customer_says_is_recorded_by_digits(void **state)
{
	dial_the_second(*state);
	tui_keys(*state, "'1' Enter '5' Enter 'Very quick' Tab Enter '1' Enter '4' Ctrl-S");
	assert_string_equal(tui_asked_text(*state, "visit.Record", "case", 0), "C-1042");
	assert_string_equal(tui_asked_text(*state, "visit.Record", "outcome", 0), "reached");
	assert_string_equal(tui_asked_text(*state, "visit.Record", "score", 0), "5");
	assert_string_equal(tui_asked_text(*state, "visit.Record", "remark", 0), "Very quick");
	assert_string_equal(tui_asked_text(*state, "visit.Record", "answer", 0), "solved=yes");
	assert_string_equal(tui_asked_text(*state, "visit.Record", "answer", 1), "quality=4");
	tui_answer(*state, "visit.Record", "{}");
	tui_expect_text(*state, "Ask whether it was solved");
	/* The queue is asked for anew. */
	assert_int_equal(tui_waiting(*state, "visit.List"), 1);
}

static void what_was_typed_before_the_questions_came_stays(void **state)
{
	open_followup(*state);
	tui_keys(*state, "1 '2'");
	tui_expect_text(*state, "asking for the questions ...");
	tui_answer(*state, "visit.Form", FORM);
	tui_expect_text(*state, "How was the work?");
	tui_expect_text(*state, "no_answer");
}

static void a_refusal_stands_at_its_field_and_nothing_is_lost(void **state)
{
	struct uuid first, again;

	dial_the_second(*state);
	tui_keys(*state, "'1' Enter '5' Enter Enter Enter '1' Ctrl-S");
	first = tui_asked_key(*state, "visit.Record");
	tui_refuse(*state, "visit.Record", ST_UNAVAILABLE, "", "", "the line is lost");
	tui_expect_text(*state, "Return visit C-1042");
	tui_keys(*state, "Ctrl-S");
	again = tui_asked_key(*state, "visit.Record");
	assert_memory_equal(&first, &again, sizeof(first));
	tui_refuse(*state, "visit.Record", ST_PERMISSION_DENIED, "SELF", "case",
		   "who did the work does not score it");
	tui_expect_text(*state, "who did the work does not score it");
	tui_expect_text(*state, "Return visit C-1042");
}

static void a_call_is_made_back_and_settled(void **state)
{
	open_followup(*state);
	tui_keys(*state, "Tab 1");
	tui_expect_text(*state, "Call back O-1005");
	tui_expect_text(*state, "Dial 13700137000");
	tui_expect_text(*state, "called in vain 2 times");
	tui_keys(*state, "'2' Ctrl-S");
	assert_string_equal(tui_asked_text(*state, "call.Back", "entry", 0), "O-1005");
	assert_string_equal(tui_asked_text(*state, "call.Back", "outcome", 0), "no_answer");
	tui_answer(*state, "call.Back", "{}");
	tui_expect_text(*state, "Call back 1");
}

static void who_may_not_is_told_so(void **state)
{
	tui_roles(*state, 1u << STEWARD__ROLE__DISPATCHER);
	app_push(tui_app(*state), followup_new(tui_app(*state)));
	tui_answer(*state, "visit.List", VISITS);
	tui_expect_text(*state, "not in your roles");
	tui_keys(*state, "Enter");
	tui_expect_text(*state, "Call: not in your roles");
	assert_int_equal(tui_waiting(*state, "visit.Form"), 0);
}

static void the_case_is_a_key_away(void **state)
{
	open_followup(*state);
	tui_keys(*state, "o");
	assert_string_equal(tui_asked_text(*state, "case.Show", "case", 0), "C-1038");
}

static void nobody_left_is_said(void **state)
{
	app_push(tui_app(*state), followup_new(tui_app(*state)));
	tui_answer(*state, "visit.List", "{}");
	tui_answer(*state, "call.Backlog", "{}");
	tui_expect_text(*state, "Nobody is to be asked now.");
	tui_expect_text(*state, "Nobody waits for a call.");
	tui_keys(*state, "Enter");
	tui_expect_text(*state, "Call: there is no row under the cursor");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tui_setup, tui_teardown)
		T(it_shows_whom_to_ask_and_whom_to_call_back),
		T(a_digit_dials_with_what_to_say_and_to_ask),
		T(what_the_customer_says_is_recorded_by_digits),
		T(what_was_typed_before_the_questions_came_stays),
		T(a_refusal_stands_at_its_field_and_nothing_is_lost),
		T(a_call_is_made_back_and_settled),
		T(who_may_not_is_told_so),
		T(the_case_is_a_key_away),
		T(nobody_left_is_said),
	};

	return cmocka_run_group_tests_name("tui followup", tests, NULL, NULL);
}
