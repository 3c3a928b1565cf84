-- Occupancies.

-- Refuses what is no role; says nothing where none is named.
create function occupancy_role_ok(p_role text) returns void language plpgsql stable as $$
begin
  if not exists (select from occupancy_role r where r.role = coalesce(p_role, r.role)) then
    perform refuse('STINV', 'OCCUPANCY_ROLE', 'role', format('there is no role called %s; see "occupancy roles"', quote_literal(p_role)));
  end if;
end $$;

-- The occupancy meant by a UUID or a number (T-1012), with the code of its property in front where several are in
-- reach. No row for no reference.
create function occupancy_key(p_scope int[], p_property int, p_ref text, p_field text default 'occupancy')
returns table (property_id int, id uuid) language plpgsql stable rows 1 as $$
#variable_conflict use_column
declare
  look record;
  hit record;
begin
  if nullif(btrim(p_ref), '') is null then
    return;
  end if;
  look := ref_split(p_scope, p_property, p_ref);
  for hit in
    select o.property_id, o.id, o.number, count(*) over () as n
      from (select o.property_id, o.id, o.number from occupancy o
             where o.property_id = any (look.within) and o.number = upper(look.rest)
            union all
            select o.property_id, o.id, o.number from occupancy o
             where is_uuid(look.rest) and o.property_id = any (look.within)
               and o.id = (case when is_uuid(look.rest) then look.rest end)::uuid) o
     order by o.property_id
  loop
    if hit.n > 1 then
      perform refuse('STINV', 'OCCUPANCY_AMBIGUOUS', p_field,
                     format('several properties have a %1$s: say which, as in %2$s/%1$s, or use -p %2$s', hit.number,
                            (select p.code from property p where p.id = hit.property_id)));
    end if;
    property_id := hit.property_id;
    id := hit.id;
    return next;
    return;
  end loop;
  perform refuse('STNOF', 'OCCUPANCY_UNKNOWN', p_field,
                 format('there is no occupancy %s at %s', look.rest, coalesce(property_codes(look.within), 'any property in reach')));
end $$;

-- "Wang Xiaoming as owner since 2019-05-01": what stands in the way, for sentences.
create function occupancy_words(o occupancy) returns text language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select format('%s (%s) as %s since %s%s', p.name, p.number, o.role, lower(o.period),
                  case when upper_inf(o.period) then '' else format(' until %s', upper(o.period)) end)
      from party p where p.property_id = o.property_id and p.id = o.party_id);
end $$;

-- Starts an occupancy. The constraint refuses a double letting in any case; this says by whom.
create function occupancy_start(p_property int, p_id uuid, p_place uuid, p_party uuid, p_role text, p_from date, p_to date,
                                p_contract text, p_note text, p_previous uuid, p_number text) returns uuid
language plpgsql volatile as $$
declare
  s text := (select r.slot from occupancy_role r where r.role = p_role);
  span daterange;
  other occupancy;
begin
  perform occupancy_role_ok(p_role);
  if p_to <= p_from then
    perform refuse('STINV', 'PERIOD', 'to', 'must be a day after the first day');
  end if;
  span := daterange(p_from, p_to);
  select * into other from occupancy o
   where o.property_id = p_property and o.place_id = p_place and o.slot = s and s <> '' and o.period && span
   order by lower(o.period) limit 1;
  if other.id is not null then
    perform refuse('STPRE', 'PLACE_TAKEN', 'place', format('it is held by %s', occupancy_words(other)));
  end if;
  insert into occupancy (property_id, id, number, place_id, party_id, role, slot, period, contract, note, previous_id)
  values (p_property, p_id, coalesce(p_number, 'T-' || next_number(p_property, 'T')), p_place, p_party, p_role, s, span,
          nullif(p_contract, ''), nullif(p_note, ''), p_previous);
  return p_id;
end $$;

-- Ends an occupancy on a day: the first on which it is over.
create function occupancy_end(p_property int, p_id uuid, p_to date, p_seen int) returns uuid
language plpgsql volatile as $$
declare
  o occupancy;
