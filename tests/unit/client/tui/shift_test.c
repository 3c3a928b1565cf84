/* The end of a shift: counted before anybody says what there should be. */
#include "tests/unit/client/tui/tui_rig.h"

#include <string.h>

#include "client/tui/cashier.h"
#include "client/tui/shift_screen.h"
#include "client/tui/source.h"
#include "common/wire.h"

#define SHIFT                                                                           \
	"'shift': {'number': 'SH-2211', 'cashier': 'li', 'drawer': 'D2', 'opened_at': " \
	"'2026-11-23T07:58:01+08:00', 'float_minor': 50000, 'receipts': 25, 'currency': 'CNY'"
#define OPEN                                                                             \
	"{" SHIFT ", 'state': 'open'}, 'methods': [{'method': 'cash', 'documents': 20, " \
	"'currency': 'CNY'}, {'method': 'card', 'documents': 2, 'currency': 'CNY'}]}"
#define CLOSED                                                                              \
	"{" SHIFT ", 'state': 'closed', 'closed_at': '2026-11-23T16:02:00+08:00', "         \
	"'z_number': 'SUN-Z26-000007', 'taken_minor': 218600, 'difference_minor': -500, "   \
	"'reason': 'A coin fell behind the safe'}, 'methods': [{'method': 'cash', "         \
	"'documents': 20, 'expected_minor': 183050, 'counted_minor': 182550, "              \
	"'difference_minor': -500, 'currency': 'CNY'}, {'method': 'card', 'documents': 2, " \
	"'expected_minor': 86000, 'counted_minor': 86000, 'difference_minor': 0, "          \
	"'currency': 'CNY'}]}"
#define PAYMENTS                                                                    \
	"{'payments': [{'number': 'SUN-26-000122', 'kind': 'payment'}, {'number': " \
	"'SUN-V26-000003', 'kind': 'void'}, {'number': 'SUN-26-000098', 'kind': "   \
	"'payment'}]}"

static void open_shift(struct tui_rig *r)
{
	app_push(tui_app(r), shift_screen_new(tui_app(r), "SH-2211"));
	tui_answer(r, "shift.Show", OPEN);
	tui_answer(r, "payment.List", PAYMENTS);
}

/* 12 x 100, 6 x 50, 9 x 20, 11 x 10, 4 x 5, 14 x 1, 3 x 0.50 */
static void count_drawer(struct tui_rig *r)
{
	tui_keys(r,
		 "c '12' Enter '6' Enter '9' Enter '11' Enter '4' Enter '14' Enter '3' Enter Enter "
		 "Enter '860' Enter");
}

static const char *counted(struct tui_rig *r, const char *field, size_t i, struct arena *mem)
{
	const ProtobufCMessage *rq = tui_asked(r, "shift.Close");
	const ProtobufCFieldDescriptor *f = message_field(rq->descriptor, field);
	const char *text = i < field_count(rq, f) ? field_text(rq, f, i, mem) : NULL;

	return text != NULL ? text : "";
}

static void an_open_shift_tells_of_documents_and_no_amounts(void **state)
{
	open_shift(*state);
	tui_expect(*state, "shift_open_80");
}

static void a_drawer_is_counted_by_notes_and_coins(void **state)
{
	open_shift(*state);
	count_drawer(*state);
	tui_expect(*state, "shift_count_80");
	tui_size(*state, 40, 120);
	tui_expect(*state, "shift_count_120");
}

static void a_count_that_is_right_closes_the_shift(void **state)
{
	struct arena mem;

	arena_init(&mem, 1u << 20);
	open_shift(*state);
	count_drawer(*state);
	tui_keys(*state, "Ctrl-S");
	tui_expect_text(*state, "Counted: cash=1825.50, card=860.00.");
	assert_int_equal(tui_waiting(*state, "shift.Close"), 0);
	tui_keys(*state, "Tab Enter");
	assert_string_equal(counted(*state, "count", 0, &mem), "cash=1825.50");
	assert_string_equal(counted(*state, "count", 1, &mem), "card=860.00");
	assert_string_equal(counted(*state, "count", 2, &mem), "");
	assert_string_equal(counted(*state, "why", 0, &mem), "");
	arena_fini(&mem);
}

/* The harmless answer is the one that is chosen. */
static void enter_goes_on_counting(void **state)
{
	open_shift(*state);
	count_drawer(*state);
	tui_keys(*state, "Ctrl-S Enter");
	assert_int_equal(tui_waiting(*state, "shift.Close"), 0);
	tui_expect_text(*state, "[1 count]");
}

