-- Business calendars: what is counted, to the second, as the daemon's role sees it. Leaves nothing behind.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;

insert into property (code, name, zone) values
  ('TSUN', 'Sunshine', 'Asia/Shanghai'), ('TBER', 'Berlin', 'Europe/Berlin'), ('TLAK', 'Lake View', 'Asia/Shanghai');
select set_config('steward.scope', (select string_agg(p.id::text, ',') from property_all() p where p.code in ('TSUN', 'TBER')), true);

create function pg_temp.at(p text) returns int language sql stable as
$$ select id from steward_code.property_all() where code = p $$;
-- Monday of the week after next: days from it, and times of them as the clock on the wall of the property shows them.
create function pg_temp.day(p_n int) returns date language sql stable as
$$ select date_trunc('week', now() at time zone 'Asia/Shanghai')::date + 14 + p_n $$;
create function pg_temp.t(p_n int, p_time text, p_zone text default 'Asia/Shanghai') returns timestamptz language sql stable as
$$ select (pg_temp.day(p_n) + p_time::interval) at time zone p_zone $$;
create function pg_temp.wall(p timestamptz, p_zone text default 'Asia/Shanghai') returns text language sql stable as
$$ select ((p at time zone p_zone)::date - pg_temp.day(0)) || to_char(p at time zone p_zone, ' HH24:MI:SS') $$;
create function pg_temp.set(p_code text, p_hours text, p_from date default null, p_at text default 'TSUN') returns void
language sql volatile as
$$ select steward_code.calendar_set(pg_temp.at(p_at), gen_random_uuid(), null, p_code, p_hours, p_from::text, null, null) $$;
create function pg_temp.day_is(p_code text, p_n int, p_what text, p_value text default null, p_name text default null) returns void
language sql volatile as $$
  select steward_code.calendar_set_day(array[pg_temp.at('TSUN')], p_code, null, pg_temp.day(p_n)::text, p_what = 'closed',
           case p_what when 'like' then p_value end, case p_what when 'hours' then p_value end, p_name) $$;
create function pg_temp.secs(p_code text, p_from timestamptz, p_to timestamptz, p_at text default 'TSUN') returns bigint
language sql stable as $$ select steward_code.calendar_seconds(pg_temp.at(p_at), p_code, p_from, p_to) $$;
create function pg_temp.plus(p_code text, p_from timestamptz, p_seconds bigint, p_at text default 'TSUN') returns timestamptz
language sql stable as $$ select steward_code.calendar_add(pg_temp.at(p_at), p_code, p_from, p_seconds) $$;
create function pg_temp.open(p_code text, p timestamptz, p_at text default 'TSUN') returns boolean
language sql stable as $$ select steward_code.calendar_is_open(pg_temp.at(p_at), p_code, p) $$;

select plan(141);

-- Reading and writing hours.
select is(calendar_week_text(calendar_week_of(h, 'hours')), w, 'hours: ' || h) from (values
  ('mon-fri 08:30-12:00,13:30-18:00; sat 09:00-12:00', 'mon-fri 08:30-12:00,13:30-18:00; sat 09:00-12:00'),
  ('Monday, wed, FRI 8:00 – 9:00', 'mon 08:00-09:00; wed 08:00-09:00; fri 08:00-09:00'),
  ('sat-mon 22:00-06:00', 'mon 22:00-06:00; sat-sun 22:00-06:00'),
  ('mon-sun 00:00-24:00', 'mon-sun 00:00-24:00'),
  ('tue 08:00-09:00,09:00-10:00; wed closed', 'tue 08:00-10:00'),
  (E'mon 08：30－12：00，13:00-14:00\nsun 10:00-11:00;', 'mon 08:30-12:00,13:00-14:00; sun 10:00-11:00')) x (h, w);
select throws_ok(format('select calendar_week_of(%L, ''hours'')', h), 'STINV', null, 'refused as hours: ' || h) from (values
  (''), ('mon'), ('08:00-12:00'), ('mon 8-12'), ('mon 08:00-08:00'), ('mon 24:00-25:00'), ('mon 08:00-24:01'), ('mon 08:60-09:00'),
  ('mon 08:00-12:00,11:00-13:00'), ('mon 08:00-12:00; mon-fri 13:00-14:00'), ('moon 08:00-12:00'), ('mon- 08:00-12:00'),
  ('mon closed'), ('mon 08:00-12:00,'), ('mo 08:00-12:00')) x (h);
