-- Departments.

-- The department called so within the scope: an id, a code, or a code with its property's in front: SUN/REPAIR.
create function department_of(p_ref text, p_scope int[]) returns department language plpgsql stable as $$
declare
  hits department[];
begin
  if is_uuid(p_ref) then
    select array_agg(d) into hits from department d where d.property_id = any (p_scope) and d.id = p_ref::uuid;
  else
    select array_agg(d) into hits
      from department d join property p on p.id = d.property_id
     where d.property_id = any (p_scope)
       and d.code = upper(split_part(p_ref, '/', case when position('/' in p_ref) > 0 then 2 else 1 end))
       and (position('/' in p_ref) = 0 or p.code = upper(split_part(p_ref, '/', 1)));
  end if;
  if hits is null then
    perform refuse('STNOF', 'NO_SUCH_DEPARTMENT', 'department', format('there is no department %s here', p_ref));
  elsif cardinality(hits) > 1 then
    perform refuse('STINV', 'AMBIGUOUS', 'department',
                   format('several properties have a department %s; write the property in front: SUN/%s', p_ref, p_ref));
  end if;
  return hits[1];
end $$;
