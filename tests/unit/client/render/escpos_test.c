/* The bytes a receipt printer reads, and the dates a PDF carries. */
#include "client/render/escpos.h"

#include <string.h>

#include "client/render/pdf.h"
#include "tests/unit/common/check.h"

static void commands_are_what_printers_know(void **state)
{
	static const uint8_t want[] = "\x1b@\x1bp\0\x19\xfa"
				      "\x1dv0\0\x02\0\x03\0\x80\x01\xff\x00\x0f\xf0"
				      "\x1dV\x42\0";
	static const uint8_t bits[] = { 0x80, 0x01, 0xff, 0x00, 0x0f, 0xf0 };
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(escpos_begin(&b, true), ST_OK);
	assert_int_equal(escpos_band(&b, bits, 2, 3), ST_OK);
	assert_int_equal(escpos_end(&b, true), ST_OK);
	assert_int_equal(buf_peek(&b).len, sizeof(want) - 1);
	assert_memory_equal(buf_peek(&b).data, want, sizeof(want) - 1);
	buf_fini(&b);
}

static void neither_drawer_nor_knife_unless_asked(void **state)
{
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(escpos_begin(&b, false), ST_OK);
	assert_int_equal(escpos_end(&b, false), ST_OK);
	assert_int_equal(buf_peek(&b).len, 5);
	assert_memory_equal(buf_peek(&b).data, "\x1b@\x1b\x64\x04", 5);
	buf_fini(&b);
}

static void a_full_buffer_is_told(void **state)
{
	static const uint8_t bits[200] = { 0 };
	struct buf b;

	buf_init(&b, 100);
	assert_int_equal(escpos_band(&b, bits, 20, 10), ST_RESOURCE_EXHAUSTED);
	buf_fini(&b);
}

static void date(const char *text, const char *want)
{
	char out[60];

	assert_true(pdf_date(text, out, sizeof(out)));
	assert_string_equal(out, want);
}

static void dates_become_what_cairo_reads(void **state)
{
	char out[60];

	date("2026-11-23", "2026-11-23");
	date("2026-11-23 16:00", "2026-11-23T16:00:00");
	date("2026-11-23 16:00:07", "2026-11-23T16:00:07");
	date("2026-11-23T16:00:07Z", "2026-11-23T16:00:07Z");
	date("2026-11-23T16:00:07.123+08:00", "2026-11-23T16:00:07+08:00");
	date("2026-11-23 16:00:07-03", "2026-11-23T16:00:07-03:00");
	date("2026-11-23t16:00:07.5z", "2026-11-23T16:00:07Z");
	assert_false(pdf_date("2026", out, sizeof(out)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_what_printers_know),
		cmocka_unit_test(neither_drawer_nor_knife_unless_asked),
		cmocka_unit_test(a_full_buffer_is_told),
		cmocka_unit_test(dates_become_what_cairo_reads),
	};

	return cmocka_run_group_tests_name("escpos", tests, NULL, NULL);
}
