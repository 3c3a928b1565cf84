-- What is collected for others (water, electricity, gas, heating) and handed on to them: to whom, what, and what not yet.

-- Whom something is collected for. 'commission_bp': what the property keeps of it by the contract, in hundredths of a percent.
create table payee (
  property_id   int not null references property (id),
  id            uuid not null,
  code          text collate "C" not null,
  name          text not null,
  bank_account  text,
  contract      text,
  commission_bp int not null default 0,
  closed_on     date,
  version       int not null default 1,
  primary key (property_id, id),
  constraint payee_code_key unique (property_id, code),
  constraint payee_code_check check (code ~ '^[A-Z0-9][A-Z0-9-]{0,31}$'),
  constraint payee_name_check check (btrim(name) <> '' and length(name) <= 100 and name !~ '[[:cntrl:]]'),
  constraint payee_bank_account_check check (btrim(bank_account) <> '' and length(bank_account) <= 64),
  constraint payee_contract_check check (btrim(contract) <> '' and length(contract) <= 100),
  constraint payee_commission_bp_check check (commission_bp between 0 and 10000)
);
comment on constraint payee_pkey on payee is 'id: this payee has been added already';
comment on constraint payee_property_id_fkey on payee is 'property: there is no such property';
comment on constraint payee_code_key on payee is 'code: another payee has this code';
comment on constraint payee_code_check on payee is 'code: up to 32 capital letters, digits and hyphens';
comment on constraint payee_name_check on payee is 'name: one line of up to 100 characters';
comment on constraint payee_bank_account_check on payee is 'bank_account: one line of up to 64 characters';
comment on constraint payee_contract_check on payee is 'contract: one line of up to 100 characters';
comment on constraint payee_commission_bp_check on payee is 'commission_bp: hundredths of a percent, 0 to 10000';
select wall('payee');

-- An item is collected for one payee.
alter table charge_item
  add column payee_id uuid,
  add constraint charge_item_payee_fkey foreign key (property_id, payee_id) references payee (property_id, id);
comment on constraint charge_item_payee_fkey on charge_item is 'item: there is no such payee';
create index charge_item_payee on charge_item (property_id, payee_id) where payee_id is not null;
create index charge_line_item on charge_line (property_id, item_id);

-- Handed on: what was collected, less the commission, by bank transfer. kind: a remittance; a cancel, which takes one back.
create table remittance (
  property_id   int not null,
  id            uuid not null,
  number        text collate "C" not null,
  kind          text not null,
  payee_id    uuid not null,
  until_on      date not null,
  amount        bigint not null,
  commission_bp int not null,
  commission    bigint not null,
  tax           bigint not null,
  claimed       bigint,
  reason        text,
  reference     text,
  on_date       date not null,
  journal_id    uuid not null,
  reverses      uuid,
  asked_by      uuid not null references app_user (id),
  user_id       uuid not null references app_user (id),
  at            timestamptz not null default now(),
  primary key (property_id, id),
  constraint remittance_number_key unique (property_id, number),
  constraint remittance_reverses_key unique (property_id, reverses),
  constraint remittance_payee_fkey foreign key (property_id, payee_id) references payee (property_id, id),
  constraint remittance_journal_fkey foreign key (property_id, journal_id) references journal (property_id, id),
  constraint remittance_reverses_fkey foreign key (property_id, reverses) references remittance (property_id, id),
  constraint remittance_kind_check check (kind in ('remittance', 'cancel')),
  constraint remittance_cancel_check check ((kind = 'cancel') = (reverses is not null)),
  constraint remittance_amount_check check (case kind when 'remittance' then amount > 0 and commission between 0 and amount and tax between 0 and commission
                                                 else amount < 0 and commission between amount and 0 and tax between commission and 0 end),
  constraint remittance_two_check check (asked_by <> user_id),
  constraint remittance_reason_check check (btrim(reason) <> '' and length(reason) <= 500),
  constraint remittance_reference_check check (btrim(reference) <> '' and length(reference) <= 64)
);
create index remittance_at on remittance (property_id, at, id);
comment on constraint remittance_pkey on remittance is 'id: this has been remitted already';
comment on constraint remittance_asked_by_fkey on remittance is 'user: there is no such person';
comment on constraint remittance_user_id_fkey on remittance is 'user: there is no such person';
comment on constraint remittance_number_key on remittance is 'number: another remittance has this number';
comment on constraint remittance_reverses_key on remittance is 'remittance: it has been cancelled already';
comment on constraint remittance_payee_fkey on remittance is 'payee: there is no such payee';
comment on constraint remittance_journal_fkey on remittance is 'id: it was not posted';
comment on constraint remittance_reverses_fkey on remittance is 'remittance: there is no such remittance';
comment on constraint remittance_kind_check on remittance is 'kind: remittance or cancel';
comment on constraint remittance_cancel_check on remittance is 'remittance: a cancel names what it takes back';
comment on constraint remittance_amount_check on remittance is 'amount: more than nothing';
comment on constraint remittance_two_check on remittance is 'approval: somebody else than who asked decides';
comment on constraint remittance_reason_check on remittance is 'why: say why, in up to 500 characters';
comment on constraint remittance_reference_check on remittance is 'reference: one line of up to 64 characters';
select wall('remittance', 'select, insert');
select keep_append_only('remittance');

