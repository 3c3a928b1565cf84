#!/usr/bin/env bats
# The bank's month by hand, as docs/money.md and docs/bank.md have it: statements from files, matching, reconciliation, vouchers for the ERP.

bats_require_minimum_version 1.5.0
load desk.bash

setup_file() {
	desk_up
	for person in clerk cashier finance; do
		export "${person^^}=$(desk_of "$person")"
	done
	day=$(TZ=Asia/Shanghai date +%F) # at the property
	export day month=${day%-*}
	as "$CLERK" party add 'Wang Fang' -q
	as "$CLERK" party add 'Li Wei' -q
	as "$CASHIER" shift open D1 -q
	as "$CASHIER" bill add OTHER --party P-1001 --amount 250 -q
	as "$CASHIER" bill add OTHER --party P-1002 --amount 80 -q
	as "$CASHIER" payment take cash=100 card=30 --party P-1002 -q
}

teardown_file() {
	desk_down
}

as() {
	local desk=$1
	shift
	STEWARD_HOME=$desk steward "$@" -p SUN
}

@test "a bank account is set up; lists keep its number back" {
	as "$FINANCE" bank set MAIN --name 'Main account' --number 'DE89 3704 0044 0532 0130 00' --account 1002
	run as "$FINANCE" bank list
	[[ $output == *DE89…3000* && $output != *37040044* ]]
	as "$FINANCE" bank show MAIN --json | jq -e '.account_number == "DE89370400440532013000"'
	as "$FINANCE" bank rule set FEES --contains 'account fee' --direction out --account 6713
	as "$FINANCE" bank rule set CASH --contains 'cash deposit' --direction in --account 1001
}

@test "CAMT.053: every entry, and none of it twice" {
	sed "s/2026-11-23/$day/g" "$root/tests/sample/statement.xml" >"$DAEMON_DIR/statement.xml"
	run --separate-stderr as "$FINANCE" bank import "$DAEMON_DIR/statement.xml" --dry-run
	[[ $output == *'4 taken'* ]]
	[[ $stderr == *'not booked yet: 1'* ]]
	[ "$(as "$FINANCE" bank entries -o name | wc -l)" = 0 ]
	as "$FINANCE" bank import "$DAEMON_DIR/statement.xml" --json | jq -e '.taken == 4'
	as "$FINANCE" bank import "$DAEMON_DIR/statement.xml" --json | jq -e '.taken == 0 and .unchanged == 4'
	as "$FINANCE" bank statements --json | jq -e '.[0].difference_minor == "0" and .[0].closing_minor == "144150"'
}

@test "a statement that does not add up, and a file that wants to read others, are refused" {
	sed 's/1441.50/1441.51/' "$DAEMON_DIR/statement.xml" >"$DAEMON_DIR/off.xml"
	run ! --separate-stderr as "$FINANCE" bank import "$DAEMON_DIR/off.xml"
	[[ $stderr == *'does not add up'* ]]
	echo '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>' >"$DAEMON_DIR/entity.xml"
	run ! --separate-stderr as "$FINANCE" bank import "$DAEMON_DIR/entity.xml"
	[[ $stderr == *'declares no types'* && $stderr != *root:* ]]
}

@test "CSV with a mapping: equal rows of a file are told apart, however it is cut into batches" {
	{
		echo 'Buchungstag,Soll,Haben,Text'
		echo "$day,,5.00,small"
		echo "$day,,5.00,small"
		echo "$day,,5.00,small"
		echo "$day,20.00,,Account fee"
		echo "$day,,100.00,Cash deposit"
	} >"$DAEMON_DIR/bank.csv"
	map=(--map date=Buchungstag --map debit=Soll --map credit=Haben --set bank=MAIN)
	as "$FINANCE" bank import "$DAEMON_DIR/bank.csv" "${map[@]}" --batch 2 --json | jq -e '.taken == 5'
	as "$FINANCE" bank import "$DAEMON_DIR/bank.csv" "${map[@]}" --json | jq -e '.unchanged == 5'
	as "$FINANCE" bank import "$DAEMON_DIR/bank.csv" "${map[@]}" --batch 1 --json | jq -e '.unchanged == 5'
	[ "$(as "$FINANCE" bank entries --json | jq length)" = 9 ]
}

