-- Apportionment: what places have in common (the light of a staircase, the water of a garden, the lifts) is shared out over
-- them. A pool says over which places, by what, and who bears the share of a vacant one; an apportionment is one total of one
-- period of it, with what each place was reckoned by.

-- What is known of a place from a day on, so that the key of a month that is over explains itself. 'people' live there;
-- 'share' is the part of the whole that belongs to it, between 0 and 1; 'vacant' is 1 where nobody uses it though somebody owns it.
create table place_measure (
  property_id int not null references property (id),
  id          uuid not null,
  place_id    uuid not null,
  kind        text not null,
  value       numeric(13, 9) not null,
  from_on     date not null,
  to_on       date,
  set_at      timestamptz not null default now(),
  set_by      uuid references app_user (id),
  replaced_at timestamptz,
  version     int not null default 1,
  primary key (property_id, id),
  constraint place_measure_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint place_measure_kind_check check (kind in ('people', 'share', 'vacant')),
  constraint place_measure_value_check check (
    case kind when 'people' then value between 0 and 1000 and value = trunc(value) when 'share' then value between 0 and 1 else value in (0, 1) end),
  constraint place_measure_to_check check (to_on > from_on),
  constraint place_measure_no_double exclude using gist
    (property_id with =, place_id with =, kind with =, daterange(from_on, to_on) with &&) where (replaced_at is null)
);
comment on constraint place_measure_pkey on place_measure is 'id: this has been set already';
comment on constraint place_measure_property_id_fkey on place_measure is 'property: there is no such property';
comment on constraint place_measure_place_fkey on place_measure is 'place: there is no such place at this property';
comment on constraint place_measure_kind_check on place_measure is 'kind: people, share or vacant';
comment on constraint place_measure_value_check on place_measure is 'value: 0 to 1000 people, or a share between 0 and 1';
comment on constraint place_measure_to_check on place_measure is 'to: must be a day after the first day';
comment on constraint place_measure_no_double on place_measure is 'from: something else is known of the place then';
comment on constraint place_measure_set_by_fkey on place_measure is 'user: there is no such person';
select wall('place_measure', 'select, insert, update (to_on, replaced_at, version)');

-- 'basis' is what the shares are reckoned by; 'key' by weights of the pool's own. Shared over all places of a kind below a
-- place, of the whole property, or, where it is 'listed', over those that are named. 'payer': who pays for a place that is
-- used. A place without a lease is vacant when nobody owns it, when it is known to be vacant ('known'), or always ('unlet');
-- then 'vacant' bears its share: the owner, the property, or the others. 'source': where the total comes from.
create table pool (
  property_id int not null references property (id),
  id          uuid not null,
  code        text collate "C" not null,
  name        text not null,
  item_id     uuid not null,
  basis       text not null,
  top_id      uuid,
  listed      boolean not null default false,
  place_kind  text not null default 'unit' references place_kind (kind),
  payer       text not null default 'customer',
  vacant      text not null default 'owner',
  vacancy     text not null default 'known',
  source      text not null default 'amount',
  rate        numeric(18, 6),
  formula     text,
  closed_on   date,
  version     int not null default 1,
  primary key (property_id, id),
  constraint pool_code_key unique (property_id, code),
  constraint pool_item_fkey foreign key (property_id, item_id) references charge_item (property_id, id),
  constraint pool_top_fkey foreign key (property_id, top_id) references place (property_id, id),
  constraint pool_code_check check (code ~ '^[A-Z0-9][A-Z0-9-]{0,31}$'),
  constraint pool_name_check check (btrim(name) <> '' and length(name) <= 100 and name !~ '[[:cntrl:]]'),
  constraint pool_basis_check check (basis in ('gross_area', 'usable_area', 'unit', 'people', 'share', 'key')),
  constraint pool_listed_check check (not listed or top_id is null),
  constraint pool_payer_check check (payer in ('customer', 'owner')),
  constraint pool_vacant_check check (vacant in ('owner', 'property', 'others')),
  constraint pool_vacancy_check check (vacancy in ('known', 'unlet')),
  constraint pool_source_check check (source in ('amount', 'usage', 'meter')),
  constraint pool_rate_check check (rate > 0 and rate <= 1000000),
  constraint pool_price_check check (num_nonnulls(rate, formula) = case when source = 'amount' then 0 else 1 end)
);
comment on constraint pool_pkey on pool is 'id: this pool has been added already';
comment on constraint pool_property_id_fkey on pool is 'property: there is no such property';
comment on constraint pool_code_key on pool is 'code: another pool has this code';
comment on constraint pool_item_fkey on pool is 'item: there is no such item';
comment on constraint pool_top_fkey on pool is 'place: there is no such place at this property';
comment on constraint pool_place_kind_fkey on pool is 'kind: there is no such kind of place; `place kinds` lists them';
comment on constraint pool_code_check on pool is 'code: up to 32 capital letters, digits and hyphens';
comment on constraint pool_name_check on pool is 'name: one line of up to 100 characters';
comment on constraint pool_basis_check on pool is 'basis: gross_area, usable_area, unit, people, share or key';
comment on constraint pool_listed_check on pool is 'listed: either all places in one, or those that are named';
comment on constraint pool_payer_check on pool is 'payer: customer or owner';
comment on constraint pool_vacant_check on pool is 'vacant: owner, property or others';
comment on constraint pool_vacancy_check on pool is 'vacancy: known or unlet';
comment on constraint pool_source_check on pool is 'source: amount, usage or meter';
comment on constraint pool_rate_check on pool is 'rate: more than 0, up to 1000000';
comment on constraint pool_price_check on pool is 'rate: usage costs a rate or a formula; amounts have neither';
select wall('pool');

