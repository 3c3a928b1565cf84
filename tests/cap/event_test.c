/* event.Watch: what changes, as it happens or from where one left off, to whom it concerns. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/people.h"
#include "tests/support/seat.h"
#include "tests/support/wire.h"

/* What a stream may be sent before it grants more. */
#define CREDIT 32

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	(void)rig_ok(*state, "clerk", "case.Open",
		     "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Before all'}");
	(void)rig_elsewhere(*state, "case.Open",
			    "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Far away'}");
	return 0;
}

static const json_t *opened(struct rig *rig, const char *summary)
{
	return rig_ok(rig, "operator", "case.Open",
		      "{'kind': 'repair', 'spot': 'lobby', 'summary': '%s'}", summary);
}

static const char *value(struct rig *rig, const char *sql)
{
	char text[600];

	(void)snprintf(text, sizeof(text), "set search_path = steward_code, steward; %s", sql);
	return rig_sql(rig, text);
}

static int64_t position(const char *cursor, int property)
{
	char name[16];
	const char *at;

	(void)snprintf(name, sizeof(name), "%d:", property);
	for (at = cursor; at != NULL; at = strchr(at, ',') != NULL ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, name, strlen(name)) == 0)
			return strtoll(at + strlen(name), NULL, 10);
	return -1;
}

/* A user of the test's own who holds these roles ("clerk SUN"). */
static void person(struct rig *rig, const char *login, const char *const *grants)
{
	(void)rig_ok(rig, "admin", "user.Add",
		     "{'login': '%s', 'full_name': 'Somebody', 'password': '" PEOPLE_PASSWORD
		     "', 'must_change': false}",
		     login);
	for (; *grants != NULL; grants++) {
		char request[200];

		(void)snprintf(request, sizeof(request),
			       "{'user': '%s', 'role': 'clerk', 'at': '%s'}", login, *grants);
		assert_int_equal(rig_call(rig, "admin", NULL, "user.Grant", request, NULL).err.code,
				 ST_OK);
	}
}

static void taken(struct rig *rig, const char *login, const char *at)
{
	char request[200];

	(void)snprintf(request, sizeof(request), "{'user': '%s', 'role': 'clerk', 'at': '%s'}",
		       login, at);
	assert_int_equal(rig_call(rig, "admin", NULL, "user.Revoke", request, NULL).err.code,
			 ST_OK);
}

static void watch_tells_what_happens_from_now_on(void **state)
{
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t id = wire_watch(w, "SUN", "{}");
	const json_t *c = opened(*state, "Now");
	const Steward__Event__Change *m = wire_change(w, id, 1);

	assert_string_equal(m->property, "SUN");
	assert_string_equal(m->entity, "case");
	assert_string_equal(m->id, rig_text(c, "id"));
	assert_string_equal(m->number, rig_text(c, "number"));
	assert_int_equal(m->version, 1);
	assert_string_equal(m->method, "case.Open");
	assert_string_equal(m->user, "operator");
	assert_true(m->at != NULL && m->cursor != NULL);
	assert_false(m->dead);
	(void)rig_ok(*state, "clerk", "case.Note", "{'case': '%s', 'text': 'and then'}",
		     rig_text(c, "number"));
	m = wire_change(w, id, 2);
	assert_string_equal(m->id, rig_text(c, "id"));
	assert_string_equal(m->method, "case.Note");
	assert_int_equal(wire_changes(w, id), 2);
	wire_close(w);
}

static void watch_goes_on_behind_a_cursor(void **state)
{
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t id = wire_watch(w, "SUN", "{}");
	const char *number[5], *cursor;
	char request[200];

	(void)opened(*state, "Seen");
	cursor = wire_change(w, id, 1)->cursor;
	(void)snprintf(request, sizeof(request), "{'after': '%s'}", cursor);
	wire_cancel(w, id);
	(void)wire_status(w, id);
	for (int i = 0; i < 5; i++)
		number[i] = rig_text(opened(*state, "Missed"), "number");
	id = wire_watch(w, "SUN", request);
	for (int i = 0; i < 5; i++) {
		const Steward__Event__Change *m = wire_change(w, id, (size_t)i + 1);

		assert_string_equal(m->number, number[i]);
		assert_int_equal(position(m->cursor, m->property_id),
				 position(cursor, m->property_id) + i + 1);
	}
	(void)opened(*state, "And live");
	assert_int_equal(position(wire_change(w, id, 6)->cursor, 1), position(cursor, 1) + 6);
	wire_close(w);
}

/* The answer that opens a watch tells where it begins: a line that breaks before the first message
 * loses nothing. */
