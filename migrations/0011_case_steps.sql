-- The steps of a case, its work orders and return visits. Every step locks the case first, looks up whether the data
-- allows it, writes one event and counts the version on; whoever comes second sees what the first one did.

-- Cards: things as people see them ------------------------------------------------------------------------------
-- What is shown of other tables is looked up in place, not joined: the planner then has little to think about and
-- cannot get it wrong. The functions of the same names read what the same statement has just written.

create view case_card with (security_invoker = true) as
select c.id, c.property_id, y.code as property, c.number, c.kind, c.channel, c.state, c.priority,
       (select g.path from case_category g where g.id = c.category_id) as category, c.summary, c.details,
       (select p.name from party p where p.property_id = c.property_id and p.id = c.party_id) as party,
       (select l.number from place l where l.property_id = c.property_id and l.id = c.place_id) as place,
       c.phone_raw as phone,
       coalesce(nullif(concat_ws(' ', (select d.code from department d where d.property_id = c.property_id and d.id = c.department_id),
                                      (select u.login from app_user u where u.id = c.user_id)), ''), c.contractor) as assignee,
       ts(c.opened_at, y.zone) as opened_at, ts(c.closed_at, y.zone) as closed_at,
       (select u.login from app_user u where u.id = c.opened_by) as opened_by, c.version, c.result, c.score,
       (extract(epoch from c.opened_at) * 1000000)::bigint || '~' || c.id as cursor,
       (select p.number from party p where p.property_id = c.property_id and p.id = c.party_id) as party_number,
       c.caller, c.spot, ts(c.due_at, y.zone) as due_at, c.closed_at is null and c.due_at < now() as late,
       c.origin, c.origin_ref
  from desk_case c join property y on y.id = c.property_id;
create function case_card(p_property int, p_id uuid) returns setof case_card language plpgsql volatile rows 1 as
$$ begin return query select * from case_card c where c.property_id = p_property and c.id = p_id; end $$;

create view order_card with (security_invoker = true) as
select o.id, o.property_id, y.code as property, o.number, c.number as "case", o.state,
       coalesce((select d.code from department d where d.property_id = o.property_id and d.id = o.department_id), o.contractor,
                (select u.login from app_user u where u.id = o.user_id)) as "to",
       (select u.login from app_user u where u.id = o.user_id) as person, o.task, c.summary,
       nullif(concat_ws(' ', (select l.number from place l where l.property_id = c.property_id and l.id = c.place_id), c.spot), '') as place,
       c.priority, ts(o.issued_at, y.zone) as issued_at, ts(o.accepted_at, y.zone) as accepted_at,
       ts(o.started_at, y.zone) as started_at, ts(o.done_at, y.zone) as done_at,
       ts(o.returned_at, y.zone) as returned_at, o.result, o.reply, o.reason,
       (select u.login from app_user u where u.id = o.issued_by) as issued_by, o.version,
       (extract(epoch from o.issued_at) * 1000000)::bigint || '~' || o.id as cursor
  from work_order o
  join property y on y.id = o.property_id
  join desk_case c on c.property_id = o.property_id and c.id = o.case_id;

create view visit_card with (security_invoker = true) as
select b.id, b.property_id, y.code as property, c.number as "case", c.kind, c.summary,
       coalesce((select p.name from party p where p.property_id = c.property_id and p.id = c.party_id), c.caller) as party,
       coalesce(c.phone_raw, (select f.raw from party_phone f
                               where f.property_id = c.property_id and f.party_id = c.party_id and f.until_on is null
                               order by f.from_on, f.id limit 1)) as phone,
       nullif(concat_ws(' ', (select l.number from place l where l.property_id = c.property_id and l.id = c.place_id), c.spot), '') as place,
       b.state, ts(b.due_from, y.zone) as due_from, ts(b.due_by, y.zone) as due_by,
       b.state = 'open' and b.due_by < now() as late, b.attempts, b.outcome, b.score, a.remark,
       ts(a.at, y.zone) as visited_at, (select u.login from app_user u where u.id = a.user_id) as visited_by, c.result,
       b.version, (extract(epoch from b.due_by) * 1000000)::bigint || '~' || b.id as cursor
  from obligation b
  join property y on y.id = b.property_id
  join desk_case c on c.property_id = b.property_id and c.id = b.entity_id
  left join obligation_attempt a on a.property_id = b.property_id and a.obligation_id = b.id and a.seq = b.attempts
 where b.kind = 'return_visit' and b.entity = 'case';

