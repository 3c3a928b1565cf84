-- Bills and their lines: what customers owe. Every line is posted with its bill: the receivable is debited, the item's
-- account credited, and the tax in it.

create view bill_card with (security_invoker = true) as
select b.id, b.property_id, y.code as property, b.number, p.number as party, p.name as party_name,
       (select l.number from place l where l.property_id = b.property_id and l.id = b.place_id) as place,
       b.issued_on::text as issued, b.due_on::text as due, b.amount as amount_minor, sums.credited as credited_minor,
       sums.open as open_minor, y.currency,
       case when sums.credited = b.amount then 'cancelled' when sums.open = 0 then 'settled' when b.due_on < today(y.zone) then 'overdue'
            else 'open' end as state,
       greatest(today(y.zone) - b.due_on, 0) as days_late, (select u.login from app_user u where u.id = b.user_id) as by,
       1 + sums.version as version, (b.issued_on - date '2000-01-01') || '~' || b.id as cursor
  from bill b
  join property y on y.id = b.property_id
  join party p on p.property_id = b.property_id and p.id = b.party_id
 cross join lateral (select sum(l.credited)::bigint as credited, sum(l.amount - l.settled)::bigint as open, sum(l.version)::int as version
                       from charge_line l where l.property_id = b.property_id and l.bill_id = b.id) sums;
create function bill_card(p_property int, p_id uuid) returns setof bill_card language plpgsql volatile rows 1 as
$$ begin return query select * from bill_card c where c.property_id = p_property and c.id = p_id; end $$;

grant select on bill_card to steward_app;

-- Items --------------------------------------------------------------------------------------------------------------

create function charge_item_of(p_property int, p_code text, p_on date, p_field text default 'item') returns charge_item
language plpgsql stable as $$
declare
  i charge_item;
begin
  select * into i from charge_item x where x.property_id = p_property and x.code = upper(btrim(p_code));
  if i.id is null then
    perform refuse('STNOF', 'ITEM_UNKNOWN', p_field, format('nothing is charged as %s at %s; `bill item list` shows what is', upper(btrim(p_code)),
                                                            property_codes(array[p_property])));
  elsif i.closed_on <= p_on then
    perform refuse('STPRE', 'ITEM_CLOSED', p_field, format('%s is not charged since %s', i.code, i.closed_on));
  end if;
  return i;
end $$;

-- Adds an item, or changes what is given of it.
create function charge_item_set(p_property int, p_key uuid, p_code text, p_name text, p_account text, p_tax int, p_rank int, p_closed text,
                                out id uuid, out version int, out code text) language plpgsql volatile as $$
#variable_conflict use_column
declare
  i charge_item;
  a account;
begin
  select * into i from charge_item x where x.property_id = p_property and x.code = upper(btrim(p_code)) for update;
  if p_account is not null then
    a := ledger_code(p_property, p_account, '-infinity');
    if a.kind not in ('income', 'liability') or a.purpose = any (array_remove(ledger_subledgers(), 'pass_through')) then
      perform refuse('STINV', 'ITEM_ACCOUNT', 'account', format('%s is no account for what is charged: name income, or what is collected for others',
                                                                a.code));
    elsif a.purpose = 'pass_through' and coalesce(p_tax, i.tax_bp, 0) > 0 then
      perform refuse('STINV', 'ITEM_TAX', 'tax_bp', 'what is collected for others bears no tax of ours');
    end if;
  end if;
  if i.id is null then
    perform refuse('STINV', 'REQUIRED', x.field, format('%s is new: say its %s', upper(btrim(p_code)), x.field))
       from (values (1, 'name', p_name), (2, 'account', p_account)) x (o, field, value) where x.value is null order by x.o limit 1;
    insert into charge_item (property_id, id, code, name, account_id, tax_bp, rank, closed_on)
    values (p_property, p_key, upper(btrim(p_code)), btrim(p_name), a.id, coalesce(p_tax, 0), coalesce(p_rank, 50), to_day(p_closed, 'closed'))
    returning charge_item.id, charge_item.version, charge_item.code into id, version, code;
    return;
  end if;
  update charge_item x
     set name = coalesce(nullif(btrim(p_name), ''), i.name), account_id = coalesce(a.id, i.account_id), tax_bp = coalesce(p_tax, i.tax_bp),
         rank = coalesce(p_rank, i.rank), closed_on = coalesce(to_day(p_closed, 'closed'), i.closed_on), version = i.version + 1
   where x.property_id = p_property and x.id = i.id
  returning x.id, x.version, x.code into id, version, code;
end $$;

-- Billing --------------------------------------------------------------------------------------------------------------

-- A line of a bill that is made by itself; 'quantity', 'unit', 'price' and 'per' as in charge_line.
create type bill_input as (
  item_id uuid, text text, from_on date, to_on date, amount bigint, entity text, entity_id uuid, quantity numeric, unit text, price numeric, per text
);

-- The tax in an amount that includes it, half up.
create function tax_within(p_amount bigint, p_tax_bp int) returns bigint language sql immutable parallel safe as
$$ select (2 * p_amount * p_tax_bp + 10000 + p_tax_bp) / (2 * (10000 + p_tax_bp)) $$;

