-- Billing runs: a month of what is assigned, worked off in steps by the daemon. Each step stands by itself; what was billed is
-- never billed again (charge_line_once), so a run goes on where it was however it was interrupted.

create table billing_run (
  property_id  int not null references property (id),
  id           uuid not null,
  number       text collate "C" not null,
  month        date not null,
  standards    uuid[],
  issued_on    date not null,
  due_on       date not null,
  state        text not null default 'running',
  places       int not null,
  places_done  int not null default 0,
  after_key    text collate "C" not null default '',
  after_id     uuid not null default '00000000-0000-0000-0000-000000000000',
  bills        int not null default 0,
  lines        int not null default 0,
  amount       bigint not null default 0,
  exceptions   int not null default 0,
  user_id      uuid not null references app_user (id),
  at           timestamptz not null default now(),
  ended_at     timestamptz,
  version      int not null default 1,
  primary key (property_id, id),
  constraint billing_run_number_key unique (property_id, number),
  constraint billing_run_state_check check (state in ('running', 'done', 'cancelled')),
  constraint billing_run_month_check check (extract(day from month) = 1),
  constraint billing_run_due_check check (due_on >= issued_on)
);
create unique index billing_run_running on billing_run (property_id) where state = 'running';
create index billing_run_at on billing_run (property_id, at, id);
comment on constraint billing_run_pkey on billing_run is 'id: this run was begun already';
comment on constraint billing_run_property_id_fkey on billing_run is 'property: there is no such property';
comment on constraint billing_run_user_id_fkey on billing_run is 'user: there is no such person';
comment on constraint billing_run_number_key on billing_run is 'number: another run has this number';
comment on constraint billing_run_state_check on billing_run is 'state: running, done or cancelled';
comment on constraint billing_run_month_check on billing_run is 'month: the first day of a month';
comment on constraint billing_run_due_check on billing_run is 'due: lies before the day of the bills';
comment on index billing_run_running is 'month: another run is under way; wait until it is done';
select wall('billing_run');
-- The daemon's timer asks where one is under way.
create policy owner_reads on billing_run for select to steward_owner using (true);

-- What could not be billed, and why: it is on no bill, and never a line of nothing.
create table billing_exception (
  property_id   int not null,
  run_id        uuid not null,
  assignment_id uuid not null,
  from_on       date not null,
  to_on         date not null,
  code          text not null,
  sentence      text not null,
  primary key (property_id, run_id, assignment_id, from_on),
  constraint billing_exception_run_fkey foreign key (property_id, run_id) references billing_run (property_id, id),
  constraint billing_exception_assignment_fkey foreign key (property_id, assignment_id) references assignment (property_id, id)
);
comment on constraint billing_exception_pkey on billing_exception is 'run: it is on the list already';
comment on constraint billing_exception_run_fkey on billing_exception is 'run: there is no such run';
comment on constraint billing_exception_assignment_fkey on billing_exception is 'assignment: there is no such assignment';
select wall('billing_exception', 'select, insert');

alter table bill add constraint bill_run_fkey foreign key (property_id, run_id) references billing_run (property_id, id);
comment on constraint bill_run_fkey on bill is 'run: there is no such run';

insert into approval_kind (kind, label, roles) values
  ('billing_cancel', 'to cancel a billing run', '{manager,finance}');
