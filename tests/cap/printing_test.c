/* What is printed: the letterhead, the language of documents, who printed what; and nothing of
 * another property. */
#include <stdio.h>
#include <string.h>

#include "tests/support/prints.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang Fang', 'language': 'zh-CN'}");
	rig_ok(*state, "clerk", "party.Add", "{'name': 'Chen', 'language': 'zh_TW'}");
	rig_ok(*state, "clerk", "party.Add", "{'name': 'Kowalski', 'language': 'pl'}");
	rig_ok(*state, "clerk", "party.Add", "{'name': 'Smith', 'language': 'en-GB'}");
	rig_ok(*state, "cashier", "shift.Open", "{'drawer': 'D1'}");
	return 0;
}

/* Money of a customer; gives the receipt. */
static const char *pay(struct rig *rig, const char *party, char number[40])
{
	(void)snprintf(number, 40, "%s",
		       rig_text(rig_ok(rig, "cashier", "payment.Take",
				       "{'party': '%s', 'paid': ['cash=12.05']}", party),
				"number"));
	return number;
}

static const json_t *print(struct rig *rig, const char *number, const char *more)
{
	return rig_ok(rig, "cashier", "payment.Print", "{'payment': ['%s']%s}", number, more);
}

static void letterhead_is_what_is_given_or_the_property(void **state)
{
	const json_t *h = rig_ok(*state, "clerk", "printing.LetterheadShow", "{}");
	char number[40];
	const char *name;
	const json_t *p;

	name = rig_text(h, "name");
	assert_string_equal(rig_text(h, "language"), "en");
	p = print(*state, pay(*state, "P-1004", number), "");
	assert_string_equal(rig_text(p, "prints.0.document.issuer.0"), name);
	h = rig_twice(*state, "manager", "printing.LetterheadSet",
		      "{'name': 'Sunshine Services', 'phone': '8800 1200', 'tax_number': 'T-77', "
		      "'bank': 'ICBC 0211', 'footer': 'Keep this.', 'address': 'Lake Road 5'}");
	assert_string_equal(rig_text(h, "phone"), "8800 1200");
	h = rig_ok(*state, "finance", "printing.LetterheadSet", "{'clear': ['bank']}");
	assert_string_equal(rig_text(h, "name"), "Sunshine Services");
	assert_false(rig_has(h, "bank"));
	p = print(*state, number, "");
	assert_string_equal(rig_text(p, "prints.0.document.issuer.0"), "Sunshine Services");
	assert_string_equal(rig_text(p, "prints.0.document.issuer.1"), name);
	assert_string_equal(rig_text(p, "prints.0.document.issuer.2"), "Lake Road 5");
	assert_string_equal(rig_text(p, "prints.0.document.issuer.3"), "Telephone 8800 1200");
	assert_string_equal(rig_text(p, "prints.0.document.issuer.4"), "Tax number T-77");
	assert_string_equal(rig_text(p, "prints.0.document.footer"), "Keep this.");
	rig_refused(*state, "manager", "printing.LetterheadSet", ST_INVALID_ARGUMENT, "language",
		    "{'language': 'fr'}");
	rig_refused(*state, "cashier", "printing.LetterheadSet", ST_PERMISSION_DENIED, NULL,
		    "{'phone': '1'}");
	rig_dry(*state, "manager", "printing.LetterheadSet", "{'phone': '1'}");
	h = rig_ok(*state, "clerk", "printing.LetterheadShow", "{}");
	assert_string_equal(rig_text(h, "phone"), "8800 1200");
}

/* Asked for, else the customer's, else the property's, else English. */
static void language_is_the_customers(void **state)
{
	static const struct {
		const char *party, *more, *title, *code;
	} cases[] = {
		{ "P-1001", "", "收据", "zh" },
		{ "P-1002", "", "收據", "zh-Hant" },
		{ "P-1003", "", "Receipt", "en" },
		{ "P-1004", "", "Receipt", "en" },
		{ "P-1001", ", 'language': 'en'", "Receipt", "en" },
		{ "P-1004", ", 'language': 'zh-Hant'", "收據", "zh-Hant" },
	};
	char number[40];
	const json_t *p;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		p = print(*state, pay(*state, cases[i].party, number), cases[i].more);
		assert_string_equal(rig_text(p, "prints.0.document.title"), cases[i].title);
		assert_string_equal(rig_text(p, "prints.0.language"), cases[i].code);
		assert_string_equal(rig_text(p, "prints.0.document.language"), cases[i].code);
	}
	p = print(*state, pay(*state, "P-1001", number), "");
	assert_string_equal(rig_text(p, "prints.0.document.paragraphs.0"),
			    "金额大写: 人民币壹拾贰元零伍分");
	rig_ok(*state, "manager", "printing.LetterheadSet", "{'language': 'zh'}");
	p = print(*state, pay(*state, "P-1003", number), "");
	assert_string_equal(rig_text(p, "prints.0.language"), "zh");
	p = print(*state, pay(*state, "P-1004", number), "");
	assert_string_equal(rig_text(p, "prints.0.language"), "en");
	rig_refused(*state, "cashier", "payment.Print", ST_INVALID_ARGUMENT, "language",
		    "{'payment': ['%s'], 'language': 'pl'}", number);
}

