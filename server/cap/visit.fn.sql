-- Return visits: when one is owed to the customer of a case, how it went, and what follows from that.

-- When one is owed --------------------------------------------------------------------------------------------------

-- The rules that hold: the company's (property_id null) and the properties' own.
create view visit_rule with (security_invoker = true) as
select p.property_id, p.id, p.kind, p.category_id, p.rule, p.percent, p.due_after, p.due_within, p.tries, p.role, p.department_id,
       p.manner, p.form, p.set_by, p.set_at
  from visit_policy p where p.ended_at is null
union all
select null, p.id, p.kind, p.category_id, p.rule, p.percent, p.due_after, p.due_within, p.tries, p.role, null,
       p.manner, p.form, p.set_by, p.set_at
  from visit_policy_default p where p.ended_at is null;
grant select on visit_rule to steward_app;

-- The rule for cases of this kind and category: the property's before the company's, the kind's before every kind's, the
-- category's before every category's. p_category is any level; the top level counts.
create function visit_rule_for(p_property int, p_kind text, p_category uuid) returns visit_rule language plpgsql stable as $$
declare
  top uuid;
  r visit_rule;
begin
  if p_category is not null then
    select g.id into top from case_category g
     where g.path_key = (select norm(split_part(x.path, ' / ', 1)) from case_category x where x.id = p_category);
  end if;
  select * into r from visit_rule x
   where (x.property_id = p_property or x.property_id is null) and (x.kind = p_kind or x.kind is null)
     and (x.category_id = top or x.category_id is null)
   order by x.property_id is null, x.kind is null, x.category_id is null limit 1;
  return r;
end $$;

-- True if the rule wants the customer of this case asked. Of a sample the case's id decides, so the same case is always in
-- it or never. A score counts only for work that was not called back.
create function visit_is_owed(r visit_rule, c desk_case) returns boolean language plpgsql stable as $$
begin
  return case r.rule
    when 'always' then true
    when 'sample' then ('x' || left(md5(c.id::text), 8))::bit(32)::bigint % 100 < r.percent
    when 'unless_scored' then c.score is null
      or exists (select from case_event e where e.property_id = c.property_id and e.case_id = c.id and e.verb in ('reopen', 'dissatisfied'))
    else false end;
end $$;

-- Who did the work: of the last order done, unless a firm did it; where there was no order, whoever gave the answer.
create function visit_worker(c desk_case) returns uuid language plpgsql stable as $$
declare
  o work_order;
begin
  select * into o from work_order w
   where w.property_id = c.property_id and w.case_id = c.id and w.state = 'done' order by w.done_at desc, w.id desc limit 1;
  if o.id is not null then
    return case when o.contractor is null then coalesce(o.user_id, o.done_by) else o.user_id end;
  end if;
  return (select e.user_id from case_event e
           where e.property_id = c.property_id and e.case_id = c.id and e.verb = 'close' order by e.seq desc limit 1);
end $$;

-- The work on a case is done: owes its customer a return visit if the rule says so. Work that is spared one is through with
-- it, so that the desk may close the case.
create function visit_need(c desk_case, p_at timestamptz) returns void language plpgsql volatile as $$
declare
  r constant visit_rule := visit_rule_for(c.property_id, c.kind, c.category_id);
  done constant timestamptz := coalesce(p_at, now());
  visit uuid;
begin
  if visit_is_owed(r, c) then
    visit := obligation_need(c.property_id, 'return_visit', 'case', c.id, c.number, c.summary, done + r.due_after, done + r.due_within,
                             p_department => r.department_id, p_role => r.role, p_party => c.party_id, p_place => c.place_id);
    update obligation b set tries = r.tries where b.property_id = c.property_id and b.id = visit and b.tries is null;
    insert into visit_terms (property_id, visit_id, kind, department_id, worker_id, due_by, rule, manner, form)
    values (c.property_id, visit, c.kind, c.department_id, visit_worker(c), done + r.due_within, r.rule, r.manner, r.form)
    on conflict on constraint visit_terms_pkey do nothing;
  elsif c.state = 'done' and (select k.visit from case_kind k where k.kind = c.kind) then
    perform case_apply(c, 'no_visit', nullif(current_setting('steward.user', true), '')::uuid,
                       case r.rule when 'sample' then format('not in the sample of %s %%', r.percent)
                                   when 'unless_scored' then format('scored %s already', c.score)
                                   else 'none is made for such cases' end, null, p_at);
  end if;
end $$;

create function visit_cancel(c desk_case) returns void language plpgsql volatile as $$
begin
  perform obligation_drop(c.property_id, 'case', c.id, 'return_visit');
end $$;

-- How it went ---------------------------------------------------------------------------------------------------------

