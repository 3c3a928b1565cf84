# shellcheck shell=bash disable=SC2154 # rig.bash assigns what is used here
# PgBouncer in front of the same cluster, TLS to its clients, Unix socket to PostgreSQL, driven by pgbench.
#
#   transaction  pooling by transaction over four sessions: the call as the daemon makes it, from begin to commit, because
#                a shared session cannot carry anybody's scope. Extended protocol: prepared statements and
#                transaction pooling do not go together in PgBouncer 1.18.
#   alone        the same pooling; reads are statements by themselves, the scope is the session's from the start. What a
#                service with one scope for all could do.
#   session      pooling by session, prepared: a session for each client.

pgbouncer_up() {
	local home=$dir/pgbouncer account
	account=$(bench_account)
	need pgbouncer
	install -d -o "$account" -m 700 "$home"
	install -o "$account" -m 600 "$dir/bench.key" "$dir/bench.crt" "$home/"
	pgbouncer_settings "$home" >"$home/pgbouncer.ini"
	echo '"steward_app" ""' >"$home/users"
	chown "$account" "$home"/*
	if [ "$(id -un)" = "$account" ]; then
		/usr/sbin/pgbouncer "$home/pgbouncer.ini" >"$dir/pgbouncer.log" 2>&1 &
	else
		setpriv --reuid "$account" --regid "$account" --init-groups \
			/usr/sbin/pgbouncer "$home/pgbouncer.ini" >"$dir/pgbouncer.log" 2>&1 &
	fi
	bench_peers+=($!)
	wait_for pgbouncer $! pgbouncer_sql transaction -c 'select 1'
}

pgbouncer_settings() {
	local to="host=$dir/run dbname=steward user=steward_app"
	local with_scope="connect_query='select set_config(''steward.scope'', ''$property_id'', false)'"
	cat <<-END
		[databases]
		transaction = $to pool_mode=transaction pool_size=4
		alone = $to pool_mode=transaction pool_size=4 $with_scope
		session = $to pool_mode=session pool_size=300 $with_scope
		[pgbouncer]
		listen_addr = $address
		listen_port = 6432
		unix_socket_dir =
		auth_type = trust
		auth_file = $1/users
		max_client_conn = 1000
		max_db_connections = 0
		server_idle_timeout = 3
		server_reset_query =
		client_tls_sslmode = require
		client_tls_key_file = $1/bench.key
		client_tls_cert_file = $1/bench.crt
		client_tls_protocols = tlsv1.3
		log_connections = 0
		log_disconnections = 0
		so_reuseport = 0
	END
}

pgbouncer_sql() {
	PGHOST=$address PGPORT=6432 PGSSLMODE=require psql -XqAt -d "$@"
}

pgbouncer_modes() {
	case $1 in open) echo transaction session ;; *) echo transaction alone session ;; esac
}

pgbouncer_run() {
	local mode=$1 work=$2 clients=$3 part=whole protocol=extended warm=3
	[ "$mode" = transaction ] || [ "$work" = open ] || part=plain
	[ "$mode" != session ] || {
		protocol=prepared
		warm=$(warm_for "$clients")
	}
	script $part "$work" >"$dir/pgbouncer-$work.sql"
	PGHOST=$address PGPORT=6432 PGSSLMODE=require PGDATABASE=$mode \
		run_pgbench "$warm" "$dir/pgbouncer-$work.sql" "$clients" -M $protocol
}
