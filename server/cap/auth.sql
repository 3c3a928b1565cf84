-- Logging in, resuming and enrolling are in server/rpc/access.sql: they come before there is a user.

-- :name auth_logout :exec
update session set ended_at = now(), end_reason = 'logout' where id = :ctx_session::uuid and ended_at is null;

-- :name auth_whoami :one
select u.login, u.full_name, d.name as device, instant(s.created_at) as since, instant(s.expires_at) as expires_at,
       u.totp, u.must_change, instant(s.proved_at) as proved_at, u.id as user_id, s.id as session_id,
       d.id as device_id,
       (select count(*)::int from totp_recovery r
         where r.user_id = u.id and r.used_at is null and r.replaced_at is null) as recovery_codes
  from session s join app_user u on u.id = s.user_id join device d on d.id = s.device_id
 where s.id = :ctx_session::uuid and u.id = :ctx_user::uuid;

-- :name auth_whoami_grants :many
select g.role, p.code as property, g.property_id is null as everywhere
  from user_grant g join role r on r.code = g.role left join property_all() p on p.id = g.property_id
 where g.user_id = :ctx_user::uuid and g.ended_at is null
 order by p.code nulls first, r.bit;

-- :name auth_step_up :one
-- :ctx_number is the step of the authenticator's code, :ctx_token the hash of a recovery code: one of them.
with proved as materialized (
  select credential_proved(:ctx_user::uuid, false, :ctx_number::bigint, :ctx_token::bytea)
)
update session s set proved_at = now() from proved
 where s.id = :ctx_session::uuid and s.ended_at is null
returning instant(s.proved_at + interval '5 minutes') as until;

-- :name auth_totp_start :exec
update app_user set totp_pending = :ctx_secret::bytea where id = :ctx_user::uuid;

-- :name auth_totp_confirm :exec
update app_user set totp_secret = :ctx_secret::bytea, totp_pending = null, totp_last_step = :ctx_number::bigint,
                    totp_tries = 0, totp_tries_at = null, version = version + 1
 where id = :ctx_user::uuid;

-- :name auth_totp_recovery :exec
-- :ctx_text is an array of hashes.
with gone as (
  update totp_recovery set replaced_at = now() where user_id = :ctx_user::uuid and replaced_at is null
)
insert into totp_recovery (user_id, code_hash) select :ctx_user::uuid, x from unnest(:ctx_text::bytea[]) x;

-- :name auth_totp_proved :exec
update session set proved_at = now() where id = :ctx_session::uuid;

-- :name auth_change_password :exec
update app_user set password_hash = :ctx_hash, must_change = false, failed_count = 0, locked_until = null,
                    version = version + 1
 where id = :ctx_user::uuid and state = 'active';

-- :name auth_end_others :exec
-- The embedded desk's own login stands for its files, not for a password, and stays.
update session set ended_at = now(), end_reason = 'password changed'
 where user_id = :ctx_user::uuid and id <> :ctx_session::uuid and ended_at is null and not local;
