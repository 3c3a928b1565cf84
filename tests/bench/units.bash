# shellcheck shell=bash
# A property with units, owners and a standard, and months billed: what the parts about money begin with. To be sourced after rig.bash.

# One standard by area.
standard() {
	steward user grant admin finance BEN -q --yes >/dev/null
	steward standard set MGMT --name 'Management fee' --item MANAGEMENT --basis gross_area --rate 2.80 --from 2026-01-01 -p BEN -q
}

# units FIRST LAST: units, owners, and who holds what.
units() {
	PGUSER=postgres psql -Xq -v ON_ERROR_STOP=1 -v first="$1" -v last="$2" -v property="$property_id" <<-'SQL'
		set search_path = steward_code, steward, public;
		insert into place (property_id, id, kind, number, gross_area_dm2)
		select :property, uuid7(), 'unit', 'U' || n, 6000 + n % 7919 from generate_series(:first, :last) n;
		insert into party (property_id, id, number, name)
		select :property, uuid7(), 'P-' || n, 'Owner ' || n from generate_series(:first, :last) n;
		insert into occupancy (property_id, id, number, place_id, party_id, role, period)
		select :property, uuid7(), 'O-' || n, l.id, p.id, 'owner', daterange('2020-01-01', null)
		  from generate_series(:first, :last) n
		  join place l on l.property_id = :property and l.number = 'U' || n
		  join party p on p.property_id = :property and p.number = 'P-' || n;
		with batch as (
			insert into assignment_batch (property_id, id, number, standard_id, made_by)
			select :property, uuid7(), 'AB-' || :first, s.id, u.id from standard s, app_user u where s.property_id = :property and u.login = 'admin'
			returning *
		)
		insert into assignment (property_id, id, batch_id, standard_id, place_id, from_on)
		select :property, uuid7(), b.id, b.standard_id, l.id, '2026-01-01'
		  from batch b, generate_series(:first, :last) n join place l on l.property_id = :property and l.number = 'U' || n;
		vacuum analyze;
	SQL
}

# run_month MONTH: prints "bills seconds".
run_month() {
	local number
	number=$(steward billing run "$1" -p BEN --yes -o name)
	until steward billing show "$number" -p BEN --json | jq -e '.run.state == "done"' >/dev/null; do sleep 0.2; done
	PGUSER=postgres psql -XqAt -F ' ' -c "select r.bills, extract(epoch from r.ended_at - (select min(j.recorded_at) from steward.journal j
		where j.property_id = r.property_id and j.kind = 'billing' and j.entity_id = r.id)) from steward.billing_run r where r.number = '${number#*/}'"
}
