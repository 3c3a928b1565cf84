-- What a desk answers from: the knowledge base, of the company as a whole and of single properties, and the directory
-- of who is responsible for what around a property. Both say by when somebody has to look whether they are still right.

insert into obligation_kind (kind, label, tries, rank, roles, outcomes, command) values
  ('review', 'review of an article', 1000, 20, '{supervisor,manager,quality,administrator}', '{done}', 'knowledge review'),
  ('directory_review', 'review of the directory', 1000, 21, '{supervisor,manager,quality,administrator}', '{done}',
   'directory review');

-- Knowledge --------------------------------------------------------------------------------------------------------

-- 'fills': its text may hold placeholders, which are filled from a case. 'sends': it may go to a customer as it is.
-- 'review_within': when to look at it again where nobody says.
create table knowledge_kind (
  kind          text primary key,
  label         text not null,
  rank          int not null,
  fills         boolean not null,
  sends         boolean not null,
  review_within interval not null
);
insert into knowledge_kind (kind, label, rank, fills, sends, review_within) values
  ('script',   'script for a call', 1, true,  false, '1 year'),
  ('answer',   'answer',            2, false, false, '6 months'),
  ('rule',     'law or rule',       3, false, false, '1 year'),
  ('template', 'reply template',    4, true,  true,  '1 year');

-- What a placeholder may be called: {case.number}.
create table template_field (
  name  text primary key,
  label text not null,
  rank  int not null
);
insert into template_field (name, label, rank) values
  ('case.number',      'number of the case', 1),
  ('case.kind',        'kind of the case', 2),
  ('case.category',    'category of the case', 3),
  ('case.summary',     'what the case is about', 4),
  ('case.details',     'all that is known of it', 5),
  ('case.priority',    'priority of the case', 6),
  ('case.state',       'state of the case', 7),
  ('case.opened_at',   'day and time the case was opened', 8),
  ('case.due_at',      'day and time it is to be done by', 9),
  ('case.closed_at',   'day and time the case was closed', 10),
  ('case.assignee',    'who works on the case', 11),
  ('result',           'what was done about it', 12),
  ('customer.name',    'name of the customer, or of who called', 13),
  ('customer.number',  'number of the customer', 14),
  ('customer.phone',   'telephone number the case names', 15),
  ('place',            'unit or other place of the case', 16),
  ('spot',             'where it is there', 17),
  ('property.code',    'code of the property', 18),
  ('property.name',    'name of the property', 19),
  ('property.address', 'address of the property', 20),
  ('today',            'the day it is at the property', 21),
  ('now',              'the day and time it is at the property', 22),
  ('user.name',        'full name of who fills the template', 23),
  ('user.login',       'login name of who fills the template', 24);
grant select on knowledge_kind, template_field to steward_app;

-- Articles of all properties are called by one row of numbers: an article of the company has the same number everywhere,
-- and none of a property is taken for it.
create sequence knowledge_number start 1001;
grant usage on sequence knowledge_number to steward_app;

-- Words of an article: as of a case, but of all of its text and not of its beginning alone.
create function knowledge_words(p_home int, p_title text, p_tags text[], p_body text) returns tsvector
language plpgsql immutable parallel safe as $$
declare
  x constant text := left(p_body, 20000);
  words tsvector := steward.words_of(p_home, p_title, array_to_string(p_tags, ' '), null, x);
begin
  if octet_length(x) <> length(x) then
    for i in 0 .. length(x) / 1000 loop
      words := words || steward.words_of(p_home, substr(x, i * 1000 + 1, 1001), null, null, null);
    end loop;
  end if;
  return words;
end $$;

