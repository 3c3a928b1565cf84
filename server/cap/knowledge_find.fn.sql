-- Articles found: by words, by the case they are to answer, in lists. 'homes' are the properties in reach and 0, the
-- company; every index begins with it.

create function knowledge_homes(p_scope int[]) returns int[] language sql immutable parallel safe as
$$ select 0 || p_scope $$;

-- Published articles with all of these words, of each home some with the words in their title and some others: a text
-- that finds more than that says too little. The operator is not leakproof, so under row-level security it could not use
-- its index: this runs as the owner and looks at the request's scope itself; see case_with_words.
create function knowledge_with_words(p_scope int[], p_text text, p_kind text, p_line uuid[], p_case_kind text, p_language text)
returns table (id uuid, seq bigint, in_title boolean)
language plpgsql stable rows 100 security definer set search_path = steward_code, steward, public, pg_temp set jit = off as $$
#variable_conflict use_column
begin
  return query
    with look as materialized (
      select h.home, words_query(h.home, p_text) as q from unnest(knowledge_homes(p_scope)) h (home)
       where h.home = 0 or h.home = any (scope())
    ), hit as (
      select t.id, t.seq, true as in_title from look l cross join lateral (
        select w.id, w.seq from knowledge w
         where w.head @@ l.q and w.state = 'published' and knowledge_suits(w, p_kind, p_line, p_case_kind, p_language)
         limit 200) t
      union all
      select t.id, t.seq, false from look l cross join lateral (
        select w.id, w.seq from knowledge w
         where w.words @@ l.q and w.state = 'published' and knowledge_suits(w, p_kind, p_line, p_case_kind, p_language)
         limit 200) t
    )
    select h.id, h.seq, bool_or(h.in_title) from hit h group by h.id, h.seq;
end $$;

-- Whether an article is of the kind, answers one of these categories or cases of the kind, and is in the language; null:
-- whatever it is.
create function knowledge_suits(a knowledge, p_kind text, p_line uuid[], p_case_kind text, p_language text) returns boolean
language sql immutable as $$
  select (p_kind is null or a.kind = p_kind) and (p_language is null or a.language = p_language)
     and (p_line is null or a.category_id = any (p_line))
     and (p_case_kind is null or a.case_kinds = '{}' or p_case_kind = any (a.case_kinds))
$$;

-- The words of a text that say something, with their property in front: no words every sentence has, at most twelve.
create function knowledge_telling(p_home int, p_text text) returns text[] language plpgsql stable as $$
begin
  return (
    select array(
      select w from unnest(tsvector_to_array(words_of(p_home, left(p_text, 1000), null, null, null))) w
       where length(substr(w, strpos(w, '.') + 1)) >= case when octet_length(w) = length(w) then 3 else 2 end
         and to_tsvector('english', substr(w, strpos(w, '.') + 1)) <> ''
       order by length(w) desc limit 12));
end $$;

-- Published articles with one of these words each, and how much that says: a word of few articles says more, one of very
-- many says nothing. Runs as the owner, as knowledge_with_words does.
create function knowledge_with_some(p_scope int[], p_text text) returns table (id uuid, weight double precision)
language plpgsql stable rows 100 security definer set search_path = steward_code, steward, public, pg_temp set jit = off as $$
#variable_conflict use_column
begin
  return query
    with said as materialized (
      select h.home, w.word, quote_literal(w.word)::tsquery as q
        from unnest(knowledge_homes(p_scope)) h (home), unnest(knowledge_telling(h.home, p_text)) w (word)
       where h.home = 0 or h.home = any (scope())
    ), hit as materialized (
      select a.id, s.word, a.in_title, count(*) over (partition by s.word) as n
        from said s
       cross join lateral (
         select w.id, w.home, w.head @@ s.q as in_title from knowledge w
          where w.words @@ s.q and w.state = 'published' limit 301) a
       where a.home = s.home
    )
    select h.id, sum((1 + h.in_title::int) / ln(h.n + 2)) from hit h where h.n <= 300 group by h.id;
end $$;

