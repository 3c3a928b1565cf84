#include "common/uuid.h"

#include <string.h>

#include "common/clock.h"
#include "tests/unit/common/check.h"

static void version_7_carries_its_time(void **state)
{
	struct uuid u = uuid_v7(0x0123456789ab);
	char text[UUID_TEXT];

	uuid_format(&u, text);
	assert_memory_equal(text, "01234567-89ab-7", 15);
	assert_non_null(strchr("89ab", text[19]));
	assert_int_equal(strlen(text), 36);
}

static void the_same_moment_gives_different_ids(void **state)
{
	struct uuid a = uuid_v7(1000), b = uuid_v7(1000);

	assert_memory_not_equal(&a, &b, sizeof a);
	assert_memory_equal(&a, &b, 6);
}

static void later_ids_sort_later(void **state)
{
	struct uuid a = uuid_v7(1722470400000), b = uuid_v7(1722470400001);

	assert_true(memcmp(&a, &b, sizeof a) < 0);
}

static void a_clock_before_1970_gives_time_zero(void **state)
{
	struct uuid u = uuid_v7(-5);
	static const uint8_t zero[6];

	assert_memory_equal(u.b, zero, 6);
	assert_false(uuid_is_zero(&u));
}

static void text_goes_there_and_back(void **state)
{
	static const char lower[] = "0190c0de-1234-7abc-8def-0123456789ab";
	static const char upper[] = "0190C0DE-1234-7ABC-8DEF-0123456789AB";
	char text[UUID_TEXT];
	struct uuid u;

	assert_true(uuid_parse(lower, 36, &u));
	assert_string_equal(uuid_format(&u, text), lower);
	assert_true(uuid_parse(upper, 36, &u));
	assert_string_equal(uuid_format(&u, text), lower);
	for (int i = 0; i < 1000; i++) {
		struct uuid again;

		u = uuid_v7(i * 1000003);
		assert_true(uuid_parse(uuid_format(&u, text), 36, &again));
		assert_memory_equal(&u, &again, sizeof u);
	}
}

static void what_is_no_uuid_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"0190c0de",
		"0190c0de-1234-7abc-8def-0123456789a",
		"0190c0de-1234-7abc-8def-0123456789abc",
		"0190c0de 1234-7abc-8def-0123456789ab",
		"0190c0de-1234-7abc-8def-0123456789ag",
		"0190c0de-1234-7abc-8def-0123456789 b",
		"{190c0de-1234-7abc-8def-0123456789a}",
		"-0190c0de1234-7abc-8def-0123456789ab",
		"0190c0de12347abc8def0123456789ab0000",
	};
	struct uuid u = { { 1 } };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(uuid_parse(bad[i], strlen(bad[i]), &u));
	assert_int_equal(u.b[0], 1); /* untouched */
}

static void every_single_damage_is_noticed(void **state)
{
	static const char good[] = "0190c0de-1234-7abc-8def-0123456789ab";
	struct uuid u;

	for (size_t i = 0; i < 36; i++) {
		for (int c = 0; c < 256; c++) {
			char text[37];
			bool hex = (c >= '0' && c <= '9') ||
				   ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
			bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

			memcpy(text, good, sizeof text);
			text[i] = (char)c;
			assert_int_equal(uuid_parse(text, 36, &u), hyphen ? c == '-' : hex);
		}
	}
}

static void zero_is_recognised(void **state)
{
	struct uuid zero = { { 0 } }, other = { { [15] = 1 } };

	assert_true(uuid_is_zero(&zero));
	assert_false(uuid_is_zero(&other));
}

static void random_bytes_fill_all(void **state)
{
	uint8_t bytes[4096] = { 0 };
	unsigned seen[256] = { 0 };

	random_bytes(bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		seen[bytes[i]]++;
	for (int i = 0; i < 256; i++)
		assert_in_range(seen[i], 0, 100); /* 16 expected; chance of 100 is nil */
	assert_true(seen[0] < 100);
	random_bytes(bytes, 0);
}

static void the_machines_clock_goes_on(void **state)
{
	uint64_t mono = clock_mono_ms(&clock_system);

	assert_true(clock_mono_ms(&clock_system) >= mono);
	assert_true(clock_wall_us(&clock_system) > 1700000000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_7_carries_its_time),
		cmocka_unit_test(the_same_moment_gives_different_ids),
		cmocka_unit_test(later_ids_sort_later),
		cmocka_unit_test(a_clock_before_1970_gives_time_zero),
		cmocka_unit_test(text_goes_there_and_back),
		cmocka_unit_test(what_is_no_uuid_is_refused),
		cmocka_unit_test(every_single_damage_is_noticed),
		cmocka_unit_test(zero_is_recognised),
		cmocka_unit_test(random_bytes_fill_all),
		cmocka_unit_test(the_machines_clock_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
