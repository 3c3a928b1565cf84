/* What is billed by meters, as percentages, and as rents that rise; and what is not billed, because
 * it cannot be reckoned. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/rig.h"

#define TRIES 600
#define PAUSE_US 50000

/* Units 1-101 to 1-109, each of an owner, P-1001 to P-1009; P-1010 is the tenant of 1-102 from the
 * 11th of April on. All standards are assigned by the tests. */
static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'building', 'number': '1'}");
	for (int i = 1; i <= 10; i++)
		rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
	for (int i = 1; i <= 9; i++) {
		rig_ok(*state, "clerk", "place.Add",
		       "{'kind': 'unit', 'number': '1-10%d', 'parent': '1'}", i);
		rig_ok(*state, "clerk", "occupancy.Start",
		       "{'place': '1-10%d', 'party': 'P-100%d', 'role': 'owner', 'from': "
		       "'2020-01-01'}",
		       i, i);
	}
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': '1-102', 'party': 'P-1010', 'role': 'tenant', 'from': '2026-04-11'}");
	for (int i = 1; i <= 2; i++)
		rig_ok(*state, "manager", "standard.Set",
		       "{'code': '%s', 'name': 'Water', 'item': 'WATER', 'basis': 'metered', "
		       "'utility': 'water', 'rate': '4.10', 'missing': '%s', 'from': "
		       "'2026-01-01'}",
		       i == 1 ? "STRICT" : "EASY", i == 1 ? "exception" : "estimate");
	return 0;
}

