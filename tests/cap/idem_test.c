/* idem.Lookup: what became of calls whose answers never arrived. */
#include <stdio.h>
#include <string.h>

#include "tests/support/hold.h"
#include "tests/support/seat.h"
#include "tests/support/wire.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	(void)rig_ok(*state, "clerk", "case.Open",
		     "{'kind': 'repair', 'spot': 'lobby', 'summary': 'The first'}");
	return 0;
}

static const json_t *outcome(const json_t *reply, const struct uuid *key)
{
	char text[UUID_TEXT];
	const json_t *found = rig_find(reply, "outcomes", "key", uuid_format(key, text));

	assert_non_null(found);
	return found;
}

static void lookup_tells_what_became_of_a_call(void **state)
{
	struct seat *s = seat_new(*state, rig_desk(*state)); /* nobody is logged in */
	struct rig_result done = rig_call(*state, "clerk", "SUN", "case.Note",
					  "{'case': 'C-1001', 'text': 'done'}", NULL);
	struct rig_result no = rig_call(*state, "clerk", "SUN", "case.Reopen",
					"{'case': 'C-1001', 'why': 'no'}", NULL);
	struct uuid never = uuid_v7(21);
	char key[3][UUID_TEXT];
	const json_t *r;

	assert_int_equal(done.err.code, ST_OK);
	assert_int_equal(no.err.code, ST_FAILED_PRECONDITION);
	r = seat_ok(s, "idem.Lookup", "{'keys': ['%s', '%s', '%s']}", uuid_format(&never, key[0]),
		    uuid_format(&no.key, key[1]), uuid_format(&done.key, key[2]));
	assert_int_equal(rig_count(r, "outcomes"), 3);
	assert_string_equal(rig_text(r, "outcomes.0.key"), key[0]); /* in the order asked */
	assert_string_equal(rig_text(outcome(r, &never), "state"), "unknown");
	assert_false(rig_has(outcome(r, &never), "method"));
	assert_string_equal(rig_text(outcome(r, &no.key), "state"), "rejected");
	assert_int_equal(rig_int(outcome(r, &no.key), "code"), ST_FAILED_PRECONDITION);
	assert_string_equal(rig_text(outcome(r, &done.key), "state"), "committed");
	assert_string_equal(rig_text(outcome(r, &done.key), "method"), "case.Note");
	assert_true(rig_has(outcome(r, &done.key), "at"));
	seat_free(s);
}

/* A dry run, a call that is still under way, and one that was refused in passing have not happened.
 */
static void lookup_knows_only_what_is_settled(void **state)
{
	struct call_options dry = { .dry_run = true };
	struct wire_call call = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'under way'}",
				  .property = "SUN",
				  .key = uuid_v7(22) };
	struct rig_result tried = rig_call(*state, "clerk", "SUN", "case.Note",
					   "{'case': 'C-1001', 'text': 'tried'}", &dry);
	struct rig_result stale = rig_call(*state, "clerk", "SUN", "case.Edit",
					   "{'case': 'C-1001', 'version': 99, 'priority': 'low'}",
					   NULL);
	struct hold h = hold_begin(*state, "select from desk_case where number = 'C-1001' for "
					   "update");
	struct wire *w = wire_open(*state, rig_desk(*state));
	char key[3][UUID_TEXT];
	const json_t *r;
	uint32_t id;

	assert_int_equal(tried.err.code, ST_OK);
	assert_int_equal(stale.err.code, ST_ABORTED);
	wire_login(w, "clerk");
	id = wire_call(w, &call);
	wire_push(w);
	hold_until_waiting(*state, 1);
	r = rig_ok(*state, "clerk", "idem.Lookup", "{'keys': ['%s', '%s', '%s']}",
		   uuid_format(&tried.key, key[0]), uuid_format(&stale.key, key[1]),
		   uuid_format(&call.key, key[2]));
	assert_string_equal(rig_text(r, "outcomes.0.state"), "unknown");
	assert_string_equal(rig_text(r, "outcomes.1.state"), "unknown");
	assert_string_equal(rig_text(r, "outcomes.2.state"), "unknown");
	hold_end(&h);
	assert_int_equal(wire_answer(w, id)->code, ST_OK);
	r = rig_ok(*state, "clerk", "idem.Lookup", "{'keys': ['%s']}", key[2]);
	assert_string_equal(rig_text(r, "outcomes.0.state"), "committed");
	wire_close(w);
}

static void lookup_is_about_the_own_device(void **state)
{
	struct rig_result done = rig_call(*state, "clerk", "SUN", "case.Note",
					  "{'case': 'C-1001', 'text': 'mine'}", NULL);
	char dir[SEAT_DIR], key[UUID_TEXT];
	struct seat *other;

	seat_enrol(*state, "i-other", "SUN", dir);
	other = seat_new(*state, dir);
	assert_string_equal(rig_text(seat_ok(other, "idem.Lookup", "{'keys': ['%s']}",
					     uuid_format(&done.key, key)),
				     "outcomes.0.state"),
			    "unknown");
	seat_free(other);
}

static void lookup_refuses(void **state)
{
	struct rig_result r = rig_refused(*state, "clerk", "idem.Lookup", ST_INVALID_ARGUMENT,
					  "keys[0]", "{'keys': ['C-1001']}");
	char *many = calloc(501, 40);
	size_t used = 0;

	assert_string_equal(r.err.reason, "FORMAT");
	(void)rig_refused(*state, "clerk", "idem.Lookup", ST_INVALID_ARGUMENT, "keys", "{}");
	assert_non_null(many);
	for (int i = 0; i < 501; i++)
		used += (size_t)snprintf(many + used, 501 * 40 - used,
					 "%s'00000000-0000-7000-8000-000000000000'",
					 i > 0 ? "," : "");
	(void)rig_refused(*state, "clerk", "idem.Lookup", ST_INVALID_ARGUMENT, "keys",
			  "{'keys': [%s]}", many);
	free(many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookup_tells_what_became_of_a_call),
		cmocka_unit_test(lookup_knows_only_what_is_settled),
		cmocka_unit_test(lookup_is_about_the_own_device),
		cmocka_unit_test(lookup_refuses),
	};

	return cmocka_run_group_tests_name("idem", tests, prepare, rig_down);
}
