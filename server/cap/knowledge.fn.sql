-- Articles: written, published, looked at again, withdrawn. Every step locks the article, counts its version on and leaves
-- a row of its history.

-- What a form or a line of a file says about an article.
create type knowledge_input as (
  line int, property text, ref text, number text, kind text, language text, title text, body text, category text,
  case_kinds text[], tags text[], owner text, review_by text
);

-- The article meant by a UUID, K-1001, 1001 or SUN/K-1001; those of the company are in everybody's reach.
create function knowledge_key(p_scope int[], p_ref text, p_field text default 'article') returns uuid
language plpgsql stable as $$
declare
  look record := ref_split(p_scope, null, p_ref);
  found uuid;
begin
  if is_uuid(look.rest) then
    select a.id into found from knowledge a
     where a.id = look.rest::uuid and (a.property_id is null or a.property_id = any (look.within));
  else
    look.rest := case when look.rest ~ '^[0-9]+$' then 'K-' || look.rest else upper(look.rest) end;
    select a.id into found from knowledge a
     where a.number = look.rest and (a.property_id is null or a.property_id = any (look.within));
  end if;
  if found is null then
    perform refuse('STNOF', 'ARTICLE_UNKNOWN', p_field,
                   format('there is no article %s for %s', look.rest, coalesce(property_codes(look.within), 'any property in reach')));
  end if;
  return found;
end $$;

-- Refuses whoever may not write for the company as a whole.
create function knowledge_company(p_user uuid) returns void language plpgsql stable as $$
begin
  if not user_has_role(p_user, 0, '{supervisor,manager,quality,administrator}') then
    perform refuse('STDEN', 'COMPANY_ARTICLE', 'article',
                   'what holds for all properties is written by those who are supervisor, manager, quality or administrator for all of them');
  end if;
end $$;

-- Locks an article for a step.
create function knowledge_take(p_scope int[], p_ref text, p_user uuid) returns knowledge language plpgsql volatile as $$
declare
  key constant uuid := knowledge_key(p_scope, p_ref);
  a knowledge;
begin
  if (select x.property_id from knowledge x where x.id = key) is null then
    perform knowledge_company(p_user);
  end if;
  select * into a from knowledge x where x.id = key for update;
  return a;
end $$;

-- Writes the step 'p_verb' of an article that stands as 'a' says. The text is kept where the step changed it.
create function knowledge_step(a knowledge, p_verb text, p_user uuid, p_key uuid, p_remark text, p_text boolean) returns void
language plpgsql volatile as $$
begin
  insert into knowledge_version (article_id, version, property_id, id, user_id, verb, remark, title, body)
  values (a.id, a.version, a.property_id, coalesce(p_key, uuid7()), p_user, p_verb, nullif(btrim(p_remark), ''),
          case when p_text then a.title end, case when p_text then a.body end);
end $$;

-- A published article of a property owes a look by its day, by its owner where it has one. Those of the company are no
-- one property's to look at: `knowledge list --due` shows them to who writes them.
create function knowledge_owe(a knowledge) returns void language plpgsql volatile as $$
declare
  until constant timestamptz := (a.review_by + 1)::timestamp at time zone (select y.zone from property y where y.id = a.property_id)
                                - interval '1 second';
begin
  if a.property_id is not null then
    perform obligation_drop(a.property_id, 'knowledge', a.id, 'review');
    if a.state = 'published' then
      perform obligation_need(a.property_id, 'review', 'knowledge', a.id, a.number, a.title, until - interval '14 days', until,
                              a.user_id, a.department_id);
    end if;
  end if;
end $$;

-- The day by which something is looked at again: the one given, which must be to come, or some time after today.
create function review_day(p_text text, p_zone text, p_within interval, p_field text default 'review_by') returns date
language plpgsql stable as $$
declare
  here constant date := today(coalesce(p_zone, 'UTC'));
  given constant date := to_day(p_text, p_field);
begin
  if given <= here then
    perform refuse('STINV', 'REVIEW_DAY', p_field, format('%s is over: give a day after today', given));
  end if;
  return coalesce(given, (here + p_within)::date);
end $$;

