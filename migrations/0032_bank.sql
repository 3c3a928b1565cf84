-- Bank accounts and what the bank says: statements with their entries, each entry once, and what every entry was found to be.

insert into account_template (code, name, kind, purpose) values
  ('6604', 'Bank interest', 'income',  'bank_interest'),
  ('6713', 'Bank charges',  'expense', 'bank_charge');
-- A property that has an account of this code or purpose keeps it.
insert into account (property_id, id, code, name, kind, purpose, currency)
select p.id, gen_random_uuid(), t.code, t.name, t.kind, t.purpose, p.currency
  from property p cross join account_template t
 where t.purpose in ('bank_interest', 'bank_charge')
on conflict do nothing;

create table bank_account (
  property_id int not null references property (id),
  id          uuid not null,
  code        text collate "C" not null,
  name        text not null,
  -- As the bank writes it, without blanks.
  iban        text collate "C" not null,
  account_id  uuid not null,
  closed_on   date,
  version     int not null default 1,
  primary key (property_id, id),
  constraint bank_account_code_key unique (property_id, code),
  constraint bank_account_iban_key unique (property_id, iban),
  constraint bank_account_ledger_key unique (property_id, account_id),
  constraint bank_account_ledger_fkey foreign key (property_id, account_id) references account (property_id, id),
  constraint bank_account_code_check check (code ~ '^[A-Z0-9][A-Z0-9-]{0,15}$'),
  constraint bank_account_name_check check (btrim(name) <> '' and length(name) <= 100 and name !~ '[[:cntrl:]]'),
  constraint bank_account_iban_check check (iban ~ '^[A-Z0-9-]{4,40}$')
);
comment on constraint bank_account_pkey on bank_account is 'id: this account has been added already';
comment on constraint bank_account_property_id_fkey on bank_account is 'property: there is no such property';
comment on constraint bank_account_code_key on bank_account is 'code: another bank account has this code';
comment on constraint bank_account_iban_key on bank_account is 'number: another bank account has this number';
comment on constraint bank_account_ledger_key on bank_account is 'account: another bank account is kept in this account';
comment on constraint bank_account_ledger_fkey on bank_account is 'account: there is no such account';
comment on constraint bank_account_code_check on bank_account is 'code: up to 16 capital letters, digits and hyphens, such as MAIN';
comment on constraint bank_account_name_check on bank_account is 'name: one line of up to 100 characters';
comment on constraint bank_account_iban_check on bank_account is 'number: an IBAN or account number of 4 to 40 letters, digits and hyphens';
select wall('bank_account');

-- A statement as the bank numbers it. Its balances are there where the file has them.
create table bank_statement (
  property_id int not null,
  id          uuid not null,
  number      text collate "C" not null,
  bank_id     uuid not null,
  ref         text not null,
  from_on     date,
  to_on       date,
  opening     bigint,
  closing     bigint,
  user_id     uuid not null references app_user (id),
  at          timestamptz not null default now(),
  version     int not null default 1,
  primary key (property_id, id),
  constraint bank_statement_number_key unique (property_id, number),
  constraint bank_statement_ref_key unique (property_id, bank_id, ref),
  constraint bank_statement_bank_fkey foreign key (property_id, bank_id) references bank_account (property_id, id),
  constraint bank_statement_ref_check check (btrim(ref) <> '' and length(ref) <= 100 and ref !~ '[[:cntrl:]]'),
  constraint bank_statement_span_check check ((from_on is null) = (to_on is null) and to_on >= from_on),
  constraint bank_statement_balance_check
    check ((opening is null) = (closing is null) and (opening is null or from_on is not null))
);
create index bank_statement_span on bank_statement (property_id, bank_id, from_on, to_on, id);
comment on constraint bank_statement_pkey on bank_statement is 'id: this statement is here already';
comment on constraint bank_statement_number_key on bank_statement is 'number: another statement has this number';
comment on constraint bank_statement_ref_key on bank_statement is 'statement: this statement is here already';
comment on constraint bank_statement_bank_fkey on bank_statement is 'bank: there is no such bank account';
comment on constraint bank_statement_ref_check on bank_statement is 'statement: one line of up to 100 characters';
comment on constraint bank_statement_span_check on bank_statement is 'statement_to: must not lie before the first day; both are given or none';
comment on constraint bank_statement_balance_check on bank_statement is
  'opening: a statement has both balances or none, and with balances its first and last day';
