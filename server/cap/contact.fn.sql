-- Contacts with customers: what was said, in which mood; when each customer was last heard.

-- When customers were last heard -------------------------------------------------------------------------------------

-- A customer was heard. The triggers on whatever stands in customer_heard call this.
create function party_heard(p_property int, p_party uuid, p_at timestamptz, p_kind text, p_mood int) returns void
language plpgsql volatile as $$
begin
  insert into party_contact as c (property_id, party_id, last_at, last_kind, contacts, mood, mood_at)
  values (p_property, p_party, p_at, p_kind, 1, p_mood, case when p_mood is not null then p_at end)
  on conflict (property_id, party_id) do update
     set last_at = greatest(c.last_at, excluded.last_at),
         last_kind = case when excluded.last_at >= c.last_at then excluded.last_kind else c.last_kind end,
         contacts = c.contacts + 1,
         mood = case when excluded.mood_at >= coalesce(c.mood_at, '-infinity') then excluded.mood else c.mood end,
         mood_at = greatest(c.mood_at, excluded.mood_at);
end $$;

-- Whenever a customer was heard, and by what: spoke, wrote, was visited.
create view customer_heard with (security_invoker = true) as
select c.property_id, c.party_id, c.at, 'contact' as kind, c.mood from contact c
 where c.reached and not exists (select from contact_strike s where s.property_id = c.property_id and s.contact_id = c.id)
union all
select c.property_id, c.party_id, c.opened_at, 'case', null from desk_case c
union all
select c.property_id, c.party_id, e.at, 'chase', null
  from desk_case c join case_event e on e.property_id = c.property_id and e.case_id = c.id and e.verb = 'chase'
union all
select c.property_id, c.party_id, c.answered_at, 'call', null from phone_call c where c.answered_at is not null
union all
select c.property_id, c.party_id, a.at, b.kind, null
  from desk_case c
  join obligation b on b.property_id = c.property_id and b.entity = 'case' and b.entity_id = c.id and b.kind = 'return_visit'
  join obligation_attempt a on a.property_id = b.property_id and a.obligation_id = b.id
  join obligation_outcome o on o.outcome = a.outcome and o.reached
union all
select b.property_id, b.party_id, a.at, b.kind, null
  from obligation b
  join obligation_attempt a on a.property_id = b.property_id and a.obligation_id = b.id
  join obligation_outcome o on o.outcome = a.outcome and o.reached
 where b.kind = 'household_visit' and b.entity = 'party';
grant select on customer_heard to steward_app;

-- Counts anew when and how often a customer was heard: something that counted does so no longer.
create function party_recount(p_property int, p_party uuid) returns void language plpgsql volatile as $$
begin
  if p_party is null then
    return;
  end if;
  perform from party_contact c where c.property_id = p_property and c.party_id = p_party for update;
  insert into party_contact as k (property_id, party_id, last_at, last_kind, contacts, mood, mood_at)
  select p_property, p_party, coalesce(max(h.at), '-infinity'), (array_agg(h.kind order by h.at desc))[1], count(*),
         (array_agg(h.mood order by h.at desc) filter (where h.mood is not null))[1],
         max(h.at) filter (where h.mood is not null)
    from customer_heard h where h.property_id = p_property and h.party_id = p_party
  on conflict (property_id, party_id) do update
     set last_at = excluded.last_at, last_kind = excluded.last_kind, contacts = excluded.contacts, mood = excluded.mood,
         mood_at = excluded.mood_at;
end $$;

-- When a customer was last heard, by whatever way, before p_before if that is given; null: never.
create function party_last_contact(p_property int, p_party uuid, p_before timestamptz default null) returns timestamptz
language plpgsql stable as $$
begin
  if p_before is not null then
    return (select max(h.at) from customer_heard h where h.property_id = p_property and h.party_id = p_party and h.at < p_before);
  end if;
  return (select nullif(c.last_at, '-infinity') from party_contact c
           where c.property_id = p_property and c.party_id = p_party);
end $$;

-- References ----------------------------------------------------------------------------------------------------------

-- The contact meant by a UUID, CT-1007, 1007 or SUN/CT-1007.
create function contact_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  look record := ref_split(p_scope, null, p_ref);
  homes int[];
begin
  if is_uuid(look.rest) then
    select c.property_id, c.id into property_id, id
      from contact c where c.property_id = any (look.within) and c.id = look.rest::uuid;
  else
    look.rest := case when look.rest ~ '^[0-9]+$' then 'CT-' || look.rest else upper(look.rest) end;
    select array_agg(c.property_id order by c.property_id), (array_agg(c.id order by c.property_id))[1] into homes, id
      from contact c where c.property_id = any (look.within) and c.number = look.rest;
    property_id := homes[1];
  end if;
  perform ref_one(id, homes, look.within, look.rest, 'there is no contact', 'CONTACT', 'contact');
