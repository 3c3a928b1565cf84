/* Banks: statements from files, each entry once; what entries are found to be, and taking that
 * back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/rig.h"

static char day[11]; /* at the property, when the tests began */

/* As somebody who may, at the other property. */
static const json_t *far_ok(struct rig *rig, const char *method, const char *request)
{
	struct rig_result r = rig_call(rig, "admin", "LAK", method, request, NULL);

	assert_int_equal(r.err.code, ST_OK);
	return r.reply;
}

static int prepare(void **state)
{
	time_t now = time(NULL) + 8 * 3600;
	struct tm tm;

	if (rig_up(state) != 0)
		return -1;
	(void)gmtime_r(&now, &tm);
	(void)strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	for (int i = 0; i < 12; i++)
		rig_ok(*state, "clerk", "party.Add", "{'name': 'Customer %c'}", 'A' + i);
	rig_ok(*state, "cashier", "shift.Open", "{'drawer': 'D1', 'float_minor': 0}");
	rig_ok(*state, "finance", "bill.Limit", "{'kind': 'bank_unmatch', 'amount_minor': 50000}");
	rig_ok(*state, "finance", "ledger.AccountAdd",
	       "{'code': '1003', 'name': 'Second bank', 'kind': 'asset'}");
	rig_ok(*state, "finance", "bank.Set",
	       "{'code': 'MAIN', 'name': 'Main', 'number': 'DE89 3704 0044 0532 0130 00', "
	       "'account': '1002'}");
	far_ok(*state, "bank.Set",
	       "{'code': 'FAR', 'name': 'Far', 'number': '622200001111', 'account': '1002'}");
	return 0;
}

static char *keep(const json_t *reply, const char *path, char text[40])
{
	(void)snprintf(text, 40, "%s", rig_text(reply, path));
	return text;
}

