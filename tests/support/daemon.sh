#!/usr/bin/env bash
# A daemon of one's own for a test: `daemon.sh up DIR` starts one on a copy of a prepared data directory (properties SUN and
# LAK, a user for every role), `daemon.sh down DIR` stops it and removes the directory. The prepared directory is made once for each
# build of the daemon; `daemon.sh forget` removes it before its time, for a build that will not come again.
#
# BUILD_DIR names the build, STEWARDD another executable than its daemon; the daemon listens on free ports, which stand in DIR/desk/client.conf.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=${BUILD_DIR:?BUILD_DIR is not set}
stewardd=${STEWARDD:-$build/server/stewardd}

# A twentieth of a second without a process of its own: most of what a test waits for is polled for like this.
exec {never}<> <(:)
pause() {
	read -rt 0.05 -u "$never" || true
}

# The daemon, and how it ended: DIR/exit.PID.
# shellcheck disable=SC2016 # the inner shell expands it
watched='"$@" & pid=$!; wait $pid; echo $? >"$0/exit.$pid"'

# start DIR [options]: waits until it answers. DAEMON_ENV: NAME=VALUE... for the daemon alone.
# shellcheck disable=SC2086 # several of them
start() {
	local dir=$1
	shift
	rm -f "$dir/stewardd.pid"
	setsid bash -c "$watched" "$dir" \
		env ASAN_OPTIONS=detect_leaks=1 ${DAEMON_ENV:-} "$stewardd" --data "$dir" --port 0 --enrol-port 0 --cluster-durable=false "$@" >>"$dir/log" 2>&1 </dev/null {never}>&- &
	local child=$!
	for _ in $(seq 600); do
		[ -s "$dir/stewardd.pid" ] && cp "$dir/stewardd.pid" "$dir/watched.pid" && return
		kill -0 "$child" 2>/dev/null || break
		pause
	done
	echo "daemon.sh: the daemon did not start:" >&2
	tail -20 "$dir/log" >&2
	return 1
}

# It ended as it should, and no sanitizer complained.
check_end() {
	local dir=$1 pid=$2 code
	for _ in $(seq 100); do
		[ -s "$dir/exit.$pid" ] && break
		pause
	done
	code=$(cat "$dir/exit.$pid" 2>/dev/null || echo '?')
	rm -f "$dir/watched.pid"
	[ "$code" = 0 ] && ! grep -qE 'ERROR: [A-Za-z]+Sanitizer|runtime error:' "$dir/log" && return
	echo "daemon.sh: the daemon ended with code $code:" >&2
	grep -nE -A 60 'ERROR: [A-Za-z]+Sanitizer|runtime error:' "$dir/log" | head -200 >&2
	tail -5 "$dir/log" >&2
	return 1
}

# The daemon may be on its way already, or gone.
stop() {
	local dir=$1 pid
	[ -s "$dir/watched.pid" ] || return 0
	pid=$(cat "$dir/watched.pid")
	kill "$pid" 2>/dev/null || true
	for _ in $(seq 1200); do
		kill -0 "$pid" 2>/dev/null || {
			check_end "$dir" "$pid"
			return
		}
		pause
	done
	echo "daemon.sh: the daemon did not stop" >&2
	return 1
}

# Everything that decides what the prepared directory holds: the programs that make it, as they were linked.
template_name() {
	echo "/tmp/steward-template-$(id -u)-$(stat -Lc '%d %i %s %y' "$stewardd" "$build/tests/support/populate" "$0" | sha256sum | cut -c1-16)"
}

# The people's password under Argon2id at its least cost, so that a login costs a test no third of a second. The cost that the daemon
# takes for a password it is given stands in tests/unit/server/rpc/secret_test.c.
cheap_passwords() {
	psql -XqAt -v ON_ERROR_STOP=1 -h "$1/run" -U postgres -d steward -c "update steward.app_user set
		password_hash = '\$argon2id\$v=19\$m=8,t=1,p=1\$XTcMnCdidGOBdIFjzSUCLw\$GvMNm2EaCdfJQUaSG9ruYaqxQ8S5aPij8iHGwns+Jrg'
		where login <> 'admin'"
}

template() {
	local dir stewardd=$build/server/stewardd
	dir=$(template_name)
	exec 9>"$dir.lock"
	flock 9
	if [ ! -f "$dir/prepared" ]; then
		rm -rf "$dir"
		mkdir -m 711 "$dir"
		start "$dir" 9>&-
		{ "$build/tests/support/populate" "$dir/desk" && cheap_passwords "$dir"; } >>"$dir/log" 2>&1 || {
			tail -20 "$dir/log" >&2
			stop "$dir"
			return 1
		}
		stop "$dir"
		# Those of builds that are no more.
		find /tmp -maxdepth 1 -name "steward-template-$(id -u)-*" -mmin +120 -exec rm -rf {} + 2>/dev/null || true
	fi
	touch "$dir" "$dir/prepared"
	exec 9>&-
	echo "$dir"
}

case "$1" in
up)
	dir=$2
	shift 2
	from=$(template)
	rm -rf "$dir"
	cp -a --reflink=auto "$from" "$dir"
	rm -f "$dir/log" "$dir"/exit.*
	start "$dir" "$@"
	;;
start)
	shift
	start "$@"
	;;
stop)
	stop "$2"
	;;
down)
	code=0
	stop "$2" || code=1
	rm -rf "$2"
	exit $code
	;;
forget)
	dir=$(template_name)
	rm -rf "$dir" "$dir.lock"
	;;
*)
	echo "usage: $here/daemon.sh up|start|stop|down DIR, or forget" >&2
	exit 2
	;;
esac
