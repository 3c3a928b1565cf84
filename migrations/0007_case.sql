-- Cases: what a customer asks for, from its opening to its end; the work orders it causes; what is owed to the
-- customer afterwards. What can be of which kind, and who may move it from which state to which, is data here.

-- What there is to choose from ----------------------------------------------------------------------------------

create table case_state (
  state   text primary key,
  label   text not null,
  rank    int not null,
  is_open boolean not null
);
insert into case_state (state, label, rank, is_open) values
  ('new',         'new',         1, true),
  ('dispatched',  'dispatched',  2, true),
  ('accepted',    'accepted',    3, true),
  ('on_site',     'on site',     4, true),
  ('done',        'done',        5, true),
  ('followed_up', 'followed up', 6, true),
  ('reopened',    'reopened',    7, true),
  ('closed',      'closed',      8, false),
  ('cancelled',   'cancelled',   9, false);

create table case_priority (
  priority text primary key,
  label    text not null,
  rank     int not null,
  due_in   interval not null
);
insert into case_priority (priority, label, rank, due_in) values
  ('urgent', 'urgent', 0, '4 hours'),
  ('high',   'high',   1, '24 hours'),
  ('normal', 'normal', 2, '72 hours'),
  ('low',    'low',    3, '240 hours');

-- 'visit': a return visit is owed when the work is done, from visit_after to visit_within after that.
create table case_kind (
  kind         text primary key,
  label        text not null,
  rank         int not null,
  priority     text not null references case_priority (priority),
  visit        boolean not null,
  visit_after  interval not null default '0',
  visit_within interval not null default '3 days'
);
insert into case_kind (kind, label, rank, priority, visit) values
  ('complaint',         'complaint',         1, 'high',   true),
  ('quality_complaint', 'quality complaint', 2, 'high',   true),
  ('inquiry',           'inquiry',           3, 'normal', false),
  ('consultation',      'consultation',      4, 'normal', false),
  ('suggestion',        'suggestion',        5, 'low',    false),
  ('opinion',           'opinion',           6, 'low',    false),
  ('help',              'help',              7, 'normal', true),
  ('repair',            'repair',            8, 'normal', true),
  ('dispute',           'neighbour dispute', 9, 'high',   true),
  ('praise',            'praise',           10, 'low',    false);

create table case_channel (
  channel text primary key,
  label   text not null,
  rank    int not null
);
insert into case_channel (channel, label, rank) values
  ('phone',  'phone',        1),
  ('visit',  'walk-in',      2),
  ('letter', 'letter',       3),
  ('email',  'e-mail',       4),
  ('online', 'online',       5),
  ('patrol', 'patrol',       6),
  ('import', 'taken over',   7);

-- What can be done to a case. 'command' is what a person calls for it; 'past' completes "C-1042 cannot be ...".
create table case_verb (
  verb    text primary key,
  rank    int not null,
  past    text not null,
  command text
);
insert into case_verb (verb, rank, past, command) values
  ('open',         0, 'opened',                null),
  ('dispatch',     1, 'dispatched',            'case dispatch'),
  ('accept',       2, 'accepted',              'order accept'),
  ('start',        3, 'started on',            'order start'),
  ('complete',     4, 'completed',             'order complete'),
  ('return',       5, 'returned',              'order return'),
  ('visit',        6, 'visited',               'visit record'),
  ('follow_up',    7, 'followed up',           null),
  ('not_reached',  8, 'given up as not reached', null),
  ('dissatisfied', 9, 'reopened',              null),
  ('close',       10, 'closed',                'case close'),
  ('reopen',      11, 'reopened',              'case reopen'),
  ('cancel',      12, 'cancelled',             'case cancel'),
  ('edit',        13, 'edited',                'case edit'),
  ('note',        14, 'noted on',              'case note');

-- Which verb leads from where to where, and who may. A row of the case's own kind goes before the row of kind '*'.
create table case_transition (
  kind       text not null default '*',
  verb       text not null references case_verb (verb),
  from_state text not null references case_state (state),
  to_state   text not null references case_state (state),
  roles      text[] not null,
  primary key (verb, from_state, kind)
);
comment on constraint case_kind_priority_fkey on case_kind is 'priority: urgent, high, normal or low';
comment on constraint case_transition_verb_fkey on case_transition is 'verb: nothing so called can be done to a case';
comment on constraint case_transition_from_state_fkey on case_transition is 'state: there is no such state of a case';
comment on constraint case_transition_to_state_fkey on case_transition is 'state: there is no such state of a case';
-- Always possible.
insert into case_transition (verb, from_state, to_state, roles)
select 'note', state, state,
       '{clerk,operator,building_steward,technician,dispatcher,supervisor,manager,quality}' from case_state;
