-- Formulas of charge standards: what they come to, also against PostgreSQL's own arithmetic, what is refused on saving, what
-- cannot be reckoned, and that none of them takes long.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;

-- A formula's value as text, or why there is none. Values: {name,number,name,number...}; a number may be missing.
create function pg_temp.try(p_text text, p_values text[] default '{}', p_kind text default 'number', p_negative boolean default true)
returns text language sql volatile as $$
  select coalesce(v.code || ': ' || v.sentence, ratio_text(v.value))
    from formula_compile(p_text, null, p_kind) f
   cross join lateral (select array_agg(p_values[i]) as names, array_agg(ratio(p_values[i + 1]::numeric)) as numbers
                         from generate_series(1, cardinality(p_values), 2) i) g
   cross join lateral formula_try(f, g.names, g.numbers, p_negative) v
$$;
-- What a formula is refused for when it is saved: reason and sentence; 'taken' if it is not.
create function pg_temp.refusal(p_text text, p_allowed text[] default null, p_kind text default 'number') returns text
language plpgsql volatile as $$
declare reason text; sentence text; state text;
begin
  perform formula_compile(p_text, p_allowed, p_kind);
  return 'taken';
exception when others then
  get stacked diagnostics reason = constraint_name, sentence = message_text, state = returned_sqlstate;
  return case when state = 'STINV' then reason || ' ' || sentence else state || ' ' || sentence end;
end $$;
create function pg_temp.seconds(p_sql text) returns numeric language plpgsql volatile as $$
declare began constant timestamptz := clock_timestamp();
begin
  execute p_sql;
  return extract(epoch from clock_timestamp() - began);
end $$;

select plan(151);
select null from setseed(0.4711);

-- Values -------------------------------------------------------------------------------------------------------------

select is(pg_temp.try(f), v, f) from (values
  ('1 + 2 * 3', '7'), ('(1 + 2) * 3', '9'), ('10 - 4 - 3', '3'), ('24 / 4 / 3', '2'), ('2 * -3', '-6'), ('-2 * 3', '-6'), ('- -2', '2'),
  ('1 - -1', '2'), ('-(1 + 2)', '-3'), ('1/3 + 1/6', '0.5'), ('1/3', '1/3'), ('12.5%', '0.125'), ('200 * 7.5 %', '15'), ('0.1 + 0.2', '0.3'),
  ('min(3, 1, 2)', '1'), ('max(3, 1, 2)', '3'), ('max(-1, 0)', '0'), ('min(1/3, 0.3333)', '0.3333'), ('round(2.5)', '3'), ('round(-2.5)', '-3'),
  ('round(2/3, 2)', '0.67'), ('round(1.005, 2)', '1.01'), ('floor(7/2)', '3'), ('floor(-7/2)', '-4'), ('ceil(7/2)', '4'), ('ceil(-7/2)', '-3'),
  ('ceil(3)', '3'), ('if(1 < 2, 10, 20)', '10'), ('if(1 >= 2, 10, 20)', '20'), ('if(1/3 = 2/6, 1, 0)', '1'), ('if(1 <> 1.0, 1, 0)', '0'),
  ('if(2 <= 2 and 2 >= 2 and 3 > 2, 1, 0)', '1'), ('if(1 > 2 or 2 > 1 and 1 > 2, 1, 0)', '0'), ('if(2 > 1 or 2 > 1 and 1 > 2, 1, 0)', '1'),
  ('if((2 > 1 or 2 > 1) and 1 > 2, 1, 0)', '0'), ('if(not 1 > 2 and 2 > 1, 1, 0)', '1'), ('if(not (1 > 2 or 2 > 1), 1, 0)', '0'),
  ('if(1 > 2, 1, if(2 > 3, 2, 3)) + 1', '4'), ('IF(1<2,1,2)', '1'), ('（１ + 2） × 3', null), ('(1 + 2） × 3 ÷ 2', '4.5'),
  (E'1 +\n\t2', '3'), ('tier(0, 0: 5, 180: 7, 260: 9)', '0'), ('tier(180, 0: 5, 180: 7, 260: 9)', '900'), ('tier(181, 0: 5, 180: 7, 260: 9)', '907'),
  ('tier(300, 0: 5, 180: 7, 260: 9)', '1820'), ('tier(100, 0: 5)', '500'), ('tier(10, 0: 1 + 1, 5: max(3, 4)) * 2', '60'),
  ('tier(0.5, 0: 1/3, 0.25: 1/7)', '5/42'), ('999999999999999.9999999999', '999999999999999.9999999999'), ('tier(5, 0: 1) + tier(7, 0: 2)', '19'))
  v (f, v) where v.v is not null;
