-- Late interest: a table reckoned by hand, laws over random lines, and runs that bill nothing twice. Leaves nothing behind.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;

\o /dev/null
insert into property (code, name, zone) values ('TSUN', 'Sunshine', 'Asia/Shanghai');
select set_config('steward.scope', (select id::text from property_all() where code = 'TSUN'), true);
select ledger_hold(id) from property_all() where code = 'TSUN';
create function pg_temp.at() returns int language sql stable as $$ select current_setting('steward.scope')::int $$;
insert into app_user (id, login, full_name, password_hash) values ('0193b3a2-0000-7000-8000-000000000001', 't-boss', 'Boss', 'x');
insert into party (property_id, id, number, name) values
  (pg_temp.at(), '0193b3a2-0000-7000-8000-00000000bb01', 'P-9001', 'Wang'), (pg_temp.at(), '0193b3a2-0000-7000-8000-00000000bb02', 'P-9002', 'Li');

-- A line of 1000.00, or another amount, that was due on a day.
create function pg_temp.owe(p_item text, p_amount bigint default 100000, p_due date default '2025-03-01', p_party int default 1) returns uuid
language plpgsql volatile as $$
declare
  b constant uuid := bill_post(pg_temp.at(), uuid7(), ('0193b3a2-0000-7000-8000-00000000bb0' || p_party)::uuid, null, p_due, p_due, null,
    array[row((charge_item_of(pg_temp.at(), p_item, p_due)).id, p_item, null, null, p_amount, null, null, null, null, null, null)::bill_input]);
begin
  return (select l.id from charge_line l where l.property_id = pg_temp.at() and l.bill_id = b);
end $$;
-- What settles it on a day.
create function pg_temp.pay(p_line uuid, p_amount bigint, p_on date, p_kind text default 'payment') returns uuid language plpgsql volatile as $$
declare
  j constant uuid := uuid7();
begin
  perform ledger_post(pg_temp.at(), j, p_kind, p_on, 'Paid',
    array[row(ledger_account(pg_temp.at(), 'cash'), ledger_account(pg_temp.at(), 'receivable'), p_amount)::ledger_leg], null);
  perform settle(pg_temp.at(), array[p_line], array[p_amount], p_kind, p_on, j, 'payment', j, null);
  return j;
end $$;
create function pg_temp.void(p_journal uuid, p_on date) returns void language plpgsql volatile as $$
declare
  j constant uuid := uuid7();
begin
  perform ledger_reverse(pg_temp.at(), j, p_journal, p_on, 'Void', null);
  insert into settlement (property_id, id, line_id, kind, amount, on_date, journal_id, entity, entity_id, reverses)
  select s.property_id, uuid7(), s.line_id, s.kind, -s.amount, p_on, j, 'payment', j, s.id from settlement s
   where s.property_id = pg_temp.at() and s.journal_id = p_journal;
end $$;
create function pg_temp.credit(p_line uuid, p_amount bigint) returns void language plpgsql volatile as $$
declare
  b bill;
begin
  select x.* into b from bill x join charge_line l on l.property_id = x.property_id and l.bill_id = x.id where l.property_id = pg_temp.at() and l.id = p_line;
  perform credit_post(b, uuid7(), 1, p_amount, 'Wrong', null);
end $$;
-- What a line has borne through a day, in fen.
create function pg_temp.borne(p_line uuid, p_through date) returns bigint language sql stable as
$$ select s.amount from interest_sums(pg_temp.at(), array[p_line], p_through) s $$;
create function pg_temp.rate(p_item text, p_rate numeric, p_from date, p_to date default null, p_grace int default 0, p_cap int default 10000) returns void
language sql volatile as $$
  insert into interest_rate (property_id, id, item_id, rate, grace, cap_bp, from_on, to_on, set_by)
  values (pg_temp.at(), uuid7(), (select i.id from charge_item i where i.property_id = pg_temp.at() and i.code = p_item), p_rate, p_grace, p_cap, p_from, p_to,
          '0193b3a2-0000-7000-8000-000000000001')
$$;
create function pg_temp.refusal(p_sql text) returns text language plpgsql volatile as $$
declare reason text; field text;
begin
  execute p_sql;
  return 'taken';
