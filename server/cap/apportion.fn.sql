-- Apportionments: a total is shared out over the places of a pool, and billed.

create view apportionment_card with (security_invoker = true) as
select a.id, a.property_id, y.code as property, a.number, q.code as pool, q.name, i.code as item, a.from_on::text as "from",
       (a.to_on - 1)::text as "to", a.source, trim_scale(a.usage)::text as usage, trim_scale(a.rate)::text as rate, a.formula,
       a.total as total_minor, y.currency, a.basis, a.payer, a.vacant, trim_scale(a.weight)::text as weight, a.places, a.bills,
       a.billed as billed_minor, a.own as own_minor, a.total - a.billed - a.own as unbilled_minor, a.exceptions, a.state,
       a.issued_on::text as issued, a.due_on::text as due, (select u.login from app_user u where u.id = a.user_id) as by, ts(a.at, y.zone) as at,
       a.version, (extract(epoch from a.at) * 1000000)::bigint || '~' || a.id as cursor
  from apportionment a
  join property y on y.id = a.property_id
  join pool q on q.property_id = a.property_id and q.id = a.pool_id
  join charge_item i on i.property_id = q.property_id and i.id = q.item_id;
create function apportionment_card(p_property int, p_id uuid) returns setof apportionment_card language plpgsql volatile rows 1 as
$$ begin return query select * from apportionment_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on apportionment_card to steward_app;

create function apportionment_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id
    from number_key('apportionment', p_scope, p_ref, 'there is no apportionment', 'APPORTIONMENT', 'run') k;
end $$;

-- The whole ----------------------------------------------------------------------------------------------------------------

-- What a meter counted in a period. Usage that is only guessed, because nothing was read since, is not shared out.
create function pool_meter_usage(p_property int, p_meter uuid, p_from date, p_to date, out usage numeric, out estimated boolean)
language plpgsql stable as $$
declare
  u constant record := meter_usage(p_property, p_meter, p_from, p_to);
  n constant text := (select m.number from meter m where m.property_id = p_property and m.id = p_meter);
begin
  if u.usage is null then
    perform refuse('STPRE', u.code, 'code', u.sentence);
  elsif u.assumed then
    perform refuse('STPRE', 'NO_READING', 'code', format('meter %s was not read since %s began: read it first', n, p_to));
  end if;
  usage := u.usage;
  estimated := u.estimated;
end $$;

-- What the meters of a pool counted, one after the other; those behind a meter of which the rest is shared count against it.
create function pool_usage(q pool, p_from date, p_to date) returns table (meter_id uuid, behind boolean, usage numeric, estimated boolean)
language plpgsql stable rows 10 as $$
#variable_conflict use_column
begin
  return query
    with counted as (
      select m.meter_id, 1 as sign from pool_meter m where m.property_id = q.property_id and m.pool_id = q.id and m.left_at is null
      union all
      select b.id, -1 from pool_meter m join meter b on b.property_id = m.property_id and b.master_id = m.meter_id
       where m.property_id = q.property_id and m.pool_id = q.id and m.left_at is null and m.rest
         and (b.removed_on is null or b.removed_on > p_from) and b.installed_on < p_to
    )
    select c.meter_id, c.sign < 0, u.usage, u.estimated
      from (select c.meter_id, sum(c.sign)::int as sign from counted c group by c.meter_id) c
     cross join lateral pool_meter_usage(q.property_id, c.meter_id, p_from, p_to) u
     where c.sign <> 0;
end $$;

-- The total of a pool: typed in, or usage (typed in, or of meters) times what a unit costs.
create function pool_total(q pool, p_from date, p_to date, p_amount bigint, p_usage text, out amount bigint, out usage numeric)
language plpgsql stable as $$
declare
  unwanted constant text := case when p_amount is not null and q.source <> 'amount' then 'amount_minor'
                                 when p_usage is not null and q.source <> 'usage' then 'usage' end;
