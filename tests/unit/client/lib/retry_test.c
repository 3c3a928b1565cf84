#include "tests/unit/client/lib/rig.h"

static int wait_of(struct retry_case r)
{
	if (r.reason == NULL)
		r.reason = "";
	return retry_wait_ms(&r);
}

static void an_unreachable_server_is_told_at_once(void **state)
{
	assert_int_equal(wait_of((struct retry_case){ .code = ST_UNAVAILABLE, .write = true }), -1);
	assert_int_equal(wait_of((struct retry_case){ .code = ST_UNAVAILABLE }), -1);
}

static void a_server_that_was_there_is_looked_for_again(void **state)
{
	struct retry_case r = { .code = ST_UNAVAILABLE, .known = true };

	for (; r.failed_connects < 4; r.failed_connects++)
		assert_true(wait_of(r) > 0);
	assert_int_equal(wait_of(r), -1);
	r.leaving = true;
	for (; r.failed_connects < 100; r.failed_connects++)
		assert_in_range(wait_of(r), 1, 3000);
}

static void a_read_is_sent_twice_at_most(void **state)
{
	assert_true(wait_of((struct retry_case){
			    .code = ST_UNAVAILABLE, .greeted = true, .sent = 1 }) >= 0);
	assert_int_equal(
		wait_of((struct retry_case){ .code = ST_UNAVAILABLE, .greeted = true, .sent = 2 }),
		-1);
}

static void a_write_is_sent_five_times_at_most(void **state)
{
	for (unsigned sent = 1; sent < 5; sent++)
		assert_true(wait_of((struct retry_case){
				    .write = true, .code = ST_UNAVAILABLE, .sent = sent }) >= 0);
	assert_int_equal(
		wait_of((struct retry_case){ .write = true, .code = ST_UNAVAILABLE, .sent = 5 }),
		-1);
}

static void waits_grow_while_nobody_answers(void **state)
{
	int before = 0;

	for (unsigned n = 0; n < 4; n++) {
		int ms = wait_of((struct retry_case){
			.write = true, .code = ST_UNAVAILABLE, .sent = 1, .failed_connects = n });

		assert_true(ms > before);
		before = ms;
	}
	assert_int_equal(
		wait_of((struct retry_case){
			.write = true, .code = ST_UNAVAILABLE, .sent = 1, .failed_connects = 4 }),
		-1);
}

static void only_passing_refusals_are_tried_again(void **state)
{
	static const struct {
		enum st_code code;
		const char *reason;
		uint32_t after;
		bool login, again;
	} cases[] = {
		{ ST_UNAVAILABLE, "", 50, false, true },
		{ ST_ABORTED, "", 50, false, true },
		{ ST_ABORTED, "VERSION_CONFLICT", 50, false, false },
		{ ST_RESOURCE_EXHAUSTED, "", 500, false, true },
		{ ST_RESOURCE_EXHAUSTED, "", 5000, false, false },
		{ ST_RESOURCE_EXHAUSTED, "TOO_MANY_TRIES", 500, true, false },
		{ ST_DEADLINE_EXCEEDED, "OUTCOME_UNKNOWN", 50, false, false },
		{ ST_INVALID_ARGUMENT, "", 50, false, false },
		{ ST_FAILED_PRECONDITION, "", 0, false, false },
		{ ST_NOT_FOUND, "", 0, false, false },
		{ ST_PERMISSION_DENIED, "", 0, false, false },
		{ ST_INTERNAL, "", 0, false, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int ms = wait_of((struct retry_case){
			.write = true,
			.answered = true,
			.greeted = true,
			.login = cases[i].login,
			.sent = 1,
			.code = cases[i].code,
			.reason = cases[i].reason,
			.retry_after_ms = cases[i].after,
		});

		assert_int_equal(ms >= 0, cases[i].again);
		if (cases[i].again)
			assert_int_equal(ms, cases[i].after);
	}
}

static void other_failures_of_the_line_are_final(void **state)
{
	assert_int_equal(wait_of((struct retry_case){
				 .write = true, .code = ST_UNAUTHENTICATED, .sent = 1 }),
			 -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unreachable_server_is_told_at_once),
		cmocka_unit_test(a_server_that_was_there_is_looked_for_again),
		cmocka_unit_test(a_read_is_sent_twice_at_most),
		cmocka_unit_test(a_write_is_sent_five_times_at_most),
		cmocka_unit_test(waits_grow_while_nobody_answers),
		cmocka_unit_test(only_passing_refusals_are_tried_again),
		cmocka_unit_test(other_failures_of_the_line_are_final),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
