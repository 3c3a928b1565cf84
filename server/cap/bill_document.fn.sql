-- Bills, credit notes and accounts of customers as documents: see printing.fn.sql.

create function bill_document(p_property int, p_id uuid, w jsonb, p_language text, p_user uuid) returns jsonb language plpgsql stable as $$
declare
  y property;
  b bill;
  c bill_card;
  bank text;
begin
  select * into y from property x where x.id = p_property;
  select * into b from bill x where x.property_id = p_property and x.id = p_id;
  select * into c from bill_card x where x.property_id = p_property and x.id = p_id;
  select h.bank into bank from letterhead h where h.property_id = p_property;
  return print_head(y, w, p_language, 'bill', print_fact(w, 'number', b.number), print_fact(w, 'date', c.issued), print_fact(w, 'due', c.due),
                    print_fact(w, 'customer', c.party), print_fact(w, 'place', c.place))
    || jsonb_build_object(
         'addressee', print_addressee(p_property, b.party_id, b.place_id),
         'tables', print_list(bill_table(b, c.open_minor, y, w), bill_owed_table(b, c.open_minor, y, w)),
         'paragraphs', print_list(to_jsonb(print_word(w, 'pay_into') || ': ' || bank)),
         'code', jsonb_build_object('text', y.code || '/' || b.number, 'caption', b.number || E'\n' || print_word(w, 'scan_to_pay')),
         'mark', case when c.state = 'cancelled' then print_word(w, 'is_cancelled') end);
end $$;

-- The lines of a bill and what became of them. Quantities and prices have columns where a line has one.
create function bill_table(b bill, p_open bigint, y property, w jsonb) returns jsonb language plpgsql stable as $$
declare
  priced constant boolean := exists (select from charge_line l where l.property_id = b.property_id and l.bill_id = b.id
                                        and (l.price is not null or exists (select from charge_part p where p.property_id = l.property_id and p.line_id = l.id
                                                                               and p.price is not null)));
  blank constant text[] := case when priced then '{"","",""}'::text[] else '{""}' end;
  credited bigint;
  paid bigint;
begin
  select coalesce(sum(s.amount) filter (where s.kind = 'credit_note'), 0), coalesce(sum(s.amount) filter (where s.kind <> 'credit_note'), 0)
    into credited, paid
    from charge_line l join settlement s on s.property_id = l.property_id and s.line_id = l.id
   where l.property_id = b.property_id and l.bill_id = b.id;
  return print_table(
    array[print_column(w, 'for', 'LEFT', 1), print_column(w, 'period')]
      || case when priced then array[print_column(w, 'quantity', 'RIGHT'), print_column(w, 'price', 'RIGHT')] end
      || print_column(w, 'amount', 'RIGHT', 0, y.currency),
    (select jsonb_agg(r.row order by l.line, r.o)
       from charge_line l cross join lateral bill_line_rows(l, priced, y.currency, w) with ordinality r (row, o)
      where l.property_id = b.property_id and l.bill_id = b.id)
    || jsonb_build_array(bill_tax_row(b.property_id, b.id, y.currency, w, blank),
         case when credited + paid > 0 then print_sum('SUBTOTAL', variadic print_word(w, 'total') || blank || print_money(b.amount, y.currency)) end,
         case when credited > 0 then print_row(variadic print_word(w, 'credited') || blank || print_money(-credited, y.currency)) end,
         case when paid > 0 then print_row(variadic print_word(w, 'paid') || blank || print_money(-paid, y.currency)) end,
         print_sum('TOTAL', variadic print_word(w, 'to_pay') || blank || print_money(p_open, y.currency))));
end $$;

-- A line, and below it what it is the sum of: products, readings, the share of a whole.
create function bill_line_rows(l charge_line, p_priced boolean, p_currency text, w jsonb) returns setof jsonb language plpgsql stable rows 2 as $$
declare
  digits constant int := currency_digits(p_currency);
  p charge_part;
