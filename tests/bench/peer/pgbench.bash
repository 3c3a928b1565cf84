# shellcheck shell=bash disable=SC2154 # rig.bash assigns what is used here
# pgbench by itself: what a client pays that talks to PostgreSQL directly, one session for each client.
#
#   socket  over the Unix socket, prepared; reads without scope statement or transaction
#   tls     the same over TCP with TLS

pgbench_up() {
	:
}

pgbench_modes() {
	echo tls
}

# The scope stands for the whole session.
pgbench_run() {
	local work=$2 clients=$3 part=plain host=$PGHOST tls=disable
	[ "$work" != open ] || part=whole
	script $part "$work" >"$dir/pgbench-$work.sql"
	[ "$1" = socket ] || {
		host=$address
		tls=require
	}
	PGHOST=$host PGSSLMODE=$tls PGOPTIONS="-c steward.scope=$property_id" \
		run_pgbench "$(warm_for "$clients")" "$dir/pgbench-$work.sql" "$clients" -M prepared
}