begin
  if unwanted is not null then
    perform refuse('STINV', 'POOL_SOURCE', unwanted, format('%s is shared out by %s: %s', q.code, q.source,
                   case q.source when 'amount' then 'say the amount' when 'usage' then 'say the usage' else 'its meters say it' end));
  elsif q.source = 'amount' and p_amount is null then
    perform refuse('STINV', 'REQUIRED', 'amount_minor', format('say what is to be shared out over %s', q.code));
  elsif q.source = 'usage' and p_usage is null then
    perform refuse('STINV', 'REQUIRED', 'usage', format('say what was used for %s', q.code));
  elsif q.source = 'usage' and norm(p_usage) !~ '^\d{1,10}(\.\d{1,6})?$' then
    perform refuse('STINV', 'NUMBER', 'usage', format('%s is no usage: write 3029 or 20.5', quote_literal(p_usage)));
  end if;
  usage := case q.source when 'usage' then norm(p_usage)::numeric
                         when 'meter' then (select sum(case when u.behind then -u.usage else u.usage end) from pool_usage(q, p_from, p_to) u) end;
  if usage < 0 then
    perform refuse('STPRE', 'USAGE_NEGATIVE', 'code',
                   format('the meters behind count %s more than the meter of %s: look at their readings', -usage, q.code));
  end if;
  amount := coalesce(p_amount, pool_price_of(q, usage, p_to - p_from));
  if amount <= 0 then
    perform refuse('STPRE', 'NOTHING_TO_SHARE', case q.source when 'amount' then 'amount_minor' when 'usage' then 'usage' else 'code' end,
                   format('%s comes to nothing then: there is nothing to share out', q.code));
  end if;
end $$;

-- What so much usage costs, half up. A formula that fails refuses, it never gives 0.
create function pool_price_of(q pool, p_usage numeric, p_days int) returns bigint language plpgsql stable as $$
declare
  currency constant text := (select y.currency from property y where y.id = q.property_id);
  f record;
begin
  if q.formula is null then
    return ratio_minor(ratio(p_usage * q.rate), currency);
  end if;
  f := formula_try(formula_compile(q.formula, pool_names()), pool_names(), array[ratio(p_usage), ratio(p_days)]);
  if f.code is not null then
    perform refuse('STPRE', f.code, 'code', f.sentence);
  end if;
  return ratio_minor(f.value, currency);
end $$;

-- The period meant: a month, or from a day to the last day.
create function pool_period(p_month text, p_from text, p_to text, out from_on date, out to_on date) language plpgsql immutable as $$
begin
  if (p_month is null) = (p_from is null) or (p_from is null) <> (p_to is null) then
    perform refuse('STINV', 'PERIOD', case when p_month is not null or p_from is null then 'month' else 'to' end,
                   'say a month, such as 2026-11, or the first and the last day');
  end if;
  from_on := coalesce(to_month(p_month, 'month'), to_day(p_from, 'from'));
  to_on := case when p_month is null then to_day(p_to, 'to') + 1 else from_on + interval '1 month' end;
  perform period_check(from_on, to_on);
  if from_on = to_on then
    perform refuse('STINV', 'PERIOD', 'to', 'the last day lies before the first');
  end if;
end $$;

-- The parts ----------------------------------------------------------------------------------------------------------------

-- Part of a plan: a span of days of a place in which nothing changes that matters. See table apportionment_part.
create type apportion_part as (
  line int, place_id uuid, party_id uuid, from_on date, to_on date, vacant boolean, bearer text, measure numeric, weight numeric, amount bigint,
  note text, code text, sentence text
);

