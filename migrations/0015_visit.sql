-- Questionnaires, and return visits in full: what is owed when (policy as data), what the customer is asked, what a
-- manager checks by sample, and visits to households.

-- Forms --------------------------------------------------------------------------------------------------------------

-- A questionnaire, the same for all properties. What it asks belongs to its versions: answers stay with the version they
-- were given to, so a changed form is a new version.
create table form (
  code       text primary key,
  name       text not null,
  name_zh    text,
  state      text not null default 'active',
  created_by uuid references app_user (id),
  created_at timestamptz not null default now(),
  constraint form_code_check check (code ~ '^[a-z][a-z0-9_]{0,31}$'),
  constraint form_name_check check (btrim(name) <> ''),
  constraint form_state_check check (state in ('active', 'retired'))
);
comment on constraint form_pkey on form is 'code: there is a form of this code already';
comment on constraint form_code_check on form is 'code: up to 32 of a-z, 0-9 and underscore, a letter first';
comment on constraint form_name_check on form is 'name: must not be empty';
comment on constraint form_state_check on form is 'state: active or retired';
comment on constraint form_created_by_fkey on form is 'user: there is no such person';

-- 'intro': what is said before the first question; {property}, {customer}, {summary} and {result} stand for those of the
-- occasion.
create table form_version (
  form         text not null references form (code),
  version      int not null,
  state        text not null default 'draft',
  intro        text,
  intro_zh     text,
  published_at timestamptz,
  published_by uuid references app_user (id),
  primary key (form, version),
  constraint form_version_state_check check (state in ('draft', 'published', 'replaced')),
  constraint form_version_published_check check ((state = 'draft') = (published_at is null))
);
create unique index form_version_one on form_version (form, state) where state in ('draft', 'published');
comment on constraint form_version_form_fkey on form_version is 'form: there is no such form';
comment on constraint form_version_published_by_fkey on form_version is 'user: there is no such person';
comment on constraint form_version_state_check on form_version is 'state: draft, published or replaced';
comment on constraint form_version_published_check on form_version is 'state: what is published has the time of it';

-- 'asked' is false for a question that was taken out of a draft.
create table form_question (
  form     text not null,
  version  int not null,
  question text not null,
  seq      int not null,
  kind     text not null,
  text     text not null,
  text_zh  text,
  choices  text[] not null default '{}',
  required boolean not null default false,
  weight   int not null default 1,
  asked    boolean not null default true,
  primary key (form, version, question),
  constraint form_question_kind_key unique (form, version, question, kind),
  constraint form_question_version_fkey foreign key (form, version) references form_version (form, version),
  constraint form_question_code_check check (question ~ '^[a-z][a-z0-9_]{0,31}$'),
  constraint form_question_kind_check check (kind in ('score', 'yes_no', 'choice', 'text', 'number')),
  constraint form_question_text_check check (btrim(text) <> ''),
  constraint form_question_choices_check check ((kind = 'choice') = (cardinality(choices) >= 2) and (kind = 'choice' or choices = '{}')),
  constraint form_question_weight_check check (weight between 0 and 100)
);
comment on constraint form_question_pkey on form_question is 'question: the form has this question already';
comment on constraint form_question_kind_key on form_question is 'question: the form has this question already';
comment on constraint form_question_version_fkey on form_question is 'form: there is no such version of a form';
comment on constraint form_question_code_check on form_question is 'question: up to 32 of a-z, 0-9 and underscore, a letter first';
comment on constraint form_question_kind_check on form_question is 'kind: score, yes_no, choice, text or number';
comment on constraint form_question_text_check on form_question is 'text: say what is asked';
comment on constraint form_question_choices_check on form_question is 'choices: two or more for a question of kind choice, none for others';
comment on constraint form_question_weight_check on form_question is 'weight: from 0 to 100';

-- What was published is not changed any more: answers refer to it.
create function form_keep_published() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'form_question' and (select v.state from steward.form_version v where v.form = new.form and v.version = new.version) <> 'draft' then
    perform steward.refuse('STPRE', 'FORM_PUBLISHED', 'form', format('version %s of %s is published and stays as it is', new.version, new.form));
  elsif tg_table_name = 'form_version' then
    if old.state <> 'draft' and (new.intro, new.intro_zh, new.published_at) is distinct from (old.intro, old.intro_zh, old.published_at) then
      perform steward.refuse('STPRE', 'FORM_PUBLISHED', 'form', format('version %s of %s is published and stays as it is', old.version, old.form));
    end if;
  end if;
  return new;
