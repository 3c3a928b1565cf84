#include "client/tui/deadline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MINUTE INT64_C(60000000)

static void times_are_read_in_any_zone(void **state)
{
	int64_t a, b, c;

	(void)state;
	assert_true(deadline_read("2026-11-23T16:00:07.123+08:00", &a));
	assert_true(deadline_read("2026-11-23T08:00:07Z", &b));
	assert_true(deadline_read("2026-11-23T03:30:07-04:30", &c));
	assert_int_equal(a, b);
	assert_int_equal(a, c);
	assert_int_equal(a, INT64_C(1795420807) * 1000000);
	assert_false(deadline_read("2026-11-23", &a));
	assert_false(deadline_read("tomorrow", &a));
}

static void what_is_left_is_a_sign_and_a_word(void **state)
{
	static const struct {
		int64_t minutes;
		bool held;
		const char *text;
		enum style style;
	} cases[] = {
		{ -12, false, "!! LATE -00:12", STYLE_LATE },
		{ -60 * 24 * 3 - 61, false, "!! LATE -3d 01h", STYLE_LATE },
		{ 18, false, "!  SOON 00:18", STYLE_SOON },
		{ 59, false, "!  SOON 00:59", STYLE_SOON },
		{ 60, false, "   ok   01:00", STYLE_GOOD },
		{ 130, false, "   ok   02:10", STYLE_GOOD },
		{ 28 * 60, false, "   ok   1d 04h", STYLE_GOOD },
		{ 18, true, "|| HOLD", STYLE_HELD },
		{ -18, true, "|| HOLD", STYLE_HELD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[DEADLINE_TEXT];
		enum style style;

		assert_string_equal(deadline_text(1000 * MINUTE + cases[i].minutes * MINUTE,
						  1000 * MINUTE, cases[i].held, out, &style),
				    cases[i].text);
		assert_int_equal(style, cases[i].style);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_in_any_zone),
		cmocka_unit_test(what_is_left_is_a_sign_and_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
