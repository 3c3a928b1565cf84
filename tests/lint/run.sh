#!/usr/bin/env bash
# What a compiler does not see: format, layers, sizes, words, shell scripts. Prints every finding, fails on any.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
findings=0

finding() {
	echo "lint: $*"
	findings=$((findings + 1))
}

mapfile -t code < <(git ls-files -- '*.c' '*.h')
mapfile -t scripts < <(git ls-files -- '*.sh' dev .ci/run)

check_format() {
	local f
	while read -r f; do finding "$f is not formatted (./dev fmt)"; done < <(
		clang-format --dry-run "${code[@]}" 2>&1 | sed -n 's/^\([^:]*\):.*clang-format-violations.*/\1/p' | sort -u
	)
}

# Layers, lowest first: a file includes only its own layer and those before it. net and db never see each other.
layer_allows() {
	case $1 in
	common/*) echo 'common|proto' ;;
	# The generator writes the daemon's tables: their types are its output's format.
	proto/gen/*) echo 'common|proto|server/db/sql.h' ;;
	proto/*) echo 'common|proto' ;;
	server/net/*) echo 'common|proto|server/net' ;;
	server/db/*) echo 'common|proto|server/db' ;;
	server/*) echo 'common|proto|server' ;;
	client/lib/*) echo 'common|proto|client/lib' ;;
	client/look/*) echo 'common|proto|client/lib|client/look' ;;
	client/cli/*) echo 'common|proto|client/lib|client/look|client/cli' ;;
	client/render/*) echo 'common|proto|client/render' ;;
	client/tui/*) echo 'common|proto|client/lib|client/look|client/tui' ;;
	*) echo '.*' ;;
	esac
}

check_layers() {
	local f allowed include
	for f in "${code[@]}"; do
		allowed=$(layer_allows "$f")
		while read -r include; do
			[[ $include/ =~ ^($allowed)/ || $include != */* ]] || finding "$f includes \"$include\", which is not below it"
		done < <(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$f")
	done
}

check_own_header_first() {
	local f first own
	for f in "${code[@]}"; do
		[[ $f == *.c ]] || continue
		own=${f%.c}.h
		[ -f "$own" ] || continue
		first=$(sed -n 's/^#include ["<]\([^">]*\)[">].*/\1/p;T;q' "$f")
		[ "$first" = "$own" ] || finding "$f does not include its own header first"
	done
}

check_sizes() {
	local n f
	while read -r n f; do
		[ "$f" = total ] || [ "$n" -le 600 ] || finding "$f has $n lines; 600 are the most"
	done < <(git ls-files -- '*.c' '*.h' '*.sql' '*.proto' '*.sh' '*.bats' '*.py' | xargs wc -l)
}

# Functions of at most 60 lines, counted from the brace in column 0 to the one that closes it.
check_functions() {
	local line
	while read -r line; do finding "$line"; done < <(
		awk 'FNR == 1 { start = 0 } /^{/ { start = FNR } /^}/ && start { if (FNR - start > 61)
			printf "%s:%d a function of %d lines; 60 are the most\n", FILENAME, start, FNR - start - 1; start = 0 }' "${code[@]}"
	)
}

check_words() {
	local line
	while read -r line; do finding "banned: $line"; done < <(
		git grep -nwE 'strcpy|sprintf|strtok|atoi|alloca|gets|system|assert' -- 'common/*.c' 'server/*.c' 'client/*.c' 'proto/*.c' \
			'common/*.h' 'server/*.h' 'client/*.h' 'proto/*.h' | grep -E '\b(strcpy|sprintf|strtok|atoi|alloca|gets|system|assert)\('
		git grep -nE '\b(TODO|FIXME|XXX)\b' -- ':!tests/lint' ':!*.md'
	)
}

check_scripts() {
	local line
	while read -r line; do finding "shellcheck: $line"; done < <(shellcheck -x -f gcc "${scripts[@]}" 2>&1)
}

# Planted bugs (tests/mutants) follow the code they are planted into.
check_mutants() {
	local f
	for f in tests/mutants/*.patch; do
		git apply --check "$f" 2>/dev/null || finding "$f does not apply any more"
		grep -q '^Tests: [a-z0-9]*/.' "$f" || finding "$f names no tests"
	done
}

# The duties' page names commands that exist, and tests that call them.
check_duties() {
	local line
	while read -r line; do finding "$line"; done < <(python3 tests/lint/duties.py)
}

check_format
check_layers
check_own_header_first
check_sizes
check_functions
check_words
check_scripts
check_mutants
check_duties
if [ "$findings" -gt 0 ]; then
	echo "lint: $findings findings"
	exit 1
fi
