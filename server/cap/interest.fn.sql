-- Late interest: per mille of what is open of a line, for each day after its due day and its grace, up to a cap. It is reckoned
-- from the documents, exactly, each time from the first day on; a run bills what that comes to less what was billed of it. So
-- nothing is billed twice, and interest of principal that was paid meanwhile is billed all the same.

create view interest_rate_card with (security_invoker = true) as
select r.id, r.property_id, y.code as property, i.code as item, trim_scale(r.rate)::text as rate, r.grace, r.cap_bp, r.from_on::text as "from",
       r.to_on::text as "to", (select u.login from app_user u where u.id = r.set_by) as set_by, ts(r.set_at, y.zone) as set_at,
       coalesce(i.code, 'all others') as number, r.version
  from interest_rate r
  join property y on y.id = r.property_id
  left join charge_item i on i.property_id = r.property_id and i.id = r.item_id
 where r.replaced_at is null;
create function interest_rate_card(p_property int, p_id uuid) returns setof interest_rate_card language plpgsql volatile rows 1 as
$$ begin return query select * from interest_rate_card c where c.property_id = p_property and c.id = p_id; end $$;

create view interest_run_card with (security_invoker = true) as
select r.id, r.property_id, y.code as property, r.number, r.through_on::text as through, r.bills, r.lines, r.amount as amount_minor,
       r.credited as credited_minor, y.currency, (select u.login from app_user u where u.id = r.user_id) as by, ts(r.at, y.zone) as at, r.state,
       r.customers, r.customers_done, r.version
  from interest_run r join property y on y.id = r.property_id;
create function interest_run_card(p_property int, p_id uuid) returns setof interest_run_card language plpgsql volatile rows 1 as
$$ begin return query select * from interest_run_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on interest_rate_card, interest_run_card to steward_app;

-- The last day that a run has reckoned with.
create function interest_through(p_property int) returns date language plpgsql stable as
$$ begin return (select max(r.through_on) from interest_run r where r.property_id = p_property); end $$;

-- Sets the rate of an item, or of all items without one of their own, from a day on. What a run has reckoned with stays.
create function interest_set(p_property int, p_key uuid, p_user uuid, p_rate text, p_item text, p_grace int, p_cap int, p_from text) returns uuid
language plpgsql volatile as $$
declare
  y property;
  i charge_item;
  r interest_rate;
  first date;
begin
  select * into y from property x where x.id = p_property;
  perform pg_advisory_xact_lock(p_property, hashtext('interest'));
  first := coalesce(to_day(p_from, 'from'), today(y.zone));
  if p_rate !~ '^\d{1,3}(\.\d{1,4})?$' then
    perform refuse('STINV', 'RATE', 'rate', 'per mille a day, such as 0.5, with up to four digits after the point');
  elsif first <= interest_through(p_property) then
    perform refuse('STPRE', 'INTEREST_BILLED', 'from', format('interest was billed through %s: name a later day', interest_through(p_property)));
  end if;
  if p_item is not null then
    i := charge_item_of(p_property, p_item, first);
  end if;
  if i.of_lateness then
    perform refuse('STINV', 'OF_LATENESS', 'item', format('%s comes of lateness itself and bears no interest', i.code));
  end if;
  select * into r from interest_rate x
   where x.property_id = p_property and x.item_id is not distinct from i.id and x.replaced_at is null and x.from_on <= first
     and (x.to_on is null or x.to_on > first) for update;
  update interest_rate x
     set to_on = case when r.from_on < first then first else x.to_on end, replaced_at = case when r.from_on = first then now() end, version = x.version + 1
   where x.property_id = p_property and x.id = r.id;
  insert into interest_rate (property_id, id, item_id, rate, grace, cap_bp, from_on, to_on, set_by)
  values (p_property, p_key, i.id, p_rate::numeric, coalesce(p_grace, r.grace, 0), coalesce(p_cap, r.cap_bp, 10000), first, r.to_on, p_user);
  return p_key;
end $$;

-- Reckoning -------------------------------------------------------------------------------------------------------------

-- The rates that may hold for an item, its own before the common one: those of a day are the first of these that holds then.
create function interest_rates(p_property int, p_item uuid, p_from date) returns setof interest_rate language plpgsql stable rows 2 as $$
begin
  return query
    select r.* from interest_rate r
     where r.property_id = p_property and r.replaced_at is null and (r.item_id = p_item or r.item_id is null) and (r.to_on is null or r.to_on > p_from)
     order by greatest(r.from_on, p_from), r.item_id nulls last;
