# shellcheck shell=bash
# For measurements with many clients: a daemon of one's own with the tests' people, some cases to ask for, and enrolled
# devices. The script that reads this has set: build, dir.
export BUILD_DIR=$build STEWARD_HOME=$dir/desk PATH=$build/client/cli:$PATH LC_ALL=C.UTF-8
daemon=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../support/daemon.sh
bench=$build/tests/bench

desks_up() {
	ulimit -n "$(ulimit -Hn)"
	"$daemon" up "$dir" "$@"
	printf '%s\n' 'correct horse battery staple' >"$dir/password"
	steward user grant admin clerk SUN -q --yes >/dev/null
}

desks_port() {
	sed -n "s/^$1 *= *//p" "$dir/desk/client.conf"
}

# desks_cases N: an import, so that lists have something to show.
desks_cases() {
	awk -v n="$1" 'BEGIN { print "ref,opened,kind,summary"; for (i = 1; i <= n; i++) printf "B%d,2025-%02d-%02d,repair,Row %d of the bench\n",
		i, i % 12 + 1, i % 28 + 1, i }' >"$dir/cases.csv"
	steward case import "$dir/cases.csv" -p SUN -q >"$dir/import.log"
}

# desks_enrol N: devices with a clerk logged in at each; their directories are $dir/device-1 and so on.
desks_enrol() {
	local i token
	for i in $(seq "$1"); do
		token=$(steward device invite "device-$i" SUN --yes --json | jq -r .token)
		STEWARD_HOME=$dir/device-$i steward enrol "$token" --server 127.0.0.1 --port "$(desks_port port)" \
			--enrol-port "$(desks_port enrol_port)" -q
		STEWARD_HOME=$dir/device-$i steward login clerk --password-file "$dir/password" -q >/dev/null
	done
}

# await FILE WORD N: waits until N lines of the file begin with the word.
await() {
	local file=$1 word=$2 n=$3
	for _ in $(seq 6000); do
		[ "$(grep -c "^$word" "$file" || true)" -ge "$n" ] && return
		sleep 0.1
	done
	echo "bench: '$word' did not come in $file" >&2
	cat "$file" >&2
	return 1
}

daemon_pid() {
	cat "$dir/stewardd.pid"
}

# KiB of the daemon's memory that are its own.
daemon_memory() {
	awk '/^(Private_Clean|Private_Dirty):/ { kib += $2 } END { print kib }' "/proc/$(daemon_pid)/smaps_rollup"
}

# Hundredths of a second of processor time used so far.
daemon_ticks() {
	awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$(daemon_pid)/stat"
}
