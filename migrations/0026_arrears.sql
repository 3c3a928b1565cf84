-- Arrears: what a property does about claims that are not paid in time. Dunning, late interest, and what it aims at.

-- What a property has decided. A property without a row does nothing by itself. 'gap': days between two notices that name the
-- same line. Customers who owe 'task_amount' or more for at least 'task_days' are somebody's task.
create table arrears_policy (
  property_id int not null references property (id),
  id          uuid not null default gen_random_uuid(),
  minimum     bigint not null default 0,
  gap         int not null default 7,
  task_amount bigint,
  task_days   int not null default 30,
  looked_on   date,
  version     int not null default 1,
  primary key (property_id),
  constraint arrears_policy_minimum_check check (minimum >= 0),
  constraint arrears_policy_gap_check check (gap between 1 and 365),
  constraint arrears_policy_task_amount_check check (task_amount > 0),
  constraint arrears_policy_task_days_check check (task_days between 0 and 3650)
);
comment on constraint arrears_policy_pkey on arrears_policy is 'property: it has decided that already';
comment on constraint arrears_policy_property_id_fkey on arrears_policy is 'property: there is no such property';
comment on constraint arrears_policy_minimum_check on arrears_policy is 'minimum_minor: nothing or more';
comment on constraint arrears_policy_gap_check on arrears_policy is 'gap: 1 to 365 days';
comment on constraint arrears_policy_task_amount_check on arrears_policy is 'task_minor: more than nothing';
comment on constraint arrears_policy_task_days_check on arrears_policy is 'task_days: 0 to 3650 days';
select wall('arrears_policy');
-- The daemon's timer asks where a day has not been looked at.
create policy owner_reads on arrears_policy for select to steward_owner using (true);

-- What is to be collected of what falls due in a month, and of what was owed before it, in hundredths of a percent.
create table arrears_target (
  property_id int not null references property (id),
  month       date not null,
  current_bp  int not null,
  old_bp      int not null,
  version     int not null default 1,
  primary key (property_id, month),
  constraint arrears_target_month_check check (extract(day from month) = 1),
  constraint arrears_target_current_bp_check check (current_bp between 0 and 10000),
  constraint arrears_target_old_bp_check check (old_bp between 0 and 10000)
);
comment on constraint arrears_target_pkey on arrears_target is 'month: it has a target already';
comment on constraint arrears_target_property_id_fkey on arrears_target is 'property: there is no such property';
comment on constraint arrears_target_month_check on arrears_target is 'month: the first day of a month';
comment on constraint arrears_target_current_bp_check on arrears_target is 'current_bp: hundredths of a percent, 0 to 10000';
comment on constraint arrears_target_old_bp_check on arrears_target is 'old_bp: hundredths of a percent, 0 to 10000';
select wall('arrears_target');

-- What is owed on a past day is reckoned back from what was settled since.
create index settlement_on on settlement (property_id, on_date);

-- Claims that come of lateness bear no interest and no fee of their own.
alter table charge_item_template add column of_lateness boolean not null default false;
alter table charge_item add column of_lateness boolean not null default false;
insert into charge_item_template (code, name, purpose, rank) values ('DUNNING', 'Dunning fee', 'other', 15);
update charge_item_template set of_lateness = true where code in ('INTEREST', 'DUNNING');
create or replace function charge_item_begin() returns trigger language plpgsql security definer set search_path = steward, pg_temp as $$
begin
  insert into charge_item (property_id, id, code, name, account_id, rank, of_lateness)
  select new.id, gen_random_uuid(), t.code, t.name, a.id, t.rank, t.of_lateness
    from charge_item_template t join account a on a.property_id = new.id and a.purpose = t.purpose;
  return null;
end $$;
select set_config('steward.scope', coalesce(string_agg(id::text, ','), ''), true) from property;
update charge_item set of_lateness = true where code = 'INTEREST';
insert into charge_item (property_id, id, code, name, account_id, rank, of_lateness)
select a.property_id, gen_random_uuid(), t.code, t.name, a.id, t.rank, t.of_lateness
  from charge_item_template t join account a on a.purpose = t.purpose where t.code = 'DUNNING'
on conflict (property_id, code) do update set of_lateness = true;

