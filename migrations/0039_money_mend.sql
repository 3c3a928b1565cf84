-- Notices on paper: a level's text in the languages of customers, and what a letter needs of it.

create table dunning_level_text (
  property_id int not null,
  level       int not null,
  language    text not null,
  title       text not null,
  body        text not null,
  version     int not null default 1,
  primary key (property_id, level, language),
  constraint dunning_level_text_level_fkey foreign key (property_id, level) references dunning_level (property_id, level),
  constraint dunning_level_text_language_check check (language in ('en', 'zh', 'zh-Hant')),
  constraint dunning_level_text_title_check check (btrim(title) <> '' and length(title) <= 100 and title !~ '[[:cntrl:]]'),
  constraint dunning_level_text_body_check check (btrim(body) <> '' and length(body) <= 4000)
);
comment on constraint dunning_level_text_pkey on dunning_level_text is 'language: it is set already';
comment on constraint dunning_level_text_level_fkey on dunning_level_text is 'level: set the level itself first, without a language';
comment on constraint dunning_level_text_language_check on dunning_level_text is 'language: en, zh or zh-Hant';
comment on constraint dunning_level_text_title_check on dunning_level_text is 'title: one line of up to 100 characters';
comment on constraint dunning_level_text_body_check on dunning_level_text is 'body: a text of up to 4000 characters';
select wall('dunning_level_text');

-- The text of a letter: the same as the body, with a group separator (U+001D) where the lines stand, which a letter has as a table.
alter table dunning_notice add column letter text;

insert into print_kind (kind, original) values ('dunning_notice', true);
insert into print_text (key, language, text)
select w.key, l.language, l.text
  from (values
    ('dunning_notice', 'Reminder',              '催缴通知单',   '催繳通知單'),
    ('pay_by',         'Pay by',                '请于此日前缴清', '請於此日前繳清'),
    ('days_late',      'Days late',             '逾期天数',     '逾期天數'),
    ('late_line',      '%1$s line %2$s: %3$s, due %4$s, %5$s, %6$s days late', '%1$s 第 %2$s 项：%3$s，应缴日期 %4$s，金额 %5$s，逾期 %6$s 天',
                       '%1$s 第 %2$s 項：%3$s，應繳日期 %4$s，金額 %5$s，逾期 %6$s 天'),
    ('notice_fee',     'Fee of this notice',    '催缴手续费',   '催繳手續費'),
    ('is_paid',        'PAID',                  '已结清 PAID',  '已結清 PAID')) w (key, en, zh, hant)
 cross join lateral (values ('en', w.en), ('zh', w.zh), ('zh-Hant', w.hant)) l (language, text);
