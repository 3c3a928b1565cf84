-- The customer work account: every contact with a customer, what is known of him, who looks after which buildings, when
-- each customer was last heard, and how well those who look after them know them.

-- Contacts ---------------------------------------------------------------------------------------------------------

create table contact_mood (
  mood int primary key,
  word text not null,
  constraint contact_mood_word_key unique (word)
);
comment on constraint contact_mood_word_key on contact_mood is 'mood: another mood has this word';
insert into contact_mood (mood, word) values
  (1, 'angry'), (2, 'displeased'), (3, 'neutral'), (4, 'content'), (5, 'delighted');
grant select on contact_mood to steward_app;

-- One contact, or an attempt at one. Written once; a mistake is struck out by a row of contact_strike.
create table contact (
  property_id   int not null references property (id),
  id            uuid not null,
  number        text collate "C" not null,
  party_id      uuid,
  place_id      uuid,
  case_id       uuid,
  obligation_id uuid,
  at            timestamptz not null,
  recorded_at   timestamptz not null default now(),
  channel       text not null,
  direction     text not null,
  outcome       text not null,
  reached       boolean not null,
  summary       text not null,
  mood          int,
  needs         text,
  note          text,
  user_id       uuid,
  primary key (property_id, id),
  constraint contact_number_key unique (property_id, number),
  constraint contact_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint contact_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint contact_case_fkey foreign key (property_id, case_id) references desk_case (property_id, id),
  constraint contact_obligation_fkey foreign key (property_id, obligation_id) references obligation (property_id, id),
  constraint contact_channel_fkey foreign key (channel) references case_channel (channel),
  constraint contact_outcome_fkey foreign key (outcome) references obligation_outcome (outcome),
  constraint contact_mood_fkey foreign key (mood) references contact_mood (mood),
  constraint contact_user_fkey foreign key (user_id) references app_user (id),
  constraint contact_who_check check (num_nonnulls(party_id, place_id) >= 1),
  constraint contact_direction_check check (direction in ('in', 'out')),
  constraint contact_summary_check check (btrim(summary) <> '' and length(summary) <= 200),
  constraint contact_mood_check check (reached or mood is null)
);
create index contact_at on contact (property_id, at, id);
create index contact_party on contact (property_id, party_id, at, id) where party_id is not null;
create index contact_place on contact (property_id, place_id, at, id) where place_id is not null;
create index contact_user on contact (property_id, user_id, at, id);
create index contact_place_only on contact (property_id, place_id, at) where party_id is null and reached;
comment on constraint contact_pkey on contact is 'contact: this contact has been recorded already';
comment on constraint contact_property_id_fkey on contact is 'property: there is no such property';
comment on constraint contact_number_key on contact is 'number: another contact has this number';
comment on constraint contact_party_fkey on contact is 'party: there is no such customer at this property';
comment on constraint contact_place_fkey on contact is 'place: there is no such place at this property';
comment on constraint contact_case_fkey on contact is 'case: there is no such case at this property';
comment on constraint contact_obligation_fkey on contact is 'contact: nothing of that kind is owed';
comment on constraint contact_channel_fkey on contact is 'channel: there is no such channel; `case kinds` lists them';
comment on constraint contact_outcome_fkey on contact is 'outcome: there is no such outcome';
comment on constraint contact_mood_fkey on contact is 'mood: from 1 (angry) to 5 (delighted)';
comment on constraint contact_user_fkey on contact is 'user: there is no such person';
comment on constraint contact_who_check on contact is 'party: say with which customer, or at which place';
comment on constraint contact_direction_check on contact is 'direction: in or out';
comment on constraint contact_summary_check on contact is 'summary: one line of up to 200 characters';
comment on constraint contact_mood_check on contact is 'mood: only a customer who was reached has a mood';
select wall('contact', 'select, insert');
select keep_append_only('contact');

