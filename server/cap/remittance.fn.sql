-- Handing on what was collected for others. What counts is money: what settled a line of an item that is collected for somebody, and,
-- as less, what was taken back of that. A void after a remittance is a negative in the next one.

-- Kinds of settlement that are money of the customer's.
create function collected_kinds() returns text[] language sql immutable parallel safe as $$ select '{payment,credit,deposit,prepaid}'::text[] $$;

create type collected as (line_id uuid, item_id uuid, source text, source_id uuid, on_date date, amount bigint, nth int, remitted boolean);

-- Everything that was collected for others, up to a day: of one payee; or of every item of the kind, also of those nobody is named
-- for. 'nth': which time it would be remitted.
create function collected_for(p_property int, p_payee uuid, p_until date) returns setof collected language plpgsql stable rows 1000 as $$
begin
  return query
    with item as (
      select i.id from charge_item i join account a on a.property_id = i.property_id and a.id = i.account_id
       where i.property_id = p_property and a.purpose = 'pass_through' and (p_payee is null or i.payee_id = p_payee)
    ), event as (
      select l.id as line_id, l.item_id, 'settlement' as source, s.id as source_id, s.on_date, s.amount
        from item i
        join charge_line l on l.property_id = p_property and l.item_id = i.id
        join settlement s on s.property_id = l.property_id and s.line_id = l.id
       where s.kind = any (collected_kinds()) and s.on_date <= p_until
      union all
      select l.id, l.item_id, 'credit_note', n.id, n.on_date, -c.returned
        from item i
        join charge_line l on l.property_id = p_property and l.item_id = i.id
        join credit_note_line c on c.property_id = l.property_id and c.line_id = l.id and c.returned > 0
        join credit_note n on n.property_id = c.property_id and n.id = c.credit_note_id
       where n.on_date <= p_until
    )
    select e.line_id, e.item_id, e.source, e.source_id, e.on_date, e.amount, r.n + 1, r.n % 2 = 1
      from event e
     cross join lateral (select count(*)::int as n from remittance_line x
                          where x.property_id = p_property and x.source_id = e.source_id and x.line_id = e.line_id) r;
end $$;

-- Payees --------------------------------------------------------------------------------------------------------------

create function payee_of(p_property int, p_code text, p_field text default 'payee') returns payee language plpgsql stable as $$
declare
  u payee;
begin
  select * into u from payee x where x.property_id = p_property and x.code = upper(btrim(p_code));
  if u.id is null then
    perform refuse('STNOF', 'UTILITY_UNKNOWN', p_field, format('nothing is collected for %s at %s; `remittance payees` shows for whom', upper(btrim(p_code)),
                                                              property_codes(array[p_property])));
  end if;
  return u;
end $$;

-- Adds somebody for whom something is collected, or changes what is given.
create function payee_set(p_property int, p_key uuid, p_code text, p_name text, p_items text[], p_bank text, p_contract text, p_commission int,
                            p_closed text) returns uuid language plpgsql volatile as $$
declare
  u payee;
begin
  select * into u from payee x where x.property_id = p_property and x.code = upper(btrim(p_code)) for update;
  if u.id is null and nullif(btrim(p_name), '') is null then
    perform refuse('STINV', 'REQUIRED', 'name', format('%s is new: say its name', upper(btrim(p_code))));
  elsif u.id is null then
    insert into payee (property_id, id, code, name, bank_account, contract, commission_bp, closed_on)
    values (p_property, p_key, upper(btrim(p_code)), btrim(p_name), nullif(btrim(p_bank), ''), nullif(btrim(p_contract), ''), coalesce(p_commission, 0),
            to_day(p_closed, 'closed'))
    returning * into u;
  else
    update payee x
       set name = coalesce(nullif(btrim(p_name), ''), u.name), bank_account = coalesce(nullif(btrim(p_bank), ''), u.bank_account),
           contract = coalesce(nullif(btrim(p_contract), ''), u.contract), commission_bp = coalesce(p_commission, u.commission_bp),
           closed_on = coalesce(to_day(p_closed, 'closed'), u.closed_on), version = u.version + 1
     where x.property_id = p_property and x.id = u.id;
  end if;
  perform payee_takes(u, i) from unnest(p_items) i;
  return u.id;
end $$;

-- From now on an item is collected for this one. What was collected for another must have been handed on before.
create function payee_takes(u payee, p_item text) returns void language plpgsql volatile as $$
declare
  i constant charge_item := charge_item_of(u.property_id, p_item, '-infinity');
  waits bigint;
