-- Files of places, parties and occupancies. A row that cannot be taken is answered with the reason and leaves nothing
-- behind; the same row again changes nothing; see property_import.

-- A row is known again by property, kind and number.
create function place_import(p_scope int[], p_rows place_input[]) returns setof import_outcome
language plpgsql volatile as $$
declare
  r place_input;
  x import_outcome;
  put record;
  there uuid;
  at int;
  touched uuid[] := '{}';
  t text;
  c text;
begin
  foreach r in array p_rows loop
    x := null;
    x.line := r.line;
    x.property := upper(r.property);
    x.number := r.number;
    begin
      at := property_of(p_scope, r.property);
      x.property := (select p.code from property p where p.id = at);
      if nullif(btrim(r.number), '') is null then
        perform refuse('STINV', 'REQUIRED', 'number', 'the number is missing');
      end if;
      r.kind := coalesce(nullif(lower(btrim(r.kind)), ''), 'unit');
      select p.id into there from place p
       where p.property_id = at and p.kind = r.kind and p.number_key = norm(r.number);
      put := place_put(at, there, uuid7(), r, '{}', null);
      x.id := put.id;
      x.outcome := put.outcome;
      touched := touched || put.made;
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
  perform import_settle('place', 'place_unit', 'search_token', 'registry_event');
  perform import_touched(touched);
end $$;
