-- Cases in full: how grave they are and who is responsible, what each kind needs and how it may end; the three clocks and
-- what stops them; answers to the customer, chasing, links and merging; disputes; escalation.

-- How grave it is. 'priority': at least this. 'at_once': the ladder is climbed from the opening on, not only when
-- something is late. 'report_every': how often whoever has taken it up reports.
create table case_severity (
  severity     text primary key,
  label        text not null,
  rank         int not null,
  priority     text not null references case_priority (priority),
  at_once      boolean not null,
  report_every interval
);
comment on constraint case_severity_priority_fkey on case_severity is 'priority: urgent, high, normal or low';
insert into case_severity (severity, label, rank, priority, at_once, report_every) values
  ('minor',    'minor: an inconvenience to one customer',            1, 'low',    false, null),
  ('moderate', 'moderate: something does not work as it should',     2, 'low',    false, null),
  ('major',    'major: many concerned, damage, or a customer lost',  3, 'high',   true,  '24 hours'),
  ('critical', 'critical: danger to people or to the building',      4, 'urgent', true,  '1 hour');

-- What a level says holds for those below it that say nothing themselves.
alter table case_category
  add column body   text references responsible_body (body),
  add column answer text,
  add constraint case_category_levels_check check (path !~ '^.+ / .+ / .+ / .'),
  add constraint case_category_answer_check check (length(answer) <= 2000);
comment on constraint case_category_body_fkey on case_category is 'body: property, construction_unit, utility or government';
comment on constraint case_category_levels_check on case_category is 'category: three levels at the most';
comment on constraint case_category_answer_check on case_category is 'answer: longer than 2,000 characters';
grant update (body, answer) on case_category to steward_app;

update case_category c set body = x.body, answer = x.answer
  from (values
    ('water',           'property', 'We look after the pipes behind the main valve of the building; the supply before it belongs to the water company.'),
    ('water / quality', 'utility', 'The water company tests and answers for the water; we take a sample, report it, and tell you what they find.'),
    ('water / no water', 'utility', 'Supply is the water company''s. We ask them for the cause and the hour it returns, and tell everybody concerned.'),
    ('electricity',     'property', 'From your own fuse box on the wiring is yours, up to it ours; the supply of the building is the electricity company''s.'),
    ('electricity / no power', 'utility', 'We look first whether the building is without power; then it is the electricity company''s, whom we ask at once.'),
    ('electricity / meter', 'utility', 'Meters belong to the electricity company; we report a fault and pass on the answer.'),
    ('gas',             'utility', 'Gas is worked on by the gas company alone. Open the windows, touch no switch, leave the flat; we call them.'),
    ('heating',         'utility', 'Heat comes from the heating company; what lies inside the building is looked after by us.'),
    ('building',        'construction_unit', 'Within the defects liability period the construction unit puts this right; we report it and follow it up.'),
    ('building / stairs', 'property', null),
    ('building / public facility', 'property', null),
    ('security / theft', 'government', 'Please report it to the police; we keep the recordings and help them.'),
    ('noise / works',   'property', 'Works are allowed at set hours only; we look and have them stopped outside these.'),
    ('neighbours',      'property', 'We hear both sides and mediate; what cannot be settled so goes to the residents'' committee or a court.'),
    ('neighbours / common space', 'property', null)) as x (path, body, answer)
 where c.path_key = norm(x.path);
update case_category set body = 'property' where parent_id is null and body is null;

-- What each kind needs at its opening; fields with a bar between them stand for each other.
alter table case_kind
  add column severity text not null default 'moderate' references case_severity (severity),
  add column needs    text[] not null default '{}';
comment on constraint case_kind_severity_fkey on case_kind is 'severity: minor, moderate, major or critical';
update case_kind k set needs = x.needs, severity = x.severity
  from (values ('complaint',         '{party|caller|phone}'::text[],                'moderate'),
               ('quality_complaint', '{party|caller|phone,place|spot}',             'moderate'),
               ('help',              '{party|caller|phone|place|spot}',             'moderate'),
               ('repair',            '{place|spot}',                                'moderate'),
               ('dispute',           '{party|caller|phone,place|spot}',             'moderate'),
               ('suggestion',        '{}',                                          'minor'),
               ('opinion',           '{}',                                          'minor'),
               ('praise',            '{}',                                          'minor')) as x (kind, needs, severity)
 where k.kind = x.kind;

