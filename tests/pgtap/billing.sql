-- A billing run in lots: what is interrupted is made again, no place is billed twice or passed over, numbers have no gaps. Leaves nothing behind.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;

\o /dev/null
insert into property (code, name, zone) values ('TSUN', 'Sunshine', 'Asia/Shanghai');
select set_config('steward.scope', (select id::text from property_all() where code = 'TSUN'), true);
create function pg_temp.at() returns int language sql stable as $$ select current_setting('steward.scope')::int $$;
insert into app_user (id, login, full_name, password_hash) values ('0193b3a2-0000-7000-8000-000000000001', 't-boss', 'Boss', 'x');
-- 2300 units of 50 to 149 m2, each of an owner; the last ten change hands on the 11th of April, and of the first nobody knows the area.
insert into place (property_id, id, kind, number, gross_area_dm2)
select pg_temp.at(), uuid7(), 'unit', 'U' || lpad(n::text, 4, '0'), case when n > 1 then 5000 + n % 100 * 100 end from generate_series(1, 2300) n;
insert into party (property_id, id, number, name) select pg_temp.at(), uuid7(), 'P-' || n, 'Owner ' || n from generate_series(1, 2310) n;
insert into occupancy (property_id, id, number, place_id, party_id, role, period)
select pg_temp.at(), uuid7(), 'O-' || n, l.id, p.id, 'owner',
       case when n <= 2290 then daterange('2020-01-01', null) when n <= 2300 then daterange('2020-01-01', '2026-04-11') else daterange('2026-04-11', null) end
  from generate_series(1, 2310) n
  join place l on l.property_id = pg_temp.at() and l.number = 'U' || lpad(least(n, n - case when n > 2300 then 10 else 0 end)::text, 4, '0')
  join party p on p.property_id = pg_temp.at() and p.number = 'P-' || n;
select standard_set(pg_temp.at(), '0193b3a2-0000-7000-8000-00000000dd01', '0193b3a2-0000-7000-8000-000000000001',
                    row('MGMT', 'Fee', 'MANAGEMENT', 'gross_area', null, null, null, null, null, null, null, '2.80', null, null, null, '2026-01-01')::standard_input);
insert into assignment_batch (property_id, id, number, standard_id, made_by)
select pg_temp.at(), '0193b3a2-0000-7000-8000-00000000dd02', 'AB-1', s.id, '0193b3a2-0000-7000-8000-000000000001' from standard s where s.property_id = pg_temp.at();
insert into assignment (property_id, id, batch_id, standard_id, place_id, from_on)
select pg_temp.at(), uuid7(), b.id, b.standard_id, l.id, '2026-01-01'
  from assignment_batch b join place l on l.property_id = b.property_id where b.property_id = pg_temp.at();
select billing_begin(pg_temp.at(), '0193b3a2-0000-7000-8000-00000000dd03', '0193b3a2-0000-7000-8000-000000000001', '2026-04', null, null);
create function pg_temp.run() returns text language sql stable as $$
  select format('%s %s of %s, %s bills, %s exceptions', r.state, r.places_done, r.places, r.bills, r.exceptions)
    from billing_run r where r.property_id = pg_temp.at() and r.number = 'BR-1001'
$$;
\o

