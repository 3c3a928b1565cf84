-- Files: what they are attached to, how they arrive part by part, and what becomes of them.

-- What it is attached to ----------------------------------------------------------------------------------------------

-- The case, work order, customer or place meant. Without a kind the number tells: C-1042, W-1007, P-1007, else a place.
create function attachment_target(p_scope int[], p_kind text, p_ref text, p_field text, out property_id int, out entity text, out id uuid)
language plpgsql stable as $$
#variable_conflict use_column
declare
  look record := ref_split(p_scope, null, p_ref);
  reason text;
begin
  entity := coalesce(p_kind, case when is_uuid(look.rest) then null
                                  when look.rest ~* '^C-[0-9]+$' then 'case'
                                  when look.rest ~* '^W-[0-9]+$' then 'order'
                                  when look.rest ~* '^P-[0-9]+$' then 'party'
                                  else 'place' end);
  case entity
    when 'case' then select k.property_id, k.id into property_id, id from case_key(p_scope, p_ref) k;
    when 'order' then select k.property_id, k.id into property_id, id from order_key(p_scope, p_ref) k;
    when 'party' then select k.property_id, k.id into property_id, id from party_key(p_scope, null, p_ref) k;
    when 'place' then select k.property_id, k.id into property_id, id from place_key(p_scope, null, p_ref) k;
    else perform refuse('STINV', 'KIND_MISSING', 'kind', 'an id does not tell what it is of: say --kind case, order, party or place');
  end case;
exception
  -- The same refusal, with the name that the field has here.
  when sqlstate 'STNOF' or sqlstate 'STINV' then
    get stacked diagnostics reason = constraint_name;
    perform refuse(sqlstate, reason, case reason when 'KIND_MISSING' then 'kind' else p_field end, sqlerrm);
end $$;

-- Its history tells what was attached to it, and what was removed; that of a work order is its case's.
create function attachment_tell(a attachment, p_verb text, p_user uuid, p_key uuid, p_at timestamptz) returns void
language plpgsql volatile as $$
declare
  o work_order;
  what constant text := concat_ws(' ', case p_verb when 'attach' then 'attached' else 'removed' end, a.number, a.name);
begin
  if a.entity = 'case' then
    perform case_apply(case_lock(a.property_id, a.entity_id), p_verb, p_user, concat_ws(': ', what, coalesce(a.removed_why, a.note)),
                       p_key, p_at);
  elsif a.entity = 'order' then
    select * into o from work_order w where w.property_id = a.property_id and w.id = a.entity_id;
    perform case_apply(case_lock(a.property_id, o.case_id), p_verb, p_user,
                       concat_ws(': ', what || case p_verb when 'attach' then ' to ' else ' from ' end || o.number,
                                 coalesce(a.removed_why, a.note)),
                       p_key, p_at, true, o.id);
  else
    perform registry_note(a.property_id, a.entity, a.entity_id, p_verb, 'attachment',
                          case p_verb when 'detach' then a.number || ' ' || a.name end,
                          case p_verb when 'attach' then a.number || ' ' || a.name end);
  end if;
end $$;

-- Names ---------------------------------------------------------------------------------------------------------------

-- A name for a file wherever it is put: without the way to it, without what cannot be seen or turns text around, not
-- hidden, of 200 characters and 240 bytes at most, ending as its content does.
create function attachment_name(p_name text, p_media_type text) returns text language plpgsql stable as $$
declare
  endings constant text[] := (select t.endings from media_type t where t.media_type = p_media_type);
  stem text := regexp_replace(p_name, '^.*[/\\]', '');
  ending text;
begin
  stem := regexp_replace(stem, E'[\u0001-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]', '', 'g');
  stem := btrim(regexp_replace(stem, '^[. ]+', ''));
  ending := substring(stem from '\.([A-Za-z0-9]{1,10})$');
  if lower(ending) = any (endings) then
    stem := left(stem, -length(ending) - 1);
  else
    ending := endings[1];
  end if;
  stem := left(stem, 199 - length(ending));
  while octet_length(stem) > 239 - length(ending) loop
    stem := left(stem, -1);
  end loop;
  return coalesce(nullif(btrim(stem), ''), 'file') || '.' || ending;
