-- Properties, places, parties, occupancies and the search box, as the daemon's role sees them. Leaves nothing behind.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;

insert into property (code, name, zone) values ('TSUN', 'Sunshine', 'Asia/Shanghai'), ('TLAK', 'Lake View', 'Asia/Shanghai');
insert into app_user (id, login, full_name, password_hash) values
  ('0193b3a2-0000-7000-8000-0000000000a0', 't-root', 'Root', 'x'), ('0193b3a2-0000-7000-8000-0000000000a1', 't-boss', 'Boss', 'x');
create function pg_temp.at(p text) returns int language sql stable as $$ select id from steward_code.property_all() where code = p $$;
insert into user_grant (id, user_id, role, property_id) values
  (gen_random_uuid(), '0193b3a2-0000-7000-8000-0000000000a0', 'administrator', null),
  (gen_random_uuid(), '0193b3a2-0000-7000-8000-0000000000a1', 'administrator', pg_temp.at('TSUN'));
create function pg_temp.here() returns int[] language sql stable as $$ select array[pg_temp.at('TSUN')] $$;
create function pg_temp.both() returns int[] language sql stable as $$ select array[pg_temp.at('TSUN'), pg_temp.at('TLAK')] $$;
create function pg_temp.reach(p int[]) returns void language sql volatile as
$$ select set_config('steward.scope', array_to_string(p, ','), true) $$;
-- What becomes of rows of a file, each written as its columns: "taken, rejected number: the number is missing".
create function pg_temp.told(p steward_code.import_outcome[]) returns text language sql stable as
$$ select string_agg(i.outcome || coalesce(' ' || i.blame || ': ' || i.reason, ''), ', ' order by o)
     from unnest(p) with ordinality as i (line, outcome, property, number, id, blame, reason, o) $$;
create function pg_temp.places(variadic p text[]) returns text language sql volatile as
$$ select pg_temp.told(array(select i from steward_code.place_import(pg_temp.both(), array(
     select jsonb_populate_record(null::steward_code.place_input, x::jsonb) from unnest(p) x)) i)) $$;
create function pg_temp.parties(variadic p text[]) returns text language sql volatile as
$$ select pg_temp.told(array(select i from steward_code.party_import(pg_temp.both(), array(
     select jsonb_populate_record(null::steward_code.party_input, x::jsonb) from unnest(p) x)) i)) $$;
create function pg_temp.occupancies(variadic p text[]) returns text language sql volatile as
$$ select pg_temp.told(array(select i from steward_code.occupancy_import(pg_temp.both(), array(
     select jsonb_populate_record(null::steward_code.occupancy_input, x::jsonb) from unnest(p) x)) i)) $$;
create function pg_temp.place(p text) returns uuid language sql stable as $$ select id from steward_code.place_key(pg_temp.both(), null, p) $$;
create function pg_temp.party(p text) returns uuid language sql stable as $$ select id from steward_code.party_key(pg_temp.both(), null, p) $$;
create function pg_temp.edit(p text, p_row text, p_clear text[] default '{}', p_seen int default null) returns text language sql volatile as
$$ select k.outcome from steward_code.place_key(pg_temp.both(), null, p) t,
          lateral steward_code.place_put(t.property_id, t.id, null, jsonb_populate_record(null::steward_code.place_input, p_row::jsonb), p_clear, p_seen) k $$;
create function pg_temp.start(p_place text, p_party text, p_role text, p_from date, p_to date default null) returns text language sql volatile as
$$ select c.number from steward_code.place_key(pg_temp.both(), null, p_place) l, lateral steward_code.party_key(pg_temp.both(), l.property_id, p_party) p,
          lateral steward_code.occupancy_start(l.property_id, steward.uuid7(), l.id, p.id, p_role, p_from, p_to, null, null, null, null) k,
          lateral steward_code.occupancy_card(l.property_id, k) c $$;
create function pg_temp.finish(p text, p_to date, p_seen int default null) returns text language sql volatile as
$$ select c.state from steward_code.occupancy_key(pg_temp.both(), null, p) o, lateral steward_code.occupancy_end(o.property_id, o.id, p_to, p_seen) k,
          lateral steward_code.occupancy_card(o.property_id, k) c $$;
-- The first rows of the search: "exact phone P-1001 1-101 owner".
create function pg_temp.found(p_text text, p_limit int default 9, p_scope int[] default pg_temp.both()) returns text language sql stable as
$$ select coalesce(string_agg(concat_ws(' ', f.match, f.kind, f.number, nullif(f.place, f.number), f.role), ', ' order by f.n), 'nothing')
     from (select r.*, row_number() over () as n from steward_code.find_rows(p_scope, p_text, null, p_limit) r) f $$;

create function pg_temp.plan(p text) returns text[] language plpgsql as $$
declare
  line text;
  lines text[] := '{}';
