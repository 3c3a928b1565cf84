/* The telephone: the line of the call that rings, answering it, whose it is, ending it. */
#include "tests/unit/client/tui/tui_rig.h"

#include "client/tui/calls.h"
#include "client/tui/desk.h"
#include "client/tui/status.h"

#define NOW                                                                      \
	"{'calls': ["                                                            \
	"{'number': 'HL-1009', 'state': 'ringing', 'direction': 'in', "          \
	"'rang_at': '2026-11-23T09:13:50Z'},"                                    \
	"{'number': 'HL-1008', 'state': 'ringing', 'direction': 'in', "          \
	"'phone': '13800138000', 'rang_at': '2026-11-23T09:13:30Z'},"            \
	"{'number': 'HL-1007', 'state': 'answered', 'direction': 'in', "         \
	"'phone': '13900139000', 'party': 'Lin Hua', 'party_number': 'P-1002', " \
	"'person': 'chen', 'rang_at': '2026-11-23T09:10:00Z', "                  \
	"'answered_at': '2026-11-23T09:10:09Z'}]}"
#define MISSED                                                              \
	"{'calls': ["                                                       \
	"{'number': 'HL-1005', 'state': 'missed', 'phone': '13700137000', " \
	"'rang_at': '2026-11-23T08:40:00Z', 'waited': 42}]}"
#define WHO                                                                            \
	"{'call': {'number': 'HL-1008', 'state': 'ringing', 'phone': '13800138000'}, " \
	"'known': [{'number': 'P-1001', 'name': 'Wang Xiaoming', 'role': 'owner', "    \
	"'place': '3-1-1202'}]}"
#define MINE                                                                           \
	"{'calls': ["                                                                  \
	"{'number': 'HL-1008', 'state': 'answered', 'direction': 'in', "               \
	"'phone': '13800138000', 'party': 'Wang Xiaoming', 'party_number': 'P-1001', " \
	"'person': 'li', 'answered_at': '2026-11-23T09:14:05Z'}]}"
#define FOUND                                                                 \
	"{'rows': [{'match': 'exact', 'kind': 'owner', 'entity': 'party', "   \
	"'number': 'P-1001', 'party': 'Wang Xiaoming', 'place': '3-1-1202', " \
	"'role': 'owner', 'phone': '13800138000', 'id': "                     \
	"'01a00000-0000-7000-8000-000000000001'}]}"

/* The desk, with the telephone as the daemon tells it. */
static void open_desk(struct tui_rig *r, const char *calls)
{
	struct app *app = tui_app(r);

	app_push(app, desk_new(app));
	status_start(app->status);
	tui_answer(r, "board.Show", "{'open': 3}");
	tui_answer(r, "call.Log", calls);
}

static void a_call_rings_in_one_line(void **state)
{
	open_desk(*state, NOW);
	/* The one that rings longest. */
	assert_string_equal(tui_asked_text(*state, "call.Show", "call", 0), "HL-1008");
	tui_expect_text(*state, "RING 13800138000 -> unknown  F4 answer  (1 more waiting: ^N)");
	tui_answer(*state, "call.Show", WHO);
	tui_expect_text(*state, "RING 13800138000 -> Wang Xiaoming  3-1-1202  F4 answer");
	tui_expect_text(*state, "Find  phone | unit");
	tui_expect(*state, "ring_80");
}

static void who_it_may_be_is_said_as_such(void **state)
{
	open_desk(*state, NOW);
	tui_answer(*state, "call.Show",
		   "{'call': {'number': 'HL-1008'}, 'maybe': [{'name': 'Lin Hua', 'place': "
		   "'3-1-1203'}]}");
	tui_expect_text(*state, "RING 13800138000 -> maybe Lin Hua  3-1-1203");
}

static void f4_answers_and_shows_the_caller(void **state)
{
	open_desk(*state, NOW);
	tui_answer(*state, "call.Show", WHO);
	tui_keys(*state, "F4");
	assert_string_equal(tui_asked_text(*state, "call.Answer", "call", 0), "HL-1008");
	assert_string_equal(tui_asked_text(*state, "find.Find", "text", 0), "13800138000");
	tui_expect_text(*state, "Call HL-1008  13800138000  who is it? Type a name or a unit");
	tui_answer(*state, "call.Answer", "{'number': 'HL-1008', 'state': 'answered'}");
	tui_answer(*state, "find.Find", FOUND);
	assert_string_equal(tui_asked_text(*state, "party.Show", "party", 0), "P-1001");
	tui_answer(*state, "call.Log", MINE);
	tui_pass(*state, 13);
	tui_expect_text(*state,
			"ON CALL HL-1008  13800138000  Wang Xiaoming  F3 new case  ^X ends it");
	tui_size(*state, 24, 120);
	tui_expect_text(*state, "Wang Xiaoming  since 09:14  F3 new case  ^X ends it");
}

