#include "client/tui/canvas.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena mem;

static int setup(void **state)
{
	(void)state;
	(void)setlocale(LC_ALL, "C.UTF-8");
	arena_init(&mem, 16u << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&mem);
	return 0;
}

static struct area sheet(struct canvas *c, int height, int width)
{
	assert_true(canvas_init(c, height, width, &mem));
	return canvas_area(c);
}

static void text_is_cut_with_a_sign(void **state)
{
	struct canvas c;
	struct area a = sheet(&c, 3, 10);

	(void)state;
	assert_int_equal(area_put(&a, 0, 0, 6, STYLE_PLAIN, "kitchen"), 6);
	assert_int_equal(area_put(&a, 1, 0, 7, STYLE_PLAIN, "kitchen"), 7);
	assert_int_equal(area_put(&a, 2, 8, -1, STYLE_PLAIN, "kitchen"), 2);
	assert_string_equal(canvas_text(&c, &mem), "kitch~\nkitchen\n        k~\n");
}

static void wide_characters_take_two_columns_and_are_never_halved(void **state)
{
	struct canvas c;
	struct area a = sheet(&c, 4, 6);

	(void)state;
	assert_int_equal(area_put(&a, 0, 0, -1, STYLE_PLAIN, "\u738b\u5c0f\u660e"), 6);
	assert_int_equal(area_put(&a, 1, 0, 5, STYLE_PLAIN, "\u738b\u5c0f\u660e"), 5);
	assert_int_equal(area_put(&a, 2, 0, 4, STYLE_PLAIN, "\u738b\u5c0f\u660e"), 3);
	area_put(&a, 3, 0, -1, STYLE_PLAIN, "\u738b\u5c0f");
	area_put(&a, 3, 1, 1, STYLE_PLAIN, "x");
	assert_string_equal(canvas_text(&c, &mem),
			    "\u738b\u5c0f\u660e\n\u738b\u5c0f~\n\u738b~\n x\u5c0f\n");
}

static void what_combines_stays_with_its_letter(void **state)
{
	struct canvas c;
	struct area a = sheet(&c, 1, 4);

	(void)state;
	assert_int_equal(area_put(&a, 0, 0, -1, STYLE_PLAIN, "e\u0301x"), 2);
	assert_string_equal(c.cells[0].text, "e\u0301");
	assert_string_equal(c.cells[1].text, "x");
}

static void control_characters_and_broken_text_do_no_harm(void **state)
{
	struct canvas c;
	struct area a = sheet(&c, 1, 8);

	(void)state;
	area_put(&a, 0, 0, -1, STYLE_PLAIN, "a\033[b\tc\xff");
	assert_string_equal(canvas_text(&c, &mem), "a [b c?\n");
}

static void nothing_gets_outside_an_area(void **state)
{
	struct canvas c;
	struct area a = sheet(&c, 4, 8), part = area_part(&a, 1, 2, 2, 4);

	(void)state;
	for (int y = -2; y < 6; y++)
		area_put(&part, y, 0, -1, STYLE_PLAIN, "xxxxxxxxxx");
	area_put(&part, 0, -3, 2, STYLE_PLAIN, "yy");
	area_fill(&part, 1, -3, 20, STYLE_PLAIN);
	assert_string_equal(canvas_text(&c, &mem), "\n  xxx~\n\n\n");
}

static void frames_have_titles(void **state)
{
	struct canvas c;
	struct area a = sheet(&c, 3, 16), inner = area_frame(&a, STYLE_FRAME, "Open cases 2");

	(void)state;
	assert_int_equal(inner.height, 1);
	assert_int_equal(inner.width, 14);
	area_put(&inner, 0, 0, -1, STYLE_PLAIN, "C-1042");
	assert_string_equal(canvas_text(&c, &mem),
			    "+-[Open case~]-+\n|C-1042        |\n+--------------+\n");
}

static void text_is_broken_between_words(void **state)
{
	struct canvas c;
	struct area a = sheet(&c, 5, 10), count = { .width = 10 };

	(void)state;
	assert_int_equal(area_wrap(&a, 0, STYLE_PLAIN, "main valve already\nclosed, he said"), 4);
	assert_int_equal(area_wrap(&count, 0, STYLE_PLAIN, "main valve already\nclosed, he said"),
			 4);
	assert_string_equal(canvas_text(&c, &mem), "main valve\nalready\nclosed, he\nsaid\n\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_cut_with_a_sign),
		cmocka_unit_test(wide_characters_take_two_columns_and_are_never_halved),
		cmocka_unit_test(what_combines_stays_with_its_letter),
		cmocka_unit_test(control_characters_and_broken_text_do_no_harm),
		cmocka_unit_test(nothing_gets_outside_an_area),
		cmocka_unit_test(frames_have_titles),
		cmocka_unit_test(text_is_broken_between_words),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