-- Answers that hold two things name their columns "thing.field".
create view order_reply with (security_invoker = true) as
select c.id as "case.id", c.property_id as "case.property_id", o.property as "case.property", c.number as "case.number",
       c.state as "case.state", c.version as "case.version",
       o.id as "order.id", o.property_id as "order.property_id", o.property as "order.property",
       o.number as "order.number", o."case" as "order.case", o.state as "order.state", o."to" as "order.to",
       o.person as "order.person", o.task as "order.task", o.summary as "order.summary", o.place as "order.place",
       o.priority as "order.priority", o.issued_at as "order.issued_at", o.accepted_at as "order.accepted_at",
       o.started_at as "order.started_at", o.done_at as "order.done_at", o.returned_at as "order.returned_at",
       o.result as "order.result", o.reply as "order.reply", o.reason as "order.reason",
       o.issued_by as "order.issued_by", o.version as "order.version", o.cursor as "order.cursor"
  from order_card o
  join work_order w on w.property_id = o.property_id and w.id = o.id
  join desk_case c on c.property_id = w.property_id and c.id = w.case_id;
create function order_reply(p_property int, p_id uuid) returns setof order_reply language plpgsql volatile rows 1 as
$$ begin return query select * from order_reply r where r."order.property_id" = p_property and r."order.id" = p_id; end $$;

create view visit_reply with (security_invoker = true) as
select c.id as "case.id", c.property_id as "case.property_id", v.property as "case.property", c.number as "case.number",
       c.state as "case.state", c.version as "case.version",
       v.id as "visit.id", v.property_id as "visit.property_id", v.property as "visit.property",
       v."case" as "visit.case", v.kind as "visit.kind", v.summary as "visit.summary", v.party as "visit.party",
       v.phone as "visit.phone", v.place as "visit.place", v.state as "visit.state", v.due_from as "visit.due_from",
       v.due_by as "visit.due_by", v.late as "visit.late", v.attempts as "visit.attempts", v.outcome as "visit.outcome",
       v.score as "visit.score", v.remark as "visit.remark", v.visited_at as "visit.visited_at",
       v.visited_by as "visit.visited_by", v.result as "visit.result", v.version as "visit.version",
       v.cursor as "visit.cursor"
  from visit_card v
  join obligation b on b.property_id = v.property_id and b.id = v.id
  join desk_case c on c.property_id = b.property_id and c.id = b.entity_id;
create function visit_reply(p_property int, p_id uuid) returns setof visit_reply language plpgsql volatile rows 1 as
$$ begin return query select * from visit_reply r where r."visit.property_id" = p_property and r."visit.id" = p_id; end $$;
grant select on case_card, order_card, visit_card, order_reply, visit_reply to steward_app;

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
  if id is null then
    perform refuse('STNOF', 'CASE_UNKNOWN', 'case',
                   format('there is no case %s at %s', look.rest, coalesce(property_codes(look.within), 'any property in reach')));
  elsif cardinality(homes) > 1 then
    perform refuse('STINV', 'CASE_AMBIGUOUS', 'case',
                   format('%1$s is at %2$s: say which, as in %3$s/%1$s', look.rest, property_codes(homes), property_codes(homes[1:1])));
  end if;
end $$;

-- The same for a work order: W-1007.
create function order_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  look record := ref_split(p_scope, null, p_ref);
  homes int[];
