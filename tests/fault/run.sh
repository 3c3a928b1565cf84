#!/usr/bin/env bash
# The long fault runs, part by part: PART is tests/fault/PART.sh, called with the build directory and how much is wanted.
# usage: run.sh BUILD_DIR [AMOUNT] [PART...]
#
# Without a part all of them run, in the order of their names. AMOUNT means what the part says it means (its second line); a part
# has its own default. A part that fails keeps its directory and says where; the others run all the same.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "$1")
shift
amount=
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
	amount=$1
	shift
fi

# What is sourced, dispatches or is a small test of the suite is no part.
parts() {
	find "$here" -maxdepth 1 -name '*.sh' ! -name run.sh ! -name lib.sh ! -name '*_test.sh' -printf '%f\n' | sed 's/\.sh$//' | sort
}

[ $# -gt 0 ] || mapfile -t list < <(parts)
[ $# -eq 0 ] || list=("$@")
for part in "${list[@]}"; do
	if ! parts | grep -qxF "$part"; then
		echo "fault: there is no part $part; there are: $(parts | paste -sd' ')" >&2
		exit 2
	fi
done
failed=()
for part in "${list[@]}"; do
	echo "== $part"
	start=$SECONDS
	"$here/$part.sh" "$build" ${amount:+"$amount"} || failed+=("$part")
	echo "== $part took $((SECONDS - start)) s"
done
[ ${#failed[@]} -eq 0 ] || {
	echo "fault: failed: ${failed[*]}"
	exit 1
}
