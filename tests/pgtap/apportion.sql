-- Sharing out what is common: examples reckoned by hand, laws over random holders, vacancies and measures, and what is refused.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;

-- What a statement is refused for: reason and field; 'taken' if it is not.
create function pg_temp.refusal(p_sql text) returns text language plpgsql volatile as $$
declare reason text; field text; state text;
begin
  execute p_sql;
  return 'taken';
exception when others then
  get stacked diagnostics reason = constraint_name, field = column_name, state = returned_sqlstate;
  return case when state like 'ST%' then concat_ws(' ', reason, nullif(field, '')) else state || ' ' || sqlerrm end;
end $$;

insert into property (code, name, zone) values ('TPOOL', 'Pools', 'Asia/Shanghai');
create function pg_temp.at() returns int language sql stable as $$ select id from steward_code.property_all() where code = 'TPOOL' $$;
select null from set_config('steward.scope', pg_temp.at()::text, true);
select null from setseed(0.2511);

create function pg_temp.place(p_number text, p_area numeric, p_kind text default 'unit', p_top uuid default null) returns uuid language plpgsql volatile as $$
declare made constant uuid := gen_random_uuid();
begin
  insert into place (property_id, id, kind, number, parent_id, gross_area_dm2, usable_area_dm2)
  values (pg_temp.at(), made, p_kind, p_number, p_top, p_area * 100, p_area * 80);
  return made;
end $$;
create function pg_temp.spot(p_number text) returns uuid language plpgsql volatile as
$$ begin return (select id from place where property_id = pg_temp.at() and number = p_number); end $$;
create function pg_temp.holds(p_place text, p_party text, p_role text, p_from date, p_to date default null) returns void language plpgsql volatile as $$
begin
  insert into party (property_id, id, number, name) values (pg_temp.at(), gen_random_uuid(), p_party, p_party) on conflict do nothing;
  insert into occupancy (property_id, id, number, place_id, party_id, role, period)
  select pg_temp.at(), gen_random_uuid(), 'O-' || next_number(pg_temp.at(), 'O'), pg_temp.spot(p_place), p.id, p_role, daterange(p_from, p_to)
    from party p where p.property_id = pg_temp.at() and p.number = p_party;
end $$;
create function pg_temp.knows(p_place text, p_kind text, p_value numeric, p_from date default '2020-01-01', p_to date default null) returns void
language plpgsql volatile as $$
begin
  insert into place_measure (property_id, id, place_id, kind, value, from_on, to_on)
  values (pg_temp.at(), gen_random_uuid(), pg_temp.spot(p_place), p_kind, p_value, p_from, p_to);
end $$;
create function pg_temp.pool(p_code text, p_basis text, p_top text default null, p_listed boolean default false, p_vacant text default 'owner',
                             p_vacancy text default 'known', p_payer text default 'customer') returns pool language plpgsql volatile as $$
declare made pool;
begin
  insert into pool (property_id, id, code, name, item_id, basis, top_id, listed, vacant, vacancy, payer)
  select pg_temp.at(), gen_random_uuid(), p_code, p_code, i.id, p_basis, pg_temp.spot(p_top), p_listed, p_vacant, p_vacancy, p_payer
    from charge_item i where i.property_id = pg_temp.at() and i.code = 'COMMON' returning * into made;
  return made;
end $$;
-- "101 owner 0-9: 12; 101 ...": a plan as one line. p: who bears it and what.
create function pg_temp.told(p_code text, p_from date, p_to date, p_total bigint) returns text language plpgsql volatile as $$
begin
  return (select string_agg(format('%s %s %s+%s%s %s', l.number, coalesce(p.number, x.bearer), x.from_on - p_from, x.to_on - x.from_on,
                                   case when x.vacant then ' vacant' else '' end, coalesce(x.amount::text, '?') || coalesce(' ' || x.code, '')),
                                     '; ' order by x.line)
            from apportion_plan(pool_of(pg_temp.at(), p_code), p_from, p_to, p_total) x
            join place l on l.property_id = pg_temp.at() and l.id = x.place_id
            left join party p on p.property_id = pg_temp.at() and p.id = x.party_id);
end $$;

select plan(66);

