#!/usr/bin/env bats
# Who does not get in: the twelve refusals, against a running daemon, with the handshakes of `openssl s_client`.

bats_require_minimum_version 1.5.0
load desk.bash

# HELLO {min_version 1, max_version 1}
hello='\xd5\x01\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00\x08\x01\x10\x01'

setup_file() {
	desk_up
	cd "$DAEMON_DIR"
	read -r WORK ENROL < <(sed -n 's/^port *= *//p;s/^enrol_port *= *//p' desk/client.conf | xargs)
	export WORK ENROL
	openssl ecparam -name prime256v1 -genkey -noout -out stranger.key
	openssl req -x509 -new -key stranger.key -subj "$(subject desk/root.crt)" -days 30 -out stranger.crt
	enrol_second
}

teardown_file() {
	desk_down
}

subject() {
	openssl x509 -in "$1" -noout -subject -nameopt compat | sed 's/^subject=//'
}

# Another machine of SUN, enrolled as machines are; $TOKEN is the invitation it used.
enrol_second() {
	TOKEN=$(steward device invite refused-desk SUN --yes --json | jq -r .token)
	export TOKEN SECOND=$DAEMON_DIR/second
	STEWARD_HOME=$SECOND steward enrol "$TOKEN" --server 127.0.0.1 --port "$WORK" --enrol-port "$ENROL"
}

# certificate NAME CA-CERT CA-KEY USE FROM TO: for the local desk's own key and device, valid as said; in NAME.crt.
certificate() {
	local uri
	uri=$(openssl x509 -in desk/device.crt -noout -ext subjectAltName | sed -n 's/^ *URI://p')
	printf '%s\n' 'basicConstraints=critical,CA:FALSE' 'keyUsage=critical,digitalSignature' "extendedKeyUsage=$4" \
		"subjectAltName=URI:$uri" >"$1.ext"
	[ -e ca-index ] || { : >ca-index && echo 01 >ca-serial; }
	printf '%s\n' '[ca]' 'default_ca=c' '[c]' 'database=ca-index' 'serial=ca-serial' 'new_certs_dir=.' 'default_md=sha256' \
		'policy=p' 'unique_subject=no' '[p]' 'commonName=supplied' >ca.conf
	openssl req -new -key desk/device.key -subj "$(subject desk/device.crt)" -out "$1.csr"
	openssl ca -batch -notext -config ca.conf -cert "$2" -keyfile "$3" -in "$1.csr" -out "$1.crt" -extfile "$1.ext" \
		-startdate "$5" -enddate "$6" 2>"$1.log"
}

moment() {
	date -u -d "$1" +%Y%m%d%H%M%SZ
}

# shake PORT OPTIONS...: a handshake and HELLO. Prints the type of the first frame that comes back (02: WELCOME), or nothing;
# what openssl said lies in $DAEMON_DIR/said.
shake() {
	local port=$1 pid
	shift
	rm -f "$DAEMON_DIR"/{to,from}
	mkfifo "$DAEMON_DIR"/{to,from}
	timeout 30 openssl s_client -connect "127.0.0.1:$port" -CAfile "$DAEMON_DIR/desk/root.crt" -verify_return_error -quiet "$@" \
		<"$DAEMON_DIR/to" >"$DAEMON_DIR/from" 2>"$DAEMON_DIR/said" 3>&- &
	pid=$!
	exec 5>"$DAEMON_DIR/to" 6<"$DAEMON_DIR/from"
	# shellcheck disable=SC2059 # the bytes are written as escapes
	printf "$hello" >&5 || true
	head -c 2 <&6 | od -An -tx1 | awk '{ print $2 }'
	exec 5>&- 6<&-
	kill "$pid" 2>/dev/null || true
	wait "$pid" || true
}

# refused ALERT OPTIONS...: no frame comes back from the work port, but this alert of TLS (RFC 8446 §6.2).
refused() {
	local alert=$1
	shift
	run shake "$WORK" "$@"
	cat "$DAEMON_DIR/said"
	[ -z "$output" ]
	grep -q "SSL alert number $alert\$" "$DAEMON_DIR/said"
}

as_device() {
	refused "$1" -alpn steward/1 -cert "$2" -key "${3:-$DAEMON_DIR/desk/device.key}"
}

@test "who is known is let in, also with a certificate made as those below are" {
	cd "$DAEMON_DIR"
	[ "$(shake "$WORK" -alpn steward/1 -cert desk/device.crt -key desk/device.key)" = 02 ]
	[ "$(shake "$ENROL" -alpn steward-enroll/1)" = 02 ]
	certificate right state/root.crt state/root.key clientAuth "$(moment '-1 day')" "$(moment '+9 days')"
	[ "$(shake "$WORK" -alpn steward/1 -cert right.crt -key desk/device.key)" = 02 ]
}