begin
  if is_uuid(look.rest) then
    select o.property_id, o.id into property_id, id
      from work_order o where o.property_id = any (look.within) and o.id = look.rest::uuid;
  else
    look.rest := case when look.rest ~ '^[0-9]+$' then 'W-' || look.rest else upper(look.rest) end;
    -- One property is the usual case and needs no counting.
    if cardinality(look.within) = 1 then
      select o.property_id, o.id into property_id, id
        from work_order o where o.property_id = look.within[1] and o.number = look.rest;
    else
      select array_agg(o.property_id order by o.property_id), (array_agg(o.id))[1] into homes, id
        from work_order o where o.property_id = any (look.within) and o.number = look.rest;
      property_id := homes[1];
    end if;
  end if;
  if id is null then
    perform refuse('STNOF', 'ORDER_UNKNOWN', 'order',
                   format('there is no work order %s at %s', look.rest, coalesce(property_codes(look.within), 'any property in reach')));
  elsif cardinality(homes) > 1 then
    perform refuse('STINV', 'ORDER_AMBIGUOUS', 'order',
                   format('%1$s is at %2$s: say which, as in %3$s/%1$s', look.rest, property_codes(homes), property_codes(homes[1:1])));
  end if;
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
   where v.command is not null
     and exists (select from case_transition t
                  where t.verb = v.verb and t.from_state = c.state and t.kind in (c.kind, '*'));
  hint := case when p_verb <> 'reopen' and not (select s.is_open from case_state s where s.state = c.state)
               then 'reopen it first'
               else format('it cannot be %s now, only: %s', (select v.past from case_verb v where v.verb = p_verb), now_possible) end;
  perform refuse('STPRE', 'CASE_STATE', 'case',
                 format('%s is %s; %s', c.number, (select s.label from case_state s where s.state = c.state), hint));
end $$;

-- Takes the step 'p_verb' of a case that is locked: checks state and rights, writes the event. p_stay: the step leaves
-- the state as it is. p_at: when it happened, as the desk claims; never in the future, never before the case.
create function case_apply(c desk_case, p_verb text, p_user uuid, p_text text, p_key uuid, p_at timestamptz,
                           p_stay boolean default false, p_order uuid default null) returns desk_case
language plpgsql volatile as $$
declare
  t case_transition;
  moment constant timestamptz := greatest(least(coalesce(p_at, now()), now()), c.opened_at);
  stays_open boolean;
  was constant text := c.state;
begin
  select * into t from case_transition x
   where x.verb = p_verb and x.from_state = c.state and x.kind in (c.kind, '*')
   order by x.kind = '*' limit 1;
  if t.verb is null then
    perform case_impossible(c, p_verb);
  end if;
  if not user_has_role(p_user, c.property_id, t.roles) then
    perform refuse('STDEN', 'CASE_ROLE', 'case',
                   format('a case that is %s can be %s by %s only',
                          (select s.label from case_state s where s.state = c.state),
                          (select v.past from case_verb v where v.verb = p_verb),
                          replace(array_to_string(t.roles, ', '), '_', ' ')));
  end if;
  if p_stay then
    t.to_state := c.state;
  end if;
  select s.is_open into stays_open from case_state s where s.state = t.to_state;
  update desk_case d
     set state = t.to_state, version = c.version + 1,
         closed_at = case when stays_open then null when t.to_state = c.state then c.closed_at else moment end
   where d.property_id = c.property_id and d.id = c.id
  returning * into c;
  insert into case_event (property_id, case_id, seq, id, at, verb, user_id, text, from_state, to_state, order_id)
  values (c.property_id, c.id, c.version, coalesce(p_key, uuid7()), moment, p_verb, p_user, p_text, was, c.state, p_order);
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

-- What is owed to the customer of a case ------------------------------------------------------------------------------

create function visit_need(c desk_case, p_at timestamptz) returns void language plpgsql volatile as $$
begin
  insert into obligation (property_id, id, kind, entity, entity_id, due_from, due_by)
  select c.property_id, uuid7(), 'return_visit', 'case', c.id,
         coalesce(p_at, now()) + k.visit_after, coalesce(p_at, now()) + k.visit_within
    from case_kind k where k.kind = c.kind and k.visit
  on conflict (property_id, entity, entity_id, kind) where state = 'open' do nothing;
end $$;

create function visit_cancel(c desk_case) returns void language plpgsql volatile as $$
begin
  update obligation b set state = 'cancelled', settled_at = now(), version = b.version + 1
   where b.property_id = c.property_id and b.entity = 'case' and b.entity_id = c.id and b.state = 'open';
end $$;

