-- Payments: what is due, taking money, what it settles.

create view payment_card with (security_invoker = true) as
select x.id, x.property_id, y.code as property, x.number, x.kind, p.number as party, p.name as party_name,
       (select l.number from place l where l.property_id = x.property_id and l.id = x.place_id) as place, x.on_date::text as date,
       x.amount as amount_minor, x.advance as advance_minor, y.currency,
       (select string_agg(t.method || ' ' || money_text(t.amount, y.currency), ', ' order by m.rank)
          from payment_tender t join payment_method m using (method) where t.property_id = x.property_id and t.payment_id = x.id) as paid,
       (select t.tendered - t.amount from payment_tender t
         where t.property_id = x.property_id and t.payment_id = x.id and t.tendered is not null)::bigint as change_minor,
       (select s.number from shift s where s.property_id = x.property_id and s.id = x.shift_id) as shift,
       (select v.number from payment v where v.property_id = x.property_id and v.reverses = x.id) as voided_by,
       (select v.number from payment v where v.property_id = x.property_id and v.id = x.reverses) as voids, x.note,
       (select u.login from app_user u where u.id = x.user_id) as by, ts(x.at, y.zone) as at,
       1 + (exists (select from payment v where v.property_id = x.property_id and v.reverses = x.id))::int as version,
       (extract(epoch from x.at) * 1000000)::bigint || '~' || x.id as cursor
  from payment x join property y on y.id = x.property_id join party p on p.property_id = x.property_id and p.id = x.party_id;
create function payment_card(p_property int, p_id uuid) returns setof payment_card language plpgsql volatile rows 1 as
$$ begin return query select * from payment_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on payment_card to steward_app;

create function payment_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id from number_key('payment', p_scope, p_ref, 'there is no receipt', 'PAYMENT', 'payment') k;
end $$;

-- SUN-26-000123: of a property, a series and a year, without gaps. Taken as late as possible: it locks the counter.
create function receipt_number(p_property int, p_series text, p_on date) returns text language plpgsql volatile as $$
declare
  year constant text := to_char(p_on, 'YY');
begin
  return format('%s-%s%s-%s', property_codes(array[p_property]), p_series, year,
                lpad((next_number(p_property, 'receipt ' || p_series || year) - 1000)::text, 6, '0'));
end $$;

-- What is due -----------------------------------------------------------------------------------------------------------

-- Who is asked for at the desk: a customer, or whoever pays for a place.
create function payer_key(p_property int, p_party text, p_place text, out party_id uuid, out place_id uuid) language plpgsql stable as $$
begin
  if num_nonnulls(p_party, p_place) = 0 then
    perform refuse('STINV', 'PARTY_MISSING', 'party', 'say who pays, or for which place');
  end if;
  select k.id into place_id from place_key(array[p_property], p_property, p_place) k;
  select k.id into party_id from party_key(array[p_property], p_property, p_party) k;
  party_id := coalesce(party_id, payer_of(p_property, place_id, (select today(y.zone) from property y where y.id = p_property), 'customer'));
  if party_id is null then
    perform refuse('STPRE', 'NO_HOLDER', 'place', 'nobody holds this place now: say who pays');
  end if;
end $$;

-- Open lines in the order in which money settles them: the earliest due day first, on one day by the rank of the item. Of
-- the bills named, or of all of the customer (at the place, if one is named).
create function payment_due(p_property int, p_party uuid, p_place uuid, p_bills uuid[])
returns table (line_id uuid, open bigint) language plpgsql stable rows 20 as $$
begin
  if p_bills is not null then
    return query
      select l.id, l.amount - l.settled
        from charge_line l
        join charge_item i on i.property_id = l.property_id and i.id = l.item_id
       where l.property_id = p_property and l.settled < l.amount and l.bill_id = any (p_bills)
       order by l.due_on, i.rank, l.id;
  else
    return query
      select l.id, l.amount - l.settled
        from charge_line l
        join charge_item i on i.property_id = l.property_id and i.id = l.item_id
       where l.property_id = p_property and l.settled < l.amount and l.party_id = p_party and (p_place is null or l.place_id = p_place)
       order by l.due_on, i.rank, l.id;
  end if;
end $$;

-- Taking money ------------------------------------------------------------------------------------------------------------

create function shift_open_of(p_property int, p_user uuid) returns shift language plpgsql volatile as $$
declare
  s shift;
begin
  perform ledger_hold(p_property);
  select * into s from shift x where x.property_id = p_property and x.user_id = p_user and x.closed_at is null for share;
  if s.id is null then
    perform refuse('STPRE', 'NO_SHIFT', 'shift', 'you have no shift open: `shift open` begins one');
  end if;
  return s;
