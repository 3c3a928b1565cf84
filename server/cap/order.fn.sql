-- Work orders: dispatched from a case, taken step by step. The case is locked before its order.

-- The work order meant by a UUID, W-1007, 1007 or SUN/W-1007.
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
  perform ref_one(id, homes, look.within, look.rest, 'there is no work order', 'ORDER', 'order');
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

-- Who is to do it: exactly one of a department or person ("to") and a firm.
create function order_hand(p_property int, p_to text, p_contractor text, out department_id uuid, out user_id uuid,
                           out contractor text, out label text)
language plpgsql stable as $$
#variable_conflict use_column
begin
  label := nullif(btrim(p_to), '');
  contractor := nullif(btrim(p_contractor), '');
  if (label is null) = (contractor is null) then
    perform refuse('STINV', 'TO_MISSING', 'to', 'say who is to do it: a department, a person, or a firm as --contractor');
  end if;
  if label is not null then
    select x.department_id, x.user_id into department_id, user_id from order_to(p_property, label) x;
  end if;
  label := coalesce(contractor, label);
end $$;

-- A new work order of a case for whoever 'h' is; gives its number.
create function order_issue(c desk_case, p_id uuid, p_user uuid, p_at timestamptz, h record, p_task text,
                            p_previous uuid default null) returns text language plpgsql volatile as $$
declare
  w constant text := 'W-' || next_number(c.property_id, 'W');
begin
  insert into work_order (property_id, id, number, case_id, state, department_id, user_id, contractor, task, issued_at,
                          issued_by, previous_id)
  values (c.property_id, p_id, w, c.id, 'issued', h.department_id, h.user_id, h.contractor,
          coalesce(nullif(btrim(p_task), ''), c.summary), least(coalesce(p_at, now()), now()), p_user, p_previous);
  return w;
end $$;

