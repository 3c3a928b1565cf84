-- Business calendars: counting on the timeline, and laying the timeline out. How they are kept stands in
-- calendar_keep.fn.sql, how they are shown in calendar_show.fn.sql.

-- Counting ---------------------------------------------------------------------------------------------------------

-- Microseconds from one moment to another.
create function calendar_us(p_from timestamptz, p_to timestamptz) returns bigint language sql immutable parallel safe as
$$ select ((extract(epoch from p_to) - extract(epoch from p_from)) * 1000000)::bigint $$;

-- The calendar of this code as clocks see it; all null where there is none, or none that is ever open.
create function calendar_clock(p_property int, p_calendar text) returns calendar language plpgsql stable as $$
declare
  k calendar;
begin
  select * into k from calendar c where c.property_id = p_property and c.code = p_calendar and c.total_s > 0;
  return k;
end $$;

-- Microseconds of business time from the calendar's beginning to a moment; negative before it. Outside of the timeline
-- every one counts.
create function calendar_count(k calendar, p_at timestamptz) returns bigint language plpgsql stable as $$
declare
  s calendar_span;
begin
  if p_at <= k.begins then
    return calendar_us(k.begins, p_at);
  elsif p_at >= k.ends then
    return k.total_s * 1000000 + calendar_us(k.ends, p_at);
  end if;
  select * into s from calendar_span x
   where x.property_id = k.property_id and x.calendar_id = k.id and x.opens <= p_at
   order by x.opens desc limit 1;
  return coalesce(s.before_s * 1000000 + calendar_us(s.opens, least(p_at, s.closes)), 0);
end $$;

-- The moment at which so many seconds of business time have passed since p_from: a start outside business hours counts from
-- the next opening, an end at a closing time stays there. Without a calendar (null, unknown, never open), before its
-- first day and beyond its timeline every second counts. None or fewer: p_from itself.
create function calendar_add(p_property int, p_calendar text, p_from timestamptz, p_seconds bigint) returns timestamptz
language plpgsql stable as $$
declare
  k calendar := calendar_clock(p_property, p_calendar);
  s calendar_span;
  target bigint; -- microseconds since the calendar began
begin
  if p_seconds <= 0 or not isfinite(p_from) then
    return p_from;
  elsif k.id is null then
    return p_from + p_seconds * interval '1 second';
  end if;
  target := calendar_count(k, p_from) + p_seconds * 1000000;
  if target <= 0 then
    return p_from + p_seconds * interval '1 second';
  elsif target > k.total_s * 1000000 then
    return k.ends + (target - k.total_s * 1000000) * interval '1 microsecond';
  end if;
  -- The last span that begins before the target, so that a closing time is never taken for the next opening.
  select * into s from calendar_span x
   where x.property_id = k.property_id and x.calendar_id = k.id and x.before_s <= (target - 1) / 1000000
   order by x.before_s desc limit 1;
  return s.opens + (target - s.before_s * 1000000) * interval '1 microsecond';
end $$;

-- Seconds of business time between two moments, 0 if the second is not later. Every one counts where calendar_add() says so.
create function calendar_seconds(p_property int, p_calendar text, p_from timestamptz, p_to timestamptz) returns bigint
language plpgsql stable as $$
declare
  k calendar;
begin
  if p_to <= p_from then
    return 0;
  end if;
  k := calendar_clock(p_property, p_calendar);
  if k.id is null then
    return calendar_us(p_from, p_to) / 1000000;
  end if;
  return (calendar_count(k, p_to) - calendar_count(k, p_from)) / 1000000;
end $$;

-- Does a clock on this calendar run at this moment? At a closing time it does not.
create function calendar_is_open(p_property int, p_calendar text, p_at timestamptz) returns boolean
language plpgsql stable as $$
declare
  k calendar := calendar_clock(p_property, p_calendar);
begin
  if k.id is null or p_at < k.begins or p_at >= k.ends then
    return true;
  end if;
  return coalesce((select p_at < x.closes from calendar_span x
                    where x.property_id = k.property_id and x.calendar_id = k.id and x.opens <= p_at
                    order by x.opens desc limit 1), false);
end $$;

-- The timeline -----------------------------------------------------------------------------------------------------

-- How many days ahead a timeline reaches, and days can be set.
create function calendar_reach() returns int language sql immutable parallel safe as $$ select 800 $$;

-- The moment at which the clock on the wall comes to this time. One that is shown twice is meant the second time; one that
-- is left out is come to when the clock leaps over it.
create function calendar_moment(p_local timestamp, p_zone text) returns timestamptz language plpgsql stable as $$
declare
  late timestamptz := p_local at time zone p_zone;
  early timestamptz;
  middle timestamptz;
