-- Forms: questionnaires in versions, and the sheets of answers other capabilities have filled in.

-- Forms and their versions -------------------------------------------------------------------------------------------

-- The form of this code, as it is written.
create function form_key(p_form text, p_field text default 'form') returns form language plpgsql stable as $$
declare
  f form;
begin
  select * into f from form x where x.code = lower(btrim(p_form));
  if f.code is null then
    perform refuse('STNOF', 'FORM_UNKNOWN', p_field, format('there is no form %s: `form list` shows them', quote_literal(p_form)));
  end if;
  return f;
end $$;

-- The version that is being asked now, or null where the form is retired or was never published.
create function form_now(p_form text) returns int language plpgsql stable as $$
begin
  return (select v.version from form_version v join form f on f.code = v.form
           where v.form = p_form and v.state = 'published' and f.state = 'active');
end $$;

create view form_card with (security_invoker = true) as
select f.code, f.name, f.name_zh, v.version, v.state, f.state = 'retired' as retired, v.intro, v.intro_zh,
       (select count(*)::int from form_question q where q.form = f.code and q.version = v.version and q.asked) as questions,
       (select d.version from form_version d where d.form = f.code and d.state = 'draft' and d.version <> v.version) as draft,
       instant(v.published_at) as published_at, (select u.login from app_user u where u.id = v.published_by) as published_by
  from form f join form_version v on v.form = f.code;
grant select on form_card to steward_app;

-- One version of a form; where none is named the published one, or the draft of a form that has no other.
create function form_shown(p_form text, p_version int default null) returns setof form_card language plpgsql volatile rows 1 as $$
declare
  f form := form_key(p_form);
begin
  return query select * from form_card c where c.code = f.code and c.version = coalesce(p_version, c.version)
                order by c.state = 'published' desc, c.version desc limit 1;
  if not found then
    perform refuse('STNOF', 'FORM_VERSION_UNKNOWN', 'version', format('%s has no version %s', f.code, p_version));
  end if;
end $$;

-- A version as an answer that also holds its questions.
create function form_reply(p_form text, p_version int)
returns table ("form.code" text, "form.name" text, "form.name_zh" text, "form.version" int, "form.state" text, "form.retired" boolean,
               "form.questions" int, "form.draft" int, "form.intro" text, "form.intro_zh" text, "form.published_at" text,
               "form.published_by" text) language plpgsql volatile rows 1 as $$
begin
  return query select f.code, f.name, f.name_zh, f.version, f.state, f.retired, f.questions, f.draft, f.intro, f.intro_zh,
                      f.published_at, f.published_by
                 from form_shown(p_form, p_version) f;
end $$;

create view form_question_card with (security_invoker = true) as
select q.form, q.version, q.seq, q.question, q.kind, q.text, q.text_zh, array_to_string(q.choices, ', ') as choices,
       q.required, q.weight
  from form_question q where q.asked;
grant select on form_question_card to steward_app;

-- The draft of a form, made from what is published where there is none; locks the form.
create function form_draft(p_form text) returns int language plpgsql volatile as $$
declare
  f form := form_key(p_form);
  was form_version;
  draft int;
begin
  perform from form x where x.code = f.code for update;
  select v.version into draft from form_version v where v.form = f.code and v.state = 'draft';
  if draft is not null then
    return draft;
  end if;
  select * into was from form_version v where v.form = f.code order by v.version desc limit 1;
  draft := coalesce(was.version, 0) + 1;
  insert into form_version (form, version, intro, intro_zh) values (f.code, draft, was.intro, was.intro_zh);
  insert into form_question (form, version, question, seq, kind, text, text_zh, choices, required, weight)
  select q.form, draft, q.question, row_number() over (order by q.seq, q.question), q.kind, q.text, q.text_zh, q.choices, q.required, q.weight
    from form_question q where q.form = f.code and q.version = was.version and q.asked;
  return draft;
end $$;

create function form_add(p_code text, p_user uuid, p_name text, p_name_zh text, p_intro text, p_intro_zh text,
                         out form text, out version int) language plpgsql volatile as $$
begin
  form := lower(btrim(p_code));
  insert into form (code, name, name_zh, created_by) values (form, btrim(p_name), nullif(p_name_zh, ''), p_user);
  version := form_draft(form);
  update form_version v set intro = nullif(p_intro, ''), intro_zh = nullif(p_intro_zh, '') where v.form = form_add.form and v.version = form_add.version;
end $$;

-- The name belongs to the form and is changed at once, what is said belongs to the draft.
create function form_edit(p_form text, p_name text, p_name_zh text, p_intro text, p_intro_zh text, p_state text,
                          out form text, out version int) language plpgsql volatile as $$