-- 89.37 m2 at 2.85 yuan for 1 + 17/31 months: 254.7045 * 48/31 = 12225.816 / 31 = 394.381161...
select is(pg_temp.try('round(gross_area * rate * months, 4)', array['gross_area', '89.37', 'rate', '2.85', 'months', '1.5']), '382.0568', 'an area charge');
select is(formula_value(formula_compile('gross_area * rate * months'), '{months,rate,gross_area}', array[ratio(48, 31), ratio(2.85), ratio(89.37)]),
          ratio(12225.816, 31), 'the same for 1 + 17/31 months, exact');
-- A meter with a transformer of 40: 12.5 * 40 = 500 kWh: 260 at 0.59, 240 at 0.64: 153.40 + 153.60.
select is(pg_temp.try('tier((reading - previous) * factor, 0: 0.59, 260: 0.64, 600: 0.89)',
                      array['reading', '1012.5', 'previous', '1000', 'factor', '40']), '307', 'a metered charge');
select is(pg_temp.try('if(vacant, 70%, 1) * usable_area * 3', array['vacant', '1', 'usable_area', '100']), '210', 'a truth value as variable');
select is(pg_temp.try('not vacant and usable_area > 90', array['vacant', '0', 'usable_area', '100'], 'truth'), '1', 'a formula that is true');
select is(pg_temp.try('vacant or usable_area < 90', array['vacant', '0', 'usable_area', '100'], 'truth'), '0', 'a formula that is false');
select is((formula_compile('rate * days + rate / days_in_month')).names, '{rate,days,days_in_month}', 'the variables it uses');
select is((formula_compile('gross_area * (rate + 1)')).op, '{var,var,const,+,*}', 'its steps');
select is((formula_compile('gross_area * (rate + 1)')).place, '{1,15,22,20,12}', 'and where each stands');
select is(formula_value(formula_compile('rate'), '{rate}', array[ratio(2, 3)]), ratio(2, 3), 'a value alone');

-- What is not needed is not reckoned.
select is(pg_temp.try(f, array['people', '0', 'usage', '7']), v, f) from (values
  ('if(people > 0, usage / people, usage)', '7'), ('if(people = 0, usage, usage / people)', '7'), ('if(people = 0 or usage / people > 1, 1, 2)', '1'),
  ('if(people > 0 and usage / people > 1, 1, 2)', '2'), ('if(people = 0, usage, rate)', '7'), ('if(people = 0 and rate > 1, 1, 2)', 'VALUE_MISSING: rate is missing: enter it, then reckon again'))
  v (f, v);

-- Against PostgreSQL's own arithmetic ----------------------------------------------------------------------------------

-- A random number, or truth value, as a formula and as SQL. Rounding only where PostgreSQL is exact too, without divisions.
create function pg_temp.any(p_depth int, p_kind text, p_divide boolean, out f text, out q text) language plpgsql volatile as $$
declare
  a record;
  b record;
  c record;
  k constant int := case when p_depth = 0 then 0 else 1 + (random() * 8.998)::int end;
  op text;
