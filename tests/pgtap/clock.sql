-- The clocks of a case: the truth table of clock, state and hold, each combination; and how events add up. Leaves nothing
-- behind.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;

insert into property (code, name, zone) values ('TSUN', 'Sunshine', 'Asia/Shanghai');
create function pg_temp.at() returns int language sql stable as $$ select id from steward_code.property_all() where code = 'TSUN' $$;
select set_config('steward.scope', pg_temp.at()::text, true);
-- Every clock may run for 10 hours, all hours counting; a second priority has none.
insert into service_level (property_id, clock, priority, seconds)
select pg_temp.at(), c.clock, 'normal', 36000 from case_clock c
union all select pg_temp.at(), c.clock, 'low', null from case_clock c;

-- A case with these events, "verb/state/hours after its opening", opened on 2026-09-01 at midnight UTC.
create function pg_temp.faces(p_clock text, p_events text[], p_channel text default 'email', p_priority text default 'normal')
returns clock_face language plpgsql volatile as $$
declare
  c desk_case;
  e text;
  n int := 0;
  now_at timestamptz := '2026-09-01 00:00+00';
begin
  insert into desk_case (property_id, id, number, kind, channel, state, priority, summary, opened_at)
  values (pg_temp.at(), uuid7(), 'C-' || nextval('pg_temp.n'), 'repair', p_channel, 'new', p_priority, 'x', now_at) returning * into c;
  foreach e in array p_events loop
    n := n + 1;
    insert into case_event (property_id, case_id, seq, id, at, verb, from_state, to_state)
    values (c.property_id, c.id, n, uuid7(), now_at + split_part(e, '/', 3)::numeric * interval '1 hour', split_part(e, '/', 1), null, split_part(e, '/', 2));
  end loop;
  return clock_face(c, p_clock);
end $$;
create temp sequence n start 900001;
-- "runs", "stands", "met" with the hours used and the hour it is due.
create function pg_temp.told(f clock_face) returns text language sql immutable as $$
  select concat_ws(' ', case when f.running_since is not null then 'runs' when f.met_at is not null then 'met' else 'stands' end,
                   'used ' || round(f.used_s / 3600.0, 1) || 'h',
                   'due ' || round(extract(epoch from f.due_at - '2026-09-01 00:00+00') / 3600, 1) || 'h')
$$;

select no_plan();

-- Written out by hand: r response, u update, s resolution; a small letter runs without hold only, a capital one also on hold.
create temp table wanted (state text, free text, held text);
insert into wanted values
  ('new', 'rus', 'r'), ('dispatched', 'rus', 'r'), ('accepted', 'rus', 'r'), ('on_site', 'rus', 'r'), ('reopened', 'rus', 'r'),
  ('done', 'r', 'r'), ('followed_up', 'r', 'r'), ('closed', '', ''), ('cancelled', '', ''), ('merged', '', '');
select is((select count(*) from wanted w join case_state s on s.state = w.state), (select count(*) from case_state), 'the table has every state');
select is((pg_temp.faces(c.clock, array['open/new/0'] || case when h.held then '{hold/new/1}'::text[] else '{}' end
                                  || case when w.state = 'new' then '{}'::text[] else array['edit/' || w.state || '/2'] end)).running_since is not null,
          strpos(case when h.held then w.held else w.free end, c.letter) > 0,
          format('%s in %s%s', c.clock, w.state, case when h.held then ' on hold' else '' end))
  from wanted w, (values (false), (true)) h (held), (values ('response', 'r'), ('update', 'u'), ('resolution', 's')) c (clock, letter)
 order by w.state, c.clock, h.held;
-- What is met does not run, in no state.
select is((pg_temp.faces('response', array['open/new/0', 'reply/new/1', 'edit/' || w.state || '/2'])).running_since, null, 'an answered case has no response clock in ' || w.state)
  from wanted w order by w.state;

