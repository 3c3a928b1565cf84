-- Billing runs: what a month of the standards assigned comes to, and who is billed for it.

-- Every day of a month is the same part of it. 377580 is divided by 28, 29, 30 and 31, so that parts of months are whole numbers.
create function month_parts_of() returns numeric language sql immutable parallel safe as $$ select 377580::numeric $$;

-- 'quantity' and 'price' as in charge_line, 'pieces' as pieces_sum() gives them. By areas and units the quantity is that of the place; a
-- price that changed within the days is none, and billing_pieces() says what there was.
create type billing_part as (
  assignment_id uuid, standard_id uuid, place_id uuid, party_id uuid, from_on date, to_on date, amount bigint, code text, sentence text,
  quantity numeric, price numeric, pieces jsonb
);

-- What is to be billed of a month at these places, and what cannot be; nothing that was billed already. Of each assignment one
-- part for each customer who pays for some of it. Days are counted; the amount is rounded once, at its end.
--
-- How many places an array holds is not known when the query is planned: few are assumed, and lists of a thousand would be compared
-- each with each. So each table is read once by the array, by its index (a plan is kept while tables grow), and lists are joined by
-- their hashes. What was charged is sought one by one, in the order of the one index that has it, whatever is known of the table then.
-- An offset keeps what is before it from being reckoned once for each column that rests on it.
create function billing_parts(p_property int, p_month date, p_standards uuid[], p_places uuid[], p_run uuid) returns setof billing_part
language plpgsql stable rows 1000
set enable_nestloop = off set enable_mergejoin = off set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  y property;
  again constant boolean := exists (select from billing_run x where x.property_id = p_property and x.month = p_month and x.bills > 0
                                                                and x.id is distinct from p_run);
  scale numeric;
