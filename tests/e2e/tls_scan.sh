#!/usr/bin/env bash
# What a scanner finds on both ports: TLS 1.3, three suites, two groups, one signature, no compression, no renegotiation, no
# tickets, no early data. And what it finds at the daemon as it is run, which wants its own protocol named: nothing.
# usage: tls_scan.sh BUILD_DIR
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
BUILD_DIR=$(readlink -f "$1")
export BUILD_DIR
dir=/tmp/steward-scan-$$
daemon=$here/../support/daemon.sh
trap '"$daemon" down "$dir"' EXIT
failed=0

complain() {
	echo "tls_scan: $*" >&2
	failed=1
}

port() {
	sed -n "s/^$1 *= *//p" "$dir/desk/client.conf"
}

scan() {
	sslscan --no-colour --show-sigs --certs="$dir/desk/device.crt" --pk="$dir/desk/device.key" "127.0.0.1:$1" >"$dir/scan"
}

# expect WHAT PATTERN LINES: the lines with this pattern, all of them, blanks run together.
expect() {
	local found
	found=$({ grep -E "$2" "$dir/scan" || true; } | tr -s ' ' | sed 's/ *$//' | sort)
	[ "$found" = "$(sort <<<"$3")" ] || complain "$1: expected
$3
but found
$found"
}

# A connection that lasts until WELCOME has come, so that a ticket would have come too; what OpenSSL tells of it. A session it could
# take up again lies in $dir/session.
handshake() {
	rm -f "$dir/back" "$dir/session"
	mkfifo "$dir/back"
	# shellcheck disable=SC2094 # a pipe, not a file
	{
		printf '\xd5\x01\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00\x08\x01\x10\x01'
		head -c 2 "$dir/back" >"$dir/welcome"
	} | timeout 20 openssl s_client -connect "127.0.0.1:$1" -alpn "$2" -cert "$dir/desk/device.crt" -key "$dir/desk/device.key" \
		-CAfile "$dir/desk/root.crt" -verify_return_error -sess_out "$dir/session" -quiet -no_ign_eof -trace -msgfile "$dir/trace" \
		>"$dir/back" 2>"$dir/said" || true
}

check_port() {
	scan "$1"
	expect "port $1, versions" '^(SSL|TLS)v[0-9.]+ +(en|dis)abled' 'SSLv2 disabled
SSLv3 disabled
TLSv1.0 disabled
TLSv1.1 disabled
TLSv1.2 disabled
TLSv1.3 enabled'
	expect "port $1, suites" '^(Preferred|Accepted)' 'Preferred TLSv1.3 256 bits TLS_AES_256_GCM_SHA384 Curve 25519 DHE 253
Accepted TLSv1.3 256 bits TLS_CHACHA20_POLY1305_SHA256 Curve 25519 DHE 253
Accepted TLSv1.3 128 bits TLS_AES_128_GCM_SHA256 Curve 25519 DHE 253'
	expect "port $1, groups" '^TLSv1.3 .* (secp|x25519|x448|ffdhe|sect|brainpool)' 'TLSv1.3 128 bits secp256r1 (NIST P-256)
TLSv1.3 128 bits x25519'
	expect "port $1, signatures" '^TLSv1.3 +[a-z]+_[a-z_0-9]+$' 'TLSv1.3 ecdsa_secp256r1_sha256'
	expect "port $1, renegotiation" 'renegotiation .*supported' 'Session renegotiation not supported'
	expect "port $1, key" '^ECC|^Signature Algorithm|^Subject:|^Issuer:' 'ECC Curve Name: prime256v1
ECC Key Strength: 128
Issuer: Steward authority
Signature Algorithm: ecdsa-with-SHA256
Subject: stewardd'
	handshake "$1" "$2"
	[ "$(od -An -tx1 "$dir/welcome" | tr -d ' ')" = d502 ] || complain "port $1: no WELCOME"
	grep -q 'HelloRetryRequest\|ServerHello' "$dir/trace" || complain "port $1: no trace of the handshake"
	if grep -q 'NewSessionTicket' "$dir/trace" || [ -e "$dir/session" ]; then complain "port $1: a ticket"; fi
	if grep -q 'early_data' "$dir/trace"; then complain "port $1: early data"; fi
}

STEWARDD=$BUILD_DIR/tests/e2e/stewardd-scanned "$daemon" up "$dir"
check_port "$(port port)" steward/1
check_port "$(port enrol_port)" steward-enroll/1

"$daemon" stop "$dir"
"$daemon" start "$dir"
for which in port enrol_port; do
	scan "$(port $which)"
	expect "$which of the daemon as it is run, versions" 'enabled$|^Preferred|^Accepted|^Subject' ''
done
exit $failed