static char *bill(struct rig *rig, const char *party, int minor, char number[40])
{
	return keep(rig_ok(rig, "cashier", "bill.Add",
			   "{'item': 'OTHER', 'party': '%s', 'amount_minor': %d}", party, minor),
		    "number", number);
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

/* One entry of today; gives its number. 'more': further fields. */
static char *booked(struct rig *rig, const char *sum, const char *text, const char *more,
		    char number[40])
{
	const json_t *r = rig_ok(rig, "finance", "bank.Import",
				 "{'rows': [{'line': 2, 'bank': 'MAIN', 'date': '%s', 'sum': '%s', "
				 "'text': '%s'%s}]}",
				 day, sum, text, more);

	return keep(rig_row(r, 2, "taken", NULL), "number", number);
}

/* What a batch said of an entry. */
static const json_t *told(const json_t *reply, const char *entry)
{
	const json_t *e = rig_find(reply, "entries", "entry", entry);

	assert_non_null(e);
	return e;
}

static const json_t *matched(struct rig *rig, const char *entry)
{
	return told(rig_ok(rig, "finance", "bank.Match", "{}"), entry);
}

static void bank_is_set_up_and_its_number_kept_back(void **state)
{
	const json_t *r = rig_ok(*state, "cashier", "bank.List", "{}");

	assert_string_equal(rig_text(r, "accounts.0.masked"), "DE89…3000");
	assert_false(rig_has(r, "accounts.0.account_number"));
	assert_null(rig_find(r, "accounts", "code", "FAR"));
	r = rig_ok(*state, "finance", "bank.Show", "{'code': 'MAIN'}");
	assert_string_equal(rig_text(r, "account_number"), "DE89370400440532013000");
	rig_refused(*state, "cashier", "bank.Show", ST_PERMISSION_DENIED, NULL, "{'code': 'MAIN'}");
	r = rig_twice(*state, "finance", "bank.Set", "{'code': 'MAIN', 'name': 'Main account'}");
	assert_string_equal(rig_text(r, "name"), "Main account");
	rig_refused(*state, "finance", "bank.Set", ST_INVALID_ARGUMENT, "number",
		    "{'code': 'X', 'name': 'x', 'number': 'DE89370400440532013001', 'account': "
		    "'1003'}");
	rig_refused(*state, "finance", "bank.Set", ST_INVALID_ARGUMENT, "account",
		    "{'code': 'X', 'name': 'x', 'number': '622200', 'account': '1122'}");
	rig_refused(*state, "finance", "bank.Set", ST_INVALID_ARGUMENT, "number",
		    "{'code': 'X', 'name': 'x', 'account': '1003'}");
	rig_refused(*state, "finance", "bank.Set", ST_ALREADY_EXISTS, "account",
		    "{'code': 'X', 'name': 'x', 'number': '622200', 'account': '1002'}");
	rig_refused(*state, "finance", "bank.Show", ST_NOT_FOUND, "code", "{'code': 'FAR'}");
}

/* The same file twice, a file that overlaps, equal rows in it, in one call and in two. */
static void bank_takes_each_entry_once(void **state)
{
	static const char rows[] =
		"{'line': 2, 'copy': 1, 'date': '2026-03-02', 'sum': '10.00', 'text': 'Rent'},"
		"{'line': 3, 'copy': 2, 'date': '2026-03-02', 'sum': '10.00', 'text': 'Rent'},"
		"{'line': 4, 'copy': 1, 'date': '2026-03-02', 'sum': '10.00', 'text': 'Rent', "
		"'ref': 'R1'}";
	const json_t *r = rig_ok(*state, "finance", "bank.Import", "{'rows': [%s]}", rows);
	char first[40];

	for (int line = 2; line <= 4; line++)
		rig_row(r, line, "taken", NULL);
	keep(rig_row(r, 2, "taken", NULL), "number", first);
	assert_string_not_equal(rig_text(rig_row(r, 3, "taken", NULL), "number"), first);
	r = rig_ok(*state, "finance", "bank.Import", "{'rows': [%s]}", rows);
	assert_string_equal(rig_text(rig_row(r, 2, "unchanged", NULL), "number"), first);
	rig_row(r, 3, "unchanged", NULL);
	rig_row(r, 4, "unchanged", NULL);
	/* The third of the day came later; whoever counts says so, or it is counted here. */
	r = rig_ok(*state, "finance", "bank.Import",
		   "{'rows': [{'line': 9, 'copy': 3, 'date': '2026-03-02', 'sum': '10.00', 'text': "
		   "'Rent'}]}");
	rig_row(r, 9, "taken", NULL);
	r = rig_ok(*state, "finance", "bank.Import",
		   "{'rows': [{'line': 1, 'date': '20260302', 'sum': '+10', 'text': ' Rent '}, "
		   "{'line': 2, 'date': '02.03.2026', 'credit': '10.00', 'text': 'Rent'}]}");
	rig_row(r, 1, "unchanged", NULL);
	rig_row(r, 2, "unchanged", NULL);
	/* One reference is one entry. */
	r = rig_ok(*state, "finance", "bank.Import",
		   "{'rows': [{'line': 4, 'date': '2026-03-02', 'sum': '11.00', 'text': 'Rent', "
		   "'ref': 'R1'}]}");
	rig_row(r, 4, "rejected", "ref");
	assert_int_equal(rig_count(rig_ok(*state, "finance", "bank.Entries",
					  "{'month': '2026-03', 'state': 'open'}"),
				   "entries"),
			 4);
	rig_dry(*state, "finance", "bank.Import",
		"{'rows': [{'line': 1, 'date': '2026-04-02', 'sum': '1'}]}");
	assert_int_equal(
		rig_count(rig_ok(*state, "finance", "bank.Entries", "{'month': '2026-04'}"),
			  "entries"),
		0);
}

static void bank_reads_amounts_as_banks_write_them(void **state)
{
	static const struct {
		const char *row;
		int minor;
	} rows[] = {
		{ "'sum': '-1,280.50'", -128050 },
		{ "'sum': '1,280.50-'", -128050 },
		{ "'sum': '(7.10)'", -710 },
		{ "'sum': '7.10', 'sign': 'D'", -710 },
		{ "'sum': '7.10', 'sign': '贷'", 710 },
		{ "'sum': '-7.10', 'sign': 'DR'", -710 },
		{ "'debit': '7.10', 'credit': '0.00'", -710 },
		{ "'credit': '7.10'", 710 },
		{ "'debit': '-7.10'", 710 },
	};
	static const char *const bad[][2] = {
		{ "'sum': '1.280,50'", "sum" },
		{ "'sum': '0.00'", "sum" },
		{ "'debit': '1', 'credit': '1'", "sum" },
		{ "'sum': '1', 'sign': 'maybe'", "sign" },
		{ "'sum': '1', 'credit': '1'", "sum" },
		{ "'text': 'nothing'", "sum" },
		{ "'sum': '1', 'currency': 'EUR'", "currency" },
		{ "'sum': '1', 'iban': 'DE02120300000000202051'", "iban" },
		{ "'sum': '1', 'bank': 'FAR'", "bank" },
		{ "'sum': '1', 'date': '2099-01-01'", "date" },
		{ "'sum': '1', 'date': '02/03/2026'", "date" },
		{ "'sum': '1', 'date': ''", "date" },
	};
	const json_t *r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[40];

		r = rig_ok(*state, "finance", "bank.Import",
			   "{'rows': [{'line': 1, 'date': '2026-02-03', 'text': 'row %zu', %s}]}",
			   i, rows[i].row);
		keep(rig_row(r, 1, "taken", NULL), "number", text);
		r = rig_ok(*state, "finance", "bank.Entry", "{'entry': '%s'}", text);
		assert_int_equal(rig_int(r, "entry.amount_minor"), rows[i].minor);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r = rig_ok(*state, "finance", "bank.Import", "{'rows': [{'line': 1%s, %s}]}",
			   strstr(bad[i][0], "'date'") == NULL ? ", 'date': '2026-02-03'" : "",
			   bad[i][0]);
		rig_row(r, 1, "rejected", bad[i][1]);
	}
	rig_refused(*state, "cashier", "bank.Import", ST_PERMISSION_DENIED, NULL,
		    "{'rows': [{'line': 1, 'date': '2026-02-03', 'sum': '1'}]}");
}

