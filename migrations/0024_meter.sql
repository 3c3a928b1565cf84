-- Meters: what is counted where, the devices that count it one after the other, and what was read of them.

-- What can be counted. A reading is doubtful if the use since the one before lies outside low to high percent of the use until
-- then, and more than 'slack' units away from it.
create table meter_utility (
  utility  text primary key,
  name     text not null,
  unit     text not null,
  low_pct  int not null,
  high_pct int not null,
  slack    numeric(12, 3) not null,
  constraint meter_utility_utility_check check (utility ~ '^[a-z][a-z_]{0,31}$'),
  constraint meter_utility_range_check check (low_pct between 0 and 100 and high_pct >= 100 and slack >= 0)
);
comment on constraint meter_utility_pkey on meter_utility is 'utility: it is on the list already';
comment on constraint meter_utility_utility_check on meter_utility is 'utility: a word of small letters';
comment on constraint meter_utility_range_check on meter_utility is 'low_pct: 0 to 100; the highest 100 or more';
insert into meter_utility (utility, name, unit, low_pct, high_pct, slack) values
  ('water',       'cold water',  'm3',  25, 300, 5),
  ('hot_water',   'hot water',   'm3',  25, 300, 5),
  ('electricity', 'electricity', 'kWh', 25, 300, 100),
  ('gas',         'gas',         'm3',  10, 500, 20),
  ('heat',        'heat',        'kWh', 10, 500, 200);
grant select on meter_utility to steward_app;

-- A metering point. 'near_days': a reading stands for its day and so many days after it. 'master_id': the meter all of its
-- use goes through first.
create table meter (
  property_id  int not null references property (id),
  id           uuid not null,
  number       text collate "C" not null,
  kind         text not null,
  utility      text not null references meter_utility (utility),
  place_id     uuid not null,
  master_id    uuid,
  near_days    int not null default 7,
  note         text,
  installed_on date not null,
  removed_on   date,
  version      int not null default 1,
  changed_at   timestamptz not null default now(),
  primary key (property_id, id),
  constraint meter_number_key unique (property_id, number),
  constraint meter_utility_key unique (property_id, id, utility),
  constraint meter_place_fkey foreign key (property_id, place_id) references place (property_id, id),
  constraint meter_master_fkey foreign key (property_id, master_id, utility) references meter (property_id, id, utility),
  constraint meter_kind_check check (kind in ('unit', 'common', 'master')),
  constraint meter_master_check check (master_id <> id),
  constraint meter_near_check check (near_days between 0 and 31),
  constraint meter_note_check check (btrim(note) <> '' and length(note) <= 200),
  constraint meter_removed_check check (removed_on >= installed_on)
);
create index meter_place on meter (property_id, place_id, utility);
create index meter_master on meter (property_id, master_id) where master_id is not null;
comment on constraint meter_pkey on meter is 'id: this meter has been added already';
comment on constraint meter_property_id_fkey on meter is 'property: there is no such property';
comment on constraint meter_number_key on meter is 'number: another meter has this number';
comment on constraint meter_utility_key on meter is 'id: this meter has been added already';
comment on constraint meter_utility_fkey on meter is 'utility: there is no such utility; `meter utilities` lists them';
comment on constraint meter_place_fkey on meter is 'place: there is no such place at this property';
comment on constraint meter_master_fkey on meter is 'master: a meter''s master counts the same utility';
comment on constraint meter_kind_check on meter is 'kind: unit, common or master';
comment on constraint meter_master_check on meter is 'master: a meter is not behind itself';
comment on constraint meter_near_check on meter is 'near_days: 0 to 31';
comment on constraint meter_note_check on meter is 'note: up to 200 characters';
comment on constraint meter_removed_check on meter is 'on: lies before the day it was installed';
select wall('meter');

-- The device at a metering point from a day to another: it shows 'digits' digits before the point and then begins with 0 again;
-- what it shows times 'factor' is the use in the unit of the utility (the ratio of its transformer).
create table meter_dial (
  property_id int not null,
  id          uuid not null,
  meter_id    uuid not null,
  seq         int not null,
  serial      text,
  digits      int not null,
  factor      numeric(12, 6) not null default 1,
  from_on     date not null,
  to_on       date,
  version     int not null default 1,
  primary key (property_id, id),
  constraint meter_dial_seq_key unique (property_id, meter_id, seq),
  constraint meter_dial_of_key unique (property_id, id, meter_id, seq),
  constraint meter_dial_meter_fkey foreign key (property_id, meter_id) references meter (property_id, id),
  constraint meter_dial_serial_check check (serial ~ '^\S(.{0,38}\S)?$' and serial !~ '[[:cntrl:]]'),
  constraint meter_dial_digits_check check (digits between 3 and 10),
  constraint meter_dial_factor_check check (factor > 0 and factor <= 100000),
  constraint meter_dial_to_check check (to_on >= from_on)
);
create unique index meter_dial_now on meter_dial (property_id, meter_id) where to_on is null;
create index meter_dial_serial on meter_dial (property_id, upper(serial)) where serial is not null;
comment on constraint meter_dial_pkey on meter_dial is 'id: this has been installed already';
comment on constraint meter_dial_seq_key on meter_dial is 'meter: changed meanwhile; try again';
comment on constraint meter_dial_of_key on meter_dial is 'meter: changed meanwhile; try again';
comment on constraint meter_dial_meter_fkey on meter_dial is 'meter: there is no such meter';
comment on constraint meter_dial_serial_check on meter_dial is 'serial: up to 40 characters of one line';
comment on constraint meter_dial_digits_check on meter_dial is 'digits: 3 to 10 digits before the point';
comment on constraint meter_dial_factor_check on meter_dial is 'factor: above 0, up to 100000';
comment on constraint meter_dial_to_check on meter_dial is 'on: lies before the day it was installed';
comment on index meter_dial_now is 'meter: a device is in use there; replace it';
select wall('meter_dial', 'select, insert, update (to_on, version)');

