-- Every table with a wall, from the catalogue: as the daemon's role in the scope of SUN, no row of LAK is seen, changed, deleted,
-- added or moved there. One line for each breach, and at the end how many tables were tried.
create function pg_temp.refused(p_sql text, out why text) language plpgsql as $$
declare
  n bigint;
begin
  execute p_sql;
  get diagnostics n = row_count;
  why := case when n = 0 then 'no row' end;
exception when others then
  why := sqlstate;
end $$;

create function pg_temp.breaches(p_sun int, p_lak int) returns setof text language plpgsql as $$
declare
  t record;
  tried text[];
  what text;
  was text;
  tables int := 0;
begin
  for t in
    select c.relname as name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
      from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'steward'::regnamespace and c.relkind in ('r', 'p') and c.relrowsecurity and a.attnum > 0
       and not a.attisdropped and a.attgenerated = '' and a.attidentity <> 'a'
       and exists (select from pg_attribute p where p.attrelid = c.oid and p.attname = 'property_id')
     group by c.relname order by c.relname
  loop
    tables := tables + 1;
    execute format('create temporary table foreign_row as select * from steward.%I where property_id = %s limit 1', t.name, p_lak);
    grant select on foreign_row to steward_app;
    set local role steward_app;
    tried := array[
      format('select from steward.%I where property_id = %s', t.name, p_lak),
      format('update steward.%I set property_id = property_id where property_id = %s', t.name, p_lak),
      format('delete from steward.%I where property_id = %s', t.name, p_lak),
      format('insert into steward.%I (%s) select %s from pg_temp.foreign_row', t.name, t.columns, t.columns),
      format('update steward.%I set property_id = %s where property_id = %s', t.name, p_lak, p_sun)];
    foreach what in array tried loop
      -- A key that exists already is no wall.
      was := coalesce(pg_temp.refused(what), 'done');
      if was not in ('42501', 'no row') then
        return next was || ': ' || what;
      end if;
    end loop;
    reset role;
    drop table pg_temp.foreign_row;
  end loop;
  return next tables || ' tables';
end $$;

begin;
set local search_path = steward_code, steward, public;
select set_config('steward.scope', id::text, true) from steward.property where code = 'SUN' \g /dev/null
select pg_temp.breaches((select id from steward.property where code = 'SUN'), (select id from steward.property where code = 'LAK'));
rollback;
