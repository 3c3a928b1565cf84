#!/usr/bin/env bash
# usage: pgbouncer.sh BUILD_DIR [SECONDS]: see peer/pgbouncer.bash
set -euo pipefail
# shellcheck source=tests/bench/rig.bash
source "$(dirname "$(readlink -f "$0")")/rig.bash"
bench_begin "$@"
peer pgbouncer
compare pgbouncer | write_table pgbouncer