-- What a device showed at the beginning of a day. Never changed: a wrong one is struck with a reason, and the right one names it.
-- 'turns': how often it had gone over its highest number since it was installed. A reading has three digits after the point; an
-- estimate nine, so that times any factor it is the use it stands for, to three digits.
create table meter_reading (
  property_id int not null,
  id          uuid not null,
  meter_id    uuid not null,
  dial_id     uuid not null,
  seq         int not null,
  read_on     date not null,
  value       numeric(20, 9) not null,
  turns       int not null default 0,
  kind        text not null,
  doubtful    boolean not null default false,
  source      text not null,
  note        text,
  corrects_id uuid,
  user_id     uuid references app_user (id),
  at          timestamptz not null default now(),
  struck_at   timestamptz,
  struck_by   uuid references app_user (id),
  struck_why  text,
  version     int not null default 1,
  primary key (property_id, id),
  constraint meter_reading_dial_fkey foreign key (property_id, dial_id, meter_id, seq) references meter_dial (property_id, id, meter_id, seq),
  constraint meter_reading_corrects_fkey foreign key (property_id, corrects_id) references meter_reading (property_id, id),
  constraint meter_reading_value_check check (value >= 0 and value < 10000000000),
  constraint meter_reading_turns_check check (turns between 0 and 1000),
  constraint meter_reading_kind_check check (kind in ('first', 'read', 'estimate', 'final', 'final_estimate')),
  constraint meter_reading_source_check check (source in ('desk', 'file', 'billing')),
  constraint meter_reading_note_check check (btrim(note) <> '' and length(note) <= 200),
  constraint meter_reading_struck_check check ((struck_at is null) = (coalesce(btrim(struck_why), '') = ''))
);
create unique index meter_reading_day on meter_reading (property_id, meter_id, seq, read_on) where struck_at is null;
create index meter_reading_at on meter_reading (property_id, at, id);
comment on constraint meter_reading_pkey on meter_reading is 'id: this reading has been entered already';
comment on constraint meter_reading_dial_fkey on meter_reading is 'meter: there is no such meter';
comment on constraint meter_reading_corrects_fkey on meter_reading is 'reading: there is no such reading';
comment on constraint meter_reading_value_check on meter_reading is 'value: 0 or more, with up to 3 digits after the point';
comment on constraint meter_reading_turns_check on meter_reading is 'rollover: too many times';
comment on constraint meter_reading_kind_check on meter_reading is 'kind: first, read, estimate, final or final_estimate';
comment on constraint meter_reading_source_check on meter_reading is 'source: desk, file or billing';
comment on constraint meter_reading_note_check on meter_reading is 'note: up to 200 characters';
comment on constraint meter_reading_struck_check on meter_reading is 'why: say why it is struck';
comment on constraint meter_reading_user_id_fkey on meter_reading is 'user: there is no such person';
comment on constraint meter_reading_struck_by_fkey on meter_reading is 'user: there is no such person';
comment on index meter_reading_day is 'on: there is a reading of this day; correct that one';
select wall('meter_reading', 'select, insert, update (struck_at, struck_by, struck_why, version)');

-- What was charged by a meter, by whom ('charge_line', or what else shares out its use): nothing that is read later may change it
-- unseen. 'span': the period that was reckoned as a whole, of which this is a part. 'released_at': it was taken back.
create table meter_charge (
  property_id int not null,
  id          uuid not null,
  meter_id    uuid not null,
  span_from   date not null,
  span_to     date not null,
  from_on     date not null,
  to_on       date not null,
  usage       numeric(24, 9) not null,
  estimated   boolean not null,
  entity      text not null,
  entity_id   uuid not null,
  released_at timestamptz,
  primary key (property_id, id),
  constraint meter_charge_meter_fkey foreign key (property_id, meter_id) references meter (property_id, id),
  constraint meter_charge_days_check check (from_on >= span_from and to_on <= span_to and to_on > from_on),
  constraint meter_charge_usage_check check (usage >= 0)
);
create index meter_charge_meter on meter_charge (property_id, meter_id, to_on);
create index meter_charge_entity on meter_charge (property_id, entity_id);
comment on constraint meter_charge_pkey on meter_charge is 'id: this has been charged already';
comment on constraint meter_charge_meter_fkey on meter_charge is 'meter: there is no such meter';
comment on constraint meter_charge_days_check on meter_charge is 'to: must be a day after the first day, within the period';
comment on constraint meter_charge_usage_check on meter_charge is 'usage: 0 or more';
select wall('meter_charge', 'select, insert, update (released_at)');
