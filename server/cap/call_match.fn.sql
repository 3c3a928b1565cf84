-- Whose number calls: known, because it is stored for somebody today, and maybe, because something speaks for it. The two
-- are never mixed: a guess is confirmed by `call attach` and by nothing else.

create type call_hit as (party_id uuid, why text, rank int, caller text, phone text);

-- Parties for whom this number is stored today.
create function call_known(p_property int, p_key text) returns setof call_hit language plpgsql stable rows 2 as $$
begin
  if p_key is not null then
    return query
      select h.entity_id, 'its number', 0, null::text, null::text
        from find_exact(array[p_property], array[ltrim(p_key, '+')], 50) h where h.entity = 'party' and h.kind = 'phone';
  end if;
end $$;

-- Parties and callers of whom something speaks for it: the same last eight digits, where the number is long enough to
-- mean something; a number they had earlier; a case or a call that came from it. 'p_not': the call that is asked about.
create function call_maybe(p_property int, p_key text, p_not uuid) returns setof call_hit language plpgsql stable rows 5 as $$
declare
  digits constant text := ltrim(p_key, '+');
begin
  if p_key is null then
    return;
  end if;
  if length(digits) >= 7 then
    return query
      select h.entity_id, 'same last digits', 1, null::text, null::text
        from find_begin(array[p_property], tail(right(digits, 8)), 2, 50) h where h.entity = 'party' and h.kind = 'phone';
  end if;
  return query
    select f.party_id, 'its number until ' || f.until_on, 2, null::text, f.raw from party_phone f
     where f.property_id = p_property and f.e164 = p_key and f.until_on is not null limit 20;
  return query
    select c.party_id, left('case ' || c.number || ': ' || c.summary, 60), 3, c.caller, c.phone_raw from desk_case c
     where c.property_id = p_property and c.phone_e164 = p_key order by c.opened_at desc limit 20;
  return query
    select c.party_id, 'call ' || c.number, 4, null::text, c.outside from phone_call c
     where c.property_id = p_property and c.outside_key = p_key and c.party_id is not null and c.id is distinct from p_not
     order by c.rang_at desc limit 20;
end $$;

-- The same as people see it: a row for each party and each place it holds today, at most five of each party.
create function call_matches(p_property int, p_id uuid, p_known boolean)
returns table (property_id int, party_id uuid, number text, name text, role text, place text, phone text, open_cases bigint,
               last_contact text, why text, key_customer boolean)
language plpgsql stable rows 5 as $$
#variable_conflict use_column
declare
  y property;
  rang constant timestamptz := (select c.rang_at from phone_call c where c.property_id = p_property and c.id = p_id);
  k constant text := (select c.outside_key from phone_call c where c.property_id = p_property and c.id = p_id);
  sure constant uuid[] := array(select h.party_id from call_known(p_property, k) h);
  hits call_hit[];
begin
  select * into y from property p where p.id = p_property;
  if p_known then
    hits := array(select h from call_known(p_property, k) h);
  else
    hits := array(
      select row(h.party_id, h.why, h.rank, h.caller, h.phone)::call_hit from (
        select distinct on (h.party_id, x.caller) h.*
          from call_maybe(p_property, k, p_id) h
         cross join lateral (select case when h.party_id is null then h.caller end as caller) x
         where h.party_id is null or h.party_id <> all (sure)
         order by h.party_id, x.caller, h.rank) h
       order by h.party_id is null, h.rank limit 20);
  end if;
  return query
    select p_property, h.party_id, p.number, coalesce(p.name, h.caller), o.role, o.place,
           coalesce(f.raw, h.phone, call_phone_of(p_property, h.party_id)),
           (select count(*) from desk_case c
             where c.property_id = p_property and c.party_id = h.party_id and c.closed_at is null),
           ts(party_last_contact(p_property, h.party_id, rang), y.zone), h.why,
           exists (select from key_customer x where x.property_id = p_property and x.party_id = h.party_id and x.ended_at is null)
      from unnest(hits) with ordinality as h (party_id, why, rank, caller, phone, n)
      left join party p on p.property_id = p_property and p.id = h.party_id
      left join lateral (
        select q.role, l.number as place, r.rank from occupancy q
          join occupancy_role r on r.role = q.role
          join place l on l.property_id = q.property_id and l.id = q.place_id
         where q.property_id = p_property and q.party_id = h.party_id
           and q.from_on <= today(y.zone) and (q.to_on is null or q.to_on > today(y.zone))
         order by r.rank, q.from_on, q.id limit 5) o on true
      left join lateral (
        select f.raw from party_phone f
         where f.property_id = p_property and f.party_id = h.party_id and f.until_on is null
           and right(ltrim(coalesce(f.e164, squash(f.raw)), '+'), 8) = right(ltrim(k, '+'), 8)
         order by f.from_on, f.id limit 1) f on true
     order by h.rank, coalesce(o.rank, 99), h.n, o.place;
