-- Properties.

-- :name property_add :one
select c.id, c.property_id, c.number, c.code, c.name, c.zone, c.currency, c.country_code, c.trunk_prefix, c.address, c.version
  from property_add(:ctx_user::uuid, :ctx_key::uuid, :code::text, :name::text, :zone::text, :currency::text,
                    :country_code::text, :trunk_prefix::text, :address::text) k,
       lateral property_card(k) c;

-- :name property_list :many
select c.id, c.property_id, c.number, c.code, c.name, c.zone, c.currency, c.country_code, c.trunk_prefix, c.address, c.version
  from property_card c
 where c.property_id = any (:ctx_scope::int[])
   and (:text::text is null or starts_with(lower(c.code), norm(:text::text)) or starts_with(norm(c.name), norm(:text::text))
        or exists (select from unnest(name_parts(c.name)) p where starts_with(p, norm(:text::text))))
 order by c.code;

-- :name property_show :one
select c.id, c.property_id, c.number, c.code, c.name, c.zone, c.currency, c.country_code, c.trunk_prefix, c.address, c.version,
       n.buildings::int, n.units::int, n.parking::int, h.held::int, a.parties::int
  from property_card c
  cross join lateral (select count(*) filter (where p.kind = 'building') as buildings,
                             count(*) filter (where p.kind = 'unit') as units,
                             count(*) filter (where p.kind = 'parking') as parking
                        from place p where p.property_id = c.property_id and p.closed_on is null) n
  cross join lateral (select count(distinct o.place_id) as held
                        from occupancy o join place p on p.property_id = o.property_id and p.id = o.place_id and p.kind = 'unit'
                       where o.property_id = c.property_id and o.period @> today(c.zone) and p.closed_on is null) h
  cross join lateral (select count(*) as parties from party p where p.property_id = c.property_id) a
 where c.property_id = property_of(:ctx_scope::int[], :code::text, 'code');

-- :name property_edit :one
select c.id, c.property_id, c.number, c.code, c.name, c.zone, c.currency, c.country_code, c.trunk_prefix, c.address, c.version
  from property_of(:ctx_scope::int[], :code::text, 'code') k,
       lateral property_put(k, row(null, null, :name::text, :zone::text, :currency::text, :country_code::text,
                                   :trunk_prefix::text, :address::text)::property_input,
                            coalesce(:clear::text[], '{}'), :version::int) done,
       lateral property_card(done.id) c;

-- :name property_import :many
select r.line, r.outcome, r.property, r.number, r.id, r.blame, r.reason
  from property_import(:ctx_user::uuid, array(
         select row(x.line, nullif(x.code, ''), nullif(x.name, ''), nullif(x.zone, ''), nullif(x.currency, ''),
                    nullif(x.country_code, ''), nullif(x.trunk_prefix, ''), nullif(x.address, ''))::property_input
           from unnest(:rows.line::int[], :rows.code::text[], :rows.name::text[], :rows.zone::text[], :rows.currency::text[],
                       :rows.country_code::text[], :rows.trunk_prefix::text[], :rows.address::text[])
                with ordinality as x (line, code, name, zone, currency, country_code, trunk_prefix, address, o)
          order by x.o)) r;

-- :name property_imported :feed
select p.id as property_id, 'property' as entity, p.uid as id, p.version, false as dead, p.code as number
  from property p where p.uid = any (import_touched());
