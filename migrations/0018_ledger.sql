-- The ledger of a property: double entry, in pairs of one debit and one credit, so that an entry that does not balance
-- cannot be written down. Nothing in it is ever changed: a correction is a reversal and a new entry.

-- debit_sign: what a debit does to the balance as people read it.
create table account_kind (
  kind       text primary key,
  name       text not null,
  debit_sign int not null check (debit_sign in (1, -1)),
  rank       int not null
);
insert into account_kind (kind, name, debit_sign, rank) values
  ('asset', 'assets', 1, 1), ('liability', 'liabilities', -1, 2), ('equity', 'equity', -1, 3), ('income', 'income', -1, 4),
  ('expense', 'expenses', 1, 5);
grant select on account_kind to steward_app;

-- The chart of accounts a property begins with. What the daemon posts by itself it finds by its purpose.
create table account_template (
  code    text primary key,
  name    text not null,
  kind    text not null references account_kind (kind),
  purpose text unique
);
insert into account_template (code, name, kind, purpose) values
  ('1001', 'Cash on hand',                          'asset',     'cash'),
  ('1002', 'Bank',                                  'asset',     'bank'),
  ('1012', 'Card and wallet payments in transit',   'asset',     'card'),
  ('1013', 'Cheques in hand',                       'asset',     'cheque'),
  ('1122', 'Receivable from customers',             'asset',     'receivable'),
  ('1901', 'Payments not matched yet',              'liability', 'suspense'),
  ('2203', 'Received in advance from customers',    'liability', 'advance'),
  ('2204', 'Prepaid utility balances',              'liability', 'prepaid'),
  ('2221', 'Tax on charges',                        'liability', 'tax'),
  ('2241', 'Deposits held',                         'liability', 'deposit'),
  ('2242', 'Collected for others',                  'liability', 'pass_through'),
  ('3101', 'Opening balances',                      'equity',    'opening'),
  ('6001', 'Management fees',                       'income',    'management'),
  ('6002', 'Rent',                                  'income',    'rent'),
  ('6003', 'Parking',                               'income',    'parking'),
  ('6004', 'Advertising and other use of space',    'income',    'space'),
  ('6005', 'Work and material',                     'income',    'work'),
  ('6006', 'Common-area utilities',                 'income',    'common'),
  ('6051', 'Other income',                          'income',    'other'),
  ('6052', 'Deductions from deposits',              'income',    'deduction'),
  ('6603', 'Late interest',                         'income',    'interest'),
  ('6701', 'Receivables written off',               'expense',   'write_off'),
  ('6711', 'Cash over and short',                   'expense',   'cash_difference');
grant select on account_template to steward_app;

create table account (
  property_id int not null references property (id),
  id          uuid not null,
  code        text collate "C" not null,
  name        text not null,
  kind        text not null references account_kind (kind),
  purpose     text,
  currency    text not null,
  closed_on   date,
  version     int not null default 1,
  primary key (property_id, id),
  constraint account_code_key unique (property_id, code),
  constraint account_purpose_key unique (property_id, purpose),
  constraint account_currency_key unique (property_id, id, currency),
  constraint account_code_check check (code ~ '^[0-9A-Z][0-9A-Z.-]{0,15}$'),
  constraint account_name_check check (btrim(name) <> '' and length(name) <= 100)
);
comment on constraint account_pkey on account is 'id: this account has been added already';
comment on constraint account_property_id_fkey on account is 'property: there is no such property';
comment on constraint account_kind_fkey on account is 'kind: asset, liability, equity, income or expense';
comment on constraint account_code_key on account is 'code: another account has this code';
comment on constraint account_purpose_key on account is 'purpose: another account serves this purpose';
comment on constraint account_currency_key on account is 'id: this account has been added already';
comment on constraint account_code_check on account is 'code: up to 16 digits, capital letters, points and hyphens';
comment on constraint account_name_check on account is 'name: a text of up to 100 characters';
select wall('account');

