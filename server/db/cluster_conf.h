#pragma once
/*
 * What is written into a private cluster: its settings, who may connect as whom, its roles. Apart
 * from cluster.c, which runs it.
 */
#include <libpq-fe.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/err.h"

struct cluster_conf {
	const char *data;    /* the data directory, made by initdb */
	const char *run;     /* where the socket stands */
	const char *daemon;  /* the operating system's name of the daemon's account */
	const char *account; /* the same for the account that runs PostgreSQL */
	uid_t uid;           /* of that account: the files belong to it */
	gid_t gid;
	bool durable;
};

/* Writes what differs from what stands there. *ret_changed: something was written. */
enum st_code cluster_conf_write(const struct cluster_conf *c, bool *ret_changed,
				struct st_err *err) ST_MUSTCHECK;
/* Roles, then the database "steward": whatever is missing. 'pg' is the superuser's, in database
 * "postgres". */
enum st_code cluster_roles(PGconn *pg, struct st_err *err) ST_MUSTCHECK;
