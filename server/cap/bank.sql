-- Banks: see bank.fn.sql, bank_guess.fn.sql, bank_match.fn.sql and bank_list.fn.sql.

-- :name bank_set :one
select c.*
  from bank_set(:ctx_property::int, :ctx_key::uuid, :code, :name, :number, :account, :closed) k (id),
       lateral bank_account_card(:ctx_property::int, k.id) c;

-- :name bank_list :many
select c.id, c.property_id, c.property, c.code, c.name, c.masked, c.account, c.account_name, c.statement, c.stated_to, c.stated_minor, c.open, c.currency,
       c.closed, c.number, c.version
  from bank_account_card c
 where c.property_id = any (:ctx_scope::int[])
 order by c.property, c.code;

-- :name bank_show :one
select c.* from bank_of(:ctx_property::int, :code, 'code') b, lateral bank_account_card(b.property_id, b.id) c
 where c.property_id = any (:ctx_scope::int[]);

-- :name bank_import :many
select r.line, r.outcome, r.property, r.number, r.id, r.blame, r.reason
  from bank_import(:ctx_scope::int[], :ctx_user::uuid, array(
         select row(x.line, nullif(x.property, ''), nullif(x.bank, ''), nullif(x.iban, ''), nullif(x.statement, ''), nullif(x.statement_from, ''),
                    nullif(x.statement_to, ''), nullif(x.opening, ''), nullif(x.closing, ''), nullif(x.date, ''), nullif(x.value_date, ''),
                    nullif(x.sum, ''), nullif(x.sign, ''), nullif(x.debit, ''), nullif(x.credit, ''), nullif(x.currency, ''), nullif(x.ref, ''),
                    nullif(x.reference, ''), nullif(x.counterparty, ''), nullif(x.counter_account, ''), nullif(x.text, ''), nullif(x.code, ''),
                    x.copy)::bank_input
           from unnest(:rows.line::int[], :rows.property::text[], :rows.bank::text[], :rows.iban::text[], :rows.statement::text[],
                       :rows.statement_from::text[], :rows.statement_to::text[], :rows.opening::text[], :rows.closing::text[], :rows.date::text[],
                       :rows.value_date::text[], :rows.sum::text[], :rows.sign::text[], :rows.debit::text[], :rows.credit::text[],
                       :rows.currency::text[], :rows.ref::text[], :rows.reference::text[], :rows.counterparty::text[], :rows.counter_account::text[],
                       :rows.text::text[], :rows.code::text[], :rows.copy::int[])
                with ordinality as x (line, property, bank, iban, statement, statement_from, statement_to, opening, closing, date, value_date, sum,
                                      sign, debit, credit, currency, ref, reference, counterparty, counter_account, text, code, copy, o)
          order by x.o)) r;

-- :name bank_imported :feed
select s.property_id, 'bank_statement' as entity, s.id, s.version, false as dead, s.number
  from bank_statement s where s.property_id = any (:ctx_scope::int[]) and s.id = any (import_touched());

-- :name bank_statements :many
select c.*
  from bank_statement_list(:ctx_scope::int[], :bank, :after, :limit::int) with ordinality as k (property_id, id, o)
  join bank_statement_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name bank_entries :many
select c.*
  from bank_entry_list(:ctx_scope::int[], :bank, :state, :month, :after, :limit::int) with ordinality as k (property_id, id, o)
  join bank_entry_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name bank_entry :one
select c.* from bank_entry_key(:ctx_scope::int[], :entry) k join bank_entry_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name bank_guesses :many
select * from bank_guess_list(:ctx_scope::int[], :entry);

-- :name bank_matches :many
select c.*
  from bank_entry_key(:ctx_scope::int[], :entry) k
  join bank_match m on m.property_id = k.property_id and m.entry_id = k.id
  join bank_match_card c on c.property_id = m.property_id and c.id = m.id
 where c.property_id = any (:ctx_scope::int[])
 order by m.at, m.id;

-- :name bank_match :many
select * from bank_match_all(:ctx_property::int, :ctx_user::uuid, :bank, :limit::int);

-- :name bank_also :feed
-- The entries, bills and payments the call changed besides.
select * from feed_also();

-- :name bank_assign :one
select c.*
  from bank_assign(:ctx_scope::int[], :entry, :ctx_key::uuid, :ctx_user::uuid, :party, :bill::text[], :why) k,
       lateral bank_match_card(k.property_id, k.id) c;

-- :name bank_clear :one
select c.*
  from bank_clear(:ctx_scope::int[], :entry, :ctx_key::uuid, :ctx_user::uuid, :receipt::text[], :fee_minor::bigint, :why) k,
       lateral bank_match_card(k.property_id, k.id) c;

-- :name bank_book :one
select c.*
  from bank_book(:ctx_scope::int[], :entry, :ctx_key::uuid, :ctx_user::uuid, :account, :text) k,
       lateral bank_match_card(k.property_id, k.id) c;

-- :name bank_unmatch :one
select c.*, (select a.number from approval_card(k.property_id, k.approval_id) a) as approval
  from bank_unmatch(:ctx_scope::int[], :entry, :ctx_key::uuid, :ctx_user::uuid, :why) k,
       lateral bank_match_card(k.property_id, k.id) c;

-- :name bank_rule_set :one
select c.*
  from bank_rule_set(:ctx_property::int, :ctx_key::uuid, :code, :contains, :direction, :bank, :account, :text, :rank::int, :most_minor::bigint, :ended) k (id),
       lateral bank_rule_card(:ctx_property::int, k.id) c;

-- :name bank_rules :many
select c.* from bank_rule_card c where c.property_id = any (:ctx_scope::int[]) order by c.property, c.rank, c.code;

-- :name bank_transit :many
select * from bank_transit_list(:ctx_scope::int[], :method, :limit::int);
