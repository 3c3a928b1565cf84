/* The ledger: entries that balance, accounts, what they come to, what is taken back. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	return rig_up(state);
}

static const json_t *post(struct rig *rig, const char *debit, const char *credit)
{
	return rig_ok(rig, "finance", "ledger.Post",
		      "{'text': 'An entry', 'debit': ['%s'], 'credit': ['%s']}", debit, credit);
}

/* What an account stands at by the trial balance. */
static int64_t stands(struct rig *rig, const char *code)
{
	const json_t *b = rig_find(rig_ok(rig, "finance", "ledger.Balance", "{}"), "balances",
				   "code", code);

	return b != NULL ? rig_int(b, "closing_minor") : 0;
}

/* Debits less credits over all accounts. */
static int64_t all(struct rig *rig)
{
	const json_t *r = rig_ok(rig, "finance", "ledger.Balance", "{}");
	int64_t sum = 0;
	char path[60];

	for (size_t i = 0; i < rig_count(r, "balances"); i++) {
		(void)snprintf(path, sizeof(path), "balances.%zu.closing_minor", i);
		sum += rig_int(r, path);
	}
	return sum;
}

static void account_begins_with_a_chart(void **state)
{
	const json_t *r = rig_ok(*state, "finance", "ledger.AccountList", "{}");

	assert_string_equal(rig_text(rig_find(r, "accounts", "code", "1001"), "purpose"), "cash");
	assert_string_equal(rig_text(rig_find(r, "accounts", "code", "1122"), "kind"), "asset");
	assert_int_equal(
		rig_count(rig_ok(*state, "finance", "ledger.AccountList", "{'text': 'cash'}"),
			  "accounts"),
		2);
}

static void account_is_added_and_closed(void **state)
{
	const json_t *a = rig_twice(*state, "finance", "ledger.AccountAdd",
				    "{'code': '6801', 'name': 'Bank charges', 'kind': 'expense'}");

	assert_string_equal(rig_text(a, "currency"), "CNY");
	rig_refused(*state, "finance", "ledger.AccountAdd", ST_ALREADY_EXISTS, "code",
		    "{'code': '6801', 'name': 'Again', 'kind': 'expense'}");
	a = rig_ok(*state, "finance", "ledger.AccountEdit",
		   "{'code': '6801', 'name': 'Charges of the bank'}");
	assert_string_equal(rig_text(a, "name"), "Charges of the bank");
	post(*state, "6801=10", "1002=10");
	rig_refused(*state, "finance", "ledger.AccountEdit", ST_FAILED_PRECONDITION, "closed",
		    "{'code': '6801', 'closed': '2020-01-01'}");
	post(*state, "1002=10", "6801=10");
	rig_ok(*state, "finance", "ledger.AccountEdit", "{'code': '6801', 'closed': '2020-01-01'}");
	rig_refused(*state, "finance", "ledger.Post", ST_FAILED_PRECONDITION, "debit",
		    "{'text': 'x', 'debit': ['6801=1'], 'credit': ['1002=1']}");
	/* What the daemon posts to stays open. */
	rig_refused(*state, "finance", "ledger.AccountEdit", ST_FAILED_PRECONDITION, "closed",
		    "{'code': '1001', 'closed': '2020-01-01'}");
}

static void entry_is_posted_and_reversed(void **state)
{
	int64_t bank = stands(*state, "1002"), other = stands(*state, "6051");
	const json_t *j = post(*state, "1002=1,280.50", "6051=1280.50"), *r;
	char number[20];

	(void)snprintf(number, sizeof(number), "%s", rig_text(j, "number"));
	assert_int_equal(rig_int(j, "amount_minor"), 128050);
	assert_int_equal(stands(*state, "1002"), bank + 128050);
	assert_int_equal(stands(*state, "6051"), other - 128050);
	r = rig_ok(*state, "finance", "ledger.Show", "{'journal': '%s'}", number);
	assert_int_equal(rig_count(r, "legs"), 1);
	assert_string_equal(rig_text(r, "legs.0.debit"), "1002");
	rig_dry(*state, "finance", "ledger.Reverse", "{'journal': '%s', 'why': 'x'}", number);
	assert_int_equal(stands(*state, "1002"), bank + 128050);
	r = rig_twice(*state, "finance", "ledger.Reverse",
		      "{'journal': '%s', 'why': 'Typed wrong'}", number);
	assert_string_equal(rig_text(r, "reverses"), number);
	assert_int_equal(stands(*state, "1002"), bank);
	assert_int_equal(stands(*state, "6051"), other);
	rig_refused(*state, "finance", "ledger.Reverse", ST_ALREADY_EXISTS, "journal",
		    "{'journal': '%s', 'why': 'Again'}", number);
	rig_refused(*state, "finance", "ledger.Reverse", ST_FAILED_PRECONDITION, "journal",
		    "{'journal': '%s', 'why': 'The reversal'}", rig_text(r, "number"));
	assert_int_equal(all(*state), 0);
}

