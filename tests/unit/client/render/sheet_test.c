/* Documents laid out with real letters: where lines, rows and pages come to stand. */
#include "client/render/sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/render/input.h"
#include "client/render/job.h"
#include "tests/unit/common/check.h"

struct bench {
	struct type *type;
	struct arena mem;
	struct sheet s;
};

static void make(struct bench *b, const struct look *look, const char *json)
{
	Steward__PrintRequest rq = STEWARD__PRINT_REQUEST__INIT;
	struct st_err err = { 0 };

	sheet_fini(&b->s);
	arena_fini(&b->mem);
	arena_init(&b->mem, 256u << 20);
	if (input_json(slice_str(json), &rq, &b->mem, &err) != ST_OK ||
	    sheet_make(&b->s, rq.documents[0], look, b->type, 1000, &b->mem, &err) != ST_OK)
		fail_msg("%s: %s", err.field, err.message);
}

/* A bill with n rows, a subtotal and a total. */
static char *bill(int n, const char *extra)
{
	size_t max = 1000 + (size_t)n * 100, used = 0;
	char *text = malloc(max);

	assert_non_null(text);
	used += (size_t)snprintf(
		text, max,
		"{\"title\":\"Bill\",\"facts\":[{\"label\":\"No\",\"value\":\"1\"}],%s"
		"\"tables\":[{\"columns\":[{\"heading\":\"What\",\"weight\":1},"
		"{\"heading\":\"Amount\",\"align\":\"RIGHT\"}],\"rows\":[",
		extra);
	for (int i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, max - used,
					 "{\"cells\":[\"Management fee %d\",\"1,234.56\"]},", i);
	(void)snprintf(text + used, max - used,
		       "{\"kind\":\"SUBTOTAL\",\"cells\":[\"Sum\",\"9\"]},"
		       "{\"kind\":\"TOTAL\",\"cells\":[\"Amount due\",\"9\"]}]}]}");
	return text;
}

static const struct flow_piece *last_piece(const struct bench *b)
{
	return &b->s.flow.pieces[b->s.flow.n_pieces - 1];
}

static void chinese_makes_no_row_higher(void **state)
{
	struct bench *b = *state;
	const struct look *a4 = look_paper(STEWARD__PRINT_PAPER__A4);
	double latin, mixed;

	type_use(b->type, a4, "zh-cn");
	latin = type_height(b->type, STYLE_CELL, "Management fee 12", 300);
	mixed = type_height(b->type, STYLE_CELL, "物业服务费 Management fee 阳光 12", 300);
	assert_true(latin > 0 && fabs(latin - mixed) < 0.001);
}

static void figures_have_one_width(void **state)
{
	struct bench *b = *state;
	double width;

	type_use(b->type, look_paper(STEWARD__PRINT_PAPER__A4), "en");
	width = type_width(b->type, STYLE_CELL, "1,111.11");
	assert_true(width > 0);
	assert_true(fabs(width - type_width(b->type, STYLE_CELL, "8,888.88")) < 0.01);
	assert_true(fabs(width - type_width(b->type, STYLE_CELL, "9,040.75")) < 0.01);
}

static void lines_break_between_words_and_between_ideographs(void **state)
{
	struct bench *b = *state;
	const char *words = "one two three four five six seven eight nine ten eleven";
	const char *han = "为保障二次供水水质我司定于星期一对生活水箱进行清洗消毒";

	type_use(b->type, look_paper(STEWARD__PRINT_PAPER__A4), "zh-cn");
	assert_int_equal(type_lines(b->type, STYLE_CELL, words, 1000), 1);
	assert_in_range(type_lines(b->type, STYLE_CELL, words, 100), 3, 4);
	assert_in_range(type_lines(b->type, STYLE_CELL, han, 100), 3, 4);
	assert_true(type_word(b->type, STYLE_CELL, han) < 20);
	assert_true(type_word(b->type, STYLE_CELL, words) <
		    type_width(b->type, STYLE_CELL, "eleven") + 1);
	assert_int_equal(type_lines(b->type, STYLE_CELL, "a\nb\nc", 100), 3);
	assert_int_equal(type_lines(b->type, STYLE_CELL, "", 100), 0);
	assert_int_equal(type_lines(b->type, STYLE_CELL, NULL, 100), 0);
}

