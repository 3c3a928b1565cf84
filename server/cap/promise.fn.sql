-- Promises to pay: so much by a day. Whether one was kept is found by the daemon's timer from what was paid since; one that was not
-- comes up to whoever collects.

-- What was paid since of what was promised, by its day: money that settled a line of the customer (of the bill), and was not taken back.
create function promise_paid(p promise) returns bigint language plpgsql stable as $$
begin
  return (select coalesce(sum(s.amount), 0)::bigint
            from charge_line l
            join settlement s on s.property_id = l.property_id and s.line_id = l.id
           where l.property_id = p.property_id and l.party_id = p.party_id and (p.bill_id is null or l.bill_id = p.bill_id)
             and s.kind in ('payment', 'credit', 'deposit') and s.reverses is null and s.at >= p.taken_at and s.on_date <= p.on_date
             and not exists (select from settlement v where v.property_id = s.property_id and v.reverses = s.id));
end $$;

create view promise_card with (security_invoker = true) as
select p.id, p.property_id, y.code as property, p.number, w.number as party, w.name as party_name,
       (select l.number from place l where l.property_id = p.property_id and l.id = p.place_id) as place,
       (select b.number from bill b where b.property_id = p.property_id and b.id = p.bill_id) as bill, p.amount as amount_minor,
       promise_paid(p) as paid_minor, p.on_date::text as "on", p.state, p.note, (select u.login from app_user u where u.id = p.taken_by) as taken_by,
       ts(p.taken_at, y.zone) as taken_at, ts(p.ended_at, y.zone) as ended_at, y.currency, p.version,
       (extract(epoch from p.taken_at) * 1000000)::bigint || '~' || p.id as cursor
  from promise p join property y on y.id = p.property_id join party w on w.property_id = p.property_id and w.id = p.party_id;
create function promise_card(p_property int, p_id uuid) returns setof promise_card language plpgsql volatile rows 1 as
$$ begin return query select * from promise_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on promise_card to steward_app;

create function promise_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id from number_key('promise', p_scope, p_ref, 'there is no promise', 'PROMISE', 'promise') k;
end $$;

-- What is open of a customer, or of a bill: all of it, and what is due by a day.
create function promise_open(p_property int, p_party uuid, p_bill uuid, p_on date, out all_open bigint, out due bigint) language plpgsql stable as $$
begin
  select coalesce(sum(l.amount - l.settled), 0), coalesce(sum(l.amount - l.settled) filter (where l.due_on <= p_on), 0) into all_open, due
    from charge_line l
   where l.property_id = p_property and l.party_id = p_party and l.settled < l.amount and (p_bill is null or l.bill_id = p_bill);
end $$;

-- Takes a promise down. Without an amount it is all that is due by the day.
create function promise_make(p_property int, p_key uuid, p_user uuid, p_party text, p_place text, p_bill text, p_amount bigint, p_on text, p_note text)
returns uuid language plpgsql volatile as $$
declare
  y property;
  who record;
  day constant date := to_day(p_on, 'on');
  owed record;
  p promise;
begin
  select * into y from property x where x.id = p_property;
  if p_bill is not null then
    select x.id, x.party_id, x.place_id into who from bill_key(array[p_property], p_bill) k join bill x on x.property_id = k.property_id and x.id = k.id;
  else
    select null::uuid as id, k.party_id, k.place_id into who from payer_key(p_property, p_party, p_place) k;
  end if;
  owed := promise_open(p_property, who.party_id, who.id, day);
  if day < today(y.zone) then
    perform refuse('STINV', 'DATE_PAST', 'on', 'lies in the past');
  elsif owed.all_open = 0 then
    perform refuse('STPRE', 'NOTHING_OPEN', case when p_bill is null then 'party' else 'bill' end, 'nothing is open that could be promised');
  elsif p_amount > owed.all_open then
    perform refuse('STINV', 'MORE_THAN_OPEN', 'amount_minor', format('%s %s is open', money_text(owed.all_open, y.currency), y.currency));
  elsif p_amount is null and owed.due = 0 then
    perform refuse('STINV', 'REQUIRED', 'amount_minor', format('nothing is due by %s: say how much is promised', day));
  end if;
  insert into promise (property_id, id, number, party_id, place_id, bill_id, amount, on_date, note, taken_by)
  values (p_property, p_key, 'PM-' || next_number(p_property, 'PM'), who.party_id, who.place_id, who.id, coalesce(p_amount, owed.due), day,
          nullif(left(btrim(p_note), 200), ''), p_user) returning * into p;
  perform promise_told(p_property, promise_owe(p));
  return p_key;
end $$;

-- It is on the agenda of who took it, until the end of its day.
create function promise_owe(p promise) returns uuid language plpgsql volatile as $$
declare
  y property;
begin
  select * into y from property x where x.id = p.property_id;
  return obligation_need(
    p.property_id, 'promise', 'promise', p.id, p.number, format('%s %s by %s', money_text(p.amount, y.currency), y.currency, p.on_date),
    p.on_date::timestamp at time zone y.zone, (p.on_date + 1)::timestamp at time zone y.zone, p.taken_by,
    p_party => p.party_id, p_place => p.place_id, p_creator => p.taken_by);
end $$;

-- Tells the change feed of what is owed, at the end of the call.
create function promise_told(p_property int, p_id uuid) returns void language plpgsql volatile as $$
begin
  perform feed_also(b.property_id, 'obligation', b.id, b.version, b.number) from obligation b where b.property_id = p_property and b.id = p_id;
end $$;

