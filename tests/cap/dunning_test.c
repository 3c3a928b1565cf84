/* Dunning: levels, the preview that says why not, notices with the lines they name, each level of a
 * line once. Which line comes to which level is told in tests/pgtap/arrears.sql. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/prints.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	for (int i = 1; i <= 3; i++) {
		rig_ok(*state, "clerk", "party.Add", "{'name': 'Wang'}");
		rig_ok(*state, "cashier", "bill.Add",
		       "{'item': 'RENT', 'party': 'P-100%d', 'amount_minor': 10000, 'date': "
		       "'2026-01-02', 'due': '2026-01-10'}",
		       i);
	}
	rig_ok(*state, "cashier", "bill.Dispute", "{'bill': 'B-1003'}");
	rig_ok(*state, "clerk", "place.Add", "{'kind': 'unit', 'number': '1-101'}");
	rig_ok(*state, "clerk", "party.Add", "{'name': 'Zhao', 'language': 'zh-TW'}");
	rig_elsewhere(*state, "dunning.LevelSet",
		      "{'level': 1, 'days': 3, 'title': 'Far', 'body': 'Far'}");
	return 0;
}

static void level_is_set(void **state)
{
	const json_t *r;

	rig_dry(*state, "manager", "dunning.LevelSet",
		"{'level': 1, 'days': 7, 'title': 'Reminder', 'body': 'Pay {total}'}");
	assert_int_equal(rig_count(rig_ok(*state, "cashier", "dunning.LevelList", "{}"), "levels"),
			 0);
	r = rig_twice(*state, "manager", "dunning.LevelSet",
		      "{'level': 1, 'days': 7, 'title': 'Reminder', 'body': 'Pay {total}', "
		      "'fee_minor': 500}");
	assert_string_equal(rig_text(r, "channel"), "letter");
	assert_int_equal(rig_int(r, "pay_days"), 14);
	r = rig_ok(
		*state, "manager", "dunning.LevelSet",
		"{'level': 1, 'body': '{customer}, pay {total} and {fee} by {pay_by}: {lines}'}");
	assert_int_equal(rig_int(r, "fee_minor"), 500);
	rig_ok(*state, "manager", "dunning.LevelSet",
	       "{'level': 2, 'days': 30, 'title': 'Notice', 'body': 'Now'}");
	r = rig_ok(*state, "cashier", "dunning.LevelList", "{}");
	assert_int_equal(rig_count(r, "levels"), 2);
	rig_refused(*state, "cashier", "dunning.LevelSet", ST_PERMISSION_DENIED, NULL,
		    "{'level': 1, 'days': 8}");
	rig_refused(*state, "manager", "dunning.LevelSet", ST_INVALID_ARGUMENT, "body",
		    "{'level': 1, 'body': 'Dear {nobody}'}");
	rig_refused(*state, "manager", "dunning.LevelSet", ST_INVALID_ARGUMENT, "title",
		    "{'level': 3, 'days': 60}");
	rig_refused(*state, "manager", "dunning.LevelSet", ST_FAILED_PRECONDITION, "level",
		    "{'level': 4, 'days': 60, 'title': 'x', 'body': 'x'}");
	rig_refused(*state, "manager", "dunning.LevelSet", ST_INVALID_ARGUMENT, "days",
		    "{'level': 2, 'days': 7}");
}

static void preview_says_who_and_why_not(void **state)
{
	const json_t *r;

	rig_ok(*state, "cashier", "promise.Make", "{'party': 'P-1002', 'on': '2999-01-01'}");
	r = rig_ok(*state, "building_steward", "dunning.Preview", "{}");
	assert_int_equal(rig_count(r, "proposals"), 3);
	assert_string_equal(rig_text(r, "proposals.0.party"), "P-1001");
	assert_int_equal(rig_int(r, "proposals.0.fee_minor"), 500);
	assert_false(rig_has(r, "proposals.0.why_not"));
	assert_string_equal(rig_text(rig_find(r, "proposals", "party", "P-1002"), "why_not"),
			    "promised until 2999-01-01");
	assert_string_equal(rig_text(rig_find(r, "proposals", "party", "P-1003"), "why_not"),
			    "disputed");
	r = rig_ok(*state, "cashier", "dunning.Preview", "{'party': 'P-1003'}");
	assert_int_equal(rig_count(r, "proposals"), 1);
}

static void run_issues_each_level_once(void **state)
{
	const json_t *r;

	rig_refused(*state, "building_steward", "dunning.Run", ST_PERMISSION_DENIED, NULL, "{}");
	rig_refused(*state, "cashier", "dunning.Run", ST_FAILED_PRECONDITION, "party",
		    "{'party': 'P-1002'}");
	rig_dry(*state, "cashier", "dunning.Run", "{}");
	r = rig_twice(*state, "cashier", "dunning.Run", "{}");
	assert_int_equal(rig_int(r, "notices"), 1);
	assert_int_equal(rig_int(r, "amount_minor"), 10000);
	assert_int_equal(rig_int(r, "fees_minor"), 500);
	rig_refused(*state, "cashier", "dunning.Run", ST_FAILED_PRECONDITION, "party", "{}");
	r = rig_ok(*state, "manager", "dunning.List", "{'party': 'P-1001', 'level': 1}");
	assert_int_equal(rig_count(r, "notices"), 1);
	r = rig_ok(*state, "manager", "dunning.Show", "{'notice': '%s'}",
		   rig_text(r, "notices.0.number"));
	assert_int_equal(rig_count(r, "lines"), 1);
	assert_string_equal(rig_text(r, "lines.0.bill"), "B-1001");
	assert_int_equal(rig_int(r, "lines.0.level"), 1);
	assert_non_null(strstr(rig_text(r, "notice.body"), "Wang, pay 100.00 and 5.00 by "));
	assert_non_null(strstr(rig_text(r, "notice.body"), "B-1001 line 1: Rent, due 2026-01-10"));
	/* The fee is a claim of its own. */
	r = rig_ok(*state, "cashier", "bill.Show", "{'bill': '%s'}",
		   rig_text(r, "notice.fee_bill"));
	assert_string_equal(rig_text(r, "lines.0.item"), "DUNNING");
	assert_int_equal(rig_int(r, "lines.0.amount_minor"), 500);
	rig_refused(*state, "manager", "dunning.Show", ST_NOT_FOUND, "notice",
		    "{'notice': 'DN-9999'}");
}

