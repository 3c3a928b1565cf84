/*
 * Exactly once where something breaks in between: what stands under the key is damaged or gone,
 * time runs out at any step, a conflict is lost again and again, the database goes while many
 * share a commit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/support/hold.h"
#include "tests/support/wire.h"

#define NOTES 6
#define TRIES 5000
#define PAUSE_US 2000u

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	for (int i = 0; i < 2; i++)
		(void)rig_ok(*state, "clerk", "case.Open",
			     "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Tap drips'}");
	return 0;
}

static const char *sql(struct rig *rig, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static const char *sql(struct rig *rig, const char *fmt, ...)
{
	char text[1500] = "set search_path = steward_code, steward; ";
	size_t used = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text + used, sizeof(text) - used, fmt, ap);
	va_end(ap);
	return rig_sql(rig, text);
}

static const char *key_text(const struct uuid *key)
{
	static char text[UUID_TEXT];

	return uuid_format(key, text);
}

/* Keeps what stands under a key to itself. */
static struct hold hold_key(struct rig *rig, const struct uuid *key)
{
	char statement[200];

	(void)snprintf(statement, sizeof(statement), "select from idem where key = '%s' for update",
		       key_text(key));
	return hold_begin(rig, statement);
}

static const char *notes(struct rig *rig, const char *text)
{
	return sql(rig, "select count(*) from case_event where text = '%s'", text);
}

static struct wire_call note(const char *request)
{
	return (struct wire_call){ .method = "case.Note",
				   .request = request,
				   .property = "SUN",
				   .key = uuid_v7(clock_wall_us(&clock_system) / 1000) };
}

/* Runs 'body' of PL/pgSQL for each row that comes to a table. */
static void trigger(struct rig *rig, const char *table, const char *body)
{
	(void)sql(rig,
		  "create function steward.once_%s() returns trigger language plpgsql as "
		  "$$begin %s return new; end$$; create trigger once before insert on steward.%s "
		  "for each row execute function steward.once_%s(); select 1",
		  table, body, table, table);
}

static void trigger_end(struct rig *rig, const char *table)
{
	(void)sql(rig, "drop trigger once on %s; drop function steward.once_%s(); select 1", table,
		  table);
}

/* ---- what stands under a key ---- */

static const Steward__Response *again_with(struct rig *rig, struct wire *w,
					   const struct wire_call *call, const char *set)
{
	(void)sql(rig, "update idem set %s where key = '%s' returning 1", set,
		  key_text(&call->key));
	return wire_ask(w, call);
}

static void damaged_answer_is_told(void **state)
{
	struct wire_call call = note("{'case': 'C-1001', 'text': 'damaged'}");
	struct wire *w = wire_desk(*state, "clerk");
	const Steward__Response *r;

	assert_int_equal(wire_ask(w, &call)->code, ST_OK);
	(void)sql(*state, "create table steward.once_kept as select * from idem where key = '%s'",
		  key_text(&call.key));
	r = again_with(*state, w, &call, "response = '\\xff'");
	assert_int_equal(r->code, ST_DATA_LOSS);
	assert_string_equal(r->reason, "STORED_ANSWER");
	assert_false(r->replayed);
	r = again_with(*state, w, &call, "response = null");
	assert_int_equal(r->code, ST_INTERNAL);
	assert_string_equal(r->reason, "NO_ANSWER");
	r = again_with(*state, w, &call, "fingerprint = '\\x00'");
	assert_int_equal(r->code, ST_INVALID_ARGUMENT);
	assert_string_equal(r->reason, ST_REASON_KEY_REUSED);
	r = again_with(*state, w, &call,
		       "(fingerprint, response) = (select fingerprint, response from "
		       "steward.once_kept)");
	assert_int_equal(r->code, ST_OK);
	assert_true(r->replayed);
	(void)sql(*state, "drop table steward.once_kept");
	assert_string_equal(notes(*state, "damaged"), "1");
	wire_close(w);
}

