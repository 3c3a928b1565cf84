-- The price list of a property.

create view price_card with (security_invoker = true) as
select p.id, p.property_id, y.code as property, p.code, p.name, p.kind, p.unit, p.price as price_minor, p.currency, p.tax_bp,
       p.from_on as "from", p.to_on as "to", p.replaced_at is not null as replaced, ts(p.set_at, y.zone) as set_at,
       (select u.login from app_user u where u.id = p.set_by) as set_by, p.code as number, p.version,
       p.property_id || '~' || p.id || '~' || p.code || ' ' || p.from_on as cursor
  from price p join property y on y.id = p.property_id;
grant select on price_card to steward_app;
create function price_card(p_property int, p_id uuid) returns setof price_card language plpgsql volatile rows 1 as
$$ begin return query select * from price_card c where c.property_id = p_property and c.id = p_id; end $$;

-- What a code costs on a day; refuses a code that has no price then.
create function price_on(p_property int, p_code text, p_day date) returns price language plpgsql stable as $$
declare
  p price;
begin
  select * into p from price x
   where x.property_id = p_property and x.code = upper(btrim(p_code)) and x.replaced_at is null
     and x.from_on <= p_day and (x.to_on is null or x.to_on > p_day);
  if p.id is null then
    perform refuse('STNOF', 'PRICE_UNKNOWN', 'code',
                   format('%s has no price on %s at %s; `price list` shows those it has', upper(btrim(p_code)), p_day,
                          property_codes(array[p_property])));
  end if;
  return p;
end $$;

-- Refuses to touch what has been valid: what was charged by it must stay explicable.
create function price_not_past(p_day date, p_today date, p_field text) returns void language plpgsql immutable as $$
begin
  if p_day < p_today then
    perform refuse('STINV', 'PRICE_PAST', p_field, format('prices are not changed for days gone by: %s or later', p_today));
  end if;
end $$;

-- A price from a day on. What is not given stays as it was. The price before ends on that day; one that was to begin on
-- that very day is replaced; a later one stays, and this one holds until then. outcome: taken, changed or unchanged.
create function price_put(p_property int, p_id uuid, p_user uuid, p_code text, p_name text, p_kind text, p_unit text,
                          p_price bigint, p_tax int, p_from date, p_to date, out id uuid, out outcome text, out touched uuid[])
language plpgsql volatile as $$
#variable_conflict use_column
declare
  y property;
  n price;
  old price;
  next price;
  today date;
begin
  select * into y from property x where x.id = p_property;
  today := today(y.zone);
  n.code := upper(btrim(p_code));
  n.from_on := coalesce(p_from, today);
  -- One change of a price list at a time, so that each sees what the other did.
  perform pg_advisory_xact_lock(p_property, hashtext('price ' || n.code));
  select * into old from price x
   where x.property_id = p_property and x.code = n.code and x.replaced_at is null and x.from_on <= n.from_on
   order by x.from_on desc limit 1;
  select * into next from price x
   where x.property_id = p_property and x.code = n.code and x.replaced_at is null and x.from_on > n.from_on
   order by x.from_on limit 1;
  n.name := coalesce(nullif(btrim(p_name), ''), old.name, next.name);
  n.kind := coalesce(nullif(lower(btrim(p_kind)), ''), old.kind, next.kind);
  n.unit := coalesce(nullif(btrim(p_unit), ''), old.unit, next.unit);
  n.price := coalesce(p_price, old.price);
  n.tax_bp := coalesce(p_tax, old.tax_bp, next.tax_bp);
  n.to_on := coalesce(p_to, next.from_on);
  if (old.to_on is null or old.to_on > n.from_on)
     and (old.name, old.kind, old.unit, old.price, old.currency) = (n.name, n.kind, n.unit, n.price, y.currency)
     and old.tax_bp is not distinct from n.tax_bp and (p_to is null or old.to_on is not distinct from p_to) then
    id := old.id;
    outcome := 'unchanged';
    touched := '{}';
    return;
  end if;
  perform refuse('STINV', 'REQUIRED', x.field, format('%s is new: say its %s', n.code, replace(x.field, '_minor', '')))
     from (values (1, 'name', n.name), (2, 'kind', n.kind), (3, 'unit', n.unit), (4, 'price_minor', n.price::text)) x (o, field, value)
    where x.value is null order by x.o limit 1;
  if n.to_on <= n.from_on then
    perform refuse('STINV', 'PERIOD', 'to', 'must be a day after the first day');
  elsif next.from_on < n.to_on then
    perform refuse('STPRE', 'PRICE_FOLLOWS', 'to', format('%s has another price from %s on', n.code, next.from_on));
  end if;
  if old.id is not null and (old.to_on is null or old.to_on > n.from_on) or next.id is not null then
    perform price_not_past(n.from_on, today, 'from');
  end if;
  outcome := case when old.id is null and next.id is null then 'taken' else 'changed' end;
  touched := array[p_id];
  if old.from_on = n.from_on then
    update price x set replaced_at = now(), version = old.version + 1 where x.property_id = p_property and x.id = old.id;
    touched := touched || old.id;
  elsif old.to_on is null or old.to_on > n.from_on then
    update price x set to_on = n.from_on, version = old.version + 1 where x.property_id = p_property and x.id = old.id;
    touched := touched || old.id;
  end if;
  insert into price (property_id, id, code, name, kind, unit, price, currency, tax_bp, from_on, to_on, set_by)
  values (p_property, p_id, n.code, n.name, n.kind, n.unit, n.price, y.currency, n.tax_bp, n.from_on, n.to_on, p_user);
  id := p_id;
