-- People, roles, departments, devices and logins, as the daemon's role sees them. Leaves nothing behind.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
create extension if not exists pgtap schema public;
set local search_path = steward_code, steward, public;

insert into property (code, name, zone) values ('TSUN', 'Sunshine', 'Asia/Shanghai'), ('TLAK', 'Lake View', 'Asia/Shanghai');
create function pg_temp.at(p text) returns int language sql stable as $$ select id from steward_code.property_all() where code = p $$;
create function pg_temp.who(p text) returns uuid language sql stable as $$ select id from steward.app_user where login = 't-' || p $$;
create function pg_temp.here() returns int[] language sql stable as $$ select array[pg_temp.at('TSUN')] $$;
create function pg_temp.all_places() returns int[] language sql stable as $$ select array_agg(id order by id) from steward_code.property_all() $$;
create function pg_temp.add(p text) returns void language sql volatile as
$$ insert into steward.app_user (id, login, full_name, password_hash) values (gen_random_uuid(), 't-' || p, p, 'hash of ' || p) $$;
create function pg_temp.give(p text, p_role text, p_at text) returns void language sql volatile as
$$ insert into steward.user_grant (id, user_id, role, property_id)
   values (gen_random_uuid(), pg_temp.who(p), p_role, pg_temp.at(p_at)) $$;
create function pg_temp.epoch() returns bigint language sql volatile as $$ select n from steward.access_epoch $$;
-- Does the statement move the epoch?
create function pg_temp.moves(p_sql text) returns boolean language plpgsql volatile as $$
declare before bigint := pg_temp.epoch();
begin
  execute p_sql;
  return pg_temp.epoch() > before;
end $$;
create function pg_temp.try(p_login text, p_code boolean default false, p_device uuid default null, p_key uuid default null)
returns text language sql volatile as
$$ select case when seen then 'seen' when wait_seconds <> 0 then 'wait ' || wait_seconds else password_hash end
     from steward_code.credential_attempt(p_login, null, p_device, p_key, true, p_code, null) $$;
create function pg_temp.failed(p text) returns int language sql volatile as
$$ select failed_count from steward.app_user where login = p $$;

\o /dev/null
select pg_temp.add(x) from unnest('{boss,deputy,manager,clerk,lake,new,director}'::text[]) x;
select pg_temp.give('boss', 'administrator', null), pg_temp.give('deputy', 'administrator', null),
       pg_temp.give('manager', 'manager', 'TSUN'), pg_temp.give('clerk', 'clerk', 'TSUN'),
       pg_temp.give('lake', 'clerk', 'TLAK'), pg_temp.give('director', 'director', 'TSUN');
select set_config('steward.scope', array_to_string(pg_temp.all_places(), ','), true);
\o

select no_plan();

