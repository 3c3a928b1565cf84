-- What the lists of work orders, charges and prices and the proposal of a hand read at a property that has worked for
-- years. Leaves nothing behind.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;

insert into property (code, name, zone) values ('TSUN', 'Sunshine', 'Asia/Shanghai');
insert into app_user (id, login, full_name, password_hash)
select ('0193b3a2-0000-7000-8000-0000000000' || lpad(g::text, 2, '0'))::uuid, 't-' || g, 'Hand ' || g, 'x' from generate_series(1, 20) g;
insert into user_grant (id, user_id, role, property_id)
select gen_random_uuid(), u.id, 'technician', p.id from app_user u, property_all() p where u.login like 't-%' and p.code = 'TSUN';

create function pg_temp.at() returns int language sql stable as
$$ select id from steward_code.property_all() where code = 'TSUN' $$;
create function pg_temp.here() returns int[] language sql stable as $$ select array[pg_temp.at()] $$;
-- How many rows of the tables that grow a statement reads.
create function pg_temp.reads(p_from text) returns int language plpgsql volatile as $$
declare before bigint; after bigint;
  tables constant text[] := '{desk_case,case_event,work_order,order_item,charge_proposal,duty_period,user_skill,price}';
begin
  select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) into before from pg_stat_xact_user_tables where relname = any (tables);
  execute 'select count(*) from ' || p_from;
  select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) into after from pg_stat_xact_user_tables where relname = any (tables);
  return after - before;
end $$;

select plan(13);

-- Ten thousand cases of one category at one place; every order of it is done but one in a hundred.
\o /dev/null
select set_config('steward.scope', array_to_string(pg_temp.here(), ','), true);
insert into place (property_id, id, kind, number) values (pg_temp.at(), '0193b3a2-0000-7000-8000-00000000aa01', 'unit', '3-1-1202');
insert into party (property_id, id, number, name) values (pg_temp.at(), '0193b3a2-0000-7000-8000-00000000bb01', 'P-9001', 'Wang');
insert into department (property_id, id, code, name) values (pg_temp.at(), '0193b3a2-0000-7000-8000-00000000dd01', 'TENG', 'Engineering');
insert into user_department (property_id, id, department_id, user_id)
select pg_temp.at(), uuid7(), '0193b3a2-0000-7000-8000-00000000dd01', u.id from app_user u where u.login in ('t-1', 't-2');
insert into desk_case (property_id, id, number, kind, channel, state, priority, summary, category_id, place_id, party_id, opened_at, due_at, closed_at)
select pg_temp.at(), uuid7(), 'C-' || (50000 + g), 'repair', 'phone', case when g % 100 = 0 then 'dispatched' else 'closed' end, 'normal',
       'pipe ' || g, k.id, '0193b3a2-0000-7000-8000-00000000aa01', '0193b3a2-0000-7000-8000-00000000bb01', now() - g * interval '1 hour',
       now(), case when g % 100 > 0 then now() end
  from generate_series(1, 10000) g, (select id from case_category where path = 'water / leak') k;
insert into work_order (property_id, id, number, case_id, state, department_id, user_id, contractor, task, issued_at, done_at, result)
select c.property_id, uuid7(), 'W-' || substr(c.number, 3), c.id, case c.state when 'dispatched' then 'issued' else 'done' end,
       case when n.n % 3 = 0 then '0193b3a2-0000-7000-8000-00000000dd01'::uuid end,
       case when n.n % 3 = 1 then ('0193b3a2-0000-7000-8000-0000000000' || lpad((1 + n.n % 20)::text, 2, '0'))::uuid end,
       case when n.n % 3 = 2 then 'Otis' end, 'x', c.opened_at, case when c.state <> 'dispatched' then now() end, 'x'
  from desk_case c, lateral (select substr(c.number, 3)::int as n) n where c.number > 'C-5' and c.property_id = pg_temp.at();
insert into order_item (property_id, order_id, line, id, name, kind, unit, quantity, price, currency, added_at)
select o.property_id, o.id, 1, uuid7(), 'work', 'labour', 'hour', 1500, 6000, 'CNY', now() from work_order o where o.state = 'done';
insert into charge_proposal (property_id, id, number, order_id, bearer, party_id, amount, currency, state, proposed_at, proposed_by, decided_at,
                             decided_by, posted_at)
select o.property_id, uuid7(), 'Q-' || substr(o.number, 3), o.id, 'customer', '0193b3a2-0000-7000-8000-00000000bb01', 9000, 'CNY',
       case when right(o.number, 3) = '101' then 'approved' else 'posted' end, o.issued_at, '0193b3a2-0000-7000-8000-000000000001', now(),
       '0193b3a2-0000-7000-8000-000000000002', case when right(o.number, 3) = '101' then null else now() end
  from work_order o where o.state = 'done';
insert into duty_period (property_id, id, user_id, from_at, to_at)
select pg_temp.at(), uuid7(), u.id, now() - g * interval '1 day' - interval '1 hour', now() - g * interval '1 day' + interval '7 hours'
  from app_user u, generate_series(-10, 400) g where u.login like 't-%';
insert into user_skill (property_id, id, user_id, skill, level)
select pg_temp.at(), uuid7(), u.id, k.skill, 2 from app_user u, skill k where u.login in ('t-3', 't-4');
insert into price (property_id, id, code, name, kind, unit, price, currency, from_on, to_on)
select pg_temp.at(), uuid7(), 'M-' || lpad(g::text, 4, '0'), 'Material ' || g, 'material', 'piece', y, 'CNY', make_date(y, 1, 1),
       make_date(y + 1, 1, 1)
  from generate_series(1, 1000) g, generate_series(2020, 2039) y;
select analyze_young(t) from unnest('{desk_case,work_order,order_item,charge_proposal,duty_period,price}'::regclass[]) t;
\o
select cmp_ok(pg_temp.reads($$ desk_case where lower(summary) = 'x' $$), '>=', 10000, 'reading a whole table is noticed');
select cmp_ok(pg_temp.reads(q), '<', 2500, q) from unnest(array[
  $$ order_propose(pg_temp.here(), 'C-50041') $$,
  $$ order_list(pg_temp.here(), '0193b3a2-0000-7000-8000-000000000002', null, true, true, null, null, null, null) $$,
  $$ order_list(pg_temp.here(), null, null, true, null, 'TENG', null, null, null) $$,
  $$ order_list(pg_temp.here(), null, 'paused', null, null, null, null, null, null) $$,
  $$ order_key(pg_temp.here(), 'W-50041') k join order_card c on c.property_id = k.property_id and c.id = k.id $$,
  $$ order_charges(pg_temp.here(), null, null, null, null, null, null) $$,
  $$ order_charges(pg_temp.here(), 'approved', null, null, null, null, null) $$,
  $$ order_charges(pg_temp.here(), null, null, 'W-50041', null, null, null) $$,
  $$ order_charges(pg_temp.here(), null, null, null, 'P-9001', null, null) $$,
  $$ price_list(pg_temp.here(), null, null, null, null, null, null) $$,
  $$ duty_list(pg_temp.here(), null, null, null, null) $$,
  $$ duty_list(pg_temp.here(), '2025-11-01', null, null, null) $$]) q;

select * from finish();
rollback;
