-- What the registry (property, place, party, occupancy) and those who refer to it share: time and text helpers,
-- references as people write them, the history of changes, the tokens behind the one search box, properties.

create extension if not exists btree_gin;

-- Time -------------------------------------------------------------------------------------------------

-- RFC 3339 with the offset that was valid in the zone at that moment.
create function ts(t timestamptz, zone text) returns text language sql stable parallel safe as $$
  select to_char(t at time zone zone, 'YYYY-MM-DD"T"HH24:MI:SS')
      || case when (t at time zone zone) < (t at time zone 'UTC')
              then '-' || to_char((t at time zone 'UTC') - (t at time zone zone), 'HH24:MI')
              else '+' || to_char((t at time zone zone) - (t at time zone 'UTC'), 'HH24:MI') end
$$;

-- The moment meant by RFC 3339 text, or by a date (and time) as the clock on the wall of the zone shows it.
create function local_time(t text, zone text, field text default 'at') returns timestamptz
language plpgsql stable parallel safe as $$
declare
  x constant text := upper(btrim(t));
begin
  if x is null or x = '' then
    return null;
  end if;
  if x ~ '^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?$' then
    return x::timestamp at time zone zone;
  elsif x ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$' then
    return x::timestamptz;
  end if;
  perform refuse('STINV', 'TIMESTAMP', field,
                 format('%s is not a time: write 2026-11-23, 2026-11-23 09:14 or 2026-11-23T09:14:00+08:00', quote_literal(t)));
  return null;
exception when datetime_field_overflow or invalid_datetime_format then
  perform refuse('STINV', 'TIMESTAMP', field, format('there is no such day or time as %s', quote_literal(t)));
  return null;
end $$;

-- The day it is now in the zone.
create function today(zone text) returns date language sql stable parallel safe as
$$ select (now() at time zone zone)::date $$;

-- What files say: a day (2019-05-01, 2019/5/1), a whole number, yes or no. Empty text is no value.
create function to_day(t text, field text) returns date language plpgsql immutable parallel safe as $$
declare
  m constant text[] := regexp_match(norm(t), '^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$');
begin
  if nullif(btrim(t), '') is null then
    return null;
  elsif m is null then
    perform refuse('STINV', 'DATE', field, format('%s is not a day: write 2026-11-23', quote_literal(t)));
  end if;
  return make_date(m[1]::int, m[2]::int, m[3]::int);
exception when datetime_field_overflow then
  perform refuse('STINV', 'DATE', field, format('there is no such day as %s', quote_literal(t)));
  return null;
end $$;
create function to_whole(t text, field text) returns int language plpgsql immutable parallel safe as $$
begin
  if nullif(btrim(t), '') is null then
    return null;
  elsif norm(t) !~ '^-?\d{1,9}$' then
    perform refuse('STINV', 'NUMBER', field, format('%s is not a whole number', quote_literal(t)));
  end if;
  return norm(t)::int;
end $$;
create function to_flag(t text, field text) returns boolean language plpgsql immutable parallel safe as $$
begin
  if nullif(btrim(t), '') is null then
    return null;
  elsif norm(t) not in ('yes', 'no', 'y', 'n', 'true', 'false', 't', 'f', '1', '0') then
    perform refuse('STINV', 'FLAG', field, format('%s is neither yes nor no', quote_literal(t)));
  end if;
  return norm(t)::boolean;
end $$;

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

-- True if the caller saw the row as it is now, or did not say what it saw; refuses otherwise.
create function version_ok(have int, seen int) returns boolean language plpgsql stable parallel safe as $$
begin
  if seen is not null and seen <> have then
    perform refuse('STVER', 'VERSION_CONFLICT', 'version',
                   format('somebody else changed it meanwhile: you saw version %s, it is %s now; look again', seen, have));
  end if;
  return true;
end $$;

-- An edited value: cleared where its field is named or the text given is empty, the new one where given, else the old
-- one.
create function keep(old anyelement, given anyelement, field text, clear text[]) returns anyelement
language sql immutable parallel safe as
$$ select case when field = any (clear) or given::text = '' then null else coalesce(given, old) end $$;

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

