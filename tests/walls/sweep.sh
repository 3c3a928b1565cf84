#!/usr/bin/env bash
# Row-level security alone, in the build of this tree. usage: sweep.sh BUILD_DIR [ROLES]
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
BUILD_DIR=$(readlink -f "$1")
export BUILD_DIR
exec /usr/bin/python3 "$here/sweep.py" "$here/../.." "$BUILD_DIR" "${@:2}"
