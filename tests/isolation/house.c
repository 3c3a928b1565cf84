#include "tests/isolation/house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/pg.h"

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
	"(select count(*) from (select number from payment where property_id = $p union all "
	"select number from deposit_deduction where property_id = $p union all select z_number "
	"from shift where property_id = $p) d where d.number like '%-' || substr(c.series, 9) || "
	"'-%') end as n) x\n"
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

int house_up(void **state)
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

int house_down(void **state)
{
	(void)state;
	test_pg_stop(&cluster.pg);
	return 0;
}

void house_meet(const struct meeting *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		interleave(cluster.app, cluster.super, "select public.house()", books, &list[i]);
}
