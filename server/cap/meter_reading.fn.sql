-- Readings: taken by hand or from a file, estimated, corrected; none that makes a bill wrong, and none that is hardly true unseen.

-- The use since the reading before, in the meter's unit.
create function reading_used(p_property int, p_meter uuid, p_on date) returns numeric language plpgsql stable as $$
declare
  t constant meter_track := meter_track(p_property, p_meter);
  i constant int := array_position(t.days, p_on);
begin
  return t.totals[i] - t.totals[i - 1];
end $$;

create view reading_card with (security_invoker = true) as
select r.id, r.property_id, y.code as property, m.number, p.number as place, m.utility, d.serial, r.read_on::text as "on", trim_scale(r.value)::text as value,
       r.kind, r.turns, case when r.struck_at is null then trim_scale(reading_used(r.property_id, r.meter_id, r.read_on))::text end as usage, u.unit,
       r.doubtful, r.source, r.note, (select a.login from app_user a where a.id = r.user_id) as by, ts(r.at, y.zone) as at,
       ts(r.struck_at, y.zone) as struck_at, (select a.login from app_user a where a.id = r.struck_by) as struck_by, r.struck_why, r.version,
       (extract(epoch from r.at) * 1000000)::bigint || '~' || r.id as cursor
  from meter_reading r
  join property y on y.id = r.property_id
  join meter m on m.property_id = r.property_id and m.id = r.meter_id
  join meter_utility u on u.utility = m.utility
  join place p on p.property_id = m.property_id and p.id = m.place_id
  join meter_dial d on d.property_id = r.property_id and d.id = r.dial_id;
create function reading_card(p_property int, p_id uuid) returns setof reading_card language plpgsql volatile rows 1 as
$$ begin return query select * from reading_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on reading_card to steward_app;

-- Where a device stands on a day, by the use since installation: the value it shows and how often it went over the top. Null where
-- that use is.
create function meter_spot(m meter, p_on date, p_total numeric, out dial_id uuid, out seq int, out turns int, out value numeric)
language plpgsql stable as $$
declare
  t constant meter_track := meter_track(m.property_id, m.id);
  r record;
  stands numeric;
begin
  select x.dial_id, x.seq, x.read_on, d.factor, ('1e' || d.digits)::numeric as top, x.value + x.turns * ('1e' || d.digits)::numeric as shown into r
    from meter_reading x join meter_dial d on d.property_id = x.property_id and d.id = x.dial_id
   where x.property_id = m.property_id and x.meter_id = m.id and x.struck_at is null and x.read_on <= p_on
   order by x.read_on desc, x.seq desc limit 1;
  stands := round(r.shown + (p_total - t.totals[array_position(t.days, r.read_on)]) / r.factor, 9);
  dial_id := r.dial_id;
  seq := r.seq;
  turns := div(stands, r.top);
  value := stands - turns * r.top;
end $$;

-- What was charged by a meter must stay what it was: refuses what would change it.
create function meter_billed_check(p_property int, p_meter uuid) returns void language plpgsql stable as $$
declare
  t constant meter_track := meter_track(p_property, p_meter);
  c record;
  u record;
begin
  for c in select x.*, b.number from meter_charge x
             left join charge_line l on x.entity = 'charge_line' and l.property_id = x.property_id and l.id = x.entity_id
             left join bill b on b.property_id = l.property_id and b.id = l.bill_id
            where x.property_id = p_property and x.meter_id = p_meter and x.released_at is null and not coalesce(l.cancelled, false)
            order by x.to_on loop
    u := meter_used(t, c.span_from, c.span_to, c.from_on, c.to_on);
    if u.usage is distinct from trim_scale(c.usage) then
      perform refuse('STPRE', 'USAGE_CHARGED', 'meter',
                     format('%s charged %s from %s to %s by %s; now it would be %s: credit that first, or enter a reading of a later day',
                            coalesce(c.number, 'an apportionment'), trim_scale(c.usage), c.from_on, c.to_on - 1, t.number, coalesce(u.usage::text, 'unknown')));
    end if;
  end loop;
end $$;

-- Notes that a part of a period was charged by a meter; the days it was reckoned with are kept by estimates, so that what is
-- read later does not change it. Gives what was used. p_entity: 'charge_line', or what else shares out the use: that sets
-- released_at when it takes it back.
create function meter_charge_add(p_property int, p_meter uuid, p_span_from date, p_span_to date, p_from date, p_to date, p_user uuid, p_entity text,
                                 p_entity_id uuid) returns numeric language plpgsql volatile as $$