comment on constraint bank_statement_user_id_fkey on bank_statement is 'user: there is no such person';
select wall('bank_statement', 'select, insert, update (version)');

-- What the bank booked: more than nothing came in, less went out. It is known again by the bank's own reference, or else by all it
-- says and which of several equal ones of the day it is. 'match_id': what it was found to be, as it stands.
create table bank_entry (
  property_id     int not null,
  id              uuid not null,
  number          text collate "C" not null,
  bank_id         uuid not null,
  on_date         date not null,
  value_on        date,
  amount          bigint not null,
  ref             text collate "C",
  reference       text,
  counterparty    text,
  counter_account text collate "C",
  text            text,
  code            text,
  fingerprint     bytea not null,
  copy            int not null,
  match_id        uuid,
  version         int not null default 1,
  at              timestamptz not null default now(),
  primary key (property_id, id),
  constraint bank_entry_number_key unique (property_id, number),
  constraint bank_entry_print_key unique (property_id, bank_id, fingerprint, copy),
  constraint bank_entry_bank_fkey foreign key (property_id, bank_id) references bank_account (property_id, id),
  constraint bank_entry_amount_check check (amount <> 0 and abs(amount) <= 1000000000000),
  constraint bank_entry_copy_check check (copy between 1 and 100000),
  constraint bank_entry_text_check check (length(reference) <= 200 and length(counterparty) <= 200 and length(text) <= 500
                                          and length(counter_account) <= 64 and length(code) <= 64 and length(ref) <= 100)
);
create unique index bank_entry_ref on bank_entry (property_id, bank_id, ref) where ref is not null;
create index bank_entry_on on bank_entry (property_id, bank_id, on_date, id);
create index bank_entry_open on bank_entry (property_id, on_date, id) where match_id is null;
create index bank_entry_counter on bank_entry (property_id, counter_account) where match_id is not null and counter_account is not null;
comment on constraint bank_entry_pkey on bank_entry is 'id: this entry is here already';
comment on constraint bank_entry_number_key on bank_entry is 'number: another entry has this number';
comment on constraint bank_entry_print_key on bank_entry is 'line: this entry is here already';
comment on index bank_entry_ref is 'ref: this entry is here already';
comment on constraint bank_entry_bank_fkey on bank_entry is 'bank: there is no such bank account';
comment on constraint bank_entry_amount_check on bank_entry is 'sum: more or less than nothing, and not more than an entry may be';
comment on constraint bank_entry_copy_check on bank_entry is 'copy: 1 or more';
comment on constraint bank_entry_text_check on bank_entry is
  'text: texts of up to 500, names and references of up to 200, numbers of up to 64 characters';
select wall('bank_entry', 'select, insert, update (match_id, version)');

-- The entries of a statement; a day's and a month's statement may have the same ones.
create table bank_statement_entry (
  property_id  int not null,
  statement_id uuid not null,
  entry_id     uuid not null,
  primary key (property_id, statement_id, entry_id),
  constraint bank_statement_entry_statement_fkey foreign key (property_id, statement_id) references bank_statement (property_id, id),
  constraint bank_statement_entry_entry_fkey foreign key (property_id, entry_id) references bank_entry (property_id, id)
);
create index bank_statement_entry_of on bank_statement_entry (property_id, entry_id);
comment on constraint bank_statement_entry_pkey on bank_statement_entry is 'line: this entry is here already';
comment on constraint bank_statement_entry_statement_fkey on bank_statement_entry is 'statement: there is no such statement';
comment on constraint bank_statement_entry_entry_fkey on bank_statement_entry is 'entry: there is no such entry';
select wall('bank_statement_entry', 'select, insert');
select keep_append_only('bank_statement_entry');

