-- Statements of the daemon's own about who may do what: logins, live revocation, enrolment.

-- :name access_epoch :call
select n from access_epoch;

-- :name access_properties :call
select id, code, name from property_all();

-- :name access_disabled_devices :call
select id from device where state = 'disabled' order by id;

-- :name access_facts :call
select * from session_facts(:sessions::uuid[]);

-- :name access_touch :call
-- Ages in milliseconds: how long ago each login was last used.
with used as (
  update session s set last_used_at = greatest(s.last_used_at, now() - x.age * interval '1 millisecond')
    from unnest(:sessions::uuid[], :ages::bigint[]) x (id, age)
   where s.id = x.id
  returning s.device_id, s.last_used_at
)
update device d set last_seen_at = greatest(d.last_seen_at, u.last_used_at)
  from (select device_id, max(last_used_at) as last_used_at from used group by device_id) u
 where d.id = u.device_id;

-- :name access_attempt :call
select * from credential_attempt(:login, :user::uuid, :device::uuid, :key::uuid, :password::boolean, :code::boolean,
                                 :recovery::bytea);

-- :name access_attempt_undo :call
-- The password was right but the code is still to come: that was no failure.
update app_user set failed_count = greatest(failed_count - 1, 0), locked_until = null where id = :user::uuid;

-- :name access_failed :call
insert into login_failure (id, device_id, user_id, login, why)
values (:id::uuid, :device::uuid, :user::uuid, :login, :why);

-- :name access_open :call
select session_open(:id::uuid, :token::bytea, :user::uuid, :device::uuid, :step::bigint, :recovery::bytea);

-- :name access_resume :call
select f.* from session s cross join lateral session_facts(array[s.id]) f
 where s.token_hash = :token::bytea and s.device_id = :device::uuid;

-- :name access_redeem :call
with redeemed as materialized (
  select id, name from device_redeem(:token::bytea, :key_hash::bytea, :days::int)
), audited as (
  insert into audit (id, device_id, method, entity, entity_id, number, code)
  select :audit_id::uuid, r.id, :method, 'device', r.id, r.name, 0 from redeemed r
)
select id, name from redeemed;
