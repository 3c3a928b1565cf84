-- What an entry of the bank may be: rules in their order, each saying why. A safe one is posted in a batch, others by hand.

-- What was paid or given back at a desk otherwise than in cash and is not found at the bank yet.
create view bank_transit with (security_invoker = true) as
select x.property_id, x.id as payment_id, t.method, x.number, x.party_id, x.on_date, x.at, t.amount, t.reference, m.purpose
  from payment x
  join payment_tender t on t.property_id = x.property_id and t.payment_id = x.id
  join payment_method m on m.method = t.method and m.purpose <> 'cash'
 where x.kind <> 'void' and x.shift_id is not null
   and not exists (select from payment v where v.property_id = x.property_id and v.reverses = x.id)
   and not exists (select from bank_cleared c where c.property_id = x.property_id and c.payment_id = x.id and c.method = t.method and c.live);
grant select on bank_transit to steward_app;

-- payment: of 'party_id', for 'bills' first. desk: 'payment_ids' and 'methods' say which tenders. account: posted to 'account_id'.
create type bank_guess as (rule text, safe boolean, why text, kind text, party_id uuid, bills uuid[], payment_ids uuid[], methods text[], account_id uuid,
                           text text);

-- What the bank says of an entry, to look for numbers in; and the numbers found: 'B' finds B-1001, B1001 and B 1001.
create function bank_said(e bank_entry) returns text language sql immutable parallel safe as
$$ select upper(concat_ws(' ', e.reference, e.text, e.counterparty)) $$;
create function bank_numbers(p_said text, p_series text) returns text[] language sql immutable parallel safe as $$
  select coalesce(array_agg(distinct p_series || '-' || m[1]), '{}')
    from regexp_matches(p_said, '(?<![A-Z0-9])' || p_series || '[- ]?(\d{4,10})(?!\d)', 'g') m
$$;

-- What a customer owes.
create function bank_owed(p_property int, p_party uuid) returns bigint language plpgsql stable as $$
begin
  return (select coalesce(sum(l.amount - l.settled), 0) from charge_line l where l.property_id = p_property and l.party_id = p_party and l.settled < l.amount);
end $$;

-- Does the bank write this, as a word of its own?
create function bank_says(p_said text, p_word text) returns boolean language sql immutable parallel safe as $$
  select p_said ~ ('(^|[^A-Z0-9])' || regexp_replace(upper(p_word), '([^A-Z0-9 ])', '\\\1', 'g') || '($|[^A-Z0-9])')
$$;

-- Receipts, or the references of card slips and transfers, that the bank names: safe where they come to the amount.
create function bank_guess_receipt(e bank_entry) returns setof bank_guess language plpgsql stable rows 1 as $$
declare
  said constant text := bank_said(e);
  named constant text[] := array(select m[1] from regexp_matches(said, '(?<![A-Z0-9])([A-Z0-9]{2,16}-F?\d\d-\d{6})(?!\d)', 'g') m);
  g record;
  currency constant text := (select y.currency from property y where y.id = e.property_id);
begin
  select array_agg(t.payment_id order by t.number) as ids, array_agg(t.method order by t.number) as methods, sum(t.amount)::bigint as total,
         string_agg(distinct t.number, ', ') as numbers into g
    from bank_transit t
   where t.property_id = e.property_id
     and t.payment_id in (select x.id from payment x where x.property_id = e.property_id and x.number = any (named)
                          union all
                          select p.payment_id from payment_tender p where p.property_id = e.property_id and p.amount = e.amount and p.method <> 'cash')
     and (t.number = any (named) or t.amount = e.amount and length(t.reference) >= 4 and bank_says(said, t.reference));
  if g.numbers is not null then
    return next row('receipt', g.total = e.amount,
                    format('names %s, taken at the desk%s', g.numbers, case when g.total <> e.amount then
                           format(': %s there, %s at the bank', money_text(g.total, currency), money_text(e.amount, currency)) else '' end),
                    'desk', null, null, g.ids, g.methods, null, null)::bank_guess;
  end if;
end $$;

-- Before an amount of a customer becomes a payment: he may have said so at the desk, and it is in the books.
create function bank_guess_desk(e bank_entry, p_party uuid, p_rule text, p_lead text) returns setof bank_guess language plpgsql stable rows 1 as $$
declare
  g record;
