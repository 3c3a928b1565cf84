-- Promises to pay: see promise.fn.sql.

-- :name promise_make :one
select c.*
  from promise_make(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :party, :place, :bill, :amount_minor::bigint, :on, :note) k (id),
       lateral promise_card(:ctx_property::int, k.id) c;

-- :name promise_also :feed
-- What is owed by it.
select * from feed_also();

-- :name promise_withdraw :one
select c.* from promise_withdraw(:ctx_scope::int[], :promise, :ctx_user::uuid, :why) k, lateral promise_card(k.property_id, k.id) c;

-- :name promise_show :one
select c.* from promise_key(:ctx_scope::int[], :promise) k join promise_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name promise_list :many
select c.*
  from promise_list(:ctx_scope::int[], :ctx_user::uuid, :party, :state, :mine::boolean, :after, :limit::int) with ordinality as k (property_id, id, o)
  join promise_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;
