#include "client/cli/term.h"

#include "client/cli/pager.h"
#include "tests/unit/client/cli/shop.h"

/* The rule written down once more, as a list of who decides first. */
static bool color_expected(bool flag, bool no_color, bool force, bool dumb, bool tty)
{
	if (flag)
		return true;
	if (no_color)
		return false;
	if (force)
		return true;
	return dumb ? false : tty;
}

static void color_follows_its_order_in_all_32_cases(void **state)
{
	for (unsigned bits = 0; bits < 32; bits++) {
		bool flag = bits & 1, no_color = bits & 2, force = bits & 4, dumb = bits & 8;
		bool tty = bits & 16;
		const struct color_case c = {
			.mode = flag ? COLOR_ALWAYS : COLOR_AUTO,
			.no_color = no_color ? "1" : NULL,
			.clicolor_force = force ? "1" : NULL,
			.term = dumb ? "dumb" : "xterm",
			.tty = tty,
		};

		assert_int_equal(color_wanted(&c),
				 color_expected(flag, no_color, force, dumb, tty));
	}
}

static void color_never_beats_everything(void **state)
{
	for (unsigned bits = 0; bits < 16; bits++) {
		const struct color_case c = {
			.mode = COLOR_NEVER,
			.no_color = bits & 1 ? "1" : NULL,
			.clicolor_force = bits & 2 ? "1" : NULL,
			.term = bits & 4 ? "dumb" : "xterm",
			.tty = bits & 8,
		};

		assert_false(color_wanted(&c));
	}
}

static void color_takes_empty_settings_for_none(void **state)
{
	const struct color_case empty = { .no_color = "", .clicolor_force = "", .tty = true };
	const struct color_case zero = { .clicolor_force = "0", .tty = false };
	const struct color_case unset = { .tty = true };

	assert_true(color_wanted(&empty));
	assert_false(color_wanted(&zero));
	assert_true(color_wanted(&unset));
}

static void asking_needs_two_terminals(void **state)
{
	struct term t = { .in_tty = true, .err_tty = true };

	assert_true(term_can_ask(&t));
	t.dumb = true;
	assert_false(term_can_ask(&t));
	t = (struct term){ .in_tty = true };
	assert_false(term_can_ask(&t));
	t = (struct term){ .err_tty = true, .out_tty = true };
	assert_false(term_can_ask(&t));
}

static void pager_only_for_people_and_long_results(void **state)
{
	struct term t = { .out_tty = true, .height = 24 };
	struct options o = { .format = OUT_TABLE };

	assert_true(pager_wanted(&o, &t, 24));
	assert_false(pager_wanted(&o, &t, 23));
	o.no_pager = true;
	assert_false(pager_wanted(&o, &t, 100));
	o = (struct options){ .format = OUT_JSON };
	assert_false(pager_wanted(&o, &t, 100));
	o = (struct options){ .format = OUT_TABLE, .watch_ms = 1000 };
	assert_false(pager_wanted(&o, &t, 100));
	o.watch_ms = 0;
	t.out_tty = false;
	assert_false(pager_wanted(&o, &t, 100));
	t = (struct term){ .out_tty = true, .height = 24, .dumb = true };
	assert_false(pager_wanted(&o, &t, 100));
}

static void pager_is_taken_from_the_nearest_setting(void **state)
{
	assert_string_equal(pager_command(NULL, NULL), "less -FRX");
	assert_string_equal(pager_command(NULL, "more"), "more");
	assert_string_equal(pager_command("pspg", "more"), "pspg");
	assert_null(pager_command("", "more"));
	assert_null(pager_command("cat", NULL));
	assert_null(pager_command(NULL, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(color_follows_its_order_in_all_32_cases),
		cmocka_unit_test(color_never_beats_everything),
		cmocka_unit_test(color_takes_empty_settings_for_none),
		cmocka_unit_test(asking_needs_two_terminals),
		cmocka_unit_test(pager_only_for_people_and_long_results),
		cmocka_unit_test(pager_is_taken_from_the_nearest_setting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
