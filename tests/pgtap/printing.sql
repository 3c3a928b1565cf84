-- What documents are made of: words in every language, amounts in words, figures and spans as they are printed.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only 1
begin;
set local search_path = steward_code, steward, public;
select plan(10);

select is((select string_agg(k.key, ', ') from (select distinct key from print_text) k
            where (select count(*) from print_text t where t.key = k.key) <> 3), null, 'every word is there in all languages');

-- Every word that a function names by itself is one of them.
create view pg_temp.word as
select p.proname, m.word[1] as word
  from pg_proc p cross join lateral regexp_matches(p.prosrc, $$print_(?:word|fact|column|signature)\(w, '([a-z_]+)'$$, 'g') m (word)
 where p.pronamespace = 'steward_code'::regnamespace;
select is((select string_agg(distinct format('%s: %s', w.proname, w.word), ', ') from pg_temp.word w
            where not exists (select from print_text t where t.key = w.word)), null, 'no function names a word that is not there');
select cmp_ok((select count(*) from pg_temp.word), '>', 60::bigint, 'the words are found');

-- Words that are put together: one for each way to settle a line, and for each measure a total is shared out by.
create function pg_temp.choices(p_constraint text) returns setof text language sql as
$$ select m.v[1] from pg_constraint c cross join lateral regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g') m (v) where c.conname = p_constraint $$;
select is((select string_agg(x.word, ', ')
             from (select 'moved_' || settled_as(k) from pg_temp.choices('settlement_kind_check') k
                   union all select 'key_' || k from pg_temp.choices('pool_basis_check') k
                   union all values ('moved_bill')) x (word)
            where not exists (select from print_text t where t.key = x.word)), null, 'every kind of settlement and every basis has its word');

-- Each kind has its words and its function, with the parameters that print_issue() gives.
select is((select string_agg(k.kind, ', ') from print_kind k
            where not exists (select from print_text t where t.key = k.kind)
               or to_regprocedure(format('steward_code.%I(int, uuid, jsonb, text, uuid)', k.kind || '_document')) is null), null, 'every kind can be printed');

select throws_like($$ select print_word('{}', 'nothing') $$, '%no word%', 'a word that is missing is no empty heading');

-- Figures from the rules for filling in bills of the People's Bank of China, and others.
select results_eq(
  $$ select print_capital(x) from unnest(array[140950, 600714, 10700053, 1640902, 32504, 5, 10, 0, 100000000, 1001000000, 30000000005, 200000]) x $$,
  array['人民币壹仟肆佰零玖元伍角整', '人民币陆仟零柒元壹角肆分', '人民币壹拾万零柒仟元伍角叁分', '人民币壹万陆仟肆佰零玖元零贰分', '人民币叁佰贰拾伍元零肆分',
        '人民币伍分', '人民币壹角整', '人民币零元整', '人民币壹佰万元整', '人民币壹仟零壹万元整', '人民币叁亿元零伍分', '人民币贰仟元整'],
  'amounts in words');

select results_eq($$ select print_money(x.a, x.c) from (values (0, 0::bigint, 'CNY'), (1, 99950, 'CNY'), (2, 100000, 'CNY'), (3, -123456789, 'CNY'),
                                                               (4, 1234567, 'JPY')) x (o, a, c) order by x.o $$,
                  array['0.00', '999.50', '1,000.00', '-1,234,567.89', '1,234,567'], 'thousands are set apart');

select results_eq($$ select print_period(x.f, x.t) from (values (1, date '2026-02-01', date '2026-03-01'), (2, '2026-02-01', '2026-03-02'),
                                                                (3, '2026-02-05', '2026-02-06'), (4, null, null)) x (o, f, t) order by x.o $$,
                  array['2026-02', '2026-02-01 – 2026-03-01', '2026-02-05', null], 'a month is a month, a day a day');

select results_eq($$ select print_speaks(x) from unnest(array['zh', 'zh-CN', 'ZH_tw', 'zh-Hant-HK', 'en', 'en-GB', 'pl', null]) x $$,
                  array['zh', 'zh', 'zh-Hant', 'zh-Hant', 'en', 'en', null, null], 'what people note of a language');

select * from finish();
rollback;
