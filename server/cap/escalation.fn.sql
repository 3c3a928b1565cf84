-- The ladder: who is told of a case that is grave or late, one after the other, until somebody takes it up. Each step is
-- something owed by a role; who takes it up in time keeps it, else the next one is told.

create function ladder_of(p_property int, p_severity text) returns table (step int, role text, wait interval)
language sql stable rows 3 as $$
  select l.step, l.role, l.wait from property_ladder l where l.property_id = p_property and l.severity = p_severity
  union all
  select l.step, l.role, l.wait from ladder_step l
   where l.severity = p_severity
     and not exists (select from property_ladder o where o.property_id = p_property and o.severity = p_severity)
  order by 1
$$;

-- Tells the first step at or above p_step, unless somebody has been told and has not answered yet. Night and weekend do
-- not count for what is not grave.
create function escalation_climb(c desk_case, p_why text, p_user uuid, p_key uuid, p_step int, p_at timestamptz default null)
returns desk_case language plpgsql volatile as $$
declare
  l record;
begin
  if exists (select from obligation b where b.property_id = c.property_id and b.entity = 'case' and b.entity_id = c.id
                and b.kind = 'escalation' and b.state = 'open') then
    return c;
  end if;
  select x.step, x.role, x.wait into l from ladder_of(c.property_id, c.severity) x where x.step >= p_step order by x.step limit 1;
  if l.step is null then
    return c;
  end if;
  perform obligation_need(c.property_id, 'escalation', 'case', c.id, c.number, c.summary, now(),
            case when (select s.at_once from case_severity s where s.severity = c.severity) then now() + l.wait
                 else calendar_add(c.property_id, 'desk', now(), extract(epoch from l.wait)::bigint) end,
            p_role => l.role, p_party => c.party_id, p_place => c.place_id, p_step => l.step);
  return case_apply(c, 'escalate', p_user, format('to %s: %s', replace(l.role, '_', ' '), p_why), p_key, p_at);
end $$;

-- How high a role stands: below the supervisor, supervisor, manager, director.
create function role_height(p_role text) returns int language sql immutable parallel safe as
$$ select coalesce(array_position('{supervisor,manager,director}'::text[], p_role), 0) $$;

-- The step after this one. A case whose severity changed meanwhile stands on another ladder: there, whoever stands higher.
create function escalation_next(c desk_case, b obligation) returns int language plpgsql stable as $$
begin
  return case when exists (select from ladder_of(c.property_id, c.severity) l where l.step = b.step and l.role = b.role)
              then (select min(l.step) from ladder_of(c.property_id, c.severity) l where l.step > b.step)
              else (select min(l.step) from ladder_of(c.property_id, c.severity) l where role_height(l.role) > role_height(b.role)) end;
end $$;

-- The case has become grave: its ladder is climbed from where those stand who should have been told at once, whoever was told
-- before and has not answered yet. Nobody lower than he is told instead of him.
create function escalation_begin_anew(c desk_case, p_at timestamptz) returns desk_case language plpgsql volatile as $$
declare
  told constant text := (select b.role from obligation b where b.property_id = c.property_id and b.entity = 'case'
                            and b.entity_id = c.id and b.kind = 'escalation' and b.state = 'open');
  step constant int := (select min(l.step) from ladder_of(c.property_id, c.severity) l
                         where told is null or role_height(l.role) >= role_height(told));
begin
  if step is null then
    return c;
  end if;
  perform obligation_drop(c.property_id, 'case', c.id, 'escalation');
  return escalation_climb(c, c.severity, null, null, step, p_at);
end $$;

-- Nobody kept it by its time. An escalation climbs; the top of the ladder stays told; everything else is only late.
create function escalation_lapse(b obligation) returns void language plpgsql volatile as $$
declare
  c desk_case;
  next int;
begin
  if b.kind = 'escalation' and b.entity = 'case' then
    c := case_lock(b.property_id, b.entity_id);
    next := escalation_next(c, b);
  end if;
  if next is not null then
    update obligation o set state = 'missed', settled_at = now(), overdue_at = now(), version = o.version + 1
     where o.property_id = b.property_id and o.id = b.id;
    c := escalation_climb(c, format('not taken up by the %s', replace(b.role, '_', ' ')), null, null, next);
    perform feed_note(c.property_id, 'case', c.id, c.version, c.number, 'clock.Tick');
  else
    update obligation o
       set overdue_at = now(), version = o.version + 1,
           state = case when k.lapses and b.kind <> 'escalation' then 'missed' else o.state end,
           settled_at = case when k.lapses and b.kind <> 'escalation' then now() end
      from obligation_kind k
     where k.kind = o.kind and o.property_id = b.property_id and o.id = b.id
    returning o.* into b;
    perform feed_note(b.property_id, 'obligation', b.id, b.version, b.number, 'clock.Tick');
  end if;
end $$;

-- Somebody tells the next one by hand.
create function escalation_raise(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_why text)
returns desk_case language plpgsql volatile as $$
declare
  k record := case_key(p_scope, p_ref);
  c desk_case := case_lock(k.property_id, k.id);
  was constant int := c.version;
  told obligation;
