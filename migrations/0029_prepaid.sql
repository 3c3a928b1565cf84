-- Prepaid balances: money for electricity, water and the like that is paid in before, and drawn down by what a meter counts. What
-- is used is billed; the balance settles it as far as it reaches, and what it does not reach stays owed on the bill.

-- A balance for one utility at one place, of whoever pays for it: what is used costs what the standard says. Usage is counted from
-- 'from_on' on; 'problem': why it could not be drawn down.
create table prepaid_account (
  property_id int not null references property (id),
  id          uuid not null,
  number      text collate "C" not null,
  standard_id uuid not null,
  item_id     uuid not null,
  place_id    uuid not null,
  party_id    uuid not null,
  pot_id      uuid not null,
  meter_id    uuid,
  threshold   bigint not null,
  from_on     date not null,
  problem     text,
  closed_on   date,
  user_id     uuid not null references app_user (id),
  at          timestamptz not null default now(),
  version     int not null default 1,
  primary key (property_id, id),
  constraint prepaid_account_number_key unique (property_id, number),
  constraint prepaid_account_standard_fkey foreign key (property_id, standard_id) references standard (property_id, id),
  constraint prepaid_account_item_fkey foreign key (property_id, item_id) references charge_item (property_id, id),
  constraint prepaid_account_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint prepaid_account_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint prepaid_account_pot_fkey foreign key (property_id, pot_id) references pot (property_id, id),
  constraint prepaid_account_meter_fkey foreign key (property_id, meter_id) references meter (property_id, id),
  constraint prepaid_account_threshold_check check (threshold between 0 and 1000000000)
);
create unique index prepaid_account_once on prepaid_account (property_id, place_id, item_id) where closed_on is null;
create unique index prepaid_account_meter on prepaid_account (property_id, meter_id) where closed_on is null;
create unique index prepaid_account_pot on prepaid_account (property_id, pot_id) where closed_on is null;
create index prepaid_account_party on prepaid_account (property_id, party_id);
comment on constraint prepaid_account_pkey on prepaid_account is 'id: this has been opened already';
comment on constraint prepaid_account_property_id_fkey on prepaid_account is 'property: there is no such property';
comment on constraint prepaid_account_user_id_fkey on prepaid_account is 'user: there is no such person';
comment on constraint prepaid_account_number_key on prepaid_account is 'number: another one has this number';
comment on constraint prepaid_account_standard_fkey on prepaid_account is 'standard: there is no such standard';
comment on constraint prepaid_account_item_fkey on prepaid_account is 'item: there is no such item';
comment on constraint prepaid_account_place_fkey on prepaid_account is 'place: there is no such place at this property';
comment on constraint prepaid_account_party_fkey on prepaid_account is 'party: there is no such customer at this property';
comment on constraint prepaid_account_pot_fkey on prepaid_account is 'party: there is no such pot';
comment on constraint prepaid_account_meter_fkey on prepaid_account is 'meter: there is no such meter at this property';
comment on constraint prepaid_account_threshold_check on prepaid_account is 'threshold_minor: nothing or more';
comment on index prepaid_account_once is 'place: there is a prepaid balance for that at this place; close it first';
comment on index prepaid_account_meter is 'meter: another prepaid balance is drawn down by it';
comment on index prepaid_account_pot is 'place: there is a prepaid balance for that at this place; close it first';
select wall('prepaid_account', 'select, insert, update (meter_id, threshold, problem, closed_on, version)');

