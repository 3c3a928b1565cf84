-- What customers owe, line by line, and what settles it. A line is a claim with a due day of its own: it is never edited,
-- and what was paid is never expressed as a day that somebody has paid through.

-- What can be charged. 'purpose' is the account its income goes to; 'pass_through' is what is collected for others. Of
-- several open lines, those of a lower rank are settled first on the same due day.
create table charge_item_template (
  code    text primary key,
  name    text not null,
  purpose text not null references account_template (purpose),
  rank    int not null
);
insert into charge_item_template (code, name, purpose, rank) values
  ('INTEREST',    'Late interest',                       'interest',     10),
  ('WATER',       'Water',                               'pass_through', 20),
  ('ELECTRICITY', 'Electricity',                         'pass_through', 20),
  ('GAS',         'Gas',                                 'pass_through', 20),
  ('HEATING',     'Heating',                             'pass_through', 20),
  ('COMMON',      'Common-area water and electricity',   'common',       30),
  ('MANAGEMENT',  'Management fee',                      'management',   40),
  ('RENT',        'Rent',                                'rent',         40),
  ('PARKING',     'Parking',                             'parking',      40),
  ('LIFT',        'Lift',                                'management',   40),
  ('ADVERTISING', 'Advertising',                         'space',        40),
  ('WORK',        'Work and material',                   'work',         50),
  ('OTHER',       'Other',                               'other',        70);
grant select on charge_item_template to steward_app;

create table charge_item (
  property_id int not null references property (id),
  id          uuid not null,
  code        text collate "C" not null,
  name        text not null,
  account_id  uuid not null,
  tax_bp      int not null default 0,
  rank        int not null default 50,
  closed_on   date,
  version     int not null default 1,
  primary key (property_id, id),
  constraint charge_item_code_key unique (property_id, code),
  constraint charge_item_account_fkey foreign key (property_id, account_id) references account (property_id, id),
  constraint charge_item_code_check check (code ~ '^[A-Z0-9][A-Z0-9-]{0,31}$'),
  constraint charge_item_name_check check (btrim(name) <> '' and length(name) <= 100 and name !~ '[[:cntrl:]]'),
  constraint charge_item_tax_bp_check check (tax_bp between 0 and 10000),
  constraint charge_item_rank_check check (rank between 1 and 100)
);
comment on constraint charge_item_pkey on charge_item is 'id: this item has been added already';
comment on constraint charge_item_property_id_fkey on charge_item is 'property: there is no such property';
comment on constraint charge_item_code_key on charge_item is 'code: another item has this code';
comment on constraint charge_item_account_fkey on charge_item is 'account: there is no such account';
comment on constraint charge_item_code_check on charge_item is 'code: up to 32 capital letters, digits and hyphens';
comment on constraint charge_item_name_check on charge_item is 'name: one line of up to 100 characters';
comment on constraint charge_item_tax_bp_check on charge_item is 'tax_bp: hundredths of a percent, 0 to 10000';
comment on constraint charge_item_rank_check on charge_item is 'rank: 1 to 100';
select wall('charge_item');

create function charge_item_begin() returns trigger language plpgsql security definer set search_path = steward, pg_temp as $$
begin
  insert into charge_item (property_id, id, code, name, account_id, rank)
  select new.id, gen_random_uuid(), t.code, t.name, a.id, t.rank
    from charge_item_template t join account a on a.property_id = new.id and a.purpose = t.purpose;
  return null;
end $$;
create policy owner_begins on charge_item for insert to steward_owner with check (true);
create policy owner_begins_with on account for select to steward_owner using (true);
-- After account_begin, by its name.
create trigger begin_charge_item after insert on property for each row execute function charge_item_begin();
insert into charge_item (property_id, id, code, name, account_id, rank)
select a.property_id, gen_random_uuid(), t.code, t.name, a.id, t.rank
  from charge_item_template t join account a on a.purpose = t.purpose;

-- What a customer is sent: claims with one number and one due day. What is charged by itself has a bill of one line.
create table bill (
  property_id int not null references property (id),
  id          uuid not null,
  number      text collate "C" not null,
  party_id    uuid not null,
  place_id    uuid,
  run_id      uuid,
  issued_on   date not null,
  due_on      date not null,
  amount      bigint not null,
  user_id     uuid references app_user (id),
  at          timestamptz not null default now(),
  primary key (property_id, id),
  constraint bill_number_key unique (property_id, number),
  constraint bill_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint bill_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint bill_amount_check check (amount > 0)
);
create index bill_party on bill (property_id, party_id, issued_on, id);
create index bill_run on bill (property_id, run_id) where run_id is not null;
comment on constraint bill_pkey on bill is 'id: this has been billed already';
comment on constraint bill_property_id_fkey on bill is 'property: there is no such property';
comment on constraint bill_number_key on bill is 'number: another bill has this number';
comment on constraint bill_party_fkey on bill is 'party: there is no such customer at this property';
comment on constraint bill_place_fkey on bill is 'place: there is no such place at this property';
comment on constraint bill_amount_check on bill is 'amount_minor: more than nothing';
comment on constraint bill_user_id_fkey on bill is 'user: there is no such person';
select wall('bill', 'select, insert');
select keep_append_only('bill');

