-- Exact numbers. An amount is whole minor units (fen, cents) in a bigint; what is not whole yet is a fraction of two whole
-- numbers. Nothing here goes through a floating number, and numeric's own division, which cuts digits, is not used:
-- div() of whole numbers gives a whole quotient, the remainder is what is left. NULL in, NULL out: never 0.

-- n/d in lowest terms, d > 0. Equal numbers are equal rows. Which is larger says ratio_cmp(): < on rows, max() and
-- order by would look at the numerators alone.
create type ratio as (n numeric, d numeric);

-- The fraction of two whole numbers.
create function ratio_of(n numeric, d numeric) returns ratio language plpgsql immutable strict parallel safe as $$
declare
  r ratio;
  g numeric;
begin
  if d = 1 then
    r.n := n;
    r.d := d;
  else
    g := gcd(n, d) * sign(d);
    r.n := div(n, g);
    r.d := div(d, g);
  end if;
  return r;
end $$;

-- What decimals say exactly: ratio(89.37), ratio(17, 31), ratio(0.5, 1.25). Refuses NaN, infinity and a division by zero.
create function ratio(x numeric, y numeric default 1) returns ratio language plpgsql immutable strict parallel safe as $$
declare
  digits constant int := greatest(min_scale(x), min_scale(y));
begin
  if scale(x) is null or scale(y) is null then
    perform refuse('STINV', 'NUMBER', null, format('%s / %s is no number', x, y));
  elsif y = 0 then
    perform refuse('STINV', 'DIVISION_BY_ZERO', null, format('%s cannot be divided by 0', x));
  end if;
  if digits > 0 then
    x := x * ('1e' || digits)::numeric;
    y := y * ('1e' || digits)::numeric;
  end if;
  return ratio_of(trim_scale(x), trim_scale(y));
end $$;

-- The same of many; NULL stays NULL.
create function ratios(p numeric[]) returns ratio[] language sql immutable parallel safe as $$
  select coalesce(array_agg(ratio(x) order by o), '{}') from unnest(p) with ordinality u (x, o)
$$;

create function ratio_neg(a ratio) returns ratio language plpgsql immutable strict parallel safe as $$
begin
  a.n := -a.n;
  return a;
end $$;

create function ratio_add(a ratio, b ratio) returns ratio language plpgsql immutable strict parallel safe as $$
begin
  if a.d = b.d then
    return ratio_of(a.n + b.n, a.d);
  end if;
  return ratio_of(a.n * b.d + b.n * a.d, a.d * b.d);
end $$;

create function ratio_sub(a ratio, b ratio) returns ratio language plpgsql immutable strict parallel safe as $$
begin
  if a.d = b.d then
    return ratio_of(a.n - b.n, a.d);
  end if;
  return ratio_of(a.n * b.d - b.n * a.d, a.d * b.d);
end $$;

create function ratio_mul(a ratio, b ratio) returns ratio language plpgsql immutable strict parallel safe as $$
begin
  return ratio_of(a.n * b.n, a.d * b.d);
end $$;

-- Refuses a division by zero.
create function ratio_div(a ratio, b ratio) returns ratio language plpgsql immutable strict parallel safe as $$
begin
  if b.n = 0 then
    perform refuse('STINV', 'DIVISION_BY_ZERO', null, 'a number cannot be divided by 0');
  end if;
  return ratio_of(a.n * b.d, a.d * b.n);
end $$;

-- -1, 0 or 1: a is smaller, equal, larger.
create function ratio_cmp(a ratio, b ratio) returns int language plpgsql immutable strict parallel safe as $$
begin
  return sign(a.n * b.d - b.n * a.d);
end $$;

-- The largest whole number that is not larger than n/d, d > 0; div() cuts towards zero.
create function floor_div(n numeric, d numeric) returns numeric language plpgsql immutable strict parallel safe as $$
declare
  q constant numeric := div(n, d);
begin
  return case when n < 0 and q * d <> n then q - 1 else q end;
end $$;

-- To a whole number of units: half_up (a half goes away from zero), up (anything over goes away from zero), down (towards
-- zero). All three are the same for a number and its negative, so that what is taken back equals what was charged.
create function ratio_to_unit(a ratio, p_rule text, p_unit numeric) returns numeric
language plpgsql immutable strict parallel safe as $$
declare
  step constant numeric := a.d * p_unit;
  q numeric := div(abs(a.n), step);
  rest constant numeric := abs(a.n) - q * step;
begin
  if p_rule = 'half_up' then
    q := q + case when 2 * rest >= step then 1 else 0 end;
  elsif p_rule = 'up' then
    q := q + case when rest > 0 then 1 else 0 end;
  elsif p_rule <> 'down' then
    perform refuse('STINV', 'ROUNDING', 'rounding', format('%s is no way to round: half_up, up or down', quote_literal(p_rule)));
  end if;
  return sign(a.n) * q * p_unit;
end $$;

-- Minor units, rounded to 1, 5, 10, 50 or 100 of them. Refuses what no ledger takes: over 10^15 minor units.
create function ratio_round(a ratio, p_rule text default 'half_up', p_unit bigint default 1) returns bigint
language plpgsql immutable strict parallel safe as $$
declare
  x numeric;
begin
  if p_unit <> all ('{1,5,10,50,100}') then
    perform refuse('STINV', 'ROUNDING', 'rounding', format('amounts are rounded to 1, 5, 10, 50 or 100 minor units, not to %s', p_unit));
  end if;
  x := ratio_to_unit(a, p_rule, p_unit);
  if abs(x) > 1000000000000000 then
    perform refuse('STINV', 'TOO_LARGE', 'amount', 'an amount has at most 10^15 minor units');
  end if;
  return x;
end $$;

-- An amount of a currency (12.345 yuan), in minor units (1235).
create function ratio_minor(a ratio, p_currency text, p_rule text default 'half_up', p_unit bigint default 1) returns bigint
language plpgsql immutable strict parallel safe as $$
begin
  return ratio_round(ratio_of(a.n * ('1e' || currency_digits(p_currency))::numeric, a.d), p_rule, p_unit);
end $$;

-- Rounded half up to digits after the point: for showing, never for reckoning on.
create function ratio_decimal(a ratio, p_digits int) returns numeric language plpgsql immutable strict parallel safe as $$
begin
  return ratio_to_unit(ratio_of(a.n * ('1e' || p_digits)::numeric, a.d), 'half_up', 1) * ('1e-' || p_digits)::numeric;
end $$;

-- As people read it: 12.5 where a decimal of at most 12 digits says it exactly, else 37/3.
create function ratio_text(a ratio) returns text language plpgsql immutable strict parallel safe as $$
begin
  for k in 0 .. 12 loop
    if mod(('1e' || k)::numeric, a.d) = 0 then
      return trim_scale(div(a.n * ('1e' || k)::numeric, a.d) * ('1e-' || k)::numeric);
    end if;
  end loop;
  return a.n || '/' || a.d;
end $$;
