-- Tariffs in blocks, periods and rents that rise: published tariffs reckoned by hand, laws over random ones, refusals.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;

create function pg_temp.refusal(p_sql text) returns text language plpgsql volatile as $$
declare reason text; field text; state text;
begin
  execute p_sql;
  return 'taken';
exception when others then
  get stacked diagnostics reason = constraint_name, field = column_name, state = returned_sqlstate;
  return case when state like 'ST%' then concat_ws(' ', reason, nullif(field, '')) else state || ' ' || sqlerrm end;
end $$;
-- Households of Beijing pay by the year: electricity (kWh), and tap water with its sewage (m3), of which each person above five
-- has 30 m3 more in the first two blocks.
create function pg_temp.power() returns tariff_block[] language sql as $$ select tariff_blocks('{0,2880,4800}', '{0.4883,0.5383,0.7883}') $$;
create function pg_temp.water() returns tariff_block[] language sql as $$ select tariff_blocks('{0,180,260}', '{5,7,9}') $$;
-- What a usage costs as {quantity amount,...} of the blocks it reaches.
create function pg_temp.bill(p tariff_block[], p_before numeric, p_usage numeric, p_rule text default 'half_up', p_unit int default 1) returns text[]
language sql as $$
  select array_agg(ratio_text(c.quantity) || ' ' || c.amount order by c.block) from tier_charge(p, p_before, p_usage, 'CNY', p_rule, p_unit) c
   where (c.quantity).n > 0
$$;

select plan(87);
select null from setseed(0.4711);

-- Blocks -------------------------------------------------------------------------------------------------------------

