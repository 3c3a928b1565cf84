-- The months of the ledger: see period.fn.sql.

-- :name period_begin :one
select c.* from period_begin(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :month) k (month),
       lateral period_card(:ctx_property::int, k.month) c;

-- :name period_back :one
select c.* from period_back(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :month, :why) k (month),
       lateral period_card(:ctx_property::int, k.month) c;

-- :name period_close :one
select c.* from period_close(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :month) k (month),
       lateral period_card(:ctx_property::int, k.month) c;

-- :name period_reopen :one
select c.* from period_reopen(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :month, :why) k (id),
       lateral approval_card(:ctx_property::int, k.id) c;

-- :name period_list :many
select c.* from period_card c
 where c.property_id = any (:ctx_scope::int[]) and (:state::text is null or c.state = :state)
 order by c.property_id, c.month desc limit coalesce(:limit::int, 36);
