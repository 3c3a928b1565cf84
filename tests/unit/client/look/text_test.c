#include "client/look/text.h"

#include <stdlib.h>

#include "tests/unit/client/cli/shop.h"

static void control_characters_never_reach_a_terminal(void **state)
{
	struct shop *s = *state;

	assert_string_equal(text_clean("a\033[2Jb", false, &s->mem), "a\\x1b[2Jb");
	assert_string_equal(text_clean("a\x7f"
				       "b",
				       false, &s->mem),
			    "a\\x7fb");
	assert_string_equal(text_clean("a\xc2\x9b"
				       "b",
				       false, &s->mem),
			    "a\\xc2\\x9bb");
	assert_string_equal(text_clean("a\tb\r\nc", false, &s->mem), "a b  c");
	assert_string_equal(text_clean("a\nb", true, &s->mem), "a\nb");
	assert_string_equal(text_clean("水管 ü", false, &s->mem), "水管 ü");
	assert_string_equal(text_clean("\xff", false, &s->mem), "\\xff");
}

static void width_counts_columns(void **state)
{
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("水管"), 4);
	assert_int_equal(text_width("e\xcc\x81"), 1); /* a combining accent */
}

static void cut_text_says_so(void **state)
{
	struct shop *s = *state;

	assert_string_equal(text_cut("abc", 3, &s->mem), "abc");
	assert_string_equal(text_cut("abcd", 3, &s->mem), "ab~");
	assert_string_equal(text_cut("水管工", 5, &s->mem), "水管~");
	assert_string_equal(text_cut("水管工", 4, &s->mem), "水~");
}

static char *wrapped(const char *text, size_t width, size_t indent)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	text_wrap(f, text, width, indent);
	assert_int_equal(fclose(f), 0);
	return out;
}

static void wrap_breaks_between_words(void **state)
{
	char *text = wrapped("one two three", 8, 2);

	assert_string_equal(text, "one two\n  three");
	free(text);
	text = wrapped("abcdefghij", 4, 0);
	assert_string_equal(text, "abcd\nefgh\nij");
	free(text);
	text = wrapped("first\nsecond", 0, 3);
	assert_string_equal(text, "first\n   second");
	free(text);
	text = wrapped("水管水管", 4, 0);
	assert_string_equal(text, "水管\n水管");
	free(text);
}

static int text_setup(void **state)
{
	term_locale();
	return shop_setup(state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, text_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(control_characters_never_reach_a_terminal),
		TEST(width_counts_columns),
		TEST(cut_text_says_so),
		TEST(wrap_breaks_between_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
