-- The desk's screens at ten times the data: no scan of a scoped table, and as many rows read as before. Rows, because time
-- depends on the machine. As the daemon's role, under row-level security. Leaves nothing behind.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;

insert into property (code, name, zone) values ('TSUN', 'Sunshine', 'Asia/Shanghai'), ('TLAK', 'Lake', 'Asia/Shanghai');
create function pg_temp.at(p text) returns int language sql stable as $$ select id from steward_code.property_all() where code = p $$;
select set_config('steward.scope', pg_temp.at('TSUN') || ',' || pg_temp.at('TLAK'), true);
insert into app_user (id, login, full_name, password_hash) values ('0193b3a2-0000-7000-8000-0000000000c1', 't-clerk', 'Clerk', 'x');
insert into user_grant (id, user_id, role) select gen_random_uuid(), '0193b3a2-0000-7000-8000-0000000000c1', r from unnest('{clerk,supervisor}'::text[]) r;
insert into place (property_id, id, kind, number)
select y.id, md5('place' || y.id || i)::uuid, 'unit', '1-1-' || i from property y, generate_series(1, 400) i where y.code like 'T___';
insert into party (property_id, id, number, name)
select y.id, md5('party' || y.id || i)::uuid, 'P-9' || i, 'Wang ' || i from property y, generate_series(1, 400) i where y.code like 'T___';
insert into party_phone (property_id, id, party_id, raw, from_on)
select y.id, gen_random_uuid(), md5('party' || y.id || i)::uuid, '1380000' || lpad(i::text, 4, '0'), '2026-01-01' from property y, generate_series(1, 400) i where y.code like 'T___';

-- So many cases that have ended, from one number on, spread over places and customers, each with its events, its work and
-- its return visit.
create function pg_temp.load(p_from int, p_to int) returns void language plpgsql as $$
begin
  insert into desk_case (property_id, id, number, kind, channel, state, priority, summary, place_id, party_id, opened_at, responded_at, due_at,
                         resolved_at, closed_at)
  select y.id, md5('case' || y.id || i)::uuid, 'C-' || i, 'repair', 'phone', 'closed', 'normal', 'old matter ' || i,
         md5('place' || y.id || i % 400 + 1)::uuid, md5('party' || y.id || i % 400 + 1)::uuid, now() - make_interval(days => 40, mins => i),
         now() - interval '40 days', now() - interval '30 days', now() - interval '35 days', now() - interval '35 days'
    from property y, generate_series(p_from, p_to) i where y.code like 'T___';
  insert into case_event (property_id, case_id, seq, id, at, verb, to_state)
  select y.id, md5('case' || y.id || i)::uuid, e.seq, gen_random_uuid(), now() - interval '36 days', e.verb, e.state
    from property y, generate_series(p_from, p_to) i, (values (1, 'open', 'new'), (2, 'close', 'closed')) e (seq, verb, state) where y.code like 'T___';
  insert into work_order (property_id, id, number, case_id, state, contractor, task, result, issued_at, done_at)
  select y.id, md5('order' || y.id || i)::uuid, 'W-' || i, md5('case' || y.id || i)::uuid, 'done', 'Otis', 'x', 'x',
         now() - make_interval(days => 40, mins => i), now() - interval '36 days'
    from property y, generate_series(p_from, p_to) i where y.code like 'T___';
  insert into obligation (property_id, id, number, kind, entity, entity_id, subject, due_from, due_by, state, settled_at)
  select y.id, md5('due' || y.id || i)::uuid, 'O-' || i, 'return_visit', 'case', md5('case' || y.id || i)::uuid, 'C-' || i,
         now() - make_interval(days => 34, mins => i), now() - make_interval(days => 30, mins => i), 'kept', now() - interval '33 days'
    from property y, generate_series(p_from, p_to) i where y.code like 'T___';
  insert into search_token (property_id, token, part, kind, entity, entity_id, shown, label)
  select y.id, 'c-' || i, false, 'case', 'case', md5('case' || y.id || i)::uuid, 'C-' || i, 'old matter ' || i
    from property y, generate_series(p_from, p_to) i where y.code like 'T___';
end $$;
-- What is under way stays as much: 60 cases and what they owe.
select pg_temp.load(1, 2000);
insert into desk_case (property_id, id, number, kind, channel, state, priority, summary, place_id, party_id, user_id, opened_at, responded_at, due_at)
select y.id, md5('open' || y.id || i)::uuid, 'C-9000' || i, 'repair', 'phone', 'new', 'normal', 'dripping tap ' || i, md5('place' || y.id || i)::uuid,
       md5('party' || y.id || i)::uuid, case when i < 10 then '0193b3a2-0000-7000-8000-0000000000c1'::uuid end, now() - make_interval(hours => i),
       now(), now() + make_interval(hours => i - 20)
  from property y, generate_series(1, 60) i where y.code like 'T___';
insert into case_event (property_id, case_id, seq, id, at, verb, to_state)
select y.id, md5('open' || y.id || i)::uuid, 1, gen_random_uuid(), now(), 'open', 'new' from property y, generate_series(1, 60) i where y.code like 'T___';
insert into obligation (property_id, id, number, kind, entity, entity_id, subject, due_from, due_by)
select y.id, md5('owed' || y.id || i)::uuid, 'O-9000' || i, 'return_visit', 'case', md5('open' || y.id || i)::uuid, 'C-9000' || i, now() - interval '1 day', now() + make_interval(hours => i - 20)
  from property y, generate_series(1, 60) i where y.code like 'T___';
