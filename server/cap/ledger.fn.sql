-- The ledger: finding accounts, posting and reversing entries, what accounts come to. Amounts are minor units of the
-- property's currency; a balance is debits less credits.

create view ledger_account_card with (security_invoker = true) as
select a.id, a.property_id, y.code as property, a.code, a.name, a.kind, a.purpose, a.currency, a.closed_on::text as closed_on,
       a.code as number, a.version, a.property_id || '~' || a.id || '~' || a.code as cursor
  from account a join property y on y.id = a.property_id;
create function ledger_account_card(p_property int, p_id uuid) returns setof ledger_account_card language plpgsql volatile rows 1 as
$$ begin return query select * from ledger_account_card c where c.property_id = p_property and c.id = p_id; end $$;

create view journal_card with (security_invoker = true) as
select j.id, j.property_id, y.code as property, j.number, j.kind, j.on_date::text as date, j.text,
       (select sum(t.amount) from transfer t where t.property_id = j.property_id and t.journal_id = j.id)::bigint as amount_minor,
       y.currency, (select r.number from journal r where r.property_id = j.property_id and r.id = j.reverses) as reverses,
       (select r.number from journal r where r.property_id = j.property_id and r.reverses = j.id) as reversed_by,
       (select u.login from app_user u where u.id = j.user_id) as by, ts(j.recorded_at, y.zone) as recorded_at, 1 as version,
       j.property_id || '~' || j.id || '~' || j.on_date as cursor
  from journal j join property y on y.id = j.property_id;
create function journal_card(p_property int, p_id uuid) returns setof journal_card language plpgsql volatile rows 1 as
$$ begin return query select * from journal_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on ledger_account_card, journal_card to steward_app;

-- Accounts -----------------------------------------------------------------------------------------------------------

-- The account that serves a purpose; every property has one of each.
create function ledger_account(p_property int, p_purpose text) returns uuid language plpgsql stable as $$
declare
  found uuid;
begin
  select a.id into found from account a where a.property_id = p_property and a.purpose = p_purpose;
  if found is null then
    perform refuse('STPRE', 'ACCOUNT_MISSING', 'account', format('no account serves as %s at %s', p_purpose,
                                                                property_codes(array[p_property])));
  end if;
  return found;
end $$;

-- The account of a code, open on a day.
create function ledger_code(p_property int, p_code text, p_on date, p_field text default 'account') returns account
language plpgsql stable as $$
declare
  a account;
begin
  select * into a from account x where x.property_id = p_property and x.code = upper(btrim(p_code));
  if a.id is null then
    perform refuse('STNOF', 'ACCOUNT_UNKNOWN', p_field, format('no account %s at %s; `account list` shows them', upper(btrim(p_code)),
                                                              property_codes(array[p_property])));
  elsif a.closed_on <= p_on then
    perform refuse('STPRE', 'ACCOUNT_CLOSED', p_field, format('account %s is closed since %s', a.code, a.closed_on));
  end if;
  return a;
end $$;

create function account_add(p_property int, p_id uuid, p_code text, p_name text, p_kind text) returns uuid
language plpgsql volatile as $$
begin
  insert into account (property_id, id, code, name, kind, currency)
  select y.id, p_id, upper(btrim(p_code)), btrim(p_name), p_kind, y.currency from property y where y.id = p_property;
  return p_id;
end $$;

-- Renames an account, or closes it from a day on. One that the daemon posts to, or that is not at zero, stays open.
create function account_edit(p_property int, p_code text, p_seen int, p_name text, p_closed text) returns uuid
language plpgsql volatile as $$
declare
  a account;
  last constant date := to_day(p_closed, 'closed');
begin
  a := ledger_code(p_property, p_code, '-infinity', 'code');
  select * into a from account x where x.property_id = a.property_id and x.id = a.id for update;
  perform version_ok(a.version, p_seen);
  if last is not null and a.purpose is not null then
    perform refuse('STPRE', 'ACCOUNT_IN_USE', 'closed', format('%s serves as %s; it stays open', a.code, replace(a.purpose, '_', ' ')));
  elsif last is not null and (select coalesce(sum(p.amount), 0) from posting p where p.property_id = a.property_id and p.account_id = a.id) <> 0 then
    perform refuse('STPRE', 'ACCOUNT_NOT_EMPTY', 'closed', format('%s does not stand at zero', a.code));
  end if;
  update account x set name = coalesce(nullif(btrim(p_name), ''), a.name), closed_on = coalesce(last, a.closed_on), version = a.version + 1
   where x.property_id = a.property_id and x.id = a.id;
  return a.id;
end $$;