begin
  return next print_row(variadic array[l.text, print_period(l.from_on, l.to_on)]
                || case when p_priced then array[bill_quantity(l.quantity, l, l.from_on, l.to_on, w), price_text(l.price, l.per, digits)] end
                || print_money(l.amount, p_currency));
  for p in select * from charge_part x where x.property_id = l.property_id and x.line_id = l.id order by x.part loop
    if p.kind = 'price' then
      return next print_row('', print_period(p.from_on, p.to_on), bill_quantity(p.quantity, l, p.from_on, p.to_on, w), price_text(p.price, l.per, digits), '');
    else
      return next print_row(variadic array['– ' || concat_ws(', ', format('%s %s%s', print_word(w, 'meter_no'), p.meter, ' (' || p.serial || ')')
                                      || format(': %s %s', print_word(w, 'previous'), trim_scale(p.previous)),
                                    format('%s %s', print_word(w, 'present'), trim_scale(p.present)),
                                    format('%s %s%s', print_word(w, 'used'), print_unit(p.quantity, l.unit),
                                           case when p.factor <> 1 then format(' (× %s)', trim_scale(p.factor)) else '' end),
                                    case when p.estimated then print_word(w, 'estimated') end), '']
                    || case when p_priced then '{"",""}'::text[] end || ''::text);
    end if;
  end loop;
  if l.entity = 'apportionment_part' then
    return next (select print_row(variadic array[format('– %s %s: %s × %s %s, %s %s %s %s', print_word(w, 'shared_by'), print_word(w, format('key_%s', a.basis)),
                                   print_unit(x.measure, case when a.basis in ('gross_area', 'usable_area') then 'm2' end), x.to_on - x.from_on,
                                   print_word(w, 'days'), print_word(w, 'share'), (apportion_share(a.total, x.weight, a.weight, p_currency)).share,
                                   print_word(w, 'of_total'), print_money(a.total, p_currency)), '']
                        || case when p_priced then '{"",""}'::text[] end || ''::text)
                   from apportionment_part x join apportionment a on a.property_id = x.property_id and a.id = x.apportionment_id
                  where x.property_id = l.property_id and x.id = l.entity_id);
  end if;
end $$;

-- "12.5 m³".
create function print_unit(p_quantity numeric, p_unit text) returns text language plpgsql immutable parallel safe as $$
begin
  return concat_ws(' ', trim_scale(p_quantity)::text, case p_unit when 'm2' then 'm²' when 'm3' then 'm³' else p_unit end);
end $$;

-- "89.37 m² × 16/30 mo.": the months are said where they are not one.
create function bill_quantity(p_quantity numeric, l charge_line, p_from date, p_to date, w jsonb) returns text language plpgsql stable as $$
declare
  months constant text := case l.per when 'month' then months_text(p_from, p_to) end;
begin
  return case when p_quantity is not null
              then print_unit(p_quantity, l.unit) || case when months <> '1' then format(' × %s %s', months, print_word(w, 'mo')) else '' end end;
end $$;

-- What the customer owed before: earlier bills of which something is open, and what that comes to with this one. The first ten by their
-- due days have a row each.
create function bill_owed_table(b bill, p_open bigint, y property, w jsonb) returns jsonb language plpgsql stable as $$
declare
  most constant int := 10;
  rows jsonb;
  owed bigint;
  rest bigint;
  more int;
begin
  with open as (
    select x.number, x.due_on, x.place_id, sum(l.amount - l.settled)::bigint as amount, row_number() over (order by x.due_on, length(x.number), x.number) as o
      from charge_line l join bill x on x.property_id = l.property_id and x.id = l.bill_id
     where l.property_id = b.property_id and l.party_id = b.party_id and l.settled < l.amount and x.id <> b.id and (x.issued_on, x.at, x.id) < (b.issued_on, b.at, b.id)
     group by x.property_id, x.id
  )
  select jsonb_agg(print_row(o.number, (select p.number from place p where p.property_id = b.property_id and p.id = o.place_id), o.due_on::text,
                             print_money(o.amount, y.currency)) order by o.o) filter (where o.o <= most),
         sum(o.amount), greatest(count(*) - most, 0),
         sum(o.amount) filter (where o.o > most)
    into rows, owed, more, rest
    from open o;
  return case when owed > 0 then print_table(
    array[print_column(w, 'bill_no', 'LEFT', 1), print_column(w, 'place'), print_column(w, 'due'), print_column(w, 'amount', 'RIGHT', 0, y.currency)],
    rows || jsonb_build_array(
      case when more > 0 then print_row(format(print_word(w, 'owed_more'), more), null, null, print_money(rest, y.currency)) end,
      print_sum('TOTAL', print_word(w, 'owed_all'), null, null, print_money(owed + p_open, y.currency))),
    print_word(w, 'owed_before')) end;
