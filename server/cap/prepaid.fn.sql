-- Prepaid balances: what is in them, topping up, giving back. See prepaid_draw.fn.sql for what draws them down, and
-- prepaid_low.fn.sql for those that run low.

-- What is in its pot, less what of its bills is open: below nothing it is owed. A closed one has nothing; its pot may be another's by now.
create function prepaid_balance(p_property int, p_account uuid) returns bigint language plpgsql stable as $$
begin
  return (select case when a.closed_on is null then t.amount else 0 end from prepaid_account a join pot t on t.property_id = a.property_id and t.id = a.pot_id
           where a.property_id = p_property and a.id = p_account)
         - coalesce((select sum(l.amount - l.settled) from charge_line l
                      where l.property_id = p_property and l.entity = 'prepaid_account' and l.entity_id = p_account), 0);
end $$;
-- The same as it is by now in this very statement.
create function prepaid_balance_now(p_property int, p_account uuid) returns bigint language plpgsql volatile as
$$ begin return prepaid_balance(p_property, p_account); end $$;

-- A draw stands unless its bill was credited.
create function prepaid_draw_stands(d prepaid_draw) returns boolean language plpgsql stable as $$
begin
  return d.bill_id is null
         or exists (select from charge_line l where l.property_id = d.property_id and l.bill_id = d.bill_id and not l.cancelled);
end $$;

-- The first day that was not drawn yet.
create function prepaid_drawn_to(a prepaid_account) returns date language plpgsql stable as $$
begin
  return greatest(a.from_on, (select max(d.to_on) from prepaid_draw d
                               where d.property_id = a.property_id and d.account_id = a.id and prepaid_draw_stands(d)));
end $$;

create view prepaid_card with (security_invoker = true) as
select a.id, a.property_id, y.code as property, a.number, i.code as item, s.code as standard, l.number as place, p.number as party, p.name as party_name,
       (select m.number from meter m where m.property_id = a.property_id and m.id = a.meter_id) as meter, b.amount as balance_minor,
       a.threshold as threshold_minor, y.currency,
       case when a.closed_on is not null then 'closed' when b.amount < 0 then 'owing' when b.amount < a.threshold then 'low' else 'ok' end as state,
       prepaid_drawn_to(a)::text as drawn_to, a.problem, ts(w.found_at, y.zone) as low_since,
       (select ts(max(n.at), y.zone) from prepaid_notice n join obligation_outcome o using (outcome)
         where w.found_at is not null and n.property_id = w.property_id and n.low_id = w.id and o.settles = 'kept') as told_at,
       a.closed_on::text as closed, a.version + w.version as version, (extract(epoch from a.at) * 1000000)::bigint || '~' || a.id as cursor
  from prepaid_account a
  join property y on y.id = a.property_id
  join charge_item i on i.property_id = a.property_id and i.id = a.item_id
  join standard s on s.property_id = a.property_id and s.id = a.standard_id
  join place l on l.property_id = a.property_id and l.id = a.place_id
  join party p on p.property_id = a.property_id and p.id = a.party_id
 cross join lateral (select prepaid_balance(a.property_id, a.id) as amount) b
 cross join lateral (select max(x.property_id) as property_id, (array_agg(x.id order by x.found_at desc))[1] as id,
                            max(x.found_at) filter (where x.solved_at is null) as found_at,
                            (coalesce(sum(x.version), 0) + (select w.changes from prepaid_watch w
                                                             where w.property_id = a.property_id and w.account_id = a.id))::int as version
                       from prepaid_low x where x.property_id = a.property_id and x.account_id = a.id) w;
create function prepaid_card(p_property int, p_id uuid) returns setof prepaid_card language plpgsql volatile rows 1 as
$$ begin return query select * from prepaid_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on prepaid_card to steward_app;

create function prepaid_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id from number_key('prepaid_account', p_scope, p_ref, 'there is no prepaid balance', 'PREPAID', 'account') k;
end $$;

-- Locks a balance that is open.
create function prepaid_take(p_property int, p_id uuid) returns prepaid_account language plpgsql volatile as $$
declare
  a prepaid_account;
begin
  perform ledger_hold(p_property);
  select * into a from prepaid_account x where x.property_id = p_property and x.id = p_id for update;
  if a.closed_on is not null then
    perform refuse('STPRE', 'PREPAID_CLOSED', 'account', format('%s is closed since %s', a.number, a.closed_on));
  end if;
  return a;
end $$;

create function prepaid_changed(p_property int, p_id uuid) returns void language plpgsql volatile as $$
begin
  perform feed_also(c.property_id, 'prepaid_account', c.id, c.version, c.number) from prepaid_card(p_property, p_id) c;
end $$;

-- Opening and closing ----------------------------------------------------------------------------------------------------

