-- Credit notes, write-offs and disputes: what takes something off a bill without money.

-- Does this amount need a second person? Without a limit of the property's own, everything does.
create function approval_needed(p_property int, p_kind text, p_amount bigint) returns boolean language plpgsql stable as $$
begin
  return p_amount > coalesce((select l.amount from approval_limit l where l.property_id = p_property and l.kind = p_kind), 0);
end $$;

create function approval_limit_set(p_property int, p_kind text, p_amount bigint, out kind text, out amount_minor bigint, out currency text)
language plpgsql volatile as $$
#variable_conflict use_column
begin
  if not exists (select from approval_kind k where k.kind = p_kind and k.measured) then
    perform refuse('STNOF', 'APPROVAL_KIND', 'kind', format('there is no limit for %s', quote_literal(p_kind)));
  end if;
  insert into approval_limit (property_id, kind, amount) values (p_property, p_kind, p_amount)
  on conflict (property_id, kind) do update set amount = excluded.amount, version = approval_limit.version + 1;
  kind := p_kind;
  amount_minor := p_amount;
  currency := (select y.currency from property y where y.id = p_property);
end $$;

-- The customer's pot, made when it is needed first.
create function pot_of(p_property int, p_kind text, p_party uuid, p_place uuid default null, p_item uuid default null) returns uuid
language plpgsql volatile as $$
declare
  found uuid;
begin
  loop
    select p.id into found from pot p
     where p.property_id = p_property and p.kind = p_kind and p.party_id = p_party and p.place_id is not distinct from p_place
       and p.item_id is not distinct from p_item;
    exit when found is not null;
    insert into pot (property_id, id, kind, party_id, place_id, item_id) values (p_property, uuid7(), p_kind, p_party, p_place, p_item)
    on conflict do nothing;
  end loop;
  return found;
end $$;

-- Adds to or takes from a pot, as the entry says.
create function pot_move(p_property int, p_pot uuid, p_amount bigint, p_on date, p_journal uuid, p_entity text, p_entity_id uuid, p_text text,
                         p_deposit uuid default null) returns void language plpgsql volatile as $$
begin
  if p_amount <> 0 then
    insert into pot_entry (property_id, id, pot_id, amount, on_date, journal_id, entity, entity_id, text, deposit_id)
    values (p_property, uuid7(), p_pot, p_amount, p_on, p_journal, p_entity, p_entity_id, left(p_text, 200), p_deposit);
    perform deposit_over(p_property, p_deposit);
  end if;
end $$;

create type credit_part as (line_id uuid, account_id uuid, amount bigint, tax bigint, open bigint);

-- Lines of a bill that are to be credited, locked: one of them, or all; with how much of each.
create function bill_credit_parts(b bill, p_line int, p_amount bigint) returns credit_part[] language plpgsql volatile as $$
declare
  parts credit_part[];
begin
  if p_amount is not null and p_line is null and (select count(*) from charge_line l where l.property_id = b.property_id and l.bill_id = b.id) > 1 then
    perform refuse('STINV', 'LINE_MISSING', 'line', format('%s has several lines: say which', b.number));
  elsif p_line is not null and not exists (select from charge_line l where l.property_id = b.property_id and l.bill_id = b.id and l.line = p_line) then
    perform refuse('STNOF', 'LINE_UNKNOWN', 'line', format('%s has no line %s', b.number, p_line));
  end if;
  perform from charge_line l where l.property_id = b.property_id and l.bill_id = b.id order by l.id for update;
  perform refuse('STINV', 'MORE_THAN_CHARGED', 'amount_minor', format('line %s of %s was for %s, %s of which is credited already', l.line, b.number,
                                                                     money_text(l.amount, y.currency), money_text(l.credited, y.currency)))
     from charge_line l join property y on y.id = l.property_id
    where l.property_id = b.property_id and l.bill_id = b.id and (p_line is null or l.line = p_line) and p_amount > l.amount - l.credited;
  select array_agg(row(l.id, i.account_id, coalesce(p_amount, l.amount - l.credited),
                       case when coalesce(p_amount, l.amount) = l.amount and l.credited = 0 then l.tax
                            else tax_within(coalesce(p_amount, l.amount - l.credited), i.tax_bp) end, l.amount - l.settled)::credit_part order by l.line)
    into parts
    from charge_line l join charge_item i on i.property_id = l.property_id and i.id = l.item_id
   where l.property_id = b.property_id and l.bill_id = b.id and (p_line is null or l.line = p_line) and l.credited < l.amount;
  if parts is null then
    perform refuse('STPRE', 'CREDITED', 'bill', format('%s has been credited in full already', b.number));
  end if;
  return parts;
