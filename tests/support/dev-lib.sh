# shellcheck shell=bash
# The parts of ./dev.

# Where `./dev run` keeps its data: a place that PostgreSQL's own account can reach, which a checkout below a home
# directory is not.
data=${STEWARD_DATA:-/var/tmp/steward-$(id -un)}

# Objects are found again by every build of this source, wherever its tree lies.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=include_file_mtime,include_file_ctime

packages=(
	gcc clang clang-format meson ninja-build pkg-config ccache libc6-dev
	libuv1-dev libprotobuf-c-dev protobuf-c-compiler protobuf-compiler libprotobuf-dev libpq-dev libssl-dev
	libsodium-dev liboath-dev libutf8proc-dev libinih-dev libjansson-dev libsmartcols-dev libcsv-dev libxml2-dev libical-dev libmagic-dev
	libcmocka-dev postgresql-15 postgresql-client-15 postgresql-15-pgtap postgresql-15-plpgsql-check
	libncurses-dev gettext locales libpango1.0-dev libcairo2-dev libqrencode-dev fonts-open-sans fonts-wqy-microhei poppler-utils zbar-tools
	bats tmux valgrind scdoc mandoc shellcheck python3-protobuf oathtool libclang-rt-14-dev zsh less git openssl jq sslscan hledger ledger
)

say() {
	printf '\033[1m%s\033[0m\n' "$*" >&2
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# install_packages [MORE...]: what is missing of those that everything needs, and of what is named.
install_packages() {
	local missing=() p
	for p in "${packages[@]}" "$@"; do
		dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok installed' || missing+=("$p")
	done
	[ ${#missing[@]} = 0 ] && return
	say "installing: ${missing[*]}"
	as_root apt-get -qq update
	# No cluster of Debian's own: Steward makes a private one.
	as_root mkdir -p /etc/postgresql-common
	[ -e /etc/postgresql-common/createcluster.conf ] ||
		echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
}

# configure_into DIR [meson options]: once.
configure_into() {
	local dir=$1
	shift
	[ ! -f "$dir/build.ninja" ] || return 0
	meson setup "$dir" "$@" >"$dir.log" 2>&1 || {
		cat "$dir.log"
		rm -rf "$dir" "$dir.log"
		return 1
	}
	rm -f "$dir.log"
}

# build_into DIR [meson options]: configures once, compiles.
build_into() {
	local dir=$1
	configure_into "$@"
	ninja -C "$dir" >"$dir/ninja.out" 2>&1 || {
		cat "$dir/ninja.out"
		return 1
	}
}

daemon_running() {
	[ -f "$data/stewardd.pid" ] && kill -0 "$(cat "$data/stewardd.pid")" 2>/dev/null
}

start_daemon() {
	stop_daemon
	mkdir -p "$data"
	chmod 711 "$data"
	setsid nohup build/server/stewardd --data "$data" >>"$data/stewardd.log" 2>&1 </dev/null &
	for _ in $(seq 100); do
		daemon_running && STEWARD_HOME="$data/desk" build/client/cli/steward doctor -q >/dev/null 2>&1 && return
		sleep 0.1
	done
	tail -20 "$data/stewardd.log" >&2
	say "the daemon did not start; its log is $data/stewardd.log"
	say "data of another state of the tree? STEWARD_DATA=DIR ./dev run takes another directory; or remove $data"
	return 1
}

stop_daemon() {
	daemon_running || return 0
	local pid
	pid=$(cat "$data/stewardd.pid")
	kill "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
}

next_steps() {
	cat <<EOF

The daemon is running (stop it with ./dev stop; its log is $data/stewardd.log). Try next:

  export STEWARD_HOME=$data/desk PATH=$PWD/build/client/cli:$PWD/build/client/tui:\$PATH
  STEWARD_HOME=$data/desk-li steward-tui -p SUN     the desk on the screen, as a clerk: F1 its keys, F2 find anything
  steward help                     every noun and verb
  steward find 1202                one box for phones, units, names, numbers
  steward case list --json         for scripts
  steward board --watch            what presses, live, while another terminal works
EOF
}

lint_all() {
	tests/lint/run.sh
}

# A test file that belongs to no test of the build is never run.
check_registered() {
	local code=0 file known
	known=$({
		meson introspect build-san --targets | jq -r '.[].target_sources[]?.sources[]?'
		meson introspect build-san --tests | jq -r '.[].cmd[]'
	} | sed "s#.*/\.\./##; s#^$PWD/##")
	while read -r file; do
		grep -qxF "$file" <<<"$known" || {
			echo "lint: $file belongs to no test"
			code=1
		}
	done < <(git ls-files -- 'tests/*_test.c' 'tests/*_test.sh' 'tests/*.bats' 'tests/pgtap/*.sql')
	return $code
}

run_suites() {
	local code=0
	check_registered || code=1
	meson test -C build-san --print-errorlogs --no-rebuild -q || code=1
	meson test -C build-clang --suite unit --print-errorlogs --no-rebuild -q || code=1
	return $code
}

# One line that says how many tests ran and how many failed.
test_summary() {
	local ok=0 bad=0 dir log
	for dir in build-san build-clang; do
		log=$dir/meson-logs/testlog.json
		[ -f "$log" ] || continue
		ok=$((ok + $(grep -cE '"result": "(OK|EXPECTEDFAIL)"' "$log" || true)))
		bad=$((bad + $(grep -cE '"result": "(FAIL|ERROR|TIMEOUT|UNEXPECTEDPASS|INTERRUPT)"' "$log" || true)))
	done
	[ "$1" = 0 ] || [ "$bad" -gt 0 ] || bad=1
	echo "$ok passed, $bad failed"
	[ "$bad" = 0 ]
}