/* A code alone is an answer. */
static void stored_refusal_needs_no_reason(void **state)
{
	struct wire_call call = note("{'case': 'C-9999', 'text': 'nowhere'}");
	struct wire *w = wire_desk(*state, "clerk");
	const Steward__Response *r;

	assert_int_equal(wire_ask(w, &call)->code, ST_NOT_FOUND);
	r = again_with(*state, w, &call, "response = '\\x0805'");
	assert_int_equal(r->code, ST_NOT_FOUND);
	assert_true(r->replayed);
	wire_close(w);
}

/* Gone between the look that it is taken and the look what it holds. */
static void key_that_goes_meanwhile_is_asked_again(void **state)
{
	struct wire_call call = note("{'case': 'C-1001', 'text': 'gone'}");
	struct wire *w = wire_desk(*state, "clerk");
	const Steward__Response *r;
	char move[200];
	struct hold h;
	uint32_t id;

	assert_int_equal(wire_ask(w, &call)->code, ST_OK);
	h = hold_key(*state, &call.key);
	id = wire_call(w, &call);
	wire_push(w);
	hold_until_waiting(*state, 1);
	(void)snprintf(move, sizeof(move),
		       "update idem set key = gen_random_uuid() where key = '%s'",
		       key_text(&call.key));
	hold_send(&h, move);
	assert_true(hold_join(&h));
	hold_commit(&h);
	r = wire_answer(w, id);
	assert_int_equal(r->code, ST_ABORTED);
	assert_string_equal(r->reason, "KEY_RACE");
	wire_close(w);
}

/* The refusal stands; only a repetition is judged anew. */
static void refusal_that_cannot_be_stored_stands(void **state)
{
	struct wire_call call = note("{'case': 'C-9999', 'text': 'not here'}");
	struct wire *w = wire_desk(*state, "clerk");

	trigger(*state, "idem", "if new.code <> 0 then raise 'full'; end if;");
	for (int i = 0; i < 2; i++) {
		const Steward__Response *r = wire_ask(w, &call);

		assert_int_equal(r->code, ST_NOT_FOUND);
		assert_false(r->replayed);
	}
	trigger_end(*state, "idem");
	assert_int_equal(wire_ask(w, &call)->code, ST_NOT_FOUND);
	assert_true(wire_ask(w, &call)->replayed);
	wire_close(w);
}

/* A key that cannot be written is no key that is known. */
static void claim_that_fails_otherwise_is_no_replay(void **state)
{
	struct wire_call call = note("{'case': 'C-1001', 'text': 'unclaimed'}");
	struct wire *w = wire_desk(*state, "clerk");

	trigger(*state, "idem", "raise 'broken';");
	assert_int_equal(wire_ask(w, &call)->code, ST_INTERNAL);
	trigger_end(*state, "idem");
	assert_string_equal(notes(*state, "unclaimed"), "0");
	assert_int_equal(wire_ask(w, &call)->code, ST_OK);
	wire_close(w);
}

/* ---- time ---- */

/* Each statement keeps to the time, all together do not. */
static void deadline_counts_for_all_statements(void **state)
{
	struct wire_call call = note("{'case': 'C-1001', 'text': 'in sum'}");
	struct wire *w = wire_desk(*state, "clerk");
	const Steward__Response *r;

	trigger(*state, "idem", "perform pg_sleep(0.2);");
	trigger(*state, "case_event", "perform pg_sleep(0.2);");
	call.timeout_ms = 300;
	r = wire_ask(w, &call);
	assert_int_equal(r->code, ST_DEADLINE_EXCEEDED);
	trigger_end(*state, "idem");
	trigger_end(*state, "case_event");
	assert_string_equal(notes(*state, "in sum"), "0");
	assert_string_equal(
		sql(*state, "select count(*) from idem where key = '%s'", key_text(&call.key)),
		"0");
	call.timeout_ms = 0;
	assert_int_equal(wire_ask(w, &call)->code, ST_OK);
	wire_close(w);
}

/* ---- conflicts ---- */

