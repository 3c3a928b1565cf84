#!/usr/bin/env bats
# The command line without a daemon: words, flags, help, exit codes, completion. In an empty home.

load desk.bash

setup() {
	bats_require_minimum_version 1.5.0
	HOME=$(mktemp -d /tmp/steward-home-XXXXXX)
	export HOME TERM=xterm
	unset XDG_CONFIG_HOME XDG_CACHE_HOME STEWARD_HOME NO_COLOR CLICOLOR_FORCE
}

teardown() {
	rm -rf "$HOME"
}

@test "version and help go to stdout and exit with 0" {
	run --separate-stderr steward --version
	[ "$status" -eq 0 ]
	[[ $output == "steward "*"protocol steward/1" ]]
	[ -z "$stderr" ]
	run --separate-stderr steward help
	[ "$status" -eq 0 ]
	[[ $output == *"case open"* ]]
	[ -z "$stderr" ]
	run --separate-stderr steward case --help
	[ "$status" -eq 0 ]
	[[ $output == *"case show"* && $output != *"place show"* ]]
}

@test "no words without a terminal: short help on stderr, exit 2" {
	run --separate-stderr steward </dev/null
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[[ $stderr == *"Usage:"* ]]
}

@test "no words at a terminal, or tui: the desk on the screen, with its own options" {
	run script -qec "env TERM=xterm steward" /dev/null
	[[ $output == *"steward-tui: this machine is not enrolled"* ]]
	run script -qec "env TERM=xterm steward tui --theme mono" /dev/null
	[[ $output == *"steward-tui: this machine is not enrolled"* ]]
	run script -qec "env TERM=xterm steward tui --theme pink" /dev/null
	[[ $output == *"there is no theme 'pink'"* ]]
	run script -qec "env TERM=dumb steward" /dev/null
	[[ $output == *"Usage:"* ]]
	run --separate-stderr steward tui --version
	[[ $output == "steward-tui "* ]]
}

@test "the screens that are missing are said to be" {
	mkdir "$HOME/alone"
	cp "$(command -v steward)" "$HOME/alone/steward"
	run --separate-stderr env PATH=/usr/bin "$HOME/alone/steward" tui
	[ "$status" -eq 12 ]
	[[ $stderr == *"steward-tui cannot be started"* ]]
}

@test "stw is the same program" {
	ln -s "$(command -v steward)" "$HOME/stw"
	run "$HOME/stw" version
	[ "$status" -eq 0 ]
}

@test "unknown words and flags: exit 2 and what is near" {
	run steward csae list
	[ "$status" -eq 2 ]
	[[ $output == *"did you mean 'case'"* ]]
	run steward case lst
	[ "$status" -eq 2 ]
	[[ $output == *"did you mean 'case list'"* ]]
	run steward case list --opne
	[ "$status" -eq 2 ]
	[[ $output == *"did you mean --open"* ]]
	run steward case list --js
	[ "$status" -eq 2 ]
	[[ $output == *"write --json"* ]]
	run steward case open --kind repair
	[ "$status" -eq 2 ]
	[[ $output == *"missing: --summary"* ]]
	run steward case open --kind repair --summary x --priority soon
	[ "$status" -eq 2 ]
	[[ $output == *"--priority"* ]]
}

@test "an empty home: exit 4 and the way out, in JSON too" {
	run --separate-stderr steward case list
	[ "$status" -eq 4 ]
	[ -z "$output" ]
	[[ $stderr == *"not enrolled"*"steward enrol"* ]]
	run --separate-stderr steward case list --json
	[ "$status" -eq 4 ]
	[ -z "$output" ]
	[ "$(jq -r .reason <<<"$stderr")" = NOT_ENROLLED ]
	[ "$(jq -r .exit <<<"$stderr")" = 4 ]
	[ "$(jq -r 'has("code") and has("message") and has("hint") and has("field") and has("request_id")' <<<"$stderr")" = true ]
}

@test "wrong usage is JSON as well when JSON is wanted" {
	run --separate-stderr steward case list --json --nonsense
	[ "$status" -eq 2 ]
	[ "$(jq -r .reason <<<"$stderr")" = UNKNOWN_FLAG ]
}

@test "passwords are no flags and no environment" {
	run steward login wang --password secret
	[ "$status" -eq 2 ]
	for words in "auth change-password" "user add" "auth step-up"; do
		# shellcheck disable=SC2086
		steward $words --help | grep -oE -- '--(old|new|password|code)\b[^ ]*' | while read -r flag; do
			[[ $flag == *-file=* ]]
		done
	done
	! steward help env | grep -qi 'steward_password'
}

# Words of all methods people type, one per line.
commands() {
	steward help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z -]*[a-z]\)  .*/\1/p'
}

