-- What draws prepaid balances down: tariffs, and what was used between two days by them. Every draw is a bill.

-- Blocks as people write them: "0=0.4883", "2880=0.5383".
create function prepaid_blocks(p_blocks text[], out above numeric[], out rates numeric[]) language plpgsql immutable as $$
declare
  item text;
begin
  above := '{}';
  rates := '{}';
  foreach item in array p_blocks loop
    if item !~ '^\s*\d{1,9}(\.\d{1,3})?\s*=\s*\d{1,5}(\.\d{1,6})?\s*$' then
      perform refuse('STINV', 'BLOCK', 'block', format('%s: write above which usage it begins and what a unit costs, such as 2880=0.5383', quote_literal(item)));
    end if;
    above := above || btrim(split_part(item, '=', 1))::numeric;
    rates := rates || btrim(split_part(item, '=', 2))::numeric;
  end loop;
  perform tariff_blocks(above, rates);
end $$;

-- What a utility costs from a day on. Spans that were drawn by the tariff before stay as they are.
create function prepaid_tariff_set(p_property int, p_key uuid, p_user uuid, p_item text, p_blocks text[], p_span text, p_from text) returns uuid
language plpgsql volatile as $$
declare
  y property;
  i charge_item;
  b record;
  day date;
begin
  select * into y from property x where x.id = p_property;
  day := coalesce(to_day(p_from, 'from'), today(y.zone));
  i := charge_item_of(p_property, p_item, day);
  b := prepaid_blocks(p_blocks);
  if exists (select from prepaid_draw d join prepaid_account a on a.property_id = d.property_id and a.id = d.account_id
              where d.property_id = p_property and a.item_id = i.id and d.to_on > day and prepaid_draw_stands(d)) then
    perform refuse('STPRE', 'DRAWN_SINCE', 'from', format('usage after %s has been drawn already: name a later day, or credit those bills', day));
  end if;
  update prepaid_tariff t set replaced_at = now(), version = t.version + 1
   where t.property_id = p_property and t.item_id = i.id and t.from_on = day and t.replaced_at is null;
  insert into prepaid_tariff (property_id, id, item_id, from_on, span, above, rates, set_by)
  values (p_property, p_key, i.id, day, coalesce(p_span, 'year'), b.above, b.rates, p_user);
  update prepaid_watch w set changes = w.changes + 1
    from prepaid_account a
   where a.property_id = p_property and a.item_id = i.id and a.problem is not null and w.property_id = p_property and w.account_id = a.id;
  return p_key;
end $$;

create view prepaid_tariff_card with (security_invoker = true) as
select t.id, t.property_id, y.code as property, i.code as item, t.from_on::text as "from", t.span,
       (select string_agg(trim_scale(b.above) || '=' || trim_scale(b.rate), ' ' order by b.o) from unnest(t.above, t.rates) with ordinality b (above, rate, o)) as blocks,
       (select u.login from app_user u where u.id = t.set_by) as set_by, ts(t.set_at, y.zone) as set_at, i.code as number, t.version
  from prepaid_tariff t
  join property y on y.id = t.property_id
  join charge_item i on i.property_id = t.property_id and i.id = t.item_id
 where t.replaced_at is null;
create function prepaid_tariff_card(p_property int, p_id uuid) returns setof prepaid_tariff_card language plpgsql volatile rows 1 as
$$ begin return query select * from prepaid_tariff_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on prepaid_tariff_card to steward_app;

-- Where the time begins over which the blocks of a tariff are counted.
create function span_begin(p_span text, p_on date) returns date language plpgsql immutable parallel safe as
$$ begin return date_trunc(p_span, p_on::timestamp)::date; end $$;

create type prepaid_part as (from_on date, to_on date, tariff_id uuid, begins date);

