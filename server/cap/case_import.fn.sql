-- Cases taken over from a file, up to 500 rows at a time, all of them in a handful of statements.

-- A level of a category, or null where the file says in one way or other that nothing was chosen.
create function import_level(p_text text) returns text language plpgsql immutable parallel safe as $$
declare
  x constant text := tidy(p_text);
  small constant text := lower(x);
begin
  if small = any ('{-,--,---,.,...,?,n/a,na,none,"null"}') or starts_with(small, 'please choose')
     or starts_with(small, 'please select') or starts_with(small, 'select one') or starts_with(small, 'choose one') then
    return null;
  end if;
  return case when strpos(x, ' / ') > 0 then nullif(array_to_string(case_category_levels(x), ' / '), '') else x end;
end $$;

-- One row, judged.
create type case_import_row as (
  o int, line int, property_id int, property text, ref text, hash uuid, opened_at timestamptz, closed_at timestamptz,
  kind text, channel text, priority text, category text, summary text, details text,
  place_id uuid, spot text, caller text, phone text, e164 text, outcome text, wrong text
);

create function case_import_judge(
  p_scope int[], p_origin text, p_kind text, p_channel text, p_line int[], p_property text[], p_ref text[],
  p_opened text[], p_closed text[], p_row_kind text[], p_row_channel text[], p_category text[], p_topic text[],
  p_summary text[], p_details text[], p_place text[], p_caller text[], p_phone text[], p_priority text[]
) returns case_import_row[] language sql stable as $$
  with raw as materialized (
    select x.o::int, x.line, nullif(btrim(x.property), '') as property, nullif(btrim(x.ref), '') as ref,
           nullif(btrim(x.opened), '') as opened, nullif(btrim(x.closed), '') as closed,
           lower(nullif(btrim(x.kind), '')) as kind, lower(nullif(btrim(x.channel), '')) as channel,
           concat_ws(' / ', coalesce(import_level(x.category), 'unsorted'), import_level(x.topic)) as category,
           tidy(x.summary) as summary,
           nullif(btrim(x.details), '') as details,
           tidy(x.place) as place,
           tidy(x.caller) as caller,
           nullif(btrim(x.phone), '') as phone, lower(nullif(btrim(x.priority), '')) as priority,
           md5(row (x.property, x.ref, x.opened, x.closed, x.kind, x.channel, x.category, x.topic, x.summary, x.details,
                    x.place, x.caller, x.phone, x.priority)::text)::uuid as hash
      from unnest(p_line, p_property, p_ref, p_opened, p_closed, p_row_kind, p_row_channel, p_category, p_topic,
                  p_summary, p_details, p_place, p_caller, p_phone, p_priority) with ordinality
           as x (line, property, ref, opened, closed, kind, channel, category, topic, summary, details, place, caller,
                 phone, priority, o)
  ), parsed as materialized (
    select r.*, y.id as property_id, y.code, import_time(r.opened, y.zone) as opened_at,
           import_time(r.closed, y.zone) as closed_at, k.kind as known_kind, h.channel as known_channel,
           q.priority as known_priority, l.id as place_id,
           case when r.phone is not null then phone_e164(r.phone, y.country_code, y.trunk_prefix) end as e164
      from raw r
      left join property y on y.id = any (p_scope)
       and (y.code = upper(r.property) or (r.property is null and cardinality(p_scope) = 1))
      left join case_kind k on k.kind = coalesce(r.kind, p_kind, 'help')
      left join case_channel h on h.channel = coalesce(r.channel, p_channel, 'import')
      left join case_priority q on q.priority = coalesce(r.priority, k.priority)
      left join lateral (
        select (array_agg(l.id order by l.kind <> 'unit'))[1] as id from place l
         where l.property_id = y.id and l.number_key = norm(r.place)
        having count(*) = 1 or count(*) filter (where l.kind = 'unit') = 1) l on r.place is not null
  ), judged as materialized (
    select p.*, case
        when p.property_id is null and p.property is null then 'property: several properties are in reach, and the row names none'
        when p.property_id is null then format('property: no property %s is in reach', p.property)
        when p.ref is null then 'ref: the key is missing'
        when length(p.ref) > 100 then 'ref: longer than 100 characters'
        when p.opened is null then 'opened: the date is missing'
        when p.opened_at is null then format('opened: %s is not a date', quote_literal(left(p.opened, 40)))
        when p.opened_at > now() then format('opened: %s lies in the future', p.opened)
        when p.closed is not null and p.closed_at is null then format('closed: %s is not a date', quote_literal(left(p.closed, 40)))
        when p.closed_at > now() then format('closed: %s lies in the future', p.closed)
        when p.closed_at < p.opened_at then format('closed: on %s, before it was opened on %s', p.closed, p.opened)
        when p.known_kind is null then format('kind: there is no kind of case called %s', quote_literal(left(coalesce(p.kind, p_kind), 40)))
        when p.known_channel is null then format('channel: there is no channel called %s', quote_literal(left(coalesce(p.channel, p_channel), 40)))
        when p.known_priority is null then format('priority: %s is not one of urgent, high, normal, low', quote_literal(left(p.priority, 40)))
        when length(p.category) > 200 then 'category: longer than 200 characters'
        when p.category ~ '^.+ / .+ / .+ / .' then 'category: more than three levels'
        when p.category ~ '[[:cntrl:]]'
             or exists (select from unnest(string_to_array(p.category, ' / ')) g where length(g) > 100)
          then 'category: a level is longer than 100 characters, or holds characters that cannot be printed'
        when length(p.summary) > 200 then 'summary: longer than 200 characters'
        when length(p.details) > 4000 then 'details: longer than 4000 characters'
        when length(p.place) > 200 then 'place: longer than 200 characters'
        when length(p.caller) > 200 then 'caller: longer than 200 characters'
        when length(p.phone) > 40 then 'phone: longer than 40 characters'
      end as wrong
      from parsed p
  ), placed as (
    -- The first good row of a key is the one that counts.
    select j.*, row_number() over w as nth, first_value(j.hash) over w as first_hash, first_value(j.line) over w as first_line
      from judged j window w as (partition by j.property_id, j.ref, j.wrong is null order by j.o)
  )
  select coalesce(array_agg(row (
           p.o, p.line, p.property_id, coalesce(p.code, p.property), p.ref, p.hash, p.opened_at, p.closed_at,
           p.known_kind, p.known_channel, p.known_priority, p.category,
           coalesce(p.summary, left(p.category, 200)), p.details, p.place_id,
           case when p.place_id is null then p.place end, p.caller, p.phone, p.e164, v.outcome, v.wrong
         )::case_import_row order by p.o), '{}')
    from placed p
    -- Lateral and limited, here and below: one look into the index per row, whatever the planner knows of the table.
    left join lateral (
      select e.* from desk_case e
       where e.property_id = p.property_id and e.origin = p_origin and e.origin_ref = p.ref limit 1) e on true
   cross join lateral (
     select case when p.wrong is not null then 'rejected'
                 when e.id is not null then case when e.origin_hash = p.hash then 'unchanged' else 'rejected' end
                 when p.nth > 1 then case when p.first_hash = p.hash then 'unchanged' else 'rejected' end
                 else 'taken' end,
            case when p.wrong is not null then p.wrong
                 when e.origin_hash <> p.hash then format('ref: %s was taken over under this key, with other content', e.number)
                 when e.id is null and p.nth > 1 and p.first_hash <> p.hash
                   then format('ref: line %s has the same key, with other content', coalesce(p.first_line::text, 'above')) end
   ) v (outcome, wrong)
