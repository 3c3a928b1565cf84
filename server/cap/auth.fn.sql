-- Logging in: what a wrong password costs, what a right one proves, the facts of a session.

-- How long a person must wait after so many wrong passwords in a row: five are free, then 1, 2, 4 ... seconds up to
-- 15 minutes; after a hundred only a reset helps.
create function login_wait(failures int) returns interval language sql immutable as $$
  select case when failures <= 5 then interval '0'
              when failures <= 15 then make_interval(secs => power(2, failures - 6))
              else interval '15 minutes' end
$$;

-- Begins an attempt to prove who one is, by password, by code or by both. The attempt is counted before it is judged,
-- so that many at once gain nothing; success sets the counters back. Says how long to wait (-1: until a reset), or
-- hands out what is needed to judge. No row: there is no such person. 'seen': the call's key was used before, so the
-- call will be answered from memory and nothing is counted. The only way to read hashes and secrets.
create function credential_attempt(p_login text, p_user uuid, p_device uuid, p_key uuid, p_password boolean,
                                   p_code boolean, p_recovery bytea)
returns table (seen boolean, wait_seconds int, id uuid, login text, full_name text, state text,
               password_hash text, must_change boolean, totp_secret bytea, totp_pending bytea,
               totp_last_step bigint, recovery_fits boolean)
language plpgsql security definer set search_path = steward_code, steward, pg_temp as $$
declare
  u app_user;
  moment timestamptz;
begin
  seen := exists (select 1 from idem i where i.device_id = p_device and i.key = p_key);
  if seen then
    return next;
    return;
  end if;
  if (select count(*) from login_failure f
       where f.device_id = p_device and f.at > clock_timestamp() - interval '1 minute') >= 20 then
    wait_seconds := 60;
    return next;
    return;
  end if;
  select * into u from app_user a
   where (p_user is not null and a.id = p_user) or (p_user is null and a.login = p_login) for update;
  if not found then
    return;
  end if;
  moment := clock_timestamp();
  if p_password and u.locked_until > moment then
    wait_seconds := case when u.locked_until = 'infinity' then -1
                         else ceil(extract(epoch from u.locked_until - moment)) end;
    return next;
    return;
  end if;
  if u.totp_tries_at is null or u.totp_tries_at < moment - interval '15 minutes' then
    u.totp_tries := 0;
    u.totp_tries_at := null;
  end if;
  p_code := p_code and (u.totp or u.totp_pending is not null);
  if p_code and u.totp_tries >= 5 then
    wait_seconds := ceil(extract(epoch from u.totp_tries_at + interval '15 minutes' - moment));
    return next;
    return;
  end if;
  if p_password then
    u.failed_count := u.failed_count + 1;
    u.locked_until := case when u.failed_count >= 100 then 'infinity'
                           when u.failed_count > 5 then moment + login_wait(u.failed_count) end;
  end if;
  if p_code then
    u.totp_tries := u.totp_tries + 1;
    u.totp_tries_at := coalesce(u.totp_tries_at, moment);
  end if;
  update app_user a set failed_count = u.failed_count, locked_until = u.locked_until, totp_tries = u.totp_tries,
                        totp_tries_at = u.totp_tries_at
   where a.id = u.id;
  return query select false, 0, u.id, u.login, u.full_name, u.state, u.password_hash, u.must_change, u.totp_secret,
    u.totp_pending, u.totp_last_step,
    p_recovery is not null and exists (select 1 from totp_recovery r where r.user_id = u.id
      and r.code_hash = p_recovery and r.used_at is null and r.replaced_at is null);
end $$;
revoke execute on function credential_attempt(text, uuid, uuid, uuid, boolean, boolean, bytea) from public;
grant execute on function credential_attempt(text, uuid, uuid, uuid, boolean, boolean, bytea) to steward_app;

