-- Entries of the directory from a file; see place_import.fn.sql.

-- One row: adds an entry or changes the one that is there. outcome: taken, changed, unchanged.
create function directory_import_row(p_scope int[], r directory_input, out property_id int, out id uuid, out outcome text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  was record;
begin
  property_id := property_of(p_scope, r.property);
  if coalesce(r.ref, r.number) is null then
    perform refuse('STINV', 'REQUIRED', 'ref', 'without a number of its own the row would be added again by a second import');
  end if;
  select e.id, e.version into was from directory_entry e
   where e.property_id = directory_import_row.property_id
     and case when r.number is not null then e.number = upper(r.number) else e.ref = r.ref end;
  if was.id is null and r.number is not null then
    perform refuse('STNOF', 'ENTRY_UNKNOWN', 'number',
                   format('there is no entry %s: leave this out to add one; other numbers go into ref', r.number));
  elsif was.id is null then
    id := uuid7();
    perform directory_add(property_id, id, r);
    outcome := 'taken';
  else
    id := was.id;
    perform directory_edit(array[property_id], was.id::text, null, r, '{}');
    outcome := case when (select e.version from directory_entry e
                           where e.property_id = directory_import_row.property_id and e.id = was.id) = was.version
                    then 'unchanged' else 'changed' end;
  end if;
end $$;

create function directory_import(p_scope int[], p_rows directory_input[]) returns setof import_outcome
language plpgsql volatile as $$
declare
  r directory_input;
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
    x.number := coalesce(r.number, r.ref);
    begin
      put := directory_import_row(p_scope, r);
      x.id := put.id;
      x.outcome := put.outcome;
      select k.property, k.number into x.property, x.number from directory_card(put.property_id, put.id) k;
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
  perform import_settle('directory_entry', 'search_token', 'registry_event');
  perform import_touched(touched);
end $$;