end $$;

-- Reading -------------------------------------------------------------------------------------------------------------

create view attachment_card with (security_invoker = true) as
select a.id, a.property_id, y.code as property, a.number, a.entity,
       case a.entity
         when 'case' then (select c.number from desk_case c where c.property_id = a.property_id and c.id = a.entity_id)
         when 'order' then (select o.number from work_order o where o.property_id = a.property_id and o.id = a.entity_id)
         when 'party' then (select p.number from party p where p.property_id = a.property_id and p.id = a.entity_id)
         when 'place' then (select l.number from place l where l.property_id = a.property_id and l.id = a.entity_id)
       end as subject,
       a.name, b.media_type, b.size, encode(a.sha256, 'hex') as sha256, a.note,
       (select u.login from app_user u where u.id = a.added_by) as added_by, ts(a.added_at, y.zone) as added_at,
       ts(a.removed_at, y.zone) as removed_at, (select u.login from app_user u where u.id = a.removed_by) as removed_by,
       a.removed_why, a.version, (extract(epoch from a.added_at) * 1000000)::bigint || '~' || a.id as cursor
  from attachment a
  join blob b on b.property_id = a.property_id and b.sha256 = a.sha256
  join property y on y.id = a.property_id;
grant select on attachment_card to steward_app;
create function attachment_card(p_property int, p_id uuid) returns setof attachment_card language plpgsql volatile rows 1 as
$$ begin return query select * from attachment_card c where c.property_id = p_property and c.id = p_id; end $$;

