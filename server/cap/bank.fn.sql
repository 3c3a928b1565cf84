-- Bank accounts, and what the bank says: statements and entries from files.

-- A number as lists show it: DE89…3000.
create function bank_masked(p_number text) returns text language sql immutable parallel safe as
$$ select case when length(p_number) > 8 then left(p_number, 4) || '…' || right(p_number, 4) else '…' || right(p_number, 2) end $$;

create view bank_account_card with (security_invoker = true) as
select b.id, b.property_id, y.code as property, b.code, b.name, bank_masked(b.iban) as masked, b.iban as account_number, a.code as account,
       a.name as account_name, last.number as statement, last.to_on::text as stated_to, last.closing as stated_minor,
       (select count(*)::int from bank_entry e where e.property_id = b.property_id and e.bank_id = b.id and e.match_id is null) as open, y.currency,
       b.closed_on::text as closed, b.code as number, b.version
  from bank_account b
  join property y on y.id = b.property_id
  join account a on a.property_id = b.property_id and a.id = b.account_id
  left join lateral (select s.number, s.to_on, s.closing from bank_statement s
                      where s.property_id = b.property_id and s.bank_id = b.id and s.closing is not null
                      order by s.to_on desc, s.id desc limit 1) last on true;
create function bank_account_card(p_property int, p_id uuid) returns setof bank_account_card language plpgsql volatile rows 1 as
$$ begin return query select * from bank_account_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on bank_account_card to steward_app;

-- The bank account of a code; without one the only one there is.
create function bank_of(p_property int, p_code text, p_field text default 'bank') returns bank_account language plpgsql stable as $$
declare
  b bank_account;
begin
  if nullif(btrim(p_code), '') is null then
    if (select count(*) from bank_account x where x.property_id = p_property and x.closed_on is null) <> 1 then
      perform refuse('STINV', 'BANK_MISSING', p_field, format('say which bank account of %s; `bank list` shows them', property_codes(array[p_property])));
    end if;
    select * into b from bank_account x where x.property_id = p_property and x.closed_on is null;
  else
    select * into b from bank_account x where x.property_id = p_property and x.code = upper(btrim(p_code));
    if b.id is null then
      perform refuse('STNOF', 'BANK_UNKNOWN', p_field, format('no bank account %s at %s; `bank list` shows them', upper(btrim(p_code)),
                                                             property_codes(array[p_property])));
    end if;
  end if;
  return b;
end $$;

-- Sets up a bank account, or changes what is given of it. The ledger's account stays once something is here.
create function bank_set(p_property int, p_key uuid, p_code text, p_name text, p_number text, p_account text, p_closed text) returns uuid
language plpgsql volatile as $$
declare
  b bank_account;
  a account;
  number constant text := upper(regexp_replace(p_number, '\s', '', 'g'));
begin
  select * into b from bank_account x where x.property_id = p_property and x.code = upper(btrim(p_code)) for update;
  if p_account is not null then
    a := ledger_code(p_property, p_account, '-infinity');
    if a.kind not in ('asset', 'liability') or a.purpose is not null and a.purpose <> 'bank' then
      perform refuse('STINV', 'ACCOUNT_NOT_BANK', 'account', format('%s (%s) is no account for money at a bank; `account add` makes one', a.code, a.name));
    end if;
  end if;
  if number is null then
    null; -- as it is
  elsif number ~ '^[A-Z]{2}[0-9]{2}' and number !~ '^.{15,34}$' then
    perform refuse('STINV', 'IBAN', 'number', 'an IBAN has 15 to 34 characters');
  elsif number ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]+$' and not iban_ok(number) then
    perform refuse('STINV', 'IBAN', 'number', 'the check digits of this IBAN are wrong: look for a typing error');
  end if;
  if b.id is null then
    perform refuse('STINV', 'REQUIRED', x.field, format('%s is new: say its %s', upper(btrim(p_code)), x.field))
       from (values (1, 'name', p_name), (2, 'number', p_number), (3, 'account', p_account)) x (o, field, value) where x.value is null order by x.o limit 1;
    insert into bank_account (property_id, id, code, name, iban, account_id) values (p_property, p_key, upper(btrim(p_code)), btrim(p_name), number, a.id);
    return p_key;
  elsif a.id <> b.account_id and exists (select from bank_entry e where e.property_id = p_property and e.bank_id = b.id) then
    perform refuse('STPRE', 'BANK_IN_USE', 'account', format('%s has entries: its account stays; set up another one', b.code));
  end if;
  update bank_account x
     set name = coalesce(nullif(btrim(p_name), ''), b.name), iban = coalesce(number, b.iban), account_id = coalesce(a.id, b.account_id),
         closed_on = coalesce(to_day(p_closed, 'closed'), b.closed_on), version = b.version + 1
   where x.property_id = p_property and x.id = b.id;
  return b.id;
