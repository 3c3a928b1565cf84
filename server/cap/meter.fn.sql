-- Meters: what is counted where, and the devices that count it.

create type meter_input as (
  line int, property text, number text, kind text, utility text, place text, serial text, digits text, factor text, first text, "on" text, master text,
  note text, near_days text
);

create view meter_card with (security_invoker = true) as
select m.id, m.property_id, y.code as property, m.number, m.kind, m.utility, u.unit, p.number as place, w.number as master, d.serial, d.digits,
       trim_scale(d.factor)::text as factor, m.installed_on::text as installed, m.removed_on::text as removed, m.near_days, m.note,
       r.read_on::text as last_on, trim_scale(r.value)::text as last_value, m.version, m.property_id || '~' || m.id || '~' as cursor
  from meter m
  join property y on y.id = m.property_id
  join meter_utility u on u.utility = m.utility
  join place p on p.property_id = m.property_id and p.id = m.place_id
  left join meter w on w.property_id = m.property_id and w.id = m.master_id
  left join lateral (select x.* from meter_dial x where x.property_id = m.property_id and x.meter_id = m.id order by x.seq desc limit 1) d on true
  left join lateral (select x.* from meter_reading x
                      where x.property_id = m.property_id and x.meter_id = m.id and x.struck_at is null and x.kind not in ('estimate', 'final_estimate')
                      order by x.seq desc, x.read_on desc limit 1) r on true;
create function meter_card(p_property int, p_id uuid) returns setof meter_card language plpgsql volatile rows 1 as
$$ begin return query select * from meter_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on meter_card to steward_app;

