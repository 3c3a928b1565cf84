#!/usr/bin/env bats
# What an administrator does with the database by ordinary tools: analyze, dump, restore.

bats_require_minimum_version 1.5.0
load desk.bash

setup_file() {
	desk_up
	cd "$root"
	steward property import tests/sample/properties.csv
	steward place import tests/sample/places.csv
	steward party import tests/sample/parties.csv
	steward occupancy import tests/sample/occupancies.csv
	export PGHOST=$DAEMON_DIR/run PGUSER=postgres PGDATABASE=steward
}

teardown_file() {
	desk_down
}

@test "vacuum, analyze and reindex need no search path of ours" {
	psql -Xq -v ON_ERROR_STOP=1 -c 'vacuum analyze'
	psql -Xq -v ON_ERROR_STOP=1 -c 'reindex database steward'
}

@test "a dump restores to the same rows" {
	counts="select 'select ''' || relname || ''', count(*) from steward.' || quote_ident(relname)
		from pg_class where relnamespace = 'steward'::regnamespace and relkind = 'r' order by relname \\gexec"
	pg_dump -Fc -f "$DAEMON_DIR/dump"
	createdb -O steward_owner restored
	pg_restore --exit-on-error -d restored "$DAEMON_DIR/dump"
	psql -XqAt -d steward <<<"$counts" >"$DAEMON_DIR/before"
	psql -XqAt -d restored <<<"$counts" >"$DAEMON_DIR/after"
	grep -q '^party|129$' "$DAEMON_DIR/before"
	diff "$DAEMON_DIR/before" "$DAEMON_DIR/after"
}
