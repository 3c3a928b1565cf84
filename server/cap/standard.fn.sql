-- Charge standards: what is charged regularly, at which rate, for which places.

-- "0: 0.4883, 2880: 0.5383".
create function blocks_text(p_above numeric[], p_rates numeric[]) returns text language sql immutable parallel safe as $$
  select string_agg(trim_scale(a) || ': ' || trim_scale(r), ', ' order by a) from unnest(p_above, p_rates) u (a, r)
$$;

create view standard_card with (security_invoker = true) as
select s.id, s.property_id, y.code as property, s.code, s.name, i.code as item, s.basis, s.cycle, s.payer, s.rounding, s.round_to,
       s.utility, s.missing, (select o.code from charge_item o where o.property_id = s.property_id and o.id = s.of_item_id) as of,
       trim_scale(r.rate)::text as rate, r.formula, blocks_text(r.block_above, r.block_rate) as blocks, r.block_per as per,
       r.from_on::text as "from", r.to_on::text as "to", y.currency, s.closed_on::text as closed,
       (select count(*)::int from assignment a where a.property_id = s.property_id and a.standard_id = s.id and a.cancelled_at is null
           and (a.to_on is null or a.to_on > today(y.zone))) as places, s.code as number, s.version
  from standard s
  join property y on y.id = s.property_id
  join charge_item i on i.property_id = s.property_id and i.id = s.item_id
  left join lateral (select x.* from standard_rate x
                      where x.property_id = s.property_id and x.standard_id = s.id and x.replaced_at is null
                      order by x.from_on <= today(y.zone) and (x.to_on is null or x.to_on > today(y.zone)) desc, x.from_on desc limit 1) r on true;
create function standard_card(p_property int, p_id uuid) returns setof standard_card language plpgsql volatile rows 1 as
$$ begin return query select * from standard_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on standard_card to steward_app;

create function standard_of(p_property int, p_code text) returns standard language plpgsql stable as $$
declare
  s standard;
begin
  select * into s from standard x where x.property_id = p_property and x.code = upper(btrim(p_code));
  if s.id is null then
    perform refuse('STNOF', 'STANDARD_UNKNOWN', 'code', format('no standard %s at %s; `standard list` shows them', upper(btrim(p_code)),
                                                              property_codes(array[p_property])));
  end if;
  return s;
end $$;

-- What a new standard is told, as text. 'rate', 'formula' and 'block' are what it costs, one of them.
create type standard_input as (
  code text, name text, item text, basis text, cycle text, payer text, rounding text, round_to int, utility text, missing text, "of" text,
  rate text, formula text, block text[], per text, "from" text
);

-- What a standard becomes by what is given; what is not given stays.
create function standard_with(p_property int, s standard, r standard_input) returns standard language plpgsql stable as $$
begin
  s.name := coalesce(nullif(btrim(r.name), ''), s.name);
  s.item_id := coalesce((select i.id from charge_item_of(p_property, r.item, '-infinity') i where r.item is not null), s.item_id);
  s.basis := coalesce(r.basis, s.basis);
  s.cycle := coalesce(r.cycle, s.cycle, 'monthly');
  s.payer := coalesce(r.payer, s.payer, 'customer');
  s.rounding := coalesce(r.rounding, s.rounding, 'half_up');
  s.round_to := coalesce(r.round_to, s.round_to, 1);
  s.utility := case when s.basis in ('metered', 'tiered') or r.utility is not null then coalesce(r.utility, s.utility) end;
  s.missing := case when s.utility is not null or r.missing is not null then coalesce(r.missing, s.missing, 'exception') end;
  s.of_item_id := case when s.basis = 'percent' or r."of" is not null
                       then coalesce((select i.id from charge_item_of(p_property, r."of", '-infinity') i where r."of" is not null), s.of_item_id) end;
  return s;
end $$;

