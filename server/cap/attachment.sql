-- Files at cases, work orders, customers and places: see migrations/0010_attachment.sql.

-- :name attachment_begin :one
select b.upload, b.received::bigint as "offset",
       c.id as "attachment.id", c.property_id as "attachment.property_id", c.property as "attachment.property",
       c.number as "attachment.number", c.entity as "attachment.entity", c.subject as "attachment.subject",
       c.name as "attachment.name", c.media_type as "attachment.media_type", c.size::bigint as "attachment.size",
       c.sha256 as "attachment.sha256", c.note as "attachment.note", c.added_by as "attachment.added_by",
       c.added_at as "attachment.added_at", c.version as "attachment.version", c.cursor as "attachment.cursor"
  from attachment_begin(:ctx_scope::int[], :ctx_key::uuid, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :to, :kind, :name,
                        :size::int, :sha256, :note, :restart::boolean) b
  left join lateral attachment_card(b.property_id, b.attachment_id) c on true;

-- :name attachment_begun :feed
select f.property_id, f.entity, f.id, f.version, f.dead, f.number
  from attachment_fed(:ctx_scope::int[], :ctx_key::uuid) f;

-- :name attachment_put :one
select p.upload, p.received::bigint as "offset"
  from blob_put(:ctx_scope::int[], :ctx_user::uuid, :upload::uuid, :offset::int, :data::bytea, :media_type) p;

-- :name attachment_finish :one
select c.id as "attachment.id", c.property_id as "attachment.property_id", c.property as "attachment.property",
       c.number as "attachment.number", c.entity as "attachment.entity", c.subject as "attachment.subject",
       c.name as "attachment.name", c.media_type as "attachment.media_type", c.size::bigint as "attachment.size",
       c.sha256 as "attachment.sha256", c.note as "attachment.note", c.added_by as "attachment.added_by",
       c.added_at as "attachment.added_at", c.removed_at as "attachment.removed_at", c.removed_by as "attachment.removed_by",
       c.removed_why as "attachment.removed_why", c.version as "attachment.version", c.cursor as "attachment.cursor"
  from attachment_finish(:ctx_scope::int[], :ctx_key::uuid, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :upload::uuid) k
 cross join lateral attachment_card(k.property_id, k.id) c;

-- :name attachment_finished :feed
select f.property_id, f.entity, f.id, f.version, f.dead, f.number
  from attachment_fed(:ctx_scope::int[], :upload::uuid) f;

-- :name attachment_list :many
select c.*
  from attachment_list(:ctx_scope::int[], :case, :order, :party, :place, :removed::boolean, :after, :limit::int)
       with ordinality as k (property_id, id, o)
  join attachment_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name attachment_show :one
select c.*
  from attachment_key(:ctx_scope::int[], :attachment) k
  join attachment_card c on c.property_id = k.property_id and c.id = k.id
 where k.property_id = any (:ctx_scope::int[]);

-- :name attachment_remove :one
select c.*
  from attachment_remove(:ctx_scope::int[], :attachment, :ctx_key::uuid, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :why) k
 cross join lateral attachment_card(k.property_id, k.id) c;

-- :name attachment_removed :feed
select f.property_id, f.entity, f.id, f.version, f.dead, f.number
  from attachment_key(:ctx_scope::int[], :attachment) k, attachment_fed(:ctx_scope::int[], k.id) f;

-- :name attachment_get :call
-- What is handed out, and whose parts hold it.
select c.*, b.upload_id
  from attachment_open(:scope::int[], :attachment) k
  join attachment_card c on c.property_id = k.property_id and c.id = k.id
  join attachment a on a.property_id = k.property_id and a.id = k.id
  join blob b on b.property_id = a.property_id and b.sha256 = a.sha256
 where k.property_id = any (:scope::int[]);

-- :name attachment_part :call
-- A part from a byte of the file on, while it may be handed out.
select substr(p.data, :offset::int % 262144 + 1) as data
  from attachment a
  join blob_part p on p.property_id = a.property_id and p.upload_id = :upload::uuid and p.seq = :offset::int / 262144
 where a.property_id = any (:scope::int[]) and a.property_id = :property::int and a.id = :id::uuid and a.removed_at is null;