end $$;

-- What was paid, way by way: the account the money is in then.
create type payment_money as (methods text[], amounts bigint[], refs text[], accounts uuid[], total bigint);

-- "cash=100", "card=26.80:A1B2": methods, amounts and references.
create function payment_paid(y property, p_paid text[]) returns payment_money language plpgsql stable as $$
declare
  paid payment_money := row('{}', '{}', '{}', '{}', 0);
  item text;
  m payment_method;
  n bigint;
begin
  foreach item in array p_paid loop
    select * into m from payment_method x where x.method = lower(btrim(split_part(item, '=', 1)));
    n := to_money(split_part(split_part(item, '=', 2), ':', 1), y.currency, 'paid');
    if m.method is null or coalesce(n, 0) = 0 then
      perform refuse('STINV', 'PAID', 'paid', format('%s: write how and how much, such as cash=100 or card=26.80:A1B2; one can pay by %s', quote_literal(item),
                                                     (select string_agg(x.method, ', ' order by x.rank) from payment_method x)));
    elsif m.method = any (paid.methods) then
      perform refuse('STINV', 'PAID_TWICE', 'paid', format('%s is named twice', m.method));
    end if;
    paid.methods := paid.methods || m.method;
    paid.amounts := paid.amounts || n;
    paid.refs := array_append(paid.refs, nullif(btrim(substr(item, strpos(item, ':') + 1)), item));
    paid.accounts := paid.accounts || ledger_account(y.id, m.purpose);
    paid.total := paid.total + n;
  end loop;
  return paid;
end $$;

-- Writes down a payment with its receipt and what it was paid in (as payment_paid() says), and posts it: to the accounts of
-- these purposes, so much to each. p_shift: null where it came by the bank. Gives the number of the receipt.
create function payment_write(y property, p_key uuid, p_user uuid, p_at timestamptz, p_party uuid, p_place uuid, p_shift uuid, p_on date, p_paid payment_money,
                              p_tendered bigint, p_note text, p_purposes text[], p_amounts bigint[]) returns text language plpgsql volatile as $$
declare
  n constant text := receipt_number(y.id, '', p_on);
begin
  perform ledger_post(y.id, p_key, 'payment', p_on, 'Payment ' || n,
                      ledger_pairs(p_paid.accounts, p_paid.amounts, ledger_sides(y.id, p_purposes, p_amounts), array_remove(p_amounts, 0::bigint)),
                      p_user, 'payment', p_key, p_at => p_at);
  insert into payment (property_id, id, number, kind, party_id, place_id, shift_id, on_date, amount, advance, note, journal_id, user_id, occurred_at)
  values (y.id, p_key, n, 'payment', p_party, p_place, p_shift, p_on, p_paid.total,
          coalesce((select sum(x.amount) from unnest(p_purposes, p_amounts) x (purpose, amount) where x.purpose = 'advance'), 0),
          nullif(btrim(p_note), ''), p_key, p_user, p_at);
  insert into payment_tender (property_id, payment_id, method, amount, tendered, reference)
  select y.id, p_key, t.method, t.amount, case when t.method = 'cash' then p_tendered end, t.ref
    from unnest(p_paid.methods, p_paid.amounts, p_paid.refs) t (method, amount, ref);
  return n;
end $$;

-- Takes money of a customer at a desk. It settles the bills named, or what is due in its order; the rest is the customer's advance.
create function payment_take(p_property int, p_key uuid, p_user uuid, p_at timestamptz, p_party text, p_place text, p_bills text[], p_paid text[],
                             p_tendered bigint, p_note text) returns uuid language plpgsql volatile as $$
declare
  y property;
  s constant shift := shift_open_of(p_property, p_user);
  who record;
  bills uuid[];
begin
  select * into y from property x where x.id = p_property;
  bills := payment_bills(p_property, p_bills);
  if bills is not null and num_nonnulls(p_party, p_place) = 0 then
    select b.party_id, b.place_id into who from bill b where b.property_id = p_property and b.id = bills[1];
  else
    select k.party_id, k.place_id into who from payer_key(p_property, p_party, p_place) k;
  end if;
  perform payment_receive(y, p_key, p_user, posting_day(y, null), p_at, who.party_id, who.place_id, bills, payment_paid(y, p_paid), p_tendered,
                          s.id, p_note);
  return p_key;
end $$;