begin
  for line in execute 'explain ' || p loop
    lines := lines || line;
  end loop;
  return lines;
end $$;

\o /dev/null
select pg_temp.reach(pg_temp.both()), set_config('steward.user', '0193b3a2-0000-7000-8000-0000000000a0', true);
\o

select no_plan();

-- Text and time
select is(ts('2026-11-23 01:14:05+00', 'Asia/Shanghai'), '2026-11-23T09:14:05+08:00', 'a moment with the offset of its zone');
select is(ts('2026-07-01 12:00+00', 'America/New_York'), '2026-07-01T08:00:00-04:00', 'west of Greenwich, in summer');
select is(ts('2026-11-23 01:14+00', 'Asia/Kolkata'), '2026-11-23T06:44:00+05:30', 'half an hour');
select is(local_time('2026-11-23 09:14', 'Asia/Shanghai'), '2026-11-23 01:14+00'::timestamptz, 'the clock on the wall');
select is(local_time('2026-11-23T09:14:00-05:00', 'Asia/Shanghai'), '2026-11-23 14:14+00'::timestamptz, 'an offset wins over the zone');
select is(local_time('2026-11-23', 'Asia/Shanghai'), '2026-11-22 16:00+00'::timestamptz, 'a day begins at midnight there');
select is(local_time(null, 'Asia/Shanghai'), null, 'no time is no time');
select throws_ok($$ select local_time('now', 'Asia/Shanghai') $$, 'STINV', null, 'words are no time');
select throws_ok($$ select local_time('2026-02-30', 'Asia/Shanghai', 'opened') $$, 'STINV', 'there is no such day or time as ''2026-02-30''',
                 'a day that does not exist');
select is(norm('  Ｗａｎｇ' || chr(12288) || '  XiaoMing ㎡ '), 'wang xiaoming m2', 'wide letters and blanks are made one');
select is(squash('浙A·T-12 02'), '浙at1202', 'a plate without what stands between');
select ok(natural_key('3-2') < natural_key('3-10') and natural_key('B9') < natural_key('B10'), 'numbers in their order');
select is(masked('330106197904120011'), '**************0011', 'documents show their end');
select results_eq(
  $$ select phone_e164(raw, cc, trunk) from (values (1, '138-0013-8000', '86', '0'), (2, '0571-8888 1202', '86', '0'), (3, '8888 1202', '86', '0'),
       (4, '+86 138 0013 8000', '86', '0'), (5, '8613800138000', '86', '0'), (6, '110', '86', '0'), (7, '0571-88881202转8', '86', '0'),
       (8, '00852 2345 6789', '86', '0'), (9, '13800138000/13900139000', '86', '0'), (10, '+44 (0)20 7946 0018', '86', '0'),
       (11, '020 7946 0018', '44', '0'), (12, '1-212-555-1234', '1', '1'), (13, '212 555 1234', '1', '1'), (14, '555 1234', '1', '1'),
       (15, '6123 4567', '65', ''), (16, 'ask the guard', '86', '0'), (17, '１３８００１３８０００', '86', '0')) as t (o, raw, cc, trunk) order by o $$,
  $$ values ('+8613800138000'), ('+8657188881202'), (null), ('+8613800138000'), ('+8613800138000'), (null), ('+8657188881202'),
       ('+85223456789'), (null), ('+442079460018'), ('+442079460018'), ('+12125551234'), ('+12125551234'), (null), ('+6561234567'), (null),
       ('+8613800138000') $$,
  'telephone numbers in E.164, or nothing where the text does not tell');
select is(area_dm2('96.4'), 9640::bigint, 'an area in square metres');
select is(area_dm2('1,038 sqft'), 9643::bigint, 'in square feet');
select is(area_dm2('1038', 'gross_area', 'sqft'), 9643::bigint, 'in the measure of the whole file');
select is(area_dm2('96.40 ㎡', 'gross_area', 'sqft'), 9640::bigint, 'with its sign');
select throws_ok($$ select area_dm2('large', 'gross_area') $$, 'STINV', null, 'words are no area');
select is(area_text(9640), '96.40', 'and back');
select is(to_day('2019/5/1', 'from'), '2019-05-01'::date, 'a day as spreadsheets write it');
select throws_ok($$ select to_day('2019-13-01', 'from') $$, 'STINV', 'there is no such day as ''2019-13-01''', 'a month that does not exist');
select throws_ok($$ select to_flag('perhaps', 'charger') $$, 'STINV', null, 'neither yes nor no');
select throws_ok($$ select row_after('1; drop') $$, 'STINV', null, 'a cursor that is none');
select is(uuid7()::text ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]', true, 'ids carry their time');
select ok(version_ok(3, null) and version_ok(3, 3), 'an edit of what was seen');
select throws_ok('select version_ok(4, 3)', 'STVER', null, 'an edit of what somebody else changed meanwhile');