end $$;

-- The person of that login name who has a role at the property.
create function staff_key(p_property int, p_login text, p_field text) returns uuid language plpgsql stable as $$
declare
  found uuid;
begin
  select u.id into found from app_user u
   where u.login = lower(btrim(p_login)) and u.state = 'active'
     and exists (select from user_grant g where g.user_id = u.id and g.ended_at is null
                    and (g.property_id is null or g.property_id = p_property));
  if found is null then
    perform refuse('STNOF', 'NOBODY_SO_CALLED', p_field,
                   format('nobody at %s is called %s', property_codes(array[p_property]), quote_literal(p_login)));
  end if;
  return found;
end $$;

-- The building meant by a reference.
create function building_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
declare
  hit record;
begin
  for hit in
    select l.property_id, l.id, l.kind from place_key(p_scope, null, p_ref, 'building') k
      join place l on l.property_id = k.property_id and l.id = k.id
  loop
    if hit.kind <> 'building' then
      perform refuse('STINV', 'NOT_A_BUILDING', 'building',
                     format('%s is a %s: name a building, as in building:3', quote_literal(p_ref), hit.kind));
    end if;
    property_id := hit.property_id;
    id := hit.id;
  end loop;
end $$;

-- Adding and striking out ---------------------------------------------------------------------------------------------

-- What a contact is with: a customer, a place, or those of a case.
create function contact_whom(p_scope int[], p_party text, p_place text, p_case text, out property_id int, out party_id uuid,
                             out place_id uuid, out case_id uuid) language plpgsql stable as $$
#variable_conflict use_column
begin
  if nullif(btrim(p_case), '') is not null then
    select c.property_id, c.party_id, c.place_id, c.id into property_id, party_id, place_id, case_id
      from case_key(p_scope, p_case) k
      join desk_case c on c.property_id = k.property_id and c.id = k.id;
  end if;
  if nullif(btrim(p_party), '') is not null then
    select k.property_id, k.id into property_id, party_id from party_key(p_scope, property_id, p_party) k;
  end if;
  if nullif(btrim(p_place), '') is not null then
    select k.property_id, k.id into property_id, place_id from place_key(p_scope, property_id, p_place) k;
  end if;
  if party_id is null and place_id is null then
    perform refuse('STINV', 'WHO_MISSING', 'party', 'say with which customer it was, or at which place');
  end if;
end $$;

-- What is owed and a contact with this customer, or at this place, settles; locked.
create function contact_owed(p_property int, p_party uuid, p_place uuid) returns uuid[] language plpgsql volatile as $$
begin
  return coalesce((
    select array_agg(x.id order by x.elsewhere, x.id)
      from (select b.id, b.party_id is distinct from p_party as elsewhere
              from obligation b
             where b.property_id = p_property and b.kind = 'contact' and b.state = 'open'
               and b.id in (select v.id from obligation v
                             where v.property_id = p_property and v.kind = 'contact' and v.state = 'open' and v.party_id = p_party
                            union all
                            select v.id from obligation v
                             where v.property_id = p_property and v.kind = 'contact' and v.state = 'open' and v.place_id = p_place)
             order by b.id for update) x), '{}');
end $$;

-- A contact settles what was owed by it; returns those ids. The first attempt is told by p_key.
create function contact_settle(p_property int, p_owed uuid[], p_key uuid, p_user uuid, p_at timestamptz, p_outcome text, p_remark text,
                               p_again timestamptz default null) returns void language plpgsql volatile as $$
declare
  b obligation;
begin
  for i in 1 .. cardinality(p_owed) loop
    select * into b from obligation v where v.property_id = p_property and v.id = p_owed[i];
    perform obligation_try(b, case when i = 1 then p_key else uuid7() end, p_user, p_at, p_outcome, null,
                           left(nullif(btrim(p_remark), ''), 2000), p_again);
  end loop;
  perform import_touched(import_touched() || p_owed);
end $$;

