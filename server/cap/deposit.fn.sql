-- Deposits: taken, held, deducted from, given back. What is held is moved by entries of the customer's pot that name it.

-- When what a deposit is for has ended: as somebody said, when its time was over, or when its customer left the place.
create function deposit_ended(d deposit, out on_date date, out why text) language plpgsql stable as $$
declare
  today constant date := (select today(y.zone) from property y where y.id = d.property_id);
begin
  select x.on_date, x.why into on_date, why
    from (select d.ended_on as on_date, d.ended_why as why
          union all
          select d.until_on, 'its time is over' where d.until_on < today
          union all
          select max(o.to_on), 'the customer has left the place'
            from occupancy o where o.property_id = d.property_id and o.place_id = d.place_id and o.party_id = d.party_id
          having bool_and(coalesce(o.to_on <= today, false))) x
   where x.on_date is not null order by x.on_date limit 1;
end $$;

create view deposit_card with (security_invoker = true) as
select d.id, d.property_id, y.code as property, d.number, d.purpose, p.number as party, p.name as party_name,
       (select l.number from place l where l.property_id = d.property_id and l.id = d.place_id) as place, d.taken_on::text as date,
       x.number as receipt, d.amount as amount_minor, d.held as held_minor, y.currency,
       case when v.id is not null then 'void' when d.held = 0 then 'settled' when e.on_date is not null then 'ended' else 'held' end as state,
       today(y.zone) - d.taken_on as days, d.until_on::text as until, e.on_date::text as ended, e.why as ended_why,
       case when d.held > 0 then today(y.zone) - e.on_date end as days_ended, d.note,
       (select u.login from app_user u where u.id = d.user_id) as by, d.version,
       (extract(epoch from d.at) * 1000000)::bigint || '~' || d.id as cursor
  from deposit d
  join property y on y.id = d.property_id
  join party p on p.property_id = d.property_id and p.id = d.party_id
  join payment x on x.property_id = d.property_id and x.id = d.payment_id
  left join payment v on v.property_id = d.property_id and v.reverses = d.payment_id
 cross join lateral deposit_ended(d) e;
create function deposit_card(p_property int, p_id uuid) returns setof deposit_card language plpgsql volatile rows 1 as
$$ begin return query select * from deposit_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on deposit_card to steward_app;

create function deposit_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id from number_key('deposit', p_scope, p_ref, 'there is no deposit', 'DEPOSIT', 'deposit') k;
end $$;

create function deposit_changed(p_property int, p_id uuid) returns void language plpgsql volatile as $$
begin
  perform feed_also(c.property_id, 'deposit', c.id, c.version, c.number) from deposit_card(p_property, p_id) c;
end $$;

-- Takes a deposit at the desk: money for which nothing is due, and which stays the customer's.
create function deposit_take(p_property int, p_key uuid, p_user uuid, p_at timestamptz, p_party text, p_place text, p_purpose text, p_paid text[],
                             p_tendered bigint, p_until text, p_note text) returns uuid language plpgsql volatile as $$
declare
  y property;
  s constant shift := shift_open_of(p_property, p_user);
  who constant record := payer_key(p_property, p_party, p_place);
  last constant date := to_day(p_until, 'until');
  day date;
  paid payment_money;
  n text;
begin
  select * into y from property x where x.id = p_property;
  if not exists (select from deposit_purpose x where x.purpose = p_purpose) then
    perform refuse('STINV', 'PURPOSE', 'purpose', format('a deposit is for %s', (select string_agg(x.purpose, ', ' order by x.rank) from deposit_purpose x)));
  elsif last < today(y.zone) then
    perform refuse('STINV', 'UNTIL_PAST', 'until', 'that day is over: say until when it is held');
  end if;
  day := posting_day(y, null);
  paid := payment_paid(y, p_paid);
  n := 'DP-' || next_number(p_property, 'DP');
  perform payment_write(y, p_key, p_user, p_at, who.party_id, who.place_id, s.id, day, paid, p_tendered,
                        concat_ws(': ', 'Deposit ' || n, nullif(btrim(p_note), '')), '{deposit}', array[paid.total]);
  insert into deposit (property_id, id, number, purpose, party_id, place_id, payment_id, taken_on, amount, until_on, note, user_id)
  values (p_property, p_key, n, p_purpose, who.party_id, who.place_id, p_key, day, paid.total, last, nullif(btrim(p_note), ''), p_user);
  perform pot_move(p_property, pot_of(p_property, 'deposit', who.party_id, who.place_id), paid.total, day, p_key, 'payment', p_key, 'Taken', p_key);
  perform payment_changed(p_property, p_key);
  return p_key;
