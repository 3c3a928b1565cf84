# shellcheck shell=bash
# What the parts of a fault run share: a daemon of the part's own, bad lines to it, and the count of what went wrong. A part sources
# this with the build directory and begins with fault_up. What it has running in the end, fault_stop() of its own stops.
#
# FAULT_SEED decides whatever is left to chance; it is printed, and a failure can be run again with it.
BUILD_DIR=$(readlink -f "$1")
export BUILD_DIR
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
part=$(basename "$0" .sh)
dir=/tmp/steward-fault-$part-$$
daemon=$here/../support/daemon.sh
seed=${FAULT_SEED:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$((seed % 32768))
failed=0
export PGHOST=$dir/run PGUSER=postgres PGDATABASE=steward
export PATH=$BUILD_DIR/client/cli:$BUILD_DIR/tests/fault:$PATH

# What failed stays, to be looked at.
fault_down() {
	local code=$?
	[ $code = 0 ] || failed=1
	if declare -F fault_stop >/dev/null; then fault_stop; fi
	# Said, not shown by closing: a daemon started meanwhile holds the other end too.
	for fd in "${relay_fds[@]}"; do echo end >&"$fd" || true; done
	wait || true
	if [ $failed = 0 ]; then
		"$daemon" down "$dir" || failed=1
	else
		"$daemon" stop "$dir" || true
		echo "$part: FAILED with FAULT_SEED=$seed; everything is kept in $dir"
	fi
	exit $failed
}

# fault_up [options of the daemon]: work_port is where it listens, also after a restart.
fault_up() {
	relay_fds=()
	echo "$part: FAULT_SEED=$seed"
	trap fault_down EXIT
	"$daemon" up "$dir" "$@"
	work_port=$(sed -n 's/^port *= *//p' "$dir/desk/client.conf")
}

sql() {
	psql -XqAt -v ON_ERROR_STOP=1 -c "set search_path = steward_code, steward, public" -c "$1"
}

# The command line as the first administrator.
admin() {
	STEWARD_HOME=$dir/desk steward "$@"
}

open_case() {
	admin -p SUN case open --kind repair --spot lobby --summary "$1" -o name
}

daemon_pid() {
	cat "$dir/stewardd.pid"
}

# start_daemon [options]: again, on the same port, so that the desks find it.
start_daemon() {
	"$daemon" start "$dir" --port "$work_port" --cluster-durable=true "$@"
}

# profile_of NAME [PORT]: a copy of the local desk's profile in DIR/NAME, to have a login and a line of its own.
profile_of() {
	cp -r "$dir/desk" "$dir/$1"
	[ -z "${2:-}" ] || sed -i "s/^port *=.*/port = $2/" "$dir/$1/client.conf"
}

# relay_up NAME [options]: a bad line; relay_port is where to connect, relay_fd takes its commands.
relay_up() {
	local name=$1
	shift
	mkfifo "$dir/$name.in"
	relay --seed "$seed" "$@" "$work_port" <"$dir/$name.in" >"$dir/$name.out" &
	exec {relay_fd}>"$dir/$name.in"
	relay_fds+=("$relay_fd")
	until [ -s "$dir/$name.out" ]; do sleep 0.02; done
	# shellcheck disable=SC2034 # for whoever sources this
	relay_port=$(head -1 "$dir/$name.out")
}

# expect NAME EXPECTED ACTUAL
expect() {
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		echo "FAILED: $1: expected $2, found $3"
		failed=1
	fi
}

# expect_most NAME MOST ACTUAL
expect_most() {
	if [ "$3" -le "$2" ]; then
		echo "ok: $1: $3, at most $2"
	else
		echo "FAILED: $1: $3 is more than $2"
		failed=1
	fi
}

# await SECONDS WHAT COMMAND...: until the command succeeds; awaited_ms is how long that took. One that never does is a failure.
await() {
	local begin=${EPOCHREALTIME/./} limit=$1 what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		if [ $((${EPOCHREALTIME/./} - begin)) -gt $((limit * 1000000)) ]; then
			echo "FAILED: waited $limit s in vain for $what"
			failed=1
			return 1
		fi
		sleep 0.1
	done
	# shellcheck disable=SC2034 # for whoever sources this
	awaited_ms=$(((${EPOCHREALTIME/./} - begin) / 1000))
}

# writers_start N: desks that write until writers_stop, at most nine. The first administrator must be a manager at SUN.
writers_start() {
	local i
	writer_pids=()
	for i in $(seq "$1"); do
		rm -f "$dir/w$i.stop"
		: >"$dir/w$i"
		writer "$dir/desk" SUN "$dir/w$i" >"$dir/w$i.out" 2>"$dir/w$i.err" &
		writer_pids+=($!)
	done
}

writers_leave() {
	touch "$dir"/w{1..9}.stop
}

writers_stop() {
	writers_leave
	all_ended "${writer_pids[@]}"
	cat "$dir"/w*.err
}

acked() {
	cat "$dir"/w[1-9] | wc -l
}

acked_more_than() {
	[ "$(acked)" -gt "$1" ]
}

# all_ended PID...: waits for programs; their failure is the part's.
all_ended() {
	local pid
	for pid in "$@"; do wait "$pid" || failed=1; done
}

# Every acknowledged effect is there, and once. The files' lines are "METHOD KEY NUMBER".
check_acknowledged() {
	cat "$dir"/w[1-9] >"$dir/acked"
	PGOPTIONS='-c client_min_messages=warning' psql -Xq -v ON_ERROR_STOP=1 <<-SQL
		set search_path = steward_code, steward, public;
		drop table if exists public.acked;
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

check_all() {
	check_acknowledged
	check_books
	[ -s "$dir/acked" ] || expect "something was acknowledged" yes no
}
