-- What is charged by meters: the use between the readings of the period billed, at a rate or in blocks.

-- What the meters of a place counted in a part of the period that is billed. p_missing: what becomes of it where no reading came
-- after the period: 'estimate' bills the use until then, marked, once the period is over; 'exception' bills nothing.
create function billing_usage(p_property int, p_place uuid, p_utility text, p_missing text, p_span_from date, p_span_to date, p_from date, p_to date,
                              p_today date, out usage numeric, out estimated boolean, out code text, out sentence text)
language plpgsql stable as $$
declare
  m meter;
  t meter_track;
  u record;
  n int := 0;
begin
  usage := 0;
  estimated := false;
  for m in select * from meter x
            where x.property_id = p_property and x.place_id = p_place and x.utility = p_utility and x.kind = 'unit'
              and x.installed_on < p_to and (x.removed_on is null or x.removed_on > p_from) order by x.number loop
    n := n + 1;
    t := meter_track(p_property, m.id);
    u := meter_used(t, p_span_from, p_span_to, p_from, p_to);
    usage := usage + u.usage;
    estimated := estimated or u.estimated;
    if code is null and u.code is not null then
      code := u.code;
      sentence := u.sentence;
    elsif code is null and u.assumed and (p_missing = 'exception' or p_span_to > p_today) then
      code := 'NO_READING';
      sentence := format('meter %s was last read for %s: read it for %s', m.number, t.days[cardinality(t.days)], p_span_to);
    end if;
  end loop;
  if n = 0 then
    code := 'NO_METER';
    sentence := format('the place has no meter for %s then', p_utility);
  end if;
  usage := case when code is null then usage end;
end $$;

-- What was used in the same year before a day, of those blocks that go on from it; and how much of the year the blocks are for. Who came
-- in the course of the year begins with 0, and with blocks for the months that were left.
create function billing_year(p_property int, p_place uuid, p_utility text, p_span_from date, p_span_to date, p_since date, p_day date,
                             out before numeric, out part ratio, out code text, out sentence text) language plpgsql stable as $$
declare
  first constant date := date_trunc('year', p_day::timestamp);
  since constant date := greatest(first, least(p_since, p_day));
  m record;
  u record;
begin
  before := 0;
  part := ratio_div(month_share(since, (first + interval '1 year')::date), ratio(12));
  for m in select x.id from meter x
            where x.property_id = p_property and x.place_id = p_place and x.utility = p_utility and x.kind = 'unit'
              and x.installed_on < p_day and (x.removed_on is null or x.removed_on > since) loop
    u := meter_used(meter_track(p_property, m.id), p_span_from, p_span_to, since, p_day);
    before := before + u.usage;
    code := coalesce(code, u.code);
    sentence := coalesce(sentence, u.sentence);
  end loop;
end $$;

-- What a part of a period comes to, exactly, with the products it is the sum of (see pieces_sum()); or why it has no amount.
create function billing_by_meter(p_property int, s standard, r standard_rate, p_currency text, p_own numeric, p_place uuid, p_span_from date, p_span_to date,
                                 p_since date, p_from date, p_to date, p_today date, out exact ratio, out pieces jsonb, out code text,
                                 out sentence text)
language plpgsql stable as $$
declare
  u record;
  y record;
  before numeric := 0;
  part ratio;
  made record;
begin
  if p_own = 0 then
    exact := row(0, 1);
    return;
  elsif coalesce(p_own, r.rate) is null and r.block_rate is null then
    code := 'NO_RATE';
    sentence := 'the standard has no rate then';
    return;
  end if;
  u := billing_usage(p_property, p_place, s.utility, s.missing, p_span_from, p_span_to, p_from, p_to, p_today);
  code := u.code;
  sentence := u.sentence;
  if code is not null then
    return;
  elsif s.basis = 'metered' then
    exact := ratio(coalesce(p_own, r.rate) * u.usage);
    pieces := jsonb_build_array(piece(p_from, p_to, u.usage, coalesce(p_own, r.rate)));
    return;
  end if;
  part := month_share(p_from, p_to);
  if r.block_per = 'year' then
    y := billing_year(p_property, p_place, s.utility, p_span_from, p_span_to, p_since, p_from);
    before := y.before;
    part := y.part;
    code := y.code;
    sentence := y.sentence;
  end if;
  if code is null then
    select ratio_sum(array_agg(c.exact)) as exact,
           jsonb_agg(piece(p_from, p_to, ratio_decimal(c.quantity, 3), ratio_decimal(c.rate, 6)) order by c.block)
             filter (where ratio_cmp(c.quantity, ratio(0)) > 0) as pieces
      into made
      from tier_charge(tariff_scale(tariff_blocks(r.block_above, r.block_rate), part), before, u.usage, p_currency) c;
    exact := made.exact;
    pieces := made.pieces;
  end if;
end $$;

-- What is to be billed of a month by the meters of these places, and what cannot be; see billing_parts(). Of each assignment one part
-- for each customer, for the days on end that he pays for.
create function billing_metered(p_property int, p_month date, p_standards uuid[], p_places uuid[]) returns setof billing_part
language plpgsql stable rows 100 set plan_cache_mode = force_generic_plan as $$
declare
  y constant property := (select x from property x where x.id = p_property);
