/* Money taken, allocated, voided and given back; two desks at the same line; receipts without gaps.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/hold.h"
#include "tests/support/prints.h"
#include "tests/support/wire.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'unit', 'number': '1-101'}");
	for (int i = 0; i < 9; i++)
		rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
	rig_ok(*state, "clerk", "occupancy.Start",
	       "{'place': '1-101', 'party': 'P-1001', 'role': 'owner', 'from': '2020-01-01'}");
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'payment_void', 'amount_minor': 5000}");
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'refund', 'amount_minor': 5000}");
	rig_refused(*state, "cashier", "payment.Take", ST_FAILED_PRECONDITION, "shift",
		    "{'party': 'P-1001', 'paid': ['cash=1']}");
	rig_ok(*state, "cashier", "shift.Open", "{'drawer': 'D1', 'float_minor': 10000}");
	return 0;
}

static const char *bill(struct rig *rig, const char *party, int minor, char number[20])
{
	(void)snprintf(number, 20, "%s",
		       rig_text(rig_ok(rig, "cashier", "bill.Add",
				       "{'item': 'OTHER', 'party': '%s', 'amount_minor': %d}",
				       party, minor),
				"number"));
	return number;
}

static int64_t open_of(struct rig *rig, const char *number)
{
	return rig_int(rig_ok(rig, "clerk", "bill.Show", "{'bill': '%s'}", number),
		       "bill.open_minor");
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

static int64_t advance(struct rig *rig, const char *party)
{
	return rig_int(rig_ok(rig, "cashier", "payment.Due", "{'party': '%s'}", party),
		       "payer.advance_minor");
}

static void payment_settles_the_earliest_first(void **state)
{
	char a[20], b[20];
	int64_t cash = stands(*state, "1001");
	const json_t *p, *r;

	bill(*state, "P-1001", 300, a);
	bill(*state, "P-1001", 500, b);
	r = rig_ok(*state, "clerk", "payment.Due", "{'place': '1-101'}");
	assert_string_equal(rig_text(r, "payer.party"), "P-1001");
	r = rig_ok(*state, "clerk", "payment.Due", "{'party': 'P-1001'}");
	assert_int_equal(rig_count(r, "due"), 2);
	assert_int_equal(rig_int(r, "due.1.total_minor"), 800);
	rig_dry(*state, "cashier", "payment.Take", "{'party': 'P-1001', 'paid': ['cash=4']}");
	assert_int_equal(open_of(*state, a), 300);
	p = rig_twice(*state, "cashier", "payment.Take",
		      "{'party': 'P-1001', 'paid': ['cash=4'], 'tendered_minor': 1000}");
	assert_int_equal(rig_int(p, "amount_minor"), 400);
	assert_int_equal(rig_int(p, "change_minor"), 600);
	assert_int_equal(open_of(*state, a), 0);
	assert_int_equal(open_of(*state, b), 400);
	assert_int_equal(stands(*state, "1001"), cash + 400);
	r = rig_ok(*state, "clerk", "payment.Show", "{'payment': '%s'}", rig_text(p, "number"));
	assert_int_equal(rig_count(r, "parts"), 2);
	assert_int_equal(rig_int(r, "parts.1.amount_minor"), 100);
	controls_agree(*state);
}

static void payment_is_mixed_and_named(void **state)
{
	char a[20], b[20];
	const json_t *p;

	bill(*state, "P-1002", 300, a);
	bill(*state, "P-1002", 500, b);
	p = rig_ok(*state, "cashier", "payment.Take",
		   "{'bill': ['%s'], 'paid': ['cash=2', 'card=3:A1B2']}", b);
	assert_string_equal(rig_text(p, "paid"), "cash 2.00, card 3.00");
	assert_int_equal(open_of(*state, a), 300);
	assert_int_equal(open_of(*state, b), 0);
	/* The later one was paid already: this is for nothing that is due. */
	p = rig_ok(*state, "cashier", "payment.Take", "{'bill': ['%s'], 'paid': ['transfer=1.50']}",
		   b);
	assert_int_equal(rig_int(p, "advance_minor"), 150);
	assert_int_equal(advance(*state, "P-1002"), 150);
	p = rig_ok(*state, "cashier", "payment.Apply", "{'party': 'P-1002'}");
	assert_int_equal(rig_int(p, "amount_minor"), 150);
	assert_int_equal(rig_int(p, "left_minor"), 0);
	assert_int_equal(open_of(*state, a), 150);
	rig_refused(*state, "cashier", "payment.Apply", ST_FAILED_PRECONDITION, "party",
		    "{'party': 'P-1002'}");
	controls_agree(*state);
}

