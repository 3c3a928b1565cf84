-- A month's reconciliation: what the ledger says of each account for money beside what the bank or the documents say, every difference
-- named. The differences of an account add up to the whole of it, since each is what one entry, posting or statement leaves over.

-- Accounts for money: at banks, and those that ways to pay lead to.
create function reconciled_accounts(p_scope int[]) returns table (property_id int, account_id uuid, bank_id uuid) language plpgsql stable rows 10 as $$
begin
  return query
    select a.property_id, a.id, b.id
      from account a
      left join bank_account b on b.property_id = a.property_id and b.account_id = a.id
     where a.property_id = any (p_scope) and (b.id is not null or a.purpose in ('bank', 'cash', 'card', 'cheque'));
end $$;

-- The last day of a month, of today's without one.
create function reconciled_to(p_property int, p_month text) returns date language plpgsql stable as $$
begin
  return (coalesce(to_month(p_month, 'month'), (select date_trunc('month', today(y.zone)::timestamp)::date from property y where y.id = p_property))
          + interval '1 month')::date - 1;
end $$;

-- The bank's statements with balances, one after the other, up to a day: each begins where the one before ended or later, and has no entry
-- in common with them. 'gap' is what lies between, 'off' what its entries leave over.
create function reconciled_chain(p_property int, p_bank uuid, p_to date)
returns table (statement_id uuid, number text, from_on date, to_on date, opening bigint, closing bigint, after_on date, gap bigint, off bigint)
language plpgsql stable rows 20 as $$
#variable_conflict use_variable
declare
  s bank_statement;
  taken uuid[] := '{}';
  at_end bigint := 0;
  sum_of bigint;
begin
  for s in select * from bank_statement x
            where x.property_id = p_property and x.bank_id = p_bank and x.opening is not null and x.to_on <= p_to
            order by x.from_on, x.to_on, x.id loop
    continue when s.from_on < to_on or exists (
      select from bank_statement_entry a join bank_statement_entry b on b.property_id = a.property_id and b.entry_id = a.entry_id
       where a.property_id = p_property and a.statement_id = s.id and b.statement_id = any (taken));
    select coalesce(sum(e.amount), 0) into sum_of
      from bank_statement_entry x join bank_entry e on e.property_id = x.property_id and e.id = x.entry_id
     where x.property_id = p_property and x.statement_id = s.id;
    after_on := to_on;
    statement_id := s.id;
    number := s.number;
    from_on := s.from_on;
    to_on := s.to_on;
    opening := s.opening;
    closing := s.closing;
    gap := s.opening - at_end;
    off := s.closing - s.opening - sum_of;
    at_end := s.closing;
    taken := taken || s.id;
    return next;
  end loop;
end $$;

-- The bank's entries that count up to a day: those of the statements above, and others by their day. 'chained' tells them apart.
create function reconciled_entries(p_property int, p_bank uuid, p_to date)
returns table (entry_id uuid, on_date date, amount bigint, match_id uuid, chained boolean)
language plpgsql stable rows 1000 as $$
declare
  chain constant uuid[] := array(select c.statement_id from reconciled_chain(p_property, p_bank, p_to) c);
begin
  return query
    select e.id, e.on_date, e.amount, e.match_id, x.entry_id is not null
      from bank_entry e
      left join lateral (select b.entry_id from bank_statement_entry b
                          where b.property_id = e.property_id and b.entry_id = e.id and b.statement_id = any (chain) limit 1) x on true
     where e.property_id = p_property and e.bank_id = p_bank and (e.on_date <= p_to or x.entry_id is not null);
end $$;

-- What the bank says it holds: the last balance it told, and what it booked since.
create function reconciled_bank(p_property int, p_bank uuid, p_to date) returns bigint language plpgsql stable as $$
declare
  last record;
begin
  select c.closing, c.to_on into last from reconciled_chain(p_property, p_bank, p_to) c order by c.to_on desc, c.from_on desc, c.statement_id desc limit 1;
  return coalesce(last.closing, 0)
         + (select coalesce(sum(e.amount), 0) from reconciled_entries(p_property, p_bank, p_to) e
             where not e.chained and (last.to_on is null or e.on_date > last.to_on));
end $$;

create function reconciled_ledger(p_property int, p_account uuid, p_to date) returns bigint language plpgsql stable as $$
begin
  return (select coalesce(sum(t.amount), 0) from posting t join journal j on j.property_id = t.property_id and j.id = t.journal_id
           where t.property_id = p_property and t.account_id = p_account and j.on_date <= p_to);
end $$;

create type reconciled_item as (what text, on_date date, document text, text text, amount bigint);

