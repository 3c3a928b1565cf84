-- What is printed: the property's letterhead, the words of the documents in the languages they are written in, and who printed
-- what when. The first print of a document is its original; each further one is a copy with a number.

create table letterhead (
  property_id int primary key references property (id),
  name        text,
  address     text,
  phone       text,
  tax_number  text,
  bank        text,
  footer      text,
  language    text,
  version     int not null default 1,
  constraint letterhead_name_check check (btrim(name) <> '' and length(name) <= 200 and name !~ '[[:cntrl:]]'),
  constraint letterhead_address_check check (length(address) <= 200 and address !~ '[[:cntrl:]]'),
  constraint letterhead_phone_check check (length(phone) <= 60 and phone !~ '[[:cntrl:]]'),
  constraint letterhead_tax_number_check check (length(tax_number) <= 40 and tax_number !~ '[[:cntrl:]]'),
  constraint letterhead_bank_check check (length(bank) <= 200 and bank !~ '[[:cntrl:]]'),
  constraint letterhead_footer_check check (length(footer) <= 300 and footer !~ '[[:cntrl:]]'),
  constraint letterhead_language_check check (language in ('en', 'zh', 'zh-Hant'))
);
comment on constraint letterhead_pkey on letterhead is 'property: it has a letterhead already';
comment on constraint letterhead_property_id_fkey on letterhead is 'property: there is no such property';
comment on constraint letterhead_name_check on letterhead is 'name: one line of up to 200 characters';
comment on constraint letterhead_address_check on letterhead is 'address: one line of up to 200 characters';
comment on constraint letterhead_phone_check on letterhead is 'phone: one line of up to 60 characters';
comment on constraint letterhead_tax_number_check on letterhead is 'tax_number: one line of up to 40 characters';
comment on constraint letterhead_bank_check on letterhead is 'bank: one line of up to 200 characters';
comment on constraint letterhead_footer_check on letterhead is 'footer: one line of up to 300 characters';
comment on constraint letterhead_language_check on letterhead is 'language: en, zh or zh-Hant';
select wall('letterhead');

-- Kinds of documents. 'original': the first print of each is the original and all others are copies; without it a document
-- tells of a moment, and no two are the same. What is on it: a function <kind>_document().
create table print_kind (
  kind     text primary key,
  original boolean not null
);
insert into print_kind (kind, original) values
  ('bill', true), ('credit_note', true), ('receipt', true), ('void', true), ('refund', true), ('x_report', false), ('z_report', true);
grant select on print_kind to steward_app;

-- copy: 0 is the original; null where there is none.
create table print_log (
  property_id int not null references property (id),
  id          uuid not null,
  kind        text not null references print_kind (kind),
  entity_id   uuid not null,
  number      text collate "C" not null,
  copy        int,
  language    text not null,
  user_id     uuid not null references app_user (id),
  at          timestamptz not null default clock_timestamp(),
  primary key (property_id, id),
  constraint print_log_copy_key unique (property_id, kind, entity_id, copy),
  constraint print_log_copy_check check (copy >= 0)
);
create index print_log_at on print_log (property_id, at, id);
create index print_log_number on print_log (property_id, number, at);
comment on constraint print_log_pkey on print_log is 'id: this has been printed already';
comment on constraint print_log_property_id_fkey on print_log is 'property: there is no such property';
comment on constraint print_log_kind_fkey on print_log is 'kind: there is no such kind of document';
comment on constraint print_log_user_id_fkey on print_log is 'user: there is no such person';
comment on constraint print_log_copy_key on print_log is 'number: somebody else prints it at this moment; try again';
comment on constraint print_log_copy_check on print_log is 'copy: 0 or more';
select wall('print_log', 'select, insert');
select keep_append_only('print_log');