-- Every property begins with the chart; what it adds is its own.
create function account_begin() returns trigger language plpgsql security definer set search_path = steward, pg_temp as $$
begin
  insert into account (property_id, id, code, name, kind, purpose, currency)
  select new.id, gen_random_uuid(), t.code, t.name, t.kind, t.purpose, new.currency from account_template t;
  return null;
end $$;
create policy owner_begins on account for insert to steward_owner with check (true);
create trigger account_begin after insert on property for each row execute function account_begin();
insert into account (property_id, id, code, name, kind, purpose, currency)
select p.id, gen_random_uuid(), t.code, t.name, t.kind, t.purpose, p.currency from property p cross join account_template t;

-- A month. open: entries are taken. closing: none are, what it comes to is looked through. closed: it stands.
create table period (
  property_id int not null references property (id),
  month       date not null,
  state       text not null default 'open',
  version     int not null default 1,
  closed_at   timestamptz,
  primary key (property_id, month),
  constraint period_month_check check (extract(day from month) = 1),
  constraint period_state_check check (state in ('open', 'closing', 'closed'))
);
comment on constraint period_property_id_fkey on period is 'property: there is no such property';
comment on constraint period_month_check on period is 'month: the first day of a month';
comment on constraint period_state_check on period is 'state: open, closing or closed';
select wall('period');

create table period_event (
  property_id int not null,
  id          uuid not null,
  month       date not null,
  verb        text not null,
  user_id     uuid not null references app_user (id),
  at          timestamptz not null default now(),
  reason      text,
  -- Of all balances, when the month was closed: SHA-256 over them in the order of their codes.
  digest      bytea,
  primary key (property_id, id),
  constraint period_event_period_fkey foreign key (property_id, month) references period (property_id, month),
  constraint period_event_verb_check check (verb in ('begin', 'back', 'close', 'reopen'))
);
create index period_event_month on period_event (property_id, month, at);
comment on constraint period_event_period_fkey on period_event is 'month: nothing was posted in this month';
comment on constraint period_event_user_id_fkey on period_event is 'user: there is no such person';
comment on constraint period_event_verb_check on period_event is 'verb: not a step in the life of a month';
select wall('period_event', 'select, insert');
select keep_append_only('period_event');

-- What every account came to at the end of a closed month. A month that was reopened has several: the latest counts.
create table period_balance (
  property_id int not null,
  event_id    uuid not null,
  account_id  uuid not null,
  debit       bigint not null check (debit >= 0),
  credit      bigint not null check (credit >= 0),
  primary key (property_id, event_id, account_id),
  constraint period_balance_event_fkey foreign key (property_id, event_id) references period_event (property_id, id),
  constraint period_balance_account_fkey foreign key (property_id, account_id) references account (property_id, id)
);
comment on constraint period_balance_event_fkey on period_balance is 'month: it was not closed';
comment on constraint period_balance_account_fkey on period_balance is 'account: there is no such account';
select wall('period_balance', 'select, insert');
select keep_append_only('period_balance');

-- An entry. Its id is the idempotency key of what posted it, or made from it, so that it cannot be made twice.
create table journal (
  property_id int not null,
  id          uuid not null,
  number      text collate "C" not null,
  kind        text not null,
  on_date     date not null,
  month       date not null generated always as (date_trunc('month', on_date::timestamp)::date) stored,
  text        text not null,
  entity      text,
  entity_id   uuid,
  reverses    uuid,
  user_id     uuid references app_user (id),
  recorded_at timestamptz not null default now(),
  occurred_at timestamptz,
  primary key (property_id, id),
  constraint journal_number_key unique (property_id, number),
  constraint journal_reverses_key unique (property_id, reverses),
  constraint journal_period_fkey foreign key (property_id, month) references period (property_id, month),
  constraint journal_reverses_fkey foreign key (property_id, reverses) references journal (property_id, id),
  constraint journal_reverses_check check (reverses <> id),
  constraint journal_text_check check (btrim(text) <> '' and length(text) <= 200)
);
create index journal_on on journal (property_id, on_date, id);
create index journal_entity on journal (property_id, entity, entity_id) where entity_id is not null;
comment on constraint journal_pkey on journal is 'id: this entry has been posted already';
comment on constraint journal_number_key on journal is 'number: another entry has this number';
comment on constraint journal_reverses_key on journal is 'journal: it has been reversed already';
comment on constraint journal_period_fkey on journal is 'date: there is no such month';
comment on constraint journal_reverses_fkey on journal is 'journal: there is no such entry at this property';
comment on constraint journal_reverses_check on journal is 'journal: an entry cannot reverse itself';
comment on constraint journal_text_check on journal is 'text: say what it is, in up to 200 characters';
comment on constraint journal_user_id_fkey on journal is 'user: there is no such person';
select wall('journal', 'select, insert');
select keep_append_only('journal');

