-- What was used between two days, by a table written out by hand: rollovers, replacements, estimates, days without a reading.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;
select null from set_config('steward.scope', (select string_agg(id::text, ',') from property_all()), true);

create function pg_temp.at() returns int language sql as $$ select id from property_all() where code = 'SUN' $$;
-- A meter by a list of 'day value kind [turns]' a device, each device in an array: {factor, digits, readings...}.
create function pg_temp.meter(p_name text, p_installed date, p_removed date, variadic p_dials text[]) returns uuid language plpgsql as $$
declare
  m constant uuid := uuid7();
  w text[];
  r text[];
  d uuid;
  spot uuid;
begin
  insert into place (property_id, id, kind, number) values (pg_temp.at(), uuid7(), 'unit', 'T-' || p_name) returning id into spot;
  insert into meter (property_id, id, number, kind, utility, place_id, installed_on, removed_on)
  values (pg_temp.at(), m, p_name, 'unit', 'water', spot, p_installed, p_removed);
  for i in 1 .. cardinality(p_dials) loop
    w := string_to_array(p_dials[i], ', ');
    d := uuid7();
    insert into meter_dial (property_id, id, meter_id, seq, factor, digits, from_on, to_on)
    values (pg_temp.at(), d, m, i, split_part(w[1], ' ', 1)::numeric, split_part(w[1], ' ', 2)::int, split_part(w[2], ' ', 1)::date,
            case when i < cardinality(p_dials) or p_removed is not null then split_part(w[cardinality(w)], ' ', 1)::date end);
    for k in 2 .. cardinality(w) loop
      r := string_to_array(w[k], ' ');
      insert into meter_reading (property_id, id, meter_id, dial_id, seq, read_on, value, kind, turns, source)
      values (pg_temp.at(), uuid7(), m, d, i, r[1]::date, r[2]::numeric, r[3], coalesce(r[4]::int, 0), 'desk');
    end loop;
  end loop;
  return m;
end $$;
-- 12.5, with ~ where estimated and ? where assumed, or the code.
create function pg_temp.used(p_meter text, p_from date, p_to date) returns text language sql as $$
  select coalesce(u.code, u.usage || case when u.estimated then '~' else '' end || case when u.assumed then '?' else '' end)
    from meter m, lateral meter_usage(m.property_id, m.id, p_from, p_to) u where m.property_id = pg_temp.at() and m.number = p_meter
$$;

select plan(53);

-- Read on the last days of each month; over the top of 9999.999 in March.
select isnt(pg_temp.meter('PLAIN', '2026-01-01', null, '1 4, 2026-01-01 9950 first, 2026-01-30 9970.5 read, 2026-02-27 9990.5 read, 2026-03-29 12.5 read 1'), null, 'plain');
-- A current transformer of 40; replaced on 11 February at 120, the new one begins with 3.
select isnt(pg_temp.meter('SWAP', '2026-01-01', null, '40 5, 2026-01-01 100 first, 2026-02-01 110 read, 2026-02-11 120 final',
                          '1 5, 2026-02-11 3 first, 2026-03-01 93 read'), null, 'replaced');
-- Over the top on the very device that is taken out afterwards, and again on the next.
select isnt(pg_temp.meter('BOTH', '2026-01-01', null, '1 3, 2026-01-01 990 first, 2026-02-01 5 read 1, 2026-02-11 15 final 1',
                          '2 3, 2026-02-11 998 first, 2026-03-01 8 read 1'), null, 'over the top and replaced');
-- It broke: what it had counted when it was taken out was estimated.
select isnt(pg_temp.meter('BROKE', '2026-01-01', null, '1 5, 2026-01-01 0 first, 2026-02-01 30 read, 2026-02-11 40 final_estimate',
                          '1 5, 2026-02-11 0 first, 2026-03-01 18 read'), null, 'broken');