-- The words of documents. What a language lacks is taken from its parent: zh-Hant from zh, zh from en.
create table print_text (
  key      text not null,
  language text not null check (language in ('en', 'zh', 'zh-Hant')),
  text     text not null,
  primary key (key, language)
);
grant select on print_text to steward_app;
insert into print_text (key, language, text)
select w.key, l.language, l.text
  from (values
    ('bill',            'Bill',                    '缴费通知单',     '繳費通知單'),
    ('credit_note',     'Credit note',             '贷项通知单',     '貸項通知單'),
    ('receipt',         'Receipt',                 '收据',           '收據'),
    ('void',            'Void of a receipt',       '收据作废单',     '收據作廢單'),
    ('refund',          'Refund',                  '退款单',         '退款單'),
    ('statement',       'Statement of account',    '对账单',         '對賬單'),
    ('x_report',        'X report',                '交班中间报表 (X)', '交班中間報表 (X)'),
    ('z_report',        'Z report',                '交班报表 (Z)',   '交班報表 (Z)'),
    ('number',          'Number',                  '编号',           '編號'),
    ('date',            'Date',                    '日期',           '日期'),
    ('due',             'Due',                     '应缴日期',       '應繳日期'),
    ('customer',        'Customer no',             '客户编号',       '客戶編號'),
    ('place',           'Unit',                    '房号',           '房號'),
    ('shift',           'Shift',                   '班次',           '班次'),
    ('cashier',         'Cashier',                 '收款人',         '收款人'),
    ('drawer',          'Drawer',                  '钱箱',           '錢箱'),
    ('opened',          'Opened',                  '开班时间',       '開班時間'),
    ('closed',          'Closed',                  '交班时间',       '交班時間'),
    ('signed',          'Signed by',               '复核人',         '覆核人'),
    ('documents',       'Documents',               '单据数',         '單據數'),
    ('float',           'Float',                   '备用金',         '備用金'),
    ('for_bill',        'For bill',                '对应账单',       '對應賬單'),
    ('voids',           'Takes back',              '作废收据',       '作廢收據'),
    ('voided_by',       'Void by',                 '已作废，见',     '已作廢，見'),
    ('from',            'From',                    '起始日期',       '起始日期'),
    ('to',              'To',                      '截止日期',       '截止日期'),
    ('document',        'Document',                '单据',           '單據'),
    ('for',             'For',                     '项目',           '項目'),
    ('period',          'Period',                  '计费期间',       '計費期間'),
    ('amount',          'Amount',                  '金额',           '金額'),
    ('tax_in_it',       'Of which tax',            '其中税额',       '其中稅額'),
    ('total',           'Total',                   '合计',           '合計'),
    ('credited',        'Credited',                '已减免',         '已減免'),
    ('paid',            'Paid',                    '已缴',           '已繳'),
    ('to_pay',          'To pay',                  '应缴合计',       '應繳合計'),
    ('returned',        'Of which was paid, and is held for you now', '其中已缴部分转为预存款', '其中已繳部分轉為預存款'),
    ('reason',          'Reason',                  '原因',           '原因'),
    ('pay_into',        'Pay into',                '收款账户',       '收款賬戶'),
    ('bill_no',         'Bill',                    '账单号',         '賬單號'),
    ('undone',          'What is due again',       '恢复欠款明细',   '恢復欠款明細'),
    ('how_many',        'How many',                '份数',           '份數'),
    ('settles',         'What it settles',         '缴费明细',       '繳費明細'),
    ('in_advance',      'In advance',              '预存款',         '預存款'),
    ('paid_by',         'How it was paid',         '付款方式',       '付款方式'),
    ('given_by',        'How it is given back',    '退款方式',       '退款方式'),
    ('reference',       'Reference',               '参考号',         '參考號'),
    ('tendered',        'Tendered',                '实收现金',       '實收現金'),
    ('change',          'Change',                  '找零',           '找零'),
    ('capital',         'Amount in words',         '金额大写',       '金額大寫'),
    ('verify',          'Number and amount, to be compared at the service centre', '编号与金额，可在服务中心核对', '編號與金額，可在服務中心核對'),
    ('scan_to_pay',     'Show this at the desk to pay', '缴费时请出示此码', '繳費時請出示此碼'),
    ('note',            'Note',                    '备注',           '備註'),
    ('received_by',     'Received by',             '领款人签字',     '領款人簽字'),
    ('cashier_signs',   'Cashier (signature)',     '交班人签字',     '交班人簽字'),
    ('reviewer_signs',  'Looked through by (signature)', '复核人签字', '覆核人簽字'),
    ('method',          'Way to pay',              '支付方式',       '支付方式'),
    ('expected',        'Expected',                '应有',           '應有'),
    ('counted',         'Counted',                 '实点',           '實點'),
    ('difference',      'Difference',              '差异',           '差異'),
    ('blind',           'Amounts are told when the drawer has been counted.', '清点钱箱后方显示金额。', '清點錢箱後方顯示金額。'),
    ('receipts',        'Receipts',                '收据',           '收據'),
    ('void_documents',  'Voids',                   '作废',           '作廢'),
    ('refunds',         'Refunds',                 '退款',           '退款'),
    ('billed',          'Billed',                  '应收',           '應收'),
    ('settled',         'Settled',                 '已收',           '已收'),
    ('balance',         'Owed',                    '欠款余额',       '欠款餘額'),
    ('brought_forward', 'Brought forward',         '期初余额',       '期初餘額'),
    ('held',            'Held for the customer',   '客户存款',       '客戶存款'),
    ('what',            'What',                    '类别',           '類別'),
    ('address',         'Address',                 '地址',           '地址'),
    ('phone',           'Telephone',               '电话',           '電話'),
    ('tax_number',      'Tax number',              '税号',           '稅號'),
    ('copy',            'Copy',                    '副本',           '副本'),
    ('printed_by',      'Printed by',              '打印人',         '列印人'),
    ('draft',           'DRAFT',                   '草稿 DRAFT',     '草稿 DRAFT'),
    ('is_void',         'VOID',                    '作废 VOID',      '作廢 VOID'),
    ('is_cancelled',    'CANCELLED',               '已取消 CANCELLED', '已取消 CANCELLED'),
    ('method_cash',     'cash',                    '现金',           '現金'),
    ('method_card',     'card',                    '银行卡',         '銀行卡'),
    ('method_qr',       'QR code',                 '扫码支付',       '掃碼支付'),
    ('method_transfer', 'bank transfer',           '银行转账',       '銀行轉賬'),
    ('method_cheque',   'cheque',                  '支票',           '支票'),
    ('moved_bill',        'bill',                  '账单',           '賬單'),
    ('moved_payment',     'payment',               '缴费',           '繳費'),
    ('moved_credit',      'advance used',          '预存款抵扣',     '預存款抵扣'),
    ('moved_credit_note', 'credit note',           '减免',           '減免'),
    ('moved_deposit',     'deposit used',          '押金抵扣',       '押金抵扣'),
    ('moved_write_off',   'written off',           '核销',           '核銷'),
    ('taken_back',        'taken back',            '冲回',           '沖回'),
    ('pot_advance',       'advance',               '预存款',         '預存款'),
    ('pot_prepaid',       'prepaid',               '预缴费',         '預繳費'),
    ('pot_deposit',       'deposit',               '押金',           '押金')) w (key, en, zh, hant)
 cross join lateral (values ('en', w.en), ('zh', w.zh), ('zh-Hant', w.hant)) l (language, text);
