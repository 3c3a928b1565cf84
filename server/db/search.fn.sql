-- The tokens behind the one search box, and words to find text by.

create function name_words(t text) returns text[] language plpgsql immutable parallel safe as
$$
#variable_conflict use_column
begin
  return (
    select array(select distinct w from regexp_split_to_table(norm(t), '[^[:alpha:]]+') w
                   where length(w) between 3 and 40 and w !~ '[\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff]' order by w));
end $$;
create function search_words_add(p_names text[]) returns void
language plpgsql volatile security definer set search_path = steward_code, steward, public, pg_temp as $$
begin
  insert into search_word (word)
  select distinct w from unnest(p_names) n, unnest(name_words(n)) w
   where not exists (select from search_word k where k.word = w)
  order by w
  on conflict do nothing;
end $$;
create function search_words_alike(p_word text, p_limit int) returns table (word text, likeness real)
language plpgsql stable security definer rows 3 set search_path = steward_code, steward, public, pg_temp set jit = off as $$
begin
  return query
    select k.word, similarity(k.word, p_word) from search_word k
     where k.word % p_word order by similarity(k.word, p_word) desc, k.word limit p_limit;
end $$;

-- The end of a token, so that the last digits of a number are the beginning of something.
create function tail(t text) returns text language sql immutable parallel safe as
$$ select '~' || reverse(steward.norm(t)) $$;

-- The things of one kind of entity of which a token or its end begins with a text. Numbers of documents are left out.
create function token_entities(p_scope int[], p_entity text, p_text text) returns table (property_id int, entity_id uuid)
language sql stable as $$
  select s.property_id, s.entity_id from search_token s
   where s.property_id = any (p_scope) and s.token >= norm(p_text) and s.token < norm(p_text) || U&'\+10FFFF'
     and s.entity = p_entity and s.kind <> 'document'
  union
  select s.property_id, s.entity_id from search_token s
   where s.property_id = any (p_scope) and s.token >= tail(p_text) and s.token < tail(p_text) || U&'\+10FFFF'
     and s.entity = p_entity and length(norm(p_text)) > 2
  union
  select s.property_id, s.entity_id from search_token s
   where s.property_id = any (p_scope) and s.token >= tail(squash(p_text)) and s.token < tail(squash(p_text)) || U&'\+10FFFF'
     and s.entity = p_entity and length(squash(p_text)) > 2
$$;

-- Parts of a name: from each further word on, initials, and from each further sign where words have no blanks.
create function name_parts(t text) returns text[] language plpgsql immutable parallel safe as $$
declare
  words constant text[] := array_remove(regexp_split_to_array(norm(t), '[\s·・.,、()''&-]+'), '');
  parts text[] := '{}';
  initials text := '';
  word text;
begin
  for i in 1 .. coalesce(cardinality(words), 0) loop
    word := words[i];
    initials := initials || left(word, 1);
    if i > 1 then
      parts := parts || array_to_string(words[i:], ' ');
    end if;
    if word ~ '[\u3400-\u4dbf\u4e00-\u9fff]' then
      for j in 2 .. least(length(word), 40) loop
        parts := parts || substr(word, j);
      end loop;
    end if;
  end loop;
  return case when length(initials) > 1 then parts || initials else parts end;
end $$;

-- Adds tokens, and parts, which only suggest, to an entity. 'label' is one line about the entity, kept for entities
-- whose own table the search does not read.
create function search_add(p_property int, p_entity text, p_id uuid, p_kind text, p_tokens text[],
                           p_parts text[] default '{}', p_label text default null) returns void
language plpgsql as $$
begin
  insert into search_token as s (property_id, token, part, kind, entity, entity_id, shown, label)
  select distinct on (x.token) p_property, x.token, x.part, p_kind, p_entity, p_id, nullif(x.shown, x.token), p_label
    from (select left(norm(t), 200) as token, false as part, left(t, 200) as shown from unnest(p_tokens) t
          union all
          select left(norm(t), 200), true, null from unnest(p_parts) t) x
   where x.token <> ''
   order by x.token, x.part
  on conflict (property_id, token, part, kind, entity, entity_id) do update
     set shown = excluded.shown, label = excluded.label
   where (s.shown, s.label) is distinct from (excluded.shown, excluded.label);
  if p_kind = 'name' then
    perform search_words_add(p_tokens);
  end if;
end $$;

-- Makes the tokens and parts the only ones of this entity and kind.
create function search_put(p_property int, p_entity text, p_id uuid, p_kind text, p_tokens text[],
                           p_parts text[] default '{}', p_label text default null) returns void
language plpgsql as $$
begin
  delete from search_token s
   where s.property_id = p_property and s.entity = p_entity and s.entity_id = p_id and s.kind = p_kind
     and not exists (select from unnest(case when s.part then p_parts else p_tokens end) x where left(norm(x), 200) = s.token);
  perform search_add(p_property, p_entity, p_id, p_kind, p_tokens, p_parts, p_label);
end $$;

-- What to look for among words_of(): all words of the text, the last of which may be cut off. Null for no words.
create function words_query(p_property int, p_text text) returns tsquery language plpgsql immutable parallel safe as $$
declare
  signs constant text := '[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]+';
  x constant text := lower(normalize(p_text, NFKC));
  alphabetic constant text[] := regexp_split_to_array(btrim(regexp_replace(x, signs, ' ', 'g')), '\s+');
begin
  return (
    select string_agg('''' || replace(replace(p_property || '.' || w.word, '\', '\\'), '''', '''''') || ''''
                      || case when w.cut then ':*' else '' end, ' & ')
      from (select l as word, t.o = cardinality(alphabetic) as cut
              from unnest(alphabetic) with ordinality t (word, o), unnest(tsvector_to_array(to_tsvector('simple', t.word))) l
            union all
            select substr(m[1], i, 2), length(m[1]) = 1
              from regexp_matches(x, signs, 'g') m, generate_series(1, greatest(length(m[1]) - 1, 1)) i) w
  )::tsquery;
end $$;
