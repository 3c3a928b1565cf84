-- Calls that go out, those that were promised, and the list of whom to call back.

create function call_place(p_property int, p_id uuid, p_user uuid, p_at timestamptz, p_to text, p_party text, p_case text,
                           p_line text, p_about text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  y property;
  o record;
  what desk_case;
  who uuid;
begin
  select * into y from property p where p.id = p_property;
  if p_case is not null then
    select d.* into what from case_key(array[p_property], p_case) x
      join desk_case d on d.property_id = x.property_id and d.id = x.id;
  end if;
  if p_party is not null then
    select x.id into who from party_key(array[p_property], p_property, p_party) x;
  end if;
  who := coalesce(who, what.party_id);
  o := call_outside(coalesce(p_to, call_phone_of(p_property, who), what.phone_raw), y);
  if o.outside_key is null then
    perform refuse('STINV', 'NUMBER_MISSING', 'to', 'say which number is called: no number of this customer is known');
  end if;
  property_id := p_property;
  id := p_id;
  insert into phone_call (property_id, id, number, direction, state, outside, outside_key, line, rang_at, user_id, party_id,
                          case_id, about, created_by)
  values (p_property, p_id, 'HL-' || next_number(p_property, 'HL'), 'out', 'dialling', o.outside, o.outside_key, nullif(btrim(p_line), ''),
          least(coalesce(p_at, now()), now()), p_user, who, what.id, nullif(btrim(p_about), ''), p_user);
end $$;

-- The number under which a customer has been reached longest.
create function call_phone_of(p_property int, p_party uuid) returns text language plpgsql stable as $$
begin
  return (select f.raw from party_phone f
           where f.property_id = p_property and f.party_id = p_party and f.until_on is null
           order by f.from_on, f.id limit 1);
end $$;

-- Somebody is promised a call, whoever made the call or the customer it is for.
create function call_promise(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_due text, p_about text, p_to text,
                             out property_id int, out id uuid)
language plpgsql volatile as $$
declare
  party constant boolean := split_part(p_ref, '/', -1) ~* '^\s*P-';
  k record;
  who uuid;
  subject text;
  due timestamptz;
  dept uuid;
  person uuid := p_user;
begin
  if party then
    select x.property_id, x.id into k from party_key(p_scope, null, p_ref, 'call') x;
    select p.id, p.number into who, subject from party p where p.property_id = k.property_id and p.id = k.id;
  else
    k := call_key(p_scope, p_ref);
    select c.party_id, c.number into who, subject from phone_call c where c.property_id = k.property_id and c.id = k.id;
  end if;
  due := local_time(p_due, (select y.zone from property y where y.id = k.property_id), 'due');
  if due < now() then
    perform refuse('STINV', 'DUE_PAST', 'due', 'that time is over: say until when the call is promised');
  end if;
  if p_to is not null then
    select x.department_id, x.user_id into dept, person from order_to(k.property_id, p_to) x;
  end if;
  perform obligation_need(k.property_id, 'callback', 'promise', p_key, subject, btrim(p_about), now(), due, person, dept,
                          p_party => who, p_id => p_key, p_creator => p_user);
  property_id := k.property_id;
  id := p_key;
end $$;

-- The callback meant by O-1005, by the call it is for, or by the customer: of several the one due first.
create function call_back_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  rest constant text := split_part(p_ref, '/', -1);
  k record;
  c phone_call;
begin
  if rest ~* '^\s*O-' or is_uuid(rest) then
    k := obligation_key(p_scope, p_ref);
    property_id := k.property_id;
    id := k.id;
    if not exists (select from obligation b where b.property_id = k.property_id and b.id = k.id and b.kind = 'callback') then
      perform refuse('STPRE', 'NO_CALLBACK', 'entry', format('%s is not a call owed to somebody: `agenda list` says what settles it', p_ref));
    end if;
    return;
  elsif rest ~* '^\s*P-' then
    select x.property_id, x.id into k from party_key(p_scope, null, p_ref, 'entry') x;
    select b.property_id, b.id into property_id, id from obligation b
     where b.property_id = k.property_id and b.party_id = k.id and b.kind = 'callback' and b.state = 'open'
     order by b.due_by, b.id limit 1;
  else
    k := call_key(p_scope, p_ref, 'entry');
    select * into c from phone_call x where x.property_id = k.property_id and x.id = k.id;
    select b.property_id, b.id into property_id, id from obligation b
     where b.property_id = c.property_id and b.kind = 'callback' and b.state = 'open'
       and (b.subject = c.number or (b.entity = 'phone' and b.entity_id = call_phone_id(c.property_id, c.outside_key)))
     order by b.due_by, b.id limit 1;
  end if;
  if id is null then
    perform refuse('STPRE', 'NO_CALLBACK', 'entry', format('nobody needs to be called back for %s', p_ref));
  end if;
end $$;

-- The number to dial: that of the call it is for, else the customer's.
create function call_back_number(b obligation) returns text language plpgsql stable as $$
begin
  return coalesce((select c.outside from phone_call c where c.property_id = b.property_id and c.number = b.subject),
                  call_phone_of(b.property_id, b.party_id));
end $$;

-- Somebody was called back, or that was tried. The call is logged, unless nobody needed it.
create function call_back(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_outcome text, p_again text,
                          p_remark text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record := call_back_key(p_scope, p_ref);
  b obligation := obligation_take(k.property_id, k.id, p_user);
  y property;
  o record;
  was phone_call;
  moment constant timestamptz := least(coalesce(p_at, now()), now());
begin
  select * into y from property p where p.id = b.property_id;
  select * into was from phone_call c where c.property_id = b.property_id and c.number = b.subject;
  o := call_outside(call_back_number(b), y);
  b := obligation_try(b, p_key, p_user, p_at, p_outcome, null, p_remark, local_time(p_again, y.zone, 'again'));
  if p_outcome <> 'not_needed' then
    insert into phone_call (property_id, id, number, direction, state, outside, outside_key, rang_at, answered_at, ended_at, user_id,
                            party_id, case_id, about, created_by)
    values (b.property_id, p_key, 'HL-' || next_number(b.property_id, 'HL'), 'out',
            case p_outcome when 'no_answer' then 'unanswered' else 'ended' end, o.outside, o.outside_key, moment,
            case when p_outcome <> 'no_answer' then moment end, moment, p_user, coalesce(b.party_id, was.party_id), was.case_id,
            left(concat_ws(': ', b.number, nullif(btrim(p_remark), '')), 400), p_user);
    perform call_over(c, p_user) from phone_call c
      where c.property_id = b.property_id and c.id = p_key and p_outcome = 'reached';
  end if;
  property_id := b.property_id;
  id := b.id;
end $$;

-- A callback as the list shows it.
create view call_back_card with (security_invoker = true) as
select a.id, a.property_id, a.property, a.number, a.subject, call_back_number(b) as phone, a.party,
       (select p.number from party p where p.property_id = b.property_id and p.id = b.party_id) as party_number,
       a.label as about, a."to", a.state, a.due_from, a.due_by, a.late, a.attempts, a.outcome, a.remark, a.version, a.cursor
  from agenda_card a
  join obligation b on b.property_id = a.property_id and b.id = a.id;
grant select on call_back_card to steward_app;
create function call_back_card(p_property int, p_id uuid) returns setof call_back_card language plpgsql volatile rows 1 as
$$ begin return query select * from call_back_card a where a.property_id = p_property and a.id = p_id; end $$;
create function call_back_reply(p_property int, p_id uuid, p_call uuid)
returns table ("entry.id" uuid, "entry.property_id" int, "entry.property" text, "entry.number" text, "entry.subject" text,
               "entry.phone" text, "entry.party" text, "entry.party_number" text, "entry.about" text, "entry.to" text,
               "entry.state" text, "entry.due_from" text, "entry.due_by" text, "entry.late" boolean, "entry.attempts" int,
               "entry.outcome" text, "entry.remark" text, "entry.version" int, "entry.cursor" text, call text)
language plpgsql volatile rows 1 as $$
begin
  return query
    select a.*, (select c.number from phone_call c where c.property_id = p_property and c.id = p_call)
      from call_back_card a where a.property_id = p_property and a.id = p_id;
end $$;
