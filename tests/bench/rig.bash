# shellcheck shell=bash
# What the parts of the benchmark share: a daemon with data on a private cluster that also takes ordinary clients, the
# three workloads, how Steward and how its peers are driven, and the tables of docs/performance.md.
#
#   source rig.bash; bench_begin BUILD_DIR SECONDS [CASES]
#
# Workloads: read (case.Show of one case among all), list (case.List, 50 rows), open (case.Open).

# What is measured; for a quick look at one figure, both can be narrowed.
bench_works=${BENCH_WORKS:-read list open}
bench_clients=${BENCH_CLIENTS:-16 64 256}

root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
# shellcheck source=tests/bench/page.bash
source "$root/tests/bench/page.bash"

bench_stop() {
	local pid
	for pid in "${bench_peers[@]}" "${bench_daemon:-}"; do
		[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	done
	wait || true
	rm -rf "$dir"
}

# bench_watch: words that go before the daemon's own, to measure it.
bench_watch=()

bench_start_daemon() {
	rm -f "$dir/stewardd.pid"
	"${bench_watch[@]}" "$build/server/stewardd" --data "$dir" --port 0 --enrol-port 0 --log-level warn 2>>"$dir/log" &
	bench_daemon=$!
	for _ in $(seq 1200); do
		[ ! -s "$dir/stewardd.pid" ] || return 0
		kill -0 "$bench_daemon" 2>/dev/null || break
		sleep 0.1
	done
	tail -20 "$dir/log" >&2
	return 1
}

bench_stop_daemon() {
	kill "$(cat "$dir/stewardd.pid")"
	wait "$bench_daemon" || true
}

# Who runs the private cluster: PostgreSQL does not run as root, nor does PgBouncer.
bench_account() {
	stat -c %U "$dir/pg"
}

# The peers that speak TLS show this. Of the same kind as the daemon's own.
bench_certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=bench \
		-addext "subjectAltName=IP:$address" -keyout "$dir/bench.key" -out "$dir/bench.crt" 2>/dev/null
	install -o "$(bench_account)" -m 600 "$dir/bench.key" "$dir/bench.crt" "$dir/pg/"
}

# The daemon's cluster takes its own socket only. Here it also takes clients by TCP with TLS, as many as there are desks.
bench_open_cluster() {
	bench_certificate
	cat >>"$dir/pg/postgresql.conf" <<-END
		max_connections = 320 # pgbench needs one for each client
		listen_addresses = '$address'
		ssl = on
		ssl_cert_file = 'bench.crt'
		ssl_key_file = 'bench.key'
		hba_file = 'bench_hba.conf'
	END
	printf 'local all all trust\nhostssl all all 127.0.0.0/8 trust\n' >"$dir/bench_hba.conf"
	install -o "$(bench_account)" -m 600 "$dir/bench_hba.conf" "$dir/pg/"
}

# cases FIRST LAST: a file to be imported. One in twenty is open, since an hour: of cases that are overdue the daemon would have
# thousands to escalate, and the figures would be of that.
bench_cases() {
	awk -v first="$1" -v last="$2" -v now="$(date -u -d '-1 hour' '+%F %H:%M')" 'BEGIN {
		print "ref,opened,closed,kind,summary"
		for (i = first; i <= last; i++)
			if (i % 20 == 0)
				printf "B%d,%s,,repair,Row %d of the bench\n", i, now, i
			else
				printf "B%d,2025-%02d-%02d 08:00,2025-%02d-%02d 17:00,repair,Row %d of the bench\n",
					i, i % 12 + 1, i % 28 + 1, i % 12 + 1, i % 28 + 1, i }'
}

bench_import() {
	bench_cases "$1" "$2" >"$dir/cases.csv"
	steward case import "$dir/cases.csv" -p BEN -q >"$dir/import.log"
	PGUSER=postgres psql -Xq -c 'vacuum analyze' -c checkpoint
	rows=$2
}

