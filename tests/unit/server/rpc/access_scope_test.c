/* Where a call may go. */
#include <string.h>

#include "tests/unit/server/rpc/access_rig.h"

static void scope_is_where_the_role_is_held(void **state)
{
	struct caller *alice = fake_login(ALICE), *bob = fake_login(BOB);
	struct access_scope s;
	struct st_err err;

	assert_int_equal(scope(alice, &by_clerk, NULL, &s, &err), ST_OK);
	assert_string_equal(s.csv, "1");
	assert_string_equal(s.array, "{1}");
	assert_string_equal(s.property, "1");
	assert_int_equal(scope(bob, &by_clerk, NULL, &s, &err), ST_OK);
	assert_string_equal(s.csv, "1,2");
	assert_string_equal(s.array, "{1,2}");
	assert_null(s.property);
	assert_int_equal(scope(bob, &by_clerk, "lak", &s, &err), ST_OK);
	assert_string_equal(s.csv, "2");
	assert_string_equal(s.property, "2");
	caller_unref(alice);
	caller_unref(bob);
}

static void scope_hides_other_properties(void **state)
{
	struct caller *alice = fake_login(ALICE);
	struct access_scope s;
	struct st_err err;

	assert_int_equal(scope(alice, &by_clerk, "LAK", &s, &err), ST_NOT_FOUND);
	assert_int_equal(scope(alice, &by_clerk, "NONE", &s, &err), ST_NOT_FOUND);
	assert_string_equal(err.field, "property");
	caller_unref(alice);
}

static void scope_names_the_roles_that_are_missing(void **state)
{
	struct caller *alice = fake_login(ALICE);
	struct access_scope s;
	struct st_err err;

	assert_int_equal(scope(alice, &by_manager, NULL, &s, &err), ST_PERMISSION_DENIED);
	assert_non_null(strstr(err.message, "building_steward, manager"));
	fake->sessions[0].grants = "1:256,2:2"; /* manager at SUN, clerk at LAK */
	caller_unref(alice);
	alice = fake_login(ALICE);
	assert_int_equal(scope(alice, &by_manager, NULL, &s, &err), ST_OK);
	assert_string_equal(s.csv, "1");
	assert_int_equal(scope(alice, &by_manager, "LAK", &s, &err), ST_PERMISSION_DENIED);
	assert_int_equal(scope(alice, &by_anybody, NULL, &s, &err), ST_OK);
	assert_string_equal(s.csv, "1,2");
	caller_unref(alice);
}

static void scope_of_one_property(void **state)
{
	struct caller *alice = fake_login(ALICE), *bob = fake_login(BOB);
	struct access_scope s;
	struct st_err err;

	assert_int_equal(scope(alice, &at_one, NULL, &s, &err), ST_OK);
	assert_string_equal(s.property, "1");
	assert_int_equal(scope(bob, &at_one, NULL, &s, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.field, "property");
	assert_int_equal(scope(bob, &at_one, "SUN", &s, &err), ST_OK);
	assert_string_equal(s.property, "1");
	fake->n_properties = 0;
	fake->epoch++;
	access_poke(fake->access);
	fake_settle();
	assert_int_equal(scope(bob, &at_one, NULL, &s, &err), ST_FAILED_PRECONDITION);
	assert_string_equal(err.reason, "NO_PROPERTY");
	assert_int_equal(scope(bob, &by_clerk, NULL, &s, &err), ST_OK);
	assert_string_equal(s.array, "{}");
	caller_unref(alice);
	caller_unref(bob);
}

static void scope_without_any_role(void **state)
{
	struct access_scope s;
	struct caller *alice;
	struct st_err err;

	fake->sessions[0].grants = "";
	alice = fake_login(ALICE);
	assert_int_equal(scope(alice, &by_clerk, NULL, &s, &err), ST_PERMISSION_DENIED);
	assert_int_equal(scope(alice, &by_anybody, NULL, &s, &err), ST_OK);
	assert_string_equal(s.csv, "");
	assert_string_equal(s.array, "{}");
	assert_int_equal(scope(alice, &by_anybody, "SUN", &s, &err), ST_NOT_FOUND);
	caller_unref(alice);
}

/* More kinds of calls than a caller remembers scopes for. */
static void scope_cache_goes_round(void **state)
{
	struct caller *alice;
	struct access_scope s;
	struct st_err err;

	fake->sessions[0].grants = "1:2,2:256";
	alice = fake_login(ALICE);
	for (unsigned round = 0; round < 3; round++)
		for (unsigned role = 1; role <= 13; role++) {
			struct rpc_method m = by_clerk;

			m.roles = 1u << role | ROLE(CLERK);
			assert_int_equal(scope(alice, &m, NULL, &s, &err), ST_OK);
			assert_string_equal(s.csv, role == STEWARD__ROLE__MANAGER ? "1,2" : "1");
		}
	caller_unref(alice);
}

static void scope_before_the_password_is_changed(void **state)
{
	struct access_scope s;
	struct caller *alice;
	struct st_err err;

	fake->sessions[0].must_change = true;
	alice = fake_login(ALICE);
	assert_int_equal(scope(alice, &by_clerk, NULL, &s, &err), ST_FAILED_PRECONDITION);
	assert_string_equal(err.reason, "PASSWORD_CHANGE_REQUIRED");
	assert_int_equal(scope(alice, &by_anybody, NULL, &s, &err), ST_OK);
	access_password_set(alice);
	assert_int_equal(scope(alice, &by_clerk, NULL, &s, &err), ST_OK);
	caller_unref(alice);
}

static void step_up_lasts_five_minutes(void **state)
{
	struct caller *alice = fake_login(ALICE), *bob = fake_login(BOB);
	struct access_scope s;
	struct st_err err = { 0 };

	assert_int_equal(access_step_up_check(fake->access, alice, &err), ST_FAILED_PRECONDITION);
	assert_string_equal(err.reason, ST_REASON_STEP_UP);
	assert_non_null(strstr(err.message, "totp-start"));
	assert_int_equal(access_step_up_check(fake->access, bob, &err), ST_OK);
	assert_int_equal(scope(bob, &by_admin, NULL, &s, &err), ST_OK);
	fake->now_ms += ACCESS_PROOF_MS - 1000 + 1; /* it was a second old */
	err = (struct st_err){ 0 };
	assert_int_equal(access_step_up_check(fake->access, bob, &err), ST_FAILED_PRECONDITION);
	assert_non_null(strstr(err.message, "step-up"));
	assert_int_equal(scope(bob, &by_admin, NULL, &s, &err), ST_FAILED_PRECONDITION);
	assert_int_equal(scope(bob, &by_clerk, NULL, &s, &err), ST_OK);
	access_proved(fake->access, bob);
	assert_int_equal(scope(bob, &by_admin, NULL, &s, &err), ST_OK);
	caller_unref(alice);
	caller_unref(bob);
}

static void words_for_passwords_are_names_and_codes(void **state)
{
	const char *const *words = access_property_words(fake->access, &fake->mem);

	assert_string_equal(words[0], "SUN");
	assert_string_equal(words[2], "LAK");
	assert_null(words[4]);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_up, fake_down)
	const struct CMUnitTest tests[] = {
		TEST(scope_is_where_the_role_is_held),
		TEST(scope_hides_other_properties),
		TEST(scope_names_the_roles_that_are_missing),
		TEST(scope_of_one_property),
		TEST(scope_without_any_role),
		TEST(scope_cache_goes_round),
		TEST(scope_before_the_password_is_changed),
		TEST(step_up_lasts_five_minutes),
		TEST(words_for_passwords_are_names_and_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
