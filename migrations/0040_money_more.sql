-- Bills by the thousand, once more. Most of a billing run is the looking up of keys: one for each index that a bill and its line stand
-- in, and one for each thing that is read. So there are fewer of both.

-- The places of a run that are still to be billed, in lots: which they are is settled when it begins. Whoever works a lot off takes it
-- away in the same transaction, so that no place is billed twice and none is passed over, whatever becomes of its number meanwhile.
create table billing_lot (
  property_id int not null,
  run_id      uuid not null,
  nth         int not null,
  places      uuid[] not null,
  primary key (property_id, run_id, nth),
  constraint billing_lot_run_fkey foreign key (property_id, run_id) references billing_run (property_id, id),
  constraint billing_lot_places_check check (cardinality(places) between 1 and 1000)
);
alter table billing_lot alter column places set storage external;
comment on constraint billing_lot_pkey on billing_lot is 'run: this lot is there already';
comment on constraint billing_lot_run_fkey on billing_lot is 'run: there is no such run';
comment on constraint billing_lot_places_check on billing_lot is 'run: a lot has 1 to 1000 places';
select wall('billing_lot', 'select, insert, delete');
-- What is left of a run that is under way.
select set_config('steward.scope', coalesce(string_agg(id::text, ','), ''), true) from property;
insert into billing_lot (property_id, run_id, nth, places)
select r.property_id, r.id, (p.o - 1) / 1000 + 1, array_agg(p.id order by p.o)
  from billing_run r
 cross join lateral (
   select l.id, row_number() over (order by l.sort_key, l.id) as o from place l
    where l.property_id = r.property_id and (l.sort_key, l.id) > (r.after_key, r.after_id)
      and exists (select from assignment a where a.property_id = l.property_id and a.place_id = l.id and a.cancelled_at is null
                     and (r.standards is null or a.standard_id = any (r.standards)))) p
 where r.state = 'running'
 group by 1, 2, 3;
alter table billing_run drop column after_key, drop column after_id;

-- A line is of its bill's customer and place, so the lines of a customer are found by his bills. By place they are only asked for
-- together with an item.
drop index charge_line_party;
drop index charge_line_place;
drop index charge_line_item;
create index charge_line_item on charge_line (property_id, item_id, place_id);

-- Who holds a place: one index for who asks by the place, and for who asks what stands in the index too.
drop index occupancy_place_idx;
drop index occupancy_holder;
create index occupancy_place_idx on occupancy (property_id, place_id, slot, from_on) include (to_on, party_id);

