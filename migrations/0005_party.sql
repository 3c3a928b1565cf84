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

-- The party meant by a UUID, a number (P-1007) or its number in the earlier system, each with the code of its
-- property in front where several are in reach. No row for no reference.
create function party_key(p_scope int[], p_property int, p_ref text, p_field text default 'party')
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
  if is_uuid(look.rest) then
    return query select p.property_id, p.id from party p
                  where p.property_id = any (look.within) and p.id = look.rest::uuid;
    if found then
      return;
    end if;
  end if;
  for hit in
    select p.property_id, p.id, p.number, count(*) over () as n
      from (select p.property_id, p.id, p.number, 1 as o from party p
             where p.property_id = any (look.within) and p.number = upper(look.rest)
            union all
            select p.property_id, p.id, p.ref, 2 from party p
             where p.property_id = any (look.within) and p.ref = look.rest) p
     order by p.o, p.property_id
     fetch first 1 rows with ties
  loop
    if hit.n > 1 then
      perform refuse('STINV', 'PARTY_AMBIGUOUS', p_field,
                     format('several properties have a %1$s: say which, as in %2$s/%1$s, or use -p %2$s', hit.number,
                            (select p.code from property p where p.id = hit.property_id)));
    end if;
    property_id := hit.property_id;
    id := hit.id;
    return next;
    return;
  end loop;
  perform refuse('STNOF', 'PARTY_UNKNOWN', p_field,
                 format('there is no party %s at %s', look.rest, coalesce(property_codes(look.within), 'any property in reach')));
end $$;

-- What a form or a line of a file says about a party. In a file several kinds, phones and plates stand in one
-- field, separated by semicolons.
create type party_input as (
  line int, property text, ref text, number text, form text, name text, alias text, kinds text[],
  phones text[], plates text[], email text, language text, document_kind text, document text, born_on text, note text
);

-- "a; b" as an array; null stays null.
create function split_list(t text) returns text[] language sql immutable parallel safe as
$$ select case when t is not null then
     array(select btrim(x) from regexp_split_to_table(t, '[;；]') x where btrim(x) <> '') end $$;

-- Adds what is not there yet; true if anything was.
create function party_reach(p_property int, p_id uuid, p_phones text[], p_plates text[]) returns boolean
language plpgsql volatile as $$
declare
  y property;
  x text;
  c text;
  n int := 0;
  done int;
begin
  select * into y from property p where p.id = p_property;
  foreach x in array array_remove(coalesce(p_phones, '{}'), '') loop
    if squash(split_part(x, '=', 1)) !~ '[0-9]{3}' then
      perform refuse('STINV', 'PHONE', 'phones', format('%s is not a telephone number: it has less than three digits', quote_literal(x)));
    end if;
    insert into party_phone (property_id, id, party_id, raw, label, from_on)
    select p_property, uuid7(), p_id, btrim(split_part(x, '=', 1)), nullif(btrim(split_part(x, '=', 2)), ''), today(y.zone)
     where not exists (select from party_phone f
                        where f.property_id = p_property and f.party_id = p_id and f.until_on is null
                          and coalesce(f.e164, squash(f.raw)) =
                              coalesce(phone_e164(split_part(x, '=', 1), y.country_code, y.trunk_prefix),
                                       squash(split_part(x, '=', 1))));
    get diagnostics done = row_count;
    n := n + done;
  end loop;
  foreach x in array array_remove(coalesce(p_plates, '{}'), '') loop
    if squash(x) = '' then
      perform refuse('STINV', 'PLATE', 'plates', format('%s is not a number plate', quote_literal(x)));
    end if;
    insert into party_plate (property_id, id, party_id, plate, from_on)
    select p_property, uuid7(), p_id, upper(btrim(x)), today(y.zone)
     where not exists (select from party_plate f
                        where f.property_id = p_property and f.party_id = p_id and f.until_on is null
                          and f.plate_key = squash(x));
    get diagnostics done = row_count;
    n := n + done;
  end loop;
  return n > 0;
exception when exclusion_violation then
  get stacked diagnostics c = constraint_name;
  if c <> 'party_plate_once' then
    raise;
  end if;
  perform refuse('STEXI', 'PLATE_TAKEN', 'plates', format('another party has a car with the plate %s', upper(x)));
  return false;
end $$;

