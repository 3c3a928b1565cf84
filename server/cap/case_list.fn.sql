-- Lists of cases. Each walks an index that begins with the property, property by property, and stops after as many
-- rows as are wanted; the cursor of a row tells where to go on.

-- Cases with these words. The operator is not leakproof, so under row-level security it could not use its index: this
-- runs as the owner and looks at the request's scope itself. The words say their property, hence "offset 0": no other
-- index is of any use.
create function case_with_words(p_scope int[], p_text text) returns table (property_id int, id uuid, opened_at timestamptz)
language plpgsql stable rows 200 security definer set search_path = steward_code, steward, public, pg_temp as $$
#variable_conflict use_column
begin
  return query
    select c.property_id, c.id, c.opened_at
      from unnest(p_scope) s (property_id)
     cross join lateral (
       select w.property_id, w.id, w.opened_at from desk_case w
        where w.words @@ words_query(s.property_id, p_text) offset 0) c
     where s.property_id = any (scope()) and c.property_id = s.property_id;
end $$;

-- What a list of cases may be narrowed by; null: not.
create type case_filter as (
  state text, kind text, is_open boolean, late boolean, user_id uuid, places uuid[], party_id uuid, severity text,
  held boolean, categories uuid[]
);
create function case_fits(c desk_case, f case_filter) returns boolean language sql stable as $$
  select (f.state is null or c.state = f.state) and (f.kind is null or c.kind = f.kind)
     and (f.is_open is not true or c.closed_at is null)
     and (f.late is not true or (c.closed_at is null and c.resolved_at is null and c.due_at < now()))
     and (f.user_id is null or c.user_id = f.user_id)
     and (f.severity is null or c.severity = f.severity) and (f.held is not true or c.held_at is not null)
     and (f.categories is null or c.category_id = any (f.categories))
     and (f.places is null or c.place_id = any (f.places)) and (f.party_id is null or c.party_id = f.party_id)
$$;

create function case_list(p_scope int[], p_user uuid, p_state text, p_kind text, p_open boolean, p_late boolean,
                          p_mine boolean, p_text text, p_place text, p_party text, p_since text, p_after text, p_limit int,
                          p_severity text default null, p_held boolean default null, p_category text default null)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, 'infinity');
  f case_filter;
  k record;
begin
  if p_state is not null and not exists (select from case_state s where s.state = p_state) then
    perform refuse('STINV', 'STATE_UNKNOWN', 'state', format('there is no state %s: %s', quote_literal(p_state),
                   (select string_agg(s.state, ', ' order by s.rank) from case_state s)));
  end if;
  if p_kind is not null and not exists (select from case_kind k where k.kind = p_kind) then
    perform refuse('STINV', 'KIND_UNKNOWN', 'kind', format('there is no kind of case called %s: %s', quote_literal(p_kind),
                   (select string_agg(x.kind, ', ' order by x.rank) from case_kind x)));
  end if;
  f.state := p_state;
  f.kind := p_kind;
  f.late := p_late;
  f.is_open := p_open or p_late or p_held or (select s.is_open from case_state s where s.state = p_state);
  f.user_id := case when p_mine then p_user end;
  f.severity := p_severity;
  f.held := p_held;
  f.categories := case when p_category is not null then case_category_below(case_category_key(p_category)) end;
  if p_place is not null then
    select x.property_id, x.id into k from place_key(p_scope, null, p_place) x;
    f.places := array(select b.id from place_below(k.property_id, k.id) b);
  end if;
  if p_party is not null then
    select x.property_id, x.id into k from party_key(p_scope, null, p_party) x;
    f.party_id := k.id;
  end if;
  if p_text is not null then
    return query
      select c.property_id, c.id
        from (select w.* from case_with_words(p_scope, p_text) w
               where (w.opened_at, w.id) < (cut.at, cut.id) order by w.opened_at desc, w.id desc offset 0) w
        join property y on y.id = w.property_id
       cross join lateral (
         select c.property_id, c.id from desk_case c
          where c.property_id = w.property_id and c.id = w.id and case_fits(c, f)
            and c.opened_at >= coalesce(local_time(p_since, y.zone, 'since'), '-infinity') limit 1) c
       order by w.opened_at desc, w.id desc limit lim;
  elsif f.party_id is not null then
    return query
      select c.property_id, c.id from desk_case c join property y on y.id = c.property_id
       where c.property_id = k.property_id and c.party_id = f.party_id
         and (c.opened_at, c.id) < (cut.at, cut.id)
         and c.opened_at >= coalesce(local_time(p_since, y.zone, 'since'), '-infinity') and case_fits(c, f)
       order by c.opened_at desc, c.id desc limit lim;
  elsif f.places is not null then
    return query
      select c.property_id, c.id from desk_case c join property y on y.id = c.property_id
       where c.property_id = k.property_id and c.place_id = any (f.places)
         and (c.opened_at, c.id) < (cut.at, cut.id)
         and c.opened_at >= coalesce(local_time(p_since, y.zone, 'since'), '-infinity') and case_fits(c, f)
       order by c.opened_at desc, c.id desc limit lim;
  elsif f.user_id is not null then
    return query
      select c.property_id, c.id from unnest(p_scope) s (property_id) join property y on y.id = s.property_id
       cross join lateral (
         select c.property_id, c.id, c.opened_at from desk_case c
          where c.property_id = s.property_id and c.user_id = f.user_id
            and (c.opened_at, c.id) < (cut.at, cut.id)
            and c.opened_at >= coalesce(local_time(p_since, y.zone, 'since'), '-infinity') and case_fits(c, f)
          order by c.opened_at desc, c.id desc limit lim) c
       order by c.opened_at desc, c.id desc limit lim;
  elsif f.is_open then
    return query
      select c.property_id, c.id from unnest(p_scope) s (property_id) join property y on y.id = s.property_id
       cross join lateral (
         select c.property_id, c.id, c.opened_at from desk_case c
          where c.property_id = s.property_id and c.closed_at is null
            and (c.opened_at, c.id) < (cut.at, cut.id)
            and c.opened_at >= coalesce(local_time(p_since, y.zone, 'since'), '-infinity') and case_fits(c, f)
          order by c.opened_at desc, c.id desc limit lim) c
       order by c.opened_at desc, c.id desc limit lim;
  else
    return query
      select c.property_id, c.id from unnest(p_scope) s (property_id) join property y on y.id = s.property_id
       cross join lateral (
         select c.property_id, c.id, c.opened_at from desk_case c
          where c.property_id = s.property_id
            and (c.opened_at, c.id) < (cut.at, cut.id)
            and c.opened_at >= coalesce(local_time(p_since, y.zone, 'since'), '-infinity') and case_fits(c, f)
          order by c.opened_at desc, c.id desc limit lim) c
       order by c.opened_at desc, c.id desc limit lim;
  end if;
end $$;
