-- Properties for the daemon itself, numbers for people, the heads of the change feed, notes in the history.

create function property_all() returns table (id int, code text, name text, zone text)
language plpgsql stable security definer set search_path = steward_code, steward, pg_temp as
$$
#variable_conflict use_column
begin
  return query
    select p.id, p.code, p.name, p.zone from property p order by p.id;
end $$;
create function next_number(p_property int, p_series text) returns bigint language plpgsql volatile as $$
declare
  n bigint; -- plpgsql keeps its plan, a function in SQL would be planned again at each call
begin
  insert into counter as c (property_id, series, value) values (p_property, p_series, 1001)
  on conflict (property_id, series) do update set value = c.value + 1 returning c.value into n;
  return n;
end $$;
create function feed_heads() returns table (property_id int, pos bigint)
language sql stable security definer set search_path = steward_code, steward, pg_temp as
$$ select h.property_id, h.pos from feed_head h $$;

create function registry_note(p_property int, p_entity text, p_id uuid, p_verb text, p_field text, p_old text, p_new text)
returns void language plpgsql volatile as $$
begin
  insert into registry_event (property_id, entity, entity_id, user_id, verb, field, old_value, new_value)
  values (p_property, p_entity, p_id, nullif(current_setting('steward.user', true), '')::uuid, p_verb, p_field, p_old, p_new);
end $$;

-- Tells the change feed of something the daemon did by itself. Last in its transaction: the feed's counter row is locked.
create function feed_note(p_property int, p_entity text, p_id uuid, p_version int, p_number text, p_method text) returns void
language plpgsql volatile as $$
declare
  position bigint;
begin
  insert into feed_head as h (property_id, pos) values (p_property, 1)
  on conflict (property_id) do update set pos = h.pos + 1 returning pos into position;
  insert into feed (property_id, entity, id, pos, version, number, method)
  values (p_property, p_entity, p_id, position, p_version, p_number, p_method)
  on conflict (property_id, entity, id) do update
     set pos = excluded.pos, version = excluded.version, number = excluded.number, method = excluded.method, user_id = null, at = now();
  insert into audit (id, property_id, method, entity, entity_id, number, code)
  values (uuid7(), p_property, p_method, p_entity, p_id, p_number, 0);
end $$;

-- What a call changed besides what it answers with, for the change feed: remembered until the end of the transaction.
create function feed_also(p_property int, p_entity text, p_id uuid, p_version bigint, p_number text) returns void
language plpgsql volatile as $$
begin
  perform set_config('steward.also',
                     (coalesce(nullif(current_setting('steward.also', true), ''), '[]')::jsonb
                      || jsonb_build_object('property_id', p_property, 'entity', p_entity, 'id', p_id, 'version', p_version, 'number', p_number))::text,
                     true);
end $$;
create function feed_also() returns table (property_id int, entity text, id uuid, version bigint, dead boolean, number text)
language plpgsql stable rows 5 as $$
begin
  return query
    select x.property_id, x.entity, x.id, x.version, false, x.number
      from jsonb_to_recordset(coalesce(nullif(current_setting('steward.also', true), ''), '[]')::jsonb)
           as x (property_id int, entity text, id uuid, version bigint, number text);
end $$;

-- As uuid7(), for many rows at once, each above the one before: what is written together lies together in every index. They share the
-- time and 14 bits of chance, and are counted from where 46 others say.
create function uuid7_many(p_n int) returns uuid[] language plpgsql volatile as $$
declare
  us constant bigint := extract(epoch from clock_timestamp()) * 1000000;
  chance constant text := gen_random_uuid();
  -- 48 bits of milliseconds, the version, 12 bits of what is left of them, the variant with the chance behind it.
  head constant text := encode(int8send(us / 1000 * 65536 + 28672 + us % 1000 * 4096 / 1000), 'hex') || substring(chance from 20 for 4);
  first constant bigint := (('x' || right(chance, 12))::bit(48)::bigint & 70368744177663) + 140737488355328; -- 12 hexadecimal digits in any case
begin
  return array(select (head || to_hex(first + n))::uuid from generate_series(1, p_n) n);
end $$;
