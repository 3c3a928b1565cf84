#!/usr/bin/env bats
# A month of a property of 500 units, from the standards to the closed books: what a company does twelve times a year, with nobody putting
# anything right by hand. Buildings are real ones where the file is at hand; those without an area have to be found among the exceptions.
#
# Each test is a step of the month and goes on from the one before. A step that is added (readings before the run, what is shared out, bills that are
# printed, the bank's file after the desks, reminders) is a test of its own at its place below; what it moves, the last three see by themselves.

bats_require_minimum_version 1.5.0
load desk.bash

units=500

setup_file() {
	desk_up
	local person
	for person in clerk cashier supervisor manager finance; do
		export "${person^^}=$(desk_of "$person")"
	done
	month=$(TZ=Asia/Shanghai date +%Y-%m) # at the property
	export month
	month_files
}

teardown_file() {
	desk_down
	rm -rf "$DAEMON_DIR.bin" "$DAEMON_DIR.clock"
}

# places.csv: in the order in which they are billed; areas in m2, none where the building has none.
month_files() {
	local file=$root/../shared/data/buildings.csv
	{
		echo "kind,number,parent,gross area"
		echo "building,1,,"
		if [ -f "$file" ]; then
			awk -F, -v n=$units 'NR > 1 && i < n { printf "unit,%d,1,%s\n", 1000 + ++i, ($9 > 0 ? int($9 / 10.7639) : "") }' "$file"
		else
			seq $units | awk '{ printf "unit,%d,1,%s\n", 1000 + $1, $1 % 17 == 0 ? "" : 60 + $1 % 47 }'
		fi
	} >"$DAEMON_DIR/places.csv"
	{
		echo "name,ref"
		seq $units | awk '{ printf "Owner %d,R%d\n", $1, 1000 + $1 }'
	} >"$DAEMON_DIR/parties.csv"
	{
		echo "place,party,role,from"
		seq $units | awk '{ printf "%d,R%d,owner,2020-01-01\n", 1000 + $1, 1000 + $1 }'
	} >"$DAEMON_DIR/occupancies.csv"
}

as() {
	local desk=$1
	shift
	STEWARD_HOME=$desk steward "$@" -p SUN
}

run_is_over() {
	[ "$(as "$MANAGER" billing show "$1" --json | jq -r .run.state)" != running ]
}

# bill_month: prints the number of the run, which is over.
bill_month() {
	local number
	number=$(as "$MANAGER" billing run "$month" --due "$(date -d "$month-01 +1 month -1 day" +%F)" --yes -o name)
	for _ in $(seq 600); do ! run_is_over "$number" || break; sleep 0.1; done
	echo "$number"
}

# How many units have an area, how many none, and what the month of all of them comes to in fen.
expected() {
	awk -F, 'NR > 2 { if ($4 > 0) { n++; sum += int($4 * 280 + 0.5) } else none++; lift += 3000 } END { print n, none + 0, sum + lift }' "$DAEMON_DIR/places.csv"
}

@test "the register: $units units with an owner each" {
	as "$MANAGER" place import "$DAEMON_DIR/places.csv" -q
	as "$MANAGER" party import "$DAEMON_DIR/parties.csv" -q
	as "$MANAGER" occupancy import "$DAEMON_DIR/occupancies.csv" -q
	[ "$(as "$CLERK" place list --kind unit --limit all -o name | wc -l)" = $units ]
}

@test "standards: by area and for each unit, assigned to the whole building" {
	as "$MANAGER" standard set MGMT --name 'Management fee' --item MANAGEMENT --basis gross_area --rate 2.80 --from "$month-01"
	as "$MANAGER" standard set LIFT --name 'Lift' --item LIFT --basis unit --rate 30 --from "$month-01"
	as "$MANAGER" standard assign MGMT 1 --from "$month-01"
	as "$MANAGER" standard assign LIFT 1 --from "$month-01"
}

# Here: readings of meters, and what is shared out.

@test "the month is billed once, to the cent; who has no area stands on the list" {
	read -r with none total < <(expected)
	number=$(bill_month)
	as "$MANAGER" billing show "$number" --json >"$DAEMON_DIR/run.json"
	jq -e --argjson n $units --argjson lines $((units + with)) --argjson none "$none" --arg total "$total" \
		'.run.state == "done" and .run.bills == $n and .run.lines == $lines and (.run.exceptions // 0) == $none and .run.amount_minor == $total' "$DAEMON_DIR/run.json"
	jq -e '(.exceptions // []) | all(.code == "NO_AREA" and .standard == "MGMT")' "$DAEMON_DIR/run.json"
	again=$(bill_month)
	as "$MANAGER" billing show "$again" --json | jq -e '(.run.bills // 0) == 0'
	[ "$(as "$CLERK" bill list --limit all -o name | sort -u | wc -l)" = $units ]
}

# Here: bills are printed.