-- Properties
select throws_ok($$ select property_add('0193b3a2-0000-7000-8000-0000000000a1', uuid7(), 'THIL', 'Hill', null, null, null, null, null) $$,
                 'STDEN', null, 'the administrator of one property adds none');
select is((select code from property_add('0193b3a2-0000-7000-8000-0000000000a0', uuid7(), 'thil', 'Hill', 'Europe/London', 'GBP', '44', '-', null) k,
                  lateral property_card(k) c), 'THIL', 'one of all does, and sees it at once');
select is((select trunk_prefix from property where code = 'THIL'), '', 'a hyphen is no trunk prefix');
select is(current_setting('steward.scope'), array_to_string(pg_temp.both(), ',') || ',' || pg_temp.at('THIL'), 'it has come into reach');
select throws_ok($$ select property_add('0193b3a2-0000-7000-8000-0000000000a0', uuid7(), 'TSUN', 'Again', null, null, null, null, null) $$,
                 '23505', null, 'codes are unique');
select throws_ok($$ select property_add('0193b3a2-0000-7000-8000-0000000000a0', uuid7(), 'TBAD', 'Bad', 'Asia/Nowhere', null, null, null, null) $$,
                 'STINV', 'there is no time zone ''Asia/Nowhere''', 'zones exist');
select is((select outcome from property_put(pg_temp.at('TSUN'), row(null, null, 'Sunshine', null, null, null, null, null)::property_input, '{}', 1)),
          'unchanged', 'the same again changes nothing');
select is((select outcome from property_put(pg_temp.at('TSUN'), row(null, null, 'Sunshine East', null, null, null, null, null)::property_input, '{}', 1)),
          'changed', 'a new name does');
select throws_ok($$ select property_put(pg_temp.at('TSUN'), row(null, null, 'x', null, null, null, null, null)::property_input, '{}', 1) $$,
                 'STVER', null, 'a stale edit is refused');
select is(pg_temp.told(array(select i from property_import('0193b3a2-0000-7000-8000-0000000000a0', array[
            row(2, 'TSUN', 'Sunshine East', null, null, null, null, null)::property_input, row(3, 'TNEW', 'New', null, null, null, null, null)::property_input,
            row(4, 'no code', 'x', null, null, null, null, null)::property_input, row(5, 'TX', null, null, null, null, null, null)::property_input]) i)),
          'unchanged, taken, rejected code: up to 16 capital letters, digits and hyphens, rejected name: is missing', 'properties from a file');
select pg_temp.reach(pg_temp.both()) \g /dev/null

-- Places
select is(pg_temp.places('{"line": 2, "property": "TSUN", "kind": "building", "number": "1", "floors": "12", "gross_area": "4180.2"}',
                         '{"line": 3, "property": "tsun", "number": "1-2-1202", "building": "1", "entrance": "2", "floor": "12", "gross_area": "96.4", "layout": "3 rooms"}',
                         '{"line": 4, "property": "TLAK", "number": "1-2-1202", "building": "1"}'),
          'taken, taken, taken', 'places from a file, of several properties');
select is((select string_agg(p.kind || ' ' || p.number, ' < ' order by p.sort_key) from place p where p.property_id = pg_temp.at('TSUN')),
          'building 1 < entrance 1-2 < floor 1-2-12 < unit 1-2-1202', 'what lies between is made');
select is(pg_temp.places('{"property": "TSUN", "kind": "building", "number": "1", "floors": "12.0", "gross_area": "4180.20"}',
                         '{"property": "TSUN", "number": "1-2-1202", "building": "1", "entrance": "1-2", "floor": "12", "gross_area": "96.40 m2"}'),
          'unchanged, unchanged', 'twice changes nothing');
select is(cardinality(import_touched()), 0, 'and tells the change feed of nothing');
select is(pg_temp.places('{"number": "7"}', '{"property": "TSUN"}', '{"property": "TSUN", "number": "9", "parent": "99"}', '{"property": "TSUN", "number": "9", "kind": "castle"}',
                         '{"property": "TSUN", "number": "9", "charger": "yes"}', '{"property": "TSUN", "kind": "building", "number": "9", "floors": "400"}',
                         '{"property": "TSUN", "kind": "floor", "number": "9"}', '{"property": "TSUN", "number": "9", "gross_area": "big"}', '{"property": "THIL", "number": "9"}'),
          'rejected property: several properties are in reach: say which, rejected number: the number is missing, '
          'rejected parent: there is no place called 99 at TSUN, rejected kind: there is no kind of place called ''castle'', '
          'rejected charger: only a parking has this, and it is a unit, rejected floors: a building has 0 to 300 floors, '
          'rejected parent: a floor lies within another place: name its parent, rejected gross_area: ''big'' is not an area: write 96.4, 96.40 m2 or 1038 sqft, '
          'rejected property: no property THIL is in reach', 'what cannot be taken says why');
