-- The desk's screens at ten times the data: no scan of a scoped table, and as many rows read as before. Ten times what is over
-- first, then ten times what is open. Rows, because time depends on the machine. As the daemon's role, under row-level
-- security. Leaves nothing behind. With -v table=FILE what was counted is written there (tests/bench/plans.sh).
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
insert into occupancy (property_id, id, number, place_id, party_id, role, slot, period)
select y.id, gen_random_uuid(), 'T-9' || i, md5('place' || y.id || i)::uuid, md5('party' || y.id || i)::uuid, 'owner', 'title', '[2019-05-01,)'
  from property y, generate_series(1, 400) i where y.code like 'T___';
insert into directory_entry (property_id, id, number, kind, name, phones, dials, categories, review_by)
select y.id, gen_random_uuid(), 'D-9' || i, 'water', 'Water company ' || i, array['0571-96' || lpad(i::text, 3, '0')], array['8657196' || lpad(i::text, 3, '0')],
       array(select c.id from case_category c where c.path = 'water'), '2099-01-01'
  from property y, generate_series(1, 100) i where y.code like 'T___';

-- So many cases that have ended, from one number on, spread over places and customers, each with its events, its work and
-- its return visit; and as many calls, contacts and articles used.
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
  insert into visit_terms (property_id, visit_id, kind, due_by, rule, manner)
  select y.id, md5('due' || y.id || i)::uuid, 'repair', now() - make_interval(days => 30, mins => i), 'always', 'phone'
    from property y, generate_series(p_from, p_to) i where y.code like 'T___';
  insert into phone_call (property_id, id, number, direction, state, outside, outside_key, rang_at, answered_at, ended_at, party_id)
  select y.id, md5('call' || y.id || i)::uuid, 'HL-' || i, 'in', 'ended', '1380000' || lpad((i % 400)::text, 4, '0'),
         '861380000' || lpad((i % 400)::text, 4, '0'), now() - make_interval(days => 40, mins => i), now() - make_interval(days => 40, mins => i),
         now() - interval '39 days', md5('party' || y.id || i % 400 + 1)::uuid
    from property y, generate_series(p_from, p_to) i where y.code like 'T___';
  insert into contact (property_id, id, number, party_id, at, channel, direction, outcome, reached, summary, mood)
  select y.id, md5('contact' || y.id || i)::uuid, 'CT-' || i, md5('party' || y.id || i % 8 + 1)::uuid, now() - make_interval(days => 40, mins => i),
         'phone', 'in', 'reached', true, 'asked something', 3
    from property y, generate_series(p_from, p_to, 5) i where y.code like 'T___';
  insert into knowledge (id, property_id, seq, kind, title, body, category_id, state, review_by)
  select md5('article' || i)::uuid, pg_temp.at('TSUN'), 900000 + i, 'script', 'Article ' || i || case when i <= 200 then ' on pumps' else ' on else' end,
         'Some text', (select c.id from case_category c where c.path = case when i <= 200 then 'water' else 'lift' end), 'published', '2099-01-01'
    from generate_series(p_from, p_to, 20) i;
end $$;
select pg_temp.load(1, 2000);

