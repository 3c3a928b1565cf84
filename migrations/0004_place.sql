-- Places: one tree per property, from the building down to the room, and what lies beside it.

-- What a place can be. 'within' lists the kinds it may hang below ('' for the property itself).
create table place_kind (
  kind     text primary key,
  name     text not null,
  rank     int not null,
  within   text[] not null,
  holdable boolean not null default false
);
insert into place_kind (kind, name, rank, within, holdable) values
  ('area',       'area',             1, array['', 'area', 'building', 'entrance', 'floor'], false),
  ('building',   'building',         2, array['', 'area'], false),
  ('entrance',   'entrance',         3, array['building'], false),
  ('floor',      'floor',            4, array['building', 'entrance'], false),
  ('unit',       'unit',             5, array['', 'building', 'entrance', 'floor'], true),
  ('room',       'room',             6, array['', 'area', 'building', 'entrance', 'floor', 'unit'], true),
  ('parking',    'parking space',    7, array['', 'area', 'building', 'floor'], true),
  ('facility',   'facility',         8, array['', 'area', 'building', 'entrance', 'floor', 'room'], false),
  ('ad_site',    'advertising site', 9, array['', 'area', 'building', 'entrance', 'floor'], true),
  ('checkpoint', 'checkpoint',      10, array['', 'area', 'building', 'entrance', 'floor', 'room', 'parking', 'facility'], false);
grant select on place_kind to steward_app;

-- Areas are in hundredths of a square metre (square decimetres), so that shares of them add up exactly.
create table place (
  property_id     int not null references property (id),
  id              uuid not null,
  kind            text not null references place_kind (kind),
  number          text not null,
  number_key      text collate "C" not null generated always as (norm(number)) stored,
  sort_key        text collate "C" not null generated always as (natural_key(number)) stored,
  name            text,
  parent_id       uuid,
  building_id     uuid,
  gross_area_dm2  bigint,
  usable_area_dm2 bigint,
  use             text,
  note            text,
  closed_on       date,
  version         int not null default 1,
  changed_at      timestamptz not null default now(),
  primary key (property_id, id),
  constraint place_kind_key unique (property_id, id, kind),
  constraint place_number_key unique (property_id, number_key, kind),
  constraint place_parent_fkey foreign key (property_id, parent_id) references place (property_id, id),
  constraint place_number_check check (number <> '' and number = btrim(number) and number !~ '[[:cntrl:]]'),
  constraint place_parent_check check (parent_id <> id),
  constraint place_gross_check check (gross_area_dm2 between 0 and 1000000000000),
  constraint place_usable_check check (usable_area_dm2 between 0 and 1000000000000)
);
create index place_parent_idx on place (property_id, parent_id);
create index place_building_idx on place (property_id, building_id, kind);
create index place_sort_idx on place (property_id, sort_key, id);
comment on constraint place_pkey on place is 'id: this place has been added already';
comment on constraint place_property_id_fkey on place is 'property: there is no such property';
comment on constraint place_kind_fkey on place is 'kind: there is no such kind of place; `place kinds` lists them';
comment on constraint place_kind_key on place is 'id: this place has been added already';
comment on constraint place_number_key on place is 'number: another place of this kind has this number';
comment on constraint place_parent_fkey on place is 'parent: there is no such place at this property';
comment on constraint place_number_check on place is 'number: must not be empty, and neither begin nor end with a blank';
comment on constraint place_parent_check on place is 'parent: a place cannot lie within itself';
comment on constraint place_gross_check on place is 'gross_area: not an area';
comment on constraint place_usable_check on place is 'usable_area: not an area';
select wall('place');

-- What only some kinds have. The kind stands in each table, so that the foreign key proves it.
create table place_building (
  property_id int not null,
  place_id    uuid not null,
  kind        text not null default 'building',
  address     text,
  floors      numeric(5,2),
  built_year  int,
  structure   text,
  primary key (property_id, place_id),
  constraint place_building_kind_check check (kind = 'building'),
  constraint place_building_fkey foreign key (property_id, place_id, kind) references place (property_id, id, kind),
  constraint place_building_floors_check check (floors between 0 and 300),
  constraint place_building_year_check check (built_year between 1000 and 2200)
);
comment on constraint place_building_floors_check on place_building is 'floors: a building has 0 to 300 floors';
comment on constraint place_building_year_check on place_building is 'built_year: not a year';
comment on constraint place_building_kind_check on place_building is 'kind: it is not a building';
comment on constraint place_building_fkey on place_building is 'kind: it is not a building';
select wall('place_building');

create table place_unit (
  property_id int not null,
  place_id    uuid not null,
  kind        text not null default 'unit',
  structure   text,
  layout      text,
  pipes       text,
  primary key (property_id, place_id),
  constraint place_unit_kind_check check (kind = 'unit'),
  constraint place_unit_fkey foreign key (property_id, place_id, kind) references place (property_id, id, kind)
);
comment on constraint place_unit_kind_check on place_unit is 'kind: it is not a unit';
comment on constraint place_unit_fkey on place_unit is 'kind: it is not a unit';
select wall('place_unit');

