#pragma once
/*
 * What happens to the database before the loop runs, synchronously: how to reach it, migrations,
 * the sentences of its constraints.
 */
#include <libpq-fe.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/uuid.h"
#include "server/config.h"
#include "server/db/cluster.h"

/* libpq strings for the daemon's work and for migrations; 'cluster' NULL: the database the settings
 * name. */
struct startup_conninfo {
	const char *app, *migrate;
};
enum st_code startup_conninfo(const struct config *c, const struct cluster *cluster,
			      struct arena *mem, struct startup_conninfo *ret,
			      struct st_err *err) ST_MUSTCHECK;

/* Migrates, loads the constraints' sentences for the rest of the process, reads the data's epoch.
 * *ret_pg: a connection as the app role, for what else must be done before the loop; the caller
 * finishes it. */
enum st_code startup_database(const struct startup_conninfo *info, struct uuid *ret_epoch,
			      PGconn **ret_pg, struct st_err *err) ST_MUSTCHECK;