/* Balances: entries that are missing, and a statement that is. */
static void bank_tells_gaps_between_statements(void **state)
{
#define STATED(name, from, to, opening, closing)                           \
	"'bank': 'TWO', 'statement': '" name "', 'statement_from': '" from \
	"', 'statement_to': '" to "', 'opening': '" opening "', 'closing': '" closing "'"
	const json_t *r, *s;

	rig_ok(*state, "finance", "bank.Set",
	       "{'code': 'TWO', 'name': 'Two', 'number': '6222-0002', 'account': '1003'}");
	r = rig_ok(
		*state, "finance", "bank.Import",
		"{'rows': [{'line': 1, 'date': '2026-01-02', 'sum': '5', %s}, {'line': 2, 'date': "
		"'2026-01-09', 'sum': '-1', %s}, {'line': 3, 'date': '2026-01-20', 'sum': '2', "
		"%s}]}",
		STATED("1", "2026-01-01", "2026-01-05", "100.00", "105.00"),
		STATED("2", "2026-01-06", "2026-01-10", "105.00", "103.00"),
		STATED("3", "2026-01-16", "2026-01-31", "90.00", "92.00"));
	rig_row(r, 3, "taken", NULL);
	r = rig_ok(*state, "finance", "bank.Statements", "{'bank': 'TWO'}");
	s = rig_find(r, "statements", "statement", "1");
	assert_int_equal(rig_int(s, "difference_minor"), 0);
	assert_false(rig_has(s, "gap_minor"));
	s = rig_find(r, "statements", "statement", "2");
	assert_int_equal(rig_int(s, "difference_minor"), 100); /* an entry of -1.00 is missing */
	assert_int_equal(rig_int(s, "gap_minor"), 0);
	s = rig_find(r, "statements", "statement", "3");
	assert_int_equal(rig_int(s, "difference_minor"), 0);
	assert_int_equal(rig_int(s, "gap_minor"), -1300);
	/* The same statement cannot come with other balances. */
	r = rig_ok(*state, "finance", "bank.Import",
		   "{'rows': [{'line': 1, 'date': '2026-01-03', 'sum': '6', %s}]}",
		   STATED("1", "2026-01-01", "2026-01-05", "100.00", "111.00"));
	rig_row(r, 1, "rejected", "statement");
	/* A month's statement with the same entries brings nothing twice. */
	r = rig_ok(*state, "finance", "bank.Import",
		   "{'rows': [{'line': 1, 'date': '2026-01-02', 'sum': '5', 'bank': 'TWO', "
		   "'statement': 'January'}]}");
	rig_row(r, 1, "unchanged", NULL);
	rig_ok(*state, "finance", "bank.Set", "{'code': 'TWO', 'closed': '%s'}", day);
}

