#include "client/cli/csv_in.h"

#include <string.h>

#include "tests/unit/client/cli/shop.h"

struct reader {
	struct csv_in in;
	struct arena *mem;
};

static void reader_open(struct reader *r, struct shop *s, const char *text, const char *encoding)
{
	struct st_err err = { 0 };

	r->mem = &s->mem;
	assert_int_equal(csv_open(&r->in, slice_str(text), encoding, ',', &s->mem, &err), ST_OK);
}

/* The next record must stand in this line and hold these cells, joined by |. */
static void reader_wants(struct reader *r, unsigned long line, const char *cells)
{
	struct csv_record rec;
	const char *all = "";

	assert_true(csv_next(&r->in, r->mem, &rec));
	assert_null(rec.error);
	assert_int_equal(rec.line, line);
	for (size_t i = 0; i < rec.n; i++)
		all = arena_printf(r->mem, "%s%s%s", all, i > 0 ? "|" : "", rec.cells[i]);
	assert_string_equal(all, cells);
}

static void reader_wants_error(struct reader *r, unsigned long line, const char *words)
{
	struct csv_record rec;

	assert_true(csv_next(&r->in, r->mem, &rec));
	assert_int_equal(rec.line, line);
	assert_non_null(rec.error);
	assert_non_null(strstr(rec.error, words));
}

static void reader_ends(struct reader *r)
{
	struct csv_record rec;

	assert_false(csv_next(&r->in, r->mem, &rec));
	csv_close(&r->in);
}

static void quotes_commas_and_line_ends(void **state)
{
	struct reader r;

	reader_open(&r, *state, "a,b,c\r\n1,\"x, y\",\"say \"\"hi\"\"\"\n\"two\nlines\",,z", NULL);
	reader_wants(&r, 1, "a|b|c");
	reader_wants(&r, 2, "1|x, y|say \"hi\"");
	reader_wants(&r, 3, "two\nlines||z");
	reader_ends(&r);
}

static void lines_are_counted_over_quoted_line_ends_and_blank_lines(void **state)
{
	struct reader r;

	reader_open(&r, *state, "a\n\n\"1\n2\n3\"\n\r\nb\n", NULL);
	reader_wants(&r, 1, "a");
	reader_wants(&r, 3, "1\n2\n3");
	reader_wants(&r, 7, "b");
	reader_ends(&r);
}

static void a_carriage_return_alone_ends_a_line(void **state)
{
	struct reader r;

	reader_open(&r, *state, "a,b\r1,2\r\r\"x\ry\",3\n4,5\r\n", NULL);
	reader_wants(&r, 1, "a|b");
	reader_wants(&r, 2, "1|2");
	reader_wants(&r, 4, "x\ry|3");
	reader_wants(&r, 6, "4|5");
	reader_ends(&r);
}

static void byte_order_marks_are_no_part_of_the_first_name(void **state)
{
	struct reader r;

	reader_open(&r, *state, "\xef\xbb\xbfref,day\n1,2\n", NULL);
	reader_wants(&r, 1, "ref|day");
	reader_wants(&r, 2, "1|2");
	reader_ends(&r);
}

static void a_stray_quote_costs_its_line_only(void **state)
{
	struct reader r;

	reader_open(&r, *state, "a,b\n1,x\"y\n2,z\n", NULL);
	reader_wants(&r, 1, "a|b");
	reader_wants_error(&r, 2, "a quote stands where none may");
	reader_wants(&r, 3, "2|z");
	reader_ends(&r);
}

/* Were the rest of the line taken for the same record, the reading would never get beyond it. */
static void a_stray_quote_behind_a_carriage_return_costs_its_line_only(void **state)
{
	struct reader r;

	reader_open(&r, *state, "a,b\n1,2\r3,x\"y\n4,z\n", NULL);
	reader_wants(&r, 1, "a|b");
	reader_wants(&r, 2, "1|2");
	reader_wants_error(&r, 3, "a quote stands where none may");
	reader_wants(&r, 4, "4|z");
	reader_ends(&r);
}

static void an_open_quote_costs_its_line_only(void **state)
{
	struct reader r;

	reader_open(&r, *state, "a,b\n1,\"x\n2,y\n3,z\n", NULL);
	reader_wants(&r, 1, "a|b");
	reader_wants_error(&r, 2, "never closed");
	reader_wants(&r, 3, "2|y");
	reader_wants(&r, 4, "3|z");
	reader_ends(&r);
}