begin
  if i.payee_id = u.id then
    return;
  elsif (select a.purpose from account a where a.property_id = i.property_id and a.id = i.account_id) is distinct from 'pass_through' then
    perform refuse('STINV', 'ITEM_OURS', 'item', format('%s is not collected for others: its account is not that of what is', i.code));
  elsif i.payee_id is not null then
    select sum(c.amount) into waits from collected_for(u.property_id, i.payee_id, 'infinity') c where c.item_id = i.id and not c.remitted;
    if waits <> 0 then
      perform refuse('STPRE', 'NOT_REMITTED', 'item', format('some of %s is not handed on yet to %s: remit that first', i.code,
                                                           (select o.code from payee o where o.property_id = u.property_id and o.id = i.payee_id)));
    end if;
  end if;
  update charge_item x set payee_id = u.id, version = i.version + 1 where x.property_id = i.property_id and x.id = i.id;
end $$;

create view payee_card with (security_invoker = true) as
select u.id, u.property_id, y.code as property, u.code, u.name,
       (select string_agg(i.code, ' ' order by i.code) from charge_item i where i.property_id = u.property_id and i.payee_id = u.id) as items,
       u.bank_account, u.contract, u.commission_bp, u.closed_on::text as closed, u.code as number, u.version
  from payee u join property y on y.id = u.property_id;
create function payee_card(p_property int, p_id uuid) returns setof payee_card language plpgsql volatile rows 1 as
$$ begin return query select * from payee_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on payee_card to steward_app;

-- What is to be handed on ----------------------------------------------------------------------------------------------------

-- By payee and month: what was collected and taken back in it, what of that was remitted, and what waits. p_all: months of which nothing
-- waits too.
create function remittance_due(p_scope int[], p_payee text, p_all boolean)
returns table (property text, payee text, items text, month text, collected_minor bigint, given_back_minor bigint, remitted_minor bigint, waits_minor bigint,
               currency text) language plpgsql stable rows 50 as $$
begin
  return query
    select y.code, u.code, string_agg(distinct i.code, ' '), to_char(date_trunc('month', c.on_date::timestamp), 'YYYY-MM'),
           coalesce(sum(c.amount) filter (where c.amount > 0), 0)::bigint, coalesce(-sum(c.amount) filter (where c.amount < 0), 0)::bigint,
           coalesce(sum(c.amount) filter (where c.remitted), 0)::bigint, coalesce(sum(c.amount) filter (where not c.remitted), 0)::bigint, y.currency
      from property y
     cross join lateral collected_for(y.id, null, 'infinity') c
      join charge_item i on i.property_id = y.id and i.id = c.item_id
      left join payee u on u.property_id = i.property_id and u.id = i.payee_id
     where y.id = any (p_scope) and (p_payee is null or u.code = upper(btrim(p_payee)))
     group by y.code, y.currency, u.code, date_trunc('month', c.on_date::timestamp)
    having p_all or bool_or(not c.remitted)
     order by y.code, u.code, date_trunc('month', c.on_date::timestamp);
end $$;

-- By payee: what was billed for it and what became of that. What the account owes it is what was billed less what was credited and
-- remitted: of that some waits to be handed on, some is not paid yet, some never will be. The difference is nothing.
create function remittance_balance(p_scope int[])
returns table (property text, payee text, items text, billed_minor bigint, credited_minor bigint, collected_minor bigint, remitted_minor bigint,
               waits_minor bigint, unpaid_minor bigint, written_off_minor bigint, difference_minor bigint, currency text)