bench_begin() {
	build=$(readlink -f "$1")
	seconds=${2:-8}
	dir=/tmp/steward-bench-$$
	bench=$build/tests/bench
	bench_peers=()
	# Of one's own, so that two runs do not meet on PostgreSQL's port.
	address=127.1.$(($$ / 250 % 250 + 1)).$(($$ % 250 + 1))
	export STEWARD_HOME=$dir/desk PATH=$build/client/cli:$PATH PGHOST=$dir/run PGDATABASE=steward PGUSER=steward_app
	trap bench_stop EXIT
	trap 'exit 130' INT TERM
	mkdir -m 711 "$dir"
	bench_start_daemon
	bench_stop_daemon
	bench_open_cluster
	bench_start_daemon
	steward property add BEN Bench -q
	steward user grant admin clerk BEN -q --yes >"$dir/grant.log"
	bench_import 1 "${3:-20000}"
	property_id=$(PGUSER=postgres psql -XqAt -c "select id from steward.property where code = 'BEN'")
	user_id=$(PGUSER=postgres psql -XqAt -c "select id from steward.app_user where login = 'admin'")
	device_id=$(PGUSER=postgres psql -XqAt -c "select id from steward.device limit 1")
}

# ---- the workloads ----

method() {
	case $1 in read) echo case.Show ;; list) echo case.List ;; open) echo case.Open ;; pay) echo payment.Take ;; esac
}

# The same pseudo-random numbers for every run.
requests() {
	case $1 in
	read) awk -v n="$rows" 'BEGIN { srand(1); for (i = 0; i < 5000; i++) printf "{\"case\": \"BEN/C-%d\"}\n", 1001 + int(rand() * n) }' ;;
	list) echo '{"limit": 50}' ;;
	open) echo '{"kind": "repair", "channel": "phone", "spot": "lobby", "summary": "Opened by the bench"}' ;;
	pay) awk -v n="$payers" 'BEGIN { srand(1); for (i = 0; i < 5000; i++) printf "{\"party\": \"P-%d\", \"paid\": [\"cash=1\"]}\n", 1 + int(rand() * n) }' ;;
	esac
}

# Parameters as SQL. open_parameters KEY: an expression.
common_parameters() {
	parameters=("ctx_scope='{$property_id}'" "ctx_property=$property_id" "ctx_user='$user_id'" "scope='$property_id'"
		"user='$user_id'" "timeout_ms='0'")
}

# write_parameters KEY METHOD ENTITY FIELDS: what the daemon has around a write.
write_parameters() {
	local key=$1 method=$2 entity=$3 fields=$4
	common_parameters
	# The daemon claims and finishes for a group of calls at once: here each is a group of one.
	parameters+=("ctx_key=$key" "claim_device='{$device_id}'" "claim_key=array[$key]" "claim_method='{$method}'" "claim_fingerprint='{x}'"
		"audit_id=array[gen_random_uuid()]" "audit_property='{$property_id}'" "audit_user='{$user_id}'" "audit_device='{$device_id}'"
		"audit_session='{null}'" "audit_method='{$method}'" "audit_entity='{$entity}'" "audit_entity_id=array[$key]"
		"audit_number='{X-1}'" "audit_fields='{$fields}'" "audit_reason='{null}'" "feed_property='{$property_id}'"
		"feed_entity='{$entity}'" "feed_id=array[$key]" "feed_version='{1}'" "feed_dead='{f}'" "feed_number='{X-1}'"
		"feed_method='{$method}'" "feed_user='{$user_id}'" "key=$key" "device='$device_id'" "response='x'")
}

open_parameters() {
	write_parameters "$1" case.Open case 'kind summary'
	parameters+=("kind='repair'" "channel='phone'" "spot='lobby'" "summary='Opened by the bench'")
}

pay_parameters() {
	write_parameters "$1" payment.Take payment 'paid party'
	parameters+=("party='P-' || :n" "paid=array['cash=1']")
}

# script whole|plain WORK: as pgbench takes it. Hundreds of sessions queue for one row: none may give up.
script() {
	local key="('00000000-0000-7000-8000-' || lpad(to_hex(:r::bigint), 12, '0'))::uuid" parameters
	case $2 in
	read)
		common_parameters
		parameters+=("case='BEN/C-' || :n")
		echo '\set n random(1001, '$((1000 + rows))')'
		;;
	list)
		common_parameters
		parameters+=("limit=50")
		;;
	open)
		open_parameters "$key"
		echo '\set r random(1, 281474976710655)'
		;;
	pay)
		pay_parameters "$key"
		echo '\set r random(1, 281474976710655)'
		echo '\set n random(1, '"$payers"')'
		;;
	esac
	"$bench/statements" "$1" "$(method "$2")" "${parameters[@]}" | sed "s/'lock_timeout', '2000'/'lock_timeout', '0'/"
}

# ---- measuring: each prints calls per second, p50 and p99 in milliseconds ----

# run_load WORK CLIENTS: Steward.
run_load() {
	local rate p50 p99
	requests "$1" >"$dir/$1.jsonl"
	read -r rate p50 p99 _ < <("$bench/load" "$STEWARD_HOME" "$(method "$1")" "$2" "$seconds" BEN <"$dir/$1.jsonl") || return 1
	echo "$rate $p50 $p99"
}