end $$;

create type interest_part as (line_id uuid, from_on date, to_on date, principal bigint, rate numeric, days int);

-- What these lines bear interest on between two days, both included: parts in which principal and rate are the same. The principal
-- of a day is what was open when it began: what is paid on a day bears interest for it. Credit notes have effect from the due day.
-- What was taken back (a void) is as if it had not been. Days of a dispute bear none.
create function interest_parts(p_property int, p_lines uuid[], p_from date, p_to date) returns setof interest_part
language plpgsql stable rows 1000 as $$
begin
  return query
    with line as materialized (
      select l.id, l.item_id, l.amount - l.credited as base, greatest(l.due_on + t.grace + 1, p_from) as first
        from charge_line l
        join charge_item i on i.property_id = l.property_id and i.id = l.item_id and not i.of_lateness
       cross join lateral (select r.grace from interest_rates(p_property, l.item_id, l.due_on + 1) r limit 1) t
       where l.property_id = p_property and l.id = any (p_lines) and l.credited < l.amount
    ), paid as materialized (
      select s.line_id, s.on_date + 1 as day, sum(s.amount)::bigint as amount
        from settlement s join line l on l.id = s.line_id
       where s.property_id = p_property and s.kind <> 'credit_note' and s.reverses is null
         and not exists (select from settlement v where v.property_id = s.property_id and v.reverses = s.id)
       group by s.line_id, s.on_date
    ), change as (
      select l.id, l.first as day from line l
      union
      select p.line_id, p.day from paid p
      union
      select l.id, x.day
        from line l
        join interest_rate r on r.property_id = p_property and r.replaced_at is null and (r.item_id = l.item_id or r.item_id is null)
       cross join lateral (values (r.from_on), (r.to_on)) x (day)
      union
      select d.line_id, x.day from line l join line_dispute d on d.property_id = p_property and d.line_id = l.id
       cross join lateral (values (d.from_on), (d.to_on)) x (day)
    ), cut as (
      select l.id, l.item_id, l.base, c.day, lead(c.day, 1, p_to + 1) over (partition by l.id order by c.day) as next
        from line l join change c on c.id = l.id where c.day >= l.first and c.day <= p_to
    )
    select c.id, c.day, c.next, x.principal, r.rate, c.next - c.day
      from cut c
     cross join lateral (select greatest(c.base - coalesce((select sum(p.amount) from paid p where p.line_id = c.id and p.day <= c.day), 0), 0)::bigint
                                as principal) x
     cross join lateral (select t.rate from interest_rates(p_property, c.item_id, c.day) t where t.from_on <= c.day limit 1) r
     where x.principal > 0 and r.rate > 0
       and not exists (select from line_dispute d
                        where d.property_id = p_property and d.line_id = c.id and d.from_on <= c.day and (d.to_on is null or d.to_on > c.day));
end $$;

create type interest_sum as (
  line_id uuid, party_id uuid, place_id uuid, bill text, line int, exact numeric, cap bigint, amount bigint, billed bigint, from_on date, to_on date
);

-- Every line that was late at all; of these customers, or of all.
create function interest_late(p_property int, p_parties uuid[], p_through date) returns uuid[] language plpgsql stable as $$
begin
  return array(select l.id from charge_line l
                where l.property_id = p_property and l.due_on < p_through and (p_parties is null or l.party_id = any (p_parties))
                  and (l.settled < l.amount
                       or exists (select from settlement s where s.property_id = l.property_id and s.line_id = l.id and s.on_date > l.due_on)
                       or exists (select from interest_share x where x.property_id = l.property_id and x.line_id = l.id)));
end $$;

-- What lines have borne through a day: 'exact' in minor units; 'amount' rounded once, half up, and not above the cap; 'billed' what
-- was charged of it. Null for p_lines: of every line that was late at all.
create function interest_sums(p_property int, p_lines uuid[], p_through date) returns setof interest_sum language plpgsql stable rows 1000 as $$
declare
  wanted constant uuid[] := coalesce(p_lines, interest_late(p_property, null, p_through));
