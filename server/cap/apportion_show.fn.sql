-- What an apportionment would come to, and what it came to: for the desk, and for a statement on paper.

-- What a run would come to.
create function apportion_preview(p_property int, p_code text, p_month text, p_from text, p_to text, p_amount bigint, p_usage text)
returns table (pool text, name text, item text, "from" text, "to" text, source text, usage text, rate text, formula text, total_minor bigint,
               currency text, basis text, payer text, vacant text, weight text, places int, bills int, billed_minor bigint, own_minor bigint,
               unbilled_minor bigint, exceptions int)
language plpgsql stable rows 1 as $$
declare
  q constant pool := pool_of(p_property, p_code);
  d constant record := pool_period(p_month, p_from, p_to);
  whole constant record := pool_total(q, d.from_on, d.to_on, p_amount, p_usage);
begin
  perform apportion_check(q, d.from_on, d.to_on);
  return query
    select q.code, q.name, i.code, d.from_on::text, (d.to_on - 1)::text, q.source, trim_scale(whole.usage)::text, trim_scale(q.rate)::text, q.formula,
           whole.amount, y.currency, q.basis, q.payer, q.vacant, trim_scale(s.weight)::text, s.places, s.bills, s.billed, s.own,
           whole.amount - s.billed - s.own, s.exceptions
      from apportion_sums(array(select x from apportion_plan(q, d.from_on, d.to_on, whole.amount) x)) s
      join property y on y.id = p_property
      join charge_item i on i.property_id = p_property and i.id = q.item_id;
end $$;

-- The parts of it, those that cannot be shared out or billed first.
create function apportion_preview_parts(p_property int, p_code text, p_month text, p_from text, p_to text, p_amount bigint, p_usage text, p_limit int)
returns table (line int, place text, party text, party_name text, "from" text, "to" text, days int, vacant boolean, bearer text, measure text,
               weight text, share text, exact text, amount_minor bigint, currency text, note text, code text, sentence text)
language plpgsql stable rows 100 as $$
declare
  q constant pool := pool_of(p_property, p_code);
  d constant record := pool_period(p_month, p_from, p_to);
  whole constant record := pool_total(q, d.from_on, d.to_on, p_amount, p_usage);
  parts constant apportion_part[] := array(select x from apportion_plan(q, d.from_on, d.to_on, whole.amount) x);
  weights constant numeric := case when not exists (select from unnest(parts) x where x.weight is null) then (select sum(x.weight) from unnest(parts) x) end;
begin
  return query
    select x.line, l.number, p.number, p.name, x.from_on::text, (x.to_on - 1)::text, x.to_on - x.from_on, x.vacant, x.bearer,
           trim_scale(x.measure)::text, trim_scale(x.weight)::text, (apportion_share(whole.amount, x.weight, weights, y.currency)).*, x.amount, y.currency,
           x.note, x.code, x.sentence
      from unnest(parts) x
      join place l on l.property_id = p_property and l.id = x.place_id
      join property y on y.id = p_property
      left join party p on p.property_id = p_property and p.id = x.party_id
     order by x.code is null, x.line limit coalesce(p_limit, 200);
end $$;

-- For showing: a weight as percent of all weights, and what it comes to before the total is made of whole minor units.
create function apportion_share(p_total bigint, p_weight numeric, p_weights numeric, p_currency text, out share text, out exact text)
language plpgsql immutable as $$
begin
  share := trim_scale(ratio_decimal(ratio(p_weight * 100, p_weights), 4)) || ' %';
  exact := trim_scale(ratio_decimal(ratio(p_total * p_weight, p_weights * ('1e' || currency_digits(p_currency))::numeric), 6))::text;
end $$;

-- The statement of an apportionment, of one place or of all: what each was reckoned by, and on which bill it stands.
create function apportion_statement(p_scope int[], p_ref text, p_place text, p_after text, p_limit int)
returns table (line int, place text, party text, party_name text, "from" text, "to" text, days int, vacant boolean, bearer text, measure text,
               weight text, share text, exact text, amount_minor bigint, currency text, bill text, note text, code text, sentence text, cursor text)
language plpgsql stable rows 100 as $$
declare
  k constant record := apportionment_key(p_scope, p_ref);
  a apportionment;
  spot uuid;
begin
  select * into a from apportionment x where x.property_id = k.property_id and x.id = k.id;
  if p_place is not null then
    spot := (select l.id from place_key(array[a.property_id], a.property_id, p_place) l);
    if not exists (select from apportionment_part x where x.property_id = a.property_id and x.apportionment_id = a.id and x.place_id = spot) then
      perform refuse('STNOF', 'NOT_IN_POOL', 'place', format('%s has no part in %s', p_place, a.number));
    end if;
  end if;
  return query
    select x.line, l.number, p.number, p.name, x.from_on::text, (x.to_on - 1)::text, x.to_on - x.from_on, x.vacant, x.bearer,
           trim_scale(x.measure)::text, trim_scale(x.weight)::text, (apportion_share(a.total, x.weight, a.weight, y.currency)).*, x.amount, y.currency,
           (select b.number from charge_line c join bill b on b.property_id = c.property_id and b.id = c.bill_id
             where c.property_id = x.property_id and c.entity_id = x.id), x.note, x.code, x.sentence, x.line::text
      from apportionment_part x
      join place l on l.property_id = x.property_id and l.id = x.place_id
      join property y on y.id = x.property_id
      left join party p on p.property_id = x.property_id and p.id = x.party_id
     where x.property_id = a.property_id and x.apportionment_id = a.id and (spot is null or x.place_id = spot)
       and x.line > coalesce(to_whole(p_after, 'after'), 0)
     order by x.line limit coalesce(p_limit, 200);
end $$;

-- Apportionments, latest first; of one pool or of all.
create function apportion_list(p_scope int[], p_pool text, p_after text, p_limit int) returns table (property_id int, id uuid)
language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  cut record := cursor_split(p_after, 'infinity');
  lim constant int := coalesce(p_limit, 50);
begin
  return query
    select a.property_id, a.id from unnest(p_scope) s (property_id)
     cross join lateral (
       select a.property_id, a.id, a.at from apportionment a
        where a.property_id = s.property_id and (a.at, a.id) < (cut.at, cut.id)
          and (p_pool is null or a.pool_id in (select q.id from pool q where q.property_id = a.property_id and q.code = upper(btrim(p_pool))))
        order by a.at desc, a.id desc limit lim) a
     order by a.at desc, a.id desc limit lim;
end $$;

-- The places of a pool today: what each would be measured by.
create function pool_place_list(p_property int, p_code text, p_after text, p_limit int)
returns table (place text, name text, measure text, holder text, vacant boolean, reason text, code text, sentence text, cursor text)
language plpgsql stable rows 100 as $$
declare
  q constant pool := pool_of(p_property, p_code);
  day constant date := (select today(y.zone) from property y where y.id = p_property);
begin
  return query
    select l.number, l.name, trim_scale(x.measure)::text, p.name, x.vacant, x.note, x.code, x.sentence, x.line::text
      from apportion_spans(q, day, day + 1) x
      join place l on l.property_id = p_property and l.id = x.place_id
      left join party p on p.property_id = p_property and p.id = x.party_id
     where x.line > coalesce(to_whole(p_after, 'after'), 0)
     order by x.line limit coalesce(p_limit, 200);
end $$;