end $$;

-- A code has no price from a day on; what was to hold later is called off.
create function price_end(p_property int, p_code text, p_on date, out id uuid, out touched uuid[])
language plpgsql volatile as $$
#variable_conflict use_column
declare
  today constant date := today((select y.zone from property y where y.id = p_property));
  last constant date := coalesce(p_on, today);
  c constant text := upper(btrim(p_code));
begin
  perform price_not_past(last, today, 'on');
  perform pg_advisory_xact_lock(p_property, hashtext('price ' || c));
  with gone as (
    update price x
       set replaced_at = case when x.from_on >= last then now() end,
           to_on = case when x.from_on < last then last else x.to_on end, version = x.version + 1
     where x.property_id = p_property and x.code = c and x.replaced_at is null and (x.to_on is null or x.to_on > last)
    returning x.id, x.from_on
  )
  select (array_agg(g.id order by g.from_on))[1], array_agg(g.id) into id, touched from gone g;
  if id is null then
    perform refuse('STNOF', 'PRICE_UNKNOWN', 'code', format('%s has no price that holds on %s or later', c, last));
  end if;
end $$;

-- Prices by code: of a day (today if none is named), or all there ever were.
create function price_list(p_scope int[], p_text text, p_kind text, p_day text, p_all boolean, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 100 as $$
#variable_conflict use_column
declare
  after constant record := row_after(p_after);
  after_code constant text := split_part(after.key, ' ', 1);
  after_day constant date := coalesce(to_day(split_part(after.key, ' ', 2), 'after'), '-infinity');
  day constant date := to_day(p_day, 'on');
  wanted constant text := norm(btrim(p_text));
  lim constant int := coalesce(p_limit, 100);
begin
  return query
    select p.property_id, p.id
      from unnest(p_scope) s (property_id)
      join property y on y.id = s.property_id and y.id >= after.property_id
     cross join lateral (
       select p.property_id, p.id, p.code, p.from_on from price p
        where p.property_id = y.id and p.code >= case when y.id = after.property_id then after_code else '' end
          and (y.id > after.property_id or (p.code, p.from_on, p.id) > (after_code, after_day, after.id))
          and (p_kind is null or p.kind = p_kind)
          and (wanted is null or strpos(norm(p.code), wanted) > 0 or strpos(norm(p.name), wanted) > 0)
          and (coalesce(p_all, false)
               or p.replaced_at is null and p.from_on <= coalesce(day, today(y.zone))
                  and (p.to_on is null or p.to_on > coalesce(day, today(y.zone))))
        order by p.code, p.from_on, p.id limit lim) p
     order by p.property_id, p.code, p.from_on, p.id limit lim;
end $$;

-- Files ------------------------------------------------------------------------------------------------------------

create type price_input as (
  line int, property text, code text, name text, kind text, unit text, price_each text, tax text, "from" text, "to" text
);

-- A row that cannot be taken is answered with the reason and leaves nothing behind; the same row again changes nothing.
create function price_import(p_scope int[], p_user uuid, p_rows price_input[]) returns setof import_outcome
language plpgsql volatile as $$
declare
  r price_input;
  x import_outcome;
  put record;
  y property;
  touched uuid[] := '{}';
  t text;
  c text;
begin
  foreach r in array p_rows loop
    x := null;
    x.line := r.line;
    x.property := upper(r.property);
    x.number := upper(btrim(r.code));
    begin
      select * into y from property p where p.id = property_of(p_scope, r.property);
      x.property := y.code;
      if coalesce(x.number, '') = '' then
        perform refuse('STINV', 'REQUIRED', 'code', 'the code is missing');
      end if;
      put := price_put(y.id, uuid7(), p_user, r.code, r.name, r.kind, r.unit, to_money(r.price_each, y.currency, 'price_each'),
                       to_whole(r.tax, 'tax'), to_day(r."from", 'from'), to_day(r."to", 'to'));
      x.id := put.id;
      x.outcome := put.outcome;
      touched := touched || put.touched;
    exception when others then
      if left(sqlstate, 2) not in ('22', '23', 'ST') then
        raise;
      end if;
      get stacked diagnostics t = table_name, c = constraint_name, x.blame = column_name, x.reason = message_text;
      if left(sqlstate, 2) = '23' and c <> '' then
        select k.field, k.sentence into x.blame, x.reason from constraint_text(t, c) k;
      end if;
      x.blame := case when x.blame in ('price', 'price_minor') then 'price_each' else x.blame end;
      x.outcome := 'rejected';
    end;
    return next x;
  end loop;
  perform import_settle('price');
  perform import_touched(touched);
end $$;
