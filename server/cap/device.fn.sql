-- Devices: invited, redeemed, renewed, shut out.

-- The device called so: a name (one in use before one that was shut out) or an id, among those the actor may see.
create function device_key(p_actor uuid, p_scope int[], p_device text) returns uuid language plpgsql stable as $$
declare
  found_id uuid;
begin
  select d.id into found_id from device d
   where case when is_uuid(p_device) then d.id = p_device::uuid else d.name = lower(p_device) end
     and (d.property_id = any (p_scope) or user_has_role(p_actor, null, '{administrator}'))
   order by (d.state = 'disabled'), d.invited_at desc limit 1;
  if found_id is null then
    perform refuse('STNOF', 'NO_SUCH_DEVICE', 'device', format('there is no device %s here', p_device));
  end if;
  return found_id;
end $$;

create function device_invite(p_actor uuid, p_scope int[], p_id uuid, p_name text, p_at text, p_token bytea)
returns void language plpgsql as $$
declare
  place int := place_of_work(p_at, p_scope);
begin
  if place is null and not user_has_role(p_actor, null, '{administrator}') then
    perform refuse('STDEN', 'OUT_OF_REACH', 'at', 'only an administrator may invite a device of headquarters');
  end if;
  update device set state = 'disabled', token_hash = null, version = version + 1
   where name = p_name and state = 'invited'
     and (property_id = any (p_scope) or user_has_role(p_actor, null, '{administrator}'));
  insert into device (id, name, property_id, token_hash, token_expires_at, invited_by)
  values (p_id, p_name, place, p_token, now() + interval '15 minutes', p_actor);
end $$;

create function device_state_set(p_actor uuid, p_scope int[], p_device text, p_state text) returns uuid
language plpgsql as $$
declare
  which uuid := device_key(p_actor, p_scope, p_device);
begin
  if p_state = 'active' and exists (select 1 from device where id = which and key_hash is null) then
    perform refuse('STPRE', 'NEVER_ENROLLED', 'device', 'it was never enrolled; invite it again');
  end if;
  update device set state = p_state, token_hash = null, version = version + 1 where id = which and state <> p_state;
  if not found then
    perform refuse('STPRE', 'ALREADY', 'device', format('%s is %s already', p_device, p_state));
  end if;
  return which;
end $$;
-- Enrolling a machine, logging in at it, and what the daemon must know while somebody is logged in.

-- Turns an invitation into a device, in one statement: the token is burnt and the key's hash written together. Within
-- 15 minutes the same key may ask again, so that an answer that got lost does no harm. No row: refused.
create function device_redeem(p_token bytea, p_key_hash bytea, p_days int)
returns table (id uuid, name text) language sql as $$
  update device d
     set state = 'active', key_hash = p_key_hash, token_used_at = coalesce(d.token_used_at, now()),
         enrolled_at = coalesce(d.enrolled_at, now()), cert_expires_at = now() + make_interval(days => p_days),
         version = d.version + 1
   where d.token_hash = p_token
     and ((d.state = 'invited' and d.token_used_at is null and d.token_expires_at > now())
          or (d.state = 'active' and d.key_hash = p_key_hash and d.token_used_at > now() - interval '15 minutes'))
  returning d.id, d.name
$$;

-- The present device gets a certificate for this key.
create function device_renew(p_device uuid, p_key_hash bytea, p_days int) returns uuid language plpgsql as $$
begin
  update device set key_hash = p_key_hash, cert_expires_at = now() + make_interval(days => p_days),
                    version = version + 1
   where id = p_device and state = 'active';
  if not found then
    perform refuse('STDEN', 'DEVICE_DISABLED', null, 'this device may not be used any more');
  end if;
  return p_device;
end $$;
