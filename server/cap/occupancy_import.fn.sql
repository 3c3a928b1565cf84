-- Occupancies from a file; see place_import.fn.sql.

-- A row is known again by place, party, role and first day.
create function occupancy_import(p_scope int[], p_rows occupancy_input[]) returns setof import_outcome
language plpgsql volatile as $$
declare
  r occupancy_input;
  x import_outcome;
  o occupancy;
  at int;
  l uuid;
  p uuid;
  since date;
  until date;
  spare bigint[]; -- by property: a number taken that no row has used yet
  touched uuid[] := '{}';
  t text;
  c text;
begin
  foreach r in array p_rows loop
    x := null;
    x.line := r.line;
    x.property := upper(r.property);
    x.number := r.place;
    at := property_try(p_scope, r.property);
    if at is not null and spare[at] is null then
      spare[at] := next_number(at, 'T'); -- outside the block below, whose undo would make every taking slower
    end if;
    begin
      if at is null then
        at := property_of(p_scope, r.property);
      end if;
      x.property := (select y.code from property y where y.id = at);
      if r.place is null or r.party is null or nullif(btrim(r."from"), '') is null then
        perform refuse('STINV', 'REQUIRED', case when r.place is null then 'place' when r.party is null then 'party' else 'from' end,
                       'place, party and from are needed');
      end if;
      since := to_day(r."from", 'from');
      until := to_day(r."to", 'to');
      r.role := coalesce(nullif(lower(btrim(r.role)), ''), 'owner');
      l := (select k.id from place_key(array[at], at, r.place) k);
      p := (select k.id from party_key(array[at], at, r.party) k);
      select * into o from occupancy q
       where q.property_id = at and q.place_id = l and q.party_id = p and q.role = r.role and q.from_on = since;
      if o.id is null then
        x.id := uuid7();
        perform occupancy_start(at, x.id, l, p, r.role, since, until, r.contract, r.note, null, 'T-' || spare[at]);
        spare[at] := null;
        x.outcome := 'taken';
      else
        x.id := o.id;
        if until <= since then
          perform refuse('STINV', 'PERIOD', 'to', 'must be a day after the first day');
        end if;
        update occupancy q
           set period = daterange(o.from_on, coalesce(until, o.to_on)), contract = coalesce(r.contract, o.contract),
               note = coalesce(r.note, o.note), version = o.version + 1, changed_at = now()
         where q.property_id = at and q.id = o.id
           and (coalesce(until, o.to_on), coalesce(r.contract, o.contract), coalesce(r.note, o.note))
               is distinct from (o.to_on, o.contract, o.note);
        x.outcome := case when found then 'changed' else 'unchanged' end;
      end if;
      if x.outcome <> 'unchanged' then
        touched := touched || x.id;
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
      x.id := null;
    end;
    return next x;
  end loop;
  update counter k set value = k.value - 1 where k.property_id = any (p_scope) and k.series = 'T' and spare[k.property_id] is not null;
  perform import_settle('occupancy', 'registry_event');
  perform import_touched(touched);
end $$;
