-- Receipts, voids and refunds as documents: see printing.fn.sql.

-- What a payment settled, line by line, and what of it was in advance. A void has the same with the opposite sign.
create function payment_settled(x payment, y property, w jsonb, p_title text) returns jsonb language plpgsql stable as $$
declare
  rows jsonb;
begin
  select jsonb_agg(print_row(b.number, concat_ws(', ', l.text, print_period(l.from_on, l.to_on)), print_money(s.amount, y.currency))
                   order by b.due_on, b.number, l.line)
    into rows
    from settlement s
    join charge_line l on l.property_id = s.property_id and l.id = s.line_id
    join bill b on b.property_id = l.property_id and b.id = l.bill_id
   where s.property_id = x.property_id and s.entity_id = x.id;
  return print_table(array[print_column(w, 'bill_no'), print_column(w, 'for', 'LEFT', 1), print_column(w, 'amount', 'RIGHT', 0, y.currency)],
                     coalesce(rows, '[]')
                     || jsonb_build_array(case when x.advance <> 0 then print_row(null, print_word(w, 'in_advance'), print_money(x.advance, y.currency)) end,
                                          print_sum('TOTAL', print_word(w, 'total'), null, print_money(x.amount, y.currency))),
                     print_word(w, p_title));
end $$;

-- In what it was paid or is given back; of cash what was handed over, and the change.
create function payment_tenders(x payment, y property, w jsonb, p_title text) returns jsonb language plpgsql stable as $$
declare
  referred constant boolean := exists (select from payment_tender t where t.property_id = x.property_id and t.payment_id = x.id and t.reference <> '');
  rows jsonb;
begin
  select jsonb_agg(case when referred then print_row(r.what, r.reference, r.amount) else print_row(r.what, r.amount) end order by m.rank, r.o) into rows
    from payment_tender t
    join payment_method m using (method)
   cross join lateral (values
     (1, coalesce(w ->> ('method_' || t.method), m.name), t.reference, print_money(abs(t.amount), y.currency)),
     (2, print_word(w, 'tendered'), null, print_money(t.tendered, y.currency)),
     (3, print_word(w, 'change'), null, print_money(t.tendered - t.amount, y.currency))) r (o, what, reference, amount)
   where t.property_id = x.property_id and t.payment_id = x.id and (r.o = 1 or t.tendered > t.amount);
  return print_table(case when referred then array[print_column(w, 'method'), print_column(w, 'reference', 'LEFT', 1)]
                          else array[print_column(w, 'method', 'LEFT', 1)] end || print_column(w, 'amount', 'RIGHT', 0, y.currency),
                     rows, print_word(w, p_title));
end $$;

-- What the three have in common.
create function payment_head(x payment, y property, w jsonb, p_language text, p_title text, variadic p_facts jsonb[]) returns jsonb
language plpgsql stable as $$
declare
  c payment_card;
begin
  select * into c from payment_card k where k.property_id = x.property_id and k.id = x.id;
  return print_head(y, w, p_language, p_title, variadic
                    array[print_fact(w, 'number', x.number), print_fact(w, 'date', print_time(coalesce(x.occurred_at, x.at), y.zone))] || p_facts
                    || array[print_fact(w, 'customer', c.party), print_fact(w, 'place', c.place), print_fact(w, 'shift', c.shift),
                             print_fact(w, 'cashier', c."by")])
    || jsonb_build_object('addressee', print_addressee(x.property_id, x.party_id, x.place_id));
end $$;

create function payment_capital(p_amount bigint, y property, w jsonb, p_language text) returns jsonb language plpgsql stable as $$
begin
  return case when y.currency = 'CNY' and p_language like 'zh%' then to_jsonb(print_word(w, 'capital') || ': ' || print_capital(p_amount)) end;
end $$;

-- The code tells number and amount, to be compared with what the property has under the number.
create function receipt_document(p_property int, p_id uuid, w jsonb, p_language text, p_user uuid) returns jsonb language plpgsql stable as $$
declare
  y property;
  x payment;
  void text;
begin
  select * into y from property k where k.id = p_property;
  select * into x from payment k where k.property_id = p_property and k.id = p_id;
  select v.number into void from payment v where v.property_id = p_property and v.reverses = p_id;
  return payment_head(x, y, w, p_language, 'receipt', print_fact(w, 'voided_by', void))
    || jsonb_build_object(
         'tables', print_list(payment_settled(x, y, w, 'settles'), payment_tenders(x, y, w, 'paid_by')),
         'paragraphs', print_list(payment_capital(x.amount, y, w, p_language), to_jsonb(print_word(w, 'note') || ': ' || x.note)),
         'code', jsonb_build_object('text', format('%s %s %s', x.number, money_text(x.amount, y.currency), y.currency),
                                    'caption', format(E'%s\n%s %s\n%s', x.number, print_money(x.amount, y.currency), y.currency, print_word(w, 'verify'))),
         'mark', case when void is not null then print_word(w, 'is_void') end);
end $$;

create function void_document(p_property int, p_id uuid, w jsonb, p_language text, p_user uuid) returns jsonb language plpgsql stable as $$
declare
  y property;
  x payment;
begin
  select * into y from property k where k.id = p_property;
  select * into x from payment k where k.property_id = p_property and k.id = p_id;
  return payment_head(x, y, w, p_language, 'void',
                      print_fact(w, 'voids', (select v.number from payment v where v.property_id = p_property and v.id = x.reverses)))
    || jsonb_build_object(
         'tables', print_list(payment_settled(x, y, w, 'undone'), payment_tenders(x, y, w, 'given_by')),
         'paragraphs', print_list(to_jsonb(print_word(w, 'reason') || ': ' || x.note), print_signature(w, 'received_by')));
end $$;

create function refund_document(p_property int, p_id uuid, w jsonb, p_language text, p_user uuid) returns jsonb language plpgsql stable as $$
declare
  y property;
  x payment;
begin
  select * into y from property k where k.id = p_property;
  select * into x from payment k where k.property_id = p_property and k.id = p_id;
  return payment_head(x, y, w, p_language, 'refund', null)
    || jsonb_build_object(
         'tables', print_list(payment_tenders(x, y, w, 'given_by')),
         'paragraphs', print_list(payment_capital(x.amount, y, w, p_language), to_jsonb(print_word(w, 'reason') || ': ' || x.note),
                                  print_signature(w, 'received_by')));
end $$;

-- Receipts, voids and refunds to be printed, by their numbers.
create function payment_print_of(p_scope int[], p_refs text[]) returns table (property_id int, kind text, id uuid, number text, party_id uuid)
language plpgsql stable rows 1 as $$
#variable_conflict use_column
begin
  return query
    select x.property_id, case x.kind when 'payment' then 'receipt' else x.kind end, x.id, x.number, x.party_id
      from unnest(p_refs) with ordinality r (ref, o), lateral payment_key(p_scope, r.ref) k
      join payment x on x.property_id = k.property_id and x.id = k.id order by r.o;
end $$;