-- One bill with its lines and their entry, under one id.
create function bill_post(p_property int, p_id uuid, p_party uuid, p_place uuid, p_on date, p_due date, p_user uuid, p_lines bill_input[])
returns uuid language plpgsql volatile as $$
declare
  receivable constant uuid := ledger_account(p_property, 'receivable');
  legs ledger_leg[];
  total bigint;
  n text;
begin
  if p_due < p_on then
    perform refuse('STINV', 'DUE_BEFORE', 'due', 'lies before the day of the bill');
  end if;
  with part as (
    select i.account_id, sum(l.amount)::bigint as amount, sum(tax_within(l.amount, i.tax_bp))::bigint as tax
      from unnest(p_lines) l join charge_item i on i.property_id = p_property and i.id = l.item_id group by i.account_id
  ), leg as (
    select p.account_id as credit, p.amount - p.tax as amount from part p
    union all
    select ledger_account(p_property, 'tax'), sum(p.tax)::bigint from part p having sum(p.tax) > 0
  )
  select array_agg(row(receivable, g.credit, g.amount)::ledger_leg order by g.credit), sum(g.amount) into legs, total
    from leg g where g.amount > 0;
  n := 'B-' || next_number(p_property, 'B');
  perform ledger_post(p_property, p_id, 'bill', p_on, 'Bill ' || n, legs, p_user, 'bill', p_id);
  insert into bill (property_id, id, number, party_id, place_id, issued_on, due_on, amount, user_id)
  values (p_property, p_id, n, p_party, p_place, p_on, p_due, total, p_user);
  insert into charge_line (property_id, id, bill_id, line, item_id, party_id, place_id, text, from_on, to_on, amount, tax, issued_on, due_on,
                           journal_id, entity, entity_id, quantity, unit, price, per)
  select p_property, uuid7(), p_id, l.o, l.item_id, p_party, p_place, l.text, l.from_on, l.to_on, l.amount, tax_within(l.amount, i.tax_bp),
         p_on, p_due, p_id, l.entity, l.entity_id, l.quantity, l.unit, l.price, l.per
    from unnest(p_lines) with ordinality l (item_id, text, from_on, to_on, amount, entity, entity_id, quantity, unit, price, per, o)
    join charge_item i on i.property_id = p_property and i.id = l.item_id;
  return p_id;
end $$;

-- The day a document of today is posted: today, or the first day of the first month that is open.
create function posting_day(y property, p_on text) returns date language plpgsql stable as $$
declare
  at constant date := coalesce(to_day(p_on, 'date'), ledger_day(y.id, today(y.zone)));
begin
  if at > greatest(today(y.zone), ledger_day(y.id, today(y.zone))) then
    perform refuse('STINV', 'DATE_FUTURE', 'date', 'lies in the future');
  end if;
  return at;
end $$;

-- The amount of a line that is billed by hand: as it is said, or so much of something at a price, half up.
create function bill_amount(p_amount bigint, p_quantity text, p_price bigint) returns bigint language plpgsql immutable as $$
declare
  milli constant bigint := case when p_quantity is not null then to_milli(p_quantity, 'quantity') end;
begin
  if (p_quantity is null) <> (p_price is null) then
    perform refuse('STINV', 'REQUIRED', case when p_price is null then 'price_minor' else 'quantity' end, 'a quantity has a price, and a price a quantity');
  elsif (p_amount is null) = (milli is null) then
    perform refuse('STINV', 'REQUIRED', 'amount_minor', 'say how much it is: the amount, or a quantity and the price of one');
  end if;
  return coalesce(p_amount, div(milli::numeric * p_price * 2 + 1000, 2000)::bigint);
end $$;

-- Charges one thing to a customer, by hand.
create function bill_add(p_property int, p_key uuid, p_user uuid, p_party text, p_place text, p_item text, p_text text, p_amount bigint,
                         p_from text, p_to text, p_due text, p_on text, p_quantity text default null, p_unit text default null,
                         p_price bigint default null) returns uuid language plpgsql volatile as $$
declare
  y property;
  i charge_item;
  at date;
  who uuid;
  spot uuid;
begin
  perform ledger_hold(p_property);
  select * into y from property x where x.id = p_property;
  at := posting_day(y, p_on);
  i := charge_item_of(p_property, p_item, at);
  select k.id into spot from place_key(array[p_property], p_property, p_place) k;
  select k.id into who from party_key(array[p_property], p_property, p_party) k;
  who := coalesce(who, payer_of(p_property, spot, at, 'customer'));
  if who is null then
    perform refuse('STINV', 'PARTY_MISSING', 'party', case when spot is null then 'say who pays, or which unit'
                                                          else 'nobody holds this place: say who pays' end);
  end if;
  return bill_post(p_property, p_key, who, spot, at, coalesce(to_day(p_due, 'due'), at), p_user,
                   array[row(i.id, coalesce(nullif(btrim(p_text), ''), i.name), to_day(p_from, 'from'), to_day(p_to, 'to') + 1,
                             bill_amount(p_amount, p_quantity, p_price), null, null, norm(p_quantity)::numeric, nullif(btrim(p_unit), ''),
                             p_price * ('1e-' || currency_digits(y.currency))::numeric, null)::bill_input]);
