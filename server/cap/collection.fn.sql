-- Collecting: who speaks with which customer about what he owes. A task is an obligation of who looks after the building.

-- Who looks after the building of a place on a day.
create function steward_of(p_property int, p_place uuid, p_on date) returns uuid language plpgsql stable as $$
begin
  return (select t.user_id from place l
            join patch t on t.property_id = l.property_id and t.building_id = coalesce(l.building_id, l.id) and t.period @> p_on
           where l.property_id = p_property and l.id = p_place);
end $$;

-- Customers who owe so much for so many days, and with whom nobody is to speak yet: no task, no promise that is still open. The place
-- is that for which they owe most. What is disputed does not count.
create function collection_candidates(p_property int, p_on date, p_place uuid, p_amount bigint, p_days int)
returns table (party_id uuid, place_id uuid, amount bigint, days_late int) language plpgsql stable rows 100 as $$
#variable_conflict use_column
begin
  return query
    select l.party_id, (array_agg(l.place_id order by l.amount - l.settled desc, l.id) filter (where l.place_id is not null))[1],
           sum(l.amount - l.settled)::bigint, max(p_on - l.due_on)
      from charge_line l
     where l.property_id = p_property and l.settled < l.amount and l.due_on < p_on and l.due_on <= p_on - p_days and l.disputed_at is null
       and (p_place is null or l.place_id in (select b.id from place_below(p_property, p_place) b))
       and not exists (select from promise p where p.property_id = l.property_id and p.party_id = l.party_id and p.state = 'open')
       and not exists (select from obligation b where b.property_id = l.property_id and b.party_id = l.party_id and b.state = 'open'
                          and b.kind in ('collection', 'broken_promise'))
     group by l.party_id having sum(l.amount - l.settled) >= p_amount;
end $$;

-- Makes the tasks: of whoever is named, or who looks after the building; nobody in particular where nobody does. Gives their ids.
create function collection_make(p_property int, p_user uuid, p_place uuid, p_amount bigint, p_days int, p_to text, p_due date) returns uuid[]
language plpgsql volatile as $$
declare
  y property;
  dept uuid;
  person uuid;
  c record;
  made uuid[] := '{}';
begin
  select * into y from property x where x.id = p_property;
  if p_to is not null then
    select x.department_id, x.user_id into dept, person from order_to(p_property, p_to) x;
  end if;
  for c in
    select x.*, p.number, coalesce(person, case when p_to is null then steward_of(p_property, x.place_id, today(y.zone)) end) as user_id
      from collection_candidates(p_property, today(y.zone), p_place, p_amount, p_days) x
      join party p on p.property_id = p_property and p.id = x.party_id
     order by x.amount desc, p.number
  loop
    made := made || obligation_need(
      p_property, 'collection', 'party', c.party_id, c.number, format('%s %s overdue, %s days', money_text(c.amount, y.currency), y.currency, c.days_late),
      now(), (p_due + time '18:00') at time zone y.zone, c.user_id, dept,
      case when c.user_id is null and dept is null then 'building_steward' end, p_party => c.party_id, p_place => c.place_id, p_creator => p_user);
  end loop;
  return made;
end $$;

-- Takes off tasks of customers who owe nothing overdue any more. Gives their ids.
create function collection_drop(p_property int, p_on date) returns uuid[] language plpgsql volatile as $$
declare
  ids uuid[];
begin
  with gone as (
    update obligation b set state = 'cancelled', settled_at = now(), version = b.version + 1
     where b.property_id = p_property and b.kind = 'collection' and b.state = 'open'
       and not exists (select from charge_line l where l.property_id = b.property_id and l.party_id = b.party_id and l.settled < l.amount and l.due_on < p_on)
    returning b.id
  )
  select coalesce(array_agg(g.id), '{}') into ids from gone g;
  return ids;
end $$;

-- Once a day: tasks by what the property has decided, and none for who has paid. Gives how many.
create function collection_propose(x arrears_policy, p_on date) returns int language plpgsql volatile as $$
declare
  ids uuid[] := collection_drop(x.property_id, p_on);
begin
  if x.task_amount is not null then
    ids := ids || collection_make(x.property_id, null, null, x.task_amount, x.task_days, null, p_on + 7);
  end if;
  perform feed_note(b.property_id, 'obligation', b.id, b.version, b.number, 'arrears.Tick')
     from obligation b where b.property_id = x.property_id and b.id = any (ids);
  return cardinality(ids);
end $$;

-- Tasks by hand; what is not said is as the property has decided.
create function collection_plan(p_property int, p_user uuid, p_place text, p_amount bigint, p_days int, p_to text, p_due text,
                                out property text, out planned int)
language plpgsql volatile as $$
declare
  y property;
  x arrears_policy;
  made uuid[];
begin
  select * into y from property v where v.id = p_property;
  select * into x from arrears_policy v where v.property_id = p_property;
  if coalesce(p_amount, x.task_amount) is null then
    perform refuse('STINV', 'REQUIRED', 'amount_minor', 'say from which amount on, or set it for the property: `arrears policy --task 500`');
  elsif to_day(p_due, 'due') < today(y.zone) then
    perform refuse('STINV', 'DATE_PAST', 'due', 'lies in the past');
  end if;
  perform pg_advisory_xact_lock(p_property, hashtext('collection'));
  made := collection_make(p_property, p_user, (select k.id from place_key(array[p_property], p_property, p_place) k), coalesce(p_amount, x.task_amount),
                          coalesce(p_days, x.task_days, 30), p_to, coalesce(to_day(p_due, 'due'), today(y.zone) + 7));
  perform import_touched(made);
  property := y.code;
  planned := cardinality(made);
end $$;

-- The task meant by O-1007, or by the customer: what is open with him, due first.
create function collection_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  rest constant text := substr(p_ref, strpos(p_ref, '/') + 1);
  k record;
