-- Work orders: see order.fn.sql and its neighbours.

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

-- :name order_pause :one
select r.*
  from order_step(:ctx_scope::int[], :order, 'pause', :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz,
                  p_why => :why, p_until => :until) k
 cross join lateral order_reply(k.property_id, k.id) r;

-- :name order_resume :one
select r.*
  from order_step(:ctx_scope::int[], :order, 'resume', :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz) k
 cross join lateral order_reply(k.property_id, k.id) r;

-- :name order_hand_on :one
select r.*
  from order_hand_on(:ctx_scope::int[], :order, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :to,
                     :contractor, :why) k
 cross join lateral order_reply(k.property_id, k.id) r;

-- :name order_propose :many
select p.* from order_propose(:ctx_scope::int[], :case) p;

-- :name order_add_item :one
select r.*
  from order_item_add(:ctx_scope::int[], :order, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :code,
                      :quantity, :name, :kind, :unit, :price_minor::bigint) k
 cross join lateral item_card(k.property_id, k.id) r;

-- :name order_remove_item :one
select r.*
  from order_item_remove(:ctx_scope::int[], :order, :ctx_user::uuid, :line::int, :why) k
 cross join lateral item_card(k.property_id, k.id) r;

-- :name order_item_touched :feed
-- Whoever shows the case looks again, and whoever shows the charge that follows the lines.
select c.property_id, 'case' as entity, c.id, c.version, false as dead, c.number
  from order_key(:ctx_scope::int[], :order) k
  join work_order o on o.property_id = k.property_id and o.id = k.id
  join desk_case c on c.property_id = o.property_id and c.id = o.case_id
union all
select q.property_id, 'charge', q.id, q.version, false, q.number
  from order_key(:ctx_scope::int[], :order) k
  join charge_proposal q on q.property_id = k.property_id and q.order_id = k.id and q.state = 'proposed';

-- :name order_items :one
select o.number as "order", o.state, t.amount as total_minor, t.currency, t.lines, q.number as charge, q.state as charge_state
  from order_key(:ctx_scope::int[], :order) k
  join work_order o on o.property_id = k.property_id and o.id = k.id
 cross join lateral order_total(k.property_id, k.id) t
  left join charge_proposal q on q.property_id = k.property_id and q.order_id = k.id and q.state <> 'declined'
 where k.property_id = any (:ctx_scope::int[]);

-- :name order_item_lines :many
select c.*
  from order_key(:ctx_scope::int[], :order) k
  join order_item i on i.property_id = k.property_id and i.order_id = k.id
  join item_card c on c.property_id = i.property_id and c.id = i.id
 where k.property_id = any (:ctx_scope::int[])
 order by i.line;

-- :name order_propose_charge :one
select c.*
  from order_charge_propose(:ctx_scope::int[], :order, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz,
                            :bearer, :party, :place, :note) k
 cross join lateral charge_card(k.property_id, k.id) c;

-- :name order_approve_charge :one
select c.*
  from order_charge_decide(:ctx_scope::int[], :order, :ctx_user::uuid, :ctx_occurred_at::timestamptz, 'approved', :note,
                           :version::int) k
 cross join lateral charge_card(k.property_id, k.id) c;

-- :name order_decline_charge :one
select c.*
  from order_charge_decide(:ctx_scope::int[], :order, :ctx_user::uuid, :ctx_occurred_at::timestamptz, 'declined', :why,
                           :version::int) k
 cross join lateral charge_card(k.property_id, k.id) c;

-- :name order_charges :many
select c.*
  from order_charges(:ctx_scope::int[], :state, :bearer, :order, :party, :after, :limit::int)
       with ordinality as k (property_id, id, o)
  join charge_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;
