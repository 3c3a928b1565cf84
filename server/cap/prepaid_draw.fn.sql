-- What draws prepaid balances down: what was used between two days, by a standard's rate or blocks. Every draw is a bill.

-- Where the time begins over which blocks are counted; a rate without blocks is counted from the first day itself.
create function span_begin(p_per text, p_on date) returns date language plpgsql immutable parallel safe as
$$ begin return case when p_per is null then p_on else date_trunc(p_per, p_on::timestamp)::date end; end $$;

create type prepaid_part as (from_on date, to_on date, rate_id uuid, begins date);

-- A span of days in parts of one rate and one count of its blocks.
create function prepaid_cut(p_property int, p_standard uuid, p_from date, p_to date) returns setof prepaid_part language plpgsql stable rows 5 as $$
begin
  return query
    with rule as (
      select r.id, r.block_per, r.from_on, r.to_on
        from standard_rate r where r.property_id = p_property and r.standard_id = p_standard and r.replaced_at is null
    ), day as (
      select p_from as day
      union
      select x.day from rule r cross join lateral (values (r.from_on), (r.to_on)) x (day) where x.day > p_from and x.day < p_to
      union
      select m::date
        from generate_series(date_trunc('month', p_from::timestamp) + interval '1 month', p_to - interval '1 day', interval '1 month') m
        join rule r on r.from_on <= m::date and (r.to_on is null or r.to_on > m::date)
       where r.block_per is not null and span_begin(r.block_per, m::date) = m::date
    ), cut as (
      select d.day, lead(d.day, 1, p_to) over (order by d.day) as next from day d
    )
    select c.day, c.next, r.id, span_begin(r.block_per, c.day)
      from cut c left join rule r on r.from_on <= c.day and (r.to_on is null or r.to_on > c.day)
     order by c.day;
end $$;

-- What was used in a span: by the meter, or as it was said; nothing in no days. Days after the last reading are reckoned by the use
-- until then only where the standard says so (p_missing).
create function prepaid_used(a prepaid_account, p_missing text, p_from date, p_to date, p_said numeric, out usage numeric,
                             out estimated boolean, out code text, out sentence text)
language plpgsql stable as $$
declare
  r record;
begin
  usage := p_said;
  estimated := false;
  if p_to <= p_from then
    usage := 0;
  elsif p_said is null and a.meter_id is null then
    code := 'NO_METER';
    sentence := format('no meter counts for %s: say how much was used', a.number);
  elsif p_said is null then
    r := meter_usage(a.property_id, a.meter_id, p_from, p_to);
    usage := r.usage;
    estimated := r.estimated;
    code := r.code;
    sentence := r.sentence;
    if r.assumed and p_missing = 'exception' then
      code := 'NO_READING';
      sentence := format('the meter of %s was not read for %s', a.number, p_to);
    end if;
  end if;
end $$;

-- What was used of a balance from its first day not drawn to another, and what that costs, rounded once. p_usage: said by hand, where
-- no meter counts; it is spread over the days, and blocks begin with it. No amount but a reason where there is no answer.
create function prepaid_price(a prepaid_account, p_to date, p_usage numeric, out from_on date, out usage numeric, out estimated boolean, out amount bigint,
                              out pieces jsonb[], out code text, out sentence text) language plpgsql stable as $$
declare
  currency constant text := (select y.currency from property y where y.id = a.property_id);
  costs ratio := ratio(0);
  s standard;
  x prepaid_part;
  t standard_rate;
  u record;
  before record;
  made record;