create table contact_strike (
  property_id int not null,
  contact_id  uuid not null,
  id          uuid not null,
  at          timestamptz not null default now(),
  user_id     uuid,
  reason      text not null,
  primary key (property_id, contact_id),
  constraint contact_strike_contact_fkey foreign key (property_id, contact_id) references contact (property_id, id),
  constraint contact_strike_user_fkey foreign key (user_id) references app_user (id),
  constraint contact_strike_reason_check check (btrim(reason) <> '')
);
comment on constraint contact_strike_pkey on contact_strike is 'contact: it is struck out already';
comment on constraint contact_strike_contact_fkey on contact_strike is 'contact: there is no such contact';
comment on constraint contact_strike_user_fkey on contact_strike is 'user: there is no such person';
comment on constraint contact_strike_reason_check on contact_strike is 'why: say what was wrong with it';
select wall('contact_strike', 'select, insert');
select keep_append_only('contact_strike');

-- Who counts as a customer of what he holds; a family member or a person to call is met in his stead.
alter table occupancy_role add column customer boolean not null default true;
update occupancy_role set customer = false where role in ('family', 'contact');

-- When each customer was last heard, and by what: a contact, a case he opened, a return visit that reached him. Derived
-- data, kept by triggers, so that a list of the silent need not look at the past of everybody. Whoever ever held a
-- place has a row; '-infinity': never heard.
create table party_contact (
  property_id int not null,
  party_id    uuid not null,
  last_at     timestamptz not null default '-infinity',
  last_kind   text,
  contacts    bigint not null default 0,
  mood        int,
  mood_at     timestamptz,
  primary key (property_id, party_id),
  constraint party_contact_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint party_contact_mood_fkey foreign key (mood) references contact_mood (mood),
  constraint party_contact_kind_check check (last_kind in ('contact', 'case', 'return_visit'))
) with (fillfactor = 80);
create index party_contact_last on party_contact (property_id, last_at, party_id);
comment on constraint party_contact_party_fkey on party_contact is 'party: there is no such customer at this property';
comment on constraint party_contact_mood_fkey on party_contact is 'mood: from 1 (angry) to 5 (delighted)';
comment on constraint party_contact_kind_check on party_contact is 'kind: contact, case or return_visit';
select wall('party_contact');

create function contact_heard() returns trigger language plpgsql as $$
begin
  perform party_heard(new.property_id, new.party_id, new.at, 'contact', new.mood);
  return null;
end $$;
create trigger contact_heard after insert on contact for each row
  when (new.reached and new.party_id is not null) execute function contact_heard();

create function contact_struck() returns trigger language plpgsql as $$
begin
  perform party_recount(c.property_id, c.party_id)
     from contact c where c.property_id = new.property_id and c.id = new.contact_id and c.party_id is not null;
  return null;
end $$;
create trigger contact_struck after insert on contact_strike for each row execute function contact_struck();

create function case_heard() returns trigger language plpgsql as $$
begin
  perform party_heard(new.property_id, new.party_id, new.opened_at, 'case', null);
  return null;
end $$;
create trigger case_heard after insert on desk_case for each row
  when (new.party_id is not null) execute function case_heard();

create function case_party_changed() returns trigger language plpgsql as $$
begin
  perform party_recount(new.property_id, old.party_id);
  perform party_recount(new.property_id, new.party_id);
  return null;
end $$;
create trigger case_party_changed after update of party_id on desk_case for each row
  when (old.party_id is distinct from new.party_id) execute function case_party_changed();

create function visit_heard() returns trigger language plpgsql as $$
begin
  perform party_heard(c.property_id, c.party_id, new.at, 'return_visit', null)
     from obligation b
     join desk_case c on c.property_id = b.property_id and c.id = b.entity_id
    where b.property_id = new.property_id and b.id = new.obligation_id and b.kind = 'return_visit' and b.entity = 'case'
      and c.party_id is not null
      and (select o.reached from obligation_outcome o where o.outcome = new.outcome);
  return null;
end $$;
create trigger visit_heard after insert on obligation_attempt for each row execute function visit_heard();

create function occupancy_known() returns trigger language plpgsql as $$
begin
  insert into party_contact (property_id, party_id) values (new.property_id, new.party_id) on conflict do nothing;
  return null;
end $$;
create trigger occupancy_known after insert on occupancy for each row execute function occupancy_known();

