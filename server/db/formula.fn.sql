-- Formulas of charge standards: a small typed language. Read and checked once, when a standard is saved; what comes out is a
-- list of steps for formula_try() (formula_value.fn.sql). Kinds: number (exact) and truth. Weakest first:
--
--   or  |  and  |  not  |  = <> < <= > >=  |  + -  |  * /  |  -x  |  number, 12.5%, variable, (...), function
--
-- Functions: if(truth, a, b), min(a, b, ...), max(a, b, ...), round(x), round(x, digits), floor(x), ceil(x) and
-- tier(x, 0: rate, 260: rate, 600: rate): each part of x costs the rate of the block it lies in.
-- Only what is needed is reckoned: the branch of if() that is not taken, and what follows a decided and/or, cannot fail.
-- A formula has at most 1000 characters, 300 words and 12 levels of brackets.

-- What a formula may speak of. The names a standard may use are a choice of these.
create function formula_variables() returns table (name text, unit text, kind text, meaning text)
language sql immutable parallel safe rows 20 as $$
  values ('gross_area', 'm2', 'number', 'area of the unit with its part of what is common'),
         ('usable_area', 'm2', 'number', 'area within the walls of the unit'),
         ('share', '1', 'number', 'part of the whole that belongs to the unit, between 0 and 1'),
         ('level', 'floor', 'number', 'floor the unit lies on; below ground it is negative'),
         ('people', 'person', 'number', 'people who live in the unit'),
         ('months', 'month', 'number', 'months charged; parts of a month by its days'),
         ('days', 'day', 'number', 'days charged'),
         ('days_in_month', 'day', 'number', 'days of the month that is charged'),
         ('reading', 'unit of the meter', 'number', 'what the meter shows at the end'),
         ('previous', 'unit of the meter', 'number', 'what the meter showed at the beginning'),
         ('factor', '1', 'number', 'what a reading is multiplied by: the ratio of the meter''s transformer'),
         ('usage', 'unit of the meter', 'number', 'what was used'),
         ('usage_before', 'unit of the meter', 'number', 'what was used before in the same year'),
         ('rate', 'currency', 'number', 'price of one'),
         ('amount', 'currency', 'number', 'amount that this one is reckoned from'),
         ('vacant', 'yes or no', 'truth', 'nobody lives in the unit')
$$;

-- A checked formula. Step i is op[i] with arg[i] (a constant, a variable, digits, or the step to go on with) and stands at
-- character place[i] of the text. Kept for the time of a run, not in a table: the text is what is kept.
create type formula as (kind text, op text[], arg int[], place int[], const ratio[], names text[]);

-- A formula while it is read: words and where they begin, the next word, how deep in brackets, the names it may use; then the
-- kind of what was read last and what has been made so far.
create type formula_reader as (
  words text[], starts int[], pos int, depth int, field text, allowed text[],
  kind text, op text[], arg int[], place int[], const ratio[], names text[]
);

create function formula_blame(p_field text, p_reason text, p_place int, p_sentence text) returns void language plpgsql immutable as
$$ begin perform refuse('STINV', p_reason, p_field, format('character %s: %s', p_place, p_sentence)); end $$;

-- The words of a formula and where they begin; the last one is empty. What other keyboards write for the same is taken too.
create function formula_words(p_text text, p_field text, out words text[], out starts int[]) language plpgsql immutable as $$
declare
  t constant text := translate(p_text, '（），：＋－×＊÷／＜＞＝％　', '(),:+-**//<>=% ');
  m text[];
  at int := 1;
begin
  if coalesce(btrim(t), '') = '' then
    perform refuse('STINV', 'FORMULA_EMPTY', p_field, 'the formula is missing: write what is to be reckoned, as gross_area * rate');
  elsif length(t) > 1000 then
    perform refuse('STINV', 'FORMULA_LONG', p_field, format('a formula has at most 1000 characters, this one has %s', length(t)));
  end if;
  loop
    at := at + length(substring(substr(t, at) from '^\s*'));
    words := words || ''::text;
    starts := starts || at;
    exit when at > length(t);
    m := regexp_match(substr(t, at), '^(\d+(?:\.\d+)?(?:\s*%)?|[A-Za-z_][A-Za-z0-9_]*|<=|>=|<>|[-+*/(),:<>=])');
    if m is null then
      perform formula_blame(p_field, 'FORMULA', at, format('%s means nothing here; write numbers as 12.5, names, + - * / and brackets',
                                                           quote_literal(substr(t, at, 1))));
    elsif array_length(words, 1) > 300 then
      perform formula_blame(p_field, 'FORMULA_LONG', at, 'a formula has at most 300 words and signs; make two charges of it');
    end if;
    words[array_length(words, 1)] := lower(regexp_replace(m[1], '\s', '', 'g') collate "C");
    at := at + length(m[1]);
  end loop;
