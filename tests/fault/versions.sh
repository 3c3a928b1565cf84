#!/usr/bin/env bash
# The client of the version before with the daemon of this one, and the other way round.
# usage: versions.sh BUILD_DIR    the version before is FAULT_VERSION, a tag or commit; else the tree before the last change of the declarations
#
# The version before is built in a worktree of its own below the build directory, which is removed afterwards; a second run finds most of it in
# ccache. Each pairing walks a desk's day; what a version promises to the other is said in docs/protocol.md, 8.
set -euo pipefail
# shellcheck source=tests/fault/lib.sh
source "$(dirname "$(readlink -f "$0")")/lib.sh" "$1"
root=$here/../..
new_build=$BUILD_DIR
tree=$BUILD_DIR/version-before
change=$(git -C "$root" log -1 --format=%H -- 'proto/*.proto' 2>/dev/null || true)
version=${FAULT_VERSION:-$(git -C "$root" rev-parse -q --verify "$change^" 2>/dev/null || true)}
[ -n "$version" ] || {
	echo "versions: skipped, this tree has no history of its declarations"
	exit 0
}

forget_tree() {
	git -C "$root" worktree remove --force "$tree" 2>/dev/null || true
}

build_before() {
	forget_tree
	git -C "$root" worktree add -q --detach "$tree" "$version"
	meson setup "$tree/build" "$tree" >"$new_build/version-before.log" 2>&1
	ninja -C "$tree/build" server/stewardd client/cli/steward tests/support/populate >>"$new_build/version-before.log" 2>&1
}

# desk CLI COMMAND...
desk() {
	local cli=$1
	shift
	STEWARD_HOME=$dir/walk "$cli" "$@"
}

# walk NAME CLI: a desk's day.
walk() {
	local name=$1 cli=$2 number order watcher
	profile_of walk
	rm -f "$dir/walk/session.token"
	desk "$cli" login manager --password-file "$dir/password" -q
	STEWARD_HOME=$dir/walk "$cli" watch --json >"$dir/watched" 2>&1 &
	watcher=$!
	number=$(desk "$cli" -p SUN case open --kind repair --spot lobby --summary 'Tap drips' --json | jq -r .number)
	desk "$cli" case note "$number" 'Is at home after six' -q
	order=$(desk "$cli" case dispatch "$number" --contractor 'The plumbers' --json | jq -r .order.number)
	desk "$cli" order accept "$order" -q
	desk "$cli" order start "$order" -q
	desk "$cli" order complete "$order" --result Replaced --reply 'It is tight' -q
	desk "$cli" case close "$number" -q
	expect "$name: the case is closed, with all that happened to it" 'closed 7' \
		"$(desk "$cli" case show "$number" --json | jq -r '"\(.case.state) \(.timeline | length)"')"
	expect "$name: it is listed" yes "$(desk "$cli" case list --json | jq -r --arg n "$number" 'if any(.[]; .number == $n) then "yes" else "no" end')"
	for _ in $(seq 500); do
		! grep -q 'case.Close' "$dir/watched" || break
		sleep 0.02
	done
	expect "$name: the watch told of it" yes "$(if grep -q 'case.Close' "$dir/watched"; then echo yes; else cat "$dir/watched"; fi)"
	kill "$watcher" 2>/dev/null || true
	desk "$cli" logout -q
	rm -rf "$dir/walk"
}

echo "versions: before is $(git -C "$root" log -1 --format='%h %s' "$version")"
build_before || {
	tail -20 "$new_build/version-before.log"
	echo "versions: FAILED: the version before cannot be built"
	exit 1
}
trap 'forget_tree' EXIT
(
	fault_up --cluster-durable=false
	echo 'correct horse battery staple' >"$dir/password"
	walk "client before, daemon now" "$tree/build/client/cli/steward"
) || failed=1
BUILD_DIR=$tree/build
daemon=$tree/tests/support/daemon.sh
(
	fault_up --cluster-durable=false
	echo 'correct horse battery staple' >"$dir/password"
	walk "client now, daemon before" "$new_build/client/cli/steward"
) || failed=1
exit $failed
