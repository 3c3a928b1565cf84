-- The change feed, for those who watch. event.c runs it with the watcher's own scope.

-- :name event_heads :call
-- Where each property's feed stands.
select h.property_id, h.pos from feed_head h where h.property_id = any (:scope::int[]);

-- :name event_since :call
-- What changed behind a position of each property; a property without one is read from its beginning. "greatest" is
-- leakproof where "coalesce" is not, so the position may go into the index.
select f.property_id, y.code as property, f.entity, f.id, f.number, f.version, f.dead, f.method, u.login as "user",
       ts(f.at, y.zone) as at, f.pos
  from unnest(:scope::int[]) s (property_id)
  join property y on y.id = s.property_id
  left join unnest(:properties::int[], :positions::bigint[]) k (property_id, pos) on k.property_id = s.property_id
 cross join lateral (
   select f.* from feed f
    where f.property_id = s.property_id and f.pos > greatest(k.pos, 0)
      and (:entities::text[] is null or f.entity = any (:entities::text[]))
    order by f.pos
    limit :limit::int) f
  left join app_user u on u.id = f.user_id
 order by f.property_id, f.pos
 limit :limit::int;
