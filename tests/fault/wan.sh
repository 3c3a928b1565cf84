#!/usr/bin/env bash
# The walk of a desk over a bad line: 5 % of the packets lost once, 256 kbit/s, byte by byte.
# usage: wan.sh BUILD_DIR [ROUNDS] [RTT]    default 5 rounds at 600 ms
#
# Each round is a day of the command line: log in, open, show, note, list, board, with a second desk that watches live. In between a batch of
# rows is imported, twice: the second time changes nothing. Every command must end well, whatever time it takes; nothing may be there twice.
set -euo pipefail
# shellcheck source=tests/fault/lib.sh
source "$(dirname "$(readlink -f "$0")")/lib.sh" "$1"
rounds=${2:-5}
rtt=${3:-600}
patience=120 # seconds until the watch must have told

# desk COMMAND...: over the bad line.
desk() {
	STEWARD_HOME=$dir/wan timeout "$patience" steward "$@"
}

# The watch has told of this method by now.
await_told() {
	local until=$((SECONDS + patience))
	until grep -q "$1" "$dir/watched"; do
		if [ $SECONDS -ge $until ]; then
			echo "FAILED: the watch told nothing of $1 within $patience s"
			exit 1
		fi
		sleep 0.05
	done
}

batch() {
	local i
	echo 'property,ref,opened,kind,channel,summary'
	for i in $(seq "$rows"); do echo "SUN,$1-$i,2026-01-05 10:00,inquiry,phone,Row $i of the batch"; done
}

fault_stop() {
	[ -z "${watcher:-}" ] || kill "$watcher" 2>/dev/null || true
}

round() {
	local number
	desk login manager --password-file "$dir/password" -q
	number=$(desk -p SUN case open --kind repair --spot lobby --summary "Round $1" --json | jq -r '.number')
	await_told "$number"
	desk case note "$number" "note of round $1" -q
	desk case show "$number" --json | jq -e --arg t "note of round $1" '[.timeline[] | select(.text == $t)] | length == 1' >/dev/null ||
		expect "the note of round $1 is seen once" 1 '?'
	desk case list --json | jq -e --arg n "$number" 'any(.[]; .number == $n)' >/dev/null || expect "$number is listed" yes no
	desk board >/dev/null
	await_told 'case.Note'
	batch "B$1" >"$dir/batch.csv"
	desk case import "$dir/batch.csv" --origin wan -q >/dev/null
	desk case import "$dir/batch.csv" --origin wan -q >/dev/null
	desk logout -q
}

fault_up --cluster-durable=false
echo 'correct horse battery staple' >"$dir/password"
rows=$((rtt < 300 ? 20 : 200))
relay_up line --rtt "$rtt" --stall 5 --rate 256 --bytewise
profile_of wan "$relay_port"
rm -f "$dir/wan/session.token"
profile_of watch "$relay_port"
STEWARD_HOME=$dir/watch steward watch --json >"$dir/watched" 2>"$dir/watch.err" &
watcher=$!
began=$SECONDS
for i in $(seq "$rounds"); do
	round "$i"
	echo "round $i: $((SECONDS - began)) s"
done
expect "cases opened by hand" "$rounds" "$(sql "select count(*) from desk_case where summary like 'Round %'")"
expect "notes" "$rounds" "$(sql "select count(*) from case_event where text like 'note of round %'")"
expect "rows of the batches" $((rounds * rows)) "$(sql "select count(*) from desk_case where origin = 'wan'")"
expect "rows that are there twice" 0 "$(sql "select count(*) - count(distinct origin_ref) from desk_case where origin = 'wan'")"
expect "keys without an answer" 0 "$(sql 'select count(*) from idem where response is null or code is null')"
kill -0 "$watcher" 2>/dev/null || expect "the watch lived to the end" yes "$(cat "$dir/watch.err")"
echo "$rounds rounds of 9 commands at $rtt ms round trip in $((SECONDS - began)) s"
