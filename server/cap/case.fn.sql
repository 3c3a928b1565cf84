-- The steps of a case. Every step locks the case first, looks up whether the data allows it, writes one event and
-- counts the version on; whoever comes second sees what the first one did.

-- References ------------------------------------------------------------------------------------------------------

-- The case meant by a UUID, C-1042, 1042 or SUN/C-1042.
create function case_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  look record := ref_split(p_scope, null, p_ref);
  homes int[];
begin
  if is_uuid(look.rest) then
    select c.property_id, c.id into property_id, id
      from desk_case c where c.property_id = any (look.within) and c.id = look.rest::uuid;
  else
    look.rest := case when look.rest ~ '^[0-9]+$' then 'C-' || look.rest else upper(look.rest) end;
    -- One property is the usual case and needs no counting.
    if cardinality(look.within) = 1 then
      select c.property_id, c.id into property_id, id
        from desk_case c where c.property_id = look.within[1] and c.number = look.rest;
    else
      select array_agg(c.property_id order by c.property_id), (array_agg(c.id))[1] into homes, id
        from desk_case c where c.property_id = any (look.within) and c.number = look.rest;
      property_id := homes[1];
    end if;
  end if;
  perform ref_one(id, homes, look.within, look.rest, 'there is no case', 'CASE', 'case');
end $$;

-- One step of a case ------------------------------------------------------------------------------------------------

create function case_lock(p_property int, p_id uuid) returns desk_case language plpgsql volatile as $$
declare
  c desk_case;
begin
  select * into c from desk_case x where x.property_id = p_property and x.id = p_id for update;
  return c;
end $$;

-- Refuses a step that the case's state does not allow, and says what it allows.
create function case_impossible(c desk_case, p_verb text) returns void language plpgsql stable as $$
declare
  now_possible text;
  hint text;
begin
  select string_agg(v.command, ', ' order by v.rank) into now_possible
    from case_verb v
   where v.command is not null and v.rank < 13 -- what leads on, not what is always possible
     and exists (select from case_transition t
                  where t.verb = v.verb and t.from_state = c.state and t.kind in (c.kind, '*'));
  hint := case when p_verb <> 'reopen' and not (select s.is_open from case_state s where s.state = c.state)
               then 'reopen it first'
               else format('it cannot be %s now, only: %s', (select v.past from case_verb v where v.verb = p_verb), now_possible) end;
  perform refuse('STPRE', 'CASE_STATE', 'case',
                 format('%s is %s; %s', c.number, (select s.label from case_state s where s.state = c.state), hint));
end $$;

-- Takes the step 'p_verb' of a case that is locked: checks state and rights, writes the event, reckons the clocks anew
-- where the step concerns them. p_stay: the step leaves the state as it is. p_at: when it happened, as the desk claims;
-- never in the future, never before the case. p_user null: the daemon itself, which may do anything the state allows.
create function case_apply(c desk_case, p_verb text, p_user uuid, p_text text, p_key uuid, p_at timestamptz,
                           p_stay boolean default false, p_order uuid default null, p_channel text default null) returns desk_case
language plpgsql volatile as $$
declare
  t case_transition;
  v case_verb;
  step constant uuid := coalesce(p_key, uuid7());
  moment constant timestamptz := greatest(least(coalesce(p_at, now()), now()), c.opened_at);
  stays_open boolean;
  was text;
