-- Familiarity checks: how well a steward knows the customers of his patch, asked about units drawn blindly.

-- What the file says of a unit, question by question; more than one answer may be right. Null: the file does not know.
create function familiarity_truth(p_property int, p_place uuid, p_question text) returns text[] language plpgsql stable as $$
declare
  day constant date := (select today(y.zone) from property y where y.id = p_property);
  -- The customers of the unit, and their households.
  who constant uuid[] := array(
    select o.party_id from occupancy o join occupancy_role r on r.role = o.role and r.customer
     where o.property_id = p_property and o.place_id = p_place and o.from_on <= day and (o.to_on is null or o.to_on > day));
  homes constant uuid[] := array(
    select m.household_id from household_member m
     where m.property_id = p_property and m.party_id = any (who) and m.period @> day);
begin
  return case p_question
    when 'holder' then (
      select array_agg(distinct n) from party p, unnest(array[p.name, p.alias]) n
       where p.property_id = p_property and p.id = any (who) and n is not null)
    when 'phone' then (
      select array_agg(distinct right(regexp_replace(norm(f.raw), '[^0-9]', '', 'g'), 4)) from party_phone f
       where f.property_id = p_property and f.party_id = any (who) and f.until_on is null)
    when 'role' then (
      select array_agg(distinct n) from occupancy o join occupancy_role r on r.role = o.role and r.customer,
             unnest(array[r.role, r.name]) n
       where o.property_id = p_property and o.place_id = p_place and o.from_on <= day and (o.to_on is null or o.to_on > day))
    when 'household' then (
      select array_agg(distinct h.n::text)
        from (select count(*) as n from household_member m
               where m.property_id = p_property and m.household_id = any (homes) and m.period @> day group by m.household_id) h)
    when 'children' then case
      when exists (select from household_member m
                    where m.property_id = p_property and m.household_id = any (homes) and m.period @> day and m.role = 'child')
        or exists (select from party_interest i where i.property_id = p_property and i.party_id = any (who)
                                                  and i.until_on is null and i.interest in ('children', 'child')) then '{yes}'::text[]
      when homes <> '{}' then '{no}'::text[] end
    when 'pets' then (
      select '{yes}'::text[] from party_interest i
       where i.property_id = p_property and i.party_id = any (who) and i.until_on is null
         and i.interest in ('pets', 'pet', 'dog', 'dogs', 'cat', 'cats') limit 1)
    when 'interest' then (
      select array_agg(distinct i.interest) from party_interest i
       where i.property_id = p_property and i.party_id = any (who) and i.until_on is null)
    when 'language' then (
      select array_agg(distinct p.language) from party p
       where p.property_id = p_property and p.id = any (who) and p.language is not null)
    when 'plate' then (
      select array_agg(distinct f.plate) from party_plate f
       where f.property_id = p_property and f.party_id = any (who) and f.until_on is null)
    when 'floor' then (
      select array[f.number, regexp_replace(f.number, '^.*[-/ ]', '')] from place l
        join place f on f.property_id = l.property_id and f.id = l.parent_id and f.kind = 'floor'
       where l.property_id = p_property and l.id = p_place)
    when 'layout' then (
      select array[u.layout] from place_unit u
       where u.property_id = p_property and u.place_id = p_place and u.layout is not null)
    when 'since' then (
      select array_agg(distinct extract(year from o.from_on)::int::text)
        from occupancy o join occupancy_role r on r.role = o.role and r.customer
       where o.property_id = p_property and o.place_id = p_place and o.from_on <= day and (o.to_on is null or o.to_on > day))
  end;
end $$;

-- Text as answers are compared: by what the question asks for.
create function familiarity_form(p_text text, p_compare text) returns text language sql immutable as $$
  select case p_compare
    when 'digits' then regexp_replace(norm(p_text), '[^0-9]', '', 'g')
    when 'plate' then squash(p_text)
    when 'yes_no' then case when norm(p_text) in ('yes', 'y', 'true', '1', '是', '有') then 'yes'
                            when norm(p_text) in ('no', 'n', 'none', 'false', '0', '否', '没有', '无') then 'no' else norm(p_text) end
    else norm(p_text) end
$$;