select is((select count(*)::int from place p where p.number = '9'), 0, 'and leaves nothing behind');
select is(pg_temp.places('{"property": "TSUN", "number": "1-2-1203", "parent": "floor:1-2-12"}', '{"property": "TSUN", "kind": "parking", "number": "B-1202", "charger": "yes"}',
                         '{"property": "TSUN", "kind": "area", "number": "G"}', '{"property": "TSUN", "kind": "facility", "number": "L1", "name": "Lift one", "parent": "1-2"}',
                         '{"property": "TSUN", "kind": "building", "number": "2"}', '{"property": "TSUN", "kind": "parking", "number": "2"}'),
          'taken, taken, taken, taken, taken, taken', 'more of them');
select is((select b.number from place p join place b on b.property_id = p.property_id and b.id = p.building_id where p.id = pg_temp.place('L1')), '1',
          'a place knows its building');
select throws_ok($$ insert into place (property_id, id, kind, number) values (pg_temp.at('TSUN'), uuid7(), 'unit', ' 1-2-1202') $$, '23514', null,
                 'numbers have no blanks around them');
select throws_ok($$ insert into place (property_id, id, kind, number) values (pg_temp.at('TSUN'), uuid7(), 'parking', 'b-1202') $$, '23505', null,
                 'one number per kind, in small letters or large');
select throws_ok($$ select pg_temp.edit('building:1', '{"parent": "G"}'), pg_temp.edit('G', '{"parent": "building:1"}') $$, 'STINV', null, 'no place lies within itself');
select is(pg_temp.edit('entrance:1-2', '{"parent": "building:2"}'), 'changed', 'an entrance moves to another building');
select is((select count(*)::int from place p where p.building_id = pg_temp.place('building:2')), 6, 'with all that hangs below it');
select is(pg_temp.edit('TSUN/1-2-1202', '{"use": "shop", "layout": "hall"}', '{}', 2), 'changed', 'an edit of what was seen');
select throws_ok($$ select pg_temp.edit('TSUN/1-2-1202', '{"use": "flat"}', '{}', 2) $$, 'STVER', null, 'a stale one');
select is(pg_temp.edit('TSUN/1-2-1202', '{"note": "ring twice"}', '{use}'), 'changed', 'one value is emptied, another one given');
select is((select concat_ws('|', c.use, c.note, c.layout, c.gross_area, c.version) from place_card c where c.id = pg_temp.place('TSUN/1-2-1202')),
          'ring twice|hall|96.40|4', 'what was not mentioned stays');
select throws_ok($$ select pg_temp.edit('TSUN/1-2-1202', '{"status": "working"}') $$, 'STINV', 'only a facility has this, and it is a unit', 'a unit has no status');
select is(pg_temp.edit('L1', '{"status": "out_of_order"}'), 'changed', 'a facility has');
select results_eq($$ select field, old_value, new_value from registry_event where entity = 'place' and entity_id = pg_temp.place('L1') order by id $$,
                  $$ values (null::text, null::text, 'L1'::text), ('status', 'working', 'out_of_order') $$, 'the history tells');
select throws_ok('update registry_event set new_value = null', '42501', null, 'and is not rewritten');
select throws_ok('delete from registry_event', '42501', null, 'nor deleted');
select is((select count(*)::int from pg_trigger where tgrelid = 'registry_event'::regclass and tgname ~ 'append' and tgenabled = 'A'), 2,
          'by nobody, whatever the replication role');
select throws_ok('delete from place', '42501', null, 'places are not deleted');
select throws_ok($$ insert into place_unit (property_id, place_id) values (pg_temp.at('TSUN'), pg_temp.place('L1')) $$, '23503', null,
                 'a lift has no layout, whoever writes it');

-- References
select is(pg_temp.place('TSUN/1-2-1202'), pg_temp.place(pg_temp.place('TSUN/1-2-1202')::text), 'a number with its property, and an id');
select throws_ok($$ select pg_temp.place('1-2-1202') $$, 'STINV',
                 'several properties have a 1-2-1202: say which, as in TSUN/1-2-1202, or use -p TSUN', 'a number of two properties');
select is((select id from place_key(pg_temp.here(), null, '1-2-1202')), pg_temp.place('TSUN/1-2-1202'), 'with one in reach it is clear');
select throws_ok($$ select id from place_key(pg_temp.here(), null, '2') $$, 'STINV', 'several places are called 2: say which, as in building:2',
                 'a number of two kinds');
