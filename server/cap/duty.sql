-- Who can do what and who is on duty: see duty.fn.sql.

-- :name duty_add :one
select c.*
  from duty_add(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :person, :from, :to, :note) k
 cross join lateral duty_card(:ctx_property::int, k) c;

-- :name duty_end :one
select c.*
  from duty_end(:ctx_property::int, :person, :at) k
 cross join lateral duty_card(:ctx_property::int, k) c;

-- :name duty_list :many
select c.*
  from duty_list(:ctx_scope::int[], :day, :person, :after, :limit::int) with ordinality as k (property_id, id, o)
  join duty_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name duty_skill_kinds :many
select k.skill, k.label from skill k order by k.rank, k.skill;

-- :name duty_add_skill :one
select c.*
  from duty_skill_add(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :person, :skill, :level::int) k
 cross join lateral skill_card(:ctx_property::int, k) c;

-- :name duty_end_skill :one
select c.*
  from duty_skill_end(:ctx_property::int, :ctx_user::uuid, :person, :skill) k
 cross join lateral skill_card(:ctx_property::int, k) c;

-- :name duty_skills :many
select c.*
  from duty_skills(:ctx_scope::int[], :person, :skill, :after, :limit::int) with ordinality as k (property_id, id, o)
  join skill_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name duty_set_need :one
select n.category, n.skill, n.label from duty_need_set(:category, :skill, true) n;

-- :name duty_end_need :one
select n.category, n.skill, n.label from duty_need_set(:category, :skill, false) n;

-- :name duty_needs :many
select g.path as category, k.skill, k.label
  from category_skill n
  join case_category g on g.id = n.category_id
  join skill k on k.skill = n.skill
 where n.wanted
 order by g.path_key, k.rank, k.skill;
