#!/usr/bin/env bats
# Importing: every row is taken or listed, counts add up, a second run changes nothing.

load desk.bash

setup_file() {
	desk_up
	steward property add HIL --name "Hill Court" --zone Asia/Shanghai
}

teardown_file() {
	desk_down
}

# count WORD FILE: the number before a word in the closing line of an import.
count() {
	sed -n "s/.*[^0-9,]\([0-9,]*\) $1.*/\1/p" "$2" | tail -1 | tr -d ,
}

@test "the sample: places, people, occupancies, cases" {
	cd "$root"
	for noun in place party occupancy case; do
		file=tests/sample/${noun}s.csv
		[ "$noun" = party ] && file=tests/sample/parties.csv
		[ "$noun" = occupancy ] && file=tests/sample/occupancies.csv
		run steward "$noun" import "$file" --json
		[ "$status" -eq 0 ] || [ "$status" -eq 8 ]
		run steward "$noun" import "$file" --json
		[ "$(jq -r .taken <<<"$output")" = 0 ]
	done
}

@test "24,071 real cases into five properties, twice" {
	csv=$root/../shared/data/council-cases.csv
	[ -f "$csv" ] || skip "the real file is not here"
	for office in NYCC20 NYCC30 NYCC33 NYCC34 NYCC39; do
		steward property add "$office" --name "Office $office" --zone America/New_York --country-code 1 --trunk-prefix 1 \
			--currency USD
	done
	import=(case import "$csv" --map property=account --map ref=unique_key --map opened=opendate --map closed=closedate
		--map category=complaint_type --map topic=descriptor --map place=city --set kind=complaint --set channel=letter --json)
	run --separate-stderr steward "${import[@]}"
	[ "$status" -eq 0 ] || [ "$status" -eq 8 ]
	rows=$(jq -r .rows <<<"$output") taken=$(jq -r .taken <<<"$output") rejected=$(jq -r '.rejected | length' <<<"$output")
	unchanged=$(jq -r .unchanged <<<"$output")
	[ "$rows" = 24071 ]
	[ $((taken + unchanged + rejected)) = 24071 ]
	[ "$taken" -ge 24000 ]
	jq -e '.rejected | all(.line > 1 and (.reason | length > 0))' <<<"$output"

	run --separate-stderr steward "${import[@]}"
	[ "$(jq -r .taken <<<"$output")" = 0 ]
	[ "$(jq -r .rows <<<"$output")" = 24071 ]
}
