-- Lists of the bank: statements with what does not add up, entries with their age, rules, what waits for the bank.

-- What the entries of a statement come to beside its balances, and beside the balance of the one before.
create view bank_statement_card with (security_invoker = true) as
select s.id, s.property_id, y.code as property, s.number, b.code as bank, s.ref as statement, s.from_on::text as "from", s.to_on::text as "to",
       s.opening as opening_minor, n.amount as entries_minor, s.closing as closing_minor, n.entries, s.opening + n.amount - s.closing as difference_minor,
       s.opening - before.closing as gap_minor, before.number as after_statement, n.open, y.currency,
       (select u.login from app_user u where u.id = s.user_id) as by, ts(s.at, y.zone) as at, s.version,
       (extract(epoch from s.at) * 1000000)::bigint || '~' || s.id as cursor
  from bank_statement s
  join property y on y.id = s.property_id
  join bank_account b on b.property_id = s.property_id and b.id = s.bank_id
 cross join lateral (select count(*)::int as entries, coalesce(sum(e.amount), 0)::bigint as amount, count(*) filter (where e.match_id is null)::int as open
                       from bank_statement_entry x join bank_entry e on e.property_id = x.property_id and e.id = x.entry_id
                      where x.property_id = s.property_id and x.statement_id = s.id) n
  left join lateral (select o.number, o.closing from bank_statement o
                      where o.property_id = s.property_id and o.bank_id = s.bank_id and o.closing is not null and o.id <> s.id
                        and s.opening is not null and (o.to_on < s.from_on or o.to_on = s.from_on and o.id < s.id)
                      order by o.to_on desc, o.id desc limit 1) before on true;
create function bank_statement_card(p_property int, p_id uuid) returns setof bank_statement_card language plpgsql volatile rows 1 as
$$ begin return query select * from bank_statement_card c where c.property_id = p_property and c.id = p_id; end $$;

create view bank_entry_card with (security_invoker = true) as
select e.id, e.property_id, y.code as property, e.number, b.code as bank, e.on_date::text as date, e.value_on::text as value_date, e.amount as amount_minor,
       y.currency, e.counterparty, bank_masked(e.counter_account) as counter_account, e.reference, e.text, e.ref, e.code,
       case when e.match_id is null then 'open' when m.kind = 'account' and a.purpose = 'suspense' then 'unknown' else 'matched' end as state,
       m.number as match, m.kind, m.rule, greatest(today(y.zone) - e.on_date, 0) as days, e.version,
       e.property_id || '~' || e.id || '~' || e.on_date as cursor
  from bank_entry e
  join property y on y.id = e.property_id
  join bank_account b on b.property_id = e.property_id and b.id = e.bank_id
  left join bank_match m on m.property_id = e.property_id and m.id = e.match_id
  left join account a on a.property_id = m.property_id and a.id = m.account_id;
create function bank_entry_card(p_property int, p_id uuid) returns setof bank_entry_card language plpgsql volatile rows 1 as
$$ begin return query select * from bank_entry_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on bank_statement_card, bank_entry_card to steward_app;

create function bank_statement_list(p_scope int[], p_bank text, p_after text, p_limit int) returns table (property_id int, id uuid)
language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  cut record := cursor_split(p_after, 'infinity');
  lim constant int := coalesce(p_limit, 50);
begin
  return query
    select s.property_id, s.id
      from bank_statement s join bank_account b on b.property_id = s.property_id and b.id = s.bank_id
     where s.property_id = any (p_scope) and (p_bank is null or b.code = upper(btrim(p_bank))) and (s.at, s.id) < (cut.at, cut.id)
     order by s.at desc, s.id desc limit lim;
end $$;