exception when others then
  get stacked diagnostics reason = constraint_name, field = column_name;
  return concat_ws(' ', reason, nullif(field, ''));
end $$;

-- 0.5 per mille a day of everything; water has 5 days of grace; rent rises to 0.8 on the 17th; parking ends at 1 %, advertising costs
-- 100 per mille a day; nothing is borne by heating.
select pg_temp.rate(null, 0.5, '2024-01-01'), pg_temp.rate('WATER', 0.5, '2024-01-01', null, 5), pg_temp.rate('RENT', 0.5, '2024-01-01', '2025-03-17'),
       pg_temp.rate('RENT', 0.8, '2025-03-17'), pg_temp.rate('PARKING', 0.5, '2024-01-01', null, 0, 100), pg_temp.rate('ADVERTISING', 100, '2024-01-01'),
       pg_temp.rate('HEATING', 0, '2024-01-01'), pg_temp.rate('GAS', 1, '2025-03-21');
create temp table line (name text, id uuid, wanted bigint);
insert into line values
  ('unpaid: 30 days of 0.50', pg_temp.owe('MANAGEMENT'), 1500),
  ('5 days of grace: 25 days of 0.50', pg_temp.owe('WATER'), 1250),
  ('paid on the 11th: 10 days, though nothing is open any more', pg_temp.owe('MANAGEMENT'), 500),
  ('half of it paid on the 11th: 10 days of 0.50 and 20 of 0.25', pg_temp.owe('MANAGEMENT'), 1000),
  ('paid on the due day', pg_temp.owe('MANAGEMENT'), 0),
  ('paid the day after', pg_temp.owe('MANAGEMENT'), 50),
  ('paid in three parts, two of them on one day: 5 of 0.50, 10 of 0.30', pg_temp.owe('MANAGEMENT'), 550),
  ('the rate rises: 15 days of 0.50 and 15 of 0.80', pg_temp.owe('RENT'), 1950),
  ('not above 1 %', pg_temp.owe('PARKING'), 1000),
  ('not above the principal', pg_temp.owe('ADVERTISING'), 100000),
  ('a rate of nothing', pg_temp.owe('HEATING'), 0),
  ('the rate of its own begins on the 21st: 19 days of 0.50, 11 of 1', pg_temp.owe('GAS'), 2050),
  ('400 of it was credited: 30 days of 0.30', pg_temp.owe('MANAGEMENT'), 900),
  ('all of it was credited', pg_temp.owe('MANAGEMENT'), 0),
  ('disputed from the 10th to the 19th: 20 days', pg_temp.owe('MANAGEMENT'), 1000),
  ('disputed since the 10th: 8 days', pg_temp.owe('MANAGEMENT'), 400),
  ('a payment that was taken back', pg_temp.owe('MANAGEMENT'), 1500),
  ('written off on the 11th: 10 days', pg_temp.owe('MANAGEMENT'), 500),
  ('interest bears none', pg_temp.owe('INTEREST'), 0),
  ('nor does a dunning fee', pg_temp.owe('DUNNING'), 0),
  ('rounded once: 33333 x 0.0005 x 7 = 116.6655', pg_temp.owe('MANAGEMENT', 33333, '2025-03-24'), 117),
  ('a half goes up: 100 x 0.0005 x 30 = 1.5', pg_temp.owe('MANAGEMENT', 100), 2),
  ('over the end of a February: 27 Feb, 28 Feb, and 31 of March', pg_temp.owe('MANAGEMENT', 100000, '2025-02-26'), 1650),
  ('over a leap day: 307 days from 29 Feb to 31 Dec 2024, 90 of 2025', pg_temp.owe('MANAGEMENT', 10000, '2024-02-28'), 1985);
create function pg_temp.line(p text) returns uuid language sql stable as $$ select id from line where name like p || '%' $$;
select pg_temp.pay(pg_temp.line('paid on the 11th'), 100000, '2025-03-11'), pg_temp.pay(pg_temp.line('half'), 50000, '2025-03-11'),
       pg_temp.pay(pg_temp.line('paid on the due'), 100000, '2025-03-01'), pg_temp.pay(pg_temp.line('paid the day'), 100000, '2025-03-02'),
       pg_temp.pay(pg_temp.line('paid in three'), 30000, '2025-03-06'), pg_temp.pay(pg_temp.line('paid in three'), 10000, '2025-03-06'),
       pg_temp.pay(pg_temp.line('paid in three'), 60000, '2025-03-16'), pg_temp.pay(pg_temp.line('written'), 100000, '2025-03-11', 'write_off');
