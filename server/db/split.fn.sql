-- Sharing out a total so that the shares add up to it. Source: the method of the largest remainder (Hamilton).

-- Each place gets the whole minor units of its exact share |total| * weight / sum of weights; the minor units that are left
-- go one by one to the largest remainders, of equal ones to the earlier place: callers order by unit number, then id. The
-- sign of the total is put back last, so that -total is shared out as total is. A weight of 0 gets 0. Refuses weights that
-- are missing or negative, and weights that are all 0.
create function split_rows(p_total bigint, p_weights numeric[], p_field text default 'weight')
returns table (place int, part bigint) language plpgsql immutable parallel safe rows 1000 as $$
declare
  total constant numeric := abs(p_total::numeric);
  bad record;
  whole numeric;
begin
  if p_total is null then
    perform refuse('STINV', 'TOTAL_MISSING', p_field, 'there is no total to share out');
  end if;
  select u.w, u.o into bad from unnest(p_weights) with ordinality u (w, o)
   where u.w is null or scale(u.w) is null or u.w < 0 order by u.o limit 1;
  if bad.o is not null then
    perform refuse('STINV', case when bad.w is null then 'WEIGHT_MISSING' else 'WEIGHT_NEGATIVE' end, p_field,
                   format('weight %s is %s: every place needs a number, 0 or more', bad.o, coalesce(bad.w::text, 'missing')));
  end if;
  whole := coalesce((select sum(u.w) from unnest(p_weights) u (w)), 0);
  if whole = 0 then
    perform refuse('STINV', 'NO_WEIGHT', p_field, 'nobody has a weight above 0, so there is nobody to share this out to');
  end if;
  return query
    with share as (
      select u.o, div(total * u.w, whole) as q, total * u.w - div(total * u.w, whole) * whole as rest
        from unnest(p_weights) with ordinality u (w, o)
    ), ranked as (
      select s.o, s.q, row_number() over (order by s.rest desc, s.o) <= total - sum(s.q) over () as more from share s
    )
    select r.o::int, (sign(p_total::numeric) * (r.q + case when r.more then 1 else 0 end))::bigint from ranked r order by r.o;
end $$;

-- The same as an array, in the order of the weights.
create function split_minor(p_total bigint, p_weights numeric[], p_field text default 'weight') returns bigint[]
language plpgsql immutable parallel safe as $$
begin
  return (select array_agg(s.part order by s.place) from split_rows(p_total, p_weights, p_field) s);
end $$;

-- The smallest number all denominators divide; of at most 100 digits.
create function split_common(p ratio[]) returns numeric language plpgsql immutable parallel safe as $$
declare
  common numeric := 1;
  x numeric;
begin
  for x in select distinct u.d from unnest(p) u where u.d is not null loop
    common := lcm(common, x);
    if common >= 1e100 then
      perform refuse('STINV', 'TOO_LARGE', null, 'these numbers have no common denominator of at most 100 digits');
    end if;
  end loop;
  return common;
end $$;

-- Fractions (area times days of a month) as whole weights in the same proportion. NULL stays NULL.
create function split_weights(p ratio[]) returns numeric[] language plpgsql immutable parallel safe as $$
declare
  common constant numeric := split_common(p);
begin
  return (select coalesce(array_agg(u.n * div(common, u.d) order by u.o), '{}') from unnest(p) with ordinality u (n, d, o));
end $$;

-- Exact amounts in minor units made whole, so that their sum is the rounded exact sum. Each gets its whole units; the units
-- that are left go one by one to the largest remainders, of equal ones to the earlier place. Where the sum is below 0 all of
-- it is done with the signs turned, so that a credit equals the charge it takes back. Refuses an amount that is missing.
create function split_rounded(p ratio[], p_rule text default 'half_up', p_unit bigint default 1) returns bigint[]
language plpgsql immutable parallel safe as $$
declare
  common constant numeric := split_common(p);
  step constant numeric := common * p_unit;
  parts numeric[] := split_weights(p);
  total numeric;
  way numeric;
begin
  if array_position(parts, null) is not null then
    perform refuse('STINV', 'AMOUNT_MISSING', 'amount', 'an amount that is missing cannot be rounded');
  end if;
  total := coalesce((select sum(u) from unnest(parts) u), 0);
  way := case when total < 0 then -1 else 1 end;
  total := abs(ratio_round(ratio_of(total, common), p_rule, p_unit));
  return (
    with share as (
      select u.o, floor_div(u.x * way, step) as q, u.x * way - floor_div(u.x * way, step) * step as rest
        from unnest(parts) with ordinality u (x, o)
    ), ranked as (
      select s.o, s.q, row_number() over (order by s.rest desc, s.o) <= div(total, p_unit) - sum(s.q) over () as more from share s
    )
    select coalesce(array_agg((way * p_unit * (r.q + case when r.more then 1 else 0 end))::bigint order by r.o), '{}') from ranked r);
end $$;
