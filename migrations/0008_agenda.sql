-- Obligations as one model: whatever is owed by someone by a time stands in one table, whoever asks for it. A kind says
-- whose it usually is, how an attempt may end and what a person calls to settle it. One agenda, one overdue list and one
-- set of figures serve them all.

-- 'roles': who sees and settles it where neither a person nor a department is named. 'command': what settles it; null for
-- `agenda settle`. 'lapses': once its time is over it counts as missed by itself.
alter table obligation_kind
  add column rank     int not null default 0,
  add column roles    text[] not null default '{}',
  add column outcomes text[] not null default '{}',
  add column command  text,
  add column lapses   boolean not null default false;
update obligation_kind
   set rank = 1, roles = '{clerk,operator,building_steward,supervisor,manager,quality}', command = 'visit record',
       outcomes = '{reached,not_solved,no_answer,call_later,refused}'
 where kind = 'return_visit';

insert into obligation_outcome (outcome, label, rank, reached, settles, solved) values
  ('done',       'done',                  6, false, 'kept',      null),
  ('not_needed', 'not needed any more',   7, false, 'cancelled', null);
insert into obligation_kind (kind, label, tries, rank, roles, outcomes) values
  ('reminder', 'reminder', 1000, 2, '{clerk,operator,cashier,building_steward,technician,dispatcher,supervisor,manager,quality}',
   '{done,not_needed,no_answer,call_later}');

-- 'number' is what people call it, 'subject' the number of what it is about, 'label' one line of that. 'overdue_at': when it
-- was found overdue, once. 'step': where several follow each other.
alter table obligation
  add column number   text,
  add column subject  text,
  add column label    text,
  add column role     text references role (code),
  add column party_id uuid,
  add column place_id uuid,
  add column step     int,
  add column note     text,
  add column overdue_at timestamptz,
  add column created_by uuid references app_user (id);
comment on constraint obligation_role_fkey on obligation is 'role: there is no such role';
comment on constraint obligation_created_by_fkey on obligation is 'user: there is no such person';
alter table obligation
  add constraint obligation_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  add constraint obligation_place_fkey foreign key (property_id, place_id) references place (property_id, id);
comment on constraint obligation_party_fkey on obligation is 'party: there is no such customer at this property';
comment on constraint obligation_place_fkey on obligation is 'place: there is no such place at this property';

-- What was owed before it had a number.
select set_config('steward.scope', coalesce(string_agg(id::text, ','), ''), true) from property;
update obligation b
   set number = 'O-' || (1000 + n.n), subject = c.number, label = c.summary, party_id = c.party_id, place_id = c.place_id
  from (select property_id, id, row_number() over (partition by property_id order by created_at, id) as n from obligation) n
  join obligation o on o.property_id = n.property_id and o.id = n.id
  left join desk_case c on c.property_id = o.property_id and c.id = o.entity_id and o.entity = 'case'
 where b.property_id = n.property_id and b.id = n.id;
insert into counter (property_id, series, value)
select property_id, 'O', 1000 + count(*) from obligation group by property_id;
alter table obligation
  alter column number set not null,
  add constraint obligation_number_key unique (property_id, number);
comment on constraint obligation_number_key on obligation is 'number: something else that is owed has this number';

create index obligation_agenda on obligation (property_id, state, due_by, id);
create index obligation_user on obligation (property_id, user_id, due_by, id) where state = 'open' and user_id is not null;
