#!/usr/bin/env bash
# The machine of the database is lost: a primary with a synchronous standby, both real, and a daemon that knows both.
# usage: failover.sh BUILD_DIR [TIMES]    how often the primary is lost (default 2; the lost one comes back as a standby)
#
# Under writing desks all processes of the primary are killed at once; for two seconds there is only a standby, at which the daemon
# must not work; then the standby is promoted. The desks go on within ten seconds, by the same daemon. What was acknowledged is all
# there; what was not known was asked again under its key and is there once.
# shellcheck disable=SC2317,SC2119 # functions are called by name
set -euo pipefail
# shellcheck source=tests/fault/lib.sh
source "$(dirname "$(readlink -f "$0")")/lib.sh" "$1"
times=${2:-2}
bin=$(pg_config --bindir)

# Programs of PostgreSQL do not run as root.
as_postgres() {
	if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# The two are called a and b: data in DIR/pg_a, sockets in DIR/run_a.
other() {
	if [ "$1" = a ]; then echo b; else echo a; fi
}

start_database() {
	as_postgres "$bin/pg_ctl" -D "$dir/pg_$1" -l "$dir/run_$1/log" -o "-c unix_socket_directories=$dir/run_$1" -w start \
		>/dev/null </dev/null
}

stop_database() {
	as_postgres "$bin/pg_ctl" -D "$dir/pg_$1" -m immediate stop >/dev/null 2>&1 || true
}

fault_stop() {
	writers_leave
	"$daemon" stop "$dir" || failed=1
	stop_database a
	stop_database b
}

sql_at() {
	PGHOST=$dir/run_$1 sql "$2"
}

is_synchronous() {
	[ "$(sql_at "$1" "select count(*) from pg_stat_replication where sync_state = 'sync'")" = 1 ]
}

# standby_of PRIMARY: the other one, as a copy of it that follows; from now on nothing is committed before it has it too.
standby_of() {
	local standby
	standby=$(other "$1")
	rm -rf "$dir/pg_$standby"
	as_postgres "$bin/pg_basebackup" -h "$dir/run_$1" -U postgres -D "$dir/pg_$standby" -c fast -R \
		-d "application_name=standby" >/dev/null
	start_database "$standby"
	sql_at "$1" "alter system set synchronous_standby_names = 'standby'" >/dev/null
	sql_at "$1" "select pg_reload_conf()" >/dev/null
	await 30 "the standby" is_synchronous "$1"
}

# As when its machine loses power.
lose() {
	local postmaster
	postmaster=$(head -1 "$dir/pg_$1/postmaster.pid")
	# shellcheck disable=SC2046 # several numbers
	kill -KILL "$postmaster" $(pgrep -P "$postmaster")
}

promote() {
	# The copy says that it waits for a standby as well: there is none yet.
	as_postgres sed -i '/synchronous_standby_names/d' "$dir/pg_$1/postgresql.auto.conf"
	as_postgres "$bin/pg_ctl" -D "$dir/pg_$1" -w promote >/dev/null
	sql_at "$1" "select pg_reload_conf()" >/dev/null
}

times_at_standby() {
	grep -c 'session is read-only' "$dir/log" || true
}

fail_over() {
	local from=$1 to before met
	to=$(other "$from")
	echo "-- from $from to $to"
	before=$(daemon_pid)
	met=$(times_at_standby)
	await 20 "the desks" acked_more_than "$(($(acked) + 5))" || return 0
	lose "$from"
	sleep 2
	expect "the standby was met, and was no place to work" yes "$([ "$(times_at_standby)" -gt "$met" ] && echo yes || echo no)"
	admin -p SUN case list -q >/dev/null 2>&1 && expect "nothing is answered from the standby" refused answered
	promote "$to"
	await 30 "changes to go on" open_case "On the new primary" || return 0
	expect_most "milliseconds from the promotion until changes go on" 10000 "$awaited_ms"
	await 20 "the desks" acked_more_than "$(acked)" || return 0
	expect "the daemon has stayed" "$before" "$(daemon_pid)"
}

fault_up --cluster-durable=true
admin user grant admin manager SUN -q --yes >/dev/null
"$daemon" stop "$dir"
for name in a b; do
	mkdir -m 755 "$dir/run_$name"
	[ "$(id -u)" != 0 ] || chown postgres: "$dir/run_$name"
done
[ "$(id -u)" != 0 ] || chown postgres: "$dir" # it makes the copies
mv "$dir/pg" "$dir/pg_a"
echo 'local replication postgres peer map=steward' >>"$dir/pg_a/pg_hba.conf"
start_database a
standby_of a
start_daemon --db-host "$dir/run_a,$dir/run_b" --log-level debug
writers_start 4
primary=a
for i in $(seq "$times"); do
	fail_over "$primary"
	primary=$(other "$primary")
	[ "$i" = "$times" ] || standby_of "$primary"
done
writers_stop
export PGHOST=$dir/run_$primary
check_all
echo "$(acked) acknowledged"