-- What is in it, to the line: each settlement of a line, or what a credit note gave back of it, at most once. 'nth': an even one takes
-- the one before back, because the remittance was cancelled.
create table remittance_line (
  property_id   int not null,
  remittance_id uuid not null,
  line_id       uuid not null,
  source        text not null,
  source_id     uuid not null,
  nth           int not null,
  on_date       date not null,
  amount        bigint not null,
  primary key (property_id, source_id, line_id, nth),
  constraint remittance_line_remittance_fkey foreign key (property_id, remittance_id) references remittance (property_id, id),
  constraint remittance_line_line_fkey foreign key (property_id, line_id) references charge_line (property_id, id),
  constraint remittance_line_source_check check (source in ('settlement', 'credit_note')),
  constraint remittance_line_amount_check check (amount <> 0)
);
create index remittance_line_of on remittance_line (property_id, remittance_id);
comment on constraint remittance_line_pkey on remittance_line is 'remittance: some of it has been remitted meanwhile; ask anew';
comment on constraint remittance_line_remittance_fkey on remittance_line is 'remittance: there is no such remittance';
comment on constraint remittance_line_line_fkey on remittance_line is 'line: there is no such line';
comment on constraint remittance_line_source_check on remittance_line is 'source: settlement or credit_note';
comment on constraint remittance_line_amount_check on remittance_line is 'amount: more or less than nothing';
select wall('remittance_line', 'select, insert');
select keep_append_only('remittance_line');

-- What the property keeps is income; a property may set a tax on it.
insert into account_template (code, name, kind, purpose) values ('6053', 'Commission for collecting', 'income', 'commission');
insert into charge_item_template (code, name, purpose, rank) values ('COMMISSION', 'Commission for collecting', 'commission', 60);
select set_config('steward.scope', coalesce(string_agg(id::text, ','), ''), true) from property;
insert into account (property_id, id, code, name, kind, purpose, currency)
select p.id, gen_random_uuid(), case when exists (select from account a where a.property_id = p.id and a.code = t.code) then t.code || '-1' else t.code end,
       t.name, t.kind, t.purpose, p.currency
  from property p cross join account_template t where t.purpose = 'commission';
insert into charge_item (property_id, id, code, name, account_id, rank)
select a.property_id, gen_random_uuid(), t.code, t.name, a.id, t.rank
  from charge_item_template t join account a on a.purpose = t.purpose where t.code = 'COMMISSION'
on conflict (property_id, code) do nothing;

insert into approval_kind (kind, label, roles) values
  ('remittance',        'to remit what was collected', '{manager,finance}'),
  ('remittance_cancel', 'to cancel a remittance',      '{manager,finance}');