-- What happened before anybody counted.
select set_config('steward.scope', coalesce(string_agg(id::text, ','), ''), true) from property;
insert into party_contact (property_id, party_id, last_at, last_kind, contacts)
select p.property_id, p.party_id, coalesce(max(h.at), '-infinity'), (array_agg(h.kind order by h.at desc) filter (where h.at is not null))[1],
       count(h.at)
  from (select property_id, party_id from occupancy
        union select property_id, party_id from desk_case where party_id is not null) p
  left join (select c.property_id, c.party_id, c.opened_at as at, 'case' as kind from desk_case c
             union all
             select c.property_id, c.party_id, a.at, 'return_visit'
               from obligation_attempt a
               join obligation b on b.property_id = a.property_id and b.id = a.obligation_id and b.kind = 'return_visit'
               join desk_case c on c.property_id = b.property_id and c.id = b.entity_id
               join obligation_outcome o on o.outcome = a.outcome and o.reached) h
    on h.property_id = p.property_id and h.party_id = p.party_id
 group by p.property_id, p.party_id;

-- What a steward owes: a contact with each customer. `contact plan` spreads them over the days.
insert into obligation_kind (kind, label, tries, rank, roles, outcomes, command) values
  ('contact', 'contact', 3, 3, '{building_steward,clerk,supervisor,manager}',
   '{reached,no_answer,call_later,refused,not_needed}', 'contact add');
create index obligation_contact_place on obligation (property_id, place_id) where state = 'open' and kind = 'contact';

-- What is known of a customer --------------------------------------------------------------------------------------

-- Its changes are noted in the history of the party.
create table contact_profile (
  property_id int not null,
  party_id    uuid not null,
  channel     text,
  best_time   text,
  matters     text,
  primary key (property_id, party_id),
  constraint contact_profile_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint contact_profile_channel_fkey foreign key (channel) references case_channel (channel)
);
comment on constraint contact_profile_party_fkey on contact_profile is 'party: there is no such customer at this property';
comment on constraint contact_profile_channel_fkey on contact_profile is 'channel: there is no such channel; `case kinds` lists them';
select wall('contact_profile');
create trigger contact_profile_log after update on contact_profile
  for each row execute function registry_log('party', 'party_id', '');

-- What a customer cares for, in a word. Ended with a date, never deleted.
create table party_interest (
  property_id int not null,
  id          uuid not null,
  party_id    uuid not null,
  interest    text collate "C" not null,
  from_on     date not null,
  until_on    date,
  user_id     uuid,
  primary key (property_id, id),
  constraint party_interest_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint party_interest_user_fkey foreign key (user_id) references app_user (id),
  constraint party_interest_word_check check (interest = norm(interest) and interest <> '' and length(interest) <= 40),
  constraint party_interest_until_check check (until_on >= from_on),
  constraint party_interest_once exclude using btree (property_id with =, party_id with =, interest with =)
    where (until_on is null)
);
create index party_interest_word on party_interest (property_id, interest, party_id) where until_on is null;
comment on constraint party_interest_party_fkey on party_interest is 'party: there is no such customer at this property';
comment on constraint party_interest_user_fkey on party_interest is 'user: there is no such person';
comment on constraint party_interest_word_check on party_interest is 'interests: a word or two of up to 40 characters';
comment on constraint party_interest_until_check on party_interest is 'interests: it was not known before it was added';
comment on constraint party_interest_once on party_interest is 'interests: this interest is known already';
select wall('party_interest');

-- Customers who need special attention, from when to when and why.
create table key_customer (
  property_id int not null,
  id          uuid not null,
  party_id    uuid not null,
  reason      text not null,
  since       timestamptz not null default now(),
  user_id     uuid,
  ended_at    timestamptz,
  ended_by    uuid,
  end_reason  text,
  primary key (property_id, id),
  constraint key_customer_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint key_customer_user_fkey foreign key (user_id) references app_user (id),
  constraint key_customer_ended_by_fkey foreign key (ended_by) references app_user (id),
  constraint key_customer_reason_check check (btrim(reason) <> ''),
  constraint key_customer_ended_check check (ended_at >= since),
  constraint key_customer_once exclude using btree (property_id with =, party_id with =) where (ended_at is null)
);
create index key_customer_party on key_customer (property_id, party_id, since);
create index key_customer_since on key_customer (property_id, since, id) where ended_at is null;
comment on constraint key_customer_party_fkey on key_customer is 'party: there is no such customer at this property';
comment on constraint key_customer_user_fkey on key_customer is 'user: there is no such person';
comment on constraint key_customer_ended_by_fkey on key_customer is 'user: there is no such person';
comment on constraint key_customer_reason_check on key_customer is 'why: say why this customer needs special attention';
comment on constraint key_customer_ended_check on key_customer is 'party: it cannot end before it began';
comment on constraint key_customer_once on key_customer is 'party: is a key customer already';
select wall('key_customer');