-- The pairs of an entry. Who owes what, and for what, is told by the subledgers; what they come to is compared with their
-- accounts by ledger_control(), and a month is not closed while they differ.
create table transfer (
  property_id int not null,
  journal_id  uuid not null,
  leg         smallint not null,
  currency    text not null,
  debit       uuid not null,
  credit      uuid not null,
  amount      bigint not null,
  primary key (property_id, journal_id, leg),
  constraint transfer_journal_fkey foreign key (property_id, journal_id) references journal (property_id, id),
  constraint transfer_debit_fkey foreign key (property_id, debit, currency) references account (property_id, id, currency),
  constraint transfer_credit_fkey foreign key (property_id, credit, currency) references account (property_id, id, currency),
  constraint transfer_amount_check check (amount > 0 and amount <= 1000000000000000),
  constraint transfer_pair_check check (debit <> credit)
);
create index transfer_debit on transfer (property_id, debit, journal_id);
create index transfer_credit on transfer (property_id, credit, journal_id);
comment on constraint transfer_pkey on transfer is 'id: this entry has been posted already';
comment on constraint transfer_journal_fkey on transfer is 'journal: there is no such entry';
comment on constraint transfer_debit_fkey on transfer is 'account: there is no such account in this currency';
comment on constraint transfer_credit_fkey on transfer is 'account: there is no such account in this currency';
comment on constraint transfer_amount_check on transfer is 'amount: more than nothing, and not more than an entry may be';
comment on constraint transfer_pair_check on transfer is 'account: an account cannot owe itself';
select wall('transfer', 'select, insert');
select keep_append_only('transfer');

-- Each pair twice, once for each account: the sum over all is nothing, whatever is in the table.
create view posting with (security_invoker = true) as
select t.property_id, t.journal_id, t.leg, t.currency, t.debit as account_id, t.credit as against_id, t.amount from transfer t
union all
select t.property_id, t.journal_id, t.leg, t.currency, t.credit, t.debit, -t.amount from transfer t;
grant select on posting to steward_app;

-- Amounts are in the currency of the property: it is settled by the first entry.
create function property_currency() returns trigger language plpgsql as $$
begin
  if exists (select from journal j where j.property_id = new.id) then
    perform refuse('STPRE', 'CURRENCY_SETTLED', 'currency', format('entries are kept in %s already', old.currency));
  end if;
  update account a set currency = new.currency where a.property_id = new.id;
  return null;
end $$;
create trigger property_currency after update of currency on property for each row
  when (old.currency is distinct from new.currency) execute function property_currency();

-- No entry slips into a month that is being closed: the share lock on the month's row waits for whoever closes it, and he
-- for all who are posting. (The foreign key's own lock would not: it only keeps the row from going away.)
create function journal_month_open() returns trigger language plpgsql as $$
declare
  m constant date := date_trunc('month', new.on_date::timestamp)::date; -- new.month is not reckoned yet
  now_is text;
begin
  select p.state into now_is from period p where p.property_id = new.property_id and p.month = m for share;
  if now_is <> 'open' then -- a month that is not there is the foreign key's business, one behind the wall the wall's
    raise exception using errcode = 'STPRE', constraint = 'PERIOD_CLOSED', column = 'date',
      message = format('%s is %s: nothing is posted in it', to_char(m, 'YYYY-MM'), now_is);
  end if;
  return new;
end $$;
create trigger journal_month_open before insert on journal for each row execute function journal_month_open();
alter table journal enable always trigger journal_month_open;
