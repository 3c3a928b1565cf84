-- References -------------------------------------------------------------------------------------------------

-- The property meant by a code, or the only one in reach when none is given.
create function property_of(p_scope int[], p_code text, p_field text default 'property') returns int
language plpgsql stable as $$
declare
  found int;
begin
  if nullif(btrim(p_code), '') is null then
    if cardinality(p_scope) = 1 then
      return p_scope[1];
    end if;
    perform refuse('STINV', 'PROPERTY_MISSING', p_field, 'several properties are in reach: say which');
  end if;
  select p.id into found from property p where p.id = any (p_scope) and p.code = upper(btrim(p_code));
  if found is null then
    perform refuse('STNOF', 'PROPERTY_UNKNOWN', p_field, format('no property %s is in reach', upper(btrim(p_code))));
  end if;
  return found;
end $$;

-- The same, but null where it would refuse.
create function property_try(p_scope int[], p_code text) returns int language plpgsql stable as $$
begin
  if nullif(btrim(p_code), '') is null then
    return case when cardinality(p_scope) = 1 then p_scope[1] end;
  end if;
  return (select p.id from property p where p.id = any (p_scope) and p.code = upper(btrim(p_code)));
end $$;

-- Takes SUN/C-1042 apart: where to look, and for what. A slash that follows no code belongs to the number.
create function ref_split(p_scope int[], p_property int, p_ref text, out within int[], out rest text)
language plpgsql stable as $$
declare
  coded int;
begin
  within := case when p_property is null then p_scope else array[p_property] end;
  rest := btrim(p_ref);
  if strpos(rest, '/') > 1 then
    select p.id into coded from property p where p.id = any (p_scope) and p.code = upper(split_part(rest, '/', 1));
    if coded is not null then
      rest := btrim(substr(rest, strpos(rest, '/') + 1));
      within := case when p_property is null or p_property = coded then array[coded] else '{}' end;
    end if;
  end if;
end $$;

-- "SUN, LAK": the codes of properties, for sentences.
create function property_codes(p_ids int[]) returns text language plpgsql stable as
$$
begin
  return (
    select string_agg(p.code, ', ' order by p.code) from property p where p.id = any (p_ids));
end $$;

-- Where a list goes on: the property, id and key of its last row, as its cursor says (property~id~key).
create function row_after(p_cursor text, out property_id int, out id uuid, out key text) language plpgsql immutable as $$
begin
  if nullif(p_cursor, '') is not null and not (p_cursor ~ '^[0-9]{1,9}~[0-9a-f-]{36}~' and is_uuid(split_part(p_cursor, '~', 2))) then
    perform refuse('STINV', 'CURSOR', 'after', 'not the cursor of a row of this list');
  end if;
  property_id := coalesce(nullif(split_part(p_cursor, '~', 1), '')::int, 0);
  id := coalesce(nullif(split_part(p_cursor, '~', 2), '')::uuid, '00000000-0000-0000-0000-000000000000');
  key := coalesce(substr(p_cursor, length(split_part(p_cursor, '~', 1)) + 39), '');
end $$;
-- Lists of cases, work orders and return visits. Each walks an index that begins with the property, property by
-- property, and stops after as many rows as are wanted; the cursor of a row tells where to go on.

-- Refuses a reference that means nothing, or something at several properties. p_lead: "there is no case"; p_reason: "CASE".
create function ref_one(p_found uuid, p_homes int[], p_within int[], p_rest text, p_lead text, p_reason text, p_field text) returns void
language plpgsql stable as $$
begin
  if p_found is null then
    perform refuse('STNOF', p_reason || '_UNKNOWN', p_field,
                   format('%s %s at %s', p_lead, p_rest, coalesce(property_codes(p_within), 'any property in reach')));
  elsif cardinality(p_homes) > 1 then
    perform refuse('STINV', p_reason || '_AMBIGUOUS', p_field,
                   format('%1$s is at %2$s: say which, as in %3$s/%1$s', p_rest, property_codes(p_homes), property_codes(p_homes[1:1])));
  end if;
end $$;

-- "1732352400000000~0193...": the moment and id of the last row seen. Without one, before or behind everything.
create function cursor_split(p_after text, p_from timestamptz, out at timestamptz, out id uuid)
language plpgsql stable as $$
begin
  if p_after is null then
    at := p_from;
    id := case when p_from = 'infinity' then 'ffffffff-ffff-ffff-ffff-ffffffffffff' else '00000000-0000-0000-0000-000000000000' end;
  elsif starts_with(p_after, 'infinity~') and is_uuid(split_part(p_after, '~', 2)) then
    at := 'infinity';
    id := split_part(p_after, '~', 2);
  elsif p_after ~ '^-?[0-9]{1,18}~' and is_uuid(split_part(p_after, '~', 2)) then
    at := 'epoch'::timestamptz + split_part(p_after, '~', 1)::bigint * interval '1 microsecond';
    id := split_part(p_after, '~', 2);
  else
    perform refuse('STINV', 'BAD_CURSOR', 'after', 'not a cursor: give the one of the last row seen');
  end if;
end $$;

-- The row of a table that has property_id, id and number, by what people write for it: its number, its id, or its number
-- behind the code of its property. p_lead and the rest: see ref_one().
create function number_key(p_table text, p_scope int[], p_ref text, p_lead text, p_reason text, p_field text, out property_id int, out id uuid)
language plpgsql stable as $$
declare
  r constant record := ref_split(p_scope, null, p_ref);
  homes int[];
begin
  execute format('select array_agg(x.property_id order by x.property_id), (array_agg(x.property_id order by x.property_id))[1],
                         (array_agg(x.id order by x.property_id))[1]
                    from %I x where x.property_id = any ($1) and (x.number = upper($2) or x.id = $3)', p_table)
     into homes, property_id, id using r.within, r.rest, case when is_uuid(r.rest) then r.rest::uuid end;
  perform ref_one(id, homes, r.within, r.rest, p_lead, p_reason, p_field);
end $$;
