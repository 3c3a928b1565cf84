-- The tree by which cases are sorted.

-- Levels are separated by a slash with blanks around it; "Economy/Jobs" is one level.
create function case_category_levels(p_path text) returns text[] language plpgsql immutable parallel safe as $$
declare
  levels text[] := '{}';
  level text;
begin
  foreach level in array coalesce(string_to_array(p_path, ' / '), '{}') loop
    if btrim(level) <> '' then
      levels := levels || btrim(level);
    end if;
  end loop;
  return levels;
end $$;

-- The category of this path, made with all levels above it if it is missing.
create function case_category_need(p_path text) returns uuid language plpgsql volatile as $$
declare
  level text;
  way text;
  above uuid;
  found uuid;
begin
  foreach level in array case_category_levels(p_path) loop
    way := concat_ws(' / ', way, level);
    insert into case_category (id, parent_id, name, path) values (uuid7(), above, level, way)
    on conflict (path_key) do nothing returning id into found;
    if found is null then
      select g.id into found from case_category g where g.path_key = norm(way);
    end if;
    above := found;
  end loop;
  return above;
end $$;

-- The category of this path; refuses an unknown one.
create function case_category_key(p_path text) returns uuid language plpgsql stable as $$
declare
  found uuid;
begin
  if coalesce(btrim(p_path), '') = '' then
    return null;
  end if;
  select g.id into found from case_category g where g.path_key = norm(array_to_string(case_category_levels(p_path), ' / '));
  if found is null then
    perform refuse('STNOF', 'CATEGORY_UNKNOWN', 'category',
                   format('there is no category %s: `category list` shows them, `category add` makes one', quote_literal(p_path)));
  end if;
  return found;
end $$;

-- A category somebody adds on purpose.
create function case_category_add(p_path text) returns table (category text, id uuid) language plpgsql volatile as $$
declare
  way constant text := array_to_string(case_category_levels(p_path), ' / ');
begin
  if way = '' then
    perform refuse('STINV', 'REQUIRED', 'category', 'a category must have a name');
  elsif exists (select from case_category g where g.path_key = norm(way)) then
    perform refuse('STEXI', 'CATEGORY_KNOWN', 'category', format('there is a category %s already', way));
  end if;
  return query select way, case_category_need(way);
end $$;