select is(calendar_time_text(s), w, 'time: ' || w) from (values
  (0::bigint, '0 min'), (45, '45 s'), (12600, '3 h 30 min'), (3600, '1 h'), (3661, '1 h 1 min 1 s')) x (s, w);

-- Without a calendar every second counts.
select is(pg_temp.secs(c, pg_temp.t(0, '03:00'), pg_temp.t(0, '04:00')), 3600::bigint, 'every second counts: ' || coalesce(c, 'null'))
  from unnest(array[null, 'nothing']) c;
select is(pg_temp.wall(pg_temp.plus(null, pg_temp.t(0, '03:00'), 3600)), '0 04:00:00', 'every second is added');
select ok(pg_temp.open('nothing', pg_temp.t(0, '03:00')), 'without a calendar it is open');

select pg_temp.set('desk', 'mon-fri 08:30-12:00,13:30-18:00; sat 09:00-12:00');

-- A lunch break, boundaries, a weekend.
select is(pg_temp.secs('desk', pg_temp.t(d, a), pg_temp.t(e, b)), s::bigint, n) from (values
  (0, '11:30', 0, '14:00', 3600, 'a lunch break does not count'),
  (0, '12:15', 0, '13:15', 0, 'nothing counts inside the lunch break'),
  (0, '08:30', 0, '12:00', 12600, 'from an opening to a closing'),
  (0, '12:00', 0, '13:30', 0, 'from a closing to an opening'),
  (0, '00:00', 1, '00:00', 28800, 'a whole day'),
  (0, '00:00', 7, '00:00', 154800, 'a whole week'),
  (4, '17:30', 7, '09:00', 14400, 'over a weekend with its Saturday morning'),
  (6, '00:00', 7, '00:00', 0, 'a Sunday'),
  (0, '14:00', 0, '11:30', 0, 'backwards is nothing'),
  (0, '14:00', 0, '14:00', 0, 'a moment is nothing')) x (d, a, e, b, s, n);
select is(pg_temp.wall(pg_temp.plus('desk', pg_temp.t(d, a), s)), w, n) from (values
  (0, '11:30', 3600, '0 14:00:00', 'over the lunch break'),
  (0, '11:30', 1800, '0 12:00:00', 'an end at a closing time stays there'),
  (0, '11:30', 1801, '0 13:30:01', 'a second more is after the break'),
  (0, '12:00', 1, '0 13:30:01', 'from a closing time'),
  (0, '12:30', 60, '0 13:31:00', 'a start inside the break counts from the next opening'),
  (0, '03:00', 28800, '0 18:00:00', 'a start before the first opening'),
  (4, '18:00', 10800, '5 12:00:00', 'Friday evening to Saturday noon'),
  (5, '12:00', 3600, '7 09:30:00', 'Saturday noon to Monday morning'),
  (0, '08:30', 154800, '5 12:00:00', 'a week''s time ends where the week''s last span closes'),
  (0, '12:30', 0, '0 12:30:00', 'no time stays where it is'),
  (0, '12:30', -5, '0 12:30:00', 'less than no time too')) x (d, a, s, w, n);
select is(pg_temp.open('desk', pg_temp.t(d, a)), o, 'open at ' || d || ' ' || a) from (values
  (0, '08:29:59', false), (0, '08:30', true), (0, '11:59:59', true), (0, '12:00', false), (0, '13:00', false), (0, '13:30', true),
  (5, '10:00', true), (6, '10:00', false)) x (d, a, o);
select is(pg_temp.secs('desk', pg_temp.t(0, '11:59:59.4'), pg_temp.t(0, '13:30:00.7')), 1::bigint, 'parts of seconds are added up');
select is(pg_temp.plus('desk', pg_temp.t(0, '11:59:59.4'), 1), pg_temp.t(0, '13:30:00.4'), 'and kept');

-- Holidays, make-up days, special days; the latest word on a day counts and the others are kept.
select pg_temp.day_is('desk', 8, 'closed', null, 'Holiday');
select is(pg_temp.secs('desk', pg_temp.t(7, '17:00'), pg_temp.t(9, '09:30')), 7200::bigint, 'a holiday does not count');
select is(pg_temp.wall(pg_temp.plus('desk', pg_temp.t(7, '17:00'), 7200)), '9 09:30:00', 'nor is it counted into an end');
select pg_temp.day_is('desk', 12, 'like', 'mon');
select is(pg_temp.secs('desk', pg_temp.t(12, '00:00'), pg_temp.t(13, '00:00')), 28800::bigint, 'a make-up Saturday has Monday''s hours');
select pg_temp.day_is('desk', 13, 'hours', '10:00-11:00,23:00-01:00');
select is(pg_temp.secs('desk', pg_temp.t(13, '00:00'), pg_temp.t(14, '08:30')), 10800::bigint, 'a special Sunday reaches into Monday');
select is(pg_temp.secs('desk', pg_temp.t(7, '00:00'), pg_temp.t(21, '00:00')), (2 * 154800 - 28800 + 18000 + 10800)::bigint,
          'two weeks with all of it');
