-- What is shown of a note.
create function note_mood(p text) returns text language sql immutable as $$ select coalesce(p, 'none; as it was') $$;