-- Which building steward looks after which building: a patch is the set of a steward's buildings.
create table patch (
  property_id int not null references property (id),
  id          uuid not null,
  building_id uuid not null,
  kind        text not null default 'building',
  user_id     uuid not null,
  period      daterange not null,
  given_by    uuid,
  ended_by    uuid,
  version     int not null default 1,
  primary key (property_id, id),
  constraint patch_building_fkey foreign key (property_id, building_id, kind) references place (property_id, id, kind),
  constraint patch_user_fkey foreign key (user_id) references app_user (id),
  constraint patch_given_by_fkey foreign key (given_by) references app_user (id),
  constraint patch_ended_by_fkey foreign key (ended_by) references app_user (id),
  constraint patch_kind_check check (kind = 'building'),
  constraint patch_period_check check (not isempty(period) and not lower_inf(period)),
  constraint patch_once exclude using gist (property_id with =, building_id with =, period with &&)
);
create index patch_user on patch (property_id, user_id);
comment on constraint patch_pkey on patch is 'building: this has been added already';
comment on constraint patch_property_id_fkey on patch is 'property: there is no such property';
comment on constraint patch_building_fkey on patch is 'building: it is not a building of this property';
comment on constraint patch_user_fkey on patch is 'user: there is no such person';
comment on constraint patch_given_by_fkey on patch is 'user: there is no such person';
comment on constraint patch_ended_by_fkey on patch is 'user: there is no such person';
comment on constraint patch_kind_check on patch is 'building: it is not a building';
comment on constraint patch_period_check on patch is 'to: must be a day after the first day';
comment on constraint patch_once on patch is 'building: somebody else looks after it in that time';
select wall('patch');

-- Familiarity checks -----------------------------------------------------------------------------------------------

-- What a steward should know of a unit. 'compare': how his answer is held against the file: as text, as digits only, as
-- a plate, or as yes or no.
create table familiarity_question (
  question text primary key,
  asks     text not null,
  rank     int not null,
  compare  text not null,
  constraint familiarity_question_compare_check check (compare in ('text', 'digits', 'plate', 'yes_no'))
);
comment on constraint familiarity_question_compare_check on familiarity_question is 'compare: text, digits, plate or yes_no';
insert into familiarity_question (question, asks, rank, compare) values
  ('holder',    'Who lives or trades there? (name)',                      1, 'text'),
  ('phone',     'What are the last four digits of the telephone number?', 2, 'digits'),
  ('role',      'Owner, tenant or merchant?',                             3, 'text'),
  ('household', 'How many people belong to the household?',               4, 'digits'),
  ('children',  'Are there children?',                                    5, 'yes_no'),
  ('pets',      'Are there pets?',                                        6, 'yes_no'),
  ('interest',  'What does the customer care for? (one of the interests)', 7, 'text'),
  ('language',  'Which language do they speak?',                          8, 'text'),
  ('plate',     'What is the number plate of the car?',                   9, 'plate'),
  ('floor',     'On which floor is it?',                                 10, 'text'),
  ('layout',    'What is the layout of the unit?',                       11, 'text'),
  ('since',     'In which year did they move in?',                       12, 'digits');
grant select on familiarity_question to steward_app;