language plpgsql stable rows 10 as $$
begin
  return query
    with line as (
      select i.property_id, i.payee_id, i.code, sum(l.amount) as billed, sum(l.credited) as credited, sum(l.amount - l.settled) as unpaid,
             coalesce(sum((select sum(s.amount) from settlement s
                            where s.property_id = l.property_id and s.line_id = l.id and s.kind = 'write_off')), 0) as written_off
        from charge_item i
        join account a on a.property_id = i.property_id and a.id = i.account_id and a.purpose = 'pass_through'
        join charge_line l on l.property_id = i.property_id and l.item_id = i.id
       where i.property_id = any (p_scope)
       group by i.property_id, i.payee_id, i.code
    ), billed as (
      select l.property_id, l.payee_id, string_agg(l.code, ' ' order by l.code) as items, sum(l.billed) as billed, sum(l.credited) as credited,
             sum(l.unpaid) as unpaid, sum(l.written_off) as written_off
        from line l group by l.property_id, l.payee_id
    ), taken as (
      select y.id as property_id, i.payee_id, sum(c.amount) as collected, coalesce(sum(c.amount) filter (where c.remitted), 0) as remitted
        from unnest(p_scope) y (id)
       cross join lateral collected_for(y.id, null, 'infinity') c
        join charge_item i on i.property_id = y.id and i.id = c.item_id
       group by y.id, i.payee_id
    )
    select y.code, u.code, b.items, b.billed::bigint, b.credited::bigint, coalesce(t.collected, 0)::bigint, coalesce(t.remitted, 0)::bigint,
           coalesce(t.collected - t.remitted, 0)::bigint, b.unpaid::bigint, b.written_off::bigint,
           (b.billed - b.credited - coalesce(t.collected, 0) - b.unpaid - b.written_off)::bigint, y.currency
      from billed b
      join property y on y.id = b.property_id
      left join taken t on t.property_id = b.property_id and t.payee_id is not distinct from b.payee_id
      left join payee u on u.property_id = b.property_id and u.id = b.payee_id
     order by y.code, u.code;
end $$;

-- Remitting ----------------------------------------------------------------------------------------------------------------

-- What a remittance up to a day comes to; the digest says that it is of the very same lines.
create function remittance_sum(u payee, p_until date, out lines int, out amount bigint, out commission bigint, out digest text)
language plpgsql stable as $$
begin
  select count(*), coalesce(sum(c.amount), 0),
         encode(sha256(convert_to(coalesce(string_agg(format('%s %s %s', c.source_id, c.line_id, c.amount), e'\n' order by c.source_id, c.line_id), ''),
                                  'UTF8')), 'hex')
    into lines, amount, digest
    from collected_for(u.property_id, u.id, p_until) c where not c.remitted;
  commission := ratio_round(ratio(amount::numeric * u.commission_bp, 10000), 'half_up', 1);
end $$;

-- Asks for a remittance of all that was collected up to the end of a month and not handed on yet; it takes two. p_claimed: what the
-- payee itself says it is to get; where that differs it says why.
create function remittance_ask(p_property int, p_key uuid, p_user uuid, p_payee text, p_month text, p_claimed bigint, p_reference text, p_reason text,
                               out approval_id uuid, out payee text, out until text, out lines int, out amount_minor bigint, out commission_minor bigint,
                               out claimed_minor bigint, out currency text) language plpgsql volatile as $$
#variable_conflict use_column
declare
  y property;
  u constant payee := payee_of(p_property, p_payee);
  last date;
  s record;
begin
  select * into y from property x where x.id = p_property;
  last := least(to_month(p_month, 'month') + interval '1 month' - interval '1 day', today(y.zone));
  s := remittance_sum(u, last);
  if date_trunc('month', last::timestamp)::date < to_month(p_month, 'month') then
    perform refuse('STINV', 'DATE_FUTURE', 'month', 'lies in the future');
  elsif s.amount <= 0 then
    perform refuse('STPRE', 'NOTHING_TO_REMIT', 'month',
                   case when s.lines = 0 then format('nothing waits to be handed on to %s up to %s', u.code, last)
                        else format('%s %s was given back more than was collected for %s: it is taken off the next remittance',
                                    money_text(-s.amount, y.currency), y.currency, u.code) end);
  elsif p_claimed <> s.amount and coalesce(btrim(p_reason), '') = '' then
    perform refuse('STPRE', 'CLAIM_DIFFERS', 'why', format('%s %s was collected, and the claim is %s: look for the difference, or say why with --why',
                                                           money_text(s.amount, y.currency), y.currency, money_text(p_claimed, y.currency)));
  end if;
  approval_id := approval_ask(p_property, p_key, 'remittance', u.id, format('%s %s', u.code, p_month), s.amount,
                              coalesce(nullif(btrim(p_reason), ''), format('Collected for %s up to %s', u.name, last)), p_user,
                              jsonb_build_object('until', last, 'digest', s.digest, 'claimed', p_claimed, 'reference', nullif(btrim(p_reference), ''),
                                                 'why', nullif(btrim(p_reason), '')));
  payee := u.code;
  until := last;
  lines := s.lines;
  amount_minor := s.amount;
  commission_minor := s.commission;
  claimed_minor := p_claimed;
  currency := y.currency;
