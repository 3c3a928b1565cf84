-- The ladder of escalation: see escalation.fn.sql.

-- :name escalation_raise :one
select c.*
  from escalation_raise(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :why) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name escalation_take :one
select c.*
  from escalation_take(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :text) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name escalation_report :one
select c.*
  from escalation_report(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :text) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name escalation_ladder :many
select l.* from escalation_ladder(:ctx_scope::int[], :severity) l;

-- :name escalation_set_ladder :exec
select escalation_set(:ctx_property::int, :severity, :steps::text[]);

-- :name escalation_ladder_now :many
select l.* from escalation_ladder(array[:ctx_property::int], :severity) l;
