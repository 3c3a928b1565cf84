-- What is charged regularly: standards with their rates, and which places they are assigned to, in batches.

-- 'basis' is what the rate is multiplied with, or that a formula says it all. 'payer': who holds the lease or else owns the
-- place, or always the owner. In advance: the bill of a month is for that month, else for what has passed by its end.
create table standard (
  property_id int not null references property (id),
  id          uuid not null,
  code        text collate "C" not null,
  name        text not null,
  item_id     uuid not null,
  basis       text not null,
  cycle       text not null default 'monthly',
  payer       text not null default 'customer',
  rounding    text not null default 'half_up',
  round_to    int not null default 1,
  closed_on   date,
  version     int not null default 1,
  primary key (property_id, id),
  constraint standard_code_key unique (property_id, code),
  constraint standard_item_fkey foreign key (property_id, item_id) references charge_item (property_id, id),
  constraint standard_code_check check (code ~ '^[A-Z0-9][A-Z0-9-]{0,31}$'),
  constraint standard_name_check check (btrim(name) <> '' and length(name) <= 100 and name !~ '[[:cntrl:]]'),
  constraint standard_basis_check check (basis in ('gross_area', 'usable_area', 'unit', 'formula')),
  constraint standard_cycle_check check (cycle in ('monthly', 'quarterly', 'half_yearly', 'yearly')),
  constraint standard_payer_check check (payer in ('customer', 'owner')),
  constraint standard_rounding_check check (rounding in ('half_up', 'up', 'down')),
  constraint standard_round_to_check check (round_to in (1, 10, 100))
);
comment on constraint standard_pkey on standard is 'id: this standard has been added already';
comment on constraint standard_property_id_fkey on standard is 'property: there is no such property';
comment on constraint standard_code_key on standard is 'code: another standard has this code';
comment on constraint standard_item_fkey on standard is 'item: there is no such item';
comment on constraint standard_code_check on standard is 'code: up to 32 capital letters, digits and hyphens';
comment on constraint standard_name_check on standard is 'name: one line of up to 100 characters';
comment on constraint standard_basis_check on standard is 'basis: gross_area, usable_area, unit or formula';
comment on constraint standard_cycle_check on standard is 'cycle: monthly, quarterly, half_yearly or yearly';
comment on constraint standard_payer_check on standard is 'payer: customer or owner';
comment on constraint standard_rounding_check on standard is 'rounding: half_up, up or down';
comment on constraint standard_round_to_check on standard is 'round_to: 1, 10 or 100 minor units';
select wall('standard');

-- Of a month, whatever the cycle: 2.80 a square metre, 300 a space. From a day to the day before another; a change is a new
-- row. Exact to a millionth of the currency.
create table standard_rate (
  property_id int not null,
  id          uuid not null,
  standard_id uuid not null,
  rate        numeric(18, 6),
  formula     text,
  from_on     date not null,
  to_on       date,
  set_at      timestamptz not null default now(),
  set_by      uuid references app_user (id),
  replaced_at timestamptz,
  version     int not null default 1,
  primary key (property_id, id),
  constraint standard_rate_standard_fkey foreign key (property_id, standard_id) references standard (property_id, id),
  constraint standard_rate_rate_check check (rate >= 0 and rate <= 1000000),
  constraint standard_rate_one_check check (num_nonnulls(rate, formula) = 1),
  constraint standard_rate_to_check check (to_on > from_on),
  constraint standard_rate_no_double exclude using gist
    (property_id with =, standard_id with =, daterange(from_on, to_on) with &&) where (replaced_at is null)
);
comment on constraint standard_rate_pkey on standard_rate is 'id: this rate has been set already';
comment on constraint standard_rate_standard_fkey on standard_rate is 'standard: there is no such standard';
comment on constraint standard_rate_rate_check on standard_rate is 'rate: 0 to 1000000';
comment on constraint standard_rate_one_check on standard_rate is 'rate: a rate, or a formula where the basis is formula';
comment on constraint standard_rate_to_check on standard_rate is 'to: must be a day after the first day';
comment on constraint standard_rate_no_double on standard_rate is 'from: the standard has another rate then';
comment on constraint standard_rate_set_by_fkey on standard_rate is 'user: there is no such person';
select wall('standard_rate', 'select, insert, update (to_on, replaced_at, version)');

