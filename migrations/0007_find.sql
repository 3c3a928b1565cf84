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

-- Tokens and parts that begin with what was typed. A range instead of a pattern: it uses the index under
-- row-level security and in a plan made before the text is known.
create function find_begin(p_scope int[], p_begin text, p_rank int, p_limit int) returns setof find_hit
language sql stable as $$
  select s.property_id, p_rank, s.token, s.kind, s.entity, s.entity_id, s.shown, s.label from search_token s
   where s.property_id = any (p_scope) and s.token >= p_begin and s.token < p_begin || U&'\+10FFFF'
     and s.kind <> 'document'
   limit p_limit
$$;

-- Names that look like what was typed. The operator may not run under row-level security with an index, so this
-- runs as the owner and looks at the request's scope itself.
create function find_alike(p_scope int[], p_name text, p_limit int) returns setof find_hit
language sql stable security definer set search_path = steward, public, pg_temp as $$
  select s.property_id, 9, s.token, s.kind, s.entity, s.entity_id, s.shown, s.label from search_token s
   where s.property_id = any (p_scope) and s.property_id = any (scope())
     and s.kind = 'name' and not s.part and s.token % p_name and similarity(s.token, p_name) > 0.4
   order by similarity(s.token, p_name) desc, s.token
   limit p_limit
$$;

-- What may be meant by a text, sure hits first, each entity once.
create function find_hits(p_scope int[], p_text text, p_kinds text[], p_limit int) returns setof find_hit
language plpgsql stable as $$
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
      hits := hits || array(select h from find_begin(look.within, x, 1, few) h);
    end loop;
  end if;
  if length(tight) > 2 and tight ~ '[0-9]' then
    foreach x in array (case when tight = plain then array[tail(plain)] else array[tail(plain), tail(tight)] end) loop
      hits := hits || array(select h from find_begin(look.within, x, 2, few) h);
    end loop;
  end if;
  if cardinality(hits) = 0 and length(plain) > 3 then
    hits := array(select h from find_alike(look.within, plain, few) h);
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

-- The rows of the search: every hit with those who hold the place, or what the party holds, today.
create function find_rows(p_scope int[], p_text text, p_kinds text[], p_limit int)
returns table (match text, kind text, number text, label text, place text, party text, role text, phone text,
               property text, property_id int, entity text, id uuid, party_id uuid, place_id uuid)
language sql stable as $$
  select case h.rank when 0 then 'exact' else 'suggested' end, h.kind,
         case h.entity when 'party' then a.number when 'place' then l.number else coalesce(h.shown, h.token) end,
         case h.entity when 'party' then a.name when 'place' then l.name else h.label end,
         coalesce(ol.number, l.number), coalesce(a.name, oa.name), o.role,
         (select f.raw from party_phone f
           where f.property_id = h.property_id and f.party_id = coalesce(a.id, o.party_id) and f.until_on is null
           order by (h.kind = 'phone' and coalesce(substr(f.e164, 2), squash(f.raw)) = h.token) desc, f.from_on, f.id limit 1),
         y.code, h.property_id, h.entity, h.entity_id, coalesce(a.id, o.party_id), coalesce(l.id, o.place_id)
    from (select h.*, row_number() over () as n from find_hits(p_scope, p_text, p_kinds, p_limit) h) h
    join property y on y.id = h.property_id
    left join party a on h.entity = 'party' and a.property_id = h.property_id and a.id = h.entity_id
    left join place l on h.entity = 'place' and l.property_id = h.property_id and l.id = h.entity_id
    left join lateral (
      select q.place_id, q.party_id, q.role, r.rank from occupancy q join occupancy_role r on r.role = q.role
       where h.entity = 'party' and q.property_id = h.property_id and q.party_id = h.entity_id and q.period @> today(y.zone)
      union all
      select q.place_id, q.party_id, q.role, r.rank from occupancy q join occupancy_role r on r.role = q.role
       where h.entity = 'place' and q.property_id = h.property_id and q.place_id = h.entity_id and q.period @> today(y.zone)
       order by rank limit 5) o on true
    left join place ol on ol.property_id = h.property_id and ol.id = o.place_id
    left join party oa on oa.property_id = h.property_id and oa.id = o.party_id
   order by h.n, o.rank, ol.sort_key
   limit p_limit * 3
$$;