insert into work_order (property_id, id, number, case_id, state, contractor, task, issued_at)
select y.id, md5('work' || y.id || i)::uuid, 'W-9000' || i, md5('open' || y.id || i)::uuid, 'issued', 'Otis', 'x', now() - make_interval(hours => i)
  from property y, generate_series(1, 60) i where y.code like 'T___';

-- The screens, each as the statement its call runs.
create temp table screen (name text, sql text);
insert into screen values
  ('find a telephone number', $$ select count(*) from find_rows(%s, '13800000007', null, 20) $$),
  ('find the end of a number', $$ select count(*) from find_rows(%s, '0007', null, 20) $$),
  ('find a name',             $$ select count(*) from find_rows(%s, 'Wang 77', null, 20) $$),
  ('the board',               $$ select count(*) from board_rows(%s, null, null, '0193b3a2-0000-7000-8000-0000000000c1', null, null, null, 50) k join board_row r on r.property_id = k.property_id and r.id = k.id $$),
  ('the head of the board',   $$ select open from board_counts(%s) $$),
  ('the agenda',              $$ select count(*) from agenda_list(%s, '0193b3a2-0000-7000-8000-0000000000c1', null, null, null, null, null, null, null, null, 50) k join agenda_card c on c.property_id = k.property_id and c.id = k.id $$),
  ('my agenda',               $$ select count(*) from agenda_list(%s, '0193b3a2-0000-7000-8000-0000000000c1', null, null, true, null, null, null, null, null, 50) $$),
  ('what is late',            $$ select count(*) from agenda_list(%s, '0193b3a2-0000-7000-8000-0000000000c1', null, null, null, true, null, null, null, null, 50) $$),
  ('return visits',           $$ select count(*) from visit_list(%s, null, null, null, null, 50) k join visit_card c on c.property_id = k.property_id and c.id = k.id $$),
  ('newest cases',            $$ select count(*) from case_list(%s, null, null, null, null, null, null, null, null, null, null, null, 50) k join case_card c on c.property_id = k.property_id and c.id = k.id $$),
  ('open cases',              $$ select count(*) from case_list(%s, null, null, null, true, null, null, null, null, null, null, null, 50) $$),
  ('late cases',              $$ select count(*) from case_list(%s, null, null, null, null, true, null, null, null, null, null, null, 50) $$),
  ('my cases',                $$ select count(*) from case_list(%s, '0193b3a2-0000-7000-8000-0000000000c1', null, null, null, null, true, null, null, null, null, null, 50) $$),
  ('open work orders',        $$ select count(*) from order_list(%s, null, null, true, null, null, null, null, 50) $$),
  ('one case',                $$ select count(*) from case_key(%s, 'TSUN/C-90005') k join case_card c on c.property_id = k.property_id and c.id = k.id $$),
  ('its events',              $$ select count(*) from case_key(%s, 'TSUN/C-90005') k join case_event e on e.property_id = k.property_id and e.case_id = k.id $$),
  ('cases that look alike',   $$ select count(*) from relation_similar(pg_temp.at('TSUN'), null, md5('party' || pg_temp.at('TSUN') || 7)::uuid, md5('place' || pg_temp.at('TSUN') || 7)::uuid, '8613800000007', null) where %s is not null $$),
  ('what the timer looks at', $$ select count(*) from clock_places() where %s is not null $$);
create temp table seen (name text, size int, answer bigint, scans bigint, fetched bigint);
create temp view counters as
  select coalesce(sum(seq_scan) filter (where relname in ('desk_case', 'case_event', 'work_order', 'obligation', 'party', 'party_phone', 'search_token')), 0) as scans,
         coalesce(sum(idx_tup_fetch + seq_tup_read), 0) as fetched from pg_stat_xact_user_tables where schemaname = 'steward';
create function pg_temp.look(p_size int) returns void language plpgsql as $$
declare
  s screen;
  was counters;
  n bigint;
begin
  for s in select * from screen loop
    execute format(s.sql, 'array[pg_temp.at(''TSUN''), pg_temp.at(''TLAK'')]'); -- plans are made
    select * into was from counters;
    execute format(s.sql, 'array[pg_temp.at(''TSUN''), pg_temp.at(''TLAK'')]') into n;
    insert into seen select s.name, p_size, n, c.scans - was.scans, c.fetched - was.fetched from counters c;
  end loop;
end $$;

select analyze_young(t) from unnest('{desk_case,case_event,work_order,obligation,search_token,party,party_phone,place}'::regclass[]) t;
select pg_temp.look(1);
select pg_temp.load(2001, 20000);
select pg_temp.look(10);

select no_plan();
select ok(s.answer > 0 or s.name in ('cases that look alike', 'what the timer looks at'), s.name || ' shows something') from seen s where size = 10 order by s.name;
select is(s.scans, 0::bigint, s.name || ': no scan of a scoped table at ten times the data') from seen s where size = 10 order by s.name;
select cmp_ok(b.fetched, '<=', a.fetched + a.fetched / 5 + 100, format('%s: %s rows read before, %s at ten times the data', a.name, a.fetched, b.fetched))
  from seen a join seen b on b.name = a.name and b.size = 10 where a.size = 1 order by a.name;

select * from finish();
rollback;
