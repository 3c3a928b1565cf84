-- Shifts of cashiers: see shift.fn.sql.

-- :name shift_open :one
select c.* from shift_begin(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :drawer, :float_minor::bigint) k (id),
       lateral shift_card(:ctx_property::int, k.id) c;

-- :name shift_close :one
select c.* from shift_close(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :count::text[], :why, :ctx_dry_run::boolean) k (id),
       lateral shift_card(:ctx_property::int, k.id) c;

-- :name shift_sign :one
select c.* from shift_sign(:ctx_scope::int[], :shift, :ctx_user::uuid) k, lateral shift_card(k.property_id, k.id) c;

-- :name shift_show :one
select c.* from shift_key(:ctx_scope::int[], :shift) k join shift_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name shift_methods :many
select * from shift_report(:ctx_scope::int[], :shift, :ctx_user::uuid);

-- :name shift_list :many
select c.*
  from shift_list(:ctx_scope::int[], :state, :cashier, :after, :limit::int) with ordinality as k (property_id, id, o)
  join shift_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name shift_print :many
select d.kind, d.number, d.copy, d.language, d.at, d.by, d.document
  from shift_print_of(:ctx_scope::int[], :shift) k,
       lateral print_issue(k.property_id, k.kind, k.id, k.number, null, :language, :ctx_user::uuid, :ctx_dry_run::boolean) d
 where k.property_id = any (:ctx_scope::int[]);
