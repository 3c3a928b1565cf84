#include "client/cli/camt_in.h"

#include <string.h>

#include "common/file.h"
#include "tests/unit/client/cli/shop.h"

#define HEAD                                                                                     \
	"<?xml version='1.0'?><Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'>" \
	"<BkToCstmrStmt><Stmt><Id>S1</Id><Acct><Id><Othr><Id>6222</Id></Othr></Id></Acct>"
#define BALANCE(kind, sum, sign)                                                    \
	"<Bal><Tp><CdOrPrtry><Cd>" kind "</Cd></CdOrPrtry></Tp><Amt Ccy='CNY'>" sum \
	"</Amt><CdtDbtInd>" sign "</CdtDbtInd><Dt><Dt>2026-11-23</Dt></Dt></Bal>"
#define ENTRY(sum, sign, more)                               \
	"<Ntry><Amt Ccy='CNY'>" sum "</Amt><CdtDbtInd>" sign \
	"</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-23</Dt></BookgDt>" more "</Ntry>"
#define TAIL "</Stmt></BkToCstmrStmt></Document>"

static struct camt_in reads(struct shop *s, const char *text)
{
	struct st_err err = { 0 };
	struct camt_in in;

	assert_int_equal(camt_open(&in, slice_str(text), &s->mem, &err), ST_OK);
	return in;
}

static void refuses(struct shop *s, const char *text, const char *words)
{
	struct st_err err = { 0 };
	struct camt_in in;

	assert_int_equal(camt_open(&in, slice_str(text), &s->mem, &err), ST_INVALID_ARGUMENT);
	assert_non_null(strstr(err.message, words));
}

/* The cell of a row under the column of this name. */
static const char *cell(const struct camt_in *in, size_t row, const char *column)
{
	assert_true(row < in->n);
	for (size_t i = 0; i < in->header.n; i++)
		if (strcmp(in->header.cells[i], column) == 0)
			return in->rows[row].cells[i];
	fail_msg("no column %s", column);
	return "";
}

static void a_whole_statement(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct slice text;
	struct camt_in in;
	struct csv_record r;

	assert_int_equal(file_read(SAMPLE_DIR "/statement.xml", 1 << 20, &s->mem, &text, &err),
			 ST_OK);
	assert_true(camt_is_xml(text));
	in = reads(s, (const char *)text.data);
	assert_int_equal(in.n, 4);
	assert_int_equal(in.expected, 1);
	assert_string_equal(cell(&in, 0, "sum"), "250");
	assert_string_equal(cell(&in, 0, "ref"), "R-2026-0001");
	assert_string_equal(cell(&in, 0, "reference"), "");
	assert_string_equal(cell(&in, 0, "text"), "Bill B-1001, November");
	assert_string_equal(cell(&in, 0, "counterparty"), "Wang Fang");
	assert_string_equal(cell(&in, 0, "counter_account"), "DE02120300000000202051");
	assert_string_equal(cell(&in, 0, "code"), "PMNT RCDT ESCT");
	assert_string_equal(cell(&in, 0, "opening"), "1000");
	assert_string_equal(cell(&in, 0, "closing"), "1441.5");
	assert_string_equal(cell(&in, 0, "iban"), "DE89370400440532013000");
	assert_string_equal(cell(&in, 0, "statement_from"), "2026-11-23");
	/* What was collected in one sum comes apart. */
	assert_string_equal(cell(&in, 1, "sum"), "120");
	assert_string_equal(cell(&in, 1, "ref"), "R-2026-0002/1");
	assert_string_equal(cell(&in, 1, "counterparty"), "Li & Sons");
	assert_string_equal(cell(&in, 2, "sum"), "80");
	assert_string_equal(cell(&in, 2, "counterparty"), "张三");
	assert_string_equal(cell(&in, 3, "sum"), "-8.5");
	assert_string_equal(cell(&in, 3, "date"), "2026-11-23");
	assert_string_equal(cell(&in, 3, "text"), "Account fee November");
	for (size_t i = 1; camt_next(&in, &r); i++)
		assert_int_equal(r.line, i);
}

static void balances_have_to_add_up(void **state)
{
	struct camt_in in = reads(*state, HEAD BALANCE("PRCD", "10.00", "DBIT")
						  BALANCE("CLBD", "2.25", "DBIT")
							  ENTRY("7.75", "CRDT", "") TAIL);

	assert_string_equal(cell(&in, 0, "opening"), "-10");
	refuses(*state,
		HEAD BALANCE("OPBD", "10.00", "CRDT") BALANCE("CLBD", "17.76", "CRDT")
			ENTRY("7.75", "CRDT", "") TAIL,
		"S1 does not add up: it begins with 10, its entries come to 7.75 and it ends with "
		"17.76");
	/* With one balance only there is nothing to compare. */
	in = reads(*state, HEAD BALANCE("CLBD", "1", "CRDT") ENTRY("7.75", "CRDT", "") TAIL);
	assert_string_equal(cell(&in, 0, "closing"), "");
}

static void payments_that_do_not_add_up_stay_together(void **state)
{
	struct camt_in in = reads(
		*state,
		HEAD ENTRY("7.75", "CRDT",
			   "<NtryDtls><TxDtls><Amt Ccy='CNY'>7</Amt></TxDtls><TxDtls><Amt "
			   "Ccy='CNY'>1</Amt></TxDtls></NtryDtls><AddtlNtryInf>two</AddtlNtryInf>")
			TAIL);

	assert_int_equal(in.n, 1);
	assert_string_equal(cell(&in, 0, "sum"), "7.75");
	assert_string_equal(cell(&in, 0, "text"), "two");
}

static void what_is_no_statement_is_refused(void **state)
{
	refuses(*state, "<a/>", "no statement");
	refuses(*state, "<a>", "line 1");
	refuses(*state, HEAD ENTRY("1,5", "CRDT", "") TAIL, "no amount");
	refuses(*state, HEAD ENTRY("1.5", "", "") TAIL, "CRDT or DBIT");
	refuses(*state, HEAD ENTRY("99999999999999999999", "CRDT", "") TAIL, "no amount");
	refuses(*state,
		"<Document><BkToCstmrStmt><Stmt><Id>S</Id></Stmt></BkToCstmrStmt></Document>",
		"which account");
}

/* Nothing is expanded, nothing is fetched, nothing grows without a limit. */
static void hostile_files_are_refused(void **state)
{
	struct shop *s = *state;
	const char *deep = "";

	refuses(s, "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><Document>&x;</Document>",
		"declares no types");
	refuses(s,
		"<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
		"<Document>&b;&b;&b;</Document>",
		"declares no types");
	refuses(s, "<Document>&nothing;</Document>", "line 1");
	for (int i = 0; i < 40; i++)
		deep = arena_printf(&s->mem, "%s<a>", deep);
	refuses(s, deep, "deeper");
}

static void other_files_are_no_xml(void **state)
{
	assert_true(camt_is_xml(slice_str("\xef\xbb\xbf\r\n <Document/>")));
	assert_false(camt_is_xml(slice_str("date,sum\n2026-11-23,<1>")));
	assert_false(camt_is_xml(slice_str("")));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_whole_statement),
		TEST(balances_have_to_add_up),
		TEST(payments_that_do_not_add_up_stay_together),
		TEST(what_is_no_statement_is_refused),
		TEST(hostile_files_are_refused),
		TEST(other_files_are_no_xml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
