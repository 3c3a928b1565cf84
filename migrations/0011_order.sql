-- Work orders in full: paused and handed on; who can do what and is on duty; what work and material cost; what of it is
-- to be charged to whom.

-- Work orders ------------------------------------------------------------------------------------------------------

-- 'previous_id': the order it came from when the work was handed on. 'paused_until': when it was to go on.
alter table work_order
  add column previous_id  uuid,
  add column paused_until timestamptz,
  drop constraint work_order_state_check,
  add constraint work_order_state_check
    check (state in ('issued', 'accepted', 'started', 'paused', 'done', 'returned', 'handed_on', 'cancelled')),
  add constraint work_order_previous_fkey foreign key (property_id, previous_id) references work_order (property_id, id);
comment on constraint work_order_state_check on work_order is 'state: issued, accepted, started, paused, done, returned, handed_on or cancelled';
comment on constraint work_order_previous_fkey on work_order is 'order: there is no such work order at this property';

-- Somebody still has to work on it: the one place that says in which states.
alter table work_order
  add column is_open boolean not null generated always as (state in ('issued', 'accepted', 'started', 'paused')) stored;
drop index work_order_open;
create index work_order_open on work_order (property_id, issued_at, id) where is_open;
create unique index work_order_next on work_order (property_id, previous_id) where previous_id is not null;

insert into case_verb (verb, rank, past, command) values
  ('pause',   40, 'paused',    'order pause'),
  ('resume',  41, 'resumed',   'order resume'),
  ('hand_on', 42, 'handed on', 'order hand-on');
-- None of them moves the case.
insert into case_transition (verb, from_state, to_state, roles)
select v.verb, s.state, s.state, '{clerk,operator,building_steward,technician,dispatcher,supervisor,manager}'
  from unnest('{pause,resume,hand_on}'::text[]) v (verb), unnest('{dispatched,accepted,on_site}'::text[]) s (state);

-- Work that waits without having been started goes on where it was.
insert into order_transition (verb, from_state, to_state, own, others)
select t.verb, t.from_state, t.to_state, '{technician,building_steward,clerk,operator,dispatcher,supervisor,manager}',
       '{clerk,operator,dispatcher,supervisor,manager}'
  from (values ('pause',  'accepted', 'paused'),
               ('pause',  'started',  'paused'),
               ('resume', 'paused',   'started'),
               ('return', 'paused',   'returned')) as t (verb, from_state, to_state);
-- To choose the next hand for others is what a dispatcher does.
insert into order_transition (verb, from_state, to_state, own, others)
select 'hand_on', s.state, 'handed_on', '{technician,building_steward,clerk,operator,dispatcher,supervisor,manager}',
       '{dispatcher,supervisor,manager}'
  from unnest('{issued,accepted,started,paused}'::text[]) s (state);

-- Whoever said until when he waits owes it to go on then.
insert into obligation_kind (kind, label, tries, rank, roles, outcomes, command) values
  ('paused_order', 'work to go on with', 1000, 30, '{clerk,operator,building_steward,technician,dispatcher,supervisor,manager}',
   '{done}', 'order resume');

-- Who did what kind of work before is looked up by category.
create index desk_case_of_category on desk_case (property_id, category_id, opened_at, id);

-- Skills and duty ----------------------------------------------------------------------------------------------------

create table skill (
  skill text primary key,
  label text not null,
  rank  int not null
);
insert into skill (skill, label, rank) values
  ('plumbing',   'plumbing',             1),
  ('electrical', 'electrical work',      2),
  ('lift',       'lifts',                3),
  ('hvac',       'heating and air',      4),
  ('carpentry',  'carpentry',            5),
  ('painting',   'painting',             6),
  ('locks',      'doors and locks',      7),
  ('cleaning',   'cleaning',             8),
  ('greening',   'greening',             9),
  ('security',   'security',            10),
  ('fire',       'fire protection',     11),
  ('it',         'networks and cameras', 12),
  ('general',    'general repairs',     13);

