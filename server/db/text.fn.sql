-- Text as people write it: instants for programs, numbers, telephone numbers, fields kept or emptied.

-- An instant as programs read it (RFC 3339).
create function instant(t timestamptz) returns text language sql stable parallel safe as
$$ select case when isfinite(t) then to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end $$;

create function is_uuid(p text) returns boolean language sql immutable parallel safe as
$$ select p ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' $$;
create function to_whole(t text, field text) returns int language plpgsql immutable parallel safe as $$
begin
  if nullif(btrim(t), '') is null then
    return null;
  elsif norm(t) !~ '^-?\d{1,9}$' then
    perform refuse('STINV', 'NUMBER', field, format('%s is not a whole number', quote_literal(t)));
  end if;
  return norm(t)::int;
end $$;
create function to_flag(t text, field text) returns boolean language plpgsql immutable parallel safe as $$
begin
  if nullif(btrim(t), '') is null then
    return null;
  elsif norm(t) not in ('yes', 'no', 'y', 'n', 'true', 'false', 't', 'f', '1', '0') then
    perform refuse('STINV', 'FLAG', field, format('%s is neither yes nor no', quote_literal(t)));
  end if;
  return norm(t)::boolean;
end $$;

-- True if the caller saw the row as it is now, or did not say what it saw; refuses otherwise.
create function version_ok(have int, seen int) returns boolean language plpgsql stable parallel safe as $$
begin
  if seen is not null and seen <> have then
    perform refuse('STVER', 'VERSION_CONFLICT', 'version',
                   format('somebody else changed it meanwhile: you saw version %s, it is %s now; look again', seen, have));
  end if;
  return true;
end $$;

-- An edited value: cleared where its field is named or the text given is empty, the new one where given, else the old
-- one.
create function keep(old anyelement, given anyelement, field text, clear text[]) returns anyelement
language sql immutable parallel safe as
$$ select case when field = any (clear) or given::text = '' then null else coalesce(given, old) end $$;

-- Hides all but the end of a number that others have no use for.
create function masked(t text) returns text language sql immutable parallel safe as
$$ select case when length(t) > 4 then repeat('*', length(t) - 4) || right(t, 4) else repeat('*', length(t)) end $$;

-- A telephone number in E.164 ("+8613800138000"), or null where the text does not tell it for sure: a short
-- code, a number without area code. What follows "ext", "x", "#" or "转" belongs to the extension.
create function phone_e164(raw text, country_code text, trunk_prefix text) returns text
language plpgsql immutable parallel safe as $$
declare
  x text := regexp_replace(steward.norm(raw), '(ext|x|#|;|转|轉|分机).*$', '');
  d text;
  international boolean;
begin
  x := replace(x, '(0)', '');
  d := regexp_replace(x, '[^0-9]', '', 'g');
  if d = '' or x ~ '[a-z]' then
    return null;
  end if;
  international := x ~ '^[^0-9]*\+'
    or (starts_with(d, country_code) and length(d) >= greatest(12, length(country_code) + 9));
  if not international and d ~ '^00[1-9]' then
    d := substr(d, 3);
  elsif not international and trunk_prefix <> '' and starts_with(d, trunk_prefix)
        and length(d) >= length(trunk_prefix) + 8
        and (trunk_prefix <> country_code or length(d) = length(trunk_prefix) + 10) then
    d := country_code || substr(d, length(trunk_prefix) + 1);
  elsif not international and length(d) >= (case when trunk_prefix = '' then 7 else 9 end) then
    d := country_code || d;
  elsif not international then
    return null;
  end if;
  if d !~ '^[1-9][0-9]{7,14}$' then
    return null;
  end if;
  return '+' || d;
end $$;

-- What a constraint says when it refuses: its comment is "field: sentence".
create function constraint_text(p_table text, p_constraint text, out field text, out sentence text)
language sql stable as $$
  select split_part(x.d, ': ', 1), substr(x.d, length(split_part(x.d, ': ', 1)) + 3)
    from (select coalesce((select obj_description(c.oid, 'pg_constraint') from pg_constraint c
                            where c.conname = p_constraint and c.conrelid = to_regclass(p_table)),
                          ': it breaks the rule ' || p_constraint) as d) x
$$;

-- A share as people read it: "87.5 %"; "n/a" of nothing.
create function share_text(p_part bigint, p_whole bigint) returns text language sql immutable parallel safe as
$$ select case when p_whole > 0 then trim_scale(round(100.0 * p_part / p_whole, 1)) || ' %' else 'n/a' end $$;
