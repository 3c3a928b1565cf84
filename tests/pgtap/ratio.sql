-- Exact numbers, rounding and sharing out: known values, laws over random numbers, and what is refused.
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
-- A random fraction, of both signs, sometimes whole or 0.
create function pg_temp.any_ratio() returns ratio language sql volatile as
$$ select ratio((floor(random() * 2001) - 1000)::numeric, (1 + floor(random() * 60))::numeric) $$;

select plan(96);
select null from setseed(0.4711);

-- Numbers ------------------------------------------------------------------------------------------------------------

select is(ratio_text(ratio(n, d)), t, format('%s / %s', n, d)) from (values
  (89.37, 1, '89.37'), (12.50, 1, '12.5'), (1200, 1, '1200'), (0, 7, '0'), (17, 31, '17/31'), (0.5, 1.25, '0.4'), (6, -4, '-1.5'),
  (-6, -4, '1.5'), (1, 3, '1/3'), (-2, 6, '-1/3'), (1, 4096, '0.000244140625'), (1, 8192, '1/8192'), (1e20, 3, '100000000000000000000/3')
  ) v (n, d, t);
select is(ratio(12.50), row(25, 2)::ratio, 'equal numbers are equal rows');
select is(ratio(null), null::ratio, 'nothing stays nothing');
select is(ratios('{0.5,null,3}'), array[row(1, 2)::ratio, null, row(3, 1)::ratio], 'many at once, nothing among them');
select is(ratios('{}'), '{}', 'none at all');
-- 1/3 + 1/6 = 1/2, 1/3 - 1/2 = -1/6, 2/3 * 9/4 = 3/2, 2/3 : 4/9 = 3/2, 1/3 : -2 = -1/6.
select is(ratio_add(ratio(1, 3), ratio(1, 6)), ratio(1, 2), 'sum');
select is(ratio_sub(ratio(1, 3), ratio(1, 2)), ratio(-1, 6), 'difference');
select is(ratio_mul(ratio(2, 3), ratio(9, 4)), ratio(3, 2), 'product');
select is(ratio_div(ratio(2, 3), ratio(4, 9)), ratio(3, 2), 'quotient');
select is(ratio_div(ratio(1, 3), ratio(-2)), ratio(-1, 6), 'quotient of a negative number');
select is(ratio_cmp(ratio(1, 3), ratio(1, 2)) || ' ' || ratio_cmp(ratio(-1, 3), ratio(-1, 2)) || ' ' || ratio_cmp(ratio(2, 4), ratio(0.5)),
          '-1 1 0', 'smaller, larger, equal');
select is(array(select floor_div(n, 3) from unnest('{-7,-6,-1,0,1,6,7}'::int[]) n), '{-3,-2,-1,0,0,2,2}', 'the whole number below');

create temp table sample as
  select pg_temp.any_ratio() as a, pg_temp.any_ratio() as b, pg_temp.any_ratio() as c from generate_series(1, 2000);
select is((select count(*) from sample where (a).d <= 0 or gcd((a).n, (a).d) <> 1), 0::bigint, 'a fraction is in lowest terms');
select is((select count(*) from sample where ratio_sub(ratio_add(a, b), b) <> a), 0::bigint, 'a + b - b = a');
select is((select count(*) from sample where (b).n <> 0 and ratio_mul(ratio_div(a, b), b) <> a), 0::bigint, 'a : b * b = a');
select is((select count(*) from sample where ratio_mul(a, ratio_add(b, c)) <> ratio_add(ratio_mul(a, b), ratio_mul(a, c))), 0::bigint,
          'a * (b + c) = a * b + a * c');
select is((select count(*) from sample where ratio_cmp(a, b) <> sign((ratio_sub(a, b)).n)
                                          or ratio_cmp(a, b) <> sign((a).n::float8 / (a).d::float8 - (b).n::float8 / (b).d::float8)), 0::bigint,
          'a < b as their difference and as floating numbers say');

-- Rounding -----------------------------------------------------------------------------------------------------------

select is(ratio_round(ratio(x), rule, unit), y::bigint, format('%s %s to %s', x, rule, unit)) from (values
  (2.5, 'half_up', 1, 3), (-2.5, 'half_up', 1, -3), (2.4999999999, 'half_up', 1, 2), (2.0000000001, 'up', 1, 3), (-2.0000000001, 'up', 1, -3),
  (2.9999999999, 'down', 1, 2), (-2.9999999999, 'down', 1, -2), (1234.5, 'half_up', 10, 1230), (1235, 'half_up', 10, 1240),
  (1250, 'half_up', 100, 1300), (1201, 'up', 100, 1300), (1299.99, 'down', 100, 1200), (0, 'up', 100, 0)) v (x, rule, unit, y);
select is((select count(*) from sample, unnest('{half_up,up,down}'::text[]) r, unnest('{1,10,100}'::int[]) u
            where ratio_round(ratio_neg(a), r, u) <> -ratio_round(a, r, u)), 0::bigint, 'a credit is rounded as the charge was');