-- Hides all but the end of a number that others have no use for.
create function masked(t text) returns text language sql immutable parallel safe as
$$ select case when length(t) > 4 then repeat('*', length(t) - 4) || right(t, 4) else repeat('*', length(t)) end $$;

-- A telephone number in E.164 ("+8613800138000"), or null where the text does not tell it for sure: a short
-- code, a number without area code. What follows "ext", "x", "#" or "转" belongs to the extension.
create function phone_e164(raw text, country_code text, trunk_prefix text) returns text
language plpgsql immutable parallel safe as $$
declare
  x text := regexp_replace(steward.norm(raw), '(ext|x|#|;|转|轉|分机).*$', '');
  d text;
  international boolean;
begin
  x := replace(x, '(0)', '');
  d := regexp_replace(x, '[^0-9]', '', 'g');
  if d = '' or x ~ '[a-z]' then
    return null;
  end if;
  international := x ~ '^[^0-9]*\+'
    or (starts_with(d, country_code) and length(d) >= greatest(12, length(country_code) + 9));
  if not international and d ~ '^00[1-9]' then
    d := substr(d, 3);
  elsif not international and trunk_prefix <> '' and starts_with(d, trunk_prefix)
        and length(d) >= length(trunk_prefix) + 8
        and (trunk_prefix <> country_code or length(d) = length(trunk_prefix) + 10) then
    d := country_code || substr(d, length(trunk_prefix) + 1);
  elsif not international and length(d) >= (case when trunk_prefix = '' then 7 else 9 end) then
    d := country_code || d;
  elsif not international then
    return null;
  end if;
  if d !~ '^[1-9][0-9]{7,14}$' then
    return null;
  end if;
  return '+' || d;
end $$;

-- What a constraint says when it refuses: its comment is "field: sentence".
create function constraint_text(p_table text, p_constraint text, out field text, out sentence text)
language sql stable as $$
  select split_part(x.d, ': ', 1), substr(x.d, length(split_part(x.d, ': ', 1)) + 3)
    from (select coalesce((select obj_description(c.oid, 'pg_constraint') from pg_constraint c
                            where c.conname = p_constraint and c.conrelid = to_regclass(p_table)),
                          ': it breaks the rule ' || p_constraint) as d) x
$$;

-- References -------------------------------------------------------------------------------------------------

-- The property meant by a code, or the only one in reach when none is given.
create function property_of(p_scope int[], p_code text, p_field text default 'property') returns int
language plpgsql stable as $$
declare
  found int;
begin
  if nullif(btrim(p_code), '') is null then
    if cardinality(p_scope) = 1 then
      return p_scope[1];
    end if;
    perform refuse('STINV', 'PROPERTY_MISSING', p_field, 'several properties are in reach: say which');
  end if;
  select p.id into found from property p where p.id = any (p_scope) and p.code = upper(btrim(p_code));
  if found is null then
    perform refuse('STNOF', 'PROPERTY_UNKNOWN', p_field, format('no property %s is in reach', upper(btrim(p_code))));
  end if;
  return found;
end $$;

-- The same, but null where it would refuse.
create function property_try(p_scope int[], p_code text) returns int language plpgsql stable as $$
begin
  if nullif(btrim(p_code), '') is null then
    return case when cardinality(p_scope) = 1 then p_scope[1] end;
  end if;
  return (select p.id from property p where p.id = any (p_scope) and p.code = upper(btrim(p_code)));
end $$;

-- Takes SUN/C-1042 apart: where to look, and for what. A slash that follows no code belongs to the number.
create function ref_split(p_scope int[], p_property int, p_ref text, out within int[], out rest text)
language plpgsql stable as $$
declare
  coded int;
begin
  within := case when p_property is null then p_scope else array[p_property] end;
  rest := btrim(p_ref);
  if strpos(rest, '/') > 1 then
    select p.id into coded from property p where p.id = any (p_scope) and p.code = upper(split_part(rest, '/', 1));
    if coded is not null then
      rest := btrim(substr(rest, strpos(rest, '/') + 1));
      within := case when p_property is null or p_property = coded then array[coded] else '{}' end;
    end if;
  end if;