end $$;
create trigger form_keep_published before insert or update on form_question for each row execute function form_keep_published();
create trigger form_keep_published before update on form_version for each row execute function form_keep_published();

-- A sheet: one person's answers on one occasion.
create table form_sheet (
  property_id int not null references property (id),
  id          uuid not null,
  form        text not null,
  version     int not null,
  entity      text not null,
  entity_id   uuid not null,
  at          timestamptz not null,
  user_id     uuid,
  recorded_at timestamptz not null default now(),
  primary key (property_id, id),
  constraint form_sheet_version_key unique (property_id, id, form, version),
  constraint form_sheet_version_fkey foreign key (form, version) references form_version (form, version),
  constraint form_sheet_user_fkey foreign key (user_id) references app_user (id)
);
create index form_sheet_entity on form_sheet (property_id, entity, entity_id);
create index form_sheet_at on form_sheet (property_id, form, at);
comment on constraint form_sheet_pkey on form_sheet is 'answer: these answers have been recorded already';
comment on constraint form_sheet_version_key on form_sheet is 'answer: these answers have been recorded already';
comment on constraint form_sheet_property_id_fkey on form_sheet is 'property: there is no such property';
comment on constraint form_sheet_version_fkey on form_sheet is 'form: there is no such version of a form';
comment on constraint form_sheet_user_fkey on form_sheet is 'user: there is no such person';
select wall('form_sheet', 'select, insert');
select keep_append_only('form_sheet');

-- The value stands in the column of its kind: score; flag (yes_no); number; words (choice and text).
create table form_answer (
  property_id int not null,
  sheet_id    uuid not null,
  form        text not null,
  version     int not null,
  question    text not null,
  kind        text not null,
  score       int,
  flag        boolean,
  number      numeric(18, 6),
  words       text,
  primary key (property_id, sheet_id, question),
  constraint form_answer_sheet_fkey foreign key (property_id, sheet_id, form, version) references form_sheet (property_id, id, form, version),
  constraint form_answer_question_fkey foreign key (form, version, question, kind) references form_question (form, version, question, kind),
  constraint form_answer_value_check check (
    num_nonnulls(score, flag, number, words) = 1
    and case kind when 'score' then score is not null when 'yes_no' then flag is not null when 'number' then number is not null
                  else words is not null end),
  constraint form_answer_score_check check (score between 1 and 5),
  constraint form_answer_words_check check (btrim(words) <> '' and length(words) <= 2000)
);
comment on constraint form_answer_pkey on form_answer is 'answer: a question is answered twice';
comment on constraint form_answer_sheet_fkey on form_answer is 'answer: there is no such sheet';
comment on constraint form_answer_question_fkey on form_answer is 'answer: the form asks no such question';
comment on constraint form_answer_value_check on form_answer is 'answer: not of the kind the question asks for';
comment on constraint form_answer_score_check on form_answer is 'answer: a score is from 1 to 5';
comment on constraint form_answer_words_check on form_answer is 'answer: up to 2000 characters';
select wall('form_answer', 'select, insert');
select keep_append_only('form_answer');

-- The service return-visit form. A customer who answers 'no' to 'solved' reopens the case.
insert into form (code, name, name_zh) values ('service_return_visit', 'Service return visit', '服务回访记录表');
insert into form_version (form, version, intro, intro_zh) values
  ('service_return_visit', 1,
   'Good day, {customer}, this is the service desk of {property}. You asked us about: {summary}. We were told: {result}. May I ask you a few short questions about it?',
   '您好，{customer}，这里是{property}客户服务中心。您之前反映：{summary}。处理结果：{result}。想占用您一点时间做个简单回访，可以吗？');
