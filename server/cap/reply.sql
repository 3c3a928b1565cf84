-- Answers to the customer of a case, and the customer asking again: see reply.fn.sql.

-- :name reply_send :one
select c.*
  from reply_send(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :text, :template,
                  :channel) k
 cross join lateral case_card(k.property_id, k.id) c;

-- :name reply_chase :one
select c.*
  from reply_chase(:ctx_scope::int[], :case, :ctx_user::uuid, :ctx_key::uuid, :ctx_occurred_at::timestamptz, :text, :channel) k
 cross join lateral case_card(k.property_id, k.id) c;
