-- Shifts of cashiers: opened with a float, closed by a blind count. The report of a closed shift has a number without gaps (Z).

create view shift_card with (security_invoker = true) as
select s.id, s.property_id, y.code as property, s.number, (select u.login from app_user u where u.id = s.user_id) as cashier, s.drawer,
       case when s.closed_at is null then 'open' when s.signed_at is null then 'closed' else 'signed' end as state,
       ts(s.opened_at, y.zone) as opened_at, s.float as float_minor, ts(s.closed_at, y.zone) as closed_at, s.z_number, sums.receipts,
       case when s.closed_at is not null then sums.taken end as taken_minor, d.difference as difference_minor, y.currency, s.reason,
       (select u.login from app_user u where u.id = s.signed_by) as signed_by, s.version,
       (extract(epoch from s.opened_at) * 1000000)::bigint || '~' || s.id as cursor
  from shift s
  join property y on y.id = s.property_id
 cross join lateral (select count(*)::int as receipts, coalesce(sum(x.amount), 0)::bigint as taken
                       from payment x where x.property_id = s.property_id and x.shift_id = s.id) sums
 cross join lateral (select sum(c.counted - c.expected)::bigint as difference
                       from shift_count c where c.property_id = s.property_id and c.shift_id = s.id) d;
create function shift_card(p_property int, p_id uuid) returns setof shift_card language plpgsql volatile rows 1 as
$$ begin return query select * from shift_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on shift_card to steward_app;

create function shift_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id from number_key('shift', p_scope, p_ref, 'there is no shift', 'SHIFT', 'shift') k;
end $$;

create function shift_begin(p_property int, p_key uuid, p_user uuid, p_drawer text, p_float bigint) returns uuid language plpgsql volatile as $$
begin
  insert into shift (property_id, id, number, user_id, drawer, float)
  values (p_property, p_key, 'SH-' || next_number(p_property, 'SH'), p_user, upper(btrim(p_drawer)), coalesce(p_float, 0));
  return p_key;
end $$;

-- What a shift should have of each method: its float is cash. Methods that nobody used are left out, cash never.
create function shift_expected(s shift) returns table (method text, name text, rank int, documents int, amount bigint)
language plpgsql stable rows 5 as $$
begin
  return query
    select m.method, m.name, m.rank, count(t.amount)::int,
           (coalesce(sum(t.amount), 0) + case when m.method = 'cash' then s.float else 0 end)::bigint
      from payment_method m
      left join (select t.method, t.amount from payment x
                   join payment_tender t on t.property_id = x.property_id and t.payment_id = x.id
                  where x.property_id = s.property_id and x.shift_id = s.id) t using (method)
     group by m.method, m.name, m.rank having count(t.amount) > 0 or m.method = 'cash';
end $$;

-- The lines of the report of a shift. Of one that is open the cashier sees how many documents there are, and no amounts: he
-- is to count what he has, not what he should have.
create function shift_report(p_scope int[], p_ref text, p_user uuid)
returns table (method text, name text, documents int, expected_minor bigint, counted_minor bigint, difference_minor bigint, currency text)
language plpgsql stable rows 5 as $$
declare
  k constant record := shift_key(p_scope, p_ref);
  s shift;
  blind boolean;
begin
  select * into s from shift x where x.property_id = k.property_id and x.id = k.id;
  blind := s.closed_at is null and s.user_id = p_user;
  return query
    select e.method, e.name, e.documents, case when not blind then coalesce(c.expected, e.amount) end, c.counted, c.counted - c.expected, y.currency
      from shift_expected(s) e
      join property y on y.id = s.property_id
      left join shift_count c on c.property_id = s.property_id and c.shift_id = s.id and c.method = e.method
     order by e.rank;
end $$;

-- Closes one's shift with what was counted, "cash=1325.50 card=210"; what is not named counts as nothing. A difference needs a
-- reason and is posted; the cash stays in the drawer's account. p_dry: on trial only, which would tell what there should be.
create function shift_close(p_property int, p_key uuid, p_user uuid, p_counts text[], p_reason text, p_dry boolean) returns uuid language plpgsql volatile as $$
declare
  y property;
  s shift;
  counted record;
  differs bigint;
  drawer bigint;
  at date;
