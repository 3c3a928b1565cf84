#!/usr/bin/env bash
# Money taken: payment.Take beside pgbench, which runs the same statements. usage: payment.sh BUILD_DIR [SECONDS]
#
# 2,000 customers with two months billed, at one property, one drawer: a payment settles part of a line, posts its entry and takes a receipt number,
# which is the counter all of them wait for. pgbench is prepared, over the Unix socket, each statement a round trip.
set -euo pipefail
# shellcheck source=tests/bench/rig.bash
source "$(dirname "$(readlink -f "$0")")/rig.bash"
# shellcheck source=tests/bench/units.bash
source "$root/tests/bench/units.bash"
bench_begin "$1" "${2:-}" 10
payers=2000

row() {
	local clients=$1 rate p50 p99 tps peer_p99
	read -r rate p50 p99 < <(run_load pay "$clients")
	read -r tps _ peer_p99 < <(run_pgbench "$(warm_for "$clients")" "$dir/pay.sql" "$clients" -M prepared)
	echo "| pay | $clients | $rate | $p50 | $p99 | $tps | $peer_p99 | $(ratio "$rate" "$tps") |"
}

standard
units 1 $payers
run_month 2026-01 >/dev/null
run_month 2026-02 >/dev/null
steward user grant admin cashier BEN -q --yes >/dev/null
steward shift open D1 -p BEN -q
script whole pay >"$dir/pay.sql"
{
	echo "| workload | clients | steward calls/s | p50 ms | p99 ms | pgbench tps | p99 ms | ratio |"
	echo "|---|---|---|---|---|---|---|---|"
	for clients in ${BENCH_CLIENTS:-1 16 64}; do row "$clients"; done
} | write_table payment
# What was taken, whoever took it, is what the books have.
PGUSER=postgres psql -XqAt -c "set search_path = steward_code, steward, public" \
	-c "select coalesce(sum(abs(difference_minor)), 0) from ledger_control(array[$property_id])" |
	grep -qx 0