begin
  return query
    with part as (
      select p.line_id, sum(p.principal * p.rate * p.days) as value, min(p.from_on) as from_on, max(p.to_on) as to_on
        from interest_parts(p_property, wanted, '-infinity', p_through) p group by p.line_id
    )
    select l.id, l.party_id, l.place_id, b.number, l.line, coalesce(p.value, 0) * 0.001, x.cap,
           least(billing_round(coalesce(p.value, 0), 1000, 'half_up', 1), x.cap),
           coalesce((select sum(s.amount) from interest_share s where s.property_id = l.property_id and s.line_id = l.id), 0)::bigint, p.from_on, p.to_on
      from charge_line l
      join bill b on b.property_id = l.property_id and b.id = l.bill_id
      left join part p on p.line_id = l.id
     cross join lateral (select (select r.cap_bp from interest_rates(p_property, l.item_id, l.due_on + 1) r limit 1) as bp) terms
     cross join lateral (select coalesce(div((l.amount - l.credited)::numeric * terms.bp, 10000), 0)::bigint as cap) x
     where l.property_id = p_property and l.id = any (wanted);
end $$;

-- Billing -----------------------------------------------------------------------------------------------------------------

-- The day a run reckons with: today, if none is named; not before one that was reckoned with already.
create function interest_day(p_property int, p_through text) returns date language plpgsql stable as $$
declare
  now_on constant date := (select today(y.zone) from property y where y.id = p_property);
  day constant date := coalesce(to_day(p_through, 'through'), now_on);
begin
  if day > now_on then
    perform refuse('STINV', 'DATE_FUTURE', 'through', 'lies in the future');
  elsif day < interest_through(p_property) then
    perform refuse('STPRE', 'INTEREST_BILLED', 'through', format('interest was billed through %s already: name that day or a later one',
                                                                 interest_through(p_property)));
  end if;
  return day;
end $$;

-- What is to be billed, or taken back, through a day: of these customers or of all; customers with less than p_least to be billed wait.
create function interest_open(p_property int, p_through date, p_parties uuid[], p_least bigint) returns setof interest_sum language plpgsql stable rows 1000 as $$
begin
  return query
    select x.line_id, x.party_id, x.place_id, x.bill, x.line, x.exact, x.cap, x.amount, x.billed, x.from_on, x.to_on
      from (select s.*, sum(greatest(s.amount - s.billed, 0)) over (partition by s.party_id) as new
              from interest_sums(p_property, interest_late(p_property, p_parties, p_through), p_through) s) x
     where x.amount <> x.billed and (x.amount < x.billed or x.new >= coalesce(p_least, 0));
end $$;

create function interest_preview(p_property int, p_through text, p_party text, p_least bigint)
returns table (party text, party_name text, place text, lines int, amount_minor bigint, credit_minor bigint, capped int, "from" text, "to" text, currency text)
language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  who constant uuid[] := case when p_party is not null then array(select k.id from party_key(array[p_property], p_property, p_party) k) end;
begin
  return query
    select p.number, p.name, l.number, count(*)::int, coalesce(sum(x.amount - x.billed) filter (where x.amount > x.billed), 0)::bigint,
           coalesce(sum(x.billed - x.amount) filter (where x.amount < x.billed), 0)::bigint, count(*) filter (where x.amount = x.cap and x.exact > x.cap)::int,
           min(x.from_on)::text, (max(x.to_on) - 1)::text, y.currency
      from interest_open(p_property, interest_day(p_property, p_through), who, p_least) x
      join property y on y.id = p_property
      join party p on p.property_id = p_property and p.id = x.party_id
      left join place l on l.property_id = p_property and l.id = x.place_id
     group by p.number, p.name, l.number, l.sort_key, y.currency order by l.sort_key, p.number;
end $$;

-- Whose lines were late at all, in the order of their places: with these a run has to do.
create function interest_parties(p_property int, p_through date) returns uuid[] language plpgsql stable as $$
begin
  return array(select l.party_id
                 from charge_line l left join place p on p.property_id = l.property_id and p.id = l.place_id
                where l.property_id = p_property and l.id = any (interest_late(p_property, null, p_through))
                group by l.party_id order by min(p.sort_key), l.party_id);
end $$;

-- Bills late interest through a day: one bill for each customer and place, a line for each line that bore it. Where a line bears
-- less than was billed of it (it was credited since), that is credited. A thousand customers at once; where there are more the daemon
-- goes on with them, as many in a step.
create function interest_run(p_property int, p_key uuid, p_user uuid, p_through text, p_party text, p_due text, p_least bigint) returns uuid
language plpgsql volatile as $$
declare
  y property;
  at date;
  due date;
  day date;
  parties uuid[];
  r interest_run;
