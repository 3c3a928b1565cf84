#!/usr/bin/env bats
# A case's whole way at two desks: one works, the other watches it live.

bats_require_minimum_version 1.5.0
load desk.bash

setup_file() {
	desk_up
	steward department add ENG Engineering -p SUN
	CLERK=$(desk_of clerk)
	TECHNICIAN=$(desk_of technician)
	SUPERVISOR=$(desk_of supervisor)
	QUALITY=$(desk_of quality)
	export CLERK TECHNICIAN SUPERVISOR QUALITY
}

teardown_file() {
	desk_down
}

as() {
	local desk=$1
	shift
	STEWARD_HOME=$desk steward "$@"
}

@test "a second machine is enrolled and sees what the first one does" {
	token=$(steward device invite sun-desk2 SUN --yes --json | jq -r .token)
	[[ $token == stw1.* ]]
	read -r port enrol_port < <(sed -n 's/^port *= *//p;s/^enrol_port *= *//p' "$STEWARD_HOME/client.conf" | xargs)
	second=$DAEMON_DIR/second
	as "$second" enrol "$token" --server 127.0.0.1 --port "$port" --enrol-port "$enrol_port"
	as "$second" login clerk --password-file "$(password_file)"

	STEWARD_HOME=$second steward watch -p SUN --jsonl >"$DAEMON_DIR/watched" 3>&- &
	watcher=$!
	for _ in $(seq 100); do
		[ "$(as "$second" doctor --json | jq -r .ok 2>/dev/null)" = true ] && break
	done
	number=$(as "$CLERK" case open --kind repair --spot lobby --summary "Seen from the other desk" -p SUN -o name)
	for _ in $(seq 100); do
		grep -q "${number#*/}" "$DAEMON_DIR/watched" && break
		sleep 0.1
	done
	kill "$watcher"
	grep -q '"method": *"case.Open"' "$DAEMON_DIR/watched"

	# the token is good once
	run as "$DAEMON_DIR/third" enrol "$token" --server 127.0.0.1 --port "$port" --enrol-port "$enrol_port"
	[ "$status" -ne 0 ]

	# shut out: the open connection ends, the next call is refused
	STEWARD_HOME=$second steward watch -p SUN >"$DAEMON_DIR/cut" 2>&1 3>&- &
	watcher=$!
	steward device disable sun-desk2 --yes
	run timeout 5 tail --pid="$watcher" -f /dev/null
	[ "$status" -eq 0 ]
	run as "$second" case list
	[ "$status" -ne 0 ]
}

@test "open, dispatch, accept, complete, return visit, close" {
	number=$(as "$CLERK" case open --kind repair --spot kitchen --channel phone --summary "Kitchen pipe burst" --phone 138-0013-8000 -p SUN -o name)
	as "$CLERK" case note "$number" "Main valve is closed"
	as "$SUPERVISOR" case dispatch "$number" --to ENG
	order=$(as "$SUPERVISOR" order list --case "$number" -o name)
	as "$TECHNICIAN" order accept "$order"
	as "$TECHNICIAN" order start "$order"
	as "$TECHNICIAN" order complete "$order" --result "Valve replaced" --reply "The tap works again"
	[ "$(as "$CLERK" case show "$number" --json | jq -r .case.state)" = done ]
	as "$CLERK" visit list | grep -q "${number#*/}"
	as "$QUALITY" visit record "$number" --outcome reached --score 5
	as "$SUPERVISOR" case close "$number"
	as "$CLERK" case show "$number" --json >"$DAEMON_DIR/case.json"
	[ "$(jq -r .case.state "$DAEMON_DIR/case.json")" = closed ]
	[ "$(jq -r .case.score "$DAEMON_DIR/case.json")" = 5 ]
	[ "$(jq -r '.timeline | length' "$DAEMON_DIR/case.json")" -ge 7 ]
}

@test "a closed case refuses work and says what to do; reopening brings it back" {
	number=$(as "$CLERK" case open --kind inquiry --summary "Opening hours of the pool?" -p SUN -o name)
	as "$SUPERVISOR" case close "$number" --result "Told: 7 to 22"
	run as "$SUPERVISOR" case dispatch "$number" --to ENG
	[ "$status" -eq 7 ]
	[[ $output == *closed* ]]
	as "$SUPERVISOR" case reopen "$number" "The hours have changed"
	[ "$(as "$CLERK" case show "$number" --json | jq -r .case.state)" = reopened ]
}

@test "who worked on it does not score it, and a technician does not close" {
	number=$(as "$CLERK" case open --kind repair --spot lobby --summary "Door closer" -p SUN -o name)
	as "$SUPERVISOR" case dispatch "$number" --to ENG
	order=$(as "$SUPERVISOR" order list --case "$number" -o name)
	as "$SUPERVISOR" order accept "$order"
	as "$SUPERVISOR" order complete "$order" --result "Adjusted"
	run as "$SUPERVISOR" visit record "$number" --outcome reached --score 5
	[ "$status" -eq 5 ]
	run as "$TECHNICIAN" case close "$number"
	[ "$status" -eq 5 ]
}

@test "a clerk of another property finds nothing" {
	number=$(as "$CLERK" case open --kind repair --spot lobby --summary "Secret of SUN" -p SUN -o name)
	foreign=$(desk_of foreign)
	run as "$foreign" case show "SUN/${number#*/}"
	[ "$status" -eq 3 ]
	run as "$foreign" case open --kind repair --spot lobby --summary x -p SUN
	[ "$status" -eq 3 ]
	[ "$(as "$foreign" find "${number#*/}" --json | jq -r '[.. | .number? // empty] | length')" = 0 ]
}

@test "the same key twice is one case; dry run leaves nothing" {
	key=$(cat /proc/sys/kernel/random/uuid)
	first=$(as "$CLERK" case open --kind repair --spot lobby --summary "Once" -p SUN -o name --idempotency-key "$key")
	again=$(as "$CLERK" case open --kind repair --spot lobby --summary "Once" -p SUN -o name --idempotency-key "$key")
	[ "$first" = "$again" ]
	run as "$CLERK" case open --kind repair --spot lobby --summary "Twice" -p SUN --idempotency-key "$key"
	[ "$status" -ne 0 ]
	before=$(as "$CLERK" case list --json --limit 500 | jq length)
	as "$CLERK" case open --kind repair --spot lobby --summary "Never" -p SUN --dry-run
	[ "$(as "$CLERK" case list --json --limit 500 | jq length)" = "$before" ]
}