select is(pg_temp.told(pg_temp.faces('response', '{open/new/0}')), 'runs used 0.0h due 10.0h', 'the first clock runs from the opening');
select is(pg_temp.told(pg_temp.faces('response', '{open/new/0,reply/new/3}')), 'met used 3.0h due 10.0h', 'until the first answer');
select is(pg_temp.told(pg_temp.faces('response', '{open/new/0,reply/new/12}')), 'met used 12.0h due 10.0h', 'also a late one, and says when it was due');
select is(pg_temp.told(pg_temp.faces('response', '{open/new/0,reply/new/3,reopen/reopened/20}')), 'met used 3.0h due 10.0h', 'once and for all');
select is(pg_temp.told(pg_temp.faces('response', '{open/new/0}', 'phone')), 'met used 0.0h', 'who rings has been answered');
select is(pg_temp.told(pg_temp.faces('response', '{open/new/0,hold/new/1,release/new/5}')), 'runs used 5.0h due 10.0h', 'a hold does not stop the first answer');
select is(pg_temp.told(pg_temp.faces('update', '{open/new/0,reply/new/4}')), 'runs used 0.0h due 14.0h', 'each answer begins the second clock anew');
select is(pg_temp.told(pg_temp.faces('update', '{open/new/0,reply/new/4,note/new/6}')), 'runs used 2.0h due 14.0h', 'a note tells the customer nothing');
select is(pg_temp.told(pg_temp.faces('update', '{open/new/0,hold/new/4,release/new/24}')), 'runs used 4.0h due 30.0h', 'a hold stops it');
select is(pg_temp.told(pg_temp.faces('update', '{open/new/0,complete/done/4}')), 'stands used 4.0h', 'and so does the end of the work');
select is(pg_temp.told(pg_temp.faces('resolution', '{open/new/0,dispatch/dispatched/1,accept/accepted/2,complete/done/6}')), 'met used 6.0h due 10.0h', 'the third ends with the work');
select is(pg_temp.told(pg_temp.faces('resolution', '{open/new/0,complete/done/6,follow_up/followed_up/9,close/closed/12}')), 'met used 6.0h due 10.0h', 'what comes after does not count');
select is(pg_temp.told(pg_temp.faces('resolution', '{open/new/0,complete/done/6,dissatisfied/reopened/30}')), 'runs used 6.0h due 34.0h', 'reopened, it goes on where it stood');
select is(pg_temp.told(pg_temp.faces('resolution', '{open/new/0,complete/done/6,dissatisfied/reopened/30,complete/done/32}')), 'met used 8.0h due 34.0h', 'and ends again');
select is(pg_temp.told(pg_temp.faces('resolution', '{open/new/0,hold/new/2,release/new/50,hold/new/53}')), 'stands used 5.0h', 'on hold it is due at no time');
select is(pg_temp.told(pg_temp.faces('resolution', '{open/new/0,hold/new/2,release/new/50,hold/new/53,release/new/60}')), 'runs used 5.0h due 65.0h', 'two holds');
select is(pg_temp.told(pg_temp.faces('resolution', '{open/new/0,note/new/12,hold/new/13}')), 'stands used 13.0h due 10.0h', 'what was overdue before a hold stays so');
select is(pg_temp.told(pg_temp.faces('resolution', '{open/new/0,accept/accepted/5,start/on_site/3}')), 'runs used 5.0h due 10.0h', 'what is reported late for an earlier time does not turn the clock back');
select is(pg_temp.told(pg_temp.faces('resolution', '{open/new/0,cancel/cancelled/2}')), 'met used 2.0h due 10.0h', 'a cancelled case has ended');
select is((pg_temp.faces('resolution', '{open/new/0}', 'email', 'low')).due_at, null, 'a clock that is not kept is never due');

-- Much that has come due at once.
insert into desk_case (property_id, id, number, kind, channel, state, priority, summary, opened_at, due_at)
select pg_temp.at(), uuid7(), 'C-' || (800000 + g), 'repair', 'email', 'new', 'low', 'x', now() - interval '2 days', now() - interval '1 day'
  from generate_series(1, 2000) g;
create temp table rounds as select * from clock_tick(pg_temp.at(), 2000);
select ok(more and done > 0, 'a round of the timer does some of it') from rounds;
select cmp_ok(done, '<', 2000, 'and ends soon, so that nobody waits for all of it') from rounds;

select * from finish();
rollback;
