-- Collecting: see collection.fn.sql.

-- :name collection_plan :one
select p.property, p.planned
  from collection_plan(:ctx_property::int, :ctx_user::uuid, :place, :amount_minor::bigint, :days::int, :to, :due) p;

-- :name collection_planned :many
select c.* from collection_card c
 where c.property_id = any (:ctx_scope::int[]) and c.id = any (import_touched())
 order by c.overdue_minor desc, c.number;

-- :name collection_settled :feed
-- What is owed from now on.
select b.property_id, 'obligation' as entity, b.id, b.version, false as dead, b.number
  from obligation b where b.property_id = any (:ctx_scope::int[]) and b.id = any (import_touched());

-- :name collection_record :one
select c.*, k.contact
  from collection_record(:ctx_scope::int[], :task, :ctx_key::uuid, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :outcome, :summary, :channel, :again,
                         :amount_minor::bigint, :on) k,
       lateral collection_card(k.property_id, k.id) c;

-- :name collection_also :feed
-- What the talk settled, and what was promised.
select * from feed_also();

-- :name collection_list :many
select c.*
  from collection_list(:ctx_scope::int[], :ctx_user::uuid, :mine::boolean, :late::boolean, :state, :party, :after, :limit::int)
       with ordinality as k (property_id, id, o)
  join collection_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;