static const json_t *run(struct rig *rig, const char *month, const char *standard)
{
	const json_t *r = rig_ok(rig, "manager", "billing.Run",
				 "{'month': '%s', 'standard': ['%s']}", month, standard);
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

/* The reason why a run bills nothing at a place. */
static const char *why_not(const json_t *r, const char *place)
{
	return rig_text(rig_find(r, "exceptions", "place", place), "code");
}

static void meter(struct rig *rig, const char *number, int unit, const char *utility,
		  const char *on)
{
	rig_ok(rig, "manager", "meter.Add",
	       "{'number': '%s', 'place': '1-10%d', 'utility': '%s', 'first': '0', 'on': '%s'}",
	       number, unit, utility, on);
}

static void take(struct rig *rig, const char *number, const char *on, const char *value)
{
	rig_ok(rig, "clerk", "meter.Read",
	       "{'meter': '%s', 'on': '%s', 'value': '%s', 'confirm': true}", number, on, value);
}

static void assign(struct rig *rig, const char *code, int unit, const char *from, const char *more)
{
	rig_ok(rig, "manager", "standard.Assign",
	       "{'code': '%s', 'place': '1-10%d', 'from': '%s'%s}", code, unit, from, more);
}

/* The last bill of a customer. */
static const json_t *last_bill(struct rig *rig, const char *party)
{
	const json_t *r = rig_ok(rig, "clerk", "bill.List", "{'party': '%s'}", party);

	return rig_ok(rig, "clerk", "bill.Show", "{'bill': '%s'}", rig_text(r, "bills.0.number"));
}

/* "180 kWh x 0.4883": what a line, or a part of one, is the product of. */
static const char *product(const json_t *x, char out[100])
{
	(void)snprintf(out, 100, "%s%s%s x %s%s%s", rig_text(x, "quantity"),
		       rig_has(x, "unit") ? " " : "", rig_has(x, "unit") ? rig_text(x, "unit") : "",
		       rig_text(x, "rate"), rig_has(x, "months") ? " x " : "",
		       rig_has(x, "months") ? rig_text(x, "months") : "");
	return out;
}

/* Its only line: the amount, and how it comes about: "180 kWh x 0.4883 + 120 kWh x 0.5383". */
static void assert_billed(struct rig *rig, const char *party, int64_t amount, const char *how)
{
	const json_t *b = last_bill(rig, party),
		     *line = json_array_get(json_object_get(b, "lines"), 0);
	char got[400] = "", one[100], path[40];

	assert_int_equal(rig_int(b, "bill.amount_minor"), amount);
	assert_int_equal(rig_count(b, "lines"), 1);
	if (rig_has(line, "quantity"))
		(void)snprintf(got, sizeof(got), "%s", product(line, one));
	for (size_t i = 0; i < rig_count(b, "parts"); i++) {
		const json_t *part = json_array_get(json_object_get(b, "parts"), i);
		size_t n = strlen(got);

		if (rig_has(part, "rate"))
			(void)snprintf(got + n, sizeof(got) - n, "%s%s", n > 0 ? " + " : "",
				       product(part, one));
	}
	(void)snprintf(path, sizeof(path), "%s",
		       json_is_true(json_object_get(line, "estimated")) ? ", estimated" : "");
	(void)strncat(got, path, sizeof(got) - strlen(got) - 1);
	assert_string_equal(got, how);
}

/* 12.5 m3 x 4.10 = 51.25. Where nobody read, and where there is no meter, there is a reason and no
 * bill of nothing. */
static void use_between_two_readings_is_billed(void **state)
{
	const json_t *r;

	meter(*state, "W1", 1, "water", "2026-03-01");
	meter(*state, "W3", 3, "water", "2026-03-01");
	take(*state, "W1", "2026-03-31", "12.5");
	for (int i = 1; i <= 4; i++)
		if (i != 2)
			assign(*state, "STRICT", i, "2026-03-01", "");
	r = rig_ok(*state, "manager", "billing.Preview",
		   "{'month': '2026-03', 'standard': ['STRICT']}");
	assert_int_equal(rig_int(r, "totals.0.amount_minor"), 5125);
	assert_int_equal(rig_int(r, "totals.0.exceptions"), 2);
	r = run(*state, "2026-03", "STRICT");
	assert_int_equal(rig_int(r, "run.bills"), 1);
	assert_int_equal(rig_int(r, "run.exceptions"), 2);
	assert_string_equal(why_not(r, "1-103"), "NO_READING");
	assert_string_equal(why_not(r, "1-104"), "NO_METER");
	assert_billed(*state, "P-1001", 5125, "12.5 m3 x 4.10");
	r = rig_find(last_bill(*state, "P-1001"), "parts", "meter", "W1");
	assert_string_equal(rig_text(r, "previous"), "0");
	assert_string_equal(rig_text(r, "present"), "12.5");
	assert_string_equal(rig_text(r, "quantity"), "12.5");
	r = rig_ok(*state, "clerk", "bill.Print", "{'bill': ['%s'], 'language': 'en'}",
		   rig_text(last_bill(*state, "P-1001"), "bill.number"));
	assert_string_equal(rig_text(r, "prints.0.document.tables.0.rows.0.cells.2"), "12.5 m³");
	assert_string_equal(rig_text(r, "prints.0.document.tables.0.rows.0.cells.3"), "4.10");
	assert_string_equal(rig_text(r, "prints.0.document.tables.0.rows.1.cells.0"),
			    "– Meter W1: previous 0, present 12.5, used 12.5 m³");
	/* Once it was read it is billed, and nothing else again. */
	take(*state, "W3", "2026-04-01", "2");
	r = run(*state, "2026-03", "STRICT");
	assert_int_equal(rig_int(r, "run.bills"), 1);
	assert_billed(*state, "P-1003", 820, "2 m3 x 4.10");
	r = rig_ok(*state, "clerk", "meter.Show", "{'meter': 'W1'}");
	assert_string_equal(rig_text(r, "charges.0.usage"), "12.5");
}

/* Nobody read it when the tenant came: 30 m3 of April go by the days, 10 and 20, and say so. */
static void use_is_shared_by_the_days_where_the_holder_changes(void **state)
{
	meter(*state, "W2", 2, "water", "2026-03-01");
	take(*state, "W2", "2026-04-01", "10");
	take(*state, "W2", "2026-05-01", "40");
	assign(*state, "STRICT", 2, "2026-04-01", "");
	assert_int_equal(rig_int(run(*state, "2026-04", "STRICT"), "run.lines"), 2);
	assert_billed(*state, "P-1002", 4100, "10 m3 x 4.10, estimated");
	assert_billed(*state, "P-1010", 8200, "20 m3 x 4.10, estimated");
}

/* 31 m3 in 31 days of May; June is estimated as 30 and billed; July's reading puts it right: 55 in
 * all, of which 31 and 30 were billed, would be less than nothing. */
static void estimate_is_billed_and_put_right(void **state)
{
	const json_t *r;
	char bill[20];

	meter(*state, "W5", 5, "water", "2026-05-01");
	take(*state, "W5", "2026-06-01", "31");
	assign(*state, "EASY", 5, "2026-05-01", "");
	run(*state, "2026-05", "EASY");
	assert_billed(*state, "P-1005", 12710, "31 m3 x 4.10");
	run(*state, "2026-06", "EASY");
	assert_billed(*state, "P-1005", 12300, "30 m3 x 4.10, estimated");
	(void)snprintf(bill, sizeof(bill), "%s",
		       rig_text(last_bill(*state, "P-1005"), "bill.number"));
	/* What was billed does not change unseen. */
	rig_refused(*state, "clerk", "meter.Read", ST_FAILED_PRECONDITION, "meter",
		    "{'meter': 'W5', 'on': '2026-07-01', 'value': '55'}");
	rig_refused(*state, "supervisor", "meter.Correct", ST_FAILED_PRECONDITION, "meter",
		    "{'meter': 'W5', 'on': '2026-06-01', 'value': '30', 'why': 'x'}");
	take(*state, "W5", "2026-08-01", "55");
	r = run(*state, "2026-07", "EASY");
	assert_int_equal(rig_int(r, "run.bills"), 0);
	assert_string_equal(why_not(r, "1-105"), "USAGE_NEGATIVE");
	/* Credited, it is billed anew by what was read: 24 m3 in 61 days. */
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'credit_note', 'amount_minor': 100000}");
	rig_ok(*state, "finance", "bill.Credit", "{'bill': '%s', 'why': 'Estimated too high'}",
	       bill);
	r = rig_find(rig_ok(*state, "clerk", "meter.Readings", "{'meter': 'W5', 'struck': true}"),
		     "readings", "on", "2026-07-01");
	assert_string_equal(rig_text(r, "struck_why"), "What it was made for was credited");
	run(*state, "2026-06", "EASY");
	assert_billed(*state, "P-1005", 4839, "11.803 m3 x 4.10, estimated");
	run(*state, "2026-07", "EASY");
	assert_billed(*state, "P-1005", 5001, "12.197 m3 x 4.10, estimated");
}

