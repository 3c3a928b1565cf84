#!/usr/bin/env bats
# A month's money by hand, as docs/money.md has it: from the standard to the closed month; and what other programs say to the books.
# Areas are those of real buildings where the file is at hand.

bats_require_minimum_version 1.5.0
load desk.bash

setup_file() {
	desk_up
	for person in clerk cashier supervisor manager finance administrator; do
		export "${person^^}=$(desk_of "$person")"
	done
	local file=$root/../shared/data/buildings.csv
	{
		echo "kind,number,gross area"
		if [ -f "$file" ]; then
			awk -F, 'NR > 1 && $9 > 0 && n < 60 { printf "unit,%d,%d\n", 1000 + ++n, $9 / 10.7639 }' "$file"
		else
			seq 60 | awk '{ printf "unit,%d,%d.%02d\n", 1000 + $1, 60 + $1 % 47, $1 * 37 % 100 }'
		fi
	} >"$DAEMON_DIR/places.csv"
	{
		echo "name,ref"
		seq 60 | awk '{ printf "Owner %d,R%d\n", $1, 1000 + $1 }'
	} >"$DAEMON_DIR/parties.csv"
	{
		echo "place,party,role,from"
		seq 60 | awk '{ printf "%d,R%d,owner,2020-01-01\n", 1000 + $1, 1000 + $1 }'
	} >"$DAEMON_DIR/occupancies.csv"
	as "$MANAGER" place import "$DAEMON_DIR/places.csv" -q
	as "$MANAGER" party import "$DAEMON_DIR/parties.csv" -q
	as "$MANAGER" occupancy import "$DAEMON_DIR/occupancies.csv" -q
	month=$(TZ=Asia/Shanghai date +%Y-%m) # at the property
	export month
}

teardown_file() {
	desk_down
}

as() {
	local desk=$1
	shift
	STEWARD_HOME=$desk steward "$@" -p SUN
}

run_is_over() {
	[ "$(as "$MANAGER" billing show "$1" --json | jq -r .run.state)" != running ]
}

@test "a standard is set, assigned and previewed" {
	as "$MANAGER" standard set MGMT --name 'Management fee' --item MANAGEMENT --basis gross_area --rate 2.80 --from "$month-01"
	as "$MANAGER" standard set LIFT --name 'Lift' --item LIFT --basis formula --formula 'if(gross_area > 100, 45, 30) * days / days_in_month' --from "$month-01"
	for i in $(seq 1001 1060); do
		as "$MANAGER" standard assign MGMT "$i" --from "$month-01" -q
	done
	as "$MANAGER" standard assign LIFT 1001 --from "$month-01"
	as "$MANAGER" billing preview "$month" --json | jq -e '.totals | map(select(.standard == "MGMT")) | .[0].lines == 60'
}

@test "the month is billed once" {
	number=$(as "$MANAGER" billing run "$month" --yes -o name)
	for _ in $(seq 100); do run_is_over "$number" && break || sleep 0.1; done
	as "$MANAGER" billing show "$number" --json | jq -e '.run.state == "done" and .run.bills == 60 and .run.lines == 61 and (.run.exceptions // 0) == 0'
	total=$(as "$MANAGER" billing show "$number" --json | jq -r .run.amount_minor)
	# What another program makes of the areas.
	sum=$(awk -F, 'NR > 1 { s += int($3 * 280 + 0.5); if (NR == 2) lift = $3 > 100 ? 4500 : 3000 } END { print s + lift }' "$DAEMON_DIR/places.csv")
	[ "$total" = "$sum" ]
	again=$(as "$MANAGER" billing run "$month" --yes -o name)
	for _ in $(seq 100); do run_is_over "$again" && break || sleep 0.1; done
	as "$MANAGER" billing show "$again" --json | jq -e '(.run.bills // 0) == 0'
}

@test "money is taken at two desks at once" {
	as "$ADMINISTRATOR" user grant supervisor cashier SUN --yes -q
	as "$CASHIER" shift open D1 --float 500
	as "$SUPERVISOR" shift open D2
	for i in $(seq 1001 1030); do
		as "$CASHIER" payment take "cash=$(((i - 1000) * 20)).35" --place "$i" -q 3>&- &
		as "$SUPERVISOR" payment take "card=$(((i - 1000) * 11)).07" "transfer=5" --place "$((i + 15))" -q 3>&- &
		wait
	done
	[ "$(as "$CASHIER" payment list --limit all -o name | wc -l)" = 60 ]
	# Receipts have no gap.
	[ "$(as "$CASHIER" payment list --limit all -o name | sed 's/.*-0*//' | sort -n | tail -1)" = 60 ]
	as "$CASHIER" payment due 1030
	as "$CLERK" bill account R1030
}