-- By hand -----------------------------------------------------------------------------------------------------------------

-- Building 1: 80, 90 and 130 m2. Of 100.00: 26.666..., 30.00 and 43.333...; the fen that is left is the first one's, whose
-- remainder is the largest. The second changes hands on the 11th: 10 and 20 of 30 days of its 30.00.
\o /dev/null
select pg_temp.place('1', null, 'building');
select pg_temp.place('1-' || n, a, 'unit', pg_temp.spot('1')) from (values ('101', 80.0), ('102', 90), ('103', 130)) v (n, a);
select pg_temp.holds('1-101', 'P-A', 'owner', '2020-01-01'), pg_temp.holds('1-102', 'P-B', 'owner', '2020-01-01', '2026-04-11'),
       pg_temp.holds('1-102', 'P-C', 'owner', '2026-04-11'), pg_temp.holds('1-103', 'P-D', 'owner', '2020-01-01');
select pg_temp.pool('AREA', 'gross_area', '1');
\o
select is(pg_temp.told('AREA', '2026-04-01', '2026-05-01', 10000),
          '1-101 P-A 0+30 2667; 1-102 P-B 0+10 1000; 1-102 P-C 10+20 2000; 1-103 P-D 0+30 4333', 'by area; a change of owner splits its own place alone');
select is(pg_temp.told('AREA', '2026-04-01', '2026-05-01', 1), '1-101 P-A 0+30 0; 1-102 P-B 0+10 0; 1-102 P-C 10+20 0; 1-103 P-D 0+30 1',
          'one fen goes to the largest place');

-- A lease of 1-103 from the 16th: its tenant pays from then on. 4333 by 15 and 15: 2166.5 each, the earlier one gets the fen.
\o /dev/null
select pg_temp.holds('1-103', 'P-T', 'tenant', '2026-04-16', '2026-07-01');
\o
select is(pg_temp.told('AREA', '2026-04-01', '2026-05-01', 10000),
          '1-101 P-A 0+30 2667; 1-102 P-B 0+10 1000; 1-102 P-C 10+20 2000; 1-103 P-D 0+15 2167; 1-103 P-T 15+15 2166', 'who holds the lease pays');

-- A vacant place: 1-101 from the 21st. Without it the others have 80 * 20, 90 * 30 and 130 * 30 = 1600, 2700, 3900 of 8200:
-- 19.512..., 32.926..., 47.560...; the two that are left go to 0.926 and 0.560.
\o /dev/null
select pg_temp.knows('1-101', 'vacant', 1, '2026-04-21');
select pg_temp.pool('BYPROP', 'gross_area', '1', p_vacant => 'property'), pg_temp.pool('SPREAD', 'gross_area', '1', p_vacant => 'others'),
       pg_temp.pool('UNLET', 'gross_area', '1', p_vacant => 'property', p_vacancy => 'unlet');
\o
select is(pg_temp.told('AREA', '2026-04-01', '2026-05-01', 10000),
          '1-101 P-A 0+20 1778; 1-101 P-A 20+10 vacant 889; 1-102 P-B 0+10 1000; 1-102 P-C 10+20 2000; 1-103 P-D 0+15 2167; 1-103 P-T 15+15 2166',
          'what is vacant the owner bears');
select is(pg_temp.told('BYPROP', '2026-04-01', '2026-05-01', 10000),
          '1-101 P-A 0+20 1778; 1-101 property 20+10 vacant 889; 1-102 P-B 0+10 1000; 1-102 P-C 10+20 2000; 1-103 P-D 0+15 2167; 1-103 P-T 15+15 2166',
          'what is vacant the property bears');
select is(pg_temp.told('SPREAD', '2026-04-01', '2026-05-01', 10000),
          '1-101 P-A 0+20 1951; 1-101 others 20+10 vacant 0; 1-102 P-B 0+10 1098; 1-102 P-C 10+20 2195; 1-103 P-D 0+15 2378; 1-103 P-T 15+15 2378',
          'what is vacant the others bear');
select is(pg_temp.told('UNLET', '2026-04-01', '2026-05-01', 10000),
          '1-101 property 0+30 vacant 2667; 1-102 property 0+30 vacant 3000; 1-103 property 0+15 vacant 2167; 1-103 P-T 15+15 2166',
          'where all is let, what is not is vacant');

