/* Vouchers for the ERP: nothing twice, nothing left out, the same bytes again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/rig.h"

static char month[8];

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
	(void)strftime(month, sizeof(month), "%Y-%m", &tm);
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'unit', 'number': '1-101', 'name': 'One'}");
	rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang, \\\"Fang\\\"'}");
	rig_ok(*state, "clerk", "party.Add", "{'name': '=Li'}");
	rig_ok(*state, "cashier", "shift.Open", "{'drawer': 'D1', 'float_minor': 0}");
	for (int i = 0; i < 2; i++)
		rig_ok(*state, "cashier", "bill.Add",
		       "{'item': 'OTHER', 'party': 'P-1001', 'place': '1-101', 'amount_minor': "
		       "10000}");
	rig_ok(*state, "cashier", "bill.Add",
	       "{'item': 'OTHER', 'party': 'P-1002', 'amount_minor': 500}");
	rig_ok(*state, "cashier", "payment.Take", "{'party': 'P-1001', 'paid': ['cash=150']}");
	far_ok(*state, "voucher.Map", "{'account': '1001', 'to': 'FAR'}");
	return 0;
}

static void map(struct rig *rig, const char *account, const char *to, const char *more)
{
	rig_ok(rig, "finance", "voucher.Map", "{'account': '%s', 'to': '%s'%s}", account, to, more);
}

static void accounts_that_are_not_mapped_are_listed(void **state)
{
	struct rig_result r;
	const json_t *m;

	r = rig_refused(*state, "finance", "voucher.Make", ST_FAILED_PRECONDITION, "month",
			"{'month': '%s'}", month);
	assert_non_null(strstr(r.err.message, "1001"));
	assert_non_null(strstr(r.err.message, "1122"));
	assert_null(strstr(r.err.message, "6001"));
	m = rig_twice(*state, "finance", "voucher.Map",
		      "{'account': '1122', 'to': '1122.01', 'aux': 'customer'}");
	assert_string_equal(rig_text(m, "erp_code"), "1122.01");
	map(*state, "1001", "1001", "");
	m = rig_ok(*state, "finance", "voucher.Maps", "{'missing': true}");
	assert_null(rig_find(m, "accounts", "account", "1122"));
	assert_non_null(rig_find(m, "accounts", "account", "6051"));
	rig_refused(*state, "finance", "voucher.Map", ST_INVALID_ARGUMENT, "aux",
		    "{'account': '6051', 'to': '6051', 'aux': 'customer'}");
	rig_refused(*state, "finance", "voucher.Map", ST_INVALID_ARGUMENT, "to",
		    "{'account': '6051', 'to': '=6051'}");
	rig_refused(*state, "finance", "voucher.Map", ST_NOT_FOUND, "account",
		    "{'account': '9999', 'to': '1'}");
	rig_refused(*state, "cashier", "voucher.Map", ST_PERMISSION_DENIED, NULL,
		    "{'account': '6051', 'to': '6051'}");
	rig_refused(*state, "manager", "voucher.Make", ST_PERMISSION_DENIED, NULL,
		    "{'month': '%s'}", month);
	map(*state, "6051", "6051", "");
}

/* The lines of a batch as one text. */
static const char *file(struct rig *rig, const char *batch, char text[8000])
{
	const json_t *r = rig_ok(rig, "finance", "voucher.Export", "{'batch': '%s'}", batch);
	size_t used = 0;
	char path[40];

	text[0] = '\0';
	for (size_t i = 0; i < rig_count(r, "lines"); i++) {
		(void)snprintf(path, sizeof(path), "lines.%zu.text", i);
		used += (size_t)snprintf(text + used, 8000 - used, "%s\n", rig_text(r, path));
		assert_true(used < 8000);
	}
	return text;
}