end $$;

create function formula_blame(s formula_reader, p_reason text, p_sentence text) returns void language plpgsql immutable as
$$ begin perform formula_blame(s.field, p_reason, s.starts[s.pos], p_sentence); end $$;

-- One more step.
create function formula_step(s formula_reader, p_op text, p_arg int, p_place int) returns formula_reader language plpgsql immutable as $$
begin
  s.op := s.op || p_op;
  s.arg := s.arg || p_arg;
  s.place := s.place || p_place;
  return s;
end $$;

-- Goes past a word that must stand here.
create function formula_expect(s formula_reader, p_word text, p_advice text) returns formula_reader language plpgsql immutable as $$
begin
  if s.words[s.pos] <> p_word then
    perform formula_blame(s, 'FORMULA', format('%s expected, found %s; %s', quote_literal(p_word),
                                               coalesce(quote_literal(nullif(s.words[s.pos], '')), 'the end'), p_advice));
  end if;
  s.pos := s.pos + 1;
  return s;
end $$;

-- Refuses what was read last, beginning at a place, where it is of another kind.
create function formula_kind(s formula_reader, p_kind text, p_place int, p_what text) returns void language plpgsql immutable as $$
begin
  if s.kind <> p_kind then
    perform formula_blame(s.field, 'FORMULA_KIND', p_place,
                          format(case p_kind when 'number' then '%s needs a number, this is true or false; if(..., a, b) makes numbers of it'
                                 else '%s needs something true or false, this is a number; compare it with another one' end, p_what));
  end if;
end $$;

-- A number as it is written: 12, 0.59, 7.5%.
create function formula_number(s formula_reader) returns ratio language plpgsql immutable as $$
declare
  w constant text := s.words[s.pos];
begin
  if w !~ '^\d' then
    perform formula_blame(s, 'FORMULA', 'a number written out is expected, as 260');
  elsif w !~ '^\d{1,15}(\.\d{1,10})?%?$' then
    perform formula_blame(s, 'FORMULA_LONG', 'a number has at most 15 digits before the point and 10 after it');
  end if;
  return ratio(rtrim(w, '%')::numeric, case when w like '%\%' then 100 else 1 end);
end $$;

create function formula_const(s formula_reader, p ratio, p_op text, p_place int) returns formula_reader language plpgsql immutable as $$
begin
  s.const := s.const || p;
  return formula_step(s, p_op, array_length(s.const, 1), p_place);
end $$;

create function formula_name(s formula_reader) returns formula_reader language plpgsql immutable as $$
declare
  w constant text := s.words[s.pos];
  k constant text := (select v.kind from formula_variables() v where v.name = w);
begin
  if k is null or w <> all (s.allowed) then
    perform formula_blame(s, 'FORMULA_NAME', format('%s is not known here; these are: %s', quote_literal(w),
      (select string_agg(v.name, ', ') from formula_variables() v where v.name = any (s.allowed))));
  end if;
  if w <> all (s.names) then
    s.names := s.names || w;
  end if;
  s := formula_step(s, 'var', array_position(s.names, w), s.starts[s.pos]);
  s.pos := s.pos + 1;
  s.kind := k;
  return s;
end $$;

-- How strongly an operator binds; null for what is none.
create function formula_power(p_word text) returns int language plpgsql immutable as $$
begin
  return case when p_word = 'or' then 1 when p_word = 'and' then 2 when p_word = any ('{=,<>,<,<=,>,>=}') then 4
              when p_word in ('+', '-') then 5 when p_word in ('*', '/') then 6 end;
end $$;

-- One of several operands with what stands between them, as far as it binds at least as strongly as p_power.
create function formula_expression(s formula_reader, p_power int) returns formula_reader language plpgsql immutable as $$
declare
  first int := s.starts[s.pos]; -- where the left side begins
  compared boolean := false;
  op text;
  power int;
  at int;   -- the operator's place
  step int; -- the operator's step, where it decides about the right side