end $$;

create function remittance_approved(a approval, p_key uuid, p_user uuid) returns void language plpgsql volatile as $$
declare
  y property;
  u payee;
  last constant date := a.args ->> 'until';
  s record;
  day date;
  cut bigint;
  n text;
begin
  select * into y from property x where x.id = a.property_id;
  select * into u from payee x where x.property_id = a.property_id and x.id = a.entity_id for update;
  s := remittance_sum(u, last);
  perform approval_same(a, case when s.digest = a.args ->> 'digest' then s.amount end);
  day := posting_day(y, null);
  cut := (select tax_within(s.commission, i.tax_bp) from charge_item i where i.property_id = u.property_id and i.code = 'COMMISSION');
  n := receipt_number(u.property_id, 'R', day);
  perform ledger_post(u.property_id, p_key, 'remittance', day, format('Remittance %s to %s', n, u.name),
                      ledger_pairs(array[ledger_account(u.property_id, 'pass_through')], array[s.amount],
                                   ledger_sides(u.property_id, '{bank,commission,tax}', array[s.amount - s.commission, s.commission - cut, cut]),
                                   array_remove(array[s.amount - s.commission, s.commission - cut, cut], 0::bigint)), p_user, 'remittance', p_key);
  insert into remittance (property_id, id, number, kind, payee_id, until_on, amount, commission_bp, commission, tax, claimed, reason, reference, on_date,
                          journal_id, asked_by, user_id)
  values (u.property_id, p_key, n, 'remittance', u.id, last, s.amount, u.commission_bp, s.commission, cut, (a.args ->> 'claimed')::bigint,
          a.args ->> 'why', a.args ->> 'reference', day, p_key, a.asked_by, p_user);
  insert into remittance_line (property_id, remittance_id, line_id, source, source_id, nth, on_date, amount)
  select u.property_id, p_key, c.line_id, c.source, c.source_id, c.nth, c.on_date, c.amount
    from collected_for(u.property_id, u.id, last) c where not c.remitted;
  perform remittance_changed(u.property_id, p_key);
end $$;

