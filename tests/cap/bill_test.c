/* Bills: what is charged, credited, written off, disputed; and what the ledger says to it. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/support/prints.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'unit', 'number': '1-101'}");
	rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
	rig_ok(*state, "clerk", "party.Add", "{'name': 'Li'}");
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': '1-101', 'party': 'P-1001', 'role': 'owner', 'from': '2020-01-01'}");
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': '1-101', 'party': 'P-1002', 'role': 'tenant', 'from': '2024-01-01'}");
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'credit_note', 'amount_minor': 5000}");
	return 0;
}

static const char *day(int days, char out[11])
{
	time_t t = time(NULL) + 8 * 3600 + (time_t)days * 86400;
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	(void)strftime(out, 11, "%Y-%m-%d", &tm);
	return out;
}

static const char *bill(struct rig *rig, const char *item, int minor, char number[20])
{
	(void)snprintf(number, 20, "%s",
		       rig_text(rig_ok(rig, "cashier", "bill.Add",
				       "{'item': '%s', 'party': 'P-1001', 'amount_minor': %d}",
				       item, minor),
				"number"));
	return number;
}

static int64_t stands(struct rig *rig, const char *code)
{
	const json_t *b = rig_find(rig_ok(rig, "finance", "ledger.Balance", "{}"), "balances",
				   "code", code);

	return b != NULL ? rig_int(b, "closing_minor") : 0;
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

static void bill_is_posted(void **state)
{
	int64_t receivable = stands(*state, "1122"), parking = stands(*state, "6003");
	const json_t *b;
	char when[11];

	rig_dry(*state, "cashier", "bill.Add",
		"{'item': 'PARKING', 'place': '1-101', 'amount_minor': 30000}");
	assert_int_equal(stands(*state, "1122"), receivable);
	b = rig_twice(*state, "cashier", "bill.Add",
		      "{'item': 'PARKING', 'place': '1-101', 'amount_minor': 30000, 'due': '%s'}",
		      day(10, when));
	assert_string_equal(rig_text(b, "party_name"), "Li"); /* who holds the lease */
	assert_string_equal(rig_text(b, "due"), when);
	assert_string_equal(rig_text(b, "state"), "open");
	assert_int_equal(rig_int(b, "open_minor"), 30000);
	assert_int_equal(stands(*state, "1122"), receivable + 30000);
	assert_int_equal(stands(*state, "6003"), parking - 30000);
	controls_agree(*state);
	rig_refused(*state, "cashier", "bill.Add", ST_NOT_FOUND, "item",
		    "{'item': 'GOLD', 'place': '1-101', 'amount_minor': 1}");
	rig_refused(*state, "cashier", "bill.Add", ST_INVALID_ARGUMENT, "due",
		    "{'item': 'PARKING', 'place': '1-101', 'amount_minor': 1, 'due': '%s'}",
		    day(-1, when));
	rig_refused(*state, "cashier", "bill.Add", ST_INVALID_ARGUMENT, "party",
		    "{'item': 'PARKING', 'amount_minor': 1}");
	rig_refused(*state, "clerk", "bill.Add", ST_PERMISSION_DENIED, NULL,
		    "{'item': 'PARKING', 'place': '1-101', 'amount_minor': 1}");
}

/* Tax is within the amount, half up: 6 % in 100.00 are 5.66. */
static void tax_is_posted_apart(void **state)
{
	int64_t tax;
	const json_t *r;
	char number[20];

	rig_ok(*state, "finance", "bill.ItemSet",
	       "{'code': 'HALL', 'name': 'Use of the hall', "
	       "'account': '6004', 'tax_bp': 600}");
	tax = stands(*state, "2221");
	bill(*state, "HALL", 10000, number);
	r = rig_ok(*state, "clerk", "bill.Show", "{'bill': '%s'}", number);
	assert_int_equal(rig_int(r, "lines.0.tax_minor"), 566);
	assert_int_equal(stands(*state, "2221"), tax - 566);
	rig_refused(*state, "finance", "bill.ItemSet", ST_INVALID_ARGUMENT, "account",
		    "{'code': 'HALL', 'account': '1122'}");
	rig_refused(*state, "finance", "bill.ItemSet", ST_INVALID_ARGUMENT, "name",
		    "{'code': 'NEW', 'account': '6004'}");
	assert_non_null(
		rig_find(rig_ok(*state, "clerk", "bill.ItemList", "{}"), "items", "code", "HALL"));
}

