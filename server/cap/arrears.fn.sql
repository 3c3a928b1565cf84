-- Arrears: what is owed as of any day, and how much of it is collected. All of it is reckoned from the days of documents, so that a
-- past day gives the same figures whenever it is asked for.

-- Lines of which something was open at the end of a day; what was settled since is added again. Their sum is the receivables
-- account of the ledger on that day: every line and every settlement has the day of its entry.
create function arrears_lines(p_property int, p_on date)
returns table (line_id uuid, party_id uuid, place_id uuid, due_on date, open bigint, days_late int) language plpgsql stable rows 1000 as $$
#variable_conflict use_column
begin
  return query
    with since as (
      select s.line_id, sum(s.amount)::bigint as amount from settlement s
       where s.property_id = p_property and s.on_date > p_on group by s.line_id
    ), candidate as (
      select l.id from charge_line l where l.property_id = p_property and l.settled < l.amount
      union
      select s.line_id from since s
    )
    select l.id, l.party_id, l.place_id, l.due_on, x.open, p_on - l.due_on
      from candidate c
      join charge_line l on l.property_id = p_property and l.id = c.id
      left join since s on s.line_id = c.id
     cross join lateral (select l.amount - l.settled + coalesce(s.amount, 0) as open) x
     where l.issued_on <= p_on and x.open <> 0;
end $$;

-- What is owed, by age: for each unit, person, building or property. 'ledger_minor': what the ledger says of a property that day.
create function arrears_ageing(p_scope int[], p_by text, p_on text, p_party text, p_place text, p_late boolean, p_limit int)
returns table (property text, number text, name text, not_due_minor bigint, to_30_minor bigint, to_60_minor bigint, to_90_minor bigint,
               to_180_minor bigint, to_365_minor bigint, older_minor bigint, overdue_minor bigint, total_minor bigint, oldest_days int,
               ledger_minor bigint, currency text)
language plpgsql stable rows 100 as $$
#variable_conflict use_column
declare
  day constant date := to_day(p_on, 'on');
  who record := row_after(null);
  spot record := row_after(null);
begin
  if p_party is not null then
    select k.property_id, k.id into who from party_key(p_scope, null, p_party) k;
  end if;
  if p_place is not null then
    select k.property_id, k.id into spot from place_key(p_scope, case when p_party is not null then who.property_id end, p_place) k;
  end if;
  return query
    with row_of as (
      select s.property_id, x.on_date, l.*, p.building_id, p.kind
        from unnest(p_scope) s (property_id)
        join property y on y.id = s.property_id
       cross join lateral (select coalesce(day, today(y.zone)) as on_date) x
       cross join lateral arrears_lines(s.property_id, x.on_date) l
        left join place p on p.property_id = s.property_id and p.id = l.place_id
       where (p_party is null or s.property_id = who.property_id and l.party_id = who.id)
         and (p_place is null or s.property_id = spot.property_id and l.place_id in (select b.id from place_below(spot.property_id, spot.id) b))
    ), keyed as (
      select r.*, case p_by when 'person' then r.party_id when 'unit' then r.place_id
                            when 'building' then coalesce(r.building_id, case when r.kind = 'building' then r.place_id end) end as key
        from row_of r
    ), summed as (
      select k.property_id, k.key, min(k.on_date) as on_date, sum(k.open)::bigint as total, max(k.days_late) filter (where k.days_late > 0) as oldest,
             coalesce(sum(k.open) filter (where k.days_late <= 0), 0)::bigint as not_due,
             coalesce(sum(k.open) filter (where k.days_late between 1 and 30), 0)::bigint as to_30,
             coalesce(sum(k.open) filter (where k.days_late between 31 and 60), 0)::bigint as to_60,
             coalesce(sum(k.open) filter (where k.days_late between 61 and 90), 0)::bigint as to_90,
             coalesce(sum(k.open) filter (where k.days_late between 91 and 180), 0)::bigint as to_180,
             coalesce(sum(k.open) filter (where k.days_late between 181 and 365), 0)::bigint as to_365,
             coalesce(sum(k.open) filter (where k.days_late > 365), 0)::bigint as older
        from keyed k group by k.property_id, k.key
    )
    select y.code, case p_by when 'person' then w.number when 'property' then y.code else coalesce(l.number, '-') end,
           case p_by when 'person' then w.name when 'property' then y.name else l.name end,
           s.not_due, s.to_30, s.to_60, s.to_90, s.to_180, s.to_365, s.older, s.total - s.not_due, s.total, s.oldest,
           case when p_by = 'property' and num_nonnulls(p_party, p_place) = 0 then receivable_on(s.property_id, s.on_date) end, y.currency
      from summed s
      join property y on y.id = s.property_id
      left join party w on p_by = 'person' and w.property_id = s.property_id and w.id = s.key
      left join place l on p_by in ('unit', 'building') and l.property_id = s.property_id and l.id = s.key
     where p_late is not true or s.total > s.not_due
     order by y.code, s.total - s.not_due desc, s.total desc, coalesce(w.number, l.sort_key), s.key limit coalesce(p_limit, 500);
