-- Articles: see knowledge.fn.sql, knowledge_find.fn.sql, knowledge_template.fn.sql.

-- :name knowledge_kinds :many
select k.kind, k.label, k.fills, k.sends from knowledge_kind k order by k.rank, k.kind;

-- :name knowledge_placeholders :many
select '{' || f.name || '}' as name, f.label from template_field f order by f.rank;

-- :name knowledge_add :one
select c.*
  from knowledge_add(case when :all::boolean then null else property_of(:ctx_scope::int[], null) end, :ctx_key::uuid,
                     :ctx_user::uuid,
                     row(null, null, :ref::text, null, :kind::text, :language::text, :title::text, :body::text, :category::text,
                         :case_kinds::text[], :tags::text[], :owner::text, :review_by::text)::knowledge_input) k (id)
 cross join lateral knowledge_card(k.id) c;

-- :name knowledge_edit :one
select c.*
  from knowledge_edit(:ctx_scope::int[], :article, :ctx_user::uuid, :ctx_key::uuid, :version::int,
                      row(null, null, :ref::text, null, null, :language::text, :title::text, :body::text, :category::text,
                          :case_kinds::text[], :tags::text[], :owner::text, :review_by::text)::knowledge_input,
                      :clear::text[]) k (id)
 cross join lateral knowledge_card(k.id) c;

-- :name knowledge_publish :one
select c.*
  from knowledge_publish(:ctx_scope::int[], :article, :ctx_user::uuid, :ctx_key::uuid, :review_by::text) k (id)
 cross join lateral knowledge_card(k.id) c;

-- :name knowledge_withdraw :one
select c.*
  from knowledge_withdraw(:ctx_scope::int[], :article, :ctx_user::uuid, :ctx_key::uuid, :why) k (id)
 cross join lateral knowledge_card(k.id) c;

-- :name knowledge_review :one
select c.*
  from knowledge_review(:ctx_scope::int[], :article, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz,
                        :next::text, :remark) k (id)
 cross join lateral knowledge_card(k.id) c;

-- :name knowledge_show :one
select c.id as "article.id", c.property_id as "article.property_id", c.property as "article.property",
       c.number as "article.number", c.ref as "article.ref", c.kind as "article.kind", c.what as "article.what",
       c.language as "article.language", c.title as "article.title", c.body as "article.body",
       c.category as "article.category", c.case_kinds as "article.case_kinds", c.tags as "article.tags",
       c.state as "article.state", c.owner as "article.owner", c.review_by as "article.review_by",
       c.overdue as "article.overdue", c.reviewed_at as "article.reviewed_at", c.reviewed_by as "article.reviewed_by",
       c.changed_at as "article.changed_at", c.used as "article.used", c.failed as "article.failed",
       c.version as "article.version", c.cursor as "article.cursor"
  from knowledge_key(:ctx_scope::int[], :article) k (id)
  join knowledge_card c on c.id = k.id;

-- :name knowledge_versions :many
select v.version, ts(v.at, coalesce(y.zone, 'UTC')) as at, v.verb, u.login as actor, v.remark, v.title, v.body
  from knowledge_key(:ctx_scope::int[], :article) k (id)
  join knowledge_version v on v.article_id = k.id
  left join property y on y.id = v.property_id
  left join app_user u on u.id = v.user_id
 order by v.version desc limit 100;

-- :name knowledge_uses :many
select ts(s.at, y.zone) as at, y.code as property,
       (select c.number from desk_case c where c.property_id = s.property_id and c.id = s.case_id) as "case",
       (select u.login from app_user u where u.id = s.user_id) as actor, s.helped, s.remark
  from knowledge_key(:ctx_scope::int[], :article) k (id)
 cross join unnest(:ctx_scope::int[]) p (id)
  join property y on y.id = p.id
 cross join lateral (
   select * from knowledge_use s
    where s.property_id = p.id and s.article_id = k.id and (not s.helped or s.remark is not null)
    order by s.at desc limit 50) s
 order by s.at desc limit 50;

-- :name knowledge_list :many
select c.id, c.property_id, c.property, c.number, c.ref, c.kind, c.what, c.language, c.title, c.snippet, c.category, c.case_kinds,
       c.tags, c.state, c.owner, c.review_by, c.overdue, c.reviewed_at, c.reviewed_by, c.changed_at, c.used, c.failed, c.version,
       c.cursor
  from knowledge_list(:ctx_scope::int[], :ctx_user::uuid, :kind, :state, :category, :tag, :due::boolean, :until::date,
                      :mine::boolean, :all::boolean, :after, :limit::int) k
  join knowledge_card c on c.id = k.id
 order by k.seq;

-- :name knowledge_find :many
select c.id, c.property_id, c.property, c.number, c.kind, c.what, c.language, c.title,
       knowledge_snippet(c.body, :text::text) as snippet, c.category, c.case_kinds, c.tags, c.state, c.owner, c.review_by,
       c.overdue, c.used, c.failed, c.version
  from knowledge_find(:ctx_scope::int[], :text::text, :kind, :category, :case_kind, :language, :limit::int) k
  join knowledge_card c on c.id = k.id
 order by k.o;

-- :name knowledge_for :many
select c.id, c.property_id, c.property, c.number, c.kind, c.what, c.language, c.title, c.snippet, c.category, c.case_kinds,
       c.tags, c.state, c.owner, c.review_by, c.overdue, c.used, c.failed, c.version
  from knowledge_for(:ctx_scope::int[], :case, :kind, :category, :text, :limit::int) k
  join knowledge_card c on c.id = k.id
 order by k.o;

-- :name knowledge_use :one
select u.id, u.property, u.article, u.title, u."case", u.helped, u.used, u.failed
  from knowledge_use(:ctx_scope::int[], :article, :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz,
                     :failed::boolean, :remark) k
 cross join lateral knowledge_used(k.property_id, k.id) u;

-- :name knowledge_render :one
select r.article, r.title, r.text from knowledge_render(:ctx_scope::int[], :article, :case, :ctx_user::uuid) r;

-- :name knowledge_import :many
select r.line, r.outcome, r.property, r.number, r.id, r.blame, r.reason
  from knowledge_import(:ctx_scope::int[], :ctx_user::uuid, :publish::boolean, array(
         select row(x.line, nullif(x.property, ''), nullif(x.ref, ''), nullif(x.number, ''), nullif(x.kind, ''),
                    nullif(x.language, ''), nullif(x.title, ''), nullif(x.body, ''), nullif(x.category, ''),
                    split_list(nullif(x.case_kinds, '')), split_list(nullif(x.tags, '')), nullif(x.owner, ''),
                    nullif(x.review_by, ''))::knowledge_input
           from unnest(:rows.line::int[], :rows.property::text[], :rows.ref::text[], :rows.number::text[], :rows.kind::text[],
                       :rows.language::text[], :rows.title::text[], :rows.body::text[], :rows.category::text[],
                       :rows.case_kinds::text[], :rows.tags::text[], :rows.owner::text[], :rows.review_by::text[])
                with ordinality as x (line, property, ref, number, kind, language, title, body, category, case_kinds, tags,
                                      owner, review_by, o)
          order by x.o)) r;

-- :name knowledge_imported :feed
select a.property_id, 'knowledge' as entity, a.id, a.version, false as dead, a.number
  from knowledge a where a.property_id = any (:ctx_scope::int[]) and a.id = any (import_touched());
