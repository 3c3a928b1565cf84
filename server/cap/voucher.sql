-- Vouchers: see voucher.fn.sql.

-- :name voucher_map :one
select c.* from voucher_map_set(:ctx_property::int, :account, :to, :aux) k (id), lateral voucher_map_card(:ctx_property::int, k.id) c;

-- :name voucher_maps :many
select c.* from voucher_map_card c
 where c.property_id = any (:ctx_scope::int[]) and (not coalesce(:missing::boolean, false) or c.erp_code is null)
 order by c.property, c.account;

-- :name voucher_make :one
select c.*
  from voucher_make(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :month, :detail) k (id),
       lateral voucher_batch_card(:ctx_property::int, k.id) c;

-- :name voucher_list :many
select c.*
  from voucher_batch_list(:ctx_scope::int[], :month, :after, :limit::int) with ordinality as k (property_id, id, o)
  join voucher_batch_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name voucher_export :many
select * from voucher_export(:ctx_scope::int[], :batch, :after, :limit::int);
