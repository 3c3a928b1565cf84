-- Dunning: which lines are to be dunned at which level, and the notices that do it. Every line has a level of its own; a notice
-- is of one customer, and of the highest level of the lines it names.

create view dunning_level_card with (security_invoker = true) as
select x.property_id, y.code as property, x.level, t.language, x.days, x.channel, t.title, t.body, x.fee as fee_minor, x.pay_days, y.currency
  from dunning_level x
  join property y on y.id = x.property_id
 cross join lateral (select null as language, x.title, x.body
                     union all
                     select v.language, v.title, v.body from dunning_level_text v where v.property_id = x.property_id and v.level = x.level) t;
create function dunning_level_card(p_property int, p_level int, p_language text) returns setof dunning_level_card language plpgsql volatile rows 1 as
$$ begin return query select * from dunning_level_card c where c.property_id = p_property and c.level = p_level and c.language is not distinct from p_language; end $$;

create view dunning_run_card with (security_invoker = true) as
select r.id, r.property_id, y.code as property, r.number, r.on_date::text as date, r.notices, r.amount as amount_minor, r.fees as fees_minor, y.currency,
       (select u.login from app_user u where u.id = r.user_id) as by, 1 as version
  from dunning_run r join property y on y.id = r.property_id;
create function dunning_run_card(p_property int, p_id uuid) returns setof dunning_run_card language plpgsql volatile rows 1 as
$$ begin return query select * from dunning_run_card c where c.property_id = p_property and c.id = p_id; end $$;

create view dunning_notice_card with (security_invoker = true) as
select n.id, n.property_id, y.code as property, n.number, r.number as run, p.number as party, p.name as party_name, n.level, n.title, n.channel,
       n.on_date::text as date, n.pay_by::text as pay_by, n.amount as amount_minor,
       (select sum(l.amount - l.settled) from dunning_notice_line x join charge_line l on l.property_id = x.property_id and l.id = x.line_id
         where x.property_id = n.property_id and x.notice_id = n.id)::bigint as open_minor,
       (select b.number from bill b where b.property_id = n.property_id and b.id = n.fee_bill_id) as fee_bill, n.body, y.currency,
       (select u.login from app_user u where u.id = n.user_id) as by,
       (extract(epoch from n.at) * 1000000)::bigint || '~' || n.id as cursor
  from dunning_notice n
  join property y on y.id = n.property_id
  join dunning_run r on r.property_id = n.property_id and r.id = n.run_id
  join party p on p.property_id = n.property_id and p.id = n.party_id;
grant select on dunning_level_card, dunning_run_card, dunning_notice_card to steward_app;

create function notice_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id from number_key('dunning_notice', p_scope, p_ref, 'there is no notice', 'NOTICE', 'notice') k;
end $$;

-- Levels ----------------------------------------------------------------------------------------------------------------

-- What a text may name in braces.
create function dunning_names() returns text[] language sql immutable parallel safe as
$$ select '{customer,number,property,date,pay_by,total,fee,lines}'::text[] $$;

-- A text with its names in braces replaced; what stands in their stead is not looked at again.
create function dunning_text(p_body text, p_values jsonb) returns text language plpgsql immutable parallel safe as $$
begin
  return (select string_agg(case when m.part[1] ~ '^\{[a-z_]+\}$' then coalesce(p_values ->> btrim(m.part[1], '{}'), '') else m.part[1] end, '' order by m.o)
            from regexp_matches(p_body, '\{[a-z_]+\}|[^{]+|\{', 'g') with ordinality m (part, o));
end $$;

-- Sets a level, or changes what is given of it. Levels follow each other, and each comes later than the one before. With a language, title
-- and body are those for customers who speak it.
create function dunning_level_set(p_property int, p_level int, p_days int, p_channel text, p_title text, p_body text, p_fee bigint, p_pay_days int,
                                  p_language text default null) returns int language plpgsql volatile as $$