end $$;

-- Locks a deposit of which something is to be deducted or given back.
create function deposit_lock(p_property int, p_id uuid, p_amount bigint) returns deposit language plpgsql volatile as $$
declare
  d deposit;
  y property;
begin
  perform ledger_hold(p_property);
  select * into d from deposit x where x.property_id = p_property and x.id = p_id for update;
  select * into y from property x where x.id = p_property;
  if d.held = 0 then
    perform refuse('STPRE', 'NOTHING_HELD', 'deposit', format('nothing of %s is held any more', d.number));
  elsif p_amount > d.held then
    perform refuse('STPRE', 'MORE_THAN_HELD', 'amount_minor', format('%s %s of %s is held', money_text(d.held, y.currency), y.currency, d.number));
  end if;
  return d;
end $$;

-- Where nothing is held any more nobody needs to settle it.
create function deposit_over(p_property int, p_id uuid) returns void language plpgsql volatile as $$
begin
  if (select d.held from deposit d where d.property_id = p_property and d.id = p_id) = 0 then
    perform obligation_keep(p_property, 'deposit', p_id, 'deposit_return');
  end if;
end $$;

-- Deducting --------------------------------------------------------------------------------------------------------------

-- Open lines of a bill that a deduction settles, locked: one of them, or all in their order, up to an amount (what is held at
-- most). Refuses a bill of somebody else, and more than is open.
create function deposit_lines(d deposit, b bill, p_line int, p_amount bigint, out lines uuid[], out parts bigint[], out total bigint)
language plpgsql volatile as $$
declare
  y property;
  open bigint;
begin
  select * into y from property x where x.id = d.property_id;
  if b.party_id <> d.party_id then
    perform refuse('STPRE', 'OTHER_CUSTOMER', 'bill', format('%s is somebody else''s than %s', b.number, d.number));
  end if;
  perform from charge_line l where l.property_id = b.property_id and l.bill_id = b.id order by l.id for update;
  select sum(l.amount - l.settled) into open
    from charge_line l where l.property_id = b.property_id and l.bill_id = b.id and (p_line is null or l.line = p_line) and l.settled < l.amount;
  if open is null then
    perform refuse('STPRE', 'NOTHING_OPEN', 'bill', format('nothing of that is open in %s', b.number));
  elsif p_amount > open then
    perform refuse('STPRE', 'MORE_THAN_OPEN', 'amount_minor', format('%s %s of that is open in %s', money_text(open, y.currency), y.currency, b.number));
  end if;
  total := least(coalesce(p_amount, open), d.held);
  select array_agg(x.id order by x.line), array_agg(x.part order by x.line) into lines, parts
    from (select l.id, l.line, least(l.amount - l.settled, total - (sum(l.amount - l.settled) over (order by l.line) - (l.amount - l.settled)))::bigint as part
            from charge_line l
           where l.property_id = b.property_id and l.bill_id = b.id and (p_line is null or l.line = p_line) and l.settled < l.amount) x
   where x.part > 0;
end $$;

-- Keeps part of a deposit. It settles the bill that is named, or one that is made for it: of this item, with its tax.
create function deduction_post(d deposit, p_id uuid, p_amount bigint, p_bill uuid, p_line int, p_item uuid, p_document text, p_reason text, p_user uuid)
returns void language plpgsql volatile as $$
declare
  day constant date := (select posting_day(y, null) from property y where y.id = d.property_id);
  b bill;
  k record;
  n text;
begin
  if p_bill is null then
    p_bill := bill_post(d.property_id, uuid7(), d.party_id, d.place_id, day, day, p_user,
                        array[row(p_item, left(p_reason, 200), null, null, p_amount, 'deposit', d.id, null, null, null, null)::bill_input]);
  end if;
  select * into b from bill x where x.property_id = d.property_id and x.id = p_bill;
  k := deposit_lines(d, b, p_line, p_amount);
  n := receipt_number(d.property_id, 'D', day);
  perform ledger_post(d.property_id, p_id, 'deduction', day, format('Deduction %s from %s: %s', n, d.number, p_reason),
                      array[row(ledger_account(d.property_id, 'deposit'), ledger_account(d.property_id, 'receivable'), k.total)::ledger_leg],
                      p_user, 'deposit', d.id);
  insert into deposit_deduction (property_id, id, number, deposit_id, amount, bill_id, reason, document, on_date, journal_id, user_id)
  values (d.property_id, p_id, n, d.id, k.total, b.id, p_reason, nullif(btrim(p_document), ''), day, p_id, p_user);
  perform settle(d.property_id, k.lines, k.parts, 'deposit', day, p_id, 'deposit_deduction', p_id, p_user);
  perform pot_move(d.property_id, pot_of(d.property_id, 'deposit', d.party_id, d.place_id), -k.total, day, p_id, 'deposit_deduction', p_id,
                   'Deducted: ' || p_reason, d.id);
