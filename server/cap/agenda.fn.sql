-- Obligations: owed, tried, settled. Every capability that lets somebody owe something uses these and nothing else.

-- Makes somebody owe something; where the same is owed already, that stays as it is. Returns its id.
create function obligation_need(p_property int, p_kind text, p_entity text, p_entity_id uuid, p_subject text, p_label text,
                                p_from timestamptz, p_by timestamptz, p_user uuid default null, p_department uuid default null,
                                p_role text default null, p_party uuid default null, p_place uuid default null,
                                p_step int default null, p_id uuid default null, p_creator uuid default null) returns uuid
language plpgsql volatile as $$
declare
  found uuid;
begin
  select b.id into found from obligation b
   where b.property_id = p_property and b.entity = p_entity and b.entity_id = p_entity_id and b.kind = p_kind
     and b.state = 'open';
  if found is not null then
    return found;
  end if;
  insert into obligation (property_id, id, number, kind, entity, entity_id, subject, label, due_from, due_by, user_id,
                          department_id, role, party_id, place_id, step, created_by)
  values (p_property, coalesce(p_id, uuid7()), 'O-' || next_number(p_property, 'O'), p_kind, p_entity, p_entity_id, p_subject,
          left(p_label, 200), least(p_from, p_by), p_by, p_user, p_department, p_role, p_party, p_place, p_step, p_creator)
  on conflict (property_id, entity, entity_id, kind) where state = 'open' do nothing
  returning id into found;
  return found;
end $$;

-- Nothing of this is owed any more: of one kind, or of every kind where none is named. p_step: the step that calls it off,
-- where that can be taken back (obligation_owe_again).
create function obligation_drop(p_property int, p_entity text, p_entity_id uuid, p_kind text default null, p_step uuid default null)
returns void language plpgsql volatile as $$
begin
  update obligation b set state = 'cancelled', settled_at = now(), dropped_by = p_step, version = b.version + 1
   where b.property_id = p_property and b.entity = p_entity and b.entity_id = p_entity_id and b.state = 'open'
     and (p_kind is null or b.kind = p_kind);
end $$;

-- What a step called off is owed again as it was; what is late by now is found late anew.
create function obligation_owe_again(p_property int, p_step uuid) returns void language plpgsql volatile as $$
begin
  update obligation b set state = 'open', settled_at = null, dropped_by = null, overdue_at = null, version = b.version + 1
   where b.property_id = p_property and b.dropped_by = p_step and b.state = 'cancelled';
end $$;

-- What was owed has come about by itself, or by another command than its own.
create function obligation_keep(p_property int, p_entity text, p_entity_id uuid, p_kind text) returns void language plpgsql volatile as $$
begin
  update obligation b set state = 'kept', settled_at = now(), version = b.version + 1
   where b.property_id = p_property and b.entity = p_entity and b.entity_id = p_entity_id and b.kind = p_kind and b.state = 'open';
end $$;

-- One attempt at what is owed (locked by the caller), and what it makes of it. p_again: when to try again where that was
-- said. A customer who never answers is given up after as many tries as it has, or else its kind.
create function obligation_try(b obligation, p_key uuid, p_user uuid, p_at timestamptz, p_outcome text, p_score int,
                               p_remark text, p_again timestamptz default null) returns obligation
language plpgsql volatile as $$
declare
  x obligation_outcome;
  k obligation_kind;
  moment constant timestamptz := least(coalesce(p_at, now()), now());