static const char *estimates_kept(struct rig *rig)
{
	return rig_sql(rig, "select count(*) from steward.meter_reading r join steward.meter m on "
			    "m.id = r.meter_id where m.number = 'W9' and r.source = 'billing' and "
			    "r.struck_at is null");
}

/* June is estimated as 30, so July is billed the other 40 of 70. Credited, the estimate goes with
 * its bill, once nothing that stands rests on it: July is not lower or higher for what nobody pays.
 */
static void estimate_that_was_credited_corrects_nothing(void **state)
{
	char june[20], july[20];

	meter(*state, "W9", 9, "water", "2026-05-01");
	take(*state, "W9", "2026-06-01", "31");
	assign(*state, "EASY", 9, "2026-06-01", ", 'to': '2026-07-31'");
	run(*state, "2026-06", "EASY");
	assert_billed(*state, "P-1009", 12300, "30 m3 x 4.10, estimated");
	(void)snprintf(june, sizeof(june), "%s",
		       rig_text(last_bill(*state, "P-1009"), "bill.number"));
	take(*state, "W9", "2026-08-01", "101");
	rig_ok(*state, "finance", "bill.Credit",
	       "{'bill': '%s', 'amount_minor': 100, 'why': 'Goodwill'}", june);
	run(*state, "2026-07", "EASY");
	assert_billed(*state, "P-1009", 16400, "40 m3 x 4.10, estimated");
	(void)snprintf(july, sizeof(july), "%s",
		       rig_text(last_bill(*state, "P-1009"), "bill.number"));
	rig_ok(*state, "finance", "bill.Credit", "{'bill': '%s', 'why': 'Anew'}", june);
	assert_string_equal(estimates_kept(*state), "1");
	rig_ok(*state, "finance", "bill.Credit", "{'bill': '%s', 'why': 'Anew'}", july);
	assert_string_equal(estimates_kept(*state), "0");
	run(*state, "2026-07", "EASY");
	assert_billed(*state, "P-1009", 14585, "35.574 m3 x 4.10, estimated");
	run(*state, "2026-06", "EASY");
	assert_billed(*state, "P-1009", 14115, "34.426 m3 x 4.10, estimated");
}

/* A month that is not over is not estimated. */
static void month_to_come_is_not_estimated(void **state)
{
	const json_t *r;

	r = rig_ok(*state, "manager", "billing.Preview",
		   "{'month': '2199-01', 'standard': ['EASY']}");
	assert_int_equal(rig_int(r, "totals.0.lines"), 0);
	assert_int_equal(rig_int(r, "totals.0.exceptions"), 1);
}

/* Blocks of a year: 2700 kWh x 0.4883, then 300 over the edge at 2880. The tenant of 1-102 came on
 * the 11th of April and begins anew. */
