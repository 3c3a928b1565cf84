-- Imports --------------------------------------------------------------------------------------------------------

-- What became of one row of a file. outcome: taken, changed, unchanged, rejected.
create type import_outcome as (
  line int, outcome text, property text, number text, id uuid, blame text, reason text
);

-- Remembers, until the end of the transaction, what an import touched: the change feed asks next.
create function import_touched(p_ids uuid[]) returns void language sql volatile as
$$ select set_config('steward.imported', p_ids::text, true) $$;
create function import_touched() returns uuid[] language sql stable as
$$ select coalesce(nullif(current_setting('steward.imported', true), ''), '{}')::uuid[] $$;

-- Lets the planner know that an import made tables grow a lot: plans made for an empty table are slow on a full one,
-- and the first file would otherwise be over before anybody looks.
create function import_settle(variadic p_tables regclass[]) returns void
language plpgsql volatile security definer set search_path = steward_code, steward, pg_temp as $$
declare
  t regclass;
begin
  foreach t in array p_tables loop
    if pg_relation_size(t) > (select 4 * 8192 + 2 * 8192 * c.relpages::bigint from pg_class c
                               where c.oid = t and c.relowner = 'steward_owner'::regrole)
       and pg_try_advisory_xact_lock(t::oid::int, 7433) then
      execute format('analyze %s', t);
    end if;
  end loop;
exception when lock_not_available then
  null; -- somebody else looks at it already
end $$;
-- Cases taken over from a file: up to 500 rows in one statement each for judging, inserting, answering. What is wrong
-- with a row is told for this row and keeps no other from being taken.

-- Statistics for a table that has just got its first rows. Until it has some, the planner finds every index equally
-- good and may read a whole property for each row of a file; the next round of autovacuum would come too late.
create function analyze_young(p_table regclass) returns void
language plpgsql volatile security definer set search_path = steward_code, steward, pg_temp as $$
begin
  if exists (select from pg_class c
              where c.oid = p_table and c.relnamespace = 'steward'::regnamespace
                -- pg_stats shows nothing of a table whose row-level security holds for its owner too.
                and (c.reltuples < 1000
                     or coalesce(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) is null))
     and pg_relation_size(p_table) > 65536 then
    execute format('analyze (skip_locked) %s', p_table);
  end if;
end $$;
revoke execute on function analyze_young(regclass) from public;
grant execute on function analyze_young(regclass) to steward_app;

-- The moment a date of a file means; null if it is none.
create function import_time(p_text text, p_zone text) returns timestamptz language plpgsql stable as $$
begin
  return local_time(p_text, p_zone);
exception when sqlstate 'STINV' then
  return null;
end $$;

-- One line without blanks at its ends or several in a row; null if nothing is left. Most text needs no pattern for that.
create function tidy(p_text text) returns text language plpgsql immutable parallel safe as $$
declare
  x constant text := btrim(translate(p_text, E'\t\n\x0b\f\r\u00a0\u3000', '       '));
begin
  return nullif(case when strpos(x, '  ') > 0 then regexp_replace(x, ' +', ' ', 'g') else x end, '');
end $$;