static void payment_that_cannot_be(void **state)
{
	static const char *const paid[] = { "cash",       "cash=0", "cash=-5",
					    "cash=1.001", "gold=5", "cash=abc" };

	for (size_t i = 0; i < sizeof(paid) / sizeof(paid[0]); i++)
		rig_refused(*state, "cashier", "payment.Take", ST_INVALID_ARGUMENT, "paid",
			    "{'party': 'P-1001', 'paid': ['%s']}", paid[i]);
	rig_refused(*state, "cashier", "payment.Take", ST_INVALID_ARGUMENT, "paid",
		    "{'party': 'P-1001', 'paid': ['cash=1', 'cash=2']}");
	rig_refused(*state, "cashier", "payment.Take", ST_INVALID_ARGUMENT, "tendered_minor",
		    "{'party': 'P-1001', 'paid': ['cash=2'], 'tendered_minor': 100}");
	rig_refused(*state, "cashier", "payment.Take", ST_INVALID_ARGUMENT, "party",
		    "{'paid': ['cash=2']}");
	rig_refused(*state, "cashier", "payment.Take", ST_NOT_FOUND, "bill",
		    "{'bill': ['B-9999'], 'paid': ['cash=2']}");
	rig_refused(*state, "clerk", "payment.Take", ST_PERMISSION_DENIED, NULL,
		    "{'party': 'P-1001', 'paid': ['cash=1']}");
}

static void void_makes_it_due_again(void **state)
{
	char a[20], receipt[40];
	int64_t cash;
	const json_t *p;

	bill(*state, "P-1003", 4000, a);
	cash = stands(*state, "1001");
	p = rig_ok(*state, "cashier", "payment.Take", "{'party': 'P-1003', 'paid': ['cash=45']}");
	(void)snprintf(receipt, sizeof(receipt), "%s", rig_text(p, "number"));
	assert_int_equal(advance(*state, "P-1003"), 500);
	p = rig_twice(*state, "cashier", "payment.VoidReceipt",
		      "{'payment': '%s', 'why': 'Wrong unit'}", receipt);
	assert_non_null(strstr(rig_text(p, "voided_by"), "-V"));
	assert_int_equal(open_of(*state, a), 4000);
	assert_int_equal(advance(*state, "P-1003"), 0);
	assert_int_equal(stands(*state, "1001"), cash);
	rig_refused(*state, "cashier", "payment.VoidReceipt", ST_FAILED_PRECONDITION, "payment",
		    "{'payment': '%s', 'why': 'Twice'}", receipt);
	controls_agree(*state);
	/* Above the limit somebody else decides. */
	p = rig_ok(*state, "cashier", "payment.Take", "{'party': 'P-1003', 'paid': ['cash=60']}");
	(void)snprintf(receipt, sizeof(receipt), "%s", rig_text(p, "number"));
	p = rig_ok(*state, "cashier", "payment.VoidReceipt", "{'payment': '%s', 'why': 'Wrong'}",
		   receipt);
	assert_int_equal(open_of(*state, a), 0);
	rig_ok(*state, "supervisor", "approval.Approve", "{'approval': '%s'}",
	       rig_text(p, "approval"));
	assert_int_equal(open_of(*state, a), 4000);
	controls_agree(*state);
}

