-- What takes two: one asks, another one decides, and what was asked for is then done, by <kind>_approved() of the database.

create table approval_kind (
  kind  text primary key,
  label text not null,
  roles text[] not null,
  -- It concerns an amount, so a property can set a limit up to which one is enough.
  measured boolean not null default false
);
insert into approval_kind (kind, label, roles) values
  ('period_reopen', 'to open a closed month again', '{finance,administrator}');
grant select on approval_kind to steward_app;
create table approval (
  property_id int not null,
  id          uuid not null,
  number      text collate "C" not null,
  kind        text not null references approval_kind (kind),
  entity_id   uuid,
  -- What its function needs to know beyond the thing itself.
  args        jsonb not null default '{}',
  subject     text not null,
  amount      bigint,
  reason      text not null,
  state       text not null default 'asked',
  asked_by    uuid not null references app_user (id),
  asked_at    timestamptz not null default now(),
  decided_by  uuid references app_user (id),
  decided_at  timestamptz,
  note        text,
  version     int not null default 1,
  primary key (property_id, id),
  constraint approval_number_key unique (property_id, number),
  constraint approval_property_id_fkey foreign key (property_id) references property (id),
  constraint approval_state_check check (state in ('asked', 'approved', 'declined', 'withdrawn')),
  constraint approval_two_check check (state not in ('approved', 'declined') or decided_by <> asked_by),
  constraint approval_decided_check check ((state = 'asked') = (decided_at is null) and (decided_at is null) = (decided_by is null)),
  constraint approval_reason_check check (btrim(reason) <> '' and length(reason) <= 500)
);
create unique index approval_once on approval (property_id, kind, subject) where state = 'asked';
create index approval_asked on approval (property_id, asked_at, id) where state = 'asked';
create index approval_at on approval (property_id, asked_at, id);
comment on constraint approval_pkey on approval is 'id: this was asked already';
comment on constraint approval_number_key on approval is 'number: another one has this number';
comment on constraint approval_property_id_fkey on approval is 'property: there is no such property';
comment on constraint approval_kind_fkey on approval is 'kind: nothing that takes two';
comment on constraint approval_state_check on approval is 'state: asked, approved, declined or withdrawn';
comment on constraint approval_two_check on approval is 'approval: somebody else than who asked decides';
comment on constraint approval_decided_check on approval is 'state: what is decided says when and by whom';
comment on constraint approval_reason_check on approval is 'why: say why, in up to 500 characters';
comment on constraint approval_asked_by_fkey on approval is 'user: there is no such person';
comment on constraint approval_decided_by_fkey on approval is 'user: there is no such person';
select wall('approval');
