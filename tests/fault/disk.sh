#!/usr/bin/env bash
# Full disks: the volume of the data, then the volume of PostgreSQL's log, each on a small file system of its own.
# usage: disk.sh BUILD_DIR [TIMES]    how often each volume fills up (default 2)
#
# The data's volume: changes are refused with RESOURCE_EXHAUSTED and a sentence, what only reads goes on, and as soon as there is room
# changes go on, without a restart of anything. The log's volume: PostgreSQL gives up, the daemon stays, says UNAVAILABLE, and has
# PostgreSQL back ten seconds after there is room. Nothing acknowledged is missing either time.
# shellcheck disable=SC2317,SC2119 # functions are called by name
set -euo pipefail
# shellcheck source=tests/fault/lib.sh
source "$(dirname "$(readlink -f "$0")")/lib.sh" "$1"
times=${2:-2}

if [ "$(id -u)" != 0 ]; then
	echo "disk: skipped: only root may mount the small volumes this needs"
	exit 0
fi
mkdir -p "$dir.try"
if ! mount -t tmpfs -o size=1m tmpfs "$dir.try" 2>/dev/null; then
	rmdir "$dir.try"
	echo "disk: skipped: this machine does not let us mount a volume"
	exit 0
fi
umount "$dir.try"
rmdir "$dir.try"

fault_stop() {
	writers_leave
	"$daemon" stop "$dir" || failed=1
	umount "$dir/volume" 2>/dev/null || true
}

# on_volume DIRECTORY SPARE: moves it onto a volume with that many MiB to spare.
on_volume() {
	local size
	size=$(($(du -sm "$1" | cut -f1) + $2))
	mkdir -p "$dir/volume"
	mount -t tmpfs -o "size=${size}m,mode=755" tmpfs "$dir/volume"
	cp -a "$1" "$dir/volume/data"
	rm -rf "$1"
	ln -s "$dir/volume/data" "$1"
	chown -h postgres: "$1"
}

off_volume() {
	rm "$1"
	cp -a "$dir/volume/data" "$1"
	umount "$dir/volume"
}

# To the last byte; what is written in place still finds its room.
fill() {
	cat /dev/zero >"$dir/volume/ballast" 2>/dev/null || true
}

make_room() {
	rm "$dir/volume/ballast"
}

refused_for_room() {
	! open_case "No room" >"$dir/refused" 2>&1 && grep -q 'disk of the database is full' "$dir/refused"
}

log_codes() {
	grep -o 'op rpc=case.Open .*code=[A-Z_]*' "$dir/log" | sed 's/.*code=//' | sort -u | paste -sd' '
}

# One personal read leaves a row in the audit; lists do not.
read_ok() {
	local i bad=0
	for i in $(seq 20); do
		admin -p SUN case list --limit 20 -q -o name >/dev/null 2>"$dir/unread" || bad=$((bad + 1))
	done
	expect "reads go on" 0 "$bad"
	[ "$bad" = 0 ] || cat "$dir/unread"
}

data_full() {
	local before
	echo "-- the data's volume, $1"
	before=$(head -1 "$dir/pg/postmaster.pid")
	fill
	await 120 "a refusal" refused_for_room || return 0
	echo "ok: refused with a sentence after $awaited_ms ms: $(head -1 "$dir/refused")"
	read_ok
	make_room
	await 10 "changes to go on" open_case "There is room again" || return 0
	echo "ok: changes go on $awaited_ms ms after there is room"
	await 10 "the other desks" acked_more_than "$(acked)" || return 0
	expect "without a restart of the database" "$before" "$(head -1 "$dir/pg/postmaster.pid")"
}

# Codes a desk was told while the data's volume was full.
codes_of_full_data() {
	local codes
	codes=$(log_codes)
	expect "only these answers were given" "OK RESOURCE_EXHAUSTED" "$codes"
}

times_ended() {
	grep -c 'postgresql=ended' "$dir/log" || true
}

# Work that needs room in the log, until there is none and PostgreSQL cannot even recover.
write_log() {
	sql "select pg_logical_emit_message(false, 'test', repeat('x', 1 << 20)) from generate_series(1, 64)" >/dev/null 2>&1 || true
	[ "$(times_ended)" -gt "$ended" ]
}

told_unavailable() {
	local code=0
	open_case "No database" >"$dir/refused" 2>&1 || code=$?
	[ "$code" = 9 ]
}

log_full() {
	local before
	echo "-- the log's volume, $1"
	before=$(daemon_pid)
	ended=$(times_ended)
	fill
	await 60 "the end of PostgreSQL" write_log || return 0
	echo "ok: PostgreSQL gave up after $awaited_ms ms"
	await 30 "a refusal" told_unavailable || return 0
	echo "ok: the daemon says: $(head -1 "$dir/refused")"
	sleep 6 # the tries to start it come ever later, and this is to be measured at its worst
	make_room
	await 60 "changes to go on" open_case "There is room again" || return 0
	expect_most "milliseconds until changes go on" 10000 "$awaited_ms"
	expect "the daemon has stayed" "$before" "$(daemon_pid)"
	expect "its log says why" yes "$(grep 'postgresql=ended' "$dir/log" | grep -q 'No space left' && echo yes || echo no)"
}

fault_up --cluster-durable=true
admin user grant admin manager SUN -q --yes >/dev/null
"$daemon" stop "$dir"
mv "$dir/pg/pg_wal" "$dir/wal"
ln -s "$dir/wal" "$dir/pg/pg_wal"
on_volume "$dir/pg" 8
start_daemon
writers_start 4
for i in $(seq "$times"); do data_full "$i"; done
codes_of_full_data
writers_stop
check_all
echo "$(acked) acknowledged"

"$daemon" stop "$dir"
off_volume "$dir/pg"
rm "$dir/pg/pg_wal"
on_volume "$dir/wal" 40
ln -s "$dir/wal" "$dir/pg/pg_wal"
start_daemon
writers_start 4
for i in $(seq "$times"); do log_full "$i"; done
writers_stop
check_all
echo "$(acked) acknowledged"