end $$;

-- ISO 13616: the first four characters to the end, letters as 10 to 35, the whole number leaves 1 of 97.
create function iban_ok(p_iban text) returns boolean language plpgsql immutable parallel safe as $$
declare
  c text;
  digits text := '';
begin
  foreach c in array string_to_array(substr(p_iban, 5) || left(p_iban, 4), null) loop
    digits := digits || case when c ~ '[A-Z]' then (ascii(c) - 55)::text else c end;
  end loop;
  return digits::numeric % 97 = 1;
end $$;

-- Files ------------------------------------------------------------------------------------------------------------------

create type bank_input as (
  line int, property text, bank text, iban text, statement text, statement_from text, statement_to text, opening text, closing text,
  date text, value_date text, sum text, sign text, debit text, credit text, currency text, ref text, reference text, counterparty text,
  counter_account text, text text, code text, copy int
);

-- A day as banks write it: 2026-11-23, 20261123, 23.11.2026, with or without a time behind it.
create function bank_day(t text, p_field text) returns date language plpgsql immutable parallel safe as $$
declare
  x constant text := regexp_replace(norm(t), '[T ]\d\d:?\d\d.*$', '', 'i');
  m text[];
begin
  m := regexp_match(x, '^(\d{4})(\d\d)(\d\d)$');
  if m is not null then
    return to_day(format('%s-%s-%s', m[1], m[2], m[3]), p_field);
  end if;
  m := regexp_match(x, '^(\d{1,2})\.(\d{1,2})\.(\d{4})$');
  return to_day(case when m is not null then format('%s-%s-%s', m[3], m[2], m[1]) else regexp_replace(x, '(Z|[+-]\d\d:\d\d)$', '', 'i') end, p_field);
end $$;

-- -1,280.50, 1,280.50- or (1,280.50): less than nothing; a sign in front of what came in is allowed.
create function bank_signed(t text, p_currency text, p_field text) returns bigint language plpgsql immutable parallel safe as $$
declare
  x constant text := replace(norm(t), '−', '-');
begin
  if x ~ '^\(.*\)$' then
    return -to_money(substr(x, 2, length(x) - 2), p_currency, p_field);
  elsif x ~ '^-' then
    return -to_money(ltrim(substr(x, 2)), p_currency, p_field);
  elsif x ~ '-$' then
    return -to_money(rtrim(left(x, -1)), p_currency, p_field);
  end if;
  return to_money(ltrim(x, '+ '), p_currency, p_field);
end $$;

-- What a row comes to for the account: an amount with its sign, an amount and a word for its direction, or two columns.
create function bank_amount(r bank_input, p_currency text) returns bigint language plpgsql immutable parallel safe as $$
declare
  n bigint := bank_signed(r.sum, p_currency, 'sum');
  paid_out constant bigint := coalesce(bank_signed(r.debit, p_currency, 'debit'), 0);
  came_in constant bigint := coalesce(bank_signed(r.credit, p_currency, 'credit'), 0);
  word constant text := upper(norm(r.sign));
