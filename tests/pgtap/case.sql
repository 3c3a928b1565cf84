-- Cases, work orders, return visits and the import, as the daemon's role sees them. Leaves nothing behind.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;

-- Two properties, one person per role at the first one; the people of this test are called after their role.
insert into property (code, name, zone) values ('TSUN', 'Sunshine', 'Asia/Shanghai'), ('TLAK', 'Lake View', 'Asia/Shanghai');
insert into app_user (id, login, full_name, password_hash)
select ('0193b3a2-0000-7000-8000-0000000000' || lpad(r.bit::text, 2, '0'))::uuid, 't-' || r.code, r.code, 'x' from role r;
insert into user_grant (id, user_id, role, property_id)
select gen_random_uuid(), u.id, u.full_name, p.id from app_user u, property_all() p where u.login like 't-%' and p.code = 'TSUN';
insert into app_user (id, login, full_name, password_hash) values
  ('0193b3a2-0000-7000-8000-0000000000f0', 't-zhao', 'Zhao', 'x'),
  ('0193b3a2-0000-7000-8000-0000000000f1', 't-lone', 'nobody', 'x');
insert into user_grant (id, user_id, role, property_id)
select gen_random_uuid(), u.id, 'technician', p.id from app_user u, property_all() p where u.login = 't-zhao' and p.code = 'TSUN';

create function pg_temp.who(p text) returns uuid language sql stable as
$$ select id from steward.app_user where login = 't-' || p $$;
create function pg_temp.at(p text) returns int language sql stable as
$$ select id from steward_code.property_all() where code = p $$;
create function pg_temp.here() returns int[] language sql stable as $$ select array[pg_temp.at('TSUN')] $$;
create function pg_temp.open(p_kind text, p_summary text, p_user text default 'clerk') returns text language sql volatile as
$$ select number from steward_code.case_open(pg_temp.at('TSUN'), gen_random_uuid(), pg_temp.who(p_user), null, p_kind, null, p_summary,
                                        null, null, null, null, null, null, 'Wang', 'lobby') $$;
create function pg_temp.send(p_case text, p_to text, p_user text default 'dispatcher') returns text language sql volatile as
$$ select r."order.number" from steward_code.case_dispatch(pg_temp.here(), p_case, pg_temp.who(p_user), gen_random_uuid(), null, p_to, null, null) k,
          lateral steward_code.order_reply(k.property_id, k.id) r $$;
create function pg_temp.step(p_order text, p_verb text, p_user text, p_result text default null, p_reply text default null,
                             p_person text default null, p_why text default null)
returns text language sql volatile as
$$ select r."order.state" || ' ' || r."case.state"
     from steward_code.order_step(pg_temp.here(), p_order, p_verb, pg_temp.who(p_user), gen_random_uuid(), null, p_person, p_result, p_reply, p_why) k,
          lateral steward_code.order_reply(k.property_id, k.id) r $$;
create function pg_temp.visit(p_case text, p_outcome text, p_score int, p_user text default 'quality', p_remark text default null, p_again text default null)
returns text language sql volatile as
$$ select r."visit.state" || ' ' || r."case.state"
     from steward_code.visit_record(pg_temp.here(), p_case, pg_temp.who(p_user), gen_random_uuid(), null, p_outcome, p_score, p_remark, p_again) k,
          lateral steward_code.visit_reply(k.property_id, k.id) r $$;
create function pg_temp.move(p_case text, p_verb text, p_user text, p_text text default null) returns text language sql volatile as
$$ select state from steward_code.case_move(pg_temp.here(), p_case, p_verb, pg_temp.who(p_user), p_text, gen_random_uuid()) $$;
create function pg_temp.close(p_case text, p_user text, p_result text default null) returns text language sql volatile as
$$ select state from steward_code.case_close(pg_temp.here(), p_case, pg_temp.who(p_user), gen_random_uuid(), null, p_result) $$;
create function pg_temp.done(p_kind text, p_worker text default 'technician') returns text language plpgsql volatile as $$
declare c text := pg_temp.open(p_kind, 'done by ' || p_worker); w text := pg_temp.send(c, 'TENG');
begin
  perform pg_temp.step(w, 'accept', p_worker);
  perform pg_temp.step(w, 'complete', p_worker, 'did it');
  return c;
end $$;

-- Every pair of state and verb: what the data allows comes to the state it names, everything else is refused.
create function pg_temp.pairs() returns setof text language plpgsql volatile as $$
declare
  s text; v text; c text; t record; got text; role text; other uuid;
begin
  c := pg_temp.open('repair', 'pairs');
  other := (select d.id from desk_case d where d.number = 'C-1001' and d.property_id = pg_temp.at('TSUN'));
  for s, v in select x.state, y.verb from case_state x, case_verb y
               where y.verb <> all ('{merge,unmerge,overdue}') -- not by their name alone
               order by 1, 2 loop
    update desk_case d set state = s, closed_at = case when s in ('closed', 'cancelled', 'merged') then now() end,
           merged_into = case when s = 'merged' then other end where d.number = c and d.property_id = pg_temp.at('TSUN');
    select * into t from case_transition x where x.verb = v and x.from_state = s and x.kind = '*';
    begin
      got := pg_temp.move(c, v, coalesce(t.roles[1], 'manager'), 'x');
    exception when sqlstate 'STPRE' then
      got := null;
    end;
    if got is distinct from t.to_state then
      return next format('%s in %s: %s, not %s', v, s, got, t.to_state);
    end if;
    if t.verb is not null then
      for role in select r.code from role r where r.code <> all (t.roles) loop
        update desk_case d set state = s, closed_at = case when s in ('closed', 'cancelled', 'merged') then now() end,
           merged_into = case when s = 'merged' then other end where d.number = c and d.property_id = pg_temp.at('TSUN');
        begin
          perform pg_temp.move(c, v, role, 'x');
          return next format('%s in %s was allowed to %s', v, s, role);
        exception when sqlstate 'STDEN' then
        end;
      end loop;
    end if;
  end loop;
