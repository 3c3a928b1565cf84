#!/usr/bin/env bats
# The hotline: the script of a telephone system rings, a desk that watches sees it, answers, opens a case and ends the call;
# who called in vain is called back.

bats_require_minimum_version 1.5.0
load desk.bash

setup_file() {
	desk_up
	steward place add unit 3-1-1202 -p SUN
	steward party add "Wang Xiaoming" --phones 138-0013-8000 -p SUN
	steward occupancy start 3-1-1202 P-1001 owner --from 2019-05-01 -p SUN
	CLERK=$(desk_of clerk)
	PBX=$(desk_of operator)
	export CLERK PBX
}

teardown_file() {
	desk_down
}

as() {
	local desk=$1
	shift
	STEWARD_HOME=$desk steward "$@"
}

# What a telephone system runs for a call that comes in.
pbx_rings() {
	as "$PBX" -p SUN call ring --from "$1" --to 8000 --call-id "$2" --json
}

@test "it rings, the watching desk sees it, answers, opens a case, ends" {
	STEWARD_HOME=$CLERK steward watch -p SUN --entities call --jsonl >"$DAEMON_DIR/watched" 3>&- &
	watcher=$!
	for _ in $(seq 100); do
		[ "$(as "$CLERK" doctor --json | jq -r .ok 2>/dev/null)" = true ] && break
	done
	pbx_rings "138/0013 8000" 1764201600.17 >"$DAEMON_DIR/rang"
	pbx_rings "138/0013 8000" 1764201600.17 >"$DAEMON_DIR/rang_again"
	call=$(jq -r .call.number "$DAEMON_DIR/rang")
	[ "$(jq -r .call.number "$DAEMON_DIR/rang_again")" = "$call" ]
	[ "$(jq -r '.known[0].name + " " + .known[0].place' "$DAEMON_DIR/rang")" = "Wang Xiaoming 3-1-1202" ]
	[ "$(jq '.maybe | length' "$DAEMON_DIR/rang")" = 0 ]
	for _ in $(seq 100); do
		grep -q '"call.Ring"' "$DAEMON_DIR/watched" && break
		sleep 0.1
	done
	kill "$watcher"
	seen=$(jq -r 'select(.method == "call.Ring") | .number' "$DAEMON_DIR/watched" | head -1)
	[ "$seen" = "$call" ]

	as "$CLERK" call answer "$seen"
	case=$(as "$CLERK" case open --kind repair --place 3-1-1202 --party P-1001 --summary "Kitchen pipe burst" -p SUN -o name)
	as "$CLERK" call attach "$call" --case "$case"
	as "$PBX" call end 1764201600.17 --duration 5
	as "$CLERK" call show "$call" --json >"$DAEMON_DIR/shown"
	[ "$(jq -r '.call.state + " " + .call.person + " " + .call.case' "$DAEMON_DIR/shown")" = "ended clerk ${case#*/}" ]
	[ "$(jq -r '.cases[0].summary' "$DAEMON_DIR/shown")" = "Kitchen pipe burst" ]
	run as "$CLERK" call answer "$call"
	[ "$status" -eq 7 ]
	[[ $output == *"call attach"* ]]
}

@test "who called in vain stands in the list once, and calling back settles it" {
	pbx_rings 13900139000 2 >/dev/null
	as "$PBX" call end 2 --missed
	pbx_rings "+86 139 0013 9000" 3 >/dev/null
	as "$PBX" call end 3
	[ "$(as "$CLERK" call backlog --json | jq length)" = 1 ]
	as "$CLERK" call backlog | grep -q "called in vain 2 times"
	[ "$(as "$CLERK" call log --missed --json | jq length)" = 2 ]
	as "$CLERK" call back 2 --outcome no_answer --again "2099-01-01 09:00"
	as "$CLERK" call back 3 --outcome reached --remark "Wants a parking space"
	[ "$(as "$CLERK" call backlog --json)" = "[]" ]
	[ "$(as "$CLERK" call log --from 13900139000 --json | jq -r '[.[].direction] | join(" ")')" = "out out in in" ]
}

@test "an unknown number is attached and known the next time; two lines ring at once" {
	first=$(pbx_rings 13700137000 4 | jq -r .call.number)
	second=$(pbx_rings "" 5 | jq -r .call.number)
	as "$CLERK" call log --open -o name | grep -q "$first"
	as "$CLERK" call log --open -o name | grep -q "$second"
	as "$CLERK" call answer "$first"
	as "$CLERK" call attach "$first" --party P-1001 --save-number
	[ "$(pbx_rings 137-0013-7000 6 | jq -r '.known[0].number')" = P-1001 ]
	as "$CLERK" call promise "$first" "When the plumber comes" --due 2099-01-01
	as "$CLERK" call backlog | grep -q "When the plumber comes"
	as "$CLERK" call back "$first" --outcome reached
	[ "$(as "$CLERK" call backlog --json)" = "[]" ]
	steward call figures -p SUN | grep -q "n/a\|%"
}

@test "the script of docs/operation.md logs in when it has to" {
	script=$DAEMON_DIR/ring
	sed -n '/^# ring FROM TO ID/,/^```/p' "$BATS_TEST_DIRNAME/../../docs/operation.md" | sed '/^```/d' >"$script"
	grep -q password-file "$script"
	sed -i "s#login exchange --password-file [^ ]*#login operator --password-file $(password_file)#" "$script"
	as "$PBX" logout -q
	run as "$PBX" -p SUN call ring --from 13700000000 --call-id x1
	[ "$status" = 4 ]
	STEWARD_HOME=$PBX sh "$script" 13700000000 8000 x1
	[ "$(as "$PBX" call log --from 13700000000 -p SUN --json | jq length)" = 1 ]
}