-- What an entry was found to be, as a document. payment: money of a customer, of which a payment was made. desk: what was taken
-- or given at a desk and is in the books already. account: posted to an account. Taken back by one that names it.
create table bank_match (
  property_id int not null,
  id          uuid not null,
  number      text collate "C" not null,
  entry_id    uuid not null,
  kind        text not null,
  rule        text not null,
  why         text not null,
  journal_id  uuid,
  payment_id  uuid,
  account_id  uuid,
  reverses    uuid,
  user_id     uuid not null references app_user (id),
  at          timestamptz not null default now(),
  primary key (property_id, id),
  constraint bank_match_number_key unique (property_id, number),
  constraint bank_match_reverses_key unique (property_id, reverses),
  constraint bank_match_entry_fkey foreign key (property_id, entry_id) references bank_entry (property_id, id),
  constraint bank_match_journal_fkey foreign key (property_id, journal_id) references journal (property_id, id),
  constraint bank_match_payment_fkey foreign key (property_id, payment_id) references payment (property_id, id),
  constraint bank_match_account_fkey foreign key (property_id, account_id) references account (property_id, id),
  constraint bank_match_reverses_fkey foreign key (property_id, reverses) references bank_match (property_id, id),
  constraint bank_match_kind_check check (kind in ('payment', 'desk', 'account', 'void')),
  constraint bank_match_void_check check ((kind = 'void') = (reverses is not null)),
  constraint bank_match_payment_check check (kind <> 'payment' or payment_id is not null),
  constraint bank_match_posted_check check ((kind = 'account') = (account_id is not null) and (kind <> 'account' or journal_id is not null)),
  constraint bank_match_why_check check (btrim(why) <> '' and length(why) <= 500)
);
create index bank_match_entry on bank_match (property_id, entry_id, at, id);
create index bank_match_journal on bank_match (property_id, journal_id) where journal_id is not null;
create index bank_match_payment on bank_match (property_id, payment_id) where payment_id is not null;
comment on constraint bank_match_pkey on bank_match is 'id: this has been matched already';
comment on constraint bank_match_number_key on bank_match is 'number: another match has this number';
comment on constraint bank_match_reverses_key on bank_match is 'entry: its match has been taken back already';
comment on constraint bank_match_entry_fkey on bank_match is 'entry: there is no such entry';
comment on constraint bank_match_journal_fkey on bank_match is 'id: it was not posted';
comment on constraint bank_match_payment_fkey on bank_match is 'payment: there is no such payment';
comment on constraint bank_match_account_fkey on bank_match is 'account: there is no such account';
comment on constraint bank_match_posted_check on bank_match is 'account: what is posted to an account says to which';
comment on constraint bank_match_reverses_fkey on bank_match is 'entry: there is no such match';
comment on constraint bank_match_kind_check on bank_match is 'kind: payment, desk, account or void';
comment on constraint bank_match_void_check on bank_match is 'entry: a void names what it takes back';
comment on constraint bank_match_payment_check on bank_match is 'payment: money of a customer has a payment';
comment on constraint bank_match_why_check on bank_match is 'why: say why, in up to 500 characters';
comment on constraint bank_match_user_id_fkey on bank_match is 'user: there is no such person';
select wall('bank_match', 'select, insert');
select keep_append_only('bank_match');
alter table bank_entry add constraint bank_entry_match_fkey foreign key (property_id, match_id) references bank_match (property_id, id);
comment on constraint bank_entry_match_fkey on bank_entry is 'entry: there is no such match';

-- What was paid at a desk otherwise than in cash is looked for by its amount.
create index payment_tender_amount on payment_tender (property_id, amount, method);