end $$;
create function pg_temp.numbers(p_text text, p_open boolean, p_after text, p_limit int) returns text language sql stable as
$$ select string_agg(c.number, ' ' order by k.o) from steward_code.case_list(pg_temp.here(), null, null, null, p_open, null, null, p_text, null, null, null, p_after, p_limit)
          with ordinality k (property_id, id, o) join steward_code.case_card c on c.id = k.id $$;

create function pg_temp.head() returns bigint language sql stable as
$$ select value from steward.counter where property_id = pg_temp.at('TSUN') and series = 'C' $$;
-- How many rows of the tables that grow a statement reads.
create function pg_temp.reads(p_from text) returns int language plpgsql volatile as $$
declare before bigint; after bigint;
  tables constant text[] := '{desk_case,case_event,work_order,obligation,obligation_attempt}';
begin
  select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) into before from pg_stat_xact_user_tables where relname = any (tables);
  execute 'select count(*) from ' || p_from;
  select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) into after from pg_stat_xact_user_tables where relname = any (tables);
  return after - before;
end $$;

create temp table opened on commit drop as select * from case_card with no data;

select plan(183);

select set_config('steward.scope', array_to_string(pg_temp.here(), ','), true) \g /dev/null
insert into department (property_id, id, code, name) values (pg_temp.at('TSUN'), gen_random_uuid(), 'TENG', 'Engineering');
insert into place (property_id, id, kind, number) values (pg_temp.at('TSUN'), '0193b3a2-0000-7000-8000-00000000aa01', 'unit', '3-1-1202');
insert into party (property_id, id, number, name) values (pg_temp.at('TSUN'), '0193b3a2-0000-7000-8000-00000000bb01', 'P-9001', 'Wang Xiaoming');

-- The whole way --------------------------------------------------------------------------------------------------

insert into opened
select c.* from case_open(pg_temp.at('TSUN'), '0193b3a2-1111-7000-8000-000000000001', pg_temp.who('clerk'), null, 'repair', 'phone',
                          'Kitchen pipe burst', 'main valve closed', '3-1-1202', 'p-9001', '138 0013 8000', 'water / burst pipe',
                          null, null, 'kitchen') k, lateral case_card(k.property_id, k.id) c;
select is(state, 'new', 'a case opens as new') from opened;
select is(number, 'C-1001', 'with a short number') from opened;
select is(id, '0193b3a2-1111-7000-8000-000000000001', 'its id is the key of the call') from opened;
select is(priority, 'normal', 'the kind gives the priority') from opened;
select is(due_at > opened_at, true, 'and when it is due') from opened;
select is(place, '3-1-1202', 'the place is found') from opened;
select is(party || ' ' || party_number, 'Wang Xiaoming P-9001', 'the customer is found') from opened;
select is(category, 'water / burst pipe', 'the category is found') from opened;
select is(phone, '138 0013 8000', 'the phone stays as the caller said it') from opened;
select is(opened_by, 't-clerk', 'who opened it is known') from opened;
select is(version, 1, 'the first version') from opened;
select is(late, false, 'not late yet') from opened;
select is((select c.phone_e164 from desk_case c join opened o using (property_id, id)), '+8613800138000', 'the phone is comparable');
select throws_ok($$ select case_open(pg_temp.at('TSUN'), '0193b3a2-1111-7000-8000-000000000001', pg_temp.who('clerk'), null, 'repair', null, 'again', null, null, null, null, null, null, null, 'lobby') $$,
                 '23505', null, 'the same key opens no second case');
select is((select string_agg(h.kind || ' ' || h.token, ',') from find_hits(pg_temp.here(), 'c-1001', null, 10) h), 'case c-1001', 'the search box finds it by its number');

select is(pg_temp.move('C-1001', 'note', 'clerk', 'at home after six'), 'new', 'a note leaves the state');
select is(pg_temp.send('C-1001', 'teng'), 'W-1001', 'dispatching makes a work order');
select is((select state || ' ' || assignee from case_card where number = 'C-1001'), 'dispatched TENG', 'the case is with the department');
select is(pg_temp.step('W-1001', 'accept', 'technician'), 'accepted accepted', 'a technician accepts');
select is((select person from order_card where number = 'W-1001'), 't-technician', 'and is the person who does it');
select is((select assignee from case_card where number = 'C-1001'), 'TENG t-technician', 'which the case shows');
select is(pg_temp.step('W-1001', 'start', 'technician'), 'started on_site', 'he is on site');
select is(pg_temp.step('W-1001', 'complete', 'technician', 'valve replaced', 'The valve is new.'), 'done done', 'and completes');
select is((select result from case_card where number = 'C-1001'), 'The valve is new.', 'the reply to the customer is the result of the case');
select is((select state || ' ' || party || ' ' || phone || ' ' || place from visit_card where "case" = 'C-1001'),
          'open Wang Xiaoming 138 0013 8000 3-1-1202 kitchen', 'a return visit is due');
