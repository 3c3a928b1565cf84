/* Apportionment: totals shared out to the cent, billed once, taken back by credit notes; two desks,
 * two properties. */
#include <stdio.h>
#include <string.h>

#include "tests/support/hold.h"
#include "tests/support/wire.h"

/* Building 1: 80, 90 and 130 m2. The second changes hands on the 11th of April. Building 2: a place
 * without an area; building 3: one that nobody holds. */
static int prepare(void **state)
{
	static const struct {
		const char *number, *building, *area;
	} units[] = {
		{ "1-101", "1", ", 'gross_area': '80'" },
		{ "1-102", "1", ", 'gross_area': '90'" },
		{ "1-103", "1", ", 'gross_area': '130'" },
		{ "2-101", "2", ", 'gross_area': '50'" },
		{ "2-102", "2", "" },
		{ "3-101", "3", ", 'gross_area': '60'" },
		{ "3-102", "3", ", 'gross_area': '40'" },
	};
	static const char *const holds[] = {
		"'place': '1-101', 'party': 'P-1001', 'from': '2020-01-01'",
		"'place': '1-102', 'party': 'P-1002', 'from': '2020-01-01', 'to': '2026-04-11'",
		"'place': '1-102', 'party': 'P-1003', 'from': '2026-04-11'",
		"'place': '1-103', 'party': 'P-1004', 'from': '2020-01-01'",
		"'place': '2-101', 'party': 'P-1005', 'from': '2020-01-01'",
		"'place': '2-102', 'party': 'P-1005', 'from': '2020-01-01'",
		"'place': '3-101', 'party': 'P-1006', 'from': '2020-01-01'",
	};

	if (rig_up(state) != 0)
		return -1;
	for (int i = 1; i <= 3; i++)
		rig_ok(*state, "clerk", "place.Add", "{'kind': 'building', 'number': '%d'}", i);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		rig_ok(*state, "clerk", "place.Add",
		       "{'kind': 'unit', 'number': '%s', 'parent': 'building:%s'%s}",
		       units[i].number, units[i].building, units[i].area);
		rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
	}
	for (size_t i = 0; i < sizeof(holds) / sizeof(holds[0]); i++)
		rig_ok(*state, "clerk", "occupancy.Start", "{%s, 'role': 'owner'}", holds[i]);
	rig_elsewhere(*state, "place.Add",
		      "{'kind': 'unit', 'number': '9-1', 'building': '9', 'gross_area': '10'}");
	rig_elsewhere(*state, "apportion.SetPool",
		      "{'code': 'FAR', 'name': 'Far', 'item': 'COMMON', 'basis': 'unit', 'vacant': "
		      "'property'}");
	return 0;
}

static const json_t *pool(struct rig *rig, const char *code, const char *building, const char *more)
{
	return rig_ok(rig, "manager", "apportion.SetPool",
		      "{'code': '%s', 'name': 'Light', 'item': 'COMMON', 'basis': 'gross_area', "
		      "'place': 'building:%s'%s}",
		      code, building, more);
}

static const json_t *run(struct rig *rig, const char *code, const char *month, int minor)
{
	return rig_ok(rig, "supervisor", "apportion.Run",
		      "{'code': '%s', 'month': '%s', 'amount_minor': %d}", code, month, minor);
}

static void controls_agree(struct rig *rig)
{
	const json_t *r = rig_ok(rig, "finance", "ledger.Control", "{}");
	char path[60];

	for (size_t i = 0; i < rig_count(r, "controls"); i++) {
		(void)snprintf(path, sizeof(path), "controls.%zu.difference_minor", i);
		assert_int_equal(rig_int(r, path), 0);
	}
}

/* What a customer was billed and still owes. */
static int64_t owes(struct rig *rig, const char *party)
{
	const json_t *r = rig_ok(rig, "clerk", "bill.List", "{'party': '%s'}", party);
	int64_t sum = 0;
	char path[60];

	for (size_t i = 0; i < rig_count(r, "bills"); i++) {
		(void)snprintf(path, sizeof(path), "bills.%zu.open_minor", i);
		sum += rig_int(r, path);
	}
	return sum;
}

