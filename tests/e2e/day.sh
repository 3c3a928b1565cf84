#!/usr/bin/env bash
# A desk's day, shown on screen: every command as a clerk types it, and what comes back.
# usage: day.sh PROFILE BUILD_DIR
set -euo pipefail
desk=$1
export STEWARD_HOME=$desk STEWARD_PAGER=cat
PATH=$2/client/cli:$PATH LC_ALL=${LC_ALL:-C.UTF-8}
cd "$(dirname "$(readlink -f "$0")")/../.."

who="admin"

note() {
	printf '\n\033[1m# %s\033[0m\n' "$*"
}

# Shows a command and runs it.
do_() {
	printf '\033[36m%s$ steward' "$who"
	printf ' %q' "$@"
	printf '\033[0m\n'
	steward "$@"
}

# From now on this person works, in a profile of his own on the same machine.
as() {
	who=$1
	STEWARD_HOME=$desk
	[ "$1" = admin ] || STEWARD_HOME=$desk-$1
}

# person LOGIN NAME ROLE: is made on the first run, logs in on every run.
person() {
	local home=$desk-$1
	if [ ! -f "$home/password" ]; then
		cp -r "$desk" "$home"
		rm -f "$home/session.token"
		steward user add "$1" "$2" --no-must-change --json | jq -r .password >"$home/password"
		steward user grant "$1" "$3" SUN -q --yes >/dev/null
	fi
	STEWARD_HOME=$home steward login "$1" --password-file "$home/password" -q
}

# Runs one that may have been run before.
once() {
	local out
	out=$(steward "$@" 2>&1) || [ $? = 7 ] || {
		echo "$out" >&2
		return 1
	}
}

note "Properties, places, people: read from CSV files; a second run changes nothing"
do_ property import tests/sample/properties.csv
do_ place import tests/sample/places.csv
do_ party import tests/sample/parties.csv
do_ occupancy import tests/sample/occupancies.csv
once department add ENG Engineering -p SUN
do_ case import tests/sample/cases.csv || [ $? = 8 ]

person li "Li Na" clerk
person zhao "Zhao Lei" technician
person guo "Guo Min" supervisor
person he "He Jing" finance
person wu "Wu Fang" cashier

note "The phone rings at the front desk: who is it?"
as li
do_ find 1202

note "She reports a burst pipe"
number=$(steward case open --kind repair --summary "Kitchen pipe burst, main valve closed" --priority urgent \
	--place 3-1-1202 --phone 120-0055-0101 -o name)
do_ case show "$number"

note "The supervisor sends somebody; he accepts, works, reports"
as guo
do_ case dispatch "$number" --to ENG
order=$(steward order list --case "$number" -o name)
as zhao
do_ order accept "$order"
do_ order start "$order"
do_ order complete "$order" --result "Valve and hose replaced" --reply "Your kitchen tap works again"

note "The desk calls back, and the supervisor closes the case"
as li
do_ visit list
do_ visit record "$number" --outcome reached --score 5 --remark "Very quick"
as guo
do_ case close "$number"

note "The month's money: a fee by area, a bill, a payment at the drawer"
month=$(TZ=Asia/Shanghai date +%Y-%m) # at the property
as he
do_ standard set MGMT --name "Management fee" --item MANAGEMENT --basis gross_area --rate 2.80
once standard assign MGMT 3-1-1202
once billing run "$month" --yes
until [ "$(steward billing list --json | jq -r '[.[] | select(.state == "running")] | length')" = 0 ]; do sleep 0.2; done
do_ billing list
as wu
once shift open D1 --float 500
do_ payment due 3-1-1202
do_ payment take cash=100 --place 3-1-1202 --tendered 100 --pdf "$desk/receipt.pdf" --force
as he
do_ account balance

note "What happened, and what is open"
as guo
do_ case show "$number"
do_ case list --open --limit 10
