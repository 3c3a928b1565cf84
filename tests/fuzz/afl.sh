#!/usr/bin/env bash
# AFL++ on the daemon, without TLS and without a database (daemon.c says how far it goes): afl.sh BUILD SECONDS
#
# BUILD is made, with sanitizers. What afl-fuzz finds new is kept in BUILD/afl for the next run; crashes and hangs are copied to
# BUILD/afl-found: once mended they belong into tests/fuzz/daemon.in/.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$here/../..
build=$1
seconds=$2
cd "$root"
# shellcheck source=tests/support/dev-lib.sh
source tests/support/dev-lib.sh

install_packages afl++
mkdir -p "$build"
build=$(readlink -f "$build")
AFL_QUIET=1 CC=afl-clang-fast configure_into "$build" -Db_sanitize=address,undefined
AFL_QUIET=1 ninja -C "$build" tests/fuzz/fuzz_daemon >"$build/ninja.out" 2>&1 || {
	tail -20 "$build/ninja.out"
	exit 1
}
awk -F'\t' 'NR > 1 { printf "m%d=\"%s\"\n", NR, $1 }' "$build/proto/methods.tsv" >"$build/daemon.dict"

export AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_AUTORESUME=1 AFL_FAST_CAL=1
export ASAN_OPTIONS=abort_on_error=1:symbolize=0:detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:symbolize=0
echo "fuzz: daemon for $seconds s"
afl-fuzz -i "$here/daemon.in" -o "$build/afl" -x "$build/daemon.dict" -t 5000 -m none -V "$seconds" -- "$build/tests/fuzz/fuzz_daemon" \
	>"$build/afl.log" 2>&1 || {
	tail -20 "$build/afl.log"
	exit 1
}
stats=$build/afl/default/fuzzer_stats
grep -E '^(execs_done|execs_per_sec|corpus_count|bitmap_cvg|saved_crashes|saved_hangs|stability)' "$stats"
mkdir -p "$build/afl-found"
find "$build/afl/default" \( -path '*/crashes*/id*' -o -path '*/hangs*/id*' \) -exec cp -t "$build/afl-found" {} +
[ "$(awk '/^saved_(crashes|hangs)/ { n += $3 } END { print n }' "$stats")" = 0 ] || {
	echo "fuzz: daemon found something: $build/afl-found"
	exit 1
}
