-- Meters and readings from files; see place_import.fn.sql.

-- A meter is known again by its number, or else by place, utility and the serial number of its device.
create function meter_import_row(p_scope int[], p_user uuid, r meter_input, out property_id int, out id uuid, out outcome text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  at constant int := property_of(p_scope, r.property);
  spot uuid;
  there uuid;
begin
  property_id := at;
  if coalesce(nullif(btrim(r.number), ''), nullif(btrim(r.serial), '')) is null then
    perform refuse('STINV', 'REQUIRED', 'number', 'without a number or a serial number the row would be added again by a second import');
  end if;
  spot := (select k.id from place_key(array[at], at, r.place) k);
  select m.id into there from meter m
   where m.property_id = at
     and case when nullif(btrim(r.number), '') is not null then m.number = upper(btrim(r.number))
              else m.place_id = spot and m.utility = lower(btrim(r.utility))
                   and exists (select from meter_dial d where d.property_id = at and d.meter_id = m.id and upper(d.serial) = upper(btrim(r.serial))) end;
  if there is null then
    id := meter_add(at, uuid7(), p_user, 'file', r);
    outcome := 'taken';
  else
    id := there;
    outcome := case when meter_change(at, there, r, '{}') then 'changed' else 'unchanged' end;
  end if;
end $$;

create function meter_import(p_scope int[], p_user uuid, p_rows meter_input[]) returns setof import_outcome language plpgsql volatile as $$
declare
  r meter_input;
  x import_outcome;
  put record;
  touched uuid[] := '{}';
  t text;
  c text;
begin
  foreach r in array p_rows loop
    x := null;
    x.line := r.line;
    x.property := upper(r.property);
    x.number := coalesce(r.number, r.serial);
    begin
      put := meter_import_row(p_scope, p_user, r);
      x.id := put.id;
      x.outcome := put.outcome;
      select m.property, m.number into x.property, x.number from meter_card(put.property_id, put.id) m;
      if put.outcome <> 'unchanged' then
        touched := touched || put.id;
      end if;
    exception when others then
      if left(sqlstate, 2) not in ('22', '23', 'ST') then
        raise;
      end if;
      get stacked diagnostics t = table_name, c = constraint_name, x.blame = column_name, x.reason = message_text;
      if left(sqlstate, 2) = '23' and c <> '' then
        select k.field, k.sentence into x.blame, x.reason from constraint_text(t, c) k;
      end if;
      x.outcome := 'rejected';
    end;
    return next x;
  end loop;
  perform import_settle('meter', 'meter_dial', 'meter_reading');
  perform import_touched(touched);
end $$;

create type reading_input as (line int, property text, meter text, "on" text, value text, rollover text, confirm text, note text);

-- A reading is known again by meter, day and value.
create function reading_import(p_scope int[], p_user uuid, p_rows reading_input[]) returns setof import_outcome language plpgsql volatile as $$
declare
  r reading_input;
  x import_outcome;
  k record;
  m meter;
  fresh uuid;
  touched uuid[] := '{}';
  t text;
  c text;
begin
  -- In the order in which billing takes them, not in that of the file.
  perform from meter v where v.property_id = any (p_scope) and v.number in (select upper(btrim(i.meter)) from unnest(p_rows) i)
    order by v.id for update;
  foreach r in array p_rows loop
    x := null;
    x.line := r.line;
    x.property := upper(r.property);
    x.number := r.meter;
    begin
      if nullif(btrim(r.meter), '') is null or nullif(btrim(r."on"), '') is null then
        perform refuse('STINV', 'REQUIRED', case when nullif(btrim(r.meter), '') is null then 'meter' else 'on' end, 'meter, day and value are needed');
      end if;
      k := meter_key(case when nullif(btrim(r.property), '') is null then p_scope else array[property_of(p_scope, r.property)] end, r.meter);
      m := meter_take(k.property_id, k.id);
      x.property := (select y.code from property y where y.id = m.property_id);
      x.number := m.number;
      fresh := uuid7();
      x.id := meter_read(m, fresh, p_user, 'value', 'file', meter_day(m.property_id, r."on"), to_reading(r.value, 'value'), 'read',
                         to_flag(r.rollover, 'rollover'), to_flag(r.confirm, 'confirm'), r.note);
      x.outcome := case when x.id = fresh then 'taken' else 'unchanged' end;
      if x.id = fresh then
        touched := touched || x.id;
      end if;
    exception when others then
      if left(sqlstate, 2) not in ('22', '23', 'ST') then
        raise;
      end if;
      get stacked diagnostics t = table_name, c = constraint_name, x.blame = column_name, x.reason = message_text;
      if left(sqlstate, 2) = '23' and c <> '' then
        select e.field, e.sentence into x.blame, x.reason from constraint_text(t, c) e;
      end if;
      x.outcome := 'rejected';
      x.id := null;
    end;
    return next x;
  end loop;
  perform import_settle('meter_reading');
  perform import_touched(touched);
end $$;
