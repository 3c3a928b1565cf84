# shellcheck shell=bash
# shellcheck disable=SC2154 # dir, build and part belong to whoever sources this
# For the parts of ./dev fault: a daemon of one's own, desks that write, and the question whether all is there.
#
#   part=disk build=BUILD_DIR; source fault-lib.sh; fault_up; writers_start 4; ...; writers_stop; books; fault_end
#
# A part that fails keeps its directory.

support=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
BUILD_DIR=$(readlink -f "$build")
export BUILD_DIR
dir=/tmp/steward-$part-$$
daemon=$support/daemon.sh
export PGHOST=$dir/run PGUSER=postgres PGDATABASE=steward
failed=0
writers=0
writer_pids=()

# What else a part has to take down again.
fault_clean() {
	:
}

fault_down() {
	local code=$?
	touch "$dir"/w{1..9}.stop 2>/dev/null || true
	wait "${writer_pids[@]}" 2>/dev/null || true
	"$daemon" stop "$dir" || code=1
	fault_clean
	if [ "$code" = 0 ] && [ "$failed" = 0 ]; then
		rm -rf "$dir"
	else
		echo "$part: what is left stands in $dir" >&2
	fi
}

# fault_up [options]: a daemon with its database, which waits for the disk as in earnest. The clerk's desk is open.
fault_up() {
	trap fault_down EXIT
	"$daemon" up "$dir" --cluster-durable=true "$@"
	work_port=$(port)
	desk user grant admin clerk SUN -q --yes >/dev/null
}

# start_daemon [options]: again, on the same port, so that the desks find it.
start_daemon() {
	"$daemon" start "$dir" --port "$work_port" --cluster-durable=true "$@"
}

stop_daemon() {
	"$daemon" stop "$dir"
}

fault_end() {
	exit "$failed"
}

port() {
	sed -n 's/^port *= *//p' "$dir/desk/client.conf"
}

desk() {
	STEWARD_HOME=$dir/desk "$BUILD_DIR/client/cli/steward" "$@"
}

open_case() {
	desk -p SUN case open --kind repair --spot lobby --summary "$1" -o name
}

sql() {
	psql -XqAt -v ON_ERROR_STOP=1 -c "set search_path = steward_code, steward, public" -c "$1"
}

daemon_pid() {
	cat "$dir/stewardd.pid"
}

postmaster_pid() {
	head -1 "$dir/pg/postmaster.pid" 2>/dev/null
}

now_ms() {
	date +%s%3N
}

# expect SENTENCE EXPECTED ACTUAL
expect() {
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		echo "FAILED: $1: expected $2, found $3"
		failed=1
	fi
}

# expect_most SENTENCE MOST ACTUAL
expect_most() {
	if [ "$3" -le "$2" ]; then
		echo "ok: $1 ($3, at most $2)"
	else
		echo "FAILED: $1: $3 is more than $2"
		failed=1
	fi
}

# await SECONDS WHAT COMMAND...: until the command succeeds; prints how many milliseconds that took.
await() {
	local begin until what=$2
	begin=$(now_ms)
	until=$((begin + $1 * 1000))
	shift 2
	until "$@" >/dev/null 2>&1; do
		if [ "$(now_ms)" -gt "$until" ]; then
			echo "$part: waited in vain for $what" >&2
			failed=1
			return 1
		fi
		sleep 0.1
	done
	echo $(($(now_ms) - begin))
}

# writers_start N: desks that open cases without end, and note what was acknowledged.
writers_start() {
	local i
	writers=$1
	for i in $(seq "$writers"); do
		rm -f "$dir/w$i.stop"
		"$BUILD_DIR/tests/fault/writer" "$dir/desk" SUN "$dir/w$i" >"$dir/w$i.out" 2>"$dir/w$i.err" &
		writer_pids+=($!)
	done
}

writers_stop() {
	local i pid
	for i in $(seq "$writers"); do touch "$dir/w$i.stop"; done
	for pid in "${writer_pids[@]}"; do wait "$pid" || failed=1; done
	writer_pids=()
	cat "$dir"/w*.err
}

acked() {
	cat "$dir"/w[1-9] | wc -l
}

acked_more_than() {
	[ "$(acked)" -gt "$1" ]
}

# Nothing acknowledged is missing, nothing happened twice.
books() {
	cat "$dir"/w[1-9] | sort >"$dir/acked"
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
	[ -s "$dir/acked" ] || expect "something was acknowledged" yes no
	echo "$(wc -l <"$dir/acked") acknowledged"
}
