#!/usr/bin/env bats
# Knowing the answers: scripts, rules, reply templates, whom to call, and that they are still right. See docs/cases.md.

bats_require_minimum_version 1.5.0
load duties.bash

setup_file() {
	duties_up clerk operator technician supervisor quality
}

teardown_file() {
	desk_down
}

@test "an article is drafted, published, found by half a word, and fits a case" {
	as "$QUALITY" knowledge add "Water leak: first questions" --kind script --body "Is the main valve closed?" --category water
	shows '. == []' "$CLERK" knowledge find "water le"
	refused 5 role "$CLERK" knowledge publish K-1001
	as "$QUALITY" knowledge publish K-1001
	shows '.[0].number == "K-1001" and (.[0].snippet | test("main valve"))' "$OPERATOR" knowledge find "water le"
	shows '. == []' "$OPERATOR" knowledge find "parking"
	number=$(opened "$CLERK" --kind repair --spot kitchen --category "water / leak")
	shows '.[0].number == "K-1001"' "$CLERK" knowledge for "$number"
	shows 'map(.number) | index("K-1001") == null' "$CLERK" knowledge for --kind repair --category lift
}

@test "laws and rules stand beside the scripts" {
	rule=$(as "$QUALITY" knowledge add "Balcony glazing" --kind rule --body "Takes the consent of the owners' committee." --tags balcony -o name)
	as "$QUALITY" knowledge publish "$rule" -q
	shows '.[0].kind == "rule" and .[0].title == "Balcony glazing"' "$OPERATOR" knowledge find "glazing" --kind rule
	as "$QUALITY" knowledge edit "$rule" --version 2 --body "Takes the consent of two thirds of the owners." -q
	shows '.article.body | test("two thirds")' "$CLERK" knowledge show "$rule"
	as "$QUALITY" knowledge withdraw "$rule" --why "The rule was changed." -q
	shows '. == []' "$CLERK" knowledge find "glazing"
}

@test "what helped and what was wrong is counted" {
	as "$CLERK" knowledge use K-1001 -q
	as "$OPERATOR" knowledge use K-1001 --failed --remark "There are two valves" -q
	shows '.article.used == 2 and .article.failed == 1 and .uses[0].remark == "There are two valves"' "$QUALITY" knowledge show K-1001
}

@test "an answer in writing is filled from the case, seen first, then sent" {
	as "$QUALITY" knowledge placeholders | grep -q '{customer.name}'
	refused 2 "{customer}" "$QUALITY" knowledge add Bad --kind template --body "Dear {customer}"
	template=$(as "$QUALITY" knowledge add "Done" --kind template --body "Dear {customer.name}, as to {case.number}: {result}" -o name)
	as "$QUALITY" knowledge publish "$template" -q
	number=$(opened "$CLERK" --kind inquiry --party P-1002 --channel letter)
	as "$CLERK" case close "$number" --result "The pool opens at seven." -q
	shows ".text == \"Dear Lin Hua, as to $number: The pool opens at seven.\"" "$CLERK" knowledge render "$template" --case "$number"
	number=$(opened "$CLERK" --kind complaint --party P-1002 --channel email)
	greeting=$(as "$QUALITY" knowledge add "Received" --kind template --body "Dear {customer.name}, we look into {case.number}." -o name)
	as "$QUALITY" knowledge publish "$greeting" -q
	as "$CLERK" case reply "$number" --template "$greeting" -q
	shows "any(.timeline[]; .verb == \"reply\" and (.text | test(\"Dear Lin Hua, we look into $number.\")))" "$CLERK" case show "$number"
	shows '.[] | select(.clock == "first response") | .state == "met"' "$CLERK" case clocks "$number"
}

@test "whom to call: found by the digits that ring, by a word, by what a case is about" {
	as "$QUALITY" directory add "Water company" --kind water --phones 0571-96390=hotline --responsible utility --categories water --what-for "No water, bad water" -q
	shows '.[0].name == "Water company" and (.[0].phone | test("96390"))' "$OPERATOR" directory find 96390
	shows '.[0].name == "Water company"' "$OPERATOR" directory find "bad water"
	number=$(opened "$CLERK" --kind help --party P-1001 --category "water / no water")
	shows '.[0].name == "Water company" and .[0].responsible == "utility"' "$CLERK" directory for "$number"
	shows '. == []' "$CLERK" directory for --category lift
	as "$QUALITY" directory edit D-1001 --hours "24 hours" -q
	shows '.entry.hours == "24 hours" and any(.history[]; .field == "hours" and .after == "24 hours")' "$CLERK" directory show D-1001
	refused 5 role "$CLERK" directory edit D-1001 --hours never
}

@test "a number that is wrong is told, made sure of, or withdrawn" {
	as "$OPERATOR" directory use D-1001 -q
	as "$OPERATOR" directory use D-1001 --failed --remark "Engaged all day" -q
	shows '.entry.used == 2 and .entry.failed == 1 and .uses[0].remark == "Engaged all day"' "$SUPERVISOR" directory show D-1001
	as "$SUPERVISOR" directory review D-1001 --next "$(day '+200 days')" --remark "Rang them" -q
	shows ".[0].review_by == \"$(day '+200 days')\"" "$CLERK" directory list --kind water
	shows 'any(.[]; .number == "D-1001")' "$SUPERVISOR" directory list --until "$(day '+201 days')"
	as "$SUPERVISOR" directory withdraw D-1001 --why "Merged with another" -q
	shows '. == []' "$OPERATOR" directory find 96390
	as "$SUPERVISOR" directory review D-1001 --next "$(day '+300 days')" -q
	shows '.[0].state == "active"' "$OPERATOR" directory find 96390
}

@test "articles are looked at again before they are out of date" {
	as "$QUALITY" knowledge review K-1001 --next "$(day '+5 days')" -q
	shows 'any(.[]; .number == "K-1001")' "$QUALITY" knowledge list --until "$(day '+6 days')"
	shows 'any(.[]; .kind == "review" and .subject == "K-1001" and .command == "knowledge review K-1001")' "$QUALITY" agenda list --kind review
	as "$QUALITY" knowledge review K-1001 --next "$(day '+365 days')" --remark "Still so" -q
	shows 'map(.number) | index("K-1001") == null' "$QUALITY" knowledge list --until "$(day '+6 days')"
	refused 5 role "$TECHNICIAN" knowledge review K-1001
}