static void wrong_encoding_is_told_line_by_line(void **state)
{
	struct reader r;

	reader_open(&r, *state, "a\nok\nbad\xff\nok\n", NULL);
	reader_wants(&r, 1, "a");
	reader_wants(&r, 2, "ok");
	reader_wants_error(&r, 3, "not valid UTF-8");
	reader_wants(&r, 4, "ok");
	reader_ends(&r);
}

static void a_zero_byte_costs_its_line_only(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct reader r = { .mem = &s->mem };

	assert_int_equal(csv_open(&r.in, slice_of("a\nb\0c\nd\n", 8), NULL, ',', &s->mem, &err),
			 ST_OK);
	reader_wants(&r, 1, "a");
	reader_wants_error(&r, 2, "0 byte");
	reader_wants(&r, 3, "d");
	reader_ends(&r);
}

static void other_encodings_are_converted(void **state)
{
	struct reader r;

	reader_open(&r, *state, "a\n\xcb\xae\xb9\xdc\n", "GB18030");
	reader_wants(&r, 1, "a");
	reader_wants(&r, 2, "水管");
	reader_ends(&r);
}

static void utf16_is_known_by_its_mark(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct reader r = { .mem = &s->mem };

	assert_int_equal(csv_open(&r.in,
				  slice_of("\xff\xfe"
					   "a\0,\0b\0\n\0",
					   10),
				  NULL, ',', &s->mem, &err),
			 ST_OK);
	reader_wants(&r, 1, "a|b");
	reader_ends(&r);
}

static void unknown_and_wrong_encodings_are_refused(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct csv_in in;

	assert_int_equal(csv_open(&in, slice_str("a\n"), "KLINGON", ',', &s->mem, &err),
			 ST_INVALID_ARGUMENT);
	assert_non_null(strstr(err.message, "KLINGON"));
	err = (struct st_err){ 0 };
	assert_int_equal(
		csv_open(&in, slice_str("a\nb\n\xff\xff\n"), "GB18030", ',', &s->mem, &err),
		ST_INVALID_ARGUMENT);
	assert_memory_equal(err.message, "line 3 ", 7);
}

static void tabs_can_separate(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct reader r = { .mem = &s->mem };

	assert_int_equal(csv_open(&r.in, slice_str("a\tb\n1, 2\t\t3\n"), NULL, '\t', &s->mem, &err),
			 ST_OK);
	reader_wants(&r, 1, "a|b");
	reader_wants(&r, 2, "1, 2||3");
	reader_ends(&r);
}

static void the_raw_record_is_kept_for_the_report(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct csv_record rec;
	struct csv_in in;

	assert_int_equal(csv_open(&in, slice_str("a\r\n\"x\ny\",1\r\n"), NULL, ',', &s->mem, &err),
			 ST_OK);
	assert_true(csv_next(&in, &s->mem, &rec));
	assert_int_equal(rec.raw.len, 1);
	assert_true(csv_next(&in, &s->mem, &rec));
	assert_int_equal(rec.raw.len, 7);
	assert_memory_equal(rec.raw.data, "\"x\ny\",1", 7);
	csv_close(&in);
}

static void an_empty_file_has_no_records(void **state)
{
	struct reader r;

	reader_open(&r, *state, "", NULL);
	reader_ends(&r);
	reader_open(&r, *state, "\n\n", NULL);
	reader_ends(&r);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(quotes_commas_and_line_ends),
		TEST(lines_are_counted_over_quoted_line_ends_and_blank_lines),
		TEST(a_carriage_return_alone_ends_a_line),
		TEST(byte_order_marks_are_no_part_of_the_first_name),
		TEST(a_stray_quote_costs_its_line_only),
		TEST(a_stray_quote_behind_a_carriage_return_costs_its_line_only),
		TEST(an_open_quote_costs_its_line_only),
		TEST(wrong_encoding_is_told_line_by_line),
		TEST(a_zero_byte_costs_its_line_only),
		TEST(other_encodings_are_converted),
		TEST(utf16_is_known_by_its_mark),
		TEST(unknown_and_wrong_encodings_are_refused),
		TEST(tabs_can_separate),
		TEST(the_raw_record_is_kept_for_the_report),
		TEST(an_empty_file_has_no_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
