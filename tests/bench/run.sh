#!/usr/bin/env bash
# The benchmark's parts, one script each: run.sh BUILD_DIR [SECONDS] [PART...]
#
# Every part is called as tests/bench/<part>.sh BUILD_DIR SECONDS, SECONDS being the time of one figure, and prints its table.
# Without a part: table, which docs/performance.md shows.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$1
shift
seconds=8
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
	seconds=$1
	shift
fi
[ $# -gt 0 ] || set -- table

parts() {
	local script
	for script in "$here"/*.sh; do basename "$script" .sh; done | grep -vx run
}

for part in "$@"; do
	parts | grep -qxF -- "$part" || {
		echo "bench: no part '$part'; there are: $(parts | paste -sd' ')" >&2
		exit 2
	}
done
# A part whose peer cannot be had ends with 77 and has said so: the others are measured all the same.
missing=0
for part in "$@"; do
	[ $# = 1 ] || echo "== $part"
	code=0
	"$here/$part.sh" "$build" "$seconds" || code=$?
	[ $code = 0 ] || [ $code = 77 ] || exit $code
	[ $code = 0 ] || missing=77
done
exit $missing
