#!/usr/bin/env bats
# Knowing the customers: the work account, key and silent ones, who looks after whom, and how well. See docs/cases.md.

bats_require_minimum_version 1.5.0
load duties.bash

setup_file() {
	duties_up clerk building_steward supervisor manager quality director
}

teardown_file() {
	desk_down
}

@test "who was never heard is silent; coverage says how many were" {
	shows 'map(.number) | sort == ["P-1001", "P-1002"]' "$CLERK" contact silent
	shows '.[] | select(.building == "3") | .units == "2" and .coverage == "0 %" and .silent == "2"' "$MANAGER" contact coverage --by building
	as "$CLERK" contact add P-1001 --summary "Asked about the lift works" --mood content --needs "A bench" -q
	shows 'map(.number) == ["P-1002"]' "$CLERK" contact silent --days 180
	shows '.[] | select(.building == "3") | .heard == "1" and .coverage == "50 %" and .silent_share == "50 %"' "$MANAGER" contact coverage --by building --days 90
}

@test "the work account: last heard, mood, needs, interests, how to reach him, cases, what is owed" {
	as "$CLERK" contact profile P-1001 --channel phone --best-time evenings --interests pets,chess --matters "Quiet after nine" -q
	number=$(opened "$CLERK" --kind complaint --party P-1001)
	as "$SUPERVISOR" visit plan P-1001 "Yearly visit" --due "$(day '+90 days')" -q
	shows ".account.feeling == \"content\" and .account.best_time == \"evenings\" and .account.interests == [\"chess\", \"pets\"]
		and .contacts[0].needs == \"A bench\" and (.cases | map(.number)) == [\"$number\"] and .owed[0].label == \"Yearly visit\"
		and .holdings[0].place == \"3-1-1202\"" "$CLERK" contact account P-1001
	shows 'map(.interest) == ["chess", "pets"]' "$CLERK" contact interests
	shows 'map(.number) == ["P-1001"]' "$CLERK" contact interested chess
	as "$CLERK" contact profile P-1001 --drop chess -q
	shows '. == []' "$CLERK" contact interested chess
}

@test "a contact that was noted with the wrong customer is struck out and counts no more" {
	contact=$(as "$CLERK" contact add P-1002 --summary "Somebody else" --mood angry -o name)
	shows '.account.feeling == "angry"' "$CLERK" contact account P-1002
	as "$CLERK" contact strike "$contact" "It was another customer" -q
	shows '.account.last_at == null and .account.feeling == null' "$CLERK" contact account P-1002
	shows '.[0].struck == "It was another customer"' "$CLERK" contact list P-1002
}

@test "a steward has his buildings, a plan of contacts, and does them" {
	as "$SUPERVISOR" contact patch add building_steward building:3 -q
	shows '.[0].steward == "building_steward" and .[0].building == "3" and .[0].units == "2"' "$CLERK" contact patch list
	shows '.[] | select(.steward == "building_steward") | .units == "2"' "$MANAGER" contact coverage --by steward
	home=$(as "$CLERK" party add "Zhao Yun" --phones 137-0013-7000 -p SUN -o name)
	steward place add unit 3-1-1204 --parent building:3 -p SUN -q
	steward occupancy start 3-1-1204 "$home" owner --from 2020-01-01 -p SUN -q
	as "$BUILDING_STEWARD" contact plan --building building:3 --until "$(day '+30 days')" --json >"$DAEMON_DIR/plan"
	jq -e '.planned == 2 and .left_over == 0' "$DAEMON_DIR/plan"
	shows "(map(.subject) | sort) == [\"P-1002\", \"${home#*/}\"]" "$BUILDING_STEWARD" contact due --mine
	shows "any(.[]; .command == \"contact add ${home#*/}\")" "$BUILDING_STEWARD" agenda list --mine --kind contact
	as "$BUILDING_STEWARD" contact add "$home" --channel visit --direction out --outcome no_answer --again "$(day '+3 days')" -q
	shows "map(select(.subject == \"${home#*/}\").attempts) == [1]" "$BUILDING_STEWARD" contact due --mine
	as "$BUILDING_STEWARD" contact add "$home" --channel visit --direction out --summary "Likes the garden" --mood delighted -q
	shows 'map(.subject) == ["P-1002"]' "$BUILDING_STEWARD" contact due --mine
	refused 5 "supervisor or manager" "$BUILDING_STEWARD" contact patch add clerk building:3
	refused 7 "nobody looks after" "$SUPERVISOR" contact patch end building:3 --on 2020-01-01
}

@test "who complains often is found, and is a key customer for a reason until somebody says otherwise" {
	for _ in 1 2 3; do opened "$CLERK" --kind complaint --party P-1002 >/dev/null; done
	shows 'map(select(.number == "P-1002")) | .[0].complaints == "3"' "$MANAGER" contact key-candidates --least 3
	refused 5 role "$CLERK" contact key P-1002 "complains often"
	as "$BUILDING_STEWARD" contact key P-1002 "complains often" -q
	shows 'map({(.number): .key_reason}) == [{"P-1002": "complains often"}]' "$CLERK" contact keys
	shows 'map(.number) | index("P-1002") == null' "$MANAGER" contact key-candidates --least 3
	as "$MANAGER" contact unkey P-1002 "content for a year" -q
	shows '. == []' "$CLERK" contact keys
	shows '.keys[0].end_reason == "content for a year"' "$CLERK" contact account P-1002
}

@test "how familiar a steward is, asked blind and reported against 95 %" {
	check=$(as "$QUALITY" familiarity start building_steward --size 3 -o name)
	as "$QUALITY" familiarity sheet "$check" --json >"$DAEMON_DIR/sheet"
	run jq -r '.. | strings' "$DAEMON_DIR/sheet"
	[[ $output != *"Wang Xiaoming"* ]] # the sheet does not tell what is right
	refused 5 "" "$BUILDING_STEWARD" familiarity sheet "$check"
	for unit in 3-1-1202 3-1-1203 3-1-1204; do
		while read -r question; do
			case $unit.$question in
			*1202.holder) answer="Wang Xiaoming" ;;
			*1203.holder) answer="Lin Hua" ;;
			*1204.holder) answer="Zhao Yun" ;;
			*1202.phone) answer=8000 ;;
			*1203.phone) answer=9000 ;;
			*) answer=unknown ;;
			esac
			as "$QUALITY" familiarity answer "$check" --unit "$unit" --question "$question" --answer "$answer" -q
		done < <(jq -r --arg u "$unit" '.. | objects | select(.unit? == $u) | .question' "$DAEMON_DIR/sheet")
	done
	as "$QUALITY" familiarity finish "$check" -q
	shows '.check.state == "finished" and .check.units == "3"' "$DIRECTOR" familiarity show "$check"
	shows '.[] | select(.steward == "building_steward") | .checks == "1" and .units == "3" and .target == "95 %" and .met == "no"' "$DIRECTOR" familiarity report
}
