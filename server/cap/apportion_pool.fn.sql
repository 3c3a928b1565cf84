-- Pools: what is shared out, over which places, by what; and what is known of places for that.

create view pool_card with (security_invoker = true) as
select q.id, q.property_id, y.code as property, q.code, q.name, i.code as item, q.basis, l.number as place, q.listed, q.place_kind as kind,
       q.payer, q.vacant, q.vacancy, q.source, trim_scale(q.rate)::text as rate, q.formula, y.currency, q.closed_on::text as closed,
       (select max(a.to_on - 1)::text from apportionment a where a.property_id = q.property_id and a.pool_id = q.id and a.state = 'done') as until,
       q.code as number, q.version
  from pool q
  join property y on y.id = q.property_id
  join charge_item i on i.property_id = q.property_id and i.id = q.item_id
  left join place l on l.property_id = q.property_id and l.id = q.top_id;
create function pool_card(p_property int, p_id uuid) returns setof pool_card language plpgsql volatile rows 1 as
$$ begin return query select * from pool_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on pool_card to steward_app;

create function pool_of(p_property int, p_code text) returns pool language plpgsql stable as $$
declare
  q pool;
begin
  select * into q from pool x where x.property_id = p_property and x.code = upper(btrim(p_code));
  if q.id is null then
    perform refuse('STNOF', 'POOL_UNKNOWN', 'code', format('no pool %s at %s; `pool list` shows them', upper(btrim(p_code)),
                                                          property_codes(array[p_property])));
  end if;
  return q;
end $$;

-- What a formula of a pool may speak of.
create function pool_names() returns text[] language sql immutable parallel safe as $$ select '{usage,days}'::text[] $$;

-- A pool, or what is given of it. What was shared out keeps how the pool was then, so everything may change but the item.
create function pool_set(p_property int, p_key uuid, p_code text, p_name text, p_item text, p_basis text, p_place text, p_listed boolean, p_kind text,
                         p_payer text, p_vacant text, p_vacancy text, p_source text, p_rate text, p_formula text, p_meters text[], p_rest text[],
                         p_closed text) returns uuid
language plpgsql volatile as $$
declare
  q pool;
  n pool;
begin
  perform pg_advisory_xact_lock(p_property, hashtext('pool ' || upper(btrim(p_code))));
  select * into q from pool x where x.property_id = p_property and x.code = upper(btrim(p_code)) for update;
  n := q;
  n.name := coalesce(nullif(btrim(p_name), ''), q.name);
  n.item_id := coalesce((select i.id from charge_item_of(p_property, p_item, '-infinity') i where p_item is not null), q.item_id);
  n.basis := coalesce(p_basis, q.basis);
  n.listed := coalesce(p_listed, q.listed and p_place is null, false);
  n.top_id := case when p_place = '' or n.listed and p_place is null then null
                   else coalesce((select k.id from place_key(array[p_property], p_property, p_place) k), q.top_id) end;
  n.place_kind := coalesce(p_kind, q.place_kind, 'unit');
  n.payer := coalesce(p_payer, q.payer, 'customer');
  n.vacant := coalesce(p_vacant, q.vacant, 'owner');
  n.vacancy := coalesce(p_vacancy, q.vacancy, 'known');
  n.source := coalesce(p_source, case when cardinality(p_meters || p_rest) > 0 then 'meter' end, q.source,
                       case when num_nonnulls(p_rate, p_formula) > 0 then 'usage' else 'amount' end);
  n.closed_on := coalesce(to_day(p_closed, 'closed'), q.closed_on);
  n := pool_price(n, p_rate, p_formula);
  if q.id is null then
    perform refuse('STINV', 'REQUIRED', x.field, format('%s is new: say its %s', upper(btrim(p_code)), x.field))
       from (values (1, 'name', p_name), (2, 'item', p_item), (3, 'basis', p_basis)) x (o, field, value) where x.value is null order by x.o limit 1;
    n.property_id := p_property;
    n.id := p_key;
    n.code := upper(btrim(p_code));
    n.version := 1;
    insert into pool select n.*;
    perform pool_meters_set(n, p_meters, p_rest);
    return n.id;
  elsif q.item_id <> n.item_id and exists (select from apportionment a where a.property_id = p_property and a.pool_id = q.id) then
    perform refuse('STPRE', 'POOL_IN_USE', 'item', format('%s was shared out already: its item stays; make another pool', q.code));
  end if;
  update pool x
     set name = n.name, item_id = n.item_id, basis = n.basis, top_id = n.top_id, listed = n.listed, place_kind = n.place_kind, payer = n.payer,
         vacant = n.vacant, vacancy = n.vacancy, source = n.source, rate = n.rate, formula = n.formula, closed_on = n.closed_on, version = q.version + 1
   where x.property_id = p_property and x.id = q.id;
  perform pool_meters_set(n, p_meters, p_rest);
  return q.id;
