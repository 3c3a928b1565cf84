-- What is known of a customer: how and when he likes to be called, what he cares for, whether he needs special attention.

-- Whose patch ----------------------------------------------------------------------------------------------------------

-- The buildings a person looks after today.
create function patch_buildings(p_scope int[], p_user uuid) returns uuid[] language plpgsql stable as $$
begin
  return (
    select array(select p.building_id from patch p join property y on y.id = p.property_id
                  where p.property_id = any (p_scope) and p.user_id = p_user and p.period @> today(y.zone)));
end $$;

-- Does the customer hold, as a customer, a unit in one of these buildings on that day? Null: in any.
create function party_holds_unit(p_property int, p_party uuid, p_on date, p_buildings uuid[]) returns boolean
language plpgsql stable as $$
begin
  return exists (select from occupancy o
                   join place l on l.property_id = o.property_id and l.id = o.place_id and l.kind = 'unit'
                   join occupancy_role r on r.role = o.role and r.customer
                  where o.property_id = p_property and o.party_id = p_party and o.from_on <= p_on
                    and (o.to_on is null or o.to_on > p_on) and (p_buildings is null or l.building_id = any (p_buildings)));
end $$;

-- Who looks after the buildings in which the customer holds something on that day.
create function party_stewards(p_property int, p_party uuid, p_on date) returns text language plpgsql stable as $$
begin
  return (
    select string_agg(distinct u.login, ', ')
      from occupancy o
      join place l on l.property_id = o.property_id and l.id = o.place_id
      join patch p on p.property_id = l.property_id and p.building_id = l.building_id and p.period @> p_on
      join app_user u on u.id = p.user_id
     where o.property_id = p_property and o.party_id = p_party and o.from_on <= p_on and (o.to_on is null or o.to_on > p_on));
end $$;

-- Refuses a building steward who does not look after this customer.
create function party_own_ok(p_property int, p_party uuid, p_user uuid) returns void language plpgsql stable as $$
begin
  if not user_has_role(p_user, p_property, '{supervisor,manager}')
     and not party_holds_unit(p_property, p_party, (select today(y.zone) from property y where y.id = p_property),
                              patch_buildings(array[p_property], p_user)) then
    perform refuse('STDEN', 'NOT_YOUR_PATCH', 'party', 'the customer holds no unit in a building you look after');
  end if;
end $$;

-- The profile ----------------------------------------------------------------------------------------------------------

-- Interests named as several words or as a list: "pets, chess".
create function interest_words(p_words text[]) returns text[] language plpgsql immutable as $$
begin
  return (
    select array(select distinct norm(x) from unnest(p_words) w, regexp_split_to_table(w, '[,;，；、]') x where norm(x) <> ''));
end $$;

-- The profile of a customer, made when there is none, so that the history tells what was put into it.
create function contact_profile_row(p_property int, p_party uuid) returns contact_profile language plpgsql volatile as $$
declare
  r contact_profile;
begin
  insert into contact_profile (property_id, party_id) values (p_property, p_party) on conflict do nothing;
  select * into r from contact_profile f where f.property_id = p_property and f.party_id = p_party for update;
  return r;
end $$;

