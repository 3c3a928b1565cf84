#pragma once
/* Methods whose reply is printed (rule "print"), and those whose outcome can be (rule
 * "print_by"). */
#include "client/cli/args.h"

/* Does the command say where to print as it should? Before anything is called. */
enum st_code print_args_check(struct cli *cli, const struct args *a,
			      struct st_err *err) ST_MUSTCHECK;
/* Calls, draws and writes. Returns the exit code. */
int print_run(struct cli *cli, struct args *a);
/* Prints what came of a change, where the command says so. Returns the exit code. */
int print_outcome(struct cli *cli, struct args *a, const struct call_result *call);