-- From which day on, and until which, a customer did not accept a line: those days bear no interest.
create table line_dispute (
  property_id int not null,
  id          uuid not null default gen_random_uuid(),
  line_id     uuid not null,
  from_on     date not null,
  to_on       date,
  primary key (property_id, id),
  constraint line_dispute_line_fkey foreign key (property_id, line_id) references charge_line (property_id, id),
  constraint line_dispute_to_check check (to_on >= from_on)
);
create unique index line_dispute_now on line_dispute (property_id, line_id) where to_on is null;
create index line_dispute_line on line_dispute (property_id, line_id);
comment on constraint line_dispute_line_fkey on line_dispute is 'line: there is no such line';
comment on constraint line_dispute_to_check on line_dispute is 'line: its dispute ends before it began';
comment on index line_dispute_now is 'line: it is disputed already';
select wall('line_dispute', 'select, insert, update (to_on)');

create function line_disputed() returns trigger language plpgsql as $$
declare
  day constant date := (select (now() at time zone y.zone)::date from property y where y.id = new.property_id);
begin
  if old.disputed_at is null then
    insert into line_dispute (property_id, line_id, from_on) values (new.property_id, new.id, day);
  else
    update line_dispute d set to_on = day where d.property_id = new.property_id and d.line_id = new.id and d.to_on is null;
  end if;
  return null;
end $$;
create trigger line_disputed after update of disputed_at on charge_line for each row
  when ((old.disputed_at is null) <> (new.disputed_at is null)) execute function line_disputed();
insert into line_dispute (property_id, line_id, from_on)
select l.property_id, l.id, (l.disputed_at at time zone y.zone)::date from charge_line l join property y on y.id = l.property_id
 where l.disputed_at is not null;

-- Dunning -------------------------------------------------------------------------------------------------------------

-- So many days after its due day a line is dunned at this level, if it was at the one before. The fee is a claim of its own.
create table dunning_level (
  property_id int not null references property (id),
  level       int not null,
  days        int not null,
  channel     text not null references case_channel (channel),
  title       text not null,
  body        text not null,
  fee         bigint not null default 0,
  pay_days    int not null default 14,
  version     int not null default 1,
  primary key (property_id, level),
  constraint dunning_level_level_check check (level between 1 and 9),
  constraint dunning_level_days_check check (days between 1 and 3650),
  constraint dunning_level_title_check check (btrim(title) <> '' and length(title) <= 100 and title !~ '[[:cntrl:]]'),
  constraint dunning_level_body_check check (btrim(body) <> '' and length(body) <= 4000),
  constraint dunning_level_fee_check check (fee between 0 and 1000000000),
  constraint dunning_level_pay_days_check check (pay_days between 0 and 365)
);
comment on constraint dunning_level_pkey on dunning_level is 'level: it is set already';
comment on constraint dunning_level_property_id_fkey on dunning_level is 'property: there is no such property';
comment on constraint dunning_level_channel_fkey on dunning_level is 'channel: there is no such channel; `case kinds` lists them';
comment on constraint dunning_level_level_check on dunning_level is 'level: 1 to 9';
comment on constraint dunning_level_days_check on dunning_level is 'days: 1 to 3650 after the due day';
comment on constraint dunning_level_title_check on dunning_level is 'title: one line of up to 100 characters';
comment on constraint dunning_level_body_check on dunning_level is 'body: a text of up to 4000 characters';
comment on constraint dunning_level_fee_check on dunning_level is 'fee_minor: nothing or more';
comment on constraint dunning_level_pay_days_check on dunning_level is 'pay_days: 0 to 365';
select wall('dunning_level');

create table dunning_run (
  property_id int not null references property (id),
  id          uuid not null,
  number      text collate "C" not null,
  on_date     date not null,
  notices     int not null,
  amount      bigint not null,
  fees        bigint not null,
  user_id     uuid not null references app_user (id),
  at          timestamptz not null default now(),
  primary key (property_id, id),
  constraint dunning_run_number_key unique (property_id, number)
);
comment on constraint dunning_run_pkey on dunning_run is 'id: this has been issued already';
comment on constraint dunning_run_property_id_fkey on dunning_run is 'property: there is no such property';
comment on constraint dunning_run_number_key on dunning_run is 'number: another run has this number';
comment on constraint dunning_run_user_id_fkey on dunning_run is 'user: there is no such person';
select wall('dunning_run', 'select, insert');
select keep_append_only('dunning_run');

