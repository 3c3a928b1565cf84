# shellcheck shell=bash
# For month.bats: the files of its property, and what another program makes of its figures. Of 'units' units; 'day', 'month', 'last' and
# 'due' are today, its month, the one before and the day its bills are due.
# shellcheck disable=SC2154

# The property's register: areas in m2, none where the building has none. 40 units have a water meter.
month_files() {
	local file=$root/../shared/data/buildings.csv
	{
		echo "kind,number,parent,gross area"
		echo "building,1,,"
		if [ -f "$file" ]; then
			awk -F, -v n="$units" 'NR > 1 && i < n { printf "unit,%d,1,%s\n", 1000 + ++i, ($9 > 0 ? int($9 / 10.7639) : "") }' "$file"
		else
			seq "$units" | awk '{ printf "unit,%d,1,%s\n", 1000 + $1, $1 % 17 == 0 ? "" : 60 + $1 % 47 "." 10 + $1 * 37 % 90 }'
		fi
	} >"$DAEMON_DIR/places.csv"
	{
		echo "name,ref"
		seq "$units" | awk '{ printf "Owner %d,R%d\n", $1, 1000 + $1 }'
	} >"$DAEMON_DIR/parties.csv"
	{
		echo "place,party,role,from"
		seq "$units" | awk '{ printf "%d,R%d,owner,2020-01-01\n", 1000 + $1, 1000 + $1 }'
	} >"$DAEMON_DIR/occupancies.csv"
	{
		echo "serial,utility,place,first,on"
		seq 40 | awk -v day="$last-01" '{ printf "W%d,water,%d,%d,%s\n", $1, 1000 + $1, 100 * $1, day }'
	} >"$DAEMON_DIR/meters.csv"
	{
		# Half a cubic metre more from meter to meter; two digits of the last one changed places.
		echo "meter,on,value"
		seq 40 | awk -v day="$month-01" '{ printf "W%d,%s,%.1f\n", $1, day, $1 == 40 ? 3020 : 100 * $1 + $1 / 2 }'
	} >"$DAEMON_DIR/readings.csv"
}

as() {
	local desk=$1
	shift
	STEWARD_HOME=$desk steward "$@" -p SUN
}

run_is_over() {
	[ "$(as "$MANAGER" billing show "$1" --json | jq -r .run.state)" != running ]
}

# bill_month MONTH STANDARD...: prints the number of the run, which is over.
bill_month() {
	local number of=$1
	shift
	number=$(as "$MANAGER" billing run "$of" "${@/#/--standard=}" --due "$due" --yes -o name)
	for _ in $(seq 600); do ! run_is_over "$number" || break; sleep 0.1; done
	echo "$number"
}

# How many units have an area, how many none, and what the month of all of them comes to in fen.
expected() {
	awk -F, 'NR > 2 { if ($4 > 0) { n++; sum += int($4 * 280 + 0.5) } else none++; lift += 3000 } END { print n, none + 0, sum + lift }' "$DAEMON_DIR/places.csv"
}

without_area() {
	awk -F, 'NR > 2 && !($4 > 0) { print $2 }' "$DAEMON_DIR/places.csv"
}

# shares FEN: what each unit with an area bears of it: whole fen, and one of those that are left for each of the largest remainders.
shares() {
	awk -F, -v total="$1" 'NR > 2 && $4 > 0 { place[++n] = $2; area[n] = int($4 * 100 + 0.5); sum += area[n] }
		END { for (i = 1; i <= n; i++) printf "%d %d %d\n", place[i], int(total * area[i] / sum), (total * area[i]) % sum }' "$DAEMON_DIR/places.csv" |
		sort -k3,3nr -k1,1n |
		awk -v total="$1" '{ place[NR] = $1; part[NR] = $2; left += $2 } END { for (i = 1; i <= NR; i++) print place[i], part[i] + (i <= total - left) }' |
		sort -n
}

