#!/usr/bin/env bash
# Honest desks beside thousands of clients that mean harm: hostile.sh BUILD_DIR [SECONDS]
#
# Fifty desks ask for a list each second: alone, then beside the attackers of tests/bench/hostile.c, who come again
# a second after they were thrown out. Attackers have machines of their own, so here they get only the time of the processor that nobody
# else wants. Attackers without a certificate; with one that was stolen; and with ten.
set -euo pipefail
build=$(readlink -f "$1")
seconds=${2:-40} # an attack is judged after 30 s at the earliest
[ "$seconds" -ge 40 ] || seconds=40
dir=/tmp/steward-hostile-$$
devices=10
# shellcheck source=tests/bench/desks.bash
source "$(dirname "$(readlink -f "$0")")/desks.bash"
# shellcheck source=tests/bench/page.bash
source "$(dirname "$(readlink -f "$0")")/page.bash"

# shellcheck disable=SC2317 # called by the trap
stop() {
	local pids
	mapfile -t pids < <(jobs -p)
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
	"$daemon" down "$dir"
}
trap stop EXIT

# Prints: calls/s p50 p99 calls failures
honest() {
	echo '{"limit": 20}' | "$bench/load" "$dir/desk" case.List 50 "$1" SUN 1000 || true
}

# attack NAME PROFILES [hostile options]
attack() {
	local name=$1 profiles=$2 before ticks peak=0 now rate p50 p99 failures pid
	shift 2
	before=$(daemon_memory)
	mapfile -t profiles < <(seq -f "$dir/device-%.0f" "$profiles")
	chrt --idle 0 "$bench/hostile" --property SUN --sources 500 "$@" $((seconds + 35)) "${profiles[@]}" >"$dir/hostile.out" &
	pid=$!
	await "$dir/hostile.out" up 1
	ticks=$(daemon_ticks)
	honest $((seconds - 10)) >"$dir/honest.out" &
	while kill -0 "$pid" 2>/dev/null; do
		now=$(daemon_memory)
		[ "$now" -le "$peak" ] || peak=$now
		sleep 0.5
	done
	ticks=$(($(daemon_ticks) - ticks))
	wait
	read -r rate p50 p99 _ failures <"$dir/honest.out"
	echo "| $name | $rate | $p50 | $p99 | $(awk -v a="$p99" -v b="$alone" 'BEGIN { printf "%.1f", a / b }') | $failures |" \
		"$(((peak - before) / 1024)) | $((ticks / (seconds + 10))) |"
	grep -v '^up' "$dir/hostile.out" | awk -v name="$name" '{ print name ": " $0 }' >>"$dir/kinds"
}

desks_up --log-level warn
desks_cases 1000
desks_enrol "$devices"
honest 10 >/dev/null # caches and plans are warm
read -r rate p50 alone _ failures < <(honest 15)
{
	echo "| attackers | calls/s | p50 ms | p99 ms | x alone | failed calls | daemon + MiB | % of a core |"
	echo "|---|---|---|---|---|---|---|---|"
	echo "| none | $rate | $p50 | $alone | 1.0 | $failures | | |"
	attack "5,000 without a certificate" 1 --silent 2500 --hello 2500
	attack "5,000 with one certificate" 1 --silent 1000 --hello 500 --drip 3000 --mute 500 --cancel 1000
	attack "5,000 with ten certificates" "$devices" --silent 1000 --hello 500 --drip 3000 --mute 500 --cancel 1000
} | write_table hostile
echo
{
	echo "| attackers | kind | attempts | turned away | thrown out | after s, at most | there at the end | for s, at most |"
	echo "|---|---|---|---|---|---|---|---|"
	sed 's/: \([a-z]*\) / | \1 /; s/ \([0-9.][0-9.]*\)/ | \1/g; s/^/| /; s/$/ |/' "$dir/kinds"
} | write_table horde
