/* Logging in and out, resuming, passwords, authenticators, proving it again. */
#include <stdio.h>
#include <string.h>

#include "tests/support/people.h"
#include "tests/support/seat.h"

#define NEW_PASSWORD "another horse, another battery"

/* A person of the test's own, without roles, who logs in with PEOPLE_PASSWORD. */
static void auth_person(struct rig *rig, const char *login)
{
	(void)rig_ok(rig, "admin", "user.Add",
		     "{'login': '%s', 'full_name': 'Somebody', 'password': '" PEOPLE_PASSWORD
		     "', 'must_change': false}",
		     login);
}

/* Sets an authenticator up; writes its secret. */
static void auth_setup_totp(struct rig *rig, struct seat *s, char secret[64])
{
	char code[8];

	(void)snprintf(secret, 64, "%s", rig_text(seat_ok(s, "auth.TotpStart", "{}"), "secret"));
	seat_code(secret, code);
	(void)seat_ok(s, "auth.TotpConfirm", "{'code': '%s'}", code);
}

/* As if half a minute had passed: a code counts once. */
static void auth_forget_step(struct rig *rig, const char *login)
{
	char sql[200];

	(void)snprintf(sql, sizeof(sql),
		       "update steward.app_user set totp_last_step = 0 where login = '%s'", login);
	(void)rig_sql(rig, sql);
}

/* As if five minutes had passed since identity was proved. */
static void auth_forget_proof(struct rig *rig)
{
	(void)rig_sql(rig,
		      "update steward.session set proved_at = proved_at - interval '5 minutes'");
}

static void login_gives_a_token_that_resumes(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));
	const json_t *reply;

	(void)seat_refused(s, "auth.Whoami", ST_UNAUTHENTICATED, NULL, "{}");
	reply = seat_login(s, "clerk");
	assert_string_equal(rig_text(reply, "login"), "clerk");
	assert_string_equal(rig_text(reply, "full_name"), "The clerk");
	assert_int_equal(rig_int(reply, "idle_seconds"), 1800);
	assert_true(rig_has(reply, "expires_at"));
	assert_string_equal(rig_text(seat_ok(s, "auth.Whoami", "{}"), "login"), "clerk");
	seat_reconnect(s);
	assert_string_equal(rig_text(seat_ok(s, "auth.Whoami", "{}"), "login"), "clerk");
	seat_free(s);
}

static void login_of_headquarters_idles_out_earlier(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));

	assert_int_equal(rig_int(seat_login(s, "director"), "idle_seconds"), 900);
	seat_free(s);
}

static void login_keeps_no_token_in_the_database(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));
	char sql[300];

	(void)snprintf(sql, sizeof(sql),
		       "select count(*) from steward.session where encode(token_hash, 'escape') "
		       "like '%%%s%%'",
		       rig_text(seat_login(s, "clerk"), "token"));
	assert_string_equal(rig_sql(*state, sql), "0");
	seat_free(s);
}

static void login_refuses_unknown_and_wrong_alike(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));
	struct rig_result known, unknown;

	auth_person(*state, "lin");
	known = seat_refused(s, "auth.Login", ST_UNAUTHENTICATED, "LOGIN_FAILED",
			     "{'login': 'lin', 'password': 'not the right one'}");
	unknown = seat_refused(s, "auth.Login", ST_UNAUTHENTICATED, "LOGIN_FAILED",
			       "{'login': 'nobody', 'password': 'not the right one'}");
	assert_string_equal(known.err.message, unknown.err.message);
	assert_string_equal(rig_sql(*state,
				    "select count(*) || max(reason) from steward.audit "
				    "where method = 'auth.Login' and code = 16 and number = 'lin'"),
			    "1password");
	(void)seat_login(s, "lin");
	seat_free(s);
}