static void match_takes_the_bill_that_is_named(void **state)
{
	char a[40], b[40], e[40], f[60], g[40];
	int64_t bank = stands(*state, "1002");
	const json_t *m;

	bill(*state, "P-1001", 10000, a);
	bill(*state, "P-1001", 5000, b);
	(void)snprintf(f, sizeof(f), "Rent %s thanks", b);
	booked(*state, "50.00", f, ", 'counterparty': 'Customer A', 'counter_account': 'DE02 1203'",
	       e);
	m = told(rig_dry(*state, "finance", "bank.Match", "{}"), e);
	assert_string_equal(rig_text(m, "outcome"), "matched");
	assert_int_equal(open_of(*state, b), 5000);
	m = matched(*state, e);
	assert_string_equal(rig_text(m, "rule"), "bill");
	assert_non_null(strstr(rig_text(m, "why"), b));
	assert_non_null(strstr(rig_text(m, "receipt"), "SUN-"));
	assert_int_equal(open_of(*state, b), 0);
	assert_int_equal(open_of(*state, a), 10000);
	assert_int_equal(stands(*state, "1002"), bank + 5000);
	m = rig_ok(*state, "clerk", "payment.Show", "{'payment': '%s'}", rig_text(m, "receipt"));
	assert_false(rig_has(m, "payment.shift"));
	assert_string_equal(rig_text(m, "payment.paid"), "transfer 50.00");
	/* More than is due is somebody's decision. */
	(void)snprintf(f, sizeof(f), "b%s", a + 2); /* b1001 */
	booked(*state, "120.00", f, "", g);
	m = matched(*state, g);
	assert_string_equal(rig_text(m, "outcome"), "by_hand");
	m = rig_twice(*state, "finance", "bank.Assign", "{'entry': '%s', 'bill': ['%s']}", g, a);
	assert_int_equal(rig_int(m, "advance_minor"), 2000);
	assert_int_equal(open_of(*state, a), 0);
	rig_refused(*state, "finance", "bank.Assign", ST_FAILED_PRECONDITION, "entry",
		    "{'entry': '%s', 'party': 'P-1001'}", g);
	/* The one's bill and the other's number: somebody looks. */
	(void)snprintf(f, sizeof(f), "%s P-1012", bill(*state, "P-1011", 1100, b));
	booked(*state, "11.00", f, "", e);
	assert_string_equal(rig_text(matched(*state, e), "outcome"), "by_hand");
	/* A number within another word is none. */
	(void)snprintf(f, sizeof(f), "X%s", a);
	booked(*state, "33.00", f, "", e);
	assert_string_equal(rig_text(matched(*state, e), "outcome"), "open");
	controls_agree(*state);
}

