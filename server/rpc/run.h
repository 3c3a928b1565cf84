#pragma once
/* The unit of an op: built, its rows made into the answer, its outcome judged. See op.h for the
 * states. */
#include "server/rpc/op.h"

/* Builds and submits the main unit. Ends in op_finish(). A method without statements answers at
 * once. */
void run_start(struct op *op);
/* For a stream of personal data, whose unit is its own: the audit row of a read. Non-OK: noted in
 * op->err. */
enum st_code run_add_read_audit(struct op *op, struct db_unit *u) ST_MUSTCHECK;