end $$;

-- Credits a bill, a line of it, or part of a line. What is open of it is settled by that; what had been paid becomes the
-- customer's advance, or goes back to the prepaid balance it was drawn from.
create function credit_post(b bill, p_id uuid, p_line int, p_amount bigint, p_reason text, p_user uuid) returns uuid
language plpgsql volatile as $$
declare
  parts constant credit_part[] := bill_credit_parts(b, p_line, p_amount);
  at constant date := (select posting_day(y, null) from property y where y.id = b.property_id);
  n constant text := 'CN-' || next_number(b.property_id, 'CN');
  total bigint;
  open bigint;
  debits uuid[];
  amounts bigint[];
  home uuid := prepaid_home(b.property_id, b.id);
  side constant text := case when home is null then 'advance' else 'prepaid' end;
begin
  select sum(x.amount), sum(least(x.amount, x.open)) into total, open from unnest(parts) x;
  select array_agg(x.account order by x.account), array_agg(x.amount order by x.account) into debits, amounts
    from (select p.account_id as account, sum(p.amount - p.tax)::bigint as amount from unnest(parts) p group by p.account_id
          union all select ledger_account(b.property_id, 'tax'), sum(p.tax)::bigint from unnest(parts) p) x
   where x.amount > 0;
  perform ledger_post(b.property_id, p_id, 'credit_note', at, format('Credit note %s for %s: %s', n, b.number, p_reason),
                      ledger_pairs(debits, amounts, ledger_sides(b.property_id, array['receivable', side], array[open, total - open]),
                                   array_remove(array[open, total - open], 0::bigint)), p_user, 'credit_note', p_id);
  insert into credit_note (property_id, id, number, bill_id, amount, reason, on_date, journal_id, user_id)
  values (b.property_id, p_id, n, b.id, total, btrim(p_reason), at, p_id, p_user);
  insert into credit_note_line (property_id, credit_note_id, line_id, amount, returned)
  select b.property_id, p_id, x.line_id, x.amount, x.amount - least(x.amount, x.open) from unnest(parts) x;
  insert into settlement (property_id, id, line_id, kind, amount, on_date, journal_id, entity, entity_id, user_id)
  select b.property_id, uuid7(), x.line_id, 'credit_note', least(x.amount, x.open), at, p_id, 'credit_note', p_id, p_user
    from unnest(parts) x where least(x.amount, x.open) > 0;
  if total > open then
    home := coalesce(home, pot_of(b.property_id, 'advance', b.party_id));
    perform pot_move(b.property_id, home, total - open, at, p_id, 'credit_note', p_id, 'Credit note ' || n);
  end if;
  perform meter_charges_free(b.property_id, 'charge_line', array(select l.id from charge_line l where l.property_id = b.property_id and l.bill_id = b.id
                                                                    and l.cancelled), p_user);
  return p_id;
end $$;

-- A bill something is to be taken off, or its lines changed.
create function bill_take(p_scope int[], p_ref text) returns bill language plpgsql volatile as $$
declare
  k constant record := bill_key(p_scope, p_ref);
  b bill;
begin
  perform ledger_hold(k.property_id);
  select * into b from bill x where x.property_id = k.property_id and x.id = k.id;
  return b;
end $$;

-- Credits at once, or above the limit asks for a second person. What is asked names the line: "B-1003 line 2".
create function bill_credit(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_line int, p_amount bigint, p_reason text,
                            out property_id int, out bill_id uuid, out approval_id uuid) language plpgsql volatile as $$
declare
  b constant bill := bill_take(p_scope, p_ref);
  total bigint;
begin
  select sum(x.amount) into total from unnest(bill_credit_parts(b, p_line, p_amount)) x;
  property_id := b.property_id;
  bill_id := b.id;
  if approval_needed(b.property_id, 'credit_note', total) then
    approval_id := approval_ask(b.property_id, p_key, 'credit_note', b.id, concat(b.number, ' line ' || p_line), total, p_reason, p_user,
                                jsonb_build_object('line', p_line, 'amount', p_amount));
  else
    perform credit_post(b, p_key, p_line, p_amount, p_reason, p_user);
  end if;
