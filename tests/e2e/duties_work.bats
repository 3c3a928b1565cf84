#!/usr/bin/env bats
# Having it done: who could do it, the order from hand to hand, what it costs, the clocks, what waits. See docs/cases.md.

bats_require_minimum_version 1.5.0
load duties.bash

setup_file() {
	duties_up clerk operator technician dispatcher supervisor manager finance quality director
	steward department join ENG technician -p SUN -q
}

teardown_file() {
	desk_down
}

leak() { # flags: a case somebody has to work on
	opened "$CLERK" --kind repair --place 3-1-1202 --party P-1001 "$@"
}

@test "who can do it and is on duty is proposed first" {
	as "$DISPATCHER" duty skill kinds | grep -q plumbing
	as "$DISPATCHER" duty need set "water / leak" plumbing
	shows 'any(.[]; .category == "water / leak" and .skill == "plumbing")' "$CLERK" duty need list
	number=$(leak --category "water / leak")
	as "$DISPATCHER" duty skill add technician plumbing --level 3
	shows '.[0].person == "technician" and .[0].level == 3' "$CLERK" duty skill list --skill plumbing
	shows 'map(select(.to == "technician"))[0] | .on_duty == false and .skill == "plumbing 3"' "$CLERK" order propose "$number"
	as "$DISPATCHER" duty add technician --from "$(moment '-1 hour')" --to "$(moment '+8 hours')"
	shows 'map(.person) == ["technician"]' "$CLERK" duty list
	shows '.[0] | .to == "technician" and .on_duty and (.reason | test("on duty"))' "$CLERK" order propose "$number"
	as "$DISPATCHER" duty end technician
	shows '.[0].on_duty == false' "$CLERK" order propose "$number"
	refused 5 role "$CLERK" duty add technician --to "$(moment '+8 hours')"
	as "$DISPATCHER" duty skill end technician plumbing
	as "$DISPATCHER" duty need end "water / leak" plumbing
	shows 'all(.[]; .category != "water / leak")' "$CLERK" duty need list
}

@test "handed to a department: accepted, started, paused, gone on with, completed" {
	number=$(leak)
	refused 5 role "$CLERK" case dispatch "$number" --to ENG
	order=$(dispatched "$number" ENG)
	as "$TECHNICIAN" order accept "$order"
	[ "$(field "$number" state)" = accepted ]
	as "$TECHNICIAN" order start "$order"
	[ "$(field "$number" state)" = on_site ]
	as "$TECHNICIAN" order pause "$order" "Waits for the valve." --until "$(day '+2 days')"
	shows ".state == \"paused\" and .reason == \"Waits for the valve.\" and (.paused_until | startswith(\"$(day '+2 days')\"))" "$CLERK" order show "$order"
	shows "any(.[]; .subject == \"$order\" and .command == \"order resume $order\")" "$TECHNICIAN" agenda list --mine
	as "$TECHNICIAN" order resume "$order"
	shows "all(.[]; .subject != \"$order\")" "$TECHNICIAN" agenda list --mine
	as "$TECHNICIAN" order complete "$order" --result "Valve replaced" --reply "The tap is tight."
	shows '.case.state == "done" and .case.result == "The tap is tight." and .orders[0].result == "Valve replaced"' "$CLERK" case show "$number"
	refused 7 done "$TECHNICIAN" order start "$order"
}

@test "handed on to others, to a firm, and returned as nobody's: the desk has it again" {
	number=$(leak)
	order=$(dispatched "$number" technician)
	as "$TECHNICIAN" order accept "$order"
	as "$TECHNICIAN" order hand-on "$order" "Needs an electrician." --to ENG
	shows '.state == "handed_on" and .handed_to != null' "$CLERK" order show "$order"
	next=$(as "$CLERK" order show "$order" --json | jq -r .handed_to)
	as "$DISPATCHER" order hand-on "$next" "None is free." --contractor Otis
	last=$(as "$CLERK" order show "$next" --json | jq -r .handed_to)
	shows '.to == "Otis" and .state == "issued"' "$CLERK" order show "$last"
	as "$DISPATCHER" order return "$last" "The lift is the maker's."
	shows '.case.state == "new" and ([.orders[].state] | sort == ["handed_on", "handed_on", "returned"])' "$CLERK" case show "$number"
	shows "map(.number) | index(\"$last\") == null" "$CLERK" order list --open
}

