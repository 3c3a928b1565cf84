#pragma once
/*
 * The daemon's settings: one table (config.c) gives file, environment, command line, ranges,
 * --help,
 * --print-config and the manual page. Later sources win: default, file, STEWARDD_NAME, --name.
 */
#include <stdbool.h>

#include "common/arena.h"
#include "common/err.h"

struct config {
	const char *data;   /* directory of the embedded default, or NULL */
	const char *config; /* the file read, or NULL */
	const char *listen;
	unsigned port, enrol_port;
	const char *names; /* names and addresses in the server's certificate, comma-separated */
	unsigned max_connections, max_connections_device, max_memory, max_ops, max_ops_connection;
	unsigned op_timeout_ms, drain_ms;
	unsigned write_connections, read_connections, slow_connections, queue;
	const char *db_host, *db_name, *db_user, *db_sslmode, *db_passfile;
	unsigned db_port;
	const char *migrate_user;
	const char *state; /* where CA, server certificate and secrets lie; default DIR/state */
	const char *cluster_account, *cluster_bindir;
	bool cluster_durable;
	const char *log_level;
	bool print_config;
};

/* Reads all sources. Texts live in 'mem'. --help and --version end the process. */
enum st_code config_read(int argc, char **argv, struct arena *mem, struct config *ret,
			 struct st_err *err) ST_MUSTCHECK;
/* The settings in effect, as a settings file that would give them. */
void config_print(const struct config *c);
