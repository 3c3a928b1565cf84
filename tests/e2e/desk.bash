# shellcheck shell=bash
# For the transcripts: a daemon of the file's own and desks that talk to it. BUILD_DIR names the build.
root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../..
export PATH=$BUILD_DIR/client/cli:$PATH STEWARD_PAGER=cat LC_ALL=C.UTF-8

desk_up() {
	export DAEMON_DIR=/tmp/steward-e2e-$$
	"$root/tests/support/daemon.sh" up "$DAEMON_DIR"
	export STEWARD_HOME=$DAEMON_DIR/desk
}

desk_down() {
	"$root/tests/support/daemon.sh" down "$DAEMON_DIR"
}

# The password of every user of the prepared directory.
password_file() {
	printf '%s\n' 'correct horse battery staple' >"$DAEMON_DIR/password"
	echo "$DAEMON_DIR/password"
}

# desk_of LOGIN: a profile on the local device in which LOGIN is logged in; prints its directory.
desk_of() {
	local dir=$DAEMON_DIR/desk-$1
	cp -r "$DAEMON_DIR/desk" "$dir"
	rm -f "$dir/session.token"
	STEWARD_HOME=$dir steward login "$1" --password-file "$(password_file)" >/dev/null
	echo "$dir"
}