begin
  select * into v from case_verb x where x.verb = p_verb;
  if c.held_at is not null and v.held = 'forbids' then
    perform refuse('STPRE', 'HELD', 'case', format('%s is on hold already: resume it first', c.number));
  elsif c.held_at is not null and v.held = 'ends' and p_verb <> 'release' then
    c := case_apply(c, 'release', null, null, null, p_at);
  end if;
  was := c.state;
  select * into t from case_transition x
   where x.verb = p_verb and x.from_state = c.state and x.kind in (c.kind, '*')
   order by x.kind = '*' limit 1;
  if t.verb is null then
    perform case_impossible(c, p_verb);
  end if;
  if p_user is not null and not user_has_role(p_user, c.property_id, t.roles) then
    perform refuse('STDEN', 'CASE_ROLE', 'case',
                   format('a case that is %s can be %s by %s only',
                          (select s.label from case_state s where s.state = c.state), v.past,
                          replace(array_to_string(t.roles, ', '), '_', ' ')));
  end if;
  if p_stay then
    t.to_state := c.state;
  elsif p_verb = 'unmerge' then
    t.to_state := (select e.from_state from case_event e
                    where e.property_id = c.property_id and e.case_id = c.id and e.verb = 'merge' order by e.seq desc limit 1);
  end if;
  select s.is_open into stays_open from case_state s where s.state = t.to_state;
  update desk_case d
     set state = t.to_state, version = c.version + 1,
         merged_into = case when t.to_state = 'merged' then c.merged_into end,
         held_at = case when p_verb <> 'release' then d.held_at end, held_until = case when p_verb <> 'release' then d.held_until end,
         hold_reason = case when p_verb <> 'release' then d.hold_reason end,
         ending = case when t.to_state = 'reopened' then null else d.ending end,
         closed_at = case when stays_open then null when t.to_state = c.state then c.closed_at else moment end
   where d.property_id = c.property_id and d.id = c.id
  returning * into c;
  insert into case_event (property_id, case_id, seq, id, at, verb, user_id, text, from_state, to_state, order_id, channel)
  values (c.property_id, c.id, c.version, step, moment, p_verb, p_user, p_text, was, c.state, p_order, p_channel);
  if v.moves then
    c := clock_refresh(c);
    if c.resolved_at is not null or c.closed_at is not null then
      perform obligation_drop(c.property_id, 'case', c.id, x.kind, step)
         from unnest('{escalation,situation_report,mediation}'::text[]) x (kind);
    end if;
  end if;
  if v.climbs and (select s.at_once from case_severity s where s.severity = c.severity) then
    c := escalation_climb(c, format('%s, %s', c.severity, v.past), null, null, 1, p_at);
  end if;
  return c;
end $$;

-- A step that needs nothing but its name: finds and locks the case, then takes it.
create function case_move(p_scope int[], p_ref text, p_verb text, p_user uuid, p_text text, p_key uuid,
                          p_at timestamptz default null) returns desk_case language plpgsql volatile as $$
declare
  k record := case_key(p_scope, p_ref);
begin
  return case_apply(case_lock(k.property_id, k.id), p_verb, p_user, p_text, p_key, p_at);
end $$;

-- Cases --------------------------------------------------------------------------------------------------------------

-- What the search box finds a case by.
create function case_search(c desk_case) returns void language plpgsql volatile as $$
begin
  perform search_put(c.property_id, 'case', c.id, 'case', array[c.number], array[substr(c.number, 3)], c.summary);
end $$;

-- What a case lacks of what its kind and its channel need: each entry of 'needs' names fields that stand for each other.
create function case_lacks(c desk_case, out need text, out needed_by text) language plpgsql stable as $$
begin
  select x.need, x.needed_by into need, needed_by
    from (select n.need, 'of kind ' || k.label as needed_by from case_kind k, unnest(k.needs) n (need) where k.kind = c.kind
          union all
          select n.need, 'that came by ' || h.label from case_channel h, unnest(h.needs) n (need) where h.channel = c.channel) x
   where not exists (
       select from unnest(string_to_array(x.need, '|')) f (field)
        where case f.field when 'party' then c.party_id is not null when 'caller' then c.caller is not null
                           when 'phone' then c.phone_raw is not null when 'place' then c.place_id is not null
                           when 'spot' then c.spot is not null when 'category' then c.category_id is not null
                           when 'details' then c.details is not null end)
   limit 1;
end $$;

create function case_needs(c desk_case) returns void language plpgsql stable as $$
declare
  lacks constant record := case_lacks(c);
