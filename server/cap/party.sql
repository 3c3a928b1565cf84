-- Parties.

-- :name party_kinds :many
select k.kind, k.name from party_kind k order by k.rank;

-- :name party_add :one
select c.id, c.property_id, c.property, c.number, c.form, c.name, c.alias, c.kinds, c.phone, c.email,
       c.language, c.document_kind, c.document, c.born_on, c.ref, c.note, c.version
  from party_put(:ctx_property::int, null, :ctx_key::uuid,
                 row(null, null, :ref::text, null, :form::text, :name::text, :alias::text, :kinds::text[],
                     :phones::text[], :plates::text[], :email::text, :language::text, :document_kind::text,
                     :document::text, :born_on::text, :note::text)::party_input,
                 '{}', null, null) k,
       lateral party_card(k.property_id, k.id) c;

-- :name party_show :one
select c.id as "party.id", c.property_id as "party.property_id", c.property as "party.property",
       c.number as "party.number", c.form as "party.form", c.name as "party.name", c.alias as "party.alias",
       c.kinds as "party.kinds", c.phone as "party.phone", c.email as "party.email",
       c.language as "party.language", c.document_kind as "party.document_kind",
       c.document as "party.document", c.born_on as "party.born_on", c.ref as "party.ref",
       c.note as "party.note", c.version as "party.version",
       party_places(c.property_id, c.id, today(y.zone)) as "party.places"
  from party_key(:ctx_scope::int[], null, :party::text) k
  join party_card c on c.property_id = k.property_id and c.id = k.id
  join property y on y.id = k.property_id
 where k.property_id = any (:ctx_scope::int[]);

-- :name party_phones :many
select f.raw as phone, f.e164, f.label, f.from_on as "from", f.until_on as until
  from party_key(:ctx_scope::int[], null, :party::text) k
  join party_phone f on f.property_id = k.property_id and f.party_id = k.id
 where k.property_id = any (:ctx_scope::int[])
 order by f.until_on is not null, f.from_on, f.id
 limit 100;

-- :name party_holdings :many
select c.place, c.place_kind as kind, c.role, c."from", c."to", c.state, c.number, c.place_id
  from party_key(:ctx_scope::int[], null, :party::text) k
  join occupancy_card c on c.property_id = k.property_id and c.party_id = k.id
 where k.property_id = any (:ctx_scope::int[])
 order by c.state = 'past', c.rank, c."from" desc, c.number
 limit 500;

-- :name party_household :many
select h.number as household, m.role, p.number as party, p.name,
       (select f.raw from party_phone f
         where f.property_id = m.property_id and f.party_id = m.party_id and f.until_on is null
         order by f.from_on, f.id limit 1) as phone,
       lower(m.period) as "from"
  from party_key(:ctx_scope::int[], null, :party::text) k
  join property y on y.id = k.property_id
  join household_member mine on mine.property_id = k.property_id and mine.party_id = k.id and mine.period @> today(y.zone)
  join household h on h.property_id = mine.property_id and h.id = mine.household_id
  join household_member m on m.property_id = mine.property_id and m.household_id = mine.household_id
   and m.period @> today(y.zone)
  join party p on p.property_id = m.property_id and p.id = m.party_id
 where k.property_id = any (:ctx_scope::int[])
 order by m.role <> 'head', lower(m.period), p.sort_key
 limit 100;

-- :name party_plates :many
select f.plate, l.number as place, f.from_on as "from", f.until_on as until
  from party_key(:ctx_scope::int[], null, :party::text) k
  join party_plate f on f.property_id = k.property_id and f.party_id = k.id
  left join place l on l.property_id = f.property_id and l.id = f.place_id
 where k.property_id = any (:ctx_scope::int[])
 order by f.until_on is not null, f.from_on, f.id
 limit 100;

-- :name party_history :many
select ts(e.at, y.zone) as at, e.verb, e.field, e.old_value as before, e.new_value as after, u.login as actor
  from party_key(:ctx_scope::int[], null, :party::text) k
  join property y on y.id = k.property_id
  join registry_event e on e.property_id = k.property_id and e.entity = 'party' and e.entity_id = k.id
  left join app_user u on u.id = e.user_id
 where k.property_id = any (:ctx_scope::int[])
 order by e.id desc
 limit 200;

-- :name party_document :one
select p.number, p.name, p.document_kind, p.document
  from party_key(:ctx_scope::int[], null, :party::text) k
  join party p on p.property_id = k.property_id and p.id = k.id
 where k.property_id = any (:ctx_scope::int[]);

-- :name party_list :many
select c.id, c.property_id, c.property, c.number, c.form, c.name, c.alias, c.kinds, c.phone, c.email,
       c.language, c.document_kind, c.document, c.born_on, c.ref, c.note, c.version, c.cursor,
       party_places(c.property_id, c.id, today(y.zone)) as places
  from party_pick(:ctx_scope::int[], :text::text, :kind::text, :form::text, :role::text, :after::text,
                  coalesce(:limit::int, 100)) k
  join party_card c on c.property_id = k.property_id and c.id = k.id
  join property y on y.id = c.property_id
 where c.property_id = any (:ctx_scope::int[])
 order by c.property_id, c.sort_key, c.id;

