# shellcheck shell=bash disable=SC2154 # rig.bash assigns what is used here
# A REST service on node, peer/node/server.js, driven by wrk: HTTPS kept alive, two workers with four database connections each.
#
#   pipelined  statements that need no answer of one another are sent at once
#   in-turn    each waits for the one before

# shellcheck source=tests/bench/peer/npm.bash
source "$root/tests/bench/peer/npm.bash"

node_up() {
	npm_install node
	echo '{"kind": "repair", "channel": "phone", "spot": "lobby", "summary": "Opened by the bench"}' >"$dir/node-open.json"
	node_settings true 7001 >"$dir/node-pipelined.json"
	node_settings false 7002 >"$dir/node-in-turn.json"
	npm_start node 7001 "$dir/node-pipelined.json"
	npm_start node 7002 "$dir/node-in-turn.json"
	node_check 7001
	node_check 7002
}

node_settings() {
	local m
	for m in case.Show case.List case.Open; do "$bench/statements" json $m; done |
		jq -s --argjson pipeline "$1" --argjson port "$2" --arg dir "$dir" --arg host "$PGHOST" --arg address "$address" \
			--argjson property "$property_id" --arg user "$user_id" --arg device "$device_id" '{
			$host, $address, $port, $pipeline, $property, $user, $device, workers: 2, connections: 4,
			cert: ($dir + "/bench.crt"), key: ($dir + "/bench.key"), plans: (map({(.method): .}) | add)}'
}

# It answers what Steward answers.
node_check() {
	local ours theirs
	ours=$(steward case show BEN/C-1001 --json | jq -S .case)
	theirs=$(curl -sk -H 'Authorization: Bearer bench' "https://$address:$1/BEN/cases/C-1001" | jq -S .case)
	if [ -z "$ours" ] || [ "$ours" != "$theirs" ]; then
		echo "bench: node answers otherwise than Steward:" >&2
		diff <(echo "$ours") <(echo "$theirs") >&2
		return 1
	fi
}

node_modes() {
	echo pipelined in-turn
}

node_run() {
	local port=7002
	[ "$1" = in-turn ] || port=7001
	case $2 in
	read) run_wrk "$3" "https://$address:$port" GET /BEN/cases/@case "$rows" ;;
	list) run_wrk "$3" "https://$address:$port" GET '/BEN/cases?limit=50' "$rows" ;;
	open) run_wrk "$3" "https://$address:$port" POST /BEN/cases "$rows" "$dir/node-open.json" ;;
	esac
}