-- The spans of all places of a pool, cut where the holder, the vacancy or what is measured changes; without amounts. What cannot
-- be measured, and who cannot be billed, has a code.
create function apportion_spans(q pool, p_from date, p_to date) returns setof apportion_part language plpgsql stable rows 1000 as $$
begin
  return query
    with member as materialized (
      select m.*, least(m.ends, p_to) as last from pool_members(q, p_from) m
    ), known as materialized (
      select k.place_id, k.kind, k.value, k.from_on, k.to_on from place_measure k
       where k.property_id = q.property_id and k.kind in ('vacant', q.basis) and k.replaced_at is null
         and k.from_on < p_to and (k.to_on is null or k.to_on > p_from)
    ), held as materialized (
      select o.place_id, o.slot, o.party_id, o.from_on, o.to_on
        from occupancy o join member m on m.place_id = o.place_id
       where o.property_id = q.property_id and o.slot <> '' and o.from_on < p_to and (o.to_on is null or o.to_on > p_from)
    ), change as (
      select m.place_id, p_from as day from member m
      union
      select m.place_id, d.day
        from member m
        join (select h.place_id, x.day from held h cross join lateral (values (h.from_on), (h.to_on)) x (day)
              union all
              select k.place_id, x.day from known k cross join lateral (values (k.from_on), (k.to_on)) x (day)) d on d.place_id = m.place_id
       where d.day > p_from and d.day < m.last
    ), cut as (
      select m.*, c.day, lead(c.day, 1, m.last) over (partition by c.place_id order by c.day) as next
        from change c join member m on m.place_id = c.place_id
    ), seen as (
      select c.*, lease.party_id as tenant, title.party_id as owner,
             lease.party_id is null and (title.party_id is null or q.vacancy = 'unlet' or coalesce(empty.value, 0) = 1) as vacant,
             case when c.own = 0 then 0
                  else case q.basis when 'gross_area' then nullif(c.gross_area_dm2, 0) * 0.01
                                    when 'usable_area' then nullif(c.usable_area_dm2, 0) * 0.01
                                    when 'unit' then 1 when 'key' then c.own else k.value end end as measure
        from cut c
        left join held lease on lease.place_id = c.place_id and lease.slot = 'lease' and lease.from_on <= c.day
                            and (lease.to_on is null or lease.to_on > c.day)
        left join held title on title.place_id = c.place_id and title.slot = 'title' and title.from_on <= c.day
                            and (title.to_on is null or title.to_on > c.day)
        left join known empty on empty.place_id = c.place_id and empty.kind = 'vacant' and empty.from_on <= c.day
                             and (empty.to_on is null or empty.to_on > c.day)
        left join known k on k.place_id = c.place_id and k.kind = q.basis and k.from_on <= c.day and (k.to_on is null or k.to_on > c.day)
    ), borne as (
      select s.*, b.bearer, case b.bearer when 'customer' then coalesce(s.tenant, s.owner) when 'owner' then s.owner end as pays
        from seen s cross join lateral (select case when s.vacant then q.vacant else q.payer end as bearer) b
    ), island as ( -- what follows on itself is one span
      select b.*, row_number() over (partition by b.place_id order by b.day)
                  - row_number() over (partition by b.place_id, b.pays, b.vacant, b.bearer, b.measure order by b.day) as run
        from borne b
    ), span as (
      select i.place_id, i.sort_key, i.pays, min(i.day) as from_on, max(i.next) as to_on, i.vacant, i.bearer, i.measure, i.reason,
             case when i.bearer = 'others' then 0 else i.measure * sum(i.next - i.day) end as weight
        from island i group by i.place_id, i.sort_key, i.pays, i.vacant, i.bearer, i.measure, i.run, i.reason
    )
    select (row_number() over (order by s.sort_key, s.place_id, s.from_on))::int, s.place_id, s.pays, s.from_on, s.to_on, s.vacant, s.bearer, s.measure,
           s.weight, null::bigint, s.reason, (apportion_fault(q.basis, s.weight, s.bearer, s.pays)).*
      from span s;
end $$;

-- Why a span cannot be shared out, or billed; null where it can.
create function apportion_fault(p_basis text, p_weight numeric, p_bearer text, p_pays uuid, out code text, out sentence text)
language plpgsql immutable as $$
begin
  if p_weight is null then
    code := case p_basis when 'people' then 'NO_PEOPLE' when 'share' then 'NO_SHARE' when 'key' then 'NO_KEY' else 'NO_AREA' end;
    sentence := case p_basis when 'people' then 'nobody said how many people live there: `measure set` does'
                             when 'share' then 'its share is not known: `measure set` says it'
                             when 'key' then 'it has no weight: `pool weigh` says it'
                             else format('it has no %s: `place edit` says it', replace(p_basis, '_', ' ')) end;
  elsif p_bearer in ('customer', 'owner') and p_pays is null and p_weight > 0 then
    code := 'NO_PAYER';
    sentence := case p_bearer when 'owner' then 'nobody owns it then, so nobody can be billed' else 'nobody holds it then, so nobody can be billed' end;
  end if;
end $$;