@test "two desks take money at once: all, a part, too much, and both of one customer" {
	as "$FINANCE" bill limit payment_void --amount 1000000 -q
	as "$FINANCE" bill limit credit_note --amount 1000000 -q
	STEWARD_HOME=$DAEMON_DIR/desk steward user grant supervisor cashier SUN --yes -q
	as "$CASHIER" shift open D1 --float 500
	as "$SUPERVISOR" shift open D2
	take() {
		local desk=$1 step=$2 i
		for i in $(seq 1001 "$step" $((1000 + units))); do
			as "$desk" payment take "cash=$((i % 7 * 90 + 20)).35" --place "$i" -q || return 1
		done
	}
	take "$CASHIER" 4 3>&- &
	first=$!
	take "$SUPERVISOR" 6 3>&- &
	second=$!
	wait $first
	wait $second
	expected=$(((units + 3) / 4 + (units + 5) / 6))
	[ "$(as "$FINANCE" payment list --limit all -o name | sort -u | wc -l)" = $expected ]
	# Receipts have no gap, whichever desk they are of.
	[ "$(as "$FINANCE" payment list --limit all -o name | sed 's/.*-0*//' | sort -n | tail -1)" = $expected ]
}

@test "some of it is taken back: voids at both desks, credit notes" {
	for shift in SH-1001 SH-1002; do
		desk=$CASHIER
		[ $shift = SH-1001 ] || desk=$SUPERVISOR
		for receipt in $(as "$FINANCE" payment list --shift $shift --kind payment --limit 3 -o name); do
			as "$desk" payment void "$receipt" --why 'Wrong unit' --yes -q
		done
	done
	for i in 1100 1200 1300; do
		as "$CASHIER" bill credit "$(as "$CLERK" bill list --place $i -o name)" --line 1 --amount 12.34 --why 'Lift out of order' --yes -q
	done
	[ "$(as "$FINANCE" payment list --kind void --limit all -o name | wc -l)" = 6 ]
}

# Here: the bank's file, and reminders to those who are late.

@test "both drawers are counted and close without a difference" {
	for shift in SH-1001 SH-1002; do
		desk=$CASHIER
		[ $shift = SH-1001 ] || desk=$SUPERVISOR
		minor=$(as "$MANAGER" shift show $shift --json | jq -r '.methods[] | select(.method == "cash") | .expected_minor')
		as "$desk" shift close "cash=$((minor / 100)).$(printf %02d $((minor % 100)))" --yes -q
		as "$MANAGER" shift sign $shift -q
	done
}

@test "accounts and the documents behind them agree" {
	as "$FINANCE" account control --json | jq -e '[.[].difference_minor | tonumber] | all(. == 0)'
	as "$FINANCE" account balance --json | jq -e '[.[].closing_minor | tonumber] | add == 0'
}

@test "hledger comes to the same trial balance" {
	as "$FINANCE" journal export "$month" --limit all --plain >"$DAEMON_DIR/books.journal"
	hledger -f "$DAEMON_DIR/books.journal" check ordereddates
	ours=$(as "$FINANCE" account balance "$month" --json | jq -r '.[] | select(.closing_minor != "0") | "\(.code) \(.closing_minor)"' | sort)
	theirs=$(hledger -f "$DAEMON_DIR/books.journal" balance -N --flat -O csv | tail -n +2 |
		sed -E 's/^"[A-Za-z]+:([0-9A-Z.-]+) [^"]*","(CNY )?(-?)(CNY )?([0-9]+)\.([0-9]{2})"/\1 \3\5\6/; s/ (-?)0+([0-9])/ \1\2/' | sort)
	[ -n "$ours" ]
	diff <(echo "$ours") <(echo "$theirs")
}

# The same data under a clock that is a month ahead: the daemon's, and that of its PostgreSQL, which is started with an environment of its own.
a_month_later() {
	local lib port env bin=$DAEMON_DIR.bin name
	lib=$(find /usr/lib -name libfaketime.so.1 -print -quit)
	[ -n "$lib" ] || skip "libfaketime is not installed"
	echo "+32d" >"$DAEMON_DIR.clock"
	chmod 644 "$DAEMON_DIR.clock"
	env="LD_PRELOAD=$lib FAKETIME_TIMESTAMP_FILE=$DAEMON_DIR.clock FAKETIME_DONT_FAKE_MONOTONIC=1"
	mkdir -p "$bin"
	for name in postgres initdb; do
		printf '#!/bin/sh\nexec env %s %s/%s "$@"\n' "$env" "$(pg_config --bindir)" $name >"$bin/$name"
		chmod 755 "$bin/$name"
	done
	port=$(sed -n 's/^port *= *//p' "$DAEMON_DIR/desk/client.conf")
	"$root/tests/support/daemon.sh" stop "$DAEMON_DIR"
	STEWARDD_CLUSTER_BINDIR=$bin DAEMON_ENV=$env "$root/tests/support/daemon.sh" start "$DAEMON_DIR" --port "$port" 3>&-
	rm -rf "$FINANCE"
	FINANCE=$(desk_of finance)
}

@test "the month is over: it is closed, and takes nothing more" {
	before=$(as "$FINANCE" account balance "$month" --json | jq -S '[.[] | {code, closing_minor}]')
	a_month_later
	as "$FINANCE" period begin "$month" --yes
	run as "$FINANCE" journal post 'Too late' --debit 1002=1 --credit 6051=1 --date "$month-20" --yes
	[ "$status" -ne 0 ]
	[[ $output == *closing* ]]
	as "$FINANCE" period close "$month" --yes
	as "$FINANCE" period list --json | jq -e --arg m "$month" '.[] | select(.month == $m) | .state == "closed" and (.digest | length) == 64'
	[ "$(as "$FINANCE" account balance "$month" --json | jq -S '[.[] | {code, closing_minor}]')" = "$before" ]
}