-- Who answers for an article: a department or a person; of an article of the company, a person.
create function knowledge_owner(p_property int, p_owner text, out department_id uuid, out user_id uuid) language plpgsql stable as $$
begin
  if p_property is not null then
    select x.department_id, x.user_id into department_id, user_id from order_to(p_property, p_owner, 'owner') x;
    return;
  end if;
  select u.id into user_id from app_user u where u.login = lower(btrim(p_owner)) and u.state = 'active';
  if user_id is null then
    perform refuse('STNOF', 'NOBODY_SO_CALLED', 'owner',
                   format('no person is called %s; an article of the company is owned by a person', quote_literal(p_owner)));
  end if;
end $$;

-- Sets what the input names and checks what no constraint can.
create function knowledge_with(a knowledge, r knowledge_input, p_clear text[]) returns knowledge language plpgsql stable as $$
declare
  k knowledge_kind;
  what text;
begin
  select * into k from knowledge_kind x where x.kind = a.kind;
  if k.kind is null then
    perform refuse('STINV', 'KIND_UNKNOWN', 'kind', format('there is no kind of article called %s: %s', quote_literal(a.kind),
                   (select string_agg(x.kind, ', ' order by x.rank) from knowledge_kind x)));
  end if;
  a.title := coalesce(btrim(r.title), a.title);
  a.body := coalesce(r.body, a.body);
  a.language := coalesce(nullif(r.language, ''), a.language, 'en');
  a.ref := keep(a.ref, r.ref, 'ref', p_clear);
  a.category_id := keep(a.category_id, case_category_key(r.category), 'category', p_clear);
  a.case_kinds := case when r.case_kinds <> '{}' then r.case_kinds when 'case_kinds' = any (p_clear) then '{}'
                       else coalesce(a.case_kinds, '{}') end;
  a.tags := case when r.tags <> '{}' then array(select distinct norm(t) from unnest(r.tags) t where btrim(t) <> '' order by 1)
                 when 'tags' = any (p_clear) then '{}' else coalesce(a.tags, '{}') end;
  select x into what from unnest(a.case_kinds) x where not exists (select from case_kind c where c.kind = x) limit 1;
  if what is not null then
    perform refuse('STINV', 'KIND_UNKNOWN', 'case_kinds', format('there is no kind of case called %s: %s', quote_literal(what),
                   (select string_agg(x.kind, ', ' order by x.rank) from case_kind x)));
  end if;
  if r.owner <> '' then
    select o.department_id, o.user_id into a.department_id, a.user_id from knowledge_owner(a.property_id, r.owner) o;
  elsif r.owner = '' or 'owner' = any (p_clear) then
    a.department_id := null;
    a.user_id := null;
  end if;
  if k.fills then
    perform template_check(a.body);
  end if;
  return a;
end $$;

-- A new draft. p_property null: for all properties.
create function knowledge_add(p_property int, p_id uuid, p_user uuid, r knowledge_input) returns uuid
language plpgsql volatile as $$
declare
  a knowledge;
begin
  if p_property is null then
    perform knowledge_company(p_user);
  end if;
  if nullif(btrim(r.title), '') is null or nullif(btrim(r.body), '') is null then
    perform refuse('STINV', 'REQUIRED', case when nullif(btrim(r.title), '') is null then 'title' else 'body' end,
                   'an article has a title and a text');
  end if;
  a.id := p_id;
  a.property_id := p_property;
  a.kind := coalesce(nullif(r.kind, ''), 'answer');
  a := knowledge_with(a, r, '{}');
  if nullif(r.review_by, '') is not null then
    a.review_by := review_day(r.review_by, (select y.zone from property y where y.id = p_property), null);
  end if;
  insert into knowledge (id, property_id, seq, ref, kind, language, title, body, category_id, case_kinds, tags,
                         department_id, user_id, review_by)
  values (a.id, a.property_id, nextval('knowledge_number'), a.ref, a.kind, a.language, a.title, a.body, a.category_id,
          a.case_kinds, a.tags, a.department_id, a.user_id, a.review_by)
  returning * into a;
  perform knowledge_step(a, 'add', p_user, p_id, null, true);
  return a.id;
