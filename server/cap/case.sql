-- Cases. What a step does stands in functions of the database (migrations/0011_case_steps.sql), because every step
-- needs the same lock, the same look at the table of transitions and the same event.
-- Where a reference says which row is meant, the scope is asked of what it was resolved to, which the rows found are
-- joined with: asked of the table as well, the planner takes the plan that is kept for ten times as dear as it is and
-- plans anew at every call, which takes longer than the statement.

-- :name case_kinds :many
select k.kind, k.label, k.priority, k.visit, k.severity, k.needs,
       array(select e.ending from case_ending e where e.kind = k.kind order by e.rank) as endings
  from case_kind k order by k.rank;

-- :name case_channels :many
select c.channel, c.label, c.needs from case_channel c order by c.rank;

-- :name case_priorities :many
select p.priority, p.label, (t.seconds / 3600)::int as hours
  from case_priority p
  left join case_target t on t.priority = p.priority and t.clock = 'resolution' and t.kind = '*'
 order by p.rank;

-- :name case_severities :many
select s.severity, s.label from case_severity s order by s.rank;

-- :name case_bodies :many
select b.body, b.label from responsible_body b order by b.rank;

-- :name case_categories :many
select g.path as category, g.id, s.body, s.answer
  from case_category g
 cross join lateral case_category_says(g.id) s
 where (:text::text is null or strpos(g.path_key, norm(:text::text)) > 0)
   and (:after::text is null or g.path_key > norm(:after::text))
 order by g.path_key
 limit coalesce(:limit::int, 200);

-- :name case_add_category :one
select g.category, g.id from case_category_add(:category) g;

-- :name case_set_category :one
select k.* from case_category_set(:category, :body, :answer) k;

-- :name case_open :one
select c.*
  from case_open(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :kind, :channel,
                 :summary, :details, :place, :party, :phone, :category, :priority, :caller, :spot, :severity, :body, :call) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name case_show :one
select c.id as "case.id", c.property_id as "case.property_id", c.property as "case.property", c.number as "case.number",
       c.kind as "case.kind", c.channel as "case.channel", c.state as "case.state", c.priority as "case.priority",
       c.category as "case.category", c.summary as "case.summary", c.details as "case.details", c.party as "case.party",
       c.place as "case.place", c.phone as "case.phone", c.assignee as "case.assignee", c.opened_at as "case.opened_at",
       c.closed_at as "case.closed_at", c.opened_by as "case.opened_by", c.version as "case.version",
       c.result as "case.result", c.score as "case.score", c.cursor as "case.cursor",
       c.party_number as "case.party_number", c.caller as "case.caller", c.spot as "case.spot", c.due_at as "case.due_at",
       c.late as "case.late", c.origin as "case.origin", c.origin_ref as "case.origin_ref", c.severity as "case.severity",
       c.body as "case.body", c.answer as "case.answer", c.ending as "case.ending", c.respond_due as "case.respond_due",
       c.responded_at as "case.responded_at", c.update_due as "case.update_due", c.resolved_at as "case.resolved_at",
       c.held_until as "case.held_until", c.hold_reason as "case.hold_reason", c.chases as "case.chases",
       c.merged_into as "case.merged_into", c.escalated_to as "case.escalated_to", c.clock as "case.clock"
  from case_key(:ctx_scope::int[], :case) k
  join case_card c on c.property_id = k.property_id and c.id = k.id
 where k.property_id = any (:ctx_scope::int[]);

-- :name case_timeline :many
select ts(e.at, y.zone) as at, e.verb, u.login as actor, e.text, e.from_state, e.to_state, e.id,
       ts(e.recorded_at, y.zone) as recorded_at
  from case_key(:ctx_scope::int[], :case) k
  join case_event e on e.property_id = k.property_id and e.case_id = k.id
  join property y on y.id = e.property_id
  left join app_user u on u.id = e.user_id
 where k.property_id = any (:ctx_scope::int[])
 order by e.seq;

-- :name case_orders :many
select o.*
  from case_key(:ctx_scope::int[], :case) k
  join work_order w on w.property_id = k.property_id and w.case_id = k.id
  join order_card o on o.property_id = w.property_id and o.id = w.id
 where k.property_id = any (:ctx_scope::int[])
 order by w.issued_at, w.id;

-- :name case_visits :many
select v.*
  from case_key(:ctx_scope::int[], :case) k
  join obligation b on b.property_id = k.property_id and b.entity = 'case' and b.entity_id = k.id
  join visit_card v on v.property_id = b.property_id and v.id = b.id
 where k.property_id = any (:ctx_scope::int[])
 order by b.created_at, b.id;

-- :name case_links :many
select l.*
  from case_key(:ctx_scope::int[], :case) k
 cross join lateral relation_of(k.property_id, k.id) l
 where k.property_id = any (:ctx_scope::int[]);

-- :name case_list :many
select c.*
  from case_list(:ctx_scope::int[], :ctx_user::uuid, :state, :kind, :open::boolean, :late::boolean, :mine::boolean, :text,
                 :place, :party, :since, :after, :limit::int, :severity, :held::boolean, :category) with ordinality as k (property_id, id, o)
  join case_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name case_note :one
select c.*
  from case_move(:ctx_scope::int[], :case, 'note', :ctx_user::uuid, :text, :ctx_key::uuid, :ctx_occurred_at::timestamptz) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name case_edit :one
select c.*
  from case_edit(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :version::int,
                 :kind, :priority, :category, :summary, :details, :place, :spot, :party, :caller, :phone,
                 :clear::text[], :severity, :body) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name case_dispatch :one
select r.*
  from case_dispatch(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :to,
                     :contractor, :task) k
 cross join lateral order_reply(k.property_id, k.id) r;

-- :name case_close :one
select c.*
  from case_close(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :result, :ending) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name case_reopen :one
select c.*
  from case_reopen(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :why) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name case_cancel :one
select c.*
  from case_cancel(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :why) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name case_import :many
select r.line, r.outcome, r.property, r.ref, r.number, r.id, r.blame, r.reason
  from case_import(:ctx_scope::int[], :ctx_user::uuid, :origin, :kind, :channel, :rows.line::int[],
                   :rows.property::text[], :rows.ref::text[], :rows.opened::text[], :rows.closed::text[],
                   :rows.kind::text[], :rows.channel::text[], :rows.category::text[], :rows.topic::text[],
                   :rows.summary::text[], :rows.details::text[], :rows.place::text[], :rows.caller::text[],
                   :rows.phone::text[], :rows.priority::text[]) r;

-- :name case_imported :feed
select c.property_id, c.entity, c.id, c.version, c.dead, c.number
  from case_imported(:ctx_scope::int[], :rows.property::text[]) c;