@test "a repair that is paid: priced, proposed, approved by another, billed" {
	as "$FINANCE" price set P100 --name "Plumber, one hour" --kind labour --unit hour --price 60
	shows '.[0].price == "60.00"' "$CLERK" price list P100
	refused 5 role "$CLERK" price set P100 --price 1
	order=$(dispatched "$(leak)" technician)
	as "$TECHNICIAN" order accept "$order"
	as "$TECHNICIAN" order item add "$order" P100 --quantity 1.5
	as "$TECHNICIAN" order item add "$order" P100 --quantity 7
	as "$TECHNICIAN" order item remove "$order" 2 "Seven was a slip."
	shows '.total == "90.00" and .lines == 1' "$CLERK" order items "$order"
	as "$TECHNICIAN" order complete "$order" --result "Valve replaced"
	as "$SUPERVISOR" order charge propose "$order" --bearer customer
	shows '.[0].state == "proposed" and .[0].amount == "90.00" and .[0].party_number == "P-1001"' "$CLERK" order charges --order "$order"
	refused 5 "" "$SUPERVISOR" order charge approve "$order"
	as "$MANAGER" order charge approve "$order" -q
	shows ".[0].order == \"$order\" and .[0].decided_by == \"manager\"" "$CLERK" order charges --state approved
	as "$FINANCE" bill work "$order" -q
	shows '.[0].state == "posted"' "$CLERK" order charges --order "$order"
	shows 'any(.[]; .amount == "90.00")' "$CLERK" bill list --party P-1001
}

@test "under warranty nobody is charged" {
	order=$(dispatched "$(leak)" technician)
	as "$TECHNICIAN" order accept "$order"
	as "$SUPERVISOR" order item add "$order" --name "New lock" --kind material --unit piece --price 120 --quantity 1
	as "$TECHNICIAN" order complete "$order" --result "Lock replaced"
	as "$TECHNICIAN" order charge propose "$order"
	as "$MANAGER" order charge decline "$order" "Still under warranty." -q
	shows '.[0].state == "declined" and .[0].reason == "Still under warranty."' "$CLERK" order charges --order "$order"
	refused 7 "" "$FINANCE" bill work "$order"
}

@test "levels of service of a property's own, on its own calendar" {
	as "$MANAGER" calendar set desk --hours "mon-fri 08:30-12:00,13:30-18:00; sat 09:00-12:00"
	as "$MANAGER" calendar day desk 2027-10-01 --closed --name "National Day"
	as "$MANAGER" calendar day desk 2027-10-09 --like mon --name "In lieu"
	shows '.days | map(.what) == ["closed", "like mon"]' "$CLERK" calendar show desk
	shows '.due | startswith("2027-10-02T09:30")' "$CLERK" calendar due desk --from "2027-09-30 17:30" --minutes 60
	shows '.seconds == "28800"' "$CLERK" calendar hours desk --from "2027-10-09 00:00" --to "2027-10-10 00:00"
	as "$DIRECTOR" sla set --clock response --priority normal --kind help --minutes 30
	shows 'map(select(.kind == "help" and .priority == "normal")) == [{property: "SUN", clock: "response", priority: "normal", kind: "help", minutes: "30", own: true}]' "$CLERK" sla list --clock response
	number=$(opened "$CLERK" --kind help --channel email --party P-1001)
	shows '.[] | select(.clock == "first response") | .target == "30 min" and .state == "running"' "$CLERK" case clocks "$number"
	refused 5 role "$CLERK" sla set --clock response --priority normal --minutes 1
	as "$DIRECTOR" sla clear --clock response --priority normal --kind help
	shows 'map(select(.kind == "help" and .own)) == []' "$CLERK" sla list --clock response
}

@test "what waits for a reason waits until a day, and its clocks stand still" {
	number=$(leak)
	as "$CLERK" case hold "$number" "Spare part" --until "$(day '+20 days')"
	shows 'map(select(.clock != "first response").state) == ["on hold", "on hold"]' "$CLERK" case clocks "$number"
	shows "map(.number) == [\"$number\"]" "$CLERK" case list --held
	refused 7 "" "$CLERK" case hold "$number" "Again" --until "$(day '+30 days')"
	as "$TECHNICIAN" case resume "$number" "It came."
	shows 'map(.state) | index("on hold") == null' "$CLERK" case clocks "$number"
	shows '. == []' "$CLERK" case list --held
}

@test "a customer who asks again without an answer is heard by the next one up" {
	number=$(opened "$CLERK" --kind complaint --channel email --party P-1002)
	as "$OPERATOR" case chase "$number" "Asks when." -q
	as "$OPERATOR" case chase "$number" "Asks again." --channel online -q
	shows '.case.chases == 2 and .case.escalated_to == null' "$CLERK" case show "$number"
	as "$OPERATOR" case chase "$number" "Is angry." -q
	shows '.case.chases == 3 and .case.escalated_to == "supervisor"' "$CLERK" case show "$number"
	as "$SUPERVISOR" case take "$number" "I ring him."
	shows '.case.escalated_to == null' "$CLERK" case show "$number"
}