begin
  if n is null then
    if (paid_out = 0) = (came_in = 0) then
      perform refuse('STINV', 'AMOUNT_MISSING', 'sum', 'say a sum, or either a debit or a credit');
    end if;
    return came_in - paid_out;
  elsif paid_out <> 0 or came_in <> 0 then
    perform refuse('STINV', 'AMOUNT_TWICE', 'sum', 'say a sum, or a debit or a credit, not both');
  elsif n = 0 then
    perform refuse('STINV', 'AMOUNT', 'sum', 'more or less than nothing');
  elsif coalesce(word, '') = '' then
    return n;
  elsif word = any ('{+,C,CR,CRDT,CREDIT,IN,贷,收,收入,转入}') then
    return n;
  elsif word = any ('{-,D,DR,DBIT,DEBIT,OUT,借,支,支出,转出}') then
    return -abs(n);
  end if;
  perform refuse('STINV', 'SIGN', 'sign', format('%s: write C or in for what came in, D or out for what went out', quote_literal(r.sign)));
  return null;
end $$;

-- The account a row is about: by its code, or by the number that the bank writes.
create function bank_of_row(p_property int, r bank_input) returns bank_account language plpgsql stable as $$
declare
  b bank_account;
  written constant text := upper(regexp_replace(r.iban, '\s', '', 'g'));
begin
  if written is null or r.bank is not null then
    b := bank_of(p_property, r.bank);
    if b.iban <> written then
      perform refuse('STINV', 'OTHER_BANK', 'iban', format('the file is of %s, %s is %s', bank_masked(written), b.code, bank_masked(b.iban)));
    end if;
    return b;
  end if;
  select * into b from bank_account x where x.property_id = p_property and x.iban = written;
  if b.id is null then
    perform refuse('STNOF', 'BANK_UNKNOWN', 'iban', format('no bank account of %s has the number %s; `bank set` adds one', property_codes(array[p_property]),
                                                          bank_masked(written)));
  end if;
  return b;
end $$;

-- The statement a row stands in, made with the first of its rows. Without a name it is that of the month.
create function bank_statement_of(b bank_account, r bank_input, p_on date, p_currency text, p_user uuid) returns uuid language plpgsql volatile as $$
declare
  name constant text := coalesce(btrim(r.statement), to_char(p_on, 'YYYY-MM'));
  n bank_statement;
  s bank_statement;
begin
  n.from_on := bank_day(r.statement_from, 'statement_from');
  n.to_on := bank_day(r.statement_to, 'statement_to');
  n.opening := bank_signed(r.opening, p_currency, 'opening');
  n.closing := bank_signed(r.closing, p_currency, 'closing');
  select * into s from bank_statement x where x.property_id = b.property_id and x.bank_id = b.id and x.ref = name;
  if s.id is null then
    n.id := uuid7();
    insert into bank_statement (property_id, id, number, bank_id, ref, from_on, to_on, opening, closing, user_id)
    values (b.property_id, n.id, 'BS-' || next_number(b.property_id, 'BS'), b.id, name, n.from_on, n.to_on, n.opening, n.closing, p_user);
    return n.id;
  elsif (s.from_on, s.to_on, s.opening, s.closing) is distinct from (n.from_on, n.to_on, n.opening, n.closing) then
    perform refuse('STPRE', 'STATEMENT_DIFFERS', 'statement', format('statement %s is here already (%s) with other days or balances', name, s.number));
  end if;
  return s.id;
end $$;

-- Takes one row; an entry that is here already is unchanged, whichever statement brought it.
create function bank_take(p_scope int[], p_user uuid, r bank_input, p_rank int, out property_id int, out id uuid, out statement_id uuid, out outcome text,
                          out number text) language plpgsql volatile as $$
#variable_conflict use_column
declare
  y property;
  b bank_account;
  n bank_entry;
  was bank_entry;