static void credit_takes_off_what_is_open(void **state)
{
	char number[20];
	const json_t *b;

	bill(*state, "OTHER", 10000, number);
	b = rig_ok(*state, "cashier", "bill.Credit",
		   "{'bill': '%s', 'amount_minor': 2000, 'why': 'Lift out of order'}", number);
	assert_int_equal(rig_int(b, "credited_minor"), 2000);
	assert_int_equal(rig_int(b, "open_minor"), 8000);
	rig_refused(*state, "cashier", "bill.Credit", ST_INVALID_ARGUMENT, "amount_minor",
		    "{'bill': '%s', 'amount_minor': 8001, 'why': 'More than there is'}", number);
	/* The rest is above the limit. */
	b = rig_ok(*state, "cashier", "bill.Credit", "{'bill': '%s', 'why': 'All of it'}", number);
	assert_int_equal(rig_int(b, "open_minor"), 8000);
	rig_ok(*state, "manager", "approval.Approve", "{'approval': '%s'}",
	       rig_text(b, "approval"));
	b = rig_ok(*state, "cashier", "bill.Show", "{'bill': '%s'}", number);
	assert_string_equal(rig_text(b, "bill.state"), "cancelled");
	assert_int_equal(rig_int(b, "bill.open_minor"), 0);
	assert_int_equal(rig_count(b, "settlements"), 2);
	rig_refused(*state, "cashier", "bill.Credit", ST_FAILED_PRECONDITION, "bill",
		    "{'bill': '%s', 'why': 'Once more'}", number);
	controls_agree(*state);
}

static void bill_is_written_off_by_two(void **state)
{
	char number[20];
	const json_t *b;
	int64_t loss = stands(*state, "6701");

	bill(*state, "OTHER", 700, number);
	b = rig_ok(*state, "manager", "bill.WriteOff", "{'bill': '%s', 'why': 'Moved away'}",
		   number);
	assert_int_equal(stands(*state, "6701"), loss);
	rig_refused(*state, "manager", "approval.Approve", ST_PERMISSION_DENIED, NULL,
		    "{'approval': '%s'}", rig_text(b, "approval"));
	rig_ok(*state, "finance", "approval.Approve", "{'approval': '%s'}",
	       rig_text(b, "approval"));
	assert_int_equal(stands(*state, "6701"), loss + 700);
	b = rig_ok(*state, "cashier", "bill.Show", "{'bill': '%s'}", number);
	assert_string_equal(rig_text(b, "bill.state"), "settled");
	rig_refused(*state, "manager", "bill.WriteOff", ST_FAILED_PRECONDITION, "bill",
		    "{'bill': '%s', 'why': 'Again'}", number);
	controls_agree(*state);
}

static void bill_is_disputed(void **state)
{
	char number[20];
	const json_t *r;

	bill(*state, "OTHER", 100, number);
	rig_ok(*state, "clerk", "bill.Dispute", "{'bill': '%s', 'line': 1}", number);
	r = rig_ok(*state, "clerk", "bill.Show", "{'bill': '%s'}", number);
	assert_true(json_is_true(
		json_object_get(json_array_get(json_object_get(r, "lines"), 0), "disputed")));
	rig_refused(*state, "clerk", "bill.Dispute", ST_FAILED_PRECONDITION, "line",
		    "{'bill': '%s'}", number);
	rig_ok(*state, "clerk", "bill.Dispute", "{'bill': '%s', 'over': true}", number);
}

