-- How cases hang together: links, duplicates merged and taken apart again, cases that look alike.

create function relation_link(p_scope int[], p_ref text, p_other text, p_kind text, p_user uuid, p_key uuid, p_at timestamptz,
                              p_text text) returns desk_case language plpgsql volatile as $$
declare
  a record := case_key(p_scope, p_ref);
  b record := case_key(array[a.property_id], p_other);
  wanted constant text := coalesce(p_kind, 'related');
  other desk_case;
  c desk_case;
  l case_link_kind;
begin
  select * into l from case_link_kind x where x.kind = wanted;
  if l.kind is null then
    perform refuse('STINV', 'LINK_KIND', 'kind', format('there is no such link: %s',
                   (select string_agg(x.kind, ', ' order by x.rank) from case_link_kind x)));
  end if;
  -- Always the same one first, so that no two wait for each other.
  perform from desk_case d where d.property_id = a.property_id and d.id in (a.id, b.id) order by d.id for update;
  c := case_lock(a.property_id, a.id);
  other := case_lock(b.property_id, b.id);
  if exists (select from case_link x where x.property_id = c.property_id and x.ended_at is null
                and ((x.case_id = c.id and x.other_id = other.id) or (x.case_id = other.id and x.other_id = c.id))) then
    perform refuse('STEXI', 'LINKED', 'other', format('%s and %s are linked already', c.number, other.number));
  end if;
  insert into case_link (property_id, id, case_id, other_id, kind, user_id) values (c.property_id, p_key, c.id, other.id, l.kind, p_user);
  perform case_apply(other, 'link', p_user, concat_ws(': ', l.inverse || ' ' || c.number, nullif(p_text, '')), null, p_at);
  return case_apply(c, 'link', p_user, concat_ws(': ', l.label || ' ' || other.number, nullif(p_text, '')), p_key, p_at);
end $$;

create function relation_unlink(p_scope int[], p_ref text, p_other text, p_user uuid, p_key uuid, p_at timestamptz)
returns desk_case language plpgsql volatile as $$
declare
  a record := case_key(p_scope, p_ref);
  b record := case_key(array[a.property_id], p_other);
  c desk_case;
  other desk_case;
begin
  perform from desk_case d where d.property_id = a.property_id and d.id in (a.id, b.id) order by d.id for update;
  c := case_lock(a.property_id, a.id);
  other := case_lock(b.property_id, b.id);
  update case_link x set ended_at = now(), ended_by = p_user
   where x.property_id = c.property_id and x.ended_at is null
     and ((x.case_id = c.id and x.other_id = other.id) or (x.case_id = other.id and x.other_id = c.id));
  if not found then
    perform refuse('STNOF', 'NOT_LINKED', 'other', format('%s and %s are not linked', c.number, other.number));
  end if;
  perform case_apply(other, 'link', p_user, 'no longer linked to ' || c.number, null, p_at);
  return case_apply(c, 'link', p_user, 'no longer linked to ' || other.number, p_key, p_at);
end $$;

-- Makes a case part of another one about the same: it is followed there from now on. Nothing is moved or lost, so it can be
-- taken apart again: what was owed for it is owed again then, and a hold goes on. What was asked here counts there as asking
-- again.
create function relation_merge(p_scope int[], p_ref text, p_into text, p_user uuid, p_key uuid, p_at timestamptz, p_text text)
returns desk_case language plpgsql volatile as $$
declare
  a record := case_key(p_scope, p_ref);
  b record := case_key(array[a.property_id], p_into);
  c desk_case;
  target desk_case;
begin
  if a.id = b.id then
    perform refuse('STINV', 'SELF', 'into', 'a case cannot be merged into itself');
  end if;
  perform from desk_case d where d.property_id = a.property_id and d.id in (a.id, b.id) order by d.id for update;
  c := case_lock(a.property_id, a.id);
  target := case_lock(b.property_id, b.id);
  if not (select s.is_open from case_state s where s.state = target.state) then
    perform refuse('STPRE', 'INTO_CLOSED', 'into', format('%s is %s: reopen it first, or merge it the other way round', target.number, target.state));
  elsif exists (select from work_order o where o.property_id = c.property_id and o.case_id = c.id and o.is_open) then
    perform refuse('STPRE', 'WORK_OPEN', 'case', format('somebody is still at work for %s: merge %s into it instead, or end the work', c.number, target.number));
  elsif exists (select from desk_case d where d.property_id = c.property_id and d.merged_into = c.id) then
    perform refuse('STPRE', 'HAS_MERGED', 'case', format('other cases are merged into %s: take them apart first', c.number));
  end if;
  c.merged_into := target.id;
  c := case_apply(c, 'merge', p_user, concat_ws(': ', 'into ' || target.number, nullif(p_text, '')), p_key, p_at);
  perform obligation_drop(c.property_id, 'case', c.id, null, p_key);
  perform case_apply(target, 'link', p_user, format('%s merged into this: %s', c.number, c.summary), null, p_at);
  update desk_case d set chases = d.chases + c.chases + 1 where d.property_id = target.property_id and d.id = target.id;
  return c;
end $$;

create function relation_unmerge(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_text text)
returns desk_case language plpgsql volatile as $$
declare
  a record := case_key(p_scope, p_ref);
  into_id constant uuid := (select d.merged_into from desk_case d where d.property_id = a.property_id and d.id = a.id);
  c desk_case;
  target desk_case;