begin
  property_id := property_of(p_scope, r.property);
  select * into y from property x where x.id = bank_take.property_id;
  b := bank_of_row(y.id, r);
  n.on_date := bank_day(r.date, 'date');
  n.amount := bank_amount(r, y.currency);
  if n.on_date is null then
    perform refuse('STINV', 'REQUIRED', 'date', 'say on which day the bank booked it');
  elsif n.on_date > today(y.zone) + 1 then
    perform refuse('STINV', 'DATE_FUTURE', 'date', 'lies in the future');
  elsif upper(r.currency) <> y.currency then
    perform refuse('STINV', 'CURRENCY', 'currency', format('%s keeps its books in %s', y.code, y.currency));
  elsif b.closed_on <= n.on_date then
    perform refuse('STPRE', 'BANK_CLOSED', 'bank', format('%s is closed since %s', b.code, b.closed_on));
  end if;
  n.ref := nullif(btrim(r.ref), '');
  n.fingerprint := bank_print(r, n.on_date, n.amount);
  n.copy := case when n.ref is null then greatest(coalesce(r.copy, 1), p_rank) else 1 end;
  statement_id := bank_statement_of(b, r, n.on_date, y.currency, p_user);
  select * into was from bank_entry e
   where e.property_id = y.id and e.bank_id = b.id
     and case when n.ref is not null then e.ref = n.ref else e.fingerprint = n.fingerprint and e.copy = n.copy end;
  id := coalesce(was.id, uuid7());
  outcome := case when was.id is null then 'taken' else 'unchanged' end;
  if was.id is null then
    insert into bank_entry (property_id, id, number, bank_id, on_date, value_on, amount, ref, reference, counterparty, counter_account, text, code,
                            fingerprint, copy)
    values (y.id, id, 'BE-' || next_number(y.id, 'BE'), b.id, n.on_date, bank_day(r.value_date, 'value_date'), n.amount, n.ref,
            bank_line(r.reference), bank_line(r.counterparty), upper(regexp_replace(r.counter_account, '[\s-]', '', 'g')), bank_line(r.text),
            bank_line(r.code), n.fingerprint, n.copy)
    returning number into number;
  elsif was.fingerprint <> n.fingerprint then
    perform refuse('STPRE', 'REF_TAKEN', 'ref', format('%s has the reference %s and says something else', was.number, n.ref));
  else
    number := was.number;
  end if;
  insert into bank_statement_entry (property_id, statement_id, entry_id) values (y.id, statement_id, id) on conflict do nothing;
end $$;

-- One line without blanks around it; empty text is none.
create function bank_line(t text) returns text language sql immutable parallel safe as
$$ select nullif(btrim(regexp_replace(t, '[[:cntrl:][:space:]]+', ' ', 'g')), '') $$;

-- All that the bank says of an entry, but not in which statement.
create function bank_print(r bank_input, p_on date, p_amount bigint) returns bytea language sql immutable parallel safe as $$
  select sha256(convert_to(jsonb_build_array(p_on, p_amount, bank_line(r.ref), bank_line(r.reference), bank_line(r.counterparty),
                                             bank_line(r.counter_account), bank_line(r.text), bank_line(r.code))::text, 'UTF8'))
$$;

create function bank_import(p_scope int[], p_user uuid, p_rows bank_input[]) returns setof import_outcome language plpgsql volatile as $$
declare
  r bank_input;
  x import_outcome;
  put record;
  seen jsonb := '{}'; -- how many equal rows without a reference came before, in this call
  same text;
  touched uuid[] := '{}';
  t text;
  c text;
begin
  foreach r in array p_rows loop
    x := null;
    x.line := r.line;
    x.property := upper(r.property);
    same := md5((r.property, r.bank, r.iban, r.date, r.sum, r.sign, r.debit, r.credit, r.reference, r.counterparty, r.counter_account, r.text, r.code)::text);
    seen := jsonb_set(seen, array[same], to_jsonb(coalesce((seen ->> same)::int, 0) + 1));
    begin
      put := bank_take(p_scope, p_user, r, (seen ->> same)::int);
      x.property := property_codes(array[put.property_id]);
      x.id := put.id;
      x.number := put.number;
      x.outcome := put.outcome;
      if put.outcome = 'taken' and not put.statement_id = any (touched) then
        touched := touched || put.statement_id;
      end if;
    exception when others then
      if left(sqlstate, 2) not in ('22', '23', 'ST') then
        raise;
      end if;
      get stacked diagnostics t = table_name, c = constraint_name, x.blame = column_name, x.reason = message_text;
      if left(sqlstate, 2) = '23' and c <> '' then
        select k.field, k.sentence into x.blame, x.reason from constraint_text(t, c) k;
      end if;
      x.outcome := 'rejected';
    end;
    return next x;
  end loop;
  perform import_settle('bank_entry', 'bank_statement_entry');
  perform import_touched(touched);
end $$;
