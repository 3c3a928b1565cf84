-- Money that is taken and given out at the desk: shifts, payments with what they were paid in, voids and refunds as documents
-- of their own. Every document has a receipt number without gaps.

-- How one can pay, and the account the money is in then. Of what a drawer holds, the notes are counted.
create table payment_method (
  method  text primary key,
  name    text not null,
  purpose text not null references account_template (purpose),
  drawer  boolean not null,
  rank    int not null
);
insert into payment_method (method, name, purpose, drawer, rank) values
  ('cash',     'cash',          'cash',   true,  1),
  ('card',     'card',          'card',   false, 2),
  ('qr',       'QR code',       'card',   false, 3),
  ('transfer', 'bank transfer', 'bank',   false, 4),
  ('cheque',   'cheque',        'cheque', true,  5);
grant select on payment_method to steward_app;

-- A cashier's shift at a drawer. What it should hold is told only after it was counted.
create table shift (
  property_id int not null references property (id),
  id          uuid not null,
  number      text collate "C" not null,
  user_id     uuid not null references app_user (id),
  drawer      text not null,
  opened_at   timestamptz not null default now(),
  float       bigint not null,
  closed_at   timestamptz,
  z_number    text collate "C",
  reason      text,
  journal_id  uuid,
  signed_by   uuid references app_user (id),
  signed_at   timestamptz,
  version     int not null default 1,
  primary key (property_id, id),
  constraint shift_number_key unique (property_id, number),
  constraint shift_z_number_key unique (property_id, z_number),
  constraint shift_user_once exclude using btree (property_id with =, user_id with =) where (closed_at is null),
  constraint shift_drawer_once exclude using btree (property_id with =, drawer with =) where (closed_at is null),
  constraint shift_journal_fkey foreign key (property_id, journal_id) references journal (property_id, id),
  constraint shift_drawer_check check (drawer ~ '^[A-Z0-9][A-Z0-9-]{0,15}$'),
  constraint shift_float_check check (float between 0 and 1000000000),
  constraint shift_closed_check check ((closed_at is null) = (z_number is null)),
  constraint shift_signed_check check (signed_by <> user_id and (signed_by is null) = (signed_at is null))
);
create index shift_at on shift (property_id, opened_at, id);
comment on constraint shift_pkey on shift is 'id: this shift has been opened already';
comment on constraint shift_property_id_fkey on shift is 'property: there is no such property';
comment on constraint shift_user_id_fkey on shift is 'user: there is no such person';
comment on constraint shift_signed_by_fkey on shift is 'user: there is no such person';
comment on constraint shift_number_key on shift is 'number: another shift has this number';
comment on constraint shift_z_number_key on shift is 'number: another report has this number';
comment on constraint shift_user_once on shift is 'shift: you have a shift open already; close it first';
comment on constraint shift_drawer_once on shift is 'drawer: somebody has a shift open at this drawer';
comment on constraint shift_journal_fkey on shift is 'id: it was not posted';
comment on constraint shift_drawer_check on shift is 'drawer: up to 16 capital letters, digits and hyphens, such as D2';
comment on constraint shift_float_check on shift is 'float_minor: nothing or more';
comment on constraint shift_closed_check on shift is 'shift: a closed shift has a report';
comment on constraint shift_signed_check on shift is 'shift: somebody else than the cashier signs it';
select wall('shift');

-- What was counted of a method, and what there should have been.
create table shift_count (
  property_id int not null,
  shift_id    uuid not null,
  method      text not null references payment_method (method),
  counted     bigint not null,
  expected    bigint not null,
  primary key (property_id, shift_id, method),
  constraint shift_count_shift_fkey foreign key (property_id, shift_id) references shift (property_id, id),
  constraint shift_count_counted_check check (counted >= 0)
);
comment on constraint shift_count_pkey on shift_count is 'count: this has been counted already';
comment on constraint shift_count_shift_fkey on shift_count is 'shift: there is no such shift';
comment on constraint shift_count_method_fkey on shift_count is 'count: there is no such way to pay';
comment on constraint shift_count_counted_check on shift_count is 'count: nothing or more';
select wall('shift_count', 'select, insert');
select keep_append_only('shift_count');