static void match_knows_customers_and_their_accounts(void **state)
{
	char a[40], e[40];
	const json_t *m;

	bill(*state, "P-1002", 7700, a);
	booked(*state, "70.00", "for P-1002", ", 'counter_account': 'NL91ABNA0417164300'", e);
	assert_string_equal(rig_text(matched(*state, e), "rule"), "customer");
	assert_int_equal(open_of(*state, a), 700);
	/* Known now, and exactly what is due. */
	booked(*state, "7.00", "", ", 'counter_account': 'nl91 abna 0417 1643 00'", e);
	m = matched(*state, e);
	assert_string_equal(rig_text(m, "rule"), "payer");
	assert_string_equal(rig_text(m, "outcome"), "matched");
	assert_int_equal(open_of(*state, a), 0);
	/* From the same account, but nothing is due: somebody looks. */
	booked(*state, "7.00", "again", ", 'counter_account': 'NL91ABNA0417164300'", e);
	m = matched(*state, e);
	assert_string_equal(rig_text(m, "rule"), "payer");
	assert_string_equal(rig_text(m, "outcome"), "by_hand");
	rig_ok(*state, "finance", "bank.Book", "{'entry': '%s', 'account': '6051'}", e);
}

static void match_by_amount_needs_the_name(void **state)
{
	char a[40], b[40], e[40];
	const json_t *m, *r;

	bill(*state, "P-1003", 4141, a);
	booked(*state, "41.41", "rent", ", 'counterparty': 'Somebody'", e);
	m = matched(*state, e);
	assert_string_equal(rig_text(m, "rule"), "amount");
	assert_string_equal(rig_text(m, "outcome"), "by_hand");
	r = rig_ok(*state, "finance", "bank.Entry", "{'entry': '%s'}", e);
	assert_string_equal(rig_text(r, "guesses.0.party"), "P-1003");
	assert_false(json_is_true(
		json_object_get(json_array_get(json_object_get(r, "guesses"), 0), "safe")));
	booked(*state, "41.41", "rent", ", 'counterparty': ' customer  c'", b);
	assert_string_equal(rig_text(matched(*state, b), "outcome"), "matched");
	assert_int_equal(open_of(*state, a), 0);
	/* Two who owe the same: no guess at all. */
	bill(*state, "P-1003", 1313, a);
	bill(*state, "P-1004", 1313, b);
	booked(*state, "13.13", "rent", ", 'counterparty': 'Customer C'", e);
	assert_string_equal(rig_text(matched(*state, e), "outcome"), "open");
	rig_ok(*state, "finance", "bank.Assign",
	       "{'entry': '%s', 'party': 'P-1003', 'why': 'He called'}", e);
	r = rig_ok(*state, "finance", "bank.Entry", "{'entry': '%s'}", e);
	assert_string_equal(rig_text(r, "entry.state"), "matched");
	assert_string_equal(rig_text(r, "matches.0.why"), "He called");
	assert_int_equal(rig_count(r, "guesses"), 0);
}

/* What a desk took is in the books: the bank's entry is the same money. */
static void match_pays_nothing_twice(void **state)
{
	char a[40], receipt[40], e[40], f[60];
	int64_t bank;
	const json_t *m;

	bill(*state, "P-1005", 30000, a);
	keep(rig_ok(*state, "cashier", "payment.Take",
		    "{'party': 'P-1005', 'paid': ['transfer=100:TRX77']}"),
	     "number", receipt);
	assert_non_null(
		rig_find(rig_ok(*state, "finance", "bank.Transit", "{'method': 'transfer'}"),
			 "receipts", "receipt", receipt));
	bank = stands(*state, "1002");
	booked(*state, "100.00", "transfer trx77", "", e);
	m = matched(*state, e);
	assert_string_equal(rig_text(m, "rule"), "receipt");
	assert_string_equal(rig_text(m, "receipt"), receipt);
	assert_int_equal(stands(*state, "1002"), bank);
	assert_int_equal(open_of(*state, a), 20000);
	assert_null(rig_find(rig_ok(*state, "finance", "bank.Transit", "{}"), "receipts", "receipt",
			     receipt));
	/* It is at the bank: it cannot be void at the desk. */
	rig_refused(*state, "cashier", "payment.VoidReceipt", ST_FAILED_PRECONDITION, "payment",
		    "{'payment': '%s', 'why': 'x'}", receipt);
	/* The bill is named, and the desk took exactly this of the customer. */
	keep(rig_ok(*state, "cashier", "payment.Take",
		    "{'party': 'P-1005', 'paid': ['transfer=60']}"),
	     "number", receipt);
	(void)snprintf(f, sizeof(f), "%s", a);
	booked(*state, "60.00", f, "", e);
	m = matched(*state, e);
	assert_string_equal(rig_text(m, "rule"), "bill");
	assert_string_equal(rig_text(m, "receipt"), receipt);
	assert_int_equal(open_of(*state, a), 14000);
	controls_agree(*state);
}