-- Which entry of the bank a journal's posting is, by the matches that stand.
create function reconciled_ties(p_property int, p_bank uuid) returns table (entry_id uuid, journal_id uuid) language plpgsql stable rows 1000 as $$
begin
  return query
    select e.id, m.journal_id
      from bank_entry e join bank_match m on m.property_id = e.property_id and m.id = e.match_id
     where e.property_id = p_property and e.bank_id = p_bank and m.journal_id is not null
    union
    select e.id, x.journal_id
      from bank_entry e
      join bank_cleared c on c.property_id = e.property_id and c.match_id = e.match_id and c.live
      join payment x on x.property_id = c.property_id and x.id = c.payment_id
      join payment_method m on m.method = c.method and m.purpose = 'bank'
     where e.property_id = p_property and e.bank_id = p_bank;
end $$;

-- What an account at a bank and the bank differ by. What was posted before the first statement begins, and opening balances, stand against
-- the balance it begins with.
create function reconciled_bank_items(p_property int, p_account uuid, p_bank uuid, p_to date) returns setof reconciled_item
language plpgsql stable rows 20 as $$
declare
  begun constant date := (select c.from_on from reconciled_chain(p_property, p_bank, p_to) c where c.after_on is null);
  opens constant uuid := ledger_account(p_property, 'opening');
begin
  return query
    with posted as materialized (
      select j.id, coalesce(j.reverses, j.id) as origin, j.number, j.on_date, j.text, sum(t.amount)::bigint as amount,
             begun is not null and (j.on_date < begun or bool_or(t.against_id = opens)) as early
        from posting t join journal j on j.property_id = t.property_id and j.id = t.journal_id
       where t.property_id = p_property and t.account_id = p_account and j.on_date <= p_to
       group by j.id, j.reverses, j.number, j.on_date, j.text),
    entry as materialized (select * from reconciled_entries(p_property, p_bank, p_to)),
    tie as materialized (select distinct on (t.journal_id) t.* from reconciled_ties(p_property, p_bank) t join entry e on e.entry_id = t.entry_id
                          order by t.journal_id, t.entry_id),
    -- An entry and its reversal, both without the bank, are nothing to tell of.
    alone as (
      select p.origin, min(p.on_date) as on_date, min(p.number) as number, min(p.text) as text, sum(p.amount)::bigint as amount, bool_and(p.early) as early
        from posted p where not exists (select from tie t where t.journal_id = p.id) group by p.origin having sum(p.amount) <> 0)
    select 'not in bank yet', a.on_date, a.number, a.text, a.amount from alone a where not a.early
    union all
    select case when p.parts = 0 then 'not in ledger yet' else 'amount differs' end, e.on_date, b.number,
           coalesce(concat_ws(' ', b.counterparty, b.text, b.reference), ''), p.amount - e.amount
      from entry e
      join bank_entry b on b.property_id = p_property and b.id = e.entry_id
     cross join lateral (select count(*) as parts, coalesce(sum(x.amount), 0)::bigint as amount
                           from tie t join posted x on x.id = t.journal_id where t.entry_id = e.entry_id) p
     where p.amount <> e.amount
    union all
    select case when c.after_on is null then 'before the first statement' else 'gap between statements' end, c.from_on, c.number,
           case when c.after_on is null then 'the books stood otherwise than the bank when it began'
                else format('the one before ended on %s', c.after_on) end, r.amount
      from reconciled_chain(p_property, p_bank, p_to) c
     cross join lateral (select (coalesce((select sum(e.amount) from entry e where not e.chained and e.on_date <= c.to_on
                                             and (c.after_on is null or e.on_date > c.after_on)), 0) - c.gap
                              + case when c.after_on is null then coalesce((select sum(a.amount) from alone a where a.early), 0)
                                     else 0 end)::bigint as amount) r
     where r.amount <> 0
    union all
    select 'statement does not add up', c.to_on, c.number, 'opening balance and entries do not come to the closing balance', -c.off
      from reconciled_chain(p_property, p_bank, p_to) c where c.off <> 0;
end $$;

-- What cash, cards and cheques should stand at by their documents: what was paid in them, what a count found too much or too little, what
-- went to the bank.
create function reconciled_documents(p_property int, p_account uuid, p_to date) returns table (journal_id uuid, amount bigint)
language plpgsql stable rows 1000 as $$
declare
  serves constant text := (select a.purpose from account a where a.property_id = p_property and a.id = p_account);
