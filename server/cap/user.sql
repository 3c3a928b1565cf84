-- People and what they may do where. The rules stand in functions of the schema, so that every way in obeys them.

-- :name user_add :exec
insert into app_user (id, login, full_name, password_hash, must_change, created_by)
values (:ctx_key::uuid, :login, :full_name, :ctx_hash, coalesce(:must_change::boolean, true), :ctx_user::uuid);

-- :name user_added :one
select u.id as "user.id", u.login as "user.login", u.full_name as "user.full_name", u.state as "user.state",
       u.totp as "user.totp", u.must_change as "user.must_change", u.version as "user.version"
  from app_user u where u.id = :ctx_key::uuid;

-- :name user_list :many
select s.*, s.login as cursor
  from user_shown(array(
         select u.id from app_user u
          where user_visible(:ctx_user::uuid, :ctx_scope::int[], u.id)
            and (:find::text is null or strpos(lower(u.full_name), lower(:find::text)) > 0
                 or strpos(u.login, lower(:find::text)) > 0)
            and u.state = coalesce(:state::text, u.state)
            and (:role::text is null
                 or exists (select 1 from user_grant g where g.user_id = u.id and g.role = :role::text
                               and g.ended_at is null
                               and (g.property_id is null or g.property_id = any (:ctx_scope::int[]))))
            and (:after::text is null or u.login > :after::text)
          order by u.login limit coalesce(:limit::int, 200)), :ctx_scope::int[]) s
 order by s.login;

-- :name user_show :one
select s.id as "user.id", s.login as "user.login", s.full_name as "user.full_name", s.state as "user.state",
       s.roles as "user.roles", s.departments as "user.departments", s.totp as "user.totp",
       s.must_change as "user.must_change", s.locked_until as "user.locked_until",
       s.last_login_at as "user.last_login_at", s.version as "user.version"
  from user_shown(array[user_key(:user)], :ctx_scope::int[]) s
 where user_visible(:ctx_user::uuid, :ctx_scope::int[], s.id);

-- :name user_show_grants :many
select g.id, g.role, p.code as property, g.property_id is null as everywhere, b.login as granted_by,
       instant(g.granted_at) as granted_at, e.login as ended_by, instant(g.ended_at) as ended_at
  from user_grant g
       left join property p on p.id = g.property_id and p.id = any (:ctx_scope::int[])
       left join app_user b on b.id = g.granted_by
       left join app_user e on e.id = g.ended_by
 where g.user_id = user_key(:user) and (g.property_id is null or p.id is not null)
 order by g.ended_at nulls first, p.code nulls first, g.role, g.granted_at;

-- :name user_back :one
-- The person as he is after a change.
select s.id as "user.id", s.login as "user.login", s.full_name as "user.full_name", s.state as "user.state",
       s.roles as "user.roles", s.departments as "user.departments", s.totp as "user.totp",
       s.must_change as "user.must_change", s.locked_until as "user.locked_until",
       s.last_login_at as "user.last_login_at", s.version as "user.version"
  from user_shown(array[user_key(:user)], :ctx_scope::int[]) s;

-- :name user_edit :exec
select user_edit(:ctx_user::uuid, :ctx_scope::int[], :user, :full_name, :version::int);

-- :name user_disable :exec
select user_state_set(:ctx_user::uuid, :ctx_scope::int[], :user, 'disabled');

-- :name user_enable :exec
select user_state_set(:ctx_user::uuid, :ctx_scope::int[], :user, 'active');

-- :name user_grant :exec
select user_grant_add(:ctx_user::uuid, :ctx_scope::int[], :ctx_key::uuid, :user, :role, :at);

-- :name user_revoke :exec
select user_grant_end(:ctx_user::uuid, :ctx_scope::int[], :user, :role, :at);

-- :name user_reset_password :exec
select user_password_set(:ctx_user::uuid, :ctx_scope::int[], :user, :ctx_hash);

-- :name user_reset_totp :exec
select user_totp_clear(:ctx_user::uuid, :ctx_scope::int[], :user);