static void card_takings_come_in_one_sum(void **state)
{
	char one[40], two[40], e[40];
	int64_t card, bank;
	const json_t *m;

	keep(rig_ok(*state, "cashier", "payment.Take", "{'party': 'P-1006', 'paid': ['card=30']}"),
	     "number", one);
	keep(rig_ok(*state, "cashier", "payment.Take", "{'party': 'P-1007', 'paid': ['qr=12.50']}"),
	     "number", two);
	card = stands(*state, "1012");
	bank = stands(*state, "1002");
	booked(*state, "42.50", "acquirer settlement", "", e);
	m = matched(*state, e);
	assert_string_equal(rig_text(m, "rule"), "card");
	assert_int_equal(stands(*state, "1012"), card - 4250);
	assert_int_equal(stands(*state, "1002"), bank + 4250);
	/* Another day the acquirer keeps its fee. */
	rig_ok(*state, "finance", "bank.Unmatch", "{'entry': '%s', 'why': 'Another acquirer'}", e);
	assert_int_equal(stands(*state, "1012"), card);
	assert_int_equal(stands(*state, "1002"), bank);
	booked(*state, "41.90", "other settlement", "", e);
	rig_refused(*state, "finance", "bank.Clear", ST_FAILED_PRECONDITION, "why",
		    "{'entry': '%s', 'receipt': ['%s', '%s']}", e, one, two);
	m = rig_twice(*state, "finance", "bank.Clear",
		      "{'entry': '%s', 'receipt': ['%s', '%s'], 'fee_minor': 60}", e, one, two);
	assert_string_equal(rig_text(m, "kind"), "desk");
	assert_int_equal(stands(*state, "1012"), card - 4250);
	assert_int_equal(stands(*state, "1002"), bank + 4190);
	rig_refused(*state, "finance", "bank.Clear", ST_FAILED_PRECONDITION, "entry",
		    "{'entry': '%s', 'receipt': ['%s']}", e, one);
	booked(*state, "30.00", "third settlement", "", e);
	rig_refused(*state, "finance", "bank.Clear", ST_FAILED_PRECONDITION, "receipt",
		    "{'entry': '%s', 'receipt': ['%s']}", e, one);
	rig_ok(*state, "finance", "bank.Book", "{'entry': '%s', 'account': '6051'}", e);
	controls_agree(*state);
}

