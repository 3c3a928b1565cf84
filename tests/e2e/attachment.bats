#!/usr/bin/env bats
# Files from the command line: there and back again, and what is not done to files that are here.

load desk.bash

setup_file() {
	desk_up
	CLERK=$(desk_of clerk)
	SUPERVISOR=$(desk_of supervisor)
	FOREIGN=$(desk_of foreign)
	export CLERK SUPERVISOR FOREIGN
	mkdir "$DAEMON_DIR/files"
	cd "$DAEMON_DIR/files"
	# A picture of one red dot, and a photo of 3 MiB.
	base64 -d >dot.png <<-'END'
		iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC
	END
	printf '\377\330\377\340\0\020JFIF\0\001\001\0\0\001\0\001\0\0' >big.jpg
	head -c 3145728 /dev/urandom >>big.jpg
}

teardown_file() {
	desk_down
}

setup() {
	cd "$DAEMON_DIR/files"
}

as() {
	STEWARD_HOME=$1 steward "${@:2}"
}

opened() {
	as "$CLERK" case open --kind repair --spot kitchen --summary "Kitchen pipe burst" -p SUN -o name
}

# What attachment.Begin is told of a file.
announced() {
	jq -n --arg to "$1" --arg name "$2" --argjson size "$(stat -c %s "$2")" --arg sha "$(sha256sum "$2" | cut -c1-64)" \
		'{to: $to, name: $name, size: $size, sha256: $sha}'
}

@test "a picture and a photo go to a case and come back as they were" {
	c=$(opened)
	run as "$CLERK" attach "$c" dot.png big.jpg --note "The valve"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "dot.png: A-1001 attached." ]
	[ "${lines[1]}" = "big.jpg: A-1002 attached." ]
	mkdir -p back
	(cd back && as "$CLERK" attachment get A-1001 && as "$CLERK" attachment get A-1002)
	cmp dot.png back/dot.png
	cmp big.jpg back/big.jpg
	[ "$(find back -type f | wc -l)" = 2 ] # nothing half is left
	as "$CLERK" attachment get A-1002 --file - | cmp - big.jpg
	as "$CLERK" attachment list --case "$c" --json >list.json
	[ "$(jq -r '.[0].media_type + " " + .[1].media_type' list.json)" = "image/jpeg image/png" ]
	[ "$(jq -r '.[0].note' list.json)" = "The valve" ]
	[ "$(as "$CLERK" case show "$c" --json | jq '[.timeline[] | select(.verb == "attach")] | length')" = 2 ]
	# Once more is the same attachment.
	[ "$(as "$CLERK" attach "$c" dot.png -o name)" = SUN/A-1001 ]
}

@test "a file that is here is written over only when told so" {
	echo mine >mine.png
	run as "$CLERK" attachment get A-1001 --file mine.png
	[ "$status" -eq 7 ]
	[[ $output == *"mine.png is there already"*--force* ]]
	[ "$(cat mine.png)" = mine ]
	(mkdir -p there && cd there && echo mine >dot.png && ! as "$CLERK" attachment get A-1001 && [ "$(cat dot.png)" = mine ])
	as "$CLERK" attachment get A-1001 --file mine.png --force
	cmp mine.png dot.png
	# A directory takes it under its own name.
	mkdir -p dir
	as "$CLERK" attachment get A-1001 --file dir
	cmp dir/dot.png dot.png
	run as "$CLERK" attachment get A-1001 --file nowhere/x.png
	[ "$status" -ne 0 ]
	[ -z "$(find . -name '.steward.*')" ]
}

@test "no file is written to a terminal" {
	run script -qec "env STEWARD_HOME='$CLERK' steward attachment get A-1001 --file -" /dev/null
	[ "$status" -eq 2 ]
	[[ $output == *terminal* ]]
}

@test "what broke off goes on where it was" {
	c=$(opened)
	(head -c 700000 big.jpg && echo more) >half.jpg
	upload=$(announced "$c" half.jpg | as "$CLERK" api attachment.Begin -p SUN --input - | jq -r .upload)
	head -c 262144 half.jpg | od -An -v -tx1 | tr -d ' \n' >part.hex
	jq -n --arg u "$upload" --rawfile d part.hex '{upload: $u, offset: 0, data: ("\\x" + $d)}' |
		as "$CLERK" api attachment.Put -p SUN --input - >/dev/null
	run as "$CLERK" attach "$c" half.jpg
	[ "$status" -eq 0 ]
	[[ $output == *"half.jpg: going on at 37 %."* ]]
	number=$(as "$CLERK" attachment list --case "$c" -o name)
	as "$CLERK" attachment get "$number" --file - | cmp - half.jpg
}

@test "one bad file does not keep the others" {
	c=$(opened)
	echo '<!DOCTYPE html><html><script>alert(1)</script></html>' >page.html
	: >empty.txt
	run as "$CLERK" attach "$c" page.html dot.png empty.txt nowhere.png
	[ "$status" -eq 8 ]
	[[ $output == *"page.html: files of this kind are not kept (by its content it is text/html)"* ]]
	[[ $output == *"empty.txt: the file is empty"* ]]
	[[ $output == *"nowhere.png: cannot open"* ]]
	[[ $output == *"1 of 4 sent, 3 failed."* ]]
	run as "$CLERK" attach "$c" page.html
	[ "$status" -eq 2 ]
	run as "$CLERK" attach "$c"
	[ "$status" -eq 2 ]
	[[ $output == *"missing: FILE"* ]]
	run as "$CLERK" attach C-9999 dot.png
	[ "$status" -eq 3 ]
}

@test "the same key attaches once; a dry run attaches nothing" {
	c=$(opened)
	head -c 300000 big.jpg >keyed.jpg
	as "$CLERK" attach "$c" keyed.jpg --dry-run
	[ "$(as "$CLERK" attachment list --case "$c" --json | jq length)" = 0 ]
	key=$(cat /proc/sys/kernel/random/uuid)
	first=$(as "$CLERK" attach "$c" keyed.jpg --idempotency-key "$key" --json=id,number)
	[ "$(jq -r .id <<<"$first")" = "$key" ]
	[ "$(as "$CLERK" attach "$c" keyed.jpg --idempotency-key "$key" --json=id,number)" = "$first" ]
	run as "$CLERK" attach "$c" keyed.jpg dot.png --idempotency-key "$key"
	[ "$status" -eq 2 ]
}

@test "a removed file is handed out no more, and never to another property" {
	run as "$FOREIGN" attachment get SUN/A-1001 --file foreign.png
	[ "$status" -eq 3 ]
	[ ! -e foreign.png ]
	run as "$CLERK" attachment remove A-1001 "Wrong flat" --yes
	[ "$status" -eq 5 ]
	as "$SUPERVISOR" attachment remove A-1001 "Wrong flat" --yes
	run as "$CLERK" attachment get A-1001 --file removed.png
	[ "$status" -eq 7 ]
	[[ $output == *"A-1001 was removed by supervisor: Wrong flat"* ]]
	[ ! -e removed.png ]
	[ "$(as "$CLERK" attachment show A-1001 --json | jq -r .removed_why)" = "Wrong flat" ]
}

@test "the steps of an upload are no commands, files are completed" {
	run steward attachment put
	[ "$status" -eq 2 ]
	[ "$(steward attachment --help | grep -c 'attachment put')" = 0 ]
	[ "$(steward __complete attach C-1001 '')" = __files ]
	steward attach --help | grep -q 'steward attach TO FILE...'
}