-- The attempt was right. A code's step or a recovery code counts once, also when two calls bring it together.
create function credential_proved(p_user uuid, p_password boolean, p_step bigint, p_recovery bytea) returns void
language plpgsql as $$
begin
  update app_user set failed_count = case when p_password then 0 else failed_count end,
                      locked_until = case when p_password then null else locked_until end
   where id = p_user and state = 'active';
  if not found then
    perform refuse('STDEN', 'USER_DISABLED', null, 'this account is disabled');
  end if;
  if p_step is not null then
    update app_user set totp_last_step = p_step, totp_tries = 0, totp_tries_at = null
     where id = p_user and coalesce(totp_last_step, 0) < p_step;
    if not found then
      perform refuse('STDEN', 'CODE_USED', 'code', 'this code was used already; wait for the next one');
    end if;
  end if;
  if p_recovery is not null then
    update totp_recovery set used_at = now()
     where user_id = p_user and code_hash = p_recovery and used_at is null and replaced_at is null;
    if not found then
      perform refuse('STDEN', 'CODE_USED', 'code', 'this recovery code was used already');
    end if;
    update app_user set totp_tries = 0, totp_tries_at = null where id = p_user;
  end if;
end $$;

create function session_open(p_id uuid, p_token bytea, p_user uuid, p_device uuid, p_step bigint, p_recovery bytea)
returns void language plpgsql as $$
begin
  perform credential_proved(p_user, true, p_step, p_recovery);
  perform 1 from device where id = p_device and state = 'active' for key share;
  if not found then
    perform refuse('STDEN', 'DEVICE_DISABLED', null, 'this device may not be used any more');
  end if;
  update app_user set last_login_at = now() where id = p_user;
  update session set ended_at = expires_at, end_reason = 'expired'
   where user_id = p_user and ended_at is null and expires_at < now();
  insert into session (id, token_hash, user_id, device_id, expires_at, proved_at)
  values (p_id, p_token, p_user, p_device, now() + interval '12 hours',
          case when p_step is not null or p_recovery is not null then now() end);
end $$;

-- What the daemon must know of live sessions; one that is over gives no row. Ages and rests in milliseconds, so that
-- two clocks need not agree. 'grants' is "property:roles" with a bit per role, property 0 for all of them.
create function session_facts(p_sessions uuid[])
returns table (session_id uuid, user_id uuid, device_id uuid, login text, full_name text, must_change boolean,
               totp boolean, local boolean, left_ms bigint, idle_limit_ms bigint, idle_ms bigint, proved_ms bigint,
               expires_at text, grants text, epoch bigint)
language sql stable as $$
  select x.session_id, x.user_id, x.device_id, x.login, x.full_name, x.must_change, x.totp, x.local,
         x.left_ms, x.idle_limit_ms, x.idle_ms, x.proved_ms, x.expires_at, x.grants, (select n from access_epoch)
    from (
      select s.id as session_id, s.user_id, s.device_id, u.login, u.full_name, u.must_change, u.totp, s.local,
             case when isfinite(s.expires_at)
                  then (extract(epoch from s.expires_at - clock_timestamp()) * 1000)::bigint end as left_ms,
             case when s.local then null when g.headquarters then 900000 else 1800000 end::bigint as idle_limit_ms,
             greatest(0, (extract(epoch from clock_timestamp() - s.last_used_at) * 1000)::bigint) as idle_ms,
             case when s.proved_at is not null -- greatest() would make 0 of null
                  then greatest(0, (extract(epoch from clock_timestamp() - s.proved_at) * 1000)::bigint) end as proved_ms,
             instant(s.expires_at) as expires_at, g.grants
        from session s
             join app_user u on u.id = s.user_id
             join device d on d.id = s.device_id
             cross join lateral (
               select coalesce(string_agg(h.property_id || ':' || h.roles, ',' order by h.property_id), '') as grants,
                      coalesce(bool_or(h.headquarters), false) as headquarters
                 from (select coalesce(ug.property_id, 0) as property_id, bit_or(1 << r.bit) as roles,
                              bool_or(r.headquarters) as headquarters
                         from user_grant ug join role r on r.code = ug.role
                        where ug.user_id = u.id and ug.ended_at is null
                        group by 1) h
             ) g
       where s.id = any (p_sessions) and s.ended_at is null and s.expires_at > clock_timestamp()
         and u.state = 'active' and d.state = 'active'
    ) x
   where x.idle_limit_ms is null or x.idle_ms < x.idle_limit_ms
$$;