begin
  select array_agg(t.payment_id) as ids, array_agg(t.method) as methods, string_agg(t.number, ', ' order by t.number) as numbers, count(*) as n into g
    from bank_transit t
   where t.property_id = e.property_id and t.party_id = p_party and t.amount = e.amount and t.purpose in ('bank', 'cheque')
     and t.on_date between e.on_date - 60 and e.on_date + 60;
  if g.n > 0 then
    return next row(p_rule, g.n = 1, format('%s; taken at the desk as %s', p_lead, g.numbers), 'desk', p_party, null, g.ids[1:1], g.methods[1:1], null,
                    null)::bank_guess;
  end if;
end $$;

-- The customer is known, with this much confidence, and what he owes is compared with what came.
create function bank_guess_party(e bank_entry, p_party uuid, p_bills uuid[], p_rule text, p_lead text, p_exact boolean) returns setof bank_guess
language plpgsql stable rows 2 as $$
declare
  currency constant text := (select y.currency from property y where y.id = e.property_id);
  owed constant bigint := case when p_bills is null then bank_owed(e.property_id, p_party) else
    (select coalesce(sum(l.amount - l.settled), 0) from charge_line l where l.property_id = e.property_id and l.bill_id = any (p_bills)) end;
begin
  return query select * from bank_guess_desk(e, p_party, p_rule, p_lead);
  if not found then
    return next row(p_rule, case when p_exact then owed = e.amount else owed >= e.amount end,
                    format('%s; %s is due%s', p_lead, money_text(owed, currency), case when owed < e.amount then ', the rest would be an advance' else '' end),
                    'payment', p_party, p_bills, null, null, null, null)::bank_guess;
  end if;
end $$;

-- Bills, or else a customer's number, that the text names. Where it names the one's bill and the other's number, nothing is safe.
create function bank_guess_named(e bank_entry) returns setof bank_guess language plpgsql stable rows 2 as $$
declare
  bills record;
  parties record;
begin
  select array_agg(b.id order by b.due_on, b.number) as ids, array_agg(distinct b.party_id) as parties, string_agg(b.number, ', ' order by b.number) as numbers
    into bills from bill b where b.property_id = e.property_id and b.number = any (bank_numbers(bank_said(e), 'B'));
  select array_agg(p.id) as ids, string_agg(p.number, ', ') as numbers into parties
    from party p where p.property_id = e.property_id and p.number = any (bank_numbers(bank_said(e), 'P'));
  if cardinality(bills.parties) = 1 then
    return query
      select g.rule, g.safe and not coalesce(bills.parties <> parties.ids, false), g.why, g.kind, g.party_id, g.bills, g.payment_ids, g.methods,
             g.account_id, g.text
        from bank_guess_party(e, bills.parties[1], bills.ids, 'bill', 'names ' || concat_ws(' and ', bills.numbers, parties.numbers), false) g;
    return;
  end if;
  if cardinality(parties.ids) = 1 then
    return query select * from bank_guess_party(e, parties.ids[1], null, 'customer', 'names ' || parties.numbers, false);
  end if;
end $$;

-- Whose money came from this account before: one customer's only.
create function bank_guess_payer(e bank_entry) returns setof bank_guess language plpgsql stable rows 2 as $$
declare
  parties uuid[];
begin
  select array_agg(distinct x.party_id) into parties
    from bank_entry o
    join bank_match m on m.property_id = o.property_id and m.id = o.match_id and m.kind = 'payment'
    join payment x on x.property_id = m.property_id and x.id = m.payment_id
   where o.property_id = e.property_id and o.counter_account = e.counter_account and o.match_id is not null and o.id <> e.id;
  if cardinality(parties) = 1 then
    return query select * from bank_guess_party(e, parties[1], null, 'payer',
      format('%s has paid from this account before', (select p.number from party p where p.property_id = e.property_id and p.id = parties[1])), true);
  end if;
end $$;

-- Takings by card and QR code of one day, which their bank sends in one sum.
create function bank_guess_card(e bank_entry) returns setof bank_guess language plpgsql stable rows 1 as $$
declare
  g record;
  days int := 0;