-- The meter people mean: its number, its id, the serial number of the device in use, or a place with one meter alone.
create function meter_key(p_scope int[], p_ref text, p_field text default 'meter', out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  r constant record := ref_split(p_scope, null, p_ref);
  homes int[];
  numbers text;
begin
  with hit as (
    select m.property_id, m.id, m.number, 1 as way from meter m
     where m.property_id = any (r.within) and (m.number = upper(r.rest) or is_uuid(r.rest) and m.id::text = lower(r.rest))
    union all
    select m.property_id, m.id, m.number, 2 from meter_dial d join meter m on m.property_id = d.property_id and m.id = d.meter_id
     where d.property_id = any (r.within) and upper(d.serial) = upper(r.rest) and d.to_on is null
    union all
    select m.property_id, m.id, m.number, 3 from place p join meter m on m.property_id = p.property_id and m.place_id = p.id
     where p.property_id = any (r.within) and p.number_key = norm(r.rest) and m.removed_on is null
  ), best as (
    select h.* from hit h where h.way = (select min(x.way) from hit x)
  )
  select array_agg(distinct b.property_id), (array_agg(b.property_id order by b.property_id))[1], (array_agg(b.id order by b.property_id, b.number))[1],
         string_agg(b.number, ', ' order by b.number)
    into homes, property_id, id, numbers from best b;
  perform ref_one(id, homes, r.within, r.rest, 'there is no meter', 'METER', p_field);
  if strpos(numbers, ',') > 0 then
    perform refuse('STINV', 'METER_AMBIGUOUS', p_field, format('%s may be %s: say which', r.rest, numbers));
  end if;
end $$;

-- The meter, locked: whoever changes it or what was read of it begins here.
create function meter_take(p_property int, p_id uuid) returns meter language plpgsql volatile as $$
declare
  m meter;
begin
  select * into m from meter x where x.property_id = p_property and x.id = p_id for update;
  return m;
end $$;

create function meter_touch(p_property int, p_id uuid) returns void language plpgsql volatile as $$
begin
  update meter x set version = x.version + 1, changed_at = now() where x.property_id = p_property and x.id = p_id;
end $$;

-- The master a meter is to be behind: of the same utility, and not behind the meter itself.
create function meter_master(p_property int, p_id uuid, p_ref text) returns uuid language plpgsql stable as $$
declare
  wanted constant uuid := case when nullif(btrim(p_ref), '') is not null then (select k.id from meter_key(array[p_property], p_ref, 'master') k) end;
  above uuid := wanted;
begin
  while above is not null loop
    if above = p_id then
      perform refuse('STINV', 'METER_LOOP', 'master', format('%s is behind this meter already', btrim(p_ref)));
    end if;
    select m.master_id into above from meter m where m.property_id = p_property and m.id = above;
  end loop;
  return wanted;
end $$;

-- "50", "12.5": a positive factor of at most six digits after the point.
create function to_factor(t text, field text) returns numeric language plpgsql immutable parallel safe as $$
begin
  if nullif(btrim(t), '') is null then
    return null;
  elsif norm(t) !~ '^\d{1,6}(\.\d{1,6})?$' then
    perform refuse('STINV', 'FACTOR', field, format('%s is no factor: write 40 or 1.5, with up to 6 digits after the point', quote_literal(t)));
  end if;
  return norm(t)::numeric;
end $$;

-- "123.4": what a device shows.
create function to_reading(t text, field text) returns numeric language plpgsql immutable parallel safe as $$
begin
  if nullif(btrim(t), '') is null then
    return null;
  elsif norm(t) !~ '^\d{1,10}(\.\d{1,3})?$' then
    perform refuse('STINV', 'READING', field, format('%s is no reading: write 1234 or 1234.5, with up to 3 digits after the point', quote_literal(t)));
  end if;
  return norm(t)::numeric;
end $$;

-- A day on which something is read or done: today if not said, and none to come.
create function meter_day(p_property int, p_on text) returns date language plpgsql stable as $$
declare
  now constant date := (select today(y.zone) from property y where y.id = p_property);
  day constant date := coalesce(to_day(p_on, 'on'), now);
begin
  if day > now then
    perform refuse('STINV', 'DAY_TO_COME', 'on', format('%s is still to come', day));
  end if;
  return day;
end $$;

-- Puts a device at a meter, with its first reading.
create function meter_fit(p_property int, p_meter uuid, p_user uuid, p_source text, p_serial text, p_digits text, p_factor text, p_first text, p_on date)
returns void language plpgsql volatile as $$
declare
  before meter_dial;
  d meter_dial;
  first constant numeric := to_reading(p_first, 'first');
begin
  select * into before from meter_dial x where x.property_id = p_property and x.meter_id = p_meter order by x.seq desc limit 1;
  d.seq := coalesce(before.seq, 0) + 1;
  d.digits := coalesce(to_whole(p_digits, 'digits'), before.digits, 5);
  d.factor := coalesce(to_factor(p_factor, 'factor'), before.factor, 1);
  if first is null then
    perform refuse('STINV', 'REQUIRED', 'first', 'say what the device shows: its first reading');
  end if;
  insert into meter_dial (property_id, id, meter_id, seq, serial, digits, factor, from_on)
  values (p_property, uuid7(), p_meter, d.seq, nullif(btrim(p_serial), ''), d.digits, d.factor, p_on) returning id into d.id;
  if first >= ('1e' || d.digits)::numeric then
    perform refuse('STINV', 'READING_DIGITS', 'first', format('a device of %s digits does not show %s', d.digits, first));
  end if;
  insert into meter_reading (property_id, id, meter_id, dial_id, seq, read_on, value, kind, source, user_id)
  values (p_property, uuid7(), p_meter, d.id, d.seq, p_on, first, 'first', p_source, p_user);
end $$;

-- Adds a meter with its first device.
create function meter_add(p_property int, p_id uuid, p_user uuid, p_source text, r meter_input) returns uuid language plpgsql volatile as $$
declare
  m meter;
begin
  perform refuse('STINV', 'REQUIRED', x.field, x.sentence)
     from (values (1, 'utility', r.utility, 'say what the meter counts'), (2, 'place', r.place, 'say which place the meter is for'),
                  (3, 'first', r.first, 'say what the meter shows now: its first reading')) x (o, field, value, sentence)
    where nullif(btrim(x.value), '') is null order by x.o limit 1;
  m.number := upper(nullif(btrim(r.number), ''));
  if m.number !~ '^[A-Z0-9][A-Z0-9._-]{0,31}$' then
    perform refuse('STINV', 'METER_NUMBER', 'number',
                   format('%s is no number of a meter: up to 32 letters, digits, points and hyphens', quote_literal(r.number)));
  end if;
  m.utility := lower(btrim(r.utility));
  if not exists (select from meter_utility u where u.utility = m.utility) then
    perform refuse('STINV', 'UTILITY_UNKNOWN', 'utility', format('there is no utility %s; `meter utilities` lists them', quote_literal(r.utility)));
  end if;
  m.place_id := (select k.id from place_key(array[p_property], p_property, r.place) k);
  m.installed_on := meter_day(p_property, r."on");
  insert into meter (property_id, id, number, kind, utility, place_id, master_id, near_days, note, installed_on)
  values (p_property, p_id, coalesce(m.number, 'M-' || next_number(p_property, 'M')), coalesce(nullif(lower(btrim(r.kind)), ''), 'unit'), m.utility,
          m.place_id, meter_master(p_property, p_id, r.master), coalesce(to_whole(r.near_days, 'near_days'), 7), nullif(btrim(r.note), ''),
          m.installed_on);
  perform meter_fit(p_property, p_id, p_user, p_source, r.serial, r.digits, r.factor, r.first, m.installed_on);
  return p_id;
end $$;

-- Changes what may change of a meter; the device is replaced, not changed. Gives whether something changed.
create function meter_change(p_property int, p_id uuid, r meter_input, p_clear text[]) returns boolean language plpgsql volatile as $$
declare
  m constant meter := meter_take(p_property, p_id);
  n meter := m;
begin
  n.kind := coalesce(nullif(lower(btrim(r.kind)), ''), m.kind);
  n.place_id := coalesce((select k.id from place_key(array[p_property], p_property, r.place) k), m.place_id);
  n.master_id := keep(m.master_id, meter_master(p_property, p_id, r.master), 'master', p_clear);
  n.note := keep(m.note, nullif(btrim(r.note), ''), 'note', p_clear);
  n.near_days := coalesce(to_whole(r.near_days, 'near_days'), m.near_days);
  if n is not distinct from m then
    return false;
  end if;
  update meter x
     set kind = n.kind, place_id = n.place_id, master_id = n.master_id, note = n.note, near_days = n.near_days, version = m.version + 1, changed_at = now()
   where x.property_id = p_property and x.id = p_id;
  perform meter_billed_check(p_property, p_id);
  return true;
end $$;

create function meter_edit(p_scope int[], p_ref text, p_seen int, r meter_input, p_clear text[], out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := meter_key(p_scope, p_ref);
begin
  property_id := k.property_id;
  id := k.id;
  perform version_ok((meter_take(k.property_id, k.id)).version, p_seen);
  perform meter_change(k.property_id, k.id, r, p_clear);
end $$;

-- The device leaves: with what it showed last, or, where nobody can say, what it is reckoned to have shown.
create function meter_end_dial(m meter, p_key uuid, p_user uuid, p_on date, p_final text, p_rollover boolean, p_confirm boolean) returns void
language plpgsql volatile as $$
declare
  d meter_dial;
  spot record;
  final numeric := to_reading(p_final, 'final');
begin
  if m.removed_on is not null then
    perform refuse('STPRE', 'METER_REMOVED', 'meter', format('%s was removed on %s', m.number, m.removed_on));
  end if;
  select * into d from meter_dial x where x.property_id = m.property_id and x.meter_id = m.id and x.to_on is null;
  if exists (select from meter_reading r where r.property_id = m.property_id and r.dial_id = d.id and r.read_on > p_on and r.struck_at is null) then
    perform refuse('STPRE', 'READ_SINCE', 'on', format('%s was read after %s: correct those readings first, or say the right day', m.number, p_on));
  end if;
  final := coalesce(final, (select r.value from meter_reading r
                             where r.property_id = m.property_id and r.dial_id = d.id and r.read_on = p_on and r.struck_at is null and r.kind = 'read'));
  if final is not null then
    perform meter_read(m, p_key, p_user, 'final', 'desk', p_on, final, 'final', p_rollover, p_confirm, null);
  else
    spot := meter_spot(m, p_on, (meter_level(meter_track(m.property_id, m.id), p_on)).total);
    if spot.value is null then
      perform refuse('STINV', 'REQUIRED', 'final', format('%s has too few readings to reckon what it showed last: say it', m.number));
    end if;
    perform meter_write(m, spot.dial_id, spot.seq, p_key, p_user, 'final_estimate', 'desk', p_on, spot.value, spot.turns, false, null, null);
  end if;
  update meter_dial x set to_on = p_on, version = x.version + 1 where x.property_id = d.property_id and x.id = d.id;
end $$;

create function meter_replace(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_on text, p_final text, p_rollover boolean, p_confirm boolean,
                              p_serial text, p_digits text, p_factor text, p_first text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := meter_key(p_scope, p_ref);
  m constant meter := meter_take(k.property_id, k.id);
  day constant date := meter_day(k.property_id, p_on);
begin
  property_id := k.property_id;
  id := k.id;
  perform meter_end_dial(m, p_key, p_user, day, p_final, p_rollover, p_confirm);
  perform meter_fit(m.property_id, m.id, p_user, 'desk', p_serial, p_digits, p_factor, p_first, day);
  perform meter_touch(m.property_id, m.id);
  perform meter_billed_check(m.property_id, m.id);
end $$;

create function meter_remove(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_on text, p_final text, p_rollover boolean, p_confirm boolean,
                             out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := meter_key(p_scope, p_ref);
  m constant meter := meter_take(k.property_id, k.id);
  day constant date := meter_day(k.property_id, p_on);
begin
  property_id := k.property_id;
  id := k.id;
  perform meter_end_dial(m, p_key, p_user, day, p_final, p_rollover, p_confirm);
  update meter x set removed_on = day, version = x.version + 1, changed_at = now() where x.property_id = m.property_id and x.id = m.id;
  perform meter_billed_check(m.property_id, m.id);
end $$;

create function meter_list(p_scope int[], p_place text, p_utility text, p_kind text, p_master text, p_removed boolean, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 100 as $$
#variable_conflict use_column
declare
  cut constant record := row_after(p_after);
  spot record;
  above record := row_after(null);
begin
  select k.property_id, k.id into spot from place_key(p_scope, null, p_place) k;
  if p_master is not null then
    above := meter_key(p_scope, p_master, 'master');
  end if;
  return query
    select m.property_id, m.id from meter m
     where m.property_id = any (p_scope) and (m.property_id, m.id) > (cut.property_id, cut.id)
       and (spot.id is null or m.property_id = spot.property_id and m.place_id in (select b.id from place_below(spot.property_id, spot.id) b))
       and (p_master is null or m.property_id = above.property_id and m.master_id = above.id)
       and (p_utility is null or m.utility = p_utility) and (p_kind is null or m.kind = p_kind)
       and (m.removed_on is null or coalesce(p_removed, false))
     order by m.property_id, m.id limit coalesce(p_limit, 100);
end $$;
