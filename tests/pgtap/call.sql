-- The hotline as the daemon's role sees it: steps, matches, and that a ring reads no table from end to end. Leaves nothing
-- behind.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;

insert into property (code, name, zone) values ('TSUN', 'Sunshine', 'Asia/Shanghai'), ('TLAK', 'Lake View', 'Asia/Shanghai');
create function pg_temp.at(p text) returns int language sql stable as $$ select id from steward_code.property_all() where code = p $$;
create function pg_temp.here() returns int[] language sql stable as $$ select array[pg_temp.at('TSUN')] $$;
insert into app_user (id, login, full_name, password_hash) values
  ('0193b3a2-0000-7000-8000-0000000000a0', 't-clerk', 'Clerk', 'x'), ('0193b3a2-0000-7000-8000-0000000000a1', 't-quality', 'Quality', 'x');
insert into user_grant (id, user_id, role, property_id) values
  (gen_random_uuid(), '0193b3a2-0000-7000-8000-0000000000a0', 'clerk', pg_temp.at('TSUN')),
  (gen_random_uuid(), '0193b3a2-0000-7000-8000-0000000000a1', 'quality', pg_temp.at('TSUN'));
create function pg_temp.who(p text) returns uuid language sql stable as $$ select id from steward.app_user where login = 't-' || p $$;
create function pg_temp.reach(p int[]) returns void language sql volatile as
$$ select set_config('steward.scope', array_to_string(p, ','), true) $$;
create function pg_temp.ring(p_from text, p_call_id text default null) returns text language sql volatile as
$$ select c.number from steward_code.call_ring(pg_temp.at('TSUN'), gen_random_uuid(), pg_temp.who('clerk'), null, p_from, '8000', p_call_id, null) k,
          lateral steward_code.call_card(k.property_id, k.id) c $$;
-- Takes the step, and gives what it leads to.
create function pg_temp.step(p_call text, p_verb text, p_user text default 'clerk') returns text language plpgsql volatile as $$
declare k record;
begin
  if p_verb = 'answer' then
    k := call_answer(pg_temp.here(), p_call, pg_temp.who(p_user), null, null);
  else
    k := call_end(pg_temp.here(), p_call, pg_temp.who(p_user), null, p_verb = 'miss', p_verb = 'voicemail', case p_verb when 'end' then 1 end);
  end if;
  return (select c.state from phone_call c where c.property_id = k.property_id and c.id = k.id);
end $$;
create function pg_temp.matches(p_call text, p_known boolean) returns text language sql volatile as
$$ select coalesce(string_agg(concat_ws(' ', m.name, m.why), ', '), 'nobody') from steward_code.call_key(pg_temp.here(), p_call) k,
          lateral steward_code.call_matches(k.property_id, k.id, p_known) m $$;
create function pg_temp.plan(p text) returns text[] language plpgsql as $$
declare
  line text;
  lines text[] := '{}';
begin
  for line in execute 'explain ' || p loop
    lines := lines || line;
  end loop;
  return lines;
end $$;

select pg_temp.reach(array[pg_temp.at('TSUN'), pg_temp.at('TLAK')]) \g /dev/null
select set_config('steward.user', pg_temp.who('clerk')::text, true) \g /dev/null
select no_plan();

-- Numbers
select results_eq(
  $$ select o.outside, o.outside_key from (values (1, '138/0013 8000'), (2, '"Wang" <sip:+8613800138000@pbx>'), (3, 'tel:8012'), (4, '0571-88881202转8'),
       (5, '８０１２'), (6, 'anonymous'), (7, ''), (8, null), (9, 'sip:anonymous@10.0.0.1')) as t (o, raw), property y,
       lateral call_outside(t.raw, y) o where y.code = 'TSUN' order by t.o $$,
  $$ values ('138/0013 8000', '+8613800138000'), ('+8613800138000', '+8613800138000'), ('8012', '8012'), ('0571-88881202转8', '+8657188881202'),
       ('８０１２', '8012'), (null, null), (null, null), (null, null), (null, null) $$,
  'numbers as telephone systems write them, and none where it is withheld');

-- Steps: what the data allows comes to the state it names, everything else is refused.
create function pg_temp.pairs() returns setof text language plpgsql volatile as $$
declare
  n text; s text; v text; t record; got text;