begin
  return query
    select d.journal_id, sum(d.amount)::bigint
      from (select x.journal_id, t.amount
              from payment x
              join payment_tender t on t.property_id = x.property_id and t.payment_id = x.id
              join payment_method m on m.method = t.method and m.purpose = serves
             where x.property_id = p_property and x.on_date <= p_to
            union all
            select s.journal_id, c.counted - c.expected
              from shift s
              join shift_count c on c.property_id = s.property_id and c.shift_id = s.id
              join payment_method m on m.method = c.method and m.purpose = serves
              join journal j on j.property_id = s.property_id and j.id = s.journal_id and j.on_date <= p_to
             where s.property_id = p_property
            union all
            select b.journal_id, -c.amount
              from bank_match b
              join bank_cleared c on c.property_id = b.property_id and c.match_id = b.id
              join payment_method m on m.method = c.method and m.purpose = serves
              join journal j on j.property_id = b.property_id and j.id = b.journal_id and j.on_date <= p_to
             where b.property_id = p_property and b.kind = 'desk'
            union all
            select b.journal_id, -e.amount
              from bank_match b
              join bank_entry e on e.property_id = b.property_id and e.id = b.entry_id
              join journal j on j.property_id = b.property_id and j.id = b.journal_id and j.on_date <= p_to
             where b.property_id = p_property and b.kind = 'account' and b.account_id = p_account
            union all
            select v.journal_id, case when b.kind = 'desk' then c.amount else e.amount end
              from bank_match v
              join bank_match b on b.property_id = v.property_id and b.id = v.reverses
              join bank_entry e on e.property_id = b.property_id and e.id = b.entry_id
              join journal j on j.property_id = v.property_id and j.id = v.journal_id and j.on_date <= p_to
              left join (bank_cleared c join payment_method m on m.method = c.method and m.purpose = serves)
                on c.property_id = b.property_id and c.match_id = b.id
             where v.property_id = p_property and (b.kind = 'account' and b.account_id = p_account or b.kind = 'desk' and c.amount is not null)) d
     group by d.journal_id having sum(d.amount) <> 0;
end $$;

create function reconciled_document_items(p_property int, p_account uuid, p_to date) returns setof reconciled_item language plpgsql stable rows 20 as $$
begin
  return query
    with posted as materialized (
      select t.journal_id, sum(t.amount)::bigint as amount
        from posting t join journal j on j.property_id = t.property_id and j.id = t.journal_id
       where t.property_id = p_property and t.account_id = p_account and j.on_date <= p_to group by t.journal_id)
    select case when d.journal_id is null then 'without a document' when p.journal_id is null then 'not in ledger yet' else 'amount differs' end,
           j.on_date, j.number, j.text, coalesce(p.amount, 0) - coalesce(d.amount, 0)
      from posted p
      full join reconciled_documents(p_property, p_account, p_to) d on d.journal_id = p.journal_id
      join journal j on j.property_id = p_property and j.id = coalesce(p.journal_id, d.journal_id)
     where coalesce(p.amount, 0) <> coalesce(d.amount, 0);
end $$;

create function reconciled_items(p_property int, p_account uuid, p_bank uuid, p_to date) returns setof reconciled_item language plpgsql stable rows 20 as $$
begin
  if p_bank is not null then
    return query select * from reconciled_bank_items(p_property, p_account, p_bank, p_to);
  elsif (select a.purpose = 'bank' from account a where a.property_id = p_property and a.id = p_account) then
    return query
      select 'no bank account set up', p_to, null, 'nothing is known of the bank: `bank set` begins', reconciled_ledger(p_property, p_account, p_to)
       where reconciled_ledger(p_property, p_account, p_to) <> 0;
  else
    return query select * from reconciled_document_items(p_property, p_account, p_to);
  end if;
end $$;

-- The report: each account for money, with what its named differences come to; the rest would be one that has no name.
create function reconciliation_accounts(p_scope int[], p_month text)
returns table (property text, code text, name text, source text, ledger_minor bigint, other_minor bigint, difference_minor bigint, items int,
               named_minor bigint, unnamed_minor bigint, currency text) language plpgsql stable rows 10 as $$
begin
  return query
    select y.code, a.code, a.name, coalesce('bank ' || b.code, case when a.purpose = 'bank' then 'none' else 'documents' end), r.ledger, r.other,
           r.ledger - r.other, n.items, n.amount, r.ledger - r.other - n.amount, y.currency
      from reconciled_accounts(p_scope) w
      join property y on y.id = w.property_id
      join account a on a.property_id = w.property_id and a.id = w.account_id
      left join bank_account b on b.property_id = w.property_id and b.id = w.bank_id
     cross join lateral (select reconciled_to(w.property_id, p_month) as last) d
     cross join lateral (select reconciled_ledger(w.property_id, w.account_id, d.last) as ledger,
                                case when w.bank_id is not null then reconciled_bank(w.property_id, w.bank_id, d.last)
                                     when a.purpose = 'bank' then 0
                                     else (select coalesce(sum(x.amount), 0)::bigint
                                            from reconciled_documents(w.property_id, w.account_id, d.last) x) end as other) r
     cross join lateral (select count(*)::int as items, coalesce(sum(i.amount), 0)::bigint as amount
                           from reconciled_items(w.property_id, w.account_id, w.bank_id, d.last) i) n
     order by y.code, a.code;
