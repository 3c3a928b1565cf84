-- Tariffs in blocks, as electricity and water have them: each part of what is used costs the rate of the block it lies in.

-- A block begins above a usage and ends where the next one begins; the last one has no end. Rate: currency for one unit.
create type tariff_block as (above ratio, rate ratio);

-- Refuses blocks nothing can be reckoned by: a first one that does not begin with 0, and any that does not rise.
create function tariff_check(p tariff_block[]) returns tariff_block[] language plpgsql immutable parallel safe as $$
declare
  before ratio;
begin
  if coalesce(cardinality(p), 0) not between 1 and 20 then
    perform refuse('STINV', 'TARIFF', 'block', 'a tariff has 1 to 20 blocks');
  end if;
  for i in 1 .. cardinality(p) loop
    if (p[i].above).n is null or (p[i].rate).n is null or (p[i].rate).n < 0 then
      perform refuse('STINV', 'TARIFF', 'block', format('block %s needs a beginning and a rate of 0 or more', i));
    elsif i = 1 and (p[i].above).n <> 0 then
      perform refuse('STINV', 'TARIFF', 'block', 'the first block begins with 0');
    elsif i > 1 and ratio_cmp(p[i].above, before) <= 0 then
      perform refuse('STINV', 'TARIFF', 'block', format('block %s begins with %s; it must begin above block %s, which begins with %s',
                                                        i, ratio_text(p[i].above), i - 1, ratio_text(before)));
    end if;
    before := p[i].above;
  end loop;
  return p;
end $$;

-- Blocks as tables keep them: where each begins, what each costs.
create function tariff_blocks(p_above numeric[], p_rates numeric[]) returns tariff_block[] language plpgsql immutable parallel safe as $$
begin
  return tariff_check((
    select array_agg(row(case when a is not null then ratio(a) end, case when r is not null then ratio(r) end)::tariff_block order by o)
      from unnest(p_above, p_rates) with ordinality u (a, r, o)));
end $$;

-- All blocks longer or shorter by a factor: blocks of a month for two months (2), a year's for a household that came in May
-- (8/12), blocks that grow with the household in proportion (people above a number: 6/4).
create function tariff_scale(p tariff_block[], p_factor ratio) returns tariff_block[] language plpgsql immutable strict parallel safe as $$
begin
  if p_factor.n <= 0 then
    perform refuse('STINV', 'TARIFF', 'factor', format('blocks cannot be made %s times as long', ratio_text(p_factor)));
  end if;
  return tariff_check((
    select array_agg(row(ratio_mul(u.above, p_factor), u.rate)::tariff_block order by o)
      from unnest(p) with ordinality u (above, rate, o)));
end $$;

-- Blocks for a large household: block i begins p_plus[i] later for each of its people above p_included. One number in p_plus
-- stands for all blocks; the first one begins with 0 whatever it says.
create function tariff_extend(p tariff_block[], p_people int, p_included int, p_plus numeric[])
returns tariff_block[] language plpgsql immutable parallel safe as $$
declare
  extra constant int := greatest(p_people - p_included, 0);
begin
  if p_people is null or p_included is null then
    perform refuse('STINV', 'VALUE_MISSING', 'people', 'how many people live there is missing');
  elsif coalesce(cardinality(p_plus), 0) not in (1, cardinality(p)) or array_position(p_plus, null) is not null then
    perform refuse('STINV', 'TARIFF', 'plus', 'say one number of units for each person more, or one for each block');
  end if;
  return tariff_check((
    select array_agg(row(case when o = 1 then u.above
                              else ratio_add(u.above, ratio(extra * p_plus[case when cardinality(p_plus) = 1 then 1 else o end])) end,
                         u.rate)::tariff_block order by o)
      from unnest(p) with ordinality u (above, rate, o)));
end $$;

-- What a usage costs: a row for each block, also for those it does not reach. p_before: what was used before of the same
-- blocks, 0 for blocks that begin anew with each bill. 'exact' in currency, 'amount' in its minor units; the amounts add up to
-- the rounded exact total, so what differs from a block's own rounding is at most one unit. Refuses a usage below 0: what
-- was charged too much is taken back by reversing the bill.
create function tier_charge(p tariff_block[], p_before numeric, p_usage numeric, p_currency text,
                            p_rule text default 'half_up', p_unit bigint default 1)
returns table (block int, quantity ratio, rate ratio, exact ratio, amount bigint)
language plpgsql immutable parallel safe rows 5 as $$
#variable_conflict use_column
declare
  blocks constant tariff_block[] := tariff_check(p);
  n constant int := cardinality(blocks);
  cents constant ratio := row(('1e' || currency_digits(p_currency))::numeric, 1);
  down ratio;
  up ratio;
  quantities ratio[];
  exacts ratio[];
  minors ratio[];
  amounts bigint[];
begin
  if p_usage is null or p_before is null or p_currency is null then
    perform refuse('STINV', 'VALUE_MISSING', 'usage', 'the usage is missing: enter the reading, then reckon again');
  elsif p_usage < 0 or p_before < 0 then
    perform refuse('STINV', 'USAGE_NEGATIVE', 'usage', format('a usage of %s after %s cannot be charged; reverse the bill that was too high',
                                                              p_usage, p_before));
  end if;
  for i in 1 .. n loop
    -- From where to where this usage lies in the block.
    down := formula_join('max', blocks[i].above, ratio(p_before));
    up := ratio(p_before + p_usage);
    up := case when i < n then formula_join('min', blocks[i + 1].above, up) else up end;
    quantities[i] := case when ratio_cmp(up, down) > 0 then ratio_sub(up, down) else row(0, 1)::ratio end;
    exacts[i] := ratio_mul(quantities[i], blocks[i].rate);
    minors[i] := ratio_mul(exacts[i], cents);
  end loop;
  amounts := split_rounded(minors, p_rule, p_unit);
  for i in 1 .. n loop
    return query select i, quantities[i], blocks[i].rate, exacts[i], amounts[i];
  end loop;
end $$;
