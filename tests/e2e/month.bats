#!/usr/bin/env bats
# A month of a property of 500 units, from the standards to the closed books: what a company does twelve times a year, with nobody putting
# anything right by hand. Buildings are real ones where the file is at hand; those without an area have to be found among the exceptions.
#
# Each test is a step of the month and goes on from the one before; what a step moves, those at the end see by themselves.

bats_require_minimum_version 1.5.0
load desk.bash
load month.bash

units=500

setup_file() {
	desk_up
	local person
	for person in clerk cashier supervisor manager finance; do
		export "${person^^}=$(desk_of "$person")"
	done
	day=$(TZ=Asia/Shanghai date +%F) # at the property
	month=${day%-*}
	last=$(date -d "$month-01 -1 day" +%Y-%m)
	due=$(date -d "$month-01 +1 month -1 day" +%F)
	export day month last due
	month_files
}

teardown_file() {
	desk_down
	rm -rf "$DAEMON_DIR.bin" "$DAEMON_DIR.clock"
}

@test "the register: $units units with an owner each" {
	as "$MANAGER" place import "$DAEMON_DIR/places.csv" -q
	as "$MANAGER" party import "$DAEMON_DIR/parties.csv" -q
	as "$MANAGER" occupancy import "$DAEMON_DIR/occupancies.csv" -q
	[ "$(as "$CLERK" place list --kind unit --limit all -o name | wc -l)" = $units ]
}

@test "standards: by area and for each unit, assigned to the whole building; water by meters" {
	as "$MANAGER" standard set MGMT --name 'Management fee' --item MANAGEMENT --basis gross_area --rate 2.80 --from "$month-01"
	as "$MANAGER" standard set LIFT --name 'Lift' --item LIFT --basis unit --rate 30 --from "$month-01"
	as "$MANAGER" standard set WATER --name 'Water' --item WATER --basis metered --utility water --rate 4.10 --from "$last-01"
	as "$MANAGER" standard assign MGMT 1 --from "$month-01"
	as "$MANAGER" standard assign LIFT 1 --from "$month-01"
	for i in $(seq 1001 1040); do
		as "$MANAGER" standard assign WATER "$i" --from "$last-01" -q
	done
}

@test "meters are read; a reading below the one before is on the list, and on the list of the run" {
	as "$MANAGER" meter import "$DAEMON_DIR/meters.csv" --json | jq -e '.taken == 40'
	run --separate-stderr as "$MANAGER" reading import "$DAEMON_DIR/readings.csv" --report "$DAEMON_DIR/rejected.csv" --json
	[ "$status" -ne 0 ]
	jq -e '.taken == 39 and (.rejected | length) == 1' <<<"$output"
	grep -F 'W40' "$DAEMON_DIR/rejected.csv"
	[ "$(as "$CLERK" meter round "$last" --json | jq -r '[.[].place] | join(" ")')" = 1040 ]
	water=$(bill_month "$last" WATER)
	as "$MANAGER" billing show "$water" --json |
		jq -e '.run.bills == 39 and .run.exceptions == 1 and .exceptions[0].place == "1040" and .exceptions[0].code == "NO_READING"'
	as "$CLERK" reading add W40 4020 --on "$month-01"
	rest=$(bill_month "$last" WATER)
	as "$MANAGER" billing show "$rest" --json | jq -e '.run.bills == 1 and (.run.exceptions // 0) == 0'
	for number in "$water" "$rest"; do as "$MANAGER" billing show "$number" --json | jq .run.amount_minor; done | jq -s 'map(tonumber) | add' >"$DAEMON_DIR/water"
	# 40 meters, i / 2 m3 each, at 4.10
	[ "$(cat "$DAEMON_DIR/water")" = $((40 * 41 * 205 / 2)) ]
	as "$CLERK" bill list --limit all -o name >"$DAEMON_DIR/water.txt"
}

