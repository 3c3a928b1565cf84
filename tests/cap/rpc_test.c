/*
 * What holds for every call, whatever it does: limits of time, size and number, what is written
 * down of it, and what becomes of it when the line breaks or the database refuses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/hold.h"
#include "tests/support/people.h"
#include "tests/support/seat.h"
#include "tests/support/wire.h"

#define CALLS_MAX 32
#define DAEMON_CALLS_MAX "60"

static int prepare(void **state)
{
	if (setenv("STEWARDD_MAX_OPS", DAEMON_CALLS_MAX, 1) != 0 || rig_up(state) != 0)
		return -1;
	(void)rig_ok(*state, "clerk", "case.Open",
		     "{'kind': 'repair', 'spot': 'lobby', 'summary': 'The first'}");
	(void)rig_ok(*state, "clerk", "party.Add", "{'name': 'Li Na', 'phones': ['13900139000']}");
	return 0;
}

static const char *sql(struct rig *rig, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static const char *sql(struct rig *rig, const char *fmt, ...)
{
	char text[1000] = "set search_path = steward_code, steward; ";
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

static void refused(struct wire *w, const struct wire_call *call, enum st_code code,
		    const char *reason)
{
	const Steward__Response *r = wire_ask(w, call);

	if (r->code != (int)code || strcmp(r->reason, reason) != 0)
		fail_msg("expected %s %s, got %d %s %s", st_code_name(code), reason, r->code,
			 r->reason, r->message);
	assert_true(r->message[0] != '\0');
}

/* It was admitted. On a slow machine it waited for the lock longer than the database allows. */
static bool was_run(const Steward__Response *r)
{
	return r->code == ST_OK || (r->code == ST_ABORTED && strcmp(r->reason, "LOCKED") == 0);
}

/* ---- limits ---- */

static void call_unknown_or_elsewhere_is_refused(void **state)
{
	struct wire *w = wire_open(*state, rig_desk(*state));

	refused(w, &(struct wire_call){ .method = "case.Conjure" }, ST_UNIMPLEMENTED,
		"UNKNOWN_METHOD");
	refused(w, &(struct wire_call){ 0 }, ST_INVALID_ARGUMENT, "REQUIRED");
	refused(w, &(struct wire_call){ .method = "enrol.Redeem" }, ST_PERMISSION_DENIED,
		"WRONG_PORT");
	refused(w, &(struct wire_call){ .method = "case.List" }, ST_UNAUTHENTICATED,
		"LOGIN_REQUIRED");
	refused(w, &(struct wire_call){ .method = "event.Watch" }, ST_UNAUTHENTICATED,
		"LOGIN_REQUIRED");
	wire_login(w, "clerk");
	assert_int_equal(wire_ask(w, &(struct wire_call){ .method = "case.List" })->code, ST_OK);
	wire_close(w);
}

static void change_needs_a_key(void **state)
{
	struct wire_call call = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'x'}",
				  .no_key = true };
	struct wire *w = wire_desk(*state, "clerk");

	refused(w, &call, ST_INVALID_ARGUMENT, "REQUIRED");
	call.no_key = false;
	call.short_key = 1;
	refused(w, &call, ST_INVALID_ARGUMENT, "REQUIRED");
	assert_string_equal(wire_ask(w, &call)->violations[0]->field, "key");
	call.short_key = 0;
	assert_int_equal(wire_ask(w, &call)->code, ST_OK);
	wire_close(w);
}

static void request_has_a_size(void **state)
{
	struct wire_call call = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'long'}" };
	struct wire *w = wire_desk(*state, "clerk");

	call.padding = (1u << 20) - 100;
	assert_int_equal(wire_ask(w, &call)->code, ST_OK);
	call.padding = 1u << 20;
	refused(w, &call, ST_INVALID_ARGUMENT, "TOO_LARGE");
	/* Before anybody logged in there is room for a login only. */
	assert_int_equal(wire_ask(w, &(struct wire_call){ .method = "auth.Logout" })->code, ST_OK);
	call.padding = 20000;
	(void)wire_call(w, &call);
	assert_string_equal(wire_lost(w)->reason, "MESSAGE_TOO_LARGE");
	wire_close(w);
}

static bool is_busy(const Steward__Response *r)
{
	return r->code == ST_RESOURCE_EXHAUSTED && strcmp(r->reason, "BUSY") == 0;
}

