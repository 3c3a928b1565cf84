-- The statements every request shares.

-- :name core_scope :call
-- The request's scope and limits, until the end of its transaction; what an earlier request of the same one touched is not its.
select set_config('steward.scope', :scope, true),
       set_config('steward.user', coalesce(:user, ''), true),
       set_config('steward.imported', '', true),
       set_config('statement_timeout', :timeout_ms, true),
       set_config('lock_timeout', '2000', true);

-- :name core_scope_read :call
select set_config('steward.scope', :scope, true),
       set_config('statement_timeout', :timeout_ms, true),
       set_config('transaction_read_only', 'on', true);

-- :name core_claim :call
-- The keys of all writes of a group. A plain insert: a replay is 23505, which aborts the rest of the unit by itself.
insert into idem (device_id, key, method, fingerprint)
select * from unnest(:claim_device::uuid[], :claim_key::uuid[], :claim_method::text[], :claim_fingerprint::bytea[]);

-- :name core_replay :call
-- Writes, so that the replay's own commit waits for what the first commit waited for.
update idem set replays = replays + 1 where device_id = :device and key = :key
returning fingerprint, method, code, response;

-- :name core_finish :call
-- After the rows of a group of writes: their audit rows and positions in the change feed. The feed's counter row is locked
-- here, so only the answers follow. What several of them changed is told once, as the last one left it.
with audited as (
  insert into audit (id, property_id, user_id, device_id, session_id, method, entity, entity_id, number, fields, reason, code)
  select a.*, 0
    from unnest(:audit_id::uuid[], :audit_property::int[], :audit_user::uuid[], :audit_device::uuid[], :audit_session::uuid[], :audit_method::text[],
                :audit_entity::text[], :audit_entity_id::uuid[], :audit_number::text[], :audit_fields::text[], :audit_reason::text[]) a
), changed as (
  select * from unnest(:feed_property::int[], :feed_entity::text[], :feed_id::uuid[], :feed_version::bigint[],
                       :feed_dead::boolean[], :feed_number::text[], :feed_method::text[], :feed_user::uuid[]) with ordinality
         as x (property_id, entity, id, version, dead, number, method, user_id, o)
), last as (
  select distinct on (property_id, entity, id) property_id, entity, id, version, dead, method, user_id,
         max(number) over (partition by property_id, entity, id) as number
    from changed order by property_id, entity, id, version desc, dead desc, o desc
), latest as (
  select l.*, row_number() over (partition by property_id order by entity, id) as o,
         count(*) over (partition by property_id) as n
    from last l
), head as (
  insert into feed_head as h (property_id, pos)
  select property_id, max(n) from latest group by property_id order by property_id
  on conflict (property_id) do update set pos = h.pos + excluded.pos
  returning property_id, pos
)
insert into feed (property_id, entity, id, pos, version, dead, number, method, user_id)
select l.property_id, l.entity, l.id, h.pos - l.n + l.o, l.version, l.dead, l.number, l.method, l.user_id
  from latest l join head h using (property_id)
on conflict (property_id, entity, id) do update
   set pos = excluded.pos, version = excluded.version, dead = excluded.dead, number = excluded.number,
       method = excluded.method, user_id = excluded.user_id, at = now();

-- :name core_answer :call
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