-- Published articles for cases of this kind, of no category in particular; as the owner, for the same reason.
create function knowledge_for_kind(p_scope int[], p_kind text) returns setof uuid
language plpgsql stable rows 100 security definer set search_path = steward_code, steward, public, pg_temp set jit = off as $$
begin
  return query
    select w.id from knowledge w
     where w.case_kinds @> array[p_kind] and w.state = 'published' and w.category_id is null
       and (w.property_id is null or (w.property_id = any (p_scope) and w.property_id = any (scope())))
     limit 300;
end $$;

-- Some of a text around the first of the words looked for, else its beginning.
create function knowledge_snippet(p_body text, p_text text) returns text language plpgsql immutable as $$
declare
  low constant text := lower(p_body);
  at int;
begin
  select min(nullif(strpos(low, w), 0)) into at from unnest(string_to_array(norm(p_text), ' ')) w where w <> '';
  at := greatest(1, coalesce(at, 1) - 40);
  return btrim(case when at > 1 then '... ' else '' end || regexp_replace(substr(p_body, at, 200), '\s+', ' ', 'g'));
end $$;

-- What helped, as a weight: uses that helped count, those that did not count against it, few count little.
create function knowledge_worth(p_used bigint, p_failed bigint) returns double precision language sql immutable parallel safe as
$$ select ln(1 + coalesce(p_used, 0)) * (1 + coalesce(p_used, 0) - 2 * coalesce(p_failed, 0)) / (1 + coalesce(p_used, 0)) $$;

create function knowledge_kind_known(p_kind text) returns void language plpgsql stable as $$
begin
  if p_kind is not null and not exists (select from knowledge_kind k where k.kind = p_kind) then
    perform refuse('STINV', 'KIND_UNKNOWN', 'kind', format('there is no kind of article called %s: %s', quote_literal(p_kind),
                   (select string_agg(x.kind, ', ' order by x.rank) from knowledge_kind x)));
  end if;
end $$;

-- The articles a text finds, those with the words in their title first, then what helped most.
create function knowledge_find(p_scope int[], p_text text, p_kind text, p_category text, p_case_kind text, p_language text,
                               p_limit int) returns table (id uuid, o bigint) language plpgsql stable rows 20 set jit = off as $$
#variable_conflict use_column
declare
  line uuid[] := case when nullif(btrim(p_category), '') is not null then case_category_up(case_category_key(p_category)) end;
begin
  perform knowledge_kind_known(p_kind);
  return query
    select x.id, row_number() over (order by x.in_title desc, x.worth desc, x.seq)
      from (select h.id, h.seq, h.in_title, knowledge_worth(t.used, t.failed) as worth
              from knowledge_with_words(p_scope, p_text, p_kind, line, p_case_kind, p_language) h
              left join lateral (select sum(n.used) as used, sum(n.failed) as failed from knowledge_tally n
                                  where n.property_id = any (p_scope) and n.article_id = h.id) t on true) x
     order by 2 limit coalesce(p_limit, 20);
end $$;

-- The best answers to a case: by its category (the nearer level the better), its kind and its words. An article for other
-- kinds of cases is none; one of another category must have the words.
create function knowledge_fitting(p_scope int[], p_kind text, p_category uuid, p_text text, p_limit int)
returns table (id uuid, score double precision) language plpgsql stable rows 5 set jit = off as $$
#variable_conflict use_column
declare
  line uuid[] := case_category_up(p_category);
begin
  return query
    select a.id, x.score
      from (select c.id, sum(c.weight) as weight
              from (select w.id, w.weight from knowledge_with_some(p_scope, p_text) w where p_text is not null
                    union all
                    select a.id, 0 from unnest(knowledge_homes(p_scope)) h (home), unnest(line) l (level)
                     cross join lateral (select a.id from knowledge a
                                          where a.home = h.home and a.category_id = l.level and a.state = 'published' limit 100) a
                    union all
                    select k, 0 from knowledge_for_kind(p_scope, p_kind) k where p_kind is not null) c
             group by c.id) c
     cross join lateral (select a.* from knowledge a where a.id = c.id limit 1) a
      left join lateral (select sum(n.used) as used, sum(n.failed) as failed from knowledge_tally n
                          where n.property_id = any (p_scope) and n.article_id = a.id) t on true
     cross join lateral (
       select c.weight + knowledge_worth(t.used, t.failed) / 10 + (a.case_kinds <> '{}' and p_kind is not null)::int
              + case when a.category_id = any (line) then greatest(2, 7 - array_position(line, a.category_id))
                     when a.category_id is not null and p_category is not null then -1 else 0 end as score) x
     where (p_kind is null or a.case_kinds = '{}' or p_kind = any (a.case_kinds)) and x.score > 0
     order by x.score desc, a.seq limit coalesce(p_limit, 5);
