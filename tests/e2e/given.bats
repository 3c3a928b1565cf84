#!/usr/bin/env bats
# The daemon on a PostgreSQL that is given, by a settings file.

bats_require_minimum_version 1.5.0
load desk.bash

setup_file() {
	desk_up
	export GIVEN=$DAEMON_DIR/given
	mkdir -m 700 "$GIVEN"
	createdb -h "$DAEMON_DIR/run" -U postgres -O steward_owner given
	cat >"$GIVEN/stewardd.conf" <<-EOF
		# comments stand on lines of their own
		db_host = $DAEMON_DIR/run
		db_name = given
		state = $GIVEN/state
		port = 0
		enrol_port = 0
	EOF
	"$BUILD_DIR/server/stewardd" --config "$GIVEN/stewardd.conf" 2>"$GIVEN/log" 3>&- &
	for _ in $(seq 200); do
		[ -s "$GIVEN/state/stewardd.pid" ] && break
		sleep 0.1
	done
}

teardown_file() {
	kill "$(cat "$GIVEN/state/stewardd.pid")"
	wait
	desk_down
}

@test "its first administrator works at once" {
	export STEWARD_HOME=$GIVEN/state/desk
	[ "$(steward whoami --json | jq -r .login)" = admin ]
	steward property add NEW "New House"
	[ "$(steward property list --json | jq length)" = 1 ]
}

@test "two daemons on two databases of one PostgreSQL do not meet" {
	[ "$(steward property list --json | jq length)" = 2 ]
}

@test "a settings file with an unknown name, a bad number or a long line is refused with its line" {
	printf 'state = /tmp\nprot = 1\n' >"$GIVEN/bad.conf"
	run "$BUILD_DIR/server/stewardd" --config "$GIVEN/bad.conf"
	[ "$status" -eq 2 ]
	[[ $output == *"bad.conf:2: there is no setting 'prot'"* ]]
	printf 'port = 70000\n' >"$GIVEN/bad.conf"
	run "$BUILD_DIR/server/stewardd" --config "$GIVEN/bad.conf"
	[ "$status" -eq 2 ]
	[[ $output == *"from 0 to 65535"* ]]
	printf 'state = %0200d\n' 1 >"$GIVEN/bad.conf"
	run "$BUILD_DIR/server/stewardd" --config "$GIVEN/bad.conf"
	[ "$status" -eq 2 ]
	[[ $output == *"at most 190 bytes"* ]]
}

@test "the settings in effect are a settings file" {
	run --separate-stderr "$BUILD_DIR/server/stewardd" --print-config
	[ "$status" -eq 0 ]
	grep -q '^port = 7433$' <<<"$output"
	STEWARDD_PORT=7500 "$BUILD_DIR/server/stewardd" --print-config | grep -q '^port = 7500$'
	STEWARDD_PORT=7500 "$BUILD_DIR/server/stewardd" --port 7600 --print-config | grep -q '^port = 7600$'
}
