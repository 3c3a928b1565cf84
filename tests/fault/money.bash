# shellcheck shell=bash
# Money in a fault run: what it needs to begin, the months that are billed meanwhile, and what must hold of the books afterwards. To be
# sourced after lib.sh. A new kind of document gets a line in the round of writer.c and one in check_money.

# shellcheck disable=SC2154 # dir is lib.sh's
billed_places=3000

# One drawer for all desks, a customer that all of them share (P-1001), and places to be billed in several steps.
money_begin() {
	local role
	for role in cashier finance clerk; do admin user grant admin $role SUN -q --yes >/dev/null; done
	admin -p SUN party add Shared -q
	for kind in payment_void refund credit_note; do admin -p SUN bill limit $kind --amount 100000 -q >/dev/null; done
	admin -p SUN shift open D1 -q
	admin -p SUN standard set MGMT --name 'Management fee' --item MANAGEMENT --basis gross_area --rate 2.80 --from 2024-01-01 -q
	PGOPTIONS='-c client_min_messages=warning' psql -Xq -v ON_ERROR_STOP=1 -v n="$billed_places" <<-'SQL'
		set search_path = steward_code, steward, public;
		select set_config('steward.scope', '1', false) \g /dev/null
		insert into place (property_id, id, kind, number, gross_area_dm2) select 1, uuid7(), 'unit', 'U' || n, 6000 + n from generate_series(1, :n) n;
		insert into party (property_id, id, number, name) values (1, uuid7(), 'P-OWNER', 'Owner');
		insert into occupancy (property_id, id, number, place_id, party_id, role, period)
		select 1, uuid7(), 'O-' || l.number, l.id, p.id, 'owner', daterange('2020-01-01', null)
		  from place l, party p where l.property_id = 1 and l.number like 'U%' and p.property_id = 1 and p.number = 'P-OWNER';
		with batch as (
			insert into assignment_batch (property_id, id, number, standard_id, made_by)
			select 1, uuid7(), 'AB-1', s.id, u.id from standard s, app_user u where s.property_id = 1 and u.login = 'admin' returning *
		)
		insert into assignment (property_id, id, batch_id, standard_id, place_id, from_on)
		select 1, uuid7(), b.id, b.standard_id, l.id, '2024-01-01' from batch b, place l where l.property_id = 1 and l.number like 'U%';
		analyze;
	SQL
}

run_is_over() {
	[ "$(sql "select count(*) from billing_run where state = 'running'" 2>/dev/null)" = 0 ]
}

# Waits a little for a run that is under way, so that a fault falls into one; counts those that do.
when_billing() {
	local tries
	for tries in $(seq 40); do
		if [ "$(sql "select count(*) from billing_run where state = 'running' and places_done > 0" 2>/dev/null)" = 1 ]; then
			echo "$tries" >>"$dir/amid"
			return
		fi
		sleep 0.02
	done
}

# One month after the other until $dir/biller.stop appears; the last one is waited for. A run that was begun without our hearing of it is
# begun again: nothing may come of that.
bill_months() {
	local n=0 tries
	while [ ! -e "$dir/biller.stop" ]; do
		for tries in $(seq 100); do
			! admin -p SUN billing run "$(date -d "2024-01-01 +$n months" +%Y-%m)" --yes -q >/dev/null 2>&1 || break
			[ ! -e "$dir/biller.stop" ] || break
			sleep 0.2
		done
		until run_is_over || [ "$((tries += 1))" -gt 1000 ]; do sleep 0.1; done
		n=$((n + 1))
	done
}

# shown NAME SQL: the statement finds nothing.
shown() {
	expect "$1" 0 "$(sql "$2")"
}