begin
  for s in select state from call_state loop
    for v in select verb from call_verb where verb <> 'attach' loop
      n := pg_temp.ring('13800000001');
      update phone_call c set state = s, ended_at = case when not (select x.is_open from call_state x where x.state = s) then c.rang_at end,
             answered_at = case when s in ('answered', 'ended') then c.rang_at end where c.property_id = pg_temp.at('TSUN') and c.number = n;
      select * into t from call_transition x where x.verb = v and x.from_state = s;
      begin
        got := pg_temp.step(n, v);
      exception when sqlstate 'STPRE' then
        got := null;
      end;
      return next is(got, t.to_state, format('%s of a call that is %s', v, s));
    end loop;
  end loop;
end $$;
select pg_temp.pairs();
select throws_ok($$ select pg_temp.step(pg_temp.ring('13800000001'), 'answer', 'quality') $$, 'STDEN', null, 'those who only look answer nothing');
select throws_ok($$ select pg_temp.step('HL-4711', 'answer') $$, 'STNOF', null, 'nor what is not there');

-- One call, whoever tells it; several lines, several calls
select is(pg_temp.ring('13800000002', 'a1'), pg_temp.ring('13800000002', 'a1'), 'told twice');
select isnt(pg_temp.ring('13800000002', 'a1'), pg_temp.ring('13800000002', 'a2'), 'two calls of one number');
select throws_ok($$ insert into phone_call (property_id, id, number, call_id, direction, state, rang_at)
                    values (pg_temp.at('TSUN'), uuid7(), 'HL-9', 'a1', 'in', 'ringing', now()) $$, '23505', null, 'whatever asks for it');

-- Whom to call back
select pg_temp.step('a1', 'miss') \g /dev/null
select pg_temp.step('a2', 'miss') \g /dev/null
select is((select count(*)::int from obligation b where b.kind = 'callback' and b.entity_id = call_phone_id(pg_temp.at('TSUN'), '+8613800000002')), 1,
          'a number is called back once');
select is((select b.due_by - b.due_from from obligation b where b.entity_id = call_phone_id(pg_temp.at('TSUN'), '+8613800000002')), interval '30 minutes',
          'within what the state of the call says');
select is((select c.phone || ' ' || c.about from call_back_card c where c.phone = '13800000002'), '13800000002 called in vain 2 times', 'it is told how often');
select is(pg_temp.step(pg_temp.ring('138 0000 0002'), 'end'), 'ended', 'they are spoken with');
select is((select b.state from obligation b where b.entity_id = call_phone_id(pg_temp.at('TSUN'), '+8613800000002')), 'kept', 'and nothing is owed');

-- A call and its case
select is((select c."case" from case_open(pg_temp.at('TSUN'), '0193b3a2-0000-7000-8000-0000000000c0', pg_temp.who('clerk'), null, 'repair', null, 'Tap', null,
                                          null, null, null, null, null, null, 'lobby') k,
                  lateral call_link(k.property_id, pg_temp.here(), 'a1', k.id, pg_temp.who('clerk')) l, lateral call_card(k.property_id, l) c), 'C-1001',
          'a case opened from a call');
select throws_ok($$ select call_link(pg_temp.at('TLAK'), pg_temp.here(), 'a1', '0193b3a2-0000-7000-8000-0000000000c0', pg_temp.who('clerk')) $$, 'STINV', null,
                 'of its own property');

-- The wall
select pg_temp.reach(array[pg_temp.at('TLAK')]) \g /dev/null
select is((select count(*)::int from phone_call), 0, 'calls of other properties are not there');
select throws_ok($$ insert into phone_call (property_id, id, number, direction, state, rang_at)
                    values (pg_temp.at('TSUN'), uuid7(), 'HL-9', 'in', 'ringing', now()) $$, '42501', null, 'nothing is written outside');
select pg_temp.reach(array[pg_temp.at('TSUN'), pg_temp.at('TLAK')]) \g /dev/null

-- Thousands of numbers, cases and calls: a ring reads none of them from end to end
insert into party (property_id, id, number, name)
select pg_temp.at('TSUN'), ('0193b3a2-0000-7000-8000-' || lpad(g::text, 12, '0'))::uuid, 'P-' || 10000 + g, 'Name ' || g from generate_series(1, 5000) g;
insert into party_phone (property_id, id, party_id, raw, from_on, until_on)
select pg_temp.at('TSUN'), gen_random_uuid(), p.id, '130' || lpad((10000 + p.n)::text, 8, '0'), '2020-01-01', case when p.n % 10 = 0 then date '2021-01-01' end
  from (select p.id, row_number() over (order by p.number) as n from party p where p.property_id = pg_temp.at('TSUN')) p;
