-- The live board: open cases, what is most pressing on top.

create function board_rows(p_scope int[], p_to text, p_mine boolean, p_user uuid, p_kind text, p_severity text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, '-infinity');
  departments uuid[];
  person uuid := case when p_mine then p_user end;
begin
  if p_to is not null then
    departments := array(select d.id from department d where d.property_id = any (p_scope) and d.code = upper(btrim(p_to)));
    select u.id into person from app_user u where u.login = lower(btrim(p_to)) and departments = '{}';
    if departments = '{}' and person is null then
      perform refuse('STNOF', 'NOBODY_SO_CALLED', 'to', format('neither a department nor a person is called %s', quote_literal(p_to)));
    end if;
  end if;
  return query
    select c.property_id, c.id from unnest(p_scope) s (property_id)
     cross join lateral (
       (select c.property_id, c.id, c.next_due from desk_case c
         where c.property_id = s.property_id and c.closed_at is null and (c.next_due, c.id) > (cut.at, cut.id)
           and (person is null and departments is null or c.user_id = person or c.department_id = any (departments))
           and (p_kind is null or c.kind = p_kind) and (p_severity is null or c.severity = p_severity)
         order by c.next_due, c.id limit lim)
       union all
       -- What nothing presses for comes last.
       (select c.property_id, c.id, 'infinity'::timestamptz from desk_case c
         where c.property_id = s.property_id and c.closed_at is null and c.next_due is null
           and (cut.at < 'infinity' or c.id > cut.id)
           and (person is null and departments is null or c.user_id = person or c.department_id = any (departments))
           and (p_kind is null or c.kind = p_kind) and (p_severity is null or c.severity = p_severity)
         order by c.id limit lim)) c
     order by c.next_due, c.id limit lim;
end $$;

-- A row of the board. 'cursor' goes on behind it.
create view board_row with (security_invoker = true) as
select c.property_id, c.id, y.code as property, c.number, c.kind, c.state, c.priority, c.severity, c.summary,
       clock_words(c, y.zone) as clock,
       nullif(concat_ws(' ', (select l.number from place l where l.property_id = c.property_id and l.id = c.place_id), c.spot), '') as place,
       coalesce(nullif(concat_ws(' ', (select d.code from department d where d.property_id = c.property_id and d.id = c.department_id),
                                      (select u.login from app_user u where u.id = c.user_id)), ''), c.contractor) as assignee,
       (select b.role from obligation b where b.property_id = c.property_id and b.entity = 'case' and b.entity_id = c.id
                                          and b.kind = 'escalation' and b.state = 'open') as escalated_to,
       nullif(c.chases, 0) as chases, ts(c.next_due, y.zone) as next_due, c.next_due < now() as late, c.version,
       coalesce((extract(epoch from c.next_due) * 1000000)::bigint::text, 'infinity') || '~' || c.id as cursor
  from desk_case c join property y on y.id = c.property_id;
grant select on board_row to steward_app;

-- How many there are of what, for the head of the board.
create function board_counts(p_scope int[]) returns table (open bigint, late bigint, held bigint, escalated bigint, unanswered bigint, soon bigint)
language sql stable as $$
  select count(*), count(*) filter (where c.next_due < now() and c.held_at is null), count(*) filter (where c.held_at is not null),
         (select count(*) from obligation b where b.property_id = any (p_scope) and b.kind = 'escalation' and b.state = 'open'),
         count(*) filter (where c.responded_at is null and c.respond_due is not null),
         count(*) filter (where c.next_due >= now() and c.next_due < now() + interval '1 hour' and c.held_at is null)
    from desk_case c where c.property_id = any (p_scope) and c.closed_at is null
$$;