-- A claim on somebody. 'settled' is what payments, credit notes and the like have taken off it; it follows the settlements
-- by their trigger, and can neither exceed the amount nor go below nothing, whoever pays at the same moment.
create table charge_line (
  property_id   int not null,
  id            uuid not null,
  bill_id       uuid not null,
  line          int not null,
  item_id       uuid not null,
  party_id      uuid not null,
  place_id      uuid,
  text          text not null,
  from_on       date,
  to_on         date,
  amount        bigint not null,
  tax           bigint not null default 0,
  settled       bigint not null default 0,
  credited      bigint not null default 0,
  issued_on     date not null,
  due_on        date not null,
  journal_id    uuid not null,
  -- What it came of: an order's charge, the assignment of a standard, a line that bears interest.
  entity        text,
  entity_id     uuid,
  assignment_id uuid,
  cancelled     boolean not null generated always as (credited = amount) stored,
  disputed_at   timestamptz,
  version       int not null default 1,
  primary key (property_id, id),
  constraint charge_line_bill_key unique (property_id, bill_id, line),
  constraint charge_line_bill_fkey foreign key (property_id, bill_id) references bill (property_id, id),
  constraint charge_line_item_fkey foreign key (property_id, item_id) references charge_item (property_id, id),
  constraint charge_line_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint charge_line_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint charge_line_journal_fkey foreign key (property_id, journal_id) references journal (property_id, id),
  constraint charge_line_text_check check (btrim(text) <> '' and length(text) <= 200 and text !~ '[[:cntrl:]]'),
  constraint charge_line_period_check check ((from_on is null) = (to_on is null) and to_on > from_on),
  constraint charge_line_amount_check check (amount > 0 and amount <= 1000000000000),
  constraint charge_line_tax_check check (tax >= 0 and tax <= amount),
  constraint charge_line_settled_check check (settled >= 0 and settled <= amount),
  constraint charge_line_credited_check check (credited >= 0 and credited <= amount)
) with (fillfactor = 90);
create index charge_line_open on charge_line (property_id, party_id, due_on, id) where settled < amount;
create index charge_line_place on charge_line (property_id, place_id, due_on, id) where settled < amount;
create index charge_line_party on charge_line (property_id, party_id, issued_on, id);
create index charge_line_entity on charge_line (property_id, entity_id) where entity_id is not null;
-- Of an assignment each span is charged once.
create unique index charge_line_once on charge_line (property_id, assignment_id, from_on) where assignment_id is not null and not cancelled;
comment on constraint charge_line_pkey on charge_line is 'id: this has been charged already';
comment on constraint charge_line_bill_key on charge_line is 'line: the bill has this line already';
comment on constraint charge_line_bill_fkey on charge_line is 'bill: there is no such bill';
comment on constraint charge_line_item_fkey on charge_line is 'item: there is no such item';
comment on constraint charge_line_party_fkey on charge_line is 'party: there is no such customer at this property';
comment on constraint charge_line_place_fkey on charge_line is 'place: there is no such place at this property';
comment on constraint charge_line_journal_fkey on charge_line is 'id: it was not posted';
comment on constraint charge_line_text_check on charge_line is 'text: one line of up to 200 characters';
comment on constraint charge_line_period_check on charge_line is 'to: must be a day after the first day';
comment on constraint charge_line_amount_check on charge_line is 'amount_minor: more than nothing, and not more than a line may be';
comment on constraint charge_line_tax_check on charge_line is 'tax_bp: more than the amount';
comment on constraint charge_line_settled_check on charge_line is 'line: it is settled already, or less of it is open';
comment on constraint charge_line_credited_check on charge_line is 'amount_minor: more than was charged and not credited yet';
comment on index charge_line_once is 'assignment: this span has been charged already';
select wall('charge_line', 'select, insert, update (settled, credited, disputed_at, version)');

