/* Dispatch: what nobody has yet, who could do it, orders and the steps that are said by phone. */
#include "tests/unit/client/tui/tui_rig.h"

#include "client/tui/dispatch.h"

#define BOARD                                                                                   \
	"{'rows': ["                                                                            \
	"{'number': 'C-0997', 'state': 'reopened', 'kind': 'complaint', 'priority': 'normal', " \
	"'place': '3-1-1203', 'summary': 'Light in the stairs', "                               \
	"'next_due': '2026-11-23T09:02:00Z', 'late': true},"                                    \
	"{'number': 'C-1042', 'state': 'new', 'kind': 'repair', 'priority': 'urgent', "         \
	"'place': '3-1-1202', 'summary': 'Kitchen pipe burst', "                                \
	"'next_due': '2026-11-23T17:32:00+08:00'},"                                             \
	"{'number': 'C-1040', 'state': 'dispatched', 'kind': 'repair', 'priority': 'normal', "  \
	"'place': '5-2-0101', 'summary': 'Door closer', 'next_due': '2026-11-23T15:00:00Z'}], " \
	"'open': 3, 'late': 1}"
#define ORDERS                                                                      \
	"{'orders': ["                                                              \
	"{'number': 'W-1003', 'case': 'C-1040', 'state': 'issued', 'to': 'zhao', "  \
	"'person': 'zhao', 'place': '5-2-0101', 'summary': 'Door closer'},"         \
	"{'number': 'W-1002', 'case': 'C-1039', 'state': 'issued', 'to': 'ENG', "   \
	"'place': '5-2-0102', 'summary': 'Lamp in the lift'},"                      \
	"{'number': 'W-1001', 'case': 'C-1038', 'state': 'started', 'to': 'Otis', " \
	"'place': 'lift 2', 'summary': 'Lift stops between floors'}]}"
#define HANDS                                                                           \
	"{'hands': ["                                                                   \
	"{'to': 'zhao', 'kind': 'person', 'name': 'Zhao Lei', 'skill': 'plumbing 3', "  \
	"'on_duty': true, 'open_orders': 1, 'reason': 'on duty, knows plumbing'},"      \
	"{'to': 'ENG', 'kind': 'department', 'name': 'Engineering', 'open_orders': 2}," \
	"{'to': 'Otis', 'kind': 'contractor', 'name': 'Otis', 'open_orders': 1, "       \
	"'reason': 'contract for lifts'}]}"

static void open_dispatch(struct tui_rig *r)
{
	app_push(tui_app(r), dispatch_new(tui_app(r)));
	tui_answer(r, "board.Show", BOARD);
	tui_answer(r, "order.List", ORDERS);
	while (tui_waiting(r, "order.Propose") > 0)
		tui_answer(r, "order.Propose", HANDS);
}

/* To the orders; the hands follow the cursor. */
static void go_to_orders(struct tui_rig *r)
{
	tui_keys(r, "Tab");
	tui_answer(r, "order.Propose", HANDS);
}

static void it_shows_what_nobody_has_and_who_could_do_it(void **state)
{
	open_dispatch(*state);
	tui_expect_text(*state, "Nobody has it yet 2");
	tui_expect_no_text(*state, "5-2-0101  Door closer  normal");
	tui_expect(*state, "dispatch_80");
	tui_size(*state, 40, 120);
	tui_expect(*state, "dispatch_120");
}

static void hands_are_those_for_the_case_under_the_cursor(void **state)
{
	open_dispatch(*state);
	tui_keys(*state, "Down");
	assert_string_equal(tui_asked_text(*state, "order.Propose", "case", 0), "C-1042");
	tui_answer(*state, "order.Propose", "{}");
	tui_expect_text(*state, "Nobody here does such work");
}

static void a_digit_gives_the_work_to_that_one_and_can_be_taken_back(void **state)
{
	open_dispatch(*state);
	tui_keys(*state, "1");
	assert_int_equal(tui_waiting(*state, "case.Dispatch"), 0);
	tui_expect_text(*state, "^Z takes it back (8 s): case dispatch C-0997 --to zhao");
	tui_expect_text(*state, "-> zhao");
	tui_keys(*state, "Ctrl-Z");
	tui_expect_text(*state, "Taken back: case dispatch C-0997 --to zhao");
	tui_expect_no_text(*state, "-> zhao");
	tui_pass(*state, 9);
	assert_int_equal(tui_waiting(*state, "case.Dispatch"), 0);
}