begin
  if late at time zone p_zone = p_local then
    return late;
  end if;
  early := late - (late at time zone p_zone - p_local);
  while late - early > interval '1 second' loop
    middle := early + date_trunc('second', (late - early) / 2);
    if middle at time zone p_zone < p_local then
      early := middle;
    else
      late := middle;
    end if;
  end loop;
  return late;
end $$;

-- Day by day what is decided: the hours, and how the day differs from its week. Null hours before the first week.
create function calendar_plan(p_property int, p_calendar uuid, p_from date, p_to date)
returns table (day date, spans int4multirange, kind text, like_day int, name text)
language sql stable as $$
  select d.day::date,
         case when w.week is null then null when x.kind = 'closed' then '{}' when x.kind = 'hours' then x.spans
              else w.week[coalesce(x.like_day, extract(isodow from d.day)::int)] end,
         x.kind, x.like_day, x.name
    from generate_series(p_from::timestamp, p_to::timestamp, interval '1 day') d (day)
    left join lateral (
      select y.week from calendar_week y
       where y.property_id = p_property and y.calendar_id = p_calendar and y.from_on <= d.day::date
       order by y.from_on desc, y.seq desc limit 1) w on true
    left join lateral (
      select y.kind, y.like_day, y.spans, y.name from calendar_day y
       where y.property_id = p_property and y.calendar_id = p_calendar and y.day = d.day::date
       order by y.seq desc limit 1) x on true
$$;

-- The same as moments from p_cut to p_until; spans that meet are one.
create function calendar_layout(p_property int, p_calendar uuid, p_zone text, p_cut timestamptz, p_until timestamptz)
returns tstzmultirange language plpgsql stable as $$
begin
  return (
    select range_agg(tstzrange(greatest(m.opens, p_cut), least(m.closes, p_until)))
      from calendar_plan(p_property, p_calendar, (p_cut at time zone p_zone)::date - 1, (p_until at time zone p_zone)::date - 1) p
     cross join unnest(p.spans) s
     cross join lateral (
       select calendar_moment(p.day + make_interval(mins => lower(s)), p_zone) as opens,
              calendar_moment(p.day + make_interval(mins => upper(s)), p_zone) as closes) m
     where greatest(m.opens, p_cut) < least(m.closes, p_until));
end $$;

-- Lays the timeline out anew from a moment on; what lies before stays as it was counted. The caller has locked the calendar.
create function calendar_compile(p_property int, p_calendar uuid, p_cut timestamptz) returns void
language plpgsql volatile as $$
declare
  zone constant text := (select y.zone from property y where y.id = p_property);
  until constant timestamptz := (today(zone) + calendar_reach() + 1)::timestamp at time zone zone;
  s calendar_span;
  base bigint;
begin
  delete from calendar_span x where x.property_id = p_property and x.calendar_id = p_calendar and x.opens >= p_cut;
  select * into s from calendar_span x where x.property_id = p_property and x.calendar_id = p_calendar
   order by x.opens desc limit 1;
  if s.closes > p_cut then
    update calendar_span x set closes = p_cut
     where x.property_id = p_property and x.calendar_id = p_calendar and x.opens = s.opens;
  end if;
  base := coalesce(s.before_s + calendar_us(s.opens, least(s.closes, p_cut)) / 1000000, 0);
  insert into calendar_span (property_id, calendar_id, opens, closes, before_s)
  select p_property, p_calendar, lower(r), upper(r),
         base + coalesce(sum(calendar_us(lower(r), upper(r)) / 1000000)
                           over (order by lower(r) rows between unbounded preceding and 1 preceding), 0)
    from unnest(calendar_layout(p_property, p_calendar, zone, p_cut, until)) r;
  select * into s from calendar_span x where x.property_id = p_property and x.calendar_id = p_calendar
   order by x.opens desc limit 1;
  update calendar c
     set ends = until, total_s = coalesce(s.before_s + calendar_us(s.opens, s.closes) / 1000000, 0),
         begins = case when c.begins <= p_cut then c.begins
                       else (select min(w.from_on)::timestamp at time zone zone from calendar_week w
                              where w.property_id = p_property and w.calendar_id = p_calendar) end
   where c.property_id = p_property and c.id = p_calendar;
end $$;

-- Takes every timeline of every property on to its full reach: once a day. Gives how many were extended.
create function calendar_extend() returns int language plpgsql volatile as $$
declare
  was constant text := current_setting('steward.scope', true);
  y record;
  k record;
  n int := 0;
begin
  for y in select p.id, p.zone from property_all() p loop
    perform set_config('steward.scope', y.id::text, true);
    for k in
      select c.id, c.ends from calendar c
       where c.property_id = y.id and c.ends < (today(y.zone) + calendar_reach() + 1)::timestamp at time zone y.zone
       order by c.id for update
    loop
      perform calendar_compile(y.id, k.id, k.ends);
      n := n + 1;
    end loop;
  end loop;
  perform set_config('steward.scope', coalesce(was, ''), true);
  return n;
end $$;
