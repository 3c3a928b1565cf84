-- The customer work account: see contact.fn.sql, contact_account.fn.sql and contact_cover.fn.sql.

-- :name contact_add :one
select c.*
  from contact_add(:ctx_scope::int[], :ctx_key::uuid, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :party, :place, :case,
                   :summary, :mood, :channel, :direction, :outcome, :needs, :note, :at, :again) k
 cross join lateral contact_card(k.property_id, k.id) c;

-- :name contact_settled :feed
-- What was owed and is settled by it, or is owed from now on.
select b.property_id, 'obligation' as entity, b.id, b.version, false as dead, b.number
  from obligation b where b.property_id = any (:ctx_scope::int[]) and b.id = any (import_touched())
union all
select c.property_id, 'case', c.id, c.version, false, c.number
  from desk_case c where c.property_id = any (:ctx_scope::int[]) and c.id = any (import_touched());

-- :name contact_list :many
select c.*
  from contact_list(:ctx_scope::int[], :ctx_user::uuid, :party, :place, :mine::boolean, :since, :mood, :needs::boolean,
                    :after, :limit::int) with ordinality as k (property_id, id, o)
  join contact_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name contact_strike :one
select c.*
  from contact_strike(:ctx_scope::int[], :contact, :ctx_user::uuid, :ctx_key::uuid, :why) k
 cross join lateral contact_card(k.property_id, k.id) c;

-- :name contact_account :one
select c.id as "account.id", c.property_id as "account.property_id", c.property as "account.property",
       c.number as "account.number", c.name as "account.name", c.form as "account.form", c.phone as "account.phone",
       c.email as "account.email", c.language as "account.language", c.born_on as "account.born_on",
       c.note as "account.note", c.channel as "account.channel", c.best_time as "account.best_time",
       c.matters as "account.matters", c.interests as "account.interests", c.key as "account.key",
       c.key_reason as "account.key_reason", c.key_since as "account.key_since", c.key_by as "account.key_by",
       c.last_at as "account.last_at", c.last_kind as "account.last_kind", c.days as "account.days",
       c.contacts as "account.contacts", c.mood as "account.mood", c.feeling as "account.feeling",
       c.version as "account.version", household_text(c.property_id, c.id, today(y.zone)) as "account.household",
       party_places(c.property_id, c.id, today(y.zone)) as "account.places",
       party_stewards(c.property_id, c.id, today(y.zone)) as "account.stewards"
  from party_key(:ctx_scope::int[], null, :party) k
  join account_card c on c.property_id = k.property_id and c.id = k.id
  join property y on y.id = k.property_id
 where k.property_id = any (:ctx_scope::int[]);

-- :name contact_account_contacts :many
select c.*
  from party_key(:ctx_scope::int[], null, :party) k
  join lateral (select x.property_id, x.id, x.at from contact x
                 where x.property_id = k.property_id and x.party_id = k.id order by x.at desc, x.id desc limit 10) x on true
  join contact_card c on c.property_id = x.property_id and c.id = x.id
 where k.property_id = any (:ctx_scope::int[])
 order by x.at desc, x.id desc;

-- :name contact_account_moods :many
select ts(x.at, y.zone) as at, x.mood, m.word as feeling, x.number, x.summary
  from party_key(:ctx_scope::int[], null, :party) k
  join property y on y.id = k.property_id
  join lateral (select c.at, c.id, c.mood, c.number, c.summary from contact c
                 where c.property_id = k.property_id and c.party_id = k.id and c.mood is not null
                   and not exists (select from contact_strike s where s.property_id = c.property_id and s.contact_id = c.id)
                 order by c.at desc, c.id desc limit 10) x on true
  join contact_mood m on m.mood = x.mood
 where k.property_id = any (:ctx_scope::int[])
 order by x.at desc, x.id desc;

-- :name contact_account_cases :many
select c.*
  from party_key(:ctx_scope::int[], null, :party) k
  join desk_case d on d.property_id = k.property_id and d.party_id = k.id and d.closed_at is null
  join case_card c on c.property_id = d.property_id and c.id = d.id
 where k.property_id = any (:ctx_scope::int[])
 order by d.opened_at desc, d.id desc
 limit 100;

-- :name contact_account_calls :many
select c.*
  from party_key(:ctx_scope::int[], null, :party) k
  join lateral (select x.property_id, x.id, x.rang_at from phone_call x
                 where x.property_id = k.property_id and x.party_id = k.id order by x.rang_at desc, x.id desc limit 10) x on true
  join call_card c on c.property_id = x.property_id and c.id = x.id
 where k.property_id = any (:ctx_scope::int[])
 order by x.rang_at desc, x.id desc;

-- :name contact_account_owed :many
select a.*
  from party_key(:ctx_scope::int[], null, :party) k
  join obligation b on b.property_id = k.property_id and b.party_id = k.id and b.state = 'open'
  join agenda_card a on a.property_id = b.property_id and a.id = b.id
 where k.property_id = any (:ctx_scope::int[])
 order by b.due_by, b.id
 limit 100;

-- :name contact_account_holdings :many
select c.place, c.place_kind as kind, c.role, c."from", c."to", c.state, c.number, c.place_id
  from party_key(:ctx_scope::int[], null, :party) k
  join occupancy_card c on c.property_id = k.property_id and c.party_id = k.id
 where k.property_id = any (:ctx_scope::int[]) and c.state <> 'past'
 order by c.rank, c."from" desc, c.number
 limit 100;

