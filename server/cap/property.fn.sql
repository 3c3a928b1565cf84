-- Properties.

create view property_card with (security_invoker = true) as
select p.uid as id, p.id as property_id, p.code as number, p.code, p.name, p.zone, p.currency, p.country_code,
       p.trunk_prefix, p.address, p.version
  from property p;
grant select on property_card to steward_app;
-- Reads what the same statement has just written.
create function property_card(p_property int) returns setof property_card language plpgsql volatile rows 1 as
$$
begin
  return query
    select * from property_card where property_id = p_property;
end $$;

-- Adds a property and, as the scope of the request cannot contain it yet, lets the rest of the transaction see it.
-- Only somebody who administers all properties will also see it afterwards.
create function property_add(p_actor uuid, p_uid uuid, p_code text, p_name text, p_zone text, p_currency text,
                             p_country_code text, p_trunk_prefix text, p_address text) returns int
language plpgsql volatile security definer set search_path = steward_code, steward, pg_temp as $$
declare
  added int;
begin
  if not user_has_role(p_actor, null, '{administrator}') then
    perform refuse('STDEN', 'ALL_PROPERTIES', null, 'only an administrator of all properties adds one');
  end if;
  insert into property (uid, code, name, zone, currency, country_code, trunk_prefix, address)
  values (p_uid, upper(btrim(p_code)), btrim(p_name), coalesce(p_zone, 'Asia/Shanghai'), coalesce(p_currency, 'CNY'),
          coalesce(p_country_code, '86'), coalesce(replace(p_trunk_prefix, '-', ''), '0'), nullif(p_address, ''))
  returning id into added;
  perform set_config('steward.scope', concat_ws(',', nullif(current_setting('steward.scope', true), ''), added), true);
  return added;
end $$;

create type property_input as (
  line int, code text, name text, zone text, currency text, country_code text, trunk_prefix text, address text
);

-- Changes what is given; a hyphen is no trunk prefix. outcome: changed, unchanged.
create function property_put(p_id int, r property_input, p_clear text[], p_seen int, out id int, out outcome text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  o property;
  v property;
begin
  select * into o from property p where p.id = p_id for update;
  perform version_ok(o.version, p_seen);
  v := o;
  v.name := coalesce(btrim(r.name), o.name);
  v.zone := coalesce(r.zone, o.zone);
  v.currency := coalesce(r.currency, o.currency);
  v.country_code := coalesce(r.country_code, o.country_code);
  v.trunk_prefix := coalesce(replace(r.trunk_prefix, '-', ''), o.trunk_prefix);
  v.address := keep(o.address, r.address, 'address', p_clear);
  id := p_id;
  outcome := 'unchanged';
  if v is not distinct from o then
    return;
  end if;
  outcome := 'changed';
  update property p
     set name = v.name, zone = v.zone, currency = v.currency, country_code = v.country_code,
         trunk_prefix = v.trunk_prefix, address = v.address, version = o.version + 1, changed_at = now()
   where p.id = p_id;
end $$;

-- Takes the rows of a file. A row that cannot be taken is answered with the reason and leaves nothing behind; the
-- same row again changes nothing. What is wrong with the database itself ends the whole call.
create function property_import(p_actor uuid, p_rows property_input[]) returns setof import_outcome
language plpgsql volatile as $$
declare
  r property_input;
  x import_outcome;
  there property;
  touched uuid[] := '{}';
  t text;
  c text;
begin
  foreach r in array p_rows loop
    x := null;
    x.line := r.line;
    x.number := upper(btrim(r.code));
    x.property := x.number;
    begin
      if nullif(x.number, '') is null or nullif(btrim(r.name), '') is null then
        perform refuse('STINV', 'REQUIRED', case when nullif(x.number, '') is null then 'code' else 'name' end, 'is missing');
      end if;
      select * into there from property p where p.code = x.number;
      if there.id is null then
        x.id := uuid7();
        perform property_add(p_actor, x.id, r.code, r.name, r.zone, r.currency, r.country_code, r.trunk_prefix, r.address);
        x.outcome := 'taken';
      else
        x.id := there.uid;
        x.outcome := (select k.outcome from property_put(there.id, r, '{}', null) k);
      end if;
      if x.outcome <> 'unchanged' then
        touched := touched || x.id;
      end if;
    exception when others then
      if left(sqlstate, 2) not in ('22', '23', 'ST') then
        raise;
      end if;
      get stacked diagnostics t = table_name, c = constraint_name, x.blame = column_name, x.reason = message_text;
      if left(sqlstate, 2) = '23' and c <> '' then
        select k.field, k.sentence into x.blame, x.reason from constraint_text(t, c) k;
      end if;
      x.outcome := 'rejected';
      x.id := null;
    end;
    return next x;
  end loop;
  perform import_touched(touched);
end $$;