select is((select v.id from visit_list(pg_temp.here(), null, null, null, null, null) v), (select id from visit_card where "case" = 'C-1001'), 'and on the agenda');
select is(pg_temp.visit('C-1001', 'no_answer', null), 'open done', 'nobody answers');
select is(pg_temp.visit('C-1001', 'call_later', null, 'quality', null, to_char(now() + interval '5 days', 'YYYY-MM-DD')), 'open done', 'asked to call later');
select is((select due_by >= due_from and due_from::date = (now() + interval '5 days')::date from visit_card where "case" = 'C-1001'), true, 'the visit moves');
select is(pg_temp.visit('C-1001', 'reached', 5, 'quality', 'very quick'), 'kept followed_up', 'the customer is satisfied');
select is((select attempts || ' ' || score || ' ' || remark || ' ' || visited_by from visit_card where "case" = 'C-1001'), '3 5 very quick t-quality', 'the visit tells how it went');
select is((select score from case_card where number = 'C-1001'), 5, 'the case keeps the score');
select is(pg_temp.close('C-1001', 'clerk'), 'closed', 'the clerk closes it');
select isnt((select closed_at from case_card where number = 'C-1001'), null, 'with the time');
select is((select string_agg(verb || ':' || to_state, ' ' order by seq) from case_event e join opened o on e.case_id = o.id),
          'open:new note:new dispatch:dispatched accept:accepted start:on_site complete:done visit:done visit:done follow_up:followed_up close:closed',
          'the timeline tells it all');
select is((select count(*)::int = max(seq) and max(seq) = max(c.version) from case_event e join desk_case c on c.property_id = e.property_id and c.id = e.case_id
            where c.number = 'C-1001'), true, 'one event for every version');
select is(pg_temp.move('C-1001', 'reopen', 'supervisor', 'drips again'), 'reopened', 'a supervisor reopens it');
select is((select closed_at from case_card where number = 'C-1001'), null, 'then it is not closed any more');
select is(pg_temp.send('C-1001', 't-zhao'), 'W-1002', 'work can be given to a person');
select is((select person from order_card where number = 'W-1002'), 't-zhao', 'by login name');

-- What the state forbids -------------------------------------------------------------------------------------------

select throws_ok($$ select pg_temp.close('C-1001', 'manager', 'x') $$, 'STPRE',
                 'C-1001 is dispatched; it cannot be closed now, only: case dispatch, order accept, order start, order complete, order return, case cancel',
                 'a refusal names the state and what is possible');
select is(pg_temp.open('inquiry', 'opening hours'), 'C-1002', 'an inquiry');
select throws_ok($$ select pg_temp.close('C-1002', 'clerk') $$, 'STINV', 'say what was done about C-1002, as the customer was told', 'closing needs a result');
select is(pg_temp.close('C-1002', 'clerk', 'told him'), 'closed', 'an inquiry is closed at the desk');
select is((select count(*)::int from visit_card where "case" = 'C-1002'), 0, 'and owes no visit');
select throws_ok($$ select pg_temp.send('C-1002', 'TENG') $$, 'STPRE', 'C-1002 is closed; reopen it first', 'a closed case says: reopen it first');
select throws_ok($$ select pg_temp.visit('C-1002', 'reached', 5) $$, 'STPRE', 'C-1002 is closed; no return visit is due', 'no visit that is not due');
select is(pg_temp.move('C-1002', 'note', 'clerk', 'called again'), 'closed', 'a note is always possible');
select isnt((select closed_at from case_card where number = 'C-1002'), null, 'and does not open the case');
select throws_ok($$ select pg_temp.move('C-9999', 'note', 'clerk', 'x') $$, 'STNOF', 'there is no case C-9999 at TSUN', 'an unknown case');
select throws_ok($$ select pg_temp.move('TLAK/C-1001', 'note', 'clerk', 'x') $$, 'STNOF', null, 'a case of another property is out of reach');
select is(pg_temp.move('1002', 'note', 'clerk', 'x'), 'closed', 'digits are enough');
select is(pg_temp.move('tsun/c-1002', 'note', 'clerk', 'x'), 'closed', 'so is small print with the property');

select is_empty('select * from pg_temp.pairs()', 'every state refuses what it does not allow, and whom it does not allow');
select is((select count(*)::int from case_transition where verb = 'close' and from_state in ('dispatched', 'accepted', 'on_site', 'closed', 'cancelled')), 0, 'work that runs is not closed over');
select is((select string_agg(distinct from_state, ',' order by from_state) from case_transition where verb = 'dispatch'), 'accepted,dispatched,done,new,on_site,reopened', 'where work can be given');

-- Rights ---------------------------------------------------------------------------------------------------------------