create function contact_profile_put(p_scope int[], p_party text, p_user uuid, p_channel text, p_best_time text,
                                    p_matters text, p_interests text[], p_drop text[], p_clear text[], p_version int,
                                    out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record;
  day date;
  o contact_profile;
  n contact_profile;
  x text;
  changes int := 0;
begin
  select p.property_id, p.id into k from party_key(p_scope, null, p_party) p;
  perform version_ok(p.version, p_version) from party p where p.property_id = k.property_id and p.id = k.id for update;
  select today(y.zone) into day from property y where y.id = k.property_id;
  o := contact_profile_row(k.property_id, k.id);
  n := o;
  n.channel := keep(o.channel, p_channel, 'channel', p_clear);
  n.best_time := keep(o.best_time, btrim(p_best_time), 'best_time', p_clear);
  n.matters := keep(o.matters, btrim(p_matters), 'matters', p_clear);
  if n is distinct from o then
    update contact_profile f set channel = n.channel, best_time = n.best_time, matters = n.matters
     where f.property_id = k.property_id and f.party_id = k.id;
    changes := 1;
  end if;
  foreach x in array interest_words(p_drop) loop
    update party_interest i set until_on = day
     where i.property_id = k.property_id and i.party_id = k.id and i.interest = x and i.until_on is null;
    if not found then
      perform refuse('STNOF', 'INTEREST_UNKNOWN', 'drop', format('nobody wrote down that the customer cares for %s', quote_literal(x)));
    end if;
    perform registry_note(k.property_id, 'party', k.id, 'changed', 'interest', x, null);
    changes := changes + 1;
  end loop;
  foreach x in array interest_words(p_interests) loop
    if not exists (select from party_interest i
                    where i.property_id = k.property_id and i.party_id = k.id and i.interest = x and i.until_on is null) then
      insert into party_interest (property_id, id, party_id, interest, from_on, user_id)
      values (k.property_id, uuid7(), k.id, x, day, p_user);
      perform registry_note(k.property_id, 'party', k.id, 'changed', 'interest', null, x);
      changes := changes + 1;
    end if;
  end loop;
  if changes > 0 then
    perform party_touch(k.property_id, k.id);
  end if;
  property_id := k.property_id;
  id := k.id;
end $$;

-- Key customers ----------------------------------------------------------------------------------------------------------

create function key_customer_set(p_scope int[], p_party text, p_user uuid, p_key uuid, p_why text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record;
begin
  select p.property_id, p.id into k from party_key(p_scope, null, p_party) p;
  perform party_own_ok(k.property_id, k.id, p_user);
  perform from party p where p.property_id = k.property_id and p.id = k.id for update;
  if exists (select from key_customer c where c.property_id = k.property_id and c.party_id = k.id and c.ended_at is null) then
    perform refuse('STEXI', 'KEY_ALREADY', 'party', 'is a key customer already');
  end if;
  insert into key_customer (property_id, id, party_id, reason, user_id)
  values (k.property_id, p_key, k.id, btrim(p_why), p_user);
  perform registry_note(k.property_id, 'party', k.id, 'changed', 'key customer', null, btrim(p_why));
  perform party_touch(k.property_id, k.id);
  property_id := k.property_id;
  id := k.id;
end $$;

create function key_customer_end(p_scope int[], p_party text, p_user uuid, p_why text, out property_id int, out id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record;
  was text;
begin
  select p.property_id, p.id into k from party_key(p_scope, null, p_party) p;
  perform party_own_ok(k.property_id, k.id, p_user);
  update key_customer c set ended_at = now(), ended_by = p_user, end_reason = nullif(btrim(p_why), '')
   where c.property_id = k.property_id and c.party_id = k.id and c.ended_at is null
  returning c.reason into was;
  if was is null then
    perform refuse('STPRE', 'NOT_KEY', 'party', 'is no key customer');
  end if;
  perform registry_note(k.property_id, 'party', k.id, 'changed', 'key customer', was, null);
  perform party_touch(k.property_id, k.id);
  property_id := k.property_id;
  id := k.id;
end $$;

-- Customers as the work account shows them -------------------------------------------------------------------------------

-- "Wang (head), Li (spouse)": who belongs to the household of a customer on that day.
create function household_text(p_property int, p_party uuid, p_on date) returns text language plpgsql stable as $$
begin
  return (
    select string_agg(p.name || ' (' || m.role || ')', ', ' order by m.role <> 'head', lower(m.period), p.sort_key)
      from household_member mine
      join household_member m on m.property_id = mine.property_id and m.household_id = mine.household_id and m.period @> p_on
      join party p on p.property_id = m.property_id and p.id = m.party_id
     where mine.property_id = p_property and mine.party_id = p_party and mine.period @> p_on);
end $$;

create view account_card with (security_invoker = true) as
select p.id, p.property_id, y.code as property, p.number, p.name, p.form,
       (select f.raw from party_phone f
         where f.property_id = p.property_id and f.party_id = p.id and f.until_on is null
         order by f.from_on, f.id limit 1) as phone,
       p.email, p.language, p.born_on, p.note, f.channel, f.best_time, f.matters,
       array(select i.interest from party_interest i
              where i.property_id = p.property_id and i.party_id = p.id and i.until_on is null order by i.interest) as interests,
       k.id is not null as key, k.reason as key_reason, ts(k.since, y.zone) as key_since,
       (select u.login from app_user u where u.id = k.user_id) as key_by,
       ts(nullif(c.last_at, '-infinity'), y.zone) as last_at, c.last_kind,
       case when isfinite(c.last_at) then today(y.zone) - (c.last_at at time zone y.zone)::date end as days,
       coalesce(c.contacts, 0) as contacts, c.mood, (select m.word from contact_mood m where m.mood = c.mood) as feeling, p.version
  from party p
  join property y on y.id = p.property_id
  left join contact_profile f on f.property_id = p.property_id and f.party_id = p.id
  left join party_contact c on c.property_id = p.property_id and c.party_id = p.id
  left join key_customer k on k.property_id = p.property_id and k.party_id = p.id and k.ended_at is null;
grant select on account_card to steward_app;
create function account_card(p_property int, p_id uuid) returns setof account_card language plpgsql volatile rows 1 as
$$ begin return query select * from account_card c where c.property_id = p_property and c.id = p_id; end $$;

-- Key customers, the latest first.
create function key_customer_list(p_scope int[], p_user uuid, p_mine boolean, p_after text, p_limit int)
returns table (property_id int, id uuid, cursor text) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, 'infinity');
  own constant uuid[] := case when p_mine then patch_buildings(p_scope, p_user) end;
begin
  return query
    select k.property_id, k.party_id, (extract(epoch from k.since) * 1000000)::bigint || '~' || k.id
      from unnest(p_scope) s (property_id) join property y on y.id = s.property_id
     cross join lateral (
       select k.property_id, k.party_id, k.since, k.id from key_customer k
        where k.property_id = s.property_id and k.ended_at is null and (k.since, k.id) < (cut.at, cut.id)
          and (own is null or party_holds_unit(k.property_id, k.party_id, today(y.zone), own))
        order by k.since desc, k.id desc limit lim) k
     order by k.since desc, k.id desc limit lim;
end $$;

-- Customers who are no key customers, but opened many cases of late: those with most on top.
create function key_candidates(p_scope int[], p_days int, p_least int, p_limit int)
returns table (property_id int, id uuid, cases bigint, complaints bigint) language plpgsql stable rows 50 as $$
#variable_conflict use_column
begin
  return query
    select c.property_id, c.party_id, count(*), count(*) filter (where c.kind in ('complaint', 'quality_complaint', 'dispute'))
      from unnest(p_scope) s (property_id)
      join desk_case c on c.property_id = s.property_id
       and c.opened_at >= now() - make_interval(days => coalesce(p_days, 90))
     where c.party_id is not null and c.state <> 'cancelled'
       and not exists (select from key_customer k
                        where k.property_id = c.property_id and k.party_id = c.party_id and k.ended_at is null)
     group by c.property_id, c.party_id
    having count(*) >= coalesce(p_least, 3)
     order by 4 desc, 3 desc, c.property_id, c.party_id limit coalesce(p_limit, 50);
end $$;

-- Interests in use, the most common first; and who has one.
create function interest_list(p_scope int[], p_text text) returns table (interest text, customers bigint)
language sql stable rows 50 as $$
  select i.interest, count(*) from party_interest i
   where i.property_id = any (p_scope) and i.until_on is null and (p_text is null or strpos(i.interest, norm(p_text)) > 0)
   group by i.interest order by 2 desc, i.interest limit 500
$$;
create function interested_list(p_scope int[], p_interest text, p_after text, p_limit int) returns table (property_id int, id uuid)
language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  after constant record := row_after(p_after);
begin
  return query
    select i.property_id, i.party_id from party_interest i
     where i.property_id = any (p_scope) and i.interest = norm(p_interest) and i.until_on is null
       and (i.property_id, i.party_id) > (after.property_id, after.id)
     order by i.property_id, i.party_id limit coalesce(p_limit, 50);
end $$;
