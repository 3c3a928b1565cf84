-- The rules that say which cases owe a return visit: the company's, and what a property does otherwise.

-- "72h": how long, as people write it.
create function visit_span(t text, field text) returns interval language plpgsql immutable parallel safe as $$
declare
  m constant text[] := regexp_match(norm(t), '^(\d{1,5})\s*(m|min|h|hours?|d|days?)$');
begin
  if nullif(btrim(t), '') is null then
    return null;
  elsif btrim(t) = '0' then
    return '0';
  elsif m is null then
    perform refuse('STINV', 'SPAN', field, format('%s is no length of time: write 30m, 72h or 3d', quote_literal(t)));
  end if;
  return m[1]::int * case left(m[2], 1) when 'm' then interval '1 minute' when 'h' then interval '1 hour' else interval '24 hours' end;
end $$;

create function visit_span_text(t interval) returns text language sql immutable parallel safe as $$
  select case when extract(epoch from t)::bigint % 3600 = 0 then extract(epoch from t)::bigint / 3600 || 'h'
              else extract(epoch from t)::bigint / 60 || 'm' end
$$;

create view visit_policy_card with (security_invoker = true) as
select r.id, r.property_id, y.code as property, coalesce(r.kind, '*') as kind,
       coalesce((select g.path from case_category g where g.id = r.category_id), '*') as category, r.rule, r.percent,
       visit_span_text(r.due_after) as "after", visit_span_text(r.due_within) as within, r.tries,
       coalesce((select d.code from department d where d.property_id = r.property_id and d.id = r.department_id), r.role) as "to",
       r.manner, r.form, (select u.login from app_user u where u.id = r.set_by) as set_by,
       case when y.id is null then instant(r.set_at) else ts(r.set_at, y.zone) end as set_at
  from visit_rule r left join property y on y.id = r.property_id;
grant select on visit_policy_card to steward_app;
create function visit_policy_card(p_property int, p_id uuid) returns setof visit_policy_card language plpgsql volatile rows 1 as
$$ begin return query select * from visit_policy_card c where c.property_id is not distinct from p_property and c.id = p_id; end $$;

-- The rules that hold: the company's first, then those of the properties in reach. p_kind: those that may concern it.
create function visit_policy_list(p_scope int[], p_kind text) returns setof visit_policy_card language sql stable as $$
  select c.* from visit_policy_card c left join case_kind k on k.kind = c.kind
   where (c.property_id is null or c.property_id = any (p_scope)) and (p_kind is null or c.kind in (p_kind, '*'))
   order by c.property is not null, c.property, k.rank nulls last, c.category
$$;

-- The top-level category of this name.
create function visit_policy_category(p_category text) returns uuid language plpgsql stable as $$
declare
  found uuid := case when p_category <> '*' then case_category_key(p_category) end;
begin
  if exists (select from case_category g where g.id = found and g.parent_id is not null) then
    perform refuse('STINV', 'CATEGORY_LEVEL', 'category', 'a rule is for a top-level category, such as water');
  end if;
  return found;
end $$;

-- Sets the rule for a kind of case ('*': every kind): of the company, or of the one property in reach. What is not given
-- stays as it was, or as it is where no rule was set for just this. p_rule 'company': the property does as the company does.
create function visit_policy_set(p_scope int[], p_key uuid, p_user uuid, p_company boolean, p_kind text, p_category text, p_rule text,
                                 p_percent int, p_after text, p_within text, p_tries int, p_to text, p_manner text, p_form text,
                                 out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  home constant int := case when p_company then null else property_of(p_scope, null) end;
  wanted constant text := nullif(btrim(p_kind), '*');
  top constant uuid := visit_policy_category(p_category);
  r visit_rule := visit_rule_for(coalesce(home, 0), wanted, top);
  whom record;
begin
  if p_company and not exists (select from user_grant g where g.user_id = p_user and g.ended_at is null and g.property_id is null
                                  and g.role in ('manager', 'administrator')) then
    perform refuse('STDEN', 'COMPANY_RULE', 'company', 'the company''s rule is set by who manages or administers all properties');
  elsif p_company and p_rule = 'company' then
    perform refuse('STINV', 'COMPANY_RULE', 'rule', 'the company''s rule is never, always, sample or unless_scored');
  end if;
  r.rule := coalesce(p_rule, case when p_percent is not null then 'sample' end, r.rule);
  r.percent := case when r.rule = 'sample' then coalesce(p_percent, r.percent) end;
  if p_percent is not null and r.rule <> 'sample' then
    perform refuse('STINV', 'PERCENT_WITHOUT_SAMPLE', 'percent', 'only a sample has a percentage: --rule sample --percent 20');
  elsif r.rule = 'sample' and r.percent is null then
    perform refuse('STINV', 'REQUIRED', 'percent', 'say how many of a hundred cases are in the sample');
  end if;
  r.due_after := coalesce(visit_span(p_after, 'after'), r.due_after);
  r.due_within := coalesce(visit_span(p_within, 'within'), r.due_within);
  if p_to is not null then
    r.role := (select x.code from role x where x.code = norm(p_to));
    r.department_id := null;
    if r.role is null and btrim(p_to) <> '' then
      if home is null then
        perform refuse('STINV', 'ROLE_UNKNOWN', 'to', format('there is no role %s; a department belongs to one property', quote_literal(p_to)));
      end if;
      whom := order_to(home, p_to);
      if whom.department_id is null then
        perform refuse('STINV', 'NOT_A_DEPARTMENT', 'to', format('%s is a person: name a department or a role', p_to));
      end if;
      r.department_id := whom.department_id;
    end if;
  end if;
  r.form := case when p_form = '' then null when p_form is not null then (form_key(p_form)).code else r.form end;
  property_id := home;
  id := p_key;
  if home is null then
    update visit_policy_default p set ended_at = now()
     where p.ended_at is null and p.kind is not distinct from wanted and p.category_id is not distinct from top;
    insert into visit_policy_default (id, kind, category_id, rule, percent, due_after, due_within, tries, role, manner, form, set_by)
    values (p_key, wanted, top, r.rule, r.percent, r.due_after, r.due_within, coalesce(p_tries, r.tries), r.role,
            coalesce(p_manner, r.manner), r.form, p_user);
    return;
  end if;
  update visit_policy p set ended_at = now()
   where p.property_id = home and p.ended_at is null and p.kind is not distinct from wanted and p.category_id is not distinct from top;
  if r.rule = 'company' then
    r := visit_rule_for(home, wanted, top);
    property_id := r.property_id;
    id := r.id;
    return;
  end if;
  insert into visit_policy (property_id, id, kind, category_id, rule, percent, due_after, due_within, tries, role, department_id,
                            manner, form, set_by)
  values (home, p_key, wanted, top, r.rule, r.percent, r.due_after, r.due_within, coalesce(p_tries, r.tries), r.role,
          r.department_id, coalesce(p_manner, r.manner), r.form, p_user);
end $$;