insert into case_transition (verb, from_state, to_state, roles)
select 'edit', state, state, '{clerk,operator,building_steward,dispatcher,supervisor,manager,quality}'
  from case_state where is_open;
-- The way of the work.
insert into case_transition (verb, from_state, to_state, roles) values
  ('dispatch', 'new',         'dispatched', '{dispatcher,supervisor,manager}'),
  ('dispatch', 'reopened',    'dispatched', '{dispatcher,supervisor,manager}'),
  ('dispatch', 'dispatched',  'dispatched', '{dispatcher,supervisor,manager}'),
  ('dispatch', 'accepted',    'accepted',   '{dispatcher,supervisor,manager}'),
  ('dispatch', 'on_site',     'on_site',    '{dispatcher,supervisor,manager}'),
  ('dispatch', 'done',        'dispatched', '{dispatcher,supervisor,manager}');
insert into case_transition (verb, from_state, to_state, roles)
select t.verb, t.from_state, t.to_state,
       '{clerk,operator,building_steward,technician,dispatcher,supervisor,manager}'
  from (values ('accept',   'dispatched', 'accepted'),
               ('accept',   'accepted',   'accepted'),
               ('accept',   'on_site',    'on_site'),
               ('start',    'dispatched', 'on_site'),
               ('start',    'accepted',   'on_site'),
               ('start',    'on_site',    'on_site'),
               ('complete', 'dispatched', 'done'),
               ('complete', 'accepted',   'done'),
               ('complete', 'on_site',    'done'),
               ('return',   'dispatched', 'new'),
               ('return',   'accepted',   'new'),
               ('return',   'on_site',    'new')) as t (verb, from_state, to_state);
-- The return visit; it may also be made after the case was closed.
insert into case_transition (verb, from_state, to_state, roles)
select t.verb, t.from_state, t.to_state, '{clerk,operator,building_steward,supervisor,manager,quality}'
  from (values ('visit',        'done',   'done'),
               ('visit',        'closed', 'closed'),
               ('follow_up',    'done',   'followed_up'),
               ('follow_up',    'closed', 'closed'),
               ('not_reached',  'done',   'followed_up'),
               ('not_reached',  'closed', 'closed'),
               ('dissatisfied', 'done',   'reopened'),
               ('dissatisfied', 'closed', 'reopened')) as t (verb, from_state, to_state);
-- Its end. Before the return visit only those who answer for the desk may close, unless the kind wants no visit.
insert into case_transition (verb, from_state, to_state, roles) values
  ('close', 'followed_up', 'closed', '{clerk,operator,building_steward,dispatcher,supervisor,manager,quality}'),
  ('close', 'done',        'closed', '{supervisor,manager}'),
  ('close', 'new',         'closed', '{supervisor,manager}'),
  ('close', 'reopened',    'closed', '{supervisor,manager}');
insert into case_transition (kind, verb, from_state, to_state, roles)
select k.kind, 'close', s.state, 'closed', '{clerk,operator,building_steward,dispatcher,supervisor,manager,quality}'
  from case_kind k, case_state s where not k.visit and s.state in ('new', 'reopened', 'done');
insert into case_transition (verb, from_state, to_state, roles) values
  ('reopen', 'done',        'reopened', '{clerk,operator,building_steward,dispatcher,supervisor,manager,quality}'),
  ('reopen', 'followed_up', 'reopened', '{clerk,operator,building_steward,dispatcher,supervisor,manager,quality}'),
  ('reopen', 'closed',      'reopened', '{supervisor,manager}'),
  ('reopen', 'cancelled',   'reopened', '{supervisor,manager}'),
  ('cancel', 'new',         'cancelled', '{clerk,operator,building_steward,dispatcher,supervisor,manager}'),
  ('cancel', 'reopened',    'cancelled', '{dispatcher,supervisor,manager}'),
  ('cancel', 'dispatched',  'cancelled', '{dispatcher,supervisor,manager}'),
  ('cancel', 'accepted',    'cancelled', '{dispatcher,supervisor,manager}'),
  ('cancel', 'on_site',     'cancelled', '{dispatcher,supervisor,manager}');