begin
  perform ledger_hold(p_property);
  select * into y from property x where x.id = p_property;
  select * into s from shift x where x.property_id = p_property and x.user_id = p_user and x.closed_at is null for update;
  if s.id is null then
    perform refuse('STPRE', 'NO_SHIFT', 'shift', 'you have no shift open');
  end if;
  counted := shift_counts(y, p_counts);
  if p_dry then
    perform refuse('STPRE', 'BLIND_COUNT', 'dry_run', 'a shift is counted blind: its end cannot be tried beforehand, leave --dry-run out');
  end if;
  insert into shift_count (property_id, shift_id, method, counted, expected)
  select p_property, s.id, e.method, coalesce(c.amount, 0), e.amount
    from shift_expected(s) e left join unnest(counted.methods, counted.amounts) c (method, amount) on c.method = e.method
  union all
  select p_property, s.id, c.method, c.amount, 0
    from unnest(counted.methods, counted.amounts) c (method, amount)
   where c.amount > 0 and not exists (select from shift_expected(s) e where e.method = c.method);
  select sum(abs(c.counted - c.expected)), sum(c.counted - c.expected) filter (where m.drawer) into differs, drawer
    from shift_count c join payment_method m using (method) where c.property_id = p_property and c.shift_id = s.id;
  if differs > 0 and coalesce(btrim(p_reason), '') = '' then
    perform refuse('STPRE', 'COUNT_DIFFERS', 'why', 'the count is not what it should be: count again, or say why with --why');
  end if;
  at := posting_day(y, null);
  perform shift_difference(s, p_key, at, p_user);
  update shift x
     set closed_at = now(), reason = nullif(btrim(p_reason), ''), z_number = receipt_number(p_property, 'Z', at),
         journal_id = (select j.id from journal j where j.property_id = p_property and j.id = p_key), version = s.version + 1
   where x.property_id = p_property and x.id = s.id;
  return s.id;
end $$;

-- Posts what was counted too much or too little, method by method.
create function shift_difference(s shift, p_id uuid, p_on date, p_user uuid) returns void language plpgsql volatile as $$
declare
  other constant uuid := ledger_account(s.property_id, 'cash_difference');
  legs ledger_leg[];
begin
  select array_agg(case when d.amount > 0 then row(d.account, other, d.amount)::ledger_leg else row(other, d.account, -d.amount)::ledger_leg end)
    into legs
    from (select ledger_account(s.property_id, m.purpose) as account, sum(c.counted - c.expected)::bigint as amount
            from shift_count c join payment_method m using (method)
           where c.property_id = s.property_id and c.shift_id = s.id group by m.purpose) d
   where d.amount <> 0;
  if legs is not null then
    perform ledger_post(s.property_id, p_id, 'cash_difference', p_on, 'Difference of shift ' || s.number, legs, p_user, 'shift', s.id);
  end if;
end $$;

create function shift_counts(y property, p_counts text[], out methods text[], out amounts bigint[]) language plpgsql stable as $$
declare
  item text;
  m text;
begin
  methods := '{}';
  amounts := '{}';
  foreach item in array coalesce(p_counts, '{}') loop
    select x.method into m from payment_method x where x.method = lower(btrim(split_part(item, '=', 1)));
    if m is null or m = any (methods) or nullif(split_part(item, '=', 2), '') is null then
      perform refuse('STINV', 'COUNT', 'count', format('%s: write each way to pay once with what was counted, such as cash=1325.50', quote_literal(item)));
    end if;
    methods := methods || m;
    amounts := amounts || coalesce(to_money(split_part(item, '=', 2), y.currency, 'count'), 0);
  end loop;
end $$;

-- Somebody else than the cashier looks at the report and signs it.
create function shift_sign(p_scope int[], p_ref text, p_user uuid, out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := shift_key(p_scope, p_ref);
  s shift;
begin
  select * into s from shift x where x.property_id = k.property_id and x.id = k.id for update;
  if s.closed_at is null or s.signed_at is not null then
    perform refuse('STPRE', 'SHIFT_STATE', 'shift', format('%s is %s', s.number, case when s.closed_at is null then 'still open' else 'signed already' end));
  elsif s.user_id = p_user then
    perform refuse('STDEN', 'TAKES_TWO', 'shift', 'somebody else than the cashier signs it');
  end if;
  update shift x set signed_by = p_user, signed_at = now(), version = s.version + 1 where x.property_id = s.property_id and x.id = s.id;
  property_id := s.property_id;
  id := s.id;
end $$;

create function shift_list(p_scope int[], p_state text, p_cashier text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  cut record := cursor_split(p_after, 'infinity');
  lim constant int := coalesce(p_limit, 50);
begin
  return query
    select x.property_id, x.id from unnest(p_scope) s (property_id)
     cross join lateral (
       select x.property_id, x.id, x.opened_at from shift x
        where x.property_id = s.property_id and (x.opened_at, x.id) < (cut.at, cut.id)
          and (p_state is null or p_state = case when x.closed_at is null then 'open' when x.signed_at is null then 'closed' else 'signed' end)
          and (p_cashier is null or x.user_id = (select u.id from app_user u where u.login = lower(p_cashier)))
        order by x.opened_at desc, x.id desc limit lim) x
     order by x.opened_at desc, x.id desc limit lim;
end $$;