begin
  select * into y from property x where x.id = p_property;
  scale := 100000000 * month_parts_of() / 10 ^ currency_digits(y.currency);
  return query
    with kind as materialized ( -- what is charged for this month, and until when
      select s.id, s.basis, s.payer, s.rounding, s.round_to, least(s.closed_on, t.ends) as ends
        from standard s cross join lateral (select (p_month + cycle_months(s.cycle) * interval '1 month')::date as ends) t
       where s.property_id = p_property and s.basis in ('gross_area', 'usable_area', 'unit', 'fixed', 'formula')
         and (p_standards is null or s.id = any (p_standards)) and (extract(month from p_month)::int - 1) % cycle_months(s.cycle) = 0
    ), calendar as materialized ( -- its months, and how much of them a day is
      select m.begins, m.ends, m.ends - m.begins as days, 1000000 * month_parts_of() / (m.ends - m.begins) as weight
        from generate_series(p_month, (select max(k.ends) - 1 from kind k), interval '1 month') g (day)
       cross join lateral (select g.day::date as begins, (g.day + interval '1 month')::date as ends) m
    ), rate as materialized (
      select r.standard_id, r.rate, r.from_on, coalesce(r.to_on, 'infinity') as to_on, r.formula,
             case when r.formula is not null then formula_compile(r.formula, standard_names()) end as compiled
        from standard_rate r where r.property_id = p_property and r.replaced_at is null
    ), due as materialized (
      select a.id, a.place_id, a.party_id, a.rate, a.step_months, a.standard_id, greatest(a.from_on, p_month) as from_on, least(a.to_on, k.ends) as to_on
        from assignment a
        join kind k on k.id = a.standard_id
       where a.property_id = p_property and a.place_id = any (p_places) and a.cancelled_at is null
         and a.from_on < k.ends and p_month < k.ends and (a.to_on is null or a.to_on > p_month)
    ), step as materialized ( -- rents that rise
      select d.id, x.begins, x.ends, x.amount * ('1e-' || currency_digits(y.currency))::numeric as price
        from due d
        join kind k on k.id = d.standard_id
       cross join lateral rent_of(p_property, d.id, d.to_on, y.currency, k.rounding, k.round_to) x where d.step_months is not null
    ), held as materialized ( -- who holds the places then
      select o.place_id, o.party_id, o.slot, o.from_on, coalesce(o.to_on, 'infinity') as to_on
        from occupancy o
       where o.property_id = p_property and o.place_id = any (p_places) and o.slot <> '' and o.from_on < p_month + interval '12 months'
         and (o.to_on is null or o.to_on > p_month)
    ), charged as materialized ( -- what another run has billed of it already: a standard keeps its cycle, so that was for this month too
      select d.id, x.from_on, x.to_on
        from due d
       cross join lateral (
         select l.from_on, l.to_on from charge_line l
          where l.property_id = p_property and l.assignment_id = d.id and not l.cancelled and l.from_on >= p_month and l.from_on < d.to_on
          order by l.from_on) x
       where again
    ), turn as materialized ( -- the days on which the rate of a standard changes, or who holds a place
      select x.standard_id as id, t.day from rate x cross join lateral (values (x.from_on), (x.to_on)) t (day) where t.day > p_month and t.day < 'infinity'
      union all select h.place_id, h.from_on from held h where h.from_on > p_month
      union all select h.place_id, h.to_on from held h where h.to_on < 'infinity'
    ), change as materialized ( -- the days within on which something changes: a month, the rate, a step of the rent, the holder
      select d.id, m.begins as day from due d join calendar m on m.begins > d.from_on and m.begins < d.to_on
      union select d.id, t.day from due d join turn t on t.id = d.standard_id where t.day > d.from_on and t.day < d.to_on
      union select d.id, t.begins from due d join step t using (id) where t.begins > d.from_on and t.begins < d.to_on
      union select d.id, t.day from due d join turn t on t.id = d.place_id where t.day > d.from_on and t.day < d.to_on
    ), cut as ( -- at most places nothing does
      select d.*, d.from_on as day, d.to_on as next, true as whole from due d where d.id <> all (array(select c.id from change c))
      union all
      select d.*, c.day, lead(c.day, 1, d.to_on) over (partition by d.id order by c.day), false
        from (select c.id, c.day from change c union select d.id, d.from_on from due d where d.id = any (array(select c.id from change c))) c
        join due d using (id)
    ), priced as materialized (
      select c.id, c.standard_id, c.place_id, coalesce(c.party_id, lease.party_id, title.party_id) as pays, c.day, c.next, c.whole, m.days, k.rounding,
             k.round_to, k.basis = 'formula' as computed, r.formula is not null as ruled, r.compiled, l.gross_area_dm2, l.usable_area_dm2,
             case when c.step_months is null then coalesce(c.rate, r.rate) else t.price end as price, v.measure, m.weight * ((c.next - c.day) * v.measure) as part
        from cut c
        join kind k on k.id = c.standard_id
        join place l on l.property_id = p_property and l.id = c.place_id and l.id = any (p_places)
       cross join lateral (select case k.basis when 'gross_area' then l.gross_area_dm2 when 'usable_area' then l.usable_area_dm2 else 100 end as measure) v
        join calendar m on m.begins <= c.day and m.ends > c.day
        left join rate r on r.standard_id = c.standard_id and r.from_on <= c.day and r.to_on > c.day
        left join step t on t.id = c.id and t.begins <= c.day and t.ends > c.day
        left join held title on title.place_id = c.place_id and title.slot = 'title' and title.from_on <= c.day and title.to_on > c.day
        left join held lease on lease.place_id = c.place_id and lease.slot = 'lease' and lease.from_on <= c.day and lease.to_on > c.day
                            and k.payer = 'customer'
       where not exists (select from charged x where x.id = c.id and x.from_on <= c.day and x.to_on > c.day)
    ), valued as ( -- what has a formula, or several spans
      select p.*, p.price * p.part as value, null::ratio as exact, null as fault, null as why from priced p where not p.ruled and not p.whole
      union all
      select p.*, null, f.value, f.code, f.sentence
        from priced p
       cross join lateral formula_try(p.compiled, standard_names(),
                                      array[ratio(p.gross_area_dm2, 100), ratio(p.usable_area_dm2, 100), ratio(p.next - p.day), ratio(p.days)]) f
       where p.ruled
    ), summed as ( -- for each customer
      select p.id, p.standard_id, p.place_id, p.pays, p.day as from_on, p.next as to_on, p.rounding, p.round_to, p.computed, p.price * p.part as value,
             null::ratio as exact, null as fault, null as why, p.price is null as rateless, p.measure * 0.01 as quantity, p.price
        from priced p where not p.ruled and p.whole
      union all
      select v.id, v.standard_id, v.place_id, v.pays, min(v.day), max(v.next), v.rounding, v.round_to, v.computed,
             case when bool_and(v.value is not null) then sum(v.value) end, case when v.computed then ratio_sum(array_agg(v.exact)) end,
             min(v.fault), min(v.why), bool_or(v.price is null and not v.ruled), min(v.measure) * 0.01,
             case when min(v.price) = max(v.price) then min(v.price) end
        from valued v
       group by v.id, v.standard_id, v.place_id, v.pays, v.rounding, v.round_to, v.computed
    )
    select x.id, x.standard_id, x.place_id, x.pays, x.from_on, x.to_on, x.amount, (x.wrong).code, (x.wrong).sentence, x.quantity, x.price, null::jsonb
      from (select s.*, case when s.amount is null then billing_fault(s.pays is null, s.fault, s.why, s.rateless, not s.computed) end as wrong
              from (select u.*, case when u.pays is null then null
                                     when u.computed then ratio_minor(u.exact, y.currency, u.rounding, u.round_to)
                                     else billing_round(u.value, scale, u.rounding, u.round_to) end as amount from summed u offset 0) s) x;