-- What a case of this category asks for, any of them; it holds for all categories below that say nothing themselves.
create table category_skill (
  category_id uuid not null references case_category (id),
  skill       text not null references skill (skill),
  wanted      boolean not null default true,
  primary key (category_id, skill)
);
comment on constraint category_skill_category_id_fkey on category_skill is 'category: there is no such category';
comment on constraint category_skill_skill_fkey on category_skill is 'skill: there is no such skill; `duty skill kinds` lists them';
insert into category_skill (category_id, skill)
select g.id, t.skill
  from (values ('water', 'plumbing'), ('electricity', 'electrical'), ('gas', 'plumbing'), ('heating', 'hvac'),
               ('air conditioning', 'hvac'), ('lift', 'lift'), ('door and gate', 'locks'),
               ('door and gate / intercom', 'electrical'), ('door and gate / barrier', 'electrical'),
               ('building', 'general'), ('building / wall', 'painting'), ('building / window', 'carpentry'),
               ('cleaning', 'cleaning'), ('greening', 'greening'), ('security', 'security'),
               ('security / fire escape blocked', 'fire'), ('security / camera', 'it'),
               ('neighbours / water damage', 'plumbing'), ('parking', 'security')) as t (path, skill)
  join case_category g on g.path_key = norm(t.path);
grant select on skill, category_skill to steward_app;
grant insert, update (wanted) on category_skill to steward_app;

-- What a person can do: 1 learns it, 2 does it alone, 3 is the one to ask.
create table user_skill (
  property_id int not null references property (id),
  id          uuid not null,
  user_id     uuid not null,
  skill       text not null,
  level       int not null,
  added_at    timestamptz not null default now(),
  added_by    uuid,
  ended_at    timestamptz,
  ended_by    uuid,
  version     int not null default 1,
  primary key (property_id, id),
  constraint user_skill_user_fkey foreign key (user_id) references app_user (id),
  constraint user_skill_skill_fkey foreign key (skill) references skill (skill),
  constraint user_skill_added_by_fkey foreign key (added_by) references app_user (id),
  constraint user_skill_ended_by_fkey foreign key (ended_by) references app_user (id),
  constraint user_skill_level_check check (level between 1 and 3)
);
create unique index user_skill_once on user_skill (property_id, user_id, skill) where ended_at is null;
comment on constraint user_skill_property_id_fkey on user_skill is 'property: there is no such property';
comment on constraint user_skill_user_fkey on user_skill is 'person: there is no such person';
comment on constraint user_skill_skill_fkey on user_skill is 'skill: there is no such skill; `duty skill kinds` lists them';
comment on constraint user_skill_added_by_fkey on user_skill is 'user: there is no such person';
comment on constraint user_skill_ended_by_fkey on user_skill is 'user: there is no such person';
comment on constraint user_skill_level_check on user_skill is 'level: 1, 2 or 3';
select wall('user_skill', 'select, insert, update (ended_at, ended_by, version)');

-- Who is on duty, from a moment until another. A month is the longest, so that a list knows how far back to look.
create table duty_period (
  property_id  int not null references property (id),
  id           uuid not null,
  user_id      uuid not null,
  from_at      timestamptz not null,
  to_at        timestamptz not null,
  note         text,
  added_at     timestamptz not null default now(),
  added_by     uuid,
  cancelled_at timestamptz,
  version      int not null default 1,
  primary key (property_id, id),
  constraint duty_period_user_fkey foreign key (user_id) references app_user (id),
  constraint duty_period_added_by_fkey foreign key (added_by) references app_user (id),
  constraint duty_period_to_check check (to_at > from_at and to_at - from_at <= interval '31 days'),
  constraint duty_period_no_double exclude using gist
    (property_id with =, user_id with =, tstzrange(from_at, to_at) with &&) where (cancelled_at is null)
);
create index duty_period_from on duty_period (property_id, from_at, id) where cancelled_at is null;
comment on constraint duty_period_property_id_fkey on duty_period is 'property: there is no such property';
comment on constraint duty_period_user_fkey on duty_period is 'person: there is no such person';
comment on constraint duty_period_added_by_fkey on duty_period is 'user: there is no such person';
comment on constraint duty_period_to_check on duty_period is 'to: after the beginning, and 31 days after it at most';
comment on constraint duty_period_no_double on duty_period is 'from: this person is on duty in that time already';
select wall('duty_period', 'select, insert, update (to_at, cancelled_at, version)');

-- The price list ---------------------------------------------------------------------------------------------------

