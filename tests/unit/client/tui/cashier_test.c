/* The cashier: whose money it is, what is due, how it is paid, and that it is taken once. */
#include "tests/unit/client/tui/tui_rig.h"

#include <string.h>

#include "client/tui/cashier.h"
#include "client/tui/source.h"
#include "common/wire.h"

#define SHIFT                                                                                  \
	"{'shifts': [{'number': 'SH-2211', 'state': 'open', 'cashier': 'li', 'drawer': 'D2', " \
	"'opened_at': '2026-11-23T07:58:01+08:00', 'float_minor': 50000, 'currency': 'CNY'}]}"
#define UNIT                                                                                       \
	"{'rows': [{'match': 'exact', 'kind': 'unit', 'number': '3-1-1202', 'place': '3-1-1202', " \
	"'entity': 'place', 'id': '01a00000-0000-7000-8000-000000000001'}]}"
#define LINE(bill, text, open)                                                            \
	"{'bill': '" bill "', 'line': 1, 'item': 'MANAGEMENT', 'text': '" text            \
	"', 'due': '2026-09-30', 'days_late': 54, 'currency': 'CNY', 'open_minor': " open \
	", 'total_minor': " open "}"
#define PAYER                                                                               \
	"'payer': {'party': 'P-1001', 'party_name': 'Wang Xiaoming', 'place': '3-1-1202', " \
	"'advance_minor': 0, 'currency': 'CNY'}"
#define DUE                                                                            \
	"{" PAYER ", 'due': [" LINE("B-1001", "Management 2026-09", "42680") "," LINE( \
		"B-1002", "Management 2026-10", "42680") "," LINE("B-1003", "Water", "42690") "]}"
#define TAKEN                                                                                 \
	"{'number': 'SUN-26-000123', 'party_name': 'Wang Xiaoming', 'amount_minor': 128050, " \
	"'paid': 'cash 1280.50', 'change_minor': 1950, 'currency': 'CNY'}"

static void open_cashier(struct tui_rig *r)
{
	app_push(tui_app(r), cashier_new(tui_app(r), "", ""));
	tui_answer(r, "shift.List", SHIFT);
}

static void find_unit(struct tui_rig *r)
{
	open_cashier(r);
	tui_keys(r, "'3-1-1202' Enter");
	tui_answer(r, "find.Find", UNIT);
	tui_answer(r, "payment.Due", DUE);
	tui_answer(r, "payment.List", "{}");
	tui_answer(r, "prepaid.List", "{}");
	tui_answer(r, "deposit.List", "{}");
}

static const char *asked(struct tui_rig *r, const char *field, size_t i, struct arena *mem)
{
	const ProtobufCMessage *rq = tui_asked(r, "payment.Take");
	const ProtobufCFieldDescriptor *f = message_field(rq->descriptor, field);
	const char *text = i < field_count(rq, f) ? field_text(rq, f, i, mem) : NULL;

	return text != NULL ? text : "";
}

static void all_that_is_due_takes_a_digit_and_what_was_handed_over(void **state)
{
	struct arena mem;

	arena_init(&mem, 1u << 20);
	find_unit(*state);
	tui_expect_text(*state, "shift SH-2211  drawer D2  opened 07:58  float 500.00");
	tui_expect_text(*state, "P-1001  Wang Xiaoming");
	tui_expect_text(*state, "all   DUE 1,280.50");
	tui_keys(*state, "1 '1300'");
	tui_expect_text(*state, "Change  19.50");
	tui_expect_text(*state, "Paid 1,280.50 of 1,280.50");
	tui_keys(*state, "Ctrl-S");
	assert_string_equal(asked(*state, "paid", 0, &mem), "cash=1280.50");
	assert_string_equal(asked(*state, "paid", 1, &mem), "");
	assert_string_equal(asked(*state, "tendered_minor", 0, &mem), "130000");
	assert_string_equal(asked(*state, "party", 0, &mem), "P-1001");
	assert_string_equal(asked(*state, "place", 0, &mem), "3-1-1202");
	assert_string_equal(asked(*state, "bill", 0, &mem), "");
	tui_answer(*state, "payment.Take", TAKEN);
	tui_expect_text(*state, "SUN-26-000123: 1,280.50 taken, change 19.50");
	tui_expect_text(*state, "into a PDF file");
	arena_fini(&mem);
}

