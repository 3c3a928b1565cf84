-- What a checked formula comes to: exact, and never 0 because something was wrong.

-- Two numbers put together. A division by 0 gives NULL.
create function formula_join(p_op text, a ratio, b ratio) returns ratio language plpgsql immutable parallel safe as $$
declare
  r ratio;
begin
  case p_op
    when '*' then return ratio_of(a.n * b.n, a.d * b.d);
    when '+' then return ratio_add(a, b);
    when '-' then return ratio_sub(a, b);
    when '/' then
      return case when b.n <> 0 then ratio_of(a.n * b.d, a.d * b.n) end;
    when 'min' then return case when a.n * b.d > b.n * a.d then b else a end;
    when 'max' then return case when a.n * b.d < b.n * a.d then b else a end;
    when '=' then r.n := (a = b)::int;
    when '<>' then r.n := (a <> b)::int;
    when '<' then r.n := (a.n * b.d < b.n * a.d)::int;
    when '<=' then r.n := (a.n * b.d <= b.n * a.d)::int;
    when '>' then r.n := (a.n * b.d > b.n * a.d)::int;
    when '>=' then r.n := (a.n * b.d >= b.n * a.d)::int;
  end case;
  r.d := 1;
  return r;
end $$;

-- One number made another.
create function formula_turn(p_op text, p_digits int, a ratio) returns ratio language plpgsql immutable parallel safe as $$
begin
  return case p_op
    when 'neg' then row(-a.n, a.d)::ratio
    when 'not' then row(1 - a.n, 1)::ratio
    when 'floor' then row(floor_div(a.n, a.d), 1)::ratio
    when 'ceil' then row(-floor_div(-a.n, a.d), 1)::ratio
    when 'round' then ratio_of(ratio_to_unit(row(a.n * ('1e' || p_digits)::numeric, a.d), 'half_up', 1), ('1e' || p_digits)::numeric)
  end;
end $$;

-- What went wrong, in words.
create function formula_fault(p_code text, p_what text) returns text language sql immutable parallel safe as $$
  select case p_code when 'VALUE_MISSING' then p_what || ' is missing: enter it, then reckon again'
                     when 'DIVISION_BY_ZERO' then 'a division by 0 at character ' || p_what
                     when 'USAGE_NEGATIVE' then 'tier() of an amount below 0 at character ' || p_what
                     when 'NEGATIVE' then 'it comes to ' || p_what || ', and may not be below 0'
                     when 'TOO_LARGE' then 'a number with more than 60 digits at character ' || p_what end
$$;

-- The value of a formula with p_values[i] for p_names[i]: an exact number; 1 and 0 for true and false. Where there is none,
-- 'code' says why and 'sentence' says it to people, and nothing is raised: a run of many lines keeps both and goes on.
-- VALUE_MISSING: a value that is needed is NULL or not given; DIVISION_BY_ZERO; USAGE_NEGATIVE: tier() of less than 0;
-- NEGATIVE: the result is below 0 and p_negative is not true; TOO_LARGE: a number of more than 60 digits came up.
-- In a list of lines call it as `cross join lateral formula_try(...)`, once a line.
create function formula_try(p formula, p_names text[], p_values ratio[], p_negative boolean default false,
                            out value ratio, out code text, out sentence text)
language plpgsql immutable parallel safe as $$
declare
  most constant numeric := 1e60;
  ops constant text[] := p.op;
  args constant int[] := p.arg;
  consts constant ratio[] := p.const;
  last constant int := cardinality(ops);
  st ratio[]; -- the stack, filled up to sp
  sp int := 0;
  i int := 0; -- the step
  op text;
  x ratio;
begin
  while i < last and code is null loop
    i := i + 1;
    op := ops[i];
    if op = 'const' then
      sp := sp + 1;
      st[sp] := consts[args[i]];
    elsif op = 'var' then
      sp := sp + 1;
      x := p_values[array_position(p_names, p.names[args[i]])];
      st[sp] := x;
      code := case when x.n is null or x.d is null then 'VALUE_MISSING' when abs(x.n) >= most or x.d >= most then 'TOO_LARGE' end;
    elsif op = 'jump' or op = 'unless' and st[sp].n = 0 then
      sp := sp - case when op = 'jump' then 0 else 1 end;
      i := args[i] - 1;
    elsif op = 'and' and st[sp].n = 0 or op = 'or' and st[sp].n = 1 then
      i := args[i] - 1;
    elsif op in ('unless', 'and', 'or') then
      sp := sp - 1;
    elsif op in ('neg', 'not', 'floor', 'ceil', 'round') then
      st[sp] := formula_turn(op, args[i], st[sp]);
    elsif op = 'tier' then
      code := case when st[sp].n < 0 then 'USAGE_NEGATIVE' end;
      sp := sp + 1;
      st[sp] := row(0, 1)::ratio;
    elsif op = 'block' or op = 'rest' then
      x := case when op = 'block' then formula_join('min', st[sp - 2], consts[args[i]]) else st[sp - 2] end;
      st[sp - 2] := ratio_sub(st[sp - 2], x);
      x := ratio_add(st[sp - 1], ratio_mul(st[sp], x));
      sp := sp - case when op = 'block' then 1 else 2 end;
      st[sp] := x;
    else
      sp := sp - 1;
      x := formula_join(op, st[sp], st[sp + 1]);
      st[sp] := x;
      code := case when x.n is null then 'DIVISION_BY_ZERO' when abs(x.n) >= most or x.d >= most then 'TOO_LARGE' end;
    end if;
  end loop;
  value := case when code is null then st[1] end;
  code := case when code is null and value.n < 0 and not p_negative then 'NEGATIVE' else code end;
  if code is not null then
    sentence := formula_fault(code, case code when 'VALUE_MISSING' then p.names[args[i]] when 'NEGATIVE' then ratio_text(value)
                                    else p.place[i]::text end);
    value := null;
  end if;
end $$;

-- The same where a formula stands alone: what went wrong is refused.
create function formula_value(p formula, p_names text[], p_values ratio[], p_negative boolean default false,
                              p_field text default 'formula') returns ratio language plpgsql immutable parallel safe as $$
declare
  r constant record := formula_try(p, p_names, p_values, p_negative);
begin
  if r.code is not null then
    perform refuse('STINV', r.code, p_field, r.sentence);
  end if;
  return r.value;
end $$;