declare
  x dunning_level;
  t dunning_level_text;
  wrong text;
begin
  select * into x from dunning_level v where v.property_id = p_property and v.level = p_level for update;
  select * into t from dunning_level_text v where v.property_id = p_property and v.level = p_level and v.language = p_language;
  select m[1] into wrong from regexp_matches(p_body, '\{([^{}]*)\}', 'g') m where m[1] <> all (dunning_names()) limit 1;
  if wrong is not null then
    perform refuse('STINV', 'NAME_UNKNOWN', 'body', format('{%s} means nothing: a text may name {%s}', wrong, array_to_string(dunning_names(), '}, {')));
  elsif x.level is null and p_language is not null then
    perform refuse('STPRE', 'LEVEL_UNKNOWN', 'level', format('set level %s itself first, without a language', p_level));
  elsif x.level is null or p_language is not null and t.level is null then
    perform refuse('STINV', 'REQUIRED', v.field, format('level %s is new%s: say its %s', p_level, ' in ' || p_language, v.field))
       from (values (1, 'days', coalesce(p_days, x.days)::text), (2, 'title', p_title), (3, 'body', p_body)) v (o, field, value)
      where v.value is null order by v.o limit 1;
  end if;
  if p_level > 1 and not exists (select from dunning_level v where v.property_id = p_property and v.level = p_level - 1) then
    perform refuse('STPRE', 'LEVEL_BEFORE', 'level', format('set level %s first', p_level - 1));
  end if;
  perform refuse('STINV', 'LEVEL_ORDER', 'days', format('level %s comes %s days after the due day: higher levels come later', v.level, v.days))
     from dunning_level v
    where v.property_id = p_property
      and (v.level < p_level and v.days >= coalesce(p_days, x.days) or v.level > p_level and v.days <= coalesce(p_days, x.days)) limit 1;
  insert into dunning_level as v (property_id, level, days, channel, title, body, fee, pay_days)
  values (p_property, p_level, coalesce(p_days, x.days), coalesce(p_channel, x.channel, 'letter'),
          coalesce(case when p_language is null then btrim(p_title) end, x.title), coalesce(case when p_language is null then p_body end, x.body),
          coalesce(p_fee, x.fee, 0), coalesce(p_pay_days, x.pay_days, 14))
  on conflict (property_id, level) do update
     set days = excluded.days, channel = excluded.channel, title = excluded.title, body = excluded.body, fee = excluded.fee, pay_days = excluded.pay_days,
         version = v.version + 1;
  if p_language is not null then
    insert into dunning_level_text as v (property_id, level, language, title, body)
    values (p_property, p_level, p_language, coalesce(btrim(p_title), t.title), coalesce(p_body, t.body))
    on conflict (property_id, level, language) do update set title = excluded.title, body = excluded.body, version = v.version + 1;
  end if;
  return p_level;
end $$;

-- The title and the text of a level for who speaks a language; the level's own where there is none in it.
create function dunning_level_in(x dunning_level, p_language text, out title text, out body text) language plpgsql stable as $$
begin
  select t.title, t.body into title, body
    from (select v.title, v.body, 1 as o from dunning_level_text v where v.property_id = x.property_id and v.level = x.level and v.language = p_language
          union all
          select v.title, v.body, 2 from dunning_level_text v where v.property_id = x.property_id and v.level = x.level and p_language = 'zh-Hant' and v.language = 'zh'
          union all
          values (x.title, x.body, 3)) t order by t.o limit 1;
end $$;

-- What is to be dunned ----------------------------------------------------------------------------------------------------

-- Overdue lines that have come to their next level on a day: the one after the highest they were dunned at. 'why': what keeps a
-- line from being dunned.
create function dunning_lines(p_property int, p_on date)
returns table (line_id uuid, party_id uuid, place_id uuid, open bigint, days_late int, level int, why text) language plpgsql stable rows 1000 as $$
#variable_conflict use_column
declare
  gap constant int := coalesce((select x.gap from arrears_policy x where x.property_id = p_property), 7);
