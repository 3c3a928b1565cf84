#!/usr/bin/env bats
# Following up: return visits by policy, by form, tried again, scored badly, sampled and reported; visits to households; calls
# back; one agenda for whatever is owed. See docs/cases.md.

bats_require_minimum_version 1.5.0
load duties.bash

setup_file() {
	duties_up clerk operator building_steward technician dispatcher supervisor manager quality director
	steward department join ENG technician -p SUN -q
}

teardown_file() {
	desk_down
}

# done_case [flags]: a repair that the technician has completed; its return visit is owed.
done_case() {
	local number order
	number=$(opened "$CLERK" --kind repair --place 3-1-1202 --party P-1001 "$@")
	order=$(dispatched "$number" technician)
	as "$TECHNICIAN" order accept "$order" -q
	as "$TECHNICIAN" order complete "$order" --result "Valve replaced" --reply "The tap is tight." -q
	echo "$number"
}

@test "which cases are followed up is a rule, by kind" {
	shows 'any(.[]; .kind == "*" and .rule == "never")' "$CLERK" visit policy list
	number=$(opened "$CLERK" --kind inquiry --party P-1001)
	as "$MANAGER" visit policy set inquiry --rule always --within 48h --tries 2
	refused 5 role "$SUPERVISOR" visit policy set inquiry --rule never
	as "$CLERK" case close "$number" --result "At seven."
	shows ".[0].case == \"$number\" and .[0].state == \"open\" and .[0].attempts == 0" "$CLERK" visit list
	as "$MANAGER" visit policy set inquiry --rule never
	number=$(opened "$CLERK" --kind inquiry --party P-1001)
	as "$CLERK" case close "$number" --result "At eight."
	shows "map(.case) | index(\"$number\") == null" "$CLERK" visit list
}

@test "the form tells what to say and ask; the answers are kept" {
	as "$MANAGER" visit policy set repair --rule always --within 72h --form service_return_visit
	number=$(done_case)
	shows '(.script | test("Wang Xiaoming") and test("The tap is tight")) and (.questions | map(.question) | index("attitude") != null)' "$OPERATOR" visit form "$number"
	refused 2 attitude "$OPERATOR" visit record "$number" --outcome reached --score 5 --answer attitude=9
	as "$OPERATOR" visit record "$number" --outcome reached --score 5 --answer attitude=5 --answer solved=yes --answer "better=Ring first" -q
	shows '(.answers | map({(.question): .answer}) | add) == {attitude: "5", solved: "yes", better: "Ring first"} and .case.state == "followed_up"' "$CLERK" visit show "$number"
	shows 'any(.results[]; .question == "attitude" and .average == "5.00")' "$SUPERVISOR" form results service_return_visit
}

@test "a form of one's own is drafted, published and asked" {
	as "$QUALITY" form add move_in "After moving in"
	as "$QUALITY" form ask move_in keys "Were all keys handed over?" --kind yes_no --required
	as "$QUALITY" form publish move_in
	as "$MANAGER" visit policy set help --rule always --within 72h --form move_in
	number=$(opened "$CLERK" --kind help --party P-1002)
	as "$SUPERVISOR" case close "$number" --ending solved --result "Moved in" -q
	refused 2 keys "$CLERK" visit record "$number" --outcome reached --score 4
	as "$CLERK" visit record "$number" --outcome reached --score 4 --answer keys=no -q
	shows '.answers[0].answer == "no"' "$CLERK" visit show "$number"
}

@test "not satisfied: a low score, or not solved, opens the case again" {
	number=$(done_case)
	as "$CLERK" visit record "$number" --outcome reached --score 2 --remark "Drips again" -q
	shows '.case.state == "reopened" and .case.score == 2 and .timeline[-1].verb == "dissatisfied"' "$CLERK" case show "$number"
	number=$(done_case)
	as "$CLERK" visit record "$number" --outcome not_solved --remark "Nobody came" -q
	shows '.case.state == "reopened" and .visits[0].outcome == "not_solved"' "$CLERK" case show "$number"
	number=$(done_case)
	as "$CLERK" visit record "$number" --outcome reached --score 3 -q
	[ "$(field "$number" state)" = followed_up ]
}

@test "nobody scores his own work, and who does not answer is tried three times" {
	number=$(opened "$CLERK" --kind repair --place 3-1-1202 --party P-1001)
	order=$(dispatched "$number" supervisor)
	as "$SUPERVISOR" order accept "$order" -q
	as "$SUPERVISOR" order complete "$order" --result "Adjusted" -q
	refused 5 "" "$SUPERVISOR" visit record "$number" --outcome reached --score 5
	as "$CLERK" visit record "$number" --outcome no_answer -q
	as "$CLERK" visit record "$number" --outcome call_later --again "$(moment '+1 hour')" -q
	shows '.visits[0] | .state == "open" and .attempts == 2' "$CLERK" case show "$number"
	as "$CLERK" visit record "$number" --outcome no_answer -q
	shows '.visits[0] | .state == "open" and .attempts == 3' "$CLERK" case show "$number"
	as "$CLERK" visit record "$number" --outcome no_answer -q
	shows '.visits[0] | .state == "missed" and .attempts == 4' "$CLERK" case show "$number"
	refused 7 "" "$CLERK" visit record "$number" --outcome reached --score 5
}

