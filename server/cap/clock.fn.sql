-- The three clocks of a case: reckoned from its events, never counted up. What stands in the case's own columns is what
-- came out last, so that lists and the daemon's timer need not reckon.

-- How long a clock may run, and on which calendar: the property's own word goes before everybody's, one about the kind
-- before one about every kind. p_at: as it held then.
create function clock_target(p_property int, p_clock text, p_kind text, p_priority text, p_at timestamptz default now(),
                             out seconds bigint, out calendar text)
language plpgsql stable as $$
begin
  select s.seconds, s.calendar into seconds, calendar from service_level s
   where s.property_id = p_property and s.clock = p_clock and s.priority = p_priority and s.kind in (p_kind, '*')
     and s.from_at <= p_at and coalesce(s.until_at > p_at, true)
   order by s.kind = '*' limit 1;
  if not found then
    select t.seconds, t.calendar into seconds, calendar from case_target t
     where t.clock = p_clock and t.priority = p_priority and t.kind in (p_kind, '*')
     order by t.kind = '*' limit 1;
  end if;
end $$;

-- When something is due that begins now; null where the clock is not kept.
create function clock_due(p_property int, p_clock text, p_kind text, p_priority text, p_from timestamptz) returns timestamptz
language plpgsql stable as $$
begin
  return (
    select calendar_add(p_property, t.calendar, p_from, t.seconds)
      from clock_target(p_property, p_clock, p_kind, p_priority) t where t.seconds is not null);
end $$;

-- A clock as it stands. 'used_s': seconds of its calendar that had run when it last began to run or stopped.
-- 'running_since': null while it stands still. 'due_at': when its time is or was over; null while it stands still before that.
create type clock_face as (
  clock text, target_s bigint, calendar text, started_at timestamptz, used_s bigint, running_since timestamptz,
  due_at timestamptz, met_at timestamptz, held boolean
);

-- One clock of a case, from its events; a closed one is judged by what held when it was closed. An event reported late for an earlier time counts from where its predecessor did.
create function clock_face(c desk_case, p_clock text) returns clock_face language plpgsql stable as $$
declare
  f clock_face;
  e record;
  runs boolean;
  live constant boolean := (select h.live from case_channel h where h.channel = c.channel);
  moment timestamptz := c.opened_at;
  ends timestamptz;
  used_before bigint := 0; -- when the latest stretch began
  began timestamptz;
begin
  f.clock := p_clock;
  f.started_at := c.opened_at;
  f.used_s := 0;
  f.held := false;
  select t.seconds, t.calendar into f.target_s, f.calendar from clock_target(c.property_id, p_clock, c.kind, c.priority, coalesce(c.closed_at, now())) t;
  for e in
    select v.at, v.verb, v.to_state, x.answers or (v.verb = 'open' and live) as answers,
           lead(v.at) over (order by v.seq) as until
      from case_event v join case_verb x on x.verb = v.verb
     where v.property_id = c.property_id and v.case_id = c.id order by v.seq
  loop
    moment := greatest(moment, e.at);
    ends := greatest(moment, e.until);
    f.held := case e.verb when 'hold' then true when 'release' then false else f.held end;
    if p_clock = 'response' and e.answers then
      f.met_at := coalesce(f.met_at, moment);
    elsif p_clock = 'update' and e.answers then
      f.started_at := moment;
      f.used_s := 0;
      f.due_at := null;
    elsif p_clock = 'resolution' then
      f.met_at := case when not (select r.runs from case_clock_rule r where r.clock = p_clock and r.state = e.to_state and not r.held)
                       then coalesce(f.met_at, moment) end;
    end if;
    runs := (select r.runs from case_clock_rule r where r.clock = p_clock and r.state = e.to_state and r.held = f.held)
            and not (p_clock = 'response' and f.met_at is not null);
    f.running_since := null;
    continue when not runs;
    began := moment;
    used_before := f.used_s;
    if e.until is null then
      f.running_since := moment;
    else
      f.used_s := f.used_s + calendar_seconds(c.property_id, f.calendar, moment, ends);
      if f.due_at is null and f.used_s > f.target_s then
        f.due_at := calendar_add(c.property_id, f.calendar, moment, f.target_s - used_before);
      end if;
    end if;
  end loop;
  -- Running, or met in time: when it will be, or would have been, over.
  if f.due_at is null and f.target_s is not null and began is not null
     and (f.running_since is not null or f.met_at is not null) then
    f.due_at := calendar_add(c.property_id, f.calendar, began, f.target_s - used_before);
  end if;
  return f;