-- How a case of a kind may end; the first is meant where nobody says another. 'visit': the customer is asked afterwards,
-- where the kind wants that at all.
create table case_ending (
  kind   text not null references case_kind (kind),
  ending text not null,
  label  text not null,
  rank   int not null,
  visit  boolean not null,
  primary key (kind, ending)
);
comment on constraint case_ending_kind_fkey on case_ending is 'kind: there is no such kind of case';
insert into case_ending (kind, ending, label, rank, visit)
select k.kind, e.ending, e.label, e.rank, e.visit
  from (values ('{complaint,quality_complaint}'::text[], 'solved',        'solved',                              1, true),
               ('{complaint,quality_complaint}',         'explained',     'explained, nothing to be done',       2, true),
               ('{complaint,quality_complaint}',         'not_justified', 'looked into and not justified',       3, true),
               ('{help,repair}',                         'solved',        'solved',                              1, true),
               ('{help,repair}',                         'not_possible',  'cannot be done, customer told why',   3, true),
               ('{inquiry,consultation}',                'answered',      'answered',                            1, true),
               ('{inquiry,consultation}',                'not_answered',  'nobody can tell',                     3, false),
               ('{suggestion,opinion}',                  'noted',         'noted and passed on',                 1, false),
               ('{suggestion,opinion}',                  'adopted',       'adopted',                             2, true),
               ('{suggestion,opinion}',                  'declined',      'not adopted, customer told why',      3, false),
               ('{dispute}',                             'settled',       'settled between the parties',         1, true),
               ('{dispute}',                             'partly_settled', 'settled in part',                    2, true),
               ('{dispute}',                             'not_settled',   'not settled',                         3, false),
               ('{praise}',                              'passed_on',     'passed on to those praised',          1, false),
               ('{complaint,quality_complaint,help,repair,inquiry,consultation,dispute}',
                                                         'referred',      'passed to who is responsible',        8, true),
               ('{complaint,quality_complaint,help,repair,dispute}',
                                                         'withdrawn',     'withdrawn by the customer',           9, false)
       ) as e (kinds, ending, label, rank, visit)
 cross join lateral unnest(e.kinds) k (kind);

-- Customers who stand or speak before us have been answered by that.
alter table case_channel add column live boolean not null default false;
update case_channel set live = true where channel in ('phone', 'visit');

-- Clocks --------------------------------------------------------------------------------------------------------------

create table case_clock (
  clock text primary key,
  label text not null,
  rank  int not null
);
insert into case_clock (clock, label, rank) values
  ('response',   'first response', 1),
  ('update',     'update',         2),
  ('resolution', 'resolution',     3);

-- When a clock runs: the truth table of state and hold. The response clock ends with the first answer, whatever the state;
-- the update clock begins anew with each answer.
create table case_clock_rule (
  clock text not null references case_clock (clock),
  state text not null references case_state (state),
  held  boolean not null,
  runs  boolean not null,
  primary key (clock, state, held)
);
insert into case_state (state, label, rank, is_open) values ('merged', 'merged', 10, false);
insert into case_clock_rule (clock, state, held, runs)
select c.clock, s.state, h.held,
       case c.clock when 'response' then s.is_open
                    else s.state in ('new', 'dispatched', 'accepted', 'on_site', 'reopened') and not h.held end
  from case_clock c, case_state s, (values (false), (true)) h (held);