@test "the light of the building is shared out by area, once; another program comes to the same parts" {
	as "$MANAGER" pool set LIGHT --name 'Light of the building' --item COMMON --basis gross_area --place 1 --rate 0.62
	nobody=$(without_area)
	if [ -n "$nobody" ]; then
		run ! --separate-stderr as "$MANAGER" apportion run LIGHT "$last" --usage 30297.3 --due "$due" --yes
		as "$MANAGER" apportion preview LIGHT "$last" --usage 30297.3 --limit all --json |
			jq -r '.parts[] | select(.code != null) | .place' | sort | diff - <(echo "$nobody")
		# shellcheck disable=SC2046,SC2086 # a word each
		as "$MANAGER" pool weigh LIGHT $(printf '%s=0 ' $nobody) --why 'No area: a garage'
	fi
	shared=$(as "$MANAGER" apportion run LIGHT "$last" --usage 30297.3 --due "$due" --yes -o name)
	as "$CLERK" apportion statement "$shared" --limit all --json >"$DAEMON_DIR/statement.json"
	# 30297.3 kWh at 0.62
	jq -e '[.parts[].amount_minor // "0" | tonumber] | add == 1878433' "$DAEMON_DIR/statement.json"
	jq -r '.parts[] | select((.amount_minor // "0") != "0") | "\(.place) \(.amount_minor)"' "$DAEMON_DIR/statement.json" | sort -n | diff - <(shares 1878433)
	run ! --separate-stderr as "$MANAGER" apportion run LIGHT "$last" --usage 1 --yes
	# A list within a reply has its pages like any other.
	jq -e '.parts | length == 500' "$DAEMON_DIR/statement.json"
	run --separate-stderr as "$CLERK" apportion statement "$shared" --limit 2 --json
	jq -e '(.parts | map(.place)) == ["1001", "1002"]' <<<"$output"
	# shellcheck disable=SC2154
	[[ $stderr == *'more than these 2'*'--cursor 2.'* ]]
	as "$CLERK" apportion statement "$shared" --limit 2 --cursor 2 --json | jq -e '(.parts | map(.place)) == ["1003", "1004"]'
	as "$CLERK" pool show LIGHT --limit all --json | jq -e '.places | length == 500'
	as "$CLERK" bill list --limit all -o name >"$DAEMON_DIR/before.txt"
}

@test "the month is billed once, to the cent; who has no area stands on the list" {
	read -r with none total < <(expected)
	number=$(bill_month "$month" MGMT LIFT)
	echo "$number" >"$DAEMON_DIR/run.txt"
	as "$MANAGER" billing show "$number" --json >"$DAEMON_DIR/run.json"
	jq -e --argjson n $units --argjson lines $((units + with)) --argjson none "$none" --arg total "$total" \
		'.run | .state == "done" and .bills == $n and .lines == $lines and (.exceptions // 0) == $none and .amount_minor == $total' "$DAEMON_DIR/run.json"
	jq -e '(.exceptions // []) | all(.code == "NO_AREA" and .standard == "MGMT")' "$DAEMON_DIR/run.json"
	again=$(bill_month "$month" MGMT LIFT)
	as "$MANAGER" billing show "$again" --json | jq -e '(.run.bills // 0) == 0'
	as "$CLERK" bill list --limit all -o name | grep -vxFf "$DAEMON_DIR/before.txt" | sort >"$DAEMON_DIR/month.txt"
	[ "$(wc -l <"$DAEMON_DIR/month.txt")" = $units ]
}

@test "the bills of the run are printed, each once and on a page of its own" {
	as "$MANAGER" letterhead set --name 'Sunshine Services' --phone '0571 8800 1200' --tax-number T-77 --bank 'ICBC 1202 0211' -q
	number=$(cat "$DAEMON_DIR/run.txt")
	for part in 1 2 3; do
		as "$CLERK" bill print --run "$number" --pdf "$DAEMON_DIR/bills$part.pdf" -q
		pdfinfo "$DAEMON_DIR/bills$part.pdf" | sed -n 's/^Pages: *//p'
		pdftotext -layout "$DAEMON_DIR/bills$part.pdf" "$DAEMON_DIR/bills$part.txt"
	done >"$DAEMON_DIR/pages.txt"
	[ "$(paste -sd ' ' "$DAEMON_DIR/pages.txt")" = "200 200 100" ]
	# Each has a page; older bills that are still open stand below, so more numbers than these are printed.
	[ -z "$(grep -ohE '\bB-[0-9]+' "$DAEMON_DIR"/bills?.txt | sed 's/^/SUN\//' | sort -u | comm -13 - "$DAEMON_DIR/month.txt")" ]
	run as "$CLERK" bill print --run "$number" --pdf "$DAEMON_DIR/none.pdf"
	[ "$output" = "There is nothing to print." ]
	[ ! -e "$DAEMON_DIR/none.pdf" ]
	# One of them, and one for water, as the customer reads it.
	as "$CLERK" bill print "$(head -1 "$DAEMON_DIR/water.txt")" "$(head -1 "$DAEMON_DIR/before.txt")" --pdf "$DAEMON_DIR/others.pdf" -q
	pdftotext -layout "$DAEMON_DIR/others.pdf" "$DAEMON_DIR/others.txt"
	grep -E "Water +$last +20 m³ +4\.10 +82\.00$" "$DAEMON_DIR/others.txt"
	grep -E "Light of the building +$last +[0-9.]+$" "$DAEMON_DIR/others.txt"
	pdftotext -layout -f 2 -l 2 "$DAEMON_DIR/bills1.pdf" "$DAEMON_DIR/one.txt"
	bill=$(grep -oE '\bB-[0-9]+' "$DAEMON_DIR/one.txt" | head -1)
	sum=$(as "$CLERK" bill show "$bill" --json | jq -r '.bill.amount_minor | tonumber / 100')
	for words in 'Sunshine Services' 'ICBC 1202 0211' 'Owner 2' '1002' 'Management fee' 'Lift' "$(printf '%.2f' "$sum")"; do
		tr -d , <"$DAEMON_DIR/one.txt" | grep -F "$words"
	done
}

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
		bill=$(as "$CLERK" bill list --place $i -o name | grep -xFf "$DAEMON_DIR/month.txt")
		as "$CASHIER" bill credit "$bill" --line 1 --amount 12.34 --why 'Lift out of order' --yes -q
	done
	[ "$(as "$FINANCE" payment list --kind void --limit all -o name | wc -l)" = 6 ]
}

