#!/usr/bin/env bash
# Does every text on screens have its Chinese? check.sh SOURCE_ROOT BUILD_ROOT, prints TAP.
set -uo pipefail
root=$(readlink -f "$1")
build=$(readlink -f "$2")
po=$root/client/po
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit
tests=0

result() { # CODE NAME [FILE to show]
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
		[ $# -lt 3 ] || head -60 "$3" | sed 's/^/# /'
	fi
}

echo 1..4

# Every file of the screens that has texts is looked through.
(cd "$root" && { grep -lE '\b(_|N_|ngettext)\("' client/tui/*.c && echo client/po/declared.pot; }) | LC_ALL=C sort >with
LC_ALL=C sort "$po/POTFILES" | LC_ALL=C comm -3 - with >apart
[ ! -s apart ]
result $? "client/po/POTFILES names the files with texts" apart

# What must be there: texts of the screens, labels, commands, summaries and values of every capability, what is said of the fields of some.
sed 's/declared\.pot/demanded.pot/' "$po/POTFILES" >files
xgettext --files-from=files --directory="$root" --directory="$build" --from-code=UTF-8 --keyword=_ --keyword=N_ \
	--keyword=ngettext:1,2 --output=steward.pot 2>said &&
	msgcmp --no-fuzzy-matching "$po/zh_CN.po" steward.pot >compared 2>&1
code=$?
grep -v 'warning: this message is not used' compared >missing
result $code "every text has its Chinese: ninja steward-update-po, then client/po/zh_CN.po" missing

msgfmt --check --output-file=/dev/null "$po/zh_CN.po" >said 2>&1
result $? "formats take what they are given" said

# Some terminals show these in one column, some in two: frames would be out of place.
! grep -nP '^(msgstr.*)?".*[\x{b1}\x{b7}\x{d7}\x{2014}\x{2018}-\x{201d}\x{2026}\x{2030}\x{2190}-\x{2193}\x{2460}-\x{24ff}]' "$po/zh_CN.po" >wide
result $? "every character has one width: no quotation marks, dots and dashes of one column or two" wide
