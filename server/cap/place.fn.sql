-- Places: references, lists, what is kept of each kind.

-- The place meant by a UUID, a number ("3-1-1202"), a kind and number ("parking:12"), each with the code of its
-- property in front where several are in reach. No row for no reference; a unit wins over other kinds.
create function place_key(p_scope int[], p_property int, p_ref text, p_field text default 'place')
returns table (property_id int, id uuid) language plpgsql stable rows 1 as $$
#variable_conflict use_column
declare
  look record;
  wanted text;
  hit record;
  n int := 0;
  first record;
begin
  if nullif(btrim(p_ref), '') is null then
    return;
  end if;
  look := ref_split(p_scope, p_property, p_ref);
  if is_uuid(look.rest) then
    return query select p.property_id, p.id from place p
                  where p.property_id = any (look.within) and p.id = look.rest::uuid;
    if not found then
      perform refuse('STNOF', 'PLACE_UNKNOWN', p_field, format('there is no place %s in reach', look.rest));
    end if;
    return;
  end if;
  if strpos(look.rest, ':') > 1 then
    select k.kind into wanted from place_kind k where k.kind = lower(split_part(look.rest, ':', 1));
    if wanted is not null then
      look.rest := btrim(substr(look.rest, strpos(look.rest, ':') + 1));
    end if;
  end if;
  for hit in
    select p.property_id, p.id, p.kind, p.number, count(*) over () as n,
           count(*) filter (where p.kind = 'unit') over () as units,
           min(p.property_id) over () <> max(p.property_id) over () as several
      from place p
     where p.property_id = any (look.within) and p.number_key = norm(look.rest)
       and (wanted is null or p.kind = wanted)
     order by p.kind = 'unit' desc, p.property_id
  loop
    if hit.several then
      perform refuse('STINV', 'PLACE_AMBIGUOUS', p_field,
                     format('several properties have a %1$s: say which, as in %2$s/%1$s, or use -p %2$s',
                            hit.number, (select p.code from property p where p.id = hit.property_id)));
    elsif hit.n > 1 and hit.units <> 1 then
      perform refuse('STINV', 'PLACE_AMBIGUOUS', p_field,
                     format('several places are called %1$s: say which, as in %2$s:%1$s', hit.number, hit.kind));
    end if;
    property_id := hit.property_id;
    id := hit.id;
    return next;
    return;
  end loop;
  perform refuse('STNOF', 'PLACE_UNKNOWN', p_field,
                 format('there is no %s called %s at %s', coalesce(wanted, 'place'), look.rest,
                        coalesce(property_codes(look.within), 'any property in reach')));
end $$;

-- A place and everything below it.
create function place_below(p_property int, p_id uuid) returns table (id uuid) language sql stable as $$
  with recursive below as (
    select p.id from place p where p.property_id = p_property and p.id = p_id
    union all
    select p.id from below b join place p on p.property_id = p_property and p.parent_id = b.id
  ) select b.id from below b
$$;

-- Does a list show this place? Everything but where it lies and what it is called.
create function place_fits(p place, p_kind text, p_status text, p_vacant boolean, p_closed boolean) returns boolean
language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select (p_kind is null or p.kind = p_kind) and (p_closed or p.closed_on is null)
       and (p_status is null or exists (select from place_facility d where d.property_id = p.property_id and d.place_id = p.id
                                                                      and d.status = p_status))
       and (not p_vacant or place_vacant(p.property_id, p.id, p.kind)));
end $$;