end $$;

-- The steps of a rent up to a day; none where it falls below 0 or has too many: then it has no rate.
create function rent_of(p_property int, p_assignment uuid, p_to date, p_currency text, p_rule text, p_unit int)
returns table (begins date, ends date, amount bigint) language plpgsql stable rows 5 as $$
declare
  a assignment;
begin
  select * into a from assignment x where x.property_id = p_property and x.id = p_assignment;
  return query
    select s.begins, s.ends, s.amount
      from rent_steps((a.rate * ('1e' || currency_digits(p_currency))::numeric)::bigint, a.from_on, p_to, a.step_months, a.step_percent, a.step_amount,
                      p_rule, p_unit) s;
exception when sqlstate 'STINV' then
  return;
end $$;

-- Why something cannot be billed, the first of the reasons; null where it can.
create type billing_why as (code text, sentence text);
create function billing_fault(p_nobody boolean, p_fault text, p_why text, p_rateless boolean, p_arealess boolean) returns billing_why
language plpgsql immutable as $$
begin
  return case when p_nobody then row('NO_PAYER', 'nobody holds the place then, so nobody can be billed')::billing_why
              when p_fault is not null then row(p_fault, p_why)::billing_why
              when p_rateless then row('NO_RATE', 'the standard has no rate then')::billing_why
              when p_arealess then row('NO_AREA', 'the place has no area of this kind')::billing_why end;
end $$;

-- The sum of exact numbers; null if one is missing.
create function ratio_sum(p ratio[]) returns ratio language plpgsql immutable parallel safe as $$
declare
  total ratio := ratio(0);
  x ratio;
begin
  foreach x in array p loop
    total := ratio_add(total, x);
  end loop;
  return total;
end $$;

-- To whole minor units, in integers: half up, up or down, to 1, 10 or 100 of them. In SQL, so that it becomes part of the statement that asks.
create function billing_round(p_value numeric, p_scale numeric, p_rule text, p_unit int) returns bigint language sql immutable parallel safe as $$
  select (p_unit * case p_rule when 'down' then div(p_value, p_scale * p_unit) when 'up' then div(p_value + p_scale * p_unit - 1, p_scale * p_unit)
                               else div(2 * p_value + p_scale * p_unit, 2 * p_scale * p_unit) end)::bigint
$$;

-- Numbers of a series for many documents at once: the first of them.
create function next_numbers(p_property int, p_series text, p_n int) returns bigint language plpgsql volatile as $$
declare
  n bigint;
begin
  insert into counter as c (property_id, series, value) values (p_property, p_series, 1000 + p_n)
  on conflict (property_id, series) do update set value = c.value + p_n returning c.value into n;
  return n - p_n + 1;
end $$;