select is((select count(*) from sample, unnest('{1,10,100}'::int[]) u
            where abs((a).n - ratio_round(a, 'half_up', u) * (a).d) * 2 > u * (a).d
               or abs(ratio_round(a, 'up', u)) * (a).d < abs((a).n) or (abs(ratio_round(a, 'up', u)) - u) * (a).d >= abs((a).n)
               or abs(ratio_round(a, 'down', u)) * (a).d > abs((a).n) or (abs(ratio_round(a, 'down', u)) + u) * (a).d <= abs((a).n)
               or ratio_round(a, 'half_up', u) % u + ratio_round(a, 'up', u) % u + ratio_round(a, 'down', u) % u <> 0), 0::bigint,
          'half_up is at most half a unit away, up and down less than one on their side');
select is(ratio_minor(ratio(12.345), 'CNY') || ' ' || ratio_minor(ratio(12.5), 'JPY') || ' ' || ratio_minor(ratio(12.3456), 'KWD'), '1235 13 12346',
          'minor units of a currency');
select is(ratio_decimal(ratio(2, 3), 4) || ' ' || ratio_decimal(ratio(-1, 8), 2) || ' ' || ratio_decimal(ratio(5), 0), '0.6667 -0.13 5', 'for showing');
select is(ratio_round(null::ratio), null, 'nothing is not rounded to 0');

-- Sharing out --------------------------------------------------------------------------------------------------------

-- 100 by 1, 1, 1: 33 each, the one that is left to the first. 1000 by 53, 24, 23 parts of 100: exact. 10 by 6.5, 2.5, 1:
-- 6.5, 2.5, 1.0; of the equal remainders the first place gets the one that is left. 100 by 0, 1.5, 0, 3: 33 1/3 and 66 2/3.
-- 20 cubic metres of water at 4.10 to 600 equal units: 8200 = 600 * 13 + 400, so 400 get 14 and 200 get 13.
select is(split_minor(total, w), parts, format('%s by %s', total, w)) from (values
  (100::bigint, '{1,1,1}'::numeric[], '{34,33,33}'::bigint[]), (-100, '{1,1,1}', '{-34,-33,-33}'), (1000, '{53,24,23}', '{530,240,230}'),
  (10, '{6.5,2.5,1}', '{7,2,1}'), (100, '{0,1.5,0,3}', '{0,33,0,67}'), (0, '{1,2}', '{0,0}'), (1, '{0,0.0001}', '{0,1}'),
  (-9223372036854775808, '{1}', '{-9223372036854775808}')) v (total, w, parts);
select is(split_minor(7, array[1, 2]::bigint[]), '{2,5}', 'whole weights');
select is((select array_agg(n order by part) from (select part, count(*) as n from split_rows(8200, array_fill(1.0, array[600])) group by part) s),
          '{200,400}', '600 units pay what the water cost');

-- Weights with three digits after the point, one in five of them 0, one in three equal to the one before.
create temp table split as
  select g as id, (random() * 2e6 - 1e6)::bigint as total,
         (select array_agg(case when random() < 0.2 then 0 when random() < 0.4 then 10 else (1000 * random())::numeric(10, 3) end) || 1.5
            from generate_series(1, 1 + (random() * 30)::int + 0 * g)) as w
    from generate_series(1, 2000) g;
create temp table shared as
  select s.id, s.total, s.w, r.place, r.part, s.w[r.place] as weight, (select sum(x) from unnest(s.w) x) as whole
    from split s cross join lateral split_rows(s.total, s.w) r;
select is((select count(*) from shared), (select sum(cardinality(w)) from split)::bigint, 'every place has a share');
select is((select count(*) from (select id from shared group by id, total having sum(part) <> total) x), 0::bigint, 'the shares add up to the total');
select is((select count(*) from shared where abs(part * whole - total * weight) >= whole), 0::bigint,
          'each share is less than 1 away from the exact one');
select is((select count(*) from shared where weight = 0 and part <> 0), 0::bigint, 'who has no weight pays nothing');
select is((select count(*) from shared x join shared y using (id) where x.weight < y.weight and abs(x.part) > abs(y.part)), 0::bigint,
          'who has more weight never pays less');
select is((select count(*) from shared x join shared y using (id) where x.weight = y.weight and x.place < y.place and abs(x.part) < abs(y.part)),
          0::bigint, 'of equal weights the earlier place comes first');
select is((select count(*) from split where split_minor(-total, w) <> (select array_agg(-u order by o) from unnest(split_minor(total, w))
                                                                              with ordinality u (u, o))), 0::bigint,
          'what is taken back is shared out as it was charged');
select is((select count(*) from split where split_minor(total, w) <> split_minor(total, (select array_agg(x * 0.37 order by o) from unnest(w)
                                                                              with ordinality u (x, o)))), 0::bigint,
          'only the proportion of the weights counts');
-- Backwards, the shares of each weight are the same ones; who of equal ones gets more may differ.
select is((select count(*) from split s
            where (select array_agg((x, p) order by x, p) from unnest(w, split_minor(total, w)) u (x, p))
               <> (select array_agg((x, p) order by x, p)
                     from (select array_agg(x order by o desc) as b from unnest(w) with ordinality u (x, o)) r,
                          unnest(r.b, split_minor(total, r.b)) u (x, p))), 0::bigint, 'the order of the places decides ties alone');

