-- Price lists: see price.fn.sql.

-- :name price_set :one
select c.*
  from price_put(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :code, :name, :kind, :unit, :price_minor::bigint,
                 :tax_bp::int, to_day(:from, 'from'), to_day(:to, 'to')) k,
       lateral import_touched(k.touched) touched,
       lateral price_card(:ctx_property::int, k.id) c;

-- :name price_end :one
select c.*
  from price_end(:ctx_property::int, :code, to_day(:on, 'on')) k,
       lateral import_touched(k.touched) touched,
       lateral price_card(:ctx_property::int, k.id) c;

-- :name price_touched :feed
-- The price, and those it took the place of.
select p.property_id, 'price' as entity, p.id, p.version, p.replaced_at is not null as dead, p.code as number
  from price p where p.property_id = any (:ctx_scope::int[]) and p.id = any (import_touched());

-- :name price_list :many
select c.*
  from price_list(:ctx_scope::int[], :text, :kind, :on, :all::boolean, :after, :limit::int) with ordinality as k (property_id, id, o)
  join price_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name price_import :many
select r.line, r.outcome, r.property, r.number, r.id, r.blame, r.reason
  from price_import(:ctx_scope::int[], :ctx_user::uuid, array(
         select row(x.line, nullif(x.property, ''), nullif(x.code, ''), nullif(x.name, ''), nullif(x.kind, ''),
                    nullif(x.unit, ''), nullif(x.price_each, ''), nullif(x.tax, ''), nullif(x."from", ''),
                    nullif(x."to", ''))::price_input
           from unnest(:rows.line::int[], :rows.property::text[], :rows.code::text[], :rows.name::text[],
                       :rows.kind::text[], :rows.unit::text[], :rows.price_each::text[], :rows.tax::text[],
                       :rows.from::text[], :rows.to::text[])
                with ordinality as x (line, property, code, name, kind, unit, price_each, tax, "from", "to", o)
          order by x.o)) r;