begin
  perform from desk_case d where d.property_id = a.property_id and d.id in (a.id, into_id) order by d.id for update;
  c := case_apply(case_lock(a.property_id, a.id), 'unmerge', p_user, nullif(p_text, ''), p_key, p_at);
  perform obligation_owe_again(c.property_id, (select e.id from case_event e
     where e.property_id = c.property_id and e.case_id = c.id and e.verb = 'merge' order by e.seq desc limit 1));
  target := case_lock(a.property_id, into_id);
  update desk_case d set chases = greatest(d.chases - c.chases - 1, 0) where d.property_id = target.property_id and d.id = target.id
  returning * into target;
  perform case_apply(target, 'link', p_user, format('%s taken out of this again', c.number), null, p_at);
  return c;
end $$;

-- What a case is linked to, and what is merged into it, read from its side.
create function relation_of(p_property int, p_case uuid)
returns table (how text, "case" text, state text, summary text) language sql stable as $$
  select x.how, c.number, c.state, c.summary
    from (select case when l.case_id = p_case then k.label else k.inverse end as how,
                 case when l.case_id = p_case then l.other_id else l.case_id end as id, l.created_at
            from case_link l join case_link_kind k on k.kind = l.kind
           where l.property_id = p_property and l.ended_at is null and (l.case_id = p_case or l.other_id = p_case)
          union all
          select 'has taken in', d.id, d.opened_at from desk_case d where d.property_id = p_property and d.merged_into = p_case
          union all
          select 'is merged into', d.merged_into, d.opened_at from desk_case d
           where d.property_id = p_property and d.id = p_case and d.merged_into is not null) x
    join desk_case c on c.property_id = p_property and c.id = x.id
   order by x.created_at, c.number
$$;

-- Cases that may be about the same: of the last thirty days, by the same customer, at the same place or a place around it, or
-- from the same number; the likeliest first. 'why' says what they share.
create function relation_similar(p_property int, p_case uuid, p_party uuid, p_place uuid, p_phone text, p_category uuid)
returns table (number text, state text, kind text, category text, place text, summary text, opened_at text, why text)
language sql stable as $$
  with near as (
    select c.id, 'same customer' as why, 3 as points from desk_case c
     where c.property_id = p_property and c.party_id = p_party and c.opened_at > now() - interval '30 days'
    union all
    select c.id, 'same place', 2 from desk_case c
     where c.property_id = p_property and c.place_id = p_place and c.opened_at > now() - interval '30 days'
    union all
    select c.id, 'same building', 0 from place l join desk_case c on c.property_id = p_property and c.place_id = l.building_id
     where l.property_id = p_property and l.id = p_place and l.id <> l.building_id and c.opened_at > now() - interval '30 days'
    union all
    select c.id, 'same number', 3 from desk_case c
     where c.property_id = p_property and c.phone_e164 = '+' || p_phone and c.opened_at > now() - interval '30 days'
    union
    select c.id, 'same number', 3 from search_token s join desk_case c on c.property_id = p_property and c.party_id = s.entity_id
     where p_phone is not null and s.property_id = p_property and s.token = p_phone and not s.part and s.entity = 'party'
       and c.opened_at > now() - interval '30 days'
  ), marked as (
    select n.id, string_agg(n.why, ', ' order by n.points desc, n.why) as why, sum(n.points) as points from near n
     where n.id is distinct from p_case group by n.id
  )
  select c.number, c.state, c.kind, g.path, l.number, c.summary, ts(c.opened_at, y.zone),
         m.why || case when c.category_id = p_category then ', same category' else '' end
    from marked m
    join desk_case c on c.property_id = p_property and c.id = m.id
    join property y on y.id = p_property
    left join case_category g on g.id = c.category_id
    left join place l on l.property_id = c.property_id and l.id = c.place_id
   where c.state <> 'merged'
   order by m.points + (c.category_id = p_category)::int * 3 + (c.closed_at is null)::int desc, c.opened_at desc
   limit 10
$$;

-- What similar cases are looked for by: those of a case, or what was given; where several properties are in reach, what was
-- given must say which.
create function relation_asked(p_scope int[], p_case text, p_party text, p_place text, p_phone text, p_category text,
                               out property_id int, out case_id uuid, out party_id uuid, out place_id uuid, out phone text,
                               out category_id uuid)
language plpgsql stable as $$
#variable_conflict use_column
declare
  k record;
  y property;
begin
  if p_case is not null then
    k := case_key(p_scope, p_case);
    select c.property_id, c.id, c.party_id, c.place_id, substr(c.phone_e164, 2), c.category_id
      into property_id, case_id, party_id, place_id, phone, category_id
      from desk_case c where c.property_id = k.property_id and c.id = k.id;
    return;
  end if;
  if num_nonnulls(p_party, p_place, p_phone) = 0 then
    perform refuse('STINV', 'REQUIRED', 'case', 'name a case, or a customer, a place or a number');
  end if;
  select x.property_id, x.id into property_id, party_id from party_key(p_scope, null, p_party) x;
  select coalesce(property_id, x.property_id), x.id into property_id, place_id from place_key(case when property_id is null then p_scope else array[property_id] end, property_id, p_place) x;
  property_id := coalesce(property_id, property_of(p_scope, null));
  select * into y from property p where p.id = property_id;
  phone := substr(phone_e164(p_phone, y.country_code, y.trunk_prefix), 2);
  category_id := case_category_key(p_category);
end $$;