-- How long a clock may run: for all properties here, for one of them in service_level. kind '*': every kind. calendar: the
-- hours that count; null: all of them. seconds null: this clock is not kept.
create table case_target (
  clock    text not null references case_clock (clock),
  kind     text not null default '*',
  priority text not null references case_priority (priority),
  seconds  bigint,
  calendar text,
  primary key (clock, priority, kind)
);
insert into case_target (clock, priority, seconds, calendar) values
  ('response',   'urgent',  900,   null), ('response',   'high',  3600,  'desk'),
  ('response',   'normal',  14400, 'desk'), ('response', 'low',   28800, 'desk'),
  ('update',     'urgent',  3600,  null), ('update',     'high',  28800, 'desk'),
  ('update',     'normal',  86400, 'desk'), ('update',   'low',   172800, 'desk'),
  ('resolution', 'urgent',  14400, null), ('resolution', 'high',  86400, null),
  ('resolution', 'normal',  259200, null), ('resolution', 'low',  864000, null);
alter table case_priority drop column due_in;

create table service_level (
  property_id int not null references property (id),
  clock       text not null references case_clock (clock),
  kind        text not null default '*',
  priority    text not null references case_priority (priority),
  seconds     bigint,
  calendar    text,
  version     int not null default 1,
  primary key (property_id, clock, priority, kind),
  constraint service_level_seconds_check check (seconds > 0)
);
comment on constraint service_level_property_id_fkey on service_level is 'property: there is no such property';
comment on constraint service_level_clock_fkey on service_level is 'clock: response, update or resolution';
comment on constraint service_level_priority_fkey on service_level is 'priority: urgent, high, normal or low';
comment on constraint service_level_seconds_check on service_level is 'minutes: more than none';
select wall('service_level', 'select, insert, update, delete');

-- What a step means to the clocks. 'answers': the customer has heard from us. 'moves': the clocks are reckoned anew. 'held':
-- what becomes of a hold: it stays, ends, or forbids the step.
alter table case_verb
  add column answers boolean not null default false,
  add column moves   boolean not null default false,
  add column held    text not null default 'ends',
  add constraint case_verb_held_check check (held in ('stays', 'ends', 'forbids'));
insert into case_verb (verb, rank, past, command) values
  ('hold',        20, 'put on hold',  'case hold'),
  ('release',     21, 'resumed',      'case resume'),
  ('reply',       22, 'answered',     'case reply'),
  ('chase',       23, 'chased',       'case chase'),
  ('link',        24, 'linked',       'case link'),
  ('merge',       25, 'merged',       'case merge'),
  ('unmerge',     26, 'taken apart',  'case unmerge'),
  ('overdue',     27, 'found overdue', null),
  ('escalate',    28, 'escalated',    'case escalate'),
  ('acknowledge', 29, 'taken up',     null),
  ('report',      30, 'reported on',  'case report'),
  ('dispute',     31, 'mediated',     'dispute session');
update case_verb set answers = verb in ('reply', 'close', 'follow_up', 'dissatisfied'),
       moves = verb in ('dispatch', 'complete', 'return', 'follow_up', 'no_visit', 'not_reached', 'dissatisfied', 'close', 'reopen', 'cancel',
                        'edit', 'hold', 'release', 'reply', 'merge', 'unmerge'),
       held = case when verb in ('note', 'edit', 'reply', 'chase', 'link', 'overdue', 'escalate', 'acknowledge', 'report', 'dispute',
                                 'open', 'visit', 'visit_check', 'attach', 'detach') then 'stays'
                   when verb = 'hold' then 'forbids' else 'ends' end;

insert into case_transition (verb, from_state, to_state, roles)
select 'hold', s.state, s.state, '{dispatcher,supervisor,manager,clerk,operator,building_steward}'::text[]
  from case_state s where s.state in ('new', 'dispatched', 'accepted', 'on_site', 'reopened')
union all
select 'release', s.state, s.state, '{dispatcher,supervisor,manager,clerk,operator,building_steward,technician}'::text[]
  from case_state s where s.state in ('new', 'dispatched', 'accepted', 'on_site', 'reopened')
union all
select v.verb, s.state, s.state, '{clerk,operator,building_steward,dispatcher,supervisor,manager,quality}'::text[]
  from case_state s, (values ('reply'), ('chase')) v (verb) where s.is_open
