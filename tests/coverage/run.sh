#!/usr/bin/env bash
# Lines and branches that the unit and capability tests reach, and every call while memory runs out, above all in the parts where
# a mistake loses a change, makes it twice or lets a stranger break the daemon.
# usage: run.sh BUILD_DIR (made with -Db_coverage=true -Dc_args=-DARENA_PIECES)
#
# Not counted are the failing branches of must(), which end the daemon. Nothing else is left out. What no test
# reached is BUILD_DIR/coverage.txt, file by file. Fails when a test does or fewer than 90 % of a part's branches were taken.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
build=$1
goal=90
# Name, and the files (a regular expression) that belong to it.
parts=(
	'decoder|common/(frame|wire|session|session_recv|session_send)\.c'
	'exactly once|server/rpc/(run|group|answer|audit)\.c'
	'units|server/db/(unit|pgconn|pool)\.c'
)

# What earlier runs left would count too.
find "$build" -name '*.gcda' -delete
failed=0
meson test -C "$build" --suite unit --suite cap --num-processes "${COVERAGE_JOBS:-2}" --timeout-multiplier 3 --print-errorlogs -q || failed=1
export BUILD_DIR
BUILD_DIR=$(readlink -f "$build")
"$build/tests/fault/oom" memory 5 >"$build/oom.log" 2>&1 || failed=1
"$build/tests/fault/oom" memory 1 case.Open case.Close case.List auth.Login department.Add >>"$build/oom.log" 2>&1 || failed=1
gcovr -r . "$build" --filter '(common|server|client|proto)/' --exclude-branches-by-pattern '.*\bmust\(.*' \
	--json "$build/coverage.json" --json-summary "$build/coverage-summary.json" --txt "$build/coverage.txt" -b >/dev/null

# sums REGEX: "lines all branches all", of the files that match.
sums() {
	jq -r --arg of "^($1)\$" '[.files[] | select(.filename | test($of))] |
		"\(map(.line_covered) | add) \(map(.line_total) | add) \(map(.branch_covered) | add) \(map(.branch_total) | add)"' \
		"$build/coverage-summary.json"
}

row() {
	awk -v name="$1" '{ printf "%-34s %5.1f %% of %6d lines   %5.1f %% of %6d branches\n", name, 100 * $1 / $2, $2, 100 * $3 / $4, $4 }' <<<"$2"
}

for part in "${parts[@]}"; do
	of=${part#*|}
	sum=$(sums "$of")
	row "${part%%|*}" "$sum"
	while read -r file; do row "  $file" "$(sums "$file")"; done < <(
		jq -r --arg of "^($of)\$" '.files[].filename | select(test($of))' "$build/coverage-summary.json"
	)
	read -r _ _ taken branches <<<"$sum"
	[ $((taken * 100)) -ge $((branches * goal)) ] || {
		echo "  fewer than $goal % of the branches"
		failed=1
	}
done
row 'everything in common/' "$(sums 'common/.*')"
row 'everything in server/' "$(sums 'server/.*')"
row 'everything in client/' "$(sums 'client/.*')"
row 'all' "$(sums '.*')"
exit $failed