/* A text in another language is for those who speak it; the level has to be there first. */
static void level_has_a_text_in_each_language(void **state)
{
	const json_t *r;

	rig_refused(*state, "manager", "dunning.LevelSet", ST_FAILED_PRECONDITION, "level",
		    "{'level': 3, 'language': 'zh', 'title': 'x', 'body': 'x'}");
	rig_refused(*state, "manager", "dunning.LevelSet", ST_INVALID_ARGUMENT, "body",
		    "{'level': 1, 'language': 'zh', 'title': 'x'}");
	rig_refused(*state, "manager", "dunning.LevelSet", ST_INVALID_ARGUMENT, "language",
		    "{'level': 1, 'language': 'fr', 'title': 'x', 'body': 'x'}");
	r = rig_ok(*state, "manager", "dunning.LevelSet",
		   "{'level': 1, 'language': 'zh', 'title': '温馨提示', 'body': "
		   "'{customer}：\\n\\n请于{pay_by}前缴清。\\n\\n{lines}\\n\\n谢谢。'}");
	assert_string_equal(rig_text(r, "title"), "温馨提示");
	assert_int_equal(rig_int(r, "fee_minor"), 500);
	r = rig_ok(*state, "manager", "dunning.LevelSet",
		   "{'level': 1, 'language': 'zh', 'title': '催缴通知'}");
	assert_non_null(strstr(rig_text(r, "body"), "请于"));
	r = rig_ok(*state, "cashier", "dunning.LevelList", "{}");
	assert_int_equal(rig_count(r, "levels"), 3);
	assert_string_equal(rig_text(r, "levels.0.title"), "Reminder");
	assert_false(rig_has(r, "levels.0.language"));
	assert_string_equal(rig_text(r, "levels.1.language"), "zh");
}

/* The letters of a run, each once, and what one says: the customer's language, the lines as a table
 * where the text names them, the fee. What is printed again is a copy. */
