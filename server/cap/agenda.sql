-- What is owed by whom and when: see agenda.fn.sql.

-- :name agenda_list :many
select c.*
  from agenda_list(:ctx_scope::int[], :ctx_user::uuid, :kind, :state, :mine::boolean, :late::boolean, :to, :until, :about,
                   :after, :limit::int) with ordinality as k (property_id, id, o)
  join agenda_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name agenda_kinds :many
select k.kind, k.label, k.tries, k.outcomes, k.roles, k.command from obligation_kind k order by k.rank, k.kind;

-- :name agenda_add :one
select c.*
  from agenda_add(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :label, :due, :to, :party, :place, :note) k
 cross join lateral agenda_card(k.property_id, k.id) c;

-- :name agenda_settle :one
select c.*
  from agenda_settle(:ctx_scope::int[], :entry, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :outcome,
                     :remark, :again) k
 cross join lateral agenda_card(k.property_id, k.id) c;

-- :name agenda_assign :one
select c.*
  from agenda_assign(:ctx_scope::int[], :entry, :ctx_user::uuid, :to) k
 cross join lateral agenda_card(k.property_id, k.id) c;

-- :name agenda_figures :many
select f.* from agenda_figures(:ctx_scope::int[], :kind, :from, :to) f;
