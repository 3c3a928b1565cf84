-- What a use costs that is drawn from a prepaid balance, by a table reckoned by hand: blocks of a year and of a month, changes of the
-- rate, the turn of a year, days without a rate; and that parts cost what the whole costs, to the cent of each rounding.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;
select set_config('steward.scope', (select string_agg(id::text, ',') from property_all()), true) \g /dev/null

create function pg_temp.at() returns int language sql as $$ select id from property_all() where code = 'SUN' $$;
create function pg_temp.standard(p_code text, p_basis text, variadic p_rates text[]) returns void language plpgsql as $$
declare
  s constant uuid := uuid7();
  r text;
  w text[];
begin
  insert into standard (property_id, id, code, name, item_id, basis, utility, missing)
  select pg_temp.at(), s, p_code, p_code, i.id, p_basis, 'electricity', 'exception' from charge_item i
   where i.property_id = pg_temp.at() and i.code = 'ELECTRICITY';
  foreach r in array p_rates loop -- from to per block block ..., or from to rate
    w := string_to_array(r, ' ');
    insert into standard_rate (property_id, id, standard_id, from_on, to_on, rate, block_per, block_above, block_rate)
    values (pg_temp.at(), uuid7(), s, w[1]::date, nullif(w[2], '-')::date, case when p_basis = 'metered' then w[3]::numeric end,
            case when p_basis = 'tiered' then w[3] end,
            case when p_basis = 'tiered' then array(select split_part(b, '=', 1)::numeric from unnest(w[4:]) with ordinality u (b, o) order by o) end,
            case when p_basis = 'tiered' then array(select split_part(b, '=', 2)::numeric from unnest(w[4:]) with ordinality u (b, o) order by o) end);
  end loop;
end $$;
-- A meter read on these days, and a balance drawn by it.
create function pg_temp.balance(p_name text, p_standard text, p_from date, variadic p_readings text[]) returns void language plpgsql as $$
declare
  m constant uuid := uuid7();
  d constant uuid := uuid7();
  spot constant uuid := uuid7();
  who constant uuid := uuid7();
  home constant uuid := uuid7();
  s standard;
begin
  select * into s from standard x where x.property_id = pg_temp.at() and x.code = p_standard;
  insert into place (property_id, id, kind, number) values (pg_temp.at(), spot, 'unit', 'T-' || p_name);
  insert into party (property_id, id, number, name) values (pg_temp.at(), who, 'P-T' || p_name, 'Wang');
  insert into meter (property_id, id, number, kind, utility, place_id, installed_on)
  values (pg_temp.at(), m, p_name, 'unit', 'electricity', spot, split_part(p_readings[1], ' ', 1)::date);
  insert into meter_dial (property_id, id, meter_id, seq, digits, from_on) values (pg_temp.at(), d, m, 1, 5, split_part(p_readings[1], ' ', 1)::date);
  insert into meter_reading (property_id, id, meter_id, dial_id, seq, read_on, value, kind, source)
  select pg_temp.at(), uuid7(), m, d, 1, split_part(r, ' ', 1)::date, split_part(r, ' ', 2)::numeric, case when o = 1 then 'first' else 'read' end, 'desk'
    from unnest(p_readings) with ordinality x (r, o);
  insert into pot (property_id, id, kind, party_id, place_id, item_id) values (pg_temp.at(), home, 'prepaid', who, spot, s.item_id);
  insert into prepaid_account (property_id, id, number, standard_id, item_id, place_id, party_id, pot_id, meter_id, threshold, from_on, user_id)
  select pg_temp.at(), uuid7(), p_name, s.id, s.item_id, spot, who, home, m, 0, p_from, u.id from app_user u where u.login = 'cashier';
end $$;
-- "120 60.00", or the code.
create function pg_temp.price(p_name text, p_to date) returns text language sql as $$
  select coalesce(r.code, trim_scale(r.usage) || ' ' || money_text(r.amount, 'CNY'))
    from prepaid_account a, lateral prepaid_price(a, p_to, null) r where a.property_id = pg_temp.at() and a.number = p_name
$$;
create function pg_temp.cut(p_standard text, p_from date, p_to date) returns text language sql as $$
  select string_agg(format('%s..%s/%s', to_char(c.from_on, 'MM-DD'), to_char(c.to_on, 'MM-DD'), to_char(c.begins, 'YY-MM-DD')), ' ' order by c.from_on)
    from standard s, lateral prepaid_cut(pg_temp.at(), s.id, p_from, p_to) c where s.property_id = pg_temp.at() and s.code = p_standard