select is(pg_temp.open('complaint', 'rude guard'), 'C-1004', 'a complaint');
select throws_ok($$ select pg_temp.send('C-1004', 'TENG', 'clerk') $$, 'STDEN', 'a case that is new can be dispatched by dispatcher, supervisor, manager only', 'a clerk does not dispatch');
select throws_ok($$ select pg_temp.close('C-1004', 'clerk', 'told him') $$, 'STDEN', null, 'a clerk does not close a complaint without a visit');
select throws_ok($$ select pg_temp.move('C-1004', 'note', 'lone', 'x') $$, 'STDEN', null, 'who holds no role does nothing');
select is(pg_temp.close('C-1004', 'supervisor', 'apologised'), 'closed', 'a supervisor closes it');
select is((select state from visit_card where "case" = 'C-1004'), 'open', 'and the return visit is owed all the same');
select throws_ok($$ select pg_temp.visit('C-1004', 'reached', 5, 'supervisor') $$, 'STDEN', 'the work on C-1004 was your own; somebody else must ask the customer', 'who answered a complaint does not score it');
select is(pg_temp.visit('C-1004', 'reached', 4), 'kept closed', 'a visit after closing keeps it closed');
select throws_ok($$ select pg_temp.move('C-1004', 'reopen', 'clerk', 'x') $$, 'STDEN', null, 'a clerk does not reopen what is closed');

-- Work orders -----------------------------------------------------------------------------------------------------------

select throws_ok($$ select pg_temp.step('W-1002', 'accept', 'technician') $$, 'STDEN',
                 'W-1002 is with t-zhao; it can be accepted by them, or for them by clerk, operator, dispatcher, supervisor, manager', 'an order of somebody else');
select throws_ok($$ select pg_temp.step('W-1002', 'start', 'zhao') $$, 'STPRE', 'W-1002 is issued; it cannot be started on now, only: order accept, order return, order hand-on', 'first accept, then start');
select throws_ok($$ select pg_temp.step('W-1002', 'complete', 'zhao', 'x') $$, 'STPRE', null, 'first accept, then complete');
select is(pg_temp.step('W-1002', 'accept', 'clerk'), 'accepted accepted', 'a clerk records it for him, by phone');
select is((select person from order_card where number = 'W-1002'), 't-zhao', 'it stays his');
select is(pg_temp.send('C-1001', 'TENG'), 'W-1003', 'a second order on the same case');
select is((select count(*)::int from case_card c, lateral (select from order_list(pg_temp.here(), null, null, true, null, null, 'C-1001', null, null)) o where c.number = 'C-1001'), 2, 'both are open');
select is(pg_temp.step('W-1002', 'complete', 'zhao', 'sealed'), 'done accepted', 'one of two is done: the case is not');
select is((select count(*)::int from visit_card where "case" = 'C-1001' and state = 'open'), 0, 'no visit yet');
select is(pg_temp.step('W-1003', 'accept', 'clerk', null, null, 't-technician'), 'accepted accepted', 'accepted for a person named');
select is((select person from order_card where number = 'W-1003'), 't-technician', 'who is known from then on');
select is(pg_temp.step('W-1003', 'complete', 'clerk', 'checked'), 'done done', 'the last one makes the case done');
select is((select count(*)::int from visit_card where "case" = 'C-1001' and state = 'open'), 1, 'now a visit is due');
select throws_ok($$ select pg_temp.step('W-1003', 'complete', 'clerk', 'x') $$, 'STPRE', 'W-1003 is done; it cannot be completed any more', 'done is done');
select throws_ok($$ select pg_temp.visit('C-1001', 'no_answer', null, 'technician') $$, 'STDEN', null, 'the technician does not ask about his own work');
select is((select pg_temp.move('C-1001', 'reopen', 'clerk', 'still wet')), 'reopened', 'a clerk reopens what is done');
select is(pg_temp.send('C-1001', 'TENG'), 'W-1004', 'a third order');
select is(pg_temp.step('W-1004', 'return', 'technician', null, null, null, 'not ours'), 'returned new', 'returned: the case is back at the desk');
select is((select reason from order_card where number = 'W-1004'), 'not ours', 'with the reason');
select throws_ok($$ select pg_temp.send('C-1001', 'nobody-here') $$, 'STNOF', 'neither a department nor a person at TSUN is called ''nobody-here''; for a firm say --contractor', 'work for nobody');
select throws_ok($$ select pg_temp.send('C-1001', 't-lone') $$, 'STNOF', null, 'nor for somebody without a role here');
select throws_ok($$ select case_dispatch(pg_temp.here(), 'C-1001', pg_temp.who('dispatcher'), gen_random_uuid(), null, null, null, null) $$, 'STINV', null, 'work for no one at all');
select lives_ok($$ select case_dispatch(pg_temp.here(), 'C-1001', pg_temp.who('dispatcher'), gen_random_uuid(), null, null, 'Lift Makers Ltd', 'repair') $$, 'work for a firm');
select is((select assignee from case_card where number = 'C-1001'), 'Lift Makers Ltd', 'the case is with the firm');
select is((select state from case_cancel(pg_temp.here(), 'C-1001', pg_temp.who('manager'), gen_random_uuid(), null, 'moved out')), 'cancelled', 'a case can be cancelled');
select is((select state from order_card where number = 'W-1005'), 'cancelled', 'its open orders go with it');
update department set state = 'closed' where code = 'TENG';
select is(pg_temp.open('repair', 'lamp'), 'C-1005', 'a lamp');
select throws_ok($$ select pg_temp.send('C-1005', 'TENG') $$, 'STPRE', 'the department TENG is closed', 'a closed department gets no work');
update department set state = 'active' where code = 'TENG';
insert into user_department (property_id, id, department_id, user_id) select property_id, gen_random_uuid(), id, pg_temp.who('zhao') from department where code = 'TENG';
select is(pg_temp.send('C-1005', 'TENG'), 'W-1006', 'an order of a department with people');
select throws_ok($$ select pg_temp.step('W-1006', 'accept', 'technician') $$, 'STDEN', null, 'a technician of another department does not take it');
select is(pg_temp.step('W-1006', 'accept', 'zhao'), 'accepted accepted', 'one of its own does');
select is(pg_temp.step('W-1006', 'complete', 'zhao', 'new bulb'), 'done done', 'and completes it');