create view run_card with (security_invoker = true) as
select r.id, r.property_id, y.code as property, r.number, to_char(r.month, 'YYYY-MM') as month, r.state, r.issued_on::text as issued, r.due_on::text as due,
       r.places, r.places_done, r.bills, r.lines, r.amount as amount_minor, y.currency, r.exceptions,
       (select u.login from app_user u where u.id = r.user_id) as by, ts(r.at, y.zone) as at, ts(r.ended_at, y.zone) as ended_at, r.version,
       (extract(epoch from r.at) * 1000000)::bigint || '~' || r.id as cursor
  from billing_run r join property y on y.id = r.property_id;
create function run_card(p_property int, p_id uuid) returns setof run_card language plpgsql volatile rows 1 as
$$ begin return query select * from run_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on run_card to steward_app;

-- Places with something assigned, in the order of a run.
create function billing_places(p_property int, p_standards uuid[]) returns uuid[] language plpgsql stable set enable_nestloop = off as $$
begin
  return array(select p.id from place p
                where p.property_id = p_property
                  and exists (select from assignment a
                               where a.property_id = p_property and a.place_id = p.id and a.cancelled_at is null
                                 and (p_standards is null or a.standard_id = any (p_standards)))
                order by p.sort_key, p.id);
end $$;

-- Begins a run, with its places in lots of a thousand; the daemon works them off.
create function billing_begin(p_property int, p_key uuid, p_user uuid, p_month text, p_codes text[], p_due text) returns uuid language plpgsql volatile as $$
declare
  y property;
  m constant date := to_month(p_month, 'month');
  at date;
  wanted uuid[];
  places uuid[];
begin
  select * into y from property x where x.id = p_property;
  at := posting_day(y, null);
  if coalesce(cardinality(p_codes), 0) > 0 then
    wanted := array(select (standard_of(p_property, c)).id from unnest(p_codes) c);
  end if;
  places := billing_places(p_property, wanted);
  if cardinality(places) = 0 then
    perform refuse('STPRE', 'NOTHING_ASSIGNED', 'month', 'no standard is assigned to any place: `standard assign` does that');
  end if;
  insert into billing_run (property_id, id, number, month, standards, issued_on, due_on, places, user_id)
  values (p_property, p_key, 'BR-' || next_number(p_property, 'BR'), m, wanted, at, coalesce(to_day(p_due, 'due'), at + 14), cardinality(places), p_user);
  insert into billing_lot (property_id, run_id, nth, places)
  select p_property, p_key, n, places[(n - 1) * 1000 + 1 : n * 1000] from generate_series(1, (cardinality(places) + 999) / 1000) n;
  return p_key;
end $$;

-- One step of a run, a lot of places: bills, lines, one entry, and the list of what could not be billed; all or nothing. Gives the run
-- as it is then.
create function billing_step(r billing_run, p_places uuid[]) returns billing_run language plpgsql volatile as $$
declare
  at constant date := greatest(r.issued_on, ledger_day(r.property_id, r.issued_on));
  parts billing_part[];
  made record;
  wrong int;
begin
  perform billing_meters_hold(r.property_id, r.standards, p_places);
  parts := billing_found(r.property_id, r.month, r.standards, p_places, r.id);
  perform ledger_hold(r.property_id);
  insert into billing_exception (property_id, run_id, assignment_id, from_on, to_on, code, sentence)
  select r.property_id, r.id, x.assignment_id, x.from_on, x.to_on, x.code, x.sentence from unnest(parts) x where x.code is not null;
  get diagnostics wrong = row_count;
  made := billing_write(r, at, p_places, parts);
  perform billing_meters_note(r, parts);
  update billing_run x
     set places_done = x.places_done + cardinality(p_places), bills = x.bills + made.bills, lines = x.lines + made.lines, amount = x.amount + made.amount,
         exceptions = x.exceptions + wrong
   where x.property_id = r.property_id and x.id = r.id returning x.* into r;
  return r;
end $$;