begin
  select * into k from obligation_kind y where y.kind = b.kind;
  select * into x from obligation_outcome y where y.outcome = p_outcome;
  if x.outcome is null or p_outcome <> all (k.outcomes) then
    perform refuse('STINV', 'OUTCOME_UNKNOWN', 'outcome',
                   format('%s is no way a %s can end: %s', quote_literal(p_outcome), k.label, array_to_string(k.outcomes, ', ')));
  elsif p_again is not null and x.settles is not null then
    perform refuse('STINV', 'AGAIN_WITHOUT_NEED', 'again', 'nobody needs to try again after that');
  end if;
  b.unanswered := b.unanswered + (p_outcome = 'no_answer')::int;
  b.state := coalesce(x.settles, case when b.unanswered >= coalesce(b.tries, k.tries) then 'missed' else 'open' end);
  insert into obligation_attempt (property_id, obligation_id, seq, id, at, user_id, outcome, score, remark)
  values (b.property_id, b.id, b.attempts + 1, p_key, moment, p_user, p_outcome, p_score, nullif(p_remark, ''));
  update obligation v
     set attempts = b.attempts + 1, unanswered = b.unanswered, state = b.state, outcome = p_outcome, score = p_score,
         settled_at = case when b.state <> 'open' then moment end, version = b.version + 1,
         due_from = case when b.state = 'open' then coalesce(p_again, v.due_from) else v.due_from end,
         due_by = case when b.state = 'open' then greatest(v.due_by, p_again) else v.due_by end,
         overdue_at = case when b.state = 'open' and p_again > v.due_by then null else v.overdue_at end
   where v.property_id = b.property_id and v.id = b.id
  returning * into b;
  return b;
end $$;

-- What is owed, as people see it. 'to': whose it is: a department, a person or a role.
create view agenda_card with (security_invoker = true) as
select b.id, b.property_id, y.code as property, b.number, b.kind, k.label as what, b.subject, b.label,
       coalesce(nullif(concat_ws(' ', (select d.code from department d where d.property_id = b.property_id and d.id = b.department_id),
                                      (select u.login from app_user u where u.id = b.user_id)), ''), b.role) as "to",
       (select p.name from party p where p.property_id = b.property_id and p.id = b.party_id) as party,
       (select f.raw from party_phone f where f.property_id = b.property_id and f.party_id = b.party_id and f.until_on is null
         order by f.from_on, f.id limit 1) as phone,
       (select l.number from place l where l.property_id = b.property_id and l.id = b.place_id) as place,
       b.state, ts(b.due_from, y.zone) as due_from, ts(b.due_by, y.zone) as due_by, b.state = 'open' and b.due_by < now() as late,
       b.attempts, b.outcome, b.note,
       (select a.remark from obligation_attempt a
         where a.property_id = b.property_id and a.obligation_id = b.id and a.seq = b.attempts) as remark,
       coalesce(replace(k.command || ' ' || b.subject, ' null', ''), 'agenda settle ' || b.number) as command,
       b.version, (extract(epoch from b.due_by) * 1000000)::bigint || '~' || b.id as cursor
  from obligation b
  join property y on y.id = b.property_id
  join obligation_kind k on k.kind = b.kind;
grant select on agenda_card to steward_app;
create function agenda_card(p_property int, p_id uuid) returns setof agenda_card language plpgsql volatile rows 1 as
$$ begin return query select * from agenda_card c where c.property_id = p_property and c.id = p_id; end $$;

-- What is owed, called by a UUID, O-1007, 1007 or SUN/O-1007.
create function obligation_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  look record := ref_split(p_scope, null, p_ref);
  homes int[];
begin
  if is_uuid(look.rest) then
    select b.property_id, b.id into property_id, id
      from obligation b where b.property_id = any (look.within) and b.id = look.rest::uuid;
  else
    look.rest := case when look.rest ~ '^[0-9]+$' then 'O-' || look.rest else upper(look.rest) end;
    select array_agg(b.property_id order by b.property_id), (array_agg(b.id))[1] into homes, id
      from obligation b where b.property_id = any (look.within) and b.number = look.rest;
    property_id := homes[1];
  end if;
  perform ref_one(id, homes, look.within, look.rest, 'nothing is owed that is called', 'OBLIGATION', 'entry');
end $$;

