-- Questionnaires: see form.fn.sql.

-- :name form_list :many
select f.*
  from form k cross join lateral form_shown(k.code) f
 where k.state = 'active' or :retired::boolean
 order by k.code;

-- :name form_show :one
select r.* from form_shown(:form, :version::int) k cross join lateral form_reply(k.code, k.version) r;

-- :name form_questions :many
select q.seq, q.question, q.kind, q.text, q.text_zh, q.choices, q.required, q.weight
  from form_shown(:form, :version::int) k
  join form_question_card q on q.form = k.code and q.version = k.version
 order by q.seq, q.question;

-- :name form_add :one
select r.*
  from form_add(:code, :ctx_user::uuid, :name, :name_zh, :intro, :intro_zh) k cross join lateral form_reply(k.form, k.version) r;

-- :name form_edit :one
select r.*
  from form_edit(:form, :name, :name_zh, :intro, :intro_zh, :state) k cross join lateral form_reply(k.form, k.version) r;

-- :name form_ask :one
select r.*
  from form_ask(:form, :question, :kind, :text, :text_zh, :choices::text[], :required::boolean, :weight::int, :place::int) k
 cross join lateral form_reply(k.form, k.version) r;

-- :name form_drop :one
select r.* from form_drop(:form, :question) k cross join lateral form_reply(k.form, k.version) r;

-- :name form_publish :one
select r.* from form_publish(:form, :ctx_user::uuid) k cross join lateral form_reply(k.form, k.version) r;

-- :name form_latest_questions :many
-- The questions of the version that was just changed: the latest there is.
select q.seq, q.question, q.kind, q.text, q.text_zh, q.choices, q.required, q.weight
  from form_key(:form) k
  join form_question_card q on q.form = k.code and q.version = (select max(v.version) from form_version v where v.form = k.code)
 order by q.seq, q.question;

-- :name form_results_total :one
select t.sheets, t.average from form_result_total(:ctx_scope::int[], :form, :from, :to, :version::int) t;

-- :name form_results :many
select r.* from form_results(:ctx_scope::int[], :form, :from, :to, :version::int) r;