/* Large requests share a budget of memory; who comes when it is used up comes again. */
static void large_requests_share_the_memory(void **state)
{
	struct wire_call call = { .method = "case.Import",
				  .request = "{'rows': [{'line': 1, 'kind': 'repair', 'opened': "
					     "'2024-01-01', 'summary': 'Large'}]}",
				  .property = "SUN",
				  .padding = 4100000 };
	struct hold h = hold_begin(*state, "lock table desk_case in access exclusive mode");
	struct wire *w[5];
	uint32_t id[20];
	size_t answered = 0, busy = 0, ok = 0;

	/* The first to be answered need not be one that was turned away: the lock has its own limit
	 * of time. */
	for (size_t i = 0; i < 5; i++)
		w[i] = wire_desk(*state, "manager");
	for (size_t i = 0; i < 20; i++) {
		id[i] = wire_call(w[i % 5], &call);
		wire_push(w[i % 5]);
	}
	while (busy == 0 && answered < 20) {
		(void)uv_run(rig_loop(*state), UV_RUN_ONCE);
		answered = 0;
		for (size_t i = 0; i < 20; i++) {
			if (!wire_answered(w[i % 5], id[i]))
				continue;
			answered++;
			busy += is_busy(wire_answer(w[i % 5], id[i]));
		}
	}
	hold_end(&h);
	for (size_t i = 0; i < 20; i++)
		ok += wire_answer(w[i % 5], id[i])->code == ST_OK;
	assert_true(busy > 0 && ok > 0);
	for (size_t i = 0; i < 5; i++)
		wire_close(w[i]);
}

static void calls_at_once_are_limited(void **state)
{
	struct wire_call call = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'many'}" };
	struct wire *w = wire_desk(*state, "clerk"), *other = wire_desk(*state, "clerk");
	struct hold h = hold_changes(*state);
	uint32_t id[CALLS_MAX + 4];

	for (size_t i = 0; i < CALLS_MAX + 4; i++)
		id[i] = wire_call(w, &call);
	for (size_t i = CALLS_MAX; i < CALLS_MAX + 4; i++) {
		assert_int_equal(wire_answer(w, id[i])->code, ST_RESOURCE_EXHAUSTED);
		assert_string_equal(wire_answer(w, id[i])->reason, "TOO_MANY_CALLS");
		assert_true(wire_answer(w, id[i])->retry_after_ms > 0);
	}
	/* Who has nothing running is served. */
	assert_int_equal(wire_ask(other, &(struct wire_call){ .method = "case.List" })->code,
			 ST_OK);
	hold_end(&h);
	for (size_t i = 0; i < CALLS_MAX; i++)
		assert_true(was_run(wire_answer(w, id[i])));
	assert_int_equal(wire_ask(w, &call)->code, ST_OK);
	wire_close(w);
	wire_close(other);
}

static void calls_of_all_are_limited(void **state)
{
	struct wire_call call = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'all'}" };
	struct wire *w[2] = { wire_desk(*state, "clerk"), wire_desk(*state, "clerk") };
	struct hold h = hold_changes(*state);
	uint32_t id[2 * CALLS_MAX];
	size_t busy = 0, ok = 0;

	for (size_t i = 0; i < 2 * CALLS_MAX; i++)
		id[i] = wire_call(w[i % 2], &call);
	wire_push(w[0]);
	wire_push(w[1]);
	while (busy == 0) {
		(void)uv_run(rig_loop(*state), UV_RUN_ONCE);
		for (size_t i = 0; i < 2 * CALLS_MAX; i++)
			busy += wire_answered(w[i % 2], id[i]);
	}
	hold_end(&h);
	busy = 0;
	for (size_t i = 0; i < 2 * CALLS_MAX; i++) {
		const Steward__Response *r = wire_answer(w[i % 2], id[i]);

		ok += was_run(r);
		busy += r->code == ST_RESOURCE_EXHAUSTED && strcmp(r->reason, "BUSY") == 0;
	}
	assert_int_equal(ok, 60);
	assert_int_equal(busy, 4);
	wire_close(w[0]);
	wire_close(w[1]);
}

