/* How a table's width is shared. */
#include "client/render/columns.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "tests/unit/common/check.h"

static double sum(const struct column *c, size_t n)
{
	double total = 0;

	for (size_t i = 0; i < n; i++)
		total += c[i].width;
	return total;
}

static bool near_to(double a, double b)
{
	return fabs(a - b) < 0.001;
}

static void weights_share_what_is_left(void **state)
{
	struct column c[] = { { .weight = 3, .natural = 900, .least = 40 },
			      { .weight = 1, .natural = 10, .least = 10 },
			      { .natural = 60, .least = 60 } };

	columns_fit(c, 3, 460);
	assert_true(near_to(c[0].width, 300));
	assert_true(near_to(c[1].width, 100));
	assert_true(near_to(c[2].width, 60));
}

/* Figures are not broken because a weight says so. */
static void nobody_gets_less_than_it_needs(void **state)
{
	struct column c[] = { { .weight = 9, .natural = 900, .least = 40 },
			      { .weight = 1, .natural = 120, .least = 120 },
			      { .weight = 1, .natural = 50, .least = 10 } };

	columns_fit(c, 3, 420);
	assert_true(near_to(c[1].width, 120));
	assert_true(near_to(c[0].width, 270));
	assert_true(near_to(c[2].width, 30));
}

static void without_weights_contents_decide(void **state)
{
	struct column c[] = { { .natural = 100, .least = 20 }, { .natural = 300, .least = 20 } };

	columns_fit(c, 2, 600);
	assert_true(near_to(c[0].width, 150));
	assert_true(near_to(c[1].width, 450));
}

static void natural_widths_give_way_when_there_is_no_room(void **state)
{
	struct column c[] = { { .natural = 500, .least = 50 },
			      { .weight = 1, .natural = 500, .least = 100 } };

	columns_fit(c, 2, 300);
	assert_true(near_to(c[0].width, 200));
	assert_true(near_to(c[1].width, 100));
}

static void too_little_is_shared_alike(void **state)
{
	struct column c[] = { { .natural = 300, .least = 300 },
			      { .weight = 1, .natural = 100, .least = 100 } };

	columns_fit(c, 2, 200);
	assert_true(near_to(c[0].width, 150));
	assert_true(near_to(c[1].width, 50));
}

static void empty_columns_have_a_width_too(void **state)
{
	struct column c[] = { { 0 }, { 0 } };

	columns_fit(c, 2, 200);
	assert_true(near_to(c[0].width, 100));
	assert_true(near_to(c[1].width, 100));
}

/* Whatever is asked for: all of the width, nothing below 0, and the least where it is possible. */
static void any_wishes_fill_the_width(void **state)
{
	unsigned seed = 7;

	for (int round = 0; round < 20000; round++) {
		struct column c[COLUMNS_MAX];
		size_t n = 1 + (size_t)rand_r(&seed) % COLUMNS_MAX;
		double least = 0;

		for (size_t i = 0; i < n; i++) {
			c[i] = (struct column){ .weight = rand_r(&seed) % 4,
						.least = rand_r(&seed) % 90 };
			c[i].natural = c[i].least + rand_r(&seed) % 200;
			least += c[i].least;
		}
		columns_fit(c, n, 480);
		assert_true(near_to(sum(c, n), 480));
		for (size_t i = 0; i < n; i++) {
			assert_true(c[i].width >= 0);
			assert_true(least > 480 || c[i].width >= c[i].least - 0.001);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights_share_what_is_left),
		cmocka_unit_test(nobody_gets_less_than_it_needs),
		cmocka_unit_test(without_weights_contents_decide),
		cmocka_unit_test(natural_widths_give_way_when_there_is_no_room),
		cmocka_unit_test(too_little_is_shared_alike),
		cmocka_unit_test(empty_columns_have_a_width_too),
		cmocka_unit_test(any_wishes_fill_the_width),
	};

	return cmocka_run_group_tests_name("columns", tests, NULL, NULL);
}