end $$;

-- Writes what the clocks of a case (locked by the caller) stand at. A due time that has changed can be found overdue again.
create function clock_refresh(c desk_case) returns desk_case language plpgsql volatile as $$
declare
  response constant clock_face := clock_face(c, 'response');
  updates constant clock_face := clock_face(c, 'update');
  resolution constant clock_face := clock_face(c, 'resolution');
  word_due constant timestamptz := case when updates.running_since is not null then updates.due_at end;
  due constant timestamptz := case when resolution.running_since is not null or resolution.met_at is not null then resolution.due_at end;
begin
  update desk_case d
     set respond_due = response.due_at, responded_at = response.met_at, update_due = word_due, due_at = due,
         resolved_at = resolution.met_at, clocks_stale = false,
         late_response = d.late_response and d.respond_due is not distinct from response.due_at,
         late_update = d.late_update and d.update_due is not distinct from word_due,
         late_resolution = d.late_resolution and d.due_at is not distinct from due
   where d.property_id = c.property_id and d.id = c.id
  returning * into c;
  return c;
end $$;

-- The clocks of a case as people see them.
create function clock_shown(p_property int, p_case uuid)
returns table (clock text, target text, calendar text, started_at text, used text, due_at text, met_at text, state text)
language plpgsql stable rows 3 as $$
declare
  c desk_case;
  zone text;
  k record;
  f clock_face;
  used bigint;
begin
  select * into c from desk_case d where d.property_id = p_property and d.id = p_case;
  select y.zone into zone from property y where y.id = p_property;
  for k in select x.clock, x.label from case_clock x order by x.rank loop
    f := clock_face(c, k.clock);
    used := f.used_s + case when f.running_since is not null
                            then calendar_seconds(p_property, f.calendar, f.running_since, now()) else 0 end;
    clock := k.label;
    target := span_text(f.target_s);
    calendar := f.calendar;
    started_at := ts(f.started_at, zone);
    used := used;
    due_at := ts(f.due_at, zone);
    met_at := ts(f.met_at, zone);
    state := case when f.target_s is null then 'not kept'
                  when f.met_at is not null and f.met_at > f.due_at then 'late'
                  when f.met_at is not null then 'met'
                  when f.running_since is null then case when f.held then 'on hold' else 'stopped' end
                  when f.due_at < now() then 'overdue' else 'running' end;
    clock_shown.used := span_text(used);
    return next;
  end loop;
end $$;

-- A length of time in words of two parts at the most: "3 d 4 h", "25 min", "none".
create function span_text(p_seconds bigint) returns text language plpgsql immutable strict parallel safe as $$
begin
  return case when abs(p_seconds) >= 86400 then concat_ws(' ', p_seconds / 86400 || ' d', nullif(abs(p_seconds) % 86400 / 3600, 0) || ' h')
              when abs(p_seconds) >= 3600 then concat_ws(' ', p_seconds / 3600 || ' h', nullif(abs(p_seconds) % 3600 / 60, 0) || ' min')
              when abs(p_seconds) >= 60 then p_seconds / 60 || ' min'
              else p_seconds || ' s' end;
end $$;

-- What is pressing about a case, in words: "answer in 12 min", "2 h late", "on hold until 2026-12-01".
create function clock_words(c desk_case, p_zone text) returns text language plpgsql stable as $$
declare
  answer constant timestamptz := case when c.responded_at is null then c.respond_due end;
  solve constant timestamptz := case when c.resolved_at is null then c.due_at end;
  due constant timestamptz := least(answer, c.update_due, solve);
begin
  if c.closed_at is not null then
    return null;
  elsif c.held_until is not null then
    return 'on hold until ' || left(ts(c.held_until, p_zone), 10);
  elsif due is null then
    return null;
  end if;
  return case due when answer then 'answer' when c.update_due then 'update' else 'solve' end
         || case when due < now() then ' ' || span_text(extract(epoch from now() - due)::bigint) || ' late'
                 else ' in ' || span_text(extract(epoch from due - now())::bigint) end;