-- Writes a contact down and settles what was owed by it. One that lies further back than customers may be left without
-- a contact settles nothing.
create function contact_add(p_scope int[], p_key uuid, p_user uuid, p_occurred timestamptz, p_party text, p_place text,
                            p_case text, p_summary text, p_mood text, p_channel text, p_direction text, p_outcome text,
                            p_needs text, p_note text, p_at text, p_again text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  w record := contact_whom(p_scope, p_party, p_place, p_case);
  o obligation_outcome;
  zone constant text := (select y.zone from property y where y.id = w.property_id);
  moment constant timestamptz := coalesce(local_time(p_at, zone, 'at'), least(coalesce(p_occurred, now()), now()));
  again constant timestamptz := local_time(p_again, zone, 'again');
  owed uuid[] := '{}';
begin
  select * into o from obligation_outcome x where x.outcome = coalesce(p_outcome, 'reached');
  if moment > now() then
    perform refuse('STINV', 'IN_THE_FUTURE', 'at', 'a contact is written down after it was made');
  elsif p_mood is not null and not o.reached then
    perform refuse('STINV', 'MOOD_WITHOUT_CUSTOMER', 'mood', 'only a customer who was reached has a mood');
  elsif o.reached and nullif(btrim(p_summary), '') is null then
    perform refuse('STINV', 'REQUIRED', 'summary', 'say in one line what it was about');
  end if;
  if moment > now() - interval '90 days' then
    owed := contact_owed(w.property_id, w.party_id, w.place_id);
  end if;
  if owed = '{}' and o.settles = 'cancelled' then
    perform refuse('STPRE', 'NOTHING_OWED', 'outcome', 'no contact is owed, so none can be called off');
  elsif owed = '{}' and again is not null and o.settles is not null then
    perform refuse('STINV', 'AGAIN_WITHOUT_NEED', 'again', 'nobody needs to try again after that');
  end if;
  insert into contact (property_id, id, number, party_id, place_id, case_id, obligation_id, at, channel, direction, outcome,
                       reached, summary, mood, needs, note, user_id)
  values (w.property_id, p_key, 'CT-' || next_number(w.property_id, 'CT'), w.party_id, w.place_id, w.case_id, owed[1], moment,
          coalesce(nullif(p_channel, ''), 'phone'), coalesce(p_direction, 'in'), o.outcome, o.reached,
          coalesce(nullif(btrim(p_summary), ''), o.label),
          (select m.mood from contact_mood m where norm(p_mood) in (m.word, m.mood::text)), nullif(btrim(p_needs), ''),
          nullif(btrim(p_note), ''), p_user);
  perform contact_settle(w.property_id, owed, p_key, p_user, moment, o.outcome, p_summary, again);
  if w.case_id is not null and o.reached
     and (p_direction = 'out' or exists (select from case_channel h where h.channel = coalesce(nullif(p_channel, ''), 'phone') and h.live)) then
    perform case_told(w.property_id, w.case_id, p_user, moment, p_summary, coalesce(nullif(p_channel, ''), 'phone'));
    perform import_touched(import_touched() || w.case_id);
  end if;
  if owed = '{}' and again is not null and w.party_id is not null then
    owed := array[(select obligation_need(w.property_id, 'contact', 'party', p.id, p.number, 'to be called again', again, again,
                                          p_user, p_party => p.id, p_place => w.place_id, p_creator => p_user)
                     from party p where p.property_id = w.property_id and p.id = w.party_id)];
    perform import_touched(import_touched() || owed);
  end if;
  property_id := w.property_id;
  id := p_key;
end $$;

-- Strikes a contact out: it stays in the log, counts no longer, and what it had settled is owed again.
create function contact_strike(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_why text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record := contact_key(p_scope, p_ref);
  c contact;
  again uuid;
begin
  select * into c from contact x where x.property_id = k.property_id and x.id = k.id;
  if exists (select from contact_strike s where s.property_id = c.property_id and s.contact_id = c.id) then
    perform refuse('STPRE', 'STRUCK', 'contact', format('%s is struck out already', c.number));
  elsif c.user_id is distinct from p_user and not user_has_role(p_user, c.property_id, '{supervisor,manager}') then
    perform refuse('STDEN', 'NOT_YOURS', 'contact',
                   format('%s was written by somebody else; a supervisor or manager may strike it out', c.number));
  end if;
  insert into contact_strike (property_id, contact_id, id, user_id, reason)
  values (c.property_id, c.id, p_key, p_user, btrim(p_why));
  select obligation_need(b.property_id, b.kind, b.entity, b.entity_id, b.subject, b.label, b.due_from, b.due_by, b.user_id,
                         b.department_id, b.role, b.party_id, b.place_id, p_creator => p_user) into again
    from obligation b
   where b.property_id = c.property_id and b.id = c.obligation_id and b.state <> 'open' and b.outcome = c.outcome;
  perform import_touched(array_remove(array[again], null));
  property_id := c.property_id;
  id := c.id;
end $$;

-- Contacts as people see them ----------------------------------------------------------------------------------------

create view contact_card with (security_invoker = true) as
select c.id, c.property_id, y.code as property, c.number, ts(c.at, y.zone) as at,
       (select p.name from party p where p.property_id = c.property_id and p.id = c.party_id) as party,
       (select p.number from party p where p.property_id = c.property_id and p.id = c.party_id) as party_number,
       (select l.number from place l where l.property_id = c.property_id and l.id = c.place_id) as place,
       (select k.number from desk_case k where k.property_id = c.property_id and k.id = c.case_id) as "case",
       c.channel, c.direction, c.outcome, c.summary, c.mood,
       (select m.word from contact_mood m where m.mood = c.mood) as feeling, c.needs, c.note,
       (select u.login from app_user u where u.id = c.user_id) as by,
       (select b.number from obligation b where b.property_id = c.property_id and b.id = c.obligation_id) as owed,
       s.reason as struck, (select u.login from app_user u where u.id = s.user_id) as struck_by,
       ts(c.recorded_at, y.zone) as recorded_at, 1 + (s.id is not null)::int as version,
       (extract(epoch from c.at) * 1000000)::bigint || '~' || c.id as cursor
  from contact c
  join property y on y.id = c.property_id
  left join contact_strike s on s.property_id = c.property_id and s.contact_id = c.id;
grant select on contact_card to steward_app;
create function contact_card(p_property int, p_id uuid) returns setof contact_card language plpgsql volatile rows 1 as
$$ begin return query select * from contact_card c where c.property_id = p_property and c.id = p_id; end $$;

-- Does a list show this contact?
create function contact_fits(c contact, p_user uuid, p_mood text, p_needs boolean) returns boolean language plpgsql stable as $$
#variable_conflict use_column
begin
  return (
    select (p_user is null or c.user_id = p_user)
       and (p_mood is null or c.mood = (select m.mood from contact_mood m where norm(p_mood) in (m.word, m.mood::text)))
       and (p_needs is not true or c.needs is not null));
end $$;

-- Which contacts a list shows, newest first. The customer, the place (with all below it), or the person leads.
create function contact_list(p_scope int[], p_user uuid, p_party text, p_place text, p_mine boolean, p_since text,
                             p_mood text, p_needs boolean, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, 'infinity');
  who constant uuid := case when p_mine then p_user end;
  p record;
  l record;
  places uuid[];
begin
  select k.property_id, k.id into p from party_key(p_scope, null, p_party) k;
  select k.property_id, k.id into l from place_key(p_scope, p.property_id, p_place) k;
  places := case when l.id is not null then array(select b.id from place_below(l.property_id, l.id) b) end;
  if p.id is not null then
    return query
      select c.property_id, c.id from contact c join property y on y.id = c.property_id
       where c.property_id = p.property_id and c.party_id = p.id and (places is null or c.place_id = any (places))
         and (c.at, c.id) < (cut.at, cut.id) and c.at >= coalesce(local_time(p_since, y.zone, 'since'), '-infinity')
         and contact_fits(c, who, p_mood, p_needs)
       order by c.at desc, c.id desc limit lim;
  elsif places is not null then
    return query
      select c.property_id, c.id from contact c join property y on y.id = c.property_id
       where c.property_id = l.property_id and c.place_id = any (places)
         and (c.at, c.id) < (cut.at, cut.id) and c.at >= coalesce(local_time(p_since, y.zone, 'since'), '-infinity')
         and contact_fits(c, who, p_mood, p_needs)
       order by c.at desc, c.id desc limit lim;
  elsif who is not null then
    return query
      select c.property_id, c.id from unnest(p_scope) s (property_id) join property y on y.id = s.property_id
       cross join lateral (
         select c.property_id, c.id, c.at from contact c
          where c.property_id = s.property_id and c.user_id = who
            and (c.at, c.id) < (cut.at, cut.id) and c.at >= coalesce(local_time(p_since, y.zone, 'since'), '-infinity')
            and contact_fits(c, null, p_mood, p_needs)
          order by c.at desc, c.id desc limit lim) c
       order by c.at desc, c.id desc limit lim;
  else
    return query
      select c.property_id, c.id from unnest(p_scope) s (property_id) join property y on y.id = s.property_id
       cross join lateral (
         select c.property_id, c.id, c.at from contact c
          where c.property_id = s.property_id
            and (c.at, c.id) < (cut.at, cut.id) and c.at >= coalesce(local_time(p_since, y.zone, 'since'), '-infinity')
            and contact_fits(c, null, p_mood, p_needs)
          order by c.at desc, c.id desc limit lim) c
       order by c.at desc, c.id desc limit lim;
  end if;
end $$;