-- Is it one of the right answers? Of a whole telephone number the last digits count.
create function familiarity_right(p_question familiarity_question, p_answer text, p_expected text[]) returns boolean
language plpgsql stable as $$
begin
  return (
    select exists (
      select from unnest(p_expected) e, familiarity_form(p_answer, p_question.compare) a
       where a <> '' and familiarity_form(e, p_question.compare) = case when p_question.question = 'phone' then right(a, 4) else a end));
end $$;

-- The check meant by a UUID, F-1001, 1001 or SUN/F-1001.
create function familiarity_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  look record := ref_split(p_scope, null, p_ref);
  homes int[];
begin
  if is_uuid(look.rest) then
    select c.property_id, c.id into property_id, id
      from familiarity_check c where c.property_id = any (look.within) and c.id = look.rest::uuid;
  else
    look.rest := case when look.rest ~ '^[0-9]+$' then 'F-' || look.rest else upper(look.rest) end;
    select array_agg(c.property_id order by c.property_id), (array_agg(c.id order by c.property_id))[1] into homes, id
      from familiarity_check c where c.property_id = any (look.within) and c.number = look.rest;
    property_id := homes[1];
  end if;
  perform ref_one(id, homes, look.within, look.rest, 'there is no familiarity check', 'CHECK', 'check');
end $$;

-- The check, for somebody who is not the one examined.
create function familiarity_of_other(p_scope int[], p_ref text, p_user uuid) returns familiarity_check language plpgsql stable as $$
declare
  k record := familiarity_key(p_scope, p_ref);
  f familiarity_check;
begin
  select * into f from familiarity_check c where c.property_id = k.property_id and c.id = k.id;
  if f.user_id = p_user then
    perform refuse('STDEN', 'OWN_CHECK', 'check', format('%s examines you; somebody else must do that', f.number));
  end if;
  return f;
end $$;

-- The same, locked, and open.
create function familiarity_take(p_scope int[], p_ref text, p_user uuid) returns familiarity_check language plpgsql volatile as $$
declare
  f familiarity_check := familiarity_of_other(p_scope, p_ref, p_user);
begin
  select * into f from familiarity_check c where c.property_id = f.property_id and c.id = f.id for update;
  if f.state <> 'open' then
    perform refuse('STPRE', 'CHECK_OVER', 'check', format('%s is %s', f.number, f.state));
  end if;
  return f;
end $$;

-- Draws units of the person's patch, and of each the questions the file can answer: who holds it and some others. The key
-- of the call is the seed, so that the same call draws the same again.
create function familiarity_start(p_property int, p_key uuid, p_user uuid, p_at timestamptz, p_login text, p_size int)
returns familiarity_check language plpgsql volatile as $$
declare
  whom constant uuid := staff_key(p_property, p_login, 'user');
  buildings uuid[];
  f familiarity_check;
begin
  if whom = p_user then
    perform refuse('STDEN', 'OWN_CHECK', 'user', 'nobody examines himself');
  elsif exists (select from familiarity_check c where c.property_id = p_property and c.user_id = whom and c.state = 'open') then
    perform refuse('STPRE', 'CHECK_OPEN', 'user', format('%s is being examined already: finish or cancel %s first', p_login,
                   (select c.number from familiarity_check c
                     where c.property_id = p_property and c.user_id = whom and c.state = 'open')));
  end if;
  buildings := patch_buildings(array[p_property], whom);
  if buildings = '{}' then
    perform refuse('STPRE', 'NO_PATCH', 'user', format('%s looks after no building at %s', p_login, property_codes(array[p_property])));
  end if;
  insert into familiarity_check (property_id, id, number, user_id, examiner_id, started_at)
  values (p_property, p_key, 'F-' || next_number(p_property, 'F'), whom, p_user, least(coalesce(p_at, now()), now()))
  returning * into f;
  insert into familiarity_item (property_id, check_id, seq, place_id, question)
  select p_property, p_key, row_number() over (order by u.o, q.rank), u.place_id, q.question
    from (select h.place_id, row_number() over (order by md5(p_key::text || h.place_id)) as o
            from unit_heard(p_property, buildings) h
           order by 2 limit coalesce(p_size, 20)) u
   cross join lateral (
     select x.question, x.rank from familiarity_question x
      where familiarity_truth(p_property, u.place_id, x.question) is not null
      order by x.question <> 'holder', md5(p_key::text || u.place_id || x.question) limit 5) q;
  if not found then
    perform refuse('STPRE', 'NOTHING_TO_ASK', 'user', format('no unit in the buildings %s looks after is occupied', p_login));
  end if;
  return f;
