-- Money as people write and read it. Inside, an amount is always a whole number of minor units.

-- Digits after the point of a currency; those that have not two are named.
create function currency_digits(p_currency text) returns int language sql immutable parallel safe as $$
  select case when p_currency = any ('{CLP,ISK,JPY,KRW,PYG,UGX,VND,XAF}') then 0
              when p_currency = any ('{BHD,IQD,JOD,KWD,OMR,TND}') then 3 else 2 end
$$;

-- An amount as files write it, in minor units: 35, 35.5, 1,280.50. Empty text is no value.
create function to_money(t text, p_currency text, field text) returns bigint language plpgsql immutable parallel safe as $$
declare
  x text := norm(t);
  digits constant int := currency_digits(p_currency);
begin
  if coalesce(x, '') = '' then
    return null;
  elsif x !~ ('^(\d{1,9}|\d{1,3}(,\d{3}){1,2})' || case when digits > 0 then format('(\.\d{1,%s})?', digits) else '' end || '$') then
    perform refuse('STINV', 'AMOUNT', field, format('%s is no amount: write 35 or 35.50, up to %s digits after the point',
                                                    quote_literal(t), digits));
  end if;
  x := replace(x, ',', '');
  return (split_part(x, '.', 1) || rpad(split_part(x, '.', 2), digits, '0'))::bigint;
end $$;

-- An amount for sentences: 1280.50.
create function money_text(p_amount bigint, p_currency text) returns text language plpgsql immutable parallel safe as $$
declare
  digits constant int := currency_digits(p_currency);
  x constant text := lpad(abs(p_amount)::text, greatest(length(abs(p_amount)::text), digits + 1), '0');
begin
  return case when p_amount < 0 then '-' else '' end
         || case when digits = 0 then x else left(x, -digits) || '.' || right(x, digits) end;
end $$;