union all
select 'reply', 'closed', 'closed', '{clerk,operator,building_steward,dispatcher,supervisor,manager,quality}'::text[]
union all
select 'link', s.state, s.state, '{clerk,operator,building_steward,dispatcher,supervisor,manager,quality}'::text[] from case_state s
union all
select 'merge', s.state, 'merged', '{dispatcher,supervisor,manager,quality}'::text[] from case_state s where s.is_open
union all
select 'unmerge', 'merged', 'new', '{dispatcher,supervisor,manager,quality}'::text[]
union all
select v.verb, s.state, s.state, '{}'::text[] from case_state s, (values ('overdue')) v (verb) where s.is_open
union all
select 'escalate', s.state, s.state, '{clerk,operator,cashier,building_steward,technician,dispatcher,supervisor,manager,quality}'::text[]
  from case_state s where s.is_open
union all
select v.verb, s.state, s.state, '{building_steward,dispatcher,supervisor,manager,director}'::text[]
  from case_state s, (values ('acknowledge'), ('report')) v (verb) where s.is_open;
insert into case_transition (kind, verb, from_state, to_state, roles)
select 'dispute', 'dispute', s.state, s.state, '{clerk,operator,building_steward,supervisor,manager,quality}'::text[] from case_state s where s.is_open;
insert into case_transition (verb, from_state, to_state, roles)
select 'note', 'merged', 'merged', '{clerk,operator,building_steward,technician,dispatcher,supervisor,manager,quality}'::text[];

-- 'clocks_stale': a calendar or a level of service has changed since its clocks were reckoned; the daemon does it anew.
-- 'late_...': found overdue by the daemon, for the present due time. 'due_at' is null while the resolution clock stands
-- still. 'next_due': what a board is ordered by; 'alarm_at': when the daemon has to look at it next.
alter table desk_case
  add column severity      text not null default 'moderate',
  add column body          text,
  add column ending        text,
  add column respond_due   timestamptz,
  add column responded_at  timestamptz,
  add column update_due    timestamptz,
  add column resolved_at   timestamptz,
  add column held_at       timestamptz,
  add column held_until    timestamptz,
  add column hold_reason   text,
  add column chases        int not null default 0,
  add column merged_into   uuid,
  add column late_response   boolean not null default false,
  add column late_update     boolean not null default false,
  add column late_resolution boolean not null default false,
  add column clocks_stale  boolean not null default false,
  alter column due_at drop not null,
  add constraint desk_case_severity_fkey foreign key (severity) references case_severity (severity),
  add constraint desk_case_body_fkey foreign key (body) references responsible_body (body),
  add constraint desk_case_merged_fkey foreign key (property_id, merged_into) references desk_case (property_id, id),
  add constraint desk_case_held_check check (num_nonnulls(held_at, held_until, hold_reason) in (0, 3)),
  add constraint desk_case_merged_check check ((state = 'merged') = (merged_into is not null) and merged_into <> id);
comment on constraint desk_case_severity_fkey on desk_case is 'severity: minor, moderate, major or critical';
comment on constraint desk_case_body_fkey on desk_case is 'body: property, construction_unit, utility or government';
comment on constraint desk_case_merged_fkey on desk_case is 'into: there is no such case';
comment on constraint desk_case_held_check on desk_case is 'until: a hold has a reason and a day on which it ends';
comment on constraint desk_case_merged_check on desk_case is 'into: a case is merged into another one';
select set_config('steward.scope', coalesce(string_agg(id::text, ','), ''), true) from property;
update desk_case set responded_at = opened_at,
       resolved_at = case when state in ('done', 'followed_up', 'closed', 'cancelled') then coalesce(closed_at, opened_at) end;
alter table desk_case
  add column next_due timestamptz generated always as (
    least(held_until, case when responded_at is null then respond_due end, update_due, case when resolved_at is null then due_at end)) stored,
  add column alarm_at timestamptz generated always as (
    least(case when clocks_stale then '-infinity'::timestamptz end, held_until,
          case when responded_at is null and not late_response then respond_due end,
          case when not late_update then update_due end,
          case when resolved_at is null and not late_resolution then due_at end)) stored;
