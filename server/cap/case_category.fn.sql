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

-- A category and the levels above it, itself first: an answer for a level is one for all below it.
create function case_category_up(p_category uuid) returns uuid[] language plpgsql stable as $$
declare
  line uuid[] := '{}';
  at uuid := p_category;
begin
  while at is not null loop
    line := line || at;
    select g.parent_id into at from case_category g where g.id = at;
  end loop;
  return line;
end $$;

-- A category and the levels below it.
create function case_category_below(p_category uuid) returns uuid[] language plpgsql stable as $$
begin
  return (
    select array_agg(b.id) from case_category a join case_category b
        on b.id = a.id or (b.path_key >= a.path_key || ' / ' and b.path_key < a.path_key || ' /!')
     where a.id = p_category);
end $$;

-- Who is responsible for what is sorted here, and what customers are told who ask about it: what the level says, or the
-- nearest above it that says something.
create function case_category_says(p_category uuid, out body text, out answer text) language plpgsql stable as $$
declare
  at uuid := p_category;
  g record;
begin
  while at is not null and (body is null or answer is null) loop
    select c.parent_id, c.body, c.answer into g from case_category c where c.id = at;
    body := coalesce(body, g.body);
    answer := coalesce(answer, g.answer);
    at := g.parent_id;
  end loop;
end $$;

-- Says who is responsible for a category and what customers are told. An empty text takes away what it says itself, so that
-- what stands above it holds again.
create function case_category_set(p_path text, p_body text, p_answer text)
returns table (category text, id uuid, body text, answer text) language plpgsql volatile rows 1 as $$
#variable_conflict use_column
declare
  g uuid := case_category_key(p_path);
begin
  if g is null then
    perform refuse('STINV', 'REQUIRED', 'category', 'say which category');
  end if;
  update case_category c
     set body = case when p_body is null then c.body else nullif(p_body, '') end,
         answer = case when p_answer is null then c.answer else nullif(btrim(p_answer), '') end
   where c.id = g;
  return query select c.path, c.id, s.body, s.answer from case_category c cross join lateral case_category_says(c.id) s where c.id = g;
end $$;