begin
  select * into s from standard v where v.property_id = a.property_id and v.id = a.standard_id;
  from_on := prepaid_drawn_to(a);
  usage := 0;
  estimated := false;
  for x in select * from prepaid_cut(a.property_id, a.standard_id, from_on, p_to) loop
    select * into t from standard_rate r where r.property_id = a.property_id and r.id = x.rate_id;
    u := prepaid_used(a, s.missing, x.from_on, x.to_on, round(p_usage * (x.to_on - from_on) / (p_to - from_on), 3)
                                             - round(p_usage * (x.from_on - from_on) / (p_to - from_on), 3));
    before := prepaid_used(a, s.missing, x.begins, x.from_on, case when p_usage is not null then 0 end);
    code := case when t.id is null then 'NO_RATE' else coalesce(u.code, before.code) end;
    sentence := case when t.id is null then format('%s has no rate on %s', s.code, x.from_on) else coalesce(u.sentence, before.sentence) end;
    exit when code is not null;
    usage := usage + u.usage;
    estimated := estimated or u.estimated;
    select ratio_sum(array_agg(c.exact)) as costs,
           jsonb_agg(piece(x.from_on, x.to_on, ratio_decimal(c.quantity, 3), ratio_decimal(c.rate, 6)) order by c.block)
             filter (where ratio_cmp(c.quantity, ratio(0)) > 0) as pieces
      into made
      from tier_charge(tariff_blocks(coalesce(t.block_above, '{0}'), coalesce(t.block_rate, array[t.rate])), before.usage, u.usage, currency) c;
    costs := ratio_add(costs, made.costs);
    pieces := array_append(pieces, made.pieces);
  end loop;
  if code is not null then
    usage := null;
  else
    amount := ratio_minor(costs, currency, s.rounding, s.round_to);
  end if;
end $$;

-- Draws a balance down to a day: bills what was used, and settles it by what is there. What a meter counted is noted there as charged, so
-- that it stays what it was. Gives why it could not, null if it could. Where a meter counted nothing, nothing is drawn.
create function prepaid_draw_post(a prepaid_account, p_id uuid, p_to date, p_usage numeric, p_user uuid, out code text, out sentence text)
language plpgsql volatile as $$
declare
  r record;
begin
  perform meter_take(a.property_id, a.meter_id) where a.meter_id is not null; -- before what follows a reading: whoever reads it does so too
  r := prepaid_price(a, p_to, p_usage);
  code := r.code;
  sentence := r.sentence;
  if code is not null or r.amount = 0 and a.meter_id is not null then
    return;
  end if;
  insert into prepaid_draw (property_id, id, account_id, from_on, to_on, usage, estimated, amount, bill_id, user_id)
  values (a.property_id, p_id, a.id, r.from_on, p_to, r.usage, r.estimated, r.amount,
          case when r.amount > 0 then prepaid_bill(a, r.from_on, p_to, r.amount, r.pieces, p_user) end, p_user);
  perform prepaid_apply(a, p_user);
  perform bill_changed(a.property_id, d.bill_id) from prepaid_draw d where d.property_id = a.property_id and d.id = p_id and d.bill_id is not null;
end $$;

-- The bill of a draw. p_pieces: what it is the sum of.
create function prepaid_bill(a prepaid_account, p_from date, p_to date, p_amount bigint, p_pieces jsonb[], p_user uuid) returns uuid
language plpgsql volatile as $$
declare
  day constant date := (select posting_day(y, null) from property y where y.id = a.property_id);
  i constant charge_item := (select x from charge_item x where x.property_id = a.property_id and x.id = a.item_id);
  unit constant text := (select u.unit from standard s join meter_utility u using (utility) where s.property_id = a.property_id and s.id = a.standard_id);
  x constant record := pieces_sum(p_pieces);
  entry uuid;
  line uuid;
begin
  entry := bill_post(a.property_id, uuid7(), a.party_id, a.place_id, day, day, p_user,
                     array[row(i.id, i.name, p_from, p_to, p_amount, 'prepaid_account', a.id, x.quantity, unit, x.price, null)::bill_input]);
  line := (select l.id from charge_line l where l.property_id = a.property_id and l.bill_id = entry);
  perform charge_pieces_add(a.property_id, line, x.pieces);
  perform meter_charge_add(a.property_id, a.meter_id, p_from, p_to, p_from, p_to, p_user, 'charge_line', line) where a.meter_id is not null;
  return entry;
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

-- A draw whose bill was credited is not drawn again by itself until a reading has come since, or one was corrected: it would come
-- to the same.
create function prepaid_waits(a prepaid_account) returns boolean language plpgsql stable as $$
declare
  undone timestamptz;
begin
  select max(n.at) into undone
    from prepaid_draw d join credit_note n on n.property_id = d.property_id and n.bill_id = d.bill_id
   where d.property_id = a.property_id and d.account_id = a.id and d.to_on > prepaid_drawn_to(a);
  return undone is not null
         and not exists (select from meter_reading r where r.property_id = a.property_id and r.meter_id = a.meter_id and greatest(r.at, r.struck_at) > undone);
end $$;
