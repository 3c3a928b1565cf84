/* What any declared capability gets without a line of its own: list, details, form, menu, palette.
 */
#include "tests/unit/client/tui/tui_rig.h"

#include <string.h>

#include "client/tui/form_screen.h"
#include "client/tui/list_screen.h"
#include "client/tui/source.h"
#include "client/tui/status.h"
#include "common/wire.h"

#define CASES                                                                                   \
	"{'cases': ["                                                                           \
	"{'number': 'C-1042', 'state': 'dispatched', 'kind': 'repair', 'priority': 'urgent', "  \
	"'summary': 'Kitchen pipe burst', 'place': '3-1-1202', 'assignee': 'Zhao Lei'},"        \
	"{'number': 'C-0997', 'state': 'on_hold', 'kind': 'complaint', 'priority': 'normal', "  \
	"'summary': "                                                                           \
	"'\u697c\u9053\u71c8\u4e0d\u4eae\uff0c\u4e1a\u4e3b\u53cd\u6620\u591a\u6b21\u672a\u5904" \
	"\u7406', "                                                                             \
	"'place': '3-1-1202'},"                                                                 \
	"{'number': 'C-1046', 'state': 'new', 'kind': 'help', 'priority': 'low', "              \
	"'summary': 'Key card lost', 'place': '5-2-1202'}]}"

static void list_cases(struct tui_rig *r)
{
	app_push(tui_app(r), list_screen_new(tui_app(r), rpc_find("case.List"), NULL));
	tui_answer(r, "case.List", CASES);
}

static void a_list_shows_what_is_declared(void **state)
{
	list_cases(*state);
	tui_expect(*state, "list_80");
	tui_size(*state, 40, 120);
	tui_expect(*state, "list_120");
}

static void a_list_is_filtered_by_what_is_typed(void **state)
{
	list_cases(*state);
	tui_keys(*state, "/ 'PIPE'");
	tui_expect_no_text(*state, "C-0997");
	tui_keys(*state, "Enter");
	tui_expect_text(*state, "1 row  only with 'PIPE'");
	tui_keys(*state, "/ Esc");
	tui_expect_text(*state, "3 rows");
}

static void the_cursor_stays_on_its_thing(void **state)
{
	list_cases(*state);
	tui_keys(*state, "Down Down r");
	tui_answer(*state, "case.List",
		   "{'cases': [{'number': 'C-1046', 'summary': 'Key card lost'},"
		   "{'number': 'C-1042', 'summary': 'Kitchen pipe burst'}]}");
	tui_expect_text(*state, "> C-1046");
}

static void enter_asks_for_the_thing_in_full(void **state)
{
	struct arena mem;

	arena_init(&mem, 1u << 20);
	list_cases(*state);
	tui_keys(*state, "Down Enter");
	assert_string_equal(reply_text(tui_asked(*state, "case.Show"), "case", &mem), "C-0997");
	tui_answer(
		*state, "case.Show",
		"{'case': {'number': 'C-0997', 'state': 'on_hold', 'summary': 'Lift noise', "
		"'hold_reason': 'resident away'}, 'timeline': [{'at': '2026-11-20T09:00:00+08:00', "
		"'verb': 'opened', 'actor': 'li', 'text': 'Lift noise at night'}]}");
	tui_expect(*state, "record_80");
	tui_keys(*state, "Esc");
	tui_expect_text(*state, "Case list");
	arena_fini(&mem);
}

static void the_menu_says_what_can_be_done_and_why_not(void **state)
{
	list_cases(*state);
	tui_roles(*state, 1u << STEWARD__ROLE__TECHNICIAN);
	tui_keys(*state, "m");
	tui_expect_text(*state, "1 case note  Add a note");
	tui_expect_text(*state, "case close  (not in your roles)");
}

static void a_form_is_made_of_the_declaration(void **state)
{
	struct arena mem;

	arena_init(&mem, 1u << 20);
	app_push(tui_app(*state), form_screen_new(tui_app(*state), rpc_find("case.Open"), NULL));
	tui_expect(*state, "form_80");
	tui_keys(*state, "'repair' Enter 'Kitchen pipe burst' Ctrl-S");
	assert_string_equal(reply_text(tui_asked(*state, "case.Open"), "kind", &mem), "repair");
	assert_string_equal(reply_text(tui_asked(*state, "case.Open"), "summary", &mem),
			    "Kitchen pipe burst");
	tui_refuse(*state, "case.Open", ST_INVALID_ARGUMENT, "REQUIRED", "place",
		   "a repair needs a place");
	tui_expect_text(*state, "! a repair needs a place");
	tui_keys(*state, "'3-1-1202' Ctrl-S");
	tui_answer(*state, "case.Open", "{'number': 'C-1047', 'state': 'new'}");
	tui_expect_text(*state, "C-1047 opened.");
	arena_fini(&mem);
}

static void what_is_missing_is_said_at_its_field(void **state)
{
	app_push(tui_app(*state), form_screen_new(tui_app(*state), rpc_find("case.Open"), NULL));
	tui_keys(*state, "Ctrl-S");
	assert_int_equal(tui_waiting(*state, "case.Open"), 0);
	tui_expect(*state, "form_faults_80");
}

