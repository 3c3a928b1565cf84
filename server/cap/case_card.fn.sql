-- Cards: things as people see them ------------------------------------------------------------------------------
-- What is shown of other tables is looked up in place, not joined: the planner then has little to think about and
-- cannot get it wrong. The functions of the same names read what the same statement has just written.

create view case_card with (security_invoker = true) as
select c.id, c.property_id, y.code as property, c.number, c.kind, c.channel, c.state, c.priority,
       (select g.path from case_category g where g.id = c.category_id) as category, c.summary, c.details,
       (select p.name from party p where p.property_id = c.property_id and p.id = c.party_id) as party,
       (select l.number from place l where l.property_id = c.property_id and l.id = c.place_id) as place,
       c.phone_raw as phone,
       coalesce(nullif(concat_ws(' ', (select d.code from department d where d.property_id = c.property_id and d.id = c.department_id),
                                      (select u.login from app_user u where u.id = c.user_id)), ''), c.contractor) as assignee,
       ts(c.opened_at, y.zone) as opened_at, ts(c.closed_at, y.zone) as closed_at,
       (select u.login from app_user u where u.id = c.opened_by) as opened_by, c.version, c.result, c.score,
       (extract(epoch from c.opened_at) * 1000000)::bigint || '~' || c.id as cursor,
       (select p.number from party p where p.property_id = c.property_id and p.id = c.party_id) as party_number,
       c.caller, c.spot, ts(c.due_at, y.zone) as due_at,
       c.closed_at is null and c.resolved_at is null and c.due_at < now() as late, c.origin, c.origin_ref,
       c.severity, coalesce(c.body, s.body) as body, s.answer,
       (select e.label from case_ending e where e.kind = c.kind and e.ending = c.ending) as ending,
       ts(case when c.responded_at is null then c.respond_due end, y.zone) as respond_due, ts(c.responded_at, y.zone) as responded_at,
       ts(c.update_due, y.zone) as update_due, ts(c.resolved_at, y.zone) as resolved_at, ts(c.held_until, y.zone) as held_until,
       c.hold_reason, nullif(c.chases, 0) as chases,
       (select m.number from desk_case m where m.property_id = c.property_id and m.id = c.merged_into) as merged_into,
       (select b.role from obligation b where b.property_id = c.property_id and b.entity = 'case' and b.entity_id = c.id
                                          and b.kind = 'escalation' and b.state = 'open') as escalated_to,
       clock_words(c, y.zone) as clock
  from desk_case c join property y on y.id = c.property_id
 cross join lateral case_category_says(c.category_id) s;
create function case_card(p_property int, p_id uuid) returns setof case_card language plpgsql volatile rows 1 as
$$ begin return query select * from case_card c where c.property_id = p_property and c.id = p_id; end $$;

-- Minutes worked on an order: from its start, and from each time it went on, until it was paused or over; until now while
-- somebody is at it. Null before the start. What waited before anybody started is no work.
create function order_worked(p_property int, p_case uuid, p_order uuid) returns int language plpgsql stable as $$
begin
  return (
    select floor(sum(extract(epoch from greatest(coalesce(x.until, now()) - x.at, '0'))) / 60)::int
      from (select e.verb, e.at, lead(e.at) over (order by e.seq) as until,
                   bool_or(e.verb = 'start') over (order by e.seq) as begun
              from case_event e
             where e.property_id = p_property and e.case_id = p_case and (e.order_id = p_order or e.verb = 'cancel')
               and e.verb in ('start', 'pause', 'resume', 'complete', 'return', 'hand_on', 'cancel')) x
     where x.verb in ('start', 'resume') and x.begun);
end $$;

create view order_card with (security_invoker = true) as
select o.id, o.property_id, y.code as property, o.number, c.number as "case", o.state,
       coalesce((select d.code from department d where d.property_id = o.property_id and d.id = o.department_id), o.contractor,
                (select u.login from app_user u where u.id = o.user_id)) as "to",
       (select u.login from app_user u where u.id = o.user_id) as person, o.task, c.summary,
       nullif(concat_ws(' ', (select l.number from place l where l.property_id = c.property_id and l.id = c.place_id), c.spot), '') as place,
       c.priority, ts(o.issued_at, y.zone) as issued_at, ts(o.accepted_at, y.zone) as accepted_at,
       ts(o.started_at, y.zone) as started_at, ts(o.done_at, y.zone) as done_at,
       ts(o.returned_at, y.zone) as returned_at, o.result, o.reply, o.reason,
       (select u.login from app_user u where u.id = o.issued_by) as issued_by, o.version,
       (extract(epoch from o.issued_at) * 1000000)::bigint || '~' || o.id as cursor,
       (select p.number from work_order p where p.property_id = o.property_id and p.id = o.previous_id) as handed_from,
       (select n.number from work_order n where n.property_id = o.property_id and n.previous_id = o.id) as handed_to,
       case when o.state = 'paused' then ts(o.paused_until, y.zone) end as paused_until,
       case when o.started_at is not null then order_worked(o.property_id, o.case_id, o.id) end as worked_minutes
  from work_order o
  join property y on y.id = o.property_id
  join desk_case c on c.property_id = o.property_id and c.id = o.case_id;

