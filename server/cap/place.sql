-- Places.

-- :name place_kinds :many
select k.kind, k.name, array_to_string(array(select case w when '' then 'property' else w end from unnest(k.within) w), ', ') as within,
       k.holdable
  from place_kind k order by k.rank;

-- :name place_add :one
select c.id, c.property_id, c.property, c.number, c.kind, c.name, c.parent, c.building, c.gross_area,
       c.usable_area, c.use, c.structure, c.layout, c.pipes, c.address, c.floors, c.built_year, c.charger,
       c.status, c.location, c.maker, c.model, c.serial, c.installed_on, c.note, c.closed_on, c.version
  from place_put(:ctx_property::int, null, :ctx_key::uuid,
                 row(null, null, :kind::text, :number::text, :name::text, :parent::text, :building::text,
                     :entrance::text, :floor::text, :gross_area::text, :usable_area::text, null, :use::text,
                     :structure::text, :layout::text, :pipes::text, :address::text, :floors::text,
                     :built_year::text, :charger::text, :status::text, :location::text, :maker::text,
                     :model::text, :serial::text, :installed_on::text, :note::text, null)::place_input,
                 '{}', null) k,
       lateral import_touched(k.made) touched,
       lateral place_card(k.property_id, k.id) c;

-- :name place_touched :feed
-- The place, what had to be made above it, what moved with it.
select p.property_id, 'place' as entity, p.id, p.version, false as dead, p.number
  from place p where p.property_id = any (:ctx_scope::int[]) and p.id = any (import_touched());

-- :name place_show :one
select c.id as "place.id", c.property_id as "place.property_id", c.property as "place.property",
       c.number as "place.number", c.kind as "place.kind", c.name as "place.name", c.parent as "place.parent",
       c.building as "place.building", c.gross_area as "place.gross_area",
       c.usable_area as "place.usable_area", c.use as "place.use", c.structure as "place.structure",
       c.layout as "place.layout", c.pipes as "place.pipes", c.address as "place.address",
       c.floors as "place.floors", c.built_year as "place.built_year", c.charger as "place.charger",
       c.status as "place.status", c.location as "place.location", c.maker as "place.maker",
       c.model as "place.model", c.serial as "place.serial", c.installed_on as "place.installed_on",
       c.note as "place.note", c.closed_on as "place.closed_on", c.version as "place.version"
  from place_key(:ctx_scope::int[], null, :place::text) k
  join place_card c on c.property_id = k.property_id and c.id = k.id
 where k.property_id = any (:ctx_scope::int[]);

-- :name place_holders :many
select c.role, c.party, c.name, c.phone, c."from", c."to", c.number, c.party_id
  from place_key(:ctx_scope::int[], null, :place::text) k
  join occupancy_card c on c.property_id = k.property_id and c.place_id = k.id
 where k.property_id = any (:ctx_scope::int[]) and c.state = 'current'
 order by c.rank, c."from", c.number;

-- :name place_children :many
select c.id, c.property_id, c.property, c.number, c.kind, c.name, c.parent, c.building, c.gross_area,
       c.usable_area, c.use, c.structure, c.layout, c.pipes, c.address, c.floors, c.built_year, c.charger,
       c.status, c.location, c.maker, c.model, c.serial, c.installed_on, c.note, c.closed_on, c.version, c.cursor
  from place_key(:ctx_scope::int[], null, :place::text) k
  join place_card c on c.property_id = k.property_id and c.parent_id = k.id
 where k.property_id = any (:ctx_scope::int[])
 order by c.sort_key, c.id
 limit 1000;

-- :name place_history :many
select ts(e.at, y.zone) as at, e.verb, e.field, e.old_value as before, e.new_value as after, u.login as actor
  from place_key(:ctx_scope::int[], null, :place::text) k
  join property y on y.id = k.property_id
  join registry_event e on e.property_id = k.property_id and e.entity = 'place' and e.entity_id = k.id
  left join app_user u on u.id = e.user_id
 where k.property_id = any (:ctx_scope::int[])
 order by e.id desc
 limit 200;

