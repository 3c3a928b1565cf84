-- The clocks of cases, hold, and how long a clock may run: see clock.fn.sql.

-- :name clock_hold :one
select c.*
  from clock_hold(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :why, :until) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name clock_resume :one
select c.*
  from clock_resume(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :text) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name clock_show :many
select f.*
  from case_key(:ctx_scope::int[], :case) k
 cross join lateral clock_shown(k.property_id, k.id) f
 where k.property_id = any (:ctx_scope::int[]);

-- :name clock_levels :many
select y.code as property, l.clock, l.priority, l.kind, l.seconds / 60 as minutes, l.calendar, l.own
  from property y
 cross join lateral (
   select s.clock, s.priority, s.kind, s.seconds, s.calendar, true as own from service_level s where s.until_at is null and s.property_id = y.id
   union all
   select d.clock, d.priority, d.kind, d.seconds, d.calendar, false from case_target d
    where not exists (select from service_level s where s.until_at is null and s.property_id = y.id and s.clock = d.clock and s.priority = d.priority and s.kind = d.kind)) l
  join case_clock c on c.clock = l.clock
  join case_priority p on p.priority = l.priority
 where y.id = any (:ctx_scope::int[]) and (:clock::text is null or l.clock = :clock) and (:priority::text is null or l.priority = :priority)
 order by y.code, c.rank, p.rank, l.kind;

-- :name clock_set_level :one
select (select y.code from property y where y.id = l.property_id) as property, l.clock, l.priority, l.kind, l.seconds / 60 as minutes,
       l.calendar, true as own
  from clock_level_set(:ctx_property::int, :clock, :priority, :kind, :minutes::bigint, :calendar) l;

-- :name clock_clear_level :one
select l.property, l.clock, l.priority, l.kind, l.minutes, l.calendar, l.own
  from clock_level_clear(:ctx_property::int, :clock, :priority, :kind) l;

-- :name clock_due :due
select property_id from clock_due();

-- :name clock_tick :tick
select done, more::int from clock_tick(:property::int, :limit::int);
