#include "common/format.h"

#include <stdio.h>
#include <string.h>

#include "common/utf8.h"
#include "tests/unit/common/check.h"

static void assert_format(Steward__Format format, const char *const *good, const char *const *bad)
{
	for (; *good != NULL; good++)
		if (format_check(format, *good) != NULL)
			fail_msg("'%s' was refused: %s", *good, format_check(format, *good));
	for (; *bad != NULL; bad++)
		if (format_check(format, *bad) == NULL)
			fail_msg("'%s' was let through", *bad);
}

#define GOOD(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define BAD(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void ids(void **state)
{
	assert_format(STEWARD__FORMAT__UUID,
		      GOOD("0190c0de-1234-7abc-8def-0123456789ab",
			   "0190C0DE-1234-7ABC-8DEF-0123456789AB"),
		      BAD("", "C-1042", "0190c0de-1234-7abc-8def-0123456789a",
			  " 0190c0de-1234-7abc-8def-0123456789ab"));
}

static void dates(void **state)
{
	assert_format(STEWARD__FORMAT__DATE,
		      GOOD("2026-02-28", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31",
			   "2026-04-30", "2026-12-31"),
		      BAD("", "2026-02-29", "1900-02-29", "2100-02-29", "2026-04-31", "2026-13-01",
			  "2026-00-01", "2026-01-00", "2026-01-32", "0000-01-01", "2026-1-1",
			  "26-01-01", "2026/01/01", "2026-01-01 ", " 2026-01-01", "2026-01-01T",
			  "20260101", "2026-01", "+026-01-01", "２０２６-01-01"));
}

/* Every day of 28 years, against the machine's own calendar rules written differently. */
static void each_day_of_the_calendar(void **state)
{
	static const int cumulated[] = {
		0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365
	};

	for (int year = 1996; year < 2024; year++) {
		int leap = year % 4 == 0, days = 0;

		for (int month = 1; month <= 12; month++) {
			for (int day = 1; day <= 31; day++) {
				char text[40];

				snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
				days += format_is_date(text);
			}
			assert_int_equal(days, cumulated[month] + (month > 1 ? leap : 0));
		}
	}
}

static void times(void **state)
{
	assert_format(
		STEWARD__FORMAT__TIMESTAMP,
		GOOD("2026-08-01T10:00:00Z", "2026-08-01t10:00:00z", "2026-08-01T10:00:00+08:00",
		     "2026-08-01T10:00:00.123456-03:30", "2026-08-01 10:00:00+08:00",
		     "2026-08-01 10:00:00.5+08", "2026-08-01", "2026-08-01 10:00",
		     "2026-08-01 10:00:59", "2026-08-01 23:59:60", "2026-12-31T23:59:60Z"),
		BAD("", "10:00", "2026-08-32", "2026-08-01 24:00", "2026-08-01 10:60",
		    "2026-08-01 10:00:61", "2026-08-01T10:00", "2026-08-01T10:00:00",
		    "2026-08-01T10:00Z", "2026-08-01 10", "2026-08-01 10:0", "2026-08-01 10:00:00.",
		    "2026-08-01 10:00:00.Z", "2026-08-01T10:00:00+24:00",
		    "2026-08-01T10:00:00+08:60", "2026-08-01T10:00:00+8",
		    "2026-08-01T10:00:00+08:0", "2026-08-01T10:00:00 Z", "2026-08-01T10:00:00x",
		    "2026-08-01T10:00:00ZZ", "2026-08-01  10:00", "2026-08-01 10:00 ", "now",
		    "yesterday", "infinity"));
}

static void phones(void **state)
{
	assert_format(STEWARD__FORMAT__PHONE,
		      GOOD("110", "+86 21 5555 0123", "(021) 5555-0123 ext. 12", "13800138000",
			   "021/5555.0123 EXT12", "021-55550123转12", "55550123 分机 8",
			   "0571-88881202转801", "0571 88881202 分机 5"),
		      BAD("", "12", "ext", "none", "555-CALL", "138001380OO", "１３８００", "110\n",
			  "110;111", "ex 110", "转", "转转转", "转转转", "110机"));
}

static void codes_and_names(void **state)
{
	assert_format(STEWARD__FORMAT__CODE, GOOD("", "SUN", "A-1", "7"),
		      BAD("sun", "SÜN", "A B", "A_1", "A/1"));
	assert_format(STEWARD__FORMAT__NAME, GOOD("", "complaint", "wang.fang", "a_b-c.9"),
		      BAD("Complaint", "a b", "é", "a/b", "a\n"));
	assert_format(STEWARD__FORMAT__ZONE, GOOD("Asia/Shanghai", "UTC", "Etc/GMT+8"),
		      BAD("", "Asia Shanghai", "上海", "a;b"));
}

static void lines_and_texts(void **state)
{
	assert_format(STEWARD__FORMAT__LINE, GOOD("", "水管漏水 – 3-1-1202", "tab is none"),
		      BAD("a\nb", "a\tb", "a\rb", "\x1b[1m", "\x7f",
			  "a\xc2\x85"
			  "b",
			  "a\xe2\x80\xa8"
			  "b",
			  "a\xe2\x80\xa9"
			  "b"));
	assert_format(STEWARD__FORMAT__TEXT, GOOD("", "a\nb\tc", "emoji 🙂"),
		      BAD("a\rb", "\x01",
			  "a\xc2\x9b"
			  "b"));
	assert_format(STEWARD__FORMAT__MINOR, GOOD("a\nb"), BAD("\x02"));
	assert_format(STEWARD__FORMAT__REF,
		      GOOD("C-1042", "SUN/C-1042", "3-1-1202", "王芳",
			   "0190c0de-1234-7abc-8def-0123456789ab"),
		      BAD("", "C-1\n", "a\x7f"));
}

static void utf8_is_checked(void **state)
{
	static const char *const bad[] = {
		"\x80",
		"\xc3",
		"\xc0\xaf",
		"\xe0\x80\xaf",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xe6\xa5",
		"abcdefgh\xe6",
		"12345678\xc3(",
	};

	assert_true(utf8_ok((const uint8_t *)"", 0));
	assert_true(utf8_ok((const uint8_t *)"plain ascii over eight bytes", 28));
	assert_true(utf8_ok((const uint8_t *)"水管🙂\xf4\x8f\xbf\xbf", 14));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(utf8_ok((const uint8_t *)bad[i], strlen(bad[i])));
}

static void nul_is_found_wherever_it_stands(void **state)
{
	for (size_t len = 1; len < 40; len++) {
		for (size_t at = 0; at < len; at++) {
			uint8_t text[40];

			memset(text, at % 2 ? 'a' : 0x01, sizeof text);
			assert_true(utf8_ok(text, len));
			text[at] = 0;
			assert_false(utf8_ok(text, len));
			text[at] = 0x80;
			assert_false(utf8_ok(text, len));
		}
	}
}

static void characters_are_counted(void **state)
{
	assert_int_equal(utf8_count(""), 0);
	assert_int_equal(utf8_count("abc"), 3);
	assert_int_equal(utf8_count("水管漏水🙂é"), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids),
		cmocka_unit_test(dates),
		cmocka_unit_test(each_day_of_the_calendar),
		cmocka_unit_test(times),
		cmocka_unit_test(phones),
		cmocka_unit_test(codes_and_names),
		cmocka_unit_test(lines_and_texts),
		cmocka_unit_test(utf8_is_checked),
		cmocka_unit_test(nul_is_found_wherever_it_stands),
		cmocka_unit_test(characters_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
