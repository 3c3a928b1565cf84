#!/usr/bin/env bash
# Throughput and latency of the daemon beside pgbench -M prepared running the same statements over the Unix socket, in one run
# on one machine; writes the table of docs/performance.md. usage: table.sh BUILD_DIR [SECONDS]
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
build=$PWD/$1
seconds=${2:-8}
dir=/tmp/steward-bench-$$
rows=20000
bench=$build/tests/bench
export STEWARD_HOME=$dir/desk PATH=$build/client/cli:$PATH PGHOST=$dir/run PGDATABASE=steward PGUSER=steward_app

stop() {
	[ ! -s "$dir/stewardd.pid" ] || kill "$(cat "$dir/stewardd.pid")" || true
	wait || true
	rm -rf "$dir"
}
trap stop EXIT

start() {
	"$build/server/stewardd" --data "$dir" --port 0 --enrol-port 0 --log-level warn 2>>"$dir/log" &
	for _ in $(seq 600); do
		[ ! -s "$dir/stewardd.pid" ] || return 0
		sleep 0.1
	done
}

prepare() {
	mkdir -m 711 "$dir"
	start
	kill "$(cat "$dir/stewardd.pid")"
	wait
	echo "max_connections = 300 # for pgbench, which needs one for each client" >>"$dir/pg/postgresql.conf"
	start
	steward property add BEN Bench -q
	steward user grant admin clerk BEN -q --yes >"$dir/grant.log"
	awk -v n=$rows 'BEGIN { print "ref,opened,kind,summary"; for (i = 1; i <= n; i++) printf "B%d,2025-%02d-%02d,repair,Row %d of the bench\n",
		i, i % 12 + 1, i % 28 + 1, i }' >"$dir/cases.csv"
	steward case import "$dir/cases.csv" -p BEN -q >"$dir/import.log"
	property_id=$(PGUSER=postgres psql -XqAt -c "select id from steward.property where code = 'BEN'")
	user_id=$(PGUSER=postgres psql -XqAt -c "select id from steward.app_user where login = 'admin'")
	device_id=$(PGUSER=postgres psql -XqAt -c "select id from steward.device limit 1")
	PGUSER=postgres psql -Xq -c 'vacuum analyze'
	export PGOPTIONS="-c steward.scope=$property_id -c search_path=steward_code,steward,public"
}

# The same pseudo-random numbers for every run.
requests() {
	case $1 in
	read) awk -v n=$rows 'BEGIN { srand(1); for (i = 0; i < 5000; i++) printf "{\"case\": \"BEN/C-%d\"}\n", 1001 + int(rand() * n) }' ;;
	list) echo '{"limit": 50}' ;;
	open) echo '{"kind": "repair", "channel": "phone", "spot": "lobby", "summary": "Opened by the bench"}' ;;
	esac
}

method() {
	case $1 in read) echo case.Show ;; list) echo case.List ;; open) echo case.Open ;; esac
}

script() {
	local key="('00000000-0000-7000-8000-' || lpad(to_hex(:r::bigint), 12, '0'))::uuid"
	local common=("ctx_scope='{$property_id}'" "ctx_property=$property_id" "ctx_user='$user_id'" "scope='$property_id'"
		"user='$user_id'" "timeout_ms='0'")
	case $1 in
	read)
		echo '\set n random(1001, '$((1000 + rows))')'
		"$bench/statements" plain case.Show "case='BEN/C-' || :n" "${common[@]}"
		;;
	list)
		"$bench/statements" plain case.List "limit=50" "${common[@]}"
		;;
	open)
		echo '\set r random(1, 281474976710655)'
		"$bench/statements" whole case.Open "kind='repair'" "channel='phone'" "spot='lobby'" "summary='Opened by the bench'" "ctx_key=$key" \
			"key=$key" "device='$device_id'" "method='case.Open'" "fingerprint='\\x00'" "audit_id=gen_random_uuid()" \
			"property=$property_id" "response='\\x00'" "entity='case'" "entity_id=$key" "fields='kind summary'" \
			"feed_property='{$property_id}'" "feed_entity='{case}'" "feed_id=array[$key]" "feed_version='{1}'" "feed_dead='{f}'" \
			"feed_number='{C-1}'" "${common[@]}" |
			sed "s/'lock_timeout', '2000'/'lock_timeout', '0'/" # hundreds of sessions queue for one row: none may give up
		;;
	esac
}

# calls per second and p99 in milliseconds of pgbench. Its clock starts when its clients are warm: each is a session of its
# own, which plans each statement up to six times before it keeps a plan; the daemon's few sessions have done so.
run_pgbench() {
	local log=$dir/pgbench warm=$((2 + $2 / 8))
	rm -f "$log".*
	pgbench -n -M prepared -f "$dir/$1.sql" -c "$2" -j 2 -T $((warm + seconds)) -l --log-prefix="$log" >"$log.out" 2>&1 || {
		cat "$log.out" >&2
		return 1
	}
	cat "$log".[0-9]* | awk -v warm=$warm '{ us[NR] = $3; at[NR] = $5 + $6 / 1e6; began = at[NR] - us[NR] / 1e6 }
		NR == 1 || began < first { first = began }
		at[NR] > last { last = at[NR] }
		END { for (i = 1; i <= NR; i++) if (at[i] > first + warm) print us[i], last - first - warm }' |
		sort -n | awk '{ us[NR] = $1; window = $2 }
		END { if (NR == 0 || window <= 0) exit 1; printf "%.0f %.2f\n", NR / window, us[int((NR - 1) * 0.99) + 1] / 1000 }'
}

table() {
	echo "| workload | clients | steward calls/s | p50 ms | p99 ms | pgbench tps | p99 ms | ratio |"
	echo "|---|---|---|---|---|---|---|---|"
	local work clients rate p50 p99 tps peer_p99
	for work in read list open; do
		script $work >"$dir/$work.sql"
		requests $work >"$dir/$work.jsonl"
		for clients in 1 16 64 256; do
			read -r rate p50 p99 _ < <("$bench/load" "$STEWARD_HOME" "$(method $work)" $clients "$seconds" BEN <"$dir/$work.jsonl")
			read -r tps peer_p99 < <(run_pgbench $work $clients)
			echo "| $work | $clients | $rate | $p50 | $p99 | $tps | $peer_p99 | $(awk -v a="$rate" -v b="$tps" 'BEGIN { printf "%.2f", a / b }') |"
		done
	done
}

write_page() {
	local page=docs/performance.md
	awk -v table="$dir/table" '/<!-- table -->/ { print; while ((getline line < table) > 0) print line; skip = 1; next }
		/<!-- end -->/ { skip = 0 } !skip' "$page" >"$dir/page"
	cat "$dir/page" >"$page"
}

prepare
table | tee "$dir/table"
write_page