select throws_ok($$ select id from place_key(pg_temp.here(), null, 'TLAK/1-2-1202') $$, 'STNOF', null, 'the code of a property out of reach');
select throws_ok($$ select id from place_key(pg_temp.here(), null, '77') $$, 'STNOF', 'there is no place called 77 at TSUN', 'an unknown number');
select is_empty('select id from place_key(pg_temp.here(), null, null)', 'no reference, no place');

-- Parties
select is(pg_temp.parties('{"property": "TSUN", "ref": "W1", "name": "王小明", "alias": "Wang Xiaoming", "phones": ["138-0013-8000=mobile", "0571-0555 1202"], "plates": ["浙A·T1202"], "document": "330106197904120011"}',
                          '{"property": "TSUN", "ref": "W2", "name": "刘芳", "phones": ["13800138001"]}', '{"property": "TSUN", "ref": "W3", "name": "Ouyang Na"}',
                          '{"property": "TLAK", "ref": "W1", "name": "José Ferreira"}'), 'taken, taken, taken, taken', 'parties from a file');
select is(pg_temp.parties('{"property": "TSUN", "ref": "W1", "name": "王小明", "phones": ["+86 138 0013 8000"]}'), 'unchanged', 'twice changes nothing, however the phone is written');
select is(pg_temp.parties('{"property": "TSUN", "name": "Nobody"}', '{"property": "TSUN", "ref": "W9"}', '{"property": "TSUN", "ref": "W9", "name": "x", "kinds": ["king"]}',
                          '{"property": "TSUN", "ref": "W9", "name": "x", "email": "nowhere"}', '{"property": "TSUN", "ref": "W9", "name": "x", "phones": ["?"]}',
                          '{"property": "TSUN", "number": "P-77", "name": "x"}', '{"property": "TSUN", "ref": "W9", "name": "x", "plates": ["浙a t1202"]}',
                          '{"property": "TSUN", "ref": "W9", "name": "x", "form": "organisation", "born_on": "1999-09-09"}'),
          'rejected ref: without a number of its own the row would be added again by a second import, rejected name: the name is missing, '
          'rejected kinds: there is no kind of party called ''king'', rejected email: not an e-mail address, '
          'rejected phones: ''?'' is not a telephone number: it has less than three digits, '
          'rejected number: there is no party P-77: leave this out to add one; other numbers go into ref, '
          'rejected plates: another party has a car with the plate 浙A T1202, rejected born_on: only a person has a birthday', 'what cannot be taken says why');
select is(pg_temp.parties('{"property": "TSUN", "ref": "W4", "name": "Anna Kowalczyk"}'), 'taken', 'one more');
select is((select string_agg(p.number, ' ' order by p.sort_key) from party p where p.property_id = pg_temp.at('TSUN')), 'P-1001 P-1002 P-1003 P-1004',
          'numbers have no gaps, whatever was rejected');
select is(pg_temp.party('W2'), pg_temp.party('TSUN/P-1002'), 'a party by its number here or in the earlier system');
select throws_ok($$ select pg_temp.party('P-1001') $$, 'STINV', null, 'a number of two properties');
select throws_ok($$ select pg_temp.party('P-4711') $$, 'STNOF', null, 'an unknown one');
select is((select c.document from party_card c where c.id = pg_temp.party('TSUN/W1')), '**************0011', 'cards show the end of a document');
select is(party_phone_add(pg_temp.at('TSUN'), uuid7(), pg_temp.party('W2'), '138-0013-8000', 'husband'), pg_temp.party('W2'), 'two people share a number');
select throws_ok($$ select party_phone_add(pg_temp.at('TSUN'), uuid7(), pg_temp.party('W2'), '+8613800138000', null) $$, 'STEXI', null, 'but nobody has it twice');
select is(pg_temp.found('13800138000'), 'exact phone P-1001, exact phone P-1002', 'it finds both');
select is(party_phone_end(pg_temp.at('TSUN'), pg_temp.party('W2'), '138 0013 8000', null), pg_temp.party('W2'), 'a number is removed');
select is((select count(*)::int from party_phone f where f.party_id = pg_temp.party('W2') and f.until_on is not null), 1, 'it stays, with its last day');
select is(pg_temp.found('13800138000'), 'exact phone P-1001', 'and finds nobody any more');
select throws_ok($$ select party_phone_end(pg_temp.at('TSUN'), pg_temp.party('W2'), '110', null) $$, 'STNOF', null, 'what is not there cannot be removed');
select is((select version from party where id = pg_temp.party('W2')), 3, 'each of it is a new version');
select is(household_join(pg_temp.at('TSUN'), pg_temp.party('W2'), pg_temp.party('TSUN/W1'), 'spouse', '2020-01-01'), pg_temp.party('W2'), 'she joins his household');
select is((select string_agg(m.role, ' ' order by m.role) from household_member m), 'head spouse', 'he is its head');
select is(household_join(pg_temp.at('TSUN'), pg_temp.party('W2'), pg_temp.party('W3'), 'other', '2024-01-01'), pg_temp.party('W2'), 'she moves on');
select is((select count(*)::int from household_member m where m.party_id = pg_temp.party('W2')), 2, 'both are kept');
select throws_ok($$ insert into household_member (property_id, id, household_id, party_id, role, period)
                    select property_id, uuid7(), household_id, party_id, 'child', '[2021-01-01,2021-02-01)' from household_member where role = 'spouse' $$,
                 '23P01', null, 'nobody belongs to two households at a time');