end $$;

-- The tax in a bill; null where there is none.
create function bill_tax_row(p_property int, p_id uuid, p_currency text, w jsonb, p_blank text[]) returns jsonb language plpgsql stable as $$
declare
  tax bigint;
begin
  select sum(l.tax) into tax from charge_line l where l.property_id = p_property and l.bill_id = p_id;
  return case when tax > 0 then print_row(variadic print_word(w, 'tax_in_it') || p_blank || print_money(tax, p_currency)) end;
end $$;

create function credit_note_document(p_property int, p_id uuid, w jsonb, p_language text, p_user uuid) returns jsonb language plpgsql stable as $$
declare
  y property;
  n credit_note;
  b bill;
  returned bigint;
begin
  select * into y from property x where x.id = p_property;
  select * into n from credit_note x where x.property_id = p_property and x.id = p_id;
  select * into b from bill x where x.property_id = p_property and x.id = n.bill_id;
  select sum(x.returned) into returned from credit_note_line x where x.property_id = p_property and x.credit_note_id = p_id;
  return print_head(y, w, p_language, 'credit_note', print_fact(w, 'number', n.number), print_fact(w, 'date', n.on_date::text),
                    print_fact(w, 'for_bill', b.number),
                    print_fact(w, 'customer', (select p.number from party p where p.property_id = p_property and p.id = b.party_id)))
    || jsonb_build_object(
         'addressee', print_addressee(p_property, b.party_id, b.place_id),
         'tables', print_list(print_table(
           array[print_column(w, 'for', 'LEFT', 1), print_column(w, 'period'), print_column(w, 'amount', 'RIGHT', 0, y.currency)],
           (select jsonb_agg(print_row(l.text, print_period(l.from_on, l.to_on), print_money(x.amount, y.currency)) order by l.line)
              from credit_note_line x join charge_line l on l.property_id = x.property_id and l.id = x.line_id
             where x.property_id = p_property and x.credit_note_id = p_id)
           || jsonb_build_array(print_sum('TOTAL', print_word(w, 'total'), null, print_money(n.amount, y.currency)),
                case when returned > 0 then print_row(print_word(w, 'returned'), null, print_money(returned, y.currency)) end))),
         'paragraphs', print_list(to_jsonb(print_word(w, 'reason') || ': ' || n.reason)));
end $$;

-- Bills and credit notes to be printed: those named, or of a run those that nobody has printed yet, in the order of their places.
create function bill_print_of(p_scope int[], p_refs text[], p_run text, p_limit int)
returns table (property_id int, kind text, id uuid, number text, party_id uuid) language plpgsql stable rows 20 as $$
#variable_conflict use_column
declare
  run record;
begin
  if (coalesce(cardinality(p_refs), 0) = 0) = (p_run is null) then
    perform refuse('STINV', 'REQUIRED', 'bill', 'name bills, or with --run all of a billing run that were not printed yet');
  elsif p_run is null then
    return query
      select f.property_id, f.kind, f.id, f.number, f.party_id
        from unnest(p_refs) with ordinality r (ref, o), lateral bill_print_one(p_scope, r.ref) f order by r.o;
    return;
  end if;
  select k.property_id, k.id into run from run_key(p_scope, p_run) k;
  return query
    select b.property_id, 'bill', b.id, b.number, b.party_id from bill b
     where b.property_id = run.property_id and b.run_id = run.id
       and not exists (select from print_log x where x.property_id = b.property_id and x.kind = 'bill' and x.entity_id = b.id)
       and exists (select from charge_line l where l.property_id = b.property_id and l.bill_id = b.id and not l.cancelled)
     order by length(b.number), b.number limit coalesce(p_limit, 200);
end $$;

-- One of them, by what people write: B-1003 or CN-1003.
create function bill_print_one(p_scope int[], p_ref text) returns table (property_id int, kind text, id uuid, number text, party_id uuid)
language plpgsql stable rows 1 as $$
#variable_conflict use_column
declare
  k record;
