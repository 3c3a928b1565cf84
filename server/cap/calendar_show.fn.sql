-- Business calendars as people see them.

create function calendar_weekday_name(p_day int) returns text language sql immutable parallel safe as
$$ select ('{mon,tue,wed,thu,fri,sat,sun}'::text[])[p_day] $$;

-- "08:30-12:00,13:30-18:00"; "closed".
create function calendar_spans_text(p_spans int4multirange) returns text language sql immutable as $$
  select coalesce(string_agg(format('%s:%s-%s:%s', lpad((lower(s) / 60)::text, 2, '0'), lpad((lower(s) % 60)::text, 2, '0'),
                                    lpad((e / 60)::text, 2, '0'), lpad((e % 60)::text, 2, '0')), ',' order by s), 'closed')
    from unnest(p_spans) s
   cross join lateral (select case when upper(s) > 1440 then upper(s) - 1440 else upper(s) end as e) e
$$;

-- "mon-fri 08:30-12:00,13:30-18:00; sat 09:00-12:00".
create function calendar_week_text(p_week int4multirange[]) returns text language plpgsql immutable as $$
begin
  return (
    select string_agg(calendar_weekday_name(g.a) || case when g.b > g.a then '-' || calendar_weekday_name(g.b) else '' end || ' '
                        || calendar_spans_text(g.spans), '; ' order by g.a)
      from (select min(d.o)::int as a, max(d.o)::int as b, d.spans
              from (select w.spans, w.o, w.o - row_number() over (partition by w.spans order by w.o) as island
                      from unnest(p_week) with ordinality as w (spans, o)) d
             where not isempty(d.spans)
             group by d.spans, d.island) g);
end $$;

-- "3 h 30 min", "45 s".
create function calendar_time_text(p_seconds bigint) returns text language sql immutable parallel safe as $$
  select coalesce(nullif(concat_ws(' ', nullif(p_seconds / 3600, 0) || ' h', nullif(p_seconds / 60 % 60, 0) || ' min',
                                   nullif(p_seconds % 60, 0) || ' s'), ''), '0 min')
$$;

-- The week that holds on a day; before the first one the first.
create function calendar_week_at(p_property int, p_calendar uuid, p_day date) returns calendar_week
language plpgsql stable as $$
declare
  w calendar_week;
begin
  select * into w from calendar_week x
   where x.property_id = p_property and x.calendar_id = p_calendar and x.from_on <= p_day
   order by x.from_on desc, x.seq desc limit 1;
  if w.id is null then
    select * into w from calendar_week x where x.property_id = p_property and x.calendar_id = p_calendar
     order by x.from_on, x.seq desc limit 1;
  end if;
  return w;
end $$;

-- A calendar with the hours in force, since when, and until when.
create view calendar_card with (security_invoker = true) as
select c.id, c.property_id, y.code as property, c.code as number, c.code as calendar, c.name, y.zone,
       calendar_week_text(w.week) as hours, w.from_on::text as since,
       (select min(n.from_on)::text from calendar_week n
         where n.property_id = c.property_id and n.calendar_id = c.id and n.from_on > greatest(w.from_on, today(y.zone))) as until,
       calendar_is_open(c.property_id, c.code, now()) as open, c.version
  from calendar c
  join property y on y.id = c.property_id
 cross join lateral calendar_week_at(c.property_id, c.id, today(y.zone)) w;
grant select on calendar_card to steward_app;
create function calendar_card(p_property int, p_id uuid) returns setof calendar_card language plpgsql volatile rows 1 as
$$ begin return query select * from calendar_card c where c.property_id = p_property and c.id = p_id; end $$;

create function calendar_reply(p_property int, p_id uuid)
returns table ("calendar.id" uuid, "calendar.property_id" int, "calendar.property" text, "calendar.number" text,
               "calendar.calendar" text, "calendar.name" text, "calendar.zone" text, "calendar.hours" text, "calendar.since" text,
               "calendar.until" text, "calendar.open" boolean, "calendar.version" int)
language plpgsql volatile rows 1 as $$ begin return query select * from calendar_card(p_property, p_id); end $$;

-- The seven days of the week in force.
create function calendar_weekly(p_scope int[], p_ref text) returns table (weekday text, hours text, "time" text)
language sql stable as $$
  select calendar_weekday_name(d.o::int), calendar_spans_text(d.spans),
         calendar_time_text((select coalesce(sum(upper(s) - lower(s)), 0) * 60 from unnest(d.spans) s))
    from calendar_key(p_scope, p_ref) k
    join property y on y.id = k.property_id
   cross join lateral calendar_week_at(k.property_id, k.id, today(y.zone)) w
   cross join unnest(w.week) with ordinality as d (spans, o)
   order by d.o
$$;

