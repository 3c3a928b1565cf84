-- Matching: what an entry of the bank was found to be is a document; taking it back is another one.

create view bank_match_card with (security_invoker = true) as
select m.id, m.property_id, y.code as property, m.number, e.number as entry, m.kind, m.rule, m.why, e.amount as amount_minor, y.currency,
       (select p.number from payment x join party p on p.property_id = x.property_id and p.id = x.party_id
         where x.property_id = m.property_id and x.id = m.payment_id) as party,
       coalesce((select x.number from payment x where x.property_id = m.property_id and x.id = m.payment_id),
                (select string_agg(distinct x.number, ', ') from bank_cleared c join payment x on x.property_id = c.property_id and x.id = c.payment_id
                  where c.property_id = m.property_id and c.match_id = m.id)) as receipt,
       (select x.advance from payment x where x.property_id = m.property_id and x.id = m.payment_id) as advance_minor,
       (select a.code from account a where a.property_id = m.property_id and a.id = m.account_id) as account,
       (select j.number from journal j where j.property_id = m.property_id and j.id = m.journal_id) as journal,
       (select v.number from bank_match v where v.property_id = m.property_id and v.id = m.reverses) as voids,
       (select v.number from bank_match v where v.property_id = m.property_id and v.reverses = m.id) as voided_by,
       (select u.login from app_user u where u.id = m.user_id) as by, ts(m.at, y.zone) as at,
       1 + (exists (select from bank_match v where v.property_id = m.property_id and v.reverses = m.id))::int as version
  from bank_match m
  join property y on y.id = m.property_id
  join bank_entry e on e.property_id = m.property_id and e.id = m.entry_id;
create function bank_match_card(p_property int, p_id uuid) returns setof bank_match_card language plpgsql volatile rows 1 as
$$ begin return query select * from bank_match_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on bank_match_card to steward_app;

create function bank_entry_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id from number_key('bank_entry', p_scope, p_ref, 'there is no entry', 'BANK_ENTRY', 'entry') k;
end $$;

-- The entry in which a receipt is found at the bank, as it stands; null: in none.
create function bank_entry_of(p_property int, p_payment uuid) returns text language plpgsql stable as $$
begin
  return (select e.number
            from bank_entry e
           where e.property_id = p_property
             and e.match_id in (select m.id from bank_match m where m.property_id = p_property and m.payment_id = p_payment
                                union all
                                select c.match_id from bank_cleared c where c.property_id = p_property and c.payment_id = p_payment and c.live) limit 1);
end $$;

-- Where an unknown entry waits while a month is closed: it is matched from there like one that was never posted.
create function bank_parked(e bank_entry) returns boolean language plpgsql stable as $$
begin
  return exists (select from bank_match m join account a on a.property_id = m.property_id and a.id = m.account_id
                  where m.property_id = e.property_id and m.id = e.match_id and a.purpose = 'suspense');
end $$;

-- Locks an entry that is to be matched. One that waits among the unknown ones is taken from there.
create function bank_entry_take(p_scope int[], p_ref text, p_user uuid) returns bank_entry language plpgsql volatile as $$
declare
  k constant record := bank_entry_key(p_scope, p_ref);
  e bank_entry;
begin
  perform ledger_hold(k.property_id);
  select * into e from bank_entry x where x.property_id = k.property_id and x.id = k.id for update;
  if e.match_id is not null and bank_parked(e) then
    perform bank_void(e, uuid7(), p_user, 'It is known now');
    select * into e from bank_entry x where x.property_id = k.property_id and x.id = k.id;
  elsif e.match_id is not null then
    perform refuse('STPRE', 'MATCHED', 'entry', format('%s is matched already by %s; `bank unmatch` takes that back', e.number,
                                                      (select m.number from bank_match m where m.property_id = e.property_id and m.id = e.match_id)));
  end if;
  return e;
end $$;

-- The day an entry is posted: the bank's own, or the first one that is open.
create function bank_day_of(e bank_entry) returns date language plpgsql stable as $$
begin
  return (select ledger_day(y.id, least(e.on_date, today(y.zone))) from property y where y.id = e.property_id);
end $$;

create function bank_match_note(e bank_entry, p_id uuid, p_kind text, p_rule text, p_why text, p_journal uuid, p_payment uuid, p_account uuid, p_reverses uuid,
                                p_user uuid) returns void language plpgsql volatile as $$
begin
  insert into bank_match (property_id, id, number, entry_id, kind, rule, why, journal_id, payment_id, account_id, reverses, user_id)
  values (e.property_id, p_id, 'BM-' || next_number(e.property_id, 'BM'), e.id, p_kind, p_rule, left(p_why, 500), p_journal, p_payment, p_account,
          p_reverses, p_user);
  perform feed_also(e.property_id, 'bank_entry', e.id, e.version + 1, e.number);
