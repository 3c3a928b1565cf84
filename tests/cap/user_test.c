/* People: added, found, changed, shut out, given roles; and by whom. */
#include <stdio.h>
#include <string.h>

#include "tests/support/people.h"
#include "tests/support/seat.h"

static void user_add_makes_a_password_once(void **state)
{
	struct call_options again = { 0 };
	struct rig_result first, second;

	first = rig_call(*state, "manager", "SUN", "user.Add",
			 "{'login': 'u-ai', 'full_name': 'Ai'}", NULL);
	assert_int_equal(first.err.code, ST_OK);
	assert_int_equal(strlen(rig_text(first.reply, "password")), 23);
	assert_string_equal(rig_text(first.reply, "user.login"), "u-ai");
	assert_string_equal(rig_text(first.reply, "user.state"), "active");
	again.key = first.key;
	second = rig_call(*state, "manager", "SUN", "user.Add",
			  "{'login': 'u-ai', 'full_name': 'Ai'}", &again);
	assert_true(second.replayed);
	assert_string_equal(rig_text(second.reply, "user.id"), rig_text(first.reply, "user.id"));
	assert_false(rig_has(second.reply, "password"));
}

static void user_add_refuses(void **state)
{
	(void)rig_refused(*state, "manager", "user.Add", ST_ALREADY_EXISTS, "login",
			  "{'login': 'clerk', 'full_name': 'Another'}");
	(void)rig_refused(
		*state, "manager", "user.Add", ST_INVALID_ARGUMENT, "password",
		"{'login': 'u-bo', 'full_name': 'Bo', 'password': 'u-bo at sunshine garden'}");
	(void)rig_refused(*state, "manager", "user.Add", ST_INVALID_ARGUMENT, "login",
			  "{'login': '.hidden', 'full_name': 'Bo'}");
	(void)rig_refused(*state, "clerk", "user.Add", ST_PERMISSION_DENIED, NULL,
			  "{'login': 'u-bo', 'full_name': 'Bo'}");
}

static void user_list_shows_who_works_here(void **state)
{
	const json_t *all = rig_ok(*state, "clerk", "user.List", "{}");
	const json_t *found = rig_ok(*state, "clerk", "user.List", "{'find': 'TECHN'}");
	const json_t *held = rig_ok(*state, "clerk", "user.List", "{'role': 'cashier'}");
	const json_t *page;

	assert_non_null(rig_find(all, "users", "login", "clerk"));
	assert_non_null(rig_find(all, "users", "login", "admin"));
	assert_null(rig_find(all, "users", "login", "foreign"));
	assert_string_equal(rig_text(rig_find(all, "users", "login", "clerk"), "roles"),
			    "clerk SUN");
	assert_int_equal(rig_count(found, "users"), 1);
	assert_int_equal(rig_count(held, "users"), 1);
	page = rig_ok(*state, "clerk", "user.List", "{'limit': 2}");
	assert_int_equal(rig_count(page, "users"), 2);
	page = rig_ok(*state, "clerk", "user.List", "{'limit': 1, 'after': '%s'}",
		      rig_text(page, "users.1.cursor"));
	assert_string_equal(rig_text(page, "users.0.login"), rig_text(all, "users.2.login"));
}

static void user_show_tells_roles_held_and_before(void **state)
{
	const json_t *shown;

	(void)rig_ok(*state, "manager", "user.Add", "{'login': 'u-cao', 'full_name': 'Cao'}");
	(void)rig_ok(*state, "manager", "user.Grant", "{'user': 'u-cao', 'role': 'clerk'}");
	(void)rig_ok(*state, "admin", "user.Grant",
		     "{'user': 'u-cao', 'role': 'operator', 'at': 'SUN'}");
	(void)rig_ok(*state, "manager", "user.Revoke", "{'user': 'u-cao', 'role': 'clerk'}");
	shown = rig_ok(*state, "manager", "user.Show", "{'user': 'u-cao'}");
	assert_string_equal(rig_text(shown, "user.roles"), "operator SUN");
	assert_int_equal(rig_count(shown, "grants"), 2);
	assert_string_equal(rig_text(shown, "grants.0.role"), "operator");
	assert_string_equal(rig_text(shown, "grants.1.ended_by"), "manager");
	(void)rig_refused(*state, "manager", "user.Show", ST_NOT_FOUND, NULL,
			  "{'user': 'foreign'}");
	(void)rig_refused(*state, "manager", "user.Show", ST_NOT_FOUND, "user",
			  "{'user': 'nobody'}");
}