end $$;

-- Deducts at once, or above the limit asks for a second person.
create function deposit_deduct(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_amount bigint, p_bill text, p_line int, p_item text,
                               p_document text, p_reason text, out property_id int, out deposit_id uuid, out approval_id uuid)
language plpgsql volatile as $$
declare
  k constant record := deposit_key(p_scope, p_ref);
  d constant deposit := deposit_lock(k.property_id, k.id, p_amount);
  day constant date := (select posting_day(y, null) from property y where y.id = k.property_id);
  b bill;
  i charge_item;
  total bigint := p_amount;
begin
  if p_bill is not null then
    b := bill_take(array[d.property_id], p_bill);
    total := (deposit_lines(d, b, p_line, p_amount)).total;
  elsif p_amount is null then
    perform refuse('STINV', 'REQUIRED', 'amount_minor', 'say how much is kept');
  elsif coalesce(btrim(p_document), '') = '' then
    perform refuse('STINV', 'REQUIRED', 'document', 'name the paper it rests on, such as the report of the acceptance; or the bill it settles');
  else
    i := charge_item_of(d.property_id, coalesce(p_item, 'DEDUCTION'), day);
    if (select a.kind from account a where a.property_id = i.property_id and a.id = i.account_id) <> 'income' then
      perform refuse('STINV', 'ITEM_INCOME', 'item', format('%s is no income: bill it, and deduct for the bill', i.code));
    end if;
  end if;
  property_id := d.property_id;
  deposit_id := d.id;
  if approval_needed(d.property_id, 'deposit_deduction', total) then
    approval_id := approval_ask(d.property_id, p_key, 'deposit_deduction', d.id, d.number, total, p_reason, p_user,
                                jsonb_build_object('bill', b.id, 'line', p_line, 'item', i.id, 'document', p_document));
  else
    perform deduction_post(d, p_key, total, b.id, p_line, i.id, p_document, btrim(p_reason), p_user);
  end if;
end $$;

create function deposit_deduction_approved(a approval, p_key uuid, p_user uuid) returns void language plpgsql volatile as $$
begin
  perform deduction_post(deposit_lock(a.property_id, a.entity_id, a.amount), p_key, a.amount, (a.args ->> 'bill')::uuid, (a.args ->> 'line')::int,
                         (a.args ->> 'item')::uuid, a.args ->> 'document', a.reason, a.asked_by);
  perform deposit_changed(a.property_id, a.entity_id);
end $$;

-- Taking a deduction back ------------------------------------------------------------------------------------------------

create function deduction_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id
    from number_key('deposit_deduction', p_scope, p_ref, 'there is no deduction', 'DEDUCTION', 'deduction') k;
end $$;

-- Locks a deduction that is to be taken back: not one that was already, nor one of a bill of which it paid what was credited since.
create function deduction_take(p_property int, p_id uuid) returns deposit_deduction language plpgsql volatile as $$
declare
  q deposit_deduction;
  credited text;
begin
  perform ledger_hold(p_property);
  select * into q from deposit_deduction x where x.property_id = p_property and x.id = p_id;
  perform from deposit d where d.property_id = p_property and d.id = q.deposit_id for update;
  if q.reverses is not null then
    perform refuse('STPRE', 'NO_DEDUCTION', 'deduction', format('%s takes a deduction back itself', q.number));
  elsif exists (select from deposit_deduction x where x.property_id = p_property and x.reverses = p_id) then
    perform refuse('STPRE', 'UNDONE_ALREADY', 'deduction', format('%s is taken back already', q.number));
  end if;
  perform from charge_line l where l.property_id = p_property and l.bill_id = q.bill_id order by l.id for update;
  select b.number into credited
    from settlement s
    join credit_note_line c on c.property_id = s.property_id and c.line_id = s.line_id and c.returned > 0
    join bill b on b.property_id = s.property_id and b.id = q.bill_id
   where s.property_id = p_property and s.entity_id = p_id limit 1;
  if credited is not null then
    perform refuse('STPRE', 'CREDITED_SINCE', 'deduction', format('%s was credited since, and what %s had paid of it is an advance now: refund that', credited,
                                                                  q.number));
  end if;
  return q;
end $$;

