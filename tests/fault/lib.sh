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

# all_ended PID...: waits for programs; their failure is the part's.
all_ended() {
	local pid
	for pid in "$@"; do wait "$pid" || failed=1; done
}