static void an_unknown_number_is_attached_to_whoever_it_is(void **state)
{
	open_desk(*state, NOW);
	tui_keys(*state, "F4");
	tui_answer(*state, "find.Find", "{}");
	tui_expect_text(*state, "Nobody and nothing is known by this.");
	/* The first letter begins anew. */
	tui_keys(*state, "'1202'");
	tui_settle(*state);
	assert_string_equal(tui_asked_text(*state, "find.Find", "text", 0), "1202");
	tui_answer(*state, "find.Find", FOUND);
	tui_keys(*state, "Enter a");
	tui_expect_text(*state, "HL-1008: Wang Xiaoming 3-1-1202");
	tui_keys(*state, "1");
	assert_string_equal(tui_asked_text(*state, "call.Attach", "call", 0), "HL-1008");
	assert_string_equal(tui_asked_text(*state, "call.Attach", "party", 0), "P-1001");
	assert_string_equal(tui_asked_text(*state, "call.Attach", "save_number", 0), "true");
}

static void the_call_and_its_caller_go_into_the_new_case(void **state)
{
	open_desk(*state, NOW);
	tui_keys(*state, "F4");
	tui_answer(*state, "find.Find", FOUND);
	tui_keys(*state, "F3");
	tui_expect_text(*state, "New case  P-1001  call HL-1008");
	tui_expect_text(*state, "Wang Xiaoming");
	tui_expect_text(*state, "3-1-1202");
}

static void the_call_being_spoken_is_ended_by_a_key(void **state)
{
	open_desk(*state, MINE);
	tui_keys(*state, "Ctrl-X");
	assert_string_equal(tui_asked_text(*state, "call.End", "call", 0), "HL-1008");
}

static void nothing_is_ended_where_nobody_speaks(void **state)
{
	open_desk(*state, "{}");
	tui_keys(*state, "Ctrl-X");
	tui_expect_text(*state, "Hang up: you speak with nobody");
	assert_int_equal(tui_waiting(*state, "call.End"), 0);
}

static void f4_without_a_ring_shows_the_calls(void **state)
{
	open_desk(*state, "{}");
	tui_keys(*state, "F4");
	tui_answer(*state, "call.Log", NOW);
	tui_answer(*state, "call.Log", MISSED);
	tui_expect(*state, "calls_80");
	tui_size(*state, 40, 120);
	tui_expect(*state, "calls_120");
}

static void enter_answers_what_rings_and_opens_the_rest(void **state)
{
	app_push(tui_app(*state), calls_new(tui_app(*state)));
	tui_answer(*state, "call.Log", NOW);
	tui_answer(*state, "call.Log", MISSED);
	tui_keys(*state, "Tab Enter");
	assert_string_equal(tui_asked_text(*state, "call.Show", "call", 0), "HL-1005");
	tui_keys(*state, "Esc Shift-Tab Enter");
	assert_string_equal(tui_asked_text(*state, "call.Answer", "call", 0), "HL-1009");
}

static void a_withheld_number_is_said_to_be_one(void **state)
{
	open_desk(*state, "{'calls': [{'number': 'HL-1009', 'state': 'ringing'}]}");
	tui_expect_text(*state, "RING number withheld -> unknown");
	tui_keys(*state, "F4");
	tui_expect_text(*state, "Call HL-1009  number withheld");
}

static void who_answers_no_calls_is_told_so(void **state)
{
	tui_roles(*state, 1u << STEWARD__ROLE__ANALYST);
	app_push(tui_app(*state), desk_new(tui_app(*state)));
	tui_keys(*state, "F4");
	tui_expect_text(*state, "call answer: not in your roles");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tui_setup, tui_teardown)
		T(a_call_rings_in_one_line),
		T(who_it_may_be_is_said_as_such),
		T(f4_answers_and_shows_the_caller),
		T(an_unknown_number_is_attached_to_whoever_it_is),
		T(the_call_and_its_caller_go_into_the_new_case),
		T(the_call_being_spoken_is_ended_by_a_key),
		T(nothing_is_ended_where_nobody_speaks),
		T(f4_without_a_ring_shows_the_calls),
		T(enter_answers_what_rings_and_opens_the_rest),
		T(a_withheld_number_is_said_to_be_one),
		T(who_answers_no_calls_is_told_so),
	};

	return cmocka_run_group_tests_name("tui calls", tests, NULL, NULL);
}
