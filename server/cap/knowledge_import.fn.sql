-- Articles from a file; see place_import.fn.sql.

-- One row: adds an article or changes the one that is there. outcome: taken, changed, unchanged.
create function knowledge_import_row(p_scope int[], p_user uuid, p_publish boolean, r knowledge_input, out id uuid, out outcome text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  company constant boolean := norm(r.property) = 'all';
  at int;
  was knowledge;
begin
  if not coalesce(company, false) then
    at := property_of(p_scope, r.property);
  end if;
  if coalesce(r.ref, r.number) is null then
    perform refuse('STINV', 'REQUIRED', 'ref', 'without a number of its own the row would be added again by a second import');
  end if;
  if r.number is not null then
    select a.* into was from knowledge a where a.id = knowledge_key(p_scope, r.number, 'number');
  else
    select a.* into was from knowledge a where a.home = coalesce(at, 0) and a.ref = r.ref;
  end if;
  if was.id is null then
    id := knowledge_add(at, uuid7(), p_user, r);
    if p_publish then
      perform knowledge_publish(p_scope, id::text, p_user, null, null);
    end if;
    outcome := 'taken';
  else
    id := knowledge_edit(p_scope, was.id::text, p_user, null, null, r, '{}');
    outcome := case when (select a.version from knowledge a where a.id = was.id) = was.version then 'unchanged' else 'changed' end;
  end if;
end $$;

create function knowledge_import(p_scope int[], p_user uuid, p_publish boolean, p_rows knowledge_input[])
returns setof import_outcome language plpgsql volatile as $$
declare
  r knowledge_input;
  x import_outcome;
  put record;
  touched uuid[] := '{}';
  t text;
  c text;
begin
  foreach r in array p_rows loop
    x := null;
    x.line := r.line;
    x.property := r.property;
    x.number := coalesce(r.number, r.ref);
    begin
      put := knowledge_import_row(p_scope, p_user, p_publish, r);
      x.id := put.id;
      x.outcome := put.outcome;
      select k.property, k.number into x.property, x.number from knowledge_card(put.id) k;
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
  perform import_settle('knowledge', 'knowledge_version');
  perform import_touched(touched);
end $$;
