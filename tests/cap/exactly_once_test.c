/*
 * A key makes a change happen once: however often, from wherever and however closely together the
 * request comes, and whatever its first answer was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/hold.h"
#include "tests/support/seat.h"
#include "tests/support/wire.h"

/* A call as large as that shares no transaction and runs beside others of its property. */
#define BESIDE 20000

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	(void)rig_ok(*state, "clerk", "case.Open",
		     "{'kind': 'repair', 'spot': 'lobby', 'summary': 'The first'}");
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

/* Everything a write may leave behind, as one text to compare. */
static const char *traces(struct rig *rig)
{
	return sql(rig, "select (select count(*) from idem), (select count(*) from audit where "
			"method not like 'auth.%%'), (select count(*) from feed), (select "
			"sum(pos) from feed_head), (select count(*) from desk_case), (select "
			"sum(value) from counter), (select count(*) from case_event)");
}

static const char *opened(struct rig *rig)
{
	return rig_text(rig_ok(rig, "clerk", "case.Open",
			       "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Tap drips'}"),
			"number");
}

static const char *key_text(const struct uuid *key)
{
	static char text[UUID_TEXT];

	return uuid_format(key, text);
}

static const char *request(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static const char *request(const char *fmt, ...)
{
	static char text[4][500];
	static unsigned next;
	char *out = text[next++ % 4];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(out, sizeof(text[0]), fmt, ap);
	va_end(ap);
	return out;
}

static struct rig_result again(struct rig *rig, const char *who, const char *at, struct uuid key,
			       const char *method, const char *body)
{
	struct call_options o = { .key = key };

	return rig_call(rig, who, at, method, body, &o);
}

static void same_bytes(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b)
{
	assert_int_equal(a->len, b->len);
	assert_memory_equal(a->data, b->data, a->len);
}

/* ---- one key, one effect ---- */

static void key_gives_the_stored_answer(void **state)
{
	const char *body = "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Once'}", *after;
	struct rig_result first = rig_call(*state, "clerk", "SUN", "case.Open", body, NULL), r;

	assert_int_equal(first.err.code, ST_OK);
	assert_false(first.replayed);
	after = traces(*state);
	for (int i = 0; i < 2; i++) {
		r = again(*state, "clerk", "SUN", first.key, "case.Open", body);
		assert_int_equal(r.err.code, ST_OK);
		assert_true(r.replayed);
		assert_true(json_equal(r.reply, first.reply));
	}
	assert_string_equal(traces(*state), after);
	assert_string_equal(
		sql(*state, "select replays from idem where key = '%s'", key_text(&first.key)),
		"2");
	assert_string_equal(sql(*state, "select id from desk_case where summary = 'Once'"),
			    key_text(&first.key));
}

static void key_belongs_to_one_request(void **state)
{
	const char *body = "{'code': 'ONE', 'name': 'One'}", *after;
	struct rig_result first = rig_call(*state, "admin", "SUN", "department.Add", body, NULL);
	struct rig_result r[3];

	assert_int_equal(first.err.code, ST_OK);
	after = traces(*state);
	r[0] = again(*state, "admin", "SUN", first.key, "department.Add",
		     "{'code': 'TWO', 'name': 'Two'}");
	r[1] = again(*state, "admin", "LAK", first.key, "department.Add", body);
	r[2] = again(*state, "admin", "SUN", first.key, "department.Edit",
		     "{'department': 'ONE', 'name': 'Other'}");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(r[i].err.code, ST_INVALID_ARGUMENT);
		assert_string_equal(r[i].err.reason, ST_REASON_KEY_REUSED);
		assert_string_equal(r[i].err.field, "key");
	}
	assert_string_equal(traces(*state), after);
	r[0] = again(*state, "admin", "SUN", first.key, "department.Add", body);
	assert_true(r[0].replayed);
}