static void rules_post_charges_and_deposits(void **state)
{
	char fee[40], cash[40], large[40];
	int64_t drawer = stands(*state, "1001"), charges = stands(*state, "6713");
	const json_t *r;

	rig_twice(*state, "finance", "bank.RuleSet",
		  "{'code': 'FEES', 'contains': 'account fee', 'direction': 'out', 'account': "
		  "'6713', 'most_minor': 5000}");
	rig_ok(*state, "finance", "bank.RuleSet",
	       "{'code': 'CASH', 'contains': 'cash deposit', 'direction': 'in', 'account': "
	       "'1001'}");
	rig_refused(*state, "finance", "bank.RuleSet", ST_FAILED_PRECONDITION, "account",
		    "{'code': 'X', 'contains': 'x', 'direction': 'in', 'account': '1122'}");
	rig_refused(*state, "finance", "bank.RuleSet", ST_INVALID_ARGUMENT, "direction",
		    "{'code': 'X', 'contains': 'x', 'account': '6713'}");
	booked(*state, "-8.50", "ACCOUNT FEE November", "", fee);
	booked(*state, "-80.50", "Account fee of a year", "", large);
	booked(*state, "500.00", "Cash deposit counter 3", "", cash);
	r = rig_ok(*state, "finance", "bank.Match", "{}");
	assert_string_equal(rig_text(told(r, fee), "rule"), "rule");
	assert_string_equal(rig_text(told(r, large), "outcome"), "open");
	assert_string_equal(rig_text(told(r, cash), "outcome"), "matched");
	assert_int_equal(stands(*state, "6713"), charges + 850);
	assert_int_equal(stands(*state, "1001"), drawer - 50000);
	r = rig_ok(*state, "finance", "bank.Rules", "{}");
	assert_non_null(rig_find(r, "rules", "code", "FEES"));
	rig_ok(*state, "finance", "bank.RuleSet", "{'code': 'FEES', 'ended': '2026-01-01'}");
	booked(*state, "-9.50", "account fee", "", fee);
	assert_string_equal(rig_text(matched(*state, fee), "outcome"), "open");
	rig_refused(*state, "finance", "bank.Assign", ST_FAILED_PRECONDITION, "entry",
		    "{'entry': '%s', 'party': 'P-1001'}", fee);
}

/* Taking back is a document: the receipt is void, what it settled is due, the entry is open again.
 */
static void unmatching_is_a_document(void **state)
{
	char a[40], e[40], receipt[40];
	int64_t bank;
	const json_t *m, *r;

	bill(*state, "P-1008", 9900, a);
	bank = stands(*state, "1002");
	booked(*state, "120.00", "P-1008", "", e);
	keep(rig_ok(*state, "finance", "bank.Assign", "{'entry': '%s', 'party': 'P-1008'}", e),
	     "receipt", receipt);
	assert_int_equal(open_of(*state, a), 0);
	rig_refused(*state, "cashier", "payment.VoidReceipt", ST_FAILED_PRECONDITION, "payment",
		    "{'payment': '%s', 'why': 'x'}", receipt);
	rig_refused(*state, "finance", "bank.Unmatch", ST_INVALID_ARGUMENT, "why",
		    "{'entry': '%s'}", e);
	m = rig_twice(*state, "finance", "bank.Unmatch", "{'entry': '%s', 'why': 'Another one'}",
		      e);
	assert_non_null(strstr(rig_text(m, "receipt"), "-V"));
	assert_int_equal(open_of(*state, a), 9900);
	assert_int_equal(stands(*state, "1002"), bank);
	r = rig_ok(*state, "finance", "bank.Entry", "{'entry': '%s'}", e);
	assert_string_equal(rig_text(r, "entry.state"), "open");
	assert_int_equal(rig_count(r, "matches"), 2);
	assert_string_equal(rig_text(r, "matches.0.voided_by"), rig_text(r, "matches.1.number"));
	rig_refused(*state, "finance", "bank.Unmatch", ST_FAILED_PRECONDITION, "entry",
		    "{'entry': '%s', 'why': 'x'}", e);
	/* Advance that was used since cannot be taken back. */
	rig_ok(*state, "finance", "bank.Assign", "{'entry': '%s', 'party': 'P-1008'}", e);
	bill(*state, "P-1008", 1000, a);
	rig_ok(*state, "cashier", "payment.Apply", "{'party': 'P-1008'}");
	rig_refused(*state, "finance", "bank.Unmatch", ST_INVALID_ARGUMENT, "amount_minor",
		    "{'entry': '%s', 'why': 'x'}", e);
	controls_agree(*state);
}