-- What a customer was sent: the text as it was, and the lines it names. At most one a day.
create table dunning_notice (
  property_id int not null,
  id          uuid not null,
  number      text collate "C" not null,
  run_id      uuid not null,
  party_id    uuid not null,
  level       int not null,
  channel     text not null references case_channel (channel),
  on_date     date not null,
  pay_by      date not null,
  amount      bigint not null,
  fee_bill_id uuid,
  title       text not null,
  body        text not null,
  user_id     uuid not null references app_user (id),
  at          timestamptz not null default now(),
  primary key (property_id, id),
  constraint dunning_notice_number_key unique (property_id, number),
  constraint dunning_notice_party_key unique (property_id, party_id, on_date),
  constraint dunning_notice_run_fkey foreign key (property_id, run_id) references dunning_run (property_id, id),
  constraint dunning_notice_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint dunning_notice_fee_fkey foreign key (property_id, fee_bill_id) references bill (property_id, id),
  constraint dunning_notice_amount_check check (amount > 0)
);
create index dunning_notice_at on dunning_notice (property_id, at, id);
comment on constraint dunning_notice_pkey on dunning_notice is 'id: this has been issued already';
comment on constraint dunning_notice_number_key on dunning_notice is 'number: another notice has this number';
comment on constraint dunning_notice_party_key on dunning_notice is 'party: the customer was sent a notice today already';
comment on constraint dunning_notice_run_fkey on dunning_notice is 'run: there is no such run';
comment on constraint dunning_notice_party_fkey on dunning_notice is 'party: there is no such customer at this property';
comment on constraint dunning_notice_fee_fkey on dunning_notice is 'bill: there is no such bill';
comment on constraint dunning_notice_channel_fkey on dunning_notice is 'channel: there is no such channel; `case kinds` lists them';
comment on constraint dunning_notice_user_id_fkey on dunning_notice is 'user: there is no such person';
comment on constraint dunning_notice_amount_check on dunning_notice is 'amount_minor: more than nothing';
select wall('dunning_notice', 'select, insert');
select keep_append_only('dunning_notice');

-- Each line has a level of its own, and each level once.
create table dunning_notice_line (
  property_id int not null,
  notice_id   uuid not null,
  line_id     uuid not null,
  level       int not null,
  open        bigint not null,
  days_late   int not null,
  primary key (property_id, notice_id, line_id),
  constraint dunning_notice_line_level_key unique (property_id, line_id, level),
  constraint dunning_notice_line_notice_fkey foreign key (property_id, notice_id) references dunning_notice (property_id, id),
  constraint dunning_notice_line_line_fkey foreign key (property_id, line_id) references charge_line (property_id, id),
  constraint dunning_notice_line_open_check check (open > 0 and days_late > 0)
);
comment on constraint dunning_notice_line_pkey on dunning_notice_line is 'line: the notice names it already';
comment on constraint dunning_notice_line_level_key on dunning_notice_line is 'line: it was dunned at this level already';
comment on constraint dunning_notice_line_notice_fkey on dunning_notice_line is 'notice: there is no such notice';
comment on constraint dunning_notice_line_line_fkey on dunning_notice_line is 'line: there is no such line';
comment on constraint dunning_notice_line_open_check on dunning_notice_line is 'line: nothing of it is overdue';
select wall('dunning_notice_line', 'select, insert');
select keep_append_only('dunning_notice_line');

-- Late interest -------------------------------------------------------------------------------------------------------