/* Another machine's keys are its own. */
static void key_counts_per_device(void **state)
{
	struct wire_call call = { .method = "department.Edit",
				  .request = "{'department': 'DEV', 'name': 'Here'}",
				  .property = "SUN",
				  .key = uuid_v7(1) };
	struct wire *here = wire_desk(*state, "manager"), *there;
	const Steward__Response *r;
	char dir[SEAT_DIR];

	(void)rig_ok(*state, "manager", "department.Add", "{'code': 'DEV', 'name': 'Dev'}");
	seat_enrol(*state, "e-other", "SUN", dir);
	there = wire_open(*state, dir);
	wire_login(there, "manager");
	assert_int_equal(wire_ask(here, &call)->code, ST_OK);
	call.request = "{'department': 'DEV', 'name': 'There'}";
	r = wire_ask(there, &call);
	assert_int_equal(r->code, ST_OK);
	assert_false(r->replayed);
	assert_string_equal(sql(*state, "select name from department where code = 'DEV'"), "There");
	/* Each gets its own answer again. */
	r = wire_ask(there, &call);
	assert_true(r->replayed);
	assert_string_equal(rig_text(wire_body(there, call.method, r), "name"), "There");
	call.request = "{'department': 'DEV', 'name': 'Here'}";
	r = wire_ask(here, &call);
	assert_true(r->replayed);
	assert_string_equal(rig_text(wire_body(here, call.method, r), "name"), "Here");
	wire_close(here);
	wire_close(there);
}

static void key_sent_twice_at_once_counts_once(void **state)
{
	struct wire_call call = {
		.method = "case.Open",
		.request = "{'kind': 'repair', 'spot': 'lobby', 'summary': 'At once'}",
		.property = "SUN",
		.key = uuid_v7(2),
		.padding = BESIDE
	};
	struct wire *w[2] = { wire_desk(*state, "clerk"), wire_desk(*state, "clerk") };
	struct hold h = hold_changes(*state);
	const Steward__Response *r[2];
	uint32_t id[2];

	for (int i = 0; i < 2; i++) {
		id[i] = wire_call(w[i], &call);
		wire_push(w[i]);
	}
	hold_until_waiting(*state, 2);
	hold_end(&h);
	for (int i = 0; i < 2; i++)
		r[i] = wire_answer(w[i], id[i]);
	assert_int_equal(r[0]->code, ST_OK);
	assert_int_equal(r[1]->code, ST_OK);
	assert_true(r[0]->replayed != r[1]->replayed);
	same_bytes(&r[0]->body, &r[1]->body);
	assert_string_equal(sql(*state, "select count(*) from desk_case where summary = 'At once'"),
			    "1");
	for (int i = 0; i < 2; i++)
		wire_close(w[i]);
}

/* The line goes while the call runs: it runs to its end, and its answer waits. */
static void key_outlives_its_connection(void **state)
{
	const char *body = "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Cut off'}";
	struct wire_call call = {
		.method = "case.Open", .request = body, .property = "SUN", .key = uuid_v7(3)
	};
	struct wire *w = wire_desk(*state, "clerk");
	struct hold h = hold_changes(*state);
	struct rig_result r;

	(void)wire_call(w, &call);
	wire_push(w);
	hold_until_waiting(*state, 1);
	wire_close(w);
	hold_end(&h);
	r = again(*state, "clerk", "SUN", call.key, "case.Open", body);
	assert_int_equal(r.err.code, ST_OK);
	assert_true(r.replayed);
	assert_string_equal(sql(*state, "select count(*) from desk_case where summary = 'Cut off'"),
			    "1");
}

/* It goes while the stored answer is being fetched. */
static void replay_outlives_its_connection(void **state)
{
	const char *body = "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Asked again'}";
	struct rig_result first = rig_call(*state, "clerk", "SUN", "case.Open", body, NULL);
	struct wire_call call = {
		.method = "case.Open", .request = body, .property = "SUN", .key = first.key
	};
	struct wire *w = wire_desk(*state, "clerk");
	struct hold h = hold_begin(*state, request("select from idem where key = '%s' for update",
						   key_text(&first.key)));

	(void)wire_call(w, &call);
	wire_push(w);
	hold_until_waiting(*state, 1);
	wire_close(w);
	hold_end(&h);
	assert_true(again(*state, "clerk", "SUN", first.key, "case.Open", body).replayed);
}

/* ---- refusals ---- */

static void refusal_is_remembered(void **state)
{
	const char *number = opened(*state),
		   *body = request("{'case': '%s', 'why': 'it drips'}", number);
	struct rig_result first = rig_call(*state, "manager", "SUN", "case.Reopen", body, NULL), r;

	assert_int_equal(first.err.code, ST_FAILED_PRECONDITION);
	assert_false(first.replayed);
	assert_string_equal(
		sql(*state, "select code from idem where key = '%s'", key_text(&first.key)), "9");
	(void)rig_ok(*state, "manager", "case.Close", "{'case': '%s', 'result': 'fixed'}", number);
	r = again(*state, "manager", "SUN", first.key, "case.Reopen", body);
	assert_int_equal(r.err.code, ST_FAILED_PRECONDITION);
	assert_true(r.replayed);
	assert_string_equal(r.err.reason, first.err.reason);
	assert_string_equal(r.err.field, first.err.field);
	assert_string_equal(r.err.message, first.err.message);
	(void)rig_ok(*state, "manager", "case.Reopen", "%s", body);
	r = again(*state, "manager", "SUN", first.key, "case.Reopen",
		  request("{'case': '%s', 'why': 'it still drips'}", number));
	assert_string_equal(r.err.reason, ST_REASON_KEY_REUSED);
}

