#!/usr/bin/env bash
# Restarts the daemon in good order while desks work: what the client library repeats by itself is enough, no call fails.
# usage: drain.sh BUILD_DIR [RESTARTS]    default 10
#
# Eight desks write and read, and treat every call that does not end well as a failure. Each restart is a SIGTERM, the daemon's own end (its
# private PostgreSQL ends with it), and a start on the same port; the next comes when every desk was answered again.
set -euo pipefail
# shellcheck source=tests/fault/lib.sh
source "$(dirname "$(readlink -f "$0")")/lib.sh" "$1"
restarts=${2:-10}
writers=8
recovery=60 # seconds

fault_stop() {
	local i
	for i in $(seq $writers); do touch "$dir/w$i.stop"; done
}

# Every desk has been answered since.
await_all() {
	local i until=$((SECONDS + recovery))
	for i in $(seq $writers); do
		while [ "$(wc -l <"$dir/w$i")" -le "${counts[i]}" ]; do
			if [ $SECONDS -ge $until ]; then
				echo "FAILED: desk $i was not answered within $recovery s"
				exit 1
			fi
			sleep 0.02
		done
	done
}

count_all() {
	local i
	for i in $(seq $writers); do counts[i]=$(wc -l <"$dir/w$i"); done
}

fault_up --cluster-durable=false
admin user grant admin manager SUN -q --yes >/dev/null
pids=()
counts=()
for i in $(seq $writers); do
	profile_of "desk$i"
	: >"$dir/w$i"
	writer "$dir/desk$i" SUN "$dir/w$i" strict >"$dir/w$i.out" 2>"$dir/w$i.err" &
	pids+=($!)
done
count_all
await_all
away=0
for i in $(seq "$restarts"); do
	at=${EPOCHREALTIME/./}
	"$daemon" stop "$dir"
	"$daemon" start "$dir" --port "$work_port"
	away=$((away + ${EPOCHREALTIME/./} - at))
	count_all
	await_all
	[ $((i % 20)) != 0 ] || echo "$i restarts"
done
fault_stop
all_ended "${pids[@]}"
expect "calls that failed" 0 "$(cat "$dir"/w*.err | wc -l)"
sort "$dir"/w*.err | uniq -c | head -20
cat "$dir"/w[1-8] >"$dir/acked"
expect "every acknowledged note stands at its case, once" "$(grep -c '^case.Note' "$dir/acked")" "$(sql "select count(*) from case_event e
	where verb = 'note' and e.text = any(string_to_array('$(awk '$1 == "case.Note" { print $2 }' "$dir/acked" | paste -sd,)', ','))")"
expect "no note stands there twice" 0 "$(sql "select count(*) - count(distinct text) from case_event where verb = 'note'")"
echo "$restarts restarts, the daemon away for $((away / restarts / 1000)) ms on average, $(wc -l <"$dir/acked") calls acknowledged"
