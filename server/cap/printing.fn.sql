-- What is printed. A document is one JSON object, as proto/print.proto declares PrintDocument; the functions below put its parts
-- together. A new kind is a row of print_kind, its words in print_text, and a function
--
--   <kind>_document(property int, id uuid, w jsonb, language text, user uuid) returns jsonb
--
-- which an rpc with print: true reaches through print_issue().

create type printed as (kind text, number text, copy int, language text, at text, by text, document jsonb);

-- Languages and words ------------------------------------------------------------------------------------------------------

-- A language that documents can be in, or null: what people note of a customer's language may be anything.
create function print_speaks(p_language text) returns text language plpgsql immutable parallel safe as $$
begin
  return case when p_language ~* '^zh[-_](hant|tw|hk|mo)' then 'zh-Hant' when p_language ~* '^zh' then 'zh' when p_language ~* '^en' then 'en' end;
end $$;

-- What was asked for, or else what the customer prefers, or else the property.
create function print_language(p_property int, p_party uuid, p_asked text) returns text language plpgsql stable as $$
begin
  return coalesce(print_speaks(p_asked), (select print_speaks(p.language) from party p where p.property_id = p_property and p.id = p_party),
                  (select h.language from letterhead h where h.property_id = p_property), 'en');
end $$;

-- All words of a language, by their keys.
create function print_words(p_language text) returns jsonb language plpgsql stable as $$
begin
  return (select jsonb_object_agg(t.key, t.text)
            from (select distinct on (x.key) x.key, x.text from print_text x
                   where x.language = any (array[p_language, case when p_language = 'zh-Hant' then 'zh' end, 'en'])
                   order by x.key, array_position(array[p_language, 'zh', 'en'], x.language)) t);
end $$;

create function print_word(w jsonb, p_key text) returns text language plpgsql immutable parallel safe as $$
begin
  if not w ? p_key then
    raise exception 'print_text has no word %', quote_literal(p_key);
  end if;
  return w ->> p_key;
end $$;

-- Values -------------------------------------------------------------------------------------------------------------------

-- 12,480.50
create function print_money(p_amount bigint, p_currency text) returns text language plpgsql immutable parallel safe as $$
declare
  x constant text := money_text(p_amount, p_currency);
begin
  return regexp_replace(split_part(x, '.', 1), '(?<=[0-9])(?=([0-9]{3})+$)', ',', 'g') || substr(x, length(split_part(x, '.', 1)) + 1);
end $$;

-- A span, its end not in it: 2026-11 where it is a month, else its first and last day.
create function print_period(p_from date, p_to date) returns text language plpgsql immutable parallel safe as $$
begin
  return case when extract(day from p_from) = 1 and p_to = (p_from + interval '1 month')::date then to_char(p_from, 'YYYY-MM')
              when p_to = p_from + 1 then p_from::text
              else p_from || ' – ' || (p_to - 1) end;
end $$;

create function print_time(t timestamptz, p_zone text) returns text language plpgsql stable parallel safe as $$
begin
  return to_char(t at time zone p_zone, 'YYYY-MM-DD HH24:MI');
end $$;

-- An amount of yuan in the characters that cannot be altered, as receipts in Chinese have it.
create function print_capital(p_amount bigint) returns text language plpgsql immutable parallel safe as $$
declare
  figures constant text := '零壹贰叁肆伍陆柒捌玖';
  places constant text[] := '{"",拾,佰,仟}';
  groups constant text[] := '{"",万,亿,万亿}';
  yuan constant text := (abs(p_amount) / 100)::text;
  jiao constant int := abs(p_amount) / 10 % 10;
  fen constant int := abs(p_amount) % 10;
  x text := '';
  gap boolean := false;
  filled boolean := false;
  n int;
  d int;
begin
  for i in 1 .. length(yuan) loop
    n := length(yuan) - i;
    d := substr(yuan, i, 1)::int;
    if d > 0 then
      x := x || case when gap and x <> '' then '零' else '' end || substr(figures, d + 1, 1) || places[n % 4 + 1];
    end if;
    gap := d = 0;
    filled := filled or d > 0;
    if n % 4 = 0 then
      x := x || case when filled then groups[n / 4 + 1] else '' end;
      filled := false;
    end if;
  end loop;
  x := x || case when x <> '' then '元' when jiao + fen = 0 then '零元' else '' end;
  x := x || case when jiao > 0 then substr(figures, jiao + 1, 1) || '角' when fen > 0 and x <> '' then '零' else '' end;
  return '人民币' || x || case when fen > 0 then substr(figures, fen + 1, 1) || '分' else '整' end;
end $$;

