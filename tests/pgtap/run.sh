#!/usr/bin/env bash
# Runs one pgTAP file on a database of its own, as the daemon's role. usage: run.sh FILE.sql [options of psql] (BUILD_DIR names the build)
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
dir=/tmp/steward-pgtap-$$
trap '"$here/../support/daemon.sh" down "$dir"' EXIT
"$here/../support/daemon.sh" up "$dir" >&2
export PGOPTIONS='-c plan_cache_mode=force_generic_plan' # as the daemon's connections (server/db/pglink.c)
run() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$dir/run" -d steward "$@"
}
run -U postgres -c 'create extension if not exists pgtap with schema public' -c 'create extension if not exists plpgsql_check with schema public' -c 'grant usage on schema public to steward_app' -c 'grant temporary on database steward to steward_app'
run -U steward_app -P pager=off -v docs="$here/../../docs" -f "$@"
