-- More ways to charge: a fixed amount, by a meter, by a meter in blocks, a percentage of another item; rents that rise.

-- 'fixed': one amount for a place, of its own where the standard has none. 'metered' and 'tiered': by the meters of 'utility' at
-- the place; 'missing' says what becomes of a period nobody read them for. 'percent': of what is charged for another item.
alter table standard
  drop constraint standard_basis_check,
  add column utility    text references meter_utility (utility),
  add column missing    text,
  add column of_item_id uuid,
  add constraint standard_basis_check check (basis in ('gross_area', 'usable_area', 'unit', 'fixed', 'metered', 'tiered', 'percent', 'formula')),
  add constraint standard_of_item_fkey foreign key (property_id, of_item_id) references charge_item (property_id, id),
  add constraint standard_missing_check check (missing in ('estimate', 'exception')),
  add constraint standard_metered_check check ((basis in ('metered', 'tiered')) = (utility is not null) and (utility is null) = (missing is null)),
  add constraint standard_percent_check check ((basis = 'percent') = (of_item_id is not null)),
  add constraint standard_of_itself_check check (of_item_id <> item_id);
comment on constraint standard_basis_check on standard is 'basis: gross_area, usable_area, unit, fixed, metered, tiered, percent or formula';
comment on constraint standard_utility_fkey on standard is 'utility: there is no such utility; `meter utilities` lists them';
comment on constraint standard_of_item_fkey on standard is 'of: there is no such item';
comment on constraint standard_missing_check on standard is 'missing: estimate or exception';
comment on constraint standard_metered_check on standard is 'utility: only a standard by a meter has a utility, and it needs one';
comment on constraint standard_percent_check on standard is 'of: only a percentage is one of another item, and it needs one';
comment on constraint standard_of_itself_check on standard is 'of: a percentage is one of another item than its own';

-- Blocks: where each begins, what a unit in it costs; anew each month or each year.
alter table standard_rate
  drop constraint standard_rate_one_check,
  add column block_above numeric(14, 3)[],
  add column block_rate  numeric(18, 6)[],
  add column block_per   text,
  add constraint standard_rate_one_check check (num_nonnulls(rate, formula, block_rate) = 1),
  add constraint standard_rate_block_check check (
    num_nonnulls(block_above, block_rate, block_per) in (0, 3) and coalesce(cardinality(block_above) = cardinality(block_rate), true)),
  add constraint standard_rate_per_check check (block_per in ('month', 'year'));
comment on constraint standard_rate_one_check on standard_rate is 'rate: a rate, or blocks, or a formula';
comment on constraint standard_rate_block_check on standard_rate is 'block: every block has a beginning and a rate';
comment on constraint standard_rate_per_check on standard_rate is 'per: month or year';

-- A rent that rises from its first day on, every so many months, by percent (compound) or by an amount in minor units.
alter table assignment
  add column step_months  int,
  add column step_percent numeric(9, 6),
  add column step_amount  bigint,
  add constraint assignment_step_check check (
    (step_months is null) = (num_nonnulls(step_percent, step_amount) = 0) and num_nonnulls(step_percent, step_amount) <= 1
    and (step_months is null or rate > 0)),
  add constraint assignment_step_months_check check (step_months between 1 and 1200),
  add constraint assignment_step_percent_check check (step_percent between -100 and 100);
comment on constraint assignment_step_check on assignment is 'step_months: a rent that rises has a rate, months, and either a percentage or an amount';
comment on constraint assignment_step_months_check on assignment is 'step_months: 1 to 1200';
comment on constraint assignment_step_percent_check on assignment is 'step_percent: -100 to 100';