end $$;

-- "SUN, LAK": the codes of properties, for sentences.
create function property_codes(p_ids int[]) returns text language sql stable as
$$ select string_agg(p.code, ', ' order by p.code) from property p where p.id = any (p_ids) $$;

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

create function registry_note(p_property int, p_entity text, p_id uuid, p_verb text, p_field text, p_old text, p_new text)
returns void language plpgsql volatile as $$
begin
  insert into registry_event (property_id, entity, entity_id, user_id, verb, field, old_value, new_value)
  values (p_property, p_entity, p_id, nullif(current_setting('steward.user', true), '')::uuid, p_verb, p_field, p_old, p_new);
end $$;

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

create function name_words(t text) returns text[] language sql immutable parallel safe as
$$ select array(select distinct w from regexp_split_to_table(norm(t), '[^[:alpha:]]+') w
                 where length(w) between 3 and 40 and w !~ '[\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff]' order by w) $$;
create function search_words_add(p_names text[]) returns void
language plpgsql volatile security definer set search_path = steward, public, pg_temp as $$
begin
  insert into search_word (word)
  select distinct w from unnest(p_names) n, unnest(name_words(n)) w
   where not exists (select from search_word k where k.word = w)
  order by w
  on conflict do nothing;
end $$;
create function search_words_alike(p_word text, p_limit int) returns table (word text, likeness real)
language plpgsql stable security definer rows 3 set search_path = steward, public, pg_temp set jit = off as $$
begin
  return query
    select k.word, similarity(k.word, p_word) from search_word k
     where k.word % p_word order by similarity(k.word, p_word) desc, k.word limit p_limit;
end $$;

-- The end of a token, so that the last digits of a number are the beginning of something.
create function tail(t text) returns text language sql immutable parallel safe as
$$ select '~' || reverse(steward.norm(t)) $$;

-- The things of one kind of entity of which a token or its end begins with a text. Numbers of documents are left out.
create function token_entities(p_scope int[], p_entity text, p_text text) returns table (property_id int, entity_id uuid)
language sql stable as $$
  select s.property_id, s.entity_id from search_token s
   where s.property_id = any (p_scope) and s.token >= norm(p_text) and s.token < norm(p_text) || U&'\+10FFFF'
     and s.entity = p_entity and s.kind <> 'document'
  union
  select s.property_id, s.entity_id from search_token s
   where s.property_id = any (p_scope) and s.token >= tail(p_text) and s.token < tail(p_text) || U&'\+10FFFF'
     and s.entity = p_entity and length(norm(p_text)) > 2
  union
  select s.property_id, s.entity_id from search_token s
   where s.property_id = any (p_scope) and s.token >= tail(squash(p_text)) and s.token < tail(squash(p_text)) || U&'\+10FFFF'
     and s.entity = p_entity and length(squash(p_text)) > 2
$$;

-- Where a list goes on: the property, id and key of its last row, as its cursor says (property~id~key).
create function row_after(p_cursor text, out property_id int, out id uuid, out key text) language plpgsql immutable as $$
begin
  if nullif(p_cursor, '') is not null and not (p_cursor ~ '^[0-9]{1,9}~[0-9a-f-]{36}~' and is_uuid(split_part(p_cursor, '~', 2))) then
    perform refuse('STINV', 'CURSOR', 'after', 'not the cursor of a row of this list');
  end if;
  property_id := coalesce(nullif(split_part(p_cursor, '~', 1), '')::int, 0);
  id := coalesce(nullif(split_part(p_cursor, '~', 2), '')::uuid, '00000000-0000-0000-0000-000000000000');
  key := coalesce(substr(p_cursor, length(split_part(p_cursor, '~', 1)) + 39), '');
end $$;

-- Parts of a name: from each further word on, initials, and from each further sign where words have no blanks.
create function name_parts(t text) returns text[] language plpgsql immutable parallel safe as $$
declare
  words constant text[] := array_remove(regexp_split_to_array(norm(t), '[\s·・.,、()''&-]+'), '');
  parts text[] := '{}';
  initials text := '';
  word text;