-- March was estimated and billed by it; April's reading puts it right.
select isnt(pg_temp.meter('GUESS', '2026-01-01', null, '1 5, 2026-01-01 0 first, 2026-02-01 31 read, 2026-03-01 60 estimate, 2026-04-01 85 read'), null, 'estimated');
select isnt(pg_temp.meter('HIGH', '2026-01-01', null, '1 5, 2026-01-01 0 first, 2026-02-01 31 read, 2026-03-01 60 estimate, 2026-04-01 50 read'), null, 'estimated too high');
-- Read rarely, removed in May.
select isnt(pg_temp.meter('RARE', '2026-01-11', '2026-05-11', '1 5, 2026-01-11 7 first, 2026-03-12 67 read, 2026-05-11 97 final'), null, 'rarely');
select isnt(pg_temp.meter('NEW', '2026-01-01', null, '1 5, 2026-01-01 50 first'), null, 'new');

select is(pg_temp.used(m, f, t), v, format('%s from %s to %s', m, f, t)) from (values
  ('PLAIN', '2026-01-01'::date, '2026-02-01'::date, '20.5'), ('PLAIN', '2026-02-01', '2026-03-01', '20'), ('PLAIN', '2026-03-01', '2026-04-01', '22'),
  ('PLAIN', '2026-01-01', '2026-04-01', '62.5'), ('PLAIN', '2026-02-01', '2026-02-01', '0'),
  -- Beyond 7 days the level lies between the readings: 18 days of 28 of 20 are 12.857, and from 20.5 to there.
  ('PLAIN', '2026-01-01', '2026-02-17', '33.357~'),
  -- Behind the last reading: 62.5 in 87 days; 32 days more are 22.989.
  ('PLAIN', '2026-04-01', '2026-04-30', '22.989~?'),
  ('SWAP', '2026-01-01', '2026-02-01', '400'), ('SWAP', '2026-02-01', '2026-03-01', '490'), ('SWAP', '2026-01-01', '2026-02-11', '800'),
  ('SWAP', '2026-02-11', '2026-03-01', '90'),
  ('BOTH', '2026-01-01', '2026-02-01', '15'), ('BOTH', '2026-02-01', '2026-03-01', '30'),
  ('BROKE', '2026-01-01', '2026-02-01', '30'), ('BROKE', '2026-02-01', '2026-03-01', '28'), ('BROKE', '2026-02-01', '2026-02-11', '10~'),
  ('GUESS', '2026-02-01', '2026-03-01', '29~'), ('GUESS', '2026-03-01', '2026-04-01', '25~'), ('GUESS', '2026-02-01', '2026-04-01', '54'),
  ('HIGH', '2026-03-01', '2026-04-01', 'USAGE_NEGATIVE'), ('HIGH', '2026-02-01', '2026-04-01', '19'),
  -- 61 days with a month's edge in them: 60 * 49/60 = 49 up to 1 March; before it was installed nothing was used, after it was removed neither.
  ('RARE', '2026-01-01', '2026-03-01', '49~'), ('RARE', '2026-03-01', '2026-05-01', '36~'), ('RARE', '2026-05-01', '2026-07-01', '5~'),
  ('RARE', '2026-06-01', '2026-07-01', '0'), ('RARE', '2025-11-01', '2026-01-01', '0'),
  ('NEW', '2026-01-01', '2026-01-08', '0'), ('NEW', '2026-01-01', '2026-02-01', 'NO_READING')) v (m, f, t, v);

-- Parts of a period that is reckoned as a whole, such as the days of two holders: from reading to reading by the days, and no
-- reading stands for more than its own day. PLAIN used 20.5 in the 29 days up to the 30th of January, 2.121 of
-- it in three; SWAP 400 up to the 11th of February and 90 in the 18 days after it.
create function pg_temp.part(p_meter text, p_from date, p_to date, p_day date, p_next date) returns text language sql as $$
  select coalesce(u.code, u.usage || case when u.estimated then '~' else '' end || case when u.assumed then '?' else '' end)
    from meter m, lateral meter_used(meter_track(m.property_id, m.id), p_from, p_to, p_day, p_next) u where m.property_id = pg_temp.at() and m.number = p_meter