-- By head: 3, 1 and 2 people, 4 in the first from the 16th: 15 * 3 + 15 * 4 = 105, 30, 60 of 195. Of 19.50: 10.50, 3.00, 6.00.
\o /dev/null
select pg_temp.knows('1-101', 'people', 3, '2020-01-01', '2026-04-16'), pg_temp.knows('1-101', 'people', 4, '2026-04-16'),
       pg_temp.knows('1-102', 'people', 1), pg_temp.knows('1-103', 'people', 2);
select pg_temp.pool('HEADS', 'people', '1', p_payer => 'owner');
\o
select is(pg_temp.told('HEADS', '2026-04-01', '2026-05-01', 1950),
          '1-101 P-A 0+15 450; 1-101 P-A 15+5 200; 1-101 P-A 20+10 vacant 400; 1-102 P-B 0+10 100; 1-102 P-C 10+20 200; 1-103 P-D 0+30 600',
          'by head and day; the owner pays where the pool says so');

-- By share: 0.5, 0.3 and 0.2. By key: 3, 0 (takes no part), 1.
\o /dev/null
select pg_temp.knows('1-101', 'share', 0.5), pg_temp.knows('1-102', 'share', 0.3), pg_temp.knows('1-103', 'share', 0.2);
select pg_temp.pool('SHARE', 'share', '1'), pg_temp.pool('KEY', 'key', '1'), pg_temp.pool('EACH', 'unit', p_listed => true);
select pool_weigh(pg_temp.at(), 'KEY', '{1-101=3,1-103=1}', null, null), pool_weigh(pg_temp.at(), 'KEY', '{1-102=0}', 'Ground floor', null),
                 pool_weigh(pg_temp.at(), 'EACH', '{1-101,1-103}', null, null);
\o
select is(pg_temp.told('SHARE', '2026-05-01', '2026-06-01', 999), '1-101 P-A 0+31 vacant 499; 1-102 P-C 0+31 300; 1-103 P-T 0+31 200', 'by share');
select is(pg_temp.told('KEY', '2026-05-01', '2026-06-01', 1000), '1-101 P-A 0+31 vacant 750; 1-102 P-C 0+31 0; 1-103 P-T 0+31 250', 'by a fixed key');
select is(pg_temp.told('EACH', '2026-05-01', '2026-06-01', 101), '1-101 P-A 0+31 vacant 51; 1-103 P-T 0+31 50', 'each the same, of those that are named');

-- Never a silent 0 ----------------------------------------------------------------------------------------------------------

-- A place that cannot be measured has no amount, and nobody else has one: they would pay for it.
\o /dev/null
select pg_temp.place('2', null, 'building');
select pg_temp.place('2-101', 50, 'unit', pg_temp.spot('2')), pg_temp.place('2-102', null, 'unit', pg_temp.spot('2')),
       pg_temp.place('2-103', 0, 'unit', pg_temp.spot('2'));
select pg_temp.holds('2-101', 'P-A', 'owner', '2020-01-01'), pg_temp.holds('2-102', 'P-A', 'owner', '2020-01-01'),
       pg_temp.holds('2-103', 'P-A', 'owner', '2020-01-01');
select pg_temp.pool(v.c, v.b, '2') from (values ('A2', 'gross_area'), ('U2', 'usable_area'), ('H2', 'people'), ('S2', 'share'), ('K2', 'key')) v (c, b);
select pg_temp.pool('V2', 'people', '2', p_vacant => 'others');
\o
select is(pg_temp.told('A2', '2026-04-01', '2026-05-01', 100), '2-101 P-A 0+30 ?; 2-102 P-A 0+30 ? NO_AREA; 2-103 P-A 0+30 ? NO_AREA',
       'no area is none, and neither is 0');
select is(pg_temp.told('U2', '2026-04-01', '2026-05-01', 100), '2-101 P-A 0+30 ?; 2-102 P-A 0+30 ? NO_AREA; 2-103 P-A 0+30 ? NO_AREA',
       'nor is there one within the walls');
