#!/usr/bin/env bash
# Runs every fuzz target of a build made with -Dfuzz=true: run.sh BUILD [SECONDS] [TARGET...]
#
# New inputs that reach new code go to BUILD/fuzz/<target>/ and are kept for the next run; an input that breaks
# something is BUILD/fuzz/<target>-crash-...: once the fault is mended, it belongs into tests/fuzz/<target>.in/.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "$1")
seconds=${2:-60}
shift $(($# < 2 ? $# : 2))
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
	for corpus in "$here"/*.in; do
		target=$(basename "$corpus" .in)
		[ ! -x "$build/tests/fuzz/fuzz_$target" ] || targets+=("$target")
	done
fi
export LLVM_PROFILE_FILE=/dev/null
export LSAN_OPTIONS=print_suppressions=0:suppressions=$here/../support/lsan.supp

# What all inputs together reach of the code that meets a stranger's bytes first, where llvm-cov is there.
coverage() {
	local target objects=() dir=$build/fuzz/coverage
	command -v llvm-cov >/dev/null && command -v llvm-profdata >/dev/null || return 0
	rm -rf "$dir"
	mkdir -p "$dir"
	for target in "${targets[@]}"; do
		LLVM_PROFILE_FILE=$dir/$target.profraw "$build/tests/fuzz/fuzz_$target" -runs=0 "$build/fuzz/$target" "$here/$target.in" \
			>"$dir/$target.log" 2>&1 || return 1
		objects+=(-object "$build/tests/fuzz/fuzz_$target")
	done
	llvm-profdata merge -o "$dir/all" "$dir"/*.profraw
	echo "fuzz: lines and branches that the inputs reach"
	llvm-cov report "${objects[@]:1}" -instr-profile="$dir/all" "$here"/../../common/{frame,wire,validate,session_recv,session_send,session}.c 2>/dev/null |
		awk 'function percent(a, b) { return a == "0" ? "-" : sprintf("%.1f %%", 100 - 100 * b / a) }
			/\.c |^TOTAL/ { n = split($1, path, "/"); printf "  %-16s %8s %8s\n", path[n], percent($8, $9), percent($11, $12) }'
}

failed=0
for target in "${targets[@]}"; do
	mkdir -p "$build/fuzz/$target"
	echo "fuzz: $target for $seconds s"
	"$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=8192 -rss_limit_mb=2048 -timeout=10 \
		-print_final_stats=1 -artifact_prefix="$build/fuzz/$target-" "$build/fuzz/$target" "$here/$target.in" \
		>"$build/fuzz/$target.log" 2>&1 || {
		failed=1
		echo "fuzz: $target found something:"
		grep -m 5 -E 'ERROR|fault=|runtime error|Test unit written|SUMMARY' "$build/fuzz/$target.log" || tail -5 "$build/fuzz/$target.log"
	}
	grep -E 'stat::number_of_executed_units|stat::new_units_added' "$build/fuzz/$target.log" || true
done
[ $failed = 1 ] || coverage
exit $failed