-- The steps of a work order. 'own': roles that may take the step for an order of their own or of a whole department;
-- 'others': roles that may also record it for somebody else.
create table order_transition (
  verb       text not null references case_verb (verb),
  from_state text not null,
  to_state   text not null,
  own        text[] not null,
  others     text[] not null,
  primary key (verb, from_state)
);
comment on constraint order_transition_verb_fkey on order_transition is 'verb: nothing so called can be done to a work order';
insert into order_transition (verb, from_state, to_state, own, others)
select t.verb, t.from_state, t.to_state, '{technician,building_steward,clerk,operator,dispatcher,supervisor,manager}',
       '{clerk,operator,dispatcher,supervisor,manager}'
  from (values ('accept',   'issued',   'accepted'),
               ('start',    'accepted', 'started'),
               ('complete', 'accepted', 'done'),
               ('complete', 'started',  'done'),
               ('return',   'issued',   'returned'),
               ('return',   'accepted', 'returned'),
               ('return',   'started',  'returned')) as t (verb, from_state, to_state);

-- The tree by which cases are sorted, the same for all properties. The path is what people read and write.
create table case_category (
  id         uuid primary key,
  parent_id  uuid references case_category (id),
  name       text not null,
  path       text not null,
  path_key   text collate "C" not null generated always as (norm(path)) stored,
  created_at timestamptz not null default now(),
  constraint case_category_path_key unique (path_key),
  constraint case_category_name_check check (name <> '' and length(name) <= 100 and name !~ '[[:cntrl:]]'),
  constraint case_category_path_check check (length(path) <= 200)
);
comment on constraint case_category_parent_id_fkey on case_category is 'category: there is no such category';
comment on constraint case_category_path_key on case_category is 'category: there is such a category already';
comment on constraint case_category_name_check on case_category is 'category: a level must have a name of up to 100 characters';
comment on constraint case_category_path_check on case_category is 'category: longer than 200 characters';

with said as (
  select string_to_array(path, ' / ') as levels from unnest(array[
  'unsorted',
  'water / no water', 'water / leak', 'water / burst pipe', 'water / blocked drain', 'water / quality',
  'electricity / no power', 'electricity / socket or switch', 'electricity / lighting', 'electricity / meter',
  'gas', 'heating', 'air conditioning',
  'lift / stuck', 'lift / out of order', 'lift / noise',
  'door and gate / entrance door', 'door and gate / intercom', 'door and gate / barrier', 'door and gate / lock',
  'building / roof', 'building / wall', 'building / window', 'building / stairs', 'building / public facility',
  'cleaning / stairwell', 'cleaning / rubbish', 'cleaning / pests', 'greening',
  'security / theft', 'security / stranger', 'security / fire escape blocked', 'security / camera',
  'parking / space taken', 'parking / card', 'parking / damage',
  'noise / neighbour', 'noise / works', 'noise / shop',
  'neighbours / water damage', 'neighbours / pets', 'neighbours / common space',
  'fees / bill', 'fees / payment', 'fees / meter reading', 'fit-out / application', 'fit-out / works',
  'service / attitude', 'service / slow', 'service / quality of work', 'service / thanks',
  'parcels and letters', 'keys and cards', 'community life', 'merchant', 'rules and notices'
]) as path
), made as materialized (
  select uuid7() as id, l.path, l.n, l.name
    from (select distinct array_to_string(levels[1:n], ' / ') as path, n, levels[n] as name
            from said, generate_series(1, cardinality(levels)) n) l
)
insert into case_category (id, parent_id, name, path)
select m.id, a.id, m.name, m.path
  from made m left join made a on a.n = m.n - 1 and starts_with(m.path, a.path || ' / ');

-- Cases ------------------------------------------------------------------------------------------------------------

-- Words to find text by: words as written, and every two neighbouring signs where words have no blanks between them.
-- Each has its property in front. So the index leads with the property without having it as a column, which the
-- planner would take for a way to all cases of a property.
create function words_of(p_property int, p_summary text, p_spot text, p_caller text, p_details text) returns tsvector
language plpgsql immutable parallel safe as $$
declare
  x constant text := lower(normalize(coalesce(p_summary, '') || ' ' || coalesce(p_spot, '') || ' ' ||
                                     coalesce(p_caller, '') || ' ' || coalesce(p_details, ''), NFKC));
  words text[] := tsvector_to_array(to_tsvector('simple', x));
begin
  if octet_length(x) <> length(x) then
    words := words || array(
      select substr(m[1], i, 2)
        from regexp_matches(left(x, 2000), '[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]+', 'g') m,
             generate_series(1, length(m[1])) i);
  end if;
  return array_to_tsvector(array(select distinct p_property || '.' || w from unnest(words) w));