create table familiarity_check (
  property_id int not null references property (id),
  id          uuid not null,
  number      text collate "C" not null,
  user_id     uuid not null,
  examiner_id uuid not null,
  state       text not null default 'open',
  started_at  timestamptz not null,
  finished_at timestamptz,
  finished_by uuid,
  reason      text,
  version     int not null default 1,
  primary key (property_id, id),
  constraint familiarity_check_number_key unique (property_id, number),
  constraint familiarity_check_user_fkey foreign key (user_id) references app_user (id),
  constraint familiarity_check_examiner_fkey foreign key (examiner_id) references app_user (id),
  constraint familiarity_check_finished_by_fkey foreign key (finished_by) references app_user (id),
  constraint familiarity_check_own_check check (user_id <> examiner_id),
  constraint familiarity_check_state_check check (state in ('open', 'finished', 'cancelled')),
  constraint familiarity_check_finished_check check ((state = 'open') = (finished_at is null)),
  constraint familiarity_check_one_open exclude using btree (property_id with =, user_id with =) where (state = 'open')
);
create index familiarity_check_started on familiarity_check (property_id, started_at, id);
comment on constraint familiarity_check_pkey on familiarity_check is 'check: this check has been started already';
comment on constraint familiarity_check_property_id_fkey on familiarity_check is 'property: there is no such property';
comment on constraint familiarity_check_number_key on familiarity_check is 'number: another check has this number';
comment on constraint familiarity_check_user_fkey on familiarity_check is 'user: there is no such person';
comment on constraint familiarity_check_examiner_fkey on familiarity_check is 'user: there is no such person';
comment on constraint familiarity_check_finished_by_fkey on familiarity_check is 'user: there is no such person';
comment on constraint familiarity_check_own_check on familiarity_check is 'user: nobody examines himself';
comment on constraint familiarity_check_state_check on familiarity_check is 'state: open, finished or cancelled';
comment on constraint familiarity_check_finished_check on familiarity_check is 'state: what is over has the time, what is open has none';
comment on constraint familiarity_check_one_open on familiarity_check is 'user: is being examined already; finish or cancel that check first';
select wall('familiarity_check');

-- What was drawn: units, and of each some questions.
create table familiarity_item (
  property_id int not null,
  check_id    uuid not null,
  seq         int not null,
  place_id    uuid not null,
  question    text not null,
  primary key (property_id, check_id, seq),
  constraint familiarity_item_once unique (property_id, check_id, place_id, question),
  constraint familiarity_item_check_fkey foreign key (property_id, check_id) references familiarity_check (property_id, id),
  constraint familiarity_item_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint familiarity_item_question_fkey foreign key (question) references familiarity_question (question)
);
comment on constraint familiarity_item_once on familiarity_item is 'question: is asked about this unit already';
comment on constraint familiarity_item_check_fkey on familiarity_item is 'check: there is no such check';
comment on constraint familiarity_item_place_fkey on familiarity_item is 'unit: there is no such unit at this property';
comment on constraint familiarity_item_question_fkey on familiarity_item is 'question: there is no such question';
select wall('familiarity_item', 'select, insert');
select keep_append_only('familiarity_item');

-- What was answered, what the file said at that time, and how it was marked; of several the latest counts.
create table familiarity_answer (
  property_id int not null,
  check_id    uuid not null,
  item        int not null,
  seq         int not null,
  id          uuid not null,
  at          timestamptz not null default now(),
  user_id     uuid,
  answer      text,
  expected    text[] not null,
  correct     boolean not null,
  by_hand     boolean not null,
  reason      text,
  primary key (property_id, check_id, item, seq),
  constraint familiarity_answer_item_fkey foreign key (property_id, check_id, item)
    references familiarity_item (property_id, check_id, seq),
  constraint familiarity_answer_user_fkey foreign key (user_id) references app_user (id),
  constraint familiarity_answer_reason_check check (not by_hand or btrim(reason) <> '')
);
comment on constraint familiarity_answer_item_fkey on familiarity_answer is 'question: is not asked about this unit';
comment on constraint familiarity_answer_user_fkey on familiarity_answer is 'user: there is no such person';
comment on constraint familiarity_answer_reason_check on familiarity_answer is 'reason: say why you mark it by hand';
select wall('familiarity_answer', 'select, insert');
select keep_append_only('familiarity_answer');
