-- Reconciliation: see reconciliation.fn.sql.

-- :name reconciliation_show :many
select * from reconciliation_accounts(:ctx_scope::int[], :month);

-- :name reconciliation_items :many
select * from reconciliation_items(:ctx_scope::int[], :month, :account, :limit::int);

-- :name reconciliation_checks :many
select * from reconciliation_checks(:ctx_scope::int[], :month);