select is(pg_temp.told('H2', '2026-04-01', '2026-05-01', 100), '2-101 P-A 0+30 ? NO_PEOPLE; 2-102 P-A 0+30 ? NO_PEOPLE; 2-103 P-A 0+30 ? NO_PEOPLE',
       'nobody was counted');
select is(pg_temp.told('S2', '2026-04-01', '2026-05-01', 100), '2-101 P-A 0+30 ? NO_SHARE; 2-102 P-A 0+30 ? NO_SHARE; 2-103 P-A 0+30 ? NO_SHARE',
       'no share is known');
select is(pg_temp.told('K2', '2026-04-01', '2026-05-01', 100), '2-101 P-A 0+30 ? NO_KEY; 2-102 P-A 0+30 ? NO_KEY; 2-103 P-A 0+30 ? NO_KEY',
       'no weight was given');
-- Who is counted for a part of the month only is missing for the rest of it.
\o /dev/null
select pg_temp.knows('2-101', 'people', 2), pg_temp.knows('2-102', 'people', 1, '2026-04-11'), pg_temp.knows('2-103', 'vacant', 1);
\o
select is(pg_temp.told('V2', '2026-04-01', '2026-05-01', 100), '2-101 P-A 0+30 ?; 2-102 P-A 0+10 ? NO_PEOPLE; 2-102 P-A 10+20 ?; 2-103 others 0+30 vacant ?',
          'a count that begins later is missing before; what the others bear needs none');
\o /dev/null
select pg_temp.knows('2-102', 'people', 1, '2020-01-01', '2026-04-11');
\o
select is(pg_temp.told('V2', '2026-04-01', '2026-05-01', 100), '2-101 P-A 0+30 67; 2-102 P-A 0+30 33; 2-103 others 0+30 vacant 0',
       'what was entered for the same is one span');

-- Weights that are all 0: refused with a reason, whatever made them so; never shared out as nothing, never a division by 0.
\o /dev/null
select pool_weigh(pg_temp.at(), 'K2', '{2-101=0,2-102=0,2-103=0}', 'None', null);
select pg_temp.knows('2-101', 'vacant', 1), pg_temp.knows('2-102', 'vacant', 1);
select pg_temp.pool('EMPTY', 'unit', p_listed => true);
select pg_temp.place('9-1', 10), pg_temp.pool('NOBODY', 'unit', p_listed => true);
select pool_weigh(pg_temp.at(), 'NOBODY', '{9-1,1-101}', null, null);
\o
select is(pg_temp.refusal(q), r, regexp_replace(q, '\s+', ' ', 'g')) from (values
  ($$ select pg_temp.told('K2', '2026-04-01', '2026-05-01', 100) $$, 'NO_WEIGHT code'),
  ($$ select pg_temp.told('V2', '2026-04-01', '2026-05-01', 100) $$, 'NO_WEIGHT code'),
  ($$ select pg_temp.told('EMPTY', '2026-04-01', '2026-05-01', 100) $$, 'NO_PLACE code'),
  ($$ select pool_weigh(pg_temp.at(), 'KEY', '{1-101}', null, null) $$, 'WEIGHT place'),
  ($$ select pool_weigh(pg_temp.at(), 'KEY', '{1-101=-1}', null, null) $$, 'WEIGHT place'),
  ($$ select pool_weigh(pg_temp.at(), 'KEY', '{1-101=1e3}', null, null) $$, 'WEIGHT place'),
  ($$ select pool_weigh(pg_temp.at(), 'AREA', '{1-101=2}', null, null) $$, 'WEIGHT place'),
  ($$ select pool_weigh(pg_temp.at(), 'AREA', '{1-101}', null, null) $$, 'NOT_LISTED place'),
  ($$ select pool_weigh(pg_temp.at(), 'AREA', '{1-101}', null, true) $$, 'NOT_IN_POOL place'),
  ($$ select measure_value('people', '2.5') $$, 'MEASURE value'),
  ($$ select measure_value('share', '1/80') $$, 'MEASURE value'),
  ($$ select pool_price_of(row(pg_temp.at(), null, 'X', 'X', null, 'unit', null, false, 'unit', 'customer', 'owner', 'known', 'usage', null,
                               '100 / (usage - 20)', null, 1)::pool, 20, 30) $$, 'DIVISION_BY_ZERO code'),
  ($$ select pool_total(row(pg_temp.at(), null, 'X', 'X', null, 'unit', null, false, 'unit', 'customer', 'owner', 'known', 'usage', 0.62, null, null, 1)::pool,
                        '2026-04-01', '2026-05-01', null, '0') $$, 'NOTHING_TO_SHARE usage'),
  ($$ select pool_period('2026-04', '2026-04-01', null) $$, 'PERIOD month'), ($$ select pool_period(null, '2026-04-01', null) $$, 'PERIOD to'),
  ($$ select pool_period(null, '2026-04-01', '2026-03-31') $$, 'PERIOD to'), ($$ select pool_period(null, '2026-04-01', '2026-04-01') $$, 'taken')) v (q, r);
