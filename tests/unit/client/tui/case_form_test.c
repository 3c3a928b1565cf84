/* A new case while somebody speaks: lists beside the fields, what is known beside the form, and
 * what becomes of it. */
#include "tests/unit/client/tui/tui_rig.h"

#include "client/tui/board.h"
#include "client/tui/case_form.h"
#include "client/tui/source.h"
#include "common/wire.h"

#define KINDS                                                                         \
	"{'kinds': ["                                                                 \
	"{'kind': 'repair', 'label': 'Repair', 'priority': 'normal', 'visit': true}," \
	"{'kind': 'complaint', 'label': 'Complaint', 'priority': 'normal'},"          \
	"{'kind': 'inquiry', 'label': 'Inquiry', 'priority': 'low'}], "               \
	"'channels': [{'channel': 'phone'}, {'channel': 'counter'}]}"
#define CATEGORIES                                                                          \
	"{'categories': ["                                                                  \
	"{'category': 'electricity / light'},"                                              \
	"{'category': 'water / leak', 'answer': 'Please close the valve under the sink.'}," \
	"{'category': 'water / no water', 'body': 'supplier'}]}"
#define LEVELS                                                                               \
	"{'levels': ["                                                                       \
	"{'clock': 'response', 'kind': '*', 'priority': 'urgent', 'minutes': 15},"           \
	"{'clock': 'response', 'kind': '*', 'priority': 'high', 'minutes': 30, 'calendar': " \
	"'desk'},"                                                                           \
	"{'clock': 'resolution', 'kind': 'repair', 'priority': 'urgent', 'minutes': 240}]}"
#define SIMILAR                                                                           \
	"{'cases': [{'number': 'C-1038', 'state': 'dispatched', 'kind': 'repair', "       \
	"'place': '3-1-1202', 'summary': 'Kitchen tap drips', 'why': 'same place'},"      \
	"{'number': 'C-0900', 'state': 'closed', 'place': '3-1-1202', 'summary': 'Old', " \
	"'why': 'same place'}]}"
#define OPENED                                                                           \
	"{'number': 'C-1042', 'state': 'new', 'priority': 'urgent', 'property': 'SUN', " \
	"'summary': 'Kitchen pipe burst'}"

static void answer_lists(struct tui_rig *r)
{
	tui_answer(r, "case.Kinds", KINDS);
	tui_answer(r, "case.Categories", CATEGORIES);
	tui_answer(r, "clock.Levels", LEVELS);
}

static void open_empty(struct tui_rig *r)
{
	case_form_open(tui_app(r), NULL);
	(void)tui_screen(r);
	answer_lists(r);
}

/* As F3 opens it while a known customer speaks. */
static void open_known(struct tui_rig *r)
{
	struct arena mem;

	arena_init(&mem, 1u << 20);
	case_form_open(tui_app(r), request_new(rpc_find("case.Open"), &mem, "party", "P-1001",
					       "caller", "Wang Xiaoming", "place", "3-1-1202",
					       "phone", "13800138000", "call", "HL-1008", NULL));
	arena_fini(&mem);
	(void)tui_screen(r);
	answer_lists(r);
}

static void fill(struct tui_rig *r)
{
	open_known(r);
	tui_keys(r, "'rep' Enter 'leak' Enter 'urgent' Enter Enter Enter 'Kitchen pipe burst'");
}

static void it_looks_as_it_should_empty_and_filled(void **state)
{
	open_empty(*state);
	tui_expect(*state, "case_empty_80");
	tui_size(*state, 40, 120);
	tui_expect(*state, "case_empty_120");
}

static void what_is_known_of_the_caller_is_there_already(void **state)
{
	open_known(*state);
	tui_settle(*state);
	tui_answer(*state, "relation.Similar", SIMILAR);
	tui_expect(*state, "case_known_80");
	tui_size(*state, 40, 120);
	tui_expect(*state, "case_known_120");
}

static void lists_are_narrowed_by_what_is_typed_or_taken_by_their_number(void **state)
{
	open_known(*state);
	tui_keys(*state, "'comp'");
	tui_expect_text(*state, "complaint");
	tui_expect_no_text(*state, "inquiry");
	tui_keys(*state, "Enter");
	/* By number, in the next field. */
	tui_keys(*state, "'2' Enter");
	tui_expect_text(*state, "complaint");
	tui_expect_text(*state, "water / leak");
}

static void a_list_can_be_walked(void **state)
{
	open_known(*state);
	tui_keys(*state, "Enter Down Down Enter");
	tui_expect_text(*state, "water / leak");
}