end $$;

-- Who pays for a place on a day. 'owner': who owns it; 'customer': who holds its lease, or else who owns it.
create function payer_of(p_property int, p_place uuid, p_on date, p_who text) returns uuid language plpgsql stable as $$
begin
  return (select o.party_id from occupancy o
           where o.property_id = p_property and o.place_id = p_place and o.period @> p_on
             and (o.slot = 'title' or o.slot = 'lease' and p_who = 'customer')
           order by o.slot = 'lease' desc limit 1);
end $$;

-- Bills what was approved for the work of an order, line by line, to the customer who bears it.
create function bill_work(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_due text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  o record := order_key(p_scope, p_ref);
  q charge_proposal;
  y property;
  i charge_item;
  at date;
begin
  perform ledger_hold(o.property_id);
  select * into q from charge_proposal x where x.property_id = o.property_id and x.order_id = o.id and x.state <> 'declined' for update;
  if q.id is null or q.state <> 'approved' then
    perform refuse('STPRE', 'NO_CHARGE_APPROVED', 'order',
                   case when q.id is null then 'no charge was proposed for this order; `order charge propose` does that'
                        else format('the charge %s is %s', q.number, q.state) end);
  elsif q.bearer <> 'customer' then
    perform refuse('STPRE', 'BEARER', 'order', format('the %s bears %s, so nobody is billed', replace(q.bearer, '_', ' '), q.number));
  elsif q.amount = 0 then
    perform refuse('STPRE', 'NOTHING_TO_BILL', 'order', format('%s comes to nothing', q.number));
  end if;
  select * into y from property x where x.id = q.property_id;
  at := posting_day(y, null);
  i := charge_item_of(q.property_id, 'WORK', at, 'order');
  property_id := q.property_id;
  id := bill_post(q.property_id, p_key, q.party_id, q.place_id, at, coalesce(to_day(p_due, 'due'), at), p_user,
                  array(select row(i.id, left(format('%s: %s', w.number, x.name), 200), null, null, x.amount, 'charge_proposal', q.id, x.quantity * 0.001, x.unit,
                                   x.price * ('1e-' || currency_digits(y.currency))::numeric, null)::bill_input
                          from order_item x join work_order w on w.property_id = x.property_id and w.id = x.order_id
                         where x.property_id = q.property_id and x.order_id = q.order_id and x.removed_at is null and x.amount > 0 order by x.line));
  update charge_proposal x set state = 'posted', posted_at = now(), version = q.version + 1 where x.property_id = q.property_id and x.id = q.id;
  perform feed_also(q.property_id, 'charge', q.id, q.version + 1, q.number);
end $$;

-- Finding ------------------------------------------------------------------------------------------------------------

create function bill_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id from number_key('bill', p_scope, p_ref, 'there is no bill', 'BILL', 'bill') k;
end $$;

-- Bills, latest first: of a customer, a place, or all; those that are open or overdue.
create function bill_list(p_scope int[], p_party text, p_place text, p_state text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  after constant record := bill_cursor(p_after);
  who record := row_after(null);
  spot record := row_after(null);
begin
  if p_party is not null then
    select k.property_id, k.id into who from party_key(p_scope, null, p_party) k;
  end if;
  if p_place is not null then
    select k.property_id, k.id into spot from place_key(p_scope, null, p_place) k;
  end if;
  return query
    select b.property_id, b.id from unnest(p_scope) s (property_id)
     cross join lateral (
       select b.property_id, b.id, b.issued_on from bill b
        where b.property_id = s.property_id and (b.issued_on, b.id) < (after.on_date, after.id)
          and (p_party is null or b.property_id = who.property_id and b.party_id = who.id)
          and (p_place is null or b.property_id = spot.property_id and b.place_id = spot.id)
          and (p_state is null or bill_is(b, p_state))
        order by b.issued_on desc, b.id desc limit lim) b
     order by b.issued_on desc, b.id desc limit lim;
end $$;

create function bill_cursor(p_after text, out on_date date, out id uuid) language plpgsql immutable as $$
begin
  if p_after is null then
    on_date := 'infinity';
    id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  elsif p_after ~ '^[0-9]{1,6}~' and is_uuid(split_part(p_after, '~', 2)) then
    on_date := date '2000-01-01' + split_part(p_after, '~', 1)::int;
    id := split_part(p_after, '~', 2);
  else
    perform refuse('STINV', 'BAD_CURSOR', 'after', 'not a cursor: give the one of the last row seen');
  end if;
end $$;

create function bill_is(b bill, p_state text) returns boolean language plpgsql stable as $$
declare
  open constant boolean := exists (select from charge_line l where l.property_id = b.property_id and l.bill_id = b.id and l.settled < l.amount);
begin
  return case p_state when 'open' then open
              when 'overdue' then open and b.due_on < (select today(y.zone) from property y where y.id = b.property_id)
              when 'settled' then not open end;
end $$;