-- What is under way, and what it owes: return visits, calls back, contacts, work.
create function pg_temp.open_work(p_from int, p_to int) returns void language plpgsql as $$
begin
  insert into desk_case (property_id, id, number, kind, channel, state, priority, summary, place_id, party_id, user_id, opened_at, responded_at, due_at)
  select y.id, md5('open' || y.id || i)::uuid, 'C-9000' || i, 'repair', 'phone', 'new', 'normal', 'dripping tap ' || i, md5('place' || y.id || i % 400 + 1)::uuid,
         md5('party' || y.id || i % 400 + 1)::uuid, case when i < 10 then '0193b3a2-0000-7000-8000-0000000000c1'::uuid end, now() - make_interval(hours => i),
         now(), now() + make_interval(hours => i - 20)
    from property y, generate_series(p_from, p_to) i where y.code like 'T___';
  insert into case_event (property_id, case_id, seq, id, at, verb, to_state)
  select y.id, md5('open' || y.id || i)::uuid, 1, gen_random_uuid(), now(), 'open', 'new'
    from property y, generate_series(p_from, p_to) i where y.code like 'T___';
  insert into obligation (property_id, id, number, kind, entity, entity_id, subject, due_from, due_by)
  select y.id, md5('owed' || y.id || i)::uuid, 'O-9000' || i, 'return_visit', 'case', md5('open' || y.id || i)::uuid, 'C-9000' || i, now() - interval '1 day', now() + make_interval(hours => i - 20)
    from property y, generate_series(p_from, p_to) i where y.code like 'T___';
  insert into work_order (property_id, id, number, case_id, state, contractor, task, issued_at)
  select y.id, md5('work' || y.id || i)::uuid, 'W-9000' || i, md5('open' || y.id || i)::uuid, 'issued', 'Otis', 'x', now() - make_interval(hours => i)
    from property y, generate_series(p_from, p_to) i where y.code like 'T___';
  insert into obligation (property_id, id, number, kind, entity, entity_id, subject, due_from, due_by, party_id, place_id)
  select y.id, md5(k || y.id || i)::uuid, 'O-' || k || i, k, 'party', md5(k || y.id || i)::uuid, 'P-9' || i % 400 + 1,
         now() - interval '1 day', now() + make_interval(hours => i - 20), md5('party' || y.id || i % 400 + 1)::uuid, md5('place' || y.id || i % 400 + 1)::uuid
    from property y, generate_series(p_from, p_to) i, unnest('{callback,contact}'::text[]) k where y.code like 'T___';
end $$;
select pg_temp.open_work(1, 60);
insert into case_participant (property_id, id, case_id, role, name)
select pg_temp.at('TSUN'), gen_random_uuid(), md5('open' || pg_temp.at('TSUN') || 5)::uuid, 'witness', 'Lin ' || i from generate_series(1, 3) i;

-- The screens, each as the statement its call runs.
-- 'page': shows as much however much is open; the others look at all that is open.
create temp table screen (name text, sql text, page boolean not null default true);
insert into screen (name, sql) values
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
  ('its dispute',             $$ select count(*) from case_key(%s, 'TSUN/C-90005') k join case_participant p on p.property_id = k.property_id and p.case_id = k.id $$),
  ('a work account',          $$ select count(*) from party_key(%s, null, 'TSUN/P-97') k join account_card c on c.property_id = k.property_id and c.id = k.id $$),
  ('its contacts',            $$ select count(*) from contact_list(%s, null, 'TSUN/P-97', null, null, null, null, null, null, 50) k join contact_card c on c.property_id = k.property_id and c.id = k.id $$),
  ('the silent',              $$ select count(*) from silent_list(%s, null, 30, null, null, null, null, 50) k join account_card c on c.property_id = k.property_id and c.id = k.id $$),
  ('how many were heard',     $$ select count(*) from contact_coverage(%s, 90, null) $$),
  ('contacts that are due',   $$ select count(*) from contact_due(%s, null, null, null, null, null, null, 50) k join agenda_card c on c.property_id = k.property_id and c.id = k.id $$),
  ('articles with words',     $$ select count(*) from knowledge_find(%s, 'pumps', null, null, null, null, 20) k join knowledge_card c on c.id = k.id $$),
  ('articles for a case',     $$ select count(*) from knowledge_for(%s, null, 'repair', 'water', 'pumps', 5) k join knowledge_card c on c.id = k.id $$),
  ('the directory',           $$ select count(*) from directory_find(%s, '96007', null, 20) k join directory_card c on c.property_id = k.property_id and c.id = k.id $$),
  ('whom to call for it',     $$ select count(*) from directory_for(%s, null, 'water', 10) k join directory_card c on c.property_id = k.property_id and c.id = k.id $$),
  ('calls to make',           $$ select count(*) from agenda_list(%s, '0193b3a2-0000-7000-8000-0000000000c1', 'callback', null, null, null, null, null, null, null, 50) k join call_back_card c on c.property_id = k.property_id and c.id = k.id $$),
  ('the log of calls',        $$ select count(*) from call_log(%s, null, null, null, null, null, null, null, 50) k join call_card c on c.property_id = k.property_id and c.id = k.id $$),
  ('calls answered, a week',  $$ select count(*) from call_figures(%s, (current_date - 7)::text, null, null) $$),
  ('visits, a week',          $$ select count(*) from visit_report(%s, (current_date - 7)::text, null, null) $$);
insert into screen (name, sql, page) values
  ('what the timer looks at', $$ select count(*) from clock_due() where %s is not null $$, false),
  ('what was owed, a week',   $$ select count(*) from agenda_figures(%s, null, (current_date - 7)::text, null) $$, false);