end $$;

-- Hold and its end ---------------------------------------------------------------------------------------------------

create function clock_hold(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_why text, p_until text)
returns desk_case language plpgsql volatile as $$
declare
  k record := case_key(p_scope, p_ref);
  c desk_case := case_lock(k.property_id, k.id);
  zone constant text := (select y.zone from property y where y.id = c.property_id);
  until constant timestamptz := local_time(p_until, zone, 'until');
begin
  if until <= now() then
    perform refuse('STINV', 'UNTIL_PAST', 'until', 'the hold would be over already: name a day to come');
  elsif until > now() + interval '1 year' then
    perform refuse('STINV', 'UNTIL_FAR', 'until', 'a hold lasts a year at the most');
  end if;
  c := case_apply(c, 'hold', p_user, format('until %s: %s', left(replace(ts(until, zone), 'T', ' '), 16), p_why), p_key, p_at);
  update desk_case d set held_at = now(), held_until = until, hold_reason = btrim(p_why)
   where d.property_id = c.property_id and d.id = c.id returning * into c;
  return c;
end $$;

create function clock_resume(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_text text)
returns desk_case language plpgsql volatile as $$
declare
  k record := case_key(p_scope, p_ref);
  c desk_case := case_lock(k.property_id, k.id);
begin
  if c.held_at is null then
    perform refuse('STPRE', 'NOT_HELD', 'case', format('%s is not on hold', c.number));
  end if;
  return case_apply(c, 'release', p_user, p_text, p_key, p_at);
end $$;

-- By the daemon's own timer -------------------------------------------------------------------------------------------

-- Properties where something has come due since it was last looked at.
create function clock_due() returns table (property_id int)
language sql stable security definer set search_path = steward_code, steward, pg_temp as $$
  select y.id from property y
   where exists (select from desk_case c where c.property_id = y.id and c.closed_at is null and c.alarm_at <= now())
      or exists (select from obligation b where b.property_id = y.id and b.state = 'open' and b.overdue_at is null and b.due_by <= now())
$$;

-- What the clocks of open cases are reckoned by has changed: of one priority and kind, or altogether. The daemon's timer does
-- it, some at a time, so that whoever changes a calendar need not wait for every case.
create function clock_stale(p_property int, p_priority text default null, p_kind text default '*') returns void
language sql volatile as $$
  update desk_case c set clocks_stale = true
    from (select x.id from desk_case x
           where x.property_id = p_property and x.closed_at is null and (p_priority is null or x.priority = p_priority)
             and (p_kind = '*' or x.kind = p_kind)
           order by x.id for update) x
   where c.property_id = p_property and c.id = x.id
$$;

-- One case whose time has come: its clocks are reckoned anew, its hold ends, or it is found overdue, once for each due time, and climbs the ladder.
create function clock_ring(c desk_case) returns desk_case language plpgsql volatile as $$
declare
  x record;
begin
  if c.clocks_stale then
    return clock_refresh(c);
  elsif c.held_until <= now() then
    return case_apply(c, 'release', null, 'the hold is over: ' || c.hold_reason, null, null);
  end if;
  for x in
    select v.clock, k.label, v.due
      from (values ('response', case when c.responded_at is null and not c.late_response then c.respond_due end),
                   ('update', case when not c.late_update then c.update_due end),
                   ('resolution', case when c.resolved_at is null and not c.late_resolution then c.due_at end)) as v (clock, due)
      join case_clock k on k.clock = v.clock
     where v.due <= now() order by k.rank
  loop
    update desk_case d
       set late_response = d.late_response or x.clock = 'response', late_update = d.late_update or x.clock = 'update',
           late_resolution = d.late_resolution or x.clock = 'resolution'
     where d.property_id = c.property_id and d.id = c.id returning * into c;
    c := case_apply(c, 'overdue', null, format('%s was due %s', x.label,
           left(replace(ts(x.due, (select y.zone from property y where y.id = c.property_id)), 'T', ' '), 16)), null, null);
    c := escalation_climb(c, x.label || ' overdue', null, null, 1);
  end loop;
  return c;
end $$;

