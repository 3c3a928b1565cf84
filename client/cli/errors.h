#pragma once
/* Errors for people and programs: a sentence on stderr, or one JSON object; and the exit code that
 * goes with it. */
#include "client/cli/cli.h"

/* The contract: steward help exit-codes. */
int exit_code_of(const struct st_err *err);

struct problem {
	struct st_err err;
	const struct violation *violations; /* all fields at fault, or NULL */
	size_t n_violations;
	const char *hint;  /* what to do, or NULL: found by the reason */
	struct uuid trace; /* request id; zero: none */
};

/* Prints it and returns the exit code. */
int report(const struct cli *cli, const struct problem *p);
int report_err(const struct cli *cli, const struct st_err *err);
/* Wrong usage: also names the command whose help to read ("steward case open"); NULL: none. */
int report_usage(const struct cli *cli, const struct st_err *err, const char *command);
/* What usually helps with this error; "" if nothing is known. */
const char *error_hint(const struct st_err *err);