/* What is not known waits in an account of its own, and is matched from there. */
static void unknown_money_waits(void **state)
{
	char e[40], a[40];
	int64_t bank = stands(*state, "1002"), waiting = stands(*state, "1901");
	const json_t *r;

	booked(*state, "77.00", "no idea", "", e);
	rig_refused(*state, "finance", "bank.Book", ST_FAILED_PRECONDITION, "account",
		    "{'entry': '%s', 'account': '1122'}", e);
	rig_refused(*state, "finance", "bank.Book", ST_INVALID_ARGUMENT, "account",
		    "{'entry': '%s', 'account': '1002'}", e);
	rig_twice(*state, "finance", "bank.Book", "{'entry': '%s', 'account': '1901'}", e);
	assert_int_equal(stands(*state, "1901"), waiting - 7700);
	assert_int_equal(stands(*state, "1002"), bank + 7700);
	controls_agree(*state);
	r = rig_ok(*state, "finance", "bank.Entries", "{'state': 'unknown'}");
	assert_non_null(rig_find(r, "entries", "number", e));
	bill(*state, "P-1009", 7700, a);
	rig_ok(*state, "finance", "bank.Assign", "{'entry': '%s', 'bill': ['%s']}", e, a);
	assert_int_equal(stands(*state, "1901"), waiting);
	assert_int_equal(stands(*state, "1002"), bank + 7700);
	assert_int_equal(open_of(*state, a), 0);
	controls_agree(*state);
}

/* An entry of a month that is closed is posted on the first open day; when the bank booked it is
 * kept. */
static void late_entries_are_posted_in_an_open_month(void **state)
{
	char e[40];
	const json_t *r;

	rig_ok(*state, "finance", "ledger.Post",
	       "{'text': 'Old', 'date': '2025-11-03', 'debit': ['1001=1'], 'credit': ['6051=1']}");
	rig_ok(*state, "finance", "period.Begin", "{'month': '2025-11'}");
	rig_ok(*state, "finance", "period.Close", "{'month': '2025-11'}");
	r = rig_ok(*state, "finance", "bank.Import",
		   "{'rows': [{'line': 1, 'date': '2025-11-20', 'sum': '19.00', 'text': 'late'}]}");
	keep(rig_row(r, 1, "taken", NULL), "number", e);
	r = rig_ok(*state, "finance", "bank.Assign", "{'entry': '%s', 'party': 'P-1010'}", e);
	r = rig_ok(*state, "clerk", "payment.Show", "{'payment': '%s'}", rig_text(r, "receipt"));
	assert_string_equal(rig_text(r, "payment.date"), "2025-12-01");
}

static void foreign_entries_are_not_there(void **state)
{
	const json_t *r = far_ok(*state, "bank.Import",
				 "{'rows': [{'line': 1, 'date': '2026-03-02', 'sum': '5'}]}");
	char e[40], far[40];

	keep(rig_row(r, 1, "taken", NULL), "id", far);
	keep(rig_row(r, 1, "taken", NULL), "number", e);
	rig_refused(*state, "finance", "bank.Entry", ST_NOT_FOUND, "entry", "{'entry': '%s'}", far);
	rig_refused(*state, "finance", "bank.Book", ST_NOT_FOUND, "entry",
		    "{'entry': '%s', 'account': '6713'}", far);
	rig_refused(*state, "cashier", "bank.Match", ST_PERMISSION_DENIED, NULL, "{}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bank_is_set_up_and_its_number_kept_back),
		cmocka_unit_test(bank_takes_each_entry_once),
		cmocka_unit_test(bank_reads_amounts_as_banks_write_them),
		cmocka_unit_test(bank_tells_gaps_between_statements),
		cmocka_unit_test(match_takes_the_bill_that_is_named),
		cmocka_unit_test(match_knows_customers_and_their_accounts),
		cmocka_unit_test(match_by_amount_needs_the_name),
		cmocka_unit_test(match_pays_nothing_twice),
		cmocka_unit_test(card_takings_come_in_one_sum),
		cmocka_unit_test(rules_post_charges_and_deposits),
		cmocka_unit_test(unmatching_is_a_document),
		cmocka_unit_test(unknown_money_waits),
		cmocka_unit_test(late_entries_are_posted_in_an_open_month),
		cmocka_unit_test(foreign_entries_are_not_there),
	};

	return cmocka_run_group_tests(tests, prepare, rig_down);
}