end $$;

create function reconciliation_items(p_scope int[], p_month text, p_account text, p_limit int)
returns table (property text, code text, what text, date text, document text, text text, amount_minor bigint, days int, currency text)
language plpgsql stable rows 50 as $$
begin
  return query
    select y.code, a.code, i.what, i.on_date::text, i.document, left(i.text, 200), i.amount, greatest(today(y.zone) - i.on_date, 0), y.currency
      from reconciled_accounts(p_scope) w
      join property y on y.id = w.property_id
      join account a on a.property_id = w.property_id and a.id = w.account_id
     cross join lateral reconciled_items(w.property_id, w.account_id, w.bank_id, reconciled_to(w.property_id, p_month)) i
     where p_account is null or a.code = upper(btrim(p_account))
     order by y.code, a.code, i.what, i.on_date, i.document limit coalesce(p_limit, 500);
end $$;

-- Payments, receipts, shifts and subledgers against each other: both sides of each line should be the same.
create function reconciliation_checks(p_scope int[], p_month text)
returns table (property text, name text, one text, other text, difference text, agrees boolean, currency text) language plpgsql stable rows 20 as $$
begin
  return query
    select y.code, c.what, money_text(c.one, y.currency), money_text(c.other, y.currency), money_text(c.one - c.other, y.currency), c.one = c.other, y.currency
      from property y
     cross join lateral (select reconciled_to(y.id, p_month) as last) d
     cross join lateral (
       select 'subledger of ' || k.code || ' ' || k.name as what, k.ledger_minor as one, k.subledger_minor as other from ledger_control(array[y.id]) k
       union all select * from reconciled_receipts(y.id, d.last)
       union all select * from reconciled_shifts(y.id, d.last)) c (what, one, other)
     where y.id = any (p_scope)
    union all
    select y.code, n.what, n.there::text, n.last::text, (n.last - n.there)::text, n.there = n.last, y.currency
      from property y cross join lateral reconciled_series(y.id, reconciled_to(y.id, p_month)) n
     where y.id = any (p_scope)
     order by 1, 2;
end $$;

-- Receipts of the month: what they say, what they were paid in, what was posted of them.
create function reconciled_receipts(p_property int, p_last date) returns table (what text, one bigint, other bigint) language plpgsql stable rows 5 as $$
declare
  first constant date := date_trunc('month', p_last::timestamp)::date;
begin
  return query
    select 'receipts and what they were paid in', coalesce(sum(x.amount), 0)::bigint, coalesce(sum(t.amount), 0)::bigint
      from payment x
     cross join lateral (select sum(t.amount) as amount from payment_tender t where t.property_id = x.property_id and t.payment_id = x.id) t
     where x.property_id = p_property and x.on_date between first and p_last
    union all
    select 'receipts and their entries', coalesce(sum(x.amount), 0)::bigint, coalesce(sum(t.amount), 0)::bigint
      from payment x
     cross join lateral (select sum(t.amount) as amount
                           from posting t join reconciled_accounts(array[p_property]) w on w.account_id = t.account_id
                          where t.property_id = x.property_id and t.journal_id = x.journal_id) t
     where x.property_id = p_property and x.on_date between first and p_last;
end $$;

-- Of each series of the year how many receipts there are, and the last number.
create function reconciled_series(p_property int, p_last date) returns table (what text, there bigint, last bigint) language plpgsql stable rows 5 as $$
begin
  return query
    select format('receipts %s: how many, and the last number', r.series), count(*), max(r.n)
      from (select left(x.number, length(x.number) - 7) as series, right(x.number, 6)::bigint as n from payment x
             where x.property_id = p_property and extract(year from x.on_date) = extract(year from p_last)) r
     group by r.series;
end $$;

-- Shifts that were closed: what their reports expected, less the float, beside their receipts.
create function reconciled_shifts(p_property int, p_last date) returns table (what text, one bigint, other bigint) language plpgsql stable rows 5 as $$
declare
  first constant date := date_trunc('month', p_last::timestamp)::date;
begin
  return query
    select format('shift %s of %s and its receipts', s.number, s.drawer), c.expected - s.float, coalesce(x.amount, 0)::bigint
      from shift s
      join property y on y.id = s.property_id
     cross join lateral (select sum(c.expected)::bigint as expected from shift_count c where c.property_id = s.property_id and c.shift_id = s.id) c
     cross join lateral (select sum(x.amount) as amount from payment x where x.property_id = s.property_id and x.shift_id = s.id) x
     where s.property_id = p_property and (s.closed_at at time zone y.zone)::date between first and p_last;
end $$;