-- Money of a customer that settles what is due, at a desk or by the bank (p_shift null): its receipt, its entry, the lines, the rest as
-- advance. Gives the receipt's number.
create function payment_receive(y property, p_id uuid, p_user uuid, p_on date, p_at timestamptz, p_party uuid, p_place uuid, p_bills uuid[],
                                paid payment_money, p_tendered bigint, p_shift uuid, p_note text) returns text language plpgsql volatile as $$
declare
  lines uuid[];
  parts bigint[];
  used bigint;
  n text;
begin
  perform from charge_line l where l.property_id = y.id
      and l.id in (select d.line_id from payment_due(y.id, p_party, p_place, p_bills) d) order by l.id for update;
  select array_agg(d.line_id order by d.o), array_agg(d.part order by d.o) into lines, parts
    from (select x.line_id, x.o, least(x.open, paid.total - (sum(x.open) over (order by x.o) - x.open))::bigint as part
            from payment_due(y.id, p_party, p_place, p_bills) with ordinality x (line_id, open, o)) d
   where d.part > 0;
  used := coalesce((select sum(p) from unnest(parts) p), 0);
  n := payment_write(y, p_id, p_user, p_at, p_party, p_place, p_shift, p_on, paid, p_tendered, p_note, '{receivable,advance}',
                     array[used, paid.total - used]);
  perform settle(y.id, lines, parts, 'payment', p_on, p_id, 'payment', p_id, p_user);
  perform pot_move(y.id, pot_of(y.id, 'advance', p_party), paid.total - used, p_on, p_id, 'payment', p_id, 'Payment ' || n);
  return n;
end $$;

create function payment_bills(p_property int, p_refs text[]) returns uuid[] language plpgsql stable as $$
begin
  if coalesce(cardinality(p_refs), 0) = 0 then
    return null;
  end if;
  return array(select (bill_key(array[p_property], r.ref)).id from unnest(p_refs) with ordinality r (ref, o) order by r.o);
end $$;

-- Settles lines by these parts, and tells the change feed of their bills.
create function settle(p_property int, p_lines uuid[], p_parts bigint[], p_kind text, p_on date, p_journal uuid, p_entity text, p_entity_id uuid,
                       p_user uuid) returns void language plpgsql volatile as $$
begin
  insert into settlement (property_id, id, line_id, kind, amount, on_date, journal_id, entity, entity_id, user_id)
  select p_property, uuid7(), x.line_id, p_kind, x.part, p_on, p_journal, p_entity, p_entity_id, p_user
    from unnest(p_lines, p_parts) x (line_id, part);
  perform bill_changed(p_property, b.bill_id)
     from (select distinct l.bill_id from charge_line l where l.property_id = p_property and l.id = any (p_lines)) b;
end $$;

-- Uses a customer's advance for what is due.
create function payment_apply(p_property int, p_key uuid, p_user uuid, p_party text, p_bills text[], out id uuid, out amount_minor bigint, out left_minor bigint)
language plpgsql volatile as $$
declare
  y property;
  who constant record := payer_key(p_property, p_party, null);
  p pot;
  lines uuid[];
  parts bigint[];
  at date;
begin
  perform ledger_hold(p_property);
  select * into y from property x where x.id = p_property;
  at := posting_day(y, null);
  perform from charge_line l where l.property_id = p_property
      and l.id in (select d.line_id from payment_due(p_property, who.party_id, null, payment_bills(p_property, p_bills)) d) order by l.id for update;
  select * into p from pot x where x.property_id = p_property and x.kind = 'advance' and x.party_id = who.party_id for update;
  select array_agg(d.line_id order by d.o), array_agg(d.part order by d.o) into lines, parts
    from (select x.line_id, x.o, least(x.open, coalesce(p.amount, 0) - (sum(x.open) over (order by x.o) - x.open))::bigint as part
            from payment_due(p_property, who.party_id, null, payment_bills(p_property, p_bills)) with ordinality x (line_id, open, o)) d
   where d.part > 0;
  amount_minor := (select sum(x) from unnest(parts) x);
  if amount_minor is null then
    perform refuse('STPRE', 'NOTHING_TO_APPLY', 'party', case when coalesce(p.amount, 0) = 0 then 'nothing was paid in advance' else 'nothing is due' end);
  end if;
  perform ledger_post(p_property, p_key, 'credit', at, 'Advance used', array[row(ledger_account(p_property, 'advance'),
                      ledger_account(p_property, 'receivable'), amount_minor)::ledger_leg], p_user, 'pot', p.id);
  perform settle(p_property, lines, parts, 'credit', at, p_key, 'pot', p.id, p_user);
  perform pot_move(p_property, p.id, -amount_minor, at, p_key, 'settlement', p_key, 'Used for what was due');
  id := p_key;
  left_minor := p.amount - amount_minor;
end $$;