static void blocks_go_on_through_the_year(void **state)
{
	meter(*state, "E1", 1, "electricity", "2026-01-01");
	take(*state, "E1", "2026-02-01", "2700");
	take(*state, "E1", "2026-03-01", "3000");
	rig_ok(*state, "manager", "standard.Set",
	       "{'code': 'POWER', 'name': 'Power', 'item': 'ELECTRICITY', 'basis': 'tiered', "
	       "'utility': 'electricity', 'block': ['0=0.4883', '2880=0.5383', '4800=0.7883'], "
	       "'per': 'year', 'from': '2026-01-01'}");
	assign(*state, "POWER", 1, "2026-01-01", "");
	assign(*state, "POWER", 9, "2026-01-01", ", 'rate': '0', 'why': 'Pump room'");
	assert_int_equal(rig_int(run(*state, "2026-01", "POWER"), "run.exceptions"), 0);
	assert_billed(*state, "P-1001", 131841, "2700 kWh x 0.4883");
	run(*state, "2026-02", "POWER");
	assert_billed(*state, "P-1001", 15249, "180 kWh x 0.4883 + 120 kWh x 0.5383");
	/* The owner uses 3000 kWh up to the 10th of April: 2880 x 0.4883 + 120 x 0.5383. The
	 * tenant begins with 0: 300 x 0.4883. */
	meter(*state, "E2", 2, "electricity", "2026-04-01");
	take(*state, "E2", "2026-04-11", "3000");
	take(*state, "E2", "2026-05-01", "3300");
	assign(*state, "POWER", 2, "2026-04-01", "");
	run(*state, "2026-04", "POWER");
	assert_billed(*state, "P-1002", 147090, "2880 kWh x 0.4883 + 120 kWh x 0.5383");
	assert_billed(*state, "P-1010", 14649, "300 kWh x 0.4883");
}

/* Blocks of a month, over half of one: 10 and 25 m3 become 5 and 12.5. */
static void blocks_of_a_month_are_as_long_as_what_is_billed_of_it(void **state)
{
	meter(*state, "W6", 6, "water", "2026-04-01");
	take(*state, "W6", "2026-04-16", "20");
	take(*state, "W6", "2026-05-01", "40");
	rig_ok(*state, "manager", "standard.Set",
	       "{'code': 'BLOCKS', 'name': 'Water', 'item': 'WATER', 'basis': 'tiered', "
	       "'utility': 'water', 'block': ['0=1', '10=2', '25=3'], 'per': 'month', 'from': "
	       "'2026-01-01'}");
	assign(*state, "BLOCKS", 6, "2026-04-16", "");
	run(*state, "2026-04", "BLOCKS");
	/* 5 x 1 + 7.5 x 2 + 7.5 x 3 */
	assert_billed(*state, "P-1006", 4250, "5 m3 x 1.00 + 7.5 m3 x 2.00 + 7.5 m3 x 3.00");
}

/* 5 percent of what is charged for water, in the same run; where that cannot be billed, or is not
 * charged at all, neither is the surcharge. */
static void percentage_is_of_another_item(void **state)
{
	const json_t *r;

	rig_ok(*state, "manager", "standard.Set",
	       "{'code': 'EXTRA', 'name': 'Surcharge', 'item': 'OTHER', 'basis': 'percent', 'of': "
	       "'WATER', 'rate': '5', 'from': '2026-01-01'}");
	rig_refused(*state, "manager", "standard.Set", ST_INVALID_ARGUMENT, "of",
		    "{'code': 'LOOP', 'name': 'x', 'item': 'WATER', 'basis': 'percent', 'of': "
		    "'WATER', 'rate': '5'}");
	meter(*state, "W7", 7, "water", "2026-08-01");
	meter(*state, "W8", 8, "water", "2026-08-01");
	take(*state, "W7", "2026-09-01", "10");
	for (int i = 7; i <= 8; i++)
		assign(*state, "STRICT", i, "2026-08-01", "");
	for (int i = 7; i <= 9; i++)
		assign(*state, "EXTRA", i, "2026-08-17", "");
	r = rig_ok(*state, "manager", "billing.Preview",
		   "{'month': '2026-08', 'standard': ['STRICT', 'EXTRA']}");
	assert_int_equal(rig_int(rig_find(r, "totals", "standard", "EXTRA"), "amount_minor"), 99);
	run(*state, "2026-08", "STRICT");
	r = run(*state, "2026-08", "EXTRA");
	/* 41.00 x 15/31 x 5 % = 0.9919 */
	assert_billed(*state, "P-1007", 99, "19.839 CNY x 5 %");
	assert_string_equal(why_not(r, "1-109"), "NO_BASE");
	r = rig_ok(*state, "manager", "billing.Preview",
		   "{'month': '2026-08', 'standard': ['STRICT', 'EXTRA']}");
	assert_int_equal(rig_int(rig_find(r, "totals", "standard", "EXTRA"), "exceptions"), 2);
}