-- Cases --------------------------------------------------------------------------------------------------------------

-- What the search box finds a case by.
create function case_search(c desk_case) returns void language plpgsql volatile as $$
begin
  perform search_put(c.property_id, 'case', c.id, 'case', array[c.number], array[substr(c.number, 3)], c.summary);
end $$;

create function case_open(p_property int, p_id uuid, p_user uuid, p_at timestamptz, p_kind text, p_channel text,
                          p_summary text, p_details text, p_place text, p_party text, p_phone text, p_category text,
                          p_priority text, p_caller text, p_spot text) returns desk_case
language plpgsql volatile as $$
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
  c.id := p_id;
  c.category_id := case_category_key(p_category);
  if p_place is not null then
    select x.id into c.place_id from place_key(array[p_property], p_property, p_place) x;
  end if;
  if p_party is not null then
    select x.id into c.party_id from party_key(array[p_property], p_property, p_party) x;
  end if;
  c.opened_at := least(coalesce(p_at, now()), now());
  c.priority := coalesce(p_priority, k.priority);
  c.due_at := c.opened_at + (select x.due_in from case_priority x where x.priority = c.priority);
  c.phone_e164 := case when p_phone is not null then phone_e164(p_phone, y.country_code, y.trunk_prefix) end;
  insert into desk_case (property_id, id, number, kind, channel, state, priority, category_id, summary, details,
                         place_id, spot, party_id, caller, phone_raw, phone_e164, opened_at, due_at, opened_by)
  values (p_property, p_id, 'C-' || next_number(p_property, 'C'), p_kind, coalesce(nullif(p_channel, ''), 'phone'),
          'new', c.priority, c.category_id, btrim(p_summary), nullif(p_details, ''), c.place_id, nullif(p_spot, ''),
          c.party_id, nullif(p_caller, ''), nullif(p_phone, ''),
          c.phone_e164, c.opened_at, c.due_at, p_user)
  returning * into c;
  insert into case_event (property_id, case_id, seq, id, at, verb, user_id, to_state)
  values (p_property, p_id, 1, p_id, c.opened_at, 'open', p_user, 'new');
  perform case_search(c);
  return c;
end $$;

-- p_version: the version the change was made from, or null. An edit that changes nothing leaves no trace.
create function case_edit(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_version int,
                          p_kind text, p_priority text, p_category text, p_summary text, p_details text,
                          p_place text, p_spot text, p_party text, p_caller text, p_phone text, p_clear text[])
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
   where x <> all ('{category,details,place,spot,party,caller,phone}') limit 1;
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
  if n.priority <> o.priority then
    n.due_at := o.opened_at + (select x.due_in from case_priority x where x.priority = n.priority);
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
                 (9, 'caller', false, o.caller, n.caller), (10, 'phone', false, o.phone_raw, n.phone_raw)
         ) as x (o, field, long, was, becomes)
   where x.was is distinct from x.becomes;
  if what is null then
    return o;
  end if;
  update desk_case c
     set kind = n.kind, priority = n.priority, category_id = n.category_id, summary = n.summary, details = n.details,
         place_id = n.place_id, spot = n.spot, party_id = n.party_id, caller = n.caller, phone_raw = n.phone_raw,
         phone_e164 = n.phone_e164, due_at = n.due_at
   where c.property_id = o.property_id and c.id = o.id;
  n := case_apply(n, 'edit', p_user, what, p_key, p_at);
  if n.summary <> o.summary then
    perform case_search(n);
  end if;
  return n;
end $$;

create function case_close(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_result text)
returns desk_case language plpgsql volatile as $$
declare
  k record := case_key(p_scope, p_ref);
  told constant text := nullif(btrim(p_result), '');
  o desk_case := case_lock(k.property_id, k.id);
  c desk_case := case_apply(o, 'close', p_user, told, p_key, p_at);
begin
  if coalesce(told, c.result) is null then
    perform refuse('STINV', 'RESULT_MISSING', 'result', format('say what was done about %s, as the customer was told', c.number));
  end if;
  update desk_case d set result = coalesce(told, d.result) where d.property_id = c.property_id and d.id = c.id
  returning * into c;
  -- Answered at the desk, so no work order asked for the return visit.
  if o.state in ('new', 'reopened') then
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