-- Entries, the oldest first, so that what is not matched comes by its age.
create function bank_entry_list(p_scope int[], p_bank text, p_state text, p_month text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  after constant record := row_after(p_after);
  after_day constant date := coalesce(to_day(after.key, 'after'), '-infinity');
  first constant date := to_month(p_month, 'month');
  lim constant int := coalesce(p_limit, 100);
begin
  return query
    select e.property_id, e.id
      from bank_entry e
      join bank_account b on b.property_id = e.property_id and b.id = e.bank_id
     where e.property_id = any (p_scope) and (p_bank is null or b.code = upper(btrim(p_bank)))
       and (first is null or e.on_date >= first and e.on_date < first + interval '1 month')
       and case coalesce(p_state, 'all') when 'open' then e.match_id is null when 'unknown' then e.match_id is not null and bank_parked(e)
                when 'matched' then e.match_id is not null and not bank_parked(e) else true end
       and (e.property_id > after.property_id or e.property_id = after.property_id and (e.on_date, e.id) > (after_day, after.id))
     order by e.property_id, e.on_date, e.id limit lim;
end $$;

-- What an entry that is not matched may be.
create function bank_guess_list(p_scope int[], p_ref text)
returns table (rule text, safe boolean, kind text, why text, party text, receipts text, account text) language plpgsql stable rows 3 as $$
declare
  k constant record := bank_entry_key(p_scope, p_ref);
  e bank_entry;
begin
  select * into e from bank_entry x where x.property_id = k.property_id and x.id = k.id;
  if e.match_id is not null and not bank_parked(e) then
    return;
  end if;
  return query
    select g.rule, g.safe, g.kind, g.why, (select p.number from party p where p.property_id = e.property_id and p.id = g.party_id),
           (select string_agg(distinct x.number, ', ') from payment x where x.property_id = e.property_id and x.id = any (g.payment_ids)),
           (select a.code from account a where a.property_id = e.property_id and a.id = g.account_id)
      from bank_guesses(e) g;
end $$;

-- What was taken at a desk and is not found at the bank, the oldest first.
create function bank_transit_list(p_scope int[], p_method text, p_limit int)
returns table (property text, receipt text, method text, date text, party text, party_name text, amount_minor bigint, currency text, reference text, days int)
language plpgsql stable rows 50 as $$
begin
  return query
    select y.code, t.number, t.method, t.on_date::text, p.number, p.name, t.amount, y.currency, t.reference, greatest(today(y.zone) - t.on_date, 0)
      from bank_transit t
      join property y on y.id = t.property_id
      join party p on p.property_id = t.property_id and p.id = t.party_id
     where t.property_id = any (p_scope) and (p_method is null or t.method = p_method)
     order by t.property_id, t.on_date, t.number, t.method limit coalesce(p_limit, 200);
end $$;

-- Rules --------------------------------------------------------------------------------------------------------------------

create view bank_rule_card with (security_invoker = true) as
select r.id, r.property_id, y.code as property, r.code, r.contains, r.direction,
       (select b.code from bank_account b where b.property_id = r.property_id and b.id = r.bank_id) as bank,
       a.code as account, a.name as account_name, r.text, r.rank, r.most as most_minor, y.currency, r.ended_on::text as ended, r.code as number, r.version
  from bank_rule r
  join property y on y.id = r.property_id
  join account a on a.property_id = r.property_id and a.id = r.account_id;
create function bank_rule_card(p_property int, p_id uuid) returns setof bank_rule_card language plpgsql volatile rows 1 as
$$ begin return query select * from bank_rule_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on bank_rule_card to steward_app;

create function bank_rule_set(p_property int, p_key uuid, p_code text, p_contains text, p_direction text, p_bank text, p_account text, p_text text,
                              p_rank int, p_most bigint, p_ended text) returns uuid language plpgsql volatile as $$
declare
  r bank_rule;
  a account;
  home uuid := case when p_bank is not null then (bank_of(p_property, p_bank)).id end;
begin
  select * into r from bank_rule x where x.property_id = p_property and x.code = upper(btrim(p_code)) for update;
  if p_account is not null then
    a := ledger_code(p_property, p_account, '-infinity');
    perform bank_account_fits(a, 'account');
    if a.purpose = 'suspense' then
      perform refuse('STPRE', 'SUBLEDGER', 'account', 'what is not known is looked at: no rule posts it');
    end if;
  end if;
  if r.id is null then
    perform refuse('STINV', 'REQUIRED', x.field, format('%s is new: say its %s', upper(btrim(p_code)), x.field))
       from (values (1, 'contains', p_contains), (2, 'direction', p_direction), (3, 'account', p_account)) x (o, field, value)
      where x.value is null order by x.o limit 1;
    insert into bank_rule (property_id, id, code, contains, direction, bank_id, account_id, text, rank, most)
    values (p_property, p_key, upper(btrim(p_code)), btrim(p_contains), p_direction, home, a.id, coalesce(nullif(btrim(p_text), ''), a.name),
            coalesce(p_rank, 100), p_most);
    return p_key;
  end if;
  update bank_rule x
     set contains = coalesce(nullif(btrim(p_contains), ''), r.contains), direction = coalesce(p_direction, r.direction), bank_id = coalesce(home, r.bank_id),
         account_id = coalesce(a.id, r.account_id), text = coalesce(nullif(btrim(p_text), ''), r.text), rank = coalesce(p_rank, r.rank),
         most = coalesce(p_most, r.most), ended_on = coalesce(to_day(p_ended, 'ended'), r.ended_on), version = r.version + 1
   where x.property_id = p_property and x.id = r.id;
  return r.id;
end $$;