select is(measure_value('share', '1.25%') || ' ' || measure_value('share', '0.0125') || ' ' || measure_value('vacant', 'yes'), '0.0125 0.0125 1',
       'as people write them');
select is(pg_temp.told('NOBODY', '2026-04-01', '2026-05-01', 100), '1-101 P-A 0+20 33; 1-101 P-A 20+10 vacant 17; 9-1 owner 0+30 vacant 50 NO_PAYER',
          'a share nobody can be billed for is reckoned, and has a reason');

-- 600 flats of 60 to 140 m2: rounding a price per m2 to 4 digits first, as others do, loses up to a tenth; here nothing is lost.
-- 20 m3 of water at 4.10, 100 and 3029 kWh at 0.62.
\o /dev/null
select pg_temp.place('3', null, 'building');
select pg_temp.place('3-' || g, (60 + 80 * random())::numeric(6, 2), 'unit', pg_temp.spot('3')) from generate_series(1001, 1600) g;
select pg_temp.pool('WATER', 'gross_area', '3');
\o
select is((select sum(x.amount) from apportion_plan(pool_of(pg_temp.at(), 'WATER'), '2026-04-01', '2026-05-01', t) x), t::numeric, t ||
       ' shared out over 600 flats')
  from unnest('{8200,6200,187798}'::bigint[]) t;
select cmp_ok((select abs(sum(round(l.gross_area_dm2 * 0.01 * round(82.00 / w.area, 4), 2)) - 82.00) from place l,
                      (select sum(x.gross_area_dm2) * 0.01 as area from place x where x.property_id = pg_temp.at() and x.number like '3-1%') w
                where l.property_id = pg_temp.at() and l.number like '3-1%'), '>', 1.0, 'which the other order would lose');

-- Meters --------------------------------------------------------------------------------------------------------------------

-- A master counts 1,000 from 1 April to 1 May, three meters behind it 300.5, 200 and 120.25: 379.25 are common, at 0.80 303.40.
\o /dev/null
insert into app_user (id, login, full_name, password_hash) values ('0193b3a2-0000-7000-8000-00000000f001', 't-pool', 'Pool', 'x');
insert into meter (property_id, id, number, kind, utility, place_id, master_id, installed_on)
select pg_temp.at(), ('0193b3a2-0000-7000-8000-00000000e00' || g)::uuid, 'TM-' || g, case g when 1 then 'master' else 'unit' end, 'electricity',
       pg_temp.spot('1-101'), case when g > 1 then '0193b3a2-0000-7000-8000-00000000e001'::uuid end, '2026-01-01' from generate_series(1, 4) g;
insert into meter_dial (property_id, id, meter_id, seq, digits, from_on)
select m.property_id, gen_random_uuid(), m.id, 1, 5, '2026-01-01' from meter m where m.property_id = pg_temp.at();
insert into meter_reading (property_id, id, meter_id, dial_id, seq, read_on, value, kind, source)
select d.property_id, gen_random_uuid(), d.meter_id, d.id, 1, r.on_day, r.value, r.kind, 'desk'
  from (values (1, date '2026-01-01', 0, 'first'), (1, '2026-04-01', 500, 'read'), (1, '2026-05-01', 1500, 'read'), (2, '2026-01-01', 0, 'first'),
               (2, '2026-04-01', 10, 'read'), (2, '2026-05-01', 310.5, 'read'), (3, '2026-01-01', 0, 'first'), (3, '2026-04-01', 20, 'read'),
               (3, '2026-05-01', 220, 'read'), (4, '2026-01-01', 0, 'first'), (4, '2026-04-01', 0, 'read'),
                 (4, '2026-05-01', 120.25, 'read')) r (n, on_day, value, kind)
  join meter m on m.property_id = pg_temp.at() and m.number = 'TM-' || r.n
  join meter_dial d on d.property_id = m.property_id and d.meter_id = m.id;