-- :name party_edit :one
select c.id, c.property_id, c.property, c.number, c.form, c.name, c.alias, c.kinds, c.phone, c.email,
       c.language, c.document_kind, c.document, c.born_on, c.ref, c.note, c.version
  from party_key(:ctx_scope::int[], null, :party::text) t,
       lateral party_put(t.property_id, t.id, null,
                 row(null, null, :ref::text, null, :form::text, :name::text, :alias::text, :kinds::text[],
                     null, null, :email::text, :language::text, :document_kind::text, :document::text,
                     :born_on::text, :note::text)::party_input,
                 coalesce(:clear::text[], '{}'), :version::int, null) k,
       lateral party_card(k.property_id, k.id) c;

-- :name party_add_phone :one
select c.id, c.property_id, c.property, c.number, c.form, c.name, c.alias, c.kinds, c.phone, c.email,
       c.language, c.document_kind, c.document, c.born_on, c.ref, c.note, c.version
  from party_key(:ctx_scope::int[], null, :party::text) k,
       lateral party_phone_add(k.property_id, :ctx_key::uuid, k.id, :phone::text, :label::text) done,
       lateral party_card(k.property_id, done) c;

-- :name party_remove_phone :one
select c.id, c.property_id, c.property, c.number, c.form, c.name, c.alias, c.kinds, c.phone, c.email,
       c.language, c.document_kind, c.document, c.born_on, c.ref, c.note, c.version
  from party_key(:ctx_scope::int[], null, :party::text) k,
       lateral party_phone_end(k.property_id, k.id, :phone::text, :on::date) done,
       lateral party_card(k.property_id, done) c;

-- :name party_add_plate :one
select c.id, c.property_id, c.property, c.number, c.form, c.name, c.alias, c.kinds, c.phone, c.email,
       c.language, c.document_kind, c.document, c.born_on, c.ref, c.note, c.version
  from party_key(:ctx_scope::int[], null, :party::text) k,
       lateral party_plate_add(k.property_id, :ctx_key::uuid, k.id, :plate::text,
                               (select l.id from place_key(:ctx_scope::int[], k.property_id, :place::text) l)) done,
       lateral party_card(k.property_id, done) c;

-- :name party_remove_plate :one
select c.id, c.property_id, c.property, c.number, c.form, c.name, c.alias, c.kinds, c.phone, c.email,
       c.language, c.document_kind, c.document, c.born_on, c.ref, c.note, c.version
  from party_key(:ctx_scope::int[], null, :party::text) k,
       lateral party_plate_end(k.property_id, k.id, :plate::text, :on::date) done,
       lateral party_card(k.property_id, done) c;

-- :name party_join :one
select c.id, c.property_id, c.property, c.number, c.form, c.name, c.alias, c.kinds, c.phone, c.email,
       c.language, c.document_kind, c.document, c.born_on, c.ref, c.note, c.version
  from party_key(:ctx_scope::int[], null, :party::text) k,
       lateral party_key(:ctx_scope::int[], k.property_id, :with::text, 'with') w,
       lateral household_join(k.property_id, k.id, w.id, :role::text, :on::date) done,
       lateral party_card(k.property_id, done) c;

-- :name party_joined :feed
-- Who became the head of a new household by it.
select p.property_id, 'party' as entity, p.id, p.version, false as dead, p.number
  from party p where p.property_id = any (:ctx_scope::int[]) and p.id = any (import_touched());

-- :name party_leave :one
select c.id, c.property_id, c.property, c.number, c.form, c.name, c.alias, c.kinds, c.phone, c.email,
       c.language, c.document_kind, c.document, c.born_on, c.ref, c.note, c.version
  from party_key(:ctx_scope::int[], null, :party::text) k,
       lateral household_leave(k.property_id, k.id, :on::date) done,
       lateral party_card(k.property_id, done) c;

-- :name party_import :many
select r.line, r.outcome, r.property, r.number, r.id, r.blame, r.reason
  from party_import(:ctx_scope::int[], array(
         select row(x.line, nullif(x.property, ''), nullif(x.ref, ''), nullif(x.number, ''),
                    nullif(x.form, ''), nullif(x.name, ''), nullif(x.alias, ''),
                    split_list(nullif(x.kinds, '')), split_list(nullif(x.phones, '')),
                    split_list(nullif(x.plates, '')), nullif(x.email, ''), nullif(x.language, ''),
                    nullif(x.document_kind, ''), nullif(x.document, ''), nullif(x.born_on, ''),
                    nullif(x.note, ''))::party_input
           from unnest(:rows.line::int[], :rows.property::text[], :rows.ref::text[], :rows.number::text[],
                       :rows.form::text[], :rows.name::text[], :rows.alias::text[], :rows.kinds::text[],
                       :rows.phones::text[], :rows.plates::text[], :rows.email::text[],
                       :rows.language::text[], :rows.document_kind::text[], :rows.document::text[],
                       :rows.born_on::text[], :rows.note::text[])
                with ordinality as x (line, property, ref, number, form, name, alias, kinds, phones, plates,
                                      email, language, document_kind, document, born_on, note, o)
          order by x.o)) r;

-- :name party_imported :feed
select p.property_id, 'party' as entity, p.id, p.version, false as dead, p.number
  from party p where p.property_id = any (:ctx_scope::int[]) and p.id = any (import_touched());