end $$;

-- Changes what the input names; an edit that changes nothing leaves no trace. p_seen: the version it was made from.
create function knowledge_edit(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_seen int, r knowledge_input,
                               p_clear text[]) returns uuid language plpgsql volatile as $$
declare
  o knowledge := knowledge_take(p_scope, p_ref, p_user);
  a knowledge;
begin
  perform version_ok(o.version, p_seen);
  a := knowledge_with(o, r, p_clear);
  if nullif(r.review_by, '') is not null and to_day(r.review_by, 'review_by') is distinct from o.review_by then
    a.review_by := review_day(r.review_by, (select y.zone from property y where y.id = o.property_id), null);
  end if;
  if a is not distinct from o then
    return o.id;
  end if;
  update knowledge k
     set title = a.title, body = a.body, language = a.language, ref = a.ref, category_id = a.category_id,
         case_kinds = a.case_kinds, tags = a.tags, department_id = a.department_id, user_id = a.user_id,
         review_by = a.review_by, version = o.version + 1, changed_at = now()
   where k.id = o.id returning * into a;
  perform knowledge_step(a, 'edit', p_user, p_key, null, (a.title, a.body) is distinct from (o.title, o.body));
  if (a.review_by, a.title, a.department_id, a.user_id) is distinct from (o.review_by, o.title, o.department_id, o.user_id) then
    perform knowledge_owe(a);
  end if;
  return a.id;
end $$;

-- Makes a draft, or what was withdrawn, known to the desks.
create function knowledge_publish(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_review_by text) returns uuid
language plpgsql volatile as $$
declare
  a knowledge := knowledge_take(p_scope, p_ref, p_user);
  zone constant text := (select y.zone from property y where y.id = a.property_id);
begin
  if a.state = 'published' then
    perform refuse('STPRE', 'PUBLISHED', 'article', format('%s is published already', a.number));
  end if;
  update knowledge k
     set state = 'published', version = a.version + 1, changed_at = now(),
         review_by = case when nullif(p_review_by, '') is null and a.review_by > today(coalesce(zone, 'UTC')) then a.review_by
                          else review_day(p_review_by, zone, (select x.review_within from knowledge_kind x where x.kind = a.kind)) end
   where k.id = a.id returning * into a;
  perform knowledge_step(a, 'publish', p_user, p_key, null, false);
  perform knowledge_owe(a);
  return a.id;
end $$;

create function knowledge_withdraw(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_why text) returns uuid
language plpgsql volatile as $$
declare
  a knowledge := knowledge_take(p_scope, p_ref, p_user);
begin
  if a.state = 'withdrawn' then
    perform refuse('STPRE', 'WITHDRAWN', 'article', format('%s is withdrawn already', a.number));
  end if;
  update knowledge k set state = 'withdrawn', version = a.version + 1, changed_at = now() where k.id = a.id returning * into a;
  perform knowledge_step(a, 'withdraw', p_user, p_key, p_why, false);
  perform knowledge_owe(a);
  return a.id;
end $$;

-- Somebody looked at it and it is still right: settles what is owed and owes the next look.
create function knowledge_review(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_next text,
                                 p_remark text) returns uuid language plpgsql volatile as $$
declare
  a knowledge := knowledge_take(p_scope, p_ref, p_user);
  b obligation;
begin
  if a.state <> 'published' then
    perform refuse('STPRE', 'NOT_PUBLISHED', 'article', format('%s is %s; only what is published is reviewed', a.number,
                   case a.state when 'draft' then 'a draft' else a.state end));
  end if;
  select * into b from obligation v
   where v.property_id = a.property_id and v.entity = 'knowledge' and v.entity_id = a.id and v.kind = 'review'
     and v.state = 'open' for update;
  if b.id is not null then
    perform obligation_try(b, p_key, p_user, p_at, 'done', null, p_remark);
  end if;
  update knowledge k
     set review_by = review_day(p_next, (select y.zone from property y where y.id = a.property_id),
                                (select x.review_within from knowledge_kind x where x.kind = a.kind), 'next'),
         reviewed_at = least(coalesce(p_at, now()), now()), reviewed_by = p_user, version = a.version + 1
   where k.id = a.id returning * into a;
  perform knowledge_step(a, 'review', p_user, p_key, p_remark, false);
  perform knowledge_owe(a);
  return a.id;
