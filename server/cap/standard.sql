-- Charge standards: see standard.fn.sql.

-- :name standard_set :one
select c.*
  from standard_set(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid,
                    row(:code::text, :name::text, :item::text, :basis::text, :cycle::text, :payer::text, :rounding::text, :round_to::int,
                        :utility::text, :missing::text, :of::text, :rate::text, :formula::text, :block::text[], :per::text,
                        :from::text)::standard_input) k (id),
       lateral standard_card(:ctx_property::int, k.id) c;

-- :name standard_list :many
select c.* from standard_card c
 where c.property_id = any (:ctx_scope::int[]) and (:item::text is null or c.item = upper(:item))
 order by c.property_id, c.code;

-- :name standard_show :one
select c.* from standard_of(:ctx_property::int, :code) k join standard_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name standard_rates :many
select trim_scale(r.rate)::text as rate, r.formula, blocks_text(r.block_above, r.block_rate) as blocks, r.block_per as per,
       r.from_on::text as "from", r.to_on::text as "to", r.replaced_at is not null as replaced,
       (select u.login from app_user u where u.id = r.set_by) as set_by, ts(r.set_at, y.zone) as set_at
  from standard_of(:ctx_property::int, :code) k
  join standard_rate r on r.property_id = k.property_id and r.standard_id = k.id
  join property y on y.id = r.property_id
 where r.property_id = any (:ctx_scope::int[])
 order by r.from_on, r.set_at, r.id;

-- :name standard_assign :one
select c.*
  from standard_assign(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid,
                       row(:code::text, :place::text, :kind::text, :from::text, :to::text, :rate::text, :why::text, :party::text, :note::text,
                           :step_months::int, :step_percent::text, :step_amount_minor::bigint)::assign_input) k (id),
       lateral batch_card(:ctx_property::int, k.id) c;

-- :name standard_cancel :one
select c.* from batch_cancel(:ctx_scope::int[], :batch, :ctx_user::uuid) k, lateral batch_card(k.property_id, k.id) c;

-- :name standard_end :one
select c.* from standard_end(:ctx_property::int, :code, :place, :on) k (id), lateral batch_card(:ctx_property::int, k.id) c;

-- :name standard_batches :many
select c.*
  from batch_list(:ctx_scope::int[], :after, :limit::int) with ordinality as k (property_id, id, o)
  join batch_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name standard_assignments :many
select * from assignment_list(:ctx_scope::int[], :place, :batch, :limit::int);