end $$;

create function credit_note_approved(a approval, p_key uuid, p_user uuid) returns void language plpgsql volatile as $$
declare
  b bill;
begin
  select * into b from bill x where x.property_id = a.property_id and x.id = a.entity_id;
  perform approval_same(a, (select sum(x.amount)::bigint
                              from unnest(bill_credit_parts(b, (a.args ->> 'line')::int, (a.args ->> 'amount')::bigint)) x));
  perform credit_post(b, p_key, (a.args ->> 'line')::int, (a.args ->> 'amount')::bigint, a.reason, a.asked_by);
  perform bill_changed(b.property_id, b.id);
end $$;

-- Tells the change feed of a bill that something else changed.
create function bill_changed(p_property int, p_bill uuid) returns void language plpgsql volatile as $$
begin
  perform feed_also(c.property_id, 'bill', c.id, c.version, c.number) from bill_card(p_property, p_bill) c;
end $$;

-- Writing off what is open of a bill: a loss, which always takes two where it exceeds the limit.
create function bill_write_off(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_reason text,
                               out property_id int, out bill_id uuid, out approval_id uuid) language plpgsql volatile as $$
declare
  b constant bill := bill_take(p_scope, p_ref);
  open bigint;
begin
  select sum(l.amount - l.settled) into open from charge_line l where l.property_id = b.property_id and l.bill_id = b.id;
  if open = 0 then
    perform refuse('STPRE', 'NOTHING_OPEN', 'bill', format('nothing of %s is open', b.number));
  end if;
  property_id := b.property_id;
  bill_id := b.id;
  if approval_needed(b.property_id, 'write_off', open) then
    approval_id := approval_ask(b.property_id, p_key, 'write_off', b.id, b.number, open, p_reason, p_user);
  else
    perform write_off_post(b, p_key, p_reason, p_user);
  end if;
end $$;

create function write_off_post(b bill, p_id uuid, p_reason text, p_user uuid) returns void language plpgsql volatile as $$
declare
  at constant date := (select posting_day(y, null) from property y where y.id = b.property_id);
  open bigint;
begin
  perform from charge_line l where l.property_id = b.property_id and l.bill_id = b.id order by l.id for update;
  select sum(l.amount - l.settled) into open from charge_line l where l.property_id = b.property_id and l.bill_id = b.id;
  perform ledger_post(b.property_id, p_id, 'write_off', at, format('Write-off of %s: %s', b.number, p_reason),
                      array[row(ledger_account(b.property_id, 'write_off'), ledger_account(b.property_id, 'receivable'), open)::ledger_leg],
                      p_user, 'bill', b.id);
  insert into settlement (property_id, id, line_id, kind, amount, on_date, journal_id, entity, entity_id, user_id)
  select l.property_id, uuid7(), l.id, 'write_off', l.amount - l.settled, at, p_id, 'bill', b.id, p_user
    from charge_line l where l.property_id = b.property_id and l.bill_id = b.id and l.settled < l.amount;
end $$;

create function write_off_approved(a approval, p_key uuid, p_user uuid) returns void language plpgsql volatile as $$
declare
  b bill;
begin
  select * into b from bill x where x.property_id = a.property_id and x.id = a.entity_id;
  perform approval_same(a, (select sum(l.amount - l.settled)::bigint from charge_line l where l.property_id = b.property_id and l.bill_id = b.id));
  perform write_off_post(b, p_key, a.reason, a.asked_by);
  perform bill_changed(b.property_id, b.id);
end $$;

-- A line the customer does not accept: it stays owed, but is not dunned and bears no interest until it is settled.
create function bill_dispute(p_scope int[], p_ref text, p_line int, p_over boolean, out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  b constant bill := bill_take(p_scope, p_ref);
  n int;
begin
  update charge_line l set disputed_at = case when p_over is not true then now() end, version = l.version + 1
   where l.property_id = b.property_id and l.bill_id = b.id and (p_line is null or l.line = p_line) and (l.disputed_at is null) = not coalesce(p_over, false);
  get diagnostics n = row_count;
  if n = 0 then
    perform refuse('STPRE', 'DISPUTE_STATE', 'line', case when p_over then 'it is not disputed' else 'it is disputed already, or there is no such line' end);
  end if;
  property_id := b.property_id;
  id := b.id;
end $$;