-- Fractions as weights: 1/2, 1/3, 1/6 are 3, 2, 1 of 6.
select is(split_weights(array[ratio(1, 2), ratio(1, 3), null, ratio(1, 6)]), '{3,2,null,1}', 'fractions as weights');
-- 0.75 + 0.75 = 1.5, rounded 2. 1406.304 + 1033.536 + 157.66 = 2597.50 yuan: 140630.4, 103353.6, 15766 fen.
select is(split_rounded(p, rule, unit), parts::bigint[], format('%s rounded %s to %s', p, rule, unit)) from (values
  (ratios('{0.75,0.75,0}'), 'half_up', 1, '{1,1,0}'), (ratios('{-0.75,-0.75}'), 'half_up', 1, '{-1,-1}'),
  (ratios('{140630.4,103353.6,15766}'), 'half_up', 1, '{140630,103354,15766}'), (ratios('{12,3}'), 'up', 10, '{10,10}'),
  (ratios('{12,3}'), 'down', 10, '{10,0}'), ('{}', 'up', 1, '{}')) v (p, rule, unit, parts);
create temp table bill as
  select g, (select array_agg(pg_temp.any_ratio()) from generate_series(1, 1 + (random() * 6)::int + 0 * g)) as p, r, u
    from generate_series(1, 300) g, unnest('{half_up,up,down}'::text[]) r, unnest('{1,10,100}'::int[]) u;
create temp table rounded as
  select b.*, x.n, x.d, x.part, s.total from bill b cross join lateral split_rounded(p, r, u) parts
   cross join lateral (select ratio_of(sum(y.n * div(c.c, y.d)), c.c) as exact from split_common(p) c (c), unnest(p) y group by c.c) e
   cross join lateral (select ratio_round(e.exact, r, u) as total) s
   cross join lateral unnest(b.p, parts) x (n, d, part);
select is((select count(*) from (select 1 from rounded group by g, r, u, total having sum(part) <> total) x), 0::bigint,
          'rounded parts add up to the rounded sum');
select is((select count(*) from rounded where abs(part * d - n) >= u * d or part % u <> 0), 0::bigint, 'each is less than one unit away');

-- Twenty thousand units take a tenth of a second; the limit is for a busy machine.
create temp table big as select array_agg((20 + (g * 7919) % 15000 / 100.0)::numeric order by g) as w from generate_series(1, 20000) g;
create function pg_temp.seconds(p_sql text) returns numeric language plpgsql volatile as $$
declare began constant timestamptz := clock_timestamp();
begin
  execute p_sql;
  return extract(epoch from clock_timestamp() - began);
end $$;
select cmp_ok(pg_temp.seconds($$ select sum(r.part) from big cross join lateral split_rows(123456789, big.w) r $$), '<', 3.0, '20,000 shares in time');
select is((select sum(r.part) from big cross join lateral split_rows(123456789, big.w) r), 123456789::numeric, 'of which nothing is lost');

-- Refusals -----------------------------------------------------------------------------------------------------------

select is(pg_temp.refusal(q), r, q) from (values
  ($$ select ratio(1, 0) $$, 'DIVISION_BY_ZERO'), ($$ select ratio('NaN') $$, 'NUMBER'), ($$ select ratio(1, 'infinity') $$, 'NUMBER'),
  ($$ select ratio_div(ratio(1), ratio(0)) $$, 'DIVISION_BY_ZERO'), ($$ select ratio_round(ratio(1), 'near') $$, 'ROUNDING rounding'),
  ($$ select ratio_round(ratio(1), 'up', 7) $$, 'ROUNDING rounding'), ($$ select ratio_round(ratio(1e15)) $$, 'taken'),
  ($$ select ratio_round(ratio(-1e15 - 1)) $$, 'TOO_LARGE amount'), ($$ select split_minor(1, '{0,0}') $$, 'NO_WEIGHT weight'),
  ($$ select split_minor(1, '{}', 'area') $$, 'NO_WEIGHT area'), ($$ select split_minor(1, null) $$, 'NO_WEIGHT weight'),
  ($$ select split_minor(0, '{0}') $$, 'NO_WEIGHT weight'), ($$ select split_minor(1, '{1,null}') $$, 'WEIGHT_MISSING weight'),
  ($$ select split_minor(1, '{2,-1}') $$, 'WEIGHT_NEGATIVE weight'), ($$ select split_minor(1, '{1,NaN}') $$, 'WEIGHT_NEGATIVE weight'),
  ($$ select split_minor(1, '{infinity}') $$, 'WEIGHT_NEGATIVE weight'), ($$ select split_minor(null, '{1}') $$, 'TOTAL_MISSING weight'),
  ($$ select split_rounded(array[ratio(1), null]) $$, 'AMOUNT_MISSING amount'),
  ($$ select split_common(array_agg(ratio_of(1, ('1e' || 90)::numeric + g))) from generate_series(1, 9) g $$, 'TOO_LARGE')) v (q, r);

select * from finish();
rollback;
