-- The directory of a property: who is there for what, and how to reach them.

-- What a form or a line of a file says about an entry. 'body' is the responsible body.
create type directory_input as (
  line int, property text, ref text, number text, kind text, name text, body text, phones text[], address text, hours text,
  what_for text, categories text[], language text, review_by text
);

-- The entry meant by a UUID, D-1001, 1001 or SUN/D-1001.
create function directory_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  look record := ref_split(p_scope, null, p_ref);
  homes int[];
begin
  if is_uuid(look.rest) then
    select e.property_id, e.id into property_id, id
      from directory_entry e where e.property_id = any (look.within) and e.id = look.rest::uuid;
  else
    look.rest := case when look.rest ~ '^[0-9]+$' then 'D-' || look.rest else upper(look.rest) end;
    select array_agg(e.property_id order by e.property_id), (array_agg(e.id))[1] into homes, id
      from directory_entry e where e.property_id = any (look.within) and e.number = look.rest;
    property_id := homes[1];
  end if;
  perform ref_one(id, homes, look.within, look.rest, 'there is no entry', 'ENTRY', 'entry');
end $$;

-- A telephone number, without its label, as it is compared: E.164 without the plus where the text tells it, else its digits.
create function phone_digits(p_raw text, p_country text, p_trunk text) returns text language sql immutable parallel safe as
$$ select coalesce(substr(phone_e164(split_part(p_raw, '=', 1), p_country, p_trunk), 2), squash(split_part(p_raw, '=', 1))) $$;

-- Telephone numbers as people read them: "0571-96390 (hotline), 110".
create function phones_text(p_phones text[]) returns text language plpgsql immutable parallel safe as
$$
begin
  return (
    select string_agg(regexp_replace(p, '\s*=\s*(.+)$', ' (\1)'), ', ' order by o) from unnest(p_phones) with ordinality x (p, o));
end $$;

-- What the search box finds an entry by: its number, its name, its telephone numbers. Whatever was found, its own number
-- is shown.
create function directory_search(e directory_entry) returns void language plpgsql volatile as $$
declare
  gone constant boolean := e.state <> 'active';
  y property;
begin
  select * into y from property p where p.id = e.property_id;
  perform search_put(e.property_id, 'directory', e.id, 'directory',
                     case when gone then '{}' else array[e.number, e.name] || e.dials || array(
                       select squash(split_part(p, '=', 1)) from unnest(e.phones) p) end,
                     case when gone then '{}' else array[substr(e.number, 3)] || name_parts(e.name) || array(
                       select tail(x) from unnest(e.dials) x where length(x) > 4) end,
                     left(concat_ws(': ', e.name, phones_text(e.phones)), 400));
  update search_token s set shown = e.number
   where s.property_id = e.property_id and s.entity = 'directory' and s.entity_id = e.id and s.kind = 'directory';
end $$;

-- It is to be looked at by its day.
create function directory_owe(e directory_entry) returns void language plpgsql volatile as $$
declare
  until constant timestamptz := (e.review_by + 1)::timestamp at time zone (select y.zone from property y where y.id = e.property_id)
                                - interval '1 second';
begin
  perform obligation_drop(e.property_id, 'directory', e.id, 'directory_review');
  if e.state = 'active' then
    perform obligation_need(e.property_id, 'directory_review', 'directory', e.id, e.number, e.name, until - interval '14 days', until);
  end if;
end $$;

-- Sets what the input names and checks what no constraint can.
create function directory_with(e directory_entry, r directory_input, p_clear text[]) returns directory_entry
language plpgsql stable as $$
declare
  y property;
  what text;