static void user_edit_knows_versions(void **state)
{
	const json_t *u;

	(void)rig_ok(*state, "manager", "user.Add", "{'login': 'u-ding', 'full_name': 'Ding'}");
	u = rig_ok(*state, "manager", "user.Edit",
		   "{'user': 'u-ding', 'full_name': 'Ding Er', 'version': 1}");
	assert_string_equal(rig_text(u, "user.full_name"), "Ding Er");
	assert_int_equal(rig_int(u, "user.version"), 2);
	(void)rig_refused(*state, "manager", "user.Edit", ST_ABORTED, "version",
			  "{'user': 'u-ding', 'full_name': 'x', 'version': 1}");
	u = rig_ok(*state, "manager", "user.Edit", "{'user': 'u-ding'}");
	assert_string_equal(rig_text(u, "user.full_name"), "Ding Er");
	(void)rig_refused(*state, "manager", "user.Edit", ST_PERMISSION_DENIED, NULL,
			  "{'user': 'foreign', 'full_name': 'x'}");
}

static void user_grant_stays_within_reach(void **state)
{
	(void)rig_ok(*state, "manager", "user.Add", "{'login': 'u-e', 'full_name': 'E'}");
	(void)rig_ok(*state, "manager", "user.Grant",
		     "{'user': 'u-e', 'role': 'clerk', 'at': 'sun'}");
	(void)rig_refused(*state, "manager", "user.Grant", ST_FAILED_PRECONDITION, "role",
			  "{'user': 'u-e', 'role': 'clerk', 'at': 'SUN'}");
	(void)rig_refused(*state, "manager", "user.Grant", ST_NOT_FOUND, "at",
			  "{'user': 'u-e', 'role': 'clerk', 'at': 'LAK'}");
	(void)rig_refused(*state, "manager", "user.Grant", ST_PERMISSION_DENIED, "role",
			  "{'user': 'u-e', 'role': 'director'}");
	(void)rig_refused(*state, "manager", "user.Grant", ST_PERMISSION_DENIED, "at",
			  "{'user': 'u-e', 'role': 'clerk', 'at': 'all'}");
	(void)rig_refused(*state, "manager", "user.Grant", ST_PERMISSION_DENIED, "user",
			  "{'user': 'manager', 'role': 'cashier'}");
	(void)rig_refused(*state, "manager", "user.Grant", ST_INVALID_ARGUMENT, "role",
			  "{'user': 'u-e', 'role': 'king'}");
	/* An administrator of one property gives every role there, and none elsewhere. */
	(void)rig_ok(*state, "administrator", "user.Grant", "{'user': 'u-e', 'role': 'finance'}");
	(void)rig_refused(*state, "administrator", "user.Grant", ST_PERMISSION_DENIED, "at",
			  "{'user': 'u-e', 'role': 'finance', 'at': 'all'}");
	(void)rig_refused(*state, "manager", "user.Revoke", ST_PERMISSION_DENIED, "role",
			  "{'user': 'u-e', 'role': 'finance'}");
	(void)rig_refused(*state, "manager", "user.Revoke", ST_NOT_FOUND, "role",
			  "{'user': 'u-e', 'role': 'cashier'}");
}

/* The next call of somebody logged in already. */
static void user_grant_counts_at_once(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));

	(void)rig_ok(*state, "manager", "user.Add",
		     "{'login': 'u-feng', 'full_name': 'Feng', 'password': '" PEOPLE_PASSWORD
		     "', 'must_change': false}");
	(void)seat_login(s, "u-feng");
	(void)seat_refused(s, "case.List", ST_PERMISSION_DENIED, "ROLE_REQUIRED", "{}");
	(void)rig_ok(*state, "manager", "user.Grant", "{'user': 'u-feng', 'role': 'clerk'}");
	(void)seat_ok(s, "case.List", "{}");
	(void)rig_ok(*state, "manager", "user.Revoke", "{'user': 'u-feng', 'role': 'clerk'}");
	(void)seat_refused(s, "case.List", ST_PERMISSION_DENIED, "ROLE_REQUIRED", "{}");
	seat_free(s);
}

static void user_disable_cuts_and_enable_lets_in(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));

	(void)rig_ok(*state, "manager", "user.Add",
		     "{'login': 'u-gao', 'full_name': 'Gao', 'password': '" PEOPLE_PASSWORD
		     "', 'must_change': false}");
	(void)seat_login(s, "u-gao");
	(void)seat_ok(s, "auth.Whoami", "{}");
	assert_string_equal(rig_text(rig_ok(*state, "manager", "user.Disable", "{'user': 'u-gao'}"),
				     "user.state"),
			    "disabled");
	(void)seat_refused(s, "auth.Whoami", ST_UNAUTHENTICATED, NULL, "{}");
	(void)seat_refused(s, "auth.Login", ST_UNAUTHENTICATED, "USER_DISABLED",
			   "{'login': 'u-gao', 'password': '" PEOPLE_PASSWORD "'}");
	(void)rig_refused(*state, "manager", "user.Disable", ST_FAILED_PRECONDITION, "user",
			  "{'user': 'u-gao'}");
	(void)rig_ok(*state, "manager", "user.Enable", "{'user': 'u-gao'}");
	(void)seat_login(s, "u-gao");
	seat_free(s);
}