insert into form_question (form, version, seq, question, kind, text, text_zh) values
  ('service_return_visit', 1, 1, 'attitude',    'score',  'How polite and helpful were our people?',             '工作人员的服务态度如何？'),
  ('service_return_visit', 1, 2, 'punctuality', 'score',  'Did they come when it was agreed?',                   '是否按约定时间到达？'),
  ('service_return_visit', 1, 3, 'quality',     'score',  'How well was the work done?',                         '维修（处理）质量如何？'),
  ('service_return_visit', 1, 4, 'tidiness',    'score',  'How clean and tidy was the place left?',              '完工后现场是否清洁整齐？'),
  ('service_return_visit', 1, 5, 'price',       'yes_no', 'Was the price explained before the work began?',      '收费前是否向您说明价格？'),
  ('service_return_visit', 1, 6, 'solved',      'yes_no', 'Is the matter solved?',                               '问题是否已经解决？'),
  ('service_return_visit', 1, 7, 'better',      'text',   'What could we do better?',                            '您认为我们还有哪些需要改进？');
update form_version set state = 'published', published_at = now() where form = 'service_return_visit';
grant select, insert, update on form, form_version, form_question to steward_app;

-- Policy of return visits ----------------------------------------------------------------------------------------

-- When a return visit is owed: the company's rule, and what a property does otherwise. 'kind' of the case and top level of
-- its 'category', null for every. A rule that is changed is ended and a new one made, so each visit can be explained later.
-- 'percent' of the cases for rule 'sample'; 'role' is who owes it where no department does.
create table visit_policy_default (
  id          uuid primary key,
  kind        text references case_kind (kind),
  category_id uuid references case_category (id),
  rule        text not null,
  percent     int,
  due_after   interval not null default '0',
  due_within  interval not null,
  tries       int not null default 3,
  role        text references role (code),
  manner      text not null default 'phone',
  form        text references form (code),
  set_by      uuid references app_user (id),
  set_at      timestamptz not null default now(),
  ended_at    timestamptz,
  constraint visit_policy_default_rule_check check (rule in ('never', 'always', 'sample', 'unless_scored')),
  constraint visit_policy_default_percent_check check ((rule = 'sample') = (percent is not null) and percent between 1 and 100),
  constraint visit_policy_default_window_check check (due_after >= '0' and due_within > due_after and due_within <= '90 days'),
  constraint visit_policy_default_tries_check check (tries between 1 and 20),
  constraint visit_policy_default_manner_check check (manner in ('phone', 'in_person'))
);
create unique index visit_policy_default_one on visit_policy_default (kind, category_id) nulls not distinct where ended_at is null;
create table visit_policy (
  property_id   int not null references property (id),
  id            uuid not null,
  kind          text references case_kind (kind),
  category_id   uuid references case_category (id),
  rule          text not null,
  percent       int,
  due_after     interval not null default '0',
  due_within    interval not null,
  tries         int not null default 3,
  role          text references role (code),
  department_id uuid,
  manner        text not null default 'phone',
  form          text references form (code),
  set_by        uuid references app_user (id),
  set_at        timestamptz not null default now(),
  ended_at      timestamptz,
  primary key (property_id, id),
  constraint visit_policy_department_fkey foreign key (property_id, department_id) references department (property_id, id),
  constraint visit_policy_rule_check check (rule in ('never', 'always', 'sample', 'unless_scored')),
  constraint visit_policy_percent_check check ((rule = 'sample') = (percent is not null) and percent between 1 and 100),
  constraint visit_policy_window_check check (due_after >= '0' and due_within > due_after and due_within <= '90 days'),
  constraint visit_policy_tries_check check (tries between 1 and 20),
  constraint visit_policy_manner_check check (manner in ('phone', 'in_person')),
  constraint visit_policy_who_check check (role is null or department_id is null)
);
create unique index visit_policy_one on visit_policy (property_id, kind, category_id) nulls not distinct where ended_at is null;
select wall('visit_policy', 'select, insert, update (ended_at)');
grant select, insert, update (ended_at) on visit_policy_default to steward_app;
comment on constraint visit_policy_property_id_fkey on visit_policy is 'property: there is no such property';
comment on constraint visit_policy_department_fkey on visit_policy is 'to: there is no such department at this property';
comment on constraint visit_policy_who_check on visit_policy is 'to: a department or a role, not both';
do $$
declare
  t text;
