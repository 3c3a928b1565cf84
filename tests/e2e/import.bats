#!/usr/bin/env bats
# Importing: every row is taken or listed, counts add up, a second run changes nothing.

bats_require_minimum_version 1.5.0
load desk.bash

setup_file() {
	desk_up
}

teardown_file() {
	desk_down
}

@test "the sample: places, people, occupancies, cases" {
	cd "$root"
	for file in property:properties place:places party:parties occupancy:occupancies case:cases; do
		noun=${file%:*} file=tests/sample/${file#*:}.csv
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
		steward property add "$office" "Office $office" --zone America/New_York --country-code 1 --trunk-prefix 1 \
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

@test "500 real buildings with areas in square feet, twice" {
	csv=$root/../shared/data/buildings.csv
	[ -f "$csv" ] || skip "the real file is not here"
	import=(place import "$csv" -p LAK --set kind=building --set measure=ft2 --map number=bbl --map name=address
		--map address=address --map gross_area=bldgarea --map floors=numfloors --map built_year=yearbuilt --json)
	run --separate-stderr steward "${import[@]}"
	[ "$status" -eq 0 ]
	[ "$(jq -r .taken <<<"$output")" = 500 ]
	run --separate-stderr steward "${import[@]}"
	[ "$(jq -r .unchanged <<<"$output")" = 500 ]
	# 23,199 square feet
	[ "$(steward place list -p LAK --limit all --json | jq -r '.[] | select(.number == "1000430006.00").gross_area')" = 2155.26 ]
}