static void conflict_is_tried_three_times(void **state)
{
	struct wire_call call = note("{'case': 'C-1001', 'text': 'in conflict'}");
	struct wire *w = wire_desk(*state, "clerk");
	const Steward__Response *r;

	(void)sql(*state, "create sequence steward.once_tries; grant usage on sequence "
			  "steward.once_tries to public; select 1");
	trigger(*state, "case_event",
		"if nextval('steward.once_tries') <> 3 then raise 'lost' using errcode = '40001'; "
		"end if;");
	assert_int_equal(wire_ask(w, &call)->code, ST_OK); /* at the third */
	call.key = note("").key;
	r = wire_ask(w, &call);
	assert_int_equal(r->code, ST_ABORTED);
	assert_string_equal(r->reason, "CONFLICT");
	assert_string_equal(sql(*state, "select last_value from steward.once_tries"), "6");
	trigger_end(*state, "case_event");
	assert_string_equal(notes(*state, "in conflict"), "1");
	assert_int_equal(wire_ask(w, &call)->code, ST_OK); /* nothing was held against it */
	(void)sql(*state, "drop sequence steward.once_tries; select 1");
	wire_close(w);
}

/* ---- the database goes ---- */

/* Ends the daemon's session that waits, once one does. */
static void kill_who_waits(struct rig *rig)
{
	hold_until_waiting(rig, 1);
	(void)sql(rig, "select count(pg_terminate_backend(pid)) from pg_stat_activity where "
		       "application_name = 'stewardd' and wait_event_type = 'Lock'");
}

/* Waits until another than the daemon waits for a lock. */
static void until_in_line(struct rig *rig)
{
	int tries = 0;

	while (strcmp(sql(rig, "select count(*) from pg_stat_activity where wait_event_type = "
			       "'Lock' and application_name <> 'stewardd'"),
		      "1") != 0) {
		assert_in_range(tries++, 0, TRIES);
		(void)usleep(PAUSE_US);
	}
}

/* Whether it is counted is not known; what is stored is. */
static void replay_is_lost_and_asked_again(void **state)
{
	struct wire_call call = note("{'case': 'C-1001', 'text': 'lost replay'}");
	struct wire *w = wire_desk(*state, "clerk");
	const Steward__Response *r;
	struct hold h;
	uint32_t id;

	assert_int_equal(wire_ask(w, &call)->code, ST_OK);
	h = hold_key(*state, &call.key);
	id = wire_call(w, &call);
	wire_push(w);
	kill_who_waits(*state);
	r = wire_answer(w, id);
	assert_int_equal(r->code, ST_DEADLINE_EXCEEDED);
	assert_string_equal(r->reason, ST_REASON_OUTCOME_UNKNOWN);
	hold_end(&h);
	r = wire_ask(w, &call);
	assert_int_equal(r->code, ST_OK);
	assert_true(r->replayed);
	assert_string_equal(notes(*state, "lost replay"), "1");
	wire_close(w);
}

/* A note that waits for the feed, and others behind it, which will go in one group. */
struct crowd {
	struct wire *w;
	struct wire_call calls[NOTES];
	char requests[NOTES][80];
	uint32_t first, id[NOTES];
};

static void crowd_begin(struct rig *rig, struct crowd *c, const char *text)
{
	struct wire_call front = note("{'case': 'C-1001', 'text': 'in front'}");

	c->w = wire_desk(rig, "clerk");
	c->first = wire_call(c->w, &front);
	wire_push(c->w);
	hold_until_waiting(rig, 1);
	for (int i = 0; i < NOTES; i++) {
		(void)snprintf(c->requests[i], sizeof(c->requests[i]),
			       "{'case': 'C-100%d', 'text': '%s'}", 1 + i % 2, text);
		c->calls[i] = note(c->requests[i]);
		c->id[i] = wire_call(c->w, &c->calls[i]);
	}
	wire_push(c->w);
	assert_int_equal(wire_ask(c->w, &(struct wire_call){ .method = "auth.Whoami" })->code,
			 ST_OK);
}