-- What takes something off a line: a payment, credit that the customer had, a credit note, a deposit, a write-off. Taken back
-- by a row of the opposite amount that names it, once.
create table settlement (
  property_id int not null,
  id          uuid not null,
  line_id     uuid not null,
  kind        text not null,
  amount      bigint not null,
  on_date     date not null,
  journal_id  uuid not null,
  entity      text not null,
  entity_id   uuid not null,
  reverses    uuid,
  user_id     uuid references app_user (id),
  at          timestamptz not null default now(),
  primary key (property_id, id),
  constraint settlement_reverses_key unique (property_id, reverses),
  constraint settlement_line_fkey foreign key (property_id, line_id) references charge_line (property_id, id),
  constraint settlement_journal_fkey foreign key (property_id, journal_id) references journal (property_id, id),
  constraint settlement_reverses_fkey foreign key (property_id, reverses) references settlement (property_id, id),
  constraint settlement_kind_check check (kind in ('payment', 'credit', 'credit_note', 'deposit', 'write_off')),
  constraint settlement_amount_check check (case when reverses is null then amount > 0 else amount < 0 end)
);
create index settlement_line on settlement (property_id, line_id, at, id);
create index settlement_entity on settlement (property_id, entity_id);
comment on constraint settlement_pkey on settlement is 'id: this has been settled already';
comment on constraint settlement_reverses_key on settlement is 'payment: it has been taken back already';
comment on constraint settlement_line_fkey on settlement is 'line: there is no such line';
comment on constraint settlement_journal_fkey on settlement is 'id: it was not posted';
comment on constraint settlement_reverses_fkey on settlement is 'payment: there is no such settlement';
comment on constraint settlement_kind_check on settlement is 'kind: payment, credit, credit_note, deposit or write_off';
comment on constraint settlement_amount_check on settlement is 'amount_minor: more than nothing';
comment on constraint settlement_user_id_fkey on settlement is 'user: there is no such person';
select wall('settlement', 'select, insert');
select keep_append_only('settlement');

create function settlement_after() returns trigger language plpgsql as $$
begin
  update charge_line l set settled = l.settled + new.amount, version = l.version + 1
   where l.property_id = new.property_id and l.id = new.line_id;
  return null;
end $$;
create trigger settlement_after after insert on settlement for each row execute function settlement_after();
alter table settlement enable always trigger settlement_after;

-- Takes something off bills by itself, with a number of its own: what was billed stays as it was.
create table credit_note (
  property_id int not null,
  id          uuid not null,
  number      text collate "C" not null,
  bill_id     uuid not null,
  amount      bigint not null,
  reason      text not null,
  on_date     date not null,
  journal_id  uuid not null,
  user_id     uuid references app_user (id),
  at          timestamptz not null default now(),
  primary key (property_id, id),
  constraint credit_note_number_key unique (property_id, number),
  constraint credit_note_bill_fkey foreign key (property_id, bill_id) references bill (property_id, id),
  constraint credit_note_journal_fkey foreign key (property_id, journal_id) references journal (property_id, id),
  constraint credit_note_amount_check check (amount > 0),
  constraint credit_note_reason_check check (btrim(reason) <> '' and length(reason) <= 500)
);
create index credit_note_bill on credit_note (property_id, bill_id);
comment on constraint credit_note_pkey on credit_note is 'id: this has been credited already';
comment on constraint credit_note_number_key on credit_note is 'number: another credit note has this number';
comment on constraint credit_note_bill_fkey on credit_note is 'bill: there is no such bill';
comment on constraint credit_note_journal_fkey on credit_note is 'id: it was not posted';
comment on constraint credit_note_amount_check on credit_note is 'amount_minor: more than nothing';
comment on constraint credit_note_reason_check on credit_note is 'why: say why, in up to 500 characters';
comment on constraint credit_note_user_id_fkey on credit_note is 'user: there is no such person';
select wall('credit_note', 'select, insert');
select keep_append_only('credit_note');

-- How much of which line. What had been paid of it goes to the customer's advance: 'returned'.
create table credit_note_line (
  property_id    int not null,
  credit_note_id uuid not null,
  line_id        uuid not null,
  amount         bigint not null,
  returned       bigint not null,
  primary key (property_id, credit_note_id, line_id),
  constraint credit_note_line_note_fkey foreign key (property_id, credit_note_id) references credit_note (property_id, id),
  constraint credit_note_line_line_fkey foreign key (property_id, line_id) references charge_line (property_id, id),
  constraint credit_note_line_amount_check check (amount > 0 and returned between 0 and amount)
);
create index credit_note_line_line on credit_note_line (property_id, line_id);
comment on constraint credit_note_line_pkey on credit_note_line is 'line: it is on this credit note already';
comment on constraint credit_note_line_note_fkey on credit_note_line is 'bill: there is no such credit note';
comment on constraint credit_note_line_line_fkey on credit_note_line is 'line: there is no such line';
comment on constraint credit_note_line_amount_check on credit_note_line is 'amount_minor: more than nothing';
select wall('credit_note_line', 'select, insert');
select keep_append_only('credit_note_line');