-- The attachment meant by a UUID, A-1007, 1007 or SUN/A-1007.
create function attachment_key(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  look record := ref_split(p_scope, null, p_ref);
  homes int[];
begin
  if is_uuid(look.rest) then
    select a.property_id, a.id into property_id, id
      from attachment a where a.property_id = any (look.within) and a.id = look.rest::uuid;
  else
    look.rest := case when look.rest ~ '^[0-9]+$' then 'A-' || look.rest else upper(look.rest) end;
    select array_agg(a.property_id order by a.property_id), (array_agg(a.id))[1] into homes, id
      from attachment a where a.property_id = any (look.within) and a.number = look.rest;
    property_id := homes[1];
  end if;
  perform ref_one(id, homes, look.within, look.rest, 'there is no attachment', 'ATTACHMENT', 'attachment');
end $$;

-- The same, of one whose content may be handed out.
create function attachment_open(p_scope int[], p_ref text, out property_id int, out id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  k record := attachment_key(p_scope, p_ref);
  a attachment;
begin
  select * into a from attachment x where x.property_id = k.property_id and x.id = k.id;
  if a.removed_at is not null then
    perform refuse('STPRE', 'ATTACHMENT_REMOVED', 'attachment',
                   format('%s was removed by %s: %s', a.number, (select u.login from app_user u where u.id = a.removed_by), a.removed_why));
  end if;
  property_id := a.property_id;
  id := a.id;
end $$;

create function attachment_list(p_scope int[], p_case text, p_order text, p_party text, p_place text, p_removed boolean,
                                p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  lim constant int := coalesce(p_limit, 50);
  cut record := cursor_split(p_after, 'infinity');
  gone constant boolean := coalesce(p_removed, false);
  kind constant text := case when p_case is not null then 'case' when p_order is not null then 'order'
                             when p_party is not null then 'party' when p_place is not null then 'place' end;
  k record;
begin
  if num_nonnulls(p_case, p_order, p_party, p_place) > 1 then
    perform refuse('STINV', 'ONE_SUBJECT', 'case', 'say one of --case, --order, --party and --place');
  elsif kind is not null then
    k := attachment_target(p_scope, kind, coalesce(p_case, p_order, p_party, p_place), kind);
    return query
      select a.property_id, a.id from attachment a
       where a.property_id = k.property_id and a.entity = k.entity and a.entity_id = k.id
         and (a.added_at, a.id) < (cut.at, cut.id) and (gone or a.removed_at is null)
       order by a.added_at desc, a.id desc limit lim;
  else
    return query
      select a.property_id, a.id from unnest(p_scope) s (property_id)
       cross join lateral (
         select a.property_id, a.id, a.added_at from attachment a
          where a.property_id = s.property_id and (a.added_at, a.id) < (cut.at, cut.id) and (gone or a.removed_at is null)
          order by a.added_at desc, a.id desc limit lim) a
       order by a.added_at desc, a.id desc limit lim;
  end if;
end $$;

-- What the change feed is told of besides the attachment: the case whose history tells of it.
create function attachment_fed(p_scope int[], p_id uuid)
returns table (property_id int, entity text, id uuid, version int, dead boolean, number text) language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
    select c.property_id, 'case', c.id, c.version, false, c.number
      from attachment a
      join desk_case c on c.property_id = a.property_id
       and c.id = case a.entity when 'case' then a.entity_id
                                when 'order' then (select w.case_id from work_order w where w.property_id = a.property_id and w.id = a.entity_id) end
     where a.property_id = any (p_scope) and a.id = p_id;
end $$;

-- Attaching -----------------------------------------------------------------------------------------------------------

-- Attaches content that is here. Its time is the desk's claim, never in the future.
create function attachment_add(u blob_upload, p_media_type text, p_key uuid, p_at timestamptz) returns void language plpgsql volatile as $$
declare
  a attachment;
begin
  if u.entity = 'case' then
    perform case_lock(u.property_id, u.entity_id); -- before the counter, which everybody waits for
  elsif u.entity = 'order' then
    perform case_lock(u.property_id, (select w.case_id from work_order w where w.property_id = u.property_id and w.id = u.entity_id));
  end if;
  insert into attachment (property_id, id, number, entity, entity_id, sha256, name, note, added_by, added_at)
  values (u.property_id, u.id, 'A-' || next_number(u.property_id, 'A'), u.entity, u.entity_id, u.sha256,
          attachment_name(u.name, p_media_type), u.note, u.user_id, least(coalesce(p_at, now()), now()))
  returning * into a;
  perform attachment_tell(a, 'attach', u.user_id, p_key, p_at);
end $$;

-- Forgets what was begun here and not ended in time; a little at a time, so that nobody waits long.
create function blob_upload_expire(p_property int) returns void language plpgsql volatile as $$
declare
  old uuid[] := array(select u.id from blob_upload u
                       where u.property_id = p_property and u.finished_at is null and u.expires_at < now()
                       order by u.expires_at limit 2 for update skip locked);
begin
  if old <> '{}' then
    delete from blob_part p where p.property_id = p_property and p.upload_id = any (old);
    delete from blob_upload u where u.property_id = p_property and u.id = any (old);
  end if;
end $$;

-- Content counts as known while something with it is attached: whoever brings what was removed everywhere has to prove
-- that he has it. The same file at the same place is the attachment that is there.
create function attachment_begin(p_scope int[], p_key uuid, p_user uuid, p_at timestamptz, p_to text, p_kind text, p_name text,
                                 p_size int, p_sha256 text, p_note text, p_restart boolean,
                                 out property_id int, out attachment_id uuid, out upload uuid, out received int)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  t record := attachment_target(p_scope, p_kind, p_to, 'to');
  known blob;
  u blob_upload;
begin
  if p_sha256 !~ '^[0-9a-fA-F]{64}$' then
    perform refuse('STINV', 'SHA256', 'sha256', 'the SHA-256 of the content is 64 hexadecimal digits');
  end if;
  property_id := t.property_id;
  u.property_id := t.property_id;
  u.id := p_key;
  u.user_id := p_user;
  u.entity := t.entity;
  u.entity_id := t.id;
  u.sha256 := decode(p_sha256, 'hex');
  u.size := p_size;
  u.name := p_name;
  u.note := nullif(btrim(p_note), '');
  select * into known from blob b
   where b.property_id = u.property_id and b.sha256 = u.sha256
     and exists (select from attachment a where a.property_id = b.property_id and a.sha256 = b.sha256 and a.removed_at is null);
  if known.sha256 is not null then
    if known.size <> p_size then
      perform refuse('STINV', 'SIZE_DIFFERS', 'size', format('content with this SHA-256 is here and has %s bytes', known.size));
    end if;
    select a.id into attachment_id from attachment a
     where a.property_id = u.property_id and a.entity = u.entity and a.entity_id = u.entity_id and a.sha256 = u.sha256
       and a.removed_at is null limit 1;
    if attachment_id is null then
      perform attachment_add(u, known.media_type, p_key, p_at);
      attachment_id := u.id;
    end if;
    return;
  end if;
  perform blob_upload_expire(u.property_id);
  select x.id, x.received into upload, received from blob_upload x
   where x.property_id = u.property_id and x.user_id = u.user_id and x.sha256 = u.sha256 and x.entity = u.entity
     and x.entity_id = u.entity_id and x.size = u.size and x.finished_at is null and x.expires_at > now()
   order by x.received desc limit 1 for update;
  if upload is null then
    if (select count(*) >= 20 from blob_upload x
         where x.property_id = u.property_id and x.user_id = u.user_id and x.finished_at is null and x.received > 0) then
      perform refuse('STPRE', 'TOO_MANY_UPLOADS', 'to', 'twenty of your files are on their way and none is complete: send the rest of those first');
    end if;
    insert into blob_upload (property_id, id, user_id, entity, entity_id, sha256, size, name, note, expires_at)
    values (u.property_id, u.id, u.user_id, u.entity, u.entity_id, u.sha256, u.size, u.name, u.note, now() + interval '1 day');
    upload := u.id;
    received := 0;
    return;
  elsif p_restart then
    delete from blob_part p where p.property_id = u.property_id and p.upload_id = upload;
    received := 0;
  end if;
  update blob_upload x
     set name = u.name, note = u.note, received = attachment_begin.received, expires_at = now() + interval '1 day',
         media_type = case when attachment_begin.received > 0 then x.media_type end
   where x.property_id = u.property_id and x.id = upload;
end $$;

-- The upload of this person, locked.
create function blob_upload_take(p_scope int[], p_user uuid, p_upload uuid) returns blob_upload language plpgsql volatile as $$
declare
  u blob_upload;
begin
  select * into u from blob_upload x
   where x.property_id = any (p_scope) and x.id = p_upload and x.user_id = p_user
     and (x.finished_at is not null or x.expires_at > now()) for update;
  if u.id is null then
    perform refuse('STNOF', 'UPLOAD_UNKNOWN', 'upload', 'there is no such upload; it may have been given up after a day: begin again');
  end if;
  return u;
end $$;

-- Is it of a kind that is kept, and not too long for it? p_media_type: what the daemon found its first bytes to be.
create function blob_upload_check(u blob_upload, p_media_type text) returns void language plpgsql stable as $$
declare
  m media_type;
begin
  select * into m from media_type t where t.media_type = p_media_type;
  if m.media_type is null then
    perform refuse('STINV', 'MEDIA_TYPE', 'data',
                   format('files of this kind are not kept (by its content it is %s): photos, scans, PDF, text, e-mail, recordings, videos and office files are',
                          coalesce(p_media_type, 'unknown')));
  elsif u.size > m.max_bytes then
    perform refuse('STINV', 'TOO_LARGE', 'size',
                   format('the file has %s bytes; a %s may have %s', u.size, m.label, m.max_bytes));
  end if;
end $$;

-- Takes a part. One that is here already is taken again if it is the same.
create function blob_put(p_scope int[], p_user uuid, p_upload uuid, p_offset int, p_data bytea, p_media_type text,
                         out upload uuid, out received int) language plpgsql volatile as $$
declare
  u blob_upload := blob_upload_take(p_scope, p_user, p_upload);
  part constant int := 262144;
begin
  upload := u.id;
  received := u.received;
  if p_offset % part <> 0 or p_offset >= u.size or octet_length(p_data) <> least(part, u.size - p_offset) then
    perform refuse('STINV', 'PART_SIZE', 'data',
                   format('a part has %s bytes and begins at a multiple of that; only the last one is shorter, of a file of %s bytes', part, u.size));
  elsif p_offset > u.received then
    perform refuse('STPRE', 'UPLOAD_GAP', 'offset', format('%s bytes have arrived so far: go on from there', u.received));
  elsif p_offset < u.received then
    if u.finished_at is null
       and not exists (select from blob_part p
                        where p.property_id = u.property_id and p.upload_id = u.id and p.seq = p_offset / part and p.data = p_data) then
      perform refuse('STPRE', 'PART_DIFFERS', 'data', 'something else has arrived there before: start over (--restart)');
    end if;
    return;
  end if;
  if p_offset = 0 then
    perform blob_upload_check(u, p_media_type);
  end if;
  insert into blob_part (property_id, upload_id, seq, data) values (u.property_id, u.id, p_offset / part, p_data);
  received := p_offset + octet_length(p_data);
  update blob_upload x
     set received = blob_put.received, expires_at = now() + interval '1 day',
         media_type = case when p_offset = 0 then p_media_type else x.media_type end
   where x.property_id = u.property_id and x.id = u.id;
end $$;

-- Proves what has arrived against what was announced, then attaches it. The parts are put together for that, so it takes
-- about three times the file in the server process that does it: 60 MiB at most. Content that somebody else brought
-- meanwhile is kept once.
create function attachment_finish(p_scope int[], p_key uuid, p_user uuid, p_at timestamptz, p_upload uuid,
                                  out property_id int, out id uuid) language plpgsql volatile as $$
declare
  u blob_upload := blob_upload_take(p_scope, p_user, p_upload);
begin
  property_id := u.property_id;
  id := u.id;
  if u.finished_at is not null then
    return;
  elsif u.received < u.size then
    perform refuse('STPRE', 'UPLOAD_INCOMPLETE', 'upload', format('%s of %s bytes have arrived: send the rest first', u.received, u.size));
  elsif u.sha256 is distinct from (select sha256(string_agg(p.data, ''::bytea order by p.seq)) from blob_part p
                                    where p.property_id = u.property_id and p.upload_id = u.id) then
    perform refuse('STINV', 'CONTENT_DIFFERS', 'upload', 'what arrived is not the file that was announced: send it again from its beginning (--restart)');
  end if;
  insert into blob (property_id, sha256, size, media_type, upload_id)
  values (u.property_id, u.sha256, u.size, u.media_type, u.id)
  on conflict on constraint blob_pkey do nothing;
  if not found then
    delete from blob_part p where p.property_id = u.property_id and p.upload_id = u.id;
  end if;
  update blob_upload x set finished_at = now() where x.property_id = u.property_id and x.id = u.id;
  perform attachment_add(u, u.media_type, p_key, p_at);
end $$;

create function attachment_remove(p_scope int[], p_ref text, p_key uuid, p_user uuid, p_at timestamptz, p_why text,
                                  out property_id int, out id uuid) language plpgsql volatile as $$
#variable_conflict use_column
declare
  k record := attachment_open(p_scope, p_ref);
  a attachment;
begin
  update attachment x
     set removed_at = now(), removed_by = p_user, removed_why = btrim(p_why), version = x.version + 1
   where x.property_id = k.property_id and x.id = k.id and x.removed_at is null
  returning * into a;
  if a.id is null then
    k := attachment_open(p_scope, p_ref); -- somebody else was faster
  end if;
  perform attachment_tell(a, 'detach', p_user, p_key, p_at);
  property_id := a.property_id;
  id := a.id;
end $$;
