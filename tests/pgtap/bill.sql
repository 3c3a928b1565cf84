-- What stands in the place of the foreign keys of bills and their lines, which are written by the thousand (migrations 0035, 0040).
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
set local search_path = steward_code, steward, public;
select plan(24);

create function pg_temp.here() returns int language sql stable as $$ select id from steward_code.property_all() where code = 'SUN' $$;
select set_config('steward.scope', pg_temp.here()::text, true) \g /dev/null
select ledger_hold(pg_temp.here()) \g /dev/null
create temporary table spot as select uuid7() as id;
insert into place (property_id, id, kind, number, gross_area_dm2) select pg_temp.here(), s.id, 'unit', 'BILL-1', 8000 from spot s;
create temporary table who as select uuid7() as id, 'P-88001' as number;
insert into who values (uuid7(), 'P-88002');
insert into party (property_id, id, number, name) select pg_temp.here(), w.id, w.number, 'Wang' from who w;
create function pg_temp.who(n text) returns uuid language sql as $$ select w.id from who w where w.number = n $$;
create temporary table made as
select bill_post(pg_temp.here(), uuid7(), pg_temp.who('P-88001'), (select id from spot), current_date, current_date, null,
                 array[row(i.id, 'Other', null, null, 500, null, null, null, null, null, null)::bill_input]) as id
  from charge_item i where i.property_id = pg_temp.here() and i.code = 'OTHER';

-- A bill with one thing about it that is not there, and a line likewise.
create function pg_temp.bill(p_party uuid, p_place uuid default null, p_run uuid default null, p_user uuid default null) returns void language plpgsql as $$
begin
  insert into bill (property_id, id, number, party_id, place_id, run_id, issued_on, due_on, amount, user_id)
  values (pg_temp.here(), uuid7(), 'B-T' || txid_current() || random(), p_party, p_place, p_run, current_date, current_date, 500, p_user);
end $$;
create function pg_temp.line(p_change jsonb) returns void language plpgsql as $$
begin
  insert into charge_line (property_id, id, bill_id, line, item_id, party_id, place_id, text, amount, issued_on, due_on, journal_id, assignment_id)
  select x.property_id, uuid7(), x.bill_id, 1 + (select max(m.line) from charge_line m where m.bill_id = l.bill_id), x.item_id, x.party_id, x.place_id, 'More', 500, current_date, current_date, x.journal_id, x.assignment_id
    from charge_line l, jsonb_populate_record(l, p_change) x where l.property_id = pg_temp.here() and l.bill_id = (select id from made) and l.line = 1;
end $$;

select lives_ok($$ select pg_temp.bill(pg_temp.who('P-88001'), (select id from spot)) $$, 'a bill of what is there');
select throws_ok($$ select pg_temp.bill(uuid7()) $$, 'STNOF', 'there is no such customer at this property', 'the customer is there');
select throws_ok($$ select pg_temp.bill(pg_temp.who('P-88001'), uuid7()) $$, 'STNOF', 'there is no such place at this property', 'the place is there');
select throws_ok($$ select pg_temp.bill(pg_temp.who('P-88001'), null, uuid7()) $$, 'STNOF', 'there is no such run', 'the run is there');
select throws_ok($$ select pg_temp.bill(pg_temp.who('P-88001'), null, null, uuid7()) $$, 'STNOF', 'there is no such person', 'the person is there');

select lives_ok($$ select pg_temp.line('{}') $$, 'a line of what is there');
select throws_ok(format($$ select pg_temp.line('{"%s": "%s"}') $$, x.field, x.value), 'STNOF', x.sentence, x.field || ' of a line is there')
  from (values ('bill_id', uuid7()::text, 'there is no such bill at this property'),
               ('party_id', pg_temp.who('P-88002')::text, 'the customer is another than the bill''s'),
               ('place_id', uuid7()::text, 'the place is another than the bill''s'),
               ('item_id', uuid7()::text, 'there is no such item'),
               ('journal_id', uuid7()::text, 'it was not posted'),
               ('assignment_id', uuid7()::text, 'there is no such assignment')) x (field, value, sentence);
select throws_ok(format($$ insert into charge_line (property_id, id, bill_id, line, item_id, party_id, text, amount, issued_on, due_on, journal_id)
                           select l.property_id, uuid7(), l.bill_id, 5, l.item_id, l.party_id, 'More', 500, current_date, current_date, l.journal_id
                             from charge_line l where l.bill_id = %L and l.line = 1 $$, (select id from made)), 'STNOF', 'the place is another than the bill''s',
                 'a line without the place of its bill');

-- One wrong row among many is found.
select throws_ok($$ insert into bill (property_id, id, number, party_id, issued_on, due_on, amount)
                    select pg_temp.here(), uuid7(), 'B-M' || n, case when n = 700 then uuid7() else pg_temp.who('P-88001') end, current_date, current_date, 1
                      from generate_series(1, 1000) n $$, 'STNOF', 'there is no such customer at this property', 'one of a thousand');

select throws_ok($$ insert into charge_line (property_id, id, bill_id, line, item_id, party_id, place_id, text, amount, issued_on, due_on, journal_id)
                    select l.property_id, uuid7(), case when n = 700 then uuid7() else l.bill_id end, 10 + n, l.item_id, l.party_id, l.place_id, 'More', 1, current_date,
                           current_date, l.journal_id
                      from charge_line l, generate_series(1, 1000) n where l.bill_id = (select id from made) and l.line = 1 $$,
                 'STNOF', 'there is no such bill at this property', 'one line of a thousand');

-- What is referred to stays, whoever asks: these fire in a replica's session too.
select is((select count(*)::int from pg_trigger t where t.tgname in ('keep_row', 'keep_row_truncate') and t.tgenabled = 'A'
             and t.tgrelid = any (array['app_user', 'party', 'place', 'charge_item', 'assignment', 'billing_run']::regclass[])), 12,
          'rows that are referred to are kept');
select is((select count(*)::int from pg_trigger t where t.tgname in ('append_only', 'append_only_truncate') and t.tgenabled = 'A'
             and t.tgrelid = any (array['bill', 'journal']::regclass[])), 4, 'bills and entries are append-only');
select is((select count(*)::int from pg_trigger t where t.tgname in ('bill_fits', 'charge_line_fits') and t.tgenabled = 'A'), 2, 'both are looked at, always');
select throws_ok('update party set id = uuid7() where number = ''P-88001''', 'STPRE', 'a row of party is never deleted and keeps its key', 'a customer keeps the key');
select throws_ok('update place set id = uuid7() where number = ''BILL-1''', 'STPRE', 'a row of place is never deleted and keeps its key', 'and a place');
select throws_ok('delete from party where number = ''P-88001''', '42501', null, 'a customer is not deleted');

-- Keys that are made together are different, ordered, and of the seventh version.
select is((select count(distinct k)::int from unnest(uuid7_many(5000)) k), 5000, 'all different');
select ok((select bool_and(k > before) from (select k, lag(k) over (order by o) as before from unnest(uuid7_many(5000)) with ordinality x (k, o)) y
            where before is not null), 'each above the one before');
select ok((select bool_and(k::text ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]') from unnest(uuid7_many(100)) k), 'of the seventh version');

select * from finish();
rollback;
