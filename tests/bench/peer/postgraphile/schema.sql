-- What PostGraphile shows of cases: views of the daemon's own cards, tied together by smart tags, so that one GraphQL query gets
-- what case.Show gets. @claim and @finish stand for the statements the daemon has around a write.
set client_min_messages = warning;
drop schema if exists graph cascade;
create schema graph authorization steward_owner;
set role steward_owner;
set search_path = steward_code, steward, public;

create view graph.cases with (security_invoker = true) as select c.* from case_card c;
comment on view graph.cases is E'@primaryKey property_id,id\n@unique property_id,number';

create view graph.case_events with (security_invoker = true) as
select e.property_id, e.case_id, e.seq, ts(e.at, y.zone) as at, e.verb, u.login as actor, e.text, e.from_state, e.to_state, e.id,
       ts(e.recorded_at, y.zone) as recorded_at
  from case_event e join property y on y.id = e.property_id left join app_user u on u.id = e.user_id;
comment on view graph.case_events is
  E'@primaryKey property_id,id\n@foreignKey (property_id,case_id) references graph.cases (property_id,id)|@foreignFieldName timeline';

create view graph.case_orders with (security_invoker = true) as
select o.*, w.case_id, w.issued_at as issued
  from work_order w join order_card o on o.property_id = w.property_id and o.id = w.id;
comment on view graph.case_orders is
  E'@primaryKey property_id,id\n@foreignKey (property_id,case_id) references graph.cases (property_id,id)|@foreignFieldName orders';

create view graph.case_visits with (security_invoker = true) as
select v.*, b.entity_id as case_id, b.created_at
  from obligation b join visit_card v on v.property_id = b.property_id and v.id = b.id where b.entity = 'case';
comment on view graph.case_visits is
  E'@primaryKey property_id,id\n@foreignKey (property_id,case_id) references graph.cases (property_id,id)|@foreignFieldName visits';

-- The rows of the function the daemon calls have no table of their own.
create view graph.links with (security_invoker = true) as select l.* from relation_of(null::int, null::uuid) l;
create function graph.cases_links(c graph.cases) returns setof graph.links language sql stable as
$$ select l.* from steward_code.relation_of(c.property_id, c.id) l $$;
comment on view graph.links is E'@behavior -query:resource:list -query:resource:connection';

create function graph.case_page(property int, rows int) returns setof graph.cases language sql stable as $$
  select c.*
    from steward_code.case_list(array[property], nullif(current_setting('steward.user', true), '')::uuid, null, null, null, null,
           null, null, null, null, null, null, rows) with ordinality as k (property_id, id, o)
    join graph.cases c on c.property_id = k.property_id and c.id = k.id
   order by k.o $$;

-- The names of its parameters are those of no column.
create function graph.open_case(a_key uuid, a_kind text, a_channel text, a_spot text, a_summary text) returns graph.cases
language plpgsql volatile as $body$
declare
  opened graph.cases;
begin
  @claim
  select x.* into opened from (@step) x;
  @finish
  return opened;
end $body$;

grant usage on schema graph to steward_app;
grant select on all tables in schema graph to steward_app;
grant execute on all functions in schema graph to steward_app;