end $$;

create function bank_ledger(e bank_entry) returns uuid language plpgsql stable as $$
begin
  return (select b.account_id from bank_account b where b.property_id = e.property_id and b.id = e.bank_id);
end $$;

-- Money of a customer: a payment by transfer, past every drawer. What nothing is due for becomes his advance.
create function bank_post_payment(e bank_entry, p_id uuid, p_user uuid, p_party uuid, p_bills uuid[], p_rule text, p_why text) returns void
language plpgsql volatile as $$
declare
  y property;
begin
  select * into y from property x where x.id = e.property_id;
  perform payment_receive(y, p_id, p_user, bank_day_of(e), e.on_date::timestamp at time zone y.zone, p_party, null, p_bills,
                          row('{transfer}', array[e.amount], array[left(coalesce(e.ref, e.number), 64)], array[bank_ledger(e)], e.amount)::payment_money,
                          null, null, 'Bank ' || e.number);
  perform bank_match_note(e, p_id, 'payment', p_rule, p_why, p_id, p_id, null, null, p_user);
  perform payment_changed(e.property_id, p_id);
end $$;

-- What a desk took or gave already is not paid twice: only what it was paid in becomes money at the bank. A transfer was booked to the
-- bank's account at once. A fee was kept back; what is left of a difference stays open in the reconciliation.
create function bank_post_desk(e bank_entry, p_id uuid, p_user uuid, p_payments uuid[], p_methods text[], p_fee bigint, p_rule text, p_why text) returns void
language plpgsql volatile as $$
declare
  home constant uuid := bank_ledger(e);
  legs ledger_leg[];
begin
  select array_agg(case when g.amount > 0 then row(home, g.account, g.amount)::ledger_leg else row(g.account, home, -g.amount)::ledger_leg end
                   order by g.account) into legs
    from (select ledger_account(e.property_id, m.purpose) as account, sum(t.amount)::bigint as amount
            from unnest(p_payments, p_methods) x (payment_id, method)
            join payment_tender t on t.property_id = e.property_id and t.payment_id = x.payment_id and t.method = x.method
            join payment_method m on m.method = t.method
           group by m.purpose) g
   where g.account <> home and g.amount <> 0;
  if p_fee > 0 then
    legs := legs || row(ledger_account(e.property_id, 'bank_charge'), home, p_fee)::ledger_leg;
  end if;
  if legs is not null then
    perform ledger_post(e.property_id, p_id, 'bank', bank_day_of(e), format('Bank %s: taken at the desk', e.number), legs, p_user, 'bank_entry', e.id);
  end if;
  perform bank_match_note(e, p_id, 'desk', p_rule, p_why, case when legs is not null then p_id end, null, null, null, p_user);
  insert into bank_cleared (property_id, match_id, payment_id, method, amount)
  select e.property_id, p_id, x.payment_id, x.method, t.amount
    from unnest(p_payments, p_methods) x (payment_id, method)
    join payment_tender t on t.property_id = e.property_id and t.payment_id = x.payment_id and t.method = x.method;
end $$;

create function bank_post_account(e bank_entry, p_id uuid, p_user uuid, p_account uuid, p_text text, p_rule text, p_why text) returns void
language plpgsql volatile as $$
declare
  home constant uuid := bank_ledger(e);
begin
  perform ledger_post(e.property_id, p_id, 'bank', bank_day_of(e), format('Bank %s: %s', e.number, p_text),
                      array[case when e.amount > 0 then row(home, p_account, e.amount)::ledger_leg else row(p_account, home, -e.amount)::ledger_leg end],
                      p_user, 'bank_entry', e.id);
  perform bank_match_note(e, p_id, 'account', p_rule, p_why, p_id, null, p_account, null, p_user);
end $$;

create function bank_post(e bank_entry, p_id uuid, p_user uuid, g bank_guess) returns void language plpgsql volatile as $$
begin
  case g.kind
    when 'payment' then perform bank_post_payment(e, p_id, p_user, g.party_id, g.bills, g.rule, g.why);
    when 'desk' then perform bank_post_desk(e, p_id, p_user, g.payment_ids, g.methods, 0, g.rule, g.why);
    else perform bank_post_account(e, p_id, p_user, g.account_id, g.text, g.rule, g.why);
  end case;
end $$;

