#!/usr/bin/env bash
# A whole call of the command: the time of the process, from its start to its end. usage: cli.sh BUILD_DIR
# Beside it, psql asking for one row. BENCH_PARTIES says how many customers `find` has to look among (20,000).
set -euo pipefail
# shellcheck source=tests/bench/rig.bash
source "$(dirname "$(readlink -f "$0")")/rig.bash"
parties=${BENCH_PARTIES:-20000}
calls=60

# median and p95 in milliseconds of COMMAND.
time_of() {
	local began
	"$@" >/dev/null
	for _ in $(seq $calls); do
		began=${EPOCHREALTIME/[.,]/}
		"$@" >/dev/null
		echo $((${EPOCHREALTIME/[.,]/} - began))
	done | sort -n | awk '{ us[NR] = $1 } END { printf "%.1f %.1f\n", us[int((NR + 1) / 2)] / 1000, us[int(NR * 0.95)] / 1000 }'
}

row() {
	local median p95 name=$1
	shift
	read -r median p95 < <(time_of "$@")
	echo "| $name | $median | $p95 |"
}

load_parties() {
	awk -v n="$parties" 'BEGIN { print "ref,name,phones"
		for (i = 1; i <= n; i++) printf "K%d,Customer %d Bench,+8613%09d\n", i, i, i }' >"$dir/parties.csv"
	steward party import "$dir/parties.csv" -p BEN -q >"$dir/parties.log"
	PGUSER=postgres psql -Xq -c 'vacuum analyze'
}

table() {
	echo "| command | median ms | p95 ms |"
	echo "|---|---|---|"
	row 'steward case show C-1500' steward case show BEN/C-1500
	row 'steward case list, 50 rows' steward case list -p BEN
	row 'steward case open' steward case open -p BEN --kind repair --spot lobby --summary 'Opened by the bench' -q
	row "steward find, a number's end among $parties customers" steward find 1202 -p BEN
	row 'steward find, a name' steward find 'Customer 777 Bench' -p BEN
	row 'psql, select 1, Unix socket' psql -Xc 'select 1'
	row 'psql, select 1, TLS' psql "host=$address sslmode=require" -Xc 'select 1'
}

bench_begin "$@"
load_parties
table | write_table cli