-- True if this person did what the customer is to judge: the work of an order, to its end or before it was handed on, or,
-- where there was no order, the answer itself.
create function visit_is_own(c desk_case, p_user uuid) returns boolean language plpgsql stable as $$
begin
  if exists (select from work_order o where o.property_id = c.property_id and o.case_id = c.id and o.state = 'done') then
    return exists (select from work_order o
                    where o.property_id = c.property_id and o.case_id = c.id and o.state = 'done'
                      and coalesce(o.user_id, case when o.contractor is null then o.done_by end) = p_user)
        or exists (select from work_order o
                    where o.property_id = c.property_id and o.case_id = c.id and o.state = 'handed_on' and o.user_id = p_user
                      and o.started_at is not null);
  end if;
  return p_user is not distinct from (select e.user_id from case_event e
                                       where e.property_id = c.property_id and e.case_id = c.id and e.verb = 'close'
                                       order by e.seq desc limit 1);
end $$;

-- True if the customer's word calls the work back.
create function visit_reopens(p_outcome text, p_score int) returns boolean language sql immutable parallel safe as
$$ select p_outcome = 'not_solved' or coalesce(p_score <= 2, false) $$;

-- The case meant by its own reference, or by the UUID or number (O-1007) of a return visit.
create function visit_case_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  look record := ref_split(p_scope, null, p_ref);
  k record;
begin
  if is_uuid(look.rest) then
    select v.property_id, v.entity_id into property_id, id from obligation v
     where v.property_id = any (look.within) and v.id = look.rest::uuid and v.kind = 'return_visit' and v.entity = 'case';
  elsif look.rest ~* '^O-' then
    k := obligation_key(p_scope, p_ref);
    select v.property_id, v.entity_id into property_id, id from obligation v
     where v.property_id = k.property_id and v.id = k.id and v.kind = 'return_visit' and v.entity = 'case';
    if id is null then
      perform refuse('STPRE', 'NO_RETURN_VISIT', 'case', format('%s is no return visit: `agenda list` tells what settles it', upper(look.rest)));
    end if;
  end if;
  if id is null then
    k := case_key(p_scope, p_ref);
    property_id := k.property_id;
    id := k.id;
  end if;
end $$;

-- The return visit that is due to the customer of a case; refuses where none is.
create function visit_due(c desk_case) returns obligation language plpgsql stable as $$
declare
  b obligation;
begin
  select * into b from obligation v
   where v.property_id = c.property_id and v.entity = 'case' and v.entity_id = c.id and v.kind = 'return_visit' and v.state = 'open';
  if b.id is null then
    perform refuse('STPRE', 'NO_VISIT_DUE', 'case',
                   format('%s is %s; no return visit is due', c.number, (select s.label from case_state s where s.state = c.state)));
  end if;
  return b;
end $$;

-- What the customer of a case is to be asked, and what is said first.
create function visit_form(p_scope int[], p_ref text, out property_id int, out id uuid, out form text, out version int,
                           out script text, out script_zh text) language plpgsql stable as $$
#variable_conflict use_column
declare
  k record := visit_case_key(p_scope, p_ref);
  c desk_case;
  b obligation;
  said text[];
begin
  select * into c from desk_case x where x.property_id = k.property_id and x.id = k.id;
  b := visit_due(c);
  property_id := b.property_id;
  id := b.id;
  select t.form, form_now(t.form) into form, version from visit_terms t where t.property_id = b.property_id and t.visit_id = b.id;
  select array[v.intro, v.intro_zh] into said from form_version v where v.form = visit_form.form and v.version = visit_form.version;
  select array_agg(replace(replace(replace(replace(x.t, '{property}', (select y.name from property y where y.id = c.property_id)),
                                           '{customer}', coalesce((select p.name from party p where p.property_id = c.property_id and p.id = c.party_id), c.caller, '')),
                                   '{summary}', c.summary), '{result}', coalesce(c.result, '')) order by x.o)
    into said from unnest(said) with ordinality x (t, o);
  script := said[1];
  script_zh := said[2];
end $$;