static void login_waits_after_five_failures(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));

	auth_person(*state, "mo");
	(void)rig_sql(*state, "update steward.app_user set failed_count = 5 where login = 'mo'");
	(void)seat_refused(s, "auth.Login", ST_UNAUTHENTICATED, "LOGIN_FAILED",
			   "{'login': 'mo', 'password': 'not the right one'}");
	(void)rig_sql(*state,
		      "update steward.app_user set locked_until = now() + interval '1 hour' "
		      "where login = 'mo'");
	(void)seat_refused(s, "auth.Login", ST_FAILED_PRECONDITION, "TOO_MANY_TRIES",
			   "{'login': 'mo', 'password': '" PEOPLE_PASSWORD "'}");
	(void)rig_sql(*state, "update steward.app_user set locked_until = null where login = 'mo'");
	(void)seat_login(s, "mo");
	assert_string_equal(
		rig_sql(*state, "select failed_count from steward.app_user where login = 'mo'"),
		"0");
	(void)rig_sql(*state,
		      "update steward.app_user set locked_until = 'infinity' where login = 'mo'");
	(void)seat_refused(s, "auth.Login", ST_FAILED_PRECONDITION, "LOCKED",
			   "{'login': 'mo', 'password': '" PEOPLE_PASSWORD "'}");
	seat_free(s);
}

static void resume_is_bound_to_the_machine(void **state)
{
	struct seat *here = seat_new(*state, rig_desk(*state)), *there;
	char dir[SEAT_DIR], token[80];

	seat_enrol(*state, "resume-test", "SUN", dir);
	there = seat_new(*state, dir);
	(void)snprintf(token, sizeof(token), "%s", rig_text(seat_login(here, "clerk"), "token"));
	(void)seat_refused(there, "auth.Resume", ST_UNAUTHENTICATED, "SESSION_ENDED",
			   "{'token': '%s'}", token);
	(void)seat_refused(here, "auth.Resume", ST_UNAUTHENTICATED, "SESSION_ENDED",
			   "{'token': '%c%s'}", token[0] == 'x' ? 'y' : 'x', token + 1);
	assert_string_equal(
		rig_text(seat_ok(here, "auth.Resume", "{'token': '%s'}", token), "login"), "clerk");
	(void)seat_login(there, "clerk");
	seat_free(here);
	seat_free(there);
}

static void logout_ends_the_login_everywhere(void **state)
{
	struct seat *one = seat_new(*state, rig_desk(*state));
	struct seat *two = seat_new(*state, rig_desk(*state));

	seat_remember(two, rig_text(seat_login(one, "clerk"), "token"));
	(void)seat_ok(two, "auth.Whoami", "{}");
	(void)seat_ok(one, "auth.Logout", "{}");
	(void)seat_refused(one, "auth.Whoami", ST_UNAUTHENTICATED, NULL, "{}");
	(void)seat_refused(two, "auth.Whoami", ST_UNAUTHENTICATED, NULL, "{}");
	seat_free(one);
	seat_free(two);
}

static void whoami_tells_roles_and_device(void **state)
{
	const json_t *me = rig_ok(*state, "clerk", "auth.Whoami", "{}");
	const json_t *admin = rig_ok(*state, "admin", "auth.Whoami", "{}");

	assert_string_equal(rig_text(me, "device"), "local");
	assert_int_equal(rig_count(me, "grants"), 1);
	assert_string_equal(rig_text(me, "grants.0.role"), "clerk");
	assert_string_equal(rig_text(me, "grants.0.property"), "SUN");
	assert_string_equal(rig_text(admin, "grants.0.role"), "administrator");
	assert_false(rig_has(admin, "grants.0.property"));
	assert_false(rig_has(admin, "expires_at")); /* the local desk's own */
}

static void password_given_by_somebody_else_must_be_changed(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));
	const json_t *reply;
	char password[64];

	(void)snprintf(password, sizeof(password), "%s",
		       rig_text(rig_ok(*state, "admin", "user.Add",
				       "{'login': 'ning', 'full_name': 'Ning'}"),
				"password"));
	(void)rig_ok(*state, "admin", "user.Grant",
		     "{'user': 'ning', 'role': 'clerk', 'at': 'SUN'}");
	reply = seat_ok(s, "auth.Login", "{'login': 'ning', 'password': '%s'}", password);
	assert_true(json_is_true(json_object_get(reply, "must_change")));
	(void)seat_refused(s, "case.List", ST_FAILED_PRECONDITION, "PASSWORD_CHANGE_REQUIRED",
			   "{}");
	(void)seat_ok(s, "auth.ChangePassword", "{'old': '%s', 'new': '" NEW_PASSWORD "'}",
		      password);
	(void)seat_ok(s, "case.List", "{}");
	seat_free(s);
}

