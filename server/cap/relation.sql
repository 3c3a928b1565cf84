-- How cases hang together: see relation.fn.sql.

-- :name relation_link :one
select c.*
  from relation_link(:ctx_scope::int[], :case, :other, :kind, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :text) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name relation_unlink :one
select c.*
  from relation_unlink(:ctx_scope::int[], :case, :other, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name relation_merge :one
select c.*
  from relation_merge(:ctx_scope::int[], :case, :into, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :text) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name relation_unmerge :one
select c.*
  from relation_unmerge(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :text) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name relation_similar :many
select s.*
  from relation_asked(:ctx_scope::int[], :case, :party, :place, :phone, :category) a
 cross join lateral relation_similar(a.property_id, a.case_id, a.party_id, a.place_id, a.phone, a.category_id) s;
