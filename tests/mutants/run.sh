#!/usr/bin/env bash
# Tests the tests: plants one bug at a time into a copy of the tree and looks whether those tests fail that should.
# usage: run.sh BUILD_DIR [NAME...]
#
# A planted bug is NAME.patch beside this file: a sentence that says what is wrong, a line `Tests: SUITE/TEST, ...` with the one to
# three tests that should notice (as `meson test --list` names them), and the difference. Copy and build lie in
# BUILD_DIR/mutants and serve the next run; what each bug's tests said is NAME.log there. Fails when fewer than 39 of each 40
# bugs are caught, or a patch does not apply, build or name tests that exist.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cd "$here/../.."
# shellcheck source=tests/support/dev-lib.sh
source tests/support/dev-lib.sh
mkdir -p "$1/mutants"
work=$(readlink -f "$1/mutants")
shift
tree=$work/tree
build=$work/build
names=("$@")
if [ ${#names[@]} = 0 ]; then
	for patch in "$here"/*.patch; do names+=("$(basename "$patch" .patch)"); done
fi

# HEAD and what is not committed yet. The index keeps it, so that a patch is undone by a checkout.
copy_tree() {
	git worktree prune
	if [ -e "$tree/.git" ]; then
		git -C "$tree" reset -q --hard "$(git rev-parse HEAD)"
		git -C "$tree" clean -qfd
	else
		git worktree add -q --detach "$tree" HEAD
	fi
	git diff --binary HEAD | git -C "$tree" apply --allow-empty
	git ls-files -z --others --exclude-standard | xargs -0r cp --parents -pt "$tree"
	git -C "$tree" add -A
}

tests_of() {
	sed -n 's/^Tests: //p' "$here/$1.patch" | sed 's/ *, */\n/g'
}

every_test() {
	local name
	for name in "${names[@]}"; do tests_of "$name"; done | sort -u
}

check_names() {
	local known unknown name
	for name in "${names[@]}"; do
		[ -f "$here/$name.patch" ] || {
			echo "there is no tests/mutants/$name.patch" >&2
			return 1
		}
	done
	known=$(meson test -C "$build" --no-rebuild --list 2>/dev/null | sed -n 's/^[^:]*:\([^ ]*\) \/ /\1\//p')
	unknown=$(every_test | grep -vxF "$known" || true)
	[ -z "$unknown" ] || {
		printf 'no such test: %s\n' "$unknown" >&2
		return 1
	}
}

# run_test SUITE/TEST LOG: builds what it needs and runs it. 0: passed, 125: does not build.
run_test() {
	meson test -C "$build" --num-processes 1 --print-errorlogs --suite "${1%%/*}" "${1#*/}" >>"$2" 2>&1
}

# Each build of the daemon has a prepared data directory: those of daemons with a bug serve nobody again.
forget_template() {
	[ ! -x "$build/server/stewardd" ] || BUILD_DIR=$build tests/support/daemon.sh forget
}

# A test that fails without a bug in the tree shows nothing about bugs. Those that passed on this very tree are remembered; the
# others of a suite run at once.
check_tests() {
	local version suite names
	version=$(git -C "$tree" write-tree)
	: >"$work/without.log"
	for suite in $(every_test | sed 's/\/.*//' | sort -u); do
		mapfile -t names < <(every_test | sed -n "s/^$suite\///p" | while read -r name; do
			grep -qsxF "$version $suite/$name" "$work/passed" || echo "$name"
		done)
		[ ${#names[@]} -gt 0 ] || continue
		meson test -C "$build" --num-processes "$(nproc)" --print-errorlogs --suite "$suite" "${names[@]}" >>"$work/without.log" 2>&1 || {
			echo "mutants: without a planted bug there fail of $suite: $(failed_tests); $work/without.log" >&2
			return 1
		}
		printf "$version $suite/%s\n" "${names[@]}" >>"$work/passed"
	done
	forget_template
}

failed_tests() {
	jq -r 'select(.result | IN("OK", "SKIP", "EXPECTEDFAIL") | not) | .name' "$build/meson-logs/testlog.json" | paste -sd, | sed 's/,/, /g'
}

# Prints what became of it.
try_bug() {
	local log=$work/$1.log test code verdict=SURVIVED
	: >"$log"
	git -C "$tree" apply "$here/$1.patch" >"$log" 2>&1 || {
		echo "DOES NOT APPLY"
		return
	}
	while read -r test; do
		code=0
		run_test "$test" "$log" || code=$?
		[ "$code" != 0 ] || continue
		if [ "$code" = 125 ]; then
			verdict="DOES NOT BUILD"
		else
			verdict="caught by $test$(jq -r 'select(.result == "TIMEOUT") | " (no answer)"' "$build/meson-logs/testlog.json")"
		fi
		break
	done < <(tests_of "$1")
	forget_template
	git -C "$tree" checkout -q -- .
	echo "$verdict"
}

copy_tree
(cd "$tree" && configure_into "$build" -Dbuildtype=debug) # compiled a hundred times, so as quickly as may be
ninja -C "$build" build.ninja >/dev/null # which tests there are may have changed since the last run
check_names
say "the tests without a bug"
check_tests
caught=0
broken=0
for name in "${names[@]}"; do
	verdict=$(try_bug "$name")
	printf '%-40s %s\n' "$verdict" "$name"
	case $verdict in
	caught*) caught=$((caught + 1)) ;;
	DOES*) broken=$((broken + 1)) ;;
	esac
done
echo "$caught of ${#names[@]} planted bugs caught"
[ "$broken" = 0 ] && [ $((caught * 40)) -ge $((${#names[@]} * 39)) ]