$$;

-- Writes the rows that are to be taken; returns their ids.
create function case_import_take(p_user uuid, p_origin text, p_rows case_import_row[]) returns uuid[]
language sql volatile as $$
  with taken as materialized (
    select r.*, g.id as category_id, uuid7() as id, row_number() over (partition by r.property_id order by r.o) as n
      from unnest(p_rows) r
      left join case_category g on g.path_key = norm(r.category)
     where r.outcome = 'taken'
  ), numbers as (
    update counter c set value = c.value + t.n
      from (select property_id, count(*) as n from taken group by property_id) t
     where c.property_id = t.property_id and c.series = 'C'
    returning c.property_id, c.value - t.n as base
  ), cases as (
    insert into desk_case (property_id, id, number, kind, channel, state, priority, category_id, summary, details,
                           place_id, spot, caller, phone_raw, phone_e164, opened_at, responded_at, due_at, resolved_at, closed_at,
                           origin, origin_ref, origin_hash, version)
    select t.property_id, t.id, 'C-' || (n.base + t.n), t.kind, t.channel,
           case when t.closed_at is null then 'new' else 'closed' end, t.priority, t.category_id, t.summary, t.details,
           t.place_id, t.spot, t.caller, t.phone, t.e164, t.opened_at, t.opened_at,
           clock_due(t.property_id, 'resolution', t.kind, t.priority, t.opened_at), t.closed_at, t.closed_at, p_origin,
           t.ref, t.hash, case when t.closed_at is null then 1 else 2 end
      from taken t join numbers n using (property_id)
     order by t.o
    returning property_id, id, number, summary, opened_at, closed_at
  ), events as (
    insert into case_event (property_id, case_id, seq, id, at, verb, user_id, text, from_state, to_state)
    select c.property_id, c.id, e.seq, uuid7(), e.at, e.verb, p_user, 'taken over from ' || p_origin, e.was, e.is_now
      from cases c, lateral (values (1, c.opened_at, 'open', null, 'new'), (2, c.closed_at, 'close', 'new', 'closed'))
           as e (seq, at, verb, was, is_now)
     where e.at is not null
  ), tokens as (
    insert into search_token (property_id, token, part, kind, entity, entity_id, shown, label)
    select c.property_id, t.token, t.part, 'case', 'case', c.id, t.shown, c.summary
      from cases c, lateral (values (lower(c.number), false, c.number), (substr(c.number, 3), true, null)) as t (token, part, shown)
  )
  select coalesce(array_agg(c.id), '{}') from cases c
