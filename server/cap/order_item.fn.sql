-- What an order took, line by line, and what is charged for it.

-- A quantity as people write it, in thousandths: 1, 1.5, 0.125.
create function to_milli(t text, field text) returns bigint language plpgsql immutable parallel safe as $$
declare
  x constant text := norm(t);
begin
  if x !~ '^\d{1,9}(\.\d{1,3})?$' or x ~ '^[0.]+$' then
    perform refuse('STINV', 'QUANTITY', field,
                   format('%s is no quantity: more than nothing, with up to 3 digits after the point, such as 1.5', quote_literal(t)));
  end if;
  return (split_part(x, '.', 1) || rpad(split_part(x, '.', 2), 3, '0'))::bigint;
end $$;
create function milli_text(p bigint) returns text language sql immutable parallel safe as
$$ select trim_scale(p / 1000.0)::text $$;

create view item_card with (security_invoker = true) as
select i.id, i.property_id, y.code as property, o.number as "order", i.line, i.code, i.name, i.kind,
       milli_text(i.quantity) as quantity, i.unit, i.price as price_minor, i.amount as amount_minor, i.currency, i.tax_bp,
       ts(i.added_at, y.zone) as added_at, (select u.login from app_user u where u.id = i.added_by) as added_by,
       ts(i.removed_at, y.zone) as removed_at, (select u.login from app_user u where u.id = i.removed_by) as removed_by,
       i.removed_why, i.version, o.number || ' line ' || i.line as number
  from order_item i
  join property y on y.id = i.property_id
  join work_order o on o.property_id = i.property_id and o.id = i.order_id;

create function item_card(p_property int, p_id uuid) returns setof item_card language plpgsql volatile rows 1 as
$$ begin return query select * from item_card c where c.property_id = p_property and c.id = p_id; end $$;

create view charge_card with (security_invoker = true) as
select q.id, q.property_id, y.code as property, q.number, o.number as "order", c.number as "case", q.bearer,
       (select p.name from party p where p.property_id = q.property_id and p.id = q.party_id) as party,
       (select p.number from party p where p.property_id = q.property_id and p.id = q.party_id) as party_number,
       (select l.number from place l where l.property_id = q.property_id and l.id = q.place_id) as place,
       q.amount as amount_minor, q.currency, q.state, q.note, q.reason, ts(q.proposed_at, y.zone) as proposed_at,
       (select u.login from app_user u where u.id = q.proposed_by) as proposed_by, ts(q.decided_at, y.zone) as decided_at,
       (select u.login from app_user u where u.id = q.decided_by) as decided_by, ts(q.posted_at, y.zone) as posted_at, q.version,
       (extract(epoch from q.proposed_at) * 1000000)::bigint || '~' || q.id as cursor
  from charge_proposal q
  join property y on y.id = q.property_id
  join work_order o on o.property_id = q.property_id and o.id = q.order_id
  join desk_case c on c.property_id = o.property_id and c.id = o.case_id;
create function charge_card(p_property int, p_id uuid) returns setof charge_card language plpgsql volatile rows 1 as
$$ begin return query select * from charge_card c where c.property_id = p_property and c.id = p_id; end $$;

grant select on item_card, charge_card to steward_app;

-- Lines --------------------------------------------------------------------------------------------------------------

-- What the lines of an order come to, and in which currency; null without lines.
create function order_total(p_property int, p_order uuid, out amount bigint, out currency text, out lines int)
language plpgsql stable as $$
begin
  select sum(i.amount), min(i.currency), count(*) into amount, currency, lines from order_item i
   where i.property_id = p_property and i.order_id = p_order and i.removed_at is null;
end $$;

-- Locks an order whose lines are to be changed. What has been approved stays as it was approved.
create function order_item_take(p_scope int[], p_ref text, p_user uuid, p_past text) returns work_order
language plpgsql volatile as $$
declare
  k record := order_key(p_scope, p_ref);
  o work_order;
  q charge_proposal;
begin
  select * into o from work_order w where w.property_id = k.property_id and w.id = k.id for update;
  perform order_may(o, p_user, '{technician,building_steward}', '{clerk,operator,dispatcher,supervisor,manager}', p_past);
  select * into q from charge_proposal x
   where x.property_id = o.property_id and x.order_id = o.id and x.state in ('approved', 'posted');
  if q.id is not null then
    perform refuse('STPRE', 'CHARGE_APPROVED', 'order',
                   format('the charge %s for %s is %s; its lines stay as they are', q.number, o.number, q.state));
  end if;
  return o;
end $$;

-- A charge that waits for a decision is always what the lines come to.
create function charge_follow(o work_order) returns void language plpgsql volatile as $$
begin
  update charge_proposal q set amount = coalesce(t.amount, 0), version = q.version + 1
    from order_total(o.property_id, o.id) t
   where q.property_id = o.property_id and q.order_id = o.id and q.state = 'proposed';
