-- Checks: a sample of the return visits that are settled is made again by somebody who had no part in them.

-- What was recorded, and what the check came to.
create view visit_check_card with (security_invoker = true) as
select k.id, k.property_id, y.code as property, k.number, c.number as "case", c.kind, c.summary,
       coalesce((select p.name from party p where p.property_id = c.property_id and p.id = c.party_id), c.caller) as party,
       coalesce(c.phone_raw, (select f.raw from party_phone f
                               where f.property_id = c.property_id and f.party_id = c.party_id and f.until_on is null
                               order by f.from_on, f.id limit 1)) as phone,
       ts(v.at, y.zone) as visited_at, (select u.login from app_user u where u.id = v.user_id) as visited_by,
       b.outcome as recorded, b.score as recorded_score, v.remark as recorded_remark,
       k.state, ts(k.due_by, y.zone) as due_by, k.attempts, k.outcome, k.score, a.remark, ts(a.at, y.zone) as checked_at,
       (select u.login from app_user u where u.id = a.user_id) as checked_by, k.version
  from obligation k
  join property y on y.id = k.property_id
  join obligation b on b.property_id = k.property_id and b.id = k.entity_id
  join desk_case c on c.property_id = b.property_id and c.id = b.entity_id
  left join obligation_attempt v on v.property_id = b.property_id and v.obligation_id = b.id and v.seq = b.attempts
  left join obligation_attempt a on a.property_id = k.property_id and a.obligation_id = k.id and a.seq = k.attempts
 where k.kind = 'visit_check' and k.entity = 'visit';
grant select on visit_check_card to steward_app;

create function visit_check_reply(p_property int, p_id uuid)
returns table ("case.id" uuid, "case.property_id" int, "case.property" text, "case.number" text, "case.state" text, "case.version" int,
               "check.id" uuid, "check.property_id" int, "check.property" text, "check.number" text, "check.case" text,
               "check.kind" text, "check.summary" text, "check.party" text, "check.phone" text, "check.visited_at" text,
               "check.visited_by" text, "check.recorded" text, "check.recorded_score" int, "check.recorded_remark" text,
               "check.state" text, "check.due_by" text, "check.attempts" int, "check.outcome" text, "check.score" int,
               "check.remark" text, "check.checked_at" text, "check.checked_by" text, "check.version" int)
language plpgsql volatile rows 1 as $$
begin
  return query
    select c.id, c.property_id, k.property, c.number, c.state, c.version,
           k.id, k.property_id, k.property, k.number, k."case", k.kind, k.summary, k.party, k.phone, k.visited_at, k.visited_by,
           k.recorded, k.recorded_score, k.recorded_remark, k.state, k.due_by, k.attempts, k.outcome, k.score, k.remark,
           k.checked_at, k.checked_by, k.version
      from visit_check_card k
      join desk_case c on c.property_id = k.property_id and c.number = k."case"
     where k.property_id = p_property and k.id = p_id;
end $$;

-- True if this person had a part in a return visit: did the work, closed the case, or made the visit.
create function visit_is_concerned(c desk_case, b obligation, p_user uuid) returns boolean language plpgsql stable as $$
begin
  return visit_is_own(c, p_user)
      or exists (select from case_event e where e.property_id = c.property_id and e.case_id = c.id and e.verb = 'close' and e.user_id = p_user)
      or exists (select from obligation_attempt a where a.property_id = b.property_id and a.obligation_id = b.id and a.user_id = p_user);
end $$;

