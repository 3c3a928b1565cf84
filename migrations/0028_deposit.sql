-- Deposits: money that is taken, held and given back, or kept in part for a reason. Each is a document of its own with what
-- is held of it; it is nobody's income and settles nothing until somebody deducts from it.

-- What a deposit is for. 'return_days': within how many days after its purpose has ended it is settled.
create table deposit_purpose (
  purpose     text primary key,
  name        text not null,
  return_days int not null check (return_days between 1 and 365),
  rank        int not null
);
insert into deposit_purpose (purpose, name, return_days, rank) values
  ('fit_out', 'fit-out', 30, 1), ('keys', 'keys', 7, 2), ('passes', 'passes', 7, 3), ('tenancy', 'tenancy', 30, 4),
  ('other', 'other', 30, 5);
grant select on deposit_purpose to steward_app;

-- 'held' follows the entries of its pot by their trigger. 'ended_on': when its purpose ended, where somebody said so.
create table deposit (
  property_id int not null references property (id),
  id          uuid not null,
  number      text collate "C" not null,
  purpose     text not null references deposit_purpose (purpose),
  party_id    uuid not null,
  place_id    uuid,
  payment_id  uuid not null,
  taken_on    date not null,
  amount      bigint not null,
  held        bigint not null default 0,
  until_on    date,
  ended_on    date,
  ended_why   text,
  ended_by    uuid references app_user (id),
  note        text,
  user_id     uuid not null references app_user (id),
  at          timestamptz not null default now(),
  version     int not null default 1,
  primary key (property_id, id),
  constraint deposit_number_key unique (property_id, number),
  constraint deposit_payment_key unique (property_id, payment_id),
  constraint deposit_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint deposit_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint deposit_payment_fkey foreign key (property_id, payment_id) references payment (property_id, id),
  constraint deposit_amount_check check (amount > 0),
  constraint deposit_held_check check (held between 0 and amount),
  constraint deposit_ended_check check ((ended_on is null) = (ended_by is null) and (ended_on is null) = (ended_why is null)),
  constraint deposit_ended_why_check check (btrim(ended_why) <> '' and length(ended_why) <= 200),
  constraint deposit_note_check check (btrim(note) <> '' and length(note) <= 200)
);
create index deposit_at on deposit (property_id, at, id);
create index deposit_held on deposit (property_id, at, id) where held > 0;
create index deposit_party on deposit (property_id, party_id, at, id);
create index deposit_place on deposit (property_id, place_id, at, id);
comment on constraint deposit_pkey on deposit is 'id: this deposit has been taken already';
comment on constraint deposit_property_id_fkey on deposit is 'property: there is no such property';
comment on constraint deposit_purpose_fkey on deposit is 'purpose: fit_out, keys, passes, tenancy or other';
comment on constraint deposit_user_id_fkey on deposit is 'user: there is no such person';
comment on constraint deposit_ended_by_fkey on deposit is 'user: there is no such person';
comment on constraint deposit_number_key on deposit is 'number: another deposit has this number';
comment on constraint deposit_payment_key on deposit is 'payment: a deposit was made of it already';
comment on constraint deposit_party_fkey on deposit is 'party: there is no such customer at this property';
comment on constraint deposit_place_fkey on deposit is 'place: there is no such place at this property';
comment on constraint deposit_payment_fkey on deposit is 'payment: there is no such payment';
comment on constraint deposit_amount_check on deposit is 'amount_minor: more than nothing';
comment on constraint deposit_held_check on deposit is 'deposit: less than that is held: some was deducted or given back';
comment on constraint deposit_ended_check on deposit is 'why: say why it has ended';
comment on constraint deposit_ended_why_check on deposit is 'why: say why, in up to 200 characters';
comment on constraint deposit_note_check on deposit is 'note: one line of up to 200 characters';
select wall('deposit', 'select, insert, update (held, ended_on, ended_why, ended_by, version)');