-- One table for the articles of the company (property_id null) and those of a property. A copy of the company's articles
-- per property would have to be kept alike, two tables would be searched, ranked and cut off twice; so the row says whose
-- it is, and the wall has a door that opens inwards only: rows of the company are read at every property, and written by
-- those who hold a writer's role for all properties. 'home' is the property, or 0, and leads every index.
create table knowledge (
  id            uuid primary key,
  property_id   int references property (id),
  home          int not null generated always as (coalesce(property_id, 0)) stored,
  seq           bigint not null,
  number        text not null generated always as ('K-' || seq) stored,
  ref           text,
  kind          text not null references knowledge_kind (kind),
  language      text not null default 'en',
  title         text not null,
  body          text not null,
  category_id   uuid references case_category (id),
  case_kinds    text[] not null default '{}',
  tags          text[] not null default '{}',
  state         text not null default 'draft',
  department_id uuid,
  user_id       uuid,
  review_by     date,
  reviewed_at   timestamptz,
  reviewed_by   uuid references app_user (id),
  created_at    timestamptz not null default now(),
  changed_at    timestamptz not null default now(),
  version       int not null default 1,
  head          tsvector not null generated always as
                (knowledge_words(coalesce(property_id, 0), title, tags, '')) stored,
  words         tsvector not null generated always as (knowledge_words(coalesce(property_id, 0), title, tags, body)) stored,
  constraint knowledge_number_key unique (number),
  constraint knowledge_department_fkey foreign key (property_id, department_id) references department (property_id, id),
  constraint knowledge_user_fkey foreign key (user_id) references app_user (id),
  constraint knowledge_title_check check (btrim(title) <> '' and length(title) <= 200),
  constraint knowledge_body_check check (btrim(body) <> '' and length(body) <= 20000),
  constraint knowledge_language_check check (language in ('en', 'zh')),
  constraint knowledge_state_check check (state in ('draft', 'published', 'withdrawn')),
  constraint knowledge_owner_check check (department_id is null or (property_id is not null and user_id is null)),
  constraint knowledge_review_check check (state <> 'published' or review_by is not null)
);
create index knowledge_home on knowledge (home, seq);
create unique index knowledge_ref on knowledge (home, ref) where ref is not null;
create index knowledge_category on knowledge (home, category_id) where state = 'published' and category_id is not null;
create index knowledge_review on knowledge (home, review_by) where state = 'published';
create index knowledge_words on knowledge using gin (words) where state = 'published';
create index knowledge_head on knowledge using gin (head) where state = 'published';
create index knowledge_case_kinds on knowledge using gin (case_kinds) where state = 'published' and category_id is null;
comment on constraint knowledge_pkey on knowledge is 'article: this article has been added already';
comment on constraint knowledge_property_id_fkey on knowledge is 'property: there is no such property';
comment on constraint knowledge_kind_fkey on knowledge is 'kind: there is no such kind of article; `knowledge kinds` lists them';
comment on constraint knowledge_category_id_fkey on knowledge is 'category: there is no such category';
comment on constraint knowledge_reviewed_by_fkey on knowledge is 'user: there is no such person';
comment on constraint knowledge_number_key on knowledge is 'number: another article has this number';
comment on constraint knowledge_department_fkey on knowledge is 'owner: there is no such department at this property';
comment on constraint knowledge_user_fkey on knowledge is 'owner: there is no such person';
comment on constraint knowledge_title_check on knowledge is 'title: one line of up to 200 characters';
comment on constraint knowledge_body_check on knowledge is 'body: must not be empty, and has up to 20,000 characters';
comment on constraint knowledge_language_check on knowledge is 'language: en or zh';
comment on constraint knowledge_state_check on knowledge is 'state: draft, published or withdrawn';
comment on constraint knowledge_owner_check on knowledge is 'owner: a department owns articles of its own property only';
comment on constraint knowledge_review_check on knowledge is 'review_by: what is published has a day by which it is looked at again';

-- What an article said in each of its versions, and which step made it. A step that leaves the text as it is keeps none.
create table knowledge_version (
  article_id  uuid not null references knowledge (id),
  version     int not null,
  property_id int references property (id),
  id          uuid not null,
  at          timestamptz not null default now(),
  user_id     uuid references app_user (id),
  verb        text not null,
  remark      text,
  title       text,
  body        text,
  primary key (article_id, version),
  constraint knowledge_version_id_key unique (id)
);
comment on constraint knowledge_version_article_id_fkey on knowledge_version is 'article: there is no such article';
comment on constraint knowledge_version_property_id_fkey on knowledge_version is 'property: there is no such property';
comment on constraint knowledge_version_user_id_fkey on knowledge_version is 'user: there is no such person';
comment on constraint knowledge_version_id_key on knowledge_version is 'article: this step has been recorded already';
select keep_append_only('knowledge_version');

