/* Dunning: levels, the preview that says why not, notices with the lines they name, each level of a
 * line once. Which line comes to which level is told in tests/pgtap/arrears.sql. */
#include <string.h>
#include <unistd.h>

#include "tests/support/rig.h"

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
	assert_int_equal(rig_count(rig_ok(*state, "manager", "dunning.List", "{}"), "notices"), 1);
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
		cmocka_unit_test(daemon_proposes),
	};

	return cmocka_run_group_tests_name("dunning", tests, prepare, rig_down);
}
