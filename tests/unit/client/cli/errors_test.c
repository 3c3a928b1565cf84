#include "client/cli/errors.h"

#include <stdio.h>

#include "client/cli/options.h"
#include "tests/unit/client/cli/shop.h"

/* The published contract, every code of the wire once. */
static void exit_codes_are_the_contract(void **state)
{
	static const struct {
		enum st_code code;
		const char *reason;
		int exit;
	} contract[] = {
		{ ST_OK, "", 0 },
		{ ST_CANCELLED, "", 10 },
		{ ST_UNKNOWN, "", 12 },
		{ ST_INVALID_ARGUMENT, "", 2 },
		{ ST_DEADLINE_EXCEEDED, "", 11 },
		{ ST_DEADLINE_EXCEEDED, "OUTCOME_UNKNOWN", 11 },
		{ ST_NOT_FOUND, "", 3 },
		{ ST_ALREADY_EXISTS, "", 7 },
		{ ST_PERMISSION_DENIED, "", 5 },
		{ ST_PERMISSION_DENIED, "STEP_UP_REQUIRED", 5 },
		{ ST_RESOURCE_EXHAUSTED, "", 9 },
		{ ST_RESOURCE_EXHAUSTED, "NO_MEMORY", 12 },
		{ ST_FAILED_PRECONDITION, "", 7 },
		{ ST_FAILED_PRECONDITION, "NOT_ENROLLED", 4 },
		{ ST_FAILED_PRECONDITION, "FILE_ERROR", 12 },
		{ ST_ABORTED, "", 6 },
		{ ST_FAILED_PRECONDITION, "VERSION_CONFLICT", 6 },
		{ ST_OUT_OF_RANGE, "", 2 },
		{ ST_UNIMPLEMENTED, "", 12 },
		{ ST_INTERNAL, "", 12 },
		{ ST_UNAVAILABLE, "", 9 },
		{ ST_DATA_LOSS, "", 12 },
		{ ST_UNAUTHENTICATED, "", 4 },
		{ ST_CANCELLED, "INTERRUPTED", 130 },
	};
	bool seen[17] = { false };

	for (size_t i = 0; i < sizeof(contract) / sizeof(contract[0]); i++) {
		struct st_err err = { .code = contract[i].code };

		(void)snprintf(err.reason, sizeof(err.reason), "%s", contract[i].reason);
		assert_int_equal(exit_code_of(&err), contract[i].exit);
		seen[contract[i].code] = true;
	}
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		assert_true(seen[i]);
}

static void exit_code_1_is_never_an_error(void **state)
{
	for (int code = 1; code <= 16; code++) {
		struct st_err err = { .code = (enum st_code)code };

		assert_int_not_equal(exit_code_of(&err), 0);
		assert_int_not_equal(exit_code_of(&err), 1);
		assert_int_not_equal(exit_code_of(&err), 8);
	}
}

static void hints_say_what_to_do(void **state)
{
	const struct st_err login = { .code = ST_UNAUTHENTICATED, .reason = "LOGIN_REQUIRED" };
	const struct st_err plain = { .code = ST_NOT_FOUND, .reason = "NOT_FOUND" };

	assert_string_equal(error_hint(&login), "Run: steward login");
	assert_string_equal(error_hint(&plain), "");
}

static void durations_have_units(void **state)
{
	static const struct {
		const char *text;
		uint32_t ms;
	} good[] = { { "5", 5000 },    { "5s", 5000 },    { "500ms", 500 },
		     { "2m", 120000 }, { "1h", 3600000 }, { "0.5", 500 } };
	static const char *const bad[] = { "", "s", "5x", "-1", "0", "nan", "inf", "5 s", "100h" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct st_err err = { 0 };
		uint32_t ms = 0;

		assert_int_equal(options_duration(good[i].text, &ms, &err), ST_OK);
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct st_err err = { 0 };
		uint32_t ms = 0;

		assert_int_equal(options_duration(bad[i], &ms, &err), ST_INVALID_ARGUMENT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_codes_are_the_contract),
		cmocka_unit_test(exit_code_1_is_never_an_error),
		cmocka_unit_test(hints_say_what_to_do),
		cmocka_unit_test(durations_have_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
