-- The search box.

-- :name find_find :many
select r.match, r.kind, r.number, r.label, r.place, r.party, r.role, r.phone, r.property, r.property_id, r.entity, r.id,
       r.party_id, r.place_id
  from find_rows(:ctx_scope::int[], :text::text, nullif(:kind::text[], '{}'), coalesce(:limit::int, 20)) r;