/* What was used since cannot be taken back: the pot would go below nothing. */
static void void_of_what_was_used(void **state)
{
	char a[20], receipt[40];
	const json_t *p = rig_ok(*state, "cashier", "payment.Take",
				 "{'party': 'P-1004', 'paid': ['cash=10']}");

	(void)snprintf(receipt, sizeof(receipt), "%s", rig_text(p, "number"));
	bill(*state, "P-1004", 1000, a);
	rig_ok(*state, "cashier", "payment.Apply", "{'party': 'P-1004'}");
	rig_refused(*state, "cashier", "payment.VoidReceipt", ST_INVALID_ARGUMENT, "amount_minor",
		    "{'payment': '%s', 'why': 'x'}", receipt);
	assert_int_equal(open_of(*state, a), 0);
	controls_agree(*state);
}

static void refund_gives_the_advance_back(void **state)
{
	int64_t cash;
	const json_t *r;

	rig_ok(*state, "cashier", "payment.Take", "{'party': 'P-1005', 'paid': ['card=100']}");
	cash = stands(*state, "1001");
	r = rig_twice(*state, "cashier", "payment.Refund",
		      "{'party': 'P-1005', 'amount_minor': 3000, 'method': 'cash', 'why': "
		      "'Moved out'}");
	assert_non_null(strstr(rig_text(r, "number"), "-F"));
	assert_int_equal(stands(*state, "1001"), cash - 3000);
	assert_int_equal(advance(*state, "P-1005"), 7000);
	rig_refused(*state, "cashier", "payment.Refund", ST_FAILED_PRECONDITION, "amount_minor",
		    "{'party': 'P-1005', 'amount_minor': 7001, 'method': 'cash', 'why': 'x'}");
	r = rig_ok(*state, "cashier", "payment.Refund",
		   "{'party': 'P-1005', 'amount_minor': 7000, 'method': 'transfer', 'why': "
		   "'x'}");
	assert_int_equal(advance(*state, "P-1005"), 7000);
	rig_ok(*state, "finance", "approval.Approve", "{'approval': '%s'}",
	       rig_text(r, "approval"));
	assert_int_equal(advance(*state, "P-1005"), 0);
	r = rig_ok(*state, "cashier", "payment.List", "{'party': 'P-1005', 'kind': 'refund'}");
	assert_int_equal(rig_count(r, "payments"), 2);
	controls_agree(*state);
}

/* A paid line that is credited gives the money to the customer, not away. */
static void credit_of_what_was_paid_is_an_advance(void **state)
{
	char a[20], receipt[40];

	bill(*state, "P-1006", 2000, a);
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'credit_note', 'amount_minor': 9000}");
	(void)snprintf(receipt, sizeof(receipt), "%s",
		       rig_text(rig_ok(*state, "cashier", "payment.Take",
				       "{'party': 'P-1006', 'paid': ['cash=15']}"),
				"number"));
	rig_ok(*state, "cashier", "bill.Credit", "{'bill': '%s', 'why': 'Not ordered'}", a);
	assert_int_equal(advance(*state, "P-1006"), 1500);
	assert_int_equal(open_of(*state, a), 0);
	/* A void would make due again what was credited. */
	rig_refused(*state, "cashier", "payment.VoidReceipt", ST_FAILED_PRECONDITION, "payment",
		    "{'payment': '%s', 'why': 'Wrong'}", receipt);
	controls_agree(*state);
}

/* Two desks take money for one line at the same moment: one settles it, the other's is an advance.
 */
static void line_is_settled_once_by_two_desks(void **state)
{
	char a[20], request[2][160];
	struct wire *w[2];
	uint32_t id[2];
	struct hold h;

	rig_ok(*state, "administrator", "user.Grant",
	       "{'user': 'supervisor', 'role': 'cashier', 'at': 'SUN'}");
	rig_ok(*state, "supervisor", "shift.Open", "{'drawer': 'D2'}");
	bill(*state, "P-1007", 1000, a);
	w[0] = wire_desk(*state, "cashier");
	w[1] = wire_desk(*state, "supervisor");
	h = hold_begin(*state, "select from charge_line where amount = 1000 and settled = 0 for "
			       "update");
	for (int i = 0; i < 2; i++) {
		(void)snprintf(request[i], sizeof(request[i]),
			       "{'bill': ['%s'], 'paid': ['cash=10']}", a);
		id[i] = wire_call(w[i], &(struct wire_call){ .method = "payment.Take",
							     .request = request[i],
							     .padding = 20000 });
		wire_push(w[i]);
	}
	hold_until_waiting(*state, 2);
	hold_end(&h);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(wire_answer(w[i], id[i])->code, ST_OK);
		wire_close(w[i]);
	}
	assert_int_equal(open_of(*state, a), 0);
	assert_int_equal(advance(*state, "P-1007"), 1000);
	controls_agree(*state);
}