select pool_set(pg_temp.at(), gen_random_uuid(), 'REST', 'Common light', 'COMMON', 'gross_area', '1', null, null, null, null, null, null,
       '0.8', null, null, '{TM-1}', null),
       pool_set(pg_temp.at(), gen_random_uuid(), 'BOTH', 'Two', 'COMMON', 'gross_area', '1', null, null, null, null, null, null, '0.8', null,
         '{TM-2,TM-3}', null, null);
create function pg_temp.run(p_code text, p_month text) returns uuid language plpgsql volatile as
$$ begin return apportion_run(pg_temp.at(), gen_random_uuid(), '0193b3a2-0000-7000-8000-00000000f001', p_code, p_month, null, null, null, null, null); end $$;
select pg_temp.run('REST', '2026-04');
\o
select is((select total || ' ' || usage || ' ' || billed from apportionment
       where property_id = pg_temp.at()), '30340 379.25 30340', 'a master less what is behind it');
select is((select string_agg(format('%s%s', case when x.behind then '-' else '+' end, trim_scale(x.usage)), ' ' order by m.number)
             from apportionment_meter x join meter m on m.id = x.meter_id
               where x.property_id = pg_temp.at()), '+1000 -300.5 -200 -120.25', 'what each meter counted is kept');
\o /dev/null
select pg_temp.run('BOTH', '2026-04');
\o
select is((select total from apportionment where property_id = pg_temp.at() and usage = 500.5), 40040::bigint, 'two meters together');
select is((select count(*) from meter_charge c where c.property_id = pg_temp.at() and c.entity = 'apportionment' and c.released_at is null), 6::bigint,
          'their readings are held to it');
select is(pg_temp.refusal($$ select pg_temp.run('REST', '2026-05') $$), 'NO_READING code', 'what was not read is not shared out');
select is(pg_temp.refusal($$ select pg_temp.run('REST', '2026-04') $$), 'SHARED_OUT month', 'nothing is shared out twice');
\o /dev/null
insert into meter_reading (property_id, id, meter_id, dial_id, seq, read_on, value, kind, source)
select d.property_id, gen_random_uuid(), d.meter_id, d.id, 1, '2026-06-01', case m.number when 'TM-1' then 1600 when 'TM-2' then 511 else 300 end,
       'read', 'desk'
  from meter m join meter_dial d on d.property_id = m.property_id and d.meter_id = m.id where m.property_id = pg_temp.at();
\o
select is(pg_temp.refusal($$ select pg_temp.run('REST', '2026-05') $$), 'USAGE_NEGATIVE code', 'more behind than in front is no 0');
-- The table refuses it too, whoever writes.
select matches(pg_temp.refusal($$ insert into apportionment select (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(), 'number', 'X'))).*
                                    from apportionment a where a.property_id = pg_temp.at() and a.from_on = '2026-04-01' limit 1 $$),
               '^23P01 ', 'the table holds a period of a pool once');
select is(pg_temp.refusal($$ update apportionment set billed = billed - 1 where property_id = pg_temp.at() $$)
          ~ '^23514 .*apportionment_sum_check', true, 'and parts that come to the total');

-- Laws ----------------------------------------------------------------------------------------------------------------------

-- Forty places whose owners, leases, vacancies and counts change on random days.
\o /dev/null
select pg_temp.place('4', null, 'building');
select pg_temp.place('4-' || g, (10 + 200 * random())::numeric(6, 2), 'unit', pg_temp.spot('4')) from generate_series(101, 140) g;
update place set closed_on = '2026-06-20' where property_id = pg_temp.at() and number = '4-107';
select pg_temp.holds('4-' || g, 'P-' || g, 'owner', '2020-01-01', date '2026-01-01' + (random() * 200)::int) from generate_series(101, 135) g where g <> 107;
select pg_temp.holds('4-' || g, 'P-N' || g, 'owner', date '2026-07-25' + (random() * 90)::int) from generate_series(101, 130) g where g <> 107;
select pg_temp.holds('4-' || g, 'P-L' || g, 'tenant', date '2026-03-01' + (random() * 60)::int, date '2026-05-15' + (random() * 90)::int)
  from generate_series(101, 140, 2) g where g <> 107;