static void marked_bills_are_named_and_make_the_sum(void **state)
{
	struct arena mem;

	arena_init(&mem, 1u << 20);
	find_unit(*state);
	tui_keys(*state, "Down Space Space");
	tui_expect_text(*state, "marked 2   DUE 853.70");
	tui_keys(*state, "2 'A1B2' Ctrl-S");
	assert_string_equal(asked(*state, "paid", 0, &mem), "card=853.70:A1B2");
	assert_string_equal(asked(*state, "bill", 0, &mem), "B-1002");
	assert_string_equal(asked(*state, "bill", 1, &mem), "B-1003");
	assert_string_equal(asked(*state, "bill", 2, &mem), "");
	assert_string_equal(asked(*state, "tendered_minor", 0, &mem), "");
	arena_fini(&mem);
}

/* All marked is all that is due; marking all once more is none. */
static void a_marks_all_and_none(void **state)
{
	find_unit(*state);
	tui_keys(*state, "a");
	tui_expect_text(*state, "marked 3   DUE 1,280.50");
	tui_keys(*state, "a");
	tui_expect_text(*state, "all   DUE 1,280.50");
}

static void less_cash_leaves_the_rest_to_the_next_digit(void **state)
{
	struct arena mem;

	arena_init(&mem, 1u << 20);
	find_unit(*state);
	tui_keys(*state, "1 '1000'");
	tui_expect_text(*state, "Too little  280.50");
	tui_keys(*state, "Enter");
	tui_expect_text(*state, "Paid 1,000.00 of 1,280.50   280.50 stays due");
	tui_keys(*state, "3 'WX77' Ctrl-S");
	assert_string_equal(asked(*state, "paid", 0, &mem), "cash=1000.00");
	assert_string_equal(asked(*state, "paid", 1, &mem), "qr=280.50:WX77");
	arena_fini(&mem);
}

static void a_part_stays_due_and_too_much_is_in_advance(void **state)
{
	struct arena mem;

	arena_init(&mem, 1u << 20);
	find_unit(*state);
	tui_keys(*state, "4 Up '300'");
	tui_expect_text(*state, "980.50 stays due");
	tui_keys(*state, "Ctrl-U '1500.55'");
	tui_expect_text(*state, "220.05 in advance");
	tui_keys(*state, "Ctrl-S");
	assert_string_equal(asked(*state, "paid", 0, &mem), "transfer=1500.55");
	arena_fini(&mem);
}

/* The way that took all makes room for the one that was meant. */
static void another_digit_is_another_way(void **state)
{
	find_unit(*state);
	tui_keys(*state, "2 Esc 3");
	tui_expect_text(*state, " 2 card [3 qr]");
	tui_expect_text(*state, "[1,280.50");
}

static void enter_never_takes_money(void **state)
{
	find_unit(*state);
	tui_keys(*state, "1 '1300' Enter Enter Enter Enter Enter Enter");
	assert_int_equal(tui_waiting(*state, "payment.Take"), 0);
}

static void what_cannot_be_taken_says_why(void **state)
{
	struct tui_rig *r = *state;

	app_push(tui_app(r), cashier_new(tui_app(r), "", ""));
	tui_answer(r, "shift.List", "{}");
	tui_expect_text(r, "NO SHIFT IS OPEN: ^O opens one");
	tui_keys(r, "Ctrl-S");
	tui_expect_text(r, "no shift is open; ^O opens one");
	tui_keys(r, "Esc Esc");
	tui_roles(r, 1u << STEWARD__ROLE__CLERK);
	app_push(tui_app(r), cashier_new(tui_app(r), "", ""));
	tui_expect_text(r, "taking money is not in your roles");
	tui_keys(r, "Ctrl-S");
	tui_expect_text(r, "Take: not in your roles");
}