select throws_ok($$ select household_leave(pg_temp.at('TSUN'), pg_temp.party('W4'), null) $$, 'STPRE', null, 'who is in none leaves none');
update property set country_code = '49' where code = 'TSUN';
select is((select f.e164 from party_phone f where f.raw = '0571-0555 1202'), '+4957105551202', 'another country reads its numbers anew');
update property set country_code = '86' where code = 'TSUN';

-- Occupancies
select is(pg_temp.start('TSUN/1-2-1202', 'W1', 'owner', '2019-05-01'), 'T-1001', 'a purchase');
select throws_ok($$ select pg_temp.start('TSUN/1-2-1202', 'W4', 'owner', '2024-01-01') $$, 'STPRE', 'it is held by 王小明 (P-1001) as owner since 2019-05-01',
                 'a place has one owner at a time');
select throws_ok($$ insert into occupancy (property_id, id, number, place_id, party_id, role, slot, period)
                    values (pg_temp.at('TSUN'), uuid7(), 'T-9', pg_temp.place('TSUN/1-2-1202'), pg_temp.party('W4'), 'owner', 'title', '[2024-01-01,)') $$,
                 '23P01', null, 'whatever asks for it');
select is(pg_temp.start('TSUN/1-2-1202', 'W3', 'tenant', '2022-01-01', '2024-01-01'), 'T-1002', 'a lease beside it');
select throws_ok($$ select pg_temp.start('TSUN/1-2-1202', 'W4', 'merchant', '2023-12-31') $$, 'STPRE', null, 'no second one of whatever kind');
select is(pg_temp.start('TSUN/1-2-1202', 'W4', 'merchant', '2024-01-01'), 'T-1003', 'the next one from the day it is over');
select is(pg_temp.start('TSUN/1-2-1202', 'W2', 'family', '2019-05-01'), 'T-1004', 'family as much as there is');
select throws_ok($$ select pg_temp.start('TSUN/1-2-1202', 'W2', 'family', '2021-05-01') $$, '23P01', null, 'but nobody twice');
select throws_ok($$ select pg_temp.start('building:2', 'W2', 'owner', '2021-05-01') $$, 'STINV', null, 'nobody holds a building');
select throws_ok($$ select pg_temp.start('TSUN/1-2-1203', 'W2', 'king', '2021-05-01') $$, 'STINV', null, 'roles exist');
select throws_ok($$ select pg_temp.start('TSUN/1-2-1203', 'W2', 'owner', '2021-05-01', '2021-05-01') $$, 'STINV', null, 'a day at least');
select throws_ok($$ select pg_temp.start('TSUN/1-2-1203', 'TLAK/W1', 'owner', '2021-05-01') $$, 'STNOF', null, 'a party of another property holds nothing here');
select throws_ok($$ insert into occupancy (property_id, id, number, place_id, party_id, role, slot, period)
                    values (pg_temp.at('TSUN'), uuid7(), 'T-9', pg_temp.place('TLAK/1-2-1202'), pg_temp.party('W4'), 'owner', 'title', '[2024-01-01,)') $$,
                 '23503', null, 'nor does a party hold a place of another property');
select is((select o.slot from occupancy o where o.number = 'T-1003' and o.property_id = pg_temp.at('TSUN')), 'lease', 'who writes a role cannot choose its slot');
select is((select concat_ws(' ', c.number, c.party, c.role, c."from", c.previous)
             from occupancy_transfer(pg_temp.at('TSUN'), uuid7(), pg_temp.place('TSUN/1-2-1202'), pg_temp.party('W4'), 'owner', '2025-06-01', 'D-7', null) k,
                  lateral occupancy_card(pg_temp.at('TSUN'), k.started) c), 'T-1005 P-1004 owner 2025-06-01 T-1001', 'a transfer');
select is((select concat_ws(' ', o.to_on, o.version) from occupancy o where o.number = 'T-1001'), '2025-06-01 2', 'ends the one where the other begins');
select throws_ok($$ select occupancy_transfer(pg_temp.at('TSUN'), uuid7(), pg_temp.place('TSUN/1-2-1203'), pg_temp.party('W4'), 'owner', '2025-06-01', null, null) $$,
                 'STPRE', null, 'nothing to transfer');
