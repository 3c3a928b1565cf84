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
	for corpus in "$here"/*.in; do targets+=("$(basename "$corpus" .in)"); done
fi

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
exit $failed