end $$;

-- 'version' counts the events, so the latest event's seq is the version. The assignee is that of the latest order.
create table desk_case (
  property_id   int not null references property (id),
  id            uuid not null,
  number        text not null,
  kind          text not null,
  channel       text not null,
  state         text not null references case_state (state),
  priority      text not null,
  category_id   uuid references case_category (id),
  summary       text not null,
  details       text,
  place_id      uuid,
  spot          text,
  party_id      uuid,
  caller        text,
  phone_raw     text,
  phone_e164    text,
  department_id uuid,
  user_id       uuid,
  contractor    text,
  opened_at     timestamptz not null,
  due_at        timestamptz not null,
  closed_at     timestamptz,
  opened_by     uuid,
  result        text,
  score         int,
  origin        text,
  origin_ref    text,
  origin_hash   uuid,
  version       int not null default 1,
  words         tsvector not null generated always as (words_of(property_id, summary, spot, caller, details)) stored,
  primary key (property_id, id),
  constraint desk_case_number_key unique (property_id, number),
  constraint desk_case_kind_fkey foreign key (kind) references case_kind (kind),
  constraint desk_case_channel_fkey foreign key (channel) references case_channel (channel),
  constraint desk_case_priority_fkey foreign key (priority) references case_priority (priority),
  constraint desk_case_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint desk_case_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint desk_case_department_fkey foreign key (property_id, department_id) references department (property_id, id),
  constraint desk_case_user_fkey foreign key (user_id) references app_user (id),
  constraint desk_case_opened_by_fkey foreign key (opened_by) references app_user (id),
  constraint desk_case_summary_check check (btrim(summary) <> '' and length(summary) <= 200),
  constraint desk_case_closed_check check (closed_at >= opened_at),
  constraint desk_case_score_check check (score between 1 and 5),
  constraint desk_case_origin_check check ((origin_ref is null) = (origin_hash is null))
) with (fillfactor = 85);
create unique index desk_case_origin on desk_case (property_id, origin, origin_ref) where origin_ref is not null;
create index desk_case_opened on desk_case (property_id, opened_at, id);
create index desk_case_open on desk_case (property_id, opened_at, id) where closed_at is null;
create index desk_case_due on desk_case (property_id, due_at) where closed_at is null;
create index desk_case_place on desk_case (property_id, place_id, opened_at, id) where place_id is not null;
create index desk_case_party on desk_case (property_id, party_id, opened_at, id) where party_id is not null;
create index desk_case_user on desk_case (property_id, user_id, opened_at, id) where user_id is not null;
create index desk_case_words on desk_case using gin (words);
comment on constraint desk_case_pkey on desk_case is 'case: this case has been opened already';
comment on constraint desk_case_kind_fkey on desk_case is 'kind: there is no such kind of case; `case kinds` lists them';
comment on constraint desk_case_channel_fkey on desk_case is 'channel: there is no such channel; `case kinds` lists them';
comment on constraint desk_case_priority_fkey on desk_case is 'priority: urgent, high, normal or low';
comment on constraint desk_case_place_fkey on desk_case is 'place: there is no such place at this property';
comment on constraint desk_case_party_fkey on desk_case is 'party: there is no such customer at this property';
comment on constraint desk_case_department_fkey on desk_case is 'to: there is no such department at this property';
comment on constraint desk_case_user_fkey on desk_case is 'to: there is no such person';
comment on constraint desk_case_opened_by_fkey on desk_case is 'user: there is no such person';
comment on constraint desk_case_property_id_fkey on desk_case is 'property: there is no such property';
comment on constraint desk_case_state_fkey on desk_case is 'state: there is no such state of a case';
comment on constraint desk_case_category_id_fkey on desk_case is 'category: there is no such category';
comment on constraint desk_case_number_key on desk_case is 'number: another case of this property has this number';
comment on constraint desk_case_score_check on desk_case is 'score: from 1 to 5';
comment on constraint desk_case_origin_check on desk_case is 'ref: a case taken over keeps its key and what the file said';
comment on constraint desk_case_summary_check on desk_case is 'summary: one line of up to 200 characters';
comment on constraint desk_case_closed_check on desk_case is 'closed: before it was opened';
select wall('desk_case');
-- Search by words is no leakproof operator: one function runs as the owner and checks the scope itself.
create policy owner_reads on desk_case for select to steward_owner using (true);

