-- Business calendars: the hours in which a clock of a property counts. What was decided stands in calendar_week and
-- calendar_day and is never changed; the timeline in calendar_span follows from it, so that counting is a look-up.

-- 'begins' and 'ends' bound the timeline; outside of it every second counts. 'total_s': business time in between.
create table calendar (
  property_id int not null references property (id),
  id          uuid not null,
  code        text not null,
  name        text not null,
  begins      timestamptz not null,
  ends        timestamptz not null,
  total_s     bigint not null default 0,
  version     int not null default 1,
  created_at  timestamptz not null default now(),
  primary key (property_id, id),
  constraint calendar_code_key unique (property_id, code),
  constraint calendar_code_check check (code ~ '^[a-z][a-z0-9._-]{0,31}$'),
  constraint calendar_name_check check (name <> '')
);
comment on constraint calendar_property_id_fkey on calendar is 'property: there is no such property';
comment on constraint calendar_code_key on calendar is 'calendar: this property has a calendar of this name already';
comment on constraint calendar_code_check on calendar is 'calendar: a small letter first, then up to 31 small letters, digits, dots, hyphens and underscores';
comment on constraint calendar_name_check on calendar is 'name: must not be empty';
select wall('calendar');

-- The week from a day on, until another one begins; of several for one day the latest counts. week[1] is Monday: minutes
-- since the day began, which may reach into the next day.
create table calendar_week (
  property_id int not null,
  calendar_id uuid not null,
  seq         bigint generated always as identity,
  id          uuid not null,
  from_on     date not null,
  week        int4multirange[] not null,
  set_at      timestamptz not null default now(),
  set_by      uuid references app_user (id),
  primary key (property_id, calendar_id, seq),
  constraint calendar_week_calendar_fkey foreign key (property_id, calendar_id) references calendar (property_id, id),
  constraint calendar_week_check check (cardinality(week) = 7 and array_position(week, null) is null)
);
comment on constraint calendar_week_calendar_fkey on calendar_week is 'calendar: there is no such calendar';
comment on constraint calendar_week_set_by_fkey on calendar_week is 'user: there is no such person';
comment on constraint calendar_week_check on calendar_week is 'hours: a week has seven days';
create index calendar_week_from on calendar_week (property_id, calendar_id, from_on, seq);
select wall('calendar_week', 'select, insert');
select keep_append_only('calendar_week');

-- Single days that differ from the week: closed, worked like another weekday, or with hours of their own. The latest word
-- on a day counts.
create table calendar_day (
  property_id int not null,
  calendar_id uuid not null,
  seq         bigint generated always as identity,
  id          uuid not null,
  day         date not null,
  kind        text not null,
  like_day    int,
  spans       int4multirange,
  name        text,
  imported    boolean not null default false,
  set_at      timestamptz not null default now(),
  set_by      uuid references app_user (id),
  primary key (property_id, calendar_id, seq),
  constraint calendar_day_calendar_fkey foreign key (property_id, calendar_id) references calendar (property_id, id),
  constraint calendar_day_kind_check check (kind in ('closed', 'like', 'hours')),
  constraint calendar_day_like_check check ((kind = 'like') = (like_day is not null) and like_day between 1 and 7),
  constraint calendar_day_spans_check check ((kind = 'hours') = (spans is not null))
);
comment on constraint calendar_day_calendar_fkey on calendar_day is 'calendar: there is no such calendar';
comment on constraint calendar_day_set_by_fkey on calendar_day is 'user: there is no such person';
comment on constraint calendar_day_kind_check on calendar_day is 'date: a day is closed, like a weekday, or has hours of its own';
comment on constraint calendar_day_like_check on calendar_day is 'like: a weekday, and only where the day is like one';
comment on constraint calendar_day_spans_check on calendar_day is 'hours: only where the day has hours of its own';
create index calendar_day_day on calendar_day (property_id, calendar_id, day, seq);
select wall('calendar_day', 'select, insert');
select keep_append_only('calendar_day');

-- The timeline: when it is open, and how many seconds of business time lie before. Derived data.
create table calendar_span (
  property_id int not null,
  calendar_id uuid not null,
  opens       timestamptz not null,
  closes      timestamptz not null,
  before_s    bigint not null,
  primary key (property_id, calendar_id, opens),
  constraint calendar_span_before_key unique (property_id, calendar_id, before_s),
  constraint calendar_span_calendar_fkey foreign key (property_id, calendar_id) references calendar (property_id, id),
  constraint calendar_span_check check (opens < closes and before_s >= 0)
);
comment on constraint calendar_span_before_key on calendar_span is 'calendar: time is counted twice';
comment on constraint calendar_span_calendar_fkey on calendar_span is 'calendar: there is no such calendar';
comment on constraint calendar_span_check on calendar_span is 'calendar: a span of hours ends before it begins';
select wall('calendar_span', 'select, insert, update, delete');

-- Hours are what the clock on the wall shows: when a property moves to another zone they are laid out anew from now on.
create function calendar_rezone() returns trigger language plpgsql as $$
begin
  perform calendar_compile(k.property_id, k.id, date_trunc('second', now()))
     from (select c.property_id, c.id from calendar c where c.property_id = new.id order by c.id for update) k;
  return null;
end $$;
create trigger property_rezoned after update of zone on property
  for each row when (old.zone is distinct from new.zone) execute function calendar_rezone();
