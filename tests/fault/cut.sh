#!/usr/bin/env bash
# Cuts the line of a recorded session behind each byte, in each direction, and looks whether the database ends up the same.
# usage: cut.sh BUILD_DIR [PLACES]    default: all; else about so many, spread evenly from a start that the seed gives
#
# Several programs share the work, each in a property of its own, so that they can wait at the same time: after a cut the client
# rests for a moment before it connects again.
set -euo pipefail
# shellcheck source=tests/fault/lib.sh
source "$(dirname "$(readlink -f "$0")")/lib.sh" "$1"
places=${2:-all}
programs=4
length=12000 # bytes of the session, roughly, both ways

fault_up --cluster-durable=false
step=1
[ "$places" = all ] || step=$((places < length ? length / places : 1))
start=$((seed % step))
for i in $(seq $programs); do
	admin property add "CUT$i" "Cut $i" --zone Asia/Shanghai -q
	admin user grant manager manager "CUT$i" -q --yes >/dev/null
	profile_of "desk$i"
done
pids=()
for i in $(seq $programs); do
	cutter "$dir/desk$i" "CUT$i" manager calls $((start + step * (i - 1))) $((step * programs)) &
	pids+=($!)
done
all_ended "${pids[@]}"
# The login's few bytes, one program.
profile_of desk-login
cutter "$dir/desk-login" CUT1 manager login $((seed % (step < 64 ? step : 64))) $((step < 64 ? step : 64)) || failed=1
expect "no key is without its answer" 0 "$(sql 'select count(*) from idem where response is null or code is null')"
expect "no case is of an unknown key" 0 "$(sql "select count(*) from desk_case c where not exists (select from idem i where i.key = c.id)")"
# Else no cut came between a commit and its answer, and nothing was shown.
replays=$(sql 'select sum(replays) from idem')
echo "$replays answers were told again"
[ "$places" != all ] && [ "$places" -lt 40 ] || [ "$replays" -gt 0 ] || expect "an answer was told again" some none