-- The deposit holds it again, and what it settled is due again: a document of its own, in the series of deductions. A bill that was made for
-- it stays, as its claim does.
create function deduction_undo(q deposit_deduction, p_id uuid, p_reason text, p_user uuid) returns void language plpgsql volatile as $$
declare
  day constant date := (select posting_day(y, null) from property y where y.id = q.property_id);
  d deposit;
  n text;
begin
  select * into d from deposit x where x.property_id = q.property_id and x.id = q.deposit_id;
  n := receipt_number(q.property_id, 'D', day);
  perform ledger_reverse(q.property_id, p_id, q.journal_id, day, format('%s takes %s back: %s', n, q.number, p_reason), p_user);
  insert into deposit_deduction (property_id, id, number, deposit_id, amount, bill_id, reason, on_date, journal_id, user_id, reverses)
  values (q.property_id, p_id, n, d.id, q.amount, q.bill_id, p_reason, day, p_id, p_user, q.id);
  insert into settlement (property_id, id, line_id, kind, amount, on_date, journal_id, entity, entity_id, reverses, user_id)
  select s.property_id, uuid7(), s.line_id, s.kind, -s.amount, day, p_id, 'deposit_deduction', p_id, s.id, p_user
    from settlement s where s.property_id = q.property_id and s.entity_id = q.id and s.reverses is null;
  perform pot_move(d.property_id, pot_of(d.property_id, 'deposit', d.party_id, d.place_id), q.amount, day, p_id, 'deposit_deduction', p_id,
                   format('%s taken back: %s', q.number, p_reason), d.id);
  if d.ended_on is not null then
    perform deposit_due(d, p_user);
  end if;
  perform bill_changed(q.property_id, q.bill_id);
end $$;

-- Takes a deduction back at once, or above the limit asks for a second person.
create function deposit_undo(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_reason text, out property_id int, out deposit_id uuid, out approval_id uuid)
language plpgsql volatile as $$
declare
  k constant record := deduction_key(p_scope, p_ref);
  q constant deposit_deduction := deduction_take(k.property_id, k.id);
begin
  property_id := q.property_id;
  deposit_id := q.deposit_id;
  if approval_needed(q.property_id, 'deposit_undo', q.amount) then
    approval_id := approval_ask(q.property_id, p_key, 'deposit_undo', q.id, q.number, q.amount, p_reason, p_user);
  else
    perform deduction_undo(q, p_key, btrim(p_reason), p_user);
  end if;
end $$;

create function deposit_undo_approved(a approval, p_key uuid, p_user uuid) returns void language plpgsql volatile as $$
declare
  q constant deposit_deduction := deduction_take(a.property_id, a.entity_id);
begin
  perform deduction_undo(q, p_key, a.reason, a.asked_by);
  perform deposit_changed(a.property_id, q.deposit_id);
end $$;

-- Giving back ------------------------------------------------------------------------------------------------------------

create function deposit_give(d deposit, p_id uuid, p_method text, p_amount bigint, p_reason text, p_user uuid) returns void language plpgsql volatile as $$
begin
  perform refund_post(p_id, pot_at(d.property_id, pot_of(d.property_id, 'deposit', d.party_id, d.place_id)), p_method, p_amount,
                      payout_shift(d.property_id, p_user, p_method), format('%s: %s', d.number, p_reason), p_user, d.id);
  perform payment_changed(d.property_id, p_id);
end $$;

-- Gives back what is held, or part of it: cash out of one's own drawer, or through the bank.
create function deposit_refund(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_amount bigint, p_method text, p_reason text,
                               out property_id int, out deposit_id uuid, out approval_id uuid) language plpgsql volatile as $$
declare
  k constant record := deposit_key(p_scope, p_ref);
  d constant deposit := deposit_lock(k.property_id, k.id, p_amount);
  total constant bigint := coalesce(p_amount, d.held);
begin
  perform payout_shift(d.property_id, p_user, p_method);
  property_id := d.property_id;
  deposit_id := d.id;
  if approval_needed(d.property_id, 'deposit_refund', total) then
    approval_id := approval_ask(d.property_id, p_key, 'deposit_refund', d.id, d.number, total, p_reason, p_user,
                                jsonb_build_object('method', p_method));
  else
    perform deposit_give(d, p_key, p_method, total, btrim(p_reason), p_user);
  end if;
end $$;

create function deposit_refund_approved(a approval, p_key uuid, p_user uuid) returns void language plpgsql volatile as $$
begin
  perform deposit_give(deposit_lock(a.property_id, a.entity_id, a.amount), p_key, a.args ->> 'method', a.amount, a.reason, a.asked_by);
  perform deposit_changed(a.property_id, a.entity_id);
end $$;

-- Its end ----------------------------------------------------------------------------------------------------------------