static void nothing_is_taken_without_a_way_or_with_too_little_cash(void **state)
{
	find_unit(*state);
	tui_keys(*state, "Ctrl-S");
	tui_expect_text(*state, "nobody has said how it is paid");
	tui_keys(*state, "1 '1000' Ctrl-S");
	tui_expect_text(*state, "less cash was handed over");
	assert_int_equal(tui_waiting(*state, "payment.Take"), 0);
}

/* One key until it is known what became of it; nothing else is sent meanwhile. */
static void without_an_answer_the_same_is_asked_under_the_same_key(void **state)
{
	struct tui_rig *r = *state;
	struct uuid first, again, next;
	struct arena mem;

	arena_init(&mem, 1u << 20);
	find_unit(r);
	tui_keys(r, "1 '1300' Ctrl-S");
	first = tui_asked_key(r, "payment.Take");
	tui_expect_text(r, "on its way");
	tui_keys(r, "Ctrl-S");
	assert_int_equal(tui_waiting(r, "payment.Take"), 1);
	tui_refuse(r, "payment.Take", ST_DEADLINE_EXCEEDED, "OUTCOME_UNKNOWN", NULL, "no answer");
	tui_expect_text(r, "NOT KNOWN YET: ^S asks");
	tui_keys(r, "'99' F5");
	tui_expect_text(r, "Next: it is not known yet what became of the last payment");
	tui_keys(r, "Ctrl-S");
	again = tui_asked_key(r, "payment.Take");
	assert_memory_equal(&first, &again, sizeof(first));
	assert_string_equal(asked(r, "tendered_minor", 0, &mem), "130000");
	tui_answer(r, "payment.Take", TAKEN);
	tui_expect_text(r, "SUN-26-000123");
	tui_keys(r, "Esc 2 Ctrl-S");
	next = tui_asked_key(r, "payment.Take");
	assert_memory_not_equal(&first, &next, sizeof(first));
	arena_fini(&mem);
}

/* The screen, or the program, ended in between: the next one takes it up. */
static void what_an_earlier_screen_sent_is_asked_for(void **state)
{
	struct tui_rig *r = *state;
	struct uuid first, again;
	struct arena mem;

	arena_init(&mem, 1u << 20);
	find_unit(r);
	tui_keys(r, "1 '1300' Ctrl-S");
	first = tui_asked_key(r, "payment.Take");
	app_home(tui_app(r), cashier_new(tui_app(r), "", ""));
	tui_expect_text(r, "NOT KNOWN YET: ^S asks");
	tui_refuse(r, "payment.Take", ST_UNAVAILABLE, NULL, NULL, "the line is lost");
	tui_keys(r, "Ctrl-S");
	again = tui_asked_key(r, "payment.Take");
	assert_memory_equal(&first, &again, sizeof(first));
	assert_string_equal(asked(r, "paid", 0, &mem), "cash=1280.50");
	tui_answer(r, "payment.Take", TAKEN);
	tui_expect_text(r, "retry-safe");
	app_home(tui_app(r), cashier_new(tui_app(r), "", ""));
	tui_expect_no_text(r, "NOT KNOWN");
	arena_fini(&mem);
}

static void what_is_given_up_is_asked_for_no_more(void **state)
{
	struct tui_rig *r = *state;

	find_unit(r);
	tui_keys(r, "1 Ctrl-S");
	tui_refuse(r, "payment.Take", ST_UNAVAILABLE, NULL, NULL, "the line is lost");
	tui_keys(r, "Ctrl-X Tab Enter");
	tui_expect_text(r, "retry-safe");
	app_home(tui_app(r), cashier_new(tui_app(r), "", ""));
	tui_expect_no_text(r, "NOT KNOWN");
}

