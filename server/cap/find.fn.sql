-- One box that finds whatever is typed into it: a telephone number, a unit, a name, a plate, a case, a party.

create type find_hit as (
  property_id int, rank int, token text, kind text, entity text, entity_id uuid, shown text, label text
);

-- Whole tokens that equal what was typed.
create function find_exact(p_scope int[], p_tokens text[], p_limit int) returns setof find_hit
language sql stable as $$
  select s.property_id, 0, s.token, s.kind, s.entity, s.entity_id, s.shown, s.label from search_token s
   where s.property_id = any (p_scope) and s.token = any (p_tokens) and not s.part
   limit p_limit
$$;

-- Tokens and parts that begin with what was typed, some of each property. A range instead of a pattern: it uses the
-- index under row-level security and in a plan made before the text is known.
create function find_begin(p_scope int[], p_begin text, p_rank int, p_limit int) returns setof find_hit
language sql stable as $$
  select t.property_id, p_rank, t.token, t.kind, t.entity, t.entity_id, t.shown, t.label
    from unnest(p_scope) y (id),
         lateral (select s.* from search_token s
                   where s.property_id = y.id and s.token >= p_begin and s.token < p_begin || U&'\+10FFFF'
                     and s.kind <> 'document'
                   order by s.property_id, s.token
                   limit greatest(10, p_limit / cardinality(p_scope))) t
$$;

-- Names with words that look like those typed, the likeliest first; two words also the other way round.
create function find_alike(p_scope int[], p_name text, p_limit int) returns setof find_hit
language plpgsql stable as $$
declare
  typed constant text[] := (array_remove(regexp_split_to_array(norm(p_name), '[\s·・.,、()''&-]+'), ''))[1:3];
  ways text[] := array[null];
  marks real[] := '{0}';
  found int := 0;
  way text;
begin
  for i in 1 .. coalesce(cardinality(typed), 0) loop
    select array_agg(concat_ws(' ', x.way, w.word)), array_agg(x.mark + w.mark) into ways, marks
      from unnest(ways, marks) x (way, mark)
      cross join (select k.word, k.likeness from search_words_alike(typed[i], 3) k
                  union all
                  select typed[i], 0 where not exists (select from search_words_alike(typed[i], 1))) w (word, mark);
  end loop;
  for way in
    select t.way from (
      select x.way, x.mark from unnest(ways, marks) x (way, mark)
      union all
      select split_part(x.way, ' ', 2) || ' ' || split_part(x.way, ' ', 1), x.mark - 0.1
        from unnest(ways, marks) x (way, mark) where cardinality(typed) = 2) t
     order by t.mark desc, t.way
  loop
    return query select h.* from find_begin(p_scope, way, 9, p_limit) h;
    get diagnostics found = row_count;
    p_limit := p_limit - found;
    exit when p_limit <= 0;
  end loop;
end $$;

-- What may be meant by a text, sure hits first, each entity once.
create function find_hits(p_scope int[], p_text text, p_kinds text[], p_limit int) returns setof find_hit
language plpgsql stable rows 20 set jit = off as $$
declare
  few constant int := 200; -- tokens read per way of looking; entities have several
  look constant record := ref_split(p_scope, null, p_text);
  plain constant text := norm(look.rest);
  tight constant text := squash(look.rest);
  digits constant boolean := tight ~ '^[0-9]+$';
  hits find_hit[];
  begins text[];
  x text;
