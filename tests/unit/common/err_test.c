#include "common/err.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/common/check.h"

static void fail_fills_everything(void **state)
{
	struct st_err err = { 0 };

	assert_int_equal(st_fail(&err, ST_NOT_FOUND, "NO_CASE", "case", "there is no case %d", 7),
			 ST_NOT_FOUND);
	assert_int_equal(err.code, ST_NOT_FOUND);
	assert_string_equal(err.reason, "NO_CASE");
	assert_string_equal(err.field, "case");
	assert_string_equal(err.message, "there is no case 7");
}

static void fail_without_details_takes_the_codes_words(void **state)
{
	struct st_err err = { 0 };

	(void)st_fail(&err, ST_ABORTED, NULL, NULL, "%s", "");
	assert_string_equal(err.reason, "ABORTED");
	assert_string_equal(err.field, "");
	assert_string_equal(err.message, st_code_text(ST_ABORTED));
}

static void fail_works_without_an_error_to_fill(void **state)
{
	assert_int_equal(st_fail(NULL, ST_INTERNAL, NULL, NULL, "nobody reads this"), ST_INTERNAL);
}

static void fail_may_use_what_the_error_holds(void **state)
{
	struct st_err err = { 0 };

	(void)st_fail(&err, ST_NOT_FOUND, "WHY", "a.b", "first");
	(void)st_fail(&err, ST_INTERNAL, err.reason, err.field, "second after %s", err.message);
	assert_string_equal(err.reason, "WHY");
	assert_string_equal(err.field, "a.b");
	assert_string_equal(err.message, "second after first");
}

static void long_text_is_cut_at_a_character(void **state)
{
	/* 3 bytes each, and one byte in front: 399 is not at the end of one. */
	char text[1 + 3 * 200 + 1] = "x";
	struct st_err err = { 0 };

	for (int i = 0; i < 200; i++)
		memcpy(text + 1 + 3 * i, "\xe6\xa5\xbc", 3);
	(void)st_fail(&err, ST_INTERNAL, text, text, "%s", text);
	assert_int_equal(strlen(err.message), 1 + 3 * 132);
	assert_int_equal(strlen(err.field), 1 + 3 * 39);
	assert_int_equal(strlen(err.reason), 1 + 3 * 20);
	assert_memory_equal(err.message, text, strlen(err.message));
}

static void text_that_just_fits_is_whole(void **state)
{
	char text[sizeof(((struct st_err *)0)->message)];
	struct st_err err = { 0 };

	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = 0;
	(void)st_fail(&err, ST_INTERNAL, NULL, NULL, "%s", text);
	assert_string_equal(err.message, text);
}

static void the_first_error_stays(void **state)
{
	struct st_err err = { 0 }, first = { 0 }, second = { 0 };

	(void)st_fail(&first, ST_CANCELLED, NULL, NULL, "first");
	(void)st_fail(&second, ST_INTERNAL, NULL, NULL, "second");
	st_keep_first(&err, &first);
	st_keep_first(&err, &second);
	assert_int_equal(err.code, ST_CANCELLED);
	assert_string_equal(err.message, "first");
}

/* What is on the wire never changes. */
static void codes_keep_their_numbers(void **state)
{
	static const char *const names[] = {
		"OK",
		"CANCELLED",
		"UNKNOWN",
		"INVALID_ARGUMENT",
		"DEADLINE_EXCEEDED",
		"NOT_FOUND",
		"ALREADY_EXISTS",
		"PERMISSION_DENIED",
		"RESOURCE_EXHAUSTED",
		"FAILED_PRECONDITION",
		"ABORTED",
		"OUT_OF_RANGE",
		"UNIMPLEMENTED",
		"INTERNAL",
		"UNAVAILABLE",
		"DATA_LOSS",
		"UNAUTHENTICATED",
	};

	for (int i = 0; i < 17; i++) {
		assert_string_equal(st_code_name((enum st_code)i), names[i]);
		assert_int_equal(st_code_from_wire(i), i);
		assert_true(strlen(st_code_text((enum st_code)i)) > 0);
	}
}

static void unknown_numbers_are_unknown(void **state)
{
	assert_int_equal(st_code_from_wire(17), ST_UNKNOWN);
	assert_int_equal(st_code_from_wire(-1), ST_UNKNOWN);
	assert_string_equal(st_code_name((enum st_code)17), "UNKNOWN");
	assert_string_equal(st_code_name((enum st_code)99), "UNKNOWN");
	assert_string_equal(st_code_name((enum st_code) - 5), "UNKNOWN");
	assert_false(st_code_retry((enum st_code)99));
}

static void only_passing_troubles_are_tried_again(void **state)
{
	for (int i = 0; i < 17; i++) {
		bool again = i == ST_DEADLINE_EXCEEDED || i == ST_RESOURCE_EXHAUSTED ||
			     i == ST_ABORTED || i == ST_UNAVAILABLE;

		assert_int_equal(st_code_retry((enum st_code)i), again);
	}
}

static void our_own_mistakes_end_the_process(void **state)
{
	char said[400] = "";
	pid_t child;
	int ends[2], status;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		dup2(ends[1], STDERR_FILENO);
		must(1 + 1 == 2);
		must(1 + 1 == 3);
		_exit(0);
	}
	close(ends[1]);
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_true(read(ends[0], said, sizeof said - 1) > 0);
	close(ends[0]);
	assert_memory_equal(said, "fault=\"1 + 1 == 3\" at=", 22);
	assert_non_null(strstr(said, "err_test.c:"));
}

static enum st_code pass_on(enum st_code code, bool *ret_went_on)
{
	ST_TRY(code);
	*ret_went_on = true;
	return ST_OK;
}

static void try_returns_what_is_not_ok(void **state)
{
	bool went_on = false;

	assert_int_equal(pass_on(ST_ABORTED, &went_on), ST_ABORTED);
	assert_false(went_on);
	assert_int_equal(pass_on(ST_OK, &went_on), ST_OK);
	assert_true(went_on);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_fills_everything),
		cmocka_unit_test(fail_without_details_takes_the_codes_words),
		cmocka_unit_test(fail_works_without_an_error_to_fill),
		cmocka_unit_test(fail_may_use_what_the_error_holds),
		cmocka_unit_test(long_text_is_cut_at_a_character),
		cmocka_unit_test(text_that_just_fits_is_whole),
		cmocka_unit_test(the_first_error_stays),
		cmocka_unit_test(codes_keep_their_numbers),
		cmocka_unit_test(unknown_numbers_are_unknown),
		cmocka_unit_test(only_passing_troubles_are_tried_again),
		cmocka_unit_test(our_own_mistakes_end_the_process),
		cmocka_unit_test(try_returns_what_is_not_ok),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
