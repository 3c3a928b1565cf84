-- Arrears: ageing as of any day beside the ledger, targets, dunning line by line, promises. Leaves nothing behind.
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
create function pg_temp.day() returns date language sql stable as $$ select steward_code.today('Asia/Shanghai') $$;
insert into app_user (id, login, full_name, password_hash) values
  ('0193b3a2-0000-7000-8000-000000000001', 't-boss', 'Boss', 'x'), ('0193b3a2-0000-7000-8000-000000000002', 't-steward', 'Steward', 'x');
insert into party (property_id, id, number, name)
select pg_temp.at(), ('0193b3a2-0000-7000-8000-00000000bb' || lpad(g::text, 2, '0'))::uuid, 'P-' || 9000 + g, 'Wang ' || g from generate_series(1, 19) g;
insert into place (property_id, id, kind, number) values (pg_temp.at(), '0193b3a2-0000-7000-8000-00000000aa01', 'building', '3');
insert into place (property_id, id, kind, number, parent_id, building_id)
select pg_temp.at(), ('0193b3a2-0000-7000-8000-00000000aa1' || g)::uuid, 'unit', '3-10' || g, '0193b3a2-0000-7000-8000-00000000aa01', '0193b3a2-0000-7000-8000-00000000aa01'
  from generate_series(1, 3) g;
insert into patch (property_id, id, building_id, user_id, period) values
  (pg_temp.at(), uuid7(), '0193b3a2-0000-7000-8000-00000000aa01', '0193b3a2-0000-7000-8000-000000000002', '[2020-01-01,)');

create function pg_temp.owe(p_party int, p_amount bigint, p_due date, p_item text default 'MANAGEMENT', p_unit int default null) returns uuid
language plpgsql volatile as $$
declare
  b constant uuid := bill_post(pg_temp.at(), uuid7(), ('0193b3a2-0000-7000-8000-00000000bb' || lpad(p_party::text, 2, '0'))::uuid,
    ('0193b3a2-0000-7000-8000-00000000aa1' || p_unit)::uuid, p_due - 10, p_due, null,
    array[row((charge_item_of(pg_temp.at(), p_item, p_due)).id, p_item, null, null, p_amount, null, null, null, null, null, null)::bill_input]);
begin
  return (select l.id from charge_line l where l.property_id = pg_temp.at() and l.bill_id = b);
end $$;
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
create function pg_temp.refusal(p_sql text) returns text language plpgsql volatile as $$
declare reason text; field text;
begin
  execute p_sql;
  return 'taken';
exception when others then
  get stacked diagnostics reason = constraint_name, field = column_name;
  return concat_ws(' ', reason, nullif(field, ''));
end $$;
create function pg_temp.ages(p_by text, p_on date, p_party text default null) returns text language sql stable as $$
  select string_agg(concat_ws(' ', a.number, a.not_due_minor, a.to_30_minor, a.to_60_minor, a.to_90_minor, a.to_180_minor, a.to_365_minor, a.older_minor, '=', a.total_minor),
                    ', ' order by a.number)
    from arrears_ageing(array[pg_temp.at()], p_by, p_on::text, p_party, null, false, null) a
$$;
\o

select no_plan();

-- Ageing ----------------------------------------------------------------------------------------------------------------

-- One line on each side of each border, as of the 31st of December 2025: 0 days, 1, 30, 31, 60, 61, 90, 91, 180, 181, 365, 366.
\o /dev/null
select pg_temp.owe(1, ((10 ^ (o / 2))::bigint * (o % 2 + 1)), '2025-12-31'::date - d)
  from unnest('{0,1,30,31,60,61,90,91,180,181,365,366}'::int[]) with ordinality x (d, o);
\o
select is(pg_temp.ages('person', '2025-12-31', 'P-9001'), (select format('P-9001 %s = %s', string_agg(v::text, ' ' order by b), sum(v)) from (
    select b, sum(((10 ^ (o / 2))::bigint * (o % 2 + 1)))::bigint as v from (
      select o, case when d <= 0 then 0 when d <= 30 then 1 when d <= 60 then 2 when d <= 90 then 3 when d <= 180 then 4 when d <= 365 then 5 else 6 end as b
        from unnest('{0,1,30,31,60,61,90,91,180,181,365,366}'::int[]) with ordinality x (d, o)) y group by b) z), 'each line lies in its bucket, on both sides of each border');