begin
  perform ledger_hold(p_property);
  perform pg_advisory_xact_lock(p_property, hashtext('interest'));
  select * into y from property x where x.id = p_property;
  at := posting_day(y, null);
  due := coalesce(to_day(p_due, 'due'), at + 14);
  day := interest_day(p_property, p_through);
  select * into r from interest_run x where x.property_id = p_property and x.state = 'running';
  if r.id is not null then
    perform refuse('STPRE', 'RUN_RUNNING', 'through', format('%s is under way: `interest list` shows when it is done', r.number));
  elsif due < at then
    perform refuse('STINV', 'DUE_BEFORE', 'due', 'lies before the day of the bill');
  end if;
  parties := case when p_party is null then interest_parties(p_property, day) else array(select k.id from party_key(array[p_property], p_property, p_party) k) end;
  insert into interest_run (property_id, id, number, through_on, bills, lines, amount, credited, user_id, state, after_on, issued_on, due_on, least, customers)
  values (p_property, p_key, 'IR-' || next_number(p_property, 'IR'), day, 0, 0, 0, 0, p_user, case when cardinality(parties) > 1000 then 'running' else 'done' end,
          interest_through(p_property), at, due, p_least, cardinality(parties)) returning * into r;
  insert into interest_lot (property_id, run_id, nth, parties)
  select p_property, p_key, n, parties[n * 1000 + 1 : n * 1000 + 1000] from generate_series(1, (cardinality(parties) - 1) / 1000) n;
  r := interest_step(r, parties[1 : 1000]);
  if r.state = 'done' and r.bills = 0 and r.credited = 0 then
    perform refuse('STPRE', 'NO_INTEREST', 'through', format('no late interest is to be billed through %s', day));
  end if;
  return p_key;
end $$;

-- One step of a run, some of its customers, all or nothing. Gives the run as it is then.
create function interest_step(r interest_run, p_parties uuid[]) returns interest_run language plpgsql volatile as $$
declare
  at constant date := greatest(r.issued_on, ledger_day(r.property_id, r.issued_on));
  sums constant interest_sum[] := array(select x from interest_open(r.property_id, r.through_on, p_parties, r.least) x);
  made constant record := interest_bill(r, at, sums);
  taken_back constant bigint := interest_credit(r.property_id, r.id, r.user_id, sums);
begin
  update interest_run x
     set bills = x.bills + made.bills, lines = x.lines + made.lines, amount = x.amount + made.amount, credited = x.credited + taken_back,
         customers_done = x.customers_done + cardinality(p_parties)
   where x.property_id = r.property_id and x.id = r.id returning x.* into r;
  return r;
end $$;

-- Where a run is under way.
create function interest_due() returns table (property_id int)
language sql stable security definer set search_path = steward_code, steward, pg_temp as
$$ select r.property_id from interest_run r where r.state = 'running' $$;

-- What the daemon does by its own clock: a step of a run that is under way here, if nobody else is at it. It is over with its last lot.
create function interest_tick(p_property int, out done int, out more boolean) language plpgsql volatile as $$
declare
  r interest_run;
  t interest_lot;
begin
  done := 0;
  more := false;
  select * into r from interest_run x where x.property_id = p_property and x.state = 'running' for update skip locked;
  if r.id is null then
    return;
  end if;
  perform ledger_hold(p_property);
  delete from interest_lot x
   where x.property_id = p_property and x.run_id = r.id and x.nth = (select min(y.nth) from interest_lot y where y.property_id = p_property and y.run_id = r.id)
  returning x.* into t;
  r := interest_step(r, t.parties);
  more := exists (select from interest_lot x where x.property_id = p_property and x.run_id = r.id);
  update interest_run x set state = case when more then 'running' else 'done' end, version = x.version + 1
   where x.property_id = p_property and x.id = r.id returning x.* into r;
  perform feed_note(x.property_id, x.entity, x.id, x.version::int, x.number, 'interest.Tick') from feed_also() x;
  perform feed_note(p_property, 'interest_run', r.id, r.version, r.number, 'interest.Tick');
  done := 1;
end $$;

create function interest_bill(r interest_run, p_on date, p_sums interest_sum[], out bills int, out lines int, out amount bigint) language plpgsql volatile as $$
declare
  i constant charge_item := charge_item_of(r.property_id, 'INTEREST', p_on);
  doc record;
  made uuid;
