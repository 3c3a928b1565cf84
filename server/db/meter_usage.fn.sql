-- What was used, between any two days. Whoever needs it (billing, apportionment, prepaid balances) calls meter_usage().

-- What is known of a meter, day by day: its use since it was installed, in its unit. 'ended': when it was removed.
create type meter_track as (number text, near_days int, ended date, days date[], totals numeric[], estimated boolean[]);

-- The readings that stand. Where a device is replaced, the last reading of the old one and the first of the new one are one
-- point: the use goes on from there.
create function meter_track(p_property int, p_meter uuid) returns meter_track language plpgsql stable as $$
declare
  t meter_track;
begin
  select m.number, m.near_days, m.removed_on into t.number, t.near_days, t.ended from meter m where m.property_id = p_property and m.id = p_meter;
  with shown as (
    select r.read_on, r.seq, r.kind, d.factor, r.value + r.turns * ('1e' || d.digits)::numeric as value
      from meter_reading r
      join meter_dial d on d.property_id = r.property_id and d.id = r.dial_id
     where r.property_id = p_property and r.meter_id = p_meter and r.struck_at is null
  ), whole as ( -- of each device: what it showed first, and its use from there to its last reading, once it has one
    select s.seq, min(s.value) filter (where s.kind = 'first') as first,
           coalesce(sum(case when s.kind = 'first' then -s.value else s.value end * s.factor)
                      filter (where s.kind in ('first', 'final', 'final_estimate')), 0) as used
      from shown s group by s.seq
  ), dial as (
    select w.seq, w.first, coalesce(sum(w.used) over (order by w.seq rows between unbounded preceding and 1 preceding), 0) as before from whole w
  ), point as (
    select s.read_on, max(d.before + (s.value - d.first) * s.factor) as total, bool_or(s.kind in ('estimate', 'final_estimate')) as guess
      from shown s join dial d using (seq) group by s.read_on
  )
  select coalesce(array_agg(p.read_on order by p.read_on), '{}'),
         coalesce(array_agg(trim_scale(case when p.guess then round(p.total, 3) else p.total end) order by p.read_on), '{}'),
         coalesce(array_agg(p.guess order by p.read_on), '{}')
    into t.days, t.totals, t.estimated from point p;
  return t;
end $$;

-- Use of a day by what was read truly, over at most a year up to the last true reading: so much in so many days. Null if there
-- are no two such readings, two weeks apart.
create function meter_earlier(t meter_track, p_before date, out used numeric, out days int) language plpgsql immutable parallel safe as $$
declare
  k int; -- the last true reading
begin
  for i in reverse cardinality(t.days) .. 1 loop
    if not t.estimated[i] and t.days[i] < p_before and k is null then
      k := i;
    elsif not t.estimated[i] and t.days[k] - t.days[i] between 14 and 366 then
      used := t.totals[k] - t.totals[i];
      days := t.days[k] - t.days[i];
    end if;
  end loop;
end $$;

-- The use since installation at the beginning of a day. A reading stands for its day and near_days after it; further on, between
-- two readings, it is reckoned by the days (estimated); behind the last one by the use of earlier days (estimated and
-- assumed). Null where nothing says it. What is reckoned has three digits after the point.
create function meter_level(t meter_track, p_on date, out total numeric, out estimated boolean, out assumed boolean)
language plpgsql immutable parallel safe as $$
declare
  n constant int := cardinality(t.days);
  i int := 0;
  e record;
begin
  while i < n and t.days[i + 1] <= p_on loop
    i := i + 1;
  end loop;
  assumed := false;
  estimated := false;
  if n = 0 or i = 0 then
    total := case when n > 0 then 0 end; -- before it was installed
  elsif p_on - t.days[i] <= t.near_days or t.ended <= p_on then
    total := t.totals[i];
    estimated := t.estimated[i];
  elsif i < n then
    total := ratio_decimal(ratio(t.totals[i] * (t.days[i + 1] - p_on) + t.totals[i + 1] * (p_on - t.days[i]), t.days[i + 1] - t.days[i]), 3);
    estimated := true;
  else
    e := meter_earlier(t, 'infinity');
    total := ratio_decimal(ratio(t.totals[i] * e.days + e.used * (p_on - t.days[i]), e.days), 3);
    estimated := true;
    assumed := true;
  end if;
end $$;

-- The same for a day within a period that is reckoned as a whole: there the level goes from reading to reading by the days, and no
-- reading stands for more than its own day. So the first days of a period, behind a reading, have their part of its use.
create function meter_level_within(t meter_track, p_from date, p_to date, p_on date, out total numeric, out estimated boolean, out assumed boolean)
language plpgsql immutable parallel safe as $$
declare
  at constant record := meter_level(t, p_on);
  low date := p_from; -- the reading before, or the first day
  low_total numeric := (meter_level(t, p_from)).total;
  high date := p_to; -- the reading after it, or the last day
  high_total numeric := (meter_level(t, p_to)).total;