begin
  if p_kind = 'truth' then
    if p_depth > 0 and random() < 0.4 then
      a := pg_temp.any(p_depth - 1, 'truth', p_divide);
      b := pg_temp.any(p_depth - 1, 'truth', p_divide);
      op := (array['and', 'or', 'and not', 'or not'])[1 + floor(random() * 4)];
    else
      a := pg_temp.any(greatest(p_depth - 1, 0), 'number', false);
      b := pg_temp.any(greatest(p_depth - 1, 0), 'number', false);
      op := (array['=', '<>', '<', '<=', '>', '>='])[1 + floor(random() * 6)];
    end if;
    f := format('(%s %s %s)', a.f, op, b.f);
    q := format('(%s %s %s)', a.q, op, b.q);
    return;
  elsif k = 0 then
    f := (random() * 20)::numeric(6, 2) + case when random() < 0.1 then 0 else 1 end;
    q := f || '::numeric';
    return;
  end if;
  a := pg_temp.any(p_depth - 1, 'number', p_divide and k <= 6);
  b := pg_temp.any(p_depth - 1, 'number', p_divide and k <= 6);
  op := (array['+', '-', '*', case when p_divide then '/' else '*' end])[1 + floor(random() * 4)];
  if k = 1 then
    f := format('(%s)', a.f); q := format('(%s)', a.q);
  elsif k = 2 then
    f := '-' || a.f; q := '- ' || a.q; -- two of them would begin a comment of SQL
  elsif k = 3 then
    c := pg_temp.any(p_depth - 1, 'truth', false);
    f := format('if(%s, %s, %s)', c.f, a.f, b.f);
    q := format('case when %s then %s else %s end', c.q, a.q, b.q);
    q := '(' || q || ')';
  elsif k = 4 then
    f := format('min(%s, %s)', a.f, b.f); q := format('least(%s, %s)', a.q, b.q);
  elsif k = 7 then
    f := format('floor(%s) + ceil(%s)', a.f, b.f); q := format('floor(%s) + ceil(%s)', a.q, b.q);
  elsif k = 8 then
    f := format('round(%s, 1) - max(%s, 1)', a.f, b.f); q := format('round(%s, 1) - greatest(%s, 1)', a.q, b.q);
  else
    f := format('%s %s %s', a.f, op, b.f); q := format('%s %s %s', a.q, op, b.q);
  end if;
end $$;
create function pg_temp.sql(p text) returns text language plpgsql volatile as $$
declare x numeric;
begin
  execute 'select ' || p into x;
  return x;
exception when division_by_zero then
  return 'DIVISION_BY_ZERO';
end $$;
create temp table compared as
  select x.f, x.q, v.code, v.value, case when v.code = 'TOO_LARGE' then null else pg_temp.sql(x.q) end as sql
    from generate_series(1, 1500) g cross join lateral pg_temp.any(3 + 0 * g, 'number', true) x
   cross join lateral (select case when length(x.f) < 1000 and pg_temp.refusal(x.f) = 'taken' then formula_compile(x.f) end as made) m
   cross join lateral formula_try(m.made, '{}', '{}', true) v where m.made is not null;
select cmp_ok((select count(*) from compared where value is not null and sql <> 'DIVISION_BY_ZERO'), '>', 1000::bigint, 'most random formulas have a value');
select is((select count(*) from compared where code = 'DIVISION_BY_ZERO' and sql <> code), 0::bigint, 'no division by 0 where PostgreSQL finds none');
select is((select string_agg(f || ' = ' || ratio_decimal(value, 12) || ', not ' || sql, E'\n')
             from compared
            where value is not null and case when sql = 'DIVISION_BY_ZERO' then true
                                             else abs(ratio_decimal(value, 12) - sql::numeric) > 1e-9 * greatest(1, abs(sql::numeric)) end), null,
          'values are those of PostgreSQL');

-- What cannot be reckoned ----------------------------------------------------------------------------------------------