-- Assignments that were made together, so that a wrong lot is cancelled together.
create table assignment_batch (
  property_id  int not null references property (id),
  id           uuid not null,
  number       text collate "C" not null,
  standard_id  uuid not null,
  note         text,
  made_by      uuid not null references app_user (id),
  made_at      timestamptz not null default now(),
  cancelled_by uuid references app_user (id),
  cancelled_at timestamptz,
  version      int not null default 1,
  primary key (property_id, id),
  constraint assignment_batch_number_key unique (property_id, number),
  constraint assignment_batch_standard_fkey foreign key (property_id, standard_id) references standard (property_id, id)
);
create index assignment_batch_at on assignment_batch (property_id, made_at, id);
comment on constraint assignment_batch_pkey on assignment_batch is 'id: this has been assigned already';
comment on constraint assignment_batch_property_id_fkey on assignment_batch is 'property: there is no such property';
comment on constraint assignment_batch_number_key on assignment_batch is 'number: another batch has this number';
comment on constraint assignment_batch_standard_fkey on assignment_batch is 'standard: there is no such standard';
comment on constraint assignment_batch_made_by_fkey on assignment_batch is 'user: there is no such person';
comment on constraint assignment_batch_cancelled_by_fkey on assignment_batch is 'user: there is no such person';
select wall('assignment_batch');

-- A standard at a place, for a time. 'party_id': somebody else pays than who holds the place. 'rate': of this place alone; a
-- rate of 0 is an exemption and says why.
create table assignment (
  property_id  int not null,
  id           uuid not null,
  batch_id     uuid not null,
  standard_id  uuid not null,
  place_id     uuid not null,
  party_id     uuid,
  from_on      date not null,
  to_on        date,
  rate         numeric(18, 6),
  reason       text,
  cancelled_at timestamptz,
  version      int not null default 1,
  primary key (property_id, id),
  constraint assignment_batch_fkey foreign key (property_id, batch_id) references assignment_batch (property_id, id),
  constraint assignment_standard_fkey foreign key (property_id, standard_id) references standard (property_id, id),
  constraint assignment_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint assignment_party_fkey foreign key (property_id, party_id) references party (property_id, id),
  constraint assignment_to_check check (to_on > from_on),
  constraint assignment_rate_check check (rate >= 0 and rate <= 1000000),
  constraint assignment_reason_check check (rate is distinct from 0 or coalesce(btrim(reason), '') <> ''),
  constraint assignment_no_double exclude using gist
    (property_id with =, standard_id with =, place_id with =, daterange(from_on, to_on) with &&) where (cancelled_at is null)
);
create index assignment_place on assignment (property_id, place_id) where cancelled_at is null;
create index assignment_batch_of on assignment (property_id, batch_id);
comment on constraint assignment_pkey on assignment is 'id: this has been assigned already';
comment on constraint assignment_batch_fkey on assignment is 'batch: there is no such batch';
comment on constraint assignment_standard_fkey on assignment is 'standard: there is no such standard';
comment on constraint assignment_place_fkey on assignment is 'place: there is no such place at this property';
comment on constraint assignment_party_fkey on assignment is 'party: there is no such customer at this property';
comment on constraint assignment_to_check on assignment is 'to: must be a day after the first day';
comment on constraint assignment_rate_check on assignment is 'rate: 0 to 1000000';
comment on constraint assignment_reason_check on assignment is 'why: say why nothing is charged';
comment on constraint assignment_no_double on assignment is 'place: the standard is assigned to it then already';
select wall('assignment', 'select, insert, update (to_on, cancelled_at, version)');

-- Charged spans of an assignment are found by it.
alter table charge_line
  add constraint charge_line_assignment_fkey foreign key (property_id, assignment_id) references assignment (property_id, id);
comment on constraint charge_line_assignment_fkey on charge_line is 'assignment: there is no such assignment';
