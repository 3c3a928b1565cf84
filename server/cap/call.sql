-- The hotline: see call.fn.sql, call_match.fn.sql, call_back.fn.sql, call_list.fn.sql.

-- :name call_ring :one
select r.*
  from call_ring(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :from, :to, :call_id, :at) k
 cross join lateral call_reply(k.property_id, k.id) r;

-- :name call_rings_known :many
select m.* from call_rung(:ctx_property::int, :ctx_key::uuid, :call_id) k
 cross join lateral call_matches(:ctx_property::int, k, true) m;

-- :name call_rings_maybe :many
select m.* from call_rung(:ctx_property::int, :ctx_key::uuid, :call_id) k
 cross join lateral call_matches(:ctx_property::int, k, false) m;

-- :name call_answer :one
select c.*
  from call_answer(:ctx_scope::int[], :call, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :by) k
 cross join lateral call_card(k.property_id, k.id) c;

-- :name call_end :one
select c.*
  from call_end(:ctx_scope::int[], :call, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :missed::boolean, :voicemail::boolean,
                :duration::int) k
 cross join lateral call_card(k.property_id, k.id) c;

-- :name call_attach :one
select c.*
  from call_attach(:ctx_scope::int[], :call, :ctx_user::uuid, :ctx_key::uuid, :party, :case, :save_number::boolean) k
 cross join lateral call_card(k.property_id, k.id) c;

-- :name call_place :one
select c.*
  from call_place(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :to, :party, :case, :line,
                  :about) k
 cross join lateral call_card(k.property_id, k.id) c;

-- :name call_touched :feed
-- What a step of a call changed beside it: what is owed, whose number it is now.
select b.property_id, 'obligation' as entity, b.id, b.version, false as dead, b.number
  from obligation b where b.property_id = any (:ctx_scope::int[]) and b.id = any (import_touched())
union all
select c.property_id, 'case', c.id, c.version, false, c.number
  from desk_case c where c.property_id = any (:ctx_scope::int[]) and c.id = any (import_touched())
union all
select p.property_id, 'party', p.id, p.version, false, p.number
  from party p where p.property_id = any (:ctx_scope::int[]) and p.id = any (import_touched());

-- :name call_promise :one
select a.*
  from call_promise(:ctx_scope::int[], :call, :ctx_user::uuid, :ctx_key::uuid, :due, :about, :to) k
 cross join lateral call_back_card(k.property_id, k.id) a;

-- :name call_back :one
select r.*
  from call_back(:ctx_scope::int[], :entry, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :outcome, :again,
                 :remark) k
 cross join lateral call_back_reply(k.property_id, k.id, :ctx_key::uuid) r;

-- :name call_placed :feed
select c.property_id, 'call' as entity, c.id, c.version, false as dead, c.number
  from phone_call c where c.property_id = any (:ctx_scope::int[]) and c.id = :ctx_key::uuid;

-- :name call_backlog :many
select a.*
  from agenda_list(:ctx_scope::int[], :ctx_user::uuid, 'callback', :state, :mine::boolean, :late::boolean, null, null, null, :after,
                   :limit::int) with ordinality as k (property_id, id, o)
  join call_back_card a on a.property_id = k.property_id and a.id = k.id
 where a.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name call_log :many
select c.*
  from call_log(:ctx_scope::int[], :ctx_user::uuid, :missed::boolean, :mine::boolean, :open::boolean, :from, :since, :after,
                :limit::int) with ordinality as k (property_id, id, o)
  join call_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name call_show :one
select r.*
  from call_key(:ctx_scope::int[], :call) k
  join call_reply r on r."call.property_id" = k.property_id and r."call.id" = k.id
 where k.property_id = any (:ctx_scope::int[]);

-- :name call_known :many
select m.* from call_key(:ctx_scope::int[], :call) k cross join lateral call_matches(k.property_id, k.id, true) m;

-- :name call_maybe :many
select m.* from call_key(:ctx_scope::int[], :call) k cross join lateral call_matches(k.property_id, k.id, false) m;

-- :name call_cases :many
select c.*
  from call_key(:ctx_scope::int[], :call) k
 cross join lateral call_cases(k.property_id, k.id) with ordinality as x (property_id, id, o)
  join case_card c on c.property_id = x.property_id and c.id = x.id
 where k.property_id = any (:ctx_scope::int[])
 order by x.o;

-- :name call_calls :many
select c.*
  from call_key(:ctx_scope::int[], :call) k
 cross join lateral call_before(k.property_id, k.id) with ordinality as x (property_id, id, o)
  join call_card c on c.property_id = x.property_id and c.id = x.id
 where k.property_id = any (:ctx_scope::int[])
 order by x.o;

-- :name call_owed :many
select a.*
  from call_key(:ctx_scope::int[], :call) k
 cross join lateral call_owed(k.property_id, k.id, :ctx_user::uuid) with ordinality as x (property_id, id, o)
  join agenda_card a on a.property_id = x.property_id and a.id = x.id
 where k.property_id = any (:ctx_scope::int[])
 order by x.o;

-- :name call_articles :many
-- What to say: scripts and answers for the case the call is about, else for what its caller has open.
select c.id, c.property_id, c.property, c.number, c.kind, c.what, c.language, c.title, c.snippet, c.category, c.case_kinds,
       c.tags, c.state, c.owner, c.review_by, c.overdue, c.used, c.failed, c.version
  from call_key(:ctx_scope::int[], :call) k
 cross join lateral call_articles(k.property_id, k.id) with ordinality as x (id, o)
  join knowledge_card c on c.id = x.id
 where k.property_id = any (:ctx_scope::int[])
 order by x.o;

-- :name call_figures :many
select f.* from call_figures(:ctx_scope::int[], :from, :to, :within::int) f;