\o /dev/null
select null from setseed(0.4711);
create temp table any_line as
  select pg_temp.owe(2 + g % 3, (1 + random() * 100000)::bigint, '2025-01-15'::date + (random() * 300)::int, 'MANAGEMENT', nullif(g % 4, 0)) as id
    from generate_series(1, 100) g;
do $$
declare
  a record;
  part bigint;
  j uuid;
  b bill;
begin
  for a in select x.id, l.issued_on, l.bill_id from any_line x join charge_line l on l.property_id = pg_temp.at() and l.id = x.id loop
    for i in 1 .. floor(random() * 4)::int loop
      part := (select floor(random() * (l.amount - l.settled + 1)) from charge_line l where l.property_id = pg_temp.at() and l.id = a.id);
      if part > 0 then
        j := pg_temp.pay(a.id, part, a.issued_on + (random() * 200)::int, case when random() < 0.1 then 'write_off' else 'payment' end);
        if random() < 0.15 then
          perform pg_temp.void(j, a.issued_on + 200 + (random() * 60)::int);
        end if;
      end if;
    end loop;
    if random() < 0.1 then
      select * into b from bill x where x.property_id = pg_temp.at() and x.id = a.bill_id;
      perform credit_post(b, uuid7(), 1, null, 'Wrong', null);
    end if;
  end loop;
end $$;
create temp table day as select '2025-01-01'::date + 61 * g as day from generate_series(0, 11) g union select pg_temp.day();
create temp table before as select d.day, b.by, pg_temp.ages(b.by, d.day) as told from day d, unnest('{person,unit,building,property}'::text[]) b (by);
\o
select is((select count(*) from day d where receivable_on(pg_temp.at(), d.day) <> (select coalesce(sum(l.open), 0) from arrears_lines(pg_temp.at(), d.day) l)), 0::bigint,
          'what lines are open is the receivables account of the ledger, on every day');
select is((select count(*) from day d, unnest('{person,unit,building,property}'::text[]) b (by)
            where coalesce((select sum(a.total_minor) from arrears_ageing(array[pg_temp.at()], b.by, d.day::text, null, null, false, null) a), 0)
                  <> receivable_on(pg_temp.at(), d.day)), 0::bigint, 'however it is laid out');
select is((select count(*) from day d, arrears_ageing(array[pg_temp.at()], 'property', d.day::text, null, null, false, null) a
            where a.ledger_minor is distinct from a.total_minor
               or a.not_due_minor + a.to_30_minor + a.to_60_minor + a.to_90_minor + a.to_180_minor + a.to_365_minor + a.older_minor <> a.total_minor), 0::bigint,
          'the ages add up, and the ledger stands beside them');
-- From the documents of each day, told another way: every line and settlement up to it.
select is((select count(*) from day d, arrears_ageing(array[pg_temp.at()], 'person', d.day::text, null, null, false, null) a
            where a.to_60_minor <> (
              select coalesce(sum(l.amount - coalesce((select sum(s.amount) from settlement s where s.property_id = l.property_id and s.line_id = l.id and s.on_date <= d.day), 0)), 0)
                from charge_line l join party p on p.property_id = l.property_id and p.id = l.party_id
               where l.property_id = pg_temp.at() and p.number = a.number and l.issued_on <= d.day and d.day - l.due_on between 31 and 60)), 0::bigint,
          'a bucket is the sum of its lines');
\o /dev/null
select pg_temp.pay(x.id, l.amount - l.settled, pg_temp.day()) from any_line x join charge_line l on l.property_id = pg_temp.at() and l.id = x.id where l.settled < l.amount;
\o
select is((select count(*) from before b where b.day < pg_temp.day() and pg_temp.ages(b.by, b.day) is distinct from b.told), 0::bigint,
          'a past day gives the same after everything was paid');
select is((select count(*) from arrears_ageing(array[pg_temp.at()], 'unit', null, null, null, false, null) where number <> '-'), 0::bigint, 'and today nothing');

-- Targets ---------------------------------------------------------------------------------------------------------------

