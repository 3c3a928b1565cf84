#pragma once
/*
 * The embedded default: a private PostgreSQL cluster in DIR/pg, reached by a Unix socket only
 * (DIR/run). PostgreSQL refuses to run as root: when the daemon is root the cluster belongs to an
 * unprivileged account. A postmaster left by a killed daemon is found by its pid file and used
 * again.
 */
#include <stdbool.h>
#include <sys/types.h>

#include "common/arena.h"
#include "common/err.h"

struct cluster_options {
	const char *dir;     /* absolute; made if missing */
	const char *account; /* who runs PostgreSQL when we are root: "postgres", else "nobody" */
	const char *bindir;  /* NULL: the newest below /usr/lib/postgresql */
	bool durable;        /* false: fsync off, for tests only */
};

struct cluster {
	char socket_dir[100]; /* for host= in libpq strings */
	pid_t pid;
	bool started_here;
};

/* Makes it on first use (initdb, roles owner/migrate/app/analyst/sealer/backup, database "steward",
 * peer authentication), starts it, waits until it answers. Synchronous: before the loop runs. */
enum st_code cluster_start(const struct cluster_options *o, struct cluster *ret,
			   struct st_err *err) ST_MUSTCHECK;
/* Fast shutdown, waits up to 30 s. */
void cluster_stop(struct cluster *c);
