/* Money in every order in which two calls can meet: what closes a month and what is posted in it,
 * two desks at one line, one number, one advance, two daemons at one billing run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/isolation/interleave.h"
#include "tests/support/pg.h"

#define A "'00000000-0000-7000-8000-00000000000a'"
#define B "'00000000-0000-7000-8000-00000000000b'"
#define KEY "gen_random_uuid()"
#define MONTH "to_char(now() - interval '1 month', 'YYYY-MM')"
#define BILL(party, amount)                                                              \
	"select bill_add($p, " KEY ", " A ", '" party "', null, 'OTHER', null, " #amount \
	", null, null, null, null);"
#define TAKE(user, party, paid)                                                             \
	"select payment_take($p, " KEY ", " user ", null, '" party "', null, null, '{" paid \
	"}', null, null);"
#define APPLY(user) "select id from payment_apply($p, " KEY ", " user ", 'P-1001', null);"
#define REFUND(user, amount)                                                                      \
	"select payment_id from payment_refund($p, " KEY ", " user ", 'P-1001', 'cash', " #amount \
	", 'x');"
#define CREDIT(user, amount)                                                                     \
	"select bill_id from bill_credit(array[$p], (select number from bill where property_id " \
	"= $p), " KEY ", " user ", 1, " #amount ", 'x');"
#define VOID(user)                                                                          \
	"select payment_id from payment_void(array[$p], (select number from payment where " \
	"property_id = $p and kind = 'payment'), " KEY ", " user ", 'x');"
#define POST(user)                                                                         \
	"select journal_post($p, " KEY ", " user ", " MONTH " || '-15', 'x', '{1001=5}', " \
	"'{6051=5}');"
#define REVERSE(user)                                                                  \
	"select id from journal_reverse(array[$p], (select number from journal where " \
	"property_id = $p and reverses is null), " KEY ", " user ", null, 'x');"
#define BEGIN_CLOSE(user) "select period_begin($p, " KEY ", " user ", " MONTH ");"
#define CLOSE(user) "select period_close($p, " KEY ", " user ", " MONTH ");"
#define RUN(user) "select billing_begin($p, " KEY ", " user ", '2026-03', null, null);"
#define OPEN "(select sum(amount - settled) from charge_line where property_id = $p)"
#define ADVANCE \
	"(select coalesce(sum(amount), 0) from pot where property_id = $p and kind = 'advance')"

/* A property of its own for each run: two units with owners, two cashiers with a shift each. */
static const char house[] =
	"create function public.house() returns int language plpgsql as $$\n"
	"declare p int;\n"
	"begin\n"
	"  insert into property (code, name, zone) select 'I' || count(*), 'Isolation', "
	"'Asia/Shanghai' from property returning id into p;\n"
	"  insert into place (property_id, id, kind, number, gross_area_dm2) select p, uuid7(), "
	"'unit', '1-10' || n, 8000 from generate_series(1, 2) n;\n"
	"  insert into party (property_id, id, number, name) select p, uuid7(), 'P-100' || n, "
	"'Wang' from generate_series(1, 2) n;\n"
	"  insert into occupancy (property_id, id, number, place_id, party_id, role, period)\n"
	"  select p, uuid7(), 'O-' || right(l.number, 1), l.id, c.id, 'owner', "
	"daterange('2020-01-01', null)\n"
	"    from place l join party c on c.property_id = p and right(c.number, 1) = "
	"right(l.number, 1) where l.property_id = p;\n"
	"  insert into shift (property_id, id, number, user_id, drawer, float) select p, uuid7(), "
	"'SH-' || u.login, u.id, 'D' || upper(right(u.login, 1)), 0 from app_user u where u.login "
	"in ('desk-a', 'desk-b');\n"
	"  insert into approval_limit (property_id, kind, amount) select p, kind, 1000000 from "
	"approval_kind where measured;\n"
	"  return p;\n"
	"end $$;\n"
	"insert into app_user (id, login, full_name, password_hash) values (" A
	", 'desk-a', 'A', 'x'), (" B ", 'desk-b', 'B', 'x');\n"
	"alter role steward_app set deadlock_timeout = '20ms'";