begin
  select * into told from obligation b
   where b.property_id = c.property_id and b.entity = 'case' and b.entity_id = c.id and b.kind = 'escalation'
     and b.state in ('open', 'missed', 'kept') order by b.created_at desc limit 1 for update;
  if told.state = 'open' then
    update obligation b set state = 'missed', settled_at = now(), version = b.version + 1
     where b.property_id = told.property_id and b.id = told.id;
  end if;
  if told.id is null then
    c := escalation_climb(c, p_why, p_user, p_key, 1, p_at);
  elsif escalation_next(c, told) is not null then
    c := escalation_climb(c, p_why, p_user, p_key, escalation_next(c, told), p_at);
  end if;
  if c.version = was then
    perform refuse('STPRE', 'LADDER_END', 'case', format('the %s has been told of %s already: nobody stands above', replace(told.role, '_', ' '), c.number));
  end if;
  return c;
end $$;

-- Who stands at least as high as this role.
create function escalation_roles(p_role text) returns text[] language sql immutable as $$
  select case p_role when 'director' then '{director}' when 'manager' then '{manager,director}'
                     when 'supervisor' then '{supervisor,manager,director}' else array[p_role, 'supervisor', 'manager', 'director'] end
$$;

-- Somebody takes it up: the ladder is left, and where the case is grave he reports from now on.
create function escalation_take(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_text text)
returns desk_case language plpgsql volatile as $$
declare
  k record := case_key(p_scope, p_ref);
  c desk_case := case_lock(k.property_id, k.id);
  every constant interval := (select s.report_every from case_severity s where s.severity = c.severity);
  b obligation;
begin
  select * into b from obligation o
   where o.property_id = c.property_id and o.entity = 'case' and o.entity_id = c.id and o.kind = 'escalation' and o.state = 'open'
     for update;
  if b.id is null then
    perform refuse('STPRE', 'NOT_ESCALATED', 'case', format('nobody has been told of %s: there is nothing to take up', c.number));
  elsif not user_has_role(p_user, c.property_id, escalation_roles(b.role)) then
    perform refuse('STDEN', 'NOT_YOURS', 'case', format('%s is with the %s', c.number, replace(b.role, '_', ' ')));
  end if;
  perform obligation_try(b, coalesce(p_key, uuid7()), p_user, p_at, 'done', null, p_text);
  update obligation o set user_id = p_user where o.property_id = b.property_id and o.id = b.id;
  if every is not null then
    perform obligation_need(c.property_id, 'situation_report', 'case', c.id, c.number, c.summary, now(), now() + every, p_user);
  end if;
  return case_apply(c, 'acknowledge', p_user, p_text, p_key, p_at);
end $$;

-- How things stand, for those above. The next report is due after the same time again, until the case is resolved.
create function escalation_report(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_text text)
returns desk_case language plpgsql volatile as $$
declare
  k record := case_key(p_scope, p_ref);
  c desk_case := case_apply(case_lock(k.property_id, k.id), 'report', p_user, p_text, p_key, p_at);
  every constant interval := (select s.report_every from case_severity s where s.severity = c.severity);
  b obligation;
begin
  select * into b from obligation o
   where o.property_id = c.property_id and o.entity = 'case' and o.entity_id = c.id and o.kind = 'situation_report' and o.state = 'open'
     for update;
  if b.id is not null then
    perform obligation_try(b, p_key, p_user, p_at, 'done', null, null);
    if c.resolved_at is null and every is not null then
      perform obligation_need(c.property_id, 'situation_report', 'case', c.id, c.number, c.summary, now(), now() + every,
                              coalesce(b.user_id, p_user));
    end if;
  end if;
  return c;
end $$;

-- "supervisor 4h, manager 24h": the whole ladder of a severity at a property. An empty one: as everywhere again.
create function escalation_set(p_property int, p_severity text, p_steps text[]) returns void language plpgsql volatile as $$
declare
  s text;
  m text[];
  n int := 0;
begin
  if not exists (select from case_severity x where x.severity = p_severity) then
    perform refuse('STINV', 'SEVERITY_UNKNOWN', 'severity', 'minor, moderate, major or critical');
  end if;
  delete from property_ladder l where l.property_id = p_property and l.severity = p_severity;
  foreach s in array coalesce(p_steps, '{}') loop
    n := n + 1;
    m := regexp_match(lower(btrim(s)), '^([a-z_]+)\s+([0-9]{1,5})\s*(m|min|h|d)$');
    if m is null then
      perform refuse('STINV', 'STEP', 'steps', format('%s is no step: a role and a time, such as "manager 30min" or "director 2h"', quote_literal(s)));
    end if;
    insert into property_ladder (property_id, severity, step, role, wait)
    values (p_property, p_severity, n, m[1], (m[2] || case m[3] when 'h' then ' hours' when 'd' then ' days' else ' minutes' end)::interval);
  end loop;
end $$;

create function escalation_ladder(p_scope int[], p_severity text)
returns table (property text, severity text, step int, role text, wait text, own boolean) language sql stable as $$
  select y.code, s.severity, l.step, l.role, span_text(extract(epoch from l.wait)::bigint),
         exists (select from property_ladder o where o.property_id = y.id and o.severity = s.severity)
    from property y cross join case_severity s cross join lateral ladder_of(y.id, s.severity) l
   where y.id = any (p_scope) and (p_severity is null or s.severity = p_severity)
   order by y.code, s.rank, l.step
$$;
