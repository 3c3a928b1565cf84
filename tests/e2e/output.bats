#!/usr/bin/env bats
# What goes to stdout and stderr, in every format, and the exit codes, against a daemon.

load desk.bash

setup_file() {
	desk_up
	steward department add ENG Engineering -p SUN
	CLERK=$(desk_of clerk)
	SUPERVISOR=$(desk_of supervisor)
	export CLERK SUPERVISOR
	for n in 1 2 3; do
		STEWARD_HOME=$CLERK steward case open --kind repair --spot lobby --summary "水管 burst, no. $n" --caller "=1+$n" -q
	done
	STEWARD_HOME=$CLERK steward case open --kind inquiry --summary 'say "hi"' -q
}

setup() {
	bats_require_minimum_version 1.5.0
	export STEWARD_HOME=$CLERK
	unset NO_COLOR CLICOLOR_FORCE
}

teardown_file() {
	desk_down
}

supervisor() {
	STEWARD_HOME=$SUPERVISOR steward "$@"
}

@test "a list is an aligned table; nothing but the result on stdout" {
	run --separate-stderr steward case list --kind repair --columns number,summary,caller
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${lines[0]}" = "NUMBER  SUMMARY            CALLER" ]
	[ "${lines[1]}" = "C-1003  水管 burst, no. 3  =1+3" ]
	[[ $output != *$'\033'* ]]
}

@test "an empty list is no error; --exit-code asks for one" {
	run --separate-stderr steward case list --state cancelled
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(steward case list --state cancelled --json)" = "[]" ]
	run steward case list --state cancelled --json --exit-code
	[ "$status" -eq 1 ]
	[ "$output" = "[]" ]
	run steward case list --exit-code
	[ "$status" -eq 0 ]
}

@test "JSON: a list of objects, one object, chosen fields, one per line" {
	[ "$(steward case list --json | jq -r 'type')" = array ]
	[ "$(steward case show C-1001 --json | jq -r '.case.number')" = C-1001 ]
	[ "$(steward case show C-1001 --json | jq -r '.timeline | type')" = array ]
	[ "$(steward case list --kind inquiry --json=number,closed_at,summary)" = \
		'[{"number":"C-1004","closed_at":null,"summary":"say \"hi\""}]' ]
	[ "$(steward case list --jsonl --json=number 2>/dev/null | head -1)" ]
	[ "$(steward case list --jsonl | wc -l)" = 4 ]
	run steward case list --json=nmber
	[ "$status" -eq 2 ]
	[[ $output == *"did you mean 'number'"* ]]
}

@test "JSON is never coloured and never paged" {
	run "$root/tests/e2e/ask.py" -- env STEWARD_PAGER='sed s/^/PAGED/' steward case list --json --color=always
	[ "$status" -eq 0 ]
	[[ $output != *$'\033'* && $output != *PAGED* ]]
}

@test "CSV: plain in a pipe; in a file with a mark and without formulas" {
	[ "$(steward case list --kind repair --csv --columns number,caller | head -2 | od -An -c | tr -d ' \n')" = \
		'number,caller\r\nC-1003,=1+3\r\n' ]
	steward case list --kind repair --csv --columns number,caller,summary >"$BATS_TEST_TMPDIR/o.csv"
	[ "$(head -c 3 "$BATS_TEST_TMPDIR/o.csv" | od -An -tx1 | tr -d ' ')" = efbbbf ]
	grep -q "C-1003,\"'=1+3\",\"水管 burst, no. 3\"" "$BATS_TEST_TMPDIR/o.csv"
	[ "$(steward case list --kind inquiry --csv --columns summary | tail -1 | tr -d '\r')" = '"say ""hi"""' ]
}

@test "TSV, plain, names" {
	[ "$(steward case list --kind inquiry --tsv --columns number,summary)" = $'number\tsummary\nC-1004\tsay "hi"' ]
	[ "$(steward case list --kind inquiry --plain --columns number,summary)" = $'C-1004\tsay "hi"' ]
	[ "$(steward case list --kind inquiry -o name)" = SUN/C-1004 ]
	steward case list -o name | xargs -n1 steward case show -q >/dev/null
}