/* 10,000.00 from the 15th of January 2024 on, 5 percent more each year. January 2026: 14 days of
 * 10,500.00 and 17 of 11,025.00. */
static void rent_rises_step_by_step(void **state)
{
	const json_t *r;

	rig_ok(*state, "manager", "standard.Set",
	       "{'code': 'LEASE', 'name': 'Rent', 'item': 'RENT', 'basis': 'fixed'}");
	rig_refused(*state, "manager", "standard.Assign", ST_INVALID_ARGUMENT, "rate",
		    "{'code': 'LEASE', 'place': '1-101'}");
	rig_refused(*state, "manager", "standard.Assign", ST_INVALID_ARGUMENT, "step_percent",
		    "{'code': 'LEASE', 'place': '1-101', 'rate': '10', 'step_months': 12}");
	rig_refused(*state, "manager", "standard.Assign", ST_INVALID_ARGUMENT, "step_amount_minor",
		    "{'code': 'LEASE', 'place': '1-101', 'rate': '10', 'step_months': 12, "
		    "'step_amount_minor': -1000}");
	rig_refused(*state, "manager", "standard.Assign", ST_INVALID_ARGUMENT, "rate",
		    "{'code': 'STRICT', 'place': '1-109', 'rate': '10', 'step_months': 12, "
		    "'step_percent': '5'}");
	assign(*state, "LEASE", 1, "2024-01-15",
	       ", 'rate': '10000', 'step_months': 12, 'step_percent': '5'");
	assign(*state, "LEASE", 4, "2025-07-01",
	       ", 'rate': '300', 'step_months': 6, 'step_amount_minor': 2500");
	r = rig_ok(*state, "clerk", "standard.Assignments", "{'place': '1-101'}");
	assert_string_equal(rig_text(rig_find(r, "assignments", "standard", "LEASE"), "rises"),
			    "5 % every 12 months");
	run(*state, "2026-01", "LEASE");
	assert_billed(*state, "P-1001", 1078790, "1 x 10500.00 x 14/31 + 1 x 11025.00 x 17/31");
	assert_billed(*state, "P-1004", 32500, "1 x 325.00 x 1");
}

static void standard_that_cannot_be(void **state)
{
	static const struct {
		const char *more, *field;
	} rows[] = {
		{ "'basis': 'metered', 'rate': '1'", "utility" },
		{ "'basis': 'percent', 'rate': '1'", "of" },
		{ "'basis': 'unit', 'rate': '1', 'utility': 'water'", "utility" },
		{ "'basis': 'unit', 'rate': '1', 'of': 'RENT'", "of" },
		{ "'basis': 'tiered', 'utility': 'water', 'rate': '1'", "block" },
		{ "'basis': 'tiered', 'utility': 'water', 'block': ['0=1']", "per" },
		{ "'basis': 'tiered', 'utility': 'water', 'block': ['5=1'], 'per': 'year'",
		  "block" },
		{ "'basis': 'tiered', 'utility': 'water', 'block': ['0=1', '0=2'], 'per': 'year'",
		  "block" },
		{ "'basis': 'tiered', 'utility': 'water', 'block': ['0:1'], 'per': 'year'",
		  "block" },
		{ "'basis': 'metered', 'utility': 'water', 'block': ['0=1'], 'per': 'year'",
		  "rate" },
		{ "'basis': 'unit', 'rate': '1', 'per': 'year'", "per" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rig_refused(*state, "manager", "standard.Set", ST_INVALID_ARGUMENT, rows[i].field,
			    "{'code': 'BAD', 'name': 'x', 'item': 'OTHER', %s}", rows[i].more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(use_between_two_readings_is_billed),
		cmocka_unit_test(use_is_shared_by_the_days_where_the_holder_changes),
		cmocka_unit_test(estimate_is_billed_and_put_right),
		cmocka_unit_test(estimate_that_was_credited_corrects_nothing),
		cmocka_unit_test(month_to_come_is_not_estimated),
		cmocka_unit_test(blocks_go_on_through_the_year),
		cmocka_unit_test(blocks_of_a_month_are_as_long_as_what_is_billed_of_it),
		cmocka_unit_test(percentage_is_of_another_item),
		cmocka_unit_test(rent_rises_step_by_step),
		cmocka_unit_test(standard_that_cannot_be),
	};

	return cmocka_run_group_tests_name("billing_meter", tests, prepare, rig_down);
}
