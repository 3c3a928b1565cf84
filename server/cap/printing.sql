-- The letterhead, and what was printed: see printing.fn.sql.

-- :name printing_letterhead_set :one
select c.* from letterhead_set(:ctx_property::int, :name, :address, :phone, :tax_number, :bank, :footer, :language, coalesce(:clear::text[], '{}')) k (id),
       lateral letterhead_card(k.id) c;

-- :name printing_letterhead_show :one
select c.* from letterhead_card c where c.property_id = :ctx_property::int and c.property_id = any (:ctx_scope::int[]);

-- :name printing_list :many
select c.*
  from print_list_of(:ctx_scope::int[], :number, :document, :user, :copies::boolean, :after, :limit::int) with ordinality as k (property_id, id, o)
  join print_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;