-- Notes the products that lines are the sum of, of parts that are no product themselves.
create function billing_pieces_add(p_property int, p_parts billing_part[]) returns void language plpgsql volatile as $$
begin
  if cardinality(p_parts) > 0 then
    perform charge_pieces_add(p_property, l.id, coalesce(x.pieces, billing_pieces(x, p_property)))
       from unnest(p_parts) x
       join standard s on s.property_id = p_property and s.id = x.standard_id and s.basis <> 'formula'
      cross join lateral (select l.id from charge_line l
                           where l.property_id = p_property and l.assignment_id = x.assignment_id and l.from_on = x.from_on and not l.cancelled offset 0) l;
  end if;
end $$;

-- Writes the bills of a step: one for each customer at each place, in the order of the places.
create function billing_write(r billing_run, p_on date, p_places uuid[], p_parts billing_part[], out bills int, out lines int, out amount bigint)
language plpgsql volatile set enable_nestloop = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
declare
  claims bill_claim[];
  made record;
begin
  claims := array(
    select row(p.o, x.place_id, x.party_id, k.item_id, k.name, x.from_on, x.to_on, x.amount, null, null, x.assignment_id,
               case when x.price is not null then x.quantity end, k.unit, x.price, k.per)::bill_claim
      from unnest(p_parts) x
      join (select s.id, s.item_id, s.name, u.unit, u.per from standard s cross join lateral standard_unit(s) u
             where s.property_id = r.property_id and s.id = any (array(select distinct y.standard_id from unnest(p_parts) y)) offset 0) k on k.id = x.standard_id
      join unnest(p_places) with ordinality p (id, o) on p.id = x.place_id
     where x.amount > 0);
  made := bills_post(r.property_id, uuid7(), 'billing', p_on, greatest(r.due_on, p_on), r.user_id, r.id,
                     format('Run %s, %s', r.number, to_char(r.month, 'YYYY-MM')), 'billing_run', r.id, claims);
  perform billing_pieces_add(r.property_id, array(select x from unnest(p_parts) x where x.amount > 0 and x.price is null));
  bills := made.bills;
  lines := made.lines;
  amount := made.amount;
end $$;

-- The prices of a month that a part was reckoned by where they changed within its days, each for its days.
create function billing_pieces(p billing_part, p_property int) returns jsonb language plpgsql stable as $$
declare
  currency constant text := (select y.currency from property y where y.id = p_property);
begin
  return (select jsonb_agg(piece(x.from_on, x.to_on, p.quantity, x.price) order by x.from_on)
            from assignment a
            join standard s on s.property_id = a.property_id and s.id = a.standard_id
           cross join lateral (
             select greatest(r.from_on, p.from_on) as from_on, least(r.to_on, p.to_on) as to_on, r.rate as price
               from standard_rate r
              where a.step_months is null and r.property_id = a.property_id and r.standard_id = s.id and r.replaced_at is null
                and r.from_on < p.to_on and (r.to_on is null or r.to_on > p.from_on)
             union all
             select greatest(t.begins, p.from_on), least(t.ends, p.to_on), t.amount * ('1e-' || currency_digits(currency))::numeric
               from rent_of(p_property, a.id, p.to_on, currency, s.rounding, s.round_to) t
              where a.step_months is not null and t.begins < p.to_on and t.ends > p.from_on) x
           where a.property_id = p_property and a.id = p.assignment_id);
end $$;

-- Where a run is under way.
create function billing_due() returns table (property_id int)
language sql stable security definer set search_path = steward_code, steward, pg_temp as
$$ select r.property_id from billing_run r where r.state = 'running' $$;

-- What the daemon does by its own clock: a step of a run that is under way here, if nobody else is at it. It is over with its last lot.
create function billing_tick(p_property int, out done int, out more boolean) language plpgsql volatile as $$
declare
  r billing_run;
  t billing_lot;
begin
  done := 0;
  more := false;
  select * into r from billing_run x where x.property_id = p_property and x.state = 'running' for update skip locked;
  if r.id is null then
    return;
  end if;
  delete from billing_lot x
   where x.property_id = p_property and x.run_id = r.id and x.nth = (select min(y.nth) from billing_lot y where y.property_id = p_property and y.run_id = r.id)
  returning x.* into t;
  if t.nth is not null then
    r := billing_step(r, t.places);
  end if;
  more := exists (select from billing_lot x where x.property_id = p_property and x.run_id = r.id);
  update billing_run x
     set state = case when more then 'running' else 'done' end, ended_at = case when not more then clock_timestamp() end, version = x.version + 1
   where x.property_id = p_property and x.id = r.id returning x.* into r;
  perform feed_note(p_property, 'billing_run', r.id, r.version, r.number, 'billing.Tick');
  done := 1;
