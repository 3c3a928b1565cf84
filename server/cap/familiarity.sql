-- Familiarity checks: see familiarity.fn.sql.

-- :name familiarity_start :one
select c.*
  from familiarity_start(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :user, :size::int) k
 cross join lateral familiarity_card(k.property_id, k.id) c;

-- :name familiarity_list :many
select c.*
  from familiarity_list(:ctx_scope::int[], :ctx_user::uuid, :user, :state, :after, :limit::int) with ordinality as k (property_id, id, o)
  join familiarity_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name familiarity_sheet :many
select l.number as unit, m.question, q.asks, m.correct is not null as answered
  from familiarity_of_other(:ctx_scope::int[], :check, :ctx_user::uuid) f
  join familiarity_marked m on m.property_id = f.property_id and m.check_id = f.id
  join familiarity_question q on q.question = m.question
  join place l on l.property_id = m.property_id and l.id = m.place_id
 where f.property_id = any (:ctx_scope::int[])
 order by m.seq;

-- :name familiarity_answer :one
select c.*
  from familiarity_answer(:ctx_scope::int[], :check, :ctx_user::uuid, :ctx_key::uuid, :unit, :question, :answer, :mark, :reason) k
 cross join lateral familiarity_card(k.property_id, k.id) c;

-- :name familiarity_finish :one
select c.*
  from familiarity_end(:ctx_scope::int[], :check, :ctx_user::uuid, 'finished', :remark) k
 cross join lateral familiarity_card(k.property_id, k.id) c;

-- :name familiarity_cancel :one
select c.*
  from familiarity_end(:ctx_scope::int[], :check, :ctx_user::uuid, 'cancelled', :why) k
 cross join lateral familiarity_card(k.property_id, k.id) c;

-- :name familiarity_show :one
select c.id as "check.id", c.property_id as "check.property_id", c.property as "check.property", c.number as "check.number",
       c.steward as "check.steward", c.examiner as "check.examiner", c.state as "check.state", c.started_at as "check.started_at",
       c.finished_at as "check.finished_at", c.reason as "check.reason", c.units as "check.units",
       c.questions as "check.questions", c.answered as "check.answered", c.matched as "check.matched",
       c.correct as "check.correct", c.familiarity as "check.familiarity", c.version as "check.version"
  from familiarity_of_other(:ctx_scope::int[], :check, :ctx_user::uuid) f
  join familiarity_card c on c.property_id = f.property_id and c.id = f.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name familiarity_items :many
-- What is right is told when the check is finished, to those who answer for the quality.
select l.number as unit, m.question, q.asks, m.correct is not null as answered, x.answer, x.expected, x.correct, x.by_hand, x.reason
  from familiarity_of_other(:ctx_scope::int[], :check, :ctx_user::uuid) f
  join familiarity_marked m on m.property_id = f.property_id and m.check_id = f.id
  join familiarity_question q on q.question = m.question
  join place l on l.property_id = m.property_id and l.id = m.place_id
  left join lateral (select m.answer, array_to_string(m.expected, ' / ') as expected, coalesce(m.correct, false) as correct,
                            m.by_hand, m.reason
                      where f.state = 'finished' and user_has_role(:ctx_user::uuid, f.property_id, '{manager,quality}')) x on true
 where f.property_id = any (:ctx_scope::int[])
 order by m.seq;

-- :name familiarity_report :many
select r.* from familiarity_report(:ctx_scope::int[], :from, :to) r;