begin
  select * into o from occupancy x where x.property_id = p_property and x.id = p_id for update;
  perform version_ok(o.version, p_seen);
  if upper(o.period) <= p_to then
    perform refuse('STPRE', 'OCCUPANCY_ENDED', 'to', format('%s ended on %s already', o.number, upper(o.period)));
  elsif p_to <= lower(o.period) then
    perform refuse('STINV', 'PERIOD', 'to', format('%s began on %s: it cannot be over before', o.number, lower(o.period)));
  end if;
  update occupancy x set period = daterange(lower(o.period), p_to), version = o.version + 1, changed_at = now()
   where x.property_id = p_property and x.id = p_id;
  return p_id;
end $$;

-- Puts an occupancy right: what is given changes, what is named in p_clear is emptied.
create function occupancy_edit(p_property int, p_id uuid, p_from date, p_to date, p_contract text, p_note text,
                               p_clear text[], p_seen int) returns uuid
language plpgsql volatile as $$
declare
  o occupancy;
  since date;
  until date;
begin
  select * into o from occupancy x where x.property_id = p_property and x.id = p_id for update;
  perform version_ok(o.version, p_seen);
  since := coalesce(p_from, o.from_on);
  until := keep(o.to_on, p_to, 'to', p_clear);
  if until <= since and p_to is null then
    perform refuse('STINV', 'PERIOD', 'from', format('%s is over on %s: it must begin before', o.number, until));
  elsif until <= since then
    perform refuse('STINV', 'PERIOD', 'to', 'must be a day after the first day');
  end if;
  update occupancy x
     set period = daterange(since, until), contract = keep(o.contract, p_contract, 'contract', p_clear),
         note = keep(o.note, p_note, 'note', p_clear), version = o.version + 1, changed_at = now()
   where x.property_id = p_property and x.id = p_id
     and (since, until, keep(o.contract, p_contract, 'contract', p_clear), keep(o.note, p_note, 'note', p_clear))
         is distinct from (o.from_on, o.to_on, o.contract, o.note);
  return p_id;
end $$;

-- Passes a place from whoever holds it in that role to another party, on one day.
create function occupancy_transfer(p_property int, p_id uuid, p_place uuid, p_party uuid, p_role text, p_on date,
                                   p_contract text, p_note text, out ended uuid, out started uuid)
language plpgsql volatile as $$
declare
  o occupancy;
begin
  perform occupancy_role_ok(p_role);
  select * into o from occupancy x
   where x.property_id = p_property and x.place_id = p_place and x.period @> p_on
     and x.slot = (select r.slot from occupancy_role r where r.role = p_role and r.slot <> '')
   for update;
  if o.id is null then
    perform refuse('STPRE', 'NOTHING_TO_TRANSFER', 'place', format('nobody holds it as %s on %s', p_role, p_on));
  elsif o.party_id = p_party then
    perform refuse('STINV', 'SAME_PARTY', 'party', format('holds it already: %s', occupancy_words(o)));
  elsif o.from_on = p_on then
    perform refuse('STINV', 'PERIOD', 'on', format('%s begins on that day: it cannot be over before', o.number));
  end if;
  perform occupancy_end(p_property, o.id, p_on, null);
  perform occupancy_start(p_property, p_id, p_place, p_party, p_role, p_on, null, p_contract, p_note, o.id, null);
  ended := o.id;
  started := p_id;
end $$;

create view occupancy_card with (security_invoker = true) as
select o.id, o.property_id, y.code as property, o.number, l.number as place, l.kind as place_kind, p.number as party, p.name,
       (select f.raw from party_phone f
         where f.property_id = o.property_id and f.party_id = o.party_id and f.until_on is null
         order by f.from_on, f.id limit 1) as phone,
       o.role, o.from_on as "from", o.to_on as "to",
       case when o.period @> today(y.zone) then 'current' when o.from_on > today(y.zone) then 'future' else 'past' end as state,
       o.contract, b.number as previous, o.note, o.version, o.property_id || '~' || o.id || '~' || o.from_on as cursor,
       o.place_id, o.party_id, o.period, o.previous_id, r.rank
  from occupancy o
  join property y on y.id = o.property_id
  join place l on l.property_id = o.property_id and l.id = o.place_id
  join party p on p.property_id = o.property_id and p.id = o.party_id
  join occupancy_role r on r.role = o.role
  left join occupancy b on b.property_id = o.property_id and b.id = o.previous_id;