/* What was measured fits into what was measured. */
static void figures_are_not_broken(void **state)
{
	struct bench *b = *state;
	const struct sheet_table *t;

	make(b, look_paper(STEWARD__PRINT_PAPER__A5),
	     "{\"title\":\"a\",\"tables\":[{\"columns\":[{\"weight\":50},{\"weight\":1,\"align\":"
	     "\"RIGHT\"},"
	     "{\"align\":\"RIGHT\"}],\"rows\":[{\"cells\":[\"very long text that wants the whole "
	     "line for "
	     "itself and then some more of it\",\"123,456,789.00\",\"1,234.00\"]},"
	     "{\"kind\":\"TOTAL\",\"cells\":[\"all\",\"\",\"9,999,999,999.00\"]}]}]}");
	t = &b->s.tables[0];
	assert_int_equal(type_lines(b->type, STYLE_CELL, "123,456,789.00", t->columns[1].width), 1);
	assert_int_equal(type_lines(b->type, STYLE_TOTAL, "9,999,999,999.00", t->columns[2].width),
			 1);
	assert_true(fabs(t->x[2] + t->columns[2].width - b->s.width) < 0.01);
}

/* Whatever the number of rows: a sum stands below a row of what it sums up. */
static void sums_are_never_orphaned(void **state)
{
	struct bench *b = *state;
	unsigned most = 0;

	for (int n = 20; n < 75; n++) {
		char *text = bill(n, "");
		const struct flow_piece *p;

		make(b, look_paper(STEWARD__PRINT_PAPER__A4), text);
		p = last_piece(b);
		assert_int_equal(p[0].page, p[-1].page);
		assert_int_equal(p[0].page, p[-2].page);
		most = b->s.flow.pages > most ? b->s.flow.pages : most;
		free(text);
	}
	assert_int_equal(most, 3);
}

static void pages_begin_with_the_head_and_stay_within_the_margins(void **state)
{
	struct bench *b = *state;
	char *text = bill(200, "");
	double room;

	make(b, look_paper(STEWARD__PRINT_PAPER__A4), text);
	room = b->s.look->height - b->s.look->top_next - b->s.look->bottom;
	for (size_t i = 1; i < b->s.flow.n_pieces; i++) {
		const struct flow_piece *p = &b->s.flow.pieces[i];

		if (p->page != p[-1].page) {
			assert_true(p->head);
			assert_true(fabs(p->y - b->s.tables[0].head) < 0.01);
		}
		if (p->page > 0)
			assert_true(p->y + p->height <= room + 0.1);
	}
	free(text);
}

static void a_longer_foot_leaves_less_room(void **state)
{
	struct bench *b = *state;
	char footer[420] = "\"footer\":\"", *text;

	memset(footer + strlen(footer), 'm', 380);
	strcat(footer, "\",");
	text = bill(60, footer);
	make(b, look_paper(STEWARD__PRINT_PAPER__A4), text);
	assert_true(b->s.foot > 0);
	for (size_t i = 0; i < b->s.flow.n_pieces; i++) {
		const struct flow_piece *p = &b->s.flow.pieces[i];
		double top = p->page == 0 ? b->s.look->top : b->s.look->top_next;

		assert_true(top + p->y + p->height <=
			    b->s.look->height - b->s.look->bottom - b->s.foot + 0.1);
	}
	free(text);
}