$$;
select is(pg_temp.part(m, f, t, a, b), v, format('%s from %s to %s of %s to %s', m, a, b, f, t)) from (values
  ('PLAIN', '2026-01-01'::date, '2026-02-01'::date, '2026-01-01'::date, '2026-01-04'::date, '2.121~'),
  ('PLAIN', '2026-01-01', '2026-02-01', '2026-01-04', '2026-02-01', '18.379~'), ('PLAIN', '2026-01-01', '2026-02-01', '2026-01-30', '2026-02-01', '0'),
  ('PLAIN', '2026-01-01', '2026-02-01', '2026-01-01', '2026-02-01', '20.5'),
  ('SWAP', '2026-02-01', '2026-03-01', '2026-02-01', '2026-02-11', '400'), ('SWAP', '2026-02-01', '2026-03-01', '2026-02-11', '2026-02-20', '45~'),
  ('SWAP', '2026-02-01', '2026-03-01', '2026-02-20', '2026-03-01', '45~'),
  ('NEW', '2026-01-01', '2026-02-01', '2026-01-10', '2026-02-01', 'NO_READING'),
  -- Behind the last reading: as the period as a whole.
  ('PLAIN', '2026-04-01', '2026-04-30', '2026-04-01', '2026-04-15', '11.098~?')) v (m, f, t, a, b, v);

-- What the devices showed at both ends: over the top, one after the other where one was replaced, by the days where nobody read.
create function pg_temp.shown(p_meter text, p_from date, p_to date) returns text language sql as $$
  select string_agg(format('%s-%s=%s', trim_scale(round(d.previous, 3)), trim_scale(round(d.present, 3)), trim_scale(round(d.usage, 3))), ' ' order by d.seq)
    from meter m, lateral meter_shown(m.property_id, m.id, p_from, p_to, p_from, p_to) d where m.property_id = pg_temp.at() and m.number = p_meter
$$;
select is(pg_temp.shown(m, f, t), v, format('%s shows from %s to %s', m, f, t)) from (values
  ('PLAIN', '2026-01-01'::date, '2026-02-01'::date, '9950-9970.5=20.5'), ('PLAIN', '2026-03-01', '2026-04-01', '9990.5-12.5=22'),
  ('PLAIN', '2026-01-01', '2026-02-17', '9950-9983.357=33.357'),
  ('SWAP', '2026-02-01', '2026-03-01', '110-120=400 3-93=90'), ('BOTH', '2026-02-01', '2026-03-01', '5-15=10 998-8=20'),
  ('NEW', '2026-01-01', '2026-01-08', null)) v (m, f, t, v);
select is((select count(*) from meter m cross join (select '2026-01-01'::date + (g * 37) % 120 as a, (g * 53) % 60 + 1 as x from generate_series(1, 200) g) s
            where m.property_id = pg_temp.at() and m.number in ('PLAIN', 'SWAP', 'BOTH', 'BROKE', 'RARE')
              and (meter_usage(m.property_id, m.id, s.a, s.a + x)).usage
                  is distinct from (select coalesce(sum(d.usage), 0) from meter_shown(m.property_id, m.id, s.a, s.a + x, s.a, s.a + x) d)), 0::bigint,
          'what the devices showed comes to the use');

-- Parts add up, whatever the days.
select is((select count(*) from meter m cross join (select '2026-01-01'::date + (g * 37) % 150 as a, (g * 53) % 60 as x, (g * 29) % 60 as y from generate_series(1, 200) g) s
            cross join lateral meter_usage(m.property_id, m.id, s.a, s.a + x) u
            cross join lateral meter_usage(m.property_id, m.id, s.a + x, s.a + x + y) v
            cross join lateral meter_usage(m.property_id, m.id, s.a, s.a + x + y) w
            where m.property_id = pg_temp.at() and m.number in ('PLAIN', 'SWAP', 'BOTH', 'BROKE', 'RARE') and u.usage + v.usage is distinct from w.usage), 0::bigint,
          'the use of two parts is the use of the whole');

select * from finish();
rollback;