begin
  s := formula_operand(s);
  loop
    op := s.words[s.pos];
    power := formula_power(op);
    exit when power is null or power < p_power;
    at := s.starts[s.pos];
    if power = 4 and compared then
      perform formula_blame(s, 'FORMULA', 'two comparisons in a row; write a < b and b < c');
    end if;
    perform formula_kind(s, case when power < 4 then 'truth' else 'number' end, first, quote_literal(op));
    if power < 4 then
      s := formula_step(s, op, null, at);
      step := array_length(s.op, 1);
    end if;
    s.pos := s.pos + 1;
    first := s.starts[s.pos];
    s := formula_expression(s, power + 1);
    perform formula_kind(s, case when power < 4 then 'truth' else 'number' end, first, quote_literal(op));
    if power < 4 then
      s.arg[step] := array_length(s.op, 1) + 1;
    elsif op = '/' and s.words[s.pos - 1] ~ '^0+(\.0+)?%?$' and s.words[s.pos - 2] = '/' then
      perform formula_blame(s.field, 'FORMULA', at, 'this divides by 0');
    else
      s := formula_step(s, op, null, at);
    end if;
    compared := compared or power = 4;
    s.kind := case when power > 4 then 'number' else 'truth' end;
  end loop;
  return s;
end $$;

-- An operand: number, variable, function, something in brackets, or one of these after - or not.
create function formula_operand(s formula_reader) returns formula_reader language plpgsql immutable as $$
declare
  w constant text := s.words[s.pos];
  at constant int := s.starts[s.pos];
begin
  if s.depth >= 12 then
    perform formula_blame(s, 'FORMULA_DEEP', 'more than 12 levels of brackets; make two charges of it');
  end if;
  s.depth := s.depth + 1;
  if w ~ '^\d' then
    s := formula_const(s, formula_number(s), 'const', at);
    s.pos := s.pos + 1;
    s.kind := 'number';
  elsif w in ('-', 'not') then
    s.pos := s.pos + 1;
    s := case w when '-' then formula_operand(s) else formula_expression(s, 4) end;
    perform formula_kind(s, case w when '-' then 'number' else 'truth' end, at, quote_literal(w));
    s := formula_step(s, case w when '-' then 'neg' else 'not' end, null, at);
  elsif w = '(' then
    s.pos := s.pos + 1;
    s := formula_expression(s, 1);
    s := formula_expect(s, ')', 'close the bracket');
  elsif w ~ '^[a-z_]' and s.words[s.pos + 1] = '(' then
    s := formula_call(s);
  elsif w ~ '^[a-z_]' and w <> all ('{and,or,if,min,max,round,floor,ceil,tier}') then
    s := formula_name(s);
  else
    perform formula_blame(s, 'FORMULA', format('a number, a name or a bracket is expected, found %s',
                                               coalesce(quote_literal(nullif(w, '')), 'the end')));
  end if;
  s.depth := s.depth - 1;
  return s;
end $$;

-- One argument of a function, of a kind.
create function formula_argument(s formula_reader, p_kind text, p_name text) returns formula_reader language plpgsql immutable as $$
declare
  at constant int := s.starts[s.pos];
begin
  s := formula_expression(s, 1);
  perform formula_kind(s, coalesce(p_kind, s.kind), at, p_name || '()');
  return s;
end $$;

-- if(truth, a, b): the steps of the branch that is not taken are passed over.
create function formula_if(s formula_reader) returns formula_reader language plpgsql immutable as $$
declare
  advice constant text := 'write if(condition, then, else)';
  at constant int := s.starts[s.pos - 2];
  unless int;
  jump int;
  k text;
begin
  s := formula_argument(s, 'truth', 'if');
  s := formula_expect(s, ',', advice);
  s := formula_step(s, 'unless', null, at);
  unless := array_length(s.op, 1);
  s := formula_argument(s, null, 'if');
  k := s.kind;
  s := formula_expect(s, ',', advice);
  s := formula_step(s, 'jump', null, at);
  jump := array_length(s.op, 1);
  s.arg[unless] := jump + 1;
  s := formula_argument(s, k, 'the last part of if');
  s.arg[jump] := array_length(s.op, 1) + 1;
  return s;
