#!/usr/bin/env bash
# Where the daemon spends its time under the read and the open load: the widest frames of its flame graph.
# usage: profile.sh BUILD_DIR [SECONDS]
#
# perf samples the running daemon's stacks; where the machine does not let it, callgrind counts instructions instead. The
# stacks stay in BUILD_DIR/profile/WORK.folded, one a line with its count, as flame graph tools read them.
set -euo pipefail
# shellcheck source=tests/bench/rig.bash
source "$(dirname "$(readlink -f "$0")")/rig.bash"
clients=64

# Adds stacks up from what `perf script` prints: "outermost;...;innermost count". The kernel is one frame, and so is a
# library: Debian's have no names for most of their functions.
fold() {
	awk '
		function done() { if (stack != "") n[stack]++; stack = last = "" }
		/^[^ \t]/ || NF == 0 { done(); next }
		{ name = $2; sub(/\+0x[0-9a-f]+$/, "", name); from = $NF; gsub(/^\(|\)$/, "", from)
		  sub(/.*\//, "", from)
		  if (from ~ /kernel/) name = "kernel"
		  else if (from ~ /\.so/) { name = from; sub(/\.so.*/, "", name) }
		  if (name == last) next
		  last = name; stack = stack == "" ? name : name ";" stack }
		END { done(); for (s in n) print s, n[s] }'
}

# self and total of each function, in percent of all samples: "self total name". What holds the loop itself is left out.
shares() {
	awk '{ count = $NF; sub(/ [0-9]+$/, ""); k = split($0, f, ";"); all += count; self[f[k]] += count
			split("", seen)
			first = 1
			for (i = 1; i < k; i++) if (f[i] ~ /^(app_run|libuv)$/) first = i + 1
			for (i = first; i <= k; i++) if (!(f[i] in seen)) { seen[f[i]] = 1; total[f[i]] += count } }
		END { for (x in total) printf "%.1f %.1f %s\n", 100 * self[x] / all, 100 * total[x] / all, x }' "$1"
}

widest() {
	shares "$1" | sort -k "$2,${2}nr" -k 3 | head -3 | awk -v c="$2" '{ printf "%s`%s` %s %%", (NR > 1 ? ", " : ""), $3, $c }'
}

load_beside() {
	seconds=$((seconds + 2)) run_load "$1" $clients >"$dir/load.out" &
	loading=$!
	sleep 2 # its desks connect
}

by_perf() {
	load_beside "$1"
	perf record -q -F 499 --call-graph dwarf,16384 -o "$dir/perf.data" -p "$(cat "$dir/stewardd.pid")" -- sleep "$seconds" >"$dir/perf.log" 2>&1
	wait "$loading"
	perf script -i "$dir/perf.data" -F comm,ip,sym,dso 2>>"$dir/perf.log" | fold >"$build/profile/$1.folded"
}

# Functions only, in the shape of stacks of one.
by_callgrind() {
	need valgrind
	bench_stop_daemon
	bench_watch=(valgrind --tool=callgrind "--callgrind-out-file=$dir/callgrind.out" --instr-atstart=no)
	bench_start_daemon
	load_beside "$1"
	callgrind_control -i on "$bench_daemon" >/dev/null
	wait "$loading"
	bench_stop_daemon
	bench_watch=()
	callgrind_annotate --auto=no --threshold=99.9 "$dir/callgrind.out" |
		sed -nE 's/^ *([0-9,]+) \([^)]*\) +[^:]*:([^ ]+).*/\2 \1/p' | tr -d , >"$build/profile/$1.folded"
	bench_start_daemon
}

can_perf() {
	command -v perf >/dev/null || need linux-perf
	perf record -q -F 99 -g -o "$dir/perf.try" -p "$bench_daemon" -- sleep 0.2 >/dev/null 2>&1
}

table() {
	local how work
	how=callgrind
	! can_perf || how=perf
	echo "| workload | by | widest by themselves | widest with what they call |"
	echo "|---|---|---|---|"
	for work in read open; do
		"by_$how" $work
		[ -s "$build/profile/$work.folded" ]
		echo "| $work, $clients clients | $how | $(widest "$build/profile/$work.folded" 1) | $(widest "$build/profile/$work.folded" 2) |"
	done
}

bench_begin "$@"
mkdir -p "$build/profile"
table | write_table profile