-- Takes a remittance back, because the bank returned it or it was wrong: what was in it waits to be handed on again. It takes two.
create function remittance_cancel(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_reason text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k constant record := remittance_key(p_scope, p_ref);
  r constant remittance := remittance_take(k.property_id, k.id);
begin
  property_id := r.property_id;
  id := approval_ask(r.property_id, p_key, 'remittance_cancel', r.id, r.number, r.amount, p_reason, p_user);
end $$;

create function remittance_take(p_property int, p_id uuid) returns remittance language plpgsql volatile as $$
declare
  r remittance;
begin
  select * into r from remittance x where x.property_id = p_property and x.id = p_id;
  perform from payee u where u.property_id = p_property and u.id = r.payee_id for update;
  if r.kind <> 'remittance' then
    perform refuse('STPRE', 'NO_REMITTANCE', 'remittance', format('%s takes one back itself', r.number));
  elsif exists (select from remittance x where x.property_id = p_property and x.reverses = p_id) then
    perform refuse('STPRE', 'CANCELLED', 'remittance', format('%s is cancelled already', r.number));
  end if;
  return r;
end $$;

create function remittance_cancel_approved(a approval, p_key uuid, p_user uuid) returns void language plpgsql volatile as $$
declare
  r constant remittance := remittance_take(a.property_id, a.entity_id);
  day constant date := (select posting_day(y, null) from property y where y.id = a.property_id);
  n constant text := receipt_number(a.property_id, 'R', day);
begin
  perform ledger_reverse(r.property_id, p_key, r.journal_id, day, format('%s cancels %s: %s', n, r.number, a.reason), p_user);
  insert into remittance (property_id, id, number, kind, payee_id, until_on, amount, commission_bp, commission, tax, reason, on_date, journal_id, reverses,
                          asked_by, user_id)
  values (r.property_id, p_key, n, 'cancel', r.payee_id, r.until_on, -r.amount, r.commission_bp, -r.commission, -r.tax, a.reason, day, p_key, r.id,
          a.asked_by, p_user);
  insert into remittance_line (property_id, remittance_id, line_id, source, source_id, nth, on_date, amount)
  select l.property_id, p_key, l.line_id, l.source, l.source_id, l.nth + 1, l.on_date, -l.amount
    from remittance_line l where l.property_id = r.property_id and l.remittance_id = r.id;
  perform remittance_changed(r.property_id, r.id);
  perform remittance_changed(r.property_id, p_key);
end $$;

create view remittance_card with (security_invoker = true) as
select r.id, r.property_id, y.code as property, r.number, r.kind, u.code as payee, u.name as payee_name, u.bank_account, r.until_on::text as until,
       r.on_date::text as date, (select count(*)::int from remittance_line l where l.property_id = r.property_id and l.remittance_id = r.id) as lines,
       r.amount as amount_minor, r.commission_bp, r.commission as commission_minor, r.amount - r.commission as paid_minor, r.claimed as claimed_minor,
       r.claimed - r.amount as difference_minor, y.currency, r.reason, r.reference,
       (select v.number from remittance v where v.property_id = r.property_id and v.reverses = r.id) as cancelled_by,
       (select v.number from remittance v where v.property_id = r.property_id and v.id = r.reverses) as cancels,
       (select x.login from app_user x where x.id = r.asked_by) as asked_by, (select x.login from app_user x where x.id = r.user_id) as by,
       ts(r.at, y.zone) as at, 1 + (exists (select from remittance v where v.property_id = r.property_id and v.reverses = r.id))::int as version,
       (extract(epoch from r.at) * 1000000)::bigint || '~' || r.id as cursor
  from remittance r
  join property y on y.id = r.property_id
  join payee u on u.property_id = r.property_id and u.id = r.payee_id;
create function remittance_card(p_property int, p_id uuid) returns setof remittance_card language plpgsql volatile rows 1 as
$$ begin return query select * from remittance_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on remittance_card to steward_app;

create function remittance_changed(p_property int, p_id uuid) returns void language plpgsql volatile as $$
begin
  perform feed_also(c.property_id, 'remittance', c.id, c.version, c.number) from remittance_card(p_property, p_id) c;
end $$;

create function remittance_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id from number_key('remittance', p_scope, p_ref, 'there is no remittance', 'REMITTANCE', 'remittance') k;
end $$;

-- Lines as people check them: of a remittance, or those that would be in the next one.
create function remittance_lines(p_property int, p_remittance uuid, p_payee text, p_month text)
returns table (date text, document text, party text, place text, bill text, line int, item text, text text, amount_minor bigint, currency text)
language plpgsql stable rows 100 as $$
declare
  u constant payee := case when p_remittance is null then payee_of(p_property, p_payee) end;
  last constant date := to_month(p_month, 'month') + interval '1 month' - interval '1 day';
begin
  return query
    select x.on_date::text, case x.source when 'settlement' then (select settled_by(s.property_id, s.entity, s.entity_id) from settlement s
                                                                   where s.property_id = p_property and s.id = x.source_id)
                                          else settled_by(p_property, 'credit_note', x.source_id) end,
           p.number, (select s.number from place s where s.property_id = p_property and s.id = l.place_id), b.number, l.line, i.code,
           l.text, x.amount, y.currency
      from (select r.on_date, r.source, r.source_id, r.line_id, r.amount from remittance_line r
             where r.property_id = p_property and r.remittance_id = p_remittance
            union all
            select c.on_date, c.source, c.source_id, c.line_id, c.amount from collected_for(p_property, u.id, coalesce(last, 'infinity')) c
             where p_remittance is null and not c.remitted) x
      join charge_line l on l.property_id = p_property and l.id = x.line_id
      join bill b on b.property_id = p_property and b.id = l.bill_id
      join party p on p.property_id = p_property and p.id = l.party_id
      join charge_item i on i.property_id = p_property and i.id = l.item_id
      join property y on y.id = p_property
     order by x.on_date, b.number, l.line, x.source_id;
end $$;

create function remittance_list(p_scope int[], p_payee text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  cut record := cursor_split(p_after, 'infinity');
  lim constant int := coalesce(p_limit, 50);
begin
  return query
    select r.property_id, r.id from unnest(p_scope) s (property_id)
     cross join lateral (
       select r.property_id, r.id, r.at from remittance r
        where r.property_id = s.property_id and (r.at, r.id) < (cut.at, cut.id)
          and (p_payee is null or r.payee_id = (select u.id from payee u where u.property_id = r.property_id and u.code = upper(btrim(p_payee))))
        order by r.at desc, r.id desc limit lim) r
     order by r.at desc, r.id desc limit lim;
end $$;
