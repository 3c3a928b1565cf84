#include "client/cli/import.h"

#include <string.h>

#include "tests/unit/client/cli/shop.h"

static void outcomes_are_words_and_unknown_ones_are_rejections(void **state)
{
	assert_int_equal(import_outcome_of("taken"), IMPORT_TAKEN);
	assert_int_equal(import_outcome_of("changed"), IMPORT_CHANGED);
	assert_int_equal(import_outcome_of("unchanged"), IMPORT_UNCHANGED);
	assert_int_equal(import_outcome_of("rejected"), IMPORT_REJECTED);
	assert_int_equal(import_outcome_of("eaten"), IMPORT_REJECTED);
	assert_int_equal(import_outcome_of(""), IMPORT_REJECTED);
	assert_int_equal(import_outcome_of(NULL), IMPORT_REJECTED);
}

static void the_closing_line_counts_everything(void **state)
{
	struct shop *s = *state;
	struct import_counts c = { .rows = 24071 };

	c.by[IMPORT_TAKEN] = 24000;
	c.by[IMPORT_UNCHANGED] = 60;
	c.by[IMPORT_REJECTED] = 11;
	assert_string_equal(import_sentence(&c, false, &s->mem),
			    "24,071 rows: 24,000 taken, 60 unchanged, 11 rejected");
	c.by[IMPORT_CHANGED] = 1;
	c.not_sent = 1500;
	assert_string_equal(
		import_sentence(&c, false, &s->mem),
		"24,071 rows: 24,000 taken, 1 changed, 60 unchanged, 11 rejected, 1,500 not sent");
}

static void rejects_are_counted_and_kept(void **state)
{
	struct shop *s = *state;
	struct import_run run = { .cli = &s->cli };

	for (unsigned long line = 0; line < 100; line++)
		assert_true(import_reject(&run, line, slice_str("raw"), "ref", "A", "no reason"));
	assert_int_equal(run.n_rejects, 100);
	assert_int_equal(run.counts.by[IMPORT_REJECTED], 100);
	assert_int_equal(run.rejects[99].line, 99);
	assert_string_equal(run.rejects[0].reason, "no reason");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(outcomes_are_words_and_unknown_ones_are_rejections),
		TEST(the_closing_line_counts_everything),
		TEST(rejects_are_counted_and_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