-- What a new standard has to be told.
create function standard_complete(r standard_input) returns void language plpgsql stable as $$
begin
  perform refuse('STINV', 'REQUIRED', x.field, format('%s is new: say its %s', upper(btrim(r.code)), x.field))
     from (values (1, 'name', r.name), (2, 'item', r.item), (3, 'basis', r.basis),
                  (4, 'utility', case when r.basis in ('metered', 'tiered') then r.utility else '-' end),
                  (5, 'of', case when r.basis = 'percent' then r."of" else '-' end),
                  (6, case r.basis when 'tiered' then 'block' when 'formula' then 'formula' else 'rate' end,
                   case when r.basis = 'fixed' then '-' else coalesce(r.rate, r.formula, r.block[1]) end)) x (o, field, value)
    where x.value is null order by x.o limit 1;
end $$;

-- A standard and what it costs from a day on. What was charged by it keeps it explicable: item, basis, cycle and payer, and what it
-- is counted or reckoned by, stay once something was billed by it.
create function standard_set(p_property int, p_key uuid, p_user uuid, r standard_input) returns uuid language plpgsql volatile as $$
declare
  s standard;
  n standard;
begin
  perform pg_advisory_xact_lock(p_property, hashtext('standard ' || upper(btrim(r.code))));
  select * into s from standard x where x.property_id = p_property and x.code = upper(btrim(r.code)) for update;
  n := standard_with(p_property, s, r);
  if s.id is null then
    perform standard_complete(r);
    insert into standard (property_id, id, code, name, item_id, basis, cycle, payer, rounding, round_to, utility, missing, of_item_id)
    values (p_property, p_key, upper(btrim(r.code)), n.name, n.item_id, n.basis, n.cycle, n.payer, n.rounding, n.round_to, n.utility, n.missing,
            n.of_item_id);
    n.id := p_key;
  elsif (s.item_id, s.basis, s.cycle, s.payer, s.utility, s.of_item_id) is distinct from (n.item_id, n.basis, n.cycle, n.payer, n.utility, n.of_item_id)
        and exists (select from assignment a join charge_line l on l.property_id = a.property_id and l.assignment_id = a.id
                     where a.property_id = p_property and a.standard_id = s.id) then
    perform refuse('STPRE', 'STANDARD_IN_USE', 'code',
                   format('something was billed by %s: its item, basis, cycle and payer, utility and what it is a percentage of stay; make another standard',
                          s.code));
  else
    update standard x
       set name = n.name, item_id = n.item_id, basis = n.basis, cycle = n.cycle, payer = n.payer, rounding = n.rounding, round_to = n.round_to,
           utility = n.utility, missing = n.missing, of_item_id = n.of_item_id, version = s.version + 1
     where x.property_id = p_property and x.id = s.id;
  end if;
  if num_nonnulls(r.rate, r.formula) > 0 or coalesce(cardinality(r.block), 0) > 0 then
    perform standard_rate_set(p_property, n.id, p_key, p_user, n.basis, r);
  end if;
  return n.id;
end $$;

-- "2.80": a rate, exact to a millionth.
create function to_rate(t text, field text) returns numeric language plpgsql immutable parallel safe as $$
begin
  if t is null then
    return null;
  elsif norm(t) !~ '^\d{1,7}(\.\d{1,6})?$' then
    perform refuse('STINV', 'RATE', field, format('%s is no rate: write 2.80, with up to 6 digits after the point', quote_literal(t)));
  end if;
  return norm(t)::numeric;
end $$;

-- "0=0.4883", "2880=0.5383": blocks, each with where it begins and what a unit in it costs.
create function standard_blocks(p_block text[], out above numeric[], out rates numeric[]) language plpgsql immutable as $$
declare
  b text;
