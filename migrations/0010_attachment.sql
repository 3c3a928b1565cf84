-- Files at cases, work orders, customers and places. Content is kept once per property and known by its SHA-256; what is
-- attached where stands in rows of its own. It all lives in the database, so that every daemon serves it, one backup
-- holds it, and the wall between properties stands before it.

-- What may be kept, as its first bytes show it, and up to which size. A name that ends otherwise is given the first of
-- 'endings', so that a file is never opened as what it is not.
create table media_type (
  media_type text primary key,
  label      text not null,
  endings    text[] not null,
  max_bytes  int not null,
  constraint media_type_endings_check check (cardinality(endings) > 0),
  constraint media_type_max_check check (max_bytes between 1 and 20971520)
);
comment on constraint media_type_endings_check on media_type is 'endings: at least one';
comment on constraint media_type_max_check on media_type is 'max_bytes: up to 20 MiB';
insert into media_type (media_type, label, endings, max_bytes) values
  ('image/jpeg',      'photo (JPEG)',          '{jpg,jpeg,jpe,jfif}', 20971520),
  ('image/png',       'picture (PNG)',         '{png}',               20971520),
  ('image/webp',      'picture (WebP)',        '{webp}',              20971520),
  ('image/gif',       'picture (GIF)',         '{gif}',               20971520),
  ('image/heic',      'photo (HEIC)',          '{heic,heif}',         20971520),
  ('image/tiff',      'scan (TIFF)',           '{tif,tiff}',          20971520),
  ('image/bmp',       'picture (BMP)',         '{bmp}',               20971520),
  ('application/pdf', 'document (PDF)',        '{pdf}',               20971520),
  ('text/plain',      'text',                  '{txt,text,log,md,csv,tsv,asc}', 2097152),
  ('text/csv',        'table (CSV)',           '{csv,tsv,txt}',       5242880),
  ('text/rtf',        'text (RTF)',            '{rtf}',               5242880),
  ('message/rfc822',  'e-mail',                '{eml,mail,txt}',      20971520),
  ('audio/mpeg',      'recording (MP3)',       '{mp3,mpga}',          20971520),
  ('audio/x-wav',     'recording (WAV)',       '{wav}',               20971520),
  ('audio/amr',       'recording (AMR)',       '{amr}',               20971520),
  ('audio/x-m4a',     'recording (M4A)',       '{m4a}',               20971520),
  ('audio/ogg',       'recording (Ogg)',       '{ogg,oga,opus}',      20971520),
  ('video/mp4',       'video (MP4)',           '{mp4,m4v}',           20971520),
  ('video/3gpp',      'video (3GP)',           '{3gp,3gpp}',          20971520),
  ('video/quicktime', 'video (QuickTime)',     '{mov,qt}',            20971520),
  ('application/vnd.openxmlformats-officedocument.wordprocessingml.document',   'document (Word)',     '{docx}', 20971520),
  ('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',         'table (Excel)',       '{xlsx}', 20971520),
  ('application/vnd.openxmlformats-officedocument.presentationml.presentation', 'slides (PowerPoint)', '{pptx}', 20971520),
  ('application/vnd.oasis.opendocument.text',         'document (OpenDocument)', '{odt}', 20971520),
  ('application/vnd.oasis.opendocument.spreadsheet',  'table (OpenDocument)',    '{ods}', 20971520),
  ('application/vnd.oasis.opendocument.presentation', 'slides (OpenDocument)',   '{odp}', 20971520);
grant select on media_type to steward_app;

-- A file on its way, and afterwards how it came. What has arrived of it stands in blob_part under its id. One that is not
-- ended by 'expires_at' is forgotten with its parts.
create table blob_upload (
  property_id int not null,
  id          uuid not null,
  user_id     uuid not null,
  entity      text not null,
  entity_id   uuid not null,
  sha256      bytea not null,
  size        int not null,
  name        text not null,
  note        text,
  media_type  text,
  received    int not null default 0,
  created_at  timestamptz not null default now(),
  expires_at  timestamptz not null,
  finished_at timestamptz,
  primary key (property_id, id),
  constraint blob_upload_property_fkey foreign key (property_id) references property (id),
  constraint blob_upload_user_fkey foreign key (user_id) references app_user (id),
  constraint blob_upload_media_type_fkey foreign key (media_type) references media_type (media_type),
  constraint blob_upload_size_check check (size between 1 and 20971520),
  constraint blob_upload_sha256_check check (octet_length(sha256) = 32),
  constraint blob_upload_received_check check (received between 0 and size),
  constraint blob_upload_media_check check (media_type is not null or received = 0)
) with (fillfactor = 70);
create index blob_upload_open on blob_upload (property_id, user_id, sha256) where finished_at is null;
create index blob_upload_expiry on blob_upload (property_id, expires_at) where finished_at is null;
comment on constraint blob_upload_pkey on blob_upload is 'upload: this upload was begun already';
comment on constraint blob_upload_property_fkey on blob_upload is 'property: there is no such property';
comment on constraint blob_upload_user_fkey on blob_upload is 'user: there is no such person';
comment on constraint blob_upload_media_type_fkey on blob_upload is 'data: files of this kind are not kept';
comment on constraint blob_upload_size_check on blob_upload is 'size: from 1 byte to 20 MiB';
comment on constraint blob_upload_sha256_check on blob_upload is 'sha256: 64 hexadecimal digits';
comment on constraint blob_upload_received_check on blob_upload is 'offset: more than was announced';
comment on constraint blob_upload_media_check on blob_upload is 'data: its first part tells what it is';
select wall('blob_upload', 'select, insert, update, delete');