@test "safe matches are posted, the others wait with their age" {
	as "$FINANCE" bank match --dry-run
	[ "$(as "$FINANCE" bank entries --state matched -o name | wc -l)" = 0 ]
	as "$FINANCE" bank match --json | jq -e 'map(select(.outcome == "matched") | .rule) | sort == ["bill", "rule", "rule", "rule"]'
	as "$CLERK" bill show B-1001 --json | jq -e '(.bill.open_minor // "0") == "0"'
	as "$FINANCE" bank entries --state open --json | jq -e 'length == 5'
	entry=$(as "$FINANCE" bank entries --json | jq -r '.[] | select(.counterparty == "Li & Sons") | .number')
	as "$FINANCE" bank assign "$entry" --party P-1002 --why 'Rang up'
	as "$FINANCE" bank entry "$entry" --json | jq -e '.matches[0].why == "Rang up" and .matches[0].advance_minor == "12000"'
	as "$FINANCE" bill limit bank_unmatch --amount 500 -q
	as "$FINANCE" bank unmatch "$entry" --why 'Another Li' --yes
	as "$FINANCE" bank entry "$entry" --json | jq -e '.entry.state == "open" and (.matches | length) == 2'
	as "$CASHIER" bank transit --json | jq -e 'length == 1 and .[0].method == "card"'
}

@test "every difference has a name, and they make up the whole" {
	as "$FINANCE" reconciliation show "$month"
	as "$FINANCE" reconciliation items "$month" --account 1002
	as "$FINANCE" reconciliation show "$month" --json | jq -e 'all((.unnamed_minor // "0") == "0")'
	whole=$(as "$FINANCE" reconciliation show "$month" --json | jq -r '.[] | select(.code == "1002") | .difference_minor')
	as "$FINANCE" reconciliation items "$month" --account 1002 --json | jq -e --argjson n "$whole" '[.[].amount_minor | tonumber] | add == $n'
	as "$FINANCE" reconciliation checks "$month" --json | jq -e 'length > 8 and all(.agrees)'
}

@test "vouchers for the ERP: mapped, once, the same bytes" {
	run ! --separate-stderr as "$FINANCE" voucher make "$month"
	[[ $stderr == *1122* ]]
	for account in $(as "$FINANCE" voucher maps --missing --json | jq -r '.[].account'); do
		as "$FINANCE" voucher map "$account" "K.$account" -q
	done
	as "$FINANCE" voucher map 1122 K.1122 --aux customer -q
	batch=$(as "$FINANCE" voucher make "$month" -o name)
	as "$FINANCE" voucher export "$batch" --limit all --plain >"$DAEMON_DIR/one.csv"
	as "$CLERK" party edit P-1001 --name 'Wang Fangfang' -q
	as "$FINANCE" voucher export "$batch" --limit all --plain >"$DAEMON_DIR/two.csv"
	cmp "$DAEMON_DIR/one.csv" "$DAEMON_DIR/two.csv"
	[ "$(tail -n +2 "$DAEMON_DIR/one.csv" | sha256sum | cut -c1-64)" = "$(as "$FINANCE" voucher list --json | jq -r '.[0].digest')" ]
	# Another program adds it up, voucher by voucher.
	awk -F, 'NR > 1 { n[$2] += $5 * 100 - $6 * 100 } END { for (v in n) if (n[v] > 0.5 || n[v] < -0.5) exit 1 }' "$DAEMON_DIR/one.csv"
	run ! as "$FINANCE" voucher make "$month"
	as "$CASHIER" bill add OTHER --party P-1002 --amount 1 -q
	as "$FINANCE" voucher make "$month" --json | jq -e '.lines == 2'
}
