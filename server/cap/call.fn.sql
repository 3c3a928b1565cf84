-- The hotline: calls that come in and go out, step by step, and what is owed to those who called in vain.

-- Numbers and references ------------------------------------------------------------------------------------------

-- The number of the other end as people and telephone systems write it (138-0013-8000, "Wang" <sip:+8613800138000@pbx>,
-- 8012) and what it is compared by: E.164, or its digits where the text does not tell that. Nothing for a withheld one.
create function call_outside(p_raw text, y property, out outside text, out outside_key text)
language plpgsql immutable parallel safe as $$
declare
  x text := btrim(regexp_replace(regexp_replace(p_raw, '^.*<([^<>]*)>.*$', '\1'), '^\s*(sips?|tel):', '', 'i'));
begin
  x := btrim(split_part(x, '@', 1));
  if norm(x) ~ '[0-9]' then
    outside := left(x, 60);
    outside_key := coalesce(phone_e164(x, y.country_code, y.trunk_prefix), squash(x));
  end if;
end $$;

-- The call meant by a UUID, HL-1042, 1042, SUN/HL-1042 or the id the telephone system gave it.
create function call_key(p_scope int[], p_ref text, p_field text default 'call', out property_id int, out id uuid)
language plpgsql stable as $$
#variable_conflict use_column
declare
  look record := ref_split(p_scope, null, p_ref);
  n constant text := case when look.rest ~ '^[0-9]+$' then 'HL-' || look.rest else upper(look.rest) end;
  homes int[];
begin
  if is_uuid(look.rest) then
    select c.property_id, c.id into property_id, id
      from phone_call c where c.property_id = any (look.within) and c.id = look.rest::uuid;
  else
    select array_agg(c.property_id order by c.property_id), (array_agg(c.id))[1] into homes, id
      from phone_call c where c.property_id = any (look.within) and c.number = n;
    property_id := homes[1];
  end if;
  if id is null then
    select array_agg(c.property_id order by c.property_id), (array_agg(c.id))[1] into homes, id
      from phone_call c where c.property_id = any (look.within) and c.call_id = look.rest;
    property_id := homes[1];
  end if;
  perform ref_one(id, homes, look.within, n, 'there is no call', 'CALL', p_field);
end $$;

create function call_lock(p_property int, p_id uuid) returns phone_call language plpgsql volatile as $$
declare
  c phone_call;
begin
  select * into c from phone_call x where x.property_id = p_property and x.id = p_id for update;
  return c;
end $$;

-- Callers to be called back -------------------------------------------------------------------------------------------

-- What stands for a number where something is owed to whoever has it.
create function call_phone_id(p_property int, p_key text) returns uuid language sql immutable parallel safe as
$$ select md5(p_property || ' ' || p_key)::uuid $$;

-- Remembers what a step changed beside the call: the change feed asks next.
create function call_touch(p_id uuid) returns void language plpgsql volatile as $$
begin
  perform import_touched(import_touched() || p_id);
end $$;

-- A call that ended in vain is called back: one callback per number, however often it called meanwhile. A withheld number
-- cannot be called, but what it left to the voicemail is heard.
create function call_owe(c phone_call) returns void language plpgsql volatile as $$
declare
  within constant interval := (select s.call_back from call_state s where s.state = c.state);
  owed uuid;
  n bigint;
begin
  if within is null or (c.outside_key is null and c.state <> 'voicemail') then
    return;
  end if;
  owed := obligation_need(c.property_id, 'callback', case when c.outside_key is null then 'call' else 'phone' end,
                          coalesce(call_phone_id(c.property_id, c.outside_key), c.id), c.number, 'called in vain',
                          c.ended_at, c.ended_at + within, p_party => c.party_id);
  select count(*) into n from obligation b
    join phone_call f on f.property_id = b.property_id and f.number = b.subject
    join phone_call x on x.property_id = b.property_id and x.outside_key = c.outside_key
   where b.property_id = c.property_id and b.id = owed and x.rang_at >= f.rang_at and x.state in ('missed', 'voicemail');
  update obligation b
     set label = case when c.outside_key is null then 'left a message without a number'
                      when n > 1 then format('called in vain %s times', n) else 'called in vain' end,
         party_id = coalesce(b.party_id, c.party_id), version = b.version + (n > 1)::int
   where b.property_id = c.property_id and b.id = owed;
  perform call_touch(owed);
end $$;

-- Somebody spoke with the number after it called in vain, so nobody needs to call it back for that. A promise stays: it is
-- about something, which is not known to have been told.
create function call_spoke(c phone_call, p_user uuid) returns void language plpgsql volatile as $$
declare
  b obligation;
begin
  select * into b from obligation v
   where v.property_id = c.property_id and v.entity = 'phone' and v.entity_id = call_phone_id(c.property_id, c.outside_key)
     and v.kind = 'callback' and v.state = 'open' for update;
  if b.id is not null and not exists (select from phone_call x
                                       where x.property_id = c.property_id and x.outside_key = c.outside_key
                                         and x.rang_at > c.answered_at and x.state in ('missed', 'voicemail')) then
    perform obligation_try(b, uuid7(), p_user, c.answered_at, 'reached', null, 'spoken with: ' || c.number);
    perform call_touch(b.id);
  end if;