static void change_password_ends_other_logins(void **state)
{
	struct seat *one = seat_new(*state, rig_desk(*state));
	struct seat *two = seat_new(*state, rig_desk(*state));

	auth_person(*state, "ouyang");
	(void)seat_login(one, "ouyang");
	(void)seat_login(two, "ouyang");
	(void)seat_ok(two, "auth.Whoami", "{}");
	(void)seat_refused(one, "auth.ChangePassword", ST_PERMISSION_DENIED, "WRONG_PASSWORD",
			   "{'old': 'not the right one', 'new': '" NEW_PASSWORD "'}");
	(void)seat_refused(one, "auth.ChangePassword", ST_INVALID_ARGUMENT, "TOO_SHORT",
			   "{'old': '" PEOPLE_PASSWORD "', 'new': 'short'}");
	(void)seat_refused(one, "auth.ChangePassword", ST_INVALID_ARGUMENT, "TOO_EASY",
			   "{'old': '" PEOPLE_PASSWORD "', 'new': 'ouyang sunshine garden'}");
	(void)seat_refused(one, "auth.ChangePassword", ST_INVALID_ARGUMENT, "SAME",
			   "{'old': '" PEOPLE_PASSWORD "', 'new': '" PEOPLE_PASSWORD "'}");
	(void)seat_ok(one, "auth.ChangePassword",
		      "{'old': '" PEOPLE_PASSWORD "', 'new': '" NEW_PASSWORD "'}");
	(void)seat_ok(one, "auth.Whoami", "{}");
	(void)seat_refused(two, "auth.Whoami", ST_UNAUTHENTICATED, NULL, "{}");
	(void)seat_refused(two, "auth.Login", ST_UNAUTHENTICATED, "LOGIN_FAILED",
			   "{'login': 'ouyang', 'password': '" PEOPLE_PASSWORD "'}");
	(void)seat_ok(two, "auth.Login", "{'login': 'ouyang', 'password': '" NEW_PASSWORD "'}");
	seat_free(one);
	seat_free(two);
}

/* The same call again is answered from memory and not judged again: the old password is wrong by
 * now. */
static void change_password_can_be_repeated(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));
	struct call_options again = { 0 };
	struct rig_result first, second;

	auth_person(*state, "pan");
	(void)seat_login(s, "pan");
	first = seat_call(s, "auth.ChangePassword", NULL,
			  "{'old': '" PEOPLE_PASSWORD "', 'new': '" NEW_PASSWORD "'}");
	assert_int_equal(first.err.code, ST_OK);
	again.key = first.key;
	second = seat_call(s, "auth.ChangePassword", &again,
			   "{'old': '" PEOPLE_PASSWORD "', 'new': '" NEW_PASSWORD "'}");
	assert_int_equal(second.err.code, ST_OK);
	assert_true(second.replayed);
	seat_free(s);
}