-- A span of days in parts of one tariff and one count of its blocks.
create function prepaid_cut(p_property int, p_item uuid, p_from date, p_to date) returns setof prepaid_part language plpgsql stable rows 5 as $$
begin
  return query
    with rule as (
      select t.id, t.span, t.from_on, lead(t.from_on) over (order by t.from_on) as next
        from prepaid_tariff t where t.property_id = p_property and t.item_id = p_item and t.replaced_at is null
    ), day as (
      select p_from as day
      union
      select r.from_on from rule r where r.from_on > p_from and r.from_on < p_to
      union
      select m::date
        from generate_series(date_trunc('month', p_from::timestamp) + interval '1 month', p_to - interval '1 day', interval '1 month') m
        join rule r on r.from_on <= m::date and (r.next is null or r.next > m::date)
       where span_begin(r.span, m::date) = m::date
    ), cut as (
      select d.day, lead(d.day, 1, p_to) over (order by d.day) as next from day d
    )
    select c.day, c.next, r.id, span_begin(r.span, c.day)
      from cut c left join rule r on r.from_on <= c.day and (r.next is null or r.next > c.day)
     order by c.day;
end $$;

-- What was used by a balance from its first day not drawn to another, and what that costs. What was read anew since (a
-- wrong reading was struck) is made up for. p_usage: said by hand, where no meter counts. Null with a reason where there is no answer.
create function prepaid_price(a prepaid_account, p_to date, p_usage numeric, out from_on date, out usage numeric, out estimated boolean, out amount bigint,
                              out code text, out sentence text) language plpgsql stable as $$
declare
  currency constant text := (select y.currency from property y where y.id = a.property_id);
  costs ratio := ratio(0);
  extra numeric := 0;
  x prepaid_part;
  t prepaid_tariff;
  u record;
  before record;
begin
  from_on := prepaid_drawn_to(a);
  usage := 0;
  estimated := false;
  if a.meter_id is not null and from_on > a.from_on then
    extra := (meter_usage(a.property_id, a.meter_id, a.from_on, from_on)).usage
             - (select sum(d.usage) from prepaid_draw d where d.property_id = a.property_id and d.account_id = a.id and prepaid_draw_stands(d));
  end if;
  for x in select * from prepaid_cut(a.property_id, a.item_id, from_on, p_to) loop
    select * into t from prepaid_tariff r where r.property_id = a.property_id and r.id = x.tariff_id;
    u := prepaid_used(a, x.from_on, x.to_on, round(p_usage * (x.to_on - from_on) / (p_to - from_on), 3)
                                             - round(p_usage * (x.from_on - from_on) / (p_to - from_on), 3));
    before := prepaid_used(a, x.begins, x.from_on, case when p_usage is not null then 0 end);
    code := case when t.id is null then 'NO_TARIFF' else coalesce(u.code, before.code) end;
    sentence := case when t.id is null then format('there is no tariff on %s', x.from_on) else coalesce(u.sentence, before.sentence) end;
    exit when code is not null;
    u.usage := u.usage + extra;
    extra := least(u.usage, 0);
    u.usage := greatest(u.usage, 0);
    usage := usage + u.usage;
    estimated := estimated or u.estimated;
    costs := ratio_add(costs, ratio_sum(array(select c.exact from tier_charge(tariff_blocks(t.above, t.rates), before.usage, u.usage, currency) c)));
  end loop;
  if code is null and extra < 0 then
    code := 'DRAWN_TOO_MUCH';
    sentence := format('%s too much was drawn until %s: credit the last bill, it is drawn anew then', trim_scale(-extra), from_on);
  end if;
  if code is not null then
    usage := null;
  else
    amount := ratio_minor(costs, currency, 'half_up', 1);
  end if;
end $$;

-- What was used in a span: by the meter, or as it was said; nothing in no days.
create function prepaid_used(a prepaid_account, p_from date, p_to date, p_said numeric, out usage numeric, out estimated boolean, out code text, out sentence text)
language plpgsql stable as $$
declare
  r record;
