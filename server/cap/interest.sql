-- Late interest: see interest.fn.sql.

-- :name interest_set :one
select c.*
  from interest_set(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :rate, :item, :grace::int, :cap_bp::int, :from) k (id),
       lateral interest_rate_card(:ctx_property::int, k.id) c;

-- :name interest_rates :many
select c.* from interest_rate_card c where c.property_id = any (:ctx_scope::int[]) order by c.property, c.item nulls first, c."from";

-- :name interest_preview :many
select * from interest_preview(:ctx_property::int, :through, :party, :least_minor::bigint);

-- :name interest_run :one
select c.*
  from interest_run(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :through, :party, :due, :least_minor::bigint) k (id),
       lateral interest_run_card(:ctx_property::int, k.id) c;

-- :name interest_also :feed
-- The bills that were credited. Those that came of it are found by the run, as with billing.
select * from feed_also();

-- :name interest_list :many
select c.* from interest_run_card c
 where c.property_id = any (:ctx_scope::int[]) order by c.property_id, c.at desc limit coalesce(:limit::int, 50);

-- :name interest_lines :many
select * from interest_lines(:ctx_scope::int[], :bill, :line::int, :through);

-- :name interest_parts :many
select * from interest_of_bill(:ctx_scope::int[], :bill, :line::int, :through);

-- :name interest_due :due
select property_id from interest_due();

-- :name interest_tick :tick
select done, more::int from interest_tick(:property::int);
