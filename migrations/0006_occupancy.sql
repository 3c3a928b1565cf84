-- Occupancies: who holds which place, as what, from when to when.

-- As what somebody can hold a place. Of one slot a place has one holder at a time: one owner, and one tenant or
-- merchant; '' has no limit.
create table occupancy_role (
  role text primary key,
  name text not null,
  rank int not null,
  slot text not null,
  constraint occupancy_role_slot_key unique (role, slot)
);
insert into occupancy_role (role, name, rank, slot) values
  ('owner',    'owner',                1, 'title'),
  ('co_owner', 'co-owner',             2, ''),
  ('tenant',   'tenant',               3, 'lease'),
  ('merchant', 'merchant',             4, 'lease'),
  ('occupant', 'occupant',             5, ''),
  ('family',   'family member',        6, ''),
  ('contact',  'person to call',       7, '');
grant select on occupancy_role to steward_app;

-- The period is [from, to): 'to' is the first day on which it is over.
create table occupancy (
  property_id int not null references property (id),
  id          uuid not null,
  number      text collate "C" not null,
  place_id    uuid not null,
  party_id    uuid not null,
  role        text not null,
  slot        text not null,
  period      daterange not null,
  from_on     date not null generated always as (lower(period)) stored,
  to_on       date generated always as (upper(period)) stored,
  contract    text,
  note        text,
  previous_id uuid,
  version     int not null default 1,
  changed_at  timestamptz not null default now(),
  primary key (property_id, id),
  constraint occupancy_number_key unique (property_id, number),
  constraint occupancy_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint occupancy_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint occupancy_previous_fkey foreign key (property_id, previous_id) references occupancy (property_id, id),
  constraint occupancy_role_fkey foreign key (role, slot) references occupancy_role (role, slot),
  constraint occupancy_period_check check (not isempty(period) and not lower_inf(period)),
  constraint occupancy_no_double exclude using gist (property_id with =, place_id with =, slot with =, period with &&)
    where (slot <> ''),
  constraint occupancy_no_repeat exclude using gist
    (property_id with =, place_id with =, party_id with =, role with =, period with &&)
);
create index occupancy_place_idx on occupancy (property_id, place_id);
create index occupancy_party_idx on occupancy (property_id, party_id);
create index occupancy_from_idx on occupancy (property_id, from_on, id);
comment on constraint occupancy_pkey on occupancy is 'id: this occupancy has been added already';
comment on constraint occupancy_property_id_fkey on occupancy is 'property: there is no such property';
comment on constraint occupancy_number_key on occupancy is 'number: another occupancy has this number';
comment on constraint occupancy_previous_fkey on occupancy is 'previous: there is no such occupancy at this property';
comment on constraint occupancy_place_fkey on occupancy is 'place: there is no such place at this property';
comment on constraint occupancy_party_fkey on occupancy is 'party: there is no such party at this property';
comment on constraint occupancy_role_fkey on occupancy is 'role: there is no such role; see "occupancy roles"';
comment on constraint occupancy_period_check on occupancy is 'to: must be a day after the first day';
comment on constraint occupancy_no_double on occupancy is 'place: somebody else holds this place in that time';
comment on constraint occupancy_no_repeat on occupancy is 'party: holds this place in this role already in that time';
select wall('occupancy');

create function occupancy_before() returns trigger language plpgsql as $$
declare
  p place;
begin
  new.slot := coalesce((select r.slot from occupancy_role r where r.role = new.role), new.slot, '');
  select * into p from place x where x.property_id = new.property_id and x.id = new.place_id;
  if p.id is not null and not (select k.holdable from place_kind k where k.kind = p.kind) then
    perform refuse('STINV', 'PLACE_NOT_HOLDABLE', 'place', format('nobody holds a %s such as %s: name a unit or a parking space in it',
                                                                  p.kind, p.number));
  end if;
  if tg_op = 'INSERT' and p.closed_on < coalesce(upper(new.period), 'infinity') then
    perform refuse('STPRE', 'PLACE_CLOSED', 'place', format('%s is closed since %s', p.number, p.closed_on));
  end if;
  return new;
end $$;
create trigger occupancy_before before insert or update of place_id, role, slot on occupancy
  for each row execute function occupancy_before();
create trigger occupancy_log after insert or update on occupancy
  for each row execute function registry_log('occupancy', 'id', 'added', 'from_on', 'to_on');