-- Per mille of what is open, for each day. Of an item alone, or of all others. 'grace': days after the due day that bear none.
-- 'cap_bp': of the principal; never more than all of it. Grace and cap of a line are those of the day after its due day.
create table interest_rate (
  property_id int not null references property (id),
  id          uuid not null,
  item_id     uuid,
  rate        numeric(7, 4) not null,
  grace       int not null,
  cap_bp      int not null,
  from_on     date not null,
  to_on       date,
  set_at      timestamptz not null default now(),
  set_by      uuid not null references app_user (id),
  replaced_at timestamptz,
  version     int not null default 1,
  primary key (property_id, id),
  constraint interest_rate_item_fkey foreign key (property_id, item_id) references charge_item (property_id, id),
  constraint interest_rate_rate_check check (rate between 0 and 100),
  constraint interest_rate_grace_check check (grace between 0 and 365),
  constraint interest_rate_cap_bp_check check (cap_bp between 1 and 10000),
  constraint interest_rate_to_check check (to_on > from_on),
  constraint interest_rate_no_double exclude using gist
    (property_id with =, (coalesce(item_id, '00000000-0000-0000-0000-000000000000')) with =, daterange(from_on, to_on) with &&)
    where (replaced_at is null)
);
comment on constraint interest_rate_pkey on interest_rate is 'id: this rate has been set already';
comment on constraint interest_rate_property_id_fkey on interest_rate is 'property: there is no such property';
comment on constraint interest_rate_item_fkey on interest_rate is 'item: there is no such item';
comment on constraint interest_rate_rate_check on interest_rate is 'rate: per mille a day, 0 to 100';
comment on constraint interest_rate_grace_check on interest_rate is 'grace: 0 to 365 days';
comment on constraint interest_rate_cap_bp_check on interest_rate is 'cap_bp: hundredths of a percent of the principal, 1 to 10000';
comment on constraint interest_rate_to_check on interest_rate is 'from: lies before the first day of the rate that holds then';
comment on constraint interest_rate_no_double on interest_rate is 'from: another rate holds then';
comment on constraint interest_rate_set_by_fkey on interest_rate is 'user: there is no such person';
select wall('interest_rate', 'select, insert, update (to_on, replaced_at, version)');

create table interest_run (
  property_id int not null references property (id),
  id          uuid not null,
  number      text collate "C" not null,
  through_on  date not null,
  bills       int not null,
  lines       int not null,
  amount      bigint not null,
  credited    bigint not null,
  user_id     uuid not null references app_user (id),
  at          timestamptz not null default now(),
  primary key (property_id, id),
  constraint interest_run_number_key unique (property_id, number)
);
create index interest_run_through on interest_run (property_id, through_on);
comment on constraint interest_run_pkey on interest_run is 'id: this run was made already';
comment on constraint interest_run_property_id_fkey on interest_run is 'property: there is no such property';
comment on constraint interest_run_number_key on interest_run is 'number: another run has this number';
comment on constraint interest_run_user_id_fkey on interest_run is 'user: there is no such person';
select wall('interest_run', 'select, insert, update (bills, lines, amount, credited)');

-- What a run billed of the interest of a line, or took back of it. Their sum is what the line has been charged: the next run bills
-- what it bears then, less that.
create table interest_share (
  property_id    int not null,
  run_id         uuid not null,
  line_id        uuid not null,
  claim_id       uuid not null,
  amount         bigint not null,
  credit_note_id uuid,
  primary key (property_id, run_id, line_id, claim_id),
  constraint interest_share_run_fkey foreign key (property_id, run_id) references interest_run (property_id, id),
  constraint interest_share_line_fkey foreign key (property_id, line_id) references charge_line (property_id, id),
  constraint interest_share_claim_fkey foreign key (property_id, claim_id) references charge_line (property_id, id),
  constraint interest_share_credit_fkey foreign key (property_id, credit_note_id) references credit_note (property_id, id),
  constraint interest_share_amount_check check (case when credit_note_id is null then amount > 0 else amount < 0 end),
  constraint interest_share_claim_check check (claim_id <> line_id)
);
create index interest_share_line on interest_share (property_id, line_id);
comment on constraint interest_share_pkey on interest_share is 'line: this run has dealt with it already';
comment on constraint interest_share_run_fkey on interest_share is 'run: there is no such run';
comment on constraint interest_share_line_fkey on interest_share is 'line: there is no such line';
comment on constraint interest_share_claim_fkey on interest_share is 'line: there is no such line';
comment on constraint interest_share_credit_fkey on interest_share is 'bill: there is no such credit note';
comment on constraint interest_share_amount_check on interest_share is 'amount_minor: what is billed is more than nothing, what is taken back less';
comment on constraint interest_share_claim_check on interest_share is 'line: interest bears no interest';
select wall('interest_share', 'select, insert');
select keep_append_only('interest_share');