declare
  m constant meter := meter_take(p_property, p_meter);
  u record;
  level record;
  spot record;
  day date;
begin
  foreach day in array array[p_span_from, p_span_to] loop
    level := meter_level(meter_track(p_property, p_meter), day);
    spot := meter_spot(m, day, level.total);
    if level.estimated and spot.value is not null and not exists (
         select from meter_reading r where r.property_id = p_property and r.meter_id = p_meter and r.read_on = day and r.struck_at is null) then
      perform meter_write(m, spot.dial_id, spot.seq, uuid7(), p_user, 'estimate', 'billing', day, spot.value, spot.turns, false, null, null);
    end if;
  end loop;
  u := meter_used(meter_track(p_property, p_meter), p_span_from, p_span_to, p_from, p_to);
  if u.code is not null then
    perform refuse('STPRE', u.code, 'meter', u.sentence);
  end if;
  insert into meter_charge (property_id, id, meter_id, span_from, span_to, from_on, to_on, usage, estimated, entity, entity_id)
  values (p_property, uuid7(), p_meter, p_span_from, p_span_to, p_from, p_to, u.usage, u.estimated, p_entity, p_entity_id);
  if p_entity = 'charge_line' then
    perform charge_readings_add(m, p_entity_id, p_span_from, p_span_to, p_from, p_to, u.estimated);
  end if;
  return u.usage;
end $$;

-- What was charged is credited in full, or taken back: the estimates that were made for it are struck, so that it is charged anew by what was
-- read, and no estimate that nobody pays for takes anything off what comes later. Those that something else rests on stay.
create function meter_charges_free(p_property int, p_entity text, p_ids uuid[], p_user uuid) returns void language plpgsql volatile as $$
declare
  e record;
begin
  perform meter_take(p_property, x.id)
     from (select distinct c.meter_id as id from meter_charge c
            where c.property_id = p_property and c.entity = p_entity and c.entity_id = any (p_ids) order by 1) x;
  for e in select distinct r.meter_id, r.id, r.read_on
             from meter_charge c
             join meter_reading r on r.property_id = c.property_id and r.meter_id = c.meter_id and r.read_on in (c.span_from, c.span_to)
                                 and r.kind = 'estimate' and r.source = 'billing' and r.struck_at is null
            where c.property_id = p_property and c.entity = p_entity and c.entity_id = any (p_ids)
            order by r.meter_id, r.read_on desc loop
    begin
      perform meter_strike(p_property, e.id, p_user, 'What it was made for was credited');
      perform meter_billed_check(p_property, e.meter_id);
      perform meter_touch(p_property, e.meter_id);
    exception when sqlstate 'STPRE' then
      null;
    end;
  end loop;
end $$;

create function meter_write(m meter, p_dial uuid, p_seq int, p_id uuid, p_user uuid, p_kind text, p_source text, p_on date, p_value numeric, p_turns int,
                            p_doubtful boolean, p_note text, p_corrects uuid) returns uuid language plpgsql volatile as $$
begin
  insert into meter_reading (property_id, id, meter_id, dial_id, seq, read_on, value, turns, kind, doubtful, source, note, corrects_id, user_id)
  values (m.property_id, p_id, m.id, p_dial, p_seq, p_on, p_value, p_turns, p_kind, p_doubtful, p_source, nullif(btrim(p_note), ''), p_corrects, p_user);
  return p_id;
end $$;

create function meter_strike(p_property int, p_id uuid, p_user uuid, p_why text) returns void language plpgsql volatile as $$
begin
  update meter_reading x set struck_at = clock_timestamp(), struck_by = p_user, struck_why = p_why, version = x.version + 1
   where x.property_id = p_property and x.id = p_id;
end $$;

-- Is a reading hardly true? By the use until then: outside the range of its utility; or, over the top, by more than half a
-- turn. Gives the sentence that says so, else null.
create function meter_doubt(m meter, p_before meter_reading, d meter_dial, p_on date, p_shown numeric) returns text language plpgsql stable as $$
declare
  u constant meter_utility := (select x from meter_utility x where x.utility = m.utility);
  top constant numeric := ('1e' || d.digits)::numeric;
  used constant numeric := (p_shown - p_before.value - p_before.turns * top) * d.factor;
  e constant record := meter_earlier(meter_track(m.property_id, m.id), p_on);
  expected constant numeric := e.used * (p_on - p_before.read_on) / e.days;
