-- Who looks after which buildings, which customers are silent, how many were met, and who is to be met when.

-- Patches ----------------------------------------------------------------------------------------------------------------

create view patch_card with (security_invoker = true) as
select p.id, p.property_id, y.code as property, l.number as building, l.number, l.name,
       (select u.login from app_user u where u.id = p.user_id) as steward,
       (select u.full_name from app_user u where u.id = p.user_id) as full_name,
       lower(p.period) as "from", upper(p.period) as "to",
       (select count(*) from place k where k.property_id = p.property_id and k.building_id = p.building_id and k.kind = 'unit'
                                       and k.closed_on is null) as units,
       (select u.login from app_user u where u.id = p.given_by) as given_by, p.version, p.building_id, p.user_id, p.period,
       l.sort_key, p.property_id || '~' || p.id || '~' || l.sort_key as cursor
  from patch p
  join property y on y.id = p.property_id
  join place l on l.property_id = p.property_id and l.id = p.building_id;
grant select on patch_card to steward_app;
create function patch_card(p_property int, p_id uuid) returns setof patch_card language plpgsql volatile rows 1 as
$$ begin return query select * from patch_card c where c.property_id = p_property and c.id = p_id; end $$;

-- Gives a building to a steward. A building steward may take over one that nobody looks after; what was given on the
-- same day is put right by a supervisor or manager.
create function patch_add(p_scope int[], p_user uuid, p_key uuid, p_login text, p_building text, p_from text, p_to text,
                          out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record := building_key(p_scope, p_building);
  whom constant uuid := staff_key(k.property_id, p_login, 'user');
  chief constant boolean := user_has_role(p_user, k.property_id, '{supervisor,manager}');
  since date;
  o patch;
begin
  since := coalesce(to_day(p_from, 'from'), (select today(y.zone) from property y where y.id = k.property_id));
  if to_day(p_to, 'to') <= since then
    perform refuse('STINV', 'PERIOD', 'to', 'must be a day after the first day');
  elsif not chief and whom <> p_user then
    perform refuse('STDEN', 'NOT_YOUR_PATCH', 'user', 'only a supervisor or manager gives buildings to others');
  end if;
  perform from place l where l.property_id = k.property_id and l.id = k.id for update;
  select * into o from patch p
   where p.property_id = k.property_id and p.building_id = k.id and p.period && daterange(since, to_day(p_to, 'to'))
   order by p.period limit 1 for update;
  property_id := k.property_id;
  id := coalesce(o.id, p_key);
  if o.id is null then
    insert into patch (property_id, id, building_id, user_id, period, given_by)
    values (k.property_id, p_key, k.id, whom, daterange(since, to_day(p_to, 'to')), p_user);
  elsif chief and lower(o.period) = since and upper_inf(o.period) and p_to is null and o.user_id <> whom then
    update patch p set user_id = whom, given_by = p_user, version = o.version + 1
     where p.property_id = o.property_id and p.id = o.id;
  else
    perform refuse('STPRE', 'LOOKED_AFTER', 'building',
                   format('%s looks after it since %s%s; end that first', (select u.login from app_user u where u.id = o.user_id),
                          lower(o.period), case when upper_inf(o.period) then '' else format(' until %s', upper(o.period)) end));
  end if;
end $$;

-- Ends what is given on that day; it lasts one day at least.
create function patch_end(p_scope int[], p_user uuid, p_building text, p_on text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record := building_key(p_scope, p_building);
  day date;
  o patch;
begin
  day := coalesce(to_day(p_on, 'on'), (select today(y.zone) from property y where y.id = k.property_id));
  select * into o from patch p
   where p.property_id = k.property_id and p.building_id = k.id and p.period @> day for update;
  if o.id is null then
    perform refuse('STPRE', 'NOBODY_LOOKS_AFTER', 'building', format('nobody looks after it on %s', day));
  elsif o.user_id <> p_user and not user_has_role(p_user, k.property_id, '{supervisor,manager}') then
    perform refuse('STDEN', 'NOT_YOUR_PATCH', 'building', 'somebody else looks after it');
  end if;
  update patch p set period = daterange(lower(o.period), greatest(day, lower(o.period) + 1)), ended_by = p_user, version = o.version + 1
   where p.property_id = o.property_id and p.id = o.id;
  property_id := o.property_id;
  id := o.id;
end $$;

create function patch_list(p_scope int[], p_user uuid, p_login text, p_mine boolean, p_history boolean, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  after constant record := row_after(p_after);
  who constant uuid := case when p_mine then p_user when p_login is not null then user_key(p_login) end;
begin
  return query
    select c.property_id, c.id from patch_card c join property y on y.id = c.property_id
     where c.property_id = any (p_scope) and (who is null or c.user_id = who)
       and (p_history or upper_inf(c.period) or upper(c.period) > today(y.zone))
       and (c.property_id, c.sort_key, c.id) > (after.property_id, after.key, after.id)
     order by c.property_id, c.sort_key, c.id limit coalesce(p_limit, 100);
end $$;

-- The silent -----------------------------------------------------------------------------------------------------------

-- The buildings a list is narrowed to: those of a place, those of a person, or null for all.
create function building_filter(p_scope int[], p_user uuid, p_building text, p_mine boolean) returns uuid[]
language plpgsql stable as $$
declare
  k record := building_key(p_scope, p_building);
  mine constant uuid[] := case when p_mine then patch_buildings(p_scope, p_user) end;
begin
  if k.id is null then
    return mine;
  end if;
  return case when mine is null or k.id = any (mine) then array[k.id] else '{}' end;
end $$;

-- The moment in a cursor; "never" has no place among moments and stands for it as the year one.
create function never_cursor(t timestamptz, p_id uuid) returns text language sql immutable as
$$ select (extract(epoch from case when isfinite(t) then t else '0001-01-01 00:00Z' end) * 1000000)::bigint || '~' || p_id $$;

-- Customers of occupied units who were not heard for so many days: those never heard first, then the longest silent.
create function silent_list(p_scope int[], p_user uuid, p_days int, p_building text, p_mine boolean, p_key boolean,
                            p_after text, p_limit int)
returns table (property_id int, id uuid, cursor text) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, '-infinity');
  till constant timestamptz := now() - make_interval(days => coalesce(p_days, 180));
  within constant uuid[] := building_filter(p_scope, p_user, p_building, p_mine);
begin
  if cut.at < '0002-01-01 00:00Z' then
    cut.at := '-infinity';
  end if;
  if within is not null then
    return query
      with held as materialized (
        select distinct o.property_id, o.party_id
          from property y
          join place l on l.property_id = y.id and l.building_id = any (within) and l.kind = 'unit'
          join occupancy o on o.property_id = l.property_id and o.place_id = l.id
           and o.from_on <= today(y.zone) and (o.to_on is null or o.to_on > today(y.zone))
          join occupancy_role r on r.role = o.role and r.customer
         where y.id = any (p_scope))
      select c.property_id, c.party_id, never_cursor(c.last_at, c.party_id)
        from held h join party_contact c on c.property_id = h.property_id and c.party_id = h.party_id
       where c.last_at < till and (c.last_at, c.party_id) > (cut.at, cut.id)
         and (p_key is not true or exists (select from key_customer k
               where k.property_id = c.property_id and k.party_id = c.party_id and k.ended_at is null))
       order by c.last_at, c.party_id limit lim;
    return;
  end if;
  return query
    select c.property_id, c.party_id, never_cursor(c.last_at, c.party_id)
      from unnest(p_scope) s (property_id) join property y on y.id = s.property_id
     cross join lateral (
       select c.property_id, c.party_id, c.last_at from party_contact c
        where c.property_id = s.property_id and (c.last_at, c.party_id) > (cut.at, cut.id) and c.last_at < till
          and party_holds_unit(c.property_id, c.party_id, today(y.zone), null)
          and (p_key is not true or exists (select from key_customer k
                where k.property_id = c.property_id and k.party_id = c.party_id and k.ended_at is null))
        order by c.last_at, c.party_id limit lim) c
     order by c.last_at, c.party_id limit lim;
end $$;

-- Coverage -------------------------------------------------------------------------------------------------------------

-- Occupied units, and when anybody who holds or lives in them was last heard; a contact at the place without a name
-- counts as well.
create function unit_heard(p_property int, p_buildings uuid[] default null)
returns table (place_id uuid, building_id uuid, heard_at timestamptz) language plpgsql stable rows 1000 as $$
#variable_conflict use_column
declare
  day constant date := (select today(y.zone) from property y where y.id = p_property);
begin
  return query
    select u.place_id, u.building_id,
           greatest(u.heard_at, (select max(c.at) from contact c
                                  where c.property_id = p_property and c.place_id = u.place_id and c.party_id is null and c.reached
                                    and c.at >= u.from_on
                                    and not exists (select from contact_strike s
                                                     where s.property_id = c.property_id and s.contact_id = c.id)))
      from (select o.place_id, l.building_id, max(c.last_at) as heard_at, min(o.from_on) filter (where r.customer) as from_on
              from occupancy o
              join occupancy_role r on r.role = o.role
              join place l on l.property_id = o.property_id and l.id = o.place_id and l.kind = 'unit'
              left join party_contact c on c.property_id = o.property_id and c.party_id = o.party_id
             where o.property_id = p_property and o.from_on <= day and (o.to_on is null or o.to_on > day)
               and (p_buildings is null or l.building_id = any (p_buildings))
             group by o.place_id, l.building_id
            having bool_or(r.customer)) u;
end $$;

-- Of the occupied units, those with a two-way contact in so many days; and those silent twice as long. By property, by
-- building, or by who looks after the building today.
create function contact_coverage(p_scope int[], p_days int, p_by text)
returns table (property text, building text, name text, steward text, units bigint, heard bigint, coverage text,
               silent bigint, silent_share text) language plpgsql stable rows 100 as $$
#variable_conflict use_column
declare
  since constant timestamptz := now() - make_interval(days => coalesce(p_days, 90));
  quiet constant timestamptz := now() - make_interval(days => 2 * coalesce(p_days, 90));
begin
  return query
    with part as (
      select y.id as property_id, y.code, b.id as building_id, b.number, b.name as building_name, b.sort_key,
             case when p_by = 'steward' then
               (select w.login from patch h join app_user w on w.id = h.user_id
                 where h.property_id = b.property_id and h.building_id = b.id and h.period @> today(y.zone)) end as steward
        from property y
        left join place b on b.property_id = y.id and b.kind = 'building' and b.closed_on is null
       where y.id = any (p_scope)
    ), unit as materialized (
      select y.id as property_id, u.building_id, u.heard_at
        from property y cross join lateral unit_heard(y.id) u where y.id = any (p_scope)
    ), counted as (
      select u.property_id, u.building_id, count(*) as units, count(*) filter (where u.heard_at >= since) as heard,
             count(*) filter (where u.heard_at is null or u.heard_at < quiet) as silent
        from unit u group by u.property_id, u.building_id
    ), row as (
      select t.code, t.number, t.building_name, t.sort_key, t.steward, c.units, c.heard, c.silent
        from part t left join counted c on c.property_id = t.property_id and c.building_id = t.building_id
      union all
      select y.code, null, null, null, null, c.units, c.heard, c.silent
        from counted c join property y on y.id = c.property_id
       where not exists (select from part t where t.property_id = c.property_id and t.building_id = c.building_id)
    )
    select r.code, case when p_by = 'building' then r.number end, case when p_by = 'building' then r.building_name end,
           case when p_by = 'steward' then coalesce(r.steward, '-') end, coalesce(sum(r.units), 0)::bigint,
           coalesce(sum(r.heard), 0)::bigint, share_text(sum(r.heard)::bigint, coalesce(sum(r.units), 0)::bigint),
           coalesce(sum(r.silent), 0)::bigint, share_text(sum(r.silent)::bigint, coalesce(sum(r.units), 0)::bigint)
      from row r
     group by r.code, 2, 3, 4, case when p_by = 'building' then r.sort_key end
    having p_by is null or coalesce(sum(r.units), 0) > 0 or max(r.number) is not null
     order by r.code, case when p_by = 'building' then r.sort_key end, 4;
end $$;

-- Contacts that are due ------------------------------------------------------------------------------------------------

-- Monday to Friday.
create function contact_workday(p_day date) returns boolean language sql immutable as
$$ select extract(isodow from p_day) < 6 $$;

-- Of occupied units in a building whose people were not heard for so many days, whom to contact: who trades or lives
-- there rather than who owns it, once where he holds several. Whoever is owed a contact already is left out.
create function contact_candidates(p_property int, p_building uuid, p_days int)
returns table (party_id uuid, place_id uuid, heard_at timestamptz) language plpgsql stable rows 100 as $$
#variable_conflict use_column
declare
  day constant date := (select today(y.zone) from property y where y.id = p_property);
begin
  return query
    select distinct on (w.party_id) w.party_id, u.place_id, u.heard_at
      from unit_heard(p_property, array[p_building]) u
     cross join lateral (
       select o.party_id from occupancy o join occupancy_role r on r.role = o.role and r.customer
        where o.property_id = p_property and o.place_id = u.place_id and o.from_on <= day and (o.to_on is null or o.to_on > day)
        order by r.slot = 'lease' desc, o.role = 'occupant' desc, r.rank, o.from_on, o.id limit 1) w
     where (u.heard_at is null or u.heard_at < now() - make_interval(days => p_days))
       and not exists (select from obligation b where b.property_id = p_property and b.kind = 'contact' and b.state = 'open'
                                                  and b.party_id = w.party_id)
       and not exists (select from obligation b where b.property_id = p_property and b.kind = 'contact' and b.state = 'open'
                                                  and b.place_id = u.place_id)
     order by w.party_id, u.heard_at nulls first, u.place_id;
end $$;

-- Who owes the contacts of a building: whom the caller names, else who looks after it, else the caller.
create function contact_plan_whose(p_property int, p_building uuid, p_user uuid, p_to text, out department_id uuid, out user_id uuid)
language plpgsql stable as $$
#variable_conflict use_column
declare
  holder uuid := (select p.user_id from patch p join property y on y.id = p.property_id
                   where p.property_id = p_property and p.building_id = p_building and p.period @> today(y.zone));
begin
  if p_to is not null then
    select x.department_id, x.user_id into department_id, user_id from order_to(p_property, p_to) x;
  else
    user_id := coalesce(holder, p_user);
  end if;
  if not user_has_role(p_user, p_property, '{supervisor,manager}')
     and (holder is distinct from p_user or user_id is distinct from p_user) then
    perform refuse('STDEN', 'NOT_YOUR_PATCH', 'building', 'plan for yourself, in a building you look after');
  end if;
end $$;

-- Lets a contact be owed with everybody in the building who was not heard for so many days: the longest silent first,
-- spread evenly over the working days from tomorrow on.
create function contact_plan(p_scope int[], p_user uuid, p_building text, p_until text, p_per_day int, p_to text, p_days int,
                             out property text, out building text, out planned int, out left_over int, out per_day int,
                             out "from" date, out until date)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record := building_key(p_scope, p_building);
  whose record := contact_plan_whose(k.property_id, k.id, p_user, p_to);
  zone constant text := (select y.zone from property y where y.id = k.property_id);
  days date[];
  wanted record;
  made uuid[] := '{}';
  n int := 0;
  total int;
  day date;
begin
  until := to_day(p_until, 'until');
  if until > today(zone) + 366 then
    perform refuse('STINV', 'TOO_FAR', 'until', 'plan a year ahead at most');
  end if;
  days := array(select d::date from generate_series(today(zone) + 1, until, interval '1 day') d where contact_workday(d::date));
  if days = '{}' then
    perform refuse('STINV', 'NO_WORKING_DAY', 'until', format('there is no working day between tomorrow and %s', until));
  end if;
  perform from place l where l.property_id = k.property_id and l.id = k.id for update; -- one plan of a building at a time
  total := (select count(*) from contact_candidates(k.property_id, k.id, coalesce(p_days, 90)));
  per_day := coalesce(p_per_day, greatest(1, (total + cardinality(days) - 1) / cardinality(days)));
  for wanted in
    select c.party_id, c.place_id, c.heard_at, p.number
      from contact_candidates(k.property_id, k.id, coalesce(p_days, 90)) c
      join party p on p.property_id = k.property_id and p.id = c.party_id
      join place l on l.property_id = k.property_id and l.id = c.place_id
     order by c.heard_at nulls first, l.sort_key limit per_day * cardinality(days)
  loop
    day := days[n / per_day + 1];
    made := made || obligation_need(
      k.property_id, 'contact', 'party', wanted.party_id, wanted.number,
      'last heard ' || coalesce((nullif(wanted.heard_at, '-infinity') at time zone zone)::date::text, 'never'),
      day::timestamp at time zone zone, (day + time '18:00') at time zone zone, whose.user_id, whose.department_id,
      p_party => wanted.party_id, p_place => wanted.place_id, p_creator => p_user);
    n := n + 1;
  end loop;
  perform import_touched(made);
  property := property_codes(array[k.property_id]);
  building := (select l.number from place l where l.property_id = k.property_id and l.id = k.id);
  planned := n;
  left_over := total - n;
  "from" := days[1];
end $$;

-- Contacts that are owed, first due on top.
create function contact_due(p_scope int[], p_user uuid, p_building text, p_mine boolean, p_late boolean, p_until text,
                            p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, '-infinity');
  late_at constant timestamptz := case when p_late then now() else 'infinity' end;
  within constant uuid[] := building_filter(p_scope, p_user, p_building, false);
  who constant uuid := case when p_mine then p_user end;
begin
  return query
    select b.property_id, b.id from unnest(p_scope) s (property_id) join property y on y.id = s.property_id
     cross join lateral (
       select b.property_id, b.id, b.due_by from obligation b
        where b.property_id = s.property_id and b.kind = 'contact' and b.state = 'open'
          and (b.due_by, b.id) > (cut.at, cut.id) and b.due_by < late_at
          and b.due_by < coalesce((to_day(p_until, 'until') + 1)::timestamp at time zone y.zone, 'infinity')
          and (who is null or b.user_id = who)
          and (within is null or exists (select from place l where l.property_id = b.property_id and l.id = b.place_id
                                                               and l.building_id = any (within)))
        order by b.due_by, b.id limit lim) b
     order by b.due_by, b.id limit lim;
end $$;