-- 5000 kWh: 2880 * 0.4883 = 1406.304, 1920 * 0.5383 = 1033.536, 200 * 0.7883 = 157.66; together 2597.50. Whole fen are 140630,
-- 103353 and 15766; one is left, and 0.6 is the largest remainder.
select is(pg_temp.bill(pg_temp.power(), 0, 5000), '{2880 140630,1920 103354,200 15766}', 'a year''s electricity');
-- 300 after 2700: 180 * 0.4883 = 87.894, 120 * 0.5383 = 64.596; together 152.49.
select is(pg_temp.bill(pg_temp.power(), 2700, 300), '{180 8789,120 6460}', 'a bill that goes over the edge of a block');
select is(pg_temp.bill(pg_temp.power(), 2700, 180), '{180 8789}', 'a bill that ends at the edge: 87.894');
select is(pg_temp.bill(pg_temp.power(), 2880, 100), '{100 5383}', 'a bill that begins at the edge');
select is(pg_temp.bill(pg_temp.power(), 9000, 0.5), '{0.5 39}', 'half a unit in the last block: 0.39415');
select is(pg_temp.bill(pg_temp.power(), 100, 0), null, 'nothing used reaches no block');
select is((select array_agg(c.amount) from tier_charge(pg_temp.power(), 100, 0, 'CNY') c), '{0,0,0}', 'and costs nothing');
select is((select array_agg(c.rate order by c.block) from tier_charge(pg_temp.water(), 0, 1, 'CNY') c), ratios('{5,7,9}'), 'each block with its rate');
select is((select array_agg(c.exact order by c.block) from tier_charge(pg_temp.power(), 2700, 300, 'CNY') c), ratios('{87.894,64.596,0}'), 'and its exact amount');
-- In tenths of a yuan 878.94 and 645.96, together 1524.90: up that is 1525, two more than 878 and 645; down it is 1524, one more, for 0.96.
select is(pg_temp.bill(pg_temp.power(), 2700, 300, 'up', 10), '{180 8790,120 6460}', 'to tenths of a yuan');
select is(pg_temp.bill(pg_temp.power(), 2700, 300, 'down', 10), '{180 8780,120 6460}', 'to tenths, down: 152.40');
select is((select sum(c.amount) from tier_charge(tariff_blocks('{0}', '{125.5}'), 0, 3, 'JPY') c), 377::numeric, 'a currency without minor units: 376.5');
-- Six people: 210 and 290 m3. 250 m3: 210 * 5 + 40 * 7 = 1330. Five people: 180 * 5 + 70 * 7 = 1390.
select is(pg_temp.bill(tariff_extend(pg_temp.water(), 6, 5, '{30}'), 0, 250), '{210 105000,40 28000}', 'longer blocks for six people');
select is(pg_temp.bill(tariff_extend(pg_temp.water(), 5, 5, '{30}'), 0, 250), '{180 90000,70 49000}', 'and not for five');
select is(pg_temp.bill(tariff_extend(pg_temp.water(), 1, 5, '{30}'), 0, 250), '{180 90000,70 49000}', 'nor shorter ones for one');
-- Seven people, 10 m3 for the first edge and 25 for the second, each: 200 and 310.
select is(pg_temp.bill(tariff_extend(pg_temp.water(), 7, 5, '{0,10,25}'), 0, 400), '{200 100000,110 77000,90 81000}', 'each block with its own');
-- Two months of 15 and 21 2/3 m3 (a year's by twelve): 30 and 43 1/3. 50 m3: 30 * 5 + 13 1/3 * 7 + 6 2/3 * 9 = 150 + 93 1/3 + 60.
select is(pg_temp.bill(tariff_scale(pg_temp.water(), ratio(2, 12)), 0, 50), '{30 15000,40/3 9333,20/3 6000}', 'a year''s blocks for two months');
-- In proportion: six people where four are meant: 270 and 390.
select is(pg_temp.bill(tariff_scale(pg_temp.water(), ratio(6, 4)), 0, 400), '{270 135000,120 84000,10 9000}', 'blocks in proportion');

-- Random tariffs of one to five blocks, random usage in two bills.
create temp table tariff as
  select g as id, t.above, t.rates, tariff_blocks(t.above, t.rates) as b, (random() * 800)::numeric(8, 3) as first, (random() * 800)::numeric(8, 3) as second
    from generate_series(1, 500) g cross join lateral (
      select array_agg(sum order by i) as above, array_agg(rate order by i) as rates
        from (select i, sum(case when i = 1 then 0 else w end) over (order by i) as sum, rate
                from (select i, 1 + (random() * 200)::numeric(6, 1) as w, (random() * 2)::numeric(6, 4) as rate
                        from generate_series(1, 1 + (random() * 4)::int + 0 * g) i) x) y) t;
create temp table billed as
  select t.*, k.which, k.before, k.usage, c.block, c.quantity, c.exact, c.amount
    from tariff t cross join lateral (values (1, 0, t.first), (2, t.first, t.second), (3, 0, t.first + t.second)) k (which, before, usage)
   cross join lateral tier_charge(t.b, k.before, k.usage, 'CNY') c;
-- The same sum the other way: what a usage costs from 0 on, block by block from the top, in plain decimals.
create function pg_temp.cost(p_above numeric[], p_rates numeric[], p_usage numeric) returns numeric language sql immutable as $$
  select sum(greatest(p_usage - a, 0) * (r - coalesce(before, 0)))
    from (select a, r, lag(r) over (order by a) as before from unnest(p_above, p_rates) u (a, r)) x
$$;
select is((select count(*) from (select 1 from billed group by id, which, usage having sum((quantity).n / (quantity).d) <> usage) x), 0::bigint,
          'the quantities add up to the usage');
select is((select count(*) from (select 1 from billed group by id, which, above, rates, before, usage
            having sum(amount) <> round(100 * (pg_temp.cost(above, rates, before + usage) - pg_temp.cost(above, rates, before)))) x), 0::bigint,
          'the amounts add up to the rounded total');
select is((select count(*) from billed where abs(amount * (exact).d - 100 * (exact).n) >= (exact).d or amount < 0), 0::bigint, 'each is less than a fen away');
select is((select count(*) from (select 1 from billed group by id, block having sum((quantity).n / (quantity).d) filter (where which < 3)
                                                                             <> sum((quantity).n / (quantity).d) filter (where which = 3)) x), 0::bigint,
          'two bills use of each block what one bill would');
select is((select count(*) from billed b where ratio_text(b.exact) <> ratio_text(ratio_mul(b.quantity, (select ratio(b.rates[b.block]))))), 0::bigint,
          'quantity times rate is the exact amount');
select is((select count(*) from billed x cross join lateral formula_try(formula_compile('tier(usage, ' || (
              select string_agg(a || ': ' || r, ', ' order by a) from unnest(x.above, x.rates) u (a, r)) || ')'), '{usage}', array[ratio(x.usage)]) v
            where x.which = 1 and x.block = 1
              and v.value is distinct from ratio(pg_temp.cost(x.above, x.rates, x.usage))), 0::bigint, 'tier() of a formula says the same');

-- Periods ------------------------------------------------------------------------------------------------------------

select is((select string_agg(to_char(m.month, 'YYYY-MM ') || m.days || '/' || m.days_in_month, ', ') from month_parts(f, t) m), v, f || ' to ' || t) from (values
  ('2026-01-15'::date, '2026-02-15'::date, '2026-01 17/31, 2026-02 14/28'), ('2026-01-01', '2026-03-01', '2026-01 31/31, 2026-02 28/28'),
  ('2024-02-29', '2024-03-01', '2024-02 1/29'), ('2025-12-31', '2026-01-02', '2025-12 1/31, 2026-01 1/31'), ('2026-05-10', '2026-05-20', '2026-05 10/31'),
  ('2026-05-10', '2026-05-10', null)) v (f, t, v);
select is(month_share('2026-01-15', '2026-02-15'), ratio(65, 62), '17/31 + 14/28 = 65/62');
select is(month_share('2026-01-01', '2027-01-01'), ratio(12), 'a year has twelve months');
select is(month_share('2026-01-31', '2026-01-31'), ratio(0), 'no day is no month');
create temp table span as
  select a, a + (random() * 900)::int as b, a + (random() * 900)::int as c from (select date '2020-01-01' + (random() * 3000)::int as a from generate_series(1, 300)) x;
select is((select count(*) from span where b <= c and ratio_add(month_share(a, b), month_share(b, c)) <> month_share(a, c)), 0::bigint,
          'a period costs as much as its two parts');
select is((select count(*) from span where (select sum(days) from month_parts(a, b)) is distinct from nullif(b - a, 0)), 0::bigint, 'the days add up');

select is((select string_agg(begins || ' ' || ends, ', ' order by begins) from cycle_periods(c, a, f, t)), v, format('%s from %s in %s to %s', c, a, f, t)) from (values
  ('monthly', '2026-01-31'::date, '2026-02-01'::date, '2026-04-30'::date, '2026-01-31 2026-02-28, 2026-02-28 2026-03-31, 2026-03-31 2026-04-30'),
  ('monthly', '2024-01-31', '2024-02-29', '2024-03-01', '2024-02-29 2024-03-31'), ('monthly', '2026-01-01', '2026-01-31', '2026-02-01', '2026-01-01 2026-02-01'),
  ('quarterly', '2026-01-15', '2025-02-01', '2025-08-01', '2025-01-15 2025-04-15, 2025-04-15 2025-07-15, 2025-07-15 2025-10-15'),
  ('half_yearly', '2025-08-31', '2026-02-28', '2026-03-01', '2026-02-28 2026-08-31'), ('yearly', '2024-02-29', '2025-03-01', '2025-03-02', '2025-02-28 2026-02-28'),
  ('yearly', '2024-02-29', '2028-02-28', '2028-03-01', '2027-02-28 2028-02-29, 2028-02-29 2029-02-28'), ('once', '2026-05-05', '2026-05-05', '2026-06-01', '2026-05-05 2026-05-06'),
  ('once', '2026-05-05', '2026-05-01', '2026-05-05', null), ('once', '2026-05-05', '2026-05-06', '2027-05-05', null), ('monthly', '2026-01-01', '2026-01-05', '2026-01-05', null))
  v (c, a, f, t, v);
create temp table cycled as
  select s.a, s.b, s.c, y.cycle, p.begins, p.ends, lag(p.ends) over w as before, row_number() over w as n, lead(p.begins) over w is null as last
    from span s, unnest('{monthly,quarterly,half_yearly,yearly}'::text[]) y (cycle) cross join lateral cycle_periods(y.cycle, s.c, s.a, s.b) p
   where s.a < s.b window w as (partition by s.ctid, y.cycle order by p.begins);
select is((select count(*) from cycled where before <> begins), 0::bigint, 'periods follow each other without a gap');
select is((select count(*) from cycled where n = 1 and not (begins <= a and ends > a) or last and not (begins < b and ends >= b)), 0::bigint,
          'they cover what was asked for and no more');
select is((select count(*) from cycled where abs(extract(day from begins) - extract(day from c)) > 3 or extract(day from begins) > extract(day from c)), 0::bigint,
          'they begin on the day of the anchor, or on the last of a shorter month');

-- Rents that rise ------------------------------------------------------------------------------------------------------

-- 10,000.00 with 5 % each year: 11,576.25 * 1.05 = 12,155.0625; * 1.05 = 12,762.815625, which is 12,762.82; from the rounded
-- 12,155.06 it would be 12,762.81.
select is((select array_agg(amount order by step) from rent_steps(1000000, '2026-01-01', '2031-07-01', 12, 5, null)),
          '{1000000,1050000,1102500,1157625,1215506,1276282}', 'five percent a year, compound');
select is((select string_agg(begins || ' ' || ends, ', ' order by step) from rent_steps(1000000, '2026-08-31', '2027-05-15', 6, 5, null)),
          '2026-08-31 2027-02-28, 2027-02-28 2027-05-15', 'steps begin as cycles do; the last ends with the contract');
select is((select array_agg(amount order by step) from rent_steps(500000, '2026-01-01', '2029-01-01', 12, null, 25000)), '{500000,525000,550000}', 'by an amount');
select is((select array_agg(amount order by step) from rent_steps(500000, '2026-01-01', '2029-01-01', 12, null, -250000)), '{500000,250000,0}', 'down to 0');
select is((select array_agg(amount order by step) from rent_steps(100000, '2026-01-01', '2029-01-01', 12, -10, null)), '{100000,90000,81000}', 'less each year');
-- 3,333.00 * 1.035 = 3,449.655; * 1.035 = 3,570.392925: to whole yuan, up.
select is((select array_agg(amount order by step) from rent_steps(333300, '2026-01-01', '2029-01-01', 12, 3.5, null, 'up', 100)), '{333300,345000,357100}', 'to whole yuan');
select is((select count(*) from rent_steps(1000000, '2026-01-01', '2026-01-01', 12, 5, null)), 0::bigint, 'a contract of no day has no step');
select is((select count(*) from generate_series(0, 40) p (p)
            cross join lateral rent_steps(1234567, '2026-01-01', '2056-01-01', 12, p / 8.0, null) r
            where r.amount <> round(1234567 * (1 + p.p / 8.0 / 100) ^ r.step::numeric)), 0::bigint, 'thirty years as powers say');

-- Refusals -----------------------------------------------------------------------------------------------------------

select is(pg_temp.refusal(q), r, q) from (values
  ($$ select tariff_blocks('{}', '{}') $$, 'TARIFF block'), ($$ select tariff_blocks('{1}', '{1}') $$, 'TARIFF block'),
  ($$ select tariff_blocks('{0,5,5}', '{1,2,3}') $$, 'TARIFF block'), ($$ select tariff_blocks('{0,5}', '{1}') $$, 'TARIFF block'),
  ($$ select tariff_blocks('{0}', '{1,2}') $$, 'TARIFF block'), ($$ select tariff_blocks('{0}', '{-1}') $$, 'TARIFF block'),
  ($$ select tariff_blocks(array_agg(g), array_agg(g)) from generate_series(0, 20) g $$, 'TARIFF block'),
  ($$ select tariff_scale(pg_temp.water(), ratio(0)) $$, 'TARIFF factor'), ($$ select tariff_extend(pg_temp.water(), null, 5, '{30}') $$, 'VALUE_MISSING people'),
  ($$ select tariff_extend(pg_temp.water(), 6, 5, '{30,30}') $$, 'TARIFF plus'), ($$ select tariff_extend(pg_temp.water(), 7, 5, '{0,80,0}') $$, 'TARIFF block'),
  ($$ select tier_charge(pg_temp.water(), 0, null, 'CNY') $$, 'VALUE_MISSING usage'), ($$ select tier_charge(pg_temp.water(), 0, -1, 'CNY') $$, 'USAGE_NEGATIVE usage'),
  ($$ select tier_charge(pg_temp.water(), -1, 1, 'CNY') $$, 'USAGE_NEGATIVE usage'), ($$ select tier_charge(null, 0, 1, 'CNY') $$, 'TARIFF block'),
  ($$ select month_share('2026-02-01', '2026-01-01') $$, 'PERIOD to'), ($$ select month_share(null, '2026-01-01') $$, 'PERIOD from'),
  ($$ select month_share('2026-01-01', 'infinity') $$, 'PERIOD to'), ($$ select month_share('1900-01-01', '2026-01-01') $$, 'PERIOD to'),
  ($$ select cycle_months('weekly') $$, 'CYCLE cycle'), ($$ select cycle_months(null) $$, 'CYCLE cycle'),
  ($$ select cycle_periods('monthly', null, '2026-01-01', '2026-02-01') $$, 'PERIOD anchor'),
  ($$ select rent_steps(1, '2026-01-01', '2027-01-01', 12, null, null) $$, 'STEP percent'), ($$ select rent_steps(1, '2026-01-01', '2027-01-01', 12, 1, 1) $$, 'STEP percent'),
  ($$ select rent_steps(1, '2026-01-01', '2027-01-01', 0, 1, null) $$, 'STEP months'), ($$ select rent_steps(1, '2026-01-01', '2045-01-01', 1, 1, null) $$, 'STEP months'),
  ($$ select rent_steps(1, '2026-01-01', '2027-01-01', 12, 101, null) $$, 'STEP percent'), ($$ select rent_steps(-1, '2026-01-01', '2027-01-01', 12, 1, null) $$, 'AMOUNT first'),
  ($$ select rent_steps(null, '2026-01-01', '2027-01-01', 12, 1, null) $$, 'AMOUNT first'), ($$ select rent_steps(1, '2026-01-01', '2029-01-01', 12, null, -1) $$, 'NEGATIVE fixed'))
  v (q, r);

select * from finish();
rollback;
