#pragma once
/*
 * Do the statements fit the messages? Prepares every statement on a migrated database and compares
 * what the server says about its parameters and columns with the fields they come from and go to. A
 * test runs this, so that a renamed column or a changed type is found before anybody meets it.
 */
#include <libpq-fe.h>
#include <stddef.h>

#include "common/err.h"
#include "common/rules.h"
#include "server/db/sql.h"

struct sql_check_input {
	const struct sql_stmt *stmts;
	size_t n_stmts;
	const struct rpc_method *methods; /* same order as plans */
	const struct rpc_plan *plans;
	size_t n_methods;
};

/* Each fault is a line: "case.Open: statement case_open, parameter :kind (integer): ...". Not ST_OK
 * only when the database is lost. */
enum st_code sql_check(PGconn *pg, const struct sql_check_input *in,
		       void (*report)(void *arg, const char *fault), void *arg,
		       unsigned *ret_faults, struct st_err *err) ST_MUSTCHECK;