select pg_temp.void(pg_temp.pay(pg_temp.line('a payment'), 100000, '2025-03-05'), '2025-03-15');
select pg_temp.credit(pg_temp.line('400'), 40000), pg_temp.credit(pg_temp.line('all of it'), 100000);
insert into line_dispute (property_id, line_id, from_on, to_on) values
  (pg_temp.at(), pg_temp.line('disputed from'), '2025-03-10', '2025-03-20'), (pg_temp.at(), pg_temp.line('disputed since'), '2025-03-10', null);
\o

select no_plan();

-- By hand ---------------------------------------------------------------------------------------------------------------

select is(pg_temp.borne(id, '2025-03-31'), wanted, name) from line;
select is((select string_agg(format('%s to %s: %s', p.from_on, p.to_on - 1, p.principal), ', ' order by p.from_on)
             from interest_parts(pg_temp.at(), array[pg_temp.line('paid in three')], '-infinity', '2025-03-31') p),
          '2025-03-02 to 2025-03-06: 100000, 2025-03-07 to 2025-03-16: 60000', 'each part of the principal has its days');
select is(pg_temp.borne(pg_temp.line('unpaid'), '2025-03-01'), 0::bigint, 'nothing on the due day itself');
select is(pg_temp.borne(pg_temp.line('unpaid'), '2025-03-02'), 50::bigint, 'one day on the day after');

-- Laws ------------------------------------------------------------------------------------------------------------------

-- 90 lines of random amounts and items, paid at random, in up to four parts, some of it disputed for a while.
\o /dev/null
select null from setseed(0.4711);
create temp table any_line as
  select g as n, pg_temp.owe(x.item, (1 + random() * 500000)::bigint, '2025-01-01'::date + (random() * 60)::int, 2) as id, x.item
    from generate_series(1, 90) g
   cross join lateral (select (array['MANAGEMENT', 'RENT', 'WATER', 'PARKING', 'ADVERTISING', 'GAS'])[1 + floor(random() * 6 + 0 * g)::int] as item) x;
do $$
declare
  a record;
  part bigint;
  j uuid;
begin
  for a in select x.id, l.amount, l.due_on from any_line x join charge_line l on l.id = x.id and l.property_id = pg_temp.at() order by x.n loop
    for i in 1 .. floor(random() * 5)::int loop
      part := (select floor(random() * (l.amount - l.settled + 1)) from charge_line l where l.property_id = pg_temp.at() and l.id = a.id);
      if part > 0 then
        j := pg_temp.pay(a.id, part, a.due_on + (random() * 90)::int - 10);
        if random() < 0.1 then
          perform pg_temp.void(j, '2025-05-01');
        end if;
      end if;
    end loop;
    if random() < 0.2 then
      insert into line_dispute (property_id, line_id, from_on, to_on) values (pg_temp.at(), a.id, a.due_on + 5, a.due_on + 5 + (random() * 30)::int);
    end if;
    if random() < 0.2 then
      perform pg_temp.credit(a.id, greatest(a.amount / 3, 1));
    end if;
  end loop;
end $$;
create temp table exact as
  select x.n, x.id, w.a, w.b, w.c
    from any_line x
   cross join lateral (select '2025-01-10'::date + floor(random() * 60 + 0 * x.n)::int as a) a
   cross join lateral (select a.a, a.a + floor(random() * 60 + 0 * x.n)::int as b) b
   cross join lateral (select b.a, b.b, b.b + 1 + floor(random() * 60 + 0 * x.n)::int as c) w;