end $$;

-- The meters of a pool, all of them anew where some are named. p_rest: those of which only what is not counted behind them is shared.
create function pool_meters_set(q pool, p_meters text[], p_rest text[]) returns void language plpgsql volatile as $$
begin
  if cardinality(p_meters || p_rest) > 0 then
    if q.source <> 'meter' then
      perform refuse('STINV', 'POOL_SOURCE', 'source', format('%s is shared out by %s: it has no meters', q.code, q.source));
    end if;
    update pool_meter x set left_at = now(), version = x.version + 1
     where x.property_id = q.property_id and x.pool_id = q.id and x.left_at is null;
    insert into pool_meter as x (property_id, pool_id, meter_id, rest)
    select q.property_id, q.id, k.id, bool_or(m.rest)
      from (select u, false from unnest(p_meters) u union all select u, true from unnest(p_rest) u) m (ref, rest)
     cross join lateral meter_key(array[q.property_id], m.ref, case when m.rest then 'rest' else 'meter' end) k
     group by k.id
    on conflict (property_id, pool_id, meter_id) do update set rest = excluded.rest, left_at = null, version = x.version + 1;
  end if;
  if q.source = 'meter' and not exists (select from pool_meter x where x.property_id = q.property_id and x.pool_id = q.id and x.left_at is null) then
    perform refuse('STINV', 'REQUIRED', 'meter', 'say which meter counts what is shared out');
  end if;
end $$;

-- What a unit of usage costs: a rate or a formula, the one that is given instead of the other; nothing where amounts are typed.
create function pool_price(q pool, p_rate text, p_formula text) returns pool language plpgsql stable as $$
begin
  if num_nonnulls(p_rate, p_formula) = 2 then
    perform refuse('STINV', 'RATE_OR_FORMULA', 'formula', 'usage costs a rate or a formula: say one of them');
  elsif q.source = 'amount' and num_nonnulls(p_rate, p_formula) > 0 then
    perform refuse('STINV', 'RATE_OR_FORMULA', case when p_rate is null then 'formula' else 'rate' end,
                   'amounts are typed in, so nothing is multiplied: the source is usage or meter where there is a rate');
  elsif q.source = 'amount' then
    q.rate := null;
    q.formula := null;
  elsif p_rate is not null then
    q.rate := to_rate(p_rate, 'rate');
    q.formula := null;
  elsif p_formula is not null then
    perform formula_compile(p_formula, pool_names());
    q.formula := btrim(p_formula);
    q.rate := null;
  elsif num_nonnulls(q.rate, q.formula) = 0 then
    perform refuse('STINV', 'REQUIRED', 'rate', 'say what a unit costs: a rate, or a formula over usage and days');
  end if;
  return q;
end $$;

-- Places of a pool: "3-1-1202=1.5" with its weight, "3-1-1202" by itself where there is no key; or no more.
create function pool_weigh(p_property int, p_code text, p_items text[], p_reason text, p_out boolean) returns uuid language plpgsql volatile as $$
declare
  q constant pool := pool_of(p_property, p_code);
  item text;
  w text;
  spot uuid;
