-- The figures of return visits. The cohort is what fell due between two days as first promised, and does not change when a
-- visit is put off or settled late. Each figure's meaning:
--   due            owed and not taken back (a case that was reopened takes its visit back: cancelled)
--   reached        the customer was asked; in window: by the time first promised
--   contact        reached of those that were tried at all
--   satisfied      scored 4 or 5, of those scored
--   reopened       of those reached: not solved, or scored 1 or 2
--   confirmed      of the checks that reached the customer
-- p_by: property, company (one line over all), department (whose work it was), kind (of the case, when it fell due), person
-- (who made the visit) or worker (who had done the work).
create function visit_report(p_scope int[], p_from text, p_to text, p_by text)
returns table (property text, "by" text, due bigint, cancelled bigint, still_open bigint, tried bigint, reached bigint,
               reached_share text, in_window bigint, in_window_share text, attempts bigint, attempts_per_reach text, contact text,
               scored bigint, average text, satisfied bigint, satisfied_share text, not_solved bigint, reopened bigint,
               sampled bigint, checked bigint, confirmed bigint, confirmed_share text)
language sql stable as $$
  with visit as (
    select y.code as property,
           case p_by when 'department' then coalesce((select d.code from department d where d.property_id = t.property_id and d.id = t.department_id), '-')
                     when 'kind' then t.kind
                     when 'person' then coalesce((select u.login from obligation_attempt a join app_user u on u.id = a.user_id
                                                   where a.property_id = b.property_id and a.obligation_id = b.id and a.seq = b.attempts), '-')
                     when 'worker' then coalesce((select u.login from app_user u where u.id = t.worker_id), '-') end as by,
           true as is_visit, b.state <> 'cancelled' as is_due, b.state, b.attempts, b.score, b.outcome,
           b.state = 'kept' as is_reached, b.state = 'kept' and b.settled_at <= t.due_by as is_in_window,
           k.id is not null and k.state <> 'cancelled' as is_sampled, k.state = 'kept' as is_checked, k.outcome as checked_as
      from property y
     -- Reckoned first: a comparison with what is reckoned from a row could not use the index under row-level security.
     cross join lateral (
       select coalesce(to_day(p_from, 'from'), date_trunc('month', today(y.zone))::date)::timestamp at time zone y.zone as since,
              (coalesce(to_day(p_to, 'to'), today(y.zone)) + 1)::timestamp at time zone y.zone as until offset 0) p
     cross join lateral (
       select * from visit_terms x where x.property_id = y.id and x.due_by >= p.since and x.due_by < p.until
        offset 0) t -- keeps the walk of the index by property and day
      join obligation b on b.property_id = t.property_id and b.id = t.visit_id
      left join visit_sampled s on s.property_id = t.property_id and s.visit_id = t.visit_id
      left join obligation k on k.property_id = s.property_id and k.id = s.check_id
     where y.id = any (p_scope)
    union all
    -- Where nothing fell due there is a line all the same.
    select y.code, null, false, false, null, null, null, null, false, false, false, false, null
      from property y where y.id = any (p_scope) and coalesce(p_by, 'property') in ('property', 'company')
  ), figure as (
    select case when p_by = 'company' then '*' else v.property end as property, v.by,
           count(*) filter (where is_due) as due, count(*) filter (where is_visit and not is_due) as cancelled,
           count(*) filter (where state = 'open') as still_open, count(*) filter (where is_due and attempts > 0) as tried,
           count(*) filter (where is_reached) as reached, count(*) filter (where is_in_window) as in_window,
           coalesce(sum(attempts) filter (where is_due), 0) as attempts,
           count(score) filter (where is_reached) as scored, avg(score) filter (where is_reached) as average,
           count(*) filter (where is_reached and score >= 4) as satisfied,
           count(*) filter (where is_reached and outcome = 'not_solved') as not_solved,
           count(*) filter (where is_reached and visit_reopens(outcome, score)) as reopened,
           count(*) filter (where is_sampled) as sampled, count(*) filter (where is_sampled and is_checked) as checked,
           count(*) filter (where is_sampled and is_checked and checked_as = 'confirmed') as confirmed
      from visit v
     group by 1, 2
  )
  select f.property, f.by, f.due, f.cancelled, f.still_open, f.tried, f.reached, share_text(f.reached, f.due), f.in_window,
         share_text(f.in_window, f.due), f.attempts,
         case when f.reached > 0 then round(f.attempts::numeric / f.reached, 2)::text else 'n/a' end,
         share_text(f.reached, f.tried), f.scored, coalesce(round(f.average, 2)::text, 'n/a'), f.satisfied,
         share_text(f.satisfied, f.scored), f.not_solved, f.reopened, f.sampled, f.checked, f.confirmed,
         share_text(f.confirmed, f.checked)
    from figure f
   order by f.property, f.by
$$;