static void it_goes_out_when_nobody_takes_it_back(void **state)
{
	open_dispatch(*state);
	tui_keys(*state, "1");
	tui_pass(*state, 9);
	assert_string_equal(tui_asked_text(*state, "case.Dispatch", "case", 0), "C-0997");
	assert_string_equal(tui_asked_text(*state, "case.Dispatch", "to", 0), "zhao");
	tui_answer(*state, "case.Dispatch", "{}");
	/* What there is now is asked for. */
	assert_int_equal(tui_waiting(*state, "board.Show"), 1);
	assert_int_equal(tui_waiting(*state, "order.List"), 1);
}

static void the_next_one_sends_the_one_before(void **state)
{
	open_dispatch(*state);
	tui_keys(*state, "1 Down");
	tui_answer(*state, "order.Propose", HANDS);
	tui_keys(*state, "2");
	assert_string_equal(tui_asked_text(*state, "case.Dispatch", "case", 0), "C-0997");
	tui_expect_text(*state, "case dispatch C-1042 --to ENG");
}

static void what_is_on_its_way_is_not_given_away_twice(void **state)
{
	open_dispatch(*state);
	tui_keys(*state, "1 2");
	tui_expect_text(*state, "C-0997 is on its way already; ^Z takes it back");
	tui_pass(*state, 9);
	assert_int_equal(tui_waiting(*state, "case.Dispatch"), 1);
	assert_string_equal(tui_asked_text(*state, "case.Dispatch", "to", 0), "zhao");
}

static void a_firm_is_named_as_one(void **state)
{
	open_dispatch(*state);
	tui_keys(*state, "3");
	tui_pass(*state, 9);
	assert_string_equal(tui_asked_text(*state, "case.Dispatch", "contractor", 0), "Otis");
	assert_string_equal(tui_asked_text(*state, "case.Dispatch", "to", 0), "");
}

static void an_order_goes_on_to_somebody_else_with_a_reason(void **state)
{
	open_dispatch(*state);
	go_to_orders(*state);
	tui_keys(*state, "2");
	tui_expect_text(*state, "W-1003 goes on to Engineering.");
	tui_keys(*state, "'Needs an electrician' Enter Tab Enter");
	tui_pass(*state, 9);
	assert_string_equal(tui_asked_text(*state, "order.HandOn", "order", 0), "W-1003");
	assert_string_equal(tui_asked_text(*state, "order.HandOn", "to", 0), "ENG");
	assert_string_equal(tui_asked_text(*state, "order.HandOn", "why", 0),
			    "Needs an electrician");
}

static void steps_are_those_of_an_order_that_is_so_far(void **state)
{
	open_dispatch(*state);
	tui_keys(*state, "s");
	tui_expect_text(*state, "Started: that is a step of a work order");
	go_to_orders(*state);
	tui_keys(*state, "c");
	tui_expect_text(*state, "Completed: the order is not so far, or further");
	tui_keys(*state, "p");
	tui_expect_text(*state, "accepting");
	tui_pass(*state, 9);
	assert_string_equal(tui_asked_text(*state, "order.Accept", "order", 0), "W-1003");
	assert_string_equal(tui_asked_text(*state, "order.Accept", "person", 0), "zhao");
}

static void of_a_departments_order_it_is_asked_who_has_it(void **state)
{
	open_dispatch(*state);
	go_to_orders(*state);
	tui_keys(*state, "Down");
	tui_answer(*state, "order.Propose", HANDS);
	tui_keys(*state, "p");
	tui_answer(*state, "order.Propose", HANDS);
	tui_expect_text(*state, "Who took W-1002?");
	tui_expect(*state, "hands_80");
	tui_keys(*state, "1");
	tui_pass(*state, 9);
	assert_string_equal(tui_asked_text(*state, "order.Accept", "person", 0), "zhao");
}