begin
  perform from pool x where x.property_id = p_property and x.id = q.id for update;
  foreach item in array p_items loop
    w := substring(item from '=([^=]*)$');
    spot := (select k.id from place_key(array[p_property], p_property, regexp_replace(item, '=[^=]*$', '')) k);
    perform pool_weigh_check(q, item, w, p_out);
    if p_out then
      update pool_place x set left_at = now(), version = x.version + 1
       where x.property_id = p_property and x.pool_id = q.id and x.place_id = spot and x.left_at is null;
      if not found then
        perform refuse('STNOF', 'NOT_IN_POOL', 'place', format('%s is not named in %s', item, q.code));
      end if;
      continue;
    end if;
    perform pool_place_put(q, spot, norm(w)::numeric, nullif(btrim(p_reason), ''));
  end loop;
  update pool x set version = x.version + 1 where x.property_id = p_property and x.id = q.id;
  return q.id;
end $$;

-- Names a place of a pool, or changes its weight. Gives what became of it: taken, changed or unchanged.
create function pool_place_put(q pool, p_place uuid, p_weight numeric, p_reason text) returns text language plpgsql volatile as $$
declare
  there pool_place;
begin
  select * into there from pool_place x where x.property_id = q.property_id and x.pool_id = q.id and x.place_id = p_place;
  if there.left_at is null and there.pool_id is not null and (there.weight, there.reason) is not distinct from (p_weight, p_reason) then
    return 'unchanged';
  end if;
  insert into pool_place as x (property_id, pool_id, place_id, weight, reason)
  values (q.property_id, q.id, p_place, p_weight, p_reason)
  on conflict (property_id, pool_id, place_id) do update
     set weight = excluded.weight, reason = excluded.reason, left_at = null, version = x.version + 1;
  return case when there.pool_id is null or there.left_at is not null then 'taken' else 'changed' end;
end $$;

create function pool_weigh_check(q pool, p_item text, p_weight text, p_out boolean) returns void language plpgsql stable as $$
begin
  if p_out then
    if p_weight is not null then
      perform refuse('STINV', 'WEIGHT', 'place', format('%s: what is taken out needs no weight', quote_literal(p_item)));
    end if;
  elsif p_weight is not null and norm(p_weight) !~ '^\d{1,10}(\.\d{1,6})?$' then
    perform refuse('STINV', 'WEIGHT', 'place', format('%s: write the place and its weight, such as 3-1-1202=1.5, with up to 6 digits after the point',
                                                     quote_literal(p_item)));
  elsif q.basis = 'key' and p_weight is null then
    perform refuse('STINV', 'WEIGHT', 'place', format('%s is shared out by a key: write the weight, such as %s=1.5', q.code, p_item));
  elsif q.basis <> 'key' and norm(p_weight)::numeric <> 0 then
    perform refuse('STINV', 'WEIGHT', 'place', format('%s is shared out by %s: a place has no weight of its own there, but 0 where it takes no part',
                                                     q.code, replace(q.basis, '_', ' ')));
  elsif q.basis <> 'key' and p_weight is null and not q.listed then
    perform refuse('STINV', 'NOT_LISTED', 'place', format('%s has all places of its kind: name only those that take no part, such as %s=0', q.code, p_item));
  end if;
end $$;

-- The places a pool is shared out over from a day on, and the weight each has of its own.
create function pool_members(q pool, p_from date) returns table (place_id uuid, own numeric, reason text, ends date, sort_key text,
                                                                 gross_area_dm2 bigint, usable_area_dm2 bigint)
language plpgsql stable rows 1000 as $$
#variable_conflict use_column
begin
  return query
    select p.id, w.weight, w.reason, p.closed_on, p.sort_key, p.gross_area_dm2, p.usable_area_dm2
      from place p
      left join pool_place w on w.property_id = p.property_id and w.pool_id = q.id and w.place_id = p.id and w.left_at is null
     where p.property_id = q.property_id and (p.closed_on is null or p.closed_on > p_from)
       and case when q.listed then w.place_id is not null
                else p.kind = q.place_kind and (q.top_id is null or p.id in (select b.id from place_below(q.property_id, q.top_id) b)) end;