static void a_batch_is_the_same_each_time(void **state)
{
	static char first[8000], again[8000];
	char number[20];
	const json_t *b = rig_dry(*state, "finance", "voucher.Make", "{'month': '%s'}", month);

	b = rig_twice(*state, "finance", "voucher.Make", "{'month': '%s'}", month);
	(void)snprintf(number, sizeof(number), "%s", rig_text(b, "number"));
	assert_int_equal(rig_int(b, "amount_minor"), 35500);
	assert_int_equal(rig_int(b, "vouchers"), 2); /* of a day: bills and payments */
	(void)file(*state, number, first);
	assert_ptr_equal(
		strstr(first, "date,voucher,summary,account,debit,credit,aux,aux_code,aux_name\n"),
		first);
	/* What one customer owes is one line of the day; his name is quoted, the other's no
	 * formula. */
	assert_non_null(strstr(first, ",1122.01,200.00,,customer,P-1001,\"Wang, \"\"Fang\"\"\"\n"));
	assert_non_null(strstr(first, ",1122.01,5.00,,customer,P-1002,'=Li\n"));
	assert_non_null(strstr(first, ",6051,,205.00,,,\n"));
	assert_non_null(strstr(first, ",1001,150.00,,,,\n"));
	assert_non_null(strstr(first, ",1122.01,,150.00,customer,P-1001,"));
	/* Whatever is called otherwise since: what was sent stands. */
	rig_ok(*state, "clerk", "party.Edit", "{'party': 'P-1001', 'name': 'Somebody else'}");
	map(*state, "6051", "6051.99", "");
	assert_string_equal(file(*state, number, again), first);
	rig_refused(*state, "finance", "voucher.Make", ST_FAILED_PRECONDITION, "month",
		    "{'month': '%s'}", month);
}

static void what_comes_later_goes_out_next(void **state)
{
	static char text[8000];
	const json_t *b, *r;
	char number[20];

	rig_ok(*state, "cashier", "bill.Add",
	       "{'item': 'OTHER', 'party': 'P-1002', 'amount_minor': 700}");
	b = rig_ok(*state, "finance", "voucher.Make", "{'month': '%s', 'detail': 'entry'}", month);
	(void)snprintf(number, sizeof(number), "%s", rig_text(b, "number"));
	assert_int_equal(rig_int(b, "vouchers"), 1);
	assert_int_equal(rig_int(b, "amount_minor"), 700);
	(void)file(*state, number, text);
	assert_non_null(strstr(text, "-00003,J-")); /* the third of the month, and its entry */
	assert_non_null(strstr(text, ",6051.99,,7.00,,,\n"));
	r = rig_ok(*state, "finance", "voucher.List", "{'month': '%s'}", month);
	assert_int_equal(rig_count(r, "batches"), 2);
	/* In parts it is the same lines. */
	r = rig_ok(*state, "finance", "voucher.Export", "{'batch': '%s', 'limit': 2}", number);
	r = rig_ok(*state, "finance", "voucher.Export", "{'batch': '%s', 'after': '%s'}", number,
		   rig_text(r, "lines.1.cursor"));
	assert_int_equal(rig_count(r, "lines"), 1);
	rig_refused(*state, "finance", "voucher.Export", ST_NOT_FOUND, "batch",
		    "{'batch': 'VB-9'}");
	rig_refused(*state, "cashier", "voucher.Export", ST_PERMISSION_DENIED, NULL,
		    "{'batch': '%s'}", number);
	assert_string_equal(rig_sql(*state,
				    "select count(*) from journal j left join voucher_journal v "
				    "on v.property_id = j.property_id and v.journal_id = j.id "
				    "where v.journal_id is null and j.property_id = (select id "
				    "from property where code = 'SUN')"),
			    "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accounts_that_are_not_mapped_are_listed),
		cmocka_unit_test(a_batch_is_the_same_each_time),
		cmocka_unit_test(what_comes_later_goes_out_next),
	};

	return cmocka_run_group_tests(tests, prepare, rig_down);
}