-- In a batch: what is safe is posted, the rest is told with what it may be. One that cannot be posted is told and holds up no other.
create function bank_match_all(p_property int, p_user uuid, p_bank text, p_limit int)
returns table (entry text, date text, amount_minor bigint, currency text, counterparty text, outcome text, rule text, why text, receipt text, days int)
language plpgsql volatile rows 100 as $$
declare
  y property;
  one uuid := case when p_bank is not null then (bank_of(p_property, p_bank)).id end;
  e bank_entry;
  g bank_guess;
  mine uuid;
begin
  perform ledger_hold(p_property);
  select * into y from property x where x.id = p_property;
  for e in select * from bank_entry x where x.property_id = p_property and x.match_id is null and (one is null or x.bank_id = one)
            order by x.on_date, x.id limit coalesce(p_limit, 200) for update loop
    g := bank_guess_best(e);
    entry := e.number;
    date := e.on_date::text;
    amount_minor := e.amount;
    currency := y.currency;
    counterparty := e.counterparty;
    days := greatest(today(y.zone) - e.on_date, 0);
    rule := g.rule;
    why := coalesce(g.why, 'nothing fits');
    receipt := null;
    outcome := case when g.safe then 'matched' when g.kind is not null then 'by_hand' else 'open' end;
    if g.safe then
      begin
        mine := uuid7();
        perform bank_post(e, mine, p_user, g);
        receipt := (select c.receipt from bank_match_card(p_property, mine) c);
      exception when others then
        if left(sqlstate, 2) not in ('23', 'ST') then
          raise;
        end if;
        outcome := 'refused';
        why := left(format('%s; but %s', g.why, sqlerrm), 500);
      end;
    end if;
    return next;
  end loop;
end $$;