end $$;

-- The call is over and somebody was spoken with: what a contact with the customer was owed for is kept, and a case it was
-- about, other than one opened from it, has been answered. p_was: the call before the step; what it told already is not told again.
create function call_over(c phone_call, p_user uuid, p_was phone_call default null) returns void language plpgsql volatile as $$
begin
  if c.answered_at is null or c.ended_at is null then
    return;
  end if;
  if c.party_id is distinct from (p_was).party_id then
    perform contact_settle(c.property_id, contact_owed(c.property_id, c.party_id, null), uuid7(), p_user, c.answered_at, 'reached',
                           concat_ws(': ', c.number, c.about));
  end if;
  if c.case_id is distinct from (p_was).case_id
     and exists (select from desk_case d where d.property_id = c.property_id and d.id = c.case_id and d.opened_at < c.rang_at) then
    perform case_told(c.property_id, c.case_id, p_user, c.answered_at, concat_ws(': ', c.number, c.about), 'phone');
    perform call_touch(c.case_id);
  end if;
end $$;

-- One step of a call ----------------------------------------------------------------------------------------------------

-- Refuses a step that the state of the call does not allow, and says what it allows.
create function call_impossible(c phone_call, p_verb text) returns void language plpgsql stable as $$
begin
  perform refuse('STPRE', 'CALL_STATE', 'call',
    format('%s is %s; it cannot be %s now, only: %s', c.number, (select s.label from call_state s where s.state = c.state),
           (select v.past from call_verb v where v.verb = p_verb),
           (select string_agg(v.command, ', ' order by v.rank)
              from call_transition t join call_verb v on v.verb = t.verb where t.from_state = c.state)));
end $$;

-- Where the step leads; refuses what the data does not allow.
create function call_next(c phone_call, p_verb text, p_user uuid) returns text language plpgsql stable as $$
declare
  t call_transition;
begin
  select * into t from call_transition x where x.verb = p_verb and x.from_state = c.state;
  if t.verb is null then
    perform call_impossible(c, p_verb);
  elsif not user_has_role(p_user, c.property_id, t.roles) then
    perform refuse('STDEN', 'CALL_ROLE', 'call',
                   format('a call that is %s can be %s by %s only', (select s.label from call_state s where s.state = c.state),
                          (select v.past from call_verb v where v.verb = p_verb), replace(array_to_string(t.roles, ', '), '_', ' ')));
  end if;
  return t.to_state;
end $$;

