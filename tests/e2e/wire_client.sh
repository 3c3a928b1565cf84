#!/usr/bin/env bash
# The client in another language against a daemon of its own.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
dir=/tmp/steward-wire-$$
trap '"$here/../support/daemon.sh" down "$dir"' EXIT
"$here/../support/daemon.sh" up "$dir"
"$here/wire_client.py" "$here/../.." "$dir/desk" clerk "correct horse battery staple"