begin
  if lacks.need is not null then
    perform refuse('STINV', 'NEEDED', split_part(lacks.need, '|', 1),
                   format('a case %s needs %s', lacks.needed_by, replace(lacks.need, '|', ' or ')));
  end if;
end $$;

-- The priority a case has where nobody says another: its kind's, or what its severity asks for if that is more.
create function case_priority_of(p_kind text, p_severity text) returns text language plpgsql stable as $$
begin
  return (
    select p.priority from case_priority p
     where p.priority in ((select k.priority from case_kind k where k.kind = p_kind),
                          (select s.priority from case_severity s where s.severity = p_severity))
     order by p.rank limit 1);
end $$;

create function case_open(p_property int, p_id uuid, p_user uuid, p_at timestamptz, p_kind text, p_channel text,
                          p_summary text, p_details text, p_place text, p_party text, p_phone text, p_category text,
                          p_priority text, p_caller text, p_spot text, p_severity text default null, p_body text default null,
                          p_call text default null)
returns desk_case language plpgsql volatile as $$
declare
  y property;
  k case_kind;
  c desk_case;
begin
  select * into y from property p where p.id = p_property;
  select * into k from case_kind x where x.kind = p_kind;
  if k.kind is null then
    perform refuse('STINV', 'KIND_UNKNOWN', 'kind', format('there is no kind of case called %s: %s', quote_literal(p_kind),
                   (select string_agg(x.kind, ', ' order by x.rank) from case_kind x)));
  end if;
  c.property_id := p_property;
  c.kind := p_kind;
  c.category_id := case_category_key(p_category);
  if p_place is not null then
    select x.id into c.place_id from place_key(array[p_property], p_property, p_place) x;
  end if;
  if p_party is not null then
    select x.id into c.party_id from party_key(array[p_property], p_property, p_party) x;
  end if;
  c.caller := nullif(p_caller, '');
  c.spot := nullif(p_spot, '');
  c.details := nullif(p_details, '');
  c.phone_raw := nullif(p_phone, '');
  c.channel := coalesce(nullif(p_channel, ''), 'phone');
  perform case_needs(c);
  c.opened_at := least(coalesce(p_at, now()), now());
  c.severity := coalesce(p_severity, k.severity);
  c.priority := coalesce(p_priority, case_priority_of(p_kind, c.severity));
  c.responded_at := (select c.opened_at from case_channel h where h.channel = c.channel and h.live);
  c.phone_e164 := case when p_phone is not null then phone_e164(p_phone, y.country_code, y.trunk_prefix) end;
  insert into desk_case (property_id, id, number, kind, channel, state, priority, severity, category_id, body, summary, details,
                         place_id, spot, party_id, caller, phone_raw, phone_e164, opened_at, opened_by, responded_at,
                         respond_due, update_due, due_at)
  values (p_property, p_id, 'C-' || next_number(p_property, 'C'), p_kind, c.channel, 'new', c.priority, c.severity,
          c.category_id, p_body, btrim(p_summary), c.details, c.place_id, c.spot, c.party_id, c.caller, c.phone_raw,
          c.phone_e164, c.opened_at, p_user, c.responded_at,
          clock_due(p_property, 'response', p_kind, c.priority, c.opened_at),
          clock_due(p_property, 'update', p_kind, c.priority, c.opened_at),
          clock_due(p_property, 'resolution', p_kind, c.priority, c.opened_at))
  returning * into c;
  insert into case_event (property_id, case_id, seq, id, at, verb, user_id, to_state, channel)
  values (p_property, p_id, 1, p_id, c.opened_at, 'open', p_user, 'new', c.channel);
  perform case_search(c);
  if p_call is not null then
    perform call_link(p_property, array[p_property], p_call, c.id, p_user);
  end if;
  if (select s.at_once from case_severity s where s.severity = c.severity) then
    c := escalation_climb(c, format('%s, %s', (select s.severity from case_severity s where s.severity = c.severity), k.label),
                          null, null, 1, p_at);
  end if;
  return c;
