#!/usr/bin/env bash
# Lines and branches that tests reach in the parts where a mistake loses a change, makes it twice or lets a stranger break the
# daemon: by the tests that are about them, and by calls whose memory runs out.
# usage: run.sh BUILD_DIR [all] (made with -Dbuildtype=debug -Db_coverage=true -Dc_args=-DARENA_PIECES)
#
# all: every unit and capability test, every call while memory runs out, and the sums of the whole tree; that takes an hour.
# Compiled without optimization, so that branches are those that are written. Not counted are the failing branches of must(), which
# end the daemon; nothing else is left out. What no test reached is BUILD_DIR/missed.txt, line by line. Fails when a test does or
# fewer than 90 % of a part's branches were taken.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
build=$(readlink -f "$1")
all=${2:-}
goal=90
# Name, and the files (a regular expression) that belong to it.
parts=(
	'decoder|common/(frame|wire|session|session_recv|session_send)\.c'
	'exactly once|server/rpc/(run|group|answer|audit)\.c'
	'units|server/db/(unit|pgconn|pool)\.c'
)
# The tests that are about them.
units='^(frame_test|wire_test|session_.*|db (pool.*|sqlstate)|rpc_ answer_test)$'
caps='^(attachment_get|auth|device|event|exactly_once|group|idem|once_fault|order|party|printing|rpc|stop|user)$'
calls=(case.Open case.Close case.List department.Add party.Show auth.Login user.Disable)
failed=0

# run_tests SUITE REGEX
run_tests() {
	local names
	mapfile -t names < <(meson test -C "$build" --no-rebuild --list 2>/dev/null | sed -n "s/^[^:]*:$1 \/ //p" | grep -E -- "$2")
	meson test -C "$build" --suite "$1" --num-processes "${COVERAGE_JOBS:-$(nproc)}" --timeout-multiplier 3 --print-errorlogs -q \
		"${names[@]}" || failed=1
}

# What earlier runs left would count too.
find "$build" -name '*.gcda' -delete
ninja -C "$build" build.ninja tests/fault/oom tests/fault/liboom_preload.so server/stewardd >"$build/ninja.out" || {
	cat "$build/ninja.out"
	exit 1
}
export BUILD_DIR=$build
if [ "$all" = all ]; then
	units=. caps=.
	"$build/tests/fault/oom" memory 5 >"$build/oom.log" 2>&1 || failed=1
fi
"$build/tests/fault/oom" memory 1 "${calls[@]}" >"$build/oom.log" 2>&1 || {
	cat "$build/oom.log"
	failed=1
}
run_tests unit "$units"
run_tests cap "$caps"

# report REGEX FILE...: of the files of the tree that match, from the objects below these directories.
report() {
	local filter=$1
	shift
	(cd "$build" && gcovr -r "$OLDPWD" "$@" -j "$(nproc)" --filter "$OLDPWD/($filter)" --exclude-branches-by-pattern '.*\bmust\(.*' \
		--json coverage.json --json-summary coverage-summary.json >/dev/null)
}
if [ "$all" = all ]; then
	report '(common|server|client|proto)/' .
else
	report 'common/|server/(db|rpc)/' common server/db server/rpc tests/unit/server/rpc
fi
jq -r '.files[] | .file as $file | .lines[] | select(.["gcovr/noncode"] | not) |
	.line_number as $line | [.branches[] | select(.["gcovr/excluded"] | not) | .count] as $taken |
	select(.count == 0 or ($taken | any(. == 0))) | "\($file):\($line): \(.count) times\(if $taken == [] then "" else ", branches \($taken)" end)"' \
	"$build/coverage.json" >"$build/missed.txt"

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
if [ "$all" = all ]; then
	row 'everything in common/' "$(sums 'common/.*')"
	row 'everything in server/' "$(sums 'server/.*')"
	row 'everything in client/' "$(sums 'client/.*')"
	row 'all' "$(sums '.*')"
fi
exit $failed