-- Parts of a document ------------------------------------------------------------------------------------------------------

-- "Number: B-1003"; null where there is no value.
create function print_fact(w jsonb, p_key text, p_value text) returns jsonb language plpgsql immutable parallel safe as $$
begin
  return case when p_value <> '' then jsonb_build_object('label', print_word(w, p_key), 'value', p_value) end;
end $$;

-- p_align: LEFT, RIGHT for figures. A weight shares the width; without one the column is as wide as what it holds.
create function print_column(w jsonb, p_key text, p_align text default 'LEFT', p_weight int default 0, p_unit text default null) returns jsonb
language plpgsql immutable parallel safe as $$
begin
  return jsonb_build_object('heading', print_word(w, p_key) || coalesce(' (' || p_unit || ')', ''), 'align', p_align, 'weight', p_weight);
end $$;

create function print_row(variadic p_cells text[]) returns jsonb language plpgsql immutable parallel safe as $$
begin
  return jsonb_build_object('cells', to_jsonb(array_replace(p_cells, null, '')));
end $$;

-- SUBTOTAL or TOTAL; these stay with the row above them.
create function print_sum(p_kind text, variadic p_cells text[]) returns jsonb language plpgsql immutable parallel safe as $$
begin
  return jsonb_build_object('cells', to_jsonb(array_replace(p_cells, null, '')), 'kind', p_kind);
end $$;

-- p_rows: an array of rows; rows that are null are left out, and so is a table without any.
create function print_table(p_columns jsonb[], p_rows jsonb, p_title text default null) returns jsonb language plpgsql immutable parallel safe as $$
declare
  rows constant jsonb := (select jsonb_agg(r.value order by r.ordinality) from jsonb_array_elements(p_rows) with ordinality r where r.value <> 'null');
begin
  return case when rows is not null then jsonb_strip_nulls(jsonb_build_object('title', p_title, 'columns', to_jsonb(p_columns), 'rows', rows)) end;
end $$;

-- Parts that are there, as a list; null: none is.
create function print_list(variadic p_parts jsonb[]) returns jsonb language plpgsql immutable parallel safe as $$
begin
  return (select jsonb_agg(p.part order by p.o) from unnest(p_parts) with ordinality p (part, o) where p.part is not null and p.part <> 'null');
end $$;

-- "Received by: ______", to be written on.
create function print_signature(w jsonb, p_key text, p_name text default null) returns jsonb language plpgsql immutable parallel safe as $$
begin
  return to_jsonb(print_word(w, p_key) || ': ' || coalesce(p_name, '______________________'));
end $$;

-- The lines of who issues a document: the letterhead, and of the property what it does not say.
create function print_issuer(y property, w jsonb) returns text[] language plpgsql stable as $$
declare
  h letterhead;
begin
  select * into h from letterhead x where x.property_id = y.id;
  return array_remove(array[coalesce(h.name, y.name), case when h.name <> y.name then y.name end, left(coalesce(h.address, y.address), 200),
                            print_word(w, 'phone') || ' ' || h.phone, print_word(w, 'tax_number') || ' ' || h.tax_number], null);
end $$;

-- Name and unit of whom it is for.
create function print_addressee(p_property int, p_party uuid, p_place uuid) returns jsonb language plpgsql stable as $$
begin
  return to_jsonb(array_remove(array[(select left(p.name, 200) from party p where p.property_id = p_property and p.id = p_party),
                                     (select l.number from place l where l.property_id = p_property and l.id = p_place)], null));
end $$;

-- What every document has: title, issuer, facts (the first one is named on each page), footer. The rest is added with ||.
create function print_head(y property, w jsonb, p_language text, p_title text, variadic p_facts jsonb[]) returns jsonb language plpgsql stable as $$
begin
  return jsonb_build_object('title', print_word(w, p_title), 'language', p_language, 'issuer', to_jsonb(print_issuer(y, w)),
                            'facts', coalesce(print_list(variadic p_facts), '[]'), 'footer', (select h.footer from letterhead h where h.property_id = y.id),
                            'issued_at', ts(now(), y.zone));
end $$;

-- Printing -----------------------------------------------------------------------------------------------------------------

-- Prints a document: notes who does and when, and tells the original from its copies. A dry run is a draft.
create function print_issue(p_property int, p_kind text, p_id uuid, p_number text, p_party uuid, p_language text, p_user uuid, p_dry_run boolean)
returns printed language plpgsql volatile as $$
declare
  y property;
  r printed;
  w jsonb;
  moment constant timestamptz := clock_timestamp();
  original boolean;