-- A property of its own. September 2024: 1000 and 200 fall due, 100 of which are credited; 880 come in by its end, 100 later. Before it
-- 500 and 300 are overdue: 350 are recovered, 50 written off, and 100 more recovered in October.
\o /dev/null
select set_config('steward.kept', (select string_agg(x.id::text, ',') from any_line x), true);
select pg_temp.pay(pg_temp.owe(5, 50000, '2024-06-20'), 35000, '2024-09-10');
create temp table old as select pg_temp.owe(5, 30000, '2024-08-31') as id;
select pg_temp.pay(id, 5000, '2024-09-12', 'write_off'), pg_temp.pay(id, 10000, '2024-10-02') from old;
create temp table new as select pg_temp.owe(5, 100000, '2024-09-01') as a, pg_temp.owe(5, 20000, '2024-09-30') as b;
select pg_temp.pay(a, 88000, '2024-09-30'), pg_temp.pay(a, 10000, '2024-10-01') from new;
select arrears_target_set(pg_temp.at(), '2024-09', 7400, 4400);
\o
create function pg_temp.figure(p_month text) returns text language sql stable as $$
  select concat_ws(' | ', f.charged_minor, f.received_minor, f.current_rate, f.current_target, coalesce(f.current_met, '-'), f.opening_minor, f.recovered_minor, f.old_rate,
                   f.old_target, coalesce(f.old_met, '-'))
    from arrears_figures(array[pg_temp.at()], p_month, p_month) f
$$;
-- 88000 of 120000 are 73.3 %, 35000 of 80000 are 43.8 % (never the number by itself).
select is(pg_temp.figure('2024-09'), '120000 | 88000 | 73.3 % | 74 % | no | 80000 | 35000 | 43.8 % | 44 % | no', 'actual and target');
select is(pg_temp.figure('2024-10'), '0 | 0 | n/a | - | 72000 | 20000 | 27.8 % | -', 'what came later is of the month it came in; nothing charged, no rate');
\o /dev/null
select arrears_target_set(pg_temp.at(), '2024-09', 7333, 4375);
\o
select is(pg_temp.figure('2024-09'), '120000 | 88000 | 73.3 % | 73.3 % | yes | 80000 | 35000 | 43.8 % | 43.8 % | yes', 'a target that is just met');
\o /dev/null
select pg_temp.pay(l.id, l.amount - l.settled, pg_temp.day()) from charge_line l where l.property_id = pg_temp.at() and l.settled < l.amount;
\o

-- Dunning ---------------------------------------------------------------------------------------------------------------

create function pg_temp.level(p_level int, p_days int, p_body text default 'Pay {total}', p_fee bigint default 0) returns text language sql volatile as $$
  select pg_temp.refusal(format($f$ select dunning_level_set(pg_temp.at(), %1$s, %2$s, null, 'Level %1$s', %3$L, %4$s, 7) $f$, p_level, p_days, p_body, p_fee))
$$;
select is(pg_temp.level(n, d, body), wanted, format('level %s after %s days: %s', n, d, wanted))
  from (values (2, 20, 'x', 'LEVEL_BEFORE level'), (1, 7, 'Dear {nobody}', 'NAME_UNKNOWN body'), (1, 0, 'x', 'dunning_level_days_check'), (1, 7, ' ', 'dunning_level_body_check'),
               (1, 7, '{customer}: {total} by {pay_by}. {lines}', 'taken'), (2, 7, 'x', 'LEVEL_ORDER days'), (2, 21, 'Now {total} and {fee}', 'taken'),
               (3, 40, 'Last', 'taken'), (1, 21, 'x', 'LEVEL_ORDER days')) v (n, d, body, wanted);
select is(pg_temp.level(2, 21, 'Now {total} and {fee}', 1000), 'taken', 'level 2 costs 10.00');
select is(dunning_text('{a}{total} {x {lines}', '{"total": "{lines}", "lines": "7"}'), '{lines} {x 7', 'what stands for a name is not looked at again');

