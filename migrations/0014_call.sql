-- The hotline: every call that came in or went out and how it ended. What can be done to a call, and within what time
-- somebody who called in vain is called back, is data here.

-- 'call_back': within what time a caller whose call ended like this is called back; null: not at all.
create table call_state (
  state     text primary key,
  label     text not null,
  rank      int not null,
  is_open   boolean not null,
  call_back interval
);
insert into call_state (state, label, rank, is_open, call_back) values
  ('ringing',    'ringing',              1, true,  null),
  ('dialling',   'being dialled',        2, true,  null),
  ('answered',   'answered',             3, true,  null),
  ('ended',      'over',                 4, false, null),
  ('missed',     'missed',               5, false, '30 minutes'),
  ('voicemail',  'left to the voicemail', 6, false, '30 minutes'),
  ('unanswered', 'without an answer',    7, false, null);
grant select on call_state to steward_app;

-- What can be done to a call. 'command' is what a person calls for it; 'past' completes "HL-1042 cannot be ...".
create table call_verb (
  verb    text primary key,
  rank    int not null,
  past    text not null,
  command text not null
);
insert into call_verb (verb, rank, past, command) values
  ('answer',    1, 'answered',              'call answer'),
  ('end',       2, 'ended',                 'call end'),
  ('miss',      3, 'missed',                'call end --missed'),
  ('voicemail', 4, 'left to the voicemail', 'call end --voicemail'),
  ('attach',    5, 'attached',              'call attach');
grant select on call_verb to steward_app;

create table call_transition (
  verb       text not null references call_verb (verb),
  from_state text not null references call_state (state),
  to_state   text not null references call_state (state),
  roles      text[] not null,
  primary key (verb, from_state)
);
comment on constraint call_transition_verb_fkey on call_transition is 'verb: nothing so called can be done to a call';
comment on constraint call_transition_from_state_fkey on call_transition is 'state: there is no such state of a call';
comment on constraint call_transition_to_state_fkey on call_transition is 'state: there is no such state of a call';
insert into call_transition (verb, from_state, to_state, roles)
select t.verb, t.from_state, t.to_state, '{clerk,operator,building_steward,dispatcher,supervisor,manager}'
  from (values ('answer',    'ringing',  'answered'),
               ('answer',    'dialling', 'answered'),
               ('end',       'ringing',  'ended'),
               ('end',       'dialling', 'ended'),
               ('end',       'answered', 'ended'),
               ('miss',      'ringing',  'missed'),
               ('miss',      'dialling', 'unanswered'),
               ('voicemail', 'ringing',  'voicemail')) as t (verb, from_state, to_state);
insert into call_transition (verb, from_state, to_state, roles)
select 'attach', state, state, '{clerk,operator,building_steward,dispatcher,supervisor,manager}' from call_state;
grant select on call_transition to steward_app;

-- 'call_id' is what the telephone system calls it. 'outside' is the number of the other end as it was told, null where it
-- is withheld; 'outside_key' is what numbers are compared by: E.164, or its digits where the text does not tell that.
-- 'line' is our own number. 'user_id' is who answered, or who called.
create table phone_call (
  property_id int not null references property (id),
  id          uuid not null,
  number      text not null,
  call_id     text,
  direction   text not null,
  state       text not null references call_state (state),
  outside     text,
  outside_key text collate "C",
  line        text,
  rang_at     timestamptz not null,
  answered_at timestamptz,
  ended_at    timestamptz,
  user_id     uuid references app_user (id),
  party_id    uuid,
  case_id     uuid,
  about       text,
  created_by  uuid references app_user (id),
  version     int not null default 1,
  primary key (property_id, id),
  constraint phone_call_number_key unique (property_id, number),
  constraint phone_call_call_id_key unique (property_id, call_id),
  constraint phone_call_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint phone_call_case_fkey foreign key (property_id, case_id) references desk_case (property_id, id),
  constraint phone_call_direction_check check (direction in ('in', 'out')),
  constraint phone_call_outside_check check ((outside is null) = (outside_key is null)),
  constraint phone_call_answered_check check (answered_at >= rang_at),
  constraint phone_call_ended_check check (ended_at >= coalesce(answered_at, rang_at))
) with (fillfactor = 85);
create index phone_call_rang on phone_call (property_id, rang_at, id);
create index phone_call_open on phone_call (property_id, rang_at, id) where ended_at is null;
create index phone_call_missed on phone_call (property_id, rang_at, id) where state in ('missed', 'voicemail');
create index phone_call_outside on phone_call (property_id, outside_key, rang_at, id) where outside_key is not null;
create index phone_call_user on phone_call (property_id, user_id, rang_at, id) where user_id is not null;
create index phone_call_party on phone_call (property_id, party_id, rang_at) where party_id is not null;
create index phone_call_case on phone_call (property_id, case_id) where case_id is not null;
comment on constraint phone_call_pkey on phone_call is 'call: this call has been recorded already';
comment on constraint phone_call_property_id_fkey on phone_call is 'property: there is no such property';
comment on constraint phone_call_state_fkey on phone_call is 'state: there is no such state of a call';
comment on constraint phone_call_user_id_fkey on phone_call is 'by: there is no such person';
comment on constraint phone_call_created_by_fkey on phone_call is 'user: there is no such person';
comment on constraint phone_call_number_key on phone_call is 'number: another call of this property has this number';
comment on constraint phone_call_call_id_key on phone_call is 'call_id: the telephone system gave this id to another call already';
comment on constraint phone_call_party_fkey on phone_call is 'party: there is no such customer at this property';
comment on constraint phone_call_case_fkey on phone_call is 'case: there is no such case at this property';
comment on constraint phone_call_direction_check on phone_call is 'direction: a call comes in or goes out';
comment on constraint phone_call_outside_check on phone_call is 'from: a number that is not withheld can be compared';
comment on constraint phone_call_answered_check on phone_call is 'at: it cannot be answered before it rang';
comment on constraint phone_call_ended_check on phone_call is 'at: it cannot end before it rang';
select wall('phone_call');

-- What a number meant earlier: whose it was, and which cases it was left with.
create index party_phone_ended on party_phone (property_id, e164) where until_on is not null and e164 is not null;
create index desk_case_phone on desk_case (property_id, phone_e164, opened_at) where phone_e164 is not null;
-- What is owed to a customer.
create index obligation_owed_to on obligation (property_id, party_id, due_by, id) where state = 'open' and party_id is not null;

insert into obligation_kind (kind, label, tries, rank, roles, outcomes, command) values
  ('callback', 'call back', 3, 3, '{operator,clerk,supervisor,manager}',
   '{reached,no_answer,call_later,refused,not_needed}', 'call back');
