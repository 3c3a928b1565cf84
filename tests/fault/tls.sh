#!/usr/bin/env bash
# testssl.sh on both ports, which takes minutes; tests/e2e/tls_scan.sh is the short one. AMOUNT is of no use here.
# usage: tls.sh BUILD_DIR [AMOUNT]
#
# The daemon scanned differs from the one that is run in one thing: it goes on with a handshake in which no application protocol is
# named and no certificate is shown, and ends the connection after it (tests/e2e/tls_scan.c). Nothing may be found that is worse than testssl's INFO or OK, but for what stands in 'unavoidable'.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/support/dev-lib.sh
source "$here/../support/dev-lib.sh"
packages=()
install_packages testssl.sh
BUILD_DIR=$(readlink -f "$1")
export BUILD_DIR
dir=/tmp/steward-testssl-$$
daemon=$here/../support/daemon.sh
trap '"$daemon" down "$dir"' EXIT

# cert_revocation: the authority is the installation's own and publishes no list; a device that is shut out is refused by the daemon,
# and the server's certificate is trusted for the root that came with the enrolment. engine_problem and service speak of testssl itself:
# its OpenSSL has no GOST engine, and ours is no service it knows.
unavoidable='cert_revocation|engine_problem|service'

# must_say FILE ID PATTERN: what was found under this id.
must_say() {
	local finding
	finding=$(jq -r --arg id "$2" '.[] | select(.id == $id) | .finding' "$1")
	grep -qE "$3" <<<"$finding" || {
		echo "tls: $2 is '$finding', not '$3'" >&2
		failed=1
	}
}

check() {
	local file=$dir/$1.json bad
	testssl --quiet --color 0 --warnings batch --nodns none --add-ca "$dir/desk/root.crt" --jsonfile "$file" \
		-p -s -f -P -S -U "127.0.0.1:$2" >"$dir/$1.txt" </dev/null || true
	[ "$(jq length "$file")" -gt 40 ] || {
		tail -20 "$dir/$1.txt" >&2
		exit 1
	}
	bad=$(jq -r --arg u "^($unavoidable)( |\$)" '.[] | select(.severity | IN("OK", "INFO") | not) | select(.id | test($u) | not)
		| "\(.severity) \(.id): \(.finding)"' "$file")
	[ -z "$bad" ] || {
		printf 'tls: %s\n%s\n' "$1" "$bad" >&2
		failed=1
	}
	for version in SSLv2 SSLv3 TLS1 TLS1_1 TLS1_2; do must_say "$file" "$version" '^not offered'; done
	must_say "$file" TLS1_3 '^offered'
	must_say "$file" PFS_ciphers '^TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 TLS_AES_128_GCM_SHA256$'
	must_say "$file" PFS_ECDHE_curves '^prime256v1 X25519$'
	must_say "$file" TLS_session_ticket '^no '
	must_say "$file" sessionresumption_ticket '^not supported'
	must_say "$file" secure_client_renego '^not vulnerable'
	must_say "$file" CRIME_TLS '^not vulnerable'
	must_say "$file" cert_chain_of_trust '^passed'
	echo "tls: $1: $(jq length "$file") findings"
}

failed=0
STEWARDD=$BUILD_DIR/tests/e2e/stewardd-scanned "$daemon" up "$dir"
check work "$(sed -n 's/^port *= *//p' "$dir/desk/client.conf")"
check enrolment "$(sed -n 's/^enrol_port *= *//p' "$dir/desk/client.conf")"
exit $failed
