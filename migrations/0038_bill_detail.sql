-- What lines of bills were reckoned by, so that a bill can say it and a copy says the same however places, rates and readings
-- have changed since.

-- So much of a unit at such a price: 'per' month, times the months from from_on to to_on; or 'percent' of it. Nothing where a line is no
-- product, or one of several that stand in charge_part.
alter table charge_line
  add column quantity numeric(20, 3),
  add column unit     text,
  add column price    numeric(18, 6),
  add column per      text,
  add constraint charge_line_price_check check ((quantity is null) = (price is null) and quantity >= 0 and price >= 0),
  add constraint charge_line_unit_check check (length(unit) <= 20),
  add constraint charge_line_per_check check (per in ('month', 'percent'));
comment on constraint charge_line_price_check on charge_line is 'price: a quantity has a price, and neither is below 0';
comment on constraint charge_line_unit_check on charge_line is 'unit: up to 20 characters';
comment on constraint charge_line_per_check on charge_line is 'per: month or percent';

-- 'price': one of several products that a line is the sum of, for blocks, or where the rate changes within its days. 'reading': what a
-- meter's device showed at both ends, and its use, times its factor.
create table charge_part (
  property_id int not null,
  line_id     uuid not null,
  part        int not null,
  kind        text not null,
  from_on     date not null,
  to_on       date not null,
  quantity    numeric(20, 3) not null,
  price       numeric(18, 6),
  meter       text,
  serial      text,
  previous    numeric(20, 3),
  present     numeric(20, 3),
  factor      numeric(12, 6),
  estimated   boolean not null default false,
  primary key (property_id, line_id, part),
  constraint charge_part_line_fkey foreign key (property_id, line_id) references charge_line (property_id, id),
  constraint charge_part_kind_check check (
    case kind when 'price' then price >= 0 and meter is null when 'reading' then price is null and num_nonnulls(meter, previous, present, factor) = 4
              else false end),
  constraint charge_part_days_check check (to_on > from_on),
  constraint charge_part_quantity_check check (quantity >= 0)
);
comment on constraint charge_part_pkey on charge_part is 'line: the line has this part already';
comment on constraint charge_part_line_fkey on charge_part is 'line: there is no such line';
comment on constraint charge_part_kind_check on charge_part is 'kind: a price, or a reading with its meter';
comment on constraint charge_part_days_check on charge_part is 'to: must be a day after the first day';
comment on constraint charge_part_quantity_check on charge_part is 'quantity: 0 or more';
select wall('charge_part', 'select, insert');
select keep_append_only('charge_part');

insert into print_text (key, language, text)
select w.key, l.language, l.text
  from (values
    ('quantity',      'Quantity',           '数量',       '數量'),
    ('price',         'Price',              '单价',       '單價'),
    ('mo',            'mo.',                '个月',       '個月'),
    ('estimated',     'estimated',          '估计',       '估計'),
    ('meter_no',      'Meter',              '表',         '表'),
    ('previous',      'previous',           '上期读数',   '上期讀數'),
    ('present',       'present',            '本期读数',   '本期讀數'),
    ('used',          'used',               '用量',       '用量'),
    ('shared_by',     'shared out by',      '分摊依据',   '分攤依據'),
    ('share',         'share',              '分摊比例',   '分攤比例'),
    ('of_total',      'of',                 '总额',       '總額'),
    ('days',          'days',               '天',         '天'),
    ('key_gross_area',  'gross area',       '建筑面积',   '建築面積'),
    ('key_usable_area', 'usable area',      '套内面积',   '套內面積'),
    ('key_unit',        'unit',             '户',         '戶'),
    ('key_people',      'people',           '人数',       '人數'),
    ('key_share',       'share of the whole', '份额',     '份額'),
    ('key_key',         'key',              '权重',       '權重'),
    ('moved_advance',   'advance used',       '预存款抵扣', '預存款抵扣'),
    ('moved_prepaid',   'prepaid balance',    '预缴费抵扣', '預繳費抵扣'),
    ('owed_before',   'Still to be paid from before', '以前欠费', '以前欠費'),
    ('owed_more',     '%s more bills',      '另 %s 张账单', '另 %s 張賬單'),
    ('owed_all',      'To pay in all',      '应缴总额',   '應繳總額')) w (key, en, zh, hant)
 cross join lateral (values ('en', w.en), ('zh', w.zh), ('zh-Hant', w.hant)) l (language, text);