-- 256 KiB of a file; only the last part is shorter. Files are packed already, so their parts are kept as they are.
create table blob_part (
  property_id int not null,
  upload_id   uuid not null,
  seq         int not null,
  data        bytea not null,
  primary key (property_id, upload_id, seq),
  constraint blob_part_upload_fkey foreign key (property_id, upload_id) references blob_upload (property_id, id),
  constraint blob_part_data_check check (octet_length(data) between 1 and 262144)
);
alter table blob_part alter column data set storage external;
comment on constraint blob_part_pkey on blob_part is 'offset: this part has arrived already';
comment on constraint blob_part_upload_fkey on blob_part is 'upload: there is no such upload; begin again';
comment on constraint blob_part_data_check on blob_part is 'data: from 1 byte to 256 KiB';
select wall('blob_part', 'select, insert, delete');

-- Content of a property, complete and proven: the parts of the upload that brought it first.
create table blob (
  property_id int not null,
  sha256      bytea not null,
  size        int not null,
  media_type  text not null,
  upload_id   uuid not null,
  created_at  timestamptz not null default now(),
  primary key (property_id, sha256),
  constraint blob_upload_key unique (property_id, upload_id),
  constraint blob_upload_fkey foreign key (property_id, upload_id) references blob_upload (property_id, id),
  constraint blob_media_type_fkey foreign key (media_type) references media_type (media_type)
);
comment on constraint blob_pkey on blob is 'sha256: this content is here already';
comment on constraint blob_upload_key on blob is 'upload: this upload is ended already';
comment on constraint blob_upload_fkey on blob is 'upload: there is no such upload; begin again';
comment on constraint blob_media_type_fkey on blob is 'data: files of this kind are not kept';
select wall('blob', 'select, insert');
select keep_append_only('blob');

-- What an upload left behind may go; what became content stays.
create function blob_part_kept() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' or exists (select from steward.blob b where b.property_id = old.property_id and b.upload_id = old.upload_id) then
    raise exception 'the parts of a file are kept as they came' using errcode = 'STPRE', constraint = 'APPEND_ONLY';
  end if;
  return old;
end $$;
create trigger blob_part_kept before update or delete on blob_part for each row execute function blob_part_kept();
alter table blob_part enable always trigger blob_part_kept;

-- Never deleted: what was attached in error is marked as removed and its content no longer handed out.
create table attachment (
  property_id int not null,
  id          uuid not null,
  number      text not null,
  entity      text not null,
  entity_id   uuid not null,
  sha256      bytea not null,
  name        text not null,
  note        text,
  added_by    uuid not null,
  added_at    timestamptz not null,
  removed_at  timestamptz,
  removed_by  uuid,
  removed_why text,
  version     int not null default 1,
  primary key (property_id, id),
  constraint attachment_number_key unique (property_id, number),
  constraint attachment_blob_fkey foreign key (property_id, sha256) references blob (property_id, sha256),
  constraint attachment_added_by_fkey foreign key (added_by) references app_user (id),
  constraint attachment_removed_by_fkey foreign key (removed_by) references app_user (id),
  constraint attachment_name_check check (name <> '' and name !~ '[/\\[:cntrl:]]' and name !~ '^\.' and length(name) <= 200),
  constraint attachment_removed_check check (num_nulls(removed_at, removed_by, removed_why) in (0, 3))
);
create index attachment_entity on attachment (property_id, entity, entity_id, added_at, id);
create index attachment_added on attachment (property_id, added_at, id);
create index attachment_blob on attachment (property_id, sha256);
comment on constraint attachment_pkey on attachment is 'attachment: this file is attached already';
comment on constraint attachment_number_key on attachment is 'number: another attachment of this property has this number';
comment on constraint attachment_blob_fkey on attachment is 'sha256: this content is not here';
comment on constraint attachment_added_by_fkey on attachment is 'user: there is no such person';
comment on constraint attachment_removed_by_fkey on attachment is 'user: there is no such person';
comment on constraint attachment_name_check on attachment is 'name: a file name of up to 200 characters, without slashes and not hidden';
comment on constraint attachment_removed_check on attachment is 'why: what is removed has a time, a person and a reason';
select wall('attachment', 'select, insert');
grant update (removed_at, removed_by, removed_why, version) on attachment to steward_app;

-- The case tells of it.
insert into case_verb (verb, rank, past, command) values
  ('attach', 20, 'attached to', null),
  ('detach', 21, 'detached from', null);
insert into case_transition (verb, from_state, to_state, roles)
select 'attach', state, state,
       '{clerk,operator,cashier,building_steward,technician,dispatcher,supervisor,manager,quality}' from case_state;
insert into case_transition (verb, from_state, to_state, roles)
select 'detach', state, state, '{supervisor,manager}' from case_state;