-- The wall with its door. Writing a row of the company takes one of the writers' roles for all properties.
do $$
declare
  here constant text := 'property_id = any (string_to_array(nullif(current_setting(''steward.scope'', true), ''''), '','')::int[])';
  writes constant text := here || ' or (property_id is null and exists (
    select from user_grant g where g.user_id = nullif(current_setting(''steward.user'', true), '''')::uuid
       and g.property_id is null and g.ended_at is null and g.role in (''supervisor'', ''manager'', ''quality'', ''administrator'')))';
  t text;
begin
  foreach t in array array['knowledge', 'knowledge_version'] loop
    execute format('alter table %s enable row level security', t);
    execute format('alter table %s force row level security', t);
    execute format('create policy scope on %s for select using (property_id is null or %s)', t, here);
    execute format('create policy scope_insert on %s for insert with check (%s)', t, writes);
    execute format('create policy scope_update on %s for update using (%s) with check (%s)', t, writes, writes);
  end loop;
end $$;
grant select, insert, update on knowledge to steward_app;
grant select, insert on knowledge_version to steward_app;
-- Search by words is no leakproof operator: functions that run as the owner look at the scope themselves.
create policy owner_reads on knowledge for select to steward_owner using (true);

-- Each time an article was used at a property, and whether it helped.
create table knowledge_use (
  property_id int not null references property (id),
  id          uuid not null,
  article_id  uuid not null references knowledge (id),
  case_id     uuid,
  user_id     uuid references app_user (id),
  at          timestamptz not null,
  helped      boolean not null,
  remark      text,
  primary key (property_id, id),
  constraint knowledge_use_case_fkey foreign key (property_id, case_id) references desk_case (property_id, id)
);
create index knowledge_use_article on knowledge_use (property_id, article_id, at);
comment on constraint knowledge_use_pkey on knowledge_use is 'article: this use has been counted already';
comment on constraint knowledge_use_property_id_fkey on knowledge_use is 'property: there is no such property';
comment on constraint knowledge_use_article_id_fkey on knowledge_use is 'article: there is no such article';
comment on constraint knowledge_use_user_id_fkey on knowledge_use is 'user: there is no such person';
comment on constraint knowledge_use_case_fkey on knowledge_use is 'case: there is no such case';
select wall('knowledge_use', 'select, insert');
select keep_append_only('knowledge_use');

-- How often that was, so that a list of articles counts nothing.
create table knowledge_tally (
  property_id int not null references property (id),
  article_id  uuid not null references knowledge (id),
  used        int not null,
  failed      int not null,
  primary key (property_id, article_id)
) with (fillfactor = 70);
comment on constraint knowledge_tally_property_id_fkey on knowledge_tally is 'property: there is no such property';
comment on constraint knowledge_tally_article_id_fkey on knowledge_tally is 'article: there is no such article';
select wall('knowledge_tally');

-- Directory --------------------------------------------------------------------------------------------------------

create table directory_kind (
  kind  text primary key,
  label text not null,
  rank  int not null
);
insert into directory_kind (kind, label, rank) values
  ('government',    'government office',      1),
  ('police',        'police',                 2),
  ('fire',          'fire brigade',           3),
  ('hospital',      'hospital and ambulance', 4),
  ('water',         'water',                  5),
  ('electricity',   'electricity',            6),
  ('gas',           'gas',                    7),
  ('heating',       'heating',                8),
  ('telecom',       'telephone and internet', 9),
  ('neighbourhood', 'neighbourhood service', 10),
  ('contractor',    'contractor',            11),
  ('other',         'other',                 12);