$$;

select plan(15);

select null from (select pg_temp.standard('FLAT', 'metered', '2025-01-01 2026-03-16 0.50', '2026-03-16 - 0.60'),
                         pg_temp.standard('YEAR', 'tiered', '2025-01-01 - year 0=0.50 200=0.60 400=0.90'),
                         pg_temp.standard('MONTH', 'tiered', '2025-01-01 - month 0=0.50 100=1.00'),
                         pg_temp.standard('LATE', 'metered', '2026-02-01 - 0.50')) x;

-- Where a span is cut, and since when its blocks count.
select is(pg_temp.cut('FLAT', '2026-01-05', '2026-02-10'), '01-05..02-10/26-01-05', 'one rate, no blocks: one part');
select is(pg_temp.cut('FLAT', '2026-03-01', '2026-04-01'), '03-01..03-16/26-03-01 03-16..04-01/26-03-16', 'cut where the rate changes');
select is(pg_temp.cut('YEAR', '2025-11-20', '2026-02-10'), '11-20..01-01/25-01-01 01-01..02-10/26-01-01', 'cut at the turn of the year');
select is(pg_temp.cut('MONTH', '2026-01-05', '2026-03-01'), '01-05..02-01/26-01-01 02-01..03-01/26-02-01', 'cut at each month');

select null from (select pg_temp.balance('A', 'FLAT', '2026-01-01', '2026-01-01 0', '2026-02-01 77.7', '2026-04-01 139.7'),
                         pg_temp.balance('B', 'YEAR', '2026-01-01', '2026-01-01 0', '2026-02-01 180', '2026-03-01 450', '2026-04-01 460'),
                         pg_temp.balance('C', 'YEAR', '2025-12-01', '2025-01-01 0', '2025-12-01 390', '2026-01-01 430', '2026-02-01 480'),
                         pg_temp.balance('D', 'MONTH', '2026-01-01', '2026-01-01 0', '2026-02-01 120', '2026-03-01 180'),
                         pg_temp.balance('E', 'LATE', '2026-01-01', '2026-01-01 0', '2026-03-01 10'),
                         pg_temp.balance('F', 'FLAT', '2026-02-01', '2026-01-01 0', '2026-02-01 10')) x;

select is(pg_temp.price('A', '2026-02-01'), '77.7 38.85', '77.7 x 0.50');
-- 62 kWh in the 59 days of February and March: what no reading says is counted by the days, 45.186 up to the 16th.
select is(pg_temp.price('A', '2026-04-01'), '139.7 71.53', '122.886 x 0.50 + 16.814 x 0.60 = 71.5314');
select is(pg_temp.price('B', '2026-02-01'), '180 90.00', 'the first block');
select is(pg_temp.price('B', '2026-03-01'), '450 265.00', '200 x 0.50 + 200 x 0.60 + 50 x 0.90');
select is(pg_temp.price('B', '2026-04-01'), '460 274.00', 'the third block goes on');
select is(pg_temp.price('C', '2026-02-01'), '90 58.00', '390 were used in that year before: 10 x 0.60, 30 x 0.90; then anew 50 x 0.50');
select is(pg_temp.price('D', '2026-03-01'), '180 100.00', '100 x 0.50 + 20 x 1.00; then anew 60 x 0.50');
select is(pg_temp.price('E', '2026-03-01'), 'NO_RATE', 'days before the first rate have no price, not the price 0');
select is(pg_temp.price('F', '2026-03-20'), 'NO_READING', 'days nobody read have no use, not the use 0');

-- Drawn in two steps it comes to what it comes to in one.
insert into prepaid_draw (property_id, id, account_id, from_on, to_on, usage, estimated, amount)
select a.property_id, uuid7(), a.id, '2026-01-01', '2026-02-01', 0, false, 0 from prepaid_account a where a.property_id = pg_temp.at() and a.number = 'B';
select is(pg_temp.price('B', '2026-03-01'), '270 175.00', 'the second step: 265.00 - 90.00');
select throws_like($$insert into prepaid_draw (property_id, id, account_id, from_on, to_on, usage, estimated, amount)
                     select property_id, uuid7(), id, '2026-02-01', '2026-03-01', 1, false, 5 from prepaid_account where number = 'B'$$, '%prepaid_draw_amount_check%', 'what is used is billed');

select * from finish();
rollback;
