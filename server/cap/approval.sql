-- What takes two: see approval.fn.sql.

-- :name approval_approve :one
select c.* from approval_decide(:ctx_scope::int[], :approval, :ctx_key::uuid, :ctx_user::uuid, 'approved', :note) k,
       lateral approval_card(k.property_id, k.id) c;

-- :name approval_decline :one
select c.* from approval_decide(:ctx_scope::int[], :approval, :ctx_key::uuid, :ctx_user::uuid, 'declined', :note) k,
       lateral approval_card(k.property_id, k.id) c;

-- :name approval_withdraw :one
select c.* from approval_withdraw(:ctx_scope::int[], :approval, :ctx_user::uuid) k,
       lateral approval_card(k.property_id, k.id) c;

-- :name approval_also :feed
-- What was done when it was approved.
select * from feed_also();

-- :name approval_list :many
select c.*
  from approval_list(:ctx_scope::int[], :state, :kind, :after, :limit::int) with ordinality as k (property_id, id, o)
  join approval_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;
