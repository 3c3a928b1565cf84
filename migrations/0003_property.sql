-- What the registry (property, place, party, occupancy) and those who refer to it share: time and text helpers,
-- references as people write them, the history of changes, the tokens behind the one search box, properties.

create extension if not exists btree_gin;

-- Ids and versions ---------------------------------------------------------------------------------------

-- For rows that nobody outside named: those of an import, those that follow from others. Microseconds fill the bits
-- behind the milliseconds, so that rows made one after the other stay in that order.
create or replace function uuid7() returns uuid language plpgsql volatile parallel safe as $$
declare
  us constant bigint := extract(epoch from clock_timestamp()) * 1000000;
begin
  return encode(overlay(overlay(uuid_send(gen_random_uuid()) placing substring(int8send(us / 1000) from 3) from 1 for 6)
                        placing int2send((28672 + us % 1000 * 4096 / 1000)::smallint) from 7 for 2), 'hex')::uuid;
end $$;

-- Text -----------------------------------------------------------------------------------------------------

-- What is compared when people type: compatibility forms made one, small letters, blanks collapsed.
create function norm(t text) returns text language sql immutable parallel safe as
$$ select btrim(regexp_replace(lower(normalize(t, NFKC)), '\s+', ' ', 'g')) $$;

-- The same without what people put between digits and letters of phone numbers and plates.
create function squash(t text) returns text language sql immutable parallel safe as
$$ select regexp_replace(steward.norm(t), '[\s·・.\-_/()+]+', '', 'g') $$;

-- Sorts 3-2 before 3-10: every run of digits gets the same length.
create function natural_key(t text) returns text language plpgsql immutable parallel safe strict as $$
declare
  key text := '';
  piece text;
begin
  for piece in select m[1] from regexp_matches(steward.norm(t), '[0-9]+|[^0-9]+', 'g') as m loop
    key := key || case when piece ~ '^[0-9]' and length(piece) < 10 then lpad(piece, 10, '0') else piece end;
  end loop;
  return left(key, 400);
end $$;

-- History ------------------------------------------------------------------------------------------------------

-- What happened to the entries of the registry, one row per field; written by triggers only.
create table registry_event (
  property_id int not null references property (id),
  id          bigint generated always as identity,
  entity      text not null,
  entity_id   uuid not null,
  at          timestamptz not null default now(),
  user_id     uuid,
  verb        text not null,
  field       text,
  old_value   text,
  new_value   text,
  primary key (property_id, id)
);
comment on constraint registry_event_property_id_fkey on registry_event is 'property: there is no such property';
create index registry_event_entity on registry_event (property_id, entity, entity_id, id);
select wall('registry_event', 'select, insert');
select keep_append_only('registry_event');

-- Trigger: notes every field that an insert or update changed. Arguments: entity, column of its id, the verb of an
-- insert ('' for none), then columns that are not worth a line.
create function registry_log() returns trigger language plpgsql as $$
declare
  fresh jsonb := to_jsonb(new);
  stale jsonb;
  f record;
begin
  if tg_op = 'INSERT' then
    if tg_argv[2] <> '' then
      perform registry_note(new.property_id, tg_argv[0], (fresh ->> tg_argv[1])::uuid, tg_argv[2], null, null,
                            coalesce(fresh ->> 'number', fresh ->> 'raw', fresh ->> 'plate'));
    end if;
    return null;
  end if;
  stale := to_jsonb(old);
  for f in
    select n.key, w.value as was, n.value as is
      from jsonb_each_text(fresh) n left join jsonb_each_text(stale) w using (key)
     where w.value is distinct from n.value
       and n.key <> all (array['version', 'changed_at', 'number_key', 'sort_key'] || tg_argv[3:])
  loop
    perform registry_note(new.property_id, tg_argv[0], (fresh ->> tg_argv[1])::uuid, 'changed', f.key,
                          case when f.key = 'document' then masked(f.was) else f.was end,
                          case when f.key = 'document' then masked(f.is) else f.is end);
  end loop;
  return null;
end $$;

-- Search -------------------------------------------------------------------------------------------------------

-- What people may type to find something. A whole token that equals the text is a sure hit; everything else
-- (its beginning, a part, an end, a likeness) is only suggested. Derived data: rewritten with what it describes.
create table search_token (
  property_id int not null,
  token       text collate "C" not null,
  part        boolean not null,
  kind        text not null,
  entity      text not null,
  entity_id   uuid not null,
  shown       text,
  label       text,
  primary key (property_id, token, part, kind, entity, entity_id)
);
create index search_token_entity on search_token (property_id, entity, entity_id, kind);
select wall('search_token', 'select, insert, update, delete');

-- Words that occur in names, of all properties, for those who mistype one: single words, of few letters' alphabets. The
-- daemon's role gets at them through the two functions below only, and from a word to a name through the tokens in reach.
create table search_word (
  word text collate "C" primary key
);
create index search_word_like on search_word using gin (word gin_trgm_ops) with (fastupdate = off);

-- Properties -------------------------------------------------------------------------------------------------------

alter table property
  add column uid uuid not null default gen_random_uuid(),
  add column address text,
  add column changed_at timestamptz not null default now(),
  add constraint property_uid_key unique (uid),
  add constraint property_zone_check check (zone ~ '^([A-Za-z_]+(/[A-Za-z0-9_+-]+)+|UTC)$');
comment on constraint property_uid_key on property is 'id: this property has been added already';
comment on constraint property_zone_check on property is 'zone: the name of a time zone, such as Asia/Shanghai';

create function property_before() returns trigger language plpgsql as $$
begin
  perform now() at time zone new.zone;
  return new;
exception when invalid_parameter_value then
  perform refuse('STINV', 'ZONE', 'zone', format('there is no time zone %s', quote_literal(new.zone)));
  return null;
end $$;
create trigger property_before before insert or update of zone on property
  for each row execute function property_before();