-- What was drawn down: the use of a span of days, and the bill for it (none where it comes to nothing). A draw whose bill was
-- credited counts no more.
create table prepaid_draw (
  property_id int not null,
  id          uuid not null,
  account_id  uuid not null,
  from_on     date not null,
  to_on       date not null,
  usage       numeric(24, 9) not null,
  estimated   boolean not null,
  amount      bigint not null,
  bill_id     uuid,
  user_id     uuid references app_user (id), -- null: the daemon, when a reading had come
  at          timestamptz not null default now(),
  primary key (property_id, id),
  constraint prepaid_draw_account_fkey foreign key (property_id, account_id) references prepaid_account (property_id, id),
  constraint prepaid_draw_bill_fkey foreign key (property_id, bill_id) references bill (property_id, id),
  constraint prepaid_draw_span_check check (to_on > from_on),
  constraint prepaid_draw_usage_check check (usage >= 0),
  constraint prepaid_draw_amount_check check (amount >= 0 and (amount = 0) = (bill_id is null))
);
create index prepaid_draw_of on prepaid_draw (property_id, account_id, to_on);
comment on constraint prepaid_draw_pkey on prepaid_draw is 'id: this has been drawn already';
comment on constraint prepaid_draw_user_id_fkey on prepaid_draw is 'user: there is no such person';
comment on constraint prepaid_draw_account_fkey on prepaid_draw is 'account: there is no such prepaid balance';
comment on constraint prepaid_draw_bill_fkey on prepaid_draw is 'bill: there is no such bill';
comment on constraint prepaid_draw_span_check on prepaid_draw is 'to: must be a day after the first day';
comment on constraint prepaid_draw_usage_check on prepaid_draw is 'usage: 0 or more';
comment on constraint prepaid_draw_amount_check on prepaid_draw is 'amount_minor: what is used is billed';
select wall('prepaid_draw', 'select, insert');
select keep_append_only('prepaid_draw');

-- A time in which the balance is below its threshold: from when it was found until it was topped up. 'owing_at': it was below nothing.
create table prepaid_low (
  property_id    int not null,
  id             uuid not null,
  account_id     uuid not null,
  found_at       timestamptz not null default now(),
  balance        bigint not null,
  threshold      bigint not null,
  owing_at       timestamptz,
  solved_at      timestamptz,
  solved_balance bigint,
  version        int not null default 1,
  primary key (property_id, id),
  constraint prepaid_low_account_fkey foreign key (property_id, account_id) references prepaid_account (property_id, id),
  constraint prepaid_low_solved_check check ((solved_at is null) = (solved_balance is null))
);
create unique index prepaid_low_once on prepaid_low (property_id, account_id) where solved_at is null;
create index prepaid_low_at on prepaid_low (property_id, account_id, found_at);
comment on constraint prepaid_low_pkey on prepaid_low is 'id: this was found already';
comment on constraint prepaid_low_account_fkey on prepaid_low is 'account: there is no such prepaid balance';
comment on constraint prepaid_low_solved_check on prepaid_low is 'account: what is solved says with how much';
comment on index prepaid_low_once is 'account: its balance is known to be low';
select wall('prepaid_low', 'select, insert, update (owing_at, solved_at, solved_balance, version)');

-- Who was told of it, by whom, how and when, and what came of it.
create table prepaid_notice (
  property_id   int not null,
  id            uuid not null,
  low_id        uuid not null,
  obligation_id uuid,
  user_id       uuid not null references app_user (id),
  at            timestamptz not null,
  channel       text not null,
  told          text,
  outcome       text not null references obligation_outcome (outcome),
  balance       bigint not null,
  remark        text,
  primary key (property_id, id),
  constraint prepaid_notice_low_fkey foreign key (property_id, low_id) references prepaid_low (property_id, id),
  constraint prepaid_notice_obligation_fkey foreign key (property_id, obligation_id) references obligation (property_id, id),
  constraint prepaid_notice_channel_check check (channel in ('phone', 'visit', 'letter', 'notice', 'message', 'desk')),
  constraint prepaid_notice_told_check check (btrim(told) <> '' and length(told) <= 100),
  constraint prepaid_notice_remark_check check (btrim(remark) <> '' and length(remark) <= 300)
);
create index prepaid_notice_of on prepaid_notice (property_id, low_id, at);
comment on constraint prepaid_notice_pkey on prepaid_notice is 'id: this notice has been recorded already';
comment on constraint prepaid_notice_user_id_fkey on prepaid_notice is 'user: there is no such person';
comment on constraint prepaid_notice_outcome_fkey on prepaid_notice is 'outcome: there is no such outcome';
comment on constraint prepaid_notice_low_fkey on prepaid_notice is 'account: its balance is not low';
comment on constraint prepaid_notice_obligation_fkey on prepaid_notice is 'account: nothing of that kind is owed';
comment on constraint prepaid_notice_channel_check on prepaid_notice is 'channel: phone, visit, letter, notice, message or desk';
comment on constraint prepaid_notice_told_check on prepaid_notice is 'told: up to 100 characters';
comment on constraint prepaid_notice_remark_check on prepaid_notice is 'remark: up to 300 characters';
select wall('prepaid_notice', 'select, insert');
select keep_append_only('prepaid_notice');