end $$;

-- tier(x, 0: rate, 260: rate, ...): 'tier' opens a sum, each 'block' takes what lies in it off x, 'rest' takes what is left.
create function formula_tier(s formula_reader) returns formula_reader language plpgsql immutable as $$
declare
  advice constant text := 'write tier(usage, 0: 0.59, 260: 0.64)';
  above ratio := row(0, 1);
  next ratio;
  at int := s.starts[s.pos - 2];
begin
  s := formula_argument(s, 'number', 'tier');
  s := formula_step(s, 'tier', null, at);
  s := formula_expect(s, ',', advice);
  if s.words[s.pos] <> '0' then
    perform formula_blame(s, 'FORMULA', 'the first block begins with 0: tier(usage, 0: ...)');
  end if;
  s.pos := s.pos + 1;
  loop
    s := formula_expect(s, ':', advice);
    at := s.starts[s.pos];
    s := formula_argument(s, 'number', 'tier');
    exit when s.words[s.pos] <> ',';
    s.pos := s.pos + 1;
    next := formula_number(s);
    if ratio_cmp(next, above) <= 0 then
      perform formula_blame(s, 'FORMULA', 'each block begins above the one before it');
    end if;
    s := formula_const(s, ratio_sub(next, above), 'block', at);
    above := next;
    s.pos := s.pos + 1;
  end loop;
  return formula_step(s, 'rest', null, at);
end $$;

-- A function with its arguments.
create function formula_call(s formula_reader) returns formula_reader language plpgsql immutable as $$
declare
  name constant text := s.words[s.pos];
  at constant int := s.starts[s.pos];
  digits int := 0;
begin
  if name <> all ('{if,min,max,round,floor,ceil,tier}') then
    perform formula_blame(s, 'FORMULA_NAME', format('there is no function %s; these are: if, min, max, round, floor, ceil, tier',
                                                    quote_literal(name)));
  end if;
  s.pos := s.pos + 2;
  if name = 'if' then
    s := formula_if(s);
  elsif name = 'tier' then
    s := formula_tier(s);
  else
    s := formula_argument(s, 'number', name);
    if name in ('min', 'max') and s.words[s.pos] <> ',' then
      perform formula_expect(s, ',', format('%s compares two numbers or more', name));
    end if;
    while name in ('min', 'max') and s.words[s.pos] = ',' loop
      s.pos := s.pos + 1;
      s := formula_argument(s, 'number', name);
      s := formula_step(s, name, null, at);
    end loop;
    if name = 'round' and s.words[s.pos] = ',' then
      s.pos := s.pos + 1;
      if s.words[s.pos] !~ '^[0-6]$' then
        perform formula_blame(s, 'FORMULA', 'the digits after the point are written out: round(x, 0) to round(x, 6)');
      end if;
      digits := s.words[s.pos];
      s.pos := s.pos + 1;
    end if;
    if name in ('round', 'floor', 'ceil') then
      s := formula_step(s, name, digits, at);
    end if;
    s.kind := 'number';
  end if;
  return formula_expect(s, ')', 'close the bracket');
end $$;

-- Reads and checks a formula. p_allowed: names it may use, null for all of formula_variables(). Refuses with the place of the
-- mistake and what to write instead.
create function formula_compile(p_text text, p_allowed text[] default null, p_kind text default 'number', p_field text default 'formula')
returns formula language plpgsql immutable as $$
declare
  s formula_reader;
  read constant record := formula_words(p_text, p_field);
begin
  s.words := read.words;
  s.starts := read.starts;
  s.pos := 1;
  s.depth := 0;
  s.field := p_field;
  s.allowed := coalesce(p_allowed, (select array_agg(v.name) from formula_variables() v));
  s.op := '{}';
  s.arg := '{}';
  s.place := '{}';
  s.const := '{}';
  s.names := '{}';
  s := formula_expression(s, 1);
  if s.words[s.pos] <> '' then
    perform formula_blame(s, 'FORMULA', format('%s cannot follow here; an operator as + or * is missing, or a bracket is one too many',
                                               quote_literal(s.words[s.pos])));
  end if;
  perform formula_kind(s, p_kind, s.starts[1], 'the formula as a whole');
  return row(s.kind, s.op, s.arg, s.place, s.const, s.names)::formula;
end $$;