static void user_disable_refuses(void **state)
{
	(void)rig_refused(*state, "manager", "user.Disable", ST_FAILED_PRECONDITION, "user",
			  "{'user': 'manager'}");
	(void)rig_refused(*state, "manager", "user.Disable", ST_PERMISSION_DENIED, "user",
			  "{'user': 'foreign'}");
	(void)rig_refused(*state, "manager", "user.Disable", ST_PERMISSION_DENIED, "user",
			  "{'user': 'admin'}");
	(void)rig_refused(*state, "manager", "user.Disable", ST_PERMISSION_DENIED, "user",
			  "{'user': 'director'}");
	(void)rig_refused(*state, "admin", "user.Revoke", ST_FAILED_PRECONDITION, "user",
			  "{'user': 'admin', 'role': 'administrator', 'at': 'all'}");
}

/* A manager with an authenticator, who has just proved who he is. */
static struct seat *proved_manager(struct rig *rig, const char *login)
{
	struct seat *s = seat_new(rig, rig_desk(rig));
	char secret[64], code[8];

	(void)rig_ok(rig, "admin", "user.Add",
		     "{'login': '%s', 'full_name': 'Manager', 'password': '" PEOPLE_PASSWORD
		     "', 'must_change': false}",
		     login);
	(void)rig_ok(rig, "admin", "user.Grant", "{'user': '%s', 'role': 'manager', 'at': 'SUN'}",
		     login);
	(void)seat_login(s, login);
	(void)snprintf(secret, sizeof(secret), "%s",
		       rig_text(seat_ok(s, "auth.TotpStart", "{}"), "secret"));
	seat_code(secret, code);
	(void)seat_ok(s, "auth.TotpConfirm", "{'code': '%s'}", code);
	return s;
}

static void user_reset_password_ends_logins_and_lifts_the_lock(void **state)
{
	struct seat *manager = proved_manager(*state, "u-hu");
	struct seat *s = seat_new(*state, rig_desk(*state));
	struct call_options severe = { .reason = "forgot it", .confirm = "u-ivy" };
	struct rig_result r;

	(void)rig_ok(*state, "manager", "user.Add",
		     "{'login': 'u-ivy', 'full_name': 'Ivy', 'password': '" PEOPLE_PASSWORD
		     "', 'must_change': false}");
	(void)seat_login(s, "u-ivy");
	(void)rig_sql(
		*state,
		"update steward.app_user set locked_until = 'infinity' where login = 'u-ivy'");
	r = seat_call(manager, "user.ResetPassword", NULL, "{'user': 'u-ivy'}");
	assert_string_equal(r.err.field, "reason");
	r = seat_call(manager, "user.ResetPassword", &severe, "{'user': 'u-ivy'}");
	assert_int_equal(r.err.code, ST_OK);
	(void)seat_refused(s, "auth.Whoami", ST_UNAUTHENTICATED, NULL, "{}");
	(void)seat_refused(s, "auth.Login", ST_UNAUTHENTICATED, "LOGIN_FAILED",
			   "{'login': 'u-ivy', 'password': '" PEOPLE_PASSWORD "'}");
	(void)seat_ok(s, "auth.Login", "{'login': 'u-ivy', 'password': '%s'}",
		      rig_text(r.reply, "password"));
	seat_free(s);
	seat_free(manager);
}

static void user_reset_totp_lets_in_by_password(void **state)
{
	struct seat *manager = proved_manager(*state, "u-jin"),
		    *lost = proved_manager(*state, "u-kong");
	struct call_options severe = { .reason = "lost phone", .confirm = "u-kong" };
	struct rig_result r;

	(void)seat_refused(lost, "auth.Login", ST_UNAUTHENTICATED, "TOTP_REQUIRED",
			   "{'login': 'u-kong', 'password': '" PEOPLE_PASSWORD "'}");
	r = seat_call(manager, "user.ResetTotp", &severe, "{'user': 'u-kong'}");
	assert_int_equal(r.err.code, ST_OK);
	assert_false(json_is_true(json_object_get(json_object_get(r.reply, "user"), "totp")));
	(void)seat_refused(lost, "auth.Whoami", ST_UNAUTHENTICATED, NULL, "{}");
	(void)seat_login(lost, "u-kong");
	r = seat_call(manager, "user.ResetTotp", &severe, "{'user': 'u-kong'}");
	assert_int_equal(r.err.code, ST_FAILED_PRECONDITION);
	seat_free(manager);
	seat_free(lost);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_add_makes_a_password_once),
		cmocka_unit_test(user_add_refuses),
		cmocka_unit_test(user_list_shows_who_works_here),
		cmocka_unit_test(user_show_tells_roles_held_and_before),
		cmocka_unit_test(user_edit_knows_versions),
		cmocka_unit_test(user_grant_stays_within_reach),
		cmocka_unit_test(user_grant_counts_at_once),
		cmocka_unit_test(user_disable_cuts_and_enable_lets_in),
		cmocka_unit_test(user_disable_refuses),
		cmocka_unit_test(user_reset_password_ends_logins_and_lifts_the_lock),
		cmocka_unit_test(user_reset_totp_lets_in_by_password),
	};

	return cmocka_run_group_tests_name("user", tests, rig_up, rig_down);
}