check_money_acknowledged() {
	shown "every acknowledged bill is stored under its number, with its entry" "select count(*) from acked a where method = 'bill.Add'
		and not exists (select from bill b join journal j on j.property_id = b.property_id and j.id = b.id where b.id = a.key and b.number = a.number)"
	shown "every acknowledged payment is stored under its receipt" "select count(*) from acked a where method = 'payment.Take'
		and not exists (select from payment p where p.id = a.key and p.number = a.number and p.kind = 'payment')"
	shown "every acknowledged void is stored under its receipt, and the payment once" "select count(*) from acked a where method = 'payment.VoidReceipt'
		and 1 <> (select count(*) from payment v join payment w on w.reverses = v.reverses where v.id = a.key and v.number = a.number and v.kind = 'void')"
	shown "every acknowledged refund is stored under its receipt" "select count(*) from acked a where method = 'payment.Refund'
		and not exists (select from payment p where p.id = a.key and p.number = a.number and p.kind = 'refund')"
	shown "every acknowledged credit note is stored, for its bill" "select count(*) from acked a where method = 'bill.Credit'
		and not exists (select from credit_note c join bill b on b.id = c.bill_id where c.id = a.key and b.number = a.number)"
	shown "every acknowledged entry is stored under its number" "select count(*) from acked a where method in ('ledger.Post', 'ledger.Reverse')
		and not exists (select from journal j where j.id = a.key and j.number = a.number)"
}

check_money_books() {
	shown "the ledger comes to nothing" "select coalesce(sum(amount), 0) from posting"
	shown "each entry has its pairs" "select count(*) from journal j where not exists (select from transfer t where t.journal_id = j.id)"
	shown "accounts and the documents behind them agree" "select count(*) from ledger_control(array[1]) where difference_minor <> 0"
	shown "no line is settled or credited beyond its amount, or otherwise than its documents say" "select count(*) from charge_line l
		left join (select line_id, sum(amount) as n from settlement group by 1) s on s.line_id = l.id
		left join (select line_id, sum(amount) as n from credit_note_line group by 1) c on c.line_id = l.id
		where l.settled > l.amount or l.credited > l.amount or l.settled <> coalesce(s.n, 0) or l.credited <> coalesce(c.n, 0)"
	shown "each pot holds what its entries say" "select count(*) from pot p
		left join (select pot_id, sum(amount) as n from pot_entry group by 1) e on e.pot_id = p.id where p.amount <> coalesce(e.n, 0)"
	shown "receipts have no gap in any series" "select count(*) from (select regexp_replace(number, '-[0-9]+$', '') as series, count(*) as n,
		max(substring(number, '[0-9]+$')::int) as top from payment group by 1) x where n <> top"
	shown "numbers of bills, credit notes, entries and runs have no gap" "select coalesce(sum(abs(value - 1000 - n)), 0) from (select c.value, case c.series
		when 'B' then (select count(*) from bill where property_id = 1) when 'J' then (select count(*) from journal where property_id = 1)
		when 'CN' then (select count(*) from credit_note where property_id = 1)
		when 'BR' then (select count(*) from billing_run where property_id = 1) end as n from counter c where c.property_id = 1) x where n is not null"
	shown "each payment has its tenders" "select count(*) from payment p
		where p.amount <> (select sum(t.amount) from payment_tender t where t.payment_id = p.id)"
}

check_money_runs() {
	await 120 "the last billing run" run_is_over || true
	shown "no place is billed twice for a month" "select count(*) from (select assignment_id, from_on from charge_line where assignment_id is not null
		and not cancelled group by 1, 2 having count(*) > 1) x"
	shown "each month that was billed has a bill for each place" "select count(*) from (select l.from_on, count(distinct l.assignment_id) as n from charge_line l
		where l.assignment_id is not null group by 1) x where n <> $billed_places"
	shown "each run has the bills it counts, and their sum" "select count(*) from billing_run r left join (select run_id, count(*) as n, sum(amount) as amount
		from bill where run_id is not null group by 1) b on b.run_id = r.id where r.bills <> coalesce(b.n, 0) or r.amount <> coalesce(b.amount, 0)"
	shown "each run has gone through all places" "select count(*) from billing_run where places_done <> places or state <> 'done'"
	echo "faults amid a billing run: $([ ! -e "$dir/amid" ] || wc -l <"$dir/amid")"
	sql "select format('%s runs, %s bills of them', count(*), sum(bills)) from billing_run"
}

check_money() {
	check_money_runs
	check_money_acknowledged
	check_money_books
}