create function pg_temp.exact(p_line uuid, p_from date, p_to date) returns numeric language sql stable as
$$ select coalesce(sum(p.principal * p.rate * p.days), 0) from interest_parts(pg_temp.at(), array[p_line], p_from, p_to) p $$;
-- Day by day, told from the settlements alone: what was open when the day began, times the rate of the day.
create function pg_temp.daily(p_line uuid, p_to date) returns numeric language sql stable as $$
  select coalesce(sum(greatest(l.amount - l.credited - coalesce((
           select sum(s.amount) from settlement s
            where s.property_id = l.property_id and s.line_id = l.id and s.kind <> 'credit_note' and s.reverses is null and s.on_date < d.day
              and s.id not in (select v.reverses from settlement v where v.property_id = l.property_id and v.reverses is not null)), 0), 0)
         * case i.code when 'ADVERTISING' then 100 when 'RENT' then case when d.day < '2025-03-17' then 0.5 else 0.8 end
                       when 'GAS' then case when d.day < '2025-03-21' then 0.5 else 1 end else 0.5 end), 0)
    from charge_line l join charge_item i on i.property_id = l.property_id and i.id = l.item_id
   cross join lateral (select t::date as day from generate_series(l.due_on + 1 + case i.code when 'WATER' then 5 else 0 end, p_to::timestamp, interval '1 day') t) d
   where l.property_id = pg_temp.at() and l.id = p_line
     and not exists (select from line_dispute x where x.property_id = l.property_id and x.line_id = l.id and d.day >= x.from_on and d.day < x.to_on)
$$;
\o
select cmp_ok((select count(*) from exact where pg_temp.exact(id, '-infinity', c) > 0), '>', 50::bigint, 'most of the lines bear interest');
select is((select count(*) from exact where pg_temp.exact(id, a, c) <> pg_temp.exact(id, a, b) + pg_temp.exact(id, b + 1, c)), 0::bigint,
          'the interest of a time is that of its parts together, exactly');
select is((select string_agg(format('%s: %s and %s', n, pg_temp.exact(id, '-infinity', c), pg_temp.daily(id, c)), ', ') from exact
            where pg_temp.exact(id, '-infinity', c) <> pg_temp.daily(id, c)), null, 'and what comes out day by day');
select is((select count(*) from exact x, lateral interest_sums(pg_temp.at(), array[x.id], x.c) s join charge_line l on l.property_id = pg_temp.at() and l.id = s.line_id
            where s.amount > s.cap or s.cap > l.amount - l.credited), 0::bigint, 'never above the cap, which is never above the principal');
select cmp_ok((select count(*) from exact x, lateral interest_sums(pg_temp.at(), array[x.id], x.c) s where s.exact > s.cap and s.amount = s.cap), '>', 3::bigint,
              'some of them come to the cap');
select is((select count(*) from exact where pg_temp.borne(id, c) < pg_temp.borne(id, b)), 0::bigint, 'it never becomes less as time goes on');

-- Runs ------------------------------------------------------------------------------------------------------------------

create function pg_temp.run(p_through date, p_least bigint default null, p_party text default null) returns interest_run language plpgsql volatile as $$
declare
  made constant uuid := interest_run(pg_temp.at(), uuid7(), '0193b3a2-0000-7000-8000-000000000001', p_through::text, p_party, null, p_least);
  r interest_run;
begin
  select x.* into r from interest_run x where x.property_id = pg_temp.at() and x.id = made;
  return r;
end $$;
create function pg_temp.total(p_through date, p_party int) returns bigint language sql stable as $$
  select sum(s.amount)::bigint from interest_sums(pg_temp.at(), null, p_through) s where s.party_id = ('0193b3a2-0000-7000-8000-00000000bb0' || p_party)::uuid
$$;
create function pg_temp.billed(p_party int) returns bigint language sql stable as $$
  select coalesce(sum(l.amount - l.credited), 0)::bigint from charge_line l join charge_item i on i.property_id = l.property_id and i.id = l.item_id
   where l.property_id = pg_temp.at() and i.code = 'INTEREST' and l.entity = 'charge_line' and l.party_id = ('0193b3a2-0000-7000-8000-00000000bb0' || p_party)::uuid
$$;

