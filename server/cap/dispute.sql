-- Disputes between neighbours: see dispute.fn.sql.

-- :name dispute_join :one
select c.*
  from dispute_join(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :role, :party, :name,
                    :phone, :says) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name dispute_leave :one
select c.*
  from dispute_leave(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :who) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name dispute_session :one
select c.*
  from dispute_session(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :outcome, :held,
                       :spot, :present, :minutes, :next) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name dispute_participants :many
select p.role, coalesce(p.name, a.name) as name, a.number as party,
       coalesce(p.phone_raw, (select f.raw from party_phone f
                               where f.property_id = p.property_id and f.party_id = p.party_id and f.until_on is null
                               order by f.from_on, f.id limit 1)) as phone, p.says, ts(p.ended_at, y.zone) as until
  from case_key(:ctx_scope::int[], :case) k
  join case_participant p on p.property_id = k.property_id and p.case_id = k.id
  join property y on y.id = p.property_id
  left join party a on a.property_id = p.property_id and a.id = p.party_id
 where k.property_id = any (:ctx_scope::int[])
 order by p.ended_at is not null, p.created_at, p.id;

-- :name dispute_sessions :many
select s.seq as session, ts(s.held_at, y.zone) as held_at, s.outcome, s.spot, s.present, s.minutes, ts(s.next_at, y.zone) as next_at,
       (select u.login from app_user u where u.id = s.user_id) as by
  from case_key(:ctx_scope::int[], :case) k
  join case_session s on s.property_id = k.property_id and s.case_id = k.id
  join property y on y.id = s.property_id
 where k.property_id = any (:ctx_scope::int[])
 order by s.seq;
