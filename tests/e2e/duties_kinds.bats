#!/usr/bin/env bats
# What customers come with: every kind, by every channel, with what it needs, ended in every way it may. See docs/cases.md.

bats_require_minimum_version 1.5.0
load duties.bash

setup_file() {
	duties_up clerk operator building_steward technician supervisor quality
	as "$CLERK" case kinds --json >"$DAEMON_DIR/kinds.json"
}

teardown_file() {
	desk_down
}

# The value a test gives for a field that a kind needs.
value_of() {
	case $1 in
	party) echo P-1001 ;;
	caller) echo Li ;;
	phone) echo 138-0013-8000 ;;
	place) echo 3-1-1202 ;;
	spot) echo lobby ;;
	*) return 1 ;;
	esac
}

# needed KIND [BUT]: the flags it needs, without those of the need of that number.
needed() {
	local need n=0
	while read -r need; do
		n=$((n + 1))
		[ "$n" = "${2:-}" ] || printf -- '--%s %s ' "${need%%|*}" "$(value_of "${need%%|*}")"
	done < <(jq -r --arg k "$1" '.kinds[] | select(.kind == $k) | .needs[]' "$DAEMON_DIR/kinds.json")
}

# by CHANNEL KIND: the flags that a case of the kind needs when it comes by the channel.
by() {
	local need flags
	flags=$(needed "$2")
	while read -r need; do
		[[ $flags =~ --($need)\  ]] || flags+="--${need%%|*} $(value_of "${need%%|*}") "
	done < <(jq -r --arg c "$1" '.channels[] | select(.channel == $c) | .needs[]?' "$DAEMON_DIR/kinds.json")
	printf '%s' "$flags"
}

@test "there are ten kinds and six channels to choose from" {
	shows '.kinds | map(select(.kind == "dispute")) | .[0].needs | length == 2' "$CLERK" case kinds
	jq -e '[.kinds[].kind] | sort == ["complaint", "consultation", "dispute", "help", "inquiry", "opinion", "praise",
		"quality_complaint", "repair", "suggestion"]' "$DAEMON_DIR/kinds.json"
	jq -e '[.channels[].channel] - ["import"] | sort == ["email", "letter", "online", "patrol", "phone", "visit"]' "$DAEMON_DIR/kinds.json"
}