-- The places that are named, with the weight of a key. A weight of 0 keeps a place out and says why.
create table pool_place (
  property_id int not null,
  pool_id     uuid not null,
  place_id    uuid not null,
  weight      numeric(18, 6),
  reason      text,
  left_at     timestamptz,
  version     int not null default 1,
  primary key (property_id, pool_id, place_id),
  constraint pool_place_pool_fkey foreign key (property_id, pool_id) references pool (property_id, id),
  constraint pool_place_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint pool_place_weight_check check (weight >= 0 and weight <= 1000000000),
  constraint pool_place_reason_check check (weight is distinct from 0 or coalesce(btrim(reason), '') <> '')
);
comment on constraint pool_place_pkey on pool_place is 'place: it is in the pool already';
comment on constraint pool_place_pool_fkey on pool_place is 'code: there is no such pool';
comment on constraint pool_place_place_fkey on pool_place is 'place: there is no such place at this property';
comment on constraint pool_place_weight_check on pool_place is 'place: a weight is 0 to 1000000000';
comment on constraint pool_place_reason_check on pool_place is 'why: say why it takes no part';
select wall('pool_place');

-- The meters whose usage is shared out. 'rest': what a meter counts beyond those behind it.
create table pool_meter (
  property_id int not null,
  pool_id     uuid not null,
  meter_id    uuid not null,
  rest        boolean not null,
  left_at     timestamptz,
  version     int not null default 1,
  primary key (property_id, pool_id, meter_id),
  constraint pool_meter_pool_fkey foreign key (property_id, pool_id) references pool (property_id, id),
  constraint pool_meter_meter_fkey foreign key (property_id, meter_id) references meter (property_id, id)
);
comment on constraint pool_meter_pkey on pool_meter is 'meter: it is in the pool already';
comment on constraint pool_meter_pool_fkey on pool_meter is 'code: there is no such pool';
comment on constraint pool_meter_meter_fkey on pool_meter is 'meter: there is no such meter at this property';
select wall('pool_meter', 'select, insert, update (rest, left_at, version)');

-- One total of one period, shared out. How the pool was then is kept; 'weight' is what all weights come to. total = billed +
-- what the property bears itself + what could not be billed yet.
create table apportionment (
  property_id int not null references property (id),
  id          uuid not null,
  number      text collate "C" not null,
  pool_id     uuid not null,
  from_on     date not null,
  to_on       date not null,
  source      text not null,
  usage       numeric,
  rate        numeric(18, 6),
  formula     text,
  total       bigint not null,
  basis       text not null,
  payer       text not null,
  vacant      text not null,
  weight      numeric not null,
  places      int not null,
  bills       int not null default 0,
  billed      bigint not null default 0,
  own         bigint not null default 0,
  exceptions  int not null default 0,
  issued_on   date not null,
  due_on      date not null,
  state       text not null default 'done',
  user_id     uuid not null references app_user (id),
  at          timestamptz not null default now(),
  version     int not null default 1,
  primary key (property_id, id),
  constraint apportionment_number_key unique (property_id, number),
  constraint apportionment_pool_fkey foreign key (property_id, pool_id) references pool (property_id, id),
  constraint apportionment_state_check check (state in ('done', 'cancelled')),
  constraint apportionment_period_check check (to_on > from_on),
  constraint apportionment_total_check check (total > 0 and total <= 1000000000000),
  constraint apportionment_weight_check check (weight > 0),
  constraint apportionment_sum_check check (billed >= 0 and own >= 0 and billed + own <= total and (exceptions > 0 or billed + own = total)),
  constraint apportionment_due_check check (due_on >= issued_on),
  constraint apportionment_once exclude using gist
    (property_id with =, pool_id with =, daterange(from_on, to_on) with &&) where (state = 'done')
);
create index apportionment_at on apportionment (property_id, at, id);
comment on constraint apportionment_pkey on apportionment is 'id: this was shared out already';
comment on constraint apportionment_property_id_fkey on apportionment is 'property: there is no such property';
comment on constraint apportionment_number_key on apportionment is 'number: another one has this number';
comment on constraint apportionment_pool_fkey on apportionment is 'code: there is no such pool';
comment on constraint apportionment_state_check on apportionment is 'state: done or cancelled';
comment on constraint apportionment_period_check on apportionment is 'to: must be a day after the first day';
comment on constraint apportionment_total_check on apportionment is 'amount_minor: more than nothing, and not more than a line may be';
comment on constraint apportionment_weight_check on apportionment is 'code: nobody has a weight';
comment on constraint apportionment_sum_check on apportionment is 'amount_minor: the parts do not come to the total';
comment on constraint apportionment_due_check on apportionment is 'due: lies before the day of the bills';
comment on constraint apportionment_user_id_fkey on apportionment is 'user: there is no such person';
comment on constraint apportionment_once on apportionment is
  'month: the pool was shared out then already; `apportion list` shows it, `apportion cancel` takes it back';