-- A call rings. The same call of the telephone system told twice is one call, whoever tells it.
create function call_ring(p_property int, p_id uuid, p_user uuid, p_at timestamptz, p_from text, p_to text, p_call_id text,
                          p_rang text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  y property;
  o record;
  known uuid[];
  told constant text := nullif(btrim(p_call_id), '');
begin
  property_id := p_property;
  if told is not null then
    perform pg_advisory_xact_lock(hashtextextended(p_property || ' ' || told, 7433));
    select c.id into id from phone_call c where c.property_id = p_property and c.call_id = told;
    if id is not null then
      return;
    end if;
  end if;
  id := p_id;
  select * into y from property p where p.id = p_property;
  o := call_outside(p_from, y);
  -- Whose number it is, where it is one person's only; else the desk says who it was.
  known := array(select h.party_id from call_known(p_property, o.outside_key) h limit 2);
  insert into phone_call (property_id, id, number, call_id, direction, state, outside, outside_key, line, rang_at, party_id, created_by)
  values (p_property, p_id, 'HL-' || next_number(p_property, 'HL'), told, 'in', 'ringing', o.outside, o.outside_key,
          nullif(btrim(p_to), ''), least(coalesce(local_time(p_rang, y.zone, 'at'), p_at, now()), now()),
          case when cardinality(known) = 1 then known[1] end, p_user);
end $$;

create function call_answer(p_scope int[], p_ref text, p_user uuid, p_at timestamptz, p_by text, out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  k record := call_key(p_scope, p_ref);
  c phone_call := call_lock(k.property_id, k.id);
  next constant text := call_next(c, 'answer', p_user);
  who uuid := p_user;
begin
  if p_by is not null then
    select x.user_id into who from order_to(c.property_id, p_by, 'by') x;
    if who is null then
      perform refuse('STINV', 'NOT_A_PERSON', 'by', format('%s is a department: name a person', upper(p_by)));
    end if;
  end if;
  update phone_call x
     set state = next, answered_at = greatest(least(coalesce(p_at, now()), now()), c.rang_at),
         user_id = case when c.direction = 'in' or p_by is not null then who else coalesce(c.user_id, who) end, version = c.version + 1
   where x.property_id = c.property_id and x.id = c.id
  returning * into c;
  perform call_spoke(c, who);
  property_id := c.property_id;
  id := c.id;
end $$;

-- A call ends. One that nobody answered is missed, unless the telephone system says how long they spoke.
create function call_end(p_scope int[], p_ref text, p_user uuid, p_at timestamptz, p_missed boolean, p_voicemail boolean,
                         p_seconds int, out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  k record := call_key(p_scope, p_ref);
  c phone_call := call_lock(k.property_id, k.id);
  vain constant boolean := coalesce(p_missed, false) or coalesce(p_voicemail, false);
  verb constant text := case when p_missed then 'miss' when p_voicemail then 'voicemail'
                             when c.state in ('ringing', 'dialling') and coalesce(p_seconds, 0) = 0 then 'miss' else 'end' end;
  next constant text := call_next(c, verb, p_user);
  moment timestamptz := greatest(least(coalesce(p_at, now()), now()), c.answered_at, c.rang_at);
  spoke constant boolean := c.answered_at is null and verb = 'end';
begin
  if p_missed and p_voicemail then
    perform refuse('STINV', 'ONE_END', 'voicemail', 'a call is either missed or left to the voicemail');
  elsif vain and p_seconds > 0 then
    perform refuse('STINV', 'DURATION_IN_VAIN', 'duration', 'nobody spoke in a call that was not answered');
  end if;
  if c.answered_at is not null and p_seconds is not null then
    moment := least(moment, c.answered_at + p_seconds * interval '1 second');
  end if;
  update phone_call x
     set state = next, ended_at = moment, version = c.version + 1,
         answered_at = case when spoke then greatest(c.rang_at, moment - p_seconds * interval '1 second') else c.answered_at end
   where x.property_id = c.property_id and x.id = c.id
  returning * into c;
  if spoke then
    perform call_spoke(c, p_user);
  end if;
  perform call_over(c, p_user);
  perform call_owe(c);
  property_id := c.property_id;
  id := c.id;
end $$;

-- Says who it was, or what it is about: the desk confirms what was only a guess. The number is stored with the customer
-- where that is asked for and it is not there yet.
create function call_attach(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_party text, p_case text, p_save boolean,
                            out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  k record := call_key(p_scope, p_ref);
  c phone_call := call_lock(k.property_id, k.id);
  was constant phone_call := c;
  who uuid;
  what desk_case;
  owed uuid;
begin
  perform call_next(c, 'attach', p_user);
  if num_nonnulls(p_party, p_case) = 0 and p_save is not true then
    perform refuse('STINV', 'PARTY_MISSING', 'party', 'say who it was as --party, or which case it is about as --case');
  end if;
  if p_case is not null then
    select d.* into what from case_key(array[c.property_id], p_case) x
      join desk_case d on d.property_id = x.property_id and d.id = x.id;
  end if;
  if p_party is not null then
    select x.id into who from party_key(array[c.property_id], c.property_id, p_party) x;
  end if;
  who := coalesce(who, c.party_id, what.party_id);
  update phone_call x set party_id = who, case_id = coalesce(what.id, c.case_id), version = c.version + 1
   where x.property_id = c.property_id and x.id = c.id
  returning * into c;
  if p_save then
    perform call_save_number(c, p_key);
  end if;
  perform call_over(c, p_user, was);
  if c.outside_key is not null then
    update obligation b set party_id = who, version = b.version + 1
     where b.property_id = c.property_id and b.entity = 'phone' and b.entity_id = call_phone_id(c.property_id, c.outside_key)
       and b.kind = 'callback' and b.state = 'open' and b.party_id is distinct from who
    returning b.id into owed;
    if owed is not null then
      perform call_touch(owed);
    end if;
  end if;
  property_id := c.property_id;
  id := c.id;
end $$;

create function call_save_number(c phone_call, p_key uuid) returns void language plpgsql volatile as $$
begin
  if c.outside_key is null then
    perform refuse('STPRE', 'NUMBER_WITHHELD', 'save_number', format('the number of %s is withheld', c.number));
  elsif c.party_id is null then
    perform refuse('STINV', 'PARTY_MISSING', 'party', 'say whose number it is as --party');
  elsif not exists (select from party_phone f
                     where f.property_id = c.property_id and f.party_id = c.party_id and f.until_on is null
                       and coalesce(f.e164, squash(f.raw)) = c.outside_key) then
    perform party_phone_add(c.property_id, p_key, c.party_id, c.outside, null);
    perform call_touch(c.party_id);
  end if;
end $$;

-- A case was opened from a call, or told to be about the same: links them and, where nobody knew who called, takes the
-- customer of the case for it.
create function call_link(p_property int, p_scope int[], p_call text, p_case uuid, p_user uuid) returns uuid
language plpgsql volatile as $$
declare
  k record := call_key(p_scope, p_call);
  c phone_call;
begin
  if k.property_id <> p_property then
    perform refuse('STINV', 'CALL_ELSEWHERE', 'call', format('%s came in at %s, where the case is not', p_call, property_codes(array[k.property_id])));
  end if;
  c := call_lock(k.property_id, k.id);
  perform call_next(c, 'attach', p_user);
  update phone_call x
     set case_id = p_case, version = c.version + 1,
         party_id = coalesce(c.party_id, (select d.party_id from desk_case d where d.property_id = p_property and d.id = p_case))
   where x.property_id = c.property_id and x.id = c.id;
  perform call_touch(c.id);
  return c.id;
end $$;