-- :name contact_account_keys :many
select ts(c.since, y.zone) as since, c.reason, u.login as by, ts(c.ended_at, y.zone) as ended_at, e.login as ended_by, c.end_reason
  from party_key(:ctx_scope::int[], null, :party) k
  join property y on y.id = k.property_id
  join key_customer c on c.property_id = k.property_id and c.party_id = k.id
  left join app_user u on u.id = c.user_id
  left join app_user e on e.id = c.ended_by
 where k.property_id = any (:ctx_scope::int[])
 order by c.since desc
 limit 100;

-- :name contact_profile :one
select c.*
  from contact_profile_put(:ctx_scope::int[], :party, :ctx_user::uuid, :channel, :best_time, :matters,
                           coalesce(:interests::text[], '{}'), coalesce(:drop::text[], '{}'), coalesce(:clear::text[], '{}'),
                           :version::int) k
 cross join lateral account_card(k.property_id, k.id) c;

-- :name contact_key :one
select c.*
  from key_customer_set(:ctx_scope::int[], :party, :ctx_user::uuid, :ctx_key::uuid, :why) k
 cross join lateral account_card(k.property_id, k.id) c;

-- :name contact_unkey :one
select c.*
  from key_customer_end(:ctx_scope::int[], :party, :ctx_user::uuid, :why) k
 cross join lateral account_card(k.property_id, k.id) c;

-- :name contact_keys :many
select c.*, k.cursor, party_places(c.property_id, c.id, today(y.zone)) as places
  from key_customer_list(:ctx_scope::int[], :ctx_user::uuid, :mine::boolean, :after, :limit::int)
       with ordinality as k (property_id, id, cursor, o)
  join account_card c on c.property_id = k.property_id and c.id = k.id
  join property y on y.id = c.property_id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name contact_key_candidates :many
select c.*, k.cases, k.complaints, party_places(c.property_id, c.id, today(y.zone)) as places
  from key_candidates(:ctx_scope::int[], :days::int, :least::int, :limit::int)
       with ordinality as k (property_id, id, cases, complaints, o)
  join account_card c on c.property_id = k.property_id and c.id = k.id
  join property y on y.id = c.property_id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name contact_interests :many
select i.interest, i.customers from interest_list(:ctx_scope::int[], :text) i;

-- :name contact_interested :many
select c.*, c.property_id || '~' || c.id || '~' as cursor, party_places(c.property_id, c.id, today(y.zone)) as places
  from interested_list(:ctx_scope::int[], :interest, :after, :limit::int) k
  join account_card c on c.property_id = k.property_id and c.id = k.id
  join property y on y.id = c.property_id
 where c.property_id = any (:ctx_scope::int[])
 order by c.property_id, c.id;

-- :name contact_silent :many
select c.*, k.cursor, party_places(c.property_id, c.id, today(y.zone)) as places,
       party_stewards(c.property_id, c.id, today(y.zone)) as stewards
  from silent_list(:ctx_scope::int[], :ctx_user::uuid, :days::int, :building, :mine::boolean, :key::boolean, :after, :limit::int)
       with ordinality as k (property_id, id, cursor, o)
  join account_card c on c.property_id = k.property_id and c.id = k.id
  join property y on y.id = c.property_id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name contact_coverage :many
select c.* from contact_coverage(:ctx_scope::int[], :days::int, :by) c;

-- :name contact_plan :one
select p.property, p.building, p.planned, p.left_over, p.per_day, p."from", p.until
  from contact_plan(:ctx_scope::int[], :ctx_user::uuid, :building, :until, :per_day::int, :to, :days::int) p;

-- :name contact_planned :many
select a.*
  from obligation b
  join agenda_card a on a.property_id = b.property_id and a.id = b.id
 where b.property_id = any (:ctx_scope::int[]) and b.id = any (import_touched())
 order by b.due_by, b.id;

-- :name contact_due :many
select a.id, a.property_id, a.property, a.number, a.subject, a.party, a.phone, a.place, a."to", a.due_from, a.due_by, a.late,
       a.attempts, a.outcome, a.remark, a.label, a.version, a.cursor,
       ts(party_last_contact(b.property_id, b.party_id), y.zone) as last_at
  from contact_due(:ctx_scope::int[], :ctx_user::uuid, :building, :mine::boolean, :late::boolean, :until, :after, :limit::int)
       with ordinality as k (property_id, id, o)
  join obligation b on b.property_id = k.property_id and b.id = k.id
  join property y on y.id = b.property_id
  join agenda_card a on a.property_id = b.property_id and a.id = b.id
 where b.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name contact_add_patch :one
select c.id, c.property_id, c.property, c.building, c.number, c.name, c.steward, c.full_name, c."from", c."to", c.units, c.version
  from patch_add(:ctx_scope::int[], :ctx_user::uuid, :ctx_key::uuid, :user, :building, :from, :to) k
 cross join lateral patch_card(k.property_id, k.id) c;

-- :name contact_end_patch :one
select c.id, c.property_id, c.property, c.building, c.number, c.name, c.steward, c.full_name, c."from", c."to", c.units, c.version
  from patch_end(:ctx_scope::int[], :ctx_user::uuid, :building, :on) k
 cross join lateral patch_card(k.property_id, k.id) c;

-- :name contact_patches :many
select c.id, c.property_id, c.property, c.building, c.number, c.name, c.steward, c.full_name, c."from", c."to", c.units, c.version, c.cursor
  from patch_list(:ctx_scope::int[], :ctx_user::uuid, :user, :mine::boolean, coalesce(:history::boolean, false), :after, :limit::int)
       with ordinality as k (property_id, id, o)
  join patch_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;