-- What happened to a case, in its order. 'at' is when it happened, as far as the desk that reports it knows.
create table case_event (
  property_id int not null,
  case_id     uuid not null,
  seq         int not null,
  id          uuid not null,
  at          timestamptz not null,
  recorded_at timestamptz not null default now(),
  verb        text not null references case_verb (verb),
  user_id     uuid,
  text        text,
  from_state  text,
  to_state    text not null,
  order_id    uuid,
  primary key (property_id, case_id, seq),
  constraint case_event_id_key unique (property_id, id),
  constraint case_event_case_fkey foreign key (property_id, case_id) references desk_case (property_id, id),
  constraint case_event_user_fkey foreign key (user_id) references app_user (id)
);
comment on constraint case_event_id_key on case_event is 'case: this step has been recorded already';
comment on constraint case_event_case_fkey on case_event is 'case: there is no such case';
comment on constraint case_event_user_fkey on case_event is 'user: there is no such person';
comment on constraint case_event_verb_fkey on case_event is 'verb: nothing so called can be done to a case';
select wall('case_event', 'select, insert');
select keep_append_only('case_event');

-- Work orders ------------------------------------------------------------------------------------------------------

-- Given to a department, a person or a firm; 'user_id' is the person who does it, once that is known.
create table work_order (
  property_id   int not null,
  id            uuid not null,
  number        text not null,
  case_id       uuid not null,
  state         text not null,
  department_id uuid,
  user_id       uuid,
  contractor    text,
  task          text not null,
  result        text,
  reply         text,
  reason        text,
  issued_at     timestamptz not null,
  issued_by     uuid,
  accepted_at   timestamptz,
  started_at    timestamptz,
  done_at       timestamptz,
  done_by       uuid,
  returned_at   timestamptz,
  version       int not null default 1,
  primary key (property_id, id),
  constraint work_order_number_key unique (property_id, number),
  constraint work_order_case_fkey foreign key (property_id, case_id) references desk_case (property_id, id),
  constraint work_order_department_fkey foreign key (property_id, department_id) references department (property_id, id),
  constraint work_order_user_fkey foreign key (user_id) references app_user (id),
  constraint work_order_issued_by_fkey foreign key (issued_by) references app_user (id),
  constraint work_order_done_by_fkey foreign key (done_by) references app_user (id),
  constraint work_order_state_check check (state in ('issued', 'accepted', 'started', 'done', 'returned', 'cancelled')),
  constraint work_order_to_check check (num_nonnulls(department_id, user_id, contractor) >= 1),
  constraint work_order_done_check check ((state = 'done') = (done_at is not null) and (state <> 'done' or result is not null)),
  constraint work_order_returned_check check ((state = 'returned') = (returned_at is not null))
) with (fillfactor = 85);
create index work_order_case on work_order (property_id, case_id, issued_at);
create index work_order_issued on work_order (property_id, issued_at, id);
create index work_order_open on work_order (property_id, issued_at, id) where state in ('issued', 'accepted', 'started');
create index work_order_department on work_order (property_id, department_id, issued_at, id) where department_id is not null;
create index work_order_user on work_order (property_id, user_id, issued_at, id) where user_id is not null;
comment on constraint work_order_pkey on work_order is 'order: this work order has been issued already';
comment on constraint work_order_to_check on work_order is 'to: say who is to do it';
comment on constraint work_order_number_key on work_order is 'number: another work order of this property has this number';
comment on constraint work_order_case_fkey on work_order is 'case: there is no such case';
comment on constraint work_order_department_fkey on work_order is 'to: there is no such department at this property';
comment on constraint work_order_user_fkey on work_order is 'to: there is no such person';
comment on constraint work_order_issued_by_fkey on work_order is 'user: there is no such person';
comment on constraint work_order_done_by_fkey on work_order is 'user: there is no such person';
comment on constraint work_order_state_check on work_order is 'state: issued, accepted, started, done, returned or cancelled';
comment on constraint work_order_done_check on work_order is 'result: an order that is done has a result, and only such a one';
comment on constraint work_order_returned_check on work_order is 'why: only a returned order has the time of its return';
select wall('work_order');
-- A step of an order names it. The column waited for the table it refers to.
alter table case_event
  add constraint case_event_order_fkey foreign key (property_id, order_id) references work_order (property_id, id);
comment on constraint case_event_order_fkey on case_event is 'order: there is no such work order';

-- Obligations ------------------------------------------------------------------------------------------------------