end $$;

-- What the receivables account of the ledger came to at the end of a day.
create function receivable_on(p_property int, p_on date) returns bigint language plpgsql stable as $$
declare
  receivable constant uuid := ledger_account(p_property, 'receivable');
begin
  return coalesce((select sum(p.amount)::bigint
                     from posting p join journal j on j.property_id = p.property_id and j.id = p.journal_id
                    where p.property_id = p_property and p.account_id = receivable and j.on_date <= p_on), 0);
end $$;

-- What a property has decided -------------------------------------------------------------------------------------------

create view arrears_policy_card with (security_invoker = true) as
select x.id, x.property_id, y.code as property, x.minimum as minimum_minor, x.gap, x.task_amount as task_minor, x.task_days, y.currency, y.code as number,
       x.version
  from arrears_policy x join property y on y.id = x.property_id;
create function arrears_policy_card(p_property int) returns setof arrears_policy_card language plpgsql volatile rows 1 as
$$ begin return query select * from arrears_policy_card c where c.property_id = p_property; end $$;
grant select on arrears_policy_card to steward_app;

-- Changes what is given. A task amount of 0: no tasks by themselves.
create function arrears_policy_set(p_property int, p_minimum bigint, p_gap int, p_task bigint, p_task_days int) returns int language plpgsql volatile as $$
begin
  insert into arrears_policy (property_id) values (p_property) on conflict do nothing;
  update arrears_policy x
     set minimum = coalesce(p_minimum, x.minimum), gap = coalesce(p_gap, x.gap), task_amount = nullif(coalesce(p_task, x.task_amount), 0),
         task_days = coalesce(p_task_days, x.task_days), looked_on = null, version = x.version + 1
   where x.property_id = p_property;
  return p_property;
end $$;

create function arrears_target_set(p_property int, p_month text, p_current int, p_old int)
returns table (property text, month text, current_bp int, old_bp int) language plpgsql volatile rows 1 as $$
#variable_conflict use_column
declare
  m constant date := to_month(p_month, 'month');
begin
  insert into arrears_target as t (property_id, month, current_bp, old_bp) values (p_property, m, p_current, p_old)
  on conflict (property_id, month) do update set current_bp = excluded.current_bp, old_bp = excluded.old_bp, version = t.version + 1;
  return query select y.code, to_char(m, 'YYYY-MM'), p_current, p_old from property y where y.id = p_property;
end $$;

-- What was collected ----------------------------------------------------------------------------------------------------

-- Of the lines that fell due in a month: what was charged, less credit notes, and what was received for it by a day. What a
-- credit note gave back had not been received for them.
create function collected_of_month(p_property int, p_month date, p_by date, out charged bigint, out received bigint) language plpgsql stable as $$
begin
  select coalesce(sum(l.amount - coalesce(c.credited, 0)), 0), coalesce(sum(coalesce(s.received, 0) - coalesce(c.returned, 0)), 0) into charged, received
    from charge_line l
    left join lateral (select sum(s.amount) as received from settlement s
                        where s.property_id = l.property_id and s.line_id = l.id and s.on_date <= p_by and s.kind in ('payment', 'credit', 'deposit')) s on true
    left join lateral (select sum(x.amount) as credited, sum(x.returned) as returned
                         from credit_note_line x join credit_note n on n.property_id = x.property_id and n.id = x.credit_note_id
                        where x.property_id = l.property_id and x.line_id = l.id and n.on_date <= p_by) c on true
   where l.property_id = p_property and l.due_on >= p_month and l.due_on < p_month + interval '1 month' and l.issued_on <= p_by;
end $$;