select is(pg_temp.try(f, array['people', '0', 'usage', null, 'rate', '-1.5', 'amount', '1e59', 'level', '1e60'], 'number', false), v, f) from (values
  ('1 / people', 'DIVISION_BY_ZERO: a division by 0 at character 3'), ('people / people', 'DIVISION_BY_ZERO: a division by 0 at character 8'),
  ('usage * 0', 'VALUE_MISSING: usage is missing: enter it, then reckon again'), ('days', 'VALUE_MISSING: days is missing: enter it, then reckon again'),
  ('max(usage, 1)', 'VALUE_MISSING: usage is missing: enter it, then reckon again'),
  ('rate / 3', 'NEGATIVE: it comes to -0.5, and may not be below 0'), ('rate * rate', '2.25'), ('2 + rate', '0.5'), ('rate * people', '0'), ('1 / amount / amount', 'TOO_LARGE: a number with more than 60 digits at character 12'),
  ('level', 'TOO_LARGE: a number with more than 60 digits at character 1'),
  ('tier(rate, 0: 5)', 'USAGE_NEGATIVE: tier() of an amount below 0 at character 1'),
  ('amount * 10', 'TOO_LARGE: a number with more than 60 digits at character 8'), ('amount * 9', '9' || repeat('0', 59))) v (f, v);
select throws_ok($$ select formula_value(formula_compile('1 / people'), '{people}', ratios('{0}')) $$, 'STINV', 'a division by 0 at character 3',
                 'a formula that stands alone is refused');
select is((select (v.value is null) || ' ' || v.code from formula_try(formula_compile('rate'), '{rate}', '{}') v), 'true VALUE_MISSING',
          'a value that was not passed is missing');
-- Twenty thousand lines of which every hundredth fails: each says so, none is 0, the others go on.
create temp table run as
  select g, v.* from (select formula_compile('gross_area * rate / people') as made offset 0) f, generate_series(1, 20000) g
   cross join lateral formula_try(f.made, '{gross_area,rate,people}', array[ratio(80.37), ratio(2.85), ratio(g % 100)]) v;
select is((select array_agg(n order by code) from (select code, count(*) as n from run group by code) x), '{200,19800}', 'a run of 20,000 lines goes on');
select is((select count(*) from run where num_nonnulls(value, code) <> 1 or (code is null) <> (sentence is null) or (value).n = 0), 0::bigint,
          'a line has either a value or a reason');

-- What is refused on saving ----------------------------------------------------------------------------------------------

select matches(pg_temp.refusal(f), '^' || r, coalesce(left(f, 40), 'null')) from (values
  (null, 'FORMULA_EMPTY '), ('  ', 'FORMULA_EMPTY '), ('1 +', 'FORMULA character 4: .* found the end'), ('* 2', 'FORMULA character 1: '),
  ('1 2', 'FORMULA character 3: .2. cannot follow'), ('(1 + 2', 'FORMULA character 7: .\). expected, found the end; close the bracket'),
  ('1 + 2)', 'FORMULA character 6: '), ('1 # 2', 'FORMULA character 3: .#. means nothing'), ('1.2.3', 'FORMULA character 4: '),
  ('.5', 'FORMULA character 1: '), ('12abc', 'FORMULA character 3: '), ('rate%', 'FORMULA character 5: '), ('1; drop table place', 'FORMULA character 2: '),
  ('''1''', 'FORMULA character 1: '), ('usge * 2', 'FORMULA_NAME character 1: .usge. is not known here; these are: gross_area, '),
  ('sqrt(2)', 'FORMULA_NAME character 1: there is no function .sqrt.; these are: if, '), ('if + 1', 'FORMULA character 1: '),
  ('rate * 1,280', 'FORMULA character 9: .,. cannot follow'), ('1 < 2', 'FORMULA_KIND character 1: the formula as a whole needs a number'),
  ('1 + (2 > 1)', 'FORMULA_KIND character 5: .\+. needs a number'), ('if(rate, 1, 2)', 'FORMULA_KIND character 4: if\(\) needs something true or false'),
  ('if(1 > 2, 1, 2 > 1)', 'FORMULA_KIND character 14: the last part of if'), ('if(1 > 2, 1)', 'FORMULA character 12: .,. expected'),
  ('if(1 > 2 and 3, 1, 2)', 'FORMULA_KIND character 14: '), ('if(not 1, 1, 2)', 'FORMULA_KIND character 4: '), ('-vacant', 'FORMULA_KIND character 1: '),
  ('if(1 < 2 < 3, 1, 2)', 'FORMULA character 10: two comparisons in a row'), ('if(vacant = vacant, 1, 2)', 'FORMULA_KIND character 4: '),
  ('min(1)', 'FORMULA character 6: .* min compares two numbers or more'), ('min()', 'FORMULA character 5: '), ('floor(1, 2)', 'FORMULA character 8: '),
  ('round(1, 7)', 'FORMULA character 10: '), ('round(1, days)', 'FORMULA character 10: '), ('rate / 0', 'FORMULA character 6: this divides by 0'),
  ('rate / 0.00', 'FORMULA character 6: '), ('rate / 0.5', 'taken'), ('tier(1, 5: 1)', 'FORMULA character 9: the first block begins with 0'),
  ('tier(1, 0: 1, 5: 2, 5: 3)', 'FORMULA character 21: each block begins above'), ('tier(1, 0: 1, days: 2)', 'FORMULA character 15: a number written out'),
  ('tier(1)', 'FORMULA character 7: .,. expected'), ('tier(1, 0 1)', 'FORMULA character 11: .:. expected'), ('1234567890123456', 'FORMULA_LONG character 1: '),
  ('0.12345678901', 'FORMULA_LONG character 1: '), ('1' || repeat(' ', 1000), 'FORMULA_LONG a formula has at most 1000'),
  (repeat('1+', 150) || '1', 'FORMULA_LONG character 301: '), (repeat('1+', 149) || '1', 'taken'),
  (repeat('(', 11) || '1' || repeat(')', 11), 'taken'), (repeat('(', 12) || '1' || repeat(')', 12), 'FORMULA_DEEP character 13: '),
  (repeat('-', 250) || '1', 'FORMULA_DEEP character 13: '), (repeat('(', 999), 'FORMULA_LONG character 301: ')) v (f, r);