begin
  if rest ~* '^\s*P-' then
    select x.property_id, x.id into k from party_key(p_scope, null, p_ref, 'task') x;
    select b.property_id, b.id into property_id, id from obligation b
     where b.property_id = k.property_id and b.party_id = k.id and b.kind in ('collection', 'broken_promise') and b.state = 'open'
     order by b.due_by, b.id limit 1;
  else
    select x.property_id, x.id into k from obligation_key(p_scope, p_ref) x;
    select b.property_id, b.id into property_id, id from obligation b
     where b.property_id = k.property_id and b.id = k.id and b.kind in ('collection', 'broken_promise');
  end if;
  if id is null then
    perform refuse('STPRE', 'NO_TASK', 'task', format('nobody is to collect from %s: `collection list` shows the tasks', p_ref));
  end if;
end $$;

-- Somebody spoke with the customer, or tried to: it stands in the contact log, and settles the task as the outcome says. A promise is
-- taken down with it.
create function collection_record(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_at timestamptz, p_outcome text, p_summary text, p_channel text,
                                  p_again text, p_amount bigint, p_on text, out property_id int, out id uuid, out contact text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := collection_key(p_scope, p_ref);
  b obligation := obligation_take(k.property_id, k.id, p_user);
  who constant text := (select p.number from party p where p.property_id = b.property_id and p.id = b.party_id);
  spot constant text := (select l.id::text from place l where l.property_id = b.property_id and l.id = b.place_id);
begin
  if p_outcome <> 'promised' and num_nonnulls(p_amount, p_on) > 0 then
    perform refuse('STINV', 'NO_PROMISE', case when p_on is null then 'amount_minor' else 'on' end, 'only with the outcome promised');
  elsif p_outcome = 'promised' and p_on is null then
    perform refuse('STINV', 'REQUIRED', 'on', 'say by which day it is promised');
  elsif p_outcome = 'promised' then
    perform promise_make(b.property_id, uuid7(), p_user, who, spot, null, p_amount, p_on, p_summary);
  end if;
  if p_outcome <> 'not_needed' then
    perform contact_add(array[b.property_id], p_key, p_user, p_at, who, spot, null, p_summary, null, p_channel, 'out',
                        case when p_outcome in ('promised', 'done') then 'reached' else p_outcome end, null, null, null, null);
    contact := (select n.number from contact n where n.property_id = b.property_id and n.id = p_key);
  end if;
  b := obligation_try(b, uuid7(), p_user, p_at, p_outcome, null, p_summary,
                      local_time(p_again, (select y.zone from property y where y.id = b.property_id), 'again'));
  perform feed_also(x.property_id, 'obligation', x.id, x.version, x.number) from obligation x
    where x.property_id = b.property_id and x.id = any (import_touched());
  property_id := b.property_id;
  id := b.id;
end $$;

-- A task with what is owed now.
create view collection_card with (security_invoker = true) as
select a.id, a.property_id, a.property, a.number, a.what, (select p.number from party p where p.property_id = b.property_id and p.id = b.party_id) as party,
       a.party as party_name, a.phone, a.place, owed.amount as overdue_minor, owed.days_late,
       (select max(x.level) from charge_line l join dunning_notice_line x on x.property_id = l.property_id and x.line_id = l.id
         where l.property_id = b.property_id and l.party_id = b.party_id and l.settled < l.amount) as level,
       (select p.number from promise p where p.property_id = b.property_id and p.party_id = b.party_id order by p.taken_at desc, p.id desc limit 1) as promise,
       a."to", a.state, a.due_by, a.late, a.attempts, a.outcome, a.remark, a.label, y.currency, a.version, a.cursor
  from obligation b
  join agenda_card a on a.property_id = b.property_id and a.id = b.id
  join property y on y.id = b.property_id
 cross join lateral (select coalesce(sum(l.amount - l.settled), 0)::bigint as amount, coalesce(max(today(y.zone) - l.due_on), 0) as days_late
                       from charge_line l
                      where l.property_id = b.property_id and l.party_id = b.party_id and l.settled < l.amount and l.due_on < today(y.zone)) owed
 where b.kind in ('collection', 'broken_promise');
create function collection_card(p_property int, p_id uuid) returns setof collection_card language plpgsql volatile rows 1 as
$$ begin return query select * from collection_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on collection_card to steward_app;

-- Tasks, due first on top. Mine: given to me or to my departments, or to nobody in particular where I may.
create function collection_list(p_scope int[], p_user uuid, p_mine boolean, p_late boolean, p_state text, p_party text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, '-infinity');
  late_at constant timestamptz := case when p_late then now() else 'infinity' end;
  departments constant uuid[] := array(select m.department_id from user_department m
                                        where m.property_id = any (p_scope) and m.user_id = p_user and m.ended_at is null);
  who record := row_after(null);
begin
  if p_party is not null then
    select k.property_id, k.id into who from party_key(p_scope, null, p_party) k;
  end if;
  return query
    select b.property_id, b.id from unnest(p_scope) s (property_id)
     cross join lateral (
       select b.property_id, b.id, b.due_by from obligation b
        where b.property_id = s.property_id and b.kind in ('collection', 'broken_promise') and b.state = coalesce(p_state, 'open')
          and (b.due_by, b.id) > (cut.at, cut.id) and b.due_by < late_at
          and (p_party is null or b.property_id = who.property_id and b.party_id = who.id)
          and (p_mine is not true or b.user_id = p_user or b.department_id = any (departments)
               or b.user_id is null and b.department_id is null and user_has_role(p_user, b.property_id, array[b.role]))
        order by b.due_by, b.id limit lim) b
     order by b.due_by, b.id limit lim;
end $$;