static void pool_is_set(void **state)
{
	const json_t *p;

	rig_dry(*state, "manager", "apportion.SetPool",
		"{'code': 'A', 'name': 'A', 'item': 'COMMON', 'basis': 'unit'}");
	rig_refused(*state, "clerk", "apportion.ShowPool", ST_NOT_FOUND, "code", "{'code': 'A'}");
	p = pool(*state, "A", "1", "");
	assert_string_equal(rig_text(p, "source"), "amount");
	assert_string_equal(rig_text(p, "vacant"), "owner");
	p = rig_twice(*state, "manager", "apportion.SetPool",
		      "{'code': 'A', 'name': 'Lifts', 'source': 'usage', 'rate': '0.62'}");
	assert_string_equal(rig_text(p, "name"), "Lifts");
	assert_string_equal(rig_text(p, "place"), "1");
	assert_string_equal(rig_text(p, "rate"), "0.62");
	p = rig_ok(*state, "clerk", "apportion.Pools", "{}");
	assert_non_null(rig_find(p, "pools", "code", "A"));
	assert_null(rig_find(p, "pools", "code", "FAR"));
	p = rig_ok(*state, "clerk", "apportion.ShowPool", "{'code': 'A', 'limit': 2}");
	assert_int_equal(rig_count(p, "places"), 2);
	p = rig_ok(*state, "clerk", "apportion.ShowPool", "{'code': 'A', 'after': '%s'}",
		   rig_text(p, "places.1.cursor"));
	assert_int_equal(rig_count(p, "places"), 1);
	assert_string_equal(rig_text(p, "places.0.measure"), "130");
}

