#!/usr/bin/env bash
# Breaks things under load and then looks whether anything was lost or happened twice.
# usage: loop.sh BUILD_DIR [FAULTS]    default 50
#
# Eight desks open cases; meanwhile the daemon is killed, database connections are ended, PostgreSQL is restarted, fast and
# immediately. Afterwards: every acknowledged case is stored, under the number that was told; no key made two; no key is
# without its answer; the change feed has no gap.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
BUILD_DIR=$(readlink -f "$1")
export BUILD_DIR
faults=${2:-50}
writers=8
dir=/tmp/steward-fault-$$
daemon=$here/../support/daemon.sh
export PGHOST=$dir/run PGUSER=postgres PGDATABASE=steward

# shellcheck disable=SC2317 # called by the trap
cleanup() {
	touch "$dir"/w{1..8}.stop 2>/dev/null || true
	wait || true
	"$daemon" down "$dir" || true
}
trap cleanup EXIT

sql() {
	psql -XqAt -v ON_ERROR_STOP=1 -c "set search_path = steward_code, steward, public" -c "$1"
}

port() {
	sed -n 's/^port *= *//p' "$dir/desk/client.conf"
}

# Restarted on the same port, so that the desks find it again.
start_daemon() {
	"$daemon" start "$dir" --port "$work_port" --cluster-durable=true
}

kill_daemon() {
	kill -KILL "$(cat "$dir/stewardd.pid")"
	start_daemon
}

end_connections() {
	sql "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'stewardd'" >/dev/null || true
}

restart_postgres() {
	local bin
	bin=$(pg_config --bindir)
	if [ "$(id -u)" = 0 ]; then
		runuser -u postgres -- "$bin/pg_ctl" -D "$dir/pg" -m "$1" -w restart >/dev/null 2>&1 </dev/null || true
	else
		"$bin/pg_ctl" -D "$dir/pg" -m "$1" -w restart >/dev/null 2>&1 </dev/null || true
	fi
}

break_something() {
	case $(($1 % 5)) in
	0) kill_daemon ;;
	1 | 2) end_connections ;;
	3) restart_postgres fast ;;
	4) restart_postgres immediate ;;
	esac
}

# NAME EXPECTED ACTUAL
expect() {
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		echo "FAILED: $1: expected $2, found $3"
		failed=1
	fi
}

"$daemon" up "$dir" --cluster-durable=true
work_port=$(port)
STEWARD_HOME=$dir/desk "$BUILD_DIR/client/cli/steward" user grant admin clerk SUN -q --yes >/dev/null
pids=()
for i in $(seq $writers); do
	"$BUILD_DIR/tests/fault/writer" "$dir/desk" SUN "$dir/w$i" >"$dir/w$i.out" 2>"$dir/w$i.err" &
	pids+=($!)
done
for i in $(seq "$faults"); do
	sleep 0.$((RANDOM % 9 + 1))
	break_something "$i"
done
sleep 1
touch "$dir"/w{1..8}.stop
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
cat "$dir"/w*.err
cat "$dir"/w[1-8] | sort >"$dir/acked"
acked=$(wc -l <"$dir/acked")
repeated=$(awk '{ n += $3 } END { print n }' "$dir"/w*.out)

sql "select id || ' ' || number from desk_case" | sort >"$dir/stored"
expect "every acknowledged case is stored under its number" 0 "$(comm -23 "$dir/acked" "$dir/stored" | wc -l)"
expect "no key was acknowledged twice" 0 "$(cut -d' ' -f1 "$dir/acked" | uniq -d | wc -l)"
expect "no number was given twice" 0 "$(cut -d' ' -f2 "$dir/stored" | sort | uniq -d | wc -l)"
expect "no key is without its answer" 0 "$(sql 'select count(*) from idem where response is null')"
expect "every case has its audit row" 0 "$(sql "select count(*) from desk_case c where not exists
	(select from audit a where a.entity_id = c.id and a.method = 'case.Open')")"
expect "every case is in the change feed" 0 "$(sql "select count(*) from desk_case c where not exists
	(select from feed f where f.property_id = c.property_id and f.entity = 'case' and f.id = c.id)")"
expect "numbers have no gap" 0 "$(sql "select max(substr(number, 3)::int) - 1000 - count(*) from desk_case")"
[ "$acked" -gt 0 ] || failed=1
echo "$faults faults, $acked acknowledged, $repeated attempts repeated"
exit $failed