begin
  bills := 0;
  lines := 0;
  amount := 0;
  for doc in
    select x.party_id, x.place_id, sum(x.amount - x.billed)::bigint as total,
           array_agg(row(i.id, format('%s on %s line %s to %s', i.name, x.bill, x.line, x.to_on - 1),
                         case when r.after_on + 1 < x.to_on then greatest(x.from_on, r.after_on + 1) else x.from_on end, x.to_on, x.amount - x.billed,
                         'charge_line', x.line_id, null, null, null, null)::bill_input order by x.from_on, x.bill, x.line) as inputs
      from unnest(p_sums) x left join place l on l.property_id = r.property_id and l.id = x.place_id
     where x.amount > x.billed group by x.party_id, x.place_id, l.sort_key order by l.sort_key, x.party_id
  loop
    made := bill_post(r.property_id, uuid7(), doc.party_id, doc.place_id, p_on, greatest(r.due_on, p_on), r.user_id, doc.inputs);
    insert into interest_share (property_id, run_id, line_id, claim_id, amount)
    select l.property_id, r.id, l.entity_id, l.id, l.amount from charge_line l where l.property_id = r.property_id and l.bill_id = made;
    bills := bills + 1;
    lines := lines + cardinality(doc.inputs);
    amount := amount + doc.total;
  end loop;
end $$;

-- Credits what was billed too much: the latest claims first, as far as they were not credited otherwise. Gives how much.
create function interest_credit(p_property int, p_run uuid, p_user uuid, p_sums interest_sum[]) returns bigint language plpgsql volatile as $$
declare
  x interest_sum;
  c record;
  b bill;
  left_over bigint;
  part bigint;
  total bigint := 0;
begin
  foreach x in array p_sums loop
    left_over := x.billed - x.amount;
    for c in
      select l.id, l.bill_id, l.line, least(l.amount - l.credited, sum(s.amount)) as most
        from interest_share s
        join charge_line l on l.property_id = s.property_id and l.id = s.claim_id
       where left_over > 0 and s.property_id = p_property and s.line_id = x.line_id
       group by l.property_id, l.id having least(l.amount - l.credited, sum(s.amount)) > 0 order by l.issued_on desc, l.id desc
    loop
      part := least(left_over, c.most);
      exit when part = 0;
      select * into b from bill v where v.property_id = p_property and v.id = c.bill_id;
      insert into interest_share (property_id, run_id, line_id, claim_id, amount, credit_note_id)
      values (p_property, p_run, x.line_id, c.id, -part,
              credit_post(b, uuid7(), c.line, part, format('%s line %s bears less late interest', x.bill, x.line), p_user));
      perform bill_changed(p_property, c.bill_id);
      left_over := left_over - part;
      total := total + part;
    end loop;
  end loop;
  return total;
end $$;

-- How the interest of a bill comes about: the parts of each line through a day.
create function interest_of_bill(p_scope int[], p_ref text, p_line int, p_through text)
returns table (line int, "from" text, "to" text, principal_minor bigint, rate text, days int, interest text, currency text)
language plpgsql stable rows 20 as $$
#variable_conflict use_column
declare
  k constant record := bill_key(p_scope, p_ref);
  y property;
begin
  select * into y from property x where x.id = k.property_id;
  return query
    select l.line, p.from_on::text, (p.to_on - 1)::text, p.principal, trim_scale(p.rate)::text, p.days,
           trim_scale(p.principal * p.rate * p.days * 0.001 * 10.0 ^ -currency_digits(y.currency))::text, y.currency
      from charge_line l
     cross join lateral interest_parts(l.property_id, array[l.id], '-infinity', coalesce(to_day(p_through, 'through'), today(y.zone))) p
     where l.property_id = k.property_id and l.bill_id = k.id and (p_line is null or l.line = p_line)
     order by l.line, p.from_on;
end $$;

create function interest_lines(p_scope int[], p_ref text, p_line int, p_through text)
returns table (line int, item text, due text, amount_minor bigint, open_minor bigint, interest_minor bigint, cap_minor bigint, billed_minor bigint,
               currency text)
language plpgsql stable rows 5 as $$
#variable_conflict use_column
declare
  k constant record := bill_key(p_scope, p_ref);
  y property;
begin
  select * into y from property x where x.id = k.property_id;
  return query
    select l.line, i.code, l.due_on::text, l.amount, l.amount - l.settled, s.amount, s.cap, s.billed, y.currency
      from interest_sums(k.property_id, array(select x.id from charge_line x where x.property_id = k.property_id and x.bill_id = k.id
                                                                              and (p_line is null or x.line = p_line)),
                         coalesce(to_day(p_through, 'through'), today(y.zone))) s
      join charge_line l on l.property_id = k.property_id and l.id = s.line_id
      join charge_item i on i.property_id = l.property_id and i.id = l.item_id
     order by l.line;
end $$;