begin
  for g in
    select t.on_date, array_agg(t.payment_id order by t.number) as ids, array_agg(t.method order by t.number) as methods, count(*) as n
      from bank_transit t
     where t.property_id = e.property_id and t.purpose = 'card' and t.on_date between e.on_date - 10 and e.on_date and t.at > e.on_date - interval '12 days'
     group by t.on_date having sum(t.amount) = e.amount order by t.on_date desc
  loop
    days := days + 1;
    return next row('card', days = 1 and (select count(*) = 1 from bank_guess_card_days(e)),
                    format('the %s takings by card of %s come to it', g.n, g.on_date), 'desk', null, null, g.ids, g.methods, null, null)::bank_guess;
  end loop;
end $$;
create function bank_guess_card_days(e bank_entry) returns setof date language plpgsql stable rows 1 as $$
begin
  return query select t.on_date from bank_transit t
    where t.property_id = e.property_id and t.purpose = 'card' and t.on_date between e.on_date - 10 and e.on_date and t.at > e.on_date - interval '12 days'
    group by t.on_date having sum(t.amount) = e.amount;
end $$;

-- Rules of the property: charges, interest, takings that were brought to the bank.
create function bank_guess_rule(e bank_entry) returns setof bank_guess language plpgsql stable rows 1 as $$
begin
  return query
    select 'rule', true, format('rule %s: the bank writes %s', r.code, quote_literal(r.contains)), 'account', null::uuid, null::uuid[], null::uuid[],
           null::text[], r.account_id, r.text
      from bank_rule r
     where r.property_id = e.property_id and (r.ended_on is null or r.ended_on > e.on_date) and (r.bank_id is null or r.bank_id = e.bank_id)
       and r.direction = case when e.amount > 0 then 'in' else 'out' end and (r.most is null or abs(e.amount) <= r.most)
       and strpos(norm(concat_ws(' ', e.code, bank_said(e))), norm(upper(r.contains))) > 0
     order by r.rank, r.code limit 1;
end $$;

-- The only customer who owes exactly this, in all or on one bill. Safe where the payer's name is his too.
create function bank_guess_amount(e bank_entry) returns setof bank_guess language plpgsql stable rows 2 as $$
declare
  who record;
  named boolean;
begin
  select array_agg(distinct o.party_id) as ids into who
    from (select l.party_id from charge_line l where l.property_id = e.property_id and l.settled < l.amount
           group by l.party_id having sum(l.amount - l.settled) = e.amount
          union
          select l.party_id from charge_line l where l.property_id = e.property_id and l.settled < l.amount
           group by l.party_id, l.bill_id having sum(l.amount - l.settled) = e.amount) o;
  if cardinality(who.ids) = 1 then
    named := (select norm(lower(p.name)) = norm(lower(e.counterparty)) from party p where p.property_id = e.property_id and p.id = who.ids[1]);
    return query
      select g.rule, g.safe and coalesce(named, false), g.why, g.kind, g.party_id,
             coalesce(g.bills, (select array[min(b.bill_id::text)::uuid]
                                  from (select l.bill_id from charge_line l
                                         where l.property_id = e.property_id and l.party_id = who.ids[1] and l.settled < l.amount
                                         group by l.bill_id having sum(l.amount - l.settled) = e.amount) b
                                having count(*) = 1 and bank_owed(e.property_id, who.ids[1]) <> e.amount)),
             g.payment_ids, g.methods, g.account_id, g.text
        from bank_guess_party(e, who.ids[1], null, 'amount',
               format('only %s owes exactly this%s', (select p.number from party p where p.property_id = e.property_id and p.id = who.ids[1]),
                      case when named then ', and the name is his' else '' end), false) g;
  end if;
end $$;

-- All guesses, the first rule first. Money that went out is of no customer: it may have been given back at a desk, or a rule fits.
create function bank_guesses(e bank_entry) returns setof bank_guess language plpgsql stable rows 3 as $$
begin
  return query select * from bank_guess_receipt(e);
  if e.amount > 0 then
    return query select * from bank_guess_named(e);
    return query select * from bank_guess_payer(e);
    return query select * from bank_guess_card(e);
  end if;
  return query select * from bank_guess_rule(e);
  if e.amount > 0 then
    return query select * from bank_guess_amount(e);
  end if;
end $$;
-- The first safe one, or else the first.
create function bank_guess_best(e bank_entry) returns bank_guess language plpgsql stable as $$
declare
  g bank_guess;
  best bank_guess;
begin
  for g in select * from bank_guesses(e) loop
    if g.safe then
      return g;
    elsif best.kind is null then
      best := g;
    end if;
  end loop;
  return best;
end $$;