begin
  select * into y from property p where p.id = e.property_id;
  e.kind := coalesce(nullif(r.kind, ''), e.kind);
  e.name := coalesce(nullif(btrim(r.name), ''), e.name);
  e.body := keep(e.body, r.body, 'responsible', p_clear);
  e.ref := keep(e.ref, r.ref, 'ref', p_clear);
  e.address := keep(e.address, r.address, 'address', p_clear);
  e.hours := keep(e.hours, r.hours, 'hours', p_clear);
  e.what_for := keep(e.what_for, r.what_for, 'what_for', p_clear);
  e.language := keep(e.language, r.language, 'language', p_clear);
  e.phones := case when r.phones <> '{}' then array(select btrim(p) from unnest(r.phones) with ordinality x (p, o) where btrim(p) <> '' order by o)
                   when 'phones' = any (p_clear) then '{}' else coalesce(e.phones, '{}') end;
  select p into what from unnest(e.phones) p where length(regexp_replace(split_part(norm(p), '=', 1), '[^0-9]', '', 'g')) < 3 limit 1;
  if what is not null then
    perform refuse('STINV', 'PHONE', 'phones', format('%s is not a telephone number: it has less than three digits', quote_literal(what)));
  end if;
  e.dials := array(select phone_digits(p, y.country_code, y.trunk_prefix) from unnest(e.phones) with ordinality x (p, o) order by o);
  e.categories := case when r.categories <> '{}' then array(select distinct case_category_key(c) from unnest(r.categories) c
                                                             where btrim(c) <> '' order by 1)
                       when 'categories' = any (p_clear) then '{}' else coalesce(e.categories, '{}') end;
  if e.kind is null or e.name is null then
    perform refuse('STINV', 'REQUIRED', case when e.name is null then 'name' else 'kind' end, 'an entry has a name and a kind');
  elsif not exists (select from directory_kind k where k.kind = e.kind) then
    perform refuse('STINV', 'KIND_UNKNOWN', 'kind', format('there is no kind of entry called %s: %s', quote_literal(e.kind),
                   (select string_agg(k.kind, ', ' order by k.rank) from directory_kind k)));
  elsif e.body is not null and not exists (select from responsible_body b where b.body = e.body) then
    perform refuse('STINV', 'BODY_UNKNOWN', 'responsible', format('%s is none of: %s', quote_literal(e.body),
                   (select string_agg(b.body, ', ' order by b.rank) from responsible_body b)));
  end if;
  if nullif(r.review_by, '') is not null and to_day(r.review_by, 'review_by') is distinct from e.review_by then
    e.review_by := review_day(r.review_by, y.zone, null);
  end if;
  return e;
end $$;

