-- Return visits: what is owed to the customer of a case, how it went, and what follows from that.

create function visit_need(c desk_case, p_at timestamptz) returns void language plpgsql volatile as $$
begin
  insert into obligation (property_id, id, kind, entity, entity_id, due_from, due_by)
  select c.property_id, uuid7(), 'return_visit', 'case', c.id,
         coalesce(p_at, now()) + k.visit_after, coalesce(p_at, now()) + k.visit_within
    from case_kind k where k.kind = c.kind and k.visit
  on conflict (property_id, entity, entity_id, kind) where state = 'open' do nothing;
end $$;

create function visit_cancel(c desk_case) returns void language plpgsql volatile as $$
begin
  update obligation b set state = 'cancelled', settled_at = now(), version = b.version + 1
   where b.property_id = c.property_id and b.entity = 'case' and b.entity_id = c.id and b.state = 'open';
end $$;
-- True if this person did what the customer is to judge: the work of an order, or, where there was no order, the
-- answer itself.
create function visit_is_own(c desk_case, p_user uuid) returns boolean language plpgsql stable as $$
begin
  if exists (select from work_order o where o.property_id = c.property_id and o.case_id = c.id and o.state = 'done') then
    return exists (select from work_order o
                    where o.property_id = c.property_id and o.case_id = c.id and o.state = 'done'
                      and coalesce(o.user_id, case when o.contractor is null then o.done_by end) = p_user);
  end if;
  return p_user is not distinct from (select e.user_id from case_event e
                                       where e.property_id = c.property_id and e.case_id = c.id and e.verb = 'close'
                                       order by e.seq desc limit 1);
end $$;

create function visit_record(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_outcome text,
                             p_score int, p_remark text, p_again text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record;
  c desk_case;
  b obligation;
  x obligation_outcome;
  verb text := 'visit';
  tries int;
  again timestamptz;
  moment constant timestamptz := least(coalesce(p_at, now()), now());
begin
  if is_uuid(p_ref) then
    select v.property_id, v.entity_id as id into k from obligation v
     where v.property_id = any (p_scope) and v.id = p_ref::uuid and v.kind = 'return_visit' and v.entity = 'case';
  end if;
  if k is null then
    k := case_key(p_scope, p_ref);
  end if;
  c := case_lock(k.property_id, k.id);
  select * into b from obligation v
   where v.property_id = c.property_id and v.entity = 'case' and v.entity_id = c.id and v.kind = 'return_visit'
     and v.state = 'open' for update;
  if b.id is null then
    perform refuse('STPRE', 'NO_VISIT_DUE', 'case',
                   format('%s is %s; no return visit is due', c.number, (select s.label from case_state s where s.state = c.state)));
  end if;
  if visit_is_own(c, p_user) then
    perform refuse('STDEN', 'OWN_WORK', 'case',
                   format('the work on %s was your own; somebody else must ask the customer', c.number));
  end if;
  select * into x from obligation_outcome y where y.outcome = p_outcome;
  if x.outcome is null then
    perform refuse('STINV', 'OUTCOME_UNKNOWN', 'outcome', format('there is no outcome %s', quote_literal(p_outcome)));
  elsif p_score is not null and not x.reached then
    perform refuse('STINV', 'SCORE_WITHOUT_CUSTOMER', 'score', 'only a customer who was reached gives a score');
  elsif p_score is null and x.solved then
    perform refuse('STINV', 'SCORE_MISSING', 'score', 'say how satisfied the customer is, from 1 to 5');
  elsif p_again is not null and x.settles is not null then
    perform refuse('STINV', 'AGAIN_WITHOUT_NEED', 'again', 'nobody needs to try again after that');
  end if;
  if p_again is not null then
    again := local_time(p_again, (select y.zone from property y where y.id = c.property_id), 'again');
  end if;
  select o.tries into tries from obligation_kind o where o.kind = b.kind;
  b.unanswered := b.unanswered + (p_outcome = 'no_answer')::int;
  b.state := coalesce(x.settles, case when b.unanswered >= tries then 'missed' else 'open' end);
  insert into obligation_attempt (property_id, obligation_id, seq, id, at, user_id, outcome, score, remark)
  values (c.property_id, b.id, b.attempts + 1, p_key, moment, p_user, p_outcome, p_score, nullif(p_remark, ''));
  update obligation v
     set attempts = b.attempts + 1, unanswered = b.unanswered, state = b.state, outcome = p_outcome, score = p_score,
         settled_at = case when b.state <> 'open' then moment end, version = b.version + 1,
         due_from = case when b.state = 'open' then coalesce(again, v.due_from) else v.due_from end,
         due_by = case when b.state = 'open' then greatest(v.due_by, again) else v.due_by end
   where v.property_id = b.property_id and v.id = b.id;
  if x.reached then
    verb := case when x.solved and p_score > 2 then 'follow_up' else 'dissatisfied' end;
  elsif b.state <> 'open' then
    verb := 'not_reached';
  end if;
  c := case_apply(c, verb, p_user,
         concat_ws(': ', x.label || coalesce(', score ' || p_score,
                         case when p_outcome = 'no_answer' then format(' (%s of %s)', b.unanswered, tries) end, ''), nullif(p_remark, '')),
         p_key, p_at);
  if p_score is not null then
    update desk_case d set score = p_score where d.property_id = c.property_id and d.id = c.id;
  end if;
  property_id := b.property_id;
  id := b.id;
end $$;

-- Return visits, those due first on top.
create function visit_list(p_scope int[], p_state text, p_due text, p_late boolean, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, '-infinity');
  wanted constant text := coalesce(p_state, 'open');
  late_at constant timestamptz := case when p_late then now() else 'infinity' end;
begin
  return query
    select b.property_id, b.id from unnest(p_scope) s (property_id) join property y on y.id = s.property_id
     cross join lateral (
       select b.property_id, b.id, b.due_by from obligation b
        where b.property_id = s.property_id and b.kind = 'return_visit' and b.state = wanted
          and (b.due_by, b.id) > (cut.at, cut.id)
          and b.due_by < late_at
          and b.due_by < coalesce((p_due::date + 1)::timestamp at time zone y.zone, 'infinity')
        order by b.due_by, b.id limit lim) b
     order by b.due_by, b.id limit lim;
end $$;