-- Return visits ---------------------------------------------------------------------------------------------------------

select throws_ok($$ select pg_temp.visit('C-1005', 'reached', 5, 'zhao') $$, 'STDEN', 'the work on C-1005 was your own; somebody else must ask the customer', 'nobody scores his own work');
select throws_ok($$ select pg_temp.visit('C-1005', 'reached', null) $$, 'STINV', 'say how satisfied the customer is, from 1 to 5', 'reached needs a score');
select throws_ok($$ select pg_temp.visit('C-1005', 'no_answer', 3) $$, 'STINV', 'only a customer who was reached gives a score', 'no score without a customer');
select throws_ok($$ select pg_temp.visit('C-1005', 'reached', 9) $$, '23514', null, 'a score is from 1 to 5');
select is(pg_temp.visit('C-1005', 'reached', 2), 'kept reopened', 'a bad score reopens the case');
select is(pg_temp.send('C-1005', 't-zhao'), 'W-1007', 'again');
select is(pg_temp.step('W-1007', 'accept', 'zhao') || pg_temp.step('W-1007', 'complete', 'zhao', 'another bulb'), 'accepted accepteddone done', 'done again');
select is(pg_temp.visit('C-1005', 'not_solved', null), 'kept reopened', 'so does "not solved"');
select is(pg_temp.send('C-1005', 't-zhao'), 'W-1008', 'a third time');
select is(pg_temp.step('W-1008', 'accept', 'zhao') || pg_temp.step('W-1008', 'complete', 'zhao', 'new lamp'), 'accepted accepteddone done', 'done');
select is(pg_temp.visit('C-1005', 'no_answer', null), 'open done', 'no answer');
select is(pg_temp.visit('C-1005', 'no_answer', null), 'open done', 'no answer');
select is(pg_temp.visit('C-1005', 'no_answer', null), 'missed followed_up', 'the third time it is given up as not reached');
select is((select string_agg(text, '; ' order by seq) from case_event e join desk_case c on c.id = e.case_id where c.number = 'C-1005' and e.verb in ('visit', 'not_reached')),
          'no answer (1 of 3); no answer (2 of 3); no answer (3 of 3)', 'the timeline counts');
select is(pg_temp.close('C-1005', 'clerk'), 'closed', 'and the clerk may close');

-- Edits --------------------------------------------------------------------------------------------------------------------

select is(pg_temp.open('repair', 'Dor broken'), 'C-1006', 'a typing mistake');
select is((select version from case_edit(pg_temp.here(), 'C-1006', pg_temp.who('clerk'), gen_random_uuid(), null, 1, null, 'urgent', null, 'Door broken', null, '3-1-1202', null, null, null, '12345', '{}')), 2, 'is edited');
select is((select summary || ' ' || priority || ' ' || place || ' ' || kind from case_card where number = 'C-1006'), 'Door broken urgent 3-1-1202 repair', 'what is given changes, the rest stays');
select is((select text from case_event e join desk_case c on c.id = e.case_id and c.number = 'C-1006' where e.verb = 'edit'),
          'priority: normal -> urgent; summary: Dor broken -> Door broken; place: - -> 3-1-1202; phone: - -> 12345', 'the timeline tells what changed');
select throws_ok($$ select case_edit(pg_temp.here(), 'C-1006', pg_temp.who('clerk'), gen_random_uuid(), null, 1, null, 'low', null, null, null, null, null, null, null, null, '{}') $$,
                 'STVER', 'C-1006 was changed meanwhile (edit by t-clerk): look at it again', 'a stale edit is refused');
select is((select version from case_edit(pg_temp.here(), 'C-1006', pg_temp.who('clerk'), gen_random_uuid(), null, null, null, null, null, null, null, null, null, null, null, null, '{phone}')), 3, 'a field can be emptied');
select is((select version from case_edit(pg_temp.here(), 'C-1006', pg_temp.who('clerk'), gen_random_uuid(), null, 3, null, 'urgent', null, null, null, null, null, null, null, null, '{}')), 3, 'an edit that changes nothing leaves no trace');
select throws_ok($$ select case_edit(pg_temp.here(), 'C-1006', pg_temp.who('clerk'), gen_random_uuid(), null, null, null, null, 'no / such', null, null, null, null, null, null, null, '{}') $$,
                 'STNOF', null, 'an unknown category is refused');

-- Lists ---------------------------------------------------------------------------------------------------------------------

select is(pg_temp.numbers('door brok', null, null, 5), 'C-1006', 'a list by words, the last cut off');
select is(pg_temp.open('repair', '厨房水管漏水'), 'C-1007', 'a summary in Chinese');
select is(pg_temp.numbers('水管', null, null, 5), 'C-1007', 'is found by a word in it');
select is(pg_temp.numbers('管', null, null, 5), 'C-1007', 'or by one sign');
select is(pg_temp.numbers('下水', null, null, 5), null, 'but not by what it does not say');
select is((select array_agg(number order by opened_at desc, id desc) from desk_case where property_id = pg_temp.at('TSUN')),
          (with recursive page as (
             select 1 as n, c.number, c.cursor from case_list(pg_temp.here(), null, null, null, null, null, null, null, null, null, null, null, 1) k join case_card c on c.id = k.id
             union all
             select p.n + 1, c.number, c.cursor from page p, lateral case_list(pg_temp.here(), null, null, null, null, null, null, null, null, null, null, p.cursor, 1) k join case_card c on c.id = k.id
           ) select array_agg(number order by n) from page), 'pages of one row add up to the whole list');