-- A total shared out over a pool. Places get their parts first, so that who holds a place when changes nothing for the others;
-- then the part of a place is shared out over its spans. Where something cannot be measured nobody has an amount: what is missing
-- would be paid by the others. Refuses weights that are all 0.
create function apportion_plan(q pool, p_from date, p_to date, p_total bigint) returns setof apportion_part language plpgsql stable rows 1000 as $$
declare
  spans constant apportion_part[] := array(select s from apportion_spans(q, p_from, p_to) s order by s.line);
begin
  if cardinality(spans) = 0 then
    perform refuse('STPRE', 'NO_PLACE', 'code', format('%s has no places', q.code));
  elsif exists (select from unnest(spans) s where s.weight is null) then
    return query select s.* from unnest(spans) s order by s.line;
    return;
  end if;
  return query
    with place as (
      select s.place_id, sum(s.weight) as weight, count(*) as spans, row_number() over (order by min(s.line)) as o from unnest(spans) s group by s.place_id
    ), shared as (
      select p.place_id, p.weight, p.spans, r.part
        from (select array_agg(p.weight order by p.o) as weights from place p) w
       cross join lateral split_rows(p_total, w.weights, 'code') r
        join place p on p.o = r.place
    ), several as (
      select s.place_id, h.part, array_agg(s.weight order by s.line) as weights, array_agg(s.line order by s.line) as lines
        from unnest(spans) s join shared h on h.place_id = s.place_id where h.spans > 1 and h.weight > 0 group by s.place_id, h.part
    ), part as (
      select v.lines[r.place] as line, r.part from several v cross join lateral split_rows(v.part, v.weights) r
    )
    select s.line, s.place_id, s.party_id, s.from_on, s.to_on, s.vacant, s.bearer, s.measure, s.weight, x.amount, s.note,
           case when x.amount > 0 then s.code end, case when x.amount > 0 then s.sentence end
      from unnest(spans) s
      join shared h on h.place_id = s.place_id
      left join part p on p.line = s.line
     cross join lateral (select case when h.spans = 1 then h.part else coalesce(p.part, 0) end as amount) x
     order by s.line;
end $$;

-- Doing it -----------------------------------------------------------------------------------------------------------------

-- Refuses what is not to be shared out: a pool that is closed, a period that was.
create function apportion_check(q pool, p_from date, p_to date) returns void language plpgsql stable as $$
declare
  there apportionment;
begin
  select * into there from apportionment a
   where a.property_id = q.property_id and a.pool_id = q.id and a.state = 'done' and daterange(a.from_on, a.to_on) && daterange(p_from, p_to)
   order by a.from_on limit 1;
  if there.id is not null then
    perform refuse('STPRE', 'SHARED_OUT', 'month', format('%s was shared out from %s to %s already, as %s; `apportion cancel %4$s` takes that back', q.code,
                                                         there.from_on, there.to_on - 1, there.number));
  elsif q.closed_on < p_to then
    perform refuse('STPRE', 'POOL_CLOSED', 'code', format('%s is closed since %s', q.code, q.closed_on));
  end if;
end $$;

-- Shares out a total and bills it. Refuses where a place cannot be measured, naming the first.
create function apportion_run(p_property int, p_key uuid, p_user uuid, p_code text, p_month text, p_from text, p_to text, p_amount bigint, p_usage text,
                              p_due text) returns uuid language plpgsql volatile as $$
declare
  q pool;
  d constant record := pool_period(p_month, p_from, p_to);
  at constant date := (select posting_day(y, null) from property y where y.id = p_property);
  due constant date := coalesce(to_day(p_due, 'due'), at + 14);
  whole record;
  parts apportion_part[];
