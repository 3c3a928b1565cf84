#!/usr/bin/env bash
# usage: node.sh BUILD_DIR [SECONDS]: see peer/node.bash
set -euo pipefail
# shellcheck source=tests/bench/rig.bash
source "$(dirname "$(readlink -f "$0")")/rig.bash"
bench_begin "$@"
peer node
compare node | write_table node
