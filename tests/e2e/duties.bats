#!/usr/bin/env bats
# Keeping it together: holidays, duplicates, disputes, what reaches those above, the board, files. See docs/cases.md; the other duties
# are walked in duties_*.bats.

bats_require_minimum_version 1.5.0
load duties.bash

setup_file() {
	duties_up clerk operator technician dispatcher supervisor manager quality building_steward
}

teardown_file() {
	desk_down
}

@test "a calendar with holidays from a file, and a level of service counted on it" {
	as "$MANAGER" calendar set desk --hours "mon-fri 08:30-12:00,13:30-18:00; sat 09:00-12:00"
	printf 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20270501\r\nDTEND;VALUE=DATE:20270504\r\nSUMMARY:Labour Day\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n' >"$DAEMON_DIR/h.ics"
	as "$MANAGER" calendar import desk --file "$DAEMON_DIR/h.ics" --json | jq -e '.days | map(select(.outcome == "taken")) | length == 3'
	as "$MANAGER" calendar import desk --file "$DAEMON_DIR/h.ics" --json | jq -e '.days | map(select(.outcome == "taken")) | length == 0'
	as "$MANAGER" sla set --clock resolution --priority normal --kind repair --minutes 480 --calendar desk
	as "$CLERK" calendar due desk --from "2027-04-30 17:00" --minutes 120 --json | jq -r .due | grep -q '^2027-05-04T09:30'
	run as "$MANAGER" calendar import desk --file "$DAEMON_DIR/missing.ics"
	[ "$status" -ne 0 ]
}

@test "answered, chased, put on hold, gone on with" {
	number=$(opened "$CLERK" --kind help --channel email --phone 138-0013-8000)
	as "$CLERK" case clocks "$number" | grep -q "first response *running"
	as "$CLERK" case reply "$number" "Somebody comes at three." --channel phone
	as "$CLERK" case clocks "$number" | grep -q "first response *met"
	as "$OPERATOR" case chase "$number" "Asks when."
	as "$CLERK" case hold "$number" "Spare part" --until "$(day '+20 days')"
	[ "$(field "$number" hold_reason)" = "Spare part" ]
	as "$TECHNICIAN" case resume "$number"
	[ "$(field "$number" chases)" = 1 ]
}

@test "a major complaint reaches the manager at once, and climbs where nobody takes it up" {
	number=$(opened "$CLERK" --kind complaint --caller Li --severity critical)
	[ "$(field "$number" escalated_to)" = manager ]
	as "$MANAGER" agenda list --mine --about "$number" | grep -q escalation
	as "$MANAGER" case take "$number" "I call her."
	as "$MANAGER" agenda list --mine --about "$number" | grep -q "situation report"
	as "$MANAGER" case report "$number" "She is calm, the hall is dry."
	as "$CLERK" case escalate "$number" "She goes to the newspaper."
	[ "$(field "$number" escalated_to)" = director ]
	shows "map(.number) | index(\"$number\") != null" "$SUPERVISOR" case list --severity critical
	shows ".[0].number == \"$number\" and .[0].escalated_to == \"director\"" "$SUPERVISOR" board
	refused 5 role "$CLERK" ladder set minor "supervisor 1h"
	as "$MANAGER" ladder set minor "supervisor 1h" "manager 4h"
	as "$CLERK" ladder list --severity minor | grep -q supervisor
}

@test "duplicates are found, linked, merged and taken apart" {
	first=$(opened "$CLERK" --kind repair --place 3-1-1202 --party P-1001)
	second=$(opened "$CLERK" --kind repair --place 3-1-1202)
	as "$CLERK" case similar "$second" | grep -q "$first"
	shows "any(.[]; .number == \"$first\" and (.why | test(\"place\")))" "$CLERK" case similar --place 3-1-1202
	as "$CLERK" case link "$first" "$second"
	as "$CLERK" case unlink "$first" "$second"
	shows '.links == []' "$CLERK" case show "$first"
	as "$CLERK" case link "$second" "$first" --kind repeat_of
	as "$DISPATCHER" case merge "$second" --into "$first" --yes
	as "$CLERK" case show "$first" | grep -q "has taken in"
	as "$DISPATCHER" case unmerge "$second" "Another tap."
	[ "$(field "$second" state)" = new ]
}

@test "neighbours in dispute: parties, sessions, outcome" {
	number=$(opened "$CLERK" --kind dispute --party P-1001 --spot "3-1")
	as "$CLERK" dispute join "$number" --role respondent --name "Lin, upstairs"
	as "$CLERK" dispute join "$number" --role witness --name Zhao
	as "$CLERK" dispute leave "$number" Zhao
	shows '.participants | map(select(.until != null).name) == ["Zhao"]' "$CLERK" dispute show "$number"
	as "$BUILDING_STEWARD" dispute session "$number" --outcome adjourned --next "$(day '+5 days')"
	as "$BUILDING_STEWARD" agenda list --mine --about "$number" | grep -q "mediation"
	as "$BUILDING_STEWARD" dispute session "$number" --outcome agreed --minutes "No piano after nine"
	as "$SUPERVISOR" case close "$number" --ending settled --result "No piano after nine"
	as "$CLERK" dispute show "$number" | grep -q "Lin, upstairs"
	shows '(.sessions | map(.outcome)) == ["adjourned", "agreed"]' "$CLERK" dispute show "$number"
}

@test "the board tells of a change without being asked" {
	# The program itself, not a shell around it, and without what bats waits for: else nothing ends it.
	STEWARD_HOME=$CLERK steward board --watch --plain -p SUN >"$DAEMON_DIR/board" 3>&- &
	watcher=$!
	for _ in $(seq 50); do
		[ -s "$DAEMON_DIR/board" ] && break
		sleep 0.1
	done
	sleep 0.5
	number=$(opened "$CLERK" --kind repair --spot lobby --priority urgent)
	for _ in $(seq 50); do
		grep -q "$number" "$DAEMON_DIR/board" && break
		sleep 0.1
	done
	kill -TERM "$watcher"
	grep -q "$number" "$DAEMON_DIR/board"
}

@test "photos and letters lie at their case" {
	number=$(opened "$CLERK" --kind repair --spot lobby)
	printf '%%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%%%EOF\n' >"$DAEMON_DIR/letter.pdf"
	as "$CLERK" attach "$number" "$DAEMON_DIR/letter.pdf" --note "Her letter"
	attached=$(as "$CLERK" attachment list --case "$number" -o name)
	as "$CLERK" attachment get "$attached" --file "$DAEMON_DIR/back.pdf"
	cmp "$DAEMON_DIR/letter.pdf" "$DAEMON_DIR/back.pdf"
}
