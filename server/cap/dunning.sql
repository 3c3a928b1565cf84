-- Dunning: see dunning.fn.sql.

-- :name dunning_level_set :one
select c.level, c.property, c.language, c.days, c.channel, c.title, c.body, c.fee_minor, c.pay_days, c.currency
  from dunning_level_set(:ctx_property::int, :level::int, :days::int, :channel, :title, :body, :fee_minor::bigint, :pay_days::int, :language) k (level),
       lateral dunning_level_card(:ctx_property::int, k.level, :language) c;

-- :name dunning_level_list :many
select c.level, c.property, c.language, c.days, c.channel, c.title, c.body, c.fee_minor, c.pay_days, c.currency
  from dunning_level_card c where c.property_id = any (:ctx_scope::int[]) order by c.property, c.level, c.language nulls first;

-- :name dunning_preview :many
select * from dunning_preview(:ctx_property::int, :party, :place);

-- :name dunning_run :one
select c.* from dunning_run(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, :party, :place) k (id),
       lateral dunning_run_card(:ctx_property::int, k.id) c;

-- :name dunning_also :feed
-- What the run has done with that was owed.
select * from feed_also();

-- :name dunning_show :one
select c.* from notice_key(:ctx_scope::int[], :notice) k join dunning_notice_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name dunning_lines :many
select b.number as bill, l.line, l.text, l.due_on::text as due, x.level, x.days_late, x.open as amount_minor, l.amount - l.settled as open_minor, y.currency
  from notice_key(:ctx_scope::int[], :notice) k
  join dunning_notice_line x on x.property_id = k.property_id and x.notice_id = k.id
  join property y on y.id = x.property_id
  join charge_line l on l.property_id = x.property_id and l.id = x.line_id
  join bill b on b.property_id = l.property_id and b.id = l.bill_id
 where x.property_id = any (:ctx_scope::int[])
 order by x.days_late desc, b.number, l.line;

-- :name dunning_list :many
select c.*
  from notice_list(:ctx_scope::int[], :party, :level::int, :after, :limit::int) with ordinality as k (property_id, id, o)
  join dunning_notice_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name dunning_print :many
select d.kind, d.number, d.copy, d.language, d.at, d.by, d.document
  from dunning_print_of(:ctx_scope::int[], :notice::text[], :most::int) with ordinality as k (property_id, id, number, party_id, o),
       lateral print_issue(k.property_id, 'dunning_notice', k.id, k.number, k.party_id, :language, :ctx_user::uuid, :ctx_dry_run::boolean) d
 where k.property_id = any (:ctx_scope::int[])
 order by k.o;
