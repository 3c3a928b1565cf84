-- Bills by the thousand. A foreign key is checked row by row, and a bill of one line had eleven of them: a third of the time of a
-- billing run. Here the same is looked at once for each statement, over all rows it has written. A foreign key also keeps what is
-- referred to in place: so do triggers now, for everybody and for good. Bills and entries were append-only before.

-- Rows that are never deleted and keep their key, so that whatever once referred to them does so for ever. Looked at after the wall,
-- which answers first whoever has no right to them.
create function keep_row() returns trigger language plpgsql as $$
begin
  raise exception 'a row of % is never deleted and keeps its key', tg_table_name using errcode = 'STPRE', constraint = 'KEEP_ROW';
end $$;

create function keep_rows(t regclass, key text) returns void language plpgsql as $$
begin
  execute format('create trigger keep_row after delete or update of %s on %s for each row execute function keep_row()', key, t);
  execute format('create trigger keep_row_truncate before truncate on %s for each statement execute function keep_row()', t);
  execute format('alter table %s enable always trigger keep_row', t);
  execute format('alter table %s enable always trigger keep_row_truncate', t);
end $$;

select keep_rows('app_user', 'id');
select keep_rows('party', 'property_id, id');
select keep_rows('place', 'property_id, id');
select keep_rows('charge_item', 'property_id, id');
select keep_rows('assignment', 'property_id, id');
select keep_rows('billing_run', 'property_id, id');

-- The property is that of the customer, who has a foreign key to it.
alter table bill
  drop constraint bill_property_id_fkey,
  drop constraint bill_party_fkey,
  drop constraint bill_place_fkey,
  drop constraint bill_run_fkey,
  drop constraint bill_user_id_fkey;

-- Each row is looked up by the key's index, which is why these are no joins: a join that is planned while tables are small reads all of
-- them, and plans are kept while tables grow.
create function bill_fits() returns trigger language plpgsql set enable_seqscan = off as $$
declare
  wrong text;
begin
  select case when (select p.id from party p where p.property_id = b.property_id and p.id = b.party_id) is null then 'party' else 'place' end into wrong
    from fresh b
   where (select p.id from party p where p.property_id = b.property_id and p.id = b.party_id) is null
      or b.place_id is not null and (select p.id from place p where p.property_id = b.property_id and p.id = b.place_id) is null
   limit 1;
  if wrong is null then
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
create trigger bill_fits after insert on bill referencing new table as fresh for each statement execute function bill_fits();
alter table bill enable always trigger bill_fits;

-- The bill of a line keeps its foreign key: both tables grow together, from nothing, and a look-up that is planned while they are empty takes
-- whichever index it finds.
alter table charge_line
  drop constraint charge_line_party_fkey,
  drop constraint charge_line_place_fkey,
  drop constraint charge_line_item_fkey,
  drop constraint charge_line_journal_fkey,
  drop constraint charge_line_assignment_fkey;

create function charge_line_fits() returns trigger language plpgsql set enable_seqscan = off as $$
declare
  wrong text;
begin
  if exists (select from fresh l where (select p.id from party p where p.property_id = l.property_id and p.id = l.party_id) is null) then
    wrong := 'party';
  elsif exists (select from fresh l
                 where l.place_id is not null and (select p.id from place p where p.property_id = l.property_id and p.id = l.place_id) is null) then
    wrong := 'place';
  elsif exists (select from (select distinct x.property_id, x.item_id from fresh x) l
                 where not exists (select from charge_item i where i.property_id = l.property_id and i.id = l.item_id)) then
    wrong := 'item';
  elsif exists (select from (select distinct x.property_id, x.journal_id from fresh x) l
                 where not exists (select from journal j where j.property_id = l.property_id and j.id = l.journal_id)) then
    wrong := 'id';
  elsif exists (select from fresh l
                 where l.assignment_id is not null
                   and (select a.id from assignment a where a.property_id = l.property_id and a.id = l.assignment_id) is null) then
    wrong := 'assignment';
  end if;
  if wrong is not null then
    raise exception using errcode = 'STNOF', constraint = 'REFERENCE', column = wrong, table = 'charge_line',
      message = case wrong when 'party' then 'there is no such customer at this property' when 'place' then 'there is no such place at this property'
                           when 'item' then 'there is no such item'
                           when 'id' then 'it was not posted' else 'there is no such assignment' end;
  end if;
  return null;
end $$;
create trigger charge_line_fits after insert on charge_line referencing new table as fresh for each statement execute function charge_line_fits();
alter table charge_line enable always trigger charge_line_fits;

-- Who holds a place, with nothing else to be read.
create index occupancy_holder on occupancy (property_id, place_id, slot, from_on) include (to_on, party_id) where slot <> '';