/* Who watches does not take the place of who works. */
static void watches_are_no_calls(void **state)
{
	struct wire *w[4];

	for (int i = 0; i < 4; i++) {
		w[i] = wire_desk(*state, "clerk");
		for (int k = 0; k < 20; k++)
			(void)wire_watch(w[i], "SUN", "{}");
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(wire_ask(w[i], &(struct wire_call){ .method = "case.List" })->code,
				 ST_OK);
	for (int i = 0; i < 4; i++)
		wire_close(w[i]);
}

static void deadline_passed_leaves_nothing(void **state)
{
	struct wire_call call = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'too late'}",
				  .key = uuid_v7(11),
				  .timeout_ms = 300 };
	struct wire *w = wire_desk(*state, "clerk");
	struct hold h = hold_changes(*state);

	assert_int_equal(wire_ask(w, &call)->code, ST_DEADLINE_EXCEEDED);
	hold_end(&h);
	assert_string_equal(
		sql(*state, "select count(*) from idem where key = '%s'", key_text(&call.key)),
		"0");
	assert_string_equal(sql(*state, "select count(*) from case_event where text = 'too late'"),
			    "0");
	call.timeout_ms = 0;
	assert_int_equal(wire_ask(w, &call)->code, ST_OK);
	wire_close(w);
}

/* One that waits behind others does not even begin. */
static void deadline_counts_in_the_queue(void **state)
{
	struct wire_call first = { .method = "case.Note",
				   .request = "{'case': 'C-1001', 'text': 'first'}",
				   .padding = 20000 }; /* so large, they run side by side */
	struct wire_call late = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'queued'}",
				  .timeout_ms = 100 };
	struct wire *w = wire_desk(*state, "clerk");
	struct hold h = hold_changes(*state);
	uint32_t id[8];

	for (size_t i = 0; i < 8; i++)
		id[i] = wire_call(w, &first);
	wire_push(w);
	hold_until_waiting(*state, 2);
	refused(w, &late, ST_DEADLINE_EXCEEDED, "QUEUE_TIMEOUT");
	hold_end(&h);
	for (size_t i = 0; i < 8; i++)
		assert_true(was_run(wire_answer(w, id[i])));
	assert_string_equal(sql(*state, "select count(*) from case_event where text = 'queued'"),
			    "0");
	wire_close(w);
}

/* ---- what is written down ---- */

static void expect_audit(struct rig *rig, const struct uuid *key, const char *what)
{
	assert_string_equal(
		sql(rig,
		    "select count(*) || ' ' || min(method) || ' ' || coalesce(min(u.login), "
		    "'-') || ' ' || count(device_id) || count(session_id) || ' ' || "
		    "coalesce(min(p.code), '-') || ' ' || coalesce(min(entity), '-') || ' ' || "
		    "count(entity_id) || ' ' || coalesce(min(number), '-') || ' [' || "
		    "coalesce(min(fields), '') || '] ' || min(a.code) from audit a left join "
		    "app_user u on u.id = a.user_id left join property p on p.id = "
		    "a.property_id where a.at = (select max(at) from audit) and exists "
		    "(select from idem i where i.key = '%s' and i.created_at <= a.at)",
		    key_text(key)),
		what);
}

static void change_leaves_one_audit_row(void **state)
{
	struct rig_result r = rig_call(
		*state, "clerk", "SUN", "case.Open",
		"{'kind': 'repair', 'spot': 'lobby', 'summary': 'Very private', 'caller': "
		"'Mr Secret', 'phone': '13900139001'}",
		NULL);
	char what[200];

	(void)snprintf(what, sizeof(what), "1 case.Open clerk 11 SUN case 1 %s [%s] 0",
		       rig_text(r.reply, "number"), "kind summary phone caller spot");
	expect_audit(*state, &r.key, what);
	assert_string_equal(
		sql(*state, "select count(*) from audit a where a::text ~ 'private|Secret|139001'"),
		"0");
	r = rig_call(*state, "admin", NULL, "user.Grant",
		     "{'user': 'clerk', 'role': 'cashier', 'at': 'SUN'}", NULL);
	assert_int_equal(r.err.code, ST_OK);
	expect_audit(*state, &r.key, "1 user.Grant admin 11 - user 1 clerk [user role at] 0");
	r = rig_call(*state, "manager", "SUN", "department.Add",
		     "{'code': 'AUD', 'name': 'Audited'}", NULL);
	expect_audit(*state, &r.key,
		     "1 department.Add manager 11 SUN department 1 AUD [code name] 0");
	r = rig_call(*state, "manager", "SUN", "department.Edit",
		     "{'department': 'AUD', 'name': 'Renamed'}", NULL);
	expect_audit(*state, &r.key,
		     "1 department.Edit manager 11 SUN department 1 AUD [department name] 0");
}