static void terms_and_scripts_come_when_typing_has_settled(void **state)
{
	fill(*state);
	tui_settle(*state);
	assert_string_equal(tui_asked_text(*state, "knowledge.Fit", "kind", 0), "repair");
	assert_string_equal(tui_asked_text(*state, "knowledge.Fit", "category", 0), "water / leak");
	tui_answer(*state, "knowledge.Fit",
		   "{'articles': [{'number': 'KB-7', 'title': 'Burst pipe', 'kind': 'script'}]}");
	assert_string_equal(tui_asked_text(*state, "knowledge.Show", "article", 0), "KB-7");
	tui_answer(*state, "knowledge.Show",
		   "{'article': {'number': 'KB-7', 'title': 'Burst pipe', 'kind': 'script', "
		   "'body': 'Is the main valve closed?'}}");
	tui_expect_text(*state, "Is the main valve closed?");
	tui_expect_text(*state, "Please close the valve under the sink.");
	tui_expect_text(*state, "answer by 09:29 (15 min)");
	tui_expect_text(*state, "solve by 13:14 (4 h)");
}

/* As the server reckons it: a calendar that is not there leaves all hours. */
static void terms_of_a_calendar_that_is_not_there_are_of_all_hours(void **state)
{
	open_known(*state);
	tui_keys(*state, "'rep' Enter 'leak' Enter 'high' Enter");
	tui_settle(*state);
	tui_refuse(*state, "calendar.Due", ST_NOT_FOUND, "CALENDAR_UNKNOWN", "calendar",
		   "there is none");
	tui_expect_text(*state, "answer by 09:44 (30 min)");
}

static void saving_sends_what_stands_there(void **state)
{
	fill(*state);
	tui_keys(*state, "Ctrl-S");
	assert_string_equal(tui_asked_text(*state, "case.Open", "kind", 0), "repair");
	assert_string_equal(tui_asked_text(*state, "case.Open", "category", 0), "water / leak");
	assert_string_equal(tui_asked_text(*state, "case.Open", "priority", 0), "urgent");
	assert_string_equal(tui_asked_text(*state, "case.Open", "summary", 0),
			    "Kitchen pipe burst");
	assert_string_equal(tui_asked_text(*state, "case.Open", "channel", 0), "phone");
	assert_string_equal(tui_asked_text(*state, "case.Open", "party", 0), "P-1001");
	/* Who is in the register is named there. */
	assert_string_equal(tui_asked_text(*state, "case.Open", "caller", 0), "");
	assert_string_equal(tui_asked_text(*state, "case.Open", "call", 0), "HL-1008");
	tui_expect_text(*state, "sending ...");
	tui_answer(*state, "case.Open", OPENED);
	tui_expect_no_text(*state, "New case  P-1001");
	tui_expect_text(*state, "C-1042");
}

static void a_refusal_stands_at_its_field_and_the_key_stays(void **state)
{
	struct uuid first, again;

	fill(*state);
	tui_keys(*state, "Ctrl-S");
	first = tui_asked_key(*state, "case.Open");
	tui_refuse(*state, "case.Open", ST_UNAVAILABLE, "", "", "the line is lost");
	tui_expect_text(*state, "Kitchen pipe burst");
	tui_keys(*state, "Ctrl-S");
	again = tui_asked_key(*state, "case.Open");
	assert_memory_equal(&first, &again, sizeof(first));
	tui_refuse(*state, "case.Open", ST_INVALID_ARGUMENT, "", "place", "there is no such place");
	tui_expect_text(*state, "! Unit: there is no such place");
}

static void what_must_be_said_is_asked_for_before_anything_is_sent(void **state)
{
	open_known(*state);
	tui_keys(*state, "'repair' Enter Ctrl-S");
	assert_int_equal(tui_waiting(*state, "case.Open"), 0);
	tui_expect_text(*state, "! Summary:");
}

static void saved_and_given_to_somebody_in_one_go(void **state)
{
	fill(*state);
	tui_keys(*state, "Ctrl-D");
	tui_answer(*state, "case.Open", OPENED);
	assert_string_equal(tui_asked_text(*state, "order.Propose", "case", 0), "C-1042");
	tui_answer(*state, "order.Propose",
		   "{'hands': [{'to': 'zhao', 'kind': 'person', 'name': 'Zhao Lei', "
		   "'on_duty': true, 'reason': 'on duty'}]}");
	tui_expect_text(*state, "Who does C-1042");
	tui_keys(*state, "1");
	/* It presses: nobody waits whether it is taken back. */
	assert_string_equal(tui_asked_text(*state, "case.Dispatch", "case", 0), "C-1042");
	assert_string_equal(tui_asked_text(*state, "case.Dispatch", "to", 0), "zhao");
}

