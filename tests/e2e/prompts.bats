#!/usr/bin/env bats
# Questions at a terminal: passwords, confirmation, proof of identity; and what happens without one.

load desk.bash

setup_file() {
	desk_up
	SUPERVISOR=$(desk_of supervisor)
	MANAGER=$(desk_of manager)
	CLERK=$(desk_of clerk)
	export SUPERVISOR MANAGER CLERK
}

setup() {
	bats_require_minimum_version 1.5.0
	ask=$root/tests/e2e/ask.py
	password='correct horse battery staple'
}

teardown_file() {
	desk_down
}

# SQL on the daemon's own cluster.
as_postgres() {
	setpriv --reuid=postgres --regid=postgres --clear-groups psql -qAt -h "$DAEMON_DIR/run" steward -c "$1"
}

opened() {
	STEWARD_HOME=$CLERK steward case open --kind inquiry --summary "$1" -o name
}

@test "a password is asked for and never shown" {
	dir=$DAEMON_DIR/desk-fresh
	cp -r "$DAEMON_DIR/desk" "$dir"
	rm "$dir/session.token"
	run "$ask" "Password: " "$password" -- env STEWARD_HOME="$dir" steward login dispatcher
	[ "$status" -eq 0 ]
	[[ $output == *"Logged in as dispatcher"* && $output != *horse* ]]
	[ "$(stat -c %a "$dir/session.token")" = 600 ]
	run "$ask" "Password: " "wrong" -- env STEWARD_HOME="$dir" steward login dispatcher
	[ "$status" -eq 4 ]
	run "$ask" "Password: " "^C" -- env STEWARD_HOME="$dir" steward login dispatcher
	[ "$status" -eq 130 ]
	run env STEWARD_HOME="$dir" steward login dispatcher </dev/null
	[ "$status" -eq 2 ]
	[[ $output == *--password-file* ]]
}

@test "a moderate change asks; no keeps, yes goes ahead, --yes does not ask" {
	export STEWARD_HOME=$SUPERVISOR
	number=$(opened "To be cancelled")
	run "$ask" "Go ahead? [y/N] " "n" -- steward case cancel "$number" "a test"
	[ "$status" -eq 10 ]
	[[ $output == *"$number"*"nothing was changed"* ]]
	[ "$(steward case show "$number" --json | jq -r .case.state)" = new ]
	run "$ask" "Go ahead? [y/N] " "" -- steward case cancel "$number" "a test"
	[ "$status" -eq 10 ]
	run "$ask" "Go ahead? [y/N] " "y" -- steward case cancel "$number" "a test"
	[ "$status" -eq 0 ]
	number=$(opened "To be cancelled, too")
	run steward case cancel "$number" "a test" </dev/null
	[ "$status" -eq 2 ]
	[[ $output == *--yes* ]]
	run "$ask" -- steward case cancel "$number" "a test" --no-input
	[ "$status" -eq 2 ]
	[[ $output == *--yes* ]]
	run steward case cancel "$number" "a test" --yes
	[ "$status" -eq 0 ]
}

@test "a severe change needs the name typed again, a reason, and a code" {
	export STEWARD_HOME=$MANAGER
	run steward user reset-password clerk </dev/null
	[ "$status" -eq 2 ]
	[[ $output == *"--confirm clerk and --reason TEXT"* ]]
	run "$ask" "Type clerk to go ahead: " "manager" -- steward user reset-password clerk
	[ "$status" -eq 10 ]
	[[ $output == *"nothing was changed"* ]]
	run steward user reset-password clerk --confirm clerk --reason "forgot it" </dev/null
	[ "$status" -eq 5 ]
	[[ $output == *authenticator* ]]

	secret=$(steward auth totp-start --json | jq -r .secret)
	code_file=$BATS_TEST_TMPDIR/code
	oathtool --totp -b "$secret" >"$code_file"
	run steward auth totp-confirm --code-file "$code_file" --json
	[ "$status" -eq 0 ]
	recovery=$(jq -r '.recovery_codes[0]' <<<"$output")
	[ -n "$recovery" ]

	# as if the proof were older than five minutes
	as_postgres "update steward.session set proved_at = now() - interval '10 minutes' where proved_at is not null"
	for _ in $(seq 50); do
		run --separate-stderr steward user reset-password foreign --confirm foreign --reason x --json --dry-run </dev/null
		[ "$status" -ne 5 ] || break
		sleep 0.1
	done
	[ "$status" -eq 5 ]
	[ "$(jq -r .reason <<<"$stderr")" = STEP_UP_REQUIRED ]
	run "$ask" "Type clerk to go ahead: " clerk "Why? " "forgot it" "Code of your authenticator: " "$recovery" -- \
		steward user reset-password clerk
	[ "$status" -eq 0 ]
	[[ $output == *"user reset-password: done"*password* ]]
}

@test "whoever has an authenticator is asked for its code at login" {
	dir=$(desk_of quality)
	export STEWARD_HOME=$dir
	secret=$(steward auth totp-start --json | jq -r .secret)
	oathtool --totp -b "$secret" >"$BATS_TEST_TMPDIR/code"
	recovery=$(steward auth totp-confirm --code-file "$BATS_TEST_TMPDIR/code" --json | jq -r '.recovery_codes[0]')
	steward logout
	run "$ask" "Password: " "$password" "Code of your authenticator: " "$recovery" -- steward login quality
	[ "$status" -eq 0 ]
	[[ $output == *"Logged in as quality"* && $output != *"$recovery"* ]]
	run steward login quality --password-file "$(password_file)" </dev/null
	[ "$status" -eq 2 ]
	[[ $output == *--code-file* ]]
}

@test "a password is changed by typing the old and the new one" {
	dir=$(desk_of finance)
	export STEWARD_HOME=$dir
	run "$ask" "old: " "$password" "new: " "another long pass phrase" -- steward auth change-password
	[ "$status" -eq 0 ]
	[[ $output != *"phrase"* ]]
	echo "another long pass phrase" >"$BATS_TEST_TMPDIR/new"
	steward logout
	run steward login finance --password-file "$BATS_TEST_TMPDIR/new"
	[ "$status" -eq 0 ]
}
