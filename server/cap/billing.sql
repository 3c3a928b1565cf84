-- Billing runs: see billing.fn.sql.

-- :name billing_preview :many
select * from billing_preview(:ctx_property::int, :month, :standard::text[]);

-- :name billing_samples :many
select * from billing_samples(:ctx_property::int, :month, :standard::text[]);

-- :name billing_run :one
select c.* from billing_begin(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :month, :standard::text[], :due) k (id),
       lateral run_card(:ctx_property::int, k.id) c;

-- :name billing_cancel :one
select c.* from billing_cancel(:ctx_scope::int[], :run, :ctx_key::uuid, :ctx_user::uuid, :why) k, lateral approval_card(k.property_id, k.id) c;

-- :name billing_show :one
select c.* from run_key(:ctx_scope::int[], :run) k join run_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name billing_exceptions :many
select l.number as place, s.code as standard, x.from_on::text as "from", (x.to_on - 1)::text as "to", x.code, x.sentence
  from run_key(:ctx_scope::int[], :run) k
  join billing_exception x on x.property_id = k.property_id and x.run_id = k.id
  join assignment a on a.property_id = x.property_id and a.id = x.assignment_id
  join place l on l.property_id = a.property_id and l.id = a.place_id
  join standard s on s.property_id = a.property_id and s.id = a.standard_id
 where x.property_id = any (:ctx_scope::int[])
 order by l.sort_key, s.code, x.from_on limit 500;

-- :name billing_list :many
select c.* from run_card c
 where c.property_id = any (:ctx_scope::int[])
 order by c.property_id, c.at desc limit coalesce(:limit::int, 50);

-- :name billing_due :due
select property_id from billing_due();

-- :name billing_tick :tick
select done, more::int from billing_tick(:property::int);