@test "every command explains itself, and its example is a command" {
	n=0
	while read -r words; do
		n=$((n + 1))
		# shellcheck disable=SC2086
		output=$(steward $words --help)
		[[ $output == *"Usage:"* ]]
		example=$(sed -n '/^Example:/{n;s/^  //p;}' <<<"$output")
		[ -n "$example" ]
		run --separate-stderr bash -c "$example </dev/null"
		# understood, but there is no profile (4), no such file (3), no printer, or a secret must be typed
		[[ $status == 4 || $status == 3 || $stderr == *"missing: --"*"-file"* || $stderr == *"cannot print on /dev/usb/lp0"* ]] || {
			echo "$example: $status $stderr"
			return 1
		}
	done < <(commands)
	[[ $(steward case open -h) == *"Usage:"* ]]
	[ "$n" -ge 60 ]
}

@test "help topics" {
	for topic in exit-codes output env keys; do
		run steward help "$topic"
		[ "$status" -eq 0 ]
	done
	run steward help exit-code
	[ "$status" -eq 2 ]
	[[ $output == *"did you mean 'exit-codes'"* ]]
}

@test "colour: flag, NO_COLOR, CLICOLOR_FORCE, a pipe" {
	esc=$(printf '\033')
	[[ $(steward help) != *"$esc"* ]]
	[[ $(steward help --color=always) == *"$esc"* ]]
	[[ $(CLICOLOR_FORCE=1 steward help) == *"$esc"* ]]
	[[ $(NO_COLOR=1 CLICOLOR_FORCE=1 steward help) != *"$esc"* ]]
	[[ $(NO_COLOR=1 steward help --color) == *"$esc"* ]]
	[[ $(CLICOLOR_FORCE=1 steward help --color=never) != *"$esc"* ]]
}

@test "settings tell where they came from" {
	mkdir -p "$HOME/.config/steward"
	echo 'server = desk.example' >"$HOME/.config/steward/client.conf"
	run steward config show --origin
	[ "$status" -eq 0 ]
	[[ $output == *"server"*"desk.example"*"client.conf"* ]]
	[[ $output == *"port"*"7433"*"built in"* ]]
	[ "$(STEWARD_PORT=7000 steward config show --json | jq -r .port)" = 7000 ]
	echo 'sever = x' >>"$HOME/.config/steward/client.conf"
	run steward config show
	[ "$status" -eq 2 ]
	[[ $output == *"client.conf:2: unknown setting 'sever'"* ]]
}

@test "completion: candidates for words, flags and values" {
	[ "$(steward __complete cas)" = case ]
	[[ $(steward __complete case o) == open ]]
	[[ $(steward __complete case open --pri) == --priority ]]
	[ "$(steward __complete case open --priority u)" = urgent ]
	[ "$(steward __complete case open --priority=u)" = urgent ]
	[ "$(steward __complete case import '')" = __files ]
	[ "$(steward __complete calendar import desk --file '')" = __files ]
	[[ $(steward __complete -o j) == json* ]]
	[[ $(steward __complete help ex) == exit-codes ]]
	[ -z "$(steward __complete auth res)" ]
}

@test "completion scripts are taken by their shells" {
	steward completion bash >"$HOME/bash" && bash -n "$HOME/bash"
	steward completion zsh >"$HOME/zsh" && zsh -n "$HOME/zsh"
	run bash -c "source '$HOME/bash'; COMP_WORDS=(steward case sh); COMP_CWORD=2; _steward steward; echo \"\${COMPREPLY[*]}\""
	[ "$output" = show ]
	run steward completion fish
	[ "$status" -eq 2 ]
}

@test "doctor says what is wrong and exits with 1" {
	run steward doctor
	[ "$status" -eq 1 ]
	[[ $output == *"BAD  profile"* ]]
	[ "$(steward doctor --json | jq .ok)" = false ]
}

@test "an unreachable server: exit 9 at once" {
	command -v openssl >/dev/null || skip
	home=$HOME/.config/steward
	mkdir -p "$home"
	printf 'server = 127.0.0.1\nport = 1\n' >"$home/client.conf"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$home/device.key" -out "$home/device.crt" \
		-days 80 -subj /CN=x 2>/dev/null
	cp "$home/device.crt" "$home/root.crt"
	echo token >"$home/session.token"
	run --separate-stderr steward case list --json
	[ "$status" -eq 9 ]
	[ "$(jq -r .reason <<<"$stderr")" = UNREACHABLE ]
	rm "$home/session.token"
	run --separate-stderr steward case list --json
	[ "$status" -eq 4 ]
	[ "$(jq -r .reason <<<"$stderr")" = LOGIN_REQUIRED ]
}
