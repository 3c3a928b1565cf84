#!/usr/bin/env bash
# Two hundred clients that mean harm, and ten honest desks beside them: every honest call is answered, and whoever breaks a rule
# is thrown out. usage: hostile_test.sh BUILD_DIR
#
# The large one is ./dev bench hostile. Nothing here is judged by how fast it was.
set -euo pipefail
build=$(readlink -f "$1")
dir=/tmp/steward-hostile-test-$$
# shellcheck source=tests/bench/desks.bash
source "$(dirname "$(readlink -f "$0")")/../bench/desks.bash"

# shellcheck disable=SC2317 # called by the trap
stop() {
	wait || true
	"$daemon" down "$dir" || exit 1
}
trap stop EXIT

# KIND: at least one was thrown out.
thrown_out() {
	[ "$(awk -v kind="$1" '$1 == kind { print $4 }' "$dir/hostile.out")" -gt 0 ] && return
	echo "FAILED: nobody was thrown out of: $1"
	failed=1
}

failed=0
# shellcheck disable=SC2119 # started without options
desks_up
desks_enrol 1
"$bench/hostile" --property SUN --silent 60 --hello 60 --drip 60 --mute 15 --cancel 400 --desks 5 --sources 20 8 "$dir/device-1" \
	>"$dir/hostile.out" &
attack=$!
await "$dir/hostile.out" up 1
echo '{"limit": 20}' | "$bench/load" "$dir/desk" case.List 10 2 SUN 100 || {
	echo "FAILED: an honest call was not answered"
	failed=1
}
wait "$attack"
cat "$dir/hostile.out"
thrown_out silent
thrown_out hello
thrown_out cancel
exit $failed