drop index desk_case_due;
create index desk_case_next on desk_case (property_id, next_due, id) where closed_at is null;
create index desk_case_idle on desk_case (property_id, id) where closed_at is null and next_due is null;
create index desk_case_alarm on desk_case (property_id, alarm_at) where closed_at is null and alarm_at is not null;
create index desk_case_late on desk_case (property_id, due_at) where closed_at is null and resolved_at is null;
create index desk_case_category on desk_case (property_id, category_id, opened_at, id);
create index desk_case_merged on desk_case (property_id, merged_into) where merged_into is not null;

-- By which way the customer was answered.
alter table case_event add column channel text;

-- Links ---------------------------------------------------------------------------------------------------------------

create table case_link_kind (
  kind    text primary key,
  label   text not null, -- read from the first case to the other
  inverse text not null,
  rank    int not null
);
insert into case_link_kind (kind, label, inverse, rank) values
  ('related',   'is related to',  'is related to',  1),
  ('duplicate', 'is the same as', 'is the same as', 2),
  ('caused_by', 'is caused by',   'has caused',     3),
  ('repeat_of', 'repeats',        'is repeated by', 4),
  ('part_of',   'is part of',     'consists also of', 5);
create table case_link (
  property_id int not null references property (id),
  id          uuid not null,
  case_id     uuid not null,
  other_id    uuid not null,
  kind        text not null references case_link_kind (kind),
  user_id     uuid references app_user (id),
  created_at  timestamptz not null default now(),
  ended_at    timestamptz,
  ended_by    uuid references app_user (id),
  primary key (property_id, id),
  constraint case_link_case_fkey foreign key (property_id, case_id) references desk_case (property_id, id),
  constraint case_link_other_fkey foreign key (property_id, other_id) references desk_case (property_id, id),
  constraint case_link_self_check check (case_id <> other_id)
);
create unique index case_link_one on case_link (property_id, least(case_id, other_id), greatest(case_id, other_id)) where ended_at is null;
create index case_link_case on case_link (property_id, case_id);
create index case_link_other on case_link (property_id, other_id);
comment on constraint case_link_property_id_fkey on case_link is 'property: there is no such property';
comment on constraint case_link_kind_fkey on case_link is 'kind: related, duplicate, caused_by, repeat_of or part_of';
comment on constraint case_link_user_id_fkey on case_link is 'user: there is no such person';
comment on constraint case_link_ended_by_fkey on case_link is 'user: there is no such person';
comment on constraint case_link_case_fkey on case_link is 'case: there is no such case';
comment on constraint case_link_other_fkey on case_link is 'other: there is no such case';
comment on constraint case_link_self_check on case_link is 'other: a case cannot be linked to itself';
select wall('case_link', 'select, insert, update (ended_at, ended_by)');

-- Disputes ------------------------------------------------------------------------------------------------------------

create table case_participant (
  property_id int not null references property (id),
  id          uuid not null,
  case_id     uuid not null,
  role        text not null,
  party_id    uuid,
  name        text,
  phone_raw   text,
  says        text,
  user_id     uuid references app_user (id),
  created_at  timestamptz not null default now(),
  ended_at    timestamptz,
  primary key (property_id, id),
  constraint case_participant_case_fkey foreign key (property_id, case_id) references desk_case (property_id, id),
  constraint case_participant_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint case_participant_role_check check (role in ('complainant', 'respondent', 'witness', 'mediator')),
  constraint case_participant_who_check check (num_nonnulls(party_id, name) >= 1)
);
create index case_participant_case on case_participant (property_id, case_id);
comment on constraint case_participant_property_id_fkey on case_participant is 'property: there is no such property';
comment on constraint case_participant_user_id_fkey on case_participant is 'user: there is no such person';
comment on constraint case_participant_case_fkey on case_participant is 'case: there is no such case';
comment on constraint case_participant_party_fkey on case_participant is 'party: there is no such customer at this property';
comment on constraint case_participant_role_check on case_participant is 'role: complainant, respondent, witness or mediator';
comment on constraint case_participant_who_check on case_participant is 'party: say who: a customer, or a name';
select wall('case_participant');

