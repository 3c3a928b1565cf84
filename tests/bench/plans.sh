#!/usr/bin/env bash
# Which rows the desk's screens read, by which indexes, at ten times the data: the table `plans` of docs/performance.md. What
# counts and checks is tests/pgtap/screens.sql. usage: plans.sh BUILD_DIR
set -euo pipefail
# shellcheck source=tests/bench/rig.bash
source "$(dirname "$(readlink -f "$0")")/rig.bash"
dir=$(mktemp -d /tmp/steward-plans-XXXXXX)
trap 'rm -rf "$dir"' EXIT
chmod 777 "$dir"
BUILD_DIR=$(readlink -f "$1") "$root/tests/pgtap/run.sh" "$root/tests/pgtap/screens.sql" -v table="$dir/plans" >"$dir/out" || {
	grep -A3 '^not ok' "$dir/out" >&2
	exit 1
}
if grep -A3 '^not ok' "$dir/out" >&2; then exit 1; fi
write_table plans <"$dir/plans"