-- By hand: this money is of a customer, for these bills first.
create function bank_assign(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_party text, p_bills text[], p_why text, out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  e constant bank_entry := bank_entry_take(p_scope, p_ref, p_user);
  bills uuid[] := payment_bills(e.property_id, p_bills);
  who uuid;
begin
  if e.amount < 0 then
    perform refuse('STPRE', 'WENT_OUT', 'entry', format('%s went out: it is no payment of a customer', e.number));
  elsif p_party is null and bills is null then
    perform refuse('STINV', 'PARTY_MISSING', 'party', 'say whose money it is, or for which bill');
  end if;
  who := coalesce((select k.id from party_key(array[e.property_id], e.property_id, p_party) k),
                  (select b.party_id from bill b where b.property_id = e.property_id and b.id = bills[1]));
  perform bank_post_payment(e, p_key, p_user, who, bills, 'hand', coalesce(nullif(btrim(p_why), ''), 'by hand'));
  property_id := e.property_id;
  id := p_key;
end $$;

-- By hand: this was taken or given at a desk. What differs is a fee that was kept back, or needs a reason and stays open.
create function bank_clear(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_receipts text[], p_fee bigint, p_why text, out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  e constant bank_entry := bank_entry_take(p_scope, p_ref, p_user);
  currency constant text := (select y.currency from property y where y.id = e.property_id);
  fee constant bigint := coalesce(p_fee, 0);
  wanted constant uuid[] := array(select distinct (payment_key(array[e.property_id], r)).id from unnest(p_receipts) r);
  g record;
begin
  select array_agg(t.payment_id order by t.number, t.method) as ids, array_agg(t.method order by t.number, t.method) as methods, sum(t.amount)::bigint as total,
         count(distinct t.payment_id) as n into g
    from bank_transit t where t.property_id = e.property_id and t.payment_id = any (wanted);
  if g.n is distinct from cardinality(wanted) then
    perform refuse('STPRE', 'NOT_IN_TRANSIT', 'receipt', 'not all of these wait for the bank; `bank transit` shows those that do');
  elsif g.total - fee <> e.amount and coalesce(btrim(p_why), '') = '' then
    perform refuse('STPRE', 'AMOUNT_DIFFERS', 'why', format('%s at the desk, %s at the bank: say --fee what was kept back, or --why it differs',
                                                           money_text(g.total, currency), money_text(e.amount, currency)));
  end if;
  perform bank_post_desk(e, p_key, p_user, g.ids, g.methods, fee, 'hand', coalesce(nullif(btrim(p_why), ''), 'by hand'));
  property_id := e.property_id;
  id := p_key;
end $$;

-- By hand: posted to an account. Those that documents explain are left to them, but for the one of payments not known yet.
create function bank_book(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_account text, p_text text, out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  e constant bank_entry := bank_entry_take(p_scope, p_ref, p_user);
  a constant account := ledger_code(e.property_id, p_account, bank_day_of(e));
begin
  perform bank_account_fits(a, 'account');
  if a.id = bank_ledger(e) then
    perform refuse('STINV', 'SAME_ACCOUNT', 'account', format('%s is the account of this bank account itself', a.code));
  end if;
  perform bank_post_account(e, p_key, p_user, a.id, coalesce(nullif(btrim(p_text), ''), a.name), 'hand', 'by hand');
  property_id := e.property_id;
  id := p_key;
end $$;
create function bank_account_fits(a account, p_field text) returns void language plpgsql stable as $$
begin
  if a.purpose <> 'suspense' and a.purpose = any (ledger_subledgers()) then
    perform refuse('STPRE', 'SUBLEDGER', p_field, format('%s (%s) is kept by bills, payments and deposits: `bank assign` makes a payment', a.code, a.name));
  end if;
end $$;

-- Takes a match back: what it posted is posted the other way round, a payment is void, what the desk took waits for the bank again.
create function bank_void(e bank_entry, p_id uuid, p_user uuid, p_why text) returns void language plpgsql volatile as $$
declare
  m bank_match;
  x payment;
  posted uuid;
begin
  select * into m from bank_match b where b.property_id = e.property_id and b.id = e.match_id;
  if m.kind = 'payment' then
    x := void_take(e.property_id, m.payment_id, true);
    perform void_post(x, p_id, null, p_why, p_user);
    perform payment_changed(e.property_id, x.id);
    perform payment_changed(e.property_id, p_id);
    posted := p_id;
  elsif m.journal_id is not null then
    posted := ledger_reverse(e.property_id, p_id, m.journal_id, (select posting_day(y, null) from property y where y.id = e.property_id),
                             format('Bank %s taken back: %s', e.number, p_why), p_user);
  end if;
  update bank_cleared c set live = false where c.property_id = e.property_id and c.match_id = m.id and c.live;
  perform bank_match_note(e, p_id, 'void', 'hand', p_why, posted, case when m.kind = 'payment' then p_id end, null, m.id, p_user);
end $$;

-- Whether what a match was posted as lies in a month that is closed, or being closed; where nothing was posted, the entry itself.
create function bank_match_shut(e bank_entry, m bank_match) returns boolean language plpgsql stable as $$
declare
  day constant date := coalesce((select j.on_date from journal j where j.property_id = m.property_id and j.id = m.journal_id), e.on_date);
begin
  return exists (select from period p where p.property_id = e.property_id and p.month = date_trunc('month', day::timestamp)::date and p.state <> 'open');
end $$;

-- Takes a match back at once; above the limit, or where its month is closed or being closed, asks for a second person. 'id' is the
-- match that takes it back, or the one that is to be taken back.
create function bank_unmatch(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_why text, out property_id int, out id uuid, out approval_id uuid)
language plpgsql volatile as $$
declare
  k constant record := bank_entry_key(p_scope, p_ref);
  e bank_entry;
  m bank_match;
begin
  perform ledger_hold(k.property_id);
  select * into e from bank_entry x where x.property_id = k.property_id and x.id = k.id for update;
  if e.match_id is null then
    perform refuse('STPRE', 'NOT_MATCHED', 'entry', format('%s is not matched', e.number));
  end if;
  select * into m from bank_match x where x.property_id = e.property_id and x.id = e.match_id;
  property_id := e.property_id;
  if approval_needed(e.property_id, 'bank_unmatch', abs(e.amount)) or bank_match_shut(e, m) then
    if m.kind = 'payment' then
      perform void_take(e.property_id, m.payment_id, true);
    end if;
    approval_id := approval_ask(e.property_id, p_key, 'bank_unmatch', m.id, e.number, abs(e.amount), p_why, p_user);
    id := m.id;
  else
    perform bank_void(e, p_key, p_user, p_why);
    id := p_key;
  end if;
end $$;

-- The match that was asked about, not one that came after it.
create function bank_unmatch_approved(a approval, p_key uuid, p_user uuid) returns void language plpgsql volatile as $$
declare
  e bank_entry;
begin
  select x.* into e from bank_match m join bank_entry x on x.property_id = m.property_id and x.id = m.entry_id
   where m.property_id = a.property_id and m.id = a.entity_id for update of x;
  if e.match_id is distinct from a.entity_id then
    perform refuse('STPRE', 'CHANGED_MEANWHILE', 'approval', format('%s has been matched otherwise since %s was asked: decline it', e.number, a.number));
  end if;
  perform bank_void(e, p_key, a.asked_by, a.reason);
  perform bank_match_changed(a.property_id, a.entity_id);
  perform bank_match_changed(a.property_id, p_key);
end $$;

create function bank_match_changed(p_property int, p_id uuid) returns void language plpgsql volatile as $$
begin
  perform feed_also(c.property_id, 'bank_match', c.id, c.version, c.number) from bank_match_card(p_property, p_id) c;
end $$;