static void pool_that_cannot_be(void **state)
{
	static const struct {
		const char *more, *field;
		enum st_code code;
	} rows[] = {
		{ "'item': 'COMMON', 'basis': 'unit'", "name", ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'basis': 'unit'", "item", ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'COMMON'", "basis", ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'GOLD', 'basis': 'unit'", "item", ST_NOT_FOUND },
		{ "'name': 'x', 'item': 'COMMON', 'basis': 'height'", "basis",
		  ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'COMMON', 'basis': 'unit', 'kind': 'cellar'", "kind",
		  ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'COMMON', 'basis': 'unit', 'place': '8'", "place",
		  ST_NOT_FOUND },
		{ "'name': 'x', 'item': 'COMMON', 'basis': 'unit', 'place': 'building:1', "
		  "'listed': true",
		  "listed", ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'COMMON', 'basis': 'unit', 'source': 'usage'", "rate",
		  ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'COMMON', 'basis': 'unit', 'source': 'amount', 'rate': '1'",
		  "rate", ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'COMMON', 'basis': 'unit', 'rate': '1', 'formula': '1'",
		  "formula", ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'COMMON', 'basis': 'unit', 'formula': 'usage *'", "formula",
		  ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'COMMON', 'basis': 'unit', 'formula': 'gross_area'",
		  "formula", ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'COMMON', 'basis': 'unit', 'source': 'meter', 'rate': '1'",
		  "meter", ST_INVALID_ARGUMENT },
		{ "'name': 'x', 'item': 'COMMON', 'basis': 'unit', 'meter': ['M-9'], 'rate': '1'",
		  "meter", ST_NOT_FOUND },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rig_refused(*state, "manager", "apportion.SetPool", rows[i].code, rows[i].field,
			    "{'code': 'BAD', %s}", rows[i].more);
	rig_refused(*state, "supervisor", "apportion.SetPool", ST_PERMISSION_DENIED, NULL,
		    "{'code': 'A', 'name': 'x'}");
}

/* 80, 90 and 130 of 300 m2: 26.666..., 30.00 and 43.333...; ten and twenty days of the second. */
static void total_is_shared_out_to_the_cent(void **state)
{
	static const int amounts[] = { 2667, 1000, 2000, 4333 };
	const json_t *r;
	char number[20], bill[20], path[60];

	pool(*state, "AREA", "1", "");
	r = rig_ok(*state, "cashier", "apportion.Preview",
		   "{'code': 'AREA', 'month': '2026-04', 'amount_minor': 10000}");
	assert_int_equal(rig_int(r, "total.billed_minor"), 10000);
	assert_int_equal(rig_int(r, "total.bills"), 4);
	assert_string_equal(rig_text(r, "parts.0.exact"), "26.666667");
	rig_dry(*state, "supervisor", "apportion.Run",
		"{'code': 'AREA', 'month': '2026-04', 'amount_minor': 10000}");
	assert_int_equal(
		rig_count(rig_ok(*state, "cashier", "apportion.List", "{'code': 'AREA'}"), "runs"),
		0);
	r = rig_twice(*state, "supervisor", "apportion.Run",
		      "{'code': 'AREA', 'month': '2026-04', 'amount_minor': 10000}");
	assert_int_equal(rig_int(r, "billed_minor"), 10000);
	assert_string_equal(rig_text(r, "weight"), "9000");
	(void)snprintf(number, sizeof(number), "%s", rig_text(r, "number"));
	r = rig_ok(*state, "clerk", "apportion.Statement", "{'run': '%s'}", number);
	assert_int_equal(rig_count(r, "parts"), 4);
	for (int i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof(path), "parts.%d.amount_minor", i);
		assert_int_equal(rig_int(r, path), amounts[i]);
	}
	r = rig_ok(*state, "clerk", "apportion.Statement", "{'run': '%s', 'place': '1-102'}",
		   number);
	assert_int_equal(rig_count(r, "parts"), 2);
	assert_string_equal(rig_text(r, "parts.1.party"), "P-1003");
	assert_string_equal(rig_text(r, "parts.1.from"), "2026-04-11");
	assert_string_equal(rig_text(r, "parts.1.share"), "20 %");
	(void)snprintf(bill, sizeof(bill), "%s", rig_text(r, "parts.1.bill"));
	r = rig_ok(*state, "clerk", "bill.Show", "{'bill': '%s'}", bill);
	assert_int_equal(rig_int(r, "bill.amount_minor"), 2000);
	assert_string_equal(rig_text(r, "lines.0.item"), "COMMON");
	assert_string_equal(rig_text(r, "lines.0.text"), "Light");
	assert_string_equal(rig_text(r, "lines.0.basis"), "gross_area");
	assert_string_equal(rig_text(r, "lines.0.quantity"), "90");
	assert_string_equal(rig_text(r, "lines.0.unit"), "m2");
	assert_int_equal(rig_int(r, "lines.0.total_minor"), 10000);
	assert_string_equal(rig_text(r, "lines.0.share"), "20 %");
	r = rig_ok(*state, "clerk", "bill.Print", "{'bill': ['%s'], 'language': 'en'}", bill);
	assert_string_equal(rig_text(r, "prints.0.document.tables.0.rows.1.cells.0"),
			    "– shared out by gross area: 90 m² × 20 days, share 20 % of 100.00");
	/* Each line says what it came of. */
	assert_string_equal(rig_sql(*state, "select count(*) from steward.charge_line l join "
					    "steward.apportionment_part p on p.id = l.entity_id "
					    "and p.amount = l.amount and p.party_id = l.party_id"),
			    "4");
	rig_refused(*state, "clerk", "apportion.Statement", ST_NOT_FOUND, "place",
		    "{'run': '%s', 'place': '3-101'}", number);
	rig_refused(*state, "clerk", "apportion.Run", ST_PERMISSION_DENIED, NULL,
		    "{'code': 'AREA', 'month': '2026-05', 'amount_minor': 1}");
	controls_agree(*state);
}

static void nothing_is_shared_out_twice(void **state)
{
	const json_t *r;

	rig_refused(*state, "supervisor", "apportion.Run", ST_FAILED_PRECONDITION, "month",
		    "{'code': 'AREA', 'month': '2026-04', 'amount_minor': 10000}");
	rig_refused(*state, "supervisor", "apportion.Run", ST_FAILED_PRECONDITION, "month",
		    "{'code': 'AREA', 'from': '2026-03-01', 'to': '2026-04-01', 'amount_minor': "
		    "10000}");
	rig_refused(*state, "cashier", "apportion.Preview", ST_FAILED_PRECONDITION, "month",
		    "{'code': 'AREA', 'month': '2026-04', 'amount_minor': 10000}");
	/* The days around it are another matter, and so is another pool. */
	r = rig_ok(*state, "supervisor", "apportion.Run",
		   "{'code': 'AREA', 'from': '2026-03-01', 'to': '2026-03-31', 'amount_minor': "
		   "301}");
	assert_int_equal(rig_int(r, "billed_minor"), 301);
	pool(*state, "WATER", "1", "");
	run(*state, "WATER", "2026-04", 1);
	rig_refused(*state, "supervisor", "apportion.Run", ST_INVALID_ARGUMENT, "month",
		    "{'code': 'AREA', 'amount_minor': 1}");
	rig_refused(*state, "supervisor", "apportion.Run", ST_INVALID_ARGUMENT, "amount_minor",
		    "{'code': 'AREA', 'month': '2026-08'}");
	rig_refused(*state, "supervisor", "apportion.Run", ST_INVALID_ARGUMENT, "usage",
		    "{'code': 'AREA', 'month': '2026-08', 'usage': '20'}");
	rig_refused(*state, "supervisor", "apportion.Run", ST_INVALID_ARGUMENT, "due",
		    "{'code': 'AREA', 'month': '2026-08', 'amount_minor': 1, 'due': "
		    "'2020-01-01'}");
	pool(*state, "WATER", "1", ", 'closed': '2026-05-01'");
	rig_refused(*state, "supervisor", "apportion.Run", ST_FAILED_PRECONDITION, "code",
		    "{'code': 'WATER', 'month': '2026-05', 'amount_minor': 1}");
}

/* Two desks, of two daemons, share out the same at the same moment: the second waits for the first,
 * and does it only where that comes to nothing. */
static void two_desks_share_out_once(void **state)
{
	static const enum st_code second[] = { ST_OK, ST_FAILED_PRECONDITION };
	static const char *const months[] = { "2026-04", "2026-05" };
	char sql[300], request[100];

	pool(*state, "TWICE", "1", "");
	for (int i = 0; i < 2; i++) {
		struct wire *w = wire_desk(*state, "supervisor");
		struct hold h;
		uint32_t id;

		(void)snprintf(sql, sizeof(sql),
			       "select apportion_run((select id from property where code = 'SUN'), "
			       "gen_random_uuid(), (select id from app_user where login = "
			       "'finance'), 'TWICE', '%s', null, null, 777, null, null)",
			       months[i]);
		(void)snprintf(request, sizeof(request),
			       "{'code': 'TWICE', 'month': '%s', 'amount_minor': 777}", months[i]);
		h = hold_begin(*state, sql);
		id = wire_call(
			w, &(struct wire_call){ .method = "apportion.Run", .request = request });
		wire_push(w);
		hold_until_waiting(*state, 1);
		if (second[i] == ST_OK)
			hold_end(&h);
		else
			hold_commit(&h);
		assert_int_equal(wire_answer(w, id)->code, second[i]);
		wire_close(w);
	}
	assert_string_equal(
		rig_sql(*state,
			"select sum(p.amount) from steward.apportionment_part p join "
			"steward.apportionment a on a.id = p.apportionment_id join steward.pool q "
			"on q.id = a.pool_id where q.code = 'TWICE'"),
		"1554");
	controls_agree(*state);
}

static void what_cannot_be_measured_stops_all(void **state)
{
	const json_t *r;
	struct rig_result refused;

	pool(*state, "NOAREA", "2", "");
	r = rig_ok(*state, "cashier", "apportion.Preview",
		   "{'code': 'NOAREA', 'month': '2026-04', 'amount_minor': 10000}");
	assert_string_equal(rig_text(r, "parts.0.place"), "2-102");
	assert_string_equal(rig_text(r, "parts.0.code"), "NO_AREA");
	assert_false(rig_has(r, "parts.0.amount_minor"));
	assert_false(rig_has(r, "parts.1.amount_minor"));
	assert_int_equal(rig_int(r, "total.unbilled_minor"), 10000);
	refused = rig_refused(*state, "supervisor", "apportion.Run", ST_FAILED_PRECONDITION, "code",
			      "{'code': 'NOAREA', 'month': '2026-04', 'amount_minor': 10000}");
	assert_string_equal(refused.err.reason, "NO_AREA");
	assert_non_null(strstr(refused.err.message, "2-102"));
	/* It takes no part, and the statement says why. */
	rig_refused(*state, "manager", "apportion.Weigh", ST_INVALID_ARGUMENT, "why",
		    "{'code': 'NOAREA', 'place': ['2-102=0']}");
	rig_twice(*state, "manager", "apportion.Weigh",
		  "{'code': 'NOAREA', 'place': ['2-102=0'], 'why': 'Ground floor'}");
	r = run(*state, "NOAREA", "2026-04", 10000);
	assert_int_equal(rig_int(r, "billed_minor"), 10000);
	r = rig_ok(*state, "clerk", "apportion.Statement", "{'run': '%s', 'place': '2-102'}",
		   rig_text(r, "number"));
	assert_int_equal(rig_int(r, "parts.0.amount_minor"), 0);
	assert_string_equal(rig_text(r, "parts.0.note"), "Ground floor");
	/* Nobody takes part. */
	rig_ok(*state, "manager", "apportion.Weigh",
	       "{'code': 'NOAREA', 'place': ['2-101=0'], 'why': 'Neither'}");
	refused = rig_refused(*state, "supervisor", "apportion.Run", ST_INVALID_ARGUMENT, "code",
			      "{'code': 'NOAREA', 'month': '2026-05', 'amount_minor': 10000}");
	assert_string_equal(refused.err.reason, "NO_WEIGHT");
}

static void people_are_counted_from_a_day_on(void **state)
{
	const json_t *r;

	rig_ok(*state, "manager", "apportion.SetPool",
	       "{'code': 'HEADS', 'name': 'Water', 'item': 'COMMON', 'basis': 'people', 'place': "
	       "'building:2', 'source': 'usage', 'rate': '4.10'}");
	rig_refused(*state, "supervisor", "apportion.Run", ST_FAILED_PRECONDITION, "code",
		    "{'code': 'HEADS', 'month': '2026-04', 'usage': '20'}");
	rig_dry(*state, "supervisor", "apportion.SetMeasure",
		"{'place': '2-101', 'what': 'people', 'value': '9'}");
	rig_twice(*state, "supervisor", "apportion.SetMeasure",
		  "{'place': '2-101', 'what': 'people', 'value': '3', 'from': '2026-01-01'}");
	rig_ok(*state, "supervisor", "apportion.SetMeasure",
	       "{'place': '2-101', 'what': 'people', 'value': '4', 'from': '2026-04-16'}");
	rig_ok(*state, "supervisor", "apportion.SetMeasure",
	       "{'place': '2-102', 'what': 'people', 'value': '1', 'from': '2026-01-01'}");
	r = rig_ok(*state, "clerk", "apportion.Measures", "{'place': '2-101'}");
	assert_int_equal(rig_count(r, "measures"), 2);
	assert_string_equal(rig_text(r, "measures.0.to"), "2026-04-15");
	/* 20 m3 at 4.10 are 82.00; 45 + 60 and 30 person-days of 135: 63.777..., 18.222...; the
	 * first is 27.333... and 36.444... of its 63.78. */
	r = rig_ok(*state, "supervisor", "apportion.Run",
		   "{'code': 'HEADS', 'month': '2026-04', 'usage': '20'}");
	assert_int_equal(rig_int(r, "total_minor"), 8200);
	assert_string_equal(rig_text(r, "weight"), "135");
	assert_int_equal(rig_int(r, "bills"), 2);
	r = rig_ok(*state, "clerk", "apportion.Statement", "{'run': '%s'}", rig_text(r, "number"));
	assert_int_equal(rig_int(r, "parts.0.amount_minor"), 2733);
	assert_int_equal(rig_int(r, "parts.1.amount_minor"), 3645);
	assert_int_equal(rig_int(r, "parts.2.amount_minor"), 1822);
	rig_refused(*state, "supervisor", "apportion.SetMeasure", ST_INVALID_ARGUMENT, "value",
		    "{'place': '2-101', 'what': 'people', 'value': 'many'}");
	rig_refused(*state, "supervisor", "apportion.SetMeasure", ST_INVALID_ARGUMENT, "value",
		    "{'place': '2-101', 'what': 'share', 'value': '1.5'}");
	rig_refused(*state, "supervisor", "apportion.SetMeasure", ST_INVALID_ARGUMENT, "place",
		    "{'place': 'building:2', 'what': 'people', 'value': '1'}");
	rig_refused(*state, "clerk", "apportion.SetMeasure", ST_PERMISSION_DENIED, NULL,
		    "{'place': '2-101', 'what': 'people', 'value': '1'}");
}

/* A formula that fails shares out nothing: it never comes to 0. */
static void usage_costs_what_the_formula_says(void **state)
{
	struct rig_result refused;
	const json_t *r;

	rig_ok(*state, "manager", "apportion.SetPool",
	       "{'code': 'TIER', 'name': 'Power', 'item': 'ELECTRICITY', 'basis': 'unit', 'place': "
	       "'building:1', 'formula': 'tier(usage, 0: 0.5, 100: 0.8) + 100 / (usage - 120)'}");
	refused = rig_refused(*state, "supervisor", "apportion.Run", ST_FAILED_PRECONDITION, "code",
			      "{'code': 'TIER', 'month': '2026-06', 'usage': '120'}");
	assert_string_equal(refused.err.reason, "DIVISION_BY_ZERO");
	refused = rig_refused(*state, "supervisor", "apportion.Run", ST_FAILED_PRECONDITION, "code",
			      "{'code': 'TIER', 'month': '2026-06', 'usage': '119'}");
	assert_string_equal(refused.err.reason, "NEGATIVE");
	rig_refused(*state, "supervisor", "apportion.Run", ST_INVALID_ARGUMENT, "usage",
		    "{'code': 'TIER', 'month': '2026-06', 'usage': 'much'}");
	rig_refused(*state, "supervisor", "apportion.Run", ST_INVALID_ARGUMENT, "amount_minor",
		    "{'code': 'TIER', 'month': '2026-06', 'amount_minor': 1}");
	/* 100 * 0.5 + 40 * 0.8 + 100 / 20 = 87.00, and what is collected for others agrees. */
	r = rig_ok(*state, "supervisor", "apportion.Run",
		   "{'code': 'TIER', 'month': '2026-06', 'usage': '140'}");
	assert_int_equal(rig_int(r, "total_minor"), 8700);
	controls_agree(*state);
}

/* A master less what is behind it, at 0.80; what is read later changes nothing of it until it is
 * taken back. */
static void meters_say_what_is_shared(void **state)
{
	static const struct {
		const char *number, *more, *april, *may;
	} meters[] = {
		{ "MAIN", "'kind': 'master'", "500", "1500" },
		{ "M-A", "'master': 'MAIN'", "10", "310.5" },
		{ "M-B", "'master': 'MAIN'", "20", "220" },
	};
	const json_t *r, *a;
	char number[20];

	for (size_t i = 0; i < sizeof(meters) / sizeof(meters[0]); i++) {
		rig_ok(*state, "manager", "meter.Add",
		       "{'place': '1-101', 'utility': 'electricity', 'first': '0', 'number': "
		       "'%s', 'on': '2026-01-01', %s}",
		       meters[i].number, meters[i].more);
		rig_ok(*state, "manager", "meter.Read",
		       "{'meter': '%s', 'value': '%s', 'on': '2026-04-01', 'confirm': true}",
		       meters[i].number, meters[i].april);
	}
	rig_ok(*state, "manager", "apportion.SetPool",
	       "{'code': 'REST', 'name': 'Common light', 'item': 'COMMON', 'basis': 'gross_area', "
	       "'place': 'building:1', 'rest': ['MAIN'], 'rate': '0.80'}");
	r = rig_ok(*state, "clerk", "apportion.ShowPool", "{'code': 'REST'}");
	assert_string_equal(rig_text(r, "meters.0.meter"), "MAIN");
	assert_string_equal(rig_text(r, "pool.source"), "meter");
	rig_refused(*state, "supervisor", "apportion.Run", ST_FAILED_PRECONDITION, "code",
		    "{'code': 'REST', 'month': '2026-04'}");
	for (size_t i = 0; i < sizeof(meters) / sizeof(meters[0]); i++)
		rig_ok(*state, "manager", "meter.Read",
		       "{'meter': '%s', 'value': '%s', 'on': '2026-05-01', 'confirm': true}",
		       meters[i].number, meters[i].may);
	/* 1000 - 300.5 - 200 = 499.5 kWh: 399.60. */
	r = rig_ok(*state, "supervisor", "apportion.Run", "{'code': 'REST', 'month': '2026-04'}");
	assert_string_equal(rig_text(r, "usage"), "499.5");
	assert_int_equal(rig_int(r, "total_minor"), 39960);
	assert_int_equal(rig_int(r, "billed_minor"), 39960);
	(void)snprintf(number, sizeof(number), "%s", rig_text(r, "number"));
	r = rig_ok(*state, "cashier", "apportion.Show", "{'run': '%s'}", number);
	assert_int_equal(rig_count(r, "meters"), 3);
	assert_string_equal(rig_text(rig_find(r, "meters", "meter", "M-A"), "usage"), "300.5");
	assert_string_equal(rig_sql(*state, "select count(*) from steward.meter_charge where "
					    "released_at is null"),
			    "3");
	a = rig_ok(*state, "manager", "apportion.Cancel", "{'run': '%s', 'why': 'Misread'}",
		   number);
	rig_ok(*state, "finance", "approval.Approve", "{'approval': '%s'}", rig_text(a, "number"));
	assert_string_equal(rig_sql(*state, "select count(*) from steward.meter_charge where "
					    "released_at is null"),
			    "0");
	controls_agree(*state);
}

static void vacant_place_follows_the_rule(void **state)
{
	const json_t *r;

	/* 3-102 of 40 m2 is nobody's; the property bears 40 of 100. */
	pool(*state, "OWN", "3", ", 'vacant': 'property'");
	r = run(*state, "OWN", "2026-04", 1001);
	assert_int_equal(rig_int(r, "own_minor"), 400);
	assert_int_equal(rig_int(r, "billed_minor"), 601);
	assert_int_equal(rig_int(r, "exceptions"), 0);
	pool(*state, "OTHERS", "3", ", 'vacant': 'others'");
	r = run(*state, "OTHERS", "2026-04", 1001);
	assert_int_equal(rig_int(r, "billed_minor"), 1001);
	assert_int_equal(owes(*state, "P-1006"), 1602);
}

static void what_nobody_is_billed_for_waits(void **state)
{
	char number[20];
	const json_t *r;

	pool(*state, "WAIT", "3", "");
	r = run(*state, "WAIT", "2026-04", 1000);
	assert_int_equal(rig_int(r, "billed_minor"), 600);
	assert_int_equal(rig_int(r, "unbilled_minor"), 400);
	(void)snprintf(number, sizeof(number), "%s", rig_text(r, "number"));
	r = rig_ok(*state, "cashier", "apportion.Show", "{'run': '%s'}", number);
	assert_int_equal(rig_count(r, "exceptions"), 1);
	assert_string_equal(rig_text(r, "exceptions.0.place"), "3-102");
	assert_string_equal(rig_text(r, "exceptions.0.code"), "NO_PAYER");
	assert_int_equal(rig_int(r, "exceptions.0.amount_minor"), 400);
	rig_refused(*state, "supervisor", "apportion.Bill", ST_FAILED_PRECONDITION, "run",
		    "{'run': '%s'}", number);
	/* Who holds it for a part of the time only does not owe all of it. */
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': '3-102', 'party': 'P-1007', 'role': 'owner', 'from': '2026-04-20'}");
	rig_refused(*state, "supervisor", "apportion.Bill", ST_FAILED_PRECONDITION, "run",
		    "{'run': '%s'}", number);
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': '3-102', 'party': 'P-1007', 'role': 'tenant', 'from': '2026-01-01', "
	       "'to': '2026-12-31'}");
	/* The pool's owner bears what is vacant: the tenant entered since is no owner. */
	rig_refused(*state, "supervisor", "apportion.Bill", ST_FAILED_PRECONDITION, "run",
		    "{'run': '%s'}", number);
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': '3-102', 'party': 'P-1007', 'role': 'owner', 'from': '2020-01-01', 'to': "
	       "'2026-04-20'}");
	rig_dry(*state, "supervisor", "apportion.Bill", "{'run': '%s'}", number);
	assert_int_equal(owes(*state, "P-1007"), 0);
	r = rig_twice(*state, "supervisor", "apportion.Bill", "{'run': '%s'}", number);
	assert_int_equal(rig_int(r, "unbilled_minor"), 0);
	assert_int_equal(owes(*state, "P-1007"), 400);
	rig_refused(*state, "supervisor", "apportion.Bill", ST_FAILED_PRECONDITION, "run",
		    "{'run': '%s'}", number);
	controls_agree(*state);
}

