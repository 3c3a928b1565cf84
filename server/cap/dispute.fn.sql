-- Disputes between neighbours: who takes part, the sessions of mediation, what came of them.

create function dispute_case(p_scope int[], p_ref text) returns desk_case language plpgsql volatile as $$
declare
  k record := case_key(p_scope, p_ref);
  c desk_case := case_lock(k.property_id, k.id);
begin
  if c.kind <> 'dispute' then
    perform refuse('STPRE', 'NO_DISPUTE', 'case', format('%s is no dispute: change its kind first, with `case edit --kind dispute`', c.number));
  end if;
  return c;
end $$;

create function dispute_join(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_role text, p_party text,
                             p_name text, p_phone text, p_says text) returns desk_case language plpgsql volatile as $$
declare
  c desk_case := dispute_case(p_scope, p_ref);
  party constant uuid := (select x.id from party_key(array[c.property_id], c.property_id, p_party) x);
  who text := coalesce(nullif(btrim(p_name), ''), (select p.name from party p where p.property_id = c.property_id and p.id = party));
begin
  if exists (select from case_participant p where p.property_id = c.property_id and p.case_id = c.id and p.ended_at is null
                and p.role = p_role and (p.party_id = party or norm(p.name) = norm(p_name))) then
    perform refuse('STEXI', 'TAKES_PART', 'party', format('%s takes part as %s already', who, p_role));
  end if;
  insert into case_participant (property_id, id, case_id, role, party_id, name, phone_raw, says, user_id)
  values (c.property_id, p_key, c.id, p_role, party, nullif(btrim(p_name), ''), nullif(p_phone, ''), nullif(p_says, ''), p_user);
  return case_apply(c, 'dispute', p_user, concat_ws(': ', format('%s takes part as %s', who, p_role), nullif(p_says, '')), p_key, p_at);
end $$;

create function dispute_leave(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_who text)
returns desk_case language plpgsql volatile as $$
declare
  c desk_case := dispute_case(p_scope, p_ref);
  p case_participant;
begin
  select x.* into p from case_participant x
    left join party a on a.property_id = x.property_id and a.id = x.party_id
   where x.property_id = c.property_id and x.case_id = c.id and x.ended_at is null
     and (norm(x.name) = norm(p_who) or a.number = upper(p_who) or norm(a.name) = norm(p_who) or x.id::text = p_who)
   order by x.created_at limit 1;
  if p.id is null then
    perform refuse('STNOF', 'NO_PART', 'who', format('nobody called %s takes part in %s', quote_literal(p_who), c.number));
  end if;
  update case_participant x set ended_at = now() where x.property_id = p.property_id and x.id = p.id;
  return case_apply(c, 'dispute', p_user, p_who || ' takes part no longer', p_key, p_at);
end $$;

-- A session that was held, or was to be. The next one is owed by whoever sees to the case.
create function dispute_session(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_outcome text, p_held text,
                                p_spot text, p_present text, p_minutes text, p_next text) returns desk_case
language plpgsql volatile as $$
declare
  c desk_case := dispute_case(p_scope, p_ref);
  zone constant text := (select y.zone from property y where y.id = c.property_id);
  held constant timestamptz := coalesce(local_time(p_held, zone, 'held'), p_at, now());
  again constant timestamptz := local_time(p_next, zone, 'next');
  b obligation;
begin
  if held > now() then
    perform refuse('STINV', 'HELD_FUTURE', 'held', 'lies in the future: a session is recorded when it is over; the one to come is --next');
  elsif again is not null and p_outcome in ('agreed', 'failed') then
    perform refuse('STINV', 'NEXT_WITHOUT_NEED', 'next', 'after that there is no next session');
  end if;
  insert into case_session (property_id, id, case_id, seq, held_at, spot, present, outcome, minutes, next_at, user_id)
  select c.property_id, p_key, c.id, count(*) + 1, held, nullif(p_spot, ''), nullif(p_present, ''), p_outcome, nullif(p_minutes, ''),
         again, p_user
    from case_session s where s.property_id = c.property_id and s.case_id = c.id;
  select * into b from obligation o
   where o.property_id = c.property_id and o.entity = 'case' and o.entity_id = c.id and o.kind = 'mediation' and o.state = 'open'
     for update;
  if b.id is not null then
    perform obligation_try(b, p_key, p_user, p_at, case when p_outcome = 'not_held' and again is null then 'not_needed' else 'done' end,
                           null, p_minutes);
  end if;
  if again is not null then
    perform obligation_need(c.property_id, 'mediation', 'case', c.id, c.number, c.summary, again, again,
                            p_user, p_party => c.party_id, p_place => c.place_id);
  end if;
  return case_apply(c, 'dispute', p_user, concat_ws(': ', 'session ' || replace(p_outcome, '_', ' '), nullif(p_minutes, '')), p_key, p_at);
end $$;