begin
  for i in 1 .. coalesce(cardinality(words), 0) loop
    word := words[i];
    initials := initials || left(word, 1);
    if i > 1 then
      parts := parts || array_to_string(words[i:], ' ');
    end if;
    if word ~ '[\u3400-\u4dbf\u4e00-\u9fff]' then
      for j in 2 .. least(length(word), 40) loop
        parts := parts || substr(word, j);
      end loop;
    end if;
  end loop;
  return case when length(initials) > 1 then parts || initials else parts end;
end $$;

-- Adds tokens, and parts, which only suggest, to an entity. 'label' is one line about the entity, kept for entities
-- whose own table the search does not read.
create function search_add(p_property int, p_entity text, p_id uuid, p_kind text, p_tokens text[],
                           p_parts text[] default '{}', p_label text default null) returns void
language plpgsql as $$
begin
  insert into search_token as s (property_id, token, part, kind, entity, entity_id, shown, label)
  select distinct on (x.token) p_property, x.token, x.part, p_kind, p_entity, p_id, nullif(x.shown, x.token), p_label
    from (select left(norm(t), 200) as token, false as part, left(t, 200) as shown from unnest(p_tokens) t
          union all
          select left(norm(t), 200), true, null from unnest(p_parts) t) x
   where x.token <> ''
   order by x.token, x.part
  on conflict (property_id, token, part, kind, entity, entity_id) do update
     set shown = excluded.shown, label = excluded.label
   where (s.shown, s.label) is distinct from (excluded.shown, excluded.label);
  if p_kind = 'name' then
    perform search_words_add(p_tokens);
  end if;
end $$;

-- Makes the tokens and parts the only ones of this entity and kind.
create function search_put(p_property int, p_entity text, p_id uuid, p_kind text, p_tokens text[],
                           p_parts text[] default '{}', p_label text default null) returns void
language plpgsql as $$
begin
  delete from search_token s
   where s.property_id = p_property and s.entity = p_entity and s.entity_id = p_id and s.kind = p_kind
     and not exists (select from unnest(case when s.part then p_parts else p_tokens end) x where left(norm(x), 200) = s.token);
  perform search_add(p_property, p_entity, p_id, p_kind, p_tokens, p_parts, p_label);
end $$;

-- Imports --------------------------------------------------------------------------------------------------------

-- What became of one row of a file. outcome: taken, changed, unchanged, rejected.
create type import_outcome as (
  line int, outcome text, property text, number text, id uuid, blame text, reason text
);

-- Remembers, until the end of the transaction, what an import touched: the change feed asks next.
create function import_touched(p_ids uuid[]) returns void language sql volatile as
$$ select set_config('steward.imported', p_ids::text, true) $$;
create function import_touched() returns uuid[] language sql stable as
$$ select coalesce(nullif(current_setting('steward.imported', true), ''), '{}')::uuid[] $$;

-- Lets the planner know that an import made tables grow a lot: plans made for an empty table are slow on a full one,
-- and the first file would otherwise be over before anybody looks.
create function import_settle(variadic p_tables regclass[]) returns void
language plpgsql volatile security definer set search_path = steward, pg_temp as $$
declare
  t regclass;
begin
  foreach t in array p_tables loop
    if pg_relation_size(t) > (select 4 * 8192 + 2 * 8192 * c.relpages::bigint from pg_class c
                               where c.oid = t and c.relowner = 'steward_owner'::regrole)
       and pg_try_advisory_xact_lock(t::oid::int, 7433) then
      execute format('analyze %s', t);
    end if;
  end loop;
exception when lock_not_available then
  null; -- somebody else looks at it already
end $$;

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

create view property_card with (security_invoker = true) as
select p.uid as id, p.id as property_id, p.code as number, p.code, p.name, p.zone, p.currency, p.country_code,
       p.trunk_prefix, p.address, p.version
  from property p;
grant select on property_card to steward_app;
-- Reads what the same statement has just written.
create function property_card(p_property int) returns setof property_card language sql volatile rows 1 as
$$ select * from property_card where property_id = p_property $$;