end $$;

-- p_version: the version the change was made from, or null. An edit that changes nothing leaves no trace.
create function case_edit(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_version int,
                          p_kind text, p_priority text, p_category text, p_summary text, p_details text,
                          p_place text, p_spot text, p_party text, p_caller text, p_phone text, p_clear text[],
                          p_severity text default null, p_body text default null)
returns desk_case language plpgsql volatile as $$
declare
  k record := case_key(p_scope, p_ref);
  o desk_case := case_lock(k.property_id, k.id);
  n desk_case := o;
  y property;
  last record;
  what text;
begin
  if p_version <> o.version then
    select u.login, e.verb into last
      from case_event e left join app_user u on u.id = e.user_id
     where e.property_id = o.property_id and e.case_id = o.id and e.seq = o.version;
    perform refuse('STVER', 'VERSION_CONFLICT', 'version',
                   format('%s was changed meanwhile (%s by %s): look at it again', o.number, last.verb, coalesce(last.login, 'somebody')));
  end if;
  select x into what from unnest(p_clear) x
   where x <> all ('{category,details,place,spot,party,caller,phone,body}') limit 1;
  if what is not null then
    perform refuse('STINV', 'CLEAR', 'clear', format('%s cannot be emptied', quote_literal(what)));
  end if;
  select * into y from property p where p.id = o.property_id;
  n.kind := coalesce(p_kind, o.kind);
  n.priority := coalesce(p_priority, o.priority);
  n.category_id := keep(o.category_id, case_category_key(p_category), 'category', p_clear);
  n.summary := coalesce(btrim(p_summary), o.summary);
  n.details := keep(o.details, p_details, 'details', p_clear);
  n.place_id := keep(o.place_id, (select x.id from place_key(array[o.property_id], o.property_id, p_place) x), 'place', p_clear);
  n.spot := keep(o.spot, p_spot, 'spot', p_clear);
  n.party_id := keep(o.party_id, (select x.id from party_key(array[o.property_id], o.property_id, p_party) x), 'party', p_clear);
  n.caller := keep(o.caller, p_caller, 'caller', p_clear);
  n.phone_raw := keep(o.phone_raw, p_phone, 'phone', p_clear);
  n.phone_e164 := phone_e164(n.phone_raw, y.country_code, y.trunk_prefix);
  n.severity := coalesce(p_severity, o.severity);
  n.body := keep(o.body, p_body, 'body', p_clear);
  if p_severity is not null and p_priority is null then
    n.priority := (select x.priority from case_priority x where x.priority in (o.priority, case_priority_of(n.kind, n.severity))
                    order by x.rank limit 1);
  end if;
  -- One that was imported without all that is needed can still be edited.
  if n.kind <> o.kind or (case_lacks(o)).need is null then
    perform case_needs(n);
  end if;
  select string_agg(x.field || case when x.long then ' changed' else format(': %s -> %s', coalesce(x.was, '-'), coalesce(x.becomes, '-')) end,
                    '; ' order by x.o)
    into what
    from (values (1, 'kind', false, o.kind, n.kind), (2, 'priority', false, o.priority, n.priority),
                 (3, 'category', false, (select g.path from case_category g where g.id = o.category_id),
                                        (select g.path from case_category g where g.id = n.category_id)),
                 (4, 'summary', false, o.summary, n.summary), (5, 'details', true, o.details, n.details),
                 (6, 'place', false, (select l.number from place l where l.property_id = o.property_id and l.id = o.place_id),
                                     (select l.number from place l where l.property_id = o.property_id and l.id = n.place_id)),
                 (7, 'spot', false, o.spot, n.spot),
                 (8, 'customer', false, (select p.number from party p where p.property_id = o.property_id and p.id = o.party_id),
                                        (select p.number from party p where p.property_id = o.property_id and p.id = n.party_id)),
                 (9, 'caller', false, o.caller, n.caller), (10, 'phone', false, o.phone_raw, n.phone_raw),
                 (11, 'severity', false, o.severity, n.severity), (12, 'responsible', false, o.body, n.body)
         ) as x (o, field, long, was, becomes)
   where x.was is distinct from x.becomes;
  if what is null then
    return o;
  end if;
  update desk_case c
     set kind = n.kind, priority = n.priority, category_id = n.category_id, summary = n.summary, details = n.details,
         place_id = n.place_id, spot = n.spot, party_id = n.party_id, caller = n.caller, phone_raw = n.phone_raw,
         phone_e164 = n.phone_e164, severity = n.severity, body = n.body
   where c.property_id = o.property_id and c.id = o.id;
  n := case_apply(n, 'edit', p_user, what, p_key, p_at);
  if n.summary <> o.summary then
    perform case_search(n);
  end if;
  if n.severity <> o.severity and (select s.at_once from case_severity s where s.severity = n.severity) then
    n := escalation_begin_anew(n, p_at);
  end if;
  return n;
