-- Prepaid balances that run low: found, told, solved; and what the daemon does about them by its own clock.

-- Looks whether a balance has fallen below its threshold, or has come above it again. Who pays is to be told within a day; once more
-- when nothing is left and he owes.
create function prepaid_look(p_property int, p_id uuid) returns void language plpgsql volatile as $$
declare
  a prepaid_account;
  w prepaid_low;
  has constant bigint := prepaid_balance_now(p_property, p_id);
begin
  select * into a from prepaid_account x where x.property_id = p_property and x.id = p_id;
  select * into w from prepaid_low x where x.property_id = p_property and x.account_id = p_id and x.solved_at is null for update;
  if has >= a.threshold then
    perform prepaid_solve(a, has);
  elsif w.id is null then
    insert into prepaid_low (property_id, id, account_id, balance, threshold, owing_at)
    values (p_property, uuid7(), p_id, has, a.threshold, case when has < 0 then now() end);
    perform prepaid_need(a, has);
  elsif has < 0 and w.owing_at is null then
    update prepaid_low x set owing_at = now(), version = w.version + 1 where x.property_id = p_property and x.id = w.id;
    perform prepaid_need(a, has);
  end if;
end $$;

-- The balance is not low any more: nobody needs to be told.
create function prepaid_solve(a prepaid_account, p_balance bigint) returns void language plpgsql volatile as $$
begin
  update prepaid_low x set solved_at = now(), solved_balance = p_balance, version = x.version + 1
   where x.property_id = a.property_id and x.account_id = a.id and x.solved_at is null;
  perform obligation_drop(a.property_id, 'prepaid_account', a.id, 'low_balance');
end $$;

create function prepaid_need(a prepaid_account, p_balance bigint) returns void language plpgsql volatile as $$
declare
  y property;
begin
  select * into y from property x where x.id = a.property_id;
  perform obligation_need(a.property_id, 'low_balance', 'prepaid_account', a.id, a.number,
                          format('%s: %s %s', (select i.name from charge_item i where i.property_id = a.property_id and i.id = a.item_id),
                                 case when p_balance < 0 then 'owes ' || money_text(-p_balance, y.currency)
                                      else money_text(p_balance, y.currency) || ' left' end,
                                 y.currency),
                          now(), now() + interval '1 day', p_party => a.party_id, p_place => a.place_id);
end $$;