begin
  foreach b in array coalesce(p_block, '{}') loop
    if norm(b) !~ '^\d{1,9}(\.\d{1,3})?=\d{1,7}(\.\d{1,6})?$' then
      perform refuse('STINV', 'BLOCK', 'block', format('%s is no block: write 2880=0.5383, where it begins and what a unit in it costs', quote_literal(b)));
    end if;
    above := above || split_part(norm(b), '=', 1)::numeric;
    rates := rates || split_part(norm(b), '=', 2)::numeric;
  end loop;
  if above is not null then
    perform tariff_blocks(above, rates);
  end if;
end $$;

-- What it costs is said as the basis wants it.
create function standard_costs(p_basis text, r standard_input) returns void language plpgsql stable as $$
declare
  wanted constant text := case p_basis when 'formula' then 'formula' when 'tiered' then 'block' else 'rate' end;
  blocks constant boolean := coalesce(cardinality(r.block), 0) > 0;
begin
  if (wanted = 'formula') <> (r.formula is not null) or (wanted = 'block') <> blocks or (wanted = 'rate') <> (r.rate is not null) then
    perform refuse('STINV', 'RATE_OR_FORMULA', wanted,
                   case wanted when 'formula' then 'a standard of this basis has a formula'
                               when 'block' then 'a standard of this basis has blocks: --block 0=0.4883 --block 2880=0.5383'
                               else 'a standard of this basis has a rate; formulas and blocks belong to those of the basis formula and tiered' end);
  elsif blocks and r.per is null then
    perform refuse('STINV', 'REQUIRED', 'per', 'say whether the blocks begin anew each month or each year');
  elsif r.per is not null and not blocks then
    perform refuse('STINV', 'PER', 'per', 'only blocks begin anew each month or year');
  elsif r.formula is not null then
    perform formula_compile(r.formula, standard_names());
  end if;
end $$;

-- A rate from a day on: the one before ends then, one that was to begin then or later is replaced.
create function standard_rate_set(p_property int, p_standard uuid, p_id uuid, p_user uuid, p_basis text, r standard_input)
returns void language plpgsql volatile as $$
declare
  first constant date := coalesce(to_day(r."from", 'from'),
                                  (select date_trunc('month', today(y.zone)::timestamp)::date from property y where y.id = p_property));
  price constant numeric := to_rate(r.rate, 'rate');
  blocks constant record := standard_blocks(r.block);
  billed date;
begin
  perform standard_costs(p_basis, r);
  if exists (select from standard_rate x
              where x.property_id = p_property and x.standard_id = p_standard and x.replaced_at is null and x.from_on <= first and x.to_on is null
                and x.rate is not distinct from price and x.formula is not distinct from nullif(btrim(r.formula), '')
                and (x.block_above, x.block_rate, x.block_per) is not distinct from (blocks.above, blocks.rates, r.per)) then
    return; -- so it is already
  end if;
  select max(l.to_on) into billed from assignment a join charge_line l on l.property_id = a.property_id and l.assignment_id = a.id
   where a.property_id = p_property and a.standard_id = p_standard and a.rate is null and not l.cancelled;
  if billed > first then
    perform refuse('STPRE', 'RATE_BILLED', 'from', format('it is billed up to %s: a rate begins on %s or later', billed - 1, billed));
  end if;
  update standard_rate x
     set replaced_at = case when x.from_on >= first then now() end, to_on = case when x.from_on < first then first else x.to_on end,
         version = x.version + 1
   where x.property_id = p_property and x.standard_id = p_standard and x.replaced_at is null and (x.to_on is null or x.to_on > first);
  insert into standard_rate (property_id, id, standard_id, rate, formula, block_above, block_rate, block_per, from_on, set_by)
  values (p_property, p_id, p_standard, price, nullif(btrim(r.formula), ''), blocks.above, blocks.rates, r.per, first, p_user);
end $$;

-- What a line by a standard is a quantity of, and what its price is one of; see charge_line.
create function standard_unit(s standard, out unit text, out per text) language plpgsql stable as $$
begin
  unit := case when s.basis in ('gross_area', 'usable_area') then 'm2'
               when s.utility is not null then (select u.unit from meter_utility u where u.utility = s.utility)
               when s.basis = 'percent' then (select y.currency from property y where y.id = s.property_id) end;
  per := case when s.basis in ('gross_area', 'usable_area', 'unit', 'fixed') then 'month' when s.basis = 'percent' then 'percent' end;