-- A deposit that somebody said has ended is to be settled: within so many days from then.
create function deposit_due(d deposit, p_user uuid) returns void language plpgsql volatile as $$
begin
  perform obligation_need(d.property_id, 'deposit_return', 'deposit', d.id, d.number, format('Deposit for %s: %s', replace(d.purpose, '_', '-'), d.ended_why),
                          now(), (d.ended_on + p.return_days + 1)::timestamp at time zone y.zone,
                          p_party => d.party_id, p_place => d.place_id, p_creator => p_user)
     from property y, deposit_purpose p where y.id = d.property_id and p.purpose = d.purpose;
end $$;

-- What it was for has ended: what is held is to be settled, and stands in the agenda. p_back: it goes on after all.
create function deposit_end(p_scope int[], p_ref text, p_user uuid, p_on text, p_why text, p_back boolean, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := deposit_key(p_scope, p_ref);
  d constant deposit := deposit_lock(k.property_id, k.id, null);
  y property;
  day date;
begin
  select * into y from property x where x.id = d.property_id;
  day := coalesce(to_day(p_on, 'on'), today(y.zone));
  if (d.ended_on is null) = coalesce(p_back, false) then
    perform refuse('STPRE', 'DEPOSIT_STATE', 'deposit', format(case when p_back then '%s has not ended' else '%s has ended already' end, d.number));
  elsif day > today(y.zone) or day < d.taken_on then
    perform refuse('STINV', 'END_DAY', 'on', 'it ends on a day after it was taken, today at the latest');
  elsif p_back is not true and coalesce(btrim(p_why), '') = '' then
    perform refuse('STINV', 'REQUIRED', 'why', 'say why it has ended, such as: Fit-out accepted');
  end if;
  update deposit x
     set ended_on = case when p_back is not true then day end, ended_why = case when p_back is not true then btrim(p_why) end,
         ended_by = case when p_back is not true then p_user end, version = d.version + 1
   where x.property_id = d.property_id and x.id = d.id;
  if p_back then
    perform obligation_drop(d.property_id, 'deposit', d.id, 'deposit_return');
  else
    perform deposit_due(x, p_user) from deposit x where x.property_id = d.property_id and x.id = d.id;
  end if;
  property_id := d.property_id;
  id := d.id;
end $$;

-- Finding ----------------------------------------------------------------------------------------------------------------

-- Deposits, the oldest first: those that are held, unless another state is said. 'ended': held though their purpose has ended.
create function deposit_list(p_scope int[], p_place text, p_party text, p_purpose text, p_state text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  cut record := cursor_split(p_after, '-infinity');
  lim constant int := coalesce(p_limit, 50);
  wanted constant text := coalesce(p_state, 'held');
  spot record := row_after(null);
  who record := row_after(null);
begin
  if p_place is not null then
    select k.property_id, k.id into spot from place_key(p_scope, null, p_place) k;
  end if;
  if p_party is not null then
    select k.property_id, k.id into who from party_key(p_scope, null, p_party) k;
  end if;
  return query
    select d.property_id, d.id from unnest(p_scope) s (property_id)
     cross join lateral (
       select d.property_id, d.id, d.at from deposit d
        where d.property_id = s.property_id and (d.at, d.id) > (cut.at, cut.id)
          and (wanted = 'all' or (wanted in ('held', 'ended')) = (d.held > 0))
          and (wanted <> 'ended' or (deposit_ended(d)).on_date is not null)
          and (p_place is null or d.property_id = spot.property_id and d.place_id = spot.id)
          and (p_party is null or d.property_id = who.property_id and d.party_id = who.id)
          and (p_purpose is null or d.purpose = p_purpose)
        order by d.at, d.id limit lim) d
     order by d.at, d.id limit lim;
end $$;

-- What is held at each property for each purpose, and how much of it though the purpose has ended.
create function deposit_totals(p_scope int[])
returns table (property text, purpose text, deposits int, held_minor bigint, ended int, ended_minor bigint, oldest text, currency text)
language plpgsql stable rows 10 as $$
begin
  return query
    select y.code, d.purpose, count(*)::int, sum(d.held)::bigint, count(e.on_date)::int, coalesce(sum(d.held) filter (where e.on_date is not null), 0)::bigint,
           min(d.taken_on)::text, y.currency
      from deposit d join property y on y.id = d.property_id join deposit_purpose x on x.purpose = d.purpose
     cross join lateral deposit_ended(d) e
     where d.property_id = any (p_scope) and d.held > 0
     group by y.code, y.currency, d.purpose, x.rank order by y.code, x.rank;
end $$;