-- Somebody was told, or that was tried: who, how and when is kept; with what the balance was. Once it is settled more may be
-- recorded while the balance is low.
create function prepaid_tell(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_at timestamptz, p_outcome text, p_channel text, p_told text,
                             p_remark text, p_again text, out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := prepaid_key(p_scope, p_ref);
  a constant prepaid_account := prepaid_take(k.property_id, k.id);
  w prepaid_low;
  b obligation;
  owed uuid;
  zone constant text := (select y.zone from property y where y.id = a.property_id);
begin
  select * into w from prepaid_low x where x.property_id = a.property_id and x.account_id = a.id and x.solved_at is null for update;
  if w.id is null then
    perform refuse('STPRE', 'NOT_LOW', 'account', format('the balance of %s is not low', a.number));
  elsif p_outcome in ('reached', 'done') and coalesce(btrim(p_told), '') = '' then
    perform refuse('STINV', 'REQUIRED', 'told', 'say who was told, or where the notice was left');
  elsif p_outcome = 'refused' and coalesce(btrim(p_remark), '') = '' then
    perform refuse('STINV', 'REQUIRED', 'remark', 'say why the notice was refused');
  end if;
  select x.id into owed from obligation x
   where x.property_id = a.property_id and x.entity = 'prepaid_account' and x.entity_id = a.id and x.kind = 'low_balance' and x.state = 'open';
  if owed is not null then
    b := obligation_try(obligation_take(a.property_id, owed, p_user), p_key, p_user, p_at, p_outcome, null, p_remark,
                        local_time(p_again, zone, 'again'));
  end if;
  insert into prepaid_notice (property_id, id, low_id, obligation_id, user_id, at, channel, told, outcome, balance, remark)
  values (a.property_id, p_key, w.id, b.id, p_user, least(coalesce(p_at, now()), now()), p_channel, nullif(btrim(p_told), ''), p_outcome,
          prepaid_balance(a.property_id, a.id), nullif(btrim(p_remark), ''));
  update prepaid_low x set version = w.version + 1 where x.property_id = w.property_id and x.id = w.id;
  property_id := a.property_id;
  id := a.id;
end $$;

-- The daemon's own ----------------------------------------------------------------------------------------------------

-- Where something has moved a balance.
create function prepaid_due() returns table (property_id int)
language sql stable security definer set search_path = steward_code, steward, pg_temp as
$$ select distinct w.property_id from prepaid_watch w where w.changes <> w.seen $$;

-- Draws a balance down to its latest reading, settles what is owed by what is there, and looks whether it is low. What cannot be drawn
-- is kept with its reason, and tried again when something changes.
create function prepaid_see(a prepaid_account) returns void language plpgsql volatile as $$
declare
  y property;
  last date;
  why record;
begin
  select * into y from property x where x.id = a.property_id;
  select max(r.read_on) into last from meter_reading r
   where r.property_id = a.property_id and r.meter_id = a.meter_id and r.struck_at is null and r.read_on <= today(y.zone);
  if last > prepaid_drawn_to(a) and prepaid_waits(a) then
    perform prepaid_problem(a, 'the bill of the last draw was credited: correct the reading, or draw it by hand');
  elsif last > prepaid_drawn_to(a) then
    begin
      why := prepaid_draw_post(a, uuid7(), last, null, null);
      perform prepaid_problem(a, why.sentence);
    exception
      when deadlock_detected or lock_not_available then raise;
      when others then perform prepaid_problem(a, left(sqlerrm, 500));
    end;
  end if;
  perform prepaid_apply(a, null);
  perform prepaid_look(a.property_id, a.id);
end $$;

create function prepaid_tick(p_property int, p_limit int, out done int, out more boolean) language plpgsql volatile as $$
declare
  w prepaid_watch;
  a prepaid_account;
begin
  done := 0;
  perform ledger_hold(p_property);
  for w in select * from prepaid_watch x where x.property_id = p_property and x.changes <> x.seen limit p_limit loop
    select * into a from prepaid_account x where x.property_id = p_property and x.id = w.account_id for update skip locked;
    continue when a.id is null;
    if a.closed_on is null then
      begin
        perform prepaid_see(a);
      exception
        when deadlock_detected or lock_not_available then raise;
        when others then perform prepaid_problem(a, left(sqlerrm, 500));
      end;
    end if;
    -- What it did itself is no change; what others do meanwhile waits for this row.
    update prepaid_watch x set seen = x.changes where x.property_id = p_property and x.account_id = w.account_id;
    perform feed_note(p_property, 'prepaid_account', c.id, c.version, c.number, 'prepaid.Tick') from prepaid_card(p_property, a.id) c;
    done := done + 1;
  end loop;
  more := done = p_limit;
end $$;

-- Finding ----------------------------------------------------------------------------------------------------------------

-- Balances in the order in which they were opened. 'low': below the threshold, those owed among them; 'owing': below nothing.
create function prepaid_list(p_scope int[], p_place text, p_party text, p_item text, p_state text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  cut record := cursor_split(p_after, '-infinity');
  lim constant int := coalesce(p_limit, 50);
  wanted constant text := coalesce(p_state, 'open');
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
    select a.property_id, a.id from unnest(p_scope) s (property_id)
     cross join lateral (
       select a.property_id, a.id, a.at from prepaid_account a
        where a.property_id = s.property_id and (a.at, a.id) > (cut.at, cut.id)
          and (wanted = 'all' or (wanted = 'closed') = (a.closed_on is not null))
          and (p_place is null or a.property_id = spot.property_id and a.place_id = spot.id)
          and (p_party is null or a.property_id = who.property_id and a.party_id = who.id)
          and (p_item is null or a.item_id = (select i.id from charge_item i where i.property_id = a.property_id and i.code = upper(btrim(p_item))))
          and case wanted when 'low' then prepaid_balance(a.property_id, a.id) < a.threshold
                          when 'owing' then prepaid_balance(a.property_id, a.id) < 0 else true end
        order by a.at, a.id limit lim) a
     order by a.at, a.id limit lim;
end $$;

-- Everything that moved a balance, day by day, with what it stood at after each: what was paid in and given back, what was used.
create function prepaid_statement(p_scope int[], p_ref text, p_from text, p_to text)
returns table (date text, document text, kind text, "from" text, "to" text, debit_minor bigint, credit_minor bigint, balance_minor bigint,
               currency text)
language plpgsql stable rows 100 as $$
declare
  k constant record := prepaid_key(p_scope, p_ref);
  a prepaid_account;
  y property;
  first date;
  last date;
begin
  select * into a from prepaid_account x where x.property_id = k.property_id and x.id = k.id;
  select * into y from property x where x.id = k.property_id;
  last := coalesce(to_day(p_to, 'to'), today(y.zone));
  first := coalesce(to_day(p_from, 'from'), (last - interval '12 months')::date);
  return query
    with part as ( -- what it drew from its own pot stands on both sides, and is left out
      select l.issued_on as on_date, b.at, b.number as document, 'use' as kind, l.from_on, l.to_on, -l.amount as amount
        from charge_line l join bill b on b.property_id = l.property_id and b.id = l.bill_id
       where l.property_id = a.property_id and l.entity = 'prepaid_account' and l.entity_id = a.id
      union all
      select s.on_date, s.at, settled_by(s.property_id, s.entity, s.entity_id), prepaid_moved(s.property_id, s.kind, s.entity_id), null, null, s.amount
        from charge_line l join settlement s on s.property_id = l.property_id and s.line_id = l.id
       where l.property_id = a.property_id and l.entity = 'prepaid_account' and l.entity_id = a.id and s.kind <> 'prepaid'
      union all
      select e.on_date, e.at, settled_by(e.property_id, e.entity, e.entity_id), prepaid_moved(e.property_id, e.entity, e.entity_id), null, null, e.amount
        from pot_entry e
       where e.property_id = a.property_id and e.pot_id = a.pot_id and e.entity <> 'prepaid_account' and e.at >= a.at
         and e.at < coalesce((select min(n.at) from prepaid_account n where n.property_id = a.property_id and n.pot_id = a.pot_id and n.at > a.at), 'infinity')
    ), moved as (
      select p.on_date, min(p.at) as at, p.document, min(p.kind) as kind, min(p.from_on) as from_on, min(p.to_on) as to_on, sum(p.amount)::bigint as amount
        from part p group by p.on_date, p.document
    ), ran as (
      select m.*, sum(m.amount) over (order by m.on_date, m.at, m.document)::bigint as balance from moved m where m.on_date <= last
    )
    select r.on_date::text, r.document, r.kind, r.from_on::text, (r.to_on - 1)::text, r.debit, r.credit, r.balance, y.currency
      from (select first as on_date, null::timestamptz as at, '' as document, 'brought_forward' as kind, null::date as from_on, null::date as to_on,
                   0::bigint as debit, 0::bigint as credit, coalesce((select sum(m.amount) from moved m where m.on_date < first), 0)::bigint as balance,
                   0 as o
            union all
            select r.on_date, r.at, r.document, r.kind, r.from_on, r.to_on, greatest(-r.amount, 0), greatest(r.amount, 0), r.balance, 1
              from ran r where r.on_date >= first) r
     order by r.o, r.on_date, r.at, r.document;
end $$;

-- What moved a balance: money at the desk is a top-up, or what takes one back; the rest has its own name.
create function prepaid_moved(p_property int, p_kind text, p_id uuid) returns text language plpgsql stable as $$
begin
  return case p_kind when 'payment' then (select case x.kind when 'payment' then 'top_up' else x.kind end
                                            from payment x where x.property_id = p_property and x.id = p_id)
                     else settled_as(p_kind) end;
end $$;