create function bank_match_after() returns trigger language plpgsql as $$
begin
  update bank_entry e set match_id = case when new.reverses is null then new.id end, version = e.version + 1
   where e.property_id = new.property_id and e.id = new.entry_id;
  return null;
end $$;
create trigger bank_match_after after insert on bank_match for each row execute function bank_match_after();
alter table bank_match enable always trigger bank_match_after;

-- What was taken or given at a desk and is found at the bank: each once, as long as its match stands.
create table bank_cleared (
  property_id int not null,
  match_id    uuid not null,
  payment_id  uuid not null,
  method      text not null,
  amount      bigint not null,
  live        boolean not null default true,
  primary key (property_id, match_id, payment_id, method),
  constraint bank_cleared_match_fkey foreign key (property_id, match_id) references bank_match (property_id, id),
  constraint bank_cleared_tender_fkey foreign key (property_id, payment_id, method) references payment_tender (property_id, payment_id, method)
);
create unique index bank_cleared_once on bank_cleared (property_id, payment_id, method) where live;
comment on constraint bank_cleared_pkey on bank_cleared is 'receipt: it is named twice';
comment on constraint bank_cleared_match_fkey on bank_cleared is 'entry: there is no such match';
comment on constraint bank_cleared_tender_fkey on bank_cleared is 'receipt: there is no such receipt';
comment on index bank_cleared_once is 'receipt: it is found at the bank already, in another entry';
select wall('bank_cleared', 'select, insert, update (live)');

-- What is posted without a customer: charges, interest, the takings that were brought to the bank. Words that must stand in what the
-- bank says; the first rule by rank that fits counts.
create table bank_rule (
  property_id int not null,
  id          uuid not null,
  code        text collate "C" not null,
  contains    text not null,
  direction   text not null,
  bank_id     uuid,
  account_id  uuid not null,
  text        text not null,
  rank        int not null default 100,
  most        bigint,
  ended_on    date,
  version     int not null default 1,
  primary key (property_id, id),
  constraint bank_rule_code_key unique (property_id, code),
  constraint bank_rule_property_id_fkey foreign key (property_id) references property (id),
  constraint bank_rule_bank_fkey foreign key (property_id, bank_id) references bank_account (property_id, id),
  constraint bank_rule_account_fkey foreign key (property_id, account_id) references account (property_id, id),
  constraint bank_rule_code_check check (code ~ '^[A-Z0-9][A-Z0-9-]{0,31}$'),
  constraint bank_rule_contains_check check (btrim(contains) <> '' and length(contains) <= 100),
  constraint bank_rule_direction_check check (direction in ('in', 'out')),
  constraint bank_rule_text_check check (btrim(text) <> '' and length(text) <= 100 and text !~ '[[:cntrl:]]'),
  constraint bank_rule_rank_check check (rank between 1 and 1000),
  constraint bank_rule_most_check check (most > 0)
);
comment on constraint bank_rule_pkey on bank_rule is 'id: this rule has been added already';
comment on constraint bank_rule_code_key on bank_rule is 'code: another rule has this code';
comment on constraint bank_rule_property_id_fkey on bank_rule is 'property: there is no such property';
comment on constraint bank_rule_bank_fkey on bank_rule is 'bank: there is no such bank account';
comment on constraint bank_rule_account_fkey on bank_rule is 'account: there is no such account';
comment on constraint bank_rule_code_check on bank_rule is 'code: up to 32 capital letters, digits and hyphens';
comment on constraint bank_rule_contains_check on bank_rule is 'contains: up to 100 characters that the bank writes';
comment on constraint bank_rule_direction_check on bank_rule is 'direction: in or out';
comment on constraint bank_rule_text_check on bank_rule is 'text: one line of up to 100 characters';
comment on constraint bank_rule_rank_check on bank_rule is 'rank: 1 to 1000';
comment on constraint bank_rule_most_check on bank_rule is 'most_minor: more than nothing';
select wall('bank_rule');
