-- What is charged as a percentage of another item, and what a month comes to in all.

-- What the item was charged for these days at a place: in this run (p_parts), or on lines that stand already. Of a part that reaches
-- beyond them, its share by the days. In minor units, exactly; or why there is none.
create function billing_base(p_property int, p_item uuid, p_place uuid, p_from date, p_to date, p_parts billing_part[], out base ratio, out code text,
                             out sentence text) language plpgsql stable as $$
declare
  name constant text := (select i.code from charge_item i where i.property_id = p_property and i.id = p_item);
  parts ratio[];
  fault text;
begin
  with found as (
    select x.from_on, x.to_on, x.amount, x.sentence
      from unnest(p_parts) x join standard s on s.property_id = p_property and s.id = x.standard_id
     where s.item_id = p_item and x.place_id = p_place
    union all
    select l.from_on, l.to_on, l.amount - l.credited, null
      from charge_line l where l.property_id = p_property and l.place_id = p_place and l.item_id = p_item and not l.cancelled and l.from_on is not null
  )
  select array_agg(ratio(f.amount * (least(f.to_on, p_to) - greatest(f.from_on, p_from)), f.to_on - f.from_on)),
         min(f.sentence) filter (where f.amount is null)
    into parts, fault from found f where f.from_on < p_to and f.to_on > p_from;
  if fault is not null then
    code := 'BASE_MISSING';
    sentence := format('%s could not be billed: %s', name, fault);
  elsif parts is null then
    code := 'NO_BASE';
    sentence := format('nothing is charged for %s there then', name);
  else
    base := ratio_sum(parts);
  end if;
end $$;

-- What is to be billed of a month as percentages of other items, and what cannot be; see billing_parts().
create function billing_percent(p_property int, p_month date, p_standards uuid[], p_places uuid[], p_parts billing_part[]) returns setof billing_part
language plpgsql stable rows 100 set plan_cache_mode = force_generic_plan as $$
declare
  digits constant numeric := (select ('1e' || currency_digits(y.currency))::numeric from property y where y.id = p_property);
begin
  if not exists (select from standard s where s.property_id = p_property and s.basis = 'percent' and (p_standards is null or s.id = any (p_standards))) then
    return;
  end if;
  return query
    with due as (
      select a.id, a.place_id, a.party_id, a.rate, s.id as standard_id, s.of_item_id, s.payer, s.rounding, s.round_to,
             greatest(a.from_on, p_month) as from_on,
             least(a.to_on, s.closed_on, (p_month + cycle_months(s.cycle) * interval '1 month')::date) as to_on
        from assignment a
        join standard s on s.property_id = a.property_id and s.id = a.standard_id
       where a.property_id = p_property and a.place_id = any (p_places) and a.cancelled_at is null and s.basis = 'percent'
         and (p_standards is null or s.id = any (p_standards)) and (extract(month from p_month)::int - 1) % cycle_months(s.cycle) = 0
         and a.from_on < p_month + cycle_months(s.cycle) * interval '1 month' and (a.to_on is null or a.to_on > p_month)
    ), valued as (
      select d.*, c.day, c.next, b.base, b.code, b.sentence, coalesce(d.rate, r.rate) as price, coalesce(d.party_id, lease.party_id, title.party_id) as pays,
             c.next - (sum(c.next - c.day) over (partition by d.id, coalesce(d.party_id, lease.party_id, title.party_id) order by c.day))::int as run
        from due d
       cross join lateral billing_cut(p_property, d.standard_id, d.place_id, d.from_on, d.to_on) c
       cross join lateral billing_base(p_property, d.of_item_id, d.place_id, c.day, c.next, p_parts) b
        left join standard_rate r on r.property_id = p_property and r.standard_id = d.standard_id and r.replaced_at is null and r.from_on <= c.day
                                 and (r.to_on is null or r.to_on > c.day)
        left join occupancy title on title.property_id = p_property and title.place_id = d.place_id and title.slot = 'title' and title.period @> c.day
        left join occupancy lease on lease.property_id = p_property and lease.place_id = d.place_id and lease.slot = 'lease' and lease.period @> c.day
                                 and d.payer = 'customer'
       where not exists (select from charge_line l
                          where l.property_id = p_property and l.assignment_id = d.id and not l.cancelled and l.from_on <= c.day and l.to_on > c.day)
    )
    select v.id, v.standard_id, v.place_id, v.pays, min(v.day), max(v.next),
           case when v.pays is not null and bool_and(v.base is not null and v.price is not null)
                then ratio_round(ratio_sum(array_agg(ratio_mul(v.base, ratio(v.price, 100)))), v.rounding, v.round_to) end,
           (billing_fault(v.pays is null, min(v.code), min(v.sentence), bool_or(v.price is null), false)).*,
           (pieces_sum(array_agg(jsonb_build_array(piece(v.day, v.next, ratio_decimal(ratio_mul(v.base, ratio(1, digits)), 3), v.price))
                                 order by v.day))).*
      from valued v
     group by v.id, v.standard_id, v.place_id, v.pays, v.run, v.rounding, v.round_to;
end $$;

-- All that is to be billed of a month at these places, and what cannot be. p_run: the run that asks, which has billed none of them; or null.
create function billing_found(p_property int, p_month date, p_standards uuid[], p_places uuid[], p_run uuid) returns billing_part[]
language plpgsql stable as $$
declare
  parts billing_part[];
begin
  parts := array(select x from billing_parts(p_property, p_month, p_standards, p_places, p_run) x
                 union all select x from billing_metered(p_property, p_month, p_standards, p_places) x);
  return parts || array(select x from billing_percent(p_property, p_month, p_standards, p_places, parts) x);
end $$;
