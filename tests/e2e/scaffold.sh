#!/usr/bin/env bash
# A new capability builds and passes at once: does in a copy of the tree what README.md says, and runs its tests.
set -euo pipefail
root=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
copy=/tmp/steward-scaffold-$$
trap 'rm -rf "$copy"' EXIT
mkdir "$copy"
(cd "$root" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy" 2>/dev/null)
cd "$copy"
git init -q
# As build-clang of the tree this test belongs to, whose objects are found again although the copy lies elsewhere.
export CC=clang CCACHE_BASEDIR=$copy CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=include_file_mtime,include_file_ctime
./dev new parcel
meson setup build -Dwerror=true >setup.log || {
	tail -5 setup.log
	exit 1
}
ninja -C build server/stewardd client/cli/steward tests/support/populate tests/cap/parcel_test proto/methods.tsv >ninja.log || {
	grep -E 'error|FAILED|:[0-9]+:' ninja.log
	exit 1
}
BUILD_DIR=$copy/build CMOCKA_MESSAGE_OUTPUT=stdout build/tests/cap/parcel_test
build/client/cli/steward help parcel | grep -q 'parcel add'
echo "ok: parcel was declared, built and tested"
