-- Parties: references, how to reach them, households, lists.

-- The party meant by a UUID, a number (P-1007) or its number in the earlier system, each with the code of its
-- property in front where several are in reach. No row for no reference.
create function party_key(p_scope int[], p_property int, p_ref text, p_field text default 'party')
returns table (property_id int, id uuid) language plpgsql stable rows 1 as $$
#variable_conflict use_column
declare
  look record;
  hit record;
begin
  if nullif(btrim(p_ref), '') is null then
    return;
  end if;
  look := ref_split(p_scope, p_property, p_ref);
  if is_uuid(look.rest) then
    return query select p.property_id, p.id from party p
                  where p.property_id = any (look.within) and p.id = look.rest::uuid;
    if found then
      return;
    end if;
  end if;
  for hit in
    select p.property_id, p.id, p.number, count(*) over () as n
      from (select p.property_id, p.id, p.number, 1 as o from party p
             where p.property_id = any (look.within) and p.number = upper(look.rest)
            union all
            select p.property_id, p.id, p.ref, 2 from party p
             where p.property_id = any (look.within) and p.ref = look.rest) p
     order by p.o, p.property_id
     fetch first 1 rows with ties
  loop
    if hit.n > 1 then
      perform refuse('STINV', 'PARTY_AMBIGUOUS', p_field,
                     format('several properties have a %1$s: say which, as in %2$s/%1$s, or use -p %2$s', hit.number,
                            (select p.code from property p where p.id = hit.property_id)));
    end if;
    property_id := hit.property_id;
    id := hit.id;
    return next;
    return;
  end loop;
  perform refuse('STNOF', 'PARTY_UNKNOWN', p_field,
                 format('there is no party %s at %s', look.rest, coalesce(property_codes(look.within), 'any property in reach')));
end $$;

-- What a form or a line of a file says about a party. In a file several kinds, phones and plates stand in one
-- field, separated by semicolons.
create type party_input as (
  line int, property text, ref text, number text, form text, name text, alias text, kinds text[],
  phones text[], plates text[], email text, language text, document_kind text, document text, born_on text, note text
);

-- "a; b" as an array; null stays null.
create function split_list(t text) returns text[] language plpgsql immutable parallel safe as
$$
#variable_conflict use_column
begin
  return (
    select case when t is not null then
       array(select btrim(x) from regexp_split_to_table(t, '[;；]') x where btrim(x) <> '') end);
end $$;

-- Adds what is not there yet; true if anything was.
create function party_reach(p_property int, p_id uuid, p_phones text[], p_plates text[]) returns boolean
language plpgsql volatile as $$
declare
  y property;
  x text;
  c text;
  n int := 0;
  done int;
begin
  select * into y from property p where p.id = p_property;
  foreach x in array array_remove(coalesce(p_phones, '{}'), '') loop
    if squash(split_part(x, '=', 1)) !~ '[0-9]{3}' then
      perform refuse('STINV', 'PHONE', 'phones', format('%s is not a telephone number: it has less than three digits', quote_literal(x)));
    end if;
    insert into party_phone (property_id, id, party_id, raw, label, from_on)
    select p_property, uuid7(), p_id, btrim(split_part(x, '=', 1)), nullif(btrim(split_part(x, '=', 2)), ''), today(y.zone)
     where not exists (select from party_phone f
                        where f.property_id = p_property and f.party_id = p_id and f.until_on is null
                          and coalesce(f.e164, squash(f.raw)) =
                              coalesce(phone_e164(split_part(x, '=', 1), y.country_code, y.trunk_prefix),
                                       squash(split_part(x, '=', 1))));
    get diagnostics done = row_count;
    n := n + done;
  end loop;
  foreach x in array array_remove(coalesce(p_plates, '{}'), '') loop
    if squash(x) = '' then
      perform refuse('STINV', 'PLATE', 'plates', format('%s is not a number plate', quote_literal(x)));
    end if;
    insert into party_plate (property_id, id, party_id, plate, from_on)
    select p_property, uuid7(), p_id, upper(btrim(x)), today(y.zone)
     where not exists (select from party_plate f
                        where f.property_id = p_property and f.party_id = p_id and f.until_on is null
                          and f.plate_key = squash(x));
    get diagnostics done = row_count;
    n := n + done;
  end loop;
  return n > 0;
exception when exclusion_violation then
  get stacked diagnostics c = constraint_name;
  if c <> 'party_plate_once' then
    raise;
  end if;
  perform refuse('STEXI', 'PLATE_TAKEN', 'plates', format('another party has a car with the plate %s', upper(x)));
  return false;
end $$;

