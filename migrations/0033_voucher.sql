-- Vouchers for the ERP: the entries of a month as it takes them, in batches that stay as they were sent.

-- What the ERP calls an account, and what it wants to know besides: of which customer, or of which place.
create table voucher_map (
  property_id int not null,
  account_id  uuid not null,
  erp_code    text collate "C" not null,
  aux         text not null default 'none',
  version     int not null default 1,
  primary key (property_id, account_id),
  constraint voucher_map_account_fkey foreign key (property_id, account_id) references account (property_id, id),
  constraint voucher_map_code_check check (erp_code ~ '^[0-9A-Za-z][0-9A-Za-z._-]{0,31}$'),
  constraint voucher_map_aux_check check (aux in ('none', 'customer', 'place'))
);
comment on constraint voucher_map_pkey on voucher_map is 'account: it is mapped already';
comment on constraint voucher_map_account_fkey on voucher_map is 'account: there is no such account';
comment on constraint voucher_map_code_check on voucher_map is 'to: up to 32 letters, digits, points, hyphens and underscores';
comment on constraint voucher_map_aux_check on voucher_map is 'aux: none, customer or place';
select wall('voucher_map');

create table voucher_batch (
  property_id int not null,
  id          uuid not null,
  number      text collate "C" not null,
  month       date not null,
  detail      text not null,
  vouchers    int not null,
  lines       int not null,
  amount      bigint not null,
  -- SHA-256 over the lines as they are exported.
  digest      bytea not null,
  made_by     uuid not null references app_user (id),
  made_at     timestamptz not null default now(),
  primary key (property_id, id),
  constraint voucher_batch_number_key unique (property_id, number),
  constraint voucher_batch_month_fkey foreign key (property_id, month) references period (property_id, month),
  constraint voucher_batch_detail_check check (detail in ('day', 'entry'))
);
create index voucher_batch_at on voucher_batch (property_id, made_at, id);
comment on constraint voucher_batch_pkey on voucher_batch is 'id: this batch has been made already';
comment on constraint voucher_batch_number_key on voucher_batch is 'number: another batch has this number';
comment on constraint voucher_batch_month_fkey on voucher_batch is 'month: nothing was posted in this month';
comment on constraint voucher_batch_detail_check on voucher_batch is 'detail: day or entry';
comment on constraint voucher_batch_made_by_fkey on voucher_batch is 'user: there is no such person';
select wall('voucher_batch', 'select, insert');
select keep_append_only('voucher_batch');

-- Which entries went out, each once.
create table voucher_journal (
  property_id int not null,
  journal_id  uuid not null,
  batch_id    uuid not null,
  primary key (property_id, journal_id),
  constraint voucher_journal_journal_fkey foreign key (property_id, journal_id) references journal (property_id, id),
  constraint voucher_journal_batch_fkey foreign key (property_id, batch_id) references voucher_batch (property_id, id)
);
create index voucher_journal_batch on voucher_journal (property_id, batch_id);
comment on constraint voucher_journal_pkey on voucher_journal is 'month: somebody else makes a batch of it now; try again';
comment on constraint voucher_journal_journal_fkey on voucher_journal is 'id: it was not posted';
comment on constraint voucher_journal_batch_fkey on voucher_journal is 'batch: there is no such batch';
select wall('voucher_journal', 'select, insert');
select keep_append_only('voucher_journal');

-- The lines as they went out, names of customers and places as they were then.
create table voucher_line (
  property_id int not null,
  batch_id    uuid not null,
  line        int not null,
  voucher     text collate "C" not null,
  on_date     date not null,
  text        text not null,
  account_id  uuid not null,
  erp_code    text collate "C" not null,
  debit       bigint not null,
  credit      bigint not null,
  aux         text not null,
  aux_code    text,
  aux_name    text,
  primary key (property_id, batch_id, line),
  constraint voucher_line_batch_fkey foreign key (property_id, batch_id) references voucher_batch (property_id, id),
  constraint voucher_line_account_fkey foreign key (property_id, account_id) references account (property_id, id),
  constraint voucher_line_amount_check check (debit >= 0 and credit >= 0 and (debit = 0) <> (credit = 0))
);
comment on constraint voucher_line_pkey on voucher_line is 'line: it is there already';
comment on constraint voucher_line_batch_fkey on voucher_line is 'batch: there is no such batch';
comment on constraint voucher_line_account_fkey on voucher_line is 'account: there is no such account';
comment on constraint voucher_line_amount_check on voucher_line is 'line: a debit or a credit';
select wall('voucher_line', 'select, insert');
select keep_append_only('voucher_line');