end $$;

-- What is known of a place --------------------------------------------------------------------------------------------------

create view measure_card with (security_invoker = true) as
select m.id, m.property_id, y.code as property, l.number as place, m.kind, trim_scale(m.value)::text as value, m.from_on::text as "from",
       (m.to_on - 1)::text as "to", m.replaced_at is not null as replaced, (select u.login from app_user u where u.id = m.set_by) as set_by,
       ts(m.set_at, y.zone) as set_at, l.number, m.version
  from place_measure m
  join property y on y.id = m.property_id
  join place l on l.property_id = m.property_id and l.id = m.place_id;
create function measure_card(p_property int, p_id uuid) returns setof measure_card language plpgsql volatile rows 1 as
$$ begin return query select * from measure_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on measure_card to steward_app;

-- What is known of a place from a day on; what was known before ends then, and what was to begin then or later is replaced.
create function measure_set(p_property int, p_key uuid, p_user uuid, p_place text, p_kind text, p_value text, p_from text) returns uuid
language plpgsql volatile as $$
declare
  spot constant uuid := (select k.id from place_key(array[p_property], p_property, p_place) k);
  first constant date := coalesce(to_day(p_from, 'from'), (select today(y.zone) from property y where y.id = p_property));
  v numeric;
begin
  v := measure_value(p_kind, p_value);
  if not exists (select from place p join place_kind k on k.kind = p.kind where p.property_id = p_property and p.id = spot and k.holdable) then
    perform refuse('STINV', 'PLACE_NOT_HOLDABLE', 'place', 'nobody lives there: name a unit or something else that somebody can hold');
  end if;
  perform from place p where p.property_id = p_property and p.id = spot for update;
  update place_measure x
     set replaced_at = case when x.from_on >= first then now() end, to_on = case when x.from_on < first then first else x.to_on end,
         version = x.version + 1
   where x.property_id = p_property and x.place_id = spot and x.kind = p_kind and x.replaced_at is null and (x.to_on is null or x.to_on > first);
  insert into place_measure (property_id, id, place_id, kind, value, from_on, set_by) values (p_property, p_key, spot, p_kind, v, first, p_user);
  return p_key;
end $$;

create function measure_value(p_kind text, p_value text) returns numeric language plpgsql immutable as $$
declare
  t constant text := norm(p_value);
begin
  if p_kind = 'people' and t !~ '^\d{1,4}$' then
    perform refuse('STINV', 'MEASURE', 'value', format('%s: write how many people, such as 3', quote_literal(p_value)));
  elsif p_kind = 'vacant' then
    return to_flag(p_value, 'value')::int;
  elsif p_kind = 'share' and t !~ '^(\d(\.\d{1,9})?|\d{1,3}(\.\d{1,7})?\s*%)$' then
    perform refuse('STINV', 'MEASURE', 'value', format('%s: write a share as 0.0125 or 1.25%%, with up to 9 digits after the point', quote_literal(p_value)));
  end if;
  return case when t like '%\%' then btrim(rtrim(t, '%'))::numeric * 0.01 else t::numeric end;
end $$;

-- All that was ever known of a place.
create function measure_list(p_scope int[], p_place text, p_kind text) returns setof measure_card language plpgsql stable rows 10 as $$
declare
  spot record;
begin
  select k.property_id, k.id into spot from place_key(p_scope, null, p_place) k;
  return query
    select c.* from place_measure m join measure_card c on c.property_id = m.property_id and c.id = m.id
     where m.property_id = spot.property_id and m.place_id = spot.id and (p_kind is null or m.kind = p_kind)
     order by m.kind, m.from_on, m.set_at, m.id;
end $$;
