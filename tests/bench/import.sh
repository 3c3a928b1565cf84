#!/usr/bin/env bash
# A batch import of cases beside psql \copy of the same rows. usage: import.sh BUILD_DIR
#
# Steward reads a file of cases, judges each row, makes numbers, events and search words, and keeps key, audit row and change
# feed for every 500. \copy then loads the very rows that came of it, as another property's, into the same tables with their
# indexes and constraints: in one transaction, without looking at them, and without key, audit and feed.
set -euo pipefail
# shellcheck source=tests/bench/rig.bash
source "$(dirname "$(readlink -f "$0")")/rig.bash"
count=20000
runs=3

now_us() {
	echo "${EPOCHREALTIME/[.,]/}"
}

sql() {
	PGUSER=postgres psql -Xq -v ON_ERROR_STOP=1 -c 'set search_path = steward_code, steward, public' "$@"
}

columns() {
	sql -At -c "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
		where attrelid = 'steward.$1'::regclass and attnum > 0 and not attisdropped and attgenerated = ''"
}

# The rows the import made of CODE's cases, as those of the property COPY: other ids, the same otherwise.
dump_rows() {
	local table list select id
	for table in desk_case case_event search_token; do
		list=$(columns $table)
		select=$list
		for id in id case_id entity_id; do
			select=$(sed -E "s/(^|, )$id(,|$)/\1md5($id::text)::uuid\2/" <<<"$select")
		done
		select=$(sed -E "s/(^|, )property_id(,|$)/\1$copy_id\2/" <<<"$select")
		sql -c "copy (select $select from $table where property_id = $1) to stdout" >"$dir/$table.rows"
		echo "\\copy $table ($list) from '$dir/$table.rows'"
	done >"$dir/copy.sql"
}

# run N: two figures, rows a second.
run() {
	local code=IMP$1 from began mid ended id
	steward property add "$code" "Import $1" -q
	steward property add "CPY$1" "Copy $1" -q
	steward user grant admin clerk "$code" -q --yes >>"$dir/grant.log"
	id=$(sql -At -c "select id from property where code = '$code'")
	copy_id=$(sql -At -c "select id from property where code = 'CPY$1'")
	bench_cases 1 $count >"$dir/import.csv"
	sql -c checkpoint
	began=$(now_us)
	steward case import "$dir/import.csv" -p "$code" -q >"$dir/import.log"
	mid=$(now_us)
	[ "$(sql -At -c "select count(*) from desk_case where property_id = $id")" = $count ]
	dump_rows "$id"
	sql -c checkpoint
	from=$(now_us)
	sql -1 -f "$dir/copy.sql"
	ended=$(now_us)
	[ "$(sql -At -c "select count(*) from desk_case where property_id = $copy_id")" = $count ]
	awk -v n=$count -v a=$((mid - began)) -v b=$((ended - from)) 'BEGIN { printf "%.0f %.0f\n", n * 1e6 / a, n * 1e6 / b }'
}

table() {
	local i ours theirs
	echo "| run | steward cases/s | \\copy cases/s | ratio |"
	echo "|---|---|---|---|"
	for i in $(seq $runs); do
		read -r ours theirs < <(run "$i")
		echo "| $i | $ours | $theirs | $(ratio "$ours" "$theirs") |"
	done
}

bench_begin "$@"
table | write_table import