end $$;

-- What a formula of a standard may speak of.
create function standard_names() returns text[] language sql immutable parallel safe as
$$ select '{gross_area,usable_area,days,days_in_month}'::text[] $$;

-- Assignments ------------------------------------------------------------------------------------------------------------

create view batch_card with (security_invoker = true) as
select b.id, b.property_id, y.code as property, b.number, s.code as standard, n.places, n.from_on as "from", n.to_on as "to", b.note,
       case when b.cancelled_at is null then 'made' else 'cancelled' end as state, (select u.login from app_user u where u.id = b.made_by) as made_by,
       ts(b.made_at, y.zone) as made_at, (select u.login from app_user u where u.id = b.cancelled_by) as cancelled_by, b.version,
       (extract(epoch from b.made_at) * 1000000)::bigint || '~' || b.id as cursor
  from assignment_batch b
  join property y on y.id = b.property_id
  join standard s on s.property_id = b.property_id and s.id = b.standard_id
 cross join lateral (select count(*)::int as places, min(a.from_on)::text as from_on, max(a.to_on)::text as to_on
                       from assignment a where a.property_id = b.property_id and a.batch_id = b.id) n;
create function batch_card(p_property int, p_id uuid) returns setof batch_card language plpgsql volatile rows 1 as
$$ begin return query select * from batch_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on batch_card to steward_app;

-- What is said when a standard is assigned, as text. 'step_*': a rent that rises.
create type assign_input as (
  code text, place text, kind text, "from" text, "to" text, rate text, reason text, party text, note text, step_months int, step_percent text,
  step_amount bigint
);

-- May places have a rate of their own, or a rent that rises, by this standard?
create function assign_check(s standard, r assign_input, p_currency text, p_first date, p_last date) returns void language plpgsql stable as $$
declare
  price constant numeric := to_rate(r.rate, 'rate');
  minor constant numeric := price * ('1e' || currency_digits(p_currency))::numeric;
begin
  if s.closed_on <= p_first then
    perform refuse('STPRE', 'STANDARD_CLOSED', 'code', format('%s is closed since %s', s.code, s.closed_on));
  elsif s.basis = 'formula' and price is not null or s.basis = 'tiered' and price > 0 then
    perform refuse('STINV', 'RATE_OR_FORMULA', 'rate', format('%s is reckoned by %s: no place has a rate of its own', s.code,
                                                              case s.basis when 'formula' then 'a formula' else 'blocks' end));
  elsif s.basis = 'fixed' and price is null
        and not exists (select from standard_rate x where x.property_id = s.property_id and x.standard_id = s.id and x.replaced_at is null) then
    perform refuse('STINV', 'REQUIRED', 'rate', format('%s has no amount of its own: say the one of this place', s.code));
  elsif num_nonnulls(r.step_months, r.step_percent, r.step_amount) = 0 then
    return;
  elsif s.basis not in ('fixed', 'unit') or price is null or minor <> trunc(minor) then
    perform refuse('STINV', 'STEP', 'rate', 'a rent that rises begins with an amount of a month, and belongs to a standard of the basis fixed or unit');
  end if;
  perform assign_steps(s, r, minor::bigint, p_first, coalesce(p_last, (p_first + interval '10 years')::date));
end $$;

-- Refuses a rent that cannot rise as said, for the field that says it.
create function assign_steps(s standard, r assign_input, p_rent bigint, p_first date, p_last date) returns void language plpgsql stable as $$
declare
  reason text;
  field text;
  sentence text;
begin
  perform rent_steps(p_rent, p_first, p_last, r.step_months, to_percent(r.step_percent, 'percent'), r.step_amount, s.rounding, s.round_to);