-- The wall of what is written by the thousand is reckoned once for each statement, not for each row.
create function wall_once(t regclass) returns void language plpgsql as $$
declare
  allowed constant text := 'property_id = any ((select string_to_array(nullif(current_setting(''steward.scope'', true), ''''), '','')::int[])::int[])';
begin
  execute format('alter policy scope on %s using (%s) with check (%s)', t, allowed, allowed);
end $$;
select wall_once('bill');
select wall_once('charge_line');

-- What they refer to is read by all keys of a statement at once, in the order of the key's index, and compared by hashes: how many there are
-- is not known to the planner, which would compare each with each.
create or replace function bill_fits() returns trigger language plpgsql
set enable_nestloop = off set enable_mergejoin = off set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  wrong text;
begin
  if exists (select from fresh b
              where not exists (select from party p
                                 where p.property_id = any (array(select distinct x.property_id from fresh x)) and p.id = any (array(select x.party_id from fresh x))
                                   and p.property_id = b.property_id and p.id = b.party_id)) then
    wrong := 'party';
  elsif exists (select from fresh b
                 where b.place_id is not null
                   and not exists (select from place p
                                    where p.property_id = any (array(select distinct x.property_id from fresh x)) and p.id = any (array(select x.place_id from fresh x))
                                      and p.property_id = b.property_id and p.id = b.place_id)) then
    wrong := 'place';
  else
    select case when b.run_id is not null and not exists (select from billing_run r where r.property_id = b.property_id and r.id = b.run_id) then 'run'
                when b.user_id is not null and not exists (select from app_user u where u.id = b.user_id) then 'user' end
      into wrong
      from (select distinct x.property_id, x.run_id, x.user_id from fresh x) b order by 1 limit 1;
  end if;
  if wrong is not null then
    raise exception using errcode = 'STNOF', constraint = 'REFERENCE', column = wrong, table = 'bill',
      message = case wrong when 'party' then 'there is no such customer at this property' when 'place' then 'there is no such place at this property'
                           when 'run' then 'there is no such run' else 'there is no such person' end;
  end if;
  return null;
end $$;

-- A line's bill is written with it, often into an empty table, and a look-up that is planned then takes whichever index it finds. So the bill
-- is sought as a range of one: only its key's index has that in order. Bills stay, being append-only; their customers and places with them.
alter table charge_line drop constraint charge_line_bill_fkey;
create or replace function charge_line_fits() returns trigger language plpgsql
set enable_nestloop = off set enable_mergejoin = off set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  wrong text;
begin
  select case when b.id is null then 'bill' when b.party_id <> l.party_id then 'party' else 'place' end into wrong
    from fresh l
    left join lateral (select b.id, b.party_id, b.place_id from bill b
                        where b.property_id = l.property_id and b.id between l.bill_id and l.bill_id order by b.id) b on true
   where (b.id, b.party_id, b.place_id) is distinct from (l.bill_id, l.party_id, l.place_id)
   limit 1;
  if wrong is not null then
    null;
  elsif exists (select from (select distinct x.property_id, x.item_id from fresh x) l
                 where not exists (select from charge_item i where i.property_id = l.property_id and i.id = l.item_id)) then
    wrong := 'item';
  elsif exists (select from (select distinct x.property_id, x.journal_id from fresh x) l
                 where not exists (select from journal j where j.property_id = l.property_id and j.id = l.journal_id)) then
    wrong := 'id';
  elsif exists (select from fresh l
                 where l.assignment_id is not null
                   and not exists (select from assignment a
                                    where a.property_id = any (array(select distinct x.property_id from fresh x)) and a.id = any (array(select x.assignment_id from fresh x))
                                      and a.property_id = l.property_id and a.id = l.assignment_id)) then
    wrong := 'assignment';
  end if;
  if wrong is not null then
    raise exception using errcode = 'STNOF', constraint = 'REFERENCE', column = wrong, table = 'charge_line',
      message = case wrong when 'bill' then 'there is no such bill at this property' when 'party' then 'the customer is another than the bill''s'
                           when 'place' then 'the place is another than the bill''s' when 'item' then 'there is no such item'
                           when 'id' then 'it was not posted' else 'there is no such assignment' end;
  end if;
  return null;
end $$;

-- Taking back what an entry of the bank was found to be.
insert into approval_kind (kind, label, roles, measured) values
  ('bank_unmatch', 'to take a match of the bank back', '{supervisor,manager,finance}', true);

-- A deduction that was wrong is taken back by a document of its own, which names it, once.
alter table deposit_deduction
  add column reverses uuid,
  add constraint deposit_deduction_reverses_key unique (property_id, reverses),
  add constraint deposit_deduction_reverses_fkey foreign key (property_id, reverses) references deposit_deduction (property_id, id);
comment on constraint deposit_deduction_reverses_key on deposit_deduction is 'deduction: it is taken back already';
comment on constraint deposit_deduction_reverses_fkey on deposit_deduction is 'deduction: there is no such deduction';
insert into approval_kind (kind, label, roles, measured) values
  ('deposit_undo', 'to take a deduction from a deposit back', '{supervisor,manager,finance}', true);

-- Late interest in steps: a run has the customers that are still to be dealt with in lots, as billing has its places.
alter table interest_run
  add column state          text not null default 'done',
  add column after_on       date, -- through which day the run before it reckoned
  add column issued_on      date,
  add column due_on         date,
  add column least          bigint,
  add column customers      int,
  add column customers_done int not null default 0,
  add column version        int not null default 1,
  add constraint interest_run_state_check check (state in ('running', 'done') and (state = 'done' or num_nonnulls(issued_on, due_on) = 2));
comment on constraint interest_run_state_check on interest_run is 'state: running or done';
create unique index interest_run_running on interest_run (property_id) where state = 'running';
comment on index interest_run_running is 'through: a run is under way';
grant update (state, customers_done, version) on interest_run to steward_app;
create table interest_lot (
  property_id int not null,
  run_id      uuid not null,
  nth         int not null,
  parties     uuid[] not null,
  primary key (property_id, run_id, nth),
  constraint interest_lot_run_fkey foreign key (property_id, run_id) references interest_run (property_id, id),
  constraint interest_lot_parties_check check (cardinality(parties) between 1 and 1000)
);
comment on constraint interest_lot_pkey on interest_lot is 'run: this lot is there already';
comment on constraint interest_lot_run_fkey on interest_lot is 'run: there is no such run';
comment on constraint interest_lot_parties_check on interest_lot is 'run: a lot has 1 to 1000 customers';
select wall('interest_lot', 'select, insert, delete');
