#!/usr/bin/env bash
# What steward-gen makes of a small tree, and what it refuses: gen_test.sh STEWARD_GEN SOURCE_ROOT, prints TAP.
# With ACCEPT=1 the expected files are replaced by what came out.
set -uo pipefail

gen=$(readlink -f "$1")
root=$(readlink -f "$2")
small=$root/tests/unit/proto/small
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tests=0

result() { # CODE NAME [FILE to show]
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
		[ $# -lt 3 ] || sed 's/^/# /' "$3"
	fi
}

# A fresh copy of the small tree in $work/tree.
fresh() {
	rm -rf "$work/tree" "$work/out"
	cp -rL "$small" "$work/tree"
	mkdir -p "$work/out" "$work/tree/tests/cap"
	echo '/* note.Add note.Show note.List note.ImportAll note.Watch note.DropPin */' >"$work/tree/tests/cap/note_test.c"
}

# Runs the chain over $work/tree; what was said is in $work/said.
generate() { # [capabilities] [options]
	local caps=${1:-note}
	local files=()
	[ $# = 0 ] || shift
	for cap in ${caps//,/ }; do files+=("proto/$cap.proto"); done
	(cd "$work/tree" && protoc -I . -I "$root" -I /usr/include --include_imports --include_source_info \
		--descriptor_set_out="$work/fds" "${files[@]}") >"$work/said" 2>&1 || return 3
	"$gen" --root="$work/tree" --descriptors="$work/fds" --caps="$caps" "${@:---out=$work/out}" >"$work/said" 2>&1
}

# refuses NAME 'line of the message' FILE SED-SCRIPT: after the edit the tree is refused with exactly this line.
refuses() {
	local name=$1 line=$2 code=0
	shift 2
	fresh
	while [ $# -gt 0 ]; do
		sed -i -E "$2" "$work/tree/$1"
		cmp -s "$work/tree/$1" "$small/$1" && echo "# the edit '$2' changed nothing in $1"
		shift 2
	done
	refused "$name" "$line"
}

# refused NAME 'line' [capabilities] [options]: $work/tree as it is gives exactly one line, this one.
refused() {
	local name=$1 line=$2 code=0
	shift 2
	generate "$@" && code=1
	[ "$(cat "$work/said")" = "$line" ] || code=1
	[ -z "$(ls "$work/out")" ] || code=1
	result $code "$name" "$work/said"
}

outputs_are_as_expected() {
	local want code=0
	fresh
	generate || result 1 'the small tree is accepted' "$work/said"
	for out in "$work"/out/*; do
		want=$root/tests/unit/proto/want/$(basename "$out").txt
		[ -z "${ACCEPT:-}" ] || cp "$out" "$want"
		diff -u "$want" "$out" >>"$work/diff" || code=1
	done
	[ "$(find "$work/out" -type f | wc -l)" = "$(find "$root/tests/unit/proto/want" -type f | wc -l)" ] || code=1
	result $code 'every output is as expected' "$work/diff"
}

unchanged_outputs_stay_untouched() {
	local code=0
	fresh
	generate
	touch -d '2001-01-01' "$work"/out/*
	echo '-- The end.' >>"$work/tree/server/cap/note.sql"
	sed -i 's/select 1/select 2/' "$work/tree/server/rpc/core.sql"
	generate
	[ "$(find "$work/out" -type f -newermt '2002-01-01' -printf '%f\n')" = sql_stmts.c ] || code=1
	result $code 'only outputs whose content changed are written' "$work/said"
}

dependencies_are_noted() {
	local code=0 file
	fresh
	generate note --out="$work/out" --depfile="$work/dep" --target=rpc_methods.c
	head -1 "$work/dep" | grep -q '^rpc_methods.c: ' || code=1
	for file in server/cap/note.sql server/rpc/core.sql server/rpc/ping.c migrations/0002_note_mood.sql \
		migrations proto; do
		grep -q "$work/tree/$file\( \|$\)" "$work/dep" || code=1
	done
	result $code 'everything read is noted as a dependency' "$work/dep"
}

all_faults_are_told_at_once() {
	local code=0
	fresh
	sed -i 's/role: CLERK class: READ/role: CLERK/; s/{ max: 200 }/{ }/' "$work/tree/proto/note.proto"
	sed -i 's/core_ping/core_pong/' "$work/tree/server/rpc/core.sql"
	generate && code=1
	[ "$(wc -l <"$work/said")" = 6 ] || code=1
	result $code 'all faults are told in one run' "$work/said"
}

outputs_are_as_expected
unchanged_outputs_stay_untouched
dependencies_are_noted
all_faults_are_told_at_once
# shellcheck source=tests/unit/proto/refuse_fields.sh
. "$root/tests/unit/proto/refuse_fields.sh"
# shellcheck source=tests/unit/proto/refuse_rpcs.sh
. "$root/tests/unit/proto/refuse_rpcs.sh"
# shellcheck source=tests/unit/proto/refuse_sql.sh
. "$root/tests/unit/proto/refuse_sql.sh"
# shellcheck source=tests/unit/proto/refuse_tree.sh
. "$root/tests/unit/proto/refuse_tree.sh"
echo "1..$tests"