static void prints_are_listed(void **state)
{
	char number[40];
	const json_t *l;

	pay(*state, "P-1004", number);
	print(*state, number, "");
	rig_ok(*state, "finance", "payment.Print", "{'payment': ['%s']}", number);
	rig_dry(*state, "finance", "payment.Print", "{'payment': ['%s']}", number);
	l = rig_ok(*state, "supervisor", "printing.List", "{'number': 'SUN/%s'}", number);
	assert_int_equal(rig_count(l, "prints"), 2);
	assert_string_equal(rig_text(l, "prints.0.by"), "finance");
	assert_int_equal(rig_int(l, "prints.0.copy"), 1);
	assert_string_equal(rig_text(l, "prints.1.by"), "cashier");
	assert_int_equal(rig_int(l, "prints.1.copy"), 0);
	l = rig_ok(*state, "supervisor", "printing.List", "{'copies': true, 'user': 'finance'}");
	assert_int_equal(rig_count(l, "prints"), 1);
	l = rig_ok(*state, "supervisor", "printing.List", "{'document': 'refund'}");
	assert_int_equal(rig_count(l, "prints"), 0);
	l = rig_ok(*state, "supervisor", "printing.List", "{'limit': 1}");
	assert_string_equal(rig_text(l, "prints.0.number"), number);
	l = rig_ok(*state, "supervisor", "printing.List", "{'limit': 1, 'after': '%s'}",
		   rig_text(l, "prints.0.cursor"));
	assert_int_equal(rig_int(l, "prints.0.copy"), 0);
	rig_refused(*state, "clerk", "printing.List", ST_PERMISSION_DENIED, NULL, "{}");
	rig_refused(*state, "supervisor", "printing.List", ST_INVALID_ARGUMENT, "after",
		    "{'after': 'x'}");
}

/* What was printed stands: nobody makes an original of a copy. */
static void prints_stand(void **state)
{
	assert_string_equal(rig_sql(*state, "select count(*) from pg_trigger t where t.tgrelid = "
					    "'steward.print_log'::regclass and t.tgenabled = 'A'"),
			    "2");
	assert_string_equal(
		rig_sql(*state, "select has_table_privilege('steward_app', 'steward.print_log', "
				"'update') or has_table_privilege('steward_app', "
				"'steward.print_log', 'delete')"),
		"f");
}

static void nothing_of_another_property_is_printed(void **state)
{
	char number[40];
	const json_t *h;

	rig_elsewhere(*state, "printing.LetterheadSet", "{'name': 'Lakeside Services'}");
	rig_elsewhere(*state, "party.Add", "{'name': 'Zhou'}");
	(void)snprintf(number, sizeof(number), "LAK/%s",
		       rig_text(rig_elsewhere(*state, "bill.Add",
					      "{'item': 'OTHER', 'party': 'P-1001', "
					      "'amount_minor': 500}"),
				"number"));
	rig_refused(*state, "cashier", "bill.Print", ST_NOT_FOUND, "bill", "{'bill': ['%s']}",
		    number);
	rig_refused(*state, "clerk", "bill.Statement", ST_NOT_FOUND, "party",
		    "{'party': 'LAK/P-1001'}");
	h = rig_ok(*state, "clerk", "printing.LetterheadShow", "{}");
	assert_string_not_equal(rig_text(h, "name"), "Lakeside Services");
	assert_int_equal(
		rig_call(*state, "clerk", "LAK", "printing.LetterheadShow", "{}", NULL).err.code,
		ST_NOT_FOUND);
	assert_int_equal(rig_call(*state, "foreign", "SUN", "payment.Print",
				  "{'payment': ['SUN-26-000001']}", NULL)
				 .err.code,
			 ST_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letterhead_is_what_is_given_or_the_property),
		cmocka_unit_test(language_is_the_customers),
		cmocka_unit_test(prints_are_listed),
		cmocka_unit_test(prints_stand),
		cmocka_unit_test(nothing_of_another_property_is_printed),
	};

	return cmocka_run_group_tests_name("printing", tests, prepare, rig_down);
}