end $$;

-- Open cases of those who have the number today or were told to have called, and of the places they hold.
create function call_cases(p_property int, p_id uuid) returns table (property_id int, id uuid) language plpgsql stable rows 10 as $$
#variable_conflict use_column
declare
  c phone_call;
  parties uuid[];
  places uuid[];
begin
  select * into c from phone_call x where x.property_id = p_property and x.id = p_id;
  parties := call_parties(c);
  places := array(select q.place_id from occupancy q join property y on y.id = q.property_id
                   where q.property_id = p_property and q.party_id = any (parties)
                     and q.from_on <= today(y.zone) and (q.to_on is null or q.to_on > today(y.zone)) limit 20);
  return query
    select p_property, x.id from (
      select d.id, d.opened_at from desk_case d
       where d.property_id = p_property and d.party_id = any (parties) and d.closed_at is null
      union
      select d.id, d.opened_at from desk_case d
       where d.property_id = p_property and d.place_id = any (places) and d.closed_at is null
      union
      select d.id, d.opened_at from desk_case d where d.property_id = p_property and d.id = c.case_id) x
     order by x.opened_at desc, x.id desc limit 50;
end $$;

create function call_parties(c phone_call) returns uuid[] language plpgsql stable as $$
begin
  return case when c.party_id is not null then array[c.party_id]
              else array(select h.party_id from call_known(c.property_id, c.outside_key) h limit 20) end;
end $$;

-- What is owed to them: as far as the person who asks has to do with it.
create function call_owed(p_property int, p_id uuid, p_user uuid) returns table (property_id int, id uuid)
language plpgsql stable rows 10 as $$
#variable_conflict use_column
declare
  c phone_call;
  parties uuid[];
begin
  select * into c from phone_call x where x.property_id = p_property and x.id = p_id;
  parties := call_parties(c);
  return query
    select p_property, x.id from (
      select b.id, b.due_by, b.kind from obligation b
       where b.property_id = p_property and b.party_id = any (parties) and b.state = 'open'
      union
      select b.id, b.due_by, b.kind from obligation b
       where b.property_id = p_property and b.entity = 'phone' and b.state = 'open'
         and b.entity_id = call_phone_id(p_property, c.outside_key)) x
      join obligation_kind k on k.kind = x.kind
     where user_has_role(p_user, p_property, k.roles || '{supervisor,manager,director,quality,administrator}')
     order by x.due_by, x.id limit 50;
end $$;

-- Articles that help whoever takes the call, at most five.
create function call_articles(p_property int, p_id uuid) returns table (article_id uuid) language plpgsql stable rows 5 as $$
#variable_conflict use_column
declare
  about constant uuid := coalesce((select c.case_id from phone_call c where c.property_id = p_property and c.id = p_id),
                                  (select x.id from call_cases(p_property, p_id) x limit 1));
begin
  if about is not null then
    return query select k.id from knowledge_for(array[p_property], about::text, null, null, null, 5) k order by k.o;
  end if;
end $$;

-- The call that just rang: under this key, or told before under another one.
create function call_rung(p_property int, p_id uuid, p_call_id text) returns uuid language plpgsql volatile as $$
begin
  return coalesce((select c.id from phone_call c where c.property_id = p_property and c.id = p_id),
                  (select c.id from phone_call c where c.property_id = p_property and c.call_id = btrim(p_call_id)));
end $$;
