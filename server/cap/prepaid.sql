-- Prepaid balances: see prepaid.fn.sql, prepaid_draw.fn.sql and prepaid_low.fn.sql.

-- :name prepaid_open :one
select c.*
  from prepaid_open(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :party, :place, :standard, :meter, :threshold_minor::bigint, :from,
                    :balance_minor::bigint) k (id),
       lateral prepaid_card(:ctx_property::int, k.id) c;

-- :name prepaid_edit :one
select c.* from prepaid_edit(:ctx_scope::int[], :account, :version::int, :threshold_minor::bigint, :meter) k,
       lateral prepaid_card(k.property_id, k.id) c;

-- :name prepaid_top_up :one
select c.*, (select x.number from payment_card(k.property_id, k.payment_id) x) as receipt
  from prepaid_top_up(:ctx_scope::int[], :account, :ctx_key::uuid, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :paid::text[],
                      :tendered_minor::bigint, :note) k,
       lateral prepaid_card(k.property_id, k.id) c;

-- :name prepaid_draw :one
select c.* from prepaid_draw(:ctx_scope::int[], :account, :ctx_key::uuid, :ctx_user::uuid, :to, :usage) k,
       lateral prepaid_card(k.property_id, k.id) c;

-- :name prepaid_tell :one
select c.*
  from prepaid_tell(:ctx_scope::int[], :account, :ctx_key::uuid, :ctx_user::uuid, :ctx_occurred_at::timestamptz, :outcome, :channel, :told,
                    :remark, :again) k,
       lateral prepaid_card(k.property_id, k.id) c;

-- :name prepaid_refund :one
select c.*, (select a.number from approval_card(k.property_id, k.approval_id) a) as approval
  from prepaid_refund(:ctx_scope::int[], :account, :ctx_key::uuid, :ctx_user::uuid, :amount_minor::bigint, :method, :why) k,
       lateral prepaid_card(k.property_id, k.id) c;

-- :name prepaid_close :one
select c.* from prepaid_close(:ctx_scope::int[], :account) k, lateral prepaid_card(k.property_id, k.id) c;

-- :name prepaid_also :feed
-- The bills and payments the call changed besides.
select * from feed_also();

-- :name prepaid_show :one
select c.* from prepaid_key(:ctx_scope::int[], :account) k join prepaid_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name prepaid_draws :many
select d.from_on::text as "from", (d.to_on - 1)::text as "to", trim_scale(round(d.usage, 3))::text as usage, d.estimated, d.amount as amount_minor, y.currency,
       b.number as bill, not prepaid_draw_stands(d) as credited, (select u.login from app_user u where u.id = d.user_id) as by
  from prepaid_key(:ctx_scope::int[], :account) k
  join prepaid_draw d on d.property_id = k.property_id and d.account_id = k.id
  join property y on y.id = d.property_id
  left join bill b on b.property_id = d.property_id and b.id = d.bill_id
 where d.property_id = any (:ctx_scope::int[])
 order by d.at desc, d.id desc limit 100;

-- :name prepaid_notices :many
select ts(n.at, y.zone) as at, (select u.login from app_user u where u.id = n.user_id) as by, n.channel, n.told, n.outcome, n.balance as balance_minor,
       y.currency, n.remark, ts(w.found_at, y.zone) as found_at, ts(w.solved_at, y.zone) as solved_at
  from prepaid_key(:ctx_scope::int[], :account) k
  join prepaid_low w on w.property_id = k.property_id and w.account_id = k.id
  join property y on y.id = w.property_id
  left join prepaid_notice n on n.property_id = w.property_id and n.low_id = w.id
 where w.property_id = any (:ctx_scope::int[])
 order by w.found_at desc, n.at desc limit 100;

-- :name prepaid_list :many
select c.*
  from prepaid_list(:ctx_scope::int[], :place, :party, :item, :state, :after, :limit::int) with ordinality as k (property_id, id, o)
  join prepaid_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name prepaid_statement :many
select * from prepaid_statement(:ctx_scope::int[], :account, :from, :to);

-- :name prepaid_due :due
select property_id from prepaid_due();

-- :name prepaid_tick :tick
-- One balance at a time: meanwhile no desk takes money there, and whoever reads meters waits for one of them only.
select done, more::int from prepaid_tick(:property::int, 1);