declare
  f form := form_key(p_form);
begin
  form := f.code;
  update form x set name = coalesce(btrim(p_name), x.name), state = coalesce(p_state, x.state),
                    name_zh = case when p_name_zh is null then x.name_zh else nullif(p_name_zh, '') end
   where x.code = f.code;
  if p_intro is not null or p_intro_zh is not null then
    version := form_draft(f.code);
    update form_version v
       set intro = case when p_intro is null then v.intro else nullif(p_intro, '') end,
           intro_zh = case when p_intro_zh is null then v.intro_zh else nullif(p_intro_zh, '') end
     where v.form = f.code and v.version = form_edit.version;
  end if;
  version := (select max(v.version) from form_version v where v.form = f.code);
end $$;

-- Asks a question in the draft, or changes it there; what is not given stays as it is.
create function form_ask(p_form text, p_question text, p_kind text, p_text text, p_text_zh text, p_choices text[],
                         p_required boolean, p_weight int, p_place int, out form text, out version int) language plpgsql volatile as $$
declare
  f form := form_key(p_form);
  o form_question;
  wanted constant text[] := array(select btrim(x) from unnest(p_choices) x where btrim(x) <> '');
  q text := lower(btrim(p_question));
  n int;
begin
  form := f.code;
  version := form_draft(f.code);
  select * into o from form_question x where x.form = f.code and x.version = form_ask.version and x.question = q;
  select count(*) into n from form_question x where x.form = f.code and x.version = form_ask.version and x.asked;
  if coalesce(p_kind, o.kind) is null then
    perform refuse('STINV', 'REQUIRED', 'kind', 'say what kind of answer is wanted: score, yes_no, choice, text or number');
  elsif coalesce(p_text, o.text) is null then
    perform refuse('STINV', 'REQUIRED', 'text', 'say what is asked');
  elsif n >= 100 and o.question is null then
    perform refuse('STPRE', 'FORM_FULL', 'question', 'a form has 100 questions at the most');
  end if;
  o.seq := case when p_place is not null then least(p_place, n + 1) when o.asked then o.seq
                else (select coalesce(max(x.seq), 0) + 1 from form_question x where x.form = f.code and x.version = form_ask.version and x.asked) end;
  if p_place is not null then
    update form_question x set seq = x.seq + 1
     where x.form = f.code and x.version = form_ask.version and x.seq >= o.seq and x.question <> q;
  end if;
  insert into form_question (form, version, question, seq, kind, text, text_zh, choices, required, weight)
  values (f.code, form_ask.version, q, o.seq, coalesce(p_kind, o.kind), coalesce(btrim(p_text), o.text),
          case when p_text_zh is null then o.text_zh else nullif(p_text_zh, '') end,
          case when wanted <> '{}' then wanted when coalesce(p_kind, o.kind) = 'choice' then coalesce(o.choices, '{}') else '{}' end,
          coalesce(p_required, o.required, false), coalesce(p_weight, o.weight, 1))
  on conflict on constraint form_question_pkey do update
     set seq = excluded.seq, kind = excluded.kind, text = excluded.text, text_zh = excluded.text_zh, choices = excluded.choices,
         required = excluded.required, weight = excluded.weight, asked = true;
end $$;

create function form_drop(p_form text, p_question text, out form text, out version int) language plpgsql volatile as $$
declare
  f form := form_key(p_form);
begin
  form := f.code;
  version := form_draft(f.code);
  update form_question x set asked = false
   where x.form = f.code and x.version = form_drop.version and x.question = lower(btrim(p_question)) and x.asked;
  if not found then
    perform refuse('STNOF', 'QUESTION_UNKNOWN', 'question', format('%s asks no question called %s', f.code, quote_literal(p_question)));
  end if;
end $$;

-- From now on the draft is what is asked; answers given before stay with the version they were given to.
create function form_publish(p_form text, p_user uuid, out form text, out version int) language plpgsql volatile as $$
declare
  f form := form_key(p_form);
begin
  form := f.code;
  perform from form x where x.code = f.code for update;
  select v.version into version from form_version v where v.form = f.code and v.state = 'draft';
  if version is null then
    perform refuse('STPRE', 'NO_DRAFT', 'form', format('%s was not changed since it was published', f.code));
  elsif not exists (select from form_question q where q.form = f.code and q.version = form_publish.version and q.asked) then
    perform refuse('STPRE', 'NO_QUESTIONS', 'form', format('%s asks nothing yet: `form ask` adds a question', f.code));
  end if;
  update form_version v set state = 'replaced' where v.form = f.code and v.state = 'published';
  update form_version v set state = 'published', published_at = now(), published_by = p_user
   where v.form = f.code and v.version = form_publish.version;
