-- Lists of work orders; see case_list.fn.sql.

create function order_list(p_scope int[], p_user uuid, p_state text, p_open boolean, p_mine boolean, p_to text,
                           p_case text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, 'infinity');
  -- Few orders are open, whosever they are: the index of the open ones serves all of these.
  only_open constant boolean := coalesce(p_open, false) or p_state in ('issued', 'accepted', 'started', 'paused');
  k record;
  departments uuid[];
  person uuid;
begin
  if p_case is not null then
    k := case_key(p_scope, p_case);
    return query
      select o.property_id, o.id from work_order o
       where o.property_id = k.property_id and o.case_id = k.id and (o.issued_at, o.id) < (cut.at, cut.id)
         and (p_state is null or o.state = p_state) and (p_open is not true or o.is_open)
       order by o.issued_at desc, o.id desc limit lim;
    return;
  end if;
  if p_mine then
    person := p_user;
  elsif p_to is not null then
    departments := array(select d.id from department d where d.property_id = any (p_scope) and d.code = upper(btrim(p_to)));
    select u.id into person from app_user u where u.login = lower(btrim(p_to)) and departments = '{}';
    if departments = '{}' and person is null then
      perform refuse('STNOF', 'NOBODY_SO_CALLED', 'to', format('neither a department nor a person is called %s', quote_literal(p_to)));
    end if;
  end if;
  if only_open then
    return query
      select o.property_id, o.id from unnest(p_scope) s (property_id)
       cross join lateral (
         select o.property_id, o.id, o.issued_at from work_order o
          where o.property_id = s.property_id and o.is_open and (o.issued_at, o.id) < (cut.at, cut.id)
            and (p_state is null or o.state = p_state)
            and (person is null or o.user_id = person)
            and (departments is null or departments = '{}' or o.department_id = any (departments))
          order by o.issued_at desc, o.id desc limit lim) o
       order by o.issued_at desc, o.id desc limit lim;
  elsif person is not null then
    return query
      select o.property_id, o.id from unnest(p_scope) s (property_id)
       cross join lateral (
         select o.property_id, o.id, o.issued_at from work_order o
          where o.property_id = s.property_id and o.user_id = person and (o.issued_at, o.id) < (cut.at, cut.id)
            and (p_state is null or o.state = p_state)
          order by o.issued_at desc, o.id desc limit lim) o
       order by o.issued_at desc, o.id desc limit lim;
  elsif departments is not null then
    return query
      select o.property_id, o.id from department d
       cross join lateral (
         select o.property_id, o.id, o.issued_at from work_order o
          where o.property_id = d.property_id and o.department_id = d.id and (o.issued_at, o.id) < (cut.at, cut.id)
            and (p_state is null or o.state = p_state)
          order by o.issued_at desc, o.id desc limit lim) o
       where d.property_id = any (p_scope) and d.id = any (departments)
       order by o.issued_at desc, o.id desc limit lim;
  else
    return query
      select o.property_id, o.id from unnest(p_scope) s (property_id)
       cross join lateral (
         select o.property_id, o.id, o.issued_at from work_order o
          where o.property_id = s.property_id and (o.issued_at, o.id) < (cut.at, cut.id)
            and (p_state is null or o.state = p_state)
          order by o.issued_at desc, o.id desc limit lim) o
       order by o.issued_at desc, o.id desc limit lim;
  end if;
end $$;