static void watch_tells_its_first_cursor(void **state)
{
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t id = wire_watch(w, "SUN", "{}");
	const json_t *first = wire_body(w, "event.Watch", wire_answer(w, id));
	char request[200];

	(void)snprintf(request, sizeof(request), "{'after': '%s'}", rig_text(first, "cursor"));
	wire_close(w);
	(void)opened(*state, "In between");
	w = wire_desk(*state, "clerk");
	id = wire_watch(w, "SUN", request);
	assert_string_equal(wire_change(w, id, 1)->method, "case.Open");
	assert_int_equal(wire_changes(w, id), 1);
	wire_close(w);
}

/* An empty cursor is the one before everything: each thing once, at its latest position. */
static void watch_from_the_beginning_tells_all(void **state)
{
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t id = wire_watch(w, "SUN", "{'after': ''}");
	size_t all = strtoul(value(*state, "select count(*) from feed where property_id = 1"), NULL,
			     10);
	int64_t last = 0;

	assert_true(all > 5 && all < CREDIT);
	(void)wire_change(w, id, all);
	for (size_t i = 0; i < all; i++) {
		int64_t pos = position(wire_change_at(w, id, i)->cursor, 1);

		assert_true(pos > last);
		last = pos;
	}
	assert_int_equal(last, strtoll(value(*state, "select pos from feed_head where property_id "
						     "= 1"),
				       NULL, 10));
	wire_close(w);
}

static void watch_tells_of_the_named_things_only(void **state)
{
	struct wire *w = wire_desk(*state, "manager");
	uint32_t places = wire_watch(w, "SUN", "{'entities': ['place', 'party']}"),
		 all = wire_watch(w, "SUN", "{}");

	(void)opened(*state, "Not wanted");
	(void)rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': 'W-1'}");
	(void)rig_ok(*state, "manager", "party.Add", "{'name': 'Watched'}");
	(void)wire_change(w, all, 3);
	assert_string_equal(wire_change(w, places, 1)->entity, "place");
	assert_string_equal(wire_change(w, places, 2)->entity, "party");
	assert_int_equal(wire_changes(w, places), 2);
	wire_close(w);
}

static void watch_covers_all_properties_in_reach(void **state)
{
	static const char *const grants[] = { "SUN", "LAK", NULL };
	int64_t last[3] = { 0 };
	size_t seen[3] = { 0 };
	struct wire *w;
	uint32_t id;

	person(*state, "w-both", grants);
	w = wire_desk(*state, "w-both");
	id = wire_watch(w, NULL, "{}");
	for (int i = 0; i < 3; i++) {
		(void)opened(*state, "Here");
		(void)rig_elsewhere(*state, "case.Open",
				    "{'kind': 'repair', 'spot': 'lobby', 'summary': 'There'}");
	}
	(void)wire_change(w, id, 6);
	for (size_t i = 0; i < 6; i++) {
		const Steward__Event__Change *m = wire_change_at(w, id, i);
		int64_t pos = position(m->cursor, m->property_id);

		assert_in_range(m->property_id, 1, 2);
		assert_string_equal(m->property, m->property_id == 1 ? "SUN" : "LAK");
		if (last[m->property_id] != 0)
			assert_int_equal(pos, last[m->property_id] + 1);
		last[m->property_id] = pos;
		seen[m->property_id]++;
		assert_true(position(m->cursor, 3 - m->property_id) >= last[3 - m->property_id]);
	}
	assert_int_equal(seen[1], 3);
	assert_int_equal(seen[2], 3);
	wire_close(w);
}

/* Neither what happens elsewhere nor how much. */
static void watch_never_tells_of_a_foreign_property(void **state)
{
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t id = wire_watch(w, NULL, "{}"), greedy = wire_watch(w, NULL, "{'after': '2:0'}");
	const json_t *first = wire_body(w, "event.Watch", wire_answer(w, id));
	const Steward__Response *r;

	assert_int_equal(position(rig_text(first, "cursor"), 2), -1);
	(void)rig_elsewhere(*state, "case.Open",
			    "{'kind': 'repair', 'spot': 'lobby', 'summary': 'There'}");
	(void)opened(*state, "Here");
	assert_string_equal(wire_change(w, id, 1)->property, "SUN");
	assert_int_equal(position(wire_change(w, id, 1)->cursor, 2), -1);
	for (size_t i = 0; i < wire_changes(w, greedy); i++)
		assert_string_equal(wire_change_at(w, greedy, i)->property, "SUN");
	r = wire_ask(w, &(struct wire_call){ .method = "event.Watch", .property = "LAK" });
	assert_int_equal(r->code, ST_NOT_FOUND);
	wire_close(w);
}

