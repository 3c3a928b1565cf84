-- What takes two: one person asks, another one decides; approved, it is done in the same transaction by the kind's own
-- function, <kind>_approved(approval, key, user). A new kind is a row of approval_kind and that function.

create view approval_card with (security_invoker = true) as
select a.id, a.property_id, y.code as property, a.number, a.kind, k.label, a.subject, a.amount as amount_minor, y.currency, a.reason, a.state,
       (select u.login from app_user u where u.id = a.asked_by) as asked_by, ts(a.asked_at, y.zone) as asked_at,
       (select u.login from app_user u where u.id = a.decided_by) as decided_by, ts(a.decided_at, y.zone) as decided_at, a.note, a.version,
       (extract(epoch from a.asked_at) * 1000000)::bigint || '~' || a.id as cursor
  from approval a join approval_kind k using (kind) join property y on y.id = a.property_id;
create function approval_card(p_property int, p_id uuid) returns setof approval_card language plpgsql volatile rows 1 as
$$ begin return query select * from approval_card c where c.property_id = p_property and c.id = p_id; end $$;
grant select on approval_card to steward_app;

create function approval_ask(p_property int, p_id uuid, p_kind text, p_entity_id uuid, p_subject text, p_amount bigint, p_reason text,
                             p_user uuid, p_args jsonb default '{}') returns uuid language plpgsql volatile as $$
declare
  there text;
begin
  select a.number into there from approval a
   where a.property_id = p_property and a.kind = p_kind and a.subject = p_subject and a.state = 'asked';
  if there is not null then
    perform refuse('STEXI', 'ASKED_ALREADY', 'approval', format('%s waits for a decision on that already', there));
  end if;
  insert into approval (property_id, id, number, kind, entity_id, args, subject, amount, reason, asked_by)
  values (p_property, p_id, 'A-' || next_number(p_property, 'A'), p_kind, p_entity_id, p_args, p_subject, p_amount, btrim(p_reason), p_user);
  return p_id;
end $$;

create function approval_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
begin
  select k.property_id, k.id into property_id, id from number_key('approval', p_scope, p_ref, 'nothing was asked as', 'APPROVAL', 'approval') k;
end $$;

-- Locks what waits for a decision; behind the ledger, as most of what is decided is posted.
create function approval_take(p_scope int[], p_ref text) returns approval language plpgsql volatile as $$
declare
  k record := approval_key(p_scope, p_ref);
  a approval;
begin
  perform ledger_hold(k.property_id);
  select * into a from approval x where x.property_id = k.property_id and x.id = k.id for update;
  if a.state <> 'asked' then
    perform refuse('STPRE', 'DECIDED', 'approval', format('%s is %s already', a.number, a.state));
  end if;
  return a;
end $$;

create function approval_decide(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_verdict text, p_note text,
                                out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  a constant approval := approval_take(p_scope, p_ref);
  k approval_kind;
begin
  select * into k from approval_kind x where x.kind = a.kind;
  if a.asked_by = p_user then
    perform refuse('STDEN', 'TAKES_TWO', 'approval', format('you asked for %s yourself: somebody else decides', a.number));
  elsif not user_has_role(p_user, a.property_id, k.roles) then
    perform refuse('STDEN', 'APPROVAL_ROLE', 'approval', format('%s is decided by: %s', k.label, array_to_string(k.roles, ', ')));
  elsif p_verdict = 'declined' and coalesce(btrim(p_note), '') = '' then
    perform refuse('STINV', 'REQUIRED', 'note', 'say why it is declined');
  end if;
  update approval x set state = p_verdict, decided_by = p_user, decided_at = now(), note = nullif(btrim(p_note), ''), version = a.version + 1
   where x.property_id = a.property_id and x.id = a.id;
  if p_verdict = 'approved' then
    execute format('select %I($1, $2, $3)', a.kind || '_approved') using a, p_key, p_user;
  end if;
  property_id := a.property_id;
  id := a.id;
end $$;

-- What was asked for must still come to the same when it is done.
create function approval_same(a approval, p_amount bigint) returns void language plpgsql stable as $$
begin
  if p_amount is distinct from a.amount then
    perform refuse('STPRE', 'CHANGED_MEANWHILE', 'approval', format('%s has changed since %s was asked: decline it, and have it asked anew', a.subject,
                                                                   a.number));
  end if;
end $$;

create function approval_withdraw(p_scope int[], p_ref text, p_user uuid, out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  a constant approval := approval_take(p_scope, p_ref);
begin
  if a.asked_by <> p_user then
    perform refuse('STDEN', 'NOT_ASKED_BY_YOU', 'approval', format('%s was asked by somebody else: decline it', a.number));
  end if;
  update approval x set state = 'withdrawn', decided_by = p_user, decided_at = now(), version = a.version + 1
   where x.property_id = a.property_id and x.id = a.id;
  property_id := a.property_id;
  id := a.id;
end $$;

create function approval_list(p_scope int[], p_state text, p_kind text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  cut record := cursor_split(p_after, 'infinity');
  lim constant int := coalesce(p_limit, 50);
begin
  return query
    select a.property_id, a.id from unnest(p_scope) s (property_id)
     cross join lateral (
       select a.property_id, a.id, a.asked_at from approval a
        where a.property_id = s.property_id and (a.asked_at, a.id) < (cut.at, cut.id)
          and (p_state = 'all' or a.state = coalesce(p_state, 'asked')) and (p_kind is null or a.kind = p_kind)
        order by a.asked_at desc, a.id desc limit lim) a
     order by a.asked_at desc, a.id desc limit lim;
end $$;