/* 2.5 x 12.35 = 30.875, half up. */
static void quantity_has_a_price(void **state)
{
	static const struct {
		const char *more, *field;
	} rows[] = {
		{ "", "amount_minor" },
		{ ", 'amount_minor': 100, 'quantity': '1', 'price_minor': 100", "amount_minor" },
		{ ", 'quantity': '1'", "price_minor" },
		{ ", 'price_minor': 100", "quantity" },
		{ ", 'quantity': '1.0005', 'price_minor': 100", "quantity" },
		{ ", 'quantity': '0', 'price_minor': 100", "quantity" },
	};
	const json_t *b = rig_ok(*state, "cashier", "bill.Add",
				 "{'item': 'OTHER', 'party': 'P-1001', 'quantity': '2.5', 'unit': "
				 "'hour', 'price_minor': 1235}");
	char number[20];

	assert_int_equal(rig_int(b, "amount_minor"), 3088);
	(void)snprintf(number, sizeof(number), "%s", rig_text(b, "number"));
	b = rig_ok(*state, "clerk", "bill.Show", "{'bill': '%s'}", number);
	assert_string_equal(rig_text(b, "lines.0.quantity"), "2.5");
	assert_string_equal(rig_text(b, "lines.0.unit"), "hour");
	assert_string_equal(rig_text(b, "lines.0.rate"), "12.35");
	assert_false(rig_has(b, "lines.0.months"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rig_refused(*state, "cashier", "bill.Add", ST_INVALID_ARGUMENT, rows[i].field,
			    "{'item': 'OTHER', 'party': 'P-1001'%s}", rows[i].more);
}

static void work_of_an_order_is_billed_once(void **state)
{
	const json_t *b;
	char number[20];

	rig_ok(*state, "clerk", "case.Open",
	       "{'kind': 'repair', 'party': 'P-1001', 'spot': 'kitchen', 'summary': 'Tap'}");
	rig_ok(*state, "supervisor", "case.Dispatch", "{'case': 'C-1001', 'to': 'technician'}");
	rig_ok(*state, "technician", "order.Accept", "{'order': 'W-1001'}");
	rig_ok(*state, "manager", "order.AddItem",
	       "{'order': 'W-1001', 'name': 'Tap', 'kind': 'material', 'unit': 'piece', "
	       "'quantity': '1', 'price_minor': 4500}");
	rig_ok(*state, "manager", "order.AddItem",
	       "{'order': 'W-1001', 'name': 'Labour', 'kind': 'labour', 'unit': 'hour', "
	       "'quantity': '1.5', 'price_minor': 6001}");
	rig_ok(*state, "technician", "order.ProposeCharge", "{'order': 'W-1001'}");
	rig_refused(*state, "cashier", "bill.Work", ST_FAILED_PRECONDITION, "order",
		    "{'order': 'W-1001'}");
	rig_ok(*state, "supervisor", "order.ApproveCharge", "{'order': 'W-1001'}");
	b = rig_twice(*state, "cashier", "bill.Work", "{'order': 'W-1001'}");
	assert_int_equal(rig_int(b, "amount_minor"), 4500 + 9002);
	assert_string_equal(rig_text(b, "party"), "P-1001");
	(void)snprintf(number, sizeof(number), "%s", rig_text(b, "number"));
	b = rig_ok(*state, "clerk", "bill.Show", "{'bill': '%s'}", number);
	assert_string_equal(rig_text(b, "lines.0.text"), "W-1001: Tap");
	assert_string_equal(rig_text(b, "lines.1.text"), "W-1001: Labour");
	assert_string_equal(rig_text(b, "lines.1.quantity"), "1.5");
	assert_string_equal(rig_text(b, "lines.1.unit"), "hour");
	assert_string_equal(rig_text(b, "lines.1.rate"), "60.01");
	assert_int_equal(rig_int(b, "lines.1.amount_minor"), 9002);
	rig_refused(*state, "cashier", "bill.Work", ST_FAILED_PRECONDITION, "order",
		    "{'order': 'W-1001'}");
	controls_agree(*state);
}

static void account_tells_all(void **state)
{
	const json_t *r, *e;
	char number[20], path[60];
	size_t n;

	rig_ok(*state, "clerk", "party.Add", "{'name': 'Zhao'}");
	r = rig_ok(*state, "cashier", "bill.Add",
		   "{'item': 'OTHER', 'party': 'P-1003', 'amount_minor': 900}");
	(void)snprintf(number, sizeof(number), "%s", rig_text(r, "number"));
	rig_ok(*state, "cashier", "bill.Credit",
	       "{'bill': '%s', 'amount_minor': 200, 'why': 'Goodwill'}", number);
	r = rig_ok(*state, "clerk", "bill.Account", "{'party': 'P-1003'}");
	n = rig_count(r, "entries");
	assert_int_equal(n, 3); /* brought forward, the bill, the credit note */
	assert_string_equal(rig_text(r, "entries.0.kind"), "brought_forward");
	e = rig_find(r, "entries", "document", number);
	assert_int_equal(rig_int(e, "debit_minor"), 900);
	assert_string_equal(rig_text(e, "kind"), "bill");
	assert_true(rig_has(e, "due"));
	assert_int_equal(rig_int(rig_find(r, "entries", "kind", "credit_note"), "credit_minor"),
			 200);
	(void)snprintf(path, sizeof(path), "entries.%zu.balance_minor", n - 1);
	assert_int_equal(rig_int(r, path), 700);
}

static void bills_are_listed(void **state)
{
	char number[20];
	const json_t *r;

	bill(*state, "OTHER", 5, number);
	r = rig_ok(*state, "clerk", "bill.List", "{'party': 'P-1001', 'state': 'open'}");
	assert_non_null(rig_find(r, "bills", "number", number));
	r = rig_ok(*state, "clerk", "bill.List", "{'party': 'P-1001', 'state': 'settled'}");
	assert_null(rig_find(r, "bills", "number", number));
	r = rig_ok(*state, "clerk", "bill.List", "{'place': '1-101', 'limit': 1}");
	assert_int_equal(rig_count(r, "bills"), 1);
	assert_string_equal(rig_text(r, "bills.0.place"), "1-101");
}

static void bill_is_printed_with_its_lines(void **state)
{
	char a[20], b[20], d[11];
	const json_t *p;

	p = rig_ok(*state, "cashier", "bill.Add",
		   "{'item': 'OTHER', 'place': '1-101', 'amount_minor': 123456, 'text': 'Hall', "
		   "'from': '2026-02-01', 'to': '2026-02-28', 'due': '%s'}",
		   day(9, d));
	(void)snprintf(a, sizeof(a), "%s", rig_text(p, "number"));
	p = rig_twice(*state, "clerk", "bill.Print", "{'bill': ['%s']}", a);
	assert_string_equal(rig_text(p, "prints.0.kind"), "bill");
	assert_string_equal(rig_text(p, "prints.0.document.title"), "Bill");
	assert_string_equal(prints_fact(p, "Number"), a);
	assert_string_equal(prints_fact(p, "Due"), d);
	assert_string_equal(rig_text(p, "prints.0.document.addressee.0"), "Li");
	assert_string_equal(rig_text(p, "prints.0.document.addressee.1"), "1-101");
	assert_string_equal(rig_text(p, "prints.0.document.tables.0.rows.0.cells.0"), "Hall");
	assert_string_equal(rig_text(p, "prints.0.document.tables.0.rows.0.cells.1"), "2026-02");
	assert_string_equal(prints_cell(p, 0, 0), "1,234.56");
	assert_string_equal(rig_text(p, "prints.0.document.tables.0.rows.1.kind"), "TOTAL");
	assert_false(rig_has(p, "prints.0.document.copy"));
	rig_ok(*state, "cashier", "bill.Credit",
	       "{'bill': '%s', 'amount_minor': 3456, 'why': 'Too loud'}", a);
	bill(*state, "OTHER", 700, b);
	p = rig_ok(*state, "clerk", "bill.Print", "{'bill': ['%s', '%s']}", a, b);
	assert_int_equal(rig_count(p, "prints"), 2);
	assert_int_equal(rig_int(p, "prints.0.copy"), 1);
	assert_int_equal(rig_int(p, "prints.1.copy"), 0);
	/* All, what was credited, what is left to pay. */
	assert_string_equal(prints_cell(p, 0, 1), "1,234.56");
	assert_string_equal(prints_cell(p, 0, 2), "-34.56");
	assert_string_equal(prints_cell(p, 0, 3), "1,200.00");
	rig_refused(*state, "clerk", "bill.Print", ST_NOT_FOUND, "bill", "{'bill': ['B-9999']}");
	rig_refused(*state, "clerk", "bill.Print", ST_INVALID_ARGUMENT, "bill", "{}");
	rig_refused(*state, "clerk", "bill.Print", ST_INVALID_ARGUMENT, "bill",
		    "{'bill': ['%s'], 'run': 'BR-1001'}", a);
	rig_refused(*state, "clerk", "bill.Print", ST_NOT_FOUND, "run", "{'run': 'BR-1001'}");
	rig_refused(*state, "building_steward", "bill.Print", ST_PERMISSION_DENIED, NULL,
		    "{'bill': ['%s']}", a);
}

/* What is a product has its columns; what the customer owed before stands below. */
static void bill_says_how_it_comes_about_and_what_is_owed_besides(void **state)
{
	char first[20], second[20];
	const json_t *p;

	rig_ok(*state, "clerk", "party.Add", "{'name': 'Sun', 'language': 'zh'}");
	for (int i = 0; i < 12; i++)
		(void)snprintf(first, sizeof(first), "%s",
			       rig_text(rig_ok(*state, "cashier", "bill.Add",
					       "{'item': 'OTHER', 'party': 'P-1004', "
					       "'amount_minor': 1000}"),
					"number"));
	(void)snprintf(second, sizeof(second), "%s",
		       rig_text(rig_ok(*state, "cashier", "bill.Add",
				       "{'item': 'OTHER', 'party': 'P-1004', 'quantity': '3', "
				       "'price_minor': 250, 'unit': 'piece', 'text': 'Card'}"),
				"number"));
	p = rig_ok(*state, "clerk", "bill.Print", "{'bill': ['%s'], 'language': 'en'}", second);
	assert_string_equal(rig_text(p, "prints.0.document.tables.0.columns.2.heading"),
			    "Quantity");
	assert_string_equal(rig_text(p, "prints.0.document.tables.0.columns.3.heading"), "Price");
	assert_string_equal(rig_text(p, "prints.0.document.tables.0.rows.0.cells.2"), "3 piece");
	assert_string_equal(rig_text(p, "prints.0.document.tables.0.rows.0.cells.3"), "2.50");
	assert_string_equal(prints_cell(p, 0, 0), "7.50");
	assert_string_equal(rig_text(p, "prints.0.document.tables.1.title"),
			    "Still to be paid from before");
	assert_int_equal(rig_count(p, "prints.0.document.tables.1.rows"), 12);
	assert_string_equal(rig_text(p, "prints.0.document.tables.1.rows.10.cells.0"),
			    "2 more bills");
	assert_string_equal(prints_cell(p, 1, 10), "20.00");
	assert_string_equal(prints_cell(p, 1, 11), "127.50");
	/* Only what came before it. */
	p = rig_ok(*state, "clerk", "bill.Print", "{'bill': ['%s']}", first);
	assert_string_equal(rig_text(p, "prints.0.document.tables.0.columns.2.heading"),
			    "金额 (CNY)");
	assert_string_equal(rig_text(p, "prints.0.document.tables.1.title"), "以前欠费");
	assert_string_equal(prints_cell(p, 1, 11), "120.00");
	rig_ok(*state, "cashier", "shift.Open", "{'drawer': 'D8'}");
	rig_ok(*state, "cashier", "payment.Take", "{'party': 'P-1004', 'paid': ['cash=120']}");
	p = rig_ok(*state, "clerk", "bill.Print", "{'bill': ['%s']}", second);
	assert_int_equal(rig_count(p, "prints.0.document.tables"), 1);
}

static void credit_note_is_printed(void **state)
{
	char a[20], cn[20];
	const json_t *p;

	bill(*state, "OTHER", 5000, a);
	rig_ok(*state, "cashier", "bill.Credit",
	       "{'bill': '%s', 'amount_minor': 1000, 'why': 'Lift out of order'}", a);
	p = rig_ok(*state, "clerk", "bill.Show", "{'bill': '%s'}", a);
	(void)snprintf(cn, sizeof(cn), "%s", rig_text(p, "settlements.0.document"));
	p = rig_ok(*state, "clerk", "bill.Print", "{'bill': ['SUN/%s']}", cn);
	assert_string_equal(rig_text(p, "prints.0.kind"), "credit_note");
	assert_string_equal(prints_fact(p, "Number"), cn);
	assert_string_equal(prints_fact(p, "For bill"), a);
	assert_string_equal(prints_cell(p, 0, 0), "10.00");
	assert_string_equal(rig_text(p, "prints.0.document.paragraphs.0"),
			    "Reason: Lift out of order");
	rig_refused(*state, "clerk", "bill.Print", ST_NOT_FOUND, "bill", "{'bill': ['CN-9999']}");
	/* A bill that was credited in full is no claim any more, and says so. */
	rig_ok(*state, "cashier", "bill.Credit", "{'bill': '%s', 'why': 'All of it'}", a);
	p = rig_ok(*state, "clerk", "bill.Print", "{'bill': ['%s']}", a);
	assert_string_equal(rig_text(p, "prints.0.document.mark"), "CANCELLED");
}

static void account_is_printed_as_it_is_shown(void **state)
{
	const json_t *a = rig_ok(*state, "clerk", "bill.Account", "{'party': 'P-1001'}");
	const json_t *p = rig_ok(*state, "clerk", "bill.Statement", "{'party': 'P-1001'}");
	size_t n = rig_count(a, "entries");
	char path[80], text[40];

	assert_string_equal(rig_text(p, "prints.0.number"), "P-1001");
	assert_string_equal(rig_text(p, "prints.0.document.title"), "Statement of account");
	assert_string_equal(rig_text(p, "prints.0.document.addressee.0"), "Wang");
	assert_int_equal(rig_count(p, "prints.0.document.tables.0.rows"), n + 1);
	for (size_t i = 0; i < n; i++) {
		const char *document;

		(void)snprintf(path, sizeof(path), "entries.%zu.document", i);
		document = rig_has(a, path) ? rig_text(a, path) : "";
		(void)snprintf(path, sizeof(path), "prints.0.document.tables.0.rows.%zu.cells.1",
			       i);
		assert_string_equal(rig_text(p, path), document);
		(void)snprintf(path, sizeof(path), "entries.%zu.due", i);
		if (!rig_has(a, path))
			continue;
		(void)snprintf(text, sizeof(text), "bill, due %s", rig_text(a, path));
		(void)snprintf(path, sizeof(path), "prints.0.document.tables.0.rows.%zu.cells.2",
			       i);
		assert_string_equal(rig_text(p, path), text);
	}
	/* Nobody's original, and no copy. */
	assert_false(rig_has(p, "prints.0.copy"));
	p = rig_ok(*state, "clerk", "bill.Statement",
		   "{'party': 'P-1001', 'from': '2020-01-01', 'to': '2020-12-31', 'language': "
		   "'zh-Hant'}");
	assert_string_equal(rig_text(p, "prints.0.document.title"), "對賬單");
	assert_string_equal(rig_text(p, "prints.0.document.tables.0.rows.0.cells.2"), "期初餘額");
	assert_int_equal(rig_count(p, "prints.0.document.tables.0.rows"), 2);
	rig_refused(*state, "clerk", "bill.Statement", ST_NOT_FOUND, "party",
		    "{'party': 'P-9999'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bill_is_posted),
		cmocka_unit_test(tax_is_posted_apart),
		cmocka_unit_test(credit_takes_off_what_is_open),
		cmocka_unit_test(bill_is_written_off_by_two),
		cmocka_unit_test(bill_is_disputed),
		cmocka_unit_test(quantity_has_a_price),
		cmocka_unit_test(work_of_an_order_is_billed_once),
		cmocka_unit_test(account_tells_all),
		cmocka_unit_test(bills_are_listed),
		cmocka_unit_test(bill_is_printed_with_its_lines),
		cmocka_unit_test(bill_says_how_it_comes_about_and_what_is_owed_besides),
		cmocka_unit_test(credit_note_is_printed),
		cmocka_unit_test(account_is_printed_as_it_is_shown),
	};

	return cmocka_run_group_tests_name("bill", tests, prepare, rig_down);
}