create table case_session (
  property_id int not null references property (id),
  id          uuid not null,
  case_id     uuid not null,
  seq         int not null,
  held_at     timestamptz not null,
  spot        text,
  present     text,
  outcome     text not null,
  minutes     text,
  next_at     timestamptz,
  user_id     uuid references app_user (id),
  created_at  timestamptz not null default now(),
  primary key (property_id, id),
  constraint case_session_seq_key unique (property_id, case_id, seq),
  constraint case_session_case_fkey foreign key (property_id, case_id) references desk_case (property_id, id),
  constraint case_session_outcome_check check (outcome in ('agreed', 'agreed_in_part', 'adjourned', 'failed', 'not_held')),
  constraint case_session_next_check check (next_at > held_at)
);
comment on constraint case_session_property_id_fkey on case_session is 'property: there is no such property';
comment on constraint case_session_user_id_fkey on case_session is 'user: there is no such person';
comment on constraint case_session_seq_key on case_session is 'case: this session has been recorded already';
comment on constraint case_session_case_fkey on case_session is 'case: there is no such case';
comment on constraint case_session_outcome_check on case_session is 'outcome: agreed, agreed_in_part, adjourned, failed or not_held';
comment on constraint case_session_next_check on case_session is 'next: the next session comes after this one';
select wall('case_session', 'select, insert');
select keep_append_only('case_session');

-- Escalation ----------------------------------------------------------------------------------------------------------

-- Who is told, one after the other, and how long each has to take it up before the next one is told.
create table ladder_step (
  severity text not null references case_severity (severity),
  step     int not null,
  role     text not null references role (code),
  wait     interval not null,
  primary key (severity, step)
);
comment on constraint ladder_step_severity_fkey on ladder_step is 'severity: minor, moderate, major or critical';
comment on constraint ladder_step_role_fkey on ladder_step is 'role: there is no such role';
insert into ladder_step (severity, step, role, wait) values
  ('minor',    1, 'supervisor', '24 hours'), ('minor',    2, 'manager',  '48 hours'),
  ('moderate', 1, 'supervisor', '4 hours'),  ('moderate', 2, 'manager',  '24 hours'), ('moderate', 3, 'director', '48 hours'),
  ('major',    1, 'manager',    '30 minutes'), ('major',  2, 'director', '2 hours'),
  ('critical', 1, 'manager',    '10 minutes'), ('critical', 2, 'director', '20 minutes');
create table property_ladder (
  property_id int not null references property (id),
  severity    text not null references case_severity (severity),
  step        int not null,
  role        text not null references role (code),
  wait        interval not null,
  primary key (property_id, severity, step),
  constraint property_ladder_step_check check (step between 1 and 9),
  constraint property_ladder_wait_check check (wait between '1 minute' and '30 days')
);
comment on constraint property_ladder_property_id_fkey on property_ladder is 'property: there is no such property';
comment on constraint property_ladder_severity_fkey on property_ladder is 'severity: minor, moderate, major or critical';
comment on constraint property_ladder_role_fkey on property_ladder is 'roles: there is no such role';
comment on constraint property_ladder_step_check on property_ladder is 'steps: nine at the most';
comment on constraint property_ladder_wait_check on property_ladder is 'steps: from one minute to thirty days';
select wall('property_ladder', 'select, insert, update, delete');

insert into obligation_kind (kind, label, tries, rank, roles, outcomes, command, lapses) values
  ('escalation',       'escalation',       1, 5, '{supervisor,manager,director}', '{done}', 'case take', true),
  ('situation_report', 'situation report', 1, 6, '{supervisor,manager,director}', '{done}', 'case report', false),
  ('mediation',        'mediation session', 3, 7, '{clerk,operator,building_steward,supervisor,manager,quality}', '{done,not_needed}',
   'dispute session', false);

grant select on case_severity, case_ending, case_clock, case_clock_rule, case_target, case_link_kind, ladder_step
  to steward_app;

-- What the daemon looks at by its own clock.
create index obligation_alarm on obligation (property_id, due_by) where state = 'open' and overdue_at is null;
create policy owner_reads on obligation for select to steward_owner using (true);
