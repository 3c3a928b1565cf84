-- Users, their roles, and who may change whom.

-- Does this person hold one of the roles at the property? A role held everywhere counts at each. p_property null
-- asks for a role held everywhere.
create function user_has_role(p_user uuid, p_property int, p_roles text[]) returns boolean
language plpgsql stable as $$
begin -- plpgsql keeps its plan, a function in SQL would be planned again at each call
  return exists (select 1 from user_grant g join app_user u on u.id = g.user_id
                  where g.user_id = p_user and g.ended_at is null and u.state = 'active'
                    and g.role = any (p_roles) and (g.property_id is null or g.property_id = p_property));
end $$;

-- The person called so: a login name or an id.
create function user_key(p_user text) returns uuid language plpgsql stable as $$
declare
  found_id uuid;
begin
  if is_uuid(p_user) then
    select u.id into found_id from app_user u where u.id = p_user::uuid;
  else
    select u.id into found_id from app_user u where u.login = lower(p_user);
  end if;
  if found_id is null then
    perform refuse('STNOF', 'NO_SUCH_USER', 'user', format('there is no user %s', p_user));
  end if;
  return found_id;
end $$;

-- Refuses unless the actor may change this person: administrators of all properties may change anyone, others only
-- somebody whose present roles all lie at properties within p_scope and below their own.
create function user_manageable(p_actor uuid, p_scope int[], p_user uuid) returns void
language plpgsql stable as $$
begin
  if user_has_role(p_actor, null, '{administrator}') then
    return;
  end if;
  if exists (select 1 from user_grant g join role r on r.code = g.role
              where g.user_id = p_user and g.ended_at is null
                and (g.property_id is null or g.property_id <> all (p_scope)
                     or (r.headquarters and not user_has_role(p_actor, g.property_id, '{administrator}')))) then
    perform refuse('STDEN', 'OUT_OF_REACH', 'user',
                   'this person has roles elsewhere or at headquarters; only an administrator may do this');
  end if;
end $$;

-- May the actor see this person in lists? Who works within p_scope or everywhere; who holds no role yet, to those
-- who could give him one; everybody, to administrators of all properties.
create function user_visible(p_actor uuid, p_scope int[], p_user uuid) returns boolean language plpgsql stable as $$
begin
  return (
    select p_actor = p_user
        or user_has_role(p_actor, null, '{administrator}')
        or exists (select 1 from user_grant g where g.user_id = p_user and g.ended_at is null
                      and (g.property_id is null or g.property_id = any (p_scope)))
        or (not exists (select 1 from user_grant g where g.user_id = p_user and g.ended_at is null)
            and exists (select 1 from user_grant g where g.user_id = p_actor and g.ended_at is null
                           and g.role in ('manager', 'administrator'))));
end $$;

create function user_edit(p_actor uuid, p_scope int[], p_user text, p_full_name text, p_version int) returns void
language plpgsql as $$
declare
  whom uuid := user_key(p_user);
begin
  if p_actor <> whom then
    perform user_manageable(p_actor, p_scope, whom);
  end if;
  update app_user set full_name = coalesce(p_full_name, full_name), version = version + 1
   where id = whom and version = coalesce(p_version, version);
  if not found then
    perform refuse('STVER', 'VERSION_CONFLICT', 'version', format('somebody changed %s meanwhile; look again', p_user));
  end if;
end $$;

-- The property a role or device belongs to: a code, or 'all' (null), or nothing where only one is in reach.
create function place_of_work(p_at text, p_scope int[]) returns int language plpgsql stable as $$
declare
  found_id int;
begin
  if p_at = 'all' then
    return null;
  end if;
  if p_at is null then
    if cardinality(p_scope) = 1 then
      return p_scope[1];
    end if;
    perform refuse('STINV', 'REQUIRED', 'at', 'say at which property: its code, or all');
  end if;
  select p.id into found_id from property_all() p where p.code = upper(p_at) and p.id = any (p_scope);
  if found_id is null then
    perform refuse('STNOF', 'NO_SUCH_PROPERTY', 'at', format('there is no property %s here', p_at));
  end if;
  return found_id;
end $$;

-- Refuses unless the actor may give or take this role there.
create function user_grantable(p_actor uuid, p_user uuid, p_role text, p_property int) returns void
language plpgsql stable as $$
begin
  if user_has_role(p_actor, null, '{administrator}') then
    return;
  end if;
  if p_property is null then
    perform refuse('STDEN', 'OUT_OF_REACH', 'at', 'only an administrator may give or take a role for all properties');
  end if;
  if p_actor = p_user then
    perform refuse('STDEN', 'OWN_ROLES', 'user', 'nobody gives roles to himself or takes them; ask another manager');
  end if;
  if (select headquarters from role where code = p_role)
     and not user_has_role(p_actor, p_property, '{administrator}') then
    perform refuse('STDEN', 'OUT_OF_REACH', 'role',
                   format('only an administrator may give or take the role %s', p_role));
  end if;