@test "1 a certificate of an authority nobody knows" {
	cd "$DAEMON_DIR"
	openssl req -x509 -new -key stranger.key -subj '/CN=Somebody else' -days 30 -out other.crt
	certificate unknown other.crt stranger.key clientAuth "$(moment '-1 day')" "$(moment '+9 days')"
	as_device 48 unknown.crt
}

@test "2 no certificate" {
	refused 116 -alpn steward/1
}

@test "3 a certificate that has expired: long ago not at all, lately to be renewed only" {
	cd "$DAEMON_DIR"
	certificate expired state/root.crt state/root.key clientAuth "$(moment '-140 days')" "$(moment '-46 days')"
	as_device 45 expired.crt
	certificate late state/root.crt state/root.key clientAuth "$(moment '-130 days')" "$(moment '-40 days')"
	cp -r desk late-desk && cp late.crt late-desk/device.crt
	STEWARD_HOME=$DAEMON_DIR/late-desk steward case list >/dev/null # which renews it first
	openssl x509 -in late-desk/device.crt -noout -checkend 86400
}

@test "4 a certificate that is not valid yet" {
	cd "$DAEMON_DIR"
	certificate early state/root.crt state/root.key clientAuth "$(moment '+1 day')" "$(moment '+9 days')"
	as_device 42 early.crt
}

@test "5 a certificate of another installation, whose authority has the same name, for the same device" {
	cd "$DAEMON_DIR"
	certificate foreign stranger.crt stranger.key clientAuth "$(moment '-1 day')" "$(moment '+9 days')"
	[ "$(openssl x509 -in foreign.crt -noout -issuer)" = "$(openssl x509 -in desk/device.crt -noout -issuer)" ]
	as_device 48 foreign.crt
}

@test "6 a device that was shut out, also while it is connected" {
	local watcher
	[ "$(shake "$WORK" -alpn steward/1 -cert "$SECOND/device.crt" -key "$SECOND/device.key")" = 02 ]
	STEWARD_HOME=$SECOND steward login clerk --password-file "$(password_file)"
	STEWARD_HOME=$SECOND steward watch -p SUN >"$DAEMON_DIR/cut" 2>&1 3>&- &
	watcher=$!
	steward device disable refused-desk --yes
	timeout 20 tail --pid="$watcher" -f /dev/null
	run shake "$WORK" -alpn steward/1 -cert "$SECOND/device.crt" -key "$SECOND/device.key"
	[ "$output" = 31 ] # ERROR, which says why
	steward device enable refused-desk --yes
	[ "$(shake "$WORK" -alpn steward/1 -cert "$SECOND/device.crt" -key "$SECOND/device.key")" = 02 ]
}

@test "7 a certificate made for servers" {
	cd "$DAEMON_DIR"
	as_device 43 state/server.crt state/server.key
	certificate server state/root.crt state/root.key serverAuth "$(moment '-1 day')" "$(moment '+9 days')"
	as_device 43 server.crt
}

@test "8 no application protocol" {
	refused 120 -cert "$DAEMON_DIR/desk/device.crt" -key "$DAEMON_DIR/desk/device.key"
}

@test "9 another application protocol, or that of the other port" {
	refused 120 -alpn h2,http/1.1 -cert "$DAEMON_DIR/desk/device.crt" -key "$DAEMON_DIR/desk/device.key"
	refused 120 -alpn steward-enroll/1 -cert "$DAEMON_DIR/desk/device.crt" -key "$DAEMON_DIR/desk/device.key"
}

@test "10 TLS 1.2, on both ports" {
	refused 70 -tls1_2 -alpn steward/1 -cert "$DAEMON_DIR/desk/device.crt" -key "$DAEMON_DIR/desk/device.key"
	WORK=$ENROL refused 70 -tls1_2 -alpn steward-enroll/1
}

@test "11 bytes of an earlier connection, and the same request again" {
	timeout 60 "$BATS_TEST_DIRNAME/replay.py" "$root" "$DAEMON_DIR/desk"
}

@test "12 a token that was stolen: of a login at another device, of an invitation a second time" {
	local home=$DAEMON_DIR/clerk-desk
	cp -r "$DAEMON_DIR/desk" "$home"
	rm "$home/session.token"
	STEWARD_HOME=$home steward login clerk --password-file "$(password_file)"
	STEWARD_HOME=$home steward case list >/dev/null
	cp "$home/session.token" "$SECOND/session.token"
	STEWARD_HOME=$SECOND run --separate-stderr steward case list
	[ "$status" -ne 0 ]
	[[ $stderr == *"log in"* ]]
	STEWARD_HOME=$DAEMON_DIR/third run steward enrol "$TOKEN" --server 127.0.0.1 --port "$WORK" --enrol-port "$ENROL"
	[ "$status" -ne 0 ]
	[ ! -e "$DAEMON_DIR/third/device.crt" ]
	STEWARD_HOME=$home steward case list >/dev/null # who it was stolen from goes on
}
