-- The months of the ledger. open: entries are taken. closing: none are, and what it came to is looked through. closed: its
-- balances are kept, with a digest over them.

create view period_card with (security_invoker = true) as
select event.id, p.property_id, y.code as property, to_char(p.month, 'YYYY-MM') as month, p.state, count.entries, count.amount as amount_minor,
       y.currency, ts(event.at, y.zone) as since, (select u.login from app_user u where u.id = event.user_id) as by, event.reason,
       encode(event.digest, 'hex') as digest, to_char(p.month, 'YYYY-MM') as number, p.version
  from period p
  join property y on y.id = p.property_id
  left join lateral (select e.* from period_event e where e.property_id = p.property_id and e.month = p.month
                      order by e.at desc, e.id desc limit 1) event on true
 cross join lateral (select count(distinct j.id)::int as entries, coalesce(sum(t.amount), 0)::bigint as amount
                       from journal j join transfer t on t.property_id = j.property_id and t.journal_id = j.id
                      where j.property_id = p.property_id and j.on_date >= p.month and j.on_date < p.month + interval '1 month') count;
create function period_card(p_property int, p_month date) returns setof period_card language plpgsql volatile rows 1 as
$$ begin return query select * from period_card c where c.property_id = p_property and c.month = to_char(p_month, 'YYYY-MM'); end $$;
grant select on period_card to steward_app;

-- Locks a month; whoever is posting in it is waited for. A month without entries begins when it is to be closed.
create function period_take(p_property int, p_month text, p_state text) returns period language plpgsql volatile as $$
declare
  m constant date := to_month(p_month, 'month');
  p period;
begin
  if m >= (select date_trunc('month', today(y.zone)::timestamp)::date from property y where y.id = p_property) and p_state = 'open' then
    perform refuse('STPRE', 'PERIOD_NOT_OVER', 'month', format('%s is not over yet', to_char(m, 'YYYY-MM')));
  end if;
  if p_state = 'open' and not exists (select from period x where x.property_id = p_property and x.month > m and x.state <> 'open') then
    insert into period (property_id, month) values (p_property, m) on conflict do nothing;
  end if;
  select * into p from period x where x.property_id = p_property and x.month = m for update;
  if p.month is null then
    perform refuse('STNOF', 'PERIOD_UNKNOWN', 'month', format('nothing was posted in %s', to_char(m, 'YYYY-MM')));
  elsif p.state <> p_state then
    perform refuse('STPRE', 'PERIOD_STATE', 'month', format('%s is %s', to_char(m, 'YYYY-MM'), p.state));
  end if;
  return p;
end $$;

create function period_step(p period, p_key uuid, p_user uuid, p_verb text, p_state text, p_reason text, p_digest bytea default null)
returns void language plpgsql volatile as $$
begin
  insert into period_event (property_id, id, month, verb, user_id, reason, digest)
  values (p.property_id, p_key, p.month, p_verb, p_user, nullif(btrim(p_reason), ''), p_digest);
  update period x set state = p_state, version = x.version + 1 where x.property_id = p.property_id and x.month = p.month;
end $$;

-- No more entries: what the month came to can be looked through while nothing moves. Months are closed in their order.
create function period_begin(p_property int, p_key uuid, p_user uuid, p_month text) returns date language plpgsql volatile as $$
declare
  p constant period := period_take(p_property, p_month, 'open');
  earlier date;
begin
  select max(x.month) into earlier from period x where x.property_id = p_property and x.month < p.month and x.state <> 'closed';
  if earlier is not null then
    perform refuse('STPRE', 'PERIOD_ORDER', 'month', format('close %s first', to_char(earlier, 'YYYY-MM')));
  end if;
  perform period_step(p, p_key, p_user, 'begin', 'closing', null);
  return p.month;
end $$;

create function period_back(p_property int, p_key uuid, p_user uuid, p_month text, p_reason text) returns date language plpgsql volatile as $$
declare
  p constant period := period_take(p_property, p_month, 'closing');
begin
  perform period_step(p, p_key, p_user, 'back', 'open', p_reason);
  return p.month;
end $$;

-- Keeps what every account came to. Refused while an account and its subledger differ.
create function period_close(p_property int, p_key uuid, p_user uuid, p_month text) returns date language plpgsql volatile as $$
declare
  p constant period := period_take(p_property, p_month, 'closing');
  next constant date := p.month + interval '1 month';
  differs record;
  digest bytea;
begin
  select * into differs from ledger_control(array[p_property]) c where c.difference_minor <> 0 limit 1;
  if differs.code is not null then
    perform refuse('STPRE', 'CONTROL_DIFFERS', 'month', format('account %s and its subledger differ by %s: `account control` shows both',
                                                              differs.code, differs.difference_minor));
  end if;
  select sha256(convert_to(coalesce(string_agg(format('%s %s %s', a.code, b.closing, a.currency), e'\n' order by a.code), ''), 'UTF8'))
    into digest
    from ledger_balance(p_property, p.month, next) b join account a on a.property_id = p_property and a.id = b.account_id;
  perform period_step(p, p_key, p_user, 'close', 'closed', null, digest);
  insert into period_balance (property_id, event_id, account_id, debit, credit)
  select p_property, p_key, b.account_id, greatest(b.closing, 0), greatest(-b.closing, 0) from ledger_balance(p_property, p.month, next) b;
  update period x set closed_at = now() where x.property_id = p_property and x.month = p.month;
  return p.month;
end $$;

-- To open the last closed month again takes two: one asks here, another one decides.
create function period_reopen(p_property int, p_key uuid, p_user uuid, p_month text, p_reason text) returns uuid language plpgsql volatile as $$
declare
  p constant period := period_take(p_property, p_month, 'closed');
begin
  if exists (select from period x where x.property_id = p_property and x.month > p.month and x.state <> 'open') then
    perform refuse('STPRE', 'PERIOD_ORDER', 'month', 'only the last closed month is opened again');
  end if;
  return approval_ask(p_property, p_key, 'period_reopen', null, to_char(p.month, 'YYYY-MM'), null, p_reason, p_user);
end $$;

create function period_reopen_approved(a approval, p_key uuid, p_user uuid) returns void language plpgsql volatile as $$
declare
  p constant period := period_take(a.property_id, a.subject, 'closed');
begin
  if exists (select from period x where x.property_id = a.property_id and x.month > p.month and x.state <> 'open') then
    perform refuse('STPRE', 'PERIOD_ORDER', 'month', 'only the last closed month is opened again');
  end if;
  perform period_step(p, p_key, p_user, 'reopen', 'open', a.reason);
end $$;
