#include "client/look/denominations.h"

#include "client/look/money.h"
#include "tests/unit/client/cli/shop.h"

static void those_of_a_currency_come_the_largest_first(void **state)
{
	size_t n;
	const int64_t *cny = denominations_of("CNY", &n);

	(void)state;
	assert_int_equal(n, 8);
	assert_int_equal(cny[0], 10000);
	assert_int_equal(cny[7], 10);
	(void)denominations_of("JPY", &n);
	assert_int_equal(n, 10);
}

/* Whatever the table says: no value twice, none that is no whole number of minor units, and small
 * enough ones to give change with. */
static void every_currency_known_here_can_be_counted(void **state)
{
	static const char *const codes[] = {
		"AUD", "CAD", "CHF", "CNY", "EUR", "GBP", "HKD", "JPY",
		"KRW", "MOP", "MYR", "PLN", "SGD", "THB", "TWD", "USD"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		size_t n;
		const int64_t *values = denominations_of(codes[i], &n);
		int64_t unit = 1;

		for (int d = 0; d < money_digits(codes[i]); d++)
			unit *= 10;
		assert_non_null(values);
		assert_in_range(n, 5, DENOMINATIONS_MAX - 1);
		for (size_t k = 1; k < n; k++)
			assert_true(values[k] < values[k - 1]);
		assert_true(values[n - 1] > 0);
		assert_true(values[n - 1] <= (unit == 1 ? 10 : unit));
		assert_true(values[0] >= 50 * unit);
	}
}

static void others_are_counted_as_one_sum(void **state)
{
	size_t n = 7;

	(void)state;
	assert_null(denominations_of("ZZZ", &n));
	assert_int_equal(n, 0);
	n = 7;
	assert_null(denominations_of(NULL, &n));
	assert_int_equal(n, 0);
	assert_null(denominations_of("", &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_of_a_currency_come_the_largest_first),
		cmocka_unit_test(every_currency_known_here_can_be_counted),
		cmocka_unit_test(others_are_counted_as_one_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