static void refusal_at_once_is_one(void **state)
{
	const char *number = opened(*state);
	struct wire_call call = { .method = "case.Reopen",
				  .request = request("{'case': '%s', 'why': 'x'}", number),
				  .property = "SUN",
				  .key = uuid_v7(4),
				  .padding = BESIDE };
	struct wire *w[2] = { wire_desk(*state, "clerk"), wire_desk(*state, "clerk") };
	struct hold h = hold_begin(
		*state, request("select from desk_case where number = '%s' for update", number));
	const Steward__Response *r[2];
	uint32_t id[2];

	for (int i = 0; i < 2; i++) {
		id[i] = wire_call(w[i], &call);
		wire_push(w[i]);
	}
	hold_until_waiting(*state, 2);
	hold_end(&h);
	for (int i = 0; i < 2; i++)
		r[i] = wire_answer(w[i], id[i]);
	assert_int_equal(r[0]->code, ST_FAILED_PRECONDITION);
	assert_int_equal(r[1]->code, ST_FAILED_PRECONDITION);
	assert_string_equal(r[0]->message, r[1]->message);
	assert_string_equal(sql(*state, "select count(*) from idem where key = '%s' and code = 9",
				key_text(&call.key)),
			    "1");
	for (int i = 0; i < 2; i++)
		wire_close(w[i]);
}

/* What may be right at the next try is not held against a key. */
static void passing_refusals_are_forgotten(void **state)
{
	const char *number = opened(*state);
	const char *body = request("{'case': '%s', 'version': 2, 'priority': 'high'}", number);
	struct rig_result r = rig_call(*state, "clerk", "SUN", "case.Edit", body, NULL);
	struct uuid key = r.key;

	assert_int_equal(r.err.code, ST_ABORTED);
	assert_string_equal(r.err.reason, ST_REASON_VERSION_CONFLICT);
	assert_string_equal(
		sql(*state, "select count(*) from idem where key = '%s'", key_text(&key)), "0");
	(void)rig_ok(*state, "clerk", "case.Edit", "{'case': '%s', 'priority': 'low'}", number);
	r = again(*state, "clerk", "SUN", key, "case.Edit", body);
	assert_int_equal(r.err.code, ST_OK);
	assert_false(r.replayed);

	r = rig_call(*state, "clerk", "SUN", "case.Note", request("{'case': '%s'}", number), NULL);
	assert_int_equal(r.err.code, ST_INVALID_ARGUMENT);
	r = again(*state, "clerk", "SUN", r.key, "case.Note",
		  request("{'case': '%s', 'text': 'now with text'}", number));
	assert_int_equal(r.err.code, ST_OK);

	r = rig_call(*state, "cashier", "SUN", "case.Note",
		     request("{'case': '%s', 'text': 'not mine'}", number), NULL);
	assert_int_equal(r.err.code, ST_PERMISSION_DENIED);
	r = again(*state, "clerk", "SUN", r.key, "case.Note",
		  request("{'case': '%s', 'text': 'not mine'}", number));
	assert_int_equal(r.err.code, ST_OK);
}

/* ---- secrets ---- */

static void expect_not_stored(struct rig *rig, const struct uuid *key, const char *secret)
{
	assert_string_equal(
		sql(rig,
		    "select position(convert_to('%s', 'UTF8') in response) from idem where "
		    "key = '%s'",
		    secret, key_text(key)),
		"0");
	assert_string_equal(
		sql(rig, "select count(*) from audit a where a::text like '%%%s%%'", secret), "0");
}

