-- Return visits: when one is owed and how it goes in visit.fn.sql, the rules in visit_policy.fn.sql, checks by sample, figures
-- and households in the files called so.

-- :name visit_list :many
select c.*
  from visit_list(:ctx_scope::int[], :state, :due, :late::boolean, :after, :limit::int)
       with ordinality as k (property_id, id, o)
  join visit_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name visit_record :one
select r.*
  from visit_record(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :outcome,
                    :score::int, :remark, :again, :answer::text[]) k
 cross join lateral visit_reply(k.property_id, k.id) r;

-- :name visit_show :one
select c.id as "case.id", c.property_id as "case.property_id", case when c.id is not null then y.code end as "case.property",
       c.number as "case.number", c.state as "case.state", c.version as "case.version", h.*
  from visit_show_key(:ctx_scope::int[], :case) k
  join property y on y.id = k.property_id
  left join desk_case c on c.property_id = k.property_id and c.id = k.case_id
  left join lateral visit_household_reply(k.property_id, k.visit_id) h on true
 where k.property_id = any (:ctx_scope::int[]);

-- :name visit_show_visits :many
select v.*
  from visit_show_key(:ctx_scope::int[], :case) k
  join obligation b on b.property_id = k.property_id and b.entity = 'case' and b.entity_id = k.case_id
  join visit_card v on v.property_id = b.property_id and v.id = b.id
 where k.property_id = any (:ctx_scope::int[])
 order by b.created_at, b.id;

-- :name visit_show_attempts :many
select a.* from visit_attempts(:ctx_scope::int[], :case) a;

-- :name visit_show_answers :many
select a.* from visit_answers(:ctx_scope::int[], :case) a;

-- :name visit_show_cases :many
select c.id, c.property_id, y.code as property, c.number, c.state, c.version
  from visit_show_key(:ctx_scope::int[], :case) k
  join visit_finding f on f.property_id = k.property_id and f.visit_id = k.visit_id
  join desk_case c on c.property_id = f.property_id and c.id = f.case_id
  join property y on y.id = c.property_id
 where k.property_id = any (:ctx_scope::int[])
 order by f.seq;

-- :name visit_form :one
select r.*, k.form, k.version, k.script, k.script_zh
  from visit_form(:ctx_scope::int[], :case) k
 cross join lateral visit_reply(k.property_id, k.id) r;

-- :name visit_form_questions :many
select q.seq, q.question, q.kind, q.text, q.text_zh, q.choices, q.required, q.weight
  from visit_form(:ctx_scope::int[], :case) k
  join form_question_card q on q.form = k.form and q.version = k.version
 order by q.seq, q.question;

-- :name visit_policies :many
select c.* from visit_policy_list(:ctx_scope::int[], :kind) c;

-- :name visit_set_policy :one
select c.*
  from visit_policy_set(:ctx_scope::int[], :ctx_key::uuid, :ctx_user::uuid, :company::boolean, :kind, :category, :rule,
                        :percent::int, :after, :within, :tries::int, :to, :manner, :form) k
 cross join lateral visit_policy_card(k.property_id, k.id) c;

-- :name visit_sample :one
select x.property_id, x.id, y.code as property, x.from_on::text as "from", x.to_on::text as "to", x.settled, x.drawn
  from visit_sample(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :from, :to, :share::int, :size::int, :due) k
  join property y on y.id = k.property_id
 cross join lateral visit_sample_card(k.property_id, k.id) x;

-- :name visit_sample_checks :many
select c.*
  from visit_sampled s
  join visit_check_card c on c.property_id = s.property_id and c.id = s.check_id
 where s.property_id = any (:ctx_scope::int[]) and s.sample_id = :ctx_key::uuid
 order by c."case", c.id;

-- :name visit_sample_feed :feed
select o.property_id, 'obligation' as entity, o.id, o.version, false as dead, o.number
  from visit_sampled s
  join obligation o on o.property_id = s.property_id and o.id = s.check_id
 where s.property_id = any (:ctx_scope::int[]) and s.sample_id = :ctx_key::uuid;

-- :name visit_check :one
select r.*
  from visit_check(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :outcome,
                   :score::int, :remark, :again) k
 cross join lateral visit_check_reply(k.property_id, k.id) r;

-- :name visit_report :many
select r.* from visit_report(:ctx_scope::int[], :from, :to, :by) r;

-- :name visit_plan :one
select c.*
  from visit_plan(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :party, :why, :due, :to) k
 cross join lateral agenda_card(k.property_id, k.id) c;

-- :name visit_household :one
select r.*
  from visit_household(:ctx_scope::int[], :entry, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :outcome,
                       :remark, :again, :need::text[], :need_kind) k
 cross join lateral visit_household_reply(k.property_id, k.id) r;

-- :name visit_household_cases :many
-- Of the visit that was just made: the attempt has the key of the call.
select c.id, c.property_id, y.code as property, c.number, c.state, c.version
  from obligation_attempt a
  join visit_finding f on f.property_id = a.property_id and f.visit_id = a.obligation_id
  join desk_case c on c.property_id = f.property_id and c.id = f.case_id
  join property y on y.id = c.property_id
 where a.property_id = any (:ctx_scope::int[]) and a.id = :ctx_key::uuid
 order by f.seq;

-- :name visit_household_feed :feed
select c.property_id, 'case' as entity, c.id, c.version, false as dead, c.number
  from obligation_attempt a
  join visit_finding f on f.property_id = a.property_id and f.visit_id = a.obligation_id
  join desk_case c on c.property_id = f.property_id and c.id = f.case_id
 where a.property_id = any (:ctx_scope::int[]) and a.id = :ctx_key::uuid;
