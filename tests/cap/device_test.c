/* Machines: invited, listed, shut out, renewed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pki.h"
#include "tests/support/people.h"
#include "tests/support/seat.h"
#include "tests/support/wire.h"

#define CONNECTIONS_MAX 40

static void device_invite_tells_the_token_once(void **state)
{
	struct call_options again = { 0 };
	struct rig_result first, second;

	first = rig_call(*state, "manager", "SUN", "device.Invite", "{'name': 'd-once'}", NULL);
	assert_int_equal(first.err.code, ST_OK);
	assert_true(strncmp(rig_text(first.reply, "token"), "stw1.", 5) == 0);
	assert_string_equal(rig_text(first.reply, "device.property"), "SUN");
	assert_string_equal(rig_text(first.reply, "device.state"), "invited");
	assert_string_equal(rig_text(first.reply, "device.invited_by"), "manager");
	again.key = first.key;
	second = rig_call(*state, "manager", "SUN", "device.Invite", "{'name': 'd-once'}", &again);
	assert_true(second.replayed);
	assert_false(rig_has(second.reply, "token"));
}

static void device_invite_refuses(void **state)
{
	(void)rig_refused(*state, "clerk", "device.Invite", ST_PERMISSION_DENIED, NULL,
			  "{'name': 'd-x'}");
	(void)rig_refused(*state, "manager", "device.Invite", ST_PERMISSION_DENIED, "at",
			  "{'name': 'd-x', 'at': 'all'}");
	(void)rig_refused(*state, "manager", "device.Invite", ST_NOT_FOUND, "at",
			  "{'name': 'd-x', 'at': 'LAK'}");
	(void)rig_refused(*state, "admin", "device.Invite", ST_FAILED_PRECONDITION, "name",
			  "{'name': 'local', 'at': 'all'}");
}

static void device_list_shows_machines_in_reach(void **state)
{
	char dir[SEAT_DIR];
	const json_t *list, *mine;

	seat_enrol(*state, "d-listed", "SUN", dir);
	(void)rig_elsewhere(*state, "device.Invite", "{'name': 'd-foreign'}");
	list = rig_ok(*state, "manager", "device.List", "{'state': 'active'}");
	mine = rig_find(list, "devices", "name", "d-listed");
	assert_non_null(mine);
	assert_true(rig_has(mine, "certificate_until"));
	assert_null(rig_find(list, "devices", "name", "local")); /* it belongs to no property */
	assert_null(rig_find(rig_ok(*state, "manager", "device.List", "{}"), "devices", "name",
			     "d-foreign"));
	assert_non_null(rig_find(rig_ok(*state, "admin", "device.List", "{}"), "devices", "name",
				 "d-listed"));
}

static void device_disable_cuts_and_enable_lets_in(void **state)
{
	char dir[SEAT_DIR];
	struct rig_result r;
	struct seat *s;

	seat_enrol(*state, "d-cut", "SUN", dir);
	s = seat_new(*state, dir);
	(void)seat_login(s, "clerk");
	(void)seat_ok(s, "auth.Whoami", "{}");
	(void)rig_ok(*state, "manager", "device.Disable", "{'device': 'd-cut'}");
	r = seat_call(s, "auth.Whoami", NULL, "{}");
	assert_int_not_equal(r.err.code, ST_OK);
	(void)rig_refused(*state, "manager", "device.Disable", ST_FAILED_PRECONDITION, "device",
			  "{'device': 'd-cut'}");
	(void)rig_ok(*state, "manager", "device.Enable", "{'device': 'd-cut'}");
	seat_remember(s, NULL); /* its login ended for good */
	(void)seat_login(s, "clerk");
	(void)rig_refused(*state, "manager", "device.Disable", ST_NOT_FOUND, "device",
			  "{'device': 'local'}");
	seat_free(s);
}

static void device_enable_needs_one_that_was_enrolled(void **state)
{
	(void)rig_ok(*state, "manager", "device.Invite", "{'name': 'd-never'}");
	(void)rig_ok(*state, "manager", "device.Disable", "{'device': 'd-never'}");
	(void)rig_refused(*state, "manager", "device.Enable", ST_FAILED_PRECONDITION, "device",
			  "{'device': 'd-never'}");
}

static void device_renew_gives_a_certificate(void **state)
{
	struct arena mem;
	const char *key, *csr;
	struct st_err err = { 0 };
	char dir[SEAT_DIR], *line;
	struct rig_result r;
	struct seat *s;
	int days = 0;

	seat_enrol(*state, "d-renew", "SUN", dir);
	s = seat_new(*state, dir);
	arena_init(&mem, 1 << 20);
	assert_int_equal(pki_request_new(&mem, &key, &csr, &err), ST_OK);
	line = arena_strdup(&mem, "");
	for (const char *at = csr; *at != '\0'; at++)
		line = arena_printf(&mem, *at == '\n' ? "%s\\n" : "%s%c", line, *at);
	r = seat_call(s, "device.Renew", NULL, "{'csr_pem': '%s'}", line);
	assert_int_equal(r.err.code, ST_OK);
	assert_int_equal(pki_days_left(rig_text(r.reply, "cert_pem"), &days, &err), ST_OK);
	assert_in_range(days, PKI_DEVICE_DAYS - 1, PKI_DEVICE_DAYS);
	r = seat_call(s, "device.Renew", NULL, "{'csr_pem': 'no request'}");
	assert_int_equal(r.err.code, ST_INVALID_ARGUMENT);
	arena_fini(&mem);
	seat_free(s);
}

/* A certificate in the wrong hands is no way to keep all others out. */
static void one_device_has_so_many_connections(void **state)
{
	struct wire *w[CONNECTIONS_MAX], *other;
	struct rig_result r;
	struct seat *s;
	char dir[SEAT_DIR];

	seat_enrol(*state, "d-crowd", "SUN", dir);
	s = seat_new(*state, dir);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		w[i] = wire_open(*state, dir);
	(void)seat_refused(s, "auth.Login", ST_RESOURCE_EXHAUSTED, "TOO_MANY_CONNECTIONS",
			   "{'login': 'clerk', 'password': '%s'}", PEOPLE_PASSWORD);
	other = wire_open(*state, rig_desk(*state));
	wire_login(other, "clerk");
	wire_close(w[0]);
	do /* until the daemon has noticed */
		r = seat_call(s, "auth.Login", NULL, "{'login': 'clerk', 'password': '%s'}",
			      PEOPLE_PASSWORD);
	while (strcmp(r.err.reason, "TOO_MANY_CONNECTIONS") == 0);
	assert_int_equal(r.err.code, ST_OK);
	for (size_t i = 1; i < CONNECTIONS_MAX; i++)
		wire_close(w[i]);
	wire_close(other);
	seat_free(s);
}

static int up_with_a_limit(void **state)
{
	char limit[12];

	(void)snprintf(limit, sizeof(limit), "%d", CONNECTIONS_MAX);
	assert_int_equal(setenv("STEWARDD_MAX_CONNECTIONS_DEVICE", limit, 1), 0);
	return rig_up(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(device_invite_tells_the_token_once),
		cmocka_unit_test(device_invite_refuses),
		cmocka_unit_test(device_list_shows_machines_in_reach),
		cmocka_unit_test(device_disable_cuts_and_enable_lets_in),
		cmocka_unit_test(device_enable_needs_one_that_was_enrolled),
		cmocka_unit_test(device_renew_gives_a_certificate),
		cmocka_unit_test(one_device_has_so_many_connections),
	};

	return cmocka_run_group_tests_name("device", tests, up_with_a_limit, rig_down);
}