static void reading_of_people_leaves_an_audit_row(void **state)
{
	const char *before = sql(*state, "select count(*) from audit");
	const json_t *p = rig_ok(*state, "clerk", "party.Show", "{'party': 'P-1001'}");

	assert_string_equal(rig_text(p, "party.name"), "Li Na");
	assert_int_equal(strtol(sql(*state, "select count(*) from audit"), NULL, 10),
			 strtol(before, NULL, 10) + 1);
	assert_string_equal(sql(*state,
				"select concat_ws(' ', a.method, u.login, p.code, a.number, "
				"a.fields, a.code) from audit a join app_user u on u.id = "
				"a.user_id left join property p on p.id = a.property_id "
				"order by a.at desc limit 1"),
			    "party.Show clerk SUN P-1001 party 0");
	(void)rig_ok(*state, "clerk", "case.List", "{}");
	assert_int_equal(strtol(sql(*state, "select count(*) from audit"), NULL, 10),
			 strtol(before, NULL, 10) + 1);
}

static void feed_has_no_gap_and_one_row_for_each_thing(void **state)
{
	const char *head = "select pos from feed_head where property_id = 1";
	int64_t before = strtoll(sql(*state, "%s", head), NULL, 10), after;
	const json_t *c = rig_ok(*state, "clerk", "case.Open",
				 "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Fed'}");

	for (int i = 0; i < 3; i++)
		(void)rig_ok(*state, "clerk", "case.Note", "{'case': '%s', 'text': 'again'}",
			     rig_text(c, "number"));
	(void)rig_ok(*state, "manager", "party.Import",
		     "{'rows': [{'line': 1, 'name': 'A', 'ref': 'F1'}, {'line': 2, 'name': 'B', "
		     "'ref': 'F2'}, {'line': 3, 'name': 'C', 'ref': 'F3'}]}");
	after = strtoll(sql(*state, "%s", head), NULL, 10);
	assert_int_equal(after - before, 4 + 3);
	assert_string_equal(
		sql(*state,
		    "select count(*) || ' ' || count(distinct pos) || ' ' || min(pos) "
		    "|| ' ' || max(pos) from feed where property_id = 1 and pos > %lld",
		    (long long)before + 3),
		sql(*state, "select '4 4 %lld %lld'", (long long)before + 4, (long long)after));
	assert_string_equal(
		sql(*state, "select count(*) from feed where id = '%s'", rig_text(c, "id")), "1");
	assert_string_equal(
		sql(*state, "select version from feed where id = '%s'", rig_text(c, "id")),
		sql(*state, "select version from desk_case where id = '%s'", rig_text(c, "id")));
}

/* ---- what goes wrong on the way ---- */

/* Chosen as the victim of a deadlock, a change is made once more by itself. */
static void victim_of_a_deadlock_tries_again(void **state)
{
	struct wire_call call = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'deadlocked'}",
				  .property = "SUN",
				  .key = uuid_v7(12) };
	struct wire *w = wire_desk(*state, "clerk");
	struct hold h = hold_changes(*state);
	const Steward__Response *r;
	uint32_t id = wire_call(w, &call);

	wire_push(w);
	hold_until_waiting(*state, 1); /* for the feed, holding the case */
	hold_send(&h, "select from desk_case where number = 'C-1001' for update");
	hold_join(&h); /* it got the case: the call has lost */
	hold_end(&h);
	r = wire_answer(w, id);
	if (r->code != ST_OK)
		fail_msg("%d %s %s", r->code, r->reason, r->message);
	assert_string_equal(
		sql(*state, "select count(*) from case_event where text = 'deadlocked'"), "1");
	assert_string_equal(sql(*state, "select count(*) from idem where key = '%s' and code = 0",
				key_text(&call.key)),
			    "1");
	wire_close(w);
}