begin
  return query
    select l.id, l.party_id, l.place_id, l.amount - l.settled, p_on - l.due_on, v.level,
           case when l.disputed_at is not null then 'disputed'
                when was.on_date + gap > p_on then format('dunned on %s', was.on_date)
                else (select format('promised until %s', max(p.on_date)) from promise p
                       where p.property_id = l.property_id and p.party_id = l.party_id and p.state = 'open' and p.on_date >= p_on
                         and (p.bill_id is null or p.bill_id = l.bill_id) having count(*) > 0) end
      from charge_line l
      left join lateral (select max(x.level) as level, max(n.on_date) as on_date
                           from dunning_notice_line x join dunning_notice n on n.property_id = x.property_id and n.id = x.notice_id
                          where x.property_id = l.property_id and x.line_id = l.id) was on true
      join dunning_level v on v.property_id = l.property_id and v.level = coalesce(was.level, 0) + 1 and v.days <= p_on - l.due_on
     where l.property_id = p_property and l.settled < l.amount and l.due_on < p_on;
end $$;

create type dunning_proposal as (
  party_id uuid, level int, amount bigint, days_late int, why text, lines uuid[], levels int[], opens bigint[], lates int[], lateness boolean
);

-- One row for each customer something of whom has come to its next level: the lines that are named, or why there is no notice.
-- p_place: only what is owed for it, or for a place in it.
create function dunning_proposals(p_property int, p_on date, p_party uuid, p_place uuid) returns setof dunning_proposal
language plpgsql stable rows 100 as $$
declare
  y property;
  least_amount bigint;
begin
  select * into y from property x where x.id = p_property;
  least_amount := coalesce((select x.minimum from arrears_policy x where x.property_id = p_property), 0);
  return query
    with named as (
      select d.party_id, max(d.level) filter (where d.why is null) as level, sum(d.open) filter (where d.why is null)::bigint as amount,
             max(d.days_late) filter (where d.why is null) as days_late, min(d.why) as why, sum(d.open)::bigint as all_open, max(d.level) as all_level,
             max(d.days_late) as all_late, array_agg(d.line_id order by d.days_late desc, d.line_id) filter (where d.why is null) as lines,
             array_agg(d.level order by d.days_late desc, d.line_id) filter (where d.why is null) as levels,
             array_agg(d.open order by d.days_late desc, d.line_id) filter (where d.why is null) as opens,
             array_agg(d.days_late order by d.days_late desc, d.line_id) filter (where d.why is null) as lates,
             bool_and(i.of_lateness) filter (where d.why is null) as lateness
        from dunning_lines(p_property, p_on) d
        join charge_line l on l.property_id = p_property and l.id = d.line_id
        join charge_item i on i.property_id = l.property_id and i.id = l.item_id
       where (p_party is null or d.party_id = p_party)
         and (p_place is null or d.place_id in (select b.id from place_below(p_property, p_place) b))
       group by d.party_id
    )
    select n.party_id, coalesce(n.level, n.all_level), coalesce(n.amount, n.all_open), coalesce(n.days_late, n.all_late),
           case when n.level is null then n.why
                when exists (select from dunning_notice x where x.property_id = p_property and x.party_id = n.party_id and x.on_date = p_on)
                  then 'had a notice today'
                when n.amount < least_amount then format('below the least of %s', money_text(least_amount, y.currency)) end,
           n.lines, n.levels, n.opens, n.lates, n.lateness
      from named n;
end $$;

create function dunning_place(p_property int, p_place text) returns uuid language plpgsql stable as $$
begin
  return (select k.id from place_key(array[p_property], p_property, p_place) k);
end $$;

create function dunning_preview(p_property int, p_party text, p_place text)
returns table (party text, party_name text, level int, title text, channel text, lines int, amount_minor bigint, days_late int, fee_minor bigint, why_not text,
               currency text)
