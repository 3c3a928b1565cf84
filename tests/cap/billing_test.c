/* Billing runs: what a month comes to, to the cent; nobody is billed twice, nothing is billed
 * wrong. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/rig.h"

#define TRIES 600
#define PAUSE_US 50000

/* Three units of 81, 82 and 83 m2 at 2.80 a month. The second changes hands on the 11th of April,
 * the third has no holder. */
static int prepare(void **state)
{
	static const char *const holds[] = {
		"{'place': '1-101', 'party': 'P-1001', 'role': 'owner', 'from': '2020-01-01'}",
		"{'place': '1-102', 'party': 'P-1002', 'role': 'owner', 'from': '2020-01-01'}",
		"{'place': '1-102', 'party': 'P-1003', 'role': 'tenant', 'from': '2026-04-11'}",
	};

	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'building', 'number': '1'}");
	for (int i = 1; i <= 3; i++) {
		rig_ok(*state, "clerk", "place.Add",
		       "{'kind': 'unit', 'number': '1-10%d', 'parent': '1', 'gross_area': '%d'}", i,
		       80 + i);
		rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
	}
	for (size_t i = 0; i < sizeof(holds) / sizeof(holds[0]); i++)
		rig_ok(*state, "clerk", "occupancy.Start", "%s", holds[i]);
	rig_ok(*state, "manager", "standard.Set",
	       "{'code': 'MGMT', 'name': 'Management fee', 'item': 'MANAGEMENT', 'basis': "
	       "'gross_area', 'rate': '2.80', 'from': '2020-01-01'}");
	rig_ok(*state, "manager", "standard.Assign",
	       "{'code': 'MGMT', 'place': '1', 'from': '2026-03-01'}");
	return 0;
}

static const json_t *run(struct rig *rig, const char *month, const char *more)
{
	const json_t *r = rig_ok(rig, "manager", "billing.Run", "{'month': '%s'%s}", month, more);
	char number[20];

	(void)snprintf(number, sizeof(number), "%s", rig_text(r, "number"));
	for (int i = 0; i < TRIES; i++) {
		r = rig_ok(rig, "manager", "billing.Show", "{'run': '%s'}", number);
		if (strcmp(rig_text(r, "run.state"), "running") != 0)
			return r;
		(void)usleep(PAUSE_US);
	}
	fail_msg("%s is still running", number);
	return NULL;
}

static int64_t billed(struct rig *rig, const char *party)
{
	const json_t *r = rig_ok(rig, "clerk", "bill.List", "{'party': '%s'}", party);
	int64_t sum = 0;
	char path[60];

	for (size_t i = 0; i < rig_count(r, "bills"); i++) {
		(void)snprintf(path, sizeof(path), "bills.%zu.amount_minor", i);
		sum += rig_int(r, path);
	}
	return sum;
}

/* The last bill of a customer, with its lines and their parts. */
static const json_t *last_bill(struct rig *rig, const char *party)
{
	const json_t *r = rig_ok(rig, "clerk", "bill.List", "{'party': '%s', 'limit': 1}", party);

	return rig_ok(rig, "clerk", "bill.Show", "{'bill': '%s'}", rig_text(r, "bills.0.number"));
}

static void preview_shows_what_it_would_be(void **state)
{
	const json_t *r = rig_ok(*state, "manager", "billing.Preview", "{'month': '2026-03'}");

	assert_int_equal(rig_int(r, "totals.0.lines"), 2);
	assert_int_equal(rig_int(r, "totals.0.amount_minor"), (8100 + 8200) * 28 / 10);
	assert_int_equal(rig_int(r, "totals.0.exceptions"), 1);
	assert_int_equal(rig_count(r, "samples"), 2);
	assert_string_equal(rig_text(r, "samples.0.place"), "1-101");
	assert_int_equal(billed(*state, "P-1001"), 0);
	rig_refused(*state, "manager", "billing.Preview", ST_INVALID_ARGUMENT, "month",
		    "{'month': 'March'}");
}

