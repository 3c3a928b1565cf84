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
/* Has the postmaster ended without cluster_stop()? Then *ret_status says how (as waitpid() tells
 * it; -1: it was no child of ours), and c->pid is 0 from here on. Does not wait. */
bool cluster_is_gone(struct cluster *c, int *ret_status);
/* Starts PostgreSQL again after that, or takes over one that somebody else has started meanwhile.
 * Does not wait until it answers, and never makes data anew: a directory that is not there now (a
 * volume that is not mounted) is an error. */
enum st_code cluster_revive(const struct cluster_options *o, struct cluster *c,
			    struct st_err *err) ST_MUSTCHECK;
/* For whoever tells of a postmaster that has ended with this status: what its log said last. */
void cluster_last_words(const struct cluster_options *o, int status, struct st_err *ret);
/* Fast shutdown, waits up to 30 s. */
void cluster_stop(struct cluster *c);
