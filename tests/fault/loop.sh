#!/usr/bin/env bash
# Breaks things under load and then looks whether anything was lost or happened twice.
# usage: loop.sh BUILD_DIR [FAULTS]    default 50
#
# Eight desks write: cases, notes, work orders, telephone calls; half of them over lines that can be cut. Meanwhile the daemon is killed,
# database connections are ended, PostgreSQL is restarted, fast and immediately, and lines are cut, at once or behind some byte. The next
# fault comes when something was acknowledged again, at a moment that chance gives. Afterwards all that was acknowledged is there,
# under the number that was told, and once; no key is without its answer; numbers and change feed have no gap.
set -euo pipefail
# shellcheck source=tests/fault/lib.sh
source "$(dirname "$(readlink -f "$0")")/lib.sh" "$1"
faults=${2:-50}
writers=8
recovery=30 # seconds; so long may it take until something is acknowledged again

fault_stop() {
	local i
	for i in $(seq $writers); do touch "$dir/w$i.stop"; done
}

kill_daemon() {
	kill -KILL "$(cat "$dir/stewardd.pid")"
	# On the same port, so that the desks find it again.
	"$daemon" start "$dir" --port "$work_port" --cluster-durable=true
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
	restart_immediate) restart_postgres immediate ;;
	*) "$1" ;;
	esac
}

acked() {
	cat "$dir"/w[1-8] | wc -l
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

# Every acknowledged effect is there, and once. The file's lines are "METHOD KEY NUMBER".
check_acknowledged() {
	psql -Xq -v ON_ERROR_STOP=1 <<-SQL
		set search_path = steward_code, steward, public;
		create unlogged table public.acked (method text, key uuid, number text);
		\\copy public.acked from '$dir/acked' delimiter ' '
	SQL
	expect "every acknowledged key holds its answer" 0 "$(sql "select count(*) from acked a where not exists
		(select from idem i where i.key = a.key and i.method = a.method and i.code = 0 and i.response is not null)")"
	expect "every acknowledged case is stored under its number" 0 "$(sql "select count(*) from acked a where method = 'case.Open'
		and not exists (select from desk_case c where c.id = a.key and c.number = a.number)")"
	expect "every acknowledged note stands at its case, once" 0 "$(sql "select count(*) from acked a where method = 'case.Note' and 1 <>
		(select count(*) from case_event e join desk_case c on c.id = e.case_id where e.text = a.key::text and c.number = a.number)")"
	expect "every acknowledged order is stored under its number" 0 "$(sql "select count(*) from acked a where method = 'case.Dispatch'
		and not exists (select from work_order w where w.id = a.key and w.number = a.number)")"
	expect "every order acknowledged as completed is done, once" 0 "$(sql "select count(*) from acked a where method = 'order.Complete'
		and 1 <> (select count(*) from work_order w join case_event e on e.order_id = w.id and e.verb = 'complete'
		           where w.number = a.number and w.state = 'done')")"
	expect "every acknowledged call is stored under its number" 0 "$(sql "select count(*) from acked a where method = 'call.Ring'
		and not exists (select from phone_call p where p.id = a.key and p.number = a.number)")"
	expect "every call acknowledged as ended has ended" 0 "$(sql "select count(*) from acked a where method = 'call.End'
		and not exists (select from phone_call p where p.number = a.number and p.ended_at is not null)")"
}

# What holds of all there is, acknowledged or not.
check_books() {
	expect "no key was acknowledged twice" 0 "$(sql 'select count(*) - count(distinct key) from acked')"
	expect "no key is without its answer" 0 "$(sql 'select count(*) from idem where response is null or code is null')"
	expect "no note stands there twice" 0 "$(sql "select count(*) - count(distinct text) from case_event where verb = 'note'")"
	expect "every change has one audit row" 0 "$(sql "select count(*) from
		(select method, count(*) n from idem where code = 0 group by 1) i full join
		(select method, count(*) n from audit where code = 0 and device_id is not null and method in (select method from idem)
		  group by 1) a using (method) where i.n is distinct from a.n")"
	expect "every case is in the change feed" 0 "$(sql "select count(*) from desk_case c where not exists
		(select from feed f where f.property_id = c.property_id and f.entity = 'case' and f.id = c.id)")"
	expect "no position of the change feed is beyond its head" 0 "$(sql "select count(*) from feed f join feed_head h
		using (property_id) where f.pos > h.pos")"
	expect "numbers have no gap" 0 "$(sql "select sum(value - 1000 - n) from (
		select value, case series when 'C' then (select count(distinct number) from desk_case where property_id = 1)
			when 'W' then (select count(distinct number) from work_order where property_id = 1)
			when 'HL' then (select count(distinct number) from phone_call where property_id = 1) end as n
		from counter where property_id = 1) x where n is not null")"
}

fault_up --cluster-durable=true
# Processes die here, the machine does not: what was written survives them whether or not it is on the disk. Commits are written before
# they are answered, as always; only the wait for the disk is left out, which would be most of the time this takes.
sql "alter system set fsync = off"
sql "select pg_reload_conf()" >/dev/null
admin user grant admin manager SUN -q --yes >/dev/null
relay_up line1
ports=("$relay_port")
relay_up line2
ports+=("$relay_port")
pids=()
for i in $(seq $writers); do
	profile_of "desk$i" "$([ $((i % 2)) = 0 ] || echo "${ports[i / 2 % 2]}")"
	: >"$dir/w$i"
	writer "$dir/desk$i" SUN "$dir/w$i" >"$dir/w$i.out" 2>"$dir/w$i.err" &
	pids+=($!)
done
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
all_ended "${pids[@]}"
cat "$dir"/w*.err
cat "$dir"/w[1-8] >"$dir/acked"
check_acknowledged
check_books
for method in case.Open case.Note case.Dispatch order.Complete call.End; do
	[ "$faults" -lt 50 ] || grep -q "^$method " "$dir/acked" || expect "$method was tried" some none
done
awk '{ n[$1]++; us[$1] += $2 } END { for (k in n) printf "%s: %d, until something was acknowledged again %d ms on average\n", k, n[k], us[k] / n[k] / 1000 }' "$dir/faults"
awk -v faults="$faults" -v took="$took" '{ a += $1; r += $3 } END { printf "%d faults in %d s, %d acknowledged, %d attempts repeated\n", faults, took, a, r }' "$dir"/w*.out