-- What a day is: "closed", "like mon", "own hours", "ordinary".
create function calendar_day_what(p_kind text, p_like int, p_day date) returns text language sql immutable as $$
  select case when p_kind = 'closed' then 'closed'
              when p_kind = 'hours' then 'own hours'
              when p_like = extract(isodow from p_day)::int then 'ordinary'
              else 'like ' || calendar_weekday_name(p_like) end
$$;

-- A day that was set, as it stands now.
create function calendar_day_card(p_property int, p_id uuid, p_day date)
returns table ("date" text, weekday text, what text, hours text, name text) language plpgsql volatile rows 1 as $$
begin
  return query
    select d.day::text, calendar_weekday_name(extract(isodow from d.day)::int), calendar_day_what(d.kind, d.like_day, d.day),
           calendar_spans_text(d.spans), d.name
      from calendar_plan(p_property, p_id, p_day, p_day) d;
end $$;

-- The days to come that differ from their week; with p_all also those gone by and what a later word replaced.
create function calendar_days(p_scope int[], p_ref text, p_all boolean)
returns table ("date" text, weekday text, what text, hours text, name text, set_at text, set_by text, replaced boolean)
language sql stable rows 100 as $$
  select d.day::text, calendar_weekday_name(extract(isodow from d.day)::int), calendar_day_what(d.kind, d.like_day, d.day),
         case when d.kind = 'closed' then 'closed' when d.kind = 'hours' then calendar_spans_text(d.spans)
              else calendar_spans_text(w.week[d.like_day]) end,
         d.name, ts(d.set_at, y.zone), u.login, d.last <> d.seq
    from calendar_key(p_scope, p_ref) k
    join property y on y.id = k.property_id
   cross join lateral (
     select x.*, max(x.seq) over (partition by x.day) as last from calendar_day x
      where x.property_id = k.property_id and x.calendar_id = k.id and (p_all or x.day >= today(y.zone))) d
   cross join lateral (
     select v.week from calendar_week v
      where v.property_id = k.property_id and v.calendar_id = k.id and v.from_on <= d.day
      order by v.from_on desc, v.seq desc limit 1) w
    left join app_user u on u.id = d.set_by
   where p_all or (d.last = d.seq and calendar_day_what(d.kind, d.like_day, d.day) <> 'ordinary')
   order by d.day, d.seq
   limit 2000
$$;

-- The weeks one after the other, newest first.
create function calendar_versions(p_scope int[], p_ref text)
returns table (since text, until text, hours text, state text, set_at text, set_by text)
language sql stable rows 20 as $$
  select v.from_on::text, v.until::text, calendar_week_text(v.week),
         case when v.last <> v.seq then 'replaced' when v.from_on > today(y.zone) then 'planned'
              when v.until <= today(y.zone) then 'past' else 'in force' end,
         ts(v.set_at, y.zone), u.login
    from calendar_key(p_scope, p_ref) k
    join property y on y.id = k.property_id
   cross join lateral (
     select x.*, max(x.seq) over (partition by x.from_on) as last,
            (select min(n.from_on) from calendar_week n
              where n.property_id = x.property_id and n.calendar_id = x.calendar_id and n.from_on > x.from_on) as until
       from calendar_week x where x.property_id = k.property_id and x.calendar_id = k.id) v
    left join app_user u on u.id = v.set_by
   order by v.from_on desc, v.seq desc
   limit 500
$$;

-- How much business time lies between two moments.
create function calendar_between(p_scope int[], p_ref text, p_from text, p_to text)
returns table (calendar text, "from" text, "to" text, seconds bigint, "time" text) language plpgsql stable rows 1 as $$
declare
  k record := calendar_key(p_scope, p_ref);
  c calendar;
  zone text;
  a timestamptz;
  b timestamptz;
begin
  select * into c from calendar x where x.property_id = k.property_id and x.id = k.id;
  zone := (select y.zone from property y where y.id = k.property_id);
  a := coalesce(local_time(p_from, zone, 'from'), now());
  b := coalesce(local_time(p_to, zone, 'to'), now());
  if b < a then
    perform refuse('STINV', 'BACKWARDS', 'to', 'lies before the moment to count from');
  end if;
  return query
    select c.code, ts(a, zone), ts(b, zone), n.s, calendar_time_text(n.s)
      from (select calendar_seconds(c.property_id, c.code, a, b) as s) n;
end $$;

-- When so much business time will have passed.
create function calendar_due(p_scope int[], p_ref text, p_from text, p_minutes bigint)
returns table (calendar text, "from" text, minutes bigint, due text) language plpgsql stable rows 1 as $$
declare
  k record := calendar_key(p_scope, p_ref);
  zone constant text := (select y.zone from property y where y.id = k.property_id);
  a constant timestamptz := coalesce(local_time(p_from, zone, 'from'), now());
begin
  return query
    select c.code, ts(a, zone), p_minutes, ts(calendar_add(c.property_id, c.code, a, p_minutes * 60), zone)
      from calendar c where c.property_id = k.property_id and c.id = k.id;
end $$;