end $$;

-- It was used at a property, and helped or did not. One row and one count, no lock on the article.
create function knowledge_use(p_scope int[], p_ref text, p_case text, p_user uuid, p_key uuid, p_at timestamptz, p_failed boolean,
                              p_remark text, out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  article uuid := knowledge_key(p_scope, p_ref);
  found uuid;
  place int;
  stage text;
begin
  if nullif(btrim(p_case), '') is not null then
    select c.property_id, c.id into place, found from case_key(p_scope, p_case) c;
  end if;
  select a.state, coalesce(place, a.property_id) into stage, place from knowledge a where a.id = article;
  if stage = 'draft' then
    perform refuse('STPRE', 'NOT_PUBLISHED', 'article', 'this article is a draft; it has not been published');
  end if;
  property_id := coalesce(place, property_of(p_scope, null));
  id := p_key;
  insert into knowledge_use (property_id, id, article_id, case_id, user_id, at, helped, remark)
  values (property_id, id, article, found, p_user, least(coalesce(p_at, now()), now()), p_failed is not true, nullif(btrim(p_remark), ''));
  insert into knowledge_tally as t (property_id, article_id, used, failed)
  values (property_id, article, 1, (p_failed is true)::int)
  on conflict (property_id, article_id) do update set used = t.used + 1, failed = t.failed + excluded.failed;
end $$;

-- A use that was counted, and all there were where the reader may look.
create function knowledge_used(p_property int, p_id uuid)
returns table (id uuid, property text, article text, title text, "case" text, helped boolean, used int, failed int)
language plpgsql volatile rows 1 as $$
#variable_conflict use_column
begin
  return query
    select s.id, y.code, a.number, a.title,
           (select c.number from desk_case c where c.property_id = s.property_id and c.id = s.case_id), s.helped, t.used, t.failed
      from knowledge_use s
      join property y on y.id = s.property_id
      join knowledge a on a.id = s.article_id
     cross join lateral (select sum(n.used)::int as used, sum(n.failed)::int as failed from knowledge_tally n
                          where n.property_id = any (scope()) and n.article_id = s.article_id) t
     where s.property_id = p_property and s.id = p_id;
end $$;

-- Articles as people see them. Uses are counted where the reader may look.
create view knowledge_card with (security_invoker = true) as
select a.id, a.property_id, coalesce(y.code, 'all') as property, a.number, a.ref, a.kind, k.label as what, a.language, a.title,
       a.body, left(regexp_replace(left(a.body, 400), '\s+', ' ', 'g'), 160) as snippet,
       (select g.path from case_category g where g.id = a.category_id) as category, a.case_kinds, a.tags, a.state,
       coalesce((select d.code from department d where d.property_id = a.property_id and d.id = a.department_id),
                (select u.login from app_user u where u.id = a.user_id)) as owner,
       a.review_by::text as review_by, a.state = 'published' and a.review_by < today(coalesce(y.zone, 'UTC')) as overdue,
       ts(a.reviewed_at, coalesce(y.zone, 'UTC')) as reviewed_at,
       (select u.login from app_user u where u.id = a.reviewed_by) as reviewed_by,
       ts(a.changed_at, coalesce(y.zone, 'UTC')) as changed_at, coalesce(t.used, 0)::int as used,
       coalesce(t.failed, 0)::int as failed, a.version, a.seq::text as cursor
  from knowledge a
  join knowledge_kind k on k.kind = a.kind
  left join property y on y.id = a.property_id
  left join lateral (select sum(n.used) as used, sum(n.failed) as failed from knowledge_tally n
                      where n.article_id = a.id and n.property_id = any (scope())) t on true;
grant select on knowledge_card to steward_app;
create function knowledge_card(p_id uuid) returns setof knowledge_card language plpgsql volatile rows 1 as
$$ begin return query select * from knowledge_card c where c.id = p_id; end $$;