select wall('apportionment', 'select, insert, update (bills, billed, exceptions, state, version)');

-- What the meters counted. What lies behind a meter of which the rest is shared counts against it.
create table apportionment_meter (
  property_id      int not null,
  apportionment_id uuid not null,
  meter_id         uuid not null,
  behind           boolean not null,
  usage            numeric not null,
  estimated        boolean not null,
  primary key (property_id, apportionment_id, meter_id),
  constraint apportionment_meter_of_fkey foreign key (property_id, apportionment_id) references apportionment (property_id, id),
  constraint apportionment_meter_meter_fkey foreign key (property_id, meter_id) references meter (property_id, id)
);
comment on constraint apportionment_meter_pkey on apportionment_meter is 'meter: it is counted already';
comment on constraint apportionment_meter_of_fkey on apportionment_meter is 'run: there is no such apportionment';
comment on constraint apportionment_meter_meter_fkey on apportionment_meter is 'meter: there is no such meter at this property';
select wall('apportionment_meter', 'select, insert');
select keep_append_only('apportionment_meter');

-- What a place was reckoned by, for each span of days in which nothing about it changed. 'measure' is its area, its people, its
-- share or its key, 'weight' the measure times the days. What nobody could be billed for has a code and says why.
create table apportionment_part (
  property_id      int not null,
  apportionment_id uuid not null,
  line             int not null,
  id               uuid not null,
  place_id         uuid not null,
  party_id         uuid,
  from_on          date not null,
  to_on            date not null,
  vacant           boolean not null,
  bearer           text not null,
  measure          numeric,
  weight           numeric not null,
  amount           bigint not null,
  note             text,
  code             text,
  sentence         text,
  primary key (property_id, apportionment_id, line),
  constraint apportionment_part_id_key unique (property_id, id),
  constraint apportionment_part_of_fkey foreign key (property_id, apportionment_id) references apportionment (property_id, id),
  constraint apportionment_part_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint apportionment_part_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint apportionment_part_period_check check (to_on > from_on),
  constraint apportionment_part_bearer_check check (bearer in ('customer', 'owner', 'property', 'others')),
  constraint apportionment_part_amount_check check (amount >= 0 and (weight > 0 or amount = 0)),
  constraint apportionment_part_code_check check ((code is null) = (sentence is null) and (code is null or party_id is null))
);
create index apportionment_part_place on apportionment_part (property_id, place_id, from_on);
comment on constraint apportionment_part_pkey on apportionment_part is 'line: it is there already';
comment on constraint apportionment_part_id_key on apportionment_part is 'id: it is there already';
comment on constraint apportionment_part_of_fkey on apportionment_part is 'run: there is no such apportionment';
comment on constraint apportionment_part_place_fkey on apportionment_part is 'place: there is no such place at this property';
comment on constraint apportionment_part_party_fkey on apportionment_part is 'party: there is no such customer at this property';
comment on constraint apportionment_part_period_check on apportionment_part is 'to: must be a day after the first day';
comment on constraint apportionment_part_bearer_check on apportionment_part is 'payer: customer, owner, property or others';
comment on constraint apportionment_part_amount_check on apportionment_part is 'amount_minor: nothing or more, and nothing without a weight';
comment on constraint apportionment_part_code_check on apportionment_part is 'party: what is billed is no exception';
select wall('apportionment_part', 'select, insert, update (party_id, code, sentence)');

insert into approval_kind (kind, label, roles) values
  ('apportion_cancel', 'to take back an apportionment', '{manager,finance}');
