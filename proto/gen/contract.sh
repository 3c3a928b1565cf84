#!/bin/sh
# Compares the contract as built with the one agreed on: contract.sh AGREED BUILT
set -eu

if diff -u "$1" "$2"; then
	exit 0
fi
cat >&2 <<EOF

The contract between clients and server differs from $1.
Lines with + are new, lines with - are gone. A field's number, type and meaning never change once a
release has them; new fields and rpcs are fine. If this is what you want: ./dev accept
EOF
exit 1
