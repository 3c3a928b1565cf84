-- Payments: see payment.fn.sql and payment_void.fn.sql.

-- :name payment_due :many
select b.number as bill, l.line, i.code as item, l.text, l.due_on::text as due, d.open as open_minor, y.currency,
       sum(d.open) over (order by d.o)::bigint as total_minor, greatest(today(y.zone) - l.due_on, 0) as days_late
  from payer_key(:ctx_property::int, :party, :place) w,
       payment_due(:ctx_property::int, w.party_id, w.place_id, null) with ordinality d (line_id, open, o)
  join charge_line l on l.property_id = :ctx_property::int and l.id = d.line_id
  join bill b on b.property_id = l.property_id and b.id = l.bill_id
  join charge_item i on i.property_id = l.property_id and i.id = l.item_id
  join property y on y.id = l.property_id
 where l.property_id = any (:ctx_scope::int[])
 order by d.o;

-- :name payment_payer :one
select p.number as party, p.name as party_name, l.number as place,
       coalesce((select t.amount from pot t where t.property_id = p.property_id and t.kind = 'advance' and t.party_id = p.id), 0) as advance_minor,
       y.currency
  from payer_key(:ctx_property::int, :party, :place) w
  join party p on p.property_id = :ctx_property::int and p.id = w.party_id
  join property y on y.id = p.property_id
  left join place l on l.property_id = p.property_id and l.id = w.place_id
 where p.property_id = any (:ctx_scope::int[]);

-- :name payment_take :one
select c.*
  from payment_take(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :party, :place, :bill::text[],
                    :paid::text[], :tendered_minor::bigint, :note) k (id),
       lateral payment_card(:ctx_property::int, k.id) c;

-- :name payment_also :feed
-- The bills and payments the call changed besides.
select * from feed_also();

-- :name payment_apply :one
select p.number as party, k.amount_minor, k.left_minor, y.currency
  from payment_apply(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :party, :bill::text[]) k
  join property y on y.id = :ctx_property::int
  join party_key(:ctx_scope::int[], :ctx_property::int, :party) w on true
  join party p on p.property_id = w.property_id and p.id = w.id
 where p.property_id = any (:ctx_scope::int[]);

-- :name payment_void :one
select c.*, (select a.number from approval_card(k.property_id, k.approval_id) a) as approval
  from payment_void(:ctx_scope::int[], :payment, :ctx_key::uuid, :ctx_user::uuid, :why) k,
       lateral payment_card(k.property_id, k.payment_id) c;

-- :name payment_refund :one
select a.number as approval, c.number, c.amount_minor, y.currency, k.payment_id as id, k.property_id, c.version
  from payment_refund(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :party, :method, :amount_minor::bigint, :why) k
  join property y on y.id = k.property_id
  left join lateral approval_card(k.property_id, k.approval_id) a on true
  left join lateral payment_card(k.property_id, k.payment_id) c on true
 where k.property_id = any (:ctx_scope::int[]);

-- :name payment_show :one
select c.* from payment_key(:ctx_scope::int[], :payment) k join payment_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name payment_parts :many
select b.number as bill, l.line, i.code as item, l.text, s.amount as amount_minor, y.currency
  from payment_key(:ctx_scope::int[], :payment) k
  join settlement s on s.property_id = k.property_id and s.entity_id = k.id
  join charge_line l on l.property_id = s.property_id and l.id = s.line_id
  join bill b on b.property_id = l.property_id and b.id = l.bill_id
  join charge_item i on i.property_id = l.property_id and i.id = l.item_id
  join property y on y.id = s.property_id
 where s.property_id = any (:ctx_scope::int[])
 order by b.due_on, b.number, l.line;

-- :name payment_list :many
select c.*
  from payment_list(:ctx_scope::int[], :party, :shift, :kind, :on, :after, :limit::int) with ordinality as k (property_id, id, o)
  join payment_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name payment_print :many
select d.kind, d.number, d.copy, d.language, d.at, d.by, d.document
  from payment_print_of(:ctx_scope::int[], :payment::text[]) with ordinality as k (property_id, kind, id, number, party_id, o),
       lateral print_issue(k.property_id, k.kind, k.id, k.number, k.party_id, :language, :ctx_user::uuid, :ctx_dry_run::boolean) d
 where k.property_id = any (:ctx_scope::int[])
 order by k.o;