@test "a void and a credit note, one of them by two" {
	receipt=$(as "$CASHIER" payment list --shift SH-1001 --limit 1 -o name)
	as "$CASHIER" payment void "$receipt" --why 'Wrong unit' --yes
	waiting=$(as "$MANAGER" approval list -o name)
	as "$MANAGER" approval approve "$waiting" --yes
	as "$CASHIER" payment show "$receipt" --json | jq -e '.payment.voided_by | test("-V")'
	as "$FINANCE" bill limit credit_note --amount 100
	bill=$(as "$CLERK" bill list --place 1050 -o name)
	as "$CASHIER" bill credit "$bill" --amount 20 --why 'Lift out of order' --yes
	as "$CLERK" bill show "$bill" --json | jq -e '.bill.credited_minor == "2000"'
}

@test "the drawer is counted before anybody says what it should be" {
	run as "$CASHIER" shift show SH-1001 --json
	[ "$(jq '[.methods[] | select(.expected_minor != null)] | length' <<<"$output")" = 0 ]
	expected=$(as "$MANAGER" shift show SH-1001 --json | jq -r '.methods[] | select(.method == "cash") | .expected_minor')
	as "$CASHIER" shift close "cash=$((expected / 100)).$(printf %02d $((expected % 100)))" --yes
	as "$SUPERVISOR" shift sign SH-1001
}

@test "the books agree with the documents behind them" {
	as "$FINANCE" account control
	as "$FINANCE" account control --json | jq -e '[.[].difference_minor | tonumber] | all(. == 0)'
	as "$FINANCE" account balance --json | jq -e '[.[].closing_minor | tonumber] | add == 0'
}

@test "hledger and ledger-cli come to the same trial balance" {
	as "$FINANCE" journal export "$month" --limit all --plain >"$DAEMON_DIR/books.journal"
	hledger -f "$DAEMON_DIR/books.journal" check ordereddates
	ours=$(as "$FINANCE" account balance "$month" --json | jq -r '.[] | select(.closing_minor != "0") | "\(.code) \(.closing_minor)"' | sort)
	theirs=$(hledger -f "$DAEMON_DIR/books.journal" balance -N --flat -O csv | tail -n +2 |
		sed -E 's/^"[A-Za-z]+:([0-9A-Z.-]+) [^"]*","(CNY )?(-?)(CNY )?([0-9]+)\.([0-9]{2})"/\1 \3\5\6/; s/ (-?)0+([0-9])/ \1\2/' | sort)
	[ -n "$ours" ]
	diff <(echo "$ours") <(echo "$theirs")
	other=$(ledger -f "$DAEMON_DIR/books.journal" balance --flat --no-total --balance-format '%(account)|%(quantity(display_total))\n' |
		awk -F'[:|]' '{ split($2, code, " "); printf "%s %d\n", code[1], $3 * 100 + ($3 < 0 ? -0.5 : 0.5) }' | sort)
	diff <(echo "$ours") <(echo "$other")
}

@test "a month is closed, and opened again by two" {
	last=$(date -d "$month-01 -1 day" +%Y-%m)
	as "$FINANCE" journal post 'Opening balance' --debit 1002=1000 --credit 3101=1000 --date "$last-15" --yes
	as "$FINANCE" period begin "$last" --yes
	run as "$FINANCE" journal post 'Too late' --debit 1002=1 --credit 3101=1 --date "$last-20" --yes
	[ "$status" -ne 0 ]
	[[ $output == *"closing"* ]]
	as "$FINANCE" period close "$last" --yes
	as "$FINANCE" period reopen "$last" --why 'The bank corrected itself'
	as "$ADMINISTRATOR" approval approve "$(as "$FINANCE" approval list -o name)" --yes
	as "$FINANCE" period list --json | jq -e --arg m "$last" '.[] | select(.month == $m) | .state == "open"'
}
