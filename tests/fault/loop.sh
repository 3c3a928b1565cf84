#!/usr/bin/env bash
# Breaks things under load and then looks whether anything was lost or happened twice.
# usage: loop.sh BUILD_DIR [FAULTS]    default 50
#
# Eight desks write: cases, notes, work orders, telephone calls, bills, payments, voids, refunds, credit notes, entries; half of them over
# lines that can be cut. The daemon bills one month of 3,000 places after the other. Meanwhile the daemon is killed, database connections are ended, PostgreSQL is restarted, fast and immediately, and lines are cut, at once or behind some byte. The next
# fault comes when something was acknowledged again, at a moment that chance gives. Afterwards all that was acknowledged is there,
# under the number that was told, and once; no key is without its answer; numbers and change feed have no gap; the books agree with the
# documents, and no place is billed twice for a month.
set -euo pipefail
# shellcheck source=tests/fault/lib.sh
source "$(dirname "$(readlink -f "$0")")/lib.sh" "$1"
# shellcheck source=tests/fault/money.bash
source "$here/money.bash"
faults=${2:-50}
writers=8
recovery=30 # seconds; so long may it take until something is acknowledged again

fault_stop() {
	local i
	for i in $(seq $writers); do touch "$dir/w$i.stop"; done
	touch "$dir/biller.stop"
}

kill_daemon() {
	when_billing
	kill -KILL "$(daemon_pid)"
	# shellcheck disable=SC2119 # its options are as they were
	start_daemon
}

end_connections() {
	sql "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'stewardd'" >/dev/null || true
}

restart_postgres() {
	local bin as=()
	bin=$(pg_config --bindir)
	[ "$(id -u)" != 0 ] || as=(runuser -u postgres --)
	"${as[@]}" "$bin/pg_ctl" -D "$dir/pg" -m "$1" -w restart >/dev/null 2>&1 </dev/null || true
}

cut_line() {
	local fd=${relay_fds[$((RANDOM % ${#relay_fds[@]}))]}
	echo "$1" >&"$fd"
}

kinds=(kill_daemon cut_up end_connections cut_all restart_fast cut_up cut_down end_connections restart_immediate cut_down)

break_something() {
	case $1 in
	cut_all) cut_line cut ;;
	cut_up) cut_line "cut up $((RANDOM % 4000))" ;;
	cut_down) cut_line "cut down $((RANDOM % 4000))" ;;
	restart_fast) restart_postgres fast ;;
	restart_immediate)
		when_billing
		restart_postgres immediate
		;;
	*) "$1" ;;
	esac
}

# The world goes on: more than this many are acknowledged.
await_more_than() {
	local until=$((SECONDS + recovery))
	while [ "$(acked)" -le "$1" ]; do
		if [ $SECONDS -ge $until ]; then
			echo "FAILED: nothing was acknowledged within $recovery s after fault $2"
			exit 1
		fi
		sleep 0.02
	done
	sleep 0.0$((RANDOM % 9 + 1))
}

fault_up --cluster-durable=true
# Processes die here, the machine does not: what was written survives them whether or not it is on the disk. Commits are written before
# they are answered, as always; only the wait for the disk is left out, which would be most of the time this takes.
sql "alter system set fsync = off"
sql "select pg_reload_conf()" >/dev/null
admin user grant admin manager SUN -q --yes >/dev/null
money_begin
relay_up line1
ports=("$relay_port")
relay_up line2
ports+=("$relay_port")
pids=()
for i in $(seq $writers); do
	profile_of "desk$i" "$([ $((i % 2)) = 0 ] || echo "${ports[i / 2 % 2]}")"
	: >"$dir/w$i"
	writer "$dir/desk$i" SUN "$dir/w$i" money >"$dir/w$i.out" 2>"$dir/w$i.err" &
	pids+=($!)
done
bill_months &
biller=$!
began=$SECONDS
await_more_than 0 0
for i in $(seq "$faults"); do
	kind=${kinds[i % ${#kinds[@]}]}
	before=$(acked)
	at=${EPOCHREALTIME/./}
	break_something "$kind"
	await_more_than "$before" "$i, $kind,"
	echo "$kind $((${EPOCHREALTIME/./} - at))" >>"$dir/faults"
	[ $((i % 50)) != 0 ] || echo "$i faults, $(acked) acknowledged, $((SECONDS - began)) s"
done
took=$((SECONDS - began))
fault_stop
all_ended "${pids[@]}" "$biller"
cat "$dir"/w*.err
check_all
check_money
for method in case.Open case.Note case.Dispatch order.Complete call.End bill.Add payment.Take payment.VoidReceipt payment.Refund bill.Credit ledger.Post \
	ledger.Reverse; do
	[ "$faults" -lt 50 ] || grep -q "^$method " "$dir/acked" || expect "$method was tried" some none
done
awk '{ n[$1]++; us[$1] += $2 } END { for (k in n) printf "%s: %d, until something was acknowledged again %d ms on average\n", k, n[k], us[k] / n[k] / 1000 }' "$dir/faults"
awk -v faults="$faults" -v took="$took" '{ a += $1; r += $3 } END { printf "%d faults in %d s, %d acknowledged, %d attempts repeated\n", faults, took, a, r }' "$dir"/w*.out
