-- Reading rounds, use and losses.

-- Meters in use at the end of a month that nobody has read for it: no reading within so many days as one stands for, before its
-- last day or after. In the order of the places, so that a round can be walked by it.
create function meter_round(p_scope int[], p_month text, p_place text, p_utility text, p_limit int)
returns table (number text, kind text, utility text, place text, serial text, last_on text, last_value text, expected text, unit text)
language plpgsql stable rows 100 as $$
declare
  first constant date := to_month(p_month, 'month');
  next constant date := first + interval '1 month';
  spot record;
begin
  select k.property_id, k.id into spot from place_key(p_scope, null, p_place) k;
  return query
    select m.number, m.kind, m.utility, p.number, d.serial, r.read_on::text, trim_scale(r.value)::text,
           trim_scale(ratio_decimal(ratio(e.used * (next - first), e.days), 1))::text, u.unit
      from meter m
      join meter_utility u on u.utility = m.utility
      join place p on p.property_id = m.property_id and p.id = m.place_id
      join meter_dial d on d.property_id = m.property_id and d.meter_id = m.id and d.to_on is null
      left join lateral (select x.read_on, x.value from meter_reading x
                          where x.property_id = m.property_id and x.meter_id = m.id and x.struck_at is null
                            and x.kind not in ('estimate', 'final_estimate')
                          order by x.read_on desc, x.seq desc limit 1) r on true
     cross join lateral meter_earlier(meter_track(m.property_id, m.id), next + 1) e
     where m.property_id = any (p_scope) and m.installed_on < next and m.removed_on is null
       and (spot.id is null or m.property_id = spot.property_id and m.place_id in (select b.id from place_below(spot.property_id, spot.id) b))
       and (p_utility is null or m.utility = p_utility)
       and not exists (select from meter_reading x
                        where x.property_id = m.property_id and x.meter_id = m.id and x.struck_at is null
                          and x.kind not in ('estimate', 'final_estimate') and x.read_on between next - m.near_days and next + m.near_days)
     order by m.property_id, p.sort_key, m.number limit coalesce(p_limit, 500);
end $$;

-- What a meter counted from a day to the last day named.
create function meter_use(p_scope int[], p_ref text, p_from text, p_to text)
returns table (number text, utility text, place text, "from" text, "to" text, usage text, unit text, estimated boolean, assumed boolean, sentence text)
language plpgsql stable rows 1 as $$
declare
  k constant record := meter_key(p_scope, p_ref);
  first constant date := to_day(p_from, 'from');
  next constant date := to_day(p_to, 'to') + 1;
begin
  return query
    select m.number, m.utility, p.number, first::text, (next - 1)::text, x.usage::text, u.unit, x.estimated, x.assumed, x.sentence
      from meter m
      join meter_utility u on u.utility = m.utility
      join place p on p.property_id = m.property_id and p.id = m.place_id
     cross join lateral meter_usage(m.property_id, m.id, first, next) x
     where m.property_id = k.property_id and m.id = k.id;
end $$;

-- Masters and what is behind them: what a master counted in a month beside the sum of its submeters, and what was lost between.
-- Where one of them has no answer there is no loss but the reason.
create function meter_loss(p_scope int[], p_month text, p_ref text)
returns table (number text, utility text, place text, meters int, usage text, submeters text, lost text, percent text, unit text, estimated boolean,
               sentence text)
language plpgsql stable rows 20 as $$
declare
  first constant date := to_month(p_month, 'month');
  next constant date := first + interval '1 month';
  k record;
begin
  select x.property_id, x.id into k from meter_key(p_scope, p_ref) x where p_ref is not null;
  return query
    select m.number, m.utility, p.number, s.n, x.usage::text, s.usage::text, (x.usage - s.usage)::text,
           case when x.usage > 0 then ratio_decimal(ratio((x.usage - s.usage) * 100, x.usage), 1)::text end, u.unit, x.estimated or s.estimated,
           coalesce(x.sentence, s.sentence)
      from meter m
      join meter_utility u on u.utility = m.utility
      join place p on p.property_id = m.property_id and p.id = m.place_id
     cross join lateral meter_usage(m.property_id, m.id, first, next) x
     cross join lateral (
       select count(*)::int as n, case when count(y.usage) = count(*) then trim_scale(sum(y.usage)) end as usage, bool_or(y.estimated) as estimated,
              min(y.sentence) as sentence
         from meter b cross join lateral meter_usage(b.property_id, b.id, first, next) y
        where b.property_id = m.property_id and b.master_id = m.id and b.installed_on < next and (b.removed_on is null or b.removed_on > first)) s
     where m.property_id = any (p_scope) and s.n > 0 and (p_ref is null or m.property_id = k.property_id and m.id = k.id)
     order by m.property_id, m.number;
  if p_ref is not null and not found then
    perform refuse('STPRE', 'NO_SUBMETERS', 'meter', 'no meter is behind it: `meter edit NUMBER --master` says which are');
  end if;
end $$;