select is((pg_temp.run('2025-03-15', null, 'P-9001')).amount, pg_temp.total('2025-03-15', 1), 'a run of one customer bills what he owes');
select is(pg_temp.billed(1) || ' ' || pg_temp.billed(2), pg_temp.total('2025-03-15', 1) || ' 0', 'and of nobody else');
select is(pg_temp.refusal($$ select pg_temp.run('2025-03-15', null, 'P-9001') $$), 'NO_INTEREST through', 'run again it bills nothing');
select is(pg_temp.refusal($$ select pg_temp.run('2025-03-14') $$), 'INTEREST_BILLED through', 'no run goes back behind another one');
select is((pg_temp.run('2025-03-31')).amount, pg_temp.total('2025-03-31', 1) - pg_temp.total('2025-03-15', 1) + pg_temp.total('2025-03-31', 2),
          'the next one bills the rest, and all of who was not billed yet');
select is(pg_temp.billed(1), pg_temp.total('2025-03-31', 1), 'two runs bill what one would have');
select is((select l.amount - l.settled from charge_line l where l.property_id = pg_temp.at() and l.id = pg_temp.line('paid on the 11th')), 0::bigint,
          'principal that is paid');
select is((select sum(x.amount) from interest_share x where x.property_id = pg_temp.at() and x.line_id = pg_temp.line('paid on the 11th')), 500::numeric,
          '... has its interest billed all the same');
select is((select string_agg(l.text, '; ' order by l.issued_on, l.text) from interest_share x join charge_line l on l.property_id = x.property_id and l.id = x.claim_id
            where x.property_id = pg_temp.at() and x.line_id = pg_temp.line('unpaid')),
          (select format('Late interest on %s line 1 to 2025-03-15; Late interest on %1$s line 1 to 2025-03-31', b.number)
             from charge_line l join bill b on b.property_id = l.property_id and b.id = l.bill_id where l.property_id = pg_temp.at() and l.id = pg_temp.line('unpaid')),
          'each claim names its line and its days');
select is((select count(*) from interest_share x join charge_line l on l.property_id = x.property_id and l.id = x.line_id
             join charge_item i on i.property_id = l.property_id and i.id = l.item_id where x.property_id = pg_temp.at() and i.of_lateness), 0::bigint,
          'no interest on interest');

-- Of 1500, 1000.00 are credited to half of it: 750 are too much. What had been paid of them is an advance.
\o /dev/null
select pg_temp.credit(pg_temp.line('unpaid'), 50000);
\o
select is((select row(r.amount, r.credited)::text from pg_temp.run('2025-03-31') r), '(0,750)', 'what a credit note makes too much is credited');
select is(pg_temp.billed(1), pg_temp.total('2025-03-31', 1), '... exactly');
select is(pg_temp.refusal($$ select pg_temp.run('2025-03-31') $$), 'NO_INTEREST through', '... once');
-- A void afterwards: the interest that the payment had stopped.
\o /dev/null
select pg_temp.void((select s.journal_id from settlement s where s.property_id = pg_temp.at() and s.line_id = pg_temp.line('half')), '2025-04-02');
\o
select is((select row(r.amount, r.credited)::text from pg_temp.run('2025-03-31') r), '(500,0)', 'what was taken back bears interest as if it had not been paid');
-- Interest that somebody has credited by hand is not billed again.
\o /dev/null
select credit_post(b, uuid7(), l.line, null, 'Goodwill', null)
  from charge_line l join bill b on b.property_id = l.property_id and b.id = l.bill_id
 where l.property_id = pg_temp.at() and l.entity_id = pg_temp.line('disputed since');
\o
select is(pg_temp.refusal($$ select pg_temp.run('2025-03-31') $$), 'NO_INTEREST through', 'interest that was waived is not billed again');
-- 'least' waits, and loses nothing: of 100 fen, one day is 0.05 fen; until 2025-04-01 there is nothing of all but a little.
select is((select count(*) from interest_open(pg_temp.at(), '2025-04-01', null, 1000000000)), 0::bigint, 'who owes little waits');
select is((select sum(o.amount - o.billed) from interest_open(pg_temp.at(), '2025-04-30', null, null) o),
          (pg_temp.total('2025-04-30', 1) + pg_temp.total('2025-04-30', 2)
           - (select sum(x.amount) from interest_share x where x.property_id = pg_temp.at()))::numeric, 'and is billed later in full');
select is((select string_agg(format('%s %s', c.code, c.difference_minor), ', ') from ledger_control(array[pg_temp.at()]) c where c.difference_minor <> 0), null,
          'the ledger agrees with the documents');

