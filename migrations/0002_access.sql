-- People, what they may do where, departments, the machines they sit at, their logins.

-- What a person can be. 'bit' is the number of the role in the declarations of the calls; a role of headquarters
-- is given by administrators only and its logins idle out earlier.
create table role (
  code         text primary key,
  bit          int not null,
  headquarters boolean not null,
  constraint role_bit_key unique (bit),
  constraint role_bit_check check (bit between 1 and 30)
);
comment on constraint role_bit_key on role is 'bit: another role has this number';
comment on constraint role_bit_check on role is 'bit: from 1 to 30';
insert into role (code, bit, headquarters) values
  ('clerk', 1, false), ('operator', 2, false), ('cashier', 3, false), ('building_steward', 4, false),
  ('technician', 5, false), ('dispatcher', 6, false), ('supervisor', 7, false), ('manager', 8, false),
  ('director', 9, true), ('analyst', 10, true), ('finance', 11, true), ('quality', 12, true),
  ('administrator', 13, true);
grant select on role to steward_app;

create table app_user (
  id             uuid primary key,
  login          text not null,
  full_name      text not null,
  state          text not null default 'active',
  password_hash  text not null,             -- Argon2id, as one string with its parameters
  must_change    boolean not null default true,
  totp_secret    bytea,                     -- sealed with the daemon's key, bound to the user's id
  totp_pending   bytea,                     -- likewise; becomes totp_secret when confirmed with a code
  totp_last_step bigint,                    -- the last 30 s step whose code was accepted: no code counts twice
  totp           boolean not null generated always as (totp_secret is not null) stored,
  failed_count   int not null default 0,    -- wrong passwords in a row
  locked_until   timestamptz,               -- 'infinity': until the password is reset
  totp_tries     int not null default 0,    -- codes tried in a row
  totp_tries_at  timestamptz,               -- when the first of them was tried
  created_by     uuid references app_user (id),
  created_at     timestamptz not null default now(),
  last_login_at  timestamptz,
  version        int not null default 1,
  constraint app_user_login_key unique (login),
  constraint app_user_login_check check (login ~ '^[a-z0-9][a-z0-9._-]{0,31}$'),
  constraint app_user_full_name_check check (full_name <> ''),
  constraint app_user_state_check check (state in ('active', 'disabled'))
);
comment on constraint app_user_login_key on app_user is 'login: another person has this login name';
comment on constraint app_user_login_check on app_user is 'login: up to 32 of a-z, 0-9, dot, hyphen and underscore, a letter or digit first';
comment on constraint app_user_full_name_check on app_user is 'full_name: must not be empty';
comment on constraint app_user_state_check on app_user is 'state: active or disabled';
comment on constraint app_user_created_by_fkey on app_user is 'created_by: there is no such user';
-- Hashes and secrets are written by the daemon but read through credential_attempt() only, one person at a time.
grant select (id, login, full_name, state, must_change, totp, failed_count, locked_until, created_by, created_at,
              last_login_at, version, totp_last_step),
      insert (id, login, full_name, password_hash, must_change, created_by),
      update (full_name, state, password_hash, must_change, totp_secret, totp_pending, totp_last_step, failed_count,
              locked_until, totp_tries, totp_tries_at, last_login_at, version)
   on app_user to steward_app;

-- Each replaces the authenticator once. A code has 80 random bits, so a plain hash keeps it.
create table totp_recovery (
  user_id    uuid not null references app_user (id),
  code_hash  bytea not null,
  created_at timestamptz not null default now(),
  used_at    timestamptz,
  replaced_at timestamptz,
  primary key (user_id, code_hash)
);
comment on constraint totp_recovery_user_id_fkey on totp_recovery is 'user: there is no such user';
grant select, insert, update (used_at, replaced_at) on totp_recovery to steward_app;