-- What the daemon's role may not do
select throws_ok('select password_hash from app_user', '42501', null, 'hashes cannot be read in bulk');
select throws_ok('select totp_secret from app_user', '42501', null, 'nor can sealed secrets');
select throws_ok('delete from user_grant', '42501', null, 'grants are not deleted');
select throws_ok('delete from session', '42501', null, 'nor are sessions');
select throws_ok('update user_grant set role = ''clerk''', '42501', null, 'a grant is not rewritten');
select throws_ok('update app_user set login = ''x''', '42501', null, 'a login name never changes');
select throws_ok('update access_epoch set n = 1', '42501', null, 'the epoch moves by triggers only');
select throws_ok('update session set user_id = user_id', '42501', null, 'a session stays with its user');
select throws_ok('truncate login_failure', '42501', null, 'failures are not forgotten');
select throws_ok('update login_failure set why = ''''', '42501', null, 'nor altered');
select is((select count(*)::int from pg_trigger where tgrelid = 'login_failure'::regclass and tgname ~ 'append' and tgenabled = 'A'),
          2, 'failures are append-only whatever the replication role');

-- Constraints speak
select throws_ok($$ insert into app_user (id, login, full_name, password_hash) values (gen_random_uuid(), 'T-Boss', 'x', 'x') $$,
                 '23514', null, 'login names are lower case');
select throws_ok($$ insert into app_user (id, login, full_name, password_hash) values (gen_random_uuid(), 't-boss', 'x', 'x') $$,
                 '23505', null, 'a login name is taken once');
select throws_ok($$ select pg_temp.give('clerk', 'clerk', 'TSUN') $$, '23P01', null, 'a role is held once at a place');
select throws_ok($$ select pg_temp.give('boss', 'administrator', null) $$, '23P01', null, 'also where it holds everywhere');
select throws_ok($$ insert into device (id, name, state) values (gen_random_uuid(), 't-x', 'active') $$, '23514', null,
                 'no device is active without a key');
select is_empty($$ select conrelid::regclass::text || '.' || conname from pg_constraint c
                    where conrelid in ('role'::regclass, 'app_user'::regclass, 'totp_recovery'::regclass, 'user_grant'::regclass,
                                       'department'::regclass, 'user_department'::regclass, 'device'::regclass, 'session'::regclass)
                      and contype <> 'p' and obj_description(oid, 'pg_constraint') is null $$,
                'every constraint has its sentence');
select is_empty($$ select r.code from role r where (r.bit, upper(r.code)) not in
  (values (1, 'CLERK'), (2, 'OPERATOR'), (3, 'CASHIER'), (4, 'BUILDING_STEWARD'), (5, 'TECHNICIAN'), (6, 'DISPATCHER'),
          (7, 'SUPERVISOR'), (8, 'MANAGER'), (9, 'DIRECTOR'), (10, 'ANALYST'), (11, 'FINANCE'), (12, 'QUALITY'),
          (13, 'ADMINISTRATOR')) $$, 'roles have the numbers of the declarations');

-- Who holds what
select ok(user_has_role(pg_temp.who('clerk'), pg_temp.at('TSUN'), '{clerk}'), 'a role holds where it was given');
select ok(not user_has_role(pg_temp.who('clerk'), pg_temp.at('TLAK'), '{clerk}'), 'and nowhere else');
select ok(user_has_role(pg_temp.who('boss'), pg_temp.at('TLAK'), '{administrator}'), 'a role held everywhere holds at each');
select ok(user_has_role(pg_temp.who('boss'), null, '{administrator}'), 'and everywhere');
select ok(not user_has_role(pg_temp.who('manager'), null, '{manager}'), 'a role at one place does not hold everywhere');
select is(user_key('T-CLERK'), pg_temp.who('clerk'), 'people are found by login, whatever the case');
select is(user_key(pg_temp.who('clerk')::text), pg_temp.who('clerk'), 'and by id');
select throws_ok($$ select user_key('t-nobody') $$, 'STNOF', 'there is no user t-nobody', 'an unknown one is refused');

-- Giving roles
create function pg_temp.grant_as(p_actor text, p_user text, p_role text, p_at text, p_scope int[] default pg_temp.here())
returns void language sql volatile as
$$ select steward_code.user_grant_add(pg_temp.who(p_actor), p_scope, gen_random_uuid(), 't-' || p_user, p_role, p_at) $$;
select lives_ok($$ select pg_temp.grant_as('manager', 'new', 'supervisor', 'TSUN') $$, 'a manager gives roles at his property');
select lives_ok($$ select pg_temp.grant_as('manager', 'new', 'manager', null) $$, 'up to manager, and the only place is understood');
select throws_ok($$ select pg_temp.grant_as('manager', 'new', 'director', 'TSUN') $$, 'STDEN', null, 'not above manager');
select throws_ok($$ select pg_temp.grant_as('manager', 'new', 'clerk', 'TLAK') $$, 'STNOF', null, 'not at another property, which does not exist for him');
select throws_ok($$ select pg_temp.grant_as('manager', 'new', 'clerk', 'all') $$, 'STDEN', null, 'not everywhere');
select throws_ok($$ select pg_temp.grant_as('manager', 'manager', 'cashier', 'TSUN') $$, 'STDEN', null, 'not to himself');
select lives_ok($$ select pg_temp.grant_as('boss', 'new', 'finance', 'all', pg_temp.all_places()) $$, 'an administrator gives any role everywhere');
select throws_ok($$ select pg_temp.grant_as('boss', 'new', 'clerk', null, pg_temp.all_places()) $$, 'STINV', null, 'with several places one must be named');
select throws_ok($$ select pg_temp.grant_as('boss', 'new', 'finance', 'all', pg_temp.all_places()) $$, '23P01', null, 'twice is refused');
select lives_ok($$ select user_grant_end(pg_temp.who('manager'), pg_temp.here(), 't-new', 'supervisor', 'tsun') $$, 'and takes them');
select ok(not user_has_role(pg_temp.who('new'), pg_temp.at('TSUN'), '{supervisor}'), 'a role that was taken counts no more');
select throws_ok($$ select user_grant_end(pg_temp.who('manager'), pg_temp.here(), 't-new', 'supervisor', 'TSUN') $$, 'STNOF', null, 'once');
select lives_ok($$ select pg_temp.grant_as('manager', 'new', 'supervisor', 'TSUN') $$, 'what was taken can be given again');
select is((select count(*)::int from user_grant where user_id = pg_temp.who('new') and role = 'supervisor'), 2, 'both times stay on record');

-- Changing people
create function pg_temp.state_as(p_actor text, p_user text, p_state text, p_scope int[] default pg_temp.here()) returns void
language sql volatile as $$ select steward_code.user_state_set(pg_temp.who(p_actor), p_scope, 't-' || p_user, p_state) $$;
select throws_ok($$ select pg_temp.state_as('manager', 'lake', 'disabled') $$, 'STDEN', null, 'a manager does not reach people of another property');
select throws_ok($$ select pg_temp.state_as('manager', 'director', 'disabled') $$, 'STDEN', null, 'nor people of headquarters at his own');
select throws_ok($$ select pg_temp.state_as('manager', 'boss', 'disabled') $$, 'STDEN', null, 'nor an administrator');
select throws_ok($$ select user_password_set(pg_temp.who('manager'), pg_temp.here(), 't-boss', 'x') $$, 'STDEN', null, 'nor his password');
select throws_ok($$ select pg_temp.state_as('manager', 'manager', 'disabled') $$, 'STPRE', null, 'nobody shuts himself out');
select throws_ok($$ select pg_temp.state_as('clerk', 'new', 'disabled') $$, 'STDEN', null, 'who reaches nothing changes nobody');
select lives_ok($$ select pg_temp.state_as('manager', 'clerk', 'disabled') $$, 'a manager shuts out his clerk');
select throws_ok($$ select pg_temp.state_as('manager', 'clerk', 'disabled') $$, 'STPRE', null, 'once');
select ok(not user_has_role(pg_temp.who('clerk'), pg_temp.at('TSUN'), '{clerk}'), 'who is shut out holds nothing');
select lives_ok($$ select pg_temp.state_as('manager', 'clerk', 'active') $$, 'and lets him in again');
select throws_ok($$ select user_edit(pg_temp.who('manager'), pg_temp.here(), 't-clerk', 'x', 1) $$, 'STVER', null, 'a stale edit is refused');
select lives_ok($$ select user_edit(pg_temp.who('clerk'), '{}', 't-clerk', 'Clerk Two', null) $$, 'everybody may correct his own name');
select is((select full_name || version from app_user where login = 't-clerk'), 'Clerk Two4', 'the version counts changes');
select ok(user_visible(pg_temp.who('manager'), pg_temp.here(), pg_temp.who('clerk')), 'a manager sees his clerk');
select ok(not user_visible(pg_temp.who('manager'), pg_temp.here(), pg_temp.who('lake')), 'not those of another property');
select ok(user_visible(pg_temp.who('manager'), pg_temp.here(), pg_temp.who('boss')), 'and those who work everywhere');
select is((select roles from user_shown(array[pg_temp.who('new')], pg_temp.here())), 'finance *, supervisor TSUN, manager TSUN',
          'roles are shown with their places');

-- Somebody must stay who can let others in
update app_user set state = 'disabled'
 where login not like 't-%' and id in (select user_id from user_grant where role = 'administrator' and property_id is null and ended_at is null)
   and state = 'active';
select lives_ok($$ select pg_temp.state_as('boss', 'deputy', 'disabled') $$, 'an administrator may be shut out while another one stays');
select throws_ok($$ update app_user set state = 'disabled' where login = 't-boss' $$, 'STPRE', null, 'the last one may not');
select throws_ok($$ select user_grant_end(pg_temp.who('boss'), '{}', 't-boss', 'administrator', 'all') $$, 'STPRE', null, 'nor lose the role');
select lives_ok($$ select pg_temp.state_as('boss', 'deputy', 'active') $$, 'the other one comes back');
select lives_ok($$ select user_grant_end(pg_temp.who('deputy'), '{}', 't-boss', 'administrator', 'all') $$, 'now the first one may go');
select lives_ok($$ select pg_temp.grant_as('deputy', 'boss', 'administrator', 'all') $$, 'and come back');

-- Departments
insert into department (property_id, id, code, name) values
  (pg_temp.at('TSUN'), gen_random_uuid(), 'REPAIR', 'Repairs'), (pg_temp.at('TLAK'), gen_random_uuid(), 'REPAIR', 'Repairs');
select is((department_of('repair', pg_temp.here())).property_id, pg_temp.at('TSUN'), 'a department is found by its code');
select is((department_of('TLAK/REPAIR', pg_temp.all_places())).property_id, pg_temp.at('TLAK'), 'or with its property in front');
select throws_ok($$ select department_of('REPAIR', pg_temp.all_places()) $$, 'STINV', null, 'several are refused');
select throws_ok($$ select department_of('TLAK/REPAIR', pg_temp.here()) $$, 'STNOF', null, 'one out of scope does not exist');
\o /dev/null
select set_config('steward.scope', pg_temp.at('TSUN')::text, true);
\o
select is((select count(*)::int from department where code = 'REPAIR'), 1, 'the wall stands around departments');
select throws_ok($$ insert into department (property_id, id, code, name) values (pg_temp.at('TLAK'), gen_random_uuid(), 'X', 'x') $$,
                 '42501', null, 'also against writing');
select is_empty($$ select relname from pg_class where relname in ('department', 'user_department')
                      and not (relrowsecurity and relforcerowsecurity) $$, 'and on the owner too');

-- The throttle
select is(pg_temp.try('t-clerk'), 'hash of clerk', 'an attempt hands out what is needed to judge it');
select is(pg_temp.failed('t-clerk'), 1, 'and counts before it is judged');
select is(pg_temp.try('t-nobody'), null, 'nobody has no row');
select is((select string_agg(pg_temp.try('t-clerk'), ',') from generate_series(2, 5)),
          'hash of clerk,hash of clerk,hash of clerk,hash of clerk', 'five are free');
select is(pg_temp.try('t-clerk'), 'hash of clerk', 'the sixth is judged');
select is(pg_temp.try('t-clerk'), 'wait 1', 'and costs a second');
select is(pg_temp.failed('t-clerk'), 6, 'who waits is not counted');
select is((select string_agg(extract(epoch from login_wait(n))::int::text, ' ' order by n) from generate_series(5, 17) n),
          '0 1 2 4 8 16 32 64 128 256 512 900 900', 'waits double up to 15 minutes');
update app_user set failed_count = 99, locked_until = null where login = 't-clerk';
select is(pg_temp.try('t-clerk'), 'hash of clerk', 'the hundredth is judged');
select is(pg_temp.try('t-clerk'), 'wait -1', 'and then only a reset helps');
select lives_ok($$ select user_password_set(pg_temp.who('manager'), pg_temp.all_places(), 't-clerk', 'new hash') $$, 'which a manager does');
select is(pg_temp.try('t-clerk'), 'new hash', 'the lock is lifted');
select ok((select must_change from app_user where login = 't-clerk'), 'and the password must be changed');
select lives_ok($$ select credential_proved(pg_temp.who('clerk'), true, null, null) $$, 'a right password');
select is(pg_temp.failed('t-clerk'), 0, 'sets the counter back');
insert into idem (device_id, key, method, fingerprint) values
  ('0193b3a2-0000-7000-8000-000000000001', '0193b3a2-0000-7000-8000-000000000002', 'auth.ChangePassword', '\x00');
select is(pg_temp.try('t-clerk', false, '0193b3a2-0000-7000-8000-000000000001', '0193b3a2-0000-7000-8000-000000000002'), 'seen',
          'a call made before is known by its key');
select is(pg_temp.failed('t-clerk'), 0, 'and counts nothing');
insert into login_failure (id, device_id, login, why)
select gen_random_uuid(), '0193b3a2-0000-7000-8000-000000000003', 'x', 'password' from generate_series(1, 20);
select is(pg_temp.try('t-clerk', false, '0193b3a2-0000-7000-8000-000000000003'), 'wait 60', 'a device has twenty failures a minute');
select is(pg_temp.try('t-clerk', false, '0193b3a2-0000-7000-8000-000000000004'), 'new hash', 'another device is not concerned');

-- Codes
select is((select count(*)::int from generate_series(1, 8) where pg_temp.try('t-lake', true) = 'hash of lake'), 6,
          'codes of who has no authenticator are not counted: the password''s throttle comes first');
update app_user set failed_count = 0, locked_until = null, totp_secret = '\x01', totp_last_step = 100 where login = 't-lake';
create function pg_temp.code() returns text language sql volatile as
$$ select case when wait_seconds <> 0 then 'wait' else 'judge' end
     from steward_code.credential_attempt(null, pg_temp.who('lake'), null, null, false, true, '\xaa') $$;
select is((select string_agg(pg_temp.code(), ' ') from generate_series(1, 6)), 'judge judge judge judge judge wait', 'five codes in 15 minutes');
update app_user set totp_tries_at = now() - interval '16 minutes' where login = 't-lake';
select is(pg_temp.code(), 'judge', 'then again');
select lives_ok($$ select credential_proved(pg_temp.who('lake'), false, 101, null) $$, 'a later step counts');
select throws_ok($$ select credential_proved(pg_temp.who('lake'), false, 101, null) $$, 'STDEN', null, 'once');
select throws_ok($$ select credential_proved(pg_temp.who('lake'), false, 99, null) $$, 'STDEN', null, 'an earlier one never');
insert into totp_recovery (user_id, code_hash) values (pg_temp.who('lake'), '\xaa');
select ok((select recovery_fits from credential_attempt(null, pg_temp.who('lake'), null, null, false, true, '\xaa')), 'a recovery code fits');
select lives_ok($$ select credential_proved(pg_temp.who('lake'), false, null, '\xaa') $$, 'counts');
select throws_ok($$ select credential_proved(pg_temp.who('lake'), false, null, '\xaa') $$, 'STDEN', null, 'once');
select ok(not (select recovery_fits from credential_attempt(null, pg_temp.who('lake'), null, null, false, true, '\xaa')), 'and fits no more');
select lives_ok($$ select user_totp_clear(pg_temp.who('boss'), '{}', 't-lake') $$, 'an administrator takes a lost authenticator away');
select ok((select not totp from app_user where login = 't-lake'), 'then there is none');

-- Devices
select lives_ok($$ select device_invite(pg_temp.who('manager'), pg_temp.here(), '0193b3a2-0000-7000-8000-0000000000d1', 't-desk', null, '\x01') $$,
                'a manager invites a device of his property');
select throws_ok($$ select device_invite(pg_temp.who('manager'), pg_temp.here(), gen_random_uuid(), 't-hq', 'all', '\x02') $$, 'STDEN', null,
                 'not one of headquarters');
select is_empty($$ select * from device_redeem('\x77', '\xbeef', 90) $$, 'an unknown token is refused');
select is((select name from device_redeem('\x01', '\xbeef', 90)), 't-desk', 'the token makes it a device');
select is((select name from device_redeem('\x01', '\xbeef', 90)), 't-desk', 'the same key may ask again');
select is_empty($$ select * from device_redeem('\x01', '\xdead', 90) $$, 'another key finds the token used');
update device set token_used_at = now() - interval '16 minutes' where token_hash = '\x01';
select is_empty($$ select * from device_redeem('\x01', '\xbeef', 90) $$, 'and after 15 minutes nobody may');
select lives_ok($$ select device_invite(pg_temp.who('boss'), '{}', '0193b3a2-0000-7000-8000-0000000000d2', 't-hq', 'all', '\x03') $$,
                'an administrator invites one of headquarters');
update device set token_expires_at = now() - interval '1 second' where token_hash = '\x03';
select is_empty($$ select * from device_redeem('\x03', '\xbeef', 90) $$, 'an old invitation is refused');
select lives_ok($$ select device_invite(pg_temp.who('boss'), '{}', '0193b3a2-0000-7000-8000-0000000000d3', 't-hq', 'all', '\x04') $$,
                'a second invitation replaces the first');
select is((select string_agg(state, ' ' order by id) from device where name = 't-hq'), 'disabled invited', 'which is no more');
select throws_ok($$ select device_invite(pg_temp.who('boss'), '{}', gen_random_uuid(), 't-desk', 'all', '\x05') $$, '23P01', null,
                 'the name of a device in use is taken');
select throws_ok($$ select device_state_set(pg_temp.who('manager'), pg_temp.here(), 't-hq', 'disabled') $$, 'STNOF', null,
                 'devices of headquarters do not exist for a manager');
select throws_ok($$ select device_state_set(pg_temp.who('boss'), '{}', '0193b3a2-0000-7000-8000-0000000000d2', 'active') $$, 'STPRE', null,
                 'what was never enrolled is not let in');
select is(device_renew('0193b3a2-0000-7000-8000-0000000000d1', '\xcafe', 90), '0193b3a2-0000-7000-8000-0000000000d1', 'a device renews itself');

-- Logins
create function pg_temp.open(p text, p_token bytea, p_device uuid default '0193b3a2-0000-7000-8000-0000000000d1') returns uuid
language plpgsql volatile as $$
declare made uuid := gen_random_uuid();
begin
  perform steward_code.session_open(made, p_token, pg_temp.who(p), p_device, null, null);
  return made;
end $$;
create temp table s as select pg_temp.open('clerk', '\x11') as clerk, pg_temp.open('boss', '\x12') as boss, pg_temp.open('director', '\x13') as director;
select is((select grants from session_facts(array[(select clerk from s)])), pg_temp.at('TSUN') || ':2', 'facts tell roles as bits');
select is((select grants from session_facts(array[(select boss from s)])), '0:8192', 'with 0 for all properties');
select is((select idle_limit_ms from session_facts(array[(select clerk from s)])), 1800000::bigint, 'a clerk idles out after 30 minutes');
select is((select idle_limit_ms from session_facts(array[(select director from s)])), 900000::bigint, 'headquarters after 15');
select ok((select left_ms between 43100000 and 43200000 from session_facts(array[(select clerk from s)])), 'twelve hours at most');
select is((select epoch from session_facts(array[(select clerk from s)])), pg_temp.epoch(), 'facts tell the epoch they are of');
select is((select proved_ms from session_facts(array[(select clerk from s)])), null, 'a password alone proves nothing further');
update session set proved_at = now() - interval '1 hour' where id = (select clerk from s);
select ok((select proved_ms between 3600000 and 3700000 from session_facts(array[(select clerk from s)])), 'a proof has its age');
select throws_ok($$ select pg_temp.open('clerk', '\x14', '0193b3a2-0000-7000-8000-0000000000d3') $$, 'STDEN', null,
                 'nobody logs in at a device that is not active');
update session set last_used_at = now() - interval '20 minutes' where id in (select clerk from s union select director from s);
select is((select count(*)::int from session_facts(array[(select clerk from s)])), 1, '20 idle minutes do not end a clerk''s login');
select is((select count(*)::int from session_facts(array[(select director from s)])), 0, 'but that of headquarters');
update session set last_used_at = now() - interval '31 minutes' where id = (select clerk from s);
select is((select count(*)::int from session_facts(array[(select clerk from s)])), 0, '31 do');
update session set last_used_at = now() where id = (select clerk from s);
insert into session (id, token_hash, user_id, device_id, local, expires_at, last_used_at) values
  ('0193b3a2-0000-7000-8000-0000000000e1', '\x15', pg_temp.who('boss'), '0193b3a2-0000-7000-8000-0000000000d1', true, 'infinity', now() - interval '1 year');
select is((select left_ms is null and idle_limit_ms is null and expires_at is null from session_facts('{0193b3a2-0000-7000-8000-0000000000e1}')), true,
          'the local desk''s login neither idles out nor expires');
select throws_ok($$ select pg_temp.open('lake', '\x11') $$, '23505', null, 'a token is of one login');

-- What is over stays over
\o /dev/null
select pg_temp.state_as('boss', 'clerk', 'disabled', '{}');
\o
select is((select end_reason from session where id = (select clerk from s)), 'app_user disabled', 'who is shut out has no login left');
\o /dev/null
select pg_temp.state_as('boss', 'clerk', 'active', '{}');
\o
select is((select count(*)::int from session_facts(array[(select clerk from s)])), 0, 'also when let in again');
select lives_ok($$ select device_state_set(pg_temp.who('manager'), pg_temp.here(), 't-desk', 'disabled') $$, 'a device is shut out');
select is((select count(*)::int from session_facts(array[(select boss from s), '0193b3a2-0000-7000-8000-0000000000e1'])), 0, 'with all its logins');
select throws_ok($$ select device_renew('0193b3a2-0000-7000-8000-0000000000d1', '\xcafe', 90) $$, 'STDEN', null, 'and gets no certificate');
select is_empty($$ select * from device_redeem('\x01', '\xbeef', 90) $$, 'nor by its old token');
select lives_ok($$ select device_state_set(pg_temp.who('manager'), pg_temp.here(), 't-desk', 'active') $$, 'it can come back');

-- The epoch
select ok(pg_temp.moves($$ select pg_temp.grant_as('boss', 'lake', 'operator', 'TLAK', pg_temp.all_places()) $$), 'a grant moves the epoch');
select ok(pg_temp.moves($$ update app_user set password_hash = 'y' where login = 't-lake' $$), 'a password does');
select ok(pg_temp.moves($$ update device set state = 'disabled' where name = 't-desk' and state = 'active' $$), 'a device does');
select ok(pg_temp.moves($$ insert into property (code, name, zone) values ('TNEW', 'New', 'Asia/Shanghai') $$), 'a property does');
update device set state = 'active' where name = 't-desk';
create temp table s2 as select pg_temp.open('lake', '\x21') as id;
select ok(not pg_temp.moves($$ select pg_temp.open('lake', '\x22') $$), 'a login does not');
select ok(not pg_temp.moves($$ update session set last_used_at = now() where id = (select id from s2) $$), 'nor does its use');
select ok(not pg_temp.moves($$ update app_user set failed_count = 3 where login = 't-lake' $$), 'nor a wrong password');
select ok(pg_temp.moves($$ update session set ended_at = now() where id = (select id from s2) $$), 'but its end');
insert into session (id, token_hash, user_id, device_id, expires_at) values
  ('0193b3a2-0000-7000-8000-0000000000e2', '\x23', pg_temp.who('lake'), '0193b3a2-0000-7000-8000-0000000000d1', now() - interval '1 day');
select ok(not pg_temp.moves($$ select pg_temp.open('lake', '\x24') $$), 'a login sweeps up expired ones without moving it');
select is((select end_reason from session where id = '0193b3a2-0000-7000-8000-0000000000e2'), 'expired', 'which are marked so');

select * from finish();
rollback;