-- Adds the party (p_id null: under p_new, with the next number or p_number) or changes the one there is. outcome: taken, changed, unchanged.
create function party_put(p_property int, p_id uuid, p_new uuid, r party_input, p_clear text[], p_seen int, p_number text,
                          out property_id int, out id uuid, out outcome text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  o party;
  v party;
  reach boolean;
begin
  property_id := p_property;
  id := coalesce(p_id, p_new);
  if p_id is null then
    if r.name is null then
      perform refuse('STINV', 'REQUIRED', 'name', 'the name is missing');
    end if;
    insert into party (property_id, id, number, form, name, alias, kinds, ref, email, language, document_kind, document,
                       born_on, note)
    values (p_property, p_new, coalesce(p_number, 'P-' || next_number(p_property, 'P')), coalesce(r.form, 'person'),
            btrim(r.name), nullif(r.alias, ''), coalesce(nullif(r.kinds, '{}'), '{customer}'), nullif(r.ref, ''),
            nullif(r.email, ''), nullif(r.language, ''), nullif(r.document_kind, ''), nullif(r.document, ''),
            to_day(r.born_on, 'born_on'), nullif(r.note, ''));
    perform party_reach(p_property, p_new, r.phones, r.plates);
    outcome := 'taken';
    return;
  end if;
  select * into o from party p where p.property_id = p_property and p.id = p_id for update;
  perform version_ok(o.version, p_seen);
  v := o;
  v.form := coalesce(r.form, o.form);
  v.name := coalesce(btrim(r.name), o.name);
  v.alias := keep(o.alias, r.alias, 'alias', p_clear);
  v.kinds := coalesce(nullif(r.kinds, '{}'), o.kinds);
  v.ref := keep(o.ref, r.ref, 'ref', p_clear);
  v.email := keep(o.email, r.email, 'email', p_clear);
  v.language := keep(o.language, r.language, 'language', p_clear);
  v.document_kind := keep(o.document_kind, r.document_kind, 'document_kind', p_clear);
  v.document := keep(o.document, r.document, 'document', p_clear);
  v.born_on := keep(o.born_on, to_day(r.born_on, 'born_on'), 'born_on', p_clear);
  v.note := keep(o.note, r.note, 'note', p_clear);
  reach := party_reach(p_property, p_id, r.phones, r.plates);
  outcome := 'unchanged';
  if reach or v is distinct from o then
    update party p
       set form = v.form, name = v.name, alias = v.alias, kinds = v.kinds, ref = v.ref, email = v.email,
           language = v.language, document_kind = v.document_kind, document = v.document, born_on = v.born_on,
           note = v.note, version = o.version + 1, changed_at = now()
     where p.property_id = p_property and p.id = p_id;
    outcome := 'changed';
  end if;
end $$;

-- Marks a party as changed when something beside its own row did.
create function party_touch(p_property int, p_id uuid) returns void language plpgsql volatile as $$
begin
  update party set version = version + 1, changed_at = now() where property_id = p_property and id = p_id;
end $$;

create view party_card with (security_invoker = true) as
select p.id, p.property_id, y.code as property, p.number, p.form, p.name, p.alias, p.kinds,
       (select f.raw from party_phone f
         where f.property_id = p.property_id and f.party_id = p.id and f.until_on is null
         order by f.from_on, f.id limit 1) as phone,
       p.email, p.language, p.document_kind, masked(p.document) as document, p.born_on, p.ref, p.note, p.version,
       p.property_id || '~' || p.id || '~' || p.sort_key as cursor, p.sort_key
  from party p
  join property y on y.id = p.property_id;
grant select on party_card to steward_app;
-- Reads what the same statement has just written.
create function party_card(p_property int, p_id uuid) returns setof party_card language sql volatile rows 1 as
$$ select * from party_card where property_id = p_property and id = p_id $$;

-- Puts a party into the household of another one, which is made if there is none. A party that is in a household
-- leaves it on that day.
create function household_join(p_property int, p_party uuid, p_with uuid, p_role text, p_on date) returns uuid
language plpgsql volatile as $$
declare
  day constant date := coalesce(p_on, (select today(y.zone) from property y where y.id = p_property));
  home uuid;
begin
  if p_party = p_with then
    perform refuse('STINV', 'HOUSEHOLD_SELF', 'with', 'name two different people');
  end if;
  select m.household_id into home from household_member m
   where m.property_id = p_property and m.party_id = p_with and m.period @> day;
  if home is null then
    home := uuid7();
    insert into household (property_id, id, number) values (p_property, home, 'H-' || next_number(p_property, 'H'));
    insert into household_member (property_id, id, household_id, party_id, role, period)
    values (p_property, uuid7(), home, p_with, 'head', daterange(day, null));
    perform party_touch(p_property, p_with);
    perform import_touched(array[p_with]);
  end if;
  if exists (select from household_member m
              where m.property_id = p_property and m.party_id = p_party and m.period @> day and m.household_id = home
                and m.role = coalesce(p_role, m.role)) then
    return p_party; -- belongs there already
  end if;
  perform party_touch(p_property, p_party);
  update household_member m set household_id = home, role = coalesce(p_role, m.role)
   where m.property_id = p_property and m.party_id = p_party and m.period @> day and lower(m.period) = day;
  if found then
    return p_party; -- put right on the day it was written
  end if;
  update household_member m set period = daterange(lower(m.period), day)
   where m.property_id = p_property and m.party_id = p_party and m.period @> day;
  insert into household_member (property_id, id, household_id, party_id, role, period)
  values (p_property, uuid7(), home, p_party, coalesce(p_role, 'other'), daterange(day, null));
  return p_party;
end $$;

-- Ends the membership of that day, which lasts one day at least.
create function household_leave(p_property int, p_party uuid, p_on date) returns uuid
language plpgsql volatile as $$
declare
  day constant date := coalesce(p_on, (select today(y.zone) from property y where y.id = p_property));
begin
  update household_member m set period = daterange(lower(m.period), greatest(day, lower(m.period) + 1))
   where m.property_id = p_property and m.party_id = p_party and m.period @> day;
  if not found then
    perform refuse('STPRE', 'NO_HOUSEHOLD', 'party', 'belongs to no household on that day');
  end if;
  perform party_touch(p_property, p_party);
  return p_party;
end $$;

-- Adds one way to call a party; returns the party.
create function party_phone_add(p_property int, p_id uuid, p_party uuid, p_raw text, p_label text) returns uuid
language plpgsql volatile as $$
begin
  insert into party_phone (property_id, id, party_id, raw, label, from_on)
  select p_property, p_id, p_party, btrim(p_raw), p_label, today(y.zone) from property y where y.id = p_property;
  perform party_touch(p_property, p_party);
  return p_party;
exception when exclusion_violation then
  perform refuse('STEXI', 'PHONE_KNOWN', 'phone', 'the party has this number already');
  return null;
end $$;

-- Ends it, written in whatever way; returns the party.
create function party_phone_end(p_property int, p_party uuid, p_raw text, p_on date) returns uuid
language plpgsql volatile as $$
begin
  update party_phone f set until_on = coalesce(p_on, today(y.zone))
    from property y
   where y.id = p_property and f.property_id = p_property and f.party_id = p_party and f.until_on is null
     and coalesce(f.e164, squash(f.raw)) = coalesce(phone_e164(p_raw, y.country_code, y.trunk_prefix), squash(p_raw));
  if not found then
    perform refuse('STNOF', 'PHONE_UNKNOWN', 'phone', format('the party has no number %s', p_raw));
  end if;
  perform party_touch(p_property, p_party);
  return p_party;
end $$;

create function party_plate_add(p_property int, p_id uuid, p_party uuid, p_plate text, p_place uuid) returns uuid
language plpgsql volatile as $$
begin
  insert into party_plate (property_id, id, party_id, plate, place_id, from_on)
  select p_property, p_id, p_party, upper(btrim(p_plate)), p_place, today(y.zone) from property y where y.id = p_property;
  perform party_touch(p_property, p_party);
  return p_party;
exception when exclusion_violation then
  perform refuse('STEXI', 'PLATE_TAKEN', 'plate', (
    select format('%s (%s) has a car with this plate already', a.name, a.number)
      from party_plate f join party a on a.property_id = f.property_id and a.id = f.party_id
     where f.property_id = p_property and f.plate_key = squash(p_plate) and f.until_on is null));
  return null;
end $$;

create function party_plate_end(p_property int, p_party uuid, p_plate text, p_on date) returns uuid
language plpgsql volatile as $$
begin
  update party_plate f set until_on = coalesce(p_on, today(y.zone))
    from property y
   where y.id = p_property and f.property_id = p_property and f.party_id = p_party and f.until_on is null
     and f.plate_key = squash(p_plate);
  if not found then
    perform refuse('STNOF', 'PLATE_UNKNOWN', 'plate', format('the party has no car with the plate %s', p_plate));
  end if;
  perform party_touch(p_property, p_party);
  return p_party;
end $$;

-- Which parties a list shows, in its order. With a text the tokens lead, else the order of the list.
create function party_pick(p_scope int[], p_text text, p_kind text, p_form text, p_role text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 100 as $$
#variable_conflict use_column
declare
  after constant record := row_after(p_after);
begin
  if p_kind is not null and not exists (select from party_kind k where k.kind = p_kind) then
    perform refuse('STINV', 'PARTY_KIND', 'kind', format('there is no kind of party called %s', quote_literal(p_kind)));
  end if;
  perform occupancy_role_ok(p_role);
  if p_text is null then
    return query
      select p.property_id, p.id from party p join property y on y.id = p.property_id
       where p.property_id = any (p_scope) and (p.property_id, p.sort_key, p.id) > (after.property_id, after.key, after.id)
         and (p_kind is null or p_kind = any (p.kinds)) and (p_form is null or p.form = p_form)
         and (p_role is null or party_holds(p.property_id, p.id, p_role, today(y.zone)))
       order by p.property_id, p.sort_key, p.id limit p_limit;
  else
    return query
      select p.property_id, p.id
        from token_entities(p_scope, 'party', p_text) t
        join party p on p.property_id = t.property_id and p.id = t.entity_id
        join property y on y.id = p.property_id
       where p.property_id = any (p_scope) and (p.property_id, p.sort_key, p.id) > (after.property_id, after.key, after.id)
         and (p_kind is null or p_kind = any (p.kinds)) and (p_form is null or p.form = p_form)
         and (p_role is null or party_holds(p.property_id, p.id, p_role, today(y.zone)))
       order by p.property_id, p.sort_key, p.id limit p_limit;
  end if;
end $$;
