-- Visits to households: planned by a manager, made by who looks after them; each need told there becomes a case.

-- Where a customer lives or trades now: the place taken last of those still held.
create function visit_home(p_property int, p_party uuid) returns uuid language plpgsql stable as $$
begin
  return (select o.place_id from occupancy o
           where o.property_id = p_property and o.party_id = p_party
             and o.period @> today((select y.zone from property y where y.id = p_property))
           order by o.from_on desc, o.id limit 1);
end $$;

create function visit_plan(p_property int, p_key uuid, p_user uuid, p_party text, p_why text, p_due text, p_to text,
                           out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  due constant timestamptz := local_time(p_due, (select y.zone from property y where y.id = p_property), 'due');
  p party;
  open text;
  whom record;
begin
  select x.* into p from party_key(array[p_property], p_property, p_party) k join party x on x.property_id = k.property_id and x.id = k.id;
  select b.number into open from obligation b
   where b.property_id = p_property and b.entity = 'party' and b.entity_id = p.id and b.kind = 'household_visit' and b.state = 'open';
  if open is not null then
    perform refuse('STEXI', 'PLANNED', 'party', format('a visit to %s is planned already: %s', p.number, open));
  end if;
  select x.department_id, x.user_id into whom from order_to(p_property, coalesce(p_to, '')) x where p_to is not null;
  property_id := p_property;
  id := obligation_need(p_property, 'household_visit', 'party', p.id, p.number, btrim(p_why), least(now(), due),
                        case when p_due ~ '^\s*\d{4}-\d\d-\d\d\s*$' then due + interval '1 day' - interval '1 second' else due end,
                        p_user => whom.user_id, p_department => whom.department_id, p_party => p.id,
                        p_place => visit_home(p_property, p.id), p_id => p_key, p_creator => p_user);
end $$;

-- The household visit meant by its own number or UUID, or the open one of a customer.
create function visit_household_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  look record := ref_split(p_scope, null, p_ref);
  k record;
begin
  if look.rest ~* '^P-' then
    select b.property_id, b.id into property_id, id
      from party_key(p_scope, null, p_ref, 'entry') p
      join obligation b on b.property_id = p.property_id and b.entity = 'party' and b.entity_id = p.id
                       and b.kind = 'household_visit' and b.state = 'open';
  else
    k := obligation_key(p_scope, p_ref);
    select b.property_id, b.id into property_id, id
      from obligation b where b.property_id = k.property_id and b.id = k.id and b.kind = 'household_visit';
  end if;
  if id is null then
    perform refuse('STPRE', 'NO_HOUSEHOLD_VISIT', 'entry', format('%s is no household visit that is owed: `visit plan` plans one', look.rest));
  end if;
end $$;

create function visit_household(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_outcome text, p_remark text,
                                p_again text, p_needs text[], p_need_kind text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record := visit_household_key(p_scope, p_ref);
  b obligation := obligation_take(k.property_id, k.id, p_user);
  needs constant text[] := array(select btrim(n.t) from unnest(p_needs) with ordinality n (t, o) where btrim(n.t) <> '' order by n.o);
  becomes constant text := coalesce(p_need_kind, 'help');
  c desk_case;
begin
  if needs <> '{}' and not (select x.reached from obligation_outcome x where x.outcome = p_outcome) then
    perform refuse('STINV', 'NEED_WITHOUT_CUSTOMER', 'need', 'only a household that was reached tells what it needs');
  elsif not exists (select from case_kind x where x.kind = becomes) then
    perform refuse('STINV', 'KIND_UNKNOWN', 'need_kind', format('there is no kind of case called %s: %s', quote_literal(becomes),
                   (select string_agg(x.kind, ', ' order by x.rank) from case_kind x)));
  end if;
  b := obligation_try(b, p_key, p_user, p_at, p_outcome, null, p_remark,
                      local_time(p_again, (select y.zone from property y where y.id = b.property_id), 'again'));
  if (select x.reached from obligation_outcome x where x.outcome = p_outcome) then
    perform contact_settle(b.property_id, contact_owed(b.property_id, b.party_id, b.place_id), uuid7(), p_user, least(coalesce(p_at, now()), now()),
                           'reached', 'visited: ' || b.number);
  end if;
  for i in 1 .. cardinality(needs) loop
    c := case_open(p_property => b.property_id, p_id => uuid7(), p_user => p_user, p_at => p_at, p_kind => becomes, p_channel => 'visit',
                   p_summary => left(needs[i], 200), p_details => format('Told at the household visit %s (%s).', b.number, b.label)
                     || case when length(needs[i]) > 200 then E'\n' || needs[i] else '' end,
                   p_place => (select l.number from place l where l.property_id = b.property_id and l.id = b.place_id),
                   p_party => b.party_id::text, p_phone => null, p_category => null, p_priority => null, p_caller => null, p_spot => null);
    insert into visit_finding (property_id, visit_id, seq, case_id) values (b.property_id, b.id, i, c.id);
  end loop;
  property_id := b.property_id;
  id := b.id;
end $$;

create function visit_household_reply(p_property int, p_id uuid)
returns table ("entry.id" uuid, "entry.property_id" int, "entry.property" text, "entry.number" text, "entry.what" text,
               "entry.subject" text, "entry.label" text, "entry.party" text, "entry.place" text, "entry.state" text,
               "entry.due_from" text, "entry.due_by" text, "entry.attempts" int, "entry.outcome" text, "entry.remark" text,
               "entry.version" int) language plpgsql volatile rows 1 as $$
begin
  return query select c.id, c.property_id, c.property, c.number, c.what, c.subject, c.label, c.party, c.place, c.state, c.due_from,
                      c.due_by, c.attempts, c.outcome, c.remark, c.version
                 from agenda_card c where c.property_id = p_property and c.id = p_id;
end $$;