exception when sqlstate 'STINV' then
  get stacked diagnostics reason = constraint_name, field = column_name, sentence = message_text;
  perform refuse('STINV', reason, case field when 'months' then 'step_months' when 'fixed' then 'step_amount_minor' else 'step_percent' end, sentence);
end $$;

-- "5", "-2.5": percent.
create function to_percent(t text, field text) returns numeric language plpgsql immutable parallel safe as $$
begin
  if nullif(btrim(t), '') is null then
    return null;
  elsif norm(t) !~ '^-?\d{1,3}(\.\d{1,6})?%?$' then
    perform refuse('STINV', 'PERCENT', field, format('%s is no percentage: write 5 or 2.5', quote_literal(t)));
  end if;
  return rtrim(norm(t), '%')::numeric;
end $$;

-- Assigns a standard to a place, or to all places of a kind below it, in one batch; those that have it then are passed over.
create function standard_assign(p_property int, p_key uuid, p_user uuid, r assign_input) returns uuid language plpgsql volatile as $$
declare
  s constant standard := standard_of(p_property, r.code);
  y constant property := (select x from property x where x.id = p_property);
  top uuid;
  payer uuid;
  first constant date := coalesce(to_day(r."from", 'from'), date_trunc('month', today(y.zone)::timestamp)::date);
  last constant date := to_day(r."to", 'to') + 1;
  n int;
begin
  select k.id into top from place_key(array[p_property], p_property, r.place) k;
  select k.id into payer from party_key(array[p_property], p_property, r.party) k;
  perform assign_check(s, r, y.currency, first, last);
  insert into assignment_batch (property_id, id, number, standard_id, note, made_by)
  values (p_property, p_key, 'AB-' || next_number(p_property, 'AB'), s.id, nullif(btrim(r.note), ''), p_user);
  insert into assignment (property_id, id, batch_id, standard_id, place_id, party_id, from_on, to_on, rate, reason, step_months, step_percent, step_amount)
  select p_property, uuid7(), p_key, s.id, p.id, payer, first, last, to_rate(r.rate, 'rate'), nullif(btrim(r.reason), ''), r.step_months,
         to_percent(r.step_percent, 'step_percent'), r.step_amount
    from place_below(p_property, top) b
    join place p on p.property_id = p_property and p.id = b.id
    join place_kind k on k.kind = p.kind
   where case when r.kind is null then p.id = top or k.kind = 'unit' else p.kind = r.kind end and k.holdable and p.closed_on is null
     and not exists (select from assignment a
                      where a.property_id = p_property and a.standard_id = s.id and a.place_id = p.id and a.cancelled_at is null
                        and daterange(a.from_on, a.to_on) && daterange(first, last))
   order by p.sort_key, p.id;
  get diagnostics n = row_count;
  if n = 0 then
    perform refuse('STPRE', 'NOTHING_TO_ASSIGN', 'place', format('no place there is without %s then', s.code));
  end if;
  return p_key;
end $$;

create function batch_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id from number_key('assignment_batch', p_scope, p_ref, 'there is no batch', 'BATCH', 'batch') k;
end $$;