update screen set page = false where name in ('the head of the board', 'late cases');
create temp table seen (name text, size int, answer bigint, scanned text, fetched bigint, reads text);
-- What this transaction has read of each walled table, and by which index.
create temp view tables as
  select c.relname, pg_stat_get_xact_numscans(c.oid) as scans, pg_stat_get_xact_tuples_returned(c.oid) as rows from pg_class c
   where c.relnamespace = 'steward'::regnamespace and c.relforcerowsecurity and c.relkind = 'r';
create temp view entries as
  select i.relname as index, pg_stat_get_xact_numscans(i.oid) as scans, pg_stat_get_xact_tuples_returned(i.oid) as rows
    from pg_class c join pg_index x on x.indrelid = c.oid join pg_class i on i.oid = x.indexrelid
   where c.relnamespace = 'steward'::regnamespace and c.relforcerowsecurity and c.relkind = 'r';
create temp view counters as
  select coalesce(sum(idx_tup_fetch + seq_tup_read), 0) as fetched from pg_stat_xact_user_tables where schemaname = 'steward';
create temp table table_was as select * from tables;
create temp table index_was as select * from entries;
create function pg_temp.look(p_size int) returns void language plpgsql as $$
declare
  s screen;
  was counters;
  n bigint;
begin
  for s in select * from screen loop
    execute format(s.sql, 'array[pg_temp.at(''TSUN''), pg_temp.at(''TLAK'')]'); -- plans are made
    delete from table_was;
    delete from index_was;
    insert into table_was select * from tables;
    insert into index_was select * from entries;
    select * into was from counters;
    execute format(s.sql, 'array[pg_temp.at(''TSUN''), pg_temp.at(''TLAK'')]') into n;
    insert into seen
    select s.name, p_size, n,
           (select string_agg(t.relname, ' ' order by t.relname) from tables t join table_was w using (relname)
             where t.scans > w.scans and t.relname <> 'property'),
           c.fetched - was.fetched,
           (select string_agg(format('`%s`', e.index), ', ' order by e.rows - w.rows desc, e.index)
              from entries e join index_was w using (index) where e.scans > w.scans and e.index not like 'property\_%')
      from counters c;
  end loop;
end $$;

create function pg_temp.analyzed() returns void language sql as
$$ select analyze_young(t) from unnest('{desk_case,case_event,work_order,obligation,search_token,party,party_phone,place,occupancy,contact,party_contact,knowledge,directory_entry,phone_call,visit_terms,case_participant}'::regclass[]) t $$;
select pg_temp.analyzed();
select pg_temp.look(1);
select pg_temp.load(2001, 20000);
select pg_temp.analyzed();
select pg_temp.look(10);
select pg_temp.open_work(61, 600);
select pg_temp.look(100);

select no_plan();
select ok(s.answer > 0 or s.name in ('cases that look alike', 'what the timer looks at'), s.name || ' shows something') from seen s where size = 10 order by s.name;
select is(s.scanned, null, format('%s: no scan of a scoped table at %s', s.name,
          case s.size when 10 then 'ten times what is over' else 'ten times what is open too' end)) from seen s where size > 1 order by s.name, s.size;
select cmp_ok(b.fetched, '<=', a.fetched + a.fetched / 5 + 100, format('%s: %s rows read before, %s at ten times the data', a.name, a.fetched, b.fetched))
  from seen a join seen b on b.name = a.name and b.size = 10 where a.size = 1 order by a.name;
select cmp_ok(b.fetched, '<=', a.fetched + a.fetched / 5 + 100, format('%s: %s rows read before, %s at ten times what is open', a.name, a.fetched, b.fetched))
  from seen a join seen b on b.name = a.name and b.size = 100 join screen s on s.name = a.name and s.page where a.size = 10 order by a.name;
select * from finish();
\if :{?table}
\o :table
select '| screen | rows shown | rows read | at ten times what is over | at ten times what is open | by these indexes, that most read first |';
select '|---|---|---|---|---|---|';
select format('| %s | %s | %s | %s | %s | %s |', a.name, b.answer, a.fetched, b.fetched, c.fetched, coalesce(b.reads, '-'))
  from seen a join seen b on b.name = a.name and b.size = 10 join seen c on c.name = a.name and c.size = 100 where a.size = 1 order by a.name;
\o
\endif
rollback;