static void totp_is_asked_for_once_it_is_confirmed(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));
	char secret[64], code[8];
	const json_t *reply;

	auth_person(*state, "qian");
	(void)seat_login(s, "qian");
	(void)seat_refused(s, "auth.TotpConfirm", ST_FAILED_PRECONDITION, "NOT_STARTED",
			   "{'code': '123456'}");
	(void)seat_refused(s, "auth.StepUp", ST_FAILED_PRECONDITION, "NO_TOTP",
			   "{'code': '123456'}");
	(void)seat_ok(s, "auth.TotpStart", "{}"); /* not confirmed: nothing asks for it */
	(void)seat_login(s, "qian");
	reply = seat_ok(s, "auth.TotpStart", "{}");
	assert_non_null(strstr(rig_text(reply, "uri"), rig_text(reply, "secret")));
	(void)snprintf(secret, sizeof(secret), "%s", rig_text(reply, "secret"));
	(void)seat_refused(s, "auth.TotpConfirm", ST_INVALID_ARGUMENT, "FORMAT",
			   "{'code': '12345'}");
	seat_code(secret, code);
	reply = seat_ok(s, "auth.TotpConfirm", "{'code': '%s'}", code);
	assert_int_equal(rig_count(reply, "recovery_codes"), 10);
	(void)seat_refused(s, "auth.Login", ST_UNAUTHENTICATED, "TOTP_REQUIRED",
			   "{'login': 'qian', 'password': '" PEOPLE_PASSWORD "'}");
	(void)seat_refused(s, "auth.Login", ST_UNAUTHENTICATED, "CODE_USED",
			   "{'login': 'qian', 'password': '" PEOPLE_PASSWORD "', 'code': '%s'}",
			   code);
	auth_forget_step(*state, "qian");
	seat_code(secret, code);
	(void)seat_ok(s, "auth.Login",
		      "{'login': 'qian', 'password': '" PEOPLE_PASSWORD "', 'code': '%s'}", code);
	assert_string_equal(
		rig_sql(*state, "select failed_count from steward.app_user where login = 'qian'"),
		"0");
	seat_free(s);
}

static void totp_secret_lies_sealed(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));
	char secret[64];

	auth_person(*state, "ren");
	(void)seat_login(s, "ren");
	auth_setup_totp(*state, s, secret);
	assert_string_equal(rig_sql(*state, "select length(totp_secret) from steward.app_user "
					    "where login = 'ren'"),
			    "49"); /* version, nonce, 20 bytes, tag */
	assert_string_equal(rig_sql(*state, "select count(*) from steward.idem "
					    "where method = 'auth.TotpStart' "
					    "and encode(response, 'escape') like '%otpauth%'"),
			    "0");
	seat_free(s);
}

static void recovery_code_replaces_the_authenticator_once(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));
	char secret[64], code[8], recovery[40];
	const json_t *reply;

	auth_person(*state, "shen");
	(void)seat_login(s, "shen");
	(void)snprintf(secret, sizeof(secret), "%s",
		       rig_text(seat_ok(s, "auth.TotpStart", "{}"), "secret"));
	seat_code(secret, code);
	reply = seat_ok(s, "auth.TotpConfirm", "{'code': '%s'}", code);
	(void)snprintf(
		recovery, sizeof(recovery), "%s",
		json_string_value(json_array_get(json_object_get(reply, "recovery_codes"), 3)));
	(void)seat_ok(s, "auth.Login",
		      "{'login': 'shen', 'password': '" PEOPLE_PASSWORD "', 'code': '%s'}",
		      recovery);
	assert_int_equal(rig_int(seat_ok(s, "auth.Whoami", "{}"), "recovery_codes"), 9);
	(void)seat_refused(s, "auth.Login", ST_UNAUTHENTICATED, "WRONG_CODE",
			   "{'login': 'shen', 'password': '" PEOPLE_PASSWORD "', 'code': '%s'}",
			   recovery);
	seat_free(s);
}