static void expect_all(struct crowd *c, enum st_code code, const char *reason)
{
	for (int i = 0; i < NOTES; i++) {
		const Steward__Response *r = wire_answer(c->w, c->id[i]);

		assert_int_equal(r->code, code);
		if (reason != NULL)
			assert_string_equal(r->reason, reason);
	}
}

/* Nothing of it was done, and the same calls do it. */
static void crowd_repeats(struct rig *rig, struct crowd *c, const char *text)
{
	assert_string_equal(notes(rig, text), "0");
	for (int i = 0; i < NOTES; i++) {
		const Steward__Response *r = wire_ask(c->w, &c->calls[i]);

		assert_int_equal(r->code, ST_OK);
		assert_false(r->replayed);
	}
	assert_int_equal(strtol(notes(rig, text), NULL, 10), NOTES);
	assert_string_equal(sql(rig, "select count(*) from idem where response is null"), "0");
	wire_close(c->w);
}

/* Its session ends before anything of a group was committed: all are told so. */
static void group_is_lost_before_its_end(void **state)
{
	struct hold feed = hold_changes(*state);
	struct hold row = hold_begin(*state,
				     "select from desk_case where number = 'C-1002' for update");
	struct crowd c;

	crowd_begin(*state, &c, "lost early");
	hold_end(&feed);
	assert_int_equal(wire_answer(c.w, c.first)->code, ST_OK);
	kill_who_waits(*state); /* for C-1002 */
	expect_all(&c, ST_UNAVAILABLE, NULL);
	hold_end(&row);
	crowd_repeats(*state, &c, "lost early");
}

/* It ends while the group commits: nobody knows, so the same is asked again by its keys. */
static void group_is_lost_at_its_end(void **state)
{
	struct hold feed = hold_changes(*state), next = hold_begin(*state, "select");
	struct crowd c;

	crowd_begin(*state, &c, "lost late");
	/* In line for the feed behind the first note, before the group. */
	hold_send(&next, "select from feed_head h join property p on p.id = h.property_id where "
			 "p.code = 'SUN' for update of h");
	until_in_line(*state);
	hold_end(&feed);
	assert_int_equal(wire_answer(c.w, c.first)->code, ST_OK);
	assert_true(hold_join(&next));
	kill_who_waits(*state);
	expect_all(&c, ST_DEADLINE_EXCEEDED, ST_REASON_OUTCOME_UNKNOWN);
	hold_end(&next);
	crowd_repeats(*state, &c, "lost late");
}

/* ---- trying without doing ---- */

/* What would be told when it is done, secrets above all, is not. */
static void dry_run_tells_no_secret(void **state)
{
	struct call_options dry = { .dry_run = true };
	struct rig_result r = rig_call(*state, "admin", "SUN", "user.Add",
				       "{'login': 'o-dry', 'full_name': 'Dry'}", &dry);

	assert_int_equal(r.err.code, ST_OK);
	assert_true(r.dry_run);
	assert_false(rig_has(r.reply, "password"));
	assert_string_equal(sql(*state, "select count(*) from app_user where login = 'o-dry'"),
			    "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_answer_is_told),
		cmocka_unit_test(stored_refusal_needs_no_reason),
		cmocka_unit_test(key_that_goes_meanwhile_is_asked_again),
		cmocka_unit_test(refusal_that_cannot_be_stored_stands),
		cmocka_unit_test(claim_that_fails_otherwise_is_no_replay),
		cmocka_unit_test(deadline_counts_for_all_statements),
		cmocka_unit_test(conflict_is_tried_three_times),
		cmocka_unit_test(replay_is_lost_and_asked_again),
		cmocka_unit_test(group_is_lost_before_its_end),
		cmocka_unit_test(group_is_lost_at_its_end),
		cmocka_unit_test(dry_run_tells_no_secret),
	};

	return cmocka_run_group_tests_name("once_fault", tests, prepare, rig_down);
}