create function directory_add(p_property int, p_id uuid, r directory_input, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  e directory_entry;
begin
  e.property_id := p_property;
  e.id := p_id;
  e := directory_with(e, r, '{}');
  e.review_by := coalesce(e.review_by, review_day(null, (select y.zone from property y where y.id = p_property), '1 year'));
  insert into directory_entry (property_id, id, number, ref, kind, name, body, phones, dials, address, hours, what_for,
                               categories, language, review_by)
  values (p_property, p_id, 'D-' || next_number(p_property, 'D'), e.ref, e.kind, e.name, e.body, e.phones, e.dials, e.address,
          e.hours, e.what_for, e.categories, e.language, e.review_by)
  returning * into e;
  perform directory_search(e);
  perform directory_owe(e);
  property_id := p_property;
  id := p_id;
end $$;

create function directory_take(p_scope int[], p_ref text) returns directory_entry language plpgsql volatile as $$
declare
  k record := directory_key(p_scope, p_ref);
  e directory_entry;
begin
  select * into e from directory_entry x where x.property_id = k.property_id and x.id = k.id for update;
  return e;
end $$;

-- Changes what the input names; an edit that changes nothing leaves no trace.
create function directory_edit(p_scope int[], p_ref text, p_seen int, r directory_input, p_clear text[],
                               out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  o directory_entry := directory_take(p_scope, p_ref);
  e directory_entry;
begin
  perform version_ok(o.version, p_seen);
  property_id := o.property_id;
  id := o.id;
  e := directory_with(o, r, p_clear);
  if e is not distinct from o then
    return;
  end if;
  update directory_entry d
     set kind = e.kind, name = e.name, body = e.body, ref = e.ref, phones = e.phones, dials = e.dials, address = e.address,
         hours = e.hours, what_for = e.what_for, categories = e.categories, language = e.language, review_by = e.review_by,
         version = o.version + 1, changed_at = now()
   where d.property_id = o.property_id and d.id = o.id returning * into e;
  if e.categories <> o.categories then
    perform registry_note(e.property_id, 'directory', e.id, 'changed', 'categories', category_paths(o.categories), category_paths(e.categories));
  end if;
  perform directory_search(e);
  if (e.review_by, e.name) is distinct from (o.review_by, o.name) then
    perform directory_owe(e);
  end if;
end $$;

create function directory_withdraw(p_scope int[], p_ref text, p_why text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  e directory_entry := directory_take(p_scope, p_ref);
begin
  if e.state = 'withdrawn' then
    perform refuse('STPRE', 'WITHDRAWN', 'entry', format('%s is withdrawn already', e.number));
  end if;
  update directory_entry d set state = 'withdrawn', version = e.version + 1, changed_at = now()
   where d.property_id = e.property_id and d.id = e.id returning * into e;
  if nullif(btrim(p_why), '') is not null then
    perform registry_note(e.property_id, 'directory', e.id, 'withdrawn', 'why', null, btrim(p_why));
  end if;
  perform directory_search(e);
  perform directory_owe(e);
  property_id := e.property_id;
  id := e.id;
end $$;

-- Somebody made sure that it is right; what was withdrawn is in use again by that.
create function directory_review(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_next text, p_remark text,
                                 out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  e directory_entry := directory_take(p_scope, p_ref);
  b obligation;
begin
  select * into b from obligation v
   where v.property_id = e.property_id and v.entity = 'directory' and v.entity_id = e.id and v.kind = 'directory_review'
     and v.state = 'open' for update;
  if b.id is not null then
    perform obligation_try(b, p_key, p_user, p_at, 'done', null, p_remark);
  end if;
  update directory_entry d
     set state = 'active', version = e.version + 1, reviewed_at = least(coalesce(p_at, now()), now()), reviewed_by = p_user,
         review_by = review_day(p_next, (select y.zone from property y where y.id = e.property_id), '1 year', 'next')
   where d.property_id = e.property_id and d.id = e.id returning * into e;
  perform directory_search(e);
  perform directory_owe(e);
  property_id := e.property_id;
  id := e.id;
end $$;

-- A customer was told of it, and it was right or not.
create function directory_use(p_scope int[], p_ref text, p_case text, p_user uuid, p_key uuid, p_at timestamptz, p_failed boolean,
                              p_remark text, out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record := directory_key(p_scope, p_ref);
  found uuid;
begin
  if nullif(btrim(p_case), '') is not null then
    select c.id into found from case_key(array[k.property_id], p_case) c;
  end if;
  insert into directory_use (property_id, id, entry_id, case_id, user_id, at, helped, remark)
  values (k.property_id, p_key, k.id, found, p_user, least(coalesce(p_at, now()), now()), p_failed is not true, nullif(btrim(p_remark), ''));
  update directory_entry d set used = d.used + 1, failed = d.failed + (p_failed is true)::int
   where d.property_id = k.property_id and d.id = k.id;
  property_id := k.property_id;
  id := k.id;
end $$;

-- Lists -------------------------------------------------------------------------------------------------------------

create function category_paths(p_ids uuid[]) returns text language plpgsql stable as
$$
begin
  return (
    select string_agg(g.path, '; ' order by g.path_key) from case_category g where g.id = any (p_ids));
end $$;

create view directory_card with (security_invoker = true) as
select e.id, e.property_id, y.code as property, e.number, e.ref, e.kind, k.label as what, e.name, e.body as responsible,
       phones_text(e.phones) as phone, e.phones,
       array(select case when d.dial ~ '^[1-9][0-9]{7,14}$' then '+' || d.dial else d.dial end from unnest(e.dials) with ordinality d (dial, o)
              order by d.o) as dials,
       e.address, e.hours, e.what_for,
       array(select g.path from case_category g where g.id = any (e.categories) order by g.path_key) as categories,
       category_paths(e.categories) as category, e.language, e.state, e.review_by::text as review_by,
       e.state = 'active' and e.review_by < today(y.zone) as overdue, ts(e.reviewed_at, y.zone) as reviewed_at,
       (select u.login from app_user u where u.id = e.reviewed_by) as reviewed_by, e.used, e.failed, e.version,
       e.property_id || '~' || e.id || '~' || e.number as cursor
  from directory_entry e
  join property y on y.id = e.property_id
  join directory_kind k on k.kind = e.kind;
grant select on directory_card to steward_app;
create function directory_card(p_property int, p_id uuid) returns setof directory_card language plpgsql volatile rows 1 as
$$ begin return query select * from directory_card c where c.property_id = p_property and c.id = p_id; end $$;

-- Entries by property, kind and name. A property has some hundreds at most: they are read together and looked through.
create function directory_list(p_scope int[], p_kind text, p_responsible text, p_state text, p_due boolean, p_until date,
                               p_after text, p_limit int) returns table (property_id int, id uuid, o bigint)
language plpgsql stable rows 50 set jit = off as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 100);
  cut record := row_after(p_after);
  due_by constant date := coalesce(p_until, case when p_due then current_date end);
  wanted constant text := coalesce(p_state, case when due_by is null then 'active' end);
begin
  return query
    select e.property_id, e.id, row_number() over (order by e.property_id, length(e.number), e.number)
      from unnest(p_scope) s (property_id)
     cross join lateral (
       select e.property_id, e.id, e.number from directory_entry e
        where e.property_id = s.property_id and s.property_id >= cut.property_id
          and (s.property_id > cut.property_id or (length(e.number), e.number) > (length(cut.key), cut.key))
          and (p_kind is null or e.kind = p_kind) and (p_responsible is null or e.body = p_responsible)
          and (wanted is null or e.state = wanted)
          and (due_by is null or (e.state = 'active' and e.review_by <= due_by))
        order by length(e.number), e.number limit lim) e
     order by 3 limit lim;
end $$;

-- What a text or some digits find: a telephone number, words of the name, the address or what it is there for.
create function directory_find(p_scope int[], p_text text, p_kind text, p_limit int) returns table (property_id int, id uuid, o bigint)
language plpgsql stable rows 20 set jit = off as $$
#variable_conflict use_column
declare
  digits constant text := regexp_replace(norm(p_text), '[^0-9]', '', 'g');
  plain constant text := norm(p_text);
begin
  return query
    select e.property_id, e.id, row_number() over (order by e.near, e.used - 2 * e.failed desc, e.name, e.property_id, e.id)
      from unnest(p_scope) s (property_id) join property y on y.id = s.property_id
     cross join lateral (
       select e.*, case when e.number = upper(plain) then 0
                        when length(digits) > 2 and phone_digits(p_text, y.country_code, y.trunk_prefix) = any (e.dials) then 1
                        when strpos(norm(e.name), plain) > 0 then 2
                        when e.words @@ words_query(e.property_id, p_text) then 3
                        when length(digits) > 2 and plain !~ '[[:alpha:]]'
                             and exists (select from unnest(e.dials) d where strpos(d, digits) > 0) then 4 end as near
         from directory_entry e
        where e.property_id = s.property_id and e.state = 'active' and (p_kind is null or e.kind = p_kind)) e
     where e.near is not null
     order by 3 limit coalesce(p_limit, 20);
end $$;

-- Who is responsible for a case, or for a category: those of the nearest level first.
create function directory_for(p_scope int[], p_case text, p_category text, p_limit int) returns table (property_id int, id uuid, o bigint)
language plpgsql stable rows 5 set jit = off as $$
#variable_conflict use_column
declare
  category uuid := case_category_key(p_category);
  reach int[] := p_scope;
  line uuid[];
  k record;
begin
  if nullif(btrim(p_case), '') is not null then
    k := case_key(p_scope, p_case);
    reach := array[k.property_id];
    category := coalesce(category, (select c.category_id from desk_case c where c.property_id = k.property_id and c.id = k.id));
    if category is null then
      perform refuse('STPRE', 'NO_CATEGORY', 'case', 'this case has no category: give one with --category');
    end if;
  elsif category is null then
    perform refuse('STINV', 'NOTHING_GIVEN', 'case', 'say which case, or give a category');
  end if;
  line := case_category_up(category);
  return query
    select e.property_id, e.id, row_number() over (order by e.level, e.used - 2 * e.failed desc, e.name, e.property_id, e.id)
      from unnest(reach) s (property_id)
     cross join lateral (
       select e.*, (select min(array_position(line, c)) from unnest(e.categories) c) as level
         from directory_entry e where e.property_id = s.property_id and e.state = 'active') e
     where e.level is not null
     order by 3 limit coalesce(p_limit, 10);
end $$;
