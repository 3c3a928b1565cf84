#include "client/look/money.h"

#include "tests/unit/client/cli/shop.h"

static void money_reads_amounts_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		int digits;
		int64_t minor;
	} good[] = {
		{ "0", 2, 0 },
		{ "1280.50", 2, 128050 },
		{ "1280.5", 2, 128050 },
		{ "1,280.50", 2, 128050 },
		{ "-3", 2, -300 },
		{ "0.01", 2, 1 },
		{ "5", 0, 5 },
		{ "1.234", 3, 1234 },
		{ "92233720368547758.07", 2, INT64_MAX },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct st_err err = { 0 };
		int64_t n = -1;

		assert_int_equal(money_parse(good[i].text, good[i].digits, &n, &err), ST_OK);
		assert_true(n == good[i].minor);
	}
}

static void money_refuses_what_is_no_exact_amount(void **state)
{
	static const char *const bad[] = {
		"",     "-",  ".",  "1.",   "1.234", "1e3",   "12 ", " 12", "+5",
		"1..2", ".5", "1,", "0x10", "12a",   "1.2,3", "--1", "NaN", "92233720368547758.08"
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct st_err err = { 0 };
		int64_t n = 77;

		assert_int_equal(money_parse(bad[i], 2, &n, &err), ST_INVALID_ARGUMENT);
		assert_true(n == 77);
	}
}

static void money_writes_groups_and_signs(void **state)
{
	char out[40];

	assert_string_equal(money_format(128050, 2, true, out), "1,280.50");
	assert_string_equal(money_format(128050, 2, false, out), "1280.50");
	assert_string_equal(money_format(-5, 2, true, out), "-0.05");
	assert_string_equal(money_format(0, 2, true, out), "0.00");
	assert_string_equal(money_format(24071, 0, true, out), "24,071");
	assert_string_equal(money_format(999, 0, true, out), "999");
	assert_string_equal(money_format(1000, 0, true, out), "1,000");
	assert_string_equal(money_format(INT64_MIN, 2, true, out), "-92,233,720,368,547,758.08");
	assert_int_equal(money_digits("JPY"), 0);
	assert_int_equal(money_digits("KWD"), 3);
	assert_int_equal(money_digits("CNY"), 2);
	assert_int_equal(money_digits(NULL), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(money_reads_amounts_as_people_write_them),
		cmocka_unit_test(money_refuses_what_is_no_exact_amount),
		cmocka_unit_test(money_writes_groups_and_signs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