create function promise_withdraw(p_scope int[], p_ref text, p_user uuid, p_why text, out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := promise_key(p_scope, p_ref);
  p promise;
  b obligation;
begin
  select * into p from promise x where x.property_id = k.property_id and x.id = k.id for update;
  if p.state <> 'open' then
    perform refuse('STPRE', 'PROMISE_STATE', 'promise', format('%s is %s', p.number, p.state));
  end if;
  update promise x set state = 'withdrawn', ended_at = now(), version = x.version + 1 where x.property_id = p.property_id and x.id = p.id;
  select * into b from obligation x
   where x.property_id = p.property_id and x.entity = 'promise' and x.entity_id = p.id and x.kind = 'promise' and x.state = 'open' for update;
  if b.id is not null then
    b := obligation_try(b, uuid7(), p_user, null, 'not_needed', null, left(p_why, 2000));
    perform promise_told(b.property_id, b.id);
  end if;
  property_id := p.property_id;
  id := p.id;
end $$;

create function promise_list(p_scope int[], p_user uuid, p_party text, p_state text, p_mine boolean, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, 'infinity');
  who record := row_after(null);
begin
  if p_party is not null then
    select k.property_id, k.id into who from party_key(p_scope, null, p_party) k;
  end if;
  return query
    select p.property_id, p.id from unnest(p_scope) s (property_id)
     cross join lateral (
       select p.property_id, p.id, p.taken_at from promise p
        where p.property_id = s.property_id and (p.taken_at, p.id) < (cut.at, cut.id)
          and (p_party is null or p.property_id = who.property_id and p.party_id = who.id)
          and (p_state is null or p.state = p_state) and (p_mine is not true or p.taken_by = p_user)
        order by p.taken_at desc, p.id desc limit lim) p
     order by p.taken_at desc, p.id desc limit lim;
end $$;

-- The daemon's look -------------------------------------------------------------------------------------------------------

-- What a promise has come to. Paid by its day: kept; nothing open any more though less was paid: withdrawn; its day is over: broken.
-- A payment that was taken back opens it again, unless the same was promised anew since.
create function promise_state(p promise, p_open bigint, p_on date) returns text language plpgsql stable as $$
begin
  return case when p.state = 'withdrawn' then p.state
              when promise_paid(p) >= p.amount then 'kept'
              when p.state = 'open' and p_open = 0 then 'withdrawn'
              when p.on_date < p_on or p.state = 'broken' then 'broken'
              when exists (select from promise x where x.property_id = p.property_id and x.party_id = p.party_id and x.id <> p.id and x.state = 'open'
                              and x.bill_id is not distinct from p.bill_id) then 'broken'
              else 'open' end;
end $$;

-- Looks at a promise (locked by the caller). What is owed by it, and of a broken one by who collects, follows.
create function promise_look(p promise, p_on date) returns void language plpgsql volatile as $$
declare
  y property;
  b obligation;
  owes uuid;
  owed constant bigint := (promise_open(p.property_id, p.party_id, p.bill_id, p_on)).all_open;
  now_is constant text := promise_state(p, owed, p_on);
  was constant text := p.state;
begin
  select * into y from property x where x.id = p.property_id;
  update promise x
     set look = false, state = now_is, ended_at = case when now_is = 'open' then null else coalesce(p.ended_at, now()) end,
         version = x.version + (now_is <> was)::int
   where x.property_id = p.property_id and x.id = p.id returning * into p;
  for b in
    update obligation x
       set state = case when x.kind = 'broken_promise' then 'cancelled' when now_is = 'kept' then 'kept' when now_is = 'broken' then 'missed'
                        else 'cancelled' end,
           settled_at = now(), version = x.version + 1
     where x.property_id = p.property_id and x.entity = 'promise' and x.entity_id = p.id and x.state = 'open'
       and (x.kind = 'promise' and now_is <> 'open' or x.kind = 'broken_promise' and (now_is <> 'broken' or owed = 0))
    returning *
  loop
    perform feed_note(b.property_id, 'obligation', b.id, b.version, b.number, 'arrears.Tick');
  end loop;
  if now_is = was then
    return;
  elsif now_is = 'open' then
    owes := promise_owe(p);
    select * into b from obligation x where x.property_id = p.property_id and x.id = owes;
    perform feed_note(b.property_id, 'obligation', b.id, b.version, b.number, 'arrears.Tick');
  elsif now_is = 'broken' and owed > 0 then
    owes := obligation_need(p.property_id, 'broken_promise', 'promise', p.id, p.number,
                            format('%s %s by %s was promised, %s paid', money_text(p.amount, y.currency), y.currency, p.on_date,
                                   money_text(promise_paid(p), y.currency)),
                            now(), (p_on + 1 + time '18:00') at time zone y.zone, coalesce(steward_of(p.property_id, p.place_id, p_on), p.taken_by),
                            p_party => p.party_id, p_place => p.place_id);
    select * into b from obligation x where x.property_id = p.property_id and x.id = owes;
    perform feed_note(b.property_id, 'obligation', b.id, b.version, b.number, 'arrears.Tick');
  end if;
  perform feed_note(p.property_id, 'promise', p.id, p.version, p.number, 'arrears.Tick');
end $$;

-- Looks at the promises of which something was paid or whose day is over. Gives how many.
create function promise_tick(p_property int, p_limit int) returns int language plpgsql volatile as $$
declare
  p promise;
  day constant date := (select today(y.zone) from property y where y.id = p_property);
  n int := 0;
begin
  for p in
    select * from promise x where x.property_id = p_property and (x.look or x.state = 'open' and x.on_date < day)
     order by x.on_date, x.id limit p_limit for update skip locked
  loop
    perform promise_look(p, day);
    n := n + 1;
  end loop;
  return n;
end $$;