/* The first print is the original, whoever asks twice under one key; each further one is a copy. */
static void receipt_is_printed_once_as_the_original(void **state)
{
	char a[20], receipt[40], code[60];
	const json_t *p;

	bill(*state, "P-1008", 123450, a);
	p = rig_ok(*state, "cashier", "payment.Take",
		   "{'party': 'P-1008', 'paid': ['cash=1250'], 'tendered_minor': 130000}");
	(void)snprintf(receipt, sizeof(receipt), "%s", rig_text(p, "number"));
	p = rig_dry(*state, "cashier", "payment.Print", "{'payment': ['%s']}", receipt);
	assert_string_equal(rig_text(p, "prints.0.document.mark"), "DRAFT");
	p = rig_twice(*state, "cashier", "payment.Print", "{'payment': ['%s']}", receipt);
	assert_int_equal(rig_int(p, "prints.0.copy"), 0);
	assert_false(rig_has(p, "prints.0.document.copy"));
	assert_false(rig_has(p, "prints.0.document.mark"));
	assert_string_equal(rig_text(p, "prints.0.document.title"), "Receipt");
	assert_string_equal(prints_fact(p, "Number"), receipt);
	assert_null(prints_fact(p, "Copy"));
	/* Settled, in advance, in all; cash, tendered, change. */
	assert_string_equal(prints_cell(p, 0, 0), "1,234.50");
	assert_string_equal(prints_cell(p, 0, 1), "15.50");
	assert_string_equal(prints_cell(p, 0, 2), "1,250.00");
	assert_string_equal(prints_cell(p, 1, 1), "1,300.00");
	assert_string_equal(prints_cell(p, 1, 2), "50.00");
	(void)snprintf(code, sizeof(code), "%s 1250.00 CNY", receipt);
	assert_string_equal(rig_text(p, "prints.0.document.code.text"), code);
	p = rig_twice(*state, "supervisor", "payment.Print", "{'payment': ['%s']}", receipt);
	assert_int_equal(rig_int(p, "prints.0.copy"), 1);
	assert_int_equal(rig_int(p, "prints.0.document.copy"), 1);
	assert_non_null(strstr(prints_fact(p, "Copy"), "1 · "));
	assert_string_equal(prints_fact(p, "Printed by"), "supervisor");
	p = rig_ok(*state, "cashier", "payment.Print", "{'payment': ['%s']}", receipt);
	assert_int_equal(rig_int(p, "prints.0.copy"), 2);
	assert_string_equal(prints_fact(p, "Printed by"), "cashier");
	rig_refused(*state, "clerk", "payment.Print", ST_PERMISSION_DENIED, NULL,
		    "{'payment': ['%s']}", receipt);
	rig_refused(*state, "cashier", "payment.Print", ST_NOT_FOUND, "payment",
		    "{'payment': ['%s', 'SUN-26-999999']}", receipt);
	rig_refused(*state, "cashier", "payment.Print", ST_INVALID_ARGUMENT, "payment", "{}");
}