/* A refusal is stored under its key: what is typed better is another change. */
static void what_was_refused_is_sent_under_another_key(void **state)
{
	struct tui_rig *r = *state;
	struct uuid first, next;

	find_unit(r);
	tui_keys(r, "1 '1300' Ctrl-S");
	first = tui_asked_key(r, "payment.Take");
	tui_refuse(r, "payment.Take", ST_FAILED_PRECONDITION, "NO_SHIFT", "shift",
		   "you have no shift open");
	tui_expect_text(r, "you have no shift open");
	tui_expect_text(r, "Paid 1,280.50 of 1,280.50");
	tui_keys(r, "Ctrl-S");
	next = tui_asked_key(r, "payment.Take");
	assert_memory_not_equal(&first, &next, sizeof(first));
}

static void keys_typed_ahead_wait_for_the_answer(void **state)
{
	struct tui_rig *r = *state;
	struct arena mem;

	arena_init(&mem, 1u << 20);
	open_cashier(r);
	tui_keys(r, "'3-1-1202' Enter Down Space 1 '500' Ctrl-S");
	assert_int_equal(tui_waiting(r, "payment.Take"), 0);
	tui_answer(r, "find.Find", UNIT);
	tui_answer(r, "payment.Due", DUE);
	assert_string_equal(asked(r, "bill", 0, &mem), "B-1002");
	assert_string_equal(asked(r, "paid", 0, &mem), "cash=426.80");
	assert_string_equal(asked(r, "tendered_minor", 0, &mem), "50000");
	arena_fini(&mem);
}

/* They were meant for somebody who is not there. */
static void keys_typed_ahead_of_nobody_are_dropped(void **state)
{
	struct tui_rig *r = *state;

	open_cashier(r);
	tui_keys(r, "'9-9' Enter 1 '500' Ctrl-S");
	tui_answer(r, "find.Find", "{}");
	tui_expect_text(r, "Nothing here is called 9-9.");
	tui_expect_text(r, "[9-9  ");
	assert_int_equal(tui_waiting(r, "payment.Take"), 0);
}

static void several_are_chosen_from(void **state)
{
	struct tui_rig *r = *state;
	struct arena mem;

	arena_init(&mem, 1u << 20);
	open_cashier(r);
	tui_keys(r, "'wang' Enter");
	tui_answer(r, "find.Find",
		   "{'rows': ["
		   "{'match': 'suggested', 'number': 'P-1001', 'party': 'Wang Xiaoming', 'entity': "
		   "'party', 'id': '01a00000-0000-7000-8000-000000000001'},"
		   "{'match': 'suggested', 'number': 'P-1002', 'party': 'Wang Fang', 'entity': "
		   "'party', "
		   "'id': '01a00000-0000-7000-8000-000000000002'}]}");
	tui_expect_text(r, "Wang Fang");
	tui_keys(r, "2");
	assert_string_equal(reply_text(tui_asked(r, "payment.Due"), "party", &mem), "P-1002");
	arena_fini(&mem);
}

/* The code on a bill is the number of that bill. */
static void a_bill_s_number_finds_the_customer_and_marks_the_bill(void **state)
{
	struct tui_rig *r = *state;
	struct arena mem;

	arena_init(&mem, 1u << 20);
	open_cashier(r);
	tui_keys(r, "'SUN/B-1003' Enter");
	assert_string_equal(reply_text(tui_asked(r, "bill.Show"), "bill", &mem), "SUN/B-1003");
	tui_answer(r, "bill.Show", "{'bill': {'number': 'B-1003', 'party': 'P-1001'}}");
	tui_answer(r, "payment.Due", DUE);
	tui_expect_text(r, "marked 1   DUE 426.90");
	arena_fini(&mem);
}

static void nothing_typed_for_one_customer_is_left_for_the_next(void **state)
{
	struct tui_rig *r = *state;

	find_unit(r);
	tui_keys(r, "a 1 '1300' F5");
	tui_expect_text(r, "Find a unit or a person first.");
	tui_expect_text(r, "Paid 0.00 of 0.00");
	tui_expect_no_text(r, "Wang Xiaoming");
}