-- Locks what is owed for a step; refuses what is settled, and whoever it is not for.
create function obligation_take(p_property int, p_id uuid, p_user uuid) returns obligation language plpgsql volatile as $$
declare
  b obligation;
  k obligation_kind;
begin
  select * into b from obligation v where v.property_id = p_property and v.id = p_id for update;
  select * into k from obligation_kind x where x.kind = b.kind;
  if b.state <> 'open' then
    perform refuse('STPRE', 'SETTLED', 'entry', format('%s is %s already', b.number, b.state));
  elsif b.user_id is distinct from p_user
        and not user_has_role(p_user, b.property_id, k.roles || coalesce(array[b.role], '{}') || '{supervisor,manager}') then
    perform refuse('STDEN', 'NOT_YOURS', 'entry', format('%s is owed by somebody else', b.number));
  end if;
  return b;
end $$;

create function agenda_settle(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_outcome text,
                              p_remark text, p_again text, out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  k record := obligation_key(p_scope, p_ref);
  b obligation := obligation_take(k.property_id, k.id, p_user);
  own constant text := (select x.command from obligation_kind x where x.kind = b.kind);
begin
  if own is not null then
    perform refuse('STPRE', 'OWN_COMMAND', 'entry', format('%s is settled by `%s %s`', b.number, own, coalesce(b.subject, '')));
  end if;
  b := obligation_try(b, p_key, p_user, p_at, coalesce(p_outcome, 'done'), null, p_remark,
                      local_time(p_again, (select y.zone from property y where y.id = b.property_id), 'again'));
  property_id := b.property_id;
  id := b.id;
end $$;

create function agenda_assign(p_scope int[], p_ref text, p_user uuid, p_to text, out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  k record := obligation_key(p_scope, p_ref);
  b obligation := obligation_take(k.property_id, k.id, p_user);
  whom record := order_to(b.property_id, p_to);
begin
  update obligation v set department_id = whom.department_id, user_id = whom.user_id, version = b.version + 1
   where v.property_id = b.property_id and v.id = b.id;
  property_id := b.property_id;
  id := b.id;
end $$;

-- A reminder somebody sets for himself or for others.
create function agenda_add(p_property int, p_key uuid, p_user uuid, p_label text, p_due text, p_to text, p_party text,
                           p_place text, p_note text, out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  zone constant text := (select y.zone from property y where y.id = p_property);
  due constant timestamptz := local_time(p_due, zone, 'due');
  dept uuid;
  person uuid := p_user;
begin
  if p_to is not null then
    select x.department_id, x.user_id into dept, person from order_to(p_property, p_to) x;
  end if;
  perform obligation_need(p_property, 'reminder', 'reminder', p_key, null, btrim(p_label), least(now(), due), due, person, dept, null,
                          (select x.id from party_key(array[p_property], p_property, p_party) x),
                          (select x.id from place_key(array[p_property], p_property, p_place) x), null, p_key, p_user);
  update obligation v set note = nullif(p_note, '') where v.property_id = p_property and v.id = p_key;
  property_id := p_property;
  id := p_key;
end $$;

-- What is owed and still open (or, by state, what was), first due on top; only kinds this person has to do with.
create function agenda_list(p_scope int[], p_user uuid, p_kind text, p_state text, p_mine boolean, p_late boolean, p_to text,
                            p_until text, p_about text, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, '-infinity');
  wanted constant text := coalesce(p_state, 'open');
  late_at constant timestamptz := case when p_late then now() else 'infinity' end;
  person uuid := case when p_mine then p_user end;
  departments uuid[];
  kinds text[];
begin
  if p_kind is not null and not exists (select from obligation_kind k where k.kind = p_kind) then
    perform refuse('STINV', 'KIND_UNKNOWN', 'kind', format('nothing called %s is owed: %s', quote_literal(p_kind),
                   (select string_agg(k.kind, ', ' order by k.rank, k.kind) from obligation_kind k)));
  end if;
  if p_to is not null then
    departments := array(select d.id from department d where d.property_id = any (p_scope) and d.code = upper(btrim(p_to)));
    select u.id into person from app_user u where u.login = lower(btrim(p_to)) and departments = '{}';
    if departments = '{}' and person is null then
      perform refuse('STNOF', 'NOBODY_SO_CALLED', 'to', format('neither a department nor a person is called %s', quote_literal(p_to)));
    end if;
  elsif p_mine then
    departments := array(select m.department_id from user_department m
                          where m.property_id = any (p_scope) and m.user_id = p_user and m.ended_at is null);
  end if;
  return query
    select b.property_id, b.id
      from unnest(p_scope) s (property_id) join property y on y.id = s.property_id
     cross join lateral (
       select array_agg(k.kind) as kinds, coalesce(array_agg(distinct r.role) filter (where r.role is not null), '{}') as roles
         from obligation_kind k
         left join lateral unnest(k.roles) r (role) on user_has_role(p_user, s.property_id, array[r.role])
        where (p_kind is null or k.kind = p_kind)
          and user_has_role(p_user, s.property_id, k.roles || '{supervisor,manager,director,analyst,quality,administrator}')) k
     cross join lateral (
       select b.property_id, b.id, b.due_by from obligation b
        where b.property_id = s.property_id and b.state = wanted and b.kind = any (k.kinds)
          and (b.due_by, b.id) > (cut.at, cut.id) and b.due_by < late_at
          and b.due_by < coalesce((p_until::date + 1)::timestamp at time zone y.zone, 'infinity')
          and (p_about is null or b.subject = upper(p_about))
          and (person is null and departments is null or b.user_id = person or b.department_id = any (departments)
               or (p_mine and b.user_id is null and b.department_id is null
                   and (b.role = any (k.roles) or b.role is null)))
        order by b.due_by, b.id limit lim) b
     order by b.due_by, b.id limit lim;
end $$;

-- How a kind of obligation was met at a property: of all that was first due between two days. What was put off stays where it
-- was due, and is in time only if it was kept by then. Shares are null where nothing was due.
create function agenda_figures(p_scope int[], p_kind text, p_from text, p_to text)
returns table (property text, kind text, what text, due bigint, kept bigint, in_time bigint, missed bigint, cancelled bigint,
               still_open bigint, late bigint, kept_share text, in_time_share text)
language sql stable as $$
  select y.code, k.kind, k.label, f.due, f.kept, f.in_time, f.missed, f.cancelled, f.still_open, f.late,
         share_text(f.kept, f.due - f.cancelled), share_text(f.in_time, f.due - f.cancelled)
    from property y
   -- Reckoned first: a comparison with what is reckoned from a row could not use the index under row-level security.
   cross join lateral (
     select coalesce(to_day(p_from, 'from'), date_trunc('month', today(y.zone))::date)::timestamp at time zone y.zone as since,
            (coalesce(to_day(p_to, 'to'), today(y.zone)) + 1)::timestamp at time zone y.zone as until offset 0) p
   cross join lateral (
     select b.kind, count(*) as due, count(*) filter (where b.state = 'kept') as kept,
            count(*) filter (where b.state = 'kept' and b.settled_at <= b.promised_by) as in_time,
            count(*) filter (where b.state = 'missed') as missed, count(*) filter (where b.state = 'cancelled') as cancelled,
            count(*) filter (where b.state = 'open') as still_open,
            count(*) filter (where b.state = 'open' and b.due_by < now()) as late
       from obligation b
      where b.property_id = y.id and b.state = any ('{open,kept,missed,cancelled}') -- each a range of one index
        and b.promised_by >= p.since and b.promised_by < p.until
        and (p_kind is null or b.kind = p_kind)
      group by b.kind) f
    join obligation_kind k on k.kind = f.kind
   where y.id = any (p_scope)
   order by y.code, k.rank, k.kind
$$;
