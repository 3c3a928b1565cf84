-- What takes payments back: voids, which undo one as if it had not been, and refunds of what a customer has in advance.

-- Undoes a payment: its entry the other way round, its settlements, and what it put into pots. What the customer has used of an
-- advance since cannot be taken back (the pot would go below nothing); what was drawn from a prepaid balance is owed again.
create function void_post(x payment, p_id uuid, p_shift uuid, p_reason text, p_user uuid) returns void language plpgsql volatile as $$
declare
  day constant date := (select posting_day(y, null) from property y where y.id = x.property_id);
  e pot_entry;
begin
  perform from charge_line l where l.property_id = x.property_id
      and l.id in (select s.line_id from settlement s where s.property_id = x.property_id and s.entity_id = x.id) order by l.id for update;
  perform ledger_reverse(x.property_id, p_id, x.journal_id, day, format('Void of %s: %s', x.number, p_reason), p_user);
  insert into payment (property_id, id, number, kind, party_id, place_id, shift_id, on_date, amount, advance, note, journal_id, reverses, user_id)
  values (x.property_id, p_id, receipt_number(x.property_id, 'V', day), 'void', x.party_id, x.place_id, p_shift, day, -x.amount, -x.advance,
          left(p_reason, 200), p_id, x.id, p_user);
  insert into payment_tender (property_id, payment_id, method, amount, reference)
  select t.property_id, p_id, t.method, -t.amount, t.reference from payment_tender t where t.property_id = x.property_id and t.payment_id = x.id;
  insert into settlement (property_id, id, line_id, kind, amount, on_date, journal_id, entity, entity_id, reverses, user_id)
  select s.property_id, uuid7(), s.line_id, s.kind, -s.amount, day, p_id, 'payment', p_id, s.id, p_user
    from settlement s where s.property_id = x.property_id and s.entity_id = x.id and s.reverses is null;
  for e in select * from pot_entry p where p.property_id = x.property_id and p.entity = 'payment' and p.entity_id = x.id loop
    perform prepaid_free(x.property_id, e.pot_id, e.amount, p_user);
    perform pot_move(x.property_id, e.pot_id, -e.amount, day, p_id, 'payment', p_id, 'Void of ' || x.number, e.deposit_id);
    perform prepaid_settle(x.property_id, e.pot_id, p_user);
  end loop;
  perform deposit_changed(d.property_id, d.id) from deposit d where d.property_id = x.property_id and d.payment_id = x.id;
  perform bill_changed(x.property_id, b.bill_id)
     from (select distinct l.bill_id from settlement s join charge_line l on l.property_id = s.property_id and l.id = s.line_id
            where s.property_id = x.property_id and s.entity_id = x.id) b;
end $$;

-- Locks the payment that is to be voided. One that is found at the bank is there, whatever is written here: its match is taken back first.
create function void_take(p_property int, p_id uuid, p_by_bank boolean default false) returns payment language plpgsql volatile as $$
declare
  x payment;
  credited text;
  entry text;
begin
  perform ledger_hold(p_property);
  select * into x from payment p where p.property_id = p_property and p.id = p_id;
  if x.kind <> 'payment' then
    perform refuse('STPRE', 'NO_PAYMENT', 'payment', format('%s is a %s itself', x.number, x.kind));
  elsif exists (select from payment v where v.property_id = p_property and v.reverses = p_id) then
    perform refuse('STPRE', 'VOID_ALREADY', 'payment', format('%s is void already', x.number));
  end if;
  entry := case when not p_by_bank then bank_entry_of(p_property, p_id) end;
  if entry is not null then
    perform refuse('STPRE', 'FOUND_AT_BANK', 'payment', format('%s is in the bank as %s: `bank unmatch %s` takes that back', x.number, entry, entry));
  end if;
  perform from charge_line l where l.property_id = p_property
      and l.id in (select s.line_id from settlement s where s.property_id = p_property and s.entity_id = p_id) order by l.id for update;
  select b.number into credited
    from settlement s
    join charge_line l on l.property_id = s.property_id and l.id = s.line_id
    join bill b on b.property_id = l.property_id and b.id = l.bill_id
   where s.property_id = p_property and s.entity_id = p_id
     and exists (select from credit_note_line c where c.property_id = l.property_id and c.line_id = l.id and c.returned > 0)
   order by b.number limit 1;
  if credited is not null then
    perform refuse('STPRE', 'CREDITED_SINCE', 'payment', format('%s was credited since, and what %s had paid of it is an advance now: refund that',
                                                                credited, x.number));
  end if;
  return x;
end $$;

create function payment_void(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_reason text,
                             out property_id int, out payment_id uuid, out approval_id uuid) language plpgsql volatile as $$
declare
  k constant record := payment_key(p_scope, p_ref);
  x constant payment := void_take(k.property_id, k.id);
  s constant shift := shift_open_of(k.property_id, p_user);
begin
  property_id := x.property_id;
  payment_id := x.id;
  if approval_needed(x.property_id, 'payment_void', x.amount) then
    approval_id := approval_ask(x.property_id, p_key, 'payment_void', x.id, x.number, x.amount, p_reason, p_user);
  else
    perform void_post(x, p_key, s.id, p_reason, p_user);
  end if;
end $$;

create function payment_void_approved(a approval, p_key uuid, p_user uuid) returns void language plpgsql volatile as $$
declare
  x constant payment := void_take(a.property_id, a.entity_id);
  s constant shift := shift_open_of(a.property_id, a.asked_by);