end $$;

-- What fits a case, or the form of one that is being filled: the best few, scripts on top.
create function knowledge_for(p_scope int[], p_case text, p_kind text, p_category text, p_text text, p_limit int)
returns table (id uuid, o bigint) language plpgsql stable rows 5 set jit = off as $$
#variable_conflict use_column
declare
  k record;
  c desk_case;
  reach int[] := p_scope;
begin
  if nullif(btrim(p_case), '') is not null then
    k := case_key(p_scope, p_case);
    select * into c from desk_case x where x.property_id = k.property_id and x.id = k.id;
    reach := array[k.property_id];
  end if;
  c.kind := coalesce(p_kind, c.kind);
  c.category_id := coalesce(case_category_key(p_category), c.category_id);
  c.summary := nullif(btrim(concat_ws(' ', c.summary, p_text)), '');
  if c.kind is null and c.category_id is null and c.summary is null then
    perform refuse('STINV', 'NOTHING_GIVEN', 'case', 'say which case, or a kind, a category or some words of one');
  elsif not exists (select from case_kind x where x.kind = c.kind) and c.kind is not null then
    perform refuse('STINV', 'KIND_UNKNOWN', 'kind', format('there is no kind of case called %s: %s', quote_literal(c.kind),
                   (select string_agg(x.kind, ', ' order by x.rank) from case_kind x)));
  end if;
  return query
    select f.id, row_number() over (order by a.kind <> 'script', f.score desc)
      from knowledge_fitting(reach, c.kind, c.category_id, c.summary, p_limit) f
     cross join lateral (select a.kind from knowledge a where a.id = f.id limit 1) a
     order by 2;
end $$;

-- Articles in the order of their numbers. p_due: published and to be looked at by now, or by the day given.
create function knowledge_list(p_scope int[], p_user uuid, p_kind text, p_state text, p_category text, p_tag text, p_due boolean,
                               p_until date, p_mine boolean, p_company boolean, p_after text, p_limit int)
returns table (id uuid, seq bigint) language plpgsql stable rows 50 set jit = off as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  below constant uuid[] := case_category_below(case_category_key(p_category));
  due_by constant date := coalesce(p_until, case when p_due then current_date end);
  cut constant bigint := case when p_after ~ '^[0-9]{1,18}$' then p_after::bigint else 0 end;
  departments uuid[] := case when p_mine then array(select m.department_id from user_department m
                          where m.property_id = any (p_scope) and m.user_id = p_user and m.ended_at is null) end;
begin
  if nullif(p_after, '') is not null and p_after !~ '^[0-9]{1,18}$' then
    perform refuse('STINV', 'BAD_CURSOR', 'after', 'not a cursor: give the one of the last row seen');
  end if;
  perform knowledge_kind_known(p_kind);
  return query
    select a.id, a.seq
      from unnest(case when p_company then array[0] else knowledge_homes(p_scope) end) h (home)
     cross join lateral (
       select a.id, a.seq from knowledge a
        where a.home = h.home and a.seq > cut
          and (p_kind is null or a.kind = p_kind) and (p_state is null or a.state = p_state)
          and (due_by is null or (a.state = 'published' and a.review_by <= due_by))
          and (p_tag is null or norm(p_tag) = any (a.tags))
          and (below is null or a.category_id = any (below))
          and (p_mine is not true or a.user_id = p_user or a.department_id = any (departments))
        order by a.seq limit lim) a
     order by a.seq limit lim;
end $$;
