-- Who can do what, and who is on duty when.

-- The person called so who works at this property.
create function duty_person(p_property int, p_person text) returns uuid language plpgsql stable as $$
declare
  found uuid;
begin
  select u.id into found from app_user u
   where u.login = lower(btrim(p_person)) and u.state = 'active'
     and exists (select from user_grant g where g.user_id = u.id and g.ended_at is null
                    and (g.property_id is null or g.property_id = p_property));
  if found is null then
    perform refuse('STNOF', 'NOBODY_SO_CALLED', 'person',
                   format('nobody at %s is called %s', property_codes(array[p_property]), quote_literal(p_person)));
  end if;
  return found;
end $$;

-- Whoever is called so, here or elsewhere, now or before; null for nobody named.
create function duty_login(p_person text) returns uuid language plpgsql stable strict as $$
declare
  found constant uuid := (select u.id from app_user u where u.login = lower(btrim(p_person)));
begin
  if found is null then
    perform refuse('STNOF', 'NOBODY_SO_CALLED', 'person', format('nobody is called %s', quote_literal(p_person)));
  end if;
  return found;
end $$;

create function duty_zone(p_property int) returns text language plpgsql stable as
$$ begin return (select y.zone from property y where y.id = p_property); end $$;

-- Codes of the departments a person belongs to.
create function duty_departments(p_property int, p_user uuid) returns text language plpgsql stable as $$
begin
  return (select string_agg(d.code, ', ' order by d.code)
            from user_department m join department d on d.property_id = m.property_id and d.id = m.department_id
           where m.property_id = p_property and m.user_id = p_user and m.ended_at is null);
end $$;

-- Skills --------------------------------------------------------------------------------------------------------------

create view skill_card with (security_invoker = true) as
select s.id, s.property_id, y.code as property, u.login as person, u.full_name as name, s.skill, k.label, s.level,
       duty_departments(s.property_id, s.user_id) as department, ts(s.added_at, y.zone) as since,
       (select a.login from app_user a where a.id = s.added_by) as added_by, ts(s.ended_at, y.zone) as ended_at,
       u.login as number, s.version, s.property_id || '~' || s.id || '~' || u.login as cursor
  from user_skill s
  join property y on y.id = s.property_id
  join app_user u on u.id = s.user_id
  join skill k on k.skill = s.skill;
grant select on skill_card to steward_app;
create function skill_card(p_property int, p_id uuid) returns setof skill_card language plpgsql volatile rows 1 as
$$ begin return query select * from skill_card c where c.property_id = p_property and c.id = p_id; end $$;

create function duty_skill_ok(p_skill text) returns text language plpgsql stable strict as $$
begin
  if not exists (select from skill k where k.skill = lower(btrim(p_skill))) then
    perform refuse('STNOF', 'SKILL_UNKNOWN', 'skill', format('there is no skill %s: %s', quote_literal(p_skill),
                   (select string_agg(k.skill, ', ' order by k.rank, k.skill) from skill k)));
  end if;
  return lower(btrim(p_skill));
end $$;

-- Somebody can do this from now on; another level ends the one before.
create function duty_skill_add(p_property int, p_id uuid, p_user uuid, p_person text, p_skill text, p_level int) returns uuid
language plpgsql volatile as $$
declare
  whom constant uuid := duty_person(p_property, p_person);
  what constant text := duty_skill_ok(p_skill);
  had user_skill;
begin
  select * into had from user_skill s
   where s.property_id = p_property and s.user_id = whom and s.skill = what and s.ended_at is null for update;
  if had.level = coalesce(p_level, 2) then
    perform refuse('STEXI', 'SKILL_KNOWN', 'skill', format('%s has %s at level %s already', lower(btrim(p_person)), what, had.level));
  elsif had.id is not null then
    update user_skill s set ended_at = now(), ended_by = p_user, version = had.version + 1
     where s.property_id = p_property and s.id = had.id;
  end if;
  insert into user_skill (property_id, id, user_id, skill, level, added_by)
  values (p_property, p_id, whom, what, coalesce(p_level, 2), p_user);
  return p_id;