-- P-9011: old enough for any level; 12: 10 days; 13: disputed; 14: promised; 15: small; 16: not late enough; 17: two lines
-- of different ages; 18: nothing but a fee of dunning.
\o /dev/null
create temp table due (who int, id uuid);
insert into due select w, pg_temp.owe(10 + w, amount, pg_temp.day() - days, item)
  from (values (1, 100000, 400, 'RENT'), (2, 20000, 10, 'RENT'), (3, 30000, 50, 'RENT'), (4, 40000, 50, 'RENT'), (5, 900, 50, 'RENT'), (6, 60000, 6, 'RENT'),
               (7, 70000, 25, 'RENT'), (7, 7000, 8, 'WATER'), (8, 2000, 30, 'DUNNING')) v (w, amount, days, item);
update charge_line l set disputed_at = now() where l.property_id = pg_temp.at() and l.id = (select id from due where who = 3);
select arrears_policy_set(pg_temp.at(), 1000, 10, null, null);
select promise_make(pg_temp.at(), uuid7(), '0193b3a2-0000-7000-8000-000000000001', 'P-9014', null, null, null, (pg_temp.day() + 3)::text, null);
create function pg_temp.proposed(p_on date) returns text language sql stable as $$
  select string_agg(concat_ws(' ', p.number, d.level, d.amount, d.why), ', ' order by p.number)
    from dunning_proposals(pg_temp.at(), p_on, null, null) d join party p on p.property_id = pg_temp.at() and p.id = d.party_id
$$;
create function pg_temp.run() returns text language plpgsql volatile as $$
declare
  made constant uuid := dunning_run(pg_temp.at(), uuid7(), '0193b3a2-0000-7000-8000-000000000001', null, null);
begin
  return (select concat_ws(' ', r.notices, r.amount, r.fees) from dunning_run r where r.property_id = pg_temp.at() and r.id = made);
end $$;
\o
select is(pg_temp.proposed(pg_temp.day()),
          'P-9011 1 100000, P-9012 1 20000, P-9013 1 30000 disputed, P-9014 1 40000 promised until ' || pg_temp.day() + 3
          || ', P-9015 1 900 below the least of 10.00, P-9017 1 77000, P-9018 1 2000', 'whoever comes to his next level, and who does not');
select is(pg_temp.run(), '4 199000 0', 'a notice each');
select is((select string_agg(format('%s %s', p.number, n.body), '; ' order by p.number) from dunning_notice n join party p on p.property_id = n.property_id and p.id = n.party_id
            where n.property_id = pg_temp.at() and p.number = 'P-9012'),
          (select format('P-9012 Wang 12: 200.00 by %s. %s line 1: RENT, due %s, 200.00, 10 days late', pg_temp.day() + 7, b.number, pg_temp.day() - 10)
             from due d join charge_line l on l.property_id = pg_temp.at() and l.id = d.id join bill b on b.property_id = l.property_id and b.id = l.bill_id where d.who = 2),
          'the text names what it is about');
select is(pg_temp.refusal('select pg_temp.run()'), 'NOTHING_TO_DUN party', 'no line is dunned twice at a level, nobody twice a day');
select is(pg_temp.proposed(pg_temp.day() + 9), 'P-9011 2 100000 dunned on ' || pg_temp.day() || ', P-9013 1 30000 disputed, P-9014 1 40000, P-9015 1 900 below the least of 10.00'
          || ', P-9016 1 60000, P-9017 2 70000 dunned on ' || pg_temp.day() || ', P-9018 2 2000 dunned on ' || pg_temp.day(),
          'the next level waits for so many days; a promise suspends until its day, no longer');
select is(pg_temp.proposed(pg_temp.day() + 10), 'P-9011 2 100000, P-9013 1 30000 disputed, P-9014 1 40000, P-9015 1 900 below the least of 10.00, P-9016 1 60000, P-9017 2 70000, P-9018 2 2000',
          'then it comes: never two levels at once, however old a debt is');
select is(pg_temp.proposed(pg_temp.day() + 13), 'P-9011 2 100000, P-9012 2 20000, P-9013 1 30000 disputed, P-9014 1 40000, P-9015 1 900 below the least of 10.00, P-9016 1 60000, P-9017 2 77000, P-9018 2 2000',
          'each line by its own days');
