-- Parties from a file; see place_import.fn.sql.

-- A row is known again by its own number or that of the earlier system.
create function party_import(p_scope int[], p_rows party_input[]) returns setof import_outcome
language plpgsql volatile as $$
declare
  r party_input;
  x import_outcome;
  put record;
  there uuid;
  at int;
  spare bigint[]; -- by property: a number taken that no row has used yet
  touched uuid[] := '{}';
  t text;
  c text;
begin
  foreach r in array p_rows loop
    x := null;
    x.line := r.line;
    x.property := upper(r.property);
    x.number := coalesce(r.number, r.ref);
    at := property_try(p_scope, r.property);
    there := coalesce((select p.id from party p where p.property_id = at and p.number = upper(r.number)),
                      (select p.id from party p where p.property_id = at and p.ref = r.ref));
    if at is not null and there is null and spare[at] is null then
      spare[at] := next_number(at, 'P'); -- outside the block below, whose undo would make every taking slower
    end if;
    begin
      if at is null then
        at := property_of(p_scope, r.property);
      end if;
      x.property := (select p.code from property p where p.id = at);
      if coalesce(r.ref, r.number) is null then
        perform refuse('STINV', 'REQUIRED', 'ref', 'without a number of its own the row would be added again by a second import');
      elsif there is null and r.number is not null then
        perform refuse('STNOF', 'PARTY_UNKNOWN', 'number',
                       format('there is no party %s: leave this out to add one; other numbers go into ref', r.number));
      end if;
      put := party_put(at, there, uuid7(), r, '{}', null, 'P-' || spare[at]);
      x.id := put.id;
      x.outcome := put.outcome;
      if put.outcome = 'taken' then
        x.number := 'P-' || spare[at];
        spare[at] := null;
      else
        x.number := (select p.number from party p where p.property_id = at and p.id = put.id);
      end if;
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
  update counter k set value = k.value - 1 where k.property_id = any (p_scope) and k.series = 'P' and spare[k.property_id] is not null;
  perform import_settle('party', 'party_phone', 'party_plate', 'search_token', 'registry_event');
  perform import_touched(touched);
end $$;