@test "sorting and columns" {
	[ "$(steward case list --plain --columns number --sort number | head -1)" = C-1001 ]
	[ "$(steward case list --plain --columns number --sort=-number | head -1)" = C-1004 ]
	[ "$(steward case list --plain --columns number --sort kind,-number | tr '\n' ' ')" = "C-1004 C-1003 C-1002 C-1001 " ]
}

@test "a list that is cut says so on stderr, and the cursor goes on" {
	run --separate-stderr steward case list --limit 2 --plain --columns number
	[ "$status" -eq 0 ]
	[ "$output" = $'C-1004\nC-1003' ]
	[[ $stderr == *"There are more"* ]]
	cursor=$(steward case list --limit 2 --json 2>/dev/null | jq -r '.[-1].cursor')
	run --separate-stderr steward case list --limit 2 --cursor "$cursor" --plain --columns number
	[ "$output" = $'C-1002\nC-1001' ]
	[ -z "$stderr" ]
	run --separate-stderr steward case list --limit all --plain --columns number
	[ "${#lines[@]}" -eq 4 ]
	[ -z "$stderr" ]
	run steward place kinds --cursor x
	[ "$status" -eq 2 ]
}

@test "at a terminal: bold headings, as wide as the screen, a pager when it is long" {
	run "$root/tests/e2e/ask.py" -s 24x60 -- steward case list
	[[ $output == *$'\033[1m'* ]]
	while read -r line; do
		[ "$(sed 's/\x1b\[[0-9;]*m//g' <<<"$line" | wc -L)" -le 60 ]
	done <<<"$output"
	run "$root/tests/e2e/ask.py" -s 4x80 -- env STEWARD_PAGER='sed s/^/PAGED/' steward case list
	[[ $output == *PAGED* ]]
	run "$root/tests/e2e/ask.py" -s 24x80 -- env STEWARD_PAGER='sed s/^/PAGED/' steward case list
	[[ $output != *PAGED* ]]
	run "$root/tests/e2e/ask.py" -s 4x80 -- env STEWARD_PAGER='sed s/^/PAGED/' steward case list --no-pager
	[[ $output != *PAGED* ]]
}

@test "a change says what changed and what is next; -q is silent" {
	run --separate-stderr steward case note C-1001 "A note"
	[ "$output" = "C-1001 noted." ]
	[ -z "$stderr" ]
	run "$root/tests/e2e/ask.py" -- steward case note C-1001 "A note"
	[[ $output == *"Next: steward case show C-1001"* ]]
	run steward case note C-1001 "A note" -q
	[ -z "$output" ]
	[ "$(steward case note C-1001 "A note" --json | jq -r .number)" = C-1001 ]
}

@test "text from standard input" {
	echo "from a pipe" | steward case note C-1001 - -q
	[ "$(steward case show C-1001 --json | jq -r '.timeline[-1].text')" = "from a pipe" ]
	number=$(printf 'Summary from a pipe\n' | steward case open --kind inquiry --summary - -o name)
	[ "$(steward case show "$number" --json | jq -r .case.summary)" = "Summary from a pipe" ]
	supervisor case close "$number" --result done -q
}

@test "several values: one call each, exit 8 and a list if some fail" {
	run --separate-stderr supervisor case close C-1002 C-9999 C-1003 --result done
	[ "$status" -eq 8 ]
	[ "$output" = $'C-1002 closed.\nC-1003 closed.' ]
	[[ $stderr == *"C-9999"* && $stderr == *"2 of 3 done, 1 failed"* ]]
	run --separate-stderr steward case show C-1001 C-1002 --json
	[ "$status" -eq 0 ]
	[ "$(jq -r '[.[].case.number] | join(" ")' <<<"$output")" = "C-1001 C-1002" ]
	run steward case show C-9998 C-9999
	[ "$status" -eq 3 ]
	run steward case note C-1001 two words
	[ "$status" -eq 2 ]
	[[ $output == *quotes* ]]
}

