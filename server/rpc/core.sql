-- The statements every request shares.

-- :name core_scope :call
-- The request's scope and limits, until the end of its transaction.
select set_config('steward.scope', :scope, true),
       set_config('steward.user', coalesce(:user, ''), true),
       set_config('statement_timeout', :timeout_ms, true),
       set_config('lock_timeout', '2000', true);

-- :name core_scope_read :call
select set_config('steward.scope', :scope, true),
       set_config('statement_timeout', :timeout_ms, true),
       set_config('transaction_read_only', 'on', true);

-- :name core_claim :call
-- A plain insert: a replay is 23505, which aborts the rest of the unit by itself.
insert into idem (device_id, key, method, fingerprint) values (:device, :key, :method, :fingerprint);

-- :name core_replay :call
-- Writes, so that the replay's own commit waits for what the first commit waited for.
update idem set replays = replays + 1 where device_id = :device and key = :key
returning fingerprint, method, code, response;

-- :name core_finish :call
-- Last statement of a write: audit row, positions in the change feed, the stored answer. The feed's counter row is
-- locked here, so nothing follows.
with audited as (
  insert into audit (id, property_id, user_id, device_id, session_id, method, entity, entity_id, number, fields, reason, code)
  values (:audit_id, :property, :user, :device, :session, :method, :entity, :entity_id, :number, :fields, :reason, 0)
), changed as (
  select * from unnest(:feed_property::int[], :feed_entity::text[], :feed_id::uuid[], :feed_version::bigint[],
                       :feed_dead::boolean[], :feed_number::text[])
         as x (property_id, entity, id, version, dead, number)
), latest as (
  select property_id, entity, id, max(version) as version, bool_or(dead) as dead, max(number) as number,
         row_number() over (partition by property_id order by entity, id) as o,
         count(*) over (partition by property_id) as n
    from changed group by property_id, entity, id
), head as (
  insert into feed_head as h (property_id, pos)
  select property_id, max(n) from latest group by property_id order by property_id
  on conflict (property_id) do update set pos = h.pos + excluded.pos
  returning property_id, pos
), fed as (
  insert into feed (property_id, entity, id, pos, version, dead, number, method, user_id)
  select l.property_id, l.entity, l.id, h.pos - l.n + l.o, l.version, l.dead, l.number, :method, :user
    from latest l join head h using (property_id)
  on conflict (property_id, entity, id) do update
     set pos = excluded.pos, version = excluded.version, dead = excluded.dead, number = excluded.number,
         method = excluded.method, user_id = excluded.user_id, at = now()
)
update idem set code = 0, response = :response where device_id = :device and key = :key;

-- :name core_refused :call
-- A refusal that is final is remembered under the key, so that a late retry cannot turn it into a success. No row: the
-- key was taken meanwhile, by the same call sent twice.
insert into idem (device_id, key, method, fingerprint, code, response)
values (:device, :key, :method, :fingerprint, :code, :response)
on conflict (device_id, key) do nothing
returning key;

-- :name core_audit :call
insert into audit (id, property_id, user_id, device_id, session_id, method, entity, entity_id, number, fields, reason, code)
values (:audit_id, :property, :user, :device, :session, :method, null, null, :number, :fields, :reason, :code);

-- :name core_heads :call
select property_id, pos from feed_heads();
