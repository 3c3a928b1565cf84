#!/usr/bin/env bash
# usage: postgraphile.sh BUILD_DIR [SECONDS]: see peer/postgraphile.bash
set -euo pipefail
# shellcheck source=tests/bench/rig.bash
source "$(dirname "$(readlink -f "$0")")/rig.bash"
bench_begin "$@"
peer postgraphile
compare postgraphile | write_table postgraphile