begin
  if used > expected * u.high_pct / 100 and used - expected > u.slack or used < expected * u.low_pct / 100 and expected - used > u.slack then
    return format('%s %s in %s days, where about %s were to be expected', trim_scale(used), u.unit, p_on - p_before.read_on, round(expected, 1));
  elsif used > top * d.factor / 2 and p_before.turns < div(p_shown, top) then
    return format('%s %s since the reading before, more than half of what the device can show', trim_scale(used), u.unit);
  end if;
  return null;
end $$;

-- Takes what a device showed at the beginning of a day. It must lie between the readings around it; below the one before only
-- where it went over its highest number (p_rollover). What is doubtful is taken when somebody says that it is right
-- (p_confirm), and stays marked. An estimate of that day gives way; the same reading again is no change. p_field: of the value.
create function meter_read(m meter, p_id uuid, p_user uuid, p_field text, p_source text, p_on date, p_value numeric, p_kind text, p_rollover boolean,
                           p_confirm boolean, p_note text, p_corrects uuid default null) returns uuid language plpgsql volatile as $$
declare
  d meter_dial;
  there meter_reading;
  before meter_reading;
  after meter_reading;
  turn int;
  shown numeric;
  doubt text;
begin
  select * into d from meter_dial x
   where x.property_id = m.property_id and x.meter_id = m.id and x.from_on <= p_on and (x.to_on is null or x.to_on >= p_on)
   order by x.seq desc limit 1;
  if d.id is null then
    perform refuse('STPRE', 'NOT_INSTALLED', 'on', format('%s was not in use on %s', m.number, p_on));
  elsif p_value is null then
    perform refuse('STINV', 'REQUIRED', p_field, 'say what the device shows');
  elsif p_value >= ('1e' || d.digits)::numeric then
    perform refuse('STINV', 'READING_DIGITS', p_field, format('a device of %s digits does not show %s', d.digits, p_value));
  end if;
  select * into there from meter_reading r where r.property_id = m.property_id and r.dial_id = d.id and r.read_on = p_on and r.struck_at is null;
  if there.kind in ('read', 'final') and there.value = p_value and p_kind = 'read' then
    return there.id;
  elsif there.kind = 'estimate' or there.kind = 'read' and there.value = p_value then
    perform meter_strike(m.property_id, there.id, p_user, case there.kind when 'estimate' then 'It was read' else 'It was the last reading' end);
  elsif there.id is not null then
    perform refuse('STEXI', 'READING_THERE', 'on', format('%s has the reading %s of %s: correct that one', m.number, trim_scale(there.value), p_on));
  end if;
  select * into before from meter_reading r
   where r.property_id = m.property_id and r.dial_id = d.id and r.read_on < p_on and r.struck_at is null and r.kind <> 'estimate'
   order by r.read_on desc limit 1;
  select * into after from meter_reading r
   where r.property_id = m.property_id and r.dial_id = d.id and r.read_on > p_on and r.struck_at is null and r.kind not in ('estimate', 'final_estimate')
   order by r.read_on limit 1;
  turn := coalesce(before.turns, 0) + case when coalesce(p_rollover, false) then 1 else 0 end;
  shown := p_value + turn * ('1e' || d.digits)::numeric;
  perform meter_order(before, after, d, p_field, p_value, shown, coalesce(p_rollover, false));
  doubt := case when p_kind <> 'first' and before.id is not null then meter_doubt(m, before, d, p_on, shown) end;
  if doubt is not null and not coalesce(p_confirm, false) then
    perform refuse('STPRE', 'READING_DOUBTFUL', p_field, doubt || ': read it again; if it is right, say so with --confirm');
  end if;
  perform meter_write(m, d.id, d.seq, p_id, p_user, p_kind, p_source, p_on, p_value, turn, doubt is not null, p_note, p_corrects);
  perform meter_billed_check(m.property_id, m.id);
  perform meter_touch(m.property_id, m.id);
  return p_id;
end $$;

-- A reading lies between the ones around it.
create function meter_order(p_before meter_reading, p_after meter_reading, d meter_dial, p_field text, p_value numeric, p_shown numeric, p_rollover boolean)
returns void language plpgsql immutable as $$
declare
  top constant numeric := ('1e' || d.digits)::numeric;