-- kind: a payment; a void, which takes a payment back as if it had not been; a refund, which gives a customer's money back.
-- 'amount' is what came in, less than nothing for voids and refunds.
create table payment (
  property_id int not null references property (id),
  id          uuid not null,
  number      text collate "C" not null,
  kind        text not null,
  party_id    uuid not null,
  place_id    uuid,
  shift_id    uuid, -- null: it came to the bank, past every drawer
  on_date     date not null,
  amount      bigint not null,
  advance     bigint not null,
  note        text,
  journal_id  uuid not null,
  reverses    uuid,
  user_id     uuid not null references app_user (id),
  at          timestamptz not null default now(),
  occurred_at timestamptz,
  primary key (property_id, id),
  constraint payment_number_key unique (property_id, number),
  constraint payment_reverses_key unique (property_id, reverses),
  constraint payment_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint payment_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint payment_shift_fkey foreign key (property_id, shift_id) references shift (property_id, id),
  constraint payment_journal_fkey foreign key (property_id, journal_id) references journal (property_id, id),
  constraint payment_reverses_fkey foreign key (property_id, reverses) references payment (property_id, id),
  constraint payment_kind_check check (kind in ('payment', 'void', 'refund')),
  constraint payment_amount_check check (case kind when 'payment' then amount > 0 else amount < 0 end),
  constraint payment_void_check check ((kind = 'void') = (reverses is not null)),
  constraint payment_note_check check (note is null or btrim(note) <> '' and length(note) <= 200)
);
create index payment_party on payment (property_id, party_id, at, id);
create index payment_shift on payment (property_id, shift_id, at, id);
create index payment_at on payment (property_id, at, id);
comment on constraint payment_pkey on payment is 'id: this has been paid already';
comment on constraint payment_property_id_fkey on payment is 'property: there is no such property';
comment on constraint payment_user_id_fkey on payment is 'user: there is no such person';
comment on constraint payment_number_key on payment is 'number: another receipt has this number';
comment on constraint payment_reverses_key on payment is 'payment: it is void already';
comment on constraint payment_party_fkey on payment is 'party: there is no such customer at this property';
comment on constraint payment_place_fkey on payment is 'place: there is no such place at this property';
comment on constraint payment_shift_fkey on payment is 'shift: there is no such shift';
comment on constraint payment_journal_fkey on payment is 'id: it was not posted';
comment on constraint payment_reverses_fkey on payment is 'payment: there is no such payment';
comment on constraint payment_kind_check on payment is 'kind: payment, void or refund';
comment on constraint payment_amount_check on payment is 'amount_minor: more than nothing';
comment on constraint payment_void_check on payment is 'payment: a void names what it takes back';
comment on constraint payment_note_check on payment is 'note: one line of up to 200 characters';
select wall('payment', 'select, insert');
select keep_append_only('payment');

-- What it was paid in. 'tendered': what was handed over; the change is the rest.
create table payment_tender (
  property_id int not null,
  payment_id  uuid not null,
  method      text not null references payment_method (method),
  amount      bigint not null,
  tendered    bigint,
  reference   text,
  primary key (property_id, payment_id, method),
  constraint payment_tender_payment_fkey foreign key (property_id, payment_id) references payment (property_id, id),
  constraint payment_tender_amount_check check (amount <> 0),
  constraint payment_tender_tendered_check check (tendered is null or tendered >= amount and method = 'cash'),
  constraint payment_tender_reference_check check (length(reference) <= 64 and reference !~ '[[:cntrl:]]')
);
comment on constraint payment_tender_pkey on payment_tender is 'paid: this way to pay is named already';
comment on constraint payment_tender_payment_fkey on payment_tender is 'payment: there is no such payment';
comment on constraint payment_tender_method_fkey on payment_tender is 'paid: there is no such way to pay';
comment on constraint payment_tender_amount_check on payment_tender is 'paid: more than nothing';
comment on constraint payment_tender_tendered_check on payment_tender is 'tendered_minor: less than what is paid in cash';
comment on constraint payment_tender_reference_check on payment_tender is 'reference: one line of up to 64 characters';
select wall('payment_tender', 'select, insert');
select keep_append_only('payment_tender');

insert into approval_kind (kind, label, roles, measured) values
  ('payment_void', 'to void a payment', '{supervisor,manager,finance}', true),
  ('refund',       'to give money back', '{supervisor,manager,finance}', true);