@test "exit codes" {
	run steward case show C-9999
	[ "$status" -eq 3 ]
	run steward case open --kind nonsense --summary x
	[[ $status == 2 || $status == 3 ]]
	run steward device list
	[ "$status" -eq 5 ]
	run supervisor case dispatch C-1002 --to ENG
	[ "$status" -eq 7 ]
	version=$(steward case show C-1001 --json | jq -r .case.version)
	steward case edit C-1001 --priority high --version "$version" -q
	run steward case edit C-1001 --priority low --version "$version"
	[ "$status" -eq 6 ]
	run steward case show C-1001 --timeout nonsense
	[ "$status" -eq 2 ]
}

@test "a login that has ended: exit 4, then exit 4 without asking the server" {
	gone=$(desk_of operator)
	STEWARD_HOME=$gone steward logout
	run --separate-stderr env STEWARD_HOME="$gone" steward case list --json
	[ "$status" -eq 4 ]
	[ "$(jq -r .reason <<<"$stderr")" = LOGIN_REQUIRED ]
	echo no-such-token >"$gone/session.token"
	run --separate-stderr env STEWARD_HOME="$gone" steward case list --json
	[ "$status" -eq 4 ]
	[ "$(jq -r .reason <<<"$stderr")" = SESSION_ENDED ]
}

@test "the same key twice is told; dry run is marked" {
	key=0193b3a2-7c1e-7d20-8f00-2b7f6a1c9e10
	first=$(steward case open --kind inquiry --summary "Keyed" --idempotency-key $key --json | jq -r .number)
	run steward case open --kind inquiry --summary "Keyed" --idempotency-key $key
	[ "$status" -eq 0 ]
	[[ $output == "$first opened"*"done before"* ]]
	run steward case open --kind inquiry --summary "Other" --idempotency-key $key
	[ "$status" -eq 2 ]
	run steward case open --kind inquiry --summary "Never" --dry-run
	[[ $output == "Dry run, nothing was kept: "*"would be opened." ]]
	run steward case open --kind inquiry --summary "Told" -v
	[[ $output == *"key 0"*"request id 0"* ]]
	supervisor case close "$first" --result done -q
}

@test "api: JSON in, the whole reply out, exact errors" {
	[ "$(echo '{"case": "C-1001"}' | steward api case.Show --input - | jq -r .case.number)" = C-1001 ]
	[ "$(steward api case.Kinds | jq -r '.kinds | length > 0')" = true ]
	run --separate-stderr steward api case.Show --input - <<<'{"case": 5}'
	[ "$status" -eq 2 ]
	[ "$(jq -r .field <<<"$stderr")" = case ]
	run steward api case.Sho
	[ "$status" -eq 2 ]
	[[ $output == *"case.Show"* ]]
}

@test "watching: each change is a line, --limit ends it" {
	steward watch --limit 1 --jsonl >"$BATS_TEST_TMPDIR/watched" &
	watcher=$!
	for _ in $(seq 50); do
		steward case note C-1001 "seen" -q
		kill -0 $watcher 2>/dev/null || break
	done
	wait $watcher
	[ "$(jq -r .entity "$BATS_TEST_TMPDIR/watched")" = case ]
	run timeout 20 bash -c 'steward case list --watch=0.2 --json=number --limit 1 2>/dev/null | head -3'
	[ "${#lines[@]}" -eq 3 ]
	run steward case note C-1001 x --watch
	[ "$status" -eq 2 ]
}

@test "completion remembers what a list showed at a terminal" {
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	[ -z "$(steward __complete case show C-1)" ]
	"$root/tests/e2e/ask.py" -- steward case list >/dev/null
	[[ $(steward __complete case show C-100) == *C-1001* ]]
}

@test "a reader that goes away is no error" {
	run bash -c 'steward case list --limit all | head -1; exit ${PIPESTATUS[0]}'
	[ "$status" -eq 0 ]
	run bash -c 'steward case list >/dev/full'
	[ "$status" -eq 12 ]
}

@test "doctor is content" {
	run steward doctor
	[ "$status" -eq 0 ]
	[[ $output == *"ok   connection"* ]]
}
