#!/usr/bin/env bash
# Scaffolds a capability: declaration, table, statements and tests of a plain thing that can be added, listed, shown
# and edited, and its word in meson.build.
#   ./dev new NAME            writes the files, builds, takes the new calls into the contract
#   new.sh --files-only NAME  writes the files only
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

stop() {
	echo "new: $*" >&2
	exit 1
}

only_files=
if [ "${1:-}" = --files-only ]; then
	only_files=yes
	shift
fi
[ $# = 1 ] || stop 'usage: ./dev new NAME, where NAME is one lower-case word in the singular, such as parcel'
name=$1
[[ $name =~ ^[a-z][a-z0-9]*(_[a-z0-9]+)*$ && ${#name} -ge 3 && ${#name} -le 30 ]] ||
	stop "'$name': 3 to 30 characters of a-z, 0-9 and _, beginning with a letter"

# Names that mean something else in SQL, in the declarations or among the columns of every capability.
taken=' all and any array case check column constraint default desc distinct else end except false fetch for foreign
 from grant group having into join leading limit natural not null offset only order primary references returning
 select some table then true union unique user using when where window with
 after cursor details field name number options option_types property_id property rpc steward text value version
 envelope print scope sweep '
[[ ${taken//$'\n'/ } != *" $name "* ]] || stop "'$name' has another meaning already: choose another word"
for file in "proto/$name.proto" "server/cap/$name.sql" "server/cap/$name.fn.sql" "tests/cap/${name}_test.c"; do
	[ ! -e "$file" ] || stop "there is already $file"
done
! grep -qE "create (table|function|view) ${name}(_of)?\b" migrations/*.sql server/*/*.fn.sql ||
	stop "the schema has something called $name already: choose another word"

last=$(find migrations -name '[0-9][0-9][0-9][0-9]_*.sql' -printf '%f\n' | sort | tail -1)
migration=$(printf 'migrations/%04d_%s.sql' $((10#${last:0:4} + 1)) "$name")

title=${name//_/ }
camel=$(sed -E 's/(^|_)(.)/\u\2/g' <<<"$name")
prefix=$(tr -d _ <<<"${name^^}")
fill() { # TEMPLATE FILE
	sed -e "s/@name@/$name/g; s/@Name@/$camel/g; s/@title@/$title/g; s/@Title@/${title^}/g" \
		-e "s/@words@/${name//_/-}/g; s/@PREFIX@/${prefix:0:3}/g; s/@UPPER@/${name^^}/g" \
		"proto/gen/new/$1.in" >"$2"
	echo "$2"
}
fill proto "proto/$name.proto"
fill sql "server/cap/$name.sql"
fill fn.sql "server/cap/$name.fn.sql"
fill migration.sql "$migration"
fill test.c "tests/cap/${name}_test.c"
clang-format -i "tests/cap/${name}_test.c"
sed -i "/^capabilities = \[/,/^\]/ s/^\]/  '$name',\n]/" meson.build
echo "meson.build: '$name' among the capabilities"
[ -z "$only_files" ] || exit 0

./dev accept
cat <<EOF
The declaration is accepted. Next: say in these files what a $title really is, then
  meson test -C build $name
EOF
