-- Deposits: see deposit.fn.sql.

-- :name deposit_take :one
select c.*
  from deposit_take(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :party, :place, :purpose, :paid::text[],
                    :tendered_minor::bigint, :until, :note) k (id),
       lateral deposit_card(:ctx_property::int, k.id) c;

-- :name deposit_deduct :one
select c.*, (select a.number from approval_card(k.property_id, k.approval_id) a) as approval
  from deposit_deduct(:ctx_scope::int[], :deposit, :ctx_key::uuid, :ctx_user::uuid, :amount_minor::bigint, :bill, :line::int, :item, :document,
                      :why) k,
       lateral deposit_card(k.property_id, k.deposit_id) c;

-- :name deposit_undo :one
select c.*, (select a.number from approval_card(k.property_id, k.approval_id) a) as approval
  from deposit_undo(:ctx_scope::int[], :deduction, :ctx_key::uuid, :ctx_user::uuid, :why) k,
       lateral deposit_card(k.property_id, k.deposit_id) c;

-- :name deposit_refund :one
select c.*, (select a.number from approval_card(k.property_id, k.approval_id) a) as approval
  from deposit_refund(:ctx_scope::int[], :deposit, :ctx_key::uuid, :ctx_user::uuid, :amount_minor::bigint, :method, :why) k,
       lateral deposit_card(k.property_id, k.deposit_id) c;

-- :name deposit_end :one
select c.* from deposit_end(:ctx_scope::int[], :deposit, :ctx_user::uuid, :on, :why, :back::boolean) k,
       lateral deposit_card(k.property_id, k.id) c;

-- :name deposit_also :feed
-- The bills and payments the call changed besides.
select * from feed_also();

-- :name deposit_show :one
select c.* from deposit_key(:ctx_scope::int[], :deposit) k join deposit_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name deposit_entries :many
select e.on_date::text as date, e.text, e.amount as amount_minor, sum(e.amount) over (order by e.at, e.id)::bigint as held_minor, y.currency,
       coalesce(q.number, x.number) as document, (select b.number from bill b where b.property_id = q.property_id and b.id = q.bill_id) as bill,
       q.document as paper, (select u.login from app_user u where u.id = coalesce(q.user_id, x.user_id)) as by
  from deposit_key(:ctx_scope::int[], :deposit) k
  join pot_entry e on e.property_id = k.property_id and e.deposit_id = k.id
  join property y on y.id = e.property_id
  left join deposit_deduction q on q.property_id = e.property_id and q.id = e.entity_id
  left join payment x on x.property_id = e.property_id and x.id = e.entity_id
 where e.property_id = any (:ctx_scope::int[])
 order by e.at, e.id;

-- :name deposit_list :many
select c.*
  from deposit_list(:ctx_scope::int[], :place, :party, :purpose, :state, :after, :limit::int) with ordinality as k (property_id, id, o)
  join deposit_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name deposit_totals :many
select * from deposit_totals(:ctx_scope::int[]);
