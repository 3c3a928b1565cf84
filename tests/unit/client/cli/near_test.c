#include "common/near.h"

#include <limits.h>

#include "tests/unit/client/cli/shop.h"

static void near_counts_single_changes(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} cases[] = {
		{ "", "", 0 },
		{ "case", "case", 0 },
		{ "", "abc", 3 },
		{ "abc", "", 3 },
		{ "case", "cases", 1 },
		{ "case", "cse", 1 },
		{ "case", "casa", 1 },
		{ "open", "opne", 1 },
		{ "summary", "sumary", 1 },
		{ "kitten", "sitting", 3 },
		{ "list", "lsit", 1 },
		{ "abcd", "badc", 2 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(near_distance(cases[i].a, cases[i].b), cases[i].distance);
		assert_int_equal(near_distance(cases[i].b, cases[i].a), cases[i].distance);
	}
}

static void near_of_endless_words_is_far(void **state)
{
	char long_word[200];

	memset(long_word, 'a', sizeof(long_word));
	long_word[sizeof(long_word) - 1] = '\0';
	assert_int_equal(near_distance(long_word, "a"), UINT_MAX);
	assert_int_equal(near_distance("a", long_word), UINT_MAX);
}

static const char *near_of(const char *word)
{
	static const char *const verbs[] = { "open", "list", "show", "dispatch", "reopen" };
	struct near n;

	near_init(&n, word);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		near_offer(&n, verbs[i]);
	return near_best(&n);
}

static void near_suggests_only_what_is_close(void **state)
{
	assert_string_equal(near_of("opne"), "open");
	assert_string_equal(near_of("lst"), "list");
	assert_string_equal(near_of("dispath"), "dispatch");
	assert_string_equal(near_of("reopn"), "reopen");
	assert_null(near_of("invoice"));
	assert_null(near_of("x"));
	assert_null(near_of(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(near_counts_single_changes),
		cmocka_unit_test(near_of_endless_words_is_far),
		cmocka_unit_test(near_suggests_only_what_is_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
