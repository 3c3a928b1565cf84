/* Money in every order in which two calls can meet: what closes a month and what is posted in it,
 * two desks at one line, one number, one advance, two daemons at one billing run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/isolation/house.h"

static const struct meeting meetings[] = {
	{ "an entry and the beginning of its month's close",
	  POST(A),
	  { POST(A), BEGIN_CLOSE(B) },
	  "{journal,transfer,period,period_event}",
	  "select 'posted after the month was taken' where $b <> 'ok' or $a not in ('ok', 'STPRE') "
	  "or ($a = 'ok') <> ($first = 'a')" },
	{ "the first entry of a month and its close",
	  "",
	  { POST(A), BEGIN_CLOSE(B) },
	  "{counter,journal,transfer,period,period_event}",
	  "select 'posted after the month was taken' where $b <> 'ok' or $a not in ('ok', 'STPRE') "
	  "or ($a = 'ok') <> ($first = 'a')" },
	{ "an entry and the whole close of its month",
	  POST(A),
	  { POST(A), BEGIN_CLOSE(B) CLOSE(B) },
	  "{journal,transfer,period,period_balance}",
	  "select 'not closed' where $b <> 'ok' or $a not in ('ok', 'STPRE')" },
	{ "an entry is reversed twice",
	  POST(A),
	  { REVERSE(A), REVERSE(B) },
	  "{counter,journal,transfer}",
	  "select 'reversed otherwise than once' where 1 <> ($a = 'ok')::int + ($b = 'ok')::int or "
	  "'23505' not in ($a, $b)" },
	{ "two desks take money for one line",
	  BILL("P-1001", 1000),
	  { TAKE(A, "P-1001", "cash=10"), TAKE(B, "P-1001", "card=10") },
	  "{counter,journal,payment,settlement,pot,pot_entry}",
	  "select 'lost: ' || " OPEN " || ' open, in advance ' || " ADVANCE
	  " where $a <> 'ok' or $b <> 'ok' or " OPEN " <> 0 or " ADVANCE " <> 1000" },
	{ "two desks take parts of one line",
	  BILL("P-1001", 1000),
	  { TAKE(A, "P-1001", "cash=6"), TAKE(B, "P-1001", "cash=7") },
	  "{counter,journal,payment,settlement}",
	  "select 'lost' where $a <> 'ok' or $b <> 'ok' or " OPEN " <> 0 or " ADVANCE " <> 300" },
	{ "two receipts at once",
	  BILL("P-1001", 1000) BILL("P-1002", 1000),
	  { TAKE(A, "P-1001", "cash=10"), TAKE(B, "P-1002", "cash=10") },
	  "{journal,payment,settlement}",
	  "select 'refused' where $a <> 'ok' or $b <> 'ok' or " OPEN " <> 0" },
	{ "a receipt, and one that fails at its end",
	  BILL("P-1001", 1000) BILL("P-1002", 1000),
	  { TAKE(A, "P-1001", "cash=10"),
	    TAKE(B, "P-1002", "cash=10") "select refuse('STPRE', 'X', 'x', 'x');" },
	  "{counter,journal,settlement}",
	  "select 'the number is gone' where $a <> 'ok' or $b <> 'STPRE' or 1 <> (select count(*) "
	  "from payment where property_id = $p and number like '%-000001')" },
	{ "two credit notes for more than a line",
	  BILL("P-1001", 1000),
	  { CREDIT(A, 600), CREDIT(B, 600) },
	  "{counter,journal,credit_note,settlement}",
	  "select 'credited otherwise than once' where 1 <> ($a = 'ok')::int + ($b = 'ok')::int or "
	  "'STINV' not in ($a, $b)" },
	{ "two credit notes for parts of a line",
	  BILL("P-1001", 1000),
	  { CREDIT(A, 400), CREDIT(B, 500) },
	  "{counter,journal,credit_note,settlement}",
	  "select 'lost' where $a <> 'ok' or $b <> 'ok' or " OPEN " <> 100" },
	{ "a line is paid and credited",
	  BILL("P-1001", 1000),
	  { TAKE(A, "P-1001", "cash=10"), CREDIT(B, 1000) },
	  "{counter,journal,credit_note,settlement,pot_entry}",
	  "select 'lost' where $a <> 'ok' or $b <> 'ok' or " OPEN " <> 0 or " ADVANCE " <> 1000" },
	{ "a payment is voided and its bill credited",
	  BILL("P-1001", 1000) TAKE(A, "P-1001", "cash=10"),
	  { VOID(A), CREDIT(B, 1000) },
	  "{counter,journal,settlement,credit_note,pot_entry}",
	  "select 'due again though credited' where $b <> 'ok' or $a not in ('ok', 'STPRE') "
	  "or " OPEN " <> 0 or " ADVANCE " <> case when $a = 'ok' then 0 else 1000 end" },
	{ "a payment is voided twice",
	  BILL("P-1001", 1000) TAKE(A, "P-1001", "cash=10"),
	  { VOID(A), VOID(B) },
	  "{counter,journal,payment,settlement}",
	  "select 'voided otherwise than once' where 1 <> ($a = 'ok')::int + ($b = 'ok')::int or "
	  "'STPRE' not in ($a, $b) or " OPEN " <> 1000" },
	{ "an advance is used twice",
	  TAKE(A, "P-1001", "cash=10") BILL("P-1001", 1000),
	  { APPLY(A), APPLY(B) },
	  "{counter,journal,settlement,pot_entry}",
	  "select 'used otherwise than once' where 1 <> ($a = 'ok')::int + ($b = 'ok')::int or "
	  "'STPRE' not in ($a, $b) or " OPEN " <> 0 or " ADVANCE " <> 0" },
	{ "a line is paid and settled from the advance",
	  TAKE(A, "P-1001", "cash=10") BILL("P-1001", 1000),
	  { TAKE(A, "P-1001", "cash=10"), APPLY(B) },
	  "{counter,journal,settlement,pot_entry}",
	  "select format('a %s, b %s, open %s, in advance %s', $a, $b, " OPEN ", " ADVANCE
	  ") where $a <> 'ok' or $b not in ('ok', 'STPRE') or " OPEN " <> 0 or " ADVANCE
	  " <> 1000" },
	{ "an advance is given back twice",
	  TAKE(A, "P-1001", "cash=10"),
	  { REFUND(A, 600), REFUND(B, 600) },
	  "{counter,journal,payment,pot_entry}",
	  "select 'given back otherwise than once' where 1 <> ($a = 'ok')::int + ($b = 'ok')::int "
	  "or "
	  "'STPRE' not in ($a, $b) or " ADVANCE " <> 400" },
	{ "an advance is given back and used",
	  TAKE(A, "P-1001", "cash=10") BILL("P-1001", 1000),
	  { REFUND(A, 1000), APPLY(B) },
	  "{counter,journal,payment,settlement,pot_entry}",
	  "select 'spent otherwise than once' where 1 <> ($a = 'ok')::int + ($b = 'ok')::int or "
	  "'STPRE' not in ($a, $b) or " ADVANCE " <> 0" },
};

#define STANDARD                                                                                  \
	"select set_config('steward.scope', '$p', false);"                                        \
	"select standard_set($p, " KEY ", " A ", row('MGMT', 'Fee', 'MANAGEMENT', 'gross_area', " \
	"null, null, null, null, null, null, null, '2.80', null, null, null, "                    \
	"'2026-01-01')::standard_input);"                                                         \
	"select standard_assign($p, " KEY ", " A ", row('MGMT', number, null, '2026-01-01', "     \
	"null, null, null, null, null, null, null, null)::assign_input) "                         \
	"from place where property_id = $p;"
#define BILLS "(select count(*) from bill where property_id = $p and run_id is not null)"

static const struct meeting runs[] = {
	{ "two runs of one month are begun",
	  STANDARD,
	  { RUN(A), RUN(B) },
	  "{billing_run}",
	  "select 'begun otherwise than once' where 1 <> ($a = 'ok')::int + ($b = 'ok')::int or "
	  "'23505' not in ($a, $b)" },
	{ "two daemons at one run",
	  STANDARD RUN(A),
	  { "select billing_tick($p);", "select billing_tick($p);" },
	  "{counter,journal,bill,charge_line,billing_run}",
	  "select 'bills: ' || " BILLS " where $a <> 'ok' or $b <> 'ok' or " BILLS " <> 2" },
	{ "a run and a desk",
	  STANDARD RUN(A) BILL("P-1001", 1000),
	  { "select billing_tick($p);", TAKE(B, "P-1001", "cash=10") },
	  "{journal,bill,settlement}",
	  "select 'bills: ' || " BILLS " where $a <> 'ok' or $b <> 'ok' or " BILLS " <> 2" },
};

static void ledger_and_payments(void **state)
{
	(void)state;
	house_meet(meetings, sizeof(meetings) / sizeof(meetings[0]));
}

static void billing_runs(void **state)
{
	(void)state;
	house_meet(runs, sizeof(runs) / sizeof(runs[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ledger_and_payments),
		cmocka_unit_test(billing_runs),
	};

	return cmocka_run_group_tests_name("isolation", tests, house_up, house_down);
}
