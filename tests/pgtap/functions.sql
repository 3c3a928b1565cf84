-- Every function of the schema, looked through as a compiler would (plpgsql_check): names that mean nothing or two things,
-- columns that are not there, types that do not fit, rows that a function may not lock.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
set local search_path = steward_code, steward, public;
select plan(3);

select cmp_ok((select count(*) from pg_proc p join pg_language l on l.oid = p.prolang
                where p.pronamespace = 'steward_code'::regnamespace and l.lanname = 'plpgsql'), '>', 400::bigint, 'the functions are found');

-- order_issue: a record that its own branches fill.
select is((select string_agg(format('%s, line %s: %s', p.proname, c.lineno, c.message), e'\n' order by p.proname, c.lineno)
             from pg_proc p join pg_language l on l.oid = p.prolang,
                  lateral plpgsql_check_function_tb(p.oid, extra_warnings => false, performance_warnings => false, other_warnings => false) c
            where p.pronamespace in ('steward_code'::regnamespace, 'steward'::regnamespace) and l.lanname = 'plpgsql'
              and p.prorettype <> 'trigger'::regtype and p.proname <> 'order_issue'), null, 'no function is wrong');

-- form_keep_published: one function for two tables, which asks for a column where there is one.
select is((select string_agg(format('%s on %s, line %s: %s', p.proname, t.tgrelid::regclass, c.lineno, c.message), e'\n' order by p.proname)
             from pg_trigger t
             join pg_proc p on p.oid = t.tgfoid
             join pg_class r on r.oid = t.tgrelid,
                  lateral plpgsql_check_function_tb(p.oid, t.tgrelid, oldtable => t.tgoldtable, newtable => t.tgnewtable, extra_warnings => false,
                                            performance_warnings => false, other_warnings => false) c
            where not t.tgisinternal and r.relnamespace = 'steward'::regnamespace and p.proname <> 'form_keep_published'), null,
          'no trigger is wrong');

select * from finish();
rollback;
