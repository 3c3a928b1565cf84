#!/usr/bin/env bash
# Every call while memory runs out at each of its allocations, and while its desk goes away at each turn of the daemon's loop, on a
# build with AddressSanitizer.
# usage: oom.sh BUILD_DIR [STEP]    every STEP-th allocation and turn (default 1: all)
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cd "$here/../.."
step=${2:-1}
# shellcheck source=tests/support/dev-lib.sh
source tests/support/dev-lib.sh
# BUILD_DIR may be one without sanitizers: then theirs is made beside it.
build=$(readlink -f "$1")
if ! ldd "$build/server/stewardd" | grep -q libasan; then
	build_into build-san -Dwerror=true -Db_sanitize=address,undefined
	build=$PWD/build-san
fi
export BUILD_DIR=$build
failed=0
for what in memory turns; do
	"$build/tests/fault/oom" "$what" "$step" || failed=1
done
exit $failed