create view visit_card with (security_invoker = true) as
select b.id, b.property_id, y.code as property, c.number as "case", c.kind, c.summary,
       coalesce((select p.name from party p where p.property_id = c.property_id and p.id = c.party_id), c.caller) as party,
       coalesce(c.phone_raw, (select f.raw from party_phone f
                               where f.property_id = c.property_id and f.party_id = c.party_id and f.until_on is null
                               order by f.from_on, f.id limit 1)) as phone,
       nullif(concat_ws(' ', (select l.number from place l where l.property_id = c.property_id and l.id = c.place_id), c.spot), '') as place,
       b.state, ts(b.due_from, y.zone) as due_from, ts(b.due_by, y.zone) as due_by,
       b.state = 'open' and b.due_by < now() as late, b.attempts, b.outcome, b.score, a.remark,
       ts(a.at, y.zone) as visited_at, (select u.login from app_user u where u.id = a.user_id) as visited_by, c.result,
       b.version, (extract(epoch from b.due_by) * 1000000)::bigint || '~' || b.id as cursor, b.number as entry,
       coalesce((select d.code from department d where d.property_id = b.property_id and d.id = b.department_id),
                (select u.login from app_user u where u.id = b.user_id), b.role) as "to", t.manner, t.form
  from obligation b
  join property y on y.id = b.property_id
  join desk_case c on c.property_id = b.property_id and c.id = b.entity_id
  left join visit_terms t on t.property_id = b.property_id and t.visit_id = b.id
  left join obligation_attempt a on a.property_id = b.property_id and a.obligation_id = b.id and a.seq = b.attempts
 where b.kind = 'return_visit' and b.entity = 'case';

-- Answers that hold two things name their columns "thing.field".
create view order_reply with (security_invoker = true) as
select c.id as "case.id", c.property_id as "case.property_id", o.property as "case.property", c.number as "case.number",
       c.state as "case.state", c.version as "case.version",
       o.id as "order.id", o.property_id as "order.property_id", o.property as "order.property",
       o.number as "order.number", o."case" as "order.case", o.state as "order.state", o."to" as "order.to",
       o.person as "order.person", o.task as "order.task", o.summary as "order.summary", o.place as "order.place",
       o.priority as "order.priority", o.issued_at as "order.issued_at", o.accepted_at as "order.accepted_at",
       o.started_at as "order.started_at", o.done_at as "order.done_at", o.returned_at as "order.returned_at",
       o.result as "order.result", o.reply as "order.reply", o.reason as "order.reason",
       o.issued_by as "order.issued_by", o.version as "order.version", o.cursor as "order.cursor",
       o.handed_from as "order.handed_from", o.handed_to as "order.handed_to", o.paused_until as "order.paused_until",
       o.worked_minutes as "order.worked_minutes"
  from order_card o
  join work_order w on w.property_id = o.property_id and w.id = o.id
  join desk_case c on c.property_id = w.property_id and c.id = w.case_id;
create function order_reply(p_property int, p_id uuid) returns setof order_reply language plpgsql volatile rows 1 as
$$ begin return query select * from order_reply r where r."order.property_id" = p_property and r."order.id" = p_id; end $$;

create view visit_reply with (security_invoker = true) as
select c.id as "case.id", c.property_id as "case.property_id", v.property as "case.property", c.number as "case.number",
       c.state as "case.state", c.version as "case.version",
       v.id as "visit.id", v.property_id as "visit.property_id", v.property as "visit.property",
       v."case" as "visit.case", v.kind as "visit.kind", v.summary as "visit.summary", v.party as "visit.party",
       v.phone as "visit.phone", v.place as "visit.place", v.state as "visit.state", v.due_from as "visit.due_from",
       v.due_by as "visit.due_by", v.late as "visit.late", v.attempts as "visit.attempts", v.outcome as "visit.outcome",
       v.score as "visit.score", v.remark as "visit.remark", v.visited_at as "visit.visited_at",
       v.visited_by as "visit.visited_by", v.result as "visit.result", v.version as "visit.version",
       v.cursor as "visit.cursor", v.entry as "visit.entry", v."to" as "visit.to", v.manner as "visit.manner",
       v.form as "visit.form"
  from visit_card v
  join obligation b on b.property_id = v.property_id and b.id = v.id
  join desk_case c on c.property_id = b.property_id and c.id = b.entity_id;
create function visit_reply(p_property int, p_id uuid) returns setof visit_reply language plpgsql volatile rows 1 as
$$ begin return query select * from visit_reply r where r."visit.property_id" = p_property and r."visit.id" = p_id; end $$;
grant select on case_card, order_card, visit_card, order_reply, visit_reply to steward_app;
