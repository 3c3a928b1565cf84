-- What passes between us and the customer of a case: answers, and the customer asking again.

-- An answer, written by hand or filled from a template of the knowledge base. It answers the customer, whatever state the
-- case is in; the clocks of first response and update hear of it.
create function reply_send(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_text text, p_template text,
                           p_channel text) returns desk_case language plpgsql volatile as $$
declare
  k record := case_key(p_scope, p_ref);
  c desk_case := case_lock(k.property_id, k.id);
  said text := nullif(btrim(p_text), '');
begin
  if (said is null) = (nullif(p_template, '') is null) then
    perform refuse('STINV', 'TEXT_MISSING', 'text', 'say what the customer is told: as a text, or by the number of a template');
  elsif said is null then
    said := template_fill(c.property_id, p_template, c.id, p_user);
  end if;
  if length(said) > 4000 then
    perform refuse('STINV', 'TOO_LONG', 'text', 'longer than 4,000 characters');
  elsif p_channel is not null and not exists (select from case_channel h where h.channel = p_channel) then
    perform refuse('STINV', 'CHANNEL_UNKNOWN', 'channel', format('there is no channel called %s; `case kinds` lists them', quote_literal(p_channel)));
  end if;
  return case_apply(c, 'reply', p_user, said, p_key, p_at, p_channel => coalesce(p_channel, c.channel));
end $$;

-- The customer asks again. Three times without being answered is a matter for the next one up.
create function reply_chase(p_scope int[], p_ref text, p_user uuid, p_key uuid, p_at timestamptz, p_text text, p_channel text)
returns desk_case language plpgsql volatile as $$
declare
  k record := case_key(p_scope, p_ref);
  c desk_case := case_apply(case_lock(k.property_id, k.id), 'chase', p_user, p_text, p_key, p_at,
                            p_channel => coalesce(p_channel, 'phone'));
  unanswered int;
begin
  update desk_case d set chases = d.chases + 1 where d.property_id = c.property_id and d.id = c.id returning * into c;
  select count(*) into unanswered from case_event e
   where e.property_id = c.property_id and e.case_id = c.id and e.verb = 'chase'
     and e.seq > coalesce((select max(a.seq) from case_event a join case_verb v on v.verb = a.verb and v.answers
                            where a.property_id = c.property_id and a.case_id = c.id), 0);
  if unanswered >= 3 then
    c := escalation_climb(c, format('asked %s times without an answer', unanswered), null, null, 1);
  end if;
  return c;
end $$;