static void asked_again_is_noted_at_the_case_that_is_there(void **state)
{
	open_known(*state);
	tui_settle(*state);
	tui_answer(*state, "relation.Similar", SIMILAR);
	tui_keys(*state, "Enter Enter Enter Enter Enter 'When do they come' Ctrl-L");
	tui_expect_text(*state, "Asked again about C-1038: note it there, no new case");
	/* What is over is no case to add to. */
	tui_expect_no_text(*state, "C-0900");
	tui_keys(*state, "1");
	assert_string_equal(tui_asked_text(*state, "reply.Chase", "case", 0), "C-1038");
	assert_string_equal(tui_asked_text(*state, "reply.Chase", "text", 0), "When do they come");
	tui_answer(*state, "reply.Chase", "{'number': 'C-1038'}");
	assert_string_equal(tui_asked_text(*state, "call.Attach", "case", 0), "C-1038");
	assert_string_equal(tui_asked_text(*state, "call.Attach", "call", 0), "HL-1008");
	assert_int_equal(tui_waiting(*state, "case.Open"), 0);
}

static void a_case_is_linked_when_it_is_there(void **state)
{
	fill(*state);
	tui_settle(*state);
	tui_answer(*state, "relation.Similar", SIMILAR);
	tui_keys(*state, "Ctrl-L 4");
	tui_expect_text(*state, "It will be linked with C-1038 (caused_by) when it is saved.");
	tui_expect_text(*state, "caused_by C-1038");
	tui_keys(*state, "Ctrl-S");
	tui_answer(*state, "case.Open", OPENED);
	assert_string_equal(tui_asked_text(*state, "relation.Link", "case", 0), "C-1042");
	assert_string_equal(tui_asked_text(*state, "relation.Link", "other", 0), "C-1038");
	assert_string_equal(tui_asked_text(*state, "relation.Link", "kind", 0), "caused_by");
}

static void without_one_like_it_there_is_nothing_to_link(void **state)
{
	open_known(*state);
	tui_keys(*state, "Ctrl-L");
	tui_expect_text(*state, "Similar: no open case is like it");
}

static void a_caller_is_found_in_the_register(void **state)
{
	open_empty(*state);
	tui_keys(*state, "'wang'");
	tui_settle(*state);
	assert_string_equal(tui_asked_text(*state, "find.Find", "text", 0), "wang");
	tui_answer(*state, "find.Find",
		   "{'rows': [{'match': 'text', 'entity': 'party', 'number': 'P-1001', "
		   "'party': 'Wang Xiaoming', 'place': '3-1-1202', 'role': 'owner', "
		   "'phone': '13800138000'}]}");
	tui_expect_text(*state, "In the register: Down and Enter take one");
	tui_keys(*state, "Down Enter");
	tui_expect_text(*state, "New case  P-1001");
	tui_expect_text(*state, "13800138000");
	tui_keys(*state, "'repair' Enter Enter Enter Enter Enter 'Tap drips' Ctrl-S");
	assert_string_equal(tui_asked_text(*state, "case.Open", "party", 0), "P-1001");
	assert_string_equal(tui_asked_text(*state, "case.Open", "place", 0), "3-1-1202");
}

static void leaving_asks_and_a_draft_is_offered(void **state)
{
	app_push(tui_app(*state), board_new(tui_app(*state)));
	fill(*state);
	tui_keys(*state, "Esc");
	tui_expect_text(*state, "The case has not been saved.");
	tui_keys(*state, "Tab Enter");
	tui_expect_no_text(*state, "New case  P-1001");
	case_form_open(tui_app(*state), NULL);
	tui_expect_text(*state, "Kitchen pipe burst");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tui_setup, tui_teardown)
		T(it_looks_as_it_should_empty_and_filled),
		T(what_is_known_of_the_caller_is_there_already),
		T(lists_are_narrowed_by_what_is_typed_or_taken_by_their_number),
		T(a_list_can_be_walked),
		T(terms_and_scripts_come_when_typing_has_settled),
		T(terms_of_a_calendar_that_is_not_there_are_of_all_hours),
		T(saving_sends_what_stands_there),
		T(a_refusal_stands_at_its_field_and_the_key_stays),
		T(what_must_be_said_is_asked_for_before_anything_is_sent),
		T(saved_and_given_to_somebody_in_one_go),
		T(asked_again_is_noted_at_the_case_that_is_there),
		T(a_case_is_linked_when_it_is_there),
		T(without_one_like_it_there_is_nothing_to_link),
		T(a_caller_is_found_in_the_register),
		T(leaving_asks_and_a_draft_is_offered),
	};

	return cmocka_run_group_tests_name("tui case_form", tests, NULL, NULL);
}
