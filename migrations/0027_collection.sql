-- Collecting: promises to pay, and whose task it is to speak with whom. Both are obligations like any other.

insert into obligation_outcome (outcome, label, rank, reached, settles, solved) values
  ('promised', 'promised to pay', 8, true, 'kept', null);
insert into obligation_kind (kind, label, tries, rank, roles, outcomes, command) values
  ('dunning',        'dunning due',    1000, 30, '{cashier,supervisor,manager,finance}', '{done,not_needed}', null),
  ('promise',        'promise to pay', 1000, 31, '{cashier,building_steward,supervisor,manager,finance}', '{not_needed}', 'promise show'),
  ('broken_promise', 'broken promise', 3,    32, '{cashier,building_steward,supervisor,manager,finance}',
   '{promised,done,refused,no_answer,call_later,not_needed}', 'collection record'),
  ('collection',     'collection',     3,    33, '{cashier,building_steward,supervisor,manager,finance}',
   '{promised,done,refused,no_answer,call_later,not_needed}', 'collection record');

-- So much by this day: of a bill, or of all the customer owes. Whether it was kept is found from what was paid since: 'look' says
-- that something was. A promise that is open suspends dunning.
create table promise (
  property_id int not null references property (id),
  id          uuid not null,
  number      text collate "C" not null,
  party_id    uuid not null,
  place_id    uuid,
  bill_id     uuid,
  amount      bigint not null,
  on_date     date not null,
  note        text,
  state       text not null default 'open',
  taken_by    uuid not null references app_user (id),
  taken_at    timestamptz not null default now(),
  ended_at    timestamptz,
  look        boolean not null default false,
  version     int not null default 1,
  primary key (property_id, id),
  constraint promise_number_key unique (property_id, number),
  constraint promise_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint promise_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint promise_bill_fkey foreign key (property_id, bill_id) references bill (property_id, id),
  constraint promise_amount_check check (amount > 0),
  constraint promise_note_check check (note is null or btrim(note) <> '' and length(note) <= 200),
  constraint promise_state_check check (state in ('open', 'kept', 'broken', 'withdrawn')),
  constraint promise_ended_check check ((state = 'open') = (ended_at is null))
);
create unique index promise_once on promise (property_id, party_id, (coalesce(bill_id, '00000000-0000-0000-0000-000000000000'))) where state = 'open';
create index promise_party on promise (property_id, party_id, taken_at, id);
create index promise_at on promise (property_id, taken_at, id);
create index promise_look on promise (property_id, on_date) where state = 'open' or look;
comment on constraint promise_pkey on promise is 'id: this has been promised already';
comment on constraint promise_property_id_fkey on promise is 'property: there is no such property';
comment on constraint promise_number_key on promise is 'number: another promise has this number';
comment on constraint promise_party_fkey on promise is 'party: there is no such customer at this property';
comment on constraint promise_place_fkey on promise is 'place: there is no such place at this property';
comment on constraint promise_bill_fkey on promise is 'bill: there is no such bill';
comment on constraint promise_amount_check on promise is 'amount_minor: more than nothing';
comment on constraint promise_note_check on promise is 'note: one line of up to 200 characters';
comment on constraint promise_state_check on promise is 'state: open, kept, broken or withdrawn';
comment on constraint promise_ended_check on promise is 'state: what has ended has the time, what is open has none';
comment on constraint promise_taken_by_fkey on promise is 'user: there is no such person';
comment on index promise_once is 'party: the customer has promised that already; `promise list` shows it';
select wall('promise');
create policy owner_reads on promise for select to steward_owner using (true);

-- Something was paid, or taken back: the daemon looks at what was promised.
create function settlement_promised() returns trigger language plpgsql as $$
begin
  update promise p set look = true
    from charge_line l
   where l.property_id = new.property_id and l.id = new.line_id
     and p.property_id = l.property_id and p.party_id = l.party_id and (p.bill_id is null or p.bill_id = l.bill_id) and not p.look
     and (p.state in ('open', 'broken') or p.state = 'kept' and new.reverses is not null);
  return null;
end $$;
create trigger settlement_promised after insert on settlement for each row execute function settlement_promised();
