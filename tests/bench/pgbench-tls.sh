#!/usr/bin/env bash
# What a client pays that talks to PostgreSQL directly, over TLS. usage: pgbench-tls.sh BUILD_DIR [SECONDS]
set -euo pipefail
# shellcheck source=tests/bench/rig.bash
source "$(dirname "$(readlink -f "$0")")/rig.bash"
bench_begin "$@"
peer pgbench
compare pgbench | write_table pgbench-tls
