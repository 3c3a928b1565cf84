#include "client/cli/out.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/csv_in.h"
#include "tests/unit/client/cli/shop.h"

static char *put(enum csv_kind kind, const char *value, bool text)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	csv_put(f, kind, true, value, text);
	assert_int_equal(fclose(f), 0);
	return out;
}

static void check(enum csv_kind kind, const char *value, bool text, const char *want)
{
	char *got = put(kind, value, text);

	assert_string_equal(got, want);
	free(got);
}

static void values_are_quoted_where_they_must_be(void **state)
{
	check(CSV_PIPE, "plain", true, "plain");
	check(CSV_PIPE, "", true, "");
	check(CSV_PIPE, "a,b", true, "\"a,b\"");
	check(CSV_PIPE, "say \"hi\"", true, "\"say \"\"hi\"\"\"");
	check(CSV_PIPE, "two\nlines", true, "\"two\nlines\"");
	check(CSV_PIPE, "two\rlines", true, "\"two\rlines\"");
	check(CSV_PIPE, "=1+1", true, "=1+1");
}

static void spreadsheets_get_no_formulas(void **state)
{
	check(CSV_FILE, "=1+1", true, "\"'=1+1\"");
	check(CSV_FILE, "+86 138", true, "\"'+86 138\"");
	check(CSV_FILE, "@cmd", true, "\"'@cmd\"");
	check(CSV_FILE, "-", true, "\"'-\"");
	check(CSV_FILE, "-12.50", true, "-12.50");
	check(CSV_FILE, "+8613800138000", true, "+8613800138000");
	check(CSV_FILE, "-2", false, "-2");
	check(CSV_FILE, "a=b", true, "a=b");
	check(CSV_FILE, "\tx", true, "\"'\tx\"");
}

static void tabs_are_spelled_out(void **state)
{
	check(CSV_TABS, "a\tb\nc\\d\re", true, "a\\tb\\nc\\\\d\\re");
	check(CSV_PLAIN, "say \"hi\", ok", true, "say \"hi\", ok");
}

static void files_of_each_kind_are_whole(void **state)
{
	static const struct {
		enum csv_kind kind;
		const char *want;
	} cases[] = {
		{ CSV_PIPE, "number,price_minor,tags\r\nG-1,128050,\"a, b\"\r\n" },
		{ CSV_FILE, "\xef\xbb\xbfnumber,price_minor,tags\r\nG-1,128050,\"a, b\"\r\n" },
		{ CSV_TABS, "number\tprice_minor\ttags\nG-1\t128050\ta, b\n" },
		{ CSV_PLAIN, "G-1\t128050\ta, b\n" },
	};
	struct shop *s = *state;
	const ProtobufCMessage *rows[1] = { &shop_good(&s->mem, "G-1", "Tap")->base };
	struct st_err err = { 0 };
	struct view v;

	assert_int_equal(
		view_make(&shop_good_rules, rows, 1, "number,price_minor,tags", &s->mem, &v, &err),
		ST_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *out = NULL;
		size_t len = 0;
		FILE *f = open_memstream(&out, &len);

		out_csv(f, &v, cases[i].kind, &s->mem);
		assert_int_equal(fclose(f), 0);
		assert_string_equal(out, cases[i].want);
		free(out);
	}
}

/* Whatever we write, our own reader gives back. */
static void what_is_written_is_read_back(void **state)
{
	static const char *const values[] = { "a",    "",       "a,b", "\"",   "\"\"",
					      "x\ny", "x\r\ny", ",",   "水管", "a\"b\"c" };
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct csv_record r;
	struct csv_in in;
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		csv_put(f, CSV_PIPE, i == 0, values[i], true);
	csv_end_row(f, CSV_PIPE);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(csv_open(&in, slice_of(out, len), NULL, ',', &s->mem, &err), ST_OK);
	assert_true(csv_next(&in, &s->mem, &r));
	assert_null(r.error);
	assert_int_equal(r.n, sizeof(values) / sizeof(values[0]));
	for (size_t i = 0; i < r.n; i++)
		assert_string_equal(r.cells[i], values[i]);
	assert_false(csv_next(&in, &s->mem, &r));
	csv_close(&in);
	free(out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(values_are_quoted_where_they_must_be),
		TEST(spreadsheets_get_no_formulas),
		TEST(tabs_are_spelled_out),
		TEST(files_of_each_kind_are_whole),
		TEST(what_is_written_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