# Customers who pay at the bank: each names his bills, his number, or nothing but himself; what they owe is nobody else's sum.
bank_payers() {
	as "$CLERK" bill list --limit all --json | jq '
		[.[] | select((.open_minor // "0") != "0") | .open_minor |= tonumber]
		| (group_by(.party) | map({party: .[0].party, name: .[0].party_name, place: (.[0].place | tonumber), bills: map(.number), each: map(.open_minor),
		                           open: (map(.open_minor) | add)})) as $all
		| ([$all[] | .open, .each[]] | group_by(.) | map({key: (.[0] | tostring), value: length}) | from_entries) as $often
		| [$all[] | select(.place > 1300 and (.place - 1001) % 4 != 0 and (.place - 1001) % 6 != 0 and $often[.open | tostring] == 1)][:30]
		| to_entries | map(.value + {how: (["bill", "customer", "amount"][.key % 3])})'
}

# statement PAYERS.json: their money of today in CAMT.053, money of somebody nobody knows, and the bank's fee.
statement() {
	jq -r --arg day "$day" '
		def money: "\(. / 100 | floor).\(. % 100 | if . < 10 then "0\(.)" else tostring end)";
		def tag($n; $x): "<\($n)>\($x)</\($n)>";
		def amount: "<Amt Ccy=\"CNY\">\(money)</Amt>";
		def balance($kind): "<Bal>" + tag("Tp"; tag("CdOrPrtry"; tag("Cd"; $kind))) + amount + tag("CdtDbtInd"; "CRDT") + tag("Dt"; tag("Dt"; $day)) + "</Bal>";
		def entry: "<Ntry>" + (.open | amount) + tag("CdtDbtInd"; .way) + tag("Sts"; tag("Cd"; "BOOK")) + tag("BookgDt"; tag("Dt"; $day))
			+ tag("AcctSvcrRef"; .ref) + tag("NtryDtls"; tag("TxDtls"; tag("RltdPties"; tag("Dbtr"; tag("Pty"; tag("Nm"; .name))))
			+ tag("RmtInf"; tag("Ustrd"; .text)))) + "</Ntry>";
		[to_entries[] | .value + {way: "CRDT", ref: "T-\(.key)",
		                          text: {bill: .value.bills | join(" "), customer: "Fees of \(.value.party)", amount: "Fees"}[.value.how]}]
		+ [{open: 7777, way: "CRDT", ref: "T-unknown", name: "Zhang San", text: "For the flat"},
		   {open: 2000, way: "DBIT", ref: "T-fee", name: "Bank", text: "Account fee"}]
		| ([.[] | if .way == "CRDT" then .open else -.open end] | add) as $closing
		| "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><Stmt>" + tag("Id"; $day)
		+ tag("Acct"; tag("Id"; tag("IBAN"; "DE89370400440532013000")) + tag("Ccy"; "CNY"))
		+ (0 | balance("OPBD")) + ($closing | balance("CLBD")) + (map(entry) | join("\n")) + "</Stmt></BkToCstmrStmt></Document>"' "$1"
}

# The trial balance of the month, a line for each account: its code and its balance in fen; ours, and what hledger and ledger-cli make of the export.
trial_balance() {
	as "$FINANCE" account balance "$month" --json | jq -r '.[] | select(.closing_minor != "0") | "\(.code) \(.closing_minor)"' | sort
}

by_hledger() {
	hledger -f "$1" balance -N --flat -O csv | tail -n +2 |
		sed -E 's/^"[A-Za-z]+:([0-9A-Z.-]+) [^"]*","(CNY )?(-?)(CNY )?([0-9]+)\.([0-9]{2})"/\1 \3\5\6/; s/ (-?)0+([0-9])/ \1\2/' | sort
}

by_ledger() {
	ledger -f "$1" balance --flat --no-total --balance-format '%(account)|%(quantity(display_total))\n' |
		awk -F'[:|]' '{ split($2, code, " "); printf "%s %d\n", code[1], $3 * 100 + ($3 < 0 ? -0.5 : 0.5) }' | sort
}

# The same data under a clock that is a month ahead: the daemon's, and that of its PostgreSQL, which is started with an environment of its own.
a_month_later() {
	local lib port env asan bin=$DAEMON_DIR.bin name
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
	# A sanitizer has to be loaded first.
	asan=$(ldd "$BUILD_DIR/server/stewardd" | sed -n 's/.*=> \(.*libasan[^ ]*\).*/\1/p')
	env=${env/LD_PRELOAD=/LD_PRELOAD=${asan:+$asan:}}
	port=$(sed -n 's/^port *= *//p' "$DAEMON_DIR/desk/client.conf")
	"$root/tests/support/daemon.sh" stop "$DAEMON_DIR"
	STEWARDD_CLUSTER_BINDIR=$bin DAEMON_ENV=$env "$root/tests/support/daemon.sh" start "$DAEMON_DIR" --port "$port" 3>&-
	rm -rf "$FINANCE"
	FINANCE=$(desk_of finance)
}