static void letters_are_printed_once(void **state)
{
	char number[20], run[20];
	const json_t *r, *p;

	rig_ok(*state, "cashier", "bill.Add",
	       "{'item': 'RENT', 'party': 'P-1004', 'place': '1-101', 'amount_minor': 123456, "
	       "'date': '2026-01-02', 'due': '2026-01-20'}");
	r = rig_ok(*state, "cashier", "dunning.Run", "{'party': 'P-1004'}");
	(void)snprintf(run, sizeof(run), "%s", rig_text(r, "number"));
	rig_refused(*state, "clerk", "dunning.Print", ST_PERMISSION_DENIED, NULL,
		    "{'notice': ['%s']}", run);
	rig_refused(*state, "cashier", "dunning.Print", ST_INVALID_ARGUMENT, "notice", "{}");
	rig_refused(*state, "cashier", "dunning.Print", ST_NOT_FOUND, "notice",
		    "{'notice': ['DN-9999']}");
	rig_refused(*state, "cashier", "dunning.Print", ST_NOT_FOUND, "notice",
		    "{'notice': ['DR-9999']}");
	p = rig_dry(*state, "cashier", "dunning.Print", "{'notice': ['%s']}", run);
	assert_string_equal(rig_text(p, "prints.0.document.mark"), "草稿 DRAFT");
	p = rig_twice(*state, "cashier", "dunning.Print", "{'notice': ['%s']}", run);
	assert_int_equal(rig_count(p, "prints"), 1);
	assert_string_equal(rig_text(p, "prints.0.kind"), "dunning_notice");
	assert_int_equal(rig_int(p, "prints.0.copy"), 0);
	assert_string_equal(rig_text(p, "prints.0.language"), "zh-Hant");
	assert_string_equal(rig_text(p, "prints.0.document.title"), "催缴通知");
	assert_string_equal(rig_text(p, "prints.0.document.addressee.0"), "Zhao");
	assert_string_equal(rig_text(p, "prints.0.document.addressee.1"), "1-101");
	assert_string_equal(rig_text(p, "prints.0.document.introduction.0"), "Zhao：");
	assert_string_equal(rig_text(p, "prints.0.document.paragraphs.0"), "谢谢。");
	assert_int_equal(rig_count(p, "prints.0.document.introduction"), 2);
	assert_string_equal(prints_cell(p, 0, 0), "1,234.56");
	assert_string_equal(prints_cell(p, 0, 1), "5.00");
	assert_string_equal(prints_cell(p, 0, 2), "1,239.56");
	assert_string_equal(rig_text(p, "prints.0.document.code.text"), "SUN/P-1004");
	(void)snprintf(number, sizeof(number), "%s", rig_text(p, "prints.0.number"));
	/* The text by itself names the lines in the same language. */
	r = rig_ok(*state, "cashier", "dunning.Show", "{'notice': '%s'}", number);
	assert_non_null(strstr(rig_text(r, "notice.body"), "應繳日期 2026-01-20"));
	p = rig_ok(*state, "cashier", "dunning.Print", "{'notice': ['%s']}", run);
	assert_int_equal(rig_count(p, "prints"), 0);
	rig_ok(*state, "cashier", "shift.Open", "{'drawer': 'D1'}");
	rig_ok(*state, "cashier", "payment.Take", "{'party': 'P-1004', 'paid': ['cash=2000']}");
	p = rig_ok(*state, "building_steward", "dunning.Print",
		   "{'notice': ['%s'], 'language': 'en'}", number);
	assert_int_equal(rig_int(p, "prints.0.copy"), 1);
	assert_string_equal(rig_text(p, "prints.0.document.mark"), "PAID");
	assert_string_equal(rig_text(p, "prints.0.document.tables.0.columns.3.heading"),
			    "Days late");
	r = rig_ok(*state, "supervisor", "printing.List", "{'number': '%s'}", number);
	assert_int_equal(rig_count(r, "prints"), 2);
}

/* What goes out otherwise than by letter is not among the letters of its run. */
static void run_prints_letters_only(void **state)
{
	const json_t *r, *p;
	char run[20];

	rig_ok(*state, "manager", "dunning.LevelSet", "{'level': 1, 'channel': 'phone'}");
	rig_ok(*state, "clerk", "party.Add", "{'name': 'Qian'}");
	rig_ok(*state, "cashier", "bill.Add",
	       "{'item': 'RENT', 'party': 'P-1005', 'amount_minor': 100, 'date': '2026-01-02', "
	       "'due': '2026-01-20'}");
	r = rig_ok(*state, "cashier", "dunning.Run", "{'party': 'P-1005'}");
	(void)snprintf(run, sizeof(run), "%s", rig_text(r, "number"));
	p = rig_ok(*state, "cashier", "dunning.Print", "{'notice': ['%s']}", run);
	assert_int_equal(rig_count(p, "prints"), 0);
	r = rig_ok(*state, "manager", "dunning.List", "{'party': 'P-1005'}");
	p = rig_ok(*state, "cashier", "dunning.Print", "{'notice': ['%s']}",
		   rig_text(r, "notices.0.number"));
	assert_int_equal(rig_count(p, "prints"), 1);
	rig_ok(*state, "manager", "dunning.LevelSet", "{'level': 1, 'channel': 'letter'}");
}

/* The daemon proposes by itself, once something was decided; issuing settles it. */
static void daemon_proposes(void **state)
{
	const json_t *r = NULL;

	rig_ok(*state, "cashier", "bill.Dispute", "{'bill': 'B-1003', 'over': true}");
	rig_ok(*state, "manager", "arrears.Policy", "{'gap': 5}");
	for (int i = 0; i < 200; i++) {
		r = rig_ok(*state, "cashier", "agenda.List", "{'kind': 'dunning'}");
		if (rig_count(r, "entries") > 0)
			break;
		(void)usleep(50000);
	}
	assert_int_equal(rig_count(r, "entries"), 1);
	assert_non_null(strstr(rig_text(r, "entries.0.label"), "1 to be dunned"));
	assert_int_equal(rig_count(rig_ok(*state, "manager", "dunning.List", "{}"), "notices"), 3);
	rig_ok(*state, "cashier", "dunning.Run", "{}");
	r = rig_ok(*state, "cashier", "agenda.List", "{'kind': 'dunning', 'state': 'kept'}");
	assert_int_equal(rig_count(r, "entries"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(level_is_set),
		cmocka_unit_test(preview_says_who_and_why_not),
		cmocka_unit_test(run_issues_each_level_once),
		cmocka_unit_test(level_has_a_text_in_each_language),
		cmocka_unit_test(letters_are_printed_once),
		cmocka_unit_test(run_prints_letters_only),
		cmocka_unit_test(daemon_proposes),
	};

	return cmocka_run_group_tests_name("dunning", tests, prepare, rig_down);
}
