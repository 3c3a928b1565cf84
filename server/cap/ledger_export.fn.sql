-- The journal as plain text accounting programs read it (hledger, ledger-cli): a line for the entry, one for each account, and
-- an empty one. An account is called Kind:code name.

create function export_account(a account) returns text language sql immutable parallel safe as
$$ select initcap(a.kind) || ':' || a.code || ' ' || regexp_replace(translate(a.name, ';|:', ',,,'), '\s+', ' ', 'g') $$;

-- The lines of a span's entries; the cursor of a line tells its entry and its place in it.
create function journal_export(p_scope int[], p_month text, p_from text, p_to text, p_after text, p_limit int)
returns table (text text, cursor text) language plpgsql stable rows 1000 as $$
#variable_conflict use_column
declare
  after constant record := row_after(p_after);
  after_day constant date := coalesce(to_day(split_part(after.key, ' ', 1), 'after'), '-infinity');
  after_line constant int := coalesce(nullif(split_part(after.key, ' ', 2), '')::int, 0);
  lim constant int := coalesce(p_limit, 500);
begin
  return query
    select l.text, l.property_id || '~' || l.id || '~' || l.on_date || ' ' || l.line
      from unnest(p_scope) p (property_id)
     cross join lateral ledger_span(p.property_id, p_month, p_from, p_to) s
     cross join lateral (
       select j.* from journal j
        where j.property_id = p.property_id and p.property_id >= after.property_id and j.on_date >= s.from_on and j.on_date < s.to_on
          and (p.property_id > after.property_id or (j.on_date, j.id) >= (after_day, after.id))
        order by j.on_date, j.id limit lim + 1) j -- the one of the cursor may have no line left
     cross join lateral (select j.property_id, j.id, j.on_date, x.text, row_number() over (order by x.o, x.code) as line from export_lines(j) x) l
     where (l.property_id, l.on_date, l.id, l.line) > (after.property_id, after_day, after.id, after_line)
     order by l.property_id, l.on_date, l.id, l.line limit lim;
end $$;

create function export_lines(j journal) returns table (o int, code text, text text) language plpgsql stable rows 5 as $$
begin
  return query
    select 0, '', format('%s * (%s) %s', j.on_date, j.number, regexp_replace(translate(j.text, ';|', ',,'), '\s+', ' ', 'g'))
    union all
    select 1, a.code, format('    %s  %s %s', export_account(a), a.currency, money_text(sum(t.amount)::bigint, a.currency))
      from posting t join account a on a.property_id = t.property_id and a.id = t.account_id
     where t.property_id = j.property_id and t.journal_id = j.id
     group by a.property_id, a.id, a.code
    having sum(t.amount) <> 0
    union all
    select 2, '', '';
end $$;
