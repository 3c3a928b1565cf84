#!/usr/bin/env bash
# What `./dev new` writes fits the tree at once: new_test.sh STEWARD_GEN SOURCE_ROOT, prints TAP.
set -uo pipefail

gen=$(readlink -f "$1")
root=$(readlink -f "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
tests=0

result() { # CODE NAME
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
		sed 's/^/# /' "$work/said"
	fi
}

# A copy of what the scaffold and the generator read. Links are followed, so that nothing outside is written.
fresh() {
	rm -rf "$tree" "$work/out"
	mkdir -p "$tree/tests" "$work/out"
	cp -rL "$root/proto" "$root/server" "$root/migrations" "$root/meson.build" "$root/.clang-format" "$tree"
	cp -rL "$root/tests/cap" "$tree/tests"
	: >"$work/said"
}

new() {
	[[ $(readlink -f "$tree/proto/gen/new.sh") == "$(readlink -f "$work")"/* ]] || {
		echo 'Bail out! the copy is not a copy'
		exit 1
	}
	"$tree/proto/gen/new.sh" --files-only "$@" >>"$work/said" 2>&1
}

generate() { # options
	local caps cap files=()
	caps=$(sed -n "/^capabilities = \[/,/^\]/ s/^  '\(.*\)',/\1/p" "$tree/meson.build" | paste -sd ,)
	for cap in ${caps//,/ }; do files+=("proto/$cap.proto"); done
	(cd "$tree" && protoc -I . -I /usr/include --include_imports --include_source_info \
		--descriptor_set_out="$work/fds" "${files[@]}") >>"$work/said" 2>&1 || return 1
	"$gen" --root="$tree" --descriptors="$work/fds" --caps="$caps" "$@" >>"$work/said" 2>&1
}

fits() { # NAME WIRE-PREFIX
	local code=0
	fresh
	new "$1" || code=1
	generate --out="$work/out" || code=1
	[ "$(grep -c "^rpc $1\.\(Add\|Edit\|List\|Show\) " "$work/out/methods.txt")" = 4 ] || code=1
	grep -q "_$1\"" "$work/out/migrations.c" || code=1
	result $code "$1: declaration, statements and migration are accepted"

	code=0
	: >"$work/said"
	generate --check-tests
	grep -q "$1" "$work/said" && code=1
	result $code "$1: each of its rpcs is tested"

	clang-format --dry-run -Werror --style=file "$tree/tests/cap/$1_test.c" >"$work/said" 2>&1
	result $? "$1: its tests are formatted"

	! grep -nE '@[A-Za-z]+@' "$tree/proto/$1.proto" "$tree/server/cap/$1.sql" "$tree/server/cap/$1.fn.sql" \
		"$tree/tests/cap/$1_test.c" "$tree"/migrations/*_"$1".sql >"$work/said"
	result $? "$1: no placeholder is left"
}

refuses() { # NAME SENTENCE
	local code=0
	fresh
	find "$tree" -type f -exec sha256sum {} + | sort >"$work/before"
	new "$1" && code=1
	[ "$(cat "$work/said")" = "new: $2" ] || code=1
	find "$tree" -type f -exec sha256sum {} + | sort | diff "$work/before" - >>"$work/said" || code=1
	result $code "'$1' is refused and nothing is written"
}

is_next_migration() {
	local code=0
	fresh
	touch "$tree/migrations/0999_last.sql"
	new parcel || code=1
	[ -e "$tree/migrations/1000_parcel.sql" ] || code=1
	result $code 'the migration takes the next number'
}

writes_once() {
	local code=0
	fresh
	new parcel || code=1
	new parcel && code=1
	grep -q '^new: there is already proto/parcel.proto$' "$work/said" || code=1
	[ "$(grep -c "'parcel'" "$tree/meson.build")" = 1 ] || code=1
	result $code 'a second time is refused'
}

fits parcel
fits store_entry
is_next_migration
writes_once
refuses user "'user' has another meaning already: choose another word"
refuses details "'details' has another meaning already: choose another word"
refuses envelope "'envelope' has another meaning already: choose another word"
refuses print "'print' has another meaning already: choose another word"
refuses Parcel "'Parcel': 3 to 30 characters of a-z, 0-9 and _, beginning with a letter"
refuses ab "'ab': 3 to 30 characters of a-z, 0-9 and _, beginning with a letter"
refuses '../x' "'../x': 3 to 30 characters of a-z, 0-9 and _, beginning with a letter"
refuses place 'there is already proto/place.proto'
refuses counter 'the schema has something called counter already: choose another word'
echo "1..$tests"