select is(pg_temp.finish('T-1003', '2025-01-01', 1), 'past', 'a lease ends');
select throws_ok($$ select pg_temp.finish('T-1003', '2025-02-01') $$, 'STPRE', null, 'once');
select throws_ok($$ select pg_temp.finish('T-1005', '2025-06-01') $$, 'STINV', null, 'not before it began');
select throws_ok($$ select pg_temp.finish('T-1005', '2030-01-01', 7) $$, 'STVER', null, 'not by somebody who saw something else');
select throws_ok($$ select occupancy_edit(pg_temp.at('TSUN'), (select id from occupancy where number = 'T-1002'), null, '2024-06-01', null, null, '{}', null) $$,
                 '23P01', null, 'a lease is not prolonged into the next one');
select is(pg_temp.occupancies('{"property": "TSUN", "place": "1-2-1203", "party": "W2", "from": "2020/1/1"}', '{"property": "TSUN", "place": "1-2-1203", "party": "W4", "from": "2023-01-01"}',
                              '{"property": "TSUN", "place": "1-2-1299", "party": "W4", "from": "2023-01-01"}', '{"property": "TSUN", "place": "1-2-1203", "party": "W4"}',
                              '{"property": "TSUN", "place": "1-2-1203", "party": "W2", "from": "2020-01-01", "contract": "D-1"}',
                              '{"property": "TSUN", "place": "1-2-1203", "party": "W2", "from": "2020-01-01"}'),
          'taken, rejected place: it is held by 刘芳 (P-1002) as owner since 2020-01-01, rejected place: there is no place called 1-2-1299 at TSUN, '
          'rejected from: place, party and from are needed, changed, unchanged', 'occupancies from a file');
select is((select string_agg(k.n, ' ') from (select c.number as n from occupancy_pick(pg_temp.both(), 'TSUN/1-2-1202', null, null, false, null, null, 99) p
             join occupancy_card c on c.id = p.id order by c.number) k), 'T-1004 T-1005', 'a list of what is current');
select is((select count(*)::int from occupancy_pick(pg_temp.both(), 'TSUN/1-2-1202', null, null, true, null, null, 99)), 5, 'and of all there was');
select is((select count(*)::int from occupancy_pick(pg_temp.both(), null, 'TSUN/W4', null, true, null, null, 99)), 2, 'of a party');
select results_eq($$ select c.number from place_pick(pg_temp.here(), null, null, null, null, true, false, null, 99) p join place_card c on c.id = p.id order by 1 $$,
                  $$ values ('2'), ('B-1202') $$, 'what could be held and is not');

-- Lists go on where they stopped
select is((select array_agg(x.number) from (
            with recursive page as (
              (select c.cursor, c.number, 1 as n from place_pick(pg_temp.both(), null, null, null, null, false, false, null, 1) p join place_card c on c.id = p.id)
              union all
              select c.cursor, c.number, g.n + 1 from page g, lateral place_pick(pg_temp.both(), null, null, null, null, false, false, g.cursor, 1) p
                join place_card c on c.id = p.id)
            select number from page order by n) x),
          (select array_agg(p.number order by p.property_id, p.sort_key, p.id) from place p), 'page by page, nothing twice and nothing left out');
select is((select count(*)::int from place_pick(pg_temp.here(), null, 'unit', 'building:2', null, false, false, null, 99)), 2, 'below a place, of a kind');
select is((select count(*)::int from place_pick(pg_temp.here(), '1202', null, null, null, false, false, null, 99)), 2, 'by the end of its number');
select is((select count(*)::int from place_pick(pg_temp.here(), 'one', null, null, 'out_of_order', false, false, null, 99)), 1, 'by a word of its name, in a state');
select is((select count(*)::int from party_pick(pg_temp.here(), '小明', null, null, null, null, 99)), 1, 'a party by a part of its name');
select is((select count(*)::int from party_pick(pg_temp.here(), null, null, null, 'owner', null, 99)), 2, 'those who own something');