select is((select count(*)::int from case_list(pg_temp.here(), pg_temp.who('zhao'), null, null, null, null, true, null, null, null, null, null, null)), 1, 'cases with me');
select is((select string_agg(c.number, ' ') from case_list(pg_temp.here(), null, null, null, null, null, null, null, '3-1-1202', 'P-9001', null, null, null) k join case_card c on c.id = k.id), 'C-1001', 'cases of a place and a customer');
select is((select string_agg(c.number, ' ') from case_list(pg_temp.here(), null, 'closed', 'complaint', null, null, null, null, null, null, null, null, null) k join case_card c on c.id = k.id), 'C-1004', 'cases of a state and a kind');
select throws_ok($$ select case_list(pg_temp.here(), null, 'shut', null, null, null, null, null, null, null, null, null, null) $$, 'STINV', null, 'an unknown state is refused, not an empty list');
select throws_ok($$ select case_list(pg_temp.here(), null, null, null, null, null, null, null, null, null, null, 'x', null) $$, 'STINV', 'not a cursor: give the one of the last row seen', 'so is a broken cursor');
select is((select count(*)::int from case_list(pg_temp.here(), null, null, null, null, null, null, null, null, null, to_char(now() + interval '2 days', 'YYYY-MM-DD'), null, null)), 0, 'nothing since a later day');
update desk_case set due_at = opened_at - interval '1 minute' where number = 'C-1006';
select is((select string_agg(c.number || c.late, ' ') from case_list(pg_temp.here(), null, null, null, null, true, null, null, null, null, null, null, null) k join case_card c on c.id = k.id), 'C-1006true', 'cases that are late');
select is((select string_agg(o.number, ' ' order by o.number) from order_list(pg_temp.here(), pg_temp.who('zhao'), null, null, true, null, null, null, null) k join order_card o on o.id = k.id), 'W-1002 W-1006 W-1007 W-1008', 'my work orders');
select is((select string_agg(o.number, ' ' order by o.number) from order_list(pg_temp.here(), null, 'returned', null, null, 'teng', null, null, null) k join order_card o on o.id = k.id), 'W-1004', 'returned orders of a department');
select throws_ok($$ select order_list(pg_temp.here(), null, null, null, null, 'nobody', null, null, null) $$, 'STNOF', null, 'orders of nobody');
select is((select count(*)::int from visit_list(pg_temp.here(), 'missed', null, null, null, null)), 1, 'visits given up');
select is((select count(*)::int from visit_list(pg_temp.here(), 'open', null, true, null, null)), 0, 'none is late');

-- Import --------------------------------------------------------------------------------------------------------------------