static void watch_names_a_bad_cursor(void **state)
{
	static const char *const bad[] = { "1",
					   "1:",
					   ":1",
					   "x",
					   "1:2,",
					   "1:2,,2:3",
					   "1:-2",
					   " 1:2",
					   "1:2 ",
					   "1: 2",
					   "0:1",
					   "+1:2",
					   "1:2;3",
					   "99999999999:1",
					   "1:99999999999999999999" };
	struct wire *w = wire_desk(*state, "clerk");
	char request[200];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct wire_call call = { .method = "event.Watch", .request = request };
		const Steward__Response *r;

		(void)snprintf(request, sizeof(request), "{'after': '%s'}", bad[i]);
		r = wire_ask(w, &call);
		if (r->code != ST_INVALID_ARGUMENT || strcmp(r->reason, "BAD_CURSOR") != 0)
			fail_msg("'%s': %s", bad[i], r->reason);
		assert_string_equal(r->violations[0]->field, "after");
	}
	wire_close(w);
}

/* A client that does not grant anything is sent what it has credit for and not a message more; all
 * the rest comes when it grants. */
static void watch_waits_for_credit(void **state)
{
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t id = wire_watch(w, "SUN", "{}");
	const size_t all = CREDIT + 18;
	const char *number[CREDIT + 18];

	for (size_t i = 0; i < all; i++)
		number[i] = rig_text(opened(*state, "Many"), "number");
	(void)wire_change(w, id, CREDIT);
	(void)wire_ask(w, &(struct wire_call){ .method = "auth.Whoami" });
	assert_int_equal(wire_changes(w, id), CREDIT);
	wire_grant(w, id, 10);
	(void)wire_change(w, id, CREDIT + 10);
	(void)wire_ask(w, &(struct wire_call){ .method = "auth.Whoami" });
	assert_int_equal(wire_changes(w, id), CREDIT + 10);
	wire_grant(w, id, 10);
	(void)wire_change(w, id, all);
	for (size_t i = 0; i < all; i++)
		assert_string_equal(wire_change_at(w, id, i)->number, number[i]);
	wire_close(w);
}

static void watch_ends_in_peace_when_cancelled(void **state)
{
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t id = wire_watch(w, "SUN", "{}");
	struct wire_call call = { .method = "event.Watch", .request = "{'after': ''}" };

	wire_cancel(w, id);
	assert_int_equal(wire_status(w, id)->code, ST_OK);
	/* In the midst of looking. */
	id = wire_watch(w, "SUN", call.request);
	wire_cancel(w, id);
	assert_int_equal(wire_status(w, id)->code, ST_OK);
	assert_int_equal(wire_ask(w, &(struct wire_call){ .method = "auth.Whoami" })->code, ST_OK);
	wire_close(w);
}

static void watch_ends_with_the_right_to_it(void **state)
{
	static const char *const grants[] = { "SUN", NULL };
	struct wire *w;
	uint32_t named, all;

	person(*state, "w-revoked", grants);
	w = wire_desk(*state, "w-revoked");
	named = wire_watch(w, "SUN", "{}");
	all = wire_watch(w, NULL, "{}");
	taken(*state, "w-revoked", "SUN");
	assert_int_equal(wire_status(w, named)->code, ST_PERMISSION_DENIED);
	assert_int_equal(wire_status(w, all)->code, ST_PERMISSION_DENIED);
	wire_close(w);
}

static void watch_narrows_with_the_right_to_it(void **state)
{
	static const char *const grants[] = { "SUN", "LAK", NULL };
	struct wire *w;
	uint32_t id;

	person(*state, "w-narrow", grants);
	w = wire_desk(*state, "w-narrow");
	id = wire_watch(w, NULL, "{}");
	(void)rig_elsewhere(*state, "case.Open",
			    "{'kind': 'repair', 'spot': 'lobby', 'summary': 'There'}");
	assert_string_equal(wire_change(w, id, 1)->property, "LAK");
	taken(*state, "w-narrow", "LAK");
	(void)rig_elsewhere(*state, "case.Open",
			    "{'kind': 'repair', 'spot': 'lobby', 'summary': 'There'}");
	(void)opened(*state, "Here");
	assert_string_equal(wire_change(w, id, 2)->property, "SUN");
	assert_int_equal(position(wire_change(w, id, 2)->cursor, 2), -1);
	wire_close(w);
}

/* What is new in reach is told of from then on. */
/* The first change of LAK that has come; NULL: none. */
static const Steward__Event__Change *change_of_lak(struct wire *w, uint32_t id)
{
	const Steward__Event__Change *m;

	for (size_t i = 1; i <= wire_changes(w, id); i++) {
		m = wire_change(w, id, i);
		if (strcmp(m->property, "LAK") == 0)
			return m;
	}
	return NULL;
}

