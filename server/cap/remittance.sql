-- Handing on what was collected for others: see remittance.fn.sql.

-- :name remittance_set_payee :one
select c.*
  from payee_set(:ctx_property::int, :ctx_key::uuid, :code, :name, :item::text[], :bank_account, :contract, :commission_bp::int, :closed) k (id),
       lateral payee_card(:ctx_property::int, k.id) c;

-- :name remittance_payees :many
select * from payee_card c where c.property_id = any (:ctx_scope::int[]) order by c.property_id, c.code limit 500;

-- :name remittance_due :many
select * from remittance_due(:ctx_scope::int[], :payee, :all::boolean);

-- :name remittance_balance :many
select * from remittance_balance(:ctx_scope::int[]);

-- :name remittance_preview :many
select * from remittance_lines(:ctx_property::int, null, :payee, :month);

-- :name remittance_ask :one
select (select a.number from approval_card(:ctx_property::int, k.approval_id) a) as approval, k.payee, k.until, k.lines, k.amount_minor, k.commission_minor,
       k.amount_minor - k.commission_minor as paid_minor, k.claimed_minor, k.claimed_minor - k.amount_minor as difference_minor, k.currency
  from remittance_ask(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :payee, :month, :claimed_minor::bigint, :reference, :why) k;

-- :name remittance_cancel :one
select c.* from remittance_cancel(:ctx_scope::int[], :remittance, :ctx_key::uuid, :ctx_user::uuid, :why) k, lateral approval_card(k.property_id, k.id) c;

-- :name remittance_show :one
select c.* from remittance_key(:ctx_scope::int[], :remittance) k join remittance_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name remittance_lines :many
select l.* from remittance_key(:ctx_scope::int[], :remittance) k, lateral remittance_lines(k.property_id, k.id, null, null) l;

-- :name remittance_list :many
select c.*
  from remittance_list(:ctx_scope::int[], :payee, :after, :limit::int) with ordinality as k (property_id, id, o)
  join remittance_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;
