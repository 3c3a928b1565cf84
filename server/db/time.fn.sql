-- Time -------------------------------------------------------------------------------------------------

-- RFC 3339 with the offset that was valid in the zone at that moment.
create function ts(t timestamptz, zone text) returns text language sql stable parallel safe as $$
  select to_char(t at time zone zone, 'YYYY-MM-DD"T"HH24:MI:SS')
      || case when (t at time zone zone) < (t at time zone 'UTC')
              then '-' || to_char((t at time zone 'UTC') - (t at time zone zone), 'HH24:MI')
              else '+' || to_char((t at time zone zone) - (t at time zone 'UTC'), 'HH24:MI') end
$$;

-- The moment meant by RFC 3339 text, or by a date (and time) as the clock on the wall of the zone shows it.
create function local_time(t text, zone text, field text default 'at') returns timestamptz
language plpgsql stable parallel safe as $$
declare
  x constant text := upper(btrim(t));
begin
  if x is null or x = '' then
    return null;
  end if;
  if x ~ '^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?$' then
    return x::timestamp at time zone zone;
  elsif x ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$' then
    return x::timestamptz;
  end if;
  perform refuse('STINV', 'TIMESTAMP', field,
                 format('%s is not a time: write 2026-11-23, 2026-11-23 09:14 or 2026-11-23T09:14:00+08:00', quote_literal(t)));
  return null;
exception when datetime_field_overflow or invalid_datetime_format then
  perform refuse('STINV', 'TIMESTAMP', field, format('there is no such day or time as %s', quote_literal(t)));
  return null;
end $$;

-- The day it is now in the zone.
create function today(zone text) returns date language sql stable parallel safe as
$$ select (now() at time zone zone)::date $$;

-- What files say: a day (2019-05-01, 2019/5/1), a whole number, yes or no. Empty text is no value.
create function to_day(t text, field text) returns date language plpgsql immutable parallel safe as $$
declare
  m constant text[] := regexp_match(norm(t), '^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$');
begin
  if nullif(btrim(t), '') is null then
    return null;
  elsif m is null then
    perform refuse('STINV', 'DATE', field, format('%s is not a day: write 2026-11-23', quote_literal(t)));
  end if;
  return make_date(m[1]::int, m[2]::int, m[3]::int);
exception when datetime_field_overflow then
  perform refuse('STINV', 'DATE', field, format('there is no such day as %s', quote_literal(t)));
  return null;
end $$;

-- The first day of a month written as 2026-11.
create function to_month(t text, field text) returns date language plpgsql immutable parallel safe as $$
declare
  m constant text[] := regexp_match(norm(t), '^(\d{4})[-/.](\d{1,2})$');
begin
  if nullif(btrim(t), '') is null then
    return null;
  elsif m is null or m[2]::int not between 1 and 12 then
    perform refuse('STINV', 'MONTH', field, format('%s is not a month: write 2026-11', quote_literal(t)));
  end if;
  return make_date(m[1]::int, m[2]::int, 1);
end $$;