end $$;

-- Marks an answer: against the file as it is now, or by hand. A second word on an answer is by hand; the latest counts.
create function familiarity_answer(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_unit text, p_question text,
                                   p_answer text, p_mark text, p_reason text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  f familiarity_check := familiarity_take(p_scope, p_ref, p_user);
  i familiarity_item;
  q familiarity_question;
  last familiarity_answer;
  truth text[];
begin
  select * into q from familiarity_question x where x.question = p_question;
  if q.question is null then
    perform refuse('STINV', 'QUESTION_UNKNOWN', 'question', format('there is no question %s; see `familiarity sheet %s`',
                   quote_literal(p_question), f.number));
  end if;
  select m.* into i
    from place_key(array[f.property_id], f.property_id, p_unit, 'unit') l
    join familiarity_item m on m.property_id = l.property_id and m.check_id = f.id and m.place_id = l.id and m.question = p_question;
  if i.seq is null then
    perform refuse('STNOF', 'NOT_ASKED', 'question', format('%s does not ask that about %s; see `familiarity sheet %s`',
                   f.number, p_unit, f.number));
  elsif p_mark is not null and nullif(btrim(p_reason), '') is null then
    perform refuse('STINV', 'REQUIRED', 'reason', 'say why you mark it by hand');
  elsif p_mark is null and nullif(btrim(p_answer), '') is null then
    perform refuse('STINV', 'REQUIRED', 'answer', 'write down the answer, or mark it by hand');
  end if;
  select * into last from familiarity_answer a
   where a.property_id = f.property_id and a.check_id = f.id and a.item = i.seq order by a.seq desc limit 1;
  if last.seq is not null and p_mark is null then
    perform refuse('STPRE', 'ANSWERED', 'question', 'it is answered already; mark it by hand if that was wrong');
  end if;
  truth := coalesce(last.expected, familiarity_truth(f.property_id, i.place_id, p_question), '{}');
  insert into familiarity_answer (property_id, check_id, item, seq, id, user_id, answer, expected, correct, by_hand, reason)
  values (f.property_id, f.id, i.seq, coalesce(last.seq, 0) + 1, p_key, p_user, coalesce(nullif(btrim(p_answer), ''), last.answer),
          truth, case when p_mark is null then familiarity_right(q, p_answer, truth) else p_mark = 'right' end,
          p_mark is not null, nullif(btrim(p_reason), ''));
  update familiarity_check c set version = c.version + 1 where c.property_id = f.property_id and c.id = f.id;
  property_id := f.property_id;
  id := f.id;
end $$;

-- Ends a check. What was not answered counts as not known.
create function familiarity_end(p_scope int[], p_ref text, p_user uuid, p_state text, p_why text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  f familiarity_check := familiarity_take(p_scope, p_ref, p_user);
begin
  if p_state = 'finished'
     and not exists (select from familiarity_answer a where a.property_id = f.property_id and a.check_id = f.id) then
    perform refuse('STPRE', 'NOTHING_ANSWERED', 'check', format('nothing in %s was answered; cancel it if it did not take place', f.number));
  end if;
  update familiarity_check c
     set state = p_state, finished_at = now(), finished_by = p_user, reason = nullif(btrim(p_why), ''), version = c.version + 1
   where c.property_id = f.property_id and c.id = f.id;
  property_id := f.property_id;
  id := f.id;
end $$;

-- Items with the latest word on each. Not for people as it is: it tells what is right.
create view familiarity_marked with (security_invoker = true) as
select i.property_id, i.check_id, i.seq, i.place_id, i.question, a.answer, a.expected, a.correct, a.by_hand, a.reason, a.at, a.user_id
  from familiarity_item i
  left join lateral (select * from familiarity_answer x
                      where x.property_id = i.property_id and x.check_id = i.check_id and x.item = i.seq
                      order by x.seq desc limit 1) a on true;

-- A check as people see it. While it is open nobody sees how it stands.
create view familiarity_card with (security_invoker = true) as
select f.id, f.property_id, y.code as property, f.number, (select u.login from app_user u where u.id = f.user_id) as steward,
       (select u.login from app_user u where u.id = f.examiner_id) as examiner, f.state, ts(f.started_at, y.zone) as started_at,
       ts(f.finished_at, y.zone) as finished_at, f.reason, n.units, n.questions, n.answered,
       case when f.state = 'finished' then n.matched end as matched,
       case when f.state = 'finished' then n.correct end as correct,
       case when f.state = 'finished' then share_text(n.matched, n.units) end as familiarity,
       f.version, (extract(epoch from f.started_at) * 1000000)::bigint || '~' || f.id as cursor
  from familiarity_check f
  join property y on y.id = f.property_id
 cross join lateral (
   select count(*) as units, sum(u.questions)::bigint as questions, sum(u.answered)::bigint as answered,
          count(*) filter (where u.correct = u.questions) as matched, sum(u.correct)::bigint as correct
     from (select count(*) as questions, count(m.correct) as answered, count(*) filter (where m.correct) as correct
             from familiarity_marked m where m.property_id = f.property_id and m.check_id = f.id group by m.place_id) u) n;
grant select on familiarity_marked, familiarity_card to steward_app;
create function familiarity_card(p_property int, p_id uuid) returns setof familiarity_card language plpgsql volatile rows 1 as
$$ begin return query select * from familiarity_card c where c.property_id = p_property and c.id = p_id; end $$;

-- Checks, the latest first; nobody sees one that examines himself and is open.
create function familiarity_list(p_scope int[], p_user uuid, p_login text, p_state text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, 'infinity');
  who constant uuid := case when p_login is not null then user_key(p_login) end;
begin
  return query
    select f.property_id, f.id from unnest(p_scope) s (property_id)
     cross join lateral (
       select f.property_id, f.id, f.started_at from familiarity_check f
        where f.property_id = s.property_id and (f.started_at, f.id) < (cut.at, cut.id)
          and (f.state <> 'open' or f.user_id <> p_user) and (who is null or f.user_id = who) and (p_state is null or f.state = p_state)
        order by f.started_at desc, f.id desc limit lim) f
     order by f.started_at desc, f.id desc limit lim;
end $$;

-- Of the units asked about in checks that began in a period and are finished, those of which all was known; by property
-- and person, with those who look after buildings and were not examined.
create function familiarity_report(p_scope int[], p_from text, p_to text)
returns table (property text, steward text, checks bigint, units bigint, matched bigint, familiarity text, questions bigint,
               correct bigint, correct_share text, target text, met text)
language sql stable as $$
  with wanted as (
    select y.id, y.code, today(y.zone) as day,
           coalesce(to_day(p_from, 'from'), date_trunc('month', today(y.zone))::date)::timestamp at time zone y.zone as since,
           (coalesce(to_day(p_to, 'to'), today(y.zone)) + 1)::timestamp at time zone y.zone as until
      from property y where y.id = any (p_scope)
  ), done as (
    select f.property_id, f.user_id, f.id, u.questions, u.correct
      from wanted w
      join familiarity_check f on f.property_id = w.id and f.state = 'finished' and f.started_at >= w.since and f.started_at < w.until
     cross join lateral (
       select count(*) as questions, count(*) filter (where m.correct) as correct
         from familiarity_marked m where m.property_id = f.property_id and m.check_id = f.id group by m.place_id) u
  ), who as (
    select d.property_id, d.user_id from done d
    union
    select p.property_id, p.user_id from patch p join wanted w on w.id = p.property_id and p.period @> w.day
  ), row as (
    select w.code, x.login, count(distinct d.id) as checks, count(d.id) as units,
           count(*) filter (where d.correct = d.questions) as matched, coalesce(sum(d.questions), 0)::bigint as questions,
           coalesce(sum(d.correct), 0)::bigint as correct
      from who h
      join wanted w on w.id = h.property_id
      join app_user x on x.id = h.user_id
      left join done d on d.property_id = h.property_id and d.user_id = h.user_id
     group by w.code, x.login
  )
  select r.code, r.login, r.checks, r.units, r.matched, share_text(r.matched, r.units), r.questions, r.correct,
         share_text(r.correct, r.questions), '95 %', case when r.units > 0 then case when 100 * r.matched >= 95 * r.units then 'yes' else 'no' end else 'n/a' end
    from row r order by r.code, r.login
$$;
