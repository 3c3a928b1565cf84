-- What accounts come to: trial balance, the postings of one account, the comparison with the subledgers.

-- The purposes whose accounts a subledger explains line by line.
create function ledger_subledgers() returns text[] language sql immutable parallel safe as
$$ select '{receivable,advance,prepaid,deposit,pass_through,suspense}'::text[] $$;

-- The last closed month that ends before a day, and the balances it was closed with; sums begin there.
create function ledger_base(p_property int, p_day date, out from_on date, out event_id uuid) language plpgsql stable as $$
begin
  select (p.month + interval '1 month')::date, e.id into from_on, event_id
    from period p
    join lateral (select x.id from period_event x
                   where x.property_id = p.property_id and x.month = p.month and x.verb = 'close'
                   order by x.at desc, x.id desc limit 1) e on true
   where p.property_id = p_property and p.state = 'closed' and p.month + interval '1 month' <= p_day
   order by p.month desc limit 1;
  from_on := coalesce(from_on, '-infinity');
end $$;

-- Every account from one day to the last before another: what it stood at, what was debited and credited, what it stands at.
create function ledger_balance(p_property int, p_from date, p_to date)
returns table (account_id uuid, opening bigint, debit bigint, credit bigint, closing bigint) language plpgsql stable rows 100 as $$
#variable_conflict use_column
declare
  base constant record := ledger_base(p_property, p_from);
begin
  return query
    with part as (
      select b.account_id, b.debit - b.credit as opening, 0::bigint as debit, 0::bigint as credit
        from period_balance b where b.property_id = p_property and b.event_id = base.event_id
      union all
      select t.account_id, case when j.on_date < p_from then t.amount else 0 end,
             case when j.on_date >= p_from and t.amount > 0 then t.amount else 0 end,
             case when j.on_date >= p_from and t.amount < 0 then -t.amount else 0 end
        from journal j join posting t on t.property_id = j.property_id and t.journal_id = j.id
       where j.property_id = p_property and j.on_date >= base.from_on and j.on_date < p_to
    )
    select p.account_id, sum(p.opening)::bigint, sum(p.debit)::bigint, sum(p.credit)::bigint,
           sum(p.opening + p.debit - p.credit)::bigint
      from part p group by p.account_id;
end $$;

-- A span of days as people name it: a month, or from and to (both included); this month so far if nothing is said.
create function ledger_span(p_property int, p_month text, p_from text, p_to text, out from_on date, out to_on date)
language plpgsql stable as $$
declare
  today constant date := (select today(y.zone) from property y where y.id = p_property);
begin
  if p_month is not null and num_nonnulls(p_from, p_to) > 0 then
    perform refuse('STINV', 'MONTH_OR_DAYS', 'month', 'say a month, or days from and to');
  elsif p_month is not null then
    from_on := to_month(p_month, 'month');
    to_on := from_on + interval '1 month';
    return;
  end if;
  from_on := coalesce(to_day(p_from, 'from'), date_trunc('month', coalesce(to_day(p_to, 'to'), today)::timestamp)::date);
  to_on := coalesce(to_day(p_to, 'to'), greatest(today, from_on)) + 1;
  if to_on <= from_on then
    perform refuse('STINV', 'PERIOD', 'to', 'lies before the first day');
  end if;
end $$;

-- The trial balance of the properties in reach, in the order of the accounts' codes. Accounts that never moved are left out.
create function account_balance(p_scope int[], p_month text, p_from text, p_to text)
returns table (property text, code text, name text, kind text, opening_minor bigint, debit_minor bigint, credit_minor bigint,
               closing_minor bigint, currency text) language plpgsql stable rows 100 as $$
begin
  return query
    select y.code, a.code, a.name, a.kind, b.opening, b.debit, b.credit, b.closing, a.currency
      from property y
     cross join lateral ledger_span(y.id, p_month, p_from, p_to) s
     cross join lateral ledger_balance(y.id, s.from_on, s.to_on) b
      join account a on a.property_id = y.id and a.id = b.account_id
     where y.id = any (p_scope)
     order by y.code, a.code;
