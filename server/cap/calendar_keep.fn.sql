-- Business calendars as people write and keep them.

-- Reading ------------------------------------------------------------------------------------------------------------

-- "08:30-12:00, 13:30-18:00" or "closed": minutes since the day began; what ends before it begins ends on the next day.
create function calendar_spans(p_text text, p_field text) returns int4multirange language plpgsql immutable as $$
declare
  spans int4multirange := '{}';
  piece text;
  m text[];
  opens int;
  closes int;
begin
  if norm(p_text) = 'closed' then
    return spans;
  end if;
  foreach piece in array string_to_array(translate(norm(p_text), '–—~、', '---,'), ',') loop
    m := regexp_match(btrim(piece), '^(\d{1,2}):([0-5]\d) ?- ?(\d{1,2}):([0-5]\d)$');
    opens := m[1]::int * 60 + m[2]::int;
    closes := m[3]::int * 60 + m[4]::int;
    if m is null or opens >= 1440 or closes > 1440 then
      perform refuse('STINV', 'HOURS', p_field,
                     format('%s is no span of hours: write 08:30-12:00, several with commas between', quote_literal(btrim(piece))));
    elsif opens = closes then
      perform refuse('STINV', 'HOURS', p_field, format('%s is empty: a whole day is 00:00-24:00', btrim(piece)));
    end if;
    closes := closes + case when closes < opens then 1440 else 0 end;
    if spans && int4range(opens, closes) then
      perform refuse('STINV', 'HOURS_OVERLAP', p_field, format('%s overlaps another span of the same day', btrim(piece)));
    end if;
    spans := spans + int4multirange(int4range(opens, closes));
  end loop;
  return spans;
end $$;

-- "sat", "Saturday": 1 is Monday. Null if it is none.
create function calendar_weekday(p_text text) returns int language plpgsql immutable parallel safe as $$
begin
  return (
    select d.o::int
      from unnest('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}'::text[]) with ordinality as d (name, o)
     where length(norm(p_text)) >= 3 and starts_with(d.name, norm(p_text)));
end $$;

create function calendar_weekday_of(p_text text, p_field text) returns int language plpgsql immutable as $$
begin
  if calendar_weekday(p_text) is null then
    perform refuse('STINV', 'WEEKDAY', p_field,
                   format('%s is no weekday: mon, tue, wed, thu, fri, sat or sun', quote_literal(btrim(p_text))));
  end if;
  return calendar_weekday(p_text);
end $$;

-- "mon-fri", "mon,wed,fri", "sat-mon": the weekdays meant.
create function calendar_weekdays(p_text text, p_field text) returns int[] language plpgsql immutable as $$
declare
  piece text;
  a int;
  b int;
  days int[] := '{}';
begin
  foreach piece in array string_to_array(p_text, ',') loop
    a := calendar_weekday_of(split_part(piece, '-', 1), p_field);
    b := case when strpos(piece, '-') > 0 then calendar_weekday_of(substr(piece, strpos(piece, '-') + 1), p_field) else a end;
    days := days || array(select (a - 1 + n) % 7 + 1 from generate_series(0, (b - a + 7) % 7) n);
  end loop;
  return days;
end $$;

-- "mon-fri 08:30-12:00,13:30-18:00; sat 09:00-12:00": seven days; those not named are closed.
create function calendar_week_of(p_text text, p_field text) returns int4multirange[] language plpgsql immutable as $$
declare
  week int4multirange[] := array_fill('{}'::int4multirange, array[7]);
  named int[] := '{}';
  part text;
  m text[];
  d int;
begin
  foreach part in array string_to_array(translate(norm(translate(p_text, E'\n\r', ';;')), '–—', '--'), ';') loop
    continue when btrim(part) = '';
    m := regexp_match(btrim(part), '^([a-z][a-z, -]*?) ?(\d.*|closed)$');
    if m is null then
      perform refuse('STINV', 'HOURS', p_field,
                     format('%s is not understood: write mon-fri 08:30-12:00,13:30-18:00; sat 09:00-12:00', quote_literal(btrim(part))));
    end if;
    foreach d in array calendar_weekdays(m[1], p_field) loop
      if d = any (named) then
        perform refuse('STINV', 'HOURS_TWICE', p_field, format('%s names a day that has hours already', quote_literal(btrim(part))));
      end if;
      named := named || d;
      week[d] := calendar_spans(m[2], p_field);
    end loop;
  end loop;
  if not exists (select from unnest(week) w where not isempty(w)) then
    perform refuse('STINV', 'HOURS', p_field, 'a week without any hours: at least one day must be open');
  end if;
  return week;
end $$;

-- The calendar called by its name, SUN/desk or its UUID.
create function calendar_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  look record := ref_split(p_scope, null, p_ref);
  homes int[];