end $$;

create function duty_skill_end(p_property int, p_user uuid, p_person text, p_skill text) returns uuid
language plpgsql volatile as $$
declare
  whom constant uuid := duty_login(p_person);
  what constant text := duty_skill_ok(p_skill);
  found uuid;
begin
  update user_skill s set ended_at = now(), ended_by = p_user, version = s.version + 1
   where s.property_id = p_property and s.user_id = whom and s.skill = what and s.ended_at is null
  returning s.id into found;
  if found is null then
    perform refuse('STNOF', 'SKILL_NOT_HELD', 'skill', format('%s does not have %s', lower(btrim(p_person)), what));
  end if;
  return found;
end $$;

-- Skills people have, person by person.
create function duty_skills(p_scope int[], p_person text, p_skill text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 100 as $$
#variable_conflict use_column
declare
  after constant record := row_after(p_after);
  who constant uuid := duty_login(p_person);
  what constant text := duty_skill_ok(p_skill);
begin
  return query
    select s.property_id, s.id
      from unnest(p_scope) x (property_id)
      join user_skill s on s.property_id = x.property_id and s.ended_at is null
      join app_user u on u.id = s.user_id
     where (who is null or s.user_id = who) and (what is null or s.skill = what)
       and (s.property_id, u.login, s.id) > (after.property_id, after.key, after.id)
     order by s.property_id, u.login, s.id limit coalesce(p_limit, 200);
end $$;

-- What kinds of work ask for ------------------------------------------------------------------------------------------

-- The skills a category asks for, any of them: its own, else those of the nearest category above that names some. Null
-- where nothing is named.
create function category_skills(p_category uuid) returns text[] language plpgsql stable as $$
declare
  here uuid := p_category;
  found text[];
begin
  while here is not null and found is null loop
    select array_agg(n.skill order by k.rank, k.skill) into found
      from category_skill n join skill k on k.skill = n.skill where n.category_id = here and n.wanted;
    here := (select g.parent_id from case_category g where g.id = here);
  end loop;
  return found;
end $$;

create function duty_need_set(p_category text, p_skill text, p_wanted boolean, out category text, out skill text, out label text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  which constant uuid := case_category_key(p_category);
  what constant text := duty_skill_ok(p_skill);
begin
  if not p_wanted then
    update category_skill n set wanted = false where n.category_id = which and n.skill = what and n.wanted;
    if not found then
      perform refuse('STNOF', 'NEED_UNKNOWN', 'skill', format('%s does not ask for %s itself', btrim(p_category), what));
    end if;
  else
    insert into category_skill as n (category_id, skill) values (which, what)
    on conflict (category_id, skill) do update set wanted = true;
  end if;
  select g.path, k.skill, k.label into category, skill, label from case_category g, skill k where g.id = which and k.skill = what;
end $$;

-- Duty --------------------------------------------------------------------------------------------------------------

create view duty_card with (security_invoker = true) as
select d.id, d.property_id, y.code as property, u.login as person, u.full_name as name,
       duty_departments(d.property_id, d.user_id) as department,
       (select string_agg(s.skill || ' ' || s.level, ', ' order by s.level desc, s.skill) from user_skill s
         where s.property_id = d.property_id and s.user_id = d.user_id and s.ended_at is null) as skills,
       ts(d.from_at, y.zone) as "from", ts(d.to_at, y.zone) as "to", d.note, d.cancelled_at is not null as cancelled,
       u.login as number, d.version, (extract(epoch from d.from_at) * 1000000)::bigint || '~' || d.id as cursor
  from duty_period d
  join property y on y.id = d.property_id
  join app_user u on u.id = d.user_id;
grant select on duty_card to steward_app;
create function duty_card(p_property int, p_id uuid) returns setof duty_card language plpgsql volatile rows 1 as
$$ begin return query select * from duty_card c where c.property_id = p_property and c.id = p_id; end $$;

create function duty_add(p_property int, p_id uuid, p_user uuid, p_person text, p_from text, p_to text, p_note text) returns uuid
language plpgsql volatile as $$
declare
  zone constant text := duty_zone(p_property);
  whom constant uuid := duty_person(p_property, p_person);
  f constant timestamptz := coalesce(local_time(p_from, zone, 'from'), now());
  t constant timestamptz := local_time(p_to, zone, 'to');
  other duty_period;
begin
  if t <= f then
    perform refuse('STINV', 'PERIOD', 'to', 'a duty ends after its beginning');
  end if;
  select * into other from duty_period d
   where d.property_id = p_property and d.user_id = whom and d.cancelled_at is null and d.from_at < t and d.to_at > f
   order by d.from_at limit 1;
  if other.id is not null then
    perform refuse('STPRE', 'ON_DUTY_ALREADY', 'from',
                   format('%s is on duty from %s to %s already', lower(btrim(p_person)),
                          to_char(other.from_at at time zone zone, 'YYYY-MM-DD HH24:MI'),
                          to_char(other.to_at at time zone zone, 'YYYY-MM-DD HH24:MI')));
  end if;
  insert into duty_period (property_id, id, user_id, from_at, to_at, note, added_by)
  values (p_property, p_id, whom, f, t, nullif(btrim(p_note), ''), p_user);
  return p_id;
end $$;

-- Ends the duty somebody has at a moment; what would only begin then, or later, is called off.
create function duty_end(p_property int, p_person text, p_at text) returns uuid language plpgsql volatile as $$
declare
  zone constant text := duty_zone(p_property);
  whom constant uuid := duty_login(p_person);
  moment constant timestamptz := coalesce(local_time(p_at, zone, 'at'), now());
  d duty_period;
begin
  select * into d from duty_period x
   where x.property_id = p_property and x.user_id = whom and x.cancelled_at is null
     and x.from_at <= moment and x.to_at > moment for update;
  if d.id is null then
    perform refuse('STNOF', 'NOT_ON_DUTY', 'person',
                   format('%s is not on duty at %s; --at names a moment of the duty', lower(btrim(p_person)),
                          to_char(moment at time zone zone, 'YYYY-MM-DD HH24:MI')));
  end if;
  update duty_period x
     set to_at = case when moment > d.from_at then moment else d.to_at end,
         cancelled_at = case when moment = d.from_at then now() end, version = d.version + 1
   where x.property_id = p_property and x.id = d.id;
  return d.id;
end $$;

-- Duties, the earliest first: those of now, or those of a day. No duty is longer than a month.
create function duty_list(p_scope int[], p_day text, p_person text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  cut record := cursor_split(p_after, '-infinity');
  day constant date := to_day(p_day, 'day');
  who constant uuid := duty_login(p_person);
  lim constant int := coalesce(p_limit, 200);
begin
  -- Worked out first: what depends on the zone could not be looked up in the index.
  return query
    with w as materialized (
      select y.id, coalesce(day::timestamp at time zone y.zone, now()) as f,
             coalesce((day + 1)::timestamp at time zone y.zone, now() + interval '1 microsecond') as t,
             coalesce(day::timestamp at time zone y.zone, now()) - interval '32 days' as first
        from property y where y.id = any (p_scope)
    )
    select d.property_id, d.id
      from w
     cross join lateral (
       select d.property_id, d.id, d.from_at from duty_period d
        where d.property_id = w.id and d.cancelled_at is null
          and d.from_at < w.t and d.from_at >= w.first and d.to_at > w.f and (d.from_at, d.id) > (cut.at, cut.id)
          and (who is null or d.user_id = who)
        order by d.from_at, d.id limit lim) d
     order by d.from_at, d.id limit lim;
end $$;
