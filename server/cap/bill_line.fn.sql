-- How lines of bills come about: quantities and prices, readings of meters, shares of a whole. What is written here stands; what an
-- apportionment keeps of it is looked up there.

-- Months between two days as they are reckoned: "1", "16/30", "17/31 + 2".
create function months_text(p_from date, p_to date) returns text language plpgsql immutable parallel safe as $$
begin
  return (select string_agg(x.text, ' + ' order by x.first)
            from (select min(m.month) as first, count(*)::text as text from month_parts(p_from, p_to) m where m.days = m.days_in_month having count(*) > 0
                  union all
                  select m.month, m.days || '/' || m.days_in_month from month_parts(p_from, p_to) m where m.days < m.days_in_month) x);
end $$;

-- With the digits of the currency, or more where it has more.
create function price_text(p_price numeric, p_per text, p_digits int) returns text language plpgsql immutable parallel safe as $$
begin
  return case p_per when 'percent' then trim_scale(p_price) || ' %' else round(p_price, greatest(scale(trim_scale(p_price)), p_digits))::text end;
end $$;

create view line_card with (security_invoker = true) as
select l.property_id, l.bill_id, l.line, i.code as item, l.text, l.from_on::text as "from", l.to_on::text as "to",
       l.amount as amount_minor, l.tax as tax_minor, l.credited as credited_minor, l.settled as settled_minor,
       l.amount - l.settled as open_minor, y.currency, l.disputed_at is not null as disputed,
       trim_scale(coalesce(l.quantity, s.measure))::text as quantity, coalesce(l.unit, s.unit) as unit,
       price_text(l.price, l.per, currency_digits(y.currency)) as rate,
       case l.per when 'month' then months_text(l.from_on, l.to_on) end as months, s.basis, s.total as total_minor, s.share,
       exists (select from charge_part p where p.property_id = l.property_id and p.line_id = l.id and p.estimated) as estimated
  from charge_line l
  join property y on y.id = l.property_id
  join bill b on b.property_id = l.property_id and b.id = l.bill_id
  join charge_item i on i.property_id = l.property_id and i.id = l.item_id
  left join lateral (select x.measure, a.basis, case when a.basis in ('gross_area', 'usable_area') then 'm2' end as unit, a.total,
                            (apportion_share(a.total, x.weight, a.weight, y.currency)).share as share
                       from apportionment_part x join apportionment a on a.property_id = x.property_id and a.id = x.apportionment_id
                      where l.entity = 'apportionment_part' and x.property_id = l.property_id and x.id = l.entity_id) s on true;
grant select on line_card to steward_app;

-- What lines are the sum of: products, and the readings behind a use.
create view line_part_card with (security_invoker = true) as
select p.property_id, l.bill_id, l.line, p.part, p.from_on::text as "from", (p.to_on - 1)::text as "to", p.meter, p.serial,
       trim_scale(p.previous)::text as previous, trim_scale(p.present)::text as present, case when p.factor <> 1 then trim_scale(p.factor)::text end as factor,
       trim_scale(p.quantity)::text as quantity, l.unit, price_text(p.price, l.per, currency_digits(y.currency)) as rate,
       case when l.per = 'month' and p.kind = 'price' then months_text(p.from_on, p.to_on) end as months, p.estimated
  from charge_part p
  join charge_line l on l.property_id = p.property_id and l.id = p.line_id
  join property y on y.id = p.property_id;
grant select on line_part_card to steward_app;

-- A product, for pieces_sum() and charge_pieces_add().
create function piece(p_from date, p_to date, p_quantity numeric, p_price numeric) returns jsonb language plpgsql immutable parallel safe as $$
begin
  return jsonb_build_object('from', p_from, 'to', p_to, 'quantity', p_quantity, 'price', p_price);
end $$;

-- Lists of products in the order of their days: quantity and price where they have one price; else the products, those of one price as one.
-- For quantities that add up (a use, an amount), not for areas.
create function pieces_sum(p_pieces jsonb[], out quantity numeric, out price numeric, out pieces jsonb) language plpgsql immutable parallel safe as $$
declare
  n int;
begin
  with piece as (
    select x."from", x."to", x.quantity, x.price, a.o, x.place
      from unnest(p_pieces) with ordinality a (list, o)
     cross join lateral rows from (jsonb_to_recordset(a.list) as ("from" date, "to" date, quantity numeric, price numeric))
                        with ordinality x ("from", "to", quantity, price, place)
  ), merged as (
    select p.price, min(p."from") as "from", max(p."to") as "to", sum(p.quantity) as quantity, min(p.o * 1000 + p.place) as o from piece p group by p.price
  )
  select count(*), min(m.quantity), min(m.price),
         jsonb_agg(piece(m."from", m."to", m.quantity, m.price) order by m.o)
    into n, quantity, price, pieces from merged m;
  if n = 1 then
    pieces := null;
  else
    quantity := null;
    price := null;
  end if;
end $$;

-- Notes the products a line is the sum of.
create function charge_pieces_add(p_property int, p_line uuid, p_pieces jsonb) returns void language plpgsql volatile as $$
begin
  insert into charge_part (property_id, line_id, part, kind, from_on, to_on, quantity, price)
  select p_property, p_line, x.o, 'price', x."from", x."to", x.quantity, x.price
    from rows from (jsonb_to_recordset(p_pieces) as ("from" date, "to" date, quantity numeric, price numeric))
         with ordinality x ("from", "to", quantity, price, o);
end $$;

-- Notes what a meter showed where a line was charged by it; p_span: the period that was reckoned as a whole.
create function charge_readings_add(m meter, p_line uuid, p_span_from date, p_span_to date, p_from date, p_to date, p_estimated boolean) returns void
language plpgsql volatile as $$
begin
  insert into charge_part (property_id, line_id, part, kind, from_on, to_on, quantity, meter, serial, previous, present, factor, estimated)
  select m.property_id, p_line,
         coalesce((select max(x.part) from charge_part x where x.property_id = m.property_id and x.line_id = p_line), 0) + row_number() over (order by d.seq),
         'reading', p_from, p_to, d.usage, m.number, d.serial, d.previous, d.present, d.factor, p_estimated
    from meter_shown(m.property_id, m.id, p_span_from, p_span_to, p_from, p_to) d;
end $$;
