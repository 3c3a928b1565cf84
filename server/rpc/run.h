#pragma once
/* The unit of an op: built, its rows made into the answer, its outcome judged. See op.h for the
 * states. */
#include "server/rpc/op.h"

/* Builds and submits the main unit. Ends in op_finish(). A method without statements answers at
 * once. */
void run_start(struct op *op);

/* For those that run the unit of an op. Its scope and statements join the unit. */
enum st_code run_add(struct op *op, struct db_unit *u) ST_MUSTCHECK;
/* Rows into the reply. */
enum st_code run_take_rows(struct op *op) ST_MUSTCHECK;
/* The unit is back: answers, replays, refuses or tries again; the op is not waiting any more. */
void run_judge(struct op *op, const struct db_unit *u);
/* What is the same request, as bytea text in 'mem'; NULL: no memory. */
const char *run_fingerprint_hex(const struct op *op, struct arena *mem);
/* Notes that and returns it. */
enum st_code run_no_memory(struct op *op);