select pg_temp.knows('4-' || g, 'vacant', 1, date '2026-04-01' + (random() * 40)::int, date '2026-05-15' + (random() * 90)::int)
       from generate_series(101, 140, 3) g;
select pg_temp.knows('4-' || g, 'people', 1 + (random() * 3)::int, '2020-01-01', '2026-05-20'),
       pg_temp.knows('4-' || g, 'people', (random() * 5)::int, '2026-05-20'),
       pg_temp.knows('4-' || g, 'share', (random() / 40)::numeric(10, 9)) from generate_series(101, 140) g;
create temp table asked as
  select g, pg_temp.pool('R' || g, (array['gross_area', 'usable_area', 'unit', 'people', 'share', 'key'])[1 + g % 6], '4',
                         p_vacant => (array['owner', 'property', 'others'])[1 + g / 6 % 3], p_vacancy => (array['known', 'unlet'])[1 + g / 18 % 2],
                         p_payer => (array['customer', 'owner'])[1 + g / 36 % 2]) as q,
         d as from_on, d + 1 + (random() * 120)::int as to_on, (1 + random() * 10 ^ (1 + g % 7))::bigint as total
    from generate_series(1, 144) g, lateral (select date '2026-03-01' + (random() * 120)::int + 0 * g as d) d;
insert into pool_place (property_id, pool_id, place_id, weight, reason)
select l.property_id, (a.q).id, l.id, case when random() < 0.1 then 0 else (random() * 5)::numeric(9, 3) + 0.001 end, 'x'
  from asked a, place l where (a.q).basis = 'key' and l.property_id = pg_temp.at() and l.number like '4-1%';
create temp table plan as select a.g, a.q, a.from_on as begins, a.to_on as ends, a.total, x.*
  from asked a cross join lateral apportion_plan(a.q, a.from_on, a.to_on, a.total) x;
\o
select is((select count(distinct g) from plan), 144::bigint, 'all are shared out');
select cmp_ok((select count(*) from (select from plan group by g, place_id having count(*) > 1) x), '>', 500::bigint, 'many places have several spans');
select is((select count(*) from (select from plan group by g, total having sum(amount) <> total) x), 0::bigint, 'the parts add up to the total');
select is((select count(*) from (select from plan p join place l on l.property_id = pg_temp.at() and l.id = p.place_id
                                  group by g, place_id, begins, ends, l.closed_on
                                 having sum(p.to_on - p.from_on) <> least(ends, l.closed_on) - begins or min(p.from_on) <> begins) x), 0::bigint,
          'the days of a place add up to the period, or to the day it was closed');
select is((select count(*) from plan x join plan y using (g, place_id) where x.line < y.line and x.to_on > y.from_on), 0::bigint, 'no day is counted twice');
select is((select count(*) from plan x join plan y on y.g = x.g and y.place_id = x.place_id and y.line = x.line + 1
            where (x.party_id, x.vacant, x.bearer, x.measure) is not distinct from (y.party_id, y.vacant, y.bearer, y.measure)), 0::bigint,
          'a span ends where something changes');
select is((select count(*) from plan where (weight = 0 and amount <> 0) or weight is distinct
       from case when bearer = 'others' then 0 else measure * (to_on - from_on) end),
          0::bigint, 'a weight is the measure times the days, and who has none pays nothing');
select is((select count(*) from (select g, place_id, total, sum(amount) as part, sum(weight) as w, sum(sum(weight)) over (partition by g) as whole
                                   from plan group by g, place_id, total) x where abs(part * whole - total * w) >= whole), 0::bigint,
          'the part of a place is less than 1 away from the exact one');