create function case_cancel(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_why text)
returns desk_case language plpgsql volatile as $$
declare
  c desk_case := case_move(p_scope, p_ref, 'cancel', p_user, p_why, p_key, p_at);
begin
  update work_order o set state = 'cancelled', version = o.version + 1
   where o.property_id = c.property_id and o.case_id = c.id and o.state in ('issued', 'accepted', 'started');
  perform visit_cancel(c);
  return c;
end $$;

-- Work orders --------------------------------------------------------------------------------------------------------

-- Whom "to" means at this property: a department's code before a login name.
create function order_to(p_property int, p_to text, p_field text default 'to', out department_id uuid, out user_id uuid)
language plpgsql stable as $$
declare
  state text;
begin
  select d.id, d.state into department_id, state from department d where d.property_id = p_property and d.code = upper(btrim(p_to));
  if state = 'closed' then
    perform refuse('STPRE', 'DEPARTMENT_CLOSED', p_field, format('the department %s is closed', upper(btrim(p_to))));
  elsif department_id is null then
    select u.id into user_id from app_user u
     where u.login = lower(btrim(p_to)) and u.state = 'active'
       and exists (select from user_grant g where g.user_id = u.id and g.ended_at is null
                      and (g.property_id is null or g.property_id = p_property));
    if user_id is null then
      perform refuse('STNOF', 'NOBODY_SO_CALLED', p_field,
                     format('neither a department nor a person at %s is called %s%s', property_codes(array[p_property]),
                            quote_literal(p_to), case when p_field = 'to' then '; for a firm say --contractor' else '' end));
    end if;
  end if;
end $$;

