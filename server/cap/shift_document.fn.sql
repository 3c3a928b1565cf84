-- The reports of a shift as documents: X of one that is open, Z of one that was closed. See printing.fn.sql.

-- How many receipts, voids and refunds, and what they come to; no amounts for who is still to count.
create function shift_documents(s shift, y property, w jsonb, p_blind boolean) returns jsonb language plpgsql stable as $$
begin
  return print_table(array[print_column(w, 'documents', 'LEFT', 1), print_column(w, 'how_many', 'RIGHT'), print_column(w, 'amount', 'RIGHT', 0, y.currency)],
                     (select jsonb_agg(print_row(print_word(w, k.word), sums.n::text, case when not p_blind then print_money(sums.amount, y.currency) end)
                                       order by k.o)
                        from (values (1, 'payment', 'receipts'), (2, 'void', 'void_documents'), (3, 'refund', 'refunds')) k (o, kind, word)
                       cross join lateral (select count(*) as n, coalesce(sum(x.amount), 0)::bigint as amount from payment x
                                            where x.property_id = s.property_id and x.shift_id = s.id and x.kind = k.kind) sums));
end $$;

-- Way by way: what there should be, and of a closed shift what was counted.
create function shift_methods(s shift, y property, w jsonb, p_user uuid) returns jsonb language plpgsql stable as $$
declare
  rows jsonb;
begin
  select jsonb_agg(print_row(coalesce(w ->> ('method_' || r.method), r.name), r.documents::text, print_money(r.expected_minor, r.currency),
                             print_money(r.counted_minor, r.currency), print_money(r.difference_minor, r.currency)) order by r.o)
         || jsonb_build_array(print_sum('TOTAL', print_word(w, 'total'), sum(r.documents)::text, print_money(sum(r.expected_minor)::bigint, y.currency),
                                        print_money(sum(r.counted_minor)::bigint, y.currency), print_money(sum(r.difference_minor)::bigint, y.currency)))
    into rows
    from shift_report(array[s.property_id], s.number, p_user)
         with ordinality r (method, name, documents, expected_minor, counted_minor, difference_minor, currency, o);
  return print_table(array[print_column(w, 'method', 'LEFT', 1), print_column(w, 'documents', 'RIGHT'), print_column(w, 'expected', 'RIGHT', 0, y.currency),
                           print_column(w, 'counted', 'RIGHT', 0, y.currency), print_column(w, 'difference', 'RIGHT', 0, y.currency)], rows);
end $$;

create function shift_document(p_property int, p_id uuid, w jsonb, p_language text, p_user uuid, p_title text) returns jsonb
language plpgsql stable as $$
declare
  y property;
  s shift;
  cashier text;
  signed text;
  blind boolean;
begin
  select * into y from property k where k.id = p_property;
  select * into s from shift k where k.property_id = p_property and k.id = p_id;
  select u.login into cashier from app_user u where u.id = s.user_id;
  select u.login || ', ' || print_time(s.signed_at, y.zone) into signed from app_user u where u.id = s.signed_by;
  blind := s.closed_at is null and s.user_id = p_user;
  return print_head(y, w, p_language, p_title, print_fact(w, 'number', coalesce(s.z_number, s.number)),
                    case when s.z_number is not null then print_fact(w, 'shift', s.number) end, print_fact(w, 'cashier', cashier),
                    print_fact(w, 'drawer', s.drawer), print_fact(w, 'opened', print_time(s.opened_at, y.zone)),
                    print_fact(w, 'closed', print_time(s.closed_at, y.zone)), print_fact(w, 'float', print_money(s.float, y.currency)),
                    print_fact(w, 'signed', signed))
    || jsonb_build_object(
         'tables', print_list(shift_documents(s, y, w, blind), shift_methods(s, y, w, p_user)),
         'paragraphs', print_list(case when blind then to_jsonb(print_word(w, 'blind')) end, to_jsonb(print_word(w, 'reason') || ': ' || s.reason),
                                  case when s.closed_at is not null then print_signature(w, 'cashier_signs') end,
                                  case when s.closed_at is not null then print_signature(w, 'reviewer_signs', signed) end));
end $$;

create function x_report_document(p_property int, p_id uuid, w jsonb, p_language text, p_user uuid) returns jsonb language plpgsql stable as
$$ begin return shift_document(p_property, p_id, w, p_language, p_user, 'x_report'); end $$;
create function z_report_document(p_property int, p_id uuid, w jsonb, p_language text, p_user uuid) returns jsonb language plpgsql stable as
$$ begin return shift_document(p_property, p_id, w, p_language, p_user, 'z_report'); end $$;

create function shift_print_of(p_scope int[], p_ref text) returns table (property_id int, kind text, id uuid, number text) language plpgsql stable rows 1 as $$
#variable_conflict use_column
begin
  return query
    select s.property_id, case when s.closed_at is null then 'x_report' else 'z_report' end, s.id, coalesce(s.z_number, s.number)
      from shift_key(p_scope, p_ref) k join shift s on s.property_id = k.property_id and s.id = k.id;
end $$;
