/* enrol.Redeem: from an invitation to a certificate. */
#include <stdio.h>
#include <string.h>

#include "tests/support/seat.h"

struct invitation {
	char token[80], dir[SEAT_DIR];
	struct arena mem;
	struct profile desk;
};

static void invite(struct rig *rig, const char *name, struct invitation *i)
{
	struct st_err err = { 0 };
	const json_t *reply = rig_ok(rig, "manager", "device.Invite", "{'name': '%s'}", name);

	(void)snprintf(i->token, sizeof(i->token), "%s", rig_text(reply, "token"));
	(void)snprintf(i->dir, sizeof(i->dir), "%s-%s", rig_desk(rig), name);
	arena_init(&i->mem, 1 << 20);
	assert_int_equal(profile_load(rig_desk(rig), &i->mem, &i->desk, &err), ST_OK);
}

static enum st_code redeem(struct rig *rig, const struct invitation *i, const char *dir,
			   const char *token, struct st_err *err)
{
	*err = (struct st_err){ 0 };
	return client_enrol(rig_loop(rig), dir, i->desk.server, i->desk.port, i->desk.enrol_port,
			    token, NULL, err);
}

static void redeem_makes_a_machine_that_can_log_in(void **state)
{
	struct invitation i;
	struct st_err err;
	struct seat *s;

	invite(*state, "e-first", &i);
	assert_int_equal(redeem(*state, &i, i.dir, i.token, &err), ST_OK);
	s = seat_new(*state, i.dir);
	(void)seat_login(s, "clerk");
	assert_string_equal(rig_text(seat_ok(s, "auth.Whoami", "{}"), "device"), "e-first");
	assert_string_equal(rig_sql(*state,
				    "select count(*) from steward.audit a join steward.device d "
				    "on d.id = a.entity_id where a.method = 'enrol.Redeem' "
				    "and d.name = 'e-first'"),
			    "1");
	seat_free(s);
	arena_fini(&i.mem);
}

static void redeem_takes_a_token_once(void **state)
{
	char other[SEAT_DIR + 8];
	struct invitation i;
	struct st_err err;

	invite(*state, "e-once", &i);
	(void)snprintf(other, sizeof(other), "%s-other", i.dir);
	assert_int_equal(redeem(*state, &i, i.dir, i.token, &err), ST_OK);
	assert_int_equal(redeem(*state, &i, other, i.token, &err), ST_PERMISSION_DENIED);
	assert_string_equal(err.reason, "TOKEN_REFUSED");
	arena_fini(&i.mem);
}

static void redeem_refuses_an_old_or_unknown_token(void **state)
{
	struct invitation i;
	struct st_err err;
	char unknown[80];

	invite(*state, "e-old", &i);
	(void)snprintf(unknown, sizeof(unknown), "%s", i.token);
	unknown[6] = unknown[6] == 'A' ? 'B' : 'A';
	assert_int_equal(redeem(*state, &i, i.dir, unknown, &err), ST_PERMISSION_DENIED);
	(void)rig_sql(*state,
		      "update steward.device set token_expires_at = now() - interval '1 second' "
		      "where name = 'e-old'");
	assert_int_equal(redeem(*state, &i, i.dir, i.token, &err), ST_PERMISSION_DENIED);
	assert_string_equal(err.reason, "TOKEN_REFUSED");
	arena_fini(&i.mem);
}

static void redeem_refuses_a_withdrawn_invitation(void **state)
{
	struct invitation first, second;
	struct st_err err;

	invite(*state, "e-again", &first);
	invite(*state, "e-again", &second);
	assert_int_equal(redeem(*state, &first, first.dir, first.token, &err),
			 ST_PERMISSION_DENIED);
	assert_int_equal(redeem(*state, &second, second.dir, second.token, &err), ST_OK);
	arena_fini(&first.mem);
	arena_fini(&second.mem);
}

/* Nothing but enrolling is answered to who has no certificate, and enrolling to nobody who has one.
 */
static void redeem_is_answered_on_its_port_only(void **state)
{
	struct rig_result r = rig_call(*state, "clerk", NULL, "enrol.Redeem",
				       "{'token': 'x', 'csr_pem': 'x'}", NULL);

	assert_int_equal(r.err.code, ST_PERMISSION_DENIED);
	assert_string_equal(r.err.reason, "WRONG_PORT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(redeem_makes_a_machine_that_can_log_in),
		cmocka_unit_test(redeem_takes_a_token_once),
		cmocka_unit_test(redeem_refuses_an_old_or_unknown_token),
		cmocka_unit_test(redeem_refuses_a_withdrawn_invitation),
		cmocka_unit_test(redeem_is_answered_on_its_port_only),
	};

	return cmocka_run_group_tests_name("enrol", tests, rig_up, rig_down);
}