@test "the manager draws a sample, has customers asked again, and reports" {
	number=$(done_case)
	as "$CLERK" visit record "$number" --outcome reached --score 5 -q
	till=$(day '+10 days')
	as "$MANAGER" visit sample --to "$till" --size 200 --json >"$DAEMON_DIR/sample"
	jq -e ".drawn == .settled and .drawn > 0 and any(.checks[]; .case == \"$number\" and .recorded_score == 5)" "$DAEMON_DIR/sample"
	shows "any(.[]; .kind == \"visit_check\" and .subject == \"$number\")" "$QUALITY" agenda list
	refused 5 role "$CLERK" visit check "$number" --outcome confirmed
	as "$QUALITY" visit check "$number" --outcome differs --score 2 --remark "Nobody rang her" -q
	shows '[.timeline[] | select(.text != null and (.text | test("tells it differently")))] | length == 1' "$CLERK" case show "$number"
	shows '.[0] | (.due | tonumber) >= 6 and (.reopened | tonumber) == 2 and .sampled != "0" and .checked == "1" and .confirmed_share == "0 %"' \
		"$DIRECTOR" visit report --to "$till"
	shows 'any(.[]; .by == "technician" and (.due | tonumber) >= 4)' "$DIRECTOR" visit report --to "$till" --by worker
	shows 'any(.[]; .by == "clerk")' "$DIRECTOR" visit report --to "$till" --by person
	refused 5 role "$CLERK" visit report
}

@test "a visit to a household is planned, made, and each need becomes a case" {
	as "$QUALITY" visit plan P-1002 "Yearly visit" --due "$(day '+90 days')"
	entry=$(as "$BUILDING_STEWARD" agenda list --mine --kind household_visit -o name)
	as "$BUILDING_STEWARD" visit household "$entry" --outcome no_answer --again "$(day '+2 days')"
	as "$BUILDING_STEWARD" visit household P-1002 --outcome reached --remark "All well" \
		--need "A ramp at the entrance" --need "A louder bell" --json >"$DAEMON_DIR/household"
	jq -e '.entry.state == "kept" and .entry.attempts == 2 and (.cases | length) == 2' "$DAEMON_DIR/household"
	shows '.case | .kind == "help" and .party_number == "P-1002" and .summary == "A ramp at the entrance"' "$CLERK" case show "$(jq -r '.cases[0].number' "$DAEMON_DIR/household")"
	shows '(.cases | length) == 2' "$CLERK" visit show "${entry#*/}"
}

@test "calls out, promises, calls back, and how the hotline was answered" {
	call=$(as "$CLERK" call place --party P-1001 --about "Water is back" -o name)
	as "$CLERK" call answer "$call" -q
	as "$CLERK" call end "$call" --duration 5 -q
	shows '.call.direction == "out" and .call.phone == "138-0013-8000" and .call.about == "Water is back"' "$CLERK" call show "$call"
	as "$OPERATOR" call ring --from 13700137000 --call-id 77 -q
	as "$OPERATOR" call end 77 --missed -q
	as "$OPERATOR" call ring --from 13600136000 --call-id 78 -q
	as "$OPERATOR" call answer 78 -q
	as "$OPERATOR" call promise 78 "When the lift maker comes" --due "$(day '+3 days')" -q
	shows 'map(.about) | any(. == "When the lift maker comes")' "$CLERK" call backlog
	shows 'map(select(.phone == "13700137000")) | length == 1' "$CLERK" call backlog
	as "$CLERK" call back 77 --outcome refused -q
	as "$CLERK" call back 78 --outcome reached -q
	shows '. == []' "$CLERK" call backlog
	shows '.[-1] | .offered == "2" and .answered == "1" and .missed == "1" and .abandoned == "50 %" and .service_level == "50 %"' "$SUPERVISOR" call figures
	shows 'map(.call_id) | index("77") != null' "$CLERK" call log --missed
}

@test "whatever is owed stands on one agenda: added, given away, put off, settled, counted" {
	entry=$(as "$CLERK" agenda add "Ring the lift maker" --due "$(day '+1 day')" -o name)
	as "$DISPATCHER" agenda assign "$entry" ENG
	shows 'map(.label) == ["Ring the lift maker"]' "$TECHNICIAN" agenda list --mine --kind reminder
	shows 'map(.label) | index("Ring the lift maker") == null' "$CLERK" agenda list --mine --kind reminder
	refused 5 role "$CLERK" agenda assign "$entry" clerk
	as "$TECHNICIAN" agenda settle "$entry" --outcome call_later --again "$(day '+2 days')" -q
	as "$TECHNICIAN" agenda settle "$entry" --remark "They come on Friday." -q
	shows 'map(select(.kind == "reminder")) | .[0].due == "1" and .[0].kept == "1" and .[0].kept_share == "100 %"' "$SUPERVISOR" agenda figures --to "$(day '+30 days')"
	as "$CLERK" agenda add "Long ago" --due 2020-01-01 -q
	shows 'map(.label) == ["Long ago"]' "$CLERK" agenda list --late --kind reminder
	as "$CLERK" agenda kinds | grep -q "situation report"
}
