#pragma once
/* The unit of an op: built, its rows made into the answer, its outcome judged. See op.h for the
 * states. */
#include "server/rpc/op.h"

/* Builds and submits the main unit. Ends in op_finish(). A method without statements answers at
 * once. */
void run_start(struct op *op);