static void step_up_opens_what_is_dangerous(void **state)
{
	struct call_options severe = { .reason = "test", .confirm = "clerk" };
	struct seat *s = seat_new(*state, rig_desk(*state));
	char secret[64], code[8];
	struct rig_result r;

	auth_person(*state, "tan");
	(void)rig_ok(*state, "admin", "user.Grant",
		     "{'user': 'tan', 'role': 'manager', 'at': 'SUN'}");
	(void)seat_login(s, "tan");
	r = seat_call(s, "user.ResetPassword", &severe, "{'user': 'clerk'}");
	assert_int_equal(r.err.code, ST_FAILED_PRECONDITION);
	assert_string_equal(r.err.reason, ST_REASON_STEP_UP);
	auth_setup_totp(*state, s, secret); /* which is a proof */
	severe.dry_run = true;
	r = seat_call(s, "user.ResetPassword", &severe, "{'user': 'clerk'}");
	assert_int_equal(r.err.code, ST_OK);
	assert_false(rig_has(r.reply, "password")); /* nothing was kept */
	auth_forget_proof(*state);
	seat_reconnect(s);
	r = seat_call(s, "user.ResetPassword", &severe, "{'user': 'clerk'}");
	assert_string_equal(r.err.reason, ST_REASON_STEP_UP);
	(void)seat_refused(s, "user.Enable", ST_FAILED_PRECONDITION, ST_REASON_STEP_UP,
			   "{'user': 'clerk'}"); /* who has an authenticator shows it */
	(void)seat_refused(s, "auth.StepUp", ST_PERMISSION_DENIED, "WRONG_CODE",
			   "{'code': '000000'}");
	auth_forget_step(*state, "tan");
	seat_code(secret, code);
	assert_true(rig_has(seat_ok(s, "auth.StepUp", "{'code': '%s'}", code), "until"));
	(void)seat_refused(s, "auth.StepUp", ST_PERMISSION_DENIED, "CODE_USED", "{'code': '%s'}",
			   code);
	r = seat_call(s, "user.ResetPassword", &severe, "{'user': 'clerk'}");
	assert_int_equal(r.err.code, ST_OK);
	auth_forget_proof(*state);
	seat_reconnect(s);
	(void)seat_refused(s, "auth.TotpStart", ST_FAILED_PRECONDITION, ST_REASON_STEP_UP, "{}");
	seat_free(s);
}

static void codes_are_tried_five_times(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));
	char secret[64];

	auth_person(*state, "wei");
	(void)seat_login(s, "wei");
	auth_setup_totp(*state, s, secret);
	(void)rig_sql(*state, "update steward.app_user set totp_tries = 4, totp_tries_at = now() "
			      "where login = 'wei'");
	(void)seat_refused(s, "auth.StepUp", ST_PERMISSION_DENIED, "WRONG_CODE",
			   "{'code': 'aaaa-aaaa-aaaa-aaaa'}");
	(void)seat_refused(s, "auth.StepUp", ST_FAILED_PRECONDITION, "TOO_MANY_TRIES",
			   "{'code': '123456'}");
	seat_free(s);
}

static void login_ends_when_it_is_taken_away_elsewhere(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state));
	struct rig_result r = { 0 };

	auth_person(*state, "xu");
	(void)seat_login(s, "xu");
	(void)seat_ok(s, "auth.Whoami", "{}");
	/* As another daemon would write it: this one learns of it by its next look. */
	(void)rig_sql(*state, "update steward.session set ended_at = now() where user_id = "
			      "(select id from steward.app_user where login = 'xu')");
	for (unsigned i = 0; i < 100000 && r.err.code == ST_OK; i++)
		r = seat_call(s, "auth.Whoami", NULL, "{}");
	assert_int_equal(r.err.code, ST_UNAUTHENTICATED);
	seat_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(login_gives_a_token_that_resumes),
		cmocka_unit_test(login_of_headquarters_idles_out_earlier),
		cmocka_unit_test(login_keeps_no_token_in_the_database),
		cmocka_unit_test(login_refuses_unknown_and_wrong_alike),
		cmocka_unit_test(login_waits_after_five_failures),
		cmocka_unit_test(resume_is_bound_to_the_machine),
		cmocka_unit_test(logout_ends_the_login_everywhere),
		cmocka_unit_test(whoami_tells_roles_and_device),
		cmocka_unit_test(password_given_by_somebody_else_must_be_changed),
		cmocka_unit_test(change_password_ends_other_logins),
		cmocka_unit_test(change_password_can_be_repeated),
		cmocka_unit_test(totp_is_asked_for_once_it_is_confirmed),
		cmocka_unit_test(totp_secret_lies_sealed),
		cmocka_unit_test(recovery_code_replaces_the_authenticator_once),
		cmocka_unit_test(step_up_opens_what_is_dangerous),
		cmocka_unit_test(codes_are_tried_five_times),
		cmocka_unit_test(login_ends_when_it_is_taken_away_elsewhere),
	};

	return cmocka_run_group_tests_name("auth", tests, rig_up, rig_down);
}
