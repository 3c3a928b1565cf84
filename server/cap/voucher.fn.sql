-- Vouchers for the ERP: see docs/bank.md for the format of the file.

create view voucher_map_card with (security_invoker = true) as
select a.id, a.property_id, y.code as property, a.code as account, a.name, a.kind, m.erp_code, m.aux, a.code as number, coalesce(m.version, 0) as version
  from account a
  join property y on y.id = a.property_id
  left join voucher_map m on m.property_id = a.property_id and m.account_id = a.id;
create function voucher_map_card(p_property int, p_id uuid) returns setof voucher_map_card language plpgsql volatile rows 1 as
$$ begin return query select * from voucher_map_card c where c.property_id = p_property and c.id = p_id; end $$;

create view voucher_batch_card with (security_invoker = true) as
select b.id, b.property_id, y.code as property, b.number, to_char(b.month, 'YYYY-MM') as month, b.detail, b.vouchers, b.lines, b.amount as amount_minor,
       y.currency, encode(b.digest, 'hex') as digest, (select u.login from app_user u where u.id = b.made_by) as made_by, ts(b.made_at, y.zone) as made_at,
       1 as version, (extract(epoch from b.made_at) * 1000000)::bigint || '~' || b.id as cursor
  from voucher_batch b join property y on y.id = b.property_id;
create function voucher_batch_card(p_property int, p_id uuid) returns setof voucher_batch_card language plpgsql volatile rows 1 as
$$ begin return query select * from voucher_batch_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on voucher_map_card, voucher_batch_card to steward_app;

create function voucher_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id from number_key('voucher_batch', p_scope, p_ref, 'there is no batch', 'BATCH', 'batch') k;
end $$;

-- What the ERP calls an account; batches that were made keep what they said.
create function voucher_map_set(p_property int, p_account text, p_to text, p_aux text) returns uuid language plpgsql volatile as $$
declare
  a constant account := ledger_code(p_property, p_account, '-infinity');
begin
  if coalesce(p_aux, 'none') <> 'none' and not coalesce(a.purpose, '') = any ('{receivable,advance,prepaid,deposit}') then
    perform refuse('STINV', 'NO_AUX', 'aux', format('%s (%s) is kept by no customer or place', a.code, a.name));
  end if;
  insert into voucher_map as m (property_id, account_id, erp_code, aux) values (p_property, a.id, btrim(p_to), coalesce(p_aux, 'none'))
  on conflict (property_id, account_id) do update set erp_code = excluded.erp_code, aux = coalesce(p_aux, m.aux), version = m.version + 1;
  return a.id;
end $$;

-- Of which customer and place an entry's postings to an account are: by the documents behind them. What none explains is of nobody.
create function voucher_parts(p_property int, p_journals uuid[])
returns table (journal_id uuid, account_id uuid, amount bigint, party_id uuid, place_id uuid) language plpgsql stable rows 1000 as $$
begin
  return query
    with posted as (
      select t.journal_id, t.account_id, t.amount from posting t where t.property_id = p_property and t.journal_id = any (p_journals)),
    explained as (
      select l.journal_id, ledger_account(p_property, 'receivable') as account_id, l.party_id, l.place_id, l.amount
        from charge_line l where l.property_id = p_property and l.journal_id = any (p_journals)
      union all
      select s.journal_id, ledger_account(p_property, 'receivable'), l.party_id, l.place_id, -s.amount
        from settlement s join charge_line l on l.property_id = s.property_id and l.id = s.line_id
       where s.property_id = p_property and s.journal_id = any (p_journals)
      union all
      select x.journal_id, ledger_account(p_property, p.kind), p.party_id, p.place_id, -x.amount
        from pot_entry x join pot p on p.property_id = x.property_id and p.id = x.pot_id
       where x.property_id = p_property and x.journal_id = any (p_journals)),
    fits as (
      select p.journal_id, p.account_id from (select t.journal_id, t.account_id, sum(t.amount) as amount from posted t group by 1, 2) p
        join (select x.journal_id, x.account_id, sum(x.amount) as amount from explained x group by 1, 2) e using (journal_id, account_id, amount)
        join voucher_map m on m.property_id = p_property and m.account_id = p.account_id and m.aux <> 'none')
    select x.journal_id, x.account_id, x.amount::bigint, x.party_id, x.place_id from explained x join fits f using (journal_id, account_id)
    union all
    select t.journal_id, t.account_id, t.amount, null, null from posted t
     where not exists (select from fits f where f.journal_id = t.journal_id and f.account_id = t.account_id);
