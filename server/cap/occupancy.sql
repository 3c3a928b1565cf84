-- Occupancies.

-- :name occupancy_roles :many
select r.role, r.name, nullif(r.slot, '') as slot from occupancy_role r order by r.rank;

-- :name occupancy_start :one
select c.id, c.property_id, c.property, c.number, c.place, c.place_kind, c.party, c.name, c.phone, c.role,
       c."from", c."to", c.state, c.contract, c.previous, c.note, c.version, c.place_id, c.party_id
  from place_key(:ctx_scope::int[], null, :place::text) l
  join property y on y.id = l.property_id,
       lateral party_key(:ctx_scope::int[], l.property_id, :party::text) p,
       lateral occupancy_start(l.property_id, :ctx_key::uuid, l.id, p.id, :role::text, coalesce(:from::date, today(y.zone)),
                               :to::date, :contract::text, :note::text, null, null) done,
       lateral occupancy_card(l.property_id, done) c;

-- :name occupancy_end :one
select c.id, c.property_id, c.property, c.number, c.place, c.place_kind, c.party, c.name, c.phone, c.role,
       c."from", c."to", c.state, c.contract, c.previous, c.note, c.version, c.place_id, c.party_id
  from occupancy_key(:ctx_scope::int[], null, :occupancy::text) k
  join property y on y.id = k.property_id,
       lateral occupancy_end(k.property_id, k.id, coalesce(:to::date, today(y.zone)), :version::int) done,
       lateral occupancy_card(k.property_id, done) c;

-- :name occupancy_transfer :one
select c.id, c.property_id, c.property, c.number, c.place, c.place_kind, c.party, c.name, c.phone, c.role,
       c."from", c."to", c.state, c.contract, c.previous, c.note, c.version, c.place_id, c.party_id
  from place_key(:ctx_scope::int[], null, :place::text) l
  join property y on y.id = l.property_id,
       lateral party_key(:ctx_scope::int[], l.property_id, :party::text) p,
       lateral occupancy_transfer(l.property_id, :ctx_key::uuid, l.id, p.id, coalesce(:role::text, 'owner'),
                                  coalesce(:on::date, today(y.zone)), :contract::text, :note::text) k,
       lateral import_touched(array[k.ended]) touched,
       lateral occupancy_card(l.property_id, k.started) c;

-- :name occupancy_transferred :feed
-- What ended.
select o.property_id, 'occupancy' as entity, o.id, o.version, false as dead, o.number
  from occupancy o where o.property_id = any (:ctx_scope::int[]) and o.id = any (import_touched());

-- :name occupancy_edit :one
select c.id, c.property_id, c.property, c.number, c.place, c.place_kind, c.party, c.name, c.phone, c.role,
       c."from", c."to", c.state, c.contract, c.previous, c.note, c.version, c.place_id, c.party_id
  from occupancy_key(:ctx_scope::int[], null, :occupancy::text) k,
       lateral occupancy_edit(k.property_id, k.id, :from::date, :to::date, :contract::text, :note::text,
                              coalesce(:clear::text[], '{}'), :version::int) done,
       lateral occupancy_card(k.property_id, done) c;

-- :name occupancy_list :many
select c.id, c.property_id, c.property, c.number, c.place, c.place_kind, c.party, c.name, c.phone, c.role,
       c."from", c."to", c.state, c.contract, c.previous, c.note, c.version, c.place_id, c.party_id, c.cursor
  from occupancy_pick(:ctx_scope::int[], :place::text, :party::text, :role::text, coalesce(:history::boolean, false),
                      :ends_before::date, :after::text, coalesce(:limit::int, 100)) k
  join occupancy_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by c.property_id, c."from", c.id;

-- :name occupancy_import :many
select r.line, r.outcome, r.property, r.number, r.id, r.blame, r.reason
  from occupancy_import(:ctx_scope::int[], array(
         select row(x.line, nullif(x.property, ''), nullif(x.place, ''), nullif(x.party, ''),
                    nullif(x.role, ''), nullif(x."from", ''), nullif(x."to", ''), nullif(x.contract, ''),
                    nullif(x.note, ''))::occupancy_input
           from unnest(:rows.line::int[], :rows.property::text[], :rows.place::text[], :rows.party::text[],
                       :rows.role::text[], :rows.from::text[], :rows.to::text[], :rows.contract::text[],
                       :rows.note::text[])
                with ordinality as x (line, property, place, party, role, "from", "to", contract, note, o)
          order by x.o)) r;

-- :name occupancy_imported :feed
select o.property_id, 'occupancy' as entity, o.id, o.version, false as dead, o.number
  from occupancy o where o.property_id = any (:ctx_scope::int[]) and o.id = any (import_touched());
