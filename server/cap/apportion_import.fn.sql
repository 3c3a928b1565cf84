-- Weights of pools from files; see place_import.fn.sql.

create type weight_input as (line int, property text, pool text, place text, weight text, why text);

-- One row, as `pool weigh` does. A place of a pool is known again by both.
create function weight_import_row(p_property int, r weight_input, out pool_id uuid, out code text, out outcome text) language plpgsql volatile as $$
declare
  q pool;
  spot uuid;
begin
  if nullif(btrim(r.pool), '') is null or nullif(btrim(r.place), '') is null then
    perform refuse('STINV', 'REQUIRED', case when nullif(btrim(r.pool), '') is null then 'pool' else 'place' end, 'pool and place are needed');
  end if;
  q := pool_of(p_property, r.pool);
  spot := (select k.id from place_key(array[p_property], p_property, r.place) k);
  perform pool_weigh_check(q, r.place, nullif(btrim(r.weight), ''), false);
  pool_id := q.id;
  code := q.code;
  outcome := pool_place_put(q, spot, norm(r.weight)::numeric, nullif(btrim(r.why), ''));
end $$;

create function weight_import(p_scope int[], p_rows weight_input[]) returns setof import_outcome language plpgsql volatile as $$
declare
  r weight_input;
  x import_outcome;
  put record;
  touched uuid[] := '{}';
  at int;
  t text;
  c text;
begin
  -- In one order, whatever that of the file is.
  perform from pool q where q.property_id = any (p_scope) and q.code in (select upper(btrim(i.pool)) from unnest(p_rows) i) order by q.id for update;
  foreach r in array p_rows loop
    x := null;
    x.line := r.line;
    x.property := upper(r.property);
    x.number := r.pool;
    begin
      at := property_of(p_scope, r.property);
      x.property := (select y.code from property y where y.id = at);
      put := weight_import_row(at, r);
      x.number := put.code;
      x.id := put.pool_id;
      x.outcome := put.outcome;
      if put.outcome <> 'unchanged' then
        touched := touched || put.pool_id;
      end if;
    exception when others then
      if left(sqlstate, 2) not in ('22', '23', 'ST') then
        raise;
      end if;
      get stacked diagnostics t = table_name, c = constraint_name, x.blame = column_name, x.reason = message_text;
      if left(sqlstate, 2) = '23' and c <> '' then
        select k.field, k.sentence into x.blame, x.reason from constraint_text(t, c) k;
      end if;
      x.blame := case when c in ('WEIGHT', 'pool_place_weight_check') then 'weight' when x.blame = 'code' then 'pool' else x.blame end;
      x.outcome := 'rejected';
    end;
    return next x;
  end loop;
  update pool q set version = q.version + 1 where q.property_id = any (p_scope) and q.id = any (touched);
  perform import_settle('pool_place');
  perform import_touched(touched);
end $$;