select pg_temp.day_is('desk', 8, 'hours', '09:00-10:00');
select is(pg_temp.secs('desk', pg_temp.t(8, '00:00'), pg_temp.t(9, '00:00')), 3600::bigint, 'a later word on a day replaces the earlier one');
select pg_temp.day_is('desk', 8, 'like', 'tuesday');
select is(pg_temp.secs('desk', pg_temp.t(8, '00:00'), pg_temp.t(9, '00:00')), 28800::bigint, 'like itself it is an ordinary day again');
select is((select string_agg(d.what || ' ' || d.replaced, ', ') from calendar_days(array[pg_temp.at('TSUN')], 'desk', true) d
            where d.date = pg_temp.day(8)::text), 'closed true, own hours true, ordinary false', 'all words on a day are kept');
select is((select count(*)::int from calendar_days(array[pg_temp.at('TSUN')], 'desk', false) d where d.date = pg_temp.day(8)::text), 0,
          'an ordinary day differs from nothing');
select pg_temp.day_is('desk', 8, 'closed', null, 'Holiday');
select throws_ok(q, 'STINV', null, n) from (values
  ('select pg_temp.day_is(''desk'', -60, ''closed'')', 'a day gone by is not set'),
  ('select pg_temp.day_is(''desk'', 900, ''closed'')', 'nor one too far ahead'),
  ('select pg_temp.day_is(''desk'', 3, ''like'', ''someday'')', 'nor like no weekday'),
  ('select pg_temp.day_is(''desk'', 3, ''hours'', ''closed'')', 'nor without hours'),
  ('select pg_temp.day_is(''desk'', 3, ''nothing'')', 'nor with nothing said'),
  ('select pg_temp.set(''desk'', ''mon 08:00-09:00'', current_date - 3)', 'a week does not begin on a day gone by')) x (q, n);

-- Spans across midnight.
select pg_temp.set('night', 'mon-sun 22:00-06:00');
select is(pg_temp.secs('night', pg_temp.t(0, '23:00'), pg_temp.t(1, '23:00')), 28800::bigint, 'a night and an hour of the next');
select is(pg_temp.secs('night', pg_temp.t(0, '22:00'), pg_temp.t(1, '06:00')), 28800::bigint, 'a night');
select is(pg_temp.wall(pg_temp.plus('night', pg_temp.t(0, '05:00'), 7200)), '0 23:00:00', 'from one night into the next');
select pg_temp.day_is('night', 3, 'closed');
select is(pg_temp.secs('night', pg_temp.t(3, '00:00'), pg_temp.t(4, '22:00')), 21600::bigint, 'the night before a closed day is worked to its end');

-- Minute by minute: the same by another way, over three weeks with all of the above.
select is(pg_temp.secs(c, pg_temp.t(0, '00:00'), pg_temp.t(21, '00:00')),
          (select 60 * count(*) from generate_series(0, 21 * 1440 - 1) m where pg_temp.open(c, pg_temp.t(0, '00:00') + make_interval(mins => m))),
          'seconds are the minutes in which it is open: ' || c) from unnest(array['desk', 'night']) c;
select is((select count(*)::int from generate_series(0, 7 * 1440 - 1) m
           cross join lateral (select pg_temp.t(0, '00:00') + make_interval(mins => m) as t) t
           cross join lateral (select (t at time zone 'Asia/Shanghai')::time as h, extract(isodow from t at time zone 'Asia/Shanghai') as d) w
           where pg_temp.open('desk', t.t)
                 <> ((w.d <= 5 and (w.h >= '08:30' and w.h < '12:00' or w.h >= '13:30' and w.h < '18:00'))
                     or (w.d = 6 and w.h >= '09:00' and w.h < '12:00'))), 0, 'an ordinary week is open when its hours say so');

-- Adding and counting undo each other; what is counted in two parts is what is counted at once.
create temp table moment as
select pg_temp.t(0, '00:00') + random() * interval '300 days' as t, (random() * 2000000)::bigint + 1 as s, random() * interval '9 days' as more
  from generate_series(1, 1000);