begin
  perform pg_advisory_xact_lock(p_property, hashtext('pool ' || upper(btrim(p_code))));
  q := pool_of(p_property, p_code);
  perform apportion_check(q, d.from_on, d.to_on);
  if due < at then
    perform refuse('STINV', 'DUE_BEFORE', 'due', 'lies before the day of the bills');
  end if;
  whole := pool_total(q, d.from_on, d.to_on, p_amount, p_usage);
  parts := array(select x from apportion_plan(q, d.from_on, d.to_on, whole.amount) x order by x.line);
  perform refuse('STPRE', x.code, 'code', format('%s: %s%s', l.number, x.sentence, case when x.n > 1 then format(
                 ' (and %s more; `apportion preview` lists them)', x.n - 1) else '' end))
     from (select x.*, count(*) over () as n from unnest(parts) x where x.weight is null order by x.line limit 1) x
     join place l on l.property_id = p_property and l.id = x.place_id;
  perform ledger_hold(p_property);
  insert into apportionment (property_id, id, number, pool_id, from_on, to_on, source, usage, rate, formula, total, basis, payer, vacant, weight, places,
                             own, exceptions, billed, bills, issued_on, due_on, user_id)
  select p_property, p_key, 'AP-' || next_number(p_property, 'AP'), q.id, d.from_on, d.to_on, q.source, whole.usage, q.rate, q.formula, whole.amount,
         q.basis, q.payer, q.vacant, s.weight, s.places, s.own, s.exceptions, s.billed, s.bills, at, due, p_user
    from apportion_sums(parts) s;
  if q.source = 'meter' then
    perform apportion_meters(q, p_key, d.from_on, d.to_on, p_user, whole.usage);
  end if;
  insert into apportionment_part (property_id, apportionment_id, line, id, place_id, party_id, from_on, to_on, vacant, bearer, measure, weight, amount,
                                  note, code, sentence)
  select p_property, p_key, x.line, gen_random_uuid(), x.place_id, x.party_id, x.from_on, x.to_on, x.vacant, x.bearer, x.measure, x.weight, x.amount,
         x.note, x.code, x.sentence
    from unnest(parts) x;
  perform apportion_bills(p_property, p_key, p_key, at, due, p_user, array(select x.line from unnest(parts) x where x.amount > 0 and x.party_id is not null));
  return p_key;
end $$;

-- Keeps what the meters counted, and holds their readings to it: what is read later changes nothing of it.
create function apportion_meters(q pool, p_id uuid, p_from date, p_to date, p_user uuid, p_usage numeric) returns void language plpgsql volatile as $$
declare
  m apportionment_meter;
  held numeric := 0;
begin
  insert into apportionment_meter (property_id, apportionment_id, meter_id, behind, usage, estimated)
  select q.property_id, p_id, u.meter_id, u.behind, u.usage, u.estimated from pool_usage(q, p_from, p_to) u;
  for m in select * from apportionment_meter x where x.property_id = q.property_id and x.apportionment_id = p_id order by x.meter_id loop
    held := held + case when m.behind then -1 else 1 end
                   * meter_charge_add(q.property_id, m.meter_id, p_from, p_to, p_from, p_to, p_user, 'apportionment', p_id);
  end loop;
  if held <> p_usage then
    perform refuse('STPRE', 'CHANGED_MEANWHILE', 'code', format('the meters of %s count %s now, not %s: look at their readings', q.code, held, p_usage));
  end if;
end $$;

-- What a plan comes to.
create function apportion_sums(p_parts apportion_part[], out weight numeric, out places int, out own bigint, out exceptions int, out billed bigint,
                               out bills int) language plpgsql immutable as $$
begin
  select sum(x.weight), count(distinct x.place_id), coalesce(sum(x.amount) filter (where x.bearer = 'property'), 0),
         count(x.code), coalesce(sum(x.amount) filter (where x.party_id is not null), 0),
         count(distinct (x.place_id, x.party_id)) filter (where x.party_id is not null and x.amount > 0)
    into weight, places, own, exceptions, billed, bills
    from unnest(p_parts) x;
end $$;

-- Bills these parts of an apportionment, in one entry.
create function apportion_bills(p_property int, p_id uuid, p_journal uuid, p_on date, p_due date, p_user uuid, p_lines int[]) returns void
language plpgsql volatile as $$
declare
  a apportionment;
  q pool;
  claims bill_claim[];
begin
  select * into a from apportionment x where x.property_id = p_property and x.id = p_id;
  select * into q from pool x where x.property_id = p_property and x.id = a.pool_id;
  claims := array(
    select row(dense_rank() over (order by l.sort_key, l.id), x.place_id, x.party_id, q.item_id, q.name, x.from_on, x.to_on, x.amount,
               'apportionment_part', x.id, null, null, null, null, null)::bill_claim
      from apportionment_part x
      join unnest(p_lines) b (line) on b.line = x.line
      join place l on l.property_id = x.property_id and l.id = x.place_id
     where x.property_id = p_property and x.apportionment_id = p_id);
  perform bills_post(p_property, p_journal, 'apportionment', p_on, p_due, p_user, null, format('%s, %s', a.number, q.name), 'apportionment', a.id, claims);