static const char wide[] =
	"{\"title\":\"Receipt\",\"tables\":[{\"columns\":[{\"heading\":\"Item\",\"weight\":1},{"
	"\"heading\":"
	"\"Period\"},{\"heading\":\"Quantity\",\"align\":\"RIGHT\"},{\"heading\":\"Amount\","
	"\"align\":"
	"\"RIGHT\"}],\"rows\":[{\"cells\":[\"物业服务费 Property management "
	"fee\",\"2026-10\",\"96.40\","
	"\"366.32\"]},{\"kind\":\"TOTAL\",\"cells\":[\"Total\",\"\",\"\",\"366.32\"]}]}]}";

static void a_narrow_roll_stacks_what_a_page_sets_in_columns(void **state)
{
	struct bench *b = *state;

	make(b, look_paper(STEWARD__PRINT_PAPER__A4), wide);
	assert_false(b->s.tables[0].stacked);
	make(b, look_roll(384), wide);
	assert_true(b->s.tables[0].stacked);
	assert_int_equal(b->s.flow.pages, 1);
	/* The name on a line of its own, the rest below; a total on one line. */
	assert_true(last_piece(b)[-1].lines >= 2);
	assert_int_equal(last_piece(b)->lines, 1);
}

static void a_roll_has_one_page_however_long(void **state)
{
	struct bench *b = *state;
	char *text = bill(500, "");

	make(b, look_roll(576), text);
	assert_int_equal(b->s.flow.pages, 1);
	assert_true(sheet_length(&b->s) > 500 * b->s.look->font[STYLE_CELL].leading);
	free(text);
}

static void too_much_in_one_place_is_refused_by_name(void **state)
{
	struct bench *b = *state;
	Steward__PrintRequest rq = STEWARD__PRINT_REQUEST__INIT;
	size_t max = 1u << 20, n;
	char *text = malloc(max);
	struct st_err err = { 0 };
	struct buf out;
	unsigned pages;

	assert_non_null(text);
	n = (size_t)snprintf(text, max, "{\"title\":\"a\",\"facts\":[");
	for (int i = 0; i < 24; i++) {
		n += (size_t)snprintf(text + n, max - n, "%s{\"label\":\"l\",\"value\":\"",
				      i > 0 ? "," : "");
		for (int k = 0; k < 190; k++)
			n += (size_t)snprintf(text + n, max - n, "\\n");
		n += (size_t)snprintf(text + n, max - n, "\"}");
	}
	(void)snprintf(text + n, max - n, "]}");
	assert_int_equal(input_json(slice_str(text), &rq, &b->mem, &err), ST_OK);
	buf_init(&out, JOB_BYTES_MAX);
	assert_int_equal(job_run(b->type, &rq, &out, &pages, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.field, "documents[0].facts");
	buf_fini(&out);
	free(text);
}

static int begin(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct st_err err = { 0 };

	if (b == NULL || type_new(&b->type, &err) != ST_OK)
		return -1;
	arena_init(&b->mem, 256u << 20);
	*state = b;
	return 0;
}

static int end(void **state)
{
	struct bench *b = *state;

	sheet_fini(&b->s);
	arena_fini(&b->mem);
	type_free(b->type);
	free(b);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chinese_makes_no_row_higher),
		cmocka_unit_test(figures_have_one_width),
		cmocka_unit_test(lines_break_between_words_and_between_ideographs),
		cmocka_unit_test(figures_are_not_broken),
		cmocka_unit_test(sums_are_never_orphaned),
		cmocka_unit_test(pages_begin_with_the_head_and_stay_within_the_margins),
		cmocka_unit_test(a_longer_foot_leaves_less_room),
		cmocka_unit_test(a_narrow_roll_stacks_what_a_page_sets_in_columns),
		cmocka_unit_test(a_roll_has_one_page_however_long),
		cmocka_unit_test(too_much_in_one_place_is_refused_by_name),
	};

	return cmocka_run_group_tests_name("sheet", tests, begin, end);
}