-- What has come due at a property, some of it: how much that was, and whether more may be left. Several daemons may do
-- this at once: each takes what no other has locked. Whoever writes at the property waits meanwhile for its place in the
-- change feed, so that a round is short however much has come due.
create function clock_tick(p_property int, p_limit int, out done int, out more boolean) language plpgsql volatile as $$
declare
  until constant timestamptz := clock_timestamp() + interval '50 ms';
  c desk_case;
  b obligation;
begin
  done := 0;
  for c in
    select * from desk_case d
     where d.property_id = p_property and d.closed_at is null and d.alarm_at <= now()
     order by d.alarm_at limit p_limit for update skip locked
  loop
    begin
      c := clock_ring(c);
      perform feed_note(c.property_id, 'case', c.id, c.version, c.number, 'clock.Tick');
      done := done + 1;
    exception when others then
      raise warning 'clock of %: %', c.number, sqlerrm; -- the others go on
    end;
    exit when done > 0 and clock_timestamp() > until;
  end loop;
  for b in
    select * from obligation o
     where o.property_id = p_property and o.state = 'open' and o.overdue_at is null and o.due_by <= now()
     order by o.due_by limit p_limit for update skip locked
  loop
    exit when done > 0 and clock_timestamp() > until;
    perform escalation_lapse(b);
    done := done + 1;
  end loop;
  more := done > 0 and (done >= p_limit or clock_timestamp() > until);
end $$;

-- How long a clock may run ---------------------------------------------------------------------------------------------

create function clock_level_set(p_property int, p_clock text, p_priority text, p_kind text, p_minutes bigint, p_calendar text)
returns service_level language plpgsql volatile as $$
declare
  l service_level;
begin
  if p_kind is not null and not exists (select from case_kind k where k.kind = p_kind) then
    perform refuse('STINV', 'KIND_UNKNOWN', 'kind', format('there is no kind of case called %s', quote_literal(p_kind)));
  elsif p_calendar is not null and not exists (select from calendar c where c.property_id = p_property and c.code = p_calendar) then
    perform refuse('STNOF', 'CALENDAR_UNKNOWN', 'calendar', format('this property has no calendar called %s: `calendar set` makes one', quote_literal(p_calendar)));
  end if;
  select * into l from service_level s
   where s.property_id = p_property and s.clock = p_clock and s.priority = p_priority and s.kind = coalesce(p_kind, '*')
     and s.until_at is null for update;
  if l.from_at < now() then
    update service_level s set until_at = now()
     where s.property_id = p_property and s.clock = p_clock and s.priority = p_priority and s.kind = l.kind and s.from_at = l.from_at;
  end if;
  insert into service_level as s (property_id, clock, priority, kind, seconds, calendar, version)
  values (p_property, p_clock, p_priority, coalesce(p_kind, '*'), p_minutes * 60, p_calendar, coalesce(l.version + 1, 1))
  on conflict (property_id, clock, priority, kind, from_at) do update
     set seconds = excluded.seconds, calendar = excluded.calendar
  returning * into l;
  perform clock_stale(p_property, l.priority, l.kind);
  return l;
end $$;

-- What holds afterwards.
create function clock_level_clear(p_property int, p_clock text, p_priority text, p_kind text)
returns table (property text, clock text, priority text, kind text, minutes bigint, calendar text, own boolean)
language plpgsql volatile rows 1 as $$
begin
  delete from service_level s
   where s.property_id = p_property and s.clock = p_clock and s.priority = p_priority and s.kind = coalesce(p_kind, '*')
     and s.from_at >= now();
  update service_level s set until_at = now()
   where s.property_id = p_property and s.clock = p_clock and s.priority = p_priority and s.kind = coalesce(p_kind, '*')
     and s.until_at is null;
  if not found then
    perform refuse('STNOF', 'NO_LEVEL', 'clock', 'this property says nothing about that: `sla list` shows what holds');
  end if;
  perform clock_stale(p_property, p_priority, coalesce(p_kind, '*'));
  return query
    select y.code, p_clock, p_priority, coalesce(p_kind, '*'), t.seconds / 60, t.calendar, false
      from property y left join lateral clock_target(p_property, p_clock, coalesce(p_kind, '*'), p_priority) t on true where y.id = p_property;
end $$;