prepare take as
select line, outcome, ref, number, blame, reason from case_import($1, pg_temp.who('manager'), 'old', 'help', null,
  array[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  array['TSUN', 'tsun', 'TSUN', 'TSUN', 'TSUN', 'NOWHERE', 'TSUN', 'TSUN', 'TSUN', 'TSUN', 'TSUN'],
  array['K1', 'K2', 'K3', 'K4', '', 'K6', 'K1', 'K1', 'K8', 'K9', 'K3'],
  array['2015-02-27', '2016-07-14 09:30', '2016-02-30', '2017-01-02', '2017-01-02', '2017-01-02', '2015-02-27', '2015-02-28', '2017-01-02', '2131-01-01', '2016-02-29'],
  array['2015-03-01', null, null, '2017-01-01', null, null, '2015-03-01', null, null, null, null],
  array[null, 'repair', null, null, null, null, null, null, 'wish', null, null]::text[],
  array[null, 'letter', null, null, null, null, null, null, null, null, null]::text[],
  array['Parks', 'Select One', '', '', '', '', 'Parks', 'Parks', '', '', 'Economy/Jobs'],
  array['Tree Planting', '', '', '', '', '', 'Tree Planting', 'Tree Planting', '', '', null],
  array[null, E'old  leak\nof the valve', null, null, null, null, null, null, null, null, null]::text[],
  array[null, 'details', null, null, null, null, null, null, null, null, null]::text[],
  array['Brooklyn', '3-1-1202', null, null, null, null, 'Brooklyn', 'Brooklyn', null, null, null]::text[],
  array[null, 'Mr Li', null, null, null, null, null, null, null, null, null]::text[],
  array[null, '13800138001', null, null, null, null, null, null, null, null, null]::text[],
  array[null, 'low', null, null, null, null, null, null, null, null, null]::text[]);
select results_eq(format('execute take (%L)', pg_temp.here()), $$ values
  (2, 'taken', 'K1', 'C-1008', null, null), (3, 'taken', 'K2', 'C-1009', null, null),
  (4, 'rejected', 'K3', null, 'opened', '''2016-02-30'' is not a date'),
  (5, 'rejected', 'K4', null, 'closed', 'on 2017-01-01, before it was opened on 2017-01-02'),
  (6, 'rejected', null, null, 'ref', 'the key is missing'),
  (7, 'rejected', 'K6', null, 'property', 'no property NOWHERE is in reach'),
  (8, 'unchanged', 'K1', 'C-1008', null, null),
  (9, 'rejected', 'K1', null, 'ref', 'line 2 has the same key, with other content'),
  (10, 'rejected', 'K8', null, 'kind', 'there is no kind of case called ''wish'''),
  (11, 'rejected', 'K9', null, 'opened', '2131-01-01 lies in the future'),
  (12, 'taken', 'K3', 'C-1010', null, null) $$, 'every row is taken, or listed with its line and reason');
select is(cardinality(import_touched()), 3, 'the change feed learns of what was taken');
select is((select concat_ws(' ', kind, channel, state, category, summary, spot, opened_at, closed_at) from case_card where number = 'C-1008'),
          'help import closed Parks / Tree Planting Parks / Tree Planting Brooklyn 2015-02-27T00:00:00+08:00 2015-03-01T00:00:00+08:00', 'a closed case as the file tells it');
select is((select concat_ws(' ', kind, channel, state, category, summary, place, priority, caller, opened_at) from case_card where number = 'C-1009'),
          'repair letter new unsorted old leak of the valve 3-1-1202 low Mr Li 2016-07-14T09:30:00+08:00', 'an open case whose place is known');
select is((select category from case_card where number = 'C-1010'), 'Economy/Jobs', 'a slash without blanks is no level');
select is((select string_agg(e.verb || ' ' || e.to_state || ' ' || e.seq, ', ' order by e.seq) from case_event e join desk_case c on c.id = e.case_id and c.number = 'C-1008'), 'open new 1, close closed 2', 'with its events');
select is((select string_agg(h.token, ',') from find_hits(pg_temp.here(), 'C-1009', null, 10) h), 'c-1009', 'the search box knows it');
select is(pg_temp.move('C-1009', 'note', 'clerk', 'seen'), 'new', 'work goes on with it');
select is(pg_temp.head(), 1010::bigint, 'three numbers were given');
select results_eq(format('execute take (%L)', pg_temp.here()), $$ values
  (2, 'unchanged', 'K1', 'C-1008', null, null), (3, 'unchanged', 'K2', 'C-1009', null, null),
  (4, 'rejected', 'K3', null, 'opened', '''2016-02-30'' is not a date'),
  (5, 'rejected', 'K4', null, 'closed', 'on 2017-01-01, before it was opened on 2017-01-02'),
  (6, 'rejected', null, null, 'ref', 'the key is missing'),
  (7, 'rejected', 'K6', null, 'property', 'no property NOWHERE is in reach'),
  (8, 'unchanged', 'K1', 'C-1008', null, null),
  (9, 'rejected', 'K1', null, 'ref', 'C-1008 was taken over under this key, with other content'),
  (10, 'rejected', 'K8', null, 'kind', 'there is no kind of case called ''wish'''),
  (11, 'rejected', 'K9', null, 'opened', '2131-01-01 lies in the future'),
  (12, 'unchanged', 'K3', 'C-1010', null, null) $$, 'a second run takes nothing');
select is(pg_temp.head(), 1010::bigint, 'and gives no numbers');
select is(cardinality(import_touched()), 0, 'nor tells the change feed anything');

-- The wall --------------------------------------------------------------------------------------------------------------------

select set_config('steward.scope', pg_temp.at('TLAK')::text, true) \g /dev/null
select is((select count(*)::int from desk_case) + (select count(*)::int from case_event) + (select count(*)::int from work_order)
          + (select count(*)::int from obligation) + (select count(*)::int from obligation_attempt), 0, 'another property sees nothing of it');
select is((select count(*)::int from case_with_words(pg_temp.here(), 'door')), 0, 'nor does the search by words');
select throws_ok($$ insert into case_event (property_id, case_id, seq, id, at, verb, to_state) values (pg_temp.at('TSUN'), gen_random_uuid(), 1, gen_random_uuid(), now(), 'note', 'new') $$, '42501', null, 'nor does it write there');
select set_config('steward.scope', '', true) \g /dev/null
select is((select count(*)::int from desk_case), 0, 'without a scope there is nothing');
select set_config('steward.scope', array_to_string(pg_temp.here(), ','), true) \g /dev/null
select throws_ok($$ update case_event set text = 'x' $$, '42501', null, 'events cannot be changed');
select throws_ok($$ delete from desk_case $$, '42501', null, 'cases cannot be deleted');
select is((select count(*)::int from pg_trigger where tgrelid in ('case_event'::regclass, 'obligation_attempt'::regclass) and tgname ~ '^append_only' and tgenabled = 'A'),
          4, 'not by anybody else either, whatever the replication role');

-- Two properties in reach ------------------------------------------------------------------------------------------------------

select set_config('steward.scope', pg_temp.at('TSUN') || ',' || pg_temp.at('TLAK'), true) \g /dev/null
select is((select number from case_open(pg_temp.at('TLAK'), gen_random_uuid(), pg_temp.who('clerk'), null, 'repair', null, 'the first one there', null, null, null, null, null, null, null, 'lobby')),
          'C-1001', 'each property counts for itself');
select throws_ok($$ select case_key(array[pg_temp.at('TSUN'), pg_temp.at('TLAK')], 'C-1001') $$, 'STINV',
                 'C-1001 is at TLAK, TSUN: say which, as in TSUN/C-1001', 'a number that two properties have');
select is((select c.summary from case_key(array[pg_temp.at('TSUN'), pg_temp.at('TLAK')], 'tlak/c-1001') k join desk_case c on c.property_id = k.property_id and c.id = k.id),
          'the first one there', 'is told apart by the code in front');
select is((select count(*)::int from case_list(array[pg_temp.at('TSUN'), pg_temp.at('TLAK')], null, null, null, null, null, null, 'first there', null, null, null, null, null)), 1, 'a search looks at all of them');
select set_config('steward.scope', array_to_string(pg_temp.here(), ','), true) \g /dev/null

-- Size -----------------------------------------------------------------------------------------------------------------------

-- Ten thousand cases with their orders and visits: no list and no step reads more than it shows or must look through.
\o /dev/null
select set_config('steward.scope', array_to_string(pg_temp.here(), ','), true);
insert into desk_case (property_id, id, number, kind, channel, state, priority, summary, place_id, party_id, user_id, opened_at, due_at, closed_at)
select pg_temp.at('TSUN'), uuid7(), 'C-' || (50000 + g), 'repair', 'phone', (array['new', 'dispatched', 'done', 'closed'])[least(1 + g % 40, 4)],
       'normal', (array['lamp', 'door', 'pipe', 'lift'])[1 + g % 4] || ' broken in flat ' || g, '0193b3a2-0000-7000-8000-00000000aa01'::uuid,
       '0193b3a2-0000-7000-8000-00000000bb01'::uuid, pg_temp.who('zhao'), now() - g * interval '1 minute', now() - g * interval '1 minute',
       case when g % 40 > 2 then now() end
  from generate_series(1, 10000) g;
insert into work_order (property_id, id, number, case_id, state, user_id, task, issued_at, done_at, result)
select c.property_id, uuid7(), 'W-' || substr(c.number, 3), c.id, case c.state when 'dispatched' then 'issued' else 'done' end, c.user_id, 'x',
       c.opened_at, case when c.state <> 'dispatched' then now() end, 'x'
  from desk_case c where c.state <> 'new' and c.number > 'C-5';
insert into obligation (property_id, id, number, kind, entity, entity_id, due_from, due_by, state, settled_at)
select c.property_id, uuid7(), 'O-' || substr(c.number, 3), 'return_visit', 'case', c.id, c.opened_at, c.opened_at, case c.state when 'done' then 'open' else 'kept' end,
       case when c.state <> 'done' then now() end
  from desk_case c where c.state in ('done', 'closed') and c.number > 'C-5' and c.origin is null;
select analyze_young(t) from unnest('{desk_case,work_order,obligation,case_event}'::regclass[]) t;
select pg_stat_clear_snapshot();
select pg_stat_get_analyze_count('desk_case'::regclass) as analyses \gset
select analyze_young('desk_case'), pg_stat_clear_snapshot();
\o
select is(pg_stat_get_analyze_count('desk_case'::regclass), :analyses::bigint, 'a table that has its statistics is not analysed at every import');
select cmp_ok(pg_temp.reads($$ desk_case where lower(summary) = 'x' $$), '>=', 10000, 'reading a whole table is noticed');
select cmp_ok(pg_temp.reads(q), '<', 2000, q) from unnest(array[
  $$ case_list(pg_temp.here(), null, null, null, null, null, null, null, null, null, null, null, null) $$,
  $$ case_list(pg_temp.here(), null, null, null, true, null, null, null, null, null, null, null, null) $$,
  $$ case_list(pg_temp.here(), null, 'closed', 'repair', null, null, null, null, null, null, null, null, null) $$,
  $$ case_list(pg_temp.here(), null, null, null, null, true, null, null, null, null, null, null, null) $$,
  $$ case_list(pg_temp.here(), pg_temp.who('zhao'), null, null, null, null, true, null, null, null, null, null, null) $$,
  $$ case_list(pg_temp.here(), null, null, null, null, null, null, 'pipe 12', null, null, null, null, null) $$,
  $$ case_list(pg_temp.here(), null, null, null, null, null, null, null, '3-1-1202', null, null, null, null) $$,
  $$ case_list(pg_temp.here(), null, null, null, null, null, null, null, null, 'P-9001', null, null, null) $$,
  $$ order_list(pg_temp.here(), null, null, null, null, null, null, null, null) $$,
  $$ order_list(pg_temp.here(), null, null, true, null, null, null, null, null) $$,
  $$ order_list(pg_temp.here(), pg_temp.who('zhao'), null, true, true, null, null, null, null) $$,
  $$ order_list(pg_temp.here(), null, null, null, null, 't-zhao', null, null, null) $$,
  $$ order_list(pg_temp.here(), null, null, null, null, null, 'C-50041', null, null) $$,
  $$ visit_list(pg_temp.here(), null, null, null, null, null) $$,
  $$ visit_list(pg_temp.here(), 'kept', null, true, null, 500) $$,
  $$ case_key(pg_temp.here(), 'C-50041') k join case_card c on c.property_id = k.property_id and c.id = k.id $$,
  $$ order_key(pg_temp.here(), 'W-50041') k join order_card c on c.property_id = k.property_id and c.id = k.id $$,
  $$ case_move(pg_temp.here(), 'C-50041', 'note', pg_temp.who('clerk'), 'x', gen_random_uuid()) $$,
  $$ pg_temp.step('W-50041', 'accept', 'zhao') $$,
  $$ pg_temp.visit('C-50042', 'no_answer', null) $$]) q;

select * from finish();
rollback;