/* What holds of the books after whatever happened. */
static const char books[] =
	"select string_agg(x.wrong, '; ') from (\n"
	"  select 'the ledger comes to ' || sum(amount) as wrong from posting where property_id = "
	"$p having sum(amount) <> 0\n"
	"  union all select format('account %s and its subledger differ by %s', code, "
	"difference_minor) from ledger_control(array[$p]) where difference_minor <> 0\n"
	"  union all select format('a line of %s is settled %s, credited %s; its documents say "
	"otherwise', l.amount, l.settled, l.credited) from charge_line l where l.property_id = $p "
	"and (l.settled > l.amount or l.credited > l.amount\n"
	"      or l.settled <> coalesce((select sum(s.amount) from settlement s where "
	"s.property_id = $p and s.line_id = l.id), 0)\n"
	"      or l.credited <> coalesce((select sum(c.amount) from credit_note_line c where "
	"c.property_id = $p and c.line_id = l.id), 0))\n"
	"  union all select 'a pot holds ' || t.amount from pot t where t.property_id = $p and "
	"t.amount <> coalesce((select sum(e.amount) from pot_entry e where e.property_id = $p and "
	"e.pot_id = t.id), 0)\n"
	"  union all select 'numbers of ' || c.series || ' have a gap' from counter c,\n"
	"      lateral (select case c.series when 'J' then (select count(*) from journal where "
	"property_id = $p) when 'B' then (select count(*) from bill where property_id = $p)\n"
	"        when 'CN' then (select count(*) from credit_note where property_id = $p) else "
	"(select count(*) from payment where property_id = $p and number like '%-' || "
	"substr(c.series, 9) || '-%') end as n) x\n"
	"      where c.property_id = $p and (c.series in ('J', 'B', 'CN') or c.series like "
	"'receipt %') and c.value - 1000 <> x.n\n"
	"  union all select 'a span is charged twice' from charge_line l join charge_line m on "
	"m.property_id = $p and m.assignment_id = l.assignment_id and m.id > l.id\n"
	"      where l.property_id = $p and not l.cancelled and not m.cancelled and "
	"daterange(l.from_on, l.to_on) && daterange(m.from_on, m.to_on)\n"
	"  union all select 'a closed month has other balances than its digest' from period y "
	"join period_event e on e.property_id = $p and e.month = y.month and e.verb = 'close'\n"
	"      where y.property_id = $p and y.state = 'closed' and e.digest <> (select "
	"sha256(convert_to(string_agg(format('%s %s %s', a.code, b.amount, a.currency), e'\\n' "
	"order by a.code), 'UTF8'))\n"
	"        from (select o.account_id, sum(o.amount) as amount from posting o join journal j "
	"on j.property_id = $p and j.id = o.journal_id and j.month = y.month where o.property_id = "
	"$p group by 1) b join account a on a.property_id = $p and a.id = b.account_id)) x";

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

struct cluster_of {
	struct test_pg pg;
	char app[300], super[300];
};

static struct cluster_of cluster;

static void open_to(char out[300], const char *role)
{
	(void)snprintf(out, 300, "%s options='-c search_path=steward_code,steward,public'",
		       test_pg_conninfo(&cluster.pg, role));
}

static int prepare(void **state)
{
	PGconn *pg;

	(void)state;
	test_pg_start(&cluster.pg);
	test_pg_migrate(&cluster.pg);
	open_to(cluster.app, "steward_app");
	open_to(cluster.super, "postgres");
	pg = PQconnectdb(cluster.super);
	test_pg_exec(pg, house);
	PQfinish(pg);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	test_pg_stop(&cluster.pg);
	return 0;
}

static void all_of(const struct meeting *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		interleave(cluster.app, cluster.super, "select public.house()", books, &list[i]);
}

static void ledger_and_payments(void **state)
{
	(void)state;
	all_of(meetings, sizeof(meetings) / sizeof(meetings[0]));
}

static void billing_runs(void **state)
{
	(void)state;
	all_of(runs, sizeof(runs) / sizeof(runs[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ledger_and_payments),
		cmocka_unit_test(billing_runs),
	};

	return cmocka_run_group_tests_name("isolation", tests, prepare, clear);
}