-- Adds the party (p_id null: under p_new, with the next number or p_number) or changes the one there is. outcome: taken, changed, unchanged.
create function party_put(p_property int, p_id uuid, p_new uuid, r party_input, p_clear text[], p_seen int, p_number text,
                          out property_id int, out id uuid, out outcome text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  o party;
  v party;
  reach boolean;
begin
  property_id := p_property;
  id := coalesce(p_id, p_new);
  if p_id is null then
    if r.name is null then
      perform refuse('STINV', 'REQUIRED', 'name', 'the name is missing');
    end if;
    insert into party (property_id, id, number, form, name, alias, kinds, ref, email, language, document_kind, document,
                       born_on, note)
    values (p_property, p_new, coalesce(p_number, 'P-' || next_number(p_property, 'P')), coalesce(r.form, 'person'),
            btrim(r.name), nullif(r.alias, ''), coalesce(nullif(r.kinds, '{}'), '{customer}'), nullif(r.ref, ''),
            nullif(r.email, ''), nullif(r.language, ''), nullif(r.document_kind, ''), nullif(r.document, ''),
            to_day(r.born_on, 'born_on'), nullif(r.note, ''));
    perform party_reach(p_property, p_new, r.phones, r.plates);
    outcome := 'taken';
    return;
  end if;
  select * into o from party p where p.property_id = p_property and p.id = p_id for update;
  perform version_ok(o.version, p_seen);
  v := o;
  v.form := coalesce(r.form, o.form);
  v.name := coalesce(btrim(r.name), o.name);
  v.alias := keep(o.alias, r.alias, 'alias', p_clear);
  v.kinds := coalesce(nullif(r.kinds, '{}'), o.kinds);
  v.ref := keep(o.ref, r.ref, 'ref', p_clear);
  v.email := keep(o.email, r.email, 'email', p_clear);
  v.language := keep(o.language, r.language, 'language', p_clear);
  v.document_kind := keep(o.document_kind, r.document_kind, 'document_kind', p_clear);
  v.document := keep(o.document, r.document, 'document', p_clear);
  v.born_on := keep(o.born_on, to_day(r.born_on, 'born_on'), 'born_on', p_clear);
  v.note := keep(o.note, r.note, 'note', p_clear);
  reach := party_reach(p_property, p_id, r.phones, r.plates);
  outcome := 'unchanged';
  if reach or v is distinct from o then
    update party p
       set form = v.form, name = v.name, alias = v.alias, kinds = v.kinds, ref = v.ref, email = v.email,
           language = v.language, document_kind = v.document_kind, document = v.document, born_on = v.born_on,
           note = v.note, version = o.version + 1, changed_at = now()
     where p.property_id = p_property and p.id = p_id;
    outcome := 'changed';
  end if;
end $$;

-- Marks a party as changed when something beside its own row did.
create function party_touch(p_property int, p_id uuid) returns void language plpgsql volatile as $$
begin
  update party set version = version + 1, changed_at = now() where property_id = p_property and id = p_id;
end $$;

create view party_card with (security_invoker = true) as
select p.id, p.property_id, y.code as property, p.number, p.form, p.name, p.alias, p.kinds,
       (select f.raw from party_phone f
         where f.property_id = p.property_id and f.party_id = p.id and f.until_on is null
         order by f.from_on, f.id limit 1) as phone,
       p.email, p.language, p.document_kind, masked(p.document) as document, p.born_on, p.ref, p.note, p.version,
       p.property_id || '~' || p.id || '~' || p.sort_key as cursor, p.sort_key
  from party p
  join property y on y.id = p.property_id;
grant select on party_card to steward_app;
-- Reads what the same statement has just written.
create function party_card(p_property int, p_id uuid) returns setof party_card language plpgsql volatile rows 1 as
$$
begin
  return query
    select * from party_card where property_id = p_property and id = p_id;
end $$;

-- Puts a party into the household of another one, which is made if there is none. A party that is in a household
-- leaves it on that day.
create function household_join(p_property int, p_party uuid, p_with uuid, p_role text, p_on date) returns uuid
language plpgsql volatile as $$
declare
  day constant date := coalesce(p_on, (select today(y.zone) from property y where y.id = p_property));
  home uuid;
begin
  if p_party = p_with then
    perform refuse('STINV', 'HOUSEHOLD_SELF', 'with', 'name two different people');
  end if;
  select m.household_id into home from household_member m
   where m.property_id = p_property and m.party_id = p_with and m.period @> day;
  if home is null then
    home := uuid7();
    insert into household (property_id, id, number) values (p_property, home, 'H-' || next_number(p_property, 'H'));
    insert into household_member (property_id, id, household_id, party_id, role, period)
    values (p_property, uuid7(), home, p_with, 'head', daterange(day, null));
    perform party_touch(p_property, p_with);
    perform import_touched(array[p_with]);
  end if;
  if exists (select from household_member m
              where m.property_id = p_property and m.party_id = p_party and m.period @> day and m.household_id = home
                and m.role = coalesce(p_role, m.role)) then
    return p_party; -- belongs there already
  end if;
  perform party_touch(p_property, p_party);
  update household_member m set household_id = home, role = coalesce(p_role, m.role)
   where m.property_id = p_property and m.party_id = p_party and m.period @> day and lower(m.period) = day;
  if found then
    return p_party; -- put right on the day it was written
  end if;
  update household_member m set period = daterange(lower(m.period), day)
   where m.property_id = p_property and m.party_id = p_party and m.period @> day;
  insert into household_member (property_id, id, household_id, party_id, role, period)
  values (p_property, uuid7(), home, p_party, coalesce(p_role, 'other'), daterange(day, null));
  return p_party;
end $$;

-- Ends the membership of that day, which lasts one day at least.
create function household_leave(p_property int, p_party uuid, p_on date) returns uuid
language plpgsql volatile as $$
declare
  day constant date := coalesce(p_on, (select today(y.zone) from property y where y.id = p_property));
begin
  update household_member m set period = daterange(lower(m.period), greatest(day, lower(m.period) + 1))
   where m.property_id = p_property and m.party_id = p_party and m.period @> day;
  if not found then
    perform refuse('STPRE', 'NO_HOUSEHOLD', 'party', 'belongs to no household on that day');
  end if;
  perform party_touch(p_property, p_party);
  return p_party;
end $$;

-- Adds one way to call a party; returns the party.
create function party_phone_add(p_property int, p_id uuid, p_party uuid, p_raw text, p_label text) returns uuid
language plpgsql volatile as $$
begin
  insert into party_phone (property_id, id, party_id, raw, label, from_on)
  select p_property, p_id, p_party, btrim(p_raw), p_label, today(y.zone) from property y where y.id = p_property;
  perform party_touch(p_property, p_party);
  return p_party;
exception when exclusion_violation then
  perform refuse('STEXI', 'PHONE_KNOWN', 'phone', 'the party has this number already');
  return null;
end $$;

-- Ends it, written in whatever way; returns the party.
create function party_phone_end(p_property int, p_party uuid, p_raw text, p_on date) returns uuid
language plpgsql volatile as $$
begin
  update party_phone f set until_on = coalesce(p_on, today(y.zone))
    from property y
   where y.id = p_property and f.property_id = p_property and f.party_id = p_party and f.until_on is null
     and coalesce(f.e164, squash(f.raw)) = coalesce(phone_e164(p_raw, y.country_code, y.trunk_prefix), squash(p_raw));
  if not found then
    perform refuse('STNOF', 'PHONE_UNKNOWN', 'phone', format('the party has no number %s', p_raw));
  end if;
  perform party_touch(p_property, p_party);
  return p_party;
end $$;

create function party_plate_add(p_property int, p_id uuid, p_party uuid, p_plate text, p_place uuid) returns uuid
language plpgsql volatile as $$
begin
  insert into party_plate (property_id, id, party_id, plate, place_id, from_on)
  select p_property, p_id, p_party, upper(btrim(p_plate)), p_place, today(y.zone) from property y where y.id = p_property;
  perform party_touch(p_property, p_party);
  return p_party;
exception when exclusion_violation then
  perform refuse('STEXI', 'PLATE_TAKEN', 'plate', (
    select format('%s (%s) has a car with this plate already', a.name, a.number)
      from party_plate f join party a on a.property_id = f.property_id and a.id = f.party_id
     where f.property_id = p_property and f.plate_key = squash(p_plate) and f.until_on is null));
  return null;
end $$;

create function party_plate_end(p_property int, p_party uuid, p_plate text, p_on date) returns uuid
language plpgsql volatile as $$
begin
  update party_plate f set until_on = coalesce(p_on, today(y.zone))
    from property y
   where y.id = p_property and f.property_id = p_property and f.party_id = p_party and f.until_on is null
     and f.plate_key = squash(p_plate);
  if not found then
    perform refuse('STNOF', 'PLATE_UNKNOWN', 'plate', format('the party has no car with the plate %s', p_plate));
  end if;
  perform party_touch(p_property, p_party);
  return p_party;
end $$;

-- Which parties a list shows, in its order. With a text the tokens lead, else the order of the list.
create function party_pick(p_scope int[], p_text text, p_kind text, p_form text, p_role text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 100 as $$
#variable_conflict use_column
declare
  after constant record := row_after(p_after);
begin
  if p_kind is not null and not exists (select from party_kind k where k.kind = p_kind) then
    perform refuse('STINV', 'PARTY_KIND', 'kind', format('there is no kind of party called %s', quote_literal(p_kind)));
  end if;
  perform occupancy_role_ok(p_role);
  if p_text is null then
    return query
      select p.property_id, p.id from party p join property y on y.id = p.property_id
       where p.property_id = any (p_scope) and (p.property_id, p.sort_key, p.id) > (after.property_id, after.key, after.id)
         and (p_kind is null or p_kind = any (p.kinds)) and (p_form is null or p.form = p_form)
         and (p_role is null or party_holds(p.property_id, p.id, p_role, today(y.zone)))
       order by p.property_id, p.sort_key, p.id limit p_limit;
  else
    return query
      select p.property_id, p.id
        from token_entities(p_scope, 'party', p_text) t
        join party p on p.property_id = t.property_id and p.id = t.entity_id
        join property y on y.id = p.property_id
       where p.property_id = any (p_scope) and (p.property_id, p.sort_key, p.id) > (after.property_id, after.key, after.id)
         and (p_kind is null or p_kind = any (p.kinds)) and (p_form is null or p.form = p_form)
         and (p_role is null or party_holds(p.property_id, p.id, p_role, today(y.zone)))
       order by p.property_id, p.sort_key, p.id limit p_limit;
  end if;
end $$;
