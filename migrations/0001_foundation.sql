-- What every capability stands on: properties, the wall between them, numbers for people, the change
-- feed, idempotency and audit.

create extension if not exists btree_gist;
create extension if not exists pg_trgm;

-- Refuses with a sentence for a person and a reason for a program. Classes: STNOF not found, STPRE not in
-- this state, STINV not valid, STVER changed meanwhile, STDEN not allowed, STEXI exists already.
create function refuse(class text, reason text, field text, message text) returns void
language plpgsql as $$
begin
  raise exception using errcode = class, message = message, constraint = reason, column = coalesce(field, '');
end $$;

-- The properties the present request may touch; set by the daemon in the request's own transaction.
-- Policies repeat the expression inline because a function call per row costs eighty times as much.
create function scope() returns int[] language sql stable parallel safe as
$$ select string_to_array(nullif(current_setting('steward.scope', true), ''), ',')::int[] $$;

-- Puts up the wall on a table whose rows belong to a property: row-level security, forced on the owner too,
-- and the daemon's rights. What a person did is never deleted, so there is no right to delete.
create function wall(t regclass, rights text default 'select, insert, update') returns void
language plpgsql as $$
declare
  allowed constant text := 'property_id = any (string_to_array(nullif(current_setting(''steward.scope'', true), ''''), '','')::int[])';
begin
  execute format('alter table %s enable row level security', t);
  execute format('alter table %s force row level security', t);
  execute format('create policy scope on %s using (%s) with check (%s)', t, allowed, allowed);
  execute format('grant %s on %s to steward_app', rights, t);
end $$;

-- Rows that are written once. Fires whatever session_replication_role says.
create function append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'STPRE', constraint = 'APPEND_ONLY';
end $$;

create function keep_append_only(t regclass) returns void language plpgsql as $$
begin
  execute format('create trigger append_only before update or delete on %s for each row execute function append_only()', t);
  execute format('create trigger append_only_truncate before truncate on %s for each statement execute function append_only()', t);
  execute format('alter table %s enable always trigger append_only', t);
  execute format('alter table %s enable always trigger append_only_truncate', t);
end $$;

create table property (
  id            int generated always as identity primary key,
  code          text not null,
  name          text not null,
  zone          text not null,
  currency      text not null default 'CNY',
  country_code  text not null default '86',
  trunk_prefix  text not null default '0',
  version       int not null default 1,
  created_at    timestamptz not null default now(),
  constraint property_code_key unique (code),
  constraint property_code_check check (code ~ '^[A-Z0-9][A-Z0-9-]{0,15}$'),
  constraint property_name_check check (name <> ''),
  constraint property_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint property_country_code_check check (country_code ~ '^[1-9][0-9]{0,2}$'),
  constraint property_trunk_prefix_check check (trunk_prefix ~ '^[0-9]{0,2}$')
);
comment on constraint property_code_key on property is 'code: another property has this code';
comment on constraint property_code_check on property is 'code: up to 16 capital letters, digits and hyphens';
comment on constraint property_name_check on property is 'name: must not be empty';
comment on constraint property_currency_check on property is 'currency: three capital letters, such as CNY';
comment on constraint property_country_code_check on property is 'country_code: digits of the country''s telephone code, such as 86';
comment on constraint property_trunk_prefix_check on property is 'trunk_prefix: the digit dialled before national numbers, such as 0';
alter table property enable row level security;
alter table property force row level security;
create policy scope on property
  using (id = any (string_to_array(nullif(current_setting('steward.scope', true), ''), ',')::int[]))
  with check (true);
grant select, insert, update on property to steward_app;
-- The daemon itself must know all properties to tell who may go where; it reads them through this.
create policy owner_reads on property for select to steward_owner using (true);

-- Short numbers for people, without gaps per property and series. Take it as late as possible: the row is
-- locked until commit.
create table counter (
  property_id int not null references property (id),
  series      text not null,
  value       bigint not null,
  primary key (property_id, series)
);
select wall('counter');

-- The change feed: every entity once, at its latest position. A position is taken from the property's counter
-- row as the last act of the writing transaction, so that a reader who has seen position n has seen all
-- before it.
create table feed_head (
  property_id int primary key references property (id),
  pos         bigint not null default 0
);
select wall('feed_head');
create table feed (
  property_id int not null references property (id),
  entity      text not null,
  id          uuid not null,
  pos         bigint not null,
  version     bigint not null,
  dead        boolean not null default false,
  number      text,
  method      text not null,
  user_id     uuid,
  at          timestamptz not null default now(),
  primary key (property_id, entity, id)
) with (fillfactor = 80);
create unique index feed_pos on feed (property_id, pos);
select wall('feed');
-- Where every property's feed stands; for the daemon, which wakes the watchers.
create policy owner_reads on feed_head for select to steward_owner using (true);

-- One row per write a device asked for: the claim of its key, then the answer it got.
create table idem (
  device_id   uuid not null,
  key         uuid not null,
  method      text not null,
  fingerprint bytea not null,
  code        int,
  response    bytea,
  replays     int not null default 0,
  created_at  timestamptz not null default now(),
  primary key (device_id, key)
);
grant select, insert, update on idem to steward_app;

-- Who did what, in the same transaction as the effect. Names of fields and hashes, never contents.
create table audit (
  id          uuid primary key,
  at          timestamptz not null default clock_timestamp(),
  property_id int,
  user_id     uuid,
  device_id   uuid,
  session_id  uuid,
  method      text not null,
  entity      text,
  entity_id   uuid,
  number      text,
  fields      text,
  reason      text,
  code        int not null
);
create index audit_at on audit (at);
create index audit_property on audit (property_id, at);
select keep_append_only('audit');
grant insert, select on audit to steward_app;

-- Changes whenever the data was restored: tells desks to offer again what they kept.
create table server_epoch (
  only_row boolean primary key default true check (only_row),
  epoch    uuid not null default gen_random_uuid()
);
insert into server_epoch default values;
grant select on server_epoch to steward_app;
