-- What the first months at desks showed to be missing: channels that need something, answers by telephone, grave cases that
-- come back, merging that can be undone whole, service levels as they were, figures that a postponement does not mend, and
-- customers heard by telephone.

-- What a case that came by a channel needs at its opening, beside what its kind needs.
alter table case_channel add column needs text[] not null default '{}';
update case_channel set needs = '{party|caller|phone|place}' where channel in ('letter', 'email', 'online');
update case_channel set needs = '{place|spot}' where channel = 'patrol';

-- 'told': somebody of us spoke with the customer about the case. 'climbs': a grave case tells the ladder after this step.
alter table case_verb add column climbs boolean not null default false;
insert into case_verb (verb, rank, past, command, answers, moves, held) values
  ('told', 34, 'told the customer', null, true, true, 'stays');
update case_verb set climbs = true where verb in ('reopen', 'dissatisfied');
-- A hold outlasts merging: taken apart again, the case waits on.
update case_verb set held = 'stays' where verb in ('merge', 'unmerge');
insert into case_transition (verb, from_state, to_state, roles)
select 'told', s.state, s.state,
       '{clerk,operator,cashier,building_steward,technician,dispatcher,supervisor,manager,director,quality}'::text[]
  from case_state s where s.is_open or s.state = 'closed';

-- 'promised_by': when it was first due, whatever was agreed on since: what figures are reckoned by. 'dropped_by': the step of
-- a case that called it off.
alter table obligation add column promised_by timestamptz, add column dropped_by uuid;
select set_config('steward.scope', coalesce(string_agg(id::text, ','), ''), true) from property;
update obligation set promised_by = due_by;
update obligation b set promised_by = t.due_by from visit_terms t where t.property_id = b.property_id and t.visit_id = b.id;
alter table obligation alter column promised_by set not null;
create function obligation_promised() returns trigger language plpgsql as $$
begin
  new.promised_by := coalesce(new.promised_by, new.due_by);
  return new;
end $$;
create trigger obligation_promised before insert on obligation for each row execute function obligation_promised();
create index obligation_promised on obligation (property_id, state, promised_by);
create index obligation_dropped on obligation (property_id, dropped_by) where dropped_by is not null;

-- Service levels are kept as they were: 'until_at' is null for what holds. A case that is closed stays judged by what held then.
alter table service_level
  add column from_at  timestamptz not null default '-infinity',
  add column until_at timestamptz,
  add constraint service_level_until_check check (until_at > from_at),
  drop constraint service_level_pkey,
  add primary key (property_id, clock, priority, kind, from_at);
create unique index service_level_now on service_level (property_id, clock, priority, kind) where until_at is null;
comment on constraint service_level_pkey on service_level is 'clock: this level was set at the same moment already';
comment on constraint service_level_until_check on service_level is 'clock: a level that ends has begun before';
alter table service_level alter column from_at set default now();

-- Customers are heard by telephone as well, at visits to their household, and when they ask again.
alter table party_contact
  drop constraint party_contact_kind_check,
  add constraint party_contact_kind_check check (last_kind in ('contact', 'case', 'return_visit', 'call', 'household_visit', 'chase'));
comment on constraint party_contact_kind_check on party_contact is 'kind: contact, case, return_visit, call, household_visit or chase';

create function call_heard() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.party_id is not null and old.party_id is distinct from new.party_id then
    perform party_recount(old.property_id, old.party_id);
  end if;
  if new.answered_at is not null and new.party_id is not null
     and (tg_op = 'INSERT' or old.answered_at is null or old.party_id is distinct from new.party_id) then
    perform party_heard(new.property_id, new.party_id, new.answered_at, 'call', null);
  end if;
  return null;
end $$;
create trigger call_heard after insert or update of answered_at, party_id on phone_call for each row execute function call_heard();

create function chase_heard() returns trigger language plpgsql as $$
begin
  perform party_heard(c.property_id, c.party_id, new.at, 'chase', null)
     from desk_case c where c.property_id = new.property_id and c.id = new.case_id and c.party_id is not null;
  return null;
end $$;
create trigger chase_heard after insert on case_event for each row when (new.verb = 'chase') execute function chase_heard();

create or replace function visit_heard() returns trigger language plpgsql as $$
begin
  perform party_heard(b.property_id, coalesce(c.party_id, b.party_id), new.at, b.kind, null)
     from obligation b
     left join desk_case c on c.property_id = b.property_id and c.id = b.entity_id and b.entity = 'case'
    where b.property_id = new.property_id and b.id = new.obligation_id and b.kind in ('return_visit', 'household_visit')
      and coalesce(c.party_id, b.party_id) is not null
      and (select o.reached from obligation_outcome o where o.outcome = new.outcome);
  return null;
end $$;

-- What happened before it counted.
insert into party_contact as k (property_id, party_id, last_at, last_kind, contacts)
select h.property_id, h.party_id, max(h.at), (array_agg(h.kind order by h.at desc))[1], count(*)
  from (select c.property_id, c.party_id, c.answered_at as at, 'call' as kind from phone_call c
         where c.answered_at is not null and c.party_id is not null
        union all
        select b.property_id, b.party_id, a.at, b.kind
          from obligation_attempt a
          join obligation b on b.property_id = a.property_id and b.id = a.obligation_id and b.kind = 'household_visit'
          join obligation_outcome o on o.outcome = a.outcome and o.reached
         where b.party_id is not null
        union all
        select c.property_id, c.party_id, e.at, 'chase'
          from case_event e join desk_case c on c.property_id = e.property_id and c.id = e.case_id
         where e.verb = 'chase' and c.party_id is not null) h
 group by h.property_id, h.party_id
    on conflict (property_id, party_id) do update
   set last_at = greatest(k.last_at, excluded.last_at), contacts = k.contacts + excluded.contacts,
       last_kind = case when excluded.last_at >= k.last_at then excluded.last_kind else k.last_kind end;
