-- Bills, credit notes and accounts of customers as documents: see printing.fn.sql.

create function bill_document(p_property int, p_id uuid, w jsonb, p_language text, p_user uuid) returns jsonb language plpgsql stable as $$
declare
  y property;
  b bill;
  c bill_card;
  credited bigint;
  paid bigint;
  bank text;
begin
  select * into y from property x where x.id = p_property;
  select * into b from bill x where x.property_id = p_property and x.id = p_id;
  select * into c from bill_card x where x.property_id = p_property and x.id = p_id;
  select h.bank into bank from letterhead h where h.property_id = p_property;
  select coalesce(sum(s.amount) filter (where s.kind = 'credit_note'), 0), coalesce(sum(s.amount) filter (where s.kind <> 'credit_note'), 0)
    into credited, paid
    from charge_line l join settlement s on s.property_id = l.property_id and s.line_id = l.id
   where l.property_id = p_property and l.bill_id = p_id;
  return print_head(y, w, p_language, 'bill', print_fact(w, 'number', b.number), print_fact(w, 'date', c.issued), print_fact(w, 'due', c.due),
                    print_fact(w, 'customer', c.party), print_fact(w, 'place', c.place))
    || jsonb_build_object(
         'addressee', print_addressee(p_property, b.party_id, b.place_id),
         'tables', print_list(print_table(
           array[print_column(w, 'for', 'LEFT', 1), print_column(w, 'period'), print_column(w, 'amount', 'RIGHT', 0, y.currency)],
           (select jsonb_agg(print_row(l.text, print_period(l.from_on, l.to_on), print_money(l.amount, y.currency)) order by l.line)
              from charge_line l where l.property_id = p_property and l.bill_id = p_id)
           || jsonb_build_array(bill_tax_row(p_property, p_id, y.currency, w),
                case when credited + paid > 0 then print_sum('SUBTOTAL', print_word(w, 'total'), null, print_money(b.amount, y.currency)) end,
                case when credited > 0 then print_row(print_word(w, 'credited'), null, print_money(-credited, y.currency)) end,
                case when paid > 0 then print_row(print_word(w, 'paid'), null, print_money(-paid, y.currency)) end,
                print_sum('TOTAL', print_word(w, 'to_pay'), null, print_money(c.open_minor, y.currency))))),
         'paragraphs', print_list(to_jsonb(print_word(w, 'pay_into') || ': ' || bank)),
         'code', jsonb_build_object('text', y.code || '/' || b.number, 'caption', b.number || E'\n' || print_word(w, 'scan_to_pay')),
         'mark', case when c.state = 'cancelled' then print_word(w, 'is_cancelled') end);
end $$;

-- The tax in a bill; null where there is none.
create function bill_tax_row(p_property int, p_id uuid, p_currency text, w jsonb) returns jsonb language plpgsql stable as $$
declare
  tax bigint;
begin
  select sum(l.tax) into tax from charge_line l where l.property_id = p_property and l.bill_id = p_id;
  return case when tax > 0 then print_row(print_word(w, 'tax_in_it'), null, print_money(tax, p_currency)) end;
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
                             case when s.document = '' then print_word(w, 'brought_forward')
                                  when s.text like 'Bill, due %' then format('%s, %s %s', w ->> 'moved_bill', lower(w ->> 'due'), right(s.text, 10))
                                  else coalesce(w ->> ('moved_' || replace(s.text, ' ', '_')), w ->> replace(s.text, ' ', '_'), s.text) end,
                             case when s.debit_minor > 0 then print_money(s.debit_minor, s.currency) end,
                             case when s.credit_minor > 0 then print_money(s.credit_minor, s.currency) end,
                             print_money(s.balance_minor, s.currency)) order by s.o)
         || jsonb_build_array(print_sum('TOTAL', p_last::text, null, print_word(w, 'balance'), print_money(sum(s.debit_minor)::bigint, y.currency),
                                        print_money(sum(s.credit_minor)::bigint, y.currency),
                                        print_money((array_agg(s.balance_minor order by s.o desc))[1], y.currency)))
    into rows
    from account_statement(array[p_property], p_number, p_first::text, p_last::text)
         with ordinality s (date, document, text, debit_minor, credit_minor, balance_minor, currency, o);
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
