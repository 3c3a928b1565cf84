#!/usr/bin/env bash
# A month billed: bills a second, and whether ten times the units take ten times as long. usage: billing.sh BUILD_DIR
#
# One standard by area at every unit, each with an owner: a bill of one line. The time is that of the daemon's steps, from the first one's
# begin to the last one's commit, as the run itself tells.
set -euo pipefail
# shellcheck source=tests/bench/rig.bash
source "$(dirname "$(readlink -f "$0")")/rig.bash"
# shellcheck source=tests/bench/units.bash
source "$root/tests/bench/units.bash"
bench_begin "$1" 0 10

# row UNITS MONTH
row() {
	run_month "$2" | awk -v n="$1" '{ printf "| %d | %d | %.2f | %.0f |\n", n, $1, $2, $1 / $2 }'
}

standard
{
	echo "| units | bills | seconds | bills/s |"
	echo "|---|---|---|---|"
	units 1 2000
	row 2000 2026-03
	units 2001 20000
	row 20000 2026-01
	row 20000 2026-02
} | write_table billing