create function account_list(p_scope int[], p_text text, p_kind text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 100 as $$
#variable_conflict use_column
declare
  after constant record := row_after(p_after);
  wanted constant text := norm(btrim(p_text));
  lim constant int := coalesce(p_limit, 200);
begin
  return query
    select a.property_id, a.id from account a
     where a.property_id = any (p_scope) and (a.property_id, a.code) > (after.property_id, after.key)
       and (p_kind is null or a.kind = p_kind)
       and (wanted is null or strpos(norm(a.code), wanted) > 0 or strpos(norm(a.name), wanted) > 0)
     order by a.property_id, a.code limit lim;
end $$;

-- Entries ------------------------------------------------------------------------------------------------------------

create type ledger_leg as (debit uuid, credit uuid, amount bigint);

-- Debits and credits of an entry as pairs: N debits and M credits give at most N + M - 1. Both sides come to the same.
create function ledger_pairs(p_debits uuid[], p_debit_amounts bigint[], p_credits uuid[], p_credit_amounts bigint[])
returns ledger_leg[] language plpgsql immutable parallel safe as $$
declare
  pairs ledger_leg[] := '{}';
  d int := 1;
  c int := 1;
  debit bigint := p_debit_amounts[1];
  credit bigint := p_credit_amounts[1];
  part bigint;
begin
  while d <= cardinality(p_debits) and c <= cardinality(p_credits) loop
    part := least(debit, credit);
    pairs := pairs || row(p_debits[d], p_credits[c], part)::ledger_leg;
    debit := debit - part;
    credit := credit - part;
    if debit = 0 then
      d := d + 1;
      debit := p_debit_amounts[d];
    end if;
    if credit = 0 then
      c := c + 1;
      credit := p_credit_amounts[c];
    end if;
  end loop;
  return pairs;
end $$;

-- The first day on or after the one wanted whose month still takes entries. What comes late (a desk that was without its
-- line, a bank file) is posted there; when it happened is kept beside it.
create function ledger_day(p_property int, p_wanted date) returns date language plpgsql stable as $$
declare
  last date;
begin
  select max(p.month) into last from period p where p.property_id = p_property and p.state <> 'open';
  return greatest(p_wanted, (last + interval '1 month')::date);
end $$;

-- The accounts of purposes whose amounts are not nothing, in their order: one side of an entry.
create function ledger_sides(p_property int, p_purposes text[], p_amounts bigint[]) returns uuid[] language plpgsql stable as $$
begin
  return array(select ledger_account(p_property, x.purpose) from unnest(p_purposes, p_amounts) with ordinality x (purpose, amount, o)
                where x.amount <> 0 order by x.o);
end $$;

-- Whoever is to post takes the ledger of the property first, before any row that others lock as well (shifts, approvals, lines, pots, meters):
-- so of all that move money at a property one is under way at a time, and no two of them ever wait for each other. Held until the end of
-- the transaction; ledger_post() insists on it.
create function ledger_hold(p_property int) returns void language plpgsql volatile as $$
declare
  held constant text := coalesce(nullif(current_setting('steward.ledger', true), ''), ',');
begin
  if strpos(held, format(',%s,', p_property)) = 0 then
    perform pg_advisory_xact_lock(p_property, hashtext('ledger'));
    perform set_config('steward.ledger', held || p_property || ',', true);
  end if;
end $$;

-- Writes down an entry. Its id is the key of the call, or made from it, so that no entry is made twice. p_on must lie in
-- a month that is open; the month begins with its first entry, but none begins before one that was closed.
create function ledger_post(p_property int, p_id uuid, p_kind text, p_on date, p_text text, p_legs ledger_leg[], p_user uuid,
                            p_entity text default null, p_entity_id uuid default null, p_reverses uuid default null,
                            p_at timestamptz default null) returns uuid
language plpgsql volatile as $$
declare
  m constant date := date_trunc('month', p_on::timestamp)::date;
  currency constant text := (select y.currency from property y where y.id = p_property);
begin
  if strpos(coalesce(current_setting('steward.ledger', true), ''), format(',%s,', p_property)) = 0 then
    raise exception 'who posts takes the ledger first: ledger_hold()';
  end if;
  if not exists (select from period p where p.property_id = p_property and p.month = m) then
    if exists (select from period p where p.property_id = p_property and p.month > m and p.state <> 'open') then
      perform refuse('STPRE', 'PERIOD_CLOSED', 'date', format('%s lies before a month that is closed', to_char(m, 'YYYY-MM')));
    end if;
    insert into period (property_id, month) values (p_property, m) on conflict do nothing;
  end if;
  insert into journal (property_id, id, number, kind, on_date, text, entity, entity_id, reverses, user_id, occurred_at)
  values (p_property, p_id, 'J-' || next_number(p_property, 'J'), p_kind, p_on, left(btrim(p_text), 200), p_entity, p_entity_id, p_reverses,
          p_user, p_at);
  insert into transfer (property_id, journal_id, leg, currency, debit, credit, amount)
  select p_property, p_id, l.leg, currency, l.debit, l.credit, l.amount
    from unnest(p_legs) with ordinality l (debit, credit, amount, leg);
  return p_id;
end $$;

-- The same entry the other way round, on p_on. Each entry is reversed at most once.
create function ledger_reverse(p_property int, p_id uuid, p_journal uuid, p_on date, p_text text, p_user uuid) returns uuid
language plpgsql volatile as $$
declare
  j journal;
  legs ledger_leg[];
begin
  select * into j from journal x where x.property_id = p_property and x.id = p_journal;
  select array_agg(row(t.credit, t.debit, t.amount)::ledger_leg order by t.leg) into legs
    from transfer t where t.property_id = p_property and t.journal_id = p_journal;
  return ledger_post(p_property, p_id, j.kind, p_on, p_text, legs, p_user, j.entity, j.entity_id, j.id);
end $$;

create function journal_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id from number_key('journal', p_scope, p_ref, 'there is no entry', 'JOURNAL', 'journal') k;
end $$;

-- An entry written by hand: what is debited and credited, code by code. Accounts that a subledger explains are left to it.
create function journal_post(p_property int, p_key uuid, p_user uuid, p_on text, p_text text, p_debits text[], p_credits text[])
returns uuid language plpgsql volatile as $$
declare
  y property;
  at date;
  d record;
  c record;
begin
  perform ledger_hold(p_property);
  select * into y from property x where x.id = p_property;
  at := coalesce(to_day(p_on, 'date'), today(y.zone));
  if at > today(y.zone) then
    perform refuse('STINV', 'DATE_FUTURE', 'date', 'lies in the future');
  end if;
  d := journal_side(y, p_debits, at, 'debit');
  c := journal_side(y, p_credits, at, 'credit');
  if d.total <> c.total then
    perform refuse('STINV', 'UNBALANCED', 'credit', format('debits come to %s, credits to %s', money_text(d.total, y.currency),
                                                          money_text(c.total, y.currency)));
  elsif d.accounts && c.accounts then
    perform refuse('STINV', 'SAME_ACCOUNT', 'credit', 'an account stands on one side of an entry only');
  end if;
  return ledger_post(p_property, p_key, 'manual', at, p_text, ledger_pairs(d.accounts, d.amounts, c.accounts, c.amounts), p_user);
end $$;

-- "1001=35.50" and more of them.
create function journal_side(y property, p_items text[], p_on date, p_field text, out accounts uuid[], out amounts bigint[], out total bigint)
language plpgsql stable as $$
declare
  item text;
  a account;
  n bigint;
begin
  accounts := '{}';
  amounts := '{}';
  total := 0;
  foreach item in array p_items loop
    a := ledger_code(y.id, split_part(item, '=', 1), p_on, p_field);
    n := to_money(split_part(item, '=', 2), y.currency, p_field);
    if coalesce(n, 0) = 0 then
      perform refuse('STINV', 'AMOUNT', p_field, format('%s: write the account and the amount, such as 1002=35.50', quote_literal(item)));
    elsif a.purpose = any (ledger_subledgers()) then
      perform refuse('STPRE', 'SUBLEDGER', p_field, format('%s (%s) is kept by bills, payments and deposits: use those', a.code, a.name));
    elsif a.id = any (accounts) then
      perform refuse('STINV', 'SAME_ACCOUNT', p_field, format('account %s is named twice', a.code));
    end if;
    accounts := accounts || a.id;
    amounts := amounts || n;
    total := total + n;
  end loop;
end $$;

-- Takes back an entry written by hand; documents take back their own.
create function journal_reverse(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_on text, p_why text, out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  k record := journal_key(p_scope, p_ref);
  j journal;
  at date;
begin
  perform ledger_hold(k.property_id);
  select * into j from journal x where x.property_id = k.property_id and x.id = k.id;
  if j.kind <> 'manual' then
    perform refuse('STPRE', 'JOURNAL_OF_DOCUMENT', 'journal', format('%s belongs to a document (%s): cancel or void that', j.number,
                                                                    replace(j.kind, '_', ' ')));
  elsif j.reverses is not null then
    perform refuse('STPRE', 'JOURNAL_IS_REVERSAL', 'journal', format('%s takes back another entry itself: post it anew', j.number));
  end if;
  at := coalesce(to_day(p_on, 'date'), (select ledger_day(y.id, today(y.zone)) from property y where y.id = j.property_id));
  if at < j.on_date then
    perform refuse('STINV', 'DATE_BEFORE', 'date', format('%s is of %s: take it back on that day or later', j.number, j.on_date));
  end if;
  property_id := j.property_id;
  id := ledger_reverse(j.property_id, p_key, j.id, at, format('Reversal of %s: %s', j.number, p_why), p_user);
end $$;