static void what_was_forgotten_is_said_before_it_is_closed(void **state)
{
	open_shift(*state);
	tui_keys(*state, "c '12' Ctrl-S");
	tui_expect_text(*state, "Nothing is declared of card");
}

static void a_difference_asks_for_a_reason_and_is_told_afterwards(void **state)
{
	struct tui_rig *r = *state;
	struct uuid first, next;
	struct arena mem;

	arena_init(&mem, 1u << 20);
	open_shift(r);
	count_drawer(r);
	tui_keys(r, "Ctrl-S Tab Enter");
	first = tui_asked_key(r, "shift.Close");
	tui_refuse(r, "shift.Close", ST_FAILED_PRECONDITION, "COUNT_DIFFERS", "why",
		   "the count is not what it should be");
	tui_expect(r, "shift_explain_80");
	tui_keys(r, "Ctrl-S");
	tui_expect_text(r, "a reason is needed, or another count (Esc)");
	tui_keys(r, "'A coin fell behind the safe' Ctrl-S");
	next = tui_asked_key(r, "shift.Close");
	assert_memory_not_equal(&first, &next, sizeof(first));
	assert_string_equal(counted(r, "why", 0, &mem), "A coin fell behind the safe");
	assert_string_equal(counted(r, "count", 0, &mem), "cash=1825.50");
	tui_answer(r, "shift.Close",
		   "{'number': 'SH-2211', 'state': 'closed', 'z_number': 'SUN-Z26-000007'}");
	tui_keys(r, "Esc");
	tui_answer(r, "shift.Show", CLOSED);
	tui_expect_text(r, "Report SUN-Z26-000007   taken 2,186.00   difference -5.00");
	arena_fini(&mem);
}

/* A count may be put right instead. */
static void esc_counts_again(void **state)
{
	struct tui_rig *r = *state;
	struct arena mem;

	arena_init(&mem, 1u << 20);
	open_shift(r);
	count_drawer(r);
	tui_keys(r, "Ctrl-S Tab Enter");
	tui_refuse(r, "shift.Close", ST_FAILED_PRECONDITION, "COUNT_DIFFERS", "why", "it differs");
	tui_keys(r, "Esc '13' Ctrl-S Tab Enter");
	assert_string_equal(counted(r, "count", 0, &mem), "cash=1925.50");
	assert_string_equal(counted(r, "why", 0, &mem), "");
	arena_fini(&mem);
}

static void a_closed_shift_shows_the_report_and_who_signs(void **state)
{
	struct tui_rig *r = *state;

	app_push(tui_app(r), shift_screen_new(tui_app(r), "SH-2211"));
	tui_answer(r, "shift.Show", CLOSED);
	tui_answer(r, "payment.List", PAYMENTS);
	tui_expect(r, "shift_closed_80");
	tui_keys(r, "c");
	tui_expect_text(r, "Close: the shift is closed");
	tui_keys(r, "g");
	tui_expect_text(r, "Sign: somebody else than the cashier signs it");
}

/* A currency of which no notes are known is counted as one sum. */
static void other_currencies_are_counted_as_one_sum(void **state)
{
	struct tui_rig *r = *state;
	struct arena mem;

	arena_init(&mem, 1u << 20);
	app_push(tui_app(r), shift_screen_new(tui_app(r), "SH-2211"));
	tui_answer(r, "shift.Show",
		   "{'shift': {'number': 'SH-2211', 'cashier': 'li', 'state': 'open', 'currency': "
		   "'KWD'}}");
	tui_keys(r, "c '12.345' Ctrl-S Tab Enter");
	assert_string_equal(counted(r, "count", 0, &mem), "cash=12.345");
	arena_fini(&mem);
}

static void a_count_that_is_left_is_asked_about(void **state)
{
	app_push(tui_app(*state), cashier_new(tui_app(*state), "", ""));
	open_shift(*state);
	count_drawer(*state);
	tui_keys(*state, "Esc");
	tui_expect_text(*state, "The count has not been handed in.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tui_setup, tui_teardown)
		T(an_open_shift_tells_of_documents_and_no_amounts),
		T(a_drawer_is_counted_by_notes_and_coins),
		T(a_count_that_is_right_closes_the_shift),
		T(enter_goes_on_counting),
		T(what_was_forgotten_is_said_before_it_is_closed),
		T(a_difference_asks_for_a_reason_and_is_told_afterwards),
		T(esc_counts_again),
		T(a_closed_shift_shows_the_report_and_who_signs),
		T(other_currencies_are_counted_as_one_sum),
		T(a_count_that_is_left_is_asked_about),
	};

	return cmocka_run_group_tests_name("tui shift", tests, NULL, NULL);
}