grant select on occupancy_card to steward_app;
-- Reads what the same statement has just written.
create function occupancy_card(p_property int, p_id uuid) returns setof occupancy_card language plpgsql volatile rows 1 as
$$
begin
  return query
    select * from occupancy_card where property_id = p_property and id = p_id;
end $$;

create type occupancy_input as (
  line int, property text, place text, party text, role text, "from" text, "to" text, contract text, note text
);

-- Which occupancies a list shows, in its order. A place or a party leads, else the order of the list.
create function occupancy_pick(p_scope int[], p_place text, p_party text, p_role text, p_history boolean, p_before date,
                               p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 100 as $$
#variable_conflict use_column
declare
  after constant record := row_after(p_after);
  since constant date := coalesce(to_day(after.key, 'after'), '-infinity');
  l record;
  p record;
begin
  perform occupancy_role_ok(p_role);
  select k.property_id, k.id into l from place_key(p_scope, null, p_place) k;
  select k.property_id, k.id into p from party_key(p_scope, null, p_party) k;
  if l.id is not null or p.id is not null then
    return query
      select o.property_id, o.id from occupancy o join property y on y.id = o.property_id
       where o.property_id = coalesce(l.property_id, p.property_id)
         and o.id in (select q.id from occupancy q where l.id is not null and q.property_id = l.property_id and q.place_id = l.id
                      union
                      select q.id from occupancy q where l.id is null and q.property_id = p.property_id and q.party_id = p.id)
         and (p.id is null or o.party_id = p.id) and (p_role is null or o.role = p_role)
         and (o.property_id, o.from_on, o.id) > (after.property_id, since, after.id)
         and (p_history or o.to_on is null or o.to_on > today(y.zone)) and (p_before is null or o.to_on < p_before)
       order by o.property_id, o.from_on, o.id limit p_limit;
  else
    return query
      select o.property_id, o.id from occupancy o join property y on y.id = o.property_id
       where o.property_id = any (p_scope) and (p_role is null or o.role = p_role)
         and (o.property_id, o.from_on, o.id) > (after.property_id, since, after.id)
         and (p_history or o.to_on is null or o.to_on > today(y.zone)) and (p_before is null or o.to_on < p_before)
       order by o.property_id, o.from_on, o.id limit p_limit;
  end if;
end $$;

-- "3-1-1202 owner; B12 tenant": what a party holds today, for lists.
create function party_places(p_property int, p_party uuid, p_on date) returns text language plpgsql stable as $$
begin
  return (
    select string_agg(l.number || ' ' || o.role, '; ' order by l.kind <> 'unit', o.role, l.sort_key)
      from occupancy o join place l on l.property_id = o.property_id and l.id = o.place_id
     where o.property_id = p_property and o.party_id = p_party and o.period @> p_on);
end $$;

-- Does the party hold anything in this role on that day?
create function party_holds(p_property int, p_party uuid, p_role text, p_on date) returns boolean language plpgsql stable as $$
begin
  return (
    select exists (select from occupancy o where o.property_id = p_property and o.party_id = p_party and o.role = p_role
                                             and o.from_on <= p_on and (o.to_on is null or o.to_on > p_on)));
end $$;

-- Could the place be held, and does nobody hold it today?
create function place_vacant(p_property int, p_place uuid, p_kind text) returns boolean language plpgsql stable as $$
begin
  return (
    select exists (select from place_kind k where k.kind = p_kind and k.holdable)
       and not exists (select from occupancy o join property y on y.id = o.property_id
                        where o.property_id = p_property and o.place_id = p_place
                          and o.from_on <= today(y.zone) and (o.to_on is null or o.to_on > today(y.zone))));
end $$;
