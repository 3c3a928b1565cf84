#!/usr/bin/env bash
# The long fault runs, part by part: PART is tests/fault/PART.sh, called with the build directory and how much is wanted.
# usage: run.sh BUILD_DIR [AMOUNT] [PART...]
#
# AMOUNT means what a named part says it means (its second line). Without a part all of them run, in the order of their names, and
# AMOUNT is how many faults and cuts there are to be; the other parts take their defaults, a tenth of the allocations and turns.
# A part that fails keeps its directory and says where; the others run all the same.
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

named=1
list=("$@")
if [ $# = 0 ]; then
	named=0
	mapfile -t list < <(parts)
fi
for part in "${list[@]}"; do
	if ! parts | grep -qxF "$part"; then
		echo "fault: there is no part $part; there are: $(parts | paste -sd' ')" >&2
		exit 2
	fi
done

# amount_of PART
amount_of() {
	if [ "$named" = 1 ]; then
		echo "$amount"
		return
	fi
	case $1 in
	loop | cut) echo "$amount" ;;
	oom) echo 10 ;;
	esac
}

failed=()
for part in "${list[@]}"; do
	echo "== $part"
	start=$SECONDS
	wanted=$(amount_of "$part")
	"$here/$part.sh" "$build" ${wanted:+"$wanted"} || failed+=("$part")
	echo "== $part took $((SECONDS - start)) s"
done
[ ${#failed[@]} -eq 0 ] || {
	echo "fault: failed: ${failed[*]}"
	exit 1
}