-- A role given to a person, at one property or (property_id null) at all of them. Taken, never deleted.
create table user_grant (
  id          uuid primary key,
  user_id     uuid not null references app_user (id),
  role        text not null references role (code),
  property_id int references property (id),
  granted_by  uuid references app_user (id),
  granted_at  timestamptz not null default now(),
  ended_by    uuid references app_user (id),
  ended_at    timestamptz,
  constraint user_grant_once exclude using btree (user_id with =, role with =, (coalesce(property_id, 0)) with =)
    where (ended_at is null)
);
comment on constraint user_grant_once on user_grant is 'role: this person holds this role there already';
comment on constraint user_grant_user_id_fkey on user_grant is 'user: there is no such user';
comment on constraint user_grant_role_fkey on user_grant is 'role: there is no such role';
comment on constraint user_grant_property_id_fkey on user_grant is 'at: there is no such property';
comment on constraint user_grant_granted_by_fkey on user_grant is 'user: there is no such user';
comment on constraint user_grant_ended_by_fkey on user_grant is 'user: there is no such user';
create index user_grant_property on user_grant (property_id, role) where ended_at is null;
grant select, insert, update (ended_at, ended_by) on user_grant to steward_app;

create table department (
  property_id int not null references property (id),
  id          uuid not null,
  code        text not null,
  name        text not null,
  state       text not null default 'active',
  version     int not null default 1,
  created_at  timestamptz not null default now(),
  primary key (property_id, id),
  constraint department_code_key unique (property_id, code),
  constraint department_code_check check (code ~ '^[A-Z0-9][A-Z0-9-]{0,15}$'),
  constraint department_name_check check (name <> ''),
  constraint department_state_check check (state in ('active', 'closed'))
);
comment on constraint department_code_key on department is 'code: this property has a department with this code already';
comment on constraint department_code_check on department is 'code: up to 16 capital letters, digits and hyphens';
comment on constraint department_name_check on department is 'name: must not be empty';
comment on constraint department_state_check on department is 'state: active or closed';
comment on constraint department_property_id_fkey on department is 'property: there is no such property';
select wall('department');

-- Who belongs to a department.
create table user_department (
  property_id   int not null,
  id            uuid not null,
  department_id uuid not null,
  user_id       uuid not null references app_user (id),
  joined_at     timestamptz not null default now(),
  ended_at      timestamptz,
  primary key (property_id, id),
  constraint user_department_department_fkey foreign key (property_id, department_id)
    references department (property_id, id),
  constraint user_department_once exclude using btree
    (property_id with =, department_id with =, user_id with =) where (ended_at is null)
);
comment on constraint user_department_once on user_department is 'user: this person belongs to the department already';
comment on constraint user_department_department_fkey on user_department is 'department: there is no such department';
comment on constraint user_department_user_id_fkey on user_department is 'user: there is no such user';
select wall('user_department', 'select, insert, update (ended_at)');

-- The machines that may speak with the daemon. 'local' is the one made together with an embedded database.
create table device (
  id               uuid primary key,
  name             text not null,
  property_id      int references property (id),
  state            text not null default 'invited',
  local            boolean not null default false,
  token_hash       bytea,                   -- SHA-256 of the invitation's secret
  token_expires_at timestamptz,
  token_used_at    timestamptz,
  key_hash         bytea,                   -- SHA-256 of its public key
  cert_expires_at  timestamptz,
  cert_hash        bytea,                   -- of the local device: SHA-256 of its certificate's file
  invited_by       uuid references app_user (id),
  invited_at       timestamptz not null default now(),
  enrolled_at      timestamptz,
  last_seen_at     timestamptz,
  version          int not null default 1,
  constraint device_token_hash_key unique (token_hash),
  constraint device_name_once exclude using btree (name with =) where (state <> 'disabled'),
  constraint device_name_check check (name ~ '^[a-z0-9][a-z0-9._-]{0,59}$'),
  constraint device_state_check check (state in ('invited', 'active', 'disabled')),
  constraint device_enrolled_check check (state <> 'active' or key_hash is not null),
  constraint device_local_once exclude using btree (local with =) where (local)
);
comment on constraint device_token_hash_key on device is 'token: this token exists already';
comment on constraint device_name_once on device is 'name: another device has this name';
comment on constraint device_name_check on device is 'name: up to 60 of a-z, 0-9, dot, hyphen and underscore, a letter or digit first';
comment on constraint device_state_check on device is 'state: invited, active or disabled';
comment on constraint device_enrolled_check on device is 'device: it was never enrolled; invite it again';
comment on constraint device_local_once on device is 'local: there is a local device already';
comment on constraint device_property_id_fkey on device is 'at: there is no such property';
comment on constraint device_invited_by_fkey on device is 'user: there is no such user';
create index device_disabled on device (id) where state = 'disabled';
grant select, insert,
      update (state, token_hash, token_expires_at, token_used_at, key_hash, cert_expires_at, cert_hash,
              enrolled_at, last_seen_at, version)
   on device to steward_app;