-- Which places a list shows, in its order. A text or a parent leads, else the order of the list.
create function place_pick(p_scope int[], p_text text, p_kind text, p_parent text, p_status text, p_vacant boolean,
                           p_closed boolean, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 100 as $$
#variable_conflict use_column
declare
  after constant record := row_after(p_after);
  above record;
begin
  if p_kind is not null and not exists (select from place_kind k where k.kind = p_kind) then
    perform refuse('STINV', 'PLACE_KIND', 'kind', format('there is no kind of place called %s', quote_literal(p_kind)));
  end if;
  select k.property_id, k.id into above from place_key(p_scope, null, p_parent, 'parent') k;
  if p_text is not null then
    return query
      select p.property_id, p.id
        from token_entities(p_scope, 'place', p_text) t
        join place p on p.property_id = t.property_id and p.id = t.entity_id
       where p.property_id = any (p_scope) and (p.property_id, p.sort_key, p.id) > (after.property_id, after.key, after.id)
         and (above.id is null or (p.property_id = above.property_id and p.id <> above.id
                                   and p.id in (select b.id from place_below(above.property_id, above.id) b)))
         and place_fits(p, p_kind, p_status, p_vacant, p_closed)
       order by p.property_id, p.sort_key, p.id limit p_limit;
  elsif above.id is not null then
    return query
      select p.property_id, p.id from place_below(above.property_id, above.id) b
        join place p on p.property_id = above.property_id and p.id = b.id
       where p.id <> above.id and (p.property_id, p.sort_key, p.id) > (after.property_id, after.key, after.id)
         and place_fits(p, p_kind, p_status, p_vacant, p_closed)
       order by p.property_id, p.sort_key, p.id limit p_limit;
  else
    return query
      select p.property_id, p.id from place p
       where p.property_id = any (p_scope) and (p.property_id, p.sort_key, p.id) > (after.property_id, after.key, after.id)
         and (p_kind is null or p.kind = p_kind) and place_fits(p, p_kind, p_status, p_vacant, p_closed)
       order by p.property_id, p.sort_key, p.id limit p_limit;
  end if;
end $$;

-- "96.4", "96.40 m2", "1,038 sqft" in hundredths of a square metre. 'measure' is that of a number without one.
create function area_dm2(t text, field text default 'area', measure text default 'm2') returns bigint language plpgsql immutable as $$
declare
  x constant text := norm(t);
  m text[];
begin
  if nullif(x, '') is null then
    return null;
  end if;
  m := regexp_match(x, '^([0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]{1,6})?\s*(m2|sqm|sq m|ft2|sqft|sq ft)?$');
  if m is null then
    perform refuse('STINV', 'AREA', field, format('%s is not an area: write 96.4, 96.40 m2 or 1038 sqft', quote_literal(t)));
  end if;
  return round((replace(m[1], ',', '') || coalesce(m[2], ''))::numeric
               * case when coalesce(m[3], nullif(norm(measure), ''), 'm2') in ('ft2', 'sqft', 'sq ft') then 9.290304 else 100 end)::bigint;
end $$;

create function area_text(dm2 bigint) returns text language sql immutable parallel safe as
$$ select (dm2 / 100) || '.' || lpad((dm2 % 100)::text, 2, '0') $$;

create view place_card with (security_invoker = true) as
select p.id, p.property_id, y.code as property, p.number, p.kind, p.name, u.number as parent, b.number as building,
       area_text(p.gross_area_dm2) as gross_area, area_text(p.usable_area_dm2) as usable_area, p.use,
       coalesce(db.structure, du.structure) as structure, du.layout, du.pipes,
       db.address, trim_scale(db.floors)::text as floors, db.built_year, dp.charger,
       df.status, df.location, df.maker, df.model, df.serial, df.installed_on,
       p.note, p.closed_on, p.version, p.property_id || '~' || p.id || '~' || p.sort_key as cursor,
       p.sort_key, p.number_key, p.parent_id, p.building_id
  from place p
  join property y on y.id = p.property_id
  left join place u on u.property_id = p.property_id and u.id = p.parent_id
  left join place b on b.property_id = p.property_id and b.id = p.building_id and p.kind <> 'building'
  left join place_building db on db.property_id = p.property_id and db.place_id = p.id
  left join place_unit du on du.property_id = p.property_id and du.place_id = p.id
  left join place_parking dp on dp.property_id = p.property_id and dp.place_id = p.id
  left join place_facility df on df.property_id = p.property_id and df.place_id = p.id;
grant select on place_card to steward_app;
-- Reads what the same statement has just written.
create function place_card(p_property int, p_id uuid) returns setof place_card language plpgsql volatile rows 1 as
$$
begin
  return query
    select * from place_card where property_id = p_property and id = p_id;
end $$;

-- What a form or a line of a file says about a place. 'building', 'entrance' and 'floor' name where a unit lies and
-- are made if they are missing; 'parent' must exist.
create type place_input as (
  line int, property text, kind text, number text, name text, parent text,
  building text, entrance text, floor text,
  gross_area text, usable_area text, measure text, use text, structure text, layout text, pipes text,
  address text, floors text, built_year text, charger text,
  status text, location text, maker text, model text, serial text, installed_on text,
  note text, closed_on text
);

-- One step of the way down: the place of that kind and number, made if it is missing.
create function place_step(p_property int, p_kind text, p_number text, p_parent uuid, inout made uuid[], out id uuid)
language plpgsql volatile as $$
begin
  select p.id into id from place p
   where p.property_id = p_property and p.kind = p_kind and p.number_key = norm(p_number);
  if id is null then
    id := uuid7();
    insert into place (property_id, id, kind, number, parent_id) values (p_property, id, p_kind, btrim(p_number), p_parent);
    made := made || id;
  end if;
end $$;

-- The parent a row names. A number below a building is written in full (3-1) or by its last part (1).
create function place_parent(p_property int, r place_input, inout made uuid[], out id uuid)
language plpgsql volatile as $$
declare
  step record;
  above text := nullif(btrim(r.building), '');
  x text;
begin
  id := (select k.id from place_key(array[p_property], p_property, r.parent, 'parent') k);
  if above is not null then
    if r.kind = 'building' then
      perform refuse('STINV', 'PLACE_PARENT', 'building', 'a building is not within a building: leave it out');
    end if;
    step := place_step(p_property, 'building', above, id, made);
    id := step.id;
    made := step.made;
  elsif nullif(btrim(r.entrance), '') is not null or nullif(btrim(r.floor), '') is not null then
    perform refuse('STINV', 'PLACE_PARENT', 'building', 'an entrance or floor needs its building');
  end if;
  x := nullif(btrim(r.entrance), '');
  if x is not null and r.kind not in ('entrance') then
    above := case when starts_with(norm(x), norm(above) || '-') then x else above || '-' || x end;
    step := place_step(p_property, 'entrance', above, id, made);
    id := step.id;
    made := step.made;
  end if;
  x := nullif(btrim(r.floor), '');
  if x is not null and r.kind not in ('entrance', 'floor') then
    above := case when starts_with(norm(x), norm(above) || '-') then x else above || '-' || x end;
    step := place_step(p_property, 'floor', above, id, made);
    id := step.id;
    made := step.made;
  end if;
end $$;

-- Refuses what a kind does not have.
create function place_fields_ok(r place_input, p_kind text) returns void language plpgsql stable as $$
declare
  f record;
begin
  if btrim(r.floors) !~ '^([0-9]{1,3}(\.[0-9]{1,2})?)?$' then
    perform refuse('STINV', 'NUMBER', 'floors', format('%s is not a number of floors', quote_literal(r.floors)));
  end if;
  for f in
    select x.field, x.kinds from (values
      ('structure', r.structure, array['building', 'unit']), ('layout', r.layout, array['unit']),
      ('pipes', r.pipes, array['unit']), ('address', r.address, array['building']),
      ('floors', r.floors, array['building']), ('built_year', r.built_year, array['building']),
      ('charger', r.charger, array['parking']), ('status', r.status, array['facility']),
      ('location', r.location, array['facility']), ('maker', r.maker, array['facility']),
      ('model', r.model, array['facility']), ('serial', r.serial, array['facility']),
      ('installed_on', r.installed_on, array['facility'])) as x (field, given, kinds)
     where x.given is not null and p_kind <> all (x.kinds)
  loop
    perform refuse('STINV', 'PLACE_FIELD', f.field,
                   format('only a %s has this, and it is a %s', array_to_string(f.kinds, ' or '), p_kind));
  end loop;
end $$;

-- Adds the place (p_id null: under p_new) or changes the one there is. outcome: taken, changed, unchanged. 'made'
-- lists all places touched, parents included.
create function place_put(p_property int, p_id uuid, p_new uuid, r place_input, p_clear text[], p_seen int,
                          out property_id int, out id uuid, out outcome text, out made uuid[])
language plpgsql volatile as $$
#variable_conflict use_column
declare
  o place;
  v place;
  parent record;
  kind_of constant text := coalesce((select p.kind from place p where p.property_id = p_property and p.id = p_id), r.kind);
  detail_changed boolean;
begin
  if kind_of is null then
    perform refuse('STINV', 'REQUIRED', 'kind', 'say what kind of place it is');
  end if;
  perform place_fields_ok(r, kind_of);
  r.kind := kind_of;
  made := '{}';
  parent := place_parent(p_property, r, made);
  made := parent.made;
  if p_id is null then
    insert into place (property_id, id, kind, number, name, parent_id, gross_area_dm2, usable_area_dm2, use, note, closed_on)
    values (p_property, p_new, r.kind, btrim(r.number), nullif(r.name, ''), parent.id, area_dm2(r.gross_area, 'gross_area', r.measure),
            area_dm2(r.usable_area, 'usable_area', r.measure), nullif(r.use, ''), nullif(r.note, ''),
            to_day(r.closed_on, 'closed_on'));
    property_id := p_property;
    id := p_new;
    outcome := 'taken';
    perform place_detail(p_property, p_new, r, '{}');
    made := made || id;
    return;
  end if;
  select * into o from place p where p.property_id = p_property and p.id = p_id for update;
  perform version_ok(o.version, p_seen);
  v := o;
  v.number := coalesce(btrim(r.number), o.number);
  v.name := keep(o.name, r.name, 'name', p_clear);
  v.parent_id := keep(o.parent_id, parent.id, 'parent', p_clear);
  v.gross_area_dm2 := keep(o.gross_area_dm2, area_dm2(r.gross_area, 'gross_area', r.measure), 'gross_area', p_clear);
  v.usable_area_dm2 := keep(o.usable_area_dm2, area_dm2(r.usable_area, 'usable_area', r.measure), 'usable_area', p_clear);
  v.use := keep(o.use, r.use, 'use', p_clear);
  v.note := keep(o.note, r.note, 'note', p_clear);
  v.closed_on := keep(o.closed_on, to_day(r.closed_on, 'closed_on'), 'closed_on', p_clear);
  -- A detail row that is only now needed begins empty, so that the history tells what was put into it.
  if r.kind = 'building' and num_nonnulls(r.address, r.floors, r.built_year, r.structure) > 0 then
    insert into place_building (property_id, place_id) values (p_property, p_id) on conflict do nothing;
  elsif r.kind = 'unit' and num_nonnulls(r.structure, r.layout, r.pipes) > 0 then
    insert into place_unit (property_id, place_id) values (p_property, p_id) on conflict do nothing;
  end if;
  detail_changed := place_detail(p_property, p_id, r, p_clear);
  property_id := p_property;
  id := p_id;
  outcome := 'unchanged';
  if detail_changed or v is distinct from o then
    update place p
       set number = v.number, name = v.name, parent_id = v.parent_id, gross_area_dm2 = v.gross_area_dm2,
           usable_area_dm2 = v.usable_area_dm2, use = v.use, note = v.note, closed_on = v.closed_on,
           version = o.version + 1, changed_at = now()
     where p.property_id = p_property and p.id = p_id;
    outcome := 'changed';
    made := made || id;
    if v.parent_id is distinct from o.parent_id then
      made := made || array(select b.id from place_below(p_property, p_id) b where b.id <> p_id);
    end if;
  end if;
end $$;

-- The detail row of the place's kind; true if it changed anything.
create function place_detail(p_property int, p_id uuid, r place_input, p_clear text[]) returns boolean
language plpgsql volatile as $$
declare
  n int := 0;
begin
  if r.kind = 'building' then
    insert into place_building as d (property_id, place_id, address, floors, built_year, structure)
    select p_property, p_id, nullif(r.address, ''), nullif(btrim(r.floors), '')::numeric, nullif(to_whole(r.built_year, 'built_year'), 0),
           nullif(r.structure, '')
     where num_nonnulls(r.address, r.floors, r.built_year, r.structure) > 0 or p_clear <> '{}'
    on conflict (property_id, place_id) do update
       set address = keep(d.address, r.address, 'address', p_clear),
           floors = keep(d.floors, excluded.floors, 'floors', p_clear),
           built_year = keep(d.built_year, excluded.built_year, 'built_year', p_clear),
           structure = keep(d.structure, r.structure, 'structure', p_clear)
     where (d.address, d.floors, d.built_year, d.structure) is distinct from
           (keep(d.address, r.address, 'address', p_clear), keep(d.floors, excluded.floors, 'floors', p_clear),
            keep(d.built_year, excluded.built_year, 'built_year', p_clear),
            keep(d.structure, r.structure, 'structure', p_clear));
  elsif r.kind = 'unit' then
    insert into place_unit as d (property_id, place_id, structure, layout, pipes)
    select p_property, p_id, nullif(r.structure, ''), nullif(r.layout, ''), nullif(r.pipes, '')
     where num_nonnulls(r.structure, r.layout, r.pipes) > 0 or p_clear <> '{}'
    on conflict (property_id, place_id) do update
       set structure = keep(d.structure, r.structure, 'structure', p_clear),
           layout = keep(d.layout, r.layout, 'layout', p_clear),
           pipes = keep(d.pipes, r.pipes, 'pipes', p_clear)
     where (d.structure, d.layout, d.pipes) is distinct from
           (keep(d.structure, r.structure, 'structure', p_clear),
            keep(d.layout, r.layout, 'layout', p_clear), keep(d.pipes, r.pipes, 'pipes', p_clear));
  elsif r.kind = 'parking' then
    insert into place_parking as d (property_id, place_id, charger)
    values (p_property, p_id, coalesce(to_flag(r.charger, 'charger'), false))
    on conflict (property_id, place_id) do update set charger = excluded.charger
     where nullif(btrim(r.charger), '') is not null and d.charger <> excluded.charger;
  elsif r.kind = 'facility' then
    insert into place_facility as d (property_id, place_id, status, location, maker, model, serial, installed_on)
    values (p_property, p_id, coalesce(r.status, 'working'), nullif(r.location, ''), nullif(r.maker, ''),
            nullif(r.model, ''), nullif(r.serial, ''), to_day(r.installed_on, 'installed_on'))
    on conflict (property_id, place_id) do update
       set status = coalesce(r.status, d.status),
           location = keep(d.location, r.location, 'location', p_clear),
           maker = keep(d.maker, r.maker, 'maker', p_clear),
           model = keep(d.model, r.model, 'model', p_clear),
           serial = keep(d.serial, r.serial, 'serial', p_clear),
           installed_on = keep(d.installed_on, excluded.installed_on, 'installed_on', p_clear)
     where (d.status, d.location, d.maker, d.model, d.serial, d.installed_on) is distinct from
           (coalesce(r.status, d.status), keep(d.location, r.location, 'location', p_clear),
            keep(d.maker, r.maker, 'maker', p_clear), keep(d.model, r.model, 'model', p_clear),
            keep(d.serial, r.serial, 'serial', p_clear),
            keep(d.installed_on, excluded.installed_on, 'installed_on', p_clear));
  end if;
  get diagnostics n = row_count;
  return n > 0 and r.kind in ('building', 'unit', 'parking', 'facility');
end $$;