language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  y property;
  who constant uuid := (select k.id from party_key(array[p_property], p_property, p_party) k);
begin
  select * into y from property x where x.id = p_property;
  return query
    select p.number, p.name, d.level, v.title, v.channel, cardinality(d.lines), d.amount, d.days_late,
           case when d.why is null and not d.lateness then v.fee else 0 end, d.why, y.currency
      from dunning_proposals(p_property, today(y.zone), who, dunning_place(p_property, p_place)) d
      join party p on p.property_id = p_property and p.id = d.party_id
      join dunning_level v on v.property_id = p_property and v.level = d.level
     order by d.why nulls first, d.level desc, d.amount desc, p.number;
end $$;

-- Issuing -------------------------------------------------------------------------------------------------------------------

-- Issues a notice to every customer proposed, and charges the fees. What is owed of it to the daily look is done with that.
create function dunning_run(p_property int, p_key uuid, p_user uuid, p_party text, p_place text) returns uuid language plpgsql volatile as $$
declare
  y property;
  who constant uuid := (select k.id from party_key(array[p_property], p_property, p_party) k);
  spot constant uuid := dunning_place(p_property, p_place);
  wanted dunning_proposal[];
  d dunning_proposal;
begin
  perform ledger_hold(p_property);
  select * into y from property x where x.id = p_property;
  wanted := array(select x from dunning_proposals(p_property, today(y.zone), who, spot) x where x.why is null order by x.level, x.party_id);
  if wanted = '{}' then
    perform refuse('STPRE', 'NOTHING_TO_DUN', 'party', 'nobody is to be dunned today: `dunning preview` says why');
  end if;
  insert into dunning_run (property_id, id, number, on_date, notices, amount, fees, user_id)
  select p_property, p_key, 'DR-' || next_number(p_property, 'DR'), today(y.zone), count(*), sum(x.amount),
         coalesce(sum(v.fee) filter (where not x.lateness), 0), p_user
    from unnest(wanted) x join dunning_level v on v.property_id = p_property and v.level = x.level;
  foreach d in array wanted loop
    perform dunning_issue(y, p_key, p_user, d);
  end loop;
  if not exists (select from dunning_proposals(p_property, today(y.zone), null, null) x where x.why is null) then
    perform feed_also(b.property_id, 'obligation', b.id, b.version, b.number) from dunning_done(p_property, p_user) b;
  end if;
  return p_key;
end $$;

-- One notice: its fee, its text, its lines.
create function dunning_issue(y property, p_run uuid, p_user uuid, d dunning_proposal) returns void language plpgsql volatile as $$
declare
  v constant dunning_level := (select x from dunning_level x where x.property_id = y.id and x.level = d.level);
  p constant party := (select x from party x where x.property_id = y.id and x.id = d.party_id);
  language constant text := print_language(y.id, d.party_id, null);
  t constant record := dunning_level_in(v, language);
  day constant date := today(y.zone);
  notice constant uuid := uuid7();
  n text;
  fee_bill uuid;
  known jsonb;
begin
  n := 'DN-' || next_number(y.id, 'DN');
  if v.fee > 0 and not d.lateness then
    fee_bill := dunning_fee(y, notice, p_user, d.party_id, v, t.title || ' ' || n);
  end if;
  known := jsonb_build_object(
    'customer', p.name, 'number', n, 'property', y.name, 'date', day, 'pay_by', day + v.pay_days, 'total', money_text(d.amount, y.currency),
    'fee', money_text(case when fee_bill is null then 0 else v.fee end, y.currency));
  insert into dunning_notice (property_id, id, number, run_id, party_id, level, channel, on_date, pay_by, amount, fee_bill_id, title, body, letter, user_id)
  values (y.id, notice, n, p_run, d.party_id, d.level, v.channel, day, day + v.pay_days, d.amount, fee_bill, t.title,
          dunning_text(t.body, known || jsonb_build_object('lines', dunning_lines_text(y, d, print_words(language)))),
          dunning_text(t.body, known || jsonb_build_object('lines', E'\x1d')), p_user);
  insert into dunning_notice_line (property_id, notice_id, line_id, level, open, days_late)
  select y.id, notice, x.id, x.level, x.open, x.late from unnest(d.lines, d.levels, d.opens, d.lates) x (id, level, open, late);