end $$;

-- Bills what nobody could be billed for when it was shared out, now that it is known who held the place.
create function apportion_bill(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_due text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := apportionment_key(p_scope, p_ref);
  at constant date := (select posting_day(y, null) from property y where y.id = k.property_id);
  due constant date := coalesce(to_day(p_due, 'due'), at + 14);
  a apportionment;
  lines int[];
begin
  perform ledger_hold(k.property_id);
  select * into a from apportionment x where x.property_id = k.property_id and x.id = k.id for update;
  if a.state <> 'done' or a.exceptions = 0 then
    perform refuse('STPRE', 'NOTHING_TO_BILL', 'run', case a.state when 'done' then format('all of %s is billed', a.number)
                                                                   else format('%s is %s', a.number, a.state) end);
  end if;
  with now as (
    select x.line, array_agg(distinct payer_of(x.property_id, x.place_id, d.day::date, x.bearer)) as payers
      from apportionment_part x cross join lateral generate_series(x.from_on, x.to_on - 1, interval '1 day') d (day)
     where x.property_id = a.property_id and x.apportionment_id = a.id and x.code is not null group by x.line
  ), billed as (
    update apportionment_part x set party_id = n.payers[1], code = null, sentence = null
      from now n
     where x.property_id = a.property_id and x.apportionment_id = a.id and x.line = n.line and cardinality(n.payers) = 1 and n.payers[1] is not null
    returning x.line
  )
  select array_agg(b.line) into lines from billed b;
  if lines is null then
    perform refuse('STPRE', 'NO_PAYER', 'run', format('of none of the %s spans of %s it is known who held the place all the time; `apportion show` lists them',
                                                     a.exceptions, a.number));
  end if;
  perform apportion_bills(a.property_id, a.id, p_key, at, due, p_user, lines);
  update apportionment x
     set billed = x.billed + s.amount, bills = x.bills + s.bills, exceptions = x.exceptions - cardinality(lines), version = x.version + 1
    from (select sum(p.amount)::bigint as amount, count(distinct (p.place_id, p.party_id))::int as bills from apportionment_part p
           where p.property_id = a.property_id and p.apportionment_id = a.id and p.line = any (lines)) s
   where x.property_id = a.property_id and x.id = a.id;
  property_id := a.property_id;
  id := a.id;
end $$;

-- To take an apportionment back takes two: every bill of it is credited, and the period can be shared out anew.
create function apportion_cancel(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_reason text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := apportionment_key(p_scope, p_ref);
  a apportionment;
begin
  select * into a from apportionment x where x.property_id = k.property_id and x.id = k.id for update;
  if a.state <> 'done' then
    perform refuse('STPRE', 'RUN_STATE', 'run', format('%s is %s', a.number, a.state));
  end if;
  property_id := a.property_id;
  id := approval_ask(a.property_id, p_key, 'apportion_cancel', a.id, a.number, a.billed, p_reason, p_user);
end $$;

create function apportion_cancel_approved(p approval, p_key uuid, p_user uuid) returns void language plpgsql volatile as $$
declare
  a apportionment;
  b bill;
begin
  select * into a from apportionment x where x.property_id = p.property_id and x.id = p.entity_id for update;
  perform approval_same(p, a.billed);
  for b in select * from bill x
            where x.property_id = a.property_id
              and x.id in (select l.bill_id from apportionment_part t
                             join charge_line l on l.property_id = t.property_id and l.entity_id = t.id
                            where t.property_id = a.property_id and t.apportionment_id = a.id and not l.cancelled) order by x.number loop
    perform credit_post(b, uuid7(), null, null, p.reason, p.asked_by);
  end loop;
  update meter_charge x set released_at = now()
   where x.property_id = a.property_id and x.entity = 'apportionment' and x.entity_id = a.id and x.released_at is null;
  perform meter_charges_free(a.property_id, 'apportionment', array[a.id], p.asked_by);
  update apportionment x set state = 'cancelled', version = x.version + 1 where x.property_id = a.property_id and x.id = a.id returning x.* into a;
  perform feed_also(a.property_id, 'apportionment', a.id, a.version, a.number);
end $$;