static void completed_asks_for_what_was_done(void **state)
{
	open_dispatch(*state);
	go_to_orders(*state);
	tui_keys(*state, "Down");
	tui_answer(*state, "order.Propose", HANDS);
	tui_keys(*state, "Down");
	tui_answer(*state, "order.Propose", HANDS);
	tui_keys(*state, "c");
	tui_expect_text(*state, "Order complete W-1001");
	tui_keys(*state, "'Rope adjusted' Ctrl-S");
	tui_pass(*state, 9);
	assert_string_equal(tui_asked_text(*state, "order.Complete", "order", 0), "W-1001");
	assert_string_equal(tui_asked_text(*state, "order.Complete", "result", 0), "Rope adjusted");
}

static void who_gives_out_no_work_is_told_so(void **state)
{
	tui_roles(*state, 1u << STEWARD__ROLE__QUALITY);
	open_dispatch(*state);
	tui_keys(*state, "a");
	tui_expect_text(*state, "Assign: not in your roles");
	tui_keys(*state, "1");
	tui_expect_text(*state, "not in your roles");
	tui_pass(*state, 9);
	assert_int_equal(tui_waiting(*state, "case.Dispatch"), 0);
}

/* Who works sees to his orders: nobody is proposed to him, and the cursor is there at once. */
static void who_was_given_work_begins_with_it(void **state)
{
	tui_roles(*state, 1u << STEWARD__ROLE__TECHNICIAN);
	app_push(tui_app(*state), dispatch_new(tui_app(*state)));
	tui_answer(*state, "board.Show", "{}");
	tui_answer(*state, "order.List", ORDERS);
	assert_int_equal(tui_waiting(*state, "order.Propose"), 0);
	tui_expect_no_text(*state, "Who could do it");
	tui_expect(*state, "orders_80");
	tui_keys(*state, "p");
	tui_pass(*state, 9);
	assert_string_equal(tui_asked_text(*state, "order.Accept", "order", 0), "W-1003");
	tui_keys(*state, "1");
	tui_pass(*state, 9);
	assert_int_equal(tui_waiting(*state, "order.HandOn"), 0);
}

/* Nothing stays on the line of the headings where all rows are left out. */
static void nothing_to_give_out_is_said(void **state)
{
	app_push(tui_app(*state), dispatch_new(tui_app(*state)));
	tui_answer(*state, "board.Show",
		   "{'rows': [{'number': 'C-1040', 'state': 'dispatched', 'priority': 'normal', "
		   "'next_due': '2026-11-23T15:00:00Z'}]}");
	tui_answer(*state, "order.List", "{}");
	tui_expect_text(*state, "| Everything is in somebody's hands.                 ");
	tui_expect_text(*state, "There is no work to give out.");
}

static void what_is_refused_is_said_and_shown_nowhere(void **state)
{
	open_dispatch(*state);
	tui_keys(*state, "1");
	tui_pass(*state, 9);
	tui_refuse(*state, "case.Dispatch", ST_FAILED_PRECONDITION, "STATE", "case",
		   "C-0997 has been dispatched meanwhile");
	tui_expect_text(*state, "case dispatch: C-0997 has been dispatched meanwhile");
	tui_expect_no_text(*state, "-> zhao");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tui_setup, tui_teardown)
		T(it_shows_what_nobody_has_and_who_could_do_it),
		T(hands_are_those_for_the_case_under_the_cursor),
		T(a_digit_gives_the_work_to_that_one_and_can_be_taken_back),
		T(it_goes_out_when_nobody_takes_it_back),
		T(the_next_one_sends_the_one_before),
		T(what_is_on_its_way_is_not_given_away_twice),
		T(a_firm_is_named_as_one),
		T(an_order_goes_on_to_somebody_else_with_a_reason),
		T(steps_are_those_of_an_order_that_is_so_far),
		T(of_a_departments_order_it_is_asked_who_has_it),
		T(completed_asks_for_what_was_done),
		T(who_gives_out_no_work_is_told_so),
		T(who_was_given_work_begins_with_it),
		T(nothing_to_give_out_is_said),
		T(what_is_refused_is_said_and_shown_nowhere),
	};

	return cmocka_run_group_tests_name("tui dispatch", tests, NULL, NULL);
}