end $$;

-- The lines a notice names, as its text has them.
create function dunning_lines_text(y property, d dunning_proposal, w jsonb) returns text language plpgsql stable as $$
begin
  return (select string_agg(format(print_word(w, 'late_line'), b.number, l.line, l.text, l.due_on, money_text(x.open, y.currency), x.late), e'\n' order by x.o)
            from unnest(d.lines, d.opens, d.lates) with ordinality x (id, open, late, o)
            join charge_line l on l.property_id = y.id and l.id = x.id
            join bill b on b.property_id = l.property_id and b.id = l.bill_id);
end $$;

create function dunning_fee(y property, p_notice uuid, p_user uuid, p_party uuid, v dunning_level, p_text text) returns uuid language plpgsql volatile as $$
declare
  at constant date := posting_day(y, null);
  i constant charge_item := charge_item_of(y.id, 'DUNNING', at);
begin
  return bill_post(y.id, uuid7(), p_party, null, at, at + v.pay_days, p_user,
                   array[row(i.id, left(i.name || ': ' || p_text, 200), null, null, v.fee, 'dunning_notice', p_notice, null, null, null,
                             null)::bill_input]);
end $$;

-- The daily proposal: one entry of the agenda for a property, while somebody is to be dunned. 1 if it was made or taken off.
create function dunning_propose(x arrears_policy, p_on date) returns int language plpgsql volatile as $$
declare
  b obligation;
  zone constant text := (select y.zone from property y where y.id = x.property_id);
  n constant int := (select count(*) from dunning_proposals(x.property_id, p_on, null, null) d where d.why is null);
begin
  if n > 0 then
    perform obligation_need(x.property_id, 'dunning', 'arrears_policy', x.id, null, 'to be dunned', p_on::timestamp at time zone zone,
                            (p_on + 1)::timestamp at time zone zone);
  end if;
  update obligation v
     set label = format('%s to be dunned: `dunning preview`, `dunning run`', n), state = case when n > 0 then 'open' else 'cancelled' end,
         settled_at = case when n = 0 then now() end, version = v.version + 1
   where v.property_id = x.property_id and v.entity = 'arrears_policy' and v.entity_id = x.id and v.kind = 'dunning' and v.state = 'open'
  returning * into b;
  if b.id is null then
    return 0;
  end if;
  perform feed_note(b.property_id, 'obligation', b.id, b.version, b.number, 'arrears.Tick');
  return 1;
end $$;

-- Settles the daily proposal.
create function dunning_done(p_property int, p_user uuid) returns setof obligation language plpgsql volatile rows 1 as $$
declare
  b obligation;
begin
  select * into b from obligation v where v.property_id = p_property and v.kind = 'dunning' and v.state = 'open' for update;
  if b.id is not null then
    return next obligation_try(b, uuid7(), p_user, null, 'done', null, null);
  end if;
end $$;

create function notice_list(p_scope int[], p_party text, p_level int, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, 'infinity');
  who record := row_after(null);
begin
  if p_party is not null then
    select k.property_id, k.id into who from party_key(p_scope, null, p_party) k;
  end if;
  return query
    select n.property_id, n.id from unnest(p_scope) s (property_id)
     cross join lateral (
       select n.property_id, n.id, n.at from dunning_notice n
        where n.property_id = s.property_id and (n.at, n.id) < (cut.at, cut.id) and (p_level is null or n.level = p_level)
          and (p_party is null or n.property_id = who.property_id and n.party_id = who.id)
        order by n.at desc, n.id desc limit lim) n
     order by n.at desc, n.id desc limit lim;
end $$;