begin
  select * into y from property x where x.id = p_property;
  select k.original into original from print_kind k where k.kind = p_kind;
  r.kind := p_kind;
  r.number := p_number;
  r.language := print_language(p_property, p_party, p_language);
  if original then
    -- Two desks at once: one has the original, the other one the copy.
    perform pg_advisory_xact_lock(p_property, hashtext('print ' || p_id));
    r.copy := (select count(*) from print_log x where x.property_id = p_property and x.kind = p_kind and x.entity_id = p_id);
  end if;
  insert into print_log (property_id, id, kind, entity_id, number, copy, language, user_id, at)
  values (p_property, uuid7(), p_kind, p_id, p_number, r.copy, r.language, p_user, moment);
  w := print_words(r.language);
  r.at := ts(moment, y.zone);
  r."by" := (select u.login from app_user u where u.id = p_user);
  execute format('select %I($1, $2, $3, $4, $5)', p_kind || '_document') into r.document using p_property, p_id, w, r.language, p_user;
  if p_dry_run then
    r.document := r.document || jsonb_build_object('mark', print_word(w, 'draft'));
  elsif r.copy > 0 then
    r.document := r.document
      || jsonb_build_object('copy', r.copy, 'facts', (r.document -> 'facts') || print_fact(w, 'copy', format('%s · %s', r.copy, print_time(moment, y.zone)))
                                                     || print_fact(w, 'printed_by', r."by"));
  end if;
  return r;
end $$;

-- The letterhead -----------------------------------------------------------------------------------------------------------

create view letterhead_card with (security_invoker = true) as
select y.uid as id, y.id as property_id, y.code as property, coalesce(h.name, y.name) as name, coalesce(h.address, y.address) as address, h.phone,
       h.tax_number, h.bank, h.footer, coalesce(h.language, 'en') as language, coalesce(h.version, 0) as version
  from property y left join letterhead h on h.property_id = y.id;
create function letterhead_card(p_property int) returns setof letterhead_card language plpgsql volatile rows 1 as
$$ begin return query select * from letterhead_card c where c.property_id = p_property; end $$;
grant select on letterhead_card to steward_app;

-- Changes what is given; empties what is named in p_clear.
create function letterhead_set(p_property int, p_name text, p_address text, p_phone text, p_tax_number text, p_bank text, p_footer text,
                               p_language text, p_clear text[]) returns int language plpgsql volatile as $$
declare
  o letterhead;
begin
  insert into letterhead (property_id, version) values (p_property, 0) on conflict do nothing;
  select * into o from letterhead h where h.property_id = p_property for update;
  update letterhead h
     set name = keep(o.name, btrim(p_name), 'name', p_clear), address = keep(o.address, btrim(p_address), 'address', p_clear),
         phone = keep(o.phone, btrim(p_phone), 'phone', p_clear), tax_number = keep(o.tax_number, btrim(p_tax_number), 'tax_number', p_clear),
         bank = keep(o.bank, btrim(p_bank), 'bank', p_clear), footer = keep(o.footer, btrim(p_footer), 'footer', p_clear),
         language = keep(o.language, p_language, 'language', p_clear), version = o.version + 1
   where h.property_id = p_property;
  return p_property;
end $$;

-- What was printed ----------------------------------------------------------------------------------------------------------

create view print_card with (security_invoker = true) as
select x.id, x.property_id, y.code as property, x.kind, x.number, x.copy, x.language, ts(x.at, y.zone) as at,
       (select u.login from app_user u where u.id = x.user_id) as by, (extract(epoch from x.at) * 1000000)::bigint || '~' || x.id as cursor
  from print_log x join property y on y.id = x.property_id;
grant select on print_card to steward_app;

-- Prints, latest first.
create function print_list_of(p_scope int[], p_number text, p_kind text, p_user text, p_copies boolean, p_after text, p_limit int)
returns table (property_id int, id uuid) language plpgsql stable rows 50 as $$
#variable_conflict use_column
declare
  cut constant record := cursor_split(p_after, 'infinity');
  lim constant int := coalesce(p_limit, 50);
  r constant record := ref_split(p_scope, null, p_number);
begin
  return query
    select x.property_id, x.id from unnest(r.within) s (property_id)
     cross join lateral (
       select x.property_id, x.id, x.at from print_log x
        where x.property_id = s.property_id and (x.at, x.id) < (cut.at, cut.id)
          and (p_number is null or x.number = upper(r.rest)) and (p_kind is null or x.kind = p_kind)
          and (p_user is null or x.user_id = (select u.id from app_user u where u.login = lower(p_user)))
          and (p_copies is not true or x.copy > 0)
        order by x.at desc, x.id desc limit lim) x
     order by x.at desc, x.id desc limit lim;
end $$;