-- Adds a property and, as the scope of the request cannot contain it yet, lets the rest of the transaction see it.
-- Only somebody who administers all properties will also see it afterwards.
create function property_add(p_actor uuid, p_uid uuid, p_code text, p_name text, p_zone text, p_currency text,
                             p_country_code text, p_trunk_prefix text, p_address text) returns int
language plpgsql volatile security definer set search_path = steward, pg_temp as $$
declare
  added int;
begin
  if not user_has_role(p_actor, null, '{administrator}') then
    perform refuse('STDEN', 'ALL_PROPERTIES', null, 'only an administrator of all properties adds one');
  end if;
  insert into property (uid, code, name, zone, currency, country_code, trunk_prefix, address)
  values (p_uid, upper(btrim(p_code)), btrim(p_name), coalesce(p_zone, 'Asia/Shanghai'), coalesce(p_currency, 'CNY'),
          coalesce(p_country_code, '86'), coalesce(replace(p_trunk_prefix, '-', ''), '0'), nullif(p_address, ''))
  returning id into added;
  perform set_config('steward.scope', concat_ws(',', nullif(current_setting('steward.scope', true), ''), added), true);
  return added;
end $$;

create type property_input as (
  line int, code text, name text, zone text, currency text, country_code text, trunk_prefix text, address text
);

-- Changes what is given; a hyphen is no trunk prefix. outcome: changed, unchanged.
create function property_put(p_id int, r property_input, p_clear text[], p_seen int, out id int, out outcome text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  o property;
  v property;
begin
  select * into o from property p where p.id = p_id for update;
  perform version_ok(o.version, p_seen);
  v := o;
  v.name := coalesce(btrim(r.name), o.name);
  v.zone := coalesce(r.zone, o.zone);
  v.currency := coalesce(r.currency, o.currency);
  v.country_code := coalesce(r.country_code, o.country_code);
  v.trunk_prefix := coalesce(replace(r.trunk_prefix, '-', ''), o.trunk_prefix);
  v.address := keep(o.address, r.address, 'address', p_clear);
  id := p_id;
  outcome := 'unchanged';
  if v is not distinct from o then
    return;
  end if;
  outcome := 'changed';
  update property p
     set name = v.name, zone = v.zone, currency = v.currency, country_code = v.country_code,
         trunk_prefix = v.trunk_prefix, address = v.address, version = o.version + 1, changed_at = now()
   where p.id = p_id;
end $$;

-- Takes the rows of a file. A row that cannot be taken is answered with the reason and leaves nothing behind; the
-- same row again changes nothing. What is wrong with the database itself ends the whole call.
create function property_import(p_actor uuid, p_rows property_input[]) returns setof import_outcome
language plpgsql volatile as $$
declare
  r property_input;
  x import_outcome;
  there property;
  touched uuid[] := '{}';
  t text;
  c text;
begin
  foreach r in array p_rows loop
    x := null;
    x.line := r.line;
    x.number := upper(btrim(r.code));
    x.property := x.number;
    begin
      if nullif(x.number, '') is null or nullif(btrim(r.name), '') is null then
        perform refuse('STINV', 'REQUIRED', case when nullif(x.number, '') is null then 'code' else 'name' end, 'is missing');
      end if;
      select * into there from property p where p.code = x.number;
      if there.id is null then
        x.id := uuid7();
        perform property_add(p_actor, x.id, r.code, r.name, r.zone, r.currency, r.country_code, r.trunk_prefix, r.address);
        x.outcome := 'taken';
      else
        x.id := there.uid;
        x.outcome := (select k.outcome from property_put(there.id, r, '{}', null) k);
      end if;
      if x.outcome <> 'unchanged' then
        touched := touched || x.id;
      end if;
    exception when others then
      if left(sqlstate, 2) not in ('22', '23', 'ST') then
        raise;
      end if;
      get stacked diagnostics t = table_name, c = constraint_name, x.blame = column_name, x.reason = message_text;
      if left(sqlstate, 2) = '23' and c <> '' then
        select k.field, k.sentence into x.blame, x.reason from constraint_text(t, c) k;
      end if;
      x.outcome := 'rejected';
      x.id := null;
    end;
    return next x;
  end loop;
  perform import_touched(touched);
end $$;