-- The meter that is to draw it down: it counts what the standard is a price of.
create function prepaid_meter(p_property int, p_standard uuid, p_ref text) returns uuid language plpgsql stable as $$
declare
  m meter;
  s standard;
begin
  if p_ref is null then
    return null;
  end if;
  select x.* into m from meter_key(array[p_property], p_ref) k join meter x on x.property_id = k.property_id and x.id = k.id;
  select * into s from standard x where x.property_id = p_property and x.id = p_standard;
  if m.utility <> s.utility then
    perform refuse('STINV', 'METER_UTILITY', 'meter', format('%s counts %s, and %s is a price of %s', m.number, m.utility, s.code, s.utility));
  end if;
  return m.id;
end $$;

-- What is drawn from a balance must not be billed by a run as well.
create function prepaid_alone(p_property int, s standard, p_place uuid, p_on date) returns void language plpgsql stable as $$
begin
  if s.basis not in ('metered', 'tiered') then
    perform refuse('STINV', 'STANDARD_BASIS', 'standard', format('%s is no price of a unit: name a standard by a meter', s.code));
  elsif exists (select from assignment a join standard x on x.property_id = a.property_id and x.id = a.standard_id
                 where a.property_id = p_property and a.place_id = p_place and a.cancelled_at is null and (a.to_on is null or a.to_on > p_on)
                   and x.item_id = s.item_id and x.utility = s.utility) then
    perform refuse('STPRE', 'BILLED_BY_RUN', 'standard', 'what the meter counts there is billed by a standard: `standard end` that first');
  end if;
end $$;

-- Opens a balance for a utility at a place. p_balance: what the customer had there in the books before these.
create function prepaid_open(p_property int, p_key uuid, p_user uuid, p_party text, p_place text, p_standard text, p_meter text, p_threshold bigint,
                             p_from text, p_balance bigint) returns uuid language plpgsql volatile as $$
declare
  y property;
  who constant record := payer_key(p_property, p_party, p_place);
  s constant standard := standard_of(p_property, p_standard);
  first date;
  home uuid;
  day date;
  n text;
begin
  perform ledger_hold(p_property);
  select * into y from property x where x.id = p_property;
  day := posting_day(y, null);
  first := coalesce(to_day(p_from, 'from'), today(y.zone));
  perform prepaid_alone(p_property, s, who.place_id, first);
  if first > today(y.zone) then
    perform refuse('STINV', 'DATE_FUTURE', 'from', 'lies in the future');
  end if;
  home := pot_of(p_property, 'prepaid', who.party_id, who.place_id, s.item_id);
  n := 'PA-' || next_number(p_property, 'PA');
  insert into prepaid_account (property_id, id, number, standard_id, item_id, place_id, party_id, pot_id, meter_id, threshold, from_on, user_id)
  values (p_property, p_key, n, s.id, s.item_id, who.place_id, who.party_id, home, prepaid_meter(p_property, s.id, p_meter), p_threshold, first, p_user);
  insert into prepaid_watch (property_id, account_id) values (p_property, p_key);
  if p_balance > 0 then
    perform ledger_post(p_property, p_key, 'opening', day, format('Balance brought into %s', n),
                        array[row(ledger_account(p_property, 'opening'), ledger_account(p_property, 'prepaid'), p_balance)::ledger_leg], p_user,
                        'prepaid_account', p_key);
    perform pot_move(p_property, home, p_balance, day, p_key, 'opening', p_key, 'Balance brought forward');
  end if;
  return p_key;
end $$;