end $$;

-- Sheets -------------------------------------------------------------------------------------------------------------

-- What is wrong with an answer, or null.
create function form_fault(q form_question, p_value text) returns text language plpgsql immutable as $$
begin
  return case q.kind
    when 'score' then case when p_value !~ '^[1-5]$' then format('%s is not a score from 1 to 5', quote_literal(p_value)) end
    when 'yes_no' then case when norm(p_value) not in ('yes', 'no', 'y', 'n', 'true', 'false') then format('%s is neither yes nor no', quote_literal(p_value)) end
    when 'number' then case when p_value !~ '^-?[0-9]{1,12}(\.[0-9]{1,6})?$' then format('%s is not a number', quote_literal(p_value)) end
    when 'choice' then case when not exists (select from unnest(q.choices) x where norm(x) = norm(p_value))
                            then format('%s is none of: %s', quote_literal(p_value), array_to_string(q.choices, ', ')) end
    else case when length(p_value) > 2000 then 'longer than 2000 characters' end end;
end $$;

-- Reads answers written as "question=answer" against a version of a form. All that is wrong is told at once, each with its
-- question; an empty answer is none. p_complete: what the form requires must be there.
create function form_read(p_form text, p_version int, p_answers text[], p_complete boolean)
returns table (question text, kind text, score int, flag boolean, number numeric, words text)
language plpgsql stable rows 20 as $$
#variable_conflict use_column
declare
  said text;
  code text;
  answer text;
  q form_question;
  fault text;
  faults text[] := '{}';
  seen text[] := '{}';
begin
  foreach said in array coalesce(p_answers, '{}') loop
    code := lower(btrim(split_part(said, '=', 1)));
    answer := btrim(substr(said, strpos(said, '=') + 1));
    select * into q from form_question x where x.form = p_form and x.version = p_version and x.question = code and x.asked;
    fault := case when strpos(said, '=') = 0 then 'write it as question=answer'
                  when q.question is null then format('not asked: %s',
                    coalesce((select string_agg(x.question, ', ' order by x.seq, x.question) from form_question x
                               where x.form = p_form and x.version = p_version and x.asked), 'there is no form to answer'))
                  when code = any (seen) then 'answered twice'
                  when answer <> '' then form_fault(q, answer) end;
    if fault is not null then
      faults := faults || format('%s: %s', left(code, 40), fault);
    elsif answer <> '' then
      seen := seen || code;
      question := code;
      kind := q.kind;
      score := case when q.kind = 'score' then answer::int end;
      flag := case when q.kind = 'yes_no' then norm(answer)::boolean end;
      number := case when q.kind = 'number' then answer::numeric end;
      words := case q.kind when 'choice' then (select x from unnest(q.choices) x where norm(x) = norm(answer) limit 1)
                           when 'text' then answer end;
      return next;
    end if;
  end loop;
  if p_complete then
    faults := faults || array(select format('%s: must be answered', x.question) from form_question x
                               where x.form = p_form and x.version = p_version and x.asked and x.required
                                 and x.question <> all (seen) order by x.seq, x.question);
  end if;
  if faults <> '{}' then
    perform refuse('STINV', 'ANSWER', 'answer', array_to_string(faults, '; '));
  end if;
end $$;

-- Keeps a sheet about something; null where nothing was answered. p_complete: as form_read has it.
create function form_fill(p_property int, p_id uuid, p_form text, p_version int, p_entity text, p_entity_id uuid,
                          p_answers text[], p_complete boolean, p_user uuid, p_at timestamptz) returns uuid
language plpgsql volatile as $$
begin
  if not exists (select from form_read(p_form, p_version, p_answers, p_complete)) then
    return null;
  end if;
  insert into form_sheet (property_id, id, form, version, entity, entity_id, at, user_id)
  values (p_property, p_id, p_form, p_version, p_entity, p_entity_id, least(coalesce(p_at, now()), now()), p_user);
  insert into form_answer (property_id, sheet_id, form, version, question, kind, score, flag, number, words)
  select p_property, p_id, p_form, p_version, r.question, r.kind, r.score, r.flag, r.number, r.words
    from form_read(p_form, p_version, p_answers, p_complete) r;
  return p_id;
end $$;

-- A value as people read it.
create function form_value(p_kind text, p_score int, p_flag boolean, p_number numeric, p_words text) returns text
language sql immutable parallel safe as $$
  select case p_kind when 'score' then p_score::text when 'yes_no' then case when p_flag then 'yes' else 'no' end
                     when 'number' then trim_scale(p_number)::text else p_words end
$$;

