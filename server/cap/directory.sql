-- The directory: see directory.fn.sql.

-- :name directory_kinds :many
select k.kind, k.label from directory_kind k order by k.rank, k.kind;

-- :name directory_add :one
select c.*
  from directory_add(:ctx_property::int, :ctx_key::uuid,
                     row(null, null, :ref::text, null, :kind::text, :name::text, :responsible::text, :phones::text[],
                         :address::text, :hours::text, :what_for::text, :categories::text[], :language::text, :review_by::text)::directory_input) k
 cross join lateral directory_card(k.property_id, k.id) c;

-- :name directory_edit :one
select c.*
  from directory_edit(:ctx_scope::int[], :entry, :version::int,
                      row(null, null, :ref::text, null, :kind::text, :name::text, :responsible::text, :phones::text[],
                          :address::text, :hours::text, :what_for::text, :categories::text[], :language::text, :review_by::text)::directory_input, :clear::text[]) k
 cross join lateral directory_card(k.property_id, k.id) c;

-- :name directory_review :one
select c.*
  from directory_review(:ctx_scope::int[], :entry, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :next::text,
                        :remark) k
 cross join lateral directory_card(k.property_id, k.id) c;

-- :name directory_withdraw :one
select c.*
  from directory_withdraw(:ctx_scope::int[], :entry, :why) k
 cross join lateral directory_card(k.property_id, k.id) c;

-- :name directory_show :one
select c.id as "entry.id", c.property_id as "entry.property_id", c.property as "entry.property",
       c.number as "entry.number", c.ref as "entry.ref", c.kind as "entry.kind", c.what as "entry.what",
       c.name as "entry.name", c.responsible as "entry.responsible", c.phone as "entry.phone",
       c.phones as "entry.phones", c.dials as "entry.dials", c.address as "entry.address", c.hours as "entry.hours",
       c.what_for as "entry.what_for", c.categories as "entry.categories", c.category as "entry.category",
       c.language as "entry.language", c.state as "entry.state", c.review_by as "entry.review_by",
       c.overdue as "entry.overdue", c.reviewed_at as "entry.reviewed_at", c.reviewed_by as "entry.reviewed_by",
       c.used as "entry.used", c.failed as "entry.failed", c.version as "entry.version", c.cursor as "entry.cursor"
  from directory_key(:ctx_scope::int[], :entry) k
  join directory_card c on c.property_id = k.property_id and c.id = k.id
 where k.property_id = any (:ctx_scope::int[]);

-- :name directory_history :many
select ts(e.at, y.zone) as at, e.verb, e.field, e.old_value as before, e.new_value as after, u.login as actor
  from directory_key(:ctx_scope::int[], :entry) k
  join property y on y.id = k.property_id
  join registry_event e on e.property_id = k.property_id and e.entity = 'directory' and e.entity_id = k.id
  left join app_user u on u.id = e.user_id
 where k.property_id = any (:ctx_scope::int[])
 order by e.id desc limit 200;

-- :name directory_uses :many
select ts(s.at, y.zone) as at,
       (select c.number from desk_case c where c.property_id = s.property_id and c.id = s.case_id) as "case",
       (select u.login from app_user u where u.id = s.user_id) as actor, s.helped, s.remark
  from directory_key(:ctx_scope::int[], :entry) k
  join property y on y.id = k.property_id
  join directory_use s on s.property_id = k.property_id and s.entry_id = k.id
 where k.property_id = any (:ctx_scope::int[]) and (not s.helped or s.remark is not null)
 order by s.at desc limit 50;

-- :name directory_list :many
select c.*
  from directory_list(:ctx_scope::int[], :kind, :responsible, :state, :due::boolean, :until::date, :after, :limit::int) k
  join directory_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name directory_find :many
select c.*
  from directory_find(:ctx_scope::int[], :text::text, :kind, :limit::int) k
  join directory_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name directory_for :many
select c.*
  from directory_for(:ctx_scope::int[], :case, :category, :limit::int) k
  join directory_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name directory_use :one
select c.*
  from directory_use(:ctx_scope::int[], :entry, :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz,
                     :failed::boolean, :remark) k
 cross join lateral directory_card(k.property_id, k.id) c;

-- :name directory_import :many
select r.line, r.outcome, r.property, r.number, r.id, r.blame, r.reason
  from directory_import(:ctx_scope::int[], array(
         select row(x.line, nullif(x.property, ''), nullif(x.ref, ''), nullif(x.number, ''), nullif(x.kind, ''),
                    nullif(x.name, ''), nullif(x.responsible, ''), split_list(nullif(x.phones, '')), nullif(x.address, ''),
                    nullif(x.hours, ''), nullif(x.what_for, ''), split_list(nullif(x.categories, '')), nullif(x.language, ''),
                    nullif(x.review_by, ''))::directory_input
           from unnest(:rows.line::int[], :rows.property::text[], :rows.ref::text[], :rows.number::text[], :rows.kind::text[],
                       :rows.name::text[], :rows.responsible::text[], :rows.phones::text[], :rows.address::text[],
                       :rows.hours::text[], :rows.what_for::text[], :rows.categories::text[], :rows.language::text[],
                       :rows.review_by::text[])
                with ordinality as x (line, property, ref, number, kind, name, responsible, phones, address, hours, what_for,
                                      categories, language, review_by, o)
          order by x.o)) r;

-- :name directory_imported :feed
select e.property_id, 'directory' as entity, e.id, e.version, false as dead, e.number
  from directory_entry e where e.property_id = any (:ctx_scope::int[]) and e.id = any (import_touched());
