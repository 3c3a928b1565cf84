#!/usr/bin/env bash
# How each ratio moves with ten times the data and ten times the clients. usage: growth.sh BUILD_DIR [SECONDS]
#
# All peers stand beside the same daemon; a ratio is Steward's calls a second by those of the peer. A peer that cannot be
# installed is left out.
set -euo pipefail
# shellcheck source=tests/bench/rig.bash
source "$(dirname "$(readlink -f "$0")")/rig.bash"
base=${BENCH_CASES:-20000}
# Each with the mode that serves it best on this work.
peers=(pgbench:socket pgbench:tls pgbouncer:transaction node:pipelined postgraphile:graphql)

join_peers() {
	local p name up=()
	for p in "${peers[@]}"; do
		name=${p%:*}
		[[ " ${up[*]} " != *" $p "* ]] || continue
		if [[ " ${up[*]} " == *" $name:"* ]] || peer_or_none "$name"; then up+=("$p"); fi
	done
	peers=("${up[@]}")
}

# no_peer ends the shell, so it is tried in another first.
peer_or_none() {
	(install_peer "$1") && peer "$1"
}

install_peer() {
	case $1 in
	node | postgraphile)
		# shellcheck source=tests/bench/peer/npm.bash
		source "$root/tests/bench/peer/npm.bash"
		npm_install "$1"
		;;
	esac
}

row() {
	local work=$1 clients=$2 p rate p99 tps
	read -r rate _ p99 < <(run_load "$work" "$clients")
	printf '| %s | %d | %d | %s | %s |' "$work" "$rows" "$clients" "$rate" "$p99"
	for p in "${peers[@]}"; do
		read -r tps _ < <("${p%:*}_run" "${p#*:}" "$work" "$clients")
		printf ' %s |' "$(ratio "$rate" "$tps")"
	done
	echo
}

head_of() {
	case $1 in
	pgbench:socket) echo 'pgbench, socket' ;;
	pgbench:tls) echo 'pgbench, TLS' ;;
	*) echo "${1%:*}" ;;
	esac
}

table() {
	local work clients size p
	printf '| workload | cases | clients | steward calls/s | p99 ms |'
	for p in "${peers[@]}"; do printf ' to %s |' "$(head_of "$p")"; done
	printf '\n|---|---|---|---|---|'
	for p in "${peers[@]}"; do printf -- '---|'; done
	echo
	for size in "$base" $((base * 10)); do
		# Of those opened meanwhile nothing is read: reads take theirs among the first ones.
		[ "$rows" = "$size" ] || bench_import $((rows + 1)) "$size"
		for work in $bench_works; do
			for clients in 16 160; do row "$work" "$clients"; done
		done
	done
}

bench_begin "$1" "${2:-8}" "$base"
join_peers
table | write_table growth
