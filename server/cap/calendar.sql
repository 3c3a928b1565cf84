-- Business calendars: see calendar.fn.sql, calendar_keep.fn.sql and calendar_show.fn.sql.

-- :name calendar_set :one
select c.*
  from calendar_set(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :calendar, :hours, :from, :name, :version::int) k
 cross join lateral calendar_card(k.property_id, k.id) c;

-- :name calendar_day :one
select r.*, d.date as "day.date", d.weekday as "day.weekday", d.what as "day.what", d.hours as "day.hours", d.name as "day.name"
  from calendar_set_day(:ctx_scope::int[], :calendar, :ctx_user::uuid, :date, :closed::boolean, :like, :hours, :name) k
 cross join lateral calendar_reply(k.property_id, k.id) r
 cross join lateral calendar_day_card(k.property_id, k.id, k.day) d;

-- :name calendar_import :many
select r.* from calendar_import(:ctx_scope::int[], :calendar, :ctx_user::uuid, :ctx_text, :like) r;

-- :name calendar_imported :one
select r.* from calendar_key(:ctx_scope::int[], :calendar) k cross join lateral calendar_reply(k.property_id, k.id) r;

-- :name calendar_fed :feed
select c.property_id, 'calendar' as entity, c.id, c.version, false as dead, c.code as number
  from calendar c where c.property_id = any (:ctx_scope::int[]) and c.id = any (import_touched());

-- :name calendar_list :many
select c.* from calendar_card c where c.property_id = any (:ctx_scope::int[]) order by c.property, c.calendar;

-- :name calendar_show :one
select r.* from calendar_key(:ctx_scope::int[], :calendar) k cross join lateral calendar_reply(k.property_id, k.id) r;

-- :name calendar_weekly :many
select w.* from calendar_weekly(:ctx_scope::int[], :calendar) w;

-- :name calendar_days :many
select d.* from calendar_days(:ctx_scope::int[], :calendar, coalesce(:all::boolean, false)) d;

-- :name calendar_versions :many
select v.* from calendar_versions(:ctx_scope::int[], :calendar) v;

-- :name calendar_hours :one
select h.* from calendar_between(:ctx_scope::int[], :calendar, :from, :to) h;

-- :name calendar_due :one
select d.* from calendar_due(:ctx_scope::int[], :calendar, :from, :minutes::bigint) d;

-- :name calendar_daily :daily
-- Carries calendars on.
select calendar_extend();