$$;

-- What became of the rows.
create function case_import_answer(p_origin text, p_rows case_import_row[])
returns table (line int, outcome text, property text, ref text, number text, id uuid, blame text, reason text)
language sql volatile as $$
  select r.line, r.outcome, r.property, r.ref, c.number, c.id, split_part(r.wrong, ': ', 1),
         substr(r.wrong, strpos(r.wrong, ': ') + 2)
    from unnest(p_rows) r
    left join lateral (
      select c.number, c.id from desk_case c
       where c.property_id = r.property_id and c.origin = p_origin and c.origin_ref = r.ref limit 1) c
      on r.outcome <> 'rejected'
   order by r.o
$$;

-- What the change feed is told of an import: the cases just taken, at the properties the rows name.
create function case_imported(p_scope int[], p_property text[])
returns table (property_id int, entity text, id uuid, version int, dead boolean, number text)
language sql volatile as $$
  select c.property_id, 'case', c.id, c.version, false, c.number
    from property y
   cross join unnest(import_touched()) t (id)
   cross join lateral (
     select c.property_id, c.id, c.version, c.number from desk_case c
      where c.property_id = y.id and c.id = t.id limit 1) c
   where y.id = any (p_scope)
     and (cardinality(p_scope) = 1 or y.code in (select upper(btrim(x)) from unnest(p_property) x))
$$;

create function case_import(
  p_scope int[], p_user uuid, p_origin text, p_kind text, p_channel text, p_line int[], p_property text[], p_ref text[],
  p_opened text[], p_closed text[], p_row_kind text[], p_row_channel text[], p_category text[], p_topic text[],
  p_summary text[], p_details text[], p_place text[], p_caller text[], p_phone text[], p_priority text[]
) returns table (line int, outcome text, property text, ref text, number text, id uuid, blame text, reason text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  source constant text := coalesce(p_origin, 'import');
  rows case_import_row[];
  missing text;
begin
  -- Whoever takes cases over into a property holds its counter until the end, so that no two judge the same key at
  -- the same time.
  insert into counter (property_id, series, value)
  select y.id, 'C', 1000 from property y
   where y.id = any (p_scope) and not exists (select from counter c where c.property_id = y.id and c.series = 'C')
     and (cardinality(p_scope) = 1 or y.code in (select upper(btrim(x)) from unnest(p_property) x))
   order by y.id
  on conflict (property_id, series) do nothing;
  perform from counter c join property y on y.id = c.property_id
    where c.property_id = any (p_scope) and c.series = 'C'
      and (cardinality(p_scope) = 1 or y.code in (select upper(btrim(x)) from unnest(p_property) x))
    order by c.property_id for update of c;
  rows := case_import_judge(p_scope, source, p_kind, p_channel, p_line, p_property, p_ref, p_opened, p_closed, p_row_kind,
                            p_row_channel, p_category, p_topic, p_summary, p_details, p_place, p_caller, p_phone, p_priority);
  for missing in
    select distinct r.category from unnest(rows) r
     where r.outcome = 'taken' and not exists (select from case_category g where g.path_key = norm(r.category))
     order by r.category
  loop
    perform case_category_need(missing);
  end loop;
  perform import_touched(case_import_take(p_user, source, rows));
  perform analyze_young(t) from unnest('{desk_case,case_event,search_token}'::regclass[]) t;
  return query select * from case_import_answer(source, rows);
end $$;