begin
  if is_uuid(look.rest) then
    select c.property_id, c.id into property_id, id
      from calendar c where c.property_id = any (look.within) and c.id = look.rest::uuid;
  else
    look.rest := lower(look.rest);
    select array_agg(c.property_id order by c.property_id), (array_agg(c.id))[1] into homes, id
      from calendar c where c.property_id = any (look.within) and c.code = look.rest;
    property_id := homes[1];
  end if;
  perform ref_one(id, homes, look.within, look.rest, 'there is no calendar', 'CALENDAR', 'calendar');
end $$;

create function calendar_lock(p_scope int[], p_ref text) returns calendar language plpgsql volatile as $$
declare
  key record := calendar_key(p_scope, p_ref);
  k calendar;
begin
  select * into k from calendar c where c.property_id = key.property_id and c.id = key.id for update;
  return k;
end $$;

-- Keeping ------------------------------------------------------------------------------------------------------------

-- Refuses days that are over, which would change what has been counted, and days too far ahead.
create function calendar_day_ok(p_zone text, p_day date, p_field text) returns void language plpgsql stable as $$
begin
  if p_day < today(p_zone) then
    perform refuse('STINV', 'DAY_OVER', p_field, format('%s is over; what has been counted stays as it is', p_day));
  elsif p_day > today(p_zone) + calendar_reach() then
    perform refuse('STINV', 'DAY_TOO_FAR', p_field,
                   format('%s is more than %s days ahead; set it later', p_day, calendar_reach()));
  end if;
end $$;

-- A week from a day on; false if the same one holds then already.
create function calendar_put_week(k calendar, p_user uuid, p_week int4multirange[], p_from date) returns boolean
language plpgsql volatile as $$
begin
  if p_week = (select w.week from calendar_week w
                where w.property_id = k.property_id and w.calendar_id = k.id and w.from_on <= p_from
                order by w.from_on desc, w.seq desc limit 1) then
    return false;
  end if;
  insert into calendar_week (property_id, calendar_id, id, from_on, week, set_by)
  values (k.property_id, k.id, uuid7(), p_from, p_week, p_user);
  return true;
end $$;