create table place_parking (
  property_id int not null,
  place_id    uuid not null,
  kind        text not null default 'parking',
  charger     boolean not null default false,
  primary key (property_id, place_id),
  constraint place_parking_kind_check check (kind = 'parking'),
  constraint place_parking_fkey foreign key (property_id, place_id, kind) references place (property_id, id, kind)
);
comment on constraint place_parking_kind_check on place_parking is 'kind: it is not a parking space';
comment on constraint place_parking_fkey on place_parking is 'kind: it is not a parking space';
select wall('place_parking');

create table place_facility (
  property_id  int not null,
  place_id     uuid not null,
  kind         text not null default 'facility',
  status       text not null default 'working',
  location     text,
  maker        text,
  model        text,
  serial       text,
  installed_on date,
  primary key (property_id, place_id),
  constraint place_facility_kind_check check (kind = 'facility'),
  constraint place_facility_fkey foreign key (property_id, place_id, kind) references place (property_id, id, kind),
  constraint place_facility_status_check check (status in ('working', 'limited', 'out_of_order', 'removed'))
);
comment on constraint place_facility_status_check on place_facility is
  'status: a facility is working, limited, out_of_order or removed';
comment on constraint place_facility_kind_check on place_facility is 'kind: it is not a facility';
comment on constraint place_facility_fkey on place_facility is 'kind: it is not a facility';
select wall('place_facility');

-- Keeps the tree sound and tells every place its building.
create function place_before() returns trigger language plpgsql as $$
declare
  k place_kind;
  parent place;
  above uuid;
begin
  if new.building_id is not null and tg_op = 'INSERT' then
    new.building_id := null;
  end if;
  select * into k from place_kind where kind = new.kind;
  if k.kind is null then
    perform refuse('STINV', 'PLACE_KIND', 'kind', format('there is no kind of place called %s', quote_literal(new.kind)));
  end if;
  if new.parent_id is not null then
    select * into parent from place p where p.property_id = new.property_id and p.id = new.parent_id;
    if parent.id is null then
      return new; -- the foreign key refuses it
    end if;
  end if;
  if coalesce(parent.kind, '') <> all (k.within) then
    perform refuse('STINV', 'PLACE_PARENT', 'parent',
                   case when parent.id is null then format('a %s lies within another place: name its parent', k.name)
                        else format('a %s cannot lie within %s %s', k.name, parent.kind, parent.number) end);
  end if;
  if tg_op = 'UPDATE' then
    above := parent.parent_id;
    while above is not null loop
      if above = new.id then
        perform refuse('STINV', 'PLACE_LOOP', 'parent', format('%s lies within %s already', parent.number, new.number));
      end if;
      select p.parent_id into above from place p where p.property_id = new.property_id and p.id = above;
    end loop;
  end if;
  new.building_id := case when new.kind = 'building' then new.id else parent.building_id end;
  return new;
end $$;
create trigger place_before before insert or update of kind, parent_id, building_id on place
  for each row execute function place_before();

-- A part of the tree that moved takes what hangs below it along.
create function place_moved() returns trigger language plpgsql as $$
begin
  update place set building_id = new.building_id, version = version + 1, changed_at = now()
   where property_id = new.property_id and parent_id = new.id and kind <> 'building';
  return null;
end $$;
create trigger place_moved after update on place for each row
  when (old.building_id is distinct from new.building_id) execute function place_moved();

create function place_search() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform search_add(new.property_id, 'place', new.id, new.kind, array[new.number], array[tail(new.number), squash(new.number)]);
    if new.name is not null then
      perform search_add(new.property_id, 'place', new.id, 'name', array[new.name], name_parts(new.name));
    end if;
    return null;
  end if;
  if old.kind <> new.kind then
    perform search_put(new.property_id, 'place', new.id, old.kind, '{}');
  end if;
  if (old.number, old.kind) is distinct from (new.number, new.kind) then
    perform search_put(new.property_id, 'place', new.id, new.kind, array[new.number], array[tail(new.number), squash(new.number)]);
  end if;
  if old.name is distinct from new.name then
    perform search_put(new.property_id, 'place', new.id, 'name', array[new.name], name_parts(new.name));
  end if;
  return null;
end $$;
create trigger place_search after insert or update of number, kind, name on place
  for each row execute function place_search();

create trigger place_log after insert or update on place
  for each row execute function registry_log('place', 'id', 'added', 'building_id');
create trigger place_log after insert or update on place_building
  for each row execute function registry_log('place', 'place_id', '');
create trigger place_log after insert or update on place_unit
  for each row execute function registry_log('place', 'place_id', '');
create trigger place_log after insert or update on place_parking
  for each row execute function registry_log('place', 'place_id', '');
create trigger place_log after insert or update on place_facility
  for each row execute function registry_log('place', 'place_id', '');
