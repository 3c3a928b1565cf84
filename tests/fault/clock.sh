#!/usr/bin/env bash
# Clocks that jump by a month, forth and back, while the daemon runs, and a monotonic clock that jumps by an hour.
# usage: clock.sh BUILD_DIR [TIMES]    how often all of it is done (default 1)
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "$1")
times=${2:-1}
# shellcheck source=tests/support/dev-lib.sh
source "$here/../support/dev-lib.sh"

packages=()
install_packages faketime
CLOCK_PRELOAD=$(find /usr/lib -name libfaketime.so.1 -print -quit)
CLOCK_BINDIR=$(pg_config --bindir)
export CLOCK_PRELOAD CLOCK_BINDIR
for _ in $(seq "$times"); do
	"$build/tests/fault/clock"
done
