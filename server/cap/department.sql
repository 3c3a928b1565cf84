-- Departments and who belongs to them.

-- :name department_add :one
insert into department (property_id, id, code, name) values (:ctx_property::int, :ctx_key::uuid, :code, :name)
returning property_id, id, (select p.code from property p where p.id = property_id) as property, code, name, state,
          version, code as number;

-- :name department_list :many
select d.property_id, d.id, p.code as property, d.code, d.name, d.state, d.version, d.code as number,
       (select string_agg(u.login, ', ' order by u.login)
          from user_department m join app_user u on u.id = m.user_id
         where m.property_id = d.property_id and m.department_id = d.id and m.ended_at is null
           and m.property_id = any (:ctx_scope::int[])) as members
  from department d join property p on p.id = d.property_id
 where d.property_id = any (:ctx_scope::int[]) and d.state = coalesce(:state::text, d.state)
 order by p.code, d.code;

-- :name department_edit :exec
with found as materialized (select * from department_of(:department, :ctx_scope::int[])),
changed as (
  update department d set name = coalesce(:name, d.name), state = coalesce(:state, d.state), version = d.version + 1
    from found f
   where d.property_id = f.property_id and d.id = f.id and d.property_id = any (:ctx_scope::int[])
     and d.version = coalesce(:version::int, d.version)
  returning d.id
)
select refuse('STVER', 'VERSION_CONFLICT', 'version', 'somebody changed this department meanwhile; look again')
 where not exists (select 1 from changed);

-- :name department_join :exec
with found as materialized (select * from department_of(:department, :ctx_scope::int[])),
joined as (
  insert into user_department (property_id, id, department_id, user_id)
  select f.property_id, :ctx_key::uuid, f.id, user_key(:user) from found f
)
update department d set version = d.version + 1 from found f
 where d.property_id = f.property_id and d.id = f.id and d.property_id = any (:ctx_scope::int[]);

-- :name department_leave :exec
with found as materialized (select * from department_of(:department, :ctx_scope::int[])),
gone as (
  update user_department m set ended_at = now() from found f
   where m.property_id = f.property_id and m.department_id = f.id and m.user_id = user_key(:user)
     and m.ended_at is null and m.property_id = any (:ctx_scope::int[])
  returning m.property_id, m.department_id
),
changed as (
  update department d set version = d.version + 1 from gone g
   where d.property_id = g.property_id and d.id = g.department_id
  returning d.id
)
select refuse('STNOF', 'NOT_A_MEMBER', 'user', 'this person does not belong to the department')
 where not exists (select 1 from changed);

-- :name department_back :one
-- The department as it is after a change.
select d.property_id, d.id, p.code as property, d.code, d.name, d.state, d.version, d.code as number,
       (select string_agg(u.login, ', ' order by u.login)
          from user_department m join app_user u on u.id = m.user_id
         where m.property_id = d.property_id and m.department_id = d.id and m.ended_at is null
           and m.property_id = any (:ctx_scope::int[])) as members
  from department_of(:department, :ctx_scope::int[]) d join property p on p.id = d.property_id;
