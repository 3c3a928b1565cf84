#!/usr/bin/env bash
# A desk's day, shown on screen: every command as a clerk types it, and what comes back.
# usage: day.sh PROFILE BUILD_DIR
set -euo pipefail
export STEWARD_HOME=$1 STEWARD_PAGER=cat
PATH=$2/client/cli:$PATH
cd "$(dirname "$(readlink -f "$0")")/../.."

note() {
	printf '\n\033[1m# %s\033[0m\n' "$*"
}

# Shows a command and runs it.
do_() {
	printf '\033[36m$ steward'
	printf ' %q' "$@"
	printf '\033[0m\n'
	steward "$@"
}

# Runs one that may have been run before: "exists already" is fine.
once() {
	local out
	out=$(steward "$@" 2>&1) || [[ $out == *already* || $out == *another* ]] || {
		echo "$out" >&2
		return 1
	}
}

note "Properties, places, people: read from CSV files; a second run changes nothing"
once property add SUN --name "Sunshine Garden" --zone Asia/Shanghai
once property add LAK --name "Lake View" --zone Asia/Shanghai
once property add HIL --name "Hill Court" --zone Asia/Shanghai
do_ place import tests/sample/places.csv
do_ party import tests/sample/parties.csv
do_ occupancy import tests/sample/occupancies.csv
once department add ENG Engineering -p SUN
do_ case import tests/sample/cases.csv || [ $? = 8 ]

note "The phone rings: who is it?"
do_ find 1202 -p SUN

note "She reports a burst pipe"
number=$(steward case open --kind repair --channel phone --summary "Kitchen pipe burst, main valve closed" \
	--priority urgent --phone 138-0013-8000 -p SUN -o name)
do_ case show "$number"

note "Somebody is sent; he accepts, works, reports"
do_ case dispatch "$number" --to ENG
order=$(steward order list --case "$number" -o name)
do_ order accept "$order"
do_ order start "$order"
do_ order complete "$order" --result "Valve and hose replaced" --reply "Your kitchen tap works again"

note "The desk calls back"
do_ visit list
do_ visit record "$number" --outcome reached --score 5 --remark "Very quick" || true
do_ case close "$number" || true
do_ case show "$number"

note "The day's list"
do_ case list --limit 10
