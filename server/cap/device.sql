-- The machines that may speak with the daemon.

-- :name device_invite :exec
select device_invite(:ctx_user::uuid, :ctx_scope::int[], :ctx_key::uuid, :name, :at, :ctx_token::bytea);

-- :name device_invited :one
select d.id as "device.id", d.name as "device.name", p.code as "device.property", d.state as "device.state",
       u.login as "device.invited_by", instant(d.token_expires_at) as "device.invited_until",
       d.version as "device.version"
  from device d left join property p on p.id = d.property_id left join app_user u on u.id = d.invited_by
 where d.id = :ctx_key::uuid;

-- :name device_list :many
select d.id, d.name, p.code as property, d.state, u.login as invited_by,
       case when d.state = 'invited' then instant(d.token_expires_at) end as invited_until,
       instant(d.enrolled_at) as enrolled_at, instant(d.cert_expires_at) as certificate_until,
       instant(d.last_seen_at) as last_seen_at, d.version
  from device d left join property p on p.id = d.property_id left join app_user u on u.id = d.invited_by
 where (d.property_id = any (:ctx_scope::int[])
        or (d.property_id is null
            and user_has_role(:ctx_user::uuid, null, '{supervisor,manager,director,administrator}')))
   and d.state = coalesce(:state::text, d.state)
 order by (d.state = 'disabled'), p.code nulls first, d.name, d.id;

-- :name device_disable :exec
select device_state_set(:ctx_user::uuid, :ctx_scope::int[], :device, 'disabled');

-- :name device_enable :exec
select device_state_set(:ctx_user::uuid, :ctx_scope::int[], :device, 'active');

-- :name device_back :one
-- The device as it is after a change.
select d.id, d.name, p.code as property, d.state, u.login as invited_by, instant(d.enrolled_at) as enrolled_at,
       instant(d.cert_expires_at) as certificate_until, instant(d.last_seen_at) as last_seen_at, d.version
  from device d left join property p on p.id = d.property_id left join app_user u on u.id = d.invited_by
 where d.id = device_key(:ctx_user::uuid, :ctx_scope::int[], :device);

-- :name device_renew :one
-- :ctx_token is the hash of the key in the request, :ctx_number the days the certificate is good for.
select device_renew(:ctx_device::uuid, :ctx_token::bytea, :ctx_number::int) as device_id;