-- Draws from the visits that fell due between two days and are settled: a share of them, or a number. The key seeds the draw.
-- Who does not want to be asked is left alone, and nothing is drawn twice.
create function visit_sample(p_property int, p_key uuid, p_user uuid, p_from text, p_to text, p_share int, p_size int, p_due text,
                             out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  zone constant text := (select y.zone from property y where y.id = p_property);
  first constant date := coalesce(to_day(p_from, 'from'), date_trunc('month', today(zone))::date);
  last constant date := coalesce(to_day(p_to, 'to'), today(zone));
  share constant int := case when p_size is null then coalesce(p_share, 10) end;
  due constant timestamptz := coalesce(local_time(p_due, zone, 'due'), now() + interval '7 days');
  settled uuid[];
  v record;
begin
  if p_share is not null and p_size is not null then
    perform refuse('STINV', 'SHARE_AND_SIZE', 'size', 'say a share or a number, not both');
  elsif due < now() then
    perform refuse('STINV', 'DUE_PAST', 'due', 'the checks would be late at once');
  end if;
  settled := array(
    select b.id
      from (select t.property_id, t.visit_id from visit_terms t
             where t.property_id = p_property
               and t.due_by >= first::timestamp at time zone zone and t.due_by < (last + 1)::timestamp at time zone zone
            offset 0) t -- keeps the walk of the index by day
      join obligation b on b.property_id = t.property_id and b.id = t.visit_id
      join desk_case c on c.property_id = b.property_id and c.id = b.entity_id
     where b.state in ('kept', 'missed') and b.outcome <> 'refused'
       and not exists (select from visit_sampled x where x.property_id = b.property_id and x.visit_id = b.id)
       and not visit_is_concerned(c, b, p_user)
     order by md5(p_key || '~' || b.id));
  insert into visit_sample (property_id, id, from_on, to_on, share, settled, drawn, user_id)
  values (p_property, p_key, first, last, share, cardinality(settled),
          least(cardinality(settled), 200, coalesce(p_size, ceil(cardinality(settled) * share / 100.0))), p_user)
  returning visit_sample.property_id, visit_sample.id into property_id, id;
  for v in
    select b.id, b.label, b.party_id, b.place_id, b.subject from obligation b
     where b.property_id = p_property
       and b.id = any (settled[1:(select s.drawn from visit_sample s where s.property_id = p_property and s.id = p_key)])
     order by b.due_by, b.id
  loop
    insert into visit_sampled (property_id, sample_id, visit_id, check_id)
    values (p_property, p_key, v.id,
            obligation_need(p_property, 'visit_check', 'visit', v.id, v.subject, v.label, now(), due,
                            p_party => v.party_id, p_place => v.place_id, p_creator => p_user));
  end loop;
end $$;

-- The draw itself, as the same statement has just written it.
create function visit_sample_card(p_property int, p_id uuid) returns setof visit_sample language plpgsql volatile rows 1 as
$$ begin return query select * from visit_sample s where s.property_id = p_property and s.id = p_id; end $$;

-- The check meant by its own number or UUID, or the first one due of a case.
create function visit_check_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  look record := ref_split(p_scope, null, p_ref);
  c record;
begin
  if is_uuid(look.rest) or look.rest ~* '^O-' then
    select o.property_id, o.id into property_id, id from obligation o
     where o.property_id = any (look.within) and o.kind = 'visit_check'
       and case when is_uuid(look.rest) then o.id = look.rest::uuid else o.number = upper(look.rest) end
     limit 1;
  end if;
  if id is null and look.rest !~* '^O-' then
    c := case_key(p_scope, p_ref);
    select k.property_id, k.id into property_id, id
      from obligation b
      join obligation k on k.property_id = b.property_id and k.entity = 'visit' and k.entity_id = b.id and k.kind = 'visit_check'
     where b.property_id = c.property_id and b.entity = 'case' and b.entity_id = c.id and b.kind = 'return_visit' and k.state = 'open'
     order by k.due_by, k.id limit 1;
  end if;
  if id is null then
    perform refuse('STPRE', 'NO_CHECK_DUE', 'case',
                   format('no return visit of %s is to be checked: `visit sample` draws those that are', look.rest));
  end if;
end $$;

-- A manager asks the customer again. Whatever comes of it is told in the case; whether it is reopened is for people to say.
create function visit_check(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_outcome text, p_score int,
                            p_remark text, p_again text, out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record := visit_check_key(p_scope, p_ref);
  o obligation;
  b obligation;
  c desk_case;
  x obligation_outcome;
begin
  select * into b from obligation v
   where v.property_id = k.property_id and v.id = (select z.entity_id from obligation z where z.property_id = k.property_id and z.id = k.id);
  c := case_lock(b.property_id, b.entity_id);
  select * into o from obligation z where z.property_id = k.property_id and z.id = k.id for update;
  select * into x from obligation_outcome y where y.outcome = p_outcome;
  if o.state <> 'open' then
    perform refuse('STPRE', 'SETTLED', 'case', format('%s is %s already', o.number, o.state));
  elsif visit_is_concerned(c, b, p_user) then
    perform refuse('STDEN', 'OWN_WORK', 'case',
                   format('you had a part in %s or in its return visit; somebody else must check it', c.number));
  elsif p_score is not null and not x.reached then
    perform refuse('STINV', 'SCORE_WITHOUT_CUSTOMER', 'score', 'only a customer who was reached gives a score');
  end if;
  o := obligation_try(o, p_key, p_user, p_at, p_outcome, p_score, p_remark,
                      local_time(p_again, (select y.zone from property y where y.id = c.property_id), 'again'));
  perform case_apply(c, 'visit_check', p_user,
                     concat_ws(': ', x.label || coalesce(', score ' || p_score || coalesce(' (recorded ' || b.score || ')', ''), ''),
                               nullif(p_remark, '')), p_key, p_at);
  property_id := o.property_id;
  id := o.id;
end $$;