-- Whether something has moved a balance since the daemon looked at it: it has while 'changes' is not 'seen'. A row of its own, taken last of
-- all, so that whoever pays a bill does not wait for who draws.
create table prepaid_watch (
  property_id int not null,
  account_id  uuid not null,
  changes     bigint not null default 1,
  seen        bigint not null default 0,
  primary key (property_id, account_id),
  constraint prepaid_watch_account_fkey foreign key (property_id, account_id) references prepaid_account (property_id, id)
);
create index prepaid_watch_due on prepaid_watch (property_id) where changes <> seen;
comment on constraint prepaid_watch_pkey on prepaid_watch is 'account: it is watched already';
comment on constraint prepaid_watch_account_fkey on prepaid_watch is 'account: there is no such prepaid balance';
select wall('prepaid_watch');
-- The daemon's timer asks where something has moved.
create policy owner_reads on prepaid_watch for select to steward_owner using (true);

create function prepaid_pot_moved() returns trigger language plpgsql as $$
begin
  update prepaid_watch w set changes = w.changes + 1
    from prepaid_account a
   where a.property_id = new.property_id and a.pot_id = new.pot_id and a.closed_on is null and w.property_id = a.property_id and w.account_id = a.id;
  return null;
end $$;
create trigger prepaid_pot_moved after insert on pot_entry for each row execute function prepaid_pot_moved();

create function prepaid_read() returns trigger language plpgsql as $$
begin
  update prepaid_watch w set changes = w.changes + 1
    from prepaid_account a
   where a.property_id = new.property_id and a.meter_id = new.meter_id and a.closed_on is null and w.property_id = a.property_id and w.account_id = a.id;
  return null;
end $$;
create trigger prepaid_read after insert or update of struck_at on meter_reading for each row execute function prepaid_read();

create function prepaid_line_settled() returns trigger language plpgsql as $$
begin
  update prepaid_watch w set changes = w.changes + 1 where w.property_id = new.property_id and w.account_id = new.entity_id;
  return null;
end $$;
create trigger prepaid_line_settled after update of settled on charge_line for each row
  when (new.entity = 'prepaid_account' and old.settled <> new.settled) execute function prepaid_line_settled();

-- What is drawn from a balance is not billed by a run as well.
create function assignment_not_prepaid() returns trigger language plpgsql as $$
begin
  perform refuse('STPRE', 'PREPAID_THERE', 'place', format('what the meter counts there is drawn from %s: `prepaid close` that first', a.number))
     from standard s
     join prepaid_account a on a.property_id = s.property_id and a.item_id = s.item_id
    where s.property_id = new.property_id and s.id = new.standard_id and s.utility is not null and a.place_id = new.place_id and a.closed_on is null;
  return null;
end $$;
create trigger assignment_not_prepaid after insert on assignment for each row execute function assignment_not_prepaid();

alter table settlement
  drop constraint settlement_kind_check,
  add constraint settlement_kind_check check (kind in ('payment', 'credit', 'credit_note', 'deposit', 'prepaid', 'write_off'));
comment on constraint settlement_kind_check on settlement is 'kind: payment, credit, credit_note, deposit, prepaid or write_off';

insert into approval_kind (kind, label, roles, measured) values
  ('prepaid_refund', 'to give a prepaid balance back', '{supervisor,manager,finance}', true);
insert into obligation_kind (kind, label, tries, rank, roles, outcomes, command) values
  ('low_balance', 'to tell that a balance is low', 5, 31, '{cashier,clerk,building_steward,supervisor,manager}',
   '{reached,done,no_answer,call_later,refused,not_needed}', 'prepaid tell');
