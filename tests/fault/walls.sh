#!/usr/bin/env bash
# Row-level security alone: every call, as every role, at a daemon whose own check is switched off. AMOUNT: roles for each call.
# usage: walls.sh BUILD_DIR [AMOUNT]
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
exec "$here/../walls/sweep.sh" "$1" "${2:-13}"
