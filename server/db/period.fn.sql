-- Periods of charges. All are half-open: from belongs to it, to does not, so that two that follow each other share no day.

create function period_check(p_from date, p_to date) returns void language plpgsql immutable parallel safe as $$
begin
  if p_from is null or p_to is null then
    perform refuse('STINV', 'PERIOD', case when p_from is null then 'from' else 'to' end, 'a period needs a first day and the day after its last');
  elsif p_to < p_from then
    perform refuse('STINV', 'PERIOD', 'to', format('the period ends on %s, before it begins on %s', p_to, p_from));
  elsif not isfinite(p_from) or not isfinite(p_to) or p_to - p_from > 36525 then
    perform refuse('STINV', 'PERIOD', 'to', 'a period has at most 100 years');
  end if;
end $$;

-- The calendar months a period touches, with the days of each that lie in it.
create function month_parts(p_from date, p_to date) returns table (month date, days int, days_in_month int)
language plpgsql immutable parallel safe rows 12 as $$
declare
  next date;
begin
  perform period_check(p_from, p_to);
  month := date_trunc('month', p_from::timestamp);
  while month < p_to and p_from < p_to loop
    next := month + interval '1 month';
    days := least(p_to, next) - greatest(p_from, month);
    days_in_month := next - month;
    return next;
    month := next;
  end loop;
end $$;

-- Months of a period, each part of a month by its own number of days: 17 days of January and 14 of February are
-- 17/31 + 14/28 = 65/62. Times the price of a month that is the charge of the period.
create function month_share(p_from date, p_to date) returns ratio language plpgsql immutable parallel safe as $$
declare
  share ratio := row(0, 1);
  m record;
begin
  for m in select x.days, x.days_in_month from month_parts(p_from, p_to) x loop
    share := ratio_add(share, ratio_of(m.days, m.days_in_month));
  end loop;
  return share;
end $$;

-- Months between two charges of a cycle; null for once.
create function cycle_months(p_cycle text) returns int language plpgsql immutable parallel safe as $$
begin
  if p_cycle is null or p_cycle <> all ('{monthly,quarterly,half_yearly,yearly,once}') then
    perform refuse('STINV', 'CYCLE', 'cycle', format('%s is no cycle: monthly, quarterly, half_yearly, yearly or once', quote_nullable(p_cycle)));
  end if;
  return case p_cycle when 'monthly' then 1 when 'quarterly' then 3 when 'half_yearly' then 6 when 'yearly' then 12 end;
end $$;

-- Day k of a cycle: k times so many months after the anchor, reckoned from the anchor itself, so that one at the end of a month
-- comes back after February: 31 January, 28 February, 31 March.
create function cycle_day(p_anchor date, p_months int, k int) returns date language plpgsql immutable strict parallel safe as $$
begin
  return p_anchor + make_interval(months => p_months * k);
end $$;

-- The periods of a cycle that touch [from, to), each as a whole; before the anchor too. once: the anchor's day alone.
create function cycle_periods(p_cycle text, p_anchor date, p_from date, p_to date) returns table (begins date, ends date)
language plpgsql immutable parallel safe rows 12 as $$
declare
  step constant int := cycle_months(p_cycle);
  k int;
begin
  perform period_check(p_from, p_to);
  if p_anchor is null or not isfinite(p_anchor) then
    perform refuse('STINV', 'PERIOD', 'anchor', 'a cycle needs a day it is counted from');
  elsif p_from = p_to then
    return;
  elsif step is null then
    return query select p_anchor, p_anchor + 1 where p_anchor >= p_from and p_anchor < p_to;
    return;
  end if;
  k := floor_div(12 * (extract(year from p_from) - extract(year from p_anchor)) + extract(month from p_from) - extract(month from p_anchor),
                 step);
  if cycle_day(p_anchor, step, k) > p_from then
    k := k - 1;
  end if;
  while cycle_day(p_anchor, step, k) < p_to loop
    begins := cycle_day(p_anchor, step, k);
    ends := cycle_day(p_anchor, step, k + 1);
    return next;
    k := k + 1;
  end loop;
end $$;

-- Rents that rise: the amount of each step of a contract, a step every so many months from its first day on. Either by percent,
-- compound: step k is first * (1 + percent/100)^k, exact, rounded once, never from the rounded amount of the step before; or
-- by a fixed amount for each step. Amounts in minor units; steps of the contract's last days end with it.
create function rent_steps(p_first bigint, p_from date, p_to date, p_months int, p_percent numeric, p_fixed bigint,
                           p_rule text default 'half_up', p_unit bigint default 1)
returns table (step int, begins date, ends date, amount bigint) language plpgsql immutable parallel safe rows 10 as $$
declare
  factor constant ratio := ratio(100 + p_percent, 100);
  exact ratio := row(p_first, 1);
begin
  perform period_check(p_from, p_to);
  if p_first is null or p_first < 0 then
    perform refuse('STINV', 'AMOUNT', 'first', 'a rent begins with an amount of 0 or more');
  elsif num_nonnulls(p_percent, p_fixed) <> 1 then
    perform refuse('STINV', 'STEP', 'percent', 'a rent rises either by percent or by a fixed amount: say one of them');
  elsif p_percent not between -100 and 100 or min_scale(p_percent) > 6 then
    perform refuse('STINV', 'STEP', 'percent', 'a rent changes by -100 to 100 percent, with at most 6 digits after the point');
  elsif coalesce(p_months, 0) not between 1 and 1200 then
    perform refuse('STINV', 'STEP', 'months', 'a rent rises every 1 to 1200 months');
  elsif cycle_day(p_from, p_months, 200) < p_to then
    perform refuse('STINV', 'STEP', 'months', 'a rent has at most 200 steps');
  end if;
  step := 0;
  begins := p_from;
  while begins < p_to loop
    if exact.n < 0 then
      perform refuse('STINV', 'NEGATIVE', 'fixed', format('the rent falls below 0 on %s', begins));
    end if;
    ends := least(cycle_day(p_from, p_months, step + 1), p_to);
    amount := ratio_round(exact, p_rule, p_unit);
    return next;
    exact := case when p_fixed is null then row(exact.n * factor.n, exact.d * factor.d)::ratio else row(exact.n + p_fixed, 1)::ratio end;
    begins := ends;
    step := step + 1;
  end loop;
end $$;