/* Somebody else's money settles these bills, so they are named. */
static void another_payer_pays_these_bills(void **state)
{
	struct arena mem;

	arena_init(&mem, 1u << 20);
	find_unit(*state);
	tui_keys(*state, "2 Tab 'P-1007' Tab 'his brother' Ctrl-S");
	assert_string_equal(asked(*state, "party", 0, &mem), "P-1007");
	assert_string_equal(asked(*state, "bill", 0, &mem), "B-1001");
	assert_string_equal(asked(*state, "bill", 2, &mem), "B-1003");
	assert_string_equal(asked(*state, "note", 0, &mem), "his brother");
	arena_fini(&mem);
}

static void money_for_a_prepaid_balance_is_a_top_up(void **state)
{
	struct tui_rig *r = *state;
	const ProtobufCMessage *rq;
	struct arena mem;

	arena_init(&mem, 1u << 20);
	open_cashier(r);
	tui_keys(r, "'3-1-1202' Enter");
	tui_answer(r, "find.Find", UNIT);
	tui_answer(r, "payment.Due", DUE);
	tui_answer(
		r, "prepaid.List",
		"{'accounts': [{'number': 'PA-1001', 'item': 'ELECTRICITY', 'place': '3-1-1202', "
		"'balance_minor': 1230}]}");
	tui_expect_text(r, "prepaid 12.30");
	tui_keys(r, "Ctrl-T");
	tui_expect_text(r, "top up: ELECTRICITY 3-1-1202, balance 12.30");
	tui_expect_text(r, "(nothing was paid in advance)");
	tui_keys(r, "3 1 '200' Ctrl-S");
	rq = tui_asked(r, "prepaid.TopUp");
	assert_string_equal(reply_text(rq, "account", &mem), "PA-1001");
	assert_string_equal(reply_text(rq, "paid", &mem), "cash=200.00");
	tui_answer(r, "prepaid.TopUp",
		   "{'number': 'PA-1001', 'receipt': 'SUN-26-000124', 'balance_minor': 21230, "
		   "'currency': 'CNY'}");
	tui_expect_text(r, "SUN-26-000124: 200.00 taken");
	tui_expect_text(r, "Payment print SUN-26-000124");
	arena_fini(&mem);
}

static void what_was_paid_before_is_voided_by_a_form(void **state)
{
	struct tui_rig *r = *state;

	open_cashier(r);
	tui_keys(r, "'3-1-1202' Enter");
	tui_answer(r, "find.Find", UNIT);
	tui_answer(r, "payment.Due", "{" PAYER "}");
	tui_answer(
		r, "payment.List",
		"{'payments': [{'number': 'SUN-26-000122', 'kind': 'payment', 'date': "
		"'2026-11-20', 'amount_minor': 5000, 'currency': 'CNY', 'paid': 'cash 50.00'}]}");
	tui_keys(r, "v");
	tui_expect_text(r, "Void: there is no receipt under the cursor");
	tui_keys(r, "b v");
	tui_expect_text(r, "Payment void SUN-26-000122");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tui_setup, tui_teardown)
		T(all_that_is_due_takes_a_digit_and_what_was_handed_over),
		T(marked_bills_are_named_and_make_the_sum),
		T(a_marks_all_and_none),
		T(less_cash_leaves_the_rest_to_the_next_digit),
		T(a_part_stays_due_and_too_much_is_in_advance),
		T(another_digit_is_another_way),
		T(enter_never_takes_money),
		T(what_cannot_be_taken_says_why),
		T(nothing_is_taken_without_a_way_or_with_too_little_cash),
		T(without_an_answer_the_same_is_asked_under_the_same_key),
		T(what_an_earlier_screen_sent_is_asked_for),
		T(what_is_given_up_is_asked_for_no_more),
		T(what_was_refused_is_sent_under_another_key),
		T(keys_typed_ahead_wait_for_the_answer),
		T(keys_typed_ahead_of_nobody_are_dropped),
		T(several_are_chosen_from),
		T(a_bill_s_number_finds_the_customer_and_marks_the_bill),
		T(nothing_typed_for_one_customer_is_left_for_the_next),
		T(another_payer_pays_these_bills),
		T(money_for_a_prepaid_balance_is_a_top_up),
		T(what_was_paid_before_is_voided_by_a_form),
	};

	return cmocka_run_group_tests_name("tui cashier", tests, NULL, NULL);
}