end $$;

create function run_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id from number_key('billing_run', p_scope, p_ref, 'there is no billing run', 'RUN', 'run') k;
end $$;

-- To cancel a run takes two: every bill of it is credited, what had been paid becomes the customers' advance.
create function billing_cancel(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_reason text) returns table (property_id int, id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := run_key(p_scope, p_ref);
  r billing_run;
begin
  select * into r from billing_run x where x.property_id = k.property_id and x.id = k.id for update;
  if r.state <> 'done' then
    perform refuse('STPRE', 'RUN_STATE', 'run', format('%s is %s', r.number, r.state));
  end if;
  property_id := r.property_id;
  id := approval_ask(r.property_id, p_key, 'billing_cancel', r.id, r.number, r.amount, p_reason, p_user);
  return next;
end $$;

create function billing_cancel_approved(a approval, p_key uuid, p_user uuid) returns void language plpgsql volatile as $$
declare
  b bill;
  r billing_run;
begin
  for b in select * from bill x where x.property_id = a.property_id and x.run_id = a.entity_id
              and exists (select from charge_line l where l.property_id = x.property_id and l.bill_id = x.id and not l.cancelled) order by x.number loop
    perform credit_post(b, uuid7(), null, null, a.reason, a.asked_by);
  end loop;
  update billing_run x set state = 'cancelled', version = x.version + 1 where x.property_id = a.property_id and x.id = a.entity_id returning x.* into r;
  perform feed_also(r.property_id, 'billing_run', r.id, r.version, r.number);
end $$;

-- What a run would come to: by standard, and why something could not be billed.
create function billing_all(p_property int, p_month text, p_codes text[]) returns setof billing_part language plpgsql stable rows 1000 as $$
declare
  m constant date := to_month(p_month, 'month');
  wanted constant uuid[] := case when coalesce(cardinality(p_codes), 0) > 0 then array(select (standard_of(p_property, c)).id from unnest(p_codes) c) end;
begin
  return query
    select x.* from unnest(billing_found(p_property, m, wanted, billing_places(p_property, wanted), null)) x;
end $$;

create function billing_preview(p_property int, p_month text, p_codes text[])
returns table (standard text, item text, lines int, amount_minor bigint, smallest_minor bigint, largest_minor bigint, exceptions int, why text, currency text)
language plpgsql stable rows 20 as $$
begin
  return query
    select s.code, i.code, count(*) filter (where x.amount > 0)::int, coalesce(sum(x.amount), 0)::bigint,
           min(x.amount) filter (where x.amount > 0), max(x.amount), count(x.code)::int, min(x.sentence), y.currency
      from billing_all(p_property, p_month, p_codes) x
      join standard s on s.property_id = p_property and s.id = x.standard_id
      join charge_item i on i.property_id = p_property and i.id = s.item_id
      join property y on y.id = p_property
     group by s.code, i.code, y.currency order by s.code;
end $$;

-- Twenty lines of a run, spread over all of it.
create function billing_samples(p_property int, p_month text, p_codes text[])
returns table (place text, standard text, party text, "from" text, "to" text, amount_minor bigint, currency text) language plpgsql stable rows 20 as $$
begin
  return query
    with line as (
      select x.*, l.number, row_number() over (order by l.sort_key, x.standard_id, x.from_on) as o, count(*) over () as n
        from billing_all(p_property, p_month, p_codes) x join place l on l.property_id = p_property and l.id = x.place_id
       where x.amount > 0
    )
    select x.number, s.code, p.name, x.from_on::text, (x.to_on - 1)::text, x.amount, y.currency
      from line x
      join standard s on s.property_id = p_property and s.id = x.standard_id
      join party p on p.property_id = p_property and p.id = x.party_id
      join property y on y.id = p_property
     where (x.o - 1) % greatest(x.n / 20, 1) = 0
     order by x.o limit 20;
end $$;