begin
  if not exists (select from standard s
                  where s.property_id = p_property and s.basis in ('metered', 'tiered') and (p_standards is null or s.id = any (p_standards))) then
    return;
  end if;
  return query
    with due as (
      select a.id, a.place_id, a.party_id, a.rate, s.id as standard_id, s.payer, s.rounding, s.round_to, p_month as span_from, z.span_to,
             greatest(a.from_on, p_month) as from_on, least(a.to_on, s.closed_on, z.span_to) as to_on
        from assignment a
        join standard s on s.property_id = a.property_id and s.id = a.standard_id
       cross join lateral (select (p_month + cycle_months(s.cycle) * interval '1 month')::date as span_to) z
       where a.property_id = p_property and a.place_id = any (p_places) and a.cancelled_at is null and s.basis in ('metered', 'tiered')
         and (p_standards is null or s.id = any (p_standards)) and (extract(month from p_month)::int - 1) % cycle_months(s.cycle) = 0
         and a.from_on < z.span_to and (a.to_on is null or a.to_on > p_month)
    ), cut as (
      select d.*, c.day, c.next, r.id as rate_id, coalesce(d.party_id, lease.party_id, title.party_id) as pays,
             case when d.party_id is null then coalesce(lease.from_on, title.from_on) else '-infinity' end as since
        from due d
       cross join lateral billing_cut(p_property, d.standard_id, d.place_id, d.from_on, d.to_on) c
        left join standard_rate r on r.property_id = p_property and r.standard_id = d.standard_id and r.replaced_at is null and r.from_on <= c.day
                                 and (r.to_on is null or r.to_on > c.day)
        left join occupancy title on title.property_id = p_property and title.place_id = d.place_id and title.slot = 'title' and title.period @> c.day
        left join occupancy lease on lease.property_id = p_property and lease.place_id = d.place_id and lease.slot = 'lease' and lease.period @> c.day
                                 and d.payer = 'customer'
       where not exists (select from charge_line l
                          where l.property_id = p_property and l.assignment_id = d.id and not l.cancelled and l.from_on <= c.day and l.to_on > c.day)
    ), valued as (
      select c.*, v.exact, v.pieces, v.code, v.sentence, -- those of one customer on end have one number
             c.next - (sum(c.next - c.day) over (partition by c.id, c.pays order by c.day))::int as run
        from cut c
        join standard s on s.property_id = p_property and s.id = c.standard_id
        left join standard_rate r on r.property_id = p_property and r.id = c.rate_id
       cross join lateral billing_by_meter(p_property, s, r, y.currency, c.rate, c.place_id, c.span_from, c.span_to, c.since, c.day, c.next, today(y.zone)) v
    )
    select v.id, v.standard_id, v.place_id, v.pays, min(v.day), max(v.next),
           case when v.pays is not null and bool_and(v.code is null) then ratio_minor(ratio_sum(array_agg(v.exact)), y.currency, v.rounding, v.round_to) end,
           case when v.pays is null then 'NO_PAYER' else min(v.code) end,
           case when v.pays is null then 'nobody holds the place then, so nobody can be billed' else min(v.sentence) end,
           (pieces_sum(array_agg(v.pieces order by v.day))).*
      from valued v
     group by v.id, v.standard_id, v.place_id, v.pays, v.run, v.rounding, v.round_to;
end $$;

-- The days of a span at which the rate or the holder of the place changes, each with the next one.
create function billing_cut(p_property int, p_standard uuid, p_place uuid, p_from date, p_to date) returns table (day date, next date)
language plpgsql stable rows 2 as $$
begin
  return query
    select c.day, lead(c.day, 1, p_to) over (order by c.day)
      from (select p_from as day where p_from < p_to
            union
            select x.day from standard_rate r cross join lateral (values (r.from_on), (r.to_on)) x (day)
             where r.property_id = p_property and r.standard_id = p_standard and r.replaced_at is null and x.day > p_from and x.day < p_to
            union
            select x.day from occupancy o cross join lateral (values (o.from_on), (o.to_on)) x (day)
             where o.property_id = p_property and o.place_id = p_place and o.slot <> '' and x.day > p_from and x.day < p_to) c;
end $$;

-- The meters these places are billed by: nothing is read of them while they are. Behind the ledger, which is left to others where
-- no standard by a meter is there.
create function billing_meters_hold(p_property int, p_standards uuid[], p_places uuid[]) returns void language plpgsql volatile as $$
declare
  metered constant uuid[] := array(select s.id from standard s
                                    where s.property_id = p_property and s.utility is not null and (p_standards is null or s.id = any (p_standards)));
begin
  if metered = '{}' then
    return;
  end if;
  if exists (select from assignment a
              where a.property_id = p_property and a.place_id = any (p_places) and a.cancelled_at is null and a.standard_id = any (metered)) then
    perform ledger_hold(p_property);
    perform 1 from meter m where m.property_id = p_property and m.place_id = any (p_places) order by m.id for update;
  end if;
end $$;

-- Notes for what a step of a run has written which meters it was reckoned by, so that nothing read later changes it unseen.
create function billing_meters_note(r billing_run, p_parts billing_part[]) returns void language plpgsql volatile as $$
declare
  x record;
begin
  for x in select m.id, l.id as line_id, p.from_on, p.to_on, (r.month + cycle_months(s.cycle) * interval '1 month')::date as span_to
             from unnest(p_parts) p
             join standard s on s.property_id = r.property_id and s.id = p.standard_id and s.utility is not null
             join charge_line l on l.property_id = r.property_id and l.assignment_id = p.assignment_id and l.from_on = p.from_on and not l.cancelled
             join meter m on m.property_id = r.property_id and m.place_id = p.place_id and m.utility = s.utility and m.kind = 'unit'
                         and m.installed_on < p.to_on and (m.removed_on is null or m.removed_on > p.from_on)
            where p.amount > 0
            order by p.place_id, m.number, p.from_on loop
    perform meter_charge_add(r.property_id, x.id, r.month, x.span_to, x.from_on, x.to_on, r.user_id, 'charge_line', x.line_id);
  end loop;
end $$;
