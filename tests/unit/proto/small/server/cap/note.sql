-- The notes' statements.

-- :name note_add :one
-- A comment that nobody sends.
insert into note (id, property_id, title, mood, pinned, tags)
values (:ctx_key, :ctx_property, :title, :mood,
        coalesce(:pinned::boolean, false), /* and : this one */ :tags::text[])
returning id, property_id, title, pinned, version;

-- :name note_show :one
select id as "note.id", title as "note.title: no parameter" from note
 where id = :note::uuid and property_id = any(:ctx_scope::int[]) and title <> ':note';

-- :name note_list :many
select title from note where property_id = any(:ctx_scope::int[]) and title > coalesce(:after, '')

-- :name note_import :many
select title from unnest(:rows.title::text[], :rows.at::date[]) as r (title, at);

-- :name note_import_count :one
select cardinality(:rows.title::text[]) as taken;

-- :name note_import_feed :feed
select property_id, 'note' as entity, id, version, false as dead, null as number from note;

-- :name note_watch_next :call
select id from note where pos > :pos;