-- What work and material cost, tax included, in minor units. It holds from one day to the day before another; what
-- changes is a new row, so that the past stays as it was. 'replaced_at': put right before it held.
create table price (
  property_id int not null references property (id),
  id          uuid not null,
  code        text collate "C" not null,
  name        text not null,
  kind        text not null,
  unit        text not null,
  price       bigint not null,
  currency    text not null,
  tax_bp      int,
  from_on     date not null,
  to_on       date,
  set_at      timestamptz not null default now(),
  set_by      uuid,
  replaced_at timestamptz,
  version     int not null default 1,
  primary key (property_id, id),
  constraint price_set_by_fkey foreign key (set_by) references app_user (id),
  constraint price_code_check check (code ~ '^[A-Z0-9][A-Z0-9-]{0,31}$'),
  constraint price_name_check check (btrim(name) <> '' and length(name) <= 200 and name !~ '[[:cntrl:]]'),
  constraint price_kind_check check (kind in ('labour', 'material', 'service')),
  constraint price_unit_check check (btrim(unit) <> '' and length(unit) <= 20 and unit !~ '[[:cntrl:]]'),
  constraint price_price_check check (price between 0 and 1000000000),
  constraint price_tax_bp_check check (tax_bp between 0 and 10000),
  constraint price_to_check check (to_on > from_on),
  constraint price_no_double exclude using gist
    (property_id with =, code with =, daterange(from_on, to_on) with &&) where (replaced_at is null)
);
create index price_code on price (property_id, code, from_on, id);
comment on constraint price_property_id_fkey on price is 'property: there is no such property';
comment on constraint price_set_by_fkey on price is 'user: there is no such person';
comment on constraint price_code_check on price is 'code: up to 32 capital letters, digits and hyphens';
comment on constraint price_name_check on price is 'name: one line of up to 200 characters';
comment on constraint price_kind_check on price is 'kind: labour, material or service';
comment on constraint price_unit_check on price is 'unit: what is counted, such as hour, piece or m; up to 20 characters';
comment on constraint price_price_check on price is 'price: from 0 to 10 million';
comment on constraint price_tax_bp_check on price is 'tax: hundredths of a percent, from 0 to 10000';
comment on constraint price_to_check on price is 'to: a day after the first day';
comment on constraint price_no_double on price is 'from: this code has another price in that time';
select wall('price', 'select, insert, update (to_on, replaced_at, version)');

-- Lines of an order and what is charged for them ----------------------------------------------------------------------

-- What an order took, a thousandth of a unit exact. The price is the one of the moment it was written down. A line is
-- taken back, never deleted; one without code was priced by hand.
create table order_item (
  property_id int not null,
  order_id    uuid not null,
  line        int not null,
  id          uuid not null,
  price_id    uuid,
  code        text,
  name        text not null,
  kind        text not null,
  unit        text not null,
  quantity    bigint not null,
  price       bigint not null,
  amount      bigint not null generated always as ((price * quantity + 500) / 1000) stored,
  currency    text not null,
  tax_bp      int,
  added_at    timestamptz not null,
  added_by    uuid,
  removed_at  timestamptz,
  removed_by  uuid,
  removed_why text,
  version     int not null default 1,
  primary key (property_id, order_id, line),
  constraint order_item_id_key unique (property_id, id),
  constraint order_item_order_fkey foreign key (property_id, order_id) references work_order (property_id, id),
  constraint order_item_price_fkey foreign key (property_id, price_id) references price (property_id, id),
  constraint order_item_added_by_fkey foreign key (added_by) references app_user (id),
  constraint order_item_removed_by_fkey foreign key (removed_by) references app_user (id),
  constraint order_item_name_check check (btrim(name) <> '' and length(name) <= 200 and name !~ '[[:cntrl:]]'),
  constraint order_item_kind_check check (kind in ('labour', 'material', 'service')),
  constraint order_item_unit_check check (btrim(unit) <> '' and length(unit) <= 20 and unit !~ '[[:cntrl:]]'),
  constraint order_item_quantity_check check (quantity between 1 and 1000000000),
  constraint order_item_price_check check (price between 0 and 1000000000),
  constraint order_item_removed_check check ((removed_at is null) = (removed_why is null))
);
comment on constraint order_item_id_key on order_item is 'order: this line has been added already';
comment on constraint order_item_order_fkey on order_item is 'order: there is no such work order';
comment on constraint order_item_price_fkey on order_item is 'code: there is no such price';
comment on constraint order_item_added_by_fkey on order_item is 'user: there is no such person';
comment on constraint order_item_removed_by_fkey on order_item is 'user: there is no such person';
comment on constraint order_item_name_check on order_item is 'name: one line of up to 200 characters';
comment on constraint order_item_kind_check on order_item is 'kind: labour, material or service';
comment on constraint order_item_unit_check on order_item is 'unit: what is counted, such as hour, piece or m; up to 20 characters';
comment on constraint order_item_quantity_check on order_item is 'quantity: more than nothing, a million at most';
comment on constraint order_item_price_check on order_item is 'price: from 0 to 10 million';
comment on constraint order_item_removed_check on order_item is 'why: a line taken back says why';
select wall('order_item', 'select, insert, update (removed_at, removed_by, removed_why, version)');