static void run_bills_each_once(void **state)
{
	const json_t *r;

	rig_dry(*state, "manager", "billing.Run", "{'month': '2026-03'}");
	r = run(*state, "2026-03", "");
	assert_int_equal(rig_int(r, "run.bills"), 2);
	assert_int_equal(rig_int(r, "run.places_done"), 3);
	assert_int_equal(rig_int(r, "run.exceptions"), 1);
	assert_string_equal(rig_text(r, "exceptions.0.place"), "1-103");
	assert_string_equal(rig_text(r, "exceptions.0.code"), "NO_PAYER");
	assert_int_equal(billed(*state, "P-1001"), 22680);
	/* Again: nothing twice; what could not be billed is tried anew. */
	r = run(*state, "2026-03", "");
	assert_int_equal(rig_int(r, "run.bills"), 0);
	assert_int_equal(rig_int(r, "run.exceptions"), 1);
	assert_int_equal(billed(*state, "P-1001"), 22680);
	rig_refused(*state, "clerk", "billing.Run", ST_PERMISSION_DENIED, NULL,
		    "{'month': '2026-03'}");
	r = rig_ok(*state, "cashier", "billing.List", "{}");
	assert_int_equal(rig_count(r, "runs"), 2);
}

/* 229.60 for 30 days: ten of them are 76.53, twenty 153.07. */
static void days_are_counted_where_the_holder_changes(void **state)
{
	int64_t before = billed(*state, "P-1002");
	const json_t *b;

	run(*state, "2026-04", "");
	assert_int_equal(billed(*state, "P-1002") - before, 7653);
	assert_int_equal(billed(*state, "P-1003"), 15307);
	b = last_bill(*state, "P-1003");
	assert_string_equal(rig_text(b, "lines.0.quantity"), "82");
	assert_string_equal(rig_text(b, "lines.0.unit"), "m2");
	assert_string_equal(rig_text(b, "lines.0.rate"), "2.80");
	assert_string_equal(rig_text(b, "lines.0.months"), "20/30");
	assert_int_equal(rig_count(b, "parts"), 0);
}

/* The rate changes on the 16th of May: 15 days at 2.80 and 16 at 3.10, rounded once. */
static void days_are_counted_where_the_rate_changes(void **state)
{
	int64_t before = billed(*state, "P-1001");
	const json_t *b;

	rig_ok(*state, "manager", "standard.Set",
	       "{'code': 'MGMT', 'rate': '3.10', 'from': '2026-05-16'}");
	run(*state, "2026-05", "");
	/* 81 x (2.80 x 15 + 3.10 x 16) / 31 = 239.3419... */
	assert_int_equal(billed(*state, "P-1001") - before, 23934);
	/* No one product: a line that is the sum of two. What the area is later changes nothing of
	 * it. */
	rig_ok(*state, "clerk", "place.Edit", "{'place': '1-101', 'gross_area': '99'}");
	b = last_bill(*state, "P-1001");
	rig_ok(*state, "clerk", "place.Edit", "{'place': '1-101', 'gross_area': '81'}");
	assert_false(rig_has(b, "lines.0.quantity"));
	assert_int_equal(rig_count(b, "parts"), 2);
	assert_string_equal(rig_text(b, "parts.0.quantity"), "81");
	assert_string_equal(rig_text(b, "parts.0.rate"), "2.80");
	assert_string_equal(rig_text(b, "parts.0.months"), "15/31");
	assert_string_equal(rig_text(b, "parts.1.from"), "2026-05-16");
	assert_string_equal(rig_text(b, "parts.1.rate"), "3.10");
	assert_string_equal(rig_text(b, "parts.1.months"), "16/31");
	rig_refused(*state, "manager", "standard.Set", ST_FAILED_PRECONDITION, "from",
		    "{'code': 'MGMT', 'rate': '4', 'from': '2026-05-20'}");
}

static void formula_that_fails_bills_nothing(void **state)
{
	const json_t *r;

	rig_ok(*state, "manager", "standard.Set",
	       "{'code': 'F', 'name': 'By formula', 'item': 'OTHER', 'basis': 'formula', "
	       "'formula': 'round(100 / (gross_area - 82), 2)', 'from': '2020-01-01'}");
	rig_ok(*state, "manager", "standard.Assign",
	       "{'code': 'F', 'place': '1', 'from': '2026-07-01', 'party': 'P-1001'}");
	r = run(*state, "2026-07", ", 'standard': ['F']");
	/* 81 m2 gives less than nothing, 82 divides by 0, 83 is 100. */
	assert_int_equal(rig_int(r, "run.bills"), 1);
	assert_int_equal(rig_int(r, "run.amount_minor"), 10000);
	assert_int_equal(rig_int(r, "run.exceptions"), 2);
	assert_string_equal(rig_text(r, "exceptions.0.code"), "NEGATIVE");
	assert_string_equal(rig_text(r, "exceptions.1.code"), "DIVISION_BY_ZERO");
}