begin
  foreach t in array '{visit_policy,visit_policy_default}'::text[] loop
    execute format('comment on constraint %1$s_pkey on %1$s is %2$L', t, 'policy: this rule has been set already');
    execute format('comment on constraint %1$s_kind_fkey on %1$s is %2$L', t, 'kind: there is no such kind of case; `case kinds` lists them');
    execute format('comment on constraint %1$s_category_id_fkey on %1$s is %2$L', t, 'category: there is no such category');
    execute format('comment on constraint %1$s_role_fkey on %1$s is %2$L', t, 'to: there is no such role');
    execute format('comment on constraint %1$s_form_fkey on %1$s is %2$L', t, 'form: there is no such form; `form list` shows them');
    execute format('comment on constraint %1$s_set_by_fkey on %1$s is %2$L', t, 'user: there is no such person');
    execute format('comment on constraint %1$s_rule_check on %1$s is %2$L', t, 'rule: never, always, sample or unless_scored');
    execute format('comment on constraint %1$s_percent_check on %1$s is %2$L', t, 'percent: from 1 to 100, for rule sample and for no other');
    execute format('comment on constraint %1$s_window_check on %1$s is %2$L', t, 'within: later than it begins, and at most 90 days');
    execute format('comment on constraint %1$s_tries_check on %1$s is %2$L', t, 'tries: from 1 to 20');
    execute format('comment on constraint %1$s_manner_check on %1$s is %2$L', t, 'manner: phone or in_person');
  end loop;
end $$;

-- What held for each kind of case until now; and a kind that comes later owes nothing until somebody says so.
insert into visit_policy_default (id, kind, rule, due_after, due_within, tries, form)
select uuid7(), k.kind, case when k.visit then 'always' else 'never' end, k.visit_after, k.visit_within,
       (select o.tries from obligation_kind o where o.kind = 'return_visit'), 'service_return_visit'
  from case_kind k
union all
select uuid7(), null, 'never', '0', '72 hours', 3, 'service_return_visit';

-- How often to try one that has a number of its own; null: as often as its kind.
alter table obligation add column tries int;
alter table obligation add constraint obligation_tries_check check (tries between 1 and 1000);
comment on constraint obligation_tries_check on obligation is 'tries: from 1 to 1000';

-- What a return visit was owed by: the rule, who had done the work, and the time by which the customer was to be asked.
-- The time does not move when a visit is put off, so that the figures of a period stay those of the period.
create table visit_terms (
  property_id   int not null,
  visit_id      uuid not null,
  kind          text not null references case_kind (kind),
  department_id uuid,
  worker_id     uuid references app_user (id),
  due_by        timestamptz not null,
  rule          text not null,
  manner        text not null,
  form          text references form (code),
  primary key (property_id, visit_id),
  constraint visit_terms_visit_fkey foreign key (property_id, visit_id) references obligation (property_id, id),
  constraint visit_terms_department_fkey foreign key (property_id, department_id) references department (property_id, id),
  constraint visit_terms_manner_check check (manner in ('phone', 'in_person'))
);
create index visit_terms_due on visit_terms (property_id, due_by, visit_id);
comment on constraint visit_terms_visit_fkey on visit_terms is 'visit: there is no such return visit';
comment on constraint visit_terms_kind_fkey on visit_terms is 'kind: there is no such kind of case';
comment on constraint visit_terms_department_fkey on visit_terms is 'department: there is no such department at this property';
comment on constraint visit_terms_worker_id_fkey on visit_terms is 'user: there is no such person';
comment on constraint visit_terms_form_fkey on visit_terms is 'form: there is no such form';
comment on constraint visit_terms_manner_check on visit_terms is 'manner: phone or in_person';
select wall('visit_terms', 'select, insert');
select keep_append_only('visit_terms');
select set_config('steward.scope', coalesce(string_agg(id::text, ','), ''), true) from property;
insert into visit_terms (property_id, visit_id, kind, department_id, worker_id, due_by, rule, manner, form)
select b.property_id, b.id, c.kind, c.department_id, c.user_id, b.due_by, 'always', 'phone', 'service_return_visit'
  from obligation b join desk_case c on c.property_id = b.property_id and c.id = b.entity_id
 where b.kind = 'return_visit' and b.entity = 'case';

-- Work whose return visit the policy spares is through with it at once.
insert into case_verb (verb, rank, past, command) values
  ('no_visit',    16, 'passed without a return visit',      null),
  ('visit_check', 17, 'checked for how its return visit was', null);