create temp table cal as select c, a from (values ('desk', 'TSUN'), ('night', 'TSUN')) x (c, a);
select is((select count(*)::int from moment, cal where pg_temp.secs(c, t, pg_temp.plus(c, t, s, a), a) <> s), 0, 'seconds undo add');
select is((select count(*)::int from moment, cal
            where pg_temp.plus(c, t, s, a) < pg_temp.plus(c, t, s - 1, a) + interval '1 second' and s > 1), 0, 'a second more is never earlier');
select is((select count(*)::int from moment, cal
            where pg_temp.open(c, t, a) and pg_temp.secs(c, date_trunc('second', t), t + more, a) > 0
              and pg_temp.plus(c, date_trunc('second', t), pg_temp.secs(c, date_trunc('second', t), date_trunc('second', t + more), a), a)
                  > date_trunc('second', t + more)), 0, 'add undoes seconds, or stops at the closing time before');
select is((select count(*)::int from moment, cal
            where pg_temp.secs(c, date_trunc('second', t), date_trunc('second', t + more), a)
                  + pg_temp.secs(c, date_trunc('second', t + more), date_trunc('second', t + 2 * more), a)
                  <> pg_temp.secs(c, date_trunc('second', t), date_trunc('second', t + 2 * more), a)), 0, 'parts add up');

-- A change rewrites nothing before its first day.
create temp table before as
select c, t, u, pg_temp.secs(c, t, u) as s
  from (values ('desk'), ('night')) x (c),
       (select pg_temp.t(0, '00:00') + random() * interval '28 days' as t, pg_temp.t(0, '00:00') + random() * interval '28 days' as u
          from generate_series(1, 500)) m;
select pg_temp.set('desk', 'mon-fri 10:00-16:00', pg_temp.day(28));
select pg_temp.set('night', 'mon-sun 12:00-13:00', pg_temp.day(28));
select pg_temp.day_is('desk', 35, 'closed');
select is((select count(*)::int from before where s <> pg_temp.secs(c, t, u)), 0, 'what counted before a change counts as before');
select is(pg_temp.secs('desk', pg_temp.t(28, '00:00'), pg_temp.t(35, '00:00')), 108000::bigint, 'from its first day on the new hours count');
select is(pg_temp.secs('desk', pg_temp.t(27, '00:00'), pg_temp.t(36, '00:00')), 108000::bigint, 'a day is closed under them');
select is(pg_temp.secs('night', pg_temp.t(27, '22:00'), pg_temp.t(28, '24:00')), 32400::bigint,
          'a night begun before a change is worked to its end');
select is(pg_temp.wall(pg_temp.plus('desk', pg_temp.t(26, '09:00'), 10800 + 3600)), '28 11:00:00', 'a clock runs over the change');
select pg_temp.set('desk', 'mon-fri 11:00-12:00', pg_temp.day(28));
select is(pg_temp.secs('desk', pg_temp.t(28, '00:00'), pg_temp.t(29, '00:00')), 3600::bigint, 'a later word on the same first day replaces it');
select is((select string_agg(v.state, ', ') from calendar_versions(array[pg_temp.at('TSUN')], 'desk') v), 'planned, replaced, in force',
          'all versions are kept');
select pg_temp.set('desk', 'mon-fri 08:30-12:00,13:30-18:00; sat 09:00-12:00');
select is((select count(*)::int from calendar_versions(array[pg_temp.at('TSUN')], 'desk') v), 3, 'the same hours again are no version');
select is((select count(*)::int from before where s <> pg_temp.secs(c, t, u)), 0, 'and still nothing was rewritten');

-- Clocks that are set forward and back: the last Sundays of March and October in Berlin.
create function pg_temp.turn(p_month int) returns date language sql stable as
$$ select d::date from generate_series(now() + interval '20 days', now() + interval '400 days', interval '1 day') d
    where extract(month from d) = p_month and extract(isodow from d) = 7 and extract(day from d) >= 25 limit 1 $$;
create function pg_temp.b(p_day date, p_time text) returns timestamptz language sql stable as
$$ select (p_day + p_time::interval) at time zone 'Europe/Berlin' $$;
select pg_temp.set(c, h, null, 'TBER') from (values
  ('all', 'mon-sun 00:00-24:00'), ('night', 'mon-sun 22:00-06:00'), ('early', 'mon-sun 02:30-03:15'), ('gone', 'sun 02:10-02:50'),
  ('desk', 'mon-sun 08:00-12:00')) x (c, h);
