/* The board: what presses most on top, page by page. */
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_elsewhere(*state, "case.Open", "{'kind': 'inquiry', 'summary': 'Far away'}");
	return 0;
}

static const char *opened(struct rig *rig, const char *priority)
{
	return rig_text(
		rig_ok(rig, "clerk", "case.Open",
		       "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Tap', 'priority': '%s'}",
		       priority),
		"number");
}

static void board_show_has_the_most_pressing_on_top(void **state)
{
	const char *low = opened(*state, "low"), *urgent = opened(*state, "urgent"),
		   *held = opened(*state, "urgent");
	const json_t *b;
	size_t rows = 0;
	const char *after = NULL;

	rig_ok(*state, "clerk", "clock.Hold", "{'case': '%s', 'why': 'x', 'until': '2027-06-01'}",
	       held);
	rig_ok(*state, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", low);
	b = rig_ok(*state, "clerk", "board.Show", "{}");
	assert_string_equal(rig_text(b, "rows.0.number"), urgent);
	assert_string_equal(rig_text(b, "rows.1.number"), low);
	assert_string_equal(rig_text(b, "rows.2.number"), held);
	assert_true(strncmp(rig_text(b, "rows.0.clock"), "update in ", 10) == 0);
	assert_true(strncmp(rig_text(b, "rows.2.clock"), "on hold until ", 14) == 0);
	assert_int_equal(rig_int(b, "open"), 3);
	assert_int_equal(rig_int(b, "held"), 1);
	assert_int_equal(rig_int(b, "soon"), 1); /* the urgent one has to hear from us soon */
	/* Page by page, each once. */
	for (;;) {
		b = after == NULL ? rig_ok(*state, "clerk", "board.Show", "{'limit': 1}")
				  : rig_ok(*state, "clerk", "board.Show",
					   "{'limit': 1, 'after': '%s'}", after);
		if (rig_count(b, "rows") == 0)
			break;
		after = rig_text(b, "rows.0.cursor");
		rows++;
	}
	assert_int_equal(rows, 3);
	b = rig_ok(*state, "clerk", "board.Show", "{'to': 'ENG'}");
	assert_int_equal(rig_count(b, "rows"), 1);
	assert_string_equal(rig_text(b, "rows.0.number"), low);
	assert_int_equal(rig_count(rig_ok(*state, "clerk", "board.Show", "{'mine': true}"), "rows"),
			 0);
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "board.Show", "{'kind': 'praise'}"), "rows"), 0);
	rig_refused(*state, "clerk", "board.Show", ST_NOT_FOUND, "to", "{'to': 'nobody'}");
	rig_refused(*state, "clerk", "board.Show", ST_INVALID_ARGUMENT, "after", "{'after': 'x'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(board_show_has_the_most_pressing_on_top),
	};

	return cmocka_run_group_tests_name("board", tests, prepare, rig_down);
}