begin
  if coalesce(plain, '') = '' then
    return;
  end if;
  hits := array(
    select h from find_exact(look.within, array[plain, tight] || array(
             select distinct substr(phone_e164(look.rest, p.country_code, p.trunk_prefix), 2) from property p
              where p.id = any (look.within) and length(tight) >= 7), few) h);
  -- One letter begins too much; one sign of a script without an alphabet says a lot.
  if length(plain) > 1 or plain ~ '[^ -ɏ]' then
    begins := array[plain];
    if tight <> plain and length(tight) > 1 then
      begins := begins || tight;
    end if;
    if digits and length(tight) > 3 then
      begins := begins || array(select distinct p.country_code || case when p.trunk_prefix <> '' and starts_with(tight, p.trunk_prefix)
                                         then substr(tight, length(p.trunk_prefix) + 1) else tight end
                                  from property p where p.id = any (look.within));
    end if;
    foreach x in array begins loop
      hits := hits || array(select h from find_begin(look.within, x, 1, few) h order by h.token, h.property_id);
    end loop;
  end if;
  if length(tight) > 2 and tight ~ '[0-9]' then
    foreach x in array (case when tight = plain then array[tail(plain)] else array[tail(plain), tail(tight)] end) loop
      hits := hits || array(select h from find_begin(look.within, x, 2, few) h order by h.token, h.property_id);
    end loop;
  end if;
  if cardinality(hits) = 0 and length(plain) > 3 then
    hits := array(select h from find_alike(look.within, plain, p_limit) h);
  end if;
  return query
    select d.property_id, d.rank, d.token, d.kind, d.entity, d.entity_id, d.shown, d.label from (
      select distinct on (t.property_id, t.entity, t.entity_id) t.*
        from unnest(hits) with ordinality as t (property_id, rank, token, kind, entity, entity_id, shown, label, o)
       where p_kinds is null or t.kind = any (p_kinds) or t.entity = any (p_kinds)
       order by t.property_id, t.entity, t.entity_id, t.rank, t.o) d
     order by d.rank, d.o
     limit p_limit;
end $$;

-- The rows of the search: every hit with those who hold the place, or what the party holds, today. Step by step:
-- an expression in a join would keep row-level security from using the index.
create function find_rows(p_scope int[], p_text text, p_kinds text[], p_limit int)
returns table (match text, kind text, number text, label text, place text, party text, role text, phone text,
               property text, property_id int, entity text, id uuid, party_id uuid, place_id uuid)
language plpgsql stable rows 50 set jit = off as $$
#variable_conflict use_column
begin
  return query
    with hit as materialized (
      select h.*, row_number() over () as n from find_hits(p_scope, p_text, p_kinds, p_limit) h
    ), held as materialized (
      select h.property_id, h.n, o.party_id, o.place_id, o.role, o.rank, o.o
        from hit h join property y on y.id = h.property_id,
             lateral (select q.party_id, q.place_id, q.role, r.rank, row_number() over (order by r.rank, q.from_on, q.id) as o
                        from occupancy q join occupancy_role r on r.role = q.role
                       where q.property_id = h.property_id and q.party_id = h.entity_id
                         and q.from_on <= today(y.zone) and (q.to_on is null or q.to_on > today(y.zone))
                       order by r.rank, q.from_on, q.id limit 5) o
       where h.entity = 'party'
      union all
      select h.property_id, h.n, o.party_id, o.place_id, o.role, o.rank, o.o
        from hit h join property y on y.id = h.property_id,
             lateral (select q.party_id, q.place_id, q.role, r.rank, row_number() over (order by r.rank, q.from_on, q.id) as o
                        from occupancy q join occupancy_role r on r.role = q.role
                       where q.property_id = h.property_id and q.place_id = h.entity_id
                         and q.from_on <= today(y.zone) and (q.to_on is null or q.to_on > today(y.zone))
                       order by r.rank, q.from_on, q.id limit 5) o
       where h.entity = 'place'
    ), row as materialized (
      select h.*, d.o, d.role,
             case h.entity when 'party' then h.entity_id else d.party_id end as party_id,
             case h.entity when 'place' then h.entity_id else d.place_id end as place_id
        from hit h left join held d on d.n = h.n
    )
    select case r.rank when 0 then 'exact' else 'suggested' end, r.kind,
           case r.entity when 'party' then a.number when 'place' then l.number else coalesce(r.shown, r.token) end,
           case r.entity when 'party' then a.name when 'place' then l.name else r.label end,
           l.number, a.name, r.role, f.raw, y.code, r.property_id, r.entity, r.entity_id, r.party_id, r.place_id
      from row r
      join property y on y.id = r.property_id
      left join party a on a.property_id = r.property_id and a.id = r.party_id
      left join place l on l.property_id = r.property_id and l.id = r.place_id
      left join lateral (
        select f.raw from party_phone f
         where f.property_id = r.property_id and f.party_id = r.party_id and f.until_on is null
         order by (r.kind = 'phone' and coalesce(substr(f.e164, 2), squash(f.raw)) = r.token) desc, f.from_on, f.id limit 1) f on true
     order by r.n, r.o
     limit p_limit * 3;
end $$;
