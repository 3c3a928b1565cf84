-- Notices on paper: see printing.fn.sql.

create function dunning_notice_document(p_property int, p_id uuid, w jsonb, p_language text, p_user uuid) returns jsonb language plpgsql stable as $$
declare
  y property;
  n dunning_notice;
  c dunning_notice_card;
  text text[];
begin
  select * into y from property x where x.id = p_property;
  select * into n from dunning_notice x where x.property_id = p_property and x.id = p_id;
  select * into c from dunning_notice_card x where x.property_id = p_property and x.id = p_id;
  text := string_to_array(coalesce(n.letter, left(n.body, 4000)), E'\x1d');
  return print_head(y, w, p_language, 'dunning_notice', print_fact(w, 'number', n.number), print_fact(w, 'date', c.date), print_fact(w, 'pay_by', c.pay_by),
                    print_fact(w, 'customer', c.party))
    || jsonb_build_object(
         'title', n.title,
         'addressee', print_addressee(p_property, n.party_id, dunning_notice_place(n)),
         'introduction', dunning_paragraphs(text[1]),
         'tables', print_list(dunning_table(n, c.fee_bill, y, w)),
         'paragraphs', dunning_paragraphs(array_to_string(text[2:], ''))
                       || coalesce(print_list(to_jsonb(print_word(w, 'pay_into') || ': ' || (select h.bank from letterhead h where h.property_id = p_property))),
                                   '[]'),
         'code', jsonb_build_object('text', y.code || '/' || c.party, 'caption', n.number || E'\n' || print_word(w, 'scan_to_pay')),
         'mark', case when c.open_minor = 0 then print_word(w, 'is_paid') end);
end $$;

-- A text in paragraphs, which an empty line sets apart.
create function dunning_paragraphs(p_text text) returns jsonb language plpgsql immutable parallel safe as $$
begin
  return coalesce((select jsonb_agg(btrim(x.part, E' \t\n') order by x.o)
                     from regexp_split_to_table(p_text, E'\n[ \t]*\n') with ordinality x (part, o) where btrim(x.part, E' \t\n') <> ''), '[]');
end $$;

-- Where the customer is written to: the place, where all that is named is of one.
create function dunning_notice_place(n dunning_notice) returns uuid language plpgsql stable as $$
begin
  return (select case when count(distinct l.place_id) = 1 and count(l.place_id) = count(*) then (array_agg(l.place_id))[1] end
            from dunning_notice_line x join charge_line l on l.property_id = x.property_id and l.id = x.line_id
           where x.property_id = n.property_id and x.notice_id = n.id);
end $$;

-- What is late, as it was when the notice was issued, and its fee.
create function dunning_table(n dunning_notice, p_fee_bill text, y property, w jsonb) returns jsonb language plpgsql stable as $$
declare
  fee constant bigint := (select b.amount from bill b where b.property_id = n.property_id and b.id = n.fee_bill_id);
begin
  return print_table(
    array[print_column(w, 'bill_no'), print_column(w, 'for', 'LEFT', 1), print_column(w, 'due'), print_column(w, 'days_late', 'RIGHT'),
          print_column(w, 'amount', 'RIGHT', 0, y.currency)],
    (select jsonb_agg(print_row(b.number, concat_ws(' ', l.text, print_period(l.from_on, l.to_on)), l.due_on::text, x.days_late::text,
                                print_money(x.open, y.currency)) order by x.days_late desc, length(b.number), b.number, l.line)
       from dunning_notice_line x
       join charge_line l on l.property_id = x.property_id and l.id = x.line_id
       join bill b on b.property_id = l.property_id and b.id = l.bill_id
      where x.property_id = n.property_id and x.notice_id = n.id)
    || jsonb_build_array(
         case when fee > 0 then print_row(p_fee_bill, print_word(w, 'notice_fee'), null, null, print_money(fee, y.currency)) end,
         print_sum('TOTAL', print_word(w, 'to_pay'), null, null, null, print_money(n.amount + coalesce(fee, 0), y.currency))));
end $$;

-- Notices to be printed: those named, or of a run the letters that nobody has printed yet, in the order of their places.
create function dunning_print_of(p_scope int[], p_refs text[], p_limit int)
returns table (property_id int, id uuid, number text, party_id uuid) language plpgsql stable rows 20 as $$
#variable_conflict use_column
begin
  if coalesce(cardinality(p_refs), 0) = 0 then
    perform refuse('STINV', 'REQUIRED', 'notice', 'name notices, DN-1003, or a run, DR-1001, of which all letters are printed that were not yet');
  end if;
  return query
    select f.property_id, f.id, f.number, f.party_id
      from unnest(p_refs) with ordinality r (ref, o), lateral dunning_print_one(p_scope, r.ref) with ordinality f (property_id, id, number, party_id, o)
     order by r.o, f.o limit coalesce(p_limit, 200);
end $$;

create function dunning_print_one(p_scope int[], p_ref text) returns table (property_id int, id uuid, number text, party_id uuid)
language plpgsql stable rows 1 as $$
#variable_conflict use_column
declare
  k record;
begin
  if upper(p_ref) ~ '(^|/)DR-[0-9]+$' then
    select x.property_id, x.id into k from number_key('dunning_run', p_scope, p_ref, 'there is no dunning run', 'DUNNING_RUN', 'notice') x;
    return query
      select n.property_id, n.id, n.number, n.party_id
        from dunning_notice n
        left join place l on l.property_id = n.property_id and l.id = dunning_notice_place(n)
       where n.property_id = k.property_id and n.run_id = k.id and n.channel = 'letter'
         and not exists (select from print_log x where x.property_id = n.property_id and x.kind = 'dunning_notice' and x.entity_id = n.id)
       order by l.sort_key, length(n.number), n.number;
  else
    select x.property_id, x.id into k from notice_key(p_scope, p_ref) x;
    return query select n.property_id, n.id, n.number, n.party_id from dunning_notice n where n.property_id = k.property_id and n.id = k.id;
  end if;
end $$;