begin
  if upper(p_ref) ~ '(^|/)CN-[0-9]+$' then
    select x.property_id, x.id into k from number_key('credit_note', p_scope, p_ref, 'there is no credit note', 'CREDIT_NOTE', 'bill') x;
    return query
      select n.property_id, 'credit_note', n.id, n.number, b.party_id
        from credit_note n join bill b on b.property_id = n.property_id and b.id = n.bill_id where n.property_id = k.property_id and n.id = k.id;
  else
    select x.property_id, x.id into k from bill_key(p_scope, p_ref) x;
    return query select b.property_id, 'bill', b.id, b.number, b.party_id from bill b where b.property_id = k.property_id and b.id = k.id;
  end if;
end $$;

-- The account of a customer over some time. It tells of a moment: there is no original of it, and no copy.
create function account_print(p_scope int[], p_party text, p_from text, p_to text, p_language text, p_user uuid) returns printed
language plpgsql stable as $$
declare
  y property;
  p party;
  r printed;
  w jsonb;
  last date;
  first date;
begin
  select x.* into p from party_key(p_scope, null, p_party) k join party x on x.property_id = k.property_id and x.id = k.id;
  select * into y from property x where x.id = p.property_id;
  last := coalesce(to_day(p_to, 'to'), today(y.zone));
  first := coalesce(to_day(p_from, 'from'), (last - interval '12 months')::date);
  r.kind := 'statement';
  r.number := p.number;
  r.language := print_language(y.id, p.id, p_language);
  r.at := ts(now(), y.zone);
  r."by" := (select u.login from app_user u where u.id = p_user);
  w := print_words(r.language);
  r.document := print_head(y, w, r.language, 'statement', print_fact(w, 'customer', p.number), print_fact(w, 'date', today(y.zone)::text),
                           print_fact(w, 'from', first::text), print_fact(w, 'to', last::text))
    || jsonb_build_object(
         'addressee', print_addressee(y.id, p.id, null),
         'tables', print_list(account_table(p.property_id, p.number, first, last, y, w), account_pots(p, y, w)));
  return r;
end $$;

create function account_table(p_property int, p_number text, p_first date, p_last date, y property, w jsonb) returns jsonb
language plpgsql stable as $$
declare
  rows jsonb;
begin
  select jsonb_agg(print_row(s.date, s.document,
                             concat_ws(', ', print_word(w, case s.kind when 'brought_forward' then s.kind else 'moved_' || s.kind end),
                                       lower(print_word(w, 'due')) || ' ' || s.due, case when s.taken_back then print_word(w, 'taken_back') end),
                             case when s.debit_minor > 0 then print_money(s.debit_minor, s.currency) end,
                             case when s.credit_minor > 0 then print_money(s.credit_minor, s.currency) end,
                             print_money(s.balance_minor, s.currency)) order by s.o)
         || jsonb_build_array(print_sum('TOTAL', p_last::text, null, print_word(w, 'balance'), print_money(sum(s.debit_minor)::bigint, y.currency),
                                        print_money(sum(s.credit_minor)::bigint, y.currency),
                                        print_money((array_agg(s.balance_minor order by s.o desc))[1], y.currency)))
    into rows
    from account_statement(array[p_property], p_number, p_first::text, p_last::text)
         with ordinality s (date, document, kind, due, taken_back, debit_minor, credit_minor, balance_minor, currency, o);
  return print_table(array[print_column(w, 'date'), print_column(w, 'document'), print_column(w, 'for', 'LEFT', 1), print_column(w, 'billed', 'RIGHT'),
                           print_column(w, 'settled', 'RIGHT'), print_column(w, 'balance', 'RIGHT', 0, y.currency)], rows);
end $$;

create function account_pots(p party, y property, w jsonb) returns jsonb language plpgsql stable as $$
begin
  return print_table(array[print_column(w, 'what'), print_column(w, 'for', 'LEFT', 1), print_column(w, 'place'),
                           print_column(w, 'amount', 'RIGHT', 0, y.currency)],
                     (select jsonb_agg(print_row(coalesce(w ->> ('pot_' || t.kind), t.kind), i.name, l.number, print_money(t.amount, y.currency))
                                       order by t.kind, l.number, i.code)
                        from pot t
                        left join place l on l.property_id = t.property_id and l.id = t.place_id
                        left join charge_item i on i.property_id = t.property_id and i.id = t.item_id
                       where t.property_id = p.property_id and t.party_id = p.id and t.amount > 0), print_word(w, 'held'));
end $$;