-- One line of the two was paid: the other one is dunned all the same, by what is left of it.
\o /dev/null
select pg_temp.pay((select d.id from due d join charge_line l on l.property_id = pg_temp.at() and l.id = d.id where d.who = 7 and l.amount = 70000), 70000, pg_temp.day()),
       pg_temp.pay((select d.id from due d join charge_line l on l.property_id = pg_temp.at() and l.id = d.id where d.who = 7 and l.amount = 7000), 1000, pg_temp.day());
\o
select is(pg_temp.proposed(pg_temp.day() + 13), 'P-9011 2 100000, P-9012 2 20000, P-9013 1 30000 disputed, P-9014 1 40000, P-9015 1 900 below the least of 10.00, P-9016 1 60000, P-9017 2 6000, P-9018 2 2000',
          'a line that is paid decides nothing for another one');
select is((select string_agg(format('%s: %s', l.amount, d.open), ', ' order by l.amount) from dunning_lines(pg_temp.at(), pg_temp.day() + 13) d join charge_line l on l.property_id = pg_temp.at() and l.id = d.line_id
            where l.party_id = '0193b3a2-0000-7000-8000-00000000bb17'), '7000: 6000', '... of several lines each has its own rest');
-- The fee: to be had with the second level, but not for fees alone.
select is(pg_temp.refusal(format('insert into dunning_notice_line values (%s, %L, %L, 1, 1, 1)', pg_temp.at(), (select n.id from dunning_notice n where n.property_id = pg_temp.at() and n.party_id = '0193b3a2-0000-7000-8000-00000000bb12'),
                                 (select d.id from due d where d.who = 1))), 'dunning_notice_line_level_key', 'the database itself takes each level of a line once');
\o /dev/null
create temp table issued as select uuid7() as run;
insert into dunning_run (property_id, id, number, on_date, notices, amount, fees, user_id)
select pg_temp.at(), run, 'DR-9999', pg_temp.day() + 13, 0, 0, 0, '0193b3a2-0000-7000-8000-000000000001' from issued;
select dunning_fee(y, uuid7(), null, '0193b3a2-0000-7000-8000-00000000bb11', v, v.title || ' DN-9999') from property y, dunning_level v
 where y.id = pg_temp.at() and v.property_id = y.id and v.level = 2;
\o
select is((select string_agg(format('%s %s %s', i.code, l.amount, l.text), ', ') from charge_line l join charge_item i on i.property_id = l.property_id and i.id = l.item_id
            where l.property_id = pg_temp.at() and l.entity = 'dunning_notice'), 'DUNNING 1000 Dunning fee: Level 2 DN-9999', 'a fee is a claim of its own');
select is((select d.lateness from dunning_proposals(pg_temp.at(), pg_temp.day() + 13, '0193b3a2-0000-7000-8000-00000000bb18', null) d), true, 'for fees alone there is none');

-- Promises --------------------------------------------------------------------------------------------------------------

create function pg_temp.state(p_party text) returns text language sql stable as $$
  select string_agg(concat_ws(' ', p.state, (select string_agg(b.kind || ' ' || b.state || coalesce(' ' || u.login, ''), ', ' order by b.created_at, b.number)
                                               from obligation b left join app_user u on u.id = b.user_id
                                              where b.property_id = p.property_id and b.entity = 'promise' and b.entity_id = p.id)), '; ' order by p.number)
    from promise p join party w on w.property_id = p.property_id and w.id = p.party_id where p.property_id = pg_temp.at() and w.number = p_party
$$;
create function pg_temp.promise(p_party int, p_amount bigint, p_days int, p_place text default null) returns text language sql volatile as $$
  select pg_temp.refusal(format($f$ select promise_make(pg_temp.at(), uuid7(), '0193b3a2-0000-7000-8000-000000000001', 'P-901%s', %L, null, %L, %L, null) $f$,
                                p_party, p_place, p_amount, pg_temp.day() + p_days))
$$;
-- Looks as the daemon does, so many days from now.
create function pg_temp.look(p_days int default 0) returns void language sql volatile as $$
  select promise_look(p, pg_temp.day() + p_days) from promise p where p.property_id = pg_temp.at() and (p.look or p.state = 'open' and p.on_date < pg_temp.day() + p_days)