end $$;

create function user_grant_add(p_actor uuid, p_scope int[], p_id uuid, p_user text, p_role text, p_at text)
returns void language plpgsql as $$
declare
  whom uuid := user_key(p_user);
  place int := place_of_work(p_at, p_scope);
begin
  perform user_grantable(p_actor, whom, p_role, place);
  insert into user_grant (id, user_id, role, property_id, granted_by) values (p_id, whom, p_role, place, p_actor);
end $$;

create function user_grant_end(p_actor uuid, p_scope int[], p_user text, p_role text, p_at text)
returns void language plpgsql as $$
declare
  whom uuid := user_key(p_user);
  place int := place_of_work(p_at, p_scope);
begin
  perform user_grantable(p_actor, whom, p_role, place);
  update user_grant set ended_at = now(), ended_by = p_actor
   where user_id = whom and role = p_role and property_id is not distinct from place and ended_at is null;
  if not found then
    perform refuse('STNOF', 'NO_SUCH_GRANT', 'role', format('%s does not hold the role %s there', p_user, p_role));
  end if;
end $$;

create function user_state_set(p_actor uuid, p_scope int[], p_user text, p_state text) returns void
language plpgsql as $$
declare
  whom uuid := user_key(p_user);
begin
  perform user_manageable(p_actor, p_scope, whom);
  if p_actor = whom then
    perform refuse('STPRE', 'YOURSELF', 'user', 'nobody can shut himself out; ask another administrator');
  end if;
  update app_user set state = p_state, version = version + 1 where id = whom and state <> p_state;
  if not found then
    perform refuse('STPRE', 'ALREADY', 'user', format('%s is %s already', p_user, p_state));
  end if;
end $$;

-- A password given by somebody else ends all logins and lifts the lock.
create function user_password_set(p_actor uuid, p_scope int[], p_user text, p_hash text) returns void
language plpgsql as $$
declare
  whom uuid := user_key(p_user);
begin
  perform user_manageable(p_actor, p_scope, whom);
  if p_actor = whom then
    perform refuse('STPRE', 'YOURSELF', 'user', 'change your own password with: steward auth change-password');
  end if;
  update app_user set password_hash = p_hash, must_change = true, failed_count = 0, locked_until = null,
                      version = version + 1
   where id = whom;
  update session set ended_at = now(), end_reason = 'password reset' where user_id = whom and ended_at is null;
end $$;

create function user_totp_clear(p_actor uuid, p_scope int[], p_user text) returns void
language plpgsql as $$
declare
  whom uuid := user_key(p_user);
begin
  perform user_manageable(p_actor, p_scope, whom);
  if p_actor = whom then
    perform refuse('STPRE', 'YOURSELF', 'user',
                   'replace your own authenticator with: steward auth totp-start');
  end if;
  update app_user set totp_secret = null, totp_pending = null, totp_last_step = null, totp_tries = 0,
                      version = version + 1
   where id = whom and totp;
  if not found then
    perform refuse('STPRE', 'ALREADY', 'user', format('%s has no authenticator', p_user));
  end if;
  update totp_recovery set replaced_at = now() where user_id = whom and replaced_at is null;
  update session set ended_at = now(), end_reason = 'authenticator reset' where user_id = whom and ended_at is null;
end $$;

-- People as lists and replies show them; roles and departments only within p_scope.
create function user_shown(p_users uuid[], p_scope int[])
returns table (id uuid, login text, full_name text, state text, roles text, departments text, totp boolean,
               must_change boolean, locked_until text, last_login_at text, version int)
language sql stable as $$
  select u.id, u.login, u.full_name, u.state,
         (select string_agg(g.role || ' ' || coalesce(p.code, '*'), ', ' order by p.code nulls first, r.bit)
            from user_grant g join role r on r.code = g.role
                 left join property p on p.id = g.property_id and p.id = any (p_scope)
           where g.user_id = u.id and g.ended_at is null and (g.property_id is null or p.id is not null)),
         (select string_agg(p.code || '/' || d.code, ', ' order by p.code, d.code)
            from user_department m
                 join department d on d.property_id = m.property_id and d.id = m.department_id
                 join property p on p.id = m.property_id
           where m.property_id = any (p_scope) and m.user_id = u.id and m.ended_at is null),
         u.totp, u.must_change,
         case when u.locked_until = 'infinity' then 'infinity'
              when u.locked_until > now() then instant(u.locked_until) end,
         instant(u.last_login_at), u.version
    from app_user u where u.id = any (p_users)
$$;
