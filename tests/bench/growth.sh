#!/usr/bin/env bash
# How the desk's screens, and the ratio to each peer, move with ten times the data; the ratios with ten times the clients too.
# usage: growth.sh BUILD_DIR [SECONDS]. With BENCH_PEERS= (empty) only the screens are measured.
#
# All peers stand beside the same daemon; a ratio is Steward's calls a second by those of the peer. A peer that cannot be
# installed is left out.
set -euo pipefail
# shellcheck source=tests/bench/rig.bash
source "$(dirname "$(readlink -f "$0")")/rig.bash"
base=${BENCH_CASES:-20000}
# Each with the mode that serves it best on this work.
read -ra peers <<<"${BENCH_PEERS-pgbench:socket pgbench:tls pgbouncer:transaction node:pipelined postgraphile:graphql}"
declare -A figures
screens=(find 'case list' 'case show' board agenda 'call show')
desks=16

# What the screens show beside cases: somebody who rings, with a unit and a case, and what is owed.
desk_data() {
	local n
	steward place add unit 3-1-1202 -p BEN -q
	steward party add "Wang Xiaoming" --phones 138-0013-8000 -p BEN -q
	steward occupancy start 3-1-1202 P-1001 owner --from 2019-05-01 -p BEN -q
	steward call ring --from 138-0013-8000 --call-id bench -p BEN -q >"$dir/ring"
	for n in $(seq 60); do steward agenda add "Reminder $n" --due "2099-01-$((n % 20 + 10))" -p BEN -q; done
}

# screen_requests NAME: the method, then its requests.
screen_requests() {
	case $1 in
	find) echo 'find.Find' && echo '{"text": "138 0013 8000"}' && requests read | sed -n '1,200s,"case": "BEN/,"text": ",p' ;;
	'case list') echo 'case.List' && requests list ;;
	'case show') echo 'case.Show' && requests read ;;
	board) echo 'board.Show' && echo '{"limit": 50}' ;;
	agenda) echo 'agenda.List' && echo '{"limit": 50}' ;;
	'call show') echo 'call.Show' && echo '{"call": "HL-1001"}' ;;
	esac
}

measure_screens() {
	local screen rate p50 p99
	for screen in "${screens[@]}"; do
		screen_requests "$screen" >"$dir/screen"
		read -r rate p50 p99 _ < <("$bench/load" "$STEWARD_HOME" "$(head -1 "$dir/screen")" "$desks" "$seconds" BEN < <(tail -n +2 "$dir/screen"))
		figures[$screen $rows]="$p50 | $p99"
	done
}

screens_table() {
	local screen
	echo "| screen, $desks desks | p50 ms, $base cases | p99 ms | p50 ms, $((base * 10)) cases | p99 ms |"
	echo '|---|---|---|---|---|'
	for screen in "${screens[@]}"; do
		echo "| $screen | ${figures[$screen $base]} | ${figures[$screen $((base * 10))]} |"
	done
}

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
		measure_screens
		[ ${#peers[@]} -gt 0 ] || continue
		for work in $bench_works; do
			for clients in 16 160; do row "$work" "$clients"; done
		done
	done
}

bench_begin "$1" "${2:-8}" "$base"
desk_data
join_peers
# Not in a pipe: the figures of the screens are kept by the way.
table >"$dir/growth"
[ ${#peers[@]} = 0 ] || write_table growth <"$dir/growth"
screens_table | write_table screens