-- Of what was overdue before a month began: what was recovered, written off and credited in it, by a day. What was neither
-- is still open.
create function collected_of_old(p_property int, p_month date, p_by date, out opening bigint, out recovered bigint, out written_off bigint, out credited bigint)
language plpgsql stable as $$
begin
  select coalesce(sum(l.open), 0), coalesce(sum(s.recovered), 0), coalesce(sum(s.written_off), 0), coalesce(sum(s.credited), 0)
    into opening, recovered, written_off, credited
    from arrears_lines(p_property, p_month - 1) l
    left join lateral (select sum(s.amount) filter (where s.kind in ('payment', 'credit', 'deposit')) as recovered,
                              sum(s.amount) filter (where s.kind = 'write_off') as written_off,
                              sum(s.amount) filter (where s.kind = 'credit_note') as credited
                         from settlement s
                        where s.property_id = p_property and s.line_id = l.line_id and s.on_date between p_month and p_by) s on true
   where l.due_on < p_month;
end $$;

-- Actual and target, month by month. Current: received of what fell due in the month. Old: recovered of what was overdue before it,
-- less what was credited since. Where nothing was to be collected there is no rate.
create function arrears_figures(p_scope int[], p_from text, p_to text)
returns table (property text, month text, charged_minor bigint, received_minor bigint, current_rate text, current_target text, current_met text,
               opening_minor bigint, recovered_minor bigint, old_rate text, old_target text, old_met text, currency text)
language plpgsql stable rows 12 as $$
begin
  return query
    select y.code, to_char(m.day, 'YYYY-MM'), c.charged, c.received, share_text(c.received, c.charged), share_text(t.current_bp, 10000),
           target_met(c.received, c.charged, t.current_bp), o.opening, o.recovered, share_text(o.recovered, o.opening - o.credited),
           share_text(t.old_bp, 10000), target_met(o.recovered, o.opening - o.credited, t.old_bp), y.currency
      from property y
     cross join lateral (select date_trunc('month', today(y.zone)::timestamp)::date as month) now_in
     cross join lateral (select g::date as day
                           from generate_series(coalesce(to_month(p_from, 'from'), to_month(p_to, 'to'), now_in.month)::timestamp,
                                                least(coalesce(to_month(p_to, 'to'), now_in.month), now_in.month)::timestamp, interval '1 month') g) m
     cross join lateral (select least((m.day + interval '1 month')::date - 1, today(y.zone)) as day) until
     cross join lateral collected_of_month(y.id, m.day, until.day) c
     cross join lateral collected_of_old(y.id, m.day, until.day) o
      left join arrears_target t on t.property_id = y.id and t.month = m.day
     where y.id = any (p_scope)
     order by y.code, m.day;
end $$;

-- yes, no, or nothing where there is no target or nothing to collect.
create function target_met(p_part bigint, p_whole bigint, p_target_bp int) returns text language sql immutable parallel safe as
$$ select case when p_whole > 0 and p_target_bp is not null then case when 10000 * p_part >= p_target_bp * p_whole then 'yes' else 'no' end end $$;

-- What the daemon does by its own clock ----------------------------------------------------------------------------------

-- Where a promise is to be looked at, or the day's dunning has not been proposed yet.
create function arrears_due() returns table (property_id int)
language sql stable security definer set search_path = steward_code, steward, pg_temp as $$
  select p.property_id from promise p join property y on y.id = p.property_id where p.look or p.state = 'open' and p.on_date < today(y.zone)
  union
  select x.property_id from arrears_policy x join property y on y.id = x.property_id where x.looked_on is distinct from today(y.zone)
$$;

-- What was promised and paid, or not; once a day what is to be dunned, and whose task the large debts are.
create function arrears_tick(p_property int, p_limit int, out done int, out more boolean) language plpgsql volatile as $$
declare
  x arrears_policy;
  day constant date := (select today(y.zone) from property y where y.id = p_property);
begin
  done := promise_tick(p_property, p_limit);
  more := done >= p_limit;
  select * into x from arrears_policy v where v.property_id = p_property and v.looked_on is distinct from day for update skip locked;
  if x.id is not null then
    update arrears_policy v set looked_on = day where v.property_id = p_property;
    begin
      done := done + dunning_propose(x, day);
      done := done + collection_propose(x, day);
    exception when others then
      raise warning 'arrears of property %: %', p_property, sqlerrm; -- its clocks go on; tomorrow it is tried again
    end;
  end if;
end $$;
