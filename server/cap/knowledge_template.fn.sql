-- Placeholders in articles, {case.number} for instance, and what they stand for.

-- Refuses a text with a placeholder nobody can fill, or with a brace that belongs to none.
create function template_check(p_body text) returns void language plpgsql stable as $$
declare
  what text;
begin
  select btrim(m[1]) into what from regexp_matches(p_body, '\{([^{}]*)\}', 'g') m
   where not exists (select from template_field f where f.name = btrim(m[1])) limit 1;
  if what is not null then
    perform refuse('STINV', 'PLACEHOLDER', 'body', format('there is no placeholder {%s}: %s', what,
                   (select string_agg('{' || f.name || '}', ', ' order by f.rank) from template_field f)));
  elsif regexp_replace(p_body, '\{[^{}]*\}', '', 'g') ~ '[{}]' then
    perform refuse('STINV', 'PLACEHOLDER', 'body', 'a brace { or } stands alone: placeholders are written {case.number}');
  end if;
end $$;

-- What the placeholders stand for at a property, for a case (or none) and a person. What is not known is left out.
create function template_values(p_property int, p_case uuid, p_user uuid) returns jsonb language plpgsql stable as $$
begin
  return (
    select jsonb_strip_nulls(jsonb_build_object(
      'case.number', c.number, 'case.kind', (select k.label from case_kind k where k.kind = c.kind),
      'case.category', (select g.path from case_category g where g.id = c.category_id),
      'case.summary', c.summary, 'case.details', c.details,
      'case.priority', (select x.label from case_priority x where x.priority = c.priority),
      'case.state', (select s.label from case_state s where s.state = c.state),
      'case.opened_at', to_char(c.opened_at at time zone y.zone, 'YYYY-MM-DD HH24:MI'),
      'case.due_at', to_char(c.due_at at time zone y.zone, 'YYYY-MM-DD HH24:MI'),
      'case.closed_at', to_char(c.closed_at at time zone y.zone, 'YYYY-MM-DD HH24:MI'),
      'case.assignee', coalesce((select u.full_name from app_user u where u.id = c.user_id),
                                (select d.name from department d where d.property_id = c.property_id and d.id = c.department_id),
                                c.contractor),
      'result', c.result, 'customer.name', coalesce(p.name, c.caller), 'customer.number', p.number,
      'customer.phone', c.phone_raw,
      'place', (select l.number from place l where l.property_id = c.property_id and l.id = c.place_id), 'spot', c.spot,
      'property.code', y.code, 'property.name', y.name, 'property.address', y.address,
      'today', today(y.zone)::text, 'now', to_char(now() at time zone y.zone, 'YYYY-MM-DD HH24:MI'),
      'user.name', (select u.full_name from app_user u where u.id = p_user),
      'user.login', (select u.login from app_user u where u.id = p_user)))
      from property y
      left join desk_case c on c.property_id = y.id and c.id = p_case
      left join party p on p.property_id = c.property_id and p.id = c.party_id
     where y.id = p_property);
end $$;

-- The text with its placeholders filled, in one go: what a value says is never taken for a placeholder.
create function template_text(p_body text, p_values jsonb) returns text language plpgsql stable as $$
begin
  return (
    select coalesce(string_agg(coalesce(m.piece[1], p_values ->> btrim(m.piece[2]), ''), '' order by m.o), '')
      from regexp_matches(p_body, '([^{}]+)|\{([^{}]*)\}', 'g') with ordinality as m (piece, o));
end $$;

-- What a customer is told by a template, called K-1003 or by its id, about a case of a property. Nobody is sent a sentence with
-- a gap in it.
create function template_fill(p_property int, p_article text, p_case uuid, p_user uuid) returns text language plpgsql stable as $$
declare
  a knowledge;
  known constant jsonb := template_values(p_property, p_case, p_user);
  gaps text;
begin
  select * into a from knowledge x where x.id = knowledge_key(array[p_property], p_article, 'template');
  if not (select k.sends from knowledge_kind k where k.kind = a.kind) then
    perform refuse('STINV', 'NO_TEMPLATE', 'template', format('%s is no template: `knowledge list --kind template` shows them', a.number));
  elsif a.state <> 'published' then
    perform refuse('STPRE', 'NOT_PUBLISHED', 'template', format('%s is %s, not published', a.number,
                   case a.state when 'draft' then 'a draft' else a.state end));
  end if;
  select string_agg(distinct '{' || btrim(m[1]) || '}', ', ') into gaps from regexp_matches(a.body, '\{([^{}]*)\}', 'g') m
   where nullif(known ->> btrim(m[1]), '') is null;
  if gaps is not null then
    perform refuse('STPRE', 'TEMPLATE_GAP', 'template',
                   format('%s has %s, which is not known of this case: record it first, or write the answer by hand', a.number, gaps));
  end if;
  return template_text(a.body, known);
end $$;

-- How an article reads with its placeholders filled; of drafts too. Without a case, what a case would say stays empty.
create function knowledge_render(p_scope int[], p_ref text, p_case text, p_user uuid, out article text, out title text,
                                 out text text) language plpgsql stable as $$
declare
  a knowledge;
  c record;
begin
  select * into a from knowledge x where x.id = knowledge_key(p_scope, p_ref);
  if nullif(btrim(p_case), '') is not null then
    c := case_key(p_scope, p_case);
  else
    select coalesce(a.property_id, property_of(p_scope, null)) as property_id, null::uuid as id into c;
  end if;
  article := a.number;
  title := a.title;
  text := case when (select k.fills from knowledge_kind k where k.kind = a.kind)
               then template_text(a.body, template_values(c.property_id, c.id, p_user)) else a.body end;
end $$;