@test "a deposit is held and a part of it kept; electricity is paid before and used" {
	as "$FINANCE" bill limit deposit_deduction --amount 500 -q
	deposit=$(as "$CASHIER" deposit take cash=2000 --purpose fit_out --place 1007 -o name)
	as "$CASHIER" deposit deduct "$deposit" --amount 180 --document 'Report 12' --why 'A door of the lift' --yes
	as "$FINANCE" deposit show "$deposit" --json | jq -e '.deposit | .amount_minor == "200000" and .held_minor == "182000" and .state == "held"'
	as "$MANAGER" standard set POWER --name Electricity --item ELECTRICITY --basis metered --utility electricity --rate 0.5383 --from "$last-01"
	account=$(as "$CASHIER" prepaid open 1003 POWER --threshold 50 --from "$last-01" -o name)
	as "$CASHIER" prepaid top-up "$account" cash=100 -q
	as "$CASHIER" prepaid draw "$account" --to "$month-01" --usage 120.5
	# 120.5 kWh at 0.5383 are 64.87
	as "$CASHIER" prepaid list --state low --json | jq -e 'length == 1 and .[0].balance_minor == "3513"'
}

@test "the bank's file: who named his bills, his number or himself is found, who did not is not" {
	as "$FINANCE" bank set MAIN --name 'Main account' --number 'DE89 3704 0044 0532 0130 00' --account 1002 -q
	as "$FINANCE" bank rule set FEES --contains 'account fee' --direction out --account 6713 -q
	bank_payers >"$DAEMON_DIR/payers.json"
	jq -e 'length == 30' "$DAEMON_DIR/payers.json"
	statement "$DAEMON_DIR/payers.json" >"$DAEMON_DIR/statement.xml"
	as "$FINANCE" bank import "$DAEMON_DIR/statement.xml" --json | jq -e '.taken == 32'
	as "$FINANCE" bank import "$DAEMON_DIR/statement.xml" --json | jq -e '.taken == 0 and .unchanged == 32'
	as "$FINANCE" bank match --json >"$DAEMON_DIR/matched.json"
	jq -e 'map(select(.outcome == "matched")) | group_by(.rule) | map({key: .[0].rule, value: length}) | from_entries
		== {"amount": 10, "bill": 10, "customer": 10, "rule": 1}' "$DAEMON_DIR/matched.json"
	as "$FINANCE" bank entries --state open --json | jq -e 'length == 1 and .[0].counterparty == "Zhang San"'
	as "$FINANCE" bank book "$(as "$FINANCE" bank entries --state open -o name)" --account 1901
	# What they owed is paid, and by nothing but that.
	as "$CLERK" bill list --limit all --json >"$DAEMON_DIR/bills.json"
	jq -e --slurpfile payers "$DAEMON_DIR/payers.json" '[$payers[0][].party] as $paid
		| map(select(.party as $p | any($paid[]; . == $p))) | length >= 60 and all((.open_minor // "0") == "0")' "$DAEMON_DIR/bills.json"
}

@test "what was collected for the water works is handed on, once two have looked" {
	as "$MANAGER" remittance payee WATERCO --name 'Water works' --item WATER --commission-bp 150
	# Of the bills for water: all of it, less what is due still.
	collected=$(jq --rawfile water "$DAEMON_DIR/water.txt" '($water | split("\n")) as $of
		| [.[] | select(.number as $n | any($of[]; . == "SUN/" + $n)) | (.amount_minor | tonumber) - (.open_minor // "0" | tonumber)] | add' "$DAEMON_DIR/bills.json")
	[ "$collected" -gt 0 ]
	[ "$collected" -lt "$(cat "$DAEMON_DIR/water")" ]
	as "$FINANCE" remittance preview WATERCO "$month" --json | jq -e --argjson n "$collected" '[.[].amount_minor | tonumber] | add == $n'
	asked=$(as "$FINANCE" remittance ask WATERCO "$month" --yes --json | jq -r .approval)
	run ! as "$FINANCE" approval approve "$asked" --yes
	as "$MANAGER" approval approve "$asked" --yes
	as "$FINANCE" remittance show "$(as "$FINANCE" remittance list -o name)" --json |
		jq -e --argjson n "$collected" '($n * 150 / 10000 + 0.5 | floor) as $commission
			| .remittance.amount_minor == ($n | tostring) and .remittance.commission_minor == ($commission | tostring)
				and .remittance.paid_minor == ($n - $commission | tostring) and ([.lines[].amount_minor | tonumber] | add == $n)'
	as "$FINANCE" remittance due WATERCO --json | jq -e 'length == 0'
}

@test "both drawers are counted and close without a difference" {
	for shift in SH-1001 SH-1002; do
		desk=$CASHIER
		[ $shift = SH-1001 ] || desk=$SUPERVISOR
		minor=$(as "$MANAGER" shift show $shift --json | jq -r '.methods[] | select(.method == "cash") | .expected_minor')
		as "$desk" shift close "cash=$((minor / 100)).$(printf %02d $((minor % 100)))" --yes -q
		as "$MANAGER" shift sign $shift -q
	done
}

@test "accounts and the documents behind them agree; what is owed, by its age, is what the ledger has" {
	as "$FINANCE" account control --json | jq -e 'length > 3 and all(.difference_minor == "0")'
	as "$FINANCE" account balance --json | jq -e '[.[].closing_minor | tonumber] | add == 0'
	as "$FINANCE" arrears ageing property --json | jq -e '.[0].total_minor == .[0].ledger_minor and (.[0].total_minor | tonumber) > 0'
	as "$FINANCE" arrears ageing unit --limit all --json >"$DAEMON_DIR/ageing.json"
	[ "$(jq '[.[].total_minor | tonumber] | add' "$DAEMON_DIR/ageing.json")" = "$(as "$FINANCE" arrears ageing property --json | jq -r '.[0].total_minor')" ]
}

@test "ledger, bank and documents: every difference has a name" {
	as "$FINANCE" reconciliation show "$month" --json >"$DAEMON_DIR/reconciled.json"
	jq -e 'length > 1 and all((.unnamed_minor // "0") == "0")' "$DAEMON_DIR/reconciled.json"
	# At the bank is missing what was transferred to the water works, and nothing else.
	paid=$(as "$FINANCE" remittance list --json | jq -r '.[0].paid_minor')
	jq -e --arg n "-$paid" '.[] | select(.code == "1002") | .difference_minor == $n' "$DAEMON_DIR/reconciled.json"
	as "$FINANCE" reconciliation items "$month" --account 1002 --json |
		jq -e --arg n "-$paid" 'length == 1 and .[0].amount_minor == $n and .[0].what == "not in bank yet"'
	as "$FINANCE" reconciliation checks "$month" --json | jq -e 'length > 8 and all(.agrees)'
}

@test "vouchers of the month come to its trial balance" {
	for account in $(as "$FINANCE" voucher maps --missing --json | jq -r '.[].account'); do
		as "$FINANCE" voucher map "$account" "K.$account" -q
	done
	batch=$(as "$FINANCE" voucher make "$month" -o name)
	as "$FINANCE" voucher export "$batch" --limit all --plain >"$DAEMON_DIR/vouchers.csv"
	[ "$(tail -n +2 "$DAEMON_DIR/vouchers.csv" | sha256sum | cut -c1-64)" = "$(as "$FINANCE" voucher list --json | jq -r '.[0].digest')" ]
	awk -F, 'NR > 1 { n[$2] += $5 * 100 - $6 * 100 } END { for (v in n) if (n[v] > 0.5 || n[v] < -0.5) exit 1 }' "$DAEMON_DIR/vouchers.csv"
	awk -F, 'NR > 1 { n[substr($4, 3)] += $5 * 100 - $6 * 100 } END { for (a in n) if (n[a] > 0.5 || n[a] < -0.5) printf "%s %.0f\n", a, n[a] }' \
		"$DAEMON_DIR/vouchers.csv" | sort | diff - <(trial_balance)
	run ! as "$FINANCE" voucher make "$month"
}

@test "hledger and ledger-cli come to the same trial balance" {
	as "$FINANCE" journal export "$month" --limit all --plain >"$DAEMON_DIR/books.journal"
	hledger -f "$DAEMON_DIR/books.journal" check ordereddates
	trial_balance >"$DAEMON_DIR/trial.txt"
	[ -s "$DAEMON_DIR/trial.txt" ]
	diff "$DAEMON_DIR/trial.txt" <(by_hledger "$DAEMON_DIR/books.journal")
	diff "$DAEMON_DIR/trial.txt" <(by_ledger "$DAEMON_DIR/books.journal")
}

@test "the month is over: it is closed, and takes nothing more" {
	as "$CASHIER" promise make P-1002 --on "$(date -d "$day +40 days" +%F)" -q
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

@test "who did not pay is dunned, with what is late; who promised to is not" {
	[ -s "$DAEMON_DIR.clock" ] || skip "libfaketime is not installed"
	as "$FINANCE" dunning level set 1 --days 1 --title Reminder --body '{customer}, please pay {total} by {pay_by}: {lines}' --fee 5
	as "$FINANCE" arrears policy --minimum 20 --gap 10
	as "$FINANCE" arrears ageing person --late --limit all --json >"$DAEMON_DIR/late.json"
	late=$(jq '[.[] | select((.overdue_minor | tonumber) >= 2000)] | length' "$DAEMON_DIR/late.json")
	[ "$late" -gt 100 ]
	as "$FINANCE" dunning preview --party P-1002 --json | jq -e '.[0].why_not | startswith("promised until")'
	as "$FINANCE" dunning run --yes --json | jq -e --argjson n $((late - 1)) '.notices == $n and .fees_minor == ($n * 500 | tostring)'
	as "$FINANCE" dunning list --party P-1002 --json | jq -e 'length == 0'
	# The notice of one who paid nothing: for the light, the fee and the lift.
	notice=$(as "$FINANCE" dunning list --party P-1003 -o name)
	sum=$(jq -r '.[] | select(.number == "P-1003") | .overdue_minor' "$DAEMON_DIR/late.json")
	as "$FINANCE" dunning show "$notice" --json >"$DAEMON_DIR/notice.json"
	jq -e --arg n "$sum" '.notice.amount_minor == $n and ([.lines[].amount_minor | tonumber] | add == ($n | tonumber))
		and (.notice.body | startswith("Owner 3, please pay"))' "$DAEMON_DIR/notice.json"
	as "$FINANCE" dunning run --yes --json | jq -e '(.notices // 0) == 0'
	as "$FINANCE" account control --json | jq -e 'length > 3 and all(.difference_minor == "0")'
}

@test "late interest of the days since, line by line" {
	[ -s "$DAEMON_DIR.clock" ] || skip "libfaketime is not installed"
	as "$FINANCE" interest set 0.5 --from "$month-01"
	days=$((($(date -ud "$day +32 days" +%s) - $(date -ud "$due" +%s)) / 86400))
	reckoned=$(jq --argjson days $days '[.lines[].amount_minor | tonumber * 5 * $days / 10000 + 0.5 | floor] | add' "$DAEMON_DIR/notice.json")
	as "$FINANCE" interest preview --json --limit all >"$DAEMON_DIR/interest.json"
	jq -e --arg n "$reckoned" '.[] | select(.party == "P-1003") | .amount_minor == $n' "$DAEMON_DIR/interest.json"
	all=$(jq '[.[].amount_minor | tonumber] | add' "$DAEMON_DIR/interest.json")
	as "$FINANCE" interest run --yes --json | jq -e --arg n "$all" '.amount_minor == $n'
	as "$FINANCE" account control --json | jq -e 'length > 3 and all(.difference_minor == "0")'
}
