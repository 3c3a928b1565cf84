-- The ledger: see ledger.fn.sql.

-- :name ledger_account_add :one
select c.*
  from account_add(:ctx_property::int, :ctx_key::uuid, :code, :name, :kind) k (id),
       lateral ledger_account_card(:ctx_property::int, k.id) c;

-- :name ledger_account_edit :one
select c.*
  from account_edit(:ctx_property::int, :code, :version::int, :name, :closed) k (id),
       lateral ledger_account_card(:ctx_property::int, k.id) c;

-- :name ledger_account_list :many
select c.*
  from account_list(:ctx_scope::int[], :text, :kind, :after, :limit::int) with ordinality as k (property_id, id, o)
  join ledger_account_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name ledger_balance :many
select * from account_balance(:ctx_scope::int[], :month, :from, :to);

-- :name ledger_control :many
select * from ledger_control(:ctx_scope::int[]);

-- :name ledger_postings :many
select * from account_postings(:ctx_property::int, :code, :month, :from, :to, :after, :limit::int);

-- :name ledger_post :one
select c.*
  from journal_post(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :date, :text, :debit::text[], :credit::text[]) k (id),
       lateral journal_card(:ctx_property::int, k.id) c;

-- :name ledger_reverse :one
select c.*
  from journal_reverse(:ctx_scope::int[], :journal, :ctx_key::uuid, :ctx_user::uuid, :date, :why) k,
       lateral journal_card(k.property_id, k.id) c;

-- :name ledger_show :one
select c.*
  from journal_key(:ctx_scope::int[], :journal) k
  join journal_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name ledger_legs :many
select t.leg, d.code as debit, d.name as debit_name, c.code as credit, c.name as credit_name, t.amount as amount_minor, t.currency
  from journal_key(:ctx_scope::int[], :journal) k
  join transfer t on t.property_id = k.property_id and t.journal_id = k.id
  join account d on d.property_id = t.property_id and d.id = t.debit
  join account c on c.property_id = t.property_id and c.id = t.credit
 where t.property_id = any (:ctx_scope::int[])
 order by t.leg;

-- :name ledger_list :many
select c.*
  from journal_list(:ctx_scope::int[], :month, :from, :to, :kind, :after, :limit::int) with ordinality as k (property_id, id, o)
  join journal_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name ledger_export :many
select * from journal_export(:ctx_scope::int[], :month, :from, :to, :after, :limit::int);
