-- Apportionment: see apportion.fn.sql, apportion_pool.fn.sql and apportion_show.fn.sql.

-- :name apportion_set_pool :one
select c.*
  from pool_set(:ctx_property::int, :ctx_key::uuid, :code, :name, :item, :basis, :place, :listed::boolean, :kind, :payer, :vacant, :vacancy, :source,
                :rate, :formula, :meter::text[], :rest::text[], :closed) k (id),
       lateral pool_card(:ctx_property::int, k.id) c;

-- :name apportion_weigh :one
select c.* from pool_weigh(:ctx_property::int, :code, :place::text[], :why, :out::boolean) k (id), lateral pool_card(:ctx_property::int, k.id) c;

-- :name apportion_import_weights :many
select r.line, r.outcome, r.property, r.number, r.id, r.blame, r.reason
  from weight_import(:ctx_scope::int[], array(
         select row(x.line, nullif(x.property, ''), nullif(x.pool, ''), nullif(x.place, ''), nullif(x.weight, ''), nullif(x.why, ''))::weight_input
           from unnest(:rows.line::int[], :rows.property::text[], :rows.pool::text[], :rows.place::text[], :rows.weight::text[], :rows.why::text[])
                with ordinality as x (line, property, pool, place, weight, why, o)
          order by x.o)) r;

-- :name apportion_weights_imported :feed
select q.property_id, 'pool' as entity, q.id, q.version, false as dead, q.code as number
  from pool q where q.property_id = any (:ctx_scope::int[]) and q.id = any (import_touched());

-- :name apportion_pools :many
select c.* from pool_card c where c.property_id = any (:ctx_scope::int[]) order by c.property_id, c.code;

-- :name apportion_show_pool :one
select c.* from pool_of(:ctx_property::int, :code) k join pool_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name apportion_pool_meters :many
select m.number as meter, x.rest from pool_of(:ctx_property::int, :code) k
  join pool_meter x on x.property_id = k.property_id and x.pool_id = k.id and x.left_at is null
  join meter m on m.property_id = x.property_id and m.id = x.meter_id
 where x.property_id = any (:ctx_scope::int[]) order by m.number;

-- :name apportion_pool_places :many
select * from pool_place_list(:ctx_property::int, :code, :after, :limit::int);

-- :name apportion_set_measure :one
select c.* from measure_set(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :place, :what, :value, :from) k (id),
       lateral measure_card(:ctx_property::int, k.id) c;

-- :name apportion_measures :many
select c.* from measure_list(:ctx_scope::int[], :place, :what) c;

-- :name apportion_preview :one
select c.* from apportion_preview(:ctx_property::int, :code, :month, :from, :to, :amount_minor::bigint, :usage) c;

-- :name apportion_preview_parts :many
select c.* from apportion_preview_parts(:ctx_property::int, :code, :month, :from, :to, :amount_minor::bigint, :usage, :limit::int) c;

-- :name apportion_run :one
select c.*
  from apportion_run(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :code, :month, :from, :to, :amount_minor::bigint, :usage, :due) k (id),
       lateral apportionment_card(:ctx_property::int, k.id) c;

-- :name apportion_bill :one
select c.* from apportion_bill(:ctx_scope::int[], :run, :ctx_key::uuid, :ctx_user::uuid, :due) k, lateral apportionment_card(k.property_id, k.id) c;

-- :name apportion_cancel :one
select c.* from apportion_cancel(:ctx_scope::int[], :run, :ctx_key::uuid, :ctx_user::uuid, :why) k, lateral approval_card(k.property_id, k.id) c;

-- :name apportion_show :one
select c.* from apportionment_key(:ctx_scope::int[], :run) k join apportionment_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name apportion_meters :many
select m.number as meter, trim_scale(x.usage)::text as usage, x.behind, x.estimated
  from apportionment_key(:ctx_scope::int[], :run) k
  join apportionment_meter x on x.property_id = k.property_id and x.apportionment_id = k.id
  join meter m on m.property_id = x.property_id and m.id = x.meter_id
 where x.property_id = any (:ctx_scope::int[]) order by m.number;

-- :name apportion_exceptions :many
select l.number as place, x.from_on::text as "from", (x.to_on - 1)::text as "to", x.amount as amount_minor, y.currency, x.code, x.sentence
  from apportionment_key(:ctx_scope::int[], :run) k
  join apportionment_part x on x.property_id = k.property_id and x.apportionment_id = k.id and x.code is not null
  join place l on l.property_id = x.property_id and l.id = x.place_id
  join property y on y.id = x.property_id
 where x.property_id = any (:ctx_scope::int[]) order by x.line limit 500;

-- :name apportion_statement :many
select c.* from apportion_statement(:ctx_scope::int[], :run, :place, :after, :limit::int) c;

-- :name apportion_list :many
select c.*
  from apportion_list(:ctx_scope::int[], :code, :after, :limit::int) with ordinality as k (property_id, id, o)
  join apportionment_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;