-- Cancels a whole batch as if it had not been made; what was billed by it has to be credited first.
create function batch_cancel(p_scope int[], p_ref text, p_user uuid, out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := batch_key(p_scope, p_ref);
  b assignment_batch;
  billed int;
begin
  select * into b from assignment_batch x where x.property_id = k.property_id and x.id = k.id for update;
  if b.cancelled_at is not null then
    perform refuse('STPRE', 'BATCH_CANCELLED', 'batch', format('%s is cancelled already', b.number));
  end if;
  select count(*) into billed from assignment a join charge_line l on l.property_id = a.property_id and l.assignment_id = a.id
   where a.property_id = b.property_id and a.batch_id = b.id and not l.cancelled;
  if billed > 0 then
    perform refuse('STPRE', 'BATCH_BILLED', 'batch', format('%s lines were billed by %s: credit them first, or end the assignments', billed, b.number));
  end if;
  update assignment a set cancelled_at = now(), version = a.version + 1
   where a.property_id = b.property_id and a.batch_id = b.id and a.cancelled_at is null;
  update assignment_batch x set cancelled_at = now(), cancelled_by = p_user, version = b.version + 1
   where x.property_id = b.property_id and x.id = b.id;
  property_id := b.property_id;
  id := b.id;
end $$;

-- Ends what is assigned to a place from a day on.
create function standard_end(p_property int, p_code text, p_place text, p_on text) returns uuid language plpgsql volatile as $$
declare
  s constant standard := standard_of(p_property, p_code);
  spot constant uuid := (select k.id from place_key(array[p_property], p_property, p_place) k);
  last constant date := coalesce(to_day(p_on, 'on'), (select today(y.zone) from property y where y.id = p_property));
  a assignment;
begin
  select * into a from assignment x
   where x.property_id = p_property and x.standard_id = s.id and x.place_id = spot and x.cancelled_at is null
     and (x.to_on is null or x.to_on > last) order by x.from_on limit 1 for update;
  if a.id is null then
    perform refuse('STNOF', 'NOT_ASSIGNED', 'place', format('%s is not assigned to it on %s', s.code, last));
  end if;
  update assignment x
     set to_on = case when last > a.from_on then last else a.to_on end, cancelled_at = case when last <= a.from_on then now() end, version = a.version + 1
   where x.property_id = p_property and x.id = a.id;
  return a.batch_id;
end $$;

create function batch_list(p_scope int[], p_after text, p_limit int) returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  cut record := cursor_split(p_after, 'infinity');
  lim constant int := coalesce(p_limit, 50);
begin
  return query
    select b.property_id, b.id from unnest(p_scope) s (property_id)
     cross join lateral (
       select b.property_id, b.id, b.made_at from assignment_batch b
        where b.property_id = s.property_id and (b.made_at, b.id) < (cut.at, cut.id)
        order by b.made_at desc, b.id desc limit lim) b
     order by b.made_at desc, b.id desc limit lim;
end $$;

-- What is assigned to a place, or by a batch.
create function assignment_list(p_scope int[], p_place text, p_batch text, p_limit int)
returns table (place text, standard text, batch text, "from" text, "to" text, rate text, rises text, reason text, party text, state text)
language plpgsql stable rows 50 as $$
declare
  spot record;
begin
  if num_nonnulls(p_place, p_batch) <> 1 then
    perform refuse('STINV', 'PLACE_OR_BATCH', 'place', 'say a place or a batch');
  elsif p_place is not null then
    select k.property_id, k.id into spot from place_key(p_scope, null, p_place) k;
  else
    select k.property_id, k.id into spot from batch_key(p_scope, p_batch) k;
  end if;
  return query
    select l.number, s.code, b.number, a.from_on::text, a.to_on::text, trim_scale(a.rate)::text,
           case when a.step_months is not null
                then format('%s every %s months', coalesce(trim_scale(a.step_percent) || ' %', money_text(a.step_amount, y.currency)), a.step_months) end,
           a.reason,
           (select p.number from party p where p.property_id = a.property_id and p.id = a.party_id),
           case when a.cancelled_at is not null then 'cancelled' when a.to_on <= today(y.zone) then 'ended' else 'assigned' end
      from assignment a
      join property y on y.id = a.property_id
      join place l on l.property_id = a.property_id and l.id = a.place_id
      join standard s on s.property_id = a.property_id and s.id = a.standard_id
      join assignment_batch b on b.property_id = a.property_id and b.id = a.batch_id
     where a.property_id = spot.property_id and case when p_place is not null then a.place_id = spot.id else a.batch_id = spot.id end
     order by l.sort_key, s.code, a.from_on limit coalesce(p_limit, 200);
end $$;