-- p_answers: "question=answer" of the form it is asked by. A customer who answers that it is not solved reopens the case as
-- one who says so.
create function visit_record(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_outcome text,
                             p_score int, p_remark text, p_again text, p_answers text[] default '{}', out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record := visit_case_key(p_scope, p_ref);
  c desk_case := case_lock(k.property_id, k.id);
  b obligation := visit_due(c);
  x obligation_outcome;
  asks text;
  asked int;
  verb text := 'visit';
begin
  select * into b from obligation v where v.property_id = b.property_id and v.id = b.id for update;
  if visit_is_own(c, p_user) then
    perform refuse('STDEN', 'OWN_WORK', 'case',
                   format('the work on %s was your own; somebody else must ask the customer', c.number));
  end if;
  select t.form, form_now(t.form) into asks, asked from visit_terms t where t.property_id = b.property_id and t.visit_id = b.id;
  if exists (select from form_read(asks, asked, p_answers, false) r where r.question = 'solved' and r.flag is false)
     and p_outcome = 'reached' then
    p_outcome := 'not_solved';
  end if;
  select * into x from obligation_outcome y where y.outcome = p_outcome;
  if p_score is not null and not x.reached then
    perform refuse('STINV', 'SCORE_WITHOUT_CUSTOMER', 'score', 'only a customer who was reached gives a score');
  elsif p_score is null and x.solved then
    perform refuse('STINV', 'SCORE_MISSING', 'score', 'say how satisfied the customer is, from 1 to 5');
  elsif p_answers <> '{}' and not x.reached then
    perform refuse('STINV', 'ANSWER_WITHOUT_CUSTOMER', 'answer', 'only a customer who was reached answers questions');
  elsif not x.solved and exists (select from form_read(asks, asked, p_answers, false) r where r.question = 'solved' and r.flag) then
    perform refuse('STINV', 'ANSWER', 'answer', 'solved: the customer cannot both say that it is solved and that it is not');
  end if;
  b := obligation_try(b, p_key, p_user, p_at, p_outcome, p_score, p_remark,
                      local_time(p_again, (select y.zone from property y where y.id = c.property_id), 'again'));
  if x.reached then
    perform form_fill(b.property_id, p_key, asks, asked, 'obligation', b.id, p_answers, true, p_user, p_at);
    verb := case when visit_reopens(p_outcome, p_score) then 'dissatisfied' else 'follow_up' end;
  elsif b.state <> 'open' then
    verb := 'not_reached';
  end if;
  c := case_apply(c, verb, p_user,
         concat_ws(': ', x.label || coalesce(', score ' || p_score,
                         case when p_outcome = 'no_answer'
                              then format(' (%s of %s)', b.unanswered,
                                          coalesce(b.tries, (select o.tries from obligation_kind o where o.kind = b.kind))) end, ''),
                   nullif(p_remark, '')),
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

-- What is to be shown: the return visits of a case, or a visit to a household (visit_id, with no case).
create function visit_show_key(p_scope int[], p_ref text, out property_id int, out case_id uuid, out visit_id uuid)
language plpgsql stable as $$
#variable_conflict use_column
declare
  look record := ref_split(p_scope, null, p_ref);
  k record;
begin
  if is_uuid(look.rest) then
    select b.property_id, b.id into property_id, visit_id from obligation b
     where b.property_id = any (look.within) and b.id = look.rest::uuid and b.kind = 'household_visit';
  elsif look.rest ~* '^O-' then
    k := obligation_key(p_scope, p_ref);
    select b.property_id, b.id into property_id, visit_id from obligation b
     where b.property_id = k.property_id and b.id = k.id and b.kind = 'household_visit';
  end if;
  if visit_id is null then
    k := visit_case_key(p_scope, p_ref);
    property_id := k.property_id;
    case_id := k.id;
  end if;
end $$;

-- Every attempt at these, and at the checks of return visits, in their order.
create function visit_attempts(p_scope int[], p_ref text)
returns table (number text, what text, seq int, at text, "by" text, outcome text, score int, remark text)
language sql stable as $$
  select b.number, k.label, a.seq, ts(a.at, y.zone), u.login, a.outcome, a.score, a.remark
    from visit_show_key(p_scope, p_ref) c
    join property y on y.id = c.property_id
   cross join lateral (
      select o.* from obligation o where o.property_id = c.property_id and o.id = c.visit_id
      union all
      select o.* from obligation o
       where o.property_id = c.property_id and o.entity = 'case' and o.entity_id = c.case_id and o.kind = 'return_visit') v
   cross join lateral (
      select v.id, v.number, v.kind
      union all
      select o.id, o.number, o.kind from obligation o
       where o.property_id = v.property_id and o.entity = 'visit' and o.entity_id = v.id and o.kind = 'visit_check') b
    join obligation_kind k on k.kind = b.kind
    join obligation_attempt a on a.property_id = c.property_id and a.obligation_id = b.id
    left join app_user u on u.id = a.user_id
   order by a.at, a.recorded_at, a.seq
$$;

-- What the customer of a case answered at its return visits.
create function visit_answers(p_scope int[], p_ref text)
returns table (number text, seq int, question text, text text, text_zh text, answer text)
language sql stable as $$
  select v.number, a.seq, a.question, a.text, a.text_zh, a.answer
    from visit_show_key(p_scope, p_ref) c
    join obligation v on v.property_id = c.property_id and v.entity = 'case' and v.entity_id = c.case_id and v.kind = 'return_visit'
    join form_answer_card a on a.property_id = v.property_id and a.entity = 'obligation' and a.entity_id = v.id
   order by v.created_at, v.number, a.seq, a.question
$$;
