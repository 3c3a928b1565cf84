-- The log of calls, and what is counted of them.

create view call_card with (security_invoker = true) as
select c.id, c.property_id, y.code as property, c.number, c.direction, c.state, c.outside as phone, c.line,
       (select p.name from party p where p.property_id = c.property_id and p.id = c.party_id) as party,
       (select p.number from party p where p.property_id = c.property_id and p.id = c.party_id) as party_number,
       (select d.number from desk_case d where d.property_id = c.property_id and d.id = c.case_id) as "case",
       (select u.login from app_user u where u.id = c.user_id) as person, c.about, ts(c.rang_at, y.zone) as rang_at,
       ts(c.answered_at, y.zone) as answered_at, ts(c.ended_at, y.zone) as ended_at,
       round(extract(epoch from coalesce(c.answered_at, c.ended_at) - c.rang_at))::int as waited,
       round(extract(epoch from c.ended_at - c.answered_at))::int as spoke, c.call_id, c.version,
       (extract(epoch from c.rang_at) * 1000000)::bigint || '~' || c.id as cursor
  from phone_call c join property y on y.id = c.property_id;
create function call_card(p_property int, p_id uuid) returns setof call_card language plpgsql volatile rows 1 as
$$ begin return query select * from call_card c where c.property_id = p_property and c.id = p_id; end $$;

-- An answer that holds more than the call names its columns "call.field".
create view call_reply with (security_invoker = true) as
select c.id as "call.id", c.property_id as "call.property_id", c.property as "call.property", c.number as "call.number",
       c.direction as "call.direction", c.state as "call.state", c.phone as "call.phone", c.line as "call.line",
       c.party as "call.party", c.party_number as "call.party_number", c."case" as "call.case", c.person as "call.person",
       c.about as "call.about", c.rang_at as "call.rang_at", c.answered_at as "call.answered_at", c.ended_at as "call.ended_at",
       c.waited as "call.waited", c.spoke as "call.spoke", c.call_id as "call.call_id", c.version as "call.version",
       c.cursor as "call.cursor"
  from call_card c;
create function call_reply(p_property int, p_id uuid) returns setof call_reply language plpgsql volatile rows 1 as
$$ begin return query select * from call_reply r where r."call.property_id" = p_property and r."call.id" = p_id; end $$;
grant select on call_card, call_reply to steward_app;

-- What the log may be narrowed by; null: not.
create type call_filter as (user_id uuid, missed boolean, is_open boolean, outside_key text);
create function call_fits(c phone_call, f call_filter) returns boolean language sql stable as $$
  select (f.user_id is null or c.user_id = f.user_id) and (f.outside_key is null or c.outside_key = f.outside_key)
     and (f.missed is not true or c.state in ('missed', 'voicemail')) and (f.is_open is not true or c.ended_at is null)
$$;

-- Calls, newest first. Each way walks an index property by property and stops after as many rows as are wanted.
create function call_log(p_scope int[], p_user uuid, p_missed boolean, p_mine boolean, p_open boolean, p_from text, p_since text,
                         p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, 'infinity');
  sites int[];
  keys text[];
  since timestamptz[];
  f call_filter;