end $$;

-- The postings of an account in a span, with what it stands at after each.
create function account_postings(p_property int, p_code text, p_month text, p_from text, p_to text, p_after text, p_limit int)
returns table (journal text, date text, text text, against text, debit_minor bigint, credit_minor bigint, balance_minor bigint,
               currency text, cursor text) language plpgsql stable rows 100 as $$
#variable_conflict use_column
declare
  a constant account := ledger_code(p_property, p_code, '-infinity', 'code');
  s constant record := ledger_span(p_property, p_month, p_from, p_to);
  after constant record := row_after(p_after);
  after_day constant date := coalesce(to_day(split_part(after.key, ' ', 1), 'after'), '-infinity');
  after_leg constant int := coalesce(nullif(split_part(after.key, ' ', 2), '')::int, 0);
  opening constant bigint := coalesce((select b.opening from ledger_balance(p_property, s.from_on, s.to_on) b where b.account_id = a.id), 0);
  lim constant int := coalesce(p_limit, 100);
begin
  return query
    select r.number, r.on_date::text, r.text, r.against, greatest(r.amount, 0), greatest(-r.amount, 0), r.balance::bigint, a.currency,
           p_property || '~' || r.id || '~' || r.on_date || ' ' || r.leg
      from (select j.number, j.on_date, j.text, j.id, t.leg, t.amount,
                   (select o.code from account o where o.property_id = t.property_id and o.id = t.against_id) as against,
                   opening + sum(t.amount) over (order by j.on_date, j.id, t.leg) as balance
              from posting t join journal j on j.property_id = t.property_id and j.id = t.journal_id
             where t.property_id = p_property and t.account_id = a.id and j.on_date >= s.from_on and j.on_date < s.to_on) r
     where (r.on_date, r.id, r.leg) > (after_day, after.id, after_leg)
     order by r.on_date, r.id, r.leg limit lim;
end $$;

create function journal_list(p_scope int[], p_month text, p_from text, p_to text, p_kind text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 100 as $$
#variable_conflict use_column
declare
  after constant record := row_after(p_after);
  after_day constant date := coalesce(to_day(after.key, 'after'), '-infinity');
  lim constant int := coalesce(p_limit, 100);
begin
  return query
    select j.property_id, j.id
      from unnest(p_scope) p (property_id)
     cross join lateral ledger_span(p.property_id, p_month, p_from, p_to) s
     cross join lateral (
       select j.property_id, j.id, j.on_date from journal j
        where j.property_id = p.property_id and p.property_id >= after.property_id and j.on_date >= s.from_on and j.on_date < s.to_on
          and (p.property_id > after.property_id or (j.on_date, j.id) > (after_day, after.id))
          and (p_kind is null or j.kind = p_kind)
        order by j.on_date, j.id limit lim) j
     order by j.property_id, j.on_date, j.id limit lim;
end $$;

-- Accounts of subledgers beside what the documents behind them come to. Every capability that keeps such documents adds
-- its sums to the view subledger_sum.
create function ledger_control(p_scope int[])
returns table (property text, code text, name text, ledger_minor bigint, subledger_minor bigint, difference_minor bigint, currency text)
language plpgsql stable rows 10 as $$
begin
  return query
    select y.code, a.code, a.name, l.amount, s.amount, l.amount - s.amount, a.currency
      from account a
      join property y on y.id = a.property_id
     cross join lateral (select coalesce(sum(p.amount), 0)::bigint as amount from posting p
                          where p.property_id = a.property_id and p.account_id = a.id) l
     cross join lateral (select coalesce(sum(x.amount), 0)::bigint as amount from subledger_sum x
                          where x.property_id = a.property_id and x.purpose = a.purpose) s
     where a.property_id = any (p_scope) and a.purpose = any (ledger_subledgers())
     order by y.code, a.code;
end $$;