insert into case_transition (verb, from_state, to_state, roles) values
  ('no_visit', 'done', 'followed_up', '{clerk,operator,building_steward,technician,dispatcher,supervisor,manager}');
insert into case_transition (verb, from_state, to_state, roles)
select 'visit_check', s.state, s.state, '{manager,quality,director}' from case_state s;

-- Checks by sample -----------------------------------------------------------------------------------------------

insert into obligation_outcome (outcome, label, rank, reached, settles, solved) values
  ('confirmed', 'confirmed what was recorded', 20, true, 'kept', null),
  ('differs',   'tells it differently',        21, true, 'kept', null)
on conflict (outcome) do nothing;
insert into obligation_kind (kind, label, tries, rank, roles, outcomes, command) values
  ('visit_check', 'check of a return visit', 3, 3, '{manager,quality,director}',
   '{confirmed,differs,no_answer,call_later,refused}', 'visit check'),
  ('household_visit', 'household visit', 3, 4, '{clerk,building_steward,supervisor,manager,quality}',
   '{reached,no_answer,call_later,refused}', 'visit household');

-- A draw: 'drawn' of 'settled' visits that fell due in the period. Its id is the key of the call, which seeds it. 'share' is
-- null where a number was asked for.
create table visit_sample (
  property_id int not null references property (id),
  id          uuid not null,
  from_on     date not null,
  to_on       date not null,
  share       int,
  settled     int not null,
  drawn       int not null,
  user_id     uuid references app_user (id),
  at          timestamptz not null default now(),
  primary key (property_id, id),
  constraint visit_sample_period_check check (to_on >= from_on),
  constraint visit_sample_share_check check (share between 1 and 100)
);
comment on constraint visit_sample_pkey on visit_sample is 'sample: this sample has been drawn already';
comment on constraint visit_sample_property_id_fkey on visit_sample is 'property: there is no such property';
comment on constraint visit_sample_user_id_fkey on visit_sample is 'user: there is no such person';
comment on constraint visit_sample_period_check on visit_sample is 'to: before it begins';
comment on constraint visit_sample_share_check on visit_sample is 'share: from 1 to 100';
select wall('visit_sample', 'select, insert');
select keep_append_only('visit_sample');
create table visit_sampled (
  property_id int not null,
  sample_id   uuid not null,
  visit_id    uuid not null,
  check_id    uuid not null,
  primary key (property_id, sample_id, visit_id),
  constraint visit_sampled_visit_key unique (property_id, visit_id),
  constraint visit_sampled_sample_fkey foreign key (property_id, sample_id) references visit_sample (property_id, id),
  constraint visit_sampled_visit_fkey foreign key (property_id, visit_id) references obligation (property_id, id),
  constraint visit_sampled_check_fkey foreign key (property_id, check_id) references obligation (property_id, id)
);
comment on constraint visit_sampled_pkey on visit_sampled is 'visit: it has been drawn already';
comment on constraint visit_sampled_visit_key on visit_sampled is 'visit: it has been drawn already';
comment on constraint visit_sampled_sample_fkey on visit_sampled is 'sample: there is no such sample';
comment on constraint visit_sampled_visit_fkey on visit_sampled is 'visit: there is no such return visit';
comment on constraint visit_sampled_check_fkey on visit_sampled is 'check: there is no such check';
select wall('visit_sampled', 'select, insert');
select keep_append_only('visit_sampled');

-- Needs a household told of when it was visited, each a case.
create table visit_finding (
  property_id int not null,
  visit_id    uuid not null,
  seq         int not null,
  case_id     uuid not null,
  primary key (property_id, visit_id, seq),
  constraint visit_finding_case_key unique (property_id, case_id),
  constraint visit_finding_visit_fkey foreign key (property_id, visit_id) references obligation (property_id, id),
  constraint visit_finding_case_fkey foreign key (property_id, case_id) references desk_case (property_id, id)
);
comment on constraint visit_finding_pkey on visit_finding is 'need: it has been recorded already';
comment on constraint visit_finding_case_key on visit_finding is 'case: it belongs to another visit';
comment on constraint visit_finding_visit_fkey on visit_finding is 'entry: there is no such visit';
comment on constraint visit_finding_case_fkey on visit_finding is 'case: there is no such case';
select wall('visit_finding', 'select, insert');
select keep_append_only('visit_finding');