/* Judged while another of the same kind went through: what stands under the key is the answer. */
static void refusal_gives_way_to_what_stands(void **state)
{
	struct wire_call call = { .method = "case.Reopen",
				  .request = "{'case': 'C-1001', 'why': 'x'}",
				  .property = "SUN" };
	struct wire *w = wire_desk(*state, "clerk");
	struct uuid first = uuid_v7(13), second = uuid_v7(14);
	char first_text[UUID_TEXT], second_text[UUID_TEXT], insert[600];
	struct hold row, key;
	const Steward__Response *r;
	uint32_t id;
	bool stored;

	call.key = first;
	assert_int_equal(wire_ask(w, &call)->code, ST_FAILED_PRECONDITION);
	row = hold_begin(*state, "select from desk_case where number = 'C-1001' for update");
	call.key = second;
	id = wire_call(w, &call);
	wire_push(w);
	hold_until_waiting(*state, 1);
	(void)snprintf(insert, sizeof(insert),
		       "insert into idem (device_id, key, method, fingerprint, code, response) "
		       "select device_id, '%s', method, fingerprint, 9, '\\x0800' from idem where "
		       "key = '%s'",
		       uuid_format(&second, second_text), uuid_format(&first, first_text));
	key = hold_begin(*state, "select");
	hold_send(&key, insert); /* waits for the call to be refused */
	hold_end(&row);
	stored = hold_join(&key);
	hold_commit(&key);
	r = wire_answer(w, id);
	assert_int_equal(r->code, stored ? ST_OK : ST_FAILED_PRECONDITION);
	assert_int_equal(r->replayed, stored);
	wire_close(w);
}

/* Whatever they were doing: the daemon's end finds what was left behind. */
static void calls_outlive_their_connection(void **state)
{
	static const char login[] = "{'login': 'clerk', 'password': '" PEOPLE_PASSWORD "'}";
	struct hold h = hold_changes(*state);

	for (int i = 0; i < 12; i++) {
		struct wire *w = i % 3 == 0 ? wire_open(*state, rig_desk(*state))
					    : wire_desk(*state, "manager");

		if (i % 3 == 0)
			(void)wire_call(
				w, &(struct wire_call){ .method = "auth.Login", .request = login });
		else if (i % 3 == 1)
			(void)wire_call(w, &(struct wire_call){
						   .method = "case.Note",
						   .request = "{'case': 'C-1001', 'text': 'y'}" });
		else
			(void)wire_call(w, &(struct wire_call){ .method = "case.List" });
		wire_push(w);
		if (i == 8) {
			hold_end(&h);
			h = hold_begin(*state, "select");
		}
		wire_close(w);
	}
	hold_end(&h);
	(void)rig_ok(*state, "clerk", "case.Note", "{'case': 'C-1001', 'text': 'still here'}");
}

/* A change that was begun is made, whether its answer is wanted or not. */
static void cancelled_change_is_made(void **state)
{
	struct wire_call call = { .method = "case.Note",
				  .request = "{'case': 'C-1001', 'text': 'cancelled'}",
				  .property = "SUN",
				  .key = uuid_v7(15) };
	struct wire *w = wire_desk(*state, "clerk");
	struct hold h = hold_changes(*state);
	uint32_t id = wire_call(w, &call);

	wire_push(w);
	hold_until_waiting(*state, 1);
	wire_cancel(w, id);
	wire_push(w);
	hold_end(&h);
	assert_int_equal(wire_answer(w, id)->code, ST_OK);
	assert_true(wire_ask(w, &call)->replayed);
	wire_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(call_unknown_or_elsewhere_is_refused),
		cmocka_unit_test(change_needs_a_key),
		cmocka_unit_test(request_has_a_size),
		cmocka_unit_test(large_requests_share_the_memory),
		cmocka_unit_test(calls_at_once_are_limited),
		cmocka_unit_test(calls_of_all_are_limited),
		cmocka_unit_test(watches_are_no_calls),
		cmocka_unit_test(deadline_passed_leaves_nothing),
		cmocka_unit_test(deadline_counts_in_the_queue),
		cmocka_unit_test(change_leaves_one_audit_row),
		cmocka_unit_test(reading_of_people_leaves_an_audit_row),
		cmocka_unit_test(feed_has_no_gap_and_one_row_for_each_thing),
		cmocka_unit_test(victim_of_a_deadlock_tries_again),
		cmocka_unit_test(refusal_gives_way_to_what_stands),
		cmocka_unit_test(calls_outlive_their_connection),
		cmocka_unit_test(cancelled_change_is_made),
	};

	return cmocka_run_group_tests_name("call", tests, prepare, rig_down);
}
