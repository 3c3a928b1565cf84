/* Ops that share a transaction: they commit together, and each succeeds or fails alone. */
#include <stdio.h>
#include <string.h>

#include "tests/support/hold.h"
#include "tests/support/wire.h"

#define CALLS 12

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	(void)rig_ok(*state, "clerk", "case.Open",
		     "{'kind': 'repair', 'spot': 'lobby', 'summary': 'The first'}");
	return 0;
}

/* A note that is in flight and waits, so that what comes now has to stand in line. */
static struct hold block(struct rig *rig, struct wire *w, uint32_t *ret)
{
	struct hold h = hold_changes(rig);
	struct wire_call call = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'in front'}" };

	*ret = wire_call(w, &call);
	wire_push(w);
	hold_until_waiting(rig, 1);
	return h;
}

static uint32_t note(struct wire *w, const char *number, const char *text)
{
	char request[200];
	struct wire_call call = { .method = "case.Note", .request = request };

	(void)snprintf(request, sizeof(request), "{'case': '%s', 'text': '%s'}", number, text);
	return wire_call(w, &call);
}

static void group_commits_together_in_order(void **state)
{
	struct wire *w = wire_desk(*state, "clerk"), *other = wire_desk(*state, "supervisor");
	uint32_t first, id[CALLS];
	struct hold h = block(*state, w, &first);
	char text[20];

	for (int i = 0; i < CALLS; i++) {
		(void)snprintf(text, sizeof(text), "together %02d", i);
		id[i] = note(i % 2 == 0 ? w : other, "C-1001", text);
		wire_push(i % 2 == 0 ? w : other);
		/* Two connections: what the daemon reads first must be what was sent first. */
		assert_int_equal(wire_ask(i % 2 == 0 ? w : other,
					  &(struct wire_call){ .method = "auth.Whoami" })
					 ->code,
				 ST_OK);
	}
	hold_end(&h);
	assert_int_equal(wire_answer(w, first)->code, ST_OK);
	for (int i = 0; i < CALLS; i++)
		assert_int_equal(wire_answer(i % 2 == 0 ? w : other, id[i])->code, ST_OK);
	assert_string_equal(rig_sql(*state, "select count(*) || ' ' || count(distinct xmin::text) "
					    "from steward.case_event where text like 'together%'"),
			    "12 1");
	assert_string_equal(rig_sql(*state, "select bool_and(text = 'together ' || lpad((o - "
					    "1)::text, 2, '0')) from (select text, row_number() "
					    "over (order by seq) o from steward.case_event where "
					    "text like 'together%') x"),
			    "t");
	assert_string_equal(
		rig_sql(*state, "select string_agg(distinct u.login, ' ' order by u.login) from "
				"steward.case_event e join steward.app_user u on u.id = e.user_id "
				"where e.text like 'together%'"),
		"clerk supervisor");
	/* Each has its own row in the audit log; the one in front is the clerk's, too. */
	assert_string_equal(
		rig_sql(*state, "select string_agg(x, ' ' order by x) from (select u.login || ' ' "
				"|| count(*) as x from steward.audit a join steward.app_user u on "
				"u.id = a.user_id where a.method = 'case.Note' group by u.login) "
				"y"),
		"clerk 7 supervisor 6");
	/* The feed holds the case once, as the last of them left it. */
	assert_string_equal(
		rig_sql(*state, "select f.version = c.version and u.login = 'supervisor' from "
				"steward.feed f join steward.desk_case c on c.id = f.id left join "
				"steward.app_user u on u.id = f.user_id where c.number = 'C-1001'"),
		"t");
	wire_close(w);
	wire_close(other);
}

static void group_member_fails_alone(void **state)
{
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t first, good[4], bad;
	struct hold h = block(*state, w, &first);

	good[0] = note(w, "C-1001", "alone 0");
	good[1] = note(w, "C-1001", "alone 1");
	bad = note(w, "C-9999", "alone bad");
	good[2] = note(w, "C-1001", "alone 2");
	good[3] = note(w, "C-1001", "alone 3");
	wire_push(w);
	hold_end(&h);
	assert_int_equal(wire_answer(w, first)->code, ST_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(wire_answer(w, good[i])->code, ST_OK);
	assert_int_equal(wire_answer(w, bad)->code, ST_NOT_FOUND);
	assert_string_equal(wire_answer(w, bad)->violations[0]->field, "case");
	assert_string_equal(rig_sql(*state, "select string_agg(text, ', ' order by seq) from "
					    "steward.case_event where text like 'alone%'"),
			    "alone 0, alone 1, alone 2, alone 3");
	/* The refusal is stored under its key, the others' answers under theirs. */
	assert_string_equal(rig_sql(*state, "select count(*) from steward.idem where response is "
					    "null"),
			    "0");
	wire_close(w);
}

static void group_holds_a_key_twice(void **state)
{
	struct wire_call call = { .method = "case.Open",
				  .request = "{'kind': 'repair', 'spot': 'lobby', 'summary': "
					     "'Sent twice'}",
				  .key = uuid_v7(5) };
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t first, id[3];
	struct hold h = block(*state, w, &first);
	int replayed = 0;

	id[0] = wire_call(w, &call);
	id[1] = note(w, "C-1001", "between");
	id[2] = wire_call(w, &call);
	wire_push(w);
	hold_end(&h);
	assert_int_equal(wire_answer(w, first)->code, ST_OK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(wire_answer(w, id[i])->code, ST_OK);
		replayed += wire_answer(w, id[i])->replayed;
	}
	assert_int_equal(replayed, 1);
	assert_string_equal(rig_sql(*state, "select count(*) from steward.desk_case where summary "
					    "= 'Sent twice'"),
			    "1");
	wire_close(w);
}

/* It is told at its own time, not when its turn comes. */
static void group_line_keeps_deadlines(void **state)
{
	struct wire_call late = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'too late'}",
				  .timeout_ms = 100 };
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t first, id, patient;
	struct hold h = block(*state, w, &first);

	patient = note(w, "C-1001", "in time");
	id = wire_call(w, &late);
	assert_int_equal(wire_answer(w, id)->code, ST_DEADLINE_EXCEEDED);
	assert_string_equal(wire_answer(w, id)->reason, "QUEUE_TIMEOUT");
	assert_false(wire_answered(w, first) || wire_answered(w, patient));
	hold_end(&h);
	assert_int_equal(wire_answer(w, first)->code, ST_OK);
	assert_int_equal(wire_answer(w, patient)->code, ST_OK);
	assert_string_equal(rig_sql(*state, "select string_agg(text, ', ') from steward.case_event "
					    "where text in ('too late', 'in time')"),
			    "in time");
	wire_close(w);
}

static void group_line_delays_no_other_property(void **state)
{
	const char *elsewhere = "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Elsewhere'}";
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t first;
	struct hold h;

	(void)rig_elsewhere(*state, "case.Open", "%s", elsewhere); /* is logged in from now on */
	h = block(*state, w, &first);
	(void)rig_elsewhere(*state, "case.Open", "%s", elsewhere);
	assert_false(wire_answered(w, first));
	hold_end(&h);
	assert_int_equal(wire_answer(w, first)->code, ST_OK);
	wire_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_commits_together_in_order),
		cmocka_unit_test(group_member_fails_alone),
		cmocka_unit_test(group_holds_a_key_twice),
		cmocka_unit_test(group_line_keeps_deadlines),
		cmocka_unit_test(group_line_delays_no_other_property),
	};

	return cmocka_run_group_tests_name("group", tests, prepare, rig_down);
}
