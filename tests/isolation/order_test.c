/* Whoever moves money at a property takes its ledger first (ledger_hold()), so that no two ever
 * wait for each other, whatever rows they need besides: lines, pots, deposits, balances, meters,
 * shifts, approvals, entries of the bank. Here those meet that take them in different order by
 * themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/isolation/house.h"

#define SCOPE "select set_config('steward.scope', '$p', false);"
#define GATES                                                                                    \
	"{counter,journal,payment,settlement,charge_line,pot,pot_entry,deposit,prepaid_account," \
	"prepaid_watch,prepaid_low,obligation,meter,meter_reading,shift,approval,bank_entry}"

/* A meter at each unit, read as 0 on the first day of 2026; a price by them. */
#define METERS                                                                                   \
	SCOPE "insert into meter (property_id, id, number, kind, utility, place_id, "            \
	      "installed_on) select $p, uuid7(), 'M-' || right(number, 1), 'unit', "             \
	      "'electricity', "                                                                  \
	      "id, '2026-01-01' from place where property_id = $p;"                              \
	      "insert into meter_dial (property_id, id, meter_id, seq, digits, from_on) select " \
	      "$p, uuid7(), id, 1, 6, '2026-01-01' from meter where property_id = $p;"           \
	      "insert into meter_reading (property_id, id, meter_id, dial_id, seq, read_on, "    \
	      "value, kind, source) select $p, uuid7(), meter_id, id, 1, '2026-01-01', 0, "      \
	      "'first', 'desk' from meter_dial where property_id = $p;"                          \
	      "select standard_set($p, " KEY ", " A ", row('POWER', 'Power', 'ELECTRICITY', "    \
	      "'metered', null, null, null, null, 'electricity', 'exception', null, '0.50', "    \
	      "null, null, null, '2026-01-01')::standard_input);"
#define READ(meter, value, day)                                                                 \
	"select id from reading_add(array[$p], '" meter "', " KEY ", " A ", '" value "', '" day \
	"', null, true, null);"
#define TICK "select done from prepaid_tick($p, 1);"
/* 5.00 are in it; it is low below 'threshold'. */
#define PREPAID(threshold)                           \
	METERS "select prepaid_open($p, " KEY ", " A \
	       ", null, '1-101', 'POWER', 'M-1', " #threshold ", '2026-01-01', 500);"
/* 20 kWh are drawn: 5.00 are owed. 10 more are read, and not drawn yet. */
#define OWING PREPAID(0) READ("M-1", "20", "2026-02-01") TICK READ("M-1", "30", "2026-03-01")
#define TOP_UP(user, paid)                                                           \
	"select payment_id from prepaid_top_up(array[$p], 'PA-1001', " KEY ", " user \
	", null, '{" paid "}', null, null);"
#define DEPOSIT                                                                               \
	"select deposit_take($p, " KEY ", " A ", null, 'P-1001', null, 'keys', '{cash=20}', " \
	"null, null, null);"
#define DEDUCT(user)                                                                            \
	"select deposit_id from deposit_deduct(array[$p], 'DP-1001', " KEY ", " user ", null, " \
	"'B-1001', null, null, null, 'Keys lost');"
#define MAY(user, role)                                                                 \
	"insert into user_grant (id, user_id, property_id, role) select " KEY ", " user \
	", $p, '" role "';"
#define APPROVE(user)                                                                         \
	"select id from approval_decide(array[$p], 'A-1001', " KEY ", " user ", 'approved', " \
	"null);"
#define LATE                                                                                     \
	"select bill_add($p, " KEY ", " A ", 'P-1001', null, 'RENT', null, 100000, null, null, " \
	"'2026-01-10', '2026-01-02');"
#define INTEREST(user, through) \
	"select interest_run($p, " KEY ", " user ", " through ", null, null, null);"
#define STATEMENT                                                                                \
	"insert into bank_account (property_id, id, code, name, iban, account_id) select $p, "   \
	"uuid7(), 'MAIN', 'Main', 'DE001', id from account where property_id = $p and purpose "  \
	"= 'bank';"                                                                              \
	"insert into bank_entry (property_id, id, number, bank_id, on_date, amount, reference, " \
	"fingerprint, copy) select $p, uuid7(), 'BE-1001', id, current_date, 1000, 'B-1001', "   \
	"'x', 1 from bank_account where property_id = $p;"
#define STANDS "select null::text"

