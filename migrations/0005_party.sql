-- Parties: the people and organisations a property has to do with, how to reach them, who lives with whom.

-- Why the property knows a party. Who holds which place is told by occupancies, not here.
create table party_kind (
  kind text primary key,
  name text not null,
  rank int not null
);
insert into party_kind (kind, name, rank) values
  ('customer',   'customer', 1),
  ('merchant',   'merchant', 2),
  ('contractor', 'contractor or supplier', 3),
  ('developer',  'developer or construction unit', 4),
  ('utility',    'water, electricity, gas, heating', 5),
  ('authority',  'government and neighbourhood office', 6),
  ('visitor',    'visitor', 7),
  ('other',      'other', 8);
grant select on party_kind to steward_app;

create table party (
  property_id   int not null references property (id),
  id            uuid not null,
  number        text collate "C" not null,
  sort_key      text collate "C" not null generated always as (natural_key(number)) stored,
  form          text not null default 'person',
  name          text not null,
  alias         text,
  kinds         text[] not null default '{customer}',
  ref           text,
  email         text,
  language      text,
  document_kind text,
  document      text,
  born_on       date,
  note          text,
  version       int not null default 1,
  changed_at    timestamptz not null default now(),
  primary key (property_id, id),
  constraint party_number_key unique (property_id, number),
  constraint party_ref_key unique (property_id, ref),
  constraint party_form_check check (form in ('person', 'organisation')),
  constraint party_name_check check (btrim(name) <> '' and name !~ '[[:cntrl:]]'),
  constraint party_email_check check (email ~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+$'),
  constraint party_born_check check (form = 'person' or born_on is null)
);
create index party_sort_idx on party (property_id, sort_key, id);
comment on constraint party_pkey on party is 'id: this party has been added already';
comment on constraint party_property_id_fkey on party is 'property: there is no such property';
comment on constraint party_number_key on party is 'number: another party has this number';
comment on constraint party_ref_key on party is 'ref: another party has this number of the earlier system';
comment on constraint party_form_check on party is 'form: a party is a person or an organisation';
comment on constraint party_name_check on party is 'name: must not be empty';
comment on constraint party_email_check on party is 'email: not an e-mail address';
comment on constraint party_born_check on party is 'born_on: only a person has a birthday';
select wall('party');

create function party_before() returns trigger language plpgsql as $$
declare
  k text;
begin
  foreach k in array new.kinds loop
    if not exists (select from party_kind where kind = k) then
      perform refuse('STINV', 'PARTY_KIND', 'kinds', format('there is no kind of party called %s', quote_literal(k)));
    end if;
  end loop;
  return new;
end $$;
create trigger party_before before insert or update of kinds on party
  for each row execute function party_before();

-- Ways to call a party: as written, and in E.164 where the text tells it. Ended with a date, never deleted.
create table party_phone (
  property_id int not null,
  id          uuid not null,
  party_id    uuid not null,
  raw         text not null,
  e164        text collate "C",
  label       text,
  from_on     date not null,
  until_on    date,
  primary key (property_id, id),
  constraint party_phone_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint party_phone_raw_check check (squash(raw) ~ '[0-9]{3}'),
  constraint party_phone_until_check check (until_on >= from_on),
  constraint party_phone_once exclude using btree
    (property_id with =, party_id with =, (coalesce(e164, squash(raw))) with =) where (until_on is null)
);
create index party_phone_party_idx on party_phone (property_id, party_id);
comment on constraint party_phone_party_fkey on party_phone is 'party: there is no such party at this property';
comment on constraint party_phone_once on party_phone is 'phone: the party has this number already';
comment on constraint party_phone_raw_check on party_phone is 'phone: a telephone number has at least three digits';
comment on constraint party_phone_until_check on party_phone is 'on: the number was not known before it was added';
select wall('party_phone');

-- Number plates of a party's cars, and where such a car usually stands.
create table party_plate (
  property_id int not null,
  id          uuid not null,
  party_id    uuid not null,
  plate       text not null,
  plate_key   text collate "C" not null generated always as (squash(plate)) stored,
  place_id    uuid,
  from_on     date not null,
  until_on    date,
  primary key (property_id, id),
  constraint party_plate_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint party_plate_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint party_plate_plate_check check (squash(plate) <> ''),
  constraint party_plate_until_check check (until_on >= from_on),
  constraint party_plate_once exclude using btree (property_id with =, plate_key with =) where (until_on is null)
);
create index party_plate_party_idx on party_plate (property_id, party_id);
create index party_plate_place_idx on party_plate (property_id, place_id);
comment on constraint party_plate_party_fkey on party_plate is 'party: there is no such party at this property';
comment on constraint party_plate_place_fkey on party_plate is 'place: there is no such place at this property';
comment on constraint party_plate_once on party_plate is 'plate: another car here has this plate';
comment on constraint party_plate_plate_check on party_plate is 'plate: must not be empty';
comment on constraint party_plate_until_check on party_plate is 'on: the plate was not known before it was added';
select wall('party_plate');

-- Who lives with whom: a person belongs to one household at a time.
create table household (
  property_id int not null references property (id),
  id          uuid not null,
  number      text collate "C" not null,
  primary key (property_id, id),
  constraint household_number_key unique (property_id, number)
);
comment on constraint household_property_id_fkey on household is 'property: there is no such property';
comment on constraint household_number_key on household is 'number: another household has this number';
select wall('household');
create table household_member (
  property_id  int not null,
  id           uuid not null,
  household_id uuid not null,
  party_id     uuid not null,
  role         text not null,
  period       daterange not null,
  primary key (property_id, id),
  constraint household_member_household_fkey foreign key (property_id, household_id) references household (property_id, id),
  constraint household_member_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint household_member_role_check check (role in ('head', 'spouse', 'child', 'parent', 'sibling', 'grandchild', 'grandparent', 'other')),
  constraint household_member_period_check check (not isempty(period) and not lower_inf(period)),
  constraint household_member_once exclude using gist (property_id with =, party_id with =, period with &&)
);
create index household_member_household_idx on household_member (property_id, household_id);
comment on constraint household_member_household_fkey on household_member is 'household: there is no such household at this property';
comment on constraint household_member_party_fkey on household_member is 'party: there is no such party at this property';
comment on constraint household_member_role_check on household_member is
  'role: head, spouse, child, parent, sibling, grandchild, grandparent or other';
comment on constraint household_member_period_check on household_member is 'on: must be a day after the day of joining';
comment on constraint household_member_once on household_member is 'party: belongs to another household in that time';
select wall('household_member');

create function party_search() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform search_add(new.property_id, 'party', new.id, 'name', array[new.name, new.alias],
                       name_parts(new.name) || name_parts(new.alias));
    perform search_add(new.property_id, 'party', new.id, 'party', array[new.number, new.ref],
                       array[substr(new.number, strpos(new.number, '-') + 1)]);
    if new.document is not null then
      perform search_add(new.property_id, 'party', new.id, 'document', array[squash(new.document)]);
    end if;
    return null;
  end if;
  if (old.name, old.alias) is distinct from (new.name, new.alias) then
    perform search_put(new.property_id, 'party', new.id, 'name', array[new.name, new.alias],
                       name_parts(new.name) || name_parts(new.alias));
  end if;
  if (old.number, old.ref) is distinct from (new.number, new.ref) then
    perform search_put(new.property_id, 'party', new.id, 'party', array[new.number, new.ref],
                       array[substr(new.number, strpos(new.number, '-') + 1)]);
  end if;
  if old.document is distinct from new.document then
    perform search_put(new.property_id, 'party', new.id, 'document', array[squash(new.document)]);
  end if;
  return null;
end $$;
create trigger party_search after insert or update of name, alias, number, ref, document on party
  for each row execute function party_search();
create trigger party_log after insert or update on party
  for each row execute function registry_log('party', 'id', 'added');

create function party_phone_before() returns trigger language plpgsql as $$
begin
  new.e164 := (select phone_e164(new.raw, p.country_code, p.trunk_prefix) from property p where p.id = new.property_id);
  return new;
end $$;
create trigger party_phone_before before insert or update of raw, e164 on party_phone
  for each row execute function party_phone_before();

create function party_phone_after() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.until_on is null then
      perform search_add(new.property_id, 'party', new.party_id, 'phone', array[coalesce(substr(new.e164, 2), squash(new.raw))], array[tail(coalesce(substr(new.e164, 2), squash(new.raw)))]);
    end if;
    perform registry_note(new.property_id, 'party', new.party_id, 'changed', 'phone', null, new.raw);
    return null;
  end if;
  perform search_put(new.property_id, 'party', new.party_id, 'phone', array_agg(coalesce(substr(f.e164, 2), squash(f.raw))), array_agg(tail(coalesce(substr(f.e164, 2), squash(f.raw)))))
     from party_phone f
    where f.property_id = new.property_id and f.party_id = new.party_id and f.until_on is null;
  if old.until_on is null and new.until_on is not null then
    perform registry_note(new.property_id, 'party', new.party_id, 'changed', 'phone', new.raw, null);
  end if;
  return null;
end $$;
create trigger party_phone_after after insert or update on party_phone
  for each row execute function party_phone_after();

create function party_plate_after() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.until_on is null then
      perform search_add(new.property_id, 'party', new.party_id, 'plate', array[new.plate_key], array[tail(new.plate_key)]);
    end if;
    perform registry_note(new.property_id, 'party', new.party_id, 'changed', 'plate', null, new.plate);
    return null;
  end if;
  perform search_put(new.property_id, 'party', new.party_id, 'plate', array_agg(f.plate_key), array_agg(tail(f.plate_key)))
     from party_plate f
    where f.property_id = new.property_id and f.party_id = new.party_id and f.until_on is null;
  if old.until_on is null and new.until_on is not null then
    perform registry_note(new.property_id, 'party', new.party_id, 'changed', 'plate', new.plate, null);
  end if;
  return null;
end $$;
create trigger party_plate_after after insert or update on party_plate
  for each row execute function party_plate_after();

create function household_member_after() returns trigger language plpgsql as $$
declare
  n text := (select h.number from household h where h.property_id = new.property_id and h.id = new.household_id);
begin
  if tg_op = 'INSERT' then
    perform registry_note(new.property_id, 'party', new.party_id, 'changed', 'household', null, n || ' ' || new.role);
  else
    perform registry_note(new.property_id, 'party', new.party_id, 'changed', 'household', n || ' ' || old.role,
                          case when upper_inf(new.period) then n || ' ' || new.role end);
  end if;
  return null;
end $$;
create trigger household_member_after after insert or update on household_member
  for each row execute function household_member_after();

-- Telephone habits of the property changed: what its numbers mean changes with them.
create function property_phones() returns trigger language plpgsql as $$
begin
  update party_phone set e164 = null where property_id = new.id;
  return null;
end $$;
create trigger property_phones after update on property for each row
  when ((old.country_code, old.trunk_prefix) is distinct from (new.country_code, new.trunk_prefix))
  execute function property_phones();