insert into phone_call (property_id, id, number, direction, state, outside, outside_key, rang_at, ended_at)
select pg_temp.at('TSUN'), gen_random_uuid(), 'X-' || g, 'in', 'missed', '130' || lpad((10000 + g)::text, 8, '0'), '+86130' || lpad((10000 + g)::text, 8, '0'),
       now() - g * interval '1 minute', now() - g * interval '1 minute' from generate_series(1, 5000) g;
insert into desk_case (property_id, id, number, kind, channel, state, priority, summary, phone_raw, phone_e164, opened_at, due_at)
select pg_temp.at('TSUN'), gen_random_uuid(), 'X-' || g, 'repair', 'phone', 'new', 'normal', 'Tap', '130' || lpad((10000 + g)::text, 8, '0'),
       '+86130' || lpad((10000 + g)::text, 8, '0'), now(), now() from generate_series(1, 5000) g;
select import_settle('search_token', 'party', 'party_phone', 'phone_call', 'desk_case') \g /dev/null
create function pg_temp.read_through(p_what text) returns bigint language plpgsql as $$
declare
  tables constant text[] := '{search_token,party,party_phone,phone_call,desk_case,obligation,occupancy,place}';
  before constant bigint := (select sum(seq_scan) from pg_stat_xact_user_tables where relname = any (tables));
begin
  for i in 1..8 loop -- the sixth on may use a plan made for any value
    execute p_what;
  end loop;
  return (select sum(seq_scan) from pg_stat_xact_user_tables where relname = any (tables)) - before;
end $$;
select is(pg_temp.read_through(x), 0::bigint, x) from unnest(array[
  $$ select pg_temp.ring('130' || lpad((10000 + 4242)::text, 8, '0')) $$,
  $$ select count(*) from call_matches(pg_temp.at('TSUN'), (select c.id from phone_call c where c.property_id = pg_temp.at('TSUN') and c.number = 'X-4242'), true) $$,
  $$ select count(*) from call_matches(pg_temp.at('TSUN'), (select c.id from phone_call c where c.property_id = pg_temp.at('TSUN') and c.number = 'X-4250'), false) $$,
  $$ select count(*) from call_cases(pg_temp.at('TSUN'), (select c.id from phone_call c where c.property_id = pg_temp.at('TSUN') and c.number = 'X-4242')) $$,
  $$ select count(*) from call_before(pg_temp.at('TSUN'), (select c.id from phone_call c where c.property_id = pg_temp.at('TSUN') and c.number = 'X-4242')) $$,
  $$ select count(*) from call_owed(pg_temp.at('TSUN'), (select c.id from phone_call c where c.property_id = pg_temp.at('TSUN') and c.number = 'X-4242'), pg_temp.who('clerk')) $$,
  $$ select count(*) from call_log(pg_temp.here(), pg_temp.who('clerk'), null, null, null, '13000014242', null, null, null) $$,
  $$ select count(*) from call_log(pg_temp.here(), pg_temp.who('clerk'), null, true, null, null, null, null, null) $$,
  $$ select count(*) from call_log(pg_temp.here(), pg_temp.who('clerk'), null, null, true, null, null, null, null) $$,
  $$ select count(*) from call_log(pg_temp.here(), pg_temp.who('clerk'), true, null, null, null, null, null, null) $$,
  $$ select count(*) from call_log(pg_temp.here(), pg_temp.who('clerk'), null, null, null, null, null, null, null) $$]) x;
select ok((select bool_and(exists (select from unnest(pg_temp.plan(q.sql)) l where l like '%Index Cond:%' || q.cond || '%')
                           and not exists (select from unnest(pg_temp.plan(q.sql)) l where l like '%Seq Scan%'))
             from (values ($$ select * from find_exact(pg_temp.here(), array['8613000014242'], 50) $$, 'token'),
                          ($$ select * from party_phone f where f.property_id = pg_temp.at('TSUN') and f.e164 = '+8613000014250' and f.until_on is not null $$, 'e164'),
                          ($$ select * from desk_case c where c.property_id = pg_temp.at('TSUN') and c.phone_e164 = '+8613000014242' $$, 'phone_e164'),
                          ($$ select * from phone_call c where c.property_id = pg_temp.at('TSUN') and c.outside_key = '+8613000014242' $$, 'outside_key')) q (sql, cond)),
          'each way to recognise a number is looked up in its index, under row-level security');
select is(pg_temp.matches(pg_temp.ring('13000014243'), true), (select p.name || ' its number' from party_phone f join party p on p.property_id = f.property_id and p.id = f.party_id
          where f.property_id = pg_temp.at('TSUN') and f.raw = '13000014243' and f.until_on is null), 'and found');

select * from finish();
rollback;