-- Something owed by someone by a time: one model for all of them. 'tries' is how often to try before giving up.
create table obligation_kind (
  kind  text primary key,
  label text not null,
  tries int not null
);
insert into obligation_kind (kind, label, tries) values ('return_visit', 'return visit', 3);

-- What an attempt may come to. 'settles': what it makes of the obligation; null leaves it open.
create table obligation_outcome (
  outcome text primary key,
  label   text not null,
  rank    int not null,
  reached boolean not null,
  settles text,
  solved  boolean
);
insert into obligation_outcome (outcome, label, rank, reached, settles, solved) values
  ('reached',    'reached',                          1, true,  'kept',   true),
  ('not_solved', 'reached, and it is not solved',    2, true,  'kept',   false),
  ('no_answer',  'no answer',                        3, false, null,     null),
  ('call_later', 'to be tried again later',          4, false, null,     null),
  ('refused',    'does not want to be asked',        5, false, 'missed', null);

create table obligation (
  property_id   int not null references property (id),
  id            uuid not null,
  kind          text not null references obligation_kind (kind),
  entity        text not null,
  entity_id     uuid not null,
  due_from      timestamptz not null,
  due_by        timestamptz not null,
  state         text not null default 'open',
  department_id uuid,
  user_id       uuid,
  attempts      int not null default 0,
  unanswered    int not null default 0,
  outcome       text references obligation_outcome (outcome),
  score         int,
  settled_at    timestamptz,
  created_at    timestamptz not null default now(),
  version       int not null default 1,
  primary key (property_id, id),
  constraint obligation_department_fkey foreign key (property_id, department_id) references department (property_id, id),
  constraint obligation_user_fkey foreign key (user_id) references app_user (id),
  constraint obligation_state_check check (state in ('open', 'kept', 'missed', 'cancelled')),
  constraint obligation_due_check check (due_by >= due_from),
  constraint obligation_settled_check check ((state = 'open') = (settled_at is null)),
  constraint obligation_score_check check (score between 1 and 5)
) with (fillfactor = 85);
create unique index obligation_one_open on obligation (property_id, entity, entity_id, kind) where state = 'open';
create index obligation_entity on obligation (property_id, entity, entity_id);
create index obligation_due on obligation (property_id, kind, state, due_by, id);
comment on constraint obligation_due_check on obligation is 'again: it would be due before it begins';
comment on constraint obligation_score_check on obligation is 'score: from 1 to 5';
comment on constraint obligation_property_id_fkey on obligation is 'property: there is no such property';
comment on constraint obligation_kind_fkey on obligation is 'kind: nothing of this kind can be owed';
comment on constraint obligation_outcome_fkey on obligation is 'outcome: there is no such outcome';
comment on constraint obligation_department_fkey on obligation is 'to: there is no such department at this property';
comment on constraint obligation_user_fkey on obligation is 'to: there is no such person';
comment on constraint obligation_state_check on obligation is 'state: open, kept, missed or cancelled';
comment on constraint obligation_settled_check on obligation is 'state: what is settled has the time, what is open has none';
select wall('obligation');

create table obligation_attempt (
  property_id   int not null,
  obligation_id uuid not null,
  seq           int not null,
  id            uuid not null,
  at            timestamptz not null,
  recorded_at   timestamptz not null default now(),
  user_id       uuid,
  outcome       text not null references obligation_outcome (outcome),
  score         int,
  remark        text,
  primary key (property_id, obligation_id, seq),
  constraint obligation_attempt_id_key unique (property_id, id),
  constraint obligation_attempt_fkey foreign key (property_id, obligation_id) references obligation (property_id, id),
  constraint obligation_attempt_user_fkey foreign key (user_id) references app_user (id),
  constraint obligation_attempt_score_check check (score between 1 and 5)
);
comment on constraint obligation_attempt_fkey on obligation_attempt is 'visit: nothing of that kind is owed';
comment on constraint obligation_attempt_user_fkey on obligation_attempt is 'user: there is no such person';
comment on constraint obligation_attempt_outcome_fkey on obligation_attempt is 'outcome: there is no such outcome';
comment on constraint obligation_attempt_score_check on obligation_attempt is 'score: from 1 to 5';
comment on constraint obligation_attempt_id_key on obligation_attempt is 'visit: this attempt has been recorded already';
select wall('obligation_attempt', 'select, insert');
select keep_append_only('obligation_attempt');

grant select on case_state, case_priority, case_kind, case_channel, case_verb, case_transition, order_transition,
  case_category, obligation_kind, obligation_outcome to steward_app;
grant insert on case_category to steward_app;