-- Whose matter something is.
create table responsible_body (
  body  text primary key,
  label text not null,
  rank  int not null
);
insert into responsible_body (body, label, rank) values
  ('property',          'property',          1),
  ('construction_unit', 'construction unit', 2),
  ('utility',           'utility',           3),
  ('government',        'government',        4);
grant select on directory_kind, responsible_body to steward_app;

-- 'phones' as written, each with a label after "=" where one was given; 'dials' the same in E.164 where the text tells it,
-- else the bare digits.
create table directory_entry (
  property_id int not null references property (id),
  id          uuid not null,
  number      text not null,
  ref         text,
  kind        text not null,
  name        text not null,
  body        text,
  phones      text[] not null default '{}',
  dials       text[] not null default '{}',
  address     text,
  hours       text,
  what_for    text,
  categories  uuid[] not null default '{}',
  language    text,
  state       text not null default 'active',
  review_by   date not null,
  reviewed_at timestamptz,
  reviewed_by uuid references app_user (id),
  used        int not null default 0,
  failed      int not null default 0,
  changed_at  timestamptz not null default now(),
  version     int not null default 1,
  words       tsvector not null generated always as (words_of(property_id, name, address, kind, what_for)) stored,
  primary key (property_id, id),
  constraint directory_entry_number_key unique (property_id, number),
  constraint directory_entry_kind_fkey foreign key (kind) references directory_kind (kind),
  constraint directory_entry_body_fkey foreign key (body) references responsible_body (body),
  constraint directory_entry_name_check check (btrim(name) <> '' and length(name) <= 200),
  constraint directory_entry_state_check check (state in ('active', 'withdrawn')),
  constraint directory_entry_reach_check check (cardinality(phones) > 0 or address is not null)
) with (fillfactor = 85);
create unique index directory_entry_ref on directory_entry (property_id, ref) where ref is not null;
comment on constraint directory_entry_pkey on directory_entry is 'entry: this entry has been added already';
comment on constraint directory_entry_property_id_fkey on directory_entry is 'property: there is no such property';
comment on constraint directory_entry_reviewed_by_fkey on directory_entry is 'user: there is no such person';
comment on constraint directory_entry_number_key on directory_entry is 'number: another entry of this property has this number';
comment on constraint directory_entry_kind_fkey on directory_entry is 'kind: there is no such kind of entry; `directory kinds` lists them';
comment on constraint directory_entry_body_fkey on directory_entry is 'responsible: property, construction_unit, utility or government';
comment on constraint directory_entry_name_check on directory_entry is 'name: one line of up to 200 characters';
comment on constraint directory_entry_state_check on directory_entry is 'state: active or withdrawn';
comment on constraint directory_entry_reach_check on directory_entry is 'phones: give a telephone number or an address';
select wall('directory_entry');
create trigger directory_entry_log after insert or update on directory_entry
  for each row execute function registry_log('directory', 'id', 'added', 'words', 'dials', 'categories', 'used', 'failed',
                                             'reviewed_at', 'reviewed_by');

-- Each time an entry was used, and whether what it says was right.
create table directory_use (
  property_id int not null,
  id          uuid not null,
  entry_id    uuid not null,
  case_id     uuid,
  user_id     uuid references app_user (id),
  at          timestamptz not null,
  helped      boolean not null,
  remark      text,
  primary key (property_id, id),
  constraint directory_use_entry_fkey foreign key (property_id, entry_id) references directory_entry (property_id, id),
  constraint directory_use_case_fkey foreign key (property_id, case_id) references desk_case (property_id, id)
);
create index directory_use_entry on directory_use (property_id, entry_id, at);
comment on constraint directory_use_pkey on directory_use is 'entry: this use has been counted already';
comment on constraint directory_use_entry_fkey on directory_use is 'entry: there is no such entry';
comment on constraint directory_use_user_id_fkey on directory_use is 'user: there is no such person';
comment on constraint directory_use_case_fkey on directory_use is 'case: there is no such case';
select wall('directory_use', 'select, insert');
select keep_append_only('directory_use');
