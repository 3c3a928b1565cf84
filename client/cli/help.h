#pragma once
/* Help, all of it made from the tables. Goes to stdout. Each returns the exit code. */
#include "client/cli/cli.h"
#include "client/cli/command.h"

int help_method(struct cli *cli, const struct rpc_method *m, bool full);
int help_builtin(struct cli *cli, const struct builtin *b, bool full);
/* All commands of a noun, or all commands. */
int help_noun(struct cli *cli, const char *noun);
int help_overview(struct cli *cli, FILE *out);
/* steward help [TOPIC | COMMAND...] */
int help_run(struct cli *cli, const struct builtin_args *a);
/* "CASE --kind KIND [--channel CHANNEL] ..." */
const char *help_usage(const struct rpc_method *m, struct arena *mem);