-- What was kept of a deposit: it settles a bill, its own or one that was there.
create table deposit_deduction (
  property_id int not null,
  id          uuid not null,
  number      text collate "C" not null,
  deposit_id  uuid not null,
  amount      bigint not null,
  bill_id     uuid not null,
  reason      text not null,
  document    text,
  on_date     date not null,
  journal_id  uuid not null,
  user_id     uuid not null references app_user (id),
  at          timestamptz not null default now(),
  primary key (property_id, id),
  constraint deposit_deduction_number_key unique (property_id, number),
  constraint deposit_deduction_deposit_fkey foreign key (property_id, deposit_id) references deposit (property_id, id),
  constraint deposit_deduction_bill_fkey foreign key (property_id, bill_id) references bill (property_id, id),
  constraint deposit_deduction_journal_fkey foreign key (property_id, journal_id) references journal (property_id, id),
  constraint deposit_deduction_amount_check check (amount > 0),
  constraint deposit_deduction_reason_check check (btrim(reason) <> '' and length(reason) <= 500),
  constraint deposit_deduction_document_check check (btrim(document) <> '' and length(document) <= 100)
);
create index deposit_deduction_of on deposit_deduction (property_id, deposit_id);
comment on constraint deposit_deduction_pkey on deposit_deduction is 'id: this has been deducted already';
comment on constraint deposit_deduction_user_id_fkey on deposit_deduction is 'user: there is no such person';
comment on constraint deposit_deduction_number_key on deposit_deduction is 'number: another deduction has this number';
comment on constraint deposit_deduction_deposit_fkey on deposit_deduction is 'deposit: there is no such deposit';
comment on constraint deposit_deduction_bill_fkey on deposit_deduction is 'bill: there is no such bill';
comment on constraint deposit_deduction_journal_fkey on deposit_deduction is 'id: it was not posted';
comment on constraint deposit_deduction_amount_check on deposit_deduction is 'amount_minor: more than nothing';
comment on constraint deposit_deduction_reason_check on deposit_deduction is 'why: say why, in up to 500 characters';
comment on constraint deposit_deduction_document_check on deposit_deduction is 'document: one line of up to 100 characters';
select wall('deposit_deduction', 'select, insert');
select keep_append_only('deposit_deduction');

-- An entry of a pot of deposits names the deposit, so that what is held of each and of all is moved by one row.
alter table pot_entry
  add column deposit_id uuid,
  add constraint pot_entry_deposit_fkey foreign key (property_id, deposit_id) references deposit (property_id, id);
comment on constraint pot_entry_deposit_fkey on pot_entry is 'deposit: there is no such deposit';
create index pot_entry_deposit on pot_entry (property_id, deposit_id, at, id) where deposit_id is not null;

create or replace function pot_entry_after() returns trigger language plpgsql as $$
declare
  pot_kind text;
begin
  update deposit d set held = d.held + new.amount, version = d.version + 1 where d.property_id = new.property_id and d.id = new.deposit_id;
  update pot p set amount = p.amount + new.amount, version = p.version + 1 where p.property_id = new.property_id and p.id = new.pot_id
  returning p.kind into pot_kind;
  if (pot_kind = 'deposit') <> (new.deposit_id is not null) then
    perform refuse('STINV', 'DEPOSIT_MISSING', 'deposit', 'what moves in a pot of deposits names its deposit, and nothing else does');
  end if;
  return null;
end $$;

-- What a deduction that rests on no bill is charged as; a property may set a tax on it.
insert into charge_item_template (code, name, purpose, rank) values ('DEDUCTION', 'Deduction from a deposit', 'deduction', 60);
select set_config('steward.scope', coalesce(string_agg(id::text, ','), ''), true) from property;
insert into charge_item (property_id, id, code, name, account_id, rank)
select a.property_id, gen_random_uuid(), t.code, t.name, a.id, t.rank
  from charge_item_template t join account a on a.purpose = t.purpose where t.code = 'DEDUCTION'
on conflict (property_id, code) do nothing;

insert into approval_kind (kind, label, roles, measured) values
  ('deposit_deduction', 'to deduct from a deposit', '{supervisor,manager,finance}', true),
  ('deposit_refund',    'to give a deposit back',   '{supervisor,manager,finance}', true);
insert into obligation_kind (kind, label, tries, rank, roles, outcomes, command) values
  ('deposit_return', 'deposit to be settled', 1000, 30, '{cashier,clerk,finance,supervisor,manager}', '{done}', 'deposit refund');