/* Three debits and two credits become four pairs, and each account gets what was said. */
static void entry_of_many_sides(void **state)
{
	const json_t *j = rig_ok(*state, "finance", "ledger.Post",
				 "{'text': 'Many', 'debit': ['1001=5', '1002=7', '1012=0.03'], "
				 "'credit': ['6001=10.01', '6002=2.02']}"),
		     *r = rig_ok(*state, "finance", "ledger.Show", "{'journal': '%s'}",
				 rig_text(j, "number"));

	assert_int_equal(rig_int(j, "amount_minor"), 1203);
	assert_int_equal(rig_count(r, "legs"), 4);
	assert_int_equal(all(*state), 0);
}

static void entry_that_cannot_be(void **state)
{
	static const struct {
		const char *debit, *credit, *field;
		enum st_code code;
	} rows[] = {
		{ "1001=5", "6051=5.01", "credit", ST_INVALID_ARGUMENT },
		{ "1001=5", "1001=5", "credit", ST_INVALID_ARGUMENT },
		{ "1001=5.001", "6051=5", "debit", ST_INVALID_ARGUMENT },
		{ "1001=0", "6051=0", "debit", ST_INVALID_ARGUMENT },
		{ "1001=-5", "6051=-5", "debit", ST_INVALID_ARGUMENT },
		{ "1001", "6051=5", "debit", ST_INVALID_ARGUMENT },
		{ "9999=5", "6051=5", "debit", ST_NOT_FOUND },
		/* Kept by bills, payments and deposits. */
		{ "1122=5", "6051=5", "debit", ST_FAILED_PRECONDITION },
		{ "1001=5", "2241=5", "credit", ST_FAILED_PRECONDITION },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rig_refused(*state, "finance", "ledger.Post", rows[i].code, rows[i].field,
			    "{'text': 'x', 'debit': ['%s'], 'credit': ['%s']}", rows[i].debit,
			    rows[i].credit);
	rig_refused(*state, "finance", "ledger.Post", ST_INVALID_ARGUMENT, "date",
		    "{'text': 'x', 'debit': ['1001=5'], 'credit': ['6051=5'], 'date': "
		    "'2999-01-01'}");
	rig_refused(*state, "clerk", "ledger.Post", ST_PERMISSION_DENIED, NULL,
		    "{'text': 'x', 'debit': ['1001=5'], 'credit': ['6051=5']}");
}

/* The table itself takes nothing that does not balance, whoever asks, and gives nothing up. */
static void entry_stands(void **state)
{
	static const char *const tries[] = {
		"update transfer set amount = amount + 1",
		"delete from transfer",
		"truncate transfer cascade",
		"update journal set text = 'other'",
		"delete from journal",
	};
	const json_t *j = post(*state, "1001=1", "6051=1");
	char sql[400];

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		(void)snprintf(sql, sizeof(sql),
			       "set search_path = steward; set session_replication_role = replica; "
			       "do $$ begin %s; raise exception 'done'; exception when sqlstate "
			       "'STPRE' then null; end $$; select 'refused'",
			       tries[i]);
		assert_string_equal(rig_sql(*state, sql), "refused");
	}
	assert_int_equal(rig_int(j, "amount_minor"), 100);
	assert_int_equal(all(*state), 0);
}