-- Many customers are dealt with in steps of 1000, each all or nothing: 1000.00 of each, for 28 days.
\o /dev/null
create temp table before as
select pg_temp.total('2025-04-30', 1) + pg_temp.total('2025-04-30', 2) - (select sum(x.amount) from interest_share x where x.property_id = pg_temp.at()) as amount;
insert into party (property_id, id, number, name)
select pg_temp.at(), ('0193b3a2-0000-7000-8000-0000000c' || lpad(n::text, 4, '0'))::uuid, 'P-8' || lpad(n::text, 4, '0'), 'One of many' from generate_series(1, 2250) n;
select bill_post(pg_temp.at(), uuid7(), p.id, null, '2025-04-02', '2025-04-02', null,
                 array[row((charge_item_of(pg_temp.at(), 'RENT', '2025-04-02')).id, 'Rent', null, null, 100000, null, null, null, null, null, null)::bill_input])
  from party p where p.property_id = pg_temp.at() and p.name = 'One of many';
create temp table many as select r.* from pg_temp.run('2025-04-30') r;
create function pg_temp.many() returns interest_run language sql stable as $$
  select x from interest_run x where x.property_id = pg_temp.at() and x.id = (select id from many)
$$;
\o
select is((select format('%s %s of %s', r.state, r.customers_done, r.customers) from pg_temp.many() r), 'running 1000 of 2252', 'a large run begins with its first customers');
select is(pg_temp.refusal($$ select pg_temp.run('2025-04-30') $$), 'RUN_RUNNING through', 'no other run meanwhile');
\o /dev/null
savepoint broken;
select interest_tick(pg_temp.at());
rollback to savepoint broken;
\o
select is((select x.more from interest_tick(pg_temp.at()) x), true, 'a step that was interrupted is made again');
select is((select x.more from interest_tick(pg_temp.at()) x), false, 'until the last one');
select is((select x.done from interest_tick(pg_temp.at()) x), 0, '... which there is no step after');
select is((select format('%s %s of %s', r.state, r.customers_done, r.customers) from pg_temp.many() r), 'done 2252 of 2252', 'all are dealt with');
select is((pg_temp.many()).amount, (2250 * 1400 + (select b.amount from before b))::bigint, 'and billed what they owe');
select is((select count(*) || ' ' || count(distinct l.party_id) from charge_line l join party p on p.property_id = l.property_id and p.id = l.party_id
            where l.property_id = pg_temp.at() and p.name = 'One of many' and l.entity = 'charge_line'), '2250 2250', 'each once');
select is((select string_agg(format('%s %s', c.code, c.difference_minor), ', ') from ledger_control(array[pg_temp.at()]) c where c.difference_minor <> 0), null,
          'the ledger agrees with them');

-- What a rate may not do.
select is(pg_temp.refusal(format($$ select interest_set(%s, uuid7(), '0193b3a2-0000-7000-8000-000000000001', %L, %L, null, null, %L) $$, pg_temp.at(), rate, item, day)),
          wanted, format('%s %s from %s', rate, item, day))
  from (values ('0.5', null, '2025-03-31', 'INTEREST_BILLED from'), ('0,5', null, '2026-01-01', 'RATE rate'), ('0.12345', null, '2026-01-01', 'RATE rate'),
               ('101', null, '2026-01-01', 'interest_rate_rate_check'), ('1', 'INTEREST', '2026-01-01', 'OF_LATENESS item'), ('1', 'DUNNING', '2026-01-01', 'OF_LATENESS item'),
               ('1', 'NONE', '2026-01-01', 'ITEM_UNKNOWN item'), ('0.6', null, '2026-01-01', 'taken'), ('0.7', null, '2026-01-01', 'taken'),
               ('0.6', null, '2025-12-01', 'taken')) v (rate, item, day, wanted);
select is((select string_agg(format('%s from %s to %s', trim_scale(r.rate), r.from_on, r.to_on), ', ' order by r.from_on) from interest_rate r
            where r.property_id = pg_temp.at() and r.item_id is null and r.replaced_at is null),
          '0.5 from 2024-01-01 to 2025-12-01, 0.6 from 2025-12-01 to 2026-01-01, 0.7 from 2026-01-01 to ',
          'a rate ends where the next one begins, and one of the same day takes its place');

select * from finish();
rollback;
