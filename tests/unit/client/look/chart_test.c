#include "client/look/chart.h"

#include <string.h>

#include "client/look/money.h"
#include "client/look/text.h"
#include "tests/unit/client/cli/shop.h"

#define VALUES(...) \
	(const int64_t[]){ __VA_ARGS__ }, sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)

static void a_spark_has_two_values_in_a_column(void **state)
{
	struct shop *s = *state;

	assert_string_equal(chart_spark(VALUES(0, 1, 2, 3, 4, 4), 10, false, &s->mem), "⢀⣴⣿");
	assert_string_equal(chart_spark(VALUES(4, 3, 2, 1, 4), 10, false, &s->mem), "⣷⣄⡇");
	assert_string_equal(chart_spark(VALUES(1, 1000), 10, false, &s->mem), "⣸");
	assert_string_equal(chart_spark(VALUES(0, 0, 8, CHART_NONE, -5, 8), 10, false, &s->mem),
			    " ⡇⢸");
	assert_string_equal(chart_spark(VALUES(0, 0, 0), 10, false, &s->mem), "  ");
	assert_string_equal(chart_spark(NULL, 0, 10, false, &s->mem), "");
}

static void a_spark_in_ascii_has_one(void **state)
{
	struct shop *s = *state;

	assert_string_equal(chart_spark(VALUES(0, 1, 2, 3, 4, 5, 6, 7), 10, true, &s->mem),
			    " .:-=+*#");
	assert_string_equal(chart_spark(VALUES(1, 1000, -1, CHART_NONE), 10, true, &s->mem),
			    ".#  ");
	assert_string_equal(chart_spark(VALUES(0, 0), 10, true, &s->mem), "  ");
}

static void too_many_values_share_a_place(void **state)
{
	struct shop *s = *state;

	assert_string_equal(chart_spark(VALUES(0, 7, 1, 0, 2, 4), 3, true, &s->mem), "#.=");
	assert_string_equal(chart_spark(VALUES(0, 4, 1, 0, 2, 3, 4), 2, false, &s->mem), "⢸⣼");
	assert_string_equal(chart_spark(VALUES(1, 2), 0, false, &s->mem), "");
}

static void a_bar_shows_a_share(void **state)
{
	static const struct {
		int64_t value, most;
		size_t width;
		const char *bar;
	} cases[] = {
		{ 5, 10, 10, "#####....." },
		{ 0, 10, 4, "...." },
		{ 10, 10, 4, "####" },
		{ 11, 10, 4, "####" },
		{ 1, 1000, 4, "#..." },   /* not nothing */
		{ 999, 1000, 4, "###." }, /* not all */
		{ -5, 10, 4, "...." },
		{ 5, 0, 4, "...." },
		{ 1, 2, 1, "#" },
		{ 1, 2, 0, "" },
		{ INT64_MAX, INT64_MAX, 3, "###" },
		{ INT64_MAX / 2, INT64_MAX, 4, "##.." },
	};
	struct shop *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			chart_bar(cases[i].value, cases[i].most, cases[i].width, &s->mem),
			cases[i].bar);
}

static const char *line_of(struct shop *s, bool ascii, size_t width, size_t height,
			   const int64_t *values, size_t n)
{
	struct chart_line c = {
		.values = values, .n = n, .width = width, .height = height, .ascii = ascii
	};

	return chart_line(&c, &s->mem);
}

static void a_curve_goes_from_its_least_to_its_most(void **state)
{
	struct shop *s = *state;

	assert_string_equal(line_of(s, false, 12, 2, VALUES(0, 7)), "7 |    ⢀⡠⠤⠒⠉\n0 |⣀⠤⠒⠊⠁");
	assert_string_equal(line_of(s, false, 14, 3, VALUES(100, 120, 80)),
			    "120 | ⢀⡠⠔⠊⢆\n    |⠊⠁    ⠱⡀\n 80 |       ⠈⢆");
	assert_string_equal(line_of(s, true, 14, 3, VALUES(100, 120, 80)),
			    "120 | ..''.\n    |'     :\n 80 |       '.");
	assert_string_equal(line_of(s, true, 11, 2, VALUES(0, 1, 0, 1, 0, 1, 0, 1)),
			    "1 | : : : :\n0 |: : : :");
}