end $$;

create type voucher_row as (voucher text, on_date date, text text, account_id uuid, erp_code text, debit bigint, credit bigint, aux text, aux_code text,
                            aux_name text);

-- Lines of vouchers: debits and credits of an account apart, never set off against each other; what is of one customer is one line.
-- 'voucher' counts from 1. p_detail: one voucher for all entries of a sort on a day, or one for each entry.
create function voucher_rows(p_property int, p_journals uuid[], p_detail text) returns setof voucher_row language plpgsql stable rows 1000 as $$
begin
  return query
    with part as (
      select j.on_date, j.kind, case when p_detail = 'entry' then j.number end as entry, case when p_detail = 'entry' then j.text end as said,
             p.account_id, m.erp_code, m.aux, p.amount,
             case m.aux when 'customer' then c.number when 'place' then l.number end as aux_code,
             case m.aux when 'customer' then c.name when 'place' then l.name end as aux_name
        from voucher_parts(p_property, p_journals) p
        join journal j on j.property_id = p_property and j.id = p.journal_id
        join voucher_map m on m.property_id = p_property and m.account_id = p.account_id
        left join party c on c.property_id = p_property and c.id = p.party_id
        left join place l on l.property_id = p_property and l.id = p.place_id),
    named as (select dense_rank() over (order by x.on_date, x.kind, length(x.entry), x.entry) as n, x.* from part x)
    select x.n::text, x.on_date, left(coalesce(x.entry || ' ' || x.said, initcap(replace(x.kind, '_', ' ')) || ' of ' || x.on_date), 200), x.account_id,
           x.erp_code, coalesce(sum(x.amount) filter (where x.amount > 0), 0)::bigint, coalesce(-sum(x.amount) filter (where x.amount < 0), 0)::bigint, x.aux,
           x.aux_code, x.aux_name
      from named x
     group by x.n, x.on_date, x.kind, x.entry, x.said, x.account_id, x.erp_code, x.aux, x.aux_code, x.aux_name, x.amount > 0
     order by x.n, x.amount > 0 desc, x.erp_code, x.aux_code nulls first, x.aux_name, x.account_id;
end $$;