begin
  if p_to <= p_from then
    usage := 0;
    estimated := false;
  elsif p_said is not null then
    usage := p_said;
    estimated := false;
  elsif a.meter_id is null then
    code := 'NO_METER';
    sentence := format('no meter counts for %s: say how much was used', a.number);
  else
    r := meter_usage(a.property_id, a.meter_id, p_from, p_to);
    usage := r.usage;
    estimated := r.estimated;
    code := r.code;
    sentence := r.sentence;
  end if;
end $$;

-- Draws a balance down to a day: bills what was used, and settles it by what is there. Gives why it could not, null if it could.
create function prepaid_draw_post(a prepaid_account, p_id uuid, p_to date, p_usage numeric, p_user uuid, out code text, out sentence text)
language plpgsql volatile as $$
declare
  r constant record := prepaid_price(a, p_to, p_usage);
  i charge_item;
  unit text;
  day date;
  entry uuid;
begin
  code := r.code;
  sentence := r.sentence;
  if code is not null then
    return;
  end if;
  day := (select posting_day(y, null) from property y where y.id = a.property_id);
  select * into i from charge_item x where x.property_id = a.property_id and x.id = a.item_id;
  unit := (select u.unit from meter m join meter_utility u using (utility) where m.property_id = a.property_id and m.id = a.meter_id);
  if r.amount > 0 then
    entry := bill_post(a.property_id, uuid7(), a.party_id, a.place_id, day, day, p_user,
                       array[row(i.id, concat_ws(' ', i.name || ':', trim_scale(r.usage), unit, case when r.estimated then '(estimated)' end), r.from_on, p_to,
                                 r.amount, 'prepaid_account', a.id)::bill_input]);
  end if;
  insert into prepaid_draw (property_id, id, account_id, from_on, to_on, usage, estimated, amount, bill_id, user_id)
  values (a.property_id, p_id, a.id, r.from_on, p_to, r.usage, r.estimated, r.amount, entry, p_user);
  perform prepaid_apply(a, p_user);
  perform bill_changed(a.property_id, entry) where entry is not null;
end $$;

-- The same by hand.
create function prepaid_draw(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_to text, p_usage text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := prepaid_key(p_scope, p_ref);
  a constant prepaid_account := prepaid_take(k.property_id, k.id);
  y property;
  last date;
  why record;
  said constant numeric := case when p_usage ~ '^\d{1,9}(\.\d{1,3})?$' then p_usage::numeric end;
begin
  select * into y from property x where x.id = a.property_id;
  last := coalesce(to_day(p_to, 'to'), today(y.zone));
  if p_usage is not null and said is null then
    perform refuse('STINV', 'USAGE', 'usage', format('%s is no usage: write 120 or 120.5', quote_literal(p_usage)));
  elsif said is not null and a.meter_id is not null then
    perform refuse('STINV', 'USAGE_OF_METER', 'usage', format('a meter counts for %s: enter its reading', a.number));
  elsif last > today(y.zone) then
    perform refuse('STINV', 'DATE_FUTURE', 'to', 'lies in the future');
  elsif last <= prepaid_drawn_to(a) then
    perform refuse('STPRE', 'DRAWN', 'to', format('%s is drawn up to %s already', a.number, prepaid_drawn_to(a)));
  end if;
  why := prepaid_draw_post(a, p_key, last, said, p_user);
  if why.code is not null then
    perform refuse('STPRE', why.code, 'account', why.sentence);
  end if;
  perform prepaid_problem(a, null);
  perform prepaid_look(a.property_id, a.id);
  property_id := a.property_id;
  id := a.id;
end $$;

create function prepaid_problem(a prepaid_account, p_sentence text) returns void language plpgsql volatile as $$
begin
  update prepaid_account x set problem = p_sentence, version = x.version + 1
   where x.property_id = a.property_id and x.id = a.id and x.problem is distinct from p_sentence;
end $$;