begin
  if p_value < p_before.value and not p_rollover then
    perform refuse('STINV', 'READING_BELOW', p_field,
                   format('%s lies below the %s of %s: read it again; if the device went over %s, say so with --rollover', trim_scale(p_value),
                          trim_scale(p_before.value), p_before.read_on, top - 1));
  elsif p_value >= p_before.value and p_rollover then
    perform refuse('STINV', 'NO_ROLLOVER', 'rollover', format('%s does not lie below the %s of %s: it did not go over the top', trim_scale(p_value),
                                                              trim_scale(p_before.value), p_before.read_on));
  elsif p_shown > p_after.value + p_after.turns * top then
    perform refuse('STINV', 'READING_ABOVE', p_field, format('%s lies above the %s of %s', trim_scale(p_value), trim_scale(p_after.value), p_after.read_on));
  end if;
end $$;

create function reading_add(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_value text, p_on text, p_rollover boolean, p_confirm boolean, p_note text,
                            out property_id int, out id uuid) language plpgsql volatile as $$
declare
  k constant record := meter_key(p_scope, p_ref);
  m constant meter := meter_take(k.property_id, k.id);
begin
  property_id := k.property_id;
  id := meter_read(m, p_key, p_user, 'value', 'desk', meter_day(k.property_id, p_on), to_reading(p_value, 'value'), 'read', p_rollover, p_confirm, p_note);
end $$;

