-- What the daemon does by its own clock.

-- :name jobs_places :call
-- Properties where something has come due.
select property_id from clock_places();

-- :name jobs_tick :call
-- Some of what has come due at the property in scope.
select t.done, t.more::int from clock_tick(:property::int, :limit::int) t;

-- :name jobs_daily :call
select calendar_extend();