-- Makes a calendar, or gives it other hours from a day on, or another name.
create function calendar_set(p_property int, p_key uuid, p_user uuid, p_code text, p_hours text, p_from text, p_name text,
                             p_seen int, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  zone constant text := (select y.zone from property y where y.id = p_property);
  first constant date := coalesce(to_day(p_from, 'from'), today(zone));
  starts constant timestamptz := first::timestamp at time zone zone;
  k calendar;
  changed boolean := false;
begin
  select * into k from calendar c where c.property_id = p_property and c.code = lower(btrim(p_code)) for update;
  perform version_ok(k.version, p_seen);
  if p_hours is null and (k.id is null or p_from is not null) then
    perform refuse('STINV', 'HOURS_MISSING', 'hours',
                   case when k.id is null then format('there is no calendar %s yet: give its hours to make it', lower(btrim(p_code)))
                        else 'say which hours hold from this day on' end);
  end if;
  perform calendar_day_ok(zone, first, 'from');
  if k.id is null then
    insert into calendar (property_id, id, code, name, begins, ends)
    values (p_property, p_key, lower(btrim(p_code)), coalesce(nullif(btrim(p_name), ''), lower(btrim(p_code))), starts, starts)
    returning * into k;
  end if;
  if p_hours is not null and calendar_put_week(k, p_user, calendar_week_of(p_hours, 'hours'), first) then
    perform calendar_compile(p_property, k.id, starts);
    perform clock_stale(p_property);
    changed := true;
  end if;
  if changed or nullif(btrim(p_name), '') <> k.name then
    update calendar c set name = coalesce(nullif(btrim(p_name), ''), c.name), version = c.version + (k.id <> p_key)::int
     where c.property_id = p_property and c.id = k.id;
  end if;
  property_id := p_property;
  id := k.id;
end $$;

-- What is said of one day; false if it has been said before.
create function calendar_put_day(k calendar, p_user uuid, p_day date, p_kind text, p_like int, p_spans int4multirange,
                                 p_name text, p_imported boolean) returns boolean
language plpgsql volatile as $$
declare
  x calendar_day;
begin
  select * into x from calendar_day d where d.property_id = k.property_id and d.calendar_id = k.id and d.day = p_day
   order by d.seq desc limit 1;
  if (x.kind, x.like_day, x.spans, x.name) is not distinct from (p_kind, p_like, p_spans, p_name) then
    return false;
  end if;
  insert into calendar_day (property_id, calendar_id, id, day, kind, like_day, spans, name, imported, set_by)
  values (k.property_id, k.id, uuid7(), p_day, p_kind, p_like, p_spans, p_name, p_imported, p_user);
  return true;
end $$;

-- The first day on which the calendar has hours.
create function calendar_first_day(k calendar) returns date language plpgsql stable as
$$
#variable_conflict use_column
begin
  return (
    select min(w.from_on) from calendar_week w where w.property_id = (k).property_id and w.calendar_id = (k).id);
end $$;

-- Lays out anew from a day on what has changed, and counts the change; the change feed asks for it next.
create function calendar_changed(k calendar, p_zone text, p_from date) returns void language plpgsql volatile as $$
begin
  perform calendar_compile(k.property_id, k.id, p_from::timestamp at time zone p_zone);
  update calendar c set version = c.version + 1 where c.property_id = k.property_id and c.id = k.id;
  perform import_touched(array[k.id]);
  perform clock_stale(k.property_id);
end $$;

create function calendar_set_day(p_scope int[], p_ref text, p_user uuid, p_date text, p_closed boolean, p_like text,
                                 p_hours text, p_name text, out property_id int, out id uuid, out day date)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k calendar := calendar_lock(p_scope, p_ref);
  zone constant text := (select y.zone from property y where y.id = k.property_id);
  spans int4multirange;
  kind constant text := case when p_closed then 'closed' when p_like is not null then 'like' else 'hours' end;
begin
  day := to_day(p_date, 'date');
  perform calendar_day_ok(zone, day, 'date');
  if day < calendar_first_day(k) then
    perform refuse('STINV', 'DAY_TOO_EARLY', 'date', format('%s has no hours before %s', k.code, calendar_first_day(k)));
  elsif coalesce(p_closed, false)::int + (p_like is not null)::int + (p_hours is not null)::int <> 1 then
    perform refuse('STINV', 'ONE_OF_THREE', 'closed', 'say one of three: closed, like another weekday, or the hours of the day');
  end if;
  if kind = 'hours' then
    spans := calendar_spans(p_hours, 'hours');
    if isempty(spans) then
      perform refuse('STINV', 'HOURS', 'hours', 'a day without hours is closed: say so');
    end if;
  end if;
  if calendar_put_day(k, p_user, day, kind, case kind when 'like' then calendar_weekday_of(p_like, 'like') end, spans,
                      nullif(btrim(p_name), ''), false) then
    perform calendar_changed(k, zone, day);
  end if;
  property_id := k.property_id;
  id := k.id;
end $$;

-- Importing -----------------------------------------------------------------------------------------------------------

-- What became of one day of a file. outcome: taken, unchanged, skipped, rejected.
create type calendar_outcome as (date text, weekday text, what text, name text, outcome text, reason text);

-- The days a file tells of, one line each: date, "closed", "work" or "bad", name, reason, with tabs between. What is said
-- of one day comes together; what is bad is told only where nothing else is said.
create function calendar_file(p_days text) returns table (day date, kind text, name text, reason text)
language sql stable as $$
  select g.day,
         case when g.closed and not g.work then 'closed' when g.work and not g.closed then 'work' else 'bad' end,
         left(coalesce(g.names, g.bad_names), 200),
         case when g.closed and g.work then 'the file says both: closed, and a working day' else g.reason end
    from (select nullif(l.f[1], '')::date as day, bool_or(l.f[2] = 'closed') as closed, bool_or(l.f[2] = 'work') as work,
                 string_agg(distinct nullif(l.f[3], ''), ' / ') filter (where l.f[2] <> 'bad') as names,
                 string_agg(distinct nullif(l.f[3], ''), ' / ') as bad_names, max(nullif(l.f[4], '')) as reason
            from string_to_table(p_days, E'\n') t (line)
           cross join lateral string_to_array(t.line, E'\t') l (f)
           where t.line <> ''
           group by 1) g
$$;

create function calendar_import(p_scope int[], p_ref text, p_user uuid, p_days text, p_like text)
returns setof calendar_outcome language plpgsql volatile as $$
declare
  k calendar := calendar_lock(p_scope, p_ref);
  zone constant text := (select y.zone from property y where y.id = k.property_id);
  like_day constant int := calendar_weekday_of(coalesce(p_like, 'mon'), 'like');
  first constant date := calendar_first_day(k);
  r record;
  x calendar_outcome;
  since date;
begin
  for r in select * from calendar_file(p_days) f order by f.day loop
    x := row(r.day::text, calendar_weekday_name(extract(isodow from r.day)::int), null, r.name, 'skipped', null);
    x.what := case r.kind when 'closed' then 'closed' when 'work' then 'like ' || calendar_weekday_name(like_day) end;
    if r.kind = 'bad' then
      x.outcome := 'rejected';
      x.reason := r.reason;
    elsif r.day < today(zone) then
      x.reason := 'the day is over';
    elsif r.day > today(zone) + calendar_reach() then
      x.reason := format('more than %s days ahead', calendar_reach());
    elsif r.day < first then
      x.reason := format('the calendar has no hours before %s', first);
    elsif calendar_put_day(k, p_user, r.day, case r.kind when 'work' then 'like' else 'closed' end,
                           case r.kind when 'work' then like_day end, null, r.name, true) then
      x.outcome := 'taken';
      since := least(since, r.day);
    else
      x.outcome := 'unchanged';
    end if;
    return next x;
  end loop;
  if since is not null then
    perform calendar_changed(k, zone, since);
  end if;
end $$;