-- What somebody is to pay for an order: proposed by one person, decided by another, posted to the account later. 'bearer'
-- tells whose cost it is; only a customer has an account here.
create table charge_proposal (
  property_id int not null,
  id          uuid not null,
  number      text not null,
  order_id    uuid not null,
  bearer      text not null,
  party_id    uuid,
  place_id    uuid,
  amount      bigint not null,
  currency    text not null,
  state       text not null default 'proposed',
  note        text,
  reason      text,
  proposed_at timestamptz not null,
  proposed_by uuid not null,
  decided_at  timestamptz,
  decided_by  uuid,
  posted_at   timestamptz,
  version     int not null default 1,
  primary key (property_id, id),
  constraint charge_proposal_number_key unique (property_id, number),
  constraint charge_proposal_order_fkey foreign key (property_id, order_id) references work_order (property_id, id),
  constraint charge_proposal_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint charge_proposal_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint charge_proposal_proposed_by_fkey foreign key (proposed_by) references app_user (id),
  constraint charge_proposal_decided_by_fkey foreign key (decided_by) references app_user (id),
  constraint charge_proposal_bearer_check check (bearer in ('customer', 'property', 'construction_unit')),
  constraint charge_proposal_party_check check ((bearer = 'customer') = (party_id is not null)),
  constraint charge_proposal_amount_check check (amount >= 0),
  constraint charge_proposal_state_check check (state in ('proposed', 'approved', 'declined', 'posted')),
  constraint charge_proposal_decided_check check ((state = 'proposed') = (decided_at is null) and decided_by <> proposed_by),
  constraint charge_proposal_posted_check check ((state = 'posted') = (posted_at is not null))
);
create unique index charge_proposal_once on charge_proposal (property_id, order_id) where state <> 'declined';
create index charge_proposal_order on charge_proposal (property_id, order_id, proposed_at, id);
create index charge_proposal_at on charge_proposal (property_id, proposed_at, id);
create index charge_proposal_state on charge_proposal (property_id, state, proposed_at, id);
create index charge_proposal_party on charge_proposal (property_id, party_id, proposed_at, id) where party_id is not null;
comment on constraint charge_proposal_number_key on charge_proposal is 'number: another charge has this number';
comment on constraint charge_proposal_order_fkey on charge_proposal is 'order: there is no such work order';
comment on constraint charge_proposal_party_fkey on charge_proposal is 'party: there is no such customer at this property';
comment on constraint charge_proposal_place_fkey on charge_proposal is 'place: there is no such place at this property';
comment on constraint charge_proposal_proposed_by_fkey on charge_proposal is 'user: there is no such person';
comment on constraint charge_proposal_decided_by_fkey on charge_proposal is 'user: there is no such person';
comment on constraint charge_proposal_bearer_check on charge_proposal is 'bearer: customer, property or construction_unit';
comment on constraint charge_proposal_party_check on charge_proposal is 'party: a customer bears it, or nobody who has an account';
comment on constraint charge_proposal_amount_check on charge_proposal is 'amount: not below nothing';
comment on constraint charge_proposal_state_check on charge_proposal is 'state: proposed, approved, declined or posted';
comment on constraint charge_proposal_decided_check on charge_proposal is 'order: somebody else than the proposer decides';
comment on constraint charge_proposal_posted_check on charge_proposal is 'state: what is posted has the time, and only that';
select wall('charge_proposal');
