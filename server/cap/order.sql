-- Work orders: see migrations/0011_case_steps.sql.

-- :name order_list :many
select c.*
  from order_list(:ctx_scope::int[], :ctx_user::uuid, :state, :open::boolean, :mine::boolean, :to, :case, :after,
                  :limit::int) with ordinality as k (property_id, id, o)
  join order_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name order_show :one
select c.*
  from order_key(:ctx_scope::int[], :order) k
  join order_card c on c.property_id = k.property_id and c.id = k.id
 where k.property_id = any (:ctx_scope::int[]);

-- :name order_accept :one
select r.*
  from order_step(:ctx_scope::int[], :order, 'accept', :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz,
                  p_person => :person) k
 cross join lateral order_reply(k.property_id, k.id) r;

-- :name order_start :one
select r.*
  from order_step(:ctx_scope::int[], :order, 'start', :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz) k
 cross join lateral order_reply(k.property_id, k.id) r;

-- :name order_complete :one
select r.*
  from order_step(:ctx_scope::int[], :order, 'complete', :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz,
                  p_result => :result, p_reply => :reply) k
 cross join lateral order_reply(k.property_id, k.id) r;

-- :name order_give_back :one
select r.*
  from order_step(:ctx_scope::int[], :order, 'return', :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz,
                  p_why => :why) k
 cross join lateral order_reply(k.property_id, k.id) r;