select is(pg_temp.secs(c, pg_temp.b(pg_temp.turn(m) - d, f), pg_temp.b(pg_temp.turn(m), t), 'TBER'), s::bigint, n) from (values
  ('all', 3, 0, '00:00', '24:00', 82800, 'the day of 23 hours'),
  ('all', 10, 0, '00:00', '24:00', 90000, 'the day of 25 hours'),
  ('night', 3, 1, '22:00', '06:00', 25200, 'the night of 7 hours'),
  ('night', 10, 1, '22:00', '06:00', 32400, 'the night of 9 hours'),
  ('night', 3, 2, '22:00', '22:00', 54000, 'two nights, the second shorter'),
  ('early', 3, 0, '00:00', '12:00', 900, 'an opening that is leapt over comes with the leap'),
  ('early', 10, 0, '00:00', '12:00', 2700, 'of a time shown twice the second is meant'),
  ('gone', 3, 0, '00:00', '12:00', 0, 'a span inside the leap is left out'),
  ('gone', 10, 0, '00:00', '12:00', 2400, 'a span inside the hour that comes twice'),
  ('desk', 3, 1, '08:00', '12:00', 28800, 'two mornings in spring'),
  ('desk', 10, 1, '08:00', '12:00', 28800, 'two mornings in autumn')) x (c, m, d, f, t, s, n);
select is(pg_temp.plus('desk', pg_temp.b(pg_temp.turn(m) - 1, '11:00'), 7200, 'TBER'), pg_temp.b(pg_temp.turn(m), '09:00'),
          'added over the turn of month ' || m) from unnest('{3,10}'::int[]) m;
select is(pg_temp.plus('night', pg_temp.b(pg_temp.turn(3) - 1, '22:00'), 25200, 'TBER'), pg_temp.b(pg_temp.turn(3), '06:00'),
          'seven hours end the short night');
select is((select count(*)::int from moment, unnest('{all,night,desk}'::text[]) c
            where pg_temp.secs(c, t, pg_temp.plus(c, t, s, 'TBER'), 'TBER') <> s), 0, 'seconds undo add over both turns');

-- Outside of the timeline every second counts.
create temp table edge as select c.begins, c.ends from calendar c where c.property_id = pg_temp.at('TSUN') and c.code = 'night';
select ok((select ends from edge) > now() + interval '799 days', 'the timeline reaches 800 days ahead');
select is((select pg_temp.secs('night', ends, ends + interval '9 days 1 second') from edge), (9 * 86400 + 1)::bigint, 'beyond its end');
select is((select pg_temp.secs('night', begins - interval '90 seconds', begins) from edge), 90::bigint, 'before its beginning');
select is((select pg_temp.secs('night', begins - interval '90 seconds', begins + interval '1 day') from edge),
          (select 90 + pg_temp.secs('night', begins, begins + interval '1 day') from edge), 'into it');
select is((select pg_temp.plus('night', begins - interval '90 seconds', 90) from edge), (select begins from edge), 'added up to its beginning');
select is((select pg_temp.plus('night', begins - interval '90 seconds', 30) from edge), (select begins - interval '60 seconds' from edge),
          'added before its beginning');
select is((select pg_temp.plus('night', ends - interval '1 day', pg_temp.secs('night', ends - interval '1 day', ends) + 60) from edge),
          (select ends + interval '1 minute' from edge), 'added over its end');
select is((select pg_temp.plus('night', ends + interval '5 days', 60) from edge), (select ends + interval '5 days 1 minute' from edge),
          'added beyond its end');
select is((select count(*)::int from moment, edge
            where pg_temp.secs('night', t + interval '700 days', pg_temp.plus('night', t + interval '700 days', s)) <> s), 0,
          'seconds undo add beyond it too');
select ok(pg_temp.open('night', (select ends from edge)), 'beyond it is open');
select pg_temp.set('later', 'mon-sun 08:00-09:00', pg_temp.day(7));
select is(pg_temp.secs('later', pg_temp.t(6, '00:00'), pg_temp.t(8, '00:00')), 90000::bigint, 'a calendar that begins later counts from then on');
select throws_ok('select pg_temp.day_is(''later'', 6, ''closed'')', 'STINV', null, 'no day before its first is set');
select pg_temp.set('later', 'mon-sun 08:00-10:00', pg_temp.day(5));
select is(pg_temp.secs('later', pg_temp.t(5, '00:00'), pg_temp.t(8, '00:00')), (7200 * 2 + 3600)::bigint, 'an earlier beginning is laid before it');
select is((select c.begins from calendar c where c.property_id = pg_temp.at('TSUN') and c.code = 'later'), pg_temp.t(5, '00:00'), 'and is its beginning');