static void account_shows_its_postings(void **state)
{
	const json_t *r;
	size_t n;
	int64_t last;
	char path[60], after[160];

	post(*state, "1013=3", "6051=3");
	post(*state, "1013=4", "6051=4");
	post(*state, "6051=2", "1013=2");
	r = rig_ok(*state, "finance", "ledger.Postings", "{'code': '1013'}");
	n = rig_count(r, "postings");
	assert_int_equal(n, 3);
	assert_int_equal(rig_int(r, "postings.0.balance_minor"), 300);
	assert_int_equal(rig_int(r, "postings.1.balance_minor"), 700);
	(void)snprintf(path, sizeof(path), "postings.%zu.balance_minor", n - 1);
	last = rig_int(r, path);
	assert_int_equal(last, 500);
	assert_int_equal(last, stands(*state, "1013"));
	(void)snprintf(after, sizeof(after), "%s", rig_text(r, "postings.0.cursor"));
	r = rig_ok(*state, "finance", "ledger.Postings", "{'code': '1013', 'after': '%s'}", after);
	assert_int_equal(rig_count(r, "postings"), 2);
	assert_int_equal(rig_int(r, "postings.0.balance_minor"), 700);
}

static void entries_are_listed(void **state)
{
	const json_t *r;
	char after[160];

	post(*state, "1001=1", "6051=1");
	post(*state, "1001=2", "6051=2");
	r = rig_ok(*state, "finance", "ledger.List", "{'limit': 1}");
	assert_int_equal(rig_count(r, "journals"), 1);
	(void)snprintf(after, sizeof(after), "%s", rig_text(r, "journals.0.cursor"));
	r = rig_ok(*state, "finance", "ledger.List", "{'limit': 1, 'after': '%s'}", after);
	assert_string_not_equal(rig_text(r, "journals.0.cursor"), after);
	rig_refused(*state, "finance", "ledger.List", ST_INVALID_ARGUMENT, "month",
		    "{'month': '2026-13'}");
	assert_int_equal(rig_count(rig_ok(*state, "finance", "ledger.List", "{'month': '2001-01'}"),
				   "journals"),
			 0);
}

/* Page by page the same lines as at once, and what other programs take for an entry. */
static void journal_is_exported(void **state)
{
	const json_t *all = rig_ok(*state, "finance", "ledger.Export", "{'limit': 5000}"), *page;
	size_t n = rig_count(all, "lines");
	char after[200] = "", path[60];

	assert_true(n > 8);
	assert_non_null(strstr(rig_text(all, "lines.0.text"), "* (J-"));
	assert_non_null(strstr(rig_text(all, "lines.1.text"), "  CNY "));
	for (size_t i = 0; i < n; i++) {
		page = rig_ok(*state, "finance", "ledger.Export", "{'limit': 1, 'after': '%s'}",
			      after);
		(void)snprintf(path, sizeof(path), "lines.%zu.cursor", i);
		assert_string_equal(rig_text(page, "lines.0.cursor"), rig_text(all, path));
		(void)snprintf(after, sizeof(after), "%s", rig_text(page, "lines.0.cursor"));
	}
	page = rig_ok(*state, "finance", "ledger.Export", "{'after': '%s'}", after);
	assert_int_equal(rig_count(page, "lines"), 0);
}

static void subledgers_are_compared(void **state)
{
	const json_t *r = rig_ok(*state, "finance", "ledger.Control", "{}");
	const json_t *c = rig_find(r, "controls", "code", "1122");

	assert_non_null(c);
	assert_int_equal(rig_int(c, "difference_minor"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(account_begins_with_a_chart),
		cmocka_unit_test(account_is_added_and_closed),
		cmocka_unit_test(entry_is_posted_and_reversed),
		cmocka_unit_test(entry_of_many_sides),
		cmocka_unit_test(entry_that_cannot_be),
		cmocka_unit_test(entry_stands),
		cmocka_unit_test(account_shows_its_postings),
		cmocka_unit_test(entries_are_listed),
		cmocka_unit_test(journal_is_exported),
		cmocka_unit_test(subledgers_are_compared),
	};

	return cmocka_run_group_tests_name("ledger", tests, prepare, rig_down);
}
