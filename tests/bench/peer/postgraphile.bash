# shellcheck shell=bash disable=SC2154 # rig.bash assigns what is used here
# PostGraphile over views of the daemon's own cards, peer/postgraphile/, driven by wrk: HTTPS kept alive, two workers with four
# database connections each. A read is one GraphQL query for all that case.Show tells, an open case one mutation.

# shellcheck source=tests/bench/peer/npm.bash
source "$root/tests/bench/peer/npm.bash"

postgraphile_up() {
	npm_install postgraphile
	postgraphile_schema >"$dir/graph.sql"
	PGUSER=postgres psql -Xq -v ON_ERROR_STOP=1 -f "$dir/graph.sql"
	jq -n --arg dir "$dir" --arg host "$PGHOST" --arg address "$address" --argjson property "$property_id" --arg user "$user_id" \
		'{$host, $address, $property, $user, port: 7003, workers: 2, connections: 4, cert: ($dir + "/bench.crt"), key: ($dir + "/bench.key")}' \
		>"$dir/postgraphile.json"
	npm_start postgraphile 7003 "$dir/postgraphile.json"
	postgraphile_queries
	postgraphile_check
}

# The function's parameters stand for the call's.
postgraphile_schema() {
	local parameters part
	open_parameters a_key
	mapfile -t parameters < <(printf '%s\n' "${parameters[@]}" | sed -E "s/^(kind|channel|spot|summary)='.*/\1=a_\1/")
	for part in claim finish; do
		"$bench/statements" $part case.Open "${parameters[@]}" >"$dir/graph.$part"
	done
	"$bench/statements" plain case.Open "${parameters[@]}" | sed 's/; *$//' >"$dir/graph.step"
	awk -v dir="$dir" '
		function text(name,   line, all) { while ((getline line < (dir "/graph." name)) > 0) all = all line "\n"; return all }
		/^  @/ { print text(substr($1, 2)); next }
		/\(@step\)/ { i = index($0, "@step"); print substr($0, 1, i - 1) text("step") substr($0, i + 5); next }
		{ print }' "$root/tests/bench/peer/postgraphile/schema.sql"
}

# postgraphile_ask QUERY: what it answers.
postgraphile_ask() {
	curl -sk -H 'Authorization: Bearer bench' -H 'Content-Type: application/json' --data-binary "$1" "https://$address:7003/graphql"
}

# fields TYPE: those of a view that are no relations, without the id that PostGraphile makes up.
postgraphile_fields() {
	postgraphile_ask '{"query": "{ __type(name: \"'"$1"'\") { fields { name type { kind ofType { kind } } } } }"}' |
		jq -r '[.data.__type.fields[] | select(.type.kind == "SCALAR" or .type.ofType.kind == "SCALAR") | .name] - ["id", "caseId"] | join(" ")'
}

postgraphile_queries() {
	local card
	card=$(postgraphile_fields Case)
	[ -n "$card" ]
	jq -n --arg q "query (\$number: String!) { caseByPropertyIdAndNumber(propertyId: $property_id, number: \$number) { $card
		timeline(orderBy: SEQ_ASC) { nodes { $(postgraphile_fields CaseEvent) } }
		orders(orderBy: ISSUED_ASC) { nodes { $(postgraphile_fields CaseOrder) } }
		visits(orderBy: CREATED_AT_ASC) { nodes { $(postgraphile_fields CaseVisit) } }
		links { nodes { $(postgraphile_fields Link) } } } }" \
		'{query: ($q | gsub("\\s+"; " ")), variables: {number: "@case"}}' >"$dir/graph-read.json"
	jq -n --arg q "{ casePage(property: $property_id, rows: 50) { nodes { $card } } }" '{query: $q}' >"$dir/graph-list.json"
	jq -n --arg q "mutation (\$key: UUID!) { openCase(input: {aKey: \$key, aKind: \"repair\", aChannel: \"phone\", aSpot: \"lobby\",
		aSummary: \"Opened by the bench\"}) { result { $card } } }" \
		'{query: ($q | gsub("\\s+"; " ")), variables: {key: "@key"}}' >"$dir/graph-open.json"
}

# It answers what Steward answers, and opens a case.
postgraphile_check() {
	local ours theirs opened
	ours=$(steward case show BEN/C-1020 --json | jq -S '[.case.number, .case.id, .case.summary, (.timeline | length)]')
	theirs=$(postgraphile_ask "$(sed 's/@case/C-1020/' "$dir/graph-read.json")" |
		jq -S '.data.caseByPropertyIdAndNumber | [.number, .rowId, .summary, (.timeline.nodes | length)]')
	opened=$(postgraphile_ask "$(sed "s/@key/$(cat /proc/sys/kernel/random/uuid)/" "$dir/graph-open.json")" | jq -r .data.openCase.result.number)
	if [ -z "$ours" ] || [ "$ours" != "$theirs" ] || [ "${opened#C-}" = "$opened" ]; then
		echo "bench: PostGraphile answers otherwise than Steward: $ours, $theirs, opened '$opened'" >&2
		return 1
	fi
}

postgraphile_modes() {
	echo graphql
}

# Errors come with status 200 there: what was opened is counted.
postgraphile_run() {
	local before figures
	before=$(PGUSER=postgres psql -XqAt -c 'select count(*) from steward.desk_case')
	figures=$(run_wrk "$3" "https://$address:7003" POST /graphql "$rows" "$dir/graph-$2.json") || return 1
	if [ "$2" = open ]; then
		PGUSER=postgres psql -XqAt -c 'select count(*) from steward.desk_case' |
			awk -v before="$before" -v rate="${figures%% *}" -v seconds="$seconds" '{ exit !($1 - before >= rate * seconds * 0.9) }'
	fi
	echo "$figures"
}