create function credit_note_line_after() returns trigger language plpgsql as $$
begin
  update charge_line l set credited = l.credited + new.amount, version = l.version + 1
   where l.property_id = new.property_id and l.id = new.line_id;
  return null;
end $$;
create trigger credit_note_line_after after insert on credit_note_line for each row execute function credit_note_line_after();
alter table credit_note_line enable always trigger credit_note_line_after;

-- Money of customers that the property holds, in pots: 'advance' is what was paid beyond what was owed, 'prepaid' what a
-- meter draws down, 'deposit' what is given back. No pot goes below nothing.
create table pot (
  property_id int not null references property (id),
  id          uuid not null,
  kind        text not null,
  party_id    uuid not null,
  place_id    uuid,
  item_id     uuid,
  amount      bigint not null default 0,
  version     int not null default 1,
  primary key (property_id, id),
  constraint pot_once exclude using btree (property_id with =, kind with =, party_id with =,
    (coalesce(place_id, '00000000-0000-0000-0000-000000000000')) with =, (coalesce(item_id, '00000000-0000-0000-0000-000000000000')) with =),
  constraint pot_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint pot_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint pot_item_fkey foreign key (property_id, item_id) references charge_item (property_id, id),
  constraint pot_kind_check check (kind in ('advance', 'prepaid', 'deposit')),
  constraint pot_amount_check check (amount >= 0)
);
create index pot_party on pot (property_id, party_id);
comment on constraint pot_pkey on pot is 'id: there is such a pot already';
comment on constraint pot_once on pot is 'party: there is such a pot already';
comment on constraint pot_property_id_fkey on pot is 'property: there is no such property';
comment on constraint pot_party_fkey on pot is 'party: there is no such customer at this property';
comment on constraint pot_place_fkey on pot is 'place: there is no such place at this property';
comment on constraint pot_item_fkey on pot is 'item: there is no such item';
comment on constraint pot_kind_check on pot is 'kind: advance, prepaid or deposit';
comment on constraint pot_amount_check on pot is 'amount_minor: more than the customer has there';
select wall('pot', 'select, insert, update (amount, version)');

create table pot_entry (
  property_id int not null,
  id          uuid not null,
  pot_id      uuid not null,
  amount      bigint not null,
  on_date     date not null,
  journal_id  uuid not null,
  entity      text not null,
  entity_id   uuid not null,
  text        text not null,
  at          timestamptz not null default now(),
  primary key (property_id, id),
  constraint pot_entry_pot_fkey foreign key (property_id, pot_id) references pot (property_id, id),
  constraint pot_entry_journal_fkey foreign key (property_id, journal_id) references journal (property_id, id),
  constraint pot_entry_amount_check check (amount <> 0)
);
create index pot_entry_pot on pot_entry (property_id, pot_id, at, id);
create index pot_entry_entity on pot_entry (property_id, entity_id);
comment on constraint pot_entry_pkey on pot_entry is 'id: this has been booked already';
comment on constraint pot_entry_pot_fkey on pot_entry is 'party: there is no such pot';
comment on constraint pot_entry_journal_fkey on pot_entry is 'id: it was not posted';
comment on constraint pot_entry_amount_check on pot_entry is 'amount_minor: more or less than nothing';
select wall('pot_entry', 'select, insert');
select keep_append_only('pot_entry');

create function pot_entry_after() returns trigger language plpgsql as $$
begin
  update pot p set amount = p.amount + new.amount, version = p.version + 1 where p.property_id = new.property_id and p.id = new.pot_id;
  return null;
end $$;
create trigger pot_entry_after after insert on pot_entry for each row execute function pot_entry_after();
alter table pot_entry enable always trigger pot_entry_after;

-- Amounts above which something takes two, by property; without a row it always does.
create table approval_limit (
  property_id int not null references property (id),
  kind        text not null references approval_kind (kind),
  amount      bigint not null,
  version     int not null default 1,
  primary key (property_id, kind),
  constraint approval_limit_amount_check check (amount >= 0)
);
comment on constraint approval_limit_pkey on approval_limit is 'kind: it has a limit already';
comment on constraint approval_limit_property_id_fkey on approval_limit is 'property: there is no such property';
comment on constraint approval_limit_kind_fkey on approval_limit is 'kind: nothing that takes two';
comment on constraint approval_limit_amount_check on approval_limit is 'amount_minor: nothing or more';
select wall('approval_limit');
insert into approval_kind (kind, label, roles, measured) values
  ('credit_note', 'to credit a bill',       '{supervisor,manager,finance}', true),
  ('write_off',   'to write off a bill',    '{manager,finance}',            true);
