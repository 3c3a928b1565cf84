-- Many bills at once, by whoever has reckoned what is to be claimed: billing runs, apportionments.

-- A claim on a customer for a place. 'pos' is where the place stands among those that are billed. 'entity' and 'entity_id' are what it
-- came of, if that is a thing by itself; 'assignment_id' is the standard's assignment; 'quantity', 'unit', 'price' and 'per' as in charge_line.
create type bill_claim as (
  pos int, place_id uuid, party_id uuid, item_id uuid, text text, from_on date, to_on date, amount bigint, entity text, entity_id uuid, assignment_id uuid,
  quantity numeric, unit text, price numeric, per text
);

-- Writes one bill for each customer at each place, numbered in the order of the places, and one entry, p_journal, for all of
-- them. Claims of nothing are passed over. p_run: the billing run they belong to, or null; p_text: what the entry says before
-- the numbers; p_entity and p_entity_id: what the entry belongs to.
create function bills_post(p_property int, p_journal uuid, p_kind text, p_on date, p_due date, p_user uuid, p_run uuid, p_text text, p_entity text,
                           p_entity_id uuid, p_claims bill_claim[], out bills int, out lines int, out amount bigint)
language plpgsql volatile set enable_nestloop = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
declare
  receivable constant uuid := ledger_account(p_property, 'receivable');
  tax_account constant uuid := ledger_account(p_property, 'tax');
  legs ledger_leg[];
  first bigint;
  bill_ids uuid[];
  line_ids uuid[];
begin
  select count(*), coalesce(sum(g.n), 0), coalesce(sum(g.amount), 0) into bills, lines, amount
    from (select count(*) as n, sum(x.amount) as amount from unnest(p_claims) x where x.amount > 0 group by x.pos, x.party_id) g;
  if lines = 0 then
    return;
  end if;
  with part as (
    select i.account_id, sum(x.amount)::bigint as amount, sum(tax_within(x.amount, i.tax_bp))::bigint as tax
      from unnest(p_claims) x join charge_item i on i.property_id = p_property and i.id = x.item_id
     where x.amount > 0 group by i.account_id
  )
  select array_agg(row(receivable, g.account_id, g.amount)::ledger_leg order by g.account_id) into legs
    from (select p.account_id, p.amount - p.tax as amount from part p
          union all select tax_account, sum(p.tax)::bigint from part p) g where g.amount > 0;
  first := next_numbers(p_property, 'B', bills);
  perform ledger_post(p_property, p_journal, p_kind, p_on, format('%s: B-%s to B-%s', p_text, first, first + bills - 1), legs, p_user, p_entity,
                      p_entity_id);
  bill_ids := uuid7_many(bills);
  line_ids := uuid7_many(lines);
  -- The bill a claim stands on is counted by its place and customer, so that bills and lines are written from one list, without a join.
  with part as materialized (
    select x.*, tax_within(x.amount, i.tax_bp) as tax, dense_rank() over w as n, row_number() over w as nth, (row_number() over b)::int as line,
           (sum(x.amount) over b)::bigint as total
      from unnest(p_claims) x
      join charge_item i on i.property_id = p_property and i.id = x.item_id
     where x.amount > 0
    window w as (order by x.pos, x.party_id),
           b as (partition by x.pos, x.party_id order by x.text, x.from_on rows between unbounded preceding and unbounded following)
  ), written as (
    insert into bill (property_id, id, number, party_id, place_id, run_id, issued_on, due_on, amount, user_id)
    select p_property, bill_ids[p.n], 'B-' || first - 1 + p.n, p.party_id, p.place_id, p_run, p_on, p_due, p.total, p_user from part p where p.line = 1
  )
  insert into charge_line (property_id, id, bill_id, line, item_id, party_id, place_id, text, from_on, to_on, amount, tax, issued_on, due_on,
                           journal_id, entity, entity_id, assignment_id, quantity, unit, price, per)
  select p_property, line_ids[p.nth], bill_ids[p.n], p.line, p.item_id, p.party_id, p.place_id, p.text, p.from_on, p.to_on, p.amount, p.tax,
         p_on, p_due, p_journal, p.entity, p.entity_id, p.assignment_id, p.quantity, p.unit, p.price, p.per
    from part p;
end $$;