/* Taken back by credit notes, and shared out anew. */
static void correction_is_reversal_and_rerun(void **state)
{
	int64_t before = owes(*state, "P-1004");
	const json_t *r, *a;
	char number[20];

	r = run(*state, "AREA", "2026-09", 30001);
	(void)snprintf(number, sizeof(number), "%s", rig_text(r, "number"));
	rig_refused(*state, "manager", "apportion.SetPool", ST_FAILED_PRECONDITION, "item",
		    "{'code': 'AREA', 'item': 'WATER'}");
	a = rig_ok(*state, "manager", "apportion.Cancel",
		   "{'run': '%s', 'why': 'The meter was misread'}", number);
	assert_int_equal(rig_int(a, "amount_minor"), 30001);
	rig_refused(*state, "manager", "approval.Approve", ST_PERMISSION_DENIED, NULL,
		    "{'approval': '%s'}", rig_text(a, "number"));
	rig_ok(*state, "finance", "approval.Approve", "{'approval': '%s'}", rig_text(a, "number"));
	r = rig_ok(*state, "cashier", "apportion.Show", "{'run': '%s'}", number);
	assert_string_equal(rig_text(r, "run.state"), "cancelled");
	assert_int_equal(owes(*state, "P-1004"), before);
	rig_refused(*state, "manager", "apportion.Cancel", ST_FAILED_PRECONDITION, "run",
		    "{'run': '%s', 'why': 'Again'}", number);
	r = run(*state, "AREA", "2026-09", 30000);
	assert_int_equal(rig_int(r, "billed_minor"), 30000);
	assert_int_equal(owes(*state, "P-1004"), before + 13000);
	/* The statement of what was taken back stands. */
	r = rig_ok(*state, "clerk", "apportion.Statement", "{'run': '%s', 'limit': 1}", number);
	assert_int_equal(rig_count(r, "parts"), 1);
	assert_int_equal(rig_int(r, "run.total_minor"), 30001);
	controls_agree(*state);
}