/* A void and a refund have documents of their own; a receipt that was voided says so. */
static void void_and_refund_are_printed(void **state)
{
	char a[20], receipt[40], number[40];
	const json_t *p;

	bill(*state, "P-1009", 3000, a);
	p = rig_ok(*state, "cashier", "payment.Take",
		   "{'party': 'P-1009', 'paid': ['card=30:T9', 'cash=5']}");
	(void)snprintf(receipt, sizeof(receipt), "%s", rig_text(p, "number"));
	p = rig_ok(*state, "cashier", "payment.Print", "{'payment': ['%s']}", receipt);
	assert_string_equal(prints_cell(p, 1, 1), "30.00");
	assert_string_equal(rig_text(p, "prints.0.document.tables.1.rows.1.cells.1"), "T9");
	p = rig_ok(*state, "cashier", "payment.VoidReceipt",
		   "{'payment': '%s', 'why': 'Wrong customer'}", receipt);
	(void)snprintf(number, sizeof(number), "%s", rig_text(p, "voided_by"));
	p = rig_ok(*state, "cashier", "payment.Print", "{'payment': ['%s']}", receipt);
	assert_string_equal(rig_text(p, "prints.0.document.mark"), "VOID");
	assert_string_equal(prints_fact(p, "Void by"), number);
	p = rig_ok(*state, "cashier", "payment.Print", "{'payment': ['%s']}", number);
	assert_string_equal(rig_text(p, "prints.0.kind"), "void");
	assert_string_equal(prints_fact(p, "Takes back"), receipt);
	assert_string_equal(prints_cell(p, 0, 2), "-35.00");
	rig_ok(*state, "cashier", "payment.Take", "{'party': 'P-1009', 'paid': ['cash=42']}");
	p = rig_ok(
		*state, "cashier", "payment.Refund",
		"{'party': 'P-1009', 'amount_minor': 1200, 'method': 'cash', 'why': 'Too much'}");
	(void)snprintf(number, sizeof(number), "%s", rig_text(p, "number"));
	p = rig_ok(*state, "cashier", "payment.Print", "{'payment': ['%s']}", number);
	assert_string_equal(rig_text(p, "prints.0.document.title"), "Refund");
	assert_string_equal(prints_cell(p, 0, 0), "12.00");
	assert_string_equal(rig_text(p, "prints.0.document.paragraphs.0"), "Reason: Too much");
}

/* Two desks print the same receipt at the same moment: one has the original. */
static void original_is_printed_by_one_of_two_desks(void **state)
{
	struct wire *w[2] = { wire_desk(*state, "cashier"), wire_desk(*state, "supervisor") };
	char request[80], check[300], receipt[40];
	uint32_t id[2];

	(void)snprintf(receipt, sizeof(receipt), "%s",
		       rig_text(rig_ok(*state, "cashier", "payment.Take",
				       "{'party': 'P-1008', 'paid': ['cash=1']}"),
				"number"));
	(void)snprintf(request, sizeof(request), "{'payment': ['%s']}", receipt);
	for (int i = 0; i < 2; i++)
		id[i] = wire_call(w[i], &(struct wire_call){ .method = "payment.Print",
							     .request = request,
							     .property = "SUN" });
	for (int i = 0; i < 2; i++) {
		assert_int_equal(wire_answer(w[i], id[i])->code, ST_OK);
		wire_close(w[i]);
	}
	(void)snprintf(check, sizeof(check),
		       "select string_agg(copy::text, ',' order by copy) from steward.print_log "
		       "where number = '%s'",
		       receipt);
	assert_string_equal(rig_sql(*state, check), "0,1");
}

/* Every series counts without a gap, whatever was refused or tried dry meanwhile. */
static void receipts_have_no_gap(void **state)
{
	assert_string_equal(
		rig_sql(*state,
			"select coalesce(string_agg(series, ', '), '') from (select "
			"regexp_replace(number, '-[0-9]+$', '') as series, count(*) n, "
			"max(substring(number, '[0-9]+$')::int) as top from steward.payment group "
			"by 1) x where n <> top"),
		"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payment_settles_the_earliest_first),
		cmocka_unit_test(payment_is_mixed_and_named),
		cmocka_unit_test(payment_that_cannot_be),
		cmocka_unit_test(void_makes_it_due_again),
		cmocka_unit_test(void_of_what_was_used),
		cmocka_unit_test(refund_gives_the_advance_back),
		cmocka_unit_test(credit_of_what_was_paid_is_an_advance),
		cmocka_unit_test(line_is_settled_once_by_two_desks),
		cmocka_unit_test(receipt_is_printed_once_as_the_original),
		cmocka_unit_test(void_and_refund_are_printed),
		cmocka_unit_test(original_is_printed_by_one_of_two_desks),
		cmocka_unit_test(receipts_have_no_gap),
	};

	return cmocka_run_group_tests_name("payment", tests, prepare, rig_down);
}