-- Enters what a meter is reckoned to have shown, or p_value, where nobody could read it. The next true reading puts it right.
create function reading_estimate(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_value text, p_on text, p_note text, out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  k constant record := meter_key(p_scope, p_ref);
  m constant meter := meter_take(k.property_id, k.id);
  day constant date := meter_day(k.property_id, p_on);
  spot record;
  last record;
begin
  select r.read_on, r.value into last from meter_reading r
   where r.property_id = m.property_id and r.meter_id = m.id and r.struck_at is null and r.read_on >= day order by r.read_on limit 1;
  if last.read_on is not null then
    perform refuse('STPRE', 'READ_SINCE', 'on',
                   format('%s has the reading %s of %s: nothing is to be estimated', m.number, trim_scale(last.value), last.read_on));
  elsif m.removed_on is not null or day < m.installed_on then
    perform refuse('STPRE', 'NOT_INSTALLED', 'on', format('%s was not in use on %s', m.number, day));
  end if;
  spot := meter_spot(m, day, (meter_level(meter_track(m.property_id, m.id), day)).total);
  if nullif(btrim(p_value), '') is not null then
    select x.dial_id, x.seq, x.turns, to_reading(p_value, 'value') as value, x.value as least into spot from meter_reading x
     where x.property_id = m.property_id and x.meter_id = m.id and x.struck_at is null order by x.read_on desc, x.seq desc limit 1;
    if spot.value < spot.least then
      perform refuse('STINV', 'READING_BELOW', 'value', format('%s lies below the reading before, %s', spot.value, trim_scale(spot.least)));
    end if;
  elsif spot.value is null then
    perform refuse('STPRE', 'TOO_FEW', 'value', format('%s has too few readings to estimate by: say the value', m.number));
  end if;
  property_id := k.property_id;
  id := meter_write(m, spot.dial_id, spot.seq, p_key, p_user, 'estimate', 'desk', day, spot.value, spot.turns, false, p_note, null);
  perform meter_billed_check(m.property_id, m.id);
  perform meter_touch(m.property_id, m.id);
end $$;

-- Puts a wrong reading right: it is struck, with the reason, and the right one stands in its place; without a value nothing does.
create function reading_correct(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_on text, p_value text, p_rollover boolean, p_confirm boolean,
                                p_why text, p_device text, out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := meter_key(p_scope, p_ref);
  m constant meter := meter_take(k.property_id, k.id);
  day constant date := to_day(p_on, 'on');
  r meter_reading;
  n int;
begin
  select count(*) over (), x.id into n, id from meter_reading x
    join meter_dial d on d.property_id = x.property_id and d.id = x.dial_id
   where x.property_id = m.property_id and x.meter_id = m.id and x.read_on = day and x.struck_at is null
     and (p_device is null or upper(d.serial) = upper(btrim(p_device)));
  select * into r from meter_reading x where x.property_id = m.property_id and x.id = reading_correct.id;
  if n is null then
    perform refuse('STNOF', 'READING_UNKNOWN', 'on', format('%s has no reading of %s', m.number, day));
  elsif n > 1 then
    perform refuse('STINV', 'DEVICE_MISSING', 'device', format('%s was replaced on %s: say the serial number of the device', m.number, day));
  elsif r.kind in ('first', 'final', 'final_estimate') and nullif(btrim(p_value), '') is null then
    perform refuse('STINV', 'REQUIRED', 'value', 'the first and the last reading of a device can be put right, not struck: say the value');
  end if;
  perform meter_strike(r.property_id, r.id, p_user, p_why);
  property_id := r.property_id;
  id := r.id;
  if nullif(btrim(p_value), '') is not null then
    id := reading_put_right(m, r, p_key, p_user, to_reading(p_value, 'value'), p_rollover, p_confirm);
  end if;
  perform meter_billed_check(m.property_id, m.id);
  perform meter_touch(m.property_id, m.id);
end $$;

-- The right reading in place of one that was struck. How often the device had gone over the top stays, unless p_rollover says
-- otherwise, which what was read later would not know of.
create function reading_put_right(m meter, r meter_reading, p_key uuid, p_user uuid, p_value numeric, p_rollover boolean, p_confirm boolean) returns uuid
language plpgsql volatile as $$
declare
  d meter_dial;
  before meter_reading;
  after meter_reading;
  turn int;
  doubt text;
begin
  select * into d from meter_dial x where x.property_id = r.property_id and x.id = r.dial_id;
  select * into before from meter_reading x
   where x.property_id = r.property_id and x.dial_id = r.dial_id and x.read_on < r.read_on and x.struck_at is null and x.kind <> 'estimate'
   order by x.read_on desc limit 1;
  select * into after from meter_reading x
   where x.property_id = r.property_id and x.dial_id = r.dial_id and x.read_on > r.read_on and x.struck_at is null
     and x.kind not in ('estimate', 'final_estimate') order by x.read_on limit 1;
  turn := coalesce(before.turns, r.turns) + case when coalesce(p_rollover, r.turns > before.turns, false) then 1 else 0 end;
  if turn <> r.turns and after.id is not null then
    perform refuse('STPRE', 'READ_SINCE', 'rollover',
                   format('it was read after %s: put those readings right first, the last one before the others', r.read_on));
  elsif p_value >= ('1e' || d.digits)::numeric then
    perform refuse('STINV', 'READING_DIGITS', 'value', format('a device of %s digits does not show %s', d.digits, p_value));
  end if;
  perform meter_order(before, after, d, 'value', p_value, p_value + turn * ('1e' || d.digits)::numeric, turn > before.turns);
  doubt := case when r.kind in ('read', 'final') then meter_doubt(m, before, d, r.read_on, p_value + turn * ('1e' || d.digits)::numeric) end;
  if doubt is not null and not coalesce(p_confirm, false) then
    perform refuse('STPRE', 'READING_DOUBTFUL', 'value', doubt || ': read it again; if it is right, say so with --confirm');
  end if;
  return meter_write(m, d.id, d.seq, p_key, p_user, case r.kind when 'final_estimate' then 'final' else r.kind end, 'desk', r.read_on, p_value, turn,
                     doubt is not null, r.note, r.id);
end $$;

-- Readings, latest first: of a meter, or those that are doubtful.
create function reading_list(p_scope int[], p_meter text, p_doubtful boolean, p_struck boolean, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  cut constant record := cursor_split(p_after, 'infinity');
  k record;
begin
  if p_meter is not null then
    k := meter_key(p_scope, p_meter);
    return query
      select r.property_id, r.id from meter_reading r
       where r.property_id = k.property_id and r.meter_id = k.id and (r.struck_at is null or coalesce(p_struck, false))
         and (r.doubtful or not coalesce(p_doubtful, false)) and (r.at, r.id) < (cut.at, cut.id)
       order by r.at desc, r.id desc limit coalesce(p_limit, 50);
    return;
  end if;
  return query
    select r.property_id, r.id from unnest(p_scope) s (property_id)
     cross join lateral (
       select x.property_id, x.id, x.at from meter_reading x
        where x.property_id = s.property_id and (x.at, x.id) < (cut.at, cut.id) and (x.struck_at is null or coalesce(p_struck, false))
          and (x.doubtful or not coalesce(p_doubtful, false))
        order by x.at desc, x.id desc limit coalesce(p_limit, 50)) r
     order by r.at desc, r.id desc limit coalesce(p_limit, 50);
end $$;