/* Another property's pools and runs are out of reach, and its places take no part here. */
static void properties_do_not_mix(void **state)
{
	const json_t *r = rig_elsewhere(*state, "apportion.Run",
					"{'code': 'FAR', 'month': '2026-04', 'amount_minor': 5}");
	const char *far = rig_text(r, "id");

	assert_int_equal(rig_int(r, "places"), 1);
	rig_refused(*state, "manager", "apportion.Show", ST_NOT_FOUND, "run", "{'run': '%s'}", far);
	rig_refused(*state, "manager", "apportion.Statement", ST_NOT_FOUND, "run", "{'run': '%s'}",
		    far);
	rig_refused(*state, "manager", "apportion.Cancel", ST_NOT_FOUND, "run",
		    "{'run': '%s', 'why': 'x'}", far);
	rig_refused(*state, "manager", "apportion.Run", ST_NOT_FOUND, "code",
		    "{'code': 'FAR', 'month': '2026-05', 'amount_minor': 5}");
	rig_refused(*state, "manager", "apportion.Weigh", ST_NOT_FOUND, "place",
		    "{'code': 'AREA', 'place': ['9-1=0'], 'why': 'Far'}");
	r = rig_ok(*state, "manager", "apportion.ImportWeights",
		   "{'rows': [{'line': 1, 'pool': 'AREA', 'place': '9-1', 'weight': '0'}]}");
	rig_row(r, 1, "rejected", "place");
	r = rig_ok(*state, "manager", "apportion.List", "{'limit': 1}");
	assert_int_equal(rig_count(r, "runs"), 1);
	r = rig_ok(*state, "manager", "apportion.List", "{'limit': 500, 'after': '%s'}",
		   rig_text(r, "runs.0.cursor"));
	for (size_t i = 0; i < rig_count(r, "runs"); i++) {
		char path[40];

		(void)snprintf(path, sizeof(path), "runs.%zu.property", i);
		assert_string_equal(rig_text(r, path), "SUN");
	}
	/* All of the property: seven units, none of LAK. */
	rig_ok(*state, "manager", "apportion.SetPool",
	       "{'code': 'ALL', 'name': 'Garden', 'item': 'COMMON', 'basis': 'unit'}");
	r = rig_ok(*state, "clerk", "apportion.ShowPool", "{'code': 'ALL'}");
	assert_int_equal(rig_count(r, "places"), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pool_is_set),
		cmocka_unit_test(pool_that_cannot_be),
		cmocka_unit_test(total_is_shared_out_to_the_cent),
		cmocka_unit_test(nothing_is_shared_out_twice),
		cmocka_unit_test(two_desks_share_out_once),
		cmocka_unit_test(what_cannot_be_measured_stops_all),
		cmocka_unit_test(people_are_counted_from_a_day_on),
		cmocka_unit_test(usage_costs_what_the_formula_says),
		cmocka_unit_test(meters_say_what_is_shared),
		cmocka_unit_test(vacant_place_follows_the_rule),
		cmocka_unit_test(what_nobody_is_billed_for_waits),
		cmocka_unit_test(correction_is_reversal_and_rerun),
		cmocka_unit_test(properties_do_not_mix),
	};

	return cmocka_run_group_tests_name("apportion", tests, prepare, rig_down);
}