@test "without one thing it needs a case of a kind is not opened, with either of those that stand for each other it is" {
	local kind need n one flags
	while read -r kind; do
		n=0
		while read -r need; do
			n=$((n + 1))
			# shellcheck disable=SC2046 # several flags
			refused 2 "${need//|/ or }" "$CLERK" case open --summary x --kind "$kind" $(needed "$kind" $n)
			for one in ${need//|/ }; do
				# shellcheck disable=SC2046
				opened "$CLERK" --kind "$kind" $(needed "$kind" $n) --"$one" "$(value_of "$one")" | grep -q '^C-'
			done
		done < <(jq -r --arg k "$kind" '.kinds[] | select(.kind == $k) | .needs[]' "$DAEMON_DIR/kinds.json")
	done < <(jq -r '.kinds[] | select(.needs != []) | .kind' "$DAEMON_DIR/kinds.json")
}

@test "every kind comes by every channel, and who speaks with us has been answered" {
	local kind channel number answered
	while read -r kind channel; do
		# shellcheck disable=SC2046
		number=$(opened "$CLERK" --kind "$kind" --channel "$channel" $(by "$channel" "$kind"))
		answered=no
		[[ $channel != phone && $channel != visit ]] || answered=yes
		shows ".case.kind == \"$kind\" and .case.channel == \"$channel\" and
			(if .case.responded_at then \"yes\" else \"no\" end) == \"$answered\"" "$CLERK" case show "$number"
	done < <(jq -r '.channels[].channel as $c | select($c != "import") | .kinds[] | "\(.kind) \($c)"' "$DAEMON_DIR/kinds.json")
	refused 2 channel "$CLERK" case open --kind praise --summary x --channel pigeon
	refused 2 "place or spot" "$CLERK" case open --kind praise --summary x --channel patrol
}

# How each ending reads, and whether the customer is asked afterwards.
endings() {
	cat <<-'END'
		solved          yes solved
		explained       yes explained, nothing to be done
		not_justified   yes looked into and not justified
		not_possible    yes cannot be done, customer told why
		answered        yes answered
		not_answered    no  nobody can tell
		noted           no  noted and passed on
		adopted         yes adopted
		declined        no  not adopted, customer told why
		settled         yes settled between the parties
		partly_settled  yes settled in part
		not_settled     no  not settled
		passed_on       no  passed on to those praised
		referred        yes passed to who is responsible
		withdrawn       no  withdrawn by the customer
	END
}

@test "every kind ends in each of its ways, and owes a return visit where it should" {
	local kind visit ending asked label number
	[ "$(jq -r '.kinds[].endings[]' "$DAEMON_DIR/kinds.json" | sort -u)" = "$(endings | awk '{ print $1 }' | sort)" ]
	while read -r kind visit ending; do
		read -r _ asked label < <(endings | grep "^$ending ")
		# shellcheck disable=SC2046
		number=$(opened "$CLERK" --kind "$kind" $(needed "$kind"))
		as "$SUPERVISOR" case close "$number" --ending "$ending" --result "Told so" -q
		[ "$visit" = true ] || asked=no
		shows ".case.state == \"closed\" and .case.ending == \"$label\" and .case.result == \"Told so\" and
			(if .visits == [] then \"no\" else \"yes\" end) == \"$asked\"" "$CLERK" case show "$number"
	done < <(jq -r '.kinds[] | "\(.kind) \(.visit) " + .endings[]' "$DAEMON_DIR/kinds.json")
}

@test "an ending of another kind is refused, with those there are" {
	refused 2 ending "$CLERK" case close "$(opened "$CLERK" --kind inquiry)" --ending happy --result x
	refused 2 "noted, adopted, declined" "$CLERK" case close "$(opened "$CLERK" --kind suggestion)" --ending settled --result x
	refused 2 "passed_on" "$CLERK" case close "$(opened "$CLERK" --kind praise)" --ending solved --result x
}

@test "each on patrol, at the desk and at the telephone writes down what he is told" {
	number=$(opened "$BUILDING_STEWARD" --kind repair --channel patrol --spot "roof, door open")
	[ "$(field "$number" opened_by)" = building_steward ]
	number=$(opened "$OPERATOR" --kind consultation --details "May I glaze my balcony?")
	[ "$(field "$number" opened_by)" = operator ]
	refused 5 role "$TECHNICIAN" case open --kind repair --spot lobby --summary x
}

@test "who is responsible, and what customers are told" {
	as "$QUALITY" category add "heating / cold radiator"
	as "$QUALITY" category set "heating / cold radiator" --body utility --answer "The heating company answers until 15 March."
	shows '.[0].body == "utility" and (.[0].answer | startswith("The heating company"))' "$CLERK" category list "cold radiator"
	number=$(opened "$CLERK" --kind inquiry --category "heating / cold radiator")
	shows '.case.body == "utility" and (.case.answer | test("15 March"))' "$CLERK" case show "$number"
	as "$CLERK" case edit "$number" --body construction_unit
	[ "$(field "$number" body)" = construction_unit ]
	as "$CLERK" case edit "$number" --clear body
	[ "$(field "$number" body)" = utility ]
}

@test "what was written down wrong is put right, and the timeline tells" {
	number=$(opened "$CLERK" --kind inquiry --caller Li)
	as "$OPERATOR" case edit "$number" --kind complaint --severity major --priority urgent --details "Guard shouted"
	shows '.case.kind == "complaint" and .case.severity == "major" and .case.priority == "urgent" and
		([.timeline[] | select(.verb == "edit")] | length > 0)' "$CLERK" case show "$number"
	refused 2 "place or spot" "$OPERATOR" case edit "$number" --kind quality_complaint
	[ "$(field "$number" kind)" = complaint ]
}

@test "noted, closed, opened again, or cancelled as a mistake" {
	number=$(opened "$CLERK" --kind inquiry)
	as "$CLERK" case note "$number" "She means the pool."
	as "$CLERK" case close "$number" --result "Told: 7 to 22"
	refused 7 closed "$CLERK" case close "$number"
	refused 5 "supervisor, manager" "$CLERK" case reopen "$number" "The hours have changed."
	as "$SUPERVISOR" case reopen "$number" "The hours have changed."
	[ "$(field "$number" state)" = reopened ]
	shows '[.timeline[] | select(.text == "She means the pool.")] | length == 1' "$CLERK" case show "$number"
	number=$(opened "$CLERK" --kind inquiry)
	as "$CLERK" case cancel "$number" "Written down twice." --yes
	[ "$(field "$number" state)" = cancelled ]
}

@test "one box finds a customer by name, number and telephone" {
	shows '[.. | .number? // empty] | any(. == "P-1002")' "$OPERATOR" find "139-0013-9000"
	shows '[.. | .number? // empty] | any(. == "P-1002")' "$OPERATOR" find "Lin"
	number=$(opened "$CLERK" --kind opinion --party P-1002)
	shows "[.. | .number? // empty] | any(. == \"$number\")" "$OPERATOR" find "$number"
	shows "map(.number) == [\"$number\"]" "$OPERATOR" case list --party P-1002 --kind opinion
}