-- Answers as people see them, with what was asked.
create view form_answer_card with (security_invoker = true) as
select s.property_id, s.id as sheet_id, s.entity, s.entity_id, s.form, s.version, q.seq, a.question, q.text, q.text_zh, a.kind,
       form_value(a.kind, a.score, a.flag, a.number, a.words) as answer
  from form_sheet s
  join form_answer a on a.property_id = s.property_id and a.sheet_id = s.id
  join form_question q on q.form = a.form and q.version = a.version and q.question = a.question;
grant select on form_answer_card to steward_app;

-- Results ------------------------------------------------------------------------------------------------------------

-- The sheets of a form filled in between two days, of the properties in reach.
create function form_sheets(p_scope int[], p_form text, p_from text, p_to text, p_version int)
returns table (property_id int, id uuid, version int) language plpgsql stable rows 1000 as $$
#variable_conflict use_column
declare
  f form := form_key(p_form);
  first constant date := to_day(p_from, 'from');
  last constant date := to_day(p_to, 'to');
begin
  return query
    select s.property_id, s.id, s.version
      from unnest(p_scope) x (property_id) join property y on y.id = x.property_id
     cross join lateral (
       select s.property_id, s.id, s.version from form_sheet s
        where s.property_id = y.id and s.form = f.code
          and s.at >= coalesce(first, date_trunc('month', today(y.zone))::date)::timestamp at time zone y.zone
          and s.at < (coalesce(last, today(y.zone)) + 1)::timestamp at time zone y.zone
        offset 0) s -- keeps the walk of the index by property and day
     where p_version is null or s.version = p_version;
end $$;

-- How many sheets, and the average of their scores, each question counting by its weight.
create function form_result_total(p_scope int[], p_form text, p_from text, p_to text, p_version int)
returns table (sheets bigint, average text) language sql stable as $$
  select count(*), coalesce(round(avg(w.score), 2)::text, 'n/a')
    from form_sheets(p_scope, p_form, p_from, p_to, p_version) s
    left join lateral (
      select sum(a.score * q.weight)::numeric / nullif(sum(q.weight), 0) as score
        from form_answer a join form_question q on q.form = a.form and q.version = a.version and q.question = a.question
       where a.property_id = s.property_id and a.sheet_id = s.id and a.kind = 'score') w on true
$$;

-- Per question: how many sheets asked it, how many answered it, the average (of yes_no: the share of yes) and how the answers
-- are spread. Questions of the same name and kind are the same question in every version.
create function form_results(p_scope int[], p_form text, p_from text, p_to text, p_version int)
returns table (question text, text text, text_zh text, kind text, asked bigint, n bigint, average text, distribution text)
language sql stable as $$
  with sheet as materialized (
    select * from form_sheets(p_scope, p_form, p_from, p_to, p_version)
  ), version as (
    select s.version, count(*) as sheets from sheet s group by s.version
    union all
    select v.version, 0 from (select coalesce(p_version, form_now(f.code)) as version from form_key(p_form) f) v where v.version is not null
  ), asked as (
    select q.question, q.kind, sum(v.sheets) as asked, (array_agg(q.text order by q.version desc))[1] as text,
           (array_agg(q.text_zh order by q.version desc))[1] as text_zh, (array_agg(q.seq order by q.version desc))[1] as seq
      from version v join form_question q on q.form = lower(btrim(p_form)) and q.version = v.version and q.asked
     group by q.question, q.kind
  ), given as (
    select a.question, a.kind, form_value(a.kind, a.score, a.flag, a.number, a.words) as value, coalesce(a.score, a.number) as amount
      from sheet s join form_answer a on a.property_id = s.property_id and a.sheet_id = s.id
  ), spread as (
    select g.question, g.kind, g.value, count(*) as n from given g where g.kind in ('score', 'yes_no', 'choice') group by g.question, g.kind, g.value
  )
  select k.question, k.text, k.text_zh, k.kind, k.asked::bigint, coalesce(g.n, 0),
         case when k.kind in ('score', 'number') then coalesce(round(g.average, 2)::text, 'n/a')
              when k.kind = 'yes_no' then share_text(coalesce(g.yes, 0), coalesce(g.n, 0)) end,
         (select string_agg(p.value || ': ' || p.n, ', ' order by case when p.kind = 'choice' then p.n end desc, p.value desc)
            from spread p where p.question = k.question and p.kind = k.kind)
    from asked k
    left join (select x.question, x.kind, count(*) as n, avg(x.amount) as average, count(*) filter (where x.value = 'yes') as yes
                 from given x group by x.question, x.kind) g on g.question = k.question and g.kind = k.kind
   order by k.seq, k.question
$$;