-- The search box
select is(pg_temp.found('1-2-1202'), 'exact unit 1-2-1202 owner, exact unit 1-2-1202 family, exact unit 1-2-1202', 'a unit, with who holds it, at every property');
select is(pg_temp.found('TSUN/1-2-1202'), 'exact unit 1-2-1202 owner, exact unit 1-2-1202 family', 'at one');
select is(pg_temp.found('1202', 2, pg_temp.here()), 'suggested unit 1-2-1202 owner, suggested unit 1-2-1202 family, suggested parking B-1202', 'by the end of its number');
select is(pg_temp.found('0571 05551202'), 'exact phone P-1001', 'a telephone number however written');
select is(pg_temp.found('1380013'), 'suggested phone P-1001, suggested phone P-1002 1-2-1203 owner, suggested phone P-1002 1-2-1202 family', 'its beginning');
select is(pg_temp.found('38000'), 'suggested phone P-1001', 'its end');
select is(pg_temp.found('王小明'), 'exact name P-1001', 'a name');
select is(pg_temp.found('WANG  xiaoming'), 'exact name P-1001', 'another name, in whatever letters');
select is(pg_temp.found('小明'), 'suggested name P-1001', 'a part of it');
select is(pg_temp.found('wx'), 'suggested name P-1001', 'initials');
select is(pg_temp.found('jose fereira'), 'suggested name P-1001', 'something like it');
select is(pg_temp.found('浙at1202'), 'exact plate P-1001', 'a plate');
select is(pg_temp.found('TLAK/p-1001'), 'exact party P-1001', 'a party by its number');
select is(pg_temp.found('330106197904120011'), 'exact document P-1001', 'a document in full');
select is(pg_temp.found('330106197904'), 'nothing', 'never by its beginning');
select is(pg_temp.found('zzzz'), 'nothing', 'nothing is nothing');
select is(pg_temp.found('   '), 'nothing', 'as are blanks');
select lives_ok($$ select search_put(pg_temp.at('TSUN'), 'case', '0193b3a2-0000-7000-8000-0000000000c0', 'case', array['C-1042'], '{}', 'burst pipe') $$, 'other things join in');
select is((select concat_ws(' ', r.match, r.kind, r.number, r.label) from find_rows(pg_temp.both(), 'c-1042', null, 9) r), 'exact case C-1042 burst pipe', 'and are found');
select lives_ok($$ select pg_temp.edit('L1', '{"name": "Elevator"}') $$, 'a name changes');
select is(pg_temp.found('lift one'), 'nothing', 'the old one finds nothing');
select is(pg_temp.found('elevator'), 'exact name L1', 'the new one does');

-- The wall
select pg_temp.reach(pg_temp.here()) \g /dev/null
select is((select count(*)::int from place where property_id <> pg_temp.at('TSUN')), 0, 'places of other properties are not there');
select is((select count(*)::int from party where property_id <> pg_temp.at('TSUN')), 0, 'nor are parties');
select is((select count(*)::int from search_token where property_id <> pg_temp.at('TSUN')), 0, 'nor tokens');
select is((select count(*)::int from registry_event where property_id <> pg_temp.at('TSUN')), 0, 'nor history');
select is(pg_temp.found('1-2-1202'), 'exact unit 1-2-1202 owner, exact unit 1-2-1202 family', 'the search box stays inside, whatever it is told');
select is(pg_temp.found('jose fereira'), 'nothing', 'also where it runs as the owner');
select throws_ok($$ insert into place (property_id, id, kind, number) values (pg_temp.at('TLAK'), uuid7(), 'area', 'X') $$, '42501', null, 'nothing is written outside');
select pg_temp.reach(pg_temp.both()) \g /dev/null

-- A hundred thousand parties: whatever is looked for, no table of them is read from end to end
insert into search_token (property_id, token, part, kind, entity, entity_id)
select case when g % 2 = 0 then pg_temp.at('TSUN') else pg_temp.at('TLAK') end, t.token, t.part, t.kind, 'party', gen_random_uuid()
  from generate_series(1, 50000) g,
       lateral (values ('861300' || lpad(g::text, 7, '0'), false, 'phone'),
                       (tail('861300' || lpad(g::text, 7, '0')), true, 'phone'),
                       (md5(g::text) || ' smith', false, 'name')) as t (token, part, kind);
select import_settle('search_token') \g /dev/null
create function pg_temp.read_through(p_text text) returns bigint language plpgsql as $$
declare
  before constant bigint := (select sum(seq_scan) from pg_stat_xact_user_tables where relname in ('search_token', 'party', 'place'));
begin
  for i in 1..8 loop -- the sixth on may use a plan made for any text
    perform count(*) from steward_code.find_rows(pg_temp.both(), p_text, null, 20);
  end loop;
  return (select sum(seq_scan) from pg_stat_xact_user_tables where relname in ('search_token', 'party', 'place')) - before;
end $$;
select is(pg_temp.read_through(x), 0::bigint, 'looking for ' || x)
  from unnest('{13000042424,1300004,042424,1-2-1202,1202,wang xiaoming,王,wxiaoming,c-1042,nobody at all}'::text[]) x;
select ok(not exists (select from unnest(pg_temp.plan($$ select * from find_begin(pg_temp.both(), 'wang', 1, 200) $$)) l where l like '%Seq Scan%')
          and exists (select from unnest(pg_temp.plan($$ select * from find_begin(pg_temp.both(), 'wang', 1, 200) $$)) l
                       where l like '%Index Cond:%token >=%'), 'beginnings are looked up in the index, under row-level security');

select * from finish();
rollback;