$$;
select is(pg_temp.promise(who, amount, days), wanted, format('%s promises %s in %s days: %s', who, amount, days, wanted))
  from (values (4, 1, 1, 'promise_once'), (1, 1, -1, 'DATE_PAST on'), (1, 200000, 1, 'MORE_THAN_OPEN amount_minor'), (9, 1, 1, 'NOTHING_OPEN party'), (1, 100000, 2, 'taken'),
               (2, 15000, 2, 'taken'), (7, 6000, 2, 'taken'), (5, 900, 2, 'taken')) v (who, amount, days, wanted);
\o /dev/null
create temp table paid as select pg_temp.pay((select id from due where who = 2), 15000, pg_temp.day()) as j;
select pg_temp.pay((select id from due where who = 1), 40000, pg_temp.day());
select pg_temp.pay(d.id, 900, pg_temp.day(), 'write_off') from due d where d.who = 5;
select pg_temp.look();
\o
select is(pg_temp.state('P-9012'), 'kept promise kept t-boss', 'paid in time: kept');
select is(pg_temp.state('P-9011'), 'open promise open t-boss', 'paid in part: still open');
select is(pg_temp.state('P-9015'), 'withdrawn promise cancelled t-boss', 'nothing is owed any more: there is nothing to keep');
\o /dev/null
select pg_temp.look(3);
\o
select is(pg_temp.state('P-9011'), 'broken promise missed t-boss, broken_promise open t-boss', 'its day is over: broken, and somebody is to ask');
select is((select b.label from obligation b where b.property_id = pg_temp.at() and b.kind = 'broken_promise' and b.party_id = '0193b3a2-0000-7000-8000-00000000bb11'),
          format('1000.00 CNY by %s was promised, 400.00 paid', pg_temp.day() + 2), '... and knows what was promised and paid');
\o /dev/null
select pg_temp.void((select j from paid), pg_temp.day());
select pg_temp.look();
\o
select is(pg_temp.state('P-9012'), 'open promise kept t-boss, promise open t-boss', 'a payment that was taken back opens it again');
\o /dev/null
select pg_temp.look(3);
select pg_temp.pay(d.id, l.amount - l.settled, pg_temp.day()) from due d join charge_line l on l.property_id = pg_temp.at() and l.id = d.id where d.who = 1;
select pg_temp.look(3);
\o
select is(pg_temp.state('P-9012'), 'broken promise kept t-boss, promise missed t-boss, broken_promise open t-boss', '... until its day');
select is((select split_part(pg_temp.state('P-9011'), ' ', 1)), 'kept', 'paid by its day after all (a bank told of it late): kept');

-- Tasks -----------------------------------------------------------------------------------------------------------------

\o /dev/null
select pg_temp.owe(19, 50000, pg_temp.day() - 70, 'RENT', 1), pg_temp.owe(19, 10000, pg_temp.day() - 5, 'RENT', 1), pg_temp.owe(16, 49999, pg_temp.day() - 70, 'RENT', 2);
create temp table task as select unnest(collection_make(pg_temp.at(), null, null, 50000, 60, null, pg_temp.day() + 7)) as id;
\o
select is((select string_agg(concat_ws(' ', b.subject, u.login, b.label), ', ') from task t join obligation b on b.property_id = pg_temp.at() and b.id = t.id left join app_user u on u.id = b.user_id),
          'P-9019 t-steward 500.00 CNY overdue, 70 days', 'whoever owes so much for so long is a task of who looks after the building');
select is(collection_make(pg_temp.at(), null, null, 50000, 60, null, pg_temp.day() + 7), '{}', 'once');
\o /dev/null
select pg_temp.pay(l.id, l.amount, pg_temp.day()) from charge_line l where l.property_id = pg_temp.at() and l.party_id = '0193b3a2-0000-7000-8000-00000000bb19';
\o
select is((select array_agg(x) from unnest(collection_drop(pg_temp.at(), pg_temp.day())) x), (select array_agg(id) from task), 'who has paid is nobody''s task');
select is((select string_agg(format('%s %s', c.code, c.difference_minor), ', ') from ledger_control(array[pg_temp.at()]) c where c.difference_minor <> 0), null,
          'the ledger agrees with the documents');

select * from finish();
rollback;