begin
  perform void_post(x, p_key, s.id, a.reason, a.asked_by);
  perform payment_changed(a.property_id, x.id);
  perform payment_changed(a.property_id, p_key);
end $$;

create function payment_changed(p_property int, p_id uuid) returns void language plpgsql volatile as $$
begin
  perform feed_also(c.property_id, 'payment', c.id, c.version, c.number) from payment_card(p_property, p_id) c;
end $$;

-- The shift money is given out of: one's own, which a drawer needs; what goes through the bank needs none.
create function payout_shift(p_property int, p_user uuid, p_method text) returns uuid language plpgsql volatile as $$
begin
  perform ledger_hold(p_property);
  if (select m.drawer from payment_method m where m.method = p_method) then
    return (shift_open_of(p_property, p_user)).id;
  end if;
  return (select s.id from shift s where s.property_id = p_property and s.user_id = p_user and s.closed_at is null);
end $$;

-- Gives back what a customer has in a pot, by one method. The account of a pot serves what the pot is kept for.
create function refund_post(p_id uuid, p_pot pot, p_method text, p_amount bigint, p_shift uuid, p_reason text, p_user uuid, p_deposit uuid default null)
returns void language plpgsql volatile as $$
declare
  at constant date := (select posting_day(y, null) from property y where y.id = p_pot.property_id);
begin
  perform ledger_post(p_pot.property_id, p_id, 'refund', at, 'Refund: ' || p_reason,
                      array[row(ledger_account(p_pot.property_id, p_pot.kind),
                                ledger_account(p_pot.property_id, (select m.purpose from payment_method m where m.method = p_method)), p_amount)::ledger_leg],
                      p_user, 'payment', p_id);
  insert into payment (property_id, id, number, kind, party_id, place_id, shift_id, on_date, amount, advance, note, journal_id, user_id)
  values (p_pot.property_id, p_id, receipt_number(p_pot.property_id, 'F', at), 'refund', p_pot.party_id, p_pot.place_id, p_shift, at, -p_amount,
          case when p_pot.kind = 'advance' then -p_amount else 0 end, left(p_reason, 200), p_id, p_user);
  insert into payment_tender (property_id, payment_id, method, amount) values (p_pot.property_id, p_id, p_method, -p_amount);
  perform pot_move(p_pot.property_id, p_pot.id, -p_amount, at, p_id, 'payment', p_id, 'Refund', p_deposit);
end $$;

create function pot_at(p_property int, p_id uuid) returns pot language plpgsql volatile as $$
declare
  p pot;
begin
  select * into p from pot x where x.property_id = p_property and x.id = p_id for update;
  return p;
end $$;

-- What is asked names the customer and the method: "P-1007 cash".
create function payment_refund(p_property int, p_key uuid, p_user uuid, p_party text, p_method text, p_amount bigint, p_reason text,
                               out property_id int, out payment_id uuid, out approval_id uuid) language plpgsql volatile as $$
declare
  who constant record := payer_key(p_property, p_party, null);
  s constant shift := shift_open_of(p_property, p_user);
  has constant bigint := coalesce((select x.amount from pot x where x.property_id = p_property and x.kind = 'advance' and x.party_id = who.party_id
                                      for update), 0);
  y property;
begin
  select * into y from property x where x.id = p_property;
  property_id := p_property;
  if p_amount > has then
    perform refuse('STPRE', 'MORE_THAN_ADVANCE', 'amount_minor', format('the customer has %s %s in advance', money_text(has, y.currency), y.currency));
  elsif approval_needed(p_property, 'refund', p_amount) then
    approval_id := approval_ask(p_property, p_key, 'refund', who.party_id,
                                (select x.number from party x where x.property_id = p_property and x.id = who.party_id) || ' ' || p_method,
                                p_amount, p_reason, p_user, jsonb_build_object('method', p_method));
  else
    perform refund_post(p_key, pot_at(p_property, pot_of(p_property, 'advance', who.party_id)), p_method, p_amount, s.id, p_reason, p_user);
    payment_id := p_key;
  end if;
end $$;

create function refund_approved(a approval, p_key uuid, p_user uuid) returns void language plpgsql volatile as $$
declare
  s constant shift := shift_open_of(a.property_id, a.asked_by);
begin
  perform refund_post(p_key, pot_at(a.property_id, pot_of(a.property_id, 'advance', a.entity_id)), a.args ->> 'method', a.amount, s.id, a.reason, a.asked_by);
  perform payment_changed(a.property_id, p_key);
end $$;

create function payment_list(p_scope int[], p_party text, p_shift text, p_kind text, p_day text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  cut record := cursor_split(p_after, 'infinity');
  lim constant int := coalesce(p_limit, 50);
  day constant date := to_day(p_day, 'on');
  who record := row_after(null);
  turn record := row_after(null);
begin
  if p_party is not null then
    select k.property_id, k.id into who from party_key(p_scope, null, p_party) k;
  end if;
  if p_shift is not null then
    select k.property_id, k.id into turn from shift_key(p_scope, p_shift) k;
  end if;
  return query
    select x.property_id, x.id from unnest(p_scope) s (property_id)
     cross join lateral (
       select x.property_id, x.id, x.at from payment x
        where x.property_id = s.property_id and (x.at, x.id) < (cut.at, cut.id)
          and (p_party is null or x.property_id = who.property_id and x.party_id = who.id)
          and (p_shift is null or x.property_id = turn.property_id and x.shift_id = turn.id)
          and (p_kind is null or x.kind = p_kind) and (day is null or x.on_date = day)
        order by x.at desc, x.id desc limit lim) x
     order by x.at desc, x.id desc limit lim;
end $$;
