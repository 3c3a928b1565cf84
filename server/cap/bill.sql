-- Bills: see bill.fn.sql and bill_credit.fn.sql.

-- :name bill_item_set :one
select k.id, :ctx_property::int as property_id, k.version, k.code as number, i.code, i.name, a.code as account, i.tax_bp, i.rank,
       i.closed_on::text as closed
  from charge_item_set(:ctx_property::int, :ctx_key::uuid, :code, :name, :account, :tax_bp::int, :rank::int, :closed) k
 cross join lateral (select x.* from charge_item_now(:ctx_property::int, k.id) x) i
  join account a on a.property_id = i.property_id and a.id = i.account_id
 where a.property_id = any (:ctx_scope::int[]);

-- :name bill_item_list :many
select i.id, i.property_id, y.code as property, i.code, i.name, a.code as account, i.tax_bp, i.rank, i.closed_on::text as closed, i.version,
       i.code as number
  from charge_item i
  join property y on y.id = i.property_id
  join account a on a.property_id = i.property_id and a.id = i.account_id
 where i.property_id = any (:ctx_scope::int[])
 order by i.property_id, i.rank, i.code;

-- :name bill_add :one
select c.*
  from bill_add(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :party, :place, :item, :text, :amount_minor::bigint, :from, :to, :due,
                :date, :quantity, :unit, :price_minor::bigint) k (id),
       lateral bill_card(:ctx_property::int, k.id) c;

-- :name bill_work :one
select c.* from bill_work(:ctx_scope::int[], :order, :ctx_key::uuid, :ctx_user::uuid, :due) k,
       lateral bill_card(k.property_id, k.id) c;

-- :name bill_also :feed
-- What else the call changed.
select * from feed_also();

-- :name bill_credit :one
select c.*, (select a.number from approval_card(k.property_id, k.approval_id) a) as approval
  from bill_credit(:ctx_scope::int[], :bill, :ctx_key::uuid, :ctx_user::uuid, :line::int, :amount_minor::bigint, :why) k,
       lateral bill_card(k.property_id, k.bill_id) c;

-- :name bill_write_off :one
select c.*, (select a.number from approval_card(k.property_id, k.approval_id) a) as approval
  from bill_write_off(:ctx_scope::int[], :bill, :ctx_key::uuid, :ctx_user::uuid, :why) k,
       lateral bill_card(k.property_id, k.bill_id) c;

-- :name bill_dispute :one
select c.* from bill_dispute(:ctx_scope::int[], :bill, :line::int, :over::boolean) k,
       lateral bill_card(k.property_id, k.id) c;

-- :name bill_limit :one
select k.kind, k.amount_minor, k.currency from approval_limit_set(:ctx_property::int, :kind, :amount_minor::bigint) k;

-- :name bill_show :one
select c.* from bill_key(:ctx_scope::int[], :bill) k join bill_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name bill_lines :many
select l.line, l.item, l.text, l."from", l."to", l.amount_minor, l.tax_minor, l.credited_minor, l.settled_minor, l.open_minor, l.currency, l.disputed,
       l.quantity, l.unit, l.rate, l.months, l.estimated, l.basis, l.total_minor, l.share
  from bill_key(:ctx_scope::int[], :bill) k join line_card l on l.property_id = k.property_id and l.bill_id = k.id
 where l.property_id = any (:ctx_scope::int[])
 order by l.line;

-- :name bill_parts :many
select p.line, p."from", p."to", p.meter, p.serial, p.previous, p.present, p.factor, p.quantity, p.unit, p.rate, p.months, p.estimated
  from bill_key(:ctx_scope::int[], :bill) k join line_part_card p on p.property_id = k.property_id and p.bill_id = k.id
 where p.property_id = any (:ctx_scope::int[])
 order by p.line, p.part;

-- :name bill_settlements :many
select s.on_date::text as date, settled_as(s.kind) as kind, l.line, s.amount as amount_minor, y.currency, settled_by(s.property_id, s.entity, s.entity_id) as document,
       (select u.login from app_user u where u.id = s.user_id) as by
  from bill_key(:ctx_scope::int[], :bill) k
  join charge_line l on l.property_id = k.property_id and l.bill_id = k.id
  join settlement s on s.property_id = l.property_id and s.line_id = l.id
  join property y on y.id = s.property_id
 where s.property_id = any (:ctx_scope::int[])
 order by s.at, s.id;

-- :name bill_list :many
select c.*
  from bill_list(:ctx_scope::int[], :party, :place, :state, :after, :limit::int) with ordinality as k (property_id, id, o)
  join bill_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name bill_account :many
select * from account_statement(:ctx_scope::int[], :party, :from, :to);

-- :name bill_pots :many
select p.kind, l.number as place, i.code as item, p.amount as amount_minor, y.currency
  from party_key(:ctx_scope::int[], null, :party) k
  join pot p on p.property_id = k.property_id and p.party_id = k.id
  join property y on y.id = p.property_id
  left join place l on l.property_id = p.property_id and l.id = p.place_id
  left join charge_item i on i.property_id = p.property_id and i.id = p.item_id
 where p.property_id = any (:ctx_scope::int[]) and p.amount > 0
 order by p.kind, l.number, i.code;

-- :name bill_print :many
select d.kind, d.number, d.copy, d.language, d.at, d.by, d.document
  from bill_print_of(:ctx_scope::int[], :bill::text[], :run, :most::int) with ordinality as k (property_id, kind, id, number, party_id, o),
       lateral print_issue(k.property_id, k.kind, k.id, k.number, k.party_id, :language, :ctx_user::uuid, :ctx_dry_run::boolean) d
 where k.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name bill_statement :many
select d.kind, d.number, d.copy, d.language, d.at, d.by, d.document
  from account_print(:ctx_scope::int[], :party, :from, :to, :language, :ctx_user::uuid) d;
