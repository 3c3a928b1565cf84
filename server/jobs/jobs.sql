-- What the daemon does by its own clock.

-- :name jobs_places :call
-- Properties where something has come due.
select property_id from clock_places() union select property_id from billing_due() union select property_id from prepaid_due()
union select property_id from arrears_due();

-- :name jobs_tick :call
-- Some of what has come due at the property in scope.
select c.done + b.done + p.done + a.done as done, (c.more or b.more or p.more or a.more)::int as more
  from clock_tick(:property::int, :limit::int) c, billing_tick(:property::int) b, prepaid_tick(:property::int, :limit::int) p,
       arrears_tick(:property::int, :limit::int) a;

-- :name jobs_daily :call
select calendar_extend();