begin
  select array_agg(y.id), array_agg((call_outside(p_from, y)).outside_key), array_agg(coalesce(local_time(p_since, y.zone, 'since'), '-infinity'))
    into sites, keys, since from property y where y.id = any (p_scope);
  f.user_id := case when p_mine then p_user end;
  f.missed := p_missed;
  f.is_open := p_open;
  if p_from is not null then
    if keys[1] is null then
      perform refuse('STINV', 'PHONE', 'from', format('%s is not a telephone number', quote_literal(p_from)));
    end if;
    return query
      select c.property_id, c.id from unnest(sites, keys, since) s (property_id, key, since)
       cross join lateral (
         select c.property_id, c.id, c.rang_at from phone_call c
          where c.property_id = s.property_id and c.outside_key = s.key and c.rang_at >= s.since
            and (c.rang_at, c.id) < (cut.at, cut.id) and call_fits(c, f)
          order by c.rang_at desc, c.id desc limit lim) c
       order by c.rang_at desc, c.id desc limit lim;
  elsif f.user_id is not null then
    return query
      select c.property_id, c.id from unnest(sites, since) s (property_id, since)
       cross join lateral (
         select c.property_id, c.id, c.rang_at from phone_call c
          where c.property_id = s.property_id and c.user_id = f.user_id and c.rang_at >= s.since
            and (c.rang_at, c.id) < (cut.at, cut.id) and call_fits(c, f)
          order by c.rang_at desc, c.id desc limit lim) c
       order by c.rang_at desc, c.id desc limit lim;
  elsif f.is_open then
    return query
      select c.property_id, c.id from unnest(sites, since) s (property_id, since)
       cross join lateral (
         select c.property_id, c.id, c.rang_at from phone_call c
          where c.property_id = s.property_id and c.ended_at is null and c.rang_at >= s.since
            and (c.rang_at, c.id) < (cut.at, cut.id) and call_fits(c, f)
          order by c.rang_at desc, c.id desc limit lim) c
       order by c.rang_at desc, c.id desc limit lim;
  elsif f.missed then
    return query
      select c.property_id, c.id from unnest(sites, since) s (property_id, since)
       cross join lateral (
         select c.property_id, c.id, c.rang_at from phone_call c
          where c.property_id = s.property_id and c.state in ('missed', 'voicemail') and c.rang_at >= s.since
            and (c.rang_at, c.id) < (cut.at, cut.id)
          order by c.rang_at desc, c.id desc limit lim) c
       order by c.rang_at desc, c.id desc limit lim;
  else
    return query
      select c.property_id, c.id from unnest(sites, since) s (property_id, since)
       cross join lateral (
         select c.property_id, c.id, c.rang_at from phone_call c
          where c.property_id = s.property_id and c.rang_at >= s.since and (c.rang_at, c.id) < (cut.at, cut.id)
          order by c.rang_at desc, c.id desc limit lim) c
       order by c.rang_at desc, c.id desc limit lim;
  end if;
end $$;

-- The latest other calls with the number of a call.
create function call_before(p_property int, p_id uuid) returns table (property_id int, id uuid) language plpgsql stable rows 5 as $$
begin
  return query
    select x.property_id, x.id from phone_call x
     where x.property_id = p_property and x.id <> p_id
       and x.outside_key = (select c.outside_key from phone_call c where c.property_id = p_property and c.id = p_id)
     order by x.rang_at desc, x.id desc limit 5;
end $$;

-- Calls that came in, per property and day and (day null) in all of the period. Shares and means are n/a where there is
-- nothing to take them of. A call still ringing is offered and neither answered nor missed.
create function call_figures(p_scope int[], p_from text, p_to text, p_within int)
returns table (property text, day text, offered bigint, answered bigint, missed bigint, voicemail bigint, in_time bigint,
               service_level text, abandoned text, mean_wait text)
language plpgsql stable as $$
#variable_conflict use_column
declare
  first constant date := to_day(p_from, 'from');
  last constant date := to_day(p_to, 'to');
begin
  if last < first then
    perform refuse('STINV', 'PERIOD', 'to', 'the period ends before it begins');
  elsif coalesce(last, current_date) - coalesce(first, current_date) > 366 then
    perform refuse('STINV', 'PERIOD', 'from', 'ask for a year at most');
  end if;
  return query
    select y.code, f.day::text, coalesce(f.offered, 0), coalesce(f.answered, 0), coalesce(f.missed, 0), coalesce(f.voicemail, 0),
           coalesce(f.in_time, 0), share_text(f.in_time, f.offered), share_text(f.missed + f.voicemail, f.offered),
           coalesce(round(extract(epoch from f.wait)) || ' s', 'n/a')
      from property y
     -- Reckoned first: a comparison with what is reckoned from a row could not use the index under row-level security.
     cross join lateral (
       select coalesce(first, date_trunc('month', today(y.zone))::date)::timestamp at time zone y.zone as since,
              (coalesce(last, today(y.zone)) + 1)::timestamp at time zone y.zone as until offset 0) p
     cross join lateral (
       select (c.rang_at at time zone y.zone)::date as day, count(*) as offered, count(c.answered_at) as answered,
              count(*) filter (where c.state = 'missed') as missed, count(*) filter (where c.state = 'voicemail') as voicemail,
              count(*) filter (where c.answered_at <= c.rang_at + coalesce(p_within, 20) * interval '1 second') as in_time,
              avg(c.answered_at - c.rang_at) as wait
         from phone_call c
        where c.property_id = y.id and c.direction = 'in'
          and c.rang_at >= p.since and c.rang_at < p.until
        group by grouping sets ((), ((c.rang_at at time zone y.zone)::date))) f
     where y.id = any (p_scope)
     order by y.code, f.day nulls last;
end $$;