static void watch_widens_with_the_right_to_it(void **state)
{
	static const char *const grants[] = { "SUN", NULL };
	const Steward__Event__Change *m;
	struct wire *w;
	uint32_t id;
	int tries = 0;

	person(*state, "w-wide", grants);
	w = wire_desk(*state, "w-wide");
	id = wire_watch(w, NULL, "{}");
	assert_int_equal(rig_call(*state, "admin", NULL, "user.Grant",
				  "{'user': 'w-wide', 'role': 'clerk', 'at': 'LAK'}", NULL)
				 .err.code,
			 ST_OK);
	(void)opened(*state, "Here");
	(void)wire_change(w, id, 1);
	/* It widens when the daemon knows of the right, and tells what happens from then on. */
	while ((m = change_of_lak(w, id)) == NULL) {
		assert_true(tries++ < 100);
		(void)rig_elsewhere(*state, "case.Open",
				    "{'kind': 'repair', 'spot': 'lobby', 'summary': 'New'}");
		(void)wire_ask(w, &(struct wire_call){ .method = "auth.Whoami" });
		(void)usleep(50000);
	}
	assert_true(position(m->cursor, 2) > 0 && position(m->cursor, 1) > 0);
	wire_close(w);
}

static void watch_ends_with_the_user_and_the_device(void **state)
{
	static const char *const grants[] = { "SUN", NULL };
	char dir[SEAT_DIR];
	struct wire *w;

	person(*state, "w-disabled", grants);
	w = wire_desk(*state, "w-disabled");
	(void)wire_watch(w, "SUN", "{}");
	(void)rig_ok(*state, "admin", "user.Disable", "{'user': 'w-disabled'}");
	assert_int_equal(wire_lost(w)->code, ST_UNAUTHENTICATED);
	wire_close(w);

	seat_enrol(*state, "w-device", "SUN", dir);
	w = wire_open(*state, dir);
	wire_login(w, "clerk");
	(void)wire_watch(w, "SUN", "{}");
	(void)rig_ok(*state, "manager", "device.Disable", "{'device': 'w-device'}");
	assert_string_equal(wire_lost(w)->reason, "DEVICE_DISABLED");
	wire_close(w);
}

static void watch_ends_with_the_login(void **state)
{
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t id = wire_watch(w, "SUN", "{}");

	assert_int_equal(wire_ask(w, &(struct wire_call){ .method = "auth.Logout" })->code, ST_OK);
	assert_int_equal(wire_status(w, id)->code, ST_UNAUTHENTICATED);
	wire_close(w);
}

/* Whatever state they are in when the line goes; the daemon's end finds what was left behind. */
static void watches_go_with_their_connection(void **state)
{
	for (int i = 0; i < 10; i++) {
		struct wire *w = wire_desk(*state, "clerk");

		for (int k = 0; k < CREDIT - 1; k++) {
			struct wire_call call = { .method = "event.Watch",
						  .request = k % 2 == 0 ? "{'after': ''}" : "{}" };

			(void)wire_call(w, &call);
		}
		if (i % 2 == 0)
			(void)opened(*state, "Meanwhile");
		wire_push(w);
		if (i % 3 == 0)
			(void)wire_ask(w, &(struct wire_call){ .method = "auth.Whoami" });
		wire_close(w);
	}
	assert_string_equal(rig_text(rig_ok(*state, "clerk", "auth.Whoami", "{}"), "login"),
			    "clerk");
}

/* Another daemon's changes are found by looking. */
static void watch_finds_what_others_wrote(void **state)
{
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t id = wire_watch(w, "SUN", "{}");

	(void)value(*state,
		    "with h as (update feed_head set pos = pos + 1 where property_id = 1 "
		    "returning pos) update feed f set pos = h.pos, version = 77 from h where "
		    "f.property_id = 1 and f.pos = (select min(pos) from feed where property_id = "
		    "1)");
	assert_int_equal(wire_change(w, id, 1)->version, 77);
	wire_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(watch_tells_what_happens_from_now_on),
		cmocka_unit_test(watch_goes_on_behind_a_cursor),
		cmocka_unit_test(watch_tells_its_first_cursor),
		cmocka_unit_test(watch_from_the_beginning_tells_all),
		cmocka_unit_test(watch_tells_of_the_named_things_only),
		cmocka_unit_test(watch_covers_all_properties_in_reach),
		cmocka_unit_test(watch_never_tells_of_a_foreign_property),
		cmocka_unit_test(watch_names_a_bad_cursor),
		cmocka_unit_test(watch_waits_for_credit),
		cmocka_unit_test(watch_ends_in_peace_when_cancelled),
		cmocka_unit_test(watch_ends_with_the_right_to_it),
		cmocka_unit_test(watch_narrows_with_the_right_to_it),
		cmocka_unit_test(watch_widens_with_the_right_to_it),
		cmocka_unit_test(watch_ends_with_the_user_and_the_device),
		cmocka_unit_test(watch_ends_with_the_login),
		cmocka_unit_test(watches_go_with_their_connection),
		cmocka_unit_test(watch_finds_what_others_wrote),
	};

	return cmocka_run_group_tests_name("event", tests, prepare, rig_down);
}