end $$;

-- A line at the price of the day, or priced by hand by whoever may.
create function order_item_add(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_code text,
                               p_quantity text, p_name text, p_kind text, p_unit text, p_price bigint,
                               out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  o work_order := order_item_take(p_scope, p_ref, p_user, 'written on');
  y property;
  p price;
  n constant bigint := to_milli(p_quantity, 'quantity');
  moment constant timestamptz := greatest(least(coalesce(p_at, now()), now()), o.issued_at);
begin
  select * into y from property x where x.id = o.property_id;
  if o.state not in ('accepted', 'started', 'paused', 'done') then
    perform refuse('STPRE', 'ORDER_STATE', 'order', format('%s is %s; lines are added once it is accepted', o.number,
                                                          replace(o.state, '_', ' ')));
  elsif p_code is not null and num_nonnulls(p_name, p_kind, p_unit, p_price) > 0 then
    perform refuse('STINV', 'CODE_OR_FREE', 'code', 'a line has a code of the price list, or a name, kind, unit and price of its own');
  elsif p_code is not null then
    p := price_on(o.property_id, p_code, (moment at time zone y.zone)::date);
  elsif not user_has_role(p_user, o.property_id, '{supervisor,manager}') then
    perform refuse('STDEN', 'FREE_LINE', 'code', 'name a code of the price list; only supervisors and managers price by hand');
  else
    perform refuse('STINV', 'REQUIRED', x.field, format('a line without a code says its %s', replace(x.field, '_minor', '')))
       from (values (1, 'name', p_name), (2, 'kind', p_kind), (3, 'unit', p_unit), (4, 'price_minor', p_price::text)) x (o, field, value)
      where x.value is null order by x.o limit 1;
    p.name := btrim(p_name);
    p.kind := p_kind;
    p.unit := btrim(p_unit);
    p.price := p_price;
    p.currency := y.currency;
  end if;
  insert into order_item (property_id, order_id, line, id, price_id, code, name, kind, unit, quantity, price, currency,
                          tax_bp, added_at, added_by)
  values (o.property_id, o.id,
          1 + coalesce((select max(i.line) from order_item i where i.property_id = o.property_id and i.order_id = o.id), 0),
          p_key, p.id, p.code, p.name, p.kind, p.unit, n, p.price, p.currency, p.tax_bp, moment, p_user);
  perform charge_follow(o);
  property_id := o.property_id;
  id := p_key;
end $$;

create function order_item_remove(p_scope int[], p_ref text, p_user uuid, p_line int, p_why text,
                                  out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  o work_order := order_item_take(p_scope, p_ref, p_user, 'written on');
  i order_item;
begin
  select * into i from order_item x where x.property_id = o.property_id and x.order_id = o.id and x.line = p_line;
  if i.id is null then
    perform refuse('STNOF', 'LINE_UNKNOWN', 'line', format('%s has no line %s', o.number, p_line));
  elsif i.removed_at is not null then
    perform refuse('STPRE', 'LINE_REMOVED', 'line', format('line %s of %s was taken back already', p_line, o.number));
  end if;
  update order_item x set removed_at = now(), removed_by = p_user, removed_why = btrim(p_why), version = i.version + 1
   where x.property_id = i.property_id and x.order_id = i.order_id and x.line = i.line;
  perform charge_follow(o);
  property_id := i.property_id;
  id := i.id;
end $$;

-- Charges --------------------------------------------------------------------------------------------------------------

create function order_charge_propose(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_bearer text,
                                     p_party text, p_place text, p_note text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  o work_order := order_item_take(p_scope, p_ref, p_user, 'charged');
  c desk_case;
  t record := order_total(o.property_id, o.id);
  who constant text := coalesce(p_bearer, 'customer');
  payer uuid;
  place uuid;
  q charge_proposal;
begin
  select * into c from desk_case x where x.property_id = o.property_id and x.id = o.case_id;
  select * into q from charge_proposal x where x.property_id = o.property_id and x.order_id = o.id and x.state = 'proposed';
  if q.id is not null then
    perform refuse('STPRE', 'CHARGE_PROPOSED', 'order', format('%s is proposed for %s already', q.number, o.number));
  elsif t.lines = 0 then
    perform refuse('STPRE', 'NO_LINES', 'order', format('%s has no lines; `order item add` writes down what it took', o.number));
  elsif exists (select from order_item i where i.property_id = o.property_id and i.order_id = o.id and i.removed_at is null
                   and i.currency <> t.currency) then
    perform refuse('STPRE', 'CURRENCIES', 'order', format('the lines of %s are in several currencies', o.number));
  elsif who <> 'customer' and p_party is not null then
    perform refuse('STINV', 'BEARER', 'party', format('the %s bears it, so no customer pays', replace(who, '_', ' ')));
  end if;
  if who = 'customer' then
    select k.id into payer from party_key(array[o.property_id], o.property_id, p_party) k;
    payer := coalesce(payer, c.party_id);
    if payer is null then
      perform refuse('STINV', 'PARTY_MISSING', 'party', format('%s names no customer: say who pays, or another --bearer', c.number));
    end if;
  end if;
  select k.id into place from place_key(array[o.property_id], o.property_id, p_place) k;
  property_id := o.property_id;
  id := p_key;
  insert into charge_proposal (property_id, id, number, order_id, bearer, party_id, place_id, amount, currency, note,
                               proposed_at, proposed_by)
  values (property_id, id, 'Q-' || next_number(property_id, 'Q'), o.id, who, payer, coalesce(place, c.place_id), t.amount,
          t.currency, nullif(btrim(p_note), ''), greatest(least(coalesce(p_at, now()), now()), o.issued_at), p_user);
end $$;

-- Somebody else decides than who proposed it or wrote its lines. p_version: the charge as it was seen.
create function order_charge_decide(p_scope int[], p_ref text, p_user uuid, p_at timestamptz, p_state text, p_why text,
                                    p_version int, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record := order_key(p_scope, p_ref);
  o work_order;
  q charge_proposal;
begin
  select * into o from work_order w where w.property_id = k.property_id and w.id = k.id for update;
  select * into q from charge_proposal x where x.property_id = o.property_id and x.order_id = o.id order by x.proposed_at desc, x.id desc limit 1;
  if q.id is null or q.state <> 'proposed' then
    perform refuse('STPRE', 'NO_CHARGE_PROPOSED', 'order',
                   case when q.id is null then format('no charge is proposed for %s; `order charge propose` does that', o.number)
                        else format('the charge %s for %s is %s already', q.number, o.number, q.state) end);
  end if;
  perform version_ok(q.version, p_version);
  if q.proposed_by = p_user or exists (select from order_item i where i.property_id = o.property_id and i.order_id = o.id
                                          and (i.removed_by = p_user or i.added_by = p_user and i.removed_at is null)) then
    perform refuse('STDEN', 'OWN_CHARGE', 'order', format('you proposed %s or wrote its lines; somebody else must decide', q.number));
  end if;
  update charge_proposal x
     set state = p_state, reason = nullif(btrim(p_why), ''), decided_by = p_user, version = q.version + 1,
         decided_at = greatest(least(coalesce(p_at, now()), now()), q.proposed_at)
   where x.property_id = q.property_id and x.id = q.id;
  property_id := q.property_id;
  id := q.id;
end $$;

-- Charges, the newest first.
create function order_charges(p_scope int[], p_state text, p_bearer text, p_order text, p_party text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, 'infinity');
  o record;
  payer record;
begin
  if p_order is not null then
    o := order_key(p_scope, p_order);
    return query
      select q.property_id, q.id from charge_proposal q
       where q.property_id = o.property_id and q.order_id = o.id and (q.proposed_at, q.id) < (cut.at, cut.id)
         and (p_state is null or q.state = p_state) and (p_bearer is null or q.bearer = p_bearer)
       order by q.proposed_at desc, q.id desc limit lim;
  elsif p_party is not null then
    select k.property_id, k.id into payer from party_key(p_scope, null, p_party) k;
    return query
      select q.property_id, q.id from charge_proposal q
       where q.property_id = payer.property_id and q.party_id = payer.id and (q.proposed_at, q.id) < (cut.at, cut.id)
         and (p_state is null or q.state = p_state) and (p_bearer is null or q.bearer = p_bearer)
       order by q.proposed_at desc, q.id desc limit lim;
  elsif p_state is not null then
    return query
      select q.property_id, q.id from unnest(p_scope) s (property_id)
       cross join lateral (
         select q.property_id, q.id, q.proposed_at from charge_proposal q
          where q.property_id = s.property_id and q.state = p_state and (q.proposed_at, q.id) < (cut.at, cut.id)
            and (p_bearer is null or q.bearer = p_bearer)
          order by q.proposed_at desc, q.id desc limit lim) q
       order by q.proposed_at desc, q.id desc limit lim;
  else
    return query
      select q.property_id, q.id from unnest(p_scope) s (property_id)
       cross join lateral (
         select q.property_id, q.id, q.proposed_at from charge_proposal q
          where q.property_id = s.property_id and (q.proposed_at, q.id) < (cut.at, cut.id)
            and (p_bearer is null or q.bearer = p_bearer)
          order by q.proposed_at desc, q.id desc limit lim) q
       order by q.proposed_at desc, q.id desc limit lim;
  end if;
end $$;