-- Taking timelines on: as if it had been made thirty days ago.
create temp table whole as
select c, t, u, pg_temp.secs(c, t, u) as s
  from (values ('desk'), ('night')) x (c),
       (select ends - random() * interval '60 days' as t, ends - random() * interval '60 days' as u from edge, generate_series(1, 500)) m;
delete from calendar_span s using calendar c, edge e
 where c.property_id = s.property_id and c.id = s.calendar_id and c.code in ('desk', 'night') and c.property_id = pg_temp.at('TSUN')
   and s.opens >= e.ends - interval '30 days';
update calendar_span s set closes = e.ends - interval '30 days' from calendar c, edge e
 where c.property_id = s.property_id and c.id = s.calendar_id and c.code in ('desk', 'night') and c.property_id = pg_temp.at('TSUN')
   and s.closes > e.ends - interval '30 days';
update calendar c set ends = e.ends - interval '30 days',
       total_s = (select max(s.before_s + extract(epoch from s.closes - s.opens)::bigint) from calendar_span s
                   where s.property_id = c.property_id and s.calendar_id = c.id)
  from edge e where c.code in ('desk', 'night') and c.property_id = pg_temp.at('TSUN');
select is(calendar_extend(), 2, 'the short ones are taken on');
select is(calendar_extend(), 0, 'once');
select is((select count(*)::int from whole where s <> pg_temp.secs(c, t, u)), 0, 'and count as they did');
select is((select count(*)::int from before where s <> pg_temp.secs(c, t, u)), 0, 'nothing before was rewritten by it');

-- A property that moves to another zone: from now on.
create temp table rows_before as select * from calendar_span where property_id = pg_temp.at('TSUN') and closes <= now();
update property set zone = 'Asia/Tokyo' where id = pg_temp.at('TSUN');
select ok(pg_temp.open('desk', pg_temp.t(0, '08:30', 'Asia/Tokyo')) and not pg_temp.open('desk', pg_temp.t(0, '18:00', 'Asia/Tokyo')),
          'another zone lays the hours out anew');
select is((select count(*)::int from (select * from rows_before except select * from calendar_span) x), 0, 'what has been counted stays');
select is((select count(*)::int from moment where pg_temp.secs('desk', t, pg_temp.plus('desk', t, s)) <> s), 0, 'and counting goes on');

-- Keeping and walls.
select is((select array_agg(distinct s.before_s + extract(epoch from s.closes - s.opens)::bigint - s.next) from (
             select x.*, lead(x.before_s) over (partition by x.calendar_id order by x.opens) as next from calendar_span x) s
            where s.next is not null), array[0::bigint], 'each span begins where the one before has counted to');
select throws_ok('update calendar_week set from_on = from_on + 1', '42501', null, 'weeks cannot be changed');
select throws_ok('delete from calendar_day', '42501', null, 'days cannot be removed');
select throws_ok('delete from calendar', '42501', null, 'nor can calendars');
select throws_ok(format('insert into calendar (property_id, id, code, name, begins, ends) values (%s, gen_random_uuid(), ''Desk'', ''x'', now(), now())',
                        pg_temp.at('TSUN')), '23514', null, 'a code is small letters');
select throws_ok(format('insert into calendar (property_id, id, code, name, begins, ends) values (%s, gen_random_uuid(), ''desk'', ''x'', now(), now())',
                        pg_temp.at('TSUN')), '23505', null, 'a code names one calendar');
select throws_ok(format('insert into calendar (property_id, id, code, name, begins, ends) values (%s, gen_random_uuid(), ''desk'', ''x'', now(), now())',
                        pg_temp.at('TLAK')), '42501', null, 'another property is behind its wall');
select set_config('steward.scope', pg_temp.at('TLAK')::text, true);
select is((select count(*)::int from calendar) + (select count(*)::int from calendar_week) + (select count(*)::int from calendar_day)
          + (select count(*)::int from calendar_span), 0, 'from there nothing is seen');
select is(pg_temp.secs('desk', pg_temp.t(0, '00:00'), pg_temp.t(1, '00:00')), 86400::bigint, 'nor counted');
select * from finish();
rollback;