static void a_gap_is_not_bridged(void **state)
{
	struct shop *s = *state;

	assert_string_equal(line_of(s, true, 12, 2, VALUES(1, 1, CHART_NONE, CHART_NONE, 2, 2)),
			    "2 |      '''\n1 |...");
	assert_string_equal(line_of(s, true, 12, 2, VALUES(CHART_NONE, CHART_NONE)), "|\n|");
}

static void odd_curves_are_drawn_too(void **state)
{
	struct shop *s = *state;

	/* Always the same: one label, at its height. */
	assert_string_equal(line_of(s, true, 12, 2, VALUES(5, 5, 5)), "  |\n5 |.........");
	assert_string_equal(line_of(s, true, 12, 3, VALUES(5)), "  |\n  |\n5 |.");
	assert_string_equal(line_of(s, true, 12, 2, NULL, 0), "|\n|");
	/* More values than dots: all of them are in it. */
	assert_string_equal(line_of(s, true, 10, 2, VALUES(0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
			    "| :\n|::.......");
	/* No room for labels, or for anything; less than two lines. */
	assert_string_equal(line_of(s, true, 8, 2, VALUES(1000, 2000)), "|   ..''\n|.''");
	assert_string_equal(line_of(s, true, 0, 0, VALUES(0, 1)), "|:\n|:");
	assert_non_null(line_of(s, false, 40, 4, VALUES(INT64_MIN + 1, INT64_MAX, 0)));
}

static const char *label_of_money(int64_t value, struct arena *mem)
{
	char amount[40];

	return arena_strdup(mem, money_format(value, MONEY_DIGITS, true, amount));
}

static void labels_are_written_as_wanted(void **state)
{
	struct shop *s = *state;
	const int64_t values[] = { 500, 128050 };
	struct chart_line c = { .values = values,
				.n = 2,
				.width = 20,
				.height = 2,
				.ascii = true,
				.label = label_of_money };

	assert_string_equal(chart_line(&c, &s->mem), "1,280.50 |     ...''\n    5.00 |..'''");
}

/* Nothing is wider than asked for, whatever the values. */
static void charts_stay_within_their_width(void **state)
{
	struct shop *s = *state;
	int64_t values[97];

	for (size_t i = 0; i < 97; i++)
		values[i] = (int64_t)(i * i % 41) - 7;
	for (size_t width = 1; width < 120; width++) {
		const char *text = line_of(s, width % 2 == 0, width, 4, values, 97);
		char *copy = arena_strdup(&s->mem, text), *rest = copy;
		size_t lines = 0;

		assert_true(text_width(chart_spark(values, 97, width, width % 2 == 0, &s->mem)) <=
			    width);
		for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
			assert_true(text_width(line) <= (width > 2 ? width : 2));
			lines++;
		}
		assert_int_equal(lines, 4);
	}
}

static void no_memory_is_no_chart(void **state)
{
	struct arena mem;
	const int64_t values[] = { 1, 2, 3 };
	struct chart_line c = { .values = values, .n = 3, .width = 40, .height = 4 };

	arena_init(&mem, 8);
	assert_null(chart_line(&c, &mem));
	assert_null(chart_bar(1, 2, 100, &mem));
	c.width = SIZE_MAX / 8;
	assert_null(chart_line(&c, &mem));
	arena_fini(&mem);
}

static int chart_setup(void **state)
{
	term_locale();
	return shop_setup(state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, chart_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_spark_has_two_values_in_a_column),
		TEST(a_spark_in_ascii_has_one),
		TEST(too_many_values_share_a_place),
		TEST(a_bar_shows_a_share),
		TEST(a_curve_goes_from_its_least_to_its_most),
		TEST(a_gap_is_not_bridged),
		TEST(odd_curves_are_drawn_too),
		TEST(labels_are_written_as_wanted),
		TEST(charts_stay_within_their_width),
		TEST(no_memory_is_no_chart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
