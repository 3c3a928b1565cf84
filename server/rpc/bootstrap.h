#pragma once
/*
 * The embedded default's first people and machine: an administrator, and a desk on the daemon's own
 * host that works without a question. Looked at on each start; what broke or nears its end is made
 * anew. What a person did stays: a local device that was shut out, or an administrator who was, is
 * not let in again.
 */
#include <libpq-fe.h>

#include "common/err.h"
#include "common/pki.h"

struct bootstrap_options {
	const char *data_dir; /* absolute; gets admin-password when the administrator is made */
	const char *desk_dir; /* absolute; the desk's profile (STEWARD_HOME) */
	const char
		*server; /* name or address of the work port, as the server's certificate has it */
	int port, enrol_port;
	const struct pki_pair *root;
};

struct bootstrap_result {
	bool made_admin;    /* data_dir/admin-password was written */
	bool renewed_desk;  /* something in desk_dir was made anew */
	bool desk_shut_out; /* the desk was left alone: device or administrator is disabled */
};

/* Synchronous, after the migrations and before the loop runs; as steward_app (or a role that may do
 * no less). */
enum st_code bootstrap_run(PGconn *pg, const struct bootstrap_options *o,
			   struct bootstrap_result *ret, struct st_err *err) ST_MUSTCHECK;
