/* What a screen costs the line while nothing happens: it is drawn once a minute, for the clock and
 * the words of deadlines; nothing is asked of the daemon; next to no cell changes. */
#include "tests/unit/client/tui/tui_rig.h"

#include <stdio.h>

#include "client/tui/board.h"
#include "client/tui/calls.h"
#include "client/tui/desk.h"
#include "client/tui/dispatch.h"
#include "client/tui/followup.h"
#include "client/tui/status.h"

#define MINUTES 10
/* Of a row only the word of its deadline changes: sign, word and the minutes of "ok 02:10", and its
 * colour where it comes near. */
#define ROW_CELLS 10
#define LINE_CELLS 5 /* "09:14" in the first line */

/* 'n' open cases, the k-th due in k times 'step' minutes from an hour ago on. */
static const char *board_of(int n, int step, struct arena *mem)
{
	const char *rows = "";

	for (int i = 0; i < n; i++) {
		int due = 8 * 60 + 14 + i * step;

		rows = arena_printf(
			mem,
			"%s%s{'number': 'C-%d', 'state': 'dispatched', 'kind': 'repair', "
			"'priority': 'normal', 'place': '3-1-%04d', 'summary': 'Tap %d drips', "
			"'assignee': 'Engineering', 'next_due': '2026-11-23T%02d:%02d:00Z'}",
			rows, i > 0 ? ", " : "", 1000 + i, i, i, due / 60 % 24, due % 60);
		assert_non_null(rows);
	}
	return arena_printf(mem, "{'rows': [%s], 'open': %d, 'late': 20, 'soon': 20}", rows, n);
}

/* As after logging in: the first line knows what is open, the telephone is known. */
static void begin(struct tui_rig *r, const char *board)
{
	status_start(tui_app(r)->status);
	tui_answer(r, "board.Show", board);
	tui_answer(r, "call.Log", "{}");
}

/* An idle screen is drawn when the minute is another one, and at no other time. */
static void idles(struct tui_rig *r, const char *what, size_t rows)
{
	size_t calls = tui_calls(r), cells;
	size_t frames = tui_frames(r, MINUTES * 60, &cells);

	print_message("# %s: %zu frames and %zu cells in %d minutes\n", what, frames, cells,
		      MINUTES);
	assert_int_equal(frames, MINUTES);
	assert_in_range(cells, MINUTES, MINUTES * (rows * ROW_CELLS + LINE_CELLS));
	assert_int_equal(tui_calls(r), calls);
}

static void a_board_full_of_cases_idles(void **state)
{
	struct arena mem;
	const char *board;

	arena_init(&mem, 4u << 20);
	board = board_of(200, 3, &mem);
	begin(*state, board);
	app_push(tui_app(*state), board_new(tui_app(*state)));
	tui_answer(*state, "board.Show", board);
	tui_frames(*state, 60, &(size_t){ 0 });
	idles(*state, "board of 200 at 80x24", 17);
	tui_size(*state, 40, 120);
	idles(*state, "board of 200 at 120x40", 33);
	arena_fini(&mem);
}

static void a_desk_idles(void **state)
{
	begin(*state, "{'open': 3}");
	app_push(tui_app(*state), desk_new(tui_app(*state)));
	tui_frames(*state, 60, &(size_t){ 0 });
	idles(*state, "desk", 0);
}

static void dispatch_and_follow_up_idle(void **state)
{
	struct arena mem;
	const char *board;

	arena_init(&mem, 4u << 20);
	board = board_of(50, 3, &mem);
	begin(*state, "{'open': 50}");
	app_push(tui_app(*state), dispatch_new(tui_app(*state)));
	tui_answer(*state, "board.Show", board);
	tui_answer(*state, "order.List", "{}");
	tui_frames(*state, 60, &(size_t){ 0 });
	idles(*state, "dispatch", 6);
	app_go(tui_app(*state), followup_new(tui_app(*state)));
	tui_answer(*state, "visit.List",
		   "{'visits': [{'case': 'C-1042', 'due_by': '2026-11-23T12:32:00Z'}]}");
	tui_answer(*state, "call.Backlog", "{}");
	tui_frames(*state, 60, &(size_t){ 0 });
	idles(*state, "follow-up", 1);
	arena_fini(&mem);
}

/* A call that rings or is being spoken does not tick. */
static void a_telephone_that_rings_idles(void **state)
{
	status_start(tui_app(*state)->status);
	tui_answer(*state, "board.Show", "{}");
	tui_answer(
		*state, "call.Log",
		"{'calls': [{'number': 'HL-1008', 'state': 'ringing', 'phone': '13800138000'}]}");
	app_push(tui_app(*state), desk_new(tui_app(*state)));
	tui_frames(*state, 60, &(size_t){ 0 });
	idles(*state, "ringing", 0);
}

/* Of the only thing that counts seconds on the screen: eight of them. */
static void a_change_that_waits_counts_its_seconds(void **state)
{
	size_t cells, frames;

	begin(*state, "{'open': 3}");
	app_push(tui_app(*state), dispatch_new(tui_app(*state)));
	tui_answer(*state, "board.Show",
		   "{'rows': [{'number': 'C-1042', 'state': 'new', 'summary': 'Tap'}]}");
	tui_answer(*state, "order.List", "{}");
	tui_answer(*state, "order.Propose",
		   "{'hands': [{'to': 'zhao', 'kind': 'person', 'name': 'Zhao Lei'}]}");
	tui_frames(*state, 60, &(size_t){ 0 });
	tui_keys(*state, "1");
	frames = tui_frames(*state, 30, &cells);
	print_message("# a change that waits: %zu frames and %zu cells\n", frames, cells);
	assert_in_range(frames, 7, 11);
	tui_answer(*state, "case.Dispatch", "{}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tui_setup, tui_teardown)
		T(a_board_full_of_cases_idles),
		T(a_desk_idles),
		T(dispatch_and_follow_up_idle),
		T(a_telephone_that_rings_idles),
		T(a_change_that_waits_counts_its_seconds),
	};

	return cmocka_run_group_tests_name("tui idle", tests, NULL, NULL);
}