# run_pgbench WARM SCRIPT CLIENTS [pgbench options]. Its clock starts WARM seconds after the first call. pgbench counts its own time from
# before it connects, which takes many clients a while.
run_pgbench() {
	local warm=$1 file=$2 clients=$3 log=$dir/pgbench time
	shift 3
	# Many writers at once answer so rarely that a short look may see nothing.
	for time in "$seconds" 60 240; do
		rm -f "$log".*
		pgbench -n "$@" -f "$file" -c "$clients" -j 2 -T $((warm + time + 1 + clients / 40)) -l --log-prefix="$log" >"$log.out" 2>&1 || {
			cat "$log.out" >&2
			return 1
		}
		cat "$log".[0-9]* | pgbench_figures "$warm" && return
	done
	echo "bench: pgbench answered nothing after its warm-up" >&2
	return 1
}

# pgbench_figures WARM: calls a second, p50 and p99 of what ended WARM seconds after the first.
pgbench_figures() {
	awk -v warm="$1" '{ us[NR] = $3; at[NR] = $5 + $6 / 1e6; began = at[NR] - us[NR] / 1e6 }
		NR == 1 || began < first { first = began }
		at[NR] > last { last = at[NR] }
		END { for (i = 1; i <= NR; i++) if (at[i] > first + warm) print us[i], last - first - warm }' |
		sort -n | awk '{ us[NR] = $1; window = $2 }
		END { if (NR == 0 || window <= 0) exit 1
			printf "%.0f %.2f %.2f\n", NR / window, us[int((NR - 1) * 0.5) + 1] / 1000, us[int((NR - 1) * 0.99) + 1] / 1000 }'
}

# For sessions of one client each: every one plans each statement up to six times before it keeps a plan; the daemon's few
# sessions have done so.
warm_for() {
	echo $((2 + $1 / 8))
}

# run_wrk CLIENTS URL [arguments of http.lua]: an HTTP peer, after two seconds of warm-up.
run_wrk() {
	local clients=$1 url=$2 out=$dir/wrk.out time
	shift 2
	for time in 2 "$seconds"; do
		wrk -t 1 -c "$clients" -d "$time" --timeout 60 -s "$root/tests/bench/peer/http.lua" "$url" -- "$@" >"$out" 2>&1 || break
	done
	# The last field counts what failed.
	awk '/^figures/ { if ($5 > 0) exit 1; print $2, $3, $4; found = 1 } END { exit !found }' "$out" || {
		cat "$out" >&2
		return 1
	}
}

# wait_for NAME PID COMMAND...: until the command succeeds; the process must not have ended.
wait_for() {
	local name=$1 pid=$2
	shift 2
	for _ in $(seq 600); do
		! "$@" >/dev/null 2>&1 || return 0
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	echo "bench: $name did not start:" >&2
	tail -20 "$dir/$name.log" >&2
	return 1
}

# ---- peers: tests/bench/peer/NAME.bash has NAME_up, NAME_modes WORK, NAME_run MODE WORK CLIENTS ----

peer() {
	# shellcheck source=/dev/null
	source "$root/tests/bench/peer/$1.bash"
	"$1_up"
}

ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "-" }'
}

# compare PEER: Steward and the peer by turns.
compare() {
	local work clients mode rate p50 p99 tps peer_p99
	echo "| workload | clients | steward calls/s | p50 ms | p99 ms | $1 | calls/s | p99 ms | ratio |"
	echo "|---|---|---|---|---|---|---|---|---|"
	for work in $bench_works; do
		for clients in $bench_clients; do
			read -r rate p50 p99 < <(run_load "$work" "$clients")
			for mode in $("$1_modes" "$work"); do
				read -r tps _ peer_p99 < <("$1_run" "$mode" "$work" "$clients")
				echo "| $work | $clients | $rate | $p50 | $p99 | $mode | $tps | $peer_p99 | $(ratio "$rate" "$tps") |"
			done
		done
	done
}

# need PACKAGE...: what only a part of the benchmark needs.
need() {
	# shellcheck disable=SC2016 # the inner shell expands it
	bash -c 'set -eu; source "$0"; packages=("$@"); install_packages' "$root/tests/support/dev-lib.sh" "$@"
}

# no_peer NAME REASON: the part cannot be measured here.
no_peer() {
	echo "bench: $1 is not measured: $2" >&2
	exit 77
}
