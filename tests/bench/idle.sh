#!/usr/bin/env bash
# Ten thousand desks that do nothing: idle.sh BUILD_DIR [SECONDS] [DESKS]
#
# What each costs the daemon in memory, what all of them cost in processor time, and how long it takes until all are back after
# the daemon was stopped and started again, and after it was killed. The desks run on the same machine and share its cores.
set -euo pipefail
build=$(readlink -f "$1")
seconds=${2:-20}
desks=${3:-10000}
dir=/tmp/steward-idle-$$
# shellcheck source=tests/bench/desks.bash
source "$(dirname "$(readlink -f "$0")")/desks.bash"

# shellcheck disable=SC2317 # called by the trap
stop() {
	local pids
	mapfile -t pids < <(jobs -p)
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
	wait || true
	"$daemon" down "$dir"
}
trap stop EXIT

desks_up --log-level warn
devices=$(((desks + 499) / 500))
desks_enrol "$devices"
port=$(desks_port port)
before=$(daemon_memory)
mapfile -t profiles < <(seq -f "$dir/device-%.0f" "$devices")
"$bench/herd" "$desks" "${profiles[@]}" >"$dir/herd.out" &
await "$dir/herd.out" in 1
echo "| ten thousand idle desks | |" | sed "s/ten thousand/$desks/"
echo "|---|---|"
echo "| all logged in after | $(awk '/^in/ { print $2; exit }' "$dir/herd.out") s |"
echo "| daemon's memory per desk | $(awk -v a="$(daemon_memory)" -v b="$before" -v n="$desks" 'BEGIN { printf "%.1f", (a - b) / n }') KiB |"
ticks=$(daemon_ticks)
sleep "$seconds"
echo "| daemon's processor time | $(awk -v t=$(($(daemon_ticks) - ticks)) -v s="$seconds" 'BEGIN { printf "%.1f", t / s }') % of a core |"
"$daemon" stop "$dir"
"$daemon" start "$dir" --port "$port" --log-level warn
await "$dir/herd.out" in 2
echo "| stopped and started: all back after | $(awk '/^in/ && ++n == 2 { print $2 }' "$dir/herd.out") s |"
kill -KILL "$(daemon_pid)"
"$daemon" start "$dir" --port "$port" --log-level warn
await "$dir/herd.out" in 3
echo "| killed and started: all back after | $(awk '/^in/ && ++n == 3 { print $2 }' "$dir/herd.out") s |"
