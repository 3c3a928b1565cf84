-- Who should do the work of a case: people by skill, duty and load; departments and firms by what they did before.

-- Of one that could do it: 50 for the skill asked for and 5 for each level above the first, 30 for being on duty, 10 for
-- having worked at this place before, 20 and 1 more for each earlier order of the kind (30 at most), less 5 for each
-- order already on hand (30 at most). The reason says the same in words. Open orders that are paused are no load.
create function order_propose(p_scope int[], p_ref text)
returns table ("to" text, kind text, name text, department text, skill text, on_duty boolean, open_orders int, last_here text,
               score int, reason text)
language plpgsql stable rows 10 as $$
#variable_conflict use_column
declare
  k record := case_key(p_scope, p_ref);
  c desk_case;
  zone text;
  needs text[];
begin
  select * into c from desk_case d where d.property_id = k.property_id and d.id = k.id;
  select y.zone into zone from property y where y.id = k.property_id;
  needs := category_skills(c.category_id);
  return query
  with load as materialized (
    select o.user_id, o.department_id, o.contractor, count(*)::int as n
      from work_order o
     where o.property_id = c.property_id and o.is_open and o.state <> 'paused'
     group by o.user_id, o.department_id, o.contractor
  ), duty as materialized (
    select distinct d.user_id from duty_period d
     where d.property_id = c.property_id and d.cancelled_at is null and d.from_at <= now()
       and d.from_at > now() - interval '32 days' and d.to_at > now()
  ), here as materialized (
    select o.user_id, o.department_id, o.contractor, max(o.done_at) as at
      from (select d.id from desk_case d
             where d.property_id = c.property_id and d.place_id = c.place_id
             order by d.opened_at desc, d.id desc limit 50) d
      join work_order o on o.property_id = c.property_id and o.case_id = d.id and o.state = 'done'
     group by o.user_id, o.department_id, o.contractor
  ), before as materialized (
    select o.department_id, o.contractor, count(*)::int as n
      from (select d.id from desk_case d
             where d.property_id = c.property_id and d.category_id = c.category_id
             order by d.opened_at desc, d.id desc limit 100) d
      join work_order o on o.property_id = c.property_id and o.case_id = d.id and o.state = 'done'
     where o.department_id is not null or o.contractor is not null
     group by o.department_id, o.contractor
  ), skills as materialized (
    select s.user_id, s.skill, s.level from user_skill s
     where s.property_id = c.property_id and s.ended_at is null and s.skill = any (needs)
  ), hands as (
    select u.login as "to", 1 as rank, 'person' as kind, u.full_name as name, duty_departments(c.property_id, u.id) as department,
           (select string_agg(s.skill || ' ' || s.level, ', ' order by s.level desc, s.skill) from skills s where s.user_id = u.id) as skill,
           (select max(s.level) from skills s where s.user_id = u.id) as level,
           exists (select from duty d where d.user_id = u.id) as on_duty,
           coalesce((select sum(l.n) from load l where l.user_id = u.id), 0)::int as n,
           (select max(h.at) from here h where h.user_id = u.id) as at, 0 as times
      from app_user u
     where u.state = 'active'
       and u.id in (select g.user_id from user_grant g
                     where g.role in ('technician', 'building_steward') and g.ended_at is null
                       and (g.property_id = c.property_id or g.property_id is null))
    union all
    select d.code, 2, 'department', d.name, d.code, m.skill, m.level, coalesce(m.on_duty, false),
           coalesce((select sum(l.n) from load l where l.department_id = d.id), 0)::int,
           (select max(h.at) from here h where h.department_id = d.id), b.n
      from before b
      join department d on d.property_id = c.property_id and d.id = b.department_id and d.state = 'active'
      left join lateral (
        select string_agg(distinct s.skill, ', ' order by s.skill) as skill, max(s.level) as level,
               bool_or(exists (select from duty x where x.user_id = m.user_id)) as on_duty
          from user_department m left join skills s on s.user_id = m.user_id
         where m.property_id = d.property_id and m.department_id = d.id and m.ended_at is null) m on true
    union all
    select b.contractor, 3, 'contractor', b.contractor, null, null, null, null,
           coalesce((select sum(l.n) from load l where l.contractor = b.contractor), 0)::int,
           (select max(h.at) from here h where h.contractor = b.contractor), b.n
      from before b where b.contractor is not null
  )
  select h."to", h.kind, h.name, h.department, h.skill, h.on_duty, h.n, ts(h.at, zone), s.score,
         concat_ws(', ', coalesce(h.skill, case when h.kind <> 'contractor' then 'no ' || array_to_string(needs, ' or ') end),
                   case when h.on_duty then 'on duty' when not h.on_duty then 'not on duty' end, h.n || ' open',
                   'was here on ' || (h.at at time zone zone)::date,
                   case when h.times > 0 then format('did %s like it', h.times) end)
    from hands h
   cross join lateral (
     select coalesce(45 + 5 * h.level, 0) + coalesce(h.on_duty::int, 0) * 30 + (h.at is not null)::int * 10
            + case when h.times > 0 then 20 + least(h.times, 10) else 0 end - 5 * least(h.n, 6) as score) s
   order by s.score desc, h.n, h.rank, h."to" limit 10;
end $$;