-- A text as it stands in the file: one line, in quotes where it needs them, and nothing that a spreadsheet would run.
create function voucher_text(t text) returns text language plpgsql immutable parallel safe as $$
declare
  x text := btrim(regexp_replace(replace(coalesce(t, ''), '\', '/'), '[[:cntrl:][:space:]]+', ' ', 'g'));
begin
  if x ~ '^[=+@-]' then
    x := '''' || x;
  end if;
  return case when x ~ '[",]' then '"' || replace(x, '"', '""') || '"' else x end;
end $$;

create function voucher_csv(r voucher_row, p_currency text) returns text language sql immutable parallel safe as $$
  select concat_ws(',', r.on_date, r.voucher, voucher_text(r.text), r.erp_code, case when r.debit > 0 then money_text(r.debit, p_currency) else '' end,
                   case when r.credit > 0 then money_text(r.credit, p_currency) else '' end, case when r.aux_code is null then '' else r.aux end,
                   voucher_text(r.aux_code), voucher_text(r.aux_name))
$$;

-- The entries of a month that went out in no batch yet; refused while an account of theirs has no code of the ERP.
create function voucher_due(p_property int, p_month date) returns uuid[] language plpgsql volatile as $$
declare
  mine uuid[];
  missing text;
begin
  perform pg_advisory_xact_lock(p_property, hashtext('voucher'));
  mine := array(select j.id from journal j
                 where j.property_id = p_property and j.on_date >= p_month and j.on_date < p_month + interval '1 month'
                   and not exists (select from voucher_journal v where v.property_id = j.property_id and v.journal_id = j.id));
  if cardinality(mine) = 0 then
    perform refuse('STPRE', 'NOTHING_TO_SEND', 'month', format('nothing was posted in %s that did not go out already', to_char(p_month, 'YYYY-MM')));
  end if;
  select string_agg(format('%s %s', a.code, a.name), ', ' order by a.code) into missing
    from account a
   where a.property_id = p_property and exists (select from posting t where t.property_id = a.property_id and t.account_id = a.id and t.journal_id = any (mine))
     and not exists (select from voucher_map x where x.property_id = a.property_id and x.account_id = a.id);
  if missing is not null then
    perform refuse('STPRE', 'NOT_MAPPED', 'month', left('the ERP''s code is missing, `voucher map` sets it: ' || missing, 1000));
  end if;
  return mine;
end $$;

-- Makes a batch of what is due. What is posted later goes out with the next one.
create function voucher_make(p_property int, p_key uuid, p_user uuid, p_month text, p_detail text) returns uuid language plpgsql volatile as $$
declare
  m constant date := to_month(p_month, 'month');
  mine constant uuid[] := voucher_due(p_property, m);
  currency constant text := (select y.currency from property y where y.id = p_property);
  made voucher_row[];
  n int;
  first bigint;
begin
  made := array(select r from voucher_rows(p_property, mine, coalesce(p_detail, 'day')) r);
  n := (select max(r.voucher::int) from unnest(made) r);
  first := next_numbers(p_property, 'voucher ' || to_char(m, 'YYYYMM'), n) - 1000;
  insert into voucher_batch (property_id, id, number, month, detail, vouchers, lines, amount, digest, made_by)
  select p_property, p_key, 'VB-' || next_number(p_property, 'VB'), m, coalesce(p_detail, 'day'), n, cardinality(made), sum(r.debit),
         sha256(convert_to(string_agg(voucher_csv(voucher_named(r, m, first), currency) || e'\n', ''), 'UTF8')), p_user
    from unnest(made) r;
  insert into voucher_journal (property_id, journal_id, batch_id) select p_property, j, p_key from unnest(mine) j;
  insert into voucher_line (property_id, batch_id, line, voucher, on_date, text, account_id, erp_code, debit, credit, aux, aux_code, aux_name)
  select p_property, p_key, r.o, (voucher_named(row(r.voucher, r.on_date, r.text, r.account_id, r.erp_code, r.debit, r.credit, r.aux, r.aux_code,
                                                    r.aux_name)::voucher_row, m, first)).voucher,
         r.on_date, r.text, r.account_id, r.erp_code, r.debit, r.credit, r.aux, r.aux_code, r.aux_name
    from unnest(made) with ordinality r (voucher, on_date, text, account_id, erp_code, debit, credit, aux, aux_code, aux_name, o);
  return p_key;
end $$;

-- With its number: of a property and a month, without gaps.
create function voucher_named(r voucher_row, p_month date, p_first bigint) returns voucher_row language plpgsql immutable parallel safe as $$
begin
  r.voucher := to_char(p_month, 'YYYYMM') || '-' || lpad((p_first + r.voucher::int - 1)::text, 5, '0');
  return r;
end $$;

-- The file: a line with the names of the columns, and the lines as they were when the batch was made.
create function voucher_export(p_scope int[], p_ref text, p_after text, p_limit int) returns table (text text, cursor text)
language plpgsql stable rows 1000 as $$
#variable_conflict use_column
declare
  k constant record := voucher_key(p_scope, p_ref);
  after constant record := row_after(p_after);
  after_line constant int := coalesce(nullif(after.key, '')::int, -1);
  currency constant text := (select y.currency from property y where y.id = k.property_id);
begin
  return query
    select x.text, k.property_id || '~' || k.id || '~' || x.line
      from (select 0 as line, 'date,voucher,summary,account,debit,credit,aux,aux_code,aux_name' as text
            union all
            select l.line,
                   voucher_csv(row(l.voucher, l.on_date, l.text, l.account_id, l.erp_code, l.debit, l.credit, l.aux, l.aux_code,
                                   l.aux_name)::voucher_row, currency)
              from voucher_line l where l.property_id = k.property_id and l.batch_id = k.id) x
     where x.line > after_line order by x.line limit coalesce(p_limit, 500);
end $$;

create function voucher_batch_list(p_scope int[], p_month text, p_after text, p_limit int) returns table (property_id int, id uuid)
language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  cut record := cursor_split(p_after, 'infinity');
  m constant date := to_month(p_month, 'month');
begin
  return query
    select b.property_id, b.id from voucher_batch b
     where b.property_id = any (p_scope) and (m is null or b.month = m) and (b.made_at, b.id) < (cut.at, cut.id)
     order by b.made_at desc, b.id desc limit coalesce(p_limit, 50);
end $$;
