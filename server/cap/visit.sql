-- Return visits: see migrations/0012_case_visit.sql.

-- :name visit_list :many
select c.*
  from visit_list(:ctx_scope::int[], :state, :due, :late::boolean, :after, :limit::int)
       with ordinality as k (property_id, id, o)
  join visit_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name visit_record :one
select r.*
  from visit_record(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :outcome,
                    :score::int, :remark, :again) k
 cross join lateral visit_reply(k.property_id, k.id) r;
