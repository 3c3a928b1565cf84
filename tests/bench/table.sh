#!/usr/bin/env bash
# Throughput and latency of the daemon beside pgbench -M prepared running the same statements over the Unix socket, in one run
# on one machine; writes the table of docs/performance.md. usage: table.sh BUILD_DIR [SECONDS]
set -euo pipefail
# shellcheck source=tests/bench/rig.bash
source "$(dirname "$(readlink -f "$0")")/rig.bash"

table() {
	echo "| workload | clients | steward calls/s | p50 ms | p99 ms | pgbench tps | p99 ms | ratio |"
	echo "|---|---|---|---|---|---|---|---|"
	local work clients rate p50 p99 tps peer_p99
	for work in read list open; do
		for clients in 1 16 64 256; do
			read -r rate p50 p99 < <(run_load $work $clients)
			read -r tps _ peer_p99 < <(pgbench_run socket $work $clients)
			echo "| $work | $clients | $rate | $p50 | $p99 | $tps | $peer_p99 | $(ratio "$rate" "$tps") |"
		done
	done
}

bench_begin "$@"
peer pgbench
table | write_table table