static void a_mild_change_can_be_taken_back(void **state)
{
	struct tui_rig *r = *state;
	struct arena mem;

	arena_init(&mem, 4u << 20);
	app_push(tui_app(r),
		 form_screen_new(tui_app(r), rpc_find("case.Note"),
				 request_new(rpc_find("case.Note"), &mem, "case", "C-1042", NULL)));
	tui_keys(r, "'Valve is closed' Ctrl-S");
	assert_int_equal(tui_waiting(r, "case.Note"), 0);
	tui_expect_text(r, "^Z takes it back (8 s): case note C-1042");
	tui_keys(r, "Ctrl-Z");
	tui_expect_text(r, "Valve is closed");
	tui_keys(r, "Ctrl-S");
	tui_pass(r, 9);
	assert_string_equal(reply_text(tui_asked(r, "case.Note"), "text", &mem), "Valve is closed");
	tui_answer(r, "case.Note", "{}");
	arena_fini(&mem);
}

static void a_dirty_form_asks_before_it_closes_and_keeps_a_draft(void **state)
{
	struct tui_rig *r = *state;

	list_cases(r);
	app_push(tui_app(r), form_screen_new(tui_app(r), rpc_find("case.Open"), NULL));
	tui_keys(r, "'repair' Tab 'No hot water' Esc");
	tui_expect(r, "form_close_80");
	tui_keys(r, "Tab Enter");
	tui_expect_text(r, "Case list");
	app_push(tui_app(r), form_screen_new(tui_app(r), rpc_find("case.Open"), NULL));
	tui_expect_text(r, "No hot water");
}

static void the_palette_finds_commands_by_a_few_letters(void **state)
{
	list_cases(*state);
	tui_keys(*state, "Ctrl-K 'casen'");
	tui_expect_text(*state, "1 case note  Add a note");
	tui_keys(*state, "Enter");
	tui_expect_text(*state, "Case note");
}

static void help_tells_the_keys_of_the_screen(void **state)
{
	list_cases(*state);
	tui_keys(*state, "F1");
	tui_expect(*state, "help_80");
}

static void a_small_terminal_is_told_so(void **state)
{
	list_cases(*state);
	tui_size(*state, 20, 70);
	tui_expect_text(*state, "at least 80 columns and 24 lines");
}

static void a_lost_line_is_said_and_takes_nothing(void **state)
{
	struct tui_rig *r = *state;

	list_cases(r);
	tui_keys(r, "r");
	tui_refuse(r, "case.List", ST_UNAVAILABLE, "UNREACHABLE", NULL,
		   "the server does not answer");
	tui_expect_text(r, "OFFLINE since 09:14");
	tui_expect_text(r, "C-1042");
	tui_keys(r, "r");
	tui_answer(r, "case.List", CASES);
	tui_expect_text(r, "ONLINE 09:14");
}

/* Where to is asked first: the server tells originals from copies. */
static void what_prints_asks_where_to(void **state)
{
	struct tui_rig *r = *state;

	app_push(tui_app(r), list_screen_new(tui_app(r), rpc_find("bill.List"), NULL));
	tui_answer(r, "bill.List",
		   "{'bills': [{'number': 'B-1003', 'state': 'open', 'party_name': 'Lin Hua'}]}");
	tui_keys(r, "m 'bill print' Enter");
	tui_expect_text(r, "client.conf has no line printer");
	assert_int_equal(tui_waiting(r, "bill.Print"), 0);
	tui_keys(r, "2");
	tui_expect_text(r, "PDF file");
	tui_expect_text(r, "B-1003.pdf");
	tui_keys(r, "Ctrl-U '/tmp/steward-tui-unit-none/B-1003.pdf' Enter");
	tui_expect_text(r, "/tmp/steward-tui-unit-none");
	assert_int_equal(tui_waiting(r, "bill.Print"), 0);
}

/* From the list of commands it is asked what is to be printed. */
static void what_is_to_be_printed_is_asked_by_a_form(void **state)
{
	struct tui_rig *r = *state;

	list_cases(r);
	tui_keys(r, "F9 'bill statement' Enter");
	tui_expect_text(r, "Bill statement");
	tui_keys(r, "'P-1007' Ctrl-S");
	tui_expect_text(r, "into a PDF file");
	tui_keys(r, "3");
	tui_expect_text(r, "C-1042");
	assert_int_equal(tui_waiting(r, "bill.Statement"), 0);
}

/* Every list, every form there is can be shown; nothing is wider than the screen, nothing leaks. */
static void every_method_has_a_screen(void **state)
{
	struct tui_rig *r = *state;

	list_cases(r);
	for (size_t i = 0; i < rpc_method_count; i++) {
		app_push(tui_app(r), form_screen_new(tui_app(r), &rpc_methods[i], NULL));
		assert_non_null(tui_screen(r));
		tui_keys(r, "Tab Tab Shift-Tab");
		app_pop(tui_app(r), tui_app(r)->top);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tui_setup, tui_teardown)
		T(a_list_shows_what_is_declared),
		T(a_list_is_filtered_by_what_is_typed),
		T(the_cursor_stays_on_its_thing),
		T(enter_asks_for_the_thing_in_full),
		T(the_menu_says_what_can_be_done_and_why_not),
		T(a_form_is_made_of_the_declaration),
		T(what_is_missing_is_said_at_its_field),
		T(a_mild_change_can_be_taken_back),
		T(a_dirty_form_asks_before_it_closes_and_keeps_a_draft),
		T(the_palette_finds_commands_by_a_few_letters),
		T(help_tells_the_keys_of_the_screen),
		T(a_small_terminal_is_told_so),
		T(a_lost_line_is_said_and_takes_nothing),
		T(what_prints_asks_where_to),
		T(what_is_to_be_printed_is_asked_by_a_form),
		T(every_method_has_a_screen),
	};

	return cmocka_run_group_tests_name("tui generic", tests, NULL, NULL);
}