static const struct meeting desks[] = {
	{ "money is taken while an advance is given back",
	  BILL("P-1001", 1000) TAKE(A, "P-1001", "cash=20"),
	  { TAKE(A, "P-1001", "cash=3"), REFUND(B, 600) },
	  GATES,
	  "select 'lost: ' || " ADVANCE " where $a <> 'ok' or $b <> 'ok' or " ADVANCE " <> 700" },
	{ "money is taken while an advance is used",
	  TAKE(A, "P-1001", "cash=5") BILL("P-1001", 1000),
	  { TAKE(A, "P-1001", "cash=20"), APPLY(B) },
	  GATES,
	  "select 'lost' where $a <> 'ok' or $b not in ('ok', 'STPRE') or " OPEN " <> 0 or " ADVANCE
	  " <> 1500" },
	{ "a payment is voided while another one is taken",
	  BILL("P-1001", 1000) TAKE(A, "P-1001", "cash=12"),
	  { VOID(A), TAKE(B, "P-1001", "cash=4") },
	  GATES,
	  "select 'lost' where $a <> 'ok' or $b <> 'ok' or " OPEN " + " ADVANCE " not in (600, "
	  "1400)" },
	{ "a bill is paid from a deposit and at the desk",
	  BILL("P-1001", 1000) DEPOSIT,
	  { DEDUCT(A), TAKE(B, "P-1001", "cash=10") },
	  GATES,
	  "select 'paid otherwise than once' where $b <> 'ok' or $a not in ('ok', 'STPRE') or " OPEN
	  " <> 0 or " ADVANCE " <> case when $a = 'ok' then 1000 else 0 end" },
	{ "a deposit is deducted from and given back",
	  BILL("P-1001", 1000) DEPOSIT,
	  { DEDUCT(A), "select deposit_id from deposit_refund(array[$p], 'DP-1001', " KEY ", " B
		       ", null, 'cash', 'Keys returned');" },
	  GATES,
	  "select 'more than was held' where (select held from deposit where property_id = $p) <> "
	  "0 or $b <> 'ok' or $a not in ('ok', 'STPRE')" },
	{ "a line is disputed and paid",
	  BILL("P-1001", 1000),
	  { "select id from bill_dispute(array[$p], 'B-1001', null, null);",
	    TAKE(B, "P-1001", "cash=10") },
	  GATES,
	  "select 'lost' where $a <> 'ok' or $b <> 'ok' or " OPEN " <> 0" },
	{ "a refund is approved while its shift is closed",
	  MAY(B, "finance") "update approval_limit set amount = 0 where property_id = $p and kind "
			    "= 'refund';" TAKE(A, "P-1001", "cash=10") REFUND(A, 600),
	  { APPROVE(B), "select shift_close($p, " KEY ", " A ", '{cash=10}', 'x', false);" },
	  GATES,
	  "select 'given out of a closed drawer' where $b <> 'ok' or $a not in ('ok', 'STPRE') or "
	  "" ADVANCE " <> case when $a = 'ok' then 400 else 1000 end" },
	{ "the bank's entries are matched while a desk takes money",
	  BILL("P-1001", 1000) STATEMENT,
	  { "select entry from bank_match_all($p, " A ", null, null);",
	    TAKE(B, "P-1001", "cash=10") },
	  GATES,
	  "select 'lost' where $a <> 'ok' or $b <> 'ok' or " OPEN " <> 0" },
};

static const struct meeting daemons[] = {
	{ "a balance is drawn down while its bill is paid",
	  OWING,
	  { TICK, TAKE(B, "P-1001", "cash=5") },
	  GATES,
	  "select 'lost: ' || " OPEN " where $a <> 'ok' or $b <> 'ok' or " OPEN " <> 500" },
	{ "a balance is drawn down while it is topped up",
	  OWING,
	  { TICK, TOP_UP(B, "cash=30") },
	  GATES,
	  "select 'lost' where $a <> 'ok' or $b <> 'ok' or prepaid_balance($p, (select id from "
	  "prepaid_account where property_id = $p)) not in (2000, 2500)" },
	{ "a balance is drawn down while its meter is read",
	  OWING,
	  { TICK, READ("M-1", "40", "2026-04-01") },
	  GATES,
	  STANDS },
	{ "a customer is told of a low balance while he tops it up",
	  MAY(A, "clerk") PREPAID(100000) TICK,
	  { "select id from prepaid_tell(array[$p], 'PA-1001', " KEY ", " A
	    ", null, 'reached', 'phone', 'Ms Wang', null, null);",
	    TOP_UP(B, "cash=2000") },
	  GATES,
	  "select 'not told' where $b <> 'ok' or $a not in ('ok', 'STPRE')" },
	{ "a month is billed by meters while they are read",
	  METERS READ("M-1", "20", "2026-02-01") READ(
		  "M-2", "30",
		  "2026-02-01") "select "
				"standard_assign("
				"$p, " KEY ", " A ", row('POWER', number, null, '2026-01-01', "
				"null, null, null, null, null, null, null, "
				"null)::assign_input) from place where property_id = $p;"
				"select billing_begin($p, " KEY ", " A ", '2026-01', null, null);",
	  { "select done from billing_tick($p);",
	    "select line from reading_import(array[$p], " B
	    ", array[row(1, null, 'M-2', '2026-03-01', '60', null, null, null), row(2, null, "
	    "'M-1', '2026-03-01', '50', null, null, null)]::reading_input[]);" },
	  GATES,
	  "select 'bills' where $a <> 'ok' or $b <> 'ok' or 2 <> (select count(*) from bill where "
	  "property_id = $p and run_id is not null)" },
	{ "late interest is billed and taken back while its principal is paid",
	  "select interest_set($p, " KEY ", " A
	  ", '0.5', null, null, null, '2026-01-01');" LATE INTEREST(
		  A, "'2026-02-01'") "select bill_id from bill_credit(array[$p], 'B-1001', " KEY
				     ", " A ", 1, 50000, 'x');",
	  { INTEREST(A, "null"), TAKE(B, "P-1001", "cash=600") },
	  GATES,
	  "select 'lost' where $a <> 'ok' or $b <> 'ok'" },
	{ "two daemons draw down balances",
	  OWING,
	  { TICK, TICK },
	  GATES,
	  "select 'drawn otherwise than once' where $a <> 'ok' or $b <> 'ok' or 2 <> (select "
	  "count(*) from prepaid_draw where property_id = $p)" },
};

static void desks_do_not_wait_for_each_other(void **state)
{
	(void)state;
	house_meet(desks, sizeof(desks) / sizeof(desks[0]));
}

static void daemons_and_desks_do_not_wait_for_each_other(void **state)
{
	(void)state;
	house_meet(daemons, sizeof(daemons) / sizeof(daemons[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(desks_do_not_wait_for_each_other),
		cmocka_unit_test(daemons_and_desks_do_not_wait_for_each_other),
	};

	return cmocka_run_group_tests_name("order", tests, house_up, house_down);
}