select no_plan();
select is(pg_temp.run(), 'running 0 of 2300, 0 bills, 0 exceptions', 'a run has begun');
select is((select string_agg(cardinality(t.places)::text, ' ' order by t.nth) from billing_lot t where t.property_id = pg_temp.at()), '1000 1000 300', 'in lots');
\o /dev/null
savepoint broken;
select billing_tick(pg_temp.at());
rollback to savepoint broken;
\o
select is(pg_temp.run(), 'running 0 of 2300, 0 bills, 0 exceptions', 'a step that was interrupted has left nothing');
select is((select x.more from billing_tick(pg_temp.at()) x), true, 'it is made again');
select is(pg_temp.run(), 'running 1000 of 2300, 999 bills, 1 exceptions', 'whole');
-- Whatever becomes of places meanwhile: which they are was settled. One moves behind the others, one before them, one is new.
\o /dev/null
update place set number = 'Z1' where property_id = pg_temp.at() and number = 'U0002';
update place set number = 'A1' where property_id = pg_temp.at() and number = 'U2200';
insert into place (property_id, id, kind, number, gross_area_dm2) values (pg_temp.at(), '0193b3a2-0000-7000-8000-00000000dd04', 'unit', 'U1500A', 5000);
insert into assignment (property_id, id, batch_id, standard_id, place_id, from_on)
select pg_temp.at(), uuid7(), b.id, b.standard_id, '0193b3a2-0000-7000-8000-00000000dd04', '2026-01-01' from assignment_batch b where b.property_id = pg_temp.at();
\o
select is((select x.more from billing_tick(pg_temp.at()) x), true, 'the second step');
select is((select x.more from billing_tick(pg_temp.at()) x), false, 'and the last');
select is(pg_temp.run(), 'done 2300 of 2300, 2309 bills, 1 exceptions', 'every place is dealt with');
select is((select x.done from billing_tick(pg_temp.at()) x), 0, 'there is no step after it');
select is((select count(*) from billing_lot t where t.property_id = pg_temp.at()), 0::bigint, 'no lot is left');
select is((select count(*) || ' ' || count(distinct (l.assignment_id, l.from_on)) from charge_line l where l.property_id = pg_temp.at()), '2309 2309', 'nothing is billed twice');
select is((select string_agg(distinct (to_on - from_on)::text, ' ' order by (to_on - from_on)::text) from charge_line l where l.property_id = pg_temp.at()), '10 20 30',
          'of days that were charged, each holder has his');
select is((select format('%s to %s, %s', min(n), max(n), count(distinct n))
             from (select substr(b.number, 3)::int as n from bill b where b.property_id = pg_temp.at()) x), '1001 to 3309, 2309', 'numbers without gaps');
select is((select sum(l.amount)::bigint from charge_line l where l.property_id = pg_temp.at()), (select r.amount from billing_run r where r.property_id = pg_temp.at()),
          'the run says what its lines come to');
-- 2.80 for each m2; 10 and 20 days of 30 of who changed hands, each rounded by itself.
select is((select sum(l.amount) from charge_line l where l.property_id = pg_temp.at() and l.to_on - l.from_on = 30),
          (select sum(round(2.80 * (5000 + n % 100 * 100))) from generate_series(2, 2290) n), 'whole months');
select is((select sum(l.amount) from charge_line l where l.property_id = pg_temp.at() and l.to_on - l.from_on < 30),
          (select sum(round(2.80 * (5000 + n % 100 * 100) / 3) + round(2.80 * (5000 + n % 100 * 100) * 2 / 3)) from generate_series(2291, 2300) n), 'parts of it');
select is((select string_agg(format('%s %s', c.code, c.difference_minor), ', ') from ledger_control(array[pg_temp.at()]) c where c.difference_minor <> 0), null,
          'the ledger agrees with the documents');
-- Run again: the new place, and the one without an area, of which it is known now.
\o /dev/null
update place set gross_area_dm2 = 5000 where property_id = pg_temp.at() and number = 'U0001';
insert into occupancy (property_id, id, number, place_id, party_id, role, period)
select pg_temp.at(), uuid7(), 'O-9999', '0193b3a2-0000-7000-8000-00000000dd04', p.id, 'owner', daterange('2026-01-01', null)
  from party p where p.property_id = pg_temp.at() and p.number = 'P-1';
select billing_begin(pg_temp.at(), '0193b3a2-0000-7000-8000-00000000dd05', '0193b3a2-0000-7000-8000-000000000001', '2026-04', null, null);
select billing_tick(pg_temp.at()) from generate_series(1, 3);
\o
select is((select format('%s %s', r.state, r.bills) from billing_run r where r.property_id = pg_temp.at() and r.number = 'BR-1002'), 'done 2',
          'another run of the month bills what was not');
select is((select format('%s x %s / %s', trim_scale(l.quantity), trim_scale(l.price), l.per) from charge_line l
            where l.property_id = pg_temp.at() and l.place_id = '0193b3a2-0000-7000-8000-00000000dd04'), '50 x 2.8 / month', 'a line says what it is a product of');

select * from finish();
rollback;