static void secrets_are_told_once_and_not_stored(void **state)
{
	const char *add = "{'login': 'e-once', 'full_name': 'Once'}", *invite = "{'name': 'e-new'}";
	struct rig_result r = rig_call(*state, "admin", "SUN", "user.Add", add, NULL);

	assert_int_equal(r.err.code, ST_OK);
	expect_not_stored(*state, &r.key, rig_text(r.reply, "password"));
	r = again(*state, "admin", "SUN", r.key, "user.Add", add);
	assert_true(r.replayed);
	assert_false(rig_has(r.reply, "password"));
	assert_string_equal(rig_text(r.reply, "user.login"), "e-once");

	r = rig_call(*state, "manager", "SUN", "device.Invite", invite, NULL);
	assert_int_equal(r.err.code, ST_OK);
	expect_not_stored(*state, &r.key, rig_text(r.reply, "token"));
	r = again(*state, "manager", "SUN", r.key, "device.Invite", invite);
	assert_true(r.replayed);
	assert_false(rig_has(r.reply, "token"));
}

static bool holds_secret(const struct message_rules *rules)
{
	for (unsigned i = 0; i < rules->desc->n_fields; i++)
		if (rules->fields[i].secret ||
		    (rules->fields[i].sub != NULL && holds_secret(rules->fields[i].sub)))
			return true;
	return false;
}

/* What is stored lacks the reply's own secret fields, so none may stand deeper in it. */
static void secrets_stand_where_they_are_taken_out(void **state)
{
	size_t replies = 0;

	for (size_t i = 0; i < rpc_method_count; i++) {
		const struct message_rules *out = rpc_methods[i].out;

		for (unsigned k = 0; k < out->desc->n_fields; k++)
			if (out->fields[k].sub != NULL && holds_secret(out->fields[k].sub))
				fail_msg("%s: a secret in %s", rpc_methods[i].name,
					 out->desc->fields[k].name);
		replies += holds_secret(out);
	}
	assert_true(replies > 4);
}

/* ---- dry runs ---- */

static void dry_run_leaves_nothing(void **state)
{
	const char *body = "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Perhaps'}", *before;
	struct call_options dry = { .dry_run = true };
	struct rig_result r;

	before = traces(*state);
	r = rig_call(*state, "clerk", "SUN", "case.Open", body, &dry);
	assert_int_equal(r.err.code, ST_OK);
	assert_true(r.dry_run);
	assert_true(rig_has(r.reply, "number"));
	dry.key = r.key;
	r = rig_call(*state, "clerk", "SUN", "case.Reopen", "{'case': 'C-1001', 'why': 'x'}", &dry);
	assert_int_equal(r.err.code, ST_FAILED_PRECONDITION);
	assert_string_equal(traces(*state), before);
	r = again(*state, "clerk", "SUN", dry.key, "case.Open", body);
	assert_int_equal(r.err.code, ST_OK);
	assert_false(r.replayed || r.dry_run);
}

/* Only a change can be tried without being made: a login is none, and who reads has read. */
static void dry_run_is_for_changes(void **state)
{
	struct wire *w = wire_desk(*state, "clerk");
	struct wire_call login = {
		.method = "auth.Login",
		.request = "{'login': 'clerk', 'password': 'correct horse battery staple'}",
		.dry_run = true
	};
	struct wire_call read = { .method = "party.List", .property = "SUN", .dry_run = true };
	const char *before = sql(*state, "select count(*) from audit where method like 'auth.%%'");
	const Steward__Response *r = wire_ask(w, &login);

	assert_int_equal(r->code, ST_INVALID_ARGUMENT);
	assert_string_equal(r->violations[0]->field, "dry_run");
	assert_string_equal(sql(*state, "select count(*) from audit where method like 'auth.%%'"),
			    before);
	assert_int_equal(wire_ask(w, &read)->code, ST_INVALID_ARGUMENT);
	wire_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_gives_the_stored_answer),
		cmocka_unit_test(key_belongs_to_one_request),
		cmocka_unit_test(key_counts_per_device),
		cmocka_unit_test(key_sent_twice_at_once_counts_once),
		cmocka_unit_test(key_outlives_its_connection),
		cmocka_unit_test(replay_outlives_its_connection),
		cmocka_unit_test(refusal_is_remembered),
		cmocka_unit_test(refusal_at_once_is_one),
		cmocka_unit_test(passing_refusals_are_forgotten),
		cmocka_unit_test(secrets_are_told_once_and_not_stored),
		cmocka_unit_test(secrets_stand_where_they_are_taken_out),
		cmocka_unit_test(dry_run_leaves_nothing),
		cmocka_unit_test(dry_run_is_for_changes),
	};

	return cmocka_run_group_tests_name("exactly_once", tests, prepare, rig_down);
}