select is(pg_temp.refusal('rate * days', '{rate,people}'), 'FORMULA_NAME character 8: ''days'' is not known here; these are: people, rate', 'names outside the choice');
select is(pg_temp.refusal('rate', null, 'truth'),
          'FORMULA_KIND character 1: the formula as a whole needs something true or false, this is a number; compare it with another one', 'a condition is wanted');

-- None takes long ------------------------------------------------------------------------------------------------------

create temp table hostile as select f, formula_compile(f, null, 'number') as made from (values
  (repeat('1+1*if(vacant or vacant and not 1<1+1*(', 3) || '1' || repeat('),1,2)', 3)),
  (repeat('rate/', 148) || 'rate'), ('1/(' || repeat('1/rate+', 70) || '1)'), (repeat('rate*', 148) || 'rate'),
  ('tier(rate' || (select string_agg(', ' || g || ': rate/7', '' order by g) from generate_series(0, 45) g) || ')')) v (f);
select cmp_ok(pg_temp.seconds(format($$ select formula_compile(%L) $$, f)), '<', 1.0, 'read in time: ' || left(f, 20)) from hostile;
select cmp_ok(pg_temp.seconds(format($$ select formula_try(made, '{rate,vacant}', array[ratio(1234567.891011, 9876543.210987), ratio(0)], true) from hostile where f = %L $$, f)),
              '<', 1.0, 'reckoned in time: ' || left(f, 20)) from hostile;
select matches(pg_temp.refusal(repeat('1+1*if(vacant or vacant and not 1<1+1*(', 4) || '1' || repeat('),1,2)', 4)), '^FORMULA_DEEP character 157: ',
               'a formula that is deep in every way ends before the stack does');

-- The list of variables in the manual is this one.
\set manual `cat :'docs'/amounts.md`
select is((select string_agg(format('| `%s` | %s | %s |', name, unit, meaning), E'\n') from formula_variables()),
          (select string_agg(m[1], E'\n') from regexp_matches(split_part(:'manual', 'Variables:', 2), '^(\| `[a-z_]+` \|[^\n]*\|)$', 'gn') m), 'docs/amounts.md lists the variables');

select * from finish();
rollback;