create function case_dispatch(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_to text,
                              p_contractor text, p_task text, out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  k record := case_key(p_scope, p_ref);
  o desk_case := case_lock(k.property_id, k.id);
  h record := order_hand(o.property_id, p_to, p_contractor);
  c desk_case;
  w text;
begin
  property_id := o.property_id;
  id := p_key;
  w := order_issue(o, id, p_user, p_at, h, p_task);
  c := case_apply(o, 'dispatch', p_user, concat_ws(': ', w || ' to ' || h.label, nullif(btrim(p_task), '')), p_key, p_at, false, id);
  update desk_case d set department_id = h.department_id, user_id = h.user_id, contractor = h.contractor
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

-- May this person do something with the order: roles for an order of one's own, roles for those of others?
create function order_may(o work_order, p_user uuid, p_own text[], p_others text[], p_past text) returns void
language plpgsql stable as $$
declare
  own constant boolean := order_is_own(o, p_user);
begin
  if not user_has_role(p_user, o.property_id, case when own then p_own || p_others else p_others end) then
    perform refuse('STDEN', case when own then 'ORDER_ROLE' else 'NOT_YOUR_ORDER' end, 'order',
      format('%s is with %s; it can be %s by them, or for them by %s', o.number,
             (select coalesce(x.person, x."to") from order_card x where x.property_id = o.property_id and x.id = o.id),
             p_past, replace(array_to_string(p_others, ', '), '_', ' ')));
  end if;
end $$;

-- Locks an order and its case for a step: the case first, as everywhere, so that no two steps wait for each other.
-- Refuses what the order's state or the person's roles do not allow.
create function order_take(p_scope int[], p_ref text, p_verb text, p_user uuid, out c desk_case, out o work_order,
                           out to_state text) language plpgsql volatile as $$
declare
  k record := order_key(p_scope, p_ref);
  t order_transition;
  past constant text := (select v.past from case_verb v where v.verb = p_verb);
begin
  c := case_lock(k.property_id, (select w.case_id from work_order w where w.property_id = k.property_id and w.id = k.id));
  select * into o from work_order w where w.property_id = k.property_id and w.id = k.id for update;
  select * into t from order_transition x where x.verb = p_verb and x.from_state = o.state;
  if t.verb is null then
    perform refuse('STPRE', 'ORDER_STATE', 'order',
      format('%s is %s; it cannot be %s%s', o.number, replace(o.state, '_', ' '), past,
             coalesce(' now, only: ' || (select string_agg(v.command, ', ' order by v.rank)
                                           from order_transition x join case_verb v on v.verb = x.verb
                                          where x.from_state = o.state), ' any more')));
  end if;
  perform order_may(o, p_user, t.own, t.others, past);
  to_state := t.to_state;
  -- What was never started waits again to be started.
  if p_verb = 'resume' and o.started_at is null then
    to_state := 'accepted';
  end if;
end $$;

-- The case is with whoever has its latest order.
create function order_is_latest(o work_order) returns boolean language plpgsql stable as $$
begin
  return not exists (select from work_order w where w.property_id = o.property_id and w.case_id = o.case_id
                        and (w.issued_at, w.id) > (o.issued_at, o.id));
end $$;

-- What was to go on has gone on ('kept'), or will never.
create function order_wait_over(o work_order, p_key uuid, p_user uuid, p_at timestamptz, p_kept boolean) returns void
language plpgsql volatile as $$
declare
  b obligation;
begin
  if p_kept then
    select * into b from obligation v
     where v.property_id = o.property_id and v.entity = 'order' and v.entity_id = o.id and v.kind = 'paused_order'
       and v.state = 'open' for update;
    if b.id is not null then
      perform obligation_try(b, p_key, p_user, p_at, 'done', null, null);
    end if;
  else
    perform obligation_drop(o.property_id, 'order', o.id, 'paused_order');
  end if;
end $$;

create function order_step(p_scope int[], p_ref text, p_verb text, p_user uuid, p_key uuid, p_at timestamptz,
                           p_person text default null, p_result text default null, p_reply text default null,
                           p_why text default null, p_until text default null, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record := order_take(p_scope, p_ref, p_verb, p_user);
  c desk_case := k.c;
  was constant work_order := k.o;
  o work_order := k.o;
  moment constant timestamptz := greatest(least(coalesce(p_at, now()), now()), o.issued_at);
  zone constant text := (select y.zone from property y where y.id = o.property_id);
  till constant timestamptz := local_time(p_until, zone, 'until');
  last boolean;
begin
  p_reply := nullif(btrim(p_reply), '');
  if till <= moment then
    perform refuse('STINV', 'UNTIL_PAST', 'until', 'a time still to come: work can only wait until then');
  end if;
  update work_order w
     set state = k.to_state, version = o.version + 1, paused_until = till,
         user_id = case when p_verb = 'accept' then order_person(o, p_user, p_person) else o.user_id end,
         accepted_at = case when p_verb = 'accept' then moment else o.accepted_at end,
         started_at = case when p_verb = 'start' then moment else o.started_at end,
         done_at = case when p_verb = 'complete' then moment end,
         done_by = case when p_verb = 'complete' then p_user end,
         returned_at = case when p_verb = 'return' then moment end,
         result = p_result, reply = p_reply, reason = p_why
   where w.property_id = o.property_id and w.id = o.id
  returning * into o;
  last := not exists (select from work_order w where w.property_id = o.property_id and w.case_id = o.case_id and w.is_open);
  -- With other orders still open, the end of this one does not move the case.
  c := case_apply(c, p_verb, p_user,
                  concat_ws(': ', o.number || coalesce(' until ' || to_char(till at time zone zone, 'YYYY-MM-DD HH24:MI'), ''),
                            coalesce(p_result, p_why)), p_key, p_at, p_verb in ('complete', 'return') and not last, o.id);
  if p_verb = 'accept' and o.user_id is not null or p_reply is not null or p_verb = 'complete' then
    update desk_case d set user_id = case when p_verb = 'accept' and order_is_latest(o) then o.user_id else d.user_id end,
                           result = coalesce(p_reply, d.result, p_result)
     where d.property_id = c.property_id and d.id = c.id;
  end if;
  if till is not null then
    perform obligation_need(o.property_id, 'paused_order', 'order', o.id, o.number, o.task, till, till, p_user => o.user_id,
                            p_department => o.department_id, p_party => c.party_id, p_place => c.place_id, p_creator => p_user);
  elsif was.paused_until is not null then
    perform order_wait_over(o, p_key, p_user, p_at, p_verb = 'resume');
  end if;
  if p_verb = 'complete' and last then
    perform visit_need(c, moment);
  end if;
  property_id := o.property_id;
  id := o.id;
end $$;

-- The work goes to somebody else: what the old hand did stays with his order, the new one says where it came from.
create function order_hand_on(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_to text,
                              p_contractor text, p_why text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record := order_take(p_scope, p_ref, 'hand_on', p_user);
  c desk_case := k.c;
  o work_order := k.o;
  h record := order_hand(o.property_id, p_to, p_contractor);
  latest constant boolean := order_is_latest(o);
  w text;
begin
  if h.department_id = o.department_id and o.user_id is null or h.user_id = o.user_id or h.contractor = o.contractor then
    perform refuse('STINV', 'SAME_HAND', 'to', format('%s is with %s already', o.number, h.label));
  end if;
  update work_order x set state = k.to_state, version = o.version + 1, reason = p_why, paused_until = null
   where x.property_id = o.property_id and x.id = o.id;
  w := order_issue(c, p_key, p_user, greatest(least(coalesce(p_at, now()), now()), o.issued_at), h, o.task, o.id);
  c := case_apply(c, 'hand_on', p_user, format('%s to %s (%s): %s', o.number, h.label, w, p_why), p_key, p_at, false, o.id);
  if latest then
    update desk_case d set department_id = h.department_id, user_id = h.user_id, contractor = h.contractor
     where d.property_id = c.property_id and d.id = c.id;
  end if;
  if o.paused_until is not null then
    perform order_wait_over(o, p_key, p_user, p_at, false);
  end if;
  property_id := o.property_id;
  id := p_key;
end $$;
