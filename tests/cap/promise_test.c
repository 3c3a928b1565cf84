/* Promises to pay: on the agenda of who took them, found kept by the daemon from what was paid. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	for (int i = 1; i <= 3; i++)
		rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
	for (int i = 1; i <= 2; i++)
		rig_ok(*state, "cashier", "bill.Add",
		       "{'item': 'RENT', 'party': 'P-100%d', 'amount_minor': 10000, 'date': "
		       "'2026-01-02', 'due': '2026-01-10'}",
		       i);
	rig_ok(*state, "cashier", "shift.Open", "{'drawer': 'D1', 'float_minor': 0}");
	rig_elsewhere(*state, "party.Add", "{'name': 'Far'}");
	rig_elsewhere(*state, "bill.Add",
		      "{'item': 'RENT', 'party': 'P-1001', 'amount_minor': 10000}");
	rig_elsewhere(*state, "promise.Make", "{'party': 'P-1001', 'on': '2999-01-01'}");
	return 0;
}

/* Waits until the daemon has found it. */
static const json_t *become(struct rig *rig, const char *promise, const char *state)
{
	const json_t *r = NULL;

	for (int i = 0; i < 200; i++) {
		r = rig_ok(rig, "cashier", "promise.Show", "{'promise': '%s'}", promise);
		if (strcmp(rig_text(r, "state"), state) == 0)
			return r;
		(void)usleep(50000);
	}
	assert_string_equal(rig_text(r, "state"), state);
	return r;
}

static void promise_is_taken_down(void **state)
{
	const json_t *r;

	rig_dry(*state, "building_steward", "promise.Make",
		"{'party': 'P-1001', 'on': '2999-01-01'}");
	r = rig_twice(*state, "building_steward", "promise.Make",
		      "{'party': 'P-1001', 'on': '2999-01-01', 'note': 'On pay day'}");
	assert_string_equal(rig_text(r, "number"), "PM-1001");
	assert_int_equal(rig_int(r, "amount_minor"), 10000);
	assert_string_equal(rig_text(r, "taken_by"), "building_steward");
	r = rig_ok(*state, "building_steward", "agenda.List", "{'kind': 'promise', 'mine': true}");
	assert_int_equal(rig_count(r, "entries"), 1);
	assert_string_equal(rig_text(r, "entries.0.subject"), "PM-1001");
	assert_string_equal(rig_text(r, "entries.0.command"), "promise show PM-1001");
	rig_refused(*state, "clerk", "promise.Make", ST_PERMISSION_DENIED, NULL,
		    "{'party': 'P-1001', 'on': '2999-01-01'}");
	rig_refused(*state, "cashier", "promise.Make", ST_ALREADY_EXISTS, "party",
		    "{'party': 'P-1001', 'on': '2999-01-02'}");
	rig_refused(*state, "cashier", "promise.Make", ST_INVALID_ARGUMENT, "on",
		    "{'party': 'P-1002', 'on': '2026-01-01'}");
	rig_refused(*state, "cashier", "promise.Make", ST_INVALID_ARGUMENT, "amount_minor",
		    "{'bill': 'B-1002', 'on': '2999-01-01', 'amount_minor': 10001}");
	rig_refused(*state, "cashier", "promise.Make", ST_FAILED_PRECONDITION, "party",
		    "{'party': 'P-1003', 'on': '2999-01-01'}");
	rig_refused(*state, "cashier", "promise.Make", ST_INVALID_ARGUMENT, "party",
		    "{'on': '2999-01-01'}");
}

static void promise_is_kept_by_paying(void **state)
{
	const json_t *r;

	rig_ok(*state, "cashier", "payment.Take", "{'paid': ['cash=40'], 'party': 'P-1001'}");
	r = rig_ok(*state, "cashier", "promise.Show", "{'promise': 'PM-1001'}");
	assert_int_equal(rig_int(r, "paid_minor"), 4000);
	assert_string_equal(rig_text(r, "state"), "open");
	rig_ok(*state, "cashier", "payment.Take", "{'paid': ['cash=60'], 'party': 'P-1001'}");
	become(*state, "PM-1001", "kept");
	r = rig_ok(*state, "building_steward", "agenda.List",
		   "{'kind': 'promise', 'state': 'kept'}");
	assert_int_equal(rig_count(r, "entries"), 1);
	rig_refused(*state, "cashier", "promise.Withdraw", ST_FAILED_PRECONDITION, "promise",
		    "{'promise': 'PM-1001', 'why': 'No'}");
}

static void promise_is_withdrawn(void **state)
{
	const json_t *r = rig_ok(*state, "cashier", "promise.Make",
				 "{'bill': 'B-1002', 'on': '2999-01-01', 'amount_minor': 5000}");

	assert_string_equal(rig_text(r, "bill"), "B-1002");
	r = rig_ok(*state, "cashier", "promise.Withdraw",
		   "{'promise': '%s', 'why': 'Wrong customer'}", rig_text(r, "number"));
	assert_string_equal(rig_text(r, "state"), "withdrawn");
	r = rig_ok(*state, "manager", "promise.List", "{'state': 'withdrawn'}");
	assert_int_equal(rig_count(r, "promises"), 1);
	r = rig_ok(*state, "manager", "promise.List", "{'mine': true}");
	assert_int_equal(rig_count(r, "promises"), 0);
	r = rig_ok(*state, "cashier", "agenda.List", "{'kind': 'promise'}");
	assert_int_equal(rig_count(r, "entries"), 0);
	rig_refused(*state, "cashier", "promise.Show", ST_NOT_FOUND, "promise",
		    "{'promise': 'PM-9999'}");
}

/* A day passes: nothing was paid. */
static void broken_promise_comes_up(void **state)
{
	const json_t *r = rig_ok(*state, "cashier", "promise.Make",
				 "{'party': 'P-1002', 'on': '2999-01-01'}");
	char number[20];

	(void)snprintf(number, sizeof(number), "%s", rig_text(r, "number"));
	rig_sql(*state,
		"update promise set on_date = '2026-02-01' where state = 'open' returning number");
	become(*state, number, "broken");
	r = rig_ok(*state, "cashier", "agenda.List", "{'kind': 'broken_promise', 'mine': true}");
	assert_int_equal(rig_count(r, "entries"), 1);
	assert_string_equal(rig_text(r, "entries.0.subject"), number);
	r = rig_ok(*state, "manager", "promise.List", "{'state': 'broken', 'party': 'P-1002'}");
	assert_int_equal(rig_count(r, "promises"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(promise_is_taken_down),
		cmocka_unit_test(promise_is_kept_by_paying),
		cmocka_unit_test(promise_is_withdrawn),
		cmocka_unit_test(broken_promise_comes_up),
	};

	return cmocka_run_group_tests_name("promise", tests, prepare, rig_down);
}