begin
  total := at.total;
  estimated := at.estimated;
  assumed := at.assumed;
  if p_on <= p_from or p_on >= p_to or p_on = any (t.days) or p_on < t.days[1] then
    return;
  end if;
  assumed := (meter_level(t, p_to)).assumed;
  for k in 1 .. cardinality(t.days) loop
    if t.days[k] > p_from and t.days[k] < p_on then
      low := t.days[k];
      low_total := t.totals[k];
    elsif t.days[k] > p_on and t.days[k] < p_to then
      high := t.days[k];
      high_total := t.totals[k];
      assumed := false;
      exit;
    end if;
  end loop;
  total := ratio_decimal(ratio(low_total * (high - p_on) + high_total * (p_on - low), high - low), 3);
  estimated := true;
end $$;

-- What a track says of a part of a period that is reckoned as a whole; see meter_usage().
create function meter_used(t meter_track, p_span_from date, p_span_to date, p_from date, p_to date, out usage numeric, out estimated boolean,
                           out assumed boolean, out code text, out sentence text) language plpgsql immutable parallel safe as $$
declare
  a constant record := meter_level_within(t, p_span_from, p_span_to, p_from);
  b constant record := meter_level_within(t, p_span_from, p_span_to, p_to);
begin
  perform period_check(p_from, p_to);
  estimated := a.estimated or b.estimated;
  assumed := a.assumed or b.assumed;
  usage := trim_scale(b.total - a.total);
  if usage is null then
    code := 'NO_READING';
    sentence := format('meter %s has no reading for %s, and too few to estimate by', t.number, p_to);
  elsif usage < 0 then
    code := 'USAGE_NEGATIVE';
    sentence := format('meter %s used %s from %s to %s: credit what was charged by the estimate before', t.number, usage, p_from, p_to - 1);
    usage := null;
  end if;
end $$;

-- What a meter counted from the beginning of a day to the beginning of another ([p_from, p_to)), in the unit of its utility: an
-- exact number, with its factor, over its rollovers and replacements. Parts add up: what is used from a to c is what is used from a
-- to b and from b to c. 'estimated': a day had no reading of its own. 'assumed': none came after it either, it is reckoned
-- by the use of earlier days. Where there is no answer, usage is null, never 0, and 'code' and 'sentence' say why: NO_READING,
-- or USAGE_NEGATIVE where a true reading lies below an estimate.
create function meter_usage(p_property int, p_meter uuid, p_from date, p_to date, out usage numeric, out estimated boolean, out assumed boolean,
                            out code text, out sentence text) language plpgsql stable as $$
declare
  r record;
begin
  r := meter_used(meter_track(p_property, p_meter), p_from, p_to, p_from, p_to);
  usage := r.usage;
  estimated := r.estimated;
  assumed := r.assumed;
  code := r.code;
  sentence := r.sentence;
end $$;

-- What the devices of a meter showed at both ends of a part of a period that is reckoned as a whole, one after the other where they
-- were replaced in between; 'usage' is in the unit of the utility. The uses of all come to what meter_used() gives.
create function meter_shown(p_property int, p_meter uuid, p_span_from date, p_span_to date, p_from date, p_to date)
returns table (seq int, serial text, previous numeric, present numeric, factor numeric, usage numeric) language plpgsql stable rows 1 as $$
declare
  t constant meter_track := meter_track(p_property, p_meter);
  low constant numeric := (meter_level_within(t, p_span_from, p_span_to, p_from)).total;
  high constant numeric := (meter_level_within(t, p_span_from, p_span_to, p_to)).total;
begin
  return query
    with dial as (
      select d.seq, d.serial, d.factor, ('1e' || d.digits)::numeric as top,
             min(r.value) filter (where r.kind = 'first') as first,
             sum(case when r.kind = 'first' then -r.value else r.value + r.turns * ('1e' || d.digits)::numeric end * d.factor)
               filter (where r.kind in ('first', 'final', 'final_estimate')) as used, bool_or(r.kind in ('final', 'final_estimate')) as over
        from meter_dial d
        join meter_reading r on r.property_id = d.property_id and r.dial_id = d.id and r.struck_at is null
       where d.property_id = p_property and d.meter_id = p_meter
       group by d.seq, d.serial, d.factor, d.digits
    ), span as ( -- the use since installation at which each came, and at which it went
      select d.*, coalesce(sum(d.used) over w, 0) as came, case when d.over then coalesce(sum(d.used) over w, 0) + d.used end as went
        from dial d window w as (order by d.seq rows between unbounded preceding and 1 preceding)
    ), part as (
      select s.*, greatest(low, s.came) as a, least(high, s.went) as b from span s
    )
    select p.seq, p.serial, mod(p.first + (p.a - p.came) / p.factor, p.top), mod(p.first + (p.b - p.came) / p.factor, p.top), p.factor, p.b - p.a
      from part p where p.b > p.a order by p.seq;
end $$;
