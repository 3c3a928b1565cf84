-- The account of a customer: what was billed, what settled it, what is held for him; and what the subledgers come to.

-- What a kind of settlement is called where people see it: credit that a customer had is his advance.
create function settled_as(p_kind text) returns text language plpgsql immutable parallel safe as $$
begin
  return case p_kind when 'credit' then 'advance' else p_kind end;
end $$;

-- Everything that moved what a customer owes, day by day, with the balance after each; held money stands beside it.
create function account_statement(p_scope int[], p_party text, p_from text, p_to text)
returns table (date text, document text, kind text, due text, taken_back boolean, debit_minor bigint, credit_minor bigint, balance_minor bigint,
               currency text)
language plpgsql stable rows 100 as $$
declare
  k record;
  y property;
  first date;
  last date;
begin
  select x.property_id, x.id into k from party_key(p_scope, null, p_party) x;
  select * into y from property x where x.id = k.property_id;
  last := coalesce(to_day(p_to, 'to'), today(y.zone));
  first := coalesce(to_day(p_from, 'from'), (last - interval '12 months')::date);
  return query
    with moved as (
      select b.issued_on as on_date, b.at, b.number as document, 'bill' as kind, b.due_on, null::boolean as back, b.amount
        from bill b where b.property_id = k.property_id and b.party_id = k.id
      union all
      select s.on_date, min(s.at), settled_by(s.property_id, s.entity, s.entity_id), settled_as(s.kind), null, nullif(s.reverses is not null, false),
             -sum(s.amount)::bigint
        from bill b
        join charge_line l on l.property_id = b.property_id and l.bill_id = b.id
        join settlement s on s.property_id = l.property_id and s.line_id = l.id
       where b.property_id = k.property_id and b.party_id = k.id
       group by s.property_id, s.on_date, s.entity, s.entity_id, s.kind, s.reverses is not null
    ), ran as (
      select m.*, sum(m.amount) over (order by m.on_date, m.at, m.document) as balance from moved m where m.on_date <= last
    )
    select r.on_date::text, r.document, r.kind, r.due_on::text, r.back, r.debit, r.credit, r.balance, y.currency
      from (select first as on_date, null::timestamptz as at, '' as document, 'brought_forward' as kind, null::date as due_on, null::boolean as back,
                   0::bigint as debit, 0::bigint as credit, coalesce((select sum(m.amount) from moved m where m.on_date < first), 0)::bigint as balance,
                   0 as o
            union all
            select r.on_date, r.at, r.document, r.kind, r.due_on, r.back, greatest(r.amount, 0), greatest(-r.amount, 0), r.balance::bigint, 1
              from ran r where r.on_date >= first) r
     order by r.o, r.on_date, r.at, r.document;
end $$;

-- The document that settled a line, as people call it.
create function settled_by(p_property int, p_entity text, p_id uuid) returns text language plpgsql stable as $$
begin
  return case p_entity
    when 'payment' then (select x.number from payment x where x.property_id = p_property and x.id = p_id)
    when 'credit_note' then (select x.number from credit_note x where x.property_id = p_property and x.id = p_id)
    when 'deposit_deduction' then (select x.number from deposit_deduction x where x.property_id = p_property and x.id = p_id)
    when 'prepaid_account' then (select x.number from prepaid_account x where x.property_id = p_property and x.id = p_id)
    when 'bill' then 'write-off'
    when 'pot' then 'advance'
    else p_entity end;
end $$;

-- Reads what the same statement has just written.
create function charge_item_now(p_property int, p_id uuid) returns setof charge_item language plpgsql volatile rows 1 as
$$ begin return query select * from charge_item i where i.property_id = p_property and i.id = p_id; end $$;

-- What the documents behind the accounts of customers come to, debits less credits.
create view subledger_sum with (security_invoker = true) as
select l.property_id, 'receivable' as purpose, l.amount - l.settled as amount from charge_line l where l.settled < l.amount
union all
select p.property_id, p.kind, -p.amount from pot p where p.kind <> 'deposit'
union all
select d.property_id, 'deposit', -d.held from deposit d where d.held > 0
union all
select l.property_id, 'pass_through', l.credited - l.amount
  from charge_line l
  join charge_item i on i.property_id = l.property_id and i.id = l.item_id
  join account a on a.property_id = i.property_id and a.id = i.account_id
 where a.purpose = 'pass_through'
union all
select m.property_id, 'suspense', -e.amount -- entries of the bank that are not known yet
  from bank_match m
  join account a on a.property_id = m.property_id and a.id = m.account_id and a.purpose = 'suspense'
  join bank_entry e on e.property_id = m.property_id and e.match_id = m.id
union all
select r.property_id, 'pass_through', r.amount from remittance_line r;
grant select on subledger_sum to steward_app;