-- A login of a person at a device. Of the token only its SHA-256 is kept. A 'local' session is the embedded desk's
-- own: files that only the daemon's account can read stand for the login, so it does not idle out.
create table session (
  id            uuid primary key,
  token_hash    bytea not null,
  user_id       uuid not null references app_user (id),
  device_id     uuid not null references device (id),
  local         boolean not null default false,
  created_at    timestamptz not null default now(),
  last_used_at  timestamptz not null default now(),
  expires_at    timestamptz not null,
  proved_at     timestamptz,                -- when identity was last proved with a code
  ended_at      timestamptz,
  end_reason    text,
  constraint session_token_hash_key unique (token_hash)
);
comment on constraint session_token_hash_key on session is 'token: this token exists already';
comment on constraint session_user_id_fkey on session is 'user: there is no such user';
comment on constraint session_device_id_fkey on session is 'device: there is no such device';
create index session_of_user on session (user_id) where ended_at is null;
create index session_of_device on session (device_id) where ended_at is null;
grant select, insert, update (last_used_at, proved_at, ended_at, end_reason) on session to steward_app;

-- Logins and codes that failed: what the throttle of a device counts.
create table login_failure (
  id        uuid primary key,
  at        timestamptz not null default clock_timestamp(),
  device_id uuid,
  user_id   uuid,
  login     text,
  why       text not null
);
create index login_failure_device on login_failure (device_id, at);
create index login_failure_user on login_failure (user_id, at);
select keep_append_only('login_failure');
grant insert, select on login_failure to steward_app;

-- Changes whenever somebody may do more or less than before. Every daemon looks at it each second.
create table access_epoch (
  only_row boolean primary key default true check (only_row),
  n        bigint not null default 1
);
insert into access_epoch default values;
grant select on access_epoch to steward_app;

create function access_changed() returns trigger
language plpgsql security definer set search_path = steward_code, steward, pg_temp as $$
begin
  update access_epoch set n = n + 1;
  return null;
end $$;
create trigger access_changed after update on app_user for each row
  when ((old.state, old.password_hash, old.must_change, old.full_name, old.totp)
        is distinct from (new.state, new.password_hash, new.must_change, new.full_name, new.totp))
  execute function access_changed();
create trigger access_changed after insert or update on user_grant for each row execute function access_changed();
create trigger access_changed after update on device for each row
  when (old.state is distinct from new.state) execute function access_changed();
create trigger access_changed after update on session for each row
  when ((old.ended_at is distinct from new.ended_at and old.expires_at > now())
        or old.proved_at is distinct from new.proved_at)
  execute function access_changed();
create trigger access_changed after insert or update on property for each row execute function access_changed();

-- Somebody must stay who can let others in. Runs after access_changed(), whose row lock makes two such changes
-- wait for each other.
create function administrator_remains() returns trigger
language plpgsql security definer set search_path = steward_code, steward, pg_temp as $$
begin
  if not exists (select 1 from user_grant g join app_user u on u.id = g.user_id
                  where g.role = 'administrator' and g.property_id is null and g.ended_at is null
                    and u.state = 'active') then
    perform refuse('STPRE', 'LAST_ADMINISTRATOR', 'user',
                   'this is the last administrator of all properties; make another one first');
  end if;
  return null;
end $$;
create trigger administrator_remains after update on app_user for each row
  when (old.state = 'active' and new.state <> 'active') execute function administrator_remains();
create trigger administrator_remains after update on user_grant for each row
  when (old.role = 'administrator' and old.property_id is null and old.ended_at is null
        and new.ended_at is not null)
  execute function administrator_remains();

-- Who is shut out has no login left, also when let in again later.
create function sessions_end() returns trigger
language plpgsql security definer set search_path = steward_code, steward, pg_temp as $$
begin
  update session set ended_at = now(), end_reason = tg_table_name || ' disabled'
   where ended_at is null
     and case tg_table_name when 'device' then device_id else user_id end = new.id;
  return null;
end $$;
create trigger sessions_end after update on app_user for each row
  when (old.state <> 'disabled' and new.state = 'disabled') execute function sessions_end();
create trigger sessions_end after update on device for each row
  when (old.state <> 'disabled' and new.state = 'disabled') execute function sessions_end();