end $$;

-- p_ending: how it ended, one of its kind's; the first of them where nobody says.
create function case_close(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_result text,
                           p_ending text default null)
returns desk_case language plpgsql volatile as $$
declare
  k record := case_key(p_scope, p_ref);
  told constant text := nullif(btrim(p_result), '');
  o desk_case := case_lock(k.property_id, k.id);
  c desk_case;
  e case_ending;
begin
  select * into e from case_ending x
   where x.kind = o.kind and (p_ending is null or x.ending = p_ending) order by x.rank limit 1;
  if e.ending is null and (p_ending is not null) then
    perform refuse('STINV', 'ENDING_UNKNOWN', 'ending',
                   format('a case of this kind cannot end as %s: %s', quote_literal(p_ending),
                          (select string_agg(x.ending, ', ' order by x.rank) from case_ending x where x.kind = o.kind)));
  end if;
  c := case_apply(o, 'close', p_user, concat_ws(': ', p_ending, told), p_key, p_at);
  if coalesce(told, c.result) is null then
    perform refuse('STINV', 'RESULT_MISSING', 'result', format('say what was done about %s, as the customer was told', c.number));
  end if;
  update desk_case d set result = coalesce(told, d.result), ending = e.ending where d.property_id = c.property_id and d.id = c.id
  returning * into c;
  if not e.visit then
    perform visit_cancel(c);
  elsif o.state in ('new', 'reopened') then
    -- Answered at the desk, so no work order asked for the return visit.
    perform visit_need(c, c.closed_at);
  end if;
  return c;
end $$;

create function case_reopen(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_why text)
returns desk_case language plpgsql volatile as $$
declare
  c desk_case := case_move(p_scope, p_ref, 'reopen', p_user, p_why, p_key, p_at);
begin
  perform visit_cancel(c);
  return c;
end $$;

-- Somebody of us spoke with the customer about a case: it answers him, as a written reply does. Nothing where the case has
-- been called off or merged.
create function case_told(p_property int, p_case uuid, p_user uuid, p_at timestamptz, p_text text, p_channel text) returns void
language plpgsql volatile as $$
declare
  c desk_case := case_lock(p_property, p_case);
begin
  if exists (select from case_transition t where t.verb = 'told' and t.from_state = c.state) then
    perform case_apply(c, 'told', p_user, left(p_text, 400), null, p_at, p_channel => p_channel);
  end if;
end $$;

create function case_cancel(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_why text)
returns desk_case language plpgsql volatile as $$
declare
  c desk_case := case_move(p_scope, p_ref, 'cancel', p_user, p_why, p_key, p_at);
begin
  perform order_wait_over(o, p_key, p_user, p_at, false) from work_order o
   where o.property_id = c.property_id and o.case_id = c.id and o.is_open and o.paused_until is not null;
  update work_order o set state = 'cancelled', version = o.version + 1
   where o.property_id = c.property_id and o.case_id = c.id and o.is_open;
  perform visit_cancel(c);
  return c;
end $$;