create function prepaid_edit(p_scope int[], p_ref text, p_seen int, p_threshold bigint, p_meter text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := prepaid_key(p_scope, p_ref);
  a constant prepaid_account := prepaid_take(k.property_id, k.id);
begin
  perform version_ok(a.version, p_seen);
  update prepaid_account x
     set threshold = coalesce(p_threshold, a.threshold), meter_id = coalesce(prepaid_meter(a.property_id, a.standard_id, p_meter), a.meter_id),
         version = a.version + 1
   where x.property_id = a.property_id and x.id = a.id;
  perform prepaid_look(a.property_id, a.id);
  property_id := a.property_id;
  id := a.id;
end $$;

-- Closes a balance at which nothing is left and nothing owed.
create function prepaid_close(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := prepaid_key(p_scope, p_ref);
  a constant prepaid_account := prepaid_take(k.property_id, k.id);
  y property;
  left_over constant bigint := prepaid_balance_now(k.property_id, k.id);
begin
  select * into y from property x where x.id = a.property_id;
  if left_over <> 0 then
    perform refuse('STPRE', 'PREPAID_NOT_EMPTY', 'account',
                   format(case when left_over > 0 then '%s %s is left in %s: give it back first' else '%s %s is owed for %s: have it paid first' end,
                          money_text(abs(left_over), y.currency), y.currency, a.number));
  end if;
  perform prepaid_solve(a, 0);
  update prepaid_account x set closed_on = today(y.zone), problem = null, version = a.version + 1 where x.property_id = a.property_id and x.id = a.id;
  property_id := a.property_id;
  id := a.id;
end $$;

-- Topping up and giving back -----------------------------------------------------------------------------------------------

-- Takes money for a balance: it settles what is owed there, the rest is what is in it.
create function prepaid_top_up(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_at timestamptz, p_paid text[], p_tendered bigint, p_note text,
                               out property_id int, out id uuid, out payment_id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := prepaid_key(p_scope, p_ref);
  a constant prepaid_account := prepaid_take(k.property_id, k.id);
  s constant shift := shift_open_of(k.property_id, p_user);
  y property;
  day date;
  paid payment_money;
  d record;
  used bigint;
begin
  select * into y from property x where x.id = a.property_id;
  day := posting_day(y, null);
  paid := payment_paid(y, p_paid);
  d := prepaid_parts(a, paid.total);
  used := coalesce((select sum(x) from unnest(d.parts) x), 0);
  perform payment_write(y, p_key, p_user, p_at, a.party_id, a.place_id, s.id, day, paid, p_tendered,
                        concat_ws(': ', 'Top-up of ' || a.number, nullif(btrim(p_note), '')), '{receivable,prepaid}', array[used, paid.total - used]);
  perform settle(a.property_id, d.lines, d.parts, 'payment', day, p_key, 'payment', p_key, p_user);
  perform pot_move(a.property_id, a.pot_id, paid.total - used, day, p_key, 'payment', p_key, 'Topped up');
  perform prepaid_look(a.property_id, a.id);
  perform payment_changed(a.property_id, p_key);
  property_id := a.property_id;
  id := a.id;
  payment_id := p_key;
end $$;

-- Open lines of a balance, locked, the earliest first, and how far an amount reaches.
create function prepaid_parts(a prepaid_account, p_amount bigint, out lines uuid[], out parts bigint[]) language plpgsql volatile as $$
begin
  perform from charge_line l where l.property_id = a.property_id and l.entity = 'prepaid_account' and l.entity_id = a.id and l.settled < l.amount
    order by l.id for update;
  select array_agg(x.id order by x.o), array_agg(x.part order by x.o) into lines, parts
    from (select l.id, row_number() over w as o,
                 least(l.amount - l.settled, p_amount - (sum(l.amount - l.settled) over w - (l.amount - l.settled)))::bigint as part
            from charge_line l
           where l.property_id = a.property_id and l.entity = 'prepaid_account' and l.entity_id = a.id and l.settled < l.amount
          window w as (order by l.due_on, l.id)) x
   where x.part > 0;
end $$;

-- Settles what is owed at a balance by what is in it.
create function prepaid_apply(a prepaid_account, p_user uuid) returns void language plpgsql volatile as $$
declare
  has constant bigint := (pot_at(a.property_id, a.pot_id)).amount;
  d constant record := prepaid_parts(a, has);
  day date;
  entry constant uuid := uuid7();
  used constant bigint := coalesce((select sum(x) from unnest(d.parts) x), 0);
begin
  if used > 0 then
    day := (select posting_day(y, null) from property y where y.id = a.property_id);
    perform ledger_post(a.property_id, entry, 'draw', day, format('Drawn from %s', a.number),
                        array[row(ledger_account(a.property_id, 'prepaid'), ledger_account(a.property_id, 'receivable'), used)::ledger_leg],
                        p_user, 'prepaid_account', a.id);
    perform settle(a.property_id, d.lines, d.parts, 'prepaid', day, entry, 'prepaid_account', a.id, p_user);
    perform pot_move(a.property_id, a.pot_id, -used, day, entry, 'prepaid_account', a.id, 'Drawn');
  end if;
end $$;

-- Money that is to go out of a pot (a top-up that is void) was used meanwhile: what it settled last is taken back until there is
-- enough, and is owed again.
create function prepaid_free(p_property int, p_pot uuid, p_amount bigint, p_user uuid) returns void language plpgsql volatile as $$
declare
  a prepaid_account;
  has bigint;
  back uuid[];
  freed bigint;
  day date;
  entry constant uuid := uuid7();
begin
  select * into a from prepaid_account x where x.property_id = p_property and x.pot_id = p_pot and x.closed_on is null for update;
  if a.id is null then
    return;
  end if;
  has := (pot_at(p_property, p_pot)).amount;
  if has >= p_amount then
    return;
  end if;
  perform from charge_line l where l.property_id = p_property and l.entity = 'prepaid_account' and l.entity_id = a.id order by l.id for update;
  select array_agg(x.id), sum(x.amount) into back, freed
    from (select s.id, s.amount, sum(s.amount) over (order by s.at desc, s.id desc) - s.amount as before
            from charge_line l join settlement s on s.property_id = l.property_id and s.line_id = l.id
           where l.property_id = p_property and l.entity = 'prepaid_account' and l.entity_id = a.id and s.kind = 'prepaid' and s.reverses is null
             and not exists (select from settlement r where r.property_id = s.property_id and r.reverses = s.id)) x
   where x.before < p_amount - has;
  if freed is null then
    return;
  end if;
  day := (select posting_day(y, null) from property y where y.id = p_property);
  perform ledger_post(p_property, entry, 'draw', day, format('Given back to %s', a.number),
                      array[row(ledger_account(p_property, 'receivable'), ledger_account(p_property, 'prepaid'), freed)::ledger_leg], p_user,
                      'prepaid_account', a.id);
  insert into settlement (property_id, id, line_id, kind, amount, on_date, journal_id, entity, entity_id, reverses, user_id)
  select s.property_id, uuid7(), s.line_id, s.kind, -s.amount, day, entry, 'prepaid_account', a.id, s.id, p_user
    from settlement s where s.property_id = p_property and s.id = any (back);
  perform pot_move(p_property, p_pot, freed, day, entry, 'prepaid_account', a.id, 'Given back');
  perform bill_changed(p_property, b.bill_id)
     from (select distinct l.bill_id from settlement s join charge_line l on l.property_id = s.property_id and l.id = s.line_id
            where s.property_id = p_property and s.id = any (back)) b;
end $$;

-- What is left after a void settles again what it reaches, and its state is looked at anew.
create function prepaid_settle(p_property int, p_pot uuid, p_user uuid) returns void language plpgsql volatile as $$
declare
  a prepaid_account;
begin
  select * into a from prepaid_account x where x.property_id = p_property and x.pot_id = p_pot and x.closed_on is null;
  if a.id is not null then
    perform prepaid_apply(a, p_user);
    perform prepaid_look(a.property_id, a.id);
    perform prepaid_changed(a.property_id, a.id);
  end if;
end $$;

-- The pot a bill was drawn from; null if it was of none. What is credited of the bill goes back there.
create function prepaid_home(p_property int, p_bill uuid) returns uuid language plpgsql stable as $$
begin
  return (select a.pot_id from charge_line l join prepaid_account a on a.property_id = l.property_id and a.id = l.entity_id
           where l.property_id = p_property and l.bill_id = p_bill and l.entity = 'prepaid_account' and a.closed_on is null limit 1);
end $$;

-- Gives back what is in a balance, or part of it.
create function prepaid_refund(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_amount bigint, p_method text, p_reason text,
                               out property_id int, out id uuid, out approval_id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := prepaid_key(p_scope, p_ref);
  a constant prepaid_account := prepaid_take(k.property_id, k.id);
  total constant bigint := coalesce(p_amount, (pot_at(a.property_id, a.pot_id)).amount);
begin
  perform prepaid_enough(a, total);
  perform payout_shift(a.property_id, p_user, p_method);
  property_id := a.property_id;
  id := a.id;
  if approval_needed(a.property_id, 'prepaid_refund', total) then
    approval_id := approval_ask(a.property_id, p_key, 'prepaid_refund', a.id, a.number, total, p_reason, p_user, jsonb_build_object('method', p_method));
  else
    perform prepaid_give(a, p_key, p_method, total, btrim(p_reason), p_user);
  end if;
end $$;

create function prepaid_enough(a prepaid_account, p_amount bigint) returns void language plpgsql volatile as $$
declare
  has constant bigint := (pot_at(a.property_id, a.pot_id)).amount;
begin
  if p_amount > has or has = 0 then
    perform refuse('STPRE', 'MORE_THAN_PREPAID', 'amount_minor', format('%s %s is in %s', money_text(has, y.currency), y.currency, a.number))
       from property y where y.id = a.property_id;
  end if;
end $$;

create function prepaid_give(a prepaid_account, p_id uuid, p_method text, p_amount bigint, p_reason text, p_user uuid) returns void
language plpgsql volatile as $$
begin
  perform prepaid_enough(a, p_amount);
  perform refund_post(p_id, pot_at(a.property_id, a.pot_id), p_method, p_amount, payout_shift(a.property_id, p_user, p_method),
                      format('%s: %s', a.number, p_reason), p_user);
  perform payment_changed(a.property_id, p_id);
  perform prepaid_look(a.property_id, a.id);
end $$;

create function prepaid_refund_approved(a approval, p_key uuid, p_user uuid) returns void language plpgsql volatile as $$
begin
  perform prepaid_give(prepaid_take(a.property_id, a.entity_id), p_key, a.args ->> 'method', a.amount, a.reason, a.asked_by);
  perform prepaid_changed(a.property_id, a.entity_id);
end $$;
