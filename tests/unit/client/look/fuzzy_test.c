#include "client/look/fuzzy.h"

#include <string.h>

#include "tests/unit/client/cli/shop.h"

static void letters_stand_in_their_order(void **state)
{
	assert_true(fuzzy_score("cop", "case open") > 0);
	assert_true(fuzzy_score("CASE", "case open") > 0);
	assert_true(fuzzy_score("case", "CASE OPEN") > 0);
	assert_true(fuzzy_score("nn", "inn") > 0);
	assert_int_equal(fuzzy_score("poc", "case open"), 0);
	assert_int_equal(fuzzy_score("nn", "open"), 0);
	assert_int_equal(fuzzy_score("case", "cas"), 0);
	assert_int_equal(fuzzy_score("c", ""), 0);
}

static void an_empty_pattern_matches_everything_alike(void **state)
{
	assert_int_equal(fuzzy_score("", "case open"), 1);
	assert_int_equal(fuzzy_score("", ""), 1);
	assert_int_equal(fuzzy_score("  ", "case open"), 1);
	assert_true(fuzzy_score("n", "case open") > 1);
}

static void blanks_of_the_pattern_are_skipped(void **state)
{
	assert_int_equal(fuzzy_score("case open", "case open"),
			 fuzzy_score("caseopen", "case open"));
	assert_int_equal(fuzzy_score(" ca op ", "case open"), fuzzy_score("caop", "case open"));
	assert_true(fuzzy_score("c o", "case-open") > 0);
}

static void better(const char *pattern, const char *text, const char *than)
{
	int good = fuzzy_score(pattern, text), less = fuzzy_score(pattern, than);

	if (less <= 0 || good <= less)
		fail_msg("'%s': '%s' has %d, '%s' has %d", pattern, text, good, than, less);
}

static void beginnings_and_runs_are_better(void **state)
{
	better("co", "case open", "decor");            /* beginnings before a run */
	better("co", "contact list", "case open");     /* a beginning of several letters first */
	better("pay", "payment add", "property away"); /* side by side before far apart */
	better("list", "case list", "lift sets");      /* a whole word before parts */
	better("op", "order pay", "reopen");
	better("case", "case list", "show case");   /* the text's beginning before a later one */
	better("cl", "case list", "case list all"); /* the shorter one */
	better("pen", "the pen", "open the");
}

/* Where the first place that fits is not the best one, the best one counts. */
static void the_best_place_counts(void **state)
{
	better("pen", "open pen", "open ten");
	assert_true(fuzzy_score("list", "lost in list") > fuzzy_score("list", "lost in lost it"));
}

static void other_writings_are_letters_too(void **state)
{
	assert_true(fuzzy_score("水工", "水管工") > 0);
	assert_int_equal(fuzzy_score("工水", "水管工"), 0);
	/* Characters, not bytes: these two share their first bytes. */
	assert_int_equal(fuzzy_score("氵", "水"), 0);
	assert_true(fuzzy_score("öl", "ÖL wechseln") > 0);
	better("管", "水 管", "水管");
}

static void broken_text_matches_itself(void **state)
{
	assert_true(fuzzy_score("\xe6\xb0", "a\xe6\xb0") > 0);
	assert_int_equal(fuzzy_score("\xe6", "\xe6\xb0\xb4"), 0);
	assert_int_equal(fuzzy_score("\xff", "\xfe"), 0);
}

static void patterns_have_an_end(void **state)
{
	char pattern[FUZZY_PATTERN_MAX + 2], text[400];

	memset(pattern, 'a', sizeof(pattern));
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = pattern[FUZZY_PATTERN_MAX + 1] = '\0';
	assert_int_equal(fuzzy_score(pattern, text), 0);
	pattern[FUZZY_PATTERN_MAX] = '\0';
	assert_true(fuzzy_score(pattern, text) > 0);
}

static int fuzzy_setup(void **state)
{
	term_locale();
	return shop_setup(state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fuzzy_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(letters_stand_in_their_order),
		TEST(an_empty_pattern_matches_everything_alike),
		TEST(blanks_of_the_pattern_are_skipped),
		TEST(beginnings_and_runs_are_better),
		TEST(the_best_place_counts),
		TEST(other_writings_are_letters_too),
		TEST(broken_text_matches_itself),
		TEST(patterns_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