create function case_dispatch(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_to text,
                              p_contractor text, p_task text, out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  k record := case_key(p_scope, p_ref);
  o desk_case := case_lock(k.property_id, k.id);
  c desk_case;
  w text;
  dept uuid;
  person uuid;
begin
  p_to := nullif(btrim(p_to), '');
  p_contractor := nullif(btrim(p_contractor), '');
  if (p_to is null) = (p_contractor is null) then
    perform refuse('STINV', 'TO_MISSING', 'to', 'say who is to do it: a department, a person, or a firm as --contractor');
  end if;
  if p_to is not null then
    select x.department_id, x.user_id into dept, person from order_to(o.property_id, p_to) x;
  end if;
  property_id := o.property_id;
  id := p_key;
  w := 'W-' || next_number(property_id, 'W');
  insert into work_order (property_id, id, number, case_id, state, department_id, user_id, contractor, task, issued_at, issued_by)
  values (property_id, id, w, o.id, 'issued', dept, person, p_contractor, coalesce(nullif(btrim(p_task), ''), o.summary),
          least(coalesce(p_at, now()), now()), p_user);
  c := case_apply(o, 'dispatch', p_user, concat_ws(': ', w || ' to ' || coalesce(p_contractor, p_to), nullif(btrim(p_task), '')), p_key, p_at, false, id);
  update desk_case d set department_id = dept, user_id = person, contractor = p_contractor
   where d.property_id = c.property_id and d.id = c.id;
  if o.state = 'done' then
    perform visit_cancel(c);
  end if;
end $$;

-- True if the order is the person's own: given to him, or to a department he belongs to (or to which nobody belongs)
-- and to nobody in it yet.
create function order_is_own(o work_order, p_user uuid) returns boolean language plpgsql stable as $$
begin
  if o.user_id is not null or o.department_id is null then
    return o.user_id is not distinct from p_user;
  end if;
  return exists (select from user_department m where m.property_id = o.property_id and m.ended_at is null
                    and m.department_id = o.department_id and m.user_id = p_user)
      or not exists (select from user_department m where m.property_id = o.property_id and m.ended_at is null
                        and m.department_id = o.department_id);
end $$;

-- Who does it from now on: the person named, else whoever accepts an order of his own department. A desk that
-- accepts for others without naming anybody leaves it open.
create function order_person(o work_order, p_user uuid, p_person text) returns uuid language plpgsql stable as $$
declare
  whom record;
begin
  if p_person <> '' then
    whom := order_to(o.property_id, p_person, 'person');
    if whom.user_id is null then
      perform refuse('STINV', 'NOT_A_PERSON', 'person', format('%s is a department: name a person', upper(p_person)));
    end if;
    return whom.user_id;
  end if;
  if o.user_id is null and o.department_id is not null and order_is_own(o, p_user)
     and user_has_role(p_user, o.property_id, '{technician,building_steward}') then
    return p_user;
  end if;
  return o.user_id;
end $$;

create function order_step(p_scope int[], p_ref text, p_verb text, p_user uuid, p_key uuid, p_at timestamptz,
                           p_person text default null, p_result text default null, p_reply text default null,
                           p_why text default null, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record := order_key(p_scope, p_ref);
  o work_order;
  c desk_case;
  t order_transition;
  moment timestamptz;
  last boolean;
  own boolean;
begin
  p_reply := nullif(btrim(p_reply), '');
  -- The case before the order, as everywhere, so that no two steps wait for each other.
  c := case_lock(k.property_id, (select w.case_id from work_order w where w.property_id = k.property_id and w.id = k.id));
  select * into o from work_order w where w.property_id = k.property_id and w.id = k.id for update;
  select * into t from order_transition x where x.verb = p_verb and x.from_state = o.state;
  if t.verb is null then
    perform refuse('STPRE', 'ORDER_STATE', 'order',
      format('%s is %s; it cannot be %s%s', o.number, o.state, (select v.past from case_verb v where v.verb = p_verb),
             coalesce(' now, only: ' || (select string_agg(v.command, ', ' order by v.rank)
                                           from order_transition x join case_verb v on v.verb = x.verb
                                          where x.from_state = o.state), ' any more')));
  end if;
  own := order_is_own(o, p_user);
  if not user_has_role(p_user, o.property_id, case when own then t.own || t.others else t.others end) then
    perform refuse('STDEN', case when own then 'ORDER_ROLE' else 'NOT_YOUR_ORDER' end, 'order',
      format('%s is with %s; it can be %s by them, or for them by %s', o.number,
             (select coalesce(x.person, x."to") from order_card x where x.property_id = o.property_id and x.id = o.id),
             (select v.past from case_verb v where v.verb = p_verb), array_to_string(t.others, ', ')));
  end if;
  moment := greatest(least(coalesce(p_at, now()), now()), o.issued_at);
  update work_order w
     set state = t.to_state, version = o.version + 1,
         user_id = case when p_verb = 'accept' then order_person(o, p_user, p_person) else o.user_id end,
         accepted_at = case when p_verb = 'accept' then moment else o.accepted_at end,
         started_at = case when p_verb = 'start' then moment else o.started_at end,
         done_at = case when p_verb = 'complete' then moment end,
         done_by = case when p_verb = 'complete' then p_user end,
         returned_at = case when p_verb = 'return' then moment end,
         result = p_result, reply = p_reply, reason = p_why
   where w.property_id = o.property_id and w.id = o.id
  returning * into o;
  last := not exists (select from work_order w where w.property_id = o.property_id and w.case_id = o.case_id
                         and w.state in ('issued', 'accepted', 'started'));
  -- With other orders still open, the end of this one does not move the case.
  c := case_apply(c, p_verb, p_user, concat_ws(': ', o.number, coalesce(p_result, p_why)), p_key, p_at,
                  p_verb in ('complete', 'return') and not last, o.id);
  if p_verb = 'accept' and o.user_id is not null or p_reply is not null or p_verb = 'complete' then
    -- The case is with whoever has its latest order.
    update desk_case d set user_id = case when p_verb = 'accept' and not exists (
                                            select from work_order w
                                             where w.property_id = o.property_id and w.case_id = o.case_id
                                               and (w.issued_at, w.id) > (o.issued_at, o.id)) then o.user_id else d.user_id end,
                           result = coalesce(p_reply, d.result, p_result)
     where d.property_id = c.property_id and d.id = c.id;
  end if;
  if p_verb = 'complete' and last then
    perform visit_need(c, moment);
  end if;
  property_id := o.property_id;
  id := o.id;
end $$;
