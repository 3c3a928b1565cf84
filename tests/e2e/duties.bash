# shellcheck shell=bash
# For the walks of the desk's duties (docs/cases.md): a daemon of the file's own with a building, two customers and a
# department, and a desk for each role that the file names.
load desk.bash

# duties_up ROLE...: exports a desk for each role, named like it: $CLERK, $BUILDING_STEWARD.
duties_up() {
	local role
	desk_up
	steward department add ENG Engineering -p SUN -q
	steward place add building 3 -p SUN -q
	steward place add unit 3-1-1202 --parent building:3 -p SUN -q
	steward place add unit 3-1-1203 --parent building:3 -p SUN -q
	steward party add "Wang Xiaoming" --phones 138-0013-8000 -p SUN -q
	steward party add "Lin Hua" --phones 139-0013-9000 -p SUN -q
	steward occupancy start 3-1-1202 P-1001 owner --from 2019-05-01 -p SUN -q
	steward occupancy start 3-1-1203 P-1002 owner --from 2019-05-01 -p SUN -q
	for role in "$@"; do
		export "${role^^}=$(desk_of "$role")"
	done
}

as() {
	local desk=$1
	shift
	STEWARD_HOME=$desk steward "$@" -p SUN
}

# shows FILTER DESK COMMAND...: the answer is as the filter says.
shows() {
	local filter=$1 answer
	shift
	answer=$(as "$@" --json) || return
	jq -e "$filter" <<<"$answer" >/dev/null && return
	printf 'not so: %s\n%.2000s\n' "$filter" "$answer" >&2
	return 1
}

# refused CODE WORDS DESK COMMAND...: it ends with that code, and these words are told.
refused() {
	local code=$1 words=$2
	shift 2
	run as "$@"
	[ "$status" -eq "$code" ] && [[ $output == *"$words"* ]] && return
	printf 'not refused with %s and "%s", but %s: %s\n' "$code" "$words" "$status" "$output" >&2
	return 1
}

# opened DESK FLAGS: a case of the test's own; its number.
opened() {
	local desk=$1 number
	shift
	number=$(as "$desk" case open --summary "$BATS_TEST_DESCRIPTION" -o name "$@") || return
	echo "${number#*/}"
}

# field CASE NAME: as whoever opened the desk sees it.
field() {
	steward case show "$1" -p SUN --json | jq -r ".case.$2"
}

# dispatched CASE TO: the number of the order.
dispatched() {
	as "$DISPATCHER" case dispatch "$1" --to "$2" -q
	as "$DISPATCHER" order list --case "$1" --state issued -o name | sed 's,.*/,,'
}

# Days and moments as the clocks of the property show them.
day() {
	TZ=Asia/Shanghai date -d "$1" +%F
}

moment() {
	TZ=Asia/Shanghai date -d "$1" '+%F %H:%M'
}