-- :name place_list :many
select c.id, c.property_id, c.property, c.number, c.kind, c.name, c.parent, c.building, c.gross_area,
       c.usable_area, c.use, c.structure, c.layout, c.pipes, c.address, c.floors, c.built_year, c.charger,
       c.status, c.location, c.maker, c.model, c.serial, c.installed_on, c.note, c.closed_on, c.version, c.cursor
  from place_pick(:ctx_scope::int[], :text::text, :kind::text, :parent::text, :status::text, coalesce(:vacant::boolean, false),
                  coalesce(:closed::boolean, false), :after::text, coalesce(:limit::int, 100)) k
  join place_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by c.property_id, c.sort_key, c.id;

-- :name place_edit :one
select c.id, c.property_id, c.property, c.number, c.kind, c.name, c.parent, c.building, c.gross_area,
       c.usable_area, c.use, c.structure, c.layout, c.pipes, c.address, c.floors, c.built_year, c.charger,
       c.status, c.location, c.maker, c.model, c.serial, c.installed_on, c.note, c.closed_on, c.version
  from place_key(:ctx_scope::int[], null, :place::text) t,
       lateral place_put(t.property_id, t.id, null,
                 row(null, null, null, :number::text, :name::text, :parent::text, null, null, null,
                     :gross_area::text, :usable_area::text, null, :use::text, :structure::text, :layout::text,
                     :pipes::text, :address::text, :floors::text, :built_year::text, :charger::text,
                     :status::text, :location::text, :maker::text, :model::text, :serial::text,
                     :installed_on::text, :note::text, :closed_on::text)::place_input,
                 coalesce(:clear::text[], '{}'), :version::int) k,
       lateral import_touched(k.made) touched,
       lateral place_card(k.property_id, k.id) c;

-- :name place_import :many
select r.line, r.outcome, r.property, r.number, r.id, r.blame, r.reason
  from place_import(:ctx_scope::int[], array(
         select row(x.line, nullif(x.property, ''), nullif(x.kind, ''), nullif(x.number, ''),
                    nullif(x.name, ''), nullif(x.parent, ''), nullif(x.building, ''), nullif(x.entrance, ''),
                    nullif(x.floor, ''), nullif(x.gross_area, ''), nullif(x.usable_area, ''),
                    nullif(x.measure, ''), nullif(x.use, ''), nullif(x.structure, ''), nullif(x.layout, ''), nullif(x.pipes, ''),
                    nullif(x.address, ''), nullif(x.floors, ''), nullif(x.built_year, ''),
                    nullif(x.charger, ''), nullif(x.status, ''), nullif(x.location, ''), nullif(x.maker, ''),
                    nullif(x.model, ''), nullif(x.serial, ''), nullif(x.installed_on, ''), nullif(x.note, ''),
                    null)::place_input
           from unnest(:rows.line::int[], :rows.property::text[], :rows.kind::text[], :rows.number::text[],
                       :rows.name::text[], :rows.parent::text[], :rows.building::text[],
                       :rows.entrance::text[], :rows.floor::text[], :rows.gross_area::text[],
                       :rows.usable_area::text[], :rows.measure::text[], :rows.use::text[], :rows.structure::text[],
                       :rows.layout::text[], :rows.pipes::text[], :rows.address::text[], :rows.floors::text[],
                       :rows.built_year::text[], :rows.charger::text[], :rows.status::text[],
                       :rows.location::text[], :rows.maker::text[], :rows.model::text[], :rows.serial::text[],
                       :rows.installed_on::text[], :rows.note::text[])
                with ordinality as x (line, property, kind, number, name, parent, building, entrance, floor,
                                      gross_area, usable_area, measure, use, structure, layout, pipes, address,
                                      floors, built_year, charger, status, location, maker, model, serial,
                                      installed_on, note, o)
          order by x.o)) r;

-- :name place_imported :feed
select p.property_id, 'place' as entity, p.id, p.version, false as dead, p.number
  from place p where p.property_id = any (:ctx_scope::int[]) and p.id = any (import_touched());