static void run_is_cancelled_by_credit_notes(void **state)
{
	const json_t *r = run(*state, "2026-06", ", 'standard': ['MGMT']"), *a;
	int64_t amount = rig_int(r, "run.amount_minor");
	char number[20];

	assert_true(amount > 0);
	(void)snprintf(number, sizeof(number), "%s", rig_text(r, "run.number"));
	a = rig_ok(*state, "manager", "billing.Cancel",
		   "{'run': '%s', 'why': 'The rate was wrong'}", number);
	assert_int_equal(rig_int(a, "amount_minor"), amount);
	rig_ok(*state, "finance", "approval.Approve", "{'approval': '%s'}", rig_text(a, "number"));
	r = rig_ok(*state, "manager", "billing.Show", "{'run': '%s'}", number);
	assert_string_equal(rig_text(r, "run.state"), "cancelled");
	rig_refused(*state, "manager", "billing.Cancel", ST_FAILED_PRECONDITION, "run",
		    "{'run': '%s', 'why': 'Again'}", number);
	/* What was credited can be billed anew. */
	r = run(*state, "2026-06", ", 'standard': ['MGMT']");
	assert_int_equal(rig_int(r, "run.amount_minor"), amount);
	r = rig_ok(*state, "finance", "ledger.Control", "{}");
	assert_int_equal(rig_int(rig_find(r, "controls", "code", "1122"), "difference_minor"), 0);
}

/* A run's bills are printed in lots, each once; who prints one by itself has taken it out of the
 * lots. */
static void run_is_printed_once(void **state)
{
	char number[20], path[60];
	const json_t *r, *p;

	rig_ok(*state, "manager", "standard.Set",
	       "{'code': 'LIFT', 'name': 'Lift', 'item': 'LIFT', 'basis': 'unit', 'rate': '30', "
	       "'from': '2020-01-01'}");
	rig_ok(*state, "manager", "standard.Assign",
	       "{'code': 'LIFT', 'place': '1', 'from': '2026-01-01'}");
	r = run(*state, "2026-01", ", 'standard': ['LIFT']");
	(void)snprintf(number, sizeof(number), "%s", rig_text(r, "run.number"));
	assert_int_equal(rig_int(r, "run.bills"), 2);
	p = rig_dry(*state, "clerk", "bill.Print", "{'run': '%s'}", number);
	assert_int_equal(rig_count(p, "prints"), 2);
	p = rig_twice(*state, "clerk", "bill.Print", "{'run': '%s', 'most': 1}", number);
	assert_int_equal(rig_count(p, "prints"), 1);
	(void)snprintf(path, sizeof(path), "%s", rig_text(p, "prints.0.number"));
	p = rig_ok(*state, "clerk", "bill.Print", "{'run': '%s'}", number);
	assert_int_equal(rig_count(p, "prints"), 1);
	assert_string_not_equal(rig_text(p, "prints.0.number"), path);
	assert_int_equal(rig_int(p, "prints.0.copy"), 0);
	p = rig_ok(*state, "clerk", "bill.Print", "{'run': '%s'}", number);
	assert_int_equal(rig_count(p, "prints"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(preview_shows_what_it_would_be),
		cmocka_unit_test(run_bills_each_once),
		cmocka_unit_test(days_are_counted_where_the_holder_changes),
		cmocka_unit_test(days_are_counted_where_the_rate_changes),
		cmocka_unit_test(formula_that_fails_bills_nothing),
		cmocka_unit_test(run_is_cancelled_by_credit_notes),
		cmocka_unit_test(run_is_printed_once),
	};

	return cmocka_run_group_tests_name("billing", tests, prepare, rig_down);
}