select is((select count(*) from (select p.*, sum(amount) over w as part, sum(weight) over w as whole from plan p window w as (partition by g, place_id)) x
            where whole > 0 and abs(amount * whole - part * weight) >= whole), 0::bigint, 'and so is the part of a span');
-- The same of places by themselves: who holds what when changes nothing of it.
select is((select count(*) from (
            select g, array_agg(part order by sort_key, place_id) as parts, split_minor(total, array_agg(w order by sort_key, place_id)) as alone
              from (select p.g, p.total, l.sort_key, p.place_id, sum(p.amount)::bigint as part, sum(p.weight) as w
                      from plan p join place l on l.property_id = pg_temp.at() and l.id = p.place_id group by p.g, p.total, l.sort_key, p.place_id) x
             group by g, total) y where parts <> alone), 0::bigint, 'places are shared out first, then each by its days');
select is((select count(*) from plan where bearer = 'property' and party_id is not null or bearer = 'others' and (party_id is not null or amount <> 0)
                                        or code is distinct from case when bearer in ('customer', 'owner') and party_id is null
                                          and amount > 0 then 'NO_PAYER' end),
          0::bigint, 'what is borne by others is nobody''s, and nobody is passed over without a reason');
select is((select count(*) from plan p
            where vacant <> (not exists (select from occupancy o
              where o.property_id = pg_temp.at() and o.place_id = p.place_id and o.slot = 'lease' and o.period @> p.from_on)
                             and ((q).vacancy = 'unlet'
                                  or not exists (select from occupancy o
                                    where o.property_id = pg_temp.at() and o.place_id = p.place_id and o.slot = 'title' and o.period @> p.from_on)
                                  or exists (select from place_measure m
                                    where m.property_id = pg_temp.at() and m.place_id = p.place_id and m.kind = 'vacant' and m.value = 1
                                                and m.from_on <= p.from_on
                                                  and m.to_on > p.from_on)))), 0::bigint, 'vacant is what has no lease, and no owner or is known to be');

-- The three rules beside each other: what is in use costs the same whether owner or property bears the rest, and never less where
-- the others do. The order in which places were named changes nothing.
\o /dev/null
create temp table rule as
  select a.g, r.rule, x.* from asked a cross join (values ('owner'), ('property'), ('others')) r (rule)
   cross join lateral (select (jsonb_populate_record(a.q, jsonb_build_object('vacant', r.rule))).*) q
   cross join lateral apportion_plan(q, a.from_on, a.to_on, a.total) x where a.g <= 72;
select pg_temp.pool('ORDER1', 'gross_area', p_listed => true), pg_temp.pool('ORDER2', 'gross_area', p_listed => true);
insert into pool_place (property_id, pool_id, place_id)
select l.property_id, (pool_of(pg_temp.at(), 'ORDER1')).id, l.id from place l where l.property_id = pg_temp.at() and l.number like '4-1%' order by l.number;
insert into pool_place (property_id, pool_id, place_id)
select l.property_id, (pool_of(pg_temp.at(), 'ORDER2')).id, l.id
       from place l where l.property_id = pg_temp.at() and l.number like '4-1%' order by l.number desc;
\o
select is((select count(*) from rule x join rule y using (g, place_id, from_on) where x.rule = 'owner' and y.rule = 'property' and not x.vacant
                                                                                    and x.to_on = y.to_on and x.amount <> y.amount), 0::bigint,
          'what is in use costs the same, whether the owner or the property bears what is vacant');
select is((select count(*) from (select g, place_id, rule, sum(amount) filter (where not vacant) as used from rule group by g, place_id, rule) x
             join (select g, place_id, rule, sum(amount) filter (where not vacant) as used from rule group by g, place_id, rule) y using (g, place_id)
            where x.rule = 'owner' and y.rule = 'others' and y.used + 1 < x.used), 0::bigint, 'where the others bear it they pay no less');
select cmp_ok((select count(*) from rule where rule = 'others' and vacant and amount = 0), '>', 100::bigint, 'much of it was vacant');
select is(pg_temp.told('ORDER1', '2026-04-01', '2026-07-01', 1234567), pg_temp.told('ORDER2', '2026-04-01', '2026-07-01', 1234567),
          'the order in which places were named changes nothing');

select * from finish();
rollback;
