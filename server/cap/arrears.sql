-- Arrears: see arrears.fn.sql.

-- :name arrears_ageing :many
select * from arrears_ageing(:ctx_scope::int[], coalesce(:by, 'person'), :on, :party, :place, :late::boolean, :limit::int);

-- :name arrears_figures :many
select * from arrears_figures(:ctx_scope::int[], :from, :to);

-- :name arrears_target :one
select * from arrears_target_set(:ctx_property::int, :month, :current_bp::int, :old_bp::int);

-- :name arrears_policy :one
select c.*
  from arrears_policy_set(:ctx_property::int, :minimum_minor::bigint, :gap::int, :task_minor::bigint, :task_days::int) k (property_id),
       lateral arrears_policy_card(k.property_id) c;

-- :name arrears_policies :many
select c.* from arrears_policy_card c where c.property_id = any (:ctx_scope::int[]) order by c.property;

-- :name arrears_due :due
select property_id from arrears_due();

-- :name arrears_tick :tick
select done, more::int from arrears_tick(:property::int, :limit::int);
