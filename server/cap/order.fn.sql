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
  if id is null then
    perform refuse('STNOF', 'ORDER_UNKNOWN', 'order',
                   format('there is no work order %s at %s', look.rest, coalesce(property_codes(look.within), 'any property in reach')));
  elsif cardinality(homes) > 1 then
    perform refuse('STINV', 'ORDER_AMBIGUOUS', 'order',
                   format('%1$s is at %2$s: say which, as in %3$s/%1$s', look.rest, property_codes(homes), property_codes(homes[1:1])));
  end if;
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
